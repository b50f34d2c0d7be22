//! Addons: a folder of metadata, an Application's template, resources, definitions and views, to the objects that
//! installing it makes. Rules: `pkg/addon` of KubeVela 1.11.

mod folder;
mod objects;

use std::sync::Arc;

use vela_diagnostics::catalogue::addon::{ADDON, ADDON_PARAMETER, ADDON_PART};
use vela_diagnostics::{Diagnostic, Sources, Span};
use vela_syntax::ast::{Decl, Expr};

use crate::data::{self, Value};
use crate::definition::{Template, literal};
use crate::engine::Engine;
use crate::legacy::{self, Legacy};
use crate::tree::Node;

pub use folder::File;
use folder::Folder;

/// An addon that was rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Rendered {
    /// Its Application.
    pub application: Value,
    /// Everything beside it, in the order in which KubeVela applies it.
    pub others: Vec<Value>,
}

/// What rendering gave.
#[derive(Debug)]
pub struct Outcome {
    /// The texts that diagnostics point into.
    pub sources: Sources,
    /// The objects; none where something is wrong.
    pub rendered: Option<Rendered>,
    /// Everything to be told.
    pub diagnostics: Vec<Diagnostic>,
}

/// Renders the files of an addon with its parameters. `format` formats and simplifies CUE source.
pub fn render(
    files: &[File],
    parameters: &Value,
    engine: &mut dyn Engine,
    format: &dyn Fn(&str) -> String,
) -> Outcome {
    let mut sources = Sources::new();
    let mut told = Vec::new();
    let folder = Folder::read(files, &mut sources, &mut told);
    let rendered = folder.and_then(|folder| {
        let mut work = Work { folder: &folder, parameters, engine, told: &mut told };
        let made = work.application();
        let definitions = objects::definitions(&folder, work.engine, format, work.told);
        let (application, outputs) = made?;
        Some(objects::together(&folder, parameters, application, outputs, definitions))
    });
    let failed = told.iter().any(|d| d.severity == vela_diagnostics::Severity::Error);
    Outcome { sources, rendered: rendered.filter(|_| !failed), diagnostics: told }
}

struct Work<'a> {
    folder: &'a Folder,
    parameters: &'a Value,
    engine: &'a mut dyn Engine,
    told: &'a mut Vec<Diagnostic>,
}

/// The Application and the objects of `outputs`.
type Made = (Value, Vec<(Arc<str>, Value)>);

impl Work<'_> {
    fn application(&mut self) -> Option<Made> {
        self.check_parameters();
        for template in self.folder.programs() {
            let old = legacy::diagnostics(template, Legacy::Warn);
            self.told.extend(old.into_iter().map(|d| Diagnostic {
                notes: vec!["KubeVela does not rewrite it in addons: 1.11 refuses this one".to_owned()],
                help: Some("write `list.Concat` and `list.Repeat`".to_owned()),
                ..d
            }));
        }
        let (mut application, outputs) = match (&self.folder.template, &self.folder.plain) {
            (Some(template), _) => self.made_by_cue(template)?,
            (None, Some(document)) => (document.value.clone(), Vec::new()),
            (None, None) => (data::empty(), Vec::new()),
        };
        let mut components: Vec<Value> =
            application.at(&["spec", "components"]).and_then(Value::as_list).unwrap_or_default().to_vec();
        components.extend(self.namespaces());
        components.extend(self.resources()?);
        let mut spec = application.get("spec").cloned().unwrap_or_else(data::empty);
        spec.set("components", Value::List(components));
        if self.folder.template.is_none()
            && let Some(policy) = self.topology(&spec)
        {
            let mut policies = spec.get("policies").and_then(Value::as_list).unwrap_or_default().to_vec();
            policies.push(policy);
            spec.set("policies", Value::List(policies));
        }
        application.set("spec", spec);
        Some((application, outputs))
    }

    /// Parameters that `parameter.cue` does not know are told: nothing would read them.
    fn check_parameters(&mut self) {
        let given = self.parameters.as_map().unwrap_or_default();
        let Some(template) = &self.folder.parameter else {
            if let Some((name, _)) = given.first() {
                let text = format!(
                    "the addon has no parameters: there is no `parameter.cue`, and `{name}` is given"
                );
                self.told.push(Diagnostic::error(ADDON_PARAMETER, text));
            }
            return;
        };
        let (known, open) = declared(template);
        for (name, _) in given.iter().filter(|(n, _)| !open && !known.contains(n)) {
            let hint = vela_diagnostics::did_you_mean(name, known.iter().map(|k| &**k));
            let hint = hint.map(|h| format!(", {h}")).unwrap_or_default();
            let text = format!("the addon has no parameter `{name}`{hint}");
            self.told.push(Diagnostic::error(ADDON_PARAMETER, text).at(template.source, Span::default()));
        }
    }

    /// What templates see.
    fn data(&self) -> [(&'static str, Value); 2] {
        let context = data::map([("metadata", self.folder.metadata.clone())]);
        [("context", data::through_json(&context)), ("parameter", data::through_json(self.parameters))]
    }

    /// Evaluates files together.
    fn evaluate(&mut self, files: &[&Template]) -> Option<Vec<(Arc<str>, Node)>> {
        match self.engine.package(files, &self.data()) {
            Ok(fields) => Some(fields),
            Err(diagnostics) => {
                // What every file has in common is told once.
                let new: Vec<_> = diagnostics.into_iter().filter(|d| !self.told.contains(d)).collect();
                self.told.extend(new);
                None
            }
        }
    }

    fn made_by_cue(&mut self, template: &Template) -> Option<Made> {
        let mut files = vec![template];
        files.extend(self.folder.beside.iter());
        files.extend(self.folder.parameter.iter());
        let fields = self.evaluate(&files)?;
        let output = self.plain(&fields, "output", template)?;
        let Some(output) = output else {
            let text = "the template has no `output`: the addon's Application";
            self.told.push(Diagnostic::error(ADDON, text).at(template.source, Span::default()));
            return None;
        };
        let outputs = match self.plain(&fields, "outputs", template)? {
            Some(Value::Map(ref fields)) => fields.clone(),
            _ => Vec::new(),
        };
        Some((output, outputs))
    }

    /// A field as plain data: `Some(None)` where it is not there.
    #[allow(clippy::option_option)]
    fn plain(
        &mut self,
        fields: &[(Arc<str>, Node)],
        name: &str,
        template: &Template,
    ) -> Option<Option<Value>> {
        let Some((_, node)) = fields.iter().find(|(n, _)| &**n == name) else { return Some(None) };
        match node.to_value() {
            Ok(value) => Some(Some(data::as_object(&value))),
            Err(faults) => {
                if self.missing(fields) {
                    return None;
                }
                for fault in faults.iter().take(20) {
                    let path = fault.path.join(".");
                    let diagnostic = Diagnostic::error(ADDON, format!("`{name}.{path}`: {}", fault.message));
                    self.told.push(match fault.places.first() {
                        Some((source, span)) => diagnostic.at(*source, *span),
                        None => diagnostic.at(template.source, Span::default()),
                    });
                }
                None
            }
        }
    }

    /// Tells which parameters have no value; says whether there are any.
    fn missing(&mut self, fields: &[(Arc<str>, Node)]) -> bool {
        let parameter = fields.iter().find(|(n, _)| &**n == "parameter");
        let faults = parameter.and_then(|(_, node)| node.to_value().err()).unwrap_or_default();
        for fault in &faults {
            let path = fault.path.join(".");
            let mut diagnostic =
                Diagnostic::error(ADDON_PARAMETER, format!("parameter `{path}` has to be given"));
            if let Some((source, span)) = fault.places.first() {
                diagnostic = diagnostic.at(*source, *span);
            }
            let diagnostic = diagnostic.help(format!("pass `--set {path}=…`"));
            if !self.told.contains(&diagnostic) {
                self.told.push(diagnostic);
            }
        }
        !faults.is_empty()
    }

    /// Namespaces that the metadata asks for.
    fn namespaces(&self) -> Vec<Value> {
        let wanted = self.folder.metadata.get("needNamespace").and_then(Value::as_list).unwrap_or_default();
        let names = wanted.iter().filter_map(Value::as_str).filter(|n| *n != objects::NAMESPACE);
        names
            .map(|name| {
                data::map([
                    ("name", Value::from(format!("{name}-namespace"))),
                    ("type", Value::str("raw")),
                    (
                        "properties",
                        data::map([
                            ("apiVersion", Value::str("v1")),
                            ("kind", Value::str("Namespace")),
                            ("metadata", data::map([("name", Value::str(name))])),
                        ]),
                    ),
                ])
            })
            .collect()
    }

    /// Components of `resources/`: one of all YAML files, and one of each CUE file that is not part of the template.
    fn resources(&mut self) -> Option<Vec<Value>> {
        let mut out = Vec::new();
        if !self.folder.resources.is_empty() {
            let objects = self.folder.resources.iter().map(|d| d.value.clone()).collect();
            out.push(data::map([
                ("name", Value::from(format!("{}-resources", self.folder.name))),
                ("type", Value::str("k8s-objects")),
                ("properties", data::map([("objects", Value::List(objects))])),
            ]));
        }
        let mut failed = false;
        for (name, template) in &self.folder.components {
            let mut files = vec![template];
            files.extend(self.folder.parameter.iter());
            let Some(fields) = self.evaluate(&files) else {
                failed = true;
                continue;
            };
            let Some(output) = self.plain(&fields, "output", template) else {
                failed = true;
                continue;
            };
            // Files without `output` serve others.
            let Some(mut component) = output else { continue };
            if data::text(&component, &["name"]).is_empty() {
                component.set("name", Value::from(name.replace('.', "-")));
            }
            out.push(component);
        }
        (!failed).then_some(out)
    }

    /// The policy that an addon for runtime clusters is given where its template has no topology.
    fn topology(&self, spec: &Value) -> Option<Value> {
        let flag = |name: &str| self.folder.metadata.at(&["deployTo", name]) == Some(&Value::Bool(true));
        if !flag("runtimeCluster") && !flag("runtime_cluster") {
            return None;
        }
        let policies = spec.get("policies").and_then(Value::as_list).unwrap_or_default();
        if policies.iter().any(|p| data::text(p, &["type"]) == "topology") {
            return None;
        }
        let given = self.parameters.get("clusters").and_then(Value::as_list).unwrap_or_default();
        let mut clusters: Vec<&str> =
            given.iter().filter_map(Value::as_str).map(str::trim).filter(|c| !c.is_empty()).collect();
        let (name, properties) = if clusters.is_empty() {
            ("deploy-addon-to-all-clusters", data::map([("clusterLabelSelector", data::empty())]))
        } else {
            if !clusters.contains(&crate::inventory::LOCAL) {
                clusters.push(crate::inventory::LOCAL);
            }
            let names = Value::List(clusters.into_iter().map(Value::str).collect());
            ("deploy-addon-to-specified-clusters", data::map([("clusters", names)]))
        };
        Some(data::map([
            ("name", Value::str(name)),
            ("type", Value::str("topology")),
            ("properties", properties),
        ]))
    }
}

/// The parameters that `parameter.cue` declares, and whether others may be given.
fn declared(template: &Template) -> (Vec<Arc<str>>, bool) {
    let (file, text) = (&template.ast, &*template.text);
    let mut known = Vec::new();
    let mut open = false;
    for decl in file.decl_list(file.top) {
        let Decl::Field(field) = file.decl(*decl) else { continue };
        if literal::label(file, text, &field.label).as_deref() != Some("parameter") {
            continue;
        }
        let Expr::Struct(inner) = file.expr(field.value) else {
            open = true;
            continue;
        };
        for decl in file.decl_list(inner) {
            match file.decl(*decl) {
                Decl::Field(field) => match literal::label(file, text, &field.label) {
                    Some(name) => known.push(name),
                    None => open = true,
                },
                _ => open = true,
            }
        }
    }
    (known, open)
}

/// Notes a part of an addon that is not rendered.
fn not_rendered(what: &str, why: &str) -> Diagnostic {
    Diagnostic::warning(ADDON_PART, format!("{what} not rendered: {why}"))
}

#[cfg(test)]
mod tests;
