//! Writes `stdlib/kubernetes/data/schemas.txt` from Kubernetes' published OpenAPI documents, the folder
//! `api/openapi-spec/v3` of its sources. A developer fetches those, one folder a version, oldest first:
//!
//! ```text
//! cargo xtask kubernetes 1.35=PATH/api/openapi-spec/v3 1.36=PATH/api/openapi-spec/v3
//! ```
//!
//! Kept are the kinds that can be created and the types below them, without descriptions; what several versions have in
//! common is written once. `stdlib/kubernetes/src/data.rs` reads the format and documents it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value};

/// Where the data goes.
const FILE: &str = "../stdlib/kubernetes/data/schemas.txt";

/// Fields that only the server writes: not followed, whatever type they have.
const SERVED: &[&str] = &["status"];

/// Runs the task.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut versions = Vec::new();
    for argument in arguments {
        let (version, folder) = argument.split_once('=').ok_or("expected VERSION=FOLDER …")?;
        let minor: u8 = version
            .strip_prefix("1.")
            .and_then(|m| m.parse().ok())
            .ok_or_else(|| format!("`{version}` is no version such as 1.36"))?;
        versions.push((minor, Release::read(Path::new(folder))?));
    }
    if versions.is_empty() || !versions.is_sorted_by(|a, b| a.0 + 1 == b.0) {
        return Err("expected VERSION=FOLDER …, oldest first and without a gap".to_owned());
    }
    let text = write(&versions);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    std::fs::write(&file, text).map_err(|e| format!("{}: {e}", file.display()))
}

/// What one version has: kinds, and the fields of types.
#[derive(Default)]
struct Release {
    /// `apps/v1 Deployment` to the rest of its line.
    kinds: BTreeMap<String, String>,
    /// Type to field lines without versions.
    types: BTreeMap<String, BTreeSet<String>>,
}

impl Release {
    fn read(folder: &Path) -> Result<Self, String> {
        let failed = |e: &dyn std::fmt::Display| format!("{}: {e}", folder.display());
        let mut schemas: Map<String, Value> = Map::new();
        let mut paths: Map<String, Value> = Map::new();
        let mut files: Vec<_> =
            std::fs::read_dir(folder).map_err(|e| failed(&e))?.flatten().map(|e| e.path()).collect();
        files.sort();
        for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "json")) {
            let text = std::fs::read_to_string(file).map_err(|e| failed(&e))?;
            let document: Value = serde_json::from_str(&text).map_err(|e| failed(&e))?;
            let take = |value: &Value| value.as_object().cloned().unwrap_or_default();
            schemas.extend(take(&document["components"]["schemas"]));
            paths.extend(take(&document["paths"]));
        }
        let mut release = Self::default();
        let mut open = Vec::new();
        for (path, operations) in &paths {
            let action = &operations["post"];
            if action["x-kubernetes-action"] != "post" || path.contains("/{name}") {
                continue;
            }
            let gvk = &action["x-kubernetes-group-version-kind"];
            let body = &action["requestBody"]["content"]["*/*"]["schema"]["$ref"];
            let (Some(kind), Some(body)) = (gvk["kind"].as_str(), body.as_str()) else { continue };
            let version = gvk["version"].as_str().unwrap_or_default();
            let api = match gvk["group"].as_str().unwrap_or_default() {
                "" => version.to_owned(),
                group => format!("{group}/{version}"),
            };
            let scope = if path.contains("{namespace}") { "namespaced" } else { "cluster" };
            let plural = path.rsplit('/').next().unwrap_or_default();
            let name = reference(body);
            release.kinds.insert(format!("{api} {kind}"), format!("{plural} {scope} {}", short(name)));
            open.push(name.to_owned());
        }
        while let Some(name) = open.pop() {
            if release.types.contains_key(&short(&name)) {
                continue;
            }
            let fields = fields(&schemas[&name], &schemas, &mut open);
            release.types.insert(short(&name), fields);
        }
        Ok(release)
    }
}

/// The field lines of a type; types that they name are added to `open`.
fn fields(schema: &Value, schemas: &Map<String, Value>, open: &mut Vec<String>) -> BTreeSet<String> {
    let empty = Vec::new();
    let required: Vec<&str> =
        schema["required"].as_array().unwrap_or(&empty).iter().filter_map(Value::as_str).collect();
    let mut out = BTreeSet::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let mark = if required.contains(&name.as_str()) { "!" } else { "" };
        let shape =
            if SERVED.contains(&name.as_str()) { "any".to_owned() } else { shape(property, schemas, open) };
        out.insert(format!("{name}{mark} {shape}"));
    }
    out
}

/// The name that a `$ref` refers to.
fn reference(text: &str) -> &str {
    text.rsplit('/').next().unwrap_or(text)
}

/// A type's name without what all names share.
fn short(name: &str) -> String {
    let name = name.strip_prefix("io.k8s.").unwrap_or(name);
    ["api.", "apimachinery.pkg.apis.", "apiextensions-apiserver.pkg.apis.", "kube-aggregator.pkg.apis."]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name)
        .to_owned()
}

/// The shape of a value, as one word.
fn shape(schema: &Value, schemas: &Map<String, Value>, open: &mut Vec<String>) -> String {
    let target = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
    if let Some(target) = target {
        let name = reference(target);
        return match name.rsplit('.').next().unwrap_or(name) {
            "IntOrString" => "int-or-string".to_owned(),
            "Quantity" => "quantity".to_owned(),
            "Time" | "MicroTime" => "time".to_owned(),
            "RawExtension" | "FieldsV1" => "object".to_owned(),
            _ if schemas[name]["properties"].is_object() => {
                open.push(name.to_owned());
                short(name)
            }
            _ if schemas[name]["type"] == "object" => "object".to_owned(),
            _ => "any".to_owned(),
        };
    }
    match (schema["type"].as_str().unwrap_or_default(), schema["format"].as_str().unwrap_or_default()) {
        ("string", "byte") => "bytes".to_owned(),
        ("string", _) => "string".to_owned(),
        ("boolean", _) => "bool".to_owned(),
        ("integer", "int32") => "int32".to_owned(),
        ("integer", _) => "int64".to_owned(),
        ("number", _) => "number".to_owned(),
        ("array", _) => {
            let items = shape(&schema["items"], schemas, open);
            format!("[{}]{items}", list_kind(schema, schemas))
        }
        ("object", _) => match &schema["additionalProperties"] {
            Value::Object(_) => format!("{{}}{}", shape(&schema["additionalProperties"], schemas, open)),
            _ => "object".to_owned(),
        },
        _ => "any".to_owned(),
    }
}

/// What makes the elements of a list distinct: nothing, their values (`set`), or keys with their defaults.
fn list_kind(schema: &Value, schemas: &Map<String, Value>) -> String {
    match schema["x-kubernetes-list-type"].as_str() {
        Some("set") => "set".to_owned(),
        Some("map") => {
            let target = schema["items"]["allOf"][0]["$ref"].as_str().or(schema["items"]["$ref"].as_str());
            let item = &schemas[reference(target.unwrap_or_default())]["properties"];
            let keys = schema["x-kubernetes-list-map-keys"].as_array().into_iter().flatten();
            let keys = keys.filter_map(Value::as_str).map(|key| match item[key]["default"].as_str() {
                Some(default) if !default.is_empty() => format!("{key}={default}"),
                _ => key.to_owned(),
            });
            keys.collect::<Vec<_>>().join(",")
        }
        _ => String::new(),
    }
}

/// The whole file.
fn write(versions: &[(u8, Release)]) -> String {
    let (first, last) = (versions[0].0, versions[versions.len() - 1].0);
    let range = |has: &dyn Fn(&Release) -> bool| -> Vec<String> {
        // One range for each run of versions.
        let mut runs: Vec<(u8, u8)> = Vec::new();
        for (minor, release) in versions {
            match runs.last_mut() {
                _ if !has(release) => {}
                Some(run) if run.1 + 1 == *minor => run.1 = *minor,
                _ => runs.push((*minor, *minor)),
            }
        }
        let shown = runs.iter().map(|(from, to)| {
            let mut text = String::new();
            if *from > first {
                let _ = write!(text, " +{from}");
            }
            if *to < last {
                let _ = write!(text, " -{to}");
            }
            text
        });
        shown.collect()
    };
    let mut out = format!(
        "# Generated by `cargo xtask kubernetes` from Kubernetes' OpenAPI documents; data.rs tells the format.\n\
         @versions 1.{first} 1.{last}\n"
    );
    let kinds: BTreeSet<(&String, &String)> = versions.iter().flat_map(|(_, r)| &r.kinds).collect();
    for (kind, rest) in kinds {
        for versions in range(&|r| r.kinds.get(kind) == Some(rest)) {
            let _ = writeln!(out, "@kind {kind} {rest}{versions}");
        }
    }
    let types: BTreeSet<&String> = versions.iter().flat_map(|(_, r)| r.types.keys()).collect();
    for name in types {
        let _ = writeln!(out, "@type {name}");
        let lines: BTreeSet<&String> =
            versions.iter().filter_map(|(_, r)| r.types.get(name)).flatten().collect();
        for line in lines {
            // A version without the type says nothing about its fields: the range goes on over it.
            for versions in range(&|r| r.types.get(name).is_none_or(|fields| fields.contains(line))) {
                let _ = writeln!(out, "{line}{versions}");
            }
        }
    }
    out
}
