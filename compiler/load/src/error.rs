//! Errors of loading.

use vela_diagnostics::{SourceId, Sources, Span};

/// A place in one of the sources read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourcePlace {
    /// The source.
    pub source: SourceId,
    /// The bytes meant.
    pub span: Span,
}

impl SourcePlace {
    /// Line and column, from 1, the column in bytes. The end of a text that ends with a line end counts as on its
    /// last line, as the reference has it.
    pub fn line_col(&self, sources: &Sources) -> (u32, u32) {
        let text = sources.get(self.source).map_or("", |s| s.text());
        if self.span.start as usize == text.len() && text.ends_with('\n') {
            let (line, column) = sources.line_col(self.source, self.span.start - 1);
            return (line, column + 1);
        }
        sources.line_col(self.source, self.span.start)
    }
}

/// Which part of loading found an error.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// Arguments, files, imports, tags.
    Load,
    /// The parser.
    Syntax,
    /// Lowering: names and what they mean.
    Compile,
}

/// An error found before evaluation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LoadError {
    /// The text. Further lines belong to it as they are.
    pub message: String,
    /// Fields, or importing packages, in which it was found.
    pub path: Vec<String>,
    /// The primary place first.
    pub places: Vec<SourcePlace>,
    /// What found it.
    pub kind: ErrorKind,
}

impl LoadError {
    /// An error without a place.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), path: Vec::new(), places: Vec::new(), kind: ErrorKind::Load }
    }

    /// An error at a place.
    pub(crate) fn at(place: SourcePlace, message: impl Into<String>) -> Self {
        Self { places: vec![place], ..Self::new(message) }
    }
}
