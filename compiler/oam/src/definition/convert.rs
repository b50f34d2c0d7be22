//! `def render`: a `.cue` definition as the Kubernetes object that stands for it.

use vela_diagnostics::Span;
use vela_syntax::ast::File;

use crate::data::{self, Value};
use crate::definition::cue_form::CueDefinition;
use crate::metadata::texts_value;

/// API version of definitions.
pub const API_VERSION: &str = "core.oam.dev/v1beta1";

/// The object of a definition. `format` formats and simplifies CUE source.
pub fn object(definition: &CueDefinition, format: &dyn Fn(&str) -> String) -> Value {
    let mut out = data::empty();
    if let Some(kind) = definition.kind {
        out.set("apiVersion", Value::str(API_VERSION));
        out.set("kind", Value::str(kind.object_kind()));
    }
    out.set(
        "metadata",
        data::map([
            ("annotations", texts_value(&definition.annotations)),
            ("labels", texts_value(&definition.labels)),
            ("name", Value::Str(definition.name.clone())),
        ]),
    );
    let mut spec = definition.spec.clone();
    let template = Value::from(template_text(definition, format));
    let cue = data::map([("cue", data::map([("template", template)]))]);
    match data::get_mut(&mut spec, "schematic") {
        Some(schematic @ Value::Map(_)) => schematic.set("cue", cue.get("cue").cloned().unwrap_or_default()),
        _ => spec.set("schematic", cue),
    }
    out.set("spec", spec);
    out
}

/// The template as a text of its own: imports first, then what stands in `template`.
pub fn template_text(definition: &CueDefinition, format: &dyn Fn(&str) -> String) -> String {
    let (file, text) = (&definition.file.ast, &*definition.file.text);
    let mut source = String::new();
    for span in import_declarations(file, text) {
        source.push_str(span.of(text));
        source.push('\n');
    }
    // As it stands: lines of texts must not move.
    let bodies = definition.template_spans.iter().map(|span| {
        let inner = span.of(text);
        inner.strip_prefix('{').unwrap_or(inner).strip_suffix('}').unwrap_or(inner)
    });
    let body: Vec<&str> = bodies.collect();
    source.push_str(&body.join("\n"));
    let formatted = format(&source);
    format!("{}\n", formatted.trim())
}

/// The declarations of imports, parentheses and comments included.
fn import_declarations(file: &File, text: &str) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    let mut behind = file.package.map_or(0, |p| p.span.end);
    for import in &file.imports {
        let between = without_comments(&text[behind as usize..import.span.start as usize]);
        match (between.rfind("import"), out.last_mut()) {
            (Some(at), _) => out.push(Span::new(behind + at as u32, import.span.end)),
            (None, Some(last)) => last.end = import.span.end,
            (None, None) => out.push(import.span),
        }
        behind = import.span.end;
        // A closing parenthesis before anything else.
        let rest = without_comments(&text[behind as usize..]);
        let closed = rest.find(|c: char| !c.is_whitespace() && c != ',' && c != ';');
        if let (Some(at), Some(last)) = (closed.filter(|at| rest[*at..].starts_with(')')), out.last_mut()) {
            last.end = behind + at as u32 + 1;
            behind = last.end;
        }
    }
    out
}

/// The text with blanks in place of comments.
pub(crate) fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match line.find("//") {
            Some(at) => {
                out.push_str(&line[..at]);
                out.extend(line[at..].bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }));
            }
            None => out.push_str(line),
        }
    }
    out
}
