//! The command tree, and what each leaf runs.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{CommandFactory, Parser, Subcommand};

use crate::commands::{addon, build, check, completion, cue, def, lsp, version, why};
use crate::status::Status;
use crate::terminal::{Color, Format, Shown};

/// Compiles Applications and CUE to Kubernetes manifests and data.
#[derive(Debug, Parser)]
#[command(name = "vela-lang", version, disable_help_subcommand = true, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// Form of diagnostics.
    #[arg(long, global = true, value_name = "FORM", default_value = "human")]
    format: Format,
    /// When to use colours.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
    /// Show at most N diagnostics; 0 shows all.
    #[arg(long, global = true, value_name = "N")]
    max_diagnostics: Option<usize>,
}

impl Global {
    /// How diagnostics are shown.
    pub fn shown(&self) -> Shown {
        Shown { format: self.format, color: self.color, max: self.max_diagnostics }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render Applications to Kubernetes manifests.
    Build(build::Build),
    /// Report every mistake in Applications and definitions, and render nothing.
    Check(check::Check),
    /// Tell where a field of a rendered object comes from.
    Why(why::Why),
    /// Work with definitions.
    Def(def::Def),
    /// Work with KubeVela's addons.
    Addon(addon::Addon),
    /// The CUE command line: same flags, same output, same exit status.
    Cue(cue::Cue),
    /// Serve editors: the language server on standard input and output.
    Lsp(lsp::Lsp),
    /// Print a script that completes command lines in a shell.
    Completion(completion::Completion),
    /// Print the version.
    Version(version::Version),
}

/// The program under the name `cue`.
#[derive(Debug, Parser)]
#[command(name = "cue", disable_help_subcommand = true, max_term_width = 100)]
struct CueCli {
    #[command(flatten)]
    command: cue::Cue,
}

/// The command tree, for completion scripts.
pub fn tree() -> clap::Command {
    Cli::command()
}

/// The command tree under the name `cue`.
pub fn cue_tree() -> clap::Command {
    CueCli::command()
}

/// Runs the arguments of a process, the program's name first.
pub fn run(arguments: &[OsString]) -> Status {
    let name = arguments.first().map(Path::new).and_then(Path::file_stem).unwrap_or(OsStr::new(""));
    // The reference's command ends with 1 whatever is wrong.
    let own = if name == "cue" { Some(1) } else { arguments.get(1).filter(|a| *a == "cue").map(|_| 2) };
    if let Some(own) = own {
        let mut tree = cue_tree();
        tree.build();
        let words = match cue::normalized(&arguments[own..], &tree) {
            Ok(words) => words,
            Err(message) => {
                eprintln!("{message}");
                return Status::Findings;
            }
        };
        return match CueCli::try_parse_from([OsString::from("cue")].into_iter().chain(words)) {
            Ok(cli) => cue::run(&cli.command),
            Err(e) => usage(&e, Status::Findings),
        };
    }
    match Cli::try_parse_from(arguments) {
        Ok(cli) => match &cli.command {
            Command::Build(command) => build::run(command, &cli.global.shown()),
            Command::Check(command) => check::run(command, &cli.global.shown()),
            Command::Why(command) => why::run(command, &cli.global.shown()),
            Command::Def(command) => def::run(command, &cli.global.shown()),
            Command::Addon(command) => addon::run(command, &cli.global.shown()),
            Command::Cue(command) => cue::run(command),
            Command::Lsp(command) => lsp::run(command),
            Command::Completion(command) => completion::run(command),
            Command::Version(command) => version::run(command, &cli.global.shown()),
        },
        Err(e) => usage(&e, Status::Usage),
    }
}

/// Shows help, the version, or what is wrong with the command line.
fn usage(error: &clap::Error, wrong: Status) -> Status {
    // Nobody is left to tell when the stream is gone.
    let _ = error.print();
    if error.use_stderr() { wrong } else { Status::Done }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tree_is_sound() {
        super::tree().debug_assert();
    }
}
