//! Definitions: what the types of an Application mean. Two forms are read, the `.cue` file (X-definition) and the
//! Kubernetes object; the first is converted to the second by `def render`.

pub mod convert;
pub mod cue_form;
pub mod library;
pub mod literal;
pub mod object_form;
pub mod status;

use std::sync::Arc;

use vela_diagnostics::{SourceId, Span};
use vela_syntax::ast;

use crate::data::Value;
use crate::metadata::Texts;

/// What a definition defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A component type.
    Component,
    /// A trait type.
    Trait,
    /// A policy type.
    Policy,
    /// A workflow step type.
    WorkflowStep,
    /// A workload: the older form of a component type.
    Workload,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] =
        [Self::Component, Self::Trait, Self::Policy, Self::WorkflowStep, Self::Workload];

    /// The word in a `.cue` file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Component => "component",
            Self::Trait => "trait",
            Self::Policy => "policy",
            Self::WorkflowStep => "workflow-step",
            Self::Workload => "workload",
        }
    }

    /// The kind of the Kubernetes object.
    pub const fn object_kind(self) -> &'static str {
        match self {
            Self::Component => "ComponentDefinition",
            Self::Trait => "TraitDefinition",
            Self::Policy => "PolicyDefinition",
            Self::WorkflowStep => "WorkflowStepDefinition",
            Self::Workload => "WorkloadDefinition",
        }
    }

    /// The kind of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.word() == word)
    }

    /// The kind of this object kind.
    pub fn of_object_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.object_kind() == kind)
    }
}

/// A template in CUE: the tree of a whole file whose top are the template's declarations.
#[derive(Clone, Debug)]
pub struct Template {
    /// The text that spans count in.
    pub source: SourceId,
    /// The name of that text.
    pub name: Arc<str>,
    /// The text.
    pub text: Arc<str>,
    /// The tree.
    pub ast: ast::File,
    /// The experiments that its text has on.
    pub experiments: vela_syntax::Experiments,
}

/// A definition.
#[derive(Clone, Debug)]
pub struct Definition {
    /// What it defines.
    pub kind: Kind,
    /// Its name: the type.
    pub name: Arc<str>,
    /// Its namespace; `None` serves every namespace.
    pub namespace: Option<Arc<str>>,
    /// `metadata.labels`.
    pub labels: Texts,
    /// `metadata.annotations`.
    pub annotations: Texts,
    /// `spec`; of a `.cue` file without the template.
    pub spec: Value,
    /// Its template.
    pub template: Option<Arc<Template>>,
    /// Whether it comes with the compiler.
    pub built_in: bool,
    /// Where its name stands.
    pub place: Option<(SourceId, Span)>,
}

impl Definition {
    /// A flag of `spec`.
    pub fn flag(&self, name: &str) -> bool {
        self.spec.get(name) == Some(&Value::Bool(true))
    }

    /// A text of `spec`, `""` for none.
    pub fn text(&self, path: &[&str]) -> &str {
        crate::data::text(&self.spec, path)
    }

    /// Whether it makes Terraform configurations.
    pub fn is_terraform(&self) -> bool {
        self.spec.at(&["schematic", "terraform"]).is_some_and(|t| *t != Value::Null)
            || self.annotations.get("type").is_some_and(|t| &**t == "terraform")
    }
}
