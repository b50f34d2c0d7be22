//! JSON values compared as the OAM suites ask: the order of keys is free, of lists exact, numbers by value.

use serde_json::{Number, Value};

use crate::board::Difference;

/// The first difference of two values, if any, as path and what stands there. `skip` names places to leave out: it is
/// asked with the path of keys and the value expected.
pub fn difference(
    expected: &Value,
    got: &Value,
    path: &mut Vec<String>,
    skip: &dyn Fn(&[String]) -> bool,
) -> Option<Difference> {
    if skip(path) {
        return None;
    }
    let differ = |what: &str, path: &[String]| {
        Some(Difference {
            path: shown(path),
            what: what.to_owned(),
            expected: crate::node::brief(expected),
            got: crate::node::brief(got),
        })
    };
    match (expected, got) {
        (Value::Object(want), Value::Object(have)) => {
            for (key, value) in want {
                path.push(key.clone());
                let found = match have.get(key) {
                    Some(other) => difference(value, other, path, skip),
                    None if skip(path) => None,
                    None => Some(Difference {
                        path: shown(path),
                        what: "missing".to_owned(),
                        expected: crate::node::brief(value),
                        got: format!("only {:?}", have.keys().collect::<Vec<_>>()),
                    }),
                };
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
            for (key, value) in have {
                if want.contains_key(key) {
                    continue;
                }
                path.push(key.clone());
                let skipped = skip(path);
                let found = Difference {
                    path: shown(path),
                    what: "surplus".to_owned(),
                    expected: "nothing".to_owned(),
                    got: crate::node::brief(value),
                };
                path.pop();
                if !skipped {
                    return Some(found);
                }
            }
            None
        }
        (Value::Array(want), Value::Array(have)) => {
            for (at, (a, b)) in want.iter().zip(have).enumerate() {
                path.push(at.to_string());
                let found = difference(a, b, path, skip);
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
            if want.len() == have.len() { None } else { differ("number of elements", path) }
        }
        (Value::Number(a), Value::Number(b)) if same_number(a, b) => None,
        _ if expected == got => None,
        _ => differ("value", path),
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    crate::number::equal(&a.to_string(), &b.to_string())
}

/// A path of keys in one text.
pub fn shown(path: &[String]) -> String {
    if path.is_empty() { "(top)".to_owned() } else { path.join(".") }
}

/// The value at a path of keys and indices.
pub fn at<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Array(items) => key.parse::<usize>().ok().and_then(|i| items.get(i)),
        _ => value.get(key),
    })
}

#[cfg(test)]
mod tests {
    use super::difference;
    use serde_json::json;

    #[test]
    fn numbers_by_value_lists_in_order() {
        let differ = |a, b| difference(&a, &b, &mut Vec::new(), &|_| false).map(|d| d.path);
        assert_eq!(differ(json!({"a": 1, "b": [1, 2]}), json!({"b": [1, 2], "a": 1.0})), None);
        assert_eq!(differ(json!({"b": [1, 2]}), json!({"b": [2, 1]})), Some("b.0".to_owned()));
        assert_eq!(differ(json!({"b": 1}), json!({"b": "1"})), Some("b".to_owned()));
        assert_eq!(differ(json!({"b": 1}), json!({"b": 1, "c": null})), Some("c".to_owned()));
    }
}
