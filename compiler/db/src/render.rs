//! What rendering an Application gives: findings that its form does not tell (bounds, patterns, conditions of templates,
//! conflicts with patches), and the objects for a preview. Pure.

use std::sync::Arc;

use vela_diagnostics::Severity;
use vela_diagnostics::catalogue::application::BAD_PROPERTIES;
use vela_diagnostics::catalogue::rendering::{PATCH, RENDER};
use vela_oam::build::BuildResult;
use vela_oam::evaluator::Evaluator;
use vela_oam::inventory::LOCAL;
use vela_oam::inventory::Version;
use vela_oam::{Compat, Inputs, Options, Source, build};
use vela_yaml::{Data, YamlStyle};

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

/// What the Applications of a file become.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Preview {
    /// The objects, in the order in which they are applied.
    pub objects: Vec<PreviewObject>,
    /// What went wrong.
    pub problems: Vec<String>,
}

/// A rendered object.
#[derive(Clone, PartialEq, Debug)]
pub struct PreviewObject {
    /// The Application.
    pub application: Arc<str>,
    /// The cluster that it is for.
    pub cluster: Arc<str>,
    /// The object.
    pub manifest: Data,
}

impl Preview {
    /// The clusters that objects are for, in order.
    pub fn clusters(&self) -> Vec<Arc<str>> {
        let mut out: Vec<Arc<str>> = Vec::new();
        for object in &self.objects {
            if !out.contains(&object.cluster) {
                out.push(object.cluster.clone());
            }
        }
        out
    }

    /// The objects as YAML, of one Application or cluster where that is given. Problems stand above as comments; so
    /// does the cluster of what follows, where there are several.
    pub fn to_yaml(&self, application: Option<&str>, cluster: Option<&str>) -> String {
        let mut out = String::new();
        for problem in &self.problems {
            for line in problem.lines() {
                out.push_str("# ");
                out.push_str(line);
                out.push('\n');
            }
        }
        let several = cluster.is_none() && self.clusters().len() > 1;
        let wanted = self.objects.iter().filter(|o| {
            application.is_none_or(|a| *o.application == *a) && cluster.is_none_or(|c| *o.cluster == *c)
        });
        for object in wanted {
            if !out.is_empty() {
                out.push_str("---\n");
            }
            if several {
                out.push_str(&format!("# cluster: {}\n", object.cluster));
            }
            out.push_str(&vela_yaml::to_yaml(&object.manifest, YamlStyle::Cue));
            if !out.ends_with('\n') {
                out.push('\n');
            }
        }
        out
    }
}

/// Renders the Applications of a file as they are deployed.
pub fn preview(
    application: Source,
    definitions: Vec<Source>,
    objects: Vec<Source>,
    clusters: Option<Source>,
) -> Preview {
    let inputs =
        Inputs { applications: vec![application], definitions, objects, clusters, ..Inputs::default() };
    let options =
        Options { no_built_in: true, assumed_version: Some(Version::newest()), ..Options::default() };
    let outcome = build(&inputs, &options, &mut Evaluator::new());
    let mut out = Preview::default();
    for diagnostic in outcome.diagnostics.iter().filter(|d| d.severity == Severity::Error) {
        if !out.problems.contains(&diagnostic.message) {
            out.problems.push(diagnostic.message.clone());
        }
    }
    for built in &outcome.built {
        let BuildResult::Deploy(Ok(plan), _) = &built.result else { continue };
        for manifest in plan.policies.iter().flatten() {
            out.add(&built.name, LOCAL, manifest);
        }
        for render in plan.renders() {
            let cluster = if render.cluster.is_empty() { LOCAL } else { &render.cluster };
            for object in render.objects.iter().flatten().filter(|o| o.apply) {
                out.add(&built.name, cluster, &object.manifest);
            }
        }
    }
    out
}

impl Preview {
    /// An object that several steps apply counts as the last one has it, in the place of the first.
    fn add(&mut self, application: &Arc<str>, cluster: &str, manifest: &Data) {
        let identity = |m: &Data| {
            let text = |path: &[&str]| m.at(path).and_then(Data::as_str).unwrap_or("").to_owned();
            [
                text(&["apiVersion"]).rsplit_once('/').map_or(String::new(), |(group, _)| group.to_owned()),
                text(&["kind"]),
                text(&["metadata", "namespace"]),
                text(&["metadata", "name"]),
            ]
        };
        let own = identity(manifest);
        let object = PreviewObject {
            application: application.clone(),
            cluster: cluster.into(),
            manifest: manifest.clone(),
        };
        match self.objects.iter_mut().find(|o| *o.cluster == *cluster && identity(&o.manifest) == own) {
            Some(there) => *there = object,
            None => self.objects.push(object),
        }
    }
}
