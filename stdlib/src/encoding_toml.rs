//! Package `encoding/toml`. Reading is the `toml` crate's; writing follows go-toml: keys sorted, plain keys before
//! tables, literal strings where nothing needs an escape.

use std::fmt::Write;

use toml::de::{DeTable, DeValue};
use vela_eval::data::Data;
use vela_number::Number;

use crate::args::{Args, Outcome, compact, fail, ok};
use crate::go_float::format_float;
use crate::signature::{CallError, Function};
use crate::table::{ANY, BYTES, STRING, document, function, p};

/// Deepest nesting written.
const MAX_DEPTH: usize = 1000;

fn unmarshal(args: &[Data]) -> Outcome {
    let text = String::from_utf8_lossy(Args(args).bytes(0)?);
    match DeTable::parse(&text) {
        Ok(table) => ok(read_table(table.get_ref())?),
        Err(e) => fail(e.message()),
    }
}

/// A table with its keys in the order of the text. The reader bounds the depth.
fn read_table(table: &DeTable<'_>) -> Result<Data, CallError> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    let field = |(key, value): (&toml::Spanned<_>, &toml::Spanned<_>)| {
        let name: &std::borrow::Cow<'_, str> = key.get_ref();
        Ok((name.as_ref().into(), read_value(value.get_ref())?))
    };
    Ok(Data::Map(entries.into_iter().map(field).collect::<Result<_, CallError>>()?))
}

fn read_value(value: &DeValue<'_>) -> Result<Data, CallError> {
    let number = |text: &str| match Number::parse_literal(text) {
        Ok(n) => Ok(Data::Num(if n.is_zero() && n.is_negative() { n.neg() } else { n })),
        Err(e) => fail(format!("parse error: {e}")),
    };
    Ok(match value {
        DeValue::String(text) => Data::from(&**text),
        DeValue::Boolean(b) => Data::Bool(*b),
        DeValue::Datetime(time) => Data::from(time.to_string()),
        DeValue::Float(f) => number(f.as_str())?,
        DeValue::Integer(n) => {
            let digits = n.as_str();
            let prefix = match n.radix() {
                2 => "0b",
                8 => "0o",
                16 => "0x",
                _ => "",
            };
            match digits.strip_prefix('-') {
                Some(digits) => number(&format!("-{prefix}{digits}"))?,
                None => number(&format!("{prefix}{}", digits.trim_start_matches('+')))?,
            }
        }
        DeValue::Array(items) => {
            let items = items.iter().map(|item| read_value(item.get_ref()));
            Data::List(items.collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => read_table(table)?,
    })
}

fn marshal(args: &[Data]) -> Outcome {
    let data = Args(args).any(0);
    let mut out = String::new();
    match data {
        Data::Null => return fail("toml: cannot encode a nil interface"),
        Data::Map(fields) => write_table(&mut out, "", fields, 0)?,
        other => write_value(&mut out, other, 0)?,
    }
    ok(out)
}

type Fields = [(std::sync::Arc<str>, Data)];

/// The fields that are written, sorted by name.
fn sorted(fields: &Fields) -> Vec<(&str, &Data)> {
    let mut fields: Vec<_> =
        fields.iter().map(|(n, v)| (&**n, v)).filter(|(_, v)| !matches!(v, Data::Null)).collect();
    fields.sort_by_key(|f| f.0);
    fields
}

/// Whether the value is written as a table, or as tables, of its own.
fn is_table(value: &Data) -> bool {
    match value {
        Data::Map(_) => true,
        Data::List(items) => !items.is_empty() && items.iter().all(|item| matches!(item, Data::Map(_))),
        _ => false,
    }
}

fn check_depth(depth: usize) -> Result<(), CallError> {
    if depth > MAX_DEPTH {
        return fail(format!("value nested deeper than {MAX_DEPTH} levels"));
    }
    Ok(())
}

/// The body of the table at `path`, and the tables inside it.
fn write_table(out: &mut String, path: &str, fields: &Fields, depth: usize) -> Result<(), CallError> {
    check_depth(depth)?;
    let (tables, plain): (Vec<_>, Vec<_>) = sorted(fields).into_iter().partition(|f| is_table(f.1));
    let mut empty = plain.is_empty();
    for (name, value) in plain {
        write_key(out, name);
        out.push_str(" = ");
        write_value(out, value, depth + 1)?;
        out.push('\n');
    }
    let mut begin = |out: &mut String| {
        if !std::mem::replace(&mut empty, false) {
            out.push('\n');
        }
    };
    for (name, value) in tables {
        let mut inner = String::from(path);
        if !path.is_empty() {
            inner.push('.');
        }
        write_key(&mut inner, name);
        match value {
            Data::Map(fields) => {
                begin(out);
                let _ = writeln!(out, "[{inner}]");
                write_table(out, &inner, fields, depth + 1)?;
            }
            list => {
                for fields in list.as_list().unwrap_or_default().iter().filter_map(Data::as_map) {
                    begin(out);
                    let _ = writeln!(out, "[[{inner}]]");
                    write_table(out, &inner, fields, depth + 1)?;
                }
            }
        }
    }
    Ok(())
}

fn write_key(out: &mut String, name: &str) {
    let bare = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    if !name.is_empty() && name.bytes().all(bare) {
        out.push_str(name);
    } else {
        write_string(out, name);
    }
}

fn write_string(out: &mut String, text: &str) {
    let escaped = |c: char| c == '\'' || (c < ' ' && c != '\t') || c == '\x7F';
    if !text.contains(escaped) {
        let _ = write!(out, "'{text}'");
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x08' => out.push_str("\\b"),
            '\x0C' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' || c == '\x7F' => {
                let _ = write!(out, "\\u{:04X}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// A value on one line.
fn write_value(out: &mut String, value: &Data, depth: usize) -> Result<(), CallError> {
    check_depth(depth)?;
    match value {
        Data::Null => return fail("toml: encoding a nil interface is not supported"),
        Data::Bool(b) => {
            let _ = write!(out, "{b}");
        }
        Data::Num(n) if n.is_int() => match n.to_i64() {
            Some(n) => {
                let _ = write!(out, "{n}");
            }
            None => write_string(out, &n.to_plain_text()),
        },
        Data::Num(n) => {
            let f = n.to_f64();
            if f.is_infinite() && n.is_finite() {
                return fail(format!("cannot use value {} (type float) as float64", compact(value)));
            }
            out.push_str(&match f {
                f if f.is_nan() => "nan".into(),
                f if f.is_infinite() => if f > 0.0 { "inf" } else { "-inf" }.into(),
                f if f.fract() == 0.0 => format_float(f, b'f', 1, 64),
                f => format_float(f, b'f', -1, 64),
            });
        }
        Data::Str(s) => write_string(out, s),
        Data::Bytes(bytes) => {
            let _ = write!(out, "{bytes:?}");
        }
        Data::List(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_value(out, item, depth + 1)?;
            }
            out.push(']');
        }
        Data::Map(fields) => {
            out.push('{');
            for (i, (name, value)) in sorted(fields).into_iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                write_key(out, name);
                out.push_str(" = ");
                write_value(out, value, depth + 1)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

const PKG: &str = "encoding/toml";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Marshal", &[document("v", "incomplete value {}")], STRING, "The value as TOML.", marshal),
    function(PKG, "Unmarshal", &[p("data", BYTES)], ANY, "The value of a TOML document.", unmarshal),
];
