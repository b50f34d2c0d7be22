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
    assert_eq!(t1.passed, t1.total);
}

/// The literal a case's `x: …` holds: its text, where it is a number or a string without interpolation.
fn literal_of(src: &str) -> Option<(&str, bool)> {
    use vela_syntax::ast::{Decl, Expr};
    let parse = parse(src, &ParseOptions::default());
    let file = &parse.file;
    let [one] = file.decl_list(file.top) else { return None };
    let Decl::Field(field) = file.decl(*one) else { return None };
    let text = file.span(field.value).of(src);
    match file.expr(field.value) {
        Expr::Number => Some((text, true)),
        Expr::String => Some((text, false)),
        _ => None,
    }
}

fn base64(bytes: &[u8]) -> String {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = digits[(word >> (18 - 6 * i) & 63) as usize] as char;
            out.push(if i <= chunk.len() { digit } else { '=' });
        }
    }
    out
}

/// What the front end can say of a literal: its value as the suite writes it, or an error.
fn literal_value(src: &str) -> Option<Result<String, String>> {
    use vela_syntax::literal::{self, StringValue};
    let (text, number) = literal_of(src)?;
    if number {
        return Some(literal::number(text).map(|n| n.to_string()).map_err(|e| e.to_string()));
    }
    Some(match literal::string(text) {
        Ok(StringValue::Str(s)) => Ok(s),
        Ok(StringValue::Bytes(b)) => Ok(base64(&b)),
        Err(e) => Err(e),
    })
}

#[test]
fn literals() {
    let Some(cases) = cases("literals.jsonl") else { return };
    let (mut accepted, mut values) =
        (Score::new("literals, accepted".into()), Score::new("literals, value".into()));
    let mut messages = Score::new("literals, message and position".into());
    for case in cases {
        let src = case["src"].as_str().unwrap_or_default();
        let errors = parse(src, &ParseOptions::default()).errors;
        let value = literal_value(src);
        let show = || format!("{case}\ngot {errors:?} {value:?}");
        if let Some(load) = case["load"].as_array() {
            let message = load[0]["msg"].as_str().unwrap_or("");
            let compiled = message.strip_prefix("in.cue:").and_then(|m| m.contains(": ").then_some(m));
            match (compiled, &value) {
                (None, _) => {
                    let got = errors.first().map(|e| (e.message.as_str(), place(e)));
                    let want = load[0]["pos"][0].as_str().unwrap_or("").to_owned();
                    accepted.add(!errors.is_empty(), show);
                    messages.add(got == Some((message, want)), show);
                }
                (Some(message), Some(value)) => {
                    let value = value.as_ref().map_err(|e| message.ends_with(e.as_str()));
                    accepted.add(errors.is_empty() && value == Err(true), show);
                }
                (Some(_), None) => accepted.add(errors.is_empty(), show),
            }
            continue;
        }
        accepted.add(errors.is_empty(), show);
        if let (Some(value), Some(want)) = (&value, case["value"]["v"].as_str()) {
            values.add(value.as_deref() == Ok(want), show);
        }
    }
    for score in [&accepted, &values, &messages] {
        score.print();
        assert_eq!(score.passed, score.total);
    }
}
