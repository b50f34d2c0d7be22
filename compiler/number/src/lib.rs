//! Decimal numbers of 34 digits with CUE's arithmetic and text forms.
//!
//! A [`Number`] is an arbitrary-precision decimal (sign, coefficient, exponent) plus the kind the language
//! gives it (`int` or `float`). Literals keep every digit; results of `+ - * /` are rounded to 34 significant
//! digits, half away from zero. Used by the evaluator, the builtin packages and every data encoding.
//!
//! | file | idea |
//! |---|---|
//! | `number.rs` | the value itself: layout, constructors, conversions, order, identity |
//! | `parse.rs` | number literals, JSON numbers |
//! | `text.rs` | the text forms: CUE source, JSON, YAML |
//! | `arith.rs` | operators and integer division |
//! | `decimal.rs` | the general decimal engine behind the slow paths: precision and rounding as parameters |
//! | `functions.rs` | roots, logarithms, powers, rounding to integers |

mod arith;
mod decimal;
mod error;
mod functions;
mod number;
mod parse;
mod text;

pub use decimal::Rounding;
pub use error::NumberError;
pub use number::{Number, NumberKind};

pub use num_bigint::{BigInt, BigUint};

/// Significant digits kept by the arithmetic operators.
pub const PRECISION: u32 = 34;

/// Largest magnitude of an exponent, and of the power of ten of a number's first digit.
pub const MAX_EXPONENT: i64 = 100_000;
