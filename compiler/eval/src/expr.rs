//! Evaluating expressions to values (`evaluation-1-values.md` 5, 9 to 12).

use vela_ir::{ArcType, BinaryOp, Compare, Expr, ExprId, Kinds, UnaryOp};

use crate::conjunct::COMPOSITE;
use crate::error::{Arg, Code, ErrId, Pos};
use crate::eval::{Eval, R};
use crate::node::{Cond, Mode, Need, PostCheck, TaskId};
use crate::value::{Src, Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, Cyclic, EnvId, Status, Term, VertexId};

impl Eval<'_> {
    pub(crate) fn run_expr(&mut self, t: TaskId, mode: Mode) -> R<()> {
        let task = self.t(t);
        let (n, env, term) = (task.node, task.env, task.term);
        let Some(x) = self.term_expr(term) else { return Ok(()) };
        let (v, ci) = self.eval_expr_ci(x, Need::new(Cond::SCALAR, mode))?;
        let vertex = self.n(n).vertex;
        if ci.cyclic == Cyclic::Yes && self.v(vertex).is_pattern {
            return Ok(());
        }
        if let Some(v) = v {
            self.insert_value(n, env, v, ci)?;
        }
        Ok(())
    }

    pub(crate) fn eval_expr(&mut self, x: ExprId, need: Need) -> R<Option<Val>> {
        Ok(self.eval_expr_ci(x, need)?.0)
    }

    /// Evaluates; `None` when it gave neither value nor error. Also the closedness info of a reference.
    pub(crate) fn eval_expr_ci(&mut self, x: ExprId, need: Need) -> R<(Option<Val>, CloseInfo)> {
        self.nested(|s| {
            let saved_src = std::mem::replace(&mut s.src, Src::expr(x));
            let saved_errs = s.errs.take();
            let saved_ci = s.ci;
            let r = s.eval_inner(x, need);
            let (v, ci) = match r {
                Ok((v, ci)) => (v, ci),
                Err(e) => {
                    s.src = saved_src;
                    s.ci = saved_ci;
                    return Err(e);
                }
            };
            let v = s.finish_eval(v, saved_errs, true);
            s.src = saved_src;
            s.ci = saved_ci;
            Ok((v, ci))
        })
    }

    /// What a step's errors make of its result.
    pub(crate) fn finish_eval(&mut self, v: Option<Val>, saved: Option<ErrId>, whole: bool) -> Option<Val> {
        self.errs = self.combine(self.errs, saved);
        let mut result = v;
        if let Some(Val { v: Value::Vertex(x), .. }) = v
            && let Some(e) = self.bottom_raw(x)
        {
            let keep = if whole {
                matches!(self.err(e).code, Code::Incomplete | Code::Cycle)
            } else {
                self.err(e).code.is_incomplete()
            };
            if !keep {
                result = Some(Val::new(Value::Bottom(e)));
            }
        }
        if let Some(Val { v: Value::Bottom(e), .. }) = result {
            let e = self.place_cycle_error(e);
            result = Some(Val::new(Value::Bottom(e)));
            if self.errs != Some(e) {
                self.errs = self.combine(self.errs, Some(e));
            }
        }
        if let Some(e) = self.errs {
            result = Some(Val::at(Value::Bottom(e), self.src));
        }
        result
    }

    /// A cycle error without place gets the current one.
    fn place_cycle_error(&mut self, e: ErrId) -> ErrId {
        let b = self.err(e);
        if b.code != Code::Cycle
            || e == crate::error::CYCLE
            || self.src.is_none()
            || b.faults.iter().any(|f| f.pos.is_some() || !f.more.is_empty())
        {
            return e;
        }
        let mut b = b.clone();
        let pos = self.pos();
        for f in &mut b.faults {
            let mut g = (**f).clone();
            g.pos = pos;
            *f = std::sync::Arc::new(g);
        }
        self.values.error(b)
    }

    fn eval_inner(&mut self, x: ExprId, need: Need) -> R<(Option<Val>, CloseInfo)> {
        if let Some(v) = self.literal(x) {
            return Ok((Some(v), self.ci));
        }
        if let Expr::Open(inner) = self.ir.expr(x) {
            let (v, mut ci) = self.eval_expr_ci(inner, need)?;
            ci.opened = true;
            return Ok((v, ci));
        }
        if !self.is_resolver(x) {
            let v = self.eval_operator(x, need)?;
            return Ok((v, self.ci));
        }
        let arc = self.resolve(x, need)?;
        if self.errs.is_some() {
            return Ok((None, self.ci));
        }
        let Some(orig) = arc else { return Ok((None, self.ci)) };
        let arc = self.deref_non_shared(orig);
        if let Some(s) = self.state(arc)? {
            let ci = self.ci;
            self.ci = self.detect_cycle(s, arc, None, x, ci).0;
            let needs = need.cond.with(Cond::ARC_TYPE);
            match need.mode {
                Mode::Ignore => {}
                Mode::Finalize => {
                    self.unify(arc, needs, Mode::Attempt, true)?;
                    self.freeze(s, needs);
                }
                Mode::Attempt => {
                    self.unify(arc, needs, Mode::Attempt, true)?;
                }
                Mode::Yield => {
                    self.unify(arc, needs, Mode::Yield, true)?;
                    return self.read_running(x, orig, arc, need, needs);
                }
            }
        }
        let arc = self.deref(arc);
        let v = self.read(arc, x, need)?;
        Ok((v, self.ci))
    }

    /// Reads a vertex that may still be under evaluation.
    fn read_running(
        &mut self,
        x: ExprId,
        orig: VertexId,
        arc: VertexId,
        need: Need,
        needs: Cond,
    ) -> R<(Option<Val>, CloseInfo)> {
        let Some(s) = self.v(arc).state else {
            let arc = self.deref(arc);
            let v = self.read(arc, x, need)?;
            return Ok((v, self.ci));
        };
        let mut evaluating = self.v(arc).status == Status::Evaluating;
        let orig_state = self.v(orig).state;
        let forwarded = orig != arc;
        if need.concrete
            && forwarded
            && orig_state.is_some_and(|o| self.meets(o, Cond::SCALAR))
            && self.recursively_concrete(arc)
        {
            evaluating = false;
        }
        if evaluating && forwarded && self.v(arc).is_disjunct {
            if need.cond == Cond::SCALAR
                && let (Some(o), Some(t)) = (orig_state, self.current_task())
                && !self.meets(o, Cond::SCALAR)
            {
                let reader = self.n(self.t(t).node).vertex;
                self.nm(o).default_attempt = Some(reader);
                self.wait_for(t, o, needs);
                return Err(crate::eval::Stop::Blocked);
            }
            let e = self.error(Code::Cycle, "unresolved disjunction: {}", [Arg::Expr(x)]);
            return Ok((Some(Val::new(Value::Bottom(e))), self.ci));
        }
        let mut usable = self.n(s).has_field_value || !self.is_cycle(arc);
        if evaluating && !usable && self.n(s).frozen.any(Cond::SCALAR) && self.all_tasks_finished(s) {
            self.finalize_inner(arc)?;
            usable = !self.is_cycle(arc);
        }
        if evaluating && !usable {
            let e = self.error(Code::Cycle, "cycle with field: {}", [Arg::Expr(x)]);
            self.add_error(e);
            let arc = self.deref(arc);
            let v = self.read(arc, x, need)?;
            return Ok((v, self.ci));
        }
        let v = self.read(arc, x, need)?;
        if self.v(arc).non_rooted
            && !self.all_tasks_finished(s)
            && let Some(t) = self.current_task()
        {
            let holder = self.t(t).node;
            self.nm(s).pinned = true;
            self.nm(holder).deferred.push(s);
        }
        Ok((v, self.ci))
    }

    fn recursively_concrete(&self, v: VertexId) -> bool {
        let v = self.deref(v);
        match self.v(v).base {
            Base::Value(x) => self.is_concrete(x.v),
            Base::None | Base::Cycle => false,
            Base::Struct | Base::List { .. } => self.v(v).arcs.iter().all(|a| {
                self.v(*a).arc_type != ArcType::Member
                    || !self.v(*a).label.is_regular()
                    || self.recursively_concrete(*a)
            }),
        }
    }

    /// The value of a vertex as an operand.
    fn read(&mut self, v: VertexId, x: ExprId, need: Need) -> R<Option<Val>> {
        let unknown =
            self.v(v).arc_type != ArcType::Member || matches!(self.v(v).base, Base::None | Base::Cycle);
        if unknown {
            self.unify(v, need.cond, need.mode, false)?;
            if self.v(v).arc_type == ArcType::Pending {
                if self.v(v).status == Status::Evaluating {
                    let mut at = v;
                    while let Some(p) = self.v(at).parent
                        && self.v(at).arc_type == ArcType::Pending
                    {
                        at = p;
                    }
                    let e = self.error(Code::Cycle, "cycle with field {}", [Arg::Expr(x)]);
                    self.values.errors[e as usize].vertex = Some(at);
                    self.set_base(at, Base::Value(Val::new(Value::Bottom(e))));
                    return Ok(Some(Val::new(Value::Bottom(e))));
                }
                self.undefined(v);
                return Ok(None);
            }
        }
        if let Some(n) = self.v(v).state {
            let node = self.n(n);
            if let Some(e) = node.errs
                && !self.err(e).code.is_incomplete()
            {
                return Ok(Some(Val::new(Value::Bottom(e))));
            }
            if let Some(s) = node.scalar
                && self.is_cycle(v)
            {
                return Ok(Some(s));
            }
        }
        let src = Src::expr(x);
        match self.v(v).base {
            Base::Cycle => {
                self.add_error(crate::error::CYCLE);
                Ok(None)
            }
            Base::Value(b @ Val { v: Value::Bottom(e), .. }) => {
                if self.err(e).code.is_incomplete() {
                    self.add_error(e);
                    return Ok(None);
                }
                Ok(Some(b))
            }
            Base::None => {
                let Some(n) = self.v(v).state else { return Ok(None) };
                let Base::Value(b) = self.validators(n) else { return Ok(None) };
                Ok(Some(b))
            }
            _ => Ok(Some(Val::at(Value::Vertex(v), src))),
        }
    }

    /// An operand's value: default taken, unwrapped.
    pub(crate) fn operand(&mut self, x: ExprId, mut need: Need) -> R<Option<Val>> {
        need.concrete = true;
        let v = self.eval_expr(x, need)?;
        let Some(v) = v else { return Ok(None) };
        let Some(v) = self.get_default(v) else { return Ok(None) };
        Ok(Some(self.unwrap(v)))
    }

    /// The default of a value; `None` after an error was added.
    pub(crate) fn get_default(&mut self, v: Val) -> Option<Val> {
        let mut v = v;
        loop {
            let d = match v.v {
                Value::Vertex(x) => match self.v(x).base {
                    Base::Value(Val { v: Value::Disjunction(d), .. }) => d,
                    Base::Value(w @ Val { v: Value::Vertex(_), .. }) => {
                        v = Val::at(w.v, v.src);
                        continue;
                    }
                    _ => return Some(v),
                },
                Value::Disjunction(d) => d,
                _ => return Some(v),
            };
            let disjunction = &self.values.disjunctions[d as usize];
            if disjunction.defaults != 1 {
                let kinds = self.kinds(Value::Disjunction(d));
                let pos = self.pos();
                self.add_at(
                    Code::Incomplete,
                    pos,
                    "unresolved disjunction {} (type {})",
                    [Arg::Val(Val::at(Value::Disjunction(d), v.src)), Arg::Kinds(kinds)],
                );
                return None;
            }
            let w = disjunction.values[0];
            v = if w.src.is_none() { Val::at(w.v, v.src) } else { w };
        }
    }

    /// A concrete operand of an operator, or an error as a value.
    fn concrete(&mut self, env: EnvId, x: ExprId, op: &'static str) -> R<Option<Val>> {
        let saved = self.push_state(env, Src::expr(x));
        let v = self.eval_expr(x, Need::SCALAR);
        self.pop_state(saved);
        let Some(w) = v? else { return Ok(None) };
        let Some(w) = self.get_default(w) else { return Ok(None) };
        let v = self.unwrap(w);
        if self.is_concrete(v.v) || matches!(v.v, Value::Bottom(_)) {
            return Ok(Some(v));
        }
        let e = self.error(
            Code::Incomplete,
            "non-concrete value {} in operand to {}",
            [Arg::Val(Val::at(w.v, v.src)), Arg::Text(op)],
        );
        Ok(Some(Val::new(Value::Bottom(e))))
    }

    /// Whether the operand could be concrete at all; adds an error if not.
    fn may_be_concrete(&mut self, op: &'static str, x: ExprId) -> bool {
        let never = matches!(self.ir.expr(x), Expr::Bound(..) | Expr::Top | Expr::Kind(_));
        if never {
            self.add_at(
                Code::Eval,
                None,
                "invalid operand {} ('{}' requires concrete value)",
                [Arg::Expr(x), Arg::Text(op)],
            );
        }
        !never
    }

    /// Evaluates anything that is neither literal nor reference.
    pub(crate) fn eval_operator(&mut self, x: ExprId, need: Need) -> R<Option<Val>> {
        let src = Src::expr(x);
        match self.ir.expr(x) {
            Expr::Struct(_) | Expr::List(..) => {
                let c = Conjunct { env: self.env, term: Term::Expr(x), ci: self.ci };
                let v = self.inline_vertex(&[c]);
                self.complete_arcs_only(v)?;
                Ok(Some(Val::at(Value::Vertex(v), src)))
            }
            Expr::And(..) => {
                let ci = CloseInfo { refs: self.ci.refs, ..CloseInfo::default() };
                let v = self.inline_vertex(&[Conjunct { env: self.env, term: Term::Expr(x), ci }]);
                let host = self.env_vertex(self.env);
                let dynamic = self.in_detached == 0 && self.v(host).is_dynamic && self.env != EnvId::NONE;
                if dynamic || self.in_validator > 0 {
                    self.finalize_inner(v)?;
                } else {
                    self.complete_arcs_only(v)?;
                }
                Ok(Some(Val::at(Value::Vertex(v), src)))
            }
            Expr::Disjunction(_) => {
                let v = self.inline_vertex(&[Conjunct { env: self.env, term: Term::Expr(x), ci: self.ci }]);
                self.finalize_inner(v)?;
                Ok(Some(Val::at(Value::Vertex(v), src)))
            }
            Expr::Bound(op, operand) => self.eval_bound(x, op, operand),
            Expr::Unary(op, operand) => self.eval_unary(x, op, operand),
            Expr::Binary(op, a, b) => self.eval_binary(x, op, a, b, need),
            Expr::Interpolation(parts, bytes) => self.eval_interpolation(x, parts, bytes),
            Expr::Slice(i) => self.eval_slice(x, i),
            Expr::Call(f, args) => self.eval_call(x, f, args, need),
            Expr::LabelRef(up, _) => {
                let env = self.env_up(self.env, up);
                let label = self.e(env).label;
                if label == vela_ir::Label::NONE {
                    return Ok(Some(Val::at(Value::Kind(Kinds::STRING), src)));
                }
                Ok(Some(Val::at(self.label_value(label), src)))
            }
            Expr::Open(inner) => {
                self.ci.opened = true;
                self.eval_expr(inner, need)
            }
            _ => Ok(None),
        }
    }

    fn eval_bound(&mut self, x: ExprId, op: Compare, operand: ExprId) -> R<Option<Val>> {
        let v = self.operand(operand, Need::SCALAR)?;
        let Some(v) = v else { return Ok(None) };
        if matches!(v.v, Value::Bottom(_)) {
            return Ok(Some(v));
        }
        let equality = matches!(op, Compare::NotEqual | Compare::Equal);
        let kinds = self.kinds(v.v);
        let pos = Some(Pos::Src(Src::expr(operand)));
        let usual = Kinds::NUMBER | Kinds::STRING | Kinds::BYTES;
        let rare = Kinds::NULL | Kinds::STRUCT | Kinds::LIST;
        let single = kinds.is_single() || kinds == Kinds::NUMBER;
        if single && usual.contains(kinds) {
        } else if single && rare.contains(kinds) {
            if !equality {
                let e = self.error_at(
                    Code::Eval,
                    pos,
                    "cannot use {} for bound {}",
                    [Arg::Kinds(kinds), Arg::Text(op.text())],
                );
                return Ok(Some(Val::new(Value::Bottom(e))));
            }
        } else {
            let mask = if equality { usual | rare } else { usual };
            if kinds.meets(mask) {
                self.add_at(
                    Code::Incomplete,
                    None,
                    "non-concrete value {} for bound {}",
                    [Arg::Expr(operand), Arg::Text(op.text())],
                );
                return Ok(None);
            }
            let e = self.error_at(
                Code::Eval,
                pos,
                "invalid value {} (type {}) for bound {}",
                [Arg::Val(v), Arg::Kinds(kinds), Arg::Text(op.text())],
            );
            return Ok(Some(Val::new(Value::Bottom(e))));
        }
        if self.is_open_value(v.v) {
            if self.literal(operand).is_some() {
                return Ok(Some(self.fatal("bound has fixed non-concrete value", [])));
            }
            self.add_at(
                Code::Incomplete,
                None,
                "non-concrete value {} for bound {}",
                [Arg::Expr(operand), Arg::Text(op.text())],
            );
            return Ok(None);
        }
        let b = self.values.bound(op, v);
        Ok(Some(Val::at(b, Src::expr(x))))
    }

    fn eval_unary(&mut self, x: ExprId, op: UnaryOp, operand: ExprId) -> R<Option<Val>> {
        let text = match op {
            UnaryOp::Plus => "+",
            UnaryOp::Minus => "-",
            UnaryOp::Not => "!",
        };
        if !self.may_be_concrete(text, operand) {
            return Ok(None);
        }
        let Some(v) = self.operand(operand, Need::SCALAR)? else { return Ok(None) };
        if matches!(v.v, Value::Bottom(_)) {
            return Ok(Some(v));
        }
        let src = Src::expr(x);
        let expected = match (op, v.v) {
            (UnaryOp::Minus, Value::Num(i)) => {
                let n = self.number(i).neg();
                return Ok(Some(Val::at(self.values.num(n), src)));
            }
            (UnaryOp::Plus, Value::Num(_)) => return Ok(Some(v)),
            (UnaryOp::Not, Value::Bool(b)) => return Ok(Some(Val::at(Value::Bool(!b), src))),
            (UnaryOp::Not, _) => Kinds::BOOL,
            _ => Kinds::NUMBER,
        };
        let kinds = self.kinds(v.v);
        if kinds.meets(expected) {
            self.add_at(
                Code::Incomplete,
                Some(Pos::Src(Src::expr(operand))),
                "operand {} of '{}' not concrete (was {})",
                [Arg::Expr(operand), Arg::Text(text), Arg::Kinds(kinds)],
            );
            return Ok(None);
        }
        Ok(Some(
            self.fatal("invalid operation {} ({} {})", [Arg::Expr(x), Arg::Text(text), Arg::Kinds(kinds)]),
        ))
    }

    fn eval_binary(&mut self, x: ExprId, op: BinaryOp, a: ExprId, b: ExprId, need: Need) -> R<Option<Val>> {
        let text = op.text();
        let env = self.env;
        if self.experiments(Src::expr(x)).shortcircuit
            && matches!(op, BinaryOp::LogicalAnd | BinaryOp::LogicalOr)
            && self.may_be_concrete(text, a)
        {
            let decisive = op == BinaryOp::LogicalOr;
            if let Some(Val { v: Value::Bool(v), .. }) = self.concrete(env, a, text)?
                && v == decisive
            {
                return Ok(Some(Val::at(Value::Bool(v), Src::expr(x))));
            }
        }
        if let BinaryOp::Compare(c @ (Compare::Equal | Compare::NotEqual)) = op {
            let operand =
                if self.is_literal_bottom(b) { Some(a) } else { self.is_literal_bottom(a).then_some(b) };
            if let Some(there) = operand.and_then(|o| self.settled_presence(o, env)) {
                let holds = there == (c == Compare::NotEqual);
                return Ok(Some(Val::at(Value::Bool(holds), Src::expr(x))));
            }
        }
        if !self.may_be_concrete(text, a) || !self.may_be_concrete(text, b) {
            return Ok(None);
        }
        if let BinaryOp::Compare(c @ (Compare::Equal | Compare::NotEqual)) = op {
            let equal = c == Compare::Equal;
            if self.is_literal_bottom(a) {
                return self.compare_bottom(env, x, b, equal, need);
            }
            if self.is_literal_bottom(b) {
                return self.compare_bottom(env, x, a, equal, need);
            }
        }
        let left = self.concrete(env, a, text)?;
        let right = self.concrete(env, b, text)?;
        let e = self.combine(left.and_then(Val::bottom), right.and_then(Val::bottom));
        if let Some(e) = e {
            return Ok(Some(Val::new(Value::Bottom(e))));
        }
        if let Some(e) = self.take_errs() {
            return Ok(Some(Val::new(Value::Bottom(e))));
        }
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        self.binary(Src::expr(x), op, left, right).map(Some)
    }

    /// `x == _|_` and `x != _|_`: whether something can be had.
    fn compare_bottom(
        &mut self,
        env: EnvId,
        whole: ExprId,
        x: ExprId,
        equal: bool,
        need: Need,
    ) -> R<Option<Val>> {
        let saved = self.push_state(env, Src::expr(whole));
        self.in_validator += 1;
        let r = self.compare_bottom_inner(env, x, equal, need);
        self.in_validator -= 1;
        match r {
            Ok(Ok(result)) => {
                self.pop_state(saved);
                Ok(Some(Val::at(Value::Bool(result), Src::expr(whole))))
            }
            Ok(Err(e)) => {
                self.pop_state(saved);
                self.add_error(e);
                Ok(None)
            }
            Err(stop) => {
                self.pop_state(saved);
                Err(stop)
            }
        }
    }

    fn compare_bottom_inner(
        &mut self,
        env: EnvId,
        x: ExprId,
        equal: bool,
        need: Need,
    ) -> R<Result<bool, ErrId>> {
        let mut result = !equal;
        let settled = Cond::ANCESTORS.with(Cond::TASKS);
        let v = self.eval_expr(x, Need::new(settled, Mode::Finalize))?;
        let u = match v {
            Some(v) => self.get_default(v).map(|d| self.unwrap(d)),
            None => None,
        };
        let u = match u {
            Some(u) if self.kinds(u.v).meets(COMPOSITE) && !matches!(u.v, Value::Bottom(_)) => v,
            other => other,
        };
        match u {
            None => {}
            Some(Val { v: Value::Bottom(e), .. }) => {
                match self.err(e).code {
                    Code::Cycle => return Ok(Err(e)),
                    Code::Incomplete => {
                        if let Some(w) = self.err(e).vertex
                            && let Some(n) = self.v(w).state
                            && self.n(n).started
                            && !self.meets(n, Cond::VALUE)
                            && self.n(n).provided.any(Cond::VALUE)
                            && let Some(t) = self.current_task()
                        {
                            self.wait_for(t, n, Cond::VALUE);
                            return Err(crate::eval::Stop::Blocked);
                        }
                        self.post_check(env, x, true);
                    }
                    _ => {}
                }
                result = equal;
            }
            Some(Val { v: Value::Vertex(w), .. }) => {
                if self.has_depth_cycle(w) {
                    self.post_check(env, x, true);
                    result = equal;
                } else {
                    self.finalize_inner(w)?;
                    if self.bottom(w).is_some_and(|e| self.err(e).code < Code::Incomplete) {
                        result = equal;
                    }
                }
            }
            Some(u) => {
                let open = self.is_open_value(u.v);
                if self.kinds(u.v).meets(COMPOSITE) && open && !need.settled {
                    return Ok(Err(crate::error::CYCLE));
                }
                self.post_check(env, x, false);
                if open {
                    result = equal;
                }
                self.eval_expr(x, Need::new(settled, Mode::Yield))?;
            }
        }
        Ok(Ok(result))
    }

    fn post_check(&mut self, env: EnvId, expr: ExprId, expect_error: bool) {
        let v = self.env_vertex(env);
        if let Some(n) = self.v(v).state {
            self.nm(n).post_checks.push(PostCheck { env, expr, expect_error });
        }
    }

    fn eval_interpolation(&mut self, x: ExprId, parts: vela_ir::List, bytes: bool) -> R<Option<Val>> {
        let mut text = Vec::new();
        for p in &self.ir.expr_lists[parts.range()] {
            let v = self.operand(*p, Need::SCALAR)?;
            let Some(v) = v else { continue };
            self.append_text(&mut text, v, bytes);
        }
        let src = Src::expr(x);
        if let Some(e) = self.take_errs() {
            let mut fault =
                self.fault_at(Some(Pos::Src(src)), "invalid interpolation", smallvec::SmallVec::new());
            // The path is that of what is wrong in it, if any.
            fault.vertex = None;
            let code = self.err(e).code;
            let e = self.wrap(code, fault, e);
            return Ok(Some(Val::new(Value::Bottom(e))));
        }
        let v = if bytes {
            self.values.bytes(text)
        } else {
            let text = String::from_utf8(text)
                .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
            self.values.str(text)
        };
        Ok(Some(Val::at(v, src)))
    }

    fn append_text(&mut self, out: &mut Vec<u8>, v: Val, bytes: bool) {
        match v.v {
            Value::Str(i) => out.extend_from_slice(self.string(i).as_bytes()),
            Value::Bytes(i) => {
                let b = self.values.bytes[i as usize].clone();
                if bytes {
                    out.extend_from_slice(&b);
                } else {
                    out.extend_from_slice(String::from_utf8_lossy(&b).as_bytes());
                }
            }
            Value::Num(i) => out.extend_from_slice(self.number(i).to_json_text().as_bytes()),
            Value::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
            Value::Bottom(e) => self.add_error(e),
            _ => {
                let wanted = Kinds::STRING | Kinds::NUMBER | Kinds::BYTES | Kinds::BOOL;
                let kinds = self.kinds(v.v);
                if kinds.meets(wanted) {
                    let pos = self.pos();
                    self.add_at(
                        Code::Incomplete,
                        pos,
                        "non-concrete value {} (type {})",
                        [Arg::Val(v), Arg::Kinds(kinds)],
                    );
                } else {
                    self.type_error(v, wanted, None);
                }
            }
        }
    }

    /// The value is not of the kinds wanted: fatal, or incomplete where it may still become so.
    pub(crate) fn type_error(&mut self, v: Val, wanted: Kinds, by: Option<&'static str>) {
        if let Value::Bottom(_) = v.v {
            return;
        }
        let kinds = self.kinds(v.v);
        let cyclic = matches!(v.v, Value::Vertex(x) if self.v(x).state.is_some_and(|n| self.only_cyclic(n)));
        if (!self.is_concrete(v.v) && kinds.meets(wanted)) || cyclic {
            let pos = if v.src.is_none() { None } else { Some(Pos::Src(v.src)) };
            match by {
                None => {
                    self.add_at(
                        Code::Incomplete,
                        pos,
                        "incomplete {}: {}",
                        [Arg::Kinds(wanted), Arg::Val(v)],
                    );
                }
                Some(by) => self.add_at(
                    Code::Incomplete,
                    pos,
                    "incomplete {} in {}: {}",
                    [Arg::Kinds(wanted), Arg::Text(by), Arg::Val(v)],
                ),
            }
            return;
        }
        let e = match by {
            None => self.error(
                Code::Eval,
                "cannot use {} (type {}) as type {}",
                [Arg::Val(v), Arg::Kinds(kinds), Arg::Kinds(wanted)],
            ),
            Some(by) => self.error(
                Code::Eval,
                "cannot use {} (type {}) as type {} in {}",
                [Arg::Val(v), Arg::Kinds(kinds), Arg::Kinds(wanted), Arg::Text(by)],
            ),
        };
        self.add_error(e);
    }

    fn slice_index(&mut self, x: ExprId) -> R<u64> {
        let Some(v) = self.operand(x, Need::SCALAR)? else { return Ok(0) };
        Ok(self.u64_of(v, "slice index"))
    }

    /// A non-negative integer; 0 after an error was added.
    pub(crate) fn u64_of(&mut self, v: Val, by: &'static str) -> u64 {
        match v.v {
            Value::Bottom(_) => 0,
            Value::Num(i) => {
                let n = self.number(i).clone();
                if n.is_negative() {
                    let e = self.error(Code::Eval, "cannot convert negative number to uint64", []);
                    self.add_error(e);
                    return 0;
                }
                n.to_u64().unwrap_or_else(|| {
                    let e = self.error(Code::Eval, "cannot convert number {} to uint64", [Arg::Val(v)]);
                    self.add_error(e);
                    0
                })
            }
            _ => {
                self.type_error(v, Kinds::INT, Some(by));
                0
            }
        }
    }

    fn eval_slice(&mut self, x: ExprId, i: u32) -> R<Option<Val>> {
        let slice = self.ir.slices[i as usize];
        let v = self.operand(slice.operand, Need::new(Cond::FIELD_SET, Mode::Yield))?;
        let Some(v) = v else {
            let pos = self.pos();
            self.add_at(Code::Incomplete, pos, "non-concrete slice subject {}", [Arg::Expr(slice.operand)]);
            return Ok(None);
        };
        let src = Src::expr(x);
        let len = match v.v {
            Value::Bottom(_) => return Ok(Some(v)),
            Value::Vertex(l) if matches!(self.v(l).base, Base::List { .. }) => self.list_len(l),
            Value::Bytes(b) => self.values.bytes[b as usize].len(),
            _ => {
                let kinds = self.kinds(v.v);
                return Ok(Some(self.fatal("cannot slice {} (type {})", [Arg::Val(v), Arg::Kinds(kinds)])));
            }
        };
        let lo = match slice.low {
            Some(e) => self.slice_index(e)?,
            None => 0,
        };
        let mut hi = len as u64;
        if let Some(e) = slice.high {
            hi = self.slice_index(e)?;
            if hi > len as u64 {
                return Ok(Some(self.fatal("index {} out of range", [Arg::Int(hi as i64)])));
            }
        }
        if lo > hi {
            return Ok(Some(
                self.fatal("invalid slice index: {} > {}", [Arg::Int(lo as i64), Arg::Int(hi as i64)]),
            ));
        }
        let (lo, hi) = (lo as usize, hi as usize);
        match v.v {
            Value::Bytes(b) => {
                let part = self.values.bytes[b as usize][lo..hi].to_vec();
                Ok(Some(Val::at(self.values.bytes(part), src)))
            }
            Value::Vertex(l) => {
                let elems: Vec<VertexId> =
                    self.v(l).arcs.iter().copied().filter(|a| self.v(*a).label.is_int()).collect();
                let list = self.list_of(&elems[lo..hi]);
                Ok(Some(Val::at(Value::Vertex(list), src)))
            }
            _ => Ok(None),
        }
    }

    /// A closed list whose elements forward to the given vertices.
    pub(crate) fn list_of(&mut self, elems: &[VertexId]) -> VertexId {
        let list = self.inline_vertex(&[]);
        self.set_base(list, Base::List { open: false });
        for (i, e) in elems.iter().enumerate() {
            let Some(label) = vela_ir::Label::int(i as u32) else { break };
            let mut arc = crate::vertex::Vertex::new(Some(list), label, ArcType::Member);
            arc.is_dynamic = true;
            arc.base = Base::Value(Val::new(Value::Vertex(*e)));
            arc.status = Status::Finalized;
            let a = self.add_vertex(arc);
            self.push_arc(list, a);
        }
        self.vm(list).status = Status::Finalized;
        list
    }
}
