//! One component to objects: template, traits in order, patches, marks. Used by both the deploy plan and the dry run.

use std::sync::Arc;

use vela_diagnostics::Diagnostic;
use vela_diagnostics::catalogue::rendering::{PATCH, RENDER};

use crate::application::{Application, Component};
use crate::context::{AppContext, Context, Scene};
use crate::data::{self, Value};
use crate::definition::library::shown_type;
use crate::definition::{Definition, Template};
use crate::engine::{Answer, Engine, Refused, Request};
use crate::explain;
use crate::failure::{Class, Failure, Phase};
use crate::metadata::{self, AUXILIARY, Marks, keys};
use crate::patch::{self, PatchError};
use crate::status::Place;
use crate::terraform;
use crate::tree::{Node, NotConcrete, Struct};

/// A component with its definitions.
#[derive(Clone, Debug)]
pub struct Resolved<'a> {
    /// The component.
    pub component: &'a Component,
    /// Its definition.
    pub definition: Arc<Definition>,
    /// Its traits' definitions, in order.
    pub traits: Vec<Arc<Definition>>,
}

/// Where an object came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The component's `output`.
    Workload,
    /// The component's `outputs`.
    Auxiliary,
    /// A trait of this type.
    Trait(Arc<str>),
}

/// A rendered object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    /// Where it came from.
    pub origin: Origin,
    /// Its name under `outputs`.
    pub resource: Arc<str>,
    /// False for a workload that a trait manages.
    pub apply: bool,
    /// The stage of its trait, where the trait has one.
    pub stage: Arc<str>,
    /// The object.
    pub manifest: Value,
}

/// What all components of an Application share.
#[derive(Clone, Copy, Debug)]
pub struct Shared<'a> {
    /// The Application.
    pub app: &'a Application,
    /// Its part of the context.
    pub context: &'a AppContext,
}

/// An object on its way: still a tree.
struct Pending {
    kind: Arc<str>,
    name: Arc<str>,
    stage: Arc<str>,
    node: Node,
}

/// Renders a component with its traits.
pub fn component(
    shared: Shared<'_>,
    resolved: &Resolved<'_>,
    scene: &Scene,
    engine: &mut dyn Engine,
) -> Result<Vec<Object>, Failure> {
    let mut work = Work::new(shared, resolved, scene, engine)?;
    if resolved.definition.is_terraform() {
        work.terraform = true;
    } else {
        work.evaluate_component()?;
    }
    let mut failed: Option<Failure> = None;
    for at in 0..resolved.traits.len() {
        let Err(failure) = work.evaluate_trait(at) else { continue };
        let first = failed.get_or_insert(failure.clone());
        // People get the mistakes of further traits too, as long as there is something to put them on.
        first.diagnostics.extend(
            failure.diagnostics.into_iter().filter(|d| !first.diagnostics.contains(d)).collect::<Vec<_>>(),
        );
        if work.base.is_none() {
            break;
        }
    }
    match failed {
        Some(failure) => Err(failure),
        None => work.finish(),
    }
}

struct Work<'a> {
    shared: Shared<'a>,
    resolved: &'a Resolved<'a>,
    scene: &'a Scene,
    engine: &'a mut dyn Engine,
    properties: Option<Value>,
    context: Context,
    base: Option<Node>,
    others: Vec<Pending>,
    terraform: bool,
}

/// Properties as a map; `None` where there are none.
pub fn properties_map(properties: Option<&Value>) -> Result<Option<Value>, String> {
    properties_are_map(properties).map(|map| map.map(data::through_json))
}

/// Checks that properties are a map, and gives it; `None` where there are none.
pub fn properties_are_map(properties: Option<&Value>) -> Result<Option<&Value>, String> {
    match properties {
        None | Some(Value::Null) => Ok(None),
        Some(map @ Value::Map(_)) => Ok(Some(map)),
        Some(other) => Err(format!("properties are a {}, not a map", other.kind())),
    }
}

impl<'a> Work<'a> {
    fn new(
        shared: Shared<'a>,
        resolved: &'a Resolved<'a>,
        scene: &'a Scene,
        engine: &'a mut dyn Engine,
    ) -> Result<Self, Failure> {
        let component = resolved.component;
        let properties = properties_map(component.properties.as_ref())
            .map_err(|m| Failure::new(Phase::Parse, Class::Input, m).component(&component.name))?;
        let context = shared.context.of(shared.app, &component.name, properties.as_ref(), scene);
        Ok(Self {
            shared,
            resolved,
            scene,
            engine,
            properties,
            context,
            base: None,
            others: Vec::new(),
            terraform: false,
        })
    }

    fn failure(&self, class: Class, text: impl Into<String>) -> Failure {
        Failure::new(Phase::Render, class, text).component(&self.resolved.component.name)
    }

    fn evaluate_component(&mut self) -> Result<(), Failure> {
        let component = self.resolved.component;
        let Some(template) = self.resolved.definition.template.clone() else {
            let text = format!("definition `{}` has no template", self.resolved.definition.name);
            let mut failure = self.failure(Class::Template, text.clone());
            let mut diagnostic = Diagnostic::error(RENDER, text);
            if let Some((source, span)) = self.resolved.definition.place {
                diagnostic = diagnostic.at(source, span);
            }
            failure.diagnostics.push(diagnostic);
            return Err(failure);
        };
        let empty = data::empty();
        let request = Request {
            template: &template,
            declares_parameter: true,
            parameter: Some(self.properties.as_ref().unwrap_or(&empty)),
            context: &self.context,
            explain: false,
        };
        let answer = match self.engine.evaluate(request) {
            Ok(answer) => answer,
            Err(refused) => return Err(self.refused(&refused, None)),
        };
        if let Some(failure) = self.validation(&answer, None) {
            return Err(failure);
        }
        let subject = explain::Subject::component(self.shared.app, component);
        let Some(output) = answer.output.clone() else {
            let text = format!("the template of `{}` gives no output", component.kind);
            let diagnostic = subject.at_type(Diagnostic::error(RENDER, text.clone()));
            return Err(self.failure(Class::Template, text).diagnostic(diagnostic));
        };
        self.base = Some(output);
        for (name, node) in &answer.outputs {
            let (name, node) = (name.clone(), node.clone());
            self.others.push(Pending { kind: AUXILIARY.into(), name, stage: "".into(), node });
        }
        Ok(())
    }

    fn evaluate_trait(&mut self, at: usize) -> Result<(), Failure> {
        let definition = self.resolved.traits[at].clone();
        let use_ = &self.resolved.component.traits[at];
        let kind: Arc<str> = shown_type(&use_.kind).into();
        let properties = properties_map(use_.properties.as_ref())
            .map_err(|m| self.failure(Class::Input, m).trait_type(&kind));
        let declares_parameter = matches!(properties, Ok(Some(_)));
        self.add_rendered(definition.template.as_ref(), declares_parameter)?;
        let Some(template) = definition.template.clone() else { return Ok(()) };
        let properties = properties?;
        let request = Request {
            template: &template,
            declares_parameter,
            parameter: properties.as_ref(),
            context: &self.context,
            explain: false,
        };
        let answer = match self.engine.evaluate(request) {
            Ok(answer) => answer,
            Err(refused) => return Err(self.refused(&refused, Some((at, &kind)))),
        };
        if let Some(failure) = self.validation(&answer, Some((at, &kind))) {
            return Err(failure);
        }
        if answer.processes {
            let text = format!(
                "trait `{kind}` asks a server while rendering (`processing`), which a build does not"
            );
            let subject = explain::Subject::of_trait(self.shared.app, self.resolved.component, at);
            let diagnostic = subject.at_type(Diagnostic::error(RENDER, text.clone()));
            return Err(self.failure(Class::Unsupported, text).trait_type(&kind).diagnostic(diagnostic));
        }
        let stage: Arc<str> = definition.text(&["stage"]).into();
        for (name, node) in &answer.outputs {
            let (name, node) = (name.clone(), node.clone());
            self.others.push(Pending { kind: kind.clone(), name, stage: stage.clone(), node });
        }
        if let Some((docs, patch)) = &answer.patch {
            let Some(base) = self.base.take() else {
                let text = format!("trait `{kind}` patches a component that has no template of objects");
                let subject = explain::Subject::of_trait(self.shared.app, self.resolved.component, at);
                let diagnostic = subject.at_type(Diagnostic::error(PATCH, text.clone()));
                return Err(self.failure(Class::Patch, text).trait_type(&kind).diagnostic(diagnostic));
            };
            let patched = patch::apply(base, patch, docs, &mut Through(self.engine));
            self.base = Some(patched.map_err(|e| self.patch_failure(&e, at, &kind, None))?);
        }
        for (name, patch) in &answer.patch_outputs {
            for i in 0..self.others.len() {
                if self.others[i].name != *name {
                    continue;
                }
                let node = std::mem::replace(&mut self.others[i].node, Node::Struct(Struct::default()));
                let patched = patch::strategic_patch(node, patch, &mut Through(self.engine));
                self.others[i].node = patched.map_err(|e| self.patch_failure(&e, at, &kind, Some(name)))?;
            }
        }
        Ok(())
    }

    /// Adds to the context what a trait may know beyond the component: what is rendered so far, which has to be concrete.
    fn add_rendered(
        &mut self,
        template: Option<&Arc<Template>>,
        declares_parameter: bool,
    ) -> Result<(), Failure> {
        let mut reads = |name: &str| template.is_some_and(|t| self.engine.reads(t, declares_parameter, name));
        let (reads_output, reads_outputs) = (reads("output"), reads("outputs"));
        if let Some(base) = &self.base
            && (reads_output || !base.is_concrete())
        {
            let mut output = base.to_value().map_err(|f| self.not_concrete(&f, "output"))?;
            if let Some(status) = self.live_status(&output) {
                output.set("status", status);
            }
            self.context.set("output", data::through_json(&output));
        }
        if reads_outputs || self.others.iter().any(|o| !o.node.is_concrete()) {
            let mut outputs = data::empty();
            for i in 0..self.others.len() {
                let (name, value) = (self.others[i].name.clone(), self.others[i].node.to_value());
                let value = value.map_err(|f| self.not_concrete(&f, &format!("outputs.{name}")))?;
                outputs.set(&name, data::through_json(&value));
            }
            if !self.others.is_empty() {
                self.context.set("outputs", data::through_json(&outputs));
            }
        }
        self.context.set("componentType", Value::from(shown_type(&self.resolved.component.kind)));
        Ok(())
    }

    /// The status of the live workload.
    fn live_status(&self, output: &Value) -> Option<Value> {
        let live = self.scene.live.as_ref()?;
        let mut object = output.clone();
        let name = &*self.resolved.component.name;
        if data::text(&object, &["metadata", "name"]).is_empty() {
            let mut metadata = object.get("metadata").cloned().unwrap_or_else(data::empty);
            metadata.set("name", Value::str(name));
            object.set("metadata", metadata);
        }
        let place = Place { cluster: &self.scene.cluster, namespace: self.namespace() };
        live.find(&object, name, place)?.get("status").cloned()
    }

    fn finish(mut self) -> Result<Vec<Object>, Failure> {
        let (app, component) = (self.shared.app, self.resolved.component);
        let marks = Marks {
            app: &app.name,
            namespace: &app.namespace,
            component: &component.name,
            revision: &self.scene.app_revision,
            labels: &app.labels,
            annotations: &app.annotations,
        };
        let mut workload = if self.terraform {
            terraform::configuration(component, &self.resolved.definition, self.namespace())
                .map_err(|m| self.failure(Class::Other, m))?
        } else {
            let base = self.base.take().unwrap_or(Node::Struct(Struct::default()));
            self.object(&base, "output")?
        };
        let pending = std::mem::take(&mut self.others);
        let mut others = Vec::with_capacity(pending.len());
        for one in &pending {
            others.push(self.object(&one.node, &format!("outputs.{}", one.name))?);
        }
        marks.workload(&mut workload, &shown_type(&component.kind));
        let managed = self.resolved.traits.iter().any(|t| t.flag("manageWorkload"));
        let mut objects = Vec::with_capacity(1 + others.len());
        for (pending, mut manifest) in pending.iter().zip(others) {
            marks.auxiliary(&mut manifest, &pending.kind, &pending.name);
            self.reference(&workload, pending, &mut manifest)?;
            let origin = match &*pending.kind {
                AUXILIARY => Origin::Auxiliary,
                _ => Origin::Trait(pending.kind.clone()),
            };
            objects.push(Object {
                origin,
                resource: pending.name.clone(),
                apply: true,
                stage: pending.stage.clone(),
                manifest,
            });
        }
        let workload = Object {
            origin: Origin::Workload,
            resource: "".into(),
            apply: !managed,
            stage: "".into(),
            manifest: workload,
        };
        objects.insert(0, workload);
        Ok(objects)
    }

    fn namespace(&self) -> &str {
        if self.scene.namespace.is_empty() { &self.shared.app.namespace } else { &self.scene.namespace }
    }

    /// A tree as an object: concrete, a map, with a kind.
    fn object(&mut self, node: &Node, what: &str) -> Result<Value, Failure> {
        let value = node.to_value().map_err(|f| self.not_concrete(&f, what))?;
        let value = data::as_object(&value);
        let subject = explain::Subject::component(self.shared.app, self.resolved.component);
        let fault = |text: String, class: Class| {
            let diagnostic = subject.at_type(Diagnostic::error(RENDER, text.clone()));
            self.failure(class, text).diagnostic(diagnostic)
        };
        if !matches!(value, Value::Map(_)) {
            return Err(fault(format!("`{what}` is a {}, not an object", value.kind()), Class::Input));
        }
        if data::text(&value, &["kind"]).is_empty() {
            return Err(fault(format!("`{what}` has no `kind`"), Class::Other));
        }
        Ok(value)
    }

    /// Writes a reference to the workload where the trait's definition asks for one.
    fn reference(&self, workload: &Value, pending: &Pending, manifest: &mut Value) -> Result<(), Failure> {
        if &*pending.kind == AUXILIARY {
            return Ok(());
        }
        // A type with dashes is also looked for without its last part, as that could be a version.
        let named = |name: &str| self.resolved.traits.iter().find(|t| &*t.name == name);
        let base = pending.kind.rsplit_once('-').and_then(|(base, _)| named(base));
        let Some(definition) = base.or_else(|| named(&pending.kind)) else { return Ok(()) };
        let path = definition.text(&["workloadRefPath"]);
        if path.is_empty() {
            return Ok(());
        }
        let mut reference = data::empty();
        for field in ["kind", "name", "apiVersion"] {
            let from: &[&str] = if field == "name" { &["metadata", "name"] } else { &[field] };
            let text = data::text(workload, from);
            if !text.is_empty() {
                reference.set(field, Value::str(text));
            }
        }
        set_at(manifest, path, reference).map_err(|m| {
            let text = format!("trait `{}` cannot refer to the workload at `{path}`: {m}", pending.kind);
            let diagnostic = Diagnostic::error(RENDER, text.clone());
            self.failure(Class::Other, text).trait_type(&pending.kind).diagnostic(diagnostic)
        })
    }

    fn refused(&self, refused: &Refused, of_trait: Option<(usize, &str)>) -> Failure {
        let (class, text, diagnostics) = match refused {
            Refused::Compile(diagnostics) => {
                let texts: Vec<&str> = diagnostics.iter().map(|d| d.message.as_str()).collect();
                (Class::Template, texts.join("; "), diagnostics.clone())
            }
            Refused::Exhausted(budget) => {
                let text = format!("evaluating the template needs too much: {budget}");
                (Class::Template, text.clone(), vec![Diagnostic::error(RENDER, text)])
            }
        };
        let mut failure = self.failure(class, text);
        failure.diagnostics = diagnostics;
        match of_trait {
            Some((_, kind)) => failure.trait_type(kind),
            None => failure,
        }
    }

    /// What `errs` and the errors of the template say.
    fn validation(&self, answer: &Answer, of_trait: Option<(usize, &str)>) -> Option<Failure> {
        if answer.user_errors.is_empty() && answer.errors.is_empty() {
            return None;
        }
        let subject = match of_trait {
            Some((at, _)) => explain::Subject::of_trait(self.shared.app, self.resolved.component, at),
            None => explain::Subject::component(self.shared.app, self.resolved.component),
        };
        let failure = subject.validation(answer);
        Some(match of_trait {
            Some((_, kind)) => failure.trait_type(kind),
            None => failure,
        })
    }

    /// A tree that is no plain data: says which properties are missing.
    fn not_concrete(&mut self, faults: &[NotConcrete], what: &str) -> Failure {
        let parameter = self.open_parameters();
        let subject = explain::Subject::component(self.shared.app, self.resolved.component);
        subject.not_concrete(faults, what, &parameter)
    }

    /// Properties that the component's definition needs and that are not given.
    fn open_parameters(&mut self) -> Vec<NotConcrete> {
        let Some(template) = self.resolved.definition.template.clone() else { return Vec::new() };
        let empty = data::empty();
        let context = self.shared.context.of(
            self.shared.app,
            &self.resolved.component.name,
            self.properties.as_ref(),
            self.scene,
        );
        let request = Request {
            template: &template,
            declares_parameter: true,
            parameter: Some(self.properties.as_ref().unwrap_or(&empty)),
            context: &context,
            explain: true,
        };
        let answer = self.engine.evaluate(request).ok();
        let parameter = answer.as_ref().and_then(|a| a.parameter.as_ref());
        parameter.and_then(|p| p.to_value().err()).unwrap_or_default()
    }

    fn patch_failure(&self, error: &PatchError, at: usize, kind: &str, output: Option<&str>) -> Failure {
        let subject = explain::Subject::of_trait(self.shared.app, self.resolved.component, at);
        subject.patch(error, kind, output).component(&self.resolved.component.name).trait_type(kind)
    }
}

/// An engine as a unifier.
struct Through<'a>(&'a mut dyn Engine);

impl patch::Unifier for Through<'_> {
    fn unify(&mut self, a: &str, b: &str) -> Result<Node, String> {
        self.0.unify(a, b)
    }
}

/// Sets a value at a path like `spec.refs[0].workload`, making maps and lists on the way.
fn set_at(root: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let mut steps: Vec<Result<usize, String>> = Vec::new();
    for part in path.split('.') {
        let mut rest = part;
        if let Some(open) = rest.find('[') {
            if open > 0 {
                steps.push(Err(rest[..open].to_owned()));
            }
            rest = &rest[open..];
            while let Some(inner) = rest.strip_prefix('[') {
                let (index, behind) = inner.split_once(']').ok_or("a bracket is not closed")?;
                steps.push(index.parse::<usize>().map_err(|_| index.trim_matches(['\'', '"']).to_owned()));
                rest = behind;
            }
        } else {
            steps.push(Err(rest.to_owned()));
        }
    }
    set_steps(root, &steps, value)
}

/// Longest list that a path may make.
const MAX_INDEX: usize = 1000;

fn set_steps(at: &mut Value, steps: &[Result<usize, String>], value: Value) -> Result<(), String> {
    let Some((first, rest)) = steps.split_first() else {
        *at = value;
        return Ok(());
    };
    match first {
        Err(name) => {
            if *at == Value::Null {
                *at = data::empty();
            }
            if !matches!(at, Value::Map(_)) {
                return Err(format!("a {} has no field `{name}`", at.kind()));
            }
            if at.get(name).is_none() {
                at.set(name, Value::Null);
            }
            match data::get_mut(at, name) {
                Some(inner) => set_steps(inner, rest, value),
                None => Ok(()),
            }
        }
        Ok(index) => {
            if *at == Value::Null {
                *at = Value::List(Vec::new());
            }
            let kind = at.kind();
            let Some(items) = at.as_list_mut() else { return Err(format!("a {kind} has no elements")) };
            if *index > MAX_INDEX {
                return Err(format!("index {index} is too large"));
            }
            while items.len() <= *index {
                items.push(Value::Null);
            }
            set_steps(&mut items[*index], rest, value)
        }
    }
}

/// What deploying adds: the cluster's name and the namespace of the placement.
pub fn place(
    objects: &mut [Object],
    resolved: &Resolved<'_>,
    app: &Application,
    cluster: &str,
    namespace: &str,
) {
    for object in objects {
        let manifest = &mut object.manifest;
        if !cluster.is_empty() && metadata::labels_of(manifest).is_none_or(|l| !l.contains_key(keys::CLUSTER))
        {
            metadata::add_labels(manifest, metadata::texts([(keys::CLUSTER, cluster)]));
        }
        if !namespace.is_empty() {
            metadata::set_namespace(manifest, namespace);
        }
        let Origin::Trait(kind) = &object.origin else { continue };
        let uses = resolved.component.traits.iter().zip(&resolved.traits);
        let definitions: Vec<&Arc<Definition>> =
            uses.filter(|(u, _)| shown_type(&u.kind) == **kind).map(|(_, d)| d).collect();
        if definitions.iter().any(|d| d.flag("manageWorkload")) {
            metadata::add_labels(manifest, metadata::texts([(keys::MANAGE_WORKLOAD, "true")]));
        }
        if definitions.iter().any(|d| d.flag("controlPlaneOnly")) {
            metadata::add_labels(manifest, metadata::texts([(keys::CLUSTER, crate::inventory::LOCAL)]));
            metadata::set_namespace(manifest, &app.namespace);
        }
    }
}
