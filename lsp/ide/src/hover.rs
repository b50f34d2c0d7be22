//! What is known about the thing under the cursor.
//!
//! In YAML: a type's description and parameters, a property's type, default and doc, and what it renders to. In CUE: the
//! unified value of a name as evaluation found it, its default, docs, and every declaration that contributed; functions
//! of builtin packages, fields of `context`.

use std::fmt::Write;

use vela_db::check::kind_word;
use vela_db::schema::{Field, NodeId, Schema, Shape, shown_value};
use vela_db::values::{GLANCE, ValueShape};
use vela_db::{Db, File, Kind, embedded, facts, queries};
use vela_diagnostics::Span;

use crate::effects;
use crate::names::{self, Meaning, Site};
use crate::outline::Step;
use crate::paths;
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
const MAX_LINES: usize = GLANCE;
/// Most parameters of a type listed.
const MAX_PARAMETERS: usize = 40;

/// What to show at an offset.
pub fn hover(db: &dyn Db, file: File, offset: u32) -> Option<Hover> {
    match queries::Language::of(file.path(db)) {
        queries::Language::Cue => {
            let (span, meaning) = names::at(db, file, offset)?;
            let text = match &meaning {
                Meaning::Declared(sites) => about_value(db, file, offset, sites),
                _ => None,
            };
            Some(Hover { span, text: text.or_else(|| about_name(db, &meaning))? })
        }
        queries::Language::Yaml => yaml(db, file, offset),
        queries::Language::Other => None,
    }
}

fn yaml(db: &dyn Db, file: File, offset: u32) -> Option<Hover> {
    if let Some((template, at)) = embedded::inside(db, file, offset) {
        let Hover { span, text } = hover(db, template, at)?;
        return Some(Hover { span: embedded::outside(db, template, span).1, text });
    }
    place::at(db, file, offset, |spot, reader| {
        let about = place::about(db, &spot.path, reader)?;
        let text = match &about {
            About::Type(kind) if !spot.key => about_type(db, *kind, &spot.text)?,
            About::Type(kind) => format!("The {} definition that is used.", kind_word(*kind)),
            About::Property(property) if property.path.is_empty() => {
                about_type(db, property.kind, &property.name)?
            }
            About::Property(property) => {
                let mut text = about_path(&property.schema, &property.path)?;
                let names: Vec<&str> =
                    property.path.iter().map(Step::name).filter(|n| !n.is_empty()).collect();
                let effects = effects::effects(db, property.definition, &names);
                if !effects.is_empty() {
                    let shown: Vec<String> = effects.iter().map(|e| format!("`{e}`")).collect();
                    let _ = write!(text, "\n\nRenders to {}", shown.join(", "));
                }
                text
            }
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

/// The unified value of the name at an offset, with what contributed; `None` where evaluation has none.
fn about_value(db: &dyn Db, file: File, offset: u32, sites: &[Site]) -> Option<String> {
    let path = paths::path_at(db, file, offset)?;
    let name = path.last()?;
    paths::with_value(db, file, &path, |values, node| {
        let shown = match &node.shape {
            ValueShape::Unknown | ValueShape::Error => return None,
            _ => values.shown(node, MAX_LINES),
        };
        let mark = sites.first().map_or("", |s| s.mark);
        let mut out = format!("```cue\n{}{mark}: {shown}\n```", shown_label(name));
        if let ValueShape::Scalar { default: Some(default), .. } = &node.shape {
            let _ = write!(out, "\ndefault `{default}`");
        }
        let docs: Vec<&str> = if node.docs.is_empty() {
            sites.iter().map(|s| &*s.doc).filter(|d| !d.is_empty()).take(1).collect()
        } else {
            node.docs.iter().map(|d| d.trim()).collect()
        };
        if !docs.is_empty() {
            let _ = write!(out, "\n\n{}", without_markers(&docs.join("\n")));
        }
        let places = facts::contributions(db, values, &node.contributions);
        if !places.is_empty() {
            out.push_str("\n\nDeclared as");
            for (file, span) in places.iter().take(MAX_SITES) {
                let source = span.of(file.text(db));
                let first = source.lines().next().unwrap_or("").trim_end();
                let more = if source.lines().nth(1).is_some() { " …" } else { "" };
                let before = file.text(db).get(..span.start as usize).unwrap_or("");
                let line = before.matches('\n').count() + 1;
                let name = vela_load::paths::base(file.path(db));
                let _ = write!(out, "\n- `{first}{more}` ({name}:{line})");
            }
            if places.len() > MAX_SITES {
                let _ = write!(out, "\n- and {} more", places.len() - MAX_SITES);
            }
        }
        Some(out)
    })
}

/// Most declarations told of one name.
const MAX_SITES: usize = 8;

fn shown_label(name: &str) -> String {
    if name.starts_with(['#', '_']) { name.to_owned() } else { vela_syntax::literal::label(name) }
}

/// Comments without the markers that are not meant for readers.
fn without_markers(doc: &str) -> String {
    let lines = doc.lines().filter_map(|line| match line.trim().strip_prefix('+') {
        None => Some(line),
        Some(marker) => marker.split_once('=').filter(|(k, _)| *k == "usage").map(|(_, v)| v),
    });
    lines.collect::<Vec<_>>().join("\n")
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

/// A parameter of a builtin function: `count: int`.
pub fn parameter(param: &vela_stdlib::signature::Param) -> String {
    format!("{}: {}", param.name, param.kinds.names().collect::<Vec<_>>().join("|"))
}

/// A builtin function with its parameters: `strings.Repeat(s: string, count: int): string`.
pub fn signature(function: &vela_stdlib::signature::Function) -> String {
    let package = function.package.rsplit('/').next().unwrap_or(function.package);
    let kinds = |k: vela_stdlib::signature::Kinds| k.names().collect::<Vec<_>>().join("|");
    let params: Vec<String> = function.params.iter().map(parameter).collect();
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
