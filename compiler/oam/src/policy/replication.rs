//! `replication`: one copy of a component for each key.

use std::sync::Arc;

use crate::application::{Component, Policy};
use crate::data::Value;
use crate::policy::{PolicyFault, REPLICATION, properties};
use crate::shape;

/// Components after all replications: those that are not replicated keep their places, copies come last.
pub fn replicate(policies: &[Policy], components: Vec<Component>) -> Result<Vec<Component>, PolicyFault> {
    let mut replicated: Vec<Arc<str>> = Vec::new();
    let mut copies: Vec<Component> = Vec::new();
    for policy in policies.iter().filter(|p| &*p.kind == REPLICATION) {
        if policy.properties.is_none() {
            continue;
        }
        let properties = properties(policy, shape::REPLICATION)?;
        let texts = |field: &str| -> Vec<Arc<str>> {
            let items = properties.get(field).and_then(Value::as_list).unwrap_or_default();
            items.iter().filter_map(Value::as_str).map(Into::into).collect()
        };
        let (keys, selector) = (texts("keys"), texts("selector"));
        let selected: Vec<&Component> = components.iter().filter(|c| selector.contains(&c.name)).collect();
        if selected.is_empty() {
            let message = format!("replication `{}` selects no component", policy.name);
            return Err(PolicyFault::new(policy, message));
        }
        for component in selected {
            replicated.push(component.name.clone());
            copies.extend(
                keys.iter().map(|key| Component { replica_key: Some(key.clone()), ..component.clone() }),
            );
        }
    }
    let mut out: Vec<Component> = components.into_iter().filter(|c| !replicated.contains(&c.name)).collect();
    out.extend(copies);
    Ok(out)
}
