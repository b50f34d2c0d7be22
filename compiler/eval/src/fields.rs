//! Arcs: inserting fields, pattern constraints, finding and looking up labels
//! (`evaluation-1-values.md` 3 and 11.2).

use rustc_hash::FxHashMap;
use vela_ir::{ArcType, Compare, Kinds, Label};

use crate::error::{Arg, Code, ErrId, Pos};
use crate::eval::{Eval, R};
use crate::node::{Cond, Mode, Need, TaskState};
use crate::value::{Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, NodeId, Pattern, Status, Term, Vertex, VertexId};

/// Above this many arcs a vertex keeps an index of them.
const INDEX_ABOVE: usize = 8;

impl Eval<'_> {
    /// The arc of a label, whatever its type; does not follow sharing.
    pub fn find_arc(&self, v: VertexId, label: Label) -> Option<VertexId> {
        let v = self.v(v);
        if let Some(index) = &v.index {
            return index.get(&label).map(|i| v.arcs[*i as usize]);
        }
        v.arcs.iter().copied().find(|a| self.v(*a).label == label)
    }

    pub(crate) fn push_arc(&mut self, v: VertexId, arc: VertexId) {
        let label = self.v(arc).label;
        let count = self.v(v).arcs.len();
        if count >= INDEX_ABOVE && self.v(v).index.is_none() {
            let mut index = FxHashMap::with_capacity_and_hasher(count * 2, rustc_hash::FxBuildHasher);
            for (i, a) in self.v(v).arcs.iter().enumerate() {
                index.entry(self.v(*a).label).or_insert(i as u32);
            }
            self.vm(v).index = Some(Box::new(index));
        }
        let vm = self.vm(v);
        if let Some(index) = &mut vm.index {
            index.entry(label).or_insert(count as u32);
        }
        vm.arcs.push(arc);
    }

    pub(crate) fn clear_arcs(&mut self, v: VertexId) {
        let vm = self.vm(v);
        vm.arcs.clear();
        vm.index = None;
    }

    /// Removes arcs that turned out not to exist.
    pub(crate) fn drop_absent_arcs(&mut self, v: VertexId) {
        let absent = self.v(v).arcs.iter().any(|a| self.v(*a).arc_type == ArcType::NotPresent);
        if !absent {
            return;
        }
        let arcs = std::mem::take(&mut self.vm(v).arcs);
        self.vm(v).index = None;
        for a in arcs {
            if self.v(a).arc_type != ArcType::NotPresent {
                self.push_arc(v, a);
            }
        }
    }

    /// The arc of a label, made if it is not there; true when it was made.
    pub(crate) fn get_arc(&mut self, n: NodeId, label: Label, arc_type: ArcType) -> R<(VertexId, bool)> {
        let v = self.n(n).vertex;
        if let Some(a) = self.find_arc(v, label) {
            if label.is_let() {
                self.vm(a).multi_let = true;
            }
            self.update_arc_type(a, arc_type)?;
            return Ok((a, false));
        }
        let mut arc = Vertex::new(Some(v), label, arc_type);
        let host = self.v(v);
        arc.non_rooted = host.is_dynamic || host.non_rooted;
        arc.anonymous = host.anonymous || host.label.is_let();
        if self.n(n).frozen.any(Cond::FIELD_SET) {
            let e = self.error(
                Code::Eval,
                "adding field {} not allowed as field set was already referenced",
                [Arg::Label(label)],
            );
            self.add_error(e);
            arc.arc_type = ArcType::NotPresent;
        }
        let a = self.add_vertex(arc);
        self.push_arc(v, a);
        Ok((a, true))
    }

    pub(crate) fn update_arc_type(&mut self, v: VertexId, t: ArcType) -> R<()> {
        let was = self.v(v).arc_type;
        if was == ArcType::Pending
            && let Some(n) = self.v(v).state
            && self.n(n).frozen.has(Cond::ARC_TYPE)
        {
            self.report_cyclic_field(v);
            return Ok(());
        }
        if t >= was || was == ArcType::NotPresent {
            return Ok(());
        }
        if let Some(p) = self.v(v).parent
            && self.v(p).arc_type == ArcType::Pending
            && let Some(n) = self.v(p).state
        {
            self.unshare(n)?;
        }
        self.vm(v).arc_type = t;
        Ok(())
    }

    /// Adds a conjunct to an arc; false when it is there already.
    pub(crate) fn insert_conjunct(&mut self, v: VertexId, c: Conjunct, ci: CloseInfo, t: ArcType) -> R<bool> {
        let Some(n) = self.bare_state(v) else { return Ok(false) };
        self.mark_non_cyclic(n, ci);
        self.update_arc_type(v, t)?;
        let mut added = false;
        match self.find_conjunct(n, v, c) {
            None => {
                let conjuncts = &mut self.vm(v).conjuncts;
                if conjuncts.is_empty() {
                    // Most vertices have one.
                    conjuncts.reserve_exact(1);
                }
                conjuncts.push(c);
                added = true;
            }
            Some(i) => {
                let old = self.v(v).conjuncts[i].ci.id;
                if old != 0 {
                    self.replace_group_of(n, ci.id, old);
                }
            }
        }
        if self.n(n).initialized && self.v(v).status != Status::Finalized {
            self.schedule_conjunct(n, c, ci)?;
        }
        let mut i = 0;
        while i < self.n(n).notify.len() {
            let (receiver, info) = self.n(n).notify[i];
            i += 1;
            if self.v(receiver).status == Status::Finalized {
                continue;
            }
            if let Some(r) = self.v(receiver).state {
                self.schedule_conjunct(r, c, info)?;
            }
        }
        Ok(added)
    }

    /// Adds a conjunct to the field `label`, with the constraints of the patterns it matches.
    pub(crate) fn insert_arc(
        &mut self,
        n: NodeId,
        label: Label,
        t: ArcType,
        c: Conjunct,
        ci: CloseInfo,
    ) -> R<VertexId> {
        let (v, _) = self.get_arc(n, label, t)?;
        let saved = self.vertex.replace(v);
        let added = self.insert_conjunct(v, c, ci, t)?;
        if added {
            let host = self.n(n).vertex;
            let mut i = 0;
            while i < self.v(host).patterns.len() {
                let p = self.v(host).patterns[i];
                if self.match_pattern(p.pattern, label)? {
                    for c in self.v(p.constraint).conjuncts.clone() {
                        self.add_constraint(v, t, c)?;
                    }
                }
                i += 1;
            }
        }
        self.vertex = saved;
        Ok(v)
    }

    fn add_constraint(&mut self, arc: VertexId, t: ArcType, mut c: Conjunct) -> R<()> {
        let label = self.v(arc).label;
        c.env = self.label_env(c.env, label);
        self.insert_conjunct(arc, c, c.ci, t)?;
        Ok(())
    }

    /// Adds a pattern constraint and applies it to the arcs that are there.
    pub(crate) fn insert_pattern(&mut self, n: NodeId, pattern: Val, c: Conjunct) -> R<()> {
        if !self.record_pattern(n, pattern, c)? {
            return Ok(());
        }
        let v = self.n(n).vertex;
        let mut i = 0;
        while i < self.v(v).arcs.len() {
            let a = self.v(v).arcs[i];
            i += 1;
            let t = self.v(a).arc_type;
            if t == ArcType::Pending {
                continue;
            }
            let label = self.v(a).label;
            if self.match_pattern(pattern, label)? {
                self.add_constraint(a, t, c)?;
            }
        }
        Ok(())
    }

    fn record_pattern(&mut self, n: NodeId, pattern: Val, c: Conjunct) -> R<bool> {
        let v = self.n(n).vertex;
        let mut found = None;
        for i in 0..self.v(v).patterns.len() {
            let p = self.v(v).patterns[i];
            if self.equal(p.pattern, pattern, crate::equal::Flags::NONE)? {
                found = Some(p.constraint);
                break;
            }
        }
        if let Some(constraint) = found {
            let same = self
                .v(constraint)
                .conjuncts
                .iter()
                .find(|x| x.term == c.term && self.env_equal(x.env, c.env))
                .map(|x| x.ci.id);
            if let Some(id) = same {
                self.replace_group_of(n, c.ci.id, id);
                return Ok(false);
            }
            self.vm(constraint).conjuncts.push(c);
        } else {
            let mut x = Vertex::new(None, Label::NONE, ArcType::Member);
            x.is_pattern = true;
            x.conjuncts.push(c);
            let constraint = self.add_vertex(x);
            self.vm(v).patterns.push(Pattern { pattern, constraint });
        }
        Ok(true)
    }

    pub(crate) fn match_pattern(&mut self, pattern: Val, label: Label) -> R<bool> {
        if !label.is_regular() {
            return Ok(false);
        }
        self.nested(|s| s.match_value(pattern, label))
    }

    fn match_value(&mut self, pattern: Val, label: Label) -> R<bool> {
        if let Value::Vertex(v) = pattern.v {
            self.unify(v, Cond::SCALAR, Mode::Finalize, false)?;
        }
        let pattern = self.unwrap(pattern);
        let own = if label.is_string() { Kinds::STRING } else { Kinds::INT };
        if !self.kinds(pattern.v).meets(own) && !matches!(pattern.v, Value::Bottom(_)) {
            return Ok(false);
        }
        Ok(match pattern.v {
            Value::Bottom(e) => {
                if e == crate::error::CYCLE {
                    let pos = self.pos();
                    self.add_at(Code::Eval, pos, "cyclic pattern constraint", []);
                }
                if self.errs.is_none() {
                    self.add_error(e);
                }
                false
            }
            Value::Top => true,
            Value::Kind(k) => k.contains(own),
            Value::Num(i) => label.is_int() && self.number(i).to_i64() == Some(i64::from(label.index())),
            Value::Str(i) => label.is_string() && *self.labels.name(label) == **self.string(i),
            Value::Bound(b) => {
                if label.is_string()
                    && let Some(holds) = self.label_within(b, label)
                {
                    return Ok(holds);
                }
                let value = self.label_value(label);
                self.check_bound(b, Val::at(value, pattern.src), pattern.src)?.is_none()
            }
            Value::Conjunction(c) => {
                for x in self.values.conjunctions[c as usize].clone() {
                    if !self.match_pattern(x, label)? {
                        return Ok(false);
                    }
                }
                true
            }
            Value::Disjunction(d) => {
                for x in self.values.disjunctions[d as usize].values.clone() {
                    if self.match_pattern(x, label)? {
                        return Ok(true);
                    }
                }
                false
            }
            _ => {
                let value = self.label_value(label);
                let ci = self.ci;
                let env = self.env;
                let v = self.inline_vertex(&[
                    Conjunct { env, term: Term::Val(pattern), ci },
                    Conjunct { env, term: Term::Val(Val::new(value)), ci },
                ]);
                self.finalize_inner(v)?;
                self.bottom(v).is_none()
            }
        })
    }

    /// Whether a string label satisfies a bound by a string; `None` for other bounds. A pattern that is no regular
    /// expression is an error, and matches nothing.
    fn label_within(&mut self, b: u32, label: Label) -> Option<bool> {
        let bound = self.values.bounds[b as usize];
        let Value::Str(i) = bound.value.v else { return None };
        if let Compare::Match | Compare::NotMatch = bound.op {
            let re = self.regexp(bound.value);
            let found = re.is_some_and(|re| re.is_match(&self.labels.name(label)));
            return Some(found == (bound.op == Compare::Match));
        }
        let name = self.labels.name(label);
        let limit = self.string(i);
        Some(match bound.op {
            Compare::Less => *name < **limit,
            Compare::LessEq => *name <= **limit,
            Compare::Greater => *name > **limit,
            Compare::GreaterEq => *name >= **limit,
            Compare::Equal => *name == **limit,
            _ => *name != **limit,
        })
    }

    /// The label as a value: a string or an int.
    pub(crate) fn label_value(&mut self, label: Label) -> Value {
        if label.is_int() {
            let n = vela_number::Number::from_i64(i64::from(label.index()));
            self.values.num(n)
        } else {
            let name = self.labels.name(label).into_owned();
            self.values.str(name)
        }
    }

    /// A vertex for an expression: no path leads to it.
    pub(crate) fn inline_vertex(&mut self, conjuncts: &[Conjunct]) -> VertexId {
        let mut v = Vertex::new(None, Label::NONE, ArcType::Member);
        v.is_dynamic = true;
        v.anonymous = self.in_detached > 0;
        v.conjuncts = conjuncts.into();
        self.add_vertex(v)
    }

    // ---- Lookup -------------------------------------------------------------------------------------------------

    /// Number of list elements.
    pub(crate) fn list_len(&self, v: VertexId) -> usize {
        self.v(v).arcs.iter().filter(|a| self.v(**a).label.is_int()).count()
    }

    pub(crate) fn is_open_struct(&self, v: VertexId) -> bool {
        let x = self.v(v);
        x.has_ellipsis || !(x.closed_shallow || self.is_closed_struct(v))
    }

    /// Whether the vertex is a struct that rejects unknown fields.
    pub fn is_closed_struct(&self, v: VertexId) -> bool {
        let x = self.v(v);
        match x.base {
            Base::Value(Val { v: Value::Vertex(_), .. }) => x.closed_recursive && !x.has_ellipsis,
            Base::Struct | Base::Value(Val { v: Value::Disjunction(_), .. }) => {
                x.closed_recursive || x.closed_shallow
            }
            _ => false,
        }
    }

    /// Whether the vertex could have a field `label`.
    pub(crate) fn accepts(&mut self, v: VertexId, label: Label) -> R<bool> {
        if !label.is_regular() {
            return Ok(true);
        }
        let v = self.deref(v);
        if let Base::Value(Val { v: Value::Disjunction(d), .. }) = self.v(v).base {
            for x in self.values.disjunctions[d as usize].values.clone() {
                if let Value::Vertex(w) = x.v
                    && self.accepts(w, label)?
                {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        if label.is_int() {
            if let Base::List { open } = self.v(v).base {
                return Ok(open || (label.index() as usize) < self.list_len(v));
            }
            return Ok(self.vertex_kinds(v).meets(Kinds::LIST));
        }
        let kinds = self.vertex_kinds(v);
        if !kinds.meets(Kinds::STRUCT) && (!kinds.is_bottom() || self.v(v).structs.is_empty()) {
            return Ok(false);
        }
        if self.is_open_struct(v) || self.find_arc(v, label).is_some() {
            return Ok(true);
        }
        for p in self.v(v).patterns.clone() {
            if self.match_pattern(p.pattern, label)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Reports that a field can't be had.
    pub(crate) fn field_error(
        &mut self,
        v: VertexId,
        pos: Option<Pos>,
        label: Label,
        int_text: &'static str,
        text: &'static str,
        code: Option<Code>,
    ) -> ErrId {
        let code = code.unwrap_or_else(|| {
            let own = self.bottom(v).map(|e| self.err(e).code);
            let state = self.v(v).state.and_then(|n| self.n(n).errs).map(|e| self.err(e).code);
            match (own, state) {
                (Some(c), _) => c,
                (None, Some(Code::Cycle)) => Code::Cycle,
                _ => match self.accepts(v, label) {
                    Ok(false) => Code::Eval,
                    _ => Code::Incomplete,
                },
            }
        });
        let saved = self.vertex;
        let e = if label.is_int() {
            let len = self.list_len(self.deref(v)) as i64;
            self.error_at(code, pos, int_text, [Arg::Int(i64::from(label.index())), Arg::Int(len)])
        } else {
            self.error_at(code, pos, text, [Arg::Label(label)])
        };
        self.vertex = saved;
        self.values.errors[e as usize].vertex = Some(v);
        self.add_error(e);
        e
    }

    fn missing(&mut self, v: VertexId, pos: Option<Pos>, label: Label) {
        self.field_error(
            v,
            pos,
            label,
            "index out of range [{}] with length {}",
            "undefined field: {}",
            None,
        );
    }

    fn root_of(&self, mut v: VertexId) -> VertexId {
        while let Some(p) = self.v(v).parent {
            v = p;
        }
        v
    }

    /// The field `label` of `v`, as far as `need` wants it known; `None` after an error was added.
    pub(crate) fn lookup(
        &mut self,
        v: VertexId,
        pos: Option<Pos>,
        label: Label,
        need: Need,
    ) -> R<Option<VertexId>> {
        let mut v = self.deref(v);
        let mut state = self.state(v)?;
        if let Some(n) = state {
            let node = self.n(n);
            if let Some(e) = node.errs {
                let other = self.err(e).vertex.map(|w| self.root_of(w) != self.root_of(v));
                if other == Some(true) {
                    self.add_error(e);
                }
            }
            let x = self.v(v);
            let parent = x.parent;
            if x.is_dynamic || x.label.is_let() || self.child_conjuncts_known(parent)? {
                self.signal(n, Cond::ANCESTORS)?;
            }
            if !self.all_tasks_started(n) {
                self.process(n, Cond::VALUE.with(Cond::FIELD_CONJUNCTS).with(Cond::TASKS), Mode::Attempt)?;
                self.update_scalar(n)?;
            }
        }
        let w = self.deref(v);
        if w != v {
            v = w;
            state = self.state(v)?;
        }
        let done = Cond::ANCESTORS.with(Cond::TASKS);
        let raw = self.find_arc(v, label);
        let arc;
        let ret;
        let arc_state;
        if let Some(a) = raw {
            ret = Some(a);
            arc = self.deref_non_rooted(a);
            if self.v(arc).arc_type == ArcType::Member {
                return Ok(ret);
            }
            arc_state = self.state(arc)?;
        } else {
            let Some(n) = state.filter(|n| !self.meets(*n, done)) else {
                self.missing(v, pos, label);
                return Ok(None);
            };
            if !self.is_open_struct(v) && !self.accepts(v, label)? {
                self.missing(v, pos, label);
                return Ok(None);
            }
            let vertex = self.n(n).vertex;
            let a = self.add_vertex(Vertex::new(Some(vertex), label, ArcType::Pending));
            if !matches!(need.mode, Mode::Finalize | Mode::Ignore) {
                self.push_arc(v, a);
            }
            // Nothing to go on with yet: who asked comes again once the arc is known.
            (arc, ret) = (a, None);
            arc_state = self.state(a)?;
        }

        if let Some(a) = arc_state
            && (!self.meets(a, done) || !self.meets(a, Cond::ARC_TYPE))
        {
            let needs = need.cond.with(Cond::ARC_TYPE);
            match need.mode {
                Mode::Ignore | Mode::Attempt => {
                    if self.v(arc).arc_type == ArcType::Pending {
                        if need.mode == Mode::Ignore {
                            return Ok(ret);
                        }
                        if let Some(n) = state {
                            if self.has_active_parent_task(n) {
                                self.lookup_pending_parent = true;
                                return Ok(ret);
                            }
                            let node = self.n(n);
                            if node.provided.any(Cond::TASKS) && node.counters[6] > 0 {
                                return Ok(ret);
                            }
                        }
                        if self.has_active_parent_task(a) {
                            self.lookup_pending_parent = true;
                            return Ok(ret);
                        }
                        self.vm(arc).arc_type = ArcType::NotPresent;
                    }
                }
                Mode::Yield => {
                    self.process(a, needs, Mode::Yield)?;
                }
                Mode::Finalize => self.settle_arc(a, arc, needs)?,
            }
        }
        match self.v(arc).arc_type {
            ArcType::Member => Ok(ret),
            ArcType::Required => {
                let e =
                    self.error_at(Code::Incomplete, pos, "required field missing: {}", [Arg::Label(label)]);
                self.values.errors[e as usize].vertex = Some(v);
                self.add_error(e);
                Ok(ret)
            }
            ArcType::Optional => {
                let e = self.error_at(
                    Code::Incomplete,
                    pos,
                    "cannot reference optional field: {}",
                    [Arg::Label(label)],
                );
                self.values.errors[e as usize].vertex = Some(v);
                self.add_error(e);
                Ok(None)
            }
            ArcType::Pending
                if arc_state.is_some_and(|a| {
                    self.n(a).parent_tasks.iter().any(|t| {
                        matches!(
                            self.t(*t).state,
                            TaskState::Running | TaskState::Waiting | TaskState::Failed
                        )
                    })
                }) =>
            {
                let e = self.error_at(Code::Cycle, pos, "cyclic reference to field {}", [Arg::Label(label)]);
                self.values.errors[e as usize].vertex = Some(v);
                self.add_error(e);
                Ok(None)
            }
            ArcType::Pending | ArcType::NotPresent => {
                self.missing(v, pos, label);
                Ok(None)
            }
        }
    }

    fn settle_arc(&mut self, a: NodeId, arc: VertexId, needs: Cond) -> R<()> {
        if matches!(self.v(arc).arc_type, ArcType::Pending | ArcType::Optional) {
            let current = self.current_task();
            let other_runs = self
                .n(a)
                .parent_tasks
                .iter()
                .any(|t| self.t(*t).state == TaskState::Running && Some(*t) != current);
            if other_runs {
                self.process(a, Cond::ARC_TYPE, Mode::Yield)?;
                return Ok(());
            }
        }
        if needs == Cond::ARC_TYPE.with(Cond::FIELD_SET) {
            self.unify(arc, needs, Mode::Finalize, false)?;
        } else if !self.unify(arc, needs, Mode::Attempt, false)?
            && let Some(a) = self.v(arc).state
        {
            self.process(a, needs, Mode::Attempt)?;
        }
        if self.v(arc).arc_type == ArcType::Pending
            && !self.v(arc).state.is_some_and(|a| self.has_active_parent_task(a))
        {
            self.vm(arc).arc_type = ArcType::NotPresent;
        }
        Ok(())
    }
}
