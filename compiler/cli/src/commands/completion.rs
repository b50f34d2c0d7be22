//! `completion`: scripts that complete command lines.

use crate::status::Status;
use crate::{args, files};

/// Which shell.
#[derive(Debug, clap::Args)]
pub struct Completion {
    /// The shell.
    shell: clap_complete::Shell,
}

/// Prints the script.
pub fn run(command: &Completion) -> Status {
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut args::tree(), "vela-lang", &mut script);
    match files::print(&script) {
        Ok(()) => Status::Done,
        Err(_) => Status::Environment,
    }
}
