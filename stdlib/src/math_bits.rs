//! Package `math/bits`: whole numbers of any size as infinite two's complement.

use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};
use vela_eval::data::Data;

use crate::args::{Args, Outcome, fail, int};
use crate::signature::Function;
use crate::table::{INT, function, p};

/// Longest result in bits: what a number of the most digits the language allows has.
const MAX_BITS: u64 = 400_000;

fn too_long<T>() -> Result<T, crate::signature::CallError> {
    fail(format!("result exceeds limit of {MAX_BITS} bits"))
}

fn lsh(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (x, n) = (a.bigint(0)?, a.uint64(1)?);
    if !x.is_zero() && x.bits().saturating_add(n) > MAX_BITS {
        return too_long();
    }
    int(if x.is_zero() { x } else { x << n })
}

fn rsh(args: &[Data]) -> Outcome {
    let a = Args(args);
    int(a.bigint(0)? >> a.uint64(1)?)
}

fn at(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (x, i) = (a.bigint(0)?, a.uint64(1)?);
    if i > i32::MAX as u64 {
        return fail("bit index too large");
    }
    int(u64::from(x.bit(i)))
}

fn set(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (mut x, i, bit) = (a.bigint(0)?, a.int64(1)?, a.uint64(2)?);
    if i < 0 {
        return fail("negative bit index");
    }
    if bit > 1 {
        return fail("set bit is not 0 or 1");
    }
    if i as u64 >= MAX_BITS {
        return too_long();
    }
    x.set_bit(i as u64, bit == 1);
    int(x)
}

fn pairwise(args: &[Data], op: fn(BigInt, BigInt) -> BigInt) -> Outcome {
    let a = Args(args);
    int(op(a.bigint(0)?, a.bigint(1)?))
}

fn ones_count(args: &[Data]) -> Outcome {
    int(Args(args).bigint(0)?.magnitude().count_ones())
}

fn len(args: &[Data]) -> Outcome {
    let bits = Args(args).bigint(0)?.abs().bits();
    int(bits.to_u64().unwrap_or(0))
}

const PKG: &str = "math/bits";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "And", &[p("a", INT), p("b", INT)], INT, "The bits set in both.", |a| pairwise(a, |a, b| a & b)),
    function(PKG, "At", &[p("x", INT), p("i", INT)], INT, "Bit `i` of `x`.", at),
    function(PKG, "Clear", &[p("a", INT), p("b", INT)], INT, "The bits of `a` not set in `b`.", |a| pairwise(a, |a, b| a & !b)),
    function(PKG, "Len", &[p("x", INT)], INT, "The number of bits of the absolute value.", len),
    function(PKG, "Lsh", &[p("x", INT), p("n", INT)], INT, "`x` times two to the power of `n`.", lsh),
    function(PKG, "OnesCount", &[p("x", INT)], INT, "The number of bits set in the absolute value.", ones_count),
    function(PKG, "Or", &[p("a", INT), p("b", INT)], INT, "The bits set in either.", |a| pairwise(a, |a, b| a | b)),
    function(PKG, "Rsh", &[p("x", INT), p("n", INT)], INT, "`x` divided by two to the power of `n`, rounded down.", rsh),
    function(PKG, "Set", &[p("x", INT), p("i", INT), p("bit", INT)], INT, "`x` with bit `i` set to `bit`.", set),
    function(PKG, "Xor", &[p("a", INT), p("b", INT)], INT, "The bits set in one but not the other.", |a| pairwise(a, |a, b| a ^ b)),
];
