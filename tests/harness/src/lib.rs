//! The test harness: it runs the product as a separate program, so that a hang, a crash or runaway memory costs one
//! case and not the run, and compares what comes out with recorded results.
//!
//! Used by the integration tests in `tests/` and by `cargo xtask`. It must not depend on a compiler crate: an author of
//! one layer can score an existing binary while another layer does not build.

pub mod board;
pub mod client;
pub mod compatibility;
pub mod editor;
pub mod exec;
pub mod generate;
pub mod json;
pub mod markdown;
pub mod node;
pub mod number;
pub mod places;
pub mod pool;
pub mod rng;
pub mod script;
pub mod suites;
pub mod txtar;
