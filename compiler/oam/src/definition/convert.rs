//! `def render`: a `.cue` definition as the Kubernetes object that stands for it.

use vela_syntax::ast::Import;

use crate::data::{self, Value};
use crate::definition::cue_form::CueDefinition;
use crate::definition::status;
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
    for Import { span, .. } in &file.imports {
        source.push_str("import ");
        source.push_str(span.of(text));
        source.push('\n');
    }
    let bodies = definition.template_spans.iter().map(|span| status::inner_text(text, *span));
    let body: Vec<String> = bodies.collect();
    source.push_str(&body.join("\n"));
    let formatted = format(&source);
    format!("{}\n", formatted.trim())
}
