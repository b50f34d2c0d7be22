//! `cue …`: the command line of the reference. Also what the program is under the name `cue`.

mod serve;

use clap::Subcommand;

use crate::status::Status;

/// The commands of the reference, and `serve`.
#[derive(Debug, Subcommand)]
pub enum Cue {
    /// Answer requests, one JSON object a line, on standard input and output.
    Serve(serve::Serve),
}

/// Runs one of them.
pub fn run(command: &Cue) -> Status {
    match command {
        Cue::Serve(command) => serve::run(command),
    }
}
