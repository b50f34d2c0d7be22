//! Values, unification, closedness, disjunctions, cycles, field order, export. Knows nothing of Applications,
//! does no IO.
//!
//! An [`Eval`] holds one evaluation of a program ([`vela_ir::Ir`]): tables addressed by ids, no references between
//! them. A [`Vertex`] gathers [`Conjunct`]s and becomes a value; while that goes on it has a state (`node.rs`) whose
//! tasks wait for conditions of other vertices.

pub mod builtin;
pub mod compact;
pub mod data;
pub mod define;
pub mod diagnose;
pub mod equal;
pub mod error;
pub mod export;
pub mod json;
pub mod node;
pub mod order;
pub mod origins;
pub mod print;
pub mod protocol;
pub mod regexp;
pub mod report;
pub mod subsume;
pub mod table;
pub mod validate;
pub mod value;
pub mod vertex;
mod written;

mod api;
mod arguments;
mod call;
mod closed;
mod comprehension;
mod conjunct;
mod copies;
mod cycle;
mod discriminate;
mod disjunct;
mod distinct;
pub mod documented;
mod documents;
mod eval;
mod expr;
mod fault;
mod fields;
mod groups;
mod names;
mod openapi;
mod operations;
mod ops;
mod pool;
mod predeclared;
mod protobuf;
mod ranges;
mod resolve;
mod scalars;
mod sched;
mod scratch;
mod settled;
mod shown;
mod sorting;
mod unify;
mod wide;

pub use eval::{Budget, DataPlace, Devices, Eval, Limits, Stop};
pub use openapi::OpenApi;
pub use value::{Src, Val, Value};
pub use vertex::{Base, Conjunct, Vertex, VertexId};
