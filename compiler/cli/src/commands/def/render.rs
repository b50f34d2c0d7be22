//! `def render`: `.cue` definitions as the objects that KubeVela installs.

use clap::{Args, ValueEnum};
use vela_diagnostics::{Diagnostic, Sources};
use vela_oam::build::{convert, converted_value};
use vela_yaml::{JsonStyle, YamlStyle, to_json, to_yaml_documents};

use crate::engine::engine;
use crate::status::Status;
use crate::terminal::Shown;
use crate::{files, inputs};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Render {
    /// Definitions in .cue files, or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Form of the output.
    #[arg(short, long, value_name = "FORM", default_value = "yaml")]
    output: Form,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    /// YAML documents.
    #[default]
    Yaml,
    /// A JSON list of files, each with its object or what is wrong with it.
    Json,
}

/// Converts every file. YAML is printed only when all of them convert.
pub fn run(command: &Render, shown: &Shown) -> Status {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let given = inputs::read(&command.paths, &mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let (sources, converted) = convert(&given, &mut *engine(), &crate::format::simplified);
    let diagnostics: Vec<Diagnostic> =
        converted.iter().filter_map(|c| c.object.as_ref().err()).flatten().cloned().collect();
    let failed = converted.iter().any(|c| c.object.is_err());
    if failed {
        shown.report(diagnostics, &sources);
    }
    let text = match command.output {
        Form::Json => format!("{}\n", to_json(&converted_value(&converted), JsonStyle::CUE)),
        Form::Yaml if failed => String::new(),
        Form::Yaml => {
            to_yaml_documents(converted.iter().filter_map(|c| c.object.as_ref().ok()), YamlStyle::Kubernetes)
        }
    };
    match files::print(text.as_bytes()) {
        Ok(()) if failed => Status::Findings,
        Ok(()) => Status::Done,
        Err(_) => Status::Environment,
    }
}
