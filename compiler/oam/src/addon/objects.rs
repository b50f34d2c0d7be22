//! What an addon's parts become: names, labels and annotations, and the order in which they are applied.

use std::sync::Arc;

use vela_diagnostics::Diagnostic;

use crate::addon::Rendered;
use crate::addon::folder::Folder;
use crate::build::Metadata;
use crate::data::{self, Value};
use crate::definition::{Kind, convert, cue_form};
use crate::document;
use crate::engine::Engine;
use crate::metadata::{self, Texts};

/// The namespace of everything that is installed.
pub const NAMESPACE: &str = "vela-system";

/// Labels of an addon's objects.
const NAME: &str = "addons.oam.dev/name";
const VERSION: &str = "addons.oam.dev/version";
const AUXILIARY: &str = "addons.oam.dev/auxiliary-name";

/// Annotations that bind an object to a component.
const BOUND: [&str; 2] = ["addon.oam.dev/bind-component", "addon.oam.dev/ignore-without-component"];

/// The definitions as objects. What is wrong with one is told.
pub fn definitions(
    folder: &Folder,
    engine: &mut dyn Engine,
    format: &dyn Fn(&str) -> String,
    told: &mut Vec<Diagnostic>,
) -> Vec<Value> {
    let (mut plain, mut converted) = (Vec::new(), Vec::new());
    for (id, file) in &folder.definitions {
        if !file.path.ends_with(".cue") {
            let (documents, diagnostics) = document::read(*id, &file.shown, &file.text);
            told.extend(diagnostics);
            plain.extend(documents.into_iter().map(|d| d.value));
            continue;
        }
        match cue_form::read(*id, &file.shown, file.text.clone(), &mut Metadata(engine)) {
            Ok(definition) => converted.push(convert::object(&definition, format)),
            Err(diagnostics) => told.extend(diagnostics),
        }
    }
    plain.extend(converted);
    for object in &mut plain {
        metadata::set_namespace(object, NAMESPACE);
    }
    plain
}

/// Puts everything together.
pub fn together(
    folder: &Folder,
    parameters: &Value,
    mut application: Value,
    outputs: Vec<(Arc<str>, Value)>,
    definitions: Vec<Value>,
) -> Rendered {
    let own = || metadata::texts([(NAME, &*folder.name), (VERSION, &*folder.version)]);
    for (field, text) in [("apiVersion", "core.oam.dev/v1beta1"), ("kind", "Application")] {
        if data::text(&application, &[field]).is_empty() {
            application.set(field, Value::str(text));
        }
    }
    set(&mut application, "name", &format!("addon-{}", folder.name));
    metadata::set_namespace(&mut application, NAMESPACE);
    metadata::add_labels(&mut application, own());
    let components: Vec<&str> = application
        .at(&["spec", "components"])
        .and_then(Value::as_list)
        .unwrap_or_default()
        .iter()
        .map(|c| data::text(c, &["name"]))
        .collect();
    let bound =
        |object: &Value| match BOUND.iter().find_map(|key| object.at(&["metadata", "annotations", key])) {
            Some(name) => name.as_str().is_some_and(|n| components.contains(&n)),
            None => true,
        };
    let definitions: Vec<Value> = definitions.into_iter().filter(|d| bound(d)).collect();
    let annotations = listed(&definitions);
    let mut others: Vec<Value> = Vec::new();
    for (name, mut object) in outputs {
        let mut labels = own();
        labels.extend(metadata::texts([(AUXILIARY, &*name)]));
        metadata::add_labels(&mut object, labels);
        if bound(&object) {
            others.push(object);
        }
    }
    others.extend(definitions);
    for (name, form) in &folder.schemas {
        let text = vela_yaml::to_json(form, vela_yaml::JsonStyle::COMPACT);
        let name = name.split('.').next().unwrap_or(name);
        others.push(config_map(name, "ui-schema", Value::from(text)));
    }
    others.extend(folder.plain_views.iter().cloned());
    others.extend(
        folder.views.iter().map(|(name, text)| config_map(name, "template", Value::Str(text.clone()))),
    );
    if parameters.as_map().is_some_and(|m| !m.is_empty()) {
        others.push(arguments(folder, parameters));
    }
    annotate(&mut application, annotations);
    Rendered { application, others }
}

fn set(object: &mut Value, field: &str, text: &str) {
    if !matches!(object.get("metadata"), Some(Value::Map(_))) {
        object.set("metadata", data::empty());
    }
    if let Some(metadata) = data::get_mut(object, "metadata") {
        metadata.set(field, Value::str(text));
    }
}

fn annotate(object: &mut Value, new: Texts) {
    if new.is_empty() {
        return;
    }
    let known = object.at(&["metadata", "annotations"]).and_then(metadata::value_texts);
    let mut all = known.unwrap_or_default();
    all.extend(new);
    if let Some(into) = data::get_mut(object, "metadata") {
        into.set("annotations", metadata::texts_value(&all));
    }
}

/// The names of definitions by kind, as the Application's annotations list them.
fn listed(definitions: &[Value]) -> Texts {
    let mut all = Texts::new();
    for (kind, word) in [
        (Kind::Component, "component"),
        (Kind::Trait, "trait"),
        (Kind::WorkflowStep, "workflowStep"),
        (Kind::Policy, "policy"),
    ] {
        let of_kind = definitions.iter().filter(|d| data::text(d, &["kind"]) == kind.object_kind());
        let names: Vec<&str> = of_kind.map(|d| data::text(d, &["metadata", "name"])).collect();
        if !names.is_empty() {
            all.insert(format!("addon.oam.dev/{word}Definitions").into(), names.join(",").into());
        }
    }
    all
}

fn config_map(name: &str, key: &str, content: Value) -> Value {
    data::map([
        ("apiVersion", Value::str("v1")),
        ("kind", Value::str("ConfigMap")),
        ("metadata", data::map([("name", Value::str(name)), ("namespace", Value::str(NAMESPACE))])),
        ("data", data::map([(key, content)])),
    ])
}

/// The parameters that were given, kept for upgrades.
fn arguments(folder: &Folder, parameters: &Value) -> Value {
    use base64::Engine as _;
    let text = vela_yaml::to_json(&data::through_json(parameters), vela_yaml::JsonStyle::COMPACT);
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    data::map([
        ("apiVersion", Value::str("v1")),
        ("kind", Value::str("Secret")),
        (
            "metadata",
            data::map([
                ("name", Value::from(format!("addon-secret-{}", folder.name))),
                ("namespace", Value::str(NAMESPACE)),
            ]),
        ),
        ("type", Value::str("Opaque")),
        ("data", data::map([("addonParameterDataKey", Value::from(encoded))])),
    ])
}
