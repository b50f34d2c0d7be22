//! Interned labels, compact expressions, name resolution and lowering. Evaluates nothing.

mod ir;
mod kind;
mod label;
mod lower;
mod print;

pub use ir::*;
pub use kind::Kinds;
pub use label::{Label, LabelKind, Labels};
pub use lower::{ExprInput, LowerError, PackageInput, SourceFile, import_name};
pub use print::{Printer, Replace};
