//! ResourceQuotas and LimitRanges.

use std::collections::HashSet;

use vela_diagnostics::catalogue::kubernetes::{DUPLICATE_ENTRY, EXCLUDED, INVALID_VALUE};
use vela_diagnostics::{Severity, did_you_mean};

use super::resources;
use crate::finding::{Findings, Node};
use crate::syntax;

/// What a quota counts, beside `count/…` and what has a domain.
const COUNTED: &[&str] = &[
    "configmaps",
    "cpu",
    "ephemeral-storage",
    "limits.cpu",
    "limits.ephemeral-storage",
    "limits.memory",
    "memory",
    "persistentvolumeclaims",
    "pods",
    "replicationcontrollers",
    "requests.cpu",
    "requests.ephemeral-storage",
    "requests.memory",
    "requests.storage",
    "resourcequotas",
    "secrets",
    "services",
    "services.loadbalancers",
    "services.nodeports",
];

/// The `spec` of a ResourceQuota.
pub fn quota(spec: &Node, out: &mut Findings) {
    for (name, amount) in spec.get("hard").iter().flat_map(Node::fields) {
        let plain = !name.contains('/');
        let known = COUNTED.contains(&name)
            || name.starts_with("hugepages-")
            || name.starts_with("requests.hugepages-");
        if let Some(fault) = syntax::qualified_name(name) {
            out.error(INVALID_VALUE, &amount, fault);
        } else if plain && !known {
            let message = format!("`{name}` is nothing that a quota counts");
            let near = did_you_mean(name, COUNTED.iter().copied());
            out.push(INVALID_VALUE, Severity::Error, amount.path(), message, near);
        }
        if syntax::quantity(amount.value).is_ok_and(|n| n < 0.0) {
            out.error(INVALID_VALUE, &amount, "is negative");
        }
    }
    let scopes = [
        "Terminating",
        "NotTerminating",
        "BestEffort",
        "NotBestEffort",
        "PriorityClass",
        "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    ];
    let mut given: Vec<&str> = Vec::new();
    for scope in spec.get("scopes").iter().flat_map(Node::items) {
        if !scopes.contains(&scope.str()) {
            let message =
                format!("is `{}`, and has to be one of {}", scope.str(), crate::finding::listed(&scopes));
            out.error(INVALID_VALUE, &scope, message);
        }
        given.extend(scopes.iter().copied().find(|s| *s == scope.str()));
    }
    for (a, b) in [("Terminating", "NotTerminating"), ("BestEffort", "NotBestEffort")] {
        if given.contains(&a) && given.contains(&b) {
            out.error_in(EXCLUDED, spec, "scopes", format!("has `{a}` and `{b}`"));
        }
    }
}

/// The `spec` of a LimitRange.
pub fn limits(spec: &Node, out: &mut Findings) {
    let mut seen = HashSet::new();
    for limit in spec.get("limits").iter().flat_map(Node::items) {
        let kind = limit.text("type");
        if !kind.contains('/') {
            out.one_of(&limit, "type", &["Container", "Pod", "PersistentVolumeClaim"]);
        }
        if !seen.insert(kind) {
            out.error_in(DUPLICATE_ENTRY, &limit, "type", format!("`{kind}` is there twice"));
        }
        if matches!(kind, "Container" | "Pod") {
            for list in ["default", "defaultRequest", "max", "maxLimitRequestRatio", "min"] {
                for (name, amount) in limit.get(list).iter().flat_map(Node::fields) {
                    resources::resource_name(name, &amount, out);
                }
            }
        }
        if kind == "Pod" {
            for field in ["default", "defaultRequest"] {
                if limit.filled(field) {
                    out.error_in(EXCLUDED, &limit, field, "is not for limits of type Pod");
                }
            }
        }
        // The smaller one of each pair, and the greater.
        let pairs = [
            ("min", "max"),
            ("min", "default"),
            ("min", "defaultRequest"),
            ("defaultRequest", "default"),
            ("default", "max"),
            ("defaultRequest", "max"),
        ];
        for (less, more) in pairs {
            let (Some(small), Some(great)) = (limit.get(less), limit.get(more)) else { continue };
            for (name, amount) in small.fields() {
                let other = great.value.get(name).and_then(|v| syntax::quantity(v).ok());
                let own = syntax::quantity(amount.value).ok();
                if own.zip(other).is_some_and(|(a, b)| a > b) {
                    out.error(INVALID_VALUE, &amount, format!("is more than `{more}.{name}`"));
                }
            }
        }
    }
}
