//! Arithmetic against independent implementations: big integers and the `bigdecimal` crate.

use bigdecimal::{BigDecimal, RoundingMode};
use proptest::prelude::*;
use vela_number::{Number, NumberKind};

fn oracle(n: &Number) -> BigDecimal {
    n.to_json_text().parse().expect("a decimal")
}

fn round(d: &BigDecimal) -> BigDecimal {
    let d = d.with_precision_round(34.try_into().expect("34"), RoundingMode::HalfUp);
    d.normalized()
}

prop_compose! {
    fn number()(neg in any::<bool>(), digits in "[1-9][0-9]{0,45}|[0-9]", exp in -60i32..60) -> Number {
        let text = format!("{}{digits}e{exp}", if neg { "-" } else { "" });
        Number::parse_literal(&text).expect("a literal")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn sums_and_products(a in number(), b in number()) {
        let (x, y) = (oracle(&a), oracle(&b));
        prop_assert_eq!(oracle(&a.add(&b).expect("sum")).normalized(), round(&(&x + &y)));
        prop_assert_eq!(oracle(&a.sub(&b).expect("difference")).normalized(), round(&(&x - &y)));
        prop_assert_eq!(oracle(&a.mul(&b).expect("product")).normalized(), round(&(&x * &y)));
        prop_assert_eq!(a.cmp_value(&b), x.cmp(&y));
    }

    #[test]
    fn quotients(a in number(), b in number()) {
        prop_assume!(!b.is_zero());
        let q = a.div(&b).expect("quotient");
        prop_assert!(!q.is_int());
        // |q*b - a| is at most half a unit of q's 34th digit, times b.
        let error = (oracle(&q) * oracle(&b) - oracle(&a)).abs();
        let bound = (oracle(&q) * oracle(&b)).abs() * BigDecimal::new(5.into(), 34);
        prop_assert!(error <= bound);
    }

    #[test]
    fn text_reads_back(a in number()) {
        let back = Number::parse_literal(&a.to_json_text()).expect("reads back");
        prop_assert_eq!(back.with_kind(NumberKind::Float), a.with_kind(NumberKind::Float));
        prop_assert!(Number::parse_literal(&a.to_cue_text()).expect("cue").eq_value(&a));
    }

    #[test]
    fn integers(a in any::<i128>(), b in any::<i64>()) {
        prop_assume!(b != 0);
        let (x, y) = (Number::from_bigint(&a.into()), Number::from_i64(b));
        let b = i128::from(b);
        let int = |n: i128| Number::from_bigint(&n.into());
        prop_assert_eq!(x.int_quo(&y).expect("quo"), int(a.wrapping_div(b)));
        prop_assert_eq!(x.int_rem(&y).expect("rem"), int(a.wrapping_rem(b)));
        prop_assert_eq!(x.int_div(&y).expect("div"), int(a.wrapping_div_euclid(b)));
        prop_assert_eq!(x.int_mod(&y).expect("mod"), int(a.wrapping_rem_euclid(b)));
    }

    #[test]
    fn exponential_and_logarithm_are_inverse(digits in "[1-9][0-9]{0,20}", exp in -30i32..5) {
        let x = Number::parse_literal(&format!("{digits}e{exp}")).expect("a literal");
        let back = x.ln().expect("ln").exp().expect("exp");
        let error = (oracle(&back) - oracle(&x)).abs();
        prop_assert!(error <= oracle(&x) * BigDecimal::new(1.into(), 31));
    }

    #[test]
    fn any_text_is_a_number_or_an_error(text in "[-+0-9a-fxoKMi_.eE]{0,12}") {
        if let Ok(n) = Number::parse_literal(&text) {
            prop_assert!(Number::parse_literal(&n.to_cue_text()).expect("reads back").eq_value(&n));
        }
    }
}
