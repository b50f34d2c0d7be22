//! `def doc`: reference pages of definitions.

use std::path::Path;

use clap::Args;
use vela_diagnostics::catalogue::cli::WRITE;
use vela_diagnostics::catalogue::definitions::UNKNOWN_DEFINITION;
use vela_diagnostics::{Diagnostic, Sources, did_you_mean};
use vela_oam::build::Source;
use vela_oam::definition::Definition;
use vela_oam::reference;

use crate::engine::engine;
use crate::status::Status;
use crate::terminal::Shown;
use crate::{definitions, files, inputs};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Doc {
    /// Names of definitions, perhaps with their kind before them: trait/scaler. Without a name all of those given with -d,
    /// or all built-in ones.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Definitions in .cue files or objects, or folders of them.
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    definitions: Vec<String>,
    /// Write one page a definition, and one that lists them, into this folder.
    #[arg(long, value_name = "DIR")]
    output_dir: Option<String>,
}

/// Prints or writes the pages.
pub fn run(command: &Doc, shown: &Shown) -> Status {
    let mut faults: Vec<Diagnostic> = Vec::new();
    let mut given = inputs::read(&command.definitions, &mut faults);
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let all_built_in = given.is_empty();
    if all_built_in || !command.names.is_empty() {
        let embedded = vela_definitions::definitions().iter();
        given.extend(embedded.map(|d| Source { name: d.path.into(), text: d.source.into() }));
    }
    let (mut sources, mut diagnostics) = (Sources::new(), Vec::new());
    let mut engine = engine();
    let mut all = definitions::full(&given, &mut *engine, &mut sources, &mut diagnostics);
    if !command.names.is_empty() {
        match chosen(&all, &command.names) {
            Ok(found) => all = found,
            Err(fault) => diagnostics.push(*fault),
        }
    }
    if !diagnostics.is_empty() {
        shown.report(diagnostics, &sources);
        return Status::Findings;
    }
    let pages: Vec<(&Definition, String)> =
        all.iter().map(|d| (d, reference::page(d, &mut *engine))).collect();
    let done = match &command.output_dir {
        Some(folder) => write(folder, &pages),
        None => {
            let texts: Vec<&str> = pages.iter().map(|(_, text)| text.as_str()).collect();
            files::print(texts.join("\n").as_bytes()).map_err(|e| e.to_string())
        }
    };
    match done {
        Ok(()) => Status::Done,
        Err(message) => {
            shown.report(vec![Diagnostic::error(WRITE, message)], &Sources::new());
            Status::Environment
        }
    }
}

/// The definitions of these names, the first of each kind and name.
fn chosen(all: &[Definition], names: &[String]) -> Result<Vec<Definition>, Box<Diagnostic>> {
    let mut out: Vec<Definition> = Vec::new();
    for wanted in names {
        let (kind, name) = match wanted.split_once('/') {
            Some((kind, name)) => (Some(kind), name),
            None => (None, wanted.as_str()),
        };
        let before = out.len();
        for one in all.iter().filter(|d| *d.name == *name && kind.is_none_or(|k| k == d.kind.word())) {
            if !out.iter().any(|d| d.kind == one.kind && d.name == one.name) {
                out.push(one.clone());
            }
        }
        if out.len() == before {
            let mut fault =
                Diagnostic::error(UNKNOWN_DEFINITION, format!("there is no definition `{wanted}`"));
            fault.help = did_you_mean(name, all.iter().map(|d| &*d.name));
            return Err(Box::new(fault));
        }
    }
    Ok(out)
}

/// Writes the pages below the folder, each at `KIND/NAME.md`, and the list as `README.md`.
fn write(folder: &str, pages: &[(&Definition, String)]) -> Result<(), String> {
    let failed = |e: std::io::Error| format!("cannot write {folder}: {e}");
    let mut listed = Vec::with_capacity(pages.len());
    for (definition, text) in pages {
        let name = format!("{}/{}.md", definition.kind.word(), safe(&definition.name));
        let path = Path::new(folder).join(&name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(folder))).map_err(failed)?;
        files::replace(&path, text.as_bytes()).map_err(failed)?;
        listed.push((*definition, name));
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    files::replace(&Path::new(folder).join("README.md"), reference::index(&listed).as_bytes()).map_err(failed)
}

/// A name that stays in its folder.
fn safe(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let text: String = name.chars().map(|c| if plain(c) { c } else { '-' }).collect();
    if text.trim_matches('.').is_empty() { "_".to_owned() } else { text }
}
