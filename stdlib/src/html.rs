//! Package `html`: escaping of HTML text, and the character references of HTML 5.

use std::collections::HashMap;
use std::sync::OnceLock;

use vela_eval::data::Data;

use crate::args::{Args, Outcome, ok};
use crate::signature::Function;
use crate::table::{STRING, function, p};

/// Longest name that may stand without a semicolon.
const LONGEST_BARE: usize = 6;

/// Escapes what has a meaning in HTML.
pub(crate) fn escape_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn escape(args: &[Data]) -> Outcome {
    ok(escape_text(Args(args).text(0)?))
}

/// References by name without `&`, with the semicolon where it belongs to the name.
fn named(name: &str) -> Option<&'static str> {
    static TABLE: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        entities::ENTITIES.iter().map(|e| (e.entity.trim_start_matches('&'), e.characters)).collect()
    });
    table.get(name).copied()
}

/// The character of a numeric reference: what Windows-1252 has in place of the control characters, and the
/// replacement character for what is none.
fn numeric(code: u32) -> char {
    const WINDOWS_1252: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    match code {
        0 => '\u{FFFD}',
        0x80..=0x9F => WINDOWS_1252[code as usize - 0x80],
        _ => char::from_u32(code).unwrap_or('\u{FFFD}'),
    }
}

/// The text that the reference after a `&` stands for, and the rest; `None` if there is no reference.
fn reference(after: &str) -> Option<(String, &str)> {
    if let Some(number) = after.strip_prefix('#') {
        let (radix, digits) = match number.strip_prefix(['x', 'X']) {
            Some(hex) => (16, hex),
            None => (10, number),
        };
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        if end == 0 {
            return None;
        }
        let code = u32::from_str_radix(&digits[..end], radix).unwrap_or(u32::MAX);
        let rest = &digits[end..];
        return Some((numeric(code).into(), rest.strip_prefix(';').unwrap_or(rest)));
    }
    let end = after.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(after.len());
    if after[end..].starts_with(';')
        && let Some(text) = named(&after[..=end])
    {
        return Some((text.into(), &after[end + 1..]));
    }
    let name = &after[..end];
    // The longest beginning that is a name of its own.
    let found = (2..=name.len().min(LONGEST_BARE)).rev().find_map(|n| Some((named(&name[..n])?, n)));
    found.map(|(text, n)| (text.to_string(), &after[n..]))
}

fn unescape(args: &[Data]) -> Outcome {
    let mut rest = Args(args).text(0)?;
    let mut out = String::with_capacity(rest.len());
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        match reference(after) {
            Some((text, more)) => {
                out.push_str(&text);
                rest = more;
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    ok(out)
}

const PKG: &str = "html";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Escape", &[p("s", STRING)], STRING, "The text with `<`, `>`, `&`, `'` and `\"` as character references.", escape),
    function(PKG, "Unescape", &[p("s", STRING)], STRING, "The text with character references replaced by what they stand for.", unescape),
];
