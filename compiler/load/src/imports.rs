//! Where an import path leads: which module, which folder, which package.

use crate::import_path::{ImportPath, is_local, is_standard, malformed};
use crate::module::{self, Module};
use crate::paths;
use crate::world::{EntryKind, World};

/// A folder in which files of a package are looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The folder.
    pub folder: String,
    /// The folder above which no file belongs to the package.
    pub stop: String,
}

/// What an import path leads to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A path of the standard library.
    Standard,
    /// A package of a module.
    Package {
        /// Its identity: the canonical path with the major version.
        id: String,
        /// Where its files are.
        places: Vec<Place>,
        /// Its module: index into the loader's modules; `None` for a folder below `cue.mod`.
        module: Option<usize>,
        /// Its name.
        name: String,
    },
}

/// Why an import path leads nowhere.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// The text after `import failed: `.
    pub message: String,
    /// Whether messages tell which packages the import was reached through.
    pub with_path: bool,
}

fn failure(message: String) -> Failure {
    Failure { message, with_path: true }
}

/// The modules of a program: the main one first, others as they are needed.
pub struct Modules {
    /// The modules.
    pub list: Vec<Module>,
}

/// One place where a package may come from.
struct Candidate {
    module: Option<usize>,
    major: String,
    places: Vec<Place>,
    shown: String,
}

impl Modules {
    /// Finds what an import path of a file of module `from` leads to. `fetch` reads the module file below a folder.
    pub fn resolve(
        &mut self,
        world: &dyn World,
        text: &str,
        from: usize,
        fetch: &mut dyn FnMut(&str) -> Result<Module, String>,
    ) -> Result<Target, Failure> {
        if is_local(text) {
            let message = format!("relative import paths not allowed ({text:?})");
            return Err(Failure { message, with_path: false });
        }
        if is_standard(text) {
            return Ok(Target::Standard);
        }
        if self.list[0].path.is_none() {
            let message = "imports are unavailable because there is no cue.mod/module.cue file".to_string();
            return Err(Failure { message, with_path: false });
        }
        if let Some(why) = malformed(text) {
            return Err(failure(format!("cannot find package {text:?}: {why}")));
        }
        let import = ImportPath::parse(text);
        if import.qualifier == Some("_") {
            return Err(failure(format!("_ is not a valid import path qualifier in {text:?}")));
        }
        let Some(name) = import.package() else {
            return Err(failure(format!(
                "cannot determine package name for {text:?}; set it explicitly with ':'"
            )));
        };
        let shown = ImportPath { qualifier: None, ..import.clone() }.canonical("");
        let candidates = self
            .candidates(world, &import, from, fetch)
            .map_err(|why| failure(format!("cannot find package {shown:?}: {why}")))?;
        match <[Candidate; 1]>::try_from(candidates) {
            Ok([only]) => Ok(Target::Package {
                id: import.canonical(&only.major),
                places: only.places,
                module: only.module,
                name: name.to_string(),
            }),
            Err(none) if none.is_empty() => Err(failure(format!(
                "cannot find package {shown:?}: cannot find module providing package {shown}"
            ))),
            Err(several) => {
                let mut message = format!(
                    "cannot find package {shown:?}: ambiguous import: found package {shown} in multiple locations:"
                );
                for candidate in &several {
                    message.push_str("\n\t");
                    message.push_str(&candidate.shown);
                }
                Err(failure(message))
            }
        }
    }

    fn candidates(
        &mut self,
        world: &dyn World,
        import: &ImportPath<'_>,
        from: usize,
        fetch: &mut dyn FnMut(&str) -> Result<Module, String>,
    ) -> Result<Vec<Candidate>, String> {
        let mut out = Vec::new();
        let mut prefixes: Vec<&str> = import.prefixes().collect();
        prefixes.reverse();
        for prefix in prefixes {
            let rest = import.path[prefix.len()..].trim_start_matches('/');
            let Some((module, major)) = self.provider(world, prefix, import.version, from, fetch)? else {
                continue;
            };
            let root = self.list[module].root.clone();
            let folder = paths::join(&root, rest);
            if holds_cue(world, &folder, &root) {
                let fetched = &self.list[module].fetched;
                let name =
                    if fetched.is_empty() { self.list[module].name() } else { format!("{prefix} {fetched}") };
                let inside = if rest.is_empty() { "." } else { rest };
                let places = vec![Place { folder, stop: root }];
                out.push(Candidate {
                    module: Some(module),
                    major,
                    places,
                    shown: format!("{name} ({inside})"),
                });
            }
        }
        let main = self.list[0].root.clone();
        let places: Vec<Place> = ["gen", "usr", "pkg"]
            .iter()
            .map(|sub| paths::join(&main, &format!("cue.mod/{sub}")))
            .map(|stop| Place { folder: paths::join(&stop, import.path), stop })
            .filter(|place| world.kind(&place.folder) == Some(EntryKind::Folder))
            .collect();
        if let Some(first) = places.first() {
            let inside = paths::below(&first.folder, &main).unwrap_or("").to_string();
            let major = import.version.unwrap_or("").to_string();
            out.push(Candidate { module: None, major, places, shown: format!("local ({inside})") });
        }
        Ok(out)
    }

    /// The module of exactly this path, in the major version asked for or the default one.
    fn provider(
        &mut self,
        world: &dyn World,
        path: &str,
        version: Option<&str>,
        from: usize,
        fetch: &mut dyn FnMut(&str) -> Result<Module, String>,
    ) -> Result<Option<(usize, String)>, String> {
        for own in [from, 0] {
            let module = &self.list[own];
            if module.path.as_deref() == Some(path) && version.is_none_or(|v| v == module.major) {
                return Ok(Some((own, module.major.clone())));
            }
        }
        let major = match version {
            Some(version) => version.to_string(),
            None => match default_major(&self.list[from], path) {
                Some(major) => major,
                None => return Ok(None),
            },
        };
        let asked = |m: &Module| {
            m.dependencies.iter().find(|d| d.path == path && d.major == major).map(|d| d.version.clone())
        };
        // What the main module lists is what counts; others only where it lists nothing.
        let Some(wanted) = asked(&self.list[0]).or_else(|| asked(&self.list[from])) else { return Ok(None) };
        let known = self.list.iter().position(|m| m.path.as_deref() == Some(path) && m.fetched == wanted);
        if let Some(known) = known {
            return Ok(Some((known, major)));
        }
        let root =
            world.module(path, &wanted).map_err(|why| format!("cannot fetch {path}@{wanted}: {why}"))?;
        let mut module = fetch(&root)?;
        module.fetched = wanted;
        self.list.push(module);
        Ok(Some((self.list.len() - 1, major)))
    }
}

/// The major version that a module's imports of `path` without one mean.
fn default_major(module: &Module, path: &str) -> Option<String> {
    let mut of_path = module.dependencies.iter().filter(|d| d.path == path);
    if let Some(default) = of_path.clone().find(|d| d.default) {
        return Some(default.major.clone());
    }
    let only = of_path.next()?;
    of_path.next().is_none().then(|| only.major.clone())
}

/// Whether a folder of a module has a CUE file and is of no module nested in it.
fn holds_cue(world: &dyn World, folder: &str, root: &str) -> bool {
    let mut at = folder;
    while at != root && at != "/" {
        if module::is_root(world, at) {
            return false;
        }
        at = paths::parent(at);
    }
    let entries = world.list(folder).unwrap_or_default();
    entries.iter().any(|e| e.kind == EntryKind::File && e.name.ends_with(".cue"))
}
