//! `def vet`: what is wrong with definition files.

use clap::Args;
use vela_diagnostics::{Diagnostic, Severity, Sources};
use vela_oam::vet;

use crate::commands::judgement::{Named, named, weigh};
use crate::engine::engine;
use crate::status::Status;
use crate::terminal::{Format, Shown};
use crate::{definitions, files, inputs};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Vet {
    /// Definitions in .cue files or objects, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Warnings that count as errors: codes such as E0306, or `warnings` for all.
    #[arg(long, value_name = "CODE", num_args = 1.., value_parser = named)]
    deny: Vec<Named>,
    /// Warnings that are not told.
    #[arg(long, value_name = "CODE", num_args = 1.., value_parser = named)]
    allow: Vec<Named>,
}

/// Reads, compiles and tries every definition.
pub fn run(command: &Vet, shown: &Shown) -> Status {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let given = inputs::read(&command.paths, &mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let (mut sources, mut diagnostics) = (Sources::new(), Vec::new());
    let mut engine = engine();
    let all = definitions::full(&given, &mut *engine, &mut sources, &mut diagnostics);
    for definition in &all {
        diagnostics.extend(vet::vet(definition, &mut *engine));
    }
    weigh(&command.deny, &command.allow, &mut diagnostics);
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    if shown.format == Format::Human {
        shown.report(diagnostics, &sources);
    } else {
        let (text, _) = shown.render(diagnostics, &sources);
        if files::print(text.as_bytes()).is_err() {
            return Status::Environment;
        }
    }
    if failed { Status::Findings } else { Status::Done }
}
