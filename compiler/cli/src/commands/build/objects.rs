//! The objects of a build, by cluster, each once.

use std::collections::HashMap;
use std::sync::Arc;

use vela_oam::build::BuildResult;
use vela_oam::deploy::{Render, StepPlan, Work};
use vela_oam::inventory::LOCAL;
use vela_yaml::Data;

use super::Results;

/// An object and the cluster it is for.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Name of the cluster.
    pub cluster: Arc<str>,
    /// The object.
    pub manifest: Data,
}

impl Placed {
    fn text(&self, path: &[&str]) -> &str {
        self.manifest.at(path).and_then(Data::as_str).unwrap_or("")
    }

    /// Group of the API, `""` for the core.
    pub fn group(&self) -> &str {
        self.text(&["apiVersion"]).rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// Kind of the object.
    pub fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    /// Its namespace, `""` without.
    pub fn namespace(&self) -> &str {
        self.text(&["metadata", "namespace"])
    }

    /// What `kubectl -o name` prints: `deployment.apps/web`.
    pub fn kubectl_name(&self) -> String {
        let dot = if self.group().is_empty() { "" } else { "." };
        format!("{}{dot}{}/{}", self.kind().to_lowercase(), self.group(), self.name())
    }
}

/// All objects that a deployment applies, for the wanted clusters and steps; none means all. An object that several
/// steps apply counts as the last one has it, in the place of the first.
pub fn collect(results: &Results, clusters: &[String], steps: &[String]) -> Vec<Placed> {
    let mut out = Collected { clusters, all: Vec::new(), index: HashMap::new() };
    for built in &results.built {
        match &built.result {
            BuildResult::Deploy(Ok(plan), _) => {
                if steps.is_empty() {
                    for manifest in plan.policies.iter().flatten() {
                        out.add(LOCAL, manifest);
                    }
                }
                for step in &plan.steps {
                    out.step(step, steps, false);
                }
            }
            BuildResult::DryRun(Ok(sections), _) => {
                for object in sections.iter().flat_map(|s| &s.objects) {
                    out.add(LOCAL, &object.manifest);
                }
            }
            BuildResult::Deploy(Err(_), _) | BuildResult::DryRun(Err(_), _) => {}
        }
    }
    out.all
}

struct Collected<'a> {
    clusters: &'a [String],
    all: Vec<Placed>,
    index: HashMap<[String; 5], usize>,
}

impl Collected<'_> {
    fn step(&mut self, plan: &StepPlan, steps: &[String], inside: bool) {
        let wanted = inside || steps.is_empty() || steps.iter().any(|s| **s == *plan.step.name);
        if wanted {
            match &plan.work {
                Work::None | Work::Failed(_) => {}
                Work::Apply(render) => self.render(render),
                Work::Deploy { renders, .. } => renders.iter().for_each(|r| self.render(r)),
            }
        }
        for step in &plan.sub_steps {
            self.step(step, steps, wanted);
        }
    }

    fn render(&mut self, render: &Render) {
        let cluster = if render.cluster.is_empty() { LOCAL } else { &render.cluster };
        for object in render.objects.iter().flatten().filter(|o| o.apply) {
            self.add(cluster, &object.manifest);
        }
    }

    fn add(&mut self, cluster: &str, manifest: &Data) {
        if !self.clusters.is_empty() && !self.clusters.iter().any(|c| c == cluster) {
            return;
        }
        let placed = Placed { cluster: cluster.into(), manifest: manifest.clone() };
        let key =
            [cluster, placed.group(), placed.kind(), placed.namespace(), placed.name()].map(str::to_owned);
        match self.index.get(&key) {
            Some(at) => self.all[*at] = placed,
            None => {
                self.index.insert(key, self.all.len());
                self.all.push(placed);
            }
        }
    }
}
