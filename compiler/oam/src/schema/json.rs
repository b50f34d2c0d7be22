//! A schema as JSON Schema, in the words that KubeVela's own tools use: for forms and for comparing interfaces.
//!
//! `required` are the fields without a default that are not optional; `x-conditional` marks those that depend on others.
//! Alternatives of structs stand under `oneOf`, each with its own fields; a text with suggestions has them as the first of
//! two alternatives. A default that only rendering knows counts as none, as it does there.

use std::cell::Cell;

use crate::data::{self, Value};
use crate::schema::{Kinds, Need, Node, NodeId, Openness, Scalar, Schema, Shape, Struct};

/// Deepest schema written; what contains itself ends there.
const MAX_DEPTH: u32 = 16;

/// Most nodes written.
const MOST: u32 = 50_000;

/// The whole schema.
pub fn schema(schema: &Schema) -> Value {
    Writer { schema, left: Cell::new(MOST) }.node(schema.root, 0)
}

struct Writer<'s> {
    schema: &'s Schema,
    left: Cell<u32>,
}

impl Writer<'_> {
    fn node(&self, id: NodeId, depth: u32) -> Value {
        let node = self.schema.node(id);
        self.left.set(self.left.get().saturating_sub(1));
        if depth > MAX_DEPTH || self.left.get() == 0 {
            return data::empty();
        }
        let mut out = match &node.shape {
            Shape::Any => data::empty(),
            Shape::Scalar(s) => scalar(node, s),
            Shape::List(item) => {
                let item = item.map_or_else(data::empty, |i| self.node(i, depth + 1));
                data::map([("items", item), ("type", Value::str("array"))])
            }
            Shape::Struct(s) => self.structure(s, depth),
            Shape::OneOf(all) => self.one_of(all, depth),
        };
        if let Some(default) = &node.default {
            out.set("default", default.clone());
        }
        out
    }

    fn structure(&self, s: &Struct, depth: u32) -> Value {
        let mut out = data::map([("type", Value::str("object"))]);
        let (mut properties, mut required) = (data::empty(), Vec::new());
        for field in &s.fields {
            let mut property = self.node(field.node, depth + 1);
            if !field.doc.is_empty() {
                property.set("description", Value::Str(field.doc.clone()));
            }
            if field.conditional {
                property.set("x-conditional", Value::Bool(true));
            }
            if field.ignored {
                property.set("x-ignore", Value::Bool(true));
            }
            let defaulted = self.schema.node(field.node).default.is_some();
            if field.need == Need::Required || (field.need == Need::Member && !defaulted) {
                required.push(Value::Str(field.name.clone()));
            }
            properties.set(&field.name, property);
        }
        if !s.fields.is_empty() {
            out.set("properties", properties);
        }
        if !required.is_empty() {
            out.set("required", Value::List(required));
        }
        match (s.pattern, s.openness) {
            (Some(pattern), _) => out.set("additionalProperties", self.node(pattern, depth + 1)),
            (None, Openness::Dots) => out.set("additionalProperties", data::empty()),
            (None, Openness::Closed) => out.set("additionalProperties", Value::Bool(false)),
            (None, Openness::Open) => {}
        }
        out
    }

    /// `null` or something is something that may be null.
    fn one_of(&self, all: &[NodeId], depth: u32) -> Value {
        let is_null = |id: &&NodeId| {
            matches!(&self.schema.node(**id).shape, Shape::Scalar(s)
                if s.kinds == Kinds::NULL || (s.kinds.is_empty() && s.values == [Value::Null]))
        };
        let mut others: Vec<NodeId> = all.iter().filter(|id| !is_null(id)).copied().collect();
        let nullable = others.len() < all.len();
        // Of several lists, such as `*[] | [...string]`, the last is the one that says what may be in it.
        if others.iter().all(|id| matches!(self.schema.node(*id).shape, Shape::List(_))) {
            others = others.pop().into_iter().collect();
        }
        let mut out = match others.as_slice() {
            [one] => self.node(*one, depth + 1),
            several => {
                let alternatives = several.iter().map(|id| self.node(*id, depth + 1)).collect();
                data::map([("oneOf", Value::List(alternatives))])
            }
        };
        if nullable {
            out.set("nullable", Value::Bool(true));
        }
        out
    }
}

fn scalar(node: &Node, scalar: &Scalar) -> Value {
    let nullable = scalar.kinds.has(Kinds::NULL) || scalar.values.contains(&Value::Null);
    let kinds = Kinds(scalar.kinds.0 & !Kinds::NULL.0);
    let mut values: Vec<Value> = scalar.values.iter().filter(|v| **v != Value::Null).cloned().collect();
    let mut out = data::empty();
    let of_values = values.iter().filter_map(Kinds::of).fold(Kinds::default(), Kinds::or);
    let names = type_names(kinds.or(of_values));
    match names.as_slice() {
        _ if scalar.kinds == Kinds::ALL => {}
        [one] => out.set("type", Value::str(*one)),
        several => {
            let one = |n: &&str| data::map([("type", Value::str(*n))]);
            out.set("oneOf", Value::List(several.iter().map(one).collect()));
        }
    }
    // Beside a whole kind, single values are suggestions; the default alone is none.
    values.retain(|v| kinds.is_empty() || node.default.as_ref() != Some(v));
    if !values.is_empty() && kinds.is_empty() {
        out.set("enum", Value::List(values));
    } else if !values.is_empty() && names.len() == 1 {
        let suggested = data::map([("enum", Value::List(values))]);
        out.set("oneOf", Value::List(vec![suggested, data::empty()]));
    }
    for constraint in &scalar.constraints {
        constrain(&mut out, constraint);
    }
    if nullable {
        out.set("nullable", Value::Bool(true));
    }
    out
}

fn type_names(kinds: Kinds) -> Vec<&'static str> {
    let mut out = Vec::new();
    if kinds.has(Kinds::STRING) || kinds.has(Kinds::BYTES) {
        out.push("string");
    }
    if kinds.has(Kinds::BOOL) {
        out.push("boolean");
    }
    if kinds.has(Kinds::FLOAT) {
        out.push("number");
    } else if kinds.has(Kinds::INT) {
        out.push("integer");
    }
    out
}

/// A constraint that JSON Schema has a word for; others are not written.
fn constrain(out: &mut Value, constraint: &str) {
    let number = |text: &str| vela_number::Number::from_json_text(text.trim()).ok().map(Value::Num);
    let constraint = constraint.trim();
    if let Some(pattern) = constraint.strip_prefix("=~") {
        if let Ok(vela_syntax::literal::StringValue::Str(pattern)) =
            vela_syntax::literal::string(pattern.trim())
        {
            out.set("pattern", Value::from(pattern));
        }
        return;
    }
    let bounds = [(">=", "minimum"), ("<=", "maximum"), (">", "exclusiveMinimum"), ("<", "exclusiveMaximum")];
    for (sign, word) in bounds {
        if let Some(limit) = constraint.strip_prefix(sign) {
            if let Some(limit) = number(limit) {
                out.set(word, limit);
            }
            return;
        }
    }
}
