//! Objects as the API server of their cluster would see them: manifests in files, and what a build renders. What is asked
//! of an object is in `vela_kubernetes`; here findings become diagnostics at the place that a user can change.

mod across;
mod manifests;
mod provenance;
mod rendered;

use std::sync::Arc;

use vela_diagnostics::{Diagnostic, Sources};
use vela_kubernetes::{Crds, Finding, shown};

use crate::build::Source;
use crate::data;
use crate::data::Value;
use crate::document::{self, DocPath, Step};
use crate::inventory::Version;

pub use across::{Use, across, uses};
pub use manifests::manifests;
pub use rendered::{Validation, plan};

/// Reads definitions of custom resources.
pub fn crds(files: &[Source], sources: &mut Sources, diagnostics: &mut Vec<Diagnostic>) -> Arc<Crds> {
    let mut crds = Crds::default();
    for file in files {
        let id = sources.add(file.name.clone(), file.text.clone());
        let (documents, faults) = document::read(id, &file.name, &file.text);
        diagnostics.extend(faults);
        for document in documents {
            for object in objects(&document.value) {
                if let Err(finding) = crds.add(object) {
                    let shown = data::text(object, &["kind"]);
                    let message = match shown {
                        "" => format!("the object {}", finding.message),
                        kind => format!("{kind} `{}` {}", crate::metadata::name(object), finding.message),
                    };
                    let at = document.span(&document::names(["kind"]));
                    diagnostics.push(Diagnostic::error(finding.code, message).at(id, at));
                }
            }
        }
    }
    Arc::new(crds)
}

/// The objects of a document: itself, or the items of a list.
fn objects(value: &Value) -> Vec<&Value> {
    match value {
        Value::List(items) => items.iter().collect(),
        _ if data::text(value, &["kind"]).ends_with("List") => {
            match value.get("items").and_then(Value::as_list) {
                Some(items) => items.iter().collect(),
                None => vec![value],
            }
        }
        _ => vec![value],
    }
}

/// The minor version of a cluster; `None` where it is not known.
pub fn minor(version: &Version) -> Option<u32> {
    let digits: String = version.minor.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|_| matches!(&*version.major, "1" | ""))
}

/// A finding as a diagnostic without a place.
fn told(object: &Value, finding: &Finding) -> Diagnostic {
    let kind = match data::text(object, &["kind"]) {
        "" => "object",
        kind => kind,
    };
    let name = crate::metadata::name(object);
    let path = shown(&finding.path);
    let message = if path == "apiVersion" && finding.message.starts_with(kind) {
        format!("{}, and {kind} `{name}` is one", finding.message)
    } else if path.is_empty() {
        format!("{kind} `{name}` {}", finding.message)
    } else {
        // What is said of the field goes on behind its name; what is said of its value begins anew.
        let colon = if finding.message.starts_with(|c: char| c.is_ascii_lowercase()) { "" } else { ":" };
        format!("`{path}` of {kind} `{name}`{colon} {}", finding.message)
    };
    let mut diagnostic = Diagnostic::new(finding.code, finding.severity, message);
    diagnostic.help.clone_from(&finding.help);
    diagnostic
}

/// A path of a finding as a path into a document.
fn doc_path(path: &[vela_kubernetes::Step]) -> DocPath {
    path.iter()
        .map(|step| match step {
            vela_kubernetes::Step::Name(name) => Step::Name(name.clone()),
            vela_kubernetes::Step::Index(i) => Step::Index(*i),
        })
        .collect()
}
