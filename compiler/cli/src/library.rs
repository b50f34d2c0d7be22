//! The standard library that programs see.

use vela_eval::builtin::Library;

/// The functions of all packages.
pub fn library() -> &'static dyn Library {
    &vela_stdlib::STDLIB
}

/// Whether an import path names a package of the standard library.
pub fn has_package(path: &str) -> bool {
    library().has_package(path)
}
