//! YAML and JSON documents as Kubernetes' tools read them, with places. Everything but `.cue` definitions comes in
//! through here.
//!
//! Kubernetes reads YAML 1.1: bare `yes`, `no`, `on`, `off`, `y` and `n` are booleans, as values and as keys.

use std::sync::Arc;

use vela_diagnostics::catalogue::input::DUPLICATE_KEY;
use vela_diagnostics::{Diagnostic, SourceId, Span};
use vela_yaml::{Doc, Kind, NodeId, Scalar, Style};

use crate::data::Value;

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text it stands in.
    pub source: SourceId,
    /// What it means.
    pub value: Value,
    doc: Arc<Doc>,
}

/// A step into a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A field.
    Name(Arc<str>),
    /// An element.
    Index(usize),
}

impl From<&str> for Step {
    fn from(name: &str) -> Self {
        Self::Name(name.into())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// Where a part of a document is: the document's text and the way from its root.
pub type DocPath = Vec<Step>;

/// A path of fields.
pub fn names<const N: usize>(names: [&str; N]) -> DocPath {
    names.map(Step::from).into()
}

/// Most keys given twice that are told of one file.
const MOST_DUPLICATES: usize = 100;

/// Every document of a text, and what is wrong with it.
pub fn read(source: SourceId, name: &str, text: &str) -> (Vec<Document>, Vec<Diagnostic>) {
    let parsed = if name.ends_with(".json") { vela_yaml::parse_json(text) } else { vela_yaml::parse(text) };
    let mut diagnostics: Vec<Diagnostic> = parsed.faults.iter().map(|f| f.diagnostic(source)).collect();
    // Kubernetes' tools accept a key given twice; the last one counts.
    for twice in parsed.docs.iter().flat_map(|d| &d.duplicates).take(MOST_DUPLICATES) {
        let message = format!("key `{}` is given twice; the last one counts", twice.name);
        let diagnostic = Diagnostic::warning(DUPLICATE_KEY, message).at(source, twice.again);
        diagnostics.push(diagnostic.secondary(source, twice.first, "first given here"));
    }
    let documents = parsed
        .docs
        .into_iter()
        .map(|doc| Document { source, value: kubernetes_value(&doc, doc.root), doc: Arc::new(doc) })
        .filter(|d| d.value != Value::Null)
        .collect();
    (documents, diagnostics)
}

/// YAML 1.1's words for booleans that YAML 1.2 takes for text.
fn boolean_word(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn kubernetes_value(doc: &Doc, id: NodeId) -> Value {
    match &doc.node(doc.target(id)).kind {
        Kind::Scalar { value: Scalar::Str, text, style: Style::Plain } if boolean_word(text).is_some() => {
            Value::Bool(boolean_word(text) == Some(true))
        }
        Kind::List { items, .. } => Value::List(items.iter().map(|i| kubernetes_value(doc, *i)).collect()),
        Kind::Map { entries, .. } => {
            let mut map = Value::Map(Vec::with_capacity(entries.len()));
            let unique = doc.duplicates.is_empty();
            for entry in entries {
                let name = match &doc.node(entry.key).kind {
                    Kind::Scalar { value: Scalar::Str, text, style: Style::Plain } => {
                        match boolean_word(text) {
                            Some(true) => "true".into(),
                            Some(false) => "false".into(),
                            None => entry.name.clone(),
                        }
                    }
                    _ => entry.name.clone(),
                };
                let value = kubernetes_value(doc, entry.value);
                match (&mut map, unique) {
                    (Value::Map(fields), true) => fields.push((name, value)),
                    (map, _) => map.set(&name, value),
                }
            }
            map
        }
        _ => doc.data_of(id),
    }
}

impl Document {
    /// The value at a path.
    pub fn value_at(&self, path: &[Step]) -> Option<&Value> {
        path.iter().try_fold(&self.value, |value, step| match step {
            Step::Name(name) => value.get(name),
            Step::Index(i) => value.as_list()?.get(*i),
        })
    }

    /// The bytes of the value at a path, or of the deepest part of the path that is there.
    pub fn span(&self, path: &[Step]) -> Span {
        let mut at = self.doc.root;
        for step in path {
            match self.child(at, step) {
                Some((_, value)) => at = value,
                None => break,
            }
        }
        self.doc.node(at).span
    }

    /// The bytes of the key at a path; the value's where the last step is no key.
    pub fn key_span(&self, path: &[Step]) -> Span {
        let mut at = self.doc.root;
        let mut key = None;
        for step in path {
            match self.child(at, step) {
                Some((k, value)) => {
                    key = k;
                    at = value;
                }
                None => break,
            }
        }
        self.doc.node(key.unwrap_or(at)).span
    }

    fn child(&self, at: NodeId, step: &Step) -> Option<(Option<NodeId>, NodeId)> {
        match step {
            Step::Name(name) => {
                let entries = self.doc.entries(at)?;
                entries.iter().rev().find(|e| e.name == *name).map(|e| (Some(e.key), e.value))
            }
            Step::Index(i) => self.doc.items(at)?.get(*i).map(|v| (None, *v)),
        }
    }

    /// The document as it was read.
    pub fn doc(&self) -> &Doc {
        &self.doc
    }

    /// The document's kind, `""` for none.
    pub fn kind(&self) -> &str {
        crate::data::text(&self.value, &["kind"])
    }

    /// The document's name, `""` for none.
    pub fn name(&self) -> &str {
        crate::metadata::name(&self.value)
    }

    /// The document's namespace, `""` for none.
    pub fn namespace(&self) -> &str {
        crate::metadata::namespace(&self.value)
    }
}
