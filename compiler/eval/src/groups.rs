//! Which closedness groups are part of which (`evaluation-2-algorithm.md` 2): a tree, and per vertex more edges, where a
//! group came a second time under another number.
//!
//! Vertices below one that added no edges of their own share its edges, and with them what was found out already.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::eval::Eval;
use crate::vertex::NodeId;

/// The edges that hold at a vertex: its own and those of the vertices above.
#[derive(Debug, Default)]
pub struct Edges {
    /// `(to, from)`: `to` counts as part of `from`; sorted.
    list: Vec<(u32, u32)>,
    /// What made it: the edges above, and how many the vertex had of its own.
    above: Option<Rc<Edges>>,
    own: usize,
    /// Groups that a group is part of, itself included; sorted.
    within: RefCell<FxHashMap<u32, Rc<[u32]>>>,
}

impl Eval<'_> {
    /// The edges that hold at a vertex now.
    pub(crate) fn edges(&mut self, n: NodeId) -> Rc<Edges> {
        // Most vertices have none of their own.
        let mut at = n;
        while self.n(at).replaced.is_empty() {
            let Some(p) = self.v(self.n(at).vertex).parent.and_then(|v| self.v(v).state) else {
                return self.no_edges.clone();
            };
            at = p;
        }
        let n = at;
        let parent = self.v(self.n(n).vertex).parent.and_then(|v| self.v(v).state);
        let above = match parent {
            Some(p) => self.edges(p),
            None => self.no_edges.clone(),
        };
        let own = self.n(n).replaced.len();
        if let Some(e) = &self.n(n).edges
            && e.own == own
            && e.above.as_ref().is_some_and(|a| Rc::ptr_eq(a, &above))
        {
            return e.clone();
        }
        let mut list = above.list.clone();
        list.extend(self.n(n).replaced.iter().map(|(from, to)| (*to, *from)));
        list.sort_unstable();
        list.dedup();
        let edges = Rc::new(Edges { list, above: Some(above), own, within: RefCell::default() });
        self.nm(n).edges = Some(edges.clone());
        edges
    }

    /// Whether group `child` is part of group `outer`.
    pub(crate) fn contains(&self, edges: &Edges, outer: u32, child: u32) -> bool {
        if outer == child {
            return true;
        }
        if outer == 0 || child == 0 {
            return false;
        }
        if edges.list.is_empty() {
            // The tree alone: what encloses a group was made before it.
            let mut p = child;
            while p > outer {
                p = self.group_parents[p];
            }
            return p == outer;
        }
        if let Some(found) = edges.within.borrow().get(&child) {
            return found.binary_search(&outer).is_ok();
        }
        let found = self.enclosing(edges, child);
        let is_in = found.binary_search(&outer).is_ok();
        edges.within.borrow_mut().insert(child, found);
        is_in
    }

    /// Adds all groups that any of the given ones is part of, sorted.
    pub(crate) fn enclosing_any(
        &self,
        edges: &Edges,
        children: impl Iterator<Item = u32>,
        out: &mut SmallVec<[u32; 64]>,
    ) {
        for child in children {
            if edges.list.is_empty() {
                let mut p = child;
                while p != 0 {
                    out.push(p);
                    p = self.group_parents[p];
                }
                continue;
            }
            if let Some(found) = edges.within.borrow().get(&child) {
                out.extend_from_slice(found);
                continue;
            }
            let found = self.enclosing(edges, child);
            out.extend_from_slice(&found);
            edges.within.borrow_mut().insert(child, found);
        }
        out.sort_unstable();
        out.dedup();
    }

    /// All groups that a group is part of, by the tree and by the edges.
    fn enclosing(&self, edges: &Edges, child: u32) -> Rc<[u32]> {
        let mut found: Vec<u32> = Vec::new();
        let mut seen = rustc_hash::FxHashSet::default();
        let mut work = vec![child];
        while let Some(mut p) = work.pop() {
            while p != 0 && seen.insert(p) {
                found.push(p);
                let first = edges.list.partition_point(|(to, _)| *to < p);
                work.extend(edges.list[first..].iter().take_while(|(to, _)| *to == p).map(|(_, from)| *from));
                p = self.group_parents[p];
            }
        }
        found.sort_unstable();
        found.into()
    }
}
