//! YAML text: as `cue export --out yaml` writes it, or as Kubernetes' tools do.

use base64::Engine;
use vela_number::Number;

use super::go_float::{go_float_json, go_float_yaml};
use super::quote::{self, Written};
use super::{Sink, natural_order, walk};
use crate::Data;
use crate::scalar::{self, Resolved};

/// Whose YAML is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum YamlStyle {
    /// The reference's: lists indented below their key, the order of fields kept, lines never wrapped.
    #[default]
    Cue,
    /// `kubectl`'s (sigs.k8s.io/yaml): lists not indented, numbers as doubles, lines wrapped after column 80. [`to_yaml`]
    /// sorts keys; who feeds a [`YamlWriter`] does so himself.
    Kubernetes,
}

/// One document, without `---`.
pub fn to_yaml(value: &Data, style: YamlStyle) -> String {
    let mut writer = YamlWriter::new(style);
    walk(value, order(style), &mut writer);
    writer.finish()
}

/// Documents with `---` between them.
pub fn to_yaml_documents<'v>(values: impl IntoIterator<Item = &'v Data>, style: YamlStyle) -> String {
    let mut writer = YamlWriter::new(style);
    for value in values {
        writer.separate();
        walk(value, order(style), &mut writer);
    }
    writer.finish()
}

fn order(style: YamlStyle) -> Option<fn(&str, &str) -> std::cmp::Ordering> {
    match style {
        YamlStyle::Cue => None,
        YamlStyle::Kubernetes => Some(natural_order),
    }
}

const WRAP_AFTER: usize = 80;

/// Writes YAML from calls.
pub struct YamlWriter {
    style: YamlStyle,
    out: String,
    stack: Vec<Frame>,
    place: Place,
}

#[derive(Clone, Copy)]
struct Frame {
    /// Column of the dashes or keys.
    indent: usize,
    empty: bool,
    /// Where it began.
    place: Place,
}

/// What stands before the next value on its line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Nothing.
    Line,
    /// `- ` or, after an explicit key, `: `; a collection may go on behind it.
    Dash,
    /// `key:`; a collection starts on the next line.
    Key,
}

impl YamlWriter {
    /// An empty text.
    pub fn new(style: YamlStyle) -> Self {
        Self { style, out: String::new(), stack: Vec::new(), place: Place::Line }
    }

    /// Between documents: writes `---` unless nothing was written yet.
    pub fn separate(&mut self) {
        if !self.out.is_empty() {
            self.out.push_str("---\n");
        }
    }

    /// The text.
    pub fn finish(self) -> String {
        self.out
    }

    fn spaces(&mut self, n: usize) {
        const BLANKS: &str = "                                ";
        let mut left = n;
        while left > 0 {
            let some = left.min(BLANKS.len());
            self.out.push_str(&BLANKS[..some]);
            left -= some;
        }
    }

    /// Column of the text of a block scalar or a wrapped line.
    fn content_indent(&self) -> usize {
        self.stack.last().map_or(2, |f| f.indent + 2)
    }

    /// Before an item or key of the innermost collection: the line's start.
    fn begin_entry(&mut self) {
        let Some(frame) = self.stack.last_mut() else { return };
        let (first, place, indent) = (frame.empty, frame.place, frame.indent);
        frame.empty = false;
        match (first, place) {
            (true, Place::Dash) => {}
            (true, Place::Key) => {
                self.out.push('\n');
                self.spaces(indent);
            }
            _ => self.spaces(indent),
        }
    }

    /// Before any value: the dash where it is an item.
    fn begin_value(&mut self, in_list: bool) {
        if in_list {
            self.begin_entry();
            self.out.push_str("- ");
            self.place = Place::Dash;
        }
    }

    fn in_list(&self) -> bool {
        !self.stack.is_empty() && self.place == Place::Line
    }

    fn scalar(&mut self, write: impl FnOnce(&mut Self)) {
        self.begin_value(self.in_list());
        if self.place == Place::Key {
            self.out.push(' ');
        }
        write(self);
        if !self.out.ends_with('\n') || self.out.is_empty() {
            self.out.push('\n');
        }
        self.place = Place::Line;
    }

    fn begin(&mut self, list: bool) {
        self.begin_value(self.in_list());
        let outer = self.stack.last().map(|f| f.indent);
        let flat = list && self.style == YamlStyle::Kubernetes && self.place == Place::Key;
        let indent = outer.map_or(0, |i| if flat { i } else { i + 2 });
        self.stack.push(Frame { indent, empty: true, place: self.place });
        self.place = Place::Line;
    }

    fn end(&mut self, empty: &str) {
        let Some(frame) = self.stack.pop() else { return };
        if frame.empty {
            if frame.place == Place::Key {
                self.out.push(' ');
            }
            self.out.push_str(empty);
            self.out.push('\n');
        }
        self.place = Place::Line;
    }

    /// What stands on the last line so far.
    fn line(&self) -> &str {
        &self.out[self.out.rfind('\n').map_or(0, |at| at + 1)..]
    }

    fn column(&self) -> usize {
        self.line().chars().count()
    }

    /// Whether a text goes beyond the column where lines are wrapped. A line has at most as many characters as bytes.
    fn is_long(&self, text: &str) -> bool {
        text.len() + self.line().len() > WRAP_AFTER && text.len() + self.column() > WRAP_AFTER
    }

    fn text(&mut self, text: &str, key: bool) {
        let simple_key = key && quote::is_simple_key(text);
        let indent = self.content_indent();
        let wrap =
            (self.style == YamlStyle::Kubernetes && !simple_key && self.is_long(text)).then_some(indent);
        match quote::choose(text, key, self.style) {
            Written::Plain => self.flow_text(text, wrap, false),
            Written::Single => {
                self.out.push('\'');
                self.flow_text(text, wrap, true);
                self.out.push('\'');
            }
            Written::Double => self.double(text, wrap),
            Written::Literal => self.literal(text, indent),
        }
    }

    /// A plain or single quoted text of one line, wrapped at single spaces.
    fn flow_text(&mut self, text: &str, wrap: Option<usize>, single: bool) {
        if wrap.is_none() && !(single && text.contains('\'')) {
            return self.out.push_str(text);
        }
        let mut column = self.column();
        let mut after_space = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, n)| *n);
            let breakable = c == ' ' && !after_space && next.is_some_and(|n| n != ' ') && (!single || at > 0);
            match wrap {
                Some(indent) if breakable && column > WRAP_AFTER => {
                    self.out.push('\n');
                    self.spaces(indent);
                    column = indent;
                }
                _ => {
                    if c == '\'' && single {
                        self.out.push('\'');
                        column += 1;
                    }
                    self.out.push(c);
                    column += 1;
                }
            }
            after_space = c == ' ';
        }
    }

    fn double(&mut self, text: &str, wrap: Option<usize>) {
        self.out.push('"');
        let mut column = self.column();
        // libyaml takes a leading byte order mark for one at every place.
        let escape_all = text.starts_with('\u{feff}');
        let mut after_space = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if escape_all || !quote::is_printable(c) || matches!(c, '\n' | '"' | '\\') {
                let before = self.out.len();
                self.escape(c);
                column += self.out.len() - before;
                after_space = false;
                continue;
            }
            let next = chars.peek().map(|(_, n)| *n);
            match wrap {
                Some(indent)
                    if c == ' ' && !after_space && column > WRAP_AFTER && at > 0 && next.is_some() =>
                {
                    self.out.push('\n');
                    self.spaces(indent);
                    column = indent;
                    if next == Some(' ') {
                        self.out.push('\\');
                        column += 1;
                    }
                }
                _ => {
                    self.out.push(c);
                    column += 1;
                }
            }
            after_space = c == ' ';
        }
        self.out.push('"');
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = u32::from(c);
                self.out.push_str(&match code {
                    0..=0xff => format!("\\x{code:02X}"),
                    0x100..=0xffff => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                });
                return;
            }
        };
        self.out.push('\\');
        self.out.push(short);
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        if !text.ends_with('\n') {
            self.out.push('-');
        } else if text == "\n" || text.ends_with("\n\n") {
            self.out.push('+');
        }
        self.out.push('\n');
        let body = text.strip_suffix('\n').unwrap_or(text);
        for line in body.split('\n') {
            if !line.is_empty() {
                self.spaces(indent);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    fn number_text(&self, n: &Number) -> String {
        if self.style == YamlStyle::Cue {
            return n.to_yaml_text();
        }
        // Kubernetes' tools keep integers of 64 bits; all else went through a double, JSON and back.
        if n.is_int() && n.to_i64().is_some() {
            return n.to_json_text();
        }
        let f = n.to_f64();
        let json = go_float_json(f);
        if scalar::resolve(&json) == Resolved::Int { json } else { go_float_yaml(f) }
    }
}

impl Sink for YamlWriter {
    fn null(&mut self) {
        self.scalar(|w| w.out.push_str("null"));
    }

    fn bool(&mut self, value: bool) {
        self.scalar(|w| w.out.push_str(if value { "true" } else { "false" }));
    }

    fn number(&mut self, value: &Number) {
        self.scalar(|w| {
            let text = w.number_text(value);
            w.out.push_str(&text);
        });
    }

    fn str(&mut self, value: &str) {
        self.scalar(|w| w.text(value, false));
    }

    fn bytes(&mut self, value: &[u8]) {
        let encoded = base64::engine::general_purpose::STANDARD.encode(value);
        if self.style == YamlStyle::Kubernetes {
            // JSON has no bytes: the text in base64 is all there is.
            return self.str(&encoded);
        }
        self.scalar(|w| {
            w.out.push_str("!!binary ");
            // The reference chooses the form by the bytes, where they are text, else by the length.
            let block = match std::str::from_utf8(value) {
                Ok(text) => text.contains('\n'),
                Err(_) => encoded.len() >= 70,
            };
            if block {
                let indent = w.content_indent();
                w.literal(&encoded, indent);
            } else if encoded.is_empty() {
                w.out.push_str("\"\"");
            } else {
                w.out.push_str(&encoded);
            }
        });
    }

    fn begin_list(&mut self) {
        self.begin(true);
    }

    fn end_list(&mut self) {
        self.end("[]");
    }

    fn begin_map(&mut self) {
        self.begin(false);
    }

    fn key(&mut self, name: &str) {
        self.begin_entry();
        if quote::is_simple_key(name) {
            self.text(name, true);
            self.out.push(':');
            self.place = Place::Key;
            return;
        }
        self.out.push_str("? ");
        self.text(name, true);
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        let indent = self.stack.last().map_or(0, |f| f.indent);
        self.spaces(indent);
        self.out.push_str(": ");
        self.place = Place::Dash;
    }

    fn end_map(&mut self) {
        self.end("{}");
    }
}
