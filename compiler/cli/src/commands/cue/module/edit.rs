//! `cue mod edit`: members of the module file set and removed, without looking anything up.

use clap::Args;
use vela_load::Requirement;

use super::{check_path, check_source, check_version, read, versioned, write};
use crate::commands::cue::session::{Failed, Step, fail};

/// Arguments.
#[derive(Debug, Args)]
pub struct Edit {
    /// Set the module path.
    #[arg(long, value_name = "PATH")]
    module: Option<String>,
    /// Set the source: git, self or none.
    #[arg(long, value_name = "KIND")]
    source: Option<String>,
    /// Remove the source.
    #[arg(long)]
    drop_source: bool,
    /// Set the language version.
    #[arg(long, value_name = "VERSION")]
    language_version: Option<String>,
    /// Add a required module, path@version.
    #[arg(long, value_name = "MODULE")]
    require: Vec<String>,
    /// Remove a requirement, path@major.
    #[arg(long, value_name = "MODULE")]
    drop_require: Vec<String>,
    /// Not supported yet.
    #[arg(long, value_name = "MODULE=TARGET")]
    replace: Vec<String>,
    /// Not supported yet.
    #[arg(long, value_name = "MODULE")]
    drop_replace: Vec<String>,
}

/// Runs the command.
pub fn run(command: &Edit, folder: &str) -> Step<()> {
    if !command.replace.is_empty() || !command.drop_replace.is_empty() {
        return Err(fail("replacements of modules are not supported"));
    }
    let wrong = |flag: &str, value: &str| {
        let (flag, value) = (flag.to_owned(), value.to_owned());
        move |why: String| -> Failed {
            fail(&format!("invalid argument {value:?} for \"--{flag}\" flag: {why}"))
        }
    };
    if let Some(module) = &command.module {
        check_path(module).map_err(wrong("module", module))?;
    }
    if let Some(source) = &command.source {
        check_source(source).map_err(wrong("source", source))?;
    }
    if let Some(version) = &command.language_version
        && version != "current"
    {
        check_version(version).map_err(wrong("language-version", version))?;
    }
    for module in &command.drop_require {
        check_path(module).map_err(wrong("drop-require", module))?;
    }
    let mut required = Vec::new();
    for module in &command.require {
        let found = versioned(module).ok_or_else(|| format!("invalid module path@version {module:?}"));
        required.push(found.map_err(wrong("require", module))?);
    }
    let (path, text, mut file) = read(folder)?;
    if let Some(module) = &command.module {
        file.module.clone_from(module);
    }
    if command.drop_source {
        file.source = None;
    }
    if let Some(source) = &command.source {
        file.source = Some(source.clone());
    }
    match command.language_version.as_deref() {
        Some("current") => super::NEWEST.clone_into(&mut file.language),
        Some(version) => version.clone_into(&mut file.language),
        None => {}
    }
    for module in &command.drop_require {
        file.deps.retain(|name, _| name != module && name.split('@').next() != Some(module));
    }
    for (name, version) in required {
        file.deps.insert(name, Requirement { version, default: false });
    }
    write(&path, &text, &file)
}
