//! What a trace found, as lines with their roles: places of properties in the Application or in an override policy, of
//! names, of what KubeVela adds.

use std::sync::Arc;

use vela_diagnostics::{SourceId, Span};

use super::patched::Maker;
use super::{Contribution, Role};
use crate::application::{Component, Policy};
use crate::build::Base;
use crate::data::{self, Value};
use crate::definition::library::shown_type;
use crate::deploy::{Planner, Render, StepPlan};
use crate::document::{DocPath, Document, Step};
use crate::engine::{Part, Trace};
use crate::policy::{OVERRIDE, TOPOLOGY, overriding};
use crate::tree::Path;

/// What stands for a secret value.
const HIDDEN: &str = "(hidden)";

/// Longest value of the context that is shown.
const LONGEST: usize = 80;

/// Everything that places are looked for in.
pub struct Places<'a> {
    pub base: &'a Base,
    pub planner: &'a Planner<'a>,
    pub step: &'a StepPlan,
    pub component: &'a Component,
    pub render: &'a Render,
    /// Values are not shown.
    pub secret: bool,
}

impl Places<'_> {
    /// The lines of what a trace found.
    pub fn lines(&self, maker: &Maker<'_>, traces: Vec<Trace>) -> Vec<Contribution> {
        let of = match maker.trait_at {
            None => format!("component {}", shown_type(&self.component.kind)),
            Some(at) => format!("trait {}", shown_type(&self.component.traits[at].kind)),
        };
        let mut out = Vec::with_capacity(traces.len());
        for trace in traces {
            match trace {
                Trace::Line(line) => {
                    let role = match line.part {
                        Part::Condition => Role::Condition,
                        Part::Default => Role::Default,
                        Part::Declared if line.of_parameter => Role::Parameter,
                        Part::Declared if maker.patches => Role::Patch,
                        Part::Declared => Role::Template,
                    };
                    let text = if self.secret { HIDDEN.to_owned() } else { line.text };
                    let place = Some((line.file, line.line, line.column));
                    out.push(Contribution { role, of: of.clone(), place, text });
                }
                Trace::Given(path) => out.push(self.property(maker.trait_at, &path, &of)),
                Trace::Context(path) => out.push(self.context(maker, &path)),
            }
        }
        out
    }

    /// Where a property was given.
    fn property(&self, trait_at: Option<usize>, path: &Path, of: &str) -> Contribution {
        let (origin, properties) = match trait_at {
            None => (&self.component.origin, self.component.properties.as_ref()),
            Some(at) => (&self.component.traits[at].origin, self.component.traits[at].properties.as_ref()),
        };
        let steps: DocPath = path.iter().map(step).collect();
        let value = properties.and_then(|p| super::value_at(p, &steps));
        let document = &self.planner.app.document;
        let below = |origin: &DocPath| -> DocPath {
            origin.iter().cloned().chain(["properties".into()]).chain(steps.iter().cloned()).collect()
        };
        if !origin.is_empty() {
            let path = below(origin);
            let written = document.value_at(&path).map(data::through_json);
            if written.is_some() && written == value.map(data::through_json) {
                return self.at(Role::Application, of, &path);
            }
        }
        if let Some(found) = self.overridden(trait_at, &steps, value) {
            return found;
        }
        // What stands deeper than what was written is shown at what was written.
        if !origin.is_empty() {
            let mut path = below(origin);
            while path.len() > origin.len() && document.value_at(&path).is_none() {
                path.pop();
            }
            return self.at(Role::Application, of, &path);
        }
        let text = value.map_or_else(String::new, |v| format!("{}: {}", path.join("."), self.short(v)));
        Contribution { role: Role::Application, of: of.to_owned(), place: None, text }
    }

    /// Where an override policy of the step gives a property; the last one counts.
    fn overridden(
        &self,
        trait_at: Option<usize>,
        steps: &DocPath,
        value: Option<&Value>,
    ) -> Option<Contribution> {
        let kind = trait_at.map(|at| &*self.component.traits[at].kind);
        for policy in self.policies().iter().rev().filter(|p| &*p.kind == OVERRIDE) {
            let Some(changes) = policy.properties.as_ref().and_then(|p| p.get("components")?.as_list())
            else {
                continue;
            };
            for (i, change) in changes.iter().enumerate().rev() {
                if !overriding::concerns(change, &self.component.name, &self.component.kind) {
                    continue;
                }
                let mut path: DocPath = vec!["properties".into(), "components".into(), i.into()];
                let mut properties = change.get("properties");
                if let Some(kind) = kind {
                    let traits = change.get("traits").and_then(Value::as_list).unwrap_or_default();
                    let Some(at) = traits.iter().rposition(|t| data::text(t, &["type"]) == kind) else {
                        continue;
                    };
                    path.extend(["traits".into(), at.into()]);
                    properties = traits[at].get("properties");
                }
                let Some(found) = properties.and_then(|p| super::value_at(p, steps)) else { continue };
                if value.is_some_and(|v| data::through_json(v) != data::through_json(found)) {
                    continue;
                }
                let of = format!("policy {}", policy.name);
                let text = format!("{}: {}", super::shown(steps), self.short(found));
                let below = path.into_iter().chain(["properties".into()]).chain(steps.iter().cloned());
                return Some(self.in_policy(Role::Override, policy, below.collect(), of, text));
            }
        }
        None
    }

    /// A line of a policy, in the Application or in a Policy object; `text` where it is written in neither.
    fn in_policy(
        &self,
        role: Role,
        policy: &Policy,
        below: DocPath,
        of: String,
        text: String,
    ) -> Contribution {
        let app = self.planner.app;
        let (document, path) = if policy.origin.is_empty() {
            match self.base.policy_document(&app.namespace, &policy.name) {
                Some(document) => (document, below),
                None => return Contribution { role, of, place: None, text },
            }
        } else {
            (&*app.document, policy.origin.iter().cloned().chain(below).collect())
        };
        self.in_document(role, of, document, &path)
    }

    /// The policies that the step names.
    fn policies(&self) -> Vec<Policy> {
        let properties = self.step.step.properties.as_ref();
        let named = properties.and_then(|p| p.get("policies")).and_then(Value::as_list).unwrap_or_default();
        let app = self.planner.app;
        let find = |name: &str| {
            let own = app.policies.iter().rev().find(|p| &*p.name == name);
            let external = self.planner.world.policies.iter();
            let mut external =
                external.filter(|(ns, p)| *ns == app.namespace && &*p.name == name).map(|(_, p)| p);
            own.or_else(|| external.next()).cloned()
        };
        named.iter().filter_map(Value::as_str).filter_map(find).collect()
    }

    fn context(&self, maker: &Maker<'_>, path: &Path) -> Contribution {
        let app = self.planner.app;
        let mut value: Option<&Value> = None;
        for (name, field) in maker.asked.context.fields() {
            if path.first().is_some_and(|first| **first == *name) {
                let steps: DocPath = path[1..].iter().map(step).collect();
                value = super::value_at(field, &steps);
            }
        }
        let value = value.map_or_else(String::new, |v| format!(" = {}", self.short(v)));
        let text = format!("context.{}{value}", path.join("."));
        let place: Option<DocPath> = match path.first().map(|p| &**p) {
            Some("name") if !self.component.origin.is_empty() => {
                Some(self.component.origin.iter().cloned().chain(["name".into()]).collect())
            }
            Some("appName") => Some(vec!["metadata".into(), "name".into()]),
            Some("namespace") if self.render.namespace.is_empty() => {
                Some(vec!["metadata".into(), "namespace".into()])
            }
            Some("appLabels") => Some(Self::metadata("labels", path)),
            Some("appAnnotations") => Some(Self::metadata("annotations", path)),
            _ => None,
        };
        let place = place.filter(|p| app.document.value_at(p).is_some());
        let place = place.and_then(|p| self.position(app.document.source, app.document.span(&p)));
        Contribution { role: Role::Context, of: "context".to_owned(), place, text }
    }

    fn metadata(field: &str, path: &Path) -> DocPath {
        ["metadata".into(), field.into()].into_iter().chain(path[1..].iter().map(step)).collect()
    }

    /// What KubeVela adds to a field of an object; `alone` where no template makes the field.
    pub fn oam(&self, path: &[Step], alone: bool) -> Vec<Contribution> {
        let app = self.planner.app;
        let names: Vec<&str> =
            path.iter().map_while(|s| if let Step::Name(n) = s { Some(&**n) } else { None }).collect();
        let added = |text: &str| Contribution {
            role: Role::Oam,
            of: "every object".to_owned(),
            place: None,
            text: text.to_owned(),
        };
        let own = |field: &str| -> Option<Contribution> {
            let path: DocPath =
                ["metadata".into(), field.into()].into_iter().chain(path[2..].iter().cloned()).collect();
            app.document.value_at(&path)?;
            Some(self.at(Role::Application, &format!("{field} of the Application"), &path))
        };
        match names.as_slice() {
            ["metadata", "namespace"] => self.namespace(alone),
            ["metadata", "name"] if alone => {
                let place: DocPath = self.component.origin.iter().cloned().chain(["name".into()]).collect();
                if self.component.origin.is_empty() {
                    return vec![added("the name of the component, where the object has none")];
                }
                vec![Contribution { role: Role::Oam, ..self.at(Role::Oam, "name of the component", &place) }]
            }
            ["metadata", "labels", label] => match own("labels") {
                Some(line) => vec![line],
                None if alone || label.contains("oam.dev/") => {
                    vec![added("a label that tells what the object belongs to")]
                }
                None => Vec::new(),
            },
            ["metadata", "annotations", _] => own("annotations").into_iter().collect(),
            _ if alone => vec![added("made by KubeVela; no template has a line for it")],
            _ => Vec::new(),
        }
    }

    fn namespace(&self, alone: bool) -> Vec<Contribution> {
        let app = self.planner.app;
        if self.render.namespace.is_empty() {
            let path: DocPath = vec!["metadata".into(), "namespace".into()];
            return if !alone {
                Vec::new()
            } else if app.document.value_at(&path).is_some() {
                vec![self.at(Role::Oam, "namespace of the Application", &path)]
            } else {
                let text = format!("the namespace of the Application: {}", app.namespace);
                vec![Contribution { role: Role::Oam, of: "every object".to_owned(), place: None, text }]
            };
        }
        let gives = |p: &&Policy| {
            let given = p.properties.as_ref().map_or("", |v| data::text(v, &["namespace"]));
            &*p.kind == TOPOLOGY && *given == *self.render.namespace
        };
        let policies = self.policies();
        let text = format!("namespace: {}", self.render.namespace);
        match policies.iter().find(gives) {
            Some(policy) => {
                let (below, of) =
                    (vec!["properties".into(), "namespace".into()], format!("policy {}", policy.name));
                vec![self.in_policy(Role::Oam, policy, below, of, text)]
            }
            None => {
                vec![Contribution {
                    role: Role::Oam,
                    of: format!("step {}", self.step.step.name),
                    place: None,
                    text,
                }]
            }
        }
    }

    /// A line of the Application.
    fn at(&self, role: Role, of: &str, path: &DocPath) -> Contribution {
        self.in_document(role, of.to_owned(), &self.planner.app.document, path)
    }

    fn in_document(&self, role: Role, of: String, document: &Document, path: &DocPath) -> Contribution {
        let span = document.span(path);
        let text = if self.secret { HIDDEN.to_owned() } else { self.line(document.source, span) };
        Contribution { role, of, place: self.position(document.source, span), text }
    }

    fn position(&self, source: SourceId, span: Span) -> Option<(String, u32, u32)> {
        let file = self.base.sources().get(source)?;
        let (line, column) = file.line_col(span.start);
        Some((file.name().to_owned(), line, column))
    }

    fn line(&self, source: SourceId, span: Span) -> String {
        let Some(file) = self.base.sources().get(source) else { return String::new() };
        let (line, _) = file.line_col(span.start);
        if file.hides(span) { HIDDEN.to_owned() } else { file.line_text(line).trim().to_owned() }
    }

    fn short(&self, value: &Value) -> String {
        if self.secret {
            return HIDDEN.to_owned();
        }
        let text = vela_yaml::to_json(value, vela_yaml::JsonStyle::COMPACT);
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }
}

fn step(text: &Arc<str>) -> Step {
    text.parse().map_or_else(|_| Step::Name(text.clone()), Step::Index)
}
