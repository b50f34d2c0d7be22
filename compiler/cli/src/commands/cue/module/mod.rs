//! `cue mod`: the module file, and modules from and to registries. A registry is used only where `CUE_REGISTRY` names
//! one: there is no other default than the cache.

mod edit;
mod get;
mod publish;
mod resolve;
mod tidy;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use vela_load::{ModuleFile, bad_module_path};

use super::flags::Everywhere;
use super::session::{Step, fail, status};
use crate::files;
use crate::registry::Registry;
use crate::status::Status;
use crate::world::Disk;

/// The newest language version, which new modules get.
const NEWEST: &str = "v0.17.1";

/// Arguments.
#[derive(Debug, Args)]
pub struct Mod {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Initialize a new module in the current folder.
    Init(Init),
    /// Edit the module file from tools or scripts.
    Edit(edit::Edit),
    /// Make the module file's requirements match what the module imports.
    Tidy(tidy::Tidy),
    /// Add requirements, or change their versions.
    Get(get::Get),
    /// Rewrite a legacy module file.
    Fix,
    /// Store the module in a registry.
    Publish(publish::Publish),
    /// Show where modules are in registries.
    Resolve(resolve::Resolve),
    /// Not supported.
    Mirror(Online),
    /// Not supported.
    Registry(Online),
    /// Not supported.
    Rename(Online),
    /// Not supported.
    Upgrade(Online),
    #[command(external_subcommand)]
    Other(Vec<String>),
}

/// Whatever follows.
#[derive(Debug, Args)]
struct Online {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    rest: Vec<String>,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
struct Init {
    /// The module's path, perhaps with a major version.
    #[arg(value_name = "PATH")]
    path: Option<String>,
    /// Where the files of a published module come from: git, self or none.
    #[arg(long, value_name = "KIND")]
    source: Option<String>,
    /// Not supported.
    #[arg(short = 'f', long)]
    force: bool,
    /// The language version; `current` is that of this program.
    #[arg(long, value_name = "VERSION", default_value = "current")]
    language_version: String,
}

/// Runs the command.
pub fn run(command: &Mod, everywhere: &Everywhere) -> Status {
    status(run_steps(command, everywhere))
}

fn run_steps(command: &Mod, everywhere: &Everywhere) -> Step<()> {
    let folder = Disk::folder(everywhere.chdir.as_deref()).map_err(|e| fail(&e))?;
    let offline = |name: &str, _: &Online| Err(fail(&format!("mod {name} is not supported")));
    match &command.command {
        Some(Command::Init(command)) => init(command, &folder),
        Some(Command::Edit(command)) => edit::run(command, &folder),
        Some(Command::Tidy(command)) => tidy::run(command, &folder),
        Some(Command::Get(command)) => get::run(command, &folder),
        Some(Command::Fix) => fix(&folder),
        Some(Command::Publish(command)) => publish::run(command, &folder),
        Some(Command::Resolve(command)) => resolve::run(command, &folder),
        Some(Command::Mirror(rest)) => offline("mirror", rest),
        Some(Command::Registry(rest)) => offline("registry", rest),
        Some(Command::Rename(rest)) => offline("rename", rest),
        Some(Command::Upgrade(rest)) => offline("upgrade", rest),
        Some(Command::Other(words)) => Err(fail(&format!(
            "mod must be run as one of its subcommands: unknown subcommand {:?}\n\
             Run 'cue help mod' for known subcommands.",
            words.first().map_or("", String::as_str)
        ))),
        None => {
            Err(fail("mod must be run as one of its subcommands\nRun 'cue help mod' for known subcommands."))
        }
    }
}

fn init(command: &Init, folder: &str) -> Step<()> {
    if command.force {
        return Err(fail("--force is not supported"));
    }
    let there = Path::new(folder).join("cue.mod");
    if there.exists() {
        return Err(fail("cue.mod directory already exists"));
    }
    let module = command.path.clone().unwrap_or_else(|| "cue.example".to_owned());
    check_path(&module).map_err(|e| fail(&e))?;
    if let Some(kind) = &command.source {
        check_source(kind).map_err(|e| fail(&e))?;
    }
    let language = match command.language_version.as_str() {
        "current" => NEWEST.to_owned(),
        version => {
            check_version(version).map_err(|e| fail(&e))?;
            version.to_owned()
        }
    };
    let file = ModuleFile { module, language, source: command.source.clone(), ..ModuleFile::default() };
    let made = std::fs::create_dir(&there).and_then(|()| {
        files::replace(&there.join("module.cue"), file.text().as_bytes()).inspect_err(|_| {
            // Leave nothing half made.
            let _ = std::fs::remove_dir(&there);
        })
    });
    made.map_err(|e| fail(&format!("cannot write {}: {e}", there.display())))
}

/// Rewrites a module file from before there were dependencies.
fn fix(folder: &str) -> Step<()> {
    let (path, text, mut file) = read(folder)?;
    if file.language.is_empty() {
        "v0.9.0".clone_into(&mut file.language);
        if file.module.is_empty() {
            "test.example".clone_into(&mut file.module);
        }
        if !file.unknown.is_empty() {
            let legacy: Vec<String> = file
                .unknown
                .drain(..)
                .map(|(n, v)| format!("{}: {v}", vela_syntax::literal::label(&n)))
                .collect();
            file.custom = Some(format!("{{\nlegacy: {{\n{}\n}}\n}}", legacy.join("\n")));
        }
    }
    write(&path, &text, &file)
}

/// The module file of the module around a folder, its text, and what it says.
fn read(folder: &str) -> Step<(PathBuf, String, ModuleFile)> {
    let world = Disk::new(folder);
    let Some(root) = vela_load::find_root(&world, folder) else { return Err(fail("module root not found")) };
    let path = Path::new(&root).join("cue.mod/module.cue");
    let text = std::fs::read_to_string(&path).map_err(|e| fail(&format!("open {}: {e}", path.display())))?;
    let file = ModuleFile::parse(&text).map_err(|e| fail(&e))?;
    Ok((path, text, file))
}

/// Writes a module file where it changes.
fn write(path: &Path, old: &str, file: &ModuleFile) -> Step<()> {
    let new = file.text();
    if new == old {
        return Ok(());
    }
    files::replace(path, new.as_bytes()).map_err(|e| fail(&format!("cannot write {}: {e}", path.display())))
}

/// The registries that the environment names, if it names any.
fn registry() -> Step<Option<Registry>> {
    Registry::from_environment().map_err(|e| fail(&e))
}

/// Whether a text is a module path with at most a major version.
fn check_path(text: &str) -> Result<(), String> {
    let path = match text.split_once('@') {
        Some((path, version)) => {
            let digits = version.strip_prefix('v').unwrap_or("");
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(format!("malformed module path {text:?}: path can contain major version only"));
            }
            path
        }
        None => text,
    };
    match bad_module_path(path) {
        Some(why) => Err(format!("malformed module path {text:?}: {why}")),
        None => Ok(()),
    }
}

fn check_source(kind: &str) -> Result<(), String> {
    match kind {
        "git" | "self" | "none" => Ok(()),
        _ => Err(format!("unrecognized source kind {kind:?}")),
    }
}

/// Whether a text is a full version.
fn check_version(text: &str) -> Result<(), String> {
    if is_full_version(text) {
        Ok(())
    } else {
        Err(format!(
            "language version {text:?} is not canonical (must include major, minor and patch versions)"
        ))
    }
}

/// `v1.2.3`, perhaps with a pre-release behind it.
pub fn is_full_version(text: &str) -> bool {
    let Some(numbers) = text.strip_prefix('v') else { return false };
    let core = numbers.split('-').next().unwrap_or("");
    let parts: Vec<&str> = core.split('.').collect();
    parts.len() == 3 && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
}

/// `path@v1.2.3` taken apart: the path with the major version, and the version.
fn versioned(text: &str) -> Option<(String, String)> {
    let (path, version) = text.split_once('@')?;
    let major = version.split('.').next()?;
    (is_full_version(version) && bad_module_path(path).is_none())
        .then(|| (format!("{path}@{major}"), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_versions() {
        assert_eq!(check_path("foo.com/bar@v1"), Ok(()));
        assert!(check_path("foo").is_err());
        assert!(check_path("foo.com/a@v1.2.3").unwrap_err().ends_with("path can contain major version only"));
        assert!(is_full_version("v1.2.3-rc.1") && !is_full_version("v1.2") && !is_full_version("1.2.3"));
        assert_eq!(versioned("a.b/c@v2.3.4"), Some(("a.b/c@v2".to_owned(), "v2.3.4".to_owned())));
        assert_eq!(versioned("foo"), None);
    }
}
