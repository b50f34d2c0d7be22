//! Scheduling: tasks run when asked for, wait for conditions of other vertices, and are released together when
//! nothing can go on (`evaluation-2-algorithm.md` 1.3 to 1.6).

use vela_ir::ArcType;

use crate::error::Code;
use crate::eval::{Eval, R, Stop};
use crate::node::{Cond, Mode, Task, TaskId, TaskKind, TaskState};
use crate::vertex::{CloseInfo, EnvId, NodeId, Term, VertexId};

const COUNTED_BITS: [u16; 5] = [1, 2, 4, 6, 8];
const VALUE_BIT: usize = 2;
const FIELD_CONJUNCTS_BIT: usize = 4;
const TASKS_BIT: usize = 6;

impl Eval<'_> {
    pub(crate) fn current_task(&self) -> Option<TaskId> {
        self.stack.last().copied()
    }

    /// Whether the conditions hold. Once work has started, what no task ever provided counts as met.
    pub(crate) fn meets(&self, n: NodeId, needs: Cond) -> bool {
        let n = self.n(n);
        let needs = if n.started { needs.both(n.provided) } else { needs };
        n.completed.has(needs)
    }

    pub(crate) fn all_tasks_started(&self, n: NodeId) -> bool {
        !self.n(n).tasks.iter().any(|t| self.t(*t).state == TaskState::Ready)
    }

    pub(crate) fn all_tasks_finished(&self, n: NodeId) -> bool {
        self.n(n).tasks.iter().all(|t| self.t(*t).state.is_over())
    }

    pub(crate) fn has_active_parent_task(&self, n: NodeId) -> bool {
        self.n(n).parent_tasks.iter().any(|t| !self.t(*t).state.is_over())
    }

    /// What follows from the conditions that are met already.
    fn derived(&mut self, n: NodeId) -> Cond {
        let node = self.n(n);
        let mut x = node.completed;
        let v = node.vertex;
        let arc_type = self.v(v).arc_type;
        if x.has(Cond::ANCESTORS) {
            x = x.with(Cond::COUNTED.without(node.provided));
            // The reference consults the counter of "value known" here; cycles depend on it.
            if node.counters[VALUE_BIT] == 0 && x.has(Cond::SUB_FIELDS) {
                x = x.with(Cond::ARC_TYPE);
            }
        }
        if matches!(arc_type, ArcType::Member | ArcType::NotPresent) {
            x = x.with(Cond::ARC_TYPE);
        } else if x.has(Cond::ARC_TYPE) && arc_type == ArcType::Pending && !self.has_active_parent_task(n) {
            self.vm(v).arc_type = ArcType::NotPresent;
        }
        if x.has(Cond::VALUE) && matches!(self.v(v).arc_type, ArcType::Member | ArcType::NotPresent) {
            x = x.with(Cond::SCALAR);
        }
        let settled = Cond::FIELD_CONJUNCTS.with(Cond::ANCESTORS).with(Cond::TASKS);
        if x.has(settled) && !x.has(Cond::FIELD_SET) {
            let node = self.n(n);
            if node.counters[TASKS_BIT] > 0 || node.counters[FIELD_CONJUNCTS_BIT] > 0 {
                return x;
            }
            let pending = !x.has(Cond::SUB_FIELDS)
                && self.v(v).arcs.iter().any(|a| self.v(*a).arc_type == ArcType::Pending);
            if !pending {
                x = x.with(Cond::FIELD_SET);
            }
        }
        x
    }

    /// A new label may still come legitimately while a comprehension that was pushed down, or a task of the vertex
    /// that adds fields, has not run: then the field set does not freeze yet.
    fn defer_field_set(&self, n: NodeId, c: Cond) -> Cond {
        if !c.any(Cond::FIELD_SET) {
            return c;
        }
        let current = self.current_task();
        let node = self.n(n);
        if node.parent_tasks.iter().any(|t| !self.t(*t).state.is_over() && Some(*t) != current) {
            return c.without(Cond::FIELD_SET);
        }
        for t in &node.tasks {
            let t = self.t(*t);
            if !t.kind.provides().any(Cond::FIELD_CONJUNCTS) {
                continue;
            }
            let blocks = match t.state {
                TaskState::Ready => true,
                TaskState::Running => t.kind != TaskKind::Comprehension,
                _ => false,
            };
            if blocks {
                return c.without(Cond::FIELD_SET);
            }
        }
        c
    }

    /// Sets conditions and runs the tasks that waited for them.
    pub(crate) fn signal(&mut self, n: NodeId, cond: Cond) -> R<()> {
        let was = self.n(n).completed;
        if was.has(cond) && !cond.any(Cond::FIELD_SET) {
            let node = self.nm(n);
            node.frozen = node.frozen.with(cond);
            return Ok(());
        }
        self.nm(n).completed = was.with(cond);
        let freeze = self.defer_field_set(n, cond);
        if was == self.n(n).completed {
            let node = self.nm(n);
            node.frozen = node.frozen.with(freeze);
            return Ok(());
        }
        let derived = self.derived(n);
        let node = self.nm(n);
        node.completed = node.completed.with(derived);
        node.frozen = node.frozen.with(freeze);
        let count = self.n(n).blocking.len();
        for i in 0..count {
            let Some(t) = self.n(n).blocking.get(i).copied() else { break };
            let task = self.t(t);
            if task.blocked_on == Some(n) && self.n(n).completed.has(task.block_cond) {
                let task = self.tm(t);
                task.blocked_on = None;
                self.run_task(t, Mode::Attempt)?;
            }
        }
        Ok(())
    }

    /// Declares conditions final: what would change them later is an error.
    pub(crate) fn freeze(&mut self, n: NodeId, cond: Cond) {
        let freeze = self.defer_field_set(n, cond);
        let node = self.nm(n);
        node.frozen = node.frozen.with(freeze);
        node.completed = node.completed.with(cond);
        self.derived(n);
    }

    fn decrement(&mut self, n: NodeId, cond: Cond) -> R<()> {
        let mut done = Cond::NONE;
        let node = self.nm(n);
        for bit in COUNTED_BITS {
            if cond.0 & (1 << bit) != 0 {
                let c = &mut node.counters[bit as usize];
                *c -= 1;
                if *c == 0 {
                    done.0 |= 1 << bit;
                }
            }
        }
        self.signal(n, done)
    }

    pub(crate) fn schedule_task(
        &mut self,
        n: NodeId,
        kind: TaskKind,
        env: EnvId,
        term: Term,
        ci: CloseInfo,
    ) -> R<TaskId> {
        let id = self.new_task(Task {
            kind,
            state: TaskState::Ready,
            completes: Cond::NONE,
            defunct: false,
            inserting: false,
            retry: false,
            blocked_on: None,
            block_cond: Cond::NONE,
            err: None,
            node: n,
            env,
            ci,
            term,
        });
        let mut completes = kind.provides();
        if kind == TaskKind::Comprehension {
            completes = self.push_down(n, id, term)?;
        }
        self.tm(id).completes = completes;
        let node = self.nm(n);
        node.provided = node.provided.with(completes);
        for bit in COUNTED_BITS {
            if completes.0 & (1 << bit) != 0 {
                node.counters[bit as usize] += 1;
            }
        }
        // Tasks of equal rank keep their order.
        let mut at = node.tasks.len();
        if at == 0 {
            // Most vertices have one.
            node.tasks.reserve_exact(1);
        }
        node.tasks.push(id);
        while at > 0 && self.t(self.n(n).tasks[at - 1]).kind.rank() > kind.rank() {
            self.nm(n).tasks.swap(at - 1, at);
            at -= 1;
        }
        Ok(id)
    }

    /// Whether all conjuncts that could reach a child of `v` have arrived.
    pub(crate) fn child_conjuncts_known(&mut self, v: Option<VertexId>) -> R<bool> {
        let Some(v) = v else { return Ok(true) };
        let Some(n) = self.state(v)? else { return Ok(true) };
        Ok(self.meets(n, Cond::FIELD_CONJUNCTS.with(Cond::ANCESTORS)))
    }

    fn process_ancestors(&mut self, n: NodeId, mode: Mode) -> R<bool> {
        if self.meets(n, Cond::ANCESTORS) {
            return Ok(true);
        }
        self.nested(|s| {
            let v = s.n(n).vertex;
            let mut done = true;
            let parent = s.v(v).parent;
            if let Some(p) = parent.and_then(|p| s.v(p).state)
                && !s.meets(p, Cond::CHILD_CONJUNCTS)
            {
                done = s.process_ancestors(p, mode)?;
                if s.n(p).counters[FIELD_CONJUNCTS_BIT] > 0 {
                    s.process(p, Cond::FIELD_CONJUNCTS, mode)?;
                }
                if done && s.n(p).counters[FIELD_CONJUNCTS_BIT] == 0 {
                    let p = s.nm(p);
                    p.completed = p.completed.with(Cond::CHILD_CONJUNCTS);
                }
            }
            if s.v(v).is_dynamic || s.v(v).label.is_let() || s.child_conjuncts_known(parent)? {
                s.signal(n, Cond::ANCESTORS)?;
            }
            Ok(done)
        })
    }

    fn handle_parents(&mut self, n: NodeId, needs: Cond, mode: Mode) -> R<()> {
        if !self.meets(n, needs) {
            self.process_ancestors(n, mode)?;
        }
        Ok(())
    }

    /// Runs the tasks of a vertex that bear on `needs`, then does as `mode` says where `needs` is not met.
    pub(crate) fn process(&mut self, n: NodeId, needs: Cond, mode: Mode) -> R<bool> {
        self.holding(n, |s| s.process_inner(n, needs, mode))
    }

    fn process_inner(&mut self, n: NodeId, needs: Cond, mode: Mode) -> R<bool> {
        let derived = self.derived(n);
        self.signal(n, derived)?;
        self.handle_parents(n, needs, mode)?;

        let mut ran_parent = false;
        let mut i = 0;
        while i < self.n(n).parent_tasks.len() {
            let t = self.n(n).parent_tasks[i];
            if self.t(t).state == TaskState::Ready {
                self.run_task(t, mode)?;
                ran_parent = true;
            }
            i += 1;
        }
        if ran_parent {
            self.handle_parents(n, needs, mode)?;
        }
        if mode == Mode::Finalize && self.v(self.n(n).vertex).arc_type == ArcType::Pending {
            self.nm(n).tasks.clear();
        }

        self.nm(n).started = true;
        let mut select = needs;
        if needs.any(Cond::SCALAR) {
            select = select.with(Cond::VALUE);
        }
        if needs.any(Cond::FIELD_SET) {
            select = select.with(Cond::FIELD_CONJUNCTS);
        }
        let (mut running_comp, mut inserting_comp, mut pending_disjunction) = (false, false, false);
        for t in &self.n(n).tasks {
            let t = self.t(*t);
            if t.state == TaskState::Running && t.kind == TaskKind::Comprehension {
                running_comp = true;
                inserting_comp |= t.inserting;
            }
            pending_disjunction |= t.state == TaskState::Ready && t.kind == TaskKind::Disjunctions;
        }

        let mut at = 0;
        loop {
            while at < self.n(n).tasks.len() {
                let t = self.n(n).tasks[at];
                at += 1;
                let task = self.t(t);
                let comprehension = task.kind == TaskKind::Comprehension;
                if task.state != TaskState::Ready
                    || !task.completes.any(select)
                    || (running_comp && comprehension)
                    || (inserting_comp && task.kind == TaskKind::Resolve)
                    || (pending_disjunction && comprehension && task.completes == Cond::TASKS)
                {
                    continue;
                }
                self.run_task(t, mode)?;
            }

            match mode {
                Mode::Ignore | Mode::Attempt => return Ok(self.meets(n, needs)),
                Mode::Yield => {
                    if self.meets(n, needs) {
                        return Ok(true);
                    }
                    if let Some(t) = self.current_task() {
                        self.wait_for(t, n, needs);
                        return Err(Stop::Blocked);
                    }
                }
                Mode::Finalize => {}
            }

            if self.release(n, &at)? {
                continue;
            }
            return Ok(true);
        }
    }

    /// Nothing can go on: releases all waiting tasks, in the order in which they blocked. Returns whether the vertex
    /// got new tasks.
    fn release(&mut self, n: NodeId, at: &usize) -> R<bool> {
        loop {
            let count = self.blocking.len();
            // They will never become scalars or members.
            for i in 0..count {
                let Some(t) = self.blocking.get(i).copied() else { break };
                if let Some(on) = self.t(t).blocked_on {
                    self.signal(on, Cond::SCALAR.with(Cond::ARC_TYPE))?;
                }
            }
            // All that is still waited for is frozen before anything runs, so that the order has no influence.
            let count = self.blocking.len().min(count.max(self.blocking.len()));
            for i in 0..count {
                let Some(t) = self.blocking.get(i).copied() else { break };
                if let Some(on) = self.t(t).blocked_on {
                    let cond = self.t(t).block_cond;
                    self.freeze(on, cond);
                }
            }
            for i in 0..count {
                let Some(t) = self.blocking.get(i).copied() else { break };
                let task = self.t(t);
                if let Some(on) = task.blocked_on
                    && !task.defunct
                {
                    let cond = task.block_cond;
                    self.tm(t).blocked_on = None;
                    self.signal(on, cond)?;
                    self.run_task(t, Mode::Attempt)?;
                }
            }
            if *at < self.n(n).tasks.len() {
                return Ok(true);
            }
            if count < self.blocking.len() {
                continue;
            }
            self.blocking.clear();
            return Ok(false);
        }
    }

    pub(crate) fn wait_for(&mut self, t: TaskId, n: NodeId, needs: Cond) {
        let task = self.tm(t);
        task.state = TaskState::Waiting;
        task.block_cond = needs;
        task.blocked_on = Some(n);
        self.nm(n).blocking.push(t);
        self.blocking.push(t);
    }

    pub(crate) fn run_task(&mut self, t: TaskId, mode: Mode) -> R<()> {
        self.step()?;
        let task = self.t(t);
        let n = task.node;
        if task.defunct {
            self.tm(t).state = TaskState::Cancelled;
            return Ok(());
        }
        if task.state.is_over() {
            return Ok(());
        }
        if self.n(n).has_ancestor_cycle {
            let skip = match task.kind {
                TaskKind::Comprehension => self.only_cyclic(n),
                TaskKind::Disjunctions => true,
                _ => false,
            };
            if skip {
                self.tm(t).state = TaskState::Success;
                return Ok(());
            }
        }
        let saved = (self.env, self.errs, self.src, self.ci, self.vertex);
        let marks = (
            self.stack.len(),
            self.in_detached,
            self.in_validator,
            self.lookup_pending_parent,
            self.positions.len(),
            self.alt_path.len(),
            self.eval_depth,
        );
        self.nm(n).busy += 1;
        let r = self.run_task_inner(t, mode);
        self.nm(n).busy -= 1;
        (self.env, self.errs, self.src, self.ci, self.vertex) = saved;
        let (stack, detached, validator, pending, positions, alt, depth) = marks;
        self.stack.truncate(stack);
        (self.in_detached, self.in_validator, self.lookup_pending_parent) = (detached, validator, pending);
        self.positions.truncate(positions);
        self.alt_path.truncate(alt);
        self.eval_depth = depth;

        if self.n(n).to_complete {
            self.nm(n).to_complete = false;
            self.complete_tasks(n, Mode::Attempt)?;
        }
        match r {
            Err(Stop::Blocked) => {
                let task = self.tm(t);
                if task.state == TaskState::Running {
                    task.state = if task.err.is_some() { TaskState::Failed } else { TaskState::Success };
                }
                Ok(())
            }
            other => other,
        }
    }

    fn run_task_inner(&mut self, t: TaskId, mode: Mode) -> R<()> {
        let task = self.t(t);
        let (n, kind, env, term, ci) = (task.node, task.kind, task.env, task.term, task.ci);
        self.vertex = Some(self.n(n).vertex);
        self.stack.push(t);
        self.errs = None;
        if kind != TaskKind::Disjunctions {
            self.env = env;
            self.ci = ci;
            let src = self.term_src(term);
            if !src.is_none() {
                self.src = src;
            }
        }
        let task = self.tm(t);
        task.state = TaskState::Running;
        task.err = None;
        match kind {
            TaskKind::Expr => self.run_expr(t, mode)?,
            TaskKind::Resolve => self.run_resolve(t, mode)?,
            TaskKind::Dynamic => self.run_dynamic(t, mode)?,
            TaskKind::Pattern => self.run_pattern(t)?,
            TaskKind::Comprehension => self.run_comprehension(t)?,
            TaskKind::List => self.run_list(t, mode)?,
            TaskKind::ListVertex => self.run_list_vertex(t)?,
            TaskKind::Disjunctions => self.run_disjunctions(t)?,
        }
        let errs = self.take_errs();
        let mut i = 0;
        while i < self.n(n).deferred.len() {
            let d = self.n(n).deferred[i];
            let v = self.n(d).vertex;
            self.complete_arcs_only(v)?;
            if let Some(b) = self.bottom(v) {
                self.add_bottom(n, b);
            }
            i += 1;
        }
        if self.t(t).retry {
            let task = self.tm(t);
            task.retry = false;
            task.state = TaskState::Ready;
            return Ok(());
        }
        if self.t(t).state != TaskState::Waiting {
            let own = self.t(t).err;
            let err = self.combine(own, errs);
            let task = self.tm(t);
            task.blocked_on = None;
            task.err = err;
            task.state = if err.is_none() { TaskState::Success } else { TaskState::Failed };
            let completes = std::mem::take(&mut task.completes);
            if let Some(e) = err {
                self.add_bottom(n, e);
            }
            self.decrement(n, completes)?;
        }
        Ok(())
    }

    /// The state is told that an arc should not be pending any more.
    pub(crate) fn report_cyclic_field(&mut self, v: VertexId) {
        let Some(parent) = self.v(v).parent else { return };
        let label = self.v(v).label;
        let pos = self.pos();
        self.field_error(
            parent,
            pos,
            label,
            "cyclic reference to field {}",
            "cyclic reference to field {}",
            Some(Code::Cycle),
        );
    }
}
