//! `cue …`: the command line of the reference. Also what the program is under the name `cue`.

mod def;
mod eval;
mod experiments;
mod export;
mod expression;
mod fix;
mod flags;
mod fmt;
mod import;
mod import_proto;
pub mod module;
mod output;
mod placing;
mod protobuf;
mod serve;
mod session;
mod trim;
mod vet;

use clap::{Args, Subcommand};

pub use session::evaluated;

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
    /// Print consolidated definitions.
    Def(def::Def),
    /// Evaluate and print a configuration.
    Eval(eval::Eval),
    /// Output data in a standard format.
    Export(export::Export),
    /// Rewrite old syntax.
    Fix(fix::Fix),
    /// Format CUE source.
    Fmt(fmt::Fmt),
    /// Convert data files to CUE files.
    Import(import::Import),
    /// Module maintenance.
    Mod(module::Mod),
    /// Remove fields that say nothing new.
    Trim(trim::Trim),
    /// Validate data.
    Vet(vet::Vet),
    /// Answer requests, one JSON object a line, on standard input and output.
    Serve(serve::Serve),
}

/// Runs one of them.
pub fn run(cue: &Cue) -> Status {
    let everywhere = &cue.everywhere;
    match &cue.command {
        Command::Def(command) => def::run(command, everywhere),
        Command::Eval(command) => eval::run(command, everywhere),
        Command::Export(command) => export::run(command, everywhere),
        Command::Fix(command) => fix::run(command, everywhere),
        Command::Fmt(command) => fmt::run(command, everywhere),
        Command::Import(command) => import::run(command, everywhere),
        Command::Mod(command) => module::run(command, everywhere),
        Command::Trim(command) => trim::run(command, everywhere),
        Command::Vet(command) => vet::run(command, everywhere),
        Command::Serve(command) => serve::run(command),
    }
}
