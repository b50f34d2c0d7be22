//! The database: texts go in, and a clone of it answers queries on another thread while more texts go in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use salsa::Setter;
use vela_diagnostics::SourceId;
use vela_load::{MemoryWorld, World};

use crate::check;
use crate::embedded;
use crate::queries::DiagnosticsOf;
use crate::store::Store;

/// Where a text comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The user's workspace.
    Workspace,
    /// A built-in definition.
    BuiltIn,
    /// A package that built-in definitions share.
    Shared,
    /// The forms of documents.
    Form,
    /// A template in a YAML file of the workspace, see `embedded.rs`.
    Template,
}

/// A text.
#[salsa::input]
pub struct File {
    /// Its absolute path; that of a text which comes with the compiler begins with [`EMBEDDED`].
    #[returns(ref)]
    pub path: Arc<str>,
    /// Its number, by which places in it are given.
    #[returns(copy)]
    pub source: SourceId,
    /// Where it comes from.
    #[returns(copy)]
    pub origin: Origin,
    /// The text.
    #[returns(ref)]
    pub text: Arc<str>,
}

/// The texts there are.
#[salsa::input]
pub struct Workspace {
    /// The user's, by path.
    #[returns(ref)]
    pub files: Arc<Vec<File>>,
    /// The built-in definitions.
    #[returns(ref)]
    pub built_in: Arc<Vec<File>>,
    /// The shared packages.
    #[returns(ref)]
    pub shared: Arc<Vec<File>>,
    /// The forms of documents.
    #[returns(copy)]
    pub form: File,
}

/// What paths of texts that come with the compiler begin with.
pub const EMBEDDED: &str = "/vela-lang-embedded/";

/// What queries see of the database beside their inputs.
#[salsa::db]
pub trait Db: salsa::Database {
    /// The text of a number. Numbers are never reused.
    fn file(&self, source: SourceId) -> Option<File>;
    /// The text at a path, perhaps one that is no longer in the workspace.
    fn file_at(&self, path: &str) -> Option<File>;
    /// The world for what is not in the workspace.
    fn outside(&self) -> &dyn World;
    /// The texts there are.
    fn workspace(&self) -> Workspace;
    /// Packages that were lowered: no answer depends on them, only how long it takes.
    fn lowered(&self) -> &Store;
}

#[derive(Default)]
struct Registry {
    by_source: Vec<File>,
    by_path: HashMap<Arc<str>, File>,
}

/// The names of the queries that ran.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

/// The database. Clones share what is stored; a change waits until all clones are gone and cancels what they run.
#[salsa::db]
#[derive(Clone)]
pub struct Database {
    storage: salsa::Storage<Self>,
    registry: Arc<RwLock<Registry>>,
    outside: Arc<dyn World + Send + Sync>,
    workspace: Option<Workspace>,
    lowered: Store,
    log: Option<Log>,
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {
    fn file(&self, source: SourceId) -> Option<File> {
        let registry = self.registry.read().unwrap_or_else(PoisonError::into_inner);
        registry.by_source.get(source.0 as usize).copied()
    }

    fn file_at(&self, path: &str) -> Option<File> {
        self.registry.read().unwrap_or_else(PoisonError::into_inner).by_path.get(path).copied()
    }

    fn outside(&self) -> &dyn World {
        &*self.outside
    }

    fn workspace(&self) -> Workspace {
        match self.workspace {
            Some(workspace) => workspace,
            // `build` sets it before anyone sees the database.
            None => self.make_workspace(),
        }
    }

    fn lowered(&self) -> &Store {
        &self.lowered
    }
}

impl Default for Database {
    fn default() -> Self {
        Self::new(Arc::new(MemoryWorld::new()))
    }
}

impl Database {
    /// A database with the built-in definitions. `outside` is read for modules outside of the workspace.
    pub fn new(outside: Arc<dyn World + Send + Sync>) -> Self {
        Self::build(outside, None)
    }

    /// A database that counts which queries run.
    pub fn logging() -> Self {
        Self::build(Arc::new(MemoryWorld::new()), Some(Log::default()))
    }

    fn build(outside: Arc<dyn World + Send + Sync>, log: Option<Log>) -> Self {
        let storage = match log.clone() {
            None => salsa::Storage::new(None),
            Some(log) => salsa::Storage::new(Some(Box::new(move |event: salsa::Event| {
                if let salsa::EventKind::WillExecute { database_key } = event.kind {
                    let mut log = log.0.lock().unwrap_or_else(PoisonError::into_inner);
                    log.push(format!("{database_key:?}"));
                }
            }))),
        };
        let (registry, lowered) = (Arc::default(), Store::default());
        let mut db = Self { storage, registry, outside, workspace: None, lowered, log };
        db.workspace = Some(db.make_workspace());
        db
    }

    fn make_workspace(&self) -> Workspace {
        let definitions = vela_definitions::definitions().iter();
        let built_in: Vec<File> = definitions
            .map(|d| self.add(&format!("{EMBEDDED}{}", d.path), Origin::BuiltIn, d.source.into()))
            .collect();
        let shared: Vec<File> = vela_definitions::shared()
            .iter()
            .map(|s| {
                let folder = s.import_path.strip_prefix("vela-lang.dev/").unwrap_or(s.import_path);
                self.add(&format!("{EMBEDDED}{folder}/{}", s.file), Origin::Shared, s.source.into())
            })
            .collect();
        let form = self.add(&format!("{EMBEDDED}application.cue"), Origin::Form, check::FORMS.into());
        Workspace::new(self, Arc::default(), Arc::new(built_in), Arc::new(shared), form)
    }

    fn add(&self, path: &str, origin: Origin, text: Arc<str>) -> File {
        let mut registry = self.registry.write().unwrap_or_else(PoisonError::into_inner);
        let path: Arc<str> = path.into();
        let file = File::new(self, path.clone(), SourceId(registry.by_source.len() as u32), origin, text);
        registry.by_source.push(file);
        registry.by_path.insert(path, file);
        file
    }

    /// Sets the text of a path, which becomes part of the workspace. An equal text changes nothing.
    pub fn set(&mut self, path: &str, text: impl Into<Arc<str>>) -> File {
        self.set_all([(path.to_owned(), text.into())]).pop().unwrap_or_else(|| self.workspace().form(self))
    }

    /// Sets many texts at once.
    pub fn set_all(&mut self, texts: impl IntoIterator<Item = (String, Arc<str>)>) -> Vec<File> {
        let mut out = Vec::new();
        let mut added: Vec<File> = Vec::new();
        let present: std::collections::HashSet<File> = self.workspace().files(self).iter().copied().collect();
        for (path, text) in texts {
            let (file, changed) = self.put(&path, Origin::Workspace, text);
            if file.origin(self) == Origin::Workspace && !present.contains(&file) && !added.contains(&file) {
                added.push(file);
            }
            if changed && embedded::may_be_there(self, file) {
                self.embed(file);
            }
            out.push(file);
        }
        if !added.is_empty() {
            let workspace = self.workspace();
            let mut files = (**workspace.files(self)).clone();
            files.extend(added);
            files.sort_by(|a, b| a.path(self).cmp(b.path(self)));
            workspace.set_files(self).to(Arc::new(files));
        }
        out
    }

    /// Sets a text, and tells whether that changed anything.
    fn put(&mut self, path: &str, origin: Origin, text: Arc<str>) -> (File, bool) {
        match self.file_at(path) {
            Some(file) if **file.text(self) == *text => (file, false),
            Some(file) => {
                file.set_text(self).to(text);
                (file, true)
            }
            None => (self.add(path, origin, text), true),
        }
    }

    /// Sets the templates in a file.
    fn embed(&mut self, file: File) {
        let templates = embedded::templates(self, file).iter();
        let texts: Vec<_> = templates.map(|t| (t.document, t.text.clone())).collect();
        for (document, text) in texts {
            let path = embedded::path_of(file.path(self), document);
            self.put(&path, Origin::Template, text);
        }
    }

    /// Takes a path out of the workspace.
    pub fn remove(&mut self, path: &str) {
        let Some(file) = self.file_at(path) else { return };
        let workspace = self.workspace();
        if workspace.files(self).contains(&file) {
            let files = workspace.files(self).iter().copied().filter(|f| *f != file).collect();
            workspace.set_files(self).to(Arc::new(files));
        }
    }

    /// What is wrong with a text. Places are in texts of [`Db::file`].
    pub fn diagnostics(&self, file: File) -> DiagnosticsOf {
        crate::queries::diagnostics(self, file).clone()
    }

    /// The queries that ran since the last call, by name, where the database counts them.
    pub fn take_log(&self) -> Vec<String> {
        let Some(log) = &self.log else { return Vec::new() };
        let mut names = std::mem::take(&mut *log.0.lock().unwrap_or_else(PoisonError::into_inner));
        for name in &mut names {
            if let Some(at) = name.find('(') {
                name.truncate(at);
            }
        }
        names.sort();
        names
    }
}

/// Runs a query on a clone; `None` where a change cancelled it. A panic of the query passes through.
pub fn cancellable<T>(f: impl FnOnce() -> T + std::panic::UnwindSafe) -> Option<T> {
    salsa::Cancelled::catch(f).ok()
}
