//! Values of a running template: the data as Go decodes it, and what the template computes. Used by `run.rs`,
//! `functions.rs` and `format.rs`.

use std::rc::Rc;
use std::sync::Arc;

use num_bigint::BigInt;
use vela_eval::data::Data;
use vela_number::Number;

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value<'d> {
    /// No value at all: a missing key, or null once looked at.
    Missing,
    /// Null where it is stored.
    Nil,
    Bool(bool),
    /// An int of the data.
    Int64(i64),
    /// An int of the template.
    Int(i64),
    /// An element of bytes.
    Byte(u8),
    /// An int too large for a machine word.
    Big(Rc<BigInt>),
    Float(f64),
    /// A number beyond doubles.
    BigFloat(&'d Number),
    Str(Rc<[u8]>),
    Bytes(&'d [u8]),
    List(&'d [Data]),
    Map(&'d [(Arc<str>, Data)]),
}

impl<'d> Value<'d> {
    /// What a part of the data is in Go.
    pub fn of(data: &'d Data) -> Self {
        match data {
            Data::Null => Value::Nil,
            Data::Bool(b) => Value::Bool(*b),
            Data::Num(n) if n.is_int() => match n.to_i64() {
                Some(i) => Value::Int64(i),
                None => n.to_bigint().map_or(Value::BigFloat(n), |b| Value::Big(Rc::new(b))),
            },
            Data::Num(n) => {
                let f = n.to_f64();
                if f.is_infinite() && n.is_finite() { Value::BigFloat(n) } else { Value::Float(f) }
            }
            Data::Str(s) => Value::Str(Rc::from(s.as_bytes())),
            Data::Bytes(b) => Value::Bytes(b),
            Data::List(items) => Value::List(items),
            Data::Map(fields) => Value::Map(fields),
        }
    }

    /// A text.
    pub fn text(s: &str) -> Self {
        Value::Str(Rc::from(s.as_bytes()))
    }

    /// The value itself: a stored null is none.
    pub fn opened(self) -> Self {
        if matches!(self, Value::Nil) { Value::Missing } else { self }
    }

    /// The name of Go's type.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Value::Missing | Value::Nil => "interface {}",
            Value::Bool(_) => "bool",
            Value::Int64(_) => "int64",
            Value::Int(_) => "int",
            Value::Byte(_) => "uint8",
            Value::Big(_) => "*big.Int",
            Value::Float(_) => "float64",
            Value::BigFloat(_) => "*big.Float",
            Value::Str(_) => "string",
            Value::Bytes(_) => "[]uint8",
            Value::List(_) => "[]interface {}",
            Value::Map(_) => "map[string]interface {}",
        }
    }

    /// Whether `if` takes it for true.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Missing | Value::Nil => false,
            Value::Bool(b) => *b,
            Value::Int64(n) | Value::Int(n) => *n != 0,
            Value::Byte(b) => *b != 0,
            Value::Big(_) | Value::BigFloat(_) => true,
            Value::Float(f) => *f != 0.0,
            Value::Str(s) => !s.is_empty(),
            Value::Bytes(b) => !b.is_empty(),
            Value::List(l) => !l.is_empty(),
            Value::Map(m) => !m.is_empty(),
        }
    }

    /// The number of elements, of what has some.
    pub fn len(&self) -> Option<usize> {
        match self {
            Value::Str(s) => Some(s.len()),
            Value::Bytes(b) => Some(b.len()),
            Value::List(l) => Some(l.len()),
            Value::Map(m) => Some(m.len()),
            _ => None,
        }
    }

    /// The value of a key.
    pub fn key(&self, name: &[u8]) -> Option<Value<'d>> {
        match self {
            Value::Map(fields) => {
                fields.iter().find(|(n, _)| n.as_bytes() == name).map(|(_, v)| Value::of(v))
            }
            _ => None,
        }
    }
}

/// Fields in the order of their names.
pub(crate) fn sorted(fields: &[(Arc<str>, Data)]) -> Vec<&(Arc<str>, Data)> {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    sorted
}
