//! The Application: a typed model read from a document, and what is wrong with it. Reads like KubeVela does: unknown
//! fields are ignored, fields of the wrong kind are errors, names may be missing.

use std::sync::Arc;

use vela_diagnostics::Diagnostic;
use vela_diagnostics::catalogue::application::APPLICATION;

use crate::data::{self, Value};
use crate::document::{DocPath, Document, Step, names};
use crate::metadata::{self, Texts};

/// The namespace of Applications that name none.
pub const DEFAULT_NAMESPACE: &str = "default";

/// The API group of everything that belongs to OAM.
pub const API_GROUP: &str = "core.oam.dev/";

/// An Application.
#[derive(Clone, Debug)]
pub struct Application {
    /// The document it was read from.
    pub document: Arc<Document>,
    /// `metadata.name`.
    pub name: Arc<str>,
    /// `metadata.namespace`, `default` where there is none.
    pub namespace: Arc<str>,
    /// `metadata.labels`.
    pub labels: Texts,
    /// `metadata.annotations`.
    pub annotations: Texts,
    /// `spec.components`.
    pub components: Vec<Component>,
    /// `spec.policies`, the unnamed ones named.
    pub policies: Vec<Policy>,
    /// `spec.workflow`.
    pub workflow: Option<Workflow>,
}

/// A component of an Application.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its name.
    pub name: Arc<str>,
    /// Its type, perhaps with a version.
    pub kind: Arc<str>,
    /// Its properties as written.
    pub properties: Option<Value>,
    /// Its traits in order.
    pub traits: Vec<Trait>,
    /// Names of components that come before it.
    pub depends_on: Vec<Arc<str>>,
    /// Inputs as written.
    pub inputs: Option<Value>,
    /// Outputs as written.
    pub outputs: Option<Value>,
    /// `externalRevision`.
    pub external_revision: Arc<str>,
    /// The key of this copy, of a replicated component.
    pub replica_key: Option<Arc<str>>,
    /// Where it is written.
    pub origin: DocPath,
}

/// A trait of a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Trait {
    /// Its type, perhaps with a version.
    pub kind: Arc<str>,
    /// Its properties as written.
    pub properties: Option<Value>,
    /// Where it is written.
    pub origin: DocPath,
}

/// A policy of an Application, or an external one.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: Arc<str>,
    /// Its properties as written.
    pub properties: Option<Value>,
    /// Where it is written; empty for external and inline ones.
    pub origin: DocPath,
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Workflow {
    /// Name of a Workflow object to use instead of `steps`.
    pub reference: Arc<str>,
    /// Mode of the steps and of sub-steps, where given.
    pub mode: Option<(Arc<str>, Arc<str>)>,
    /// The steps; `None` where there is no such field.
    pub steps: Option<Vec<StepUse>>,
}

/// A step of a workflow.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StepUse {
    /// Its name.
    pub name: Arc<str>,
    /// Its type.
    pub kind: Arc<str>,
    /// Its properties as written.
    pub properties: Option<Value>,
    /// Every other field as written: `if`, `dependsOn`, `inputs`, `outputs`, `timeout`, `meta`.
    pub rest: Vec<(Arc<str>, Value)>,
    /// Mode of a group.
    pub mode: Option<Arc<str>>,
    /// Steps of a group.
    pub sub_steps: Vec<StepUse>,
    /// Where it is written.
    pub origin: DocPath,
}

impl StepUse {
    /// Waits no longer for these steps.
    pub fn forget(&mut self, steps: &[Arc<str>]) {
        for (name, value) in &mut self.rest {
            if &**name == "dependsOn"
                && let Some(items) = value.as_list_mut()
            {
                items.retain(|v| !steps.iter().any(|s| v.as_str() == Some(&**s)));
            }
        }
        self.rest.retain(|(name, value)| &**name != "dependsOn" || value.as_list() != Some(&[]));
    }
}

impl Application {
    /// Takes this namespace where the Application names none.
    pub fn default_namespace(&mut self, namespace: Option<&str>) {
        if let Some(namespace) = namespace
            && self.document.namespace().is_empty()
        {
            self.namespace = namespace.into();
        }
    }

    /// Reads the Application of a document.
    pub fn read(document: Arc<Document>) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader { document: &document, diagnostics: Vec::new() };
        let root = &document.value;
        let metadata = root.get("metadata").cloned().unwrap_or_default();
        let spec = root.get("spec").cloned().unwrap_or_default();
        let texts = |reader: &mut Reader<'_>, field: &str| {
            let Some(value) = metadata.get(field).filter(|v| **v != Value::Null) else { return Texts::new() };
            metadata::value_texts(value).unwrap_or_else(|| {
                reader.wrong(&names(["metadata", field]), "a map of texts", value);
                Texts::new()
            })
        };
        let name = reader.text(&metadata, "name", &names(["metadata"]));
        let namespace = reader.text(&metadata, "namespace", &names(["metadata"]));
        let labels = texts(&mut reader, "labels");
        let annotations = texts(&mut reader, "annotations");
        let at = names(["spec"]);
        let components = reader.list(&spec, "components", &at, Reader::component);
        let mut policies = reader.list(&spec, "policies", &at, Reader::policy);
        for (i, policy) in policies.iter_mut().enumerate() {
            if policy.name.is_empty() {
                policy.name = format!("{}-auto-gen-{i}", policy.kind).into();
            }
        }
        let workflow = match spec.get("workflow") {
            None | Some(Value::Null) => None,
            Some(value) => Some(reader.workflow(value, &names(["spec", "workflow"]))),
        };
        let diagnostics = reader.diagnostics;
        if !diagnostics.is_empty() {
            return Err(diagnostics);
        }
        let namespace = if namespace.is_empty() { DEFAULT_NAMESPACE.into() } else { namespace };
        Ok(Self { document, name, namespace, labels, annotations, components, policies, workflow })
    }

    /// The Application as an object: what is known of it, as it is now.
    pub fn to_value(&self) -> Value {
        let mut metadata = data::map([
            ("name", Value::Str(self.name.clone())),
            ("namespace", Value::Str(self.namespace.clone())),
        ]);
        for (field, texts) in [("labels", &self.labels), ("annotations", &self.annotations)] {
            if !texts.is_empty() {
                metadata.set(field, metadata::texts_value(texts));
            }
        }
        let mut spec = data::map([("components", self.components_value())]);
        if !self.policies.is_empty() {
            spec.set("policies", Value::List(self.policies.iter().map(Policy::to_value).collect()));
        }
        if let Some(workflow) = &self.workflow {
            spec.set("workflow", workflow.to_value());
        }
        data::map([
            ("apiVersion", Value::str("core.oam.dev/v1beta1")),
            ("kind", Value::str("Application")),
            ("metadata", metadata),
            ("spec", spec),
        ])
    }

    /// The components as `context.components` shows them.
    pub fn components_value(&self) -> Value {
        Value::List(self.components.iter().map(Component::to_value).collect())
    }
}

impl Component {
    /// Whether its type or one of its traits' is written with a version.
    pub fn has_version(&self) -> bool {
        self.kind.contains('@') || self.traits.iter().any(|t| t.kind.contains('@'))
    }

    /// The component as an object: only what is there.
    pub fn to_value(&self) -> Value {
        let mut out =
            data::map([("name", Value::Str(self.name.clone())), ("type", Value::Str(self.kind.clone()))]);
        if !self.external_revision.is_empty() {
            out.set("externalRevision", Value::Str(self.external_revision.clone()));
        }
        if let Some(properties) = &self.properties {
            out.set("properties", properties.clone());
        }
        if !self.depends_on.is_empty() {
            out.set("dependsOn", Value::List(self.depends_on.iter().cloned().map(Value::Str).collect()));
        }
        if let Some(inputs) = &self.inputs {
            out.set("inputs", inputs.clone());
        }
        if let Some(outputs) = &self.outputs {
            out.set("outputs", outputs.clone());
        }
        if !self.traits.is_empty() {
            out.set("traits", Value::List(self.traits.iter().map(Trait::to_value).collect()));
        }
        out
    }
}

impl Policy {
    fn to_value(&self) -> Value {
        let mut out =
            data::map([("name", Value::Str(self.name.clone())), ("type", Value::Str(self.kind.clone()))]);
        if let Some(properties) = &self.properties {
            out.set("properties", properties.clone());
        }
        out
    }
}

impl Workflow {
    fn to_value(&self) -> Value {
        let mut out = data::empty();
        if !self.reference.is_empty() {
            out.set("ref", Value::Str(self.reference.clone()));
        }
        if let Some((steps, sub_steps)) = &self.mode {
            let mode = [("steps", steps), ("subSteps", sub_steps)].into_iter().filter(|(_, m)| !m.is_empty());
            out.set("mode", data::map(mode.map(|(k, v)| (k, Value::Str(v.clone())))));
        }
        if let Some(steps) = &self.steps {
            out.set("steps", Value::List(steps.iter().map(StepUse::to_value).collect()));
        }
        out
    }
}

impl StepUse {
    fn to_value(&self) -> Value {
        let mut out =
            data::map([("name", Value::Str(self.name.clone())), ("type", Value::Str(self.kind.clone()))]);
        for (field, value) in &self.rest {
            out.set(field, value.clone());
        }
        if let Some(properties) = &self.properties {
            out.set("properties", properties.clone());
        }
        if let Some(mode) = &self.mode {
            out.set("mode", Value::Str(mode.clone()));
        }
        if !self.sub_steps.is_empty() {
            out.set("subSteps", Value::List(self.sub_steps.iter().map(Self::to_value).collect()));
        }
        out
    }
}

impl Trait {
    fn to_value(&self) -> Value {
        let mut out = data::map([("type", Value::Str(self.kind.clone()))]);
        if let Some(properties) = &self.properties {
            out.set("properties", properties.clone());
        }
        out
    }
}

/// Reads policies and workflows outside of the Application.
pub fn read_policy_object(document: &Document) -> Policy {
    Policy {
        name: document.name().into(),
        kind: data::text(&document.value, &["type"]).into(),
        properties: document.value.get("properties").filter(|v| **v != Value::Null).cloned(),
        origin: Vec::new(),
    }
}

/// Reads a Workflow object: steps and mode stand at its top.
pub fn read_workflow_object(document: &Document) -> Result<Workflow, Vec<Diagnostic>> {
    let mut reader = Reader { document, diagnostics: Vec::new() };
    let workflow = reader.workflow(&document.value, &Vec::new());
    if reader.diagnostics.is_empty() { Ok(workflow) } else { Err(reader.diagnostics) }
}

/// Reads the components of a list value, as a policy gives them.
pub fn read_components(document: &Document, value: &Value) -> Result<Vec<Component>, Vec<Diagnostic>> {
    read_list(document, value, Reader::component)
}

/// Reads the policies of a list value, as a policy gives them.
pub fn read_policies(document: &Document, value: &Value) -> Result<Vec<Policy>, Vec<Diagnostic>> {
    let mut policies = read_list(document, value, Reader::policy)?;
    for policy in &mut policies {
        policy.origin.clear();
    }
    Ok(policies)
}

/// Reads a workflow, as a policy gives it.
pub fn read_workflow(document: &Document, value: &Value) -> Result<Workflow, Vec<Diagnostic>> {
    let mut reader = Reader { document, diagnostics: Vec::new() };
    let workflow = reader.workflow(value, &Vec::new());
    if reader.diagnostics.is_empty() { Ok(workflow) } else { Err(reader.diagnostics) }
}

fn read_list<'d, T>(
    document: &'d Document,
    value: &Value,
    read: fn(&mut Reader<'d>, &Value, DocPath) -> T,
) -> Result<Vec<T>, Vec<Diagnostic>> {
    let mut reader = Reader { document, diagnostics: Vec::new() };
    let wrapped = data::map([("items", value.clone())]);
    let items = reader.list(&wrapped, "items", &Vec::new(), read);
    if reader.diagnostics.is_empty() { Ok(items) } else { Err(reader.diagnostics) }
}

/// Reads values of known kinds and notes where they are of another.
struct Reader<'d> {
    document: &'d Document,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn wrong(&mut self, path: &[Step], wanted: &str, found: &Value) {
        let name = path.iter().rev().find_map(|s| if let Step::Name(n) = s { Some(n.clone()) } else { None });
        let message = format!("`{}` is a {}, not {wanted}", name.unwrap_or_default(), found.kind());
        let span = self.document.span(path);
        self.diagnostics.push(Diagnostic::error(APPLICATION, message).at(self.document.source, span));
    }

    fn text(&mut self, parent: &Value, field: &str, at: &DocPath) -> Arc<str> {
        match parent.get(field) {
            None | Some(Value::Null) => "".into(),
            Some(Value::Str(s)) => s.clone(),
            Some(other) => {
                let mut path = at.clone();
                path.push(field.into());
                self.wrong(&path, "a text", other);
                "".into()
            }
        }
    }

    fn texts(&mut self, parent: &Value, field: &str, at: &DocPath) -> Vec<Arc<str>> {
        let mut path = at.clone();
        path.push(field.into());
        match parent.get(field) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(items)) => {
                let mut out = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    if let Value::Str(s) = item {
                        out.push(s.clone());
                    } else {
                        path.push(i.into());
                        self.wrong(&path, "a text", item);
                        path.pop();
                    }
                }
                out
            }
            Some(other) => {
                self.wrong(&path, "a list", other);
                Vec::new()
            }
        }
    }

    fn list<T>(
        &mut self,
        parent: &Value,
        field: &str,
        at: &DocPath,
        read: fn(&mut Self, &Value, DocPath) -> T,
    ) -> Vec<T> {
        let mut path = at.clone();
        path.push(field.into());
        match parent.get(field) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::List(items)) => {
                let mut out = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    let mut at = path.clone();
                    at.push(i.into());
                    if matches!(item, Value::Map(_) | Value::Null) {
                        out.push(read(self, item, at));
                    } else {
                        self.wrong(&at, "a map", item);
                    }
                }
                out
            }
            Some(other) => {
                self.wrong(&path, "a list", other);
                Vec::new()
            }
        }
    }

    fn component(&mut self, value: &Value, origin: DocPath) -> Component {
        let given = |field: &str| value.get(field).filter(|v| **v != Value::Null).cloned();
        Component {
            name: self.text(value, "name", &origin),
            kind: self.text(value, "type", &origin),
            properties: given("properties"),
            traits: self.list(value, "traits", &origin, Self::one_trait),
            depends_on: self.texts(value, "dependsOn", &origin),
            inputs: given("inputs"),
            outputs: given("outputs"),
            external_revision: self.text(value, "externalRevision", &origin),
            replica_key: None,
            origin,
        }
    }

    fn one_trait(&mut self, value: &Value, origin: DocPath) -> Trait {
        Trait {
            kind: self.text(value, "type", &origin),
            properties: value.get("properties").filter(|v| **v != Value::Null).cloned(),
            origin,
        }
    }

    fn policy(&mut self, value: &Value, origin: DocPath) -> Policy {
        Policy {
            name: self.text(value, "name", &origin),
            kind: self.text(value, "type", &origin),
            properties: value.get("properties").filter(|v| **v != Value::Null).cloned(),
            origin,
        }
    }

    fn workflow(&mut self, value: &Value, at: &DocPath) -> Workflow {
        let mode = match value.get("mode") {
            None | Some(Value::Null) => None,
            Some(mode) => {
                let mut at = at.clone();
                at.push("mode".into());
                Some((self.text(mode, "steps", &at), self.text(mode, "subSteps", &at)))
            }
        };
        let steps = match value.get("steps") {
            None | Some(Value::Null) => None,
            Some(_) => Some(self.list(value, "steps", at, Self::step)),
        };
        Workflow { reference: self.text(value, "ref", at), mode, steps }
    }

    fn step(&mut self, value: &Value, origin: DocPath) -> StepUse {
        let mode = self.text(value, "mode", &origin);
        let known = ["name", "type", "properties", "subSteps", "mode"];
        let rest = value.as_map().unwrap_or_default().iter();
        let rest = rest.filter(|(k, v)| !known.contains(&&**k) && *v != Value::Null).cloned().collect();
        StepUse {
            name: self.text(value, "name", &origin),
            kind: self.text(value, "type", &origin),
            properties: value.get("properties").filter(|v| **v != Value::Null).cloned(),
            rest,
            mode: (!mode.is_empty()).then_some(mode),
            sub_steps: self.list(value, "subSteps", &origin, Self::step),
            origin,
        }
    }
}
