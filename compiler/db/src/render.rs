//! What rendering an Application finds that its form does not tell: bounds, patterns, conditions of templates,
//! conflicts with patches. Pure.

use vela_diagnostics::catalogue::application::BAD_PROPERTIES;
use vela_diagnostics::catalogue::rendering::{PATCH, RENDER};
use vela_oam::evaluator::Evaluator;
use vela_oam::{Compat, Inputs, Options, Source, build};

use crate::evaluate::Findings;

/// Renders the Applications of a file with the definitions they use. Only faults of evaluation are kept: whether
/// clusters and further objects are there, the editor cannot know. Sources are indices into the paths.
pub fn findings(application: Source, definitions: Vec<Source>) -> Findings {
    let inputs = Inputs { applications: vec![application], definitions, ..Inputs::default() };
    let options = Options { compat: Compat::DryRun, no_built_in: true, ..Options::default() };
    let outcome = build(&inputs, &options, &mut Evaluator::new());
    let of_evaluation = |code| [BAD_PROPERTIES, RENDER, PATCH].contains(&code);
    let diagnostics =
        outcome.diagnostics.into_iter().filter(|d| of_evaluation(d.code) && !d.labels.is_empty());
    Findings {
        diagnostics: diagnostics.collect(),
        paths: outcome.sources.ids().map(|id| outcome.sources.name(id).to_owned()).collect(),
    }
}
