//! Closedness: decided after merging, by ids that conjuncts carry (`evaluation-2-algorithm.md` 2).

use std::rc::Rc;

use smallvec::SmallVec;
use vela_ir::{Expr, ExprId, Kinds, StructId};

use crate::error::{Bottom, Code, ErrId, Pos};
use crate::eval::{Eval, R, push_pos};
use crate::groups::Edges;
use crate::node::{Evidence, EvidenceFlags, Group, GroupKind, Requirement};
use crate::value::{Src, Val, Value};
use crate::vertex::{Base, CloseInfo, NodeId, Vertex, VertexId};

/// Requirements with those they refer to found.
struct Requirements {
    list: Vec<Requirement>,
    /// Of each, the index of its embedding's.
    scopes: Vec<Option<u32>>,
    /// Of each, the index of its parent's.
    parents: Vec<Option<u32>>,
    /// Group and index, sorted.
    index: Vec<(u32, u32)>,
}

impl Requirements {
    fn new(list: Vec<Requirement>) -> Self {
        let mut index: Vec<(u32, u32)> = list.iter().zip(0..).map(|(r, i)| (r.id, i)).collect();
        index.sort_unstable();
        let mut all = Self { list, scopes: Vec::new(), parents: Vec::new(), index };
        all.scopes = all.list.iter().map(|r| all.find(r.embed)).collect();
        all.parents = all.list.iter().map(|r| all.find(r.parent)).collect();
        all
    }

    /// The first requirement of a group.
    fn find(&self, id: u32) -> Option<u32> {
        let at = self.index.partition_point(|(x, _)| *x < id);
        self.index.get(at).filter(|(x, _)| *x == id && id != 0).map(|(_, i)| *i)
    }
}

impl Eval<'_> {
    fn new_group_id(&mut self, place: Option<Pos>) -> u32 {
        self.group_parents.push(0);
        self.group_places.push(place);
        self.group_parents.len() as u32 - 1
    }

    /// `to` counts as part of `from`.
    fn replace_group(&mut self, n: NodeId, from: u32, to: u32) {
        if from == 0 || from == to {
            return;
        }
        if from < to && self.group_parents[to] == 0 {
            self.floor.touched |= to < self.floor.groups;
            self.group_parents[to] = from;
            return;
        }
        let node = self.nm(n);
        node.requirements = None;
        node.replaced.push((from, to));
    }

    pub(crate) fn replace_group_of(&mut self, n: NodeId, from: u32, to: u32) {
        self.replace_group(n, from, to);
    }

    /// Where the groups that enclose a group were written, innermost first.
    pub(crate) fn group_positions(&self, mut id: u32, more: &mut SmallVec<[Pos; 4]>) {
        while id != 0 {
            if let Some(p) = self.group_places[id] {
                push_pos(more, p);
            }
            id = self.group_parents[id];
        }
    }

    pub(crate) fn add_evidence(&mut self, n: NodeId, kinds: Kinds, ci: CloseInfo, flags: EvidenceFlags) {
        let node = self.nm(n);
        if let Some(e) = node.evidence.iter_mut().find(|e| e.id == ci.id) {
            e.kinds = e.kinds & kinds;
            e.flags = e.flags.with(flags);
            return;
        }
        node.evidence.push(Evidence { id: ci.id, embed: ci.embed, kinds, flags });
    }

    /// A reference to `target` contributes: its own group, perhaps a requirement.
    pub(crate) fn add_reference_group(
        &mut self,
        n: NodeId,
        place: Option<Pos>,
        target: VertexId,
        mut ci: CloseInfo,
        force_ignore: bool,
    ) -> CloseInfo {
        let t = self.v(target);
        let (recursive, shallow) = (t.closed_recursive, t.closed_shallow);
        let close_outer = ci.from_def && ci.from_embed && !ci.opened && !ci.conjunct_opened;
        if close_outer && !force_ignore {
            let mut outer = ci.outer;
            for g in self.nm(n).groups.iter_mut().rev() {
                if g.id == outer && outer != 0 {
                    g.ignore = false;
                    g.recursive |= recursive;
                    outer = g.parent;
                }
            }
        }
        let ignore = if force_ignore || ci.opened {
            true
        } else if ci.embed != 0 || ci.outer == 0 {
            !(ci.from_def || shallow || recursive)
        } else {
            ci.from_embed
        };

        let mut id = 0;
        if let Some(g) = self.nm(n).groups.iter_mut().find(|g| g.target == Some(target)) {
            id = g.id;
            if g.ignore && !ignore {
                g.ignore = false;
                g.parent = ci.outer;
                g.embed = ci.embed;
            }
        }
        if id == 0 || ci.embed != 0 {
            let next = self.new_group_id(place);
            if id != 0 {
                self.replace_group(n, next, id);
            }
            id = next;
            self.nm(n).groups.push(Group {
                target: Some(target),
                id,
                parent: ci.outer,
                embed: ci.embed,
                ignore,
                kind: GroupKind::Reference,
                recursive,
                conjunct_opened: ci.conjunct_opened,
            });
        }
        let from = ci.id;
        ci.id = id;
        self.replace_group(n, from, id);
        ci
    }

    /// A group for an embedding or for a struct literal that has embeddings.
    pub(crate) fn new_group(
        &mut self,
        n: NodeId,
        place: Option<Pos>,
        mut ci: CloseInfo,
        kind: GroupKind,
    ) -> CloseInfo {
        let id = self.new_group_id(place);
        self.replace_group(n, ci.id, id);
        let parent = ci.id;
        ci.id = id;
        if kind == GroupKind::Embedding {
            ci.embed = id;
        } else {
            ci.outer = id;
        }
        self.nm(n).groups.push(Group {
            target: None,
            id,
            parent,
            embed: ci.embed,
            ignore: true,
            kind,
            recursive: ci.from_def,
            conjunct_opened: false,
        });
        ci
    }

    fn explicit_open(&self, x: ExprId) -> bool {
        // What was put together from several files stands in none.
        self.ir.files.get(self.ir.place(x).file.index()).is_some_and(|f| f.experiments.explicitopen)
    }

    pub(crate) fn embed_group(&mut self, n: NodeId, x: ExprId, mut ci: CloseInfo) -> CloseInfo {
        if self.explicit_open(x) {
            return ci;
        }
        ci.from_embed = true;
        if matches!(self.ir.expr(x), Expr::Binary(..)) {
            return ci;
        }
        self.new_group(n, Some(Pos::Src(Src::expr(x))), ci, GroupKind::Embedding)
    }

    pub(crate) fn split_struct(&mut self, n: NodeId, x: ExprId, lit: StructId, ci: CloseInfo) -> CloseInfo {
        if self.explicit_open(x) || ci.outer != 0 || ci.from_embed || self.ir.structs[lit.index()].is_file {
            return ci;
        }
        self.new_group(n, Some(Pos::Src(Src::expr(x))), ci, GroupKind::Struct)
    }

    fn requirements(&mut self, n: NodeId) -> R<Rc<[Requirement]>> {
        if let Some(a) = &self.n(n).requirements {
            return Ok(a.clone());
        }
        self.nested(|s| {
            let v = s.n(n).vertex;
            let parent = s.v(v).parent.and_then(|p| s.v(p).state);
            let mut a = match parent {
                Some(p) if !s.n(n).drop_parent_requirements => s.requirements(p)?.to_vec(),
                _ => Vec::new(),
            };
            for r in &mut a {
                if r.once {
                    r.ignored = true;
                }
            }
            let last = a.len();
            for g in s.n(n).groups.clone() {
                if g.ignore && g.kind == GroupKind::Reference || a.iter().any(|r| r.id == g.id) {
                    continue;
                }
                let mut once = false;
                if g.kind != GroupKind::Embedding {
                    once = g.target.is_some_and(|t| s.v(t).closed_shallow) || (!g.ignore && !g.recursive);
                }
                a.push(Requirement {
                    id: g.id,
                    parent: g.parent,
                    embed: g.embed,
                    kind: g.kind,
                    once,
                    ignored: g.ignore,
                    removed: false,
                    conjunct_opened: g.conjunct_opened,
                });
                if g.parent != 0 && !g.ignore {
                    let mut outer = g.parent;
                    for r in a[..last].iter_mut().rev() {
                        if outer == 0 {
                            break;
                        }
                        if r.id == outer {
                            r.once = if r.ignored { !g.recursive } else { r.once && !g.recursive };
                            r.ignored = false;
                            outer = r.parent;
                        }
                    }
                }
            }
            let label = s.v(v).label;
            if never_checked(label) && !a.is_empty() {
                let edges = s.edges(n);
                let evidence = &s.n(n).evidence;
                a.retain(|r| evidence.iter().any(|e| s.contains(&edges, r.id, e.id)));
            }
            let parent_evidence = parent.map(|p| s.n(p).evidence.clone()).unwrap_or_default();
            let a: Rc<[Requirement]> = s.without_open(n, a, &parent_evidence).into();
            s.nm(n).requirements = Some(a.clone());
            Ok(a)
        })
    }

    /// Drops requirements that the vertex's own evidence lifts: `_`, open validators, an enclosing `...`.
    fn without_open(
        &mut self,
        n: NodeId,
        a: Vec<Requirement>,
        parent_evidence: &[Evidence],
    ) -> Vec<Requirement> {
        if a.is_empty() {
            return a;
        }
        let edges = &self.edges(n);
        let evidence = &self.n(n).evidence;
        let mut kept = Vec::with_capacity(a.len());
        for mut r in a {
            let mut flags = EvidenceFlags::NONE;
            let mut any = false;
            for e in evidence {
                if self.contains(edges, r.id, e.id) {
                    any = true;
                    let own = if e.id < r.id { e.flags.without(EvidenceFlags::STRUCT) } else { e.flags };
                    flags = flags.with(own);
                }
            }
            let open = flags.has(EvidenceFlags::TOP) && !flags.has(EvidenceFlags::STRUCT);
            if open || flags.has(EvidenceFlags::OPEN_VALIDATOR) {
                continue;
            }
            if !(any && r.kind != GroupKind::Struct)
                && let Some(id) = self.ellipsis_within(edges, r.id, parent_evidence)
            {
                r.removed |= !any || !evidence.iter().any(|e| self.contains(edges, id, e.id));
            }
            kept.push(r);
        }
        kept
    }

    fn ellipsis_within(&self, edges: &Edges, outer: u32, evidence: &[Evidence]) -> Option<u32> {
        evidence
            .iter()
            .filter(|e| e.flags.has(EvidenceFlags::ELLIPSIS))
            .find(|e| self.contains(edges, outer, e.id))
            .map(|e| e.id)
    }

    /// Reports the fields that some group does not allow.
    pub(crate) fn check_closed(&mut self, n: NodeId) -> R<()> {
        let own = self.n(n).vertex;
        let v = self.deref(own);
        if self.v(v).arcs.is_empty() {
            return Ok(());
        }
        if let Some(e) = self.bottom(v)
            && !self.err(e).close_check
        {
            return Ok(());
        }
        let base = self.requirements(n)?;
        if base.is_empty() {
            return Ok(());
        }
        if self.plainly_allowed(v, &base) {
            return Ok(());
        }
        let mut base = base.to_vec();
        let evidence = self.n(n).evidence.clone();
        if evidence.iter().any(|e| e.flags.has(EvidenceFlags::ELLIPSIS)) {
            let edges = self.edges(n);
            for r in &mut base {
                if self.ellipsis_within(&edges, r.id, &evidence).is_some() {
                    r.removed = true;
                }
            }
        }
        if base.iter().all(|r| r.ignored || r.removed) {
            return Ok(());
        }
        let all = Requirements::new(base);
        // Fields of the same literals have the same evidence.
        let mut allowed: SmallVec<[(NodeId, bool); 8]> = SmallVec::new();
        let mut err = None;
        for i in 0..self.v(v).arcs.len() {
            let label = self.v(self.v(v).arcs[i]).label;
            let a = self.deref_disjunct(self.v(v).arcs[i]);
            let Some(na) = self.v(a).state else { continue };
            if never_checked(label) || self.is_unwanted(a) {
                continue;
            }
            let unknown = match self.v(a).base {
                Base::Cycle => true,
                Base::Value(Val { v: Value::Bottom(e), .. }) => !self.err(e).close_check,
                _ => false,
            };
            if unknown {
                continue;
            }
            let known = allowed.iter().find(|(other, _)| self.same_evidence(na, *other)).map(|(_, ok)| *ok);
            let ok = match known {
                Some(ok) => ok,
                None => {
                    let ok = self.allowed_by_all(na, &all);
                    if allowed.len() < allowed.inline_size() {
                        allowed.push((na, ok));
                    }
                    ok
                }
            };
            if ok {
                continue;
            }
            if let Some(b) = self.not_allowed(a)
                && self.v(a).arc_type <= vela_ir::ArcType::Required
            {
                err = self.combine(err, Some(b));
            }
        }
        if let Some(e) = err {
            self.add_child_error(n, e);
        }
        Ok(())
    }

    /// Whether every field has evidence from within every group that asks for it, by the tree of groups alone: so it is
    /// where all fields are declared. What edges, embeddings and ellipses allow besides is not looked at.
    fn plainly_allowed(&self, v: VertexId, base: &[Requirement]) -> bool {
        self.v(v).arcs.iter().all(|a| {
            let Some(n) = self.v(self.deref_disjunct(*a)).state else { return true };
            if never_checked(self.v(*a).label) {
                return true;
            }
            let evidence = &self.n(n).evidence;
            base.iter().filter(|r| !r.ignored && !r.removed).all(|r| {
                evidence.iter().any(|e| {
                    let mut p = e.id;
                    while p > r.id {
                        p = self.group_parents[p];
                    }
                    p == r.id
                })
            })
        })
    }

    fn same_evidence(&self, a: NodeId, b: NodeId) -> bool {
        let (a, b) = (self.n(a), self.n(b));
        a.replaced.is_empty()
            && b.replaced.is_empty()
            && a.evidence.len() == b.evidence.len()
            && a.evidence.iter().zip(&b.evidence).all(|(x, y)| x.id == y.id && x.embed == y.embed)
    }

    /// Whether all requirements allow a field with this evidence.
    fn allowed_by_all(&mut self, arc: NodeId, all: &Requirements) -> bool {
        let edges = self.edges(arc);
        let evidence = &self.n(arc).evidence;
        let mut within: SmallVec<[u32; 64]> = SmallVec::new();
        self.enclosing_any(&edges, evidence.iter().map(|e| e.id), &mut within);
        (0..all.list.len()).all(|i| {
            let r = &all.list[i];
            r.ignored
                || r.removed
                || within.binary_search(&r.id).is_ok()
                || self.allowed_by_embedding(&edges, all, i, evidence)
        })
    }

    /// Whether a requirement that has no evidence of its own is met by that of what embeds it.
    fn allowed_by_embedding(
        &self,
        edges: &Edges,
        all: &Requirements,
        index: usize,
        evidence: &[Evidence],
    ) -> bool {
        let r = &all.list[index];
        let Some(scope) = all.scopes[index].map(|i| &all.list[i as usize]) else { return false };
        if r.conjunct_opened && r.parent == 0 {
            return !evidence.iter().any(|e| self.contains(edges, scope.id, e.embed));
        }
        let outer = all.parents[index].map(|i| &all.list[i as usize]);
        for e in evidence {
            if self.contains(edges, scope.id, e.embed) {
                continue;
            }
            if r.parent == 0 {
                if scope.parent != 0 && all.find(scope.parent).is_none() {
                    continue;
                }
                return true;
            }
            let Some(outer) = outer else { return true };
            if outer.removed || self.contains(edges, outer.id, e.id) {
                return true;
            }
        }
        false
    }

    /// Turns the arc into the error "field not allowed".
    fn not_allowed(&mut self, a: VertexId) -> Option<ErrId> {
        if self.v(a).arc_type == vela_ir::ArcType::Pending || self.errs.is_some() {
            return None;
        }
        let saved = self.vertex.replace(a);
        let pos = self.pos();
        let mark = self.positions.len();
        for c in self.v(a).conjuncts.clone() {
            if let Some(p) = self.term_pos(c.term) {
                self.positions.push(p);
            }
        }
        let e = self.error_at::<0>(Code::Eval, pos, "field not allowed", []);
        self.positions.truncate(mark);
        self.vertex = saved;
        self.values.errors[e as usize].close_check = true;
        let bottom = Base::Value(Val::new(Value::Bottom(e)));
        if self.v(a).one_alternative {
            // Elsewhere an alternative is a vertex of its own, which the error goes to.
            let mut alternative = Vertex::new(self.v(a).parent, self.v(a).label, self.v(a).arc_type);
            alternative.is_disjunct = true;
            alternative.base = bottom;
            alternative.status = crate::vertex::Status::Finalized;
            let alternative = self.add_vertex(alternative);
            self.vm(a).base = Base::Value(Val::new(Value::Vertex(alternative)));
        } else {
            self.vm(a).base = bottom;
        }
        self.vm(a).status = crate::vertex::Status::Finalized;
        if let Some(n) = self.v(a).state {
            self.nm(n).kinds = Kinds::BOTTOM;
        }
        Some(e)
    }

    /// Notes an error of a member; a fatal one makes the vertex an error too.
    pub(crate) fn add_child_error(&mut self, n: NodeId, child: ErrId) {
        let v = self.n(n).vertex;
        let all = self.combine(self.v(v).child_errors, Some(child));
        self.vm(v).child_errors = all;
        let c = self.err(child).clone();
        if c.code.is_incomplete() {
            return;
        }
        let own = match self.v(v).base {
            Base::Value(Val { v: Value::Bottom(e), .. }) if !self.err(e).close_check => Some(e),
            Base::Cycle => Some(crate::error::CYCLE),
            _ => None,
        };
        let bottom = match own {
            None => Bottom {
                code: c.code,
                faults: c.faults,
                vertex: Some(v),
                child_error: true,
                has_recursive: true,
                close_check: c.close_check,
                listed: c.listed,
            },
            Some(e) => {
                let mut b = self.err(e).clone();
                b.has_recursive = true;
                b.code = b.code.min(c.code);
                b
            }
        };
        let e = self.values.error(bottom);
        self.set_base(v, Base::Value(Val::new(Value::Bottom(e))));
    }

    /// Merges what a dropped, equal alternative knows of closedness into the one that stays.
    pub(crate) fn merge_closedness(&mut self, into: NodeId, from: NodeId) {
        for e in self.n(from).evidence.clone() {
            if !self.n(into).evidence.iter().any(|x| x.id == e.id) {
                self.nm(into).evidence.push(e);
            }
        }
        for r in self.n(from).replaced.clone() {
            if !self.n(into).replaced.contains(&r) {
                self.nm(into).replaced.push(r);
            }
        }
        let (v, w) = (self.n(into).vertex, self.n(from).vertex);
        for wa in self.v(w).arcs.clone() {
            let label = self.v(wa).label;
            let Some(va) = self.find_arc(v, label) else { continue };
            if let (Some(x), Some(y)) = (self.v(va).state, self.v(wa).state) {
                self.merge_closedness(x, y);
            }
        }
    }
}

/// Labels that closedness never rejects.
pub(crate) const fn never_checked(label: vela_ir::Label) -> bool {
    label.is_hidden() || label.is_definition() || label.is_let()
}
