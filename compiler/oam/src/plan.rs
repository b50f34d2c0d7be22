//! Plans as data: the JSON that `build -o plan` prints and that the conformance cases record.

use crate::application::{Component, StepUse};
use crate::data::{self, Value};
use crate::deploy::{DeployPlan, Render, StepPlan, Work};
use crate::dry_run::Section;
use crate::render::{Object, Origin};

/// A list, or `null` where there is nothing.
fn list(items: Vec<Value>) -> Value {
    if items.is_empty() { Value::Null } else { Value::List(items) }
}

/// A deployment.
pub fn deploy(plan: &DeployPlan) -> Value {
    let mut out = data::map([(
        "mode",
        data::map([
            ("steps", Value::Str(plan.mode.0.clone())),
            ("subSteps", Value::Str(plan.mode.1.clone())),
        ]),
    )]);
    match &plan.policies {
        Ok(objects) if objects.is_empty() => {}
        Ok(objects) => out.set("policies", Value::List(objects.clone())),
        Err(failure) => out.set("policyError", failure.to_value()),
    }
    out.set("steps", list(plan.steps.iter().map(step).collect()));
    out
}

/// The fields of a step that say what it is.
fn step_fields(step: &StepUse) -> Value {
    let mut out =
        data::map([("name", Value::Str(step.name.clone())), ("type", Value::Str(step.kind.clone()))]);
    for field in ["if", "dependsOn", "inputs", "outputs"] {
        if let Some((_, value)) = step.rest.iter().find(|(k, _)| &**k == field) {
            out.set(field, value.clone());
        }
    }
    if let Some(properties) = &step.properties {
        out.set("properties", properties.clone());
    }
    if let Some(mode) = &step.mode {
        out.set("mode", Value::Str(mode.clone()));
    }
    out
}

fn step(plan: &StepPlan) -> Value {
    let mut out = step_fields(&plan.step);
    match &plan.work {
        Work::None => {}
        Work::Failed(failure) => out.set("error", failure.to_value()),
        Work::Apply(one) => out.set("renders", Value::List(vec![render(one)])),
        Work::Deploy { placements, components, renders } => {
            let placements = placements.iter().map(|p| {
                data::map([
                    ("cluster", Value::Str(p.cluster.clone())),
                    ("namespace", Value::Str(p.namespace.clone())),
                ])
            });
            out.set("placements", list(placements.collect()));
            out.set("components", list(components.iter().map(component).collect()));
            out.set("renders", list(renders.iter().map(render).collect()));
        }
    }
    if !plan.sub_steps.is_empty() {
        out.set("subSteps", Value::List(plan.sub_steps.iter().map(step).collect()));
    }
    out
}

fn component(component: &Component) -> Value {
    let shown = Component { inputs: None, outputs: None, ..component.clone() };
    let mut out = shown.to_value();
    if let Some(key) = &component.replica_key {
        out.set("replicaKey", Value::Str(key.clone()));
    }
    out
}

fn render(render: &Render) -> Value {
    let mut out = data::map([
        ("component", Value::Str(render.component.clone())),
        ("cluster", Value::Str(render.cluster.clone())),
        ("namespace", Value::Str(render.namespace.clone())),
    ]);
    if let Some(key) = &render.replica_key {
        out.set("replicaKey", Value::Str(key.clone()));
    }
    match &render.objects {
        Ok(objects) => out.set("objects", Value::List(objects.iter().map(object).collect())),
        Err(failure) => out.set("error", failure.to_value()),
    }
    out
}

fn object(object: &Object) -> Value {
    let origin = match &object.origin {
        Origin::Workload => "workload".to_owned(),
        Origin::Auxiliary => "auxiliary".to_owned(),
        Origin::Trait(kind) => format!("trait:{kind}"),
    };
    let mut out = data::map([("origin", Value::from(origin))]);
    if !object.resource.is_empty() {
        out.set("resource", Value::Str(object.resource.clone()));
    }
    if !object.apply {
        out.set("apply", Value::Bool(false));
    }
    if !object.stage.is_empty() {
        out.set("stage", Value::Str(object.stage.clone()));
    }
    out.set("manifest", object.manifest.clone());
    out
}

/// The sections of a dry run.
pub fn sections(sections: &[Section]) -> Value {
    let section = |section: &Section| {
        data::map([
            ("title", Value::str(&*section.title)),
            ("kind", Value::str(if section.is_policy { "policy" } else { "component" })),
            ("name", Value::Str(section.name.clone())),
            ("objects", Value::List(section.objects.iter().map(dry_object).collect())),
        ])
    };
    Value::List(sections.iter().map(section).collect())
}

/// A dry run does not know what is applied, nor when.
fn dry_object(one: &Object) -> Value {
    object(&Object { apply: true, stage: "".into(), ..one.clone() })
}
