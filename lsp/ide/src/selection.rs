//! Selection ranges: from the cursor outwards, each range a part that means something: name, value, field, struct, file;
//! in YAML scalar, entry, item, map, document.

use vela_db::{Db, File, queries};
use vela_diagnostics::Span;
use vela_yaml::{Doc, Kind as YamlKind};

/// The spans around an offset, the innermost first, each wider than the one before.
pub fn around(db: &dyn Db, file: File, offset: u32) -> Vec<Span> {
    let text = file.text(db);
    let mut out = vec![Span::new(0, text.len() as u32), word(text, offset)];
    match queries::Language::of(file.path(db)) {
        queries::Language::Cue => {
            let ast = &queries::cue(db, file).parse.file;
            let labels = ast.decls.iter().filter_map(|d| match d {
                vela_syntax::ast::Decl::Field(field) => Some(field.label_span),
                _ => None,
            });
            let spans = ast.expr_spans.iter().chain(&ast.decl_spans).copied();
            let more = ast.comprehensions.iter().map(|c| c.span).chain(ast.imports.iter().map(|i| i.span));
            out.extend(spans.chain(labels).chain(more).filter(|s| s.touches(offset)));
            out.extend(ast.comments.iter().map(|c| c.span).filter(|s| s.touches(offset)));
        }
        queries::Language::Yaml => {
            let read = queries::yaml(db, file);
            for doc in &read.parsed.docs {
                yaml(doc, text, offset, &mut out);
            }
        }
        queries::Language::Other => {}
    }
    out.retain(|s| s.touches(offset));
    out.sort_by_key(|s| (s.end - s.start, s.start));
    out.dedup();
    // What only overlaps is no parent.
    let mut kept: Vec<Span> = Vec::new();
    for span in out {
        if kept.last().is_none_or(|last| span.start <= last.start && last.end <= span.end) {
            kept.push(span);
        }
    }
    kept
}

fn word(text: &str, offset: u32) -> Span {
    let at = (offset as usize).min(text.len());
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '#' | '$');
    let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else { return Span::at(offset) };
    let start = before.trim_end_matches(is_word).len();
    let end = at + after.len() - after.trim_start_matches(is_word).len();
    Span::new(start as u32, end as u32)
}

/// The nodes on the way to an offset, and the entries that hold them.
fn yaml(doc: &Doc, text: &str, offset: u32, out: &mut Vec<Span>) {
    let trimmed = |span: Span| Span::new(span.start, span.start + span.of(text).trim_end().len() as u32);
    let mut at = doc.root;
    loop {
        let span = trimmed(doc.node(at).span);
        if !span.touches(offset) {
            return;
        }
        out.push(span);
        let next = match &doc.node(at).kind {
            YamlKind::Map { entries, .. } => {
                let entry =
                    entries.iter().filter(|e| !e.merged).rev().find(|e| doc.node(e.key).span.start <= offset);
                let Some(entry) = entry else { return };
                let key = doc.node(entry.key).span;
                out.push(key);
                out.push(key.cover(trimmed(doc.node(entry.value).span)));
                if key.touches(offset) { None } else { Some(entry.value) }
            }
            YamlKind::List { items, .. } => {
                items.iter().rev().find(|n| doc.node(**n).span.start <= offset).copied()
            }
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => return,
        }
    }
}
