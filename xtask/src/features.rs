//! Writes the table of features in `docs/editors.md`, from what the scripted sessions of `tests/lsp` say they try.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use vela_harness::suites::lsp;

/// The page.
const PAGE: &str = "docs/editors.md";
/// What the table stands between.
const MARKS: [&str; 2] = ["<!-- features: written by `cargo xtask docs` -->\n", "<!-- end of features -->\n"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Takes no arguments.
pub fn run(_: &[String]) -> Result<(), String> {
    let path = root().join(PAGE);
    let text = fs::read_to_string(&path).map_err(|e| format!("{PAGE}: {e}"))?;
    fs::write(&path, page(&text)?).map_err(|e| format!("{PAGE}: {e}"))
}

/// The page with its table as it is to be.
fn page(text: &str) -> Result<String, String> {
    let (head, rest) =
        text.split_once(MARKS[0]).ok_or_else(|| format!("{PAGE} has no place for the table"))?;
    let (_, tail) = rest.split_once(MARKS[1]).ok_or_else(|| format!("{PAGE}: the table has no end"))?;
    Ok(format!("{head}{}{}{}{tail}", MARKS[0], table()?, MARKS[1]))
}

fn table() -> Result<String, String> {
    let all = lsp::features(&root())?;
    let mut names: Vec<&str> = Vec::new();
    for [feature, ..] in &all {
        if !names.contains(&feature.as_str()) {
            names.push(feature);
        }
    }
    names.sort_unstable();
    let mut out =
        "| feature | for `.cue` | for Application YAML | tried in `tests/lsp` |\n|---|---|---|---|\n"
            .to_owned();
    for name in names {
        let of = |language: &str| {
            let found = all
                .iter()
                .filter(|[f, l, ..]| f == name && l == language)
                .map(|[_, _, what, _]| what.as_str());
            let found: Vec<&str> = found.collect();
            if found.is_empty() { "–".to_owned() } else { found.join("; ") }
        };
        let mut sessions: Vec<&str> =
            all.iter().filter(|[f, ..]| f == name).map(|[_, _, _, session]| session.as_str()).collect();
        sessions.dedup();
        let _ = writeln!(out, "| {name} | {} | {} | {} |", of("cue"), of("yaml"), sessions.join(", "));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_what_the_sessions_try() {
        let text = std::fs::read_to_string(super::root().join(super::PAGE)).expect("the page");
        assert_eq!(super::page(&text).expect("a table"), text, "run `cargo xtask docs`");
    }
}
