//! The engine behind [`crate::engine::Engine`]: templates are compiled once, and each request adds its data to a fresh
//! evaluation of the compiled program. What was asked before is not evaluated again.

mod answers;
mod compile;
mod read;
mod reads;
mod trace;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::{Diagnostic, SourceId};
use vela_eval::{Budget, Eval, VertexId};
use vela_stdlib::STDLIB;
use vela_syntax::ast::DeclId;

use crate::context::Context;
use crate::data::Value;
use crate::definition::Template;
use crate::engine::{Answer, Condition, Engine, Fault, Refused, Request, Told, Trace};
use crate::patch::Unifier;
use crate::tree::Node;
use answers::{Answers, Asked};
use compile::Program;
use read::Reader;
use reads::Reads;

/// Tasks and arcs that one template may need.
const STEPS: u64 = 50_000_000;

/// Vertices that one template may need.
const VERTICES: u32 = 20_000_000;

/// Evaluates templates, each compiled once.
#[derive(Default)]
pub struct Evaluator {
    programs: Vec<Result<Arc<Program>, Vec<Diagnostic>>>,
    /// Programs by the template's address and whether `parameter` is declared beside it.
    index: FxHashMap<(usize, bool), usize>,
    /// Keeps the templates whose address is a key.
    held: Vec<Arc<Template>>,
    answers: Answers,
    fresh: bool,
}

impl Evaluator {
    /// An evaluator that has compiled nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// An evaluator that evaluates every request anew, with the whole context. Its answers are the same; tests compare.
    pub fn without_sharing() -> Self {
        Self { fresh: true, ..Self::default() }
    }

    /// The number of a template's program.
    fn program(&mut self, template: &Arc<Template>, declares_parameter: bool) -> usize {
        let key = (Arc::as_ptr(template) as usize, declares_parameter);
        if let Some(known) = self.index.get(&key) {
            return *known;
        }
        let extra = if declares_parameter { "context: _\nparameter: _\n" } else { "context: _\n" };
        self.held.push(template.clone());
        self.programs.push(Program::compile(template, extra).map(Arc::new));
        self.index.insert(key, self.programs.len() - 1);
        self.programs.len() - 1
    }

    /// What a program is given of a context.
    fn part_of(&self, program: &Program, context: &Context) -> Value {
        if self.fresh { Reads::everything().part_of(context) } else { program.reads.part_of(context) }
    }
}

/// Evaluates a program with its data.
fn answer(program: &Program, asked: &Asked) -> Result<Answer, Refused> {
    let (mut eval, root) = start(program);
    if let Some(parameter) = &asked.parameter {
        eval.add_data(root, "parameter", parameter);
    }
    eval.add_data(root, "context", &asked.context);
    eval.finalize(root).map_err(exhausted)?;
    let mut reader = Reader { eval: &mut eval, program };
    let mut answer = Answer { errors: reader.errors(root), ..Answer::default() };
    answer.user_errors = reader.texts(root, "errs");
    if !answer.errors.is_empty() && !asked.explain {
        answer.told = told(program, asked);
        return Ok(answer);
    }
    answer.output = reader.member(root, "output");
    answer.outputs = reader.members(root, "outputs");
    answer.patch = reader.documented(root, "patch");
    answer.patch_outputs = reader.members(root, "patchOutputs");
    answer.config = reader.member(root, "config");
    answer.processes = reader.has(root, "processing");
    if asked.explain {
        answer.parameter = reader.member(root, "parameter");
    }
    Ok(answer)
}

fn start(program: &Program) -> (Eval<'_>, VertexId) {
    let mut eval = Eval::sharing(&program.ir, &STDLIB, program.labels.clone());
    eval.limits.steps = STEPS;
    eval.limits.vertices = VERTICES;
    let root = eval.package(program.package);
    (eval, root)
}

/// The errors of a request for people. Evaluated anew, with places for what was given.
fn told(program: &Program, asked: &Asked) -> Vec<Told> {
    let (mut eval, root) = start(program);
    let given = asked.parameter.as_ref().map(|p| eval.add_placed_data(root, "parameter", p));
    let given = given.unwrap_or_default();
    eval.add_data(root, "context", &asked.context);
    if eval.finalize(root).is_err() {
        return Vec::new();
    }
    Reader { eval: &mut eval, program }.told(root, &given)
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
    fn evaluate(&mut self, request: Request<'_>) -> Result<Arc<Answer>, Refused> {
        let number = self.program(request.template, request.declares_parameter);
        let program = self.programs[number].clone().map_err(Refused::Compile)?;
        let asked = Asked {
            program: number,
            explain: request.explain,
            parameter: request.parameter.cloned(),
            context: self.part_of(&program, request.context),
        };
        if let Some(known) = self.answers.get(&asked) {
            return Ok(known);
        }
        let answer = Arc::new(answer(&program, &asked)?);
        if !self.fresh {
            self.answers.put(asked, &answer);
        }
        Ok(answer)
    }

    fn reads(&mut self, template: &Arc<Template>, declares_parameter: bool, name: &str) -> bool {
        let number = self.program(template, declares_parameter);
        self.fresh || self.programs[number].as_ref().is_ok_and(|p| p.reads.has(name))
    }

    fn trace(&mut self, request: Request<'_>, path: &[&str]) -> Option<Vec<Trace>> {
        let number = self.program(request.template, request.declares_parameter);
        let program = self.programs[number].clone().ok()?;
        let context = self.part_of(&program, request.context);
        trace::trace(&program, request.parameter, &context, path)
    }

    fn conditions(&mut self, request: Request<'_>) -> Vec<Condition> {
        let number = self.program(request.template, request.declares_parameter);
        let Ok(program) = self.programs[number].clone() else { return Vec::new() };
        let context = self.part_of(&program, request.context);
        trace::conditions(&program, request.template.source, request.parameter, &context)
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
