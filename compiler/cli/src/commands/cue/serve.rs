//! `cue serve`: the compiler for programs of any language, as JSON requests and answers, one a line, in order.
//!
//! Requests: `{"op":"parse","src":…}`, `{"op":"fmt","src":…,"simplify":…}`, `{"op":"eval","files":[[name,text],…]}`.
//! A request that fails, however badly, gets an answer, and the next one is served.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};
use vela_syntax::{ParseOptions, SyntaxError};

use crate::guard;
use crate::status::Status;

/// No arguments.
#[derive(Debug, clap::Args)]
pub struct Serve {}

/// The name of the file that `src` is taken for.
const NAME: &str = "in.cue";

/// Serves until standard input ends.
pub fn run(_: &Serve) -> Status {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => return Status::Done,
            Ok(_) => {}
            Err(_) => return Status::Environment,
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        let mut text = answer(&line).to_string();
        text.push('\n');
        let mut out = io::stdout().lock();
        if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
            return Status::Done;
        }
    }
}

/// The answer to one request.
fn answer(line: &[u8]) -> Value {
    let request: Value = match serde_json::from_slice(line) {
        Ok(request) => request,
        Err(e) => return refusal(&format!("request is not JSON: {e}")),
    };
    match guard::catch(|| serve(&request)) {
        Ok(answer) => answer,
        Err(panic) => refusal(&format!("internal error: {} at {}", panic.message, panic.place)),
    }
}

fn serve(request: &Value) -> Value {
    match request["op"].as_str() {
        Some("parse") => with_source(request, parse),
        Some("fmt") => with_source(request, |_| refusal("not supported")),
        Some(op) => refusal(&format!("unknown op {op:?}")),
        None => refusal("request has no op"),
    }
}

fn with_source(request: &Value, run: impl FnOnce(&str) -> Value) -> Value {
    match request["src"].as_str() {
        Some(src) => run(src),
        None => refusal("request has no src"),
    }
}

fn refusal(message: &str) -> Value {
    json!({"ok": false, "errors": [{"msg": message}]})
}

fn parse(src: &str) -> Value {
    let parse = vela_syntax::parse(src, &ParseOptions::default());
    if parse.errors.is_empty() {
        json!({"ok": true})
    } else {
        json!({"ok": false, "errors": errors(&parse.errors)})
    }
}

fn errors(errors: &[SyntaxError]) -> Vec<Value> {
    let place = |e: &SyntaxError| format!("{NAME}:{}:{}", e.line, e.column);
    errors.iter().map(|e| json!({"msg": e.message, "pos": [place(e)]})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_an_answer() {
        for (request, expected) in [
            (r#"{"op":"parse","src":"a: 1\n"}"#, r#"{"ok":true}"#),
            (r#"{"op":"parse"}"#, r#"{"ok":false,"errors":[{"msg":"request has no src"}]}"#),
            (r#"{"op":"sing"}"#, r#"{"ok":false,"errors":[{"msg":"unknown op \"sing\""}]}"#),
            ("[]", r#"{"ok":false,"errors":[{"msg":"request has no op"}]}"#),
        ] {
            assert_eq!(answer(request.as_bytes()).to_string(), expected);
        }
        assert_eq!(answer(b"\xff{")["ok"], json!(false));
        let bad = answer(br#"{"op":"parse","src":"00: 1\n"}"#);
        assert_eq!(bad["errors"][0], json!({"msg": "illegal integer number", "pos": ["in.cue:1:1"]}));
        let deep = json!({"op": "parse", "src": "[".repeat(100_000)}).to_string();
        assert_eq!(answer(deep.as_bytes())["ok"], json!(false));
    }
}
