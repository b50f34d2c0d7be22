//! Package `encoding/json`. Reading and writing is the YAML and JSON crate's; reformatting text is done here, so
//! that numbers and escapes stay as they were written.

use std::borrow::Cow;

use vela_eval::data::Data;
use vela_yaml::{JsonStyle, parse_json, parse_json_lines, to_json};

use crate::args::{Args, Outcome, check_size, compact, fail, ok, unusable};
use crate::documents;
use crate::signature::{CallError, Function};
use crate::table::{ANY, BOOL, BYTES, STRING, document, evaluated, function, non_concrete, p, schema};

/// JSON of a value, on one line.
pub(crate) fn marshal_text(data: &Data) -> Result<String, CallError> {
    let infinite = |d: &Data| matches!(d, Data::Num(n) if !n.is_finite());
    if let Some(bad) = documents::find(data, infinite) {
        return fail(format!("json: unsupported value: {}", compact(bad)));
    }
    Ok(to_json(data, JsonStyle::COMPACT))
}

fn marshal(args: &[Data]) -> Outcome {
    ok(marshal_text(Args(args).any(0))?)
}

/// The elements of the list a stream is made of.
pub(crate) fn stream(args: &[Data]) -> Result<&[Data], CallError> {
    match Args(args).any(0) {
        Data::List(items) => Ok(items),
        other => unusable(other, "list", 0, &[]),
    }
}

fn marshal_stream(args: &[Data]) -> Outcome {
    let mut out = String::new();
    for item in stream(args)? {
        out.push_str(&marshal_text(item)?);
        out.push('\n');
    }
    ok(out)
}

fn text(args: &[Data]) -> Result<Cow<'_, str>, CallError> {
    Ok(String::from_utf8_lossy(Args(args).bytes(0)?))
}

fn unmarshal(args: &[Data]) -> Outcome {
    let parsed = parse_json(&text(args)?);
    match parsed.faults.first() {
        Some(f) if f.message.starts_with("invalid string") => fail(f.message.clone()),
        Some(_) => fail("json: invalid JSON"),
        None => parsed.docs.first().map_or_else(|| ok(Data::Null), documents::unified_later),
    }
}

fn unmarshal_stream(args: &[Data]) -> Outcome {
    let parsed = parse_json_lines(&text(args)?);
    match parsed.faults.first() {
        None => ok(Data::List(parsed.docs.iter().map(documents::data).collect::<Result<_, _>>()?)),
        Some(f) if f.message == "unexpected end of JSON input" => {
            fail("invalid JSON for file \"\": unexpected EOF")
        }
        Some(f) if f.message.starts_with("invalid string") => fail(f.message.clone()),
        Some(f) => fail(format!("invalid JSON for file \"\": {}", f.message)),
    }
}

/// Whether a fault is one of JSON's grammar; a lone surrogate is none.
fn syntax_fault(text: &str) -> Option<String> {
    let faults = parse_json(text).faults;
    let fault = faults.into_iter().next()?;
    (!fault.message.starts_with("invalid string")).then_some(fault.message)
}

fn valid(args: &[Data]) -> Outcome {
    ok(syntax_fault(&text(args)?).is_none())
}

/// The tokens of valid JSON: strings and other words whole, punctuation alone, white space left out.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let end = match rest.as_bytes().first()? {
            b'"' => {
                let mut escaped = false;
                let closing = |b: &u8| {
                    let found = !escaped && *b == b'"';
                    escaped = !escaped && *b == b'\\';
                    found
                };
                rest.as_bytes()[1..].iter().position(closing)? + 2
            }
            b'{' | b'}' | b'[' | b']' | b':' | b',' => 1,
            _ => rest.find(['{', '}', '[', ']', ':', ',', ' ', '\t', '\n', '\r']).unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        rest = after;
        Some(token)
    })
}

fn checked(args: &[Data]) -> Result<Cow<'_, str>, CallError> {
    let text = text(args)?;
    match syntax_fault(&text) {
        Some(message) => fail(message),
        None => Ok(text),
    }
}

fn compact_json(args: &[Data]) -> Outcome {
    ok(tokens(&checked(args)?).collect::<String>())
}

fn indent(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (prefix, step) = (a.text(1)?, a.text(2)?);
    let text = checked(args)?;
    let mut out = String::new();
    let mut depth = 0usize;
    let line = |out: &mut String, depth: usize| -> Result<(), CallError> {
        let more = step.len().checked_mul(depth).and_then(|n| n.checked_add(prefix.len()));
        check_size(more.and_then(|n| n.checked_add(out.len())))?;
        out.push('\n');
        out.push_str(prefix);
        (0..depth).for_each(|_| out.push_str(step));
        Ok(())
    };
    let mut opened = false;
    for token in tokens(&text) {
        if opened && !matches!(token, "}" | "]") {
            line(&mut out, depth)?;
        }
        match token {
            "{" | "[" => {
                depth += 1;
                out.push_str(token);
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                if !opened {
                    line(&mut out, depth)?;
                }
                out.push_str(token);
            }
            "," => {
                out.push(',');
                line(&mut out, depth)?;
            }
            ":" => out.push_str(": "),
            _ => out.push_str(token),
        }
        opened = matches!(token, "{" | "[");
    }
    let end = text.trim_end_matches([' ', '\t', '\n', '\r']).len();
    out.push_str(&text[end..]);
    ok(out)
}

fn html_escape(args: &[Data]) -> Outcome {
    let mut out = String::new();
    for c in text(args)?.chars() {
        match c {
            '<' => out.push_str("\\u003c"),
            '>' => out.push_str("\\u003e"),
            '&' => out.push_str("\\u0026"),
            '\u{2028}' => out.push_str("\\u2028"),
            '\u{2029}' => out.push_str("\\u2029"),
            c => out.push(c),
        }
    }
    ok(out)
}

const PKG: &str = "encoding/json";

/// What is said of a value that is not concrete.
pub(crate) const MISSING: &str = "cannot convert incomplete value \"{}\" to JSON";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Compact", &[p("src", BYTES)], STRING, "The JSON text without white space between its tokens.", compact_json),
    function(PKG, "HTMLEscape", &[p("src", BYTES)], STRING, "The text with `<`, `>`, `&` and the line separators of Unicode escaped as in JSON strings.", html_escape),
    function(PKG, "Indent", &[p("src", BYTES), p("prefix", STRING), p("indent", STRING)], STRING, "The JSON text with one element a line.", indent),
    function(PKG, "Marshal", &[document("v", MISSING)], STRING, "The value as JSON on one line.", marshal),
    function(PKG, "MarshalStream", &[document("v", MISSING)], STRING, "The elements of a list as JSON, one a line.", marshal_stream),
    function(PKG, "Unmarshal", &[p("b", BYTES)], ANY, "The value of a JSON text.", unmarshal),
    function(PKG, "UnmarshalStream", &[p("data", BYTES)], ANY, "The values of a text of several JSON values, as a list.", unmarshal_stream),
    function(PKG, "Valid", &[p("data", BYTES)], BOOL, "Whether the text is JSON.", valid),
    non_concrete(evaluated(PKG, "Validate", &[p("b", BYTES), schema("v")], BOOL, "Whether the value of the JSON text satisfies the schema `v`.")),
];
