//! `cargo xtask editor`: what an editor waits for, measured with a client of its own on the workload `edit`; and random
//! edits, whose diagnostics have to be those of a fresh start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vela_harness::client::Product;
use vela_harness::editor::Server;

const USAGE: &str = "\
usage: cargo xtask editor FOLDER [--bin PATH] [--random N] [--seed N]

  FOLDER    the workload: python3 …/bench/generate.py edit 500 --out FOLDER
  --bin     the vela-lang to measure; default target/release/vela-lang
  --random  instead of measuring, N random edits and undos; at every hundredth, diagnostics are compared with those of a
            fresh start
  --seed    of the random edits; default 1
";

/// Runs the task with its arguments.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let (mut folder, mut binary) = (None, PathBuf::from("target/release/vela-lang"));
    let (mut random, mut seed) = (None, 1u64);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--help" | "-h" => {
                print!("{USAGE}");
                return Ok(());
            }
            "--bin" => binary = PathBuf::from(value()?),
            "--random" => random = Some(value()?.parse::<u32>().map_err(|e| e.to_string())?),
            "--seed" => seed = value()?.parse().map_err(|e: std::num::ParseIntError| e.to_string())?,
            other if other.starts_with('-') => return Err(format!("unknown option {other}\n\n{USAGE}")),
            other => folder = Some(PathBuf::from(other)),
        }
    }
    let folder = folder.ok_or(USAGE)?;
    let folder = std::fs::canonicalize(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let binary = std::fs::canonicalize(&binary).map_err(|e| format!("{}: {e}", binary.display()))?;
    let product = Product { binary, timeout: Duration::from_mins(1), memory_kib: 0 };
    let workload = Workload::read(&folder)?;
    match random {
        Some(count) => random_edits(&product, &workload, count, seed),
        None => measure(&product, &workload),
    }
}

/// The workload: its files, edits and requests.
struct Workload {
    root: PathBuf,
    texts: BTreeMap<String, String>,
    edits: Vec<Value>,
    requests: Vec<Value>,
}

impl Workload {
    fn read(folder: &Path) -> Result<Self, String> {
        let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
        let text = std::fs::read_to_string(folder.join("edits.json")).map_err(failed)?;
        let plan: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        let list = |name: &str| plan[name].as_array().cloned().unwrap_or_default();
        let root = folder.join(plan["root"].as_str().unwrap_or("."));
        let mut texts = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "cue" || e == "yaml")
                    && let Ok(name) = path.strip_prefix(&root)
                {
                    let text = std::fs::read_to_string(&path).map_err(failed)?;
                    texts.insert(name.to_string_lossy().into_owned(), text);
                }
            }
        }
        Ok(Self { root, texts, edits: list("edits"), requests: list("requests") })
    }

    fn uri(&self, file: &str) -> String {
        format!("file://{}/{file}", self.root.display())
    }
}

/// An open session.
struct Session<'w> {
    workload: &'w Workload,
    server: Server,
    versions: BTreeMap<String, i32>,
    /// What was wrong before any edit.
    first: BTreeMap<String, Value>,
}

impl<'w> Session<'w> {
    fn start(product: &Product, workload: &'w Workload) -> Result<Self, String> {
        let mut server = Server::start(product, &workload.root)?;
        let root = format!("file://{}", workload.root.display());
        let capabilities = json!({"general": {"positionEncodings": ["utf-8"]}});
        let params = json!({"processId": null, "rootUri": root, "capabilities": capabilities,
            "workspaceFolders": [{"uri": root, "name": "w"}]});
        server.request("initialize", &params)?;
        server.notify("initialized", &json!({}))?;
        Ok(Self { workload, server, versions: BTreeMap::new(), first: BTreeMap::new() })
    }

    fn open(&mut self, file: &str, text: &str) -> Result<(), String> {
        let language = if file.ends_with(".cue") { "cue" } else { "yaml" };
        let uri = self.workload.uri(file);
        let document = json!({"uri": uri, "languageId": language, "version": 1, "text": text});
        self.versions.insert(file.to_owned(), 1);
        self.server.notify("textDocument/didOpen", &json!({"textDocument": document}))
    }

    fn edit(&mut self, file: &str, range: &Value, text: &str) -> Result<(), String> {
        self.change(file, &json!([{"range": range, "text": text}]))
    }

    fn change(&mut self, file: &str, changes: &Value) -> Result<(), String> {
        let version = self.versions.entry(file.to_owned()).or_insert(0);
        *version += 1;
        let document = json!({"uri": self.workload.uri(file), "version": *version});
        let params = json!({"textDocument": document, "contentChanges": changes});
        self.server.notify("textDocument/didChange", &params)
    }

    /// Waits for diagnostics of a file that are as they were at first, or others.
    fn published(&mut self, file: &str, as_at_first: bool) -> Result<(), String> {
        let uri = self.workload.uri(file);
        let none = json!([]);
        let first = self.first.get(file).unwrap_or(&none);
        let fits = |p: &Value| p["uri"] == uri.as_str() && (p["diagnostics"] == *first) == as_at_first;
        self.server.wait("textDocument/publishDiagnostics", &fits).map(|_| ())
    }

    /// Opens everything, and keeps what is wrong at first.
    fn open_all(&mut self) -> Result<(), String> {
        for (file, text) in &self.workload.texts {
            self.open(file, text)?;
        }
        for file in self.workload.texts.keys() {
            let found = self.pull(file)?;
            self.first.insert(file.clone(), found);
        }
        Ok(())
    }

    /// Diagnostics as they are now.
    fn pull(&mut self, file: &str) -> Result<Value, String> {
        let params = json!({"textDocument": {"uri": self.workload.uri(file)}});
        for _ in 0..50 {
            let answer = self.server.request("textDocument/diagnostic", &params)?;
            if answer["error"]["code"] != -32801 {
                return Ok(answer["result"]["items"].clone());
            }
        }
        Err("only answers about older texts".to_owned())
    }
}

/// Times by what was waited for.
#[derive(Default)]
struct Times(BTreeMap<String, Vec<f64>>);

impl Times {
    fn add(&mut self, what: &str, since: Instant) {
        self.0.entry(what.to_owned()).or_default().push(since.elapsed().as_secs_f64() * 1e3);
    }

    fn print(&mut self) {
        println!("| waited for | times | median ms | p95 ms | longest ms |\n|---|---|---|---|---|");
        for (what, times) in &mut self.0 {
            times.sort_by(f64::total_cmp);
            let at = |share: f64| {
                let at = ((times.len() - 1) as f64 * share).ceil() as usize;
                times.get(at).copied().unwrap_or_default()
            };
            println!("| {what} | {} | {:.1} | {:.1} | {:.1} |", times.len(), at(0.5), at(0.95), at(1.0));
        }
    }
}

fn measure(product: &Product, workload: &Workload) -> Result<(), String> {
    let mut times = Times::default();
    let first = workload.texts.keys().find(|f| f.ends_with(".yaml")).cloned().ok_or("no Application")?;
    for _ in 0..5 {
        let since = Instant::now();
        let mut session = Session::start(product, workload)?;
        let text = workload.texts[&first].replacen("image", "imgae", 1);
        session.open(&first, &text)?;
        session.published(&first, false)?;
        times.add("start to first diagnostics", since);
        session.server.exit()?;
    }
    let mut session = Session::start(product, workload)?;
    let since = Instant::now();
    session.open_all()?;
    times.add("diagnostics of everything, opened at once", since);
    edits(&mut session, &mut times)?;
    requests(&mut session, &mut times)?;
    burst(&mut session, &first, &mut times)?;
    definition(&mut session, &mut times)?;
    times.print();
    println!("\nmemory with {} files open: {}", workload.texts.len(), memory(session.server.pid()));
    session.server.exit()
}

/// Each edit of the workload and its undoing.
fn edits(session: &mut Session<'_>, times: &mut Times) -> Result<(), String> {
    let workload = session.workload;
    for edit in &workload.edits {
        let (Some(file), Some(new)) = (edit["file"].as_str(), edit["newText"].as_str()) else { continue };
        let Some(text) = workload.texts.get(file) else { continue };
        let clean = edit["expect"] == "clean";
        let name = edit["name"].as_str().unwrap_or("");
        let what = format!("diagnostics after `{name}`");
        let (old, undo) = undoing(text, &edit["range"], new);
        session.server.unasked.clear();
        for (range, new, fine) in [(&edit["range"], new, clean), (&undo, old.as_str(), true)] {
            let since = Instant::now();
            session.edit(file, range, new)?;
            // What stays clean is not told; it is asked for.
            if clean {
                session.pull(file)?;
            } else {
                session.published(file, fine).map_err(|e| format!("{name} of {file}: {e}"))?;
            }
            times.add(&what, since);
            times.add("diagnostics after an edit", since);
        }
    }
    Ok(())
}

/// What an edit replaces, and the range that it leaves.
fn undoing(text: &str, range: &Value, new: &str) -> (String, Value) {
    let offset = |p: &Value| {
        let line = p["line"].as_u64().unwrap_or(0) as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        (start + p["character"].as_u64().unwrap_or(0) as usize).min(text.len())
    };
    let (start, end) = (offset(&range["start"]), offset(&range["end"]));
    let line = range["start"]["line"].as_u64().unwrap_or(0) + new.matches('\n').count() as u64;
    let last = new.rsplit('\n').next().unwrap_or("").len() as u64;
    let character =
        if new.contains('\n') { last } else { range["start"]["character"].as_u64().unwrap_or(0) + last };
    let undo = json!({"start": range["start"], "end": {"line": line, "character": character}});
    (text.get(start..end).unwrap_or("").to_owned(), undo)
}

/// Each request of the workload, right after a keystroke in its file.
fn requests(session: &mut Session<'_>, times: &mut Times) -> Result<(), String> {
    let workload = session.workload;
    for request in &workload.requests {
        let (Some(file), Some(method)) = (request["file"].as_str(), request["method"].as_str()) else {
            continue;
        };
        let Some(text) = workload.texts.get(file) else { continue };
        let line = text.matches('\n').count();
        let end = json!({"line": line, "character": text.rsplit('\n').next().unwrap_or("").len()});
        let mut params =
            json!({"textDocument": {"uri": workload.uri(file)}, "position": request["position"]});
        if method == "textDocument/references" {
            params["context"] = json!({"includeDeclaration": true});
        }
        let short = method.rsplit('/').next().unwrap_or(method);
        for (what, keystroke) in [(short.to_owned(), false), (format!("{short} after a keystroke"), true)] {
            if keystroke {
                session.edit(file, &json!({"start": end, "end": end}), "\n")?;
            }
            let since = Instant::now();
            let mut answer = session.server.request(method, &params)?;
            while answer["error"]["code"] == -32801 {
                answer = session.server.request(method, &params)?;
            }
            times.add(&what, since);
            if answer.get("error").is_some() {
                return Err(format!("{method} in {file}: {}", answer["error"]));
            }
        }
        session.change(file, &json!([{"text": text}]))?;
        session.pull(file)?;
    }
    Ok(())
}

/// 200 changes at once, and the diagnostics of the last.
fn burst(session: &mut Session<'_>, file: &str, times: &mut Times) -> Result<(), String> {
    let text = session.workload.texts[file].clone();
    session.server.unasked.clear();
    let since = Instant::now();
    for i in 0..200 {
        let broken = text.replacen("image", &format!("imgae{i}"), 1);
        session.change(file, &json!([{"text": broken}]))?;
    }
    let uri = session.workload.uri(file);
    let last = |p: &Value| p["uri"] == uri.as_str() && p.to_string().contains("`imgae199`");
    session.server.wait("textDocument/publishDiagnostics", &last)?;
    times.add("diagnostics after a burst of 200 changes", since);
    session.change(file, &json!([{"text": text}]))
}

/// A definition that many Applications use, open and never saved.
const DEFINITION: &str = include_str!("../../definitions/component/worker.cue");

/// An edit of a definition, until it is seen in the Application that was worked on last, and in all that use it.
fn definition(session: &mut Session<'_>, times: &mut Times) -> Result<(), String> {
    let workload = session.workload;
    let uses = |text: &str| text.contains("type: worker");
    let users: Vec<&String> = workload.texts.iter().filter(|(_, t)| uses(t)).map(|(f, _)| f).collect();
    let own = "definitions/worker.cue";
    session.open(own, DEFINITION)?;
    // Every Application has the property, so that its new name is missing in each.
    let changed = DEFINITION.replacen("\n\t\timage: ", "\n\t\tpicture: ", 1);
    if changed == DEFINITION {
        return Err("the definition has no parameter `image`".to_owned());
    }
    for file in users.iter().step_by((users.len() / 20).max(1)) {
        session.change(file, &json!([{"text": workload.texts[*file]}]))?;
        session.pull(file)?;
        for (text, as_at_first) in [(changed.as_str(), false), (DEFINITION, true)] {
            session.server.unasked.clear();
            let since = Instant::now();
            session.change(own, &json!([{"text": text}]))?;
            session.published(file, as_at_first)?;
            times.add("diagnostics of an Application after an edit of its definition", since);
            for other in users.iter().filter(|other| *other != file) {
                session.published(other, as_at_first)?;
            }
            times.add(&format!("the same of all {} Applications that use it", users.len()), since);
        }
    }
    Ok(())
}

/// Resident memory and its highest, where the system tells.
fn memory(pid: u32) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find(|l| l.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    match (field("VmRSS:"), field("VmHWM:")) {
        (Some(now), Some(most)) => format!("{} MB, at most {} MB", now / 1024, most / 1024),
        _ => "not known here".to_owned(),
    }
}

/// A small generator of numbers: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// What random edits write.
const PIECES: [&str; 16] = [
    "",
    " ",
    "\n",
    "x",
    "{",
    "}",
    "[",
    ":",
    "\"",
    "1",
    "// c\n",
    "#",
    "é😀",
    "\r\n",
    "  - name: z\n",
    "a: int & \"x\"\n",
];

fn random_edits(product: &Product, workload: &Workload, count: u32, seed: u64) -> Result<(), String> {
    let mut random = Random(seed | 1);
    let mut session = Session::start(product, workload)?;
    let names: Vec<&String> = workload.texts.keys().collect();
    let mut now: BTreeMap<String, String> = BTreeMap::new();
    let mut compared = 0;
    for step in 1..=count {
        let name = names[random.below(names.len())].as_str();
        if !now.contains_key(name) {
            session.open(name, &workload.texts[name])?;
            now.insert(name.to_owned(), workload.texts[name].clone());
        }
        let old = now[name].clone();
        let mut cut = |limit: usize| {
            let mut at = random.below(limit + 1);
            while !old.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = cut(old.len());
        let end = start.max(cut((start + 12).min(old.len())));
        let piece = PIECES[random.below(PIECES.len())];
        let position = |offset: usize| {
            let before = &old[..offset];
            let line = before.matches('\n').count();
            json!({"line": line, "character": before.rsplit('\n').next().unwrap_or("").len()})
        };
        let range = json!({"start": position(start), "end": position(end)});
        // A position behind a lone carriage return is in the next line for editors; whole texts have no such place.
        let whole = old.contains('\r');
        let mut new = old.clone();
        new.replace_range(start..end, piece);
        if whole {
            session.change(name, &json!([{"text": new}]))?;
        } else {
            session.edit(name, &range, piece)?;
        }
        now.insert(name.to_owned(), new);
        if random.below(3) > 0 {
            session.change(name, &json!([{"text": old}]))?;
            now.insert(name.to_owned(), old);
        }
        if step % 100 == 0 || step == count {
            let mut fresh = Session::start(product, workload)?;
            for (file, text) in &now {
                fresh.open(file, text)?;
            }
            for file in now.keys() {
                let (here, there) = (session.pull(file)?, fresh.pull(file)?);
                if here != there {
                    return Err(format!(
                        "after {step} edits {file} has\n{here}\nand after a fresh start\n{there}"
                    ));
                }
                compared += 1;
            }
            fresh.server.exit()?;
            // From here on from what is on the disk, so that texts do not only get worse.
            for (file, text) in &mut now {
                text.clone_from(&workload.texts[file]);
                session.change(file, &json!([{"text": text.clone()}]))?;
            }
        }
    }
    session.server.exit()?;
    println!("{count} random edits, {compared} comparisons with a fresh start, no difference");
    Ok(())
}
