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
