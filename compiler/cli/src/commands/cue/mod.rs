//! `cue …`: the command line of the reference. Also what the program is under the name `cue`.

mod arguments;
mod def;
mod eval;
mod experiments;
mod export;
mod expression;
mod fix;
mod flags;
mod fmt;
mod help;
mod import;
mod import_proto;
pub mod module;
mod output;
mod placing;
mod protobuf;
mod serve;
mod session;
mod to_protobuf;
mod trim;
mod vet;

use clap::{Args, Subcommand};

pub use arguments::normalized;
pub use session::evaluated;

use super::version::LANGUAGE;
use crate::status::Status;
use crate::{args, files};

/// The reference's command line.
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
pub struct Cue {
    #[command(flatten)]
    everywhere: flags::Everywhere,
    #[command(subcommand)]
    command: Option<Command>,
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
    /// Print a script that completes command lines in a shell.
    Completion(Completion),
    /// Print the version.
    Version,
    /// Show what a command does, or a topic.
    Help(help::Help),
    /// Not supported: user-defined commands.
    Cmd(Rest),
    /// Not supported: definitions of Go packages.
    Get(Rest),
    /// Not supported: logging into a registry.
    Login(Rest),
    /// Not supported: imports rewritten.
    Refactor(Rest),
    /// Not supported: experimental commands.
    Exp(Rest),
    /// Answer requests, one JSON object a line, on standard input and output.
    Serve(serve::Serve),
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// Which shell.
#[derive(Debug, Args)]
struct Completion {
    /// The shell.
    shell: clap_complete::Shell,
}

/// Whatever follows.
#[derive(Debug, Args)]
struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    rest: Vec<String>,
}

/// What there is of the reference's groups of commands, which are not there here.
const GROUPS: &[(&str, &[&str])] =
    &[("cmd", &[]), ("exp", &["gengotypes", "writefs"]), ("get", &["crd", "go"]), ("refactor", &["imports"])];

/// Why a command that is not there cannot be run: told in the reference's words where it would not run it either.
fn without(name: &str, sub: Option<&str>) -> String {
    let sub = sub.filter(|s| !s.starts_with('-'));
    let Some((_, known)) = GROUPS.iter().find(|g| g.0 == name) else {
        return format!("cue {name} is not supported");
    };
    let must = format!("{name} must be run as one of its subcommands");
    let see = format!("Run 'cue help {name}' for known subcommands.");
    match sub {
        None => format!("{must}\n{see}"),
        // Any word may be a command of the user's.
        Some(sub) if name == "cmd" || known.contains(&sub) => format!("cue {name} {sub} is not supported"),
        Some(sub) => format!("{must}: unknown subcommand {sub:?}\n{see}"),
    }
}

/// Runs one of them.
pub fn run(cue: &Cue) -> Status {
    let everywhere = &cue.everywhere;
    let unsupported = |name: &str, rest: &Rest| {
        session::fail(&without(name, rest.rest.first().map(String::as_str)));
        Status::Findings
    };
    let Some(command) = &cue.command else { return print(help::overview().as_bytes()) };
    match command {
        Command::Completion(command) => {
            let mut script = Vec::new();
            clap_complete::generate(command.shell, &mut args::cue_tree(), "cue", &mut script);
            print(&script)
        }
        Command::Version => {
            let (language, own) = (LANGUAGE, env!("CARGO_PKG_VERSION"));
            print(
                format!("cue version {language}\n\nCUE language version {language}\n\nvela-lang {own}\n")
                    .as_bytes(),
            )
        }
        Command::Help(command) => help::run(command),
        Command::Cmd(rest) => unsupported("cmd", rest),
        Command::Get(rest) => unsupported("get", rest),
        Command::Login(rest) => unsupported("login", rest),
        Command::Refactor(rest) => unsupported("refactor", rest),
        Command::Exp(rest) => unsupported("exp", rest),
        Command::Other(words) => {
            let name = words.first().map_or("", String::as_str);
            session::say(&format!("unknown command {name:?} for \"cue\"\n"));
            Status::Findings
        }
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

fn print(text: &[u8]) -> Status {
    match files::print(text) {
        Ok(()) => Status::Done,
        Err(_) => Status::Findings,
    }
}
