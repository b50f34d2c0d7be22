//! Messages about a component or trait: faults of evaluation told at the user's place, in the user's words.

use vela_diagnostics::catalogue::application::{BAD_PROPERTIES, UNKNOWN_PROPERTY};
use vela_diagnostics::catalogue::rendering::{PATCH, RENDER};
use vela_diagnostics::{Diagnostic, SourceId, Span, did_you_mean};

use std::sync::Arc;

use crate::application::{Application, Component};
use crate::data::Value;
use crate::document::{DocPath, Step};
use crate::engine::{Answer, Told, Wanted};
use crate::failure::{Class, Classes, Failure, Phase};
use crate::patch::PatchError;
use crate::schema::shown_value;
use crate::tree::{NotConcrete, Path};

/// Most places of a definition shown for one mistake.
const MOST_PLACES: usize = 3;

/// A component or trait of an Application.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    app: &'a Application,
    component: &'a Component,
    origin: DocPath,
    properties: Option<&'a Value>,
    /// `component one`, `trait scaler of component one`.
    shown: String,
}

impl<'a> Subject<'a> {
    /// A component.
    pub fn component(app: &'a Application, component: &'a Component) -> Self {
        let shown = format!("component `{}`", component.name);
        let (origin, properties) = (component.origin.clone(), component.properties.as_ref());
        Self { app, component, origin, properties, shown }
    }

    /// A policy, given as a component of its name and properties.
    pub fn policy(app: &'a Application, policy: &'a Component) -> Self {
        Self { shown: format!("policy `{}`", policy.name), ..Self::component(app, policy) }
    }

    /// A trait of a component.
    pub fn of_trait(app: &'a Application, component: &'a Component, at: usize) -> Self {
        let of_trait = component.traits.get(at);
        let (kind, origin) = of_trait.map_or(("", DocPath::new()), |t| (&*t.kind, t.origin.clone()));
        let shown = format!("trait `{kind}` of component `{}`", component.name);
        let properties = of_trait.and_then(|t| t.properties.as_ref());
        Self { app, component, origin, properties, shown }
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

    /// A fault that more information would repair, at its property or at the type.
    fn open(&self, path: &Path, message: &str, places: &[(SourceId, Span)]) -> Diagnostic {
        let message = match message.strip_prefix("incomplete value ") {
            Some(open) => format!("has no value yet, only `{open}`"),
            None => message.to_owned(),
        };
        let diagnostic = match path.split_first() {
            Some((first, rest)) if &**first == "parameter" => {
                let text = format!("property `{}` of {}: {message}", shown(rest), self.shown);
                self.at(Diagnostic::error(BAD_PROPERTIES, text), &Self::property(rest))
            }
            _ => {
                let text = format!("`{}` of {}: {message}", shown(path), self.shown);
                self.at_type(Diagnostic::error(RENDER, text))
            }
        };
        places.iter().fold(diagnostic, |d, (source, span)| d.secondary(*source, *span, "from here"))
    }

    /// A mistake: the user's value first, then the rule in the definition.
    fn told(&self, told: &Told) -> Diagnostic {
        let property = match told.path.split_first() {
            Some((first, rest)) if &**first == "parameter" => Some(rest),
            _ => None,
        };
        let (place, mut diagnostic) = match (property, told.given.first()) {
            (Some([]), _) => (Some(&[][..]), Diagnostic::error(BAD_PROPERTIES, self.of_properties(told))),
            (Some(rest), _) => (Some(rest), self.of_property(told, rest)),
            (None, Some(given)) => {
                let text = format!(
                    "property `{}` of {} does not fit what is made of it: `{}` {}",
                    shown(given),
                    self.shown,
                    shown(&told.path),
                    said(told, None)
                );
                (Some(given.as_slice()), Diagnostic::error(BAD_PROPERTIES, text))
            }
            (None, None) => {
                let text = format!("`{}` of {} {}", shown(&told.path), self.shown, said(told, None));
                (None, Diagnostic::error(RENDER, text))
            }
        };
        diagnostic = match place {
            Some(path) => self.at(diagnostic, &Self::property(path)),
            None => self.at_type(diagnostic),
        };
        let rule = match &told.wanted {
            Wanted::Fitting { constraint, .. } => has_to(constraint),
            Wanted::OneOf(_) => "one of these".to_owned(),
            Wanted::Nothing | Wanted::Unknown => "the definition says so here".to_owned(),
        };
        for (i, (source, span)) in told.places.iter().take(MOST_PLACES).enumerate() {
            diagnostic = diagnostic.secondary(*source, *span, if i == 0 { &rule } else { "as used here" });
        }
        diagnostic.notes.clone_from(&told.notes);
        diagnostic.help = diagnostic.help.or_else(|| told.help.clone());
        diagnostic
    }

    fn of_properties(&self, told: &Told) -> String {
        format!("the properties of {} do not fit its definition: {}", self.shown, told.message)
    }

    fn of_property(&self, told: &Told, path: &[Arc<str>]) -> Diagnostic {
        let name = format!("property `{}` of {}", shown(path), self.shown);
        let given = self.given(path);
        match &told.wanted {
            Wanted::Nothing => Diagnostic::error(UNKNOWN_PROPERTY, format!("{name} is not known")),
            Wanted::OneOf(values) => {
                let text = format!("{name} {}", said(told, given));
                let diagnostic = Diagnostic::error(BAD_PROPERTIES, text);
                let plain = values.iter().map(|v| v.trim_matches('"'));
                match given.and_then(Value::as_str).and_then(|g| did_you_mean(g, plain)) {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                }
            }
            _ => Diagnostic::error(BAD_PROPERTIES, format!("{name} {}", said(told, given))),
        }
    }

    /// The value of a property as it was given.
    fn given(&self, path: &[Arc<str>]) -> Option<&'a Value> {
        path.iter().try_fold(self.properties?, |at, step| match at {
            Value::List(items) => items.get(step.parse::<usize>().ok()?),
            map => map.get(step),
        })
    }

    /// The failure of `errs` and of evaluation.
    pub fn validation(&self, answer: &Answer) -> Failure {
        let (user_errors, faults) = (&answer.user_errors, &answer.errors);
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
        }
        failure.diagnostics.extend(answer.told.iter().map(|t| self.told(t)));
        if answer.told.is_empty() {
            failure.diagnostics.extend(faults.iter().map(|f| self.open(&f.path, &f.message, &f.places)));
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
            failure.diagnostics.push(self.open(&path, &parameter.message, &parameter.places));
        }
        for fault in faults {
            let mut path: Path = what.split('.').map(Into::into).collect();
            path.extend(fault.path.iter().cloned());
            lines.push(format!("{}: {}", path.join("."), fault.message));
            failure.paths.push(path.join("."));
            // What is missing in the properties explains what is missing in the object.
            if parameters.is_empty() {
                failure.diagnostics.push(self.open(&path, &fault.message, &fault.places));
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
        let mut by_index = false;
        let lines: Vec<(String, String)> = match error {
            PatchError::Json(message) => vec![(message.clone(), message.clone())],
            PatchError::Conflicts(conflicts) => {
                failure.paths.extend(conflicts.iter().map(|c| c.path.join(".")));
                by_index = conflicts.iter().any(|c| c.path.iter().any(|s| s.parse::<usize>().is_ok()));
                let one = |c: &crate::patch::Conflict| {
                    let told = format!("`{}` has {}", shown(&c.path), c.message);
                    (format!("{}: {}", c.path.join("."), c.message), told)
                };
                conflicts.iter().map(one).collect()
            }
        };
        for (_, told) in &lines {
            let message = format!(
                "trait `{kind}` cannot patch {target} of component `{}`: {told}",
                self.component.name
            );
            let mut diagnostic = self.at_type(Diagnostic::error(PATCH, message));
            if by_index {
                diagnostic.help = Some(
                    "lists are joined element by element; `// +patchKey=name` above the list in the patch joins elements of one name"
                        .to_owned(),
                );
            }
            failure.diagnostics.push(diagnostic);
        }
        let lines: Vec<String> = lines.into_iter().map(|(line, _)| line).collect();
        tidy(&mut failure);
        failure.text = format!("trait `{kind}` cannot patch {target}: {}", lines.join("; "));
        failure
    }
}

/// What is wrong with a value, behind its name.
pub(crate) fn said(told: &Told, given: Option<&Value>) -> String {
    let given = given.filter(|g| !matches!(g, Value::List(_) | Value::Map(_))).map(shown_value);
    match &told.wanted {
        Wanted::Fitting { constraint, given: found } => {
            format!("is {}, but {}", given.as_ref().unwrap_or(found), has_to(constraint))
        }
        Wanted::OneOf(_) => match given {
            Some(given) => format!("is {given}, which is none of the allowed values"),
            None => "is none of the allowed values".to_owned(),
        },
        Wanted::Nothing => "is not allowed".to_owned(),
        Wanted::Unknown => format!("is wrong: {}", told.message),
    }
}

/// A constraint in words.
fn has_to(constraint: &str) -> String {
    match (constraint.strip_prefix("=~"), constraint.strip_prefix("!~")) {
        (Some(pattern), _) => format!("has to match {pattern}"),
        (_, Some(pattern)) => format!("must not match {pattern}"),
        _ => format!("has to be {constraint}"),
    }
}

/// `env`, `0`, `name` as `env[0].name`.
fn shown(path: &[Arc<str>]) -> String {
    let mut out = String::new();
    for step in path {
        if step.parse::<usize>().is_ok() {
            out.push_str(&format!("[{step}]"));
        } else {
            out.push_str(if out.is_empty() { "" } else { "." });
            out.push_str(step);
        }
    }
    out
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
