//! From arguments to instances: which packages they name, their files, tags, and the packages themselves.

use vela_ir::Version;

use crate::arguments::{FileArgument, classify};
use crate::build_tags::Tags;
use crate::data::{DataFile, Format};
use crate::error::LoadError;
use crate::files::{Files, ParsedId, Search, encoding};
use crate::import_path::{ImportPath, is_local, is_standard};
use crate::imports::Target;
use crate::lowered::Lowered;
use crate::module::{self, Module};
use crate::packages::{Chosen, Loader, read_module};
use crate::protobuf::ProtoSearch;
use crate::schemas::interpretation;
use crate::tags::{TagSet, inject};
use crate::world::{EntryKind, World};
use crate::{Instance, LoadOptions, Loaded, paths};

/// A package to be loaded, its files not yet chosen.
struct Wanted {
    display: String,
    /// How messages call it where two packages are found in it.
    ambiguous: String,
    id: String,
    places: Vec<crate::imports::Place>,
    name: Option<String>,
    module: usize,
    /// Whether nothing in it is an error of its own kind.
    must_match: bool,
    /// Whether a pattern led to it.
    of_pattern: bool,
}

/// A package with its files.
struct Ready {
    instance: Instance,
    module: usize,
    files: Vec<ParsedId>,
    /// How messages name it while its imports are loaded.
    shown: String,
}

/// See [`crate::load_onto`].
pub fn load(world: &dyn World, options: &LoadOptions<'_>, lowered: Option<&Lowered>) -> Loaded {
    let mut files = Files::default();
    let root = module::find_root(world, options.folder);
    let main = match main_module(world, &mut files, root.as_deref(), options.folder) {
        Ok(main) => main,
        Err(errors) => return failed(Module::none(options.folder), files, errors),
    };
    let arguments = match classify(options.args) {
        Ok(arguments) => arguments,
        Err(error) => return failed(main, files, vec![error]),
    };
    let tags = TagSet::new(options.tags);
    let mut loader = Loader::new(world, options, main, files);
    if let Some(lowered) = lowered {
        loader.take_up(lowered);
    }
    let mut ready = Vec::new();
    for argument in &arguments.packages {
        match loader.wanted(argument) {
            Ok(wanted) => {
                for wanted in wanted {
                    ready.push(loader.choose(wanted, &tags));
                }
            }
            Err(error) => ready.push(Ready::failed(argument, vec![error])),
        }
    }
    let mut data = Vec::new();
    if !arguments.files.is_empty() {
        ready.push(loader.named(&arguments.files, &tags, &mut data));
    }
    let chosen: Vec<ParsedId> = ready.iter().flat_map(|r| r.files.iter().copied()).collect();
    let broken = ready.iter().any(|r| !r.instance.errors.is_empty());
    match inject(world, &loader.files, &chosen, (options.tags, &tags), options.variables, &mut loader.ir) {
        Ok(injected) => loader.injected = injected,
        // What a file that could not be read would have had as tags is unknown.
        Err(_) if broken => {}
        Err(errors) => {
            for one in &mut ready {
                one.instance.errors.clone_from(&errors);
            }
        }
    }
    let instances = ready.into_iter().map(|r| loader.finish(r)).collect();
    let module = loader.modules.list[0].clone();
    let Loader { ir, files, file_sources, known, news, onto, .. } = loader;
    let known = if news && lowered.is_some() { Some(known) } else { None };
    Loaded { ir, sources: files.sources, file_sources, instances, data, module, known, onto }
}

fn failed(module: Module, files: Files, errors: Vec<LoadError>) -> Loaded {
    Loaded {
        ir: vela_ir::Ir::default(),
        sources: files.sources,
        file_sources: Vec::new(),
        instances: vec![Ready::failed("", errors).instance],
        data: Vec::new(),
        module,
        known: None,
        onto: false,
    }
}

pub(crate) fn main_module(
    world: &dyn World,
    files: &mut Files,
    root: Option<&str>,
    folder: &str,
) -> Result<Module, Vec<LoadError>> {
    let Some(root) = root else { return Ok(Module::none(folder)) };
    let inside = paths::below(folder, &paths::join(root, "cue.mod"));
    let package = |rest: &str| {
        let first = rest.split('/').next().unwrap_or("");
        ["pkg", "gen", "usr"].contains(&first) && rest.contains('/')
    };
    if inside.is_some_and(|rest| !package(rest)) {
        return Err(vec![LoadError::new("cannot load packages inside the cue.mod directory")]);
    }
    read_module(world, files, root, folder)
}

impl Ready {
    fn failed(display: &str, errors: Vec<LoadError>) -> Self {
        let instance = Instance {
            display: display.to_string(),
            id: String::new(),
            name: String::new(),
            folder: String::new(),
            version: Version::NEWEST,
            package: None,
            files: Vec::new(),
            data: Vec::new(),
            errors,
        };
        Self { instance, module: 0, files: Vec::new(), shown: String::new() }
    }
}

impl Loader<'_> {
    fn main(&self) -> &Module {
        &self.modules.list[0]
    }

    /// The packages that an argument names.
    fn wanted(&mut self, argument: &str) -> Result<Vec<Wanted>, LoadError> {
        let path = ImportPath::parse(argument);
        if path.qualifier == Some("_") {
            return Err(LoadError::new(format!("invalid import path qualifier _ in {argument:?}")));
        }
        let bare = if path.path.is_empty() { "." } else { path.path };
        if bare.contains("...") {
            return self.pattern(argument, bare, path.qualifier);
        }
        if is_local(bare) || bare.starts_with('/') {
            let folder = paths::join(self.options.folder, bare);
            let shown = if bare.starts_with('/') {
                paths::shown(&folder, self.options.folder)
            } else {
                shown_local(bare)
            };
            return Ok(vec![self.local(argument, &shown, &folder, path.qualifier)?]);
        }
        if is_standard(bare) {
            let message =
                format!("standard library import path {bare:?} cannot be imported as a CUE package");
            return Err(LoadError::new(message));
        }
        self.by_import_path(argument, &path)
    }

    /// A package named by its import path.
    fn by_import_path(&mut self, argument: &str, path: &ImportPath<'_>) -> Result<Vec<Wanted>, LoadError> {
        let Self { world, options, files, modules, .. } = self;
        let version = path.version.filter(|v| !crate::import_path::is_major(v));
        if let Some(version) = version {
            return self.absolute(argument, path, version);
        }
        let mut fetch = |root: &str| {
            read_module(*world, files, root, options.folder)
                .map_err(|e| e.into_iter().next().map_or_else(String::new, |e| e.message))
        };
        let target = modules
            .resolve(*world, argument, 0, &mut fetch)
            .map_err(|failure| LoadError::new(failure.message))?;
        let Target::Package { id, places, module, name } = target else {
            return Err(LoadError::new(format!("cannot find package {argument:?}")));
        };
        Ok(vec![Wanted {
            display: argument.to_string(),
            ambiguous: argument.to_string(),
            id,
            places,
            name: Some(name),
            module: module.unwrap_or(0),
            must_match: false,
            of_pattern: false,
        }])
    }

    /// A package of a module in a given version, whatever the main module requires.
    fn absolute(
        &mut self,
        argument: &str,
        path: &ImportPath<'_>,
        version: &str,
    ) -> Result<Vec<Wanted>, LoadError> {
        let canonical = version.strip_prefix('v').is_some_and(|v| v.split('.').count() == 3);
        if !canonical || version.ends_with("latest") {
            let message = format!(
                "cannot resolve version {version:?} of {argument:?}: only full versions such as v1.2.3 are supported"
            );
            return Err(LoadError::new(message));
        }
        let Some(name) = path.package() else {
            let message =
                format!("cannot determine package name for {argument:?}; set it explicitly with ':'");
            return Err(LoadError::new(message));
        };
        for prefix in path.prefixes() {
            let Ok(root) = self.world.module(prefix, version) else { continue };
            let mut module = read_module(self.world, &mut self.files, &root, self.options.folder)
                .map_err(|e| e.into_iter().next().unwrap_or_else(|| LoadError::new("invalid module file")))?;
            module.fetched = version.to_string();
            let folder = paths::join(&root, path.path[prefix.len()..].trim_start_matches('/'));
            let id = path.canonical(&module.major);
            self.modules.list.push(module);
            return Ok(vec![Wanted {
                display: argument.to_string(),
                ambiguous: argument.to_string(),
                id,
                places: vec![crate::imports::Place { folder, stop: root }],
                name: Some(name.to_string()),
                module: self.modules.list.len() - 1,
                must_match: false,
                of_pattern: false,
            }]);
        }
        Err(LoadError::new(format!("cannot find module providing package {}@{version}", path.path)))
    }

    /// A package in a folder.
    fn local(
        &self,
        argument: &str,
        shown: &str,
        folder: &str,
        name: Option<&str>,
    ) -> Result<Wanted, LoadError> {
        let main = self.main();
        let mut ambiguous = shown.to_string();
        let mut id = match name {
            Some(name) => format!(":{name}"),
            None => "_".to_string(),
        };
        if let Some(path) = &main.path {
            let Some(below) = paths::below(folder, &main.root) else {
                let shown = if argument.starts_with('/') {
                    format!("./{}", paths::relative(folder, self.options.folder))
                } else {
                    argument.to_owned()
                };
                let message = format!("cannot determine import path for {shown:?} (dir outside of root)");
                return Err(LoadError::new(message));
            };
            let mut at = folder;
            while at != main.root {
                if module::is_root(self.world, at) {
                    let message = format!(
                        "cannot determine import path for {argument:?} (directory is in a nested module)"
                    );
                    return Err(LoadError::new(message));
                }
                at = paths::parent(at);
            }
            let slash = if below.is_empty() { "" } else { "/" };
            let import = format!("{path}{slash}{below}");
            let qualifier = name.filter(|n| vela_ir::import_name(&import) != Some(n));
            let qualifier = qualifier.map_or(String::new(), |n| format!(":{n}"));
            id = format!("{import}@{}{qualifier}", main.major);
            ambiguous = if below.is_empty() { ".".to_string() } else { below.to_string() };
        }
        match self.world.kind(folder) {
            None => return Err(LoadError::new(format!("cannot find package {shown:?}"))),
            Some(EntryKind::File) => {
                return Err(LoadError::new(format!("{shown} is a file and not a package directory")));
            }
            Some(EntryKind::Folder) => {}
        }
        let stop = if main.path.is_some() || module::is_root(self.world, &main.root) {
            main.root.clone()
        } else {
            folder.to_string()
        };
        Ok(Wanted {
            display: shown.to_string(),
            ambiguous,
            id,
            places: vec![crate::imports::Place { folder: folder.to_string(), stop }],
            name: name.map(String::from),
            module: 0,
            must_match: main.path.is_some(),
            of_pattern: false,
        })
    }

    /// The packages that match a pattern: those of a folder and all below it.
    fn pattern(&mut self, argument: &str, path: &str, name: Option<&str>) -> Result<Vec<Wanted>, LoadError> {
        let nothing = || LoadError::new(format!("cue: {argument:?} matched no packages"));
        if !is_local(path) && path != "..." {
            return Err(LoadError::new(format!("pattern not allowed in external package path {argument:?}")));
        }
        let before = path.split("...").next().unwrap_or("");
        let start = before.rfind('/').map_or(".", |at| &before[..at]);
        let start = paths::join(self.options.folder, start);
        let root = self.main().root.clone();
        if self.main().path.is_some() && paths::below(&start, &root).is_none() {
            let message =
                format!("cue: pattern {argument} refers to dir {start}, outside module root {root}");
            return Err(LoadError::new(message));
        }
        let mut out = Vec::new();
        let mut work = vec![start.clone()];
        while let Some(folder) = work.pop() {
            let mut entries = self.world.list(&folder).unwrap_or_default();
            entries.sort_by(|a, b| b.name.cmp(&a.name));
            for entry in &entries {
                let skipped =
                    entry.name.starts_with(['.', '_']) || entry.name == "testdata" || entry.name == "cue.mod";
                let inner = paths::join(&folder, &entry.name);
                if entry.kind == EntryKind::Folder
                    && !entry.link
                    && !skipped
                    && !module::is_root(self.world, &inner)
                {
                    work.push(inner);
                }
            }
            if entries.iter().any(|e| e.kind == EntryKind::File && e.name.ends_with(".cue")) {
                let shown = paths::shown(&folder, self.options.folder);
                let mut wanted = self.local(argument, &shown, &folder, name)?;
                if self.names_nothing(&wanted) {
                    continue;
                }
                wanted.must_match = false;
                wanted.of_pattern = true;
                out.push(wanted);
            }
        }
        if out.is_empty() { Err(nothing()) } else { Ok(out) }
    }

    /// Whether a folder met on the way of a pattern has no package that the pattern could mean.
    fn names_nothing(&mut self, wanted: &Wanted) -> bool {
        let Some(place) = wanted.places.first() else { return true };
        let entries = self.world.list(&place.folder).unwrap_or_default();
        let version = self.main().version;
        !entries.iter().filter(|e| e.kind == EntryKind::File).any(|entry| {
            if !entry.name.ends_with(".cue") || entry.name.starts_with(['.', '_']) {
                return false;
            }
            let path = paths::join(&place.folder, &entry.name);
            let parsed = self.files.parse(self.world, &path, self.options.folder, version);
            parsed.is_ok_and(|id| {
                let file = self.files.get(id);
                let package = file.package();
                !file.parse.errors.is_empty()
                    || match &wanted.name {
                        Some(name) => package == name,
                        None => !package.is_empty(),
                    }
            })
        })
    }

    /// Chooses the files of a package.
    fn choose(&mut self, wanted: Wanted, tags: &TagSet) -> Ready {
        let version = self.modules.list[wanted.module].version;
        let main = wanted.module == 0;
        let mut ready = Ready::failed(&wanted.display, Vec::new());
        ready.module = wanted.module;
        ready.instance.version = version;
        ready.instance.id.clone_from(&wanted.id);
        ready.instance.name = wanted.name.clone().unwrap_or_default();
        let mut errors = Vec::new();
        let mut nothing = Vec::new();
        for place in &wanted.places {
            if ready.instance.folder.is_empty() {
                ready.instance.folder.clone_from(&place.folder);
            }
            let display = if wanted.name.is_none() { &wanted.ambiguous } else { &wanted.display };
            let mut found = self.select(
                &place.folder,
                &place.stop,
                wanted.name.as_deref(),
                (version, display),
                main,
                tags,
            );
            if found.nothing && wanted.name.is_none() {
                // The message about nothing left names the package as the argument does.
                let at = format!(" in {display}");
                if let Some(start) = found.errors[0].message.find(&at) {
                    let end = start + at.len();
                    found.errors[0].message.replace_range(start..end, &format!(" in {}", wanted.display));
                }
            }
            if wanted.of_pattern {
                for error in &mut found.errors {
                    let shown = format!("in \"./{display}\"");
                    error.message = error.message.replace(&shown, &format!("in \"{display}\""));
                }
            }
            if wanted.must_match && found.nothing && found.ignored.is_empty() {
                let message = format!("cue: {:?} matched no packages", wanted.display);
                found.errors = vec![LoadError::new(message)];
            }
            if !found.package.is_empty() {
                ready.instance.name.clone_from(&found.package);
            }
            ready.instance.data.append(&mut found.data);
            ready.files.append(&mut found.files);
            if found.nothing {
                nothing.extend(found.errors.iter().cloned());
            }
            errors.append(&mut found.errors);
        }
        if !ready.files.is_empty() {
            // One of several places may be empty.
            errors.retain(|e| !nothing.contains(e));
        } else if wanted.name.is_some() && !is_local(&wanted.display) && !errors.is_empty() {
            let (path, name) = (ImportPath::parse(&wanted.display).path, &ready.instance.name);
            errors = vec![LoadError::new(format!(
                "cannot find package {path:?}: no files in package directory with package name {name:?}"
            ))];
        }
        if wanted.name.is_none() && self.modules.list[wanted.module].path.is_some() {
            let id = &ready.instance.id;
            let bare = ImportPath::parse(id);
            if bare.package() != Some(&ready.instance.name) && !ready.instance.name.is_empty() {
                ready.instance.id = format!("{id}:{}", ready.instance.name);
            }
        } else if self.modules.list[wanted.module].path.is_none() && !ready.instance.name.is_empty() {
            ready.instance.id = format!(":{}", ready.instance.name);
        }
        if self.modules.list[wanted.module].path.is_some() {
            ready.shown.clone_from(&wanted.id);
        }
        ready.instance.files = ready.files.iter().map(|id| self.files.get(*id).path.clone()).collect();
        ready.instance.errors = errors;
        ready
    }

    /// The instance of all files that were named one by one; data files go to `data`.
    fn named(&mut self, arguments: &[FileArgument], tags: &TagSet, data: &mut Vec<DataFile>) -> Ready {
        let mut ready = Ready::failed("command-line-arguments", Vec::new());
        ready.instance.folder = self.options.folder.to_string();
        ready.instance.version = self.main().version;
        let mut cue = Vec::new();
        let mut generated = Vec::new();
        for argument in arguments {
            let path = match argument.name.as_str() {
                "-" => "-".to_string(),
                name => paths::join(self.options.folder, name),
            };
            match argument_encoding(argument) {
                Ok("cue") => cue.push(path),
                Ok(encoding @ ("json" | "yaml")) => match self.schema_argument(argument, &path, encoding) {
                    Ok(Some(id)) => generated.push(id),
                    Ok(None) => match self.data_argument(argument, path, encoding) {
                        Ok(file) => data.push(file),
                        Err(errors) => ready.instance.errors.extend(errors),
                    },
                    Err(errors) => ready.instance.errors.extend(errors),
                },
                Ok("proto") => {
                    match self.files.proto(self.world, &path, self.options.folder, &self.proto_search()) {
                        Ok(id) => generated.push(id),
                        Err(errors) => ready.instance.errors.extend(errors),
                    }
                }
                Ok(encoding) => match self.data_argument(argument, path, encoding) {
                    Ok(file) => data.push(file),
                    Err(errors) => ready.instance.errors.extend(errors),
                },
                Err(error) => ready.instance.errors.push(error),
            }
        }
        if !ready.instance.errors.is_empty() {
            return ready;
        }
        let search = Search {
            folder: self.options.folder,
            stop: self.options.folder,
            parents: false,
            package: None,
            version: self.main().version,
            tags: Tags::Set(tags),
            tools: self.options.tools,
            tests: self.options.tests,
            shown_from: self.options.folder,
            display: ".",
        };
        if !cue.is_empty() || (data.is_empty() && generated.is_empty()) {
            let found = self.files.select_named(self.world, &search, &cue);
            ready.files = found.files;
            ready.instance.name = found.package;
            ready.instance.errors = found.errors;
        }
        if ready.instance.name.is_empty()
            && let Some(named) =
                generated.iter().map(|id| self.files.get(*id)).find(|f| !f.package().is_empty())
        {
            named.package().clone_into(&mut ready.instance.name);
        }
        ready.files.extend(generated);
        ready.instance.id = match ready.instance.name.as_str() {
            "" => "_".to_string(),
            name => format!(
                "{}:{name}",
                self.main().path.as_ref().map_or_else(String::new, |_| self.main().name())
            ),
        };
        ready.instance.files = ready.files.iter().map(|id| self.files.get(*id).path.clone()).collect();
        ready
    }

    /// The folders of the options, then the module.
    fn proto_search(&self) -> ProtoSearch {
        let mut search = self.options.protos.clone();
        search.folders.push(self.main().root.clone());
        search
    }

    /// Reads a file among the arguments as a schema, if it is one.
    fn schema_argument(
        &mut self,
        argument: &FileArgument,
        path: &str,
        encoding: &str,
    ) -> Result<Option<ParsedId>, Vec<LoadError>> {
        let qualifier = argument.qualifier.as_deref().unwrap_or("");
        let Some(how) = interpretation(qualifier, self.options.schemas) else { return Ok(None) };
        self.files.schema(self.world, path, self.options.folder, encoding == "json", how)
    }

    /// Reads a data file among the arguments.
    fn data_argument(
        &mut self,
        argument: &FileArgument,
        path: String,
        encoding: &str,
    ) -> Result<DataFile, Vec<LoadError>> {
        let qualifier = argument.qualifier.clone();
        let interpreted = qualifier
            .as_deref()
            .unwrap_or("")
            .split('+')
            .find(|tag| *tag == "koala" || (*tag == "pb" && !["json", "yaml"].contains(&encoding)));
        if let Some(interpretation) = interpreted {
            let message = format!("reading {} as {interpretation} is not supported", argument.name);
            return Err(vec![LoadError::new(message)]);
        }
        let format = Format::of(encoding).map_err(|e| vec![LoadError::new(e)])?;
        let documents = self.data_file(&path, format)?;
        Ok(DataFile { path, qualifier, documents })
    }

    /// Loads the imports of a package and lowers it.
    fn finish(&mut self, ready: Ready) -> Instance {
        let mut instance = ready.instance;
        if !instance.errors.is_empty() {
            return instance;
        }
        let chosen = Chosen {
            id: &instance.id,
            name: &instance.name,
            shown: &ready.shown,
            files: &ready.files,
            module: ready.module,
        };
        match self.package(&chosen) {
            Ok(index) => (instance.package, instance.errors) = self.outcome(index),
            Err(error) => instance.errors.push(error),
        }
        instance
    }
}

/// How a local argument is shown: `./a` for `./a/`, `.` and `..` as they are.
pub(crate) fn shown_local(path: &str) -> String {
    let clean = paths::clean(path);
    if clean.starts_with('.') { clean } else { format!("./{clean}") }
}

/// The encoding of a file argument.
pub(crate) fn argument_encoding(argument: &FileArgument) -> Result<&'static str, LoadError> {
    let name = &argument.name;
    if let Some(qualifier) = &argument.qualifier {
        const ENCODINGS: [&str; 11] =
            ["cue", "json", "jsonl", "yaml", "toml", "xml", "proto", "textproto", "text", "binary", "code"];
        let tags: Vec<&str> = qualifier.split('+').map(|t| t.split('=').next().unwrap_or(t)).collect();
        const OTHERS: [&str; 14] = [
            "pb",
            "go",
            "auto",
            "jsonschema",
            "openapi",
            "schema",
            "data",
            "graph",
            "dag",
            "strict",
            "strictKeywords",
            "strictFeatures",
            "openOnlyWhenExplicit",
            "koala",
        ];
        if let Some(unknown) =
            tags.iter().find(|t| !ENCODINGS.contains(t) && !OTHERS.contains(t) && **t != "lang")
        {
            return Err(LoadError::new(format!("unknown filetype {unknown}")));
        }
        if let Some(found) = ENCODINGS.iter().find(|e| tags.contains(e)) {
            return Ok(found);
        }
        if tags.iter().any(|t| ["auto", "jsonschema", "openapi"].contains(t)) {
            let by_extension = encoding(paths::extension(name)).filter(|e| ["json", "yaml"].contains(e));
            return Ok(by_extension.unwrap_or("json"));
        }
    }
    if name == "-" {
        return Ok("cue");
    }
    if let Some((before, after)) = name.split_once(':')
        && !before.contains('/')
        && !after.is_empty()
        && !before.is_empty()
    {
        let message = format!("cannot combine file type and file name; did you mean \"{before}: {after}\"?");
        return Err(LoadError::new(message));
    }
    match paths::extension(name) {
        "" => Err(LoadError::new(format!("no encoding specified for file {name:?}"))),
        extension => {
            encoding(extension).ok_or_else(|| LoadError::new(format!("unknown file extension {extension}")))
        }
    }
}
