//! What rendering an Application gives: findings that its form does not tell (bounds, patterns, conditions of templates,
//! conflicts with patches, what the API server of a cluster would refuse), and the objects for a preview. Pure.

use std::sync::Arc;

use vela_diagnostics::catalogue::application::BAD_PROPERTIES;
use vela_diagnostics::catalogue::kubernetes;
use vela_diagnostics::catalogue::rendering::{EMPTY_RESULT, PATCH, RENDER};
use vela_diagnostics::{Code, Diagnostic, Severity};
use vela_kubernetes::Crds;
use vela_oam::build::BuildResult;
use vela_oam::inventory::{LOCAL, Version};
use vela_oam::validate::Validation;
use vela_oam::{Inputs, Options, Source, build, data};
use vela_yaml::{Data, YamlStyle};

use crate::evaluate::Findings;
use crate::facts::ClusterFact;
use crate::ticking::Ticking;

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
    /// The object, as YAML.
    pub yaml: Arc<str>,
    /// Group, kind, namespace and name.
    identity: [Arc<str>; 4],
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
            out.push_str(&object.yaml);
            if !out.ends_with('\n') {
                out.push('\n');
            }
        }
        out
    }
}

/// What a rendering starts from, beside the file with the Applications.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// The definitions that are used.
    pub definitions: Vec<Source>,
    /// Policies and workflows of their own.
    pub objects: Vec<Source>,
    /// The inventory of clusters.
    pub inventory: Option<Source>,
    /// Clusters that the Applications name and the inventory may not have, with labels. They count as there: which
    /// clusters there are, the editor cannot know.
    pub assumed: Vec<ClusterFact>,
    /// Definitions of custom resources.
    pub crds: Arc<Crds>,
}

/// Renders the Applications of a file as they are deployed: what evaluation and the API servers find, by sources that are
/// indices into the paths; and the objects. `tick` unwinds when nobody waits for it any more.
pub fn deploy(application: Source, around: Surroundings, tick: &dyn Fn()) -> (Findings, Preview) {
    let inputs = Inputs {
        applications: vec![application],
        definitions: around.definitions,
        objects: around.objects,
        clusters: with_assumed(around.inventory, &around.assumed),
        ..Inputs::default()
    };
    let options = Options {
        no_built_in: true,
        assumed_version: Some(Version::newest()),
        validation: Some(Validation { crds: around.crds, refuse: true }),
        ..Options::default()
    };
    let outcome = build(&inputs, &options, &mut Ticking::new(tick));
    let mut preview = Preview::default();
    for cluster in &around.assumed {
        preview
            .problems
            .push(format!("no inventory has the cluster `{}`; it is taken as there", cluster.name));
    }
    let errors = outcome.diagnostics.iter().filter(|d| d.severity == Severity::Error);
    for diagnostic in errors.filter(|d| !of_servers(d)) {
        if !preview.problems.contains(&diagnostic.message) {
            preview.problems.push(diagnostic.message.clone());
        }
    }
    for built in &outcome.built {
        let BuildResult::Deploy(Ok(plan), _) = &built.result else { continue };
        for manifest in plan.policies.iter().flatten() {
            preview.add(&built.name, LOCAL, manifest);
        }
        for render in plan.renders() {
            let cluster = if render.cluster.is_empty() { LOCAL } else { &render.cluster };
            for object in render.objects.iter().flatten().filter(|o| o.apply) {
                preview.add(&built.name, cluster, &object.manifest);
            }
        }
    }
    let told = |d: &Diagnostic| OF_EVALUATION.contains(&d.code) || of_servers(d);
    let diagnostics = outcome.diagnostics.into_iter().filter(|d| told(d) && !d.labels.is_empty());
    let paths = outcome.sources.ids().map(|id| outcome.sources.name(id).to_owned());
    let findings = Findings { diagnostics: diagnostics.collect(), paths: paths.collect() };
    (findings, preview)
}

/// What evaluation finds; what the form of an Application tells is told with that.
const OF_EVALUATION: [Code; 4] = [BAD_PROPERTIES, RENDER, PATCH, EMPTY_RESULT];

/// Whether an API server would say it.
fn of_servers(diagnostic: &Diagnostic) -> bool {
    kubernetes::ENTRIES.iter().any(|e| e.code == diagnostic.code)
}

/// The inventory with further clusters.
fn with_assumed(inventory: Option<Source>, assumed: &[ClusterFact]) -> Option<Source> {
    if assumed.is_empty() {
        return inventory;
    }
    let mut out = inventory.unwrap_or_else(|| Source { name: "inventory".into(), text: "".into() });
    let text = |t: &Arc<str>| Data::Str(t.clone());
    let clusters = assumed.iter().map(|cluster| {
        let labels = cluster.labels.iter().map(|(k, v)| (k.clone(), text(v)));
        data::map([("name", text(&cluster.name)), ("labels", Data::Map(labels.collect()))])
    });
    let more = data::map([("clusters", Data::List(clusters.collect()))]);
    let more = vela_yaml::to_yaml(&more, YamlStyle::Cue);
    out.text =
        if out.text.trim().is_empty() { more.into() } else { format!("{}\n---\n{more}", out.text).into() };
    Some(out)
}

impl Preview {
    /// An object that several steps apply counts as the last one has it, in the place of the first.
    fn add(&mut self, application: &Arc<str>, cluster: &str, manifest: &Data) {
        let text = |path: &[&str]| manifest.at(path).and_then(Data::as_str).unwrap_or("");
        let group = text(&["apiVersion"]).rsplit_once('/').map_or("", |(group, _)| group);
        let (namespace, name) = (text(&["metadata", "namespace"]), text(&["metadata", "name"]));
        let object = PreviewObject {
            application: application.clone(),
            cluster: cluster.into(),
            yaml: vela_yaml::to_yaml(manifest, YamlStyle::Cue).into(),
            identity: [group, text(&["kind"]), namespace, name].map(Into::into),
        };
        match self.objects.iter_mut().find(|o| *o.cluster == *cluster && o.identity == object.identity) {
            Some(there) => *there = object,
            None => self.objects.push(object),
        }
    }
}
