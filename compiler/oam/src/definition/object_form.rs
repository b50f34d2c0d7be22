//! Definitions as Kubernetes objects: ComponentDefinition and its kin, and DefinitionRevision.

use std::sync::Arc;

use vela_diagnostics::catalogue::syntax::SYNTAX;
use vela_diagnostics::{Diagnostic, SourceId, Sources};
use vela_syntax::ParseOptions;

use crate::data::{self, Value};
use crate::definition::cue_form::{LANGUAGE, in_package};
use crate::definition::{Definition, Kind, Template};
use crate::document::{Document, names};
use crate::metadata;

/// A definition at a version.
#[derive(Clone, Debug)]
pub struct Revision {
    /// `name-v1`, `name-v1.2.3`.
    pub name: Arc<str>,
    /// Its namespace; `None` where it names none.
    pub namespace: Option<Arc<str>>,
    /// The definition.
    pub definition: Definition,
}

/// What a document is.
#[derive(Clone, Debug)]
pub enum Object {
    /// A definition.
    Definition(Definition),
    /// A definition at a version.
    Revision(Revision),
}

/// The definition of a document; `None` where it is something else.
pub fn read(document: &Document, sources: &mut Sources) -> Option<Result<Object, Vec<Diagnostic>>> {
    if document.kind() == "DefinitionRevision" {
        return Some(revision(document, sources).map(Object::Revision));
    }
    let kind = Kind::of_object_kind(document.kind())?;
    Some(definition(document, &document.value, kind, sources).map(Object::Definition))
}

fn namespace(text: &str) -> Option<Arc<str>> {
    (!text.is_empty()).then(|| text.into())
}

fn revision(document: &Document, sources: &mut Sources) -> Result<Revision, Vec<Diagnostic>> {
    let (kind, field) = match data::text(&document.value, &["spec", "definitionType"]) {
        "Component" => (Kind::Component, "componentDefinition"),
        "Trait" => (Kind::Trait, "traitDefinition"),
        "Policy" => (Kind::Policy, "policyDefinition"),
        "WorkflowStep" => (Kind::WorkflowStep, "workflowStepDefinition"),
        other => {
            let message = format!("`{other}` is no definition type");
            let span = document.span(&names(["spec", "definitionType"]));
            let code = vela_diagnostics::catalogue::definitions::DEFINITION;
            return Err(vec![Diagnostic::error(code, message).at(document.source, span)]);
        }
    };
    let inner = document.value.at(&["spec", field]).cloned().unwrap_or_default();
    let definition = definition(document, &inner, kind, sources)?;
    Ok(Revision { name: document.name().into(), namespace: namespace(document.namespace()), definition })
}

fn definition(
    document: &Document,
    object: &Value,
    kind: Kind,
    sources: &mut Sources,
) -> Result<Definition, Vec<Diagnostic>> {
    let spec = object.get("spec").cloned().unwrap_or_default();
    let texts =
        |field: &str| object.at(&["metadata", field]).and_then(metadata::value_texts).unwrap_or_default();
    let given = data::text(&spec, &["schematic", "cue", "template"]);
    let extension = data::text(&spec, &["extension", "template"]);
    let text = if given.is_empty() { extension } else { given };
    let name = data::text(object, &["metadata", "name"]);
    let name = if name.is_empty() { document.name() } else { name };
    let template =
        if text.is_empty() { None } else { Some(Arc::new(template(document, name, text, sources)?)) };
    Ok(Definition {
        kind,
        name: name.into(),
        namespace: namespace(data::text(object, &["metadata", "namespace"])),
        labels: texts("labels"),
        annotations: texts("annotations"),
        template,
        built_in: false,
        place: Some((document.source, document.span(&names(["metadata", "name"])))),
        spec,
    })
}

/// The template of an object is a text of its own, named after the file.
fn template(
    document: &Document,
    name: &str,
    text: &str,
    sources: &mut Sources,
) -> Result<Template, Vec<Diagnostic>> {
    let shown = format!("{} (template of {name})", sources.name(document.source));
    let source: SourceId = sources.add(shown.as_str(), text);
    let parse = vela_syntax::parse(text, &ParseOptions { version: LANGUAGE });
    if !parse.errors.is_empty() {
        let errors = parse.errors.iter();
        return Err(errors
            .map(|e| Diagnostic::error(SYNTAX, e.message.clone()).at(source, e.span))
            .collect());
    }
    let ast = vela_syntax::ast::File { package: in_package(), ..parse.file };
    Ok(Template { source, name: shown.into(), text: text.into(), ast, experiments: parse.experiments })
}
