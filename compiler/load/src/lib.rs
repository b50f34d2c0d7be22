//! From command line arguments to a lowered program: packages, their files and imports, build tags, injected
//! values. Evaluates nothing, and sees the outside through [`World`] only.
//!
//! | file | idea |
//! |---|---|
//! | `world.rs` | the door to files, variables, modules |
//! | `arguments.rs` | what arguments mean |
//! | `module.rs` | `cue.mod/module.cue` |
//! | `module_file.rs` | the module file as data to be changed and written |
//! | `files.rs` | reading files; which of a folder make up a package |
//! | `build_tags.rs` | `@if(…)`, `@ignore()` |
//! | `tags.rs` | `@tag(…)` |
//! | `import_path.rs`, `imports.rs` | where an import leads |
//! | `data.rs` | data files as files of the program |
//! | `embed.rs` | `@embed(…)` |
//! | `packages.rs` | packages with all they import, lowered |
//! | `lowered.rs` | packages that were lowered before |
//! | `instances.rs` | which packages the arguments name |
//! | `source_files.rs` | which CUE files they name, for commands that rewrite source |
//! | `schemas.rs` | JSON Schema and OpenAPI as CUE files |
//! | `protobuf.rs` | `.proto` files as CUE files |
//! | `placement.rs` | documents below labels and in lists |

mod arguments;
mod attribute;
mod build_tags;
mod data;
mod embed;
mod error;
mod files;
mod import_path;
mod imports;
mod instances;
mod lowered;
mod module;
mod module_file;
mod packages;
pub mod paths;
mod placement;
mod protobuf;
mod schemas;
mod source_files;
mod tags;
#[cfg(test)]
mod tests;
mod world;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::{SourceId, Sources};
use vela_ir::{ExprId, FileId, Ir, Package, PackageId, Version};

pub use arguments::{Arguments, FileArgument, classify};
pub use build_tags::{BuildAttribute, Tags, build_attribute};
pub use data::{Built, BuiltValue, DataFile, Format};
pub use error::{ErrorKind, LoadError, SourcePlace};
pub use files::{decode, encoding};
pub use lowered::Lowered;
pub use module::{Dependency, Module, bad_module_path, find_root};
pub use module_file::{ModuleFile, Requirement};
pub use placement::Tree;
pub use protobuf::ProtoSearch;
pub use schemas::{Interpretation, interpretation, schema};
pub use source_files::{SourceFile, folders_below, language_of, module_of, package_name, source_files};
pub use tags::TagSet;
pub use world::{Entry, EntryKind, FileError, MemoryWorld, Parsed, World};

/// What to load, and how.
pub struct LoadOptions<'a> {
    /// The working folder: absolute, cleaned.
    pub folder: &'a str,
    /// Packages and files; none means the package of the working folder.
    pub args: &'a [String],
    /// Values of `-t`: `key=value`, or `name` for `@if(name)` and shorthands.
    pub tags: &'a [String],
    /// Whether tags that ask for a variable get it (`-T`).
    pub variables: bool,
    /// Whether `_tool.cue` files take part.
    pub tools: bool,
    /// Whether `_test.cue` files take part.
    pub tests: bool,
    /// Whether data files that say they are JSON Schema or OpenAPI are read as schemas.
    pub schemas: bool,
    /// Where imports of `.proto` files are found.
    pub protos: ProtoSearch,
    /// Whether a path is one of the standard library's packages.
    pub builtin: &'a dyn Fn(&str) -> bool,
}

/// A package that the arguments name, or all files they name.
#[derive(Clone, PartialEq, Debug)]
pub struct Instance {
    /// How messages call it: the argument, or `command-line-arguments`.
    pub display: String,
    /// Its identity.
    pub id: String,
    /// Its name, `""` without.
    pub name: String,
    /// Its folder.
    pub folder: String,
    /// The language version of its module.
    pub version: Version,
    /// The lowered package; `None` where there are errors.
    pub package: Option<PackageId>,
    /// Absolute paths of its CUE files.
    pub files: Vec<String>,
    /// Absolute paths of the data files in its folder.
    pub data: Vec<String>,
    /// What is wrong with it.
    pub errors: Vec<LoadError>,
}

/// The outcome of loading.
pub struct Loaded {
    /// The program: all packages without errors.
    pub ir: Ir,
    /// The texts of all files read.
    pub sources: Sources,
    /// The source of each file of the program.
    pub file_sources: Vec<SourceId>,
    /// Instances, in the order of the arguments; files named one by one are the last.
    pub instances: Vec<Instance>,
    /// Data files among the arguments.
    pub data: Vec<DataFile>,
    /// The module of the working folder; without a path where there is none.
    pub module: Module,
    /// The imported packages, where more were lowered than were given.
    known: Option<Arc<FxHashMap<String, Arc<lowered::Known>>>>,
    /// Whether the program is that of [`Lowered`] with more at its end.
    onto: bool,
}

/// A program with one instance.
pub struct Program {
    /// The program.
    pub ir: Ir,
    /// The texts of all files read.
    pub sources: Sources,
    /// The source of each file of the program.
    pub file_sources: Vec<SourceId>,
    /// The instance.
    pub main: PackageId,
}

/// Loads what the arguments name.
pub fn load(world: &dyn World, options: &LoadOptions<'_>) -> Loaded {
    instances::load(world, options, None)
}

/// The same, with what was lowered for earlier programs of the module, and is taken where files still have the trees that
/// [`World::parsed`] gave then. What is not imported any more stays in the program.
pub fn load_onto(world: &dyn World, options: &LoadOptions<'_>, lowered: &Lowered) -> Loaded {
    instances::load(world, options, Some(lowered))
}

impl Loaded {
    /// What later programs can take up; `None` where that is no more than this one was given.
    pub fn lowered(&mut self) -> Option<Lowered> {
        let known = self.known.take()?;
        Some(Lowered::new(self.module.clone(), self.ir.clone(), known))
    }

    /// All errors of all instances, those that several share once.
    pub fn errors(&self) -> Vec<LoadError> {
        let mut out: Vec<LoadError> = Vec::new();
        for error in self.instances.iter().flat_map(|i| &i.errors) {
            if !out.contains(error) {
                out.push(error.clone());
            }
        }
        out
    }

    /// A package of the files of `base`, if given, and of documents: their values unified.
    pub fn package_with(&mut self, base: Option<PackageId>, documents: &[FileId]) -> PackageId {
        let mut package = match base {
            Some(base) => self.ir.packages[base.index()].clone(),
            None => Package { id: "_".to_string(), name: String::new(), files: Vec::new() },
        };
        package.files.extend_from_slice(documents);
        let id = PackageId(self.ir.packages.len() as u32);
        self.ir.packages.push(package);
        id
    }

    /// Puts a value in the place of an expression of a data file.
    pub fn replace(&mut self, x: ExprId, built: &Built) {
        let file = self.ir.place(x).file;
        let made = data::Reader { ir: &mut self.ir, file }.built(built);
        self.ir.exprs[x.index()] = self.ir.expr(made);
    }

    /// Makes a value the content of a data file.
    pub fn fill(&mut self, file: FileId, built: &Built) {
        let mut reader = data::Reader { ir: &mut self.ir, file };
        let value = reader.built(built);
        reader.finish(value);
    }

    /// The program of the only instance; the errors and the texts they are about where there are any.
    pub fn single(self) -> Result<Program, (Vec<LoadError>, Sources)> {
        let errors = self.errors();
        match self.instances.first().and_then(|i| i.package) {
            Some(main) if errors.is_empty() => {
                let Self { ir, sources, file_sources, .. } = self;
                Ok(Program { ir, sources, file_sources, main })
            }
            _ => Err((errors, self.sources)),
        }
    }
}
