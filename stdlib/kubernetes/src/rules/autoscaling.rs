//! HorizontalPodAutoscalers, v1 and v2.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};

use super::resources;
use crate::finding::{Findings, Node};
use crate::syntax;

/// The kinds of metrics, with the field that describes each.
const METRICS: &[(&str, &str)] = &[
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
    ("External", "external"),
    ("ContainerResource", "containerResource"),
];

/// The `spec` of a HorizontalPodAutoscaler.
pub fn scaler(spec: &Node, out: &mut Findings) {
    // Scaling to nothing is a feature that clusters have to switch on.
    out.at_least(spec, "minReplicas", 1);
    out.at_least(spec, "maxReplicas", 1);
    if let (Some(least), Some(most)) = (spec.int("minReplicas"), spec.int("maxReplicas"))
        && most < least
        && most >= 1
    {
        let message = format!("is {most}, and has to be at least `minReplicas`, {least}");
        out.error_in(INVALID_VALUE, spec, "maxReplicas", message);
    }
    out.at_least(spec, "targetCPUUtilizationPercentage", 1);
    if let Some(target) = spec.get("scaleTargetRef") {
        reference(&target, out.minor >= 34, out);
    }
    for metric in spec.get("metrics").iter().flat_map(Node::items) {
        self::metric(&metric, out);
    }
    if let Some(behavior) = spec.get("behavior") {
        for direction in ["scaleUp", "scaleDown"] {
            if let Some(rules) = behavior.get(direction) {
                rules_of(&rules, direction, out);
            }
        }
    }
}

/// What is scaled or looked at. Things that scale are in a group.
fn reference(at: &Node, grouped: bool, out: &mut Findings) {
    out.form(at, "kind", syntax::path_segment);
    out.form(at, "name", syntax::path_segment);
    let api = at.text("apiVersion");
    if grouped && !api.contains('/') {
        let message = match api {
            "" => "is missing: the API group and version of the target, such as `apps/v1`".to_owned(),
            _ => format!("`{api}` names no API group, as `apps/v1` does"),
        };
        out.error_in(INVALID_VALUE, at, "apiVersion", message);
    } else if api.matches('/').count() > 1 {
        out.error_in(INVALID_VALUE, at, "apiVersion", format!("`{api}` is no API version such as `apps/v1`"));
    }
}

fn metric(at: &Node, out: &mut Findings) {
    let kinds: Vec<&str> = METRICS.iter().map(|(kind, _)| *kind).collect();
    out.one_of(at, "type", &kinds);
    let kind = at.text("type");
    let Some((_, wanted)) = METRICS.iter().find(|(k, _)| *k == kind) else { return };
    for (_, field) in METRICS {
        if field != wanted && at.has(field) {
            out.error_in(EXCLUDED, at, field, format!("is there, and the metric is of type {kind}"));
        }
    }
    let Some(source) = at.get(wanted) else {
        return out.error_in(MISSING_FIELD, at, wanted, format!("is missing in a metric of type {kind}"));
    };
    out.form(&source, "container", syntax::dns_label);
    if let Some(name) = source.get("name") {
        resources::resource_name(name.str(), &name, out);
    }
    if let Some(target) = source.get("target") {
        self::target(&target, wanted, out);
    }
    if let Some(name) = source.get("metric") {
        out.form(&name, "name", syntax::path_segment);
    }
    if let Some(described) = source.get("describedObject") {
        reference(&described, false, out);
    }
}

fn target(at: &Node, source: &str, out: &mut Findings) {
    out.one_of(at, "type", &["Utilization", "Value", "AverageValue"]);
    out.at_least(at, "averageUtilization", 1);
    for field in ["value", "averageValue"] {
        if let Some(amount) = at.get(field)
            && syntax::quantity(amount.value).is_ok_and(|n| n <= 0.0)
        {
            out.error(INVALID_VALUE, &amount, "has to be more than 0");
        }
    }
    let (either, exclusive): (&[&str], bool) = match source {
        "pods" => (&["averageValue"], false),
        "object" => (&["value", "averageValue"], false),
        "external" => (&["value", "averageValue"], true),
        _ => (&["averageUtilization", "averageValue"], true),
    };
    let there = either.iter().filter(|f| at.has(f)).count();
    if there == 0 {
        out.error(MISSING_FIELD, at, format!("has no {}", crate::finding::listed(either)));
    } else if exclusive {
        out.at_most_one(at, either, "a target is one of the two");
    }
}

fn rules_of(at: &Node, direction: &str, out: &mut Findings) {
    out.between(at, "stabilizationWindowSeconds", 0, 3600);
    out.one_of(at, "selectPolicy", &["Max", "Min", "Disabled"]);
    // Without any policy the server takes its own, but not an empty list.
    if at.get("policies").is_some_and(|p| p.items().next().is_none()) {
        out.error_in(MISSING_FIELD, at, "policies", format!("is empty: {direction} needs a policy"));
    }
    for policy in at.get("policies").iter().flat_map(Node::items) {
        out.one_of(&policy, "type", &["Pods", "Percent"]);
        out.at_least(&policy, "value", 1);
        out.between(&policy, "periodSeconds", 1, 1800);
    }
    if let Some(tolerance) = at.get("tolerance")
        && syntax::quantity(tolerance.value).is_ok_and(|n| n < 0.0)
    {
        out.error(INVALID_VALUE, &tolerance, "is negative");
    }
}
