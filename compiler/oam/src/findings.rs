//! What people are told about one Application: the mistakes of its form and what building it found, each once. The plan
//! names the first failure, as KubeVela does; people get all that are independent.

use vela_diagnostics::catalogue::application::UNKNOWN_PROPERTY;
use vela_diagnostics::catalogue::definitions::UNKNOWN_DEFINITION;
use vela_diagnostics::catalogue::rendering::RENDER;
use vela_diagnostics::{Diagnostic, Severity};

use crate::build::BuildResult;
use crate::failure::Failure;

/// Most diagnostics of one Application.
const MOST: usize = 1000;

/// The diagnostics of failures, each once.
pub fn of_failures<'f>(failures: impl IntoIterator<Item = &'f Failure>) -> Vec<Diagnostic> {
    let mut out: Vec<Diagnostic> = Vec::new();
    for failure in failures {
        if out.len() >= MOST {
            break;
        }
        if failure.diagnostics.is_empty() {
            out.push(Diagnostic::error(RENDER, failure.text.clone()));
        }
        for diagnostic in &failure.diagnostics {
            if !out.contains(diagnostic) {
                out.push(diagnostic.clone());
            }
        }
    }
    out
}

/// The diagnostics of a result.
pub fn of_result(result: &BuildResult) -> Vec<Diagnostic> {
    match result {
        BuildResult::Deploy(Err(failure), _) | BuildResult::DryRun(Err(failure), _) => of_failures([failure]),
        BuildResult::DryRun(Ok(_), _) => Vec::new(),
        BuildResult::Deploy(Ok(plan), _) => of_failures(plan.failures()),
    }
}

/// Joins the mistakes of the form with what building found. Where both tell of one place, the form's word counts, as it
/// knows near names and allowed values; of a type that is not there the build knows more.
pub fn joined(mistakes: Vec<Diagnostic>, found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let unknown = |d: &Diagnostic| d.code == UNKNOWN_DEFINITION;
    let mut out: Vec<Diagnostic> = mistakes
        .into_iter()
        .filter(|m| !unknown(m) || !found.iter().any(|f| unknown(f) && overlap(m, f)))
        .collect();
    let told = out.len();
    for diagnostic in found {
        let covers = |m: &Diagnostic| m.severity == Severity::Error && overlap(m, &diagnostic);
        if !out[..told].iter().any(covers) && !out.contains(&diagnostic) {
            out.push(diagnostic);
        }
    }
    out
}

/// Whether one of the places lies in the other.
fn overlap(a: &Diagnostic, b: &Diagnostic) -> bool {
    let (Some(a), Some(b)) = (a.primary_label(), b.primary_label()) else { return false };
    a.source == b.source && a.span.start < b.span.end.max(b.span.start + 1) && b.span.start < a.span.end
}

/// Mistakes that did not keep the build from succeeding.
pub fn harmless(mistakes: Vec<Diagnostic>) -> Vec<Diagnostic> {
    mistakes.into_iter().map(|d| Diagnostic { severity: d.severity.max(Severity::Warning), ..d }).collect()
}

/// Mistakes as a check counts them: a property that no one reads is one, although it renders.
pub fn strict(mistakes: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let severity = |d: &Diagnostic| if d.code == UNKNOWN_PROPERTY { Severity::Error } else { d.severity };
    mistakes.into_iter().map(|d| Diagnostic { severity: severity(&d), ..d }).collect()
}
