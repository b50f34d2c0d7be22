//! `why`: where a field of a rendered object comes from.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use vela_diagnostics::catalogue::cli::USAGE;
use vela_diagnostics::{Diagnostic, Severity, Sources};
use vela_oam::build::{Base, Check};
use vela_oam::data::{self, Value};
use vela_oam::why::{self, Contribution, Explanation, Question};
use vela_yaml::{JsonStyle, to_json};

use super::build::Given;
use crate::engine::engine;
use crate::files;
use crate::status::Status;
use crate::terminal::Shown;

/// Arguments. The last of the paths is the field: options may stand between the two, which a parameter of its own
/// would not allow.
#[derive(Clone, Debug, Args)]
#[command(
    override_usage = "vela-lang why [OPTIONS] <PATH>... <FIELD>",
    after_help = "FIELD is a field of a rendered object, such as spec.replicas, deployment/web:spec.replicas or \
                  metadata.labels[\"a.b/c\"]."
)]
pub struct Why {
    #[command(flatten)]
    given: Given,
    /// Only in these clusters.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    cluster: Vec<String>,
    /// Form of the output.
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    output: Form,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
enum Form {
    /// Lines with their roles and places.
    #[default]
    Text,
    /// A JSON list.
    Json,
}

/// Runs the command.
pub fn run(command: &Why, shown: &Shown) -> Status {
    let Some((given, field)) = command.given.and_last() else {
        let text = "`why` needs the Application and the field";
        let help =
            "vela-lang why app.yaml spec.replicas -d definitions: options that take several values come last";
        shown.report(vec![Diagnostic::error(USAGE, text).help(help)], &Sources::new());
        return Status::Usage;
    };
    let question = match Question::parse(&field, &command.cluster) {
        Ok(question) => question,
        Err(text) => {
            shown.report(vec![Diagnostic::error(USAGE, text)], &Sources::new());
            return Status::Usage;
        }
    };
    if let Some(text) = given.only_for_builds() {
        shown.report(vec![Diagnostic::error(USAGE, text)], &Sources::new());
        return Status::Usage;
    }
    let mut faults = Vec::new();
    let inputs = given.read(&mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let options = given.options(Check::Off, None);
    let mut engine = engine();
    let base = Base::read(&inputs, &options, &mut *engine);
    let (found, diagnostics) = why::why(&base, &options, &question, &mut *engine);
    let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
    shown.report(diagnostics, base.sources());
    let text = match command.output {
        Form::Text => text(&found),
        Form::Json => {
            format!("{}\n", to_json(&Value::List(found.iter().map(value).collect()), JsonStyle::CUE))
        }
    };
    match files::print(text.as_bytes()) {
        Err(_) => Status::Environment,
        Ok(()) if failed => Status::Findings,
        Ok(()) => Status::Done,
    }
}

fn text(found: &[Explanation]) -> String {
    let mut out = String::new();
    for (n, one) in found.iter().enumerate() {
        if n > 0 {
            out.push('\n');
        }
        let value =
            one.value.as_ref().map_or_else(|| "(hidden)".to_owned(), |v| to_json(v, JsonStyle::COMPACT));
        let _ = writeln!(out, "{} {} = {value}", one.object, one.path);
        let _ = writeln!(
            out,
            "in component {} of Application {}, cluster {}",
            one.component,
            one.application,
            one.clusters.join(", ")
        );
        let rows: Vec<[String; 3]> = one.lines.iter().map(row).collect();
        let width = |c: usize| rows.iter().map(|r| r[c].chars().count()).max().unwrap_or(0);
        let (role, place) = (width(0), width(1));
        for [r, p, text] in &rows {
            let line = format!("  {r:role$}  {p:place$}  {text}");
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
    out
}

fn row(line: &Contribution) -> [String; 3] {
    let role = match line.role {
        why::Role::Context => "context".to_owned(),
        role => format!("{}, {}", role.word(), line.of),
    };
    let place = line.place.as_ref().map_or_else(|| "-".to_owned(), |(f, l, c)| format!("{f}:{l}:{c}"));
    [role, place, line.text.clone()]
}

fn value(one: &Explanation) -> Value {
    let line = |line: &Contribution| {
        let mut out = data::map([("role", Value::str(line.role.word())), ("of", Value::str(&*line.of))]);
        if let Some((file, row, column)) = &line.place {
            out.set("file", Value::str(&**file));
            out.set("line", Value::int(i64::from(*row)));
            out.set("column", Value::int(i64::from(*column)));
        }
        out.set("text", Value::str(&*line.text));
        out
    };
    let mut out = data::map([
        ("application", Value::str(&*one.application)),
        ("component", Value::Str(one.component.clone())),
        ("object", Value::str(&*one.object)),
        ("clusters", Value::List(one.clusters.iter().map(|c| Value::str(&**c)).collect())),
        ("path", Value::str(&*one.path)),
    ]);
    if let Some(value) = &one.value {
        out.set("value", value.clone());
    }
    out.set("lines", Value::List(one.lines.iter().map(line).collect()));
    out
}
