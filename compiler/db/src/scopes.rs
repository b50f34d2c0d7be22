//! The scopes of a `.cue` file as an index: which structs and comprehensions are around a place, found without going over
//! the whole file for each name.

use vela_diagnostics::Span;
use vela_syntax::ast::{Expr, List};

use crate::cue::CueFile;

/// What a scope is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeKind {
    /// Declarations of a struct; whether it has an opening and a closing brace.
    Struct(List, bool, bool),
    /// A comprehension, by its number.
    Comprehension(u32),
}

/// A scope, and the one around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Scope {
    span: Span,
    kind: ScopeKind,
    parent: Option<u32>,
}

/// The scopes of a file, by where they start.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// Goes over the tree once.
    pub fn new(cue: &CueFile) -> Self {
        let (file, text) = (&cue.parse.file, &*cue.text);
        let mut all: Vec<Scope> = Vec::new();
        for (i, expr) in file.exprs.iter().enumerate() {
            if let Expr::Struct(list) = expr {
                let span = file.expr_spans[i];
                let kind =
                    ScopeKind::Struct(*list, span.of(text).starts_with('{'), span.of(text).ends_with('}'));
                all.push(Scope { span, kind, parent: None });
            }
        }
        for (i, comprehension) in file.comprehensions.iter().enumerate() {
            let kind = ScopeKind::Comprehension(i as u32);
            all.push(Scope { span: comprehension.span, kind, parent: None });
        }
        // Of two that start together the wider is around the other; of equal ones the comprehension is.
        let order = |s: &Scope| {
            (s.span.start, std::cmp::Reverse(s.span.end), matches!(s.kind, ScopeKind::Struct(..)))
        };
        all.sort_by_key(order);
        let mut open: Vec<u32> = Vec::new();
        for i in 0..all.len() {
            while open.last().is_some_and(|o| all[*o as usize].span.end < all[i].span.end) {
                open.pop();
            }
            all[i].parent = open.last().copied();
            open.push(i as u32);
        }
        Self(all)
    }

    /// The scopes around an offset, the innermost first. At its braces a place is outside of a struct; one without
    /// braces begins at its first label.
    pub fn around(&self, offset: u32) -> Vec<ScopeKind> {
        let mut out = Vec::new();
        let last = self.0.partition_point(|s| s.span.start <= offset);
        let mut at = last.checked_sub(1);
        while let Some(scope) = at.and_then(|at| self.0.get(at)) {
            let inside = match scope.kind {
                ScopeKind::Struct(_, opened, closed) => {
                    (scope.span.start < offset || !opened)
                        && (offset < scope.span.end || (offset == scope.span.end && !closed))
                }
                ScopeKind::Comprehension(_) => scope.span.touches(offset),
            };
            if inside {
                out.push(scope.kind);
            }
            at = scope.parent.map(|p| p as usize);
        }
        out
    }
}
