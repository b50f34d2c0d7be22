//! Errors as values: what evaluation leaves where a value can't be. Texts are put together only when read.

use std::sync::Arc;

use smallvec::SmallVec;
use vela_ir::{DeclId, ExprId, Kinds, Label};

use crate::value::{Idx, Src, Val};
use crate::vertex::VertexId;

/// What may become of an error. Smaller is worse; only `Incomplete` and `Cycle` may still be repaired by further
/// information (`errors-and-order.md`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Code {
    /// The input is wrong.
    Eval,
    /// `error()`.
    User,
    /// A `_|_` in the source.
    LegacyUser,
    /// A structure that would be infinite.
    StructuralCycle,
    /// Something is not known yet.
    Incomplete,
    /// A value that depends on itself.
    Cycle,
}

impl Code {
    /// Whether more information may repair it.
    pub const fn is_incomplete(self) -> bool {
        matches!(self, Self::Incomplete | Self::Cycle)
    }

    /// The class's name as tools know it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eval => "eval",
            Self::User | Self::LegacyUser => "user",
            Self::StructuralCycle => "structural_cycle",
            Self::Incomplete => "incomplete",
            Self::Cycle => "cycle",
        }
    }
}

/// An argument of a message, shown where the template has `{}`.
#[derive(Clone, PartialEq, Debug)]
pub enum Arg {
    /// A value, in normal form.
    Val(Val),
    /// Kinds.
    Kinds(Kinds),
    /// A label, as source.
    Label(Label),
    /// A number.
    Int(i64),
    /// A word of the message.
    Text(&'static str),
    /// A text made at run time.
    String(Arc<str>),
    /// An expression, in normal form.
    Expr(ExprId),
    /// The path of a vertex.
    Path(VertexId),
}

/// A message: a template with `{}` for each argument.
#[derive(Clone, PartialEq, Debug)]
pub struct Message {
    /// The text.
    pub template: &'static str,
    /// What fills it.
    pub args: SmallVec<[Arg; 2]>,
}

/// A place named by an error.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pos {
    /// An expression's (or a data value's) first byte.
    Src(Src),
    /// A declaration's label.
    Decl(DeclId),
    /// A byte offset in a file.
    Offset(vela_ir::FileId, u32),
}

/// One reported fault.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    /// The text.
    pub message: Message,
    /// Where it showed, as a path; `None` for nowhere.
    pub vertex: Option<VertexId>,
    /// The place first named.
    pub pos: Option<Pos>,
    /// Further places.
    pub more: SmallVec<[Pos; 4]>,
    /// A fault that this one wraps: text and place are put behind `: `.
    pub cause: Option<Arc<Fault>>,
}

/// An error value.
#[derive(Clone, PartialEq, Debug)]
pub struct Bottom {
    /// What may become of it.
    pub code: Code,
    /// The faults, oldest first. Never empty.
    pub faults: SmallVec<[Arc<Fault>; 1]>,
    /// The vertex that is in error.
    pub vertex: Option<VertexId>,
    /// Some member is in error, so the struct is.
    pub child_error: bool,
    /// Members may hold further errors.
    pub has_recursive: bool,
    /// Only fields that are not allowed.
    pub close_check: bool,
    /// It was put together from several, even where one fault is left: the reference then prints no path in comments.
    pub listed: bool,
}

/// See [`crate::value::Values::errors`].
pub type ErrId = Idx;

/// The error that stands for "being evaluated": always the first.
pub const CYCLE: ErrId = 0;
