//! Values as small copyable handles into tables of the evaluation.

use std::sync::Arc;

use vela_ir::{Compare, ExprId, Kinds};
use vela_number::Number;

use crate::vertex::VertexId;

/// Where a value or error was written: an expression of the program, or a place in a data file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Src(u32);

impl Src {
    /// Nowhere.
    pub const NONE: Self = Self(u32::MAX);
    const DATA: u32 = 1 << 31;

    /// The place of an expression.
    pub const fn expr(id: ExprId) -> Self {
        Self(id.0)
    }

    /// Entry `index` of the evaluation's table of data places.
    pub const fn data(index: u32) -> Self {
        Self(index | Self::DATA)
    }

    /// The expression, if the place is one.
    pub const fn as_expr(self) -> Option<ExprId> {
        if self.0 & Self::DATA == 0 { Some(ExprId(self.0)) } else { None }
    }

    /// The entry of the table of data places, if the place is one.
    pub const fn as_data(self) -> Option<u32> {
        if self.0 & Self::DATA != 0 && self.0 != u32::MAX { Some(self.0 & !Self::DATA) } else { None }
    }

    /// Whether there is no place.
    pub const fn is_none(self) -> bool {
        self.0 == u32::MAX
    }
}

/// Index into one of the tables of [`Values`] (which one, the value's tag tells).
pub type Idx = u32;

/// A value. Equal handles are equal values; equal values may have different handles.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number: `Values::numbers`.
    Num(Idx),
    /// A string: `Values::strings`.
    Str(Idx),
    /// Bytes: `Values::bytes`.
    Bytes(Idx),
    /// `_`
    Top,
    /// A basic type, or a union of them.
    Kind(Kinds),
    /// `op v`: `Values::bounds`.
    Bound(Idx),
    /// `a & b & …` of values that don't merge: `Values::conjunctions`.
    Conjunction(Idx),
    /// Alternatives: `Values::disjunctions`.
    Disjunction(Idx),
    /// An error: `Values::errors`.
    Bottom(Idx),
    /// A function of the builtin table.
    Func(Idx),
    /// A function with all arguments but the first, as a check: `Values::validators`.
    Validator(Idx),
    /// A struct, list or anything else with a place in the tree.
    Vertex(VertexId),
}

/// A value and where it was written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Val {
    /// The value.
    pub v: Value,
    /// Its place.
    pub src: Src,
}

impl Val {
    /// A value without place.
    pub const fn new(v: Value) -> Self {
        Self { v, src: Src::NONE }
    }

    /// A value with its place.
    pub const fn at(v: Value, src: Src) -> Self {
        Self { v, src }
    }

    /// The error, if this is one.
    pub const fn bottom(self) -> Option<Idx> {
        if let Value::Bottom(e) = self.v { Some(e) } else { None }
    }
}

/// `op v`, of a concrete `v`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bound {
    /// The operator.
    pub op: Compare,
    /// The limit.
    pub value: Val,
}

/// Alternatives; those that are defaults stand first.
#[derive(Clone, PartialEq, Debug)]
pub struct Disjunction {
    /// The alternatives.
    pub values: Vec<Val>,
    /// How many of the first are defaults.
    pub defaults: usize,
    /// Whether any alternative was marked (even if all marked ones are gone).
    pub has_defaults: bool,
}

/// A call of a bool function without its first argument.
#[derive(Clone, PartialEq, Debug)]
pub struct Validator {
    /// The function: index into the builtin table.
    pub func: Idx,
    /// The arguments after the first.
    pub args: Vec<Val>,
    /// The call; `None` for a function used as a check without a call.
    pub call: Option<ExprId>,
}

/// The tables of one evaluation. Append-only. Numbers and strings of the program's literals stand in the program: the
/// first numbers and strings are those, what evaluation makes comes after them.
#[derive(Debug, Default)]
#[allow(missing_docs)]
pub struct Values {
    numbers: Vec<Number>,
    strings: Vec<Arc<str>>,
    literal_numbers: u32,
    literal_strings: u32,
    pub bytes: Vec<Arc<[u8]>>,
    pub bounds: Vec<Bound>,
    pub conjunctions: Vec<Vec<Val>>,
    pub disjunctions: Vec<Disjunction>,
    pub validators: Vec<Validator>,
    pub errors: Vec<crate::error::Bottom>,
}

impl Values {
    /// Tables that hold nothing but the error "being evaluated", as number 0, for a program with so many literals.
    pub(crate) fn over(literal_numbers: usize, literal_strings: usize) -> Self {
        use crate::error::{Bottom, Code, Fault, Message};
        let fault = Fault {
            message: Message { template: "cycle error", args: smallvec::SmallVec::new() },
            vertex: None,
            pos: None,
            more: smallvec::SmallVec::new(),
            cause: None,
        };
        let mut values = Self {
            literal_numbers: literal_numbers as u32,
            literal_strings: literal_strings as u32,
            ..Self::default()
        };
        values.errors.push(Bottom {
            code: Code::Cycle,
            faults: smallvec::SmallVec::from_iter([Arc::new(fault)]),
            vertex: None,
            child_error: false,
            has_recursive: false,
            close_check: false,
            listed: false,
        });
        values
    }

    /// How much there is in the tables, errors apart.
    pub(crate) fn mark(&self) -> [usize; 7] {
        [
            self.numbers.len(),
            self.strings.len(),
            self.bytes.len(),
            self.bounds.len(),
            self.conjunctions.len(),
            self.disjunctions.len(),
            self.validators.len(),
        ]
    }

    /// Drops what came after [`Values::mark`].
    pub(crate) fn truncate(&mut self, mark: [usize; 7]) {
        let [numbers, strings, bytes, bounds, conjunctions, disjunctions, validators] = mark;
        self.numbers.truncate(numbers);
        self.strings.truncate(strings);
        self.bytes.truncate(bytes);
        self.bounds.truncate(bounds);
        self.conjunctions.truncate(conjunctions);
        self.disjunctions.truncate(disjunctions);
        self.validators.truncate(validators);
    }

    /// A number that evaluation made, or its index among the program's literals.
    pub(crate) fn number(&self, index: Idx) -> Result<&Number, usize> {
        match index.checked_sub(self.literal_numbers) {
            Some(i) => Ok(&self.numbers[i as usize]),
            None => Err(index as usize),
        }
    }

    /// A string that evaluation made, or its index among the program's literals.
    pub(crate) fn string(&self, index: Idx) -> Result<&Arc<str>, usize> {
        match index.checked_sub(self.literal_strings) {
            Some(i) => Ok(&self.strings[i as usize]),
            None => Err(index as usize),
        }
    }

    /// Stores a number.
    pub fn num(&mut self, n: Number) -> Value {
        self.numbers.push(n);
        Value::Num(self.literal_numbers + self.numbers.len() as u32 - 1)
    }

    /// Stores a string.
    pub fn str(&mut self, s: impl Into<Arc<str>>) -> Value {
        self.strings.push(s.into());
        Value::Str(self.literal_strings + self.strings.len() as u32 - 1)
    }

    /// Stores bytes.
    pub fn bytes(&mut self, b: impl Into<Arc<[u8]>>) -> Value {
        self.bytes.push(b.into());
        Value::Bytes(self.bytes.len() as u32 - 1)
    }

    /// Stores a bound.
    pub fn bound(&mut self, op: Compare, value: Val) -> Value {
        self.bounds.push(Bound { op, value });
        Value::Bound(self.bounds.len() as u32 - 1)
    }

    /// Stores a conjunction.
    pub fn conjunction(&mut self, values: Vec<Val>) -> Value {
        self.conjunctions.push(values);
        Value::Conjunction(self.conjunctions.len() as u32 - 1)
    }

    /// Stores a disjunction.
    pub fn disjunction(&mut self, d: Disjunction) -> Value {
        self.disjunctions.push(d);
        Value::Disjunction(self.disjunctions.len() as u32 - 1)
    }

    /// Stores a validator.
    pub fn validator(&mut self, v: Validator) -> Value {
        self.validators.push(v);
        Value::Validator(self.validators.len() as u32 - 1)
    }

    /// Stores an error.
    pub fn error(&mut self, b: crate::error::Bottom) -> Idx {
        self.errors.push(b);
        self.errors.len() as u32 - 1
    }
}
