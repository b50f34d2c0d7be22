//! Names, namespaces, labels and annotations that OAM puts on rendered objects. Used by `render.rs`.

use std::sync::Arc;

use crate::data::{self, Value};
use crate::names;

/// Labels and annotations: names to texts, sorted by name.
pub type Texts = std::collections::BTreeMap<Arc<str>, Arc<str>>;

/// Label and annotation names.
pub mod keys {
    /// Application name.
    pub const APP: &str = "app.oam.dev/name";
    /// Application namespace.
    pub const APP_NAMESPACE: &str = "app.oam.dev/namespace";
    /// Component name.
    pub const COMPONENT: &str = "app.oam.dev/component";
    /// Name of the application revision.
    pub const APP_REVISION: &str = "app.oam.dev/appRevision";
    /// `WORKLOAD` or `TRAIT`.
    pub const RESOURCE_TYPE: &str = "app.oam.dev/resourceType";
    /// Component type.
    pub const WORKLOAD_TYPE: &str = "workload.oam.dev/type";
    /// Trait type, or `AuxiliaryWorkload`.
    pub const TRAIT_TYPE: &str = "trait.oam.dev/type";
    /// Name under `outputs`.
    pub const TRAIT_RESOURCE: &str = "trait.oam.dev/resource";
    /// Cluster that the object is for.
    pub const CLUSTER: &str = "app.oam.dev/cluster";
    /// On objects of a trait that manages the workload.
    pub const MANAGE_WORKLOAD: &str = "trait.oam.dev/manage-workload";
    /// Labels of the Application that are not passed on.
    pub const FILTER_LABELS: &str = "filter.oam.dev/label-keys";
    /// Annotations that are not passed on.
    pub const FILTER_ANNOTATIONS: &str = "filter.oam.dev/annotation-keys";
    /// Newest matching definition revision instead of the exact one.
    pub const AUTO_UPDATE: &str = "app.oam.dev/autoUpdate";
    /// Name of the workflow.
    pub const WORKFLOW_NAME: &str = "app.oam.dev/workflowName";
    /// Published version.
    pub const PUBLISH_VERSION: &str = "app.oam.dev/publishVersion";
    /// Annotations that are never passed on.
    pub const NEVER_PASSED: [&str; 4] = [
        "app.oam.dev/inplace-upgrade",
        FILTER_LABELS,
        FILTER_ANNOTATIONS,
        "kubectl.kubernetes.io/last-applied-configuration",
    ];
}

/// The trait type of what a component's `outputs` makes.
pub const AUXILIARY: &str = "AuxiliaryWorkload";

/// What the objects of one component are marked with.
#[derive(Clone, Debug)]
pub struct Marks<'a> {
    /// Application name.
    pub app: &'a str,
    /// Application namespace.
    pub namespace: &'a str,
    /// Component name.
    pub component: &'a str,
    /// Name of the application revision, `""` in dry-run.
    pub revision: &'a str,
    /// Labels of the Application.
    pub labels: &'a Texts,
    /// Annotations of the Application.
    pub annotations: &'a Texts,
}

impl Marks<'_> {
    /// The labels that an object gets first, and that count for generated names.
    fn render_labels(&self) -> Texts {
        texts([(keys::APP, self.app), (keys::COMPONENT, self.component), (keys::APP_REVISION, self.revision)])
    }

    /// The labels of every object, filtered as the Application asks.
    fn common_labels(&self) -> Texts {
        let mut labels = self.labels.clone();
        labels.extend(self.render_labels());
        labels.insert(keys::APP_NAMESPACE.into(), self.namespace.into());
        if let Some(filter) = self.annotations.get(keys::FILTER_LABELS) {
            for key in filter.split(',') {
                labels.remove(key.trim());
            }
        }
        labels
    }

    /// Marks the object of a component's `output`.
    pub fn workload(&self, object: &mut Value, component_type: &str) {
        add_labels(object, self.render_labels());
        add_labels(object, texts([(keys::WORKLOAD_TYPE, component_type)]));
        if name(object).is_empty() {
            set_name(object, self.component);
        }
        self.set_namespace(object);
        add_labels(object, texts([(keys::RESOURCE_TYPE, "WORKLOAD")]));
        add_labels(object, self.common_labels());
        self.annotate(object);
    }

    /// Marks an object of a trait or of a component's `outputs`.
    pub fn auxiliary(&self, object: &mut Value, trait_type: &str, resource: &str) {
        add_labels(object, self.render_labels());
        add_labels(object, texts([(keys::TRAIT_TYPE, trait_type)]));
        if !resource.is_empty() {
            add_labels(object, texts([(keys::TRAIT_RESOURCE, resource)]));
        }
        if name(object).is_empty() {
            // The revision must not change the name.
            let mut hashed = object.clone();
            let mut labels = labels_of(&hashed).unwrap_or_default();
            labels.remove(keys::APP_REVISION);
            set_texts(&mut hashed, "labels", Some(labels));
            let generated = names::generated(self.component, trait_type, &hashed);
            set_name(object, &generated);
        }
        add_labels(object, texts([(keys::RESOURCE_TYPE, "TRAIT")]));
        add_labels(object, self.common_labels());
        self.annotate(object);
        self.set_namespace(object);
    }

    /// Marks an object of a policy.
    pub fn policy(&self, object: &mut Value) {
        add_labels(object, self.render_labels());
        if name(object).is_empty() {
            set_name(object, self.component);
        }
        if namespace(object).is_empty() {
            set_namespace(object, self.namespace);
        }
    }

    fn annotate(&self, object: &mut Value) {
        let mut annotations = texts_of(object, "annotations").unwrap_or_default();
        annotations.extend(self.annotations.iter().map(|(k, v)| (k.clone(), v.clone())));
        for key in keys::NEVER_PASSED {
            annotations.remove(key);
        }
        if let Some(filter) = self.annotations.get(keys::FILTER_ANNOTATIONS) {
            for key in filter.split(',') {
                annotations.remove(key);
            }
        }
        set_texts(object, "annotations", Some(annotations));
    }

    fn set_namespace(&self, object: &mut Value) {
        if !is_namespace(object) && namespace(object).is_empty() {
            set_namespace(object, self.namespace);
        }
    }
}

/// Whether the object is a core `Namespace`.
pub fn is_namespace(object: &Value) -> bool {
    data::text(object, &["apiVersion"]) == "v1" && data::text(object, &["kind"]) == "Namespace"
}

/// The object's name.
pub fn name(object: &Value) -> &str {
    data::text(object, &["metadata", "name"])
}

/// The object's namespace.
pub fn namespace(object: &Value) -> &str {
    data::text(object, &["metadata", "namespace"])
}

/// Sets the name; an empty one removes it.
pub fn set_name(object: &mut Value, name: &str) {
    set_text(object, "name", name);
}

/// Sets the namespace; an empty one removes it.
pub fn set_namespace(object: &mut Value, namespace: &str) {
    set_text(object, "namespace", namespace);
}

/// The object's labels; `None` where there are none, or one is no text.
pub fn labels_of(object: &Value) -> Option<Texts> {
    texts_of(object, "labels")
}

/// Adds labels, over those that are there. Labels of which one is no text are all lost, as in KubeVela.
pub fn add_labels(object: &mut Value, labels: Texts) {
    let mut all = labels_of(object).unwrap_or_default();
    all.extend(labels);
    set_texts(object, "labels", Some(all));
}

/// A map of these texts.
pub fn texts<'t>(pairs: impl IntoIterator<Item = (&'t str, &'t str)>) -> Texts {
    pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect()
}

/// Texts as a map value.
pub fn texts_value(texts: &Texts) -> Value {
    texts.iter().map(|(k, v)| (k.clone(), Value::Str(v.clone()))).collect()
}

/// A map value as texts; `None` where one is no text.
pub fn value_texts(value: &Value) -> Option<Texts> {
    let fields = value.as_map()?.iter();
    fields.map(|(k, v)| if let Value::Str(s) = v { Some((k.clone(), s.clone())) } else { None }).collect()
}

fn texts_of(object: &Value, field: &str) -> Option<Texts> {
    value_texts(object.at(&["metadata", field])?)
}

/// The metadata of an object, made where there is none; `None` where it is something else than a map.
fn metadata(object: &mut Value) -> Option<&mut Value> {
    if object.get("metadata").is_none() {
        object.set("metadata", data::empty());
    }
    data::get_mut(object, "metadata").filter(|m| matches!(m, Value::Map(_)))
}

fn set_text(object: &mut Value, field: &str, text: &str) {
    if text.is_empty() {
        if let Some(metadata) = data::get_mut(object, "metadata") {
            data::remove(metadata, field);
        }
    } else if let Some(metadata) = metadata(object) {
        metadata.set(field, Value::str(text));
    }
}

fn set_texts(object: &mut Value, field: &str, texts: Option<Texts>) {
    let Some(metadata) = metadata(object) else { return };
    match texts {
        Some(texts) => metadata.set(field, texts_value(&texts)),
        None => data::remove(metadata, field),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::map;

    #[test]
    fn generated_names_follow_content() {
        let (labels, annotations) = (texts([("team", "a")]), texts([]));
        let marks = Marks {
            app: "demo",
            namespace: "shop",
            component: "one",
            revision: "demo-v1",
            labels: &labels,
            annotations: &annotations,
        };
        let spec = map([("s", Value::str("x"))]);
        let mut object =
            map([("apiVersion", Value::str("v1")), ("kind", Value::str("Service")), ("spec", spec)]);
        let mut other_revision = object.clone();
        marks.auxiliary(&mut object, AUXILIARY, "x");
        Marks { revision: "", ..marks }.auxiliary(&mut other_revision, AUXILIARY, "x");
        assert_eq!(name(&object), name(&other_revision));
        assert!(name(&object).starts_with("one-auxiliaryworkload-"));
        assert_eq!(labels_of(&object).unwrap().len(), 8);
        assert_eq!(object.at(&["metadata", "annotations"]), Some(&data::empty()));
    }

    #[test]
    fn filters() {
        let labels = texts([("a", "1"), ("b", "2")]);
        let annotations = texts([("filter.oam.dev/label-keys", "a , app.oam.dev/name"), ("note", "n")]);
        let marks = Marks {
            app: "demo",
            namespace: "shop",
            component: "one",
            revision: "",
            labels: &labels,
            annotations: &annotations,
        };
        let mut object = map([("kind", Value::str("X"))]);
        marks.workload(&mut object, "web");
        let labels = labels_of(&object).unwrap();
        assert!(labels.contains_key("b") && !labels.contains_key("a"));
        // Put on by rendering, before the filter applies.
        assert!(labels.contains_key(keys::APP));
        assert_eq!(object.at(&["metadata", "annotations", "note"]), Some(&Value::str("n")));
        assert_eq!(object.at(&["metadata", "annotations", keys::FILTER_LABELS]), None);
    }
}
