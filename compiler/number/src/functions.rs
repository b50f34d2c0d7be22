//! Rounding to integers, roots, logarithms and powers at 34 digits: what the builtin package `math` computes
//! in decimals. Every result is correctly rounded from a longer one, with as many digits as upstream keeps.

use std::cmp::Ordering;

use num_traits::One;

use crate::decimal::{self, Context, Decimal};
use crate::number::{Number, NumberKind};
use crate::{NumberError, Rounding};

/// ln 10, to more digits than any caller works with.
const LN_10: &str =
    "2302585092994045684017991454684364207601101488628772976033327900967572609677352480235997205";

/// Digits of [`LN_10`] after the point.
const LN_10_SCALE: i64 = 90;

/// 1 / ln 10.
const INV_LN_10: &str = "4342944819032518276511289189166050822943970058036665661144537831";

/// Digits of [`INV_LN_10`] after the point.
const INV_LN_10_SCALE: i64 = 64;

/// Extra digits carried through series and iterations.
const GUARD: u32 = 16;

fn constant(digits: &str, scale: i64) -> Decimal {
    Decimal { neg: false, coeff: digits.parse().unwrap_or_default(), exp: -scale }
}

impl Number {
    /// The kind rule of decimal results: a whole value becomes an int with exponent zero, another one a float.
    /// What is not finite counts as whole.
    pub fn kind_by_value(self) -> Number {
        if self.is_integral() || !self.is_finite() {
            self.round_to_integral(Rounding::HalfUp)
        } else {
            self.with_kind(NumberKind::Float)
        }
    }

    /// The nearest whole number, an int with exponent zero (up to 100,001 digits). Infinities and NaN stay.
    pub fn round_to_integral(&self, rounding: Rounding) -> Number {
        match self.to_decimal() {
            Some(d) if d.exp == 0 => self.with_kind(NumberKind::Int),
            Some(d) => Number::from_decimal(d.to_integral(rounding), NumberKind::Int),
            None => self.with_kind(NumberKind::Int),
        }
    }

    /// The largest whole number not above the value, as an int. Exact, unlike the builtin `math.Floor`, which
    /// gives 0 beyond 34 digits.
    pub fn floor(&self) -> Number {
        self.toward(true)
    }

    /// The smallest whole number not below the value, as an int.
    pub fn ceil(&self) -> Number {
        self.toward(false)
    }

    fn toward(&self, down: bool) -> Number {
        let whole = self.round_to_integral(Rounding::Down);
        if self.is_integral() || !self.is_finite() || self.is_negative() != down {
            return whole;
        }
        let step = num_bigint::BigInt::from(if down { -1 } else { 1 });
        whole.to_bigint().map_or(whole, |n| Number::from_bigint(&(n + step)))
    }

    /// The value without its fraction, as an int.
    pub fn trunc(&self) -> Number {
        self.round_to_integral(Rounding::Down)
    }

    /// The value rounded to 34 digits, half away from zero.
    pub fn rounded(&self) -> Result<Number, NumberError> {
        match self.to_decimal() {
            Some(d) => Ok(Number::from_decimal(d.rounded(Context::BASE)?, self.kind())),
            None => Ok(self.clone()),
        }
    }

    /// The cube root, with 34 digits.
    pub fn cbrt(&self) -> Result<Number, NumberError> {
        let Some(d) = self.to_decimal() else {
            return Ok(self.clone());
        };
        if d.is_zero() {
            return Ok(Number::from_decimal(Decimal { exp: d.exp / 3, ..d }, NumberKind::Float));
        }
        // A coefficient of three times the digits gives a root with the digits asked for and two more.
        let wanted = 3 * (u64::from(crate::PRECISION) + 2);
        let mut up = wanted.saturating_sub(d.digits()) as i64;
        up += (d.exp - up).rem_euclid(3);
        let scaled = decimal::scale(&d.coeff, up as u64);
        let root = scaled.cbrt();
        // A last digit that says whether the root goes on makes the rounding below correct.
        let goes_on = &root * &root * &root != scaled;
        let root =
            Decimal { neg: d.neg, coeff: root * 10u32 + u32::from(goes_on), exp: (d.exp - up) / 3 - 1 };
        Ok(Number::from_decimal(root.rounded(Context::BASE)?, NumberKind::Float))
    }

    /// e to the power of the value, with 34 digits.
    pub fn exp(&self) -> Result<Number, NumberError> {
        let kind = NumberKind::Float;
        match self.to_decimal() {
            Some(d) => Ok(Number::from_decimal(exp(&d, crate::PRECISION)?, kind)),
            None if self.is_nan() => Ok(self.clone()),
            None if self.is_negative() => Ok(Number::small(kind, false, 0, 0)),
            None => Ok(Number::infinity(false, kind)),
        }
    }

    /// The natural logarithm, with 34 digits. `-Infinity` for zero; negative values are an invalid operation.
    pub fn ln(&self) -> Result<Number, NumberError> {
        self.logarithm(|d| ln(d, Context::BASE))
    }

    /// The logarithm to base 10: the natural one at 36 digits times 1/ln 10.
    pub fn log10(&self) -> Result<Number, NumberError> {
        self.logarithm(|d| {
            let wide = Context::new(crate::PRECISION + 2, Rounding::HalfEven);
            let narrow = Context::new(crate::PRECISION, Rounding::HalfEven);
            ln(d, wide)?.mul(&constant(INV_LN_10, INV_LN_10_SCALE), narrow)
        })
    }

    fn logarithm(
        &self,
        of: impl FnOnce(&Decimal) -> Result<Decimal, NumberError>,
    ) -> Result<Number, NumberError> {
        let kind = NumberKind::Float;
        match self.to_decimal() {
            _ if self.is_nan() => Ok(self.clone()),
            _ if self.signum() < 0 => Err(NumberError::InvalidOperation),
            None => Ok(Number::infinity(false, kind)),
            Some(d) if d.is_zero() => Ok(Number::infinity(true, kind)),
            Some(d) if d.cmp_value(&Decimal::one()) == Ordering::Equal => {
                Ok(Number::small(kind, false, 0, 0))
            }
            Some(d) => Ok(Number::from_decimal(of(&d)?, kind)),
        }
    }

    /// The value to the power of `y`, rounded to 34 digits.
    pub fn pow(&self, y: &Number) -> Result<Number, NumberError> {
        let kind = NumberKind::Float;
        if self.is_nan() || y.is_nan() {
            return Ok(Number::nan(kind));
        }
        let y_whole = !y.is_finite() || y.is_integral();
        let odd = y.exponent() <= 0 && y.is_finite() && y.to_bigint().is_some_and(|n| n.bit(0));
        let neg = self.is_negative() && odd;
        let x = match self.to_decimal() {
            Some(x) if !x.is_zero() => x,
            zero_or_infinite => {
                return match (zero_or_infinite.is_some(), y.signum()) {
                    (true, 0) => Err(NumberError::InvalidOperation),
                    (false, 0) => Ok(Number::small(kind, false, 1, 0)),
                    (false, _) if self.is_negative() && (!y.is_finite() || !y_whole) => {
                        Err(NumberError::InvalidOperation)
                    }
                    (true, 1) | (false, -1) => Ok(Number::small(kind, neg, 0, 0)),
                    _ => Ok(Number::infinity(neg, kind)),
                };
            }
        };
        if y.is_zero() {
            return Ok(Number::small(kind, false, 1, 0));
        }
        if x.neg && !y_whole {
            return Err(NumberError::InvalidOperation);
        }
        let Some(y_value) = y.to_decimal() else {
            return infinite_power(&x, y.is_negative());
        };
        let digits = (x.digits() as u32).max(crate::PRECISION) + 10;
        let wide = Context::new(digits, Rounding::HalfUp);
        let (whole, exact) = y_value.split_integral();
        let power = integer_power(&x, &whole.to_integral(Rounding::Down), wide)?;
        if exact {
            return Ok(Number::from_decimal(power.rounded(Context::BASE)?, kind));
        }
        let exponent = ln_or_zero(&x.abs(), wide)?.mul(&y_value.fraction(), wide)?;
        let rest = exp(&exponent, digits)?;
        let mut result = power.mul(&rest, wide)?.rounded(Context::BASE)?;
        result.neg = neg;
        Ok(Number::from_decimal(result, kind))
    }
}

/// `x` to an infinite power.
fn infinite_power(x: &Decimal, negative: bool) -> Result<Number, NumberError> {
    let kind = NumberKind::Float;
    match x.cmp_abs(&Decimal::one()) {
        Ordering::Equal => Ok(Number::small(kind, false, 1, 0)),
        Ordering::Greater if !negative => Ok(Number::infinity(false, kind)),
        Ordering::Less if negative => Ok(Number::infinity(false, kind)),
        _ => Ok(Number::small(kind, false, 0, 0)),
    }
}

/// `x^n` for a whole `n`, by squaring, each product rounded to the context.
fn integer_power(x: &Decimal, n: &Decimal, c: Context) -> Result<Decimal, NumberError> {
    let mut result = Decimal::one();
    let mut square = x.clone();
    let bits = n.coeff.bits();
    for bit in 0..bits {
        if n.coeff.bit(bit) {
            result = result.mul(&square, c)?;
        }
        // The square after the last bit could overflow without being needed.
        if bit + 1 < bits {
            square = square.mul(&square, c)?;
        }
    }
    if n.neg {
        result = Decimal::one().quo(&result, c)?;
    }
    Ok(result)
}

/// e^x rounded half even to `precision` digits.
fn exp(x: &Decimal, precision: u32) -> Result<Decimal, NumberError> {
    if x.is_zero() {
        return Ok(Decimal::one());
    }
    // The largest argument grows with the precision upstream works at: 23 times it, up to 23,000.
    let magnitude = x.abs().to_f64();
    let mut reach = precision;
    let needed = magnitude / 23.0;
    if needed > f64::from(precision) && needed < 1000.0 {
        reach = needed.ceil() as u32;
    }
    if x.cmp_abs(&Decimal::new(u64::from(reach) * 23, 0)) == Ordering::Greater {
        return Err(if x.neg { NumberError::Underflow } else { NumberError::Overflow });
    }
    if x.cmp_abs(&Decimal::new(9, -i64::from(reach) - 1)) != Ordering::Greater {
        return Ok(Decimal::one());
    }
    exp_wide(x, precision + GUARD)?.rounded(Context::new(precision, Rounding::HalfEven))
}

/// e^x with about `digits` correct digits, for |x| up to 23,000: halve the argument until the series is short,
/// then square the result back.
fn exp_wide(x: &Decimal, digits: u32) -> Result<Decimal, NumberError> {
    let first = x.adjusted();
    let halvings = if first < -3 { 0 } else { ((first + 4) as u32) * 4 + 4 };
    // Each squaring doubles the relative error.
    let c = Context::new(digits + halvings / 3 + 2, Rounding::HalfEven);
    let divisor = Decimal { neg: false, coeff: num_bigint::BigUint::one() << halvings, exp: 0 };
    let r = x.quo(&divisor, c)?;
    let mut sum = Decimal::one();
    let mut term = Decimal::one();
    for i in 1..=1000u64 {
        term = term.mul(&r, c)?.quo(&Decimal::new(i, 0), c)?;
        if term.is_zero() || term.adjusted() < -i64::from(c.precision) - 1 {
            break;
        }
        sum = sum.add(&term, false, c)?;
    }
    for _ in 0..halvings {
        sum = sum.mul(&sum, c)?;
    }
    Ok(sum)
}

fn ln_or_zero(x: &Decimal, c: Context) -> Result<Decimal, NumberError> {
    if x.cmp_value(&Decimal::one()) == Ordering::Equal {
        return Ok(Decimal::new(0, 0));
    }
    ln(x, c)
}

/// The natural logarithm of a positive `x` other than 1, rounded to the context.
fn ln(x: &Decimal, c: Context) -> Result<Decimal, NumberError> {
    let wide = Context::new(c.precision + GUARD, Rounding::HalfEven);
    // Long coefficients would slow every step; two more digits than the working precision decide the result.
    let x = &x.clone().rounded(Context::new(wide.precision + 2 + leading_like_one(x), Rounding::HalfEven))?;
    if let Some(near) = ln_near_one(x, wide)? {
        return near.rounded(c);
    }
    let shift = x.exp + x.digits() as i64;
    let y = Decimal { neg: false, coeff: x.coeff.clone(), exp: x.exp - shift };
    let base = match ln_near_one(&y, wide)? {
        Some(near) => near,
        None => ln_iterated(&y, wide)?,
    };
    let tens = Decimal { neg: shift < 0, coeff: num_bigint::BigUint::from(shift.unsigned_abs()), exp: 0 };
    let adjusted = tens.mul(&ln_10(wide)?, wide)?;
    base.add(&adjusted, false, wide)?.rounded(c)
}

/// How many digits `x` shares with 1, roughly: they cancel in `x - 1`.
fn leading_like_one(x: &Decimal) -> u32 {
    let digits = x.digits();
    if digits < 2 {
        return 0;
    }
    let text = x.coeff.to_string();
    let bytes = text.as_bytes();
    let same = if bytes[0] == b'1' { b'0' } else { b'9' };
    bytes[1..].iter().take_while(|&&b| b == same).count() as u32 + 1
}

/// ln 10 to the context's precision.
fn ln_10(c: Context) -> Result<Decimal, NumberError> {
    if u64::from(c.precision) < LN_10.len() as u64 - 2 {
        return constant(LN_10, LN_10_SCALE).rounded(c);
    }
    ln_iterated(&Decimal::new(1, -1), c).map(Decimal::negated)
}

/// The series `2 atanh((x-1)/(x+1))`, exact in relative terms; `None` unless |x-1| <= 0.1.
fn ln_near_one(x: &Decimal, c: Context) -> Result<Option<Decimal>, NumberError> {
    let exact = Context::new(x.digits() as u32 + 4, Rounding::HalfEven);
    let delta = match x.add(&Decimal::one(), true, exact) {
        Ok(delta) if delta.cmp_abs(&Decimal::new(1, -1)) != Ordering::Greater => delta,
        _ => return Ok(None),
    };
    let z = delta.quo(&x.add(&Decimal::one(), false, exact)?, c)?;
    let square = z.mul(&z, c)?;
    let mut power = z.add(&z, false, c)?;
    let mut sum = power.clone();
    for n in 1..=1000u64 {
        power = power.mul(&square, c)?;
        let term = power.quo(&Decimal::new(2 * n + 1, 0), c)?;
        if term.is_zero() || term.adjusted() < sum.adjusted() - i64::from(c.precision) - 1 {
            break;
        }
        sum = sum.add(&term, false, c)?;
    }
    Ok(Some(sum))
}

/// Halley's iteration from a double's logarithm; each step triples the correct digits. `x` in [0.1, 1).
fn ln_iterated(x: &Decimal, c: Context) -> Result<Decimal, NumberError> {
    let mut y = f64_decimal(x.to_f64().ln());
    let mut correct = 15;
    while correct < c.precision + 2 {
        correct *= 3;
        let e = exp_wide(&y, c.precision + 2)?;
        let step = x.add(&e, true, c)?.quo(&x.add(&e, false, c)?, c)?;
        let step = step.add(&step, false, c)?;
        y = y.add(&step, false, c)?;
    }
    Ok(y)
}

fn f64_decimal(f: f64) -> Decimal {
    Number::from_f64(f).to_decimal().unwrap_or_else(|| Decimal::new(0, 0))
}
