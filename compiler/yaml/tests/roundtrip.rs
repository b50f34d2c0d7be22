//! What is written is read back, in both YAML styles and in JSON, whatever the strings.

use std::sync::Arc;

use proptest::prelude::*;
use vela_number::Number;
use vela_yaml::{Data, JsonStyle, YamlStyle, parse, parse_json, to_json, to_yaml};

/// Strings that look like something else, and pieces that quoting has to get right.
const PIECES: &[&str] = &[
    "a",
    "b",
    "1",
    "0",
    "x",
    "-",
    "+",
    ".",
    ":",
    ",",
    "#",
    "?",
    "!",
    "&",
    "*",
    "|",
    ">",
    "%",
    "@",
    "`",
    "'",
    "\"",
    "\\",
    "[",
    "]",
    "{",
    "}",
    "~",
    "=",
    "<",
    "_",
    "e",
    "E",
    "T",
    "Z",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r",
    ": ",
    " #",
    "- ",
    "---",
    "...",
    "yes",
    "no",
    "on",
    "true",
    "null",
    "0x",
    "0o",
    "12:30",
    "2020-01-01",
    "é",
    "😀",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\0",
    "\u{7f}",
    "word word word word word word word word word word word word word word ",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::collection::vec(prop::sample::select(PIECES), 0..7).prop_map(|p| p.concat()),
        1 => any::<String>(),
    ]
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from_i64),
        any::<i16>().prop_map(|n| Number::from_i64(n.into())),
        prop::sample::select(&["1.50", "1e3", "0.1", "1e-7", "123456789012345678901234567890", "5.0"][..])
            .prop_map(|t| Number::parse_literal(t).unwrap()),
    ]
}

fn tree() -> impl Strategy<Value = Data> {
    let leaf = prop_oneof![
        Just(Data::Null),
        any::<bool>().prop_map(Data::Bool),
        number().prop_map(Data::Num),
        text().prop_map(Data::from),
        text().prop_map(Data::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Data::List),
            prop::collection::btree_map(text(), inner, 0..5)
                .prop_map(|m| m.into_iter().map(|(k, v)| (Arc::from(k), v)).collect()),
        ]
    })
}

/// The value with maps sorted and numbers as Kubernetes' tools keep them, to compare what that style wrote.
fn as_kubernetes(v: &Data) -> Data {
    match v {
        Data::Num(n) if n.is_int() && n.to_i64().is_some() => v.clone(),
        Data::Num(n) => Data::Num(Number::from_f64(n.to_f64())),
        Data::List(items) => Data::List(items.iter().map(as_kubernetes).collect()),
        Data::Map(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(n, v)| (n.clone(), as_kubernetes(v))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Data::Map(fields)
        }
        _ => v.clone(),
    }
}

fn same_numbers(a: &Data, b: &Data) -> bool {
    match (a, b) {
        (Data::Num(x), Data::Num(y)) => x.eq_value(y) || x.to_f64() == y.to_f64(),
        (Data::List(x), Data::List(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same_numbers(x, y))
        }
        (Data::Map(x), Data::Map(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| x.0 == y.0 && same_numbers(&x.1, &y.1))
        }
        _ => a == b,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

    #[test]
    fn yaml_of_the_reference(v in tree()) {
        let out = to_yaml(&v, YamlStyle::Cue);
        let back = parse(&out);
        prop_assert!(back.faults.is_empty(), "{out}\n{:?}", back.faults);
        prop_assert_eq!(back.docs.len(), 1);
        prop_assert_eq!(back.docs[0].to_data(), v, "{}", out);
    }

    #[test]
    fn yaml_of_kubernetes(v in tree()) {
        let out = to_yaml(&v, YamlStyle::Kubernetes);
        let back = parse(&out);
        prop_assert!(back.faults.is_empty(), "{out}\n{:?}", back.faults);
        let (got, expected) = (as_kubernetes(&back.docs[0].to_data()), as_kubernetes(&v));
        prop_assert!(same_numbers(&got, &expected), "{out}\n{got:?}\n{expected:?}");
    }

    #[test]
    fn json(v in tree()) {
        for style in [JsonStyle::CUE, JsonStyle::COMPACT] {
            let out = to_json(&v, style);
            let back = parse_json(&out);
            prop_assert!(back.faults.is_empty(), "{out}\n{:?}", back.faults);
            prop_assert_eq!(back.docs[0].to_data(), v.clone());
        }
    }

    #[test]
    fn any_text_is_read_without_panic(s in prop_oneof![text(), any::<String>()]) {
        parse(&s).docs.iter().for_each(|d| { d.to_data(); });
        parse_json(&s).docs.iter().for_each(|d| { d.to_data(); });
    }
}
