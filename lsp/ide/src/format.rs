//! Formatting of `.cue` files, as the edits that are needed: lines that stay are not touched, so cursors stay too.

use vela_db::{Db, File, Origin, queries};
use vela_diagnostics::Span;
use vela_syntax::Version;
use vela_syntax::{FormatOptions, format};

/// Most lines that are compared one by one; beyond, one edit has to do.
const MAX_LINES: usize = 30_000;

/// The edits that format a file; `None` where it cannot be formatted, such as in the middle of typing.
pub fn edits(db: &dyn Db, file: File) -> Option<Vec<(Span, String)>> {
    if queries::Language::of(file.path(db)) != queries::Language::Cue || file.origin(db) != Origin::Workspace
    {
        return None;
    }
    let text = file.text(db);
    let definition = queries::cue(db, file).is_definition();
    let version = if definition { vela_oam::definition::cue_form::LANGUAGE } else { Version::default() };
    let formatted = format(text, &FormatOptions { simplify: false, printed: false, version }).ok()?;
    Some(difference(text, &formatted))
}

/// The edits that format a part of a file: those of the whole that touch its lines.
pub fn edits_within(db: &dyn Db, file: File, within: Span) -> Option<Vec<(Span, String)>> {
    let all = edits(db, file)?;
    Some(
        all.into_iter()
            .filter(|(span, _)| span.start < within.end && within.start < span.end.max(span.start + 1))
            .collect(),
    )
}

/// The edits after a character was typed: behind `}` or `]` the struct or list that it ends, behind a line end the line
/// before.
pub fn edits_typed(db: &dyn Db, file: File, offset: u32, typed: &str) -> Option<Vec<(Span, String)>> {
    let text = file.text(db);
    let before = text.get(..offset as usize)?;
    let within = if typed == "\n" {
        let line_end = before.rfind('\n')?;
        let start = before.get(..line_end)?.rfind('\n').map_or(0, |n| n + 1);
        Span::new(start as u32, line_end as u32 + 1)
    } else {
        let cue = queries::cue(db, file);
        let ast = &cue.parse.file;
        let ended = ast.expr_spans.iter().filter(|s| s.end == offset);
        let widest = ended.max_by_key(|s| s.end - s.start).copied()?;
        let start = text.get(..widest.start as usize)?.rfind('\n').map_or(0, |n| n + 1);
        Span::new(start as u32, offset)
    };
    edits_within(db, file, within)
}

/// One edit for each group of lines that differs.
fn difference(old: &str, new: &str) -> Vec<(Span, String)> {
    if old.lines().count().max(new.lines().count()) > MAX_LINES {
        return if old == new { Vec::new() } else { vec![(Span::new(0, old.len() as u32), new.to_owned())] };
    }
    let diff = similar::TextDiff::from_lines(old, new);
    let mut out: Vec<(Span, String)> = Vec::new();
    let (mut at, mut open) = (0u32, false);
    for change in diff.iter_all_changes() {
        let (value, tag) = (change.value(), change.tag());
        if tag == similar::ChangeTag::Equal {
            at += value.len() as u32;
            open = false;
        } else {
            if !open {
                out.push((Span::at(at), String::new()));
                open = true;
            }
            if let Some((span, new)) = out.last_mut() {
                if tag == similar::ChangeTag::Delete {
                    at += value.len() as u32;
                    span.end = at;
                } else {
                    new.push_str(value);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_replaced() {
        let db = &mut vela_db::Database::default();
        let file = db.set("/w/a.cue", "a: 1\nb:    2\nc: 3\n");
        assert_eq!(edits(db, file), Some(vec![(Span::new(5, 13), "b: 2\n".to_owned())]));
        let file = db.set("/w/a.cue", "a: 1\n");
        assert_eq!(edits(db, file), Some(Vec::new()));
        let file = db.set("/w/a.cue", "a: {\n");
        assert_eq!(edits(db, file), None);
    }
}
