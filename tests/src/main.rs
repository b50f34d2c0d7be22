//! The product as the tests run it: `vela-lang` under a name of its own, so that cargo builds it for them.

use std::process::ExitCode;

fn main() -> ExitCode {
    vela_cli::main()
}
