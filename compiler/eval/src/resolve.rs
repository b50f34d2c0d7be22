//! References: from names to vertices (`evaluation-1-values.md` 2.4 and 11).

use vela_ir::{ArcType, Expr, ExprId, ImportTarget, Kinds, Label, PackageId};

use crate::builtin::Member;
use crate::error::{Arg, Code, Pos};
use crate::eval::{Eval, LetEntry, R};
use crate::node::{Cond, Mode, Need, TaskId};
use crate::value::{Src, Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, EnvId, Status, Term, Vertex, VertexId};

impl Eval<'_> {
    pub(crate) fn run_resolve(&mut self, t: TaskId, mode: Mode) -> R<()> {
        let task = self.t(t);
        let (n, env, term, own) = (task.node, task.env, task.term, task.ci);
        let Some(x) = self.term_expr(term) else { return Ok(()) };
        let saved = std::mem::replace(&mut self.lookup_pending_parent, false);
        let arc = self.resolve(x, Need::new(Cond::FIELD_SET, mode))?;
        let pending_parent = std::mem::replace(&mut self.lookup_pending_parent, saved);
        let Some(arc) = arc.filter(|a| *a != self.empty) else {
            if arc.is_none() && mode == Mode::Attempt && self.errs.is_none() && pending_parent {
                self.tm(t).retry = true;
            }
            return Ok(());
        };
        let mut ci = self.ci;
        if self.v(arc).opened_shared || own.opened {
            ci.opened = true;
        }
        ci.conjunct_opened |= own.conjunct_opened;
        let arc = self.deref_non_disjunct(arc);
        let d = self.deref_disjunct(arc);
        let (ci, skip) = self.detect_cycle(n, d, Some(env), x, ci);
        if skip {
            return self.unshare(n);
        }
        if self.t(t).defunct {
            return Ok(());
        }
        if let Base::Value(Val { v: Value::Bottom(e), .. }) = self.v(d).base
            && self.err(e).code == Code::StructuralCycle
        {
            self.add_error(e);
            return Ok(());
        }
        self.schedule_vertex_conjuncts(n, Conjunct { env, term, ci }, arc, ci)
    }

    fn with_errs_apart<T>(&mut self, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        let saved = self.errs.take();
        let r = f(self);
        self.errs = self.combine(self.errs, saved);
        r
    }

    fn expr_pos(x: ExprId) -> Option<Pos> {
        Some(Pos::Src(Src::expr(x)))
    }

    /// The label's place in `x.label`: behind the point.
    fn selector_pos(&self, x: ExprId) -> Option<Pos> {
        let place = self.ir.place(x);
        let text = &self.ir.files[place.file.index()].text;
        let from = (place.op as usize + 1).min(text.len());
        let blank = text[from..].len() - text[from..].trim_start().len();
        Some(Pos::Offset(place.file, (from + blank) as u32))
    }

    /// The vertex a reference leads to; `None` after an error was added.
    pub(crate) fn resolve(&mut self, x: ExprId, need: Need) -> R<Option<VertexId>> {
        self.nested(|s| s.resolve_inner(x, need))
    }

    fn resolve_inner(&mut self, x: ExprId, need: Need) -> R<Option<VertexId>> {
        match self.ir.expr(x) {
            Expr::FieldRef(up, label) => {
                let env = self.env_up(self.env, up);
                let v = self.env_vertex(env);
                self.with_errs_apart(|s| s.lookup(v, Self::expr_pos(x), label, need))
            }
            Expr::ValueRef(up, _) => {
                let env = self.env_up(self.env, up);
                Ok(Some(self.env_vertex(env)))
            }
            Expr::CurrentRef(_) => Ok(self.vertex),
            Expr::DynRef(i) => {
                let r = self.ir.dyn_refs[i as usize];
                let env = self.env_up(self.env, r.up);
                let saved = self.push_state(env, Src::expr(x));
                let key = self.operand(r.key, Need::SCALAR);
                self.pop_state(saved);
                let Some(label) = self.label_from(Some(r.key), key?) else { return Ok(None) };
                let v = self.env_vertex(env);
                self.lookup(v, Self::expr_pos(x), label, need)
            }
            Expr::LetRef(i) => self.resolve_let(x, i, need),
            Expr::Import(i) => self.resolve_import(i),
            Expr::Select(operand, label) => {
                if let Some(r) = self.builtin_member(x, operand, label) {
                    return Ok(r);
                }
                let need_set = Need::new(Cond::FIELD_SET.with(Cond::ANCESTORS), Mode::Yield);
                let v = self.operand_vertex(x, operand, label.is_regular(), need_set)?;
                if v == self.empty {
                    return Ok(Some(v));
                }
                let pos = self.selector_pos(x);
                self.with_errs_apart(|s| s.lookup(v, pos, label, need))
            }
            Expr::Index(operand, index) => {
                let need_set = Need::new(Cond::FIELD_SET.with(Cond::ANCESTORS), Mode::Yield);
                let v = self.operand_vertex(x, operand, true, need_set)?;
                let i = self.operand(index, Need::SCALAR)?;
                if v == self.empty {
                    return Ok(Some(v));
                }
                let label = self.label_from(Some(index), i);
                if self.errs.is_some() {
                    return Ok(None);
                }
                let Some(label) = label else { return Ok(None) };
                self.lookup(v, Self::expr_pos(index), label, need)
            }
            Expr::Try(inner) => {
                let saved = self.errs.take();
                let r = self.resolve(inner, need)?;
                if r.is_none() && self.errs.is_some_and(|e| self.err(e).code.is_incomplete()) {
                    self.mark_try_skip();
                }
                self.errs = self.combine(self.errs, saved);
                Ok(r)
            }
            _ => Ok(None),
        }
    }

    /// A `?` reference was missing: the innermost `try` yields nothing.
    fn mark_try_skip(&mut self) {
        let mut at = self.vertex;
        while let Some(v) = at {
            if let Some(skip) = self.v(v).state.and_then(|n| self.n(n).try_skip) {
                self.skips[skip as usize] = true;
                return;
            }
            at = self.v(v).parent;
        }
    }

    /// A let: its arc where one evaluation serves all, else a vertex per frame.
    fn resolve_let(&mut self, x: ExprId, i: u32, need: Need) -> R<Option<VertexId>> {
        let r = self.ir.let_refs[i as usize];
        let env = self.env_up(self.env, r.up);
        let v = self.env_vertex(env);
        let Some(arc) = self.lookup(v, Self::expr_pos(x), r.label, need)? else { return Ok(None) };
        let bottom = self.bottom_raw(arc);
        let idle = bottom.is_none() && self.state(arc)?.is_none();
        if !self.v(arc).multi_let && (idle || bottom == Some(crate::error::CYCLE)) {
            return Ok(Some(arc));
        }
        let Some(mut c) = self.v(arc).conjuncts.first().copied() else { return Ok(Some(arc)) };
        let Some(value) = self.term_expr(c.term) else { return Ok(Some(arc)) };
        let key = (env, value, arc);
        let entry = self.lets.get(&key).copied();
        if let Some(e) = entry {
            let stale = matches!(self.v(e.vertex).base, Base::Cycle)
                && self.v(arc).status != Status::Finalized
                && !e.recomputed;
            if !stale {
                return Ok(Some(e.vertex));
            }
        }
        c.env = env;
        c.term = Term::Expr(value);
        let mut fresh = Vertex::new(self.v(arc).parent, r.label, ArcType::Member);
        fresh.is_dynamic = bottom.is_some_and(|e| self.err(e).code == Code::StructuralCycle);
        fresh.conjuncts.push(c);
        let vertex = self.add_vertex(fresh);
        self.lets.insert(key, LetEntry { vertex, recomputed: entry.is_some() });
        Ok(Some(vertex))
    }

    fn resolve_import(&mut self, i: u32) -> R<Option<VertexId>> {
        match self.ir.imports[i as usize].target {
            ImportTarget::Package(p) => Ok(Some(self.package(p))),
            ImportTarget::Builtin => Ok(Some(self.empty)),
        }
    }

    /// The root vertex of a package, not evaluated: one per evaluation.
    pub fn package(&mut self, p: PackageId) -> VertexId {
        if let Some(v) = self.packages.get(&p) {
            return *v;
        }
        let mut root = Vertex::new(None, Label::NONE, ArcType::Member);
        let env = EnvId::NONE;
        for f in &self.ir.packages[p.index()].files {
            let file = &self.ir.files[f.index()];
            root.conjuncts.push(Conjunct { env, term: Term::Expr(file.root), ci: CloseInfo::default() });
        }
        let v = self.add_vertex(root);
        self.packages.insert(p, v);
        v
    }

    /// `package.Member` of the standard library; the outer `None` when the operand is no such package.
    #[allow(clippy::option_option)]
    fn builtin_member(&mut self, x: ExprId, operand: ExprId, label: Label) -> Option<Option<VertexId>> {
        let Expr::Import(i) = self.ir.expr(operand) else { return None };
        let import = &self.ir.imports[i as usize];
        if import.target != ImportTarget::Builtin {
            return None;
        }
        if let Some(found) = self.members.get(&(i, label)) {
            let found = *found;
            if found.is_none() {
                self.add_missing_member(x, label);
            }
            return Some(found);
        }
        let name = self.labels.name(label).into_owned();
        let member = self.library.member(&import.path, &name);
        if matches!(member, Some(Member::Prelude))
            && let Some((_, p)) = self.ir.preludes.iter().find(|(path, _)| *path == import.path)
        {
            let root = self.package(*p);
            let found = self.find_prelude(root, label);
            self.members.insert((i, label), found);
            return Some(found);
        }
        let value = match member {
            Some(Member::Function(f)) => Some(self.bare_validator(f).unwrap_or(Value::Func(f))),
            Some(Member::Source(text)) => self.constant(text),
            Some(Member::Prelude) | None => None,
        };
        let found = value.map(|value| {
            let mut v = Vertex::new(None, label, ArcType::Member);
            v.base = Base::Value(Val::new(value));
            v.status = Status::Finalized;
            v.conjuncts.push(Self::root_conjunct(Term::Val(Val::new(value))));
            self.add_vertex(v)
        });
        self.members.insert((i, label), found);
        if found.is_none() {
            self.add_missing_member(x, label);
        }
        Some(found)
    }

    /// A field of a prelude, whose fields do not depend on evaluation.
    fn find_prelude(&mut self, root: VertexId, label: Label) -> Option<VertexId> {
        self.state(root).ok()?;
        self.find_arc(root, label)
    }

    fn add_missing_member(&mut self, x: ExprId, label: Label) {
        let pos = self.selector_pos(x);
        self.add_at(Code::Incomplete, pos, "undefined field: {}", [Arg::Label(label)]);
    }

    /// A constant of the standard library, from its source: a number, string or bool.
    fn constant(&mut self, text: &str) -> Option<Value> {
        match text {
            "true" => Some(Value::Bool(true)),
            "false" => Some(Value::Bool(false)),
            _ if text.starts_with('"') => {
                let s = text.trim_matches('"').to_owned();
                Some(self.values.str(s))
            }
            _ => {
                let (negative, digits) = text.strip_prefix('-').map_or((false, text), |t| (true, t));
                let n = vela_number::Number::parse_literal(digits).ok()?;
                Some(self.values.num(if negative { n.neg() } else { n }))
            }
        }
    }

    // ---- Operands of selectors and indexes ----------------------------------------------------------------------

    /// Evaluates an operand as far as its members are concerned.
    pub(crate) fn unify_operand(&mut self, x: ExprId, need: Need) -> R<Option<Val>> {
        let saved_src = std::mem::replace(&mut self.src, Src::expr(x));
        let saved_errs = self.errs.take();
        let r = self.unify_operand_inner(x, need);
        let result = self.finish_eval(r?, saved_errs, false);
        self.src = saved_src;
        Ok(result)
    }

    fn unify_operand_inner(&mut self, x: ExprId, need: Need) -> R<Option<Val>> {
        if let Some(v) = self.literal(x) {
            return Ok(Some(v));
        }
        if !self.is_resolver(x) {
            return self.eval_operator(x, need);
        }
        let v = self.resolve(x, need)?;
        if self.errs.is_some() {
            return Ok(None);
        }
        let Some(v) = v else { return Ok(None) };
        let v = self.deref(v);
        if let Some(n) = self.state(v)? {
            if self.ci.cyclic != crate::vertex::Cyclic::Yes {
                self.nm(n).has_non_cycle = true;
            }
            let cond = Cond::ARC_TYPE.with(Cond::FIELD_SET);
            self.process(n, cond, Mode::Yield)?;
            if !self.n(n).disjuncts.is_empty() || self.n(n).settled.is_some() {
                self.unify(v, cond, Mode::Yield, false)?;
            }
        }
        Ok(Some(Val::at(Value::Vertex(v), Src::expr(x))))
    }

    /// The vertex whose members `x.a` or `x[i]` means; the empty vertex after an error was added.
    fn operand_vertex(&mut self, whole: ExprId, x: ExprId, scalar: bool, need: Need) -> R<VertexId> {
        let from_def = self.ci.from_def;
        if !self.is_resolver(x) {
            self.ci.from_def = false;
        }
        let v = self.unify_operand(x, need)?;
        self.ci.from_def = from_def;
        let Some(v) = v else {
            return Ok(self.operand_incomplete(whole, x));
        };
        let Some(v) = self.get_default(v) else { return Ok(self.empty) };
        let mut value = v;
        if scalar {
            let w = self.unwrap(v);
            if w.v != Value::Bottom(crate::error::CYCLE) {
                value = w;
            }
        }
        let node = if let Value::Vertex(n) = value.v { Some(n) } else { None };
        if let Some(n) = node
            && !self.is_cycle(n)
        {
            let n = if scalar { n } else { self.deref(n) };
            match self.value_of(n) {
                None => return Ok(self.operand_incomplete(whole, x)),
                Some(w) => value = w,
            }
        }
        match value.v {
            Value::Bottom(e) => {
                self.add_error(e);
                Ok(self.empty)
            }
            Value::Vertex(w) => {
                if self.v(w).non_rooted {
                    self.complete_arcs_only(w)?;
                }
                Ok(node.unwrap_or(w))
            }
            other => {
                let kinds = self.kinds(other);
                if kinds.meets(Kinds::STRUCT) {
                    self.add_at(
                        Code::Incomplete,
                        Self::expr_pos(x),
                        "{} undefined as {} is incomplete (type {})",
                        [Arg::Expr(whole), Arg::Expr(x), Arg::Kinds(kinds)],
                    );
                    return Ok(self.empty);
                }
                if let Some(n) = node {
                    return Ok(n);
                }
                self.add_at(
                    Code::Eval,
                    Self::expr_pos(x),
                    "invalid operand {} (found {}, want list or struct)",
                    [Arg::Expr(x), Arg::Kinds(kinds)],
                );
                Ok(self.empty)
            }
        }
    }

    fn operand_incomplete(&mut self, whole: ExprId, x: ExprId) -> VertexId {
        self.add_at(
            Code::Incomplete,
            Self::expr_pos(x),
            "{} undefined ({} is incomplete)",
            [Arg::Expr(whole), Arg::Expr(x)],
        );
        self.empty
    }

    /// The label an index or a dynamic field's key stands for; `None` after an error was added.
    pub(crate) fn label_from(&mut self, src: Option<ExprId>, v: Option<Val>) -> Option<Label> {
        let v = self.get_default(v?)?;
        if matches!(v.v, Value::Bottom(_)) {
            return None;
        }
        let kinds = self.kinds(v.v);
        let inner = self.unwrap(v);
        let pos = if v.src.is_none() { None } else { Some(Pos::Src(v.src)) };
        if kinds == Kinds::INT || kinds == Kinds::NUMBER {
            let Value::Num(i) = inner.v else {
                self.add_at(
                    Code::Incomplete,
                    pos,
                    "invalid non-ground value {} (must be concrete {})",
                    [Arg::Val(v), Arg::Text("int")],
                );
                return None;
            };
            let n = self.number(i).clone();
            let at = src.map_or(Arg::Val(v), Arg::Expr);
            let Some(k) = n.to_i64() else {
                let e = self.error(Code::Eval, "invalid index {}: {}", [at, Arg::Text("value out of range")]);
                self.add_error(e);
                return None;
            };
            if k < 0 {
                let constant = src.is_none_or(|x| matches!(self.ir.expr(x), Expr::Num(_) | Expr::Unary(..)));
                let e = if constant {
                    self.error(Code::Eval, "invalid index {} (index must be non-negative)", [Arg::Val(inner)])
                } else {
                    self.error(Code::Eval, "index {} out of range [{}]", [at, Arg::Val(inner)])
                };
                self.add_error(e);
                return None;
            }
            let label = u32::try_from(k).ok().and_then(Label::int);
            if label.is_none() {
                let e = self.error(Code::Eval, "index {} out of range [{}]", [at, Arg::Val(inner)]);
                self.add_error(e);
            }
            return label;
        }
        if kinds == Kinds::STRING {
            let Value::Str(i) = inner.v else {
                self.add_at(
                    Code::Incomplete,
                    pos,
                    "invalid non-ground value {} (must be concrete {})",
                    [Arg::Val(v), Arg::Text("string")],
                );
                return None;
            };
            let s = self.string(i).clone();
            return Some(self.labels.string(&s));
        }
        let e = match src {
            Some(x) => self.error(
                Code::Eval,
                "invalid index {} (invalid type {})",
                [Arg::Expr(x), Arg::Kinds(kinds)],
            ),
            None => self.error(Code::Eval, "invalid index type {}", [Arg::Kinds(kinds)]),
        };
        self.add_error(e);
        None
    }
}
