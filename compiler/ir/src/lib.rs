//! Interned labels, compact expressions, name resolution and lowering. Evaluates nothing.

mod ir;
mod kind;
mod label;

pub use ir::*;
pub use kind::Kinds;
pub use label::{Label, LabelKind, Labels};
