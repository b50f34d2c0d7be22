//! The functions a template may call. Used by `parse.rs`, which wants to know the names, and by `run.rs`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::format::{sprint, sprintf, sprintln};
use super::value::Value;
use crate::net_url::{self, Part};
use crate::quote;

/// A function and how many arguments it takes.
pub(crate) struct Function {
    pub name: &'static str,
    /// Arguments it must have.
    pub least: usize,
    /// Whether it takes more.
    pub more: bool,
}

const fn exactly(name: &'static str, least: usize) -> Function {
    Function { name, least, more: false }
}

const fn at_least(name: &'static str, least: usize) -> Function {
    Function { name, least, more: true }
}

const FUNCTIONS: &[Function] = &[
    at_least("and", 1),
    at_least("call", 1),
    at_least("eq", 1),
    exactly("ge", 2),
    exactly("gt", 2),
    at_least("html", 0),
    at_least("index", 1),
    at_least("js", 0),
    exactly("le", 2),
    exactly("len", 1),
    exactly("lt", 2),
    exactly("ne", 2),
    exactly("not", 1),
    at_least("or", 1),
    at_least("print", 0),
    at_least("printf", 1),
    at_least("println", 0),
    at_least("slice", 1),
    at_least("urlquery", 0),
];

/// The function of a name.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|f| f.name == name)
}

type R<'d> = Result<Value<'d>, String>;

/// Calls a function on its arguments; `shown` is the first one's source. `and` and `or` are not run here.
pub(crate) fn call<'d>(name: &str, args: &[Value<'d>], shown: &str) -> R<'d> {
    let bytes = |b: Vec<u8>| Ok(Value::Str(Rc::from(b)));
    match name {
        "print" => bytes(sprint(args)),
        "println" => bytes(sprintln(args)),
        "printf" => match &args[0] {
            Value::Str(format) => bytes(sprintf(&String::from_utf8_lossy(format), &args[1..])),
            _ => Err("wrong type for value".into()),
        },
        "html" => bytes(escape_html(&joined(args))),
        "js" => bytes(escape_js(&joined(args))),
        "urlquery" => {
            let text = joined(args);
            Ok(Value::text(&net_url::escape(&String::from_utf8_lossy(&text), Part::Query)))
        }
        "not" => Ok(Value::Bool(!args[0].is_true())),
        "len" => match args[0].len() {
            Some(n) => Ok(Value::Int(n as i64)),
            None if matches!(args[0], Value::Missing | Value::Nil) => Err("len of nil pointer".into()),
            None => Err(format!("len of type {}", args[0].type_name())),
        },
        "index" => args[1..].iter().try_fold(args[0].clone().opened(), |item, i| index(&item, i)),
        "slice" => slice(args),
        "call" => match &args[0] {
            Value::Missing | Value::Nil => Err("call of nil".into()),
            v => Err(format!("non-function {shown} of type {}", v.type_name())),
        },
        "eq" => equal(&args[0], &args[1..]).map(Value::Bool),
        "ne" => equal(&args[0], &args[1..2]).map(|b| Value::Bool(!b)),
        "lt" => less(&args[0], &args[1]).map(Value::Bool),
        "ge" => less(&args[0], &args[1]).map(|b| Value::Bool(!b)),
        "le" => less_or_equal(&args[0], &args[1]).map(Value::Bool),
        _ => less_or_equal(&args[0], &args[1]).map(|b| Value::Bool(!b)),
    }
}

/// The arguments of an escaping function as one text.
fn joined(args: &[Value]) -> Vec<u8> {
    let shown: Vec<Value> = args
        .iter()
        .map(|a| match a {
            Value::Missing | Value::Nil => Value::text("<no value>"),
            other => other.clone(),
        })
        .collect();
    sprint(&shown)
}

/// Escapes what has a meaning in HTML.
pub(crate) fn escape_html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for b in text {
        match b {
            0 => out.extend_from_slice("\u{FFFD}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            b => out.push(*b),
        }
    }
    out
}

/// Escapes what may not stand in a string of JavaScript.
pub(crate) fn escape_js(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\\' => out.extend_from_slice(b"\\\\"),
                '\'' => out.extend_from_slice(b"\\'"),
                '"' => out.extend_from_slice(b"\\\""),
                '<' | '>' | '&' | '=' | '\0'..='\x1F' => {
                    out.extend_from_slice(format!("\\u{:04X}", c as u32).as_bytes());
                }
                c if c.is_ascii() || quote::is_print(c) => {
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                c => out.extend_from_slice(format!("\\u{:04X}", c as u32).as_bytes()),
            }
        }
        chunk.invalid().iter().for_each(|_| out.extend_from_slice(b"\\uFFFD"));
    }
    out
}

/// An index into something of a length.
fn position(i: &Value, len: usize) -> Result<usize, String> {
    let n = match i {
        Value::Int(n) | Value::Int64(n) => *n,
        Value::Byte(b) => i64::from(*b),
        Value::Missing | Value::Nil => return Err("cannot index slice/array with nil".into()),
        other => return Err(format!("cannot index slice/array with type {}", other.type_name())),
    };
    match usize::try_from(n) {
        Ok(i) if i <= len => Ok(i),
        _ => Err(format!("index out of range: {n}")),
    }
}

fn index<'d>(item: &Value<'d>, i: &Value<'d>) -> R<'d> {
    let beyond = |kind: &str| Err(format!("reflect: {kind} index out of range"));
    match item {
        Value::Missing => Err("index of untyped nil".into()),
        Value::Nil => Err("index of nil pointer".into()),
        Value::Str(s) => match s.get(position(i, s.len())?) {
            Some(b) => Ok(Value::Byte(*b)),
            None => beyond("string"),
        },
        Value::Bytes(s) => match s.get(position(i, s.len())?) {
            Some(b) => Ok(Value::Byte(*b)),
            None => beyond("slice"),
        },
        Value::List(items) => match items.get(position(i, items.len())?) {
            Some(v) => Ok(Value::of(v)),
            None => beyond("slice"),
        },
        Value::Map(_) => match i {
            Value::Str(name) => Ok(item.key(name).unwrap_or(Value::Nil)),
            Value::Missing | Value::Nil => Err("value is nil; should be of type string".into()),
            other => Err(format!("value has type {}; should be string", other.type_name())),
        },
        other => Err(format!("can't index item of type {}", other.type_name())),
    }
}

fn slice<'d>(args: &[Value<'d>]) -> R<'d> {
    let (item, indices) = (&args[0], &args[1..]);
    let len = match item {
        Value::Missing | Value::Nil => return Err("slice of untyped nil".into()),
        _ if indices.len() > 3 => return Err(format!("too many slice indexes: {}", indices.len())),
        Value::Str(_) if indices.len() == 3 => return Err("cannot 3-index slice a string".into()),
        Value::Str(s) => s.len(),
        Value::Bytes(b) => b.len(),
        Value::List(l) => l.len(),
        other => return Err(format!("can't slice item of type {}", other.type_name())),
    };
    let mut bounds = [0, len, len];
    for (i, index) in indices.iter().enumerate() {
        bounds[i] = position(index, len)?;
    }
    let [from, to, limit] = bounds;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}"));
    }
    if to > limit {
        return Err(format!("invalid slice index: {to} > {limit}"));
    }
    Ok(match item {
        Value::Str(s) => Value::Str(Rc::from(&s[from..to])),
        Value::Bytes(b) => Value::Bytes(&b[from..to]),
        Value::List(l) => Value::List(&l[from..to]),
        other => other.clone(),
    })
}

/// What of a value comparisons look at.
#[derive(PartialEq)]
enum Basic<'v> {
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(&'v [u8]),
    None,
}

fn basic<'v>(v: &'v Value) -> Basic<'v> {
    match v {
        Value::Bool(b) => Basic::Bool(*b),
        Value::Int(n) | Value::Int64(n) => Basic::Int(*n),
        Value::Byte(b) => Basic::Int(i64::from(*b)),
        Value::Float(f) => Basic::Float(*f),
        Value::Str(s) => Basic::Str(s),
        _ => Basic::None,
    }
}

fn incompatible<T>(a: &Value, b: &Value) -> Result<T, String> {
    Err(format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name()))
}

fn equal(a: &Value, others: &[Value]) -> Result<bool, String> {
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    let nil = |v: &Value| matches!(v, Value::Missing | Value::Nil);
    for b in others {
        let (x, y) = (basic(a), basic(b));
        let same = if matches!((&x, &y), (Basic::None, Basic::None)) {
            if nil(a) || nil(b) {
                nil(a) && nil(b)
            } else if a.type_name() != b.type_name()
                && !(a.type_name().starts_with('[') && b.type_name().starts_with('['))
            {
                return Err(format!(
                    "non-comparable types {}: {}, {}: {}",
                    shown(a),
                    a.type_name(),
                    b.type_name(),
                    shown(b)
                ));
            } else {
                return match (a, b) {
                    (Value::Big(_), Value::Big(_)) | (Value::BigFloat(_), Value::BigFloat(_)) => Ok(false),
                    _ => Err(format!("non-comparable type {}: {}", shown(b), b.type_name())),
                };
            }
        } else if std::mem::discriminant(&x) != std::mem::discriminant(&y) {
            if !nil(a) && !nil(b) {
                return incompatible(a, b);
            }
            false
        } else {
            x == y
        };
        if same {
            return Ok(true);
        }
    }
    Ok(false)
}

fn shown(v: &Value) -> String {
    String::from_utf8_lossy(&sprint(std::slice::from_ref(v))).into_owned()
}

fn less(a: &Value, b: &Value) -> Result<bool, String> {
    let order = match (basic(a), basic(b)) {
        (Basic::None, _) | (_, Basic::None) | (Basic::Bool(_), Basic::Bool(_)) => {
            return Err("invalid type for comparison".into());
        }
        (Basic::Int(x), Basic::Int(y)) => Some(x.cmp(&y)),
        (Basic::Float(x), Basic::Float(y)) => x.partial_cmp(&y),
        (Basic::Str(x), Basic::Str(y)) => Some(x.cmp(y)),
        _ => return incompatible(a, b),
    };
    Ok(order == Some(Ordering::Less))
}

fn less_or_equal(a: &Value, b: &Value) -> Result<bool, String> {
    Ok(less(a, b)? || equal(a, std::slice::from_ref(b))?)
}
