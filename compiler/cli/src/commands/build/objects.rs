//! The objects of a build, by cluster, each once, as they are written.

use std::fmt::Write as _;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_oam::build::{BuildResult, Built};
use vela_oam::deploy::{Render, StepPlan, Work};
use vela_oam::inventory::LOCAL;
use vela_yaml::{Data, JsonStyle, YamlStyle, to_json, to_yaml};

use super::Form;

/// An object as text, with its identity: the cluster it is for, and what tells it apart there.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Name of the cluster.
    pub cluster: Arc<str>,
    /// Group of the API, `""` for the core.
    pub group: Box<str>,
    /// Kind of the object.
    pub kind: Box<str>,
    /// Its namespace, `""` without.
    pub namespace: Box<str>,
    /// Its name.
    pub name: Box<str>,
    /// The object in the form that was asked for.
    pub text: String,
}

impl Placed {
    /// An object as text of this form.
    pub fn new(cluster: Arc<str>, manifest: &Data, form: Form) -> Self {
        let text = |path: &[&str]| manifest.at(path).and_then(Data::as_str).unwrap_or("");
        let group = text(&["apiVersion"]).rsplit_once('/').map_or("", |(group, _)| group);
        let mut placed = Self {
            cluster,
            group: group.into(),
            kind: text(&["kind"]).into(),
            namespace: text(&["metadata", "namespace"]).into(),
            name: text(&["metadata", "name"]).into(),
            text: String::new(),
        };
        placed.text = match form {
            Form::Yaml => to_yaml(manifest, YamlStyle::Kubernetes),
            Form::Json => to_json(manifest, JSON),
            Form::Name => placed.kubectl_name(),
            Form::Plan | Form::Dot => String::new(),
        };
        placed
    }

    /// What `kubectl -o name` prints: `deployment.apps/web`.
    fn kubectl_name(&self) -> String {
        let dot = if self.group.is_empty() { "" } else { "." };
        format!("{}{dot}{}/{}", self.kind.to_lowercase(), self.group, self.name)
    }

    fn key(&self) -> [&str; 5] {
        [&self.cluster, &self.group, &self.kind, &self.namespace, &self.name]
    }
}

const JSON: JsonStyle = JsonStyle { indent: Some(4), ..JsonStyle::GO };

/// Which objects are wanted, and how; no clusters and no steps mean all.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Only those for these clusters.
    pub clusters: &'a [String],
    /// Only those of these workflow steps.
    pub steps: &'a [String],
    /// As what.
    pub form: Form,
}

/// The objects that one Application's deployment applies, in order; an object may come several times.
pub fn of_application(built: &Built, wanted: Wanted<'_>) -> Vec<Placed> {
    let mut out = Collected { wanted, all: Vec::new() };
    match &built.result {
        BuildResult::Deploy(Ok(plan), _) => {
            if wanted.steps.is_empty() {
                for manifest in plan.policies.iter().flatten() {
                    out.add(&LOCAL.into(), manifest);
                }
            }
            for step in &plan.steps {
                out.step(step, false);
            }
        }
        BuildResult::DryRun(Ok(sections), _) => {
            for object in sections.iter().flat_map(|s| &s.objects) {
                out.add(&LOCAL.into(), &object.manifest);
            }
        }
        BuildResult::Deploy(Err(_), _) | BuildResult::DryRun(Err(_), _) => {}
    }
    out.all
}

/// Each object once: one that several steps apply counts as the last one has it, in the place of the first.
pub fn each_once(all: Vec<Placed>) -> Vec<Placed> {
    let places: Vec<usize> = {
        let mut last: FxHashMap<[&str; 5], usize> = FxHashMap::default();
        let mut order: Vec<[&str; 5]> = Vec::with_capacity(all.len());
        for (at, placed) in all.iter().enumerate() {
            if last.insert(placed.key(), at).is_none() {
                order.push(placed.key());
            }
        }
        order.iter().filter_map(|key| last.get(key).copied()).collect()
    };
    if places.len() == all.len() {
        return all;
    }
    let mut all: Vec<Option<Placed>> = all.into_iter().map(Some).collect();
    places.into_iter().filter_map(|at| all[at].take()).collect()
}

struct Collected<'a> {
    wanted: Wanted<'a>,
    all: Vec<Placed>,
}

impl Collected<'_> {
    fn step(&mut self, plan: &StepPlan, inside: bool) {
        let steps = self.wanted.steps;
        let wanted = inside || steps.is_empty() || steps.iter().any(|s| **s == *plan.step.name);
        if wanted {
            match &plan.work {
                Work::None | Work::Failed(_) => {}
                Work::Apply(render) => self.render(render),
                Work::Deploy { renders, .. } => renders.iter().for_each(|r| self.render(r)),
            }
        }
        for step in &plan.sub_steps {
            self.step(step, wanted);
        }
    }

    fn render(&mut self, render: &Render) {
        let local: Arc<str> = LOCAL.into();
        let cluster = if render.cluster.is_empty() { &local } else { &render.cluster };
        for object in render.objects.iter().flatten().filter(|o| o.apply) {
            self.add(cluster, &object.manifest);
        }
    }

    fn add(&mut self, cluster: &Arc<str>, manifest: &Data) {
        let clusters = self.wanted.clusters;
        if !clusters.is_empty() && !clusters.iter().any(|c| **c == **cluster) {
            return;
        }
        self.all.push(Placed::new(cluster.clone(), manifest, self.wanted.form));
    }
}

/// All objects as one text.
pub fn text(form: Form, objects: &[Placed]) -> String {
    let size: usize = objects.iter().map(|o| o.text.len() + 64).sum();
    let mut out = String::with_capacity(size);
    match form {
        Form::Yaml => {
            let many = objects.iter().any(|o| o.cluster != objects[0].cluster);
            for (n, object) in objects.iter().enumerate() {
                if n > 0 {
                    out.push_str("---\n");
                }
                if many {
                    let _ = writeln!(out, "# cluster: {}", object.cluster);
                }
                out.push_str(&object.text);
            }
        }
        Form::Json => {
            out.push_str("{\n    \"apiVersion\": \"v1\",\n    \"items\": [");
            for (n, object) in objects.iter().enumerate() {
                out.push_str(if n > 0 { ",\n        " } else { "\n        " });
                // No string of JSON has a line break in it.
                for (i, line) in object.text.lines().enumerate() {
                    if i > 0 {
                        out.push_str("\n        ");
                    }
                    out.push_str(line);
                }
            }
            out.push_str(if objects.is_empty() { "],\n" } else { "\n    ],\n" });
            out.push_str("    \"kind\": \"List\"\n}\n");
        }
        Form::Name => {
            for object in objects {
                let _ = writeln!(out, "{}", object.text);
            }
        }
        Form::Plan | Form::Dot => {}
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(name: &str, value: &str, form: Form) -> Placed {
        let text = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{a: [1, {{}}, []], b: {value}}}\n"
        );
        Placed::new("local".into(), &vela_yaml::parse(&text).docs[0].to_data(), form)
    }

    #[test]
    fn the_last_counts_in_the_place_of_the_first() {
        let of = |name, value| placed(name, value, Form::Yaml);
        let all = vec![of("a", "1"), of("b", "2"), of("a", "3"), of("c", "4")];
        assert_eq!(each_once(all), [of("a", "3"), of("b", "2"), of("c", "4")]);
    }

    #[test]
    fn a_list_is_laid_out_as_one_value() {
        for count in 0..3 {
            let objects: Vec<Placed> =
                (0..count).map(|n| placed(&format!("n{n}"), "\"x\\ny\"", Form::Json)).collect();
            let items = objects.iter().map(|o| vela_yaml::parse_json(&o.text).docs[0].to_data()).collect();
            let list = Data::Map(vec![
                ("apiVersion".into(), Data::str("v1")),
                ("items".into(), Data::List(items)),
                ("kind".into(), Data::str("List")),
            ]);
            assert_eq!(text(Form::Json, &objects), format!("{}\n", to_json(&list, JSON)));
        }
        assert_eq!(text(Form::Name, &[placed("web", "1", Form::Name)]), "deployment.apps/web\n");
    }
}
