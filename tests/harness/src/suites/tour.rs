//! The suite `tour`: every `console` block of the README and of the pages in [`PAGES`] is run. A line `$ vela-lang …` is a
//! command, the lines after it are what it prints, standard output before standard error; a line `...` stands for any
//! lines. Blocks with a file name (` ```cue hello.cue `) write that file first. The folder starts with copies of `examples/` and
//! `definitions/`.

use std::path::Path;

use super::Run;
use super::pages::PASS;
use crate::board::{Case, Checks, Difference, Style, Suite};
use crate::markdown::blocks;
use crate::{exec, script};

/// The pages whose commands are run.
const PAGES: [&str; 3] = ["README.md", "examples/README.md", "docs/definitions.md"];

/// Runs the suite.
pub fn run(run: &Run) -> Result<Suite, String> {
    let mut cases = Vec::new();
    for page in PAGES {
        self::page(page, run, &mut cases)?;
    }
    Ok(Suite { name: "tour".to_owned(), columns: PASS, style: Style::Tiers, cases })
}

/// Runs the blocks of one page in a folder of its own.
fn page(page: &str, run: &Run, cases: &mut Vec<Case>) -> Result<(), String> {
    let text = std::fs::read_to_string(run.root.join(page)).map_err(|e| format!("{page}: {e}"))?;
    let place = tempfile::tempdir().map_err(|e| e.to_string())?;
    let (work, bin) = (place.path().join("work"), place.path().join("bin"));
    std::fs::create_dir_all(&bin).map_err(|e| e.to_string())?;
    std::fs::create_dir_all(&work).map_err(|e| e.to_string())?;
    for folder in ["examples", "definitions"] {
        copy(&run.root.join(folder), &work.join(folder)).map_err(|e| format!("{folder}: {e}"))?;
    }
    for name in ["vela-lang", "cue"] {
        script::link(&run.product.binary, &bin.join(name)).map_err(|e| e.to_string())?;
    }
    for block in blocks(&text) {
        if block.name.contains('.') {
            let path = work.join(&block.name);
            std::fs::create_dir_all(path.parent().unwrap_or(&work)).map_err(|e| e.to_string())?;
            std::fs::write(path, &block.text).map_err(|e| format!("{}: {e}", block.name))?;
        }
        if block.language != "console" {
            continue;
        }
        for (command, expected) in commands(&block.text) {
            let id = format!("tour/{page}:{} {command}", block.line);
            if !run.wants(&id) {
                continue;
            }
            let mut checks = Checks::default();
            let got = execute(&command, run, &bin, &work);
            let fault = got.as_ref().err().cloned();
            let got = got.unwrap_or_default();
            checks.check(0, fault.is_none() && matches(&expected, &got), || Difference {
                path: format!("{page}:{}", block.line),
                what: command.clone(),
                expected,
                got,
            });
            cases.push(Case { id, checks, fault });
        }
    }
    Ok(())
}

/// The commands of a console block, each with the output that follows it.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut commands: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push((command.to_owned(), String::new()));
        } else if let Some((_, output)) = commands.last_mut() {
            output.push_str(line);
            output.push('\n');
        }
    }
    commands
}

fn execute(command: &str, run: &Run, bin: &Path, work: &Path) -> Result<String, String> {
    let words = script::split(command, &|_| String::new())?;
    let Some((program, arguments)) = words.split_first() else { return Ok(String::new()) };
    if program == "cat" {
        return arguments
            .iter()
            .map(|file| std::fs::read_to_string(work.join(file)).map_err(|e| format!("{file}: {e}")))
            .collect();
    }
    if !bin.join(program).exists() {
        return Err(format!("{program}: the tour runs only the product and cat"));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = run.product.command_of(&bin.join(program), &arguments);
    command.current_dir(work).env("NO_COLOR", "1");
    let outcome = exec::run(command, b"", run.product.timeout).map_err(|e| e.to_string())?;
    if outcome.broke() {
        return Err(outcome.status_text());
    }
    Ok(format!("{}{}", outcome.stdout, outcome.stderr))
}

/// Whether `got` is `expected`, where a line `...` stands for any number of lines.
fn matches(expected: &str, got: &str) -> bool {
    fn from(want: &[&str], have: &[&str]) -> bool {
        match want.split_first() {
            None => have.is_empty(),
            Some((&"...", rest)) => (0..=have.len()).any(|skip| from(rest, &have[skip..])),
            Some((line, rest)) => have.first() == Some(line) && from(rest, &have[1..]),
        }
    }
    let lines =
        |text: &'_ str| text.trim_end().lines().map(str::trim_end).map(str::to_owned).collect::<Vec<_>>();
    let (want, have) = (lines(expected), lines(got));
    let (want, have): (Vec<&str>, Vec<&str>) =
        (want.iter().map(String::as_str).collect(), have.iter().map(String::as_str).collect());
    from(&want, &have)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{commands, matches};

    #[test]
    fn blocks_and_dots() {
        assert_eq!(
            commands("$ a b\nx\ny\n$ c\n"),
            [("a b".into(), "x\ny\n".into()), ("c".into(), String::new())]
        );
        assert!(matches("a\n...\nz\n", "a\nb\nc\nz\n"));
        assert!(matches("...\n", ""));
        assert!(!matches("a\n...\nz\n", "a\nb\n"));
    }
}
