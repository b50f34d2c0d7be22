//! Diagnostics in the shape editors want, without naming the protocol's crate.

use crate::{Diagnostic, Encoding, Fix, Label, Position, Severity, SourceId, Sources, Span};

/// From the first position up to, not including, the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Range {
    /// First position.
    pub start: Position,
    /// Position after the last.
    pub end: Position,
}

/// Another place that belongs to the diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// The source of the place.
    pub source: SourceId,
    /// The place.
    pub range: Range,
    /// What is said about it.
    pub message: String,
}

/// A diagnostic of one open file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LspDiagnostic {
    /// The file it belongs to.
    pub source: SourceId,
    /// Where in the file.
    pub range: Range,
    /// 1 error, 2 warning, 3 information.
    pub severity: u8,
    /// The stable code.
    pub code: String,
    /// The page of the code, relative to the repository.
    pub documentation: String,
    /// Message, notes and help as one text.
    pub message: String,
    /// The other places.
    pub related: Vec<Related>,
    /// Changes that would remove it.
    pub fixes: Vec<Fix>,
}

/// The diagnostic in an editor's shape; `None` where it has no place.
pub fn lsp(d: &Diagnostic, sources: &Sources, encoding: Encoding) -> Option<LspDiagnostic> {
    let primary = d.primary_label()?;
    let mut message = d.message.clone();
    if !primary.text.is_empty() {
        message.push_str(&format!(" ({})", primary.text));
    }
    for more in d.notes.iter().chain(&d.help) {
        message.push('\n');
        message.push_str(more);
    }
    let related = d
        .labels
        .iter()
        .filter(|l| !std::ptr::eq(*l, primary))
        .map(|l: &Label| Related {
            source: l.source,
            range: range(sources, l.source, l.span, encoding),
            message: if l.text.is_empty() { "see here".to_owned() } else { l.text.clone() },
        })
        .collect();
    Some(LspDiagnostic {
        source: primary.source,
        range: range(sources, primary.source, primary.span, encoding),
        severity: match d.severity {
            Severity::Error => 1,
            Severity::Warning => 2,
            Severity::Note => 3,
        },
        code: d.code.to_string(),
        documentation: d.code.documentation(),
        message,
        related,
        fixes: d.fixes.clone(),
    })
}

fn range(sources: &Sources, id: SourceId, span: Span, encoding: Encoding) -> Range {
    let Some(source) = sources.get(id) else { return Range::default() };
    let span = source.clamp(span);
    Range { start: source.position(span.start, encoding), end: source.position(span.end, encoding) }
}
