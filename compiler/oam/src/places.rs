//! One component in many places. Where no template of it reads what tells two places apart, they get copies of one
//! rendering; only the marks of the place differ.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::application::Component;
use crate::context::{self, Scene};
use crate::deploy::{Planner, Render};
use crate::engine::Engine;
use crate::failure::{Failure, Phase};
use crate::inventory::{LOCAL, Version};
use crate::policy::topology::Placement;
use crate::render::{self, Object, Resolved, Shared};

/// What a rendering depends on beside the component: `None` where it does not.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Seen {
    cluster: Option<Arc<str>>,
    version: Option<Version>,
    namespace: Option<Arc<str>>,
}

/// Which facts about a place the templates of a component read.
#[derive(Clone, Copy)]
struct Reads {
    cluster: bool,
    version: bool,
    namespace: bool,
}

impl Reads {
    fn of(resolved: &Resolved<'_>, engine: &mut dyn Engine) -> Self {
        let uses = resolved.component.traits.iter().zip(&resolved.traits);
        // As `render.rs` asks: traits have `parameter` only with properties.
        let traits = uses.map(|(u, d)| (d.template.as_ref(), has_properties(u.properties.as_ref())));
        let all: Vec<_> =
            std::iter::once((resolved.definition.template.as_ref(), true)).chain(traits).collect();
        let mut any =
            |name: &str| all.iter().any(|(t, declares)| t.is_some_and(|t| engine.reads(t, *declares, name)));
        Self {
            cluster: any("cluster"),
            version: any("clusterVersion"),
            // A Terraform configuration has the namespace in it.
            namespace: any("namespace") || resolved.definition.is_terraform(),
        }
    }

    fn seen(self, scene: &Scene) -> Seen {
        Seen {
            cluster: self.cluster.then(|| scene.cluster.clone()),
            version: self.version.then(|| scene.version.clone()),
            namespace: self.namespace.then(|| scene.namespace.clone()),
        }
    }
}

fn has_properties(properties: Option<&crate::data::Value>) -> bool {
    matches!(render::properties_are_map(properties), Ok(Some(_)))
}

/// Renders a component for each place, in order.
pub fn render(
    planner: &Planner<'_>,
    component: &Component,
    placements: &[Placement],
    engine: &mut dyn Engine,
) -> Vec<Render> {
    let resolved = planner.world.component(planner.app, component).map_err(|mut failure| {
        failure.phase = Phase::Render;
        failure
    });
    let done = |placement: &Placement, objects: Result<Vec<Object>, Failure>| Render {
        component: component.name.clone(),
        cluster: placement.cluster.clone(),
        namespace: placement.namespace.clone(),
        replica_key: component.replica_key.clone(),
        objects,
    };
    let resolved = match resolved {
        Ok(resolved) => resolved,
        Err(failure) => return placements.iter().map(|p| done(p, Err(failure.clone()))).collect(),
    };
    let revision = context::component_revision(component);
    let scene = |placement: &Placement| {
        let cluster: &str = if placement.cluster.is_empty() { LOCAL } else { &placement.cluster };
        Scene {
            app_revision: planner.revision.clone(),
            component_revision: revision.clone(),
            namespace: placement.namespace.clone(),
            cluster: cluster.into(),
            version: planner.world.inventory.told_version(cluster).clone(),
            replica_key: component.replica_key.clone().unwrap_or_else(|| "".into()),
            custom: planner.custom.clone(),
            live: planner.live.clone(),
        }
    };
    let shared = Shared { app: planner.app, context: &planner.context };
    let placed = |placement: &Placement, objects: Result<Vec<Object>, Failure>| {
        let objects = objects.map(|mut objects| {
            render::place(&mut objects, &resolved, planner.app, &placement.cluster, &placement.namespace);
            objects
        });
        done(placement, objects)
    };
    if let [only] = placements {
        let objects = render::component(shared, &resolved, &scene(only), engine);
        return vec![placed(only, objects)];
    }
    let mut reads = Reads::of(&resolved, engine);
    // Live objects differ from place to place.
    reads.cluster |= planner.live.is_some();
    reads.namespace |= planner.live.is_some();
    let mut known: FxHashMap<Seen, Result<Vec<Object>, Failure>> = FxHashMap::default();
    let mut renders = Vec::with_capacity(placements.len());
    for placement in placements {
        let scene = scene(placement);
        let objects = known
            .entry(reads.seen(&scene))
            .or_insert_with(|| render::component(shared, &resolved, &scene, engine));
        renders.push(placed(placement, objects.clone()));
    }
    renders
}
