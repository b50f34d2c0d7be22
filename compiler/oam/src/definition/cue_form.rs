//! The `.cue` form of definitions: imports, one field of metadata, `template`.

use std::sync::Arc;

use vela_diagnostics::catalogue::definitions::DEFINITION;
use vela_diagnostics::catalogue::syntax::SYNTAX;
use vela_diagnostics::{Diagnostic, SourceId, Span};
use vela_syntax::ast::{self, Decl, Expr, ExprId, Field, File, Label};
use vela_syntax::{ParseOptions, Version};

use crate::data::{self, Value};
use crate::definition::{Definition, Kind, Template, literal, status};
use crate::metadata::{self, Texts};
use crate::shape::{self, Misfit, Shape};

/// The language version of templates: that of the CUE which KubeVela embeds.
pub const LANGUAGE: Version = Version::new(0, 14, 0);

/// Prefix of labels and annotations of the user's.
const USER_PREFIX: &str = "custom.definition.oam.dev/";

/// Evaluates metadata that is not literal: the fields of a file that are no template, as plain data.
pub trait MetadataEvaluator {
    /// The value of the top-level fields in `decls`, or what is wrong.
    fn evaluate(&mut self, source: &Template, decls: &[ast::DeclId]) -> Result<Value, Vec<Diagnostic>>;
}

/// A `.cue` definition, taken apart.
#[derive(Clone, Debug)]
pub struct CueDefinition {
    /// The whole file; its template's top is that of the file.
    pub file: Arc<Template>,
    /// The name.
    pub name: Arc<str>,
    /// Where the name stands.
    pub name_span: Span,
    /// The kind; `None` where there is no `type`.
    pub kind: Option<Kind>,
    /// Labels as they stand in the object.
    pub labels: Texts,
    /// Annotations as they stand in the object.
    pub annotations: Texts,
    /// `attributes`, status sections as texts.
    pub spec: Value,
    /// The template's declarations, ready to be lowered.
    pub template: Arc<Template>,
    /// Spans of the `template` structs' inner texts.
    pub template_spans: Vec<Span>,
}

struct Reading<'f> {
    source: SourceId,
    text: &'f str,
    file: &'f File,
    faults: Vec<Diagnostic>,
}

impl Reading<'_> {
    fn fault(&mut self, span: Span, message: impl Into<String>) {
        self.faults.push(Diagnostic::error(DEFINITION, message).at(self.source, span));
    }
}

/// Whether a file is meant as a definition: it has a top-level field `template`.
pub fn looks_like_definition(text: &str) -> bool {
    let parse = vela_syntax::parse(text, &ParseOptions { version: LANGUAGE });
    let file = &parse.file;
    file.decl_list(file.top).iter().any(|d| match file.decl(*d) {
        Decl::Field(f) => literal::label(file, text, &f.label).as_deref() == Some("template"),
        _ => false,
    })
}

/// Reads a `.cue` definition.
pub fn read(
    source: SourceId,
    name: &str,
    text: Arc<str>,
    evaluator: &mut dyn MetadataEvaluator,
) -> Result<CueDefinition, Vec<Diagnostic>> {
    let parse = vela_syntax::parse(&text, &ParseOptions { version: LANGUAGE });
    if !parse.errors.is_empty() {
        let errors = parse.errors.iter();
        return Err(errors
            .map(|e| Diagnostic::error(SYNTAX, e.message.clone()).at(source, e.span))
            .collect());
    }
    let whole = Arc::new(Template {
        source,
        name: name.into(),
        text: text.clone(),
        ast: parse.file,
        experiments: parse.experiments,
    });
    let file = &whole.ast;
    let mut reading = Reading { source, text: &text, file, faults: Vec::new() };
    let (metadata, templates) = take_apart(&mut reading);
    let mut decls: Vec<ast::DeclId> = Vec::new();
    let mut template_spans = Vec::new();
    for value in templates {
        match file.expr(value) {
            Expr::Struct(list) => {
                decls.extend_from_slice(file.decl_list(list));
                template_spans.push(file.span(value));
            }
            _ => reading.fault(file.span(value), "`template` is not a struct"),
        }
    }
    if reading.faults.is_empty() {
        if metadata.is_empty() {
            reading
                .fault(Span::default(), "there is no metadata: a field with `type`, `attributes` and so on");
        } else if decls.is_empty() {
            reading.fault(Span::default(), "there is no `template`, or it is empty");
        }
    }
    let fields: Vec<(ast::DeclId, Field)> = metadata
        .iter()
        .filter_map(|d| if let Decl::Field(f) = file.decl(*d) { Some((*d, f)) } else { None })
        .collect();
    let sections: Vec<(Vec<&'static str>, String)> = status_sections(&mut reading, &fields);
    if !reading.faults.is_empty() {
        return Err(reading.faults);
    }
    let value = metadata_value(&whole, &fields, &metadata, evaluator)?;
    let named: Vec<&(Arc<str>, Value)> = value.as_map().unwrap_or_default().iter().collect();
    let name_span = |name: &str| {
        let of = fields.iter().find(|(_, f)| literal::label(file, &text, &f.label).as_deref() == Some(name));
        of.map_or(Span::default(), |(_, f)| f.label_span)
    };
    let (definition_name, body) = match named.as_slice() {
        [] => {
            reading
                .fault(Span::default(), "there is no metadata: a field with `type`, `attributes` and so on");
            return Err(reading.faults);
        }
        [(name, body)] => (name.clone(), body.clone()),
        [(one, _), (two, _), ..] => {
            let message = format!("a file defines one type, this one has `{one}` and `{two}`");
            reading.fault(name_span(two), message);
            return Err(reading.faults);
        }
    };
    let span = name_span(&definition_name);
    let mut read = interpret(&mut reading, &definition_name, span, &body);
    for (path, content) in sections {
        set_section(&mut read.2, &path, content);
    }
    let kind = read.0;
    check_spec(&mut reading, span, kind, &read.2);
    if !reading.faults.is_empty() {
        return Err(reading.faults);
    }
    let template = Arc::new(template_file(&whole, decls));
    let (kind, (labels, annotations), spec) = read;
    Ok(CueDefinition {
        name: definition_name,
        name_span: span,
        kind,
        labels,
        annotations,
        spec,
        template,
        template_spans,
        file: whole,
    })
}

/// The fields of metadata and the values of `template`.
fn take_apart(reading: &mut Reading<'_>) -> (Vec<ast::DeclId>, Vec<ExprId>) {
    let (file, text) = (reading.file, reading.text);
    let (mut metadata, mut templates) = (Vec::new(), Vec::new());
    for decl in file.decl_list(file.top) {
        let Decl::Field(field) = file.decl(*decl) else { continue };
        match literal::label(file, text, &field.label) {
            Some(name) if &*name == "template" && matches!(field.label, Label::Ident(_)) => {
                templates.push(field.value);
            }
            Some(_) => metadata.push(*decl),
            None => reading.fault(field.label_span, "the name of a definition is a plain name or a text"),
        }
    }
    (metadata, templates)
}

/// The status sections that stand in the file, with their place below `attributes`.
fn status_sections(
    reading: &mut Reading<'_>,
    fields: &[(ast::DeclId, Field)],
) -> Vec<(Vec<&'static str>, String)> {
    let (file, text) = (reading.file, reading.text);
    let mut sections = Vec::new();
    for (_, metadata) in fields {
        for (section, field) in find_sections(file, text, metadata) {
            match status::section_text(file, text, section, &field) {
                Ok(Some(content)) => sections.push((vec!["status", section], content)),
                Ok(None) => {}
                Err(fault) => reading.fault(fault.span, fault.message),
            }
        }
    }
    sections
}

fn find_sections(file: &File, text: &str, metadata: &Field) -> Vec<(&'static str, Field)> {
    let inner = |field: &Field, name: &str| -> Vec<Field> {
        let fields = literal::fields(file, field.value).into_iter().flatten();
        fields.filter(|f| literal::label(file, text, &f.label).as_deref() == Some(name)).collect()
    };
    let mut found = Vec::new();
    for attributes in inner(metadata, "attributes") {
        for status in inner(&attributes, "status") {
            for section in status::SECTIONS {
                found.extend(inner(&status, section).into_iter().map(|f| (section, f)));
            }
        }
    }
    found
}

/// The metadata as data. Status sections that stand as CUE are left out of it.
fn metadata_value(
    whole: &Template,
    fields: &[(ast::DeclId, Field)],
    decls: &[ast::DeclId],
    evaluator: &mut dyn MetadataEvaluator,
) -> Result<Value, Vec<Diagnostic>> {
    let (file, text) = (&whole.ast, &*whole.text);
    let native: Vec<ExprId> = fields
        .iter()
        .flat_map(|(_, f)| find_sections(file, text, f))
        .map(|(_, f)| f.value)
        .filter(|v| matches!(file.expr(*v), Expr::Struct(_)))
        .collect();
    // A native section is CUE of its own, with names that are not known here.
    let mut without = file.clone();
    for id in native {
        without.exprs[id.0 as usize] = Expr::Null;
    }
    let mut map = Value::Map(Vec::new());
    let mut literal_only = true;
    for (_, field) in fields {
        let name = literal::label(file, text, &field.label);
        match (name, literal::value(&without, text, field.value)) {
            (Some(name), Some(value)) if !name.starts_with(['_', '#']) && map.get(&name).is_none() => {
                map.set(&name, value);
            }
            _ => literal_only = false,
        }
    }
    if literal_only {
        return Ok(map);
    }
    let source = Template {
        source: whole.source,
        name: whole.name.clone(),
        text: whole.text.clone(),
        ast: without,
        experiments: whole.experiments,
    };
    evaluator.evaluate(&source, decls)
}

/// Kind, texts and attributes of the metadata's body.
fn interpret(
    reading: &mut Reading<'_>,
    name: &str,
    span: Span,
    body: &Value,
) -> (Option<Kind>, (Texts, Texts), Value) {
    let (mut labels, mut annotations) = (Texts::new(), Texts::new());
    let (mut kind, mut spec) = (None, data::empty());
    let fields = match body {
        Value::Map(fields) => fields.as_slice(),
        other => {
            reading.fault(span, format!("`{name}` is a {}, not a struct", other.kind()));
            &[]
        }
    };
    for (field, value) in fields {
        match (&**field, value) {
            ("type", Value::Str(word)) => match Kind::of_word(word) {
                Some(known) => kind = Some(known),
                None => {
                    let hint = vela_diagnostics::did_you_mean(word, Kind::ALL.map(Kind::word));
                    let hint = hint.map(|h| format!(", {h}")).unwrap_or_default();
                    reading.fault(span, format!("`{word}` is no type of definitions{hint}"));
                }
            },
            ("alias", Value::Str(text)) => {
                annotations.insert("definition.oam.dev/alias".into(), text.clone());
            }
            ("description", Value::Str(text)) => {
                annotations.insert("definition.oam.dev/description".into(), text.clone());
            }
            ("type" | "alias" | "description", other) => {
                reading.fault(span, format!("`{field}` of `{name}` is a {}, not a text", other.kind()));
            }
            ("annotations" | "labels", value) => match metadata::value_texts(value) {
                Some(texts) => {
                    let into = if &**field == "labels" { &mut labels } else { &mut annotations };
                    into.extend(texts.into_iter().map(|(k, v)| {
                        let key = if k.contains("oam.dev") { k } else { format!("{USER_PREFIX}{k}").into() };
                        (key, v)
                    }));
                }
                None => reading.fault(span, format!("`{field}` of `{name}` is not a map of texts")),
            },
            ("attributes", value @ Value::Map(_)) => spec = value.clone(),
            ("attributes", other) => {
                reading.fault(span, format!("`attributes` of `{name}` is a {}, not a struct", other.kind()));
            }
            // What is not known is dropped.
            _ => {}
        }
    }
    (kind, (labels, annotations), spec)
}

fn set_section(spec: &mut Value, path: &[&'static str], content: String) {
    let [first, last] = path else { return };
    if spec.get(first).is_none() {
        spec.set(first, data::empty());
    }
    if let Some(status) = data::get_mut(spec, first) {
        status.set(last, Value::from(content));
    }
}

/// The shape of `spec` of a kind.
pub fn spec_shape(kind: Kind) -> Option<Shape> {
    match kind {
        Kind::Component => Some(shape::COMPONENT_DEFINITION),
        Kind::Trait => Some(shape::TRAIT_DEFINITION),
        Kind::Policy => Some(shape::POLICY_DEFINITION),
        Kind::WorkflowStep => Some(shape::WORKFLOW_STEP_DEFINITION),
        Kind::Workload => None,
    }
}

fn check_spec(reading: &mut Reading<'_>, span: Span, kind: Option<Kind>, spec: &Value) {
    let Some(shape) = kind.and_then(spec_shape) else { return };
    for Misfit { path, message } in shape::check(spec, shape) {
        reading.fault(span, format!("attribute `{}`: {message}", path.join(".")));
    }
}

/// The package clause that every file of a template is given: files of a package see each other's names.
pub fn in_package() -> Option<ast::Ident> {
    Some(ast::Ident { span: Span::default() })
}

/// The file with the template's declarations at its top.
fn template_file(whole: &Template, decls: Vec<ast::DeclId>) -> Template {
    let mut file = whole.ast.clone();
    let start = file.decl_lists.len() as u32;
    let len = decls.len() as u32;
    file.decl_lists.extend(decls);
    file.top = ast::List { start, len };
    file.package = in_package();
    Template {
        source: whole.source,
        name: whole.name.clone(),
        text: whole.text.clone(),
        ast: file,
        experiments: whole.experiments,
    }
}

impl CueDefinition {
    /// The definition, for rendering; `None` where it has no type.
    pub fn definition(&self) -> Option<Definition> {
        Some(Definition {
            kind: self.kind?,
            name: self.name.clone(),
            namespace: None,
            labels: self.labels.clone(),
            annotations: self.annotations.clone(),
            spec: self.spec.clone(),
            template: Some(self.template.clone()),
            built_in: false,
            place: Some((self.file.source, self.name_span)),
        })
    }
}
