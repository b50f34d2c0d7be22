//! Everyday tasks of developers: `cargo xtask TASK`.

mod apiserver;
mod bench;
mod check;
mod compatibility;
mod conformance;
mod definitions;
mod editor;
mod errors;
mod features;
mod fuzz_cue;
mod kubernetes;
mod measured;

use std::process::ExitCode;

/// The tasks: name, what it does, what runs it.
const TASKS: &[(&str, &str, fn(&[String]) -> Result<(), String>)] = &[
    ("apiserver", "ask a real API server about what the built-in definitions render", apiserver::run),
    ("bench", "measure a release binary on generated workloads; --help says more", bench::run),
    ("check", "format, lints and tests, of some crates or all", check::run),
    ("conformance", "score a binary against the suites in ../shared; --help says more", conformance::run),
    (
        "docs",
        "write what is generated of docs/: errors, definitions, features of the editor, tables of compatibility",
        docs,
    ),
    ("editor", "measure the language server on the workload `edit`; --help says more", editor::run),
    ("errors", "write docs/errors from the catalogue of diagnostics", errors::run),
    (
        "kubernetes",
        "write stdlib/kubernetes/data from OpenAPI documents that a developer fetched",
        kubernetes::run,
    ),
    ("fuzz-cue", "compare random programs with a reference cue on the path; --help says more", fuzz_cue::run),
    ("floor", "read a folder, write a file: the floor that `bench` compares with", bench::floor),
    ("measured", "run one program and note its figures, for `bench`", measured::run),
];

fn docs(arguments: &[String]) -> Result<(), String> {
    errors::run(arguments)?;
    definitions::run(arguments)?;
    features::run(arguments)?;
    compatibility::run(arguments)
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let name = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let Some((_, _, run)) = TASKS.iter().find(|(n, _, _)| *n == name) else {
        eprintln!("usage: cargo xtask TASK\n");
        for (name, about, _) in TASKS {
            eprintln!("  {name:<12} {about}");
        }
        return ExitCode::from(2);
    };
    match run(&rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{name}: {message}");
            ExitCode::FAILURE
        }
    }
}
