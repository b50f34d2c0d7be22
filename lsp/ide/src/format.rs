//! Formatting of `.cue` files, as the edits that are needed: lines that stay are not touched, so cursors stay too.

use vela_db::{Db, File, Origin, queries};
use vela_diagnostics::Span;
use vela_syntax::Version;
use vela_syntax::{FormatOptions, format};

/// The edits that format a file; `None` where it cannot be formatted, such as in the middle of typing.
pub fn edits(db: &dyn Db, file: File) -> Option<Vec<(Span, String)>> {
    if queries::Language::of(file.path(db)) != queries::Language::Cue || file.origin(db) != Origin::Workspace
    {
        return None;
    }
    let text = file.text(db);
    let definition = queries::cue(db, file).is_definition();
    let version = if definition { vela_oam::definition::cue_form::LANGUAGE } else { Version::default() };
    let formatted = format(text, &FormatOptions { simplify: false, version }).ok()?;
    Some(difference(text, &formatted))
}

/// One edit around everything that differs, in whole lines.
fn difference(old: &str, new: &str) -> Vec<(Span, String)> {
    if old == new {
        return Vec::new();
    }
    let same = |(a, b): &(&str, &str)| a == b;
    let before: usize =
        old.split_inclusive('\n').zip(new.split_inclusive('\n')).take_while(same).map(|(a, _)| a.len()).sum();
    let (old_rest, new_rest) = (old.get(before..).unwrap_or(""), new.get(before..).unwrap_or(""));
    let behind = |text: &'_ str| text.split_inclusive('\n').rev().map(str::to_owned).collect::<Vec<_>>();
    let after: usize = behind(old_rest)
        .iter()
        .zip(behind(new_rest).iter())
        .take_while(|(a, b)| a == b)
        .map(|(a, _)| a.len())
        .sum();
    let span = Span::new(before as u32, (old.len() - after) as u32);
    vec![(span, new.get(before..new.len() - after).unwrap_or("").to_owned())]
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
