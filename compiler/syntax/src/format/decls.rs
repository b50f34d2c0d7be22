//! The state of formatting, comments, and what each declaration prints.

use rustc_hash::FxHashSet;

use super::FormatOptions;
use super::facts::Facts;
use super::head::Item;
use super::literals;
use super::printer::{Printer, Space};
use super::simplify::Labels;
use super::slots::{Comments, Group, Key};
use super::source::{Rel, Source};
use crate::ast::{Clause, Constraint, Decl, DeclId, Expr, ExprId, Field, Ident, Label};
use crate::kind::Kind;
use vela_diagnostics::Span;

/// A node being printed: its comments that are left, and how many of its parts are printed.
#[derive(Clone, Default)]
pub(super) struct Frame {
    pub(super) groups: Vec<Group>,
    position: i8,
    /// Whether the node, and the one around it, stand on one line.
    on_one_line: bool,
    parent_on_one_line: bool,
}

/// The result of formatting.
pub(super) struct Printed {
    /// Text with cells, for `tabs`.
    pub cells: Vec<u8>,
    /// Whether no comment was left out.
    pub all_comments: bool,
}

/// The state of formatting.
pub(super) struct Formatter<'s> {
    pub(super) s: &'s Source<'s>,
    pub(super) comments: Comments,
    pub(super) labels: Labels,
    pub(super) simplify: bool,
    /// Comments at the end of a line belong to values.
    pub(super) from_values: bool,
    pub(super) p: Printer,
    pub(super) facts: Facts,
    /// Tokens whose line ends in the source do not count.
    pub(super) loose: FxHashSet<u32>,
    pub(super) current: Frame,
    frames: Vec<Frame>,
    /// Which comments have been printed.
    printed: Vec<bool>,
    pub(super) depth: usize,
    pub(super) too_deep: bool,
}

impl<'s> Formatter<'s> {
    pub(super) fn new(
        s: &'s Source<'s>,
        comments: Comments,
        labels: Labels,
        options: &FormatOptions,
    ) -> Self {
        Self {
            s,
            comments,
            labels,
            simplify: options.simplify,
            from_values: options.printed,
            p: Printer::new(s),
            facts: Facts::new(s),
            loose: FxHashSet::default(),
            current: Frame::default(),
            frames: Vec::new(),
            printed: vec![false; s.file.comments.len()],
            depth: 0,
            too_deep: false,
        }
    }

    /// The printed file, or `None` where it is out of proportion.
    pub(super) fn file(mut self) -> Option<Printed> {
        let items = self.file_items();
        self.enter(Some(Key::File), false);
        self.items(&items);
        self.leave();
        self.p.end();
        let all_comments = self.printed.iter().all(|printed| *printed);
        (!self.too_deep && !self.p.overflow).then_some(Printed { cells: self.p.output, all_comments })
    }

    /// A node begins; its comments that stand before it are printed.
    pub(super) fn enter(&mut self, key: Option<Key>, one_line: bool) {
        let around = self.current.on_one_line;
        let frame = Frame {
            groups: key.and_then(|key| self.comments.get(&key)).cloned().unwrap_or_default(),
            position: 0,
            on_one_line: around || one_line,
            parent_on_one_line: around,
        };
        self.frames.push(std::mem::replace(&mut self.current, frame));
        if key.is_some() {
            self.visit(0);
        }
    }

    /// The node ends, and counts as a part of the one around it.
    pub(super) fn leave(&mut self) {
        self.visit(i8::MAX);
        self.current = self.frames.pop().unwrap_or_default();
        self.count();
    }

    /// One more part of the current node is printed.
    pub(super) fn count(&mut self) {
        self.current.position = self.current.position.wrapping_add(1);
        self.visit(self.current.position);
    }

    /// Prints the comments that belong before what follows.
    pub(super) fn visit_here(&mut self) {
        self.visit(self.current.position);
    }

    fn visit(&mut self, until: i8) {
        let due = self.current.groups.iter().take_while(|g| g.position <= until).count();
        let groups: Vec<_> = self.current.groups.drain(..due).collect();
        for (i, group) in groups.into_iter().enumerate() {
            if i > 0 {
                self.p.space(Space::SECTION);
            }
            self.comment_group(group);
        }
    }

    fn comment_group(&mut self, group: Group) {
        let breaks = Space::LINE.or(Space::SECTION).or(Space::TABLE_END).or(Space::DECL_COMMA);
        match if group.line { Rel::Blank } else { group.rel } {
            Rel::Blank => {
                self.p.space(Space::BLANK);
                self.p.unspace(breaks);
            }
            Rel::NoSpace => self.p.unspace(breaks),
            Rel::Newline | Rel::Section => {}
        }
        if group.doc && !self.p.is_empty() {
            self.p.space(Space::LINE);
        }
        for i in group.first..group.first + group.count {
            self.printed[i as usize] = true;
            let span = self.s.file.comments[i as usize].span;
            if self.p.in_line() {
                self.p.space(Space::COLUMN);
            }
            let rel = if i == group.first { group.rel } else { self.s.rel(span.start) };
            self.p.rel(Some(rel));
            let text = self.s.text(span);
            if text.contains('\r') {
                self.p.comment(&text.replace('\r', ""));
            } else {
                self.p.comment(text);
            }
            self.p.space(Space::LINE);
            if group.doc {
                self.p.space(Space::FIXED);
            }
        }
    }

    pub(super) fn parent_on_one_line(&self) -> bool {
        self.current.parent_on_one_line
    }

    /// The end of a table, or a blank on one line.
    pub(super) fn table_end(&self) -> Space {
        if self.current.on_one_line { Space::BLANK } else { Space::TABLE_END }
    }

    /// What separates the declarations of a list.
    pub(super) fn parent_separator(&self) -> Space {
        if self.current.parent_on_one_line { Space::BLANK } else { Space::LINE }
    }

    /// Whether the source starts a line at a token; unless that does not count.
    pub(super) fn starts_line(&self, at: u32) -> bool {
        !self.loose.contains(&at) && self.s.starts_line(at)
    }

    /// Applies the white space the source has before a token.
    pub(super) fn place(&mut self, at: Option<u32>) {
        let rel = at
            .map(|at| (at, self.s.rel(at)))
            .filter(|(at, rel)| *rel < Rel::Newline || !self.loose.contains(at));
        self.p.rel(rel.map(|(_, rel)| rel));
    }

    /// Prints a token, a part of the current node.
    pub(super) fn token(&mut self, kind: Kind) {
        self.p.token(kind);
        self.current.position = self.current.position.wrapping_add(1);
    }

    /// Prints a word that is copied as it is, a part of the current node.
    pub(super) fn word(&mut self, text: &str) {
        self.p.text(text, Kind::String, true);
        self.current.position = self.current.position.wrapping_add(1);
    }

    pub(super) fn ident_text(&mut self, ident: Ident) {
        self.p.text(self.s.text(ident.span), Kind::Ident, false);
    }

    /// Prints a string literal.
    pub(super) fn string(&mut self, span: Span) {
        let tabs = Some(self.p.level() + 1).filter(|tabs| *tabs <= 6);
        let text = literals::string(self.s.text(span), tabs);
        self.p.text(&text, Kind::String, true);
    }

    /// A name that is a node of its own.
    pub(super) fn name(&mut self, key: Key, ident: Ident) {
        self.enter(Some(key), false);
        self.place(Some(ident.span.start));
        self.ident_text(ident);
        self.leave();
    }

    /// A name printed as a label is.
    fn name_word(&mut self, key: Key, ident: Ident) {
        self.enter(Some(key), false);
        self.place(Some(ident.span.start));
        self.word(self.s.text(ident.span));
        self.leave();
    }

    /// Where the first token at or behind an offset stands.
    pub(super) fn token_from(&self, offset: u32) -> Option<u32> {
        let i = self.s.tokens.partition_point(|t| t.span.start < offset);
        self.s.tokens.get(i).map(|t| t.span.start)
    }

    pub(super) fn declaration(&mut self, item: Item) {
        self.enter(Some(Self::item_key(item)), false);
        match item {
            Item::Attribute(i) => self.attribute(i),
            Item::Package => self.package(),
            Item::Import(i) => self.import(i),
            Item::Decl(id) => match self.s.file.decl(id) {
                Decl::Field(field) => self.field(id, &field),
                Decl::Let(name, value) => self.let_decl(id, name, value),
                Decl::Embed(value) => self.embed(value),
                Decl::Ellipsis => {
                    self.place(Some(self.s.file.decl_spans[id.0 as usize].start));
                    self.token(Kind::Ellipsis);
                }
                Decl::Attribute(_) | Decl::Bad => {}
            },
        }
        self.leave();
    }

    fn attribute(&mut self, i: u32) {
        let span = self.s.file.attributes[i as usize].span;
        self.place(Some(span.start));
        self.p.text(self.s.text(span), Kind::Attribute, true);
    }

    fn let_decl(&mut self, id: DeclId, name: Ident, value: ExprId) {
        let start = self.s.file.decl_spans[id.0 as usize].start;
        if self.starts_line(start) {
            self.p.space(Space::TABLE_END);
        }
        self.place(Some(start));
        self.token(Kind::Let);
        self.p.space(Space::BLANK.or(Space::FIXED));
        self.name(Key::LetName(id), name);
        self.bind(name.span.end);
        self.expr(value);
        self.p.space(Space::DECL_COMMA);
    }

    /// ` = ` behind a name.
    fn bind(&mut self, name_end: u32) {
        self.p.space(Space::BLANK.or(Space::FIXED));
        self.place(self.token_from(name_end));
        self.token(Kind::Bind);
        self.p.space(Space::BLANK);
    }

    fn embed(&mut self, value: ExprId) {
        let start = self.s.file.span(value).start;
        if self.starts_line(start) {
            self.p.space(Space::TABLE_END);
        }
        if let Expr::Comprehension(i) = self.s.file.expr(value) {
            self.comprehension(i);
            return;
        }
        self.expr(value);
        self.p.space(Space::LINE);
    }

    /// Where a declaration's first token stands; `None` where it is not from the source.
    pub(super) fn item_start(&self, item: Item) -> Option<u32> {
        match item {
            Item::Decl(id) if self.labels.contains_key(&id) => None,
            Item::Decl(id) => Some(self.s.file.decl_spans[id.0 as usize].start),
            Item::Attribute(i) => Some(self.s.file.attributes[i as usize].span.start),
            Item::Package | Item::Import(_) => Some(0),
        }
    }

    /// The one field of a field's struct, where it is printed behind it without braces.
    fn inlined(&self, id: DeclId, field: &Field) -> Option<(DeclId, Field)> {
        let regular = !self.label_name(field).is_some_and(|n| n.starts_with(['#', '_']));
        if self.labels.contains_key(&id) && !(self.simplify && regular) {
            return None;
        }
        let Expr::Struct(list) = self.s.file.expr(field.value) else { return None };
        let [inner] = self.s.file.decl_list(list) else { return None };
        let braces = self.s.has_braces(field.value);
        if (braces && (!self.simplify || self.is_documented(Item::Decl(id)))) || field.attributes.len > 0 {
            return None;
        }
        match self.s.file.decl(*inner) {
            Decl::Field(next) if next.attributes.len == 0 && !self.is_documented(Item::Decl(*inner)) => {
                Some((*inner, next))
            }
            _ => None,
        }
    }

    fn field(&mut self, id: DeclId, field: &Field) {
        // Fields of a chain nest; each is left when its value is printed.
        let mut nested = Vec::new();
        let (mut id, mut field) = (id, *field);
        loop {
            self.label(id, &field);
            self.postfix_alias(id, &field);
            match field.constraint {
                Constraint::Member => {}
                Constraint::Optional => self.token(Kind::Option),
                Constraint::Required => self.token(Kind::Not),
            }
            self.p.space(Space::TIGHT.or(Space::FIXED));
            self.place(Some(field.colon));
            self.token(Kind::Colon);
            self.visit_here();
            let Some((inner, next)) = self.inlined(id, &field) else { break };
            let start = self.item_start(Item::Decl(inner));
            let indented = !self.simplify && start.is_some_and(|at| self.starts_line(at));
            if indented {
                self.p.space(Space::INDENT.or(Space::TABLE_END));
            } else {
                self.p.space(Space::BLANK.or(Space::FIXED));
            }
            nested.push(indented);
            self.enter(Some(Key::Decl(inner)), false);
            (id, field) = (inner, next);
        }
        self.value(&field);
        for indented in nested.into_iter().rev() {
            self.leave();
            if indented {
                self.p.lower();
            }
        }
    }

    fn value(&mut self, field: &Field) {
        let big = self.facts.is_big(field.value);
        let tab = if big || self.p.brace_on_line { Space::BLANK } else { Space::COLUMN };
        self.p.space(tab);
        if matches!(self.s.file.expr(field.value), Expr::Struct(_) | Expr::List(_)) {
            self.expr(field.value);
        } else {
            self.p.space(Space::INDENT);
            self.expr(field.value);
            self.p.pop_indent();
        }
        let mut space = tab;
        for i in field.attributes.start..field.attributes.start + field.attributes.len {
            self.enter(Some(Key::Attribute(i)), false);
            self.p.space(space);
            self.attribute(i);
            self.leave();
            space = Space::BLANK;
        }
        if big {
            self.p.space(Space::TABLE_END);
        }
    }

    fn label(&mut self, id: DeclId, field: &Field) {
        let span = field.label_span;
        if let Some(alias) = field.alias {
            self.enter(None, false);
            self.enter(None, false);
            self.name_word(Key::LabelAlias(id), alias);
            self.place(self.token_from(alias.span.end));
            self.token(Kind::Bind);
            self.enter(Some(Key::Label(id)), false);
            match field.label {
                Label::Ident(ident) => {
                    self.place(Some(span.start));
                    self.ident_text(ident);
                }
                Label::String(_) => {
                    self.place(Some(span.start));
                    self.string(span);
                }
                _ => self.label_group(field),
            }
            self.leave();
            self.leave();
            self.leave();
            return;
        }
        if let Some(name) = self.labels.get(&id).cloned() {
            self.enter(None, false);
            self.word(&name);
            self.leave();
            return;
        }
        let outer = !matches!(field.label, Label::Ident(_) | Label::String(_));
        if outer {
            self.enter(None, false);
        }
        self.enter(Some(Key::Label(id)), false);
        match field.label {
            Label::Ident(_) => {
                self.place(Some(span.start));
                self.word(self.s.text(span));
            }
            Label::String(_) => {
                self.place(Some(span.start));
                let text = literals::label(self.s.text(span));
                self.word(&text);
            }
            // Upstream prints the comments of such a label twice, outside and inside; here they stand inside.
            _ => self.label_group(field),
        }
        self.leave();
        if outer {
            self.leave();
        }
    }

    /// A label that is an expression.
    fn label_group(&mut self, field: &Field) {
        let span = field.label_span;
        match field.label {
            Label::Pattern(element) => self.list(span, &[element], false),
            Label::Dynamic(inner) => self.paren(span, inner, 1),
            Label::Interpolation(id) => self.raw(id, 1),
            _ => {
                self.place(Some(span.start));
                self.word(self.s.text(span));
            }
        }
    }

    /// `~(X)` or `~(K,V)`: always with parentheses.
    fn postfix_alias(&mut self, id: DeclId, field: &Field) {
        let (Some(alias), Some(name)) = (field.postfix_alias, field.postfix_alias.and_then(|a| a.field))
        else {
            return;
        };
        let open =
            self.token_from(alias.span.start + 1).filter(|at| self.s.src.as_bytes()[*at as usize] == b'(');
        self.place(Some(alias.span.start));
        self.token(Kind::Tilde);
        self.p.space(Space::TIGHT);
        self.place(open);
        self.token(Kind::LParen);
        self.p.space(Space::TIGHT);
        if let Some(label) = alias.label {
            self.name(Key::PostfixName(id, false), label);
            self.place(self.token_from(label.span.end));
            self.token(Kind::Comma);
            self.p.space(Space::TIGHT);
        }
        self.name(Key::PostfixName(id, true), name);
        self.place(open.and(self.token_from(name.span.end)));
        self.token(Kind::RParen);
        self.p.space(Space::TIGHT);
    }

    /// Clauses, body and `else`.
    pub(super) fn comprehension(&mut self, index: u32) {
        let c = self.s.file.comprehensions[index as usize];
        self.enter(None, false);
        for i in c.clauses.start..c.clauses.start + c.clauses.len {
            self.enter(Some(Key::Clause(i)), false);
            if i > c.clauses.start {
                self.p.space(Space::BLANK);
            }
            self.clause(i);
            self.leave();
        }
        self.leave();
        self.p.space(Space::BLANK.or(Space::FIXED));
        self.expr(c.body);
        let Some((body, _)) = c.otherwise else { return };
        let single = matches!(self.s.file.clause_list(c.clauses), [Clause::If { .. } | Clause::Try { .. }]);
        self.p.space(Space::BLANK);
        self.place(self.token_from(self.s.file.span(c.body).end));
        self.token(if single { Kind::Else } else { Kind::Otherwise });
        self.p.space(Space::BLANK);
        self.expr(body);
    }

    fn clause(&mut self, i: u32) {
        match self.s.file.clauses[i as usize] {
            Clause::For { key, value, source, span } => {
                self.place(Some(span.start));
                self.word("for");
                self.p.space(Space::BLANK.or(Space::INDENT));
                if let Some(key) = key {
                    self.name_word(Key::ClauseName(i, false), key);
                    self.place(self.token_from(key.span.end));
                    self.token(Kind::Comma);
                    self.p.space(Space::BLANK);
                } else {
                    self.count();
                }
                self.name_word(Key::ClauseName(i, true), value);
                self.p.space(Space::BLANK);
                self.place(self.token_from(value.span.end));
                self.word("in");
                self.p.space(Space::BLANK);
                self.expr(source);
                self.p.pop_indent();
            }
            Clause::If { condition, span } => {
                self.place(Some(span.start));
                self.word("if");
                self.p.space(Space::BLANK.or(Space::INDENT));
                self.expr(condition);
                self.p.pop_indent();
            }
            Clause::Let { name, value, span } => {
                self.place(Some(span.start));
                self.token(Kind::Let);
                self.p.space(Space::BLANK.or(Space::FIXED).or(Space::INDENT));
                self.bound(i, name, value);
            }
            Clause::Try { binding, span } => {
                self.place(Some(span.start));
                self.token(Kind::Try);
                if let Some((name, value)) = binding {
                    self.p.space(Space::BLANK.or(Space::FIXED).or(Space::INDENT));
                    self.bound(i, name, value);
                }
            }
        }
    }

    fn bound(&mut self, i: u32, name: Ident, value: ExprId) {
        self.name(Key::ClauseName(i, true), name);
        self.bind(name.span.end);
        self.expr(value);
        self.p.pop_indent();
    }
}
