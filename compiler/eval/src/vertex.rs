//! The tree under evaluation: vertices, their conjuncts and the environments of references.

use rustc_hash::FxHashMap;
use thin_vec::ThinVec;
use vela_ir::{ArcType, DeclId, ExprId, Label, StructId};

use crate::error::ErrId;
use crate::value::{Val, Value};

/// Index into the evaluation's vertices.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct VertexId(pub u32);

/// Index into the evaluation's environments.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct EnvId(pub u32);

/// Index into the pool of states of vertices under evaluation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct NodeId(pub u32);

impl EnvId {
    /// No environment.
    pub const NONE: Self = Self(u32::MAX);
}

/// A frame: what a reference's levels count. `vertex` received the struct literal (list, clause) being evaluated.
#[derive(Clone, Copy, Debug)]
pub struct Env {
    /// The enclosing frame.
    pub up: EnvId,
    /// The vertex of this frame.
    pub vertex: VertexId,
    /// The label that matched a pattern, or a dynamic field's.
    pub label: Label,
    /// The firing of a comprehension that made the frame; 0 for none.
    pub firing: u32,
}

/// How a conjunct takes part in a structural cycle (`evaluation-2-algorithm.md` 4).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
#[allow(missing_docs)]
pub enum Cyclic {
    #[default]
    No,
    Optional,
    Maybe,
    Yes,
}

/// What a conjunct carries for closedness and cycles; copied to every conjunct derived from it
/// (`evaluation-2-algorithm.md` 1.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[allow(missing_docs)]
pub struct CloseInfo {
    /// Group the conjunct came from: its evidence.
    pub id: u32,
    /// Innermost embedding group.
    pub embed: u32,
    /// The struct literal to close as a whole.
    pub outer: u32,
    pub from_def: bool,
    pub from_embed: bool,
    pub top_def: bool,
    pub opened: bool,
    pub conjunct_opened: bool,
    pub cyclic: Cyclic,
    /// References followed: index + 1 into the evaluation's list of followed references; 0 for none.
    pub refs: u32,
}

/// A reference that was followed to reach a conjunct.
#[derive(Clone, Copy, Debug)]
pub struct Followed {
    /// The reference.
    pub expr: ExprId,
    /// What it led to.
    pub target: VertexId,
    /// The vertex that received it.
    pub node: VertexId,
    /// The one before: index + 1.
    pub next: u32,
    /// Depth of the receiver.
    pub depth: i32,
}

/// What a conjunct says: an expression, the value of a declaration, or a value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Term {
    /// An expression.
    Expr(ExprId),
    /// A field, dynamic field, pattern or let: its value, remembering the declaration.
    Decl(DeclId),
    /// A value.
    Val(Val),
}

/// One contribution to a vertex.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Conjunct {
    /// The frame of its references.
    pub env: EnvId,
    /// What it says.
    pub term: Term,
    /// Closedness and cycles.
    pub ci: CloseInfo,
}

/// How far a vertex's evaluation is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs)]
pub enum Status {
    Unprocessed,
    Evaluating,
    Finalized,
}

/// The outcome of a vertex.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Base {
    /// Nothing yet.
    None,
    /// Being evaluated: meeting it means "not known yet".
    Cycle,
    /// A struct; its fields are arcs.
    Struct,
    /// A list; its elements are arcs with int labels.
    List {
        /// Whether it may be longer.
        open: bool,
    },
    /// Any other value; a `Vertex` where the vertex shares or forwards to another.
    Value(Val),
}

/// A struct literal that contributed, for field order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StructInfo {
    /// The literal.
    pub lit: StructId,
    /// How often it came again.
    pub repeats: u32,
    /// The firing of the comprehension whose body it is in; 0 for none.
    pub firing: u32,
    /// False for entries copied from a base and not confirmed.
    pub live: bool,
}

/// A pattern constraint: `constraint`'s conjuncts apply to every matching arc.
#[derive(Clone, Copy, Debug)]
pub struct Pattern {
    /// What labels match.
    pub pattern: Val,
    /// The constraints.
    pub constraint: VertexId,
}

/// A node of the tree.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Vertex {
    pub parent: Option<VertexId>,
    pub label: Label,
    pub arc_type: ArcType,
    pub status: Status,
    pub base: Base,
    /// State while under evaluation.
    pub state: Option<NodeId>,
    pub conjuncts: ThinVec<Conjunct>,
    pub arcs: ThinVec<VertexId>,
    /// Label to position in `arcs`, kept for vertices of many arcs only.
    pub index: Option<Box<FxHashMap<Label, u32>>>,
    pub patterns: ThinVec<Pattern>,
    pub structs: ThinVec<StructInfo>,
    /// Errors of members, whatever their class.
    pub child_errors: Option<ErrId>,
    /// Closed, with everything below.
    pub closed_recursive: bool,
    /// Closed by `close()`: this level only.
    pub closed_shallow: bool,
    pub has_ellipsis: bool,
    pub opened_shared: bool,
    /// A let that must be evaluated anew in each frame.
    pub multi_let: bool,
    /// Made for an expression; no path leads to it.
    pub is_dynamic: bool,
    pub is_pattern: bool,
    /// Below a dynamic vertex.
    pub non_rooted: bool,
    pub anonymous: bool,
    /// A copy made to try an alternative.
    pub is_disjunct: bool,
    pub is_shared: bool,
    /// Holds the only alternative left of a disjunction of scalars.
    pub one_alternative: bool,
    /// Plain data: nothing to evaluate, conjuncts only for places.
    pub is_data: bool,
}

impl Vertex {
    /// A fresh vertex.
    pub fn new(parent: Option<VertexId>, label: Label, arc_type: ArcType) -> Self {
        Self {
            parent,
            label,
            arc_type,
            status: Status::Unprocessed,
            base: Base::None,
            state: None,
            conjuncts: ThinVec::new(),
            arcs: ThinVec::new(),
            index: None,
            patterns: ThinVec::new(),
            structs: ThinVec::new(),
            child_errors: None,
            closed_recursive: false,
            closed_shallow: false,
            has_ellipsis: false,
            opened_shared: false,
            multi_let: false,
            is_dynamic: false,
            is_pattern: false,
            non_rooted: false,
            anonymous: false,
            is_disjunct: false,
            is_shared: false,
            one_alternative: false,
            is_data: false,
        }
    }

    /// The vertex this one shares or forwards to.
    pub const fn forward(&self) -> Option<VertexId> {
        if let Base::Value(Val { v: Value::Vertex(w), .. }) = self.base { Some(w) } else { None }
    }
}
