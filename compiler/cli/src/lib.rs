//! The command line, vela-lang: arguments, terminal, real files. What it does, the crates below do; one file a
//! command in `commands/`.
//!
//! | file | idea |
//! |---|---|
//! | `args.rs` | the command tree |
//! | `status.rs` | exit statuses |
//! | `terminal.rs` | colours, diagnostics on standard error |
//! | `guard.rs` | big stacks, caught panics |
//! | `inputs.rs` | files of Applications and definitions |
//! | `definitions.rs`, `engine.rs` | definitions, and what evaluates their templates |
//! | `world.rs` | the real files, variables and module cache |
//! | `registry/` | modules from and to OCI registries |
//! | `library.rs` | the standard library |
//! | `files.rs` | files written atomically |
//! | `diff.rs` | differences of texts |

mod args;
mod commands;
mod definitions;
mod diff;
mod engine;
pub mod files;
mod format;
pub mod guard;
mod inputs;
mod library;
mod registry;
mod status;
pub mod terminal;
mod world;

use std::process::ExitCode;

pub use status::Status;

/// Runs the program on the process' arguments.
pub fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    guard::install();
    match guard::run(move || args::run(&arguments)) {
        Ok(status) => status.into(),
        Err(panic) => {
            eprint!("{panic}");
            Status::Internal.into()
        }
    }
}
