//! Scopes and bindings: what an identifier means where it stands, and which declarations were never used. That no
//! two declarations of a name exclude each other, the parser has seen to.

use vela_diagnostics::Span;

use super::Lowerer;
use crate::ir::{DynRef, Expr, ExprId, LetRef, Place};
use crate::label::Label;

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Bound {
    /// A field with that identifier as label.
    Field(Label),
    /// An import of the file: index into `Lowerer::imports`.
    Import(u32),
    /// A `let` declaration: index into `Lowerer::lets`.
    Let(u32),
    /// An alias: index into `Lowerer::aliases`.
    Alias(u32),
    /// The `K` of `~(K,V)`: index into `Lowerer::keys`.
    Key(u32),
    /// The `X` of `[X=p]: v`.
    PatternLabel(Label),
    /// A variable of a comprehension's clause.
    Clause { label: Label, varies: Varies },
}

/// Whether a clause's variable differs per iteration of a comprehension that is embedded in a struct, and so makes
/// lets that mention it differ.
#[derive(Clone, Copy, Debug)]
pub(super) enum Varies {
    /// A comprehension in a list: every iteration has its own element.
    No,
    /// A `for` variable.
    Yes,
    /// A `let` or `try` variable: as its value, a node of `Lowerer::nodes`.
    As(u32),
}

/// A binding of a name in one scope.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding {
    pub(super) what: Bound,
    /// Index of the scope in the stack of scopes.
    pub(super) scope: u32,
    /// Frames around and including the scope's own.
    pub(super) depth: u32,
}

/// An open scope.
pub(super) struct Scope {
    names: u32,
    aliases: u32,
    serial: u32,
}

/// What an alias stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum AliasTarget {
    /// A field with a fixed label.
    Field(Label),
    /// A field with a computed label: its key, once lowered.
    Dynamic(Option<ExprId>),
    /// The field that a pattern constrains.
    Pattern,
    /// The value it stands before.
    Value,
}

/// `X=a`, `a: X=v`, `a~X`, `[p]~(K,X)`, …
pub(super) struct Alias<'a> {
    pub(super) name: &'a str,
    pub(super) target: AliasTarget,
    pub(super) place: Place,
    pub(super) used: bool,
}

/// The `K` of `~(K,V)`.
#[derive(Clone, Copy)]
pub(super) struct KeyAlias {
    pub(super) label: vela_syntax::ast::Label,
    pub(super) span: Span,
    /// Whether the field's value is being lowered: the only place where a computed label is known.
    pub(super) open: bool,
}

impl<'a> Lowerer<'a, '_> {
    /// Opens a scope; `frame` tells whether it counts as a level.
    pub(super) fn open_scope(&mut self, frame: bool) {
        self.scope_serial += 1;
        self.scopes.push(Scope {
            names: self.scope_names.len() as u32,
            aliases: self.scope_aliases.len() as u32,
            serial: self.scope_serial,
        });
        self.depth += u32::from(frame);
    }

    /// Closes the innermost scope and reports its unused lets and aliases.
    pub(super) fn close_scope(&mut self, frame: bool) {
        self.depth -= u32::from(frame);
        let Some(scope) = self.scopes.pop() else { return };
        for name in self.scope_names.drain(scope.names as usize..) {
            if let Some(stack) = self.names.get_mut(name) {
                stack.pop();
            }
        }
        for i in scope.aliases as usize..self.scope_aliases.len() {
            let (name, place) = match self.scope_aliases[i] {
                Bound::Let(i) if !self.lets[i as usize].used => {
                    (self.lets[i as usize].name, self.lets[i as usize].place)
                }
                Bound::Alias(i) if !self.aliases[i as usize].used => {
                    (self.aliases[i as usize].name, self.aliases[i as usize].place)
                }
                _ => continue,
            };
            self.error(place, format!("unreferenced alias or let clause {name}"));
        }
        self.scope_aliases.truncate(scope.aliases as usize);
    }

    fn top(&self, name: &str) -> Option<&Binding> {
        self.names.get(name)?.last()
    }

    /// The innermost binding of a name.
    pub(super) fn lookup(&self, name: &str) -> Option<Binding> {
        self.top(name).copied()
    }

    /// Binds a name in the innermost scope.
    pub(super) fn insert(&mut self, name: &'a str, what: Bound) {
        if name == "_" {
            return;
        }
        let scope = self.scopes.len() as u32 - 1;
        if let Some(existing) = self.top(name)
            && existing.scope == scope
        {
            // A field declared again, or the name of an import, which is reported elsewhere.
            if matches!(
                (existing.what, what),
                (Bound::Field(_), Bound::Field(_)) | (Bound::Import(_), Bound::Field(_) | Bound::Import(_))
            ) {
                return;
            }
        }
        self.names.entry(name).or_default().push(Binding { what, scope, depth: self.depth });
        self.scope_names.push(name);
    }

    /// Enters an alias or let into the innermost scope's list, where a name may stand once.
    pub(super) fn declare(&mut self, name: &'a str, ident: Place, place: Place, what: Bound) {
        let serial = self.scopes.last().map_or(0, |s| s.serial);
        if let Some((previous, bound)) = self.declared.get(&(serial, name)).copied() {
            // A reference finds the first.
            match bound {
                Bound::Alias(i) => self.aliases[i as usize].used = true,
                Bound::Let(i) => self.lets[i as usize].used = true,
                _ => {}
            }
            let previous = Place { start: previous, end: previous, op: previous, file: self.file };
            let message = format!("alias \"{name}\" already declared; previous declaration at ");
            self.error_with(place, self.path, message, Some(previous));
            return;
        }
        if name == "_" {
            self.error(ident, "cannot use _ as alias or let clause".to_string());
            return;
        }
        self.declared.insert((serial, name), (place.start, what));
        self.scope_aliases.push(what);
    }

    /// Takes the binding of a name away if it is of the innermost scope: a let does not see itself.
    pub(super) fn hide(&mut self, name: &str) -> Option<Binding> {
        let scope = self.scopes.len() as u32 - 1;
        let stack = self.names.get_mut(name)?;
        stack.pop_if(|b| b.scope == scope)
    }

    /// Puts back what [`Self::hide`] has taken away.
    pub(super) fn unhide(&mut self, name: &'a str, binding: Option<Binding>) {
        if let Some(binding) = binding {
            self.names.entry(name).or_default().push(binding);
        }
    }

    /// Levels between here and a frame of the given depth; `None` where there are too many to count.
    fn up(&mut self, depth: u32, place: Place) -> Option<u16> {
        let up = u16::try_from(self.depth - depth).ok();
        if up.is_none() {
            self.error(place, "too many levels of nesting".to_string());
        }
        up
    }

    /// What an identifier in an expression means.
    pub(super) fn resolve(&mut self, span: Span) -> ExprId {
        let place = self.place(span);
        let name = span.of(self.text);
        if name == "_" {
            return self.push(Expr::Top, place);
        }
        let Some(binding) = self.lookup(name) else {
            return self.resolve_outside(name, place);
        };
        let depth = binding.depth;
        let Some(up) = self.up(depth, place) else { return self.push(Expr::Bottom, place) };
        let expr = match binding.what {
            Bound::Field(label) => Expr::FieldRef(up, label),
            Bound::Import(i) => {
                self.imports[i as usize].used = true;
                Expr::Import(self.imports[i as usize].index)
            }
            Bound::Let(i) => self.let_ref(i, up, place),
            Bound::Alias(i) => self.alias_ref(i, up, place),
            Bound::Key(i) => self.key_ref(i, up, place),
            Bound::PatternLabel(label) => Expr::LabelRef(up, label),
            Bound::Clause { label, varies } => {
                match varies {
                    Varies::No => {}
                    Varies::Yes => self.nodes.vary(),
                    Varies::As(node) => self.nodes.mention(node),
                }
                Expr::FieldRef(up, label)
            }
        };
        self.push(expr, place)
    }

    fn let_ref(&mut self, index: u32, up: u16, place: Place) -> Expr {
        let entry = &mut self.lets[index as usize];
        entry.used = true;
        let (label, node) = (entry.label, entry.node);
        self.nodes.refer(node, place, self.path);
        let i = self.ir.let_refs.len() as u32;
        // The value and whether it varies are known when the file is done.
        self.ir.let_refs.push(LetRef { up, label, value: ExprId(u32::MAX), multi: false });
        self.nodes.let_refs.push((i, index));
        Expr::LetRef(i)
    }

    fn alias_ref(&mut self, index: u32, up: u16, place: Place) -> Expr {
        let alias = &mut self.aliases[index as usize];
        alias.used = true;
        let name = alias.name;
        match alias.target {
            AliasTarget::Field(label) => Expr::FieldRef(up, label),
            AliasTarget::Dynamic(Some(key)) => self.dyn_ref(up, name, key),
            AliasTarget::Dynamic(None) => self.bottom(place, "cyclic reference in field alias".to_string()),
            AliasTarget::Pattern => {
                let label = self.ir.labels.string(name);
                let key = self.push(Expr::LabelRef(0, label), place);
                self.dyn_ref(up, name, key)
            }
            AliasTarget::Value => {
                let label = self.ir.labels.string(name);
                // Outside of all braces and brackets of the value there is no frame for it yet.
                up.checked_sub(1).map_or(Expr::CurrentRef(label), |up| Expr::ValueRef(up, label))
            }
        }
    }

    fn dyn_ref(&mut self, up: u16, alias: &str, key: ExprId) -> Expr {
        let alias = self.ir.labels.string(alias);
        self.ir.dyn_refs.push(DynRef { up, alias, key });
        Expr::DynRef(self.ir.dyn_refs.len() as u32 - 1)
    }

    fn key_ref(&mut self, index: u32, up: u16, place: Place) -> Expr {
        use vela_syntax::ast::Label;
        let key = self.keys[index as usize];
        let name = key.span.of(self.text);
        match key.label {
            Label::Ident(ident) => {
                let label = ident.span.of(self.text);
                if label.starts_with(['_', '#']) {
                    let place = self.place(key.span);
                    let message = "label alias cannot reference definition or hidden field";
                    return self.bottom(place, message.to_string());
                }
                self.str_expr(label)
            }
            Label::String(literal) => {
                let id = self.leaf(literal);
                self.ir.expr(id)
            }
            _ if key.open => Expr::LabelRef(up, self.ir.labels.string(name)),
            _ => self.bottom(place, format!("reference \"{name}\" not found")),
        }
    }

    /// A name that nothing in its file declares.
    fn resolve_outside(&mut self, name: &'a str, place: Place) -> ExprId {
        let label = self.ir.labels.identifier(name, self.package);
        let found = if self.package_scope.contains(&label) {
            Some(label)
        } else {
            self.outer.as_ref().and_then(|o| (o.field)(name, label, &self.ir.labels))
        };
        if let Some(label) = found {
            let expr = self.up(1, place).map_or(Expr::Bottom, |up| Expr::FieldRef(up, label));
            return self.push(expr, place);
        }
        if let Some(path) = self.outer.as_ref().and_then(|o| (o.builtin)(name)) {
            let target = crate::ir::ImportTarget::Builtin;
            self.ir.imports.push(crate::ir::Import { path, name: name.to_string(), target });
            return self.push(Expr::Import(self.ir.imports.len() as u32 - 1), place);
        }
        self.predeclared(name, place)
    }
}
