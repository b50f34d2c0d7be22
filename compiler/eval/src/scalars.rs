//! Disjunctions of scalars (`*8080 | int & >1024`, `"a" | "b"`), by far the most frequent ones: intersected as values
//! on a state of their own, without copies of the vertex and without tasks. What marks of defaults mean is as in
//! `disjunct.rs`; where anything else than literals, basic types and bounds has a say, that file's way is taken.

use smallvec::SmallVec;
use vela_ir::{ArcType, Expr, ExprId};

use crate::disjunct::combine;
use crate::equal::Flags;
use crate::eval::{Eval, R};
use crate::node::{Cond, DefaultMode, Node, PendingDisjunction};
use crate::value::{Src, Val, Value};
use crate::vertex::{Base, CloseInfo, EnvId, NodeId, Status, Term, VertexId};

/// How many references are followed one from another.
const REFERENCES: u32 = 6;
/// Combinations beyond which the general way is taken, with its budget.
const COMBINATIONS: usize = 64;

/// Literals, basic types and bounds that are unified.
type Terms = SmallVec<[Val; 3]>;

/// What an alternative says: terms, or a disjunction of such.
enum Said {
    Terms(Terms),
    Nested(Vec<(Terms, DefaultMode)>),
}

/// One combination of alternatives: the state that holds it, and whether it is a default.
#[derive(Clone, Copy)]
struct Combination {
    node: NodeId,
    mode: DefaultMode,
    orig: DefaultMode,
}

impl Eval<'_> {
    /// Resolves all disjunctions of a vertex when they and the vertex are of scalars; false when they are not, or
    /// nothing is left, with nothing changed.
    pub(crate) fn expand_scalars(&mut self, n: NodeId, all: &[PendingDisjunction]) -> R<bool> {
        if !self.devices.scalar_sets || !self.is_scalar_so_far(n) {
            return Ok(false);
        }
        let mut said = Vec::with_capacity(all.len());
        for d in all {
            if matches!(d.ci.cyclic, crate::vertex::Cyclic::Yes | crate::vertex::Cyclic::Maybe) {
                return Ok(false);
            }
            let mut list = Vec::with_capacity(d.alternatives.len());
            for a in &d.alternatives {
                let Some(s) = self.said(a.term, d.env)? else { return Ok(false) };
                list.push((s, a.mode));
            }
            said.push((list, d.ci));
        }
        let node = self.n(n);
        let (mode, orig) = (node.default_mode, node.orig_default_mode);
        let mut cross = vec![Combination { node: n, mode, orig }];
        for (list, ci) in &said {
            let next = self.combine_scalars(&cross, list, *ci)?;
            self.drop_combinations(n, &cross, &next);
            cross = next;
            if cross.is_empty() || cross.len() > COMBINATIONS {
                self.drop_combinations(n, &cross, &[]);
                return Ok(false);
            }
        }
        self.settle_scalars(n, &cross)?;
        self.drop_combinations(n, &cross, &[]);
        Ok(true)
    }

    /// Whether nothing but scalars and bounds came to the vertex, and nothing more is to come.
    fn is_scalar_so_far(&self, n: NodeId) -> bool {
        let node = self.n(n);
        let v = self.v(node.vertex);
        let bounds =
            |c: &crate::vertex::Conjunct| matches!(c.term, Term::Val(Val { v: Value::Bound(_), .. }));
        v.arcs.is_empty()
            && v.patterns.is_empty()
            && v.structs.is_empty()
            && !v.is_disjunct
            && node.errs.is_none()
            && self.errs.is_none()
            && !node.has_top
            && !node.has_ancestor_cycle
            && !node.has_any_cyclic
            && node.parked.is_empty()
            && node.post_checks.is_empty()
            && node.disjuncts.is_empty()
            && node.settled.is_none()
            && node.parent_tasks.iter().all(|t| self.t(*t).state.is_over())
            && node.tasks.iter().all(|t| {
                let t = self.t(*t);
                t.state.is_over() || t.kind == crate::node::TaskKind::Disjunctions
            })
            && node.checks.iter().all(bounds)
    }

    // ---- What alternatives say ----------------------------------------------------------------------------------

    fn said(&mut self, term: Term, env: EnvId) -> R<Option<Said>> {
        if let Some((x, env)) = self.nested_disjunction(term, env) {
            let Expr::Disjunction(list) = self.ir.expr(x) else { return Ok(None) };
            let ir = self.ir;
            let disjuncts = &ir.disjuncts[list.range()];
            let marked = disjuncts.iter().any(|d| d.default);
            let mut out = Vec::with_capacity(disjuncts.len());
            for d in disjuncts {
                let mut terms = Terms::new();
                if !self.terms(Term::Expr(d.expr), env, REFERENCES, &mut terms)? {
                    return Ok(None);
                }
                out.push((terms, crate::conjunct::mode_of(marked, d.default)));
            }
            return Ok(Some(Said::Nested(out)));
        }
        let mut terms = Terms::new();
        Ok(self.terms(term, env, REFERENCES, &mut terms)?.then_some(Said::Terms(terms)))
    }

    /// The disjunction that an alternative is, perhaps by references, with its frame.
    fn nested_disjunction(&self, mut term: Term, mut env: EnvId) -> Option<(ExprId, EnvId)> {
        for _ in 0..REFERENCES {
            let x = self.term_expr(term)?;
            if matches!(self.ir.expr(x), Expr::Disjunction(_)) {
                return Some((x, env));
            }
            let target = self.settled_target(x, env)?;
            let [c] = self.v(target).conjuncts[..] else { return None };
            (term, env) = (c.term, c.env);
        }
        None
    }

    /// Collects what a term says; false where it says anything but scalars, types and bounds.
    fn terms(&mut self, term: Term, env: EnvId, references: u32, out: &mut Terms) -> R<bool> {
        if let Term::Val(v) = term {
            let plain = match v.v {
                Value::Kind(_) | Value::Bound(_) => true,
                v => is_atom(v),
            };
            if plain {
                out.push(v);
            }
            return Ok(plain);
        }
        let Some(x) = self.term_expr(term) else { return Ok(false) };
        match self.ir.expr(x) {
            Expr::Null | Expr::Bool(_) | Expr::Num(_) | Expr::Str(_) | Expr::Bytes(_) | Expr::Kind(_) => {
                let Some(v) = self.literal(x) else { return Ok(false) };
                out.push(v);
                Ok(true)
            }
            Expr::Bound(_, operand) => {
                if !matches!(self.ir.expr(operand), Expr::Num(_) | Expr::Str(_) | Expr::Null) {
                    return Ok(false);
                }
                let Some(v) = self.constant_bound(x)? else { return Ok(false) };
                out.push(v);
                Ok(true)
            }
            Expr::And(a, b) => Ok(self.terms(Term::Expr(a), env, references, out)?
                && self.terms(Term::Expr(b), env, references, out)?),
            Expr::FieldRef(..) | Expr::Select(..) => {
                let target = if references == 0 { None } else { self.settled_target(x, env) };
                let Some(target) = target else { return Ok(false) };
                let count = self.v(target).conjuncts.len();
                for i in 0..count {
                    let c = self.v(target).conjuncts[i];
                    if !self.terms(c.term, c.env, references - 1, out)? {
                        return Ok(false);
                    }
                }
                Ok(count > 0)
            }
            _ => Ok(false),
        }
    }

    /// The value of a bound on a literal, made once for an evaluation.
    fn constant_bound(&mut self, x: ExprId) -> R<Option<Val>> {
        if let Some(v) = self.constant_bounds.get(&x) {
            return Ok(Some(*v));
        }
        let need = crate::node::Need::new(Cond::SCALAR, crate::node::Mode::Yield);
        let v = self.eval_expr(x, need)?.filter(|v| matches!(v.v, Value::Bound(_)) && self.errs.is_none());
        if let Some(v) = v {
            self.constant_bounds.insert(x, v);
        }
        Ok(v)
    }

    /// The value of a predeclared range, one conjunction so that messages name it; made once for an evaluation.
    pub(crate) fn range_value(&mut self, x: ExprId) -> Option<Val> {
        if let Some(v) = self.constant_bounds.get(&x) {
            return Some(*v);
        }
        let mut parts = Vec::with_capacity(3);
        let mut work = vec![x];
        while let Some(part) = work.pop() {
            match self.ir.expr(part) {
                Expr::And(a, b) => work.extend([b, a]),
                Expr::Bound(..) => parts.push(self.constant_bound(part).ok().flatten()?),
                _ => parts.push(self.literal(part)?),
            }
        }
        let v = Val::at(self.values.conjunction(parts), Src::expr(x));
        self.constant_bounds.insert(x, v);
        Some(v)
    }

    /// The target of a reference, where all its conjuncts are known.
    fn settled_target(&self, x: ExprId, env: EnvId) -> Option<VertexId> {
        let target = self.target_from(x, env)?;
        let v = self.v(target);
        let known = match v.parent.and_then(|p| self.v(p).state) {
            None => true,
            Some(p) => self.n(p).completed.has(Cond::ANCESTORS.with(Cond::FIELD_CONJUNCTS)),
        };
        let found = known && v.arc_type == ArcType::Member && !v.label.is_let() && !v.is_data;
        (found && self.selects_from_sound(x, env)).then_some(target)
    }

    /// Whether all that a path selects from is finished and free of errors: of what is in error, every field is.
    fn selects_from_sound(&self, mut x: ExprId, env: EnvId) -> bool {
        while let Expr::Select(operand, _) = self.ir.expr(x) {
            if matches!(self.ir.expr(operand), Expr::Import(_)) {
                return true;
            }
            let Some(v) = self.target_from(operand, env) else { return false };
            let v = self.deref(v);
            if self.v(v).status != Status::Finalized || self.bottom(v).is_some() {
                return false;
            }
            x = operand;
        }
        true
    }

    // ---- Combining ----------------------------------------------------------------------------------------------

    fn combine_scalars(
        &mut self,
        cross: &[Combination],
        list: &[(Said, DefaultMode)],
        ci: CloseInfo,
    ) -> R<Vec<Combination>> {
        let mut survivors: Vec<(Combination, Vec<Combination>)> = Vec::new();
        let (mut left_drops, mut right_drops) = (true, true);
        for p in cross {
            for (said, m) in list {
                let inner = match said {
                    Said::Terms(terms) => match self.unify_scalar(*p, terms, *m, ci)? {
                        None => continue,
                        Some(c) => {
                            survivors.push((c, Vec::new()));
                            None
                        }
                    },
                    Said::Nested(nested) => Some(nested),
                };
                if let Some(nested) = inner {
                    let base = Combination { node: p.node, mode: p.mode, orig: *m };
                    let found = self.combine_nested(base, nested, ci)?;
                    let Some(first) = found.first().copied() else { continue };
                    if found.len() == 1 {
                        // The only one left stands for the alternative, with the alternative's mark.
                        survivors.push((Combination { orig: *m, ..first }, Vec::new()));
                    } else {
                        survivors.push((base, found));
                    }
                }
                if p.mode == DefaultMode::Is || p.orig == DefaultMode::Is {
                    left_drops = false;
                }
                if *m == DefaultMode::Is {
                    right_drops = false;
                }
            }
        }
        let mut out: Vec<Combination> = Vec::new();
        let mut marked = false;
        for (r, inner) in survivors {
            if inner.is_empty() {
                let mode = combine(r.mode, r.orig, left_drops, right_drops);
                self.add_distinct_scalar(&mut out, Combination { mode, ..r })?;
                continue;
            }
            for x in inner {
                let m = combine(r.mode, r.orig.max(x.mode), left_drops, false);
                marked |= m != DefaultMode::Maybe;
                self.add_distinct_scalar(&mut out, Combination { mode: m, ..x })?;
            }
        }
        if marked {
            for r in &mut out {
                if r.mode == DefaultMode::Maybe {
                    r.mode = DefaultMode::Not;
                }
            }
        }
        Ok(out)
    }

    fn combine_nested(
        &mut self,
        p: Combination,
        nested: &[(Terms, DefaultMode)],
        ci: CloseInfo,
    ) -> R<Vec<Combination>> {
        let mut survivors = Vec::new();
        let mut right_drops = true;
        for (terms, m) in nested {
            if let Some(c) = self.unify_scalar(p, terms, *m, ci)? {
                right_drops &= *m != DefaultMode::Is;
                survivors.push(c);
            }
        }
        let left_drops = p.mode != DefaultMode::Is && p.orig != DefaultMode::Is;
        let mut out = Vec::new();
        for c in survivors {
            let mode = combine(c.mode, c.orig, left_drops, right_drops);
            self.add_distinct_scalar(&mut out, Combination { mode, ..c })?;
        }
        Ok(out)
    }

    /// The combination with the terms added, or nothing where they conflict.
    fn unify_scalar(
        &mut self,
        p: Combination,
        terms: &Terms,
        m: DefaultMode,
        ci: CloseInfo,
    ) -> R<Option<Combination>> {
        self.step()?;
        let held = self.n(p.node);
        let (kinds, scalar) = (held.kinds, held.scalar);
        let clash = |t: &Val| {
            (kinds & self.kinds(t.v)).is_bottom()
                || scalar.is_some_and(|s| is_atom(t.v) && !self.equal_scalars(t.v, s.v))
        };
        if terms.iter().any(clash) {
            return Ok(None);
        }
        let node = self.scalar_state(p.node);
        for t in terms {
            self.insert_value(node, EnvId::NONE, *t, ci)?;
            if self.n(node).errs.is_some() {
                break;
            }
        }
        self.check_scalar(node)?;
        let failed = self.n(node).errs.is_some() || self.n(node).kinds.is_bottom();
        if self.take_errs().is_some() || failed {
            self.free_state(node);
            return Ok(None);
        }
        Ok(Some(Combination { node, mode: p.mode, orig: m }))
    }

    fn check_scalar(&mut self, node: NodeId) -> R<()> {
        let n = self.n(node);
        let Some(scalar) = n.scalar.filter(|_| n.errs.is_none()) else { return Ok(()) };
        let mut bounds: SmallVec<[Val; 4]> = [n.lower, n.upper].into_iter().flatten().collect();
        bounds.extend(n.checks.iter().filter_map(|c| if let Term::Val(v) = c.term { Some(v) } else { None }));
        for bound in bounds {
            let Value::Bound(b) = bound.v else { continue };
            let saved = self.push_state(self.env, bound.src);
            let e = self.check_bound(b, scalar, bound.src);
            self.pop_state(saved);
            if let Some(e) = e? {
                self.add_bottom(node, e);
                return Ok(());
            }
        }
        Ok(())
    }

    /// A state with the scalar contributions of another, for the same vertex.
    fn scalar_state(&mut self, from: NodeId) -> NodeId {
        let from = self.n(from);
        let mut node = Node::new(from.vertex);
        node.no_sharing = true;
        node.kinds = from.kinds;
        node.kind_term = from.kind_term;
        node.kind_expr = from.kind_expr;
        node.kind_group = from.kind_group;
        node.scalar = from.scalar;
        node.scalar_group = from.scalar_group;
        node.lower = from.lower;
        node.upper = from.upper;
        node.checks.extend(from.checks.iter().copied());
        self.new_state(node)
    }

    fn add_distinct_scalar(&mut self, out: &mut Vec<Combination>, x: Combination) -> R<()> {
        for y in out.iter_mut() {
            if !self.equal_scalar_states(x.node, y.node)? {
                continue;
            }
            if x.mode == DefaultMode::Is {
                y.mode = DefaultMode::Is;
            }
            self.free_state(x.node);
            return Ok(());
        }
        out.push(x);
        Ok(())
    }

    fn equal_scalar_states(&mut self, x: NodeId, y: NodeId) -> R<bool> {
        let (a, b) = (self.n(x), self.n(y));
        if let (Some(c), Some(d)) = (a.scalar, b.scalar) {
            return Ok(self.equal_scalars(c.v, d.v));
        }
        if a.kinds != b.kinds || a.checks.len() != b.checks.len() {
            return Ok(false);
        }
        let mut pairs: SmallVec<[_; 4]> =
            SmallVec::from_iter([(a.scalar, b.scalar), (a.lower, b.lower), (a.upper, b.upper)]);
        for (c, d) in a.checks.iter().zip(&b.checks) {
            if let (Term::Val(c), Term::Val(d)) = (c.term, d.term) {
                pairs.push((Some(c), Some(d)));
            }
        }
        for (c, d) in pairs {
            match (c, d) {
                (None, None) => {}
                (Some(c), Some(d)) if c.v == d.v || self.equal(c, d, Flags::STRUCTURAL)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    // ---- Results ------------------------------------------------------------------------------------------------

    /// One combination becomes what the vertex holds; several become its value when the vertex is finished.
    fn settle_scalars(&mut self, n: NodeId, cross: &[Combination]) -> R<()> {
        if let [one] = cross {
            if one.node != n {
                self.take_contributions(n, one.node);
            }
            let node = self.nm(n);
            if node.default_mode == DefaultMode::Maybe {
                node.default_mode = one.mode;
            }
            let v = node.vertex;
            self.vm(v).one_alternative = true;
            return self.update_scalar(n);
        }
        let mut values = Vec::with_capacity(cross.len());
        let default = cross.iter().filter(|c| c.mode == DefaultMode::Is).count() == 1;
        for c in cross {
            let v = match self.n(c.node).scalar {
                Some(v) => v,
                None => match self.validators(c.node) {
                    Base::Value(v) => v,
                    _ => Val::at(Value::Kind(self.n(c.node).kinds), Src::NONE),
                },
            };
            values.push((v, c.mode));
        }
        self.nm(n).settled = Some(values.into());
        if default {
            self.signal(n, Cond::ALL.without(Cond::SUB_FIELDS))?;
        }
        Ok(())
    }

    fn take_contributions(&mut self, n: NodeId, from: NodeId) {
        let from = self.nm(from);
        let checks = std::mem::take(&mut from.checks);
        let (kinds, kind_term, kind_expr, kind_group) =
            (from.kinds, from.kind_term, from.kind_expr, from.kind_group);
        let (scalar, scalar_group, lower, upper) = (from.scalar, from.scalar_group, from.lower, from.upper);
        let node = self.nm(n);
        node.kinds = kinds;
        node.kind_term = kind_term;
        node.kind_expr = kind_expr;
        node.kind_group = kind_group;
        node.scalar = scalar;
        node.scalar_group = scalar_group;
        node.lower = lower;
        node.upper = upper;
        node.checks = checks;
    }

    /// Gives back the states of combinations that are not among those kept.
    fn drop_combinations(&mut self, n: NodeId, old: &[Combination], kept: &[Combination]) {
        for c in old {
            if c.node != n && !kept.iter().any(|k| k.node == c.node) {
                self.free_state(c.node);
            }
        }
    }
}

/// Whether the value is a scalar without parts.
pub(crate) const fn is_atom(v: Value) -> bool {
    matches!(v, Value::Null | Value::Bool(_) | Value::Num(_) | Value::Str(_) | Value::Bytes(_))
}
