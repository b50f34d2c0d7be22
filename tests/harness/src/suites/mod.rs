//! The suites: each reads its cases, asks the product, and counts. Those of [`SHARED`] are the conformance suites beside the
//! project; those of [`OWN`] belong to it.

pub mod apiserver;
pub mod cli;
pub mod cue;
pub mod devices;
pub mod fuzz;
pub mod hostile;
pub mod interfaces;
pub mod laws;
pub mod lsp;
pub mod oam;
pub mod pages;
pub mod scripts;
pub mod tour;

use crate::board::Suite;
use crate::client::Product;
use std::path::Path;

/// What a run is asked for.
pub struct Run<'a> {
    /// The root of the repository.
    pub root: &'a Path,
    /// The folder with `conformance/`, where it is there.
    pub shared: Option<&'a Path>,
    /// The product.
    pub product: &'a Product,
    /// Only cases whose id contains this.
    pub filter: Option<&'a str>,
}

impl Run<'_> {
    /// Whether the case is wanted.
    pub fn wants(&self, id: &str) -> bool {
        self.filter.is_none_or(|filter| id.contains(filter))
    }
}

/// The conformance suites, in the order of the board.
pub const SHARED: &[&str] = &[
    "eval",
    "builtins",
    "vectors",
    "syntax",
    "literals",
    "fmt",
    "permute",
    "cli",
    "oam",
    "definitions",
    "interfaces",
    "devices",
    "apiserver",
];

/// The project's own suites.
pub const OWN: &[&str] = &["pages", "scripts", "lsp", "tour", "hostile", "laws", "fuzz"];

/// Runs the suite `name`.
pub fn run(name: &str, run: &Run) -> Result<Suite, String> {
    let shared = || run.shared.ok_or_else(|| format!("{name}: there is no ../shared/conformance"));
    match name {
        "pages" => pages::run(run),
        "scripts" => scripts::run(run),
        "lsp" => lsp::run(run),
        "tour" => tour::run(run),
        "hostile" => hostile::run(run),
        "laws" => laws::run(run),
        "fuzz" => fuzz::run(run),
        "cli" => cli::run(shared()?, run),
        "oam" => oam::run(name, &shared()?.join("conformance/oam"), run),
        "devices" => devices::run(&shared()?.join("conformance/cue"), run),
        "definitions" => oam::run(name, &shared()?.join("conformance/builtin/cases"), run),
        "interfaces" => interfaces::run(&shared()?.join("conformance/builtin"), run),
        "apiserver" => apiserver::run(&shared()?.join("conformance/builtin"), run),
        _ => cue::run(name, &shared()?.join("conformance/cue"), run),
    }
}
