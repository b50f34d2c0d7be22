//! Where values of an evaluation come from, as lines of source and parts of what was given.

use rustc_hash::FxHashMap;
use vela_diagnostics::{LineIndex, SourceId, Span};
use vela_eval::origins::{Source, origins};
use vela_ir::{Clause, ExprId};

use crate::data::Value;
use crate::engine::{Condition, Line, Trace};
use crate::evaluator::compile::Program;

/// Evaluates a program anew, with places for everything that it is given, and follows one value.
pub fn trace(
    program: &Program,
    parameter: Option<&Value>,
    context: &Value,
    path: &[&str],
) -> Option<Vec<Trace>> {
    let (mut eval, root) = super::start(program);
    let mut given: Vec<Trace> = Vec::new();
    let mut first = eval.data_places.len();
    if let Some(parameter) = parameter {
        let paths = eval.add_placed_data(root, "parameter", parameter);
        given.extend(paths.into_iter().map(Trace::Given));
    } else {
        first = 0;
    }
    let second = eval.data_places.len();
    let paths = eval.add_placed_data(root, "context", context);
    given.resize(second - first, Trace::Given(Vec::new()));
    given.extend(paths.into_iter().map(Trace::Context));
    eval.finalize(root).ok()?;
    let mut out = Vec::new();
    for source in origins(&eval, root, path)? {
        match source {
            Source::Given(at) => {
                let Some(found) = (at as usize).checked_sub(first).and_then(|i| given.get(i)) else {
                    continue;
                };
                // What was given as a whole has no place of its own.
                if !matches!(found, Trace::Given(p) | Trace::Context(p) if p.is_empty()) {
                    out.push(found.clone());
                }
            }
            Source::Text { part, within, file, start, end } => {
                let Some(file) = eval.ir.files.get(file.index()) else { continue };
                // The file that declares `parameter` and `context` says nothing.
                if file.name == "context" {
                    continue;
                }
                let (line, column) = LineIndex::new(&file.text).line_col(start);
                let text = file.text.get(start as usize..end as usize).unwrap_or("");
                out.push(Trace::Line(Line {
                    part,
                    of_parameter: within == "parameter",
                    file: file.name.clone(),
                    line,
                    column,
                    text: text.lines().next().unwrap_or("").trim_end().to_owned(),
                }));
            }
        }
    }
    Some(out)
}

/// The conditions of the text `source`, in its order, and how an evaluation decides them.
pub fn conditions(
    program: &Program,
    source: SourceId,
    parameter: Option<&Value>,
    context: &Value,
) -> Vec<Condition> {
    let (mut eval, root) = super::start(program);
    eval.conditions = Some(FxHashMap::default());
    if let Some(parameter) = parameter {
        eval.add_data(root, "parameter", parameter);
    }
    eval.add_data(root, "context", context);
    // What was decided before a budget ran out counts.
    let _ = eval.finalize(root);
    let seen = eval.conditions.take().unwrap_or_default();
    let ir = eval.ir;
    let all: Vec<ExprId> =
        ir.clauses.iter().filter_map(|c| if let Clause::If(x) = c { Some(*x) } else { None }).collect();
    let mut out: Vec<Condition> = Vec::new();
    for x in all {
        let place = ir.place(x);
        if program.sources.get(place.file.index()).copied().flatten() == Some(source) {
            let seen = seen.get(&x).copied().unwrap_or_default();
            out.push(Condition { span: Span::new(place.start, place.end), seen });
        }
    }
    out.sort_by_key(|c| c.span.start);
    out
}
