//! What is wrong with an input, before anyone knows which source it is.

use vela_diagnostics::{Code, Diagnostic, SourceId, Span};

/// A fault of an input text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which fault of the catalogue.
    pub code: Code,
    /// What is wrong, without place.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Another place that explains, with a text.
    pub related: Option<(Span, String)>,
}

impl Fault {
    /// A fault at one place.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), span, related: None }
    }

    /// The fault as an error in this source.
    pub fn diagnostic(&self, source: SourceId) -> Diagnostic {
        let out = Diagnostic::error(self.code, self.message.clone()).at(source, self.span);
        match &self.related {
            Some((span, text)) => out.secondary(source, *span, text.clone()),
            None => out,
        }
    }
}
