//! Names declared twice: the errors upstream reports while parsing, because its parser resolves names. What a name
//! means otherwise is `vela-ir`'s business.
//!
//! A scope is a file, a struct, a clause of a comprehension, a field with a pattern or a value alias. A name is
//! looked up outward through all scopes to the first that has it. Walks with a list of tasks instead of recursion.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use vela_diagnostics::Span;

use crate::ast::{Clause, Decl, DeclId, Expr, ExprId, Field, File, Ident, InterpPart, Label, List};
use crate::error::{Found, Weight};
use crate::lexer::MAX_ERRORS;
use crate::literal;

/// What a scope belongs to, as far as the rules differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ScopeKind {
    Block,
    /// A pattern or a value alias: all its names are aliases.
    Field,
}

/// A name in a scope.
#[derive(Clone, Copy)]
struct Entry {
    scope: usize,
    /// An alias or a let, as opposed to a field.
    alias: bool,
    import: bool,
}

/// What is left to do; the last comes first.
enum Task<'s> {
    Expr(ExprId),
    Decl(DeclId),
    Clauses(List, ExprId, Option<ExprId>),
    Open(ScopeKind),
    Close,
    /// From here on, patterns may refer to names of this scope and those around it.
    EnterField,
    LeaveField,
    Declare(Ident),
    /// Puts back the name of a let that was hidden in its own value.
    Restore(Cow<'s, str>, Entry),
}

struct Checker<'s, 'f> {
    src: &'s str,
    file: &'f File,
    names: FxHashMap<Cow<'s, str>, Vec<Entry>>,
    /// The open scopes, each with where its names start in `declared`.
    scopes: Vec<(ScopeKind, usize)>,
    declared: Vec<Cow<'s, str>>,
    /// Number of scopes open around each value being walked.
    fields: Vec<usize>,
    tasks: Vec<Task<'s>>,
    found: Vec<Found>,
}

/// The errors of a file's declarations, in the order upstream finds them.
pub(crate) fn check(src: &str, file: &File) -> Vec<Found> {
    let mut checker = Checker {
        src,
        file,
        names: FxHashMap::default(),
        scopes: Vec::new(),
        declared: Vec::new(),
        fields: Vec::new(),
        tasks: Vec::new(),
        found: Vec::new(),
    };
    checker.open(ScopeKind::Block);
    for import in &file.imports {
        checker.import(import.name, import.path, import.span);
    }
    checker.block(file.top);
    while let Some(task) = checker.tasks.pop() {
        checker.run(task);
        if checker.found.len() > MAX_ERRORS {
            break;
        }
    }
    checker.found
}

impl<'s> Checker<'s, '_> {
    fn error(&mut self, span: Span, message: String) {
        self.found.push(Found { message, span, seen: u32::MAX, group: 0, weight: Weight::Filtered });
    }

    fn name(&self, ident: Ident) -> Cow<'s, str> {
        Cow::Borrowed(ident.span.of(self.src))
    }

    fn open(&mut self, kind: ScopeKind) {
        self.scopes.push((kind, self.declared.len()));
    }

    fn close(&mut self) {
        let Some((_, first)) = self.scopes.pop() else { return };
        for name in self.declared.drain(first..) {
            if let Some(entries) = self.names.get_mut(&name) {
                entries.pop();
            }
        }
    }

    /// Declares a name in the innermost scope. `alias` tells aliases and lets from fields, `unique` what may be
    /// declared only once in a scope.
    fn declare(&mut self, name: Cow<'s, str>, at: Span, alias: bool, unique: bool, import: bool) {
        if name.is_empty() || name == "_" {
            return;
        }
        let scope = self.scopes.len() - 1;
        let alias = alias || self.scopes[scope].0 == ScopeKind::Field;
        let unique = unique || alias;
        let known = self.names.get(&name).and_then(|e| e.last()).copied();
        if let Some(known) = known {
            if known.alias != alias {
                let message = format!("cannot have both alias and field with name {name:?} in same scope");
                self.error(at, message);
                return;
            }
            if known.scope == scope && (unique || known.alias || known.import) {
                if !known.import {
                    self.error(at, format!("alias {name:?} redeclared in same scope"));
                }
                return;
            }
            if known.scope == scope {
                return;
            }
        }
        self.names.entry(name.clone()).or_default().push(Entry { scope, alias, import });
        self.declared.push(name);
    }

    fn declare_alias(&mut self, ident: Ident, at: Span) {
        let name = self.name(ident);
        self.declare(name, at, true, true, false);
    }

    /// The name an import declares: its own, or the last element of its path.
    fn import(&mut self, name: Option<Ident>, path: Span, span: Span) {
        let name = match name {
            Some(ident) => self.name(ident),
            None => match literal::string(path.of(self.src)) {
                Ok(literal::StringValue::Str(path)) => Cow::Owned(implied_name(&path).to_owned()),
                _ => return,
            },
        };
        self.declare(name, span, false, true, true);
    }

    /// Declares the names of a struct's or file's declarations and schedules them.
    fn block(&mut self, decls: List) {
        let file = self.file;
        let decls = file.decl_list(decls);
        for id in decls {
            match file.decl(*id) {
                Decl::Field(field) => self.field_names(&field, file.decl_spans[id.0 as usize]),
                Decl::Let(name, _) => self.declare_alias(name, file.decl_spans[id.0 as usize]),
                _ => {}
            }
        }
        self.tasks.extend(decls.iter().rev().map(|id| Task::Decl(*id)));
    }

    fn field_names(&mut self, field: &Field, span: Span) {
        let pattern = matches!(field.label, Label::Pattern(_));
        if let Some(alias) = field.alias {
            if !pattern {
                self.declare_alias(alias, span);
            }
            if field.postfix_alias.is_some() {
                self.error(span, "field has both label alias and postfix alias".to_owned());
            }
        }
        if !pattern {
            self.postfix_names(field, span, None);
        }
        if let Label::Ident(ident) = field.label {
            let value = match self.file.expr(field.value) {
                Expr::Alias(_, value) => value,
                _ => field.value,
            };
            let name = self.name(ident);
            self.declare(name, self.file.span(value), false, false, false);
        }
    }

    /// The names of `~X` or `~(K,V)`. A pattern's `K` is found at the pattern.
    fn postfix_names(&mut self, field: &Field, span: Span, pattern: Option<ExprId>) {
        let Some(alias) = field.postfix_alias else { return };
        let blank = |ident: Option<Ident>| ident.is_none_or(|i| i.span.of(self.src) == "_");
        match (alias.label, alias.field) {
            (None, Some(_)) if blank(alias.field) => {
                let message = "single postfix alias \"_\" field cannot be the blank identifier";
                self.error(alias.span, message.to_owned());
            }
            (None, Some(name)) => self.declare_alias(name, span),
            (Some(_), _) if blank(alias.label) && blank(alias.field) => {
                let message = "both label and field in postfix alias cannot be the blank identifier";
                self.error(alias.span, message.to_owned());
            }
            (Some(label), name) => {
                self.declare_alias(label, pattern.map_or(label.span, |id| self.file.span(id)));
                if let Some(name) = name {
                    self.declare_alias(name, span);
                }
            }
            (None, None) => {}
        }
    }

    fn run(&mut self, task: Task<'s>) {
        match task {
            Task::Expr(id) => self.expr(id),
            Task::Decl(id) => self.decl(id),
            Task::Clauses(clauses, body, otherwise) => self.clauses(clauses, body, otherwise),
            Task::Open(kind) => self.open(kind),
            Task::Close => self.close(),
            Task::EnterField => self.fields.push(self.scopes.len()),
            Task::LeaveField => drop(self.fields.pop()),
            Task::Declare(ident) => {
                let name = self.name(ident);
                self.declare(name, ident.span, false, false, false);
            }
            Task::Restore(name, entry) => self.names.entry(name).or_default().push(entry),
        }
    }

    fn decl(&mut self, id: DeclId) {
        match self.file.decl(id) {
            Decl::Field(field) => self.field(&field, self.file.decl_spans[id.0 as usize]),
            Decl::Embed(id) => self.tasks.push(Task::Expr(id)),
            Decl::Let(ident, value) => {
                // A let is not visible in its own value.
                let name = self.name(ident);
                let scope = self.scopes.len() - 1;
                if let Some(entries) = self.names.get_mut(&name)
                    && let Some(entry) = entries.pop_if(|e| e.scope == scope)
                {
                    self.tasks.push(Task::Restore(name, entry));
                }
                self.value(value);
            }
            Decl::Ellipsis | Decl::Attribute(_) | Decl::Bad => {}
        }
    }

    fn value(&mut self, value: ExprId) {
        self.tasks.extend([Task::LeaveField, Task::Expr(value), Task::EnterField]);
    }

    fn field(&mut self, field: &Field, span: Span) {
        let (aliased, value) = match self.file.expr(field.value) {
            Expr::Alias(alias, value) => (Some((alias, self.file.span(field.value))), value),
            _ => (None, field.value),
        };
        match field.label {
            Label::Pattern(pattern) => {
                self.open(ScopeKind::Field);
                self.tasks.push(Task::Close);
                self.with_alias(aliased, value);
                self.pattern(field, pattern, span);
            }
            Label::Dynamic(id) | Label::Interpolation(id) => {
                self.with_alias(aliased, value);
                self.tasks.push(Task::Expr(id));
            }
            Label::Ident(_) | Label::String(_) | Label::Bad(_) => self.with_alias(aliased, value),
        }
    }

    /// Schedules a field's value; an alias before it has a scope of its own.
    fn with_alias(&mut self, alias: Option<(Ident, Span)>, value: ExprId) {
        if let Some((alias, _)) = alias {
            self.tasks.push(Task::Close);
            self.value(value);
            self.tasks.extend([Task::Declare(alias), Task::Open(ScopeKind::Field)]);
        } else {
            self.value(value);
        }
    }

    /// Declares the names of a pattern, and looks for references to fields the pattern would match.
    fn pattern(&mut self, field: &Field, pattern: ExprId, span: Span) {
        if let Some(alias) = field.alias {
            self.declare_alias(alias, span);
        }
        let mut expr = pattern;
        if let Expr::Alias(alias, inner) = self.file.expr(pattern) {
            if field.postfix_alias.is_some() {
                let message = "pattern constraint has both label alias and postfix alias";
                self.error(span, message.to_owned());
            }
            expr = inner;
            self.declare_alias(alias, self.file.span(inner));
        } else {
            self.postfix_names(field, span, Some(pattern));
        }
        self.tasks.push(Task::Expr(expr));
        let around = self.fields.last().copied().unwrap_or(0);
        let whole = self.file.span(expr);
        // Children stand before their parents: the pattern's own are those right before it.
        let mut matched = Vec::new();
        for i in (0..=expr.0 as usize).rev() {
            let span = self.file.expr_spans[i];
            if span.start < whole.start {
                break;
            }
            if self.file.exprs[i] == Expr::Ident && whole.end >= span.end {
                let name = Cow::Borrowed(span.of(self.src));
                let entries = self.names.get(&name).map_or(&[][..], |e| e);
                let hits = entries.iter().rev().take_while(|e| e.scope >= around).count();
                matched.extend(std::iter::repeat_n(span, hits));
            }
        }
        for span in matched.into_iter().rev() {
            let name = span.of(self.src);
            let message = format!(
                "reference {name:?} in label expression refers to field against which it would be matched"
            );
            self.error(span, message);
        }
    }

    /// Clauses from left to right, each in the scope of those before it; then the body.
    fn clauses(&mut self, clauses: List, body: ExprId, otherwise: Option<ExprId>) {
        if let Some(id) = otherwise {
            self.tasks.push(Task::Expr(id));
        }
        let opens = |c: &Clause| !matches!(c, Clause::If { .. } | Clause::Try { binding: None, .. });
        let list = self.file.clause_list(clauses);
        self.tasks.extend(list.iter().filter(|c| opens(c)).map(|_| Task::Close));
        self.tasks.push(Task::Expr(body));
        for clause in list.iter().rev() {
            let (source, names) = match *clause {
                Clause::For { key, value, source, .. } => (Some(source), [Some(value), key]),
                Clause::If { condition, .. } => (Some(condition), [None, None]),
                Clause::Let { name, value, .. } => (Some(value), [Some(name), None]),
                Clause::Try { binding, .. } => (binding.map(|b| b.1), [binding.map(|b| b.0), None]),
            };
            self.tasks.extend(names.into_iter().flatten().map(Task::Declare));
            if opens(clause) {
                self.tasks.push(Task::Open(ScopeKind::Block));
            }
            self.tasks.extend(source.map(Task::Expr));
        }
    }

    fn expr(&mut self, id: ExprId) {
        let file = self.file;
        match file.expr(id) {
            Expr::Bad
            | Expr::Ident
            | Expr::Null
            | Expr::Bool(_)
            | Expr::Bottom
            | Expr::Number
            | Expr::String
            | Expr::Ellipsis(None) => {}
            Expr::Struct(decls) => {
                self.open(ScopeKind::Block);
                self.tasks.push(Task::Close);
                self.block(decls);
            }
            Expr::Comprehension(i) => {
                let c = file.comprehensions[i as usize];
                self.tasks.push(Task::Clauses(c.clauses, c.body, c.otherwise.map(|o| o.0)));
            }
            Expr::Interpolation(parts) => {
                let exprs = file.interp_parts(parts).iter().rev().filter_map(|p| match p {
                    InterpPart::Expr(id) => Some(Task::Expr(*id)),
                    InterpPart::Text(_) => None,
                });
                self.tasks.extend(exprs);
            }
            Expr::List(list) => self.exprs(list),
            Expr::Call(f, args) => {
                self.exprs(args);
                self.tasks.push(Task::Expr(f));
            }
            Expr::Ellipsis(Some(x))
            | Expr::Unary(_, x)
            | Expr::Select(x, _)
            | Expr::Paren(x)
            | Expr::PostfixEllipsis(x)
            | Expr::PostfixOption(x)
            | Expr::Alias(_, x) => self.tasks.push(Task::Expr(x)),
            Expr::Binary(_, x, y) | Expr::Index(x, y) => {
                self.tasks.extend([Task::Expr(y), Task::Expr(x)]);
            }
            Expr::Slice(x, low, high) => {
                self.tasks.extend(high.map(Task::Expr));
                self.tasks.extend(low.map(Task::Expr));
                self.tasks.push(Task::Expr(x));
            }
        }
    }

    fn exprs(&mut self, list: List) {
        self.tasks.extend(self.file.expr_list(list).iter().rev().map(|id| Task::Expr(*id)));
    }
}

/// The name a package path gives its package where the import does not.
fn implied_name(path: &str) -> &str {
    let slash = path.rfind('/').map_or(0, |i| i + 1);
    if let Some(colon) = path.rfind(':').filter(|i| *i >= slash) {
        return &path[colon + 1..];
    }
    let path = path.split_once('@').filter(|(_, version)| !version.is_empty()).map_or(path, |(path, _)| path);
    let last = path.rsplit('/').next().unwrap_or(path);
    if literal::is_identifier(last) && !last.starts_with('#') && last != "_" { last } else { "" }
}
