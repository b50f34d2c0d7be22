//! What a build renders: each object against the API of the cluster it goes to. A finding stands at the property that the
//! user wrote, where the value comes from one; else at the line of the definition that makes it.

use std::collections::HashMap;
use std::sync::Arc;

use vela_diagnostics::catalogue::kubernetes::MISSING_FIELD;
use vela_diagnostics::{Diagnostic, Severity, SourceId, Span};
use vela_kubernetes::{Checker, Crds, Finding};

use super::provenance::{Made, made};
use super::{doc_path, minor, told};
use crate::application::{Application, Component};
use crate::data::{self, Value};
use crate::definition::Definition;
use crate::definition::library::shown_type;
use crate::deploy::{DeployPlan, Render, StepPlan, Work};
use crate::document::{DocPath, Step};
use crate::inventory::LOCAL;
use crate::render::{Object, Origin, Resolved};
use crate::resolve::World;

/// How rendered objects are checked.
#[derive(Clone, Debug, Default)]
pub struct Validation {
    /// Definitions of custom resources.
    pub crds: Arc<Crds>,
    /// Whether what a server refuses is an error; else it is a warning.
    pub refuse: bool,
}

/// Checks every object of a plan.
pub fn plan(
    validation: &Validation,
    world: &World<'_>,
    app: &Application,
    plan: &DeployPlan,
) -> Vec<Diagnostic> {
    let mut judge =
        Judge { validation, world, app, checkers: HashMap::new(), found: Vec::new(), index: HashMap::new() };
    for step in &plan.steps {
        judge.step(step);
    }
    for manifest in plan.policies.iter().flatten() {
        for finding in judge.checker(LOCAL).check(manifest) {
            judge.add(told(manifest, &finding), LOCAL);
        }
    }
    judge.finish()
}

/// What makes two diagnostics one: what they say, and where.
pub(super) type Key = (String, Option<(SourceId, Span)>);

/// The key of a diagnostic.
pub(super) fn key(diagnostic: &Diagnostic) -> Key {
    (diagnostic.message.clone(), diagnostic.primary_label().map(|l| (l.source, l.span)))
}

/// Clusters among which a repeated one is looked for.
const RECENT: usize = 64;

struct Judge<'a> {
    validation: &'a Validation,
    world: &'a World<'a>,
    app: &'a Application,
    /// One for each version of Kubernetes.
    checkers: HashMap<Option<u32>, Checker>,
    /// Diagnostics with the clusters they are for.
    found: Vec<(Diagnostic, Vec<String>)>,
    /// Where each is in `found`, by what it says and where.
    index: HashMap<Key, usize>,
}

impl Judge<'_> {
    fn checker(&mut self, cluster: &str) -> Checker {
        let minor = minor(self.world.inventory.version(cluster));
        let crds = &self.validation.crds;
        self.checkers.entry(minor).or_insert_with(|| Checker::new(minor, crds.clone())).clone()
    }

    fn step(&mut self, plan: &StepPlan) {
        match &plan.work {
            Work::None | Work::Failed(_) => {}
            Work::Apply(render) => self.render(render, &self.app.components),
            Work::Deploy { renders, components, .. } => {
                for render in renders {
                    self.render(render, components);
                }
            }
        }
        for step in &plan.sub_steps {
            self.step(step);
        }
    }

    fn render(&mut self, render: &Render, components: &[Component]) {
        let cluster = if render.cluster.is_empty() { LOCAL } else { &render.cluster };
        let checker = self.checker(cluster);
        for object in render.objects.iter().flatten().filter(|o| o.apply) {
            let findings = checker.check(&object.manifest);
            if findings.is_empty() {
                continue;
            }
            let component = components.iter().find(|c| c.name == render.component);
            let resolved = component.and_then(|c| self.world.component(self.app, c).ok());
            for finding in findings {
                let mut diagnostic = told(&object.manifest, &finding);
                if let Some(resolved) = &resolved {
                    diagnostic = Place { app: self.app, resolved, object }.at(diagnostic, &finding);
                }
                self.add(diagnostic, cluster);
            }
        }
    }

    fn add(&mut self, mut diagnostic: Diagnostic, cluster: &str) {
        if !self.validation.refuse {
            diagnostic.severity = diagnostic.severity.max(Severity::Warning);
        }
        let next = self.found.len();
        let at = *self.index.entry(key(&diagnostic)).or_insert(next);
        match self.found.get_mut(at) {
            // Renders come cluster by cluster, component by component.
            Some((_, clusters)) if clusters.iter().rev().take(RECENT).any(|c| c == cluster) => {}
            Some((_, clusters)) => clusters.push(cluster.to_owned()),
            None => self.found.push((diagnostic, vec![cluster.to_owned()])),
        }
    }

    /// The diagnostics, with the clusters where there are several.
    fn finish(self) -> Vec<Diagnostic> {
        let several = self.world.inventory.names().nth(1).is_some();
        let told = |(diagnostic, clusters): (Diagnostic, Vec<String>)| match clusters.as_slice() {
            _ if !several => diagnostic,
            [one] => diagnostic.note(format!("for cluster `{one}`")),
            [first, rest @ ..] => diagnostic.note(format!("for cluster `{first}` and {} more", rest.len())),
            [] => diagnostic,
        };
        self.found.into_iter().map(told).collect()
    }
}

/// Where an object comes from.
struct Place<'a> {
    app: &'a Application,
    resolved: &'a Resolved<'a>,
    object: &'a Object,
}

/// A template that may have made a field: the definition, where its use is written, and what of it makes the object.
struct Maker<'a> {
    definition: &'a Definition,
    origin: &'a DocPath,
    start: Vec<&'a str>,
}

impl<'a> Place<'a> {
    /// Everything that has a hand in the object, the last word first.
    fn makers(&self) -> Vec<Maker<'a>> {
        let component = self.resolved.component;
        let traits = || component.traits.iter().zip(&self.resolved.traits).rev();
        let mut makers = Vec::new();
        let resource = &*self.object.resource;
        match &self.object.origin {
            Origin::Workload => {
                let patches = traits().map(|(use_, definition)| Maker {
                    definition,
                    origin: &use_.origin,
                    start: vec!["patch"],
                });
                makers.extend(patches);
                let start = vec!["output"];
                makers.push(Maker {
                    definition: &self.resolved.definition,
                    origin: &component.origin,
                    start,
                });
            }
            Origin::Auxiliary | Origin::Trait(_) => {
                for (use_, definition) in traits() {
                    let start = vec!["patchOutputs", resource];
                    makers.push(Maker { definition, origin: &use_.origin, start });
                }
                if let Origin::Trait(kind) = &self.object.origin {
                    for (use_, definition) in traits().filter(|(u, _)| shown_type(&u.kind) == **kind) {
                        let start = vec!["outputs", resource];
                        makers.push(Maker { definition, origin: &use_.origin, start });
                    }
                } else {
                    let start = vec!["outputs", resource];
                    let definition = &*self.resolved.definition;
                    makers.push(Maker { definition, origin: &component.origin, start });
                }
            }
        }
        makers
    }

    fn at(&self, diagnostic: Diagnostic, finding: &Finding) -> Diagnostic {
        let mut path = doc_path(&finding.path);
        let missing = finding.code == MISSING_FIELD;
        if missing {
            path.pop();
        }
        let makers = self.makers();
        let mut best: Option<(&Maker, Made)> = None;
        for maker in &makers {
            let Some(template) = &maker.definition.template else { continue };
            let Some(found) = made(template, &maker.start, &path) else { continue };
            // What nobody gave is looked for where most of the object is made, which comes last.
            let ahead = |b: &Made| found.depth > b.depth || found.depth == b.depth && missing;
            if best.as_ref().is_none_or(|(_, b)| ahead(b)) {
                best = Some((maker, found));
            }
        }
        let Some(owner) = makers.last() else { return diagnostic };
        match best {
            // Nothing of the path, or little: what made the object is all there is to say.
            None => self.at_use(diagnostic, owner),
            Some((maker, found)) => {
                let steps: Vec<String> = path.iter().map(shown_step).collect();
                let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
                let value = data::at(&self.object.manifest, &steps);
                self.at_maker(diagnostic, maker, &found, value)
            }
        }
    }

    fn at_maker(
        &self,
        diagnostic: Diagnostic,
        maker: &Maker,
        found: &Made,
        value: Option<&Value>,
    ) -> Diagnostic {
        let source = maker.definition.template.as_ref().map(|t| t.source);
        let line: Option<(SourceId, Span)> = source.map(|s| (s, found.span));
        let property = found.property.as_ref().and_then(|p| self.property(maker, p));
        if let Some(place) = property.or_else(|| self.same_value(value)) {
            let diagnostic = diagnostic.at(self.app.document.source, place);
            return secondary(diagnostic, line, "the definition puts it there");
        }
        if maker.definition.built_in {
            return secondary(self.at_use(diagnostic, maker), line, "made here");
        }
        let Some((source, span)) = line else { return self.at_use(diagnostic, maker) };
        let diagnostic = diagnostic.at(source, span);
        match self.use_span(maker) {
            Some(span) => diagnostic.secondary(self.app.document.source, span, "rendered for this"),
            None => diagnostic,
        }
    }

    /// Where the user wrote this text, if they did so once: what a template makes by ways that are not followed is most often
    /// handed on as it is.
    fn same_value(&self, value: Option<&Value>) -> Option<Span> {
        let wanted = value?.as_str().filter(|s| s.len() >= TELLING)?;
        let component = self.resolved.component;
        let uses = std::iter::once((&component.origin, &component.properties))
            .chain(component.traits.iter().map(|t| (&t.origin, &t.properties)));
        let mut found = Vec::new();
        for (origin, properties) in uses.filter(|(origin, _)| !origin.is_empty()) {
            let mut path = origin.clone();
            path.push("properties".into());
            if let Some(properties) = properties {
                texts(properties, wanted, &mut path, &mut found);
            }
        }
        match found.as_slice() {
            [one] => Some(self.app.document.span(one)),
            _ => None,
        }
    }

    /// Where the user wrote a property; `None` for one that was left to its default.
    fn property(&self, maker: &Maker, property: &DocPath) -> Option<Span> {
        if maker.origin.is_empty() || property.is_empty() {
            return None;
        }
        let mut path = maker.origin.clone();
        path.push("properties".into());
        let properties = path.len();
        path.extend(property.iter().cloned());
        // What stands deeper than what the user wrote is shown at what they wrote.
        while path.len() > properties + 1 && self.app.document.value_at(&path).is_none() {
            path.pop();
        }
        let value = self.app.document.value_at(&path)?;
        let whole = value.as_map().is_none() && value.as_list().is_none();
        let keyed = matches!(path.last(), Some(Step::Name(_)));
        Some(if whole || !keyed { self.app.document.span(&path) } else { self.app.document.key_span(&path) })
    }

    fn use_span(&self, maker: &Maker) -> Option<Span> {
        if maker.origin.is_empty() {
            return None;
        }
        let mut path = maker.origin.clone();
        path.push("type".into());
        Some(self.app.document.span(&path))
    }

    fn at_use(&self, diagnostic: Diagnostic, maker: &Maker) -> Diagnostic {
        match self.use_span(maker) {
            Some(span) => diagnostic.at(self.app.document.source, span),
            None => diagnostic,
        }
    }
}

/// Letters of a text that is its own address.
const TELLING: usize = 3;

/// The paths of a text in a value; two are enough to know that there is no one place.
fn texts(value: &Value, wanted: &str, path: &mut DocPath, found: &mut Vec<DocPath>) {
    if found.len() > 1 {
        return;
    }
    match value {
        Value::Str(s) if **s == *wanted => found.push(path.clone()),
        Value::List(items) => {
            for (i, item) in items.iter().enumerate() {
                path.push(Step::Index(i));
                texts(item, wanted, path, found);
                path.pop();
            }
        }
        Value::Map(fields) => {
            for (name, item) in fields {
                path.push(Step::Name(name.clone()));
                texts(item, wanted, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn shown_step(step: &Step) -> String {
    match step {
        Step::Name(name) => name.to_string(),
        Step::Index(i) => i.to_string(),
    }
}

fn secondary(diagnostic: Diagnostic, line: Option<(SourceId, Span)>, text: &str) -> Diagnostic {
    match line {
        Some((source, span)) => diagnostic.secondary(source, span, text),
        None => diagnostic,
    }
}
