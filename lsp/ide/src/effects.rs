//! What a parameter does: the places of a definition's output, further outputs and patches that refer to it. Told by
//! hover of a property.

use vela_db::cue::CueFile;
use vela_db::{Db, DefinitionRef, queries};
use vela_syntax::ast::{Expr, ExprId};

use crate::paths;

/// The fields of a template that become objects.
const OUTPUTS: [&str; 4] = ["output", "outputs", "patch", "patchOutputs"];
/// Most places told.
const MAX: usize = 6;

/// The fields that refer to a field of the parameter, by the names that lead to it; through names that stand for it,
/// such as `let`, the way is not followed.
pub fn effects(db: &dyn Db, definition: DefinitionRef, path: &[&str]) -> Vec<String> {
    let Some(file) = db.file(definition.source) else { return Vec::new() };
    if queries::Language::of(file.path(db)) != queries::Language::Cue {
        return Vec::new();
    }
    of_tree(queries::cue(db, file), path)
}

fn of_tree(cue: &CueFile, path: &[&str]) -> Vec<String> {
    let ast = &cue.parse.file;
    let mut out: Vec<String> = Vec::new();
    for i in 0..ast.exprs.len() {
        let id = ExprId(i as u32);
        if out.len() >= MAX || chain(cue, id).as_deref() != Some(path) {
            continue;
        }
        let Some(at) = paths::field_path(cue, ast.span(id).start) else { continue };
        let shown = at.join(".");
        if at.first().is_some_and(|f| OUTPUTS.contains(&f.as_str())) && !out.contains(&shown) {
            out.push(shown);
        }
    }
    out
}

/// The names behind `parameter` that an expression selects.
fn chain(cue: &CueFile, id: ExprId) -> Option<Vec<&str>> {
    let ast = &cue.parse.file;
    let mut names = Vec::new();
    let mut at = id;
    loop {
        match ast.expr(at) {
            Expr::Select(base, label) => {
                names.push(ast.span(label).of(&cue.text).trim_matches('"'));
                at = base;
            }
            Expr::Ident if ast.span(at).of(&cue.text) == "parameter" => {
                names.reverse();
                return Some(names);
            }
            _ => return None,
        }
    }
}
