//! Values of number, string and bytes literals.

use vela_number::Number;

/// The value of a string or bytes literal.
pub(crate) enum Text {
    Str(String),
    Bytes(Vec<u8>),
}

/// The value of a number literal.
pub(crate) fn number(source: &str) -> Result<Number, String> {
    Number::parse_literal(source).map_err(|e| format!("parse error: {e}"))
}

/// The value of a string or bytes literal without interpolation.
pub(crate) fn string(source: &str) -> Result<Text, String> {
    let quotes = Quotes::of(source)?;
    let inner = source.get(quotes.open..source.len().saturating_sub(quotes.close)).unwrap_or("");
    quotes.part(inner, true, true)
}

/// How a literal is quoted.
pub(crate) struct Quotes<'t> {
    bytes: bool,
    multi: bool,
    hashes: usize,
    open: usize,
    close: usize,
    indent: &'t str,
}

impl<'t> Quotes<'t> {
    /// The quoting of a whole literal.
    pub(crate) fn of(source: &'t str) -> Result<Self, String> {
        let hashes = source.len() - source.trim_start_matches('#').len();
        let rest = &source[hashes..];
        let quote = rest.chars().next().filter(|c| *c == '"' || *c == '\'').ok_or("invalid syntax")?;
        let triple = if quote == '"' { "\"\"\"" } else { "'''" };
        let multi =
            rest.starts_with(triple) && (rest[3..].starts_with('\n') || rest[3..].starts_with("\r\n"));
        let width = if multi { 3 } else { 1 } + hashes;
        let mut indent = "";
        if multi {
            let body = source.get(..source.len().saturating_sub(width)).unwrap_or("");
            indent = &body[body.rfind('\n').map_or(body.len(), |i| i + 1)..];
        }
        Ok(Self { bytes: quote == '\'', multi, hashes, open: width, close: width, indent })
    }

    pub(crate) fn is_bytes(&self) -> bool {
        self.bytes
    }

    /// The value of a stretch between the quotes and interpolations.
    pub(crate) fn part(&self, text: &str, first: bool, last: bool) -> Result<Text, String> {
        let mut text = text;
        if self.multi && last {
            text = text.strip_suffix(self.indent).unwrap_or(text);
            text = text.strip_suffix('\n').unwrap_or(text);
            text = text.strip_suffix('\r').unwrap_or(text);
        }
        if self.multi && first {
            text = text.strip_prefix('\r').unwrap_or(text);
            text = text.strip_prefix('\n').map_or(text, |t| t.strip_prefix(self.indent).unwrap_or(t));
        }
        let mut out: Vec<u8> = Vec::with_capacity(text.len());
        let escape = format!("\\{}", "#".repeat(self.hashes));
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if c == '\r' {
                rest = &rest[1..];
            } else if c == '\n' {
                out.push(b'\n');
                rest = rest[1..].strip_prefix(self.indent).unwrap_or(&rest[1..]);
            } else if let Some(after) = rest.strip_prefix(escape.as_str()) {
                rest = self.escape(after, &mut out)?;
            } else {
                out.extend_from_slice(&rest.as_bytes()[..c.len_utf8()]);
                rest = &rest[c.len_utf8()..];
            }
        }
        if self.bytes {
            return Ok(Text::Bytes(out));
        }
        String::from_utf8(out).map(Text::Str).map_err(|_| "invalid UTF-8 encoding".to_string())
    }

    fn escape<'s>(&self, after: &'s str, out: &mut Vec<u8>) -> Result<&'s str, String> {
        let c = after.chars().next().ok_or("invalid syntax")?;
        let rest = &after[c.len_utf8()..];
        let plain = match c {
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'v' => 11,
            '/' => b'/',
            '\\' => b'\\',
            '"' => b'"',
            '\'' => b'\'',
            'x' => {
                let value = u8::from_str_radix(rest.get(..2).unwrap_or(""), 16);
                out.push(value.map_err(|_| "invalid syntax")?);
                return Ok(&rest[2..]);
            }
            '0'..='7' => {
                let value = u16::from_str_radix(after.get(..3).unwrap_or(""), 8).ok();
                out.push(value.and_then(|v| u8::try_from(v).ok()).ok_or("invalid syntax")?);
                return Ok(&after[3..]);
            }
            'u' | 'U' => {
                let width = if c == 'u' { 4 } else { 8 };
                let digits = |t: &str| u32::from_str_radix(t.get(..width).unwrap_or(""), 16);
                let mut value = digits(rest).map_err(|_| "invalid syntax")?;
                let mut rest = &rest[width..];
                if (0xD800..0xDC00).contains(&value)
                    && let Some(low) = rest.strip_prefix('\\').and_then(|r| r[self.hashes..].strip_prefix(c))
                {
                    let second = digits(low).map_err(|_| "invalid syntax")?;
                    value = 0x10000 + ((value - 0xD800) << 10) + (second.wrapping_sub(0xDC00) & 0x3FF);
                    rest = &low[width..];
                }
                let c = char::from_u32(value).ok_or("unmatched surrogate pair")?;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(rest);
            }
            _ => return Err("invalid syntax".to_string()),
        };
        out.push(plain);
        Ok(rest)
    }
}

/// How a literal is written.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) bytes: bool,
    /// Over several lines, with the given number of tabs before each.
    pub(crate) multi: bool,
    pub(crate) indent: usize,
}

impl Style {
    fn quote(self) -> &'static str {
        match (self.bytes, self.multi) {
            (false, false) => "\"",
            (false, true) => "\"\"\"",
            (true, false) => "'",
            (true, true) => "'''",
        }
    }

    fn margin(self) -> String {
        "\t".repeat(self.indent)
    }

    pub(crate) fn open(self) -> String {
        let newline = if self.multi { "\n" } else { "" };
        format!("{}{newline}", self.quote())
    }

    pub(crate) fn close(self) -> String {
        if self.multi { format!("\n{}{}", self.margin(), self.quote()) } else { self.quote().to_string() }
    }

    /// Writes text as it stands within the quotes; `start` tells whether a line starts with it.
    pub(crate) fn escape(self, text: &[u8], start: bool, out: &mut String) {
        let margin = self.margin();
        if self.multi && start && !text.starts_with(b"\n") {
            out.push_str(&margin);
        }
        let mut rest = text;
        for chunk in text.utf8_chunks() {
            for c in chunk.valid().chars() {
                rest = &rest[c.len_utf8()..];
                match c {
                    '\n' if self.multi => {
                        out.push('\n');
                        // An empty line has no margin.
                        if !rest.starts_with(b"\n") && !rest.is_empty() {
                            out.push_str(&margin);
                        }
                    }
                    '\n' => out.push_str("\\n"),
                    '\t' => out.push_str("\\t"),
                    '\r' => out.push_str("\\r"),
                    '\u{7}' => out.push_str("\\a"),
                    '\u{8}' => out.push_str("\\b"),
                    '\u{b}' => out.push_str("\\v"),
                    '\u{c}' => out.push_str("\\f"),
                    '\\' => out.push_str("\\\\"),
                    '"' if !self.bytes && (!self.multi || rest.starts_with(b"\"\"")) => out.push_str("\\\""),
                    '\'' if self.bytes && (!self.multi || rest.starts_with(b"''")) => out.push_str("\\'"),
                    c if is_printable(c) => out.push(c),
                    c if self.bytes && (c as u32) < 0x80 => out.push_str(&format!("\\x{:02x}", c as u32)),
                    c if (c as u32) < 0x10000 => out.push_str(&format!("\\u{:04x}", c as u32)),
                    c => out.push_str(&format!("\\U{:08x}", c as u32)),
                }
            }
            for byte in chunk.invalid() {
                rest = &rest[1..];
                out.push_str(&format!("\\x{byte:02x}"));
            }
        }
    }
}

fn is_printable(c: char) -> bool {
    // After another character, so that combining characters count as printable.
    c == ' ' || (c.is_ascii_graphic() || !c.is_ascii() && format!("a{c}").escape_debug().count() == 2)
}

/// A string as a literal, over several lines if it has several.
pub(crate) fn quote_str(text: &str, indent: usize) -> String {
    quote(text.as_bytes(), false, indent)
}

/// Bytes as a literal, over several lines if they have several.
pub(crate) fn quote_bytes(bytes: &[u8], indent: usize) -> String {
    quote(bytes, true, indent)
}

fn quote(text: &[u8], bytes: bool, indent: usize) -> String {
    let style = Style { bytes, multi: text.contains(&b'\n'), indent };
    let mut out = style.open();
    style.escape(text, true, &mut out);
    out.push_str(&style.close());
    out
}
