//! How a text is written in YAML: plain, quoted or as a block. The rules are libyaml's as go-yaml has them, with the
//! reference's own table of texts that YAML 1.1 readers would take for something else.

use super::yaml::YamlStyle;
use crate::scalar::{self, Resolved};

/// The way a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Plain,
    Single,
    Double,
    Literal,
}

/// Chooses for a text. A `key` that is short and of one line stands before its colon and cannot be a block.
pub(crate) fn choose(text: &str, key: bool, style: YamlStyle) -> Written {
    if is_long_word(text) {
        return Written::Plain;
    }
    let allowed = Allowed::of(text, style);
    if text.contains('\n') {
        let simple_key = key && is_simple_key(text);
        return if allowed.block && !simple_key { Written::Literal } else { Written::Double };
    }
    let ambiguous = match style {
        YamlStyle::Cue => is_legacy(text) || looks_temporal(text) || resolves(text),
        YamlStyle::Kubernetes => is_yaml11_bool(text) || is_base60(text) || resolves(text),
    };
    // A bare `<<` as a key would merge.
    if ambiguous || (key && text == "<<") {
        Written::Double
    } else if allowed.plain {
        Written::Plain
    } else if allowed.single {
        Written::Single
    } else {
        Written::Double
    }
}

/// The longest text that is something else than a text though it starts with a letter: `false`.
const LONGEST_WORD: usize = 5;

/// Whether a text is plain at first sight, as most keys and many values are: a letter, then letters, digits, `_`, `.`,
/// `/` and `-`, too long for one of the words that mean something else.
fn is_long_word(text: &str) -> bool {
    let inner = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'-');
    text.len() > LONGEST_WORD
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && text.as_bytes().iter().all(inner)
}

/// Whether a key stands on the line of its colon: `key: value`, not `? key`.
pub(crate) fn is_simple_key(text: &str) -> bool {
    let plain = |b: &u8| (b' '..=b'~').contains(b);
    text.len() <= 128 && (text.as_bytes().iter().all(plain) || !text.contains(is_break))
}

fn resolves(text: &str) -> bool {
    scalar::resolve(text) != Resolved::Str
}

/// What YAML reads as the end of a line.
fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether libyaml writes the character as it is. Line and paragraph separators are left out: written bare, other
/// readers do not get them back.
pub(crate) fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{fffd}')
        && !matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
}

struct Allowed {
    plain: bool,
    single: bool,
    block: bool,
}

impl Allowed {
    fn of(text: &str, style: YamlStyle) -> Self {
        let mut special = false;
        let mut tab = false;
        let mut indicator = text.starts_with("---") || text.starts_with("...");
        let mut breaks = false;
        let (mut break_space, mut space_break) = (false, false);
        let mut previous: Option<char> = None;
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            let before_space = chars.peek().is_none_or(|n| matches!(n, ' ' | '\t'));
            let after_space = previous.is_none_or(|p| matches!(p, ' ' | '\t') || is_break(p));
            indicator |= match c {
                '#' => after_space,
                ':' => before_space,
                '?' | '-' => previous.is_none() && before_space,
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                    previous.is_none()
                }
                _ => false,
            };
            match c {
                '\t' if style == YamlStyle::Cue => tab = true,
                _ => special |= !is_printable(c),
            }
            if c == ' ' {
                break_space |= previous.is_some_and(is_break);
            } else if is_break(c) {
                breaks = true;
                space_break |= previous == Some(' ');
            }
            previous = Some(c);
        }
        let outer = |c: Option<char>| c.is_some_and(|c| c == ' ' || is_break(c));
        let padded = outer(text.chars().next()) || outer(previous);
        Self {
            plain: !(indicator || breaks || padded || break_space || space_break || tab || special),
            single: !(break_space || space_break || tab || special),
            block: !(space_break || special || previous == Some(' ') || text.is_empty()),
        }
    }
}

/// YAML 1.1's words for booleans, and `.Nan`, as the reference lists them.
fn is_legacy(text: &str) -> bool {
    matches!(text, "t" | "T" | "f" | "F" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE" | ".Nan")
        || is_yaml11_bool(text)
}

fn is_yaml11_bool(text: &str) -> bool {
    matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "on"
            | "On"
            | "ON"
            | "off"
            | "Off"
            | "OFF"
    )
}

/// Dates, times, numbers to the base 60, and hexadecimal numbers of any length, generously.
fn looks_temporal(text: &str) -> bool {
    if let Some(hex) = text.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
    }
    let bytes = text.strip_suffix(['z', 'Z']).unwrap_or(text).as_bytes();
    let [_, inner @ .., _] = bytes else { return false };
    let filler = |b: u8| matches!(b, b'-' | b'+' | b'0'..=b'9' | b':' | b'.' | b' ' | b'\t');
    let letters = bytes.iter().filter(|b| !filler(**b)).count();
    match letters {
        0 => inner.iter().any(|b| matches!(b, b'-' | b':')),
        1 => inner.iter().any(|b| matches!(b, b't' | b'T')),
        _ => false,
    }
}

/// `190:20:30.15`: a number to the base 60 in YAML 1.1.
fn is_base60(text: &str) -> bool {
    let s = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = s.split(':');
    let first = parts.next().unwrap_or("");
    if !first.starts_with(|c: char| c.is_ascii_digit())
        || !first.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    {
        return false;
    }
    let rest: Vec<&str> = parts.collect();
    let Some((last, middle)) = rest.split_last() else { return false };
    let sixtieth = |p: &str| match p.as_bytes() {
        [d] => d.is_ascii_digit(),
        [t, d] => (b'0'..=b'5').contains(t) && d.is_ascii_digit(),
        _ => false,
    };
    let (whole, fraction) = last.split_once('.').unwrap_or((last, ""));
    middle.iter().all(|p| sixtieth(p))
        && sixtieth(whole)
        && fraction.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is plain at first sight is plain by the rules: tried on all short texts of the characters that matter.
    #[test]
    fn long_words_are_plain() {
        let signs = ['a', 'T', 'z', 'e', '0', '7', '_', '.', '/', '-'];
        let mut texts: Vec<String> = signs.iter().map(char::to_string).collect();
        for _ in 0..5 {
            texts = texts
                .iter()
                .filter(|t| t.starts_with(char::is_alphabetic))
                .flat_map(|t| signs.iter().map(move |c| format!("{t}{c}")))
                .collect();
            texts.truncate(40_000);
        }
        for text in texts.iter().filter(|t| is_long_word(t)) {
            for style in [YamlStyle::Cue, YamlStyle::Kubernetes] {
                let plain = Allowed::of(text, style).plain
                    && !is_legacy(text)
                    && !looks_temporal(text)
                    && !is_base60(text)
                    && !resolves(text);
                assert!(plain, "{text}");
            }
        }
        for text in ["false", "False", "no", "a:b c", "tru e", "-abcdef", "1abcdef"] {
            assert!(!is_long_word(text), "{text}");
        }
    }
}
