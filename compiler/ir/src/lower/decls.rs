//! Struct literals: the names they declare, and their declarations.

use std::sync::Arc;

use smallvec::SmallVec;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use vela_diagnostics::Span;
use vela_syntax::ast;
use vela_syntax::literal::{self, StringValue};

use super::lets::Let;
use super::names::{Alias, AliasTarget, Bound, KeyAlias};
use super::{Lowerer, PathLabel};
use crate::ir::{ArcType, Decl, DeclMeta, Expr, ExprId, List, Place};
use crate::label::Label;

/// What a declaration has entered into the tables before any declaration is lowered.
#[derive(Clone, Copy)]
struct Mark {
    /// Position among the declarations.
    decl: u32,
    alias: Option<u32>,
    key: Option<u32>,
    let_: Option<u32>,
    /// The lowered label of a dynamic field with alias.
    label: Option<ExprId>,
}

impl<'a> Lowerer<'a, '_> {
    /// Lowers the declarations of a struct literal or file whose scope is open; also gives the declaration
    /// attributes.
    pub(super) fn decls(&mut self, ids: &'a [ast::DeclId]) -> (List, List) {
        let mut marks: SmallVec<[Mark; 2]> = SmallVec::new();
        for (i, id) in ids.iter().enumerate() {
            self.declare_names(i as u32, *id, &mut marks);
        }
        // The labels of dynamic fields with alias come first: a reference to the alias is to the label.
        for mark in &mut marks {
            let (Some(alias), ast::Decl::Field(field)) = (mark.alias, self.ast.decl(ids[mark.decl as usize]))
            else {
                continue;
            };
            if let ast::Label::Dynamic(label) | ast::Label::Interpolation(label) = field.label {
                let key = self.expr(label);
                mark.label = Some(key);
                self.aliases[alias as usize].target = AliasTarget::Dynamic(Some(key));
            }
        }
        let base = self.pending.len();
        let mut attributes: SmallVec<[u32; 2]> = SmallVec::new();
        let mut next = marks.iter().peekable();
        for (i, id) in ids.iter().enumerate() {
            let mark = next.next_if(|m| m.decl == i as u32).copied();
            if let ast::Decl::Attribute(attribute) = self.ast.decl(*id) {
                attributes.push(attribute);
            }
            if let Some(decl) = self.decl(*id, mark) {
                let meta = self.meta(*id);
                self.pending.push((decl, meta));
            }
        }
        let start = self.ir.decls.len() as u32;
        for (decl, meta) in self.pending.drain(base..) {
            self.ir.decls.push(decl);
            self.ir.decl_metas.push(meta);
        }
        let decls = List { start, len: self.ir.decls.len() as u32 - start };
        let start = self.ir.attributes.len() as u32;
        for attribute in &attributes {
            self.attribute(self.ast.attributes[*attribute as usize]);
        }
        (decls, List { start, len: attributes.len() as u32 })
    }

    /// Binds the names that a declaration makes visible in the whole struct literal.
    fn declare_names(&mut self, index: u32, id: ast::DeclId, marks: &mut SmallVec<[Mark; 2]>) {
        let mut mark = Mark { decl: index, alias: None, key: None, let_: None, label: None };
        let start = self.place(self.ast.decl_spans[id.0 as usize]);
        match self.ast.decl(id) {
            ast::Decl::Field(field) => {
                let pattern = matches!(field.label, ast::Label::Pattern(_));
                if let Some(ident) = field.alias {
                    let alias = self.field_alias(&field, ident.span, self.place(ident.span));
                    mark.alias = Some(alias);
                    if !pattern {
                        self.insert(ident.span.of(self.text), Bound::Alias(alias));
                    }
                }
                if let Some(postfix) = field.postfix_alias {
                    if let Some(ident) = postfix.label.filter(|i| i.span.of(self.text) != "_") {
                        let key = self.keys.len() as u32;
                        self.keys.push(KeyAlias { label: field.label, span: ident.span, open: false });
                        mark.key = Some(key);
                        if !pattern {
                            self.insert(ident.span.of(self.text), Bound::Key(key));
                        }
                    }
                    if let Some(ident) = postfix.field.filter(|i| i.span.of(self.text) != "_") {
                        let alias = self.field_alias(&field, ident.span, self.place(postfix.span));
                        mark.alias = Some(alias);
                        if !pattern {
                            self.insert(ident.span.of(self.text), Bound::Alias(alias));
                        }
                    }
                }
                if let ast::Label::Ident(ident) = field.label {
                    let name = ident.span.of(self.text);
                    if name != "_" {
                        let label = self.ir.labels.identifier(name, self.package);
                        self.insert(name, Bound::Field(label));
                    }
                }
            }
            ast::Decl::Let(ident, _) => {
                let name = ident.span.of(self.text);
                let index = self.lets.len() as u32;
                let label = self.ir.labels.let_clause(name, self.ir.labels.len());
                let node = self.nodes.add();
                self.lets.push(Let { name, label, node, value: None, place: start, used: false });
                self.declare(name, self.place(ident.span), start, Bound::Let(index));
                self.insert(name, Bound::Let(index));
                mark.let_ = Some(index);
            }
            _ => {}
        }
        if mark.alias.is_some() || mark.key.is_some() || mark.let_.is_some() {
            marks.push(mark);
        }
    }

    /// Enters the alias of a field into the tables; the binding is the caller's.
    fn field_alias(&mut self, field: &ast::Field, ident: Span, place: Place) -> u32 {
        let target = match field.label {
            ast::Label::Pattern(_) => AliasTarget::Pattern,
            ast::Label::Dynamic(_) | ast::Label::Interpolation(_) => AliasTarget::Dynamic(None),
            label => AliasTarget::Field(self.fixed_label(label).unwrap_or(Label::NONE)),
        };
        let name = ident.of(self.text);
        let alias = self.aliases.len() as u32;
        self.aliases.push(Alias { name, target, place, used: false });
        self.declare(name, self.place(ident), place, Bound::Alias(alias));
        alias
    }

    fn decl(&mut self, id: ast::DeclId, mark: Option<Mark>) -> Option<Decl> {
        match self.ast.decl(id) {
            ast::Decl::Field(field) => Some(self.field(id, &field, mark)),
            ast::Decl::Let(ident, value) => {
                let index = mark?.let_?;
                let name = ident.span.of(self.text);
                let hidden = self.hide(name);
                let path = self.enter_path(PathLabel::Let);
                let outer = self.nodes.enter(self.lets[index as usize].node);
                let value = self.expr(value);
                self.nodes.leave(outer);
                self.path = path;
                self.unhide(name, hidden);
                let entry = &mut self.lets[index as usize];
                entry.value = Some(value);
                Some(Decl::Let { label: entry.label, value, multi: false })
            }
            ast::Decl::Embed(expr) => Some(Decl::Embed(match self.ast.expr(expr) {
                ast::Expr::Comprehension(index) => self.comprehension(index, expr, false),
                _ => self.expr(expr),
            })),
            ast::Decl::Ellipsis => Some(Decl::Ellipsis),
            ast::Decl::Attribute(_) => self.injected(id).map(Decl::Embed),
            ast::Decl::Bad => {
                let place = self.place(self.ast.decl_spans[id.0 as usize]);
                self.error(place, "invalid declaration".to_string());
                None
            }
        }
    }

    /// The value from outside that is to be unified with a declaration's.
    fn injected(&self, id: ast::DeclId) -> Option<ExprId> {
        let at = self.injected.binary_search_by_key(&id, |(d, _)| *d).ok()?;
        Some(self.injected[at].1)
    }

    fn field(&mut self, id: ast::DeclId, field: &ast::Field, mark: Option<Mark>) -> Decl {
        let arc = match field.constraint {
            ast::Constraint::Member => ArcType::Member,
            ast::Constraint::Required => ArcType::Required,
            ast::Constraint::Optional => ArcType::Optional,
        };
        if let ast::Label::Pattern(pattern) = field.label {
            return self.pattern(id, field, pattern, mark);
        }
        let value = self.field_value(id, field, mark);
        match field.label {
            ast::Label::Dynamic(label) | ast::Label::Interpolation(label) => {
                let key = mark.and_then(|m| m.label).unwrap_or_else(|| self.expr(label));
                Decl::Dynamic { key, arc, value }
            }
            _ => {
                let label = self.fixed_label(field.label).unwrap_or_else(|| {
                    let place = self.place(self.ast.decl_spans[id.0 as usize]);
                    let message = match field.label {
                        ast::Label::Ident(_) => "cannot use _ as label",
                        _ => "invalid label",
                    };
                    self.error(place, message.to_string());
                    Label::NONE
                });
                Decl::Field { label, arc, value }
            }
        }
    }

    /// The label of an identifier or a literal; `None` for `_` and for what is no fixed label.
    fn fixed_label(&mut self, label: ast::Label) -> Option<Label> {
        match label {
            ast::Label::Ident(ident) => {
                let name = ident.span.of(self.text);
                (name != "_").then(|| self.ir.labels.identifier(name, self.package))
            }
            ast::Label::String(literal) => self.string_label(literal),
            _ => None,
        }
    }

    /// The label that a string literal spells.
    pub(super) fn string_label(&mut self, literal: ast::ExprId) -> Option<Label> {
        let text = match literal::string(self.ast.span(literal).of(self.text)).ok()? {
            StringValue::Str(text) => text,
            // Single quotes make no difference to a label.
            StringValue::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        };
        Some(match is_nfc_quick(text.chars()) {
            IsNormalized::Yes => self.ir.labels.string(&text),
            _ => self.ir.labels.string(&text.nfc().collect::<String>()),
        })
    }

    fn field_value(&mut self, id: ast::DeclId, field: &ast::Field, mark: Option<Mark>) -> ExprId {
        let key = mark.and_then(|m| m.key);
        if let Some(key) = key {
            self.keys[key as usize].open = true;
        }
        let path = self.enter_path(PathLabel::Field(field.label));
        let value = match self.ast.expr(field.value) {
            ast::Expr::Alias(ident, value) => {
                self.open_scope(false);
                let name = ident.span.of(self.text);
                let place = self.place(ident.span);
                let alias = self.aliases.len() as u32;
                self.aliases.push(Alias { name, target: AliasTarget::Value, place, used: false });
                self.declare(name, place, place, Bound::Alias(alias));
                self.insert(name, Bound::Alias(alias));
                let value = self.expr(value);
                let inner = std::mem::replace(&mut self.path, path);
                self.close_scope(false);
                self.path = inner;
                value
            }
            _ => self.expr(field.value),
        };
        self.path = path;
        if let Some(key) = key {
            self.keys[key as usize].open = false;
        }
        match self.injected(id) {
            Some(injected) => {
                let place = self.ir.place(value);
                self.push(Expr::And(value, injected), place)
            }
            None => value,
        }
    }

    fn pattern(
        &mut self,
        id: ast::DeclId,
        field: &ast::Field,
        pattern: ast::ExprId,
        mark: Option<Mark>,
    ) -> Decl {
        self.open_scope(false);
        if let (Some(ident), Some(alias)) = (field.alias, mark.and_then(|m| m.alias)) {
            self.insert(ident.span.of(self.text), Bound::Alias(alias));
        }
        let mut inner = pattern;
        if let ast::Expr::Alias(ident, value) = self.ast.expr(pattern) {
            inner = value;
            let name = ident.span.of(self.text);
            let label = self.ir.labels.string(name);
            self.insert(name, Bound::PatternLabel(label));
        } else if let Some(postfix) = field.postfix_alias {
            if let (Some(ident), Some(key)) = (postfix.label, mark.and_then(|m| m.key)) {
                self.insert(ident.span.of(self.text), Bound::Key(key));
            }
            if let (Some(ident), Some(alias)) = (postfix.field, mark.and_then(|m| m.alias)) {
                self.insert(ident.span.of(self.text), Bound::Alias(alias));
            }
        }
        let value = self.field_value(id, field, mark);
        let pattern = self.expr(inner);
        self.close_scope(false);
        Decl::Pattern { pattern, value }
    }

    fn meta(&mut self, id: ast::DeclId) -> DeclMeta {
        let span = self.ast.decl_spans[id.0 as usize];
        let docs = self.docs(id);
        let (mut field_alias, mut label_alias, mut value_alias) = (Label::NONE, Label::NONE, Label::NONE);
        let (start, label_end, attributes) = match self.ast.decl(id) {
            ast::Decl::Field(field) => {
                let start = self.ir.attributes.len() as u32;
                for attribute in self.ast.attribute_list(field.attributes) {
                    self.attribute(*attribute);
                }
                let attributes = List { start, len: field.attributes.len };
                let postfix = field.postfix_alias;
                field_alias = self.alias_label(field.alias.or(postfix.and_then(|p| p.field)));
                label_alias = self.alias_label(postfix.and_then(|p| p.label));
                if let ast::Label::Pattern(pattern) = field.label
                    && let ast::Expr::Alias(ident, _) = self.ast.expr(pattern)
                {
                    label_alias = self.alias_label(Some(ident));
                }
                if let ast::Expr::Alias(ident, _) = self.ast.expr(field.value) {
                    value_alias = self.alias_label(Some(ident));
                }
                (field_start(&field).min(span.start), field.label_span.end, attributes)
            }
            ast::Decl::Let(ident, _) => (span.start, ident.span.end, List::default()),
            _ => (span.start, span.end, List::default()),
        };
        let (file, end) = (self.file, span.end);
        DeclMeta { file, start, end, label_end, docs, attributes, field_alias, label_alias, value_alias }
    }

    fn alias_label(&mut self, ident: Option<ast::Ident>) -> Label {
        match ident.map(|i| i.span.of(self.text)) {
            None | Some("_") => Label::NONE,
            Some(name) => self.ir.labels.string(name),
        }
    }

    fn docs(&mut self, id: ast::DeclId) -> List {
        let start = self.ir.docs.len() as u32;
        for comment in self.ast.docs(id) {
            let text = comment.span.of(self.text).trim_end_matches('\r');
            let text = text.strip_prefix("//").unwrap_or(text);
            self.ir.docs.push(Arc::from(text.strip_prefix([' ', '\t']).unwrap_or(text)));
        }
        List { start, len: self.ir.docs.len() as u32 - start }
    }

    fn attribute(&mut self, attribute: ast::Attribute) {
        let name = Arc::from(attribute.name.of(self.text));
        let body = Arc::from(attribute.body.of(self.text));
        self.ir.attributes.push((name, body));
    }
}

/// Where a field begins, its alias included.
fn field_start(field: &ast::Field) -> u32 {
    field.alias.map_or(field.label_span.start, |a| a.span.start.min(field.label_span.start))
}
