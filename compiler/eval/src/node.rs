//! What is needed of a vertex only while it is being evaluated: its tasks, the conditions they wait for, and what
//! its conjuncts have contributed so far (`evaluation-2-algorithm.md` 1 and 2).

use std::rc::Rc;

use thin_vec::ThinVec;
use vela_ir::{ExprId, Kinds};

use crate::error::ErrId;
use crate::value::{Idx, Val};
use crate::vertex::Base;
use crate::vertex::{CloseInfo, Conjunct, Cyclic, EnvId, NodeId, Term, VertexId};

/// A set of conditions on a vertex.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cond(pub u16);

#[allow(missing_docs)]
impl Cond {
    pub const NONE: Self = Self(0);
    pub const ANCESTORS: Self = Self(1);
    pub const ARC_TYPE: Self = Self(1 << 1);
    pub const VALUE: Self = Self(1 << 2);
    pub const SCALAR: Self = Self(1 << 3);
    pub const FIELD_CONJUNCTS: Self = Self(1 << 4);
    pub const FIELD_SET: Self = Self(1 << 5);
    pub const TASKS: Self = Self(1 << 6);
    pub const SUB_FIELDS: Self = Self(1 << 7);
    pub const DISJUNCTION: Self = Self(1 << 8);
    pub const CHILD_CONJUNCTS: Self = Self(1 << 9);
    pub const ALL: Self = Self(0x7fff);
    /// Met when no unfinished task provides it.
    pub const COUNTED: Self = Self(
        Self::ARC_TYPE.0 | Self::VALUE.0 | Self::FIELD_CONJUNCTS.0 | Self::TASKS.0 | Self::DISJUNCTION.0,
    );
    /// What any conjunct may decide.
    pub const GENERIC: Self = Self(Self::TASKS.0 | Self::SCALAR.0 | Self::VALUE.0 | Self::FIELD_CONJUNCTS.0);
    /// What a conjunct that only adds fields may decide.
    pub const FIELDS: Self = Self(Self::TASKS.0 | Self::FIELD_CONJUNCTS.0 | Self::VALUE.0);

    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    #[must_use]
    pub const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    pub const fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// How far to go when a condition is not met yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Evaluate nothing.
    Ignore,
    /// Run what can run; go on with what is there.
    Attempt,
    /// Block the current task.
    Yield,
    /// Force it.
    Finalize,
}

/// How to evaluate: which conditions are needed, and how hard to try.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Need {
    pub cond: Cond,
    pub mode: Mode,
    /// The operand must be concrete to be used.
    pub concrete: bool,
    /// Set while a comparison with bottom wants the final state.
    pub settled: bool,
}

impl Need {
    /// Conditions and mode.
    pub const fn new(cond: Cond, mode: Mode) -> Self {
        Self { cond, mode, concrete: false, settled: false }
    }

    /// An operand: a scalar, blocking until it is known.
    pub const SCALAR: Self = Self::new(Cond::SCALAR, Mode::Yield);
}

/// Index into the evaluation's tasks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TaskId(pub u32);

/// What a task does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum TaskKind {
    Expr,
    Resolve,
    Dynamic,
    Pattern,
    Comprehension,
    List,
    ListVertex,
    Disjunctions,
}

impl TaskKind {
    /// What the task's end decides about its vertex.
    pub const fn provides(self) -> Cond {
        match self {
            Self::Expr | Self::Resolve => Cond::GENERIC,
            Self::Disjunctions => Cond::GENERIC.with(Cond::DISJUNCTION),
            _ => Cond::FIELDS,
        }
    }

    /// Tasks of higher rank run after all others.
    pub const fn rank(self) -> u8 {
        matches!(self, Self::Disjunctions) as u8
    }
}

/// Where a task is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[allow(missing_docs)]
pub enum TaskState {
    Ready,
    Running,
    Waiting,
    Success,
    Failed,
    Cancelled,
}

impl TaskState {
    /// Whether it will not run again.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Success | Self::Failed | Self::Cancelled)
    }
}

/// A conjunct that needs work.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Task {
    pub kind: TaskKind,
    pub state: TaskState,
    pub completes: Cond,
    /// Replaced by a copy in a disjunct.
    pub defunct: bool,
    /// Is scheduling what it found.
    pub inserting: bool,
    pub retry: bool,
    pub blocked_on: Option<NodeId>,
    pub block_cond: Cond,
    pub err: Option<ErrId>,
    pub node: NodeId,
    pub env: EnvId,
    pub ci: CloseInfo,
    pub term: Term,
}

/// Whether a value is a default.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum DefaultMode {
    /// No mark anywhere in its disjunction.
    #[default]
    Maybe,
    /// Marked.
    Is,
    /// Stands beside a marked one.
    Not,
}

/// An alternative of a disjunction that waits for expansion.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Alternative {
    pub term: Term,
    pub mode: DefaultMode,
    pub err: Option<ErrId>,
    /// Found to conflict without being tried.
    pub skipped: bool,
}

/// A disjunction that waits for expansion.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct PendingDisjunction {
    pub env: EnvId,
    pub ci: CloseInfo,
    pub src: crate::value::Src,
    pub alternatives: Vec<Alternative>,
    pub tried: Tried,
}

/// Which alternatives of a disjunction are tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tried {
    /// Those that don't surely conflict.
    Possible,
    /// Those left out before, too: what they say is wanted.
    All,
    /// Those whose fields with fixed values agree: the ones that were meant.
    Meant,
}

/// Kind of a closedness group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum GroupKind {
    Embedding,
    Reference,
    Struct,
}

/// A closedness group that came to bear on a vertex.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Group {
    pub target: Option<VertexId>,
    pub id: u32,
    pub parent: u32,
    pub embed: u32,
    pub ignore: bool,
    pub kind: GroupKind,
    pub recursive: bool,
    pub conjunct_opened: bool,
}

/// Evidence that a group contributed to a vertex.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Evidence {
    pub id: u32,
    pub embed: u32,
    pub kinds: Kinds,
    pub flags: EvidenceFlags,
}

/// What the evidence was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EvidenceFlags(pub u8);

#[allow(missing_docs)]
impl EvidenceFlags {
    pub const NONE: Self = Self(0);
    pub const ELLIPSIS: Self = Self(1);
    pub const TOP: Self = Self(2);
    pub const STRUCT: Self = Self(4);
    pub const OPEN_VALIDATOR: Self = Self(8);

    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// A set of fields that must all be allowed by a group.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Requirement {
    pub id: u32,
    pub parent: u32,
    pub embed: u32,
    pub kind: GroupKind,
    pub once: bool,
    pub ignored: bool,
    pub removed: bool,
    pub conjunct_opened: bool,
}

/// A conjunct put aside because it only repeats an ancestor.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct Parked {
    pub conjunct: Conjunct,
    pub target: Option<VertexId>,
}

/// A comparison with bottom to repeat when the vertex's arcs are complete.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct PostCheck {
    pub env: EnvId,
    pub expr: ExprId,
    pub expect_error: bool,
}

/// Pieces of evidence and groups that an emptied state keeps room for.
const KEPT: usize = 16;

/// State of a vertex under evaluation.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Node {
    pub vertex: VertexId,
    /// The vertex this is a disjunct's copy of, for cycle tests.
    pub underlying: VertexId,
    /// Where a detached vertex was attached by sharing.
    pub attached_to: Option<VertexId>,

    /// Steps under way that hold this state: it is not given back while there are any.
    pub busy: u32,
    /// Another state refers to it for longer.
    pub pinned: bool,

    // Scheduling.
    pub initialized: bool,
    pub started: bool,
    pub completed: Cond,
    pub provided: Cond,
    pub frozen: Cond,
    pub counters: [i32; 10],
    pub tasks: ThinVec<TaskId>,
    pub parent_tasks: ThinVec<TaskId>,
    pub blocking: ThinVec<TaskId>,
    pub deferred: ThinVec<NodeId>,
    pub to_complete: bool,
    pub completing: bool,
    pub run_mode: Option<Mode>,

    // Contributions.
    pub kinds: Kinds,
    pub kind_term: Option<Val>,
    pub kind_expr: Option<ExprId>,
    pub kind_group: u32,
    pub scalar: Option<Val>,
    pub scalar_group: u32,
    pub a_struct: bool,
    pub has_struct: bool,
    pub has_top: bool,
    pub list_closed: bool,
    pub list_len: usize,
    pub lower: Option<Val>,
    pub upper: Option<Val>,
    pub checks: ThinVec<Conjunct>,
    pub post_checks: ThinVec<PostCheck>,
    pub errs: Option<ErrId>,
    pub seen: ThinVec<VertexId>,
    pub notify: ThinVec<(VertexId, CloseInfo)>,
    /// Set to true when a `?` reference in a `try` was missing.
    pub try_skip: Option<u32>,

    // Cycles.
    pub eval_depth: i32,
    pub depth: i32,
    pub has_any_cyclic: bool,
    pub has_ancestor_cycle: bool,
    /// A literal, scalar, type or list from a conjunct that is not cyclic was processed.
    pub has_non_cycle: bool,
    /// A conjunct that is not cyclic was scheduled.
    pub has_non_cyclic: bool,
    pub has_field_value: bool,
    pub parked: ThinVec<Parked>,

    // Sharing.
    pub is_shared: bool,
    pub no_sharing: bool,
    pub shared: Option<Conjunct>,
    pub shared_infos: ThinVec<CloseInfo>,
    pub shared_cyclic: Cyclic,
    pub shared_base: Base,
    pub shared_done: bool,

    // Closedness.
    pub is_def: bool,
    pub drop_parent_requirements: bool,
    pub groups: ThinVec<Group>,
    pub replaced: ThinVec<(u32, u32)>,
    pub edges: Option<Rc<crate::groups::Edges>>,
    pub evidence: ThinVec<Evidence>,
    pub requirements: Option<Rc<[Requirement]>>,
    pub embed_closedness: u8,

    // Disjunctions.
    pub is_disjunct: bool,
    pub has_disjunction: bool,
    pub disjunctions: ThinVec<PendingDisjunction>,
    pub disjuncts: ThinVec<NodeId>,
    pub disjunct_errs: ThinVec<ErrId>,
    pub user_errs: ThinVec<ErrId>,
    pub default_mode: DefaultMode,
    pub orig_default_mode: DefaultMode,
    pub default_attempt: Option<VertexId>,
    /// What is left of disjunctions of scalars: becomes the value when the vertex is finished.
    pub settled: Option<Rc<[(Val, DefaultMode)]>>,
    /// Original vertex to copy, of the overlay that made this disjunct.
    pub overlay: Option<Idx>,
    /// Indexes, where the vertex has very many conjuncts.
    pub wide: Option<Box<crate::wide::Wide>>,
}

impl Node {
    /// Empties the state, as for a new vertex. Room for what most vertices have is kept.
    pub fn reset(&mut self, vertex: VertexId) {
        let mut evidence = std::mem::take(&mut self.evidence);
        let mut groups = std::mem::take(&mut self.groups);
        evidence.clear();
        groups.clear();
        if evidence.capacity() > KEPT || groups.capacity() > KEPT {
            (evidence, groups) = (ThinVec::new(), ThinVec::new());
        }
        *self = Self { groups, evidence, ..Self::new(vertex) };
    }

    /// State for a vertex.
    pub fn new(vertex: VertexId) -> Self {
        Self {
            vertex,
            underlying: vertex,
            attached_to: None,
            busy: 0,
            pinned: false,
            initialized: false,
            started: false,
            completed: Cond::NONE,
            provided: Cond::NONE,
            frozen: Cond::NONE,
            counters: [0; 10],
            tasks: ThinVec::new(),
            parent_tasks: ThinVec::new(),
            blocking: ThinVec::new(),
            deferred: ThinVec::new(),
            to_complete: false,
            completing: false,
            run_mode: None,
            kinds: Kinds::TOP,
            kind_term: None,
            kind_expr: None,
            kind_group: 0,
            scalar: None,
            scalar_group: 0,
            a_struct: false,
            has_struct: false,
            has_top: false,
            list_closed: false,
            list_len: 0,
            lower: None,
            upper: None,
            checks: ThinVec::new(),
            post_checks: ThinVec::new(),
            errs: None,
            seen: ThinVec::new(),
            notify: ThinVec::new(),
            try_skip: None,
            eval_depth: 0,
            depth: 0,
            has_any_cyclic: false,
            has_ancestor_cycle: false,
            has_non_cycle: false,
            has_non_cyclic: false,
            has_field_value: false,
            parked: ThinVec::new(),
            is_shared: false,
            no_sharing: false,
            shared: None,
            shared_infos: ThinVec::new(),
            shared_cyclic: Cyclic::No,
            shared_base: Base::None,
            shared_done: false,
            is_def: false,
            drop_parent_requirements: false,
            groups: ThinVec::new(),
            replaced: ThinVec::new(),
            edges: None,
            evidence: ThinVec::new(),
            requirements: None,
            embed_closedness: 0,
            is_disjunct: false,
            has_disjunction: false,
            disjunctions: ThinVec::new(),
            disjuncts: ThinVec::new(),
            disjunct_errs: ThinVec::new(),
            user_errs: ThinVec::new(),
            default_mode: DefaultMode::Maybe,
            orig_default_mode: DefaultMode::Maybe,
            default_attempt: None,
            settled: None,
            overlay: None,
            wide: None,
        }
    }
}
