//! RFC 6902 (operations) and RFC 7396 (merge) on plain data. Used for the strategies `jsonPatch` and
//! `jsonMergePatch`. Where the RFCs leave room, the library that KubeVela uses decides: a negative index counts from
//! the end, `replace` and `remove` need a target.

use crate::data::{self, Value};

/// Merges `patch` into `base`: maps field by field, null removes, everything else replaces.
pub fn merge(base: Value, patch: &Value) -> Value {
    let Value::Map(changes) = patch else { return patch.clone() };
    let mut result = if matches!(base, Value::Map(_)) { base } else { data::empty() };
    for (name, change) in changes {
        if *change == Value::Null {
            data::remove(&mut result, name);
            continue;
        }
        let old = result.get(name).cloned().unwrap_or_default();
        let new = if matches!(change, Value::Map(_)) { merge(old, change) } else { change.clone() };
        result.set(name, new);
    }
    result
}

/// Applies a list of operations in order; all or nothing.
pub fn apply(base: Value, operations: &Value) -> Result<Value, String> {
    let operations = operations.as_list().ok_or("operations is not a list")?;
    let mut document = base;
    for (i, operation) in operations.iter().enumerate() {
        let op = data::text(operation, &["op"]);
        let path = data::text(operation, &["path"]);
        step(&mut document, op, path, operation).map_err(|e| format!("operation {i} ({op} {path}): {e}"))?;
    }
    Ok(document)
}

fn step(document: &mut Value, op: &str, path: &str, operation: &Value) -> Result<(), String> {
    let value = || operation.get("value").cloned().unwrap_or_default();
    let from = || pointer(data::text(operation, &["from"]));
    let at = pointer(path)?;
    match op {
        "add" => add(document, &at, value()),
        "remove" => take(document, &at).map(drop),
        "replace" => {
            let target = find_mut(document, &at).ok_or("there is nothing at this path")?;
            *target = value();
            Ok(())
        }
        "move" => {
            let from = from()?;
            if at.len() > from.len() && at.starts_with(&from) {
                return Err("a value cannot be moved into itself".to_owned());
            }
            let moved = take(document, &from)?;
            add(document, &at, moved)
        }
        "copy" => {
            let copied = find(document, &from()?).ok_or("there is nothing at `from`")?.clone();
            add(document, &at, copied)
        }
        "test" => {
            let found = find(document, &at);
            let wanted = value();
            let holds = match found {
                Some(found) => data::same(found, &wanted),
                None => wanted == Value::Null,
            };
            if holds { Ok(()) } else { Err("the test fails".to_owned()) }
        }
        _ => Err(format!("`{op}` is no operation")),
    }
}

/// The steps of a JSON pointer.
fn pointer(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let rest = text.strip_prefix('/').ok_or("a path starts with `/`")?;
    Ok(rest.split('/').map(|s| s.replace("~1", "/").replace("~0", "~")).collect())
}

/// An index of a list: `-` is behind the end, negative ones count from the end.
fn index(step: &str, len: usize) -> Option<usize> {
    if step == "-" {
        return Some(len);
    }
    let i: i64 = step.parse().ok()?;
    if i < 0 { usize::try_from(i + len as i64).ok() } else { usize::try_from(i).ok() }
}

fn find<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |v, step| match v {
        Value::Map(_) => v.get(step),
        Value::List(items) => items.get(index(step, items.len())?),
        _ => None,
    })
}

fn find_mut<'v>(value: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(value, |v, step| match v {
        Value::Map(_) => data::get_mut(v, step),
        Value::List(items) => {
            let at = index(step, items.len())?;
            items.get_mut(at)
        }
        _ => None,
    })
}

fn add(document: &mut Value, path: &[String], value: Value) -> Result<(), String> {
    let Some((last, parents)) = path.split_last() else {
        *document = value;
        return Ok(());
    };
    match find_mut(document, parents).ok_or("there is no parent at this path")? {
        parent @ Value::Map(_) => {
            parent.set(last, value);
            Ok(())
        }
        Value::List(items) => {
            let at = index(last, items.len()).filter(|i| *i <= items.len());
            items.insert(at.ok_or("the index is out of range")?, value);
            Ok(())
        }
        _ => Err("the parent is neither a map nor a list".to_owned()),
    }
}

fn take(document: &mut Value, path: &[String]) -> Result<Value, String> {
    let (last, parents) = path.split_last().ok_or("the whole document cannot be removed")?;
    let nothing = || "there is nothing at this path".to_owned();
    match find_mut(document, parents).ok_or_else(nothing)? {
        parent @ Value::Map(_) => {
            let value = parent.get(last).cloned().ok_or_else(nothing)?;
            data::remove(parent, last);
            Ok(value)
        }
        Value::List(items) => {
            let at = index(last, items.len()).filter(|i| *i < items.len()).ok_or_else(nothing)?;
            Ok(items.remove(at))
        }
        _ => Err(nothing()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        vela_yaml::parse_json(text).docs[0].to_data()
    }

    fn shown(value: &Value) -> String {
        vela_yaml::to_json(value, vela_yaml::JsonStyle::COMPACT)
    }

    #[test]
    fn merging() {
        let base = json(r#"{"a":1,"b":{"c":2,"d":[1,2]},"e":null}"#);
        let merged = merge(base, &json(r#"{"a":null,"b":{"d":[3],"x":{"y":null,"z":1}},"f":"g"}"#));
        assert_eq!(shown(&merged), r#"{"b":{"c":2,"d":[3],"x":{"z":1}},"e":null,"f":"g"}"#);
    }

    #[test]
    fn operations() {
        let base = || json(r#"{"a":{"b":[1,2,3]},"x~/y":1}"#);
        let run = |ops: &str| apply(base(), &json(ops)).map(|v| shown(&v));
        assert_eq!(
            run(r#"[{"op":"add","path":"/a/b/1","value":9},{"op":"remove","path":"/x~0~1y"}]"#).unwrap(),
            r#"{"a":{"b":[1,9,2,3]}}"#
        );
        assert_eq!(
            run(r#"[{"op":"move","from":"/a/b/0","path":"/a/b/-"},{"op":"copy","from":"/a","path":"/c"}]"#)
                .unwrap(),
            r#"{"a":{"b":[2,3,1]},"x~/y":1,"c":{"b":[2,3,1]}}"#
        );
        assert_eq!(
            run(r#"[{"op":"test","path":"/a/b/-1","value":3.0}]"#).unwrap(),
            r#"{"a":{"b":[1,2,3]},"x~/y":1}"#
        );
        for (ops, error) in [
            (r#"[{"op":"replace","path":"/z","value":1}]"#, "nothing at this path"),
            (r#"[{"op":"remove","path":"/a/b/7"}]"#, "nothing at this path"),
            (r#"[{"op":"test","path":"/a","value":1}]"#, "test fails"),
            (r#"[{"op":"add","path":"/a/b/9","value":1}]"#, "out of range"),
            (r#"[{"op":"fly","path":"/a"}]"#, "no operation"),
            (r#"[{"op":"move","from":"/a","path":"/a/b/0"}]"#, "into itself"),
        ] {
            assert!(run(ops).unwrap_err().contains(error), "{ops}");
        }
    }
}
