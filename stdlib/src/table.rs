//! Short names for writing the signature table: every package file ends in a list of [`function`]s.

use crate::args::Outcome;
use crate::signature::{Function, Kinds, Param, Reads, Run};
use vela_eval::data::Data;

pub(crate) const BOOL: Kinds = Kinds::BOOL;
pub(crate) const BOTTOM: Kinds = Kinds::BOTTOM;
pub(crate) const INT: Kinds = Kinds::INT;
pub(crate) const NUMBER: Kinds = Kinds::NUMBER;
pub(crate) const STRING: Kinds = Kinds::STRING;
/// Bytes, or a string standing for its UTF-8.
pub(crate) const BYTES: Kinds = Kinds(Kinds::BYTES.0 | Kinds::STRING.0);
pub(crate) const LIST: Kinds = Kinds::LIST;
pub(crate) const STRUCT: Kinds = Kinds::STRUCT;
pub(crate) const ANY: Kinds = Kinds::TOP;

/// A parameter.
pub(crate) const fn p(name: &'static str, kinds: Kinds) -> Param {
    let reads = if kinds.0 == ANY.0 { Reads::Any("non-concrete value {}") } else { Reads::Value };
    Param { name, kinds, schema: None, reads }
}

/// A list of numbers.
pub(crate) const fn numbers(name: &'static str) -> Param {
    Param { name, kinds: LIST, schema: None, reads: Reads::Numbers }
}

/// A list of strings.
pub(crate) const fn strings(name: &'static str) -> Param {
    Param { name, kinds: LIST, schema: None, reads: Reads::Texts }
}

/// A list whose elements may be anything.
pub(crate) const fn length(name: &'static str) -> Param {
    Param { name, kinds: LIST, schema: None, reads: Reads::Length }
}

/// A schema.
pub(crate) const fn schema(name: &'static str) -> Param {
    Param { name, kinds: ANY, schema: None, reads: Reads::Schema }
}

/// A value that becomes text; `missing` says what is not concrete in it.
pub(crate) const fn document(name: &'static str, missing: &'static str) -> Param {
    Param { name, kinds: ANY, schema: None, reads: Reads::Any(missing) }
}

/// A function over plain data.
pub(crate) const fn function(
    package: &'static str,
    name: &'static str,
    params: &'static [Param],
    result: Kinds,
    doc: &'static str,
    run: fn(&[Data]) -> Outcome,
) -> Function {
    Function { package, name, params, result, doc, non_concrete: false, run: Run::Data(run) }
}

/// A function over plain data that sees how a number is written.
pub(crate) const fn spelled(
    package: &'static str,
    name: &'static str,
    params: &'static [Param],
    result: Kinds,
    doc: &'static str,
    run: fn(&[Data], Option<&str>) -> Outcome,
) -> Function {
    Function { package, name, params, result, doc, non_concrete: false, run: Run::Spelled(run) }
}

/// A function the evaluator runs itself.
pub(crate) const fn evaluated(
    package: &'static str,
    name: &'static str,
    params: &'static [Param],
    result: Kinds,
    doc: &'static str,
) -> Function {
    Function { package, name, params, result, doc, non_concrete: false, run: Run::Evaluator }
}

/// The same function, with arguments that need not be concrete.
pub(crate) const fn non_concrete(mut function: Function) -> Function {
    function.non_concrete = true;
    function
}
