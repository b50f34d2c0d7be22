//! Calls (`evaluation-1-values.md` 12).

use std::sync::Arc;

use vela_ir::{ArcType, Expr, ExprId, Kinds, Label, Predeclared};

use crate::arguments::NOT_CONCRETE;
use crate::builtin::{CallError, Function, Reads, Return, Run};
use crate::conjunct::predeclared_number;
use crate::data::Data;
use crate::error::{Arg, Code, ErrId, Pos};
use crate::eval::{Eval, R};
use crate::node::{Cond, Mode, Need};
use crate::value::{Disjunction, Src, Val, Validator, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, EnvId, Status, Term, Vertex, VertexId};

/// A function's face: what calls are checked against.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub name: Arc<str>,
    pub params: Vec<Kinds>,
    pub schemas: Vec<Option<&'static str>>,
    pub result: Kinds,
    pub non_concrete: bool,
}

/// The predeclared function behind a number of `Value::Func`.
pub(crate) fn predeclared_of(f: u32) -> Option<Predeclared> {
    const ALL: [Predeclared; 15] = [
        Predeclared::Len,
        Predeclared::Close,
        Predeclared::And,
        Predeclared::Or,
        Predeclared::Div,
        Predeclared::Mod,
        Predeclared::Quo,
        Predeclared::Rem,
        Predeclared::Error,
        Predeclared::MatchN,
        Predeclared::MatchIf,
        Predeclared::CloseAll,
        Predeclared::Reclose,
        Predeclared::NoSharing,
        Predeclared::TestExperiment,
    ];
    ALL.into_iter().find(|p| predeclared_number(*p) == f)
}

impl Eval<'_> {
    pub(crate) fn signature(&self, f: u32) -> Signature {
        if let Some(p) = predeclared_of(f) {
            return crate::predeclared::signature(p);
        }
        let f = self.library.function(f);
        Signature {
            name: Arc::from(format!("{}.{}", f.package, f.name)),
            params: f.params.iter().map(|p| p.kinds).collect(),
            schemas: f.params.iter().map(|p| p.schema).collect(),
            result: f.result,
            non_concrete: f.non_concrete,
        }
    }

    /// A one-parameter check used without a call.
    pub(crate) fn bare_validator(&mut self, f: u32) -> Option<Value> {
        let s = self.signature(f);
        if s.params.len() != 1 || !(s.result == Kinds::BOOL || s.result == Kinds::BOTTOM) {
            return None;
        }
        Some(self.values.validator(Validator { func: f, args: Vec::new(), call: None }))
    }

    pub(crate) fn validator_kinds(&self, x: u32) -> Kinds {
        let f = self.values.validators[x as usize].func;
        if let Some(p) = predeclared_of(f) {
            return crate::predeclared::signature(p).params.first().copied().unwrap_or(Kinds::TOP);
        }
        self.library.function(f).params.first().map_or(Kinds::TOP, |p| p.kinds)
    }

    pub(crate) fn validator_non_concrete(&self, x: u32) -> bool {
        let f = self.values.validators[x as usize].func;
        match predeclared_of(f) {
            Some(p) => crate::predeclared::signature(p).non_concrete,
            None => self.library.function(f).non_concrete,
        }
    }

    fn is_validator_call(s: &Signature, args: usize) -> bool {
        args + 1 == s.params.len()
            && Kinds::BOOL.contains(s.result)
            && s.schemas.get(args).copied().flatten().is_none()
    }

    pub(crate) fn eval_call(
        &mut self,
        x: ExprId,
        fun: ExprId,
        args: vela_ir::List,
        need: Need,
    ) -> R<Option<Val>> {
        let f = self.operand(fun, Need::SCALAR)?;
        let Some(f) = f else { return Ok(None) };
        let func = match f.v {
            Value::Func(i) => i,
            Value::Validator(v) => {
                let v = self.values.validators[v as usize].clone();
                if v.call.is_some() {
                    let e = self.error(
                        Code::Eval,
                        "cannot call previously called validator {}",
                        [Arg::Expr(fun)],
                    );
                    self.add_error(e);
                    return Ok(None);
                }
                v.func
            }
            Value::Bottom(_) => return Ok(Some(f)),
            other => {
                let kinds = self.kinds(other);
                if !self.is_concrete(other) && kinds.meets(Kinds::FUNC) {
                    self.add_at(
                        Code::Incomplete,
                        Some(Pos::Src(Src::expr(fun))),
                        "cannot call non-concrete value {} (type {})",
                        [Arg::Expr(fun), Arg::Kinds(kinds)],
                    );
                } else {
                    let e = self.error(
                        Code::Eval,
                        "cannot call non-function {} (type {})",
                        [Arg::Expr(fun), Arg::Kinds(kinds)],
                    );
                    self.add_error(e);
                }
                return Ok(None);
            }
        };
        if let Some(p) = predeclared_of(func)
            && matches!(p, Predeclared::Error)
        {
            return self.call_error(x, args);
        }
        let saved = self.ci;
        self.ci.from_def = false;
        self.ci.from_embed = false;
        let r = self.call_builtin(x, func, args, need);
        self.ci.from_def = saved.from_def;
        self.ci.from_embed = saved.from_embed;
        r
    }

    fn call_builtin(&mut self, x: ExprId, func: u32, args: vela_ir::List, need: Need) -> R<Option<Val>> {
        let signature = self.signature(func);
        let exprs = self.ir.expr_lists[args.range()].to_vec();
        let mut values = Vec::with_capacity(exprs.len());
        for a in &exprs {
            let saved = self.errs.take();
            let v = if signature.non_concrete {
                self.eval_expr(*a, need)?
            } else {
                let cond = need.cond.with(Cond::FIELD_SET).with(Cond::SCALAR).with(Cond::DISJUNCTION);
                self.operand(*a, Need { cond, ..need })?
            };
            match v {
                None => {}
                Some(Val { v: Value::Bottom(e), .. }) => {
                    // A scalar that a call computes of something unfinished is checked again later; a struct or
                    // list can't be.
                    let composite = signature.result == Kinds::STRUCT || signature.result == Kinds::LIST;
                    let e = if e == crate::error::CYCLE && composite { self.not_ready(*a) } else { e };
                    self.errs = self.combine(self.errs, Some(e));
                }
                Some(v) => values.push(v),
            }
            self.errs = self.combine(saved, self.errs);
        }
        if self.errs.is_some() {
            return Ok(None);
        }
        if Self::is_validator_call(&signature, values.len()) {
            let v = self.values.validator(Validator { func, args: values, call: Some(x) });
            return Ok(Some(Val::at(v, Src::expr(x))));
        }
        let src = Src::expr(x);
        let result = self.invoke(func, &signature, values, Some(x), &exprs)?;
        let Some(result) = result else { return Ok(None) };
        if let Value::Bottom(e) = result.v {
            let name = Arg::String(signature.name.clone());
            let pos = Some(Pos::Src(src));
            let fault = self.fault_at(pos, "error in call to {}", smallvec::smallvec![name]);
            let code = self.err(e).code;
            let e = self.wrap(code, fault, e);
            return Ok(Some(Val::at(Value::Bottom(e), src)));
        }
        Ok(Some(Val::at(result.v, src)))
    }

    fn not_ready(&mut self, x: ExprId) -> ErrId {
        let pos = Some(Pos::Src(Src::expr(x)));
        self.error_at(Code::Cycle, pos, "cycle error", [])
    }

    /// Checks the arguments and runs the function; `None` after an error was added.
    pub(crate) fn invoke(
        &mut self,
        func: u32,
        signature: &Signature,
        mut args: Vec<Val>,
        call: Option<ExprId>,
        exprs: &[ExprId],
    ) -> R<Option<Val>> {
        let pos = call.map(|x| Pos::Src(Src::expr(x)));
        let (have, want) = (args.len(), signature.params.len());
        let name = || Arg::Val(Val::new(Value::Func(func)));
        if have > want {
            self.add_at(
                Code::Eval,
                pos,
                "too many arguments in call to {} (have {}, want {})",
                [name(), Arg::Int(have as i64), Arg::Int(want as i64)],
            );
            return Ok(None);
        }
        if have < want {
            for i in have..want {
                let Some(v) = signature.schemas[i].and_then(|s| self.schema_default(s)) else {
                    self.add_at(
                        Code::Eval,
                        pos,
                        "not enough arguments in call to {} (have {}, want {})",
                        [name(), Arg::Int(have as i64), Arg::Int(want as i64)],
                    );
                    return Ok(None);
                };
                args.push(v);
            }
        }
        for (i, a) in args.iter().enumerate() {
            if let Value::Vertex(v) = a.v
                && let Some(e) = self.bottom(v)
            {
                return Ok(Some(Val::new(Value::Bottom(e))));
            }
            let kinds = self.kinds(a.v);
            if !kinds.meets(signature.params[i]) {
                let at = if a.src.is_none() { None } else { Some(Pos::Src(a.src)) };
                self.add_at(
                    Code::Eval,
                    at,
                    "cannot use {} (type {}) as {} in argument {} to {}",
                    [
                        Arg::Val(*a),
                        Arg::Kinds(kinds),
                        Arg::Kinds(signature.params[i]),
                        Arg::Int(i as i64 + 1),
                        name(),
                    ],
                );
                return Ok(None);
            }
            if let Some(schema) = signature.schemas[i]
                && !self.fits_schema(schema, *a)
            {
                let at = if a.src.is_none() { None } else { Some(Pos::Src(a.src)) };
                self.add_at(
                    Code::Eval,
                    at,
                    "cannot use {} as {} in argument {} to {}",
                    [Arg::Val(*a), Arg::Text(schema), Arg::Int(i as i64 + 1), name()],
                );
                return Ok(None);
            }
        }
        if let Some(p) = predeclared_of(func) {
            return self.run_predeclared(p, &args, call, exprs);
        }
        let f: &Function = self.library.function(func);
        let args = self.with_schemas(f, args);
        if let Some(e) = self.check_arguments(f, &args)? {
            return Ok(Some(Val::new(Value::Bottom(e))));
        }
        match f.run {
            Run::Data(_) | Run::Spelled(_) => {
                let mut data = Vec::with_capacity(args.len());
                for (a, p) in args.iter().zip(f.params) {
                    let missing = match p.reads {
                        Reads::Any(text) => text,
                        _ => NOT_CONCRETE,
                    };
                    match self.data_or_missing(*a, missing)? {
                        Ok(d) => data.push(d),
                        Err(e) => return Ok(Some(Val::new(Value::Bottom(e)))),
                    }
                }
                let r = match f.run {
                    Run::Data(run) => run(&data),
                    Run::Spelled(run) => {
                        let literal = exprs.first().filter(|x| matches!(self.ir.expr(**x), Expr::Num(_)));
                        run(&data, literal.map(|x| self.ir.source(*x)))
                    }
                    Run::Evaluator => return Ok(None),
                };
                self.returned(r, &args).map(Some)
            }
            Run::Evaluator => {
                let mut args = args;
                self.reread_schemas(f, &mut args, exprs)?;
                self.run_operation(f, &args)
            }
        }
    }

    /// Evaluates arguments that are schemas once more, where the check is made: what is learned of cycles that way
    /// counts for all that is unified with them.
    fn reread_schemas(&mut self, f: &Function, args: &mut [Val], exprs: &[ExprId]) -> R<()> {
        // A check's first argument is the value, which no expression gives.
        let first = usize::from(self.validating);
        for (i, p) in f.params.iter().enumerate() {
            let Some(x) =
                i.checked_sub(first).and_then(|i| exprs.get(i)).filter(|_| p.reads == Reads::Schema)
            else {
                continue;
            };
            let (v, ci) = self.eval_expr_ci(*x, Need::new(Cond::SCALAR, Mode::Finalize))?;
            self.ci = ci;
            let Some(v) = v else { continue };
            if let Value::Vertex(x) = v.v {
                self.finalize_argument(x)?;
            }
            args[i] = v;
        }
        Ok(())
    }

    pub(crate) fn returned(&mut self, r: Result<Return, CallError>, args: &[Val]) -> R<Val> {
        Ok(match r {
            Ok(Return::Data(d)) => self.value_from(&d, Src::NONE),
            Ok(Return::Unified(parts)) => {
                let mut conjuncts = Vec::with_capacity(parts.len());
                for part in &parts {
                    let term = Term::Val(self.value_from(part, Src::NONE));
                    conjuncts.push(Conjunct { env: EnvId::NONE, term, ci: CloseInfo::default() });
                }
                let v = self.inline_vertex(&conjuncts);
                self.complete_arcs_only(v)?;
                Val::new(Value::Vertex(v))
            }
            Ok(Return::Absent { listed }) => {
                let values = vec![Val::new(Value::Null), Val::new(Value::Top)];
                let absent = self.values.disjunction(Disjunction { values, defaults: 1, has_defaults: true });
                if listed {
                    let list = self.data_vertex(None, Label::NONE, &Data::List(vec![Data::Null]), Src::NONE);
                    if let Some(element) = self.v(list).arcs.first().copied() {
                        self.vm(element).base = Base::Value(Val::new(absent));
                    }
                    Val::new(Value::Vertex(list))
                } else {
                    Val::new(absent)
                }
            }
            Ok(Return::Unsatisfied(text)) => self.not_satisfied(text),
            Err(e) => Val::new(Value::Bottom(self.call_failure(e, args))),
        })
    }

    /// The result of a check that does not hold: an error with the reason in a validator, else `false`.
    pub(crate) fn not_satisfied(&mut self, reason: String) -> Val {
        if reason.is_empty() || !self.validating {
            return Val::new(Value::Bool(false));
        }
        let e = self.error_at(Code::Eval, None, "{}", [Arg::String(Arc::from(reason))]);
        Val::new(Value::Bottom(e))
    }

    /// The default of a schema of quoted alternatives (`*"unix" | "windows"`).
    fn schema_default(&mut self, schema: &str) -> Option<Val> {
        let d = schema.split('|').map(str::trim).find_map(|s| s.strip_prefix('*'))?;
        let text = d.trim().trim_matches('"').to_owned();
        Some(Val::new(self.values.str(text)))
    }

    fn fits_schema(&mut self, schema: &str, a: Val) -> bool {
        let v = self.unwrap(a);
        let Value::Str(i) = v.v else { return true };
        let text = self.string(i).clone();
        schema.split('|').any(|s| s.trim().trim_start_matches('*').trim_matches('"') == &*text)
    }

    // ---- Checks -------------------------------------------------------------------------------------------------

    /// Runs a check (bound, validator) against the finished value of a vertex.
    pub(crate) fn run_check(&mut self, c: Conjunct, v: VertexId) -> R<Option<ErrId>> {
        let Term::Val(check) = c.term else { return Ok(None) };
        let saved = (self.src, self.ci, self.env);
        self.src = check.src;
        self.ci = c.ci;
        self.env = c.env;
        let value = Val::new(Value::Vertex(v));
        let r = match check.v {
            Value::Bound(b) => {
                let plain = self.unwrap(value);
                let mark = self.positions.len();
                let mut places = smallvec::SmallVec::new();
                self.val_positions(value, &mut places);
                self.positions.extend(places);
                let r = self.check_bound(b, plain, check.src);
                self.positions.truncate(mark);
                r
            }
            Value::Validator(x) => self.check_validator(x, value),
            _ => Ok(None),
        };
        (self.src, self.ci, self.env) = saved;
        r
    }

    fn check_validator(&mut self, x: u32, value: Val) -> R<Option<ErrId>> {
        let validator = self.values.validators[x as usize].clone();
        let signature = self.signature(validator.func);
        let shown = self.unwrap(value);
        let first = if signature.non_concrete { value } else { shown };
        let mut args = vec![first];
        args.extend(validator.args.iter().copied());
        let exprs = match validator.call.map(|c| self.ir.expr(c)) {
            Some(Expr::Call(_, list)) => self.ir.expr_lists[list.range()].to_vec(),
            _ => Vec::new(),
        };
        let saved = self.errs.take();
        let validating = std::mem::replace(&mut self.validating, true);
        let r = self.invoke(validator.func, &signature, args, validator.call, &exprs);
        self.validating = validating;
        let added = self.errs.take();
        self.errs = saved;
        let result = r?;
        let mut code = Code::Eval;
        let mut cause = None;
        match result.map(|r| r.v) {
            None => {
                // Arguments that don't fit are reported as they are.
                return Ok(added);
            }
            Some(Value::Bottom(e)) => {
                code = self.err(e).code;
                cause = Some(e);
            }
            Some(Value::Bool(true)) => return Ok(None),
            Some(Value::Bool(false)) => {}
            Some(_) => {
                let name = Arg::String(signature.name.clone());
                return Ok(Some(self.error(Code::Eval, "invalid validator {}", [name])));
            }
        }
        if let Value::Bottom(e) = shown.v {
            return Ok(Some(e));
        }
        let pos = validator.call.map(|c| Pos::Src(Src::expr(c)));
        let check = Arg::Val(Val::new(Value::Validator(x)));
        let mut fault = self.fault_at(
            pos,
            "invalid value {} (does not satisfy {})",
            smallvec::smallvec![Arg::Val(shown), check],
        );
        for a in &validator.args {
            let a = self.unwrap(*a);
            if !matches!(a.v, Value::Vertex(_)) {
                self.val_positions(a, &mut fault.more);
            }
        }
        // Whatever was said of the value.
        if let Value::Vertex(v) = value.v {
            for i in 0..self.v(v).conjuncts.len() {
                let src = self.term_src(self.v(v).conjuncts[i].term);
                if !src.is_none() {
                    crate::eval::push_pos(&mut fault.more, Pos::Src(src));
                }
            }
        }
        fault.more.retain(|p| Some(*p) != pos);
        let e = match cause {
            Some(e) => self.wrap(code, fault, e),
            None => self.bottom_of(code, fault),
        };
        // What each schema says of the value stands beside the check's own error.
        Ok(self.combine(Some(e), if cause.is_some() { added } else { None }))
    }

    // ---- Data ---------------------------------------------------------------------------------------------------

    /// A concrete value as plain data, or the error that says what is missing.
    pub(crate) fn data_of(&mut self, v: Val) -> R<Result<Data, ErrId>> {
        self.data_or_missing(v, NOT_CONCRETE)
    }

    /// As [`Eval::data_of`]; `missing` tells what is not concrete.
    pub(crate) fn data_or_missing(&mut self, v: Val, missing: &'static str) -> R<Result<Data, ErrId>> {
        self.nested(|s| s.data_of_inner(v, missing))
    }

    fn data_of_inner(&mut self, v: Val, missing: &'static str) -> R<Result<Data, ErrId>> {
        let mut v = v;
        if let Value::Vertex(x) = v.v {
            let w = self.deref(x);
            self.finalize_argument(w)?;
            v = self.default_or_self(Val::at(Value::Vertex(self.deref(w)), v.src));
        } else {
            v = self.default_or_self(v);
        }
        let plain = self.unwrap(v);
        Ok(Ok(match plain.v {
            Value::Null => Data::Null,
            Value::Bool(b) => Data::Bool(b),
            Value::Num(i) => Data::Num(self.number(i).clone()),
            Value::Str(i) => Data::Str(self.string(i).clone()),
            Value::Bytes(i) => Data::Bytes(self.values.bytes[i as usize].clone()),
            Value::Bottom(e) => return Ok(Err(e)),
            Value::Vertex(x) => {
                let x = self.deref(x);
                match self.v(x).base {
                    Base::List { .. } => {
                        let mut items = Vec::new();
                        for a in self.v(x).arcs.clone() {
                            if !self.v(a).label.is_int() {
                                continue;
                            }
                            match self.data_or_missing(Val::new(Value::Vertex(a)), missing)? {
                                Ok(d) => items.push(d),
                                Err(e) => return Ok(Err(e)),
                            }
                        }
                        Data::List(items)
                    }
                    Base::Struct => {
                        let mut fields = Vec::new();
                        for a in crate::order::ordered_arcs(self, x) {
                            let (label, t) = (self.v(a).label, self.v(a).arc_type);
                            if !label.is_regular() || t > ArcType::Required {
                                continue;
                            }
                            if t == ArcType::Required {
                                let e = self.error(Code::Incomplete, "field is required but not present", []);
                                self.values.errors[e as usize].vertex = Some(a);
                                return Ok(Err(e));
                            }
                            let name: Arc<str> = Arc::from(self.labels.name(label).as_ref());
                            match self.data_or_missing(Val::new(Value::Vertex(a)), missing)? {
                                Ok(d) => fields.push((name, d)),
                                Err(e) => return Ok(Err(e)),
                            }
                        }
                        Data::Map(fields)
                    }
                    _ => return Ok(Err(self.not_concrete(plain, missing))),
                }
            }
            _ => return Ok(Err(self.not_concrete(plain, missing))),
        }))
    }

    fn not_concrete(&mut self, v: Val, missing: &'static str) -> ErrId {
        self.error(Code::Incomplete, missing, [Arg::Val(v)])
    }

    /// Plain data as a value: structs and lists become finished vertices.
    pub(crate) fn value_from(&mut self, d: &Data, src: Src) -> Val {
        let v = match d {
            Data::Null => Value::Null,
            Data::Bool(b) => Value::Bool(*b),
            Data::Num(n) => self.values.num(n.clone()),
            Data::Str(s) => self.values.str(s.clone()),
            Data::Bytes(b) => self.values.bytes(b.clone()),
            Data::List(_) | Data::Map(_) => Value::Vertex(self.data_vertex(None, Label::NONE, d, src)),
        };
        Val::at(v, src)
    }

    /// A finished vertex that holds data; an explicit stack bears any depth.
    pub(crate) fn data_vertex(
        &mut self,
        parent: Option<VertexId>,
        label: Label,
        d: &Data,
        src: Src,
    ) -> VertexId {
        let root = self.data_shell(parent, label, d, src);
        let mut work = vec![(root, d)];
        while let Some((v, d)) = work.pop() {
            match d {
                Data::List(items) => {
                    for (i, item) in items.iter().enumerate() {
                        let Some(label) = u32::try_from(i).ok().and_then(Label::int) else { break };
                        let a = self.data_shell(Some(v), label, item, src);
                        self.push_arc(v, a);
                        work.push((a, item));
                    }
                }
                Data::Map(fields) => {
                    for (name, item) in fields {
                        let label = self.labels.string(name);
                        if self.find_arc(v, label).is_some() {
                            continue;
                        }
                        let a = self.data_shell(Some(v), label, item, src);
                        self.push_arc(v, a);
                        work.push((a, item));
                    }
                }
                _ => {}
            }
        }
        root
    }

    fn data_shell(&mut self, parent: Option<VertexId>, label: Label, d: &Data, src: Src) -> VertexId {
        let base = match d {
            Data::List(_) => Base::List { open: false },
            Data::Map(_) => Base::Struct,
            scalar => Base::Value(self.value_from(scalar, src)),
        };
        let mut v = Vertex::new(parent, label, ArcType::Member);
        v.base = base;
        v.status = Status::Finalized;
        v.is_data = true;
        self.add_vertex(v)
    }
}
