//! Operators on concrete values, and bounds (`evaluation-1-values.md` 5 and 9).

use std::cell::RefCell;
use std::cmp::Ordering;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_ir::{BinaryOp, Compare, Kinds};
use vela_number::{Number, NumberError};

use crate::conjunct::COMPOSITE;
use crate::equal::Flags;
use crate::error::{Arg, Code, ErrId, Pos};
use crate::eval::{Eval, R};
use crate::regexp::Regexp;
use crate::validate::Config;
use crate::value::{Bound, Src, Val, Value};

/// How often a string or bytes may be repeated by `*`.
const MAX_REPEAT: u64 = 1_000_000;

impl Eval<'_> {
    fn numbers_of(&self, a: Val, b: Val) -> Option<(Number, Number)> {
        match (a.v, b.v) {
            (Value::Num(x), Value::Num(y)) => Some((self.number(x).clone(), self.number(y).clone())),
            _ => None,
        }
    }

    /// The value behind an operand: a struct with an embedded scalar works as the scalar.
    fn plain(&self, v: Val) -> Val {
        let w = self.unwrap(v);
        if matches!(w.v, Value::Bottom(e) if e == crate::error::CYCLE) { v } else { w }
    }

    fn check_operand(
        &mut self,
        v: Val,
        side: &'static str,
        op: &'static str,
        kinds: Kinds,
    ) -> R<Option<ErrId>> {
        let e = if self.is_open_value(v.v) {
            Some(self.error(Code::Incomplete, "non-concrete value '{}'", [Arg::Val(v)]))
        } else if let Value::Vertex(x) = v.v {
            if self.kinds(v.v).meets(COMPOSITE) {
                self.finalize_inner(x)?;
            }
            let config = Config { concrete: true, final_: true, ..Config::default() };
            self.validate_in(x, &config)?
        } else {
            None
        };
        let Some(e) = e else { return Ok(None) };
        let template = if side == "left" {
            "invalid left-hand value to '{}' (type {}): {}"
        } else {
            "invalid right-hand value to '{}' (type {}): {}"
        };
        let pos = self.pos();
        let text = Arg::String(Arc::from(crate::compact::summary(self, self.err(e))));
        let code = self.err(e).code;
        Ok(Some(self.error_at(code, pos, template, [Arg::Text(op), Arg::Kinds(kinds), text])))
    }

    /// `a op b` of operands that are no errors.
    pub(crate) fn binary(&mut self, src: Src, op: BinaryOp, a: Val, b: Val) -> R<Val> {
        let (ka, kb) = (self.kinds(a.v), self.kinds(b.v));
        let bottom = |e: ErrId| Ok(Val::at(Value::Bottom(e), src));
        if let Some(e) = self.combine(a.bottom(), b.bottom()) {
            return bottom(e);
        }
        if let Some(e) = self.check_operand(a, "left", op.text(), ka)? {
            return bottom(e);
        }
        if let Some(e) = self.check_operand(b, "right", op.text(), ka)? {
            return bottom(e);
        }
        let v = self.binary_plain(src, op, a, b, ka, kb)?;
        if let Some(e) = self.take_errs() {
            return bottom(e);
        }
        Ok(match v {
            Some(v) => Val::at(v, src),
            None => self.fatal(
                "invalid operands {} and {} to '{}' (type {} and {})",
                [Arg::Val(a), Arg::Val(b), Arg::Text(op.text()), Arg::Kinds(ka), Arg::Kinds(kb)],
            ),
        })
    }

    fn binary_plain(
        &mut self,
        src: Src,
        op: BinaryOp,
        a: Val,
        b: Val,
        ka: Kinds,
        kb: Kinds,
    ) -> R<Option<Value>> {
        let (x, y) = (self.plain(a), self.plain(b));
        let text = op.text();
        Ok(match op {
            BinaryOp::Compare(c) => return self.compare(src, c, x, y),
            BinaryOp::LogicalAnd | BinaryOp::LogicalOr => {
                let l = self.bool_operand(x, text);
                let r = if (op == BinaryOp::LogicalAnd) == l { self.bool_operand(y, text) } else { l };
                Some(Value::Bool(r))
            }
            BinaryOp::Add => match (x.v, y.v) {
                (Value::Num(_), Value::Num(_)) => self.arithmetic(x, y, Number::add),
                (Value::Str(i), Value::Str(j)) => {
                    let s = format!("{}{}", self.string(i), self.string(j));
                    Some(self.values.str(s))
                }
                (Value::Bytes(i), Value::Bytes(j)) => {
                    let mut s = self.values.bytes[i as usize].to_vec();
                    s.extend_from_slice(&self.values.bytes[j as usize]);
                    Some(self.values.bytes(s))
                }
                _ if ka == Kinds::LIST && kb == Kinds::LIST => {
                    let e = self.error::<0>(
                        Code::Eval,
                        "Addition of lists is superseded by list.Concat; see https://cuelang.org/e/v0.11-list-arithmetic",
                        [],
                    );
                    Some(Value::Bottom(e))
                }
                _ => None,
            },
            BinaryOp::Sub => {
                let mut ok = true;
                for v in [x, y] {
                    if !matches!(v.v, Value::Num(_)) {
                        self.type_error(v, Kinds::NUMBER, Some(text));
                        ok = false;
                    }
                }
                if ok { self.arithmetic(x, y, Number::sub) } else { Some(Value::Null) }
            }
            BinaryOp::Mul => self.multiply(x, y, ka, kb),
            BinaryOp::Div => match (x.v, y.v) {
                (Value::Num(_), Value::Num(_)) => self.arithmetic(x, y, Number::div),
                _ => None,
            },
            BinaryOp::IntDiv => self.integer(x, y, Number::int_div),
            BinaryOp::IntMod => self.integer(x, y, Number::int_mod),
            BinaryOp::IntQuo => self.integer(x, y, Number::int_quo),
            BinaryOp::IntRem => self.integer(x, y, Number::int_rem),
        })
    }

    fn integer(
        &mut self,
        x: Val,
        y: Val,
        f: fn(&Number, &Number) -> Result<Number, NumberError>,
    ) -> Option<Value> {
        let (a, b) = self.numbers_of(x, y)?;
        if !a.is_int() || !b.is_int() {
            return None;
        }
        self.arithmetic(x, y, f)
    }

    fn arithmetic(
        &mut self,
        x: Val,
        y: Val,
        f: fn(&Number, &Number) -> Result<Number, NumberError>,
    ) -> Option<Value> {
        let (a, b) = self.numbers_of(x, y)?;
        Some(match f(&a, &b) {
            Ok(n) => self.values.num(n),
            Err(e) => {
                let text: Arc<str> = Arc::from(e.to_string());
                Value::Bottom(self.error(Code::Eval, "failed arithmetic: {}", [Arg::String(text)]))
            }
        })
    }

    fn multiply(&mut self, x: Val, y: Val, ka: Kinds, kb: Kinds) -> Option<Value> {
        let is_int = |s: &Self, v: Val| matches!(v.v, Value::Num(i) if s.number(i).is_int());
        match (x.v, y.v) {
            (Value::Num(_), Value::Num(_)) => self.arithmetic(x, y, Number::mul),
            (Value::Str(i), _) if is_int(self, y) => {
                let k = self.repeat_count(y, "string multiplication");
                let s = self.string(i).repeat(k);
                Some(self.values.str(s))
            }
            (_, Value::Str(i)) if is_int(self, x) => {
                let k = self.repeat_count(x, "string multiplication");
                let s = self.string(i).repeat(k);
                Some(self.values.str(s))
            }
            (Value::Bytes(i), _) if is_int(self, y) => {
                let k = self.repeat_count(y, "bytes multiplication");
                let s = self.values.bytes[i as usize].repeat(k);
                Some(self.values.bytes(s))
            }
            (_, Value::Bytes(i)) if is_int(self, x) => {
                let k = self.repeat_count(x, "bytes multiplication");
                let s = self.values.bytes[i as usize].repeat(k);
                Some(self.values.bytes(s))
            }
            _ if (ka == Kinds::LIST && kb == Kinds::INT) || (ka == Kinds::INT && kb == Kinds::LIST) => {
                let e = self.error::<0>(
                    Code::Eval,
                    "Multiplication of lists is superseded by list.Repeat; see https://cuelang.org/e/v0.11-list-arithmetic",
                    [],
                );
                Some(Value::Bottom(e))
            }
            _ => None,
        }
    }

    fn repeat_count(&mut self, v: Val, by: &'static str) -> usize {
        let n = self.u64_of(v, by);
        if n > MAX_REPEAT {
            let e = self.error(
                Code::Eval,
                "{} count {} exceeds limit of {}",
                [Arg::Text(by), Arg::Int(n as i64), Arg::Int(MAX_REPEAT as i64)],
            );
            self.add_error(e);
            return 0;
        }
        n as usize
    }

    fn bool_operand(&mut self, v: Val, op: &'static str) -> bool {
        if let Value::Bool(b) = v.v {
            return b;
        }
        self.type_error(v, Kinds::BOOL, Some(op));
        false
    }

    fn compare(&mut self, src: Src, op: Compare, x: Val, y: Val) -> R<Option<Value>> {
        let holds = |o: Ordering| match op {
            Compare::Less => o == Ordering::Less,
            Compare::LessEq => o != Ordering::Greater,
            Compare::Greater => o == Ordering::Greater,
            Compare::GreaterEq => o != Ordering::Less,
            Compare::Equal => o == Ordering::Equal,
            Compare::NotEqual => o != Ordering::Equal,
            Compare::Match | Compare::NotMatch => false,
        };
        if matches!(op, Compare::Match | Compare::NotMatch) {
            let re = self.regexp(y);
            let Value::Str(i) = x.v else {
                self.type_error(x, Kinds::STRING, Some(op.text()));
                return Ok(Some(Value::Bool(false)));
            };
            let Some(re) = re else { return Ok(Some(Value::Bool(false))) };
            let found = re.is_match(self.string(i));
            return Ok(Some(Value::Bool(found == (op == Compare::Match))));
        }
        let order = match (x.v, y.v) {
            (Value::Num(i), Value::Num(j)) => Some(self.number(i).cmp_value(self.number(j))),
            (Value::Str(i), Value::Str(j)) => Some(self.string(i).as_bytes().cmp(self.string(j).as_bytes())),
            (Value::Bytes(i), Value::Bytes(j)) => {
                Some(self.values.bytes[i as usize].cmp(&self.values.bytes[j as usize]))
            }
            _ => None,
        };
        if let Some(o) = order {
            return Ok(Some(Value::Bool(holds(o))));
        }
        if !matches!(op, Compare::Equal | Compare::NotEqual) {
            return Ok(None);
        }
        let equal = op == Compare::Equal;
        let (kx, ky) = (self.kinds(x.v), self.kinds(y.v));
        let structs = self.experiments(src).structcmp;
        if kx != ky {
            if structs || kx == Kinds::NULL || ky == Kinds::NULL {
                return Ok(Some(Value::Bool(!equal)));
            }
            return Ok(None);
        }
        let same = match (x.v, y.v) {
            (Value::Null, _) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            _ if kx == Kinds::LIST || (kx == Kinds::STRUCT && structs) => self.equal(x, y, Flags::REGULAR)?,
            _ => return Ok(None),
        };
        Ok(Some(Value::Bool(same == equal)))
    }

    /// The compiled pattern; `None` after an error was added.
    pub(crate) fn regexp(&mut self, v: Val) -> Option<Arc<Regexp>> {
        let pattern: Arc<str> = match v.v {
            Value::Str(i) => self.string(i).clone(),
            Value::Bytes(i) => Arc::from(String::from_utf8_lossy(&self.values.bytes[i as usize]).as_ref()),
            _ => {
                self.type_error(v, Kinds::STRING | Kinds::BYTES, None);
                return None;
            }
        };
        let compiled = compiled(&pattern);
        match compiled {
            Ok(re) => Some(re),
            Err(text) => {
                let e = self.error(Code::Eval, "invalid regexp: {}", [Arg::String(Arc::from(text))]);
                self.add_error(e);
                None
            }
        }
    }

    // ---- Bounds -------------------------------------------------------------------------------------------------

    /// Checks a value against a bound: the error, if it is out.
    pub(crate) fn check_bound(&mut self, b: u32, v: Val, src: Src) -> R<Option<ErrId>> {
        let bound = self.values.bounds[b as usize];
        if let Some(e) = self.take_errs() {
            return Ok(Some(e));
        }
        let r = self.binary(src, BinaryOp::Compare(bound.op), v, bound.value)?;
        Ok(match r.v {
            Value::Bottom(e) => Some(e),
            Value::Bool(true) => None,
            _ => {
                let mark = self.positions.len();
                for p in [src, v.src] {
                    if !p.is_none() {
                        self.positions.push(Pos::Src(p));
                    }
                }
                let pos = self.pos();
                let e = self.error_at(
                    Code::Eval,
                    pos,
                    "invalid value {} (out of bound {})",
                    [Arg::Val(v), Arg::Val(Val::at(Value::Bound(b), src))],
                );
                self.positions.truncate(mark);
                Some(e)
            }
        })
    }

    pub(crate) fn holds(&mut self, op: Compare, a: Val, b: Val) -> bool {
        let saved = self.errs.take();
        let (x, y) = (self.plain(a), self.plain(b));
        let src = Src::NONE;
        let r = self.compare(src, op, x, y);
        self.errs = saved;
        matches!(r, Ok(Some(Value::Bool(true))))
    }

    /// Two bounds as one: one of the two, an error, or `None` to keep both.
    pub(crate) fn simplify_bounds(&mut self, k: Kinds, xv: Val, yv: Val) -> Option<Val> {
        let (Value::Bound(i), Value::Bound(j)) = (xv.v, yv.v) else { return None };
        let (x, y) = (self.values.bounds[i as usize], self.values.bounds[j as usize]);
        let (cx, cy) = (category(x.op), category(y.op));
        if cx == cy {
            if matches!(x.op, Compare::Equal | Compare::NotEqual | Compare::Match | Compare::NotMatch) {
                return self.holds(Compare::Equal, x.value, y.value).then_some(xv);
            }
            let tighter = match x.op {
                Compare::Greater => Compare::GreaterEq,
                Compare::GreaterEq => Compare::Greater,
                Compare::Less => Compare::LessEq,
                _ => Compare::Less,
            };
            return Some(if self.holds(tighter, x.value, y.value) { xv } else { yv });
        }
        if cx == -cy && cx != 0 {
            let (lo, hi) = if cx == 1 { ((x, xv), (y, yv)) } else { ((y, yv), (x, xv)) };
            return self.opposite_bounds(k, lo, hi);
        }
        if x.op == Compare::Equal {
            return self.holds(y.op, x.value, y.value).then_some(xv);
        }
        if y.op == Compare::Equal {
            return self.holds(x.op, y.value, x.value).then_some(yv);
        }
        if x.op == Compare::NotEqual {
            return (!self.holds(y.op, x.value, y.value)).then_some(yv);
        }
        if y.op == Compare::NotEqual {
            return (!self.holds(x.op, y.value, x.value)).then_some(xv);
        }
        None
    }

    fn incompatible(&mut self, what: &'static str, a: Val, b: Val) -> Option<Val> {
        Some(self.fatal("incompatible {} bounds {} and {}", [Arg::Text(what), Arg::Val(a), Arg::Val(b)]))
    }

    fn opposite_bounds(&mut self, k: Kinds, (lo, lov): (Bound, Val), (hi, hiv): (Bound, Val)) -> Option<Val> {
        let closed = lo.op == Compare::GreaterEq && hi.op == Compare::LessEq;
        if k == Kinds::STRING || k == Kinds::BYTES {
            let order = match (lo.value.v, hi.value.v) {
                (Value::Str(a), Value::Str(b)) => self.string(a).as_bytes().cmp(self.string(b).as_bytes()),
                (Value::Bytes(a), Value::Bytes(b)) => {
                    self.values.bytes[a as usize].cmp(&self.values.bytes[b as usize])
                }
                _ => return None,
            };
            return match order {
                Ordering::Less => None,
                Ordering::Equal if closed => None,
                _ => self.incompatible(if k == Kinds::STRING { "string" } else { "bytes" }, hiv, lov),
            };
        }
        let (Value::Num(a), Value::Num(b)) = (lo.value.v, hi.value.v) else { return None };
        let (mut a, mut b) = (self.number(a).clone(), self.number(b).clone());
        if !a.is_finite() || !b.is_finite() {
            return None;
        }
        let integers = !k.meets(Kinds::FLOAT);
        if integers {
            if a.exponent() < 0 {
                a = if lo.op == Compare::GreaterEq { a.ceil() } else { a.floor() };
            }
            if b.exponent() < 0 {
                b = if hi.op == Compare::LessEq { b.floor() } else { b.ceil() };
            }
        }
        if b.signum() > 0 && a.signum() <= 0 && b.exponent() >= 0 && b.coefficient() >= 10u8.into() {
            return None;
        }
        let what = if k == Kinds::INT { "integer" } else { "number" };
        let Ok(diff) = b.sub(&a) else { return None };
        if diff.is_negative() {
            return self.incompatible(what, hiv, lov);
        }
        match diff.to_i64() {
            Some(0) if closed => None,
            Some(0) => self.incompatible(what, hiv, lov),
            Some(1) if integers && lo.op == Compare::Greater && hi.op == Compare::Less => {
                self.incompatible("integer", lov, hiv)
            }
            _ => None,
        }
    }
}

const fn category(op: Compare) -> i32 {
    match op {
        Compare::Greater | Compare::GreaterEq => 1,
        Compare::Less | Compare::LessEq => -1,
        Compare::Equal => 4,
        Compare::NotEqual => 0,
        Compare::Match => 2,
        Compare::NotMatch => 3,
    }
}

/// Most patterns kept compiled.
const MAX_PATTERNS: usize = 4096;

thread_local! {
    /// Compiled patterns: templates are evaluated over and over with the same ones.
    static PATTERNS: RefCell<FxHashMap<Arc<str>, Result<Arc<Regexp>, String>>> = RefCell::default();
}

/// The pattern compiled, from memory where it was met before.
pub(crate) fn compiled(pattern: &Arc<str>) -> Result<Arc<Regexp>, String> {
    PATTERNS.with_borrow_mut(|known| {
        if let Some(found) = known.get(pattern) {
            return found.clone();
        }
        if known.len() >= MAX_PATTERNS {
            known.clear();
        }
        let made = Regexp::new(pattern).map(Arc::new);
        known.insert(pattern.clone(), made.clone());
        made
    })
}
