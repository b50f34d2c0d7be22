//! `build`: Applications to Kubernetes manifests.

mod folder;
mod objects;
mod order;
mod run;

use clap::{Args, ValueEnum};
use vela_diagnostics::catalogue::application::APPLICATION;
use vela_diagnostics::catalogue::cli::{USAGE, WRITE};
use vela_diagnostics::catalogue::rendering::EMPTY_RESULT;
use vela_diagnostics::{Diagnostic, Sources};
use vela_oam::build::{Built, Check, Compat, Inputs, Options};
use vela_oam::inventory::Version;
use vela_oam::legacy::Legacy;
use vela_oam::validate::{self, Validation};
use vela_yaml::{JsonStyle, YamlStyle, to_json, to_yaml};

use super::judgement::{Judgement, Validate};
use crate::status::Status;
use crate::terminal::Shown;
use crate::{files, inputs};
use objects::{Placed, Wanted};
pub use run::{Results, build};

/// What goes into a build; the same for all commands that render.
#[derive(Clone, Debug, Default, Args)]
pub struct Given {
    /// Files and folders with Applications, - for standard input.
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
    /// Definitions: .cue files, definition objects, or folders of both.
    #[arg(short, long, value_name = "PATH", num_args = 1..)]
    definitions: Vec<String>,
    /// Leave out the built-in definitions.
    #[arg(long)]
    no_builtin: bool,
    /// Files with further objects: policies, workflows, referenced objects.
    #[arg(short, long, value_name = "FILE", num_args = 1..)]
    files: Vec<String>,
    /// File with the inventory of clusters.
    #[arg(long, value_name = "FILE")]
    clusters: Option<String>,
    /// Build for this environment of the inventory: its clusters and overrides.
    #[arg(long, value_name = "NAME", requires = "clusters")]
    env: Option<String>,
    /// Namespace of Applications that name none.
    #[arg(short, long, value_name = "NAME")]
    namespace: Option<String>,
    /// Kubernetes version of the control plane, such as 1.31.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    kube_version: Option<Version>,
    /// Which rendering: what the controller applies, or what KubeVela's dry run prints.
    #[arg(long, value_name = "WHICH", default_value = "deploy")]
    compat: CompatArg,
    /// In a dry run, merge given policies and the workflow into the Application.
    #[arg(long)]
    merge: bool,
    /// Name of the application revision; <application>-v1 without it.
    #[arg(long, value_name = "NAME")]
    revision: Option<String>,
    /// Namespace in which definitions are installed.
    #[arg(long, value_name = "NAME", default_value = "vela-system")]
    definition_namespace: String,
    /// Let application-scoped policies change the Application.
    #[arg(long)]
    application_policies: bool,
    /// Files with live objects: traits see the status of their workload, and the plan tells how components are doing.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    live: Vec<String>,
    /// Files with answers for templates that ask a cluster or a server, and with objects that clusters have.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    fixtures: Vec<String>,
    /// What to do about idioms of older CUE that KubeVela rewrites; without a word they are accepted silently.
    #[arg(long, value_name = "WHAT", default_value = "warn", num_args = 0..=1, default_missing_value = "allow", require_equals = true)]
    legacy: LegacyArg,
    /// Threads; all processors without it.
    #[arg(short, long, value_name = "N")]
    jobs: Option<usize>,
    /// Build only the I-th of N equal parts of the Applications, I from 1.
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
}

/// Which rendering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
enum CompatArg {
    /// What the controller applies.
    #[default]
    Deploy,
    /// What KubeVela's dry run prints.
    DryRun,
}

/// What to do about old idioms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
enum LegacyArg {
    /// Evaluate them as KubeVela does, and warn.
    #[default]
    Warn,
    /// Evaluate them as KubeVela does.
    Allow,
    /// Refuse them.
    Deny,
}

/// A part of the Applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: usize,
    count: usize,
}

fn shard(text: &str) -> Result<Shard, String> {
    let parsed: Option<(usize, usize)> =
        text.split_once('/').and_then(|(i, n)| Some((i.parse().ok()?, n.parse().ok()?)));
    match parsed {
        Some((index, count)) if 1 <= index && index <= count => Ok(Shard { index: index - 1, count }),
        _ => Err("expected I/N with 1 <= I <= N, such as 1/4".to_owned()),
    }
}

/// Reads a version of Kubernetes.
pub fn version(text: &str) -> Result<Version, String> {
    Version::parse(text).ok_or_else(|| "expected a version such as 1.31 or v1.31.2".to_owned())
}

impl Given {
    /// Reads all files. Faults of reading are told, and there is nothing to build then.
    pub fn read(&self, faults: &mut Vec<Diagnostic>) -> Inputs {
        Inputs {
            applications: inputs::read(&self.paths, faults),
            definitions: inputs::read(&self.definitions, faults),
            objects: inputs::read(&self.files, faults),
            clusters: self.clusters.as_deref().and_then(|c| inputs::read_one(c, faults)),
            live: inputs::read(&self.live, faults),
            fixtures: inputs::read(&self.fixtures, faults),
        }
    }

    /// The same without the last path, and that; `None` where there is only one.
    pub fn and_last(&self) -> Option<(Self, String)> {
        let (last, paths) = self.paths.split_last().filter(|(_, paths)| !paths.is_empty())?;
        Some((Self { paths: paths.to_vec(), ..self.clone() }, last.clone()))
    }

    /// What only a whole build can do, where it is asked for.
    pub fn only_for_builds(&self) -> Option<&'static str> {
        if self.compat == CompatArg::DryRun || self.merge {
            return Some(
                "a dry run knows neither steps nor clusters: leave out --compat=dry-run and --merge",
            );
        }
        if self.shard.is_some() || self.jobs.is_some() {
            return Some("--shard and --jobs divide builds; name the Application instead");
        }
        None
    }

    /// The files and folders of Applications.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// The options of the build.
    pub fn options(&self, check: Check, validation: Option<Validation>) -> Options {
        Options {
            validation,
            compat: match self.compat {
                CompatArg::Deploy => Compat::Deploy,
                CompatArg::DryRun => Compat::DryRun,
            },
            revision: self.revision.clone(),
            definition_namespace: self.definition_namespace.clone(),
            application_policies: self.application_policies,
            merge: self.merge,
            no_built_in: self.no_builtin,
            namespace: self.namespace.clone(),
            kube_version: self.kube_version.clone(),
            check,
            legacy: match self.legacy {
                LegacyArg::Warn => Legacy::Warn,
                LegacyArg::Allow => Legacy::Allow,
                LegacyArg::Deny => Legacy::Deny,
            },
            environment: self.env.clone(),
            assumed_version: (self.compat == CompatArg::Deploy).then(Version::newest),
        }
    }

    /// Builds what is given.
    pub fn build(&self, given: &Inputs, check: Check, validation: Option<Validation>) -> Results {
        let assumed = (self.compat == CompatArg::Deploy).then(Version::newest);
        self.build_keeping(given, check, validation, assumed, &|built| built)
    }

    /// The same for the plan as data, which shows what KubeVela makes of it where nothing tells a version.
    fn build_plan(&self, given: &Inputs, check: Check, validation: Option<Validation>) -> Results {
        self.build_keeping(given, check, validation, None, &|built| built)
    }

    /// Builds what is given, and keeps of each Application what `keep` makes of it.
    fn build_keeping<T: Send>(
        &self,
        given: &Inputs,
        check: Check,
        validation: Option<Validation>,
        assumed: Option<Version>,
        keep: &(dyn Fn(Built) -> T + Sync),
    ) -> Results<T> {
        let options = Options { assumed_version: assumed, ..self.options(check, validation) };
        let mut results = build(given, &options, self.jobs, self.shard, keep);
        if results.nothing_given {
            for diagnostic in results.diagnostics.iter_mut().filter(|d| d.code == APPLICATION) {
                diagnostic.notes.push(format!("looked in: {}", self.paths.join(", ")));
                diagnostic.help = Some(
                    "an Application has `apiVersion: core.oam.dev/v1beta1` and `kind: Application`"
                        .to_owned(),
                );
            }
        }
        results
    }
}

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Build {
    #[command(flatten)]
    given: Given,
    /// Only objects for these clusters.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    cluster: Vec<String>,
    /// Only objects of these workflow steps.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    step: Vec<String>,
    /// Show the order of the deployment instead of objects: steps, what they wait for, and what they apply where.
    #[arg(long, conflicts_with = "output_dir")]
    plan: bool,
    /// Form of the output [default: yaml; with --plan a table].
    #[arg(short, long, value_name = "FORM")]
    output: Option<Form>,
    /// Write one file an object into this folder, one folder a cluster.
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    output_dir: Option<String>,
    /// Let the result be empty.
    #[arg(long)]
    allow_empty: bool,
    #[command(flatten)]
    judgement: Judgement,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// YAML documents, as kubectl writes them.
    #[default]
    Yaml,
    /// A Kubernetes List in JSON.
    Json,
    /// One line an object: kind and name.
    Name,
    /// The plan, in JSON: steps, placements, components, objects.
    Plan,
    /// The order of the deployment as a graph for Graphviz.
    Dot,
}

/// Runs the command.
pub fn run(command: &Build, shown: &Shown) -> Status {
    let mut faults = Vec::new();
    let given = command.given.read(&mut faults);
    let mut sources = Sources::new();
    let validation = command.judgement.validation(Validate::Warn, &mut sources, &mut faults);
    if !faults.is_empty() {
        shown.report(faults, &sources);
        return Status::Environment;
    }
    if !command.given.live.is_empty() && command.given.compat == CompatArg::DryRun {
        let text = "a dry run knows no live objects: --live and --compat=dry-run exclude each other";
        shown.report(vec![Diagnostic::error(USAGE, text)], &sources);
        return Status::Usage;
    }
    let form = match command.form() {
        Ok(Shape::Objects(form)) => form,
        Ok(shape) => return plan(command, shape, &given, validation, shown),
        Err(fault) => {
            shown.report(vec![*fault], &sources);
            return Status::Usage;
        }
    };
    let assumed = (command.given.compat == CompatArg::Deploy).then(Version::newest);
    let wanted = Wanted { clusters: &command.cluster, steps: &command.step, form };
    let compares = command.judgement.compares(false);
    let keep = |built: Built| (objects::of_application(&built, wanted), compares.then_some(built));
    let mut results = command.given.build_keeping(&given, Check::Warn, validation, assumed, &keep);
    drop(given);
    let (placed, built): (Vec<_>, Vec<_>) = std::mem::take(&mut results.built).into_iter().unzip();
    if compares {
        let built: Vec<Built> = built.into_iter().flatten().collect();
        results.diagnostics.extend(validate::across(&built));
    }
    results.weigh(&command.judgement);
    if results.nothing_given && command.allow_empty {
        results.forget_failure();
    }
    let objects = objects::each_once(placed.into_iter().flatten().collect());
    let mut diagnostics = results.diagnostics;
    if !results.failed && objects.is_empty() && !command.allow_empty {
        let text = "nothing was rendered";
        let empty =
            Diagnostic::error(EMPTY_RESULT, text).help("pass --allow-empty if nothing is what you want");
        diagnostics.push(empty);
        results.failed = true;
    }
    shown.report(diagnostics, &results.sources);
    if results.failed {
        return Status::Findings;
    }
    match &command.output_dir {
        Some(folder) => match folder::write(folder, objects) {
            Ok(()) => Status::Done,
            Err(e) => {
                let fault = Diagnostic::error(WRITE, format!("cannot write {folder}: {e}"));
                shown.report(vec![fault], &Sources::new());
                Status::Environment
            }
        },
        None => printed(objects::text(form, &objects).as_bytes(), shown),
    }
}

/// What is printed.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Objects(Form),
    Data(Form),
    Table,
    Graph,
}

impl Build {
    fn form(&self) -> Result<Shape, Box<Diagnostic>> {
        let wrong = |text: &str| Err(Box::new(Diagnostic::error(USAGE, text)));
        let dry = self.given.compat == CompatArg::DryRun;
        if dry && self.given.env.is_some() {
            return wrong(
                "--env chooses clusters, and a dry run has none: leave out one of --env and --compat=dry-run",
            );
        }
        let shape = match (self.plan, self.output) {
            (false, None) => Shape::Objects(Form::Yaml),
            (_, Some(Form::Plan)) => Shape::Data(Form::Json),
            (_, Some(Form::Dot)) => Shape::Graph,
            (true, None) => Shape::Table,
            (true, Some(Form::Name)) => {
                return wrong("--plan has no form `name`; it has yaml, json, dot and the table");
            }
            (true, Some(form)) => Shape::Data(form),
            (false, Some(form)) => Shape::Objects(form),
        };
        if dry && matches!(shape, Shape::Table | Shape::Graph) {
            return wrong("a dry run has no order of steps: leave out --compat=dry-run");
        }
        if matches!(shape, Shape::Data(_)) && !(self.step.is_empty() && self.cluster.is_empty()) {
            return wrong(
                "--step and --cluster choose objects and rows of the table; a plan as data is always whole",
            );
        }
        Ok(shape)
    }
}

fn plan(
    command: &Build,
    shape: Shape,
    given: &Inputs,
    validation: Option<Validation>,
    shown: &Shown,
) -> Status {
    let mut results = match shape {
        Shape::Data(_) => command.given.build_plan(given, Check::Warn, validation),
        _ => command.given.build(given, Check::Warn, validation),
    };
    if command.judgement.compares(false) {
        let across = validate::across(&results.built);
        results.diagnostics.extend(across);
    }
    results.weigh(&command.judgement);
    if results.nothing_given && command.allow_empty {
        results.forget_failure();
    }
    let failed = results.failed;
    shown.report(std::mem::take(&mut results.diagnostics), &results.sources);
    let text = match shape {
        Shape::Table | Shape::Graph => {
            let one = |b: &Built| order::overview(b, &command.step, &command.cluster);
            let all: Vec<_> = results.built.iter().filter_map(one).collect();
            if matches!(shape, Shape::Graph) { order::dot(&all) } else { order::table(&all) }
        }
        Shape::Data(Form::Yaml) => to_yaml(&results.plan(), YamlStyle::Kubernetes),
        Shape::Data(_) | Shape::Objects(_) => format!("{}\n", to_json(&results.plan(), JsonStyle::CUE)),
    };
    match printed(text.as_bytes(), shown) {
        Status::Done if failed => Status::Findings,
        status => status,
    }
}

fn printed(text: &[u8], shown: &Shown) -> Status {
    match files::print(text) {
        Ok(()) => Status::Done,
        Err(e) => {
            let fault = Diagnostic::error(WRITE, format!("cannot write standard output: {e}"));
            shown.report(vec![fault], &Sources::new());
            Status::Environment
        }
    }
}
