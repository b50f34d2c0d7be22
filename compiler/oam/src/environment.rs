//! Environments: a name for some clusters of the inventory, and for the overrides that count there. A build for one
//! environment (`--env`) is the part of an Application's deployment that happens in it.
//!
//! * An Application that says where it goes (by topologies) keeps its steps; what goes to other clusters is left out.
//! * One that does not is placed by the environment: every cluster of it, by one `deploy` step or those it has.
//! * An override that only other environments name, or that has the name of another environment, does not count;
//!   those of this environment do.

use std::sync::Arc;

use crate::application::{Application, Policy, StepUse};
use crate::data::{self, Value};
use crate::inventory::Inventory;
use crate::metadata::{self, Texts};
use crate::policy::topology::Placement;
use crate::policy::{OVERRIDE, TOPOLOGY};
use crate::shape::{self, Shape};
use crate::workflow::{APPLY_COMPONENT, DEPLOY, Plan, STEP_GROUP};

/// The shape of the list of environments.
const ENVIRONMENTS: Shape = Shape::List(&Shape::Fields(&[
    ("name", Shape::Text),
    ("clusters", Shape::List(&Shape::Text)),
    ("clusterLabelSelector", Shape::Texts),
    ("namespace", Shape::Text),
    ("overrides", Shape::List(&Shape::Text)),
]));

/// An environment as an inventory describes it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Environment {
    /// Its name.
    pub name: Arc<str>,
    /// Its clusters by name.
    clusters: Option<Vec<Arc<str>>>,
    /// Its clusters by labels.
    labels: Option<Texts>,
    /// The namespace there, for objects that no topology gives one.
    namespace: Arc<str>,
    /// The overrides that count in it; `None` for one of the environment's name, where there is one.
    overrides: Option<Vec<Arc<str>>>,
}

/// The environment that a build is for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Chosen {
    /// Its name.
    pub name: Arc<str>,
    /// Its clusters, at least one.
    pub clusters: Vec<Arc<str>>,
    /// The namespace there, or empty.
    pub namespace: Arc<str>,
    /// Overrides that have to be there.
    named: Vec<Arc<str>>,
    /// Overrides of other environments.
    foreign: Vec<Arc<str>>,
}

/// Reads the environments of an inventory's document.
pub fn read(document: &Value) -> Result<Vec<Environment>, String> {
    let Some(list) = document.get("environments") else { return Ok(Vec::new()) };
    if let Some(misfit) = shape::check(list, ENVIRONMENTS).first() {
        return Err(format!("environments.{}: {}", misfit.path.join("."), misfit.message));
    }
    let texts = |value: &Value, field: &str| -> Option<Vec<Arc<str>>> {
        let items = value.get(field)?.as_list()?;
        Some(items.iter().filter_map(Value::as_str).map(Into::into).collect())
    };
    let mut all: Vec<Environment> = Vec::new();
    for value in list.as_list().unwrap_or_default() {
        let name = data::text(value, &["name"]);
        if name.is_empty() {
            return Err("an environment has no `name`".to_owned());
        }
        if all.iter().any(|e| *e.name == *name) {
            return Err(format!("there are two environments `{name}`"));
        }
        let environment = Environment {
            name: name.into(),
            clusters: texts(value, "clusters"),
            labels: value.get("clusterLabelSelector").and_then(metadata::value_texts),
            namespace: data::text(value, &["namespace"]).into(),
            overrides: texts(value, "overrides"),
        };
        if environment.clusters.is_some() == environment.labels.is_some() {
            return Err(format!("environment `{name}` needs either `clusters` or `clusterLabelSelector`"));
        }
        all.push(environment);
    }
    Ok(all)
}

/// The environment of this name, its clusters found in the inventory.
pub fn choose(all: &[Environment], name: &str, inventory: &Inventory) -> Result<Chosen, String> {
    let Some(environment) = all.iter().find(|e| *e.name == *name) else {
        let names: Vec<&str> = all.iter().map(|e| &*e.name).collect();
        if names.is_empty() {
            return Err(format!("there is no environment `{name}`: the inventory describes none"));
        }
        let hint = vela_diagnostics::did_you_mean(name, names.iter().copied());
        let hint = hint.unwrap_or_else(|| format!("there are: {}", names.join(", ")));
        return Err(format!("there is no environment `{name}`; {hint}"));
    };
    let clusters = match (&environment.clusters, &environment.labels) {
        (Some(names), _) => names.clone(),
        (None, labels) => labels.as_ref().map(|l| inventory.select(l)).unwrap_or_default(),
    };
    if let Some(unknown) = clusters.iter().find(|c| !inventory.has(c)) {
        let hint = vela_diagnostics::did_you_mean(unknown, inventory.names());
        let hint = hint.map(|h| format!("; {h}")).unwrap_or_default();
        return Err(format!("environment `{name}` names the unknown cluster `{unknown}`{hint}"));
    }
    if clusters.is_empty() {
        return Err(format!("environment `{name}` has no cluster"));
    }
    let own = |e: &Environment| e.overrides.clone().unwrap_or_else(|| vec![e.name.clone()]);
    let kept = own(environment);
    let others = all.iter().filter(|e| e.name != environment.name).flat_map(own);
    Ok(Chosen {
        name: environment.name.clone(),
        clusters,
        namespace: environment.namespace.clone(),
        foreign: others.filter(|o| !kept.contains(o)).collect(),
        named: environment.overrides.clone().unwrap_or_default(),
    })
}

impl Chosen {
    /// What the environment makes of an Application's workflow; the policies it adds come second. `external` finds
    /// Policy objects by name.
    pub fn plan(
        &self,
        app: &Application,
        mut plan: Plan,
        external: &dyn Fn(&str) -> Option<Policy>,
    ) -> Result<(Plan, Vec<Policy>), String> {
        let find =
            |name: &str| app.policies.iter().find(|p| &*p.name == name).cloned().or_else(|| external(name));
        let overrides = self.overrides(app, &find)?;
        let generated = plan.steps.iter().all(|s| s.origin.is_empty())
            && app.workflow.as_ref().is_none_or(|w| w.reference.is_empty());
        if places_itself(&plan.steps, &find) {
            self.change(&mut plan.steps, &overrides, None, &find)?;
            return Ok((plan, Vec::new()));
        }
        let topology = self.topology();
        if generated {
            plan.steps = vec![StepUse {
                name: format!("deploy-{}", self.name).into(),
                kind: DEPLOY.into(),
                properties: Some(data::map([("policies", Value::List(Vec::new()))])),
                ..StepUse::default()
            }];
            let all = app.policies.iter().filter(|p| &*p.kind == OVERRIDE && !self.foreign.contains(&p.name));
            let mut names: Vec<Arc<str>> = all.map(|p| p.name.clone()).collect();
            names.extend(overrides.iter().filter(|o| !names.contains(o)).cloned().collect::<Vec<_>>());
            self.change(&mut plan.steps, &names, Some(&topology.name), &find)?;
        } else {
            self.change(&mut plan.steps, &overrides, Some(&topology.name), &find)?;
        }
        Ok((plan, vec![topology]))
    }

    /// The overrides of this environment that there are.
    fn overrides(
        &self,
        app: &Application,
        find: &dyn Fn(&str) -> Option<Policy>,
    ) -> Result<Vec<Arc<str>>, String> {
        for name in &self.named {
            if find(name).is_none_or(|p| &*p.kind != OVERRIDE) {
                let known = app.policies.iter().filter(|p| &*p.kind == OVERRIDE);
                let hint = vela_diagnostics::did_you_mean(name, known.map(|p| &*p.name));
                let hint = hint.map(|h| format!("; {h}")).unwrap_or_default();
                return Err(format!(
                    "environment `{}` needs the override policy `{name}`, which is neither in the Application nor given{hint}",
                    self.name
                ));
            }
        }
        if self.named.is_empty() && find(&self.name).is_some_and(|p| &*p.kind == OVERRIDE) {
            return Ok(vec![self.name.clone()]);
        }
        Ok(self.named.clone())
    }

    fn topology(&self) -> Policy {
        let clusters = self.clusters.iter().cloned().map(Value::Str).collect();
        Policy {
            // No object can have such a name.
            name: format!("environment/{}", self.name).into(),
            kind: TOPOLOGY.into(),
            properties: Some(data::map([
                ("clusters", Value::List(clusters)),
                ("namespace", Value::Str(self.namespace.clone())),
            ])),
            origin: Vec::new(),
        }
    }

    /// Gives `deploy` steps the overrides and the topology, and takes those of other environments.
    fn change(
        &self,
        steps: &mut [StepUse],
        overrides: &[Arc<str>],
        topology: Option<&Arc<str>>,
        find: &dyn Fn(&str) -> Option<Policy>,
    ) -> Result<(), String> {
        for step in steps {
            self.change(&mut step.sub_steps, overrides, topology, find)?;
            match (&*step.kind, topology) {
                (DEPLOY, _) => {
                    let mut names = policy_names(step);
                    let foreign = |n: &Arc<str>| {
                        self.foreign.contains(n) && find(n).is_some_and(|p| &*p.kind == OVERRIDE)
                    };
                    names.retain(|n| !foreign(n));
                    let more: Vec<Arc<str>> =
                        overrides.iter().chain(topology).filter(|n| !names.contains(n)).cloned().collect();
                    names.extend(more);
                    let names = Value::List(names.into_iter().map(Value::Str).collect());
                    step.properties.get_or_insert_with(data::empty).set("policies", names);
                }
                (APPLY_COMPONENT, Some(_)) if cluster_of(step).is_empty() => {
                    let [cluster] = self.clusters.as_slice() else {
                        return Err(format!(
                            "step `{}` applies to one cluster, but environment `{}` has {}; use a `deploy` step",
                            step.name,
                            self.name,
                            self.clusters.len()
                        ));
                    };
                    let properties = step.properties.get_or_insert_with(data::empty);
                    properties.set("cluster", Value::Str(cluster.clone()));
                    if !self.namespace.is_empty() && data::text(properties, &["namespace"]).is_empty() {
                        properties.set("namespace", Value::Str(self.namespace.clone()));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Leaves those placements that are in this environment.
    pub fn keep(&self, placements: &mut Vec<Placement>) {
        placements.retain(|p| self.has(&p.cluster));
        for placement in placements.iter_mut().filter(|p| p.namespace.is_empty()) {
            placement.namespace = self.namespace.clone();
        }
    }

    /// Whether a step may act in this environment, as far as its properties tell.
    pub fn allows(&self, step: &StepUse) -> bool {
        &*step.kind != APPLY_COMPONENT || self.has(cluster_of(step))
    }

    fn has(&self, cluster: &str) -> bool {
        let cluster = if cluster.is_empty() { crate::inventory::LOCAL } else { cluster };
        self.clusters.iter().any(|c| **c == *cluster)
    }
}

fn cluster_of(step: &StepUse) -> &str {
    step.properties.as_ref().map_or("", |p| data::text(p, &["cluster"]))
}

fn policy_names(step: &StepUse) -> Vec<Arc<str>> {
    let list = step.properties.as_ref().and_then(|p| p.get("policies")).and_then(Value::as_list);
    list.unwrap_or_default().iter().filter_map(Value::as_str).map(Into::into).collect()
}

/// Whether some step names a place.
fn places_itself(steps: &[StepUse], find: &dyn Fn(&str) -> Option<Policy>) -> bool {
    steps.iter().any(|step| match &*step.kind {
        DEPLOY => {
            let inline =
                step.properties.as_ref().and_then(|p| p.get("inlinePolicies")).and_then(Value::as_list);
            let of_kind = |v: &Value| data::text(v, &["type"]) == TOPOLOGY;
            inline.unwrap_or_default().iter().any(of_kind)
                || policy_names(step).iter().any(|n| find(n).is_some_and(|p| &*p.kind == TOPOLOGY))
        }
        APPLY_COMPONENT => !cluster_of(step).is_empty(),
        STEP_GROUP => places_itself(&step.sub_steps, find),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inventory(text: &str) -> Result<Inventory, String> {
        let values: Vec<Value> = vela_yaml::parse(text).docs.iter().map(vela_yaml::Doc::to_data).collect();
        Inventory::read(&values)
    }

    #[test]
    fn what_is_wrong_with_an_inventory_is_said() {
        let wrong = [
            ("environments: [{clusters: [a]}]", "an environment has no `name`"),
            (
                "environments: [{name: a}]",
                "environment `a` needs either `clusters` or `clusterLabelSelector`",
            ),
            (
                "environments: [{name: a, clusters: [], clusterz: []}]",
                "environments.0.clusterz: there is no field `clusterz`, did you mean `clusters`?",
            ),
            (
                "environments: [{name: a, clusters: [local]}, {name: a, clusters: [local]}]",
                "there are two environments `a`",
            ),
        ];
        for (text, message) in wrong {
            assert_eq!(inventory(text).map(drop), Err(message.to_owned()));
        }
    }

    #[test]
    fn overrides_belong_to_those_that_name_them() {
        let text = "
clusters: [{name: a, labels: {env: dev}}, {name: b}, {name: c, labels: {env: dev}}]
environments:
- {name: dev, clusterLabelSelector: {env: dev}}
- {name: prod, clusters: [b], overrides: [big, tls]}
- {name: none, clusters: []}
- {name: lost, clusters: [bb]}
";
        let inventory = inventory(text).unwrap();
        let dev = inventory.environment("dev").unwrap();
        assert_eq!(dev.clusters, ["a".into(), "c".into()]);
        assert_eq!(dev.foreign, ["big", "tls", "none", "lost"].map(Arc::from));
        assert_eq!(inventory.environment("prod").unwrap().named, ["big".into(), "tls".into()]);
        let message = |name| inventory.environment(name).unwrap_err();
        assert_eq!(message("none"), "environment `none` has no cluster");
        assert_eq!(message("lost"), "environment `lost` names the unknown cluster `bb`; did you mean `b`?");
        assert_eq!(message("prd"), "there is no environment `prd`; did you mean `prod`?");
    }
}
