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

/// One mistake, told as plain facts: callers put it into their readers' words.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The catalogue's entry.
    pub code: Code,
    /// Where it shows, as source; empty for nowhere.
    pub path: String,
    /// The vertex it shows at.
    pub vertex: Option<VertexId>,
    /// What is wrong.
    pub message: String,
    /// What kind of mistake it is, with what was wanted.
    pub wanted: Wanted,
    /// Places: the mistake's own first.
    pub places: Vec<Place>,
    /// Facts that explain it.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
}

/// What would have been right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Nothing that could be said in a word.
    Unknown,
    /// A value that fits this: a type, a bound, a pattern, another value; and the value that does not.
    Fitting {
        /// What it does not fit, as source.
        constraint: String,
        /// The value, as source.
        given: String,
    },
    /// One of these values, as source.
    OneOf(Vec<String>),
    /// No field of this name.
    Nothing,
}

/// The diagnostics of an error, in the order in which they are to be shown. `source` gives the text's id in the
/// caller's collection.
pub fn diagnostics(
    eval: &Eval,
    id: ErrId,
    at: Option<VertexId>,
    data: &[DataFile],
    source: &dyn Fn(Origin) -> Option<SourceId>,
) -> Vec<Diagnostic> {
    diagnoses(eval, id, at, data).iter().map(|d| d.diagnostic(source)).collect()
}

/// The mistakes behind an error. Of a disjunction that fits nothing, one: about the alternative that was meant where
/// that can be told, else with all of them as notes.
pub fn diagnoses(eval: &Eval, id: ErrId, at: Option<VertexId>, data: &[DataFile]) -> Vec<Diagnosis> {
    let reports = reports(eval, id, at, data);
    let mut heads: Vec<(ErrorReport, Vec<ErrorReport>)> = Vec::new();
    let mut rest = reports.into_iter();
    while let Some(report) = rest.next() {
        let alternatives = alternatives_of(&report.fault);
        let group = rest.by_ref().take(alternatives).collect();
        heads.push((report, group));
    }
    let order = sanitize(heads.iter().map(|(head, _)| head.clone()).collect());
    let mut out: Vec<Diagnosis> = Vec::new();
    for head in order {
        let group = heads.iter().find(|(h, _)| *h == head).map(|(_, g)| g.as_slice()).unwrap_or_default();
        let made = if group.is_empty() { single(eval, &head) } else { disjunction(eval, &head, group) };
        // Fields that use a wrong one repeat its error.
        let same =
            |d: &Diagnosis| d.message == made.message && d.path == made.path && d.places == made.places;
        if !out.iter().any(same) {
            out.push(made);
        }
    }
    out
}

impl Diagnosis {
    /// As a diagnostic about CUE.
    pub fn diagnostic(&self, source: &dyn Fn(Origin) -> Option<SourceId>) -> Diagnostic {
        let text = &self.message;
        let message = if self.path.is_empty() { text.clone() } else { format!("{}: {text}", self.path) };
        let mut d = Diagnostic::error(self.code, message);
        for (i, p) in self.places.iter().enumerate() {
            let Some(id) = source(p.origin) else { continue };
            let span = Span::new(p.start, p.end.max(p.start));
            d = if i == 0 { d.at(id, span) } else { d.secondary(id, span, self.role(p)) };
        }
        d.notes.clone_from(&self.notes);
        d.help.clone_from(&self.help);
        d
    }

    /// What a further place has to do with the mistake.
    fn role(&self, place: &Place) -> &'static str {
        match (place.origin, &self.wanted) {
            (Origin::Data(_), _) => "value given here",
            (_, Wanted::Fitting { .. }) if self.code == codes::CONFLICT => "conflicts with this",
            _ => "",
        }
    }
}

/// How many of the following faults are the alternatives of this one.
fn alternatives_of(fault: &Fault) -> usize {
    match fault.message.args.first() {
        Some(Arg::Int(n)) if is_disjunction_head(fault) => usize::try_from(*n).unwrap_or(0),
        _ => 0,
    }
}

fn single(eval: &Eval, r: &ErrorReport) -> Diagnosis {
    let message =
        if is_disjunction_head(&r.fault) { "no alternative fits".to_owned() } else { r.message.clone() };
    Diagnosis {
        code: code_of(&r.fault),
        path: r.path.clone(),
        vertex: r.fault.vertex,
        message,
        wanted: wanted(eval, &r.fault),
        places: r.places.clone(),
        notes: Vec::new(),
        help: near_name(eval, &r.fault),
    }
}

/// A disjunction of which nothing is left.
fn disjunction(eval: &Eval, head: &ErrorReport, all: &[ErrorReport]) -> Diagnosis {
    let constants = all.iter().map(|r| (first_constant(eval, r), r.path == head.path));
    let constants: Option<Vec<String>> = constants.map(|(c, here)| c.filter(|_| here)).collect();
    if let Some(constants) = constants {
        return enumeration(head, constants, all);
    }
    // An alternative of another kind, or one without the field, is not the one that was meant.
    let best = all.iter().map(|r| distance(eval, head, r)).min().unwrap_or(0);
    let mut meant: Vec<&ErrorReport> =
        all.iter().filter(|r| distance(eval, head, r) == best && !is_disjunction_head(&r.fault)).collect();
    meant.dedup_by(|a, b| a.path == b.path && a.message == b.message);
    let mut made = match meant.as_slice() {
        [one] => Diagnosis { code: codes::NO_ALTERNATIVE, ..single(eval, one) },
        _ => single(eval, head),
    };
    let notes = if meant.len() == 1 { &[][..] } else { meant.as_slice() };
    for r in notes.iter().take(MOST_VALUES) {
        let at = if r.path == head.path { String::new() } else { format!("{}: ", r.path) };
        made.notes.push(format!("one alternative says: {at}{}", r.message));
        made.places.extend(r.places.iter().filter(|p| !head.places.contains(p)).cloned());
    }
    made.places.dedup();
    made
}

/// All alternatives are constants.
fn enumeration(head: &ErrorReport, constants: Vec<String>, all: &[ErrorReport]) -> Diagnosis {
    let mut values: Vec<String> = Vec::new();
    for constant in constants {
        if !values.contains(&constant) && values.len() < MOST_VALUES {
            values.push(constant);
        }
    }
    let note = format!("allowed: {}", values.join(", "));
    // The places of all alternatives say nothing that the first does not say.
    let mut places = head.places.clone();
    let more = all.iter().flat_map(|r| &r.places).find(|p| !places.contains(p)).cloned();
    if places.is_empty() {
        places.extend(more);
    }
    Diagnosis {
        code: code_of(&head.fault),
        path: head.path.clone(),
        vertex: head.fault.vertex,
        message: "no alternative fits".to_owned(),
        wanted: Wanted::OneOf(values),
        places,
        notes: vec![note],
        help: None,
    }
}

/// How far an alternative is from what was meant.
fn distance(eval: &Eval, head: &ErrorReport, r: &ErrorReport) -> u32 {
    let mismatch = r.message.contains("mismatched types");
    match () {
        () if is_disjunction_head(&r.fault) => 3,
        () if mismatch && r.path == head.path => 2,
        () if r.fault.message.template == "field not allowed" => 1,
        // A single value beside a rule is a default.
        () if r.path == head.path && first_constant(eval, r).is_some() => 1,
        () => 0,
    }
}

/// What would have been right.
fn wanted(eval: &Eval, fault: &Fault) -> Wanted {
    let t = fault.message.template;
    if t == "field not allowed" {
        return Wanted::Nothing;
    }
    let [Arg::Val(a), Arg::Val(b), ..] = fault.message.args.as_slice() else { return Wanted::Unknown };
    if t.starts_with("invalid value") {
        return Wanted::Fitting { constraint: compact::value(eval, *b), given: compact::value(eval, *a) };
    }
    if !t.starts_with("conflicting values") {
        return Wanted::Unknown;
    }
    // What stands in the source is the rule, what came as data is the value.
    let concrete = |v: &Val| matches!(v.v, Value::Null | Value::Bool(_) | Value::Num(_) | Value::Str(_));
    let (rule, given) = match (a.src.as_expr().is_some(), b.src.as_expr().is_some()) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        _ if concrete(a) && !concrete(b) => (b, a),
        _ => (a, b),
    };
    Wanted::Fitting { constraint: compact::value(eval, *rule), given: compact::value(eval, *given) }
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
