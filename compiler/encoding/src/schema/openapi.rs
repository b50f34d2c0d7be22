//! The schemas of an OpenAPI document.

use std::fmt::Write;

use vela_diagnostics::Span;
use vela_syntax::literal::{Form, label, quote};
use vela_yaml::{Doc, Entry, Kind, NodeId, Scalar};

use super::state::comment_lines;
use super::version::Version;
use super::{Reader, Schema, SchemaFault, SchemaOptions};
use crate::source::{Shape, Source};

/// The schemas below `components/schemas` as definitions, and `info` as a field.
///
/// # Errors
/// What cannot be read as OpenAPI, and references that lead nowhere.
pub fn from_openapi(doc: &Doc, options: SchemaOptions) -> Result<Schema, Vec<SchemaFault>> {
    let fault = |span, message: String| Err(vec![SchemaFault { span, message }]);
    let Some(version) = doc.get(doc.root, "openapi") else {
        return fault(doc.span, "openapi field is required but not found".to_owned());
    };
    let at = doc.node(version.value).span;
    let Some(text) = doc.str(version.value) else {
        return fault(at, "invalid openapi field (must be string)".to_owned());
    };
    let mut reader = Reader::new(doc, options, Version::Draft2020);
    if text.starts_with("3.0.") {
        // OpenAPI 3.0 does not allow keywords of others; references stand alone.
        reader.openapi = true;
        reader.default = Version::Draft2019;
        reader.options.strict_keywords = true;
    } else if !text.starts_with("3.1.") {
        return fault(at, format!("unknown OpenAPI version {text:?}"));
    } else {
        reader.components = true;
    }
    let schemas = doc.at(&["components", "schemas"]);
    for Entry { name, value, .. } in schemas.and_then(|s| doc.entries(s)).unwrap_or_default() {
        let path = ["components".to_owned(), "schemas".to_owned(), name.to_string()];
        reader.definition(&path, *value, Span::at(0));
    }
    let definitions = reader.definitions()?;
    let mut body = String::new();
    if let Some(info) = doc.get(doc.root, "info") {
        body.push_str(&self::info(doc, info.value));
    }
    body.push_str(&definitions);
    let title = doc.at(&["info", "title"]).and_then(|n| doc.str(n)).map_or("", |s| s);
    let description = doc.at(&["info", "description"]).and_then(|n| doc.str(n)).map_or("", |s| s);
    let comment = if description.is_empty() { title.to_owned() } else { format!("{title}\n\n{description}") };
    let shape = Shape::Struct { inline: false };
    let mut source = Source::expression(shape, body.trim().to_owned());
    source.head = comment_lines(comment.trim());
    Ok(Schema { source, imports: reader.imports })
}

/// `info`: title and version are what they are unless something else is said.
fn info(doc: &Doc, node: NodeId) -> String {
    let mut out = String::from("info: {\n");
    for entry in doc.entries(node).unwrap_or_default() {
        let value = plain(doc, entry.value);
        if matches!(&*entry.name, "title" | "version") {
            let _ = writeln!(out, "{}: *{value} | string", label(&entry.name));
        } else {
            let _ = writeln!(out, "{}: {value}", label(&entry.name));
        }
    }
    out.push_str("}\n");
    out
}

/// A value as CUE.
fn plain(doc: &Doc, node: NodeId) -> String {
    match &doc.node(doc.target(node)).kind {
        Kind::Scalar { value, text, .. } => match value {
            Scalar::Null => "null".to_owned(),
            Scalar::Bool(b) => b.to_string(),
            Scalar::Num(n) => n.to_cue_text(),
            Scalar::Str | Scalar::Bytes(_) => quote(text, Form::Auto("\t")),
        },
        Kind::List { items, .. } => {
            format!("[{}]", items.iter().map(|i| plain(doc, *i)).collect::<Vec<_>>().join(", "))
        }
        Kind::Map { entries, .. } => {
            let fields: Vec<String> =
                entries.iter().map(|e| format!("{}: {}", label(&e.name), plain(doc, e.value))).collect();
            format!("{{\n{}\n}}", fields.join("\n"))
        }
        Kind::Alias { .. } => "null".to_owned(),
    }
}
