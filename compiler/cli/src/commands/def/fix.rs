//! `def fix`: idioms of older CUE in definitions, rewritten.

use std::path::Path;

use clap::Args;
use vela_diagnostics::catalogue::cli::WRITE;
use vela_diagnostics::catalogue::definitions::LEGACY;
use vela_diagnostics::catalogue::syntax::SYNTAX;
use vela_diagnostics::{Diagnostic, Sources, Span};
use vela_oam::build::{Base, Inputs, Options, Source};
use vela_oam::definition::cue_form::LANGUAGE;
use vela_oam::legacy::{Fixed, fixed_definition};
use vela_syntax::ParseOptions;

use crate::engine::engine;
use crate::status::Status;
use crate::terminal::Shown;
use crate::{diff, files, inputs};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Fix {
    /// Definitions in .cue files, or folders of them; - is standard input, which is rewritten to standard output.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Write the names of files that would change, change nothing, and fail where there are any.
    #[arg(long)]
    check: bool,
    /// Write what would change instead of changing it.
    #[arg(long)]
    diff: bool,
}

/// Runs the command. Nothing is written where a file cannot be read or is not CUE.
pub fn run(command: &Fix, shown: &Shown) -> Status {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let given = inputs::read(&command.paths, &mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let (cue, objects): (Vec<Source>, Vec<Source>) =
        given.into_iter().partition(|s| s.name.ends_with(".cue") || &*s.name == "<stdin>");
    let mut sources = Sources::new();
    let mut diagnostics = Vec::new();
    let mut changed: Vec<(Source, Option<Fixed>)> = Vec::new();
    for source in cue {
        let id = sources.add(source.name.clone(), source.text.clone());
        let parse = vela_syntax::parse(&source.text, &ParseOptions { version: LANGUAGE });
        let errors = parse.errors.iter();
        faults.extend(errors.map(|e| Diagnostic::error(SYNTAX, e.message.clone()).at(id, e.span)));
        let fixed = fixed_definition(&source.text);
        for at in fixed.iter().flat_map(|f| &f.references) {
            let text = "this name meant the field `error`, and means CUE's function from now on";
            let place = Span::new(*at, at + 5);
            diagnostics.push(
                Diagnostic::warning(LEGACY, text)
                    .at(id, place)
                    .help("give the field another name, or an alias"),
            );
        }
        changed.push((source, fixed));
    }
    if !faults.is_empty() {
        shown.report(faults, &sources);
        return Status::Findings;
    }
    shown.report(diagnostics, &sources);
    let left = told_of_objects(objects, shown);
    match write(command, &changed) {
        Ok(false) if left => Status::Findings,
        Ok(false) => Status::Done,
        Ok(true) => Status::Findings,
        Err(fault) => {
            shown.report(vec![fault], &sources);
            Status::Environment
        }
    }
}

/// Writes, or shows, what changes; says whether a check failed.
#[expect(clippy::result_large_err, reason = "an error ends the command")]
fn write(command: &Fix, changed: &[(Source, Option<Fixed>)]) -> Result<bool, Diagnostic> {
    let mut out = String::new();
    let mut unfixed = false;
    for (source, fixed) in changed {
        let stdin = &*source.name == "<stdin>";
        match fixed {
            Some(new) if command.diff => out.push_str(&diff::unified(&source.name, &source.text, &new.text)),
            Some(_) if command.check => {
                out.push_str(&source.name);
                out.push('\n');
            }
            Some(new) if stdin => out.push_str(&new.text),
            None if stdin && !command.diff && !command.check => out.push_str(&source.text),
            Some(new) => files::replace(Path::new(&*source.name), new.text.as_bytes())
                .map_err(|e| Diagnostic::error(WRITE, format!("cannot write {}: {e}", source.name)))?,
            None => {}
        }
        unfixed |= command.check && fixed.is_some();
    }
    files::print(out.as_bytes())
        .map_err(|e| Diagnostic::error(WRITE, format!("cannot write standard output: {e}")))?;
    Ok(unfixed)
}

/// Definitions that are objects are not rewritten; what is old in them is told.
fn told_of_objects(objects: Vec<Source>, shown: &Shown) -> bool {
    if objects.is_empty() {
        return false;
    }
    let inputs = Inputs { definitions: objects, ..Inputs::default() };
    let options = Options { no_built_in: true, ..Options::default() };
    let (mut diagnostics, sources) = Base::read(&inputs, &options, &mut *engine()).told();
    for diagnostic in diagnostics.iter_mut().filter(|d| d.code == LEGACY) {
        diagnostic.help = Some("templates inside of objects are not rewritten: change it by hand, or fix the .cue file that it was made of".to_owned());
    }
    let any = !diagnostics.is_empty();
    shown.report(diagnostics, &sources);
    any
}
