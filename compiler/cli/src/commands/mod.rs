//! One file a command: its arguments, and what it does with the crates below.

pub mod completion;
pub mod cue;
pub mod version;
