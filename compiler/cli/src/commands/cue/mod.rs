//! `cue …`: the command line of the reference. Also what the program is under the name `cue`.

mod eval;
mod export;
mod expression;
mod flags;
mod output;
mod serve;
mod session;
mod vet;

use clap::{Args, Subcommand};

use crate::status::Status;

/// The reference's command line.
#[derive(Debug, Args)]
pub struct Cue {
    #[command(flatten)]
    everywhere: flags::Everywhere,
    #[command(subcommand)]
    command: Command,
}

/// The commands of the reference, and `serve`.
#[derive(Debug, Subcommand)]
enum Command {
    /// Evaluate and print a configuration.
    Eval(eval::Eval),
    /// Output data in a standard format.
    Export(export::Export),
    /// Validate data.
    Vet(vet::Vet),
    /// Answer requests, one JSON object a line, on standard input and output.
    Serve(serve::Serve),
}

/// Runs one of them.
pub fn run(cue: &Cue) -> Status {
    let everywhere = &cue.everywhere;
    match &cue.command {
        Command::Eval(command) => eval::run(command, everywhere),
        Command::Export(command) => export::run(command, everywhere),
        Command::Vet(command) => vet::run(command, everywhere),
        Command::Serve(command) => serve::run(command),
    }
}
