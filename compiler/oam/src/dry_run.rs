//! `--compat=dry-run`: what KubeVela's own dry run prints, its faults included. It knows no cluster and no namespace of
//! a placement, sees only `deploy` steps outside of groups, and stops at the first failure.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::application::{Application, Policy};
use crate::context::{AppContext, Scene};
use crate::data::Value;
use crate::engine::Engine;
use crate::failure::{Class, Failure, Phase};
use crate::metadata;
use crate::policies;
use crate::policy::{OVERRIDE, PolicyFault, TOPOLOGY, overriding};
use crate::render::{self, Object, Origin, Shared};
use crate::resolve::World;
use crate::shape;
use crate::workflow::{self, DEPLOY};

/// What stands under one heading.
#[derive(Clone, Debug)]
pub struct Section {
    /// The Application's name and, of a step, which policies.
    pub title: String,
    /// Whether it is a policy's object.
    pub is_policy: bool,
    /// Name of the component, or of the policy's object.
    pub name: Arc<str>,
    /// The objects.
    pub objects: Vec<Object>,
}

/// All sections of a dry run, or what stopped it.
pub fn run(world: World<'_>, app: &Application, engine: &mut dyn Engine) -> Result<Vec<Section>, Failure> {
    let parsed = world.parse(app)?;
    let mut sections = Vec::new();
    let mut any = false;
    for step in parsed.plan.steps.iter().filter(|s| &*s.kind == DEPLOY) {
        any = true;
        let wanted: Vec<Arc<str>> = step
            .properties
            .as_ref()
            .and_then(|p| p.get("policies"))
            .and_then(Value::as_list)
            .unwrap_or_default()
            .iter()
            .filter_map(Value::as_str)
            .map(Into::into)
            .collect();
        if let Some(properties) = &step.properties
            && let Some(misfit) = shape::check(properties, shape::DEPLOY_STEP).first()
        {
            let text = format!("properties of step `{}`: {}", step.name, misfit.message);
            return Err(Failure::new(Phase::Render, Class::Workflow, text));
        }
        let policies = workflow::select(&parsed.policies, &wanted)
            .map_err(|m| Failure::new(Phase::Render, Class::Policy, m))?;
        let patched = patched(app, &policies)?;
        let topologies: Vec<&Policy> = policies.iter().filter(|p| &*p.kind == TOPOLOGY).collect();
        if topologies.is_empty() {
            let title = format!("{} only with override policies", app.name);
            sections.extend(application(world, &patched, &title, engine)?);
        }
        for topology in topologies {
            let title = format!("{} with topology {}", app.name, topology.name);
            sections.extend(application(world, &patched, &title, engine)?);
        }
    }
    if !any {
        sections.extend(application(world, app, &app.name, engine)?);
    }
    Ok(sections)
}

fn patched(app: &Application, policies: &[Policy]) -> Result<Application, Failure> {
    let overrides: Vec<Policy> = policies.iter().filter(|p| &*p.kind == OVERRIDE).cloned().collect();
    if overrides.is_empty() {
        return Ok(app.clone());
    }
    let components =
        overriding::apply(&overrides, app.components.clone()).map_err(|fault: PolicyFault| {
            let code = vela_diagnostics::catalogue::application::BAD_PROPERTIES;
            let base = vela_diagnostics::Diagnostic::error(code, fault.message.clone());
            let origin = overrides.iter().find(|p| *p.name == *fault.policy).map(|p| p.origin.clone());
            let diagnostic =
                crate::resolve::located(app, &origin.unwrap_or_default(), &["properties".into()], base);
            Failure::new(Phase::Render, Class::Policy, fault.message).diagnostic(diagnostic)
        })?;
    Ok(Application { components, ..app.clone() })
}

/// Of components of one name the workload of the last is printed for all.
fn last_of_a_name(sections: &mut [Section]) {
    let last: FxHashMap<Arc<str>, usize> =
        sections.iter().enumerate().map(|(i, s)| (s.name.clone(), i)).collect();
    if last.len() == sections.len() {
        return;
    }
    for i in 0..sections.len() {
        let from = last.get(&sections[i].name).copied().unwrap_or(i);
        if from != i
            && let Some(workload) = sections[from].objects.first().cloned()
            && let Some(own) = sections[i].objects.first_mut()
        {
            *own = workload;
        }
    }
}

/// Components, then policies, of an Application as if nothing were placed.
fn application(
    world: World<'_>,
    app: &Application,
    title: &str,
    engine: &mut dyn Engine,
) -> Result<Vec<Section>, Failure> {
    let parsed = world.parse(app)?;
    let context = AppContext::new(app);
    let (shared, scene) = (Shared { app, context: &context }, Scene::default());
    let mut sections = Vec::new();
    for component in &app.components {
        let resolved = world.component(app, component)?;
        let objects = render::component(shared, &resolved, &scene, engine)?;
        sections.push(Section {
            title: title.to_owned(),
            is_policy: false,
            name: component.name.clone(),
            objects,
        });
    }
    last_of_a_name(&mut sections);
    if parsed.custom.is_empty() {
        return Ok(sections);
    }
    let artifacts = policies::artifacts(sections.iter().map(|s| (&*s.name, s.objects.as_slice())));
    for (policy, definition) in &parsed.custom {
        let objects = policies::one(app, &context, &scene, policy, definition, &artifacts, engine);
        let objects = objects.map_err(|failure| Failure { phase: Phase::Render, ..failure })?;
        for manifest in objects {
            sections.push(Section {
                title: title.to_owned(),
                is_policy: true,
                name: metadata::name(&manifest).into(),
                objects: vec![Object {
                    origin: Origin::Workload,
                    resource: "".into(),
                    apply: true,
                    stage: "".into(),
                    manifest,
                }],
            });
        }
    }
    Ok(sections)
}
