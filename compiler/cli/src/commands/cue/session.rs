//! A run of one command: what the arguments name, loaded; how its errors are shown.

use std::io::Write;

use vela_eval::builtin::Library;
use vela_eval::error::ErrId;
use vela_eval::report::{self, ErrorReport};
use vela_eval::{Budget, Eval, VertexId};
use vela_ir::PackageId;
use vela_load::{LoadError, LoadOptions, Loaded, load};

use super::flags::{Everywhere, Inputs};
use crate::library;
use crate::status::Status;
use crate::world::Disk;

/// The command failed, and standard error says why.
#[derive(Clone, Copy, Debug)]
pub struct Failed;

/// The result of a step.
pub type Step<T> = Result<T, Failed>;

/// A loaded program and its surroundings.
pub struct Session {
    /// The working folder, absolute.
    pub folder: String,
    /// What was loaded.
    pub loaded: Loaded,
}

/// An instance that loaded without errors.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Its import path, with major version and name.
    pub id: String,
    /// Its package.
    pub package: PackageId,
}

impl Session {
    /// Loads what the inputs name. Errors of loading stay in it.
    pub fn open(everywhere: &Everywhere, inputs: &Inputs) -> Step<Self> {
        let folder = Disk::folder(everywhere.chdir.as_deref()).map_err(|e| fail(&e))?;
        let world = Disk::new(&folder);
        let options = LoadOptions {
            folder: &folder,
            args: &inputs.inputs,
            tags: &inputs.inject,
            variables: inputs.inject_vars,
            tools: false,
            tests: false,
            builtin: &library::has_package,
        };
        let loaded = load(&world, &options);
        if !loaded.data.is_empty() {
            let names: Vec<_> = loaded.data.iter().map(|d| d.name.as_str()).collect();
            return Err(fail(&format!("data files are not supported yet: {}", names.join(", "))));
        }
        Ok(Self { folder, loaded })
    }

    /// The instances; fails where one did not load.
    pub fn instances(&self) -> Step<Vec<Ready>> {
        let errors = self.loaded.errors();
        if !errors.is_empty() {
            self.show(&errors);
            return Err(Failed);
        }
        let instances = self.loaded.instances.iter();
        Ok(instances.filter_map(|i| Some(Ready { id: i.id.clone(), package: i.package? })).collect())
    }

    /// Shows errors of loading as the reference does.
    pub fn show(&self, errors: &[LoadError]) {
        let mut text = String::new();
        for e in errors {
            text.push_str(&load_error(e, &self.loaded));
        }
        say(&text);
    }

    /// An evaluation of the program.
    pub fn eval(&self) -> Eval<'_> {
        Eval::new(&self.loaded.ir, library())
    }
}

/// The standard library.
fn library() -> &'static dyn Library {
    library::library()
}

/// Evaluates the root of an instance.
pub fn root(eval: &mut Eval<'_>, instance: &Ready) -> Step<VertexId> {
    let root = eval.package(instance.package);
    match eval.finalize(root) {
        Ok(()) => Ok(root),
        Err(budget) => Err(fail(&exhausted(budget))),
    }
}

/// What to say when an evaluation takes too much.
pub fn exhausted(budget: Budget) -> String {
    let what = match budget {
        Budget::Depth => "is nested too deeply",
        Budget::Steps => "takes too many steps",
        Budget::Memory => "takes too much memory",
    };
    format!("evaluation {what}")
}

/// Shows the errors behind an id.
pub fn show_error(eval: &Eval<'_>, id: ErrId, at: VertexId) -> Failed {
    show_reports(report::reports(eval, id, Some(at), &[]))
}

/// Shows errors sorted, each once.
pub fn show_reports(reports: Vec<ErrorReport>) -> Failed {
    let text: String = report::sanitize(reports).iter().map(report::render).collect();
    say(&text);
    Failed
}

/// Says why the command fails.
pub fn fail(message: &str) -> Failed {
    say(&format!("{message}\n"));
    Failed
}

/// Writes to standard error. Nobody is left to tell when it is gone.
pub fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// The exit status of a command: 1 whatever failed.
pub fn status(step: Step<()>) -> Status {
    match step {
        Ok(()) => Status::Done,
        Err(Failed) => Status::Findings,
    }
}

/// An error of loading as the reference prints it.
pub fn load_error(e: &LoadError, loaded: &Loaded) -> String {
    let mut out = String::new();
    if !e.path.is_empty() {
        out.push_str(&e.path.join("."));
        out.push_str(": ");
    }
    out.push_str(&e.message);
    let mut places: Vec<String> = Vec::new();
    for place in &e.places {
        let (line, column) = place.line_col(&loaded.sources);
        let text = format!("    {}:{line}:{column}\n", loaded.sources.name(place.source));
        if !places.contains(&text) {
            places.push(text);
        }
    }
    if !places.is_empty() {
        out.push(':');
    }
    out.push('\n');
    out + &places.concat()
}
