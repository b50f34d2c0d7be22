//! Components whose definition is Terraform: one `Configuration` object, made without evaluating a template.

use crate::application::Component;
use crate::data::{self, Value};
use crate::definition::Definition;
use crate::metadata::texts_value;

/// Properties that configure the object and are no variables.
const RESERVED: [&str; 5] = [
    "writeConnectionSecretToRef",
    "customRegion",
    "providerRef",
    "forceDelete",
    "gitCredentialsSecretReference",
];

/// Properties that the object's `spec` takes.
const SPEC_FIELDS: [&str; 13] = [
    "hcl",
    "remote",
    "path",
    "backend",
    "providerRef",
    "writeConnectionSecretToRef",
    "deleteResource",
    "inlineCredentials",
    "forceDelete",
    "customRegion",
    "jobEnv",
    "gitCredentialsSecretReference",
    "terraformCredentialsSecretReference",
];

/// The object of a Terraform component.
pub fn configuration(
    component: &Component,
    definition: &Definition,
    namespace: &str,
) -> Result<Value, String> {
    let schematic = definition.spec.at(&["schematic", "terraform"]).cloned().unwrap_or_default();
    let source = data::text(&schematic, &["configuration"]);
    if source.is_empty() {
        return Err(format!("definition `{}` has no Terraform configuration", definition.name));
    }
    let properties = match &component.properties {
        None | Some(Value::Null) => None,
        Some(map @ Value::Map(_)) => Some(data::through_json(map)),
        Some(other) => return Err(format!("properties are a {}, not a map", other.kind())),
    };
    let mut spec = data::empty();
    for field in SPEC_FIELDS {
        if let Some(value) = properties.as_ref().and_then(|p| p.get(field)).filter(|v| **v != Value::Null) {
            spec.set(field, value.clone());
        }
    }
    for field in ["writeConnectionSecretToRef", "providerRef", "gitCredentialsSecretReference"] {
        if spec.get(field).is_none()
            && let Some(value) = schematic.get(field).filter(|v| **v != Value::Null)
        {
            spec.set(field, value.clone());
        }
    }
    if let Some(reference) = data::get_mut(&mut spec, "writeConnectionSecretToRef")
        && data::text(reference, &["namespace"]).is_empty()
    {
        reference.set("namespace", Value::str(namespace));
    }
    match data::text(&schematic, &["type"]) {
        "remote" => {
            spec.set("remote", Value::str(source));
            let path = data::text(&schematic, &["path"]);
            if path.is_empty() {
                data::remove(&mut spec, "path");
            } else {
                spec.set("path", Value::str(path));
            }
        }
        "hcl" => spec.set("hcl", Value::str(source)),
        _ => {}
    }
    let variable = properties.map_or(Value::Null, |mut properties| {
        for name in RESERVED {
            data::remove(&mut properties, name);
        }
        properties
    });
    spec.set("variable", variable);
    // Fields that the type always writes, given or not.
    spec.set("gitRef", data::empty());
    let mut metadata = data::map([
        ("creationTimestamp", Value::Null),
        ("name", Value::Str(component.name.clone())),
        ("namespace", Value::str(namespace)),
    ]);
    if !definition.annotations.is_empty() {
        metadata.set("annotations", texts_value(&definition.annotations));
    }
    Ok(data::map([
        ("apiVersion", Value::str("terraform.core.oam.dev/v1beta2")),
        ("kind", Value::str("Configuration")),
        ("metadata", metadata),
        ("spec", spec),
        ("status", data::map([("apply", data::empty()), ("destroy", data::empty())])),
    ]))
}
