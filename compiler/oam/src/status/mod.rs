//! How a deployed Application is doing: the status that its definitions tell of live objects. Rules: `collectHealthStatus`
//! and `health.GetStatus` of KubeVela 1.11.

mod health;
mod live;

use std::sync::Arc;

use vela_diagnostics::Diagnostic;
use vela_diagnostics::catalogue::rendering::NOT_LIVE;

use crate::application::Component;
use crate::data::{self, Value};
use crate::deploy::{DeployPlan, Planner, Render, StepPlan, Work};
use crate::engine::Engine;
use crate::explain::Subject;
use crate::failure::{Class, Failure, Phase};
use crate::metadata::keys;
use crate::render::{self, Object, Origin, Resolved};

pub use health::{Health, Sections, judge};
pub use live::{Live, Place};

/// What is said of a trait that waits for its component.
const WAITING: &str = "\u{23f3} Waiting for component to be healthy";

/// Group and kind of Terraform's objects.
const CONFIGURATION: (&str, &str) = ("terraform.core.oam.dev", "Configuration");

/// The status of a component in one place.
#[derive(Clone, Debug)]
pub struct ComponentStatus {
    /// Its name.
    pub component: Arc<str>,
    /// Cluster, empty for the control plane.
    pub cluster: Arc<str>,
    /// Namespace of the placement, empty for the Application's.
    pub namespace: Arc<str>,
    /// Key of a replicated component.
    pub replica_key: Option<Arc<str>>,
    /// The status, or why there is none.
    pub told: Result<Told, Failure>,
}

/// What definitions tell of a component.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Component and traits together; the message is the first there is.
    pub whole: Health,
    /// Whether the workload by itself is healthy.
    pub workload_healthy: bool,
    /// Its traits.
    pub traits: Vec<TraitStatus>,
}

/// The status of a trait.
#[derive(Clone, Debug)]
pub struct TraitStatus {
    /// Its type.
    pub kind: Arc<str>,
    /// What its definition tells.
    pub health: Health,
    /// Whether it waits for its component.
    pub pending: bool,
}

/// The status of everything that a plan applies, in its order. A component that several steps apply to one place counts
/// once.
pub fn of_plan(
    planner: &Planner<'_>,
    plan: &DeployPlan,
    live: &Live,
    engine: &mut dyn Engine,
) -> Vec<ComponentStatus> {
    let mut all: Vec<(&Component, &Render)> = Vec::new();
    plan.steps.iter().for_each(|step| of_step(planner, step, &mut all));
    let mut out: Vec<ComponentStatus> = Vec::new();
    for (component, render) in all {
        let Ok(objects) = &render.objects else { continue };
        let same = |s: &ComponentStatus| {
            s.component == render.component
                && s.cluster == render.cluster
                && s.namespace == render.namespace
                && s.replica_key == render.replica_key
        };
        if out.iter().any(same) {
            continue;
        }
        let told = planner.world.component(planner.app, component).and_then(|resolved| {
            Judging { planner, render, resolved: &resolved, live, engine: &mut *engine }.component(objects)
        });
        out.push(ComponentStatus {
            component: render.component.clone(),
            cluster: render.cluster.clone(),
            namespace: render.namespace.clone(),
            replica_key: render.replica_key.clone(),
            told,
        });
    }
    out
}

fn of_step<'a>(planner: &'a Planner<'_>, step: &'a StepPlan, all: &mut Vec<(&'a Component, &'a Render)>) {
    let find = |components: &'a [Component], render: &Render| {
        components.iter().find(|c| c.name == render.component && c.replica_key == render.replica_key)
    };
    match &step.work {
        Work::None | Work::Failed(_) => {}
        Work::Apply(render) => all.extend(find(&planner.app.components, render).map(|c| (c, render))),
        Work::Deploy { components, renders, .. } => {
            all.extend(renders.iter().filter_map(|r| find(components, r).map(|c| (c, r))));
        }
    }
    step.sub_steps.iter().for_each(|s| of_step(planner, s, all));
}

struct Judging<'a> {
    planner: &'a Planner<'a>,
    render: &'a Render,
    resolved: &'a Resolved<'a>,
    live: &'a Live,
    engine: &'a mut dyn Engine,
}

impl Judging<'_> {
    fn component(&mut self, objects: &[Object]) -> Result<Told, Failure> {
        let component = self.resolved.component;
        let workload = if self.resolved.definition.is_terraform() {
            self.terraform()?
        } else {
            let context = self.component_context(objects)?;
            let properties = given(component.properties.as_ref());
            judge(Sections::of(&self.resolved.definition), context, properties.as_ref(), self.engine)
        };
        let mut told = Told { workload_healthy: workload.healthy, whole: workload, traits: Vec::new() };
        for at in 0..self.resolved.traits.len() {
            let definition = &self.resolved.traits[at];
            let kind: Arc<str> = crate::definition::library::shown_type(&component.traits[at].kind).into();
            if !told.workload_healthy && definition.text(&["stage"]) == "PostDispatch" {
                let health = Health { message: WAITING.to_owned(), ..Health::default() };
                told.traits.push(TraitStatus { kind, health, pending: true });
                continue;
            }
            let context = self.trait_context(objects, &kind)?;
            let properties = given(component.traits[at].properties.as_ref());
            let health = judge(Sections::of(definition), context, properties.as_ref(), self.engine);
            told.whole.healthy &= health.healthy;
            if told.whole.message.is_empty() {
                told.whole.message.clone_from(&health.message);
            }
            told.traits.push(TraitStatus { kind, health, pending: false });
        }
        Ok(told)
    }

    /// What every section sees.
    fn common(&self) -> Value {
        data::map([
            ("name", Value::Str(self.render.component.clone())),
            ("appName", Value::Str(self.planner.app.name.clone())),
            ("appRevision", Value::Str(self.planner.revision.clone())),
        ])
    }

    fn component_context(&self, objects: &[Object]) -> Result<Value, Failure> {
        let mut context = self.common();
        let mut outputs = data::empty();
        for object in objects {
            match object.origin {
                Origin::Workload => context.set("output", self.find(object)?.clone()),
                Origin::Auxiliary => outputs.set(&object.resource, self.find(object)?.clone()),
                Origin::Trait(_) => {}
            }
        }
        if outputs != data::empty() {
            context.set("outputs", outputs);
        }
        Ok(context)
    }

    fn trait_context(&self, objects: &[Object], kind: &Arc<str>) -> Result<Value, Failure> {
        let mut context = self.common();
        let mut outputs = data::empty();
        for object in objects.iter().filter(|o| matches!(&o.origin, Origin::Trait(own) if own == kind)) {
            let found = self.find(object).map_err(|f| f.trait_type(kind))?;
            outputs.set(&object.resource, found.clone());
        }
        if outputs != data::empty() {
            context.set("outputs", outputs);
        }
        Ok(context)
    }

    fn place(&self) -> Place<'_> {
        let namespace = if self.render.namespace.is_empty() {
            &self.planner.app.namespace
        } else {
            &self.render.namespace
        };
        Place { cluster: &self.render.cluster, namespace }
    }

    fn find(&self, object: &Object) -> Result<&Value, Failure> {
        let found = self.live.find(&object.manifest, &self.render.component, self.place());
        found.ok_or_else(|| {
            let text = |path: &[&str]| data::text(&object.manifest, path).to_owned();
            self.missing(&text(&["kind"]), &text(&["metadata", "name"]), &text(&["metadata", "namespace"]))
        })
    }

    fn missing(&self, kind: &str, name: &str, namespace: &str) -> Failure {
        let component = self.resolved.component;
        let at = if namespace.is_empty() { String::new() } else { format!(" in namespace `{namespace}`") };
        let cluster = match &*self.render.cluster {
            "" => String::new(),
            cluster => format!(" of cluster `{cluster}`"),
        };
        let text =
            format!("there is no live {kind} `{name}`{at}{cluster} for component `{}`", component.name);
        let subject = Subject::component(self.planner.app, component);
        let diagnostic = subject.at_type(Diagnostic::error(NOT_LIVE, text.clone()));
        Failure::new(Phase::Status, Class::Other, text).component(&component.name).diagnostic(diagnostic)
    }

    /// Terraform's controller says itself how its object is doing.
    fn terraform(&self) -> Result<Health, Failure> {
        let (name, namespace) = (&self.render.component, self.place().namespace);
        let found = self.live.named(CONFIGURATION, name, namespace);
        let object = found.ok_or_else(|| self.missing(CONFIGURATION.1, name, namespace))?;
        let number = |path: &[&str]| match object.at(path) {
            Some(Value::Num(n)) => n.to_i64().unwrap_or(0),
            _ => 0,
        };
        let observed = number(&["status", "observedGeneration"]);
        let revision = data::text(object, &["metadata", "labels", keys::APP_REVISION]);
        let latest = (observed == 0 || observed == number(&["metadata", "generation"]))
            && (revision.is_empty() || *revision == *self.planner.revision);
        Ok(Health {
            healthy: latest && data::text(object, &["status", "apply", "state"]) == "Available",
            message: data::text(object, &["status", "apply", "message"]).to_owned(),
            details: Vec::new(),
        })
    }
}

/// Properties as sections see them: as they were given, without defaults.
fn given(properties: Option<&Value>) -> Option<Value> {
    render::properties_map(properties).ok().flatten()
}

/// The status as a plan shows it.
pub fn to_value(all: &[ComponentStatus]) -> Value {
    Value::List(all.iter().map(one_value).collect())
}

fn one_value(status: &ComponentStatus) -> Value {
    let mut out = data::map([("component", Value::Str(status.component.clone()))]);
    for (field, text) in [("cluster", &status.cluster), ("namespace", &status.namespace)] {
        if !text.is_empty() {
            out.set(field, Value::Str(text.clone()));
        }
    }
    if let Some(key) = &status.replica_key {
        out.set("replicaKey", Value::Str(key.clone()));
    }
    match &status.told {
        Err(failure) => out.set("error", failure.to_value()),
        Ok(told) => {
            set_health(&mut out, &told.whole);
            out.set("workloadHealthy", Value::Bool(told.workload_healthy));
            if !told.traits.is_empty() {
                out.set("traits", Value::List(told.traits.iter().map(trait_value).collect()));
            }
        }
    }
    out
}

fn trait_value(status: &TraitStatus) -> Value {
    let mut out = data::map([("type", Value::Str(status.kind.clone()))]);
    set_health(&mut out, &status.health);
    out.set("pending", Value::Bool(status.pending));
    out
}

fn set_health(out: &mut Value, health: &Health) {
    out.set("healthy", Value::Bool(health.healthy));
    out.set("message", Value::str(&*health.message));
    let details = health.details.iter().map(|(name, text)| (name.clone(), Value::str(&**text)));
    out.set("details", data::map(details));
}

#[cfg(test)]
mod tests;
