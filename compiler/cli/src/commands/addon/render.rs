//! `addon render`: the objects that installing an addon makes.

use std::path::Path;

use clap::{Args, ValueEnum};
use vela_diagnostics::catalogue::cli::{READ, USAGE, WRITE};
use vela_diagnostics::{Diagnostic, Sources};
use vela_oam::addon::{self, File};
use vela_oam::data::{self, Value};
use vela_yaml::{JsonStyle, YamlStyle, to_json, to_yaml_documents};

use super::set;
use crate::engine::engine;
use crate::files;
use crate::status::Status;
use crate::terminal::Shown;

/// Most bytes of one file.
const LARGEST: u64 = 64 << 20;

/// Most files of an addon.
const MOST: usize = 10_000;

/// Deepest folder in an addon.
const DEEPEST: usize = 20;

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Render {
    /// The addon's folder.
    #[arg(value_name = "DIR")]
    folder: String,
    /// A parameter, such as `namespace=tools` or `clusters[0]=eu`; its value is read as YAML.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// A parameter whose value is text, whatever it looks like.
    #[arg(long, value_name = "NAME=TEXT")]
    set_string: Vec<String>,
    /// Files with parameters, in YAML; later ones and --set win.
    #[arg(short = 'p', long, value_name = "FILE", num_args = 1..)]
    parameters: Vec<String>,
    /// Form of the output.
    #[arg(short, long, value_name = "FORM", default_value = "yaml")]
    output: Form,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    /// YAML documents: the Application first.
    #[default]
    Yaml,
    /// A Kubernetes List in JSON.
    Json,
    /// One line an object: kind and name.
    Name,
}

/// Runs the command. Nothing is printed where anything is wrong.
pub fn run(command: &Render, shown: &Shown) -> Status {
    let parameters = match given(command) {
        Ok(parameters) => parameters,
        Err((status, fault)) => {
            shown.report(vec![fault], &Sources::new());
            return status;
        }
    };
    let mut found = Vec::new();
    if let Err(why) = read(Path::new(&command.folder), "", &mut found, 0) {
        shown.report(vec![Diagnostic::error(READ, why)], &Sources::new());
        return Status::Environment;
    }
    let given: Vec<File> = found
        .into_iter()
        .map(|(path, text)| File {
            shown: format!("{}/{path}", command.folder.trim_end_matches('/')).into(),
            path: path.into(),
            text: text.into(),
        })
        .collect();
    let outcome = addon::render(&given, &parameters, &mut *engine(), &crate::format::simplified);
    shown.report(outcome.diagnostics, &outcome.sources);
    let Some(rendered) = outcome.rendered else { return Status::Findings };
    let objects: Vec<Value> = std::iter::once(rendered.application).chain(rendered.others).collect();
    match files::print(text(command.output, objects).as_bytes()) {
        Ok(()) => Status::Done,
        Err(e) => {
            let fault = Diagnostic::error(WRITE, format!("cannot write standard output: {e}"));
            shown.report(vec![fault], &Sources::new());
            Status::Environment
        }
    }
}

fn text(form: Form, objects: Vec<Value>) -> String {
    match form {
        Form::Yaml => to_yaml_documents(objects.iter(), YamlStyle::Kubernetes),
        Form::Json => {
            let list = data::map([
                ("apiVersion", Value::str("v1")),
                ("kind", Value::str("List")),
                ("items", Value::List(objects)),
            ]);
            format!("{}\n", to_json(&list, JsonStyle::CUE))
        }
        Form::Name => objects
            .iter()
            .map(|o| {
                let kind = data::text(o, &["kind"]).to_lowercase();
                format!("{kind}/{}\n", data::text(o, &["metadata", "name"]))
            })
            .collect::<Vec<_>>()
            .concat(),
    }
}

/// The parameters of files and flags.
#[expect(clippy::result_large_err, reason = "an error ends the command")]
fn given(command: &Render) -> Result<Value, (Status, Diagnostic)> {
    let mut all = data::empty();
    for path in &command.parameters {
        let read = std::fs::read(path);
        let bytes = read.map_err(|e| {
            (Status::Environment, Diagnostic::error(READ, format!("cannot read {path}: {e}")))
        })?;
        let parsed = vela_yaml::parse(&vela_yaml::decode(&bytes).text);
        let value = match (parsed.faults.is_empty(), parsed.docs.as_slice()) {
            (true, []) => data::empty(),
            (true, [doc]) => doc.data_of(doc.root),
            _ => Value::Null,
        };
        if !matches!(value, Value::Map(_)) {
            let text = format!("{path} is no map of parameters in YAML");
            return Err((Status::Findings, Diagnostic::error(READ, text)));
        }
        data::merge(&mut all, &value);
    }
    let usage = |text: String| (Status::Usage, Diagnostic::error(USAGE, text));
    for assignment in &command.set {
        set::apply(&mut all, assignment, false)
            .map_err(|why| usage(format!("--set {}: {why}", name(assignment))))?;
    }
    for assignment in &command.set_string {
        set::apply(&mut all, assignment, true)
            .map_err(|why| usage(format!("--set-string {}: {why}", name(assignment))))?;
    }
    Ok(all)
}

/// The name in an assignment; its value may be secret.
fn name(assignment: &str) -> &str {
    assignment.split('=').next().unwrap_or(assignment)
}

/// Reads the files below a folder, by name; hidden ones and links to folders are left out.
fn read(root: &Path, below: &str, out: &mut Vec<(String, String)>, depth: usize) -> Result<(), String> {
    let folder = if below.is_empty() { root.to_owned() } else { root.join(below) };
    let shown = folder.display();
    let entries = std::fs::read_dir(&folder).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => format!("cannot read {shown}: no such folder"),
        std::io::ErrorKind::NotADirectory => format!("cannot read {shown}: an addon is a folder"),
        _ => format!("cannot read {shown}: {e}"),
    })?;
    let mut names: Vec<String> = entries
        .filter_map(|e| e.ok()?.file_name().into_string().ok())
        .filter(|n| !n.starts_with('.'))
        .collect();
    names.sort_unstable();
    for name in names {
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let at = root.join(&path);
        if at.is_dir() {
            if !at.is_symlink() && depth < DEEPEST {
                read(root, &path, out, depth + 1)?;
            }
            continue;
        }
        if ![".cue", ".yaml", ".yml", ".go", ".mod"].iter().any(|e| name.ends_with(e)) {
            continue;
        }
        let size = std::fs::metadata(&at).map_err(|e| format!("cannot read {}: {e}", at.display()))?.len();
        if size > LARGEST || out.len() >= MOST {
            return Err(format!("cannot read {}: the addon is too large", at.display()));
        }
        let bytes = std::fs::read(&at).map_err(|e| format!("cannot read {}: {e}", at.display()))?;
        out.push((path, vela_yaml::decode(&bytes).text.to_string()));
    }
    Ok(())
}
