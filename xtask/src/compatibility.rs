//! Writes the tables in `docs/cue-compatibility.md`.

use std::fs;

use vela_harness::client::Product;
use vela_harness::{compatibility, places};

/// Takes no arguments; asks `target/debug/vela-lang`.
pub fn run(_: &[String]) -> Result<(), String> {
    let root = places::repository();
    let binary = root.join("target/debug/vela-lang");
    let binary = std::path::absolute(&binary).map_err(|e| format!("{}: {e}", binary.display()))?;
    if !binary.is_file() {
        return Err(format!("{}: no such file; build it first: cargo build -p vela-cli", binary.display()));
    }
    let path = root.join(compatibility::PAGE);
    let failed = |e: std::io::Error| format!("{}: {e}", compatibility::PAGE);
    let text = fs::read_to_string(&path).map_err(failed)?;
    let page = compatibility::page(&text, &root, places::shared().as_deref(), &Product::new(binary))?;
    fs::write(&path, page).map_err(failed)
}
