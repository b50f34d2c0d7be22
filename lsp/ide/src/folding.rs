//! What can be folded away: structs, lists, comments and imports of CUE, everything indented in YAML.

use vela_db::{Db, File, queries};
use vela_diagnostics::Span;
use vela_syntax::ast::Expr;

/// What is folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum FoldKind {
    Region,
    Comment,
    Imports,
}

/// A part that can be folded.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fold {
    /// From the first line's part that stays to the end of what goes.
    pub span: Span,
    /// What it is.
    pub kind: FoldKind,
}

/// The parts of a file that can be folded, each over several lines.
pub fn folds(db: &dyn Db, file: File) -> Vec<Fold> {
    let text = file.text(db);
    let mut out = match queries::Language::of(file.path(db)) {
        queries::Language::Cue => cue(db, file),
        queries::Language::Yaml => yaml(text),
        queries::Language::Other => Vec::new(),
    };
    out.retain(|f| f.span.of(text).contains('\n'));
    out.sort_by_key(|f| (f.span.start, f.span.end));
    out.dedup();
    out
}

fn cue(db: &dyn Db, file: File) -> Vec<Fold> {
    let cue = queries::cue(db, file);
    let (ast, text) = (&cue.parse.file, &*cue.text);
    let mut out = Vec::new();
    for (i, expr) in ast.exprs.iter().enumerate() {
        let span = ast.expr_spans[i];
        if matches!(expr, Expr::Struct(_) | Expr::List(_)) && span.of(text).starts_with(['{', '[']) {
            out.push(Fold {
                span: Span::new(span.start, span.end.saturating_sub(1)),
                kind: FoldKind::Region,
            });
        }
    }
    if let (Some(first), Some(last)) = (ast.imports.first(), ast.imports.last()) {
        out.push(Fold { span: first.span.cover(last.span), kind: FoldKind::Imports });
    }
    // Comments on lines that follow each other.
    let mut run: Option<Span> = None;
    for comment in &ast.comments {
        let own_line = text
            .get(..comment.span.start as usize)
            .and_then(|t| t.rsplit('\n').next())
            .is_some_and(|l| l.trim().is_empty());
        let adjoining = run.filter(|r| {
            let between = Span::new(r.end, comment.span.start).of(text);
            own_line && between.trim().is_empty() && between.matches('\n').count() == 1
        });
        match adjoining {
            Some(r) => run = Some(r.cover(comment.span)),
            None => {
                out.extend(run.map(|span| Fold { span, kind: FoldKind::Comment }));
                run = own_line.then_some(comment.span);
            }
        }
    }
    out.extend(run.map(|span| Fold { span, kind: FoldKind::Comment }));
    out
}

/// Each line with deeper lines below it, of every document.
fn yaml(text: &str) -> Vec<Fold> {
    let mut out = Vec::new();
    let mut open: Vec<(usize, u32)> = Vec::new();
    let mut last = 0u32;
    let mut at = 0usize;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end();
        if content.trim_start().is_empty() {
            continue;
        }
        let boundary = content.starts_with("---");
        let indent = if boundary { 0 } else { content.len() - content.trim_start().len() };
        // A list may stand at the column of its key.
        let item = content.trim_start().starts_with("- ");
        while open.last().is_some_and(|(i, _)| if item { *i > indent } else { *i >= indent }) {
            if let Some((_, from)) = open.pop() {
                out.push(Fold { span: Span::new(from, last), kind: FoldKind::Region });
            }
        }
        last = (start + content.len()) as u32;
        if !boundary {
            // The inside of an item is deeper than its dash.
            if item {
                while open.last().is_some_and(|(i, _)| *i == indent + 1) {
                    if let Some((_, from)) = open.pop() {
                        let end = text.get(..start).map_or(last, |t| t.trim_end().len() as u32);
                        out.push(Fold { span: Span::new(from, end), kind: FoldKind::Region });
                    }
                }
                open.push((indent + 1, last));
            } else {
                open.push((indent, last));
            }
        }
    }
    while let Some((_, from)) = open.pop() {
        out.push(Fold { span: Span::new(from, last), kind: FoldKind::Region });
    }
    out
}
