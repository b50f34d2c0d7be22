//! Documents of YAML and JSON as CUE source that keeps their lines and comments as the reference's `cue import` does
//! (`output-and-cli.md` D4, D5): members of what spans lines stand on lines of their own, of what does not on one.

use vela_diagnostics::LineIndex;
use vela_number::Number;
use vela_syntax::literal::{Form, label, quote, quote_bytes};
use vela_yaml::{Doc, Entry, Kind, NodeId, Scalar};

use crate::source::{Shape, Source};

/// A document of YAML. `alone`: it is all there is of its file.
pub fn from_document(doc: &Doc, text: &str, alone: bool) -> Source {
    let root = doc.node(doc.root);
    if alone
        && !doc.explicit
        && matches!(&root.kind, Kind::Scalar { value: Scalar::Null, .. })
        && root.span.start == root.span.end
    {
        // An empty file unifies with anything.
        let mut source = Source::expression(Shape::Other, "*null | _");
        source.head = comments(doc.comments.iter().map(|c| &*c.text));
        return source;
    }
    let mut w = Writer {
        doc,
        lines: LineIndex::new(text),
        out: String::new(),
        line: None,
        written: vec![false; doc.comments.len()],
    };
    let head = w.head(doc.root);
    let shape = match &doc.node(doc.target(doc.root)).kind {
        Kind::Map { entries, flow, .. } => {
            w.line = Some(w.line_of(doc.root));
            let several = w.fields(doc.root, entries, true);
            Shape::Struct { inline: *flow && !several }
        }
        Kind::List { .. } => {
            w.value(doc.root, false);
            Shape::List
        }
        Kind::Scalar { value: Scalar::Null, .. } => {
            w.value(doc.root, false);
            Shape::Null
        }
        _ => {
            w.value(doc.root, false);
            Shape::Other
        }
    };
    w.rest();
    let Writer { mut out, .. } = w;
    out.truncate(out.trim_end().len());
    Source { shape, text: out.trim_start_matches('\n').to_owned(), head }
}

/// A document of JSON. Short values that have blanks inside keep their layout; all others get the normal one.
pub fn from_json(doc: &Doc, text: &str) -> Source {
    let mut w = JsonWriter { doc, text, out: String::new() };
    let root = doc.root;
    match &doc.node(root).kind {
        Kind::Map { entries, .. } => {
            let reflow = w.reflows_map(root, entries);
            let end = doc.node(root).span.start as usize + 1;
            w.fields(entries, reflow, end);
            let inline = !w.out.contains('\n') && !reflow;
            Source::expression(Shape::Struct { inline }, w.out.trim().to_owned())
        }
        kind => {
            let shape = match kind {
                Kind::List { .. } => Shape::List,
                Kind::Scalar { value: Scalar::Null, .. } => Shape::Null,
                _ => Shape::Other,
            };
            w.value(root);
            Source::expression(shape, w.out)
        }
    }
}

/// Comment lines.
fn comments<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.fold(String::new(), |out, t| out + "//" + t.trim_end() + "\n")
}

struct Writer<'d> {
    doc: &'d Doc,
    lines: LineIndex,
    out: String,
    /// The line of the last thing written, where that is known.
    line: Option<u32>,
    /// Which comments have been written.
    written: Vec<bool>,
}

impl Writer<'_> {
    fn line_at(&self, offset: u32) -> u32 {
        self.lines.line_col(offset).0
    }

    fn line_of(&self, id: NodeId) -> u32 {
        self.line_at(self.doc.node(id).span.start)
    }

    /// The comments before a node, as lines, with an empty line before them where the document has one.
    fn head(&mut self, id: NodeId) -> String {
        let (from, to) = self.doc.node(id).head;
        let mut out = String::new();
        for n in from..to {
            let Some(comment) = self.doc.comments.get(n as usize) else { continue };
            if std::mem::replace(&mut self.written[n as usize], true) {
                continue;
            }
            let line = self.line_at(comment.span.start);
            if out.is_empty() && self.line.is_some_and(|last| line > last + 1) {
                out.push('\n');
            }
            out.push_str(&comments([&*comment.text].into_iter()));
            self.line = Some(line);
        }
        out
    }

    /// The comment behind a node, to end its line.
    fn behind(&mut self, id: NodeId) -> Option<String> {
        let n = self.doc.node(id).line_comment? as usize;
        let comment = self.doc.comments.get(n)?;
        if std::mem::replace(&mut self.written[n], true) {
            return None;
        }
        Some(format!(" //{}", comment.text.trim_end()))
    }

    /// Comments that belong to nothing.
    fn rest(&mut self) {
        for n in 0..self.written.len() {
            if !self.written[n] {
                self.out.push('\n');
                let text = comments([&*self.doc.comments[n].text].into_iter());
                self.out.push_str(&text);
            }
        }
    }

    /// The fields of a map; whether they stand on several lines. `top`: there are no braces around them.
    fn fields(&mut self, id: NodeId, entries: &[Entry], top: bool) -> bool {
        let start = self.doc.node(self.doc.target(id)).span.start;
        let last = entries.last().map_or(start, |e| self.doc.node(e.value).span.start);
        let first = entries.first().map_or(start, |e| self.doc.node(e.key).span.start);
        let multiline = self.line_at(start.min(first)) < self.line_at(last);
        let mut broken = multiline;
        for (n, entry) in entries.iter().enumerate() {
            let key = self.doc.node(entry.key);
            let at = self.line_at(key.span.start);
            let head = self.head(entry.key);
            // What stands above a map's or list's first member goes with that.
            let composite = matches!(
                self.doc.node(entry.value).kind,
                Kind::Map { flow: false, .. } | Kind::List { flow: false, .. }
            );
            let value_head = if composite { String::new() } else { self.head(entry.value) };
            let newline =
                multiline || self.line.is_some_and(|l| at > l) || !head.is_empty() || !value_head.is_empty();
            broken |= newline;
            if newline {
                self.new_line();
            } else if n > 0 {
                self.out.push_str(", ");
            }
            self.out.push_str(&head);
            self.out.push_str(&value_head);
            self.line = Some(at);
            self.out.push_str(&label(&entry.name));
            self.out.push_str(": ");
            if let Some(comment) = self.behind(entry.key) {
                self.out.push_str(comment.trim_start());
                self.out.push('\n');
            }
            stacker::maybe_grow(128 << 10, 1 << 20, || self.value(entry.value, false));
            if let Some(comment) = self.behind(entry.value) {
                self.out.push_str(&comment);
                self.out.push('\n');
                broken = true;
            }
        }
        if broken && !top {
            self.new_line();
        }
        broken
    }

    fn new_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    /// A value. `broken`: it is an element of a list that spans lines, so that what is in it starts a line.
    fn value(&mut self, id: NodeId, broken: bool) {
        let alias = self.doc.target(id) != id;
        let saved = self.line;
        if alias {
            self.line = None;
        }
        let node = self.doc.node(self.doc.target(id));
        match &node.kind {
            Kind::Map { entries, .. } if entries.is_empty() => self.out.push_str("{}"),
            Kind::Map { entries, .. } => {
                self.out.push('{');
                if broken {
                    self.line = None;
                    self.out.push('\n');
                }
                let head = if alias { String::new() } else { self.head(id) };
                if !head.is_empty() {
                    self.new_line();
                    self.out.push_str(head.trim_start_matches('\n'));
                }
                let several = self.fields(id, entries, false);
                if (broken || !head.is_empty()) && !several {
                    self.new_line();
                }
                self.out.push('}');
            }
            Kind::List { items, flow } => self.list(id, items, *flow),
            Kind::Scalar { value, text, .. } => {
                self.out.push_str(&scalar(value, text));
                if !alias {
                    self.line = Some(self.line_at(node.span.end.saturating_sub(1).max(node.span.start)));
                }
            }
            Kind::Alias { .. } => self.out.push_str("null"),
        }
        if alias {
            self.line = saved;
        } else if matches!(node.kind, Kind::Map { flow: true, .. } | Kind::List { flow: true, .. }) {
            self.line = Some(self.line_at(node.span.end.saturating_sub(1)));
        }
    }

    fn list(&mut self, id: NodeId, items: &[NodeId], flow: bool) {
        let start = self.doc.node(self.doc.target(id)).span.start;
        let last = items.last().map_or(start, |i| self.doc.node(*i).span.start);
        let multiline = self.line_at(start) < self.line_at(last);
        self.line = Some(self.line_at(start));
        self.out.push('[');
        let head = self.head(id);
        if !head.is_empty() {
            self.new_line();
            self.out.push_str(head.trim_start_matches('\n'));
        }
        let mut same_line = true;
        for (n, item) in items.iter().enumerate() {
            let target = &self.doc.node(self.doc.target(*item)).kind;
            let is_struct = matches!(target, Kind::Map { .. });
            let stays = !multiline
                || is_struct
                || matches!(target, Kind::List { .. } | Kind::Scalar { value: Scalar::Null, .. });
            let head = self.head(*item);
            if !head.is_empty() {
                self.new_line();
                self.out.push_str(head.trim_start_matches('\n'));
            } else if !stays {
                self.new_line();
            } else if n > 0 && !self.out.ends_with('\n') {
                self.out.push(' ');
            }
            stacker::maybe_grow(128 << 10, 1 << 20, || self.value(*item, multiline));
            same_line = is_struct;
            let comment = self.behind(*item);
            let more = n + 1 < items.len();
            if more || comment.is_some() {
                self.out.push(',');
            }
            if let Some(comment) = comment {
                self.out.push_str(&comment);
                self.out.push('\n');
            }
        }
        if multiline && !same_line && !flow && !self.out.ends_with('\n') {
            self.out.push_str(",\n");
        }
        self.out.push(']');
    }
}

/// A scalar as a literal. Numbers keep their digits.
fn scalar(value: &Scalar, text: &str) -> String {
    match value {
        Scalar::Null => "null".to_owned(),
        Scalar::Bool(b) => b.to_string(),
        Scalar::Num(n) => number(n, text),
        Scalar::Str => quote(text, Form::Auto("\t")),
        Scalar::Bytes(b) => quote_bytes(b, Form::Single),
    }
}

/// The digits as written, where CUE reads them as the same number; old octal numbers get their new prefix.
fn number(n: &Number, text: &str) -> String {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (&text[..1], rest),
        None => ("", text),
    };
    let octal =
        digits.len() > 1 && digits.starts_with('0') && digits[1..].starts_with(|c: char| c.is_ascii_digit());
    let digits = if octal { format!("0o{}", &digits[1..]) } else { digits.to_owned() };
    let bare = if sign == "-" { n.to_cue_text().trim_start_matches('-').to_owned() } else { n.to_cue_text() };
    match Number::parse_literal(&digits) {
        Ok(_) => format!("{sign}{digits}"),
        Err(_) => format!("{}{bare}", if sign == "-" { "-" } else { "" }),
    }
}

struct JsonWriter<'d> {
    doc: &'d Doc,
    text: &'d str,
    out: String,
}

impl JsonWriter<'_> {
    /// Whether there are blanks or line ends before a place, after `from`.
    fn gap(&self, before: u32) -> &str {
        let at = before as usize;
        let start = self.text[..at].trim_end_matches([' ', '\t', '\n', '\r']).len();
        &self.text[start..at]
    }

    fn is_large(&self, id: NodeId) -> bool {
        let span = self.doc.node(id).span;
        span.end - span.start > 50
    }

    fn reflows_map(&self, id: NodeId, entries: &[Entry]) -> bool {
        let spaced = |e: &Entry| {
            let before = |n: NodeId| !self.gap(self.doc.node(n).span.start).is_empty();
            before(e.key) || before(e.value)
        };
        self.is_large(id) || !entries.iter().any(spaced)
    }

    fn reflows_list(&self, id: NodeId, items: &[NodeId]) -> bool {
        self.is_large(id) || !items.iter().any(|i| !self.gap(self.doc.node(*i).span.start).is_empty())
    }

    /// White space before something that keeps its place.
    fn keep(&mut self, before: u32, blank: bool) {
        let gap = self.gap(before);
        let lines = gap.matches('\n').count();
        match lines {
            0 if blank => self.out.push(' '),
            0 => {}
            1 => self.out.push('\n'),
            _ => self.out.push_str("\n\n"),
        }
    }

    fn fields(&mut self, entries: &[Entry], reflow: bool, start: usize) {
        for (n, entry) in entries.iter().enumerate() {
            let key = self.doc.node(entry.key).span;
            let broken = self.gap(key.start).contains('\n');
            if n > 0 && (reflow || broken) {
                // The line end is the comma.
            } else if n > 0 {
                self.out.push(',');
            }
            if reflow {
                if n > 0 || self.out.ends_with('{') {
                    self.out.push('\n');
                }
            } else if n > 0 || key.start as usize > start {
                self.keep(key.start, n > 0);
            }
            self.out.push_str(&label(&entry.name));
            self.out.push_str(": ");
            stacker::maybe_grow(128 << 10, 1 << 20, || self.value(entry.value));
        }
    }

    fn value(&mut self, id: NodeId) {
        let node = self.doc.node(id);
        match &node.kind {
            Kind::Map { entries, .. } if entries.is_empty() => self.out.push_str("{}"),
            Kind::Map { entries, .. } => {
                let reflow = self.reflows_map(id, entries);
                self.out.push('{');
                self.fields(entries, reflow, node.span.start as usize + 1);
                if reflow {
                    self.out.push('\n');
                } else {
                    self.keep(node.span.end - 1, false);
                }
                self.out.push('}');
            }
            Kind::List { items, .. } => {
                let reflow = self.reflows_list(id, items);
                self.out.push('[');
                for (n, item) in items.iter().enumerate() {
                    if n > 0 {
                        self.out.push(',');
                    }
                    if reflow && n > 0 {
                        self.out.push(' ');
                    } else if !reflow {
                        self.keep(self.doc.node(*item).span.start, n > 0);
                    }
                    stacker::maybe_grow(128 << 10, 1 << 20, || self.value(*item));
                }
                if !reflow && !items.is_empty() && self.gap(node.span.end - 1).contains('\n') {
                    // One element alone needs no comma.
                    self.out.push_str(if items.len() > 1 { ",\n" } else { "\n" });
                }
                self.out.push(']');
            }
            Kind::Scalar { value: Scalar::Str, text, .. } => {
                let raw = node.span.of(self.text);
                // Short literals of JSON are literals of CUE as they stand.
                if raw.len() > 10 {
                    self.out.push_str(&quote(text, Form::Auto("\t")));
                } else {
                    self.out.push_str(raw);
                }
            }
            Kind::Scalar { value: Scalar::Num(_), .. } => self.out.push_str(node.span.of(self.text)),
            Kind::Scalar { value, text, .. } => self.out.push_str(&scalar(value, text)),
            Kind::Alias { .. } => self.out.push_str("null"),
        }
    }
}
