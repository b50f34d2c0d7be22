//! What each event adds to the AST.

use vela_diagnostics::Span;

use super::{Builder, Part, label_of};
use crate::ast::{
    Clause, Comprehension, Constraint, Decl, DeclId, Expr, ExprId, Field, Ident, InterpPart, Label,
    PostfixAlias,
};
use crate::error::Weight;
use crate::events::Role;
use crate::grammar::Mode;
use crate::kind::Kind;
use crate::layout::Tok;

impl Builder<'_> {
    pub(super) fn on_event(&mut self, role: Role, tok: Tok) {
        let token = self.token(tok);
        let start = token.span.start;
        match role {
            Role::Plain | Role::Skipped | Role::Closer => {}
            Role::ExprStart => {
                let depth = self.pending.len();
                self.with(|f| f.pending_base = depth);
            }
            Role::Operand => {
                let id = self.operand(tok);
                self.values.push(id);
            }
            Role::Missing => {
                let id = self.add(Expr::Bad, Span::at(start));
                self.values.push(id);
            }
            Role::Prefix => self.prefix(tok),
            Role::Infix => self.infix(tok),
            Role::ExprEnd => {
                let base = self.frames.last().map_or(0, |f| f.pending_base);
                self.reduce(base, 0);
            }
            Role::Dot => self.with(|f| f.dot = start),
            Role::SliceColon => {
                let base = self.frames.last().map_or(0, |f| f.values_base);
                let low = if self.values.len() > base { self.values.pop() } else { None };
                self.with(|f| (f.low, f.sliced) = (low, true));
            }
            Role::Selector => {
                let label = self.operand_label(tok);
                let dot = self.frames.last().map_or(start, |f| f.dot);
                self.postfix(token.span.end, dot, |x| Expr::Select(x, label));
            }
            Role::PostfixEllipsis => {
                self.postfix(token.span.end, start, Expr::PostfixEllipsis);
            }
            Role::PostfixOption => self.postfix(token.span.end, start, Expr::PostfixOption),
            Role::Middle => {
                self.take_interpolated(start);
                let text = self.middle_text(tok);
                self.interps.push(InterpPart::Text(text));
            }
            Role::ElementAlias | Role::ValueAlias | Role::AliasName => self.alias(tok),
            Role::Element => self.element(start),
            Role::EllipsisWord => self.with(|f| f.start = start),
            Role::EllipsisElement => self.ellipsis_element(tok),
            Role::ForWord
            | Role::IfWord
            | Role::LetClauseWord
            | Role::TryWord
            | Role::LetWord
            | Role::ImportStart => {
                self.with(|f| (f.start, f.names) = (start, [None; 2]));
            }
            Role::ClauseName | Role::LetName | Role::ImportName => self.name(role, tok),
            Role::ForClause | Role::IfClause | Role::LetClause | Role::TryClause => self.clause(role, start),
            Role::FallbackWord => self.fallback_word(tok),
            Role::Comprehension => self.comprehension(start),
            Role::Label
            | Role::Tilde
            | Role::PostfixAliasName
            | Role::Optional
            | Role::Required
            | Role::Colon => self.label_event(role, tok),
            Role::DeclStart
            | Role::FieldAttribute
            | Role::Field
            | Role::Embed
            | Role::LabelEmbed
            | Role::BadDecl
            | Role::DeclAttribute
            | Role::AttributeDecl
            | Role::DeclEllipsis
            | Role::Let => self.decl_event(role, tok),
            _ => self.file_event(role, tok),
        }
    }

    fn with(&mut self, f: impl FnOnce(&mut super::Frame)) {
        if let Some(frame) = self.frames.last_mut() {
            f(frame);
        }
    }

    /// The right side of a dot.
    fn operand_label(&mut self, tok: Tok) -> ExprId {
        let token = self.token(tok);
        let expr = if token.kind == Kind::PlainString { Expr::String } else { Expr::Ident };
        self.add(expr, token.span)
    }

    /// `X=` in front of a label, a value or a list element.
    fn alias(&mut self, tok: Tok) {
        let ident = self.ident(tok);
        self.with(|f| f.alias = Some(ident));
    }

    /// The value with the alias read before it.
    fn aliased(&mut self, value: ExprId) -> ExprId {
        let Some(alias) = self.frames.last_mut().and_then(|f| f.alias.take()) else { return value };
        let span = Span::new(alias.span.start, self.span(value).end);
        self.add(Expr::Alias(alias, value), span)
    }

    fn element(&mut self, at: u32) {
        let value = self.pop_value(at);
        let value = self.aliased(value);
        self.elements.push(value);
    }

    fn ellipsis_element(&mut self, tok: Tok) {
        let base = self.frames.last().map_or(0, |f| f.values_base);
        let start = self.frames.last().map_or(0, |f| f.start);
        let of = if self.values.len() > base { self.values.pop() } else { None };
        let end = of.map_or(start + 3, |id| self.span(id).end);
        let id = self.add(Expr::Ellipsis(of), Span::new(start, end));
        self.elements.push(id);
        let _ = tok;
    }

    fn name(&mut self, role: Role, tok: Tok) {
        let ident = self.ident(tok);
        let next = self.behind(tok);
        if role == Role::ImportName && is_definition(self.text(ident)) {
            let span = self.token(next).span;
            self.error(span, next, Weight::Filtered, "cannot import package as definition identifier");
        }
        self.with(|f| {
            let slot = usize::from(f.names[0].is_some());
            f.names[slot] = Some(ident);
        });
    }

    fn clause(&mut self, role: Role, at: u32) {
        let base = self.frames.last().map_or(0, |f| f.values_base);
        let Some((start, names)) = self.frames.last().map(|f| (f.start, f.names)) else { return };
        let has_value = self.values.len() > base;
        let value = if has_value || role != Role::TryClause { Some(self.pop_value(at)) } else { None };
        let end = value.map_or(start + 3, |v| self.span(v).end);
        let span = Span::new(start, end);
        let nameless = Ident { span: Span::at(start) };
        let clause = match (role, value) {
            (Role::ForClause, Some(source)) => match names {
                [key, Some(value)] => Clause::For { key, value, source, span },
                [value, None] => Clause::For { key: None, value: value.unwrap_or(nameless), source, span },
            },
            (Role::IfClause, Some(condition)) => Clause::If { condition, span },
            (Role::LetClause, Some(value)) => Clause::Let { name: names[0].unwrap_or(nameless), value, span },
            (_, value) => Clause::Try { binding: names[0].zip(value), span },
        };
        self.clauses.push(clause);
    }

    /// `else` and `otherwise`: a single guard has the one, everything else the other.
    fn fallback_word(&mut self, tok: Tok) {
        let token = self.token(tok);
        let base = self.frames.last().map_or(0, |f| f.clauses_base);
        let guard = matches!(self.clauses[base..], [Clause::If { .. } | Clause::Try { .. }]);
        if guard && token.kind != Kind::Else {
            let message = "use 'else' with single 'if' or 'try' clause";
            self.error(token.span, tok, Weight::Filtered, message);
        } else if !guard && token.kind == Kind::Else {
            let message = "use 'otherwise' for comprehensions with multiple clauses or 'for' clauses";
            self.error(token.span, tok, Weight::Filtered, message);
        }
        self.with(|f| f.fallback = Some((token, None)));
    }

    fn comprehension(&mut self, at: u32) {
        let Some(frame) = self.frames.last_mut() else { return };
        let (body, fallback, base) = (frame.body.take(), frame.fallback.take(), frame.clauses_base);
        let clauses = Self::list(&mut self.clauses, base, &mut self.file.clauses);
        let body = body.unwrap_or_else(|| self.add(Expr::Bad, Span::at(at)));
        let otherwise = fallback.and_then(|(word, body)| Some((body?, word.kind != Kind::Else)));
        let start = match self.file.clause_list(clauses).first() {
            Some(
                Clause::For { span, .. }
                | Clause::If { span, .. }
                | Clause::Let { span, .. }
                | Clause::Try { span, .. },
            ) => span.start,
            None => self.span(body).start,
        };
        let end = self.span(otherwise.map_or(body, |(id, _)| id)).end;
        let span = Span::new(start, end);
        let index = self.file.comprehensions.len() as u32;
        self.file.comprehensions.push(Comprehension { clauses, body, otherwise, span });
        let id = self.add(Expr::Comprehension(index), span);
        self.values.push(id);
    }

    /// A part of a label or of what stands around it.
    fn label_event(&mut self, role: Role, tok: Tok) {
        let token = self.token(tok);
        if role == Role::Label {
            let alias = self.frames.last_mut().and_then(|f| f.alias.take());
            let string = matches!(token.kind, Kind::PlainString | Kind::String);
            let expr = string.then(|| self.operand(tok));
            self.push_part(alias, token.kind, token.span, expr, tok);
            return;
        }
        if role == Role::Colon {
            self.colon(tok);
        }
        let ident = self.ident(tok);
        let base = self.frames.last().map_or(0, |f| f.parts_base);
        let in_group = self.frames.last().is_some_and(|f| f.mode == Mode::PostfixAlias);
        if self.parts.len() <= base && !in_group {
            return;
        }
        let Some(part) = self.parts.last_mut() else { return };
        match role {
            Role::Tilde => {
                part.postfix_alias = Some(PostfixAlias { label: None, field: None, span: token.span });
            }
            Role::PostfixAliasName => {
                if let Some(alias) = &mut part.postfix_alias {
                    alias.label = alias.field;
                    alias.field = Some(ident);
                    alias.span = alias.span.cover(token.span);
                }
            }
            Role::Optional => part.constraint = Constraint::Optional,
            Role::Required => part.constraint = Constraint::Required,
            _ => part.colon = token.span.start,
        }
    }

    pub(super) fn push_part(
        &mut self,
        alias: Option<Ident>,
        kind: Kind,
        span: Span,
        expr: Option<ExprId>,
        tok: Tok,
    ) {
        let base = self.frames.last().map_or(0, |f| f.parts_base);
        if !self.depth_left(self.parts.len(), tok) && self.parts.len() > base {
            self.parts.pop();
        }
        self.parts.push(Part {
            alias,
            kind,
            span,
            expr,
            postfix_alias: None,
            constraint: Constraint::Member,
            colon: span.end,
        });
    }

    /// With the colon it is certain that a label was read.
    fn colon(&mut self, tok: Tok) {
        let base = self.frames.last().map_or(0, |f| f.parts_base);
        if self.parts.len() <= base {
            return;
        }
        let Some(part) = self.parts.last() else { return };
        let span = part.span;
        let list = part.expr.map(|id| self.file.expr(id));
        if let Some(Expr::List(elements)) = list
            && elements.len != 1
            && !self.file.expr_list(elements).iter().any(|id| self.file.expr(*id) == Expr::Bad)
        {
            let message = "square bracket must have exactly one element";
            self.error(span, self.behind(tok), Weight::Filtered, message);
        }
    }

    fn decl_event(&mut self, role: Role, tok: Tok) {
        let token = self.token(tok);
        let start = token.span.start;
        match role {
            Role::DeclStart => self.with(|f| (f.start, f.alias) = (start, None)),
            Role::FieldAttribute | Role::DeclAttribute => {
                let attribute = self.attribute(token.span);
                self.attributes.push(attribute);
            }
            Role::AttributeDecl => {
                if let Some(attribute) = self.attributes.pop() {
                    let index = self.file.attributes.len() as u32;
                    self.file.attributes.push(attribute);
                    self.add_decl(Decl::Attribute(index), attribute.span);
                }
            }
            Role::DeclEllipsis => self.add_decl(Decl::Ellipsis, token.span),
            Role::Let => {
                let Some((start, names)) = self.frames.last().map(|f| (f.start, f.names)) else { return };
                let value = self.pop_value(start);
                let span = Span::new(start, self.span(value).end);
                let name = names[0].unwrap_or(Ident { span: Span::at(start) });
                self.add_decl(Decl::Let(name, value), span);
            }
            Role::Embed => {
                let value = self.pop_value(start);
                let span = self.span(value);
                self.add_decl(Decl::Embed(value), span);
            }
            Role::Field => self.field(start),
            Role::LabelEmbed => self.label_embed(start),
            _ => self.bad_decl(start),
        }
    }

    fn add_decl(&mut self, decl: Decl, span: Span) {
        let id = self.new_decl(decl, span);
        self.decls.push(id);
    }

    fn new_decl(&mut self, decl: Decl, span: Span) -> DeclId {
        let id = DeclId(self.file.decls.len() as u32);
        let docs = self.docs(span);
        self.file.decls.push(decl);
        self.file.decl_spans.push(span);
        self.file.decl_docs.push(docs);
        id
    }

    /// The labels read become nested fields, the innermost with the value and the attributes.
    fn field(&mut self, at: u32) {
        let value = self.pop_value(at);
        let mut value = self.aliased(value);
        let Some((parts_base, attributes_base)) =
            self.frames.last().map(|f| (f.parts_base, f.attributes_base))
        else {
            return;
        };
        let mut attributes = Self::list(&mut self.attributes, attributes_base, &mut self.file.attributes);
        let end = match self.file.attribute_list(attributes).last() {
            Some(attribute) => attribute.span.end,
            None => self.span(value).end,
        };
        while self.parts.len() > parts_base {
            let Some(part) = self.parts.pop() else { return };
            let start = part.alias.map_or(part.span, |a| a.span).start;
            let span = Span::new(start, end);
            let field = Field {
                alias: part.alias,
                label: self.label(&part),
                label_span: part.span,
                postfix_alias: part.postfix_alias,
                constraint: part.constraint,
                colon: part.colon,
                value,
                attributes: std::mem::take(&mut attributes),
            };
            if self.parts.len() == parts_base {
                self.add_decl(Decl::Field(field), span);
                return;
            }
            let inner = self.new_decl(Decl::Field(field), span);
            let mut one = vec![inner];
            let list = Self::list(&mut one, 0, &mut self.file.decl_lists);
            value = self.add(Expr::Struct(list), span);
        }
    }

    fn label(&self, part: &Part) -> Label {
        let pattern = part.expr.and_then(|id| match self.file.expr(id) {
            Expr::List(list) if list.len == 1 => self.file.expr_list(list).first().copied(),
            _ => None,
        });
        let inner = part.expr.and_then(|id| match self.file.expr(id) {
            Expr::Paren(inner) => Some(inner),
            _ => None,
        });
        label_of(part, pattern, inner)
    }

    /// A lone label is an embedding after all.
    fn label_embed(&mut self, at: u32) {
        let base = self.frames.last().map_or(0, |f| f.parts_base);
        let part = if self.parts.len() > base { self.parts.pop() } else { None };
        self.parts.truncate(base);
        let Some(part) = part else {
            self.bad_decl(at);
            return;
        };
        let value = match (part.expr, part.kind) {
            (Some(id), _) => id,
            (None, Kind::Null) => self.add(Expr::Null, part.span),
            (None, Kind::True) => self.add(Expr::Bool(true), part.span),
            (None, Kind::False) => self.add(Expr::Bool(false), part.span),
            (None, _) => self.add(Expr::Ident, part.span),
        };
        self.add_decl(Decl::Embed(value), part.span);
    }

    fn bad_decl(&mut self, at: u32) {
        let Some(frame) = self.frames.last() else { return };
        let start = frame.start;
        self.values.truncate(frame.values_base);
        self.parts.truncate(frame.parts_base);
        self.attributes.truncate(frame.attributes_base);
        self.clauses.truncate(frame.clauses_base);
        self.add_decl(Decl::Bad, Span::new(start.min(at), at));
    }

    /// The expression of an interpolation becomes a part of the literal.
    pub(super) fn take_interpolated(&mut self, at: u32) {
        let value = self.pop_value(at);
        self.interps.push(InterpPart::Expr(value));
    }
}

/// Whether a name is a definition's.
pub(super) fn is_definition(name: &str) -> bool {
    name.starts_with('#') || name.starts_with("_#")
}
