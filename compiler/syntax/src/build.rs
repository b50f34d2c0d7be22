//! Builds the AST from the events of the grammar: a stack machine with one frame per open group. What the grammar
//! accepts but the language (or this version of it) does not is found here too: experiments that are off,
//! reserved names, patterns of more than one element.
//!
//! Used by `parse`.

mod file;
mod marks;

use vela_diagnostics::Span;

use crate::ast::{Attribute, Constraint};
use crate::ast::{
    BinaryOp, Clause, DeclId, Expr, ExprId, File, Ident, InterpPart, Label, List, PostfixAlias, UnaryOp,
};
use crate::error::{Found, Weight, seen};
use crate::events::Role;
use crate::grammar::Mode;
use crate::kind::Kind;
use crate::layout::{MAX_DEPTH, Tok};
use crate::lexer::Token;
use crate::walk::Sink;

/// A label read, its field not yet complete.
struct Part {
    alias: Option<Ident>,
    kind: Kind,
    span: Span,
    /// The label as an expression, unless it is a single word.
    expr: Option<ExprId>,
    postfix_alias: Option<PostfixAlias>,
    constraint: Constraint,
    colon: u32,
}

/// An operator whose right side is not complete.
#[derive(Clone, Copy)]
enum Pending {
    Prefix(UnaryOp, u32),
    Infix(BinaryOp, u8, u32),
}

/// What an open group has so far. Lists in the making stand on the builder's stacks, above the `…_base`s.
struct Frame {
    role: Role,
    mode: Mode,
    open: Tok,
    values_base: usize,
    pending_base: usize,
    decls_base: usize,
    elements_base: usize,
    parts_base: usize,
    interps_base: usize,
    clauses_base: usize,
    attributes_base: usize,
    /// Names of the clause, let or import in the making.
    names: [Option<Ident>; 2],
    alias: Option<Ident>,
    /// Where the clause, let, import or list ellipsis in the making starts.
    start: u32,
    /// Where the dot of the selector in the making stands.
    dot: u32,
    body: Option<ExprId>,
    fallback: Option<(Token, Option<ExprId>)>,
    low: Option<ExprId>,
    sliced: bool,
}

/// The state of the build.
pub(crate) struct Builder<'s> {
    src: &'s str,
    tokens: &'s [Token],
    pub(crate) file: File,
    pub(crate) errors: Vec<Found>,
    frames: Vec<Frame>,
    values: Vec<ExprId>,
    pending: Vec<Pending>,
    decls: Vec<DeclId>,
    elements: Vec<ExprId>,
    parts: Vec<Part>,
    interps: Vec<InterpPart>,
    clauses: Vec<Clause>,
    attributes: Vec<Attribute>,
    too_deep: bool,
}

impl<'s> Builder<'s> {
    pub(crate) fn new(src: &'s str, tokens: &'s [Token], mut file: File) -> Self {
        let n = tokens.len();
        // About what ordinary files have.
        file.exprs.reserve(n / 2);
        file.expr_spans.reserve(n / 2);
        file.decls.reserve(n / 8);
        file.decl_spans.reserve(n / 8);
        file.decl_docs.reserve(n / 8);
        Self {
            src,
            tokens,
            file,
            errors: Vec::new(),
            frames: Vec::new(),
            values: Vec::new(),
            pending: Vec::new(),
            decls: Vec::new(),
            elements: Vec::new(),
            parts: Vec::new(),
            interps: Vec::new(),
            clauses: Vec::new(),
            attributes: Vec::new(),
            too_deep: false,
        }
    }

    fn token(&self, tok: Tok) -> Token {
        self.tokens[tok.at as usize]
    }

    fn ident(&self, tok: Tok) -> Ident {
        Ident { span: self.token(tok).span }
    }

    fn text(&self, ident: Ident) -> &'s str {
        ident.span.of(self.src)
    }

    /// Records an error shown at `span`, found when `tok` was the next token.
    fn error(&mut self, span: Span, tok: Tok, weight: Weight, message: impl Into<String>) {
        let seen = seen(self.token(tok).kind, tok.at);
        self.errors.push(Found { message: message.into(), span, seen, group: u32::MAX, weight });
    }

    /// The token behind `tok`.
    fn behind(&self, tok: Tok) -> Tok {
        Tok { at: (tok.at + 1).min(self.tokens.len() as u32 - 1), ..tok }
    }

    /// Adds an expression.
    fn add(&mut self, expr: Expr, span: Span) -> ExprId {
        let id = ExprId(self.file.exprs.len() as u32);
        self.file.exprs.push(expr);
        self.file.expr_spans.push(span);
        id
    }

    /// Adds an expression with the place of its operator.
    fn add_op(&mut self, expr: Expr, span: Span, op: u32) -> ExprId {
        let id = self.add(expr, span);
        self.file.op_positions.push((id, op));
        id
    }

    fn span(&self, id: ExprId) -> Span {
        self.file.span(id)
    }

    /// The last value of the current group; a bad expression where there is none.
    fn pop_value(&mut self, at: u32) -> ExprId {
        let base = self.frames.last().map_or(0, |f| f.values_base);
        if self.values.len() > base
            && let Some(id) = self.values.pop()
        {
            return id;
        }
        self.add(Expr::Bad, Span::at(at))
    }

    /// The expression of a token that is an operand.
    fn operand(&mut self, tok: Tok) -> ExprId {
        let token = self.token(tok);
        let expr = match token.kind {
            Kind::Null => Expr::Null,
            Kind::True => Expr::Bool(true),
            Kind::False => Expr::Bool(false),
            Kind::Bottom => Expr::Bottom,
            Kind::Int | Kind::Float => Expr::Number,
            Kind::PlainString | Kind::String => Expr::String,
            _ => Expr::Ident,
        };
        self.add(expr, token.span)
    }

    /// Applies pending operators that bind at least as tightly as `precedence`.
    fn reduce(&mut self, base: usize, precedence: u8) {
        while self.pending.len() > base {
            match self.pending[self.pending.len() - 1] {
                Pending::Prefix(op, at) => {
                    let x = self.pop_value(at);
                    let span = Span::new(at, self.span(x).end);
                    let id = self.add(Expr::Unary(op, x), span);
                    self.values.push(id);
                }
                Pending::Infix(op, p, at) if p >= precedence => {
                    let y = self.pop_value(at);
                    let x = self.pop_value(at);
                    let span = self.span(x).cover(self.span(y));
                    let id = self.add_op(Expr::Binary(op, x, y), span, at);
                    self.values.push(id);
                }
                Pending::Infix(..) => break,
            }
            self.pending.pop();
        }
    }

    /// Applies `f` to the last value: a postfix operator.
    fn postfix(&mut self, end: u32, op: u32, f: impl FnOnce(ExprId) -> Expr) {
        let x = self.pop_value(op);
        let span = Span::new(self.span(x).start, end);
        let id = self.add_op(f(x), span, op);
        self.values.push(id);
    }

    /// Moves what stands above `base` on a stack into a list of the file.
    fn list<T>(stack: &mut Vec<T>, base: usize, into: &mut Vec<T>) -> List {
        let start = into.len() as u32;
        into.extend(stack.drain(base.min(stack.len())..));
        List { start, len: into.len() as u32 - start }
    }

    fn prefix(&mut self, tok: Tok) {
        let token = self.token(tok);
        let op = match token.kind {
            Kind::Add => UnaryOp::Add,
            Kind::Sub => UnaryOp::Sub,
            Kind::Not => UnaryOp::Not,
            Kind::Mul => UnaryOp::Default,
            Kind::Less => UnaryOp::Less,
            Kind::LessEq => UnaryOp::LessEq,
            Kind::Greater => UnaryOp::Greater,
            Kind::GreaterEq => UnaryOp::GreaterEq,
            Kind::NotEqual => UnaryOp::NotEqual,
            Kind::Match => UnaryOp::Match,
            Kind::NotMatch => UnaryOp::NotMatch,
            _ => UnaryOp::Equal,
        };
        if self.depth_left(self.pending.len(), tok) {
            self.pending.push(Pending::Prefix(op, token.span.start));
        }
    }

    /// Whether one more label or operator may nest in `depth` others; reports it once where not.
    fn depth_left(&mut self, depth: usize, tok: Tok) -> bool {
        if depth <= MAX_DEPTH {
            return true;
        }
        if !std::mem::replace(&mut self.too_deep, true) {
            let span = self.token(tok).span;
            self.error(span, tok, Weight::Kept, too_deep());
        }
        false
    }

    fn infix(&mut self, tok: Tok) {
        let token = self.token(tok);
        let op = match token.kind {
            Kind::Or => BinaryOp::Or,
            Kind::And => BinaryOp::And,
            Kind::LogicalOr => BinaryOp::LogicalOr,
            Kind::LogicalAnd => BinaryOp::LogicalAnd,
            Kind::Equal => BinaryOp::Equal,
            Kind::NotEqual => BinaryOp::NotEqual,
            Kind::Less => BinaryOp::Less,
            Kind::LessEq => BinaryOp::LessEq,
            Kind::Greater => BinaryOp::Greater,
            Kind::GreaterEq => BinaryOp::GreaterEq,
            Kind::Match => BinaryOp::Match,
            Kind::NotMatch => BinaryOp::NotMatch,
            Kind::Add => BinaryOp::Add,
            Kind::Sub => BinaryOp::Sub,
            Kind::Mul => BinaryOp::Mul,
            _ => BinaryOp::Div,
        };
        let precedence = token.kind.precedence().unwrap_or(1);
        let base = self.frames.last().map_or(0, |f| f.pending_base);
        self.reduce(base, precedence);
        self.pending.push(Pending::Infix(op, precedence, token.span.start));
    }
}

/// The text of the error for nesting that is too deep.
pub(crate) fn too_deep() -> String {
    format!("expression exceeds maximum nesting depth of {MAX_DEPTH}")
}

impl Sink for Builder<'_> {
    fn open(&mut self, role: Role, mode: Mode, tok: Tok) {
        self.frames.push(Frame {
            role,
            mode,
            open: tok,
            values_base: self.values.len(),
            pending_base: self.pending.len(),
            decls_base: self.decls.len(),
            elements_base: self.elements.len(),
            parts_base: self.parts.len(),
            interps_base: self.interps.len(),
            clauses_base: self.clauses.len(),
            attributes_base: self.attributes.len(),
            names: [None; 2],
            alias: None,
            start: 0,
            dot: 0,
            body: None,
            fallback: None,
            low: None,
            sliced: false,
        });
        if mode == Mode::Interpolation {
            let text = self.first_text(tok);
            self.interps.push(InterpPart::Text(text));
        }
    }

    fn event(&mut self, role: Role, tok: Tok) {
        self.on_event(role, tok);
    }

    fn close(&mut self, end: Tok) {
        self.on_close(end);
    }
}

/// The label a part is, once a colon follows.
fn label_of(part: &Part, pattern: Option<ExprId>, inner: Option<ExprId>) -> Label {
    match (part.kind, part.expr) {
        (Kind::PlainString | Kind::String, Some(id)) => Label::String(id),
        (Kind::InterpStart, Some(id)) => Label::Interpolation(id),
        (Kind::LParen, _) => inner.map_or(Label::Bad(part.span), Label::Dynamic),
        (Kind::LBrack, _) => pattern.map_or(Label::Bad(part.span), Label::Pattern),
        (Kind::Int | Kind::Float, _) => Label::Bad(part.span),
        _ => Label::Ident(Ident { span: part.span }),
    }
}
