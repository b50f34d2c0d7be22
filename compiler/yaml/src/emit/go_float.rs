//! Doubles as Go writes them, for output that went through Go's JSON and go-yaml.

/// The shortest digits of a finite double, without point, and the power of ten of the first digit.
fn shortest(f: f64) -> (String, i32) {
    let mut text = format!("{:e}", f.abs());
    // Halfway between two texts of that length Go takes the even one.
    let digits = text.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count();
    let rounded = format!("{:.*e}", digits - 1, f.abs());
    if rounded.parse() == Ok(f.abs()) {
        text = rounded;
    }
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

fn exponential(f: f64) -> String {
    let (digits, exponent) = shortest(f);
    let sign = if f.is_sign_negative() { "-" } else { "" };
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let direction = if exponent < 0 { '-' } else { '+' };
    format!("{sign}{first}{point}{rest}e{direction}{:02}", exponent.abs())
}

/// As `encoding/json` writes it: plain digits from 1e-6 up to 1e21. `null` for what is not finite, which JSON cannot
/// say.
pub fn go_float_json(f: f64) -> String {
    if !f.is_finite() {
        return "null".to_owned();
    }
    if f != 0.0 && !(1e-6..1e21).contains(&f.abs()) {
        let text = exponential(f);
        // One-digit exponents lose their zero, but only negative ones.
        return match text.split_once("e-0") {
            Some((mantissa, digit)) => format!("{mantissa}e-{digit}"),
            None => text,
        };
    }
    plain(f)
}

/// As go-yaml writes it: with an exponent from 1e6 up and below 1e-4.
pub fn go_float_yaml(f: f64) -> String {
    if f.is_nan() {
        return ".nan".to_owned();
    }
    if f.is_infinite() {
        return if f > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let (_, exponent) = shortest(f);
    if !(-4..6).contains(&exponent) {
        return exponential(f);
    }
    plain(f)
}

/// The shortest digits without exponent.
fn plain(f: f64) -> String {
    let (digits, exponent) = shortest(f);
    let sign = if f.is_sign_negative() { "-" } else { "" };
    let whole = usize::try_from(exponent + 1).unwrap_or(0);
    if exponent < 0 {
        let zeros = "0".repeat((-1 - exponent) as usize);
        format!("{sign}0.{zeros}{digits}")
    } else if digits.len() <= whole {
        format!("{sign}{digits}{}", "0".repeat(whole - digits.len()))
    } else {
        format!("{sign}{}.{}", &digits[..whole], &digits[whole..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_go() {
        for (f, json, yaml) in [
            (0.0, "0", "0"),
            (1.0, "1", "1"),
            (-2.5, "-2.5", "-2.5"),
            (0.0001, "0.0001", "0.0001"),
            (0.00001, "0.00001", "1e-05"),
            (1e-7, "1e-7", "1e-07"),
            (123456.7, "123456.7", "123456.7"),
            (1234567.5, "1234567.5", "1.2345675e+06"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e21, "1e+21", "1e+21"),
            (-0.0, "-0", "-0"),
            (892261381264627.2, "892261381264627.2", "8.922613812646272e+14"),
            (0.3, "0.3", "0.3"),
            (100.0, "100", "100"),
            (1.5e300, "1.5e+300", "1.5e+300"),
            (5e-324, "5e-324", "5e-324"),
        ] {
            assert_eq!((go_float_json(f).as_str(), go_float_yaml(f).as_str()), (json, yaml));
        }
        assert_eq!(go_float_json(f64::NAN), "null");
        assert_eq!(go_float_yaml(f64::NEG_INFINITY), "-.inf");
    }
}
