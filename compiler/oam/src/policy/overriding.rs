//! `override`: changes of components for one place.

use std::sync::Arc;

use regex::Regex;
use rustc_hash::FxHashMap;

use crate::application::{Component, Policy, Trait};
use crate::data::{self, Value};
use crate::policy::{OVERRIDE, PolicyFault, properties};
use crate::shape;

/// Largest compiled pattern of a component name.
const PATTERN_LIMIT: usize = 1 << 20;

/// Components after all overrides, in order.
pub fn apply(policies: &[Policy], mut components: Vec<Component>) -> Result<Vec<Component>, PolicyFault> {
    for policy in policies.iter().filter(|p| &*p.kind == OVERRIDE) {
        let properties = properties(policy, shape::OVERRIDE)?;
        components = patch(policy, properties, components)?;
    }
    Ok(components)
}

/// The component and trait types that an override names; they need definitions.
pub fn named_types(policy: &Policy) -> (Vec<Arc<str>>, Vec<Arc<str>>) {
    let (mut components, mut traits) = (Vec::new(), Vec::new());
    let Some(properties) = &policy.properties else { return (components, traits) };
    let note = |into: &mut Vec<Arc<str>>, value: &Value| {
        let kind = data::text(value, &["type"]);
        if !kind.is_empty() && !into.iter().any(|k| &**k == kind) {
            into.push(kind.into());
        }
    };
    for component in properties.get("components").and_then(Value::as_list).unwrap_or_default() {
        note(&mut components, component);
        for one in component.get("traits").and_then(Value::as_list).unwrap_or_default() {
            note(&mut traits, one);
        }
    }
    (components, traits)
}

/// One component under its name; components of one name are one, the last counts.
struct Table {
    by_name: FxHashMap<Arc<str>, Component>,
    order: Vec<Arc<str>>,
}

fn patch(
    policy: &Policy,
    properties: &Value,
    components: Vec<Component>,
) -> Result<Vec<Component>, PolicyFault> {
    let mut table = Table { by_name: FxHashMap::default(), order: Vec::new() };
    for component in components {
        table.order.push(component.name.clone());
        table.by_name.insert(component.name.clone(), component);
    }
    for change in properties.get("components").and_then(Value::as_list).unwrap_or_default() {
        change_components(&mut table, change).map_err(|m| PolicyFault::new(policy, m))?;
    }
    if let Some(Value::List(selector)) = properties.get("selector") {
        table.order.retain(|name| selector.iter().any(|s| s.as_str() == Some(name)));
    }
    Ok(table.order.iter().filter_map(|name| table.by_name.get(name).cloned()).collect())
}

fn change_components(table: &mut Table, change: &Value) -> Result<(), String> {
    let (name, kind) = (data::text(change, &["name"]), data::text(change, &["type"]));
    if name.is_empty() {
        for component in table.by_name.values_mut() {
            if kind.is_empty() || kind == &*component.kind {
                merge_component(component, change)?;
            }
        }
        return Ok(());
    }
    // A name without any lower-case letter never makes a new component.
    let mut add = name.bytes().any(|b| b.is_ascii_lowercase());
    if let Ok(pattern) = regex::RegexBuilder::new(&name.replace('*', ".*")).size_limit(PATTERN_LIMIT).build()
    {
        for (known, component) in &mut table.by_name {
            if !pattern_matches(&pattern, known) {
                continue;
            }
            add = false;
            if !kind.is_empty() && kind != &*component.kind {
                *component = new_component(change);
            } else {
                merge_component(component, change)?;
            }
        }
    }
    if add {
        let component = new_component(change);
        table.order.push(component.name.clone());
        table.by_name.insert(component.name.clone(), component);
    }
    Ok(())
}

/// Whether an entry of an override is about a component.
pub fn concerns(change: &Value, name: &str, kind: &str) -> bool {
    let (pattern, wanted) = (data::text(change, &["name"]), data::text(change, &["type"]));
    if pattern.is_empty() {
        return wanted.is_empty() || wanted == kind;
    }
    let pattern = regex::RegexBuilder::new(&pattern.replace('*', ".*")).size_limit(PATTERN_LIMIT).build();
    pattern.is_ok_and(|p| pattern_matches(&p, name))
}

/// Patterns are not anchored: `one` also matches `alone`.
fn pattern_matches(pattern: &Regex, name: &str) -> bool {
    pattern.is_match(name)
}

fn given(value: &Value, field: &str) -> Option<Value> {
    value.get(field).filter(|v| **v != Value::Null).cloned()
}

fn new_component(change: &Value) -> Component {
    let traits = change.get("traits").and_then(Value::as_list).unwrap_or_default();
    Component {
        name: data::text(change, &["name"]).into(),
        kind: data::text(change, &["type"]).into(),
        properties: given(change, "properties"),
        traits: traits.iter().filter(|t| !disables(t)).map(new_trait).collect(),
        depends_on: Vec::new(),
        inputs: None,
        outputs: None,
        external_revision: data::text(change, &["externalRevision"]).into(),
        replica_key: None,
        origin: Vec::new(),
    }
}

fn new_trait(change: &Value) -> Trait {
    Trait {
        kind: data::text(change, &["type"]).into(),
        properties: given(change, "properties"),
        origin: Vec::new(),
    }
}

fn disables(change: &Value) -> bool {
    change.get("disable") == Some(&Value::Bool(true))
}

fn merge_component(component: &mut Component, change: &Value) -> Result<(), String> {
    component.properties =
        Some(merge_properties(component.properties.as_ref(), given(change, "properties"))?);
    let revision = data::text(change, &["externalRevision"]);
    if !revision.is_empty() {
        component.external_revision = revision.into();
    }
    // Traits are found by type, so of several of one type the last counts, in all their places.
    let mut by_type: FxHashMap<Arc<str>, Trait> = FxHashMap::default();
    let mut order: Vec<Arc<str>> = Vec::new();
    for one in component.traits.drain(..) {
        order.push(one.kind.clone());
        by_type.insert(one.kind.clone(), one);
    }
    for change in change.get("traits").and_then(Value::as_list).unwrap_or_default() {
        let kind: Arc<str> = data::text(change, &["type"]).into();
        match (by_type.get_mut(&kind), disables(change)) {
            (Some(_), true) => {
                by_type.remove(&kind);
            }
            (Some(known), false) => {
                known.properties =
                    Some(merge_properties(known.properties.as_ref(), given(change, "properties"))?);
            }
            (None, true) => {}
            (None, false) => {
                order.push(kind.clone());
                by_type.insert(kind, new_trait(change));
            }
        }
    }
    component.traits = order.iter().filter_map(|kind| by_type.get(kind).cloned()).collect();
    Ok(())
}

/// Properties merged deeply: maps field by field, everything else replaced. Numbers go through JSON on the way.
fn merge_properties(base: Option<&Value>, change: Option<Value>) -> Result<Value, String> {
    let map = |value: &Value| match value {
        Value::Map(_) => Ok(data::through_json(value)),
        Value::Null => Ok(data::empty()),
        other => Err(format!("properties are a {}, not a map", other.kind())),
    };
    let mut merged = base.map_or_else(|| Ok(data::empty()), map)?;
    if let Some(change) = change {
        data::merge(&mut merged, &map(&change)?);
    }
    Ok(data::through_json(&merged))
}
