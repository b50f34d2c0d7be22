//! What lets refer to: which of them differ per iteration of a comprehension, and which refer to each other in a
//! circle.

use rustc_hash::FxHashMap;

use super::Lowerer;
use crate::ir::{Decl, ExprId, Place};
use crate::label::Label;

/// A `let` declaration.
pub(super) struct Let<'a> {
    pub(super) name: &'a str,
    pub(super) label: Label,
    /// Its node.
    pub(super) node: u32,
    pub(super) value: Option<ExprId>,
    pub(super) place: Place,
    pub(super) used: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum EdgeKind {
    /// A reference to a `let` declaration.
    Refers,
    /// A value standing within the value.
    Contains,
    /// A reference to a clause's variable.
    Mentions,
}

struct Edge {
    to: u32,
    kind: EdgeKind,
    place: Place,
    path: u32,
}

#[derive(Default)]
struct Node {
    /// Whether it mentions a `for` variable itself.
    varies: bool,
    edges: Vec<Edge>,
}

/// One node for each value of a `let` (declaration or clause), and node 0 for all that stands outside of them.
#[derive(Default)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
    current: u32,
    /// Let references and the let each is to.
    pub(super) let_refs: Vec<(u32, u32)>,
}

impl Nodes {
    pub(super) fn clear(&mut self) {
        self.nodes.clear();
        self.nodes.push(Node::default());
        self.current = 0;
        self.let_refs.clear();
    }

    /// A new node, entered by [`Self::enter`] later.
    pub(super) fn add(&mut self) -> u32 {
        self.nodes.push(Node::default());
        self.nodes.len() as u32 - 1
    }

    fn edge(&mut self, to: u32, kind: EdgeKind, place: Place, path: u32) {
        self.nodes[self.current as usize].edges.push(Edge { to, kind, place, path });
    }

    /// Begins the value of a node; gives what to hand to [`Self::leave`].
    pub(super) fn enter(&mut self, node: u32) -> u32 {
        self.edge(node, EdgeKind::Contains, Place::NONE, super::NO_PATH);
        std::mem::replace(&mut self.current, node)
    }

    pub(super) fn leave(&mut self, outer: u32) {
        self.current = outer;
    }

    /// The current value refers to a let.
    pub(super) fn refer(&mut self, node: u32, place: Place, path: u32) {
        self.edge(node, EdgeKind::Refers, place, path);
    }

    /// The current value mentions the variable of a `let` or `try` clause.
    pub(super) fn mention(&mut self, node: u32) {
        self.edge(node, EdgeKind::Mentions, Place::NONE, super::NO_PATH);
    }

    /// The current value mentions a `for` variable.
    pub(super) fn vary(&mut self) {
        self.nodes[self.current as usize].varies = true;
    }

    /// Spreads variation from each node to those with an edge to it.
    fn varying(&self) -> Vec<bool> {
        let mut sources: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for (from, node) in self.nodes.iter().enumerate() {
            for edge in &node.edges {
                sources[edge.to as usize].push(from as u32);
            }
        }
        let mut varies: Vec<bool> = self.nodes.iter().map(|n| n.varies).collect();
        let mut work: Vec<u32> = (0..varies.len() as u32).filter(|i| varies[*i as usize]).collect();
        while let Some(node) = work.pop() {
            for from in &sources[node as usize] {
                if !std::mem::replace(&mut varies[*from as usize], true) {
                    work.push(*from);
                }
            }
        }
        varies
    }

    /// References that close a circle of lets. Lets are followed from where they are first referred to, as the
    /// place of the report depends on that.
    fn cycles(&self) -> Vec<(Place, u32)> {
        let found = self.walk(false);
        if found.is_empty() { self.walk(true) } else { found }
    }

    /// One depth-first walk. `strict` also takes the value that a declaration is in for being in progress: that
    /// finds every circle, though perhaps at a later reference.
    fn walk(&self, strict: bool) -> Vec<(Place, u32)> {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done,
        }
        let mut referred = vec![State::New; self.nodes.len()];
        let mut contained = vec![false; self.nodes.len()];
        let mut found = Vec::new();
        // Node, next edge, whether the walk marked it as open.
        let mut stack = vec![(0_u32, 0_usize, false)];
        while let Some((node, next, marked)) = stack.last_mut() {
            let Some(edge) = self.nodes[*node as usize].edges.get(*next) else {
                if *marked {
                    referred[*node as usize] = State::Done;
                }
                stack.pop();
                continue;
            };
            *next += 1;
            let to = edge.to as usize;
            match edge.kind {
                EdgeKind::Mentions => {}
                EdgeKind::Contains if !strict => {
                    if !std::mem::replace(&mut contained[to], true) {
                        stack.push((edge.to, 0, false));
                    }
                }
                EdgeKind::Contains | EdgeKind::Refers => match referred[to] {
                    State::New => {
                        referred[to] = State::Open;
                        stack.push((edge.to, 0, true));
                    }
                    State::Open if edge.place != Place::NONE => found.push((edge.place, edge.path)),
                    State::Open | State::Done => {}
                },
            }
        }
        found
    }
}

impl Lowerer<'_, '_> {
    /// Fills in what could not be known of the file's lets before its end.
    pub(super) fn finish_lets(&mut self) {
        if self.lets.is_empty() {
            return;
        }
        let varies = self.nodes.varying();
        let by_label: FxHashMap<Label, bool> =
            self.lets.iter().map(|l| (l.label, varies[l.node as usize])).collect();
        for (reference, index) in &self.nodes.let_refs {
            let entry = &self.lets[*index as usize];
            let reference = &mut self.ir.let_refs[*reference as usize];
            reference.multi = varies[entry.node as usize];
            if let Some(value) = entry.value {
                reference.value = value;
            }
        }
        for decl in &mut self.ir.decls[self.first_decl..] {
            if let Decl::Let { label, multi, .. } = decl {
                *multi = by_label.get(label).copied().unwrap_or(false);
            }
        }
        for (place, path) in self.nodes.cycles() {
            let message = "cyclic references in let clause or alias".to_string();
            self.error_with(place, path, message, None);
        }
    }
}
