//! Comprehensions: their clauses open scopes one within the other; the body stands in the innermost, the body of
//! `else` and `otherwise` outside of all.

use vela_syntax::ast;

use super::names::{Bound, Varies};
use super::{Lowerer, PathLabel};
use crate::ir::{self, Clause, ComprehensionId, Expr, ExprId, List};
use crate::label::Label;

impl<'a> Lowerer<'a, '_> {
    pub(super) fn comprehension(&mut self, index: u32, id: ast::ExprId, in_list: bool) -> ExprId {
        let comprehension = self.ast.comprehensions[index as usize];
        let place = self.expr_place(id);
        let path = self.path;
        let mut clauses: Vec<Clause> = Vec::with_capacity(comprehension.clauses.len as usize);
        let mut opened = 0;
        let mut tries = 0;
        let source = self.ast.clause_list(comprehension.clauses);
        for (i, clause) in source.iter().enumerate() {
            let lowered = match *clause {
                ast::Clause::For { key, value, source, .. } => {
                    let source = self.expr(source);
                    self.open_scope(true);
                    opened += 1;
                    self.enter_path(PathLabel::For);
                    let varies = if in_list { Varies::No } else { Varies::Yes };
                    let keyed = key.is_some();
                    let key = key.and_then(|k| self.variable(k, varies));
                    let value = self.variable(value, varies);
                    Clause::For { key, keyed, value, source }
                }
                ast::Clause::If { condition, .. } => Clause::If(self.expr(condition)),
                ast::Clause::Let { name, value, .. } => {
                    let (value, label) = self.binding(name, value, in_list, PathLabel::Let);
                    opened += 1;
                    Clause::Let { label, value }
                }
                ast::Clause::Try { binding, span } => {
                    if !self.experiments.try_ {
                        let message =
                            "try clause requires the try experiment (language version v0.16.0 or later)";
                        self.error(place, message.to_string());
                    }
                    match binding {
                        None => {
                            if i + 1 < source.len() {
                                let message =
                                    "struct-form try clause must be the last clause in a comprehension";
                                self.error(self.place(span), message.to_string());
                            }
                            tries += 1;
                            Clause::Try(None)
                        }
                        Some((name, value)) => {
                            self.try_depth += 1;
                            let (value, label) = self.binding(name, value, in_list, PathLabel::Try);
                            self.try_depth -= 1;
                            opened += 1;
                            Clause::Try(Some((label, value)))
                        }
                    }
                }
            };
            clauses.push(lowered);
        }
        if let Some(Clause::Let { .. }) = clauses.first() {
            let message = "first comprehension clause must be 'if' or 'for'".to_string();
            self.error(place, message);
        }
        if clauses.is_empty() {
            self.error(place, "comprehension value without clauses".to_string());
        }
        self.try_depth += tries;
        let body = self.expr(comprehension.body);
        self.try_depth -= tries;
        for _ in 0..opened {
            self.close_scope(true);
        }
        self.path = path;
        let otherwise = comprehension.otherwise.map(|(body, _)| self.expr(body));
        let start = self.ir.clauses.len() as u32;
        let len = clauses.len() as u32;
        self.ir.clauses.extend(clauses);
        let id = self.ir.comprehensions.len() as u32;
        let clauses = List { start, len };
        self.ir.comprehensions.push(ir::Comprehension { clauses, body, otherwise });
        self.push(Expr::Comprehension(ComprehensionId(id)), place)
    }

    /// Binds a variable of the clause whose scope was opened last; `None` for `_`.
    fn variable(&mut self, ident: ast::Ident, varies: Varies) -> Option<Label> {
        let name = ident.span.of(self.text);
        if name == "_" {
            return None;
        }
        let label = self.ir.labels.identifier(name, self.package);
        self.insert(name, Bound::Clause { label, varies });
        Some(label)
    }

    /// `name = value` of a clause: lowers the value and opens the scope of the name.
    fn binding(
        &mut self,
        name: ast::Ident,
        value: ast::ExprId,
        in_list: bool,
        path: PathLabel,
    ) -> (ExprId, Label) {
        let node = self.nodes.add();
        let outer = self.nodes.enter(node);
        let value = self.expr(value);
        self.nodes.leave(outer);
        self.open_scope(true);
        self.enter_path(path);
        let varies = if in_list { Varies::No } else { Varies::As(node) };
        let label = self.variable(name, varies).unwrap_or_else(|| {
            // Nothing can mention it, but the frame still needs a label of its own.
            self.ir.labels.let_clause("_", self.ir.labels.len())
        });
        (value, label)
    }
}
