//! Diagnostics as plain data, and their renderers. Knows nothing of the language.
//!
//! A layer that finds a fault builds a [`Diagnostic`] with a [`Code`] of the [`catalogue`], places it with
//! [`Label`]s, and hands it up. Whoever talks to a person or a program picks a renderer of [`render`].

pub mod catalogue;
mod diagnostic;
pub mod docs;
mod names;
mod redact;
pub mod render;
mod report;
mod sources;
mod span;

pub use catalogue::{Code, Entry};
pub use diagnostic::{Diagnostic, Edit, Fix, Label, Severity};
pub use names::{did_you_mean, nearest};
pub use redact::{REDACTED, redact};
pub use report::{DEFAULT_CAP, Report, sort};
pub use sources::{Encoding, Position, Source, SourceId, Sources};
pub use span::{LineIndex, Span};
