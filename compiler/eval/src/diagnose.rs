//! Evaluation errors as diagnostics of the catalogue, with help that the bare message does not give: near names for
//! misspelt fields, and the values that an enumeration allows.

use vela_diagnostics::catalogue::evaluation as codes;
use vela_diagnostics::{Code, Diagnostic, SourceId, Span, did_you_mean};
use vela_ir::{ArcType, Label};

use crate::compact;
use crate::error::{Arg, ErrId, Fault};
use crate::eval::Eval;
use crate::report::{DataFile, ErrorReport, Origin, Place, reports, sanitize};
use crate::value::{Val, Value};
use crate::vertex::{Base, VertexId};

/// Most allowed values listed.
const MOST_VALUES: usize = 20;

/// The diagnostics of an error, in the order in which they are to be shown. `source` gives the text's id in the
/// caller's collection.
pub fn diagnostics(
    eval: &Eval,
    id: ErrId,
    at: Option<VertexId>,
    data: &[DataFile],
    source: &dyn Fn(Origin) -> Option<SourceId>,
) -> Vec<Diagnostic> {
    let reports = sanitize(reports(eval, id, at, data));
    let allowed = allowed_values(eval, &reports);
    let many = reports.iter().any(|r| is_disjunction_head(&r.fault));
    reports
        .iter()
        .filter(|r| !many || !is_alternative(r, &allowed))
        .map(|r| diagnostic(eval, r, &allowed, source))
        .collect()
}

fn diagnostic(
    eval: &Eval,
    r: &ErrorReport,
    allowed: &[(String, Vec<String>)],
    source: &dyn Fn(Origin) -> Option<SourceId>,
) -> Diagnostic {
    let code = code_of(&r.fault);
    let text =
        if is_disjunction_head(&r.fault) { "no alternative fits".to_owned() } else { r.message.clone() };
    let message = if r.path.is_empty() { text } else { format!("{}: {text}", r.path) };
    let mut d = Diagnostic::error(code, message);
    for (i, p) in r.places.iter().enumerate() {
        let Some(id) = source(p.origin) else { continue };
        let span = Span::new(p.start, p.end.max(p.start));
        d = if i == 0 { d.at(id, span) } else { d.secondary(id, span, role(p, r)) };
    }
    if let Some((_, values)) = allowed.iter().find(|(path, _)| *path == r.path)
        && is_disjunction_head(&r.fault)
    {
        d = d.note(format!("allowed: {}", values.join(", ")));
    }
    if let Some(help) = near_name(eval, &r.fault) {
        d = d.help(help);
    }
    d
}

/// What a further place has to do with the error.
fn role(p: &Place, r: &ErrorReport) -> &'static str {
    match (p.origin, r.fault.message.template) {
        (Origin::Data(_), _) => "value given here",
        (_, t) if t.starts_with("conflicting values") => "conflicts with this",
        _ => "",
    }
}

/// The catalogue's entry for a fault, by its message.
pub fn code_of(fault: &Fault) -> Code {
    let t = fault.message.template;
    let starts = |any: &[&str]| any.iter().any(|p| t.starts_with(p));
    if t.contains("in empty disjunction") || t == "empty disjunction" {
        codes::NO_ALTERNATIVE
    } else if starts(&["conflicting value", "incompatible list lengths", "cannot combine regular field"]) {
        codes::CONFLICT
    } else if starts(&["incompatible"]) || (starts(&["invalid value"]) && !t.contains("for bound")) {
        codes::OUT_OF_BOUND
    } else if t == "field not allowed" {
        codes::NOT_ALLOWED
    } else if starts(&["incomplete value"]) {
        if shows_disjunction(fault) { codes::AMBIGUOUS } else { codes::INCOMPLETE }
    } else if starts(&["field is required", "required field missing", "missing required field"]) {
        codes::REQUIRED_MISSING
    } else if starts(&["unresolved disjunction"]) {
        codes::AMBIGUOUS
    } else if starts(&["reference"]) && t.contains("not found") {
        codes::UNDEFINED_REFERENCE
    } else if starts(&["undefined field", "index out of range", "cannot reference optional field"]) {
        codes::UNDEFINED_FIELD
    } else if starts(&["structural cycle"]) {
        codes::STRUCTURAL_CYCLE
    } else if t.contains("cycle") || starts(&["cyclic", "circular"]) {
        codes::CYCLE
    } else if t.contains("call") || starts(&["cannot use {} (type {}) as {} in argument"]) {
        codes::BAD_CALL
    } else if starts(&[
        "invalid operand",
        "invalid operation",
        "invalid left-hand",
        "invalid right-hand",
        "cannot use",
    ]) {
        codes::BAD_OPERANDS
    } else if t.contains("undefined as")
        || t.contains("is incomplete")
        || starts(&["non-concrete", "incomplete"])
    {
        codes::INCOMPLETE
    } else if starts(&["explicit error"]) || t == "{}" {
        codes::USER_ERROR
    } else {
        codes::EVALUATION
    }
}

fn shows_disjunction(fault: &Fault) -> bool {
    matches!(fault.message.args.first(), Some(Arg::Val(Val { v: Value::Disjunction(_), .. })))
}

fn is_disjunction_head(fault: &Fault) -> bool {
    fault.message.template.contains("in empty disjunction")
}

/// For each path whose disjunction of constants failed: the constants.
fn allowed_values(eval: &Eval, reports: &[ErrorReport]) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for head in reports.iter().filter(|r| is_disjunction_head(&r.fault)) {
        let mut values: Vec<String> = Vec::new();
        for r in reports.iter().filter(|r| r.path == head.path && !is_disjunction_head(&r.fault)) {
            let Some(constant) = first_constant(eval, r) else { break };
            if !values.contains(&constant) && values.len() < MOST_VALUES {
                values.push(constant);
            }
        }
        if !values.is_empty() && !all.iter().any(|(p, _)| *p == head.path) {
            all.push((head.path.clone(), values));
        }
    }
    all
}

/// The alternative that a conflict names, where it is a constant.
fn first_constant(eval: &Eval, r: &ErrorReport) -> Option<String> {
    if !r.fault.message.template.starts_with("conflicting values") {
        return None;
    }
    let Some(Arg::Val(v)) = r.fault.message.args.first() else { return None };
    match v.v {
        Value::Null | Value::Bool(_) | Value::Num(_) | Value::Str(_) => Some(compact::value(eval, *v)),
        _ => None,
    }
}

/// Whether the report only says that one constant of an enumeration, listed elsewhere, does not fit.
fn is_alternative(r: &ErrorReport, allowed: &[(String, Vec<String>)]) -> bool {
    r.fault.message.template.starts_with("conflicting values")
        && allowed.iter().any(|(path, _)| *path == r.path)
}

/// Help for names that may be misspelt.
fn near_name(eval: &Eval, fault: &Fault) -> Option<String> {
    if fault.message.template != "field not allowed" {
        return None;
    }
    let v = fault.vertex?;
    let label = eval.v(v).label;
    let names = names_of(eval, eval.v(v).parent?, label);
    let name = eval.labels.name(label).into_owned();
    did_you_mean(&name, names.iter().map(String::as_str))
}

/// The fields that a vertex has or may have, except `not`.
fn names_of(eval: &Eval, v: VertexId, not: Label) -> Vec<String> {
    let vertex = eval.v(eval.deref(v));
    vertex
        .arcs
        .iter()
        .map(|a| eval.v(*a))
        .filter(|a| a.label != not && a.label.is_string() && a.arc_type <= ArcType::Optional)
        .filter(|a| !matches!(a.base, Base::Value(Val { v: Value::Bottom(_), .. })))
        .map(|a| eval.labels.name(a.label).into_owned())
        .collect()
}
