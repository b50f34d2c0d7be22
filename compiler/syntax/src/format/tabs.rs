//! Elastic tab stops: text with cells becomes text with blanks. Cells end at a vertical tab or, in indentation, at a
//! tab; a column is a run of lines that all have a cell there, and is as wide as its widest one. The behaviour is
//! that of Go's `text/tabwriter` with the options upstream uses, which the style depends on.

/// Marks the start and the end of text that is copied as it is. No UTF-8 holds this byte.
pub(super) const VERBATIM: u8 = 0xFF;
/// Ends a cell.
pub(super) const CELL: u8 = 0x0B;
/// Ends a line and every column.
pub(super) const BREAK: u8 = 0x0C;

const TAB_WIDTH: usize = 8;
const PADDING: usize = 1;

#[derive(Clone, Copy, Default)]
struct Cell {
    /// Bytes and characters of its text.
    size: usize,
    width: usize,
    /// Ended by a tab: part of the indentation.
    tab: bool,
}

#[derive(Default)]
struct Block {
    /// Text of all cells.
    text: Vec<u8>,
    cells: Vec<Cell>,
    /// Where each line starts in `cells`.
    lines: Vec<usize>,
    cell: Cell,
    out: Vec<u8>,
}

/// Replaces cells by blanks.
pub(super) fn align(input: &[u8]) -> String {
    let mut block = Block::default();
    block.out.reserve(input.len());
    block.lines.push(0);
    let mut verbatim = false;
    for byte in input {
        match *byte {
            VERBATIM => verbatim = !verbatim,
            b'\t' | CELL if !verbatim => block.end_cell(*byte == b'\t'),
            b'\n' | BREAK if !verbatim => {
                block.end_cell(false);
                let cells = block.cells.len() - block.lines.last().copied().unwrap_or(0);
                block.lines.push(block.cells.len());
                if *byte == BREAK || cells == 1 {
                    block.flush();
                }
            }
            byte => {
                block.text.push(byte);
                block.cell.size += 1;
                // Continuation bytes belong to the character before.
                block.cell.width += usize::from(byte & 0xC0 != 0x80);
            }
        }
    }
    if block.cell.size > 0 {
        block.end_cell(false);
    }
    block.flush();
    String::from_utf8_lossy(&block.out).into_owned()
}

/// A column being laid out: which lines it spans, and where reading goes on.
struct Column {
    next: usize,
    end: usize,
}

impl Block {
    fn end_cell(&mut self, tab: bool) {
        self.cell.tab = tab;
        self.cells.push(std::mem::take(&mut self.cell));
    }

    fn line(&self, i: usize) -> &[Cell] {
        let end = self.lines.get(i + 1).copied().unwrap_or(self.cells.len());
        &self.cells[self.lines[i]..end]
    }

    /// Lays out and writes all lines read, and forgets them.
    fn flush(&mut self) {
        let mut out = std::mem::take(&mut self.out);
        let mut written = Written { line: 0, text: 0 };
        let mut widths: Vec<usize> = Vec::new();
        // Columns from left to right, each with the lines of the one before that have a cell there.
        let mut columns = vec![Column { next: 0, end: self.lines.len() }];
        while let Some(column) = columns.last_mut() {
            let index = widths.len();
            let Some(start) = (column.next..column.end).find(|i| self.line(*i).len() > index + 1) else {
                let end = column.end;
                self.write(&mut out, &mut written, end, &widths);
                columns.pop();
                widths.pop();
                continue;
            };
            self.write(&mut out, &mut written, start, &widths);
            let end = (start..column.end).find(|i| self.line(*i).len() <= index + 1).unwrap_or(column.end);
            column.next = end;
            let cells = (start..end).map(|i| self.line(i)[index]);
            let empty = cells.clone().all(|c| c.width == 0 && !c.tab);
            let width = cells.map(|c| c.width + PADDING).max().unwrap_or(0);
            widths.push(if empty { 0 } else { width });
            columns.push(Column { next: start, end });
        }
        self.out = out;
        self.text.clear();
        self.cells.clear();
        self.lines.clear();
        self.lines.push(0);
        self.cell = Cell::default();
    }

    /// Writes lines up to `end` with the widths of the columns known so far.
    fn write(&self, out: &mut Vec<u8>, written: &mut Written, end: usize, widths: &[usize]) {
        for i in written.line..end {
            let mut indentation = true;
            for (j, cell) in self.line(i).iter().enumerate() {
                let width = widths.get(j).copied();
                if cell.size == 0 {
                    if let Some(width) = width {
                        pad(out, 0, width, indentation);
                    }
                    continue;
                }
                indentation = false;
                out.extend_from_slice(&self.text[written.text..written.text + cell.size]);
                written.text += cell.size;
                if let Some(width) = width {
                    pad(out, cell.width, width, false);
                }
            }
            if i + 1 < self.lines.len() {
                out.push(b'\n');
            }
        }
        written.line = written.line.max(end);
    }
}

/// How much of a block has been written.
struct Written {
    line: usize,
    text: usize,
}

/// Fills a cell up to its column's width: indentation with tabs, anything else with blanks.
fn pad(out: &mut Vec<u8>, text: usize, width: usize, tabs: bool) {
    if tabs {
        let width = width.div_ceil(TAB_WIDTH) * TAB_WIDTH;
        out.extend(std::iter::repeat_n(b'\t', (width - text).div_ceil(TAB_WIDTH)));
    } else {
        out.extend(std::iter::repeat_n(b' ', width.saturating_sub(text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align() {
        assert_eq!(align(b"a:\x0B1\nbbb:\x0B22\n"), "a:   1\nbbb: 22\n");
        assert_eq!(align(b"a:\x0B1\x0Cbbb:\x0B22\n"), "a: 1\nbbb: 22\n");
        assert_eq!(align(b"a\n\tb\x0Bc\n\tddd\x0Be\n"), "a\n\tb   c\n\tddd e\n");
    }

    #[test]
    fn text_is_copied() {
        assert_eq!(align(b"\xFFa\tb\n\xFF\x0Bc\n"), "a\tb\n c\n");
        assert_eq!(align("é\x0Bb\naa\x0Bb\n".as_bytes()), "é  b\naa b\n");
        assert_eq!(align(b""), "");
    }

    #[test]
    fn indentation_shares_columns_with_text_above() {
        assert_eq!(align(b"aaaaaaaaa:\x0Bb(c,\n\td)\n"), "aaaaaaaaa: b(c,\n\t\td)\n");
    }
}
