//! String and bytes literals to values.

/// The value of a string or bytes literal.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum StringValue {
    /// `"…"`
    Str(String),
    /// `'…'`
    Bytes(Vec<u8>),
}

/// How a literal is quoted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quoting {
    /// Whether it is bytes, in single quotes.
    pub bytes: bool,
    /// Hashes on each side.
    pub hashes: usize,
    /// Whether it has three quotes on each side and starts on a new line.
    pub multiline: bool,
    /// What each line of a multi-line literal starts with: the blanks before the closing quotes.
    pub indent: String,
    /// Bytes of the opening hashes and quotes.
    opening: usize,
    /// Bytes of the closing quotes and hashes.
    closing: usize,
}

fn error<T>(what: &str) -> Result<T, String> {
    Err(what.to_owned())
}

/// Hashes, quote and number of quotes at the start of a literal.
fn opening(text: &str) -> Option<(usize, u8, usize)> {
    let bytes = text.as_bytes();
    let hashes = bytes.iter().take_while(|b| **b == b'#').count();
    let quote = *bytes.get(hashes).filter(|b| matches!(b, b'"' | b'\''))?;
    let rest = &bytes[hashes..];
    let triple = rest.len() > 3 && rest[..3].iter().all(|b| *b == quote) && starts_line(&rest[3..]);
    Some((hashes, quote, if triple { 3 } else { 1 }))
}

fn starts_line(bytes: &[u8]) -> bool {
    matches!(bytes, [b'\n', ..] | [b'\r', b'\n', ..])
}

/// How many bytes at the end of `text` close a literal that starts with `start`.
pub(crate) fn closing_quotes(start: &str, text: &str) -> usize {
    let Some((hashes, quote, quotes)) = opening(start) else { return 0 };
    let bytes = text.as_bytes();
    let n = hashes + quotes;
    if bytes.len() < n {
        return 0;
    }
    let (q, h) = bytes[bytes.len() - n..].split_at(quotes);
    if q.iter().all(|b| *b == quote) && h.iter().all(|b| *b == b'#') { n } else { 0 }
}

/// How a whole literal, with or without interpolations, is quoted.
///
/// # Errors
/// Text that does not start and end as a literal does.
pub fn quoting(literal: &str) -> Result<Quoting, String> {
    let Some((hashes, quote, quotes)) = opening(literal) else { return error("invalid syntax") };
    let opening = hashes + quotes;
    let closing = closing_quotes(literal, literal);
    if closing == 0 || literal.len() < opening + closing {
        return error("string literal not terminated");
    }
    let multiline = quotes == 3;
    let mut indent = String::new();
    if multiline {
        let body = &literal[opening..literal.len() - closing];
        let Some(line) = body.rfind('\n') else { return error("invalid syntax") };
        let blanks = body[line + 1..].replace('\r', "");
        if !blanks.bytes().all(|b| matches!(b, b' ' | b'\t')) {
            return error("closing quotes of a multi-line literal must stand on a line of their own");
        }
        indent = blanks;
    }
    Ok(Quoting { bytes: quote == b'\'', hashes, multiline, indent, opening, closing })
}

/// The value of a literal without interpolations.
///
/// # Errors
/// Anything the lexer rejects, and escapes that are no characters, such as half a surrogate pair.
pub fn string(literal: &str) -> Result<StringValue, String> {
    let quoting = quoting(literal)?;
    let body = &literal[quoting.opening..literal.len() - quoting.closing];
    unescape(body, &quoting, true, true)
}

/// The bytes of a value, whichever kind it is.
pub fn bytes_value(value: &StringValue) -> &[u8] {
    match value {
        StringValue::Str(s) => s.as_bytes(),
        StringValue::Bytes(b) => b,
    }
}

/// The value of literal text between quotes or interpolations. `first` and `last` say whether it is the start and
/// the end of its literal, where a multi-line one has a line end that is not part of the value.
///
/// # Errors
/// Unknown escapes, escapes that are no characters, lines of a multi-line literal with too little indentation.
pub fn unescape(text: &str, quoting: &Quoting, first: bool, last: bool) -> Result<StringValue, String> {
    let mut out = Vec::with_capacity(text.len());
    let dedented;
    let mut rest = text;
    if quoting.multiline {
        dedented = dedent(text, quoting, first, last)?;
        rest = &dedented;
    }
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (before, behind) = rest.split_at(at);
        out.extend_from_slice(before.as_bytes());
        let behind = &behind[1..];
        let hashes = behind.bytes().take(quoting.hashes).take_while(|b| *b == b'#').count();
        if hashes < quoting.hashes {
            out.push(b'\\');
            rest = behind;
            continue;
        }
        rest = escape(&behind[hashes..], quoting, &mut out)?;
    }
    out.extend_from_slice(rest.as_bytes());
    if quoting.bytes {
        return Ok(StringValue::Bytes(out));
    }
    String::from_utf8(out).map(StringValue::Str).map_err(|_| "invalid UTF-8".to_owned())
}

/// The lines of a multi-line literal without their indentation.
fn dedent(text: &str, quoting: &Quoting, first: bool, last: bool) -> Result<String, String> {
    let mut text = text.replace('\r', "");
    if first && text.starts_with('\n') {
        text.remove(0);
    } else if first {
        return error("expected newline after multi-line quotes");
    }
    let mut out = String::with_capacity(text.len());
    for (i, line) in text.split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let at_margin = i > 0 || first;
        match line.strip_prefix(quoting.indent.as_str()) {
            Some(line) if at_margin => out.push_str(line),
            _ if !at_margin => out.push_str(line),
            _ if line.is_empty() => {}
            _ => return error("non-matching whitespace for multiline strings"),
        }
    }
    // The last line holds only the closing quotes' indentation; an empty literal has no other line.
    if last && out.ends_with('\n') {
        out.pop();
    }
    Ok(out)
}

/// Decodes the escape at the start of `text` (behind backslash and hashes); the text behind it.
fn escape<'t>(text: &'t str, quoting: &Quoting, out: &mut Vec<u8>) -> Result<&'t str, String> {
    let mut chars = text.chars();
    let Some(ch) = chars.next() else { return error("escape sequence not terminated") };
    let plain = match ch {
        'a' => 0x07,
        'b' => 0x08,
        'f' => 0x0C,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0B,
        '\\' => b'\\',
        '/' => b'/',
        '"' if !quoting.bytes => b'"',
        '\'' if quoting.bytes => b'\'',
        'x' if quoting.bytes => {
            let (value, rest) = digits(chars.as_str(), 2, 16)?;
            out.push(value as u8);
            return Ok(rest);
        }
        '0'..='7' if quoting.bytes => {
            let (value, rest) = digits(text, 3, 8)?;
            let Ok(byte) = u8::try_from(value) else {
                return error("escape sequence is invalid Unicode code point");
            };
            out.push(byte);
            return Ok(rest);
        }
        'u' | 'U' => {
            let (value, rest) = digits(chars.as_str(), if ch == 'u' { 4 } else { 8 }, 16)?;
            return code_point(value, rest, quoting, out);
        }
        _ => return error("unknown escape sequence"),
    };
    out.push(plain);
    Ok(chars.as_str())
}

fn digits(text: &str, count: usize, base: u32) -> Result<(u32, &str), String> {
    let Some(head) = text.get(..count) else { return error("escape sequence not terminated") };
    if !head.chars().all(|c| c.is_digit(base)) {
        return error("illegal character in escape sequence");
    }
    let value =
        u32::from_str_radix(head, base).map_err(|_| "illegal character in escape sequence".to_owned())?;
    Ok((value, &text[count..]))
}

/// A code point, which may be the first half of a surrogate pair whose second half must follow.
fn code_point<'t>(
    value: u32,
    rest: &'t str,
    quoting: &Quoting,
    out: &mut Vec<u8>,
) -> Result<&'t str, String> {
    let mut value = value;
    let mut rest = rest;
    if (0xD800..0xDC00).contains(&value) {
        let marker = format!("\\{}u", "#".repeat(quoting.hashes));
        let low = rest.strip_prefix(&marker).map(|low| digits(low, 4, 16)).transpose()?;
        match low {
            Some((low, behind)) if (0xDC00..0xE000).contains(&low) => {
                value = 0x10000 + ((value - 0xD800) << 10) + (low - 0xDC00);
                rest = behind;
            }
            _ => return error("unmatched surrogate pair"),
        }
    }
    let Some(ch) = char::from_u32(value) else {
        let what = if value < 0x11_0000 {
            "unmatched surrogate pair"
        } else {
            "escape sequence is invalid Unicode code point"
        };
        return error(what);
    };
    out.extend_from_slice(ch.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(rest)
}
