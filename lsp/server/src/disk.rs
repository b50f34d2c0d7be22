//! Files as the server finds them: the workspace at the start, modules outside of it, and a folder where texts that
//! come with the compiler are put when an editor is to show one.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use vela_db::EMBEDDED;
use vela_db::queries::{Language, may_be_crd, may_be_inventory, may_be_oam};
use vela_load::{Entry, EntryKind, FileError, World};

/// Most files of a workspace that are looked at.
const MAX_FILES: usize = 50_000;
/// Largest file that is read.
const MAX_SIZE: u64 = 8 << 20;
/// Deepest folder that is looked at.
const MAX_DEPTH: usize = 32;
/// Folders that hold nothing of the user's.
const SKIPPED: [&str; 3] = ["node_modules", "target", "vendor"];

/// How long what was seen of folders counts. A change that the client tells of is seen at once.
const FRESH: Duration = Duration::from_secs(1);

/// The files of the machine. Loading a package asks for the same few hundred folders after each keystroke.
#[derive(Debug)]
pub struct Disk(Mutex<Seen>);

/// What was seen of folders and entries, and since when.
#[derive(Debug)]
struct Seen {
    since: Instant,
    lists: HashMap<String, Result<Vec<Entry>, FileError>>,
    kinds: HashMap<String, Option<EntryKind>>,
}

impl Default for Disk {
    fn default() -> Self {
        let seen = Seen { since: Instant::now(), lists: HashMap::new(), kinds: HashMap::new() };
        Self(Mutex::new(seen))
    }
}

impl Disk {
    /// Looks again from now on.
    pub fn forget(&self) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.lists.clear();
        seen.kinds.clear();
        seen.since = Instant::now();
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).since.elapsed() > FRESH {
            self.forget();
        }
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World for Disk {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        fs::read(path).map(Arc::from).map_err(|e| fault(&e))
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        if let Some(known) = self.seen().lists.get(folder) {
            return known.clone();
        }
        let found = list(folder);
        self.seen().lists.insert(folder.to_owned(), found.clone());
        found
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        if let Some(known) = self.seen().kinds.get(path) {
            return *known;
        }
        let metadata = fs::metadata(path).ok();
        let kind = metadata.map(|m| if m.is_dir() { EntryKind::Folder } else { EntryKind::File });
        self.seen().kinds.insert(path.to_owned(), kind);
        kind
    }
}

fn list(folder: &str) -> Result<Vec<Entry>, FileError> {
    let mut out = Vec::new();
    for entry in fs::read_dir(folder).map_err(|e| fault(&e))?.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(own) = entry.file_type() else { continue };
        let link = own.is_symlink();
        let folder = if link { fs::metadata(entry.path()).is_ok_and(|m| m.is_dir()) } else { own.is_dir() };
        let kind = if folder { EntryKind::Folder } else { EntryKind::File };
        out.push(Entry { name, kind, link });
    }
    Ok(out)
}

fn fault(error: &std::io::Error) -> FileError {
    match error.kind() {
        std::io::ErrorKind::NotFound => FileError::NotFound,
        _ => FileError::Other(error.to_string()),
    }
}

/// The text of a file that belongs to a workspace; `None` for what is none of ours.
pub fn read(path: &str) -> Option<Arc<str>> {
    let language = Language::of(path);
    if language == Language::Other || fs::metadata(path).ok()?.len() > MAX_SIZE {
        return None;
    }
    let text = String::from_utf8(fs::read(path).ok()?).ok()?;
    let ours = may_be_oam(&text) || may_be_inventory(&text) || may_be_crd(&text);
    (language == Language::Cue || ours).then(|| text.into())
}

/// All files of ours below a folder, hidden folders left out.
pub fn scan(root: &str) -> Vec<(String, Arc<str>)> {
    let mut out = Vec::new();
    let mut seen = 0;
    let mut folders = vec![(PathBuf::from(root), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            seen += 1;
            if seen > MAX_FILES {
                return out;
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                if !name.starts_with('.') && !SKIPPED.contains(&name) && depth < MAX_DEPTH {
                    folders.push((entry.path(), depth + 1));
                }
            } else if let Some(path) = entry.path().to_str()
                && let Some(text) = read(path)
            {
                out.push((path.to_owned(), text));
            }
        }
    }
    out
}

/// Where texts that come with the compiler are put.
#[derive(Clone, Debug)]
pub struct Shelf(PathBuf);

impl Shelf {
    /// In the user's cache, or in the folder for temporary files.
    pub fn new() -> Self {
        let variable = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|p| p.is_absolute());
        let cache = variable("XDG_CACHE_HOME")
            .or_else(|| variable("HOME").map(|h| h.join(".cache")))
            .or_else(|| variable("LOCALAPPDATA"))
            .unwrap_or_else(std::env::temp_dir);
        Self(cache.join("vela-lang").join(env!("CARGO_PKG_VERSION")))
    }

    /// The file that shows an embedded text, written where it is not there.
    pub fn show(&self, path: &str, text: &str) -> Option<PathBuf> {
        let file = self.0.join(path.strip_prefix(EMBEDDED)?);
        if fs::read_to_string(&file).is_ok_and(|t| t == text) {
            return Some(file);
        }
        fs::create_dir_all(file.parent()?).ok()?;
        // A reader never sees half a file, and writers at the same time do not get into each other's way.
        static WRITTEN: AtomicU32 = AtomicU32::new(0);
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let partial = file.with_extension(format!("{}-{number}.partial", std::process::id()));
        let written = fs::write(&partial, text).and_then(|()| fs::rename(&partial, &file));
        if written.is_err() {
            let _ = fs::remove_file(&partial);
            return None;
        }
        Some(file)
    }

    /// The embedded text that a file shows.
    pub fn embedded(&self, path: &Path) -> Option<String> {
        let rest = path.strip_prefix(&self.0).ok()?;
        Some(format!("{EMBEDDED}{}", rest.to_str()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_at_the_same_time_all_find_the_file() {
        let folder = std::env::temp_dir().join(format!("vela-lang-shelf-{}", std::process::id()));
        let shelf = Shelf(folder.clone());
        for round in 0..20 {
            let path = format!("{EMBEDDED}trait/t{round}.cue");
            let shown = std::thread::scope(|scope| {
                let show = || shelf.show(&path, "t: {}\n");
                let threads: Vec<_> = (0..8).map(|_| scope.spawn(show)).collect();
                threads.into_iter().filter_map(|t| t.join().ok().flatten()).count()
            });
            assert_eq!(shown, 8);
        }
        let left = fs::read_dir(folder.join("trait")).expect("it was made").count();
        assert_eq!(left, 20, "nothing is left half written");
        fs::remove_dir_all(folder).expect("it goes away");
    }
}
