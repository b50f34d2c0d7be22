//! The steps from texts to diagnostics as remembered queries, for programs that stay: the language server, `--watch`.
//!
//! | file | idea |
//! |---|---|
//! | `database.rs` | texts in; clones that answer on other threads |
//! | `queries.rs` | what is remembered, and what makes it run again |
//! | `cue.rs`, `yaml.rs`, `items.rs` | a text with its tree, and what it declares |
//! | `schema.rs`, `extract.rs`, `unify.rs` | what a definition's parameter accepts, read off its tree |
//! | `application.cue`, `parts.rs`, `check.rs` | documents against definitions |
//! | `evaluate.rs`, `render.rs` | names and values of packages, templates, Applications |
//!
//! Only the first two name salsa; the others are plain functions.

pub mod check;
pub mod cue;
#[allow(missing_docs, reason = "salsa's macros write functions without docs")]
mod database;
mod evaluate;
pub mod extract;
pub mod items;
pub mod parts;
#[allow(missing_docs, reason = "salsa's macros write functions without docs")]
pub mod queries;
mod render;
pub mod schema;
mod unify;
pub mod yaml;

pub use database::{Database, Db, EMBEDDED, File, Origin, Workspace, cancellable};
pub use evaluate::Findings;
pub use items::{DefinitionRef, Definitions, Entry};
pub use vela_oam::definition::Kind;
