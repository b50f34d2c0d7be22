//! Short names for writing the signature table: every package file ends in a list of [`function`]s.

use crate::args::Outcome;
use crate::signature::{Function, Kinds, Param, Run};
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
    Param { name, kinds, schema: None }
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
