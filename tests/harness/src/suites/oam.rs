//! The suites `oam` and `definitions`: Applications with their definitions (or the built-in ones) and the plans that they
//! must give. The format and the rules are those of `conformance/oam/README.md`.
//!
//! A column counts what it can compare: `convert` each definition that converts, `dry-run` and `deploy` each case that the
//! reference renders at all, `status` each case with live objects, `errors` each place where the reference fails.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use super::Run;
use crate::board::{Case, Checks, Difference, OAM, Style, Suite};
use crate::client::{Client, Health, Product, shorten};
use crate::exec::{self, Outcome};
use crate::json::{at, difference, shown};
use crate::{places, pool};

const CONVERT: usize = 0;
const DRY_RUN: usize = 1;
const DEPLOY: usize = 2;
const STATUS: usize = 3;
const ERRORS: usize = 4;

/// The built-in definitions' cases whose recorded error is an oversight of the original: `conformance/builtin/README.md`
/// accepts a sensible rendering as well.
const EITHER: &[&str] = &[
    "definitions/gateway/only-secret-name",
    "definitions/k8s-update-strategy/default",
    "definitions/securitycontext/empty",
    "definitions/startup-probe/probes",
    "definitions/combinations/resource-after-sidecar",
];

/// One case: its folder, options and recorded result.
#[derive(Debug, Clone)]
pub struct Task {
    /// `suite/area/name`.
    pub id: String,
    /// Where its files are.
    pub folder: PathBuf,
    /// The lines of `case.yaml` but `about`.
    pub options: Vec<(String, String)>,
    /// `expected.json`.
    pub expected: Value,
}

impl Task {
    fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What the product printed for a case: JSON and whether it ended with status 0; an error text where there is no JSON.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Standard output as JSON.
    pub value: Result<Value, String>,
    /// Whether the exit status was 0.
    pub success: bool,
}

impl Answer {
    /// Reads a command's outcome. A crash or hang gives no value, whatever was printed.
    fn of(outcome: std::io::Result<Outcome>) -> Self {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(e) => return Answer { value: Err(e.to_string()), success: false },
        };
        let said = format!("{}: {}", outcome.status_text(), shorten(outcome.stderr.trim(), 800));
        let value = if outcome.broke() {
            Err(said)
        } else {
            serde_json::from_str(&outcome.stdout)
                .map_err(|e| format!("{said}; no JSON on standard output: {e}"))
        };
        Answer { value, success: outcome.success() }
    }

    fn part(&self, name: &str) -> Option<&Value> {
        self.value.as_ref().ok().and_then(|v| v.get(name))
    }
}

/// The answers to one case.
#[derive(Debug, Clone, Default)]
pub struct Answers {
    /// `def render -o json`.
    pub convert: Option<Answer>,
    /// `build --compat=dry-run -o plan`.
    pub dry_run: Option<Answer>,
    /// `build -o plan`.
    pub deploy: Option<Answer>,
}

/// Runs the cases below `root`.
pub fn run(name: &str, root: &Path, run: &Run) -> Result<Suite, String> {
    let mut tasks = read(name, root)?;
    tasks.retain(|task| run.wants(&task.id));
    let health = Arc::new(Health::default());
    let cases = pool::run(
        &tasks,
        || Client::new(run.product, &health),
        |client, task| {
            let answers = ask(task, run.product);
            let mut format = |source: &str| {
                let answer = client.ask(&json!({"op": "fmt", "src": source})).ok()?;
                answer.get("out").and_then(Value::as_str).map(str::to_owned)
            };
            judge(task, &answers, &mut format)
        },
    );
    Ok(suite(name, cases))
}

/// The suite `name` with these results.
pub fn suite(name: &str, cases: Vec<Case>) -> Suite {
    Suite { name: name.to_owned(), columns: OAM, style: Style::Areas, cases }
}

/// Reads the cases below `root`, `<area>/<case>/`.
pub fn read(suite: &str, root: &Path) -> Result<Vec<Task>, String> {
    let mut tasks = Vec::new();
    for area in places::folders(root) {
        for folder in places::folders(&area) {
            let id = format!("{suite}/{}/{}", places::name(&area), places::name(&folder));
            let text = |file: &str| {
                std::fs::read_to_string(folder.join(file)).map_err(|e| format!("{id}/{file}: {e}"))
            };
            let expected = serde_json::from_str(&text("expected.json")?).map_err(|e| format!("{id}: {e}"))?;
            let options = options(&text("case.yaml")?);
            tasks.push(Task { id, folder, options, expected });
        }
    }
    Ok(tasks)
}

/// The top-level `name: value` lines of a `case.yaml`; `about`, the only one that spans lines, is left out.
fn options(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter(|line| !line.starts_with([' ', '#']))
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| *name != "about")
        .map(|(name, value)| (name.to_owned(), value.trim().trim_matches(['\'', '"']).to_owned()))
        .collect()
}

/// Runs the product on a case, as `design/cli.md` "Machine-readable plans" says.
pub fn ask(task: &Task, product: &Product) -> Answers {
    let mut answers = Answers::default();
    let run = |arguments: &[&str]| {
        let mut command = product.command(arguments);
        command.current_dir(&task.folder);
        Answer::of(exec::run(command, b"", product.timeout))
    };
    if let Some(definitions) = task.expected.get("definitions").and_then(Value::as_array) {
        let files = definitions.iter().filter_map(|d| d.get("file").and_then(Value::as_str));
        let arguments: Vec<&str> = ["def", "render", "-o", "json"].into_iter().chain(files).collect();
        answers.convert = Some(run(&arguments));
    }
    if task.option("only") == Some("convert") {
        return answers;
    }
    let has = |file: &str| task.folder.join(file).exists();
    let mut common = vec!["build", "app.yaml"];
    if has("definitions") {
        common.extend(["-d", "definitions"]);
    }
    for file in ["policies.yaml", "workflow.yaml", "objects.yaml"] {
        if has(file) {
            common.extend(["-f", file]);
        }
    }
    if has("clusters.yaml") {
        common.extend(["--clusters", "clusters.yaml"]);
    }
    for (option, flag) in [("appRevision", "--revision"), ("definitionNamespace", "--definition-namespace")] {
        if let Some(value) = task.option(option) {
            common.extend([flag, value]);
        }
    }
    if task.option("applicationPolicies") == Some("true") {
        common.push("--application-policies");
    }
    let with =
        |more: &[&'static str]| -> Vec<&str> { common.iter().copied().chain(more.iter().copied()).collect() };
    let live: &[&str] =
        if has("live.yaml") { &["--live", "live.yaml", "-o", "plan"] } else { &["-o", "plan"] };
    answers.deploy = Some(run(&with(live)));
    if task.expected.get("dryRun").is_some() {
        let merge = task.option("merge") == Some("true");
        let more: &[&str] = if merge {
            &["--compat=dry-run", "--merge", "-o", "plan"]
        } else {
            &["--compat=dry-run", "-o", "plan"]
        };
        answers.dry_run = Some(run(&with(more)));
    }
    answers
}

/// Judges a case. `format` formats CUE text, for the parts that are compared after parsing.
pub fn judge(task: &Task, answers: &Answers, format: &mut dyn FnMut(&str) -> Option<String>) -> Case {
    let mut best = judge_one(task, &task.expected, answers, format);
    // Where the older evaluator differs, either result passes.
    if let Some(older) = task.expected.get("olderEvaluator").and_then(Value::as_object) {
        let mut expected = task.expected.clone();
        for (part, value) in older {
            expected[part] = value.clone();
        }
        let other = judge_one(task, &expected, answers, format);
        if !other.any_failed() {
            best = other;
        }
    }
    if EITHER.contains(&task.id.as_str()) && best.any_failed() && renders_cleanly(answers) {
        best.failed = Default::default();
        best.first = Default::default();
    }
    Case { id: task.id.clone(), checks: best, fault: None }
}

/// Whether both plans came out without any error.
fn renders_cleanly(answers: &Answers) -> bool {
    [&answers.deploy, &answers.dry_run].into_iter().flatten().all(|answer| {
        answer.success
            && answer.value.as_ref().is_ok_and(|value| error_places(value, &mut Vec::new()).is_empty())
    })
}

fn judge_one(
    task: &Task,
    expected: &Value,
    answers: &Answers,
    format: &mut dyn FnMut(&str) -> Option<String>,
) -> Checks {
    let mut checks = Checks::default();
    if let Some(definitions) = expected.get("definitions").and_then(Value::as_array) {
        convert(definitions, answers.convert.as_ref(), format, &mut checks);
    }
    if task.option("only") == Some("convert") {
        return checks;
    }
    let free: Vec<&str> = expected
        .get("compare")
        .and_then(|c| c.get("free"))
        .and_then(Value::as_array)
        .map(|items| items.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    if expected.get("error").is_some() {
        let failed = answers.deploy.as_ref().is_some_and(|a| {
            let reported = a.part("error").or_else(|| a.part("deploy").and_then(|d| d.get("error")));
            reported.is_some_and(|e| !e.is_null()) && !a.success
        });
        checks.check(ERRORS, failed, || missing_error("", expected.get("error"), answers.deploy.as_ref()));
    }
    part(DRY_RUN, "dryRun", expected, answers.dry_run.as_ref(), &free, &mut checks);
    part(DEPLOY, "deploy", expected, answers.deploy.as_ref(), &free, &mut checks);
    part(STATUS, "status", expected, answers.deploy.as_ref(), &free, &mut checks);
    checks
}

/// Compares one part of the plan: each place of an error by its presence, and what was rendered as a whole.
fn part(
    column: usize,
    name: &str,
    expected: &Value,
    answer: Option<&Answer>,
    free: &[&str],
    checks: &mut Checks,
) {
    let Some(want) = expected.get(name) else { return };
    let got = answer.and_then(|a| a.part(name));
    let mut places = error_places(want, &mut Vec::new());
    for place in &places {
        let recorded = at(want, place).and_then(|node| node.get("error"));
        let crash = recorded
            .and_then(|e| e.get("class"))
            .is_some_and(|class| class.to_string().contains("upstream-crash"));
        let node = got.and_then(|got| at(got, place));
        let reported = node.and_then(|node| node.get("error")).is_some_and(|e| !e.is_null());
        let silent = node.is_some_and(|node| {
            ["objects", "sections"]
                .iter()
                .all(|m| node.get(m).and_then(Value::as_array).is_none_or(Vec::is_empty))
        });
        let ok =
            if crash { node.is_some() } else { reported && silent && answer.is_some_and(|a| !a.success) };
        let path = if place.is_empty() { name.to_owned() } else { format!("{name}.{}", shown(place)) };
        checks.check(ERRORS, ok, || missing_error(&path, recorded, answer));
    }
    if places.iter().any(Vec::is_empty) {
        return;
    }
    for place in &mut places {
        place.push("error".to_owned());
    }
    let skip_renders = column == DEPLOY && free.contains(&"deploy.steps[].renders");
    let skip = |path: &[String]| {
        places.iter().any(|place| place == path)
            // An error as well: its presence counts, not its text.
            || path.first().is_some_and(|p| p == "policyError") && path.len() > 1
            || (skip_renders
                && path.first().is_some_and(|p| p == "steps")
                && path.last().is_some_and(|p| p == "renders"))
    };
    let (mut want, mut have) = (want.clone(), got.cloned());
    if column == DEPLOY {
        without_revision(&mut want);
        have.iter_mut().for_each(without_revision);
    }
    let failed = match (&have, answer) {
        (Some(have), Some(answer)) => {
            let found = difference(&want, have, &mut Vec::new(), &skip)
                .map(|d| Difference { path: format!("{name}.{}", d.path), ..d });
            // With live objects the status also says what is unhealthy; only a pure rendering must end with 0.
            let fails = expected.get("status").is_some() || want.get("policyError").is_some();
            let must_succeed = places.is_empty() && !fails;
            found.or_else(|| {
                (must_succeed && !answer.success).then(|| Difference {
                    path: name.to_owned(),
                    what: "exit status".to_owned(),
                    expected: "0".to_owned(),
                    got: "another".to_owned(),
                })
            })
        }
        _ => Some(Difference {
            path: name.to_owned(),
            what: "plan".to_owned(),
            expected: crate::node::brief(&want),
            got: described(answer),
        }),
    };
    checks
        .check(column, failed.is_none(), || failed.unwrap_or_else(|| crate::suites::cue::texts("", "", "")));
}

/// The plan's answer in a line, for messages.
fn described(answer: Option<&Answer>) -> String {
    match answer.map(|a| &a.value) {
        None => "nothing".to_owned(),
        Some(Ok(value)) => crate::node::brief(value),
        Some(Err(why)) => why.clone(),
    }
}

fn missing_error(path: &str, recorded: Option<&Value>, answer: Option<&Answer>) -> Difference {
    Difference {
        path: if path.is_empty() { "(top)".to_owned() } else { path.to_owned() },
        what: "an error, nothing rendered, and an exit status other than 0".to_owned(),
        expected: recorded.map_or(String::new(), crate::node::brief),
        got: described(answer),
    }
}

/// Paths of the nodes with an `error`, not looking into rendered objects and user data.
fn error_places(value: &Value, path: &mut Vec<String>) -> Vec<Vec<String>> {
    let mut places = Vec::new();
    match value {
        Value::Object(members) => {
            if members.get("error").is_some_and(|e| !e.is_null()) {
                places.push(path.clone());
            }
            for (key, member) in members {
                if matches!(
                    key.as_str(),
                    "error" | "manifest" | "object" | "properties" | "transformedApplication"
                ) {
                    continue;
                }
                path.push(key.clone());
                places.append(&mut error_places(member, path));
                path.pop();
            }
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                path.push(at.to_string());
                places.append(&mut error_places(item, path));
                path.pop();
            }
        }
        _ => {}
    }
    places
}

/// Removes the labels and annotations with the reference's own hashes from every manifest, also from the pods' templates
/// in it: `context.revision` is such a hash.
fn without_revision(plan: &mut Value) {
    match plan {
        Value::Object(members) => {
            for (key, member) in members.iter_mut() {
                if let Some(map) = member.as_object_mut().filter(|_| key == "labels" || key == "annotations")
                {
                    map.remove("app.oam.dev/app-revision-hash");
                    map.remove("app.oam.dev/revision");
                } else {
                    without_revision(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_revision),
        _ => {}
    }
}

/// Compares the definitions one by one: `convert` where the reference converts, `errors` where it does not.
fn convert(
    expected: &[Value],
    answer: Option<&Answer>,
    format: &mut dyn FnMut(&str) -> Option<String>,
    checks: &mut Checks,
) {
    let none = Vec::new();
    let got = answer.and_then(|a| a.value.as_ref().ok()).and_then(Value::as_array).unwrap_or(&none);
    for want in expected {
        let file = want.get("file").and_then(Value::as_str).unwrap_or("");
        let have = got.iter().find(|g| g.get("file").and_then(Value::as_str) == Some(file));
        if want.get("error").is_some() {
            let reported = have
                .is_some_and(|h| h.get("error").is_some_and(|e| !e.is_null()) && h.get("object").is_none());
            let ok = reported && answer.is_some_and(|a| !a.success);
            checks.check(ERRORS, ok, || missing_error(file, want.get("error"), answer));
            continue;
        }
        let found = match (want.get("object"), have.and_then(|h| h.get("object"))) {
            (Some(want), Some(have)) => definition(want, have, format),
            (want, _) => Some(Difference {
                path: String::new(),
                what: "object".to_owned(),
                expected: want.map_or(String::new(), crate::node::brief),
                got: have.map_or_else(|| described(answer), crate::node::brief),
            }),
        };
        checks.check(CONVERT, found.is_none(), || {
            let found = found.unwrap_or_else(|| crate::suites::cue::texts("", "", ""));
            Difference { path: format!("{file} {}", found.path), ..found }
        });
    }
}

/// Compares two definition objects: the template and the status texts after formatting, all else exactly.
fn definition(
    want: &Value,
    have: &Value,
    format: &mut dyn FnMut(&str) -> Option<String>,
) -> Option<Difference> {
    let parsed = |path: &[String]| {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        matches!(words.as_slice(), ["spec", "schematic", "cue", "template"] | ["spec", "status", _])
    };
    if let Some(found) = difference(want, have, &mut Vec::new(), &parsed) {
        return Some(found);
    }
    let mut places = vec!["/spec/schematic/cue/template".to_owned()];
    for object in [want, have] {
        let status = object.pointer("/spec/status").and_then(Value::as_object);
        places.extend(status.into_iter().flatten().map(|(key, _)| format!("/spec/status/{key}")));
    }
    places.dedup();
    for place in places {
        let (a, b) = (want.pointer(&place), have.pointer(&place));
        if a == b {
            continue;
        }
        let mut formatted = |v: Option<&Value>| v.and_then(Value::as_str).and_then(&mut *format);
        let (fa, fb) = (formatted(a), formatted(b));
        if fa.is_none() || fa != fb {
            let text = |v: Option<&Value>, formatted: Option<String>| {
                formatted.unwrap_or_else(|| {
                    v.map_or("nothing".to_owned(), |v| v.as_str().unwrap_or("?").to_owned())
                })
            };
            let found = crate::suites::cue::texts("CUE text after formatting", &text(a, fa), &text(b, fb));
            return Some(Difference { path: format!("{place} {}", found.path), ..found });
        }
    }
    None
}

/// The answers that the reference would give: what is recorded. Tests feed them to [`judge`].
pub fn recorded_answers(task: &Task) -> Answers {
    let pick = |parts: &[&str]| {
        let mut value = json!({});
        for part in parts {
            if let Some(found) = task.expected.get(part) {
                value[*part] = found.clone();
            }
        }
        let success = error_places(&value, &mut Vec::new()).is_empty();
        Answer { value: Ok(value), success }
    };
    let definitions = task.expected.get("definitions");
    Answers {
        convert: definitions
            .map(|d| Answer { value: Ok(d.clone()), success: error_places(d, &mut Vec::new()).is_empty() }),
        dry_run: Some(pick(&["dryRun"])),
        deploy: Some(pick(&["deploy", "status", "error"])),
    }
}
