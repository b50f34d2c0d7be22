//! Data as JSON text, the way `export` writes it (`output-and-cli.md` D1).

use base64::Engine as _;

use crate::data::Data;

/// How JSON is laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Blanks per level; 0 for all on one line without blanks.
    pub indent: usize,
    /// `<`, `>` and `&` as `\u003c` and so on.
    pub escape_html: bool,
}

impl Style {
    /// What `export` writes.
    pub const EXPORT: Self = Self { indent: 4, escape_html: false };
    /// The shortest form.
    pub const COMPACT: Self = Self { indent: 0, escape_html: false };
}

/// The text, without a newline at the end.
pub fn to_json(data: &Data, style: Style) -> String {
    let mut out = String::new();
    write(&mut out, data, style);
    out
}

/// A container being written.
enum Open<'a> {
    List(std::slice::Iter<'a, Data>),
    Map(std::slice::Iter<'a, (std::sync::Arc<str>, Data)>),
}

/// Appends the text to `out`. Takes any depth of nesting.
pub fn write(out: &mut String, data: &Data, style: Style) {
    let mut stack: Vec<Open<'_>> = Vec::new();
    let mut next = Some(data);
    loop {
        if let Some(data) = next.take() {
            match data {
                Data::List(items) if !items.is_empty() => {
                    out.push('[');
                    stack.push(Open::List(items.iter()));
                }
                Data::Map(fields) if !fields.is_empty() => {
                    out.push('{');
                    stack.push(Open::Map(fields.iter()));
                }
                scalar => write_scalar(out, scalar, style),
            }
        }
        let level = stack.len();
        let Some(top) = stack.last_mut() else { return };
        let first = out.ends_with(['[', '{']);
        let (item, close) = match top {
            Open::List(items) => (items.next().map(|d| (None, d)), ']'),
            Open::Map(fields) => (fields.next().map(|(name, d)| (Some(name), d)), '}'),
        };
        match item {
            Some((name, data)) => {
                if !first {
                    out.push(',');
                }
                line(out, style, level);
                if let Some(name) = name {
                    write_text(out, name, style);
                    out.push_str(if style.indent > 0 { ": " } else { ":" });
                }
                next = Some(data);
            }
            None => {
                stack.pop();
                line(out, style, level - 1);
                out.push(close);
            }
        }
    }
}

fn line(out: &mut String, style: Style, level: usize) {
    if style.indent > 0 {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', style.indent * level));
    }
}

fn write_scalar(out: &mut String, data: &Data, style: Style) {
    match data {
        Data::Null => out.push_str("null"),
        Data::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Data::Num(n) => out.push_str(&n.to_json_text()),
        Data::Str(s) => write_text(out, s, style),
        Data::Bytes(b) => {
            out.push('"');
            base64::engine::general_purpose::STANDARD.encode_string(b, out);
            out.push('"');
        }
        Data::List(_) => out.push_str("[]"),
        Data::Map(_) => out.push_str("{}"),
    }
}

/// Appends a JSON string.
pub fn write_text(out: &mut String, text: &str, style: Style) {
    out.push('"');
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let escaped = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\x08' => "\\b",
            '\x0c' => "\\f",
            '\u{2028}' => "\\u2028",
            '\u{2029}' => "\\u2029",
            '<' if style.escape_html => "\\u003c",
            '>' if style.escape_html => "\\u003e",
            '&' if style.escape_html => "\\u0026",
            c if c < ' ' => {
                out.push_str(&text[plain..at]);
                out.push_str(&format!("\\u{:04x}", c as u32));
                plain = at + c.len_utf8();
                continue;
            }
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        out.push_str(escaped);
        plain = at + c.len_utf8();
    }
    out.push_str(&text[plain..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout() {
        let data = Data::Map(vec![
            ("a".into(), Data::List(vec![Data::int(1), Data::List(vec![]), Data::Map(vec![])])),
            ("b\"".into(), Data::str("x\n\u{1}<")),
            ("c".into(), Data::str("[")),
        ]);
        let wanted = "{\n    \"a\": [\n        1,\n        [],\n        {}\n    ],\n    \"b\\\"\": \"x\\n\\u0001<\",\n    \"c\": \"[\"\n}";
        assert_eq!(to_json(&data, Style::EXPORT), wanted);
        assert_eq!(
            to_json(&data, Style { indent: 0, escape_html: true }),
            "{\"a\":[1,[],{}],\"b\\\"\":\"x\\n\\u0001\\u003c\",\"c\":\"[\"}"
        );
    }
}
