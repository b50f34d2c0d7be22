//! A definition without what rendering does not depend on: comments and the amount of white space. An edit of those
//! leaves the bare text equal, so that no Application is rendered again; places are carried back by [`outside`].
//!
//! Comments that steer patches (`+patchKey`, `+patchStrategy`) stay, with the blank lines that detach them.

use vela_diagnostics::Span;
use vela_syntax::Kind;

/// Where a piece of the bare text comes from: its first byte there, and its span in the source.
pub type Piece = (u32, Span);

/// The bare text of a source, and its pieces in order; the source itself where it has syntax errors.
pub fn bare(text: &str) -> (String, Vec<Piece>) {
    let (tokens, comments) = vela_syntax::tokens(text);
    if tokens.iter().any(|t| t.kind == Kind::Illegal) {
        return (text.to_owned(), vec![(0, Span::new(0, text.len() as u32))]);
    }
    let kept = comments.iter().map(|c| c.span).filter(|s| steers(s.of(text)));
    let mut items: Vec<(Span, Option<Kind>)> = kept.map(|span| (span, None)).collect();
    items.extend(tokens.iter().filter(|t| t.kind != Kind::Eof).map(|t| (t.span, Some(t.kind))));
    items.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = String::with_capacity(text.len());
    let mut pieces = Vec::with_capacity(items.len());
    let (mut last, mut comma, mut after_comment) = (0, false, false);
    for (span, kind) in items {
        if kind == Some(Kind::AutoComma) {
            comma = true;
            continue;
        }
        let gap = Span::new(last, span.start).of(text);
        if out.is_empty() {
            // Nothing stands before the first piece.
        } else if (after_comment || kind.is_none()) && has_blank_line(gap) {
            out.push_str("\n\n");
        } else if comma || after_comment || (kind.is_none() && gap.contains('\n')) {
            out.push('\n');
        } else if !gap.is_empty() {
            out.push(' ');
        }
        (comma, after_comment) = (false, kind.is_none());
        pieces.push((out.len() as u32, span));
        out.push_str(span.of(text));
        last = span.end;
    }
    out.push('\n');
    (out, pieces)
}

/// Whether a comment changes what a patch does.
fn steers(comment: &str) -> bool {
    comment.trim_start_matches('/').trim_start().starts_with("+patch")
}

/// Whether between two line ends nothing stands.
fn has_blank_line(gap: &str) -> bool {
    let mut lines = gap.split('\n').skip(1).peekable();
    while let Some(line) = lines.next() {
        if lines.peek().is_some() && line.trim().is_empty() {
            return true;
        }
    }
    false
}

/// A place in the bare text, as a place in the source.
pub fn outside(pieces: &[Piece], span: Span) -> Span {
    let at = |offset: u32| {
        let at = pieces.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
        let (start, source) = pieces.get(at)?;
        Some((source.start + (offset - start)).min(source.end))
    };
    let start = at(span.start).unwrap_or(0);
    let end = at(span.end).unwrap_or(start);
    Span::new(start, end.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_blanks_do_not_count() {
        let one = bare("a: 1\nb: { c: \"x\\( a )\" }\n").0;
        assert_eq!(one, bare("// A.\na:   1 // one\n\n\nb: { // x\n\tc: \"x\\( a )\" }").0);
        assert_ne!(one, bare("a: 2\nb: { c: \"x\\( a )\" }\n").0);
    }

    #[test]
    fn what_steers_a_patch_stays_where_it_is() {
        let text = "patch: {\n\t// Containers.\n\t// +patchKey=name\n\t// more\n\tl: [1]\n}\n";
        assert_eq!(bare(text).0, "patch: {\n// +patchKey=name\nl: [1]\n}\n");
        assert_eq!(bare("// +patchKey=name\n\nl: 1\n").0, "// +patchKey=name\n\nl: 1\n");
    }

    #[test]
    fn places_lead_back() {
        let text = "// A.\na: {\n\n\tb: 12\n}\n";
        let (out, pieces) = bare(text);
        let at = out.find("12").expect("it is there") as u32;
        assert_eq!(outside(&pieces, Span::new(at, at + 2)).of(text), "12");
    }
}
