//! The steps from texts to diagnostics as remembered queries, for programs that stay: the language server, `--watch`.
//!
//! | file | idea |
//! |---|---|
//! | `database.rs` | texts in; clones that answer on other threads |
//! | `queries.rs` | what is remembered, and what makes it run again |
//! | `facts.rs` | what is remembered for more than diagnostics: values, previews, clusters |
//! | `embedded.rs` | templates in YAML as texts of their own |
//! | `evaluate.rs`, `values.rs` | names and values of packages and templates |
//! | `render.rs`, `bare.rs` | Applications rendered, and what of a definition that depends on |
//! | `store.rs` | packages that were lowered, for later programs of their module |
//! | `ticking.rs` | templates are evaluated only while somebody waits |
//! | `scopes.rs` | which scopes are around a place of a `.cue` file |
//! | `mentions.rs` | where names of components, policies, steps, clusters stand |
//!
//! Only the first four name salsa; the others are plain functions. What definitions accept and how documents are checked
//! is in `vela_oam::schema` and `vela_oam::check`.

mod bare;
#[allow(missing_docs, reason = "salsa's macros write functions without docs")]
mod database;
#[allow(missing_docs, reason = "salsa's macros write functions without docs")]
pub mod embedded;
mod evaluate;
#[allow(missing_docs, reason = "salsa's macros write functions without docs")]
pub mod facts;
pub mod mentions;
#[allow(missing_docs, reason = "salsa's macros write functions without docs")]
pub mod queries;
pub mod render;
pub mod scopes;
mod store;
mod ticking;
pub mod values;

pub use database::{Database, Db, EMBEDDED, File, Origin, Workspace, cancellable};
pub use evaluate::Findings;
pub use store::Store;
pub use vela_oam::check::items::{self, DefinitionRef, Definitions, Entry};
pub use vela_oam::check::{self, parts, yaml};
pub use vela_oam::definition::Kind;
pub use vela_oam::schema::{self, cue, extract};
