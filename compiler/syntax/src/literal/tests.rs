//! Values of literals and literals of values.

use super::*;

fn text(literal: &str) -> Result<String, String> {
    match string(literal)? {
        StringValue::Str(s) => Ok(s),
        StringValue::Bytes(b) => Ok(format!("{b:?}")),
    }
}

#[test]
fn strings() {
    for (literal, value) in [
        (r#""""#, ""),
        (r#""a\n\t\"\\\/""#, "a\n\t\"\\/"),
        (r##"#"a"b\n\#n"#"##, "a\"b\\n\n"),
        (r##"#"""#"##, "\""),
        (r#""\u00e9\U0001F600\ud83d\ude00""#, "é😀😀"),
        ("\"\"\"\n\tx\n\n\t\ty\n\t\"\"\"", "x\n\n\ty"),
        ("\"\"\"\r\n  x\r\n  \"\"\"", "x"),
        ("\"\"\"\n\"\"\"", ""),
        ("\"\"\"\n\n\"\"\"", ""),
        ("'''\n  a\\x41\n  '''", "[97, 65]"),
        (r"'\377\x00é'", "[255, 0, 195, 169]"),
        ("#\"\"\"\n\ta\"\"\"b\\n\n\t\"\"\"#", "a\"\"\"b\\n"),
    ] {
        assert_eq!(text(literal).as_deref(), Ok(value), "{literal}");
    }
    for literal in [
        "",
        "x",
        "\"",
        "\"a",
        "'a\"",
        "#\"a\"",
        r#""\ud83d""#,
        r#""\x41""#,
        r#""\q""#,
        "\"\"\"\n\tx\n  \"\"\"",
        r"'\400'",
    ] {
        assert!(string(literal).is_err(), "{literal}");
    }
}

#[test]
fn parts_of_interpolations() {
    let quoting = quoting("\"\"\"\n\ta\\(x)b\n\t\tc\\n\n\t\"\"\"").expect("quoted");
    let part = |text, first, last| match unescape(text, &quoting, first, last) {
        Ok(StringValue::Str(s)) => s,
        other => panic!("{other:?}"),
    };
    assert_eq!(part("\n\ta", true, false), "a");
    assert_eq!(part("b\n\t\tc\\n\n\t", false, true), "b\n\tc\n");
    assert_eq!(part("b\n\t\tc", false, false), "b\n\tc");
}

#[test]
fn quoting_values() {
    for (value, form, literal) in [
        ("a\"b\\c\n\u{1}\u{200B}é\u{301}", Form::Single, "\"a\\\"b\\\\c\\n\\u0001\\u200bé\u{301}\""),
        ("a\n\nb\"", Form::Auto("\t"), "\"\"\"\n\ta\n\n\tb\"\n\t\"\"\""),
        ("a", Form::Auto("\t"), "\"a\""),
        ("", Form::Multiline("\t"), "\"\"\"\n\t\"\"\""),
        ("a\"\"\"#\n\\", Form::Multiline(""), "##\"\"\"\na\"\"\"#\n\\##\\\n\"\"\"##"),
    ] {
        assert_eq!(quote(value, form), literal);
        assert_eq!(text(literal).as_deref(), Ok(value), "{literal}");
    }
    assert_eq!(quote_bytes(b"a'\xff\n\x01", Form::Single), r"'a\'\xff\n\x01'");
    assert_eq!(label("a-b"), "\"a-b\"");
    for (name, quoted) in
        [("a", false), ("if", false), ("_a", true), ("#a", true), ("1a", true), ("", true), ("é$1", false)]
    {
        assert_eq!(needs_quotes(name), quoted, "{name}");
    }
    for (name, ok) in [
        ("_", true),
        ("#", true),
        ("_#a", true),
        ("_#0", false),
        ("_0", true),
        ("__#a", false),
        ("a#", false),
    ] {
        assert_eq!(is_identifier(name), ok, "{name}");
    }
}

#[test]
fn numbers() {
    for (literal, value) in
        [("1_000", "1000"), ("0x1F", "31"), ("1.5Ki", "1536"), (".5", "0.5"), ("1e3", "1E+3")]
    {
        assert_eq!(number(literal).map(|n| n.to_string()).as_deref(), Ok(value));
    }
    assert_eq!(
        number("0.001Ki").map_err(|e| e.to_string()),
        Err("number cannot be represented as int".to_owned())
    );
}
