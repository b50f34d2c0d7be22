//! Package `text/tabwriter`: columns of text aligned by spaces, as Go's writer of that name does with padding 1.

use vela_eval::data::Data;

use crate::args::{Args, Outcome, check_size, fail, ok, unusable};
use crate::signature::{CallError, Function};
use crate::table::{ANY, STRING, function, p};

/// Brackets text whose tabs do not count; it cannot occur in UTF-8.
const ESCAPE: u8 = 0xFF;

/// Cells of one line. The last one, after the last tab, belongs to no column.
#[derive(Default)]
struct Line<'t> {
    cells: Vec<&'t [u8]>,
    /// Widths of the columns; one less than cells.
    widths: Vec<usize>,
    /// Whether columns end here, whatever follows.
    section: bool,
    /// Whether a line end follows.
    ended: bool,
}

/// Characters of a cell; escape marks do not count.
fn width(cell: &[u8]) -> usize {
    let text = String::from_utf8_lossy(cell).chars().count();
    text - cell.split(|b| *b == ESCAPE).skip(1).count()
}

fn split(text: &[u8]) -> Vec<Line<'_>> {
    let mut lines = vec![Line::default()];
    let mut start = 0;
    let mut escaped = false;
    for (i, &b) in text.iter().enumerate() {
        if b == ESCAPE {
            escaped = !escaped;
        }
        if escaped || !matches!(b, b'\t' | b'\x0B' | b'\n' | b'\x0C') {
            continue;
        }
        if let Some(line) = lines.last_mut() {
            line.cells.push(&text[start..i]);
            line.ended = matches!(b, b'\n' | b'\x0C');
            line.section = b == b'\x0C';
            if line.ended {
                lines.push(Line::default());
            }
        }
        start = i + 1;
    }
    if let Some(line) = lines.last_mut() {
        line.cells.push(&text[start..]);
    }
    lines
}

/// A column block: consecutive lines that have the column share its width.
struct Block {
    first_line: usize,
    width: usize,
}

fn set_widths(lines: &mut [Line<'_>]) {
    let mut open: Vec<Block> = Vec::new();
    for at in 0..=lines.len() {
        let columns = lines.get(at).map_or(0, |line| line.cells.len() - 1);
        while open.len() > columns {
            let Some(block) = open.pop() else { break };
            for line in &mut lines[block.first_line..at] {
                line.widths[open.len()] = block.width;
            }
        }
        let Some(line) = lines.get_mut(at) else { return };
        line.widths = vec![0; columns];
        for (column, cell) in line.cells[..columns].iter().enumerate() {
            let width = width(cell) + 1;
            match open.get_mut(column) {
                Some(block) => block.width = block.width.max(width),
                None => open.push(Block { first_line: at, width }),
            }
        }
        if lines[at].section {
            for (column, block) in open.drain(..).enumerate() {
                for line in &mut lines[block.first_line..=at] {
                    line.widths[column] = block.width;
                }
            }
        }
    }
}

fn write(text: &[u8]) -> Outcome {
    let mut lines = split(text);
    set_widths(&mut lines);
    let total = lines.iter().flat_map(|l| &l.widths).try_fold(text.len(), |n, w| n.checked_add(*w));
    check_size(total)?;
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for line in &lines {
        for (i, cell) in line.cells.iter().enumerate() {
            out.extend_from_slice(cell);
            if let Some(column) = line.widths.get(i) {
                out.extend(std::iter::repeat_n(b' ', column.saturating_sub(width(cell))));
            }
        }
        if line.ended {
            out.push(b'\n');
        }
    }
    ok(String::from_utf8_lossy(&out).into_owned())
}

fn text_of<'d>(data: &'d Data, at: &[usize]) -> Result<&'d [u8], CallError> {
    match data {
        Data::Str(s) => Ok(s.as_bytes()),
        Data::Bytes(b) => Ok(b),
        other => unusable(other, "(string|bytes)", 0, at),
    }
}

fn write_fn(args: &[Data]) -> Outcome {
    match Args(args).any(0) {
        Data::List(items) => {
            let mut text = Vec::new();
            for (i, item) in items.iter().enumerate() {
                text.extend_from_slice(text_of(item, &[i])?);
                text.push(b'\n');
            }
            write(&text)
        }
        text @ (Data::Str(_) | Data::Bytes(_)) => write(text_of(text, &[])?),
        other => fail(format!("tabwriter.Write: unsupported type {}", other.kind())),
    }
}

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function("text/tabwriter", "Write", &[p("data", ANY)], STRING, "The text, or lines, with tab-separated cells aligned in columns.", write_fn),
];
