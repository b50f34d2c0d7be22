//! Which CUE files arguments name, whatever package they belong to and whatever build attributes say: what commands
//! that rewrite source work on (`fmt`, `fix`).

use vela_ir::Version;

use crate::arguments::classify;
use crate::error::LoadError;
use crate::files::{Files, decode};
use crate::import_path::{ImportPath, is_local};
use crate::instances::{argument_encoding, main_module, shown_local};
use crate::module::Module;
use crate::world::{EntryKind, FileError, World};
use crate::{module, paths};

/// A file that arguments name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// Its absolute path; `-` for standard input.
    pub path: String,
    /// How it is called, seen from the working folder.
    pub shown: String,
    /// Its place among the arguments: packages come before files named one by one.
    group: (usize, usize),
}

/// The module that a folder belongs to, and the texts that errors are about.
pub fn module_of(world: &dyn World, folder: &str) -> Result<Module, Vec<LoadError>> {
    let mut files = Files::default();
    let root = module::find_root(world, folder);
    main_module(world, &mut files, root.as_deref(), folder)
}

/// The language version of the module that a folder belongs to; the newest where its module file is no use.
pub fn language_of(world: &dyn World, folder: &str) -> Version {
    module_of(world, folder).map_or(Version::NEWEST, |m| m.version)
}

/// The CUE files of packages, of folders below patterns, and those named themselves; each once. None of the files is
/// in a module's `cue.mod`. Files of other kinds are left out.
pub fn source_files(world: &dyn World, folder: &str, args: &[String]) -> Result<Vec<SourceFile>, LoadError> {
    let arguments = classify(args)?;
    let mut out: Vec<SourceFile> = Vec::new();
    for (n, argument) in arguments.packages.iter().enumerate() {
        let path = ImportPath::parse(argument);
        let bare = if path.path.is_empty() { "." } else { path.path };
        let before = out.len();
        if bare.contains("...") {
            let start = bare.split("...").next().unwrap_or("");
            let start = start.rfind('/').map_or(".", |at| &start[..at]);
            for inner in folders_below(world, &paths::join(folder, start)) {
                add_folder(world, folder, &inner, path.qualifier, n, &mut out);
            }
        } else {
            let at = local_folder(world, folder, argument, bare)?;
            add_folder(world, folder, &at, path.qualifier, n, &mut out);
            if out.len() == before && path.qualifier.is_none() {
                return Err(LoadError::new(format!("cue: {argument:?} matched no packages")));
            }
        }
    }
    let mut named: Vec<SourceFile> = Vec::new();
    for argument in &arguments.files {
        if argument_encoding(argument)? != "cue" {
            continue;
        }
        let (path, shown) = match argument.name.as_str() {
            "-" => ("-".to_string(), "-".to_string()),
            name => {
                let path = paths::join(folder, name);
                if world.kind(&path).is_none() {
                    return Err(LoadError::new(format!("stat {path}: no such file or directory")));
                }
                (path.clone(), paths::relative(&path, folder))
            }
        };
        named.push(SourceFile { path, shown, group: (usize::MAX, 0) });
    }
    named.sort_by_cached_key(|f| (f.path.matches('/').count(), f.path.clone()));
    out.extend(named);
    let mut seen = std::collections::BTreeSet::new();
    out.retain(|f| seen.insert(f.path.clone()));
    Ok(out)
}

/// The folder of a package that is no pattern.
fn local_folder(world: &dyn World, folder: &str, argument: &str, bare: &str) -> Result<String, LoadError> {
    let at = if is_local(bare) || bare.starts_with('/') {
        paths::join(folder, bare)
    } else {
        let module = module_of(world, folder).ok();
        let below = module.as_ref().and_then(|m| {
            let rest = bare.strip_prefix(m.path.as_deref()?)?;
            (rest.is_empty() || rest.starts_with('/'))
                .then(|| paths::join(&m.root, rest.trim_start_matches('/')))
        });
        below.ok_or_else(|| LoadError::new(format!("cannot find package {argument:?}")))?
    };
    match world.kind(&at) {
        Some(EntryKind::Folder) => Ok(at),
        Some(EntryKind::File) => {
            let shown = shown_local(bare);
            Err(LoadError::new(format!("{shown} is a file and not a package directory")))
        }
        None => Err(LoadError::new(format!("cannot find package {:?}", shown_local(bare)))),
    }
}

/// The CUE files of a folder. Those without a package come first.
fn add_folder(
    world: &dyn World,
    folder: &str,
    at: &str,
    name: Option<&str>,
    group: usize,
    out: &mut Vec<SourceFile>,
) {
    let mut entries = world.list(at).unwrap_or_default();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let before = out.len();
    for entry in entries {
        if entry.kind != EntryKind::File
            || !entry.name.ends_with(".cue")
            || entry.name.starts_with(['.', '_'])
        {
            continue;
        }
        let path = paths::join(at, &entry.name);
        let package = match world.read(&path) {
            Ok(bytes) => package_name(&decode(&bytes)),
            Err(FileError::NotFound | FileError::Other(_)) => String::new(),
        };
        if name.is_some_and(|n| n != package) {
            continue;
        }
        let shown = paths::relative(&path, folder);
        out.push(SourceFile { path, shown, group: (group, usize::from(!package.is_empty())) });
    }
    out[before..].sort_by_key(|f| f.group);
}

/// The name in the package clause of a text; `""` without one.
pub fn package_name(text: &str) -> String {
    let file = vela_syntax::parse(text, &vela_syntax::ParseOptions::default()).file;
    match file.package.map(|p| p.span.of(text)) {
        None | Some("_") => String::new(),
        Some(name) => name.to_string(),
    }
}

/// A folder and all below it that patterns reach, outer ones first, in order of name.
pub fn folders_below(world: &dyn World, start: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut work = vec![start.to_string()];
    while let Some(folder) = work.pop() {
        let mut entries = world.list(&folder).unwrap_or_default();
        entries.sort_by(|a, b| b.name.cmp(&a.name));
        for entry in &entries {
            let skipped = entry.name.starts_with(['.', '_']) || entry.name == "cue.mod";
            let inner = paths::join(&folder, &entry.name);
            if entry.kind == EntryKind::Folder && !entry.link && !skipped && !module::is_root(world, &inner) {
                work.push(inner);
            }
        }
        out.push(folder);
    }
    out
}
