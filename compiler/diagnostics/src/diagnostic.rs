//! What a fault looks like: plain data that every layer fills and every renderer reads.

use crate::{Code, SourceId, Span, redact};

/// How bad a diagnostic is. Worse ones are smaller, so that sorting puts them first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Severity {
    /// The input has no result.
    #[default]
    Error,
    /// There is a result, and it is probably not what was meant.
    Warning,
    /// Something worth knowing.
    Note,
}

impl Severity {
    /// The word used in every output form.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// A place in a source, with what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The text that `span` counts in.
    pub source: SourceId,
    /// The bytes meant.
    pub span: Span,
    /// What is to be said about the place; may be empty.
    pub text: String,
    /// Whether this is where the reader should look first.
    pub primary: bool,
}

/// The replacement of one range of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The text to change.
    pub source: SourceId,
    /// The bytes to replace.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A change of the sources that removes the fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the change does, as an order: "Rename to `image`".
    pub title: String,
    /// The edits, which must not overlap.
    pub edits: Vec<Edit>,
    /// Whether applying it without asking is right.
    pub certain: bool,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which fault of the catalogue it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence without final full stop, naming the user's mistake.
    pub message: String,
    /// Places, the primary one first.
    pub labels: Vec<Label>,
    /// Facts that explain the fault.
    pub notes: Vec<String>,
    /// What to do about it.
    pub help: Option<String>,
    /// Changes that would remove it.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// An error without a place.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message)
    }

    /// A warning without a place.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message)
    }

    /// A diagnostic without a place.
    pub fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            help: None,
            fixes: Vec::new(),
        }
    }

    /// Adds the place to look at first.
    pub fn at(mut self, source: SourceId, span: Span) -> Self {
        self.labels.push(Label { source, span, text: String::new(), primary: true });
        self
    }

    /// Adds the place to look at first, with a text beside it.
    pub fn primary(mut self, source: SourceId, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { source, span, text: text.into(), primary: true });
        self
    }

    /// Adds a place that explains.
    pub fn secondary(mut self, source: SourceId, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { source, span, text: text.into(), primary: false });
        self
    }

    /// Adds a fact.
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Says what to do.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Adds a change that would remove the fault.
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// The label to look at first: the first primary one, else the first.
    pub fn primary_label(&self) -> Option<&Label> {
        self.labels.iter().find(|l| l.primary).or_else(|| self.labels.first())
    }

    /// The same with other source ids: `ids` gives the new one of each old one.
    pub fn moved(mut self, ids: &[SourceId]) -> Self {
        let new = |old: &mut SourceId| {
            if let Some(id) = ids.get(old.0 as usize) {
                *old = *id;
            }
        };
        self.labels.iter_mut().for_each(|l| new(&mut l.source));
        self.fixes.iter_mut().flat_map(|f| &mut f.edits).for_each(|e| new(&mut e.source));
        self
    }

    /// Removes every occurrence of the given secret values from all texts.
    pub fn redact(&mut self, secrets: &[&str]) {
        let labels = self.labels.iter_mut().map(|l| &mut l.text);
        let fixes = self
            .fixes
            .iter_mut()
            .flat_map(|f| std::iter::once(&mut f.title).chain(f.edits.iter_mut().map(|e| &mut e.text)));
        let texts = std::iter::once(&mut self.message)
            .chain(labels)
            .chain(self.notes.iter_mut())
            .chain(self.help.iter_mut())
            .chain(fixes);
        for text in texts {
            *text = redact(text, secrets);
        }
    }
}
