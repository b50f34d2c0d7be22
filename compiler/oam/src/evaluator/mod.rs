//! The engine behind [`crate::engine::Engine`]: templates are compiled once, and each request adds its data to a fresh
//! evaluation of the compiled program. What was asked before is not evaluated again.

mod answers;
mod compile;
mod read;
mod reads;
mod trace;

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::catalogue::evaluation::EVALUATION;
use vela_diagnostics::{Diagnostic, SourceId};
use vela_eval::{Budget, Eval, VertexId};
use vela_stdlib::STDLIB;
use vela_syntax::ast::DeclId;

use crate::context::Context;
use crate::data::Value;
use crate::definition::Template;
use crate::engine::{Answer, Condition, Engine, Fault, Refused, Request, Told, Trace, Wanted};
use crate::explain;
use crate::legacy::{self, Old};
use crate::patch::Unifier;
use crate::providers::{self, Call, Fixtures, Outcome};
use crate::tree::Node;
use answers::{Answers, Asked};
use compile::Program;
use read::Reader;
use reads::Reads;

/// Tasks and arcs that one template may need.
const STEPS: u64 = 50_000_000;

/// Vertices that one template may need.
const VERTICES: u32 = 20_000_000;

/// Most times that one request is evaluated again.
const MAX_RENEWALS: usize = 20;

/// Evaluates templates, each compiled once.
#[derive(Default)]
pub struct Evaluator {
    programs: Vec<Result<Arc<Program>, Vec<Diagnostic>>>,
    /// Programs by the template's address and whether `parameter` is declared beside it.
    index: FxHashMap<(usize, bool), usize>,
    /// Programs in which more turned out to be old when they were evaluated.
    renewed: FxHashMap<(usize, Vec<Old>), Result<Arc<Program>, Vec<Diagnostic>>>,
    /// Keeps the templates whose address is a key.
    held: Vec<Arc<Template>>,
    answers: Answers,
    /// Programs of status sections, by their text.
    sections: FxHashMap<Box<str>, Option<Arc<Program>>>,
    fixtures: Arc<Fixtures>,
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
        let extra = declarations(declares_parameter);
        self.held.push(template.clone());
        self.programs.push(Program::compile(template, extra, &[]).map(Arc::new));
        self.index.insert(key, self.programs.len() - 1);
        self.programs.len() - 1
    }

    /// Evaluates a request: again where sums or products turned out to be of lists, and again with the answers to the
    /// calls that it made.
    fn resolved(&mut self, request: Request<'_>, asked: &Asked) -> Result<Answer, Refused> {
        let mut old: Vec<Old> = Vec::new();
        let mut given = String::new();
        let mut answered: Vec<Vec<providers::Step>> = Vec::new();
        let mut program = self.programs[asked.program].clone().map_err(Refused::Compile)?;
        for _ in 0..MAX_RENEWALS {
            let (answer, calls) = answer(&program, asked)?;
            let met = legacy::met(request.template, &answer.errors);
            if met.iter().any(|m| !old.contains(m)) {
                old.extend(met);
                old.sort();
                old.dedup();
            } else if !self.answer_calls(request, &calls, &mut answered, &mut given)? {
                return Ok(answer);
            }
            program = self.renewed(request, asked.program, &old, &given)?;
        }
        Err(Refused::Exhausted("calls that lead to further calls".to_owned()))
    }

    /// The program of a template in which more is old, and with answers beside it. Answers belong to one request: only
    /// programs without any are kept.
    fn renewed(
        &mut self,
        request: Request<'_>,
        number: usize,
        old: &[Old],
        given: &str,
    ) -> Result<Arc<Program>, Refused> {
        let key = (number, old.to_vec());
        if given.is_empty()
            && let Some(known) = self.renewed.get(&key)
        {
            return known.clone().map_err(Refused::Compile);
        }
        let extra = format!("{}{given}", declarations(request.declares_parameter));
        let program = Program::compile(request.template, &extra, old).map(Arc::new);
        if given.is_empty() {
            self.renewed.insert(key, program.clone());
        }
        program.map_err(Refused::Compile)
    }

    /// Answers the calls that are not answered yet; says whether there were any.
    fn answer_calls(
        &mut self,
        request: Request<'_>,
        calls: &[Call],
        answered: &mut Vec<Vec<providers::Step>>,
        given: &mut String,
    ) -> Result<bool, Refused> {
        let mut any = false;
        let mut refused: Vec<Diagnostic> = Vec::new();
        let fixtures = self.fixtures.clone();
        for call in calls {
            if answered.contains(&call.path) {
                continue;
            }
            match call.answer(&fixtures, request, self) {
                Ok(Outcome::Answer(value)) => match call.filling(&value) {
                    Some(text) => {
                        given.push_str(&text);
                        answered.push(call.path.clone());
                        any = true;
                    }
                    None => refused.push(call.in_list(request.template)),
                },
                Ok(Outcome::Nothing | Outcome::NotYet) => {}
                Err(diagnostic) if refused.contains(&diagnostic) => {}
                Err(diagnostic) => refused.push(diagnostic),
            }
        }
        if refused.is_empty() { Ok(any) } else { Err(Refused::Compile(refused)) }
    }

    /// What a program is given of a context.
    fn part_of(&self, program: &Program, context: &Context) -> Value {
        if self.fresh || program.calls {
            Reads::everything().part_of(context)
        } else {
            program.reads.part_of(context)
        }
    }
}

/// What stands beside a template for its names to resolve.
fn declarations(parameter: bool) -> &'static str {
    if parameter { "context: _\nparameter: _\n" } else { "context: _\n" }
}

/// Evaluates a program with its data.
fn answer(program: &Program, asked: &Asked) -> Result<(Answer, Vec<Call>), Refused> {
    let (mut eval, root) = start(program);
    eval.only_regular = true;
    if let Some(parameter) = &asked.parameter {
        eval.add_data(root, "parameter", parameter);
    }
    eval.add_data(root, "context", &asked.context);
    eval.finalize(root).map_err(exhausted)?;
    let mut reader = Reader { eval: &mut eval, program };
    let mut answer = Answer { errors: reader.errors(root), ..Answer::default() };
    let calls = if program.calls { providers::calls(&reader.everything(root)) } else { Vec::new() };
    answer.user_errors = reader.texts(root, "errs");
    if !answer.errors.is_empty() && !asked.explain {
        answer.told = told(program, asked);
        return Ok((answer, calls));
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
    Ok((answer, calls))
}

/// The errors of a package for people. Evaluated anew, with places for its data.
fn package_told(program: &Program, data: &[(&'static str, Value)]) -> Vec<Diagnostic> {
    let (mut eval, root) = start(program);
    let mut given = Vec::new();
    for (name, value) in data {
        if *name == "parameter" {
            given = eval.add_placed_data(root, name, value);
        } else {
            eval.add_data(root, name, value);
        }
    }
    if eval.finalize(root).is_err() {
        return vec![Diagnostic::error(EVALUATION, "evaluating the files needs too much")];
    }
    let parameter = data.iter().find(|(name, _)| *name == "parameter").map(|(_, value)| value);
    let told = Reader { eval: &mut eval, program }.told(root, &given);
    let one = |told: Told| {
        let value = parameter.and_then(|p| {
            let steps: Vec<&str> = told.given.first()?.iter().map(|s| &**s).collect();
            crate::data::at(p, &steps)
        });
        // Alternatives that are types are told as what was given instead.
        let shown = value.map(|v| crate::tree::Node::of_value(v).to_source());
        let typed =
            matches!(&told.wanted, Wanted::OneOf(all) if shown.as_ref().is_some_and(|s| all.contains(s)));
        let text = match told.given.first() {
            Some(path) if typed => {
                format!(
                    "parameter `{}` is {}, which is not allowed",
                    path.join("."),
                    shown.unwrap_or_default()
                )
            }
            Some(path) => format!("parameter `{}` {}", path.join("."), explain::said(&told, value)),
            None => format!("`{}`: {}", told.path.join("."), told.message),
        };
        let mut places = told.places.into_iter();
        let mut diagnostic = Diagnostic::error(told.code, text);
        if let Some((source, span)) = places.next() {
            diagnostic = diagnostic.at(source, span);
        }
        diagnostic = places.fold(diagnostic, |d, (source, span)| d.secondary(source, span, ""));
        if !typed {
            diagnostic.notes = told.notes;
        }
        diagnostic.help = told.help;
        diagnostic
    };
    told.into_iter().map(one).collect()
}

/// Evaluates a section of a status.
fn section(
    program: &Program,
    context: &Value,
    parameter: &Value,
) -> Result<Vec<(Arc<str>, Node)>, Vec<Fault>> {
    let (mut eval, root) = start(program);
    eval.add_data(root, "context", context);
    eval.add_data(root, "parameter", parameter);
    if eval.finalize(root).is_err() {
        return Err(Vec::new());
    }
    let mut reader = Reader { eval: &mut eval, program };
    let errors = reader.errors(root);
    if errors.is_empty() { Ok(reader.all(root)) } else { Err(errors) }
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
        let answer = Arc::new(self.resolved(request, &asked)?);
        if !self.fresh {
            self.answers.put(asked, &answer);
        }
        Ok(answer)
    }

    fn reads(&mut self, template: &Arc<Template>, declares_parameter: bool, name: &str) -> bool {
        let number = self.program(template, declares_parameter);
        self.fresh || self.programs[number].as_ref().is_ok_and(|p| p.reads.has(name))
    }

    fn use_fixtures(&mut self, fixtures: &Arc<Fixtures>) {
        if !Arc::ptr_eq(&self.fixtures, fixtures) {
            self.fixtures = fixtures.clone();
            self.answers = Answers::default();
        }
    }

    fn section(&mut self, text: &str, context: &Value, parameter: &Value) -> Option<Vec<(Arc<str>, Node)>> {
        let program = match self.sections.get(text) {
            Some(known) => known.clone(),
            None => {
                let compiled = Program::compile_section(text, declarations(true), &[]).ok().map(Arc::new);
                self.sections.insert(text.into(), compiled.clone());
                compiled
            }
        }?;
        let mut answer = section(&program, context, parameter);
        let mut old: Vec<Old> = Vec::new();
        for _ in 0..MAX_RENEWALS {
            let Err(faults) = &answer else { break };
            let met = legacy::met_in(text, faults);
            if met.iter().all(|m| old.contains(m)) {
                break;
            }
            old.extend(met);
            let program = Program::compile_section(text, declarations(true), &old).ok()?;
            answer = section(&program, context, parameter);
        }
        answer.ok()
    }

    fn package(
        &mut self,
        files: &[&Template],
        data: &[(&'static str, Value)],
    ) -> Result<Vec<(Arc<str>, Node)>, Vec<Diagnostic>> {
        let extra = data.iter().map(|(name, _)| format!("{name}: _\n")).collect::<Vec<_>>().concat();
        let program = Program::compile_package(files, &extra)?;
        let (mut eval, root) = start(&program);
        for (name, value) in data {
            eval.add_data(root, name, value);
        }
        if let Err(budget) = eval.finalize(root) {
            let what = match exhausted(budget) {
                Refused::Exhausted(what) => what,
                Refused::Compile(diagnostics) => return Err(diagnostics),
            };
            return Err(vec![Diagnostic::error(
                EVALUATION,
                format!("evaluating the files needs too much: {what}"),
            )]);
        }
        let mut reader = Reader { eval: &mut eval, program: &program };
        if reader.errors(root).is_empty() {
            return Ok(reader.all(root));
        }
        Err(package_told(&program, data))
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
