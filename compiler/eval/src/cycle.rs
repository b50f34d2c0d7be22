//! Reference and structural cycles (`evaluation-2-algorithm.md` 4), and structure sharing (5).

use vela_ir::{Expr, ExprId};

use crate::error::Code;
use crate::eval::{Eval, R};
use crate::node::{Cond, EvidenceFlags, Mode, Need, Parked, TaskKind, TaskState};
use crate::value::{Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, Cyclic, EnvId, Followed, NodeId, Status, Term, VertexId};

/// Links of the tree or of a list of references that are walked for one step of the budget.
pub(crate) const WALKED_A_STEP: u64 = 8;

impl Eval<'_> {
    pub(crate) fn mark_non_cyclic(&mut self, n: NodeId, ci: CloseInfo) {
        if matches!(ci.cyclic, Cyclic::No | Cyclic::Optional) {
            self.nm(n).has_non_cyclic = true;
        }
    }

    /// Material that is not cyclic arrived: what was put aside may go on.
    pub(crate) fn update_cyclic_status(&mut self, n: NodeId, ci: CloseInfo) -> R<()> {
        self.nm(n).has_field_value = true;
        if ci.cyclic != Cyclic::Yes {
            self.nm(n).has_non_cycle = true;
            let mut i = 0;
            while i < self.n(n).parked.len() {
                let p = self.n(n).parked[i];
                match p.target {
                    Some(t) => self.schedule_vertex_conjuncts(n, p.conjunct, t, p.conjunct.ci)?,
                    None => self.schedule_conjunct(n, p.conjunct, p.conjunct.ci)?,
                }
                i += 1;
            }
            self.nm(n).parked.clear();
        }
        Ok(())
    }

    pub(crate) fn only_cyclic(&self, n: NodeId) -> bool {
        let n = self.n(n);
        (n.has_ancestor_cycle && !n.has_non_cycle) || (n.has_any_cyclic && !n.has_non_cyclic)
    }

    /// Whether the vertex is being evaluated further up.
    pub(crate) fn has_depth_cycle(&self, v: VertexId) -> bool {
        self.v(v).state.is_some_and(|n| {
            let d = self.n(n).eval_depth;
            self.v(v).status != Status::Finalized && d > 0 && d < self.eval_depth
        })
    }

    pub(crate) fn has_ancestor(&self, n: NodeId, arc: VertexId) -> bool {
        if self.has_depth_cycle(arc) {
            return true;
        }
        let target = self.identity(arc);
        let mut p = self.v(self.n(n).vertex).parent;
        while let Some(v) = p {
            if self.identity(v) == target {
                return true;
            }
            p = self.v(v).parent;
        }
        false
    }

    fn has_disjunction_conjunct(&self, v: VertexId) -> bool {
        self.v(v).conjuncts.iter().any(|c| match c.term {
            Term::Val(Val { v: Value::Disjunction(_), .. }) => true,
            t => self.term_expr(t).is_some_and(|x| matches!(self.ir.expr(x), Expr::Disjunction(_))),
        })
    }

    /// Whether [`Eval::detect_cycle`] would find that a reference to `arc` repeats anything.
    pub(crate) fn may_repeat(&self, n: NodeId, arc: VertexId, x: ExprId, ci: CloseInfo) -> bool {
        if self.has_ancestor(n, arc) {
            return true;
        }
        let target = self.identity(arc);
        let mut r = ci.refs;
        while r != 0 {
            let f = self.followed[r - 1];
            if f.expr == x || self.identity(f.target) == target {
                return true;
            }
            r = f.next;
        }
        false
    }

    /// Records that a reference led from the vertex of `n` to `arc`; true when the conjunct is to be dropped.
    pub(crate) fn detect_cycle(
        &mut self,
        n: NodeId,
        arc: VertexId,
        env: Option<EnvId>,
        x: ExprId,
        mut ci: CloseInfo,
    ) -> (CloseInfo, bool) {
        // The way up and the list of references are walked: deep nesting makes each step dearer.
        self.steps += u64::from(self.n(n).depth.unsigned_abs()) / WALKED_A_STEP;
        if self.has_ancestor(n, arc) {
            return self.mark_ancestor_cycle(n, arc, env, x, ci);
        }
        let node = self.n(n);
        let own = node.vertex;
        if node.has_non_cyclic && ci.cyclic == Cyclic::Maybe {
            return (ci, false);
        }
        let target = self.identity(arc);
        let own_id = self.identity(own);
        let mut chain = false;
        let mut r = ci.refs;
        let mut walked = 0;
        while r != 0 {
            walked += 1;
            if walked == WALKED_A_STEP {
                walked = 0;
                self.steps += 1;
            }
            let f = self.followed[r - 1];
            r = f.next;
            if self.identity(f.target) == target {
                if self.identity(f.node) == own_id {
                    return (ci, true);
                }
                let node = self.n(n);
                if ci.cyclic == Cyclic::Optional && node.has_non_cyclic {
                    ci.cyclic = Cyclic::Maybe;
                    if f.depth == node.depth {
                        return (ci, true);
                    }
                    ci.refs = 0;
                    return (ci, false);
                }
                let self_feeding = self.v(own).is_dynamic
                    && self.v(self.deref(arc)).status != Status::Finalized
                    && self.has_disjunction_conjunct(arc);
                if f.expr != x && node.has_non_cycle && node.has_non_cyclic && !self_feeding {
                    continue;
                }
                return self.mark_path_cycle(n, arc, env, x, ci);
            }
            if f.expr == x && self.v(arc).non_rooted {
                if self.identity(f.node) == own_id {
                    if chain {
                        continue;
                    }
                    let holder = env.filter(|e| *e != EnvId::NONE).map(|e| self.env_vertex(e));
                    if let Some(h) = holder {
                        let h = self.identity(h);
                        if h == own_id || self.v(f.target).parent.is_some_and(|p| self.identity(p) == h) {
                            chain = true;
                            continue;
                        }
                    }
                    return self.mark_path_cycle(n, arc, env, x, ci);
                }
                if let Some(p) = self.v(arc).parent
                    && self.v(f.target).non_rooted
                    && self.v(p).is_dynamic
                    && self.v(p).parent.is_none()
                    && self.v(p).state.is_some_and(|s| self.n(s).has_ancestor_cycle)
                {
                    return self.mark_ancestor_cycle(n, arc, env, x, ci);
                }
            }
        }
        let depth = self.n(n).depth;
        ci.refs = self.followed.push(Followed { expr: x, target, node: own_id, next: ci.refs, depth }) + 1;
        (ci, false)
    }

    fn park(&mut self, n: NodeId, arc: VertexId, env: EnvId, x: ExprId, ci: CloseInfo) {
        let conjunct = Conjunct { env, term: Term::Expr(x), ci };
        self.nm(n).parked.push(Parked { conjunct, target: Some(arc) });
    }

    fn mark_ancestor_cycle(
        &mut self,
        n: NodeId,
        arc: VertexId,
        env: Option<EnvId>,
        x: ExprId,
        mut ci: CloseInfo,
    ) -> (CloseInfo, bool) {
        ci.cyclic = Cyclic::Yes;
        let node = self.nm(n);
        node.has_any_cyclic = true;
        node.has_ancestor_cycle = true;
        if !node.has_non_cycle
            && let Some(env) = env
        {
            self.park(n, arc, env, x, ci);
            return (ci, true);
        }
        (ci, false)
    }

    fn mark_path_cycle(
        &mut self,
        n: NodeId,
        arc: VertexId,
        env: Option<EnvId>,
        x: ExprId,
        mut ci: CloseInfo,
    ) -> (CloseInfo, bool) {
        ci.cyclic = Cyclic::Yes;
        let node = self.nm(n);
        node.has_any_cyclic = true;
        if !node.has_non_cyclic
            && !node.has_non_cycle
            && let Some(env) = env
        {
            self.park(n, arc, env, x, ci);
            return (ci, true);
        }
        (ci, false)
    }

    /// Conjuncts put aside that can't repeat anything are run after all when nothing else came.
    pub(crate) fn flush_parked(&mut self, n: NodeId) -> R<()> {
        if self.n(n).parked.is_empty() || !self.n(n).tasks.is_empty() {
            return Ok(());
        }
        self.nm(n).has_non_cyclic = true;
        let parked = std::mem::take(&mut self.nm(n).parked);
        let mut kept = Vec::new();
        for p in parked {
            if !self.term_expr(p.conjunct.term).is_none_or(|x| self.without_lookup(x)) {
                kept.push(p);
                continue;
            }
            let mut c = p.conjunct;
            c.ci.cyclic = Cyclic::No;
            match p.target {
                Some(t) => self.schedule_vertex_conjuncts(n, c, t, c.ci)?,
                None => self.schedule_conjunct(n, c, c.ci)?,
            }
        }
        self.nm(n).parked.splice(0..0, kept);
        Ok(())
    }

    fn without_lookup(&self, x: ExprId) -> bool {
        match self.ir.expr(x) {
            Expr::LabelRef(..)
            | Expr::Null
            | Expr::Bool(_)
            | Expr::Num(_)
            | Expr::Str(_)
            | Expr::Bytes(_)
            | Expr::Top
            | Expr::Bottom
            | Expr::Kind(_)
            | Expr::Predeclared(_) => true,
            Expr::And(a, b) | Expr::Binary(_, a, b) => self.without_lookup(a) && self.without_lookup(b),
            Expr::Unary(_, a) => self.without_lookup(a),
            Expr::Call(_, list) | Expr::List(list, _) | Expr::Interpolation(list, _) => {
                self.ir.expr_lists[list.range()].iter().all(|a| self.without_lookup(*a))
            }
            _ => false,
        }
    }

    /// The verdict when sub-fields are to be done: all conjuncts are cyclic.
    pub(crate) fn is_structural_cycle(&mut self, n: NodeId) -> bool {
        self.nm(n).parked.clear();
        if self.only_cyclic(n) {
            self.report_structural_cycle(n);
            return true;
        }
        false
    }

    pub(crate) fn report_structural_cycle(&mut self, n: NodeId) {
        let v = self.n(n).vertex;
        let saved = self.vertex.replace(v);
        let pos = self.pos();
        let e = self.error_at::<0>(Code::StructuralCycle, pos, "structural cycle", []);
        self.vertex = saved;
        let own = self.value_of(v).map(|x| self.unwrap(x).v);
        let own = if let Some(Value::Bottom(e)) = own { Some(e) } else { None };
        if let Some(e) = self.combine(own, Some(e)) {
            self.set_base(v, Base::Value(Val::new(Value::Bottom(e))));
        }
        self.clear_arcs(v);
    }

    // ---- Sharing ------------------------------------------------------------------------------------------------

    pub(crate) fn share_if_possible(&mut self, n: NodeId, c: Conjunct, arc: VertexId, ci: CloseInfo) -> bool {
        let node = self.n(n);
        let (own, target) = (self.v(node.vertex), self.v(arc));
        if !own.arcs.is_empty()
            || target.non_rooted
            || target.is_dynamic
            || (ci.cyclic == Cyclic::Yes && (own.non_rooted || own.is_dynamic))
            || node.no_sharing
            || node.is_shared
            || self.errs.is_some()
            || (own.closed_recursive && !target.closed_recursive)
            || target.label.is_let()
        {
            return false;
        }
        self.share(n, c, arc, ci);
        true
    }

    /// Lets the vertex of `n` be the vertex `arc`, unless another contribution arrives.
    pub(crate) fn share(&mut self, n: NodeId, c: Conjunct, arc: VertexId, ci: CloseInfo) {
        let own = self.n(n).vertex;
        let base = self.v(own).base;
        let node = self.nm(n);
        node.shared_base = base;
        node.is_shared = true;
        node.shared = Some(c);
        self.add_shared(n, ci);
        let v = self.vm(own);
        v.base = Base::Value(Val::new(Value::Vertex(arc)));
        v.is_shared = true;
        v.opened_shared = ci.opened || ci.conjunct_opened;
        if self.is_detached(arc)
            && !self.v(arc).label.is_let()
            && !self.v(arc).anonymous
            && let Some(s) = self.bare_state(arc)
        {
            self.nm(s).attached_to = Some(own);
        }
    }

    fn is_detached(&self, v: VertexId) -> bool {
        let mut at = Some(v);
        while let Some(v) = at {
            if self.is_rooted(v) {
                return false;
            }
            at = self.v(v).state.and_then(|n| self.n(n).attached_to).or(self.v(v).parent);
        }
        true
    }

    pub(crate) fn is_rooted(&self, v: VertexId) -> bool {
        let v = self.v(v);
        !v.non_rooted && !v.label.is_let() && !v.is_dynamic
    }

    pub(crate) fn add_shared(&mut self, n: NodeId, ci: CloseInfo) {
        let node = self.nm(n);
        if node.shared_infos.is_empty() || node.shared_cyclic < ci.cyclic {
            node.shared_cyclic = ci.cyclic;
        }
        node.shared_infos.push(ci);
    }

    /// Another contribution arrived: the target's conjuncts are taken instead of the target.
    pub(crate) fn unshare(&mut self, n: NodeId) -> R<()> {
        self.nm(n).no_sharing = true;
        if !self.n(n).is_shared {
            return Ok(());
        }
        let own = self.n(n).vertex;
        self.nm(n).is_shared = false;
        let base = self.n(n).shared_base;
        let v = self.vm(own);
        v.is_shared = false;
        v.opened_shared = false;
        let Base::Value(Val { v: Value::Vertex(target), .. }) = v.base else { return Ok(()) };
        v.base = base;
        let infos = self.n(n).shared_infos.clone();
        if let Some(c) = self.n(n).shared {
            for ci in infos {
                match c.term {
                    Term::Val(v) if self.is_data(target) => self.insert_value(n, c.env, v, ci)?,
                    _ => self.schedule_vertex_conjuncts(n, c, target, ci)?,
                }
            }
        }
        self.settle_shared_infos(n);
        Ok(())
    }

    fn settle_shared_infos(&mut self, n: NodeId) {
        if self.n(n).shared_done {
            return;
        }
        self.nm(n).shared_done = true;
        let kinds = self.vertex_kinds(self.n(n).vertex);
        for ci in self.n(n).shared_infos.clone() {
            self.add_evidence(n, kinds, ci, EvidenceFlags::NONE);
        }
    }

    pub(crate) fn finalize_sharing(&mut self, n: NodeId) -> R<()> {
        self.settle_shared_infos(n);
        if !self.n(n).is_shared {
            return Ok(());
        }
        let own = self.n(n).vertex;
        if let Some(target) = self.v(own).forward() {
            if self.n(n).shared_cyclic == Cyclic::No {
                self.finalize_inner(target)?;
            }
            if let Some(at) = self.v(target).state.and_then(|s| self.n(s).attached_to) {
                self.vm(target).parent = Some(at);
            }
        }
        Ok(())
    }

    /// Whether a task of the target that has not run refers to a vertex being evaluated further up.
    pub(crate) fn target_in_progress(&mut self, w: VertexId) -> R<bool> {
        let Some(s) = self.v(w).state else { return Ok(false) };
        for t in self.n(s).tasks.clone() {
            let task = self.t(t);
            if task.state != TaskState::Ready || task.kind != TaskKind::Resolve {
                continue;
            }
            let (env, term, ci) = (task.env, task.term, task.ci);
            let Some(x) = self.term_expr(term) else { continue };
            let saved = self.push_state(env, self.term_src(term));
            self.ci = ci;
            let arc = self.resolve(x, Need::new(Cond::FIELD_SET, Mode::Ignore));
            self.pop_state(saved);
            let Some(arc) = arc? else { continue };
            if arc != self.empty && self.has_depth_cycle(self.deref_non_disjunct(arc)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
