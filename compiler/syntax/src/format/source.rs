//! The file being formatted, and questions about where its tokens stand.

use crate::ast::{Expr, ExprId, File};
use crate::kind::Kind;
use crate::lexer::Token;
use vela_diagnostics::Span;

/// How a token stands to what is before it, comments included.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Rel {
    /// Nothing between.
    NoSpace,
    /// Blanks.
    Blank,
    /// One line end.
    Newline,
    /// More than one.
    Section,
}

/// An import declaration: `AST` has only its specs.
#[derive(Clone, Copy, Debug)]
pub(super) struct ImportDecl {
    /// Where `import` stands.
    pub start: u32,
    /// The parentheses.
    pub parens: Option<(u32, u32)>,
    /// Its specs in `File::imports`.
    pub first: usize,
    pub count: usize,
}

/// A file and its tokens.
pub(super) struct Source<'s> {
    pub src: &'s str,
    pub file: &'s File,
    pub tokens: &'s [Token],
    lines: Vec<u32>,
    pub imports: Vec<ImportDecl>,
}

impl<'s> Source<'s> {
    pub(super) fn new(src: &'s str, file: &'s File, tokens: &'s [Token]) -> Self {
        let mut lines = vec![0];
        let starts = memchr::memchr_iter(b'\n', src.as_bytes()).map(|i| i as u32 + 1);
        lines.extend(starts.filter(|start| (*start as usize) < src.len()));
        let mut source = Self { src, file, tokens, lines, imports: Vec::new() };
        source.imports = source.import_decls();
        source
    }

    /// Finds the import declarations by their specs.
    fn import_decls(&self) -> Vec<ImportDecl> {
        let mut decls: Vec<ImportDecl> = Vec::new();
        let mut at = self
            .tokens
            .iter()
            .position(|t| !matches!(t.kind, Kind::Attribute | Kind::AutoComma | Kind::Comma));
        if let Some(first) = at
            && self.tokens[first].kind == Kind::Package
        {
            let behind = first + 2;
            let rest = self.tokens.get(behind..).unwrap_or_default();
            at = rest
                .iter()
                .position(|t| !matches!(t.kind, Kind::Attribute | Kind::AutoComma | Kind::Comma))
                .map(|i| behind + i);
        }
        let mut spec = 0;
        while let Some(i) = at.filter(|i| self.tokens.get(*i).is_some_and(|t| t.kind == Kind::Import)) {
            let start = self.tokens[i].span.start;
            let first = spec;
            let mut next = i + 1;
            let mut parens = None;
            if self.tokens.get(next).is_some_and(|t| t.kind == Kind::LParen) {
                let open = self.tokens[next].span.start;
                while self.tokens.get(next).is_some_and(|t| !matches!(t.kind, Kind::RParen | Kind::Eof)) {
                    next += 1;
                }
                parens = self.tokens.get(next).map(|close| (open, close.span.start));
                let end = parens.map_or(open, |p| p.1);
                while self.file.imports.get(spec).is_some_and(|s| s.span.start < end) {
                    spec += 1;
                }
                next += 1;
            } else {
                let end = self.file.imports.get(spec).map_or(start, |s| s.span.end);
                spec += 1;
                while self.tokens.get(next).is_some_and(|t| t.span.start < end && t.kind != Kind::Eof) {
                    next += 1;
                }
            }
            if self.tokens.get(next).is_some_and(|t| matches!(t.kind, Kind::AutoComma | Kind::Comma)) {
                next += 1;
            }
            decls.push(ImportDecl { start, parens, first, count: spec.min(self.file.imports.len()) - first });
            at = Some(next);
        }
        decls
    }

    /// The text of a span.
    pub(super) fn text(&self, span: Span) -> &'s str {
        span.of(self.src)
    }

    /// How the token at `offset` stands to what is before it.
    pub(super) fn rel(&self, offset: u32) -> Rel {
        let before = &self.src.as_bytes()[..offset as usize];
        let (mut lines, mut blanks) = (0, 0);
        for byte in before.iter().rev() {
            match byte {
                b'\n' => lines += 1,
                b' ' | b'\t' => blanks += 1,
                b'\r' => {}
                _ => break,
            }
            if lines > 1 {
                break;
            }
        }
        match (lines, blanks) {
            (0, 0) => Rel::NoSpace,
            (0, _) => Rel::Blank,
            (1, _) => Rel::Newline,
            _ => Rel::Section,
        }
    }

    /// Whether the token at `offset` starts a line.
    pub(super) fn starts_line(&self, offset: u32) -> bool {
        self.rel(offset) >= Rel::Newline
    }

    /// The line of an offset, from 1. A line end that is the last character starts none.
    pub(super) fn line(&self, offset: u32) -> usize {
        self.lines.partition_point(|s| *s <= offset)
    }

    /// Whether a written comma stands right before the token at `offset`.
    pub(super) fn comma_before(&self, offset: u32) -> bool {
        let i = self.tokens.partition_point(|t| t.span.start < offset);
        i > 0 && self.tokens[i - 1].kind == Kind::Comma
    }

    /// Whether a struct has braces; `a: b: 1` has one without.
    pub(super) fn has_braces(&self, id: ExprId) -> bool {
        self.src.as_bytes().get(self.file.span(id).start as usize) == Some(&b'{')
    }

    /// The expressions directly in `id`, from left to right, those of a struct's declarations excluded.
    pub(super) fn operands(&self, id: ExprId) -> Vec<ExprId> {
        match self.file.expr(id) {
            Expr::Unary(_, x)
            | Expr::Paren(x)
            | Expr::PostfixEllipsis(x)
            | Expr::PostfixOption(x)
            | Expr::Alias(_, x) => {
                vec![x]
            }
            Expr::Ellipsis(x) => x.into_iter().collect(),
            Expr::Binary(_, x, y) | Expr::Index(x, y) => vec![x, y],
            Expr::Slice(x, low, high) => [Some(x), low, high].into_iter().flatten().collect(),
            Expr::Select(x, label) => vec![x, label],
            Expr::Call(f, args) => {
                std::iter::once(f).chain(self.file.expr_list(args).iter().copied()).collect()
            }
            Expr::List(list) => self.file.expr_list(list).to_vec(),
            _ => Vec::new(),
        }
    }
}
