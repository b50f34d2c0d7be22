//! `why`: where a field of a rendered object comes from, every line that has a hand in it with its role, in the order in
//! which rendering goes: the component's template, then the patches of its traits.
//!
//! The plan is made as a build makes it. The component that the object belongs to is then rendered once more with an
//! engine that notes what was asked of it, and each of these requests is asked where the value came from
//! ([`Engine::trace`]).

mod lines;
mod patched;

use std::sync::Arc;

use vela_diagnostics::catalogue::rendering::NO_FIELD;
use vela_diagnostics::{Diagnostic, did_you_mean};
use vela_syntax::ast::DeclId;

use crate::application::Component;
use crate::build::{Base, Options};
use crate::context::Context;
use crate::data::{self, Value};
use crate::definition::Template;
use crate::deploy::{DeployPlan, Planner, Render, StepPlan, Work};
use crate::document::Step;
use crate::engine::{Answer, Condition, Engine, Refused, Request, Trace};
use crate::findings;
use crate::inventory::LOCAL;
use crate::metadata;
use crate::patch::Unifier;
use crate::policy::topology::Placement;
use crate::providers::Fixtures;
use crate::render::Object;
use crate::tree::Node;

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Kind and name of the object, lower case; `None` asks about all.
    pub object: Option<(String, String)>,
    /// The field.
    pub path: Vec<Step>,
    /// Only in these clusters; none means all.
    pub clusters: Vec<String>,
}

/// What a line does for a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The component's or trait's template makes it.
    Template,
    /// A trait's patch makes it.
    Patch,
    /// A condition of a template that has to hold.
    Condition,
    /// The declaration of a parameter.
    Parameter,
    /// The default of a parameter, or of the template.
    Default,
    /// The Application gives it.
    Application,
    /// An override policy gives it.
    Override,
    /// The context gives it: names, cluster, what is rendered so far.
    Context,
    /// KubeVela puts it on every object.
    Oam,
}

impl Role {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::Patch => "patch",
            Self::Condition => "condition",
            Self::Parameter => "parameter",
            Self::Default => "default",
            Self::Application => "application",
            Self::Override => "override",
            Self::Context => "context",
            Self::Oam => "kubevela",
        }
    }
}

/// A line that has a hand in a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contribution {
    /// What it does.
    pub role: Role,
    /// What it belongs to: `component webservice`, `trait scaler`, `policy how`.
    pub of: String,
    /// File, line and column from 1; `None` for what is written nowhere.
    pub place: Option<(String, u32, u32)>,
    /// Its text.
    pub text: String,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// Namespace and name of the Application.
    pub application: String,
    /// Name of the component.
    pub component: Arc<str>,
    /// Kind and name of the object.
    pub object: String,
    /// The clusters where it is so.
    pub clusters: Vec<String>,
    /// The field.
    pub path: String,
    /// Its value; `None` where it is secret.
    pub value: Option<Value>,
    /// The lines.
    pub lines: Vec<Contribution>,
}

impl Question {
    /// Reads `[KIND/NAME:]PATH`, a path like `spec.template.spec.containers[0].image` or `metadata.labels["a.b/c"]`.
    pub fn parse(text: &str, clusters: &[String]) -> Result<Self, String> {
        let whole = || {
            format!("`{text}` is no field: write it like `spec.replicas` or `deployment/web:spec.replicas`")
        };
        let (object, path) = match text.split_once(':') {
            Some((object, path)) if !object.contains(['"', '[']) => {
                let (kind, name) = object.split_once('/').ok_or_else(whole)?;
                (Some((kind.to_lowercase(), name.to_lowercase())), path)
            }
            _ => (None, text),
        };
        let path = steps(path).filter(|p| !p.is_empty()).ok_or_else(whole)?;
        Ok(Self { object, path, clusters: clusters.to_vec() })
    }

    fn is_about(&self, manifest: &Value) -> bool {
        self.object.as_ref().is_none_or(|(kind, name)| {
            data::text(manifest, &["kind"]).to_lowercase() == *kind
                && metadata::name(manifest).to_lowercase() == *name
        })
    }
}

fn steps(text: &str) -> Option<Vec<Step>> {
    let mut out = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            if let Some(quoted) = inner.strip_prefix(['"', '\'']) {
                let (name, behind) = quoted.split_once(['"', '\''])?;
                out.push(Step::from(name));
                rest = behind.strip_prefix(']')?;
            } else {
                let (index, behind) = inner.split_once(']')?;
                out.push(Step::Index(index.parse().ok()?));
                rest = behind;
            }
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let (name, behind) = quoted.split_once('"')?;
            out.push(Step::from(name));
            rest = behind;
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 || rest[..end].contains(['"', '\'', ']']) {
                return None;
            }
            out.push(Step::from(&rest[..end]));
            rest = &rest[end..];
        }
        rest = match rest.strip_prefix('.') {
            Some("") => return None,
            Some(more) => more,
            None if rest.is_empty() || rest.starts_with('[') => rest,
            None => return None,
        };
    }
    Some(out)
}

/// A path as people write it.
pub fn shown(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Index(i) => out.push_str(&format!("[{i}]")),
            Step::Name(name) if name.contains(['.', '[', '/', '"']) => out.push_str(&format!("[\"{name}\"]")),
            Step::Name(name) => {
                out.push_str(if out.is_empty() { "" } else { "." });
                out.push_str(name);
            }
        }
    }
    out
}

fn value_at<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Name(name) => value.get(name),
        Step::Index(i) => value.as_list()?.get(*i),
    })
}

/// Answers a question about every Application. The diagnostics tell what failed, or that nothing has the field.
pub fn why(
    base: &Base,
    options: &Options,
    question: &Question,
    engine: &mut dyn Engine,
) -> (Vec<Explanation>, Vec<Diagnostic>) {
    let (mut diagnostics, failed) = base.faults();
    let (mut found, mut near) = (Vec::new(), Vec::new());
    if failed {
        return (found, diagnostics);
    }
    for at in 0..base.len() {
        let apps = match base.entry(at, options) {
            Ok(apps) => apps,
            Err(faults) => {
                diagnostics.extend(faults);
                continue;
            }
        };
        for mut app in apps {
            let planner = match base.planner(&mut app, options, engine) {
                Ok(planner) => planner,
                Err(failure) => {
                    diagnostics.extend(findings::of_failures([&failure]));
                    continue;
                }
            };
            match planner.plan(engine) {
                Err(failure) => diagnostics.extend(findings::of_failures([&failure])),
                Ok(plan) => {
                    diagnostics.extend(findings::of_failures(plan.failures()));
                    Search { base, planner: &planner, question, engine, found: &mut found, near: &mut near }
                        .plan(&plan);
                }
            }
        }
    }
    if found.is_empty() && diagnostics.is_empty() {
        let mut fault = Diagnostic::error(
            NO_FIELD,
            format!("no rendered object has the field `{}`", shown(&question.path)),
        );
        if let Some((kind, name)) = &question.object {
            fault.message.push_str(&format!(" and is {kind}/{name}"));
        }
        near.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
        fault.help = near.into_iter().next().map(|(_, help)| help);
        diagnostics.push(fault);
    }
    (found, diagnostics)
}

/// Objects explained at most; further ones are most often the same.
const MOST: usize = 1000;

struct Search<'a, 'p> {
    base: &'a Base,
    planner: &'a Planner<'p>,
    question: &'a Question,
    engine: &'a mut dyn Engine,
    found: &'a mut Vec<Explanation>,
    /// What was nearly asked for, by how much of it was right.
    near: &'a mut Vec<(usize, String)>,
}

impl Search<'_, '_> {
    fn plan(&mut self, plan: &DeployPlan) {
        for step in &plan.steps {
            self.step(step);
        }
    }

    fn step(&mut self, plan: &StepPlan) {
        match &plan.work {
            Work::None | Work::Failed(_) => {}
            Work::Apply(render) => {
                let component = self.planner.app.components.iter().find(|c| c.name == render.component);
                if let Some(component) = component {
                    let alone = Component {
                        inputs: None,
                        outputs: None,
                        depends_on: Vec::new(),
                        ..component.clone()
                    };
                    self.render(plan, render, &alone);
                }
            }
            Work::Deploy { components, renders, .. } => {
                for render in renders {
                    let same =
                        |c: &&Component| c.name == render.component && c.replica_key == render.replica_key;
                    if let Some(component) = components.iter().find(same) {
                        self.render(plan, render, component);
                    }
                }
            }
        }
        for step in &plan.sub_steps {
            self.step(step);
        }
    }

    fn render(&mut self, step: &StepPlan, render: &Render, component: &Component) {
        let cluster = if render.cluster.is_empty() { LOCAL } else { &render.cluster };
        let clusters = &self.question.clusters;
        if !clusters.is_empty() && !clusters.iter().any(|c| c == cluster) {
            return;
        }
        for object in render.objects.iter().flatten() {
            if !self.question.is_about(&object.manifest) {
                continue;
            }
            if value_at(&object.manifest, &self.question.path).is_none() {
                self.note_near(object);
            } else if self.found.len() < MOST {
                self.explain(step, render, component, object, cluster);
            }
        }
    }

    fn note_near(&mut self, object: &Object) {
        let path = &self.question.path;
        let depth = (0..path.len()).rev().find(|n| value_at(&object.manifest, &path[..*n]).is_some());
        let Some(depth) = depth else { return };
        if let (Some(Value::Map(fields)), Step::Name(name)) =
            (value_at(&object.manifest, &path[..depth]), &path[depth])
            && let Some(help) = did_you_mean(name, fields.iter().map(|(k, _)| &**k))
        {
            self.near.push((depth, help));
        }
    }

    fn explain(
        &mut self,
        step: &StepPlan,
        render: &Render,
        component: &Component,
        object: &Object,
        cluster: &str,
    ) {
        let app = self.planner.app;
        let Ok(resolved) = self.planner.world.component(app, component) else { return };
        let placement = Placement { cluster: render.cluster.clone(), namespace: render.namespace.clone() };
        let mut recorder = Recorder { inner: self.engine, asked: Vec::new() };
        self.planner.again(component, &placement, &mut recorder);
        let asked = recorder.asked;
        let secret = data::text(&object.manifest, &["kind"]) == "Secret"
            && matches!(&self.question.path[0], Step::Name(n) if matches!(&**n, "data" | "stringData"));
        let place = lines::Places { base: self.base, planner: self.planner, step, component, render, secret };
        let mut contributions: Vec<Contribution> = Vec::new();
        for maker in patched::makers(&resolved, &asked, object, &self.question.path) {
            let path: Vec<&str> = maker.path.iter().map(|s| &**s).collect();
            let Some(traces) = self.engine.trace(maker.asked.request(), &path) else { continue };
            for line in place.lines(&maker, traces) {
                if !contributions.contains(&line) {
                    contributions.push(line);
                }
            }
        }
        contributions.extend(place.oam(&self.question.path, contributions.is_empty()));
        let explanation = Explanation {
            application: format!("{}/{}", app.namespace, app.name),
            component: component.name.clone(),
            object: format!(
                "{}/{}",
                data::text(&object.manifest, &["kind"]),
                metadata::name(&object.manifest)
            ),
            clusters: Vec::new(),
            path: shown(&self.question.path),
            value: value_at(&object.manifest, &self.question.path).filter(|_| !secret).cloned(),
            lines: contributions,
        };
        let same = |e: &&mut Explanation| Explanation { clusters: Vec::new(), ..(*e).clone() } == explanation;
        match self.found.iter_mut().find(same) {
            Some(known) if known.clusters.iter().any(|c| c == cluster) => {}
            Some(known) => known.clusters.push(cluster.to_owned()),
            None => self.found.push(Explanation { clusters: vec![cluster.to_owned()], ..explanation }),
        }
    }
}

/// A request that rendering made.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    template: Arc<Template>,
    declares_parameter: bool,
    parameter: Option<Value>,
    context: Context,
    answer: Arc<Answer>,
}

impl Asked {
    fn request(&self) -> Request<'_> {
        Request {
            template: &self.template,
            declares_parameter: self.declares_parameter,
            parameter: self.parameter.as_ref(),
            context: &self.context,
            explain: false,
        }
    }
}

/// An engine that notes what is asked of another.
struct Recorder<'e> {
    inner: &'e mut dyn Engine,
    asked: Vec<Asked>,
}

impl Unifier for Recorder<'_> {
    fn unify(&mut self, a: &str, b: &str) -> Result<Node, String> {
        self.inner.unify(a, b)
    }
}

impl Engine for Recorder<'_> {
    fn evaluate(&mut self, request: Request<'_>) -> Result<Arc<Answer>, Refused> {
        let answer = self.inner.evaluate(request)?;
        self.asked.push(Asked {
            template: request.template.clone(),
            declares_parameter: request.declares_parameter,
            parameter: request.parameter.cloned(),
            context: request.context.clone(),
            answer: answer.clone(),
        });
        Ok(answer)
    }

    fn reads(&mut self, template: &Arc<Template>, declares_parameter: bool, name: &str) -> bool {
        self.inner.reads(template, declares_parameter, name)
    }

    fn use_fixtures(&mut self, fixtures: &Arc<Fixtures>) {
        self.inner.use_fixtures(fixtures);
    }

    fn section(&mut self, text: &str, context: &Value, parameter: &Value) -> Option<Vec<(Arc<str>, Node)>> {
        self.inner.section(text, context, parameter)
    }

    fn package(
        &mut self,
        files: &[&Template],
        data: &[(&'static str, Value)],
    ) -> Result<Vec<(Arc<str>, Node)>, Vec<Diagnostic>> {
        self.inner.package(files, data)
    }

    fn trace(&mut self, request: Request<'_>, path: &[&str]) -> Option<Vec<Trace>> {
        self.inner.trace(request, path)
    }

    fn conditions(&mut self, request: Request<'_>) -> Vec<Condition> {
        self.inner.conditions(request)
    }

    fn metadata(&mut self, source: &Template, decls: &[DeclId]) -> Result<Value, Vec<Diagnostic>> {
        self.inner.metadata(source, decls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_question() {
        let question = |text: &str| Question::parse(text, &[]).map(|q| (q.object, shown(&q.path)));
        let path = |object: Option<(&str, &str)>, path: &str| {
            Ok((object.map(|(k, n)| (k.to_owned(), n.to_owned())), path.to_owned()))
        };
        assert_eq!(question("spec.replicas"), path(None, "spec.replicas"));
        assert_eq!(question("Deployment/web:spec.a[0].b"), path(Some(("deployment", "web")), "spec.a[0].b"));
        assert_eq!(question("metadata.labels[\"a.b/c:d\"].x"), path(None, "metadata.labels[\"a.b/c:d\"].x"));
        assert_eq!(question("metadata.\"a.b\""), path(None, "metadata[\"a.b\"]"));
        for wrong in ["", "a..b", "a.", "a[x]", "a[", "web:spec", "a\"b\"", "a[0]b"] {
            assert!(question(wrong).is_err(), "{wrong}");
        }
    }
}
