//! What the packages of each module were lowered to, kept between programs. Not a query: what is taken from here is the same
//! as what would be made anew, and it is looked at whether it still is.

use std::sync::{Arc, Mutex, PoisonError};

use vela_load::Lowered;

use crate::database::File;

/// Most modules whose packages are kept.
const MAX: usize = 4;
/// How much a program may grow by packages that were lowered again, in expressions, before it is begun anew.
const GROWTH: usize = 100_000;

/// The packages of a module.
#[derive(Clone)]
struct Entry {
    root: String,
    /// The files of the workspace then. With others, a package may have other files too.
    files: Arc<Vec<File>>,
    lowered: Arc<Lowered>,
    /// Expressions for each package when the program was begun.
    first: usize,
}

/// Lowered packages by module.
#[derive(Clone, Default)]
pub struct Store(Arc<Mutex<Vec<Entry>>>);

impl Store {
    /// The packages of the module below a root.
    pub fn get(&self, root: &str, files: &Arc<Vec<File>>) -> Arc<Lowered> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = entries.iter().find(|e| e.root == root && Arc::ptr_eq(&e.files, files));
        found.map(|e| e.lowered.clone()).unwrap_or_default()
    }

    /// Keeps more packages.
    pub fn put(&self, root: String, files: Arc<Vec<File>>, lowered: Lowered) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = entries.iter().position(|e| e.root == root).map(|at| entries.remove(at));
        let each = lowered.size() / lowered.packages().max(1);
        let first = old.filter(|e| Arc::ptr_eq(&e.files, &files)).map_or(each, |e| e.first.max(1));
        if lowered.size() > 2 * first * lowered.packages() + GROWTH {
            return;
        }
        entries.truncate(MAX - 1);
        entries.insert(0, Entry { root, files, lowered: Arc::new(lowered), first });
    }
}
