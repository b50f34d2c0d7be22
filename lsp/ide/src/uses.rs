//! Who uses what, over `.cue` and YAML together: a definition by the Applications that name it as a type, a property by
//! the documents that give it, a component by the policies and steps that name it, a cluster by the policies that
//! select it. References, highlights, renaming and the hierarchy of callers are made of this.

use std::sync::Arc;

use vela_db::mentions::{self, Role};
use vela_db::parts::{self, Part};
use vela_db::schema::{NodeId, Schema};
use vela_db::{Db, DefinitionRef, File, Kind, facts, queries};
use vela_diagnostics::{SourceId, Span};
use vela_yaml::{Doc, Kind as YamlKind, NodeId as YamlId};

use crate::outline::Step;
use crate::place::{self, About};
use crate::references::Reference;

/// What is used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Thing {
    /// A definition.
    Definition(Kind, Arc<str>),
    /// A field of a definition's parameter, by the place of its label.
    Property(SourceId, Span),
    /// A part of an Application that has a name, in one document of one file.
    Named(Role, Arc<str>, SourceId, usize),
    /// A cluster or a label of clusters, in the whole workspace.
    Shared(Role, Arc<str>),
}

/// Deepest nesting of properties that is walked.
const MAX_DEPTH: u32 = 48;

/// What the YAML at an offset is, and the span that says so.
pub fn in_yaml(db: &dyn Db, file: File, offset: u32) -> Option<(Span, Thing)> {
    let read = queries::yaml(db, file);
    for (number, doc) in read.parsed.docs.iter().enumerate() {
        for mention in mentions::mentions(doc) {
            if mention.span.touches(offset) {
                let thing = match mention.role {
                    Role::Cluster | Role::ClusterLabel => Thing::Shared(mention.role, mention.name),
                    role => Thing::Named(role, mention.name, file.source(db), number),
                };
                return Some((mention.span, thing));
            }
        }
    }
    // The name of a definition that is a document.
    for item in queries::items(db, file) {
        let definition = DefinitionRef { source: file.source(db), document: item.document };
        if let Some((_, span)) = queries::name_place(db, definition).filter(|(_, s)| s.touches(offset)) {
            return Some((span, Thing::Definition(item.kind, item.name.clone())));
        }
    }
    place::at(db, file, offset, |spot, reader| match place::about(db, &spot.path, reader)? {
        About::Type(kind) if !spot.key => Some((spot.span, Thing::Definition(kind, base_name(&spot.text)))),
        About::Property(property) if spot.key && !property.path.is_empty() => {
            let found = place::walk(&property.schema, &property.path);
            let field = found.iter().find_map(|(_, field)| *field)?;
            let at = queries::place_of(db, property.definition, field.place)?;
            matches!(property.path.last(), Some(Step::Key(_)))
                .then_some((spot.span, Thing::Property(at.source, at.label)))
        }
        _ => None,
    })
}

/// A type without its version.
fn base_name(name: &str) -> Arc<str> {
    name.split_once('@').map_or(name, |(base, _)| base).into()
}

/// What the label of a `.cue` file at a span declares for YAML: a definition, or a field of a parameter.
pub fn of_label(db: &dyn Db, file: File, label: Span) -> Option<Thing> {
    let source = file.source(db);
    let cue = queries::cue(db, file);
    if let Some(declared) = cue.declared()
        && declared.metadata.1.label_span == label
    {
        return Some(Thing::Definition(declared.kind?, cue.name(&declared.metadata.1).0));
    }
    let known = queries::definitions(db, db.workspace());
    let declares = known.0.values().flatten().any(|entry| {
        let Some(file) = db.file(entry.definition.source) else { return false };
        let places = queries::places(db, file, entry.definition.document);
        places.0.iter().any(|p| p.source == source && p.label == label)
    });
    declares.then_some(Thing::Property(source, label))
}

/// Where a thing stands in YAML and in the labels of definitions; the references inside of `.cue` files are not
/// among them.
pub fn places(db: &dyn Db, thing: &Thing) -> Vec<Reference> {
    let mut out = Vec::new();
    match thing {
        Thing::Definition(kind, name) => definition(db, *kind, name, &mut out),
        Thing::Property(source, label) => property(db, *source, *label, &mut out),
        Thing::Named(role, name, source, number) => {
            if let Some(file) = db.file(*source)
                && let Some(doc) = queries::yaml(db, file).parsed.docs.get(*number)
            {
                named(doc, *source, *role, name, &mut out);
            }
        }
        Thing::Shared(role, name) => {
            let inventories = facts::inventories(db, db.workspace()).iter().copied();
            for file in applications(db).chain(inventories) {
                for doc in &queries::yaml(db, file).parsed.docs {
                    named(doc, file.source(db), *role, name, &mut out);
                }
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

/// The YAML files of the workspace that hold anything of OAM.
pub fn applications(db: &dyn Db) -> impl Iterator<Item = File> + '_ {
    let files = db.workspace().files(db).iter().copied();
    files.filter(|f| {
        queries::Language::of(f.path(db)) == queries::Language::Yaml && queries::may_be_oam(f.text(db))
    })
}

fn named(doc: &Doc, source: SourceId, role: Role, name: &str, out: &mut Vec<Reference>) {
    let found = mentions::mentions(doc).into_iter().filter(|m| m.role == role && *m.name == *name);
    out.extend(found.map(|m| Reference { source, span: m.span, declares: m.declares }));
}

fn definition(db: &dyn Db, kind: Kind, name: &str, out: &mut Vec<Reference>) {
    let known = queries::definitions(db, db.workspace());
    if let Some(entry) = known.find(kind, name)
        && let Some((source, span)) = queries::name_place(db, entry.definition)
    {
        out.push(Reference { source, span, declares: true });
    }
    for (file, doc, part) in uses_of(db, kind, name) {
        let Some(node) = part.type_node else { continue };
        let span = doc.node(doc.target(node)).span;
        let span = Span::new(span.start, span.end.min(span.start + name_len(span, file.text(db), name)));
        out.push(Reference { source: file.source(db), span, declares: false });
    }
}

/// The length of a type without its version; of a quoted one, all of it.
fn name_len(span: Span, text: &str, name: &str) -> u32 {
    if span.of(text).starts_with(name) { name.len() as u32 } else { span.end - span.start }
}

/// The parts of all documents that are of a type.
pub fn uses_of<'d>(db: &'d dyn Db, kind: Kind, name: &str) -> Vec<(File, &'d Doc, Part)> {
    let mut out = Vec::new();
    for file in applications(db) {
        // Most files use few types: look at the text before the tree.
        if !file.text(db).contains(name) {
            continue;
        }
        for doc in &queries::yaml(db, file).parsed.docs {
            let same = |p: &Part| {
                (p.kind == kind || (kind == Kind::Workload && p.kind == Kind::Component))
                    && p.type_name.as_deref().is_some_and(|t| *base_name(t) == *name)
            };
            out.extend(parts::parts(doc).into_iter().filter(same).map(|p| (file, doc, p)));
        }
    }
    out
}

fn property(db: &dyn Db, source: SourceId, label: Span, out: &mut Vec<Reference>) {
    out.push(Reference { source, span: label, declares: true });
    let known = queries::definitions(db, db.workspace());
    for ((kind, name), entries) in &known.0 {
        let Some(entry) = entries.first() else { continue };
        let Some(file) = db.file(entry.definition.source) else { continue };
        let places = queries::places(db, file, entry.definition.document);
        let here = |p: &vela_db::schema::Place| p.source == source && p.label == label;
        let numbers: Vec<u32> =
            (0u32..).zip(&places.0).filter(|(_, p)| here(p)).map(|(number, _)| number).collect();
        if numbers.is_empty() {
            continue;
        }
        let Some(schema) = queries::schema_of(db, entry.definition) else { continue };
        for (file, doc, part) in uses_of(db, *kind, name) {
            if let Some(properties) = part.properties {
                let walk = Walk { doc, schema: &schema, numbers: &numbers, source: file.source(db) };
                walk.node(properties, &[schema.root], out, 0);
            }
        }
    }
}

/// Properties beside the schema they follow.
struct Walk<'a> {
    doc: &'a Doc,
    schema: &'a Schema,
    numbers: &'a [u32],
    source: SourceId,
}

impl Walk<'_> {
    fn node(&self, at: YamlId, nodes: &[NodeId], out: &mut Vec<Reference>, depth: u32) {
        if depth > MAX_DEPTH || nodes.is_empty() {
            return;
        }
        match &self.doc.node(self.doc.target(at)).kind {
            YamlKind::Map { entries, .. } => {
                for entry in entries.iter().filter(|e| !e.merged) {
                    let members: Vec<_> =
                        nodes.iter().flat_map(|n| self.schema.members(*n, &entry.name)).take(32).collect();
                    if members.iter().any(|(_, f)| f.is_some_and(|f| self.numbers.contains(&f.place))) {
                        let span = self.doc.node(entry.key).span;
                        out.push(Reference { source: self.source, span, declares: false });
                    }
                    let inner: Vec<NodeId> = members.into_iter().map(|(node, _)| node).collect();
                    self.node(entry.value, &inner, out, depth + 1);
                }
            }
            YamlKind::List { items, .. } => {
                let inner: Vec<NodeId> = nodes.iter().flat_map(|n| self.schema.items(*n)).take(32).collect();
                for item in items {
                    self.node(*item, &inner, out, depth + 1);
                }
            }
            _ => {}
        }
    }
}
