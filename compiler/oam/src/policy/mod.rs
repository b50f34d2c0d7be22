//! What the built-in policies mean when compiling: where components go, how they differ there, how often they come.

pub mod overriding;
pub mod replication;
pub mod topology;

use crate::application::Policy;
use crate::shape::{self, Misfit, Shape};

/// Policies whose meaning is built in; none of them needs a definition.
pub const BUILT_IN: [&str; 11] = [
    "apply-once",
    "debug",
    "env-binding",
    "garbage-collect",
    "override",
    "read-only",
    "replication",
    "resource-update",
    "shared-resource",
    "take-over",
    "topology",
];

/// Type of policies that place components.
pub const TOPOLOGY: &str = "topology";
/// Type of policies that change components.
pub const OVERRIDE: &str = "override";
/// Type of policies that multiply components.
pub const REPLICATION: &str = "replication";
/// The one policy that needs no properties.
pub const DEBUG: &str = "debug";

/// What is wrong with a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyFault {
    /// Name of the policy.
    pub policy: String,
    /// What is wrong.
    pub message: String,
    /// Places in the policy's properties.
    pub misfits: Vec<Misfit>,
    /// Whether the policy names something that the inventory does not have.
    pub cluster: bool,
}

impl PolicyFault {
    pub(crate) fn new(policy: &Policy, message: impl Into<String>) -> Self {
        Self { policy: policy.name.to_string(), message: message.into(), misfits: Vec::new(), cluster: false }
    }
}

/// The properties of a policy, checked against their shape.
fn properties(policy: &Policy, wanted: Shape) -> Result<&crate::data::Value, PolicyFault> {
    let Some(properties) = &policy.properties else {
        return Err(PolicyFault::new(
            policy,
            format!("{} policy `{}` has no properties", policy.kind, policy.name),
        ));
    };
    let misfits = shape::check(properties, wanted);
    if misfits.is_empty() {
        return Ok(properties);
    }
    let first = &misfits[0];
    let message = format!(
        "properties of {} policy `{}` are malformed: {}: {}",
        policy.kind,
        policy.name,
        first.path.join("."),
        first.message
    );
    Err(PolicyFault { misfits, ..PolicyFault::new(policy, message) })
}

#[cfg(test)]
mod tests;
