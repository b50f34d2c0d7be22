//! Manifests that stand in files, for `check --kubernetes`.

use std::sync::Arc;

use vela_diagnostics::catalogue::kubernetes::MISSING_FIELD;
use vela_diagnostics::{Diagnostic, Sources, Span};
use vela_kubernetes::{Checker, Crds, Finding, Placed, cross_check};

use super::{doc_path, objects, told};
use crate::application::DEFAULT_NAMESPACE;
use crate::build::Source;
use crate::data::Value;
use crate::document::{self, DocPath, Document, Step};

/// Checks every object of the files, and the objects against each other.
pub fn manifests(
    files: &[Source],
    minor: Option<u32>,
    crds: Arc<Crds>,
    sources: &mut Sources,
) -> Vec<Diagnostic> {
    let checker = Checker::new(minor, crds);
    let mut diagnostics = Vec::new();
    let mut documents = Vec::new();
    for file in files {
        let id = sources.add(file.name.clone(), file.text.clone());
        let (read, faults) = document::read(id, &file.name, &file.text);
        diagnostics.extend(faults);
        documents.extend(read);
    }
    let mut all: Vec<(&Document, DocPath, &Value)> = Vec::new();
    for document in &documents {
        let found = objects(&document.value);
        let way = |i: usize| -> DocPath {
            match &document.value {
                Value::List(_) => vec![Step::Index(i)],
                value if found.len() == 1 && std::ptr::eq(found[0], value) => Vec::new(),
                _ => vec!["items".into(), Step::Index(i)],
            }
        };
        all.extend(found.iter().enumerate().map(|(i, object)| (document, way(i), *object)));
    }
    for (document, way, object) in &all {
        for finding in checker.check(object) {
            diagnostics.push(placed(document, way, object, &finding));
        }
    }
    let set: Vec<Placed> =
        all.iter().map(|(.., object)| Placed { object, namespace: DEFAULT_NAMESPACE }).collect();
    for (at, finding) in cross_check(&set) {
        let (document, way, object) = &all[at];
        diagnostics.push(placed(document, way, object, &finding));
    }
    diagnostics
}

fn placed(document: &Document, way: &DocPath, object: &Value, finding: &Finding) -> Diagnostic {
    let mut path = way.clone();
    path.extend(doc_path(&finding.path));
    told(object, finding).at(document.source, place(document, finding, path))
}

/// What is missing is shown at the key of what should have it; a value at itself, a map or list at its key.
fn place(document: &Document, finding: &Finding, mut path: DocPath) -> Span {
    if finding.code == MISSING_FIELD {
        path.pop();
        return document.key_span(&path);
    }
    let span = document.span(&path);
    if matches!(path.last(), Some(Step::Name(_)))
        && document.value_at(&path).is_none_or(|v| v.as_str().is_none())
    {
        return document.key_span(&path);
    }
    span
}
