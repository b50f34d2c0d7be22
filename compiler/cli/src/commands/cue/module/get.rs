//! `cue mod get`: modules required in the versions that are asked for, and everything that they require themselves.

use std::collections::BTreeMap;

use clap::Args;
use vela_load::{ModuleFile, Requirement, World, bad_module_path, decode, paths};

use super::tidy::{latest, order};
use super::{is_full_version, read, registry, write};
use crate::commands::cue::session::{Step, fail};
use crate::registry::Fetching;
use crate::world::Disk;

/// Arguments.
#[derive(Debug, Args)]
pub struct Get {
    /// Modules: path, path@latest, path@v1, path@v1.2 or path@v1.2.3.
    #[arg(value_name = "MODULE")]
    modules: Vec<String>,
}

/// Runs the command.
pub fn run(command: &Get, folder: &str) -> Step<()> {
    if command.modules.is_empty() {
        return Err(fail("requires at least 1 arg(s), only received 0"));
    }
    let (path, text, mut file) = read(folder)?;
    let disk = Disk::new(folder);
    let registry = registry()?;
    let world = Fetching { disk: &disk, registry: registry.as_ref() };
    let mut asked: BTreeMap<String, String> = BTreeMap::new();
    for module in &command.modules {
        let (bare, version) = version_of(&world, &file, module)?;
        if file.module.split('@').next() == Some(&bare) {
            return Err(fail("cannot update version of main module"));
        }
        world
            .module(&bare, &version)
            .map_err(|why| fail(&format!("cannot determine new module graph: {bare}@{version}: {why}")))?;
        let name = format!("{bare}@{}", version.split('.').next().unwrap_or("v0"));
        let before = asked.insert(name, version.clone());
        if let Some(other) = before.filter(|v| *v != version) {
            let message =
                format!("conflicting version update requirements {bare}@{other} vs {bare}@{version}");
            return Err(fail(&message));
        }
    }
    for (name, version) in &asked {
        let default = file.deps.get(name).is_some_and(|d| d.default);
        file.deps.insert(name.clone(), Requirement { version: version.clone(), default });
    }
    selected(&world, &mut file.deps)?;
    for (name, version) in &asked {
        let actual = file.deps.get(name).map_or("", |d| &d.version);
        if actual != version {
            let message = format!(
                "other requirements prevent changing module {name} to version {version} \
                 (actual selected version: {actual})"
            );
            return Err(fail(&message));
        }
    }
    write(&path, &text, &file)
}

/// Adds what the modules require themselves: of each module the highest version.
fn selected(world: &Fetching<'_>, deps: &mut BTreeMap<String, Requirement>) -> Step<()> {
    let mut work: Vec<(String, String)> = deps.iter().map(|(n, d)| (n.clone(), d.version.clone())).collect();
    while let Some((name, version)) = work.pop() {
        if deps.get(&name).is_none_or(|d| d.version != version) {
            continue;
        }
        let bare = name.split('@').next().unwrap_or(&name);
        let root = world
            .module(bare, &version)
            .map_err(|why| fail(&format!("cannot determine new module graph: {bare}@{version}: {why}")))?;
        let Ok(bytes) = world.read(&paths::join(&root, "cue.mod/module.cue")) else { continue };
        let Ok(file) = ModuleFile::parse(&decode(&bytes)) else { continue };
        for (name, requirement) in file.deps {
            let old = deps.get(&name);
            if old.is_none_or(|o| order(&o.version) < order(&requirement.version)) {
                let default = old.is_some_and(|o| o.default);
                work.push((name.clone(), requirement.version.clone()));
                deps.insert(name, Requirement { default, ..requirement });
            }
        }
    }
    Ok(())
}

/// The module and version that an argument asks for.
fn version_of(world: &Fetching<'_>, file: &ModuleFile, argument: &str) -> Step<(String, String)> {
    let (path, query) = argument.split_once('@').unwrap_or((argument, ""));
    if let Some(why) = bad_module_path(path) {
        return Err(fail(&format!("malformed module path {path:?}: {why}")));
    }
    if is_full_version(query) {
        return Ok((path.to_owned(), query.to_owned()));
    }
    let wanted = match query.strip_suffix(".latest").unwrap_or(query) {
        "" => {
            let own = file.deps.iter().find(|(n, d)| d.default && n.split('@').next() == Some(path));
            own.and_then(|(n, _)| n.split('@').nth(1)).unwrap_or("").to_owned()
        }
        "latest" => String::new(),
        partial => {
            let digits = partial.strip_prefix('v').unwrap_or("");
            let good = |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit());
            if digits.split('.').count() > 2 || !digits.split('.').all(good) {
                return Err(fail(&format!("{argument:?} does not specify a valid semantic version")));
            }
            partial.to_owned()
        }
    };
    if world.registry.is_none() {
        return Err(fail(&format!(
            "cannot look up versions of {path:?}: no registry is set; set CUE_REGISTRY or give a full version"
        )));
    }
    let versions = world.versions(path).map_err(|e| fail(&e))?;
    let fits =
        |v: &&String| wanted.is_empty() || v.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('.'));
    match latest(versions.iter().filter(fits)) {
        Some(version) => Ok((path.to_owned(), version.clone())),
        None => Err(fail(&format!("no versions found for module {argument}"))),
    }
}
