//! Builds the lossless tree bottom-up: finished nodes and tokens lie on one stack, and a node takes everything from
//! where it started.

use rowan::{GreenNode, GreenToken, NodeOrToken};

use super::{Node, SyntaxKind, SyntaxNode};
use crate::ast::Comment;
use crate::events::Role;
use crate::grammar::Mode;
use crate::kind::Kind;
use crate::layout::Tok;
use crate::lexer::Token;
use crate::walk::Sink;

/// Nodes may nest this deep: dropping and walking the tree recurses.
const MAX_DEPTH: u32 = 1000;

/// An operand: where it starts on the stack, and how deep it is.
#[derive(Clone, Copy)]
struct Value {
    start: usize,
    depth: u32,
}

enum Pending {
    Prefix(usize),
    Infix(u8),
}

struct Frame {
    role: Role,
    mode: Mode,
    start: usize,
    pending_base: usize,
    values_base: usize,
    /// Where the declaration, the comprehension, the clause (or import spec, or `...`) and the alias started.
    decl: usize,
    comprehension: Option<usize>,
    clause: usize,
    alias: Option<usize>,
    /// The deepest node made in this group.
    depth: u32,
}

pub(super) struct TreeBuilder<'s> {
    src: &'s str,
    tokens: &'s [Token],
    comments: &'s [Comment],
    /// How much of the text, of the tokens and of the comments is in the tree.
    offset: usize,
    next: usize,
    next_comment: usize,
    stack: Vec<NodeOrToken<GreenNode, GreenToken>>,
    frames: Vec<Frame>,
    values: Vec<Value>,
    pending: Vec<Pending>,
}

/// A tree without structure.
pub(super) fn flat(src: &str) -> SyntaxNode {
    let token = GreenToken::new(SyntaxKind::Token(Kind::Illegal).into(), src);
    let file = GreenNode::new(SyntaxKind::Node(Node::File).into(), [NodeOrToken::Token(token)]);
    SyntaxNode::new_root(file)
}

impl<'s> TreeBuilder<'s> {
    pub(super) fn new(src: &'s str, tokens: &'s [Token], comments: &'s [Comment]) -> Self {
        Self {
            src,
            tokens,
            comments,
            offset: 0,
            next: 0,
            next_comment: 0,
            stack: Vec::new(),
            frames: Vec::new(),
            values: Vec::new(),
            pending: Vec::new(),
        }
    }

    pub(super) fn finish(mut self) -> SyntaxNode {
        self.advance(self.tokens.len());
        self.text_to(self.src.len(), Kind::Space);
        let children = std::mem::take(&mut self.stack);
        SyntaxNode::new_root(GreenNode::new(SyntaxKind::Node(Node::File).into(), children))
    }

    fn text_to(&mut self, end: usize, kind: Kind) {
        if end > self.offset {
            let text = self.src.get(self.offset..end).unwrap_or_default();
            self.stack.push(NodeOrToken::Token(GreenToken::new(SyntaxKind::Token(kind).into(), text)));
            self.offset = end;
        }
    }

    /// Adds the blanks and comments before a token.
    fn trivia(&mut self, at: u32) {
        while let Some(comment) = self.comments.get(self.next_comment)
            && comment.span.start < at
        {
            self.text_to(comment.span.start as usize, Kind::Space);
            self.text_to(comment.span.end as usize, Kind::Comment);
            self.next_comment += 1;
        }
        self.text_to(at as usize, Kind::Space);
    }

    /// Adds the tokens before `index` that are not in the tree yet.
    fn advance(&mut self, index: usize) {
        while self.next < index
            && let Some(token) = self.tokens.get(self.next)
        {
            self.next += 1;
            self.trivia(token.span.start);
            self.text_to(token.span.end as usize, token.kind);
        }
    }

    /// Everything before a token, so that a node can start at it.
    fn reach(&mut self, tok: Tok) -> usize {
        self.advance(tok.at as usize);
        if self.next == tok.at as usize {
            self.trivia(self.tokens[self.next].span.start);
        }
        self.stack.len()
    }

    /// Adds a token; where it starts.
    fn token(&mut self, tok: Tok) -> usize {
        let start = self.reach(tok);
        self.advance(tok.at as usize + 1);
        start
    }

    fn frame(&mut self, f: impl FnOnce(&mut Frame)) {
        if let Some(frame) = self.frames.last_mut() {
            f(frame);
        }
    }

    /// Makes a node of everything since `start`, unless it would be too deep. Returns the depth.
    fn wrap(&mut self, kind: Node, start: usize, depth: u32) -> u32 {
        let depth = depth + 1;
        if start >= self.stack.len() || depth > MAX_DEPTH {
            return depth - 1;
        }
        let children = self.stack.split_off(start);
        self.stack.push(NodeOrToken::Node(GreenNode::new(SyntaxKind::Node(kind).into(), children)));
        self.frame(|f| f.depth = f.depth.max(depth));
        depth
    }

    /// Makes a node that may hold anything of the group.
    fn wrap_group(&mut self, kind: Node, start: usize) {
        let depth = self.frames.last().map_or(0, |f| f.depth);
        self.wrap(kind, start, depth);
    }

    fn pop(&mut self) -> Value {
        let base = self.frames.last().map_or(0, |f| f.values_base);
        if self.values.len() > base
            && let Some(value) = self.values.pop()
        {
            return value;
        }
        Value { start: self.stack.len(), depth: 0 }
    }

    fn postfix(&mut self, kind: Node, inner: u32) {
        let value = self.pop();
        let depth = self.wrap(kind, value.start, value.depth.max(inner));
        self.values.push(Value { depth, ..value });
    }

    fn reduce(&mut self, precedence: u8) {
        let base = self.frames.last().map_or(0, |f| f.pending_base);
        while self.pending.len() > base {
            match self.pending[self.pending.len() - 1] {
                Pending::Prefix(start) => {
                    let x = self.pop();
                    let depth = self.wrap(Node::Unary, start, x.depth);
                    self.values.push(Value { start, depth });
                }
                Pending::Infix(p) if p >= precedence => {
                    let (y, x) = (self.pop(), self.pop());
                    let depth = self.wrap(Node::Binary, x.start, x.depth.max(y.depth));
                    self.values.push(Value { start: x.start, depth });
                }
                Pending::Infix(_) => break,
            }
            self.pending.pop();
        }
    }

    /// Whether the token closes the innermost group, or only ends it.
    fn closes(&self, tok: Tok) -> bool {
        let mode = self.frames.last().map(|f| f.mode);
        match mode {
            Some(Mode::File) | None => true,
            Some(Mode::Struct) => tok.kind == Kind::RBrace,
            Some(Mode::List | Mode::Index) => tok.kind == Kind::RBrack,
            Some(Mode::Paren | Mode::Args | Mode::PostfixAlias | Mode::Imports) => tok.kind == Kind::RParen,
            Some(Mode::Interpolation) => tok.kind == Kind::InterpEnd,
        }
    }

    fn operator(&mut self, role: Role, tok: Tok) {
        match role {
            Role::Prefix => {
                let start = self.token(tok);
                self.pending.push(Pending::Prefix(start));
            }
            _ => {
                let precedence = tok.kind.precedence().unwrap_or(1);
                self.reduce(precedence);
                self.token(tok);
                self.pending.push(Pending::Infix(precedence));
            }
        }
    }

    /// Marks that end a node.
    fn end(&mut self, role: Role) {
        let Some(frame) = self.frames.last_mut() else { return };
        let (decl, clause) = (frame.decl, frame.clause);
        match role {
            Role::Field => self.wrap_group(Node::Field, decl),
            Role::Embed | Role::LabelEmbed => self.wrap_group(Node::Embedding, decl),
            Role::BadDecl => self.wrap_group(Node::BadDecl, decl),
            Role::AttributeDecl => self.wrap_group(Node::AttributeDecl, decl),
            Role::Let => self.wrap_group(Node::Let, decl),
            Role::Package => self.wrap_group(Node::Package, decl),
            Role::Imports => self.wrap_group(Node::Imports, decl),
            Role::Import => self.wrap_group(Node::ImportSpec, clause),
            Role::ForClause | Role::IfClause | Role::LetClause | Role::TryClause => {
                self.wrap_group(Node::Clause, clause);
            }
            Role::EllipsisElement => self.wrap_group(Node::EllipsisElement, clause),
            Role::Comprehension => {
                if let Some(start) = frame.comprehension.take() {
                    self.wrap_group(Node::Comprehension, start);
                }
            }
            Role::Element => {
                if let Some(start) = frame.alias.take() {
                    self.wrap_group(Node::Alias, start);
                }
            }
            _ => {}
        }
        let end = self.stack.len();
        self.frame(|f| f.decl = f.decl.min(end));
    }
}

impl Sink for TreeBuilder<'_> {
    fn open(&mut self, role: Role, mode: Mode, tok: Tok) {
        let start = if mode == Mode::File { 0 } else { self.token(tok) };
        self.frames.push(Frame {
            role,
            mode,
            start,
            pending_base: self.pending.len(),
            values_base: self.values.len(),
            decl: self.stack.len(),
            comprehension: None,
            clause: self.stack.len(),
            alias: None,
            depth: 0,
        });
    }

    fn event(&mut self, role: Role, tok: Tok) {
        match role {
            Role::Closer => {
                if self.closes(tok) {
                    self.token(tok);
                }
            }
            Role::ExprStart => {
                self.reach(tok);
                let base = self.pending.len();
                self.frame(|f| f.pending_base = base);
            }
            Role::ExprEnd => {
                self.reduce(0);
                self.pop();
            }
            Role::Missing => {
                let start = self.stack.len();
                self.values.push(Value { start, depth: 0 });
            }
            Role::Operand => {
                let start = self.token(tok);
                self.values.push(Value { start, depth: 0 });
            }
            Role::Prefix | Role::Infix => self.operator(role, tok),
            Role::Selector => {
                self.token(tok);
                self.postfix(Node::Select, 0);
            }
            Role::PostfixEllipsis => {
                self.token(tok);
                self.postfix(Node::PostfixEllipsis, 0);
            }
            Role::PostfixOption => {
                self.token(tok);
                self.postfix(Node::PostfixOption, 0);
            }
            Role::DeclStart => {
                let start = self.reach(tok);
                self.frame(|f| (f.decl, f.comprehension) = (start, None));
            }
            Role::DeclEllipsis => {
                let start = self.token(tok);
                self.wrap(Node::EllipsisDecl, start, 0);
            }
            Role::ImportStart => {
                let start = self.reach(tok);
                self.frame(|f| f.clause = start);
            }
            Role::ForWord | Role::IfWord | Role::LetClauseWord | Role::TryWord | Role::EllipsisWord => {
                let start = self.token(tok);
                self.frame(|f| {
                    f.clause = start;
                    f.comprehension = f.comprehension.or(Some(start));
                });
                if role == Role::EllipsisWord {
                    self.frame(|f| f.comprehension = None);
                }
            }
            Role::ElementAlias => {
                let start = self.token(tok);
                self.frame(|f| f.alias = Some(start));
            }
            Role::Field
            | Role::Embed
            | Role::LabelEmbed
            | Role::BadDecl
            | Role::AttributeDecl
            | Role::Let
            | Role::Package
            | Role::Imports
            | Role::Import
            | Role::ForClause
            | Role::IfClause
            | Role::LetClause
            | Role::TryClause
            | Role::EllipsisElement
            | Role::Comprehension
            | Role::Element => self.end(role),
            _ => {
                self.token(tok);
            }
        }
    }

    fn close(&mut self, _: Tok) {
        let Some(frame) = self.frames.pop() else { return };
        self.pending.truncate(frame.pending_base);
        self.values.truncate(frame.values_base);
        let kind = match frame.mode {
            Mode::File => return,
            Mode::Struct => Node::Struct,
            Mode::List => Node::List,
            Mode::Paren => Node::Paren,
            Mode::Args => Node::Args,
            Mode::Index => Node::IndexBrackets,
            Mode::Interpolation => Node::Interpolation,
            Mode::PostfixAlias => Node::AliasNames,
            Mode::Imports => Node::ImportGroup,
        };
        let depth = self.wrap(kind, frame.start, frame.depth);
        match frame.role {
            Role::Operand => self.values.push(Value { start: frame.start, depth }),
            Role::Call => self.postfix(Node::Call, depth),
            Role::Index => self.postfix(Node::Index, depth),
            _ => {}
        }
        self.frame(|f| f.depth = f.depth.max(depth));
    }
}
