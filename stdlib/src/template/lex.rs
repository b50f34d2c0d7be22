//! Tokens of a template: text, and the words between `{{` and `}}`, by the rules of Go's `text/template`. Used by
//! `parse.rs`.

use crate::quote::quoted;

/// What a token is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Error,
    Eof,
    Text,
    Open,
    Close,
    Space,
    Bool,
    Char,
    Number,
    Str,
    RawStr,
    Field,
    Variable,
    Identifier,
    Keyword,
    Dot,
    Nil,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    /// Some other character.
    Other,
}

/// A token with its place: a byte offset, and the line it begins on, from 1.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    pub text: String,
    pub pos: usize,
    pub line: usize,
}

impl Token {
    /// The token as messages show it.
    pub fn shown(&self) -> String {
        match self.kind {
            Kind::Eof => "EOF".into(),
            Kind::Error => self.text.clone(),
            Kind::Keyword => format!("<{}>", self.text),
            _ if self.text.len() > 10 => {
                let start: String = self.text.chars().take(10).collect();
                format!("{}...", quoted(&start))
            }
            _ => quoted(&self.text),
        }
    }
}

const KEYWORDS: &[&str] =
    &["block", "break", "continue", "define", "else", "end", "if", "range", "template", "with"];

/// The tokens of a template; a failure is the last one.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, line: 1, parens: 0, tokens: Vec::new() };
    if let Err(message) = lexer.run() {
        lexer.tokens.push(Token { kind: Kind::Error, text: message, pos: lexer.at, line: lexer.line });
    }
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    parens: usize,
    tokens: Vec<Token>,
}

const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

type Step = Result<(), String>;

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn push(&mut self, kind: Kind, len: usize) {
        let text = &self.text[self.at..self.at + len];
        self.tokens.push(Token { kind, text: text.to_owned(), pos: self.at, line: self.line });
        self.skip(len);
    }

    fn skip(&mut self, len: usize) {
        self.line += self.text[self.at..self.at + len].matches('\n').count();
        self.at += len;
    }

    fn run(&mut self) -> Step {
        loop {
            let rest = self.rest();
            let Some(open) = rest.find("{{") else {
                if !rest.is_empty() {
                    self.push(Kind::Text, rest.len());
                }
                self.tokens.push(Token {
                    kind: Kind::Eof,
                    text: String::new(),
                    pos: self.at,
                    line: self.line,
                });
                return Ok(());
            };
            let after = &rest[open + 2..];
            let trims = after.strip_prefix('-').is_some_and(|r| r.starts_with(is_space));
            let kept = if trims { rest[..open].trim_end_matches(is_space).len() } else { open };
            if kept > 0 {
                self.push(Kind::Text, kept);
            }
            self.skip(open - kept);
            let marker = if trims { 2 } else { 0 };
            if after[marker..].starts_with("/*") {
                self.skip(2 + marker);
                self.comment()?;
                continue;
            }
            self.push(Kind::Open, 2);
            self.skip(marker);
            self.parens = 0;
            self.action()?;
        }
    }

    fn comment(&mut self) -> Step {
        let Some(end) = self.rest()[2..].find("*/") else { return Err("unclosed comment".into()) };
        self.skip(end + 4);
        match self.closing() {
            Some((len, trims)) => {
                self.skip(len);
                self.trim_start(trims);
                Ok(())
            }
            None => Err("comment ends before closing delimiter".into()),
        }
    }

    /// Whether the action ends here: the length of its end, and whether space after it goes.
    fn closing(&self) -> Option<(usize, bool)> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            return Some((2, false));
        }
        let trimmed = rest.starts_with(is_space) && rest[1..].starts_with("-}}");
        trimmed.then_some((4, true))
    }

    fn trim_start(&mut self, trims: bool) {
        if trims {
            let rest = self.rest();
            self.skip(rest.len() - rest.trim_start_matches(is_space).len());
        }
    }

    fn action(&mut self) -> Step {
        loop {
            if let Some((len, trims)) = self.closing() {
                if self.parens > 0 {
                    return Err("unclosed left paren".into());
                }
                self.skip(len - 2);
                self.push(Kind::Close, 2);
                self.trim_start(trims);
                return Ok(());
            }
            self.inside()?;
        }
    }

    fn inside(&mut self) -> Step {
        let rest = self.rest();
        let Some(c) = rest.chars().next() else { return Err("unclosed action".into()) };
        match c {
            c if is_space(c) => {
                let mut len = rest.len() - rest.trim_start_matches(is_space).len();
                // The last space before a trimming end belongs to the end.
                if rest[len..].starts_with("-}}") {
                    len -= 1;
                }
                if len > 0 {
                    self.push(Kind::Space, len);
                }
                Ok(())
            }
            '=' => self.one(Kind::Assign),
            ':' if rest.starts_with(":=") => {
                self.push(Kind::Declare, 2);
                Ok(())
            }
            ':' => Err("expected :=".into()),
            '|' => self.one(Kind::Pipe),
            '"' => self.quoted(),
            '`' => match rest[1..].find('`') {
                Some(end) => {
                    self.push(Kind::RawStr, end + 2);
                    Ok(())
                }
                None => Err("unterminated raw quoted string".into()),
            },
            '\'' => self.character(),
            '$' => self.name(Kind::Variable, 1),
            '.' if !rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                let kind = if rest[1..].starts_with(is_word) { Kind::Field } else { Kind::Dot };
                self.name(kind, 1)
            }
            '.' | '+' | '-' | '0'..='9' => self.number(),
            '(' => {
                self.parens += 1;
                self.one(Kind::LeftParen)
            }
            ')' if self.parens == 0 => Err("unexpected right paren".into()),
            ')' => {
                self.parens -= 1;
                self.one(Kind::RightParen)
            }
            c if is_word(c) => self.name(Kind::Identifier, 0),
            ' '..='~' => self.one(Kind::Other),
            c => Err(format!("unrecognized character in action: {}", unicode(c))),
        }
    }

    fn one(&mut self, kind: Kind) -> Step {
        self.push(kind, 1);
        Ok(())
    }

    /// A word after a mark of `skip` bytes; what follows must end it.
    fn name(&mut self, kind: Kind, skip: usize) -> Step {
        let rest = self.rest();
        let len = rest[skip..].find(|c| !is_word(c)).map_or(rest.len(), |n| n + skip);
        let next = rest[len..].chars().next();
        let ends = next.is_none_or(|c| is_space(c) || matches!(c, '.' | ',' | '|' | ':' | '=' | ')' | '('))
            || rest[len..].starts_with("}}");
        if let (false, Some(c)) = (ends, next) {
            return Err(format!("bad character {}", unicode(c)));
        }
        let kind = match (kind, &rest[..len]) {
            (Kind::Identifier, "true" | "false") => Kind::Bool,
            (Kind::Identifier, "nil") => Kind::Nil,
            (Kind::Identifier, word) if KEYWORDS.contains(&word) => Kind::Keyword,
            _ => kind,
        };
        self.push(kind, len);
        Ok(())
    }

    fn quoted(&mut self) -> Step {
        match delimited(self.rest(), '"') {
            Some(len) => {
                self.push(Kind::Str, len);
                Ok(())
            }
            None => Err("unterminated quoted string".into()),
        }
    }

    fn character(&mut self) -> Step {
        match delimited(self.rest(), '\'') {
            Some(len) => {
                self.push(Kind::Char, len);
                Ok(())
            }
            None => Err("unterminated character constant".into()),
        }
    }

    fn number(&mut self) -> Step {
        let rest = self.rest();
        let unsigned = rest.strip_prefix(['+', '-']).unwrap_or(rest);
        let hex = unsigned.starts_with("0x") || unsigned.starts_with("0X");
        let mut len = rest.len() - unsigned.len();
        let mut before = ' ';
        for c in unsigned.chars() {
            let sign = matches!(c, '+' | '-')
                && (matches!(before, 'p' | 'P') || (!hex && matches!(before, 'e' | 'E')));
            if !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || sign) {
                break;
            }
            before = c;
            len += c.len_utf8();
        }
        let bad_end = rest[len..].starts_with(is_word);
        let good = !bad_end && super::parse::number(&rest[..len]).is_ok();
        if !good {
            let end = len + rest[len..].chars().next().map_or(0, |c| if bad_end { c.len_utf8() } else { 0 });
            return Err(format!("bad number syntax: {}", quoted(&rest[..end])));
        }
        self.push(Kind::Number, len);
        Ok(())
    }
}

/// Length of a text between two `mark`s on one line, in which a backslash protects a character.
fn delimited(text: &str, mark: char) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    while let Some((i, c)) = chars.next() {
        match c {
            '\n' => return None,
            '\\' if chars.next().is_none_or(|(_, c)| c == '\n') => {
                return None;
            }
            c if c == mark => return Some(i + 1),
            _ => {}
        }
    }
    None
}

/// A character as `U+0041 'A'`.
fn unicode(c: char) -> String {
    if crate::quote::is_print(c) {
        format!("U+{:04X} '{c}'", c as u32)
    } else {
        format!("U+{:04X}", c as u32)
    }
}
