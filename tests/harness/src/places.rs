//! Where things lie: the repository's root, and the conformance suites beside it.

use std::path::{Path, PathBuf};

/// The root of the repository, found from this crate's manifest.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_path_buf()
}

/// The folder `../shared` with the conformance suites, or what `VELA_SHARED` names. `None` where it is absent: the
/// project passes its own tests without it.
pub fn shared() -> Option<PathBuf> {
    let place = match std::env::var_os("VELA_SHARED") {
        Some(place) => PathBuf::from(place),
        None => repository().parent()?.join("shared"),
    };
    place.join("conformance").is_dir().then_some(place)
}

/// Files directly in `folder` with the extension `extension`, sorted by name.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    found.retain(|path| path.extension().is_some_and(|e| e == extension) && path.is_file());
    found.sort();
    found
}

/// Folders directly in `folder`, sorted by name.
pub fn folders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    found.retain(|path| path.is_dir());
    found.sort();
    found
}

/// The file's name without folder and extension.
pub fn stem(path: &Path) -> String {
    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The last part of the path.
pub fn name(path: &Path) -> String {
    path.file_name().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}
