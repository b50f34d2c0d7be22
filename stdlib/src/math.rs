//! Package `math`. Some functions work in decimals of 34 digits, the others in doubles; the signature does not
//! tell which, the results' digits do.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use vela_eval::data::Data;
use vela_number::{Number, NumberKind, PRECISION, Rounding};

use crate::args::{Args, Outcome, compact, fail, int, ok};
use crate::go_bessel as bessel;
use crate::go_math as go;
use crate::list::decimal;
use crate::signature::Function;
use crate::table::{BOOL, INT, NUMBER, function, p};

/// Orders of Bessel functions up to which the reference's loops end soon.
const MAX_ORDER: i64 = 1_000_000;

fn float(f: f64) -> Outcome {
    ok(Data::Num(Number::from_f64(f)))
}

fn f1(args: &[Data], f: fn(f64) -> f64) -> Outcome {
    float(f(Args(args).float(0)?))
}

fn f2(args: &[Data], f: fn(f64, f64) -> f64) -> Outcome {
    let a = Args(args);
    float(f(a.float(0)?, a.float(1)?))
}

/// A whole number without negative zero.
fn whole(n: Number) -> Outcome {
    ok(Data::Num(if n.is_zero() { Number::from_i64(0) } else { n }))
}

/// Floor and ceiling give 0 beyond 34 digits, as the reference does.
fn limited(n: Number) -> Outcome {
    let digits = n.coefficient().to_string().len();
    if !n.is_finite() || digits > PRECISION as usize {
        return int(0i64);
    }
    whole(n)
}

fn rounded(args: &[Data], rounding: Rounding) -> Outcome {
    let n = Args(args).num(0)?.round_to_integral(rounding);
    if n.is_finite() { whole(n) } else { int(0i64) }
}

fn copysign(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (x, y) = (a.num(0)?, a.num(1)?);
    decimal(Ok(x.with_sign(y.is_negative())))
}

fn dim(args: &[Data]) -> Outcome {
    let a = Args(args);
    let difference = a.num(0)?.sub(a.num(1)?);
    decimal(difference.map(|d| if d.is_negative() { Number::from_i64(0) } else { d }))
}

fn log2(args: &[Data]) -> Outcome {
    let x = Args(args).num(0)?.ln();
    decimal(x.and_then(|x| x.div(&Number::from_i64(2).ln()?)))
}

fn exp2(args: &[Data]) -> Outcome {
    decimal(Number::from_i64(2).pow(Args(args).num(0)?))
}

fn pow(args: &[Data]) -> Outcome {
    let a = Args(args);
    decimal(a.num(0)?.pow(a.num(1)?))
}

fn pow10(args: &[Data]) -> Outcome {
    let n = Args(args).int32(0, "int32")?;
    decimal(Number::from_parts(&BigInt::one(), i64::from(n), NumberKind::Float))
}

fn multiple_of(args: &[Data]) -> Outcome {
    let a = Args(args);
    match a.num(0)?.div(a.num(1)?) {
        Ok(quotient) => ok(quotient.is_integral()),
        Err(e) => fail(e.to_string()),
    }
}

fn jacobi(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (x, y) = (a.bigint(0)?, a.bigint(1)?);
    if y.is_even() {
        return fail(format!(
            "big: invalid 2nd argument to Int.Jacobi: need odd integer but got {}",
            compact(a.any(1))
        ));
    }
    int(jacobi_symbol(x, y))
}

/// The Jacobi symbol for an odd `y`, which may be negative.
fn jacobi_symbol(mut a: BigInt, mut b: BigInt) -> i64 {
    let mut result = 1;
    if b.is_negative() {
        if a.is_negative() {
            result = -1;
        }
        b = -b;
    }
    loop {
        if b.is_one() {
            return result;
        }
        if a.is_zero() {
            return 0;
        }
        a = a.mod_floor(&b);
        if a.is_zero() {
            return 0;
        }
        let twos = a.trailing_zeros().unwrap_or(0);
        if twos % 2 == 1 {
            let low = (&b % 8u32).to_u32().unwrap_or(0);
            if low == 3 || low == 5 {
                result = -result;
            }
        }
        let odd: BigInt = &a >> twos;
        if (&b % 4u32).to_u32() == Some(3) && (&odd % 4u32).to_u32() == Some(3) {
            result = -result;
        }
        a = b;
        b = odd;
    }
}

fn ldexp(args: &[Data]) -> Outcome {
    let a = Args(args);
    let exp = a.int64(1)?.clamp(-5000, 5000) as i32;
    float(libm::ldexp(a.float(0)?, exp))
}

fn ilogb(args: &[Data]) -> Outcome {
    let x = Args(args).float(0)?;
    int(if x == 0.0 {
        i64::from(i32::MIN)
    } else if x.is_nan() || x.is_infinite() {
        i64::from(i32::MAX)
    } else {
        i64::from(libm::ilogb(x))
    })
}

fn logb(args: &[Data]) -> Outcome {
    let x = Args(args).float(0)?;
    float(if x == 0.0 {
        f64::NEG_INFINITY
    } else if x.is_infinite() {
        f64::INFINITY
    } else if x.is_nan() {
        x
    } else {
        f64::from(libm::ilogb(x))
    })
}

fn of_order(args: &[Data], f: fn(i32, f64) -> f64) -> Outcome {
    let a = Args(args);
    let (n, x) = (a.int64(0)?, a.float(1)?);
    if n.abs() > MAX_ORDER {
        return fail(format!("order {n} exceeds limit of {MAX_ORDER}"));
    }
    float(f(n as i32, x))
}

const PKG: &str = "math";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Abs", &[p("x", NUMBER)], NUMBER, "The absolute value.", |a| decimal(Args(a).num(0)?.abs().rounded())),
    function(PKG, "Acos", &[p("x", NUMBER)], NUMBER, "The arc cosine, in radians.", |a| f1(a, go::acos)),
    function(PKG, "Acosh", &[p("x", NUMBER)], NUMBER, "The inverse hyperbolic cosine.", |a| f1(a, go::acosh)),
    function(PKG, "Asin", &[p("x", NUMBER)], NUMBER, "The arc sine, in radians.", |a| f1(a, go::asin)),
    function(PKG, "Asinh", &[p("x", NUMBER)], NUMBER, "The inverse hyperbolic sine.", |a| f1(a, go::asinh)),
    function(PKG, "Atan", &[p("x", NUMBER)], NUMBER, "The arc tangent, in radians.", |a| f1(a, go::atan)),
    function(PKG, "Atan2", &[p("y", NUMBER), p("x", NUMBER)], NUMBER, "The angle of the point (x, y), in radians.", |a| f2(a, go::atan2)),
    function(PKG, "Atanh", &[p("x", NUMBER)], NUMBER, "The inverse hyperbolic tangent.", |a| f1(a, go::atanh)),
    function(PKG, "Cbrt", &[p("x", NUMBER)], NUMBER, "The cube root.", |a| decimal(Args(a).num(0)?.cbrt())),
    function(PKG, "Ceil", &[p("x", NUMBER)], INT, "The smallest whole number not below `x`.", |a| limited(Args(a).num(0)?.ceil())),
    function(PKG, "Copysign", &[p("x", NUMBER), p("y", NUMBER)], NUMBER, "`x` with the sign of `y`.", copysign),
    function(PKG, "Cos", &[p("x", NUMBER)], NUMBER, "The cosine of an angle in radians.", |a| f1(a, go::cos)),
    function(PKG, "Cosh", &[p("x", NUMBER)], NUMBER, "The hyperbolic cosine.", |a| f1(a, go::cosh)),
    function(PKG, "Dim", &[p("x", NUMBER), p("y", NUMBER)], NUMBER, "`x - y`, or 0 if that is negative.", dim),
    function(PKG, "Erf", &[p("x", NUMBER)], NUMBER, "The error function.", |a| f1(a, libm::erf)),
    function(PKG, "Erfc", &[p("x", NUMBER)], NUMBER, "One minus the error function.", |a| f1(a, libm::erfc)),
    function(PKG, "Erfcinv", &[p("x", NUMBER)], NUMBER, "The inverse of `Erfc`.", |a| f1(a, |x| go::erfinv(1.0 - x))),
    function(PKG, "Erfinv", &[p("x", NUMBER)], NUMBER, "The inverse of `Erf`.", |a| f1(a, go::erfinv)),
    function(PKG, "Exp", &[p("x", NUMBER)], NUMBER, "e to the power of `x`.", |a| decimal(Args(a).num(0)?.exp())),
    function(PKG, "Exp2", &[p("x", NUMBER)], NUMBER, "2 to the power of `x`.", exp2),
    function(PKG, "Expm1", &[p("x", NUMBER)], NUMBER, "e to the power of `x`, minus 1.", |a| f1(a, libm::expm1)),
    function(PKG, "Floor", &[p("x", NUMBER)], INT, "The largest whole number not above `x`.", |a| limited(Args(a).num(0)?.floor())),
    function(PKG, "Gamma", &[p("x", NUMBER)], NUMBER, "The gamma function.", |a| f1(a, go::gamma)),
    function(PKG, "Hypot", &[p("p", NUMBER), p("q", NUMBER)], NUMBER, "The length of the hypotenuse.", |a| f2(a, go::hypot)),
    function(PKG, "Ilogb", &[p("x", NUMBER)], INT, "The binary exponent of `x`.", ilogb),
    function(PKG, "J0", &[p("x", NUMBER)], NUMBER, "The Bessel function of the first kind of order 0.", |a| f1(a, bessel::j0)),
    function(PKG, "J1", &[p("x", NUMBER)], NUMBER, "The Bessel function of the first kind of order 1.", |a| f1(a, bessel::j1)),
    function(PKG, "Jacobi", &[p("x", INT), p("y", INT)], INT, "The Jacobi symbol (x/y) of an odd `y`.", jacobi),
    function(PKG, "Jn", &[p("n", INT), p("x", NUMBER)], NUMBER, "The Bessel function of the first kind of order `n`.", |a| of_order(a, bessel::jn)),
    function(PKG, "Ldexp", &[p("frac", NUMBER), p("exp", INT)], NUMBER, "`frac` times 2 to the power of `exp`.", ldexp),
    function(PKG, "Log", &[p("x", NUMBER)], NUMBER, "The natural logarithm.", |a| decimal(Args(a).num(0)?.ln())),
    function(PKG, "Log10", &[p("x", NUMBER)], NUMBER, "The decimal logarithm.", |a| decimal(Args(a).num(0)?.log10())),
    function(PKG, "Log1p", &[p("x", NUMBER)], NUMBER, "The natural logarithm of 1 plus `x`.", |a| f1(a, libm::log1p)),
    function(PKG, "Log2", &[p("x", NUMBER)], NUMBER, "The binary logarithm.", log2),
    function(PKG, "Logb", &[p("x", NUMBER)], NUMBER, "The binary exponent of `x`, as a float.", logb),
    function(PKG, "Mod", &[p("x", NUMBER), p("y", NUMBER)], NUMBER, "The remainder of `x/y` with the sign of `x`.", |a| f2(a, |x, y| x % y)),
    function(PKG, "MultipleOf", &[p("x", NUMBER), p("y", NUMBER)], BOOL, "Whether `x` is a multiple of `y`.", multiple_of),
    function(PKG, "Pow", &[p("x", NUMBER), p("y", NUMBER)], NUMBER, "`x` to the power of `y`.", pow),
    function(PKG, "Pow10", &[p("n", INT)], NUMBER, "10 to the power of `n`.", pow10),
    function(PKG, "Remainder", &[p("x", NUMBER), p("y", NUMBER)], NUMBER, "The remainder of `x/y` rounded to the nearest whole number.", |a| f2(a, libm::remainder)),
    function(PKG, "Round", &[p("x", NUMBER)], INT, "The nearest whole number, halves away from zero.", |a| rounded(a, Rounding::HalfUp)),
    function(PKG, "RoundToEven", &[p("x", NUMBER)], INT, "The nearest whole number, halves to the even one.", |a| rounded(a, Rounding::HalfEven)),
    function(PKG, "Signbit", &[p("x", NUMBER)], BOOL, "Whether `x` is negative or negative zero.", |a| ok(Args(a).num(0)?.is_negative())),
    function(PKG, "Sin", &[p("x", NUMBER)], NUMBER, "The sine of an angle in radians.", |a| f1(a, go::sin)),
    function(PKG, "Sinh", &[p("x", NUMBER)], NUMBER, "The hyperbolic sine.", |a| f1(a, go::sinh)),
    function(PKG, "Sqrt", &[p("x", NUMBER)], NUMBER, "The square root.", |a| f1(a, f64::sqrt)),
    function(PKG, "Tan", &[p("x", NUMBER)], NUMBER, "The tangent of an angle in radians.", |a| f1(a, go::tan)),
    function(PKG, "Tanh", &[p("x", NUMBER)], NUMBER, "The hyperbolic tangent.", |a| f1(a, go::tanh)),
    function(PKG, "Trunc", &[p("x", NUMBER)], INT, "`x` without its fraction.", |a| rounded(a, Rounding::Down)),
    function(PKG, "Y0", &[p("x", NUMBER)], NUMBER, "The Bessel function of the second kind of order 0.", |a| f1(a, bessel::y0)),
    function(PKG, "Y1", &[p("x", NUMBER)], NUMBER, "The Bessel function of the second kind of order 1.", |a| f1(a, bessel::y1)),
    function(PKG, "Yn", &[p("n", INT), p("x", NUMBER)], NUMBER, "The Bessel function of the second kind of order `n`.", |a| of_order(a, bessel::yn)),
];

/// Constants with 63 significant digits.
pub(crate) const CONSTANTS: &[(&str, &str)] = &[
    ("Above", "1"),
    ("AwayFromZero", "3"),
    ("Below", "-1"),
    ("E", "2.71828182845904523536028747135266249775724709369995957496696763"),
    ("Exact", "0"),
    ("Ln10", "2.3025850929940456840179914546843642076011014886287729760333278"),
    ("Ln2", "0.693147180559945309417232121458176568075500134360255254120680009"),
    ("Log10E", "0.43429448190325182765112891891660508229439700580366656611445378"),
    ("Log2E", "1.442695040888963407359924681001892137426645954152985934135449408"),
    ("MaxBase", "62"),
    ("MaxExp", "2147483647"),
    ("MaxPrec", "4294967295"),
    ("MinExp", "-2147483648"),
    ("Phi", "1.61803398874989484820458683436563811772030917980576286213544861"),
    ("Pi", "3.14159265358979323846264338327950288419716939937510582097494459"),
    ("Sqrt2", "1.41421356237309504880168872420969807856967187537694807317667974"),
    ("SqrtE", "1.64872127070012814684865078781416357165377610071014801157507931"),
    ("SqrtPhi", "1.27201964951406896425242246173749149171560804184009624861664038"),
    ("SqrtPi", "1.77245385090551602729816748334114518279754945612238712821380779"),
    ("ToNearestAway", "1"),
    ("ToNearestEven", "0"),
    ("ToNegativeInf", "4"),
    ("ToPositiveInf", "5"),
    ("ToZero", "2"),
];
