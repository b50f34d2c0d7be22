//! Runs every suite against the product and prints the scoreboard; fails when a score is below its floor in
//! `tests/floors.toml`. The conformance suites run where `../shared` is; without them the project's own still do.
//!
//! `cargo test -p vela-tests --test board -- eval pages` runs some suites; `VELA_CASES=eval/cycle` only cases whose id
//! contains the text; `VELA_SHOW=1` lists the failing cases with what was expected and what came.

use std::process::ExitCode;
use std::time::Instant;

use vela_harness::board;
use vela_harness::client::Product;
use vela_harness::places;
use vela_harness::suites::{self, Run};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<&str> = arguments.iter().filter(|a| !a.starts_with('-')).map(String::as_str).collect();
    let root = places::repository();
    let shared = places::shared();
    let mut names = suites::OWN.to_vec();
    if shared.is_some() {
        names.extend(suites::SHARED);
    } else {
        println!("no ../shared/conformance beside the project: its own suites only");
    }
    names.retain(|name| wanted.is_empty() || wanted.contains(name));
    if arguments.iter().any(|a| a == "--list") {
        for name in names {
            println!("{name}: test");
        }
        return ExitCode::SUCCESS;
    }
    let filter = std::env::var("VELA_CASES").ok();
    let show = std::env::var("VELA_SHOW").is_ok_and(|v| v != "0");
    let product = Product::new(env!("CARGO_BIN_EXE_vela-lang-under-test"));
    let started = Instant::now();
    let (mut passed, mut failures) = (0, Vec::new());
    for name in names {
        let begun = Instant::now();
        let run =
            Run { root: &root, shared: shared.as_deref(), product: &product, filter: filter.as_deref() };
        let outcome = suites::run(name, &run).and_then(|suite| {
            if show {
                print!("{}", suite.failing(true));
            }
            print!("{}", suite.board());
            eprintln!("{name}: {:.1} s", begun.elapsed().as_secs_f32());
            // A part of a suite has no floor.
            if filter.is_some() {
                return Ok(Vec::new());
            }
            let fallen = board::below_floor(&root.join("tests/floors.toml"), &suite.scores())?;
            if !fallen.is_empty() && !show {
                suite.failing(false).lines().take(60).for_each(|line| println!("{line}"));
            }
            Ok(fallen)
        });
        match outcome {
            Ok(fallen) if fallen.is_empty() => passed += 1,
            Ok(fallen) => failures.push(fallen.join("\n")),
            Err(message) => failures.push(format!("{name}: {message}")),
        }
    }
    if !failures.is_empty() {
        println!("\nfailures:\n{}", failures.join("\n"));
    }
    let verdict = if failures.is_empty() { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {passed} passed; {} failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s\n",
        failures.len(),
        started.elapsed().as_secs_f32()
    );
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
