//! What `build` and `check` make of findings about rendered objects: which count, and how much.

use clap::{Args, ValueEnum};
use vela_diagnostics::catalogue::kubernetes;
use vela_diagnostics::{Code, Diagnostic, Severity, Sources};
use vela_oam::validate::{self, Validation};

use crate::inputs;

/// How the objects are checked as the API server of their cluster would.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Validate {
    /// Not at all.
    Off,
    /// What a server refuses is a warning.
    Warn,
    /// What a server refuses is an error.
    Error,
}

/// Options about findings.
#[derive(Clone, Debug, Default, Args)]
pub struct Judgement {
    /// What to make of objects that the API server of their cluster would refuse; `check` takes them for errors, `build`
    /// warns.
    #[arg(long, value_name = "HOW")]
    pub validate: Option<Validate>,
    /// CustomResourceDefinitions, in files or folders, by which custom resources are checked.
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub crds: Vec<String>,
    /// Warnings that count as errors: codes such as E0820, or `warnings` for all.
    #[arg(long, value_name = "CODE", num_args = 1.., value_parser = named)]
    pub deny: Vec<Named>,
    /// Warnings that are not told.
    #[arg(long, value_name = "CODE", num_args = 1.., value_parser = named)]
    pub allow: Vec<Named>,
}

/// A diagnostic by its code, or all warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// One code.
    Code(Code),
    /// Every code.
    Warnings,
}

/// Reads a code, or `warnings`.
pub fn named(text: &str) -> Result<Named, String> {
    if text == "warnings" {
        return Ok(Named::Warnings);
    }
    Code::parse(text).map(Named::Code).ok_or_else(|| format!("`{text}` is no code such as E0820"))
}

impl Named {
    fn is(self, code: Code) -> bool {
        match self {
            Self::Code(own) => own == code,
            Self::Warnings => true,
        }
    }
}

impl Judgement {
    /// Whether objects are not checked at all.
    pub fn is_off(&self) -> bool {
        self.validate == Some(Validate::Off)
    }

    /// Whether objects are checked against each other; `usual` is what the command does unasked.
    pub fn compares(&self, usual: bool) -> bool {
        !self.is_off() && (usual || self.validate.is_some() || !self.deny.is_empty())
    }

    /// How a build checks its objects. `usual` is what the command does unasked. What is wrong with the definitions of
    /// custom resources is told in `faults`.
    pub fn validation(
        &self,
        usual: Validate,
        sources: &mut Sources,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Validation> {
        if self.is_off() {
            return None;
        }
        let files = self.crds(faults);
        let crds = validate::crds(&files, sources, faults);
        let refuse = self.validate.unwrap_or(usual) == Validate::Error;
        Some(Validation { crds, refuse })
    }

    /// Reads the definitions of custom resources.
    pub fn crds(&self, faults: &mut Vec<Diagnostic>) -> Vec<vela_oam::Source> {
        inputs::read(&self.crds, faults)
    }

    /// Weighs the diagnostics: warnings that are allowed go, those that are denied become errors.
    pub fn weigh(&self, diagnostics: &mut Vec<Diagnostic>) {
        if self.validate == Some(Validate::Warn) {
            let objects = |d: &&mut Diagnostic| is_of_kubernetes(d.code) && d.code != kubernetes::BAD_CRD;
            diagnostics
                .iter_mut()
                .filter(objects)
                .for_each(|d| d.severity = d.severity.max(Severity::Warning));
        }
        weigh(&self.deny, &self.allow, diagnostics);
    }
}

/// Weighs warnings: those that are allowed go, those that are denied become errors.
pub fn weigh(deny: &[Named], allow: &[Named], diagnostics: &mut Vec<Diagnostic>) {
    let allowed = |d: &Diagnostic| d.severity == Severity::Warning && allow.iter().any(|n| n.is(d.code));
    diagnostics.retain(|d| !allowed(d));
    for diagnostic in diagnostics.iter_mut().filter(|d| d.severity == Severity::Warning) {
        if deny.iter().any(|n| n.is(diagnostic.code)) {
            diagnostic.severity = Severity::Error;
        }
    }
}

fn is_of_kubernetes(code: Code) -> bool {
    kubernetes::ENTRIES.iter().any(|e| e.code == code)
}
