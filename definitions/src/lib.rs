//! The built-in definitions, embedded.
//!
//! Each definition is a file `<kind>/<name>.cue` in X-definition form: imports, one field of
//! metadata named like the file, and `template`. Parts that several definitions share are
//! packages below `shared/`, imported as `vela-lang.dev/shared/<package>`; whoever evaluates
//! a definition resolves these imports with [`shared`].
//!
//! `docs/definitions.md` of the project says what each definition makes. The renderer takes a
//! definition from here when neither the Application's files nor the user's bring one of that
//! kind and name.

mod table;

/// A built-in definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// `component`, `trait`, `policy` or `workflow-step`, as in the definition's `type`.
    pub kind: &'static str,
    /// The name by which an Application refers to it.
    pub name: &'static str,
    /// The text of the file.
    pub source: &'static str,
    /// The file's path below the project's `definitions/`, for messages.
    pub path: &'static str,
}

/// A file of a package that built-in definitions import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    /// The path by which the package is imported.
    pub import_path: &'static str,
    /// The name of the file in the package.
    pub file: &'static str,
    /// The text of the file.
    pub source: &'static str,
}

/// The module that the shared packages belong to.
pub const SHARED_MODULE: &str = "vela-lang.dev/shared";

/// All built-in definitions, by kind and name.
pub fn definitions() -> &'static [Embedded] {
    table::DEFINITIONS
}

/// The files of all shared packages, by import path and file name.
pub fn shared() -> &'static [Shared] {
    table::SHARED
}

/// KubeVela's packages `vela/…`, a file each: what their functions take and give. What they do is the renderer's
/// business.
pub fn vela() -> &'static [Shared] {
    table::VELA
}

/// The built-in definition of this kind and name.
///
/// ```
/// let scaler = vela_definitions::lookup("trait", "scaler").unwrap();
/// assert_eq!(scaler.path, "trait/scaler.cue");
/// assert_eq!(vela_definitions::lookup("trait", "webservice"), None);
/// ```
pub fn lookup(kind: &str, name: &str) -> Option<&'static Embedded> {
    let at = table::DEFINITIONS.binary_search_by(|d| (d.kind, d.name).cmp(&(kind, name))).ok()?;
    table::DEFINITIONS.get(at)
}
