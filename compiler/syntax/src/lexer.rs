//! Source text to tokens, comments and lexical errors, in one pass. Two logos lexers share the text: `Word` for
//! code, and the one of `strings` for the inside of quotes; `morph` switches between them, and a stack of open
//! interpolations says when a `)` leads back into a literal. Commas are inserted at line ends here, because
//! attributes, which are one token, are read with the same rule.
//!
//! Used by `parse`, the lossless tree and the formatter.

mod number;
mod strings;
mod word;

pub(crate) use word::is_identifier;

use logos::{Lexer as Logos, Logos as _};
use vela_diagnostics::Span;

use crate::ast::Comment;
use crate::chars::describe;
use crate::kind::Kind;
use strings::{Open, Stop};
use word::Word;

/// A token: what and where. An inserted comma has an empty span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

/// An error in a token. Recorded in the order of reading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct LexError {
    /// What is wrong.
    pub message: String,
    /// Where it is shown.
    pub at: u32,
    /// Index of the token being read when it was found.
    pub token: u32,
}

/// All tokens of a text. The last one is `Eof`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Tokens {
    /// The tokens; comments are not among them.
    pub tokens: Vec<Token>,
    /// The comments.
    pub comments: Vec<Comment>,
    /// The errors.
    pub errors: Vec<LexError>,
}

/// Errors kept per file: more help nobody, and a hostile text could have millions.
pub(crate) const MAX_ERRORS: usize = 1000;

/// Reads all of `src`. Linear in its length.
pub(crate) fn lex(src: &str) -> Tokens {
    let mut lexer = Lexer {
        src,
        words: Word::lexer(src),
        comma: false,
        parens: 0,
        open: Vec::new(),
        out: Tokens::default(),
    };
    if src.starts_with(BOM) {
        lexer.words.bump(BOM.len_utf8());
    }
    lexer.out.tokens.reserve(src.len() / 4 + 2);
    loop {
        let token = lexer.next();
        lexer.out.tokens.push(token);
        if token.kind == Kind::Eof {
            break;
        }
    }
    let mut errors = odd_characters(src, &lexer.out.tokens);
    errors.append(&mut lexer.out.errors);
    lexer.out.errors = errors;
    lexer.out.errors.sort_by_key(|e| e.token);
    lexer.out
}

const BOM: char = '\u{FEFF}';

/// NUL and byte order marks are wrong wherever they stand, comments and strings included.
fn odd_characters(src: &str, tokens: &[Token]) -> Vec<LexError> {
    let mut errors = Vec::new();
    let body = src.strip_prefix(BOM).map_or(0, |_| BOM.len_utf8());
    for at in memchr::memchr2_iter(0, 0xEF, &src.as_bytes()[body..]) {
        let at = at + body;
        let message = match src.as_bytes()[at] {
            0 => "illegal character NUL",
            _ if src[at..].starts_with(BOM) => "illegal byte order mark",
            _ => continue,
        };
        if errors.len() == MAX_ERRORS {
            break;
        }
        let at = at as u32;
        // A token's end is known only when the character behind it has been read.
        let token = tokens.partition_point(|t| t.span.end < at) as u32;
        errors.push(LexError { message: message.to_owned(), at, token });
    }
    errors
}

/// An open interpolation: the literal around it, and how many parentheses were open when it began.
struct Interpolation {
    literal: Open,
    parens: u32,
}

struct Lexer<'s> {
    src: &'s str,
    words: Logos<'s, Word>,
    /// Whether the next line end is a comma.
    comma: bool,
    /// Parentheses open in the current interpolation.
    parens: u32,
    open: Vec<Interpolation>,
    out: Tokens,
}

/// Whether a comma is inserted at the end of a line whose last token is this one.
fn ends_element(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        Attribute
            | Ident
            | ReservedIdent
            | Package
            | Import
            | Int
            | Float
            | PlainString
            | String
            | InterpEnd
            | Bottom
            | RParen
            | RBrack
            | RBrace
            | Option
            | Ellipsis
            | Semicolon
    ) || (Kind::If..=Kind::Null).contains(&kind)
}

impl Lexer<'_> {
    /// The next token for the parser.
    fn next(&mut self) -> Token {
        let mut token = self.scan(false);
        match token.kind {
            Kind::LParen => self.parens += 1,
            Kind::RParen if self.parens > 0 => self.parens -= 1,
            Kind::RParen => {
                if let Some(Interpolation { literal, parens }) = self.open.pop() {
                    self.parens = parens;
                    token.kind = self.literal(literal, token.span.start, true);
                    token.span.end = self.at();
                }
            }
            _ => {}
        }
        if token.kind == Kind::Attribute {
            token.span.end = self.attribute();
            self.comma = true;
        }
        token
    }

    fn at(&self) -> u32 {
        self.words.span().end as u32
    }

    fn error(&mut self, at: u32, message: impl Into<String>) {
        if self.out.errors.len() < 2 * MAX_ERRORS {
            let token = self.out.tokens.len() as u32;
            self.out.errors.push(LexError { message: message.into(), at, token });
        }
    }

    /// The next token, with commas inserted; an attribute's is only `@name`. In attributes, comments are tokens.
    fn scan(&mut self, comments: bool) -> Token {
        loop {
            let word = self.words.next();
            let span = self.words.span();
            let (start, end) = (span.start as u32, span.end as u32);
            let token = |kind, start, end| Token { kind, span: Span::new(start, end) };
            let Some(word) = word else {
                let at = self.src.len() as u32;
                if std::mem::take(&mut self.comma) {
                    return token(Kind::AutoComma, at, at);
                }
                if !self.open.is_empty() {
                    self.error(at - 1, "string literal not terminated");
                    self.open.clear();
                }
                return token(Kind::Eof, at, at);
            };
            let kind = match word {
                Ok(Word::Lines) => {
                    // A comma or colon on the next line continues this one.
                    let joined = matches!(self.src.as_bytes().get(span.end), Some(b',' | b':'));
                    if std::mem::take(&mut self.comma) && !joined {
                        return token(Kind::AutoComma, start, start);
                    }
                    continue;
                }
                Ok(Word::Comment) => {
                    if comments && !self.comma {
                        return token(Kind::Comment, start, end);
                    }
                    let comma = std::mem::take(&mut self.comma);
                    if comments {
                        self.seek(span.start);
                    } else {
                        let span = Span::new(start, trim_cr(self.src, start, end));
                        self.out.comments.push(Comment { span });
                    }
                    if comma {
                        return token(Kind::AutoComma, start, start);
                    }
                    continue;
                }
                Ok(Word::Kind(kind)) => kind,
                Ok(Word::Number) => self.number(span.start),
                Ok(Word::Quote) => {
                    let open = Open::at(self.src, span.start);
                    self.quote(open)
                }
                Ok(Word::Hashes) => {
                    self.comma = false;
                    return token(Kind::Illegal, start, end);
                }
                Ok(Word::Dots) => {
                    self.error(start, "illegal token '..'; expected '.'");
                    self.comma = false;
                    return token(Kind::Illegal, start, end);
                }
                Ok(Word::BadIdent) => {
                    self.error(start, format!("illegal token {:?}", &self.src[span]));
                    self.comma = true;
                    return token(Kind::Illegal, start, end);
                }
                Err(()) => {
                    let end = self.illegal(span.start);
                    return token(Kind::Illegal, start, end);
                }
            };
            // An attribute is not yet read: what came before it still decides about a line end.
            if kind != Kind::Attribute {
                self.comma = ends_element(kind);
            }
            return token(kind, start, self.at());
        }
    }

    /// Restarts the word lexer at `at`.
    fn seek(&mut self, at: usize) {
        let here = self.words.span().end;
        if at >= here {
            self.words.bump(at - here);
        } else {
            self.words = Word::lexer(self.src);
            self.words.bump(at);
        }
    }

    /// A character that begins no token; the flag for commas stays as it was.
    fn illegal(&mut self, start: usize) -> u32 {
        let Some(ch) = self.src[start..].chars().next() else { return start as u32 };
        self.seek(start + ch.len_utf8());
        if ch != BOM {
            self.error(start as u32, format!("illegal character {}", describe(ch)));
        }
        self.at()
    }

    fn number(&mut self, start: usize) -> Kind {
        let scanned = number::scan(self.src.as_bytes(), start);
        self.seek(scanned.end);
        for (at, message) in scanned.errors {
            self.error(at as u32, message);
        }
        if scanned.float { Kind::Float } else { Kind::Int }
    }

    /// A literal, from its opening quotes.
    fn quote(&mut self, open: Open) -> Kind {
        match open.shape(self.src) {
            strings::Shape::Empty(end) => {
                self.seek(end);
                Kind::String
            }
            strings::Shape::NoLine(end) => {
                self.seek(end);
                let quotes = &self.src[open.start..end];
                self.error(open.start as u32, format!("expected newline after multiline quote {quotes}"));
                Kind::String
            }
            strings::Shape::Body(body, literal) => {
                self.seek(body);
                self.literal(literal, literal.start as u32, false)
            }
        }
    }

    /// The rest of a literal, up to its end or the next interpolation. `from` is where this piece begins.
    fn literal(&mut self, mut literal: Open, from: u32, resumed: bool) -> Kind {
        let words = std::mem::replace(&mut self.words, Word::lexer(""));
        let piece = strings::scan(self.src, words.morph(), &mut literal, resumed);
        self.words = piece.rest.morph();
        for (at, message) in piece.errors {
            self.error(at as u32, message);
        }
        self.comma = true;
        match piece.stop {
            Stop::Interpolation => {
                self.open.push(Interpolation { literal, parens: std::mem::take(&mut self.parens) });
                self.comma = false;
                if resumed { Kind::InterpMid } else { Kind::InterpStart }
            }
            Stop::Unterminated => {
                self.error(from, "string literal not terminated");
                if resumed { Kind::InterpEnd } else { Kind::String }
            }
            Stop::Closed => {
                if piece.uneven {
                    self.error(literal.start as u32, "non-matching whitespace for multiline strings");
                }
                match (resumed, literal.is_plain()) {
                    (true, _) => Kind::InterpEnd,
                    (false, true) => Kind::PlainString,
                    (false, false) => Kind::String,
                }
            }
        }
    }

    /// The rest of an attribute, behind `@name`; returns its end. The body is any tokens with balanced brackets.
    fn attribute(&mut self) -> u32 {
        let (parens, open) = (self.parens, self.open.len());
        let around = self.attribute_start();
        self.attribute_body(around.into_iter().collect(), open);
        self.open.truncate(open);
        self.parens = parens;
        self.at()
    }

    /// What follows an attribute's name: the closer to look for, where that is a parenthesis. Anything else is an
    /// error shown behind it, and becomes part of the attribute; another attribute is read to its end first.
    fn attribute_start(&mut self) -> Option<Kind> {
        let first = self.scan(true);
        if first.kind == Kind::LParen {
            return Some(Kind::RParen);
        }
        if first.kind == Kind::Attribute {
            let mut nested = 1u32;
            let mut first = self.scan(true);
            while first.kind == Kind::Attribute {
                nested += 1;
                first = self.scan(true);
            }
            if first.kind == Kind::LParen {
                let open = self.open.len();
                self.attribute_body(vec![Kind::RParen], open);
            } else {
                nested += 1;
            }
            self.comma = true;
            for _ in 0..nested.min(2) {
                self.error(self.at(), "invalid attribute: expected '('");
            }
            return None;
        }
        let at = if first.kind == Kind::InterpStart { self.at() - 1 } else { self.at() };
        self.error(at, "invalid attribute: expected '('");
        None
    }

    fn attribute_body(&mut self, mut closers: Vec<Kind>, interpolations: usize) {
        while let Some(closer) = closers.last().copied() {
            let token = self.scan(true);
            match token.kind {
                kind if kind == closer => {
                    closers.pop();
                }
                Kind::Eof => {
                    while let Some(closer) = closers.pop() {
                        let at = self.src.len() as u32;
                        self.error(at, format!("attribute missing '{}'", closer.spelling()));
                    }
                }
                Kind::LParen => closers.push(Kind::RParen),
                Kind::LBrace => closers.push(Kind::RBrace),
                Kind::LBrack => closers.push(Kind::RBrack),
                Kind::RParen | Kind::RBrace | Kind::RBrack => {
                    self.error(self.at(), format!("unexpected '{}'", token.kind.spelling()));
                }
                Kind::Attribute => match self.scan(true).kind {
                    Kind::LParen => closers.push(Kind::RParen),
                    _ => self.error(self.at(), "invalid attribute: expected '('"),
                },
                Kind::InterpStart => {
                    self.open.truncate(interpolations);
                    self.error(self.at() - 1, "interpolation not allowed in attribute");
                    let end = skip_interpolation(self.src.as_bytes(), self.at() as usize);
                    self.seek(end);
                }
                _ => {}
            }
        }
    }
}

/// Where reading goes on after an interpolation in an attribute: at its `)`, or at the end of the line.
fn skip_interpolation(src: &[u8], from: usize) -> usize {
    let mut depth = 2u32;
    for (i, byte) in src.iter().enumerate().skip(from) {
        match byte {
            b'\n' => return i,
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return i;
                }
            }
            _ => {}
        }
    }
    src.len()
}

/// The end of a comment without the carriage return of a CRLF line end.
fn trim_cr(src: &str, start: u32, end: u32) -> u32 {
    let text = &src[start as usize..end as usize];
    (start as usize + text.trim_end_matches('\r').len()) as u32
}
