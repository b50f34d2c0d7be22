//! States of vertices and tasks come from pools, and go back as soon as nothing can refer to them any more: an
//! evaluation holds only those of what it is at work on.

use crate::eval::Eval;
use crate::node::{Node, Task, TaskId};
use crate::vertex::{NodeId, Status, VertexId};

impl Eval<'_> {
    /// Gives back the states of a finished vertex's arcs. What is part of an alternative keeps them: its evidence may
    /// still be merged into an equal one.
    pub(crate) fn free_arc_states(&mut self, v: VertexId) {
        for i in 0..self.v(v).arcs.len() {
            let a = self.v(v).arcs[i];
            let Some(n) = self.v(a).state else { continue };
            let node = self.n(n);
            let done = self.v(a).status == Status::Finalized || self.is_unwanted(a);
            if !done || node.busy > 0 || node.is_disjunct || node.pinned {
                continue;
            }
            self.vm(a).state = None;
            self.free_alternatives(a, n);
            self.free_state(n);
        }
    }

    /// Gives back the states of the alternatives that a finished vertex tried and kept.
    fn free_alternatives(&mut self, v: VertexId, n: NodeId) {
        if let Some(w) = self.alternative(v) {
            self.free_tree(w);
        }
        for d in std::mem::take(&mut self.nm(n).disjuncts) {
            self.free_tree(self.n(d).vertex);
        }
    }

    /// The alternative that a vertex came to.
    fn alternative(&self, v: VertexId) -> Option<VertexId> {
        self.v(v).forward().filter(|w| self.v(*w).is_disjunct)
    }

    /// Gives back the states of an alternative that nothing will be merged into any more, as far as it is finished.
    pub(crate) fn free_tree(&mut self, root: VertexId) {
        let mut work = vec![root];
        while let Some(v) = work.pop() {
            work.extend_from_slice(&self.v(v).arcs);
            work.extend(self.alternative(v));
            let Some(n) = self.v(v).state else { continue };
            if self.v(v).status != Status::Finalized || self.n(n).busy > 0 {
                continue;
            }
            self.vm(v).state = None;
            for d in std::mem::take(&mut self.nm(n).disjuncts) {
                work.push(self.n(d).vertex);
            }
            self.free_state(n);
        }
    }

    /// Gives back the states of the members of a vertex that was copied for every alternative: what is left is in the
    /// copies.
    pub(crate) fn free_originals(&mut self, root: VertexId) {
        let mut work = vec![root];
        while let Some(v) = work.pop() {
            for i in 0..self.v(v).arcs.len() {
                let a = self.v(v).arcs[i];
                work.push(a);
                let Some(n) = self.v(a).state.filter(|n| self.n(*n).busy == 0 && !self.n(*n).pinned) else {
                    continue;
                };
                self.vm(a).state = None;
                self.free_state(n);
            }
        }
    }

    /// An empty state for a vertex.
    pub(crate) fn fresh_state(&mut self, v: VertexId) -> NodeId {
        let Some(n) = self.free_nodes.pop() else { return NodeId(self.nodes.push(Node::new(v))) };
        // It was emptied when it was given back.
        let node = self.nm(n);
        node.vertex = v;
        node.underlying = v;
        n
    }

    /// A state in the pool.
    pub(crate) fn new_state(&mut self, node: Node) -> NodeId {
        if let Some(n) = self.free_nodes.pop() {
            *self.nm(n) = node;
            return n;
        }
        NodeId(self.nodes.push(node))
    }

    /// Gives a state back, with its tasks. Nothing may refer to it any more.
    pub(crate) fn free_state(&mut self, n: NodeId) {
        let tasks = std::mem::take(&mut self.nm(n).tasks);
        for t in &tasks {
            // What others wait for, or will still run, is not given back.
            if self.t(*t).state.is_over() && self.t(*t).node == n {
                self.tm(*t).blocked_on = None;
                self.free_tasks.push(*t);
            }
        }
        let empty = self.empty;
        self.nm(n).reset(empty);
        self.nm(n).tasks = tasks;
        self.nm(n).tasks.clear();
        self.free_nodes.push(n);
    }

    /// A task in the pool.
    pub(crate) fn new_task(&mut self, task: Task) -> TaskId {
        if let Some(t) = self.free_tasks.pop() {
            *self.tm(t) = task;
            return t;
        }
        TaskId(self.tasks.push(task))
    }
}
