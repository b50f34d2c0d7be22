//! Names of predeclared number ranges: `int & >=0 & <=255` is `uint8` (`output-and-cli.md` C4).

use std::cmp::Ordering;
use std::sync::OnceLock;

use vela_ir::{Compare, Kinds};
use vela_number::Number;

use crate::eval::Eval;
use crate::value::{Val, Value};

struct Range {
    name: &'static str,
    low: Number,
    high: Number,
}

/// The name of the range that a conjunction of these values is exactly, in any order.
pub fn name(eval: &Eval, values: &[Val]) -> Option<&'static str> {
    if values.len() > 3 {
        return None;
    }
    let (mut int, mut low, mut high) = (false, None, None);
    for v in values {
        match v.v {
            Value::Kind(Kinds::INT) if !int => int = true,
            Value::Bound(b) => {
                let bound = eval.values.bounds[b as usize];
                let Value::Num(n) = bound.value.v else { return None };
                let side = match bound.op {
                    Compare::GreaterEq => &mut low,
                    Compare::LessEq => &mut high,
                    _ => return None,
                };
                if side.replace(eval.number(n)).is_some() {
                    return None;
                }
            }
            _ => return None,
        }
    }
    match (low, high) {
        (Some(low), None) if int && low.is_zero() => Some("uint"),
        (Some(low), Some(high)) => {
            let equal = |a: &Number, b: &Number| a.cmp_value(b) == Ordering::Equal;
            let (ints, floats) = tables();
            let table = if int { ints } else { floats };
            table.iter().find(|r| equal(low, &r.low) && equal(high, &r.high)).map(|r| r.name)
        }
        _ => None,
    }
}

fn tables() -> &'static (Vec<Range>, Vec<Range>) {
    static TABLES: OnceLock<(Vec<Range>, Vec<Range>)> = OnceLock::new();
    TABLES.get_or_init(|| {
        let range = |(name, low, high): (&'static str, &str, &str)| {
            let number = |t: &str| match t.strip_prefix('-') {
                Some(t) => Number::parse_literal(t).ok().map(|n| n.neg()),
                None => Number::parse_literal(t).ok(),
            };
            Some(Range { name, low: number(low)?, high: number(high)? })
        };
        let ints = [
            ("int8", "-128", "127"),
            ("int16", "-32768", "32767"),
            ("int32", "-2147483648", "2147483647"),
            ("int64", "-9223372036854775808", "9223372036854775807"),
            ("int128", "-170141183460469231731687303715884105728", "170141183460469231731687303715884105727"),
            ("uint8", "0", "255"),
            ("uint16", "0", "65535"),
            ("uint32", "0", "4294967295"),
            ("uint64", "0", "18446744073709551615"),
            ("uint128", "0", "340282366920938463463374607431768211455"),
        ];
        let floats = [
            (
                "float32",
                "-3.40282346638528859811704183484516925440e+38",
                "3.40282346638528859811704183484516925440e+38",
            ),
            (
                "float64",
                "-1.797693134862315708145274237317043567981e+308",
                "1.797693134862315708145274237317043567981e+308",
            ),
        ];
        (ints.into_iter().filter_map(range).collect(), floats.into_iter().filter_map(range).collect())
    })
}
