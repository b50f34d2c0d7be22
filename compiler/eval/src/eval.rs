//! One evaluation: the tables, the current place in the work, and small helpers that all rules use.

use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use vela_ir::{ArcType, ExprId, Ir, Kinds, Label, Labels, PackageId};
use vela_number::Number;

use crate::builtin::Library;
use crate::error::{Bottom, ErrId, Pos};
use crate::node::{Node, Task, TaskId};
use crate::scratch::Floor;
use crate::table::Table;
use crate::value::{Src, Val, Value, Values};
use crate::vertex::{Base, CloseInfo, Env, EnvId, Followed, NodeId, Status, Term, Vertex, VertexId};

/// Why a step of evaluation did not come to an end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// The current task waits for a condition and will be run again.
    Blocked,
    /// A budget is used up.
    Exhausted(Budget),
}

/// What is bounded so that no input can run forever or fill the memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum Budget {
    Depth,
    Steps,
    Memory,
}

/// The limits of one evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Nested evaluations.
    pub depth: u32,
    /// Tasks run, vertices finished or copied, members compared, iterations.
    pub steps: u64,
    /// Vertices made, with what evaluating them takes: about 250 bytes each.
    pub vertices: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 60_000, steps: 20_000_000, vertices: 8_000_000 }
    }
}

/// Shortcuts of evaluation. Results are the same with each of them on and off; a test runs both.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Devices {
    /// Alternatives of disjunctions that certainly conflict are not tried.
    pub filter_alternatives: bool,
    /// Disjunctions of scalars are intersected as values.
    pub scalar_sets: bool,
    /// What needs no scheduling is finished at once, and what is finished is not evaluated to see whether it is there.
    pub at_once: bool,
    /// Data is shared, not copied.
    pub share_data: bool,
}

impl Devices {
    /// All of them.
    pub const ON: Self =
        Self { filter_alternatives: true, scalar_sets: true, at_once: true, share_data: true };
    /// None of them: the plain algorithm.
    pub const OFF: Self =
        Self { filter_alternatives: false, scalar_sets: false, at_once: false, share_data: false };
}

/// Steps between two calls of [`Eval::tick`]: well under a millisecond.
const TICK: u64 = 512;

/// A step's result.
pub type R<T> = Result<T, Stop>;

/// What a nested evaluation saves and restores.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub(crate) env: EnvId,
    pub(crate) errs: Option<ErrId>,
    pub(crate) src: Src,
    pub(crate) ci: CloseInfo,
}

/// A vertex of a `let` evaluated for one frame.
#[derive(Clone, Copy, Debug)]
pub struct LetEntry {
    pub(crate) vertex: VertexId,
    pub(crate) recomputed: bool,
}

/// Originals and copies of one alternative being tried.
#[derive(Clone, Debug)]
pub struct Overlay {
    pub(crate) map: Rc<FxHashMap<VertexId, VertexId>>,
}

/// A place in a data file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataPlace {
    /// The data file's number, given by the caller.
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// After the last byte.
    pub end: u32,
}

/// An evaluation of a program.
pub struct Eval<'p> {
    /// The program.
    pub ir: &'p Ir,
    /// The standard library.
    pub library: &'p dyn Library,
    /// The program's labels and those made by evaluation.
    pub labels: Labels,
    /// Tables of values.
    pub values: Values,
    /// The tree.
    pub vertices: Table<Vertex>,
    /// Places that [`Src::data`] names.
    pub data_places: Vec<DataPlace>,
    /// The limits.
    pub limits: Limits,
    /// The shortcuts.
    pub devices: Devices,
    /// Only the default of a value is wanted where it has one: other alternatives need not be tried. Whether any were
    /// left out is told by [`Eval::narrowed`].
    pub only_defaults: bool,
    /// Only regular fields are wanted: optional ones need not be evaluated. That some were not is told by
    /// [`Eval::narrowed`].
    pub only_regular: bool,
    /// Called now and then while evaluating: whoever has no more use for the outcome unwinds out of it.
    pub tick: Option<&'p dyn Fn()>,
    /// Where wanted: the conditions of comprehensions that were decided, each with whether it was seen false and true.
    pub conditions: Option<FxHashMap<ExprId, [bool; 2]>>,

    /// Orders of fields found before.
    pub(crate) orders: std::cell::RefCell<crate::order::Orders>,
    pub(crate) nodes: Table<Node>,
    pub(crate) free_nodes: Vec<NodeId>,
    pub(crate) tasks: Table<Task>,
    pub(crate) free_tasks: Vec<TaskId>,
    pub(crate) floor: Floor,
    pub(crate) envs: Table<Env>,
    pub(crate) followed: Table<Followed>,
    pub(crate) lets: FxHashMap<(EnvId, ExprId, VertexId), LetEntry>,
    pub(crate) packages: FxHashMap<PackageId, VertexId>,
    pub(crate) members: FxHashMap<(u32, Label), Option<VertexId>>,
    pub(crate) skips: Vec<bool>,
    /// Values of bounds on literals.
    pub(crate) constant_bounds: FxHashMap<ExprId, Val>,
    /// Lists of scalars that a `for` ranges over.
    pub(crate) constant_lists: FxHashMap<ExprId, VertexId>,

    // Where the work is.
    pub(crate) env: EnvId,
    pub(crate) errs: Option<ErrId>,
    pub(crate) src: Src,
    pub(crate) ci: CloseInfo,
    pub(crate) vertex: Option<VertexId>,
    pub(crate) stack: Vec<TaskId>,
    pub(crate) blocking: Vec<TaskId>,
    pub(crate) overlays: Vec<Overlay>,
    pub(crate) overlay_maps: Vec<Rc<FxHashMap<VertexId, VertexId>>>,
    pub(crate) positions: Vec<Pos>,
    pub(crate) alt_path: Vec<VertexId>,
    pub(crate) eval_depth: i32,
    pub(crate) in_detached: u32,
    pub(crate) in_validator: u32,
    /// A check is being run, not a call.
    pub(crate) validating: bool,
    pub(crate) lookup_pending_parent: bool,
    pub(crate) firings: u32,
    /// Disjunctions under way whose alternatives are tried only to explain why all fail.
    pub(crate) explaining: u32,
    /// What explanations took so far, in steps and values held.
    pub(crate) explained: u64,
    /// Alternatives were left out for the sake of a default.
    pub(crate) narrowed: bool,

    // Closedness groups: parent of each, and where it was written.
    pub(crate) group_parents: Table<u32>,
    pub(crate) group_places: Table<Option<Pos>>,
    pub(crate) no_edges: Rc<crate::groups::Edges>,

    pub(crate) nest: u32,
    /// The expression and the vertex under evaluation when a budget ran out.
    pub(crate) stopped_at: Option<(Src, Option<VertexId>)>,
    pub(crate) steps: u64,
    /// The shared `empty` vertex: what a failed operand stands for.
    pub(crate) empty: VertexId,
}

impl<'p> Eval<'p> {
    /// Prepares an evaluation; evaluates nothing.
    pub fn new(ir: &'p Ir, library: &'p dyn Library) -> Self {
        Self::with_labels(ir, library, ir.labels.clone())
    }

    /// Prepares one of many evaluations of a program: `labels` are the program's, shared by all of them.
    pub fn sharing(ir: &'p Ir, library: &'p dyn Library, labels: Arc<Labels>) -> Self {
        Self::with_labels(ir, library, Labels::over(labels))
    }

    fn with_labels(ir: &'p Ir, library: &'p dyn Library, labels: Labels) -> Self {
        let mut empty = Vertex::new(None, Label::NONE, ArcType::Member);
        empty.status = Status::Finalized;
        let mut vertices = Table::default();
        vertices.push(empty);
        let (mut group_parents, mut group_places) = (Table::default(), Table::default());
        group_parents.push(0);
        group_places.push(None);
        Self {
            ir,
            library,
            labels,
            values: Values::over(ir.numbers.len(), ir.strings.len()),
            vertices,
            data_places: Vec::new(),
            limits: Limits::default(),
            devices: Devices::ON,
            only_defaults: false,
            only_regular: false,
            tick: None,
            conditions: None,
            narrowed: false,
            orders: std::cell::RefCell::default(),
            nodes: Table::default(),
            free_nodes: Vec::new(),
            tasks: Table::default(),
            free_tasks: Vec::new(),
            floor: Floor::default(),
            envs: Table::default(),
            followed: Table::default(),
            lets: FxHashMap::default(),
            packages: FxHashMap::default(),
            members: FxHashMap::default(),
            skips: Vec::new(),
            constant_bounds: FxHashMap::default(),
            constant_lists: FxHashMap::default(),
            env: EnvId::NONE,
            errs: None,
            src: Src::NONE,
            ci: CloseInfo::default(),
            vertex: None,
            stack: Vec::new(),
            blocking: Vec::new(),
            overlays: Vec::new(),
            overlay_maps: Vec::new(),
            positions: Vec::new(),
            alt_path: Vec::new(),
            eval_depth: 0,
            in_detached: 0,
            in_validator: 0,
            validating: false,
            lookup_pending_parent: false,
            firings: 0,
            explaining: 0,
            explained: 0,
            group_parents,
            group_places,
            no_edges: Rc::default(),
            nest: 0,
            stopped_at: None,
            steps: 0,
            empty: VertexId(0),
        }
    }

    // ---- Tables -------------------------------------------------------------------------------------------------

    /// The vertex.
    pub fn v(&self, id: VertexId) -> &Vertex {
        &self.vertices[id.0]
    }

    /// The vertex, to change.
    pub fn vm(&mut self, id: VertexId) -> &mut Vertex {
        self.floor.touched |= id.0 < self.floor.vertices;
        &mut self.vertices[id.0]
    }

    pub(crate) fn n(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    pub(crate) fn nm(&mut self, id: NodeId) -> &mut Node {
        self.touch_node(id);
        &mut self.nodes[id.0]
    }

    pub(crate) fn t(&self, id: TaskId) -> &Task {
        &self.tasks[id.0]
    }

    pub(crate) fn tm(&mut self, id: TaskId) -> &mut Task {
        self.touch_task(id);
        &mut self.tasks[id.0]
    }

    pub(crate) fn e(&self, id: EnvId) -> &Env {
        &self.envs[id.0]
    }

    /// The error.
    pub fn err(&self, id: ErrId) -> &Bottom {
        &self.values.errors[id as usize]
    }

    /// The number of a `Value::Num`.
    pub fn number(&self, index: u32) -> &Number {
        self.values.number(index).unwrap_or_else(|i| &self.ir.numbers[i])
    }

    /// The text of a `Value::Str`.
    pub fn string(&self, index: u32) -> &Arc<str> {
        self.values.string(index).unwrap_or_else(|i| &self.ir.strings[i])
    }

    pub(crate) fn add_vertex(&mut self, v: Vertex) -> VertexId {
        VertexId(self.vertices.push(v))
    }

    pub(crate) fn add_env(&mut self, up: EnvId, vertex: VertexId) -> EnvId {
        EnvId(self.envs.push(Env { up, vertex, label: Label::NONE, firing: 0 }))
    }

    /// A copy of a frame with a label.
    pub(crate) fn label_env(&mut self, env: EnvId, label: Label) -> EnvId {
        let mut e = if env == EnvId::NONE {
            Env { up: EnvId::NONE, vertex: self.empty, label, firing: 0 }
        } else {
            *self.e(env)
        };
        e.label = label;
        EnvId(self.envs.push(e))
    }

    // ---- Budgets ------------------------------------------------------------------------------------------------

    pub(crate) fn step(&mut self) -> R<()> {
        self.spend(1)
    }

    /// Takes steps off the budget.
    pub(crate) fn spend(&mut self, steps: usize) -> R<()> {
        let before = self.steps / TICK;
        self.steps += steps as u64;
        if self.steps / TICK != before
            && let Some(tick) = self.tick
        {
            tick();
        }
        if self.steps > self.limits.steps {
            return Err(self.exhausted(Budget::Steps));
        }
        if self.held() > self.limits.vertices as usize {
            return Err(self.exhausted(Budget::Memory));
        }
        Ok(())
    }

    /// Values held, smaller records counted by their share of a value.
    fn held(&self) -> usize {
        self.vertices.len() + 2 * self.nodes.len() + self.tasks.len() / 3 + self.envs.len() / 8
    }

    /// Steps done and values held: grows with all work.
    pub(crate) fn effort(&self) -> u64 {
        self.steps + self.held() as u64
    }

    fn exhausted(&mut self, budget: Budget) -> Stop {
        if self.stopped_at.is_none() {
            self.stopped_at = Some((self.src, self.vertex));
        }
        Stop::Exhausted(budget)
    }

    /// Runs a nested step on a stack that grows as needed, within the depth budget.
    pub(crate) fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        self.nest += 1;
        if self.nest > self.limits.depth {
            self.nest -= 1;
            return Err(self.exhausted(Budget::Depth));
        }
        let r = stacker::maybe_grow(192 * 1024, 4 * 1024 * 1024, || f(self));
        self.nest -= 1;
        r
    }

    /// A nested step on behalf of a vertex's state, which is kept meanwhile.
    pub(crate) fn holding<T>(&mut self, n: NodeId, f: impl FnOnce(&mut Self) -> R<T>) -> R<T> {
        self.nm(n).busy += 1;
        let r = self.nested(f);
        self.nm(n).busy -= 1;
        r
    }

    // ---- Frames -------------------------------------------------------------------------------------------------

    pub(crate) fn push_state(&mut self, env: EnvId, src: Src) -> Frame {
        let saved = Frame { env: self.env, errs: self.errs, src: self.src, ci: self.ci };
        self.errs = None;
        if !src.is_none() {
            self.src = src;
        }
        self.env = env;
        saved
    }

    pub(crate) fn pop_state(&mut self, saved: Frame) -> Option<ErrId> {
        let err = self.errs;
        self.env = saved.env;
        self.errs = saved.errs;
        self.src = saved.src;
        self.ci = saved.ci;
        err
    }

    /// The frame `count` levels up from `env`.
    pub(crate) fn env_up(&self, mut env: EnvId, count: u16) -> EnvId {
        for _ in 0..count {
            env = self.e(env).up;
        }
        env
    }

    /// The vertex of a frame, in the alternative being tried.
    pub(crate) fn env_vertex(&self, env: EnvId) -> VertexId {
        if env == EnvId::NONE {
            return self.empty;
        }
        self.deref_overlay(self.e(env).vertex)
    }

    pub(crate) fn deref_overlay(&self, v: VertexId) -> VertexId {
        for o in self.overlays.iter().rev() {
            if let Some(x) = o.map.get(&v) {
                return *x;
            }
        }
        v
    }

    pub(crate) fn env_equal(&self, a: EnvId, b: EnvId) -> bool {
        if a == b {
            return true;
        }
        if a == EnvId::NONE || b == EnvId::NONE {
            return false;
        }
        self.e(a).up == self.e(b).up && self.env_vertex(a) == self.env_vertex(b)
    }

    // ---- Terms --------------------------------------------------------------------------------------------------

    /// The expression of a term; `None` for a value.
    pub(crate) fn term_expr(&self, term: Term) -> Option<ExprId> {
        match term {
            Term::Expr(x) => Some(x),
            Term::Decl(d) => match self.ir.decls[d.index()] {
                vela_ir::Decl::Field { value, .. }
                | vela_ir::Decl::Dynamic { value, .. }
                | vela_ir::Decl::Pattern { value, .. }
                | vela_ir::Decl::Let { value, .. }
                | vela_ir::Decl::Embed(value) => Some(value),
                vela_ir::Decl::Ellipsis => None,
            },
            Term::Val(_) => None,
        }
    }

    /// Where a term stands.
    pub(crate) fn term_src(&self, term: Term) -> Src {
        match term {
            Term::Val(v) => v.src,
            t => self.term_expr(t).map_or(Src::NONE, Src::expr),
        }
    }

    /// Where a term stands, as upstream places it: a declaration's label, else the first byte.
    pub(crate) fn term_pos(&self, term: Term) -> Option<Pos> {
        match term {
            Term::Decl(d) => Some(Pos::Decl(d)),
            t => {
                let src = self.term_src(t);
                if src.is_none() { None } else { Some(Pos::Src(src)) }
            }
        }
    }

    /// Whether the literal or operator at `src` stands in a file with the experiment `structcmp`.
    pub(crate) fn experiments(&self, src: Src) -> vela_ir::Experiments {
        match src.as_expr() {
            Some(x) => {
                let file = self.ir.files.get(self.ir.place(x).file.index());
                file.map_or_else(vela_ir::Experiments::default, |f| f.experiments)
            }
            None => vela_ir::Experiments { structcmp: true, ..Default::default() },
        }
    }

    // ---- Following sharing and disjuncts ------------------------------------------------------------------------

    /// Follows sharing and disjuncts to the vertex that holds the value.
    pub fn deref(&self, mut v: VertexId) -> VertexId {
        while let Some(w) = self.v(v).forward() {
            v = w;
        }
        v
    }

    pub(crate) fn deref_disjunct(&self, mut v: VertexId) -> VertexId {
        while let Some(w) = self.v(v).forward() {
            if !self.v(w).is_disjunct {
                break;
            }
            v = w;
        }
        v
    }

    pub(crate) fn deref_non_disjunct(&self, mut v: VertexId) -> VertexId {
        while let Some(w) = self.v(v).forward() {
            if self.v(w).is_disjunct {
                break;
            }
            v = w;
        }
        v
    }

    pub(crate) fn deref_non_rooted(&self, mut v: VertexId) -> VertexId {
        while let Some(w) = self.v(v).forward() {
            if self.v(w).is_disjunct || (self.v(v).is_shared && !self.v(w).label.is_let()) {
                break;
            }
            v = w;
        }
        v
    }

    pub(crate) fn deref_non_shared(&self, mut v: VertexId) -> VertexId {
        if self.v(v).state.is_some_and(|n| self.n(n).is_shared) {
            return v;
        }
        while let Some(w) = self.v(v).forward() {
            v = w;
        }
        v
    }

    /// Identity of a vertex modulo sharing and disjunct copies.
    pub(crate) fn identity(&self, v: VertexId) -> VertexId {
        let v = self.deref(v);
        self.v(v).state.map_or(v, |n| self.n(n).underlying)
    }

    pub(crate) fn same(&self, a: VertexId, b: VertexId) -> bool {
        self.identity(a) == self.identity(b)
    }

    // ---- Values of vertices -------------------------------------------------------------------------------------

    /// Whether the vertex (or what it forwards to) is still the marker of an evaluation under way.
    pub(crate) fn is_cycle(&self, v: VertexId) -> bool {
        matches!(self.v(self.deref(v)).base, Base::Cycle)
    }

    /// The value of a vertex: the vertex itself for structs and lists, `None` while unknown. Does not follow sharing.
    pub(crate) fn value_of(&self, v: VertexId) -> Option<Val> {
        match self.v(v).base {
            Base::None => None,
            Base::Cycle => Some(Val::new(Value::Bottom(crate::error::CYCLE))),
            Base::Struct | Base::List { .. } => Some(Val::new(Value::Vertex(v))),
            Base::Value(x) => Some(x),
        }
    }

    /// The error a vertex holds, after following sharing; the marker of an evaluation under way counts.
    pub(crate) fn bottom_raw(&self, v: VertexId) -> Option<ErrId> {
        match self.v(self.deref(v)).base {
            Base::Cycle => Some(crate::error::CYCLE),
            Base::Value(Val { v: Value::Bottom(e), .. }) => Some(e),
            _ => None,
        }
    }

    /// The error a vertex holds, if any.
    pub fn bottom(&self, v: VertexId) -> Option<ErrId> {
        match self.v(self.deref(v)).base {
            Base::Value(Val { v: Value::Bottom(e), .. }) => Some(e),
            _ => None,
        }
    }

    /// Stores the outcome of a vertex; the marker of an evaluation under way is that, also where it comes as an error.
    pub(crate) fn set_base(&mut self, v: VertexId, base: Base) {
        let marker = matches!(base, Base::Value(Val { v: Value::Bottom(crate::error::CYCLE), .. }));
        self.vm(v).base = if marker { Base::Cycle } else { base };
    }

    /// The kinds of a value.
    pub fn kinds(&self, v: Value) -> Kinds {
        match v {
            Value::Null => Kinds::NULL,
            Value::Bool(_) => Kinds::BOOL,
            Value::Num(n) => {
                if self.number(n).is_int() {
                    Kinds::INT
                } else {
                    Kinds::FLOAT
                }
            }
            Value::Str(_) => Kinds::STRING,
            Value::Bytes(_) => Kinds::BYTES,
            Value::Top => Kinds::TOP,
            Value::Kind(k) => k,
            Value::Bound(b) => self.bound_kinds(b),
            Value::Conjunction(c) => {
                self.values.conjunctions[c as usize].iter().fold(Kinds::TOP, |k, x| k & self.kinds(x.v))
            }
            Value::Disjunction(d) => self.values.disjunctions[d as usize]
                .values
                .iter()
                .fold(Kinds::BOTTOM, |k, x| k | self.kinds(x.v)),
            Value::Bottom(_) => Kinds::BOTTOM,
            Value::Func(_) => Kinds::FUNC,
            Value::Validator(x) => self.validator_kinds(x),
            Value::Vertex(v) => self.vertex_kinds(v),
        }
    }

    pub(crate) fn bound_kinds(&self, b: u32) -> Kinds {
        let bound = self.values.bounds[b as usize];
        let k = self.kinds(bound.value.v);
        if k.meets(Kinds::NUMBER) && Kinds::NUMBER.contains(k) {
            return Kinds::NUMBER;
        }
        if k == Kinds::NULL && bound.op == vela_ir::Compare::NotEqual {
            return Kinds::TOP & !Kinds::NULL;
        }
        k
    }

    /// The kinds of a vertex's value, as far as known.
    pub fn vertex_kinds(&self, v: VertexId) -> Kinds {
        let of_state = |v: VertexId| self.v(v).state.map_or(Kinds::TOP, |n| self.n(n).kinds);
        if self.is_cycle(v) {
            return of_state(v);
        }
        let mut at = v;
        loop {
            if of_state(at).is_bottom() {
                return Kinds::BOTTOM;
            }
            match self.v(at).base {
                Base::Value(Val { v: Value::Vertex(w), .. }) => at = w,
                Base::Struct => return Kinds::STRUCT,
                Base::List { .. } => return Kinds::LIST,
                Base::Value(x) => return self.kinds(x.v),
                Base::None | Base::Cycle => return of_state(at),
            }
        }
    }

    /// Whether nothing is left open: an atom, a struct, a list, an error.
    pub fn is_concrete(&self, v: Value) -> bool {
        match v {
            Value::Bottom(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Num(_)
            | Value::Str(_)
            | Value::Bytes(_)
            | Value::Func(_) => true,
            Value::Vertex(x) => self.vertex_concrete(x),
            Value::Disjunction(_)
            | Value::Top
            | Value::Kind(_)
            | Value::Bound(_)
            | Value::Conjunction(_)
            | Value::Validator(_) => false,
        }
    }

    pub(crate) fn vertex_concrete(&self, v: VertexId) -> bool {
        match self.v(v).base {
            Base::Struct | Base::List { .. } => true,
            Base::Value(x) => self.is_concrete(x.v),
            Base::None => true,
            Base::Cycle => false,
        }
    }

    /// Whether a value still lacks something: not concrete, and no error.
    pub(crate) fn is_open_value(&self, v: Value) -> bool {
        match v {
            Value::Bottom(_) => false,
            Value::Vertex(x) => match self.v(x).base {
                Base::Value(y) => self.is_open_value(y.v),
                _ => false,
            },
            v => !self.is_concrete(v),
        }
    }
}

pub(crate) fn push_pos(more: &mut SmallVec<[Pos; 4]>, p: Pos) {
    if !more.contains(&p) {
        more.push(p);
    }
}
