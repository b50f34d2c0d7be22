//! `def show`: what a definition makes, and its parameters with their comments.

use clap::{Args, ValueEnum};
use vela_diagnostics::catalogue::definitions::UNKNOWN_DEFINITION;
use vela_diagnostics::{Diagnostic, Sources, did_you_mean};
use vela_oam::data::{self, Value};
use vela_oam::definition::literal;
use vela_oam::schema::json;
use vela_oam::vet;
use vela_syntax::ast::Decl;
use vela_yaml::{JsonStyle, to_json};

use crate::definitions::{self, Known};
use crate::engine::engine;
use crate::status::Status;
use crate::terminal::Shown;
use crate::{files, inputs};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Show {
    /// Name of the definition, perhaps with its kind before it: trait/scaler.
    name: String,
    /// Definitions in .cue files, or folders of them.
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    definitions: Vec<String>,
    /// Form of the output.
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    output: Form,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    /// For people: what it says about itself, and its parameters as they are written.
    #[default]
    Text,
    /// A JSON list: kind, name, attributes, and the parameters as JSON Schema.
    Schema,
}

/// Prints every definition of that name.
pub fn run(command: &Show, shown: &Shown) -> Status {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let given = inputs::read(&command.definitions, &mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let (mut sources, mut diagnostics) = (Sources::new(), Vec::new());
    let all = definitions::read(&given, true, &mut *engine(), &mut sources, &mut diagnostics);
    let (kind, name) = match command.name.split_once('/') {
        Some((kind, name)) => (Some(kind), name),
        None => (None, command.name.as_str()),
    };
    let wanted = |d: &&Known| *d.definition.name == *name && kind.is_none_or(|k| k == d.kind.word());
    let found: Vec<&Known> = all.iter().filter(wanted).collect();
    if found.is_empty() {
        let mut fault =
            Diagnostic::error(UNKNOWN_DEFINITION, format!("there is no definition {:?}", command.name));
        if let Some(help) = did_you_mean(name, all.iter().map(|d| &*d.definition.name)) {
            fault = fault.help(help);
        }
        diagnostics.push(fault);
        shown.report(diagnostics, &sources);
        return Status::Findings;
    }
    let text = match command.output {
        Form::Text => found.iter().map(|d| explain(d)).collect::<Vec<_>>().join("\n"),
        Form::Schema => {
            let all = found.iter().map(|d| interface(d)).collect();
            format!("{}\n", to_json(&Value::List(all), JsonStyle::CUE))
        }
    };
    match files::print(text.as_bytes()) {
        Ok(()) => Status::Done,
        Err(_) => Status::Environment,
    }
}

/// What a definition accepts, as data.
fn interface(known: &Known) -> Value {
    let d = &known.definition;
    let mut out = data::map([("kind", Value::str(known.kind.word())), ("name", Value::Str(d.name.clone()))]);
    if !known.description().is_empty() {
        out.set("description", Value::str(known.description()));
    }
    out.set("attributes", d.spec.clone());
    if let Some((schema, _)) = vet::schema(&d.template) {
        out.set("parameter", json::schema(&schema));
    }
    out
}

fn explain(known: &Known) -> String {
    let d = &known.definition;
    let origin = if known.built_in { "built in".to_owned() } else { d.file.name.to_string() };
    let mut out = format!("{}/{} ({origin})\n", known.kind.word(), d.name);
    if !known.description().is_empty() {
        out.push_str(&format!("{}\n", known.description()));
    }
    match parameter(known) {
        Some(text) => out.push_str(&format!("\n{}\n", text.trim_end())),
        None => out.push_str("\nno parameters\n"),
    }
    out
}

/// The source of the template's field `parameter`, with what it stands on, moved to the left margin.
fn parameter(known: &Known) -> Option<String> {
    let template = &known.definition.template;
    let (ast, text) = (&template.ast, &*template.text);
    let mut parts = Vec::new();
    for id in ast.decl_list(ast.top) {
        let Decl::Field(field) = ast.decl(*id) else { continue };
        let name = literal::label(ast, text, &field.label);
        // `parameter` may be made of definitions that stand beside it.
        if name.as_deref().is_some_and(|n| n == "parameter" || n.starts_with('#')) {
            parts.push(dedent(text, ast.decl_spans[id.0 as usize]));
        }
    }
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn dedent(text: &str, span: vela_diagnostics::Span) -> String {
    let start = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[start..span.start as usize];
    let lines = span.of(text).lines().map(|l| l.strip_prefix(indent).unwrap_or(l));
    lines.collect::<Vec<_>>().join("\n")
}
