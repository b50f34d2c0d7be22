//! The outline of a YAML document that is being typed: keys and items by their indentation, line by line. A half
//! written line, which is no YAML yet, keeps its place in it. Flow collections count as plain values.
//!
//! Used by completion, and by hover and navigation where the document cannot be read.

use std::sync::Arc;

use vela_diagnostics::Span;

/// A step from the root of a document.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// A field.
    Key(Arc<str>),
    /// An element.
    Item(usize),
}

impl Step {
    /// The field's name, `""` for an element.
    pub fn name(&self) -> &str {
        match self {
            Self::Key(name) => name,
            Self::Item(_) => "",
        }
    }
}

/// A key or an item.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// What it is.
    pub step: Step,
    /// The row it belongs to.
    pub parent: Option<usize>,
    /// Its column in bytes.
    pub indent: usize,
    /// The key as written; empty at an item's dash.
    pub key: Span,
    /// The value on the line, without comment; empty where there is none.
    pub value: Span,
    /// Whether there is a colon, or a dash.
    pub complete: bool,
}

/// Where the cursor is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Context {
    /// At a key, perhaps one that is not written yet.
    Key(usize),
    /// Behind a key's colon or an item's dash.
    Value(usize),
}

/// The outline of one document.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Outline {
    /// Rows in order.
    pub rows: Vec<Row>,
    /// Where the cursor is, if it is somewhere.
    pub cursor: Option<Context>,
}

/// Longest line that is looked at.
const MAX_LINE: usize = 10_000;

impl Outline {
    /// Reads the document around an offset. With `typing`, the cursor's own line may be unfinished.
    pub fn around(text: &str, offset: u32, typing: bool) -> Self {
        let offset = (offset as usize).min(text.len());
        let mut out = Self::default();
        let mut stack: Vec<usize> = Vec::new();
        let mut block: Option<usize> = None;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let (start, end) = (at, at + line.trim_end_matches(['\n', '\r']).len());
            at += line.len();
            let last = at == text.len() && !line.ends_with('\n');
            let here = start <= offset && (offset < at || (last && offset <= at));
            if line.starts_with("---") || line.starts_with("...") {
                if start > offset {
                    break;
                }
                out = Self::default();
                stack.clear();
                block = None;
                continue;
            }
            out.line(text, start, end, here.then_some(offset), typing, &mut stack, &mut block);
        }
        // A cursor behind the last line end.
        if offset == text.len() && (text.is_empty() || text.ends_with('\n')) {
            out.line(text, offset, offset, Some(offset), typing, &mut stack, &mut block);
        }
        out
    }

    fn line(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
        cursor: Option<usize>,
        typing: bool,
        stack: &mut Vec<usize>,
        block: &mut Option<usize>,
    ) {
        let Some(line) = text.get(start..end) else { return };
        if line.len() > MAX_LINE {
            return;
        }
        let content = line.trim_start_matches(' ');
        let mut column = line.len() - content.len();
        if let Some(outer) = *block {
            if content.is_empty() || column > outer {
                return;
            }
            *block = None;
        }
        if content.is_empty() || content.starts_with('#') {
            if let Some(cursor) = cursor.filter(|_| typing && content.is_empty()) {
                // The key that will be written here.
                let at = cursor - start;
                let row = self.push(
                    stack,
                    Step::Key("".into()),
                    at,
                    Span::at(cursor as u32),
                    Span::at(cursor as u32),
                    false,
                );
                self.cursor = Some(Context::Key(row));
            }
            return;
        }
        let mut rest = content;
        while rest == "-" || rest.starts_with("- ") {
            let row = self.item(stack, column, start);
            let inner = rest.get(1..).unwrap_or("");
            let trimmed = inner.trim_start_matches(' ');
            let dash_end = start + column + 1;
            column += 1 + inner.len() - trimmed.len();
            rest = trimmed;
            if rest.is_empty() || rest.starts_with('#') {
                if cursor.is_some_and(|c| c >= dash_end) {
                    self.cursor = Some(Context::Value(row));
                    self.rows[row].value = Span::at(cursor.unwrap_or(end) as u32);
                }
                return;
            }
        }
        let key_start = start + column;
        let Some((key_len, name)) = key_of(rest) else {
            let value = Span::new(key_start as u32, (key_start + without_comment(rest).len()) as u32);
            self.scalar_line(stack, column, value, rest, cursor, typing);
            return;
        };
        let key = Span::new(key_start as u32, (key_start + key_len) as u32);
        let after = rest.get(key_len + 1..).unwrap_or("");
        let value_text = after.trim_start_matches(' ');
        let value_start = end - value_text.len();
        let shown = without_comment(value_text);
        let value = Span::new(value_start as u32, (value_start + shown.len()) as u32);
        let row = self.push(stack, Step::Key(name.into()), column, key, value, true);
        if value_text.starts_with(['|', '>']) {
            // Inside an item the block is deeper than the item's dash.
            let item =
                self.rows[row].parent.map(|p| &self.rows[p]).filter(|r| matches!(r.step, Step::Item(_)));
            *block = Some(item.map_or(column, |_| column.saturating_sub(1)));
        }
        if let Some(cursor) = cursor {
            if cursor <= key_start + key_len && cursor >= key_start {
                self.cursor = Some(Context::Key(row));
            } else if cursor > key_start + key_len {
                self.cursor = Some(Context::Value(row));
            }
        }
    }

    /// A line without a key: a value below its key or dash, or a key being typed.
    fn scalar_line(
        &mut self,
        stack: &mut Vec<usize>,
        column: usize,
        value: Span,
        rest: &str,
        cursor: Option<usize>,
        typing: bool,
    ) {
        let on_item = stack.last().copied().filter(|r| {
            let row = &self.rows[*r];
            matches!(row.step, Step::Item(_)) && row.value == Span::default() && row.indent < column
        });
        let here = cursor.is_some_and(|c| value.touches(c as u32));
        if let Some(row) = on_item.filter(|_| !typing || !here || rest.starts_with(['"', '\'', '[', '{'])) {
            self.rows[row].value = value;
            if here {
                self.cursor = Some(Context::Value(row));
            }
            return;
        }
        if typing && here {
            let row = self.push(stack, Step::Key("".into()), column, value, Span::at(value.end), false);
            self.cursor = Some(Context::Key(row));
        }
    }

    fn item(&mut self, stack: &mut Vec<usize>, column: usize, start: usize) -> usize {
        while stack.last().is_some_and(|r| {
            let row = &self.rows[*r];
            row.indent > column || (row.indent == column && matches!(row.step, Step::Item(_)))
        }) {
            stack.pop();
        }
        let parent = stack.last().copied();
        let siblings =
            self.rows.iter().filter(|r| r.parent == parent && matches!(r.step, Step::Item(_))).count();
        let at = Span::at((start + column) as u32);
        self.rows.push(Row {
            step: Step::Item(siblings),
            parent,
            indent: column,
            key: at,
            value: Span::default(),
            complete: true,
        });
        stack.push(self.rows.len() - 1);
        self.rows.len() - 1
    }

    fn push(
        &mut self,
        stack: &mut Vec<usize>,
        step: Step,
        indent: usize,
        key: Span,
        value: Span,
        complete: bool,
    ) -> usize {
        while stack.last().is_some_and(|r| self.rows[*r].indent >= indent) {
            stack.pop();
        }
        let parent = stack.last().copied();
        self.rows.push(Row { step, parent, indent, key, value, complete });
        stack.push(self.rows.len() - 1);
        self.rows.len() - 1
    }

    /// The way from the root to a row.
    pub fn path(&self, row: usize) -> Vec<Step> {
        let mut out = Vec::new();
        let mut at = Some(row);
        while let Some(row) = at.and_then(|r| self.rows.get(r)) {
            out.push(row.step.clone());
            at = row.parent;
        }
        out.reverse();
        out
    }

    /// The row at the end of a path.
    pub fn find(&self, path: &[Step]) -> Option<usize> {
        let mut at = None;
        for step in path {
            at = Some(self.rows.iter().position(|r| r.parent == at && r.step == *step)?);
        }
        at
    }

    /// The keys below a row that are written, without the one at the cursor.
    pub fn keys(&self, parent: Option<usize>, but: usize) -> impl Iterator<Item = &str> {
        let rows = self.rows.iter().enumerate();
        rows.filter(move |(i, r)| r.parent == parent && *i != but && r.complete).map(|(_, r)| r.step.name())
    }
}

/// The length of the key with which a line begins, and its name; `None` where it does not begin with one.
fn key_of(rest: &str) -> Option<(usize, &str)> {
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let close = rest.get(1..)?.find(quote)? + 1;
        let after = rest.get(close + 1..)?;
        return (after == ":" || after.starts_with(": "))
            .then(|| (close + 1, rest.get(1..close).unwrap_or("")));
    }
    if rest.starts_with(['[', '{', '#', '&', '*', '|', '>', '%', '@', '`', '!']) {
        return None;
    }
    let at = match rest.find(": ") {
        Some(at) => at,
        None => rest.strip_suffix(':')?.len(),
    };
    let name = rest.get(..at)?;
    // A comment before the colon.
    (!name.contains(" #")).then(|| (at, name.trim_end()))
}

/// A value without the comment behind it.
fn without_comment(text: &str) -> &str {
    if text.starts_with(['"', '\'']) {
        let quote = text.chars().next().unwrap_or('"');
        if let Some(close) = text.get(1..).and_then(|t| t.find(quote)) {
            return text.get(..close + 2).unwrap_or(text);
        }
    }
    if text.starts_with('#') {
        return "";
    }
    text.find(" #").map_or(text, |at| &text[..at]).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(marked: &str) -> String {
        let offset = marked.find("$0").expect("a cursor");
        let text = marked.replace("$0", "");
        let outline = Outline::around(&text, offset as u32, true);
        let (word, row) = match outline.cursor {
            None => return "nowhere".to_owned(),
            Some(Context::Key(row)) => ("key", row),
            Some(Context::Value(row)) => ("value", row),
        };
        let path: Vec<String> = outline
            .path(row)
            .iter()
            .map(|s| match s {
                Step::Key(k) => k.to_string(),
                Step::Item(i) => i.to_string(),
            })
            .collect();
        format!("{word} {}", path.join("/"))
    }

    #[test]
    fn cursors() {
        assert_eq!(shown("spec:\n  com$0"), "key spec/");
        assert_eq!(
            shown("spec:\n  components:\n  - name: a\n    type: w$0\n"),
            "value spec/components/0/type"
        );
        assert_eq!(shown("a:\n- x: 1\n- y: 2\n  $0\n  z: 3\n"), "key a/1/");
        assert_eq!(shown("a:\n  - $0\n"), "value a/0");
        assert_eq!(shown("a:\n  - na$0\n"), "key a/0/");
        assert_eq!(shown("a:\n  b: |\n    c: $0\n  d: 1\n"), "nowhere");
        assert_eq!(shown("a: 1\n---\nb:\n  $0"), "key b/");
        assert_eq!(shown("a:\n  b:\n$0"), "key ");
        assert_eq!(shown("a: \"x: y\" # c\nb: $0 # d\n"), "value b");
        assert_eq!(shown("ab$0c: 1\n"), "key abc");
    }
}
