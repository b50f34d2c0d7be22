//! The only door through which loading sees anything outside of the program: files, the environment, modules.

use std::collections::BTreeMap;
use std::sync::Arc;

use vela_ir::Version;

/// What a folder's entry is; links count as what they lead to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// An entry of a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its name, without a path.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Whether it is a symbolic link. Patterns do not follow linked folders.
    pub link: bool,
}

/// A text with its tree.
pub type Parsed = (Arc<str>, Arc<vela_syntax::Parse>);

/// Why a file or folder could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FileError {
    /// There is nothing of that name.
    NotFound,
    /// Anything else, as the system words it.
    Other(String),
}

/// The outside. Paths are absolute, with `/` between their elements, without `.` and `..`.
///
/// Answers must not change while a program is loaded: the same world gives the same program.
pub trait World {
    /// The bytes of a file.
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError>;

    /// The text and tree of a CUE file in a version of the language, from a world that keeps them; whoever is given `None`
    /// reads the file.
    fn parsed(&self, path: &str, version: Version) -> Option<Parsed> {
        let _ = (path, version);
        None
    }

    /// The entries of a folder, in any order.
    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError>;

    /// What stands at a path.
    fn kind(&self, path: &str) -> Option<EntryKind>;

    /// Everything on standard input. A second call gives nothing.
    fn standard_input(&self) -> Result<Arc<[u8]>, FileError> {
        Ok(Arc::from([]))
    }

    /// The value of a variable that `@tag(…, var=name)` may ask for: `now`, `os`, `arch`, `cwd`, `username`,
    /// `hostname`, `rand`. One value per run.
    fn tag_variable(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }

    /// The folder that holds a version of a module, fetched if need be. The error is the reference's text after
    /// `cannot fetch path@version: `.
    fn module(&self, path: &str, version: &str) -> Result<String, String> {
        Err(format!("module {path}@{version}: module not found"))
    }
}

/// Files in memory: for tests, editors' unsaved texts, and anything without a disk.
#[derive(Clone, Debug, Default)]
pub struct MemoryWorld {
    files: BTreeMap<String, Arc<[u8]>>,
    input: Arc<[u8]>,
    variables: BTreeMap<String, String>,
    modules: BTreeMap<String, String>,
}

impl MemoryWorld {
    /// A world without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file; its folders need not be added.
    pub fn file(mut self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.files.insert(path.to_string(), Arc::from(text.as_ref()));
        self
    }

    /// Sets what standard input gives.
    pub fn input(mut self, text: impl AsRef<[u8]>) -> Self {
        self.input = Arc::from(text.as_ref());
        self
    }

    /// Sets a tag variable.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_string(), value.to_string());
        self
    }

    /// Says which folder holds a version of a module.
    pub fn with_module(mut self, path: &str, version: &str, folder: &str) -> Self {
        self.modules.insert(format!("{path}@{version}"), folder.to_string());
        self
    }

    /// Paths below a folder, without the folder's own.
    fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let prefix = if folder.ends_with('/') { folder.to_string() } else { format!("{folder}/") };
        let start = prefix.clone();
        self.files
            .range(start..)
            .map(|(path, _)| path.as_str())
            .map_while(move |path| path.strip_prefix(prefix.as_str()))
    }
}

impl World for MemoryWorld {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        match self.files.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None if self.kind(path).is_some() => {
                Err(FileError::Other(format!("read {path}: is a directory")))
            }
            None => Err(FileError::NotFound),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        let mut entries: Vec<Entry> = Vec::new();
        for path in self.below(folder) {
            let (name, kind) = match path.split_once('/') {
                Some((name, _)) => (name, EntryKind::Folder),
                None => (path, EntryKind::File),
            };
            if entries.last().is_none_or(|e| e.name != name) {
                entries.push(Entry { name: name.to_string(), kind, link: false });
            }
        }
        if entries.is_empty() { Err(FileError::NotFound) } else { Ok(entries) }
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        if self.files.contains_key(path) {
            return Some(EntryKind::File);
        }
        self.below(path).next().map(|_| EntryKind::Folder)
    }

    fn standard_input(&self) -> Result<Arc<[u8]>, FileError> {
        Ok(self.input.clone())
    }

    fn tag_variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn module(&self, path: &str, version: &str) -> Result<String, String> {
        let key = format!("{path}@{version}");
        self.modules.get(&key).cloned().ok_or_else(|| format!("module {key}: module not found"))
    }
}
