//! `check`: every diagnostic of Applications and definitions, nothing rendered; with `--kubernetes` of manifests.

use clap::Args;
use vela_diagnostics::{Severity, Sources};
use vela_oam::build::Check as Strictness;
use vela_oam::inventory::Version;
use vela_oam::validate;

use super::build::{self, Given};
use super::judgement::{Judgement, Validate};
use crate::status::Status;
use crate::terminal::{Format, Shown};
use crate::{files, inputs};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Check {
    #[command(flatten)]
    given: Given,
    /// The files are Kubernetes manifests: check them as an API server of this version does.
    #[arg(long, value_name = "VERSION", value_parser = build::version)]
    kubernetes: Option<Version>,
    #[command(flatten)]
    judgement: Judgement,
}

/// Runs the command. In machine-readable forms the diagnostics are the result, and go to standard output.
pub fn run(command: &Check, shown: &Shown) -> Status {
    if let Some(version) = &command.kubernetes {
        return manifests(command, version, shown);
    }
    let mut faults = Vec::new();
    let given = command.given.read(&mut faults);
    let mut sources = Sources::new();
    let validation = command.judgement.validation(Validate::Error, &mut sources, &mut faults);
    if !faults.is_empty() {
        shown.report(faults, &sources);
        return Status::Environment;
    }
    let mut results = command.given.build(&given, Strictness::Strict, validation);
    if results.nothing_given {
        results.forget_failure();
    }
    if command.judgement.compares(true) {
        let across = validate::across(&results.built);
        results.diagnostics.extend(across);
    }
    results.weigh(&command.judgement);
    let failed = results.failed;
    tell(std::mem::take(&mut results.diagnostics), &results.sources, failed, shown)
}

fn manifests(command: &Check, version: &Version, shown: &Shown) -> Status {
    let mut faults = Vec::new();
    let files = inputs::read(command.given.paths(), &mut faults);
    let crds = command.judgement.crds(&mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let mut sources = Sources::new();
    let mut diagnostics = Vec::new();
    let crds = validate::crds(&crds, &mut sources, &mut diagnostics);
    diagnostics.extend(validate::manifests(&files, validate::minor(version), crds, &mut sources));
    command.judgement.weigh(&mut diagnostics);
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    tell(diagnostics, &sources, failed, shown)
}

fn tell(
    diagnostics: Vec<vela_diagnostics::Diagnostic>,
    sources: &Sources,
    failed: bool,
    shown: &Shown,
) -> Status {
    if shown.format == Format::Human {
        shown.report(diagnostics, sources);
    } else {
        let (text, _) = shown.render(diagnostics, sources);
        if files::print(text.as_bytes()).is_err() {
            return Status::Environment;
        }
    }
    if failed { Status::Findings } else { Status::Done }
}
