//! The steps from texts to diagnostics as remembered queries, for programs that stay: the language server, `--watch`.
//!
//! | file | idea |
//! |---|---|
//! | `database.rs` | texts in; clones that answer on other threads |
//! | `queries.rs` | what is remembered, and what makes it run again |
//! | `evaluate.rs`, `render.rs` | names and values of packages, templates, Applications |
//!
//! Only the first two name salsa; the third is plain functions. What definitions accept and how documents are checked is in
//! `vela_oam::schema` and `vela_oam::check`.

#[allow(missing_docs, reason = "salsa's macros write functions without docs")]
mod database;
mod evaluate;
#[allow(missing_docs, reason = "salsa's macros write functions without docs")]
pub mod queries;
mod render;

pub use database::{Database, Db, EMBEDDED, File, Origin, Workspace, cancellable};
pub use evaluate::Findings;
pub use vela_oam::check::items::{self, DefinitionRef, Definitions, Entry};
pub use vela_oam::check::{self, parts, yaml};
pub use vela_oam::definition::Kind;
pub use vela_oam::schema::{self, cue, extract};
