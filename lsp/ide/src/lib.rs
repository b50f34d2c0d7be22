//! Editor features as plain data in and out: a database, a file and an offset in, spans and texts out. Names no
//! protocol.
//!
//! | file | idea |
//! |---|---|
//! | `lines.rs` | offsets and the positions that editors count |
//! | `outline.rs`, `place.rs` | YAML under the cursor, finished or not; what it is about |
//! | `names.rs` | what names of CUE mean |
//! | `paths.rs` | from a name in a `.cue` file to its value |
//! | `hover.rs`, `effects.rs` | what is known about a thing; what a parameter does |
//! | `complete.rs`, `snippet.rs` | what can be written in YAML |
//! | `complete_names.rs` | names given elsewhere: components, policies, clusters |
//! | `complete_cue.rs`, `complete_values.rs` | what can be written in CUE, by the tree and by the unified value |
//! | `signature.rs` | the parameters of the function being called |
//! | `navigate.rs` | where a thing, or its type, is declared |
//! | `references.rs`, `uses.rs` | where else a name stands, in `.cue` and YAML |
//! | `hierarchy.rs`, `lens.rs` | who uses a definition |
//! | `cases.rs` | the cases of a definition, run |
//! | `actions.rs` | changes that are offered |
//! | `preview.rs` | what an Application becomes |
//! | `tokens.rs`, `hints.rs` | what words are; what is not written but holds |
//! | `symbols.rs`, `folding.rs`, `selection.rs`, `links.rs` | the shape of a file |
//! | `format.rs` | the one style |

pub mod actions;
pub mod cases;
pub mod complete;
mod complete_cue;
mod complete_names;
mod complete_values;
pub mod effects;
pub mod folding;
pub mod format;
pub mod hierarchy;
pub mod hints;
pub mod hover;
pub mod lens;
pub mod lines;
pub mod links;
pub mod names;
pub mod navigate;
pub mod outline;
pub mod paths;
pub mod place;
pub mod preview;
pub mod references;
pub mod selection;
pub mod signature;
mod snippet;
pub mod symbols;
pub mod tokens;
pub mod uses;
