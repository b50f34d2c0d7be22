//! A run of one command: what the arguments name, loaded; how its errors are shown.

use std::io::Write;

use vela_eval::builtin::Library;
use vela_eval::error::ErrId;
use vela_eval::report::{self, ErrorReport};
use vela_eval::{Budget, Eval, Limits, VertexId};
use vela_ir::{ExprId, FileId, PackageId, Version};
use vela_load::{LoadError, LoadOptions, Loaded, ProtoSearch, World, load};

use super::experiments;
use super::expression;
use super::flags::{Everywhere, Inputs};
use super::placing::Placing;
use crate::library;
use crate::status::Status;
use crate::world::Disk;

/// How many errors are shown: a report is for people.
const MOST_REPORTS: usize = 1000;

/// How the instance of the files among the arguments is called.
const FILES: &str = "command-line-arguments";

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
    /// The language version of its module.
    pub version: Version,
    /// Whether it is made of the CUE files among the arguments.
    pub of_files: bool,
    /// Whether errors anywhere in it count where an expression selects a part: not in files given by name, nor with
    /// data files.
    pub whole: bool,
    /// Its name, `""` without.
    pub name: String,
    /// Expressions to be evaluated in its scope, in the order of the options, with their texts.
    pub expressions: Vec<(String, ExprId)>,
    /// The value is an expression in its scope, unified with a document.
    pub against: Option<(ExprId, ExprId)>,
    /// Labels that the value is shown below.
    pub below: Vec<String>,
}

impl Ready {
    /// A package that came about while the command ran.
    pub fn of_package(package: PackageId) -> Self {
        Self {
            id: String::new(),
            package,
            version: Version::NEWEST,
            of_files: false,
            whole: true,
            name: String::new(),
            expressions: Vec::new(),
            against: None,
            below: Vec::new(),
        }
    }
}

impl Session {
    /// Loads what the inputs name. Errors of loading stay in it.
    pub fn open(everywhere: &Everywhere, inputs: &Inputs) -> Step<Self> {
        Self::open_with(everywhere, inputs, false)
    }

    /// Loads what the inputs name; with `schemas`, files that say they are schemas are read as such.
    pub fn open_with(everywhere: &Everywhere, inputs: &Inputs, schemas: bool) -> Step<Self> {
        experiments::check()?;
        let folder = Disk::folder(everywhere.chdir.as_deref()).map_err(|e| fail(&e))?;
        Ok(Self::load(&Disk::new(&folder), folder, inputs, schemas, ProtoSearch::default()))
    }

    /// Loads what the inputs name for a command that takes data files.
    pub fn open_placed(
        everywhere: &Everywhere,
        inputs: &Inputs,
        placing: &Placing,
        schemas: bool,
    ) -> Step<Self> {
        experiments::check()?;
        let folder = Disk::folder(everywhere.chdir.as_deref()).map_err(|e| fail(&e))?;
        let protos = placing.protos(&folder);
        Ok(Self::load(&Disk::new(&folder), folder, inputs, schemas, protos))
    }

    /// Loads what the inputs name from a world of its own.
    pub fn in_world(everywhere: &Everywhere, inputs: &Inputs, world: &dyn World) -> Step<Self> {
        let folder = Disk::folder(everywhere.chdir.as_deref()).map_err(|e| fail(&e))?;
        Ok(Self::load(world, folder, inputs, false, ProtoSearch::default()))
    }

    fn load(world: &dyn World, folder: String, inputs: &Inputs, schemas: bool, protos: ProtoSearch) -> Self {
        let options = LoadOptions {
            folder: &folder,
            args: &inputs.inputs,
            tags: &inputs.inject,
            variables: inputs.inject_vars,
            tools: false,
            tests: false,
            schemas,
            protos,
            builtin: &library::has_package,
        };
        let mut loaded = load(world, &options);
        // Those of a folder before those of folders in it, then by name.
        loaded.data.sort_by(|a, b| {
            let depth = |path: &str| path.matches('/').count();
            depth(&a.path).cmp(&depth(&b.path)).then_with(|| a.path.cmp(&b.path))
        });
        vela_stdlib::add_preludes(&mut loaded.ir);
        Self { folder, loaded }
    }

    /// The instances; fails where one did not load.
    pub fn instances(&self) -> Step<Vec<Ready>> {
        let errors = self.loaded.errors();
        if !errors.is_empty() {
            self.show(&errors);
            return Err(Failed);
        }
        let instances = self.loaded.instances.iter();
        Ok(instances
            .filter_map(|i| {
                Some(Ready {
                    id: i.id.clone(),
                    version: i.version,
                    of_files: i.display == FILES,
                    whole: i.display != FILES,
                    name: i.name.clone(),
                    ..Ready::of_package(i.package?)
                })
            })
            .collect())
    }

    /// The one package that data files are to be unified with, if there is any: that of the CUE files among the
    /// arguments, a named one, or both together.
    pub fn schema(&mut self) -> Step<Option<Ready>> {
        let (files, mut named): (Vec<_>, Vec<_>) = self.instances()?.into_iter().partition(|i| i.of_files);
        let files = files.into_iter().find(|i| !self.loaded.ir.packages[i.package.index()].files.is_empty());
        if named.len() > 1 {
            let n = named.len();
            return Err(fail(&format!("too many packages defined ({n}) in combination with files")));
        }
        Ok(match (named.pop(), files) {
            (Some(named), Some(files)) => {
                let more = self.loaded.ir.packages[files.package.index()].files.clone();
                Some(Ready { package: self.loaded.package_with(Some(named.package), &more), ..named })
            }
            (named, files) => named.or(files),
        })
    }

    /// Whether there are data files among the inputs.
    pub fn has_data(&self) -> bool {
        !self.loaded.data.is_empty()
    }

    /// What is to be evaluated, in order: without data files the instances; with them each document against a schema,
    /// all documents unified with the one instance, perhaps below labels, or each document on its own.
    pub fn values(&mut self, placing: &Placing) -> Step<Vec<Ready>> {
        placing.check(false)?;
        if !self.has_data() {
            return self.packages(placing);
        }
        self.decode_protobuf(placing)?;
        let schema = self.schema()?;
        if let Some(text) = &placing.schema {
            return self.documents_against(schema, text);
        }
        let (flag, own) = (placing.package.as_deref().unwrap_or(""), schema.as_ref().map_or("", |s| &s.name));
        if !flag.is_empty() && !own.is_empty() && flag != own {
            return Err(fail(&format!(
                "\"package\" flag clashes with existing package name ({flag} vs {own})"
            )));
        }
        let documents: Vec<FileId> = if placing.places() {
            self.placed(placing)?
        } else {
            self.loaded.data.iter().flat_map(|d| d.documents.iter().copied()).collect()
        };
        let merge = placing.places() || placing.merge.unwrap_or(true);
        let groups: Vec<Vec<FileId>> =
            if merge { vec![documents] } else { documents.into_iter().map(|d| vec![d]).collect() };
        let like = schema.unwrap_or_else(|| Ready::of_package(PackageId(0)));
        let base = (!like.id.is_empty() || like.of_files).then_some(like.package);
        let one = |g: &Vec<FileId>| {
            let package = self.loaded.package_with(base, g);
            Ready { package, of_files: false, whole: false, ..like.clone() }
        };
        Ok(groups.iter().map(one).collect())
    }

    /// The instances where there are no data files.
    fn packages(&mut self, placing: &Placing) -> Step<Vec<Ready>> {
        let instances = self.instances()?;
        if placing.schema.is_some() && instances.iter().any(|i| i.of_files) {
            return Err(fail("-d/--schema flag requires non-CUE input files"));
        }
        let mixed = instances.iter().any(|i| i.of_files) && instances.iter().any(|i| !i.of_files);
        let mut out = if mixed { self.schema()?.into_iter().collect() } else { instances };
        let labels = placing.labels()?;
        if !labels.is_empty() {
            for instance in &mut out {
                instance.below = self.labels_in(&labels, instance)?;
            }
        }
        Ok(out)
    }

    /// Each document against the schema that an expression selects.
    fn documents_against(&mut self, schema: Option<Ready>, text: &str) -> Step<Vec<Ready>> {
        let Some(schema) = schema else {
            return Err(fail("-d/--schema flag specified without a schema"));
        };
        let names = expression::names(self, &schema)?;
        let x = expression::one(self, &schema, &names, "--schema", text)?;
        let documents: Vec<FileId> =
            self.loaded.data.iter().flat_map(|d| d.documents.iter().copied()).collect();
        Ok(documents
            .into_iter()
            .map(|d| Ready { against: Some((x, self.loaded.document_value(d))), ..schema.clone() })
            .collect())
    }

    /// Shows errors of loading as the reference does.
    pub fn show(&self, errors: &[LoadError]) {
        // By place; those without one come last.
        let mut sorted: Vec<&LoadError> = errors.iter().collect();
        sorted.sort_by_key(|e| {
            let place = e.places.first();
            let name = place.map(|p| self.loaded.sources.name(p.source).to_owned());
            (place.is_none(), name, place.map(|p| p.span.start))
        });
        let text: String = sorted.into_iter().map(|e| load_error(e, &self.loaded)).collect();
        say(&text);
    }

    /// An evaluation of the program.
    pub fn eval(&self) -> Eval<'_> {
        Self::eval_of(&self.loaded.ir)
    }

    /// An evaluation of a changed copy of the program.
    pub fn eval_of(ir: &vela_ir::Ir) -> Eval<'_> {
        let mut eval = Eval::new(ir, library());
        eval.limits = limits();
        eval
    }
}

/// The concrete value of CUE source that stands for itself, such as settings.
pub fn evaluated(text: &str) -> Result<vela_yaml::Data, String> {
    let world = vela_load::MemoryWorld::new().file("/settings.cue", text);
    let args = ["settings.cue".to_owned()];
    let options = LoadOptions {
        folder: "/",
        args: &args,
        tags: &[],
        variables: false,
        tools: false,
        tests: false,
        schemas: false,
        protos: ProtoSearch::default(),
        builtin: &library::has_package,
    };
    let loaded = load(&world, &options);
    if let Some(e) = loaded.errors().first() {
        return Err(load_error(e, &loaded).trim_end().to_owned());
    }
    let package = loaded.instances.first().and_then(|i| i.package).ok_or("nothing to evaluate")?;
    let mut eval = Eval::new(&loaded.ir, library());
    eval.limits = limits();
    let root = eval.package(package);
    eval.finalize(root).map_err(|budget| exhausted(&eval, budget))?;
    vela_eval::export::export(&mut eval, root, &[])
        .map_err(|reports| report::sanitize(reports).iter().map(report::render).collect::<String>())
}

/// The standard library.
fn library() -> &'static dyn Library {
    library::library()
}

/// Evaluates the root of an instance.
pub fn root(eval: &mut Eval<'_>, instance: &Ready) -> Step<VertexId> {
    let package = eval.package(instance.package);
    finalize(eval, package)?;
    let Some((schema, document)) = instance.against else { return Ok(package) };
    let root = eval.document_against(package, document, schema);
    finalize(eval, root)?;
    Ok(root)
}

/// Evaluates a vertex within the budgets.
pub fn finalize(eval: &mut Eval<'_>, v: VertexId) -> Step<()> {
    match eval.finalize(v) {
        Ok(()) => Ok(()),
        Err(budget) => Err(fail(&exhausted(eval, budget))),
    }
}

/// What to say when an evaluation takes too much: where it was, and what raises the limit.
pub fn exhausted(eval: &Eval<'_>, budget: Budget) -> String {
    let limits = eval.limits;
    let what = match budget {
        Budget::Depth => format!("is nested more than {} levels deep", limits.depth),
        Budget::Steps => {
            format!("takes more than {} steps; {MAX_STEPS} raises the limit", limits.steps)
        }
        Budget::Memory => {
            format!("holds more than {} values at once; {MAX_VALUES} raises the limit", limits.vertices)
        }
    };
    let (path, place) = report::stopped_at(eval, &[]);
    let path = if path.is_empty() || path.len() > 200 { String::new() } else { format!("{path}: ") };
    let place = place.map_or_else(String::new, |p| format!(":\n    {}:{}:{}", p.file, p.line, p.column));
    format!("{path}evaluation {what}{place}")
}

/// Environment variables that set the budgets of an evaluation.
const MAX_STEPS: &str = "VELA_MAX_STEPS";
const MAX_VALUES: &str = "VELA_MAX_VALUES";

/// The budgets, as the environment sets them.
fn limits() -> Limits {
    let mut limits = Limits::default();
    let set = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    if let Some(n) = set(MAX_STEPS) {
        limits.steps = n;
    }
    if let Some(n) = set(MAX_VALUES) {
        limits.vertices = u32::try_from(n).unwrap_or(u32::MAX);
    }
    limits
}

/// Shows the errors behind an id.
pub fn show_error(eval: &Eval<'_>, id: ErrId, at: VertexId) -> Failed {
    show_reports(report::reports(eval, id, Some(at), &[]))
}

/// Shows errors sorted, each once.
pub fn show_reports(reports: Vec<ErrorReport>) -> Failed {
    let reports = report::sanitize(reports);
    let mut text: String = reports.iter().take(MOST_REPORTS).map(report::render).collect();
    if reports.len() > MOST_REPORTS {
        text.push_str(&format!("too many errors ({} more)\n", reports.len() - MOST_REPORTS));
    }
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
