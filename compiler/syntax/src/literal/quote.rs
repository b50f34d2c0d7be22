//! Values to literals, in the style upstream's `cue` writes them.

use crate::chars::is_printable;
use crate::lexer;

/// How to lay out a literal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form<'i> {
    /// On one line.
    Single,
    /// On lines of its own, each indented by this text.
    Multiline(&'i str),
    /// Multi-line if the value holds a line end.
    Auto(&'i str),
}

/// A string literal for `value`.
pub fn quote(value: &str, form: Form<'_>) -> String {
    Writer::new(value.as_bytes(), b'"', form).write(value.as_bytes())
}

/// A bytes literal for `value`. What is no UTF-8 becomes `\xHH`.
pub fn quote_bytes(value: &[u8], form: Form<'_>) -> String {
    Writer::new(value, b'\'', form).write(value)
}

/// Whether `text` is an identifier, `_` and definitions and keywords included.
pub fn is_identifier(text: &str) -> bool {
    lexer::is_identifier(text)
}

/// Whether a regular field of this name needs quotes: names that are no identifier, or a hidden or definition one.
pub fn needs_quotes(name: &str) -> bool {
    name.starts_with(['#', '_']) || !is_identifier(name)
}

/// The label of a regular field: the name, in quotes where it needs them.
pub fn label(name: &str) -> String {
    if needs_quotes(name) { quote(name, Form::Single) } else { name.to_owned() }
}

struct Writer<'i> {
    quote: u8,
    indent: Option<&'i str>,
    hashes: usize,
    out: String,
}

impl<'i> Writer<'i> {
    fn new(value: &[u8], quote: u8, form: Form<'i>) -> Self {
        let indent = match form {
            Form::Single => None,
            Form::Multiline(indent) => Some(indent),
            Form::Auto(indent) => memchr::memchr(b'\n', value).map(|_| indent),
        };
        let hashes = if indent.is_some() { hashes_needed(value, quote) } else { 0 };
        Self { quote, indent, hashes, out: String::with_capacity(value.len() + 8) }
    }

    fn write(mut self, value: &[u8]) -> String {
        self.hash_marks();
        let quote = self.quote as char;
        match self.indent {
            None => {
                self.out.push(quote);
                self.body(value);
                self.out.push(quote);
            }
            Some(indent) => {
                self.out.extend([quote; 3]);
                self.out.push('\n');
                if value.first() != Some(&b'\n') {
                    self.out.push_str(indent);
                }
                if !value.is_empty() {
                    self.body(value);
                    self.out.push('\n');
                    self.out.push_str(indent);
                }
                self.out.extend([quote; 3]);
            }
        }
        self.hash_marks();
        self.out
    }

    fn hash_marks(&mut self) {
        self.out.extend(std::iter::repeat_n('#', self.hashes));
    }

    fn body(&mut self, value: &[u8]) {
        for chunk in value.utf8_chunks() {
            let text = chunk.valid();
            for (i, ch) in text.char_indices() {
                match self.indent {
                    Some(indent) if ch == '\n' => {
                        self.out.push('\n');
                        let behind = text.as_bytes().get(i + 1).or(chunk.invalid().first());
                        if behind.is_some_and(|b| *b != b'\n') {
                            self.out.push_str(indent);
                        }
                    }
                    _ => self.char(ch),
                }
            }
            for byte in chunk.invalid() {
                self.backslash();
                self.out.push_str(&format!("x{byte:02x}"));
            }
        }
    }

    fn backslash(&mut self) {
        self.out.push('\\');
        self.hash_marks();
    }

    fn char(&mut self, ch: char) {
        if ch == '\\' || (self.indent.is_none() && ch == self.quote as char) {
            self.backslash();
            self.out.push(ch);
            return;
        }
        if is_printable(ch) {
            self.out.push(ch);
            return;
        }
        self.backslash();
        let code = ch as u32;
        match ch {
            '\x07' => self.out.push('a'),
            '\x08' => self.out.push('b'),
            '\x0C' => self.out.push('f'),
            '\n' => self.out.push('n'),
            '\r' => self.out.push('r'),
            '\t' => self.out.push('t'),
            '\x0B' => self.out.push('v'),
            _ if code < 0x20 && self.quote == b'\'' => self.out.push_str(&format!("x{code:02x}")),
            _ if code < 0x10000 => self.out.push_str(&format!("u{code:04x}")),
            _ => self.out.push_str(&format!("U{code:08x}")),
        }
    }
}

/// Hashes a multi-line literal needs so that no three quotes inside it close it.
fn hashes_needed(value: &[u8], quote: u8) -> usize {
    let mut needed = 0;
    let mut i = 0;
    while i < value.len() {
        let quotes = value[i..].iter().take_while(|b| **b == quote).count();
        if quotes < 3 {
            i += quotes.max(1);
            continue;
        }
        i += quotes;
        let hashes = value[i..].iter().take_while(|b| **b == b'#').count();
        needed = needed.max(hashes + 1);
        i += hashes;
    }
    needed
}
