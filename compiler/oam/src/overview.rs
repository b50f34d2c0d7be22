//! A plan as people look at it: every step in order, what it waits for, and what it applies where. `build --plan` prints
//! it as a table, `-o dot` as a graph.

use std::sync::Arc;

use crate::data::{self, Value};
use crate::deploy::{DeployPlan, Render, StepPlan, Work};
use crate::inventory::LOCAL;
use crate::metadata;
use crate::workflow::STEP_GROUP;

/// Steps of a workflow, in order, those inside of groups behind their group.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Overview {
    /// Whether each step waits for the one before it; else all start at once.
    pub one_by_one: bool,
    /// The same for steps inside of groups.
    pub inner_one_by_one: bool,
    /// The steps.
    pub steps: Vec<Row>,
    /// Objects of policies: kinds and names. They are applied to the control plane.
    pub policies: Vec<String>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its number among its siblings, from 1, behind those of the groups it is in.
    pub number: Vec<usize>,
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: Arc<str>,
    /// What it waits for.
    pub waits_for: Vec<Wait>,
    /// The condition under which it runs; empty without.
    pub condition: Arc<str>,
    /// What it does.
    pub does: Does,
}

/// Something that a step waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The step: its place in [`Overview::steps`]; `None` for one that is not there.
    pub step: Option<usize>,
    /// How the Application names it.
    pub name: Arc<str>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// It applies objects.
    Applies(Vec<Place>),
    /// It holds the steps behind it.
    Group,
    /// It waits: for this long, or until someone lets it go on.
    Waits(Option<Arc<str>>),
    /// It acts when it runs; what comes of it is not known before.
    Runs,
    /// It cannot be planned, for this reason.
    Fails(String),
}

/// Clusters that get the same objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Names of the clusters.
    pub clusters: Vec<Arc<str>>,
    /// The namespace that is forced there; empty where objects keep their own.
    pub namespace: Arc<str>,
    /// Kinds and names of the objects.
    pub objects: Vec<String>,
}

impl Overview {
    /// What a plan does. Only steps and clusters of these names count; none of them means all.
    pub fn new(plan: &DeployPlan, steps: &[String], clusters: &[String]) -> Self {
        let by_one = |mode: &str| mode == "StepByStep";
        let mut out = Self {
            one_by_one: by_one(&plan.mode.0),
            inner_one_by_one: by_one(&plan.mode.1),
            ..Self::default()
        };
        let (mut needs, mut gives) = (Vec::new(), Vec::new());
        let mut wanted = Vec::new();
        let mut reader =
            Reader { out: &mut out, clusters, needs: &mut needs, gives: &mut gives, wanted: &mut wanted };
        reader.siblings(&plan.steps, &[], steps, steps.is_empty());
        out.waits(&needs, &gives);
        out.keep(&wanted);
        if steps.is_empty() && (clusters.is_empty() || clusters.iter().any(|c| c == LOCAL)) {
            out.policies = plan.policies.iter().flatten().map(shown).collect();
        }
        out
    }

    /// Leaves the steps that are wanted; what they wait for keeps its name.
    fn keep(&mut self, wanted: &[bool]) {
        let mut places: Vec<Option<usize>> = Vec::with_capacity(wanted.len());
        let mut next = 0;
        for wanted in wanted {
            places.push(wanted.then_some(next));
            next += usize::from(*wanted);
        }
        let mut at = 0;
        self.steps.retain(|_| {
            at += 1;
            wanted[at - 1]
        });
        for wait in self.steps.iter_mut().flat_map(|s| &mut s.waits_for) {
            wait.step = wait.step.and_then(|s| places[s]);
        }
    }

    /// Turns names into steps: of `dependsOn` and, for inputs, the step that gives the output.
    fn waits(&mut self, needs: &[Needs], gives: &[(Arc<str>, usize)]) {
        for (at, needs) in needs.iter().enumerate() {
            let mut waits: Vec<Wait> = Vec::new();
            let mut add = |wait: Wait| {
                if !waits.contains(&wait) {
                    waits.push(wait);
                }
            };
            if let Some(before) = needs.before {
                add(Wait { step: Some(before), name: self.steps[before].name.clone() });
            }
            for name in &needs.steps {
                add(Wait { step: self.steps.iter().position(|s| s.name == *name), name: name.clone() });
            }
            for input in &needs.inputs {
                let giver = gives.iter().find(|(name, _)| name == input).map(|(_, step)| *step);
                let name = giver.map_or_else(|| input.clone(), |g| self.steps[g].name.clone());
                add(Wait { step: giver, name });
            }
            self.steps[at].waits_for = waits;
        }
    }
}

/// What one step needs, by name.
#[derive(Default)]
struct Needs {
    before: Option<usize>,
    steps: Vec<Arc<str>>,
    inputs: Vec<Arc<str>>,
}

struct Reader<'a> {
    out: &'a mut Overview,
    clusters: &'a [String],
    needs: &'a mut Vec<Needs>,
    gives: &'a mut Vec<(Arc<str>, usize)>,
    wanted: &'a mut Vec<bool>,
}

impl Reader<'_> {
    fn siblings(&mut self, all: &[StepPlan], number: &[usize], steps: &[String], wanted: bool) {
        let one_by_one = if number.is_empty() { self.out.one_by_one } else { self.out.inner_one_by_one };
        let mut before = None;
        for (i, plan) in all.iter().enumerate() {
            let own: Vec<usize> = number.iter().copied().chain([i + 1]).collect();
            let wanted = wanted || steps.iter().any(|s| **s == *plan.step.name);
            let at = self.row(plan, &own, before);
            self.wanted.push(wanted);
            self.siblings(&plan.sub_steps, &own, steps, wanted);
            if one_by_one {
                before = Some(at);
            }
        }
    }

    fn row(&mut self, plan: &StepPlan, number: &[usize], before: Option<usize>) -> usize {
        let step = &plan.step;
        let at = self.out.steps.len();
        let field = |name: &str| step.rest.iter().find(|(k, _)| &**k == name).map(|(_, v)| v);
        let names = |name: &str, key: Option<&str>| -> Vec<Arc<str>> {
            let items = field(name).and_then(Value::as_list).unwrap_or_default();
            let one = |v: &Value| match key {
                Some(key) => v.get(key).and_then(Value::as_str).map(Arc::from),
                None => v.as_str().map(Arc::from),
            };
            items.iter().filter_map(one).collect()
        };
        self.gives.extend(names("outputs", Some("name")).into_iter().map(|name| (name, at)));
        self.needs.push(Needs {
            before,
            steps: names("dependsOn", None),
            inputs: names("inputs", Some("from")),
        });
        self.out.steps.push(Row {
            number: number.to_vec(),
            name: step.name.clone(),
            kind: step.kind.clone(),
            waits_for: Vec::new(),
            condition: field("if").and_then(Value::as_str).unwrap_or("").into(),
            does: self.does(plan),
        });
        at
    }

    fn does(&self, plan: &StepPlan) -> Does {
        match (&plan.work, &*plan.step.kind) {
            (Work::Failed(failure), _) => Does::Fails(failure.text.clone()),
            (Work::Apply(render), _) => Does::Applies(self.places(std::slice::from_ref(render))),
            (Work::Deploy { renders, .. }, _) => Does::Applies(self.places(renders)),
            (Work::None, STEP_GROUP) => Does::Group,
            (Work::None, "suspend") => {
                let duration = plan.step.properties.as_ref().map_or("", |p| data::text(p, &["duration"]));
                Does::Waits((!duration.is_empty()).then(|| duration.into()))
            }
            (Work::None, "apply-object") => self.object(plan).unwrap_or(Does::Runs),
            (Work::None, _) => Does::Runs,
        }
    }

    /// What `apply-object` applies stands in its properties.
    fn object(&self, plan: &StepPlan) -> Option<Does> {
        let properties = plan.step.properties.as_ref()?;
        let value = properties.get("value").filter(|v| !data::text(v, &["kind"]).is_empty())?;
        let cluster: Arc<str> = match data::text(properties, &["cluster"]) {
            "" => LOCAL.into(),
            cluster => cluster.into(),
        };
        if !self.clusters.is_empty() && !self.clusters.iter().any(|c| **c == *cluster) {
            return Some(Does::Applies(Vec::new()));
        }
        let namespace = metadata::namespace(value).into();
        Some(Does::Applies(vec![Place { clusters: vec![cluster], namespace, objects: vec![shown(value)] }]))
    }

    /// Renders by place, and places with the same objects together.
    fn places(&self, renders: &[Render]) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        for render in renders {
            let cluster: Arc<str> =
                if render.cluster.is_empty() { LOCAL.into() } else { render.cluster.clone() };
            if !self.clusters.is_empty() && !self.clusters.iter().any(|c| **c == *cluster) {
                continue;
            }
            let applied = render.objects.iter().flatten().filter(|o| o.apply);
            let objects = applied.map(|o| shown(&o.manifest));
            let same = |p: &&mut Place| p.clusters[0] == cluster && p.namespace == render.namespace;
            match places.iter_mut().find(same) {
                Some(place) => place.objects.extend(objects),
                None => places.push(Place {
                    clusters: vec![cluster],
                    namespace: render.namespace.clone(),
                    objects: objects.collect(),
                }),
            }
        }
        let mut joined: Vec<Place> = Vec::new();
        for place in places {
            let same = |p: &&mut Place| p.namespace == place.namespace && p.objects == place.objects;
            match joined.iter_mut().find(same) {
                Some(first) => first.clusters.extend(place.clusters),
                None => joined.push(place),
            }
        }
        joined
    }
}

fn shown(manifest: &Value) -> String {
    format!("{}/{}", data::text(manifest, &["kind"]), metadata::name(manifest))
}
