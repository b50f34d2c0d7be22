//! Files: read and parsed once each, and which of a folder's files make up a package.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::{SourceId, Sources};
use vela_ir::Version;
use vela_syntax::ParseOptions;

use crate::build_tags::{BuildAttribute, Tags, build_attribute};
use crate::error::{ErrorKind, LoadError, SourcePlace};
use crate::paths;
use crate::world::{EntryKind, FileError, Parsed, World};

/// Index into [`Files::parsed`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ParsedId(pub u32);

/// A file as it was read.
pub struct ParsedFile {
    /// Its absolute path, or `-`.
    pub path: String,
    /// The source it is to messages.
    pub source: SourceId,
    /// Its text.
    pub text: Arc<str>,
    /// Its tree.
    pub parse: Arc<vela_syntax::Parse>,
    /// The language version it was read in.
    pub version: Version,
}

impl ParsedFile {
    /// The name in its package clause; `""` without one, or with `package _`.
    pub fn package(&self) -> &str {
        match self.parse.file.package.map(|p| p.span.of(&self.text)) {
            None | Some("_") => "",
            Some(name) => name,
        }
    }
}

/// All files read so far.
#[derive(Default)]
pub struct Files {
    /// The texts, for messages.
    pub sources: Sources,
    parsed: Vec<ParsedFile>,
    by_path: FxHashMap<String, ParsedId>,
}

impl Files {
    /// The file.
    pub fn get(&self, id: ParsedId) -> &ParsedFile {
        &self.parsed[id.0 as usize]
    }

    /// Reads and parses a file, unless that was done before. `folder` is where messages are read.
    pub fn parse(
        &mut self,
        world: &dyn World,
        path: &str,
        folder: &str,
        version: Version,
    ) -> Result<ParsedId, LoadError> {
        if let Some(id) = self.by_path.get(path) {
            return Ok(*id);
        }
        let (text, parse) = match world.parsed(path, version) {
            Some(known) => known,
            None => read(world, path, version)?,
        };
        let shown = if path == "-" { "-".to_string() } else { paths::shown(path, folder) };
        let source = self.sources.add(shown, text.clone());
        let id = self.push(ParsedFile { path: path.to_string(), source, text, parse, version });
        self.by_path.insert(path.to_string(), id);
        Ok(id)
    }

    /// Adds a file that has been parsed.
    pub(crate) fn push(&mut self, file: ParsedFile) -> ParsedId {
        self.parsed.push(file);
        ParsedId(self.parsed.len() as u32 - 1)
    }

    /// The syntax errors of a file.
    pub fn syntax_errors(&self, id: ParsedId) -> Vec<LoadError> {
        let file = self.get(id);
        let error = |e: &vela_syntax::SyntaxError| {
            let place = SourcePlace { source: file.source, span: e.span };
            LoadError { kind: ErrorKind::Syntax, ..LoadError::at(place, e.message.clone()) }
        };
        file.parse.errors.iter().map(error).collect()
    }
}

/// Reads and parses a file.
fn read(world: &dyn World, path: &str, version: Version) -> Result<Parsed, LoadError> {
    let bytes = if path == "-" { world.standard_input() } else { world.read(path) };
    let bytes = bytes.map_err(|e| match e {
        FileError::NotFound => LoadError::new(format!("stat {path}: no such file or directory")),
        FileError::Other(message) => LoadError::new(message),
    })?;
    let text: Arc<str> = decode(&bytes);
    let parse = vela_syntax::parse(&text, &ParseOptions { version: version.into() });
    Ok((text, Arc::new(parse)))
}

/// Text of a file: UTF-8 with or without byte order mark, or UTF-16 with one; what is invalid is replaced.
pub fn decode(bytes: &[u8]) -> Arc<str> {
    let wide = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| read(*pair)).collect();
        Arc::from(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => Arc::from(String::from_utf8_lossy(rest)),
        _ => Arc::from(String::from_utf8_lossy(bytes)),
    }
}

/// What to look for, and where.
pub struct Search<'a> {
    /// The package's folder.
    pub folder: &'a str,
    /// The folder above which no file belongs to the package.
    pub stop: &'a str,
    /// Whether files of the folders above may belong to the package.
    pub parents: bool,
    /// The package's name, where it is known.
    pub package: Option<&'a str>,
    /// The language version of the module.
    pub version: Version,
    /// Whether it is one of the main module's packages, for which build tags count.
    pub tags: Tags<'a>,
    /// Whether `_tool.cue` files take part.
    pub tools: bool,
    /// Whether `_test.cue` files take part.
    pub tests: bool,
    /// The working folder.
    pub shown_from: &'a str,
    /// How the package is called where nothing is left of it.
    pub display: &'a str,
}

/// What a search has found.
#[derive(Default)]
pub struct Selection {
    /// The package's name.
    pub package: String,
    /// Its files, those of outer folders first.
    pub files: Vec<ParsedId>,
    /// Files left out, with the reasons.
    pub ignored: Vec<(String, String)>,
    /// Files of the folder that are data.
    pub data: Vec<String>,
    /// What is wrong.
    pub errors: Vec<LoadError>,
    /// Whether all that is wrong is that no file is left.
    pub nothing: bool,
    first: String,
}

/// What one file is to a package.
enum Fate {
    /// Of no interest, or left out for a reason that says it is not of this package.
    Foreign,
    /// Of the package, perhaps left out.
    Member,
}

impl Files {
    /// Gathers the files of the package in a folder.
    pub fn select(&mut self, world: &dyn World, search: &Search<'_>) -> Selection {
        let mut found =
            Selection { package: search.package.unwrap_or("").to_string(), ..Selection::default() };
        let mut folder = search.folder;
        loop {
            let own = folder == search.folder;
            let mut added = false;
            let mut entries = world.list(folder).unwrap_or_default();
            entries.sort_by(|a, b| a.name.cmp(&b.name));
            for entry in entries.iter().filter(|e| e.kind == EntryKind::File) {
                let path = paths::join(folder, &entry.name);
                match paths::extension(&entry.name) {
                    ".cue" => {
                        let fate = self.consider(world, search, &path, own, false, &mut found);
                        added |= matches!(fate, Fate::Member);
                    }
                    extension if own && encoding(extension).is_some() => found.data.push(path),
                    _ => {}
                }
            }
            let last = !search.parents || found.package.is_empty() || folder == search.stop || folder == "/";
            if last || crate::module::is_root(world, folder) || (own && !added) {
                break;
            }
            folder = paths::parent(folder);
        }
        self.finish(search, &mut found);
        found
    }

    /// Gathers files that were named one by one.
    pub fn select_named(&mut self, world: &dyn World, search: &Search<'_>, files: &[String]) -> Selection {
        let mut found = Selection::default();
        for path in files {
            self.consider(world, search, path, true, true, &mut found);
        }
        self.finish(search, &mut found);
        found
    }

    fn finish(&self, search: &Search<'_>, found: &mut Selection) {
        let order = |path: &str| (path.matches('/').count(), path.to_string());
        found.files.sort_by_cached_key(|id| order(&self.get(*id).path));
        found.ignored.sort_by_cached_key(|(path, _)| order(path));
        if found.errors.is_empty() && found.files.is_empty() {
            found.errors.push(nothing_left(search, found));
            found.nothing = true;
        }
    }

    /// Decides about one file. `named`: it was named itself, so that its name does not matter and it needs no
    /// package clause.
    fn consider(
        &mut self,
        world: &dyn World,
        search: &Search<'_>,
        path: &str,
        own: bool,
        named: bool,
        found: &mut Selection,
    ) -> Fate {
        let base = paths::base(path);
        let ignore = |found: &mut Selection, reason: String| found.ignored.push((path.to_string(), reason));
        if let (false, Some(prefix)) = (named, base.chars().next().filter(|c| ".".contains(*c) || *c == '_'))
        {
            if own {
                ignore(found, format!("filename starts with a '{prefix}'"));
            }
            return Fate::Foreign;
        }
        let id = match self.parse(world, path, search.shown_from, search.version) {
            Ok(id) => id,
            Err(error) => {
                found.errors.push(error);
                return Fate::Foreign;
            }
        };
        let errors = self.syntax_errors(id);
        if !errors.is_empty() {
            found.errors.extend(errors);
            return Fate::Foreign;
        }
        let file = self.get(id);
        let name = file.package();
        if name.is_empty() && !named {
            if own {
                ignore(found, "no package name".to_string());
            }
            return Fate::Foreign;
        }
        match build_attribute(&file.parse.file, &file.text, &search.tags) {
            BuildAttribute::Include => {}
            BuildAttribute::Exclude(reason) => {
                ignore(found, reason);
                return Fate::Member;
            }
            BuildAttribute::Bad(errors) => {
                for (span, message) in errors {
                    found.errors.push(match span {
                        Some(span) => LoadError::at(SourcePlace { source: file.source, span }, message),
                        None => LoadError::new(message),
                    });
                }
                ignore(found, String::new());
                return Fate::Member;
            }
        }
        if !name.is_empty() {
            if found.package.is_empty() {
                found.package = name.to_string();
                found.first = base.to_string();
            } else if found.package != name {
                if search.package.is_some() || !own {
                    ignore(found, format!("package is {name}, want {}", found.package));
                } else {
                    let named = [found.package.as_str(), name].contains(&paths::base(search.folder));
                    let dot = if named && !search.display.starts_with('.') { "./" } else { "" };
                    found.errors.push(LoadError::new(format!(
                        "found packages {:?} ({}) and {name:?} ({base}) in \"{dot}{}\"",
                        found.package, found.first, search.display
                    )));
                }
                return Fate::Foreign;
            }
        }
        if base.ends_with("_test.cue") && !search.tests {
            ignore(found, "_test.cue files excluded in non-test mode".to_string());
        } else if base.ends_with("_tool.cue") && !search.tools {
            ignore(found, "_tool.cue files excluded in non-cmd mode".to_string());
        } else {
            found.files.push(id);
        }
        Fate::Member
    }
}

/// The error where no file is left to build.
fn nothing_left(search: &Search<'_>, found: &Selection) -> LoadError {
    let hidden = found.ignored.iter().filter(|(path, _)| paths::base(path).starts_with('_')).count();
    if found.ignored.len() <= hidden {
        return LoadError::new(format!("no CUE files in {}", search.display));
    }
    let mut message = format!("build constraints exclude all CUE files in {}:", search.display);
    for (path, reason) in &found.ignored {
        message.push_str("\n    ");
        message.push_str(&paths::shown(path, search.shown_from));
        if !reason.is_empty() {
            message.push_str(": ");
            message.push_str(reason);
        }
    }
    LoadError::new(message)
}

/// The encoding that an extension stands for.
pub fn encoding(extension: &str) -> Option<&'static str> {
    Some(match extension {
        ".cue" => "cue",
        ".json" => "json",
        ".yaml" | ".yml" => "yaml",
        ".toml" => "toml",
        ".xml" => "xml",
        ".jsonl" | ".ldjson" | ".ndjson" => "jsonl",
        ".txt" => "text",
        ".wasm" => "binary",
        ".proto" => "proto",
        ".textproto" | ".textpb" => "textproto",
        ".go" => "code",
        _ => return None,
    })
}
