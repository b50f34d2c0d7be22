//! Plain data as the renderer handles it: properties, contexts and manifests. Used by every other file.
//!
//! KubeVela is a Go program that sends all data through JSON. What that does to numbers and to the order of keys is
//! part of the result, so it is done here, once.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use vela_number::Number;
pub use vela_yaml::Data as Value;

/// An empty map.
pub fn empty() -> Value {
    Value::Map(Vec::new())
}

/// A map of these fields.
pub fn map<K: Into<Arc<str>>>(fields: impl IntoIterator<Item = (K, Value)>) -> Value {
    Value::Map(fields.into_iter().map(|(k, v)| (k.into(), v)).collect())
}

/// A number that went through Go's `float64`: integers beyond 2^53 are rounded, whole numbers below 1e21 are
/// integers again.
fn float64(n: &Number) -> Number {
    if n.is_int() && n.to_i64().is_some_and(|i| i.unsigned_abs() <= 1 << 53) {
        return n.clone();
    }
    let f = n.to_f64();
    if !f.is_finite() {
        return n.clone();
    }
    let rounded = Number::from_f64(f);
    if f.abs() < 1e21 && f.fract() == 0.0 {
        return rounded.to_bigint().map_or(rounded, |i| Number::from_bigint(&i));
    }
    rounded
}

/// A number of a Kubernetes object: an integer of 64 bits, or a `float64`.
fn object_number(n: &Number) -> Number {
    if n.is_int() && n.to_i64().is_some() {
        return n.clone();
    }
    let f = n.to_f64();
    if f.is_finite() { Number::from_f64(f) } else { n.clone() }
}

fn mapped(value: &Value, sort: bool, number: &dyn Fn(&Number) -> Number) -> Value {
    match value {
        Value::Num(n) => Value::Num(number(n)),
        Value::Bytes(bytes) => Value::from(BASE64.encode(bytes)),
        Value::List(items) => Value::List(items.iter().map(|v| mapped(v, sort, number)).collect()),
        Value::Map(fields) => {
            let mut out: Vec<(Arc<str>, Value)> =
                fields.iter().map(|(k, v)| (k.clone(), mapped(v, sort, number))).collect();
            if sort {
                out.sort_by(|a, b| a.0.cmp(&b.0));
            }
            Value::Map(out)
        }
        other => other.clone(),
    }
}

/// The value as a template sees it: keys sorted (comprehensions go in that order), numbers through `float64`.
pub fn through_json(value: &Value) -> Value {
    mapped(value, true, &float64)
}

/// The value as it counts in a Kubernetes object.
pub fn as_object(value: &Value) -> Value {
    mapped(value, false, &object_number)
}

/// The value found by names and list indices.
pub fn at<'v>(value: &'v Value, path: &[&str]) -> Option<&'v Value> {
    path.iter().try_fold(value, |v, step| match v {
        Value::Map(_) => v.get(step),
        Value::List(items) => step.parse::<usize>().ok().and_then(|i| items.get(i)),
        _ => None,
    })
}

/// The text found by following names; `""` for none.
pub fn text<'v>(value: &'v Value, path: &[&str]) -> &'v str {
    at(value, path).and_then(Value::as_str).unwrap_or("")
}

/// Removes a field; nothing where there is none.
pub fn remove(value: &mut Value, name: &str) {
    if let Some(fields) = value.as_map_mut() {
        fields.retain(|(k, _)| &**k != name);
    }
}

/// The field of this name, to change.
pub fn get_mut<'v>(value: &'v mut Value, name: &str) -> Option<&'v mut Value> {
    value.as_map_mut()?.iter_mut().find(|(k, _)| &**k == name).map(|(_, v)| v)
}

/// Puts `change` over `base`: maps field by field at any depth, everything else replaced.
pub fn merge(base: &mut Value, change: &Value) {
    for (name, new) in change.as_map().unwrap_or_default() {
        match (get_mut(base, name), new) {
            (Some(old @ Value::Map(_)), Value::Map(_)) => merge(old, new),
            _ => base.set(name, new.clone()),
        }
    }
}

/// Whether two values are equal as JSON values: maps without order, numbers by value.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Num(x), Value::Num(y)) => x.eq_value(y),
        (Value::List(x), Value::List(y)) => x.len() == y.len() && x.iter().zip(y).all(|(p, q)| same(p, q)),
        (Value::Map(x), Value::Map(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn num(text: &str) -> Value {
        Value::Num(Number::from_json_text(text).unwrap())
    }

    #[test]
    fn numbers_go_through_float64() {
        for (from, to) in [
            ("1.0", "1"),
            ("9007199254740993", "9007199254740992"),
            ("0.5", "0.5"),
            ("-3", "-3"),
            ("100000000000000000000", "100000000000000000000"),
            ("1e3", "1000"),
        ] {
            let Value::Num(ref n) = through_json(&num(from)) else { panic!() };
            assert_eq!(n.to_json_text(), to, "{from}");
        }
        let Value::Num(ref big) = through_json(&num("1e21")) else { panic!() };
        assert!(!big.is_int());
    }

    #[test]
    fn keys_are_sorted_for_templates() {
        let value = map([("b", Value::int(1)), ("a", Value::int(2))]);
        let sorted = through_json(&value);
        assert_eq!(sorted.as_map().unwrap()[0].0.as_ref(), "a");
        assert!(same(&value, &sorted));
    }
}
