//! `cargo xtask conformance`: scores any binary, so that an author sees the effect of a change in seconds.

use std::io::Write;
use std::path::PathBuf;

use vela_harness::board::{self, Score};
use vela_harness::client::Product;
use vela_harness::places;
use vela_harness::suites::{self, Run};

const USAGE: &str = "\
usage: cargo xtask conformance [SUITE…] [--bin PATH] [--filter TEXT] [--failing] [--diff] [--raise]

  SUITE      one or more suites; none means all
  --bin      the binary to score; default target/debug/vela-lang
  --filter   only cases whose id contains TEXT
  --failing  list the failing cases with their first difference
  --diff     the same with what was expected and what came
  --raise    raise the floors in tests/floors.toml to these scores

Environment: VELA_JOBS workers, VELA_TIMEOUT seconds for a request, VELA_SHARED the folder with conformance/.
";

/// Runs the task with its arguments.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut names = Vec::new();
    let mut binary = None;
    let mut filter = None;
    let (mut failing, mut diff, mut raise) = (false, false, false);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--help" | "-h" => {
                say(USAGE);
                return Ok(());
            }
            "--bin" => binary = Some(PathBuf::from(rest.next().ok_or("--bin needs a path")?)),
            "--filter" => filter = Some(rest.next().ok_or("--filter needs a text")?.as_str()),
            "--failing" => failing = true,
            "--diff" => diff = true,
            "--raise" => raise = true,
            flag if flag.starts_with('-') => return Err(format!("unknown flag: {flag}")),
            name if suites::SHARED.contains(&name) || suites::OWN.contains(&name) => names.push(name),
            name => {
                return Err(format!(
                    "no such suite: {name}; there are {}",
                    [suites::SHARED, suites::OWN].concat().join(", ")
                ));
            }
        }
    }
    if names.is_empty() {
        names = [suites::SHARED, suites::OWN].concat();
    }
    if raise && filter.is_some() {
        return Err("--raise needs whole suites, without --filter".to_owned());
    }
    let shared = places::shared();
    let root = places::repository();
    let binary = binary.unwrap_or_else(|| places::repository().join("target/debug/vela-lang"));
    let binary = std::path::absolute(&binary).map_err(|e| format!("{}: {e}", binary.display()))?;
    if !binary.is_file() {
        return Err(format!("{}: no such file; build it, or name another with --bin", binary.display()));
    }
    let product = Product::new(binary);
    let mut scores: Vec<Score> = Vec::new();
    for name in names {
        let started = std::time::Instant::now();
        let suite =
            suites::run(name, &Run { root: &root, shared: shared.as_deref(), product: &product, filter })?;
        if failing || diff {
            say(&suite.failing(diff));
        }
        say(&suite.board());
        scores.extend(suite.scores());
        eprintln!("{name}: {:.1} s", started.elapsed().as_secs_f32());
    }
    let floors = places::repository().join("tests/floors.toml");
    if raise {
        let raised = board::raised(&floors, &scores)?;
        std::fs::write(&floors, raised).map_err(|e| format!("{}: {e}", floors.display()))?;
    } else if filter.is_none() {
        let fallen = board::below_floor(&floors, &scores)?;
        if !fallen.is_empty() {
            return Err(fallen.join("\n"));
        }
    }
    Ok(())
}

/// Prints to standard output; a reader that went away (`| head`) ends the program quietly.
fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}
