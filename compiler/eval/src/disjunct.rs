//! Disjunctions: the cross product of all alternatives, each tried on a copy of the vertex
//! (`evaluation-2-algorithm.md` 3).

use smallvec::SmallVec;
use vela_ir::ArcType;

use crate::compact;
use crate::distinct::Distinct;
use crate::error::{Arg, Code, ErrId, Fault};
use crate::eval::{Eval, R};
use crate::node::{Alternative, Cond, DefaultMode, Mode, PendingDisjunction, TaskId, TaskKind, Tried};
use crate::value::{Disjunction, Src, Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, EnvId, NodeId, Status, Term, VertexId};

/// How many failures within failures are explained alternative by alternative.
const EXPLAINED_LEVELS: u32 = 6;

/// Explanations may take one in so many steps of the budget.
const EXPLANATION_SHARE: u64 = 40;

impl Eval<'_> {
    pub(crate) fn schedule_disjunction(&mut self, n: NodeId, d: PendingDisjunction) -> R<()> {
        if self.n(n).disjunctions.is_empty() {
            let term = Term::Val(Val::new(Value::Top));
            self.schedule_task(n, TaskKind::Disjunctions, EnvId::NONE, term, CloseInfo::default())?;
        }
        let node = self.nm(n);
        node.disjunctions.push(d);
        node.has_disjunction = true;
        Ok(())
    }

    /// Makes the states of all arcs; false when a member is in error already.
    fn init_arcs(&mut self, v: VertexId) -> R<bool> {
        self.nested(|s| {
            let mut i = 0;
            while i < s.v(v).arcs.len() {
                let a = s.v(v).arcs[i];
                i += 1;
                let state = s.state(a)?;
                if state.is_some_and(|n| s.n(n).errs.is_some()) {
                    if s.v(a).arc_type == ArcType::Member {
                        return Ok(false);
                    }
                } else if !s.init_arcs(a)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    /// The run mode of the alternative that `v` is part of, if any.
    fn outer_mode(&self, v: VertexId) -> Option<Mode> {
        let mut at = Some(v);
        while let Some(p) = at {
            if self.v(p).is_disjunct {
                return Some(self.v(p).state.and_then(|n| self.n(n).run_mode).unwrap_or(Mode::Finalize));
            }
            at = self.v(p).parent;
        }
        None
    }

    fn outer_holds_comprehension(&self, v: VertexId) -> bool {
        let mut at = Some(v);
        while let Some(p) = at {
            if self.v(p).is_disjunct {
                return self.v(p).state.is_some_and(|n| {
                    self.n(n).tasks.iter().any(|t| {
                        let t = self.t(*t);
                        t.kind == TaskKind::Comprehension && t.completes == Cond::TASKS
                    })
                });
            }
            at = self.v(p).parent;
        }
        false
    }

    pub(crate) fn run_disjunctions(&mut self, t: TaskId) -> R<()> {
        let n = self.t(t).node;
        if let Some(e) = self.expand(n)? {
            let own = self.t(t).err;
            let all = self.combine(own, Some(e));
            self.tm(t).err = all;
        }
        Ok(())
    }

    fn expand(&mut self, n: NodeId) -> R<Option<ErrId>> {
        let mut all = std::mem::take(&mut self.nm(n).disjunctions);
        let v = self.n(n).vertex;
        if self.expand_scalars(n, &all)? {
            return Ok(self.ambiguous_default(n));
        }
        if !self.init_arcs(v)? {
            return Ok(self.node_error(n));
        }
        self.steps += u64::from(self.n(n).depth.unsigned_abs()) / crate::cycle::WALKED_A_STEP;
        let outer = self.outer_mode(v);
        if self.only_defaults
            && outer.is_none()
            && let Some(cross) = self.expand_defaults(n, &mut all)?
        {
            return self.keep(n, cross);
        }
        let mut cross = vec![n];
        let count = all.len();
        for (i, d) in all.iter_mut().enumerate() {
            let last = i + 1 == count;
            let mode = match outer {
                Some(_) if !last => Mode::Attempt,
                Some(Mode::Attempt) if self.outer_holds_comprehension(v) => Mode::Finalize,
                Some(m) => m,
                None if last => Mode::Finalize,
                None => Mode::Attempt,
            };
            let mut results = self.cross_product(n, &cross, d, mode)?;
            if results.is_empty() && d.alternatives.iter().any(|a| a.skipped) {
                results = self.explain_failure(n, &cross, d, mode)?;
            }
            if results.is_empty() {
                return Ok(Some(self.collect_errors(n, d)));
            }
            cross = results;
        }
        self.keep(n, cross)
    }

    /// Takes marked alternatives alone where they lead to a value. Nothing where they don't, or none is marked: then
    /// all are to be tried.
    fn expand_defaults(&mut self, n: NodeId, all: &mut [PendingDisjunction]) -> R<Option<Vec<NodeId>>> {
        let mut cross = vec![n];
        let count = all.len();
        let user_errs = self.n(n).user_errs.len();
        let mut narrowed = false;
        for (i, d) in all.iter_mut().enumerate() {
            let mode = if i + 1 == count { Mode::Finalize } else { Mode::Attempt };
            let whole = std::mem::take(&mut d.alternatives);
            d.alternatives = whole.iter().filter(|a| a.mode == DefaultMode::Is).copied().collect();
            let mut results = Vec::new();
            if !d.alternatives.is_empty() {
                results = self.cross_product(n, &cross, d, mode)?;
                narrowed |= !results.is_empty();
            }
            d.alternatives = whole;
            if results.is_empty() {
                results = self.cross_product(n, &cross, d, mode)?;
            }
            let defaults = |r: &NodeId| self.n(*r).default_mode == DefaultMode::Is;
            if results.iter().any(defaults) {
                narrowed |= !results.iter().all(defaults);
                results.retain(defaults);
            }
            cross = results;
            if cross.is_empty() {
                break;
            }
        }
        if cross.is_empty() {
            self.nm(n).user_errs.truncate(user_errs);
            for a in all.iter_mut().flat_map(|d| &mut d.alternatives) {
                (a.err, a.skipped) = (None, false);
            }
            return Ok(None);
        }
        self.narrowed |= narrowed;
        Ok(Some(cross))
    }

    /// The results of the last disjunction are what is left.
    fn keep(&mut self, n: NodeId, cross: Vec<NodeId>) -> R<Option<ErrId>> {
        let v = self.n(n).vertex;
        if let [one] = cross[..] {
            let d = self.n(one).vertex;
            self.set_base(v, Base::Value(Val::new(Value::Vertex(d))));
            if self.n(n).default_mode == DefaultMode::Maybe {
                let m = self.n(one).default_mode;
                self.nm(n).default_mode = m;
            }
            return Ok(self.ambiguous_default(n));
        }
        let defaults: Vec<NodeId> =
            cross.iter().copied().filter(|d| self.n(*d).default_mode == DefaultMode::Is).collect();
        for d in &cross {
            self.nm(*d).pinned = true;
        }
        self.nm(n).disjuncts.extend(cross);
        if let [one] = defaults[..] {
            let done = self.n(one).completed;
            self.signal(n, done)?;
        }
        Ok(None)
    }

    /// The error of a single value left that something took for a default while it was none.
    fn ambiguous_default(&mut self, n: NodeId) -> Option<ErrId> {
        let node = self.n(n);
        let v = node.vertex;
        if node.settled.is_some() || node.default_mode == DefaultMode::Is {
            return None;
        }
        let reader = node.default_attempt?;
        let e =
            self.error(Code::Cycle, "ambiguous default elimination by referencing {}", [Arg::Path(reader)]);
        self.set_base(v, Base::Value(Val::new(Value::Bottom(e))));
        Some(e)
    }

    /// No alternative is left, and some were never tried: tries these too, for what they say. Deeper than a few levels
    /// of failures within failures, or when explanations have taken their share of the budget, what the meant ones
    /// say is enough.
    fn explain_failure(
        &mut self,
        n: NodeId,
        cross: &[NodeId],
        d: &mut PendingDisjunction,
        mode: Mode,
    ) -> R<Vec<NodeId>> {
        let spent = self.explained > self.limits.steps / EXPLANATION_SHARE;
        if self.explaining >= EXPLAINED_LEVELS || spent {
            if d.alternatives.iter().any(|a| a.err.is_some()) {
                return Ok(Vec::new());
            }
            d.tried = Tried::Meant;
        } else {
            d.tried = Tried::All;
        }
        let before = self.effort();
        let explained = self.explained;
        self.explaining += 1;
        let r = self.cross_product(n, cross, d, mode);
        d.tried = Tried::Possible;
        self.explaining -= 1;
        if d.alternatives.iter().all(|a| a.err.is_none()) {
            let e = self.error::<0>(Code::Eval, "no alternative matches", []);
            d.alternatives.iter_mut().for_each(|a| a.err = Some(e));
        }
        // What inner explanations took is part of what this one took; giving values back makes it less.
        self.explained = self.explained.max(explained + self.effort().saturating_sub(before));
        r
    }

    /// Whether an alternative is tried, as the disjunction has it.
    fn is_tried(&mut self, v: VertexId, c: Conjunct, d: &mut PendingDisjunction, j: usize) -> bool {
        match d.tried {
            Tried::Possible => {
                let skipped = self.devices.filter_alternatives && self.surely_conflicts(v, c);
                d.alternatives[j].skipped |= skipped;
                !skipped
            }
            // One that was tried has said what it says.
            Tried::All => d.alternatives[j].skipped,
            Tried::Meant => !self.differs_in_mark(v, c),
        }
    }

    fn cross_product(
        &mut self,
        n: NodeId,
        cross: &[NodeId],
        d: &mut PendingDisjunction,
        mode: Mode,
    ) -> R<Vec<NodeId>> {
        let orig = self.n(n).vertex;
        let saved_depth = self.n(n).eval_depth;
        self.nm(n).eval_depth = self.eval_depth;
        let r = self.cross_product_inner(n, orig, cross, d, mode);
        self.nm(n).eval_depth = saved_depth;
        r
    }

    fn cross_product_inner(
        &mut self,
        n: NodeId,
        orig: VertexId,
        cross: &[NodeId],
        d: &mut PendingDisjunction,
        mode: Mode,
    ) -> R<Vec<NodeId>> {
        let mut survivors = Vec::new();
        let (mut left_drops, mut right_drops) = (true, true);
        for p in cross {
            let v = self.n(*p).vertex;
            self.init_arcs(v)?;
            for j in 0..d.alternatives.len() {
                let Alternative { term, mode: m, .. } = d.alternatives[j];
                let c = Conjunct { env: d.env, term, ci: d.ci };
                if !self.is_tried(v, c, d, j) {
                    continue;
                }
                match self.try_alternative(*p, c, m, mode, orig)? {
                    Err(e) => {
                        if self.err(e).code == Code::User {
                            self.nm(n).user_errs.push(e);
                        }
                        d.alternatives[j].err = Some(e);
                    }
                    Ok(r) => {
                        survivors.push(r);
                        let p = self.n(*p);
                        if p.default_mode == DefaultMode::Is || p.orig_default_mode == DefaultMode::Is {
                            left_drops = false;
                        }
                        if m == DefaultMode::Is {
                            right_drops = false;
                        }
                    }
                }
            }
        }
        let mut out = Distinct::default();
        let mut marked = false;
        for r in survivors {
            let inner = self.n(r).disjuncts.clone();
            let (left, right) = (self.n(r).default_mode, self.n(r).orig_default_mode);
            if inner.is_empty() {
                self.nm(r).default_mode = combine(left, right, left_drops, right_drops);
                self.append_distinct(&mut out, r)?;
                continue;
            }
            for x in inner {
                let m = right.max(self.n(x).default_mode);
                let m = combine(left, m, left_drops, false);
                self.nm(x).default_mode = m;
                marked |= m != DefaultMode::Maybe;
                self.append_distinct(&mut out, x)?;
            }
        }
        let out = out.nodes;
        if marked {
            for r in &out {
                if self.n(*r).default_mode == DefaultMode::Maybe {
                    self.nm(*r).default_mode = DefaultMode::Not;
                }
            }
        }
        Ok(out)
    }

    /// Tries one alternative on a copy of the vertex: the copy's state, or the error it died of.
    fn try_alternative(
        &mut self,
        p: NodeId,
        c: Conjunct,
        m: DefaultMode,
        mode: Mode,
        orig: VertexId,
    ) -> R<Result<NodeId, ErrId>> {
        self.nested(|s| {
            s.nm(p).blocking.clear();
            let saved_blocking = std::mem::take(&mut s.blocking);
            let own = s.n(p).vertex;
            let orig_base = if s.v(orig).is_disjunct { None } else { Some(s.v(orig).base) };
            let (d, overlay) = s.copy_root(p);
            s.spend(overlay.map.len())?;
            let copy = s.n(d).vertex;
            if orig_base.is_some() {
                s.set_base(orig, Base::Value(Val::new(Value::Vertex(copy))));
            }
            s.overlays.push(overlay);
            let own_base = s.v(own).base;
            s.set_base(own, Base::Value(Val::new(Value::Vertex(copy))));
            let r = s.run_alternative(p, d, copy, c, m, mode);
            s.set_base(own, own_base);
            s.overlays.pop();
            if let Some(b) = orig_base {
                s.set_base(orig, b);
            }
            s.blocking = saved_blocking;
            if let Ok(Err(_)) = r {
                s.free_tree(copy);
            }
            r
        })
    }

    fn run_alternative(
        &mut self,
        p: NodeId,
        d: NodeId,
        copy: VertexId,
        c: Conjunct,
        m: DefaultMode,
        mode: Mode,
    ) -> R<Result<NodeId, ErrId>> {
        self.nm(d).run_mode = Some(mode);
        self.vm(copy).status = Status::Unprocessed;
        self.schedule_conjunct(d, c, c.ci)?;
        let left = self.n(p).default_mode;
        let node = self.nm(d);
        node.default_mode = left;
        node.orig_default_mode = m;
        self.unify(copy, Cond::ALL, mode, true)?;
        if let Some(e) = self.node_error_all(d)?
            && e != crate::error::CYCLE
        {
            return Ok(Err(e));
        }
        let end = self.deref_disjunct(copy);
        let Some(end_node) = self.v(end).state else { return Ok(Ok(d)) };
        self.nm(end_node).orig_default_mode = m;
        Ok(Ok(end_node))
    }

    fn node_error(&self, n: NodeId) -> Option<ErrId> {
        let v = self.n(n).vertex;
        self.bottom(v).or(self.v(v).child_errors).or(self.n(n).errs).or(self.errs)
    }

    /// The error that kills an alternative: its own, or that of a direct member, and so on down the members.
    fn node_error_all(&mut self, n: NodeId) -> R<Option<ErrId>> {
        if let Some(e) = self.node_error(n) {
            return Ok(Some(e));
        }
        let v = self.n(n).vertex;
        for a in self.v(v).arcs.clone() {
            let arc = self.v(a);
            if arc.arc_type > ArcType::Required || arc.label.is_let() {
                return Ok(None);
            }
            if let Some(s) = self.state(a)?
                && let Some(e) = self.nested(|x| x.node_error_all(s))?
            {
                return Ok(Some(e));
            }
        }
        Ok(None)
    }

    // ---- Results ------------------------------------------------------------------------------------------------

    fn collect_errors(&mut self, n: NodeId, d: &PendingDisjunction) -> ErrId {
        let mut code = Code::Eval;
        for a in &d.alternatives {
            let Some(e) = a.err else { continue };
            let c = self.err(e).code;
            if c == Code::User {
                continue;
            }
            code = code.max(c);
            self.nm(n).disjunct_errs.push(e);
        }
        self.disjunction_error(n, code)
    }

    fn make_disjunction_error(&mut self, n: NodeId) -> ErrId {
        let mut code = Code::Incomplete;
        if !self.n(n).disjunct_errs.is_empty() {
            code = Code::Eval;
            for e in &self.n(n).disjunct_errs {
                code = code.max(self.err(*e).code);
            }
        }
        self.disjunction_error(n, code)
    }

    /// The faults of several errors, without those that only repeat places already shown.
    fn select_faults(&self, errs: &[ErrId]) -> Vec<std::sync::Arc<Fault>> {
        let mut out: Vec<std::sync::Arc<Fault>> = Vec::new();
        if errs.len() < 3 {
            for e in errs {
                out.extend(self.err(*e).faults.iter().cloned());
            }
            return out;
        }
        let mut from = 0;
        if let Some(i) = errs.iter().position(|e| self.err(*e).code.is_incomplete()) {
            from = i;
        }
        // An error counts where its first fault names a place that no chosen one stands for yet.
        let mut places: Vec<Option<crate::error::Pos>> = Vec::new();
        for e in &errs[from..] {
            let faults = &self.err(*e).faults;
            let Some(first) = faults.first() else { continue };
            let mut named = std::iter::once(first.pos).chain(first.more.iter().copied().map(Some));
            if let Some(place) = named.find(|p| !places.contains(p)) {
                places.push(place);
                out.extend(faults.iter().cloned());
            }
        }
        out
    }

    fn disjunction_error(&mut self, n: NodeId, code: Code) -> ErrId {
        let vertex = self.n(n).vertex;
        let (plain, user) = (self.n(n).disjunct_errs.clone(), self.n(n).user_errs.clone());
        let mut faults = self.select_faults(&plain);
        let mut others = SmallVec::<[crate::error::Pos; 4]>::new();
        if !user.is_empty() {
            for f in &faults {
                for p in f.pos.iter().chain(&f.more) {
                    crate::eval::push_pos(&mut others, *p);
                }
            }
            faults = self.select_faults(&user);
        }
        let mut distinct: Vec<std::sync::Arc<Fault>> = Vec::new();
        for f in faults {
            if !distinct.iter().any(|g| {
                g.pos == f.pos && self.same_path(g.vertex, f.vertex) && compact::reads_as(self, g, &f)
            }) {
                distinct.push(f);
            }
        }
        let saved = self.vertex.replace(vertex);
        let pos = self.pos();
        let e = match distinct.len() {
            0 => self.error_at::<0>(code, pos, "empty disjunction", []),
            // The very fault, so that an error that holds it already does not list it twice.
            1 => {
                let mut f = distinct.swap_remove(0);
                if !others.is_empty() {
                    let f = std::sync::Arc::make_mut(&mut f);
                    others.into_iter().for_each(|p| crate::eval::push_pos(&mut f.more, p));
                }
                self.bottom_with(code, f)
            }
            k => {
                let mut head = self.fault_at(
                    pos,
                    "{} errors in empty disjunction:",
                    SmallVec::from_iter([Arg::Int(k as i64)]),
                );
                for p in others {
                    crate::eval::push_pos(&mut head.more, p);
                }
                let e = self.bottom_of(code, head);
                self.values.errors[e as usize].faults.extend(distinct);
                e
            }
        };
        self.vertex = saved;
        self.values.errors[e as usize].vertex = Some(vertex);
        e
    }

    /// Whether two vertices lie at the same path: copies of one vertex do.
    fn same_path(&self, mut a: Option<VertexId>, mut b: Option<VertexId>) -> bool {
        while let (Some(x), Some(y)) = (a, b) {
            if x == y {
                return true;
            }
            if self.v(x).label != self.v(y).label {
                return false;
            }
            (a, b) = (self.v(x).parent, self.v(y).parent);
        }
        a == b
    }

    /// Stores what is left of several alternatives as the value: defaults first.
    pub(crate) fn finalize_disjunctions(&mut self, n: NodeId) -> R<()> {
        let v = self.n(n).vertex;
        if let Some(settled) = self.n(n).settled.clone() {
            self.store_alternatives(n, v, &settled);
            return Ok(());
        }
        if self.n(n).disjuncts.is_empty() {
            return Ok(());
        }
        let disjuncts = self.n(n).disjuncts.clone();
        let mut dead = 0;
        for d in &disjuncts {
            let x = self.n(*d).vertex;
            self.vm(x).conjuncts.clear();
            if let Some(e) = self.n(*d).errs {
                if self.err(e).code == Code::User {
                    self.nm(n).user_errs.push(e);
                } else {
                    self.nm(n).disjunct_errs.push(e);
                }
                dead += 1;
            }
        }
        if dead == disjuncts.len() {
            let e = self.make_disjunction_error(n);
            self.set_base(v, Base::Value(Val::new(Value::Bottom(e))));
            self.vm(v).status = Status::Finalized;
            return Ok(());
        }
        let alternatives: Vec<(Val, DefaultMode)> = disjuncts
            .iter()
            .map(|d| (Val::new(Value::Vertex(self.n(*d).vertex)), self.n(*d).default_mode))
            .collect();
        self.store_alternatives(n, v, &alternatives);
        Ok(())
    }

    fn store_alternatives(&mut self, n: NodeId, v: VertexId, alternatives: &[(Val, DefaultMode)]) {
        let mut values: Vec<Val> = Vec::with_capacity(alternatives.len());
        let mut defaults = 0;
        let mut has_defaults = false;
        for (i, (x, mode)) in alternatives.iter().enumerate() {
            values.push(*x);
            match mode {
                DefaultMode::Is => {
                    has_defaults = true;
                    values.swap(i, defaults);
                    defaults += 1;
                }
                DefaultMode::Not => has_defaults = true,
                DefaultMode::Maybe => {}
            }
        }
        if let Some(reader) = self.n(n).default_attempt
            && defaults != 1
        {
            let e = self.error(
                Code::Cycle,
                "cycle across unresolved disjunction referenced by {}",
                [Arg::Path(reader)],
            );
            self.set_base(v, Base::Value(Val::new(Value::Bottom(e))));
        } else {
            let d = self.values.disjunction(Disjunction { values, defaults, has_defaults });
            self.set_base(v, Base::Value(Val::at(d, Src::NONE)));
        }
        self.free_originals(v);
        self.clear_arcs(v);
        self.vm(v).child_errors = None;
    }
}

/// The mark of a combination; what dropped out on one side with all its marks does not count.
pub(crate) fn combine(
    left: DefaultMode,
    right: DefaultMode,
    left_drops: bool,
    right_drops: bool,
) -> DefaultMode {
    let left = if left_drops { DefaultMode::Maybe } else { left };
    let right = if right_drops { DefaultMode::Maybe } else { right };
    left.max(right)
}
