//! The cache of modules, in the reference's layout: downloads, and what is unpacked of them. A module appears there
//! whole or not at all.

use std::fs;
use std::io::Write;
use std::path::Path;

use vela_load::{Entry, EntryKind, FileError, World};

use super::{Registry, archive};
use crate::world::{Disk, escape_upper, module_cache};

/// The real files, with modules fetched that the cache lacks.
pub struct Fetching<'a> {
    /// The files.
    pub disk: &'a Disk,
    /// Where modules come from; without it the cache is all there is.
    pub registry: Option<&'a Registry>,
}

impl Fetching<'_> {
    /// The versions of a module that the registry has.
    pub fn versions(&self, path: &str) -> Result<Vec<String>, String> {
        self.registry.map_or(Ok(Vec::new()), |r| r.versions(path))
    }
}

impl Registry {
    /// Fetches a module into the cache.
    fn fetch(&self, path: &str, version: &str) -> Result<(), String> {
        let at = format!("module {path}@{version}");
        let (location, file, zip) = self.parts(path, version)?;
        let cache = module_cache().ok_or("there is no folder for a cache: set CUE_CACHE_DIR")?;
        let failed = |e: std::io::Error| format!("{at}: cannot write the cache: {e}");
        let downloads = cache.join("download").join(escape_upper(path)).join("@v");
        fs::create_dir_all(&downloads).map_err(failed)?;
        let mut module_file = Vec::new();
        self.client.blob(&location, &file, &mut module_file).map_err(|e| format!("{at}: {e}"))?;
        let own = std::str::from_utf8(&module_file).ok().and_then(|t| vela_load::ModuleFile::parse(t).ok());
        let own = own.ok_or_else(|| format!("{at}: invalid module file"))?.module;
        if own.split('@').next() != Some(path) {
            return Err(format!("{at}: the module file is that of module {own:?}"));
        }
        let mut archive =
            tempfile::Builder::new().prefix(".vela-").tempfile_in(&downloads).map_err(failed)?;
        self.client.blob(&location, &zip, archive.as_file_mut()).map_err(|e| format!("{at}: {e}"))?;
        archive.as_file_mut().flush().map_err(failed)?;
        let target = cache.join("extract").join(format!("{}@{version}", escape_upper(path)));
        let parent = target.parent().unwrap_or(&cache);
        fs::create_dir_all(parent).map_err(failed)?;
        let made = tempfile::Builder::new().prefix(".vela-").tempdir_in(parent).map_err(failed)?;
        let inside = made.path().join("m");
        archive::unpack(archive.path(), &inside, &module_file).map_err(|e| format!("{at}: {e}"))?;
        archive.persist(downloads.join(format!("{version}.zip"))).map_err(|e| failed(e.error))?;
        crate::files::replace(&downloads.join(format!("{version}.mod")), &module_file).map_err(failed)?;
        // What another process put there meanwhile is the same.
        match fs::rename(&inside, &target) {
            Err(e) if !Path::new(&target).is_dir() => Err(failed(e)),
            _ => Ok(()),
        }
    }
}

impl World for Fetching<'_> {
    fn read(&self, path: &str) -> Result<std::sync::Arc<[u8]>, FileError> {
        self.disk.read(path)
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        self.disk.list(folder)
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        self.disk.kind(path)
    }

    fn standard_input(&self) -> Result<std::sync::Arc<[u8]>, FileError> {
        self.disk.standard_input()
    }

    fn tag_variable(&self, name: &str) -> Option<String> {
        self.disk.tag_variable(name)
    }

    fn module(&self, path: &str, version: &str) -> Result<String, String> {
        match (self.disk.module(path, version), self.registry) {
            (Ok(root), _) => Ok(root),
            (Err(why), None) => Err(why),
            (Err(_), Some(registry)) => {
                registry.fetch(path, version)?;
                self.disk.module(path, version)
            }
        }
    }
}
