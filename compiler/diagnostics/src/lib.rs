//! Diagnostics as plain data, and their renderers. Knows nothing of the language.

mod span;

pub use span::{LineIndex, Span};
