//! Signature help: the parameters of the builtin function whose arguments are being written, and which of them is next.
//!
//! Goes by tokens, as a call that is being written has no closing parenthesis yet.

use vela_db::{Db, File, embedded, queries};
use vela_diagnostics::Span;
use vela_syntax::Kind;

use crate::hover;
use crate::names::{self, Meaning};

/// What is known of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Signature {
    /// The function with its parameters: `strings.Repeat(s: string, count: int): string`.
    pub label: String,
    /// What it does.
    pub doc: String,
    /// The parameters, as spans of `label`.
    pub params: Vec<Span>,
    /// Which of them the cursor is at.
    pub active: u32,
}

/// The predeclared functions: name, parameters, result, what it gives.
const PREDECLARED: &[(&str, &[&str], &str, &str)] = &[
    (
        "len",
        &["x: string|bytes|list|struct"],
        "int",
        "The number of bytes of a string, elements of a list, fields of a struct.",
    ),
    ("close", &["x: struct"], "struct", "The struct, with no other fields allowed."),
    ("and", &["list: [...]"], "_", "All elements of the list, unified."),
    ("or", &["list: [...]"], "_", "Any one of the elements of the list."),
    ("div", &["x: int", "y: int"], "int", "The quotient, rounded so that the remainder is not negative."),
    ("mod", &["x: int", "y: int"], "int", "The remainder that belongs to `div`."),
    ("quo", &["x: int", "y: int"], "int", "The quotient, rounded towards zero."),
    ("rem", &["x: int", "y: int"], "int", "The remainder that belongs to `quo`."),
    (
        "matchN",
        &["n: int", "constraints: [...]"],
        "_",
        "A value that satisfies the given number of the constraints.",
    ),
    (
        "matchIf",
        &["if: _", "then: _", "else: _"],
        "_",
        "A value that satisfies `then` or `else`, depending on `if`.",
    ),
    ("error", &["message: string"], "_|_", "An error with this message."),
];

/// The call around an offset.
pub fn signature(db: &dyn Db, file: File, offset: u32) -> Option<Signature> {
    if let Some((template, at)) = embedded::inside(db, file, offset) {
        return signature(db, template, at);
    }
    if queries::Language::of(file.path(db)) != queries::Language::Cue {
        return None;
    }
    let cue = queries::cue(db, file);
    let text = &*cue.text;
    if cue.parse.file.comments.iter().any(|c| c.span.start < offset && offset <= c.span.end) {
        return None;
    }
    let (start, commas) = open_call(text, offset)?;
    let chain = chain_before(text, start);
    let (label, doc, names) = known(db, file, chain, start)?;
    let mut params = Vec::new();
    let mut at = label.find('(')? + 1;
    for name in &names {
        let found = at + label.get(at..)?.find(name.as_str())?;
        params.push(Span::new(found as u32, (found + name.len()) as u32));
        at = found + name.len();
    }
    let active = commas.min(params.len().saturating_sub(1) as u32);
    Some(Signature { label, doc, params, active })
}

/// The innermost parenthesis that is open at an offset, and the commas behind it.
fn open_call(text: &str, offset: u32) -> Option<(u32, u32)> {
    let (tokens, _) = vela_syntax::tokens(text);
    let mut open: Vec<(Kind, u32, u32)> = Vec::new();
    for token in tokens.iter().take_while(|t| t.span.end <= offset) {
        match token.kind {
            Kind::LParen | Kind::LBrack | Kind::LBrace => open.push((token.kind, token.span.start, 0)),
            Kind::RParen | Kind::RBrack | Kind::RBrace => {
                open.pop();
            }
            Kind::Comma => {
                if let Some(last) = open.last_mut() {
                    last.2 += 1;
                }
            }
            _ => {}
        }
    }
    // Inside of a list or struct that is an argument no parameter of the call is written.
    open.last().filter(|(kind, _, _)| *kind == Kind::LParen).map(|(_, start, commas)| (*start, *commas))
}

/// The names before a parenthesis: `a.b`.
fn chain_before(text: &str, paren: u32) -> &str {
    let before = text.get(..paren as usize).unwrap_or("");
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | '$' | '.');
    let start = before.trim_end_matches(is_part).len();
    before.get(start..).unwrap_or("")
}

fn known(db: &dyn Db, file: File, chain: &str, at: u32) -> Option<(String, String, Vec<String>)> {
    let Some((base, name)) = chain.split_once('.') else {
        // A field of this name hides the function, and cannot be called.
        if matches!(names::resolve(db, file, chain, at), Some(Meaning::Declared(_))) {
            return None;
        }
        let (name, params, result, doc) = PREDECLARED.iter().find(|(n, ..)| *n == chain)?;
        let label = format!("{name}({}): {result}", params.join(", "));
        return Some((label, (*doc).to_owned(), params.iter().map(|p| (*p).to_owned()).collect()));
    };
    let package = match names::resolve(db, file, base, at) {
        Some(Meaning::Package(package)) => package,
        Some(_) => return None,
        None => vela_stdlib::PACKAGES.iter().find(|p| p.path.rsplit('/').next() == Some(base))?,
    };
    let function = package.functions.iter().find(|f| f.name == name)?;
    let params = function.params.iter().map(hover::parameter).collect();
    Some((hover::signature(function), function.doc.to_owned(), params))
}
