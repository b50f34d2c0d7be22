//! [`Number`]: layout, constructors, conversions, order and identity.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use num_bigint::{BigInt, BigUint, Sign};
use num_traits::{ToPrimitive, Zero};

use crate::NumberError;
use crate::decimal::{self, Decimal};

/// The kind the language gives a number: written without `.` and exponent, or with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NumberKind {
    /// A whole number by kind.
    Int,
    /// A decimal number by kind, even where its value is whole (`1.0`).
    Float,
}

/// A decimal number of the language: sign, coefficient, exponent, kind.
///
/// 24 bytes; coefficients below 2^128 (all results of arithmetic) need no allocation, so a clone is a copy or
/// one reference count. `==` and `Hash` are identity of representation (`1.0 != 1.00`, `1 != 1.0`); use
/// [`Number::eq_value`] and [`Number::cmp_value`] for the language's comparison.
#[derive(Clone)]
pub struct Number(pub(crate) Repr);

/// The invariant that makes identity structural: `Big` only for coefficients that do not fit `Small`.
#[derive(Clone)]
pub(crate) enum Repr {
    Small {
        kind: NumberKind,
        neg: bool,
        exp: i32,
        /// Low and high half; two words instead of one `u128` keep the alignment at 8 bytes.
        coeff: [u64; 2],
    },
    Big {
        kind: NumberKind,
        neg: bool,
        exp: i32,
        coeff: Arc<BigUint>,
    },
    Infinity {
        kind: NumberKind,
        neg: bool,
    },
    NaN {
        kind: NumberKind,
    },
}

pub(crate) fn join(halves: [u64; 2]) -> u128 {
    u128::from(halves[0]) | (u128::from(halves[1]) << 64)
}

fn halves(n: u128) -> [u64; 2] {
    [n as u64, (n >> 64) as u64]
}

impl Number {
    pub(crate) fn small(kind: NumberKind, neg: bool, coeff: u128, exp: i32) -> Number {
        Number(Repr::Small { kind, neg, exp, coeff: halves(coeff) })
    }

    pub(crate) fn from_decimal(d: Decimal, kind: NumberKind) -> Number {
        // `Decimal::checked` keeps exponents within `MAX_EXPONENT`.
        let exp = d.exp as i32;
        match d.coeff.to_u128() {
            Some(small) => Number::small(kind, d.neg, small, exp),
            None => Number(Repr::Big { kind, neg: d.neg, exp, coeff: Arc::new(d.coeff) }),
        }
    }

    /// The finite value behind the number; `None` for infinities and NaN.
    pub(crate) fn to_decimal(&self) -> Option<Decimal> {
        match &self.0 {
            Repr::Small { neg, exp, coeff, .. } => {
                Some(Decimal { neg: *neg, coeff: BigUint::from(join(*coeff)), exp: i64::from(*exp) })
            }
            Repr::Big { neg, exp, coeff, .. } => {
                Some(Decimal { neg: *neg, coeff: (**coeff).clone(), exp: i64::from(*exp) })
            }
            Repr::Infinity { .. } | Repr::NaN { .. } => None,
        }
    }

    /// An int.
    pub fn from_i64(n: i64) -> Number {
        Number::small(NumberKind::Int, n < 0, u128::from(n.unsigned_abs()), 0)
    }

    /// An int.
    pub fn from_u64(n: u64) -> Number {
        Number::small(NumberKind::Int, false, u128::from(n), 0)
    }

    /// An int of any size.
    pub fn from_bigint(n: &BigInt) -> Number {
        let d = Decimal { neg: n.sign() == Sign::Minus, coeff: n.magnitude().clone(), exp: 0 };
        Number::from_decimal(d, NumberKind::Int)
    }

    /// A float with the shortest digits that read back as `f`; the way results of double arithmetic enter
    /// the language. NaN and infinities are kept.
    pub fn from_f64(f: f64) -> Number {
        Number::from_float_text(f.is_sign_negative(), f.is_nan(), f.is_infinite(), &format!("{:e}", f.abs()))
    }

    /// Like [`Number::from_f64`] with the shortest digits of a single-precision number.
    pub fn from_f32(f: f32) -> Number {
        Number::from_float_text(f.is_sign_negative(), f.is_nan(), f.is_infinite(), &format!("{:e}", f.abs()))
    }

    fn from_float_text(neg: bool, nan: bool, infinite: bool, text: &str) -> Number {
        let kind = NumberKind::Float;
        if nan {
            return Number::nan(kind);
        }
        if infinite {
            return Number::infinity(neg, kind);
        }
        // Shortest digits: `D.DDDeX`, at most 17 of them.
        let (mantissa, exp) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let coeff = format!("{whole}{fraction}").parse().unwrap_or(0);
        let exp = exp.parse::<i32>().unwrap_or(0) - fraction.len() as i32;
        Number::small(kind, neg, coeff, exp)
    }

    /// `coeff × 10^exp`.
    pub fn from_parts(coeff: &BigInt, exp: i64, kind: NumberKind) -> Result<Number, NumberError> {
        let d = Decimal { neg: coeff.sign() == Sign::Minus, coeff: coeff.magnitude().clone(), exp };
        Ok(Number::from_decimal(d.checked()?, kind))
    }

    /// Not a number.
    pub fn nan(kind: NumberKind) -> Number {
        Number(Repr::NaN { kind })
    }

    /// Positive or negative infinity.
    pub fn infinity(neg: bool, kind: NumberKind) -> Number {
        Number(Repr::Infinity { kind, neg })
    }

    /// The kind.
    pub fn kind(&self) -> NumberKind {
        match self.0 {
            Repr::Small { kind, .. }
            | Repr::Big { kind, .. }
            | Repr::Infinity { kind, .. }
            | Repr::NaN { kind } => kind,
        }
    }

    /// The same value and digits with another kind.
    pub fn with_kind(&self, new: NumberKind) -> Number {
        let mut n = self.clone();
        match &mut n.0 {
            Repr::Small { kind, .. }
            | Repr::Big { kind, .. }
            | Repr::Infinity { kind, .. }
            | Repr::NaN { kind } => *kind = new,
        }
        n
    }

    /// Whether the kind is int.
    pub fn is_int(&self) -> bool {
        self.kind() == NumberKind::Int
    }

    /// Whether the value is NaN.
    pub fn is_nan(&self) -> bool {
        matches!(self.0, Repr::NaN { .. })
    }

    /// Whether the value is neither NaN nor infinite.
    pub fn is_finite(&self) -> bool {
        matches!(self.0, Repr::Small { .. } | Repr::Big { .. })
    }

    /// Whether the value is zero, of either sign.
    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small { coeff: [0, 0], .. })
    }

    /// Whether the sign is minus; true for negative zero.
    pub fn is_negative(&self) -> bool {
        match self.0 {
            Repr::Small { neg, .. } | Repr::Big { neg, .. } | Repr::Infinity { neg, .. } => neg,
            Repr::NaN { .. } => false,
        }
    }

    /// -1, 0 or 1. NaN counts as 1.
    pub fn signum(&self) -> i32 {
        match (self.is_zero(), self.is_negative()) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// The exponent of the last digit: `1.50` has -2. Zero for infinities and NaN.
    pub fn exponent(&self) -> i32 {
        match self.0 {
            Repr::Small { exp, .. } | Repr::Big { exp, .. } => exp,
            Repr::Infinity { .. } | Repr::NaN { .. } => 0,
        }
    }

    /// The digits as a whole number, without the sign. Zero for infinities and NaN.
    pub fn coefficient(&self) -> BigUint {
        match &self.0 {
            Repr::Small { coeff, .. } => BigUint::from(join(*coeff)),
            Repr::Big { coeff, .. } => (**coeff).clone(),
            Repr::Infinity { .. } | Repr::NaN { .. } => BigUint::zero(),
        }
    }

    /// Whether the value is a whole number, whatever the kind.
    pub fn is_integral(&self) -> bool {
        match &self.0 {
            Repr::Small { exp, .. } | Repr::Big { exp, .. } if *exp >= 0 => true,
            Repr::Small { exp, coeff, .. } => {
                let coeff = join(*coeff);
                coeff == 0
                    || 10u128.checked_pow(exp.unsigned_abs()).is_some_and(|unit| coeff.is_multiple_of(unit))
            }
            Repr::Big { .. } => self.to_decimal().is_some_and(|d| d.split_integral().1),
            Repr::Infinity { .. } | Repr::NaN { .. } => false,
        }
    }

    /// The value as a machine integer; `None` when it has a fraction or does not fit. Independent of kind.
    pub fn to_i64(&self) -> Option<i64> {
        let magnitude = i128::try_from(self.magnitude()?).ok()?;
        let value = if self.is_negative() { -magnitude } else { magnitude };
        i64::try_from(value).ok()
    }

    /// The value as a machine integer; `None` when it is negative, has a fraction or does not fit.
    pub fn to_u64(&self) -> Option<u64> {
        if self.is_negative() && !self.is_zero() {
            return None;
        }
        u64::try_from(self.magnitude()?).ok()
    }

    fn magnitude(&self) -> Option<u128> {
        let Repr::Small { exp, coeff, .. } = &self.0 else {
            return None;
        };
        let coeff = join(*coeff);
        if coeff == 0 {
            return Some(0);
        }
        let unit = 10u128.checked_pow(exp.unsigned_abs())?;
        if *exp >= 0 { coeff.checked_mul(unit) } else { coeff.is_multiple_of(unit).then(|| coeff / unit) }
    }

    /// The value as a big integer; `None` when it has a fraction. At most 100,001 digits more than the
    /// coefficient.
    pub fn to_bigint(&self) -> Option<BigInt> {
        let (whole, exact) = self.to_decimal()?.split_integral();
        if !exact {
            return None;
        }
        let sign = if whole.neg { Sign::Minus } else { Sign::Plus };
        let coeff = decimal::scale(&whole.coeff, whole.exp as u64);
        Some(BigInt::from_biguint(sign, coeff))
    }

    /// The nearest double; infinite beyond the largest, zero below the smallest.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::NaN { .. } => f64::NAN,
            Repr::Infinity { neg: true, .. } => f64::NEG_INFINITY,
            Repr::Infinity { neg: false, .. } => f64::INFINITY,
            Repr::Small { neg, exp: 0, coeff: [low, 0], .. } if *low < (1 << 53) => {
                let f = *low as f64;
                if *neg { -f } else { f }
            }
            _ => self.to_decimal().map_or(f64::NAN, |d| d.to_f64()),
        }
    }

    /// Order by value; ints and floats mix. NaN sorts after everything and equals itself, so that the order
    /// is total.
    pub fn cmp_value(&self, other: &Number) -> Ordering {
        let (a, b) = (self.signum(), other.signum());
        if self.is_nan() || other.is_nan() {
            return self.is_nan().cmp(&other.is_nan());
        }
        if a != b {
            return a.cmp(&b);
        }
        let order = self.cmp_magnitude(other);
        if a < 0 { order.reverse() } else { order }
    }

    fn cmp_magnitude(&self, other: &Number) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Infinity { .. }, Repr::Infinity { .. }) => Ordering::Equal,
            (Repr::Infinity { .. }, _) => Ordering::Greater,
            (_, Repr::Infinity { .. }) => Ordering::Less,
            (Repr::Small { exp: a, coeff: x, .. }, Repr::Small { exp: b, coeff: y, .. }) if a == b => {
                join(*x).cmp(&join(*y))
            }
            _ => decimal::cmp_magnitude(
                &self.coefficient(),
                i64::from(self.exponent()),
                &other.coefficient(),
                i64::from(other.exponent()),
            ),
        }
    }

    /// Whether the values are equal: the language's `==` on numbers (`1 == 1.0`).
    pub fn eq_value(&self, other: &Number) -> bool {
        self.cmp_value(other) == Ordering::Equal
    }

    /// Feeds `state` so that numbers equal by value hash alike, whatever their kind and digits.
    pub fn hash_value<H: Hasher>(&self, state: &mut H) {
        match self.to_decimal() {
            Some(d) => {
                let d = d.reduced();
                (d.neg, d.exp).hash(state);
                d.coeff.hash(state);
            }
            None => (self.is_nan(), self.is_negative()).hash(state),
        }
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (&self.0, &other.0) {
            (
                Repr::Small { kind: k1, neg: n1, exp: e1, coeff: c1 },
                Repr::Small { kind: k2, neg: n2, exp: e2, coeff: c2 },
            ) => (k1, n1, e1, c1) == (k2, n2, e2, c2),
            (
                Repr::Big { kind: k1, neg: n1, exp: e1, coeff: c1 },
                Repr::Big { kind: k2, neg: n2, exp: e2, coeff: c2 },
            ) => (k1, n1, e1) == (k2, n2, e2) && (Arc::ptr_eq(c1, c2) || c1 == c2),
            (Repr::Infinity { kind: k1, neg: n1 }, Repr::Infinity { kind: k2, neg: n2 }) => {
                (k1, n1) == (k2, n2)
            }
            (Repr::NaN { kind: k1 }, Repr::NaN { kind: k2 }) => k1 == k2,
            _ => false,
        }
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Small { kind, neg, exp, coeff } => (kind, neg, exp, coeff).hash(state),
            Repr::Big { kind, neg, exp, coeff } => (kind, neg, exp, coeff).hash(state),
            Repr::Infinity { kind, neg } => (kind, neg).hash(state),
            Repr::NaN { kind } => kind.hash(state),
        }
    }
}

impl From<i64> for Number {
    fn from(n: i64) -> Number {
        Number::from_i64(n)
    }
}

impl From<u64> for Number {
    fn from(n: u64) -> Number {
        Number::from_u64(n)
    }
}

impl From<usize> for Number {
    fn from(n: usize) -> Number {
        Number::from_u64(n as u64)
    }
}

impl From<BigInt> for Number {
    fn from(n: BigInt) -> Number {
        Number::from_bigint(&n)
    }
}
