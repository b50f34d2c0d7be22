//! Packages that were lowered for earlier programs of a module, for later programs to import. For those who load again
//! after every keystroke: the language server. What a program means does not depend on it; only the numbers of files and
//! packages do.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;
use vela_diagnostics::SourceId;
use vela_ir::{Ir, PackageId, Version};
use vela_syntax::Parse;

use crate::Loaded;
use crate::module::Module;
use crate::packages::{Loader, Package};
use crate::world::World;

/// Most clones of a program that wait for the next who takes it up.
const SPARE: usize = 3;

/// Lowered packages. Cheap to share; as costly to take up for the first time as its program is large, and cheap where
/// a program was given back.
#[derive(Default)]
pub struct Lowered {
    /// The main module; another one has other packages.
    pub(crate) module: Option<Module>,
    /// The program that the packages belong to.
    pub(crate) ir: Ir,
    /// The packages by identity.
    pub(crate) known: Arc<FxHashMap<String, Arc<Known>>>,
    /// Clones of the program that were given back.
    spare: Mutex<Vec<Ir>>,
}

/// A lowered package, and what it was lowered from.
pub(crate) struct Known {
    package: PackageId,
    /// Its files.
    files: Vec<KnownFile>,
    /// Whether it is of the main module, whose version of the language may change.
    main: bool,
    /// The identities of the packages it imports.
    imports: Vec<String>,
}

struct KnownFile {
    path: String,
    version: Version,
    text: Arc<str>,
    parse: Arc<Parse>,
}

impl KnownFile {
    /// Whether the world has this very file. A tree that was made anew may be of another text, which it does not hold.
    fn is_in(&self, world: &dyn World) -> bool {
        let now = world.parsed(&self.path, self.version);
        now.is_some_and(|(text, parse)| Arc::ptr_eq(&parse, &self.parse) || text == self.text)
    }
}

impl Lowered {
    pub(crate) fn new(module: Module, mut ir: Ir, known: Arc<FxHashMap<String, Arc<Known>>>) -> Self {
        ir.labels.freeze();
        Self { module: Some(module), ir, known, spare: Mutex::default() }
    }

    fn spare(&self) -> std::sync::MutexGuard<'_, Vec<Ir>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn program(&self) -> Ir {
        let spare = self.spare().pop();
        spare.unwrap_or_else(|| self.ir.clone())
    }

    /// Takes the program of what was loaded onto this, when it is not needed any more: the next need not clone it.
    pub fn give_back(&self, loaded: &mut Loaded) {
        if !std::mem::take(&mut loaded.onto) {
            return;
        }
        let mut ir = std::mem::take(&mut loaded.ir);
        ir.cut_back(&self.ir);
        let mut spare = self.spare();
        if spare.len() < SPARE {
            spare.push(ir);
        }
    }

    /// The size of the program, in expressions.
    pub fn size(&self) -> usize {
        self.ir.exprs.len()
    }

    /// How many packages there are.
    pub fn packages(&self) -> usize {
        self.known.len()
    }
}

impl<'a> Loader<'a> {
    /// Takes up what was lowered before, unless that was for another module.
    pub(crate) fn take_up(&mut self, lowered: &Lowered) {
        if lowered.module.as_ref() == self.modules.list.first() {
            self.ir = lowered.program();
            self.onto = true;
            self.known = lowered.known.clone();
            self.file_sources = vec![SourceId::default(); self.ir.files.len()];
        }
    }

    /// The package of this identity, where it and all it imports is as it was when it was lowered.
    pub(crate) fn reuse(&mut self, id: &str) -> Option<usize> {
        if !self.is_as_it_was(id) {
            return None;
        }
        let package = self.known.get(id)?.package;
        self.packages.push(Package::without_errors(package));
        Some(self.packages.len() - 1)
    }

    fn is_as_it_was(&mut self, id: &str) -> bool {
        if let Some(seen) = self.seen.get(id) {
            return *seen;
        }
        let Some(known) = self.known.get(id).cloned() else { return false };
        let version = self.modules.list[0].version;
        let same = known.files.iter().all(|f| (!known.main || f.version == version) && f.is_in(self.world));
        // A cycle cannot have been lowered; until more is known, what leads back here is not as it was.
        self.seen.insert(id.to_owned(), false);
        let below = |loader: &mut Self| known.imports.iter().all(|id| loader.is_as_it_was(id));
        let same = same && stacker::maybe_grow(256 * 1024, 2 * 1024 * 1024, || below(self));
        self.seen.insert(id.to_owned(), same);
        same
    }

    /// Keeps a package that was lowered just now, unless it or what it imports has errors, or values from outside.
    pub(crate) fn keep(&mut self, id: &str, index: usize, files: &[crate::files::ParsedId], main: bool) {
        let Some(package) = self.packages[index].id else { return };
        if files.iter().any(|f| self.injected.contains_key(f)) {
            return;
        }
        let mut imports = Vec::new();
        for import in self.packages[index].imports() {
            match self.identities.get(import) {
                Some(id) if self.known.contains_key(id) => imports.push(id.clone()),
                _ => return,
            }
        }
        let files = files.iter().map(|f| self.files.get(*f));
        let files = files
            .map(|f| KnownFile {
                path: f.path.clone(),
                version: f.version,
                text: f.text.clone(),
                parse: f.parse.clone(),
            })
            .collect();
        let known = Arc::new(Known { package, files, main, imports });
        Arc::make_mut(&mut self.known).insert(id.to_owned(), known);
        self.seen.insert(id.to_owned(), true);
        self.news = true;
    }
}
