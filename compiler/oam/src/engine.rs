//! The door to evaluation: a template, its data in, trees out. Everything else of this crate sees templates only
//! through here.

use std::sync::Arc;

use vela_diagnostics::{Code, Diagnostic, SourceId, Span};
pub use vela_eval::diagnose::Wanted;
pub use vela_eval::origins::Part;
use vela_syntax::ast::DeclId;

use crate::context::Context;
use crate::data::Value;
use crate::definition::Template;
use crate::patch::Unifier;
use crate::providers::Fixtures;
use crate::tree::{Node, Path};

/// What is asked of a template.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The template.
    pub template: &'a Arc<Template>,
    /// Whether `parameter` is there even if the template does not declare it. So it is for components and policies;
    /// for traits only if they have properties.
    pub declares_parameter: bool,
    /// Properties, already through JSON.
    pub parameter: Option<&'a Value>,
    /// Context, already through JSON.
    pub context: &'a Context,
    /// Whether [`Answer::parameter`] is wanted.
    pub explain: bool,
}

/// What a template gave.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// The texts of `errs`.
    pub user_errors: Vec<Arc<str>>,
    /// Errors of the whole template, those that more information would repair left out.
    pub errors: Vec<Fault>,
    /// The same for people: what is one mistake is told once.
    pub told: Vec<Told>,
    /// `output`.
    pub output: Option<Node>,
    /// Regular fields of `outputs`.
    pub outputs: Vec<(Arc<str>, Node)>,
    /// `patch`, and the comments of that field.
    pub patch: Option<(Vec<Arc<str>>, Node)>,
    /// Fields of `patchOutputs`.
    pub patch_outputs: Vec<(Arc<str>, Node)>,
    /// `config`.
    pub config: Option<Node>,
    /// `parameter`, where asked for.
    pub parameter: Option<Node>,
    /// Whether there is a field `processing`.
    pub processes: bool,
}

/// An error of evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// The field.
    pub path: Path,
    /// What is wrong.
    pub message: String,
    /// Places in the template that explain it.
    pub places: Vec<(SourceId, Span)>,
}

/// A mistake found by evaluation, for people.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Which of the catalogue.
    pub code: Code,
    /// The field.
    pub path: Path,
    /// What is wrong, without the path.
    pub message: String,
    /// What would have been right.
    pub wanted: Wanted,
    /// Places in the template that explain it.
    pub places: Vec<(SourceId, Span)>,
    /// Properties whose values took part.
    pub given: Vec<Path>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
}

/// Something that has a hand in a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Trace {
    /// A line of a template, or of a package that it imports.
    Line(Line),
    /// A property that was given.
    Given(Path),
    /// A field of the context.
    Context(Path),
}

/// A stretch of source.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What it does.
    pub part: Part,
    /// Whether it declares a parameter.
    pub of_parameter: bool,
    /// Name of the text.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// The first line of it.
    pub text: String,
}

/// A condition of a template's comprehensions, and how it was seen to be decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Where it stands.
    pub span: Span,
    /// Whether it was seen false, and true.
    pub seen: [bool; 2],
}

/// Why a template could not be evaluated at all.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// It does not compile: unknown names, unused imports.
    Compile(Vec<Diagnostic>),
    /// It used up a budget.
    Exhausted(String),
}

/// Evaluates templates.
pub trait Engine: Unifier {
    /// Evaluates a template with its data. Equal requests may share an answer.
    fn evaluate(&mut self, request: Request<'_>) -> Result<Arc<Answer>, Refused>;

    /// Whether a template may read the field `name` of its context; what it does not read need not be given.
    /// `declares_parameter` as in [`Request`].
    fn reads(&mut self, template: &Arc<Template>, declares_parameter: bool, name: &str) -> bool;

    /// Takes what answers calls of the packages `vela/…` that ask a cluster or a server.
    fn use_fixtures(&mut self, fixtures: &Arc<Fixtures>);

    /// Evaluates a section of a definition's `status` with its data: its regular fields, or none where it does not compile
    /// or has errors that more information would not repair. Packages of KubeVela's are not known to it.
    fn section(&mut self, text: &str, context: &Value, parameter: &Value) -> Option<Vec<(Arc<str>, Node)>>;

    /// Evaluates the files of one package with data at its top, and gives its regular fields.
    fn package(
        &mut self,
        files: &[&Template],
        data: &[(&'static str, Value)],
    ) -> Result<Vec<(Arc<str>, Node)>, Vec<Diagnostic>>;

    /// What has a hand in the value at a path from the top of a template, that nearest to it first; `None` where there is
    /// no such value.
    fn trace(&mut self, request: Request<'_>, path: &[&str]) -> Option<Vec<Trace>>;

    /// Every condition in a template's text, and how a request decides it. Evaluates it anew.
    fn conditions(&mut self, request: Request<'_>) -> Vec<Condition>;

    /// Evaluates the top-level fields `decls` of a file by themselves, and gives those that are regular as data.
    fn metadata(&mut self, source: &Template, decls: &[DeclId]) -> Result<Value, Vec<Diagnostic>>;
}
