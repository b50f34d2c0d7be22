//! The suite `lsp`: scripted sessions with the language server, `tests/lsp/*.txtar`. The archive's files are the workspace,
//! its comment is the script:
//!
//! | line | meaning |
//! |---|---|
//! | `request METHOD JSON` | sends a request and waits for its answer |
//! | `answer JSON` | the last request's result holds this |
//! | `contains TEXT` | the last request's result, as JSON or the text that it is, contains this |
//! | `nothing` | the last request's result is null |
//! | `refused TEXT` | the last request ended with an error that holds TEXT |
//! | `notify METHOD JSON` | sends a notification |
//! | `open FILE`, `close FILE` | `textDocument/didOpen` with the file's text, `didClose` |
//! | `edit FILE L:C-L:C TEXT` | `didChange` of a range, positions from 0; TEXT is a JSON string |
//! | `expect METHOD JSON` | a notification or request from the server that holds this has come, or comes in time |
//! | `write FILE TEXT`, `remove FILE`, `rename FILE FILE` | changes the disk |
//! | `exit` | `shutdown`, `exit`; the process must end with status 0 |
//! | `vanish` | closes the connection without a word; the process must end |
//!
//! A line that begins with white space continues the one before. A value holds another when every member of the other's
//! objects is there and holds, lists have equal length and hold element by element, and all else is equal; the text
//! `"*"` holds anywhere. `$ROOT` is the workspace's URI. The texts `<|>` and `<|name>` in a file mark positions and are
//! removed; `$AT` and `$AT_name` are those positions (the file's URI and the position, as members for `params`).
//!
//! Comments `# feature: NAME | cue or yaml | WHAT` at the head say which features a session tries; `features` collects
//! them for the table in `docs/editors.md`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Run;
use super::pages::PASS;
use crate::board::{Case, Checks, Difference, Style, Suite};
use crate::client::Product;
use crate::editor::Server;
use crate::txtar::Archive;
use crate::{places, pool};

/// Runs the suite.
pub fn run(run: &Run) -> Result<Suite, String> {
    let mut files = places::files(&run.root.join("tests/lsp"), "txtar");
    files.retain(|path| run.wants(&format!("lsp/{}", places::stem(path))));
    let cases = pool::run(
        &files,
        || (),
        |(), path| {
            let mut checks = Checks::default();
            let failed = std::fs::read_to_string(path)
                .map_err(|e| Box::new(super::cue::texts(&e.to_string(), "", "")))
                .and_then(|text| session(&Archive::parse(&text), run.product))
                .err();
            checks
                .check(0, failed.is_none(), || failed.map_or_else(|| super::cue::texts("", "", ""), |d| *d));
            Case { id: format!("lsp/{}", places::stem(path)), checks, fault: None }
        },
    );
    Ok(Suite { name: "lsp".to_owned(), columns: PASS, style: Style::Tiers, cases })
}

/// Runs a session. An error says at which line it went wrong.
fn session(archive: &Archive, product: &Product) -> Result<(), Box<Difference>> {
    let fault = |e: String| Box::new(super::cue::texts(&e, "", ""));
    let place = tempfile::tempdir().map_err(|e| fault(e.to_string()))?;
    let root = std::fs::canonicalize(place.path()).map_err(|e| fault(e.to_string()))?;
    let root_uri = format!("file://{}", root.display());
    let mut texts = BTreeMap::new();
    let mut marks = BTreeMap::new();
    for (name, body) in &archive.files {
        let mut body = body.clone();
        while let Some((at, mark)) = take_mark(&mut body) {
            let place = json!({"textDocument": {"uri": format!("{root_uri}/{name}")}, "position": position(&body[..at])});
            marks.insert(if mark.is_empty() { "$AT".to_owned() } else { format!("$AT_{mark}") }, place);
        }
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&root)).map_err(|e| fault(e.to_string()))?;
        std::fs::write(path, &body).map_err(|e| fault(e.to_string()))?;
        texts.insert(name.clone(), body);
    }
    let mut server = Server::start(product, &root).map_err(fault)?;
    let mut state =
        State { folder: root, root: root_uri, marks, texts, versions: BTreeMap::new(), last: Value::Null };
    for (number, line) in joined(&archive.comment) {
        step(&line, &mut server, &mut state).map_err(|got| {
            Box::new(Difference {
                path: format!("line {number}"),
                what: line.lines().next().unwrap_or("").to_owned(),
                expected: line.clone(),
                got: crate::client::shorten(&got, 3000),
            })
        })?;
    }
    Ok(())
}

/// Takes the first mark out of a text: where it was, and its name.
fn take_mark(body: &mut String) -> Option<(usize, String)> {
    let mut from = 0;
    loop {
        let at = from + body[from..].find("<|")?;
        let rest = &body[at + 2..];
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        if rest[name.len()..].starts_with('>') {
            body.replace_range(at..at + name.len() + 3, "");
            return Some((at, name));
        }
        from = at + 2;
    }
}

/// What the sessions try: feature, `cue` or `yaml`, what of it, and the session's name. In the order of the sessions.
pub fn features(root: &Path) -> Result<Vec<[String; 4]>, String> {
    let mut out = Vec::new();
    for path in places::files(&root.join("tests/lsp"), "txtar") {
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        for line in Archive::parse(&text).comment.lines() {
            let Some(rest) = line.strip_prefix("# feature: ") else { continue };
            let parts: Vec<&str> = rest.splitn(3, " | ").map(str::trim).collect();
            let [feature, language @ ("cue" | "yaml"), what] = parts.as_slice() else {
                return Err(format!("{}: `{line}` is no feature", path.display()));
            };
            out.push([*feature, *language, *what, &places::stem(&path)].map(str::to_owned));
        }
    }
    Ok(out)
}

/// What a session's lines refer to.
struct State {
    folder: PathBuf,
    root: String,
    marks: BTreeMap<String, Value>,
    texts: BTreeMap<String, String>,
    versions: BTreeMap<String, i64>,
    last: Value,
}

/// Lines with their number, continuations joined, comments and blank lines left out.
fn joined(script: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (at, line) in script.lines().enumerate() {
        if line.starts_with([' ', '\t']) && !line.trim().is_empty() {
            if let Some((_, last)) = lines.last_mut() {
                last.push('\n');
                last.push_str(line);
            }
        } else if !line.trim().is_empty() && !line.starts_with('#') {
            lines.push((at + 1, line.to_owned()));
        }
    }
    lines
}

fn step(line: &str, server: &mut Server, state: &mut State) -> Result<(), String> {
    let (verb, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let (first, tail) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let json_of = |text: &str| -> Result<Value, String> {
        if text.trim().is_empty() {
            return Ok(Value::Null);
        }
        let mut text = text.replace("$ROOT", &state.root);
        // The longer names first: `$AT` begins all of them.
        for (mark, place) in state.marks.iter().rev() {
            text = text.replace(mark.as_str(), &place.to_string());
        }
        serde_json::from_str(&text).map_err(|e| format!("{e}: {text}"))
    };
    match verb {
        "request" => {
            let params = json_of(tail)?;
            state.last = server.request(first, &params)?;
        }
        "answer" => {
            let want = json_of(rest)?;
            if state.last.get("error").is_some() || !holds(&want, &state.last["result"]) {
                return Err(state.last.to_string());
            }
        }
        "contains" => {
            let found = match &state.last["result"] {
                Value::String(text) => text.clone(),
                // A hover is read as its text.
                other => match other.pointer("/contents/value").and_then(Value::as_str) {
                    Some(text) => text.to_owned(),
                    None => other.to_string(),
                },
            };
            if state.last.get("error").is_some() || !found.contains(rest) {
                return Err(state.last.to_string());
            }
        }
        "nothing" => {
            if state.last.get("error").is_some() || !state.last["result"].is_null() {
                return Err(state.last.to_string());
            }
        }
        "write" => {
            let text: String = serde_json::from_str(tail.trim()).map_err(|e| e.to_string())?;
            std::fs::write(state.folder.join(first), text).map_err(|e| e.to_string())?;
        }
        "remove" => std::fs::remove_file(state.folder.join(first)).map_err(|e| e.to_string())?,
        "rename" => {
            let (from, to) = (state.folder.join(first), state.folder.join(tail.trim()));
            std::fs::rename(from, to).map_err(|e| e.to_string())?;
        }
        "refused" => {
            let error = state.last.get("error").map(Value::to_string).unwrap_or_default();
            if error.is_empty() || !error.contains(rest) {
                return Err(state.last.to_string());
            }
        }
        "notify" => server.notify(first, &json_of(tail)?)?,
        "expect" => {
            let want = json_of(tail)?;
            server.wait(first, &|params| holds(&want, params))?;
        }
        "open" => {
            let text = state.texts.get(first).ok_or("no such file in the archive")?;
            let language = if first.ends_with(".cue") { "cue" } else { "yaml" };
            let uri = format!("{}/{first}", state.root);
            let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
            server.notify("textDocument/didOpen", &json!({"textDocument": document}))?;
            state.versions.insert(first.to_owned(), 1);
        }
        "close" => {
            let uri = format!("{}/{first}", state.root);
            server.notify("textDocument/didClose", &json!({"textDocument": {"uri": uri}}))?;
        }
        "edit" => {
            let (range, text) = tail.split_once(char::is_whitespace).ok_or("edit FILE L:C-L:C TEXT")?;
            let text: String = serde_json::from_str(text.trim()).map_err(|e| e.to_string())?;
            let point = |p: &str| -> Option<Value> {
                let (line, character) = p.split_once(':')?;
                Some(json!({"line": line.parse::<u32>().ok()?, "character": character.parse::<u32>().ok()?}))
            };
            let (start, end) = range.split_once('-').ok_or("a range is L:C-L:C")?;
            let range = json!({"start": point(start).ok_or("start")?, "end": point(end).ok_or("end")?});
            let version = state.versions.entry(first.to_owned()).or_insert(1);
            *version += 1;
            let document = json!({"uri": format!("{}/{first}", state.root), "version": *version});
            let changes = json!([{"range": range, "text": text}]);
            server.notify(
                "textDocument/didChange",
                &json!({"textDocument": document, "contentChanges": changes}),
            )?;
        }
        "exit" => server.exit()?,
        "vanish" => server.vanish()?,
        _ => return Err("unknown verb".to_owned()),
    }
    Ok(())
}

/// The position after `before`, in UTF-16 units, the protocol's default.
fn position(before: &str) -> Value {
    let line = before.matches('\n').count();
    let last = before.rsplit('\n').next().unwrap_or("");
    json!({"line": line, "character": last.encode_utf16().count()})
}

/// Whether `got` holds `want`, see the head of this file.
fn holds(want: &Value, got: &Value) -> bool {
    match (want, got) {
        (Value::String(any), _) if any == "*" => !got.is_null(),
        (Value::Object(want), Value::Object(got)) => {
            want.iter().all(|(key, value)| got.get(key).is_some_and(|g| holds(value, g)))
        }
        (Value::Array(want), Value::Array(got)) => {
            want.len() == got.len() && want.iter().zip(got).all(|(w, g)| holds(w, g))
        }
        _ => want == got,
    }
}

#[cfg(test)]
mod tests {
    use super::{holds, joined, position, take_mark};
    use serde_json::json;

    #[test]
    fn partial_values() {
        assert!(holds(&json!({"a": [{"b": "*"}]}), &json!({"a": [{"b": 1, "c": 2}], "d": 3})));
        assert!(!holds(&json!({"a": [1]}), &json!({"a": [1, 2]})));
        assert!(!holds(&json!({"a": null}), &json!({})));
    }

    #[test]
    fn marks_and_lines() {
        let mut text = "a <|> b <|x> <| c".to_owned();
        assert_eq!(take_mark(&mut text), Some((2, String::new())));
        assert_eq!(take_mark(&mut text), Some((5, "x".to_owned())));
        assert_eq!((take_mark(&mut text), text.as_str()), (None, "a  b  <| c"));
        assert_eq!(joined("# c\na\n  b\n\nc\n"), [(2, "a\n  b".to_owned()), (5, "c".to_owned())]);
        assert_eq!(position("ab\nc𝄞"), json!({"line": 1, "character": 3}));
    }
}
