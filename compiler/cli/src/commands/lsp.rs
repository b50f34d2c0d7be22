//! `lsp`: the language server on standard input and output.

use std::process::ExitCode;

use crate::status::Status;

/// No arguments: editors speak the protocol on standard input and output.
#[derive(Debug, clap::Args)]
pub struct Lsp {
    /// Taken as editors pass it; standard input and output are used in any case.
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Serves until the client ends the session.
pub fn run(_: &Lsp) -> Status {
    if vela_lsp::run() == ExitCode::SUCCESS { Status::Done } else { Status::Findings }
}
