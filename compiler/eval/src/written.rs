//! Values that are incomplete are shown by the expressions they come from: the conjuncts as written, joined.

use vela_ir::{Clause, Decl, Expr, ExprId};
use vela_syntax::literal::{Form, quote};

use crate::print::{AND, OR, Printer, UNARY};
use crate::value::Value;
use crate::vertex::{EnvId, Term, VertexId};

impl Printer<'_, '_> {
    /// The expressions a vertex comes from, joined.
    pub(crate) fn expressions(&mut self, v: VertexId, shown: VertexId, level: usize, outer: u8) {
        let from = if self.eval.v(shown).conjuncts.is_empty() { v } else { shown };
        let mut terms: Vec<(Term, EnvId)> = Vec::new();
        for c in &self.eval.v(from).conjuncts {
            self.operands(c.term, c.env, &mut terms);
        }
        let ir = self.eval.ir;
        let key = |(t, _): &(Term, EnvId)| {
            let x = self.eval.term_expr(*t);
            let rank = x.map_or(100, |x| match ir.expr(x) {
                Expr::Top => 0,
                Expr::Kind(_) => 1,
                Expr::FieldRef(..) => 2,
                Expr::Bool(_) | Expr::Null | Expr::Num(_) | Expr::Str(_) | Expr::Bytes(_) => 10,
                Expr::Struct(_) | Expr::List(..) => 500,
                _ => 25,
            });
            (rank, x.map(|x| (ir.place(x).file.0, ir.place(x).start)))
        };
        terms.sort_by_key(key);
        let terms: Vec<(Term, EnvId)> = terms
            .into_iter()
            .filter(|(t, _)| !self.eval.term_expr(*t).is_some_and(|x| matches!(ir.expr(x), Expr::Top)))
            .collect();
        if terms.is_empty() {
            self.out.push('_');
            return;
        }
        let brackets = terms.len() > 1 && outer > AND;
        if brackets {
            self.out.push('(');
        }
        let inner = if terms.len() > 1 { AND } else { outer };
        for (i, (t, env)) in terms.into_iter().enumerate() {
            if i > 0 {
                self.out.push_str(" & ");
            }
            match (t, self.eval.term_expr(t)) {
                (Term::Val(x), _) if x.v != Value::Vertex(shown) => self.val(x, level, inner),
                (_, Some(x)) => self.source(x, env, level, inner),
                _ => self.out.push('_'),
            }
        }
        if brackets {
            self.out.push(')');
        }
    }

    /// The operands of a conjunction as terms of their own.
    fn operands(&self, term: Term, env: EnvId, into: &mut Vec<(Term, EnvId)>) {
        let ir = self.eval.ir;
        let mut work = vec![term];
        while let Some(term) = work.pop() {
            match self.eval.term_expr(term).map(|x| (x, ir.expr(x))) {
                Some((x, Expr::And(a, b))) if ir.range_name(x).is_none() => {
                    work.extend([Term::Expr(b), Term::Expr(a)]);
                }
                _ if into.iter().any(|(t, _)| *t == term) => {}
                _ => into.push((term, env)),
            }
        }
    }

    /// An expression as it is written, with the labels that matched patterns in place of their names.
    fn source(&mut self, x: ExprId, env: EnvId, level: usize, outer: u8) {
        let ir = self.eval.ir;
        let binds = match ir.expr(x) {
            Expr::Disjunction(_) => OR,
            Expr::And(..) => AND,
            Expr::Binary(..) => 3,
            _ => UNARY,
        };
        let matched = self.matched_labels(x, env);
        let label = |x: ExprId| matched.iter().find(|(y, _)| *y == x).map(|(_, text)| text.clone());
        let mut printer = vela_ir::Printer::new(ir).verbatim().indented(level).replacing(&label);
        printer.expr(x);
        let text = printer.finish();
        if binds < outer {
            self.out.push('(');
            self.out.push_str(&text);
            self.out.push(')');
        } else {
            self.out.push_str(&text);
        }
        self.import_of(x);
    }

    /// Remembers the imports that an expression's text mentions directly.
    fn import_of(&mut self, x: ExprId) {
        let ir = self.eval.ir;
        let mut work = vec![x];
        while let Some(x) = work.pop() {
            match ir.expr(x) {
                Expr::Import(i) => {
                    let import = &ir.imports[i as usize];
                    if matches!(import.target, vela_ir::ImportTarget::Builtin) {
                        self.import(&import.path);
                    }
                }
                Expr::Select(a, _) | Expr::Unary(_, a) | Expr::Bound(_, a) | Expr::Open(a) | Expr::Try(a) => {
                    work.push(a);
                }
                Expr::Binary(_, a, b) | Expr::And(a, b) | Expr::Index(a, b) => work.extend([b, a]),
                Expr::Call(f, args) => {
                    work.extend(ir.expr_lists[args.range()].iter().rev());
                    work.push(f);
                }
                Expr::Interpolation(list, _) | Expr::List(list, _) => {
                    work.extend(ir.expr_lists[list.range()].iter().rev());
                }
                Expr::Disjunction(list) => {
                    work.extend(ir.disjuncts[list.range()].iter().rev().map(|d| d.expr));
                }
                _ => {}
            }
        }
    }

    /// References within `x`, evaluated in `env`, to labels that matched a pattern, each with the label's text.
    fn matched_labels(&self, x: ExprId, env: EnvId) -> Vec<(ExprId, String)> {
        let eval = self.eval;
        let ir = eval.ir;
        let mut found = Vec::new();
        // (expression, how many frames were entered on the way to it)
        let mut work = vec![(x, 0u16)];
        while let Some((x, depth)) = work.pop() {
            match ir.expr(x) {
                Expr::LabelRef(up, _) => {
                    let Some(above) = up.checked_sub(depth) else { continue };
                    let mut at = env;
                    for _ in 0..above {
                        if at != EnvId::NONE {
                            at = eval.e(at).up;
                        }
                    }
                    if at != EnvId::NONE && eval.e(at).label.is_string() {
                        found.push((x, quote(&eval.labels.name(eval.e(at).label), Form::Single)));
                    }
                }
                Expr::Struct(lit) => {
                    for d in ir.struct_decls(lit) {
                        match ir.decls[d.index()] {
                            Decl::Field { value, .. } | Decl::Let { value, .. } => {
                                work.push((value, depth + 1));
                            }
                            Decl::Dynamic { key, value, .. } => {
                                work.extend([(key, depth + 1), (value, depth + 1)]);
                            }
                            Decl::Pattern { pattern, value, .. } => {
                                work.extend([(pattern, depth + 1), (value, depth + 1)]);
                            }
                            Decl::Embed(x) => work.push((x, depth + 1)),
                            Decl::Ellipsis => {}
                        }
                    }
                }
                Expr::List(elems, rest) => {
                    work.extend(ir.expr_lists[elems.range()].iter().map(|x| (*x, depth + 1)));
                    work.extend(ir.list_rest(rest).flatten().map(|x| (x, depth + 1)));
                }
                Expr::Comprehension(c) => {
                    let c = ir.comprehensions[c.index()];
                    let mut inner = depth;
                    for clause in &ir.clauses[c.clauses.range()] {
                        match *clause {
                            Clause::For { source, .. } => {
                                work.push((source, inner));
                                inner += 1;
                            }
                            Clause::If(x) => work.push((x, inner)),
                            Clause::Let { value, .. } => {
                                work.push((value, inner));
                                inner += 1;
                            }
                            Clause::Try(binding) => {
                                if let Some((_, x)) = binding {
                                    work.push((x, inner));
                                    inner += 1;
                                }
                            }
                        }
                    }
                    work.push((c.body, inner));
                    work.extend(c.otherwise.map(|x| (x, depth)));
                }
                Expr::Slice(i) => {
                    let slice = ir.slices[i as usize];
                    work.extend(
                        [Some(slice.operand), slice.low, slice.high]
                            .into_iter()
                            .flatten()
                            .map(|x| (x, depth)),
                    );
                }
                Expr::Select(a, _) | Expr::Unary(_, a) | Expr::Bound(_, a) | Expr::Open(a) | Expr::Try(a) => {
                    work.push((a, depth));
                }
                Expr::Binary(_, a, b) | Expr::And(a, b) | Expr::Index(a, b) => {
                    work.extend([(a, depth), (b, depth)]);
                }
                Expr::Call(f, args) => {
                    work.push((f, depth));
                    work.extend(ir.expr_lists[args.range()].iter().map(|x| (*x, depth)));
                }
                Expr::Interpolation(list, _) => {
                    work.extend(ir.expr_lists[list.range()].iter().map(|x| (*x, depth)));
                }
                Expr::Disjunction(list) => {
                    work.extend(ir.disjuncts[list.range()].iter().map(|d| (d.expr, depth)));
                }
                _ => {}
            }
        }
        found
    }
}
