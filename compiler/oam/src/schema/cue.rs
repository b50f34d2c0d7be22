//! A `.cue` text with its tree, and what it declares for others: the definition in it.

use std::sync::Arc;

use crate::definition::{Kind, cue_form, literal};
use vela_diagnostics::Span;
use vela_syntax::ast::{Decl, DeclId, Field};
use vela_syntax::{Parse, ParseOptions, parse};

/// A CUE text with its tree.
#[derive(Clone, PartialEq, Debug)]
pub struct CueFile {
    /// The text.
    pub text: Arc<str>,
    /// Its tree and errors.
    pub parse: Arc<Parse>,
}

/// The definition that a `.cue` file declares, as far as it can be told without evaluation.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Declared {
    /// The field of metadata.
    pub metadata: (DeclId, Field),
    /// What it defines, where that is said.
    pub kind: Option<Kind>,
}

impl CueFile {
    /// Parses a text: as a definition where it is one, as those are read in the language of KubeVela.
    pub fn new(text: Arc<str>) -> Self {
        let first = Self { parse: Arc::new(parse(&text, &ParseOptions::default())), text };
        if !first.parse.errors.is_empty() && first.is_definition() {
            return Self::template(first.text);
        }
        first
    }

    /// Parses the text of a template.
    pub fn template(text: Arc<str>) -> Self {
        let parse = parse(&text, &ParseOptions { version: cue_form::LANGUAGE });
        Self { parse: Arc::new(parse), text }
    }

    /// The fields at the top that have a plain name.
    pub fn top(&self) -> impl Iterator<Item = (DeclId, Arc<str>, Field)> + '_ {
        let file = &self.parse.file;
        file.decl_list(file.top).iter().filter_map(|id| match file.decl(*id) {
            Decl::Field(field) => Some((*id, literal::label(file, &self.text, &field.label)?, field)),
            _ => None,
        })
    }

    /// Whether the file is meant as a definition: it has a `template`.
    pub fn is_definition(&self) -> bool {
        self.parse.file.package.is_none() && self.top().any(|(_, name, _)| &*name == "template")
    }

    /// The definition that it declares.
    pub fn declared(&self) -> Option<Declared> {
        if !self.is_definition() {
            return None;
        }
        let (id, _, field) =
            self.top().find(|(_, name, _)| &**name != "template" && !name.starts_with(['_', '#']))?;
        let kind = self.text_of(&field, "type").and_then(|word| Kind::of_word(&word));
        Some(Declared { metadata: (id, field), kind })
    }

    /// A text directly below a field.
    pub fn text_of(&self, field: &Field, name: &str) -> Option<Arc<str>> {
        let file = &self.parse.file;
        let mut fields = literal::fields(file, field.value)?;
        let found = fields.find(|f| literal::label(file, &self.text, &f.label).as_deref() == Some(name))?;
        literal::string(file, &self.text, found.value)
    }

    /// The name of a plain label, and where it stands.
    pub fn name(&self, field: &Field) -> (Arc<str>, Span) {
        let name = literal::label(&self.parse.file, &self.text, &field.label);
        (name.unwrap_or_default(), field.label_span)
    }
}
