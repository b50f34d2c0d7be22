//! What needs no scheduling: fields that are nothing but a scalar, and references to what is finished already. What these
//! come to can be told at once, and nothing could change it later.

use vela_ir::{ArcType, Expr, ExprId, Kinds};

use crate::eval::{Eval, R};
use crate::node::{Cond, TaskKind, TaskState};
use crate::value::Value;
use crate::vertex::{Base, Conjunct, Cyclic, EnvId, NodeId, Status, VertexId};

/// What is known of a reference.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settled {
    /// It leads to this finished field, in which there is no error.
    To(VertexId),
    /// A finished struct on the way has no such field.
    Nowhere,
}

impl Eval<'_> {
    /// What a name followed by selectors leads to, where all that it passes is finished; `None` where that is not sure.
    pub(crate) fn settled_way(&self, x: ExprId, env: EnvId) -> Option<Settled> {
        match self.ir.expr(x) {
            Expr::FieldRef(up, label) => {
                let frame = self.env_vertex(self.env_up(env, up));
                let mut arc = self.find_arc(self.deref(frame), label)?;
                if self.v(arc).anonymous && self.v(arc).is_dynamic {
                    // The variable of a `for` stands for the member itself.
                    arc = self.deref_non_rooted(arc);
                }
                self.is_settled(arc).then_some(Settled::To(arc))
            }
            Expr::Select(operand, label) if label.is_regular() => {
                let Settled::To(within) = self.settled_way(operand, env)? else {
                    return Some(Settled::Nowhere);
                };
                let within = self.deref(within);
                if self.v(within).base != Base::Struct {
                    return None;
                }
                match self.find_arc(within, label) {
                    None => Some(Settled::Nowhere),
                    Some(arc) => match self.v(arc).arc_type {
                        ArcType::Optional => Some(Settled::Nowhere),
                        _ => self.is_settled(arc).then_some(Settled::To(arc)),
                    },
                }
            }
            _ => None,
        }
    }

    /// Whether a field is finished, with no error anywhere in it.
    fn is_settled(&self, arc: VertexId) -> bool {
        let (own, end) = (self.v(arc), self.v(self.deref(arc)));
        own.arc_type == ArcType::Member
            && own.status == Status::Finalized
            && end.status == Status::Finalized
            && own.child_errors.is_none()
            && end.child_errors.is_none()
            && match end.base {
                Base::Struct | Base::List { .. } => true,
                Base::Value(v) => !matches!(v.v, Value::Bottom(_)),
                Base::None | Base::Cycle => false,
            }
    }

    /// Whether the operand of a comparison with bottom is there, where that is settled.
    pub(crate) fn settled_presence(&self, x: ExprId, env: EnvId) -> Option<bool> {
        if !self.devices.at_once {
            return None;
        }
        let Settled::To(arc) = self.settled_way(x, env)? else { return Some(false) };
        match self.v(self.deref(arc)).base {
            Base::Struct | Base::List { .. } => Some(true),
            Base::Value(v) => {
                let scalar = matches!(
                    v.v,
                    Value::Null | Value::Bool(_) | Value::Num(_) | Value::Str(_) | Value::Bytes(_)
                );
                scalar.then_some(true)
            }
            Base::None | Base::Cycle => None,
        }
    }

    /// Whether a state has nothing but what scalars, types and references leave in it, and nothing waits for it.
    fn is_simple(&self, n: NodeId, v: VertexId, status: Status) -> bool {
        let (node, x) = (self.n(n), self.v(v));
        let waiting =
            !node.blocking.is_empty() || !self.blocking.is_empty() || self.has_active_parent_task(n);
        let checks = node.lower.is_some()
            || node.upper.is_some()
            || !node.checks.is_empty()
            || !node.post_checks.is_empty()
            || node.errs.is_some()
            || node.kinds.is_bottom();
        let cycles = !node.parked.is_empty() || node.has_any_cyclic || node.has_ancestor_cycle;
        let other = node.is_shared || node.a_struct || node.has_struct || node.to_complete;
        let members = !x.arcs.is_empty() || !x.structs.is_empty() || !x.patterns.is_empty();
        let alternatives = node.settled.is_some() || node.has_disjunction || !node.disjuncts.is_empty();
        !(waiting || checks || cycles || other || members || alternatives)
            && x.status == status
            && x.arc_type != ArcType::Pending
            && matches!(x.base, Base::Cycle | Base::Value(_))
            && x.forward().is_none()
            && self.bottom(v).is_none()
            && self.errs.is_none()
    }

    /// Gives a vertex its value where all that its conjuncts said is a scalar or a type: most fields of most programs.
    /// The outcome is that of evaluating it to its end, by way of all conditions. False where it is not so simple, or
    /// not as far as that.
    pub(crate) fn finish_plain(&mut self, n: NodeId, v: VertexId, status: Status) -> bool {
        let node = self.n(n);
        if (node.scalar.is_none() && node.kinds == Kinds::TOP)
            || !self.all_tasks_finished(n)
            || !self.is_simple(n, v, status)
        {
            return false;
        }
        let base = match self.n(n).scalar {
            Some(scalar) => Base::Value(scalar),
            None => self.validators(n),
        };
        let node = self.nm(n);
        node.started = true;
        node.completed = Cond::ALL;
        let closes = node.is_def && !node.has_top;
        let x = self.vm(v);
        x.base = base;
        x.closed_recursive |= closes;
        x.status = Status::Finalized;
        true
    }

    /// Lets a vertex that is nothing but a reference share what it leads to, where that is finished. The outcome is that
    /// of evaluating it to its end. False where it is not so simple.
    pub(crate) fn finish_reference(&mut self, n: NodeId, v: VertexId) -> R<bool> {
        let node = self.n(n);
        let &[t] = &node.tasks[..] else { return Ok(false) };
        let task = self.t(t);
        let (env, term, ci) = (task.env, task.term, task.ci);
        if self.v(v).conjuncts.len() != 1
            || task.kind != TaskKind::Resolve
            || task.state != TaskState::Ready
            || task.defunct
            || task.retry
            || node.scalar.is_some()
            || node.has_top
            || node.no_sharing
            || node.kinds != Kinds::TOP
            || ci.cyclic == Cyclic::Yes
            || ci.opened
            || ci.conjunct_opened
            || !self.is_simple(n, v, Status::Unprocessed)
        {
            return Ok(false);
        }
        let Some(x) = self.term_expr(term) else { return Ok(false) };
        let Some(Settled::To(arc)) = self.settled_way(x, env) else { return Ok(false) };
        if self.v(arc).opened_shared || self.deref_disjunct(arc) != self.deref_non_disjunct(arc) {
            return Ok(false);
        }
        let arc = self.deref_non_disjunct(arc);
        if self.may_repeat(n, arc, x, ci)
            || self.same(v, arc)
            || !self.share_if_possible(n, Conjunct { env, term, ci }, arc, ci)
        {
            return Ok(false);
        }
        self.step()?;
        self.finalize_sharing(n)?;
        let task = self.tm(t);
        task.state = TaskState::Success;
        task.completes = Cond::NONE;
        let node = self.nm(n);
        node.started = true;
        node.completed = Cond::ALL;
        let w = self.v(self.deref(arc));
        let (closed, ellipsis) = (w.closed_recursive, w.has_ellipsis);
        let x = self.vm(v);
        x.closed_recursive |= closed;
        x.has_ellipsis |= ellipsis;
        x.status = Status::Finalized;
        self.shorten_sharing(v);
        Ok(true)
    }
}
