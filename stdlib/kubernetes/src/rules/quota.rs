//! ResourceQuotas and LimitRanges.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE};

use crate::finding::{Findings, Node};
use crate::syntax;

/// The `spec` of a ResourceQuota.
pub fn quota(spec: &Node, out: &mut Findings) {
    for (name, amount) in spec.get("hard").iter().flat_map(Node::fields) {
        out.fault(INVALID_VALUE, &amount, syntax::qualified_name(name));
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
    for limit in spec.get("limits").iter().flat_map(Node::items) {
        let kind = limit.text("type");
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
