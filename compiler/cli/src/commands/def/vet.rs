//! `def vet`: what is wrong with definition files.

use clap::Args;
use vela_diagnostics::{Diagnostic, Sources};
use vela_oam::context::Context;
use vela_oam::engine::{Refused, Request};

use crate::engine::engine;
use crate::status::Status;
use crate::terminal::{Format, Shown};
use crate::{definitions, files, inputs};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Vet {
    /// Definitions in .cue files, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
}

/// Reads and compiles every definition.
pub fn run(command: &Vet, shown: &Shown) -> Status {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let given = inputs::read(&command.paths, &mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let (mut sources, mut diagnostics) = (Sources::new(), Vec::new());
    let mut engine = engine();
    let all = definitions::read(&given, false, &mut *engine, &mut sources, &mut diagnostics);
    let context = Context::default();
    for known in &all {
        let request = Request {
            template: &known.definition.template,
            declares_parameter: true,
            parameter: None,
            context: &context,
            explain: false,
        };
        if let Err(Refused::Compile(faults)) = engine.evaluate(request) {
            diagnostics.extend(faults);
        }
    }
    let failed = !diagnostics.is_empty();
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
