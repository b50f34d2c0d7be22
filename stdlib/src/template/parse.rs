//! From the tokens of a template to its tree: Go's grammar of `text/template`, with its messages. Used by `mod.rs`.

use std::collections::HashMap;

use super::lex::{self, Token, tokens};
use super::tree::{Branch, Command, Kind, Node, Pipe};
use crate::go_float::parse_float;
use crate::quote::quoted;

/// Deepest nesting of controls and parentheses.
const MAX_DEPTH: usize = 200;

/// The templates of a text: the main one has the empty name.
pub(crate) type Templates = HashMap<String, Vec<Node>>;

type R<T> = Result<T, String>;

/// Parses a text. The error is Go's, with the line.
pub(crate) fn parse(text: &str) -> R<Templates> {
    let mut p = Parser {
        tokens: tokens(text),
        at: 0,
        vars: vec!["$".into()],
        loops: 0,
        depth: 0,
        found: Templates::new(),
    };
    p.main().map_err(|message| {
        let read = &p.tokens[p.at.clamp(1, p.tokens.len()) - 1];
        format!("template: :{}: {message}", read.line)
    })?;
    Ok(p.found)
}

/// The values a number in a template may stand for.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Constant {
    Int(i64),
    Float(f64),
    /// Whole, but not a machine integer.
    Overflow,
}

/// The value of a number as written, or what is wrong with it.
pub(crate) fn number(text: &str) -> R<Constant> {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (&text[..1], rest),
        None => ("", text),
    };
    let hex = digits.len() > 2 && (digits.starts_with("0x") || digits.starts_with("0X"));
    let float = text.contains(['.', 'e', 'E', 'p', 'P']) && (!hex || text.contains(['p', 'P']));
    if !float {
        let (radix, body) = match digits.get(..2) {
            Some("0x" | "0X") => (16, &digits[2..]),
            Some("0o" | "0O") => (8, &digits[2..]),
            Some("0b" | "0B") => (2, &digits[2..]),
            _ if digits.len() > 1 && digits.starts_with('0') => (8, &digits[1..]),
            _ => (10, digits),
        };
        let plain = body.replace('_', "");
        let digits_only = !plain.is_empty() && plain.chars().all(|c| c.is_digit(radix));
        let stray = body.contains("__") || body.ends_with('_') || (radix == 10 && body.starts_with('_'));
        if !digits_only || stray {
            return Err(format!("illegal number syntax: {}", quoted(text)));
        }
        return Ok(match i64::from_str_radix(&format!("{sign}{plain}"), radix) {
            Ok(n) => Constant::Int(n),
            Err(_) => Constant::Overflow,
        });
    }
    match parse_float(text, 64) {
        Ok(f) => Ok(Constant::Float(f)),
        Err(_) => Err(format!("illegal number syntax: {}", quoted(text))),
    }
}

/// How a list of nodes ended.
#[derive(PartialEq, Eq, Clone, Copy)]
enum End {
    End,
    Else,
}

impl End {
    const fn shown(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

/// What stands between two actions.
enum Piece {
    Node(Node),
    End(End),
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// Variables in sight, innermost last.
    vars: Vec<String>,
    loops: usize,
    depth: usize,
    found: Templates,
}

impl Parser {
    // ---- Tokens -------------------------------------------------------------------------------------------------

    fn peek(&self) -> &Token {
        &self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    fn next(&mut self) -> Token {
        let t = self.peek().clone();
        self.at += 1;
        t
    }

    fn skip_space(&mut self) {
        while self.peek().kind == lex::Kind::Space {
            self.at += 1;
        }
    }

    fn next_word(&mut self) -> Token {
        self.skip_space();
        self.next()
    }

    fn peek_word(&mut self) -> lex::Kind {
        self.skip_space();
        self.peek().kind
    }

    fn is_keyword(&mut self, word: &str) -> bool {
        self.peek_word() == lex::Kind::Keyword && self.peek().text == word
    }

    fn unexpected<T>(t: &Token, context: &str) -> R<T> {
        Err(match t.kind {
            lex::Kind::Error => t.text.clone(),
            _ => format!("unexpected {} in {context}", t.shown()),
        })
    }

    fn expect(&mut self, kind: lex::Kind, context: &str) -> R<Token> {
        let t = self.next_word();
        if t.kind == kind { Ok(t) } else { Self::unexpected(&t, context) }
    }

    fn deeper<T>(&mut self, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        if self.depth == MAX_DEPTH {
            return Err(format!("template nests deeper than {MAX_DEPTH} levels"));
        }
        self.depth += 1;
        let r = f(self);
        self.depth -= 1;
        r
    }

    // ---- Structure ----------------------------------------------------------------------------------------------

    fn main(&mut self) -> R<()> {
        let mut nodes = Vec::new();
        while self.peek().kind != lex::Kind::Eof {
            if self.peek().kind == lex::Kind::Open {
                let back = self.at;
                self.at += 1;
                if self.is_keyword("define") {
                    self.at += 1;
                    self.define()?;
                    continue;
                }
                self.at = back;
            }
            match self.piece()? {
                Piece::Node(n) => nodes.push(n),
                Piece::End(e) => return Err(format!("unexpected {}", e.shown())),
            }
        }
        self.add(String::new(), nodes)
    }

    fn add(&mut self, name: String, nodes: Vec<Node>) -> R<()> {
        let empty =
            |nodes: &[Node]| nodes.iter().all(|n| matches!(&n.kind, Kind::Text(t) if t.trim().is_empty()));
        match self.found.get(&name) {
            Some(old) if !empty(old) && !empty(&nodes) => {
                Err(format!("template: multiple definition of template {}", quoted(&name)))
            }
            Some(old) if !empty(old) => Ok(()),
            _ => {
                self.found.insert(name, nodes);
                Ok(())
            }
        }
    }

    /// A template of its own: no variables but its argument, no loop around it.
    fn separate<T>(&mut self, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        let vars = std::mem::replace(&mut self.vars, vec!["$".into()]);
        let loops = std::mem::take(&mut self.loops);
        let r = self.deeper(f);
        (self.vars, self.loops) = (vars, loops);
        r
    }

    fn define(&mut self) -> R<()> {
        const CONTEXT: &str = "define clause";
        let name = self.template_name(CONTEXT)?;
        self.expect(lex::Kind::Close, CONTEXT)?;
        let (nodes, end) = self.separate(Self::list)?;
        if end != End::End {
            return Err(format!("unexpected {} in {CONTEXT}", end.shown()));
        }
        self.add(name, nodes)
    }

    fn template_name(&mut self, context: &str) -> R<String> {
        let t = self.next_word();
        match t.kind {
            lex::Kind::Str | lex::Kind::RawStr => unquote(&t),
            _ => Self::unexpected(&t, context),
        }
    }

    fn list(&mut self) -> R<(Vec<Node>, End)> {
        let mut nodes = Vec::new();
        while self.peek().kind != lex::Kind::Eof {
            match self.piece()? {
                Piece::Node(n) => nodes.push(n),
                Piece::End(e) => return Ok((nodes, e)),
            }
        }
        self.at += 1;
        Err("unexpected EOF".into())
    }

    fn piece(&mut self) -> R<Piece> {
        let t = self.next();
        match t.kind {
            lex::Kind::Text => Ok(Piece::Node(Node { pos: t.pos, kind: Kind::Text(t.text) })),
            lex::Kind::Open => self.action(),
            _ => Self::unexpected(&t, "input"),
        }
    }

    fn action(&mut self) -> R<Piece> {
        if self.peek_word() != lex::Kind::Keyword {
            let pos = self.peek().pos;
            let pipe = self.pipeline("command", lex::Kind::Close)?;
            return Ok(Piece::Node(Node { pos, kind: Kind::Action(pipe) }));
        }
        let word = self.next();
        let node = |kind| Ok(Piece::Node(Node { pos: word.pos, kind }));
        match word.text.as_str() {
            "end" => {
                self.expect(lex::Kind::Close, "end")?;
                Ok(Piece::End(End::End))
            }
            "else" => {
                if !self.is_keyword("if") && !self.is_keyword("with") {
                    self.expect(lex::Kind::Close, "else")?;
                }
                Ok(Piece::End(End::Else))
            }
            "break" | "continue" => {
                let name = format!("{{{{{}}}}}", word.text);
                let t = self.next_word();
                if t.kind != lex::Kind::Close {
                    return Self::unexpected(&t, &name);
                }
                if self.loops == 0 {
                    return Err(format!("{name} outside {{{{range}}}}"));
                }
                node(if word.text == "break" { Kind::Break } else { Kind::Continue })
            }
            "if" => node(Kind::If(self.control("if")?)),
            "range" => node(Kind::Range(self.control("range")?)),
            "with" => node(Kind::With(self.control("with")?)),
            "template" => self.template_call(),
            "block" => self.block(),
            _ => Self::unexpected(&word, "input"),
        }
    }

    fn template_call(&mut self) -> R<Piece> {
        const CONTEXT: &str = "template clause";
        self.skip_space();
        let pos = self.peek().pos;
        let name = self.template_name(CONTEXT)?;
        let pipe = if self.peek_word() == lex::Kind::Close {
            self.at += 1;
            None
        } else {
            Some(self.pipeline(CONTEXT, lex::Kind::Close)?)
        };
        Ok(Piece::Node(Node { pos, kind: Kind::Template { name, pipe } }))
    }

    fn block(&mut self) -> R<Piece> {
        const CONTEXT: &str = "block clause";
        self.skip_space();
        let pos = self.peek().pos;
        let name = self.template_name(CONTEXT)?;
        let pipe = self.pipeline(CONTEXT, lex::Kind::Close)?;
        let (nodes, end) = self.separate(Self::list)?;
        if end != End::End {
            return Err(format!("unexpected {} in {CONTEXT}", end.shown()));
        }
        self.add(name.clone(), nodes)?;
        Ok(Piece::Node(Node { pos, kind: Kind::Template { name, pipe: Some(pipe) } }))
    }

    fn control(&mut self, name: &str) -> R<Branch> {
        let seen = self.vars.len();
        let r = self.deeper(|p| {
            let pipe = p.pipeline(name, lex::Kind::Close)?;
            p.loops += usize::from(name == "range");
            let (body, end) = p.list()?;
            p.loops -= usize::from(name == "range");
            let otherwise = if end == End::Else { Some(p.otherwise(name)?) } else { None };
            Ok(Branch { pipe, body, otherwise })
        });
        self.vars.truncate(seen);
        r
    }

    fn otherwise(&mut self, name: &str) -> R<Vec<Node>> {
        if name != "range" && self.is_keyword(name) {
            // `else if`: one `end` closes both.
            let word = self.next();
            let branch = self.control(name)?;
            let kind = if name == "if" { Kind::If(branch) } else { Kind::With(branch) };
            return Ok(vec![Node { pos: word.pos, kind }]);
        }
        if self.peek_word() == lex::Kind::Keyword && self.tokens[self.at - 1].kind != lex::Kind::Close {
            let t = self.next();
            return Self::unexpected(&t, "input");
        }
        match self.list()? {
            (nodes, End::End) => Ok(nodes),
            (_, end) => Err(format!("expected end; found {}", end.shown())),
        }
    }

    // ---- Pipelines ----------------------------------------------------------------------------------------------

    fn pipeline(&mut self, context: &str, end: lex::Kind) -> R<Pipe> {
        self.skip_space();
        let pos = self.peek().pos;
        let mut pipe = Pipe { pos, variables: Vec::new(), assigns: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let t = self.next_word();
            if t.kind == end {
                check_stages(&pipe, context)?;
                return Ok(pipe);
            }
            match t.kind {
                lex::Kind::Bool
                | lex::Kind::Char
                | lex::Kind::Dot
                | lex::Kind::Field
                | lex::Kind::Identifier
                | lex::Kind::Number
                | lex::Kind::Nil
                | lex::Kind::RawStr
                | lex::Kind::Str
                | lex::Kind::Variable
                | lex::Kind::LeftParen => {
                    self.at -= 1;
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return Self::unexpected(&t, context),
            }
        }
    }

    /// `$x :=`, `$i, $x :=`, `$x =`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> R<()> {
        while self.peek_word() == lex::Kind::Variable {
            let back = self.at;
            let name = self.next().text;
            match self.peek_word() {
                kind @ (lex::Kind::Assign | lex::Kind::Declare) => {
                    pipe.assigns = kind == lex::Kind::Assign;
                    self.at += 1;
                    pipe.variables.push(name.clone());
                    self.vars.push(name);
                    return Ok(());
                }
                lex::Kind::Other if self.peek().text == "," => {
                    self.at += 1;
                    pipe.variables.push(name.clone());
                    self.vars.push(name);
                    if context != "range" || pipe.variables.len() > 1 {
                        return Err(format!("too many declarations in {context}"));
                    }
                    match self.peek_word() {
                        lex::Kind::Variable | lex::Kind::Close | lex::Kind::RightParen => {}
                        _ => return Err("range can only initialize variables".into()),
                    }
                }
                _ => {
                    self.at = back;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn command(&mut self) -> R<Command> {
        self.skip_space();
        let mut command = Command { pos: self.peek().pos, args: Vec::new() };
        loop {
            self.skip_space();
            if let Some(operand) = self.operand()? {
                command.args.push(operand);
            }
            let t = self.next();
            match t.kind {
                lex::Kind::Space => continue,
                lex::Kind::Close | lex::Kind::RightParen => self.at -= 1,
                lex::Kind::Pipe => {}
                _ => return Self::unexpected(&t, "operand"),
            }
            break;
        }
        if command.args.is_empty() {
            return Err("empty command".into());
        }
        Ok(command)
    }

    fn operand(&mut self) -> R<Option<Node>> {
        let Some(mut node) = self.term()? else { return Ok(None) };
        if self.peek().kind != lex::Kind::Field {
            return Ok(Some(node));
        }
        let pos = self.peek().pos;
        let mut fields = Vec::new();
        while self.peek().kind == lex::Kind::Field {
            fields.push(self.next().text[1..].to_owned());
        }
        node = match node.kind {
            Kind::Field(mut names) => {
                names.extend(fields);
                Node { pos, kind: Kind::Field(names) }
            }
            Kind::Variable(mut names) => {
                names.extend(fields);
                Node { pos, kind: Kind::Variable(names) }
            }
            Kind::Bool(_) | Kind::Str { .. } | Kind::Number(_) | Kind::Nil | Kind::Dot => {
                return Err(format!("unexpected . after term {}", quoted(&node.source())));
            }
            _ => Node { pos, kind: Kind::Chain { of: Box::new(node), fields } },
        };
        Ok(Some(node))
    }

    fn term(&mut self) -> R<Option<Node>> {
        let t = self.next_word();
        let kind = match t.kind {
            lex::Kind::Identifier => {
                if super::functions::find(&t.text).is_none() {
                    return Err(format!("function {} not defined", quoted(&t.text)));
                }
                Kind::Identifier(t.text)
            }
            lex::Kind::Dot => Kind::Dot,
            lex::Kind::Nil => Kind::Nil,
            lex::Kind::Variable => {
                if !self.vars.contains(&t.text) {
                    return Err(format!("undefined variable {}", quoted(&t.text)));
                }
                Kind::Variable(vec![t.text])
            }
            lex::Kind::Field => Kind::Field(vec![t.text[1..].to_owned()]),
            lex::Kind::Bool => Kind::Bool(t.text == "true"),
            lex::Kind::Char => {
                if character(&t.text).is_none() {
                    return Err(format!("malformed character constant: {}", t.text));
                }
                Kind::Number(t.text)
            }
            lex::Kind::Number => {
                number(&t.text)?;
                Kind::Number(t.text)
            }
            lex::Kind::LeftParen => {
                let pipe = self.deeper(|p| p.pipeline("parenthesized pipeline", lex::Kind::RightParen))?;
                Kind::Pipe(Box::new(pipe))
            }
            lex::Kind::Str | lex::Kind::RawStr => {
                let text = unquote(&t)?;
                Kind::Str { source: t.text, text }
            }
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Node { pos: t.pos, kind }))
    }
}

/// Later stages must be able to take a value.
fn check_stages(pipe: &Pipe, context: &str) -> R<()> {
    if pipe.commands.is_empty() {
        return Err(format!("missing value for {context}"));
    }
    for (i, c) in pipe.commands.iter().enumerate().skip(1) {
        if let Kind::Bool(_) | Kind::Dot | Kind::Nil | Kind::Number(_) | Kind::Str { .. } = c.args[0].kind {
            return Err(format!("non executable command in pipeline stage {}", i + 1));
        }
    }
    Ok(())
}

fn unquote(t: &Token) -> R<String> {
    let inner = &t.text[1..t.text.len() - 1];
    if t.kind == lex::Kind::RawStr {
        return Ok(inner.replace('\r', ""));
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while !rest.is_empty() {
        let (c, after) = unescape(rest, '"').ok_or_else(|| String::from("invalid syntax"))?;
        match c {
            Unescaped::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Unescaped::Byte(b) => bytes.push(b),
        }
        rest = after;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The code point of a character constant.
pub(crate) fn character(text: &str) -> Option<i64> {
    let inner = text.strip_prefix('\'')?.strip_suffix('\'')?;
    match unescape(inner, '\'')? {
        (Unescaped::Char(c), "") => Some(i64::from(c as u32)),
        (Unescaped::Byte(b), "") => Some(i64::from(b)),
        _ => None,
    }
}

enum Unescaped {
    Char(char),
    Byte(u8),
}

/// The first character of a quoted text, by Go's escapes, and what follows.
fn unescape(text: &str, mark: char) -> Option<(Unescaped, &str)> {
    let mut chars = text.chars();
    let c = chars.next()?;
    if c != '\\' {
        return Some((Unescaped::Char(c), chars.as_str()));
    }
    let c = chars.next()?;
    let rest = chars.as_str();
    let simple = match c {
        'a' => '\x07',
        'b' => '\x08',
        'f' => '\x0C',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0B',
        '\\' => '\\',
        c if c == mark => c,
        'x' => {
            let b = u8::from_str_radix(rest.get(..2)?, 16).ok()?;
            return Some((Unescaped::Byte(b), &rest[2..]));
        }
        'u' | 'U' => {
            let n = if c == 'u' { 4 } else { 8 };
            let code = u32::from_str_radix(rest.get(..n)?, 16).ok()?;
            return Some((Unescaped::Char(char::from_u32(code)?), &rest[n..]));
        }
        '0'..='7' => {
            let b = u8::from_str_radix(text.get(1..4)?, 8).ok()?;
            return Some((Unescaped::Byte(b), &text[4..]));
        }
        _ => return None,
    };
    Some((Unescaped::Char(simple), rest))
}
