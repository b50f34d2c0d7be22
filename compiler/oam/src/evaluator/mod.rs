//! The engine behind [`crate::engine::Engine`]: templates are compiled once, and each request adds its data to a fresh
//! evaluation of the compiled program.

mod compile;
mod read;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::{Diagnostic, SourceId};
use vela_eval::{Budget, Eval, VertexId};
use vela_stdlib::STDLIB;
use vela_syntax::ast::DeclId;

use crate::data::Value;
use crate::definition::Template;
use crate::engine::{Answer, Engine, Fault, Refused, Request};
use crate::patch::Unifier;
use crate::tree::Node;
use compile::Program;
use read::Reader;

/// Tasks and arcs that one template may need.
const STEPS: u64 = 50_000_000;

/// Vertices that one template may need.
const VERTICES: u32 = 20_000_000;

/// Evaluates templates, each compiled once.
#[derive(Default)]
pub struct Evaluator {
    programs: FxHashMap<(usize, bool), Result<Arc<Program>, Vec<Diagnostic>>>,
    /// Keeps the templates whose address is a key.
    held: Vec<Arc<Template>>,
}

impl Evaluator {
    /// An evaluator that has compiled nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn program(
        &mut self,
        template: &Arc<Template>,
        declares_parameter: bool,
    ) -> Result<Arc<Program>, Vec<Diagnostic>> {
        let key = (Arc::as_ptr(template) as usize, declares_parameter);
        if let Some(known) = self.programs.get(&key) {
            return known.clone();
        }
        let extra = if declares_parameter { "context: _\nparameter: _\n" } else { "context: _\n" };
        let program = Program::compile(template, extra).map(Arc::new);
        self.held.push(template.clone());
        self.programs.insert(key, program.clone());
        program
    }
}

fn start<'p>(program: &'p Program) -> (Eval<'p>, VertexId) {
    let mut eval = Eval::sharing(&program.ir, &STDLIB, program.labels.clone());
    eval.limits.steps = STEPS;
    eval.limits.vertices = VERTICES;
    let root = eval.package(program.package);
    (eval, root)
}

fn exhausted(budget: Budget) -> Refused {
    let what = match budget {
        Budget::Depth => "nesting",
        Budget::Steps => "steps",
        Budget::Memory => "memory",
    };
    Refused::Exhausted(what.to_owned())
}

impl Engine for Evaluator {
    fn evaluate(&mut self, request: Request<'_>) -> Result<Answer, Refused> {
        let program = self.program(request.template, request.declares_parameter).map_err(Refused::Compile)?;
        let (mut eval, root) = start(&program);
        if let Some(parameter) = request.parameter {
            eval.add_data(root, "parameter", parameter);
        }
        eval.add_data(root, "context", request.context);
        eval.finalize(root).map_err(exhausted)?;
        let mut reader = Reader { eval: &mut eval, program: &program };
        let mut answer = Answer { errors: reader.errors(root), ..Answer::default() };
        answer.user_errors = reader.texts(root, "errs");
        if !answer.errors.is_empty() && !request.explain {
            return Ok(answer);
        }
        answer.output = reader.member(root, "output");
        answer.outputs = reader.members(root, "outputs");
        answer.patch = reader.documented(root, "patch");
        answer.patch_outputs = reader.members(root, "patchOutputs");
        answer.config = reader.member(root, "config");
        answer.processes = reader.has(root, "processing");
        if request.explain {
            answer.parameter = reader.member(root, "parameter");
        }
        Ok(answer)
    }

    fn metadata(&mut self, source: &Template, decls: &[DeclId]) -> Result<Value, Vec<Diagnostic>> {
        let program = Program::compile_decls(source, decls)?;
        let (mut eval, root) = start(&program);
        eval.finalize(root).map_err(|_| vec![read::too_much(source.source)])?;
        let mut reader = Reader { eval: &mut eval, program: &program };
        reader.data(root, source.source)
    }
}

impl Unifier for Evaluator {
    fn unify(&mut self, a: &str, b: &str) -> Result<Node, String> {
        let text = format!("a: {a}\nb: {b}\nresult: a & b\n");
        let program = Program::compile_text(&text).map_err(|d| joined(&d))?;
        let (mut eval, root) = start(&program);
        eval.finalize(root).map_err(|_| "the values are too large".to_owned())?;
        let mut reader = Reader { eval: &mut eval, program: &program };
        let errors: Vec<Fault> = reader.errors(root);
        if let Some(error) = errors.first() {
            return Err(error.message.clone());
        }
        reader.member(root, "result").ok_or_else(|| "no value".to_owned())
    }
}

fn joined(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("; ")
}

/// Where a template's places are shown.
fn shown_source(sources: &[Option<SourceId>], file: usize) -> Option<SourceId> {
    sources.get(file).copied().flatten()
}
