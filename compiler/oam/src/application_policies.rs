//! Application-scoped policies: policies that rewrite the Application before anything else happens.
//!
//! Global ones come first, lower priority first, then by name; then the ones that the Application names, which cannot be
//! global.

use std::sync::Arc;

use crate::application::{self, Application, Policy};
use crate::context::{AppContext, Context, Scene};
use crate::data::{self, Value};
use crate::definition::library::SYSTEM_NAMESPACE;
use crate::definition::{Definition, Kind};
use crate::engine::{Engine, Refused, Request};
use crate::failure::{Class, Failure, Phase};
use crate::metadata;
use crate::render;
use crate::resolve::World;

/// The annotation that leaves global policies out.
const SKIP_GLOBAL: &str = "policy.oam.dev/skip-global";

/// What `output` of such a policy may have.
const OUTPUT: [&str; 6] = ["components", "workflow", "policies", "labels", "annotations", "ctx"];

/// Runs all application-scoped policies on an Application. Gives what becomes `context.custom`.
pub fn apply(
    world: &World<'_>,
    app: &mut Application,
    engine: &mut dyn Engine,
) -> Result<Option<Value>, Failure> {
    for policy in &app.policies {
        if world.application_scoped(app, policy).is_some_and(|d| d.flag("global")) {
            let text = format!(
                "policy `{}`: `{}` is a global policy: it is for every Application, and no Application can name it",
                policy.name, policy.kind
            );
            return Err(Failure::new(Phase::ApplicationPolicy, Class::Policy, text));
        }
    }
    let mut custom = None;
    if app.annotations.get(SKIP_GLOBAL).is_none_or(|v| &**v != "true") {
        for definition in global(world, app) {
            let policy = Policy {
                name: definition.name.clone(),
                kind: definition.name.clone(),
                properties: None,
                origin: Vec::new(),
            };
            run(app, &policy, &definition, &mut custom, engine)?;
        }
    }
    for policy in app.policies.clone() {
        if let Some(definition) = world.application_scoped(app, &policy) {
            run(app, &policy, &definition, &mut custom, engine)?;
        }
    }
    Ok(custom)
}

/// Global policies: those of the system, hidden by those of the same name in the Application's namespace.
fn global(world: &World<'_>, app: &Application) -> Vec<Arc<Definition>> {
    let mut found: Vec<Arc<Definition>> = Vec::new();
    for namespace in [Some(&*app.namespace), Some(SYSTEM_NAMESPACE), None] {
        let candidates = world
            .library
            .given()
            .filter(|d| d.kind == Kind::Policy && d.namespace.as_deref() == namespace && d.flag("global"));
        for definition in candidates {
            if !definition.text(&["scope"]).is_empty() && !found.iter().any(|f| f.name == definition.name) {
                found.push(definition.clone());
            }
        }
    }
    let priority = |d: &Definition| match d.spec.get("priority") {
        Some(Value::Num(n)) => n.to_i64().unwrap_or(0),
        _ => 0,
    };
    found.sort_by(|a, b| priority(a).cmp(&priority(b)).then_with(|| a.name.cmp(&b.name)));
    found
}

fn run(
    app: &mut Application,
    policy: &Policy,
    definition: &Arc<Definition>,
    custom: &mut Option<Value>,
    engine: &mut dyn Engine,
) -> Result<(), Failure> {
    let fail = |text: String| {
        Failure::new(Phase::ApplicationPolicy, Class::Policy, format!("policy `{}`: {text}", policy.name))
    };
    let template =
        definition.template.as_ref().ok_or_else(|| fail("its definition has no template".to_owned()))?;
    let properties = render::properties_map(policy.properties.as_ref()).map_err(fail)?;
    let context = context(app, policy, custom.as_ref());
    let empty = data::empty();
    let request = Request {
        template,
        declares_parameter: true,
        parameter: Some(properties.as_ref().unwrap_or(&empty)),
        context: &context,
        explain: false,
    };
    let answer = engine.evaluate(request).map_err(|refused| match refused {
        Refused::Compile(diagnostics) => {
            let texts: Vec<&str> = diagnostics.iter().map(|d| d.message.as_str()).collect();
            let mut failure = fail(texts.join("; "));
            failure.diagnostics = diagnostics;
            failure
        }
        Refused::Exhausted(budget) => fail(format!("evaluating the template needs too much: {budget}")),
    })?;
    if let Some(fault) = answer.errors.first() {
        return Err(fail(format!("{}: {}", fault.path.join("."), fault.message)));
    }
    let plain = |node: Option<&crate::tree::Node>, what: &str| match node {
        None => Ok(Value::Null),
        Some(node) => node.to_value().map_err(|faults| {
            let texts = faults.iter().map(|f| format!("{what}.{}: {}", f.path.join("."), f.message));
            fail(texts.collect::<Vec<_>>().join("; "))
        }),
    };
    let config = plain(answer.config.as_ref(), "config")?;
    match config.get("enabled") {
        None | Some(Value::Null | Value::Bool(true)) => {}
        Some(Value::Bool(false)) => return Ok(()),
        Some(other) => return Err(fail(format!("config.enabled is a {}, not a truth value", other.kind()))),
    }
    let output = data::through_json(&plain(answer.output.as_ref(), "output")?);
    let unknown = output.as_map().unwrap_or_default().iter().find(|(name, _)| !OUTPUT.contains(&&**name));
    if let Some((name, _)) = unknown {
        return Err(fail(format!("output.{name} is not one of {}", OUTPUT.join(", "))));
    }
    change(app, &output, custom).map_err(fail)
}

/// What the policy may know: the Application as it is now.
fn context(app: &Application, policy: &Policy, custom: Option<&Value>) -> Context {
    let scene = Scene { custom: custom.cloned(), ..Scene::default() };
    let mut context = AppContext::new(app).of(app, &policy.name, None, &scene);
    let spec = app.to_value().get("spec").cloned().unwrap_or_default();
    let part = |name: &str| spec.get(name).cloned().unwrap_or_default();
    context.set("appComponents", data::through_json(&part("components")));
    context.set("appWorkflow", data::through_json(&part("workflow")));
    context.set("appPolicies", data::through_json(&part("policies")));
    context.set("policyName", Value::Str(policy.name.clone()));
    context.set("policyType", Value::Str(policy.kind.clone()));
    context
}

fn change(app: &mut Application, output: &Value, custom: &mut Option<Value>) -> Result<(), String> {
    for (field, into) in [("labels", &mut app.labels), ("annotations", &mut app.annotations)] {
        if let Some(value) = output.get(field).filter(|v| **v != Value::Null) {
            let texts = metadata::value_texts(value)
                .ok_or_else(|| format!("output.{field} is not a map of texts"))?;
            into.extend(texts);
        }
    }
    let replaced = |field: &str| output.get(field).filter(|v| **v != Value::Null);
    let texts = |diagnostics: Vec<vela_diagnostics::Diagnostic>| {
        diagnostics.into_iter().map(|d| d.message).collect::<Vec<_>>().join("; ")
    };
    if let Some(components) = replaced("components") {
        let mut read = application::read_components(&app.document, components).map_err(texts)?;
        for component in &mut read {
            component.origin.clear();
        }
        app.components = read;
    }
    if let Some(policies) = replaced("policies") {
        app.policies = application::read_policies(&app.document, policies).map_err(texts)?;
    }
    if let Some(workflow) = replaced("workflow") {
        app.workflow = Some(application::read_workflow(&app.document, workflow).map_err(texts)?);
    }
    if let Some(context) = replaced("ctx") {
        data::merge(custom.get_or_insert_with(data::empty), context);
    }
    Ok(())
}
