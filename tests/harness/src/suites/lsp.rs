//! The suite `lsp`: scripted sessions with the language server, `tests/lsp/*.txtar`. The archive's files are the workspace,
//! its comment is the script:
//!
//! | line | meaning |
//! |---|---|
//! | `request METHOD JSON` | sends a request and waits for its answer |
//! | `answer JSON` | the last request's result holds this |
//! | `refused TEXT` | the last request ended with an error that holds TEXT |
//! | `notify METHOD JSON` | sends a notification |
//! | `open FILE`, `close FILE` | `textDocument/didOpen` with the file's text, `didClose` |
//! | `edit FILE L:C-L:C TEXT` | `didChange` of a range, positions from 0; TEXT is a JSON string |
//! | `expect METHOD JSON` | a notification or request from the server that holds this has come, or comes in time |
//! | `exit` | `shutdown`, `exit`; the process must end with status 0 |
//!
//! A line that begins with white space continues the one before. A value holds another when every member of the other's
//! objects is there and holds, lists have equal length and hold element by element, and all else is equal; the text
//! `"*"` holds anywhere. `$ROOT` is the workspace's URI. The text `<|>` in a file marks a position and is removed; `$AT`
//! is that position (the file's URI and the position, as members for `params`).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Run;
use super::pages::PASS;
use crate::board::{Case, Checks, Difference, Style, Suite};
use crate::client::Product;
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

/// A running server. Messages arrive through a thread, so that waiting has a limit.
struct Server {
    child: Child,
    stdin: Option<ChildStdin>,
    messages: Receiver<Value>,
    /// Messages from the server that were not asked for, in order.
    unasked: Vec<Value>,
    next_id: i64,
    limit: Duration,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(product: &Product, root: &Path) -> Result<Self, String> {
        let mut child = product
            .command(&["lsp"])
            .current_dir(root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| e.to_string())?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or("no pipe")?;
        let (send, messages) = channel();
        std::thread::spawn(move || {
            let mut stdout = BufReader::new(stdout);
            while let Some(message) = read_message(&mut stdout) {
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        Ok(Server { child, stdin, messages, unasked: Vec::new(), next_id: 1, limit: product.timeout })
    }

    fn send(&mut self, message: &Value) -> Result<(), String> {
        let body = message.to_string();
        let stdin = self.stdin.as_mut().ok_or("the session has ended")?;
        write!(stdin, "Content-Length: {}\r\n\r\n{body}", body.len())
            .and_then(|()| stdin.flush())
            .map_err(|e| format!("the server reads no more: {e}"))
    }

    fn notify(&mut self, method: &str, params: &Value) -> Result<(), String> {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }

    /// Sends a request and waits for its answer; requests from the server are answered with null meanwhile.
    fn request(&mut self, method: &str, params: &Value) -> Result<Value, String> {
        let id = self.next_id;
        self.next_id += 1;
        let mut message = json!({"jsonrpc": "2.0", "id": id, "method": method});
        if !params.is_null() {
            message["params"] = params.clone();
        }
        self.send(&message)?;
        let deadline = Instant::now() + self.limit;
        loop {
            let message = self.receive(deadline).ok_or_else(|| format!("no answer to {method}"))?;
            if message.get("method").is_none() && message.get("id") == Some(&json!(id)) {
                return Ok(message);
            }
            self.keep(message)?;
        }
    }

    fn receive(&self, deadline: Instant) -> Option<Value> {
        self.messages.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok()
    }

    fn keep(&mut self, message: Value) -> Result<(), String> {
        if message.get("method").is_some() && message.get("id").is_some() {
            self.send(&json!({"jsonrpc": "2.0", "id": message["id"], "result": null}))?;
        }
        self.unasked.push(message);
        Ok(())
    }

    /// Waits for a message of `method` whose parameters hold `params`. It is consumed.
    fn expect(&mut self, method: &str, params: &Value) -> Result<(), String> {
        let deadline = Instant::now() + self.limit;
        let fits = |m: &Value| m["method"] == method && holds(params, &m["params"]);
        loop {
            if let Some(at) = self.unasked.iter().position(fits) {
                self.unasked.remove(at);
                return Ok(());
            }
            let Some(message) = self.receive(deadline) else {
                let seen: Vec<&Value> = self.unasked.iter().filter(|m| m["method"] == method).collect();
                return Err(format!("it did not come; of this method came {}", json!(seen)));
            };
            self.keep(message)?;
        }
    }

    fn exit(&mut self) -> Result<(), String> {
        self.request("shutdown", &Value::Null)?;
        self.notify("exit", &Value::Null)?;
        self.stdin = None;
        let deadline = Instant::now() + self.limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().map_err(|e| e.to_string())? {
                return if status.success() { Ok(()) } else { Err(status.to_string()) };
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Err("it runs on after exit".to_owned())
    }
}

/// One message of the base protocol; `None` at the end or when the framing is broken.
fn read_message(input: &mut impl BufRead) -> Option<Value> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if input.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let length = length.filter(|n| *n < 256 << 20)?;
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// Runs a session. An error says at which line it went wrong.
fn session(archive: &Archive, product: &Product) -> Result<(), Box<Difference>> {
    let fault = |e: String| Box::new(super::cue::texts(&e, "", ""));
    let place = tempfile::tempdir().map_err(|e| fault(e.to_string()))?;
    let root = std::fs::canonicalize(place.path()).map_err(|e| fault(e.to_string()))?;
    let root_uri = format!("file://{}", root.display());
    let mut texts = BTreeMap::new();
    let mut at = Value::Null;
    for (name, body) in &archive.files {
        let mut body = body.clone();
        if let Some(mark) = body.find("<|>") {
            body.replace_range(mark..mark + 3, "");
            at = json!({"textDocument": {"uri": format!("{root_uri}/{name}")}, "position": position(&body[..mark])});
        }
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(&root)).map_err(|e| fault(e.to_string()))?;
        std::fs::write(path, &body).map_err(|e| fault(e.to_string()))?;
        texts.insert(name.clone(), body);
    }
    let mut server = Server::start(product, &root).map_err(fault)?;
    let mut state = State { root: root_uri, at, texts, versions: BTreeMap::new(), last: Value::Null };
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

/// What a session's lines refer to.
struct State {
    root: String,
    at: Value,
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
        let text = text.replace("$AT", &state.at.to_string()).replace("$ROOT", &state.root);
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
        "refused" => {
            let error = state.last.get("error").map(Value::to_string).unwrap_or_default();
            if error.is_empty() || !error.contains(rest) {
                return Err(state.last.to_string());
            }
        }
        "notify" => server.notify(first, &json_of(tail)?)?,
        "expect" => server.expect(first, &json_of(tail)?)?,
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
    use super::{holds, joined, position, read_message};
    use serde_json::json;

    #[test]
    fn partial_values() {
        assert!(holds(&json!({"a": [{"b": "*"}]}), &json!({"a": [{"b": 1, "c": 2}], "d": 3})));
        assert!(!holds(&json!({"a": [1]}), &json!({"a": [1, 2]})));
        assert!(!holds(&json!({"a": null}), &json!({})));
    }

    #[test]
    fn frames_and_lines() {
        let mut input = &b"Content-Length: 7\r\nX: y\r\n\r\n{\"a\":1}rest"[..];
        assert_eq!(read_message(&mut input), Some(json!({"a": 1})));
        assert_eq!(joined("# c\na\n  b\n\nc\n"), [(2, "a\n  b".to_owned()), (5, "c".to_owned())]);
        assert_eq!(position("ab\nc𝄞"), json!({"line": 1, "character": 3}));
    }
}
