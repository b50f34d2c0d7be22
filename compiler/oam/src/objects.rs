//! Objects of the control plane that a `ref-objects` component stands for, found among the given ones.

use std::sync::Arc;

use crate::application::{Application, Component};
use crate::data::{self, Value};
use crate::metadata::{self, Texts};
use crate::shape::{self, Shape};
use crate::workflow::REF_OBJECTS;

const SELECTOR: Shape = Shape::Fields(&[
    ("resource", Shape::Text),
    ("group", Shape::Text),
    ("apiVersion", Shape::Text),
    ("kind", Shape::Text),
    ("name", Shape::Text),
    ("namespace", Shape::Text),
    ("cluster", Shape::Text),
    ("labelSelector", Shape::Texts),
    ("selector", Shape::Texts),
]);

const PROPERTIES: Shape =
    Shape::Fields(&[("objects", Shape::List(&SELECTOR)), ("urls", Shape::List(&Shape::Text))]);

/// The component with the objects that it refers to as its properties; other components as they are.
pub fn resolve(app: &Application, component: &Component, given: &[Value]) -> Result<Component, String> {
    if &*component.kind != REF_OBJECTS {
        return Ok(component.clone());
    }
    let objects = selected(app, component, given)?;
    let properties = data::map([("objects", Value::List(objects))]);
    Ok(Component { properties: Some(properties), ..component.clone() })
}

/// The objects that a `ref-objects` component refers to.
pub fn selected(app: &Application, component: &Component, given: &[Value]) -> Result<Vec<Value>, String> {
    let name = &component.name;
    let Some(properties) = &component.properties else {
        return Err(format!("component `{name}` refers to no objects: it has no properties"));
    };
    if let Some(misfit) = shape::check(properties, PROPERTIES).first() {
        return Err(format!(
            "properties of component `{name}`: {}: {}",
            misfit.path.join("."),
            misfit.message
        ));
    }
    if properties.get("urls").and_then(Value::as_list).is_some_and(|u| !u.is_empty()) {
        return Err(format!(
            "component `{name}` refers to objects by URL, which a build does not fetch: pass them with `-f` and refer to them by name"
        ));
    }
    let mut objects: Vec<Value> = Vec::new();
    for selector in properties.get("objects").and_then(Value::as_list).unwrap_or_default() {
        for object in select(app, name, selector, given)? {
            match objects.iter_mut().find(|o| identity(o) == identity(&object)) {
                Some(known) => *known = object,
                None => objects.push(object),
            }
        }
    }
    Ok(objects)
}

fn identity(object: &Value) -> [&str; 4] {
    [
        data::text(object, &["apiVersion"]),
        data::text(object, &["kind"]),
        metadata::namespace(object),
        metadata::name(object),
    ]
}

fn select(
    app: &Application,
    component: &str,
    selector: &Value,
    given: &[Value],
) -> Result<Vec<Value>, String> {
    let text = |field: &str| data::text(selector, &[field]);
    let labels: Option<Texts> = selector.get("labelSelector").and_then(metadata::value_texts);
    let (resource, group, name) = (text("resource"), text("group"), text("name"));
    if resource.is_empty() {
        return Err(format!(
            "component `{component}` refers to an object without `resource` (such as `configmap`); `apiVersion` and `kind` are not enough"
        ));
    }
    if labels.is_some() && !name.is_empty() {
        return Err(format!(
            "component `{component}` refers to an object by `name` and by `labelSelector`; use one"
        ));
    }
    let cluster = text("cluster");
    if !cluster.is_empty() && cluster != crate::inventory::LOCAL {
        return Err(format!(
            "component `{component}` refers to an object in cluster `{cluster}`; a build knows objects of the control plane only"
        ));
    }
    let namespace: Arc<str> =
        if text("namespace").is_empty() { app.namespace.clone() } else { text("namespace").into() };
    let in_place = |o: &&Value| {
        let own = metadata::namespace(o);
        matches(o, resource, group) && (own.is_empty() || own == &*namespace)
    };
    let mut found: Vec<&Value> = match &labels {
        Some(labels) => given
            .iter()
            .filter(in_place)
            .filter(|o| {
                let own = metadata::labels_of(o).unwrap_or_default();
                labels.iter().all(|(k, v)| own.get(k) == Some(v))
            })
            .collect(),
        None => {
            let wanted = if name.is_empty() { component } else { name };
            let one = given.iter().filter(in_place).find(|o| metadata::name(o) == wanted);
            let missing = || {
                format!(
                    "component `{component}` refers to {resource} `{namespace}/{wanted}`, which is not among the given objects"
                )
            };
            vec![one.ok_or_else(missing)?]
        }
    };
    found.sort_by_key(|o| identity(o).map(str::to_owned));
    Ok(found.into_iter().map(cleared).collect())
}

/// Whether an object is of a resource: `configmap`, `configmaps`, `ingresses`.
fn matches(object: &Value, resource: &str, group: &str) -> bool {
    let version = data::text(object, &["apiVersion"]);
    let own_group = version.rsplit_once('/').map_or("", |(group, _)| group);
    if !group.is_empty() && group != own_group {
        return false;
    }
    let kind = data::text(object, &["kind"]).to_lowercase();
    let resource = resource.to_lowercase();
    if kind.is_empty() {
        return false;
    }
    let plural = if kind.ends_with('s') || kind.ends_with('x') || kind.ends_with("ch") || kind.ends_with("sh")
    {
        format!("{kind}es")
    } else if kind.ends_with('y') && !kind.ends_with("ay") && !kind.ends_with("ey") {
        format!("{}ies", &kind[..kind.len() - 1])
    } else {
        format!("{kind}s")
    };
    resource == kind || resource == plural
}

/// The object without what the API server adds.
fn cleared(object: &Value) -> Value {
    let mut object = data::as_object(object);
    data::remove(&mut object, "status");
    if let Some(metadata) = data::get_mut(&mut object, "metadata") {
        for field in [
            "resourceVersion",
            "generation",
            "ownerReferences",
            "deletionTimestamp",
            "managedFields",
            "uid",
            "creationTimestamp",
        ] {
            data::remove(metadata, field);
        }
    }
    let service = data::text(&object, &["kind"]) == "Service" && data::text(&object, &["apiVersion"]) == "v1";
    if service
        && !matches!(data::text(&object, &["spec", "clusterIP"]), "" | "None")
        && let Some(spec) = data::get_mut(&mut object, "spec")
    {
        data::remove(spec, "clusterIP");
        data::remove(spec, "clusterIPs");
    }
    object
}
