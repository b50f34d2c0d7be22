//! Templates to programs: lowered with the packages they import, and with the comments of their fields at hand.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::catalogue::definitions::UNSUPPORTED_PROVIDER;
use vela_diagnostics::catalogue::evaluation::{EVALUATION, REDECLARED, UNDEFINED_REFERENCE, UNUSED};
use vela_diagnostics::{Diagnostic, SourceId, Span};
use vela_eval::builtin::Library as _;
use vela_ir::{FileId, ImportTarget, Ir, Labels, LowerError, PackageId, PackageInput, SourceFile, Version};
use vela_stdlib::{STDLIB, add_preludes};
use vela_syntax::ParseOptions;
use vela_syntax::ast::{self, Decl, DeclId, Expr};
use vela_syntax::literal::{self, StringValue};

use crate::definition::Template;
use crate::definition::cue_form::{LANGUAGE, in_package};
use crate::evaluator::reads::Reads;
use crate::legacy::{self, Old};

/// The same version, for lowering.
const VERSION: Version = Version { minor: 14, patch: 0 };

/// Deepest chain of packages that import each other.
const MAX_IMPORTS: usize = 20;

/// A compiled template.
#[derive(Debug)]
pub struct Program {
    /// The program.
    pub ir: Ir,
    /// The program's labels, which all evaluations share.
    pub labels: Arc<Labels>,
    /// The template's package.
    pub package: PackageId,
    /// What the program reads of `context`.
    pub reads: Reads,
    /// Of each file of the program, the text that diagnostics show.
    pub sources: Vec<Option<SourceId>>,
    /// Whether it imports packages of KubeVela's, so that calls of them are to be answered.
    pub calls: bool,
    /// Whether it may.
    may_call: bool,
    /// Where the texts of templates end; behind stand names that are not the user's.
    pub ends: Vec<(SourceId, u32)>,
    /// Comments of fields, by file and the offset behind the label.
    docs: FxHashMap<(FileId, u32), Vec<Arc<str>>>,
}

/// A file to be lowered.
struct Part<'a> {
    name: &'a str,
    text: Arc<str>,
    ast: &'a ast::File,
    experiments: vela_syntax::Experiments,
    source: Option<SourceId>,
}

impl<'a> Part<'a> {
    fn of(template: &'a Template) -> Self {
        Self {
            name: &template.name,
            text: template.text.clone(),
            ast: &template.ast,
            experiments: template.experiments,
            source: Some(template.source),
        }
    }
}

impl Program {
    /// A template, and the declarations of `extra` beside it. What is old in the template is replaced, `met` too.
    pub fn compile(template: &Template, extra: &str, met: &[Old]) -> Result<Self, Vec<Diagnostic>> {
        Self::with_beside(&Part::of(template), extra, met)
    }

    /// A section of a status, which stands in no file of its own.
    pub fn compile_section(text: &str, extra: &str, met: &[Old]) -> Result<Self, Vec<Diagnostic>> {
        let mut parse = vela_syntax::parse(text, &ParseOptions { version: LANGUAGE });
        if let Some(error) = parse.errors.first() {
            return Err(vec![Diagnostic::error(EVALUATION, error.message.clone())]);
        }
        parse.file.package = in_package();
        let part = Part {
            name: "status",
            text: text.into(),
            ast: &parse.file,
            experiments: parse.experiments,
            source: None,
        };
        Self::with_beside(&part, extra, met)
    }

    /// The files of a package, with these declarations beside them.
    pub fn compile_package(files: &[&Template], extra: &str) -> Result<Self, Vec<Diagnostic>> {
        let parts: Vec<Part<'_>> = files.iter().map(|t| Part::of(t)).collect();
        Self::modern(&parts, extra, &[])
    }

    fn with_beside(part: &Part<'_>, extra: &str, met: &[Old]) -> Result<Self, Vec<Diagnostic>> {
        let mut program = Self::modern(std::slice::from_ref(part), extra, met)?;
        program.reads = Reads::of(&program.ir, program.package, "context");
        Ok(program)
    }

    /// Files with what is old in them replaced, and declarations beside them. `met` belongs to the first file.
    fn modern(given: &[Part<'_>], extra: &str, met: &[Old]) -> Result<Self, Vec<Diagnostic>> {
        let renewed: Vec<Option<(ast::File, String)>> = given
            .iter()
            .enumerate()
            .map(|(at, part)| {
                let mut old = legacy::find(part.ast, &part.text);
                if at == 0 {
                    old.extend(met.iter().filter(|m| !old.contains(m)).copied().collect::<Vec<_>>());
                }
                (!old.is_empty()).then(|| legacy::modern(part.ast, &part.text, &old))
            })
            .collect();
        let mut beside = vela_syntax::parse(extra, &ParseOptions { version: LANGUAGE });
        beside.file.package = in_package();
        let mut parts: Vec<Part<'_>> = given
            .iter()
            .zip(&renewed)
            .map(|(part, renewed)| match renewed {
                Some((file, text)) => Part { text: text.as_str().into(), ast: file, ..*part },
                None => Part { text: part.text.clone(), ..*part },
            })
            .collect();
        parts.push(Part {
            name: "context",
            text: extra.into(),
            ast: &beside.file,
            experiments: beside.experiments,
            source: None,
        });
        // A status section has no source, and no packages of KubeVela's.
        let mut program = Self::of_parts(&parts, given.iter().any(|p| p.source.is_some()))?;
        let end = |p: &Part<'_>| Some((p.source?, u32::try_from(p.text.len()).unwrap_or(u32::MAX)));
        program.ends = given.iter().filter_map(end).collect();
        Ok(program)
    }

    /// A template of these declarations.
    #[cfg(test)]
    pub fn of_text(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let parse = vela_syntax::parse(text, &ParseOptions { version: LANGUAGE });
        assert!(parse.errors.is_empty(), "{text}: {:?}", parse.errors);
        let template = Template {
            source: vela_diagnostics::Sources::new().add("t.cue", text),
            name: "t.cue".into(),
            text: text.into(),
            ast: ast::File { package: in_package(), ..parse.file },
            experiments: parse.experiments,
        };
        Self::compile(&template, "context: _\nparameter: _\n", &[])
    }

    /// Some of the declarations at the top of a file.
    pub fn compile_decls(template: &Template, decls: &[DeclId]) -> Result<Self, Vec<Diagnostic>> {
        let mut file = template.ast.clone();
        let start = file.decl_lists.len() as u32;
        file.decl_lists.extend_from_slice(decls);
        file.top = ast::List { start, len: decls.len() as u32 };
        file.package = None;
        // Imports serve the template; what the metadata does not use would be an error.
        file.imports.clear();
        let part = Part {
            name: &template.name,
            text: template.text.clone(),
            ast: &file,
            experiments: template.experiments,
            source: Some(template.source),
        };
        Self::of_parts(&[part], false)
    }

    /// A text of its own.
    pub fn compile_text(text: &str) -> Result<Self, Vec<Diagnostic>> {
        let parse = vela_syntax::parse(text, &ParseOptions { version: LANGUAGE });
        if let Some(error) = parse.errors.first() {
            return Err(vec![Diagnostic::error(EVALUATION, error.message.clone())]);
        }
        let part = Part {
            name: "unify",
            text: text.into(),
            ast: &parse.file,
            experiments: parse.experiments,
            source: None,
        };
        Self::of_parts(&[part], false)
    }

    fn of_parts(parts: &[Part<'_>], may_call: bool) -> Result<Self, Vec<Diagnostic>> {
        let mut program = Self {
            ir: Ir::default(),
            labels: Arc::default(),
            package: PackageId(0),
            reads: Reads::default(),
            sources: Vec::new(),
            calls: false,
            may_call,
            ends: Vec::new(),
            docs: FxHashMap::default(),
        };
        program.package = program.add("_", parts, 0)?;
        add_preludes(&mut program.ir);
        program.labels = Arc::new(program.ir.labels.clone());
        program.sources.resize(program.ir.files.len(), None);
        // Evaluations put their own labels over these.
        let labels = Arc::new(std::mem::take(&mut program.ir.labels));
        program.ir.labels = Labels::over(labels);
        Ok(program)
    }

    /// Adds a package after those that it imports.
    fn add(&mut self, id: &str, parts: &[Part<'_>], depth: usize) -> Result<PackageId, Vec<Diagnostic>> {
        let mut targets: FxHashMap<String, ImportTarget> = FxHashMap::default();
        let mut refused = Vec::new();
        for part in parts {
            for import in &part.ast.imports {
                let Ok(StringValue::Str(path)) = literal::string(import.path.of(&part.text)) else {
                    continue;
                };
                match self.target(&path, depth)? {
                    Some(target) => {
                        targets.insert(path, target);
                    }
                    None => {
                        if let Some(diagnostic) = unsupported(&path) {
                            refused.push(placed(diagnostic, part.source, import.span));
                        }
                    }
                }
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        let files: Vec<SourceFile<'_>> = parts
            .iter()
            .map(|part| SourceFile {
                name: part.name,
                path: part.name,
                text: part.text.clone(),
                ast: part.ast,
                version: None,
                experiments: part.experiments,
                injected: &[],
            })
            .collect();
        let first = self.ir.files.len();
        let input = PackageInput {
            id,
            name: "",
            version: VERSION,
            files: &files,
            resolve_import: &|path: &str| targets.get(path).copied(),
        };
        let added = self.ir.add_package(input);
        self.sources.resize(first, None);
        self.sources.extend(parts.iter().map(|p| p.source));
        let package = added.map_err(|errors| self.told(&errors))?;
        for (i, part) in parts.iter().enumerate() {
            self.note_docs(FileId((first + i) as u32), part);
        }
        Ok(package)
    }

    /// What an import leads to: a builtin package, or one that the built-in definitions share.
    fn target(&mut self, path: &str, depth: usize) -> Result<Option<ImportTarget>, Vec<Diagnostic>> {
        let plain = path.split_once(':').map_or(path, |(plain, _)| plain);
        if STDLIB.has_package(plain) {
            return Ok(Some(ImportTarget::Builtin));
        }
        let known = self.ir.packages.iter().position(|p| p.id == plain);
        if let Some(at) = known {
            return Ok(Some(ImportTarget::Package(PackageId(at as u32))));
        }
        let all = vela_definitions::shared();
        let vela = if self.may_call { vela_definitions::vela() } else { &[] };
        let shared: Vec<_> = all.iter().chain(vela).filter(|s| s.import_path == plain).collect();
        if shared.is_empty() || depth > MAX_IMPORTS {
            return Ok(None);
        }
        let parses: Vec<_> =
            shared.iter().map(|s| vela_syntax::parse(s.source, &ParseOptions::default())).collect();
        let parts: Vec<Part<'_>> = shared
            .iter()
            .zip(&parses)
            .map(|(s, parse)| Part {
                name: s.file,
                text: s.source.into(),
                ast: &parse.file,
                experiments: parse.experiments,
                source: None,
            })
            .collect();
        self.calls |= plain.starts_with("vela/");
        self.add(plain, &parts, depth + 1).map(|p| Some(ImportTarget::Package(p)))
    }

    fn told(&self, errors: &[LowerError]) -> Vec<Diagnostic> {
        let one = |error: &LowerError| {
            let mut diagnostic = Diagnostic::error(code_of(&error.message), error.message.clone());
            for (i, place) in error.places.iter().enumerate() {
                let Some(source) = super::shown_source(&self.sources, place.file.index()) else { continue };
                let span = Span::new(place.start, place.end.max(place.start));
                diagnostic =
                    if i == 0 { diagnostic.at(source, span) } else { diagnostic.secondary(source, span, "") };
            }
            diagnostic
        };
        errors.iter().map(one).collect()
    }

    /// Notes the comments above each field. Above a chain of labels they belong to its last one.
    fn note_docs(&mut self, id: FileId, part: &Part<'_>) {
        let (file, text) = (part.ast, &*part.text);
        for (i, decl) in file.decls.iter().enumerate() {
            let Decl::Field(field) = decl else { continue };
            let start = file.decl_spans[i].start;
            let above = file.docs(DeclId(i as u32)).iter().filter(|c| c.span.start < start);
            let above: Vec<Arc<str>> = above.map(|c| c.span.of(text).into()).collect();
            if above.is_empty() {
                continue;
            }
            let mut last = *field;
            while let Expr::Struct(inner) = file.expr(last.value)
                && !file.span(last.value).of(text).starts_with('{')
                && let [only] = file.decl_list(inner)
                && let Decl::Field(next) = file.decl(*only)
            {
                last = next;
            }
            self.docs.entry((id, last.label_span.end)).or_default().extend(above);
        }
    }

    /// The comments of a declaration.
    pub fn docs(&self, decl: vela_ir::DeclId) -> &[Arc<str>] {
        let meta = &self.ir.decl_metas[decl.index()];
        self.docs.get(&(meta.file, meta.label_end)).map(Vec::as_slice).unwrap_or_default()
    }
}

fn code_of(message: &str) -> vela_diagnostics::Code {
    if message.contains("not used") {
        UNUSED
    } else if message.starts_with("reference") {
        UNDEFINED_REFERENCE
    } else if message.contains("redeclared") {
        REDECLARED
    } else {
        EVALUATION
    }
}

fn placed(diagnostic: Diagnostic, source: Option<SourceId>, span: Span) -> Diagnostic {
    match source {
        Some(source) => diagnostic.at(source, span),
        None => diagnostic,
    }
}

/// Why a package of KubeVela's is not there.
fn unsupported(path: &str) -> Option<Diagnostic> {
    if path.starts_with("ext/") {
        let message = format!("package `{path}` is one that a cluster provides; a build does not know it");
        let help = "give what the package would fetch as properties, or as objects with `-f`";
        return Some(Diagnostic::error(UNSUPPORTED_PROVIDER, message).help(help));
    }
    let names = vela_definitions::vela().iter().map(|s| s.import_path);
    let known = names.clone().any(|n| n == path);
    if !path.starts_with("vela/") {
        return None;
    }
    let message = if known {
        format!("package `{path}` cannot be used here: status sections are plain CUE")
    } else {
        let hint = vela_diagnostics::did_you_mean(path, names);
        let hint = hint.map(|h| format!(", {h}")).unwrap_or_default();
        format!("KubeVela has no package `{path}`{hint}")
    };
    Some(Diagnostic::error(UNSUPPORTED_PROVIDER, message))
}
