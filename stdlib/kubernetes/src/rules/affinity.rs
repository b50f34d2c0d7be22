//! Where Pods go: affinity, tolerations, spread over nodes.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};

use super::meta;
use crate::finding::{Findings, Node};
use crate::syntax;

const EFFECTS: &[&str] = &["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// All of a Pod.
pub fn pod(spec: &Node, out: &mut Findings) {
    for toleration in spec.get("tolerations").iter().flat_map(Node::items) {
        self::toleration(&toleration, out);
    }
    for spread in spec.get("topologySpreadConstraints").iter().flat_map(Node::items) {
        self::spread(&spread, out);
    }
    let Some(affinity) = spec.get("affinity") else { return };
    if let Some(nodes) = affinity.get("nodeAffinity") {
        if let Some(required) = nodes.get("requiredDuringSchedulingIgnoredDuringExecution") {
            node_selector(&required, out);
        }
        for weighted in
            nodes.get("preferredDuringSchedulingIgnoredDuringExecution").iter().flat_map(Node::items)
        {
            out.between(&weighted, "weight", 1, 100);
            if let Some(term) = weighted.get("preference") {
                node_term(&term, out);
            }
        }
    }
    for kind in ["podAffinity", "podAntiAffinity"] {
        let Some(pods) = affinity.get(kind) else { continue };
        for term in pods.get("requiredDuringSchedulingIgnoredDuringExecution").iter().flat_map(Node::items) {
            pod_term(&term, out);
        }
        for weighted in
            pods.get("preferredDuringSchedulingIgnoredDuringExecution").iter().flat_map(Node::items)
        {
            out.between(&weighted, "weight", 1, 100);
            if let Some(term) = weighted.get("podAffinityTerm") {
                pod_term(&term, out);
            }
        }
    }
}

/// Terms of which one has to fit a node.
pub fn node_selector(at: &Node, out: &mut Findings) {
    for term in at.get("nodeSelectorTerms").iter().flat_map(Node::items) {
        node_term(&term, out);
    }
}

fn node_term(at: &Node, out: &mut Findings) {
    for expression in at.get("matchExpressions").iter().flat_map(Node::items) {
        out.one_of(&expression, "operator", &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]);
        out.form(&expression, "key", syntax::qualified_name);
        let operator = expression.text("operator");
        meta::values(&expression, operator, out);
        if matches!(operator, "Gt" | "Lt") && expression.get("values").map_or(0, |v| v.items().count()) != 1 {
            out.error_in(
                INVALID_VALUE,
                &expression,
                "values",
                format!("has to be one number for `{operator}`"),
            );
        }
    }
    for field in at.get("matchFields").iter().flat_map(Node::items) {
        let operator = field.text("operator");
        match operator {
            "" => {}
            "In" | "NotIn" if field.get("values").map_or(0, |v| v.items().count()) == 1 => {}
            "In" | "NotIn" => out.error_in(INVALID_VALUE, &field, "values", "has to be one value"),
            _ => {
                let message = format!("is `{operator}`, and a field is compared with `In` or `NotIn`");
                out.error_in(INVALID_VALUE, &field, "operator", message);
            }
        }
        out.one_of(&field, "key", &["metadata.name"]);
    }
}

fn pod_term(at: &Node, out: &mut Findings) {
    out.form(at, "topologyKey", syntax::qualified_name);
    for selector in ["labelSelector", "namespaceSelector"] {
        if let Some(selector) = at.get(selector) {
            meta::selector(&selector, out);
        }
    }
    for namespace in at.get("namespaces").iter().flat_map(Node::items) {
        out.fault(INVALID_VALUE, &namespace, syntax::dns_label(namespace.str()));
    }
    let keys = ["matchLabelKeys", "mismatchLabelKeys"];
    if !at.has("labelSelector") && keys.iter().any(|k| at.filled(k)) {
        let message = "is missing, and keys of labels to match need it";
        out.error_in(MISSING_FIELD, at, "labelSelector", message);
    }
}

fn toleration(at: &Node, out: &mut Findings) {
    out.form(at, "key", syntax::qualified_name);
    let (key, operator) = (at.text("key"), at.text("operator"));
    if key.is_empty() && operator != "Exists" {
        let message = "has to be `Exists` where there is no `key`: it then tolerates every taint";
        out.error_in(INVALID_VALUE, at, "operator", message);
    }
    out.one_of(at, "operator", &["Equal", "Exists"]);
    match operator {
        "Exists" if at.filled("value") => {
            out.error_in(EXCLUDED, at, "value", "is there, and `Exists` takes none");
        }
        "" | "Equal" => out.form(at, "value", syntax::label_value),
        _ => {}
    }
    out.one_of(at, "effect", EFFECTS);
    if at.has("tolerationSeconds") && at.text("effect") != "NoExecute" {
        out.error_in(EXCLUDED, at, "tolerationSeconds", "is there, and only `effect: NoExecute` takes it");
    }
}

fn spread(at: &Node, out: &mut Findings) {
    out.at_least(at, "maxSkew", 1);
    out.at_least(at, "minDomains", 1);
    out.one_of(at, "whenUnsatisfiable", &["DoNotSchedule", "ScheduleAnyway"]);
    if at.has("minDomains") && at.text("whenUnsatisfiable") != "DoNotSchedule" {
        let message = "is there, and only `whenUnsatisfiable: DoNotSchedule` takes it";
        out.error_in(EXCLUDED, at, "minDomains", message);
    }
    out.one_of(at, "nodeAffinityPolicy", &["Honor", "Ignore"]);
    out.one_of(at, "nodeTaintsPolicy", &["Honor", "Ignore"]);
    if let Some(selector) = at.get("labelSelector") {
        meta::selector(&selector, out);
    }
    if at.filled("matchLabelKeys") && !at.has("labelSelector") {
        out.error_in(MISSING_FIELD, at, "labelSelector", "is missing, and `matchLabelKeys` needs it");
    }
}
