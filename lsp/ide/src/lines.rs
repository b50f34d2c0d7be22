//! Between byte offsets and the positions that editors count.

use vela_diagnostics::{Encoding, Position, Span};

/// Where the lines of a text start.
#[derive(Clone, Debug)]
pub struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    /// Scans a text once. Lines end with `\n`, `\r\n` or `\r`, as editors count.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        let bytes = text.as_bytes();
        for (i, byte) in bytes.iter().enumerate() {
            if *byte == b'\n' || (*byte == b'\r' && bytes.get(i + 1) != Some(&b'\n')) {
                starts.push(i as u32 + 1);
            }
        }
        Self { starts }
    }

    /// The position of an offset; of one inside a character, that of the character.
    pub fn position(&self, text: &str, offset: u32, encoding: Encoding) -> Position {
        let mut at = (offset as usize).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.starts.partition_point(|s| *s as usize <= at).saturating_sub(1);
        let before = text.get(self.starts[line] as usize..at).unwrap_or("");
        Position { line: line as u32, character: units(before, encoding) }
    }

    /// The offset of a position. Beyond the end of a line is its end, beyond the last line the end of the text.
    pub fn offset(&self, text: &str, position: Position, encoding: Encoding) -> u32 {
        let Some(start) = self.starts.get(position.line as usize).map(|s| *s as usize) else {
            return text.len() as u32;
        };
        let end = self.starts.get(position.line as usize + 1).map_or(text.len(), |s| *s as usize);
        let line = text.get(start..end).unwrap_or("").trim_end_matches(['\n', '\r']);
        let mut left = position.character;
        for (at, c) in line.char_indices() {
            let width = match encoding {
                Encoding::Utf8 => c.len_utf8() as u32,
                Encoding::Utf16 => c.len_utf16() as u32,
            };
            if left < width {
                return (start + at) as u32;
            }
            left -= width;
        }
        (start + line.len()) as u32
    }

    /// The positions of a span.
    pub fn range(&self, text: &str, span: Span, encoding: Encoding) -> (Position, Position) {
        (self.position(text, span.start, encoding), self.position(text, span.end.max(span.start), encoding))
    }
}

fn units(text: &str, encoding: Encoding) -> u32 {
    match encoding {
        Encoding::Utf8 => text.len() as u32,
        Encoding::Utf16 => text.chars().map(|c| c.len_utf16() as u32).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let text = "a\r\nbé😀c\n\nlast";
        let lines = Lines::new(text);
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            for (offset, c) in text.char_indices().filter(|(_, c)| *c != '\r' && *c != '\n') {
                let position = lines.position(text, offset as u32, encoding);
                assert_eq!(lines.offset(text, position, encoding), offset as u32, "{c}");
            }
        }
        let at = |line, character| lines.offset(text, Position { line, character }, Encoding::Utf16);
        assert_eq!(lines.position(text, 10, Encoding::Utf16), Position { line: 1, character: 4 });
        assert_eq!(at(1, 3), 6, "inside a surrogate pair is the character's start");
        assert_eq!((at(0, 99), at(1, 99), at(99, 0)), (1, 11, text.len() as u32));
    }
}
