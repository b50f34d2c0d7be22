//! What YAML and JSON texts mean: facts of the reference's decoder, and hostile inputs.

use vela_diagnostics::catalogue::input;
use vela_yaml::{
    JsonStyle, Kind, MergeRule, Options, Placement, decode, parse, parse_json, parse_json_lines, parse_with,
    to_json,
};

/// The value as compact JSON, or the first fault's message.
fn read(text: &str) -> String {
    let parsed = parse_with(text, Options { merge: MergeRule::LastWins });
    match parsed.faults.first() {
        Some(fault) => format!("! {}", fault.message),
        None => {
            let docs: Vec<_> =
                parsed.docs.iter().map(|d| to_json(&d.to_data(), JsonStyle::COMPACT)).collect();
            docs.join(" ")
        }
    }
}

#[test]
fn scalars() {
    for (text, expected) in [
        ("+5", "5"),
        ("-5", "-5"),
        ("017", "15"),
        ("-017", "! cannot decode \"-017\" as !!int: illegal integer number \"-017\""),
        ("0o17", "15"),
        ("-0o17", "-15"),
        ("-0x1f", "-31"),
        ("0b101", "5"),
        ("1_0", "10"),
        ("1__0", "! cannot decode \"1__0\" as !!int: illegal '_' in number"),
        ("0_7", "! cannot decode \"0_7\" as !!int: illegal integer number \"0_7\""),
        ("_1", "\"_1\""),
        ("08", "\"08\""),
        ("-08", "\"-08\""),
        ("0o8", "\"0o8\""),
        ("1e3", "1E+3"),
        ("1e400", "\"1e400\""),
        (".5", "0.5"),
        ("-1.", "-1"),
        ("1_000.50", "1000.50"),
        ("00.5", "! cannot decode \"0o0.5\" as !!float: illegal number \"0o0.5\""),
        ("99999999999999999999999", "99999999999999999999999"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("2020-01-01", "\"2020-01-01\""),
        ("2020-01-01T10:20:30Z", "\"2020-01-01T10:20:30Z\""),
        ("12:30", "\"12:30\""),
        ("~", "null"),
        ("", "null"),
        ("Null", "null"),
        ("nUll", "\"nUll\""),
        ("TRUE", "true"),
        ("yes", "\"yes\""),
        ("=", "\"=\""),
        ("<<", "\"<<\""),
        ("'<<'", "\"<<\""),
        ("!!int \"5\"", "5"),
        ("!!int 5.5", "! cannot decode \"5.5\" as !!int: not a literal number"),
        ("!!int x", "! cannot decode \"x\" as !!int: illegal number start \"x\""),
        ("!!float \"3.5\"", "3.5"),
        ("!!float 3", "3"),
        ("!!str 123", "\"123\""),
        ("!!bool yes", "false"),
        ("!!bool \"true\"", "true"),
        ("!!null x", "null"),
        ("!!binary aGVsbG8=", "\"aGVsbG8=\""),
        ("!!binary \"aGVs bG8=\"", "! !!binary value contains invalid base64 data"),
        ("!foo x", "! cannot unmarshal tag \"!foo\""),
        ("!<tag:foo> x", "! cannot unmarshal tag \"tag:foo\""),
        ("!<tag:yaml.org,2002:int> \"5\"", "5"),
        ("! 5", "5"),
        ("! '5'", "\"5\""),
        ("!!map {a: 1}", "{\"a\":1}"),
        ("!!set {a, b}", "{\"a\":null,\"b\":null}"),
        ("!!omap [a: 1]", "[{\"a\":1}]"),
        ("!foo [1]", "[1]"),
        ("!!int {a: 1}", "{\"a\":1}"),
        (".inf", "! .inf has no value: numbers are finite"),
        (".Nan", "\".Nan\""),
        ("'it''s'", "\"it's\""),
        ("\"\\x41\\u00e9\\U0001F600\\N\\e\\/\"", "\"Aé😀\u{85}\\u001b/\""),
        ("\"x\n   y\n\n   z\"", "\"x y\\nz\""),
        ("|\n   x\n   y", "\"x\\ny\\n\""),
        (">-\n   a\n   b\n\n   c\n", "\"a b\\nc\""),
    ] {
        let got = read(&format!("a: {text}\n"));
        let expected =
            if expected.starts_with('!') { expected.to_owned() } else { format!("{{\"a\":{expected}}}") };
        assert_eq!(got, expected, "{text}");
    }
}

#[test]
fn documents_keys_and_merges() {
    for (text, expected) in [
        ("", "null"),
        ("# only\n", "null"),
        ("a: 1\n---\n", "{\"a\":1} null"),
        ("a: 1\n---\nb: 2\n...\n", "{\"a\":1} {\"b\":2}"),
        ("%YAML 1.1\n---\na: yes\n", "{\"a\":\"yes\"}"),
        ("%TAG !e! tag:yaml.org,2002:\n---\na: !e!int \"5\"\n", "{\"a\":5}"),
        (
            "0x10: 1\n017: 2\n1_0: 3\nNull: 4\nTRUE: 5\n1.50: 6\n.5: 7\n2020-01-01: 8\n",
            "{\"0x10\":1,\"0o17\":2,\"1_0\":3,\"null\":4,\"true\":5,\"1.50\":6,\".5\":7,\"2020-01-01\":8}",
        ),
        ("!!binary aGk=: 1\n", "{\"aGk=\":1}"),
        ("? [a]\n: 1\n", "! invalid map key: !!seq"),
        ("? {a: 1}\n: 1\n", "! invalid map key: !!map"),
        ("a: &k foo\n*k : 1\n", "{\"a\":\"foo\",\"foo\":1}"),
        ("? |\n  multi\n  key\n: 1\n", "{\"multi\\nkey\\n\":1}"),
        ("a: &x\nb: *x\n", "{\"a\":null,\"b\":null}"),
        ("a: &x 1\nb: &x 2\nc: *x\n", "{\"a\":1,\"b\":2,\"c\":2}"),
        ("a: *x\n", "! unknown anchor 'x' referenced"),
        ("a: &a [*a]\n", "! anchor \"a\" value contains itself"),
        ("a: &a {<<: *a}\n", "! anchor \"a\" value contains itself"),
        ("a: &a {x: 2, y: 3}\nb: {<<: *a, x: 1}\n", "{\"a\":{\"x\":2,\"y\":3},\"b\":{\"x\":1,\"y\":3}}"),
        ("a: &a {x: 2}\nb: {x: 1, <<: *a}\n", "{\"a\":{\"x\":2},\"b\":{\"x\":2}}"),
        ("b: {<<: [{x: 2, y: 3}, {x: 9, z: 4}], q: 1}\n", "{\"b\":{\"x\":2,\"z\":4,\"y\":3,\"q\":1}}"),
        ("b: {<<: 1}\n", "! map merge requires map or sequence of maps as the value"),
        ("b: {<<: {x: 5}, \"<<\": 3}\n", "{\"b\":{\"x\":5,\"<<\":3}}"),
        ("a: 1\na: 2\n", "{\"a\":2}"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
    let explicit = parse("a: &a {x: 2}\nb: {x: 1, <<: *a}\n").docs[0].to_data();
    assert_eq!(to_json(&explicit, JsonStyle::COMPACT), r#"{"a":{"x":2},"b":{"x":1}}"#);
}

#[test]
fn places_comments_and_duplicates() {
    let text =
        "# top\nname: web # right\nports: [80, 443]\nname: &x 'two' \nenv:\n  # above\n  - a: 1\n# last\n";
    let parsed = parse(text);
    assert!(parsed.faults.is_empty());
    let doc = &parsed.docs[0];
    let of = |path: &[&str]| doc.node(doc.at(path).unwrap()).span.of(text);
    assert_eq!(of(&["ports"]), "[80, 443]");
    assert_eq!(of(&["env"]), "- a: 1");
    assert_eq!(doc.duplicates.len(), 1);
    assert_eq!(doc.duplicates[0].again.of(text), "name");
    assert_eq!(doc.duplicates[0].first.start, 6);
    let entries = doc.entries(doc.root).unwrap();
    assert_eq!(entries.len(), 4);
    let second = doc.node(entries[2].value);
    assert_eq!((second.anchor.as_deref(), second.span.of(text)), (Some("x"), "'two'"));
    let placed: Vec<_> = doc.comments.iter().map(|c| (&*c.text, c.placement)).collect();
    assert_eq!(
        placed,
        [
            (" top", Placement::Above),
            (" right", Placement::Right),
            (" above", Placement::Above),
            (" last", Placement::Last)
        ]
    );
    let first_value = doc.node(entries[0].value);
    assert_eq!(first_value.line_comment, Some(1));
    let key = doc.node(entries[0].key);
    assert!(matches!(&key.kind, Kind::Scalar { text, .. } if &**text == "name"));
    let item = doc.items(entries[3].value).unwrap()[0];
    // The list starts where its first item does, so the comment is the list's.
    assert_eq!(doc.node(entries[3].value).head, (2, 3));
    assert_eq!(doc.node(item).span.of(text), "a: 1");
}

#[test]
fn reading_goes_on_after_a_broken_document() {
    let parsed = parse("a: [1, 2\n---\nb: 2\n---\nc: 'x\n---\nd: 1\n---\n*nope\n");
    assert_eq!(parsed.docs.iter().map(|d| d.sound).collect::<Vec<_>>(), [false, true, false, true, false]);
    assert_eq!(
        parsed.faults.iter().map(|f| f.code).collect::<Vec<_>>(),
        [input::YAML, input::YAML, input::ALIAS]
    );
    // What was understood of the broken one is there.
    assert_eq!(to_json(&parsed.docs[0].to_data(), JsonStyle::COMPACT), r#"{"a":[1]}"#);
    assert!(!parse("a:\n\tb: 1\n").faults.is_empty());
}

#[test]
fn hostile_yaml_has_bounds() {
    let mut laughs = String::from("a0: &a0 [x, x]\n");
    for i in 1..40 {
        laughs.push_str(&format!("a{i}: &a{i} [*a{0}, *a{0}, *a{0}, *a{0}]\n", i - 1));
    }
    let parsed = parse(&laughs);
    assert_eq!(parsed.faults.len(), 1);
    assert_eq!(parsed.faults[0].message, "aliases expand to more than 50000 nodes");
    parsed.docs[0].to_data();

    for deep in ["[", "{a: ", "- ", "? ", "- [", "!!x [", "&a ["] {
        let text = deep.repeat(100_000);
        assert!(!parse(&text).faults.is_empty(), "{deep}");
    }
    let block: String = (0..5000).flat_map(|i| [" ".repeat(i), "a:\n".into()]).collect();
    assert!(!parse(&block).faults.is_empty());

    // A chain of aliases is deep without being nested in the text.
    let mut chain = String::from("a0: &a0 [x]\n");
    for i in 1..3000 {
        chain.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
    }
    let parsed = parse(&chain);
    assert!(!parsed.faults.is_empty());
    parsed.docs[0].to_data();

    let mut merges = String::from("m0: &m0 {");
    (0..2000).for_each(|i| merges.push_str(&format!("k{i}: 1, ")));
    merges.push_str("}\n");
    (1..2000).for_each(|i| merges.push_str(&format!("m{i}: {{<<: *m0}}\n")));
    assert!(parse(&merges).faults.iter().any(|f| f.code == input::TOO_LARGE || f.code == input::ALIAS));

    let wide: String = (0..50_000).flat_map(|i| ["k".into(), i.to_string(), ": x\n".into()]).collect();
    assert_eq!(parse(&wide).docs[0].entries(vela_yaml::NodeId(100_000)).unwrap().len(), 50_000);
    assert!(parse(&"*a ".repeat(10_000)).faults.len() <= 101);
    for junk in [
        "\0",
        "\u{feff}",
        "%",
        "&",
        "*",
        "!",
        "!<",
        "\"\\x",
        "? ?",
        "- -\n\t-",
        "%YAML 9.9\n---\n",
        "---\n...\n---",
    ] {
        parse(junk);
    }
}

#[test]
fn json() {
    let one = |text: &str| {
        let parsed = parse_json(text);
        match parsed.faults.first() {
            Some(f) => format!("! {} @{}", f.message, f.span.start),
            None => to_json(&parsed.docs[0].to_data(), JsonStyle::COMPACT),
        }
    };
    for (text, expected) in [
        (" {\"a\": [1, 2.50, -0, 1e3, []], \"b\": {}} ", r#"{"a":[1,2.50,0,1E+3,[]],"b":{}}"#),
        (r#""\u00e9\ud83d\ude00\n\/\"""#, "\"é😀\\n/\\\"\""),
        ("123456789012345678901234567890.10", "123456789012345678901234567890.10"),
        ("", "! unexpected end of JSON input @0"),
        ("[1, 2", "! unexpected end of JSON input @5"),
        ("{\"a\": 1,}", "! invalid character '}' looking for beginning of object key string @8"),
        ("[1,]", "! invalid character ']' looking for beginning of value @3"),
        ("{\"a\" 1}", "! invalid character '1' after object key @5"),
        ("{\"a\": 1 2}", "! invalid character '2' after object key:value pair @8"),
        ("[1 2]", "! invalid character '2' after array element @3"),
        ("{} {}", "! invalid character '{' after top-level value @3"),
        ("01", "! invalid character '1' after top-level value @1"),
        ("-x", "! invalid character 'x' in numeric literal @1"),
        ("1.x", "! invalid character 'x' after decimal point in numeric literal @2"),
        ("1e+", "! unexpected end of JSON input @3"),
        ("tru", "! unexpected end of JSON input @3"),
        ("trux", "! invalid character 'x' in literal true (expecting 'e') @3"),
        ("'a'", r"! invalid character '\'' looking for beginning of value @0"),
        ("\"a\nb\"", r"! invalid character '\n' in string literal @2"),
        (r#""\x""#, "! invalid character 'x' in string escape code @2"),
        (r#""\u12g4""#, "! invalid character 'g' in \\u hexadecimal character escape @5"),
        (r#""\ud800""#, "! invalid string: unmatched surrogate pair @1"),
        ("// c", "! invalid character '/' looking for beginning of value @0"),
    ] {
        assert_eq!(one(text), expected, "{text}");
    }
    for deep in ["[", "{\"a\":"] {
        assert_eq!(parse_json(&deep.repeat(100_000)).faults[0].message, "exceeded max depth");
    }
    let lines = parse_json_lines("{\"a\":1}\n\n[2]3 \"x\"\n");
    assert!(lines.faults.is_empty());
    assert_eq!(lines.docs.len(), 4);
    assert_eq!(parse_json_lines(" \n").docs.len(), 0);
    let twice = parse_json("{\"a\": 1, \"a\": 2}");
    assert_eq!(twice.docs[0].duplicates.len(), 1);
    assert_eq!(twice.docs[0].entries(twice.docs[0].root).unwrap().len(), 2);
    assert_eq!(&*decode(b"\xef\xbb\xbf{}").text, "{}");
}
