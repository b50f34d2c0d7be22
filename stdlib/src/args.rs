//! Reading the arguments of a call: the conversions all packages share, with their error texts. Kinds have been
//! checked against the signature before; what is left are ranges and the elements of lists. Positions in these
//! texts count from 0.

use std::fmt::Write;

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive};
use vela_eval::data::Data;
use vela_number::Number;

use crate::quote;
use crate::signature::{CallError, Return};

/// What a builtin function over plain data returns.
pub(crate) type Outcome = Result<Return, CallError>;

/// Largest text, list or number of digits a call may produce, in bytes or elements: what the reference would
/// compute until memory ends is refused.
pub(crate) const MAX_BYTES: usize = 256 << 20;

/// Most elements of a list a call may produce.
pub(crate) const MAX_ITEMS: usize = 10_000_000;

/// A result.
pub(crate) fn ok(data: impl Into<Data>) -> Outcome {
    Ok(Return::Data(data.into()))
}

/// An int result.
pub(crate) fn int(n: impl Into<Number>) -> Outcome {
    Ok(Return::Data(Data::Num(n.into())))
}

/// A bytes result.
pub(crate) fn bytes(b: &[u8]) -> Outcome {
    Ok(Return::Data(Data::Bytes(b.into())))
}

/// A list of texts as a result.
pub(crate) fn texts<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Outcome {
    ok(text_list(items))
}

/// A list of texts.
pub(crate) fn text_list<S: AsRef<str>>(items: impl IntoIterator<Item = S>) -> Data {
    Data::List(items.into_iter().map(|s| Data::from(s.as_ref())).collect())
}

/// A failure that stays.
pub(crate) fn fail<T>(message: impl Into<String>) -> Result<T, CallError> {
    Err(CallError::Fatal(message.into()))
}

/// An element of an argument that has the wrong kind; `element` leads to it.
pub(crate) fn unusable<T>(
    data: &Data,
    want: &str,
    argument: usize,
    element: &[usize],
) -> Result<T, CallError> {
    let text = format!("cannot use value {} (type {}) as {want}", compact(data), data.kind());
    at(text, argument, element)
}

/// A failure because of an argument, or of an element in it.
pub(crate) fn at<T>(text: String, argument: usize, element: &[usize]) -> Result<T, CallError> {
    Err(CallError::At { text, argument, element: element.to_vec() })
}

/// Refuses a result of more than [`MAX_BYTES`] before it is made.
pub(crate) fn check_size(bytes: Option<usize>) -> Result<(), CallError> {
    match bytes {
        Some(n) if n <= MAX_BYTES => Ok(()),
        _ => fail(format!("result exceeds limit of {MAX_BYTES} bytes")),
    }
}

/// Bytes as text, each run of invalid ones replaced by one replacement character.
pub(crate) fn lossy(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut broken = false;
    for chunk in bytes.utf8_chunks() {
        if !chunk.valid().is_empty() {
            out.push_str(chunk.valid());
            broken = false;
        }
        if !chunk.invalid().is_empty() && !broken {
            out.push('\u{FFFD}');
            broken = true;
        }
    }
    out
}

/// The arguments of a call.
#[derive(Clone, Copy)]
pub(crate) struct Args<'a>(pub &'a [Data]);

impl<'a> Args<'a> {
    /// Any value.
    pub fn any(self, i: usize) -> &'a Data {
        static MISSING: Data = Data::Null;
        self.0.get(i).unwrap_or(&MISSING)
    }

    fn mismatch<T>(self, i: usize, want: &str) -> Result<T, CallError> {
        let arg = self.any(i);
        let text = format!("cannot use {} (type {}) as {want} in argument {i}", compact(arg), arg.kind());
        at(text, i, &[])
    }

    /// A string.
    pub fn text(self, i: usize) -> Result<&'a str, CallError> {
        match self.any(i) {
            Data::Str(s) => Ok(s),
            _ => self.mismatch(i, "string"),
        }
    }

    /// Bytes, or a string as its UTF-8.
    pub fn bytes(self, i: usize) -> Result<&'a [u8], CallError> {
        match self.any(i) {
            Data::Str(s) => Ok(s.as_bytes()),
            Data::Bytes(b) => Ok(b),
            _ => self.mismatch(i, "bytes"),
        }
    }

    /// A bool.
    pub fn bool(self, i: usize) -> Result<bool, CallError> {
        match self.any(i) {
            Data::Bool(b) => Ok(*b),
            _ => self.mismatch(i, "bool"),
        }
    }

    /// A number.
    pub fn num(self, i: usize) -> Result<&'a Number, CallError> {
        match self.any(i) {
            Data::Num(n) => Ok(n),
            _ => self.mismatch(i, "number"),
        }
    }

    /// A whole number of any size.
    pub fn bigint(self, i: usize) -> Result<BigInt, CallError> {
        match self.num(i)?.to_bigint() {
            Some(n) => Ok(n),
            None => self.mismatch(i, "int"),
        }
    }

    /// A machine integer. Absolute values of 64 bits that do not fit saturate, longer ones are refused.
    pub fn int64(self, i: usize) -> Result<i64, CallError> {
        if let Some(n) = self.num(i)?.to_i64() {
            return Ok(n);
        }
        let n = self.bigint(i)?;
        if n.bits() > 64 {
            return fail(format!("int {n} overflows int64 in argument {i}"));
        }
        Ok(if n.is_negative() { i64::MIN } else { i64::MAX })
    }

    /// A machine integer of 32 bits; absolute values of 32 bits that do not fit wrap around. `name` is the type
    /// in the error.
    pub fn int32(self, i: usize, name: &str) -> Result<i32, CallError> {
        let n = self.bigint(i)?;
        match n.to_i64() {
            Some(small) if n.bits() <= 32 => Ok(small as i32),
            _ => fail(format!("int {n} overflows {name} in argument {i}")),
        }
    }

    /// A code point, as [`Args::int32`].
    pub fn rune(self, i: usize) -> Result<i32, CallError> {
        self.int32(i, "rune")
    }

    /// A machine integer that is not negative.
    pub fn uint64(self, i: usize) -> Result<u64, CallError> {
        if let Some(n) = self.num(i)?.to_u64() {
            return Ok(n);
        }
        let n = self.bigint(i)?;
        if n.is_negative() {
            return self.mismatch(i, "uint64");
        }
        fail(format!("int {n} overflows uint64 in argument {i}"))
    }

    /// A double.
    pub fn float(self, i: usize) -> Result<f64, CallError> {
        let n = self.num(i)?;
        let f = n.to_f64();
        if f.is_infinite() && n.is_finite() {
            let rounded = if f > 0.0 { "up" } else { "down" };
            let kind = self.any(i).kind();
            let text = format!(
                "cannot use {n} (type {kind}) as float64 in argument {i}: value was rounded {rounded}"
            );
            return at(text, i, &[]);
        }
        Ok(f)
    }

    /// A list.
    pub fn list(self, i: usize) -> Result<&'a [Data], CallError> {
        match self.any(i) {
            Data::List(items) => Ok(items),
            _ => self.mismatch(i, "list"),
        }
    }

    fn elements<T>(
        self,
        i: usize,
        want: &str,
        read: impl Fn(&'a Data) -> Option<T>,
    ) -> Result<Vec<T>, CallError> {
        let element = |(j, item): (usize, &'a Data)| {
            read(item).ok_or_else(|| {
                CallError::Fatal(format!(
                    "invalid list element {j} in argument {i} to call: cannot use value {} ({}) as {want}",
                    compact(item),
                    item.kind()
                ))
            })
        };
        self.list(i)?.iter().enumerate().map(element).collect()
    }

    /// A list of strings.
    pub fn texts(self, i: usize) -> Result<Vec<&'a str>, CallError> {
        self.elements(i, "string", |item| match item {
            Data::Str(s) => Some(&**s),
            _ => None,
        })
    }

    /// A list of numbers.
    pub fn numbers(self, i: usize) -> Result<Vec<&'a Number>, CallError> {
        self.elements(i, "number", |item| match item {
            Data::Num(n) => Some(n),
            _ => None,
        })
    }
}

/// A value as CUE source on one line without spaces, the way messages quote values: `{a:1,b:[2,3]}`.
pub(crate) fn compact(data: &Data) -> String {
    enum Step<'a> {
        Value(&'a Data),
        Text(&'static str),
        Name(&'a str),
    }
    let mut out = String::new();
    let mut stack = vec![Step::Value(data)];
    while let Some(step) = stack.pop() {
        match step {
            Step::Text(s) => out.push_str(s),
            Step::Name(s) => {
                if is_identifier(s) {
                    out.push_str(s);
                } else {
                    quote::append(&mut out, s, '"', quote::Style::Print);
                }
                out.push(':');
            }
            Step::Value(Data::Null) => out.push_str("null"),
            Step::Value(Data::Bool(b)) => {
                let _ = write!(out, "{b}");
            }
            Step::Value(Data::Num(n)) => out.push_str(&n.to_cue_text()),
            Step::Value(Data::Str(s)) => quote::append(&mut out, s, '"', quote::Style::Print),
            Step::Value(Data::Bytes(b)) => quote::append_bytes(&mut out, b),
            Step::Value(Data::List(items)) => {
                out.push('[');
                stack.push(Step::Text("]"));
                for (i, item) in items.iter().enumerate().rev() {
                    stack.push(Step::Value(item));
                    if i > 0 {
                        stack.push(Step::Text(","));
                    }
                }
            }
            Step::Value(Data::Map(fields)) => {
                out.push('{');
                stack.push(Step::Text("}"));
                for (i, (name, value)) in fields.iter().enumerate().rev() {
                    stack.push(Step::Value(value));
                    stack.push(Step::Name(name));
                    if i > 0 {
                        stack.push(Step::Text(","));
                    }
                }
            }
        }
    }
    out
}

/// Whether a field name needs no quotes.
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '$')
        && chars.all(|c| c.is_alphanumeric() || matches!(c, '_' | '$'))
}
