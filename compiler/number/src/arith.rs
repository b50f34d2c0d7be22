//! The operators on numbers, and integer division. The fast paths work on `u128` coefficients; whatever does
//! not fit goes through `decimal.rs`, with the same result.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Signed, Zero};

use crate::decimal::{Context, Decimal};
use crate::number::{Number, NumberKind, Repr, join};
use crate::{NumberError, Rounding};

/// First coefficient with more than 34 digits.
const LIMIT: u128 = 10u128.pow(crate::PRECISION);

/// Exponents this far from zero never overflow in one operation on short coefficients.
const SAFE_EXPONENT: i32 = 40_000;

/// Sign, coefficient and exponent, where the fast paths apply.
fn short(n: &Number) -> Option<(bool, u128, i32)> {
    match &n.0 {
        Repr::Small { neg, exp, coeff, .. } if exp.abs() < SAFE_EXPONENT => Some((*neg, join(*coeff), *exp)),
        _ => None,
    }
}

fn result_kind(a: &Number, b: &Number) -> NumberKind {
    if a.is_int() && b.is_int() { NumberKind::Int } else { NumberKind::Float }
}

impl Number {
    /// The sum, rounded to 34 digits; int if both are. Keeps the larger number of decimals.
    pub fn add(&self, other: &Number) -> Result<Number, NumberError> {
        self.add_or_sub(other, false)
    }

    /// The difference, as [`Number::add`].
    pub fn sub(&self, other: &Number) -> Result<Number, NumberError> {
        self.add_or_sub(other, true)
    }

    fn add_or_sub(&self, other: &Number, subtract: bool) -> Result<Number, NumberError> {
        let kind = result_kind(self, other);
        if let (Some(a), Some(b)) = (short(self), short(other))
            && let Some((neg, coeff, exp)) = add_short(a, (b.0 != subtract, b.1, b.2))
        {
            return Ok(Number::small(kind, neg, coeff, exp));
        }
        match (self.to_decimal(), other.to_decimal()) {
            (Some(a), Some(b)) => Ok(Number::from_decimal(a.add(&b, subtract, Context::BASE)?, kind)),
            _ if self.is_nan() || other.is_nan() => Ok(Number::nan(kind)),
            (a, b) => {
                let other_neg = other.is_negative() != subtract;
                match (a, b) {
                    (None, None) if self.is_negative() != other_neg => Err(NumberError::InvalidOperation),
                    (None, _) => Ok(Number::infinity(self.is_negative(), kind)),
                    _ => Ok(Number::infinity(other_neg, kind)),
                }
            }
        }
    }

    /// The product, rounded to 34 digits; int if both are. Decimals add up.
    pub fn mul(&self, other: &Number) -> Result<Number, NumberError> {
        let kind = result_kind(self, other);
        if let (Some((an, a, ae)), Some((bn, b, be))) = (short(self), short(other))
            && let Some(coeff) = a.checked_mul(b).filter(|&c| c < LIMIT)
        {
            return Ok(Number::small(kind, an != bn, coeff, ae + be));
        }
        match (self.to_decimal(), other.to_decimal()) {
            (Some(a), Some(b)) => Ok(Number::from_decimal(a.mul(&b, Context::BASE)?, kind)),
            _ if self.is_nan() || other.is_nan() => Ok(Number::nan(kind)),
            _ if self.is_zero() || other.is_zero() => Err(NumberError::InvalidOperation),
            _ => Ok(Number::infinity(self.is_negative() != other.is_negative(), kind)),
        }
    }

    /// The quotient, always a float: 34 digits, then without trailing zeros; where removing them makes an
    /// exponent below zero whole, one zero stays (`6/3` is `2.0`).
    pub fn div(&self, other: &Number) -> Result<Number, NumberError> {
        let kind = NumberKind::Float;
        match (self.to_decimal(), other.to_decimal()) {
            (Some(a), Some(b)) => {
                let quotient = reduce_keeping_float(a.quo(&b, Context::BASE)?);
                Ok(Number::from_decimal(quotient, kind))
            }
            _ if self.is_nan() || other.is_nan() => Ok(Number::nan(kind)),
            (None, None) => Err(NumberError::InvalidOperation),
            (None, _) => Ok(Number::infinity(self.is_negative() != other.is_negative(), kind)),
            _ => Ok(Number::small(kind, false, 0, 0)),
        }
    }

    /// The negation, exact. Zero loses its sign.
    pub fn neg(&self) -> Number {
        let zero = self.is_zero();
        let mut n = self.clone();
        match &mut n.0 {
            Repr::Small { neg, .. } | Repr::Big { neg, .. } | Repr::Infinity { neg, .. } => {
                *neg = !zero && !*neg;
            }
            Repr::NaN { .. } => {}
        }
        n
    }

    /// The absolute value, exact.
    pub fn abs(&self) -> Number {
        self.with_sign(false)
    }

    /// The same digits with the sign given; zero keeps it too. NaN has none.
    pub fn with_sign(&self, negative: bool) -> Number {
        let mut n = self.clone();
        match &mut n.0 {
            Repr::Small { neg, .. } | Repr::Big { neg, .. } | Repr::Infinity { neg, .. } => {
                *neg = negative;
            }
            Repr::NaN { .. } => {}
        }
        n
    }

    /// Euclidean quotient of whole numbers: the remainder is never negative.
    pub fn int_div(&self, other: &Number) -> Result<Number, NumberError> {
        int_op(self, other, i128::checked_div_euclid, |a, b| {
            let (q, r) = a.div_rem(b);
            match (r.is_negative(), b.is_positive()) {
                (false, _) => q,
                (true, true) => q - 1,
                (true, false) => q + 1,
            }
        })
    }

    /// Euclidean remainder, never negative.
    pub fn int_mod(&self, other: &Number) -> Result<Number, NumberError> {
        int_op(self, other, i128::checked_rem_euclid, |a, b| {
            let r = a % b;
            if r.is_negative() { r + b.abs() } else { r }
        })
    }

    /// Quotient truncated towards zero.
    pub fn int_quo(&self, other: &Number) -> Result<Number, NumberError> {
        int_op(self, other, i128::checked_div, |a, b| a / b)
    }

    /// Remainder of the truncated quotient, with the dividend's sign.
    pub fn int_rem(&self, other: &Number) -> Result<Number, NumberError> {
        int_op(self, other, i128::checked_rem, |a, b| a % b)
    }
}

/// The sum of two short numbers if it fits without rounding.
fn add_short(a: (bool, u128, i32), b: (bool, u128, i32)) -> Option<(bool, u128, i32)> {
    let (low, high) = if a.2 <= b.2 { (a, b) } else { (b, a) };
    let up = 10u128.checked_pow(u32::try_from(high.2 - low.2).ok()?)?;
    let high = (high.0, high.1.checked_mul(up)?);
    let (neg, coeff) = if low.0 == high.0 {
        (low.0, low.1.checked_add(high.1)?)
    } else if low.1 == high.1 {
        (false, 0)
    } else if low.1 > high.1 {
        (low.0, low.1 - high.1)
    } else {
        (high.0, high.1 - low.1)
    };
    (coeff < LIMIT).then_some((neg, coeff, low.2))
}

/// Removes trailing zeros, but lets a number that had decimals keep one.
pub(crate) fn reduce_keeping_float(d: Decimal) -> Decimal {
    let had_decimals = d.exp < 0;
    let mut d = d.reduced();
    if had_decimals && d.exp >= 0 {
        d.exp -= 1;
        d.coeff *= 10u32;
    }
    d
}

fn int_op(
    a: &Number,
    b: &Number,
    fast: fn(i128, i128) -> Option<i128>,
    slow: fn(&BigInt, &BigInt) -> BigInt,
) -> Result<Number, NumberError> {
    if b.is_zero() {
        return Err(NumberError::DivisionByZero);
    }
    if let (Some(x), Some(y)) = (a.to_i64(), b.to_i64())
        && let Some(r) = fast(i128::from(x), i128::from(y))
    {
        return Ok(Number::small(NumberKind::Int, r < 0, r.unsigned_abs(), 0));
    }
    let whole = |n: &Number| -> Result<BigInt, NumberError> {
        n.round_to_integral(Rounding::HalfUp).to_bigint().ok_or(NumberError::InvalidOperation)
    };
    let (x, y) = (whole(a)?, whole(b)?);
    if y.is_zero() {
        return Err(NumberError::DivisionByZero);
    }
    Ok(Number::from_bigint(&slow(&x, &y)))
}
