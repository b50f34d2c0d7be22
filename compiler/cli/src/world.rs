//! The real world: files, standard input, the cache of modules. The only place that reads them.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vela_load::{Entry, EntryKind, FileError, World};

/// The file system of this machine, as it is when it is asked; variables are computed once.
pub struct Disk {
    folder: String,
    variables: OnceCell<HashMap<&'static str, String>>,
}

impl Disk {
    /// The world as seen from a working folder, an absolute cleaned path.
    pub fn new(folder: &str) -> Self {
        Self { folder: folder.to_owned(), variables: OnceCell::new() }
    }

    /// The working folder of the process, or `chdir` seen from it, as the absolute path that worlds use.
    pub fn folder(chdir: Option<&str>) -> Result<String, String> {
        let there = std::env::current_dir().map_err(|e| format!("cannot find the working folder: {e}"))?;
        let Some(there) = there.to_str() else {
            return Err("the working folder's name is not UTF-8".to_owned());
        };
        let there = vela_load::paths::clean(&there.replace(std::path::MAIN_SEPARATOR, "/"));
        Ok(match chdir {
            Some(folder) => {
                let joined = vela_load::paths::join(&there, folder);
                let there = std::fs::metadata(&joined);
                match there {
                    Ok(m) if m.is_dir() => {}
                    Ok(_) => return Err(format!("chdir {folder}: not a directory")),
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                        return Err(format!("chdir {folder}: no such file or directory"));
                    }
                    Err(e) => return Err(format!("chdir {folder}: {e}")),
                }
                joined
            }
            None => there,
        })
    }

    fn variables(&self) -> &HashMap<&'static str, String> {
        self.variables.get_or_init(|| {
            let mut out = HashMap::new();
            out.insert("now", now());
            out.insert("os", go_os().to_owned());
            out.insert("arch", go_arch().to_owned());
            out.insert("cwd", self.folder.clone());
            let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|n| std::env::var(n).ok());
            if let Some(user) = user.filter(|u| !u.is_empty()) {
                out.insert("username", user);
            }
            if let Some(host) = hostname() {
                out.insert("hostname", host);
            }
            out.insert("rand", random().to_string());
            out
        })
    }
}

fn error(path: &str, e: &std::io::Error) -> FileError {
    match e.kind() {
        std::io::ErrorKind::NotFound => FileError::NotFound,
        std::io::ErrorKind::PermissionDenied => FileError::Other(format!("open {path}: permission denied")),
        std::io::ErrorKind::IsADirectory => FileError::Other(format!("read {path}: is a directory")),
        std::io::ErrorKind::NotADirectory => FileError::Other(format!("open {path}: not a directory")),
        _ => FileError::Other(format!("open {path}: {e}")),
    }
}

impl World for Disk {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        std::fs::read(path).map(Arc::from).map_err(|e| error(path, &e))
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        let mut out = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(|e| error(folder, &e))? {
            let entry = entry.map_err(|e| error(folder, &e))?;
            // A name that is no text cannot be asked for either.
            let Ok(name) = entry.file_name().into_string() else { continue };
            let link = entry.file_type().is_ok_and(|t| t.is_symlink());
            let Ok(meta) = std::fs::metadata(entry.path()) else { continue };
            let kind = if meta.is_dir() { EntryKind::Folder } else { EntryKind::File };
            out.push(Entry { name, kind, link });
        }
        Ok(out)
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        let meta = std::fs::metadata(path).ok()?;
        Some(if meta.is_dir() { EntryKind::Folder } else { EntryKind::File })
    }

    fn standard_input(&self) -> Result<Arc<[u8]>, FileError> {
        let mut bytes = Vec::new();
        match std::io::stdin().lock().read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes.into()),
            Err(e) => Err(FileError::Other(format!("read -: {e}"))),
        }
    }

    fn tag_variable(&self, name: &str) -> Option<String> {
        self.variables().get(name).cloned()
    }

    /// Modules come from the reference's cache of extracted modules; nothing is fetched.
    fn module(&self, path: &str, version: &str) -> Result<String, String> {
        let missing = || format!("module {path}@{version}: module not found");
        let cache = module_cache().ok_or_else(missing)?;
        let name = format!("{}@{version}", escape_upper(path));
        let unfinished =
            cache.join("download").join(escape_upper(path)).join(format!("@v/{version}.partial"));
        let folder = cache.join("extract").join(&name);
        if unfinished.exists() || !folder.is_dir() {
            return Err(missing());
        }
        folder.to_str().map(str::to_owned).ok_or_else(missing)
    }
}

/// Where the reference keeps modules: `$CUE_CACHE_DIR/mod`, or below the user's cache folder.
pub fn module_cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = set("CUE_CACHE_DIR").or_else(|| {
        let user = if cfg!(target_os = "macos") {
            set("HOME").map(|h| h.join("Library/Caches"))
        } else if cfg!(windows) {
            set("LocalAppData")
        } else {
            set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|h| h.join(".cache")))
        };
        user.map(|u| u.join("cue"))
    })?;
    Some(base.join("mod"))
}

/// Upper case as `!x`: some file systems do not tell case apart.
pub fn escape_upper(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn go_os() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

fn go_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        other => other,
    }
}

fn hostname() -> Option<String> {
    let from_file = |path: &str| std::fs::read_to_string(path).ok();
    let name = from_file("/proc/sys/kernel/hostname")
        .or_else(|| from_file("/etc/hostname"))
        .or_else(|| std::env::var("HOSTNAME").ok())
        .or_else(|| std::env::var("COMPUTERNAME").ok())?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// The time in UTC as RFC 3339 with nanoseconds, trailing zeros dropped.
fn now() -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let (seconds, nanos) = (since.as_secs(), since.subsec_nanos());
    let (year, month, day) = civil(seconds / 86_400);
    let time = seconds % 86_400;
    let fraction = match format!("{nanos:09}").trim_end_matches('0') {
        "" => String::new(),
        digits => format!(".{digits}"),
    };
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// Year, month and day of a number of days since 1970-01-01.
fn civil(mut days: u64) -> (u64, u64, u64) {
    let leap = |y: u64| y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400));
    // Whole periods of 400 years first, so that the loops stay short.
    let mut year = 1970 + days / 146_097 * 400;
    days %= 146_097;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 1;
    loop {
        let length = match month {
            2 => 28 + u64::from(leap(year)),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if days < length {
            return (year, month, days + 1);
        }
        days -= length;
        month += 1;
    }
}

/// A number nobody can guess, from the random keys of the standard library's hasher.
fn random() -> u128 {
    use std::hash::{BuildHasher, Hasher};
    let one = || std::collections::hash_map::RandomState::new().build_hasher().finish();
    (u128::from(one()) << 64) | u128::from(one())
}

/// The path of a file argument for the operating system, seen from the working folder.
pub fn native(folder: &str, path: &str) -> PathBuf {
    Path::new(folder).join(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_names() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(59), (1970, 3, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(civil(20_780), (2026, 11, 23));
        assert_eq!(escape_upper("github.com/Foo/b"), "github.com/!foo/b");
        assert!(now().ends_with('Z'));
    }

    #[test]
    fn files() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("d")).unwrap();
        std::fs::write(folder.path().join("a.cue"), "a: 1").unwrap();
        let root = folder.path().to_str().unwrap();
        let world = Disk::new(root);
        assert_eq!(&*world.read(&format!("{root}/a.cue")).unwrap(), b"a: 1");
        assert_eq!(world.read(&format!("{root}/b.cue")), Err(FileError::NotFound));
        assert!(
            matches!(world.read(&format!("{root}/d")), Err(FileError::Other(m)) if m.contains("is a directory"))
        );
        assert_eq!(world.list(root).unwrap().len(), 2);
        assert_eq!(world.kind(&format!("{root}/d")), Some(EntryKind::Folder));
        assert_eq!(world.tag_variable("cwd").as_deref(), Some(root));
        assert_eq!(world.tag_variable("nosuch"), None);
    }
}
