//! JSON text into documents: strict, with places, numbers of any size kept digit by digit. Messages are worded as
//! Go's decoder words them, since users of the reference know those.

use vela_diagnostics::Span;
use vela_diagnostics::catalogue::input;
use vela_number::Number;

use crate::build::{Builder, Properties};
use crate::doc::{Parsed, Scalar, Style};
use crate::{Fault, MAX_DEPTH, MergeRule};

/// Reads exactly one JSON value.
pub fn parse_json(text: &str) -> Parsed {
    read(text, false)
}

/// Reads any number of JSON values, separated by white space or nothing; each becomes a document.
pub fn parse_json_lines(text: &str) -> Parsed {
    read(text, true)
}

fn read(text: &str, many: bool) -> Parsed {
    let mut parsed = Parsed::default();
    if u32::try_from(text.len()).is_err() {
        parsed.faults.push(Fault::new(input::TOO_LARGE, Span::at(0), "data of 4 GiB or more"));
        return parsed;
    }
    let mut reader =
        Reader { bytes: text.as_bytes(), text, at: 0, builder: Builder::new(MergeRule::default()) };
    loop {
        reader.space();
        if many && reader.at == text.len() {
            break;
        }
        reader.builder.begin(reader.at as u32, false);
        let result = reader.value();
        if let Err(fault) = result {
            reader.builder.fault(fault);
        }
        let stopped = !reader.builder.faults.is_empty();
        parsed.docs.push(reader.builder.end(reader.at as u32));
        if stopped {
            break;
        }
        if !many {
            reader.space();
            if reader.at < text.len() {
                let fault = reader.unexpected("after top-level value");
                reader.builder.fault(fault);
                parsed.docs.iter_mut().for_each(|d| d.sound = false);
            }
            break;
        }
    }
    parsed.faults = reader.builder.faults;
    parsed
}

struct Reader<'t> {
    bytes: &'t [u8],
    text: &'t str,
    at: usize,
    builder: Builder,
}

/// What the reader expects next inside a collection.
#[derive(Clone, Copy)]
enum Expect {
    /// An item, or `]` where the list is empty so far.
    Item { first: bool },
    /// A key, or `}` where the object is empty so far.
    Key { first: bool },
}

impl Reader<'_> {
    /// Reads one value with an explicit stack of what comes after the inner ones.
    fn value(&mut self) -> Result<(), Fault> {
        let mut stack: Vec<Expect> = Vec::new();
        loop {
            self.space();
            let opened = self.open_or_scalar(&mut stack)?;
            // Close everything that ends here, up to where another value must follow.
            let mut expect = opened;
            loop {
                let Some(next) = expect else {
                    match self.after_value(&mut stack)? {
                        After::Done => return Ok(()),
                        After::Closed => continue,
                        After::More(next) => {
                            expect = Some(next);
                            continue;
                        }
                    }
                };
                if self.enter(next, &mut stack)? {
                    break;
                }
                expect = None;
            }
        }
    }

    /// Reads a scalar, or the start of a collection, whose content is then expected.
    fn open_or_scalar(&mut self, stack: &mut Vec<Expect>) -> Result<Option<Expect>, Fault> {
        let start = self.at as u32;
        let span = Span::new(start, start + 1);
        match self.peek() {
            Some(b'{' | b'[') if self.builder.depth() >= MAX_DEPTH => {
                Err(Fault::new(input::TOO_LARGE, span, "exceeded max depth"))
            }
            Some(b'{') => {
                self.at += 1;
                self.builder.map(Properties::default(), None, span, true);
                stack.push(Expect::Key { first: false });
                Ok(Some(Expect::Key { first: true }))
            }
            Some(b'[') => {
                self.at += 1;
                self.builder.list(Properties::default(), None, span, true);
                stack.push(Expect::Item { first: false });
                Ok(Some(Expect::Item { first: true }))
            }
            Some(b'"') => self.string().map(|()| None),
            Some(b'-' | b'0'..=b'9') => self.number().map(|()| None),
            Some(b't') => self.word("true", Scalar::Bool(true)).map(|()| None),
            Some(b'f') => self.word("false", Scalar::Bool(false)).map(|()| None),
            Some(b'n') => self.word("null", Scalar::Null).map(|()| None),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    /// Reads up to where a value must stand; `false` where the collection closed instead.
    fn enter(&mut self, expect: Expect, stack: &mut Vec<Expect>) -> Result<bool, Fault> {
        self.space();
        match (expect, self.peek()) {
            (Expect::Item { first: true }, Some(b']')) | (Expect::Key { first: true }, Some(b'}')) => {
                self.close(stack);
                Ok(false)
            }
            (Expect::Item { .. }, _) => Ok(true),
            (Expect::Key { .. }, Some(b'"')) => {
                self.string()?;
                self.space();
                if self.peek() != Some(b':') {
                    return Err(self.unexpected("after object key"));
                }
                self.at += 1;
                Ok(true)
            }
            (Expect::Key { .. }, _) => Err(self.unexpected("looking for beginning of object key string")),
        }
    }

    fn after_value(&mut self, stack: &mut Vec<Expect>) -> Result<After, Fault> {
        let Some(around) = stack.last().copied() else { return Ok(After::Done) };
        self.space();
        match (around, self.peek()) {
            (_, Some(b',')) => {
                self.at += 1;
                Ok(After::More(around))
            }
            (Expect::Item { .. }, Some(b']')) | (Expect::Key { .. }, Some(b'}')) => {
                self.close(stack);
                Ok(After::Closed)
            }
            (Expect::Item { .. }, _) => Err(self.unexpected("after array element")),
            (Expect::Key { .. }, _) => Err(self.unexpected("after object key:value pair")),
        }
    }

    fn close(&mut self, stack: &mut Vec<Expect>) {
        self.at += 1;
        self.builder.close(Span::new(self.at as u32 - 1, self.at as u32));
        stack.pop();
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The fault of the byte at hand.
    fn unexpected(&self, context: &str) -> Fault {
        let at = self.at as u32;
        let Some(byte) = self.peek() else {
            return Fault::new(input::JSON, Span::at(at), "unexpected end of JSON input");
        };
        let shown = match byte {
            b'\'' => r"\'".to_owned(),
            b'"' => "\"".to_owned(),
            b'\\' => r"\\".to_owned(),
            b'\n' => r"\n".to_owned(),
            b'\r' => r"\r".to_owned(),
            b'\t' => r"\t".to_owned(),
            0x07 => r"\a".to_owned(),
            0x08 => r"\b".to_owned(),
            0x0b => r"\v".to_owned(),
            0x0c => r"\f".to_owned(),
            0..=0x1f | 0x7f => format!(r"\x{byte:02x}"),
            0x80..=0xa0 | 0xad => format!(r"\u{byte:04x}"),
            _ => (byte as char).to_string(),
        };
        Fault::new(input::JSON, Span::new(at, at + 1), format!("invalid character '{shown}' {context}"))
    }

    fn word(&mut self, word: &str, value: Scalar) -> Result<(), Fault> {
        let start = self.at;
        for expected in word.bytes() {
            if self.peek() != Some(expected) {
                return Err(self.unexpected(&format!("in literal {word} (expecting '{}')", expected as char)));
            }
            self.at += 1;
        }
        self.builder.known(Span::new(start as u32, self.at as u32), value, word, Style::Plain);
        Ok(())
    }

    fn digits(&mut self, context: &str) -> Result<(), Fault> {
        if !self.peek().is_some_and(|b| b.is_ascii_digit()) {
            return Err(self.unexpected(context));
        }
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = &self.text[start..self.at];
        let span = Span::new(start as u32, self.at as u32);
        let value = match Number::from_json_text(text) {
            Ok(n) => Scalar::Num(n),
            Err(e) => return Err(Fault::new(input::JSON, span, e.to_string())),
        };
        self.builder.known(span, value, text, Style::Plain);
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        let mut owned: Option<String> = None;
        let mut from = self.at;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    let piece = &self.text[from..self.at];
                    let out = owned.get_or_insert_with(String::new);
                    out.push_str(piece);
                    let c = self.escape()?;
                    owned.get_or_insert_with(String::new).push(c);
                    from = self.at;
                }
                Some(0x20..) => self.at += 1,
                _ => return Err(self.unexpected("in string literal")),
            }
        }
        let piece = &self.text[from..self.at];
        self.at += 1;
        let span = Span::new(start as u32, self.at as u32);
        match owned {
            None => self.builder.known(span, Scalar::Str, piece, Style::Double),
            Some(mut text) => {
                text.push_str(piece);
                self.builder.known(span, Scalar::Str, &text, Style::Double);
            }
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at as u32;
        self.at += 1;
        let c = match self.peek() {
            Some(b @ (b'"' | b'\\' | b'/')) => b as char,
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode(start);
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self, start: u32) -> Result<char, Fault> {
        let high = self.hex()?;
        let mut code = high;
        if (0xd800..0xdc00).contains(&high) && self.bytes[self.at..].starts_with(b"\\u") {
            self.at += 2;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            }
        }
        char::from_u32(code).ok_or_else(|| {
            let span = Span::new(start, self.at as u32);
            Fault::new(input::JSON, span, "invalid string: unmatched surrogate pair")
        })
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|b| (b as char).to_digit(16)) else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

/// What follows a value.
enum After {
    /// Nothing: it was the whole.
    Done,
    /// The collection around it ended.
    Closed,
    /// A comma.
    More(Expect),
}
