//! Everything that a build renders for a cluster, each object against the others: a Service that selects no Pod, a name of a
//! ConfigMap that nothing renders, one object rendered twice. Warnings, at the component or trait that renders the object.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use vela_diagnostics::catalogue::kubernetes::DUPLICATE_OBJECT;
use vela_diagnostics::{Diagnostic, Severity, SourceId, Span};
use vela_kubernetes::{Finding, Placed, cross_check};

use super::rendered::key;
use super::told;
use crate::application::Application;
use crate::build::{BuildResult, Built};
use crate::data::{self, Value};
use crate::definition::library::shown_type;
use crate::document::DocPath;
use crate::inventory::LOCAL;
use crate::metadata;
use crate::render::{Object, Origin};

/// Where a component stands in its Application, and its traits.
#[derive(Clone, Debug, Default)]
pub struct Use {
    component: Arc<str>,
    place: Option<(SourceId, Span)>,
    traits: Vec<(String, (SourceId, Span))>,
}

/// The places of an Application's components.
pub fn uses(app: &Application) -> Vec<Use> {
    let place = |origin: &DocPath| {
        let mut path = origin.clone();
        path.push("type".into());
        (!origin.is_empty()).then(|| (app.document.source, app.document.span(&path)))
    };
    let components = app.components.iter().map(|component| Use {
        component: component.name.clone(),
        place: place(&component.origin),
        traits: component
            .traits
            .iter()
            .filter_map(|t| Some((shown_type(&t.kind), place(&t.origin)?)))
            .collect(),
    });
    components.collect()
}

impl Use {
    fn of(&self, origin: &Origin) -> Option<(SourceId, Span)> {
        match origin {
            Origin::Trait(kind) => {
                self.traits.iter().find(|(k, _)| **k == **kind).map(|(_, place)| *place).or(self.place)
            }
            _ => self.place,
        }
    }
}

/// An object of a cluster.
struct Entry<'b> {
    manifest: &'b Value,
    /// Application, component, and the name of the object in it.
    owner: (&'b str, &'b str, &'b str),
    place: Option<(SourceId, Span)>,
    namespace: &'b str,
}

/// Checks the objects of all Applications against each other, cluster by cluster.
pub fn across(built: &[Built]) -> Vec<Diagnostic> {
    let mut clusters: BTreeMap<&str, Vec<Entry>> = BTreeMap::new();
    for one in built {
        let BuildResult::Deploy(Ok(plan), _) = &one.result else { continue };
        for render in plan.renders() {
            let cluster = if render.cluster.is_empty() { LOCAL } else { &*render.cluster };
            let used = one.uses.iter().find(|u| u.component == render.component);
            for object in render.objects.iter().flatten().filter(|o| o.apply) {
                clusters.entry(cluster).or_default().push(entry(one, &render.component, used, object));
            }
        }
        for manifest in plan.policies.iter().flatten() {
            let owner = (&*one.name, "", metadata::name(manifest));
            let entry = Entry { manifest, owner, place: None, namespace: &one.namespace };
            clusters.entry(LOCAL).or_default().push(entry);
        }
    }
    let mut out: Vec<Diagnostic> = Vec::new();
    let mut seen = HashSet::new();
    for entries in clusters.values() {
        let (kept, doubled) = distinct(entries);
        let set: Vec<Placed> =
            kept.iter().map(|e| Placed { object: e.manifest, namespace: e.namespace }).collect();
        let mut add = |entry: &Entry, finding: &Finding| {
            let mut diagnostic = told(entry.manifest, finding);
            if let Some((source, span)) = entry.place {
                diagnostic = diagnostic.at(source, span);
            }
            // The same in every cluster is told once.
            if seen.insert(key(&diagnostic)) {
                out.push(diagnostic);
            }
        };
        for (entry, finding) in &doubled {
            add(entry, finding);
        }
        for (at, finding) in cross_check(&set) {
            add(kept[at], &finding);
        }
    }
    out
}

fn entry<'b>(built: &'b Built, component: &'b str, used: Option<&Use>, object: &'b Object) -> Entry<'b> {
    Entry {
        manifest: &object.manifest,
        owner: (&built.name, component, &object.resource),
        place: used.and_then(|u| u.of(&object.origin)),
        namespace: &built.namespace,
    }
}

/// The objects without those that come again, and what is to be told of those that differ.
fn distinct<'e, 'b>(entries: &'e [Entry<'b>]) -> (Vec<&'e Entry<'b>>, Vec<(&'e Entry<'b>, Finding)>) {
    let (mut kept, mut doubled): (Vec<&Entry>, _) = (Vec::new(), Vec::new());
    let mut seen: HashMap<[&str; 4], usize> = HashMap::new();
    for entry in entries {
        let text = |path: &[&str]| data::text(entry.manifest, path);
        let group = text(&["apiVersion"]).rsplit_once('/').map_or("", |(group, _)| group);
        let namespace = match text(&["metadata", "namespace"]) {
            "" => entry.namespace,
            own => own,
        };
        let key = [group, text(&["kind"]), namespace, text(&["metadata", "name"])];
        let Some(at) = seen.get(&key) else {
            seen.insert(key, kept.len());
            kept.push(entry);
            continue;
        };
        let first = kept[*at];
        if first.owner == entry.owner || key[3].is_empty() {
            continue;
        }
        let (app, component, _) = first.owner;
        let message = match (app == entry.owner.0, component) {
            (_, "") => format!("is rendered by a policy of Application `{app}` too"),
            (true, _) if component == entry.owner.1 => "is rendered twice by its component".to_owned(),
            (true, _) => format!("is rendered by component `{component}` too"),
            (false, _) => format!("is rendered by component `{component}` of Application `{app}` too"),
        };
        let finding = Finding {
            code: DUPLICATE_OBJECT,
            severity: Severity::Warning,
            path: Vec::new(),
            message,
            help: Some("whichever is applied last wins: give one of them another name".to_owned()),
        };
        doubled.push((entry, finding));
    }
    (kept, doubled)
}
