//! The built-in definitions pass the tests that stand beside them, and `def vet` finds nothing in them but what they keep from
//! KubeVela's for the sake of Applications.

use std::fs;
use std::path::Path;

use vela_diagnostics::catalogue::definitions::{NOT_APPLICABLE, UNUSED_PARAMETER, USELESS_PATCH};
use vela_diagnostics::{Diagnostic, Severity, Sources};
use vela_oam::data::Value;
use vela_oam::definition::cue_form::{self, MetadataEvaluator};
use vela_oam::definition::{Definition, Template};
use vela_oam::engine::Engine;
use vela_oam::evaluator::Evaluator;
use vela_oam::{document, trial, vet};
use vela_syntax::ast::DeclId;

struct Metadata<'e>(&'e mut Evaluator);

impl MetadataEvaluator for Metadata<'_> {
    fn evaluate(&mut self, source: &Template, decls: &[DeclId]) -> Result<Value, Vec<Diagnostic>> {
        self.0.metadata(source, decls)
    }
}

fn built_in(evaluator: &mut Evaluator, sources: &mut Sources) -> Vec<Definition> {
    let one = |d: &vela_definitions::Embedded| {
        let id = sources.add(d.path, d.source);
        let read = cue_form::read(id, d.path, d.source.into(), &mut Metadata(evaluator));
        read.expect("a definition").definition().expect("a kind")
    };
    vela_definitions::definitions().iter().map(one).collect()
}

#[test]
fn the_tests_of_definitions_pass() {
    let (mut evaluator, mut sources) = (Evaluator::new(), Sources::new());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../definitions");
    let mut ran = 0;
    for definition in built_in(&mut evaluator, &mut sources) {
        let path = format!("{}/{}.test.yaml", definition.kind.word(), definition.name);
        let Ok(text) = fs::read_to_string(root.join(&path)) else { continue };
        let id = sources.add(path.as_str(), text.as_str());
        let (documents, faults) = document::read(id, &path, &text);
        assert!(faults.is_empty(), "{path}: {faults:?}");
        let tests = trial::read(&documents[0]).unwrap_or_else(|faults| panic!("{path}: {faults:?}"));
        for case in &tests.cases {
            let made = trial::run(&definition, case, &mut evaluator, &mut |_, _| {});
            assert!(case.fits(&made), "{path}: {}: {made:?}", case.name);
            ran += 1;
        }
    }
    assert!(ran > 0, "there are no tests");
}

#[test]
fn vet_finds_nothing_new() {
    let (mut evaluator, mut sources) = (Evaluator::new(), Sources::new());
    for definition in built_in(&mut evaluator, &mut sources) {
        for found in vet::vet(&definition, &mut evaluator) {
            let kept = [UNUSED_PARAMETER, USELESS_PATCH, NOT_APPLICABLE].contains(&found.code);
            let known = kept && found.severity == Severity::Warning;
            assert!(
                known,
                "{}/{}: {} {}",
                definition.kind.word(),
                definition.name,
                found.code,
                found.message
            );
        }
    }
}
