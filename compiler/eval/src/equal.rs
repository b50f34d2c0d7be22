//! Equality of values: by value for operators, structural for telling alternatives apart
//! (`evaluation-1-values.md` 9.8, `evaluation-2-algorithm.md` 3.3).

use vela_ir::{ArcType, Label};

use crate::eval::{Eval, R};
use crate::value::{Val, Value};
use crate::vertex::{Base, VertexId};

/// What counts in a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flags {
    /// Closedness and optional fields count, defaults are not taken.
    pub structural: bool,
    /// Only regular fields count.
    pub regular_only: bool,
}

#[allow(missing_docs)]
impl Flags {
    pub const NONE: Self = Self { structural: false, regular_only: false };
    pub const STRUCTURAL: Self = Self { structural: true, regular_only: false };
    pub const REGULAR: Self = Self { structural: false, regular_only: true };
}

impl Eval<'_> {
    /// Whether two scalars are equal: numbers by value, but never an int and a float.
    pub(crate) fn equal_scalars(&self, a: Value, b: Value) -> bool {
        match (a, b) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(x), Value::Bool(y)) => x == y,
            (Value::Num(x), Value::Num(y)) => {
                let (x, y) = (self.number(x), self.number(y));
                x.is_int() == y.is_int() && x.eq_value(y)
            }
            (Value::Str(x), Value::Str(y)) => self.string(x) == self.string(y),
            (Value::Bytes(x), Value::Bytes(y)) => {
                self.values.bytes[x as usize] == self.values.bytes[y as usize]
            }
            (Value::Func(x), Value::Func(y)) => x == y,
            _ => false,
        }
    }

    /// The default of a value, or the value.
    pub(crate) fn default_or_self(&mut self, v: Val) -> Val {
        let mut v = v;
        loop {
            let d = match v.v {
                Value::Vertex(x) => {
                    let x = self.deref(x);
                    match self.v(x).base {
                        Base::Value(Val { v: Value::Disjunction(d), .. }) => d,
                        _ => return Val::at(Value::Vertex(x), v.src),
                    }
                }
                Value::Disjunction(d) => d,
                _ => return v,
            };
            let d = &self.values.disjunctions[d as usize];
            match d.defaults {
                1 => v = d.values[0],
                _ => return v,
            }
        }
    }

    pub(crate) fn equal(&mut self, a: Val, b: Val, flags: Flags) -> R<bool> {
        self.nested(|s| {
            let (a, b) = if flags.structural { (a, b) } else { (s.default_or_self(a), s.default_or_self(b)) };
            match (a.v, b.v) {
                (Value::Vertex(x), Value::Vertex(y)) => s.equal_vertices(x, y, flags),
                (Value::Vertex(x), other) | (other, Value::Vertex(x)) => {
                    // A vertex that holds a plain value equals the value.
                    let x = s.deref(x);
                    match s.v(x).base {
                        Base::Value(v) if !matches!(v.v, Value::Vertex(_)) && !flags.structural => {
                            s.equal_plain(v.v, other, flags)
                        }
                        _ => Ok(false),
                    }
                }
                (x, y) => s.equal_plain(x, y, flags),
            }
        })
    }

    pub(crate) fn equal_vertices(&mut self, x: VertexId, y: VertexId, flags: Flags) -> R<bool> {
        if self.v(x).arc_type != self.v(y).arc_type {
            return Ok(false);
        }
        let (x, y) = (self.deref(x), self.deref(y));
        if x == y {
            return Ok(true);
        }
        if self.only_regular && flags.structural {
            self.look_at(x);
            self.look_at(y);
        }
        if self.vertex_kinds(x) != self.vertex_kinds(y) {
            return Ok(false);
        }
        if flags.structural {
            if self.is_closed_struct(x) != self.is_closed_struct(y) {
                return Ok(false);
            }
            let closed = |v: VertexId| matches!(self.v(v).base, Base::List { open: false });
            if closed(x) != closed(y) {
                return Ok(false);
            }
        }
        let max = if flags.structural { ArcType::Optional } else { ArcType::Required };
        let counted = |s: &Self, v: VertexId| -> Vec<(Label, VertexId)> {
            s.v(v)
                .arcs
                .iter()
                .map(|a| (s.v(*a).label, *a))
                .filter(|(l, a)| {
                    !l.is_let() && (!flags.regular_only || l.is_regular()) && s.v(*a).arc_type <= max
                })
                .collect()
        };
        let (ax, ay) = (counted(self, x), counted(self, y));
        if ax.len() != ay.len() {
            return Ok(false);
        }
        self.spend(ax.len())?;
        for (i, (label, a)) in ax.into_iter().enumerate() {
            // Mostly they stand in the same order.
            let b = match ay[i] {
                (l, b) if l == label => b,
                _ => match self.find_arc(y, label) {
                    Some(b) if self.v(b).arc_type <= max => b,
                    _ => return Ok(false),
                },
            };
            if self.v(a).arc_type != self.v(b).arc_type {
                return Ok(false);
            }
            let (a, b) = (Val::new(Value::Vertex(a)), Val::new(Value::Vertex(b)));
            if !self.equal(a, b, flags)? {
                return Ok(false);
            }
        }
        match (self.v(x).base, self.v(y).base) {
            (Base::Value(a), Base::Value(b)) => self.equal_plain(a.v, b.v, flags),
            (Base::Value(_), _) | (_, Base::Value(_)) => Ok(false),
            _ => Ok(true),
        }
    }

    fn equal_lists(&mut self, x: Vec<Val>, y: Vec<Val>, flags: Flags) -> R<bool> {
        if x.len() != y.len() {
            return Ok(false);
        }
        for (a, b) in x.into_iter().zip(y) {
            if !self.equal(a, b, flags)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equal_plain(&mut self, a: Value, b: Value, flags: Flags) -> R<bool> {
        if a == b {
            return Ok(true);
        }
        match (a, b) {
            (Value::Bottom(_), Value::Bottom(_)) => Ok(true),
            (Value::Bound(x), Value::Bound(y)) => {
                let (x, y) = (self.values.bounds[x as usize], self.values.bounds[y as usize]);
                Ok(x.op == y.op && self.equal(x.value, y.value, flags)?)
            }
            (Value::Conjunction(x), Value::Conjunction(y)) => {
                let x = self.values.conjunctions[x as usize].clone();
                let y = self.values.conjunctions[y as usize].clone();
                self.equal_lists(x, y, flags)
            }
            (Value::Disjunction(x), Value::Disjunction(y)) => {
                let x = self.values.disjunctions[x as usize].values.clone();
                let y = self.values.disjunctions[y as usize].values.clone();
                self.equal_lists(x, y, flags)
            }
            (Value::Validator(x), Value::Validator(y)) => self.same_validator(x, y),
            _ => Ok(self.equal_scalars(a, b)),
        }
    }

    pub(crate) fn same_validator(&mut self, x: u32, y: u32) -> R<bool> {
        if x == y {
            return Ok(true);
        }
        let (a, b) = (self.values.validators[x as usize].clone(), self.values.validators[y as usize].clone());
        if a.func != b.func {
            return Ok(false);
        }
        for v in a.args.iter().chain(&b.args) {
            if let Value::Vertex(v) = v.v {
                self.finalize_inner(v)?;
            }
        }
        self.equal_lists(a.args, b.args, Flags::STRUCTURAL)
    }
}
