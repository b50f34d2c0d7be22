//! Syntax errors: their texts and the rules by which they are ordered and thinned out.

use vela_diagnostics::Span;

use crate::events::Wanted;
use crate::kind::Kind;
use crate::lexer::{LexError, MAX_ERRORS, Token};

/// An error in the source text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Where; perhaps empty.
    pub span: Span,
    /// Line of the span's start, from 1. The end of a file whose last line has a line end counts as on that line.
    pub line: u32,
    /// Column of the span's start, from 1, in bytes.
    pub column: u32,
}

/// An error as it is found.
pub(crate) struct Found {
    pub message: String,
    pub span: Span,
    /// How far the text had been read when the error was found: the order of discovery.
    pub seen: u32,
    pub weight: Weight,
}

/// Whether another error on the same line hides an error.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Weight {
    /// From the lexer: always kept.
    Lexical,
    /// Always kept.
    Kept,
    /// Dropped if the error found before it is on the same line, as it is probably a consequence.
    Filtered,
}

impl From<LexError> for Found {
    fn from(e: LexError) -> Self {
        Found { message: e.message, span: Span::at(e.at), seen: e.seen, weight: Weight::Lexical }
    }
}

/// How far the text has been read when this token is the next one.
pub(crate) fn seen(token: Token) -> u32 {
    match token.kind {
        Kind::InterpMid | Kind::InterpEnd => token.span.start + 1,
        _ => token.span.end,
    }
}

/// The error of the grammar at a token.
pub(crate) fn at_token(src: &str, wanted: Wanted, token: Token) -> Found {
    let expected = |what: &str| format!("expected {what}, found {}", found(src, token));
    let message = match wanted {
        Wanted::Operand => expected("operand"),
        Wanted::LabelOrColon => expected("label or ':'"),
        Wanted::Selector => expected("selector"),
        Wanted::Token(kind) => expected(&format!("'{}'", kind.spelling())),
        Wanted::CommaInStruct => "missing ',' in struct literal".to_owned(),
        Wanted::CommaInList => "missing ',' in list literal".to_owned(),
        Wanted::CommaInArguments => "missing ',' in argument list".to_owned(),
        Wanted::CommaBeforeNewline => "missing ',' before newline in list literal".to_owned(),
        Wanted::InterpolationEnd => expected("')' for string interpolation"),
        Wanted::AliasName => expected("identifier for alias"),
        Wanted::AliasNameOrParen => expected("identifier or '('"),
        Wanted::LabelAliasName => expected("identifier for label alias"),
        Wanted::FieldAliasName => expected("identifier for field alias"),
    };
    Found { message, span: token.span, seen: seen(token), weight: Weight::Filtered }
}

/// A token in a message: its class and text, or its spelling.
fn found(src: &str, token: Token) -> String {
    match token.kind {
        Kind::AutoComma => "newline".to_owned(),
        kind if kind.shows_text() => {
            let text = token.span.of(src).replace('\r', "");
            format!("'{}' {text}", kind.spelling())
        }
        kind => format!("'{}'", kind.spelling()),
    }
}

/// Starts of lines. A line end that is the last character starts no line.
struct Lines(Vec<u32>);

impl Lines {
    fn new(src: &str) -> Self {
        let mut starts = vec![0];
        let len = src.len();
        starts.extend(
            memchr::memchr_iter(b'\n', src.as_bytes()).map(|i| i as u32 + 1).filter(|s| (*s as usize) < len),
        );
        Self(starts)
    }

    fn position(&self, offset: u32) -> (u32, u32) {
        let line = self.0.partition_point(|s| *s <= offset).max(1);
        (line as u32, offset - self.0[line - 1] + 1)
    }
}

/// Orders errors as they were found, drops the ones that follow from their predecessor, and gives the rest in the
/// order of the text, without duplicates.
pub(crate) fn finish(src: &str, mut found: Vec<Found>) -> Vec<SyntaxError> {
    if found.is_empty() {
        return Vec::new();
    }
    let lines = Lines::new(src);
    found.sort_by_key(|e| (e.seen, e.weight));
    let mut errors = Vec::new();
    let mut last_line = 0;
    for e in found {
        let (line, column) = lines.position(e.span.start);
        if e.weight == Weight::Filtered && line == last_line {
            continue;
        }
        last_line = line;
        errors.push(SyntaxError { message: e.message, span: e.span, line, column });
        if errors.len() == MAX_ERRORS {
            break;
        }
    }
    errors.sort_by_key(|e| e.span.start);
    errors.dedup_by(|a, b| a.span.start == b.span.start && a.message == b.message);
    errors
}
