//! The `vela-lang` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    vela_cli::main()
}
