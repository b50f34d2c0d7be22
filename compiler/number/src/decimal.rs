//! The general decimal engine: a finite decimal over a big coefficient, with precision and rounding given
//! by a [`Context`]. Everything that does not fit the fast paths of `arith.rs` and all of `functions.rs` runs
//! here. The model is the General Decimal Arithmetic specification as cockroachdb/apd v3 implements it.

use std::cmp::Ordering;

use num_bigint::BigUint;
use num_integer::Integer;
use num_traits::{ToPrimitive, Zero};

use crate::{MAX_EXPONENT, NumberError};

/// How a result that has more digits than the precision is shortened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To nearest, ties away from zero.
    HalfUp,
    /// To nearest, ties to the even digit.
    HalfEven,
    /// Towards zero.
    Down,
}

impl Rounding {
    /// Whether to add one to `coeff`, when the part cut off compares to one half as `half`.
    fn adds_one(self, coeff: &BigUint, half: Ordering) -> bool {
        match self {
            Rounding::HalfUp => half != Ordering::Less,
            Rounding::HalfEven => half == Ordering::Greater || (half == Ordering::Equal && coeff.bit(0)),
            Rounding::Down => false,
        }
    }
}

/// A finite decimal: `±coeff × 10^exp`. Zero may be negative.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    pub neg: bool,
    pub coeff: BigUint,
    pub exp: i64,
}

/// Precision and rounding of an operation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub precision: u32,
    pub rounding: Rounding,
}

impl Context {
    pub const BASE: Context = Context::new(crate::PRECISION, Rounding::HalfUp);

    pub const fn new(precision: u32, rounding: Rounding) -> Context {
        Context { precision, rounding }
    }
}

/// 10^n as a big number.
pub(crate) fn pow10(n: u64) -> BigUint {
    match u32::try_from(n) {
        Ok(n) if n <= 38 => BigUint::from(10u128.pow(n)),
        Ok(n) => BigUint::from(10u32).pow(n),
        // Every caller has checked `n` against `MAX_EXPONENT` and the length of a coefficient.
        Err(_) => BigUint::zero(),
    }
}

/// Number of decimal digits; 1 for zero.
pub(crate) fn digits_of(n: &BigUint) -> u64 {
    if let Some(small) = n.to_u128() {
        return small.checked_ilog10().map_or(1, |l| u64::from(l) + 1);
    }
    // bits × log10(2), rounded down, is the number of digits or one less.
    let bits = n.bits();
    let low = (u128::from(bits - 1) * 30_102_999_566_398_119 / 100_000_000_000_000_000) as u64;
    if *n >= pow10(low + 1) { low + 2 } else { low + 1 }
}

impl Decimal {
    pub fn new(coeff: u64, exp: i64) -> Decimal {
        Decimal { neg: false, coeff: BigUint::from(coeff), exp }
    }

    pub fn one() -> Decimal {
        Decimal::new(1, 0)
    }

    pub fn is_zero(&self) -> bool {
        self.coeff.is_zero()
    }

    pub fn digits(&self) -> u64 {
        digits_of(&self.coeff)
    }

    /// The power of ten of the first digit.
    pub fn adjusted(&self) -> i64 {
        self.exp + self.digits() as i64 - 1
    }

    pub fn abs(&self) -> Decimal {
        Decimal { neg: false, ..self.clone() }
    }

    pub fn negated(mut self) -> Decimal {
        self.neg = !self.neg;
        self
    }

    /// Rounds to the precision of `c` and checks the exponent's range.
    pub fn rounded(mut self, c: Context) -> Result<Decimal, NumberError> {
        let digits = self.digits();
        let excess = digits.saturating_sub(u64::from(c.precision));
        if excess > 0 {
            self.cut(excess, c.rounding);
        }
        self.checked()
    }

    /// Removes the last `n` digits, rounding.
    fn cut(&mut self, n: u64, rounding: Rounding) {
        let unit = pow10(n);
        let (mut quotient, remainder) = self.coeff.div_rem(&unit);
        let half = (remainder << 1u32).cmp(&unit);
        self.exp += n as i64;
        if rounding.adds_one(&quotient, half) {
            let before = digits_of(&quotient);
            quotient += 1u32;
            if digits_of(&quotient) > before {
                quotient /= 10u32;
                self.exp += 1;
            }
        }
        self.coeff = quotient;
    }

    /// Refuses exponents no operation may produce.
    pub fn checked(self) -> Result<Decimal, NumberError> {
        let adjusted = self.adjusted();
        let range = -MAX_EXPONENT..=MAX_EXPONENT;
        if range.contains(&adjusted) && range.contains(&self.exp) {
            Ok(self)
        } else {
            Err(NumberError::ExponentOutOfRange)
        }
    }

    /// `self + other`, or `self - other` when `subtract`.
    pub fn add(&self, other: &Decimal, subtract: bool, c: Context) -> Result<Decimal, NumberError> {
        let other_neg = other.neg != subtract;
        if self.exp.abs_diff(other.exp) > MAX_EXPONENT as u64 {
            return Err(NumberError::ExponentOutOfRange);
        }
        let signed = Decimal { neg: other_neg, ..other.clone() };
        let (high, low) = if self.exp >= other.exp { (self, &signed) } else { (&signed, self) };
        if let Some(sum) = high.add_below(low, c) {
            return sum.rounded(c);
        }
        let exp = low.exp;
        let a = scale(&self.coeff, (self.exp - exp) as u64);
        let b = scale(&other.coeff, (other.exp - exp) as u64);
        let (neg, coeff) = if self.neg == other_neg {
            (self.neg, a + b)
        } else {
            match a.cmp(&b) {
                Ordering::Greater => (self.neg, a - b),
                Ordering::Less => (other_neg, b - a),
                Ordering::Equal => (false, BigUint::zero()),
            }
        };
        Decimal { neg, coeff, exp }.rounded(c)
    }

    /// The sum where all of `low` lies below what rounding keeps of `self`: one digit stands for it, so
    /// exponents far apart cost nothing. `None` where they are not far enough apart.
    fn add_below(&self, low: &Decimal, c: Context) -> Option<Decimal> {
        if self.is_zero() {
            return None;
        }
        let up = u64::from(c.precision + 3).saturating_sub(self.digits());
        let exp = self.exp - up as i64 - 1;
        if low.adjusted() >= exp || low.exp >= exp {
            return None;
        }
        let coeff = scale(&self.coeff, up + 1);
        Some(Decimal {
            neg: self.neg,
            coeff: if low.is_zero() {
                coeff
            } else if low.neg == self.neg {
                coeff + 1u32
            } else {
                coeff - 1u32
            },
            exp,
        })
    }

    pub fn mul(&self, other: &Decimal, c: Context) -> Result<Decimal, NumberError> {
        Decimal { neg: self.neg != other.neg, coeff: &self.coeff * &other.coeff, exp: self.exp + other.exp }
            .rounded(c)
    }

    /// The quotient with exactly the context's number of digits (trailing zeros included).
    pub fn quo(&self, other: &Decimal, c: Context) -> Result<Decimal, NumberError> {
        if other.is_zero() {
            return Err(if self.is_zero() {
                NumberError::DivisionUndefined
            } else {
                NumberError::DivisionByZero
            });
        }
        let neg = self.neg != other.neg;
        let shift = self.exp - other.exp;
        if self.is_zero() {
            return Decimal { neg, coeff: BigUint::zero(), exp: shift }.checked();
        }
        // Make 1 <= dividend/divisor < 10, so that the quotient has as many digits as asked for.
        let difference = self.digits() as i64 - other.digits() as i64;
        let mut moved = -difference;
        let mut dividend = scale(&self.coeff, difference.min(0).unsigned_abs());
        let divisor = scale(&other.coeff, difference.max(0) as u64);
        if dividend < divisor {
            dividend *= 10u32;
            moved += 1;
        }
        let more = u64::from(c.precision - 1);
        dividend *= pow10(more);
        let (mut coeff, remainder) = dividend.div_rem(&divisor);
        if !remainder.is_zero() {
            let half = (remainder << 1u32).cmp(&divisor);
            if c.rounding.adds_one(&coeff, half) {
                coeff += 1u32;
            }
        }
        Decimal { neg, coeff, exp: shift - moved - more as i64 }.checked()
    }

    /// Removes trailing zeros of the coefficient; zero becomes plain `0`.
    pub fn reduced(mut self) -> Decimal {
        if self.is_zero() {
            return Decimal::new(0, 0);
        }
        while self.coeff.bits() > 128 {
            let (quotient, remainder) = self.coeff.div_rem(&BigUint::from(10u32.pow(9)));
            if !remainder.is_zero() {
                break;
            }
            self.coeff = quotient;
            self.exp += 9;
        }
        if let Some(mut small) = self.coeff.to_u128() {
            while small % 10 == 0 {
                small /= 10;
                self.exp += 1;
            }
            self.coeff = BigUint::from(small);
            return self;
        }
        loop {
            let (quotient, remainder) = self.coeff.div_rem(&BigUint::from(10u32));
            if !remainder.is_zero() {
                return self;
            }
            self.coeff = quotient;
            self.exp += 1;
        }
    }

    /// The whole part with exponent zero or above, and whether the fractional part is zero.
    pub fn split_integral(&self) -> (Decimal, bool) {
        if self.exp >= 0 {
            return (self.clone(), true);
        }
        let below = self.exp.unsigned_abs();
        if below > self.digits() {
            let whole = Decimal { neg: self.neg, coeff: BigUint::zero(), exp: 0 };
            return (whole, self.is_zero());
        }
        let (coeff, rest) = self.coeff.div_rem(&pow10(below));
        let whole = Decimal { neg: self.neg, coeff, exp: 0 };
        (whole, rest.is_zero())
    }

    /// The fractional part, with the sign of `self`.
    pub fn fraction(&self) -> Decimal {
        if self.exp >= 0 {
            return Decimal::new(0, 0);
        }
        let below = self.exp.unsigned_abs();
        if below > self.digits() {
            return self.clone();
        }
        Decimal { neg: self.neg, coeff: &self.coeff % pow10(below), exp: self.exp }
    }

    /// The nearest whole number under `rounding`, with exponent zero.
    pub fn to_integral(&self, rounding: Rounding) -> Decimal {
        let mut result = self.clone();
        if self.exp >= 0 {
            result.coeff = scale(&self.coeff, self.exp as u64);
        } else if self.exp.unsigned_abs() > self.digits() {
            result.coeff = BigUint::zero();
        } else {
            let unit = pow10(self.exp.unsigned_abs());
            let (mut quotient, remainder) = self.coeff.div_rem(&unit);
            if rounding.adds_one(&quotient, (remainder << 1u32).cmp(&unit)) {
                quotient += 1u32;
            }
            result.coeff = quotient;
        }
        result.exp = 0;
        result
    }

    /// Order of the absolute values.
    pub fn cmp_abs(&self, other: &Decimal) -> Ordering {
        cmp_magnitude(&self.coeff, self.exp, &other.coeff, other.exp)
    }

    /// Order by value.
    pub fn cmp_value(&self, other: &Decimal) -> Ordering {
        let a_neg = self.neg && !self.is_zero();
        let b_neg = other.neg && !other.is_zero();
        match (a_neg, b_neg) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.cmp_abs(other),
            (true, true) => other.cmp_abs(self),
        }
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        let text = format!("{}{}e{}", if self.neg { "-" } else { "" }, self.coeff, self.exp);
        // The text is a valid number by construction.
        text.parse().unwrap_or(f64::NAN)
    }
}

/// `coeff × 10^n`.
pub(crate) fn scale(coeff: &BigUint, n: u64) -> BigUint {
    if n == 0 || coeff.is_zero() { coeff.clone() } else { coeff * pow10(n) }
}

/// Order of `a × 10^a_exp` and `b × 10^b_exp`; scales only when both have their first digit at the same place.
pub(crate) fn cmp_magnitude(a: &BigUint, a_exp: i64, b: &BigUint, b_exp: i64) -> Ordering {
    match (a.is_zero(), b.is_zero()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (false, false) => {}
    }
    if a_exp == b_exp {
        return a.cmp(b);
    }
    let first = |n: &BigUint, exp: i64| exp + digits_of(n) as i64;
    first(a, a_exp).cmp(&first(b, b_exp)).then_with(|| {
        if a_exp > b_exp {
            scale(a, (a_exp - b_exp) as u64).cmp(b)
        } else {
            a.cmp(&scale(b, (b_exp - a_exp) as u64))
        }
    })
}
