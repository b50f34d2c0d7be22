//! `version`: which program this is.

use crate::files;
use crate::status::Status;
use crate::terminal::{Format, Shown};

/// The reference release whose language is spoken.
pub const LANGUAGE: &str = "v0.17.1";

/// No arguments.
#[derive(Debug, clap::Args)]
pub struct Version {}

/// Prints the version, as JSON under `--format json`.
pub fn run(_: &Version, shown: &Shown) -> Status {
    let version = env!("CARGO_PKG_VERSION");
    let text = match shown.format {
        Format::Json => {
            let value = serde_json::json!({"version": version, "language": LANGUAGE});
            format!("{value}\n")
        }
        _ => format!("vela-lang {version}\nCUE language {LANGUAGE}\n"),
    };
    match files::print(text.as_bytes()) {
        Ok(()) => Status::Done,
        Err(_) => Status::Environment,
    }
}
