//! Which alternatives are the same (`evaluation-2-algorithm.md` 3.3).

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::equal::Flags;
use crate::eval::{Eval, R};
use crate::node::{DefaultMode, TaskId, TaskState};
use crate::value::Value;
use crate::vertex::{Base, NodeId, Status, Term, VertexId};

/// How deep a fingerprint looks.
const FINGERPRINT_LEVELS: u32 = 3;

/// Alternatives that differ, in the order in which they came.
#[derive(Default)]
pub(crate) struct Distinct {
    pub(crate) nodes: Vec<NodeId>,
    /// Those of one fingerprint: only these can be equal.
    by_print: FxHashMap<u64, SmallVec<[NodeId; 1]>>,
}

impl Eval<'_> {
    /// Adds an alternative, unless it is equal to one that is there: then what it knows of closedness goes to that.
    pub(crate) fn append_distinct(&mut self, out: &mut Distinct, x: NodeId) -> R<()> {
        let nv = self.deref(self.n(x).vertex);
        let print = self.fingerprint(nv, FINGERPRINT_LEVELS);
        let alike = out.by_print.entry(print).or_default().clone();
        for y in alike {
            if x == y {
                return Ok(());
            }
            self.step()?;
            let yv = self.deref(self.n(y).vertex);
            let both = self.v(nv).status == Status::Finalized && self.v(yv).status == Status::Finalized;
            let same = if both {
                self.equal_vertices(yv, nv, Flags::STRUCTURAL)?
            } else {
                self.equal_partial(nv, yv)?
            };
            if !same {
                continue;
            }
            if self.n(x).default_mode == DefaultMode::Is {
                self.nm(y).default_mode = DefaultMode::Is;
            }
            self.merge_closedness(y, x);
            return Ok(());
        }
        out.nodes.push(x);
        out.by_print.entry(print).or_default().push(x);
        Ok(())
    }

    /// A number that equal alternatives have in common: of the scalars in them, as far as they are known.
    fn fingerprint(&self, v: VertexId, levels: u32) -> u64 {
        let vertex = self.v(self.deref(v));
        let known = vertex.state.and_then(|n| self.n(n).scalar).or(match vertex.base {
            Base::Value(x) => Some(x),
            _ => None,
        });
        let mut hasher = rustc_hash::FxHasher::default();
        match known.map(|x| x.v) {
            Some(Value::Null) => 1.hash(&mut hasher),
            Some(Value::Bool(b)) => (2, b).hash(&mut hasher),
            Some(Value::Num(i)) => (3, self.number(i).to_f64().to_bits()).hash(&mut hasher),
            Some(Value::Str(i)) => (4, self.string(i)).hash(&mut hasher),
            _ => {}
        }
        let mut print = hasher.finish();
        if levels == 0 {
            return print;
        }
        // Members in any order.
        for a in &vertex.arcs {
            let label = self.v(*a).label;
            if self.v(*a).arc_type > vela_ir::ArcType::Optional || label.is_let() {
                continue;
            }
            let inner = self.fingerprint(*a, levels - 1);
            if inner != 0 {
                let mut hasher = rustc_hash::FxHasher::default();
                (label, inner).hash(&mut hasher);
                print = print.wrapping_add(hasher.finish());
            }
        }
        print
    }

    /// Whether two alternatives that are not finished are the same so far.
    fn equal_partial(&mut self, x: VertexId, y: VertexId) -> R<bool> {
        self.step()?;
        let (Some(nx), Some(ny)) = (self.v(x).state, self.v(y).state) else {
            if self.v(x).state.is_none() && self.v(y).state.is_none() {
                return self.equal_vertices(x, y, Flags::STRUCTURAL);
            }
            return Ok(false);
        };
        if !self.equal_contributions(nx, ny)? {
            return Ok(false);
        }
        let (px, py) = (self.v(x).patterns.clone(), self.v(y).patterns.clone());
        if px.len() != py.len() {
            return Ok(false);
        }
        for (a, b) in px.iter().zip(&py) {
            self.finalize_inner(a.constraint)?;
            self.finalize_inner(b.constraint)?;
            if !self.equal_vertices(a.constraint, b.constraint, Flags::STRUCTURAL)? {
                return Ok(false);
            }
        }
        let (ax, ay) = (self.v(x).arcs.clone(), self.v(y).arcs.clone());
        if ax.len() != ay.len() {
            return Ok(false);
        }
        for a in ax {
            let label = self.v(a).label;
            let Some(b) = self.find_arc(y, label) else { return Ok(false) };
            if !self.nested(|s| s.equal_partial(a, b))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ready_terms(&self, n: NodeId) -> Vec<Term> {
        let ready = |t: &&TaskId| self.t(**t).state == TaskState::Ready;
        self.n(n).tasks.iter().filter(ready).map(|t| self.t(*t).term).collect()
    }

    fn equal_contributions(&mut self, x: NodeId, y: NodeId) -> R<bool> {
        let (a, b) = (self.n(x), self.n(y));
        if a.kinds != b.kinds || a.has_top != b.has_top || a.checks.len() != b.checks.len() {
            return Ok(false);
        }
        let pairs = [(a.scalar, b.scalar), (a.lower, b.lower), (a.upper, b.upper)];
        let mut checks = Vec::new();
        for (c, d) in a.checks.iter().zip(&b.checks) {
            if let (Term::Val(c), Term::Val(d)) = (c.term, d.term) {
                checks.push((Some(c), Some(d)));
            }
        }
        for (c, d) in pairs.into_iter().chain(checks) {
            match (c, d) {
                (None, None) => {}
                (Some(c), Some(d)) if c.v == d.v || self.equal(c, d, Flags::STRUCTURAL)? => {}
                _ => return Ok(false),
            }
        }
        let (tx, ty) = (self.ready_terms(x), self.ready_terms(y));
        let all_x = self.n(x).tasks.iter().map(|t| self.t(*t).term).collect::<Vec<_>>();
        let all_y = self.n(y).tasks.iter().map(|t| self.t(*t).term).collect::<Vec<_>>();
        Ok(tx.iter().all(|t| all_y.contains(t)) && ty.iter().all(|t| all_x.contains(t)))
    }
}
