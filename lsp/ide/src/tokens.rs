//! Semantic tokens: what each word of a `.cue` file is, beyond what a grammar of regular expressions can tell: labels
//! that are declared, packages, definitions, names of the language, functions.
//!
//! Goes over tokens and tree once each, so that a file of megabytes takes no longer than parsing it.

use std::collections::{HashMap, HashSet};

use vela_db::{Db, File, queries};
use vela_diagnostics::Span;
use vela_syntax::Kind;
use vela_syntax::ast::{self, Clause, Decl, Expr};

use crate::names::PREDECLARED;

/// What a token is. The order is that of the legend.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum TokenKind {
    Namespace,
    Type,
    Function,
    Variable,
    Property,
    String,
    Number,
    Keyword,
    Operator,
    Comment,
    Decorator,
}

impl TokenKind {
    /// The names of the protocol, by number.
    pub const LEGEND: [&'static str; 11] = [
        "namespace",
        "type",
        "function",
        "variable",
        "property",
        "string",
        "number",
        "keyword",
        "operator",
        "comment",
        "decorator",
    ];
}

/// A token on one line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// Where it stands; no line end is inside.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
    /// Whether a name is declared here.
    pub declares: bool,
    /// Whether it belongs to the language or its library.
    pub library: bool,
}

/// The tokens of a file that touch a span, in order.
pub fn tokens(db: &dyn Db, file: File, within: Span) -> Vec<Token> {
    if queries::Language::of(file.path(db)) != queries::Language::Cue {
        return Vec::new();
    }
    let cue = queries::cue(db, file);
    let text = &*cue.text;
    let words = Words::of(&cue.parse.file, text);
    let (tokens, comments) = vela_syntax::tokens(text);
    let mut out = Vec::new();
    let wanted = |span: Span| span.start < within.end && within.start < span.end;
    for token in tokens.iter().filter(|t| wanted(t.span)) {
        if let Some((kind, declares, library)) = words.class(token.kind, token.span, text) {
            lines(text, Token { span: token.span, kind, declares, library }, &mut out);
        }
    }
    for comment in comments.iter().filter(|c| wanted(c.span)) {
        let kind = TokenKind::Comment;
        lines(text, Token { span: comment.span, kind, declares: false, library: false }, &mut out);
    }
    out.sort_by_key(|t| t.span.start);
    out
}

/// One token for each line that it covers.
fn lines(text: &str, token: Token, out: &mut Vec<Token>) {
    let mut at = token.span.start;
    for line in token.span.of(text).split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let skipped = if at == token.span.start { 0 } else { bare.len() - bare.trim_start().len() };
        let span = Span::new(at + skipped as u32, at + bare.len() as u32);
        if span.start < span.end {
            out.push(Token { span, ..token });
        }
        at += line.len() as u32;
    }
}

/// What the tree tells of names, by where they start.
struct Words<'t> {
    at: HashMap<u32, (TokenKind, bool, bool)>,
    predeclared: HashSet<&'static str>,
    packages: HashSet<&'t str>,
    bound: HashSet<&'t str>,
}

impl<'t> Words<'t> {
    fn of(file: &ast::File, text: &'t str) -> Self {
        let mut words = Self {
            at: HashMap::new(),
            predeclared: PREDECLARED.iter().map(|(name, _)| *name).collect(),
            packages: HashSet::new(),
            bound: HashSet::new(),
        };
        words.heads(file, text);
        for decl in &file.decls {
            words.declaration(decl, text);
        }
        for clause in &file.clauses {
            let (first, second) = match clause {
                Clause::For { key, value, .. } => (*key, Some(*value)),
                Clause::Let { name, .. } => (None, Some(*name)),
                Clause::Try { binding, .. } => (None, binding.map(|(name, _)| name)),
                Clause::If { .. } => (None, None),
            };
            for ident in [first, second].into_iter().flatten() {
                words.bind(ident, text);
            }
        }
        for expr in &file.exprs {
            match expr {
                Expr::Alias(ident, _) => words.bind(*ident, text),
                Expr::Select(base, label) => words.selection(file, text, *base, *label),
                Expr::Call(function, _) => {
                    let named = match file.expr(*function) {
                        Expr::Select(_, label) => label,
                        _ => *function,
                    };
                    let span = file.span(named);
                    let own = self_is_library(&words, file, text, *function);
                    words.at.insert(span.start, (TokenKind::Function, false, own));
                }
                _ => {}
            }
        }
        words
    }

    fn heads(&mut self, file: &ast::File, text: &'t str) {
        if let Some(package) = file.package {
            self.at.insert(package.span.start, (TokenKind::Namespace, true, false));
        }
        for import in &file.imports {
            if let Some(name) = import.name {
                self.at.insert(name.span.start, (TokenKind::Namespace, true, false));
            }
            let path = import.path.of(text).trim_matches('"');
            let last = path.rsplit(['/', ':']).next().unwrap_or(path);
            let last = last.split_once('@').map_or(last, |(name, _)| name);
            self.packages.insert(import.name.map_or(last, |n| n.span.of(text)));
        }
    }

    fn declaration(&mut self, decl: &Decl, text: &'t str) {
        match decl {
            Decl::Field(field) => {
                let kind = match field.label {
                    ast::Label::Ident(ident)
                        if ident.span.of(text).trim_start_matches('_').starts_with('#') =>
                    {
                        TokenKind::Type
                    }
                    ast::Label::Ident(_) | ast::Label::String(_) => TokenKind::Property,
                    _ => return,
                };
                self.at.insert(field.label_span.start, (kind, true, false));
                let postfix = field.postfix_alias.map(|a| [a.label, a.field]).unwrap_or_default();
                for ident in [field.alias, postfix[0], postfix[1]].into_iter().flatten() {
                    self.bind(ident, text);
                }
            }
            Decl::Let(ident, _) => self.bind(*ident, text),
            _ => {}
        }
    }

    fn bind(&mut self, ident: ast::Ident, text: &'t str) {
        self.bound.insert(ident.span.of(text));
        self.at.insert(ident.span.start, (TokenKind::Variable, true, false));
    }

    fn selection(&mut self, file: &ast::File, text: &str, base: ast::ExprId, label: ast::ExprId) {
        let start = file.span(label).start;
        let definition = file.span(label).of(text).trim_start_matches('_').starts_with('#');
        let library =
            matches!(file.expr(base), Expr::Ident) && self.packages.contains(file.span(base).of(text));
        let kind = if definition { TokenKind::Type } else { TokenKind::Property };
        self.at.entry(start).or_insert((kind, false, library));
    }

    fn class(&self, kind: Kind, span: Span, text: &str) -> Option<(TokenKind, bool, bool)> {
        if let Some(known) = self.at.get(&span.start)
            && matches!(
                kind,
                Kind::Ident
                    | Kind::ReservedIdent
                    | Kind::Package
                    | Kind::Import
                    | Kind::PlainString
                    | Kind::String
                    | Kind::If
                    | Kind::Else
                    | Kind::For
                    | Kind::In
                    | Kind::Let
                    | Kind::Try
                    | Kind::Fallback
                    | Kind::Otherwise
                    | Kind::Func
                    | Kind::True
                    | Kind::False
                    | Kind::Null
            )
        {
            return Some(*known);
        }
        let plain = |kind| Some((kind, false, false));
        match kind {
            Kind::Ident | Kind::ReservedIdent => self.name(span.of(text)),
            Kind::Int | Kind::Float => plain(TokenKind::Number),
            Kind::PlainString | Kind::String | Kind::InterpStart | Kind::InterpMid | Kind::InterpEnd => {
                plain(TokenKind::String)
            }
            Kind::Attribute => plain(TokenKind::Decorator),
            Kind::Package
            | Kind::Import
            | Kind::If
            | Kind::Else
            | Kind::For
            | Kind::In
            | Kind::Let
            | Kind::Try
            | Kind::Fallback
            | Kind::Otherwise
            | Kind::Func
            | Kind::True
            | Kind::False
            | Kind::Null
            | Kind::Bottom => plain(TokenKind::Keyword),
            Kind::Eof
            | Kind::Illegal
            | Kind::Comma
            | Kind::AutoComma
            | Kind::LParen
            | Kind::LBrack
            | Kind::LBrace
            | Kind::RParen
            | Kind::RBrack
            | Kind::RBrace
            | Kind::Period
            | Kind::Semicolon
            | Kind::Colon
            | Kind::Comment
            | Kind::Space => None,
            _ => plain(TokenKind::Operator),
        }
    }

    fn name(&self, name: &str) -> Option<(TokenKind, bool, bool)> {
        if self.packages.contains(name) {
            return Some((TokenKind::Namespace, false, false));
        }
        if name.trim_start_matches('_').starts_with('#') {
            return Some((TokenKind::Type, false, false));
        }
        if !self.bound.contains(name) && self.predeclared.contains(name) {
            return Some((TokenKind::Type, false, true));
        }
        let kind = if self.bound.contains(name) { TokenKind::Variable } else { TokenKind::Property };
        Some((kind, false, false))
    }
}

/// Whether what is called belongs to the library: `strings.ToUpper`, `len`.
fn self_is_library(words: &Words<'_>, file: &ast::File, text: &str, function: ast::ExprId) -> bool {
    match file.expr(function) {
        Expr::Ident => words.predeclared.contains(file.span(function).of(text)),
        Expr::Select(base, _) => words.packages.contains(file.span(base).of(text)),
        _ => false,
    }
}
