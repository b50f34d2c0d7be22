//! The command line, vela-lang.

use std::process::ExitCode;

/// Runs the program: reads the arguments, does what they ask, and gives the exit status.
pub fn main() -> ExitCode {
    eprintln!("vela-lang: no command is built in yet");
    ExitCode::from(2)
}
