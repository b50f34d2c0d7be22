//! The workflow of an Application: given, referred to, or generated from policies and components.

use std::sync::Arc;

use crate::application::{Application, Policy, StepUse, Workflow};
use crate::data::{self, Value};
use crate::policy::{OVERRIDE, TOPOLOGY};
use crate::shape::{self, Misfit};

/// Step that places components.
pub const DEPLOY: &str = "deploy";
/// Step that applies one component.
pub const APPLY_COMPONENT: &str = "apply-component";
/// Step that holds steps.
pub const STEP_GROUP: &str = "step-group";
/// Component type that stands for objects of the control plane.
pub const REF_OBJECTS: &str = "ref-objects";

/// Step types that need no definition.
const BUILT_IN: [&str; 4] = ["suspend", APPLY_COMPONENT, "builtin-apply-component", STEP_GROUP];

/// Step types that KubeVela ships and that a build accepts although it cannot run them.
const SHIPPED: [&str; 33] = [
    "apply-application",
    "apply-application-in-parallel",
    "apply-deployment",
    "apply-object",
    "apply-remaining",
    "apply-terraform-config",
    "apply-terraform-provider",
    "build-push-image",
    "check-metrics",
    "clean-jobs",
    "collect-service-endpoints",
    "create-config",
    "delete-config",
    "depends-on-app",
    DEPLOY,
    "deploy-cloud-resource",
    "deploy2env",
    "deploy2runtime",
    "export-data",
    "export-service",
    "export2config",
    "export2secret",
    "generate-jdbc-connection",
    "list-config",
    "notification",
    "print-message-in-status",
    "read-config",
    "read-object",
    "request",
    "restart-workflow",
    "share-cloud-resource",
    "vela-cli",
    "webhook",
];

/// Whether a step type needs no definition of the user's.
pub fn is_known_step(kind: &str) -> bool {
    BUILT_IN.contains(&kind) || SHIPPED.contains(&kind)
}

/// Every step type that needs no definition, for suggestions.
pub fn known_steps() -> impl Iterator<Item = &'static str> {
    BUILT_IN.into_iter().chain(SHIPPED)
}

/// The steps of an Application and how they run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// `DAG` or `StepByStep`.
    pub steps_mode: Arc<str>,
    /// The same for sub-steps.
    pub sub_steps_mode: Arc<str>,
    /// The steps.
    pub steps: Vec<StepUse>,
}

/// Why there is no workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowFault {
    /// What is wrong.
    pub message: String,
    /// Places in a step's properties, and the index of the step.
    pub misfits: Vec<(usize, Misfit)>,
    /// Whether a policy is wrong, not the workflow.
    pub of_policy: bool,
}

impl WorkflowFault {
    fn new(message: String) -> Self {
        Self { message, misfits: Vec::new(), of_policy: false }
    }
}

/// The workflow of an Application; `external` finds Workflow objects by name.
pub fn plan(app: &Application, external: &dyn Fn(&str) -> Option<Workflow>) -> Result<Plan, WorkflowFault> {
    let mut plan = Plan { steps_mode: "DAG".into(), sub_steps_mode: "DAG".into(), steps: Vec::new() };
    if let Some(workflow) = &app.workflow {
        let referred = match &*workflow.reference {
            "" => None,
            name => match external(name) {
                Some(workflow) => Some(workflow),
                None => {
                    return Err(WorkflowFault::new(format!("there is no Workflow object named `{name}`")));
                }
            },
        };
        if referred.is_some() && workflow.steps.is_some() {
            return Err(WorkflowFault::new("a workflow has either `ref` or `steps`, not both".to_owned()));
        }
        plan.steps_mode = "StepByStep".into();
        if let Some((steps, sub_steps)) =
            workflow.mode.as_ref().or_else(|| referred.as_ref().and_then(|w| w.mode.as_ref()))
        {
            if !steps.is_empty() {
                plan.steps_mode = steps.clone();
            }
            if !sub_steps.is_empty() {
                plan.sub_steps_mode = sub_steps.clone();
            }
        }
        plan.steps = referred.map_or_else(|| workflow.steps.clone(), |w| w.steps).unwrap_or_default();
    }
    if plan.steps.is_empty() {
        plan.steps = deploy_steps(app);
    }
    if plan.steps.is_empty() {
        plan.steps = environment_steps(app);
    }
    if plan.steps.is_empty() {
        plan.steps = app
            .components
            .iter()
            .map(|c| {
                let depends_on = (!c.depends_on.is_empty()).then(|| {
                    ("dependsOn".into(), Value::List(c.depends_on.iter().cloned().map(Value::Str).collect()))
                });
                StepUse {
                    name: c.name.clone(),
                    kind: APPLY_COMPONENT.into(),
                    properties: Some(data::map([("component", Value::Str(c.name.clone()))])),
                    rest: depends_on.into_iter().collect(),
                    ..StepUse::default()
                }
            })
            .collect();
    }
    Ok(plan)
}

fn names(values: impl IntoIterator<Item = Arc<str>>) -> Value {
    Value::List(values.into_iter().map(Value::Str).collect())
}

/// One `deploy` for each topology, with all overrides; one for overrides or referred objects alone.
fn deploy_steps(app: &Application) -> Vec<StepUse> {
    let of_kind = |kind: &str| -> Vec<Arc<str>> {
        app.policies.iter().filter(|p| &*p.kind == kind).map(|p| p.name.clone()).collect()
    };
    let (topologies, overrides) = (of_kind(TOPOLOGY), of_kind(OVERRIDE));
    let step = |name: String, policies: Vec<Arc<str>>| StepUse {
        name: name.into(),
        kind: DEPLOY.into(),
        properties: Some(data::map([("policies", names(policies))])),
        ..StepUse::default()
    };
    if topologies.is_empty() {
        let refers = app.components.iter().any(|c| &*c.kind == REF_OBJECTS);
        if refers || !overrides.is_empty() {
            return vec![step(DEPLOY.to_owned(), overrides)];
        }
    }
    topologies
        .into_iter()
        .map(|topology| {
            let mut policies = overrides.clone();
            policies.push(topology.clone());
            step(format!("deploy-{topology}"), policies)
        })
        .collect()
}

/// The deprecated `env-binding`: one `deploy2env` for each environment.
fn environment_steps(app: &Application) -> Vec<StepUse> {
    let mut steps = Vec::new();
    for policy in app.policies.iter().filter(|p| &*p.kind == "env-binding") {
        let environments = policy.properties.as_ref().and_then(|p| p.get("envs")).and_then(Value::as_list);
        for environment in environments.unwrap_or_default() {
            let name = data::text(environment, &["name"]);
            steps.push(StepUse {
                name: format!("deploy-{}-{name}", policy.name).into(),
                kind: "deploy2env".into(),
                properties: Some(data::map([
                    ("env", Value::str(name)),
                    ("policy", Value::Str(policy.name.clone())),
                ])),
                ..StepUse::default()
            });
        }
    }
    steps
}

/// The policies of the Application and those outside that its `deploy` steps name. Steps inside of groups do not
/// bring policies in. `external` finds Policy objects by name.
pub fn policies(
    app: &Application,
    steps: &[StepUse],
    external: &dyn Fn(&str) -> Option<Policy>,
) -> Result<Vec<Policy>, WorkflowFault> {
    let mut all = app.policies.clone();
    for (i, step) in steps.iter().enumerate().filter(|(_, s)| &*s.kind == DEPLOY) {
        let Some(properties) = &step.properties else { continue };
        let misfits = shape::check(properties, shape::DEPLOY_STEP);
        if let Some(first) = misfits.first() {
            let message = format!("properties of step `{}` are malformed: {}", step.name, first.message);
            let misfits = misfits.into_iter().map(|m| (i, m)).collect();
            return Err(WorkflowFault { message, misfits, of_policy: false });
        }
        let named = properties.get("policies").and_then(Value::as_list).unwrap_or_default();
        for (n, name) in named.iter().enumerate() {
            let Some(name) = name.as_str() else { continue };
            if all.iter().any(|p| &*p.name == name) {
                continue;
            }
            match external(name) {
                Some(policy) => all.push(policy),
                None => {
                    let hint = vela_diagnostics::did_you_mean(name, app.policies.iter().map(|p| &*p.name));
                    let hint = hint.map(|h| format!("; {h}")).unwrap_or_default();
                    let message = format!("step `{}` names the unknown policy `{name}`{hint}", step.name);
                    let told = format!("there is no policy `{name}`{hint}");
                    let misfit =
                        Misfit { path: vec!["policies".into(), n.to_string().into()], message: told };
                    return Err(WorkflowFault { message, misfits: vec![(i, misfit)], of_policy: true });
                }
            }
        }
    }
    Ok(all)
}

/// The policies of these names, in order; of two of one name the last.
pub fn select(policies: &[Policy], wanted: &[Arc<str>]) -> Result<Vec<Policy>, String> {
    wanted
        .iter()
        .map(|name| {
            policies
                .iter()
                .rev()
                .find(|p| p.name == *name)
                .cloned()
                .ok_or_else(|| format!("there is no policy `{name}`"))
        })
        .collect()
}

/// An `apply-component` step as it runs: the component's inputs, outputs and dependencies are its own.
pub fn resolve_apply_component(app: &Application, step: &StepUse) -> Result<(StepUse, usize), String> {
    let wanted = step.properties.as_ref().map_or("", |p| data::text(p, &["component"]));
    let Some(at) = app.components.iter().position(|c| &*c.name == wanted) else {
        let hint = vela_diagnostics::did_you_mean(wanted, app.components.iter().map(|c| &*c.name));
        let hint = hint.map(|h| format!("; {h}")).unwrap_or_default();
        return Err(format!("there is no component `{wanted}`{hint}"));
    };
    let component = &app.components[at];
    if let Some(missing) = component.depends_on.iter().find(|d| !app.components.iter().any(|c| c.name == **d))
    {
        return Err(format!("component `{wanted}` depends on `{missing}`, which there is not"));
    }
    let mut resolved = step.clone();
    let joined = |field: &str, more: Vec<Value>| {
        let own =
            step.rest.iter().find(|(k, _)| &**k == field).and_then(|(_, v)| v.as_list()).unwrap_or_default();
        let all: Vec<Value> = own.iter().cloned().chain(more).collect();
        (!all.is_empty()).then(|| Value::List(all))
    };
    let listed = |v: &Option<Value>| v.as_ref().and_then(Value::as_list).unwrap_or_default().to_vec();
    let inputs = joined("inputs", listed(&component.inputs)).map(|inputs| match inputs.into_list() {
        Ok(items) => Value::List(items.into_iter().map(input_of_step).collect()),
        Err(other) => other,
    });
    let outputs = joined("outputs", listed(&component.outputs));
    let depends_on = joined("dependsOn", component.depends_on.iter().cloned().map(Value::Str).collect());
    for (field, value) in [("inputs", inputs), ("outputs", outputs), ("dependsOn", depends_on)] {
        resolved.rest.retain(|(k, _)| &**k != field);
        if let Some(value) = value {
            resolved.rest.push((field.into(), value));
        }
    }
    Ok((resolved, at))
}

/// Inputs of a component address its properties, inputs of the step the component as a value.
fn input_of_step(mut input: Value) -> Value {
    let key = data::text(&input, &["parameterKey"]).trim().to_owned();
    if !key.is_empty() {
        let inner = if key.starts_with("properties") || key.starts_with("traits[") {
            key
        } else {
            format!("properties.{key}")
        };
        input.set("parameterKey", Value::from(format!("value.{inner}")));
    }
    input
}
