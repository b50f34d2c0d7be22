//! What a place in an Application, Policy or Workflow is about: a type, a property of a definition, or the document
//! itself. Used by hover, completion and navigation.

use std::sync::Arc;

use vela_db::schema::{Field, NodeId, Schema};
use vela_db::{Db, DefinitionRef, File, Kind, queries};
use vela_diagnostics::Span;
use vela_yaml::{Doc, Kind as YamlKind, NodeId as YamlId};

use crate::outline::{Context, Outline, Step};

/// The YAML at a place.
#[derive(Clone, PartialEq, Debug)]
pub struct Spot {
    /// The way to it from the root of its document.
    pub path: Vec<Step>,
    /// Whether it is a key, else a value.
    pub key: bool,
    /// The key or the value.
    pub span: Span,
    /// The text of that.
    pub text: Arc<str>,
}

/// The documents of a text, as far as they can be read around a place.
pub enum Reader<'a> {
    /// A document that is read.
    Doc(&'a Doc),
    /// The outline of one that cannot be.
    Outline(&'a Outline, &'a str),
}

impl Reader<'_> {
    /// The text of the scalar at a path.
    pub fn text(&self, path: &[Step]) -> Option<Arc<str>> {
        match self {
            Self::Doc(doc) => {
                let mut at = doc.root;
                for step in path {
                    at = match step {
                        Step::Key(name) => doc.get(at, name)?.value,
                        Step::Item(i) => *doc.items(at)?.get(*i)?,
                    };
                }
                doc.str(at).cloned()
            }
            Self::Outline(outline, text) => {
                let value = outline.rows.get(outline.find(path)?)?.value.of(text);
                let bare = value.trim_matches(['"', '\'']);
                (!bare.is_empty()).then(|| bare.into())
            }
        }
    }

    /// The number of items at a path.
    pub fn items(&self, path: &[Step]) -> usize {
        match self {
            Self::Doc(doc) => {
                let mut at = doc.root;
                for step in path {
                    let next = match step {
                        Step::Key(name) => doc.get(at, name).map(|e| e.value),
                        Step::Item(i) => doc.items(at).and_then(|l| l.get(*i)).copied(),
                    };
                    let Some(next) = next else { return 0 };
                    at = next;
                }
                doc.items(at).map_or(0, <[YamlId]>::len)
            }
            Self::Outline(outline, _) => {
                let Some(row) = outline.find(path) else { return 0 };
                let items = outline.rows.iter();
                items.filter(|r| r.parent == Some(row) && matches!(r.step, Step::Item(_))).count()
            }
        }
    }
}

/// What a place is about.
#[derive(Clone, Debug)]
pub enum About {
    /// The value of `type`.
    Type(Kind),
    /// Something in the properties of a definition that is known.
    Property(Property),
    /// A property of a type that no definition has.
    Unknown,
    /// A part of the document.
    Document(Arc<Schema>, Vec<Step>),
}

/// A property.
#[derive(Clone, Debug)]
pub struct Property {
    /// What the definition defines.
    pub kind: Kind,
    /// The type.
    pub name: Arc<str>,
    /// The definition.
    pub definition: DefinitionRef,
    /// What its parameter accepts.
    pub schema: Arc<Schema>,
    /// The way from `properties`.
    pub path: Vec<Step>,
}

/// What the place at the end of a path is about; `None` in documents that are not ours.
pub fn about(db: &dyn Db, path: &[Step], reader: &Reader<'_>) -> Option<About> {
    let kind = reader.text(&[Step::Key("kind".into())]);
    let api = reader.text(&[Step::Key("apiVersion".into())]);
    let inventory =
        || path.first().is_some_and(|s| ["clusters", "controlPlane", "environments"].contains(&s.name()));
    // A document without a kind is taken for what is written most often.
    let kind = match (kind, api) {
        (None, None) if inventory() => queries::INVENTORY.into(),
        (None, None) => "Application".into(),
        (None, Some(api)) if api.starts_with("core.oam.dev/") => "Application".into(),
        (Some(kind), Some(api)) if api.starts_with("core.oam.dev/") => kind,
        (Some(kind), None) if queries::FORMS.contains(&&*kind) => kind,
        _ => return None,
    };
    let form = queries::form(db, &kind)?;
    let Some((kind, at)) = part(&kind, path, reader) else {
        return Some(About::Document(form, path.to_vec()));
    };
    let rest = path.get(at..).unwrap_or_default();
    match rest.first().map(Step::name) {
        Some("type") if rest.len() == 1 => Some(About::Type(kind)),
        Some("properties") => {
            let mut type_path = path.get(..at).unwrap_or_default().to_vec();
            type_path.push(Step::Key("type".into()));
            let Some(name) = reader.text(&type_path) else { return Some(About::Unknown) };
            let Some((definition, schema)) = queries::find(db, kind, &name) else {
                return Some(About::Unknown);
            };
            let path = rest.get(1..).unwrap_or_default().to_vec();
            if rest.len() == 1 {
                // The key `properties` itself, told as the parameter's root.
                return Some(About::Property(Property { kind, name, definition, schema, path }));
            }
            Some(About::Property(Property { kind, name, definition, schema, path }))
        }
        _ => Some(About::Document(form, path.to_vec())),
    }
}

/// The innermost part that a path leads into, and the length of the way to it.
fn part(document: &str, path: &[Step], reader: &Reader<'_>) -> Option<(Kind, usize)> {
    let names = |at: usize, wanted: &[&str]| {
        wanted.iter().enumerate().all(|(i, w)| path.get(at + i).is_some_and(|s| s.name() == *w))
    };
    let item = |at: usize| matches!(path.get(at), Some(Step::Item(_)));
    let component = |at: usize| {
        if names(at, &["traits"]) && item(at + 1) { (Kind::Trait, at + 2) } else { (Kind::Component, at) }
    };
    let steps = |mut at: usize| {
        while names(at, &["subSteps"]) && item(at + 1) {
            at += 2;
        }
        (Kind::WorkflowStep, at)
    };
    match document {
        "Policy" => Some((Kind::Policy, 0)),
        "Workflow" => (names(0, &["steps"]) && item(1)).then(|| steps(2)),
        "Application" if names(0, &["spec", "components"]) && item(2) => Some(component(3)),
        "Application" if names(0, &["spec", "policies"]) && item(2) => {
            if names(3, &["properties", "components"]) && item(5) {
                let mut type_path = path.get(..3)?.to_vec();
                type_path.push(Step::Key("type".into()));
                if reader.text(&type_path).as_deref() == Some("override") {
                    let (kind, at) = component(6);
                    // Its own fields are those of the policy's parameter.
                    let own = path.get(at).map_or("", Step::name);
                    if own == "type" || own == "properties" {
                        return Some((kind, at));
                    }
                }
            }
            Some((Kind::Policy, 3))
        }
        "Application" if names(0, &["spec", "workflow", "steps"]) && item(3) => Some(steps(4)),
        _ => None,
    }
}

/// The nodes at the end of a path in a schema, with the field where the last step is one.
pub fn walk<'s>(schema: &'s Schema, path: &[Step]) -> Vec<(NodeId, Option<&'s Field>)> {
    let mut at = vec![(schema.root, None)];
    for step in path {
        at = match step {
            Step::Key(name) => at.iter().flat_map(|(n, _)| schema.members(*n, name)).collect(),
            Step::Item(_) => at.iter().flat_map(|(n, _)| schema.items(*n)).map(|n| (n, None)).collect(),
        };
        // Alternatives multiply; a few tell enough.
        at.truncate(32);
    }
    at
}

/// Calls `f` with the YAML at an offset: from the documents where they can be read, else from the outline.
pub fn at<T>(
    db: &dyn Db,
    file: File,
    offset: u32,
    f: impl FnOnce(&Spot, &Reader<'_>) -> Option<T>,
) -> Option<T> {
    let read = queries::yaml(db, file);
    let text = file.text(db);
    let doc = read.parsed.docs.iter().rev().find(|d| d.sound && d.span.start <= offset);
    if let Some(doc) = doc
        && let Some(spot) = spot(doc, text, offset)
    {
        return f(&spot, &Reader::Doc(doc));
    }
    let outline = Outline::around(text, offset, false);
    let (row, key) = match outline.cursor? {
        Context::Key(row) => (row, true),
        Context::Value(row) => (row, false),
    };
    let span = if key { outline.rows.get(row)?.key } else { outline.rows.get(row)?.value };
    let spot =
        Spot { path: outline.path(row), key, span, text: span.of(text).trim_matches(['"', '\'']).into() };
    f(&spot, &Reader::Outline(&outline, text))
}

/// The key or scalar of a document at an offset.
fn spot(doc: &Doc, text: &str, offset: u32) -> Option<Spot> {
    let mut path = Vec::new();
    let mut at = doc.root;
    loop {
        match &doc.node(at).kind {
            YamlKind::Map { entries, .. } => {
                let own: Vec<_> = entries.iter().filter(|e| !e.merged).collect();
                if let Some(entry) = own.iter().find(|e| doc.node(e.key).span.touches(offset)) {
                    path.push(Step::Key(entry.name.clone()));
                    let span = doc.node(entry.key).span;
                    return Some(Spot { path, key: true, span, text: entry.name.clone() });
                }
                // The last entry that begins before the offset.
                let entry = own.iter().rev().find(|e| doc.node(e.key).span.start <= offset)?;
                path.push(Step::Key(entry.name.clone()));
                at = entry.value;
            }
            YamlKind::List { items, .. } => {
                let (i, item) =
                    items.iter().enumerate().rev().find(|(_, n)| doc.node(**n).span.start <= offset)?;
                path.push(Step::Item(i));
                at = *item;
            }
            YamlKind::Scalar { text: value, .. } => {
                let span = doc.node(at).span;
                return span.touches(offset).then(|| Spot { path, key: false, span, text: value.clone() });
            }
            YamlKind::Alias { .. } => {
                let span = doc.node(at).span;
                let shown = span.of(text).into();
                return span.touches(offset).then_some(Spot { path, key: false, span, text: shown });
            }
        }
    }
}
