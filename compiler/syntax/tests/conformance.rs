//! Runs the syntax and literal suites in `../shared/conformance/cue/syntax`, where that folder is there, and prints
//! what passes. Set `FAILURES=n` to see the first `n` differences.

use std::path::PathBuf;

use serde_json::Value;
use vela_syntax::{ParseOptions, parse};

fn cases(name: &str) -> Option<Vec<Value>> {
    let root = std::env::var_os("SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let text = std::fs::read_to_string(root.join("conformance/cue/syntax").join(name)).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).expect("valid JSON")).collect())
}

struct Score {
    name: String,
    passed: usize,
    total: usize,
    shown: usize,
}

impl Score {
    fn new(name: String) -> Self {
        Self {
            name,
            passed: 0,
            total: 0,
            shown: std::env::var("FAILURES").ok().and_then(|n| n.parse().ok()).unwrap_or(0),
        }
    }

    fn add(&mut self, ok: bool, what: impl FnOnce() -> String) {
        self.total += 1;
        self.passed += usize::from(ok);
        if !ok && self.shown > 0 {
            self.shown -= 1;
            println!("--- {}: {}", self.name, what());
        }
    }

    fn print(&self) {
        println!("{} {}/{}", self.name, self.passed, self.total);
    }
}

fn place(error: &vela_syntax::SyntaxError) -> String {
    format!("in.cue:{}:{}", error.line, error.column)
}

#[test]
fn syntax() {
    let (mut t1, mut all) = (Score::new("syntax T1".into()), Score::new("syntax, all errors".into()));
    let (mut t3, mut t4) = (Score::new("syntax T3".into()), Score::new("syntax T4".into()));
    for suite in ["sections.jsonl", "mutations.jsonl"] {
        let Some(cases) = cases(suite) else { return };
        for case in cases {
            let src = case["src"].as_str().unwrap_or_default();
            let ok = case["ok"].as_bool().unwrap_or_default();
            let parse = parse(src, &ParseOptions::default());
            let got: Vec<(String, String)> =
                parse.errors.iter().map(|e| (e.message.clone(), place(e))).collect();
            let show = || format!("{} {}\nwant {}\ngot {got:?}\n{src}", case["id"], ok, case["errors"]);
            t1.add(ok == got.is_empty(), show);
            if ok {
                continue;
            }
            let want: Vec<(String, String)> = case["errors"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|e| {
                    (
                        e["msg"].as_str().unwrap_or("").to_owned(),
                        e["pos"][0].as_str().unwrap_or("").to_owned(),
                    )
                })
                .collect();
            t3.add(got.first().map(|e| &e.0) == want.first().map(|e| &e.0), show);
            t4.add(got.first().map(|e| &e.1) == want.first().map(|e| &e.1), show);
            all.add(got == want, String::new);
        }
    }
    for score in [&t1, &t3, &t4, &all] {
        score.print();
    }
    // What names mean is not judged yet.
    assert!(t1.passed + 20 > t1.total);
}
