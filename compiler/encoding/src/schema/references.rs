//! `$ref`: which definition it leads to. `#/definitions/x` and `#/$defs/x` become `#x`; what stands elsewhere in the
//! document becomes a member of `_#defs`.

use vela_diagnostics::Span;
use vela_syntax::literal::{Form, needs_quotes, quote};
use vela_yaml::{Kind, NodeId};

use super::Reader;
use super::state::{Ex, State};

impl Reader<'_> {
    pub(super) fn reference(&mut self, s: &mut State, value: NodeId, at: Span) {
        let Some(text) = self.text(value, at) else { return };
        let id = self.doc.get(self.doc.root, "$id").and_then(|e| self.doc.str(e.value)).cloned();
        let own = id.as_deref().map(|i| i.trim_end_matches('#'));
        let pointer = match text.split_once('#') {
            Some(("", pointer)) => pointer,
            Some((base, pointer)) if Some(base) == own => pointer,
            _ => {
                return self.fault(at, format!("reference to another document is not supported: {text:?}"));
            }
        };
        if pointer.is_empty() {
            return self.fault(at, "reference to the whole schema is not supported");
        }
        let Some(path) = pointer.strip_prefix('/') else {
            return self.fault(at, format!("reference to an anchor is not supported: {text:?}"));
        };
        let elements: Vec<String> =
            path.split('/').map(|e| percent_decoded(e).replace("~1", "/").replace("~0", "~")).collect();
        match self.lookup(&elements) {
            Some(node) => s.all.extend(self.definition(&elements, node, at).map(Ex::other)),
            None => self.fault(at, "reference to non-existent schema"),
        }
    }

    /// Every schema below `$defs` or `definitions` becomes a definition, whether something refers to it or not.
    pub(super) fn all_definitions(&mut self, name: &str, value: NodeId, at: Span) {
        let Some(entries) = self.doc.entries(value).map(<[vela_yaml::Entry]>::to_vec) else {
            return self.fault(at, format!("{name:?} expected an object"));
        };
        let is_top = self.doc.get(self.doc.root, name).is_some_and(|e| e.value == value);
        for entry in entries {
            if is_top {
                self.definition(&[name.to_owned(), entry.name.to_string()], entry.value, at);
            }
        }
    }

    /// How a schema is called from elsewhere; it is read later.
    pub(super) fn definition(&mut self, elements: &[String], node: NodeId, at: Span) -> Option<String> {
        let (path, reference) = if self.openapi || self.components {
            match elements {
                [a, b, name] if a == "components" && b == "schemas" => {
                    if needs_quotes(name) {
                        let quoted = quote(name, Form::Single);
                        (format!("#SchemaMap: {quoted}"), format!("#SchemaMap.{quoted}"))
                    } else {
                        (format!("#{name}"), format!("#{name}"))
                    }
                }
                _ => {
                    self.fault(
                        at,
                        format!(
                            "openapi: reference must be of the form \"#/components/schemas/\"; found \"#/{}\"",
                            elements.join("/")
                        ),
                    );
                    return None;
                }
            }
        } else {
            match elements {
                [place, name] if place == "$defs" || place == "definitions" => {
                    if needs_quotes(name) {
                        let quoted = quote(name, Form::Single);
                        (format!("#: {quoted}"), format!("#.{quoted}"))
                    } else {
                        (format!("#{name}"), format!("#{name}"))
                    }
                }
                _ => {
                    let quoted = quote(&format!("/{}", elements.join("/")), Form::Single);
                    (format!("_#defs: {quoted}"), format!("_#defs.{quoted}"))
                }
            }
        };
        if !self.defined.contains_key(&path) {
            self.defined.insert(path.clone(), None);
            self.waiting.push((path, node));
        }
        Some(reference)
    }

    fn lookup(&self, elements: &[String]) -> Option<NodeId> {
        elements.iter().try_fold(self.doc.root, |at, e| match &self.doc.node(self.doc.target(at)).kind {
            Kind::Map { .. } => self.doc.get(at, e).map(|e| e.value),
            Kind::List { items, .. } => items.get(e.parse::<usize>().ok()?).copied(),
            _ => None,
        })
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let digits = bytes.get(i + 1..i + 3).and_then(|d| std::str::from_utf8(d).ok());
        match (bytes[i], digits.and_then(|d| u8::from_str_radix(d, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                i += 3;
            }
            (byte, _) => {
                out.push(byte);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
