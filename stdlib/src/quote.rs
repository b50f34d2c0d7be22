//! Go's quoting of strings and runes: `strconv.Quote` and its relatives, and the quotes in Go's error texts.
//! Used by `strconv` and by every message that quotes its input.

use std::fmt::Write;
use std::sync::OnceLock;

/// Which characters stay as they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Printable ones.
    Print,
    /// ASCII ones.
    Ascii,
    /// Printable ones and all spaces of Unicode.
    Graphic,
}

type Ranges = Vec<(char, char)>;

fn ranges(pattern: &str) -> Ranges {
    use regex_syntax::hir::{Class, HirKind};
    match regex_syntax::parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
        Ok(HirKind::Class(Class::Unicode(class))) => class.iter().map(|r| (r.start(), r.end())).collect(),
        _ => Vec::new(),
    }
}

fn contains(ranges: &Ranges, c: char) -> bool {
    let at = ranges.partition_point(|r| r.1 < c);
    ranges.get(at).is_some_and(|r| r.0 <= c)
}

/// Whether Go calls the character printable: letters, marks, numbers, punctuation, symbols, and the ASCII space.
pub(crate) fn is_print(c: char) -> bool {
    static TABLE: OnceLock<Ranges> = OnceLock::new();
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    contains(TABLE.get_or_init(|| ranges(r"[\pL\pM\pN\pP\pS\x20]")), c)
}

/// Whether Go calls the character graphic: printable, or a space of Unicode.
pub(crate) fn is_graphic(c: char) -> bool {
    static TABLE: OnceLock<Ranges> = OnceLock::new();
    is_print(c) || contains(TABLE.get_or_init(|| ranges(r"[\p{Zs}]")), c)
}

/// `s` in double quotes.
pub(crate) fn quoted(s: &str) -> String {
    let mut out = String::with_capacity(s.len() + 2);
    append(&mut out, s, '"', Style::Print);
    out
}

/// Appends `s` in quotes.
pub(crate) fn append(out: &mut String, s: &str, quote: char, style: Style) {
    out.push(quote);
    for c in s.chars() {
        escape(out, c, quote, style);
    }
    out.push(quote);
}

/// Appends bytes in single quotes, escaping what is not text.
pub(crate) fn append_bytes(out: &mut String, bytes: &[u8]) {
    out.push('\'');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            escape(out, c, '\'', Style::Print);
        }
        for b in chunk.invalid() {
            let _ = write!(out, "\\x{b:02x}");
        }
    }
    out.push('\'');
}

/// Appends one character as it stands between quotes.
pub(crate) fn escape(out: &mut String, c: char, quote: char, style: Style) {
    let stays = match style {
        Style::Print => is_print(c),
        Style::Ascii => c.is_ascii() && is_print(c),
        Style::Graphic => is_graphic(c),
    };
    match c {
        '\\' => out.push_str("\\\\"),
        c if c == quote => {
            out.push('\\');
            out.push(c);
        }
        c if stays => out.push(c),
        '\x07' => out.push_str("\\a"),
        '\x08' => out.push_str("\\b"),
        '\x0C' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\x0B' => out.push_str("\\v"),
        c if c < ' ' || c == '\x7F' => {
            let _ = write!(out, "\\x{:02x}", c as u32);
        }
        c if (c as u32) < 0x1_0000 => {
            let _ = write!(out, "\\u{:04x}", c as u32);
        }
        c => {
            let _ = write!(out, "\\U{:08x}", c as u32);
        }
    }
}
