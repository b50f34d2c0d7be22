//! Configurations of admission webhooks.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};

use super::meta;
use crate::finding::{Findings, Node};
use crate::syntax;

/// A configuration of this kind.
pub fn webhooks(at: &Node, kind: &str, out: &mut Findings) {
    for hook in at.get("webhooks").iter().flat_map(Node::items) {
        out.form(&hook, "name", domain);
        client(&hook, out);
        out.one_of(&hook, "failurePolicy", &["Fail", "Ignore"]);
        out.one_of(&hook, "matchPolicy", &["Exact", "Equivalent"]);
        out.one_of(&hook, "sideEffects", &["None", "NoneOnDryRun"]);
        if kind == "MutatingWebhookConfiguration" {
            out.one_of(&hook, "reinvocationPolicy", &["Never", "IfNeeded"]);
        }
        out.between(&hook, "timeoutSeconds", 1, 30);
        for version in hook.get("admissionReviewVersions").iter().flat_map(Node::items) {
            out.fault(INVALID_VALUE, &version, syntax::dns_1035_label(version.str()));
        }
        for selector in ["namespaceSelector", "objectSelector"] {
            if let Some(selector) = hook.get(selector) {
                meta::selector(&selector, out);
            }
        }
        for rule in hook.get("rules").iter().flat_map(Node::items) {
            self::rule(&rule, out);
        }
    }
}

/// A name of at least three labels.
fn domain(text: &str) -> Option<String> {
    syntax::dns_subdomain(text).or_else(|| {
        (text.split('.').count() < 3)
            .then(|| format!("`{text}` has to be a DNS name of at least three parts"))
    })
}

fn client(hook: &Node, out: &mut Findings) {
    let Some(client) = hook.get("clientConfig") else {
        return out.error_in(MISSING_FIELD, hook, "clientConfig", "is missing");
    };
    if out.at_most_one(&client, &["url", "service"], "a webhook is reached by one of the two").is_empty() {
        out.error(MISSING_FIELD, &client, "has neither `url` nor `service`");
    }
    let url = client.text("url");
    if !url.is_empty() && !url.starts_with("https://") {
        out.error_in(INVALID_VALUE, &client, "url", format!("`{url}` does not begin with `https://`"));
    }
    if let Some(service) = client.get("service") {
        out.form(&service, "path", syntax::absolute_path);
        out.between(&service, "port", 1, 65535);
    }
}

fn rule(at: &Node, out: &mut Findings) {
    for field in ["operations", "apiGroups", "apiVersions", "resources"] {
        out.required(at, field);
        let items = at.get(field);
        let all = items.iter().flat_map(Node::items).any(|i| i.str() == "*");
        if all && field != "resources" && items.iter().flat_map(Node::items).count() > 1 {
            out.error_in(EXCLUDED, at, field, "has `*` beside others");
        }
    }
    let known = ["*", "CREATE", "UPDATE", "DELETE", "CONNECT"];
    for operation in at.get("operations").iter().flat_map(Node::items) {
        if !known.contains(&operation.str()) {
            let shown = crate::finding::listed(&known);
            out.error(
                INVALID_VALUE,
                &operation,
                format!("is `{}`, and has to be one of {shown}", operation.str()),
            );
        }
    }
    out.one_of(at, "scope", &["*", "Cluster", "Namespaced"]);
}
