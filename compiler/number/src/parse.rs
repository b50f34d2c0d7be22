//! Number literals of the language and of JSON.

use num_bigint::BigUint;
use num_traits::Num;

use crate::decimal::{Context, Decimal};
use crate::number::{Number, NumberKind};
use crate::{MAX_EXPONENT, NumberError, Rounding};

/// Longest run of hexadecimal, octal or binary digits looked at: more than 10^100000 has in binary.
const MAX_RADIX_DIGITS: usize = 400_000;

/// A literal taken apart, before any arithmetic.
#[derive(Default)]
struct Scanned {
    neg: bool,
    /// All digits of the mantissa, without point and separators.
    digits: String,
    /// How many of them stand after the point.
    fraction: usize,
    exponent: Option<String>,
    float: bool,
    /// Base and power of a multiplier: `Ki` is (1024, 1).
    multiplier: Option<(u64, u32)>,
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    bad_separator: bool,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, accept: &[u8]) -> Option<u8> {
        let b = self.peek().filter(|b| accept.contains(b))?;
        self.at += 1;
        Some(b)
    }

    /// Reads digits and separators into `out`; whether there was a digit. A separator stands between
    /// digits or before the first, never twice and never last.
    fn digits(&mut self, base: u32, out: &mut String) -> bool {
        let (mut seen, mut separator) = (false, false);
        while let Some(b) = self.peek() {
            if b == b'_' {
                self.bad_separator |= separator;
                separator = true;
            } else if (b as char).is_digit(base) {
                out.push(b as char);
                seen = true;
                separator = false;
            } else {
                break;
            }
            self.at += 1;
        }
        self.bad_separator |= separator;
        seen
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, NumberError> {
        Err(NumberError::Syntax { what, text: Some(self.text.into()) })
    }

    fn finish(&self) -> Result<(), NumberError> {
        if self.bad_separator {
            return Err(NumberError::Syntax { what: "illegal '_' in number", text: None });
        }
        Ok(())
    }
}

impl Number {
    /// Reads a number literal: `1_000`, `0x1F`, `0o17`, `0b1`, `1.5Ki`, `2M`, `.5`, `1.`, `1e3`, with an
    /// optional sign. The whole text must be the literal. Literals keep all their digits.
    pub fn parse_literal(text: &str) -> Result<Number, NumberError> {
        let mut s = Scanner { text, at: 0, bad_separator: false };
        if text.is_empty() {
            return s.fail("invalid number");
        }
        let mut lit = Scanned { neg: s.eat(b"+-") == Some(b'-'), ..Scanned::default() };
        if s.eat(b".").is_some() {
            lit.float = true;
            if !s.digits(10, &mut lit.digits) {
                return s.fail("illegal fraction");
            }
            lit.fraction = lit.digits.len();
        } else if s.eat(b"0").is_some() {
            lit.digits.push('0');
            if let Some(letter) = s.eat(b"xXbo") {
                return radix(&mut s, letter, lit.neg);
            }
            let more = s.digits(10, &mut lit.digits);
            match s.peek() {
                Some(b'e' | b'E' | b'.') => {}
                _ if more => return s.fail("illegal integer number"),
                None | Some(b'K' | b'M' | b'G' | b'T' | b'P') => {}
                Some(_) => return s.fail("illegal number"),
            }
            fraction(&mut s, &mut lit);
        } else {
            if !s.digits(10, &mut lit.digits) {
                return s.fail("illegal number start");
            }
            fraction(&mut s, &mut lit);
        }
        suffix(&mut s, &mut lit)?;
        if s.at < text.len() {
            return s.fail("illegal number");
        }
        let number = assemble(&lit)?;
        s.finish()?;
        Ok(number)
    }

    /// Reads a number in JSON's grammar; one with `.` or an exponent is a float. The sign of zero is dropped,
    /// as negating a literal does.
    pub fn from_json_text(text: &str) -> Result<Number, NumberError> {
        let bytes = text.as_bytes();
        let neg = bytes.first() == Some(&b'-');
        let mut at = usize::from(neg);
        let run = |at: &mut usize| {
            let start = *at;
            while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            &text[start..*at]
        };
        let invalid = || Err(NumberError::Syntax { what: "invalid number", text: Some(text.into()) });
        let mut lit = Scanned { neg, ..Scanned::default() };
        let whole = run(&mut at);
        if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
            return invalid();
        }
        lit.digits.push_str(whole);
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            lit.float = true;
            let fraction = run(&mut at);
            if fraction.is_empty() {
                return invalid();
            }
            lit.digits.push_str(fraction);
            lit.fraction = fraction.len();
        }
        if matches!(bytes.get(at), Some(b'e' | b'E')) {
            at += 1;
            lit.float = true;
            let sign = matches!(bytes.get(at), Some(b'+' | b'-')).then(|| bytes[at] as char);
            at += usize::from(sign.is_some());
            let digits = run(&mut at);
            if digits.is_empty() {
                return invalid();
            }
            lit.exponent = Some(sign.into_iter().chain(digits.chars()).collect());
        }
        if at != text.len() {
            return invalid();
        }
        let number = assemble(&lit)?;
        Ok(if number.is_zero() && neg { number.neg() } else { number })
    }
}

fn fraction(s: &mut Scanner<'_>, lit: &mut Scanned) {
    if s.eat(b".").is_some() {
        lit.float = true;
        let before = lit.digits.len();
        s.digits(10, &mut lit.digits);
        lit.fraction = lit.digits.len() - before;
    }
}

fn suffix(s: &mut Scanner<'_>, lit: &mut Scanned) -> Result<(), NumberError> {
    if let Some(letter) = s.eat(b"KMGTP") {
        let power = b"KMGTP".iter().position(|&b| b == letter).unwrap_or(0) as u32 + 1;
        let base = if s.eat(b"i").is_some() { 1024 } else { 1000 };
        lit.multiplier = Some((base, power));
        lit.float = false;
        if s.at < s.text.len() {
            return s.fail("illegal trailing characters in number");
        }
    } else if s.eat(b"eE").is_some() {
        lit.float = true;
        let mut exponent: String = s.eat(b"+-").map(char::from).into_iter().collect();
        if !s.digits(10, &mut exponent) {
            return s.fail("illegal exponent");
        }
        lit.exponent = Some(exponent);
    }
    Ok(())
}

fn radix(s: &mut Scanner<'_>, letter: u8, neg: bool) -> Result<Number, NumberError> {
    let (base, illegal) = match letter {
        b'b' => (2, "illegal binary number"),
        b'o' => (8, "illegal octal number"),
        _ => (16, "illegal hexadecimal number"),
    };
    let mut digits = String::new();
    if !s.digits(base, &mut digits) {
        return s.fail(illegal);
    }
    if s.at < s.text.len() {
        return s.fail("illegal number");
    }
    s.finish()?;
    if digits.len() > MAX_RADIX_DIGITS {
        return Err(NumberError::ExponentOutOfRange);
    }
    let coeff = BigUint::from_str_radix(&digits, base).unwrap_or_default();
    let d = Decimal { neg, coeff, exp: 0 };
    Ok(Number::from_decimal(d.checked()?, NumberKind::Int))
}

fn assemble(lit: &Scanned) -> Result<Number, NumberError> {
    let kind = if lit.float { NumberKind::Float } else { NumberKind::Int };
    let exponent = match &lit.exponent {
        None => 0,
        Some(text) => text
            .parse::<i64>()
            .ok()
            .filter(|e| e.abs() <= MAX_EXPONENT)
            .ok_or(NumberError::ExponentOutOfRange)?,
    };
    let significant = lit.digits.trim_start_matches('0');
    if significant.len() as i64 > MAX_EXPONENT + 1 {
        return Err(NumberError::ExponentOutOfRange);
    }
    let exp = exponent - lit.fraction as i64;
    if let (Ok(coeff), None) = (short(significant), lit.multiplier)
        && exp.abs() < MAX_EXPONENT - 40
    {
        return Ok(Number::small(kind, lit.neg, coeff, exp as i32));
    }
    let mut d = Decimal { neg: lit.neg, coeff: significant.parse().unwrap_or_default(), exp }.checked()?;
    if let Some((base, power)) = lit.multiplier {
        let factor = Decimal { neg: false, coeff: BigUint::from(base).pow(power), exp: 0 };
        d = d.mul(&factor, Context::BASE)?;
        if !d.split_integral().1 {
            return Err(NumberError::NotInt);
        }
        d = d.to_integral(Rounding::HalfUp);
    }
    Ok(Number::from_decimal(d, kind))
}

fn short(digits: &str) -> Result<u128, ()> {
    match digits.len() {
        0 => Ok(0),
        1..=38 => digits.parse().map_err(|_| ()),
        _ => Err(()),
    }
}
