//! White space as a set of requests, merged with where the next token stands in the source and written before it.

use super::source::{Rel, Source};
use super::tabs::{BREAK, CELL, VERBATIM};
use crate::kind::Kind;

/// A set of requests for white space.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Space(u16);

impl Space {
    /// A blank.
    pub(super) const BLANK: Space = Space(1);
    /// The end of a column.
    pub(super) const COLUMN: Space = Space(1 << 1);
    /// No blank.
    pub(super) const TIGHT: Space = Space(1 << 2);
    /// The source's white space does not count.
    pub(super) const FIXED: Space = Space(1 << 3);
    /// A comma, unless `TRAILING` stands on the same line.
    pub(super) const COMMA: Space = Space(1 << 4);
    /// Here a comma stands only before a line end.
    pub(super) const TRAILING: Space = Space(1 << 5);
    /// A comma and a blank, unless a line ends.
    pub(super) const DECL_COMMA: Space = Space(1 << 6);
    /// A line end within a table.
    pub(super) const LINE: Space = Space(1 << 7);
    /// A line end that ends the table.
    pub(super) const TABLE_END: Space = Space(1 << 8);
    /// A blank line.
    pub(super) const SECTION: Space = Space(1 << 9);
    /// One level more from the next line on.
    pub(super) const INDENT: Space = Space(1 << 10);
    /// Back to the level before.
    pub(super) const UNINDENT: Space = Space(1 << 11);
    /// On the stack: the level was raised.
    const RAISED: Space = Space(1 << 12);

    pub(super) const fn or(self, other: Space) -> Space {
        Space(self.0 | other.0)
    }

    pub(super) const fn has(self, other: Space) -> bool {
        self.0 & other.0 != 0
    }

    const fn without(self, other: Space) -> Space {
        Space(self.0 & !other.0)
    }
}

const BREAKS: Space = Space::LINE.or(Space::TABLE_END).or(Space::SECTION);

/// Indentation beyond this is out of proportion.
const MAX_INDENT: isize = 1000;

/// The output, with cells for `tabs`, and what is to be written before the next token.
pub(super) struct Printer {
    allowed: Space,
    indents: Vec<Space>,
    /// The level; a chain over lines may lower it below zero for a while.
    indent: isize,
    /// Lines written.
    pub(super) line: usize,
    pub(super) last: Option<Kind>,
    pub(super) output: Vec<u8>,
    column: usize,
    space_before: bool,
    /// A `{` was written on the current line.
    pub(super) brace_on_line: bool,
    in_comment: bool,
    limit: usize,
    pub(super) overflow: bool,
}

impl Printer {
    pub(super) fn new(source: &Source<'_>) -> Self {
        Self {
            allowed: Space::FIXED,
            indents: Vec::new(),
            indent: 0,
            line: 0,
            last: None,
            output: Vec::with_capacity(source.src.len() + source.src.len() / 4),
            column: 1,
            space_before: false,
            brace_on_line: false,
            in_comment: false,
            limit: (16 << 20) + 8 * source.src.len(),
            overflow: false,
        }
    }

    /// Whether nothing was written yet.
    pub(super) fn is_empty(&self) -> bool {
        self.output.is_empty()
    }

    /// Whether the output is behind the start of a line.
    pub(super) fn in_line(&self) -> bool {
        self.column > 1
    }

    /// Requests white space.
    pub(super) fn space(&mut self, space: Space) {
        self.allowed = self.allowed.or(space);
    }

    /// Takes requests back.
    pub(super) fn unspace(&mut self, space: Space) {
        self.allowed = self.allowed.without(space);
    }

    /// Writes the white space the source has before a token, as far as the requests allow it.
    pub(super) fn rel(&mut self, rel: Option<Rel>) {
        let Some(rel) = rel else { return };
        if self.allowed.has(Space::FIXED) {
            return;
        }
        let mut space = match rel {
            Rel::NoSpace => self.allowed.without(BREAKS),
            Rel::Blank => self.allowed.or(Space::BLANK).without(BREAKS),
            Rel::Newline => self.allowed.or(Space::LINE),
            Rel::Section => self.allowed.or(Space::SECTION),
        };
        if self.in_comment {
            space = space.or(Space::LINE);
        }
        self.write_space(space);
        self.allowed = Space::default();
    }

    /// Writes a token that is no literal.
    pub(super) fn token(&mut self, kind: Kind) {
        let text = kind.spelling();
        let word = text.starts_with(|c: char| c.is_ascii_lowercase());
        let joins = match self.last {
            None => false,
            Some(_) if word => true,
            Some(Kind::Int) => kind == Kind::Period,
            Some(Kind::Add) => text.starts_with('+'),
            Some(Kind::Sub) => text.starts_with('-'),
            Some(Kind::Quo) => text.starts_with('*'),
            _ => false,
        };
        if joins && !self.space_before {
            self.space(Space::BLANK);
        }
        self.last = Some(kind);
        self.write(text, false);
        if word {
            self.allowed = Space::BLANK;
        }
    }

    /// Ends the file.
    pub(super) fn end(&mut self) {
        self.allowed = Space::LINE;
        self.last = Some(Kind::Eof);
        self.write("", false);
    }

    /// Writes text; `verbatim` keeps its tabs and line ends out of the layout.
    pub(super) fn text(&mut self, text: &str, kind: Kind, verbatim: bool) {
        self.last = Some(kind);
        self.write(text, verbatim);
    }

    /// Writes a comment, behind which the line ends.
    pub(super) fn comment(&mut self, text: &str) {
        self.text(text, Kind::Comment, true);
        self.in_comment = true;
    }

    fn write(&mut self, text: &str, verbatim: bool) {
        self.write_space(self.allowed);
        self.allowed = Space::default();
        self.in_comment = false;
        if !text.is_empty() {
            self.space_before = false;
        }
        if verbatim {
            self.output.push(VERBATIM);
        }
        self.output.extend_from_slice(text.as_bytes());
        if verbatim {
            self.output.push(VERBATIM);
        }
        match text.rfind('\n') {
            Some(line) => self.column = text.len() - line,
            None => self.column += text.len(),
        }
        self.overflow |= self.output.len() > self.limit;
    }

    fn write_space(&mut self, space: Space) {
        if space.has(Space::COMMA) && (space.has(BREAKS) || !space.has(Space::TRAILING)) {
            self.byte(b',');
        }
        if space.has(Space::INDENT) {
            self.indents.push(space);
        }
        if space.has(Space::UNINDENT) {
            self.pop_indent();
        }
        self.space_before |= space.has(BREAKS);
        if space.has(BREAKS) {
            self.raise(space);
            if space.has(Space::SECTION) {
                self.break_line(BREAK, 2);
            } else {
                self.break_line(if space.has(Space::TABLE_END) { BREAK } else { b'\n' }, 1);
            }
        } else if space.has(Space::DECL_COMMA) {
            self.byte(b',');
            self.byte(b' ');
            self.space_before = true;
        } else if space.has(Space::TIGHT) {
        } else if space.has(Space::COLUMN) {
            self.byte(CELL);
            self.space_before = true;
        } else if space.has(Space::BLANK) {
            self.byte(b' ');
            self.space_before = true;
        }
    }

    fn byte(&mut self, byte: u8) {
        self.output.push(byte);
        self.column += 1;
    }

    fn break_line(&mut self, byte: u8, count: usize) {
        self.output.extend(std::iter::repeat_n(byte, count));
        if self.indent > MAX_INDENT {
            self.overflow = true;
        } else {
            self.output.extend(std::iter::repeat_n(b'\t', self.level()));
        }
        self.column = 1 + self.level();
        self.brace_on_line = false;
        self.line += count;
    }

    /// Tabs at the start of a line.
    pub(super) fn level(&self) -> usize {
        usize::try_from(self.indent).unwrap_or(0)
    }

    /// Ends an indentation that was asked for.
    pub(super) fn pop_indent(&mut self) {
        if self.indents.pop().is_some_and(|s| s.has(Space::RAISED)) {
            self.indent -= 1;
        }
    }

    /// Before a line end, the innermost request for indentation takes effect.
    fn raise(&mut self, space: Space) {
        if space.has(Space::UNINDENT) {
            return;
        }
        if let Some(top) = self.indents.last_mut()
            && top.has(Space::INDENT)
            && !top.has(Space::RAISED)
        {
            *top = top.or(Space::RAISED);
            self.indent += 1;
        }
    }

    /// Lowers the level at once, for an indentation that is not ended by a request.
    pub(super) fn lower(&mut self) {
        self.indent -= 1;
    }
}
