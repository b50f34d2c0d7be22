//! A whole build: texts in, plans out. The command line and the language server call this.
//!
//! Everything but Applications is read first ([`Base`]). Then the Applications are built one by one, in any order and
//! from any number of threads: nothing that one of them does can be seen by another.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use vela_diagnostics::catalogue::application::{APPLICATION, ENVIRONMENT};
use vela_diagnostics::{Diagnostic, Severity, SourceId, Sources, Span};

use crate::application::{self, API_GROUP, Application, Policy, Workflow};
use crate::application_policies;
use crate::check;
use crate::check::catalogue::{Catalogue, Schemas};
use crate::context::{AppContext, Scene};
use crate::data::{self, Value};
use crate::definition::library::Library;
use crate::definition::{cue_form, object_form};
use crate::deploy::{DeployPlan, Planner};
use crate::document::{self, Document};
use crate::dry_run::{self, Section};
use crate::engine::Engine;
use crate::environment::Chosen;
use crate::failure::{Class, Failure, Phase};
use crate::findings;
use crate::inventory::{Inventory, LOCAL, Version};
use crate::legacy::{self, Legacy};
use crate::metadata::texts_value;
use crate::plan;
use crate::providers::Fixtures;
use crate::render::{self, Shared};
use crate::resolve::World;
use crate::status::{self, Live};
use crate::validate::{self, Validation};

/// A text that was read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name as people know it: a relative path.
    pub name: Arc<str>,
    /// Its content.
    pub text: Arc<str>,
}

/// Everything that goes into a build.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Applications; policies, workflows, definitions and other objects may stand beside them.
    pub applications: Vec<Source>,
    /// Definitions, `.cue` or objects.
    pub definitions: Vec<Source>,
    /// Further objects: policies, workflows, objects that `ref-objects` refers to.
    pub objects: Vec<Source>,
    /// The inventory of clusters.
    pub clusters: Option<Source>,
    /// Live objects, whose status is judged.
    pub live: Vec<Source>,
    /// Answers for calls of the packages `vela/…` that ask a cluster or a server.
    pub fixtures: Vec<Source>,
}

/// Which rendering is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Compat {
    /// What the controller applies.
    #[default]
    Deploy,
    /// What KubeVela's dry run prints.
    DryRun,
}

/// Whether Applications are also checked against the form of definitions, beside being rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Check {
    /// They are not.
    #[default]
    Off,
    /// They are; what did not keep them from being rendered is a warning.
    Warn,
    /// They are, and every mistake counts as it is.
    Strict,
}

/// How to build.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which rendering.
    pub compat: Compat,
    /// Name of the application revision; `<name>-v1` where there is none.
    pub revision: Option<String>,
    /// Namespace where definitions are installed.
    pub definition_namespace: String,
    /// Whether application-scoped policies apply.
    pub application_policies: bool,
    /// In a dry run: merge given policies and the workflow into the Application.
    pub merge: bool,
    /// Leave out the definitions that come with the compiler.
    pub no_built_in: bool,
    /// Namespace of Applications that name none.
    pub namespace: Option<String>,
    /// Version of the control plane, over that of the inventory.
    pub kube_version: Option<Version>,
    /// What templates are told of a cluster whose version nothing tells; nothing where it is `None`.
    pub assumed_version: Option<Version>,
    /// The environment that is built; all that the Application says without one.
    pub environment: Option<String>,
    /// How rendered objects are checked as the API server of their cluster would; `None` leaves that out.
    pub validation: Option<Validation>,
    /// Whether the form of Applications is checked too.
    pub check: Check,
    /// What to do about idioms of older CUE.
    pub legacy: Legacy,
}

/// The result for one Application.
#[derive(Clone, Debug)]
pub struct Built {
    /// Its name.
    pub name: Arc<str>,
    /// Its namespace.
    pub namespace: Arc<str>,
    /// What came out.
    pub result: BuildResult,
    /// What the API servers would say of it.
    pub findings: Vec<Diagnostic>,
    /// Where its components are written, for findings about several objects.
    pub uses: Vec<validate::Use>,
}

/// What came out of one Application.
#[derive(Clone, Debug)]
pub enum BuildResult {
    /// A plan, or why there is none; and the Application after application-scoped policies.
    Deploy(Result<DeployPlan, Failure>, Option<Value>),
    /// The sections, or what stopped it; and warnings.
    DryRun(Result<Vec<Section>, Failure>, Vec<String>),
}

impl BuildResult {
    /// Whether it stopped at a failure: what comes after was not looked at.
    fn stopped(&self) -> bool {
        matches!(self, Self::Deploy(Err(_), _) | Self::DryRun(Err(_), _))
    }
}

/// The result of a build.
#[derive(Debug)]
pub struct Outcome {
    /// The texts that diagnostics point into.
    pub sources: Sources,
    /// One for each Application, in order.
    pub built: Vec<Built>,
    /// What stopped the whole build.
    pub failure: Option<Failure>,
    /// Everything to be told, errors of [`Built`] included.
    pub diagnostics: Vec<Diagnostic>,
}

impl Outcome {
    /// Whether anything failed.
    pub fn failed(&self) -> bool {
        self.failure.is_some() || self.diagnostics.iter().any(|d| d.severity == Severity::Error)
    }

    /// The plan that `-o plan` prints: of one Application its own, of several a list.
    pub fn to_plan(&self) -> Value {
        if let Some(failure) = &self.failure {
            return data::map([("error", failure.to_value())]);
        }
        let mut plans: Vec<Value> = self.built.iter().map(Built::to_plan).collect();
        if plans.len() == 1 {
            return plans.pop().unwrap_or_default();
        }
        Value::List(plans)
    }
}

impl Built {
    fn to_plan(&self) -> Value {
        match &self.result {
            BuildResult::Deploy(result, transformed) => {
                let mut deploy = match result {
                    Ok(plan) => plan::deploy(plan),
                    Err(failure) => data::map([("error", failure.to_value())]),
                };
                if let Some(app) = transformed {
                    deploy.set("transformedApplication", app.clone());
                }
                let mut out = data::map([("deploy", deploy)]);
                if let Ok(DeployPlan { status: Some(all), .. }) = result {
                    out.set("status", status::to_value(all));
                }
                out
            }
            BuildResult::DryRun(result, warnings) => {
                let mut out = match result {
                    Ok(sections) => data::map([("sections", plan::sections(sections))]),
                    Err(failure) => data::map([("error", failure.to_value())]),
                };
                if !warnings.is_empty() {
                    out.set("warnings", Value::List(warnings.iter().map(|w| Value::str(&**w)).collect()));
                }
                data::map([("dryRun", out)])
            }
        }
    }
}

/// Most components of a failed Application that are rendered only to find their mistakes.
const MOST_FURTHER: usize = 200;

/// Everything that the Applications of a build share, and where they are themselves.
#[derive(Debug, Default)]
pub struct Base {
    sources: Sources,
    library: Library,
    inventory: Inventory,
    applications: Vec<Entry>,
    policies: Vec<(Arc<str>, Policy)>,
    /// Where each of them is written.
    policy_documents: Vec<Document>,
    workflows: Vec<(Arc<str>, Arc<str>, Workflow)>,
    objects: Vec<Value>,
    live: Option<Arc<Live>>,
    fixtures: Arc<Fixtures>,
    diagnostics: Vec<Diagnostic>,
    failure: Option<Failure>,
    schemas: Schemas,
    environment: Option<Chosen>,
}

/// An Application that is to be built.
#[derive(Debug)]
enum Entry {
    /// It was read, since something else stands beside it.
    Read(Arc<Document>),
    /// Its file holds nothing else, and is read when it is built.
    Unread(SourceId, Source),
}

/// What one entry of a [`Base`] gave.
#[derive(Debug)]
pub struct Part<T> {
    /// One for each Application of the entry.
    pub built: Vec<T>,
    /// Everything to be told of them.
    pub diagnostics: Vec<Diagnostic>,
    /// What stops the whole build.
    pub failure: Option<Failure>,
}

/// Builds all Applications of the inputs.
pub fn build(inputs: &Inputs, options: &Options, engine: &mut dyn Engine) -> Outcome {
    let base = Base::read(inputs, options, engine);
    let parts = (0..base.len()).map(|at| base.build(at, options, engine, &|built| built)).collect();
    base.finish(parts)
}

/// The result of a build, whatever is kept of each Application.
#[derive(Debug)]
pub struct Finished<T> {
    /// The texts that diagnostics point into.
    pub sources: Sources,
    /// What is kept of each Application, in order.
    pub built: Vec<T>,
    /// What stopped the whole build.
    pub failure: Option<Failure>,
    /// Everything to be told.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether no Application was given.
    pub nothing_given: bool,
}

impl Base {
    /// Reads everything.
    pub fn read(inputs: &Inputs, options: &Options, engine: &mut dyn Engine) -> Self {
        let mut base = Self::default();
        base.everything(inputs, options, engine);
        base
    }

    /// How many entries there are to build; none where the inputs have a fault that stops everything.
    pub fn len(&self) -> usize {
        if self.failure.is_some() { 0 } else { self.applications.len() }
    }

    /// Whether there is nothing to build.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What reading found, and the texts that it points into.
    #[must_use]
    pub fn told(self) -> (Vec<Diagnostic>, Sources) {
        let mut all = self.diagnostics;
        all.extend(self.failure.into_iter().flat_map(|f| f.diagnostics));
        (all, self.sources)
    }

    /// Builds one entry, and keeps of each Application what `keep` makes of it.
    pub fn build<T>(
        &self,
        at: usize,
        options: &Options,
        engine: &mut dyn Engine,
        keep: &dyn Fn(Built) -> T,
    ) -> Part<T> {
        engine.use_fixtures(&self.fixtures);
        let mut part = Part { built: Vec::new(), diagnostics: Vec::new(), failure: None };
        let documents = match &self.applications[at] {
            Entry::Read(document) => vec![document.clone()],
            Entry::Unread(id, source) => {
                let (documents, diagnostics) = document::read(*id, &source.name, &source.text);
                let (errors, others): (Vec<_>, Vec<_>) =
                    diagnostics.into_iter().partition(|d| d.severity == Severity::Error);
                part.diagnostics = others;
                if !errors.is_empty() {
                    stop(&mut part.failure, Phase::Read, Class::Input, errors);
                    return part;
                }
                documents.into_iter().filter(is_application).map(Arc::new).collect()
            }
        };
        for document in documents {
            match Application::read(document) {
                Ok(app) => {
                    let built = self.one(app, options, engine, &mut part.diagnostics);
                    part.diagnostics.extend(built.findings.iter().cloned());
                    part.built.push(keep(built));
                }
                Err(diagnostics) => stop(&mut part.failure, Phase::Read, Class::Input, diagnostics),
            }
        }
        part
    }

    /// Puts the parts together, in the order of the entries.
    pub fn finish<T, F: From<Finished<T>>>(self, parts: Vec<Part<T>>) -> F {
        let mut failure = self.failure;
        let mut diagnostics = self.diagnostics;
        let mut built = Vec::with_capacity(parts.len());
        // What several Applications have in common, such as a fault in a definition, is told once.
        let mut told: FxHashSet<String> = FxHashSet::default();
        for part in parts {
            let new = |d: &Diagnostic| told.insert(format!("{d:?}"));
            diagnostics.extend(part.diagnostics.into_iter().filter(new));
            built.extend(part.built);
            match (&mut failure, part.failure) {
                (Some(all), Some(one)) => all.diagnostics.extend(one.diagnostics),
                (all @ None, one) => *all = one,
                (Some(_), None) => {}
            }
        }
        let nothing_given = failure.is_none() && built.is_empty();
        if nothing_given {
            let text = "there is no Application among the given files".to_owned();
            let mut none = Failure::new(Phase::Read, Class::Policy, text.clone());
            none.diagnostics.push(Diagnostic::error(APPLICATION, text));
            failure = Some(none);
        }
        if let Some(failure) = &failure {
            diagnostics.extend(failure.diagnostics.iter().cloned());
        }
        Finished { sources: self.sources, built, failure, diagnostics, nothing_given }.into()
    }
}

impl From<Finished<Built>> for Outcome {
    fn from(all: Finished<Built>) -> Self {
        Self { sources: all.sources, built: all.built, failure: all.failure, diagnostics: all.diagnostics }
    }
}

/// Notes errors that stop the whole build.
fn stop(failure: &mut Option<Failure>, phase: Phase, class: Class, errors: Vec<Diagnostic>) {
    let texts: Vec<&str> = errors.iter().map(|d| d.message.as_str()).collect();
    let text = texts.join("; ");
    failure.get_or_insert_with(|| Failure::new(phase, class, text)).diagnostics.extend(errors);
}

/// Whether a document is an Application.
fn is_application(document: &Document) -> bool {
    document.kind() == "Application" && data::text(&document.value, &["apiVersion"]).starts_with(API_GROUP)
}

/// Whether a YAML text surely holds one Application and nothing else, so that reading it can wait. Looks at the lines
/// that are not indented: all are plain keys, `kind` and `apiVersion` among them once, and nothing ends a document.
fn is_alone(source: &Source) -> bool {
    if source.name.ends_with(".json") {
        return false;
    }
    let (mut kinds, mut versions, mut keys) = (0, 0, 0);
    for line in source.text.lines() {
        match line.as_bytes().first() {
            None | Some(b' ' | b'#') => continue,
            Some(b'-') if line.trim_end() == "---" && keys == 0 => continue,
            Some(first) if first.is_ascii_alphabetic() => keys += 1,
            Some(_) => return false,
        }
        if let Some(kind) = line.strip_prefix("kind:") {
            kinds += 1;
            if kind.trim() != "Application" {
                return false;
            }
        } else if let Some(version) = line.strip_prefix("apiVersion:") {
            versions += 1;
            if !version.trim().starts_with(API_GROUP) {
                return false;
            }
        }
    }
    kinds == 1 && versions == 1
}

impl Base {
    fn everything(&mut self, inputs: &Inputs, options: &Options, engine: &mut dyn Engine) {
        if !options.no_built_in {
            self.library.add_built_in(&mut self.sources);
        }
        for source in &inputs.definitions {
            let id = self.sources.add(source.name.clone(), source.text.clone());
            if source.name.ends_with(".cue") {
                self.cue_definition(id, source, engine);
            } else {
                self.documents(id, source, false);
            }
        }
        if let Some(source) = &inputs.clusters {
            let id = self.sources.add(source.name.clone(), source.text.clone());
            let (documents, diagnostics) = document::read(id, &source.name, &source.text);
            self.note(diagnostics);
            match Inventory::read(documents.iter().map(|d| &d.value)) {
                Ok(inventory) => self.inventory = inventory,
                Err(text) => {
                    let diagnostic = Diagnostic::error(APPLICATION, text).at(id, Span::default()).help(
                        "an inventory has `controlPlane` and `clusters`, or objects of kind `ManagedCluster`, \
                         or the Secrets of joined clusters",
                    );
                    self.failed(Phase::Read, Class::Input, vec![diagnostic]);
                }
            }
        }
        if let Some(version) = &options.kube_version {
            self.inventory.control_plane = version.clone();
        }
        self.inventory.assumed = options.assumed_version.clone().unwrap_or_default();
        if let Some(name) = &options.environment {
            match self.inventory.environment(name) {
                Ok(chosen) => self.environment = Some(chosen),
                Err(text) => {
                    let diagnostic = Diagnostic::error(ENVIRONMENT, text)
                        .help("environments stand in the inventory (`--clusters`), under `environments`");
                    self.failed(Phase::Read, Class::Input, vec![diagnostic]);
                }
            }
        }
        for source in &inputs.objects {
            let id = self.sources.add(source.name.clone(), source.text.clone());
            self.documents(id, source, false);
        }
        if !inputs.live.is_empty() {
            let mut live = Vec::new();
            for source in &inputs.live {
                let id = self.sources.add(source.name.clone(), source.text.clone());
                let (documents, diagnostics) = document::read(id, &source.name, &source.text);
                self.note(diagnostics);
                live.extend(documents.into_iter().map(|d| d.value));
            }
            self.live = Some(Arc::new(Live::new(live)));
        }
        let mut fixtures = Fixtures::default();
        for source in &inputs.fixtures {
            let id = self.sources.add(source.name.clone(), source.text.clone());
            let (documents, mut diagnostics) = document::read(id, &source.name, &source.text);
            diagnostics.extend(documents.iter().flat_map(|d| fixtures.add(d)));
            self.note(diagnostics);
        }
        fixtures.set_clusters(self.inventory.names());
        self.fixtures = Arc::new(fixtures);
        let old: Vec<Diagnostic> = self
            .library
            .templates()
            .into_iter()
            .flat_map(|template| legacy::diagnostics(template, options.legacy))
            .collect();
        self.failed(Phase::Definition, Class::Template, old);
        for source in &inputs.applications {
            let id = self.sources.add(source.name.clone(), source.text.clone());
            if source.name.ends_with(".cue") {
                self.cue_definition(id, source, engine);
            } else if is_alone(source) {
                self.applications.push(Entry::Unread(id, source.clone()));
            } else {
                self.documents(id, source, true);
            }
        }
    }

    /// Notes what reading found; an error stops the build.
    fn note(&mut self, diagnostics: Vec<Diagnostic>) {
        self.failed(Phase::Read, Class::Input, diagnostics);
    }

    fn failed(&mut self, phase: Phase, class: Class, diagnostics: Vec<Diagnostic>) {
        let (errors, others): (Vec<_>, Vec<_>) =
            diagnostics.into_iter().partition(|d| d.severity == Severity::Error);
        self.diagnostics.extend(others);
        if errors.is_empty() {
            return;
        }
        stop(&mut self.failure, phase, class, errors);
    }

    fn cue_definition(&mut self, id: SourceId, source: &Source, engine: &mut dyn Engine) {
        match cue_form::read(id, &source.name, source.text.clone(), &mut Metadata(engine)) {
            Ok(read) => match read.definition() {
                Some(definition) => self.library.add(definition),
                None => {
                    let code = vela_diagnostics::catalogue::definitions::DEFINITION;
                    let message = format!("definition `{}` has no `type`", read.name);
                    self.diagnostics.push(Diagnostic::warning(code, message).at(id, read.name_span));
                }
            },
            Err(diagnostics) => self.failed(Phase::Definition, Class::Other, diagnostics),
        }
    }

    fn documents(&mut self, id: SourceId, source: &Source, applications: bool) {
        let (documents, diagnostics) = document::read(id, &source.name, &source.text);
        self.note(diagnostics);
        for document in documents {
            if applications && is_application(&document) {
                self.applications.push(Entry::Read(Arc::new(document)));
                continue;
            }
            let of_oam = data::text(&document.value, &["apiVersion"]).starts_with(API_GROUP);
            let namespace: Arc<str> = match document.namespace() {
                "" => application::DEFAULT_NAMESPACE.into(),
                namespace => namespace.into(),
            };
            match document.kind() {
                "Policy" if of_oam => {
                    self.policies.push((namespace, application::read_policy_object(&document)));
                    self.policy_documents.push(document);
                }
                "Workflow" if of_oam => match application::read_workflow_object(&document) {
                    Ok(workflow) => self.workflows.push((namespace, document.name().into(), workflow)),
                    Err(diagnostics) => self.note(diagnostics),
                },
                _ if of_oam && self.definition(&document) => {}
                _ => self.objects.push(document.value),
            }
        }
    }

    /// Takes a document that is a definition; says whether it is one.
    fn definition(&mut self, document: &Document) -> bool {
        match object_form::read(document, &mut self.sources) {
            None => return false,
            Some(Ok(object_form::Object::Definition(definition))) => self.library.add(definition),
            Some(Ok(object_form::Object::Revision(revision))) => self.library.add_revision(revision),
            Some(Err(diagnostics)) => self.failed(Phase::Definition, Class::Other, diagnostics),
        }
        true
    }

    fn world<'w>(&'w self, options: &'w Options, external: bool) -> World<'w> {
        World {
            library: &self.library,
            inventory: &self.inventory,
            policies: if external { &self.policies } else { &[] },
            workflows: if external { &self.workflows } else { &[] },
            objects: &self.objects,
            definition_namespace: &options.definition_namespace,
            dry_run: options.compat == Compat::DryRun,
            pinned: None,
            environment: self.environment.as_ref(),
        }
    }

    fn one(
        &self,
        mut app: Application,
        options: &Options,
        engine: &mut dyn Engine,
        told: &mut Vec<Diagnostic>,
    ) -> Built {
        app.default_namespace(options.namespace.as_deref());
        let result = match options.compat {
            Compat::DryRun => self.dry_run(&mut app, options, engine),
            Compat::Deploy => self.deploy(&mut app, options, engine),
        };
        let mut found = findings::of_result(&result);
        if result.stopped() {
            found.extend(self.further(&app, options, engine));
        }
        let mistakes = self.mistakes(&app, options);
        told.extend(match options.check {
            Check::Warn if found.is_empty() => findings::harmless(mistakes),
            Check::Warn | Check::Off => findings::joined(mistakes, found),
            Check::Strict => findings::joined(findings::strict(mistakes), found),
        });
        let findings = match (&options.validation, &result) {
            (Some(validation), BuildResult::Deploy(Ok(plan), _)) => {
                validate::plan(validation, &self.world(options, true), &app, plan)
            }
            _ => Vec::new(),
        };
        let uses = if options.validation.is_some() { validate::uses(&app) } else { Vec::new() };
        Built { name: app.name, namespace: app.namespace, result, findings, uses }
    }

    /// The mistakes of an Application's form.
    fn mistakes(&self, app: &Application, options: &Options) -> Vec<Diagnostic> {
        if options.check == Check::Off {
            return Vec::new();
        }
        let world = self.world(options, false);
        let catalogue = Catalogue::new(&self.library, world.lookup(app), &self.schemas);
        let mistakes = check::check(app.document.doc(), &catalogue);
        mistakes.iter().map(|m| self.schemas.placed(app.document.source, m)).collect()
    }

    /// What is wrong beside the failure that stopped the build of an Application.
    fn further(&self, app: &Application, options: &Options, engine: &mut dyn Engine) -> Vec<Diagnostic> {
        let world = self.world(options, options.compat == Compat::Deploy);
        let mut failures = world.failures(app);
        let context = AppContext::new(app);
        let shared = Shared { app, context: &context };
        let scene = match options.compat {
            Compat::DryRun => Scene::default(),
            Compat::Deploy => Scene {
                cluster: LOCAL.into(),
                version: self.inventory.told_version(LOCAL).clone(),
                ..Scene::default()
            },
        };
        for component in app.components.iter().take(MOST_FURTHER) {
            let Ok(resolved) = world.component(app, component) else { continue };
            failures.extend(render::component(shared, &resolved, &scene, engine).err());
        }
        findings::of_failures(&failures)
    }

    fn deploy(&self, app: &mut Application, options: &Options, engine: &mut dyn Engine) -> BuildResult {
        match self.planner(app, options, engine) {
            Ok(planner) => {
                let transformed = options.application_policies.then(|| transformed_value(planner.app));
                BuildResult::Deploy(planner.plan(engine), transformed)
            }
            Err(failure) => BuildResult::Deploy(Err(failure), None),
        }
    }

    /// What plans an Application, after application-scoped policies.
    pub(crate) fn planner<'b>(
        &'b self,
        app: &'b mut Application,
        options: &'b Options,
        engine: &mut dyn Engine,
    ) -> Result<Planner<'b>, Failure> {
        let world = self.world(options, true);
        let mut custom = None;
        if options.application_policies {
            custom = application_policies::apply(&world, app, engine)?;
        }
        let revision = options.revision.clone().unwrap_or_else(|| format!("{}-v1", app.name));
        let context = AppContext::new(app);
        let live = self.live.clone();
        Ok(Planner { world, app, context, revision: revision.into(), custom, live })
    }

    /// The Applications of an entry, as they are written.
    pub(crate) fn entry(&self, at: usize, options: &Options) -> Result<Vec<Application>, Vec<Diagnostic>> {
        let documents = match &self.applications[at] {
            Entry::Read(document) => vec![document.clone()],
            Entry::Unread(id, source) => {
                let (documents, diagnostics) = document::read(*id, &source.name, &source.text);
                if diagnostics.iter().any(|d| d.severity == Severity::Error) {
                    return Err(diagnostics);
                }
                documents.into_iter().filter(is_application).map(Arc::new).collect()
            }
        };
        let mut all = Vec::with_capacity(documents.len());
        for document in documents {
            let mut app = Application::read(document)?;
            app.default_namespace(options.namespace.as_deref());
            all.push(app);
        }
        Ok(all)
    }

    /// Where a Policy object is written.
    pub(crate) fn policy_document(&self, namespace: &str, name: &str) -> Option<&Document> {
        let at = self.policies.iter().position(|(ns, p)| **ns == *namespace && *p.name == *name)?;
        self.policy_documents.get(at)
    }

    /// What stopped the build before any Application was looked at, and what is to be told beside.
    pub(crate) fn faults(&self) -> (Vec<Diagnostic>, bool) {
        let failure = self.failure.iter().flat_map(|f| f.diagnostics.iter().cloned());
        (self.diagnostics.iter().cloned().chain(failure).collect(), self.failure.is_some())
    }

    /// The texts that diagnostics point into.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// A dry run is given the policies and workflow of files only where they are merged in; else it warns.
    fn dry_run(&self, app: &mut Application, options: &Options, engine: &mut dyn Engine) -> BuildResult {
        let mut warnings = Vec::new();
        if options.merge {
            if let Some((_, _, workflow)) = self.workflows.last() {
                app.workflow =
                    Some(Workflow { reference: "".into(), mode: None, steps: workflow.steps.clone() });
            }
            app.policies.extend(self.policies.iter().map(|(_, p)| p.clone()));
        } else {
            for (_, name, _) in &self.workflows {
                if app.workflow.as_ref().is_none_or(|w| w.reference != *name) {
                    warnings.push(format!("workflow {name} not referenced by application"));
                }
            }
            let unused = self.policies.iter();
            warnings.extend(unused.map(|(_, p)| format!("policy {} not referenced by application", p.name)));
        }
        BuildResult::DryRun(dry_run::run(self.world(options, false), app, engine), warnings)
    }
}

/// An Application after application-scoped policies, as a plan shows it.
fn transformed_value(app: &Application) -> Value {
    data::map([
        ("annotations", texts_value(&app.annotations)),
        ("labels", texts_value(&app.labels)),
        ("spec", app.to_value().get("spec").cloned().unwrap_or_default()),
    ])
}

/// An engine as an evaluator of metadata.
pub(crate) struct Metadata<'e>(pub(crate) &'e mut dyn Engine);

impl cue_form::MetadataEvaluator for Metadata<'_> {
    fn evaluate(
        &mut self,
        source: &crate::definition::Template,
        decls: &[vela_syntax::ast::DeclId],
    ) -> Result<Value, Vec<Diagnostic>> {
        self.0.metadata(source, decls)
    }
}

/// The result of converting a `.cue` definition.
#[derive(Debug)]
pub struct Converted {
    /// The name of the file.
    pub file: Arc<str>,
    /// The object, or what is wrong.
    pub object: Result<Value, Vec<Diagnostic>>,
}

/// Converts `.cue` definitions to objects. `format` formats and simplifies CUE source.
pub fn convert(
    files: &[Source],
    engine: &mut dyn Engine,
    format: &dyn Fn(&str) -> String,
) -> (Sources, Vec<Converted>) {
    let mut sources = Sources::new();
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        let id = sources.add(file.name.clone(), file.text.clone());
        let read = cue_form::read(id, &file.name, file.text.clone(), &mut Metadata(engine));
        let object = read.map(|d| crate::definition::convert::object(&d, format));
        all.push(Converted { file: file.name.clone(), object });
    }
    (sources, all)
}

/// The result of a conversion as `def render -o json` prints it.
pub fn converted_value(all: &[Converted]) -> Value {
    let one = |c: &Converted| match &c.object {
        Ok(object) => data::map([("file", Value::Str(c.file.clone())), ("object", object.clone())]),
        Err(diagnostics) => {
            let texts: Vec<&str> = diagnostics.iter().map(|d| d.message.as_str()).collect();
            data::map([("file", Value::Str(c.file.clone())), ("error", Value::from(texts.join("; ")))])
        }
    };
    Value::List(all.iter().map(one).collect())
}
