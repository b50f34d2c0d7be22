//! `.proto` files as CUE files of the package: found in the folders of `-I` and in the module, converted by the crate of
//! the encodings.

use std::sync::Arc;

use vela_encoding::{ProtoFault, ProtoOptions, Protos};

use crate::error::{ErrorKind, LoadError, SourcePlace};
use crate::files::{Files, ParsedId, decode};
use crate::paths;
use crate::world::{FileError, World};

/// Where imports of `.proto` files are found, and how the files are converted.
#[derive(Clone, Debug, Default)]
pub struct ProtoSearch {
    /// Folders, absolute, the first that has a file wins.
    pub folders: Vec<String>,
    /// How files are converted.
    pub options: ProtoOptions,
}

impl ProtoSearch {
    /// Finds a file that is imported: its absolute path and text.
    pub fn find(&self, world: &dyn World, import: &str) -> Option<(String, Arc<str>)> {
        self.folders.iter().find_map(|folder| {
            let path = paths::join(folder, import);
            // An import names what lies below a folder, nothing beside it.
            paths::below(&path, folder)?;
            let bytes = world.read(&path).ok()?;
            Some((path, decode(&bytes)))
        })
    }
}

impl Files {
    /// Reads a `.proto` file as a CUE file.
    pub fn proto(
        &mut self,
        world: &dyn World,
        path: &str,
        folder: &str,
        search: &ProtoSearch,
    ) -> Result<ParsedId, Vec<LoadError>> {
        let bytes = if path == "-" { world.standard_input() } else { world.read(path) };
        let bytes = bytes.map_err(|e| {
            vec![match e {
                FileError::NotFound => LoadError::new(format!("stat {path}: no such file or directory")),
                FileError::Other(message) => LoadError::new(message),
            }]
        })?;
        let text = decode(&bytes);
        let mut protos = Protos::new(search.options.clone());
        let mut find = |import: &str| search.find(world, import);
        match protos.add(path, text.clone(), &mut find) {
            Ok(index) => {
                let shown = if path == "-" { "-".to_owned() } else { paths::shown(path, folder) };
                let cue = protos.files()[index].cue.clone();
                Ok(self.generated(path, &shown, &cue))
            }
            Err(fault) => Err(vec![self.proto_error(world, folder, &fault)]),
        }
    }

    /// What is wrong with a file, at its place.
    fn proto_error(&mut self, world: &dyn World, folder: &str, fault: &ProtoFault) -> LoadError {
        let text = world.read(&fault.file).map_or_else(|_| Arc::from(""), |bytes| decode(&bytes));
        let Some(span) = fault.span.filter(|s| (s.start as usize) <= text.len()) else {
            return LoadError::new(fault.message.clone());
        };
        let source = self.sources.add(paths::shown(&fault.file, folder), text);
        let place = SourcePlace { source, span };
        LoadError { kind: ErrorKind::Syntax, ..LoadError::at(place, fault.message.clone()) }
    }
}
