//! `cue fmt`: source text in the one style. The source's own line structure is kept; blanks, commas, alignment and
//! indentation are decided here. Used by the command line, the language server and everything that writes CUE.
//!
//! | file | idea |
//! |---|---|
//! | `slots.rs`, `attach.rs` | which node each comment belongs to, and at which of its tokens |
//! | `careful.rs` | where comments go instead if that would lose them |
//! | `printer.rs` | the set of requested white space, merged with where tokens stand in the source |
//! | `tabs.rs` | the elastic tab stops behind it |
//! | `decls.rs`, `exprs.rs`, `head.rs` | what each node prints |
//! | `facts.rs` | what printing an expression needs to know of its parts |
//! | `simplify.rs` | `cue fmt -s`: which labels lose their quotes |
//! | `literals.rs` | numbers and multi-line strings as they are written |

mod attach;
mod careful;
mod decls;
mod exprs;
mod facts;
mod head;
mod literals;
mod printer;
mod simplify;
mod slots;
mod source;
mod tabs;

use std::fmt;

use crate::error::SyntaxError;
use crate::experiments::Version;
use crate::kind::Kind;
use crate::lexer::{Token, Tokens, lex};
use crate::parse::{Parse, ParseOptions, parse, parse_with_tokens};
use decls::Formatter;
use slots::Comments;
use source::Source;

/// How to format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct FormatOptions {
    /// Drop quotes and braces that are not needed, and join what says `...`, as `cue fmt -s` does.
    pub simplify: bool,
    /// The text is printed from values: a comment at the end of a line belongs to the value there, not to the
    /// declaration.
    pub printed: bool,
    /// The language version of the file's module.
    pub version: Version,
}

/// Why a text could not be formatted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FormatError {
    /// It is no CUE.
    Syntax(Vec<SyntaxError>),
    /// Its parts nest so deeply, or indent so far, that the result would be out of proportion.
    TooDeep,
    /// A comment stands where it can't be kept.
    Comments,
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::Syntax(errors) => match errors.first() {
                Some(e) => write!(f, "{}:{}: {}", e.line, e.column, e.message),
                None => write!(f, "syntax error"),
            },
            FormatError::TooDeep => write!(f, "the source nests too deeply to be formatted"),
            FormatError::Comments => write!(f, "a comment stands where it cannot be kept in place"),
        }
    }
}

impl std::error::Error for FormatError {}

/// Formats a file.
///
/// # Errors
/// A text with syntax errors is not formatted, nor is one whose nesting is out of proportion, or one with a comment
/// in a place where it would be lost.
pub fn format(src: &str, options: &FormatOptions) -> Result<String, FormatError> {
    let (parse, tokens) = parse_with_tokens(src, &ParseOptions { version: options.version });
    if !parse.errors.is_empty() {
        return Err(FormatError::Syntax(parse.errors));
    }
    let source = Source::new(src, &parse.file, &tokens);
    let comments = attach::attach(&source).ok_or(FormatError::TooDeep)?;
    let labels = if options.simplify { simplify::labels(&source) } else { simplify::Labels::default() };
    let print = |comments: Comments, labels: simplify::Labels| {
        let formatter = Formatter::new(&source, comments, labels, options);
        let printed = formatter.file().ok_or(FormatError::TooDeep)?;
        let out = tabs::align(&printed.cells);
        Ok((printed.all_comments && is_whole(&parse, &tokens, &out, options)).then_some(out))
    };
    if comments.is_empty() {
        return print(comments, labels)?.ok_or(FormatError::Comments);
    }
    if let Some(out) = print(comments.clone(), labels.clone())? {
        return Ok(out);
    }
    let careful = careful::careful(&source, &comments);
    print(careful, labels)?.ok_or(FormatError::Comments)
}

/// Whether the result is CUE, with as many comments. Upstream's layout does not promise that for comments in odd
/// places.
fn is_whole(before: &Parse, tokens: &[Token], out: &str, options: &FormatOptions) -> bool {
    let Tokens { tokens: new, comments, errors } = lex(out);
    if comments.len() != before.file.comments.len() || !errors.is_empty() {
        return false;
    }
    // The same tokens with the same commas between them are the same file, which saves reading it again.
    significant(tokens).eq(significant(&new))
        || parse(out, &ParseOptions { version: options.version }).errors.is_empty()
}

/// The kinds of tokens, runs of commas as one, none at the end of a group.
fn significant(tokens: &[Token]) -> impl Iterator<Item = Kind> + '_ {
    let is_comma = |k: Kind| matches!(k, Kind::Comma | Kind::AutoComma);
    let ends = |k: Kind| matches!(k, Kind::RBrace | Kind::RBrack | Kind::RParen | Kind::Eof);
    tokens.iter().enumerate().filter_map(move |(n, token)| {
        if !is_comma(token.kind) {
            return Some(token.kind);
        }
        let next = tokens.get(n + 1).map_or(Kind::Eof, |t| t.kind);
        (!is_comma(next) && !ends(next)).then_some(Kind::Comma)
    })
}
