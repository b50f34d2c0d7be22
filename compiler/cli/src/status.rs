//! How the process ends.

use std::process::ExitCode;

/// The exit status, the same for every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The result is there.
    Done = 0,
    /// Errors in the input, or findings of a check.
    Findings = 1,
    /// The command line is wrong.
    Usage = 2,
    /// A policy check refused the result.
    Refused = 3,
    /// Differences were found, and the caller asked to be told.
    Differs = 4,
    /// Files, registry or network failed.
    Environment = 5,
    /// A fault of the program.
    Internal = 101,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(status as u8)
    }
}
