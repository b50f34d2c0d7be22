//! Command-line scripts in txtar archives: the comment is the script, the files are its folder.
//!
//! Verbs: `exec`, `cmp`, `cmpenv`, `stdout`, `stderr`, `stdin`, `status`, `cd`, `env`, `cp`, `mv`, `rm`, `mkdir`, `chmod`,
//! `symlink`, `exists`, `grep`, `skip`, `stop`. A leading `!` turns a verb's expectation round. Words are separated by
//! spaces; single quotes keep spaces, and a doubled quote inside stands for itself. `$NAME` and `${NAME}` are replaced
//! outside quotes. `exec` finds `cue` and `vela-lang`, both the product; other programs are not run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::board::{Checks, Difference};
use crate::client::Product;
use crate::exec::{self, Outcome};
use crate::suites::cue::texts;
use crate::txtar::Archive;

/// Column of exit status, standard output and files.
const RESULT: usize = 0;
/// Column of standard error.
const MESSAGES: usize = 2;

/// The state of a running script.
struct Script<'p> {
    product: &'p Product,
    work: PathBuf,
    bin: PathBuf,
    cwd: PathBuf,
    env: BTreeMap<String, String>,
    stdin: String,
    last: Outcome,
    checks: &'p mut Checks,
}

/// Runs the script `archive`. Checks of exit status, standard output and files count in T1, those of standard error in
/// T3, where the whole script counts: one check each.
pub fn run(archive: &Archive, product: &Product, checks: &mut Checks) -> Result<(), String> {
    let place = tempfile::tempdir().map_err(|e| e.to_string())?;
    let root = std::fs::canonicalize(place.path()).map_err(|e| e.to_string())?;
    let (work, bin, home) = (root.join("work"), root.join("bin"), root.join("home"));
    for folder in [&work, &bin, &home] {
        std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    }
    for name in ["cue", "vela-lang"] {
        link(&product.binary, &bin.join(name)).map_err(|e| e.to_string())?;
    }
    for (name, body) in &archive.files {
        let path = work.join(name);
        if name.ends_with('/') {
            std::fs::create_dir_all(&path).map_err(|e| format!("{name}: {e}"))?;
            continue;
        }
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| format!("{name}: {e}"))?;
        }
        std::fs::write(&path, body).map_err(|e| format!("{name}: {e}"))?;
    }
    let text = |p: &Path| p.to_string_lossy().into_owned();
    let env = BTreeMap::from([
        ("WORK".to_owned(), text(&work)),
        ("HOME".to_owned(), text(&home)),
        ("PATH".to_owned(), format!("{}:{}", text(&bin), std::env::var("PATH").unwrap_or_default())),
        ("TMPDIR".to_owned(), text(&home)),
        ("CUE_CACHE_DIR".to_owned(), text(&home.join("cache"))),
        ("CUE_CONFIG_DIR".to_owned(), text(&home.join("config"))),
        ("/".to_owned(), "/".to_owned()),
        (":".to_owned(), ":".to_owned()),
        ("exe".to_owned(), String::new()),
    ]);
    let mut seen = Checks::default();
    let cwd = work.clone();
    let last = Outcome::default();
    let mut script = Script { product, work, bin, cwd, env, stdin: String::new(), last, checks: &mut seen };
    for (at, line) in archive.comment.lines().enumerate() {
        let place = format!("line {}", at + 1);
        match script.line(line, &place) {
            Ok(Next::Line) => {}
            Ok(Next::End) => break,
            Err(difference) => {
                script.checks.fail(RESULT, || difference);
                break;
            }
        }
    }
    checks.check(RESULT, seen.failed[RESULT] == 0, || first(&mut seen, RESULT));
    let ok = seen.failed[RESULT] == 0 && seen.failed[MESSAGES] == 0;
    let column = if seen.failed[RESULT] > 0 { RESULT } else { MESSAGES };
    let difference =
        if ok { None } else { seen.first[column].clone().or_else(|| checks.first[RESULT].clone()) };
    checks.check(MESSAGES, ok, || difference.unwrap_or_else(|| texts("script", "", "")));
    Ok(())
}

fn first(seen: &mut Checks, column: usize) -> Difference {
    seen.first[column].clone().unwrap_or_else(|| texts("script", "", ""))
}

/// What follows a line.
enum Next {
    Line,
    End,
}

impl Script<'_> {
    /// Runs one line. An error ends the script.
    fn line(&mut self, line: &str, place: &str) -> Result<Next, Difference> {
        let expand = |name: &str| self.env.get(name).cloned().unwrap_or_default();
        let mut words = split(line, &expand).map_err(|e| wrong(place, line, &e))?;
        let mut negated = false;
        if words.first().is_some_and(|w| w == "!") {
            negated = true;
            words.remove(0);
        }
        let Some((verb, rest)) = words.split_first() else { return Ok(Next::Line) };
        let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
        let fault = |e: String| wrong(place, line, &e);
        match (verb.as_str(), rest.as_slice()) {
            ("exec", [program, arguments @ ..]) => {
                self.last = self.exec(program, arguments).map_err(fault)?;
                self.stdin.clear();
                if self.last.broke() || self.last.success() == negated {
                    let want = if negated { "a failure" } else { "exit status 0" };
                    let got =
                        format!("{}\n{}{}", self.last.status_text(), self.last.stdout, self.last.stderr);
                    return Err(difference(place, line, want, &crate::client::shorten(&got, 1500)));
                }
            }
            ("status", [code]) => {
                let got = self.last.status_text();
                if format!("exit status {code}") != got {
                    return Err(difference(place, line, code, &got));
                }
            }
            ("cmp" | "cmpenv", [a, b]) => {
                let got = self.text(a).map_err(fault)?;
                let mut want = self.text(b).map_err(fault)?;
                if verb == "cmpenv" {
                    want = replace_variables(
                        &want,
                        &|name| self.env.get(name).cloned().unwrap_or_default(),
                        false,
                    );
                }
                if (got == want) == negated {
                    let column = if *a == "stderr" || *b == "stderr" { MESSAGES } else { RESULT };
                    let found = texts(line, &want, &got);
                    self.checks
                        .fail(column, || Difference { path: format!("{place}, {}", found.path), ..found });
                    if column == RESULT {
                        return Ok(Next::End);
                    }
                }
            }
            ("stdout" | "stderr" | "grep", [pattern, files @ ..]) => {
                let count = pattern.strip_prefix("-count=").map(str::parse::<usize>);
                let (count, pattern, files) = match (count, files) {
                    (None, files) => (None, *pattern, files),
                    (Some(Ok(count)), [pattern, files @ ..]) => (Some(count), *pattern, files),
                    _ => return Err(fault("-count=N needs a number and a pattern".to_owned())),
                };
                let (text, column) = match (verb.as_str(), files) {
                    ("stdout", []) => (self.last.stdout.clone(), RESULT),
                    ("stderr", []) => (self.last.stderr.clone(), MESSAGES),
                    ("grep", [file]) => (self.text(file).map_err(fault)?, RESULT),
                    _ => return Err(fault("wrong number of words".to_owned())),
                };
                let pattern = Regex::new(&format!("(?m){pattern}")).map_err(|e| fault(e.to_string()))?;
                let found = pattern.find_iter(&text).count();
                if count.map_or((found > 0) == negated, |count| (found == count) == negated) {
                    let want = if negated { "no match" } else { "a match" };
                    self.checks
                        .fail(column, || difference(place, line, want, &crate::client::shorten(&text, 1500)));
                    if column == RESULT {
                        return Ok(Next::End);
                    }
                }
            }
            ("stdin", [file]) => self.stdin = self.text(file).map_err(fault)?,
            ("cd", [folder]) => self.cwd = self.path(folder),
            ("env", assignments) => {
                for assignment in assignments {
                    let (name, value) =
                        assignment.split_once('=').ok_or_else(|| fault("no '='".to_owned()))?;
                    self.env.insert(name.to_owned(), value.to_owned());
                }
            }
            ("exists", files) if !files.is_empty() => {
                for file in files {
                    if self.path(file).exists() == negated {
                        let state = if negated { "it exists" } else { "it does not exist" };
                        return Err(difference(place, line, "the contrary", &format!("{file}: {state}")));
                    }
                }
            }
            ("cp", [sources @ .., target]) if !sources.is_empty() => {
                for source in sources {
                    let text = self.text(source).map_err(fault)?;
                    let mut to = self.path(target);
                    if to.is_dir() {
                        to.push(Path::new(source).file_name().unwrap_or_default());
                    }
                    std::fs::write(to, text).map_err(|e| fault(e.to_string()))?;
                }
            }
            ("mv", [from, to]) => {
                std::fs::rename(self.path(from), self.path(to)).map_err(|e| fault(e.to_string()))?;
            }
            ("rm", files) => {
                for file in files {
                    let path = self.path(file);
                    let removed = if path.is_dir() {
                        std::fs::remove_dir_all(&path)
                    } else {
                        std::fs::remove_file(&path)
                    };
                    removed.map_err(|e| fault(e.to_string()))?;
                }
            }
            ("mkdir", folders) => {
                for folder in folders {
                    std::fs::create_dir_all(self.path(folder)).map_err(|e| fault(e.to_string()))?;
                }
            }
            ("chmod", [mode, file]) => set_mode(&self.path(file), mode).map_err(fault)?,
            ("symlink", [name, "->", target]) => {
                link(Path::new(target), &self.path(name)).map_err(|e| fault(e.to_string()))?;
            }
            ("skip" | "stop", _) => return Ok(Next::End),
            _ => return Err(fault("unknown verb, or a wrong number of words".to_owned())),
        }
        Ok(Next::Line)
    }

    fn exec(&self, program: &str, arguments: &[&str]) -> Result<Outcome, String> {
        let binary = self.bin.join(program);
        if program.contains('/') || !binary.exists() {
            return Err(format!("{program}: scripts run only the product"));
        }
        let mut command = self.product.command_of(&binary, arguments);
        command.current_dir(&self.cwd).env_clear();
        command.envs(
            self.env.iter().filter(|(name, _)| name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())),
        );
        exec::run(command, self.stdin.as_bytes(), self.product.timeout).map_err(|e| e.to_string())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.cwd.join(name)
    }

    /// The text of a file, or of the last command's output.
    fn text(&self, name: &str) -> Result<String, String> {
        match name {
            "stdout" => Ok(self.last.stdout.clone()),
            "stderr" => Ok(self.last.stderr.clone()),
            _ => match std::fs::read(self.path(name)) {
                Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
                Err(e) => Err(format!(
                    "{}: {e}",
                    self.path(name).strip_prefix(&self.work).unwrap_or(Path::new(name)).display()
                )),
            },
        }
    }
}

fn difference(place: &str, line: &str, expected: &str, got: &str) -> Difference {
    let (expected, got) = (expected.to_owned(), got.to_owned());
    Difference { path: place.to_owned(), what: line.to_owned(), expected, got }
}

fn wrong(place: &str, line: &str, why: &str) -> Difference {
    difference(place, line, "a line that runs", why)
}

/// Splits a line into words, with variables replaced by `value`; `#` at the start of a word begins a comment.
pub fn split(line: &str, value: &dyn Fn(&str) -> String) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        match c {
            ' ' | '\t' | '\r' => {
                words.extend(word.take());
                rest = &rest[c.len_utf8()..];
            }
            '#' if word.is_none() => break,
            '\'' => {
                let text = word.get_or_insert_default();
                rest = &rest[1..];
                loop {
                    let end = rest.find('\'').ok_or("a quote is not closed")?;
                    text.push_str(&rest[..end]);
                    rest = &rest[end + 1..];
                    let Some(after) = rest.strip_prefix('\'') else { break };
                    text.push('\'');
                    rest = after;
                }
            }
            _ => {
                let end = rest.find([' ', '\t', '\r', '\'']).unwrap_or(rest.len());
                let verb = words.iter().find(|w| *w != "!").map(String::as_str);
                let pattern = matches!(verb, Some("stdout" | "stderr" | "grep"));
                word.get_or_insert_default().push_str(&replace_variables(&rest[..end], value, pattern));
                rest = &rest[end..];
            }
        }
    }
    words.extend(word);
    Ok(words)
}

/// Replaces `$NAME` and `${NAME}`; with `quoted`, or as `${NAME@R}`, the value is quoted for a regular expression.
fn replace_variables(text: &str, value: &dyn Fn(&str) -> String, quoted: bool) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let name;
        if let Some(braced) = rest.strip_prefix('{')
            && let Some(end) = braced.find('}')
        {
            name = &braced[..end];
            rest = &braced[end + 1..];
        } else {
            let end = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            name = &rest[..end];
            rest = &rest[end..];
            if name.is_empty() {
                out.push('$');
                continue;
            }
        }
        let (name, quote) = name.strip_suffix("@R").map_or((name, quoted), |name| (name, true));
        let value = value(name);
        out.push_str(&if quote { regex::escape(&value) } else { value });
    }
    out.push_str(rest);
    out
}

/// Makes `name` stand for `target`: a symbolic link, or a copy where there are none.
#[cfg(unix)]
pub fn link(target: &Path, name: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, name)
}

/// Makes `name` stand for `target`: a copy.
#[cfg(not(unix))]
pub fn link(target: &Path, name: &Path) -> std::io::Result<()> {
    std::fs::copy(target, name).map(|_| ())
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: &str) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let mode = u32::from_str_radix(mode, 8).map_err(|e| e.to_string())?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(|e| e.to_string())
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: &str) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{replace_variables, split};

    #[test]
    fn words() {
        let value = |name: &str| format!("<{name}>");
        let split = |line| split(line, &value).expect("it splits");
        assert_eq!(split("exec cue -l '\"a b\"' x'y'z # no"), ["exec", "cue", "-l", "\"a b\"", "xyz"]);
        assert_eq!(split("env A=$B ${C}d ''"), ["env", "A=<B>", "<C>d", ""]);
        assert_eq!(split("echo 'it''s' '$A'"), ["echo", "it's", "$A"]);
        assert_eq!(replace_variables("a.$X", &|_| "x.y".to_owned(), true), "a.x\\.y");
    }
}
