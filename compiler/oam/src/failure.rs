//! What stops a part of a build: which phase, whose fault, about what. The plan prints it as `error`; people get its
//! diagnostics.

use vela_diagnostics::Diagnostic;

use crate::data::{self, Value};

/// Where in the work something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading files.
    Read,
    /// A definition.
    Definition,
    /// Application-scoped policies.
    ApplicationPolicy,
    /// Looking up types, checking policies and workflow.
    Parse,
    /// Rendering a component.
    Render,
    /// A deploy step.
    Deploy,
    /// An apply-component step.
    ApplyComponent,
    /// A policy's own objects.
    Policy,
    /// The status of live objects.
    Status,
}

impl Phase {
    /// The word of the plan.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Definition => "definition",
            Self::ApplicationPolicy => "application-policy",
            Self::Parse => "parse",
            Self::Render => "render",
            Self::Deploy => "deploy",
            Self::ApplyComponent => "apply-component",
            Self::Policy => "policy",
            Self::Status => "status",
        }
    }
}

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Class {
    Cluster,
    Errs,
    Input,
    Lookup,
    Other,
    Parameter,
    Patch,
    Policy,
    Template,
    Unsupported,
    Workflow,
}

impl Class {
    const ALL: [Self; 11] = [
        Self::Cluster,
        Self::Errs,
        Self::Input,
        Self::Lookup,
        Self::Other,
        Self::Parameter,
        Self::Patch,
        Self::Policy,
        Self::Template,
        Self::Unsupported,
        Self::Workflow,
    ];

    /// The word of the plan.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Errs => "errs",
            Self::Input => "input",
            Self::Lookup => "lookup",
            Self::Other => "other",
            Self::Parameter => "parameter",
            Self::Patch => "patch",
            Self::Policy => "policy",
            Self::Template => "template",
            Self::Unsupported => "unsupported",
            Self::Workflow => "workflow",
        }
    }
}

/// A set of classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Classes(u16);

impl Classes {
    /// Adds one.
    pub fn insert(&mut self, class: Class) {
        self.0 |= 1 << class as u16;
    }

    /// Those in the set, sorted.
    pub fn iter(self) -> impl Iterator<Item = Class> {
        Class::ALL.into_iter().filter(move |c| self.0 & (1 << *c as u16) != 0)
    }
}

impl From<Class> for Classes {
    fn from(class: Class) -> Self {
        Self(1 << class as u16)
    }
}

/// A failure.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Where in the work.
    pub phase: Phase,
    /// Kinds of mistakes.
    pub classes: Classes,
    /// Component concerned.
    pub component: Option<Box<str>>,
    /// Trait concerned.
    pub trait_type: Option<Box<str>>,
    /// Fields concerned, as dotted paths.
    pub paths: Vec<String>,
    /// The whole in one text.
    pub text: String,
    /// The same for people.
    pub diagnostics: Vec<Diagnostic>,
}

impl Failure {
    /// A failure that names nothing.
    pub fn new(phase: Phase, class: Class, text: impl Into<String>) -> Self {
        Self {
            phase,
            classes: class.into(),
            component: None,
            trait_type: None,
            paths: Vec::new(),
            text: text.into(),
            diagnostics: Vec::new(),
        }
    }

    /// Names the component.
    #[must_use]
    pub fn component(mut self, name: &str) -> Self {
        self.component = Some(name.into());
        self
    }

    /// Names the trait.
    #[must_use]
    pub fn trait_type(mut self, kind: &str) -> Self {
        self.trait_type = Some(kind.into());
        self
    }

    /// Adds what people read.
    #[must_use]
    pub fn diagnostic(mut self, diagnostic: Diagnostic) -> Self {
        self.diagnostics.push(diagnostic);
        self
    }

    /// The failure as it stands in a plan.
    pub fn to_value(&self) -> Value {
        let texts = |items: Vec<&str>| Value::List(items.into_iter().map(Value::str).collect());
        let mut out = data::map([
            ("phase", Value::str(self.phase.as_str())),
            ("class", texts(self.classes.iter().map(Class::as_str).collect())),
            ("text", Value::str(&*self.text)),
        ]);
        let mut subject = data::empty();
        if let Some(component) = &self.component {
            subject.set("component", Value::str(&**component));
        }
        if let Some(kind) = &self.trait_type {
            subject.set("trait", Value::str(&**kind));
        }
        if subject != data::empty() {
            out.set("subject", subject);
        }
        if !self.paths.is_empty() {
            out.set("paths", texts(self.paths.iter().map(String::as_str).collect()));
        }
        out
    }
}
