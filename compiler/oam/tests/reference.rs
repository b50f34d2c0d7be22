//! The pages in `docs/definitions` are what the built-in definitions say now.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vela_diagnostics::{Diagnostic, Sources};
use vela_oam::data::Value;
use vela_oam::definition::cue_form::{self, MetadataEvaluator};
use vela_oam::definition::{Definition, Template};
use vela_oam::engine::Engine;
use vela_oam::evaluator::Evaluator;
use vela_oam::reference;
use vela_syntax::ast::DeclId;

struct Metadata<'e>(&'e mut Evaluator);

impl MetadataEvaluator for Metadata<'_> {
    fn evaluate(&mut self, source: &Template, decls: &[DeclId]) -> Result<Value, Vec<Diagnostic>> {
        self.0.metadata(source, decls)
    }
}

/// The pages by name, as the definitions make them.
fn made() -> BTreeMap<String, String> {
    let (mut evaluator, mut sources) = (Evaluator::new(), Sources::new());
    let mut all: Vec<Definition> = Vec::new();
    for d in vela_definitions::definitions() {
        let id = sources.add(d.path, d.source);
        let read = cue_form::read(id, d.path, d.source.into(), &mut Metadata(&mut evaluator));
        all.push(read.expect("a definition").definition().expect("a kind"));
    }
    let named: Vec<(&Definition, String)> =
        all.iter().map(|d| (d, format!("{}/{}.md", d.kind.word(), d.name))).collect();
    let mut out: BTreeMap<String, String> =
        named.iter().map(|(d, name)| (name.clone(), reference::page(d, &mut evaluator))).collect();
    out.insert("README.md".to_owned(), reference::index(&named));
    out
}

fn on_disk(folder: &Path, root: &Path, out: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.is_dir() {
            on_disk(&path, root, out);
        } else {
            let name = path.strip_prefix(root).expect("inside").to_string_lossy().replace('\\', "/");
            out.insert(name, fs::read_to_string(&path).expect("a text"));
        }
    }
}

#[test]
fn the_pages_are_what_the_definitions_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/definitions");
    let mut there = BTreeMap::new();
    on_disk(&root, &root, &mut there);
    let made = made();
    let names = |m: &BTreeMap<String, String>| m.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&there), names(&made), "run `cargo xtask docs`");
    for (name, text) in &made {
        assert_eq!(&there[name], text, "docs/definitions/{name}: run `cargo xtask docs`");
    }
}
