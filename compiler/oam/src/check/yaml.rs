//! A YAML or JSON text with its documents, and the definitions and Applications among them.

use std::sync::Arc;

use crate::definition::Kind;
use vela_diagnostics::Span;
use vela_yaml::{Doc, NodeId, Parsed, Style};

/// A YAML text with its documents.
#[derive(Clone, Debug)]
pub struct YamlFile {
    /// The text.
    pub text: Arc<str>,
    /// Its documents and faults.
    pub parsed: Parsed,
}

/// A template that stands in a YAML document, with the way back to the file's text.
#[derive(Clone, PartialEq, Debug)]
pub struct Embedded {
    /// The template.
    pub text: Arc<str>,
    /// The bytes of the scalar that holds it.
    pub span: Span,
    /// For each line of the template its offset, and where that is in the file. Empty where lines are not kept.
    lines: Vec<(u32, u32)>,
}

impl Embedded {
    /// A place in the file, as a place in the template; `None` outside of it. What is in the indentation of a line is at its
    /// beginning.
    pub fn inside(&self, offset: u32) -> Option<u32> {
        if offset > self.span.end {
            return None;
        }
        let at = self.lines.partition_point(|(_, outer)| *outer <= offset).checked_sub(1)?;
        let (inner, outer) = *self.lines.get(at)?;
        let next = self.lines.get(at + 1).map_or(self.text.len() as u32 + 1, |(inner, _)| *inner);
        Some((inner + (offset - outer)).min(next.max(inner)).min(self.text.len() as u32))
    }

    /// A place in the template, as a place in the file.
    pub fn outside(&self, span: Span) -> Span {
        let map = |offset: u32| {
            let at = self.lines.partition_point(|(inner, _)| *inner <= offset).checked_sub(1)?;
            let (inner, outer) = *self.lines.get(at)?;
            Some(outer + (offset - inner))
        };
        match (map(span.start), map(span.end)) {
            (Some(start), Some(end)) => Span::new(start, end.max(start)),
            _ => self.span,
        }
    }
}

impl YamlFile {
    /// Reads a text; JSON by the file's name.
    pub fn new(path: &str, text: Arc<str>) -> Self {
        let parsed =
            if path.ends_with(".json") { vela_yaml::parse_json(&text) } else { vela_yaml::parse(&text) };
        Self { text, parsed }
    }
}

/// The text below names in a document.
pub fn text_at(doc: &Doc, path: &[&str]) -> Option<Arc<str>> {
    doc.str(doc.at(path)?).cloned()
}

/// Whether a document is of OAM's API, and its kind.
pub fn oam_kind(doc: &Doc) -> Option<Arc<str>> {
    let api = text_at(doc, &["apiVersion"])?;
    if !api.starts_with(crate::application::API_GROUP) {
        return None;
    }
    text_at(doc, &["kind"])
}

/// What a document defines, and the name.
pub fn definition(doc: &Doc) -> Option<(Kind, Arc<str>)> {
    let kind = Kind::of_object_kind(&oam_kind(doc)?)?;
    Some((kind, text_at(doc, &["metadata", "name"])?))
}

/// The template of a definition that is a document.
pub fn template(file: &YamlFile, doc: &Doc) -> Option<Embedded> {
    let paths: [&[&str]; 2] = [&["spec", "schematic", "cue", "template"], &["spec", "extension", "template"]];
    let id = paths.into_iter().find_map(|p| doc.at(p))?;
    let text = doc.str(id)?.clone();
    let id = doc.target(id);
    let span = doc.node(id).span;
    Some(Embedded { lines: lines(&file.text, doc, id, &text), text, span })
}

/// The lines of a literal block scalar: they stand in the file as they are, behind the indentation.
fn lines(text: &str, doc: &Doc, id: NodeId, inner: &str) -> Vec<(u32, u32)> {
    let vela_yaml::Kind::Scalar { style: Style::Literal, .. } = doc.node(id).kind else { return Vec::new() };
    let start = doc.node(id).span.start as usize;
    let mut at = start;
    if text.get(start..).is_some_and(|t| t.starts_with('|')) {
        at = text.get(start..).and_then(|t| t.find('\n')).map_or(text.len(), |n| start + n + 1);
    } else {
        at = text.get(..at).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
    }
    let mut out = Vec::new();
    let mut offset = 0;
    for line in inner.split_inclusive('\n') {
        let Some(rest) = text.get(at..) else { return Vec::new() };
        let outer = rest.split('\n').next().unwrap_or("");
        let bare = line.trim_end_matches(['\n', '\r']);
        let Some(indent) = outer.trim_end_matches('\r').len().checked_sub(bare.len()) else {
            return Vec::new();
        };
        if !outer.trim_end_matches('\r').ends_with(bare) {
            return Vec::new();
        }
        out.push((offset, (at + indent) as u32));
        offset += line.len() as u32;
        at += outer.len() + 1;
    }
    out
}
