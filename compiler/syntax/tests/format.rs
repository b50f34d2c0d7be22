//! Formatting: the suites in `../shared/conformance/cue/fmt`, where that folder is there, and cases of our own. Set
//! `FAILURES=n` to see the first `n` differences.

use std::path::PathBuf;

use serde_json::Value;
use vela_syntax::{FormatError, FormatOptions, format};

fn formatted(src: &str, simplify: bool) -> Result<String, FormatError> {
    format(src, &FormatOptions { simplify, ..FormatOptions::default() })
}

#[test]
fn suites() {
    let root = std::env::var_os("SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let mut shown: usize = std::env::var("FAILURES").ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    let (mut passed, mut total) = (0, 0);
    for name in ["sections.jsonl", "upstream.jsonl"] {
        let Ok(text) = std::fs::read_to_string(root.join("conformance/cue/fmt").join(name)) else { return };
        for line in text.lines() {
            let case: Value = serde_json::from_str(line).expect("valid JSON");
            let src = case["src"].as_str().unwrap_or_default();
            let out = formatted(src, case["simplify"].as_bool().unwrap_or_default());
            let ok = out.as_deref() == Ok(case["out"].as_str().unwrap_or_default());
            total += 1;
            passed += usize::from(ok);
            if !ok && shown > 0 {
                shown -= 1;
                println!(
                    "--- {} simplify {}\n{src}\n--- want\n{}",
                    case["id"],
                    case["simplify"],
                    case["out"].as_str().unwrap_or("")
                );
                match out {
                    Ok(out) => println!("--- got\n{out}"),
                    Err(e) => println!("--- error {e:?}"),
                }
            }
        }
    }
    println!("fmt T1 {passed}/{total}");
    assert_eq!(passed, total);
}

#[track_caller]
fn check(src: &str, expected: &str) {
    let out = formatted(src, false).expect("formatted");
    assert_eq!(out, expected);
    assert_eq!(formatted(&out, false).as_deref(), Ok(expected), "again");
}

#[track_caller]
fn check_simplified(src: &str, expected: &str) {
    assert_eq!(formatted(src, true).as_deref(), Ok(expected));
}

#[test]
fn fields_align() {
    check("a:1\nbbb:   2\n\n\n\ncc: [1,2 ,3]\nd: {}\n", "a:   1\nbbb: 2\n\ncc: [1, 2, 3]\nd: {}\n");
    check("a: b:c:1\ndd: ee: f: 2", "a: b: c:   1\ndd: ee: f: 2\n");
    check("a: 1 // x\nbbb: 22 // y\n", "a:   1  // x\nbbb: 22 // y\n");
    check("a?:1,b!:2,(c):3,[string]:4", "a?: 1, b!: 2, (c): 3, [string]: 4\n");
}

#[test]
fn expressions() {
    check("a: 1+2*3 - -4", "a: 1 + 2*3 - -4\n");
    check("a: f(x+y, z)[ 1 ]", "a: f(x+y, z)[ 1 ]\n");
    check("a: ((x))&>1|*5", "a: (x) & >1 | *5\n");
    check("a: .5 + 5. + 1E3\n", "a: 0.5 + 5.0 + 1e3\n");
    check("a: [\n1\n2]\nb: [1,\n2,\n]", "a: [\n\t1\n\t2]\nb: [1,\n\t2,\n]\n");
}

#[test]
fn simplification() {
    check_simplified("\"a\": {\"b-c\": {\"if\": 1}}\n", "a: \"b-c\": if: 1\n");
    check_simplified("\"d\": 3\ne: d\n", "\"d\": 3\ne:   d\n");
    check_simplified("{[string]: _, x: 1}", "{x: 1\n\t...\n}\n");
}

#[test]
fn comments_are_never_lost() {
    check("a: x[ // c\n1:2]", "// c\na: x[\n\t1:2]\n");
    check("a: b. // c\nd", "a: b.\n\td // c\n");
    check("// a\n\n// b\nx: 1\n// c\n", "// a\n\n// b\nx: 1\n// c\n");
}

#[test]
fn odd_sources() {
    check("", "\n");
    check("// only\n", "// only\n");
    check("\u{FEFF}a: 1\r\nb: 2\r\n", "a: 1\nb: 2\n");
    check("import (\"b\",\"a\")\n", "import (\"b\"\n\t\"a\")\n");
    assert!(matches!(formatted("a: )", false), Err(FormatError::Syntax(_))));
    let deep = format!("a: {}1{}\n", "{a:\n".repeat(3000), "}".repeat(3000));
    assert_eq!(formatted(&deep, false), Err(FormatError::TooDeep));
    let deep = format!("a: {}1{}\n", "(-".repeat(3000), ")".repeat(3000));
    assert_eq!(formatted(&deep, false), Err(FormatError::TooDeep));
    let long = format!("a: 1{}\n", " + 1".repeat(50_000));
    assert_eq!(formatted(&long, false).as_deref(), Ok(long.as_str()));
}
