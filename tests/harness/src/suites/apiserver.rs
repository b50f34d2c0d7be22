//! The suite `apiserver`: what a real API server said of every object in the recorded results
//! (`conformance/builtin/apiserver-1.36.tsv`), and what `check --kubernetes` says. A column counts each verdict; refusals
//! that depend on other objects of the server are left out.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use super::Run;
use crate::board::{Case, Checks, Difference, Style, Suite};
use crate::client::shorten;
use crate::exec;

/// The columns: objects that the server takes, refuses, and of whose kind it knows nothing.
const VERDICTS: &[&str] = &["accepted", "refused", "unknown"];

/// What a refusal says that depends on what is in the server already.
const STATE: &[&str] = &["already allocated", "already exists", "not found in namespace"];

/// The code of a kind that a cluster does not serve.
const UNKNOWN_API: &str = "E0804";

/// A recorded verdict: the line's place, its fields, and the object.
struct Row {
    id: String,
    verdict: String,
    message: String,
    object: Value,
}

/// Runs the suite.
pub fn run(root: &Path, run: &Run) -> Result<Suite, String> {
    let rows = rows(root, run)?;
    let place = tempfile::tempdir().map_err(|e| e.to_string())?;
    for (n, row) in rows.iter().enumerate() {
        let file = place.path().join(format!("{n:05}.json"));
        std::fs::write(&file, row.object.to_string()).map_err(|e| format!("{}: {e}", file.display()))?;
    }
    let mut command = run.product.command(&[
        "check",
        ".",
        "--kubernetes",
        "1.36",
        "--allow",
        "warnings",
        "--format",
        "json",
        "--max-diagnostics",
        "0",
    ]);
    command.current_dir(place.path());
    let outcome = exec::run(command, b"", run.product.timeout * 6).map_err(|e| e.to_string())?;
    let told: Value = serde_json::from_str(&outcome.stdout).map_err(|e| {
        format!("apiserver: {}: {}: {e}", outcome.status_text(), shorten(outcome.stderr.trim(), 400))
    })?;
    let mut errors: HashMap<usize, Vec<(String, String)>> = HashMap::new();
    for diagnostic in told["diagnostics"].as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let file = text(&diagnostic["labels"][0]["file"]);
        let name = file.trim_start_matches("./").trim_end_matches(".json");
        let Ok(at) = name.parse::<usize>() else {
            return Err(format!("apiserver: a diagnostic without a file: {diagnostic}"));
        };
        if diagnostic["severity"] == "error" {
            errors.entry(at).or_default().push((text(&diagnostic["code"]), text(&diagnostic["message"])));
        }
    }
    let cases = rows.iter().enumerate().map(|(n, row)| judge(row, errors.get(&n))).collect();
    Ok(Suite { name: "apiserver".to_owned(), columns: VERDICTS, style: Style::Tiers, cases })
}

fn judge(row: &Row, errors: Option<&Vec<(String, String)>>) -> Case {
    let unknown = errors.is_some_and(|e| e.iter().any(|(code, _)| code == UNKNOWN_API));
    let got = match (unknown, errors) {
        (true, _) => "unknown",
        (false, Some(_)) => "refused",
        (false, None) => "accepted",
    };
    let mut checks = Checks::default();
    let column = VERDICTS.iter().position(|v| *v == row.verdict).unwrap_or_default();
    checks.check(column, got == row.verdict, || Difference {
        path: "verdict".to_owned(),
        what: got.to_owned(),
        expected: format!("{} {}", row.verdict, row.message),
        got: format!("{got} {}", errors.and_then(|e| e.first()).map_or("", |(_, message)| message)),
    });
    Case { id: row.id.clone(), checks, fault: None }
}

/// The lines of the record with their objects.
fn rows(root: &Path, run: &Run) -> Result<Vec<Row>, String> {
    let file = root.join("apiserver-1.36.tsv");
    let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut cases: HashMap<String, Vec<(String, Value)>> = HashMap::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut rows = Vec::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [case, step, cluster, api, kind, name, verdict, rest @ ..] = &fields[..] else {
            return Err(format!("{}: {line}", file.display()));
        };
        if !cases.contains_key(*case) {
            cases.insert((*case).to_owned(), objects(&root.join("cases").join(case))?);
        }
        let key = [*step, *cluster, *api, *kind, *name].join(" ");
        // Several objects of one name stand in the record in the order of the result.
        let count = seen.entry(format!("{case} {key}")).or_default();
        let mut same = cases[*case].iter().filter(|(k, _)| *k == key);
        let object = same.nth(*count).map(|(_, object)| object.clone());
        *count += 1;
        let id = format!("apiserver/{case} {key}");
        let message = rest.first().copied().unwrap_or_default().to_owned();
        if STATE.iter().any(|s| message.contains(s)) || !run.wants(&id) {
            continue;
        }
        let object = object.ok_or_else(|| format!("{id}: no such object in the recorded result"))?;
        rows.push(Row { id, verdict: (*verdict).to_owned(), message, object });
    }
    Ok(rows)
}

/// The objects of a recorded deployment, each under `step cluster apiVersion kind name`.
fn objects(case: &Path) -> Result<Vec<(String, Value)>, String> {
    let file = case.join("expected.json");
    let text = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let expected: Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut found = Vec::new();
    let mut open: Vec<&Value> = expected["deploy"]["steps"].as_array().into_iter().flatten().collect();
    while let Some(step) = open.pop() {
        open.extend(step["subSteps"].as_array().into_iter().flatten());
        let name = step["name"].as_str().unwrap_or_default();
        for render in step["renders"].as_array().into_iter().flatten() {
            let cluster = match render["cluster"].as_str().unwrap_or_default() {
                "" => "local",
                cluster => cluster,
            };
            for object in render["objects"].as_array().into_iter().flatten() {
                let manifest = if object["manifest"].is_object() { &object["manifest"] } else { object };
                let text = |path: &Value| path.as_str().unwrap_or_default().to_owned();
                let key = [
                    name.to_owned(),
                    cluster.to_owned(),
                    text(&manifest["apiVersion"]),
                    text(&manifest["kind"]),
                    text(&manifest["metadata"]["name"]),
                ];
                found.push((key.join(" "), manifest.clone()));
            }
        }
    }
    Ok(found)
}
