//! Every diagnostic there is, declared once: code, title, explanation, example and what to do.
//!
//! To add one: in the file of its group add a `pub const NAME: Code = Code(n);` with the next free number and an
//! [`Entry`] for it, then run `cargo xtask errors` to write its page. A code is never given
//! a new meaning; one that is no longer used keeps its entry.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "texts are edited; their quoting should not have to be"
)]

pub mod addon;
pub mod application;
pub mod cli;
pub mod definitions;
pub mod evaluation;
pub mod input;
pub mod kubernetes;
pub mod rendering;
pub mod syntax;

use std::fmt;

/// The stable number of a diagnostic, written `E0123`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("E{:04}", self.0))
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Code {
    /// What the catalogue says about it.
    pub fn entry(self) -> Option<&'static Entry> {
        GROUPS.iter().flat_map(|g| g.entries).find(|e| e.code == self)
    }

    /// The code that is written so (`E0123`, also `e123`).
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['E', 'e'])?;
        let code = Self(digits.parse().ok()?);
        code.entry().map(|e| e.code)
    }

    /// Its page, relative to the root of the repository.
    pub fn documentation(self) -> String {
        format!("{}/{self}.md", crate::docs::FOLDER)
    }
}

/// The declaration of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub code: Code,
    /// What went wrong, in a few words.
    pub title: &'static str,
    /// Why that is wrong and how it comes about, as Markdown.
    pub explanation: &'static str,
    /// The language of the example, for highlighting.
    pub language: &'static str,
    /// Source that shows it; empty where none can.
    pub example: &'static str,
    /// What to do about it, as Markdown.
    pub fix: &'static str,
}

/// Diagnostics of one origin, which share the hundreds of their codes.
#[derive(Clone, Copy, Debug)]
pub struct Group {
    /// Heading in the index.
    pub title: &'static str,
    /// First code; the group has a hundred.
    pub first: u16,
    /// In order of code.
    pub entries: &'static [Entry],
}

/// All groups, in order of code.
pub const GROUPS: &[Group] = &[
    Group { title: "Syntax", first: 100, entries: syntax::ENTRIES },
    Group { title: "Evaluation", first: 200, entries: evaluation::ENTRIES },
    Group { title: "Definitions", first: 300, entries: definitions::ENTRIES },
    Group { title: "Applications", first: 400, entries: application::ENTRIES },
    Group { title: "Rendering", first: 500, entries: rendering::ENTRIES },
    Group { title: "Data files and loading", first: 600, entries: input::ENTRIES },
    Group { title: "Command line", first: 700, entries: cli::ENTRIES },
    Group { title: "Kubernetes", first: 800, entries: kubernetes::ENTRIES },
    Group { title: "Addons", first: 900, entries: addon::ENTRIES },
];

/// All entries, in order of code.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    GROUPS.iter().flat_map(|g| g.entries)
}
