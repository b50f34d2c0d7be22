//! One file a command: its arguments, and what it does with the crates below.

pub mod addon;
pub mod build;
pub mod check;
pub mod completion;
pub mod cue;
pub mod def;
pub mod judgement;
pub mod lsp;
pub mod version;
pub mod why;
