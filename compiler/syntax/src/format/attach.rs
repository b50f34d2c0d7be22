//! Gives every comment to a node: replays, over the finished AST, which production opens and closes where, because
//! that decides where `slots` puts a comment.

use super::slots::{Comments, Key, Slots};
use super::source::Source;
use crate::ast::{Clause, Constraint, Decl, DeclId, Expr, ExprId, Field, InterpPart, Label, List};
use crate::kind::Kind;

/// Expressions nested deeper than this are not formatted.
pub(super) const MAX_DEPTH: usize = 2000;

struct Attacher<'s> {
    s: &'s Source<'s>,
    slots: Slots<'s>,
    depth: usize,
    too_deep: bool,
}

/// The comments of every node, or `None` where the file nests too deeply.
pub(super) fn attach(source: &Source<'_>) -> Option<Comments> {
    let mut a = Attacher { s: source, slots: Slots::new(source), depth: 0, too_deep: false };
    a.file();
    (!a.too_deep).then_some(a.slots.comments)
}

fn is_comma(kind: Kind) -> bool {
    matches!(kind, Kind::Comma | Kind::AutoComma)
}

impl Attacher<'_> {
    fn next(&mut self) {
        self.slots.next();
    }

    fn comma(&mut self) {
        if is_comma(self.slots.kind()) {
            self.next();
        }
    }

    /// A node of one token.
    fn leaf(&mut self, key: Key) {
        self.slots.open();
        self.next();
        self.slots.close(key);
    }

    fn file(&mut self) {
        let file = self.s.file;
        self.slots.open_list();
        let head = file.file_attributes;
        for i in head.start..head.start + head.len {
            self.leaf(Key::Attribute(i));
            self.comma();
        }
        if file.package.is_some() {
            self.slots.open();
            self.next();
            self.leaf(Key::PackageName);
            self.comma();
            self.slots.close(Key::Package);
        }
        let top = file.decl_list(file.top);
        let imports = self.s.imports.first().map_or(0, |i| i.start);
        let (head, rest) =
            top.split_at(top.partition_point(|d| file.decl_spans[d.0 as usize].start < imports));
        for id in head {
            if let Decl::Attribute(i) = file.decl(*id) {
                self.leaf(Key::Attribute(i));
                self.comma();
            }
        }
        for i in 0..self.s.imports.len() {
            self.import(i);
        }
        self.decls(rest);
        self.next();
        self.slots.close_list();
        self.slots.close(Key::File);
    }

    fn import(&mut self, i: usize) {
        let decl = self.s.imports[i];
        self.slots.open();
        self.leaf(Key::Lost);
        let specs = decl.first..decl.first + decl.count;
        if decl.parens.is_some() {
            self.next();
            self.slots.open_list();
            for spec in specs {
                self.spec(spec);
            }
            self.slots.close_list();
            self.next();
            self.comma();
        } else {
            for spec in specs {
                self.spec(spec);
            }
        }
        self.slots.close(Key::Import(i));
    }

    fn spec(&mut self, i: usize) {
        self.slots.open();
        if self.s.file.imports[i].name.is_some() {
            self.leaf(Key::ImportName(i));
        }
        self.next();
        self.comma();
        self.slots.close(Key::ImportSpec(i));
    }

    fn decls(&mut self, decls: &[DeclId]) {
        self.slots.open_list();
        for id in decls {
            match self.s.file.decl(*id) {
                Decl::Attribute(i) => {
                    self.leaf(Key::Attribute(i));
                    self.comma();
                }
                Decl::Ellipsis => {
                    self.leaf(Key::Decl(*id));
                    self.comma();
                }
                decl => self.decl(*id, decl),
            }
        }
        self.slots.close_list();
    }

    fn decl(&mut self, id: DeclId, decl: Decl) {
        self.slots.open();
        match decl {
            Decl::Field(field) => {
                self.field(id, &field);
                self.comma();
            }
            Decl::Let(_, value) => {
                self.slots.open();
                self.next();
                self.leaf(Key::LetName(id));
                self.next();
                self.rhs(value);
                self.comma();
                self.slots.close(Key::Decl(id));
            }
            Decl::Embed(value) => {
                if let Expr::Comprehension(i) = self.s.file.expr(value) {
                    self.slots.open();
                    self.comprehension(i);
                    self.comma();
                    self.slots.close(Key::Decl(id));
                } else {
                    self.rhs(value);
                    // The mark of a lone label, which the tree does not keep.
                    if self.slots.kind() == Kind::Tilde {
                        self.next();
                        while !matches!(
                            self.slots.kind(),
                            Kind::Comma | Kind::AutoComma | Kind::RBrace | Kind::Eof
                        ) {
                            self.next();
                        }
                    }
                    while matches!(self.slots.kind(), Kind::Not | Kind::Option) {
                        self.next();
                    }
                    self.comma();
                }
            }
            Decl::Ellipsis | Decl::Attribute(_) | Decl::Bad => {}
        }
        self.slots.close(Key::Decl(id));
    }

    /// A field; the fields of a chain have no slot of their own.
    fn field(&mut self, id: DeclId, field: &Field) {
        let (mut id, mut field) = (id, *field);
        loop {
            if field.alias.is_some() {
                self.slots.open();
                self.slots.open_list();
                self.leaf(Key::LabelAlias(id));
                self.slots.close_list();
                self.slots.close(Key::LabelAlias(id));
                self.next();
            }
            self.label(id, &field);
            self.postfix_alias(id, &field);
            if field.constraint != Constraint::Member {
                self.next();
            }
            self.next();
            match self.s.file.expr(field.value) {
                Expr::Struct(list) if !self.s.has_braces(field.value) => {
                    let Some(inner) = self.s.file.decl_list(list).first() else { break };
                    let Decl::Field(next) = self.s.file.decl(*inner) else { break };
                    (id, field) = (*inner, next);
                }
                Expr::Alias(_, value) => {
                    self.alias_name(field.value);
                    self.rhs(value);
                    break;
                }
                _ => {
                    self.rhs(field.value);
                    break;
                }
            }
        }
        self.slots.open_list();
        for i in field.attributes.start..field.attributes.start + field.attributes.len {
            self.leaf(Key::Attribute(i));
        }
        self.slots.close_list();
    }

    /// `X=` of an alias that is an expression.
    fn alias_name(&mut self, alias: ExprId) {
        self.slots.open();
        self.slots.open_list();
        self.leaf(Key::AliasName(alias));
        self.slots.close_list();
        self.slots.close(Key::AliasName(alias));
        self.next();
    }

    fn label(&mut self, id: DeclId, field: &Field) {
        let key = Key::Label(id);
        self.slots.open();
        self.slots.open_list();
        match field.label {
            Label::Ident(_) | Label::String(_) | Label::Bad(_) => self.leaf(key),
            Label::Interpolation(expr) => self.interpolation(expr, key),
            Label::Dynamic(inner) => {
                self.slots.open();
                self.paren(inner);
                self.slots.close(key);
            }
            Label::Pattern(element) => self.list(&[element]),
        }
        self.slots.close_list();
        self.slots.close(key);
    }

    fn postfix_alias(&mut self, id: DeclId, field: &Field) {
        let Some(alias) = field.postfix_alias else { return };
        self.next();
        let parens = self.slots.kind() == Kind::LParen;
        if parens {
            self.next();
        }
        if alias.label.is_some() {
            self.leaf(Key::PostfixName(id, false));
            self.next();
        }
        self.leaf(Key::PostfixName(id, true));
        if parens {
            self.next();
        }
    }

    fn comprehension(&mut self, index: u32) {
        let c = self.s.file.comprehensions[index as usize];
        for i in c.clauses.start..c.clauses.start + c.clauses.len {
            self.clause(i);
            self.comma();
        }
        self.slots.open();
        self.structure(c.body);
        self.slots.close(Key::Expr(c.body));
        if let Some((body, _)) = c.otherwise {
            // Upstream prints no comments of the part, only those of its struct; so they are that struct's.
            self.slots.open();
            self.slots.set_position(-1);
            self.next();
            self.structure(body);
            self.slots.close(Key::Expr(body));
        }
    }

    fn clause(&mut self, i: u32) {
        self.slots.open();
        self.next();
        match self.s.file.clauses[i as usize] {
            Clause::For { key, source, .. } => {
                if key.is_some() {
                    self.leaf(Key::ClauseName(i, false));
                    self.next();
                }
                self.leaf(Key::ClauseName(i, true));
                self.slots.set_position(4);
                self.next();
                self.rhs(source);
            }
            Clause::If { condition, .. } => self.rhs(condition),
            Clause::Let { value, .. } | Clause::Try { binding: Some((_, value)), .. } => {
                self.leaf(Key::ClauseName(i, true));
                self.next();
                self.rhs(value);
            }
            Clause::Try { binding: None, .. } => {}
        }
        self.slots.close(Key::Clause(i));
    }

    /// A whole expression.
    fn rhs(&mut self, id: ExprId) {
        if self.depth >= MAX_DEPTH {
            self.too_deep = true;
            return;
        }
        self.depth += 1;
        self.slots.open();
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.level(id));
        self.slots.close(Key::Expr(id));
        self.depth -= 1;
    }

    fn level(&mut self, id: ExprId) {
        self.slots.open_list();
        self.chain(id);
        self.slots.close_list();
    }

    /// Operators of one level, from left to right.
    fn chain(&mut self, id: ExprId) {
        let mut spine = Vec::new();
        let mut left = id;
        while let Expr::Binary(_, x, _) = self.s.file.expr(left) {
            spine.push(left);
            left = x;
        }
        self.unary(left);
        for id in spine.into_iter().rev() {
            let Expr::Binary(_, _, y) = self.s.file.expr(id) else { continue };
            self.slots.open();
            self.slots.set_position(1);
            self.next();
            self.level(y);
            self.slots.close(Key::Expr(id));
        }
    }

    fn unary(&mut self, id: ExprId) {
        let mut operators = Vec::new();
        let mut inner = id;
        while let Expr::Unary(_, x) = self.s.file.expr(inner) {
            self.slots.open();
            self.next();
            operators.push(inner);
            inner = x;
        }
        self.primary(inner);
        for id in operators.into_iter().rev() {
            self.slots.close(Key::Expr(id));
        }
    }

    /// An operand and the selectors, indexes and calls behind it.
    fn primary(&mut self, id: ExprId) {
        let mut spine = Vec::new();
        let mut left = id;
        while let Expr::Select(x, _)
        | Expr::Index(x, _)
        | Expr::Slice(x, ..)
        | Expr::Call(x, _)
        | Expr::PostfixEllipsis(x)
        | Expr::PostfixOption(x) = self.s.file.expr(left)
        {
            spine.push(left);
            left = x;
        }
        self.operand(left);
        let mut spine = spine.into_iter().rev().peekable();
        while let Some(id) = spine.next() {
            let optional = |a: &Self, outer: Option<&ExprId>| {
                outer.copied().filter(|o| matches!(a.s.file.expr(*o), Expr::PostfixOption(_)))
            };
            match self.s.file.expr(id) {
                // Behind a selector or an index it belongs to that; behind a name it has no slot.
                Expr::PostfixOption(_) => self.next(),
                Expr::PostfixEllipsis(_) => self.leaf(Key::Expr(id)),
                Expr::Select(_, label) => {
                    self.slots.open();
                    self.slots.set_position(1);
                    self.next();
                    match self.s.file.expr(label) {
                        Expr::String => self.next(),
                        _ => self.leaf(Key::Expr(label)),
                    }
                    let outer = optional(self, spine.peek());
                    if outer.is_some() {
                        self.next();
                        spine.next();
                    }
                    self.slots.close(Key::Expr(outer.unwrap_or(id)));
                }
                Expr::Index(_, index) => {
                    self.slots.open();
                    self.slots.set_position(1);
                    self.next();
                    self.rhs(index);
                    self.comma();
                    self.next();
                    let outer = optional(self, spine.peek());
                    if outer.is_some() {
                        self.next();
                        spine.next();
                    }
                    self.slots.close(Key::Expr(outer.unwrap_or(id)));
                }
                Expr::Slice(_, low, high) => {
                    self.slots.open();
                    self.slots.set_position(1);
                    self.next();
                    if let Some(low) = low {
                        self.rhs(low);
                    }
                    self.next();
                    if let Some(high) = high {
                        self.rhs(high);
                    }
                    self.next();
                    self.slots.close(Key::Expr(id));
                }
                Expr::Call(_, args) => {
                    self.slots.open();
                    self.slots.open_list();
                    self.next();
                    for arg in self.s.file.expr_list(args) {
                        self.rhs(*arg);
                        self.comma();
                    }
                    self.next();
                    self.slots.close_list();
                    self.slots.close(Key::Expr(id));
                }
                _ => {}
            }
        }
    }

    fn operand(&mut self, id: ExprId) {
        match self.s.file.expr(id) {
            Expr::Struct(_) => self.structure(id),
            Expr::List(list) => self.list(self.s.file.expr_list(list)),
            Expr::Interpolation(_) => self.interpolation(id, Key::Expr(id)),
            Expr::Paren(inner) => {
                self.slots.open();
                self.paren(inner);
                self.slots.close(Key::Expr(id));
            }
            _ => self.leaf(Key::Expr(id)),
        }
    }

    fn paren(&mut self, inner: ExprId) {
        self.next();
        self.slots.open_list();
        self.rhs(inner);
        self.slots.close_list();
        self.next();
    }

    fn structure(&mut self, id: ExprId) {
        let Expr::Struct(list) = self.s.file.expr(id) else { return };
        self.next();
        if self.slots.kind() != Kind::RBrace {
            self.decls(self.s.file.decl_list(list));
        }
        self.next();
    }

    fn list(&mut self, elements: &[ExprId]) {
        self.next();
        self.slots.open_list();
        let ellipsis =
            elements.last().copied().filter(|id| matches!(self.s.file.expr(*id), Expr::Ellipsis(_)));
        let plain = elements.len() - usize::from(ellipsis.is_some());
        for id in &elements[..plain] {
            self.slots.open();
            match self.s.file.expr(*id) {
                Expr::Comprehension(i) => self.comprehension(i),
                Expr::Alias(_, value) => {
                    self.leaf(Key::AliasName(*id));
                    self.next();
                    self.rhs(value);
                }
                _ => stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.chain(*id)),
            }
            self.comma();
            self.slots.close(Key::Expr(*id));
        }
        self.slots.close_list();
        if let Some(id) = ellipsis {
            self.next();
            if let Expr::Ellipsis(Some(of)) = self.s.file.expr(id) {
                self.rhs(of);
            }
            self.comma();
        }
        self.next();
    }

    /// An interpolated literal: fragments of text are nodes, the parentheses between them are read twice.
    fn interpolation(&mut self, id: ExprId, key: Key) {
        let Expr::Interpolation(List { start, len }) = self.s.file.expr(id) else { return };
        self.slots.open();
        self.slots.open_list();
        self.slots.open();
        self.slots.bump();
        for i in start..start + len {
            match self.s.file.interps[i as usize] {
                InterpPart::Text(_) if i + 1 == start + len => {
                    self.next();
                    self.slots.close(Key::Fragment(i));
                }
                InterpPart::Text(_) => {
                    if i > start {
                        self.slots.bump();
                    }
                    self.slots.set_outer_position(2, 1);
                    self.next();
                    self.slots.close(Key::Fragment(i));
                }
                InterpPart::Expr(id) => {
                    self.rhs(id);
                    self.slots.open();
                    if self.slots.kind() == Kind::AutoComma {
                        self.next();
                    }
                }
            }
        }
        self.slots.close_list();
        self.slots.close(key);
    }
}
