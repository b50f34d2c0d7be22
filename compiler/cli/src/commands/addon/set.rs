//! `--set a.b[0].c=value`: one value put into a tree of parameters.

use vela_oam::data::{self, Value};

/// Largest index of a list.
const MAX_INDEX: usize = 1000;

/// A step of the path.
#[derive(Debug, PartialEq)]
enum Step {
    Name(String),
    Index(usize),
}

/// Puts the value of an assignment where its path says. Maps and lists on the way are made.
pub fn apply(root: &mut Value, assignment: &str, is_text: bool) -> Result<(), String> {
    let Some((path, text)) = assignment.split_once('=') else {
        return Err("expected NAME=VALUE".to_owned());
    };
    let steps = steps(path)?;
    let value = if is_text { Value::str(text) } else { value(text)? };
    put(root, &steps, value)
}

fn value(text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::str(""));
    }
    let parsed = vela_yaml::parse(text);
    match (parsed.faults.first(), parsed.docs.as_slice()) {
        (Some(fault), _) => Err(format!("the value is not YAML: {}", fault.message)),
        (None, []) => Ok(Value::str("")),
        (None, [doc]) => Ok(doc.data_of(doc.root)),
        (None, _) => Err("the value is several documents".to_owned()),
    }
}

fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut name = String::new();
    let mut chars = path.chars().peekable();
    let mut wants_name = true;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                name.extend(chars.next());
                wants_name = false;
            }
            '.' => {
                if name.is_empty() && wants_name {
                    return Err("a name is missing in the path".to_owned());
                }
                if !name.is_empty() {
                    steps.push(Step::Name(std::mem::take(&mut name)));
                }
                wants_name = true;
            }
            '[' => {
                if !name.is_empty() {
                    steps.push(Step::Name(std::mem::take(&mut name)));
                }
                let inner: String = chars.by_ref().take_while(|c| *c != ']').collect();
                let index = inner.parse().map_err(|_| format!("`[{inner}]` is no index"))?;
                if index > MAX_INDEX {
                    return Err(format!("index {index} is larger than {MAX_INDEX}"));
                }
                steps.push(Step::Index(index));
                wants_name = false;
            }
            c => {
                name.push(c);
                wants_name = false;
            }
        }
    }
    if !name.is_empty() {
        steps.push(Step::Name(name));
    } else if wants_name {
        return Err("a name is missing in the path".to_owned());
    }
    match steps.first() {
        Some(Step::Name(_)) if steps.len() <= 50 => Ok(steps),
        Some(Step::Name(_)) => Err("the path is too long".to_owned()),
        _ => Err("a path begins with a name".to_owned()),
    }
}

fn put(at: &mut Value, steps: &[Step], value: Value) -> Result<(), String> {
    let Some((first, rest)) = steps.split_first() else {
        *at = value;
        return Ok(());
    };
    match first {
        Step::Name(name) => {
            if *at == Value::Null {
                *at = data::empty();
            }
            if !matches!(at, Value::Map(_)) {
                return Err(format!("`{name}` would be a field of a {}", at.kind()));
            }
            if at.get(name).is_none() {
                at.set(name, Value::Null);
            }
            data::get_mut(at, name).map_or(Ok(()), |inner| put(inner, rest, value))
        }
        Step::Index(index) => {
            if *at == Value::Null {
                *at = Value::List(Vec::new());
            }
            let kind = at.kind();
            let Some(items) = at.as_list_mut() else { return Err(format!("a {kind} has no elements")) };
            while items.len() <= *index {
                items.push(Value::Null);
            }
            put(&mut items[*index], rest, value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::apply;
    use vela_oam::data;
    use vela_yaml::{JsonStyle, to_json};

    fn after(assignments: &[&str]) -> Result<String, String> {
        let mut all = data::empty();
        for one in assignments {
            apply(&mut all, one, false)?;
        }
        Ok(to_json(&all, JsonStyle::COMPACT))
    }

    #[test]
    fn paths_and_values() {
        let given = ["a.b=1", "a.c[1].d=x", "l=[1, two]", "e=", "k\\.x=true"];
        assert_eq!(
            after(&given).unwrap(),
            r#"{"a":{"b":1,"c":[null,{"d":"x"}]},"l":[1,"two"],"e":"","k.x":true}"#
        );
    }

    #[test]
    fn what_is_wrong() {
        for bad in ["a", "=1", "a..b=1", "a[x]=1", "a[99999]=1", "[0]=1", "a={", "a.=1"] {
            assert!(after(&[bad]).is_err(), "{bad}");
        }
        assert!(after(&["a=1", "a.b=2"]).is_err());
    }
}
