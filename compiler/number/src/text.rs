//! The text forms. All follow the "scientific string" of the General Decimal Arithmetic specification: plain
//! digits when the exponent is at most zero and the number is not below 10^-6, else `d.ddd` and an exponent.

use std::fmt;

use crate::number::{Number, NumberKind, Repr, join};

/// Zeros are written out (`0.000`) down to this exponent, and as `0E-2001` below.
const LOWEST_PLAIN_ZERO: i64 = -2000;

/// The smallest power of ten of the first digit for which plain digits are used.
const LOWEST_PLAIN: i64 = -6;

impl Number {
    /// The form of JSON and of interpolation: `1.50`, `1E+3`, `1E-7`; a float whose digits look like an int
    /// stays bare (`10`). `NaN`, `Infinity` and `-Infinity` for what is not finite.
    pub fn to_json_text(&self) -> String {
        let mut out = String::new();
        self.write_scientific(&mut out, 'E');
        out
    }

    /// The form of CUE source: `1.50`, `1e+3`; a float that looks like an int gets `.0`.
    pub fn to_cue_text(&self) -> String {
        let mut out = String::new();
        self.write_scientific(&mut out, 'e');
        if self.wants_point(&out) {
            out.push_str(".0");
        }
        out
    }

    /// The form of YAML: as JSON, but a float that looks like an int gets a final point (`100.`), and an int with more
    /// digits than were kept has a small `e`.
    pub fn to_yaml_text(&self) -> String {
        let mut out = String::new();
        self.write_scientific(&mut out, if self.is_int() { 'e' } else { 'E' });
        if self.wants_point(&out) {
            out.push('.');
        }
        out
    }

    /// Plain digits without exponent: `1000`, `0.0000001`. Up to 100,000 zeros are written out.
    pub fn to_plain_text(&self) -> String {
        let mut out = String::new();
        match self.digits() {
            Some(digits) => {
                if self.is_negative() {
                    out.push('-');
                }
                write_plain(&mut out, &digits, i64::from(self.exponent()));
            }
            None => self.write_special(&mut out),
        }
        out
    }

    /// Whether a float's text would read back as an int.
    fn wants_point(&self, text: &str) -> bool {
        self.kind() == NumberKind::Float
            && (!self.is_finite() || !text.bytes().any(|b| matches!(b, b'e' | b'E' | b'.')))
    }

    fn digits(&self) -> Option<String> {
        match &self.0 {
            Repr::Small { coeff, .. } => Some(join(*coeff).to_string()),
            Repr::Big { coeff, .. } => Some(coeff.to_string()),
            Repr::Infinity { .. } | Repr::NaN { .. } => None,
        }
    }

    fn write_special(&self, out: &mut String) {
        out.push_str(match &self.0 {
            Repr::NaN { .. } => "NaN",
            Repr::Infinity { neg: true, .. } => "-Infinity",
            _ => "Infinity",
        });
    }

    fn write_scientific(&self, out: &mut String, letter: char) {
        let Some(digits) = self.digits() else {
            self.write_special(out);
            return;
        };
        if self.is_negative() {
            out.push('-');
        }
        let exp = i64::from(self.exponent());
        let mut width = digits.len() as i64;
        if digits == "0" && (LOWEST_PLAIN_ZERO..0).contains(&exp) {
            width -= exp;
        }
        if exp <= 0 && exp + width > LOWEST_PLAIN {
            write_plain(out, &digits, exp);
            return;
        }
        out.push_str(&digits[..1]);
        if digits.len() > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        let adjusted = exp + digits.len() as i64 - 1;
        out.push(letter);
        out.push(if adjusted < 0 { '-' } else { '+' });
        out.push_str(&adjusted.unsigned_abs().to_string());
    }
}

fn write_plain(out: &mut String, digits: &str, exp: i64) {
    let zeros = |out: &mut String, n: usize| out.extend(std::iter::repeat_n('0', n));
    if exp >= 0 {
        out.push_str(digits);
        if digits != "0" {
            zeros(out, exp as usize);
        }
        return;
    }
    let below = exp.unsigned_abs() as usize;
    if below >= digits.len() {
        out.push_str("0.");
        zeros(out, below - digits.len());
        out.push_str(digits);
    } else {
        let point = digits.len() - below;
        out.push_str(&digits[..point]);
        out.push('.');
        out.push_str(&digits[point..]);
    }
}

/// The form of [`Number::to_json_text`].
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json_text())
    }
}

/// The form of [`Number::to_cue_text`].
impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_cue_text())
    }
}
