//! The parts of Application, Policy and Workflow documents that have a type: where they stand, and what is given.
//! Tolerant: whatever is not of the expected kind is passed over. Read by the check, hover and navigation.

use std::sync::Arc;

use crate::definition::Kind;
use vela_yaml::{Doc, NodeId};

use crate::check::yaml::{oam_kind, text_at};

/// A component, trait, policy or workflow step.
#[derive(Clone, PartialEq, Debug)]
pub struct Part {
    /// What it is.
    pub kind: Kind,
    /// The map that describes it.
    pub node: NodeId,
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
    /// The value of `type`, if it is a text.
    pub type_node: Option<NodeId>,
    /// The type: as written, or for what is overridden that of the component meant.
    pub type_name: Option<Arc<str>>,
    /// The value of `properties`, if it is there.
    pub properties: Option<NodeId>,
    /// Whether it only changes a part of something: what is missing here is given there.
    pub partial: bool,
    /// Names of properties that are filled in elsewhere.
    pub filled: Vec<Arc<str>>,
}

/// Deepest groups of steps in groups of steps.
const MAX_GROUPS: u32 = 16;

/// All parts of a document, in order.
pub fn parts(doc: &Doc) -> Vec<Part> {
    let mut out = Vec::new();
    match oam_kind(doc).as_deref() {
        Some("Application") => application(doc, &mut out),
        Some("Policy") => one(doc, doc.root, Kind::Policy, false, &mut out),
        Some("Workflow") => steps(doc, doc.get(doc.root, "steps").map(|e| e.value), 0, &mut out),
        _ => {}
    }
    out
}

fn application(doc: &Doc, out: &mut Vec<Part>) {
    for item in list(doc, doc.at(&["spec", "components"])) {
        one(doc, item, Kind::Component, false, out);
        for item in list(doc, value(doc, item, "traits")) {
            one(doc, item, Kind::Trait, false, out);
        }
    }
    let components = out.len();
    let mut overrides = Vec::new();
    for item in list(doc, doc.at(&["spec", "policies"])) {
        one(doc, item, Kind::Policy, false, out);
        if text(doc, item, "type").as_deref() == Some("override") {
            overrides.extend(value(doc, item, "properties"));
        }
    }
    steps(doc, doc.at(&["spec", "workflow", "steps"]), 0, out);
    for properties in overrides {
        for item in list(doc, value(doc, properties, "components")) {
            overriding(doc, item, components, out);
        }
    }
}

/// A component of an `override` policy: it changes those of its name or type, or all.
fn overriding(doc: &Doc, item: NodeId, components: usize, out: &mut Vec<Part>) {
    let at = out.len();
    one(doc, item, Kind::Component, true, out);
    let given: Vec<Arc<str>> = value(doc, item, "properties")
        .and_then(|p| doc.entries(p))
        .map(|entries| entries.iter().map(|e| e.name.clone()).collect())
        .unwrap_or_default();
    let (name, kind) = (text(doc, item, "name"), text(doc, item, "type"));
    for component in out.iter_mut().take(components).filter(|p| p.kind == Kind::Component) {
        let named = name.as_ref().is_none_or(|n| n.is_empty() || component.name.as_ref() == Some(n));
        let typed = kind.as_ref().is_none_or(|k| component.type_name.as_ref() == Some(k));
        if named && typed {
            component.filled.extend(given.iter().cloned());
        }
    }
    if kind.is_none() {
        let mut known = out.iter().take(components).filter(|p| p.kind == Kind::Component);
        let known = known.find(|c| name.is_some() && c.name == name).and_then(|c| c.type_name.clone());
        if let Some(part) = out.get_mut(at) {
            part.type_name = known;
        }
    }
    for item in list(doc, value(doc, item, "traits")) {
        one(doc, item, Kind::Trait, true, out);
    }
}

fn steps(doc: &Doc, at: Option<NodeId>, depth: u32, out: &mut Vec<Part>) {
    for item in list(doc, at) {
        one(doc, item, Kind::WorkflowStep, false, out);
        if depth < MAX_GROUPS {
            steps(doc, value(doc, item, "subSteps"), depth + 1, out);
        }
    }
}

fn one(doc: &Doc, node: NodeId, kind: Kind, partial: bool, out: &mut Vec<Part>) {
    if doc.entries(node).is_none() {
        return;
    }
    let type_node = value(doc, node, "type").filter(|v| doc.str(*v).is_some());
    let mut filled = Vec::new();
    for input in list(doc, value(doc, node, "inputs")) {
        if let Some(key) = text(doc, input, "parameterKey") {
            let first = key.split(['.', '[']).next().unwrap_or("");
            filled.push(first.into());
        }
    }
    out.push(Part {
        kind,
        node,
        name: text(doc, node, "name"),
        type_node,
        type_name: text(doc, node, "type"),
        properties: value(doc, node, "properties"),
        partial,
        filled,
    });
}

fn value(doc: &Doc, node: NodeId, name: &str) -> Option<NodeId> {
    doc.get(node, name).map(|e| e.value)
}

fn text(doc: &Doc, node: NodeId, name: &str) -> Option<Arc<str>> {
    doc.str(value(doc, node, name)?).cloned()
}

fn list(doc: &Doc, node: Option<NodeId>) -> Vec<NodeId> {
    node.and_then(|n| doc.items(n)).map(<[NodeId]>::to_vec).unwrap_or_default()
}

/// The name of the Application a document is, `""` for none.
pub fn document_name(doc: &Doc) -> Arc<str> {
    text_at(doc, &["metadata", "name"]).unwrap_or_default()
}
