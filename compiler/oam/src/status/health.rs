//! One definition's word on live objects: `details`, then `healthPolicy`, then `customStatus`, each plain CUE with
//! `context` and `parameter` beside it. A pure function of sections, context and properties.

use std::sync::Arc;

use vela_syntax::ParseOptions;
use vela_syntax::ast::{Decl, Expr, File, List};

use crate::data::{self, Value};
use crate::definition::Definition;
use crate::definition::cue_form::LANGUAGE;
use crate::definition::literal;
use crate::engine::Engine;
use crate::tree::Node;

/// Details with longer names are left out.
const LONGEST_NAME: usize = 31;

/// What is shown of a detail that has no value.
const NO_VALUE: &str = "_|_";

/// The sections of a definition's `status`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sections<'a> {
    /// `healthPolicy`, `""` for none.
    pub health: &'a str,
    /// `customStatus`.
    pub message: &'a str,
    /// `details`.
    pub details: &'a str,
}

impl<'a> Sections<'a> {
    /// Those of a definition.
    pub fn of(definition: &'a Definition) -> Self {
        Self {
            health: definition.text(&["status", "healthPolicy"]),
            message: definition.text(&["status", "customStatus"]),
            details: definition.text(&["status", "details"]),
        }
    }
}

/// What a definition says.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Health {
    /// Whether all is well.
    pub healthy: bool,
    /// The message, `""` for none.
    pub message: String,
    /// Facts by name.
    pub details: Vec<(Arc<str>, String)>,
}

/// Judges live objects. `context` has what is common: names, `output`, `outputs`. A section that cannot be evaluated says
/// nothing; a health policy that cannot says unhealthy.
pub fn judge(
    sections: Sections<'_>,
    mut context: Value,
    parameter: Option<&Value>,
    engine: &mut dyn Engine,
) -> Health {
    let empty = data::empty();
    let parameter = parameter.unwrap_or(&empty);
    let mut health = Health { healthy: true, ..Health::default() };
    let mut status = data::empty();
    context.set("status", status.clone());
    if !sections.details.is_empty()
        && let Some(fields) = engine.section(sections.details, &data::through_json(&context), parameter)
    {
        let details = details(sections.details, &fields, &mut health);
        status.set("details", details);
    }
    context.set("status", status.clone());
    if !sections.health.is_empty() {
        let fields = engine.section(sections.health, &data::through_json(&context), parameter);
        health.healthy = field(fields.as_deref(), "isHealth") == Some(Value::Bool(true));
    }
    status.set("healthy", Value::Bool(health.healthy));
    context.set("status", status);
    if !sections.message.is_empty() {
        let fields = engine.section(sections.message, &data::through_json(&context), parameter);
        if let Some(Value::Str(text)) = &field(fields.as_deref(), "message") {
            health.message = text.to_string();
        }
    }
    health
}

fn field(fields: Option<&[(Arc<str>, Node)]>, name: &str) -> Option<Value> {
    let (_, node) = fields?.iter().find(|(n, _)| &**n == name)?;
    node.to_value().ok()
}

/// Takes the details, and gives what the other sections see of them.
fn details(section: &str, fields: &[(Arc<str>, Node)], health: &mut Health) -> Value {
    let hidden = hidden_names(section);
    let mut seen = data::empty();
    for (name, node) in fields {
        if name.len() > LONGEST_NAME || matches!(&**name, "context" | "parameter") {
            continue;
        }
        let value = node.to_value().ok();
        if name.starts_with('$') {
            if let Some(value) = value {
                seen.set(name, value);
            }
            continue;
        }
        if hidden.contains(name) {
            continue;
        }
        let text = match value {
            Some(value) => {
                let text = match &value {
                    Value::Str(text) => text.to_string(),
                    other => Node::of_value(other).to_source(),
                };
                seen.set(name, value);
                text
            }
            None => NO_VALUE.to_owned(),
        };
        health.details.push((name.clone(), text));
    }
    seen
}

/// Names of fields with the attribute `@local` or `@private`.
fn hidden_names(section: &str) -> Vec<Arc<str>> {
    let file = vela_syntax::parse(section, &ParseOptions { version: LANGUAGE }).file;
    let mut names = Vec::new();
    hidden_of(&file, section, file.top, &mut names, 0);
    names
}

fn hidden_of(file: &File, text: &str, list: List, names: &mut Vec<Arc<str>>, depth: usize) {
    if depth > 20 {
        return;
    }
    for decl in file.decl_list(list) {
        match file.decl(*decl) {
            Decl::Field(field) => {
                let mut attributes = file.attribute_list(field.attributes).iter();
                if attributes.any(|a| matches!(a.name.of(text), "local" | "private")) {
                    names.extend(literal::label(file, text, &field.label));
                }
            }
            Decl::Embed(x) => {
                let body = match file.expr(x) {
                    Expr::Comprehension(n) => file.comprehensions.get(n as usize).map(|c| c.body),
                    _ => Some(x),
                };
                if let Some(Expr::Struct(inner)) = body.map(|b| file.expr(b)) {
                    hidden_of(file, text, inner, names, depth + 1);
                }
            }
            _ => {}
        }
    }
}
