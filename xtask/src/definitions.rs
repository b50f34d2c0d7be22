//! Writes `docs/definitions`, the reference of the built-in definitions, with the product's own `def doc`.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The folder.
const FOLDER: &str = "docs/definitions";

/// Takes no arguments.
pub fn run(_: &[String]) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let failed = |e: std::io::Error| format!("{FOLDER}: {e}");
    // Pages of definitions that are gone go too.
    let folder = root.join(FOLDER);
    if folder.is_dir() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(["run", "--quiet", "--package", "vela-cli", "--", "def", "doc", "--output-dir", FOLDER]);
    let status = command.current_dir(&root).status().map_err(failed)?;
    if status.success() { Ok(()) } else { Err(format!("`def doc` ended with {status}")) }
}
