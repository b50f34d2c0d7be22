//! Where the names that an Application gives its parts stand: the component in `name:`, and in whatever refers to it.
//! One table for completion, navigation, renaming, and the check that a name leads somewhere.

use std::sync::Arc;

use vela_diagnostics::catalogue::application::UNKNOWN_NAME;
use vela_diagnostics::{Severity, Span, nearest};
use vela_yaml::{Doc, Kind as YamlKind, NodeId};

use crate::check::Mistake;
use crate::yaml::oam_kind;

/// What a name names.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Role {
    /// A component.
    Component,
    /// A policy.
    Policy,
    /// A workflow step.
    Step,
    /// A cluster of the inventory.
    Cluster,
    /// The name of a label of clusters.
    ClusterLabel,
}

impl Role {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Policy => "policy",
            Self::Step => "step",
            Self::Cluster => "cluster",
            Self::ClusterLabel => "cluster label",
        }
    }
}

/// A name where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mention {
    /// What it names.
    pub role: Role,
    /// The name.
    pub name: Arc<str>,
    /// Where.
    pub span: Span,
    /// Whether it gives the name.
    pub declares: bool,
}

/// What a place means: `path` from the root with `*` for elements of lists, `key` for the key of a field, and
/// `type_of` the `type` of the policy or step that the first `n` names of the path lead to. The second part of the
/// answer says whether a name is given there.
pub fn role(path: &[&str], key: bool, type_of: &dyn Fn(usize) -> Option<Arc<str>>) -> Option<(Role, bool)> {
    let is = |n: usize, wanted: &str| type_of(n).as_deref() == Some(wanted);
    if key {
        return match path {
            ["spec", "policies", "*", "properties", "clusterLabelSelector", _] => {
                Some((Role::ClusterLabel, false))
            }
            ["clusters", "*", "labels", _] => Some((Role::ClusterLabel, true)),
            _ => None,
        };
    }
    match path {
        ["spec", "components", "*", "name"] => return Some((Role::Component, true)),
        ["spec", "components", "*", "dependsOn", "*"]
        | ["spec", "policies", "*", "properties", "rules", "*", "selector", "componentNames", "*"] => {
            return Some((Role::Component, false));
        }
        ["spec", "policies", "*", "name"] => return Some((Role::Policy, true)),
        ["spec", "policies", "*", "properties", "components", "*", "name"] if is(3, "override") => {
            return Some((Role::Component, false));
        }
        ["spec", "policies", "*", "properties", "selector", "*"] if is(3, "replication") => {
            return Some((Role::Component, false));
        }
        ["spec", "policies", "*", "properties", "clusters", "*"] if is(3, "topology") => {
            return Some((Role::Cluster, false));
        }
        ["clusters", "*", "name"] => return Some((Role::Cluster, true)),
        _ => {}
    }
    let ["spec", "workflow", "steps", "*", rest @ ..] = path else { return None };
    let mut rest = rest;
    while let ["subSteps", "*", inner @ ..] = rest {
        rest = inner;
    }
    let step = path.len() - rest.len();
    match rest {
        ["name"] => Some((Role::Step, true)),
        ["dependsOn", "*"] => Some((Role::Step, false)),
        ["properties", "policies", "*"] if is(step, "deploy") => Some((Role::Policy, false)),
        ["properties", "component"] if is(step, "apply-component") => Some((Role::Component, false)),
        _ => None,
    }
}

/// Whether a document is an inventory of clusters.
pub fn is_inventory(doc: &Doc) -> bool {
    doc.get(doc.root, "apiVersion").is_none()
        && doc.get(doc.root, "clusters").is_some_and(|e| doc.items(e.value).is_some())
}

/// All names in a document, in order.
pub fn mentions(doc: &Doc) -> Vec<Mention> {
    let application = oam_kind(doc).as_deref() == Some("Application");
    let mut out = Vec::new();
    if application || is_inventory(doc) {
        let top: &[&str] = if application { &["spec"] } else { &["clusters"] };
        for name in top {
            if let Some(entry) = doc.get(doc.root, name) {
                walk(doc, entry.value, &mut vec![*name], &mut vec![doc.root, entry.value], &mut out);
            }
        }
    }
    out
}

/// Deepest place that a name stands at.
const MAX_DEPTH: usize = 48;

fn walk<'d>(
    doc: &'d Doc,
    at: NodeId,
    path: &mut Vec<&'d str>,
    nodes: &mut Vec<NodeId>,
    out: &mut Vec<Mention>,
) {
    if path.len() > MAX_DEPTH {
        return;
    }
    let mention = |path: &[&str], nodes: &[NodeId], key: bool, name: &Arc<str>, span: Span| {
        let type_of = |n: usize| doc.get(*nodes.get(n)?, "type").and_then(|e| doc.str(e.value)).cloned();
        let (role, declares) = role(path, key, &type_of)?;
        (!name.is_empty()).then(|| Mention { role, name: name.clone(), span, declares })
    };
    match &doc.node(at).kind {
        YamlKind::Map { entries, .. } => {
            for entry in entries.iter().filter(|e| !e.merged) {
                path.push(&entry.name);
                nodes.push(entry.value);
                out.extend(mention(path, nodes, true, &entry.name, doc.node(entry.key).span));
                walk(doc, entry.value, path, nodes, out);
                path.pop();
                nodes.pop();
            }
        }
        YamlKind::List { items, .. } => {
            for item in items {
                path.push("*");
                nodes.push(*item);
                walk(doc, *item, path, nodes, out);
                path.pop();
                nodes.pop();
            }
        }
        YamlKind::Scalar { text, .. } => out.extend(mention(path, nodes, false, text, doc.node(at).span)),
        YamlKind::Alias { .. } => {}
    }
}

/// Names that lead nowhere, as mistakes. `clusters` are those of the inventory, if there is one.
pub fn check(doc: &Doc, clusters: Option<&[Arc<str>]>) -> Vec<Mistake> {
    let all = mentions(doc);
    if is_inventory(doc) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for mention in all.iter().filter(|m| !m.declares) {
        let known: Vec<&str> = match mention.role {
            Role::Cluster => match clusters {
                Some(names) => names.iter().map(|n| &**n).chain([vela_oam::inventory::LOCAL]).collect(),
                None => continue,
            },
            // Policies also come from other documents.
            Role::ClusterLabel | Role::Policy => continue,
            role => all.iter().filter(|m| m.declares && m.role == role).map(|m| &*m.name).collect(),
        };
        if known.contains(&&*mention.name) || mention.name.contains("${") {
            continue;
        }
        let near = nearest(&mention.name, known.iter().copied()).map(str::to_owned);
        let hint = near.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        out.push(Mistake {
            code: UNKNOWN_NAME,
            severity: Severity::Warning,
            message: format!("there is no {} named `{}`{hint}", mention.role.word(), mention.name),
            span: mention.span,
            related: None,
            fix: near.map(|n| (format!("Change to `{n}`"), mention.span, n)),
        });
    }
    out
}
