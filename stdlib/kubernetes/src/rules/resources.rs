//! Requests and limits.

use vela_diagnostics::Severity;
use vela_diagnostics::catalogue::kubernetes::{INVALID_VALUE, MISSING_FIELD};
use vela_diagnostics::did_you_mean;

use crate::finding::{Findings, Node};
use crate::syntax;

/// Resources that every node has.
const STANDARD: &[&str] = &["cpu", "memory", "ephemeral-storage"];

/// `resources` of a container.
pub fn requirements(at: &Node, out: &mut Findings) {
    for list in ["limits", "requests"] {
        for (name, amount) in at.get(list).iter().flat_map(Node::fields) {
            resource_name(name, &amount, out);
            self::amount(name, &amount, out);
        }
    }
    within_limits(at, out);
}

/// `resources` of a whole Pod.
pub fn pod_level(at: &Node, out: &mut Findings) {
    for list in ["limits", "requests"] {
        for (name, amount) in at.get(list).iter().flat_map(Node::fields) {
            if !matches!(name, "cpu" | "memory") && !name.starts_with("hugepages-") {
                let message =
                    format!("`{name}` is no resource of a whole Pod: `cpu`, `memory`, `hugepages-…`");
                out.error(INVALID_VALUE, &amount, message);
            }
            self::amount(name, &amount, out);
        }
    }
    within_limits(at, out);
}

/// The name of a resource that a container can have.
pub fn resource_name(name: &str, at: &Node, out: &mut Findings) {
    if let Some(fault) = syntax::qualified_name(name) {
        return out.error(INVALID_VALUE, at, fault);
    }
    let plain = !name.contains('/');
    if plain && !STANDARD.contains(&name) && !name.starts_with("hugepages-") {
        let message = format!(
            "`{name}` is no resource of a container: `cpu`, `memory`, `ephemeral-storage`, \
             `hugepages-…`, or one with a domain such as `example.com/{name}`"
        );
        out.push(
            INVALID_VALUE,
            Severity::Error,
            at.path(),
            message,
            did_you_mean(name, STANDARD.iter().copied()),
        );
    } else if !plain && name.starts_with("requests.") {
        out.error(INVALID_VALUE, at, format!("`{name}` cannot begin with `requests.`"));
    }
}

/// Whether a node may promise more of it than it has.
fn overcommits(name: &str) -> bool {
    let native = !name.contains('/') || name.contains("kubernetes.io/");
    native && !name.starts_with("hugepages-")
}

fn amount(name: &str, at: &Node, out: &mut Findings) {
    let Ok(amount) = syntax::quantity(at.value) else { return };
    if amount < 0.0 {
        out.error(INVALID_VALUE, at, "is negative");
    } else if !overcommits(name) && amount.fract() != 0.0 {
        out.error(INVALID_VALUE, at, format!("is no whole number, and `{name}` comes in whole numbers"));
    }
}

fn within_limits(at: &Node, out: &mut Findings) {
    let limits = at.get("limits");
    for (name, request) in at.get("requests").iter().flat_map(Node::fields) {
        let limit = limits.as_ref().and_then(|l| l.value.get(name));
        let Ok(wanted) = syntax::quantity(request.value) else { continue };
        match limit.map(syntax::quantity) {
            Some(Ok(most)) if wanted > most => {
                out.error(INVALID_VALUE, &request, format!("is more than the limit of `{name}`"));
            }
            Some(Ok(most)) if !overcommits(name) && (wanted - most).abs() > 0.0 => {
                out.error(INVALID_VALUE, &request, format!("has to equal the limit of `{name}`"));
            }
            None if !overcommits(name) => {
                out.error(
                    MISSING_FIELD,
                    &request,
                    format!("needs a limit too: `{name}` cannot be overcommitted"),
                );
            }
            _ => {}
        }
    }
}
