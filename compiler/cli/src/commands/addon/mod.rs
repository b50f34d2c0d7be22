//! `addon …`: work with KubeVela's addons.

mod render;
mod set;

use clap::{Args, Subcommand};

use crate::status::Status;
use crate::terminal::Shown;

/// Work with addons.
#[derive(Debug, Args)]
pub struct Addon {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render a folder of an addon to what installing it makes.
    Render(render::Render),
}

/// Runs one of them.
pub fn run(addon: &Addon, shown: &Shown) -> Status {
    match &addon.command {
        Command::Render(command) => render::run(command, shown),
    }
}
