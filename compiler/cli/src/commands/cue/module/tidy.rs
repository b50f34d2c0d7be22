//! `cue mod tidy` and `get`, without the network: requirements that nothing imports go, those of modules in the cache
//! that are imported stay or come from the module files of modules that require them.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use vela_load::{EntryKind, ModuleFile, Requirement, World, decode, folders_below, paths};
use vela_syntax::ParseOptions;

use super::{is_full_version, read, versioned, write};
use crate::commands::cue::session::{Step, fail};
use crate::world::Disk;

/// Arguments.
#[derive(Debug, Args)]
pub struct Tidy {
    /// Change nothing; fail where the module file would change.
    #[arg(long)]
    check: bool,
    /// Use what is there only; this program always does.
    #[arg(long)]
    local_only: bool,
}

/// Arguments of `get`.
#[derive(Debug, Args)]
pub struct Get {
    /// Modules, path@version with a full version.
    #[arg(value_name = "MODULE")]
    modules: Vec<String>,
}

/// Runs `tidy`.
pub fn run(command: &Tidy, folder: &str) -> Step<()> {
    let (path, text, mut file) = read(folder)?;
    let world = Disk::new(folder);
    let root = path.parent().and_then(|p| p.parent()).and_then(|p| p.to_str()).unwrap_or(folder).to_owned();
    let mut walk =
        Walk { world: &world, root: &root, module: &file, wanted: file.deps.clone(), used: BTreeMap::new() };
    if let Err(missing) = walk.run() {
        return Err(fail(&if command.check {
            format!("module is not tidy, use 'cue mod tidy': missing dependency providing package {missing}")
        } else {
            format!("failed to resolve {missing:?}: cannot find module providing package {missing}")
        }));
    }
    let used = walk.used;
    if command.check {
        return if used == file.deps { Ok(()) } else { Err(fail("module is not tidy, use 'cue mod tidy'")) };
    }
    file.deps = used;
    write(&path, &text, &file)
}

/// Follows imports from the module's packages.
struct Walk<'a> {
    world: &'a Disk,
    root: &'a str,
    module: &'a ModuleFile,
    /// Requirements known so far.
    wanted: BTreeMap<String, Requirement>,
    /// Those that something imports.
    used: BTreeMap<String, Requirement>,
}

impl Walk<'_> {
    /// The error is an import that no module provides.
    fn run(&mut self) -> Result<(), String> {
        let mut work: Vec<String> = Vec::new();
        for folder in folders_below(self.world, self.root) {
            work.extend(imports(self.world, &folder));
        }
        let mut seen: BTreeSet<String> = BTreeSet::new();
        while let Some(import) = work.pop() {
            if !import.split('/').next().is_some_and(|first| first.contains('.'))
                || !seen.insert(import.clone())
            {
                continue;
            }
            if self.is_own(&import) || self.is_vendored(&import) {
                continue;
            }
            let (name, folder) = self.provider(&import).ok_or_else(|| import.clone())?;
            let Some(requirement) = self.wanted.get(&name).cloned() else { continue };
            self.used.insert(name, requirement);
            work.extend(imports(self.world, &folder));
        }
        Ok(())
    }

    fn is_own(&self, import: &str) -> bool {
        let own = self.module.module.split('@').next().unwrap_or("");
        let path = import.split(['@', ':']).next().unwrap_or(import);
        path.strip_prefix(own)
            .is_some_and(|rest| !own.is_empty() && (rest.is_empty() || rest.starts_with('/')))
    }

    /// Whether the package lies in one of the folders of the old scheme.
    fn is_vendored(&self, import: &str) -> bool {
        let path = import.split(['@', ':']).next().unwrap_or(import);
        ["pkg", "gen", "usr"].iter().any(|place| {
            let folder = paths::join(self.root, &format!("cue.mod/{place}/{path}"));
            self.world.kind(&folder) == Some(EntryKind::Folder)
        })
    }

    /// The requirement whose module has the package, the longest path first, and the package's folder.
    fn provider(&mut self, import: &str) -> Option<(String, String)> {
        let bare = import.split(':').next().unwrap_or(import);
        let (path, major) = match bare.split_once('@') {
            Some((path, major)) => (path, Some(major)),
            None => (bare, None),
        };
        let mut candidates: Vec<(String, String)> = Vec::new();
        for (name, requirement) in &self.wanted {
            let (module, version) = name.split_once('@').unwrap_or((name, "v0"));
            let below = path.strip_prefix(module).is_some_and(|r| r.is_empty() || r.starts_with('/'));
            if below && major.is_none_or(|m| m == version) {
                candidates.push((name.clone(), requirement.version.clone()));
            }
        }
        candidates.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        for (name, version) in candidates {
            let module = name.split('@').next().unwrap_or(&name);
            let Ok(root) = self.world.module(module, &version) else { continue };
            let folder = paths::join(&root, path[module.len()..].trim_start_matches('/'));
            if self.world.kind(&folder) == Some(EntryKind::Folder) {
                self.require_of(&root);
                return Some((name, folder));
            }
        }
        None
    }

    /// Takes over what a module requires: of two versions the higher one.
    fn require_of(&mut self, root: &str) {
        let Ok(bytes) = self.world.read(&paths::join(root, "cue.mod/module.cue")) else { return };
        let Ok(file) = ModuleFile::parse(&decode(&bytes)) else { return };
        for (name, requirement) in file.deps {
            let newer =
                self.wanted.get(&name).is_none_or(|old| order(&old.version) < order(&requirement.version));
            if newer {
                let default = self.wanted.get(&name).is_some_and(|old| old.default);
                self.wanted.insert(name.clone(), Requirement { default, ..requirement.clone() });
                if let Some(used) = self.used.get_mut(&name) {
                    used.version = requirement.version;
                }
            }
        }
    }
}

/// Numbers of a version, a pre-release before its release.
fn order(version: &str) -> (Vec<u64>, bool, String) {
    let (core, pre) =
        version.trim_start_matches('v').split_once('-').unwrap_or((version.trim_start_matches('v'), ""));
    (core.split('.').filter_map(|n| n.parse().ok()).collect(), pre.is_empty(), pre.to_owned())
}

/// What the CUE files of a folder import.
fn imports(world: &Disk, folder: &str) -> Vec<String> {
    let mut out = Vec::new();
    for entry in world.list(folder).unwrap_or_default() {
        if entry.kind != EntryKind::File
            || !entry.name.ends_with(".cue")
            || entry.name.starts_with(['.', '_'])
        {
            continue;
        }
        let Ok(bytes) = world.read(&paths::join(folder, &entry.name)) else { continue };
        let text = decode(&bytes);
        let file = vela_syntax::parse(&text, &ParseOptions::default()).file;
        out.extend(file.imports.iter().map(|i| i.path.of(&text).trim_matches('"').to_owned()));
    }
    out
}

/// Runs `get`.
pub fn get(command: &Get, folder: &str) -> Step<()> {
    if command.modules.is_empty() {
        return Err(fail("requires at least 1 arg(s), only received 0"));
    }
    let (path, text, mut file) = read(folder)?;
    let world = Disk::new(folder);
    for module in &command.modules {
        let Some((name, version)) = versioned(module) else {
            let version = module.split_once('@').map_or("", |(_, v)| v);
            return Err(fail(&if version.is_empty() || is_full_version(version) {
                format!(
                    "cannot look up versions of {module:?}: registries are not supported; give a full version"
                )
            } else {
                format!("{module:?} does not specify a full version: registries are not supported")
            }));
        };
        let bare = name.split('@').next().unwrap_or(&name);
        if let Err(why) = world.module(bare, &version) {
            return Err(fail(&format!("cannot determine new module graph: {module}: {why}")));
        }
        let default = file.deps.get(&name).is_some_and(|d| d.default);
        file.deps.insert(name, Requirement { version, default });
    }
    write(&path, &text, &file)
}
