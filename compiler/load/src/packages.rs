//! Packages with all they import, lowered in the order in which they depend on each other.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::SourceId;
use vela_ir::{ImportTarget, Ir, LowerError, PackageId, PackageInput, SourceFile, Version};
use vela_syntax::literal::{self, StringValue};

use crate::build_tags::Tags;
use crate::error::{ErrorKind, LoadError, SourcePlace};
use crate::files::{Files, ParsedId, Search, Selection};
use crate::imports::{Modules, Target};
use crate::lowered::Known;
use crate::module::{Module, ModuleText};
use crate::tags::{Injected, TagSet, merge};
use crate::world::World;
use crate::{LoadOptions, paths};

/// A package whose imports could be loaded.
pub struct Package {
    /// The lowered package; `None` where it, or what it imports, has errors.
    pub id: Option<PackageId>,
    /// Its own errors.
    errors: Vec<LoadError>,
    /// Packages it imports: indexes into [`Loader::packages`].
    imports: Vec<usize>,
}

impl Package {
    /// One that was lowered before, with all it imports.
    pub const fn without_errors(id: PackageId) -> Self {
        Self { id: Some(id), errors: Vec::new(), imports: Vec::new() }
    }

    /// The packages it imports: indexes into [`Loader::packages`].
    pub fn imports(&self) -> &[usize] {
        &self.imports
    }
}

enum State {
    Loading,
    Done(usize),
}

/// The state of loading one program.
pub struct Loader<'a> {
    /// The outside.
    pub world: &'a dyn World,
    /// What to load.
    pub options: &'a LoadOptions<'a>,
    /// Files read.
    pub files: Files,
    /// Modules known.
    pub modules: Modules,
    /// The program.
    pub ir: Ir,
    /// The source of each of its files.
    pub file_sources: Vec<SourceId>,
    /// Values from outside.
    pub injected: Injected,
    /// Packages loaded.
    pub packages: Vec<Package>,
    states: FxHashMap<String, State>,
    /// The packages being loaded, as they were named: what messages show.
    stack: Vec<String>,
    /// What was lowered for earlier programs.
    pub known: Arc<FxHashMap<String, Arc<Known>>>,
    /// Whether each of it is as it was, where that was asked.
    pub seen: FxHashMap<String, bool>,
    /// The identities of imported packages, by index into [`Loader::packages`].
    pub identities: FxHashMap<usize, String>,
    /// Whether there is more in `known` than was given.
    pub news: bool,
    /// Whether the program began as what was lowered before.
    pub onto: bool,
}

/// One package to be loaded from files that are already chosen.
pub struct Chosen<'a> {
    /// Its identity.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// How messages name it while its imports are loaded; `""` for files.
    pub shown: &'a str,
    /// Its files.
    pub files: &'a [ParsedId],
    /// Its module: index into [`Modules::list`].
    pub module: usize,
}

impl<'a> Loader<'a> {
    /// A loader with the main module.
    pub fn new(world: &'a dyn World, options: &'a LoadOptions<'a>, main: Module, files: Files) -> Self {
        Self {
            world,
            options,
            files,
            modules: Modules { list: vec![main] },
            ir: Ir::default(),
            file_sources: Vec::new(),
            injected: Injected::default(),
            packages: Vec::new(),
            states: FxHashMap::default(),
            stack: Vec::new(),
            known: Arc::default(),
            seen: FxHashMap::default(),
            identities: FxHashMap::default(),
            news: false,
            onto: false,
        }
    }

    /// Loads what a package's files import and lowers it. The error is one of loading; errors of lowering are the
    /// package's.
    pub fn package(&mut self, chosen: &Chosen<'_>) -> Result<usize, LoadError> {
        if !chosen.shown.is_empty() {
            self.stack.push(chosen.shown.to_string());
        }
        let imports = self.imports(chosen);
        if !chosen.shown.is_empty() {
            self.stack.pop();
        }
        let imports = imports?;
        let mut targets: FxHashMap<String, ImportTarget> = FxHashMap::default();
        let mut indexes = Vec::new();
        for (path, index) in imports {
            // A package with errors has none of its own to give; nobody will read what stands for it.
            let target = match index.and_then(|i| self.packages[i].id) {
                Some(id) => ImportTarget::Package(id),
                None => ImportTarget::Builtin,
            };
            targets.insert(path, target);
            indexes.extend(index);
        }
        Ok(self.lower(chosen, &targets, indexes))
    }

    fn lower(
        &mut self,
        chosen: &Chosen<'_>,
        targets: &FxHashMap<String, ImportTarget>,
        imports: Vec<usize>,
    ) -> usize {
        let (embedded, mut errors) = self.embedded(chosen.files, chosen.module);
        for (file, values) in embedded {
            let list = self.injected.entry(file).or_default();
            list.extend(values);
            merge(list, &mut self.ir);
        }
        let parsed: Vec<_> = chosen.files.iter().map(|id| (*id, self.files.get(*id))).collect();
        let names: Vec<&str> = parsed.iter().map(|(_, f)| self.files.sources.name(f.source)).collect();
        let files: Vec<SourceFile<'_>> = parsed
            .iter()
            .zip(&names)
            .map(|((id, file), name)| SourceFile {
                name,
                path: &file.path,
                text: file.text.clone(),
                ast: &file.parse.file,
                version: Some(file.version),
                experiments: file.parse.experiments,
                injected: self.injected.get(id).map_or(&[], Vec::as_slice),
            })
            .collect();
        self.file_sources.extend(parsed.iter().map(|(_, f)| f.source));
        let builtin = self.options.builtin;
        let resolve = |path: &str| match targets.get(path) {
            Some(target) => Some(*target),
            None => builtin(path).then_some(ImportTarget::Builtin),
        };
        let result = self.ir.add_package(PackageInput {
            id: chosen.id,
            name: chosen.name,
            version: self.modules.list[chosen.module].version,
            files: &files,
            resolve_import: &resolve,
        });
        let broken = imports.iter().any(|i| self.packages[*i].id.is_none());
        let id = match result {
            Ok(id) => (!broken).then_some(id),
            Err(found) => {
                errors.extend(found.into_iter().map(|e| self.lower_error(e)));
                None
            }
        };
        let id = id.filter(|_| errors.is_empty());
        self.packages.push(Package { id, errors, imports });
        self.packages.len() - 1
    }

    fn lower_error(&self, error: LowerError) -> LoadError {
        let place = |p: &vela_ir::Place| SourcePlace {
            source: self.file_sources.get(p.file.index()).copied().unwrap_or_default(),
            span: vela_diagnostics::Span::new(p.start, p.end),
        };
        let mut message = error.message;
        if let Some(previous) = error.previous.as_ref().map(place) {
            let (line, column) = self.files.sources.line_col(previous.source, previous.span.start);
            let name = self.files.sources.name(previous.source);
            message.push_str(&format!("{name}:{line}:{column}"));
        }
        LoadError {
            message,
            path: error.path,
            places: error.places.iter().map(place).collect(),
            kind: ErrorKind::Compile,
        }
    }

    /// The lowered package and all errors of it and of what it imports, each once.
    pub fn outcome(&self, index: usize) -> (Option<PackageId>, Vec<LoadError>) {
        let mut seen = vec![false; self.packages.len()];
        let mut work = vec![index];
        let mut errors = Vec::new();
        while let Some(at) = work.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            errors.extend(self.packages[at].errors.iter().cloned());
            work.extend(self.packages[at].imports.iter().rev());
        }
        (if errors.is_empty() { self.packages[index].id } else { None }, errors)
    }

    /// Loads the packages that files import, in the order of their paths: stops at the first that fails.
    fn imports(&mut self, chosen: &Chosen<'_>) -> Result<Vec<(String, Option<usize>)>, LoadError> {
        let mut paths: Vec<(String, SourcePlace)> = Vec::new();
        for id in chosen.files {
            let file = self.files.get(*id);
            for import in &file.parse.file.imports {
                if let Ok(StringValue::Str(path)) = literal::string(import.path.of(&file.text)) {
                    paths.push((path, SourcePlace { source: file.source, span: import.span }));
                }
            }
        }
        paths.sort_by(|a, b| a.0.cmp(&b.0));
        paths.dedup_by(|a, b| a.0 == b.0);
        let mut out = Vec::with_capacity(paths.len());
        for (path, place) in paths {
            match self.import(&path, chosen.module) {
                Ok(None) => {}
                Ok(Some(index)) => out.push((path, Some(index))),
                Err(mut error) => {
                    error.message = format!("import failed: {}", error.message);
                    error.places.insert(0, place);
                    return Err(error);
                }
            }
        }
        Ok(out)
    }

    /// Loads one imported package; `None` for one of the standard library.
    fn import(&mut self, path: &str, from: usize) -> Result<Option<usize>, LoadError> {
        let Self { world, options, files, modules, .. } = self;
        let mut fetch = |root: &str| {
            read_module(*world, files, root, options.folder)
                .map_err(|errors| errors.into_iter().next().map_or_else(String::new, |e| e.message))
        };
        let target = modules.resolve(*world, path, from, &mut fetch).map_err(|failure| LoadError {
            path: if failure.with_path { self.stack.clone() } else { Vec::new() },
            ..LoadError::new(failure.message)
        })?;
        let Target::Package { id, places, module, name } = target else { return Ok(None) };
        match self.states.get(&id) {
            Some(State::Done(index)) => return Ok(Some(*index)),
            Some(State::Loading) => return Err(LoadError::new("package import cycle not allowed")),
            None => {}
        }
        if let Some(index) = self.reuse(&id) {
            self.identities.insert(index, id.clone());
            self.states.insert(id, State::Done(index));
            return Ok(Some(index));
        }
        self.states.insert(id.clone(), State::Loading);
        let result = self.import_found(path, &id, &places, module.unwrap_or(0), &name);
        if let Ok(index) = &result {
            self.identities.insert(*index, id.clone());
        }
        match &result {
            Ok(index) => self.states.insert(id, State::Done(*index)),
            Err(_) => self.states.remove(&id),
        };
        result.map(Some)
    }

    fn import_found(
        &mut self,
        path: &str,
        id: &str,
        places: &[crate::imports::Place],
        module: usize,
        name: &str,
    ) -> Result<usize, LoadError> {
        let version = self.modules.list[module].version;
        let mut chosen: Vec<ParsedId> = Vec::new();
        let mut excluded = 0;
        for place in places {
            let none = TagSet::default();
            let found =
                self.select(&place.folder, &place.stop, Some(name), (version, path), module == 0, &none);
            // That nothing is left is an error only where no place has anything.
            if found.nothing {
                excluded += found.ignored.iter().filter(|(_, why)| !why.starts_with("package is ")).count();
                continue;
            }
            if let Some(error) = summary(found.errors) {
                return Err(error);
            }
            chosen.extend(found.files);
        }
        if chosen.is_empty() {
            let without = path.rsplit_once(':').map_or(path, |(path, _)| path);
            let count =
                if excluded > 0 { format!(" ({excluded} files were excluded)") } else { String::new() };
            let message = format!(
                "cannot find package {without:?}: no files in package directory with package name {name:?}{count}"
            );
            return Err(LoadError { path: self.stack.clone(), ..LoadError::new(message) });
        }
        let chosen = Chosen { id, name, shown: path, files: &chosen, module };
        let index = stacker::maybe_grow(256 * 1024, 2 * 1024 * 1024, || self.package(&chosen))?;
        self.keep(id, index, chosen.files, module == 0);
        Ok(index)
    }

    /// Chooses the files of a package in a folder.
    pub fn select(
        &mut self,
        folder: &str,
        stop: &str,
        package: Option<&str>,
        (version, display): (Version, &str),
        main: bool,
        tags: &TagSet,
    ) -> Selection {
        let search = Search {
            folder,
            stop,
            parents: crate::module::find_root(self.world, folder).is_some(),
            package,
            version,
            tags: if main { Tags::Set(tags) } else { Tags::None },
            tools: self.options.tools && main,
            tests: self.options.tests && main,
            shown_from: self.options.folder,
            display,
        };
        self.files.select(self.world, &search)
    }
}

/// Several errors as the one that a message has room for.
fn summary(errors: Vec<LoadError>) -> Option<LoadError> {
    let more = errors.len().saturating_sub(1);
    let mut first = errors.into_iter().next()?;
    if more > 0 {
        first.message.push_str(&format!(" (and {more} more errors)"));
    }
    Some(first)
}

/// Reads the module file below a folder; a folder without one is a module without a path.
pub fn read_module(
    world: &dyn World,
    files: &mut Files,
    root: &str,
    shown_from: &str,
) -> Result<Module, Vec<LoadError>> {
    if !crate::module::has_file(world, root).map_err(|e| vec![e])? {
        return Ok(Module::none(root));
    }
    let path = paths::join(root, "cue.mod/module.cue");
    let id = files.parse(world, &path, shown_from, Version::NEWEST).map_err(|e| vec![e])?;
    let file = files.get(id);
    let text = ModuleText { source: file.source, path: &path, text: &file.text, parse: &file.parse };
    text.module(root)
}
