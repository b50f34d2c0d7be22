//! Syntax errors: their texts and the rules by which they are ordered and thinned out.

use std::cmp::Reverse;

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
    /// The order of discovery: see `seen`.
    pub seen: u32,
    /// Where the group that has the error starts. Of groups that end at one token, the inner ends first.
    pub group: u32,
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
        Found {
            message: e.message,
            span: Span::at(e.at),
            seen: 2 * e.token,
            group: 0,
            weight: Weight::Lexical,
        }
    }
}

/// When an error is found while the token is the next one: after its own lexical errors. The rest of an
/// interpolated literal is read only when the parser has seen the `)`.
pub(crate) fn seen(kind: Kind, at: u32) -> u32 {
    match kind {
        Kind::InterpMid | Kind::InterpEnd => (2 * at).saturating_sub(1),
        _ => 2 * at + 1,
    }
}

/// The error of the grammar at the token with this index, in the group that starts at `group`.
pub(crate) fn at_token(src: &str, wanted: Wanted, token: Token, index: u32, group: u32) -> Found {
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
        Wanted::Unreserved => "identifiers starting with '__' are reserved".to_owned(),
        Wanted::ExplicitOpen => "postfix ... operator requires @experiment(explicitopen)".to_owned(),
        Wanted::AliasV2 => "postfix alias syntax requires @experiment(aliasv2)".to_owned(),
        Wanted::Try => format!("{} requires @experiment(try)", token.kind.spelling()),
        Wanted::NewAlias => "old-style alias syntax (=) is not allowed with @experiment(aliasv2); \
                             use postfix syntax (~X or ~(K,V))"
            .to_owned(),
    };
    let weight = if wanted == Wanted::ExplicitOpen { Weight::Kept } else { Weight::Filtered };
    Found { message, span: token.span, seen: seen(token.kind, index), group, weight }
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
    found.sort_by_key(|e| (e.seen, e.weight, Reverse(e.group)));
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
