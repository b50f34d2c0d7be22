//! The text form of Protocol Buffers' messages, as nodes: what they mean depends on a schema.

use vela_diagnostics::Span;

/// Deepest nesting of messages.
const MAX_DEPTH: u32 = 200;

/// A field of a message as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextNode {
    /// Its name.
    pub name: String,
    /// Where it starts.
    pub span: Span,
    /// Its scalars: one, or those of a list.
    pub values: Vec<TextValue>,
    /// Its messages: one, or those of a list; each with its fields.
    pub messages: Vec<Vec<TextNode>>,
}

/// A scalar as it is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextValue {
    /// The source: a name, a number, or string literals.
    pub source: String,
    /// The bytes of string literals.
    pub bytes: Option<Vec<u8>>,
    /// Where it stands.
    pub span: Span,
}

/// Reads a text. The error is its place and what is wrong.
pub fn text_nodes(text: &str) -> Result<Vec<TextNode>, (Span, String)> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let nodes = reader.fields(None)?;
    Ok(nodes)
}

type Read<T> = Result<T, (Span, String)>;

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
}

impl Reader<'_> {
    fn skip(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with('#') {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.skip();
        self.text[self.at..].chars().next()
    }

    fn take(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        if found {
            self.at += sign.len_utf8();
        }
        found
    }

    fn fault<T>(&mut self, wanted: &str) -> Read<T> {
        let found = self.peek().map_or_else(|| "the end".to_owned(), |c| format!("{c:?}"));
        let span = Span::new(self.at as u32, self.at as u32);
        Err((span, format!("textproto: found {found} but expected {wanted}")))
    }

    fn fields(&mut self, close: Option<char>) -> Read<Vec<TextNode>> {
        let mut out = Vec::new();
        loop {
            while self.take(',') || self.take(';') {}
            match (self.peek(), close) {
                (None, None) => return Ok(out),
                (Some(c), Some(close)) if c == close => {
                    self.at += c.len_utf8();
                    return Ok(out);
                }
                _ => out.push(self.field()?),
            }
        }
    }

    fn word(&mut self) -> Option<(&str, Span)> {
        self.skip();
        let rest = &self.text[self.at..];
        let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if length == 0 {
            return None;
        }
        let start = self.at;
        self.at += length;
        Some((&self.text[start..self.at], Span::new(start as u32, self.at as u32)))
    }

    fn field(&mut self) -> Read<TextNode> {
        self.skip();
        let start = self.at;
        let name = if self.take('[') {
            // The name of an extension, or of the type of an Any.
            let Some(length) = self.text[self.at..].find(']') else { return self.fault("]") };
            let name = self.text[self.at..self.at + length].trim().to_owned();
            self.at += length + 1;
            name
        } else {
            match self.word() {
                Some((name, _)) => name.to_owned(),
                None => return self.fault("a field's name"),
            }
        };
        let span = Span::new(start as u32, self.at as u32);
        let mut node = TextNode { name, span, values: Vec::new(), messages: Vec::new() };
        let colon = self.take(':');
        if self.take('[') {
            while !self.take(']') {
                self.value(&mut node)?;
                if !self.take(',') && self.peek() != Some(']') {
                    return self.fault(", or ]");
                }
            }
            return Ok(node);
        }
        if !colon && !matches!(self.peek(), Some('{' | '<')) {
            return self.fault(":");
        }
        self.value(&mut node)?;
        Ok(node)
    }

    fn value(&mut self, node: &mut TextNode) -> Read<()> {
        self.skip();
        let start = self.at;
        match self.peek() {
            Some(open @ ('{' | '<')) => {
                self.at += 1;
                self.depth += 1;
                if self.depth > MAX_DEPTH {
                    return self.fault("less deeply nested messages");
                }
                let inner = self.fields(Some(if open == '{' { '}' } else { '>' }))?;
                self.depth -= 1;
                node.messages.push(inner);
            }
            Some('"' | '\'') => {
                let mut bytes = Vec::new();
                while let Some(quote @ ('"' | '\'')) = self.peek() {
                    self.at += 1;
                    self.quoted(quote, &mut bytes)?;
                }
                let span = Span::new(start as u32, self.at as u32);
                let source = self.text[start..self.at].to_owned();
                node.values.push(TextValue { source, bytes: Some(bytes), span });
            }
            _ => {
                let rest = &self.text[start..];
                let end = rest.find(|c: char| c.is_whitespace() || ",;]}>#[{<:\"'".contains(c));
                let end = end.unwrap_or(rest.len());
                if end == 0 {
                    return self.fault("a value");
                }
                self.at += end;
                let span = Span::new(start as u32, self.at as u32);
                node.values.push(TextValue { source: rest[..end].to_owned(), bytes: None, span });
            }
        }
        Ok(())
    }

    /// The rest of a string literal, with the escapes of C.
    fn quoted(&mut self, quote: char, out: &mut Vec<u8>) -> Read<()> {
        loop {
            let Some(c) = self.text[self.at..].chars().next().filter(|c| *c != '\n') else {
                return self.fault("the end of a string");
            };
            self.at += c.len_utf8();
            if c == quote {
                return Ok(());
            }
            if c != '\\' {
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            let Some(escape) = self.text[self.at..].chars().next() else {
                return self.fault("an escape");
            };
            self.at += escape.len_utf8();
            match escape {
                'n' => out.push(b'\n'),
                't' => out.push(b'\t'),
                'r' => out.push(b'\r'),
                'a' => out.push(7),
                'b' => out.push(8),
                'f' => out.push(12),
                'v' => out.push(11),
                '\\' | '\'' | '"' | '?' => out.push(escape as u8),
                'x' | 'X' => {
                    let value = self.digits(16, 2);
                    let Some(value) = value else { return self.fault("hexadecimal digits") };
                    out.push(value as u8);
                }
                'u' | 'U' => {
                    let value = self.digits(16, if escape == 'u' { 4 } else { 8 });
                    let Some(c) = value.and_then(char::from_u32) else {
                        return self.fault("a character's number");
                    };
                    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                }
                '0'..='7' => {
                    self.at -= 1;
                    let value = self.digits(8, 3).unwrap_or(0);
                    out.push((value & 0xff) as u8);
                }
                _ => return self.fault("an escape"),
            }
        }
    }

    fn digits(&mut self, radix: u32, most: usize) -> Option<u32> {
        let rest = &self.text[self.at..];
        let count = rest.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        let value = u32::from_str_radix(&rest[..count], radix).ok();
        self.at += count;
        value
    }
}
