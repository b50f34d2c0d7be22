//! Copies of vertices under evaluation, to try an alternative of a disjunction on (`disjunct.rs`).

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::eval::{Eval, Overlay};
use crate::node::{Cond, Node, TaskKind, TaskState};
use crate::vertex::{NodeId, VertexId};

impl Eval<'_> {
    /// A deep copy of a vertex under evaluation, with its tasks; the originals' tasks are given up.
    pub(crate) fn copy_root(&mut self, root: NodeId) -> (NodeId, Overlay) {
        let v = self.n(root).vertex;
        let mut map: FxHashMap<VertexId, VertexId> = FxHashMap::default();
        // Copies of copies keep being found from the vertex first copied.
        if let Some(i) = self.n(root).overlay {
            map.clone_from(&self.overlay_maps[i as usize]);
        }
        let mut fresh: Vec<(VertexId, VertexId)> = Vec::new();
        let copy = self.copy_vertex(v, None, &mut map, &mut fresh);
        self.vm(copy).is_disjunct = true;
        let Some(node) = self.v(copy).state else {
            // A vertex whose disjunctions are expanded always has a state.
            let n = self.bare_state(copy).unwrap_or(root);
            return (n, Overlay { map: Rc::new(map) });
        };
        // Tasks that wait now wait for the copies.
        for (_, w) in &fresh {
            let Some(n) = self.v(*w).state else { continue };
            for t in self.n(n).tasks.clone() {
                let Some(on) = self.t(t).blocked_on else { continue };
                let before = self.n(on).vertex;
                let after = follow(&map, before);
                if before == after {
                    continue;
                }
                if let Some(s) = self.v(after).state {
                    self.tm(t).blocked_on = Some(s);
                    self.nm(s).blocking.push(t);
                    self.blocking.push(t);
                }
            }
        }
        let map = Rc::new(map);
        self.overlay_maps.push(map.clone());
        let index = self.overlay_maps.len() as u32 - 1;
        self.nm(node).overlay = Some(index);
        (node, Overlay { map })
    }

    fn copy_vertex(
        &mut self,
        x: VertexId,
        parent: Option<VertexId>,
        map: &mut FxHashMap<VertexId, VertexId>,
        fresh: &mut Vec<(VertexId, VertexId)>,
    ) -> VertexId {
        // (original, parent of the copy, whether it is a pattern's constraint)
        let root = self.copy_shallow(x, parent, map, fresh);
        let mut work = vec![root];
        while let Some(v) = work.pop() {
            for i in 0..self.v(v).arcs.len() {
                let a = self.v(v).arcs[i];
                let c = self.copy_shallow(a, Some(v), map, fresh);
                work.push(c);
                self.vm(v).arcs[i] = c;
            }
            for i in 0..self.v(v).patterns.len() {
                let p = self.v(v).patterns[i].constraint;
                let parent = self.v(p).parent;
                let c = self.copy_shallow(p, parent, map, fresh);
                self.vm(v).patterns[i].constraint = c;
            }
        }
        root
    }

    fn copy_shallow(
        &mut self,
        x: VertexId,
        parent: Option<VertexId>,
        map: &mut FxHashMap<VertexId, VertexId>,
        fresh: &mut Vec<(VertexId, VertexId)>,
    ) -> VertexId {
        let mut v = self.v(x).clone();
        if parent.is_some() {
            v.parent = parent;
        }
        let state = v.state.take();
        let c = self.add_vertex(v);
        map.insert(x, c);
        fresh.push((x, c));
        if let Some(s) = state {
            let node = self.copy_node(s, c);
            let id = self.new_state(node);
            self.vm(c).state = Some(id);
            self.copy_tasks(s, id);
        }
        c
    }

    fn copy_node(&mut self, s: NodeId, vertex: VertexId) -> Node {
        let mut d = self.n(s).clone();
        d.vertex = vertex;
        d.is_disjunct = true;
        // Its own disjunctions are those it gets from now on; what it has is checked like any other vertex.
        d.has_disjunction = false;
        d.started = self.n(s).started;
        d.frozen = Cond::NONE;
        d.tasks.clear();
        d.parent_tasks.clear();
        d.blocking.clear();
        d.deferred.clear();
        d.post_checks.clear();
        d.parked.clear();
        d.notify.clear();
        d.disjuncts.clear();
        d.disjunct_errs.clear();
        d.user_errs.clear();
        d.requirements = None;
        d.attached_to = None;
        d
    }

    fn copy_tasks(&mut self, from: NodeId, to: NodeId) {
        self.nm(from).blocking.clear();
        for t in self.n(from).tasks.clone() {
            let task = self.t(t);
            let keep = match task.state {
                TaskState::Waiting | TaskState::Ready => true,
                TaskState::Running => task.kind != TaskKind::Disjunctions,
                _ => false,
            };
            if !keep {
                continue;
            }
            let mut copy = task.clone();
            self.tm(t).defunct = true;
            copy.defunct = false;
            copy.node = to;
            copy.inserting = false;
            copy.retry = false;
            if copy.state == TaskState::Running {
                copy.state = TaskState::Ready;
            }
            let id = self.new_task(copy);
            self.nm(to).tasks.push(id);
        }
    }
}

fn follow(map: &FxHashMap<VertexId, VertexId>, mut v: VertexId) -> VertexId {
    let mut steps = 0;
    while let Some(w) = map.get(&v) {
        if *w == v || steps > map.len() {
            break;
        }
        v = *w;
        steps += 1;
    }
    v
}
