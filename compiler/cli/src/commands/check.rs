//! `check`: every diagnostic of Applications and definitions, nothing rendered.

use clap::Args;
use vela_diagnostics::Sources;

use super::build::Given;
use crate::files;
use crate::status::Status;
use crate::terminal::{Format, Shown};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Check {
    #[command(flatten)]
    given: Given,
}

/// Runs the command. In machine-readable forms the diagnostics are the result, and go to standard output.
pub fn run(command: &Check, shown: &Shown) -> Status {
    let mut faults = Vec::new();
    let given = command.given.read(&mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let mut results = command.given.build(&given);
    if results.nothing_given {
        results.forget_failure();
    }
    let failed = results.failed;
    let diagnostics = std::mem::take(&mut results.diagnostics);
    if shown.format == Format::Human {
        shown.report(diagnostics, &results.sources);
    } else {
        let (text, _) = shown.render(diagnostics, &results.sources);
        if files::print(text.as_bytes()).is_err() {
            return Status::Environment;
        }
    }
    if failed { Status::Findings } else { Status::Done }
}
