//! `def list`: which definitions there are.

use clap::Args;
use vela_diagnostics::{Diagnostic, Sources};

use crate::engine::engine;
use crate::status::Status;
use crate::terminal::{Format, Shown};
use crate::{definitions, files, inputs};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct List {
    /// Definitions in .cue files, or folders of them.
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    definitions: Vec<String>,
    /// Leave out the built-in definitions.
    #[arg(long)]
    no_builtin: bool,
    /// Only definitions of this kind: component, trait, policy, workflow-step.
    #[arg(long, value_name = "KIND")]
    kind: Option<String>,
}

/// Prints one line a definition, or under `--format json` a list of objects.
pub fn run(command: &List, shown: &Shown) -> Status {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let given = inputs::read(&command.definitions, &mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let (mut sources, mut diagnostics) = (Sources::new(), Vec::new());
    let built_in = !command.no_builtin;
    let mut all = definitions::read(&given, built_in, &mut *engine(), &mut sources, &mut diagnostics);
    all.retain(|d| command.kind.as_deref().is_none_or(|k| k == d.kind.word()));
    let failed = !diagnostics.is_empty();
    if failed {
        shown.report(diagnostics, &sources);
    }
    let text = if shown.format == Format::Json {
        let entry = |d: &definitions::Known| {
            serde_json::json!({
                "kind": d.kind.word(),
                "name": &*d.definition.name,
                "description": d.description(),
                "builtIn": d.built_in,
                "file": &*d.definition.file.name,
            })
        };
        let list: Vec<_> = all.iter().map(entry).collect();
        format!("{:#}\n", serde_json::Value::Array(list))
    } else {
        let width = |f: &dyn Fn(&definitions::Known) -> usize| all.iter().map(f).max().unwrap_or(0);
        let kinds = width(&|d| d.kind.word().len());
        let names = width(&|d| d.definition.name.len());
        let line = |d: &definitions::Known| {
            let line = format!("{:kinds$}  {:names$}  {}", d.kind.word(), d.definition.name, first_line(d));
            format!("{}\n", line.trim_end())
        };
        all.iter().map(line).collect()
    };
    match files::print(text.as_bytes()) {
        Ok(()) if failed => Status::Findings,
        Ok(()) => Status::Done,
        Err(_) => Status::Environment,
    }
}

fn first_line(d: &definitions::Known) -> &str {
    d.description().lines().next().unwrap_or("")
}
