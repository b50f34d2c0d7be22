//! Messages about a component or trait: faults of evaluation told at the user's place, in the user's words.

use vela_diagnostics::Diagnostic;
use vela_diagnostics::catalogue::application::BAD_PROPERTIES;
use vela_diagnostics::catalogue::rendering::{PATCH, RENDER};

use std::sync::Arc;

use crate::application::{Application, Component};
use crate::document::{DocPath, Step};
use crate::engine::Fault;
use crate::failure::{Class, Classes, Failure, Phase};
use crate::patch::PatchError;
use crate::tree::{NotConcrete, Path};

/// A component or trait of an Application.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    app: &'a Application,
    component: &'a Component,
    origin: DocPath,
    /// `component one`, `trait scaler of component one`.
    shown: String,
}

impl<'a> Subject<'a> {
    /// A component.
    pub fn component(app: &'a Application, component: &'a Component) -> Self {
        let shown = format!("component `{}`", component.name);
        Self { app, component, origin: component.origin.clone(), shown }
    }

    /// A policy, given as a component of its name and properties.
    pub fn policy(app: &'a Application, policy: &'a Component) -> Self {
        Self { shown: format!("policy `{}`", policy.name), ..Self::component(app, policy) }
    }

    /// A trait of a component.
    pub fn of_trait(app: &'a Application, component: &'a Component, at: usize) -> Self {
        let (kind, origin) =
            component.traits.get(at).map_or(("", DocPath::new()), |t| (&*t.kind, t.origin.clone()));
        let shown = format!("trait `{kind}` of component `{}`", component.name);
        Self { app, component, origin, shown }
    }

    /// Places a diagnostic at the `type` of the subject, where it stands in the Application.
    pub fn at_type(&self, diagnostic: Diagnostic) -> Diagnostic {
        self.at(diagnostic, &["type".into()])
    }

    fn at(&self, diagnostic: Diagnostic, below: &[Step]) -> Diagnostic {
        if self.origin.is_empty() {
            return diagnostic;
        }
        let mut path = self.origin.clone();
        path.extend_from_slice(below);
        diagnostic.at(self.app.document.source, self.app.document.span(&path))
    }

    /// The way from the subject to a property that a path below `parameter` names.
    fn property(path: &[Arc<str>]) -> Vec<Step> {
        let mut steps = vec![Step::from("properties")];
        steps.extend(path.iter().map(|step| match step.parse::<usize>() {
            Ok(index) => Step::Index(index),
            Err(_) => Step::Name(step.clone()),
        }));
        steps
    }

    fn told(
        &self,
        path: &Path,
        message: &str,
        places: &[(vela_diagnostics::SourceId, vela_diagnostics::Span)],
    ) -> Diagnostic {
        let diagnostic = match path.split_first() {
            Some((first, rest)) if &**first == "parameter" => {
                let text = format!("property `{}` of {}: {message}", rest.join("."), self.shown);
                self.at(Diagnostic::error(BAD_PROPERTIES, text), &Self::property(rest))
            }
            _ => {
                let text = format!("`{}` of {}: {message}", path.join("."), self.shown);
                self.at_type(Diagnostic::error(RENDER, text))
            }
        };
        places.iter().fold(diagnostic, |d, (source, span)| d.secondary(*source, *span, "from here"))
    }

    /// The failure of `errs` and of evaluation.
    pub fn validation(&self, user_errors: &[Arc<str>], faults: &[Fault]) -> Failure {
        let mut failure = Failure::new(Phase::Render, Class::Errs, "").component(&self.component.name);
        failure.classes = Classes::default();
        let mut lines: Vec<String> = Vec::new();
        if !user_errors.is_empty() {
            failure.classes.insert(Class::Errs);
        }
        for text in user_errors {
            lines.push(text.to_string());
            let message = format!("{} is refused: {text}", self.shown);
            failure.diagnostics.push(self.at_type(Diagnostic::error(BAD_PROPERTIES, message)));
        }
        for fault in faults {
            let path = fault.path.join(".");
            lines.push(format!("{path}: {}", fault.message));
            let class = class_of(&fault.path);
            failure.classes.insert(class);
            if !path.is_empty() {
                failure.paths.push(path);
            }
            failure.diagnostics.push(self.told(&fault.path, &fault.message, &fault.places));
        }
        tidy(&mut failure);
        failure.text = format!("{}: {}", self.shown, lines.join("; "));
        failure
    }

    /// The failure of a tree that is no plain data, `what` of the template; `parameters` are the properties that are
    /// missing.
    pub fn not_concrete(&self, faults: &[NotConcrete], what: &str, parameters: &[NotConcrete]) -> Failure {
        let mut failure = Failure::new(Phase::Render, Class::Template, "").component(&self.component.name);
        let mut lines = Vec::new();
        for parameter in parameters {
            let mut path: Path = vec!["parameter".into()];
            path.extend(parameter.path.iter().cloned());
            lines.push(format!("{}: {}", path.join("."), parameter.message));
            failure.classes.insert(Class::Parameter);
            failure.paths.push(path.join("."));
            failure.diagnostics.push(self.told(&path, &parameter.message, &parameter.places));
        }
        for fault in faults {
            let mut path: Path = what.split('.').map(Into::into).collect();
            path.extend(fault.path.iter().cloned());
            lines.push(format!("{}: {}", path.join("."), fault.message));
            failure.paths.push(path.join("."));
            // What is missing in the properties explains what is missing in the object.
            if parameters.is_empty() {
                failure.diagnostics.push(self.told(&path, &fault.message, &fault.places));
            }
        }
        tidy(&mut failure);
        failure.text = format!("{}: {}", self.shown, lines.join("; "));
        failure
    }

    /// The failure of a patch; `output` names the object below `outputs` that is patched.
    pub fn patch(&self, error: &PatchError, kind: &str, output: Option<&str>) -> Failure {
        let target = output.map_or_else(|| "the workload".to_owned(), |name| format!("the object `{name}`"));
        let mut failure = Failure::new(Phase::Render, Class::Patch, "");
        let lines: Vec<String> = match error {
            PatchError::Json(message) => vec![message.clone()],
            PatchError::Conflicts(conflicts) => {
                failure.paths.extend(conflicts.iter().map(|c| c.path.join(".")));
                conflicts.iter().map(|c| format!("{}: {}", c.path.join("."), c.message)).collect()
            }
        };
        for line in &lines {
            let message = format!(
                "trait `{kind}` cannot patch {target} of component `{}`: {line}",
                self.component.name
            );
            failure.diagnostics.push(self.at_type(Diagnostic::error(PATCH, message)));
        }
        tidy(&mut failure);
        failure.text = format!("trait `{kind}` cannot patch {target}: {}", lines.join("; "));
        failure
    }
}

fn class_of(path: &Path) -> Class {
    match path.first() {
        Some(first) if &**first == "parameter" => Class::Parameter,
        _ => Class::Template,
    }
}

fn tidy(failure: &mut Failure) {
    failure.paths.sort();
    failure.paths.dedup();
}
