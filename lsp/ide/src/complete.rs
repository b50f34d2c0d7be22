//! What can be written at the cursor.
//!
//! | where | what |
//! |---|---|
//! | YAML, `type:` | the definitions of that kind |
//! | YAML, `properties:` | the parameter's fields that are not there yet, the required ones first; allowed values |
//! | YAML, elsewhere | the fields of an Application, Policy or Workflow |
//! | YAML, where a name is referred to | components, policies, steps; clusters and their labels from the inventory |
//! | CUE | see `complete_cue.rs` |

use vela_db::check::boolean_word;
use vela_db::schema::{Field, Kinds, NodeId, Schema, Shape, shown_value};
use vela_db::{Db, File, embedded, queries};
use vela_diagnostics::Span;
use vela_yaml::Data;

use crate::complete_cue;
use crate::complete_names;
use crate::hover;
use crate::outline::{Context, Outline, Step};
use crate::place::{self, About, Reader};
use crate::snippet;

/// What a proposal is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum ItemKind {
    Field,
    Type,
    Value,
    Function,
    Package,
    Variable,
    Keyword,
    Constant,
}

/// A proposal.
#[derive(Clone, PartialEq, Debug)]
pub struct Completion {
    /// What is shown.
    pub label: String,
    /// What it is.
    pub kind: ItemKind,
    /// Its type in a few words.
    pub detail: String,
    /// Markdown.
    pub doc: String,
    /// What is replaced.
    pub span: Span,
    /// What is written instead.
    pub insert: String,
    /// Order among the proposals: smaller first, then by label.
    pub rank: u8,
    /// Another edit that goes with it: an import.
    pub also: Option<(Span, String)>,
    /// The same as `insert` with stops for the cursor, in the protocol's syntax of snippets.
    pub snippet: Option<String>,
}

/// What can be written at an offset.
pub fn complete(db: &dyn Db, file: File, offset: u32) -> Vec<Completion> {
    match queries::Language::of(file.path(db)) {
        queries::Language::Cue => complete_cue::complete(db, file, offset),
        queries::Language::Yaml => yaml(db, file, offset).unwrap_or_default(),
        queries::Language::Other => Vec::new(),
    }
}

/// What can be written in a template in YAML. More lines than one are indented as the template is.
fn in_template(db: &dyn Db, template: File, offset: u32) -> Vec<Completion> {
    let mut out = complete_cue::complete(db, template, offset);
    // The field that stands around a template is not there in YAML.
    out.retain(|c| c.label != "template" || c.kind != ItemKind::Variable);
    let (holds, start) = embedded::outside(db, template, Span::at(0));
    let before = holds.text(db).get(..start.start as usize).unwrap_or("");
    let indent = " ".repeat(before.len() - before.trim_end_matches(' ').len());
    let indented = |text: &mut String| {
        // Blank lines stay so.
        *text = text.replace('\n', &format!("\n{indent}")).replace(&format!("\n{indent}\n"), "\n\n");
    };
    for found in &mut out {
        found.span = embedded::outside(db, template, found.span).1;
        indented(&mut found.insert);
        found.snippet.iter_mut().for_each(indented);
        if let Some((span, text)) = &mut found.also {
            *span = embedded::outside(db, template, *span).1;
            indented(text);
        }
    }
    out
}

fn yaml(db: &dyn Db, file: File, offset: u32) -> Option<Vec<Completion>> {
    if let Some((template, at)) = embedded::inside(db, file, offset) {
        return Some(in_template(db, template, at));
    }
    let text = file.text(db);
    let outline = Outline::around(text, offset, true);
    let reader = Reader::Outline(&outline, text);
    let mut out = Vec::new();
    match outline.cursor? {
        Context::Key(row) => {
            let parent = outline.rows[row].parent;
            let path = parent.map(|p| outline.path(p)).unwrap_or_default();
            let taken: Vec<&str> = outline.keys(parent, row).collect();
            let key = outline.rows[row].key;
            let at = Slot {
                span: Span::new(key.start.min(offset), key.end.max(offset)),
                indent: outline.rows[row].indent,
                colon: !outline.rows[row].complete,
            };
            complete_names::keys(db, &path, at.span, at.colon, &taken, &mut out);
            complete_names::values(db, &path, &reader, at.span, &mut out);
            match place::about(db, &path, &reader)? {
                About::Property(p) => keys(&p.schema, &p.path, &taken, &at, &mut out),
                About::Document(schema, path) => {
                    keys(&schema, &path, &taken, &at, &mut out);
                    // An item of a list may be a value that is not written yet.
                    values(&schema, &path, at.span, &mut out);
                }
                About::Type(_) | About::Unknown => {}
            }
        }
        Context::Value(row) => {
            let path = outline.path(row);
            let value = outline.rows[row].value;
            let written = if value.touches(offset) { value } else { Span::at(offset) };
            // What stands behind the cursor on the line goes too.
            let span = Span::new(written.start.min(offset), written.end.max(offset));
            let item = matches!(outline.rows[row].step, Step::Item(_));
            let at = Slot { span, indent: outline.rows[row].indent + 2, colon: true };
            complete_names::values(db, &path, &reader, span, &mut out);
            complete_names::labels(db, &path, span, &mut out);
            match place::about(db, &path, &reader)? {
                About::Type(kind) => {
                    for (name, entry) in queries::definitions(db, db.workspace()).of_kind(kind) {
                        out.push(Completion {
                            label: name.to_string(),
                            kind: ItemKind::Type,
                            detail: entry.description.to_string(),
                            doc: hover::about_type(db, kind, name).unwrap_or_default(),
                            span,
                            insert: scalar(&Data::str(&**name)),
                            rank: u8::from(entry.built_in),
                            also: None,
                            snippet: None,
                        });
                    }
                }
                About::Property(p) => {
                    values(&p.schema, &p.path, span, &mut out);
                    if item {
                        keys(&p.schema, &p.path, &[], &at, &mut out);
                    }
                }
                About::Document(schema, path) => {
                    values(&schema, &path, span, &mut out);
                    if item {
                        keys(&schema, &path, &[], &at, &mut out);
                    }
                }
                About::Unknown => {}
            }
        }
    }
    Some(out)
}

/// Where a key is to be written.
struct Slot {
    span: Span,
    indent: usize,
    /// Whether the colon has to be written too.
    colon: bool,
}

fn keys(schema: &Schema, path: &[Step], taken: &[&str], at: &Slot, out: &mut Vec<Completion>) {
    for (node, _) in place::walk(schema, path) {
        for field in schema.structs(node).iter().flat_map(|s| &s.fields) {
            if taken.contains(&&*field.name) || out.iter().any(|c| c.label == *field.name) {
                continue;
            }
            let required = schema.required(field);
            out.push(Completion {
                label: field.name.to_string(),
                kind: ItemKind::Field,
                detail: schema.shown(field.node),
                doc: hover::about_node(schema, &field.name, field.node, Some(field)),
                span: at.span,
                insert: key_text(schema, field, at),
                rank: match (required, field.ignored) {
                    (true, _) => 0,
                    (false, false) => 1,
                    (false, true) => 2,
                },
                also: None,
                snippet: snippet::key(schema, field, at.indent, at.colon),
            });
        }
    }
}

/// A key with its colon, ready for the value.
fn key_text(schema: &Schema, field: &Field, at: &Slot) -> String {
    let key = scalar(&Data::str(&*field.name));
    if !at.colon {
        return key;
    }
    let inner = " ".repeat(at.indent + 2);
    match &schema.node(field.node).shape {
        Shape::Struct(_) => format!("{key}:\n{inner}"),
        Shape::List(_) => format!("{key}:\n{inner}- "),
        Shape::OneOf(_) => format!("{key}:"),
        _ => format!("{key}: "),
    }
}

fn values(schema: &Schema, path: &[Step], span: Span, out: &mut Vec<Completion>) {
    for (node, _) in place::walk(schema, path) {
        value_of(schema, node, span, out, 0);
    }
}

fn value_of(schema: &Schema, id: NodeId, span: Span, out: &mut Vec<Completion>, depth: u32) {
    let node = schema.node(id);
    match &node.shape {
        Shape::Scalar(s) => {
            let mut all: Vec<Data> = s.values.clone();
            if s.kinds.has(Kinds::BOOL) {
                all.extend([Data::Bool(true), Data::Bool(false)]);
            }
            if let Some(default) = node.default.as_ref().filter(|d| !all.contains(d)) {
                all.insert(0, default.clone());
            }
            for value in all {
                let text = scalar(&value);
                if out.iter().any(|c| c.insert == text) {
                    continue;
                }
                let default = node.default.as_ref() == Some(&value);
                let detail = if default { "default" } else { "" };
                let label = value.as_str().map_or_else(|| shown_value(&value), str::to_owned);
                if label.is_empty() {
                    continue;
                }
                out.push(value_item(label, text, detail, span, u8::from(!default)));
            }
        }
        Shape::OneOf(all) if depth < 4 => {
            for one in all {
                value_of(schema, *one, span, out, depth + 1);
            }
        }
        _ => {}
    }
}

pub(crate) fn value_item(label: String, insert: String, detail: &str, span: Span, rank: u8) -> Completion {
    let detail = detail.to_owned();
    let doc = String::new();
    Completion { label, kind: ItemKind::Value, detail, doc, span, insert, rank, also: None, snippet: None }
}

/// A scalar as it has to be written for Kubernetes.
pub(crate) fn scalar(value: &Data) -> String {
    if let Data::Str(text) = value
        && boolean_word(text).is_some()
    {
        return format!("\"{text}\"");
    }
    vela_yaml::to_yaml(value, vela_yaml::YamlStyle::Cue).trim_end().to_owned()
}
