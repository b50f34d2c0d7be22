//! Whether a finished value is fit for its use: free of errors, and concrete where that is asked for
//! (`evaluation-2-algorithm.md` 7.5). Used before every export and by `vet`.

use rustc_hash::FxHashSet;
use smallvec::SmallVec;
use vela_ir::{ArcType, Decl};

use crate::error::{Arg, Bottom, Code, ErrId, Fault, Message, Pos};
use crate::eval::{Eval, push_pos};
use crate::value::{Val, Value};
use crate::vertex::{Base, Term, VertexId};

/// What is asked of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Config {
    /// All values must be concrete, once defaults are taken.
    pub concrete: bool,
    /// No required field may be left unset.
    pub final_: bool,
    /// Values that depend on themselves are errors.
    pub disallow_cycles: bool,
    /// Incomplete errors count, even where values need not be concrete.
    pub report_incomplete: bool,
    /// Go on after the first error.
    pub all_errors: bool,
}

impl Config {
    /// What evaluation alone must satisfy.
    pub const AS_IS: Self = Self {
        concrete: false,
        final_: false,
        disallow_cycles: false,
        report_incomplete: false,
        all_errors: true,
    };

    /// What output must satisfy.
    pub const CONCRETE: Self = Self {
        concrete: true,
        final_: true,
        disallow_cycles: false,
        report_incomplete: false,
        all_errors: true,
    };
}

/// Checks a finished vertex and everything below it. Gives the worst errors found, combined, in order of arcs.
pub fn validate(eval: &mut Eval, v: VertexId, config: &Config) -> Option<ErrId> {
    let mut walk = Walk { config: *config, found: Vec::new(), visited: FxHashSet::default() };
    walk.run(eval, v);
    walk.combine(eval)
}

/// A vertex to visit.
struct Step {
    vertex: VertexId,
    in_definition: bool,
    /// Places of the references that lead here through sharing.
    shared: SmallVec<[Pos; 2]>,
    /// A required field without value: nothing to visit.
    missing: bool,
    /// The last vertex on the way that is shared, as the place it has for who asks, and the vertex that it shares.
    via: Option<(VertexId, VertexId)>,
}

struct Walk {
    config: Config,
    found: Vec<ErrId>,
    visited: FxHashSet<VertexId>,
}

impl Walk {
    fn run(&mut self, eval: &mut Eval, root: VertexId) {
        let first =
            Step { vertex: root, in_definition: false, shared: SmallVec::new(), missing: false, via: None };
        let mut work = vec![first];
        while let Some(step) = work.pop() {
            if !self.config.all_errors && !self.found.is_empty() {
                break;
            }
            if step.missing {
                let e = missing_field(eval, step.vertex, &step.shared);
                let at = placed(eval, step.via, step.vertex);
                let bottom = &mut eval.values.errors[e as usize];
                bottom.vertex = Some(at);
                for fault in &mut bottom.faults {
                    std::sync::Arc::make_mut(fault).vertex = Some(at);
                }
                self.add(eval, e);
            } else {
                self.visit(eval, step, &mut work);
            }
        }
    }

    fn add(&mut self, eval: &Eval, e: ErrId) {
        if !self.config.all_errors || !eval.err(e).child_error {
            self.found.push(e);
        }
    }

    fn visit(&mut self, eval: &mut Eval, step: Step, work: &mut Vec<Step>) {
        let at = step.vertex;
        let concrete = self.config.concrete && !step.in_definition;
        let no_cycles = (self.config.concrete || self.config.final_) && !step.in_definition;
        let mut shared = step.shared;
        if eval.v(at).is_shared
            && let Some(c) = eval.v(at).conjuncts.first()
        {
            let src = eval.term_src(c.term);
            if !src.is_none() {
                push_pos2(&mut shared, Pos::Src(src));
            }
        }
        let mut value = eval.deref(at);
        if value != at && (step.in_definition || !self.visited.insert(value)) {
            return;
        }
        eval.look_at(value);
        let via = if value == at { step.via } else { Some((placed(eval, step.via, at), value)) };
        if let Some(e) = eval.bottom(value) {
            let (code, recursive) = (eval.err(e).code, eval.err(e).has_recursive);
            let counts = match code {
                Code::Cycle => no_cycles || self.config.disallow_cycles,
                Code::Incomplete => self.config.report_incomplete || concrete,
                _ => true,
            };
            if counts {
                self.add(eval, e);
            }
            if !recursive {
                return;
            }
        } else if concrete {
            match taken_default(eval, value) {
                Taken::Vertex(w) => {
                    if !eval.vertex_concrete(w) {
                        let shown = eval.value_of(w).unwrap_or(Val::new(Value::Vertex(w)));
                        let e = incomplete(eval, at, shown, &shared);
                        self.add(eval, e);
                    }
                    value = w;
                }
                Taken::Value(x) => {
                    if !eval.is_concrete(x.v) {
                        let e = incomplete(eval, at, x, &shared);
                        self.add(eval, e);
                    }
                }
            }
        }
        let first = work.len();
        for a in eval.v(value).arcs.iter().copied() {
            let arc = eval.v(a);
            let missing = arc.arc_type == ArcType::Required && self.config.final_ && !step.in_definition;
            if !missing && (arc.label.is_let() || arc.arc_type != ArcType::Member) {
                continue;
            }
            let in_definition = step.in_definition || !(missing || arc.label.is_regular());
            work.push(Step { vertex: a, in_definition, shared: shared.clone(), missing, via });
        }
        work[first..].reverse();
    }

    /// One error out of all: the rules of `Eval::combine`, in one step for many.
    fn combine(self, eval: &mut Eval) -> Option<ErrId> {
        let code = self.found.iter().map(|e| eval.err(*e).code).min()?;
        let lasting = |c: Code| if code.is_incomplete() { c == code } else { !c.is_incomplete() };
        let kept: Vec<ErrId> = self.found.into_iter().filter(|e| lasting(eval.err(*e).code)).collect();
        if let [only] = kept[..] {
            return Some(only);
        }
        let mut seen = FxHashSet::default();
        let mut all = Bottom {
            code,
            faults: SmallVec::new(),
            vertex: None,
            child_error: false,
            has_recursive: false,
            close_check: false,
            listed: false,
        };
        for e in kept {
            let b = eval.err(e);
            all.close_check |= b.close_check;
            for f in &b.faults {
                if seen.insert(std::sync::Arc::as_ptr(f)) {
                    all.faults.push(f.clone());
                }
            }
        }
        Some(eval.values.error(all))
    }
}

/// A vertex at the place where it is seen: below the vertex that shares one of those above it.
fn placed(eval: &mut Eval, via: Option<(VertexId, VertexId)>, v: VertexId) -> VertexId {
    let Some((holder, shared)) = via else { return v };
    let (mut labels, mut at) = (Vec::new(), v);
    while at != shared {
        labels.push(eval.v(at).label);
        match eval.v(at).parent {
            Some(parent) => at = parent,
            None => return v,
        }
    }
    labels.into_iter().rev().fold(holder, |parent, label| {
        eval.add_vertex(crate::vertex::Vertex::new(Some(parent), label, ArcType::Member))
    })
}

fn push_pos2(list: &mut SmallVec<[Pos; 2]>, p: Pos) {
    if !list.contains(&p) {
        list.push(p);
    }
}

/// A value with its defaults taken.
pub(crate) enum Taken {
    /// A vertex, possibly another one.
    Vertex(VertexId),
    /// A value without a place in the tree: a disjunction of defaults, or the one default.
    Value(Val),
}

/// The default of a vertex, or itself (`evaluation-1-values.md` 8.7).
pub(crate) fn taken_default(eval: &mut Eval, v: VertexId) -> Taken {
    let v = eval.deref(v);
    let Base::Value(Val { v: Value::Disjunction(d), src }) = eval.v(v).base else { return Taken::Vertex(v) };
    let d = &eval.values.disjunctions[d as usize];
    match d.defaults {
        0 => Taken::Vertex(v),
        1 => match d.values[0] {
            Val { v: Value::Vertex(w), .. } => taken_default(eval, w),
            x => Taken::Value(x),
        },
        _ => Taken::Value(Val::at(plain_disjunction(eval, v), src)),
    }
}

/// The defaults of a disjunction as one without marks.
fn plain_disjunction(eval: &mut Eval, v: VertexId) -> Value {
    let Base::Value(Val { v: Value::Disjunction(d), .. }) = eval.v(v).base else { return Value::Top };
    let d = &eval.values.disjunctions[d as usize];
    let values = d.values[..d.defaults].to_vec();
    eval.values.disjunction(crate::value::Disjunction { values, defaults: 0, has_defaults: false })
}

fn error_of(
    eval: &mut Eval,
    v: VertexId,
    template: &'static str,
    args: SmallVec<[Arg; 2]>,
    more: SmallVec<[Pos; 4]>,
) -> ErrId {
    let message = Message { template, args };
    let fault = Fault { message, vertex: Some(v), pos: None, more, cause: None };
    let e = eval.bottom_of(Code::Incomplete, fault);
    eval.values.errors[e as usize].vertex = Some(v);
    e
}

fn incomplete(eval: &mut Eval, v: VertexId, shown: Val, shared: &[Pos]) -> ErrId {
    let mut more = SmallVec::new();
    eval.val_positions(shown, &mut more);
    for p in shared {
        push_pos(&mut more, *p);
    }
    error_of(eval, v, "incomplete value {}", SmallVec::from_iter([Arg::Val(shown)]), more)
}

/// The error of a required field that nobody gave.
pub(crate) fn missing_field(eval: &mut Eval, v: VertexId, shared: &[Pos]) -> ErrId {
    let mut more = SmallVec::new();
    for p in shared {
        push_pos(&mut more, *p);
    }
    for c in &eval.v(v).conjuncts {
        if let Term::Decl(d) = c.term
            && let Decl::Field { arc: ArcType::Required, .. } = eval.ir.decls[d.index()]
        {
            push_pos(&mut more, Pos::Decl(d));
        }
        if let Some(Some(p)) = eval.group_places.get(c.ci.id) {
            push_pos(&mut more, *p);
        }
    }
    error_of(eval, v, "field is required but not present", SmallVec::new(), more)
}
