//! Go's text forms of doubles (`strconv.FormatFloat`, `%v`) and its reader of doubles. Used by `strconv` and
//! `text/template`.

use std::fmt::Write;

/// Decimal digits of a positive number: `0.DDD × 10^point`, without trailing zeros; `0` has none.
struct Digits {
    digits: String,
    point: i32,
}

/// From the text of `{:e}`: `D.DDDe-5`.
fn digits_of(text: &str) -> Digits {
    let (mantissa, exp) = text.split_once('e').unwrap_or((text, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exp: i32 = exp.parse().unwrap_or(0);
    Digits { digits, point: exp + 1 }
}

/// The shortest digits that read back, in double or single precision.
fn shortest(f: f64, bits: u32) -> Digits {
    digits_of(&if bits == 32 { format!("{:e}", (f as f32).abs()) } else { format!("{:e}", f.abs()) })
}

/// Formats `f` as Go does with verb `verb` (`e E f g G b x X`), `precision` digits (negative: as few as read
/// back) and the given width of the type (32 or 64).
pub(crate) fn format_float(f: f64, verb: u8, precision: i64, bits: u32) -> String {
    let f = if bits == 32 { f64::from(f as f32) } else { f };
    if f.is_nan() {
        return "NaN".into();
    }
    if f.is_infinite() {
        return if f > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let sign = if f.is_sign_negative() { "-" } else { "" };
    let wanted = usize::try_from(precision).ok();
    let body = match verb {
        b'b' => binary(f, bits),
        b'x' | b'X' => hexadecimal(f, wanted, verb),
        b'e' | b'E' => exponential(f, wanted, verb, bits),
        b'f' => match wanted {
            Some(n) => format!("{:.n$}", f.abs()),
            None => plain(&shortest(f, bits)),
        },
        b'g' | b'G' => general(f, wanted, verb, bits),
        _ => return format!("%{}", verb as char),
    };
    format!("{sign}{body}")
}

fn exponential(f: f64, wanted: Option<usize>, verb: u8, bits: u32) -> String {
    let d = match wanted {
        Some(n) => digits_of(&format!("{:.n$e}", f.abs())),
        None => shortest(f, bits),
    };
    scientific(&d, verb)
}

/// `d.ddde±dd`, the exponent with at least two digits.
fn scientific(d: &Digits, verb: u8) -> String {
    let mut out = String::from(&d.digits[..1]);
    if d.digits.len() > 1 {
        out.push('.');
        out.push_str(&d.digits[1..]);
    }
    let zero = d.digits.bytes().all(|b| b == b'0');
    let exp = if zero { 0 } else { d.point - 1 };
    let sign = if exp < 0 { '-' } else { '+' };
    let _ = write!(out, "{}{sign}{:02}", verb as char, exp.unsigned_abs());
    out
}

fn plain(d: &Digits) -> String {
    let mut out = String::new();
    if d.point <= 0 {
        out.push('0');
    } else {
        let whole = d.point as usize;
        for i in 0..whole {
            out.push(d.digits.as_bytes().get(i).map_or('0', |b| *b as char));
        }
    }
    let zero = d.digits == "0";
    if !zero && (d.digits.len() as i32) > d.point {
        out.push('.');
        for _ in d.point..0 {
            out.push('0');
        }
        out.push_str(&d.digits[d.point.max(0) as usize..]);
    }
    out
}

fn general(f: f64, wanted: Option<usize>, verb: u8, bits: u32) -> String {
    let d = match wanted {
        Some(n) => digits_of(&format!("{:.*e}", n.max(1) - 1, f.abs())),
        None => shortest(f, bits),
    };
    let mut trimmed = d.digits.trim_end_matches('0').to_string();
    if trimmed.is_empty() {
        trimmed.push('0');
    }
    // The exponent from which on powers are used: 6 for shortest digits, the precision else.
    let mut limit = match wanted {
        None => 6,
        Some(n) => n.max(1) as i64,
    };
    if wanted.is_some() && limit > trimmed.len() as i64 && trimmed.len() as i64 >= i64::from(d.point) {
        limit = trimmed.len() as i64;
    }
    let exp = i64::from(d.point) - 1;
    let d = Digits { digits: trimmed, point: d.point };
    if f != 0.0 && (exp < -4 || exp >= limit) {
        return scientific(&d, verb - b'g' + b'e');
    }
    if f == 0.0 {
        return "0".into();
    }
    plain(&d)
}

/// Mantissa and exponent as they are stored: `f = mantissa × 2^exp`.
fn parts(f: f64, bits: u32) -> (u64, i32) {
    if bits == 32 {
        let raw = (f as f32).to_bits();
        let (exp, mantissa) = ((raw >> 23) & 0xFF, raw & 0x7F_FFFF);
        return if exp == 0 {
            (u64::from(mantissa), -149)
        } else {
            (u64::from(mantissa | 0x80_0000), exp as i32 - 150)
        };
    }
    let raw = f.to_bits();
    let (exp, mantissa) = ((raw >> 52) & 0x7FF, raw & 0xF_FFFF_FFFF_FFFF);
    if exp == 0 { (mantissa, -1074) } else { (mantissa | 0x10_0000_0000_0000, exp as i32 - 1075) }
}

fn binary(f: f64, bits: u32) -> String {
    let (mantissa, exp) = parts(f, bits);
    format!("{mantissa}p{exp:+}")
}

fn hexadecimal(f: f64, wanted: Option<usize>, verb: u8) -> String {
    let (mantissa, exp) = parts(f, 64);
    let mut mantissa = u128::from(mantissa);
    // The leading digit is one (zero for zero), with 52 bits after the point.
    let mut exp = if mantissa == 0 { 0 } else { exp + 52 };
    while mantissa != 0 && mantissa < 1 << 52 {
        mantissa <<= 1;
        exp -= 1;
    }
    if let Some(n) = wanted.filter(|&n| n < 13) {
        let drop = 4 * (13 - n as u32);
        let (rest, half) = (mantissa & ((1 << drop) - 1), 1u128 << (drop - 1));
        mantissa >>= drop;
        if rest > half || (rest == half && mantissa & 1 == 1) {
            mantissa += 1;
        }
        mantissa <<= drop;
        if mantissa >= 1 << 53 {
            mantissa >>= 1;
            exp += 1;
        }
    }
    let mut digits = format!("{:013x}", mantissa & ((1 << 52) - 1));
    match wanted {
        None => digits.truncate(digits.trim_end_matches('0').len()),
        Some(n) if n <= 13 => digits.truncate(n),
        Some(n) => digits.extend(std::iter::repeat_n('0', n - 13)),
    }
    let point = if digits.is_empty() { "" } else { "." };
    let sign = if exp < 0 { '-' } else { '+' };
    let text = format!("0x{}{point}{digits}p{sign}{:02}", mantissa >> 52, exp.unsigned_abs());
    if verb == b'X' { text.to_uppercase() } else { text }
}

/// What is wrong with the text of a double.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FloatError {
    Syntax,
    Range,
}

/// Reads a double as Go does: decimal or hexadecimal with `p`, underscores between digits, infinities and NaN
/// by name.
pub(crate) fn parse_float(text: &str, bits: i64) -> Result<f64, FloatError> {
    let (neg, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let sign = if neg { -1.0 } else { 1.0 };
    let lower = body.to_ascii_lowercase();
    match lower.as_str() {
        "inf" | "infinity" => return Ok(sign * f64::INFINITY),
        "nan" if body.len() == text.len() => return Ok(f64::NAN),
        _ => {}
    }
    let value = match lower.strip_prefix("0x") {
        Some(hex) => parse_hex(hex, bits == 32)?,
        None => parse_decimal(&lower, bits == 32)?,
    };
    if value.is_infinite() {
        return Err(FloatError::Range);
    }
    Ok(sign * value)
}

/// Digits with underscores removed; an underscore stands between digits only (`prefixed` counts as a digit).
fn without_underscores(text: &str, prefixed: bool) -> Result<String, FloatError> {
    let mut before = if prefixed { b'0' } else { b'.' };
    let bytes = text.as_bytes();
    for (i, &b) in bytes.iter().enumerate() {
        if b == b'_' {
            let after = bytes.get(i + 1).copied().unwrap_or(b'.');
            let digit = |b: u8| b.is_ascii_digit() || (prefixed && b.is_ascii_hexdigit());
            if !digit(before) || !digit(after) {
                return Err(FloatError::Syntax);
            }
        }
        before = b;
    }
    Ok(text.replace('_', ""))
}

fn parse_decimal(text: &str, single: bool) -> Result<f64, FloatError> {
    let clean = without_underscores(text, false)?;
    let valid = |b: u8| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'+' | b'-');
    if clean.is_empty() || !clean.bytes().all(valid) || clean.starts_with(['+', '-', 'e']) {
        return Err(FloatError::Syntax);
    }
    if single {
        let f: f32 = clean.parse().map_err(|_| FloatError::Syntax)?;
        return Ok(f64::from(f));
    }
    clean.parse().map_err(|_| FloatError::Syntax)
}

fn parse_hex(text: &str, single: bool) -> Result<f64, FloatError> {
    let clean = without_underscores(text, true)?;
    let (mantissa, exp) = clean.split_once('p').ok_or(FloatError::Syntax)?;
    let digits_of_exp = exp.strip_prefix(['+', '-']).unwrap_or(exp);
    if digits_of_exp.is_empty() || !digits_of_exp.bytes().all(|b| b.is_ascii_digit()) {
        return Err(FloatError::Syntax);
    }
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.len() + fraction.len() == 0 {
        return Err(FloatError::Syntax);
    }
    // 60 significant bits and one that says whether more follow decide the rounding.
    let mut value: u64 = 0;
    let mut sticky = false;
    let mut shift: i64 = 0;
    for (i, c) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(c.to_digit(16).ok_or(FloatError::Syntax)?);
        if value < 1 << 56 {
            value = value << 4 | digit;
            shift -= if i >= whole.len() { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            shift += if i >= whole.len() { 0 } else { 4 };
        }
    }
    let exp: i64 = exp.parse().unwrap_or(if exp.starts_with('-') { -100_000 } else { 100_000 });
    Ok(scale(value << 1 | u64::from(sticky), exp + shift - 1, single))
}

/// `n × 2^exp` rounded once, to even.
fn scale(n: u64, exp: i64, single: bool) -> f64 {
    if n == 0 {
        return 0.0;
    }
    let (precision, lowest, highest) = if single { (24, -149, 128) } else { (53, -1074, 1024) };
    let length = 64 - i64::from(n.leading_zeros());
    if exp + length > highest {
        return f64::INFINITY;
    }
    // Bits below the last one the type keeps are rounded away.
    let drop = (length - precision).max(lowest - exp);
    if drop <= 0 {
        return n as f64 * power_of_two(exp);
    }
    if drop > 64 {
        return 0.0;
    }
    let wide = u128::from(n);
    let (kept, rest, half) = (wide >> drop, wide & ((1 << drop) - 1), 1u128 << (drop - 1));
    let kept = kept + u128::from(rest > half || (rest == half && kept & 1 == 1));
    let value = kept as f64 * power_of_two(exp + drop);
    if single && value > f64::from(f32::MAX) { f64::INFINITY } else { value }
}

/// 2^exp in two factors, so that subnormal results are exact.
fn power_of_two(exp: i64) -> f64 {
    let exp = exp.clamp(-2000, 2000) as i32;
    2f64.powi(exp / 2) * 2f64.powi(exp - exp / 2)
}
