//! `cargo xtask check`: what must hold before a change lands: format, lints, tests, in the order that fails soonest.

use std::process::Command;

/// Takes the names of crates to check; none means all.
pub fn run(crates: &[String]) -> Result<(), String> {
    let scope: Vec<&str> = if crates.is_empty() {
        vec!["--workspace"]
    } else {
        crates.iter().flat_map(|name| ["--package", name.as_str()]).collect()
    };
    let all = if crates.is_empty() { vec!["--all"] } else { scope.clone() };
    cargo(&[&["fmt"], all.as_slice(), &["--check"]].concat())?;
    cargo(&[&["clippy"], scope.as_slice(), &["--all-targets", "--", "-D", "warnings"]].concat())?;
    cargo(&[&["test"], scope.as_slice()].concat())
}

fn cargo(arguments: &[&str]) -> Result<(), String> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(program).args(arguments).status().map_err(|e| e.to_string())?;
    if status.success() { Ok(()) } else { Err(format!("cargo {} failed", arguments.join(" "))) }
}
