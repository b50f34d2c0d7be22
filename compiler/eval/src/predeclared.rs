//! The predeclared functions (`evaluation-1-values.md` 12.5), and builtins that work on vertices.

use std::sync::Arc;

use vela_ir::{ArcType, Compare, Expr, ExprId, Kinds, Label, Predeclared};
use vela_number::{Number, NumberError};

use crate::call::Signature;
use crate::error::{Arg, Code, ErrId, Pos};
use crate::eval::{Eval, R};
use crate::node::{Cond, Mode, Need};
use crate::validate::Config;
use crate::value::{Disjunction, Src, Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, EnvId, Status, Term, Vertex, VertexId};

/// What a predeclared function takes and gives.
pub(crate) fn signature(p: Predeclared) -> Signature {
    let (name, params, result, non_concrete): (_, &[Kinds], _, _) = match p {
        Predeclared::Len => (
            "len",
            &[Kinds(Kinds::STRING.0 | Kinds::BYTES.0 | Kinds::LIST.0 | Kinds::STRUCT.0)],
            Kinds::INT,
            false,
        ),
        Predeclared::Close => ("close", &[Kinds::STRUCT], Kinds::STRUCT, false),
        Predeclared::And => ("and", &[Kinds::LIST], Kinds::INT, false),
        Predeclared::Or => ("or", &[Kinds::LIST], Kinds::INT, true),
        Predeclared::Div => ("div", &[Kinds::INT, Kinds::INT], Kinds::INT, false),
        Predeclared::Mod => ("mod", &[Kinds::INT, Kinds::INT], Kinds::INT, false),
        Predeclared::Quo => ("quo", &[Kinds::INT, Kinds::INT], Kinds::INT, false),
        Predeclared::Rem => ("rem", &[Kinds::INT, Kinds::INT], Kinds::INT, false),
        Predeclared::Error => ("error", &[Kinds::STRING], Kinds::BOTTOM, false),
        Predeclared::MatchN => ("matchN", &[Kinds::TOP, Kinds::INT, Kinds::LIST], Kinds::BOOL, true),
        Predeclared::MatchIf => {
            ("matchIf", &[Kinds::TOP, Kinds::TOP, Kinds::TOP, Kinds::TOP], Kinds::BOOL, true)
        }
        Predeclared::CloseAll => ("__closeAll", &[Kinds::TOP], Kinds::TOP, false),
        Predeclared::Reclose => ("__reclose", &[Kinds::TOP], Kinds::TOP, false),
        Predeclared::NoSharing => ("__no_sharing", &[], Kinds::TOP, false),
        Predeclared::TestExperiment => ("testExperiment", &[Kinds::TOP], Kinds::TOP, false),
    };
    Signature {
        name: Arc::from(name),
        params: params.to_vec(),
        schemas: vec![None; params.len()],
        result,
        non_concrete,
    }
}

impl Eval<'_> {
    fn fatal_val(&mut self, template: &'static str) -> R<Option<Val>> {
        Ok(Some(self.fatal(template, [])))
    }

    pub(crate) fn run_predeclared(
        &mut self,
        p: Predeclared,
        args: &[Val],
        call: Option<ExprId>,
        exprs: &[ExprId],
    ) -> R<Option<Val>> {
        match p {
            Predeclared::Len => self.call_len(args[0]),
            Predeclared::Close => {
                let Value::Vertex(v) = args[0].v else {
                    return self.fatal_val("struct argument must be concrete");
                };
                let w = self.wrap_vertex(v, self.ci)?;
                self.vm(w).closed_shallow = true;
                Ok(Some(Val::new(Value::Vertex(w))))
            }
            Predeclared::CloseAll | Predeclared::Reclose => self.call_reclose(p, args[0], exprs),
            Predeclared::And => {
                let elems = self.raw_elements(args[0]);
                if self.errs.is_some() {
                    return Ok(None);
                }
                if elems.is_empty() {
                    return Ok(Some(Val::new(Value::Top)));
                }
                let values = elems.into_iter().map(|e| Val::new(Value::Vertex(e))).collect();
                Ok(Some(Val::new(self.values.conjunction(values))))
            }
            Predeclared::Or => self.call_or(args[0]),
            Predeclared::Div => self.call_int(args, "argument to div builtin", Number::int_div),
            Predeclared::Mod => self.call_int(args, "argument to mod builtin", Number::int_mod),
            Predeclared::Quo => self.call_int(args, "argument to quo builtin", Number::int_quo),
            Predeclared::Rem => self.call_int(args, "argument to rem builtin", Number::int_rem),
            Predeclared::MatchN => self.call_match_n(args, call),
            Predeclared::MatchIf => self.call_match_if(args, call, exprs),
            Predeclared::NoSharing => Ok(Some(Val::new(Value::Top))),
            Predeclared::TestExperiment if call.is_some_and(|x| self.experiments(Src::expr(x)).testing) => {
                Ok(Some(args[0]))
            }
            Predeclared::TestExperiment | Predeclared::Error => self.fatal_val("testing experiment disabled"),
        }
    }

    fn call_len(&mut self, v: Val) -> R<Option<Val>> {
        let plain = self.unwrap(v);
        let n = match plain.v {
            Value::Str(i) => self.string(i).len(),
            Value::Bytes(i) => self.values.bytes[i as usize].len(),
            Value::Vertex(x) => {
                let x = self.deref(x);
                match self.v(x).base {
                    Base::List { .. } => self.list_len(x),
                    Base::Struct => {
                        let mut n = 0;
                        for a in self.v(x).arcs.clone() {
                            if !self.v(a).label.is_regular() {
                                continue;
                            }
                            if self.v(a).arc_type == ArcType::Pending {
                                self.finalize_inner(a)?;
                            }
                            n += usize::from(self.v(a).arc_type == ArcType::Member);
                        }
                        n
                    }
                    _ => return self.fatal_val("unevaluated vertex"),
                }
            }
            Value::Bottom(_) => return Ok(Some(plain)),
            other => {
                let kinds = self.kinds(other);
                let e = self.error(
                    Code::Incomplete,
                    "incomplete argument {} (type {})",
                    [Arg::Val(plain), Arg::Kinds(kinds)],
                );
                return Ok(Some(Val::new(Value::Bottom(e))));
            }
        };
        Ok(Some(Val::new(self.values.num(Number::from_i64(n as i64)))))
    }

    /// A fresh vertex that shares `v`.
    pub(crate) fn wrap_vertex(&mut self, v: VertexId, ci: CloseInfo) -> R<VertexId> {
        let c = Conjunct { env: EnvId::NONE, term: Term::Val(Val::new(Value::Vertex(v))), ci };
        let conjuncts = self.v(v).conjuncts.clone();
        let w = self.inline_vertex(&conjuncts);
        if let Some(n) = self.state(w)?
            && !self.n(n).is_shared
        {
            self.share(n, c, v, ci);
        }
        Ok(w)
    }

    fn call_reclose(&mut self, p: Predeclared, v: Val, exprs: &[ExprId]) -> R<Option<Val>> {
        let Some(x) = exprs.first().copied() else { return Ok(None) };
        let reclose = p == Predeclared::Reclose;
        let literal = matches!(self.ir.expr(x), Expr::Struct(_) | Expr::List(..));
        let close = reclose
            && matches!(self.ir.expr(x), Expr::Call(f, _)
                if matches!(self.ir.expr(f), Expr::Predeclared(Predeclared::Close)));
        if !literal && !close {
            return self.fatal_val(if reclose && matches!(self.ir.expr(x), Expr::Call(..)) {
                "argument must be a struct or list literal, or a close() call"
            } else {
                "argument must be a struct or list literal"
            });
        }
        if !self.experiments(Src::expr(x)).explicitopen {
            return self.fatal_val(if reclose {
                "__reclose may only be used when explicitopen is enabled"
            } else {
                "__closeAll may only be used when explicitopen is enabled"
            });
        }
        let Value::Vertex(s) = v.v else {
            return if reclose { Ok(Some(v)) } else { self.fatal_val("struct argument must be concrete") };
        };
        if !reclose {
            self.vm(s).closed_recursive = true;
        } else if let Some(n) = self.v(s).state {
            match self.n(n).embed_closedness {
                2 => self.vm(s).closed_recursive = true,
                1 => self.vm(s).closed_shallow = true,
                _ => {}
            }
        }
        Ok(Some(v))
    }

    /// The elements of a list, not evaluated further; empty after an error was added.
    pub(crate) fn raw_elements(&mut self, v: Val) -> Vec<VertexId> {
        self.list_vertex(v).map_or_else(Vec::new, |list| self.list_elements(list))
    }

    fn list_elements(&self, list: VertexId) -> Vec<VertexId> {
        self.v(list).arcs.iter().copied().filter(|a| self.v(*a).label.is_int()).collect()
    }

    /// The vertex of a list; `None` after an error was added.
    fn list_vertex(&mut self, v: Val) -> Option<VertexId> {
        let v = self.get_default(v)?;
        if let Value::Vertex(x) = self.unwrap(v).v {
            let x = self.deref(x);
            if matches!(self.v(x).base, Base::List { .. }) {
                return Some(x);
            }
        }
        self.type_error(v, Kinds::LIST, None);
        None
    }

    fn call_or(&mut self, v: Val) -> R<Option<Val>> {
        let elems = self.raw_elements(v);
        if self.errs.is_some() {
            return Ok(None);
        }
        if elems.is_empty() {
            let e = self.error(Code::Incomplete, "empty list in call to or", []);
            return Ok(Some(Val::new(Value::Bottom(e))));
        }
        let values = elems.into_iter().map(|e| Val::new(Value::Vertex(e))).collect();
        let d = self.values.disjunction(Disjunction { values, defaults: 0, has_defaults: false });
        let w = self.add_vertex(Vertex::new(None, Label::NONE, ArcType::Member));
        let term = Term::Val(Val::at(d, self.src));
        let c = Conjunct { env: EnvId::NONE, term, ci: self.ci };
        self.vm(w).conjuncts.push(c);
        self.unify(w, Cond::ALL, Mode::Finalize, true)?;
        Ok(Some(Val::new(Value::Vertex(w))))
    }

    fn call_int(
        &mut self,
        args: &[Val],
        of: &'static str,
        f: fn(&Number, &Number) -> Result<Number, NumberError>,
    ) -> R<Option<Val>> {
        let mut numbers = Vec::with_capacity(2);
        for a in args {
            let v = self.unwrap(*a);
            let Value::Num(i) = v.v else {
                self.type_error(v, Kinds::NUMBER, Some(of));
                continue;
            };
            numbers.push(self.number(i).clone());
        }
        let [a, b] = &numbers[..] else { return Ok(None) };
        Ok(Some(match f(a, b) {
            Ok(n) => Val::new(self.values.num(n)),
            Err(e) => {
                let text = Arg::String(Arc::from(e.to_string()));
                self.fatal("{}", [text])
            }
        }))
    }

    /// `error(m)`: an error that says `m`; parts of an interpolation that have no value are shown as source.
    pub(crate) fn call_error(&mut self, x: ExprId, args: vela_ir::List) -> R<Option<Val>> {
        let list = self.ir.expr_lists[args.range()].to_vec();
        let pos = Some(Pos::Src(Src::expr(x)));
        let [arg] = list[..] else {
            let text = if list.is_empty() {
                "not enough arguments in call to error (have {}, want 1)"
            } else {
                "too many arguments in call to error (have {}, want 1)"
            };
            self.add_at(Code::Eval, pos, text, [Arg::Int(list.len() as i64)]);
            return Ok(None);
        };
        let mut text = String::new();
        let mut cause = None;
        if let Expr::Interpolation(parts, _) = self.ir.expr(arg) {
            for p in &self.ir.expr_lists[parts.range()] {
                let saved = self.errs.take();
                let v = self.operand(*p, Need::new(Cond::SCALAR, Mode::Finalize))?;
                let failed = self.errs.take().is_some();
                self.errs = saved;
                let mut bytes = Vec::new();
                let shown = !failed && v.is_some_and(is_plain_scalar);
                if let (true, Some(v)) = (shown, v) {
                    self.append_scalar(&mut bytes, v);
                    text.push_str(&String::from_utf8_lossy(&bytes));
                } else if let (Some(v), false) = (v, failed) {
                    text.push_str(&self.show(v));
                } else {
                    text.push_str(self.ir.source(*p));
                }
            }
        } else {
            cause = self.error_text(arg, &mut text)?;
        }
        let e = self.error_at(Code::User, pos, "{}", [Arg::String(Arc::from(text))]);
        let e = self.combine(Some(e), cause).unwrap_or(e);
        Ok(Some(Val::at(Value::Bottom(e), Src::expr(x))))
    }

    /// Appends what an argument of `error` says: nothing where it isn't known. Gives its error, if it is one or is
    /// no text.
    fn error_text(&mut self, arg: ExprId, text: &mut String) -> R<Option<ErrId>> {
        let saved = self.errs.take();
        let v = self.eval_expr(arg, Need::SCALAR)?;
        let added = self.errs.take();
        self.errs = saved;
        let Some(v) = v.map(|v| self.unwrap(v)) else {
            return Ok(added.filter(|e| !self.err(*e).code.is_incomplete()));
        };
        if let Value::Bottom(e) = v.v {
            return Ok(Some(e));
        }
        if is_plain_scalar(v) {
            let mut bytes = Vec::new();
            self.append_scalar(&mut bytes, v);
            text.push_str(&String::from_utf8_lossy(&bytes));
            return Ok(None);
        }
        if self.is_open_value(v.v) {
            return Ok(None);
        }
        let saved = self.errs.take();
        self.type_error(v, Kinds::STRING | Kinds::NUMBER | Kinds::BYTES | Kinds::BOOL, None);
        let e = self.errs.take();
        self.errs = saved;
        Ok(e)
    }

    fn append_scalar(&self, out: &mut Vec<u8>, v: Val) {
        match v.v {
            Value::Str(i) => out.extend_from_slice(self.string(i).as_bytes()),
            Value::Bytes(i) => out.extend_from_slice(&self.values.bytes[i as usize]),
            Value::Num(i) => out.extend_from_slice(self.number(i).to_json_text().as_bytes()),
            Value::Bool(b) => out.extend_from_slice(if b { b"true" } else { b"false" }),
            _ => {}
        }
    }

    /// A value in normal form.
    pub(crate) fn show(&self, v: Val) -> String {
        crate::compact::value(self, v)
    }

    // ---- matchN, matchIf ----------------------------------------------------------------------------------------

    /// The value that a validator looks at, as data: no patterns, no closedness, defaults taken.
    fn settled_self(&mut self, v: Val) -> R<Val> {
        let Value::Vertex(x) = v.v else { return Ok(v) };
        self.finalize_inner(x)?;
        let x = self.deref(x);
        let copy = self.data_copy(x)?;
        Ok(Val::new(Value::Vertex(copy)))
    }

    fn data_copy(&mut self, v: VertexId) -> R<VertexId> {
        self.nested(|s| {
            s.finalize_inner(v)?;
            let v = s.deref(v);
            let mut copy = s.v(v).clone();
            copy.state = None;
            copy.status = Status::Finalized;
            copy.is_data = true;
            copy.closed_recursive = false;
            copy.closed_shallow = false;
            copy.patterns.clear();
            copy.arcs.clear();
            copy.index = None;
            copy.base = match copy.base {
                Base::Value(x) => {
                    let d = s.default_or_self(x);
                    match d.v {
                        Value::Vertex(w) if w != v => {
                            let w = s.data_copy(w)?;
                            return Ok(w);
                        }
                        _ => Base::Value(d),
                    }
                }
                b => b,
            };
            let id = s.add_vertex(copy);
            for a in s.v(v).arcs.clone() {
                if s.v(a).arc_type != ArcType::Member || !s.v(a).label.is_regular() {
                    continue;
                }
                let label = s.v(a).label;
                let inner = s.data_copy(a)?;
                s.vm(inner).parent = Some(id);
                s.vm(inner).label = label;
                s.vm(inner).arc_type = ArcType::Member;
                s.push_arc(id, inner);
            }
            Ok(id)
        })
    }

    /// Unifies two values at the place of the vertex being validated.
    pub(crate) fn unify_values(&mut self, a: Val, b: Conjunct) -> R<VertexId> {
        let mut v = Vertex::new(None, Label::NONE, ArcType::Member);
        if let Some(n) = self.vertex {
            v.parent = self.v(n).parent;
            v.label = self.v(n).label;
        }
        let w = self.add_vertex(v);
        let mut ci = self.ci;
        ci.from_def = false;
        let Some(n) = self.bare_state(w) else { return Ok(w) };
        for c in [Conjunct { env: EnvId::NONE, term: Term::Val(a), ci }, b] {
            let mut c = c;
            c.ci.from_def = false;
            if let Term::Val(Val { v: Value::Vertex(x), .. }) = c.term {
                c.ci = self.new_group(n, None, c.ci, crate::node::GroupKind::Struct);
                let mut p = Some(x);
                while let Some(y) = p {
                    if self.v(y).label.is_definition() {
                        c.ci.top_def = true;
                        break;
                    }
                    p = self.v(y).parent;
                }
            }
            self.vm(w).conjuncts.push(c);
        }
        self.nm(n).drop_parent_requirements = true;
        if let Some(p) = self.vertex.and_then(|v| self.v(v).state) {
            let x = self.n(p).has_non_cyclic;
            self.nm(n).has_non_cyclic = x;
        }
        self.finalize_inner(w)?;
        Ok(w)
    }

    pub(crate) fn valid(&mut self, v: VertexId) -> R<Option<ErrId>> {
        let config = Config { report_incomplete: true, final_: true, ..Config::default() };
        self.validate_in(v, &config)
    }

    pub(crate) fn validate_in(&mut self, v: VertexId, config: &Config) -> R<Option<ErrId>> {
        Ok(crate::validate::validate(self, v, config))
    }

    fn call_match_n(&mut self, args: &[Val], call: Option<ExprId>) -> R<Option<Val>> {
        if !self.validating {
            return self.fatal_val("matchN is a validator and should not be used as a function");
        }
        let me = self.settled_self(args[0])?;
        if let Value::Vertex(v) = me.v
            && self.bottom(v).is_some()
        {
            return Ok(Some(Val::new(Value::Bool(false))));
        }
        if self.ci.cyclic == crate::vertex::Cyclic::Yes {
            return Ok(Some(self.cycle_in(call)));
        }
        let (mut count, mut possible) = (0i64, 0i64);
        let mut errs = Vec::new();
        for schema in self.elements(args[2])? {
            let ci = self.ci;
            let c = Conjunct { env: EnvId::NONE, term: Term::Val(Val::new(Value::Vertex(schema))), ci };
            let v = self.unify_values(me, c)?;
            match self.valid(v)? {
                None => count += 1,
                Some(e) => {
                    errs.push(e);
                    possible += i64::from(self.err(e).code.is_incomplete());
                }
            }
        }
        let Some(e) = self.check_count(args[1], count, count + possible)? else {
            return Ok(Some(Val::new(Value::Bool(true))));
        };
        let incomplete = self.err(e).code.is_incomplete();
        for x in errs {
            if !incomplete || self.err(x).code.is_incomplete() {
                self.add_error(x);
            }
        }
        Ok(Some(Val::new(Value::Bottom(e))))
    }

    fn cycle_in(&mut self, call: Option<ExprId>) -> Val {
        let pos = call.map(|x| Pos::Src(Src::expr(x)));
        let e = self.error_at(Code::StructuralCycle, pos, "structural cycle", []);
        Val::new(Value::Bottom(e))
    }

    /// The elements of a list, evaluated. That it is one counts before: an element in error does not undo it.
    pub(crate) fn elements(&mut self, v: Val) -> R<Vec<VertexId>> {
        let Some(list) = self.list_vertex(v) else { return Ok(Vec::new()) };
        self.finalize_inner(list)?;
        Ok(self.list_elements(list))
    }

    pub(crate) fn check_count(&mut self, bound: Val, count: i64, max: i64) -> R<Option<ErrId>> {
        let n = Val::new(self.values.num(Number::from_i64(count)));
        let unify = |s: &mut Self, terms: &[Val]| -> R<VertexId> {
            let conjuncts: Vec<Conjunct> = terms
                .iter()
                .map(|v| Conjunct { env: EnvId::NONE, term: Term::Val(*v), ci: CloseInfo::default() })
                .collect();
            let v = s.inline_vertex(&conjuncts);
            s.finalize_inner(v)?;
            Ok(v)
        };
        let v = unify(self, &[bound, n])?;
        if self.bottom(v).is_none() {
            return Ok(None);
        }
        let plain = self.unwrap(bound);
        let e = self.error(Code::Eval, "{} matched, expected {}", [Arg::Int(count), Arg::Val(plain)]);
        let may_come = match plain.v {
            Value::Num(i) => self.number(i).to_i64().is_some_and(|i| i > count && i <= max),
            Value::Bound(_) => {
                let lo = self.values.bound(Compare::GreaterEq, n);
                let top = Val::new(self.values.num(Number::from_i64(max)));
                let hi = self.values.bound(Compare::LessEq, top);
                let v = unify(self, &[plain, Val::new(lo), Val::new(hi)])?;
                self.bottom(v).is_none()
            }
            _ => true,
        };
        if may_come {
            self.values.errors[e as usize].code = Code::Incomplete;
        }
        Ok(Some(e))
    }

    fn call_match_if(&mut self, args: &[Val], call: Option<ExprId>, exprs: &[ExprId]) -> R<Option<Val>> {
        if !self.validating {
            return self.fatal_val("matchIf is a validator and should not be used as a function");
        }
        let me = self.settled_self(args[0])?;
        if let Value::Vertex(v) = me.v
            && self.bottom(v).is_some()
        {
            return Ok(Some(Val::new(Value::Bool(false))));
        }
        if self.ci.cyclic == crate::vertex::Cyclic::Yes {
            return Ok(Some(self.cycle_in(call)));
        }
        // The schemas are evaluated anew with the value, not taken as evaluated for the call.
        let schema = |s: &Self, i: usize| -> Conjunct {
            let term = exprs.get(i).map_or(Term::Val(args[i + 1]), |x| Term::Expr(*x));
            Conjunct { env: s.env, term, ci: s.ci }
        };
        let c = schema(self, 0);
        let v = self.unify_values(me, c)?;
        let chosen = if self.valid(v)?.is_none() { 1 } else { 2 };
        let c = schema(self, chosen);
        let v = self.unify_values(me, c)?;
        Ok(Some(match self.valid(v)? {
            None => Val::new(Value::Bool(true)),
            Some(e) => Val::new(Value::Bottom(e)),
        }))
    }
}

fn is_plain_scalar(v: Val) -> bool {
    matches!(v.v, Value::Str(_) | Value::Bytes(_) | Value::Num(_) | Value::Bool(_))
}
