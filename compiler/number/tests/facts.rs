//! Facts asked from the reference implementation: one line each.

use vela_number::{Number, NumberError};

fn n(text: &str) -> Number {
    Number::parse_literal(text).expect(text)
}

fn cue(r: Result<Number, NumberError>) -> String {
    match r {
        Ok(n) => n.to_cue_text(),
        Err(e) => e.to_string(),
    }
}

#[test]
fn literals() {
    for (text, want) in [
        ("0", "0"),
        ("1_000", "1000"),
        ("0x10", "16"),
        ("0X1f", "31"),
        ("0x_1F", "31"),
        ("0b101", "5"),
        ("0o17", "15"),
        ("1K", "1000"),
        ("1.5Ki", "1536"),
        ("1.5Mi", "1572864"),
        ("1.5K", "1500"),
        ("0K", "0"),
        ("2G", "2000000000"),
        ("1Pi", "1125899906842624"),
        ("1e3", "1e+3"),
        ("1E5", "1e+5"),
        ("1.50", "1.50"),
        ("1.5e-7", "1.5e-7"),
        ("0.0000001", "1e-7"),
        ("0.000001", "0.000001"),
        ("10.0e20", "1.00e+21"),
        ("1000000000000000000000000.0", "1000000000000000000000000.0"),
        ("0e-9", "0.000000000"),
        ("0e5", "0e+5"),
        ("0e-3000", "0e-3000"),
        (".5", "0.5"),
        ("5.", "5.0"),
        ("00.5", "0.5"),
        ("1_0.0_1", "10.01"),
        ("123e-2", "1.23"),
        ("1e100000", "1e+100000"),
        (
            "12345678901234567890123456789012345678901234567890",
            "12345678901234567890123456789012345678901234567890",
        ),
    ] {
        assert_eq!(n(text).to_cue_text(), want, "{text}");
    }
    for (text, want) in [
        ("", "invalid number \"\""),
        ("abc", "illegal number start \"abc\""),
        ("017", "illegal integer number \"017\""),
        ("1__0", "illegal '_' in number"),
        ("1_", "illegal '_' in number"),
        ("0x", "illegal hexadecimal number \"0x\""),
        ("0b2", "illegal binary number \"0b2\""),
        ("0xFG", "illegal number \"0xFG\""),
        ("1A", "illegal number \"1A\""),
        (".", "illegal fraction \".\""),
        ("1e", "illegal exponent \"1e\""),
        ("1KK", "illegal trailing characters in number \"1KK\""),
        ("1.3Ki", "number cannot be represented as int"),
        ("1e100001", "exponent out of range"),
        ("1e1000000000", "exponent out of range"),
        ("1e-99999999999999999999999", "exponent out of range"),
    ] {
        let error = Number::parse_literal(text).expect_err(text);
        assert_eq!(error.to_string(), want, "{text}");
    }
}

#[test]
fn operators() {
    let add = |a, b| cue(n(a).add(&n(b)));
    assert_eq!(add("1", "2.0"), "3.0");
    assert_eq!(add("1.10", "2.20"), "3.30");
    assert_eq!(add("1e30", "1"), "1000000000000000000000000000001.0");
    assert_eq!(add("1e40", "1"), "1.000000000000000000000000000000000e+40");
    assert_eq!(add("12345678901234567890123456789012345678", "1"), "1.234567890123456789012345678901235e+37");
    assert_eq!(add("1e100000", "1"), "1.000000000000000000000000000000000e+100000");
    assert_eq!(add("1e100000", "1e-1"), "exponent out of range");
    assert_eq!(cue(n("5").sub(&n("5.0"))), "0.0");
    assert_eq!(cue(n("1e40").sub(&n("1e-40"))), "1.000000000000000000000000000000000e+40");
    let mul = |a, b| cue(n(a).mul(&n(b)));
    assert_eq!(mul("3", "1.50"), "4.50");
    assert_eq!(mul("1e3", "2"), "2e+3");
    assert_eq!(mul("0", "-1"), "-0");
    assert_eq!(mul("1e99999", "100"), "exponent out of range");
    let div = |a, b| cue(n(a).div(&n(b)));
    assert_eq!(div("6", "3"), "2.0");
    assert_eq!(div("1000", "1"), "1.0e+3");
    assert_eq!(div("100", "10"), "10.0");
    assert_eq!(n("100").div(&n("10")).map(|n| n.to_json_text()), Ok("10".into()));
    assert_eq!(n("100").div(&n("10")).map(|n| n.to_yaml_text()), Ok("10.".into()));
    assert_eq!(n("0").div(&n("5")).map(|n| n.to_json_text()), Ok("0".into()));
    assert_eq!(div("0", "-5"), "0.0");
    assert_eq!(div("1", "3"), "0.3333333333333333333333333333333333");
    assert_eq!(cue(n("2").div(&n("3")).and_then(|q| q.mul(&n("3")))), "2.000000000000000000000000000000000");
    assert_eq!(div("1e100", "1"), "1e+100");
    assert_eq!(div("1", "0"), "division by zero");
    assert_eq!(div("0", "0"), "division undefined");
    assert_eq!(div("-1", "10000000"), "-1e-7");
    assert_eq!(div("1e-99999", "1000"), "exponent out of range");
}

#[test]
fn integer_division() {
    for (a, b, want) in [
        ("7", "2", [3, 1, 3, 1]),
        ("-7", "2", [-4, 1, -3, -1]),
        ("7", "-2", [-3, 1, -3, 1]),
        ("-7", "-2", [4, 1, 3, -1]),
        ("-6", "2", [-3, 0, -3, 0]),
    ] {
        let (a, b) = (n(a), n(b));
        let big = n("100000000000000000000");
        let got = [a.int_div(&b), a.int_mod(&b), a.int_quo(&b), a.int_rem(&b)];
        assert_eq!(got.map(cue), want.map(|w| w.to_string()));
        // The same through big integers: scaling both sides scales the remainder.
        let (a, b) = (a.mul(&big).expect("a"), b.mul(&big).expect("b"));
        let got = [a.int_div(&b), a.int_quo(&b)];
        assert_eq!(got.map(cue), [want[0], want[2]].map(|w| w.to_string()));
        let scaled = |w: i64| cue(Number::from_i64(w).mul(&big)).replace("-0", "0");
        assert_eq!([a.int_mod(&b), a.int_rem(&b)].map(cue), [want[1], want[3]].map(scaled));
    }
    assert_eq!(cue(n("1").int_mod(&n("0"))), "division by zero");
}

#[test]
fn functions() {
    let int = |s: &str| n(s);
    assert_eq!(cue(n("2").pow(&n("-1"))), "0.5000000000000000000000000000000000");
    assert_eq!(cue(n("0.5").pow(&n("3"))), "0.125");
    assert_eq!(cue(n("1.5").pow(&n("2"))), "2.25");
    assert_eq!(cue(n("2").pow(&n("200"))), "1.606938044258990275541962092341163e+60");
    assert_eq!(cue(n("0").pow(&n("0"))), "invalid operation");
    assert_eq!(cue(n("-8").pow(&n("0.333"))), "invalid operation");
    assert_eq!(cue(n("1e10").pow(&n("1e10"))), "exponent out of range");
    assert_eq!(cue(n("4").pow(&n("0.5")).map(Number::kind_by_value)), "2");
    assert_eq!(cue(n("1").exp()), "2.718281828459045235360287471352662");
    assert_eq!(cue(n("1e5").exp()), "overflow");
    assert_eq!(cue(n("-1000000").exp()), "underflow, subnormal");
    assert_eq!(cue(n("2.718281828459045235360287471352662").ln()), "0.9999999999999999999999999999999998");
    let log2 = n("10").ln().and_then(|a| a.div(&n("2").ln()?));
    assert_eq!(cue(log2), "3.32192809488736234787031942948939");
    assert_eq!(cue(n("100").log10().map(Number::kind_by_value)), "2");
    assert_eq!(cue(n("-1").ln()), "invalid operation");
    assert_eq!(cue(n("0").ln()), "-Infinity.0");
    assert_eq!(cue(n("0.001").cbrt()), "0.1000000000000000000000000000000000");
    assert_eq!(cue(n("-27").cbrt().map(Number::kind_by_value)), "-3");
    assert_eq!(n("-2.5").floor(), int("-3"));
    assert_eq!(n("-2.5").ceil(), int("-2"));
    assert_eq!(n("2.5").ceil(), int("3"));
    assert_eq!(n("2.5").round_to_integral(vela_number::Rounding::HalfEven), int("2"));
    assert_eq!(n("-2.5").round_to_integral(vela_number::Rounding::HalfUp), int("-3"));
    assert_eq!(n("2.0").kind_by_value(), int("2"));
    assert_eq!(n("1e3").kind_by_value(), int("1000"));
}

#[test]
fn doubles() {
    for (f, want) in [
        (4.0, "4.0"),
        (1e8, "1e+8"),
        (0.1, "0.1"),
        (16_331_239_353_195_392.0, "16331239353195392.0"),
        (1e-10, "1e-10"),
        (-0.0, "-0.0"),
        (f64::NAN, "NaN.0"),
        (f64::NEG_INFINITY, "-Infinity.0"),
        (f64::MIN_POSITIVE, "2.2250738585072014e-308"),
    ] {
        let number = Number::from_f64(f);
        assert_eq!(number.to_cue_text(), want);
        assert!(number.to_f64() == f || f.is_nan());
    }
    assert_eq!(Number::from_f32(3.4).to_cue_text(), "3.4");
    assert_eq!(n("1e400").to_f64(), f64::INFINITY);
    assert_eq!(n("1e-400").to_f64(), 0.0);
}

#[test]
fn json_text() {
    for (text, want) in [("-0", "0"), ("-0.0", "0.0"), ("1e2", "1E+2"), ("0.10", "0.10"), ("-12", "-12")] {
        assert_eq!(Number::from_json_text(text).expect(text).to_json_text(), want);
    }
    for text in ["", "-", "01", "1.", ".5", "1e", "+1", "1_0", "0x1"] {
        assert!(Number::from_json_text(text).is_err(), "{text}");
    }
}

#[test]
fn identity_and_value() {
    assert!(n("1").eq_value(&n("1.0")) && n("1") != n("1.0"));
    assert!(n("1.0").eq_value(&n("1.00")) && n("1.0") != n("1.00"));
    assert!(n("1e100000").cmp_value(&n("1")).is_gt());
    assert!(n("-1e-100000").cmp_value(&n("0")).is_lt());
    assert!(n("-2").cmp_value(&n("-10")).is_gt());
    assert_eq!(size_of::<Number>(), 24);
}

/// Texts that would take unbounded time or memory if exponents were expanded.
#[test]
fn hostile_sizes() {
    let long = "9".repeat(100_001);
    assert!(Number::parse_literal(&long).is_ok());
    assert!(Number::parse_literal(&format!("{long}9")).is_err());
    let huge = n("1e100000");
    let tiny = n("1e-100000");
    for r in [
        huge.add(&tiny),
        huge.mul(&huge),
        huge.div(&tiny),
        tiny.mul(&tiny),
        huge.exp(),
        huge.pow(&huge),
        n("1.0000000001").pow(&huge),
    ] {
        assert!(r.is_err());
    }
    assert!(huge.ln().is_ok() && tiny.ln().is_ok() && huge.cbrt().is_ok() && tiny.exp().is_ok());
    assert!(n("1").pow(&huge).is_ok());
}
