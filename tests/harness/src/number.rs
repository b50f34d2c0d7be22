//! Decimal texts compared by value, without loss: `1.0`, `1` and `10e-1` are equal.

/// Sign, digits without leading or trailing zeros, and the power of ten of the last digit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

/// Whether two decimal texts denote the same number. Texts that are not decimal numbers are equal if identical.
pub fn equal(a: &str, b: &str) -> bool {
    match (parse(a), parse(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn parse(text: &str) -> Option<Decimal> {
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], rest[at + 1..].parse::<i64>().ok()?),
        None => (rest, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let exponent = exponent.checked_sub(fraction.len() as i64)?;
    let leading = all.trim_start_matches('0');
    let digits = leading.trim_end_matches('0');
    if digits.is_empty() {
        return Some(Decimal { negative: false, digits: String::new(), exponent: 0 });
    }
    let exponent = exponent.checked_add((leading.len() - digits.len()) as i64)?;
    Some(Decimal { negative, digits: digits.to_owned(), exponent })
}

#[cfg(test)]
mod tests {
    use super::equal;

    #[test]
    fn by_value() {
        assert!(equal("1", "1.0"));
        assert!(equal("5.0E+11", "500000000000"));
        assert!(equal("-0.0", "0"));
        assert!(equal("0.10", "1e-1"));
        assert!(!equal("1", "-1"));
        assert!(!equal("10", "1"));
        assert!(!equal("0.6666666666666666666666666666666667", "0.66666666666666666666666666666666667"));
        assert!(equal("NaN", "NaN"));
        assert!(!equal("NaN", "1"));
    }
}
