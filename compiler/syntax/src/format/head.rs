//! The head of a file, and lists of declarations.

use super::decls::Formatter;
use super::printer::Space;
use super::slots::{Group, Key};
use super::source::Rel;
use crate::ast::{Decl, DeclId, Expr, Field, Label};
use crate::kind::Kind;

/// Something that stands in a list of declarations.
#[derive(Clone, Copy)]
pub(super) enum Item {
    /// Index into `File::attributes`.
    Attribute(u32),
    Package,
    /// Index into the file's import declarations.
    Import(usize),
    Decl(DeclId),
}

impl Formatter<'_> {
    /// Everything a file holds, in order.
    pub(super) fn file_items(&self) -> Vec<Item> {
        let file = self.s.file;
        let head = file.file_attributes;
        let mut items: Vec<_> = (head.start..head.start + head.len).map(Item::Attribute).collect();
        items.extend(file.package.map(|_| Item::Package));
        let top = file.decl_list(file.top);
        let imports = self.s.imports.first().map_or(0, |i| i.start);
        let split = top.partition_point(|d| file.decl_spans[d.0 as usize].start < imports);
        items.extend(top[..split].iter().map(|id| self.item(*id)));
        items.extend((0..self.s.imports.len()).map(Item::Import));
        items.extend(top[split..].iter().map(|id| self.item(*id)));
        items
    }

    pub(super) fn item(&self, id: DeclId) -> Item {
        match self.s.file.decl(id) {
            Decl::Attribute(i) => Item::Attribute(i),
            _ => Item::Decl(id),
        }
    }

    fn field_of(&self, item: Item) -> Option<(DeclId, Field)> {
        match item {
            Item::Decl(id) => match self.s.file.decl(id) {
                Decl::Field(field) => Some((id, field)),
                _ => None,
            },
            _ => None,
        }
    }

    /// How many fields a chain of single fields has; 0 if it ends in another struct.
    fn nesting(&self, field: Field) -> usize {
        let mut field = field;
        let mut before = 0;
        loop {
            let Expr::Struct(list) = self.s.file.expr(field.value) else { return before + 1 };
            let [one] = self.s.file.decl_list(list) else { return before };
            match self.s.file.decl(*one) {
                Decl::Field(inner) => {
                    before += 1;
                    field = inner;
                }
                _ => return before + 1,
            }
        }
    }

    fn depth(&self, item: Item) -> usize {
        self.field_of(item).map_or(0, |(_, field)| self.nesting(field))
    }

    pub(super) fn item_key(item: Item) -> Key {
        match item {
            Item::Attribute(i) => Key::Attribute(i),
            Item::Package => Key::Package,
            Item::Import(i) => Key::Import(i),
            Item::Decl(id) => Key::Decl(id),
        }
    }

    fn has_comments(&self, key: Key) -> bool {
        let counts = |group: &Group| !(self.from_values && (group.line || group.rel == Rel::Blank));
        self.comments.get(&key).is_some_and(|groups| groups.iter().any(counts))
    }

    /// Whether a declaration or its label has comments.
    pub(super) fn is_documented(&self, item: Item) -> bool {
        if self.has_comments(Self::item_key(item)) {
            return true;
        }
        let Item::Decl(id) = item else { return false };
        match self.s.file.decl(id) {
            Decl::Field(field) => {
                field.alias.is_none() && !self.labels.contains_key(&id) && self.has_comments(Key::Label(id))
            }
            Decl::Let(..) => self.has_comments(Key::LetName(id)),
            _ => false,
        }
    }

    /// The name of a field's label, where that is an identifier.
    pub(super) fn label_name(&self, field: &Field) -> Option<&str> {
        match field.label {
            Label::Ident(ident) => {
                Some(self.s.text(ident.span)).filter(|n| !matches!(*n, "null" | "true" | "false"))
            }
            _ => None,
        }
    }

    fn is_definition(&self, field: &Field) -> bool {
        self.label_name(field).is_some_and(|n| n.starts_with('#') || n.starts_with("_#"))
    }

    /// `...`, `[string]: _` and `[_]: _`, which say the same.
    fn is_open_end(&self, item: Item) -> bool {
        let Item::Decl(id) = item else { return false };
        let text = |id| self.s.text(self.s.file.span(id));
        match self.s.file.decl(id) {
            Decl::Ellipsis => true,
            Decl::Field(Field { alias: None, label: Label::Pattern(pattern), value, .. }) => {
                let ident = |id| self.s.file.expr(id) == Expr::Ident;
                ident(value)
                    && text(value) == "_"
                    && ident(pattern)
                    && matches!(text(pattern), "string" | "_")
            }
            _ => false,
        }
    }

    /// A list of declarations. The source decides about line ends; here only what ends a table.
    pub(super) fn items(&mut self, items: &[Item]) {
        self.enter(None, false);
        let mut depth = 0;
        let mut open_end = None;
        let mut printed = false;
        for (i, item) in items.iter().copied().enumerate() {
            if i > 0 {
                if printed {
                    self.p.space(Space::DECL_COMMA);
                }
                let next = self.depth(item);
                if !self.parent_on_one_line() && (depth == 0 || next != depth) {
                    self.p.space(self.table_end());
                }
                if self.is_documented(item) {
                    let section = match self.field_of(items[i - 1]) {
                        Some((_, field)) => self.is_definition(&field),
                        None => true,
                    };
                    if section {
                        self.p.space(Space::SECTION);
                    }
                }
            }
            if self.simplify && self.is_open_end(item) {
                open_end = Some(item);
                continue;
            }
            self.declaration(item);
            printed = true;
            depth = self.depth(item);
            if let Some((_, field)) = items.get(i + 1).and_then(|item| self.field_of(*item)) {
                let table_end = match self.s.file.expr(field.value) {
                    Expr::Struct(list) => list.len != 1 || self.s.has_braces(field.value),
                    Expr::List(_) => true,
                    _ => false,
                };
                if table_end {
                    self.p.space(self.table_end());
                    continue;
                }
            }
            self.p.space(self.parent_separator());
        }
        if let Some(item) = open_end {
            self.enter(Some(Self::item_key(item)), false);
            self.token(Kind::Ellipsis);
            self.leave();
            self.p.space(self.parent_separator());
        }
        self.leave();
    }

    pub(super) fn package(&mut self) {
        let Some(name) = self.s.file.package else { return };
        let i = self.s.tokens.partition_point(|t| t.span.start < name.span.start);
        let start = i.checked_sub(1).map(|i| self.s.tokens[i].span.start);
        self.place(start);
        self.word("package");
        self.p.space(Space::BLANK);
        self.ident_text(name);
        self.p.space(Space::SECTION.or(Space::FIXED));
    }

    pub(super) fn import(&mut self, i: usize) {
        let decl = self.s.imports[i];
        self.place(Some(decl.start));
        self.word("import");
        let parens = decl.parens;
        self.p.space(Space::BLANK);
        if decl.count == 0 {
            self.place(parens.map(|p| p.0));
            self.token(Kind::LParen);
            self.place(parens.map(|p| p.1));
            self.token(Kind::RParen);
            self.p.space(Space::LINE);
            return;
        }
        let single = decl.count == 1 && !self.comments_at_start(Key::ImportSpec(decl.first));
        if single && parens.is_none() {
            self.specs(decl.first, decl.count);
        } else {
            self.place(parens.map(|p| p.0));
            self.token(Kind::LParen);
            self.p.space(Space::LINE);
            self.p.space(Space::INDENT);
            self.specs(decl.first, decl.count);
            self.p.space(Space::UNINDENT);
            self.p.space(Space::LINE);
            self.place(parens.map(|p| p.1));
            self.token(Kind::RParen);
            self.p.space(Space::LINE);
        }
        self.p.space(Space::SECTION.or(Space::FIXED));
    }

    fn comments_at_start(&self, key: Key) -> bool {
        self.comments.get(&key).is_some_and(|groups| groups.iter().any(|g| g.position <= 1))
    }

    fn specs(&mut self, first: usize, count: usize) {
        self.enter(None, false);
        for i in first..first + count {
            let import = self.s.file.imports[i];
            if i > first && !self.starts_line(import.span.start) {
                // Upstream keeps specs on one line, where they would not be read again.
                self.p.space(Space::LINE.or(Space::FIXED));
            }
            self.enter(Some(Key::ImportSpec(i)), false);
            match import.name {
                Some(name) => {
                    self.enter(Some(Key::ImportName(i)), false);
                    self.place(Some(name.span.start));
                    self.word(self.s.text(name.span));
                    self.leave();
                    self.p.space(Space::BLANK);
                }
                None => self.count(),
            }
            self.enter(None, false);
            self.place(Some(import.path.start));
            self.string(import.path);
            self.leave();
            self.p.space(Space::LINE);
            self.leave();
        }
        self.leave();
    }
}
