//! Protocol Buffers' definitions as CUE: a message is a definition, a field an optional field with `@protobuf(…)`, a
//! oneof a disjunction, an enum a disjunction of its values.
//!
//! | file | idea |
//! |---|---|
//! | `lex.rs`, `tree.rs`, `parse.rs` | the text of a `.proto` file, as its declarations |
//! | `names.rs` | what names of types mean, across files |
//! | `convert.rs` | declarations as CUE source |

mod convert;
mod lex;
mod names;
mod parse;
mod tree;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::Span;

use names::Names;

/// How values of enums are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Enums {
    /// As numbers, each with a definition.
    Int,
    /// As strings with the number beside.
    #[default]
    Json,
}

/// How files are converted.
#[derive(Clone, Debug, Default)]
pub struct ProtoOptions {
    /// The name of the packages; each file's own where it is empty.
    pub package: String,
    /// How values of enums are written.
    pub enums: Enums,
}

/// What is wrong with a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProtoFault {
    /// The file, as it was named to [`Protos::add`] or by the search.
    pub file: String,
    /// Where.
    pub span: Option<Span>,
    /// What.
    pub message: String,
}

/// A file as CUE.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProtoFile {
    /// Its name.
    pub name: String,
    /// The CUE source, laid out roughly; empty if the file could not be converted.
    pub cue: String,
    /// The path that its package is imported by, without a package name.
    pub import_path: String,
    /// The text of the file.
    pub text: Arc<str>,
}

/// Finds a file that is imported: its name and text.
pub type FindProto<'a> = &'a mut dyn FnMut(&str) -> Option<(String, Arc<str>)>;

/// Most files that are read for one conversion.
const MAX_FILES: usize = 10_000;
/// Longest chain of imports.
const MAX_CHAIN: usize = 100;

/// Files that are converted together.
#[derive(Debug, Default)]
pub struct Protos {
    options: ProtoOptions,
    files: Vec<ProtoFile>,
    names: Vec<Names>,
    known: FxHashMap<String, usize>,
    /// Files that are being read.
    chain: Vec<String>,
}

impl Protos {
    /// Without files.
    pub fn new(options: ProtoOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// Adds a file, and all that it imports. Fails where one of them cannot be read or names what there is not.
    pub fn add(&mut self, name: &str, text: Arc<str>, find: FindProto<'_>) -> Result<usize, ProtoFault> {
        if let Some(known) = self.known.get(name) {
            return Ok(*known);
        }
        let here = |mut fault: ProtoFault| {
            if fault.file.is_empty() {
                name.clone_into(&mut fault.file);
            }
            fault
        };
        let file = parse::parse(&text).map_err(here)?;
        self.chain.push(name.to_owned());
        let mut names = Names::of(&file, &self.options.package).map_err(here)?;
        for (span, import) in &file.imports {
            if names.add_known(import) {
                continue;
            }
            let fault = |message: String| ProtoFault { file: name.to_owned(), span: Some(*span), message };
            let Some((found, text)) = find(import) else {
                return Err(fault(format!("could not find import {import:?}")));
            };
            if self.chain.contains(&found) {
                return Err(fault(format!("import cycle: {import:?} imports this file")));
            }
            if self.chain.len() >= MAX_CHAIN || self.files.len() >= MAX_FILES {
                return Err(fault("too many imports".to_owned()));
            }
            let other = self.add(&found, text, find)?;
            names.add_import(other, &self.names[other]);
        }
        self.chain.pop();
        let cue = convert::file(&file, &mut names, &self.names, self.options.enums).map_err(here)?;
        let import_path = names.import_path.clone();
        self.files.push(ProtoFile { name: name.to_owned(), cue, import_path, text });
        self.names.push(names);
        self.known.insert(name.to_owned(), self.files.len() - 1);
        Ok(self.files.len() - 1)
    }

    /// All files, those that are imported before those that import them.
    pub fn files(&self) -> &[ProtoFile] {
        &self.files
    }
}
