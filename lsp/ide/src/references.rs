//! Where else the name under the cursor stands: in the files of its package for CUE. Renaming is refused where another
//! declaration would capture a name.

use vela_db::{Db, File, Origin, queries};
use vela_diagnostics::{SourceId, Span};
use vela_syntax::ast::{Expr, ExprId};

use crate::names::{self, Meaning, Site};

/// A place where a name stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Reference {
    /// The text.
    pub source: SourceId,
    /// The name.
    pub span: Span,
    /// Whether it declares.
    pub declares: bool,
}

/// All places of the name at an offset, its declarations included.
pub fn references(db: &dyn Db, file: File, offset: u32) -> Option<Vec<Reference>> {
    if queries::Language::of(file.path(db)) != queries::Language::Cue {
        return None;
    }
    let (_, meaning) = names::at(db, file, offset)?;
    let Meaning::Declared(sites) = meaning else { return None };
    // The other declarations of a name count too, so they are asked for by the name.
    let first = sites.first()?;
    let all = all_sites(db, first);
    let mut out: Vec<Reference> =
        all.iter().map(|s| Reference { source: s.file.source(db), span: s.label, declares: true }).collect();
    let mut files: Vec<File> = all.iter().flat_map(|s| names::package_files(db, s.file)).collect();
    files.push(file);
    files.sort_by_key(|f| f.source(db));
    files.dedup();
    let same = |site: &Site| all.iter().any(|s| s.file == site.file && s.label == site.label);
    for file in files {
        let cue = names::tree(db, file);
        let ast = &cue.parse.file;
        for (i, expr) in ast.exprs.iter().enumerate() {
            let (id, label) = match expr {
                Expr::Ident => (ExprId(i as u32), ExprId(i as u32)),
                Expr::Select(_, label) => (ExprId(i as u32), *label),
                _ => continue,
            };
            if ast.span(label).of(&cue.text).trim_matches('"') != &*first.name {
                continue;
            }
            let selected = |id: ExprId| ast.exprs.iter().any(|e| matches!(e, Expr::Select(_, l) if *l == id));
            if matches!(expr, Expr::Ident) && selected(id) {
                continue;
            }
            if let Some(Meaning::Declared(found)) = names::meaning(db, file, id, 0)
                && found.iter().any(same)
            {
                out.push(Reference { source: file.source(db), span: ast.span(label), declares: false });
            }
        }
    }
    out.sort();
    out.dedup();
    Some(out)
}

/// All declarations of the field that a declaration belongs to.
fn all_sites(db: &dyn Db, site: &Site) -> Vec<Site> {
    match names::resolve(db, site.file, &site.name, site.label.start) {
        Some(Meaning::Declared(found))
            if found.iter().any(|s| s.file == site.file && s.label == site.label) =>
        {
            found
        }
        _ => vec![site.clone()],
    }
}

/// The edits that rename what is at an offset, or why it cannot be.
pub fn rename(
    db: &dyn Db,
    file: File,
    offset: u32,
    to: &str,
) -> Result<Vec<(SourceId, Span, String)>, String> {
    let Some(all) = references(db, file, offset) else {
        return Err("there is no name here that can be renamed".to_owned());
    };
    if !vela_syntax::literal::is_identifier(to) {
        return Err(format!("`{to}` is no identifier"));
    }
    let mut out = Vec::new();
    for reference in &all {
        let Some(file) = db.file(reference.source) else { continue };
        if file.origin(db) != Origin::Workspace {
            return Err("it is declared in a text that comes with the compiler".to_owned());
        }
        let old = reference.span.of(file.text(db)).trim_matches('"').to_owned();
        let kind = |n: &str| (n.starts_with('_'), n.trim_start_matches('_').starts_with('#'));
        if kind(&old) != kind(to) {
            return Err(format!("`{old}` and `{to}` are names of different kinds"));
        }
        // A name that means something at any of the places would capture, or be captured.
        if let Some(Meaning::Declared(found)) = names::resolve(db, file, to, reference.span.start)
            && let Some(first) = found.first()
        {
            let line = first
                .file
                .text(db)
                .get(..first.label.start as usize)
                .map_or(1, |t| t.matches('\n').count() + 1);
            return Err(format!("`{to}` is declared already, in line {line}"));
        }
        out.push((reference.source, reference.span, to.to_owned()));
    }
    Ok(out)
}
