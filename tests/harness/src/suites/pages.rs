//! The suite `pages`: Markdown pages under `tests/suites` that state a rule in prose and show it in small programs.
//!
//! A case begins with a program and ends with what it must give:
//!
//! | block | meaning |
//! |---|---|
//! | ` ```cue ` | the program, `in.cue` |
//! | ` ```cue lib/x.cue `, ` ```yaml app.yaml ` | a further file of the case |
//! | ` ```yaml `, ` ```json ` | `cue export --out yaml` (or `json`) of `in.cue` prints exactly this |
//! | ` ```cue result ` | `cue eval` of `in.cue` prints exactly this |
//! | ` ```yaml manifests ` | `vela-lang build app.yaml -d definitions` prints exactly this |
//!
//! A line of `in.cue` or `app.yaml` that ends with `// error: TEXT` or `# error: TEXT` must be reported: some message holds
//! TEXT and names that line (or no place at all, as a structural cycle does), and nothing is printed. A program with neither must pass `cue vet`.

use std::path::Path;

use super::Run;
use crate::board::{Case, Checks, Difference, Style, Suite};
use crate::client::shorten;
use crate::exec::{self, Outcome};
use crate::markdown::{Block, blocks};
use crate::suites::cue::texts;
use crate::{places, pool, script};

/// The single column of the suites that only pass or fail.
pub const PASS: &[&str] = &["pass"];

/// One case of a page.
#[derive(Debug, Clone)]
pub struct PageCase {
    /// `pages/PAGE/LINE HEADING`.
    pub id: String,
    /// Files of the case.
    pub files: Vec<(String, String)>,
    /// The block with the expected output.
    pub expected: Option<Block>,
}

/// Runs the suite.
pub fn run(run: &Run) -> Result<Suite, String> {
    let mut cases = Vec::new();
    for path in places::files(&run.root.join("tests/suites"), "md") {
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        cases.extend(read(&places::stem(&path), &text));
    }
    cases.retain(|case| run.wants(&case.id));
    let results = pool::run(
        &cases,
        || (),
        |(), case| {
            let mut checks = Checks::default();
            let fault = judge(case, run, &mut checks).err();
            if fault.is_some() {
                checks.check(0, false, || texts("page", "", ""));
            }
            Case { id: case.id.clone(), checks, fault }
        },
    );
    Ok(Suite { name: "pages".to_owned(), columns: PASS, style: Style::Tiers, cases: results })
}

/// The cases of a page.
pub fn read(page: &str, text: &str) -> Vec<PageCase> {
    let mut cases: Vec<PageCase> = Vec::new();
    let mut open: Option<PageCase> = None;
    for block in blocks(text) {
        let is_file = block.name.contains('.');
        let is_program = block.language == "cue" && block.name.is_empty();
        if is_program || is_file {
            // A further file belongs to the open case unless that one already has a file of this name.
            let name = if is_file { block.name.as_str() } else { "in.cue" };
            let joins = open.as_ref().is_some_and(|case| {
                case.files.iter().all(|(n, _)| n != name) && case.id.ends_with(&block.heading)
            });
            if !joins {
                cases.extend(open.take());
                let id = format!("pages/{page}/{} {}", block.line, block.heading);
                open = Some(PageCase { id, files: Vec::new(), expected: None });
            }
            if let Some(case) = &mut open {
                case.files.push((name.to_owned(), block.text));
            }
        } else if let Some(mut case) = open.take() {
            if matches!(block.language.as_str(), "yaml" | "json" | "cue") {
                case.expected = Some(block);
            }
            cases.push(case);
        }
    }
    cases.extend(open);
    cases
}

fn judge(case: &PageCase, run: &Run, checks: &mut Checks) -> Result<(), String> {
    let place = tempfile::tempdir().map_err(|e| e.to_string())?;
    let work = place.path().join("work");
    let bin = place.path().join("bin");
    std::fs::create_dir_all(&bin).map_err(|e| e.to_string())?;
    for (name, text) in &case.files {
        let path = work.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&work)).map_err(|e| e.to_string())?;
        std::fs::write(path, text).map_err(|e| format!("{name}: {e}"))?;
    }
    script::link(&run.product.binary, &bin.join("cue")).map_err(|e| e.to_string())?;
    let is_app = case.files.iter().any(|(name, _)| name == "app.yaml");
    let main = if is_app { "app.yaml" } else { "in.cue" };
    let program = case.files.iter().find(|(name, _)| name == main).map_or("", |(_, text)| text.as_str());
    let errors = expected_errors(program);
    let kind = case.expected.as_ref().map_or(("", ""), |b| (b.language.as_str(), b.name.as_str()));
    let mut arguments = match kind {
        _ if is_app => vec!["build", "app.yaml"],
        ("cue", "result") => vec!["eval", "in.cue"],
        ("json", _) => vec!["export", "--out", "json", "in.cue"],
        ("yaml", _) => vec!["export", "--out", "yaml", "in.cue"],
        _ if errors.is_empty() => vec!["vet", "-c=false", "in.cue"],
        _ => vec!["export", "in.cue"],
    };
    if is_app && work.join("definitions").is_dir() {
        arguments.extend(["-d", "definitions"]);
    }
    let binary = if is_app { run.product.binary.clone() } else { bin.join("cue") };
    let outcome = execute(run, &binary, &arguments, &work)?;
    let difference = if errors.is_empty() {
        let expected = case.expected.as_ref().map_or("", |b| b.text.as_str());
        if !outcome.success() {
            Some(found("exit status 0", &outcome))
        } else if outcome.stdout != expected {
            Some(texts(&arguments.join(" "), expected, &outcome.stdout))
        } else {
            None
        }
    } else {
        let missing = errors.iter().find(|(line, text)| !reported(&outcome.stderr, main, *line, text));
        match missing {
            Some((line, text)) => Some(found(&format!("{main}:{line}: … {text}"), &outcome)),
            None if outcome.status != Some(1) => Some(found("exit status 1", &outcome)),
            None if !outcome.stdout.is_empty() => Some(found("nothing on standard output", &outcome)),
            None => None,
        }
    };
    checks.check(0, difference.is_none(), || difference.unwrap_or_else(|| texts("", "", "")));
    Ok(())
}

fn execute(run: &Run, binary: &Path, arguments: &[&str], work: &Path) -> Result<Outcome, String> {
    let mut command = run.product.command_of(binary, arguments);
    command.current_dir(work).env("NO_COLOR", "1");
    exec::run(command, b"", run.product.timeout).map_err(|e| e.to_string())
}

fn found(expected: &str, outcome: &Outcome) -> Difference {
    Difference {
        path: "result".to_owned(),
        what: "outcome".to_owned(),
        expected: expected.to_owned(),
        got: format!(
            "{}\n{}{}",
            outcome.status_text(),
            shorten(&outcome.stdout, 600),
            shorten(&outcome.stderr, 1200)
        ),
    }
}

/// Line and text of each `error:` comment.
fn expected_errors(program: &str) -> Vec<(usize, String)> {
    let comment = |line: &str| {
        ["// error: ", "# error: "]
            .iter()
            .find_map(|mark| line.split_once(mark))
            .map(|(_, text)| text.trim().to_owned())
    };
    program.lines().enumerate().filter_map(|(at, line)| comment(line).map(|text| (at + 1, text))).collect()
}

/// Whether some message holds `text` and names `line` of `file`. A message begins at a line without indentation (or, in
/// the framed style of `build`, holds the place in its frame) and goes on to the next such line.
fn reported(stderr: &str, file: &str, line: usize, text: &str) -> bool {
    let mut messages: Vec<String> = Vec::new();
    for said in stderr.lines() {
        let continues = said.starts_with([' ', '\t', '│', '╭', '╰', '·']) || said.is_empty();
        match messages.last_mut() {
            Some(message) if continues => message.push_str(&format!("\n{said}")),
            _ => messages.push(said.to_owned()),
        }
    }
    let (place, any) = (format!("{file}:{line}:"), format!("{file}:"));
    messages
        .iter()
        .any(|message| message.contains(text) && (message.contains(&place) || !message.contains(&any)))
}

#[cfg(test)]
mod tests {
    use super::{expected_errors, read, reported};

    #[test]
    fn cases_of_a_page() {
        let page = "# P\n```cue\na: 1\n```\n```yaml\na: 1\n```\n```cue\nb: 1 & 2 // error: conflicting\n```\n\
                    ## Q\n```cue definitions/d.cue\n```\n```yaml app.yaml\n```\n```yaml manifests\n```\n";
        let cases = read("p", page);
        assert_eq!(cases.len(), 3);
        assert_eq!(cases[0].expected.as_ref().map(|b| b.text.as_str()), Some("a: 1\n"));
        assert!(cases[1].expected.is_none());
        assert_eq!(cases[2].files.len(), 2);
        assert_eq!(expected_errors(&cases[1].files[0].1), [(1, "conflicting".to_owned())]);
    }

    #[test]
    fn messages_with_places() {
        let stderr = "a: conflicting values 1 and 2:\n    ./in.cue:1:4\n    ./in.cue:2:4\nb: other:\n    ./in.cue:7:1\n";
        assert!(reported(stderr, "in.cue", 2, "conflicting"));
        assert!(!reported(stderr, "in.cue", 7, "conflicting"));
        assert!(reported("a.b: structural cycle\n", "in.cue", 3, "structural cycle"));
    }
}
