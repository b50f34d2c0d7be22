//! Indexes for vertices to which very many conjuncts came: whether one is there already is looked up, not searched for.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use vela_ir::StructId;

use crate::eval::Eval;
use crate::vertex::{Conjunct, NodeId, Term, VertexId};

/// Up to this many are searched.
const SEARCHED: usize = 16;

/// Positions in the vertex's lists, as far as they are in the index.
#[derive(Clone, Debug, Default)]
pub struct Wide {
    /// Of conjuncts, by a hash of what they say.
    conjuncts: FxHashMap<u64, SmallVec<[u32; 1]>>,
    conjuncts_done: usize,
    /// Of the entries of struct literals.
    structs: FxHashMap<StructId, u32>,
    structs_done: usize,
}

fn key(term: Term) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    match term {
        Term::Expr(x) => (0, x.0).hash(&mut hasher),
        Term::Decl(d) => (1, d.0).hash(&mut hasher),
        Term::Val(v) => (2, v.v).hash(&mut hasher),
    }
    hasher.finish()
}

impl Eval<'_> {
    /// The position of the conjunct that says the same in the same frame.
    pub(crate) fn find_conjunct(&mut self, n: NodeId, v: VertexId, c: Conjunct) -> Option<usize> {
        let same = |s: &Self, x: &Conjunct| x.term == c.term && s.env_equal(x.env, c.env);
        let count = self.v(v).conjuncts.len();
        if count <= SEARCHED {
            return self.v(v).conjuncts.iter().position(|x| same(self, x));
        }
        let mut wide = self.nm(n).wide.take().unwrap_or_default();
        if wide.conjuncts_done > count {
            wide.conjuncts.clear();
            wide.conjuncts_done = 0;
        }
        for i in wide.conjuncts_done..count {
            wide.conjuncts.entry(key(self.v(v).conjuncts[i].term)).or_default().push(i as u32);
        }
        wide.conjuncts_done = count;
        let found = wide
            .conjuncts
            .get(&key(c.term))
            .and_then(|all| all.iter().map(|i| *i as usize).find(|i| same(self, &self.v(v).conjuncts[*i])));
        self.nm(n).wide = Some(wide);
        found
    }

    /// The position of a struct literal among those that contributed to the vertex.
    pub(crate) fn find_struct(&mut self, n: NodeId, v: VertexId, lit: StructId) -> Option<usize> {
        let count = self.v(v).structs.len();
        if count <= SEARCHED {
            return self.v(v).structs.iter().position(|s| s.lit == lit);
        }
        let mut wide = self.nm(n).wide.take().unwrap_or_default();
        if wide.structs_done > count {
            wide.structs.clear();
            wide.structs_done = 0;
        }
        for i in wide.structs_done..count {
            wide.structs.entry(self.v(v).structs[i].lit).or_insert(i as u32);
        }
        wide.structs_done = count;
        let found = wide.structs.get(&lit).map(|i| *i as usize);
        self.nm(n).wide = Some(wide);
        found
    }
}
