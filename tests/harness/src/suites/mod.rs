//! The suites: each reads its cases, asks the product, and counts.

pub mod cli;
pub mod cue;
pub mod oam;

use crate::board::Suite;
use crate::client::Product;
use std::path::Path;

/// What a run is asked for.
pub struct Run<'a> {
    /// The folder with `conformance/`.
    pub shared: &'a Path,
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

/// The names of all suites, in the order of the board.
pub const NAMES: &[&str] =
    &["eval", "builtins", "vectors", "syntax", "literals", "fmt", "permute", "cli", "oam", "definitions"];

/// Runs the suite `name`.
pub fn run(name: &str, run: &Run) -> Result<Suite, String> {
    match name {
        "cli" => cli::run(run),
        "oam" => oam::run(name, "conformance/oam", run),
        "definitions" => oam::run(name, "conformance/builtin/cases", run),
        _ => cue::run(name, run),
    }
}
