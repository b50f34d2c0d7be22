//! Metadata, labels, annotations, selectors of labels.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD, NAMES_NOTHING};
use vela_yaml::Data;

use crate::finding::{Findings, Form, Node};
use crate::syntax;

/// Most bytes of all annotations together.
const ANNOTATIONS: usize = 256 << 10;

/// The form that names of a kind have.
fn name_form(kind: &str) -> Form {
    match kind {
        "Service" => syntax::dns_1035_label,
        "Namespace" | "StatefulSet" => syntax::dns_label,
        "Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding" | "APIService" => syntax::path_segment,
        _ => syntax::dns_subdomain,
    }
}

/// `metadata` of a whole object.
pub fn object(at: &Node, kind: &str, out: &mut Findings) {
    let Some(meta) = at.get("metadata") else {
        return out.error_in(MISSING_FIELD, at, "metadata", "is missing");
    };
    let name = meta.text("name");
    if name.is_empty() {
        if !meta.filled("generateName") {
            out.required(&meta, "name");
        }
    } else {
        let form = if kind == "Service" && out.minor >= 36 { syntax::dns_label } else { name_form(kind) };
        out.form(&meta, "name", form);
        // A CronJob adds eleven characters for its Jobs.
        if kind == "CronJob" && name.len() > 52 {
            let message = format!("has {} characters, and a CronJob's name at most 52", name.len());
            out.error_in(INVALID_VALUE, &meta, "name", message);
        }
    }
    out.form(&meta, "namespace", syntax::dns_label);
    labels(&meta, out);
    if meta.filled("managedFields") {
        out.error_in(EXCLUDED, &meta, "managedFields", "is written by the server, and cannot be applied");
    }
    if let Some(finalizers) = meta.get("finalizers") {
        for node in finalizers.items() {
            out.fault(INVALID_VALUE, &node, syntax::qualified_name(node.str()));
        }
    }
    let controllers = |owners: &Node| owners.items().filter(|o| o.flag("controller") == Some(true)).count();
    if meta.get("ownerReferences").is_some_and(|owners| controllers(&owners) > 1) {
        let message = "names several owners as `controller`, and there can be one";
        out.error_in(EXCLUDED, &meta, "ownerReferences", message);
    }
}

/// `labels` and `annotations` of a metadata.
pub fn labels(meta: &Node, out: &mut Findings) {
    if let Some(labels) = meta.get("labels") {
        label_map(&labels, out);
    }
    if let Some(annotations) = meta.get("annotations") {
        let mut size = 0;
        for (key, node) in annotations.fields() {
            size += key.len() + node.str().len();
            // Annotations have keys in any case.
            out.fault(INVALID_VALUE, &node, syntax::qualified_name(&key.to_lowercase()));
        }
        if size > ANNOTATIONS {
            out.error(INVALID_VALUE, &annotations, format!("has {size} bytes, and may have {ANNOTATIONS}"));
        }
    }
}

/// A map of labels.
pub fn label_map(labels: &Node, out: &mut Findings) {
    for (key, node) in labels.fields() {
        let fault = syntax::qualified_name(key).or_else(|| syntax::label_value(node.str()));
        out.fault(INVALID_VALUE, &node, fault);
    }
}

/// A selector with `matchLabels` and `matchExpressions`.
pub fn selector(selector: &Node, out: &mut Findings) {
    if let Some(labels) = selector.get("matchLabels") {
        label_map(&labels, out);
    }
    for expression in selector.get("matchExpressions").iter().flat_map(Node::items) {
        out.form(&expression, "key", syntax::qualified_name);
        out.one_of(&expression, "operator", &["In", "NotIn", "Exists", "DoesNotExist"]);
        values(&expression, expression.text("operator"), out);
        for value in expression.get("values").iter().flat_map(Node::items) {
            out.fault(INVALID_VALUE, &value, syntax::label_value(value.str()));
        }
    }
}

/// Whether `values` fits the operator of a requirement.
pub fn values(at: &Node, operator: &str, out: &mut Findings) {
    match operator {
        "In" | "NotIn" if !at.filled("values") => {
            out.error_in(MISSING_FIELD, at, "values", format!("is missing, and `{operator}` needs some"));
        }
        "Exists" | "DoesNotExist" if at.filled("values") => {
            out.error_in(EXCLUDED, at, "values", format!("is there, and `{operator}` takes none"));
        }
        _ => {}
    }
}

/// Whether labels are what a selector asks for. An absent selector selects nothing, an empty one everything.
pub fn selector_matches(selector: &Data, labels: Option<&Data>) -> bool {
    let label = |key: &str| labels.and_then(|l| l.get(key)).and_then(Data::as_str);
    let wanted = selector.get("matchLabels").and_then(Data::as_map).unwrap_or_default();
    let expressions = selector.get("matchExpressions").and_then(Data::as_list).unwrap_or_default();
    wanted.iter().all(|(key, value)| label(key).is_some() && label(key) == value.as_str())
        && expressions.iter().all(|e| {
            let text = |field: &str| e.get(field).and_then(Data::as_str).unwrap_or("");
            let values = e.get("values").and_then(Data::as_list).unwrap_or_default();
            let found = label(text("key"));
            let among = found.is_some_and(|l| values.iter().any(|v| v.as_str() == Some(l)));
            match text("operator") {
                "In" => among,
                "NotIn" => !among,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => true,
            }
        })
}

/// The selector of a workload: there, not empty, and one that selects its own Pods.
pub fn own_selector(spec: &Node, out: &mut Findings) {
    let Some(node) = spec.get("selector") else {
        return out.error_in(MISSING_FIELD, spec, "selector", "is missing");
    };
    selector(&node, out);
    if !node.filled("matchLabels") && !node.filled("matchExpressions") {
        return out.error(INVALID_VALUE, &node, "is empty, and has to select the Pods of the template");
    }
    let template = spec.get("template");
    let labels = template.as_ref().and_then(|t| t.value.at(&["metadata", "labels"]));
    if !selector_matches(node.value, labels) {
        let message = "asks for labels that `template.metadata.labels` does not have";
        out.error(NAMES_NOTHING, &node, message);
    }
}
