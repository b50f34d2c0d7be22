//! `def …`: work with definitions.

mod doc;
mod fix;
mod list;
mod render;
mod show;
mod test;
mod vet;

use clap::{Args, Subcommand};

use crate::status::Status;
use crate::terminal::Shown;

/// Work with definitions.
#[derive(Debug, Args)]
pub struct Def {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List definitions: the built-in ones and those given.
    List(list::List),
    /// Explain a definition: what it makes, and its parameters.
    Show(show::Show),
    /// Check definition files.
    Vet(vet::Vet),
    /// Run the tests that stand beside definitions.
    Test(test::Test),
    /// Write reference pages.
    Doc(doc::Doc),
    /// Convert .cue definitions to definition objects.
    Render(render::Render),
    /// Rewrite idioms of older CUE.
    Fix(fix::Fix),
}

/// Runs one of them.
pub fn run(def: &Def, shown: &Shown) -> Status {
    match &def.command {
        Command::List(command) => list::run(command, shown),
        Command::Show(command) => show::run(command, shown),
        Command::Vet(command) => vet::run(command, shown),
        Command::Test(command) => test::run(command, shown),
        Command::Doc(command) => doc::run(command, shown),
        Command::Render(command) => render::run(command, shown),
        Command::Fix(command) => fix::run(command, shown),
    }
}
