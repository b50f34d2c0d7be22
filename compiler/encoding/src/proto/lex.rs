//! Tokens of `.proto` files.

use vela_diagnostics::Span;

use super::ProtoFault;
use super::tree::Comment;

/// What a token is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A name or keyword.
    Word,
    Number,
    /// A string, with its quote.
    Text(char),
    /// Any other character.
    Sign(char),
    Comment(Comment),
    End,
}

/// A token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Token<'t> {
    pub kind: Kind,
    pub span: Span,
    pub text: &'t str,
    /// The line it starts on, from 0.
    pub line: u32,
}

/// All tokens of a text, the last one [`Kind::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token<'_>>, ProtoFault> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let (mut at, mut line) = (0, 0u32);
    while at < bytes.len() {
        let start = at;
        let first = line;
        let kind = match bytes[at] {
            b'\n' => {
                line += 1;
                at += 1;
                continue;
            }
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                let body = text[start..at].trim_start_matches('/').trim_end_matches(['\r', ' ']);
                Kind::Comment(Comment { lines: vec![body.to_owned()], last_line: line, block: false })
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                let Some(length) = text[at + 2..].find("*/") else {
                    return Err(fault(at, at + 2, "comment is not terminated"));
                };
                at += length + 4;
                let body = text[start..at].trim_start_matches(['/', '*']).trim_end_matches(['*', '/']);
                line += body.matches('\n').count() as u32;
                let lines = body.split('\n').map(|l| l.trim_end_matches(['\r', ' ']).to_owned()).collect();
                Kind::Comment(Comment { lines, last_line: line, block: true })
            }
            quote @ (b'"' | b'\'') => {
                at += 1;
                loop {
                    match bytes.get(at) {
                        None | Some(b'\n') => return Err(fault(start, at, "string is not terminated")),
                        Some(b'\\') => at += 2,
                        Some(b) if *b == quote => break,
                        Some(_) => at += 1,
                    }
                }
                at += 1;
                Kind::Text(char::from(quote))
            }
            b if b.is_ascii_alphabetic() || b == b'_' => {
                at += text[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len() - at);
                Kind::Word
            }
            b if b.is_ascii_digit() => {
                let exponent = |i: usize| {
                    matches!(bytes[i], b'+' | b'-')
                        && matches!(bytes[i - 1], b'e' | b'E')
                        && !text[start..i].starts_with("0x")
                };
                while at < bytes.len()
                    && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'.' || exponent(at))
                {
                    at += 1;
                }
                Kind::Number
            }
            _ => {
                let c = text[at..].chars().next().unwrap_or(' ');
                at += c.len_utf8();
                Kind::Sign(c)
            }
        };
        let end = at.min(text.len());
        out.push(Token {
            kind,
            span: span(start, end),
            text: text.get(start..end).unwrap_or(""),
            line: first,
        });
        at = end;
    }
    out.push(Token { kind: Kind::End, span: span(text.len(), text.len()), text: "", line });
    Ok(out)
}

pub(crate) fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

fn fault(start: usize, end: usize, message: &str) -> ProtoFault {
    ProtoFault { file: String::new(), span: Some(span(start, end)), message: format!("protobuf: {message}") }
}
