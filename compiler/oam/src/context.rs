//! `context`: what a template may know of Application, component and cluster. Every field that KubeVela gives is here.

use std::sync::Arc;

use crate::application::{Application, Component};
use crate::data::{self, Value};
use crate::inventory::Version;
use crate::metadata::{keys, texts_value};
use crate::status::Live;

/// Where and as what a component is rendered.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Name of the application revision; empty in dry-run.
    pub app_revision: Arc<str>,
    /// Hash of the component; empty in dry-run.
    pub component_revision: Arc<str>,
    /// Namespace given by the placement; empty for the Application's.
    pub namespace: Arc<str>,
    /// Cluster; empty in dry-run.
    pub cluster: Arc<str>,
    /// The cluster's version; empty in dry-run.
    pub version: Version,
    /// Key of a replicated component.
    pub replica_key: Arc<str>,
    /// What application-scoped policies add.
    pub custom: Option<Value>,
    /// Live objects; traits see the status of the workload's.
    pub live: Option<Arc<Live>>,
}

/// `context` as a template is given it: fields in the order of their names, as the JSON of a map has them. A clone
/// shares the values.
#[derive(Clone, Debug, Default)]
pub struct Context {
    fields: Vec<(&'static str, Arc<Value>)>,
}

impl Context {
    /// Sets a field.
    pub fn set(&mut self, name: &'static str, value: Value) {
        match self.fields.binary_search_by(|(n, _)| (*n).cmp(name)) {
            Ok(at) => self.fields[at].1 = Arc::new(value),
            Err(at) => self.fields.insert(at, (name, Arc::new(value))),
        }
    }

    /// All fields.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.fields.iter().map(|(name, value)| (*name, &**value))
    }
}

/// The part of `context` that is the same for all components of an Application: made once, shared by all.
#[derive(Clone, Debug)]
pub struct AppContext {
    shared: Context,
}

impl AppContext {
    /// What the Application gives.
    pub fn new(app: &Application) -> Self {
        let annotation =
            |key: &str| Value::Str(app.annotations.get(key).cloned().unwrap_or_else(|| "".into()));
        let mut shared = Context::default();
        shared.set("appAnnotations", texts_value(&app.annotations));
        shared.set("appLabels", texts_value(&app.labels));
        shared.set("appName", Value::Str(app.name.clone()));
        shared.set("components", data::through_json(&app.components_value()));
        shared.set("publishVersion", annotation(keys::PUBLISH_VERSION));
        shared.set("workflowName", annotation(keys::WORKFLOW_NAME));
        Self { shared }
    }

    /// `context` of a component or policy named `name`.
    pub fn of(&self, app: &Application, name: &str, parameter: Option<&Value>, scene: &Scene) -> Context {
        let mut context = self.shared.clone();
        let namespace = if scene.namespace.is_empty() { &app.namespace } else { &scene.namespace };
        context.set("appRevision", Value::Str(scene.app_revision.clone()));
        context.set("appRevisionNum", Value::int(revision_number(&scene.app_revision)));
        context.set("cluster", Value::Str(scene.cluster.clone()));
        context.set("clusterVersion", scene.version.to_value());
        context.set("name", Value::str(name));
        context.set("namespace", Value::Str(namespace.clone()));
        context.set("replicaKey", Value::Str(scene.replica_key.clone()));
        context.set("revision", Value::Str(scene.component_revision.clone()));
        if let Some(parameter) = parameter {
            context.set("parameter", parameter.clone());
        }
        if let Some(custom) = &scene.custom {
            context.set("custom", custom.clone());
        }
        context
    }
}

/// The number of a revision `name-vN`; 0 for any other name.
fn revision_number(name: &str) -> i64 {
    let Some((_, last)) = name.rsplit_once('-') else { return 0 };
    last.strip_prefix('v').and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// A stable text that changes with the component: `context.revision`.
pub fn component_revision(component: &Component) -> Arc<str> {
    let text = vela_yaml::to_json(&data::through_json(&component.to_value()), vela_yaml::JsonStyle::COMPACT);
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for b in text.bytes() {
        hash = (hash ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{hash:x}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revision_numbers() {
        for (name, number) in
            [("demo-v12", 12), ("weird", 0), ("", 0), ("a-b-v3", 3), ("demo-a1", 0), ("demo-vx", 0)]
        {
            assert_eq!(revision_number(name), number, "{name}");
        }
    }
}
