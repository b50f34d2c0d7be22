//! The order in which a struct's fields are output: the topological merge of all declarations that contributed
//! (`errors-and-order.md` part A). Used by everything that prints or lists a struct.
//!
//! Struct literals are placed by the reference that brought them in, put into batches (one after the other, or side
//! by side where they were unified explicitly), and every declaration adds an edge from the field before it. What
//! the edges leave open is decided by name.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use vela_ir::{Decl, DeclId, Expr, ExprId, Label, StructId};

use crate::eval::Eval;
use crate::value::{Val, Value};
use crate::vertex::{Base, Conjunct, Term, Vertex, VertexId};

/// The arcs of a finished vertex (lets aside) in output order; list elements come first.
pub fn ordered_arcs(eval: &Eval, v: VertexId) -> Vec<VertexId> {
    ordered_as(eval, v, v)
}

/// As [`ordered_arcs`], for the value `v` of `holder`: a vertex that forwards to it, or a disjunction whose default it
/// is. What is unified explicitly is read from the holder's conjuncts; alternatives have none of their own.
pub fn ordered_as(eval: &Eval, v: VertexId, holder: VertexId) -> Vec<VertexId> {
    let holder = conjuncts_of(eval, v, holder);
    let v = eval.deref(v);
    let vertex = eval.v(v);
    let arcs: Vec<VertexId> = vertex.arcs.iter().copied().filter(|a| !eval.v(*a).label.is_let()).collect();
    if arcs.len() <= 1
        || vertex.is_data
        || in_source_order(eval, vertex, &arcs)
        || in_data_order(eval, vertex, &arcs)
    {
        return arcs;
    }
    if matches!(vertex.base, Base::List { .. }) && arcs.iter().all(|a| eval.v(*a).label.is_int()) {
        let mut sorted = arcs;
        sorted.sort_by_key(|a| eval.v(*a).label.index());
        return sorted;
    }
    let conjuncts = holder.map_or(&[][..], |h| &eval.v(h).conjuncts);
    let Some(made) = making(eval, vertex, conjuncts, &arcs) else {
        return Merge::new(eval, vertex, conjuncts, &arcs)
            .run()
            .into_iter()
            .map(|i| arcs[i as usize])
            .collect();
    };
    let mut known = eval.orders.borrow_mut();
    let order = match known.map.get(&made[..]) {
        Some(order) => order.clone(),
        None => {
            let order: Rc<[u32]> = Merge::new(eval, vertex, conjuncts, &arcs).run().into();
            known.add(made, order.clone());
            order
        }
    };
    order.iter().map(|i| arcs[*i as usize]).collect()
}

/// Orders found before, by how the fields were made. Objects of one kind mostly have the same.
#[derive(Debug, Default)]
pub struct Orders {
    map: FxHashMap<Box<[u32]>, Rc<[u32]>>,
    /// Numbers in all keys.
    size: usize,
}

impl Orders {
    /// Numbers that keys may have together.
    const MOST: usize = 1 << 17;

    fn add(&mut self, made: SmallVec<[u32; 64]>, order: Rc<[u32]>) {
        if self.size + made.len() > Self::MOST {
            *self = Self::default();
        }
        self.size += made.len();
        self.map.insert(made.into_vec().into(), order);
    }
}

/// All that the order depends on: the literals, and for every field its label, its declarations and the references
/// that led to them. `None` where data took part, whose places count.
fn making(
    eval: &Eval,
    vertex: &Vertex,
    holder: &[Conjunct],
    arcs: &[VertexId],
) -> Option<SmallVec<[u32; 64]>> {
    let mut made: SmallVec<[u32; 64]> = SmallVec::new();
    let mut firings: SmallVec<[u32; 8]> = SmallVec::new();
    for s in vertex.structs.iter().filter(|s| s.live) {
        let firing = match s.firing {
            0 => 0,
            f => match firings.iter().position(|x| *x == f) {
                Some(i) => i as u32 + 1,
                None => {
                    firings.push(f);
                    firings.len() as u32
                }
            },
        };
        made.extend([s.lit.0, s.repeats, firing]);
    }
    made.push(u32::MAX);
    for c in holder {
        if let Some(x) = eval.term_expr(c.term) {
            made.push(x.0);
        }
    }
    for a in arcs {
        let arc = eval.v(*a);
        made.extend([u32::MAX, arc.label.kind() as u32, arc.label.index()]);
        for c in &arc.conjuncts {
            match c.term {
                Term::Decl(d) => {
                    let reference = outermost_reference(eval, c.ci.refs).map_or(u32::MAX, |x| x.0);
                    made.extend([d.0, reference]);
                }
                Term::Expr(_) => {}
                Term::Val(_) if data_parent(eval, c).is_some() => return None,
                Term::Val(_) => {}
            }
        }
    }
    Some(made)
}

fn outermost_reference(eval: &Eval, mut refs: u32) -> Option<ExprId> {
    let mut found = None;
    while let Some(at) = refs.checked_sub(1) {
        let f = eval.followed.get(at)?;
        found = Some(f.expr);
        refs = f.next;
    }
    found
}

/// The vertex whose conjuncts say what was unified explicitly in `v`.
fn conjuncts_of(eval: &Eval, v: VertexId, holder: VertexId) -> Option<VertexId> {
    let (mut last, mut target) = (None, holder);
    while let Some(next) = eval.v(target).forward() {
        last = Some(target);
        target = next;
    }
    if !eval.v(target).is_disjunct {
        return Some(target);
    }
    // The only alternative left, or one of several.
    if target == eval.deref(v) || last.is_some() { last } else { None }
}

/// Whether a single literal holds all the fields, and they came into being in its order: nothing to sort.
fn in_source_order(eval: &Eval, vertex: &Vertex, arcs: &[VertexId]) -> bool {
    let mut live = vertex.structs.iter().filter(|s| s.live);
    let (Some(only), None) = (live.next(), live.next()) else { return false };
    if only.repeats > 0 {
        return false;
    }
    let mut next = 0;
    for d in eval.ir.struct_decls(only.lit) {
        match eval.ir.decls[d.index()] {
            Decl::Field { label, .. } => {
                if arcs.get(next).is_some_and(|a| eval.v(*a).label == label) {
                    if eval.v(arcs[next]).conjuncts.iter().any(|c| data_parent(eval, c).is_some()) {
                        return false;
                    }
                    next += 1;
                } else if !arcs[..next].iter().rev().take(64).any(|a| eval.v(*a).label == label) {
                    return false;
                }
            }
            Decl::Dynamic { .. } => return false,
            _ => {}
        }
    }
    next == arcs.len()
}

/// Whether one struct of data is all there is.
fn in_data_order(eval: &Eval, vertex: &Vertex, arcs: &[VertexId]) -> bool {
    let parent = |a: &VertexId| match &eval.v(*a).conjuncts[..] {
        [c] => data_parent(eval, c),
        _ => None,
    };
    vertex.structs.is_empty()
        && arcs.first().and_then(parent).is_some_and(|first| arcs.iter().all(|a| parent(a) == Some(first)))
}

/// A place to sort by: file, then offset. No place sorts last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place(Option<(u32, u32)>);

/// What a struct entry can be found by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Key {
    Literal(StructId),
    Declaration(DeclId),
    Expression(ExprId),
}

/// Where an entry's fields are declared.
#[derive(Clone, Copy)]
enum Origin {
    Literal(StructId),
    /// A struct of plain data.
    Data(VertexId),
}

/// A struct that contributed.
struct Entry {
    origin: Origin,
    repeats: u32,
    firing: u32,
    place: Place,
    explicit: bool,
    dynamic: bool,
}

/// Nodes are positions in `arcs`.
struct Merge<'a, 'p> {
    eval: &'a Eval<'p>,
    vertex: &'a Vertex,
    arcs: &'a [VertexId],
    by_label: FxHashMap<Label, u32>,
    entries: Vec<Entry>,
    keys: FxHashMap<Key, SmallVec<[u32; 2]>>,
    /// Labels that each dynamic declaration made, in arc order.
    dynamic: FxHashMap<DeclId, VecDeque<Label>>,
    /// The entry that last set each node.
    owner: Vec<Option<u32>>,
    edges: Vec<(u32, u32)>,
}

impl<'a, 'p> Merge<'a, 'p> {
    fn new(eval: &'a Eval<'p>, vertex: &'a Vertex, conjuncts: &[Conjunct], arcs: &'a [VertexId]) -> Self {
        let by_label = arcs.iter().enumerate().map(|(i, a)| (eval.v(*a).label, i as u32)).collect();
        let mut m = Self {
            eval,
            vertex,
            arcs,
            by_label,
            entries: Vec::new(),
            keys: FxHashMap::default(),
            dynamic: FxHashMap::default(),
            owner: vec![None; arcs.len()],
            edges: Vec::with_capacity(2 * arcs.len()),
        };
        m.collect_dynamic();
        m.collect_entries();
        m.collect_data();
        m.place_entries();
        m.mark_explicit(conjuncts);
        m
    }

    /// Positions of the fields, in output order.
    fn run(mut self) -> Vec<u32> {
        self.add_edges();
        sort_graph(&self.ranks(), std::mem::take(&mut self.edges))
    }

    /// The position of each node in name order: ints by number, then others by their text.
    fn ranks(&self) -> Vec<u32> {
        let labels = &self.eval.labels;
        let mut by_name: Vec<u32> = (0..self.arcs.len() as u32).collect();
        by_name.sort_by(|a, b| {
            let (x, y) =
                (self.eval.v(self.arcs[*a as usize]).label, self.eval.v(self.arcs[*b as usize]).label);
            match (x.is_int(), y.is_int()) {
                (true, true) => x.index().cmp(&y.index()),
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                // Hidden fields of one name and different packages stay as they came.
                (false, false) => labels.name(x).as_bytes().cmp(labels.name(y).as_bytes()),
            }
        });
        let mut ranks = vec![0; self.arcs.len()];
        for (rank, node) in by_name.into_iter().enumerate() {
            ranks[node as usize] = rank as u32;
        }
        ranks
    }

    fn collect_dynamic(&mut self) {
        for a in self.arcs {
            let arc = self.eval.v(*a);
            for c in &arc.conjuncts {
                if let Term::Decl(d) = c.term
                    && matches!(self.eval.ir.decls[d.index()], Decl::Dynamic { .. })
                {
                    self.dynamic.entry(d).or_default().push_back(arc.label);
                }
            }
        }
    }

    fn collect_entries(&mut self) {
        for info in self.vertex.structs.iter().filter(|s| s.live) {
            let id = self.entries.len() as u32;
            self.add_key(Key::Literal(info.lit), id);
            let mut dynamic = false;
            for d in self.eval.ir.struct_decls(info.lit) {
                let key = match self.eval.ir.decls[d.index()] {
                    Decl::Embed(x) => match self.eval.ir.expr(x) {
                        Expr::Struct(s) => Key::Literal(s),
                        _ => Key::Expression(x),
                    },
                    _ => Key::Declaration(d),
                };
                self.add_key(key, id);
                dynamic |= self.dynamic.contains_key(&d);
            }
            let place = self.literal_place(info.lit);
            self.entries.push(Entry {
                origin: Origin::Literal(info.lit),
                repeats: info.repeats,
                firing: info.firing,
                place,
                explicit: false,
                dynamic,
            });
        }
    }

    /// Structs of plain data; they stand where their places say, or last.
    fn collect_data(&mut self) {
        let mut seen: Vec<VertexId> = Vec::new();
        for a in self.arcs {
            for c in &self.eval.v(*a).conjuncts {
                let Some(parent) = data_parent(self.eval, c) else { continue };
                if seen.last() == Some(&parent) || seen.contains(&parent) {
                    continue;
                }
                seen.push(parent);
                let place = match self.eval.term_src(c.term).as_data() {
                    Some(d) => {
                        let p = &self.eval.data_places[d as usize];
                        Place(Some((p.file | DATA_FILE, p.start)))
                    }
                    None => Place(None),
                };
                let origin = Origin::Data(parent);
                self.entries.push(Entry {
                    origin,
                    repeats: 0,
                    firing: 0,
                    place,
                    explicit: false,
                    dynamic: false,
                });
            }
        }
    }

    fn add_key(&mut self, key: Key, entry: u32) {
        let list = self.keys.entry(key).or_default();
        if list.last() != Some(&entry) && !list.contains(&entry) {
            list.push(entry);
        }
    }

    /// The place of a literal's first declaration: its own is in no table, and only literals with fields matter.
    fn literal_place(&self, lit: StructId) -> Place {
        self.eval.ir.struct_decls(lit).next().map_or(Place(None), |d| self.decl_place(d))
    }

    fn decl_place(&self, d: DeclId) -> Place {
        let meta = self.eval.ir.decl_metas[d.index()];
        Place(Some((meta.file.0, meta.start)))
    }

    /// Entries stand where the last of their fields is declared, or where the reference stands that led to it
    /// (A2).
    fn place_entries(&mut self) {
        for a in self.arcs {
            for c in &self.eval.v(*a).conjuncts {
                let Term::Decl(d) = c.term else { continue };
                let Some(found) = self.keys.get(&Key::Declaration(d)).cloned() else { continue };
                let place = self.decl_place(d);
                for e in &found {
                    self.entries[*e as usize].place = place;
                }
                let Some(reference) = outermost_reference(self.eval, c.ci.refs) else { continue };
                for e in found {
                    self.add_key(Key::Expression(reference), e);
                }
                let p = self.eval.ir.place(reference);
                for e in &self.keys[&Key::Expression(reference)] {
                    self.entries[*e as usize].place = Place(Some((p.file.0, p.start)));
                }
            }
        }
    }

    /// Operands of `&` are unified explicitly (A3).
    fn mark_explicit(&mut self, conjuncts: &[Conjunct]) {
        let ir = self.eval.ir;
        let mut work: Vec<ExprId> = conjuncts.iter().filter_map(|c| self.eval.term_expr(c.term)).collect();
        for e in &self.entries {
            let Origin::Literal(lit) = e.origin else { continue };
            for d in ir.struct_decls(lit) {
                if let Decl::Embed(x) = ir.decls[d.index()] {
                    work.push(x);
                }
            }
        }
        while let Some(x) = work.pop() {
            let Expr::And(a, b) = ir.expr(x) else { continue };
            for operand in [a, b] {
                let key = match ir.expr(operand) {
                    Expr::Struct(s) => Key::Literal(s),
                    _ => Key::Expression(operand),
                };
                for e in self.keys.get(&key).into_iter().flatten() {
                    self.entries[*e as usize].explicit = true;
                }
                work.push(operand);
            }
        }
    }

    fn compare_places(&self, a: Place, b: Place) -> Ordering {
        match (a.0, b.0) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some((f, x)), Some((g, y))) => {
                let by_file = if f == g { Ordering::Equal } else { compare_files(self.eval, f, g) };
                by_file.then(x.cmp(&y))
            }
        }
    }

    /// Entries in batches, each with whether it is explicit (A4).
    fn batches(&self) -> Vec<(Vec<u32>, bool)> {
        let mut sorted: Vec<u32> = (0..self.entries.len() as u32).collect();
        sorted.sort_by(|a, b| {
            let (x, y) = (&self.entries[*a as usize], &self.entries[*b as usize]);
            self.compare_places(x.place, y.place).then(x.dynamic.cmp(&y.dynamic))
        });
        let mut batches: Vec<(Vec<u32>, bool)> = Vec::new();
        let mut batch: Vec<u32> = Vec::new();
        let mut i = 0;
        while i < sorted.len() {
            let first = &self.entries[sorted[i] as usize];
            let mut end = i + 1;
            if first.firing != 0 {
                while end < sorted.len() && self.entries[sorted[end] as usize].firing == first.firing {
                    end += 1;
                }
            }
            // Repeats beyond the number of fields can set no further field.
            for _ in 0..=(first.repeats as usize).min(self.arcs.len()) {
                for id in &sorted[i..end] {
                    let e = &self.entries[*id as usize];
                    let joins = batch
                        .first()
                        .is_none_or(|f| self.entries[*f as usize].place == e.place && !e.dynamic);
                    if !joins {
                        self.close_batch(&mut batches, std::mem::take(&mut batch));
                    }
                    batch.push(*id);
                }
            }
            i = end;
        }
        if !batch.is_empty() {
            self.close_batch(&mut batches, batch);
        }
        batches
    }

    fn file_of(&self, entry: u32) -> Option<u32> {
        self.entries[entry as usize].place.0.map(|p| p.0)
    }

    fn close_batch(&self, batches: &mut Vec<(Vec<u32>, bool)>, batch: Vec<u32>) {
        let explicit = batch.len() > 1 || self.entries[batch[0] as usize].explicit;
        if let Some((last, true)) = batches.last_mut()
            && explicit
            && self.file_of(last[0]) == self.file_of(batch[0])
        {
            last.extend(batch);
            return;
        }
        batches.push((batch, explicit));
    }

    fn add_edges(&mut self) {
        let mut previous: Vec<u32> = Vec::new();
        let mut file = None;
        for (i, (batch, explicit)) in self.batches().into_iter().enumerate() {
            let this = self.file_of(batch[0]);
            // Data without a place continues what stands before it.
            let placeless =
                this.is_none() && matches!(self.entries[batch[0] as usize].origin, Origin::Data(_));
            if i > 0 && this != file && !placeless {
                previous.clear();
            }
            file = this;
            let mut next: Vec<u32> = Vec::new();
            for entry in batch {
                next.extend(self.add_entry(entry, explicit, &previous));
            }
            next.sort_unstable();
            next.dedup();
            previous = next;
        }
    }

    /// The edges of one struct; gives back what its last field is (A5).
    fn add_entry(&mut self, entry: u32, explicit: bool, previous: &[u32]) -> Vec<u32> {
        let mut frontier: Option<u32> = None;
        match self.entries[entry as usize].origin {
            Origin::Literal(lit) => {
                for d in self.eval.ir.struct_decls(lit) {
                    let label = match self.eval.ir.decls[d.index()] {
                        Decl::Field { label, .. } => Some(label),
                        Decl::Dynamic { .. } => self.dynamic.get_mut(&d).and_then(VecDeque::pop_front),
                        _ => None,
                    };
                    if let Some(label) = label {
                        self.add_label(label, entry, explicit, previous, &mut frontier);
                    }
                }
            }
            Origin::Data(v) => {
                for a in &self.eval.v(v).arcs {
                    self.add_label(self.eval.v(*a).label, entry, explicit, previous, &mut frontier);
                }
            }
        }
        frontier.map_or_else(|| previous.to_vec(), |f| vec![f])
    }

    fn add_label(
        &mut self,
        label: Label,
        entry: u32,
        explicit: bool,
        previous: &[u32],
        frontier: &mut Option<u32>,
    ) {
        let Some(node) = self.by_label.get(&label).copied() else { return };
        let place = self.entries[entry as usize].place;
        match self.owner[node as usize] {
            Some(o) if o == entry => return,
            Some(_)
                if place.0.is_none() && matches!(self.entries[entry as usize].origin, Origin::Data(_)) =>
            {
                return;
            }
            Some(o) if !explicit && place.0.is_some() && self.file_of(o) == self.file_of(entry) => return,
            _ => {}
        }
        self.owner[node as usize] = Some(entry);
        match *frontier {
            Some(p) => self.edges.push((p, node)),
            None => self.edges.extend(previous.iter().map(|p| (*p, node))),
        }
        *frontier = Some(node);
    }
}

/// Marks the number of a data file where places of program files and data files are compared. Data sorts last.
const DATA_FILE: u32 = 1 << 31;

/// The struct of plain data that a field's conjunct is a member of.
fn data_parent(eval: &Eval, c: &Conjunct) -> Option<VertexId> {
    let Term::Val(Val { v: Value::Vertex(a), .. }) = c.term else { return None };
    let parent = eval.v(a).parent?;
    let is_data = eval.v(parent).is_data && matches!(eval.v(parent).base, Base::Struct);
    if is_data { Some(parent) } else { None }
}

/// Files in the order in which their places sort: absolute names first, then by name.
pub(crate) fn compare_files(eval: &Eval, a: u32, b: u32) -> Ordering {
    if (a | b) & DATA_FILE != 0 {
        return a.cmp(&b);
    }
    let name = |f: u32| eval.ir.files.get(f as usize).map_or("", |f| f.name.as_str());
    compare_file_names(name(a), name(b)).then(a.cmp(&b))
}

pub(crate) fn compare_file_names(a: &str, b: &str) -> Ordering {
    b.starts_with('/').cmp(&a.starts_with('/')).then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

/// Nodes in topological order; inside a cycle, and where edges leave it open, by rank (A6).
fn sort_graph(ranks: &[u32], mut edges: Vec<(u32, u32)>) -> Vec<u32> {
    let n = ranks.len();
    edges.sort_unstable();
    edges.dedup();
    let mut start = vec![0usize; n + 1];
    for (from, _) in &edges {
        start[*from as usize + 1] += 1;
    }
    for i in 0..n {
        start[i + 1] += start[i];
    }
    if let Some(order) = sort_acyclic(ranks, &start, &edges) {
        return order;
    }
    let component = components(n, &start, &edges);
    let count = component.iter().copied().max().map_or(0, |m| m as usize + 1);
    let mut members: Vec<Vec<u32>> = vec![Vec::new(); count];
    for node in 0..n as u32 {
        members[component[node as usize] as usize].push(node);
    }
    for m in &mut members {
        m.sort_unstable_by_key(|node| ranks[*node as usize]);
    }
    let mut between: Vec<(u32, u32)> = edges
        .iter()
        .map(|(a, b)| (component[*a as usize], component[*b as usize]))
        .filter(|(a, b)| a != b)
        .collect();
    between.sort_unstable();
    between.dedup();
    let mut waiting = vec![0u32; count];
    for (_, to) in &between {
        waiting[*to as usize] += 1;
    }
    let first = |c: u32| between.partition_point(|(from, _)| *from < c);
    let key = |c: u32| Reverse((ranks[members[c as usize][0] as usize], c));
    let mut ready: BinaryHeap<_> = (0..count as u32).filter(|c| waiting[*c as usize] == 0).map(key).collect();
    let mut out = Vec::with_capacity(n);
    while let Some(Reverse((_, c))) = ready.pop() {
        out.extend_from_slice(&members[c as usize]);
        for (_, to) in between[first(c)..].iter().take_while(|(from, _)| *from == c) {
            waiting[*to as usize] -= 1;
            if waiting[*to as usize] == 0 {
                ready.push(key(*to));
            }
        }
    }
    out
}

/// The order where no edges form a cycle, which is most often so. `start`: where each node's edges begin.
fn sort_acyclic(ranks: &[u32], start: &[usize], edges: &[(u32, u32)]) -> Option<Vec<u32>> {
    let n = ranks.len();
    let mut waiting = vec![0u32; n];
    for (_, to) in edges {
        waiting[*to as usize] += 1;
    }
    let key = |node: u32| Reverse((ranks[node as usize], node));
    let mut ready: BinaryHeap<_> = (0..n as u32).filter(|i| waiting[*i as usize] == 0).map(key).collect();
    let mut out = Vec::with_capacity(n);
    while let Some(Reverse((_, node))) = ready.pop() {
        out.push(node);
        for (_, to) in &edges[start[node as usize]..start[node as usize + 1]] {
            waiting[*to as usize] -= 1;
            if waiting[*to as usize] == 0 {
                ready.push(key(*to));
            }
        }
    }
    (out.len() == n).then_some(out)
}

/// Tarjan's strongly connected components, with a stack of its own.
fn components(n: usize, start: &[usize], edges: &[(u32, u32)]) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let mut index = vec![NEW; n];
    let mut low = vec![0u32; n];
    let mut component = vec![NEW; n];
    let (mut stack, mut work): (Vec<u32>, Vec<(u32, usize)>) = (Vec::new(), Vec::new());
    let (mut next_index, mut next_component) = (0, 0);
    for root in 0..n as u32 {
        if index[root as usize] != NEW {
            continue;
        }
        work.push((root, start[root as usize]));
        while let Some((node, at)) = work.pop() {
            let v = node as usize;
            if index[v] == NEW {
                index[v] = next_index;
                low[v] = next_index;
                next_index += 1;
                stack.push(node);
            }
            if at < start[v + 1] {
                let to = edges[at].1;
                work.push((node, at + 1));
                if index[to as usize] == NEW {
                    work.push((to, start[to as usize]));
                } else if component[to as usize] == NEW {
                    low[v] = low[v].min(index[to as usize]);
                }
                continue;
            }
            if low[v] == index[v] {
                while let Some(member) = stack.pop() {
                    component[member as usize] = next_component;
                    if member == node {
                        break;
                    }
                }
                next_component += 1;
            }
            if let Some((parent, _)) = work.last() {
                low[*parent as usize] = low[*parent as usize].min(low[v]);
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::sort_graph;

    /// Nodes are letters; ranks follow the alphabet.
    fn sort(nodes: &str, edges: &[&str]) -> String {
        let names: Vec<char> = nodes.chars().collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        let ranks: Vec<u32> =
            names.iter().map(|c| sorted.iter().position(|d| d == c).unwrap() as u32).collect();
        let at = |c: char| names.iter().position(|d| *d == c).unwrap() as u32;
        let mut list = Vec::new();
        for chain in edges {
            let c: Vec<char> = chain.chars().collect();
            list.extend(c.windows(2).map(|w| (at(w[0]), at(w[1]))));
        }
        sort_graph(&ranks, list).into_iter().map(|i| names[i as usize]).collect()
    }

    #[test]
    fn chains_and_names() {
        assert_eq!(sort("zya", &["zya"]), "zya");
        assert_eq!(sort("zyxw", &["zy", "xw"]), "xwzy");
        assert_eq!(sort("zywa", &[]), "awyz");
    }

    #[test]
    fn cycles_fall_back_to_names() {
        assert_eq!(sort("zyw", &["zy", "ywz"]), "wyz");
        assert_eq!(sort("cba", &["cb", "bac"]), "abc");
        assert_eq!(sort("xzyb", &["xzyz", "yb"]), "xyzb");
    }
}
