//! Objects of custom policies: rendered like components, with everything that was rendered before as
//! `context.artifacts`.

use std::sync::Arc;

use crate::application::{Application, Component, Policy};
use crate::context::{AppContext, Scene};
use crate::data::{self, Value};
use crate::definition::Definition;
use crate::deploy::Planner;
use crate::engine::{Engine, Request};
use crate::explain::Subject;
use crate::failure::{Class, Failure, Phase};
use crate::metadata::{Marks, keys};
use crate::render::{self, Object, Origin, Shared};

/// The objects of all custom policies of a deployment.
pub fn objects(
    planner: &Planner<'_>,
    custom: &[(Policy, Arc<Definition>)],
    engine: &mut dyn Engine,
) -> Result<Vec<Value>, Failure> {
    let scene =
        Scene { app_revision: planner.revision.clone(), custom: planner.custom.clone(), ..Scene::default() };
    let shared = Shared { app: planner.app, context: &planner.context };
    let mut rendered: Vec<(Arc<str>, Vec<Object>)> = Vec::new();
    for component in &planner.app.components {
        let resolved = planner.world.component(planner.app, component)?;
        rendered.push((component.name.clone(), render::component(shared, &resolved, &scene, engine)?));
    }
    let artifacts = artifacts(rendered.iter().map(|(name, objects)| (&**name, objects.as_slice())));
    let mut all = Vec::new();
    for (policy, definition) in custom {
        all.extend(one(planner.app, &planner.context, &scene, policy, definition, &artifacts, engine)?);
    }
    Ok(all)
}

/// `context.artifacts`: the rendered objects by component, trait type and resource.
pub fn artifacts<'a>(rendered: impl Iterator<Item = (&'a str, &'a [Object])>) -> Value {
    let mut all = data::empty();
    for (component, objects) in rendered {
        let (mut workload, mut traits) = (Value::Null, data::empty());
        for object in objects {
            if object.origin == Origin::Workload {
                workload = object.manifest.clone();
                continue;
            }
            let label = |key: &str| data::text(&object.manifest, &["metadata", "labels", key]).to_owned();
            let kind = label(keys::TRAIT_TYPE);
            if traits.get(&kind).is_none() {
                traits.set(&kind, data::empty());
            }
            if let Some(resources) = data::get_mut(&mut traits, &kind) {
                resources.set(&label(keys::TRAIT_RESOURCE), object.manifest.clone());
            }
        }
        let mut entry = data::map([("workload", workload)]);
        if traits != data::empty() {
            entry.set("traits", traits);
        }
        all.set(component, entry);
    }
    all
}

/// The objects of one policy.
pub fn one(
    app: &Application,
    context: &AppContext,
    scene: &Scene,
    policy: &Policy,
    definition: &Arc<Definition>,
    artifacts: &Value,
    engine: &mut dyn Engine,
) -> Result<Vec<Value>, Failure> {
    let fail = |text: String| {
        Failure::new(Phase::Policy, Class::Policy, format!("policy `{}`: {text}", policy.name))
    };
    let Some(template) = &definition.template else {
        return Err(fail(format!("definition `{}` has no template", definition.name)));
    };
    let properties = render::properties_map(policy.properties.as_ref()).map_err(fail)?;
    let mut full = context.of(app, &policy.name, None, scene);
    full.set("artifacts", data::through_json(artifacts));
    let empty = data::empty();
    let request = Request {
        template,
        declares_parameter: true,
        parameter: Some(properties.as_ref().unwrap_or(&empty)),
        context: &full,
        explain: false,
    };
    let answer = engine.evaluate(request).map_err(|refused| match refused {
        crate::engine::Refused::Compile(diagnostics) => {
            let texts: Vec<&str> = diagnostics.iter().map(|d| d.message.as_str()).collect();
            let mut failure = fail(texts.join("; "));
            failure.diagnostics = diagnostics;
            failure
        }
        crate::engine::Refused::Exhausted(budget) => {
            fail(format!("evaluating the template needs too much: {budget}"))
        }
    })?;
    // A policy is told about like a component of its name.
    let like = Component {
        name: policy.name.clone(),
        kind: policy.kind.clone(),
        properties: policy.properties.clone(),
        traits: Vec::new(),
        depends_on: Vec::new(),
        inputs: None,
        outputs: None,
        external_revision: "".into(),
        replica_key: None,
        origin: policy.origin.clone(),
    };
    let subject = Subject::policy(app, &like);
    let as_policy = |failure: Failure| Failure {
        phase: Phase::Policy,
        classes: Class::Policy.into(),
        component: None,
        ..failure
    };
    if !answer.errors.is_empty() || !answer.user_errors.is_empty() {
        return Err(as_policy(subject.validation(&answer)));
    }
    let output = answer.output.as_ref().ok_or_else(|| fail("its template gives no output".to_owned()))?;
    let marks = Marks {
        app: &app.name,
        namespace: &app.namespace,
        component: &policy.name,
        revision: &scene.app_revision,
        labels: &app.labels,
        annotations: &app.annotations,
    };
    let mut objects = Vec::new();
    let nodes = std::iter::once(("output".to_owned(), output))
        .chain(answer.outputs.iter().map(|(name, node)| (format!("outputs.{name}"), node)));
    for (what, node) in nodes {
        let value = node.to_value().map_err(|f| as_policy(subject.not_concrete(&f, &what, &[])))?;
        let mut value = data::as_object(&value);
        if !matches!(value, Value::Map(_)) || data::text(&value, &["kind"]).is_empty() {
            return Err(fail(format!("`{what}` is no object with a `kind`")));
        }
        marks.policy(&mut value);
        objects.push(value);
    }
    Ok(objects)
}
