//! Which quoted labels can be plain identifiers: those of a name that no reference in their struct could then find.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::source::Source;
use crate::ast::{Clause, Decl, DeclId, Expr, ExprId, InterpPart, Label, List};
use crate::literal;

/// The identifiers that take the place of quoted labels.
pub(super) type Labels = FxHashMap<DeclId, String>;

enum Task {
    Expr(ExprId),
    /// The declarations of a struct have been walked.
    Leave(List),
}

struct Simplifier<'s> {
    s: &'s Source<'s>,
    /// By name, the open structs that declare it, innermost last, and whether its labels can lose their quotes.
    names: FxHashMap<Cow<'s, str>, Vec<(usize, bool)>>,
    /// The names each open struct declares.
    scopes: Vec<Vec<Cow<'s, str>>>,
    tasks: Vec<Task>,
    labels: Labels,
}

/// The labels of a file that lose their quotes.
pub(super) fn labels(source: &Source<'_>) -> Labels {
    let mut s = Simplifier {
        s: source,
        names: FxHashMap::default(),
        scopes: Vec::new(),
        tasks: Vec::new(),
        labels: Labels::default(),
    };
    s.enter(source.file.top, true);
    while let Some(task) = s.tasks.pop() {
        match task {
            Task::Expr(id) => s.expr(id),
            Task::Leave(decls) => s.leave(decls),
        }
    }
    s.labels
}

/// The value of a plain literal, as far as escapes of Go and CUE agree; bytes of one character count.
fn plain(text: &str) -> Option<String> {
    let single = text.starts_with('\'') && text.chars().count() == 3;
    if !(single || text.starts_with('"')) || text.starts_with("\"\"\"") || text.contains("\\/") {
        return None;
    }
    let value = literal::string(text).ok()?;
    String::from_utf8(literal::bytes_value(&value).to_vec()).ok()
}

impl<'s> Simplifier<'s> {
    /// Opens a struct: declares its labels, refers to what else it names, and schedules its values.
    fn enter(&mut self, decls: List, file: bool) {
        let ids = self.s.file.decl_list(decls);
        self.scopes.push(Vec::new());
        for id in ids {
            if let Decl::Field(field) = self.s.file.decl(*id) {
                if let Some(alias) = field.alias {
                    self.declare(Cow::Borrowed(self.s.text(alias.span)));
                }
                match field.label {
                    Label::Ident(ident) => {
                        let word = self.s.text(ident.span);
                        if !matches!(word, "null" | "true" | "false") {
                            self.declare(Cow::Borrowed(word));
                        }
                    }
                    Label::String(_) => {
                        if let Some(name) = plain(self.s.text(field.label_span))
                            && !literal::needs_quotes(&name)
                        {
                            self.declare(Cow::Owned(name));
                        }
                    }
                    Label::Dynamic(inner) => self.declare_all(inner),
                    Label::Interpolation(_) | Label::Pattern(_) | Label::Bad(_) => {}
                }
            }
        }
        if file {
            self.refer_head();
        }
        self.tasks.push(Task::Leave(decls));
        for id in ids.iter().rev() {
            match self.s.file.decl(*id) {
                Decl::Field(field) => self.tasks.push(Task::Expr(field.value)),
                Decl::Let(name, value) => {
                    self.refer(self.s.text(name.span));
                    self.tasks.push(Task::Expr(value));
                }
                Decl::Embed(value) => self.tasks.push(Task::Expr(value)),
                Decl::Ellipsis | Decl::Attribute(_) | Decl::Bad => {}
            }
        }
    }

    /// Names in the expression of a dynamic label count as declared.
    fn declare_all(&mut self, id: ExprId) {
        let span = self.s.file.span(id);
        for i in (0..=id.0 as usize).rev() {
            let at = self.s.file.expr_spans[i];
            if at.start < span.start {
                break;
            }
            match self.s.file.exprs[i] {
                Expr::Ident => self.declare(Cow::Borrowed(self.s.text(at))),
                Expr::String => {
                    if let Some(name) = plain(self.s.text(at))
                        && !literal::needs_quotes(&name)
                    {
                        self.declare(Cow::Owned(name));
                    }
                }
                _ => {}
            }
        }
    }

    /// The names of the package and of imports count as references.
    fn refer_head(&mut self) {
        let file = self.s.file;
        for ident in file.package.iter().chain(file.imports.iter().filter_map(|i| i.name.as_ref())) {
            self.refer(self.s.text(ident.span));
        }
    }

    fn declare(&mut self, name: Cow<'s, str>) {
        let scope = self.scopes.len();
        let entries = self.names.entry(name.clone()).or_default();
        if entries.last().is_none_or(|e| e.0 != scope) {
            entries.push((scope, true));
            if let Some(names) = self.scopes.last_mut() {
                names.push(name);
            }
        }
    }

    fn refer(&mut self, name: &str) {
        if let Some(entry) = self.names.get_mut(name).and_then(|e| e.last_mut()) {
            entry.1 = false;
        }
    }

    fn leave(&mut self, decls: List) {
        for id in self.s.file.decl_list(decls) {
            let Decl::Field(field) = self.s.file.decl(*id) else { continue };
            if !matches!(field.label, Label::String(_)) || field.alias.is_some() {
                continue;
            }
            if let Some(name) = plain(self.s.text(field.label_span))
                && self
                    .names
                    .get(name.as_str())
                    .and_then(|e| e.last())
                    .is_some_and(|e| e.0 == self.scopes.len() && e.1)
            {
                self.labels.insert(*id, name);
            }
        }
        for name in self.scopes.pop().unwrap_or_default() {
            if let Some(entries) = self.names.get_mut(&name) {
                entries.pop();
            }
        }
    }

    fn expr(&mut self, id: ExprId) {
        let file = self.s.file;
        match file.expr(id) {
            Expr::Ident => self.refer(self.s.text(file.span(id))),
            Expr::Struct(decls) => self.enter(decls, false),
            Expr::Select(x, _) => self.tasks.push(Task::Expr(x)),
            Expr::Interpolation(parts) => {
                for part in file.interp_parts(parts).iter().rev() {
                    if let InterpPart::Expr(id) = part {
                        self.tasks.push(Task::Expr(*id));
                    }
                }
            }
            Expr::Comprehension(i) => {
                let c = file.comprehensions[i as usize];
                self.tasks.extend(c.otherwise.map(|o| Task::Expr(o.0)));
                self.tasks.push(Task::Expr(c.body));
                for clause in file.clause_list(c.clauses) {
                    let (names, source) = match *clause {
                        Clause::For { key, value, source, .. } => ([key, Some(value)], Some(source)),
                        Clause::If { condition, .. } => ([None, None], Some(condition)),
                        Clause::Let { name, value, .. } => ([Some(name), None], Some(value)),
                        Clause::Try { binding, .. } => ([binding.map(|b| b.0), None], binding.map(|b| b.1)),
                    };
                    for name in names.into_iter().flatten() {
                        self.refer(self.s.text(name.span));
                    }
                    self.tasks.extend(source.map(Task::Expr));
                }
            }
            Expr::Alias(name, x) => {
                self.refer(self.s.text(name.span));
                self.tasks.push(Task::Expr(x));
            }
            _ => self.tasks.extend(self.s.operands(id).into_iter().rev().map(Task::Expr)),
        }
    }
}
