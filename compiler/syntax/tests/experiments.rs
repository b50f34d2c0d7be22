//! What each experiment and each language version changes in the syntax.

use vela_syntax::{ParseOptions, Version, parse};

fn errors(src: &str, version: &str) -> Vec<String> {
    let version: Version = version.parse().expect("a version");
    let errors = parse(src, &ParseOptions { version }).errors;
    errors.iter().map(|e| format!("{}:{} {}", e.line, e.column, e.message)).collect()
}

#[track_caller]
fn check(version: &str, src: &str, expected: &[&str]) {
    assert_eq!(errors(src, version), expected, "{src}");
}

#[test]
fn explicit_open() {
    check("v0.17.1", "@experiment(explicitopen)\na: b...\n", &[]);
    check("v0.17.1", "a: b...\n", &["1:5 postfix ... operator requires @experiment(explicitopen)"]);
}

#[test]
fn aliases() {
    check("v0.17.1", "@experiment(aliasv2)\na~X: 1\nb~(K,V): X\n", &[]);
    check("v0.17.1", "a~X: 1\n", &["1:2 postfix alias syntax requires @experiment(aliasv2)"]);
    let old = "old-style alias syntax (=) is not allowed with @experiment(aliasv2); use postfix syntax (~X or ~(K,V))";
    check("v0.17.1", "@experiment(aliasv2)\nX=a: 1\n", &[&format!("2:2 {old}")]);
    check("v0.17.1", "@experiment(aliasv2)\na: X={}\n", &[&format!("2:5 {old}")]);
    check("v0.17.1", "X=a: 1\nb: Y={c: Y, d: X}\n[Z=string]: Z\n", &[]);
}

#[test]
fn try_clauses() {
    check("v0.17.1", "@experiment(try)\nif a {b: 1} else {c: 2}\n", &[]);
    check("v0.17.1", "@experiment(try)\nfor x in a {b: 1} otherwise {c: 2}\n", &[]);
    check("v0.17.1", "if a {b: 1} else {c: 2}\n", &["1:13 else requires @experiment(try)"]);
    check("v0.17.1", "try {b: a?}\ntry x = a?.b {c: x}\n", &[]);
    let both = "2:16 use 'otherwise' for comprehensions with multiple clauses or 'for' clauses";
    check("v0.17.1", "@experiment(try)\nfor x in a {b} else {c}\n", &[both]);
    check(
        "v0.17.1",
        "@experiment(try)\nif a {b} otherwise {c}\n",
        &["2:10 use 'else' with single 'if' or 'try' clause"],
    );
}

#[test]
fn struct_comparison() {
    check("v0.17.1", "a: ==1\n", &[]);
    check("v0.15.0", "a: ==1\n", &[]);
    check("v0.14.0", "a: ==1\n", &["1:4 expected operand, found '=='"]);
    check("v0.14.0", "@experiment(structcmp)\na: ==1\n", &[]);
}

#[test]
fn wrong_experiments() {
    let at = |e: &str| format!("2:1 parsing experiments for version \"v0.14.0\": {e}");
    let old = at("cannot set experiment \"try\" before version v0.16.0");
    check("v0.14.0", "@experiment(try)\na: )\n", &[&old]);
    check("v0.14.0", "@experiment(foo)\na: )\n", &[&at("unknown experiment \"foo\"")]);
    check("v0.17.1", "@experiment( try , shortcircuit, testing )\n@if(x)\npackage p\n", &[]);
    check("v0.17.1", "package p\n@experiment(foo)\n", &[]);
}

#[test]
fn list_elements_on_lines() {
    check("v0.17.0", "a: [1\n2\n]\n", &[]);
    check("v0.16.0", "a: [\n1,\n2\n]\n", &[]);
    check("v0.16.0", "a: [1\n2\n]\n", &["2:1 missing ',' before newline in list literal"]);
}

#[test]
fn versions() {
    for (text, version) in
        [("v0.17.1", (0, 17, 1)), ("0.9", (0, 9, 0)), ("v1", (1, 0, 0)), ("v0.15.0-alpha.1", (0, 15, 0))]
    {
        assert_eq!(text.parse(), Ok(Version::new(version.0, version.1, version.2)));
    }
    for text in ["", "v", "x", "1.2.3.4", "v0.x"] {
        assert!(text.parse::<Version>().is_err(), "{text}");
    }
}
