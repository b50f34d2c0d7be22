//! The shape of the table of builtin functions, read alike by the evaluator, the language server and the
//! documentation: the evaluator's own.

pub use vela_eval::builtin::{CallError, Function, Param, Reads, Return, Run};
pub use vela_ir::Kinds;
