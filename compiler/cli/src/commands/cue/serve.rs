//! `cue serve`: the compiler for programs of any language, as JSON requests and answers, one a line, in order.
//!
//! Requests: `{"op":"parse","src":…}`, `{"op":"fmt","src":…,"simplify":…}`, `{"op":"eval","files":[[name,text],…]}`.
//! A request that fails, however badly, gets an answer, and the next one is served.

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};
use vela_diagnostics::Sources;
use vela_eval::{Eval, protocol};
use vela_load::{ErrorKind, LoadError, LoadOptions, MemoryWorld, load};
use vela_syntax::{FormatError, FormatOptions, ParseOptions, SyntaxError, format};

use super::session;
use crate::guard;
use crate::library;
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
        Some("eval") => eval(request),
        Some("fmt") => with_source(request, |src| fmt(src, request["simplify"].as_bool().unwrap_or(false))),
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

fn fmt(src: &str, simplify: bool) -> Value {
    match format(src, &FormatOptions { simplify, ..FormatOptions::default() }) {
        Ok(out) => json!({"ok": true, "out": out}),
        Err(FormatError::Syntax(faults)) => json!({"ok": false, "errors": errors(&faults)}),
        Err(e) => refusal(&e.to_string()),
    }
}

fn refusal(message: &str) -> Value {
    json!({"ok": false, "errors": [{"msg": message}]})
}

/// The folder in which the files of a request lie.
const FOLDER: &str = "/serve";

/// Evaluates the CUE files at the top as one instance, the others are there to be imported.
fn eval(request: &Value) -> Value {
    let Some(files) = request["files"].as_array() else { return refusal("request has no files") };
    let mut world = MemoryWorld::new();
    let mut args = Vec::new();
    for file in files {
        let (Some(name), Some(text)) = (file[0].as_str(), file[1].as_str()) else {
            return refusal("a file is a name and a text");
        };
        let name = vela_load::paths::clean(name);
        world = world.file(&vela_load::paths::join(FOLDER, &name), text);
        if name.ends_with(".cue") && !name.contains('/') {
            args.push(name);
        }
    }
    let options = LoadOptions {
        folder: FOLDER,
        args: &args,
        tags: &[],
        variables: false,
        tools: false,
        tests: false,
        schemas: false,
        protos: vela_load::ProtoSearch::default(),
        builtin: &library::has_package,
    };
    match load(&world, &options).single() {
        Err((errors, sources)) => json!({"load": load_errors(&errors, &sources)}),
        Ok(mut program) => {
            vela_stdlib::add_preludes(&mut program.ir);
            let mut eval = Eval::new(&program.ir, library::library());
            // To compare results with and without the evaluator's shortcuts.
            if request["plain"].as_bool().unwrap_or(false) {
                eval.devices = vela_eval::Devices::OFF;
            }
            let root = eval.package(program.main);
            let mut answer = match eval.finalize(root) {
                Ok(()) => protocol::answer(&mut eval, root),
                Err(budget) => json!({"load": [{"msg": session::exhausted(&eval, budget)}]}),
            };
            bare_names(&mut answer);
            answer
        }
    }
}

fn load_errors(errors: &[LoadError], sources: &Sources) -> Vec<Value> {
    let one = |e: &LoadError| {
        let mut out = json!({});
        if !e.path.is_empty() {
            out["path"] = e.path.join(".").into();
        }
        let mut places: Vec<String> = Vec::new();
        for p in &e.places {
            let (line, column) = p.line_col(sources);
            let name = sources.name(p.source);
            let text = format!("{}:{line}:{column}", name.strip_prefix("./").unwrap_or(name));
            if !places.contains(&text) {
                places.push(text);
            }
        }
        out["msg"] = match places.first() {
            Some(first) if names_its_place(e) => format!("{first}: {}", e.message).into(),
            _ => e.message.clone().into(),
        };
        if !places.is_empty() {
            out["pos"] = places.into();
        }
        out
    };
    errors.iter().map(one).collect()
}

/// The reference's compiler puts an error's place in its text; what is wrong with imports is found before that.
fn names_its_place(e: &LoadError) -> bool {
    let of_import = ["imported and not used", "redeclared as imported package name", "builtin package"];
    e.kind == ErrorKind::Compile && !of_import.iter().any(|text| e.message.contains(text))
}

/// Takes the `./` off the file names of places: the files of a request lie nowhere.
fn bare_names(answer: &mut Value) {
    let mut todo = vec![answer];
    while let Some(value) = todo.pop() {
        match value {
            Value::Array(items) => todo.extend(items),
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::Array(places) if name == "pos" => {
                            for place in places {
                                if let Some(bare) = place.as_str().and_then(|p| p.strip_prefix("./")) {
                                    *place = bare.into();
                                }
                            }
                        }
                        other => todo.push(other),
                    }
                }
            }
            _ => {}
        }
    }
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
