//! Comprehensions, dynamic fields, patterns and lists as tasks (`evaluation-1-values.md` 3.6, 3.7, 6 and 13).

use vela_ir::{ArcType, Clause, Compare, Decl, Expr, ExprId, Kinds, Label};

use crate::error::{Arg, Code, ErrId, Pos};
use crate::eval::{Eval, R};
use crate::node::{Cond, Mode, Need, TaskId};
use crate::value::{Src, Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, EnvId, NodeId, Status, Term, Vertex, VertexId};

impl Eval<'_> {
    pub(crate) fn run_dynamic(&mut self, t: TaskId, mode: Mode) -> R<()> {
        let task = self.t(t);
        let (n, mut env, term, ci) = (task.node, task.env, task.term, task.ci);
        let Term::Decl(d) = term else { return Ok(()) };
        let Decl::Dynamic { key, arc, .. } = self.ir.decls[d.index()] else { return Ok(()) };
        let need = Need::new(Cond::SCALAR.with(Cond::DISJUNCTION), mode);
        let Some(v) = self.operand(key, need)? else { return Ok(()) };
        let pos = Some(Pos::Src(Src::expr(key)));
        if let Value::Vertex(x) = v.v
            && self.v(self.deref(x)).status == Status::Evaluating
        {
            let e = self.error_at(Code::Incomplete, pos, "key value of dynamic field not yet known", []);
            self.add_bottom(n, e);
            return Ok(());
        }
        if !self.is_concrete(v.v) || matches!(v.v, Value::Bottom(_)) {
            let found = match v.v {
                // As it reads now: the error may be told in other words later.
                Value::Bottom(e) => {
                    Arg::String(format!("_|_({})", crate::compact::summary(self, self.err(e))).into())
                }
                _ => Arg::Val(v),
            };
            let text = "key value of dynamic field must be concrete, found {}";
            let e = self.error_at(Code::Incomplete, pos, text, [found]);
            self.add_bottom(n, e);
            return Ok(());
        }
        let Some(label) = self.label_from(Some(key), Some(v)) else { return Ok(()) };
        if label.is_int() {
            let e = self.error_at(Code::Eval, pos, "integer fields not supported", []);
            self.add_bottom(n, e);
            return Ok(());
        }
        env = self.label_env(env, label);
        self.insert_arc(n, label, arc, Conjunct { env, term, ci }, ci)?;
        Ok(())
    }

    pub(crate) fn run_pattern(&mut self, t: TaskId) -> R<()> {
        let task = self.t(t);
        let (n, env, term, ci) = (task.node, task.env, task.term, task.ci);
        let Term::Decl(d) = term else { return Ok(()) };
        let Decl::Pattern { pattern, .. } = self.ir.decls[d.index()] else { return Ok(()) };
        let need = Need::new(Cond::SCALAR.with(Cond::DISJUNCTION), Mode::Yield);
        if let Some(v) = self.eval_expr(pattern, need)? {
            self.insert_pattern(n, v, Conjunct { env, term, ci })?;
        }
        Ok(())
    }

    /// Announces what a comprehension may add: fixed labels become pending arcs that it is a parent task of; all else
    /// it may add concerns the vertex itself. Returns what the task's end decides about the vertex.
    pub(crate) fn push_down(&mut self, n: NodeId, t: TaskId, term: Term) -> R<Cond> {
        let Some(x) = self.term_expr(term) else { return Ok(Cond::FIELDS) };
        let completes = self.push_down_expr(n, t, x)?;
        Ok(completes.with(Cond::TASKS))
    }

    fn push_down_expr(&mut self, n: NodeId, t: TaskId, x: ExprId) -> R<Cond> {
        self.nested(|s| match s.ir.expr(x) {
            Expr::Comprehension(c) => {
                let body = s.ir.comprehensions[c.index()].body;
                s.push_down_expr(n, t, body)
            }
            Expr::Struct(lit) => {
                let mut completes = Cond::NONE;
                for d in s.ir.struct_decls(lit) {
                    match s.ir.decls[d.index()] {
                        Decl::Field { label, value, .. } => {
                            let (arc, _) = s.get_arc(n, label, ArcType::Pending)?;
                            if let Some(a) = s.bare_state(arc) {
                                s.nm(a).parent_tasks.push(t);
                                s.push_down_expr(a, t, value)?;
                            }
                        }
                        Decl::Pattern { .. } | Decl::Ellipsis | Decl::Dynamic { .. } => {
                            completes = completes.with(Cond::FIELD_CONJUNCTS);
                        }
                        Decl::Let { .. } => {
                            completes = completes.with(Cond::FIELD_CONJUNCTS);
                            let v = s.n(n).vertex;
                            s.vm(v).multi_let = true;
                        }
                        Decl::Embed(e) => {
                            completes = completes.with(match s.ir.expr(e) {
                                Expr::Null
                                | Expr::Bool(_)
                                | Expr::Num(_)
                                | Expr::Str(_)
                                | Expr::Bytes(_)
                                | Expr::Top
                                | Expr::Bottom
                                | Expr::Kind(_) => Cond::VALUE,
                                _ => s.push_down_expr(n, t, e)?,
                            });
                        }
                    }
                }
                Ok(completes.with(Cond::TASKS))
            }
            _ => Ok(Cond::VALUE.with(Cond::FIELD_CONJUNCTS).with(Cond::TASKS)),
        })
    }

    pub(crate) fn run_comprehension(&mut self, t: TaskId) -> R<()> {
        let task = self.t(t);
        let (n, env, term, ci) = (task.node, task.env, task.term, task.ci);
        let Some(x) = self.term_expr(term) else { return Ok(()) };
        let Expr::Comprehension(c) = self.ir.expr(x) else { return Ok(()) };
        let comprehension = self.ir.comprehensions[c.index()];
        let v = self.n(n).vertex;
        let mut envs = Vec::new();
        let err = self.clauses_of(Some(v), env, x, &mut envs)?;
        if let Some(e) = err {
            if self.err(e).code.is_incomplete() {
                let own = self.t(t).err;
                let all = self.combine(own, Some(e));
                self.tm(t).err = all;
            } else {
                self.add_bottom(n, e);
            }
            return Ok(());
        }
        self.tm(t).inserting = true;
        let r = self.insert_bodies(n, env, &envs, comprehension, ci);
        self.tm(t).inserting = false;
        r
    }

    fn insert_bodies(
        &mut self,
        n: NodeId,
        env: EnvId,
        envs: &[EnvId],
        c: vela_ir::Comprehension,
        ci: CloseInfo,
    ) -> R<()> {
        if envs.is_empty()
            && let Some(other) = c.otherwise
        {
            return self.schedule_conjunct(n, Conjunct { env, term: Term::Expr(other), ci }, ci);
        }
        for e in envs {
            self.schedule_conjunct(n, Conjunct { env: *e, term: Term::Expr(c.body), ci }, ci)?;
        }
        Ok(())
    }

    /// Evaluates the clauses: the frames of every yield.
    fn clauses_of(
        &mut self,
        holder: Option<VertexId>,
        env: EnvId,
        x: ExprId,
        out: &mut Vec<EnvId>,
    ) -> R<Option<ErrId>> {
        let Expr::Comprehension(c) = self.ir.expr(x) else { return Ok(None) };
        let c = self.ir.comprehensions[c.index()];
        self.firings += 1;
        let firing = self.firings;
        let saved_vertex = self.vertex;
        if holder.is_some() {
            self.vertex = holder;
        }
        let saved = self.push_state(env, Src::NONE);
        let r = self.clause(&c, 0, firing, out);
        let e = self.pop_state(saved);
        self.vertex = saved_vertex;
        r?;
        Ok(e)
    }

    /// One clause and all that follow; false after an error.
    fn clause(&mut self, c: &vela_ir::Comprehension, at: u32, firing: u32, out: &mut Vec<EnvId>) -> R<bool> {
        if at == c.clauses.len {
            out.push(self.env);
            return Ok(true);
        }
        self.nested(|s| match s.ir.clauses[(c.clauses.start + at) as usize] {
            Clause::For { key, value, source, .. } => s.for_clause(c, at, firing, out, key, value, source),
            Clause::If(condition) => {
                let v = s.operand(condition, Need::SCALAR)?;
                let holds = s.bool_of(v);
                if s.errs.is_none()
                    && let Some(seen) = &mut s.conditions
                {
                    seen.entry(condition).or_default()[usize::from(holds)] = true;
                }
                if holds {
                    s.next_clause(c, at, firing, out, s.env)?;
                }
                Ok(s.errs.is_none())
            }
            Clause::Let { label, value } => {
                let v = s.clause_vertex(label, value);
                let env = s.frame(s.env, v, firing);
                s.next_clause(c, at, firing, out, env)?;
                Ok(s.errs.is_none())
            }
            Clause::Try(binding) => s.try_clause(c, at, firing, out, binding),
        })
    }

    fn next_clause(
        &mut self,
        c: &vela_ir::Comprehension,
        at: u32,
        firing: u32,
        out: &mut Vec<EnvId>,
        env: EnvId,
    ) -> R<bool> {
        self.step()?;
        let saved = self.push_state(env, Src::NONE);
        let r = self.clause(c, at + 1, firing, out);
        let e = self.pop_state(saved);
        r?;
        if let Some(e) = e {
            self.add_error(e);
            return Ok(false);
        }
        Ok(self.errs.is_none())
    }

    fn frame(&mut self, up: EnvId, vertex: VertexId, firing: u32) -> EnvId {
        let env = self.add_env(up, vertex);
        self.envs[env.0].firing = firing;
        env
    }

    fn clause_vertex(&mut self, label: Label, value: ExprId) -> VertexId {
        let host = self.add_vertex(Vertex::new(None, Label::NONE, ArcType::Member));
        let mut arc = Vertex::new(None, label, ArcType::Member);
        arc.is_dynamic = true;
        arc.anonymous = true;
        arc.conjuncts.push(Conjunct { env: self.env, term: Term::Expr(value), ci: self.ci });
        let a = self.add_vertex(arc);
        self.push_arc(host, a);
        host
    }

    fn try_clause(
        &mut self,
        c: &vela_ir::Comprehension,
        at: u32,
        firing: u32,
        out: &mut Vec<EnvId>,
        binding: Option<(Label, ExprId)>,
    ) -> R<bool> {
        let x = binding.map_or(c.body, |(_, x)| x);
        let env = self.env;
        let v = self.inline_vertex(&[Conjunct { env, term: Term::Expr(x), ci: self.ci }]);
        let skip = self.skips.len() as u32;
        self.skips.push(false);
        if let Some(n) = self.bare_state(v) {
            self.nm(n).try_skip = Some(skip);
        }
        self.finalize_inner(v)?;
        if self.skips[skip as usize] {
            return Ok(self.errs.is_none());
        }
        let next = match binding {
            Some((label, value)) => {
                let v = self.clause_vertex(label, value);
                self.frame(env, v, firing)
            }
            None => env,
        };
        self.next_clause(c, at, firing, out, next)?;
        Ok(self.errs.is_none())
    }

    #[allow(clippy::too_many_arguments)]
    fn for_clause(
        &mut self,
        c: &vela_ir::Comprehension,
        at: u32,
        firing: u32,
        out: &mut Vec<EnvId>,
        key: Option<Label>,
        value: Option<Label>,
        source: ExprId,
    ) -> R<bool> {
        let env = self.env;
        let from = self.for_source(source)?;
        if let Some(n) = self.state(from)? {
            self.freeze(n, Cond::FIELD_SET);
        }
        let host_parent = self.env_vertex(env);
        let mut i = 0;
        while i < self.v(from).arcs.len() {
            let a = self.v(from).arcs[i];
            i += 1;
            let label = self.v(a).label;
            if !label.is_regular() {
                continue;
            }
            if let Some(n) = self.state(a)? {
                self.process(n, Cond::ARC_TYPE, Mode::Attempt)?;
            }
            match self.v(a).arc_type {
                ArcType::Member => {}
                ArcType::Required => {
                    let e = self.required_in_for(source, a);
                    self.add_error(e);
                    continue;
                }
                _ => continue,
            }
            let mut host = Vertex::new(Some(host_parent), Label::NONE, ArcType::Member);
            host.status = Status::Finalized;
            host.is_dynamic = true;
            host.anonymous = true;
            let host = self.add_vertex(host);
            if let Some(name) = value {
                let mut b = Vertex::new(None, name, ArcType::Pending);
                b.base = Base::Value(Val::new(Value::Vertex(a)));
                b.is_dynamic = true;
                b.anonymous = true;
                let b = self.add_vertex(b);
                self.push_arc(host, b);
            }
            if let Some(name) = key {
                let k = Val::at(self.label_value(label), self.src);
                let mut b = Vertex::new(None, name, ArcType::Member);
                b.is_dynamic = true;
                b.anonymous = true;
                b.conjuncts.push(Conjunct { env, term: Term::Val(k), ci: CloseInfo::default() });
                b.base = Base::Value(k);
                b.status = Status::Finalized;
                let b = self.add_vertex(b);
                self.push_arc(host, b);
            }
            let frame = self.frame(env, host, firing);
            if !self.next_clause(c, at, firing, out, frame)? {
                break;
            }
        }
        Ok(self.errs.is_none())
    }

    /// Whether an expression is a list of nothing but scalars: the same one in every frame.
    fn is_constant_list(&self, x: ExprId) -> bool {
        let Expr::List(elems, rest) = self.ir.expr(x) else { return false };
        let scalar = |e: &ExprId| {
            matches!(
                self.ir.expr(*e),
                Expr::Null | Expr::Bool(_) | Expr::Num(_) | Expr::Str(_) | Expr::Bytes(_)
            )
        };
        self.ir.list_rest(rest).is_none() && self.ir.expr_lists[elems.range()].iter().all(scalar)
    }

    fn required_in_for(&mut self, source: ExprId, a: VertexId) -> ErrId {
        let label = self.v(a).label;
        let pos = self.pos();
        let mark = self.positions.len();
        self.positions.push(Pos::Src(Src::expr(source)));
        for c in self.v(a).conjuncts.clone() {
            if let Term::Decl(d) = c.term {
                self.positions.push(Pos::Decl(d));
            }
        }
        let e = self.error_at(
            Code::Incomplete,
            pos,
            "missing required field in for comprehension: {}",
            [Arg::Label(label)],
        );
        self.positions.truncate(mark);
        e
    }

    /// What a `for` ranges over; the empty vertex after an error was added.
    fn for_source(&mut self, x: ExprId) -> R<VertexId> {
        let constant = self.is_constant_list(x) && self.ci.cyclic == crate::vertex::Cyclic::No;
        if constant && let Some(v) = self.constant_lists.get(&x) {
            return Ok(*v);
        }
        let set = Cond::FIELD_SET.with(Cond::ANCESTORS);
        self.in_detached += 1;
        let v = self.unify_operand(x, Need::new(set, Mode::Attempt))?;
        self.in_detached -= 1;
        let pos = Some(Pos::Src(Src::expr(x)));
        let Some(v) = v else {
            self.add_at(Code::Incomplete, pos, "cannot range over {} (incomplete)", [Arg::Expr(x)]);
            return Ok(self.empty);
        };
        if let Value::Vertex(w) = v.v {
            self.unify(w, set, Mode::Finalize, true)?;
            if constant {
                self.finalize_inner(w)?;
                self.constant_lists.insert(x, w);
                return Ok(w);
            }
        }
        let Some(mut v) = self.get_default(v) else { return Ok(self.empty) };
        let w = self.unwrap(v);
        if w.v != Value::Bottom(crate::error::CYCLE) {
            v = w;
        }
        let node = if let Value::Vertex(n) = v.v { Some(n) } else { None };
        if let Some(n) = node
            && !self.is_cycle(n)
        {
            match self.value_of(n) {
                Some(w) => v = w,
                None => {
                    self.add_at(Code::Incomplete, pos, "cannot range over {} (incomplete)", [Arg::Expr(x)]);
                    return Ok(self.empty);
                }
            }
        }
        match v.v {
            Value::Bottom(e) => {
                self.add_error(e);
                Ok(self.empty)
            }
            Value::Vertex(n) => Ok(node.unwrap_or(n)),
            other => {
                let kinds = self.kinds(other);
                if kinds.meets(Kinds::STRUCT | Kinds::LIST) {
                    self.add_at(
                        Code::Incomplete,
                        pos,
                        "cannot range over {} (incomplete type {})",
                        [Arg::Expr(x), Arg::Kinds(kinds)],
                    );
                } else {
                    self.add_at(
                        Code::Eval,
                        pos,
                        "cannot range over {} (found {}, want list or struct)",
                        [Arg::Expr(x), Arg::Kinds(kinds)],
                    );
                }
                Ok(self.empty)
            }
        }
    }

    /// A condition's value; false after an error was added.
    pub(crate) fn bool_of(&mut self, v: Option<Val>) -> bool {
        let Some(v) = v else { return false };
        match v.v {
            Value::Bool(b) => b,
            Value::Bottom(_) => false,
            _ => {
                self.type_error(v, Kinds::BOOL, None);
                false
            }
        }
    }

    // ---- Lists --------------------------------------------------------------------------------------------------

    pub(crate) fn run_list(&mut self, t: TaskId, _mode: Mode) -> R<()> {
        let task = self.t(t);
        let (n, env, term, ci) = (task.node, task.env, task.term, task.ci);
        let Some(x) = self.term_expr(term) else { return Ok(()) };
        let Expr::List(elems, rest) = self.ir.expr(x) else { return Ok(()) };
        self.update_cyclic_status(n, ci)?;
        let id = ci.sub_field();
        let mut index = 0;
        let mut comprehended = false;
        for e in &self.ir.expr_lists[elems.range()] {
            let Expr::Comprehension(c) = self.ir.expr(*e) else {
                self.insert_element(n, index, env, *e, id)?;
                index += 1;
                continue;
            };
            comprehended = true;
            let mut envs = Vec::new();
            let err = self.clauses_of(None, env, *e, &mut envs)?;
            let c = self.ir.comprehensions[c.index()];
            for inner in &envs {
                self.insert_element(n, index, *inner, c.body, id)?;
                index += 1;
            }
            if let Some(e) = err {
                self.add_bottom(n, e);
                return Ok(());
            }
            if envs.is_empty()
                && let Some(other) = c.otherwise
            {
                self.insert_element(n, index, env, other, id)?;
                index += 1;
            }
        }
        let rest = self.ir.list_rest(rest);
        if let Some(elem) = rest {
            let mut id = id;
            id.set_optional();
            let term = elem.map_or(Term::Val(Val::new(Value::Top)), Term::Expr);
            let from = vela_number::Number::from_i64(index as i64);
            let from = self.values.num(from);
            let pattern = self.values.bound(Compare::GreaterEq, Val::new(from));
            self.insert_pattern(n, Val::new(pattern), Conjunct { env, term, ci: id })?;
        }
        let closed = rest.is_none();
        if !self.merge_length(n, index, closed, comprehended) {
            return Ok(());
        }
        self.update_list_type(n, Term::Expr(x), id, closed);
        Ok(())
    }

    fn insert_element(&mut self, n: NodeId, index: usize, env: EnvId, x: ExprId, id: CloseInfo) -> R<()> {
        let Some(label) = u32::try_from(index).ok().and_then(Label::int) else { return Ok(()) };
        let c = Conjunct { env, term: Term::Expr(x), ci: id };
        self.insert_arc(n, label, ArcType::Member, c, id)?;
        Ok(())
    }

    /// Brings a list's length together with those seen before; false when they don't fit.
    fn merge_length(&mut self, n: NodeId, len: usize, closed: bool, comprehended: bool) -> bool {
        let node = self.n(n);
        let (max, was_closed) = (node.list_len, node.list_closed);
        if len < max {
            if closed {
                self.length_error(n, len, max);
                return false;
            }
        } else if len > max {
            if was_closed {
                self.length_error(n, max, len);
                return false;
            }
            let node = self.nm(n);
            node.list_len = len;
            node.list_closed = closed;
        } else if (closed && !was_closed) || (closed == was_closed && !comprehended) {
            self.nm(n).list_closed = closed;
        }
        true
    }

    fn length_error(&mut self, n: NodeId, a: usize, b: usize) {
        let e = self.error(
            Code::Eval,
            "incompatible list lengths ({} and {})",
            [Arg::Int(a as i64), Arg::Int(b as i64)],
        );
        self.add_bottom(n, e);
    }

    fn update_list_type(&mut self, n: NodeId, by: Term, id: CloseInfo, closed: bool) {
        if self.n(n).kinds.is_bottom() {
            return;
        }
        let v = self.n(n).vertex;
        let open = match self.v(v).base {
            Base::List { open } => open && !closed,
            _ => !closed,
        };
        self.set_base(v, Base::List { open });
        if self.n(n).kinds != Kinds::LIST {
            self.update_kinds(n, Kinds::LIST, by, id);
        }
    }

    pub(crate) fn run_list_vertex(&mut self, t: TaskId) -> R<()> {
        let task = self.t(t);
        let (n, term, ci) = (task.node, task.term, task.ci);
        let Term::Val(Val { v: Value::Vertex(l), src }) = term else { return Ok(()) };
        let elems: Vec<VertexId> =
            self.v(l).arcs.iter().copied().filter(|a| self.v(*a).label.is_int()).collect();
        let closed = !matches!(self.v(l).base, Base::List { open: true });
        let node = self.n(n);
        let (max, was_closed) = (node.list_len, node.list_closed);
        if elems.len() < max && closed {
            self.length_error(n, elems.len(), max);
            return Ok(());
        }
        if elems.len() > max {
            if was_closed {
                self.length_error(n, max, elems.len());
                return Ok(());
            }
            let node = self.nm(n);
            node.list_len = elems.len();
            node.list_closed = closed;
        } else if closed && elems.len() == max {
            self.nm(n).list_closed = true;
        }
        for a in elems {
            let label = self.v(a).label;
            let conjuncts = self.v(a).conjuncts.clone();
            if conjuncts.is_empty() {
                let c = Conjunct { env: EnvId::NONE, term: Term::Val(Val::at(Value::Vertex(a), src)), ci };
                self.insert_arc(n, label, ArcType::Member, c, ci)?;
                continue;
            }
            for c in conjuncts {
                self.insert_arc(n, label, ArcType::Member, c, ci)?;
            }
        }
        self.update_list_type(n, term, ci, closed);
        Ok(())
    }
}
