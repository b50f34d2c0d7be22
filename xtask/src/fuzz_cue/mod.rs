//! `cargo xtask fuzz-cue`: random programs (`program.rs`) given to this project's `cue` commands and to a reference `cue`
//! found on the path. Where they disagree, the program is cut down to what is needed for it. The reference is a development
//! aid only: nothing else needs it. Differences that are the reference's faults are listed, with the reason, in
//! `tests/known-differences.toml`.

mod program;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use vela_harness::exec::{self, Outcome};
use vela_harness::rng::Rng;

use program::{Decl, random, source, without_one};

const USAGE: &str = "\
usage: cargo xtask fuzz-cue [--bin PATH] [--cue PATH] [--seed N] [--count N] [--messages] [--exports]

  --bin       the vela-lang to try; default target/debug/vela-lang
  --cue       the reference; default the cue on the path
  --seed      number of the first program; default 0
  --count     how many programs; default 200
  --messages  compare the first message of failing exports too
  --exports   compare exports only, not what `eval` prints
";

/// Programs tried at most to make one smaller.
const ATTEMPTS: usize = 300;

/// Time for one command.
const LIMIT: Duration = Duration::from_secs(20);

struct Options {
    binary: PathBuf,
    cue: PathBuf,
    seed: u64,
    count: u64,
    messages: bool,
    exports: bool,
    known: Vec<Known>,
    folder: PathBuf,
}

/// An entry of `tests/known-differences.toml`.
struct Known {
    /// Text in what the reference prints.
    reference: String,
}

/// How the two differ.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Class {
    /// Ours ended in a way that no input may cause.
    Broke,
    /// Only one of the exports succeeds.
    Verdict,
    /// The exported data.
    Export,
    /// What `eval` prints.
    Eval,
    /// The first message of an export.
    Message,
}

/// Runs the task with its arguments.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut options = Options {
        binary: PathBuf::from("target/debug/vela-lang"),
        cue: PathBuf::from("cue"),
        seed: 0,
        count: 200,
        messages: false,
        exports: false,
        known: known_differences(Path::new("tests/known-differences.toml"))?,
        folder: std::env::temp_dir().join(format!("fuzz-cue-{}", std::process::id())),
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut value = || rest.next().ok_or_else(|| format!("{argument} needs a value"));
        let number = |text: &String| text.parse().map_err(|_| format!("{text:?} is no number"));
        match argument.as_str() {
            "--help" | "-h" => {
                print!("{USAGE}");
                return Ok(());
            }
            "--bin" => options.binary = PathBuf::from(value()?),
            "--cue" => options.cue = PathBuf::from(value()?),
            "--seed" => options.seed = number(value()?)?,
            "--count" => options.count = number(value()?)?,
            "--messages" => options.messages = true,
            "--exports" => options.exports = true,
            other => return Err(format!("unknown argument {other:?}\n\n{USAGE}")),
        }
    }
    options.binary =
        options.binary.canonicalize().map_err(|e| format!("{}: {e}", options.binary.display()))?;
    std::fs::create_dir_all(&options.folder).map_err(|e| e.to_string())?;
    let found = try_all(&options);
    // What is left there is of no use to anyone.
    let _ = std::fs::remove_dir_all(&options.folder);
    match found? {
        0 => Ok(()),
        n => Err(format!("{n} of {} programs differ", options.count)),
    }
}

fn try_all(options: &Options) -> Result<u64, String> {
    let mut found = 0;
    for seed in options.seed..options.seed.saturating_add(options.count) {
        let program = random(&mut Rng::new(seed));
        let Some(class) = difference(options, &program)? else { continue };
        found += 1;
        let small = minimise(options, program, class)?;
        println!("--- seed {seed}: {class:?}\n{}", source(&small));
        for (who, cue) in [("ours", false), ("reference", true)] {
            for verb in ["export", "eval"] {
                let outcome = call(options, cue, verb, &small)?;
                println!("{who}, {verb}: {}\n{}{}", outcome.status_text(), outcome.stdout, outcome.stderr);
            }
        }
    }
    println!("{} programs from seed {}, {found} differ", options.count, options.seed);
    Ok(found)
}

/// Leaves out declarations as long as the same kind of difference remains.
fn minimise(options: &Options, mut program: Vec<Decl>, class: Class) -> Result<Vec<Decl>, String> {
    let mut attempts = 0;
    'smaller: loop {
        for candidate in without_one(&program) {
            attempts += 1;
            if attempts > ATTEMPTS {
                return Ok(program);
            }
            if difference(options, &candidate)? == Some(class) {
                program = candidate;
                continue 'smaller;
            }
        }
        return Ok(program);
    }
}

fn difference(options: &Options, program: &[Decl]) -> Result<Option<Class>, String> {
    let ours = call(options, false, "export", program)?;
    if ours.broke() {
        return Ok(Some(Class::Broke));
    }
    let theirs = call(options, true, "export", program)?;
    let known = |o: &Outcome| options.known.iter().any(|k| o.stderr.contains(&k.reference));
    if theirs.broke() || known(&theirs) {
        return Ok(None);
    }
    if ours.success() != theirs.success() {
        return Ok(Some(Class::Verdict));
    }
    if ours.stdout != theirs.stdout {
        return Ok(Some(Class::Export));
    }
    if options.exports {
        return Ok(None);
    }
    let (ours_eval, theirs_eval) =
        (call(options, false, "eval", program)?, call(options, true, "eval", program)?);
    if ours_eval.broke() {
        return Ok(Some(Class::Broke));
    }
    if known(&theirs_eval) {
        return Ok(None);
    }
    if ours_eval.stdout != theirs_eval.stdout {
        return Ok(Some(Class::Eval));
    }
    let first = |o: &Outcome| o.stderr.lines().next().unwrap_or_default().to_owned();
    if options.messages && first(&ours) != first(&theirs) {
        return Ok(Some(Class::Message));
    }
    Ok(None)
}

fn call(options: &Options, cue: bool, verb: &str, program: &[Decl]) -> Result<Outcome, String> {
    let file = options.folder.join("in.cue");
    std::fs::write(&file, source(program)).map_err(|e| format!("{}: {e}", file.display()))?;
    let mut command = Command::new(if cue { &options.cue } else { &options.binary });
    if !cue {
        command.arg("cue");
    }
    command.arg(verb);
    if verb == "eval" {
        command.args(["--all", "--ignore"]);
    }
    command.arg("in.cue").current_dir(&options.folder);
    exec::run(command, b"", LIMIT).map_err(|e| format!("{}: {e}", if cue { "cue" } else { "vela-lang" }))
}

fn known_differences(file: &Path) -> Result<Vec<Known>, String> {
    let at = |e: &dyn std::fmt::Display| format!("{}: {e}", file.display());
    let text = std::fs::read_to_string(file).map_err(|e| at(&e))?;
    let table: toml::Table = text.parse().map_err(|e| at(&e))?;
    let Some(entries) = table.get("difference").and_then(toml::Value::as_array) else {
        return Ok(Vec::new());
    };
    let text_of = |entry: &toml::Value, key: &str| {
        entry
            .get(key)
            .and_then(toml::Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| at(&format!("an entry has no {key}")))
    };
    entries
        .iter()
        .map(|entry| {
            text_of(entry, "reason")?;
            Ok(Known { reference: text_of(entry, "reference")? })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_known_differences_is_well_formed() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/known-differences.toml");
        assert!(!known_differences(&file).expect("the list reads").is_empty());
    }
}
