//! The texts that diagnostics point into.

use std::sync::{Arc, OnceLock};

use crate::{LineIndex, Span};

/// Which source of a [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SourceId(pub u32);

/// How the column of a [`Position`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, what editors assume unless told otherwise.
    #[default]
    Utf16,
}

/// A place as editors count it: line and character, both from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// Line from 0.
    pub line: u32,
    /// Units of the [`Encoding`] before the place in its line.
    pub character: u32,
}

/// A named text.
#[derive(Clone, Debug)]
pub struct Source {
    name: Arc<str>,
    text: Arc<str>,
    lines: OnceLock<LineIndex>,
    hidden: Vec<Span>,
}

impl Source {
    /// The name shown to people, such as a relative path.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where its lines start; computed at the first call.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }

    /// Line and column of a byte offset, both from 1, the column in bytes. Offsets beyond the end are the end.
    pub fn line_col(&self, offset: u32) -> (u32, u32) {
        self.lines().line_col(offset.min(self.text.len() as u32))
    }

    /// The place of a byte offset as editors count it.
    pub fn position(&self, offset: u32, encoding: Encoding) -> Position {
        let offset = floor_boundary(&self.text, offset);
        let (line, column) = self.line_col(offset);
        let character = match encoding {
            Encoding::Utf8 => column - 1,
            Encoding::Utf16 => {
                let start = offset - (column - 1);
                Span::new(start, offset).of(&self.text).encode_utf16().count() as u32
            }
        };
        Position { line: line - 1, character }
    }

    /// The line (from 1) without its end.
    pub fn line_text(&self, line: u32) -> &str {
        let start = self.lines().line_start(line) as usize;
        let rest = self.text.get(start..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// `span` cut to the text and to whole characters.
    pub fn clamp(&self, span: Span) -> Span {
        let start = floor_boundary(&self.text, span.start);
        let end = floor_boundary(&self.text, span.end.max(span.start));
        Span::new(start, end.max(start))
    }

    /// Whether the excerpt of `span` would show a hidden part.
    pub fn hides(&self, span: Span) -> bool {
        self.hidden.iter().any(|h| h.start < span.end.max(span.start + 1) && span.start < h.end)
    }

    /// The text with what must not be shown replaced byte by byte: hidden parts by `*`; characters that steer a
    /// terminal or that other tools take for line ends by `?`. Offsets stay valid.
    pub fn shown(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut chars = self.text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let at = at as u32;
            let line_end = c == '\n' || (c == '\r' && chars.peek().is_some_and(|(_, n)| *n == '\n'));
            if line_end || c == '\t' {
                out.push(if c == '\r' { ' ' } else { c });
            } else if self.hidden.iter().any(|h| h.start <= at && at < h.end) {
                out.extend(std::iter::repeat_n('*', c.len_utf8()));
            } else if steers(c) {
                out.extend(std::iter::repeat_n('?', c.len_utf8()));
            } else {
                out.push(c);
            }
        }
        out
    }
}

/// Whether a character would move the cursor, end a line or reorder text when printed.
pub(crate) fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn floor_boundary(text: &str, offset: u32) -> u32 {
    let mut at = (offset as usize).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at as u32
}

/// All texts of one run, by [`SourceId`].
#[derive(Clone, Debug, Default)]
pub struct Sources {
    all: Vec<Source>,
}

impl Sources {
    /// No texts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under the name to show for it.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(self.all.len() as u32);
        self.all.push(Source {
            name: name.into(),
            text: text.into(),
            lines: OnceLock::new(),
            hidden: Vec::new(),
        });
        id
    }

    /// The text with this id.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.all.get(id.0 as usize)
    }

    /// The name to show for a source, `?` for an unknown one.
    pub fn name(&self, id: SourceId) -> &str {
        self.get(id).map_or("?", Source::name)
    }

    /// Line and column of a byte offset, both from 1; `(1, 1)` in an unknown source.
    pub fn line_col(&self, id: SourceId, offset: u32) -> (u32, u32) {
        self.get(id).map_or((1, 1), |s| s.line_col(offset))
    }

    /// Keeps the bytes of `span` out of every excerpt; for secret values.
    pub fn hide(&mut self, id: SourceId, span: Span) {
        if let Some(source) = self.all.get_mut(id.0 as usize) {
            source.hidden.push(span);
        }
    }

    /// Adds the texts of another run, those that are here already once. Gives the new id of each old one, to be used
    /// with [`crate::Diagnostic::moved`].
    pub fn absorb(&mut self, other: Sources) -> Vec<SourceId> {
        let mut known: std::collections::HashMap<(Arc<str>, Arc<str>), SourceId> =
            std::collections::HashMap::new();
        for (at, source) in self.all.iter().enumerate() {
            known.entry((source.name.clone(), source.text.clone())).or_insert(SourceId(at as u32));
        }
        let mut ids = Vec::with_capacity(other.all.len());
        for source in other.all {
            let id = *known.entry((source.name.clone(), source.text.clone())).or_insert_with(|| {
                self.all.push(source);
                SourceId(self.all.len() as u32 - 1)
            });
            ids.push(id);
        }
        ids
    }

    /// All ids, in the order of adding.
    pub fn ids(&self) -> impl Iterator<Item = SourceId> + use<> {
        (0..self.all.len() as u32).map(SourceId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions() {
        let mut sources = Sources::new();
        let id = sources.add("a.cue", "a: 1\né😀: 2\r\n");
        let source = sources.get(id).unwrap();
        assert_eq!(source.line_col(5), (2, 1));
        assert_eq!(source.position(11, Encoding::Utf16), Position { line: 1, character: 3 });
        assert_eq!(source.position(11, Encoding::Utf8), Position { line: 1, character: 6 });
        assert_eq!(source.position(10_000, Encoding::Utf8), Position { line: 2, character: 0 });
        assert_eq!(source.line_text(2), "é😀: 2");
        assert_eq!(source.clamp(Span::new(6, 900)), Span::new(5, 16));
    }

    #[test]
    fn absorbing() {
        let (mut one, mut two) = (Sources::new(), Sources::new());
        one.add("a", "1");
        two.add("b", "2");
        two.add("a", "1");
        assert_eq!(one.absorb(two), [SourceId(1), SourceId(0)]);
        assert_eq!(one.name(SourceId(1)), "b");
    }

    #[test]
    fn hidden_and_steering_text_is_not_shown() {
        let mut sources = Sources::new();
        let id = sources.add("a", "p: \"hünter\"\x1b[2J\r\nb\u{202e}\r");
        sources.hide(id, Span::new(4, 11));
        let source = sources.get(id).unwrap();
        assert_eq!(source.shown(), "p: \"*******\"?[2J \nb????");
        assert_eq!(source.shown().len(), source.text().len());
        assert!(source.hides(Span::new(0, 5)));
        assert!(!source.hides(Span::new(0, 4)));
    }
}
