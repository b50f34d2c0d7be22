//! Editor features as plain data in and out: a database, a file and an offset in, spans and texts out. Names no
//! protocol.
//!
//! | file | idea |
//! |---|---|
//! | `lines.rs` | offsets and the positions that editors count |
//! | `outline.rs`, `place.rs` | YAML under the cursor, finished or not; what it is about |
//! | `names.rs` | what names of CUE mean |
//! | `hover.rs` | what is known about a thing |
//! | `complete.rs`, `complete_cue.rs` | what can be written here |
//! | `navigate.rs` | where a thing is declared |
//! | `symbols.rs`, `folding.rs` | the shape of a file |
//! | `references.rs` | where else a name stands |
//! | `format.rs` | the one style |

pub mod complete;
mod complete_cue;
pub mod folding;
pub mod format;
pub mod hover;
pub mod lines;
pub mod names;
pub mod navigate;
pub mod outline;
pub mod place;
pub mod references;
pub mod symbols;
