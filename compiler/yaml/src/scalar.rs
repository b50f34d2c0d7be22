//! Which value a plain scalar has. The rules are those of go-yaml, which the reference and Kubernetes' tools use:
//! YAML 1.2's words for null and bool, YAML 1.1's numbers with `_` and leading zeros.

/// The type that a plain text resolves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolved {
    Null,
    Bool,
    Int,
    Float,
    /// `.inf` and its spellings, `.nan`.
    Special,
    Timestamp,
    Str,
}

/// What go-yaml makes of a plain text.
pub(crate) fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return Resolved::Bool,
        ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf"
        | "-.Inf" | "-.INF" => return Resolved::Special,
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'.') if is_dot_float(text) => Resolved::Float,
        Some(b'0'..=b'9' | b'+' | b'-') => {
            if is_timestamp(text) {
                return Resolved::Timestamp;
            }
            let plain: std::borrow::Cow<'_, str> =
                if text.contains('_') { text.replace('_', "").into() } else { text.into() };
            if is_int64(&plain) {
                Resolved::Int
            } else if is_float(&plain) {
                Resolved::Float
            } else {
                Resolved::Str
            }
        }
        _ => Resolved::Str,
    }
}

/// An integer of any base that fits 64 bits, signed or, without sign, unsigned.
fn is_int64(text: &str) -> bool {
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'+') => (Some(false), &text[1..]),
        Some(b'-') => (Some(true), &text[1..]),
        _ => (None, text),
    };
    let (base, digits, prefixed) = match digits.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..], true),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..], true),
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..], true),
        [b'0'] => return true,
        [b'0', _, ..] => (8, &digits[1..], false),
        _ => (10, digits, false),
    };
    // `0b` and `0o` may have the sign behind the prefix.
    let (sign, digits) = match digits.as_bytes().first() {
        Some(c @ (b'+' | b'-')) if prefixed && base != 16 && sign.is_none() => {
            (Some(*c == b'-'), &digits[1..])
        }
        _ => (sign, digits),
    };
    if digits.is_empty() || !digits.bytes().all(|b| (b as char).is_digit(base)) {
        return false;
    }
    let limit = match sign {
        None => u128::from(u64::MAX),
        Some(false) => (1 << 63) - 1,
        Some(true) => 1 << 63,
    };
    let digits = digits.trim_start_matches('0');
    digits.len() <= 64 && (digits.is_empty() || u128::from_str_radix(digits, base).is_ok_and(|n| n <= limit))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?` that a double can hold.
fn is_float(text: &str) -> bool {
    let s = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match s.find(['e', 'E']) {
        Some(at) => (&s[..at], Some(&s[at + 1..])),
        None => (s, None),
    };
    let all_digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => all_digits(fraction),
        Some((whole, fraction)) => all_digits(whole) && (fraction.is_empty() || all_digits(fraction)),
        None => all_digits(mantissa),
    };
    let exponent_fits = exponent.is_none_or(|e| all_digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    mantissa_fits && exponent_fits && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// A number that starts with its point; underscores only between digits.
fn is_dot_float(text: &str) -> bool {
    let bytes = text.as_bytes();
    let between = bytes.iter().enumerate().all(|(i, b)| {
        *b != b'_'
            || (i > 0 && bytes[i - 1].is_ascii_digit() && bytes.get(i + 1).is_some_and(u8::is_ascii_digit))
    });
    between && is_float(&text.replace('_', ""))
}

/// A date, or date and time, in the forms go-yaml knows: `2006-1-2`, `2006-1-2T15:4:5.9Z`, also with `t` and offset,
/// or with a space and without zone.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let Some((date, rest)) = take_date(text) else { return false };
    let (year, month, day) = date;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    if day == 0 || day > days {
        return false;
    }
    match rest.as_bytes().first() {
        None => true,
        Some(b'T' | b't') => take_time(&rest[1..]).is_some_and(is_zone),
        // A layout's space also matches several.
        Some(b' ') => take_time(rest.trim_start_matches(' ')) == Some(""),
        Some(_) => false,
    }
}

fn take_date(text: &str) -> Option<((u32, u32, u32), &str)> {
    let b = text.as_bytes();
    if b.len() < 8 || !b[..4].iter().all(u8::is_ascii_digit) || b[4] != b'-' {
        return None;
    }
    let year = text[..4].parse().ok()?;
    let (month, rest) = take_number(&text[5..])?;
    let (day, rest) = take_number(rest.strip_prefix('-')?)?;
    Some(((year, month, day), rest))
}

/// One or two digits.
fn take_number(text: &str) -> Option<(u32, &str)> {
    let len = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    Some((text[..len].parse().ok()?, &text[len..]))
}

/// `15:4:5` with an optional fraction; the rest.
fn take_time(text: &str) -> Option<&str> {
    let (hour, rest) = take_number(text)?;
    let (minute, rest) = take_number(rest.strip_prefix(':')?)?;
    let (second, rest) = take_number(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let Some(fraction) = rest.strip_prefix(['.', ',']) else { return Some(rest) };
    let len = fraction.bytes().take_while(u8::is_ascii_digit).count();
    if len == 0 { Some(rest) } else { Some(&fraction[len..]) }
}

/// `Z` or `±hh:mm`.
fn is_zone(text: &str) -> bool {
    if text == "Z" {
        return true;
    }
    let b = text.as_bytes();
    b.len() == 6
        && matches!(b[0], b'+' | b'-')
        && b[3] == b':'
        && [1, 2, 4, 5].iter().all(|i| b[*i].is_ascii_digit())
        && text[1..3].parse::<u32>().is_ok_and(|h| h <= 24)
        && text[4..].parse::<u32>().is_ok_and(|m| m < 60)
}

/// Digits with a leading zero that are no octal number: text to most readers.
pub(crate) fn is_false_octal(text: &str) -> bool {
    let s = text.strip_prefix(['+', '-']).unwrap_or(text);
    s.len() > 1 && s.starts_with('0') && s.bytes().all(|b| b.is_ascii_digit() || b == b'_')
}

/// The number literal of the language for a YAML number: `017` is `0o17`.
pub(crate) fn literal(text: &str) -> std::borrow::Cow<'_, str> {
    match text.as_bytes() {
        [b'0', b'0'..=b'9', ..] => format!("0o{}", &text[1..]).into(),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars() {
        use Resolved::*;
        for (kind, texts) in [
            (Null, &["", "~", "null", "Null", "NULL"][..]),
            (Bool, &["true", "True", "FALSE"]),
            (
                Int,
                &[
                    "0", "-0", "+5", "017", "-017", "0o17", "0x1F", "0X1f", "0b101", "-0b1", "1_0", "1__0",
                    "1_", "0_7",
                ],
            ),
            (
                Int,
                &[
                    "18446744073709551615",
                    "-9223372036854775808",
                    "0b-1",
                    "00",
                    "0o0000000000000000000000000017",
                ],
            ),
            (Float, &["1e3", "1.", ".5", "-.5", "+.5", "1_000.5", "1_0e1_0", ".5_0", "08", "019", "00.5"]),
            (Float, &["18446744073709551616", "-9223372036854775809", "1.5E-7"]),
            (Special, &[".inf", "-.INF", "+.Inf", ".NaN"]),
            (Timestamp, &["2020-01-01", "2020-1-1", "2020-01-01T1:2:3Z", "2020-01-01t10:20:30.5+01:00"]),
            (Timestamp, &["2020-02-29", "2020-01-01 10:20:30.1"]),
            (
                Str,
                &[
                    "nUll", "yes", "on", "y", "tRue", "1e", "1e400", "0x", "0o8", "0xzz", "1 2", "12:30",
                    "_1", ".",
                ],
            ),
            (
                Str,
                &[
                    ".Nan",
                    "._5",
                    ".5_",
                    "=",
                    "<<",
                    "2020-13-01",
                    "2019-02-29",
                    "2020-01-01 10:20:30Z",
                    "1.2.3",
                    "-",
                ],
            ),
            (Str, &["+", "0b2", "--1", "+-1", "é", "0x_", "2020-01-01T10:20:30"]),
        ] {
            for text in texts {
                assert_eq!(resolve(text), kind, "{text:?}");
            }
        }
    }
}
