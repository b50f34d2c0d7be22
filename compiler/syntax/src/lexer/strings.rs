//! The inside of string and bytes literals: a logos lexer for its pieces, and the rules that tell where a literal
//! ends, which escapes it may hold and how the lines of a multi-line one must be indented.

use logos::{Lexer, Logos};

use crate::chars::describe;

/// A piece of a literal.
#[derive(Logos, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    #[regex(r#"[^\\"'\n\r \t]+"#)]
    Text,
    #[regex(r"[ \t]+")]
    Blanks,
    #[token("\"")]
    Double,
    #[token("'")]
    Single,
    #[token("\\")]
    Escape,
    #[token("\n")]
    Line,
    #[token("\r")]
    Return,
}

/// How a literal is quoted, and what its lines have in common so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Open {
    /// Where the literal starts, hashes included.
    pub start: usize,
    /// `"` or `'`.
    quote: u8,
    hashes: usize,
    multi: bool,
    /// Range of the longest common indentation of the lines seen.
    indent: Option<(usize, usize)>,
}

/// What follows the first quote.
pub(super) enum Shape {
    /// An empty literal (or `#"""#`) that ends here.
    Empty(usize),
    /// Three quotes without a line end behind; they end here.
    NoLine(usize),
    /// Text from here on, of this literal.
    Body(usize, Open),
}

impl Open {
    /// The literal whose hashes or quote stand at `start`.
    pub(super) fn at(src: &str, start: usize) -> Self {
        let hashes = src[start..].bytes().take_while(|b| *b == b'#').count();
        let quote = src.as_bytes().get(start + hashes).copied().unwrap_or(b'"');
        Self { start, quote, hashes, multi: false, indent: None }
    }

    /// Whether it is `"x"`, with one quote and no hashes.
    pub(super) fn is_plain(self) -> bool {
        self.quote == b'"' && self.hashes == 0 && !self.multi
    }

    /// What the opening quotes begin.
    pub(super) fn shape(mut self, src: &str) -> Shape {
        let bytes = src.as_bytes();
        let first = self.start + self.hashes + 1;
        let quotes = bytes[first..].iter().take(2).take_while(|b| **b == self.quote).count();
        let behind = first + quotes;
        let hashes = bytes[behind..].iter().take(self.hashes).take_while(|b| **b == b'#').count();
        // With hashes, one or two more quotes are content unless the same hashes close the literal there.
        if quotes > 0 && hashes == self.hashes && (quotes == 1 || self.hashes > 0) {
            return Shape::Empty(behind + hashes);
        }
        if quotes < 2 {
            return Shape::Body(behind + if quotes == 1 { hashes } else { 0 }, self);
        }
        let line = behind + hashes + usize::from(bytes.get(behind + hashes) == Some(&b'\r'));
        if bytes.get(line) != Some(&b'\n') {
            return Shape::NoLine(line);
        }
        self.multi = true;
        Shape::Body(line + 1, self)
    }

    /// Whether the rest of the closing quotes and hashes stands at `at`.
    fn closes(self, src: &[u8], at: usize) -> Option<usize> {
        let quotes = if self.multi { 2 } else { 0 };
        let end = at + quotes + self.hashes;
        let rest = src.get(at..end)?;
        let (q, h) = rest.split_at(quotes);
        (q.iter().all(|b| *b == self.quote) && h.iter().all(|b| *b == b'#')).then_some(end)
    }

    /// Takes the indentation of one more line into account.
    fn add_line(&mut self, src: &[u8], start: usize, end: usize) {
        self.indent = Some(match self.indent {
            None => (start, end),
            Some((s, e)) => {
                let common = src[s..e].iter().zip(&src[start..end]).take_while(|(a, b)| a == b).count();
                (s, s + common)
            }
        });
    }
}

/// Why a piece of a literal ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    Closed,
    Interpolation,
    Unterminated,
}

/// A scanned piece of a literal.
pub(super) struct Scanned<'s> {
    /// The lexer, behind the piece.
    pub rest: Lexer<'s, Piece>,
    pub stop: Stop,
    /// A line is indented less than the closing quotes.
    pub uneven: bool,
    pub errors: Vec<(usize, String)>,
}

/// Scans from the lexer's position to the end of the literal or its next `\(`.
pub(super) fn scan<'s>(src: &str, mut lex: Lexer<'s, Piece>, open: &mut Open, resumed: bool) -> Scanned<'s> {
    let bytes = src.as_bytes();
    let mut errors = Vec::new();
    // Only blanks since the line's start: the place where a multi-line literal may close.
    let mut at_margin = open.multi && !resumed;
    let mut line = lex.span().end;
    let stop = loop {
        let Some(piece) = lex.next() else { break Stop::Unterminated };
        let span = lex.span();
        match piece {
            Ok(Piece::Line) if !open.multi => {
                lex = Piece::lexer(lex.source());
                lex.bump(span.start);
                break Stop::Unterminated;
            }
            Ok(Piece::Line) => {
                if at_margin && span.start > line {
                    open.add_line(bytes, line, span.start);
                }
                at_margin = true;
                line = span.end;
                continue;
            }
            Ok(Piece::Return) if open.multi => continue,
            Ok(Piece::Blanks) => continue,
            Ok(Piece::Double | Piece::Single)
                if bytes[span.start] == open.quote && (at_margin || !open.multi) =>
            {
                if let Some(end) = open.closes(bytes, span.end) {
                    lex.bump(end - span.end);
                    let margin = &bytes[line..span.start];
                    let uneven =
                        open.multi && open.indent.is_some_and(|(s, e)| !bytes[s..e].starts_with(margin));
                    return Scanned { rest: lex, stop: Stop::Closed, uneven, errors };
                }
            }
            _ => {}
        }
        if at_margin {
            open.add_line(bytes, line, span.start);
            at_margin = false;
        }
        if piece == Ok(Piece::Escape) {
            match escape(src, span.end, *open) {
                Escape::Text(end) => lex.bump(end - span.end),
                Escape::Interpolation(end) => {
                    lex.bump(end - span.end);
                    break Stop::Interpolation;
                }
                Escape::Bad { resume, at, message } => {
                    errors.push((at, message));
                    lex.bump(resume - span.end);
                }
            }
        }
    };
    Scanned { rest: lex, stop, uneven: false, errors }
}

enum Escape {
    Text(usize),
    Interpolation(usize),
    Bad { resume: usize, at: usize, message: String },
}

/// The escape behind a backslash at `at`.
fn escape(src: &str, at: usize, open: Open) -> Escape {
    let hashes = src[at..].bytes().take(open.hashes).take_while(|b| *b == b'#').count();
    let at = at + hashes;
    if hashes < open.hashes {
        return Escape::Text(at);
    }
    let Some(ch) = src[at..].chars().next() else {
        return Escape::Bad { resume: at, at, message: "escape sequence not terminated".to_owned() };
    };
    let bad = |message: &str| Escape::Bad { resume: at, at, message: message.to_owned() };
    let (digits, base, max, first) = match ch {
        '(' => return Escape::Interpolation(at + 1),
        'a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\' | '/' => return Escape::Text(at + 1),
        _ if ch as u32 == open.quote as u32 => return Escape::Text(at + 1),
        '0'..='7' if open.quote == b'"' => return bad("octal escape not allowed in string literal"),
        'x' if open.quote == b'"' => return bad("hexadecimal escape not allowed in string literal"),
        '0'..='7' => (3, 8, 255, at),
        'x' => (2, 16, 255, at + 1),
        'u' => (4, 16, 0x10_FFFF, at + 1),
        'U' => (8, 16, 0x10_FFFF, at + 1),
        _ => return bad("unknown escape sequence"),
    };
    let mut value = 0u64;
    let mut next = first;
    for _ in 0..digits {
        let Some(ch) = src[next..].chars().next() else {
            return Escape::Bad {
                resume: next,
                at: next,
                message: "escape sequence not terminated".to_owned(),
            };
        };
        let Some(digit) = ch.to_digit(base) else {
            let message = format!("illegal character {} in escape sequence", describe(ch));
            return Escape::Bad { resume: next, at: next, message };
        };
        value = value * u64::from(base) + u64::from(digit);
        next += 1;
    }
    if value > max {
        let message = "escape sequence is invalid Unicode code point".to_owned();
        return Escape::Bad { resume: next, at, message };
    }
    Escape::Text(next)
}
