//! JSON text: as `cue export` writes it, compact, or as Go's encoder does.

use base64::Engine;
use vela_number::Number;

use super::go_float::go_float_json;
use super::{Sink, walk};
use crate::Data;

/// How JSON is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonStyle {
    /// Spaces a level; `None` is all on one line without any.
    pub indent: Option<usize>,
    /// Escape `<`, `>` and `&`.
    pub html: bool,
    /// Numbers as Go's doubles instead of digit by digit.
    pub doubles: bool,
    /// Whether fields are sorted, as Go sorts the keys of its maps.
    pub sorted: bool,
}

impl JsonStyle {
    /// `cue export`.
    pub const CUE: Self = Self { indent: Some(4), html: false, doubles: false, sorted: false };
    /// One line.
    pub const COMPACT: Self = Self { indent: None, html: false, doubles: false, sorted: false };
    /// What Go's `json.Marshal` makes of a decoded Kubernetes object.
    pub const GO: Self = Self { indent: None, html: true, doubles: true, sorted: true };
}

/// The value as JSON text, without final line end.
pub fn to_json(value: &Data, style: JsonStyle) -> String {
    let mut writer = JsonWriter::new(style);
    walk(value, style.sorted.then_some(str::cmp as fn(&str, &str) -> std::cmp::Ordering), &mut writer);
    writer.finish()
}

/// Writes JSON from calls.
pub struct JsonWriter {
    style: JsonStyle,
    out: String,
    /// Whether each open collection is empty so far.
    stack: Vec<bool>,
    after_key: bool,
}

impl JsonWriter {
    /// An empty text.
    pub fn new(style: JsonStyle) -> Self {
        Self { style, out: String::new(), stack: Vec::new(), after_key: false }
    }

    /// The text.
    pub fn finish(self) -> String {
        self.out
    }

    fn line(&mut self) {
        if let Some(indent) = self.style.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent * self.stack.len()));
        }
    }

    /// Comma and line start before an item or key.
    fn begin_entry(&mut self) {
        if std::mem::take(&mut self.after_key) {
            return;
        }
        let Some(empty) = self.stack.last_mut() else { return };
        if !std::mem::replace(empty, false) {
            self.out.push(',');
        }
        self.line();
    }

    fn begin(&mut self, bracket: char) {
        self.begin_entry();
        self.out.push(bracket);
        self.stack.push(true);
    }

    fn end(&mut self, bracket: char) {
        if self.stack.pop() == Some(false) {
            self.line();
        }
        self.out.push(bracket);
    }
}

impl Sink for JsonWriter {
    fn null(&mut self) {
        self.begin_entry();
        self.out.push_str("null");
    }

    fn bool(&mut self, value: bool) {
        self.begin_entry();
        self.out.push_str(if value { "true" } else { "false" });
    }

    fn number(&mut self, value: &Number) {
        self.begin_entry();
        let whole = value.is_int() && value.to_i64().is_some();
        if self.style.doubles && !whole {
            self.out.push_str(&go_float_json(value.to_f64()));
        } else {
            self.out.push_str(&value.to_json_text());
        }
    }

    fn str(&mut self, value: &str) {
        self.begin_entry();
        quote_json(value, self.style.html, &mut self.out);
    }

    fn bytes(&mut self, value: &[u8]) {
        self.begin_entry();
        self.out.push('"');
        base64::engine::general_purpose::STANDARD.encode_string(value, &mut self.out);
        self.out.push('"');
    }

    fn begin_list(&mut self) {
        self.begin('[');
    }

    fn end_list(&mut self) {
        self.end(']');
    }

    fn begin_map(&mut self) {
        self.begin('{');
    }

    fn key(&mut self, name: &str) {
        self.begin_entry();
        quote_json(name, self.style.html, &mut self.out);
        self.out.push(':');
        if self.style.indent.is_some() {
            self.out.push(' ');
        }
        self.after_key = true;
    }

    fn end_map(&mut self) {
        self.end('}');
    }
}

/// Appends the text in quotes, escaped as Go does: the short escapes, other controls and the line separators as
/// `\u…`, and with `html` also `<`, `>` and `&`.
pub fn quote_json(text: &str, html: bool, out: &mut String) {
    out.push('"');
    let mut from = 0;
    for (at, c) in text.char_indices() {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{2028}' => "\\u2028",
            '\u{2029}' => "\\u2029",
            '<' if html => "\\u003c",
            '>' if html => "\\u003e",
            '&' if html => "\\u0026",
            '\0'..='\u{1f}' => "",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        if short.is_empty() {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push_str(short);
        }
        from = at + c.len_utf8();
    }
    out.push_str(&text[from..]);
    out.push('"');
}
