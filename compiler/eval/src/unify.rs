//! Finishing a vertex: from conjuncts to a value (`evaluation-2-algorithm.md` 1.8).

use vela_ir::{ArcType, Compare, Kinds};
use vela_syntax::literal::{Form, quote};

use crate::error::{Arg, Code, Pos};
use crate::eval::{Eval, R};
use crate::node::{Cond, Mode, Need};
use crate::value::{Val, Value};
use crate::vertex::{Base, Conjunct, NodeId, Status, Term, VertexId};

impl Eval<'_> {
    pub(crate) fn is_finalized(&self, v: VertexId) -> bool {
        self.v(self.deref(v)).status == Status::Finalized
    }

    /// The state of a vertex, made if needed; `None` once the vertex is finalized.
    pub(crate) fn bare_state(&mut self, v: VertexId) -> Option<NodeId> {
        if self.v(v).status == Status::Finalized {
            return None;
        }
        if let Some(n) = self.v(v).state {
            return Some(n);
        }
        let parent = self.v(v).parent;
        let parent_state = parent.and_then(|p| self.v(p).state);
        let above = parent_state.map(|p| (self.n(p).depth, self.n(p).is_disjunct));
        let n = self.fresh_state(v);
        let node = self.nm(n);
        node.provided = Cond::SCALAR.with(Cond::ARC_TYPE);
        if let Some((depth, is_disjunct)) = above {
            node.depth = depth + 1;
            node.is_disjunct = is_disjunct;
            node.provided = node.provided.with(Cond::ANCESTORS);
        }
        let inherits = parent.is_some_and(|p| self.v(p).closed_recursive);
        let vm = self.vm(v);
        if inherits || vm.label.is_definition() {
            vm.closed_recursive = true;
        }
        self.vm(v).state = Some(n);
        Some(n)
    }

    /// The state of a vertex with its conjuncts scheduled; `None` once the vertex is finalized.
    pub(crate) fn state(&mut self, v: VertexId) -> R<Option<NodeId>> {
        let Some(n) = self.bare_state(v) else { return Ok(None) };
        if !self.n(n).initialized {
            self.holding(n, |s| s.initialize(n, v))?;
        }
        Ok(Some(n))
    }

    fn initialize(&mut self, n: NodeId, v: VertexId) -> R<()> {
        self.nm(n).initialized = true;
        self.set_base(v, Base::Cycle);
        let saved = self.vertex.replace(v);
        let own = self.ci;
        // Only the conjuncts that are there now: later ones are scheduled as they come.
        for i in 0..self.v(v).conjuncts.len() {
            let c = self.v(v).conjuncts[i];
            let mut ci = c.ci;
            if own.cyclic == crate::vertex::Cyclic::Yes {
                ci.cyclic = own.cyclic;
                ci.refs = own.refs;
            }
            self.schedule_conjunct(n, c, ci)?;
        }
        self.vertex = saved;
        Ok(())
    }

    pub(crate) fn update_scalar(&mut self, n: NodeId) -> R<()> {
        let node = self.n(n);
        let (Some(scalar), v) = (node.scalar, node.vertex) else { return Ok(()) };
        if self.bottom(v).is_none() {
            let to_disjunct = self.v(v).forward().is_some_and(|w| self.v(w).is_disjunct);
            if !to_disjunct {
                self.set_base(v, Base::Value(scalar));
            }
            self.signal(n, Cond::SCALAR)?;
        }
        Ok(())
    }

    pub(crate) fn complete_tasks(&mut self, n: NodeId, mode: Mode) -> R<()> {
        if !self.n(n).initialized || self.n(n).completing {
            return Ok(());
        }
        self.nm(n).completing = true;
        let r = self.complete_tasks_inner(n, mode);
        self.nm(n).completing = false;
        r
    }

    fn complete_tasks_inner(&mut self, n: NodeId, mode: Mode) -> R<()> {
        let v = self.v(self.n(n).vertex);
        let (free, parent) = (v.is_dynamic || v.label.is_let(), v.parent);
        if free || self.child_conjuncts_known(parent)? {
            self.signal(n, Cond::ANCESTORS)?;
        }
        if !self.all_tasks_started(n) {
            self.process(n, Cond::VALUE.with(Cond::FIELD_CONJUNCTS), mode)?;
            self.update_scalar(n)?;
        }
        Ok(())
    }

    /// Evaluates a vertex until `needs` holds, as far as `mode` allows. Returns whether it holds.
    pub(crate) fn unify(&mut self, v: VertexId, needs: Cond, mode: Mode, check: bool) -> R<bool> {
        if mode == Mode::Ignore {
            return Ok(false);
        }
        if self.v(v).status == Status::Finalized {
            return Ok(true);
        }
        self.nested(|s| s.unify_inner(v, needs, mode, check))
    }

    fn unify_inner(&mut self, v: VertexId, needs: Cond, mode: Mode, check: bool) -> R<bool> {
        let Some(n) = self.state(v)? else { return Ok(true) };
        if self.devices.at_once && mode == Mode::Finalize && needs == Cond::ALL {
            if self.finish_plain(n, v, Status::Unprocessed) {
                self.step()?;
                return Ok(true);
            }
            if self.finish_reference(n, v)? {
                return Ok(true);
            }
        }
        let parent = self.v(v).parent;
        if !self.is_rooted(v) || mode == Mode::Finalize || self.child_conjuncts_known(parent)? {
            self.signal(n, Cond::ANCESTORS)?;
        }
        let own_needs = needs.without(Cond::SUB_FIELDS);
        if self.v(v).base == Base::None {
            self.set_base(v, Base::Cycle);
        }
        self.update_scalar(n)?;
        if own_needs == Cond::SCALAR.with(Cond::ARC_TYPE) && self.meets(n, own_needs) {
            return Ok(true);
        }
        if self.v(v).status == Status::Evaluating
            && self.n(n).eval_depth == self.eval_depth
            && !matches!(mode, Mode::Finalize | Mode::Yield)
            && !needs.any(Cond::FIELD_SET)
        {
            return Ok(false);
        }
        self.vm(v).status = Status::Evaluating;
        let saved_depth = self.n(n).eval_depth;
        self.nm(n).eval_depth = self.eval_depth;
        let saved_vertex = self.vertex;
        self.nm(n).busy += 1;
        let r = self.run_to_value(n, v, needs, own_needs, mode, check);
        self.nm(n).busy -= 1;
        self.vertex = saved_vertex;
        self.nm(n).eval_depth = saved_depth;
        r
    }

    fn run_to_value(
        &mut self,
        n: NodeId,
        v: VertexId,
        needs: Cond,
        own_needs: Cond,
        mode: Mode,
        check: bool,
    ) -> R<bool> {
        self.step()?;
        self.flush_parked(n)?;
        self.process(n, own_needs, mode)?;
        if self.devices.at_once
            && mode == Mode::Finalize
            && needs == Cond::ALL
            && self.finish_plain(n, v, Status::Evaluating)
        {
            return Ok(true);
        }
        if self.v(v).arc_type != ArcType::Pending
            && self.meets(n, Cond::ANCESTORS)
            && self.all_tasks_finished(n)
        {
            self.signal(n, Cond::ARC_TYPE)?;
        }
        self.vertex = Some(v);

        let w = self.deref_disjunct(v);
        if w != v {
            let x = self.v(w);
            let (closed, status, errors) = (x.closed_recursive, x.status, x.child_errors);
            let vm = self.vm(v);
            vm.closed_recursive = closed;
            vm.status = status;
            let own = vm.child_errors;
            let all = self.combine(own, errors);
            self.vm(v).child_errors = all;
            self.free_originals(v);
            self.clear_arcs(v);
            if status == Status::Finalized {
                return Ok(true);
            }
            return Ok(self.v(w).state.is_none_or(|s| self.meets(s, needs)));
        }
        self.update_scalar(n)?;
        if !self.meets(n, own_needs) && mode != Mode::Finalize {
            return Ok(false);
        }

        if self.n(n).is_shared {
            if self.n(n).shared_base == Base::Cycle {
                self.nm(n).shared_base = Base::None;
            }
        } else {
            if self.is_cycle(v) {
                self.set_base(v, Base::None);
            }
            self.validate_value(n)?;
        }
        if let Some(target) = self.v(v).forward()
            && self.n(n).shared_cyclic == crate::vertex::Cyclic::No
        {
            if self.has_depth_cycle(target) {
                self.report_structural_cycle(n);
                return Ok(true);
            }
            self.unify(target, needs, mode, check)?;
        }

        if self.n(n).completed.any(Cond::SUB_FIELDS) {
        } else if needs.any(Cond::SUB_FIELDS) {
            if !self.is_structural_cycle(n)
                && self.v(v).status != Status::Finalized
                && !self.n(n).kinds.is_bottom()
            {
                self.complete_all_arcs(n, needs, mode, check)?;
            }
            if mode == Mode::Finalize {
                self.signal(n, Cond::SUB_FIELDS)?;
            }
            if let Some(value) = self.value_of(v)
                && self.is_concrete(value.v)
            {
                let checks = std::mem::take(&mut self.nm(n).checks);
                for c in checks {
                    // Of what no kind is left for, `!=` holds.
                    if self.n(n).kinds.is_bottom() && self.is_inequality(c) {
                        continue;
                    }
                    if let Some(e) = self.run_check(c, v)? {
                        self.add_bottom(n, e);
                    }
                }
            }
        } else if needs.any(Cond::FIELD_SET) {
            self.settle_pending(n, mode)?;
        }

        let step = self.take_errs();
        let errs = self.n(n).errs;
        let errs = self.combine(errs, step);
        self.nm(n).errs = errs;
        if let Some(e) = errs {
            self.nm(n).errs = None;
            let own = self.bottom(v);
            let all = self.combine(own, Some(e)).unwrap_or(e);
            self.set_base(v, Base::Value(Val::new(Value::Bottom(all))));
        }
        self.finalize_disjunctions(n)?;
        if mode == Mode::Attempt {
            return Ok(self.meets(n, needs));
        }
        let mask = self.n(n).completed.both(needs);
        if !mask.is_empty() {
            self.signal(n, mask)?;
        }

        let w = self.deref(v);
        if w != v {
            return self.finish_forwarded(n, v, w, needs, mode, check);
        }
        if !self.n(n).completed.any(Cond::SUB_FIELDS) {
            return Ok(self.meets(n, needs));
        }
        self.eval_depth += 1;
        let node = self.n(n);
        let open = node.has_top && !node.has_struct;
        if node.is_def && !open {
            self.vm(v).closed_recursive = true;
        }
        let r = if check { self.check_closed(n) } else { Ok(()) };
        self.eval_depth -= 1;
        r?;
        self.vm(v).status = Status::Finalized;
        if !self.n(n).is_disjunct {
            self.free_arc_states(v);
        }
        Ok(self.meets(n, needs))
    }

    fn finish_forwarded(
        &mut self,
        n: NodeId,
        v: VertexId,
        w: VertexId,
        needs: Cond,
        mode: Mode,
        check: bool,
    ) -> R<bool> {
        self.clear_arcs(v);
        self.vm(v).child_errors = None;
        if !self.n(n).completed.any(Cond::SUB_FIELDS) {
            if self.v(w).status == Status::Unprocessed {
                self.unify(w, needs, mode, false)?;
            }
            return Ok(self.meets(n, needs));
        }
        let x = self.v(w);
        let (closed, ellipsis, status) = (x.closed_recursive, x.has_ellipsis, x.status);
        let vm = self.vm(v);
        vm.closed_recursive |= closed;
        vm.has_ellipsis |= ellipsis;
        vm.status = status;
        self.finalize_sharing(n)?;
        if self.has_ancestor(n, w) || self.target_in_progress(w)? {
            self.report_structural_cycle(n);
            return Ok(true);
        }
        self.unify(w, needs, mode, check)?;
        self.shorten_sharing(v);
        Ok(true)
    }

    /// A vertex that shares one that shares another leads to that at once, so that chains are not walked again and again.
    pub(crate) fn shorten_sharing(&mut self, v: VertexId) {
        let shares = |s: &Self, v: VertexId| {
            let x = s.v(v);
            x.is_shared && x.status == Status::Finalized && !x.label.is_let()
        };
        if let Some(w) = self.v(v).forward()
            && shares(self, v)
            && shares(self, w)
            && let Some(target) = self.v(w).forward()
            && !self.v(target).is_disjunct
        {
            self.set_base(v, Base::Value(Val::new(Value::Vertex(target))));
        }
    }

    fn complete_all_arcs(&mut self, n: NodeId, needs: Cond, mode: Mode, check: bool) -> R<()> {
        self.complete_tasks(n, Mode::Finalize)?;
        self.eval_depth += 1;
        let check = check && !self.n(n).has_disjunction;
        let v = self.n(n).vertex;
        let mut i = 0;
        let mut r = Ok(());
        while i < self.v(v).arcs.len() {
            let a = self.v(v).arcs[i];
            i += 1;
            if self.is_unwanted(a) {
                self.narrowed = true;
                continue;
            }
            if let Err(e) = self.unify(a, needs, mode, check) {
                r = Err(e);
                break;
            }
            let arc = self.v(a);
            if arc.arc_type == ArcType::Pending {
                self.update_arc_type(a, ArcType::NotPresent)?;
                self.vm(a).arc_type = ArcType::NotPresent;
                continue;
            }
            if arc.arc_type <= ArcType::Required
                && arc.label.is_string()
                && !self.n(n).kinds.meets(Kinds::STRUCT)
                && self.bottom(v).is_none()
                && self.bottom(a).is_none()
            {
                self.report_mismatch(n, a);
            }
        }
        if r.is_err() {
            self.eval_depth -= 1;
            return r;
        }
        self.drop_absent_arcs(v);
        for i in 0..self.v(v).arcs.len() {
            let a = self.v(v).arcs[i];
            let arc = self.v(a);
            if !arc.label.is_let()
                && arc.arc_type <= ArcType::Required
                && let Some(e) = self.bottom_raw(a)
            {
                self.add_child_error(n, e);
            }
        }
        let r = self.run_post_checks(n);
        self.eval_depth -= 1;
        r?;
        self.finalize_sharing(n)?;
        self.vm(v).structs.retain(|s| s.live);
        Ok(())
    }

    /// Whether only regular fields are wanted, and this one is optional for good and nobody asked for it: it is no part
    /// of any regular field.
    pub(crate) fn is_unwanted(&self, a: VertexId) -> bool {
        let arc = self.v(a);
        self.only_regular
            && arc.arc_type == ArcType::Optional
            && arc.status == Status::Unprocessed
            && arc.state.is_none_or(|n| {
                let n = self.n(n);
                !n.initialized && !n.is_disjunct && n.parent_tasks.is_empty() && n.blocking.is_empty()
            })
    }

    /// Comparisons with bottom that depended on something missing are made again; a changed outcome is an error.
    fn run_post_checks(&mut self, n: NodeId) -> R<()> {
        let mut i = 0;
        while i < self.n(n).post_checks.len() {
            let c = self.n(n).post_checks[i];
            i += 1;
            let src = crate::value::Src::expr(c.expr);
            let saved = self.push_state(c.env, src);
            let need = Need { cond: Cond::ALL, mode: Mode::Ignore, concrete: false, settled: true };
            let x = self.eval_expr(c.expr, need);
            let x = match x {
                Ok(x) => x,
                Err(e) => {
                    self.pop_state(saved);
                    return Err(e);
                }
            };
            let is_error = match x.and_then(|x| self.get_default(x)) {
                Some(x) => matches!(self.unwrap(x).v, Value::Bottom(_)),
                None => self.errs.is_some(),
            };
            if is_error != c.expect_error {
                let v = self.n(n).vertex;
                let e = self.error_at(
                    Code::Cycle,
                    Some(Pos::Src(src)),
                    "circular dependency in evaluation of conditionals: {} changed after evaluation",
                    [Arg::Expr(c.expr)],
                );
                let own = self.bottom(v);
                if let Some(e) = self.combine(own, Some(e)) {
                    self.set_base(v, Base::Value(Val::new(Value::Bottom(e))));
                    self.vm(v).status = Status::Finalized;
                }
            }
            self.pop_state(saved);
        }
        Ok(())
    }

    fn settle_pending(&mut self, n: NodeId, mode: Mode) -> R<()> {
        let v = self.n(n).vertex;
        let mut i = 0;
        while i < self.v(v).arcs.len() {
            let a = self.v(v).arcs[i];
            i += 1;
            if self.v(a).arc_type != ArcType::Pending {
                continue;
            }
            self.unify(a, Cond::ARC_TYPE, mode, false)?;
            if self.v(a).arc_type == ArcType::Pending {
                self.vm(a).arc_type = ArcType::NotPresent;
            }
        }
        Ok(())
    }

    fn is_inequality(&self, c: Conjunct) -> bool {
        let Term::Val(Val { v: Value::Bound(b), .. }) = c.term else { return false };
        self.values.bounds[b as usize].op == Compare::NotEqual
    }

    fn report_mismatch(&mut self, n: NodeId, a: VertexId) {
        let v = self.n(n).vertex;
        let quoted = quote(&self.labels.source(self.v(a).label), Form::Single);
        let pos = self.value_of(a).and_then(|x| if x.src.is_none() { None } else { Some(Pos::Src(x.src)) });
        let value = self.value_of(v).map_or(Arg::Text("_"), Arg::Val);
        let e = self.error_at(
            Code::Eval,
            pos,
            "cannot combine regular field {} with {}",
            [Arg::String(quoted.into()), value],
        );
        self.add_bottom(n, e);
    }

    /// Checks bounds against the value, or stores what is known as the value.
    fn validate_value(&mut self, n: NodeId) -> R<()> {
        let node = self.n(n);
        let v = node.vertex;
        let mut mark = node.a_struct;
        if !mark && !self.v(v).structs.is_empty() {
            mark = node.kinds.meets(Kinds::STRUCT) && !node.has_top;
            mark = mark
                || self.v(v).arcs.iter().any(|a| {
                    let a = self.v(*a);
                    a.label.is_regular() && a.arc_type != ArcType::Optional
                });
        }
        if self.v(v).base == Base::None && mark {
            self.set_base(v, Base::Struct);
        }
        let w = self.deref(v);
        let value = self.value_of(w);
        if let Some(value) = value
            && self.is_concrete(value.v)
        {
            for bound in [self.n(n).lower, self.n(n).upper].into_iter().flatten() {
                let Value::Bound(b) = bound.v else { continue };
                let saved = self.push_state(self.env, bound.src);
                let e = self.check_bound(b, value, bound.src);
                self.pop_state(saved);
                if let Some(e) = e? {
                    self.add_bottom(n, e);
                }
            }
        } else {
            let x = self.validators(n);
            self.set_base(v, x);
        }
        Ok(())
    }

    /// What is known of a value that is not concrete: bounds, checks, kinds.
    pub(crate) fn validators(&mut self, n: NodeId) -> Base {
        let node = self.n(n);
        let own = node.kinds;
        let (lower, upper) = (node.lower, node.upper);
        let checks = node.checks.clone();
        let kind_src = self.kind_term(n).map_or(crate::value::Src::NONE, |t| self.term_src(t));
        let mut parts: Vec<Val> = Vec::new();
        let mut kinds = Kinds::TOP;
        for b in [lower, upper].into_iter().flatten() {
            kinds = kinds & self.kinds(b.v);
            parts.push(b);
        }
        for c in checks {
            let Term::Val(x) = c.term else { continue };
            if let Value::Bound(b) = x.v
                && self.values.bounds[b as usize].op == Compare::NotEqual
            {
                let redundant =
                    [upper, lower].into_iter().flatten().any(|y| self.simplify_bounds(own, y, x).is_some());
                if redundant {
                    continue;
                }
            }
            kinds = kinds & self.kinds(x.v);
            parts.push(x);
        }
        if (kinds & !own) != Kinds::BOTTOM && !parts.is_empty() {
            parts.push(Val::at(Value::Kind(own), kind_src));
        }
        match parts.len() {
            0 => {
                if own == Kinds::TOP {
                    Base::Value(Val::new(Value::Top))
                } else {
                    Base::Value(Val::at(Value::Kind(own), kind_src))
                }
            }
            1 => Base::Value(parts[0]),
            _ => {
                let c = self.values.conjunction(parts);
                Base::Value(Val::at(c, kind_src))
            }
        }
    }

    /// Evaluates a vertex completely; errors become its value.
    pub(crate) fn finalize_inner(&mut self, v: VertexId) -> R<()> {
        let saved = self.errs.take();
        let r = self.unify(v, Cond::ALL, Mode::Finalize, true);
        self.errs = saved;
        r.map(|_| ())
    }

    /// Evaluates an argument completely. One that is under evaluation has fields that have not shown yet where they come
    /// from: whether they are allowed is not decided now.
    pub(crate) fn finalize_argument(&mut self, v: VertexId) -> R<()> {
        let check = self.v(v).state.is_none();
        let saved = self.errs.take();
        let r = self.unify(v, Cond::ALL, Mode::Finalize, check);
        self.errs = saved;
        r.map(|_| ())
    }

    /// Evaluates a vertex but not its fields.
    pub(crate) fn complete_arcs_only(&mut self, v: VertexId) -> R<()> {
        self.unify(v, Cond::ALL.without(Cond::SUB_FIELDS), Mode::Finalize, false)?;
        if self.v(v).arc_type == ArcType::Pending {
            self.undefined(v);
        }
        Ok(())
    }

    pub(crate) fn undefined(&mut self, v: VertexId) {
        let label = self.v(v).label;
        let pos = self.pos();
        self.add_at(Code::Incomplete, pos, "undefined field: {}", [Arg::Label(label)]);
    }

    /// The value behind a vertex: the vertex itself for structs and lists.
    pub(crate) fn unwrap(&self, v: Val) -> Val {
        let Value::Vertex(x) = v.v else { return v };
        let x = self.deref(x);
        if self.v(x).base == Base::Cycle
            && let Some(n) = self.v(x).state
        {
            let node = self.n(n);
            if let Some(e) = node.errs
                && !self.err(e).code.is_incomplete()
            {
                return Val::new(Value::Bottom(e));
            }
            if let Some(s) = node.scalar {
                return s;
            }
        }
        match self.v(x).base {
            Base::None => Val::new(Value::Vertex(x)),
            Base::Cycle => Val::new(Value::Bottom(crate::error::CYCLE)),
            Base::Struct | Base::List { .. } => Val::at(Value::Vertex(x), v.src),
            Base::Value(w) => w,
        }
    }
}
