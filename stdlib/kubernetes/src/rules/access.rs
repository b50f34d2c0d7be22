//! Roles and who has them.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};

use super::meta;
use crate::finding::{Findings, Node};
use crate::syntax;

const GROUP: &str = "rbac.authorization.k8s.io";

/// The rules of a Role or ClusterRole.
pub fn rules(at: &Node, namespaced: bool, out: &mut Findings) {
    for rule in at.get("rules").iter().flat_map(Node::items) {
        if rule.filled("nonResourceURLs") {
            if namespaced {
                out.error_in(EXCLUDED, &rule, "nonResourceURLs", "is for ClusterRoles");
            }
            for field in ["apiGroups", "resources", "resourceNames"] {
                if rule.filled(field) {
                    out.error_in(EXCLUDED, &rule, field, "is there beside `nonResourceURLs`");
                }
            }
            continue;
        }
        for field in ["apiGroups", "resources"] {
            out.required(&rule, field);
        }
    }
    if let Some(aggregation) = at.get("aggregationRule") {
        out.required(&aggregation, "clusterRoleSelectors");
        for selector in aggregation.get("clusterRoleSelectors").iter().flat_map(Node::items) {
            meta::selector(&selector, out);
        }
    }
}

/// A RoleBinding or ClusterRoleBinding.
pub fn binding(at: &Node, namespaced: bool, out: &mut Findings) {
    if let Some(role) = at.get("roleRef") {
        out.one_of(&role, "apiGroup", &[GROUP]);
        let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
        out.one_of(&role, "kind", kinds);
        out.form(&role, "name", syntax::path_segment);
    }
    for subject in at.get("subjects").iter().flat_map(Node::items) {
        out.one_of(&subject, "kind", &["ServiceAccount", "User", "Group"]);
        let group = subject.text("apiGroup");
        match subject.text("kind") {
            "ServiceAccount" => {
                out.form(&subject, "name", syntax::dns_subdomain);
                if !group.is_empty() {
                    let message = format!("is `{group}`, and a ServiceAccount is in no group");
                    out.error_in(INVALID_VALUE, &subject, "apiGroup", message);
                }
                if !namespaced && !subject.filled("namespace") {
                    let message = "is missing: a ServiceAccount lives in a namespace";
                    out.error_in(MISSING_FIELD, &subject, "namespace", message);
                }
            }
            "User" | "Group" => out.one_of(&subject, "apiGroup", &[GROUP]),
            _ => {}
        }
    }
}
