//! Making errors: faults with their places, errors out of them, errors combined and wrapped.

use std::sync::Arc;

use smallvec::SmallVec;
use vela_ir::{Expr, ExprId};

use crate::error::{Arg, Bottom, Code, ErrId, Fault, Message, Pos};
use crate::eval::{Eval, push_pos};
use crate::value::{Src, Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, EnvId, Status, Term, VertexId};

/// How many faults an error gathers: what comes after them adds nothing that anybody reads. Errors of members are found
/// one by one all the same when a value is validated.
const MOST_FAULTS: usize = 1000;

impl Eval<'_> {
    /// A new fault at `pos`, for the current vertex; recorded positions and those of the arguments are added.
    pub(crate) fn fault_at(
        &mut self,
        pos: Option<Pos>,
        template: &'static str,
        mut args: SmallVec<[Arg; 2]>,
    ) -> Fault {
        let mut more: SmallVec<[Pos; 4]> = SmallVec::new();
        for p in &self.positions {
            if !more.contains(p) {
                more.push(*p);
            }
        }
        for a in &args {
            self.arg_positions(a, &mut more);
        }
        // What is shown is the value as it is now, not what later becomes of the vertex.
        for a in &mut args {
            if let Arg::Val(v) = a
                && let Value::Vertex(x) = v.v
            {
                v.v = Value::Vertex(self.snapshot(x));
            }
        }
        Fault { message: Message { template, args }, vertex: self.vertex, pos, more, cause: None }
    }

    fn snapshot(&mut self, v: VertexId) -> VertexId {
        let mut copy = self.v(self.deref(v)).clone();
        copy.state = None;
        copy.status = Status::Finalized;
        self.add_vertex(copy)
    }

    fn arg_positions(&self, a: &Arg, more: &mut SmallVec<[Pos; 4]>) {
        match a {
            Arg::Val(v) => self.val_positions(*v, more),
            Arg::Expr(x) => push_pos(more, Pos::Src(Src::expr(*x))),
            _ => {}
        }
    }

    /// The places of a value: its own, and those of a vertex's conjuncts.
    pub(crate) fn val_positions(&self, v: Val, more: &mut SmallVec<[Pos; 4]>) {
        if let Value::Vertex(x) = v.v {
            if let Base::Value(inner) = self.v(x).base
                && has_place(inner)
            {
                push_pos(more, Pos::Src(inner.src));
            }
            for c in &self.v(x).conjuncts {
                match c.term {
                    Term::Val(w) => {
                        if w.v != v.v {
                            self.val_positions(w, more);
                        }
                    }
                    t => {
                        let src = self.term_src(t);
                        if !src.is_none() {
                            push_pos(more, Pos::Src(src));
                        }
                    }
                }
            }
        } else if has_place(v) {
            push_pos(more, Pos::Src(v.src));
        }
    }

    pub(crate) fn pos(&self) -> Option<Pos> {
        if self.src.is_none() { None } else { Some(Pos::Src(self.src)) }
    }

    /// An error of one fault.
    pub(crate) fn bottom_of(&mut self, code: Code, fault: Fault) -> ErrId {
        self.bottom_with(code, Arc::new(fault))
    }

    /// The same, of a fault that other errors may hold too.
    pub(crate) fn bottom_with(&mut self, code: Code, fault: Arc<Fault>) -> ErrId {
        let vertex = self.vertex;
        self.values.error(Bottom {
            code,
            faults: SmallVec::from_iter([fault]),
            vertex,
            child_error: false,
            has_recursive: false,
            close_check: false,
            listed: false,
        })
    }

    /// A new error at `pos`.
    pub(crate) fn error_at<const N: usize>(
        &mut self,
        code: Code,
        pos: Option<Pos>,
        template: &'static str,
        args: [Arg; N],
    ) -> ErrId {
        let fault = self.fault_at(pos, template, SmallVec::from_iter(args));
        self.bottom_of(code, fault)
    }

    /// A new error at the current place.
    pub(crate) fn error<const N: usize>(
        &mut self,
        code: Code,
        template: &'static str,
        args: [Arg; N],
    ) -> ErrId {
        let pos = self.pos();
        self.error_at(code, pos, template, args)
    }

    /// A new fatal error at the current place, as a value.
    pub(crate) fn fatal<const N: usize>(&mut self, template: &'static str, args: [Arg; N]) -> Val {
        let src = self.src;
        Val::at(Value::Bottom(self.error(Code::Eval, template, args)), src)
    }

    /// Adds an error to those of the running step.
    pub(crate) fn add_error(&mut self, e: ErrId) {
        self.errs = self.combine(self.errs, Some(e));
    }

    /// Adds a new error at `pos` to those of the running step.
    pub(crate) fn add_at<const N: usize>(
        &mut self,
        code: Code,
        pos: Option<Pos>,
        template: &'static str,
        args: [Arg; N],
    ) {
        let e = self.error_at(code, pos, template, args);
        self.add_error(e);
    }

    /// Combines two errors of one vertex: the worse where one of them may be repaired, else both
    /// (`evaluation-2-algorithm.md` 7.1).
    pub(crate) fn combine(&mut self, a: Option<ErrId>, b: Option<ErrId>) -> Option<ErrId> {
        let (Some(a), Some(b)) = (a, b) else { return a.or(b) };
        if a == b {
            // What is known of the error as another vertex's is not true of this one.
            let e = self.err(a);
            if a == crate::error::CYCLE || !(e.child_error || e.has_recursive || e.close_check) {
                return Some(a);
            }
            let bare = Bottom {
                vertex: None,
                child_error: false,
                has_recursive: false,
                close_check: false,
                ..e.clone()
            };
            return Some(self.values.error(bare));
        }
        let (ca, cb) = (self.err(a).code, self.err(b).code);
        let (a, b) = if ca > cb { (b, a) } else { (a, b) };
        if ca != cb && ca.max(cb).is_incomplete() {
            return Some(a);
        }
        if b == crate::error::CYCLE {
            return Some(a);
        }
        if a == crate::error::CYCLE {
            return Some(b);
        }
        let (x, y) = (self.err(a), self.err(b));
        if x.faults.len() >= MOST_FAULTS {
            return Some(a);
        }
        let mut faults = x.faults.clone();
        for f in &y.faults {
            if !faults.iter().any(|g| Arc::ptr_eq(f, g)) {
                faults.push(f.clone());
            }
        }
        let combined = Bottom {
            code: x.code,
            faults,
            vertex: x.vertex.or(y.vertex),
            child_error: false,
            has_recursive: false,
            close_check: x.close_check || y.close_check,
            listed: true,
        };
        Some(self.values.error(combined))
    }

    /// Takes the errors of the running step.
    pub(crate) fn take_errs(&mut self) -> Option<ErrId> {
        self.errs.take()
    }

    /// The error with another error's text in front: `outer: inner`.
    pub(crate) fn wrap(&mut self, code: Code, outer: Fault, inner: ErrId) -> ErrId {
        let faults: SmallVec<[Arc<Fault>; 1]> = self
            .err(inner)
            .faults
            .iter()
            .map(|f| {
                let mut o = outer.clone();
                o.cause = Some(f.clone());
                Arc::new(o)
            })
            .collect();
        let vertex = self.vertex;
        self.values.error(Bottom {
            code,
            faults,
            vertex,
            child_error: false,
            has_recursive: false,
            close_check: false,
            listed: false,
        })
    }

    /// Whether the expression is the literal `_|_`.
    pub(crate) fn is_literal_bottom(&self, x: ExprId) -> bool {
        matches!(self.ir.expr(x), Expr::Bottom)
    }

    /// A root conjunct: no frame, no closedness.
    pub(crate) fn root_conjunct(term: Term) -> Conjunct {
        Conjunct { env: EnvId::NONE, term, ci: CloseInfo::default() }
    }
}

/// Whether messages name the place of a value: `_` and what was put together from several values have none.
const fn has_place(v: Val) -> bool {
    !v.src.is_none() && !matches!(v.v, Value::Conjunction(_) | Value::Disjunction(_))
}
