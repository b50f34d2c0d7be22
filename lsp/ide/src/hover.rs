//! What is known about the thing under the cursor.
//!
//! In YAML: a type's description and parameters, a property's type, default and doc. In CUE: the declarations of a
//! name with their docs, functions of builtin packages, fields of `context`.

use std::fmt::Write;

use vela_db::check::kind_word;
use vela_db::schema::{Field, NodeId, Schema, Shape, shown_value};
use vela_db::{Db, File, Kind, queries};
use vela_diagnostics::Span;

use crate::names::{self, Meaning, Site};
use crate::outline::Step;
use crate::place::{self, About};

/// What to show.
#[derive(Clone, PartialEq, Debug)]
pub struct Hover {
    /// What it is about.
    pub span: Span,
    /// Markdown.
    pub text: String,
}

/// Most lines of source shown.
const MAX_LINES: usize = 14;
/// Most parameters of a type listed.
const MAX_PARAMETERS: usize = 40;

/// What to show at an offset.
pub fn hover(db: &dyn Db, file: File, offset: u32) -> Option<Hover> {
    match queries::Language::of(file.path(db)) {
        queries::Language::Cue => {
            let (span, meaning) = names::at(db, file, offset)?;
            Some(Hover { span, text: about_name(db, &meaning)? })
        }
        queries::Language::Yaml => yaml(db, file, offset),
        queries::Language::Other => None,
    }
}

fn yaml(db: &dyn Db, file: File, offset: u32) -> Option<Hover> {
    place::at(db, file, offset, |spot, reader| {
        let about = place::about(db, &spot.path, reader)?;
        let text = match &about {
            About::Type(kind) if !spot.key => about_type(db, *kind, &spot.text)?,
            About::Type(kind) => format!("The {} definition that is used.", kind_word(*kind)),
            About::Property(property) if property.path.is_empty() => {
                about_type(db, property.kind, &property.name)?
            }
            About::Property(property) => about_path(&property.schema, &property.path)?,
            About::Document(schema, path) => about_path(schema, path)?,
            About::Unknown => return None,
        };
        Some(Hover { span: spot.span, text })
    })
}

/// What a type is for, and its parameters.
pub fn about_type(db: &dyn Db, kind: Kind, name: &str) -> Option<String> {
    let definitions = queries::definitions(db, db.workspace());
    let entry = definitions.find(kind, name)?;
    let mut out = format!("{} type `{name}`", kind_word(kind));
    if entry.built_in {
        out.push_str(" (built in)");
    }
    if !entry.description.is_empty() {
        let _ = write!(out, "\n\n{}", entry.description);
    }
    if let Some(schema) = queries::schema_of(db, entry.definition) {
        let mut rows = String::new();
        let structs = schema.structs(schema.root);
        let mut seen: Vec<&str> = Vec::new();
        for field in structs.iter().flat_map(|s| &s.fields).filter(|f| !f.ignored) {
            if seen.contains(&&*field.name) || seen.len() >= MAX_PARAMETERS {
                continue;
            }
            seen.push(&field.name);
            let doc = field.doc.lines().next().unwrap_or("");
            let need = if schema.required(field) { ", required" } else { "" };
            let _ = write!(rows, "\n- `{}`: `{}`{need}", field.name, schema.shown(field.node));
            if !doc.is_empty() {
                let _ = write!(rows, " — {doc}");
            }
        }
        if !rows.is_empty() {
            let _ = write!(out, "\n{rows}");
        }
    }
    Some(out)
}

fn about_path(schema: &Schema, path: &[Step]) -> Option<String> {
    let found = place::walk(schema, path);
    let (node, field) = *found.first()?;
    let field = field.or_else(|| found.iter().find_map(|(_, f)| *f));
    let name = path.iter().rev().find_map(|s| match s {
        Step::Key(name) => Some(name.to_string()),
        Step::Item(_) => None,
    });
    Some(about_node(schema, &name.unwrap_or_default(), node, field))
}

/// A field with its type, default and doc.
pub fn about_node(schema: &Schema, name: &str, node: NodeId, field: Option<&Field>) -> String {
    let optional = field.is_some_and(|f| f.need == vela_db::schema::Need::Optional);
    let mark = if optional { "?" } else { "" };
    let mut out = format!("```cue\n{name}{mark}: {}\n```", schema.shown(node));
    if field.is_some_and(|f| schema.required(f)) {
        out.push_str("\nrequired");
    }
    if let Some(default) = &schema.node(node).default {
        let _ = write!(out, "\ndefault `{}`", shown_value(default));
    }
    if let Some(doc) = field.map(|f| &f.doc).filter(|d| !d.is_empty()) {
        let _ = write!(out, "\n\n{doc}");
    }
    if let Shape::Struct(s) = &schema.node(node).shape {
        let names: Vec<String> =
            s.fields.iter().take(MAX_PARAMETERS).map(|f| format!("`{}`", f.name)).collect();
        if !names.is_empty() {
            let _ = write!(out, "\n\nFields: {}", names.join(", "));
        }
    }
    out
}

/// What a name in CUE means.
pub fn about_name(db: &dyn Db, meaning: &Meaning) -> Option<String> {
    Some(match meaning {
        Meaning::Declared(sites) => {
            let mut out = String::new();
            for site in sites.iter().take(5) {
                if !out.is_empty() {
                    out.push_str("\n\n");
                }
                out.push_str(&about_site(db, site));
            }
            if sites.len() > 5 {
                let _ = write!(out, "\n\nand {} more", sites.len() - 5);
            }
            out
        }
        Meaning::Package(package) => {
            let names: Vec<String> = package.functions.iter().map(|f| format!("`{}`", f.name)).collect();
            format!("package `{}` of the standard library\n\n{}", package.path, names.join(", "))
        }
        Meaning::Member(package, name) => {
            if let Some(function) = package.functions.iter().find(|f| f.name == &**name) {
                format!("```cue\n{}\n```\n{}", signature(function), function.doc)
            } else {
                let constant = package.constants.iter().find(|(n, _)| *n == &**name).map(|(_, s)| *s);
                let source = constant.or_else(|| package.prelude.as_ref()?.source(name))?;
                format!("```cue\n{}.{name}: {source}\n```", package.path)
            }
        }
        Meaning::Imported(path, files) => match files.first() {
            Some(_) => format!("package `{path}`"),
            None => format!("package `{path}`, which is not known here"),
        },
        Meaning::Predeclared(name, doc) => format!("`{name}`: {doc}"),
        Meaning::Context(None) => {
            "What whoever renders the definition tells about the application.".to_owned()
        }
        Meaning::Context(Some((name, kind, doc))) => format!("```cue\ncontext.{name}: {kind}\n```\n{doc}"),
    })
}

/// A builtin function with its parameters: `strings.Repeat(s: string, count: int): string`.
pub fn signature(function: &vela_stdlib::signature::Function) -> String {
    let package = function.package.rsplit('/').next().unwrap_or(function.package);
    let kinds = |k: vela_stdlib::signature::Kinds| k.names().collect::<Vec<_>>().join("|");
    let params: Vec<String> =
        function.params.iter().map(|p| format!("{}: {}", p.name, kinds(p.kinds))).collect();
    format!("{package}.{}({}): {}", function.name, params.join(", "), kinds(function.result))
}

fn about_site(db: &dyn Db, site: &Site) -> String {
    let source = site.whole.of(site.file.text(db));
    let mut lines: Vec<&str> = source.lines().collect();
    // The declaration's own indentation is not of interest.
    let indent =
        lines.iter().skip(1).filter(|l| !l.trim().is_empty()).map(|l| l.len() - l.trim_start().len()).min();
    let cut = lines.len() > MAX_LINES;
    lines.truncate(MAX_LINES);
    let last = source.lines().last().map_or(0, |l| l.len() - l.trim_start().len());
    let indent = indent.unwrap_or(0).min(last);
    let shown: Vec<&str> = lines
        .iter()
        .enumerate()
        .map(|(i, l)| if i == 0 { l } else { l.get(indent..).unwrap_or("") })
        .collect();
    let mut out = format!("```cue\n{}{}\n```", shown.join("\n"), if cut { "\n…" } else { "" });
    if !site.doc.is_empty() {
        let _ = write!(out, "\n{}", site.doc);
    }
    out
}
