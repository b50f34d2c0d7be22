//! How values are written, in all styles. The YAML facts are those of the reference and of sigs.k8s.io/yaml.

use vela_yaml::{Data, JsonStyle, YamlStyle, natural_order, parse_json, to_json, to_yaml, to_yaml_documents};

fn value(json: &str) -> Data {
    let parsed = parse_json(json);
    assert!(parsed.faults.is_empty(), "{json}: {:?}", parsed.faults);
    parsed.docs[0].to_data()
}

fn both(text: &str) -> (String, String) {
    let v = Data::str(text);
    let line = |s: String| s.strip_suffix('\n').map(str::to_owned).unwrap_or(s);
    (line(to_yaml(&v, YamlStyle::Cue)), line(to_yaml(&v, YamlStyle::Kubernetes)))
}

#[test]
fn quoting_shared_by_both_styles() {
    for (text, expected) in [
        ("plain text", "plain text"),
        ("a,b", "a,b"),
        ("a\"b'c", "a\"b'c"),
        ("http://x:80/#y", "http://x:80/#y"),
        ("=", "="),
        ("<<", "<<"),
        ("1e", "1e"),
        ("yEs", "yEs"),
        ("m: x]", "'m: x]'"),
        ("é\u{a0}", "é\u{a0}"),
        ("", "\"\""),
        ("y", "\"y\""),
        ("No", "\"No\""),
        ("on", "\"on\""),
        ("true", "\"true\""),
        ("null", "\"null\""),
        ("~", "\"~\""),
        ("1", "\"1\""),
        ("0o17", "\"0o17\""),
        ("1_000", "\"1_000\""),
        ("-0", "\"-0\""),
        (".5", "\".5\""),
        ("1.", "\"1.\""),
        ("1e5", "\"1e5\""),
        (".inf", "\".inf\""),
        ("2020-01-01", "\"2020-01-01\""),
        ("12:34:56", "\"12:34:56\""),
        (" a", "' a'"),
        ("a ", "'a '"),
        ("- a", "'- a'"),
        ("-a", "-a"),
        ("-", "'-'"),
        ("? a", "'? a'"),
        (":a", ":a"),
        ("a:", "'a:'"),
        ("a #b", "'a #b'"),
        ("a#b", "a#b"),
        ("...x", "'...x'"),
        ("it's: x", "'it''s: x'"),
        ("@x", "'@x'"),
        ("`x", "'`x'"),
        ("[x", "'[x'"),
        ("a\tb", "\"a\\tb\""),
        ("a\rb", "\"a\\rb\""),
        ("\0\u{85}\u{7f}\u{1b}", "\"\\0\\N\\x7F\\e\""),
        ("\u{2028}", "\"\\L\""),
        ("😀", "\"\\U0001F600\""),
        ("a\nb", "|-\n  a\n  b"),
        ("a\n", "|\n  a"),
        ("a\n\n", "|+\n  a\n"),
        ("\n", "|2+\n"),
        (" a\nb", "|2-\n   a\n  b"),
        ("a \nb", "\"a \\nb\""),
        ("a\n b", "|-\n  a\n   b"),
        ("a\nb ", "\"a\\nb \""),
        ("a\r\nb", "\"a\\r\\nb\""),
    ] {
        assert_eq!(both(text), (expected.to_owned(), expected.to_owned()), "{text:?}");
    }
}

#[test]
fn quoting_that_differs() {
    for (text, cue, kubernetes) in [
        ("t", "\"t\"", "t"),
        (".Nan", "\".Nan\"", ".Nan"),
        ("12-34", "\"12-34\"", "12-34"),
        ("2020-01", "\"2020-01\"", "2020-01"),
        ("1:2t3", "\"1:2t3\"", "1:2t3"),
        ("0xffffffffffffffffff", "\"0xffffffffffffffffff\"", "0xffffffffffffffffff"),
        ("1:30", "\"1:30\"", "\"1:30\""),
        ("---", "\"---\"", "'---'"),
        ("1:30:99", "\"1:30:99\"", "1:30:99"),
        ("\tx\ny", "|-\n  \tx\n  y", "\"\\tx\\ny\""),
        ("\u{feff}x", "\"\\uFEFF\\x78\"", "\"\\uFEFF\\x78\""),
    ] {
        assert_eq!(both(text), (cue.to_owned(), kubernetes.to_owned()), "{text:?}");
    }
}

const TREE: &str = r#"{
    "b": [1, {"x": "yes", "y": [[1, [2]], [], {}]}, [{"m": 1}]],
    "a10": 1.50, "a2": 1e21, "n": null, "t": true, "": "",
    "c": "l1\nl2\n", "e": [], "f": {}, "g": [["x\ny", {"z": " p\nq\n"}]]
}"#;

#[test]
fn layout_of_the_reference() {
    let expected = "\
b:
  - 1
  - x: \"yes\"
    \"y\":
      - - 1
        - - 2
      - []
      - {}
  - - m: 1
a10: 1.50
a2: 1E+21
\"n\": null
\"t\": true
\"\": \"\"
c: |
  l1
  l2
e: []
\"f\": {}
g:
  - - |-
      x
      y
    - z: |2
         p
        q
";
    assert_eq!(to_yaml(&value(TREE), YamlStyle::Cue), expected);
}

#[test]
fn layout_of_kubernetes() {
    let expected = "\
\"\": \"\"
a2: 1e+21
a10: 1.5
b:
- 1
- x: \"yes\"
  \"y\":
  - - 1
    - - 2
  - []
  - {}
- - m: 1
c: |
  l1
  l2
e: []
f: {}
g:
- - |-
    x
    y
  - z: |2
       p
      q
\"n\": null
t: true
";
    assert_eq!(to_yaml(&value(TREE), YamlStyle::Kubernetes), expected);
}

#[test]
fn long_keys_and_lines() {
    let key = "k".repeat(129);
    let v =
        value(&format!("{{\"{key}\": {{\"x\": 1, \"z\": [1]}}, \"a\\nb\": \"s\", \"{key}2\": [1, [2, 3]]}}"));
    let expected =
        format!("? {key}\n: x: 1\n  z:\n    - 1\n? |-\n  a\n  b\n: s\n? {key}2\n: - 1\n  - - 2\n    - 3\n");
    assert_eq!(to_yaml(&v, YamlStyle::Cue), expected);

    let words = "word ".repeat(30);
    let v = Data::Map(vec![("d".into(), Data::Str(format!("{words}: end").into()))]);
    assert_eq!(to_yaml(&v, YamlStyle::Cue).lines().count(), 1);
    let expected = format!("d: '{}\n  {}: end'\n", "word ".repeat(16).trim_end(), "word ".repeat(14));
    assert_eq!(to_yaml(&v, YamlStyle::Kubernetes), expected);
}

#[test]
fn a_key_does_not_merge() {
    let v = value(r#"{"<<": "<<"}"#);
    assert_eq!(to_yaml(&v, YamlStyle::Cue), "\"<<\": <<\n");
    assert_eq!(to_yaml(&v, YamlStyle::Kubernetes), "\"<<\": <<\n");
}

#[test]
fn bytes_and_numbers() {
    let v = Data::Map(vec![
        ("a".into(), Data::Bytes(b"\xff\0"[..].into())),
        ("b".into(), Data::Bytes(b"ab\ncd"[..].into())),
    ]);
    assert_eq!(to_yaml(&v, YamlStyle::Cue), "a: !!binary /wA=\nb: !!binary |-\n  YWIKY2Q=\n");
    assert_eq!(to_yaml(&v, YamlStyle::Kubernetes), "a: /wA=\nb: YWIKY2Q=\n");
    assert_eq!(to_json(&v, JsonStyle::COMPACT), r#"{"a":"/wA=","b":"YWIKY2Q="}"#);
    let v = value("[1.0, 1e3, 10813465085449311358, 1234567.5, 1e20, 0.00001, -0.0]");
    let expected = "- 1\n- 1000\n- 10813465085449312000\n- 1.2345675e+06\n- 1e+20\n- 1e-05\n- 0\n";
    assert_eq!(to_yaml(&v, YamlStyle::Kubernetes), expected);
    assert_eq!(
        to_json(&v, JsonStyle::GO),
        "[1,1000,10813465085449312000,1234567.5,100000000000000000000,0.00001,0]"
    );
}

#[test]
fn documents() {
    let docs = [Data::int(1), value("{\"a\": []}"), Data::str("x\n")];
    assert_eq!(to_yaml_documents(&docs, YamlStyle::Cue), "1\n---\na: []\n---\n|\n  x\n");
    assert_eq!(to_yaml_documents(&[], YamlStyle::Cue), "");
}

#[test]
fn json_forms() {
    let v = value(r#"{"b": [1, {}, []], "a": "<é>&\u2028\u0001\b\f\n\t\"\\", "c": {"d": null}}"#);
    assert_eq!(
        to_json(&v, JsonStyle::CUE),
        "{\n    \"b\": [\n        1,\n        {},\n        []\n    ],\n    \"a\": \"<é>&\\u2028\\u0001\\b\\f\\n\\t\\\"\\\\\",\n    \"c\": {\n        \"d\": null\n    }\n}"
    );
    assert_eq!(
        to_json(&v, JsonStyle::GO),
        r#"{"a":"\u003cé\u003e\u0026\u2028\u0001\b\f\n\t\"\\","b":[1,{},[]],"c":{"d":null}}"#
    );
}

#[test]
fn keys_sort_by_number() {
    let mut keys = ["b", "a10", "a2", "a", "_", "B", "a02", "é", "1", "-", "a1b", "a1_"];
    keys.sort_by(|a, b| natural_order(a, b));
    assert_eq!(keys, ["-", "_", "1", "B", "a", "a1_", "a1b", "a2", "a02", "a10", "b", "é"]);
}
