//! Definitions for the commands that look at them: the built-in ones and those of files.

use std::sync::Arc;

use vela_diagnostics::catalogue::definitions::DEFINITION;
use vela_diagnostics::{Diagnostic, SourceId, Sources};
use vela_oam::build::Source;
use vela_oam::data::Value;
use vela_oam::definition::cue_form::{self, CueDefinition, MetadataEvaluator};
use vela_oam::definition::object_form::{self, Object, Revision};
use vela_oam::definition::{Definition, Kind, Template};
use vela_oam::document;
use vela_oam::engine::Engine;
use vela_syntax::ast::DeclId;

/// A definition in CUE.
pub struct Known {
    /// The definition.
    pub definition: CueDefinition,
    /// Its kind.
    pub kind: Kind,
    /// Whether it comes with the program.
    pub built_in: bool,
}

impl Known {
    /// What it says about itself.
    pub fn description(&self) -> &str {
        self.definition.annotations.get("definition.oam.dev/description").map_or("", |d| &**d)
    }
}

/// Reads definitions in CUE, the given ones first; those that a given one replaces are left out.
pub fn read(
    given: &[Source],
    built_in: bool,
    engine: &mut dyn Engine,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Known> {
    let mut out: Vec<Known> = Vec::new();
    let embedded = vela_definitions::definitions().iter().filter(|_| built_in);
    let embedded = embedded.map(|d| (Source { name: d.path.into(), text: d.source.into() }, true));
    let given = given.iter().filter(|s| s.name.ends_with(".cue")).map(|s| (s.clone(), false));
    for (source, built_in) in given.chain(embedded) {
        let id = sources.add(source.name.clone(), source.text.clone());
        match one(id, &source.name, source.text, engine) {
            Ok(definition) => {
                let Some(kind) = definition.kind else {
                    let message = format!("definition `{}` has no `type`", definition.name);
                    let help = "say what it defines: `type: \"component\"`, or trait, policy, workflow-step";
                    let fault =
                        Diagnostic::error(DEFINITION, message).at(id, definition.name_span).help(help);
                    diagnostics.push(fault);
                    continue;
                };
                let same = |k: &Known| k.kind == kind && k.definition.name == definition.name;
                if !out.iter().any(same) {
                    out.push(Known { definition, kind, built_in });
                }
            }
            Err(faults) => diagnostics.extend(faults),
        }
    }
    out.sort_by(|a, b| (a.kind.word(), &a.definition.name).cmp(&(b.kind.word(), &b.definition.name)));
    out
}

/// Reads definitions in both forms, `.cue` files and objects, in order.
pub fn full(
    given: &[Source],
    engine: &mut dyn Engine,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Definition> {
    let mut out = Vec::new();
    for source in given {
        if source.name.ends_with(".cue") {
            let own = read(std::slice::from_ref(source), false, engine, sources, diagnostics);
            out.extend(own.into_iter().filter_map(|k| k.definition.definition()));
            continue;
        }
        let id = sources.add(source.name.clone(), source.text.clone());
        let (documents, faults) = document::read(id, &source.name, &source.text);
        diagnostics.extend(faults);
        for document in &documents {
            match object_form::read(document, sources) {
                Some(Ok(Object::Definition(definition) | Object::Revision(Revision { definition, .. }))) => {
                    out.push(definition);
                }
                Some(Err(faults)) => diagnostics.extend(faults),
                None => {}
            }
        }
    }
    out
}

fn one(
    id: SourceId,
    name: &str,
    text: Arc<str>,
    engine: &mut dyn Engine,
) -> Result<CueDefinition, Vec<Diagnostic>> {
    cue_form::read(id, name, text, &mut Metadata(engine))
}

/// An engine as an evaluator of metadata.
pub struct Metadata<'e>(pub &'e mut dyn Engine);

impl MetadataEvaluator for Metadata<'_> {
    fn evaluate(&mut self, source: &Template, decls: &[DeclId]) -> Result<Value, Vec<Diagnostic>> {
        self.0.metadata(source, decls)
    }
}
