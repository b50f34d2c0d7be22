//! Values that a parameter allows, a few of each sort: as little as possible, everything, each optional one by itself, each
//! of the allowed values. Where no value can be guessed that surely fits, there is none.

use std::cell::Cell;

use regex::Regex;

use crate::data::{self, Value};
use crate::schema::{Field, Kinds, Need, Node, NodeId, Schema, Shape};

/// Deepest value.
const MAX_DEPTH: u32 = 8;

/// Most values.
const MOST: usize = 96;

/// Most parts of values that are made.
const PARTS: u32 = 50_000;

/// Texts that are tried where a text is wanted.
const TEXTS: [&str; 18] = [
    "example",
    "a",
    "1",
    "100m",
    "1Gi",
    "64Mi",
    "/example",
    "example.com",
    "https://example.com",
    "1.0.0",
    "8080",
    "A",
    "A_B",
    "5m",
    "*/5 * * * *",
    "v1",
    "a@example.com",
    "10.0.0.1",
];

/// Numbers that are tried where one is wanted.
const NUMBERS: [i64; 9] = [1, 8080, 0, 2, 3, 30000, 100, 50, -1];

/// Parameters that are allowed, and what is special about each.
pub fn samples(schema: &Schema) -> Vec<(String, Value)> {
    let maker = Maker { schema, left: Cell::new(PARTS) };
    let mut out = Vec::new();
    let Some(least) = maker.value(schema.root, false, 0) else { return out };
    out.push(("only what is needed".to_owned(), least.clone()));
    if let Some(most) = maker.value(schema.root, true, 0) {
        out.push(("everything".to_owned(), most));
    }
    maker.variants(schema.root, &mut Vec::new(), &least, &mut out, 0);
    out
}

struct Maker<'s> {
    schema: &'s Schema,
    left: Cell<u32>,
}

impl Maker<'_> {
    /// Whether there may be more.
    fn spend(&self) -> bool {
        self.left.set(self.left.get().saturating_sub(1));
        self.left.get() > 0
    }

    fn value(&self, id: NodeId, all: bool, depth: u32) -> Option<Value> {
        let node = self.schema.node(id);
        if !self.spend() {
            return None;
        }
        if !all && let Some(default) = &node.default {
            return Some(default.clone());
        }
        if depth > MAX_DEPTH {
            return node.default.clone();
        }
        match &node.shape {
            Shape::Any => node.default.clone(),
            Shape::Scalar(_) => scalar(node),
            Shape::List(None) => Some(Value::List(Vec::new())),
            Shape::List(Some(item)) if all => {
                let item = self.value(*item, all, depth + 1);
                Some(Value::List(item.into_iter().collect()))
            }
            Shape::List(Some(_)) => Some(Value::List(Vec::new())),
            Shape::Struct(s) => {
                let mut out = data::empty();
                for field in &s.fields {
                    match (self.schema.required(field), all) {
                        (true, _) => out.set(&field.name, self.value(field.node, all, depth + 1)?),
                        (false, true) => {
                            if let Some(value) = self.value(field.node, all, depth + 1) {
                                out.set(&field.name, value);
                            }
                        }
                        (false, false) => {}
                    }
                }
                Some(out)
            }
            Shape::OneOf(alternatives) => alternatives.iter().find_map(|n| self.value(*n, all, depth + 1)),
        }
    }

    /// The least value with one thing changed, for everything that can be.
    fn variants(
        &self,
        id: NodeId,
        path: &mut Vec<String>,
        least: &Value,
        out: &mut Vec<(String, Value)>,
        depth: u32,
    ) {
        if depth > 3 || out.len() >= MOST || !self.spend() {
            return;
        }
        match &self.schema.node(id).shape {
            Shape::Struct(s) => {
                for field in &s.fields {
                    path.push(field.name.to_string());
                    self.of_field(field, path, least, out, depth);
                    path.pop();
                }
            }
            Shape::Scalar(scalar) => {
                for value in &scalar.values {
                    add(path, value.clone(), least, out);
                }
            }
            Shape::OneOf(alternatives) => {
                for alternative in alternatives {
                    if let Some(value) = self.value(*alternative, false, depth) {
                        add(path, value, least, out);
                    }
                }
            }
            Shape::Any | Shape::List(_) => {}
        }
    }

    fn of_field(
        &self,
        field: &Field,
        path: &mut Vec<String>,
        least: &Value,
        out: &mut Vec<(String, Value)>,
        depth: u32,
    ) {
        if field.need == Need::Optional || matches!(self.schema.node(field.node).shape, Shape::List(_)) {
            for all in [false, true] {
                if let Some(value) = self.value(field.node, all, depth + 1) {
                    add(path, value, least, out);
                }
            }
        }
        self.variants(field.node, path, least, out, depth + 1);
    }
}

/// The least value with this one at the path; nothing where something on the way is missing.
fn add(path: &[String], value: Value, least: &Value, out: &mut Vec<(String, Value)>) {
    let Some((last, way)) = path.split_last() else { return };
    if out.len() >= MOST {
        return;
    }
    let mut whole = least.clone();
    let mut at = &mut whole;
    for step in way {
        if at.get(step).is_none() {
            return;
        }
        match data::get_mut(at, step) {
            Some(inner) if matches!(inner, Value::Map(_)) => at = inner,
            _ => return,
        }
    }
    at.set(last, value);
    if !out.iter().any(|(_, known)| *known == whole) {
        out.push((format!("`{}` given", path.join(".")), whole));
    }
}

/// A value of a scalar, its default last: what is given is to be something else.
fn scalar(node: &Node) -> Option<Value> {
    let Shape::Scalar(scalar) = &node.shape else { return None };
    if let Some(value) = scalar.values.first() {
        return Some(value.clone());
    }
    let fits = |value: &Value| scalar.constraints.iter().all(|c| fits(value, c) == Some(true));
    let mut tried: Vec<Value> = Vec::new();
    if scalar.kinds.has(Kinds::STRING) {
        tried.extend(TEXTS.iter().map(|t| Value::str(*t)));
    }
    if scalar.kinds.has(Kinds::INT) {
        tried.extend(NUMBERS.iter().map(|n| Value::int(*n)));
    }
    if scalar.kinds.has(Kinds::BOOL) {
        tried.push(Value::Bool(true));
    }
    if scalar.kinds.has(Kinds::NULL) {
        tried.push(Value::Null);
    }
    tried.into_iter().find(fits).or_else(|| node.default.clone())
}

/// Whether a value meets a constraint given as source; `None` where that is not known.
fn fits(value: &Value, constraint: &str) -> Option<bool> {
    let constraint = constraint.trim();
    let text = |source: &str| -> Option<String> {
        match vela_syntax::literal::string(source.trim()) {
            Ok(vela_syntax::literal::StringValue::Str(s)) => Some(s),
            _ => None,
        }
    };
    if let Some(pattern) = constraint.strip_prefix("=~") {
        return Some(Regex::new(&text(pattern)?).ok()?.is_match(value.as_str()?));
    }
    if let Some(pattern) = constraint.strip_prefix("!~") {
        return Some(!Regex::new(&text(pattern)?).ok()?.is_match(value.as_str()?));
    }
    if let Some(other) = constraint.strip_prefix("!=") {
        return match (value, text(other)) {
            (Value::Str(s), Some(other)) => Some(**s != *other),
            (Value::Num(n), _) => Some(n.to_json_text() != other.trim()),
            _ => None,
        };
    }
    let number: f64 = value.as_num()?.to_json_text().parse().ok()?;
    let limit = |source: &str| source.trim().parse::<f64>().ok();
    if let Some(rest) = constraint.strip_prefix(">=") {
        return Some(number >= limit(rest)?);
    }
    if let Some(rest) = constraint.strip_prefix("<=") {
        return Some(number <= limit(rest)?);
    }
    if let Some(rest) = constraint.strip_prefix('>') {
        return Some(number > limit(rest)?);
    }
    if let Some(rest) = constraint.strip_prefix('<') {
        return Some(number < limit(rest)?);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_met_or_not_known() {
        assert_eq!(fits(&Value::str("/a"), "=~\"^/\""), Some(true));
        assert_eq!(fits(&Value::str("a"), "!~\"^a\""), Some(false));
        assert_eq!(fits(&Value::int(3), ">=2"), Some(true));
        assert_eq!(fits(&Value::int(3), "<3"), Some(false));
        assert_eq!(fits(&Value::str("a"), "strings.MinRunes(3)"), None);
    }
}
