//! Who uses a definition, as a hierarchy of calls: incoming are the components, traits, policies and steps of that type,
//! outgoing of an Application the definitions that it uses.

use vela_db::check::kind_word;
use vela_db::{Db, File, Kind, parts, queries};
use vela_diagnostics::{SourceId, Span};
use vela_yaml::Doc;

use crate::uses::{self, Thing};

/// An end of a use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// What it is.
    pub detail: String,
    /// Whether it is a definition, else an Application or another document.
    pub definition: bool,
    /// The text.
    pub source: SourceId,
    /// All of it.
    pub whole: Span,
    /// Its name.
    pub focus: Span,
}

/// A use: the other end, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use {
    /// The other end.
    pub node: Node,
    /// Where it stands, in the text that uses.
    pub spans: Vec<Span>,
}

/// The definition, or the Application, at an offset.
pub fn prepare(db: &dyn Db, file: File, offset: u32) -> Option<Node> {
    match thing(db, file, offset) {
        Some((kind, name)) => definition(db, kind, &name),
        None => {
            let docs = &queries::yaml(db, file).parsed.docs;
            let doc = docs.iter().rev().find(|d| d.span.start <= offset)?;
            document(db, file, doc)
        }
    }
}

fn thing(db: &dyn Db, file: File, offset: u32) -> Option<(Kind, String)> {
    let found = match queries::Language::of(file.path(db)) {
        queries::Language::Cue => {
            // Anywhere in a definition means the definition.
            let declared = queries::cue(db, file).declared()?;
            uses::of_label(db, file, declared.metadata.1.label_span)?
        }
        _ => uses::in_yaml(db, file, offset)?.1,
    };
    match found {
        Thing::Definition(kind, name) => Some((kind, name.to_string())),
        _ => None,
    }
}

fn definition(db: &dyn Db, kind: Kind, name: &str) -> Option<Node> {
    let entry = queries::definitions(db, db.workspace()).find(kind, name)?;
    let (source, focus) = queries::name_place(db, entry.definition)?;
    let detail = format!("{} type", kind_word(kind));
    Some(Node { name: name.to_owned(), detail, definition: true, source, whole: focus, focus })
}

fn document(db: &dyn Db, file: File, doc: &Doc) -> Option<Node> {
    let kind = vela_db::yaml::oam_kind(doc)?;
    let name = parts::document_name(doc);
    let text = file.text(db);
    let whole = doc.node(doc.root).span;
    let whole = Span::new(whole.start, whole.start + whole.of(text).trim_end().len() as u32);
    let focus = doc.at(&["metadata", "name"]).map_or(Span::at(whole.start), |n| doc.node(n).span);
    let name = if name.is_empty() { kind.to_string() } else { name.to_string() };
    let source = file.source(db);
    Some(Node { name, detail: kind.to_string(), definition: false, source, whole: whole.cover(focus), focus })
}

/// Who uses the definition at a place, by document.
pub fn incoming(db: &dyn Db, file: File, offset: u32) -> Vec<Use> {
    let Some((kind, name)) = thing(db, file, offset) else { return Vec::new() };
    let mut out: Vec<Use> = Vec::new();
    for (file, doc, part) in uses::uses_of(db, kind, &name) {
        let Some(span) = part.type_node.map(|n| doc.node(doc.target(n)).span) else { continue };
        let Some(node) = document(db, file, doc) else { continue };
        match out.iter_mut().find(|u| u.node == node) {
            Some(there) => there.spans.push(span),
            None => out.push(Use { node, spans: vec![span] }),
        }
    }
    out
}

/// The definitions that the Application at a place uses.
pub fn outgoing(db: &dyn Db, file: File, offset: u32) -> Vec<Use> {
    let docs = &queries::yaml(db, file).parsed.docs;
    let Some(doc) = docs.iter().rev().find(|d| d.span.start <= offset) else { return Vec::new() };
    let mut out: Vec<Use> = Vec::new();
    for part in parts::parts(doc) {
        let Some((name, node)) = part.type_name.as_deref().zip(part.type_node) else { continue };
        let Some(target) = definition(db, part.kind, name) else { continue };
        let span = doc.node(doc.target(node)).span;
        match out.iter_mut().find(|u| u.node == target) {
            Some(there) => there.spans.push(span),
            None => out.push(Use { node: target, spans: vec![span] }),
        }
    }
    out
}
