//! Package `struct`: checks the evaluator runs, since more fields may come.

use crate::signature::Function;
use crate::table::{BOOL, INT, STRUCT, evaluated, p};

const PKG: &str = "struct";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    evaluated(PKG, "MaxFields", &[p("object", STRUCT), p("n", INT)], BOOL, "Whether the struct has at most `n` fields."),
    evaluated(PKG, "MinFields", &[p("object", STRUCT), p("n", INT)], BOOL, "Whether the struct has at least `n` fields."),
];
