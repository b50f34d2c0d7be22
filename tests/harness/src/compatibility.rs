//! The tables of `docs/cue-compatibility.md`, from what the product says and does: its commands and options from its own
//! help, functions and scripts from the recorded results. `cargo xtask docs` writes them; a test compares.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::board::{Suite, TIERS};
use crate::client::Product;
use crate::exec;
use crate::suites::{self, Run};

/// The page.
pub const PAGE: &str = "docs/cue-compatibility.md";

/// Where a table stands, by its name.
fn marks(name: &str) -> [String; 2] {
    [format!("<!-- {name}: written by `cargo xtask docs` -->\n"), format!("<!-- end of {name} -->\n")]
}

/// The page with its tables as they are to be. Without `shared` those of recorded results stay as they are.
pub fn page(text: &str, root: &Path, shared: Option<&Path>, product: &Product) -> Result<String, String> {
    let mut out = replaced(text, "options", &options(product)?)?;
    if shared.is_some() {
        let run = Run { root, shared, product, filter: None };
        out = replaced(&out, "functions", &functions(&suites::run("vectors", &run)?))?;
        out = replaced(&out, "scripts", &scripts(&suites::run("cli", &run)?))?;
    }
    Ok(out)
}

fn replaced(text: &str, name: &str, table: &str) -> Result<String, String> {
    let [start, end] = marks(name);
    let (head, rest) = text.split_once(&start).ok_or_else(|| format!("{PAGE} has no place for {name}"))?;
    let (_, tail) = rest.split_once(&end).ok_or_else(|| format!("{PAGE}: the table of {name} has no end"))?;
    Ok(format!("{head}{start}{table}{end}{tail}"))
}

// ---- Options ----------------------------------------------------------------------------------------------------

fn help(product: &Product, words: &[&str]) -> Result<String, String> {
    let arguments: Vec<&str> = ["cue", "help"].iter().chain(words).copied().collect();
    let outcome = exec::run(product.command(&arguments), b"", product.timeout).map_err(|e| e.to_string())?;
    if outcome.success() {
        Ok(outcome.stdout)
    } else {
        Err(format!("cue help {}: {}", words.join(" "), outcome.status_text()))
    }
}

/// Commands and what they are about, from a help text.
fn commands(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().skip_while(|l| !l.starts_with("Commands:")).skip(1);
    let rows = lines.take_while(|l| l.starts_with("  "));
    rows.filter_map(|l| l.trim().split_once("  ")).map(|(n, a)| (n.to_owned(), a.trim().to_owned())).collect()
}

/// Options and what they do, from a help text.
fn flags(text: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut describes = false;
    for line in text.lines() {
        let bare = line.trim();
        if bare.starts_with('-') && line.starts_with("  ") {
            let name = bare.split_whitespace().find(|w| w.starts_with("--")).unwrap_or(bare);
            let name = name.trim_end_matches(',').split(['=', '[']).next().unwrap_or(name);
            out.push((name.to_owned(), String::new()));
            describes = true;
        } else if describes && !bare.is_empty() {
            if let Some(last) = out.last_mut() {
                bare.clone_into(&mut last.1);
            }
            describes = false;
        }
    }
    out.retain(|(name, _)| name != "--help");
    out
}

fn options(product: &Product) -> Result<String, String> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for (name, about) in commands(&help(product, &[])?) {
        if name == "mod" {
            let inner = commands(&help(product, &["mod"])?);
            rows.extend(inner.into_iter().map(|(n, a)| (format!("mod {n}"), a)));
        } else {
            rows.push((name, about));
        }
    }
    let is_missing = |about: &str| about.starts_with("Not supported");
    let mut shared: Vec<String> = Vec::new();
    let mut out = "| command | what it does | its options | options that say they are not supported |\n\
                   |---|---|---|---|\n"
        .to_owned();
    let mut missing = Vec::new();
    for (name, about) in rows {
        if is_missing(&about) {
            missing.push(format!("`{name}`"));
            continue;
        }
        let all = flags(&help(product, &name.split(' ').collect::<Vec<_>>())?);
        if shared.is_empty() {
            // Those of `version`, which has none of its own, are those of every command.
            shared = flags(&help(product, &["version"])?).into_iter().map(|f| f.0).collect();
        }
        let own = all.iter().filter(|(f, _)| !shared.contains(f));
        let list = |missing: bool| {
            let some = own.clone().filter(|(_, a)| is_missing(a) == missing);
            some.map(|(f, _)| format!("`{f}`")).collect::<Vec<_>>().join(" ")
        };
        let _ = writeln!(out, "| `{name}` | {about} | {} | {} |", list(false), list(true));
    }
    let shared: Vec<String> = shared.iter().map(|f| format!("`{f}`")).collect();
    let _ = writeln!(out, "\nEvery command takes {}.", shared.join(" "));
    let _ = writeln!(out, "\nNot supported, and told so: {}.", missing.join(", "));
    Ok(out)
}

// ---- Recorded results ---------------------------------------------------------------------------------------------

fn column(name: &str) -> usize {
    TIERS.iter().position(|t| *t == name).unwrap_or(0)
}

/// Calls of the functions of each package, and how many give what is recorded.
fn functions(suite: &Suite) -> String {
    struct Row {
        names: BTreeMap<String, bool>,
        calls: [u32; 2],
        passed: [u32; 2],
    }
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let columns = [column("T1"), column("T3")];
    for case in &suite.cases {
        let mut parts = case.id.splitn(4, '/').skip(1);
        let (Some(package), Some(name)) = (parts.next(), parts.next()) else { continue };
        let row = rows.entry(package.replace('_', "/")).or_insert_with(|| Row {
            names: BTreeMap::new(),
            calls: [0; 2],
            passed: [0; 2],
        });
        let short = name.rsplit('.').next().unwrap_or(name);
        let same = row.names.entry(short.to_owned()).or_insert(true);
        for (n, c) in columns.into_iter().enumerate() {
            let Some(passed) = case.checks.verdict(c) else { continue };
            row.calls[n] += 1;
            row.passed[n] += u32::from(passed);
            *same &= passed || n > 0;
        }
    }
    let mut out =
        "| package | functions | calls with the recorded value or error | with the recorded text | \
                   functions with a value that differs |\n|---|---|---|---|---|\n"
            .to_owned();
    for (package, row) in &rows {
        let different: Vec<String> =
            row.names.iter().filter(|(_, same)| !**same).map(|(n, _)| format!("`{n}`")).collect();
        let [values, texts] = [0, 1].map(|n| format!("{} of {}", row.passed[n], row.calls[n]));
        let _ = writeln!(
            out,
            "| `{package}` | {} | {values} | {texts} | {} |",
            row.names.len(),
            different.join(", ")
        );
    }
    out
}

/// The recorded scripts that do not run as recorded.
fn scripts(suite: &Suite) -> String {
    let columns = [column("T1"), column("T3")];
    let mut out = String::new();
    let total = suite.cases.len();
    let passed = columns.map(|c| suite.cases.iter().filter(|s| s.checks.verdict(c) == Some(true)).count());
    let _ = writeln!(
        out,
        "Of {total} recorded scripts {} have the recorded output and exit status, {} the recorded messages too.\n",
        passed[0], passed[1]
    );
    out.push_str("| script | differs in | first at |\n|---|---|---|\n");
    for case in &suite.cases {
        let failed = columns.map(|c| case.checks.verdict(c) == Some(false));
        let what = match failed {
            [true, _] => "output or exit status",
            [false, true] => "messages",
            _ => continue,
        };
        let c = if failed[0] { columns[0] } else { columns[1] };
        let first = case.checks.first[c].as_ref().map_or("", |d| d.path.as_str());
        let first = if first.is_empty() {
            case.checks.first[c].as_ref().map_or("", |d| d.what.as_str())
        } else {
            first
        };
        let name = case.id.strip_prefix("cli/").unwrap_or(&case.id);
        let _ = writeln!(out, "| `{name}` | {what} | {} |", first.replace('|', "\\|"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_is_read() {
        let text = "About\n\nUsage: cue x [OPTIONS]\n\nCommands:\n  one   First\n  two   Not supported: second\n\n\
                    Options:\n  -f, --force\n          Overwrite\n\n      --merge[=<MERGE>]\n          Not supported\n\
                    \x20 -h, --help\n          Print help\n";
        assert_eq!(commands(text)[1], ("two".to_owned(), "Not supported: second".to_owned()));
        let flags = flags(text);
        assert_eq!(flags[0], ("--force".to_owned(), "Overwrite".to_owned()));
        assert_eq!(flags[1], ("--merge".to_owned(), "Not supported".to_owned()));
        assert_eq!(flags.len(), 2);
    }

    #[test]
    fn tables_are_replaced() {
        let [start, end] = marks("x");
        let text = format!("a\n{start}old\n{end}b\n");
        assert_eq!(replaced(&text, "x", "new\n").unwrap(), format!("a\n{start}new\n{end}b\n"));
        assert!(replaced("a", "x", "new\n").is_err());
    }
}
