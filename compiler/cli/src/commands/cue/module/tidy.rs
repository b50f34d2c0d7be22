//! `cue mod tidy`: requirements that nothing imports go; those of modules that are imported stay, come from the module
//! files of modules that require them, or are looked up in the registry that `CUE_REGISTRY` names.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use vela_load::{EntryKind, ModuleFile, Requirement, World, decode, folders_below, paths};
use vela_syntax::ParseOptions;

use super::{read, registry, write};
use crate::commands::cue::session::{Step, fail};
use crate::registry::Fetching;
use crate::world::Disk;

/// Arguments.
#[derive(Debug, Args)]
pub struct Tidy {
    /// Change nothing; fail where the module file would change.
    #[arg(long)]
    pub check: bool,
    /// Use what is in the cache only.
    #[arg(long)]
    pub local_only: bool,
}

/// Runs `tidy`.
pub fn run(command: &Tidy, folder: &str) -> Step<()> {
    let (path, text, mut file) = read(folder)?;
    let disk = Disk::new(folder);
    let registry = if command.local_only { None } else { registry()? };
    let world = Fetching { disk: &disk, registry: registry.as_ref() };
    let root = path.parent().and_then(|p| p.parent()).and_then(|p| p.to_str()).unwrap_or(folder).to_owned();
    let mut walk = Walk {
        world: &world,
        root: &root,
        module: &file,
        wanted: file.deps.clone(),
        used: BTreeMap::new(),
        look_up: !command.check,
        problem: None,
    };
    if let Err(missing) = walk.run() {
        if let Some(problem) = walk.problem {
            return Err(fail(&problem));
        }
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
    world: &'a Fetching<'a>,
    root: &'a str,
    module: &'a ModuleFile,
    /// Requirements known so far.
    wanted: BTreeMap<String, Requirement>,
    /// Those that something imports.
    used: BTreeMap<String, Requirement>,
    /// Whether modules may be looked up that nothing requires yet.
    look_up: bool,
    /// Why a module could not be had.
    problem: Option<String>,
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
            let root = match self.world.module(module, &version) {
                Ok(root) => root,
                Err(why) => {
                    self.problem = Some(format!("cannot fetch {module}@{version}: {why}"));
                    continue;
                }
            };
            let folder = paths::join(&root, path[module.len()..].trim_start_matches('/'));
            if self.world.kind(&folder) == Some(EntryKind::Folder) {
                self.require_of(&root);
                return Some((name, folder));
            }
        }
        if self.look_up { self.looked_up(path, major) } else { None }
    }

    /// The newest version of the module with the longest path that has a package, from the registry.
    fn looked_up(&mut self, path: &str, major: Option<&str>) -> Option<(String, String)> {
        let ends = path.match_indices('/').map(|(i, _)| i).chain([path.len()]);
        let mut prefixes: Vec<&str> = ends.map(|i| &path[..i]).collect();
        prefixes.reverse();
        for prefix in prefixes.into_iter().filter(|p| vela_load::bad_module_path(p).is_none()) {
            let versions = match self.world.versions(prefix) {
                Ok(versions) => versions,
                Err(why) => {
                    self.problem = Some(why);
                    return None;
                }
            };
            let of_major = |v: &&String| major.is_none_or(|m| v.split('.').next() == Some(m));
            let Some(version) = latest(versions.iter().filter(of_major)) else { continue };
            let root = match self.world.module(prefix, version) {
                Ok(root) => root,
                Err(why) => {
                    self.problem = Some(format!("cannot fetch {prefix}@{version}: {why}"));
                    return None;
                }
            };
            let folder = paths::join(&root, path[prefix.len()..].trim_start_matches('/'));
            if self.world.kind(&folder) != Some(EntryKind::Folder) {
                continue;
            }
            let name = format!("{prefix}@{}", version.split('.').next().unwrap_or("v0"));
            let requirement = Requirement { version: version.clone(), default: major.is_none() };
            self.wanted.insert(name.clone(), requirement);
            self.require_of(&root);
            return Some((name, folder));
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

/// The newest of several versions: a pre-release only where there is nothing else.
pub fn latest<'v>(versions: impl Iterator<Item = &'v String>) -> Option<&'v String> {
    versions.max_by_key(|v| (!v.contains('-'), order(v)))
}

/// Numbers of a version, a pre-release before its release.
pub fn order(version: &str) -> (Vec<u64>, bool, String) {
    let (core, pre) =
        version.trim_start_matches('v').split_once('-').unwrap_or((version.trim_start_matches('v'), ""));
    (core.split('.').filter_map(|n| n.parse().ok()).collect(), pre.is_empty(), pre.to_owned())
}

/// What the CUE files of a folder import.
fn imports(world: &Fetching<'_>, folder: &str) -> Vec<String> {
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
