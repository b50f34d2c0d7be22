//! The evaluator of templates, which looks before each request whether its answer is still wanted.

use std::sync::Arc;

use vela_diagnostics::Diagnostic;
use vela_oam::data::Value;
use vela_oam::definition::Template;
use vela_oam::engine::{Answer, Condition, Engine, Refused, Request, Trace};
use vela_oam::evaluator::Evaluator;
use vela_oam::patch::Unifier;
use vela_oam::providers::Fixtures;
use vela_oam::tree::Node;
use vela_syntax::ast::DeclId;

/// An evaluator, and what unwinds when nobody waits for it any more.
pub struct Ticking<'t> {
    inner: Evaluator,
    tick: &'t dyn Fn(),
}

impl<'t> Ticking<'t> {
    /// An evaluator that has compiled nothing yet.
    pub fn new(tick: &'t dyn Fn()) -> Self {
        Self { inner: Evaluator::new(), tick }
    }
}

impl Unifier for Ticking<'_> {
    fn unify(&mut self, a: &str, b: &str) -> Result<Node, String> {
        self.inner.unify(a, b)
    }
}

impl Engine for Ticking<'_> {
    fn evaluate(&mut self, request: Request<'_>) -> Result<Arc<Answer>, Refused> {
        (self.tick)();
        self.inner.evaluate(request)
    }

    fn reads(&mut self, template: &Arc<Template>, declares_parameter: bool, name: &str) -> bool {
        (self.tick)();
        self.inner.reads(template, declares_parameter, name)
    }

    fn use_fixtures(&mut self, fixtures: &Arc<Fixtures>) {
        self.inner.use_fixtures(fixtures);
    }

    fn section(&mut self, text: &str, context: &Value, parameter: &Value) -> Option<Vec<(Arc<str>, Node)>> {
        self.inner.section(text, context, parameter)
    }

    fn package(
        &mut self,
        files: &[&Template],
        data: &[(&'static str, Value)],
    ) -> Result<Vec<(Arc<str>, Node)>, Vec<Diagnostic>> {
        self.inner.package(files, data)
    }

    fn trace(&mut self, request: Request<'_>, path: &[&str]) -> Option<Vec<Trace>> {
        self.inner.trace(request, path)
    }

    fn conditions(&mut self, request: Request<'_>) -> Vec<Condition> {
        self.inner.conditions(request)
    }

    fn metadata(&mut self, source: &Template, decls: &[DeclId]) -> Result<Value, Vec<Diagnostic>> {
        self.inner.metadata(source, decls)
    }
}
