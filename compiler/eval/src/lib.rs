//! Values, unification, closedness, disjunctions, cycles, field order, export. Knows nothing of Applications,
//! does no IO.
//!
//! An [`Eval`] holds one evaluation of a program ([`vela_ir::Ir`]): tables addressed by ids, no references between
//! them. A [`Vertex`] gathers [`Conjunct`]s and becomes a value; while that goes on it has a state (`node.rs`) whose
//! tasks wait for conditions of other vertices.

pub mod builtin;
pub mod data;
pub mod error;
pub mod node;
pub mod regexp;
pub mod value;
pub mod vertex;

mod compact;
pub mod order;
pub mod print;
mod quote;
mod ranges;
pub mod report;
pub mod validate;

mod api;
mod call;
mod closed;
mod comprehension;
mod conjunct;
mod cycle;
mod disjunct;
pub mod equal;
mod eval;
mod expr;
mod fields;
mod ops;
mod predeclared;
mod resolve;
mod sched;
mod unify;

pub use eval::{Budget, DataPlace, Eval, Limits, Stop};
pub use value::{Src, Val, Value};
pub use vertex::{Base, Conjunct, Vertex, VertexId};
