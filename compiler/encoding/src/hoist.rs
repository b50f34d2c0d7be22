//! `cue import --recursive`: a string field that holds a JSON or YAML struct or list becomes a call that makes the
//! string, and a let with the value (`output-and-cli.md` E8.4).

use std::collections::BTreeSet;

use vela_syntax::ast::{Decl, Expr, Label};
use vela_syntax::literal::{StringValue, string};
use vela_yaml::{Doc, Kind, Parsed};

use crate::document::from_document;
use crate::source::Shape;

/// Deepest nesting of texts in texts that is taken apart.
const DEEPEST: usize = 16;

/// The source with strings taken apart, and the packages it then needs.
pub fn hoist(source: &str) -> (String, BTreeSet<&'static str>) {
    let mut imports = BTreeSet::new();
    let mut names = BTreeSet::new();
    let out = level(source, &mut names, &mut imports, 0);
    (out, imports)
}

fn level(
    source: &str,
    names: &mut BTreeSet<String>,
    imports: &mut BTreeSet<&'static str>,
    depth: usize,
) -> String {
    let parse = vela_syntax::parse(source, &vela_syntax::ParseOptions::default());
    if !parse.errors.is_empty() || depth > DEEPEST {
        return source.to_owned();
    }
    let file = &parse.file;
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    for decl in &file.decls {
        let Decl::Field(field) = decl else { continue };
        let name = match field.label {
            Label::Ident(ident) => ident.span.of(source).to_owned(),
            Label::String(_) => match string(field.label_span.of(source)) {
                Ok(StringValue::Str(name)) => name,
                _ => continue,
            },
            _ => continue,
        };
        names.insert(name.clone());
        if !matches!(file.expr(field.value), Expr::String) {
            continue;
        }
        let span = file.span(field.value);
        let Ok(StringValue::Str(text)) = string(span.of(source)) else { continue };
        let Some((value, codec)) = parsed(&text) else { continue };
        imports.insert(if codec == "json" { "encoding/json" } else { "encoding/yaml" });
        let fresh = unique(&name, names);
        let inner = level(&format!("let {fresh} = {value}"), names, imports, depth + 1);
        edits.push((span.start as usize, span.end as usize, format!("{codec}.Marshal({fresh})\n{inner}\n")));
    }
    edits.sort_by_key(|e| e.0);
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    for (start, end, text) in edits {
        out.push_str(&source[at..start]);
        out.push_str(&text);
        at = end;
        if source[at..].starts_with('\n') {
            at += 1;
        }
        // The new line end is the comma.
        let rest = &source[at..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if rest[blank..].starts_with(',') {
            at += blank + 1;
        }
    }
    out.push_str(&source[at..]);
    out
}

/// The struct or list that a text holds, as an expression. One line is never YAML: too much else looks like it.
fn parsed(text: &str) -> Option<(String, &'static str)> {
    let single = |parsed: Parsed| -> Option<Doc> {
        let one = parsed.faults.is_empty() && parsed.docs.len() == 1;
        one.then(|| parsed.docs.into_iter().next()).flatten()
    };
    let composite = |doc: &Doc| matches!(doc.node(doc.root).kind, Kind::Map { .. } | Kind::List { .. });
    if let Some(doc) = single(vela_yaml::parse_json(text)) {
        return composite(&doc).then(|| (expression(&doc, text), "json"));
    }
    if !text.contains('\n') {
        return None;
    }
    let doc = single(vela_yaml::parse(text))?;
    composite(&doc).then(|| (expression(&doc, text), "yaml"))
}

fn expression(doc: &Doc, text: &str) -> String {
    let mut source = from_document(doc, text, false);
    if let Shape::Struct { inline } = &mut source.shape {
        *inline = false;
    }
    source.in_braces()
}

fn unique(base: &str, names: &mut BTreeSet<String>) -> String {
    let base: String = base.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let mut kind = "cue_".to_owned();
    loop {
        let name = format!("_{kind}{base}");
        if names.insert(name.clone()) {
            return name;
        }
        kind.push('x');
    }
}
