//! The suite `interfaces`: what every built-in definition accepts (`def show KIND/NAME -o schema`), and what KubeVela's of the
//! same name does (`conformance/builtin/KIND/NAME.json`). A column counts one sort of facts; a definition passes in it when
//! all of them are the same.
//!
//! What cannot be compared is left out: defaults of whole structs, which follow from their fields'; an empty list as a
//! default, which the record does not have; fields that are declared only under a condition, which it does not have either;
//! and `helmchart`, which is not built in.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::Run;
use crate::board::{Case, Checks, Difference, Style, Suite};
use crate::exec;

/// The columns; values are defaults and enumerations.
const COLUMNS: &[&str] = &["parameters", "types", "values", "required", "attributes"];

/// Definitions that are not built in.
const ABSENT: [&str; 1] = ["component/helmchart"];

/// Facts about a place in the parameters, by column, path and what they are about.
type Facts = BTreeMap<(usize, String, &'static str), String>;

/// Runs the suite.
pub fn run(root: &Path, run: &Run) -> Result<Suite, String> {
    let mut cases = Vec::new();
    for kind in ["component", "policy", "trait", "workflow-step"] {
        let folder = root.join(kind);
        let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let mut names: Vec<String> = entries
            .filter_map(|e| e.ok()?.file_name().into_string().ok())
            .filter_map(|n| n.strip_suffix(".json").map(str::to_owned))
            .collect();
        names.sort_unstable();
        for name in names {
            let (key, id) = (format!("{kind}/{name}"), format!("interfaces/{kind}/{name}"));
            if ABSENT.contains(&key.as_str()) || !run.wants(&id) {
                continue;
            }
            let path = folder.join(format!("{name}.json"));
            let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
            let expected: Value =
                serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
            cases.push(case(id, &key, &expected, run)?);
        }
    }
    Ok(Suite { name: "interfaces".to_owned(), columns: COLUMNS, style: Style::Tiers, cases })
}

fn case(id: String, key: &str, expected: &Value, run: &Run) -> Result<Case, String> {
    let mut checks = Checks::default();
    let command = run.product.command(&["def", "show", key, "-o", "schema"]);
    let outcome = exec::run(command, b"", run.product.timeout).map_err(|e| e.to_string())?;
    let got = serde_json::from_str::<Value>(&outcome.stdout).ok().and_then(|v| v.get(0).cloned());
    let Some(got) = got else {
        let fault = Some(format!("{}: {}", outcome.status_text(), outcome.stderr.trim()));
        return Ok(Case { id, checks, fault });
    };
    let mut conditional = Vec::new();
    let (wanted, made) = (facts(expected, &mut Vec::new()), facts(&got, &mut conditional));
    // A definition without facts of a sort agrees on them.
    checks.total = [1; COLUMNS.len()];
    let mut keys: Vec<_> = wanted.keys().chain(made.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let (want, have) = (wanted.get(key), made.get(key));
        if want.is_none() && conditional.iter().any(|c| key.1.starts_with(c.as_str())) {
            continue;
        }
        let shown = |v: Option<&String>| v.cloned().unwrap_or_else(|| "nothing".to_owned());
        checks.check(key.0, want == have, || Difference {
            path: key.1.clone(),
            what: key.2.to_owned(),
            expected: shown(want),
            got: shown(have),
        });
    }
    Ok(Case { id, checks, fault: None })
}

fn facts(definition: &Value, conditional: &mut Vec<String>) -> Facts {
    let mut out = Facts::new();
    if let Some(parameter) = definition.get("parameter") {
        node(parameter, "parameter", &mut out, conditional);
    }
    let attributes = definition.get("attributes").and_then(Value::as_object);
    for (name, value) in attributes.into_iter().flatten() {
        // Texts of health and status are compared where they are evaluated.
        if name != "status" {
            out.insert((4, name.clone(), "attribute"), value.to_string());
        }
    }
    out
}

fn field<'v>(schema: &'v Value, name: &str) -> Option<&'v Map<String, Value>> {
    schema.get(name).and_then(Value::as_object)
}

fn list<'v>(schema: &'v Value, name: &str) -> &'v [Value] {
    schema.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn sorted(values: &[Value]) -> String {
    let mut texts: Vec<String> = values.iter().map(Value::to_string).collect();
    texts.sort();
    texts.dedup();
    texts.join(" ")
}

fn node(schema: &Value, path: &str, out: &mut Facts, conditional: &mut Vec<String>) {
    let kind = schema.get("type").and_then(Value::as_str);
    let alternatives = [list(schema, "oneOf"), list(schema, "anyOf")].concat();
    let at = |column: usize, what: &'static str| (column, path.to_owned(), what);
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        out.insert(at(1, "nullable"), "true".to_owned());
    }
    if let Some(default) = schema.get("default")
        && !default.is_object()
        && default.as_array().is_none_or(|items| !items.is_empty())
    {
        out.insert(at(2, "default"), default.to_string());
    }
    if !list(schema, "enum").is_empty() {
        out.insert(at(2, "enum"), sorted(list(schema, "enum")));
    }
    if let Some(pattern) = schema.get("pattern") {
        out.insert(at(2, "pattern"), pattern.to_string());
    }
    let structs: Vec<&Value> = alternatives
        .iter()
        .filter(|a| a.get("required").is_some() || a.get("properties").is_some())
        .collect();
    if !structs.is_empty() {
        out.insert(at(1, "type"), "object".to_owned());
        let mut groups: Vec<String> = structs.iter().map(|a| members(a)).collect();
        groups.sort();
        out.insert(at(3, "alternatives"), groups.join(" | "));
        for part in structs.iter().copied().chain([schema]) {
            properties(part, path, false, out, conditional);
        }
        return;
    }
    match (kind, alternatives.is_empty()) {
        (Some(kind), _) => {
            out.insert(at(1, "type"), kind.to_owned());
        }
        (None, false) => {
            out.insert(at(1, "type"), "several".to_owned());
        }
        (None, true) => {}
    }
    if let Some(suggested) = alternatives.iter().find(|a| a.get("enum").is_some()) {
        out.insert(at(2, "suggestions"), sorted(list(suggested, "enum")));
    }
    properties(schema, path, true, out, conditional);
    if let Some(items) = schema.get("items") {
        node(items, &format!("{path}[]"), out, conditional);
    }
    if let Some(more) = schema.get("additionalProperties").filter(|m| m.is_object()) {
        node(more, &format!("{path}{{}}"), out, conditional);
    }
}

fn properties(schema: &Value, path: &str, requirement: bool, out: &mut Facts, conditional: &mut Vec<String>) {
    for (name, property) in field(schema, "properties").into_iter().flatten() {
        let below = format!("{path}.{name}");
        if property.get("x-conditional").is_some() {
            conditional.push(below.clone());
        }
        out.insert((0, below.clone(), "parameter"), "there".to_owned());
        node(property, &below, out, conditional);
    }
    for name in list(schema, "required").iter().filter(|_| requirement) {
        let name = name.as_str().unwrap_or_default();
        out.insert((3, format!("{path}.{name}"), "required"), "yes".to_owned());
    }
    // To the record, an empty list is no default.
    for (name, property) in field(schema, "properties").into_iter().flatten().filter(|_| requirement) {
        if property.get("default").and_then(Value::as_array).is_some_and(Vec::is_empty) {
            out.insert((3, format!("{path}.{name}"), "required"), "yes".to_owned());
        }
    }
}

/// The fields that an alternative has without being asked: those required, and those with a default.
fn members(alternative: &Value) -> String {
    let mut names: Vec<Value> = list(alternative, "required").to_vec();
    for (name, property) in field(alternative, "properties").into_iter().flatten() {
        if property.get("default").is_some() {
            names.push(Value::from(name.clone()));
        }
    }
    sorted(&names)
}
