//! Live objects: what a cluster says of the objects of an Application, given as a file.

use crate::data::{self, Value};
use crate::inventory::LOCAL;
use crate::metadata::keys;

/// The live objects of a build.
#[derive(Clone, Debug, Default)]
pub struct Live {
    objects: Vec<Value>,
}

/// Where an object is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Cluster; empty for the control plane.
    pub cluster: &'a str,
    /// Namespace, for objects that name none.
    pub namespace: &'a str,
}

impl Live {
    /// These objects. A `List` counts as its items.
    pub fn new(objects: impl IntoIterator<Item = Value>) -> Self {
        let mut all = Vec::new();
        for object in objects {
            match object.get("items") {
                Some(Value::List(items)) if data::text(&object, &["kind"]).ends_with("List") => {
                    all.extend(items.iter().cloned());
                }
                _ => all.push(object),
            }
        }
        Self { objects: all }
    }

    /// The live form of a rendered object, by name; of one without a name that of the component's, or the one with the
    /// same labels.
    pub fn find<'l>(&'l self, object: &Value, component: &str, place: Place<'_>) -> Option<&'l Value> {
        let named = data::text(object, &["metadata", "name"]);
        let made = named.is_empty() || is_generated(object, component, named);
        let by_name = |name: &str| {
            self.candidates(object, place).find(|o| data::text(o, &["metadata", "name"]) == name)
        };
        if !named.is_empty()
            && let Some(found) = by_name(named)
        {
            return Some(found);
        }
        if !made {
            return None;
        }
        by_name(component).or_else(|| self.by_labels(object, place))
    }

    fn by_labels<'l>(&'l self, object: &Value, place: Place<'_>) -> Option<&'l Value> {
        const SAME: [&str; 5] =
            [keys::APP, keys::COMPONENT, keys::RESOURCE_TYPE, keys::TRAIT_TYPE, keys::TRAIT_RESOURCE];
        let label = |o: &Value, key: &str| data::text(o, &["metadata", "labels", key]).to_owned();
        if label(object, keys::COMPONENT).is_empty() {
            return None;
        }
        self.candidates(object, place).find(|o| SAME.iter().all(|key| label(o, key) == label(object, key)))
    }

    /// Objects of the same kind in the same place.
    fn candidates<'l: 'a, 'a>(
        &'l self,
        object: &'a Value,
        place: Place<'a>,
    ) -> impl Iterator<Item = &'l Value> + use<'l, 'a> {
        let own = data::text(object, &["metadata", "namespace"]);
        let namespace = if own.is_empty() { place.namespace } else { own };
        let wanted = if place.cluster.is_empty() { LOCAL } else { place.cluster };
        self.objects.iter().filter(move |o| {
            let cluster = match data::text(o, &["metadata", "labels", keys::CLUSTER]) {
                "" => wanted,
                cluster => cluster,
            };
            let found = data::text(o, &["metadata", "namespace"]);
            ["apiVersion", "kind"].iter().all(|f| data::text(o, &[f]) == data::text(object, &[f]))
                && (found.is_empty() || found == namespace)
                && cluster == wanted
        })
    }

    /// The object of this name in a namespace, whatever the version of its kind.
    pub fn named(&self, (group, kind): (&str, &str), name: &str, namespace: &str) -> Option<&Value> {
        self.objects.iter().find(|o| {
            let own = data::text(o, &["metadata", "namespace"]);
            data::text(o, &["apiVersion"]).split('/').next() == Some(group)
                && data::text(o, &["kind"]) == kind
                && data::text(o, &["metadata", "name"]) == name
                && (own.is_empty() || own == namespace)
        })
    }
}

/// Whether a name was made for an object that had none.
fn is_generated(object: &Value, component: &str, name: &str) -> bool {
    let kind = data::text(object, &["metadata", "labels", keys::TRAIT_TYPE]).to_lowercase();
    !kind.is_empty()
        && name
            .strip_prefix(component)
            .and_then(|n| n.strip_prefix('-'))
            .and_then(|n| n.strip_prefix(&*kind))
            .is_some_and(|hash| {
                hash.strip_prefix('-').is_some_and(|h| {
                    !h.is_empty() && h.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b))
                })
            })
}
