//! Writes the pages of `docs/errors` and removes those that no entry has any more.

use std::fs;
use std::path::Path;

use vela_diagnostics::docs;

/// Takes no arguments.
pub fn run(_: &[String]) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(docs::FOLDER);
    let pages = docs::pages();
    let failed = |e: std::io::Error| format!("{}: {e}", docs::FOLDER);
    fs::create_dir_all(&folder).map_err(failed)?;
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !pages.iter().any(|(name, _)| entry.file_name() == name.as_str()) {
            fs::remove_file(entry.path()).map_err(failed)?;
        }
    }
    for (name, text) in &pages {
        fs::write(folder.join(name), text).map_err(failed)?;
    }
    Ok(())
}
