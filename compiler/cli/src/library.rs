//! The standard library that programs see.

use vela_eval::builtin::{Library, NoLibrary};

/// The functions of all packages.
pub fn library() -> &'static dyn Library {
    &NoLibrary
}

/// Whether an import path names a package of the standard library.
pub fn has_package(path: &str) -> bool {
    vela_stdlib::PACKAGES.iter().any(|p| p.path == path)
}
