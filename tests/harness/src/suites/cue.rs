//! The CUE suites that go through the line protocol: `eval`, `builtins`, `vectors`, `literals`, `syntax`, `fmt`,
//! `permute`. The format of the cases is `conformance/cue/README.md`.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::Run;
use crate::board::{Case, Checks, Difference, Style, Suite, TIERS};
use crate::client::{Client, Fault, Health};
use crate::node::{self, T1, T2, list, text};
use crate::txtar::Archive;
use crate::{places, pool};

/// How a case is asked and judged.
#[derive(Debug, Clone)]
pub enum Recorded {
    /// `eval`: files of an instance and what `expect.json` holds.
    Instance(Value),
    /// `vectors`, `literals`: the node of `x`, or the errors of a load, or a crash of the reference.
    Field(Value),
    /// `syntax`: accepted or rejected.
    Syntax(Value),
    /// `fmt`: the formatted text.
    Format(Value),
    /// `permute`: one value for every rotation.
    Rotations(Value),
}

/// One case: what to ask, and the recorded result.
#[derive(Debug, Clone)]
pub struct Task {
    /// `suite/name`.
    pub id: String,
    /// Requests of the line protocol; all but `permute` have one.
    pub requests: Vec<Value>,
    /// What is recorded.
    pub recorded: Recorded,
}

/// Runs one of the suites of this module; `root` is the folder `conformance/cue`.
pub fn run(name: &str, root: &Path, run: &Run) -> Result<Suite, String> {
    let mut tasks = read(name, root)?;
    tasks.retain(|task| run.wants(&task.id));
    let health = Arc::new(Health::default());
    let cases = pool::run(
        &tasks,
        || Client::new(run.product, &health),
        |client, task| {
            let answers: Vec<Result<Value, Fault>> = task.requests.iter().map(|r| client.ask(r)).collect();
            judge(task, &answers)
        },
    );
    Ok(suite(name, cases))
}

/// The suite `name` with these results.
pub fn suite(name: &str, cases: Vec<Case>) -> Suite {
    let style =
        if matches!(name, "eval" | "builtins" | "vectors") { Style::TiersAndChecks } else { Style::Tiers };
    Suite { name: name.to_owned(), columns: TIERS, style, cases }
}

/// Reads the cases of the suite `name` below `root`.
pub fn read(name: &str, root: &Path) -> Result<Vec<Task>, String> {
    match name {
        "eval" => archives(name, &root.join("eval")),
        "builtins" => archives(name, &root.join("builtins")),
        "vectors" => {
            let mut tasks = Vec::new();
            for file in places::files(&root.join("builtins/vectors"), "jsonl") {
                let prefix = format!("vectors/{}", places::stem(&file));
                tasks.extend(lines(&file)?.into_iter().map(|line| field(&prefix, line)));
            }
            Ok(tasks)
        }
        "literals" => Ok(lines(&root.join("syntax/literals.jsonl"))?
            .into_iter()
            .map(|line| field(name, line))
            .collect()),
        "syntax" => {
            let mut tasks = Vec::new();
            for part in ["sections", "mutations"] {
                for line in lines(&root.join(format!("syntax/{part}.jsonl")))? {
                    tasks.push(Task {
                        id: format!("syntax/{part}/{}", text(&line, "id")),
                        requests: vec![json!({"op": "parse", "src": line["src"]})],
                        recorded: Recorded::Syntax(line),
                    });
                }
            }
            Ok(tasks)
        }
        "fmt" => {
            let mut tasks = Vec::new();
            for file in places::files(&root.join("fmt"), "jsonl") {
                for line in lines(&file)? {
                    let mut request = json!({"op": "fmt", "src": line["src"]});
                    if line.get("simplify").and_then(Value::as_bool) == Some(true) {
                        request["simplify"] = Value::Bool(true);
                    }
                    tasks.push(Task {
                        id: format!("fmt/{}", text(&line, "id")),
                        requests: vec![request],
                        recorded: Recorded::Format(line),
                    });
                }
            }
            Ok(tasks)
        }
        "permute" => Ok(lines(&root.join("permute/cases.jsonl"))?.into_iter().map(rotations).collect()),
        _ => Err(format!("no such suite: {name}")),
    }
}

fn archives(suite: &str, folder: &Path) -> Result<Vec<Task>, String> {
    let mut tasks = Vec::new();
    for file in places::files(folder, "txtar") {
        let source = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
        let archive = Archive::parse(&source);
        let id = format!("{suite}/{}", places::stem(&file));
        let expect = archive.file("expect.json").ok_or_else(|| format!("{id}: no expect.json"))?;
        let expect: Value = serde_json::from_str(expect).map_err(|e| format!("{id}: {e}"))?;
        let files: Vec<Value> = archive
            .files
            .iter()
            .filter(|(n, _)| n != "expect.json")
            .map(|(n, body)| json!([n, body]))
            .collect();
        let requests = vec![json!({"op": "eval", "files": files})];
        tasks.push(Task { id, requests, recorded: Recorded::Instance(expect) });
    }
    Ok(tasks)
}

fn lines(file: &Path) -> Result<Vec<Value>, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let parse = |line: &str| serde_json::from_str(line).map_err(|e| format!("{}: {e}", file.display()));
    text.lines().filter(|line| !line.is_empty()).map(parse).collect()
}

fn field(prefix: &str, line: Value) -> Task {
    Task {
        id: format!("{prefix}/{}", text(&line, "id")),
        requests: vec![json!({"op": "eval", "files": [["in.cue", line["src"]]]})],
        recorded: Recorded::Field(line),
    }
}

fn rotations(line: Value) -> Task {
    let parts: Vec<&str> = list(&line, "parts").iter().map(|p| p.as_str().unwrap_or("")).collect();
    let requests = (0..parts.len().max(1))
        .map(|first| {
            let rotated: String = parts.iter().cycle().skip(first).take(parts.len()).copied().collect();
            json!({"op": "eval", "files": [["in.cue", format!("{}{rotated}", text(&line, "head"))]]})
        })
        .collect();
    Task { id: text(&line, "id").to_owned(), requests, recorded: Recorded::Rotations(line) }
}

/// Judges the answers to a task's requests.
pub fn judge(task: &Task, answers: &[Result<Value, Fault>]) -> Case {
    let mut checks = Checks::default();
    let fault = answers.iter().find_map(|a| a.as_ref().err()).map(ToString::to_string);
    let first = answers.first().and_then(|a| a.as_ref().ok()).unwrap_or(&Value::Null);
    match &task.recorded {
        Recorded::Instance(expect) => instance(expect, first, &mut checks),
        Recorded::Field(expect) => of_field(expect, first, &mut checks),
        Recorded::Syntax(expect) => syntax(expect, first, &mut checks),
        Recorded::Format(expect) => {
            let ok = first.get("out").is_some() && first.get("out") == expect.get("out");
            checks.check(T1, ok, || texts("formatted text", text(expect, "out"), text(first, "out")));
        }
        Recorded::Rotations(expect) => rotated(expect, answers, &mut checks),
    }
    Case { id: task.id.clone(), checks, fault }
}

/// `eval`: load errors or value, `check` and `export`.
fn instance(expect: &Value, got: &Value, checks: &mut Checks) {
    if expect.get("crash").is_some() {
        return;
    }
    if let Some(errors) = expect.get("load") {
        load(errors, got, checks);
        return;
    }
    let loaded = got.get("load").is_none();
    node::compare(&expect["value"], got.get("value").filter(|_| loaded), checks);
    let got = if loaded { got } else { &Value::Null };
    let check_of = |v: &Value| {
        let part = |name| v.get("check").and_then(|c| c.get(name)).and_then(Value::as_str).map(str::to_owned);
        (part("final"), part("concrete"))
    };
    checks.check(T2, check_of(expect) == check_of(got), || Difference {
        path: "check".to_owned(),
        what: "class of the first error, final and concrete".to_owned(),
        expected: format!("{:?}", check_of(expect)),
        got: format!("{:?}", check_of(got)),
    });
    let exported = |v: &Value| v.get("export").and_then(|e| e.get("ok")).and_then(Value::as_bool);
    checks.check(T1, exported(expect) == exported(got), || Difference {
        path: "export".to_owned(),
        what: "success".to_owned(),
        expected: format!("{:?}", exported(expect)),
        got: node::brief(got.get("export").unwrap_or(&Value::Null)),
    });
    if let Some(json) = expect.get("export").and_then(|e| e.get("json")) {
        let have = got.get("export").and_then(|e| e.get("json"));
        checks.check(T2, have == Some(json), || {
            let have = have.and_then(Value::as_str).unwrap_or("");
            Difference { path: "export".to_owned(), ..texts("JSON bytes", json.as_str().unwrap_or(""), have) }
        });
    }
}

/// A recorded failure to load: failing is T1, the first message T3, its positions T4.
fn load(errors: &Value, got: &Value, checks: &mut Checks) {
    let have = got.get("load");
    checks.check(T1, have.is_some(), || Difference {
        path: "load".to_owned(),
        what: "errors before evaluation".to_owned(),
        expected: node::brief(errors),
        got: node::brief(got),
    });
    let errors = errors.as_array().map_or(&[][..], Vec::as_slice);
    let have = have.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    node::first_error(errors, have, "load", checks);
}

/// `vectors` and `literals`: the node of `x`, or of the whole file where it has no such field.
fn of_field(expect: &Value, got: &Value, checks: &mut Checks) {
    if expect.get("crash").is_some() {
        return;
    }
    if let Some(errors) = expect.get("load") {
        load(errors, got, checks);
        return;
    }
    let whole = got.get("value").filter(|_| got.get("load").is_none());
    let x =
        whole.and_then(|v| list(v, "f").iter().find(|entry| entry[0] == "x")).and_then(|entry| entry.get(1));
    if x.is_none() && whole.is_none() {
        let mut all = Checks::default();
        node::compare(&expect["value"], None, &mut all);
        for first in all.first.iter_mut().flatten() {
            first.got = node::brief(got);
        }
        *checks = all;
        return;
    }
    node::compare(&expect["value"], x.or(whole), checks);
}

fn syntax(expect: &Value, got: &Value, checks: &mut Checks) {
    let ok = expect.get("ok").and_then(Value::as_bool);
    checks.check(T1, ok.is_some() && got.get("ok").and_then(Value::as_bool) == ok, || Difference {
        path: "(file)".to_owned(),
        what: "accepted or rejected".to_owned(),
        expected: node::brief(&json!({"ok": expect["ok"], "errors": expect["errors"]})),
        got: node::brief(got),
    });
    if ok == Some(false) {
        node::first_error(list(expect, "errors"), list(got, "errors"), "(file)", checks);
    }
}

/// `permute`: one check, that every rotation gives the recorded value in what T1 compares.
fn rotated(expect: &Value, answers: &[Result<Value, Fault>], checks: &mut Checks) {
    let mut difference = None;
    for (rotation, answer) in answers.iter().enumerate() {
        let got = answer.as_ref().ok().filter(|a| a.get("load").is_none());
        let mut all = Checks::default();
        node::compare(&expect["value"], got.and_then(|a| a.get("value")), &mut all);
        if all.failed[T1] > 0 {
            difference = all.first[T1]
                .take()
                .map(|d| Difference { path: format!("rotation {rotation}: {}", d.path), ..d });
            break;
        }
    }
    checks.check(T1, difference.is_none(), || difference.unwrap_or_else(|| texts("value", "", "")));
}

/// The difference of two texts, from the first line that differs.
pub fn texts(what: &str, expected: &str, got: &str) -> Difference {
    let same = expected.lines().zip(got.lines()).take_while(|(a, b)| a == b).count();
    let from = |t: &str| {
        let tail: Vec<&str> = t.lines().skip(same).take(6).collect();
        if tail.is_empty() { "(end of text)".to_owned() } else { tail.join("\n") }
    };
    Difference {
        path: format!("line {}", same + 1),
        what: what.to_owned(),
        expected: from(expected),
        got: from(got),
    }
}

/// The answers that the reference would give to the requests of `task`: what is recorded, in the protocol's shape. Tests
/// feed them to [`judge`] to prove that the comparison accepts the truth and counts as the board of the README says.
pub fn recorded_answers(task: &Task) -> Vec<Value> {
    match &task.recorded {
        Recorded::Instance(expect) => vec![expect.clone()],
        Recorded::Field(expect) => {
            if expect.get("load").is_some() {
                return vec![json!({"load": expect["load"]})];
            }
            vec![json!({"value": {"k": "struct", "f": [["x", expect["value"]]]}})]
        }
        Recorded::Syntax(expect) => vec![json!({"ok": expect["ok"], "errors": expect["errors"]})],
        Recorded::Format(expect) => vec![json!({"ok": true, "out": expect["out"]})],
        Recorded::Rotations(expect) => {
            task.requests.iter().map(|_| json!({"value": expect["value"]})).collect()
        }
    }
}
