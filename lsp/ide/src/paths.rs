//! The path of the field that a place of a `.cue` file belongs to: the way from a name in the text to the value that
//! evaluation gave it.

use std::sync::Arc;

use vela_db::cue::CueFile;
use vela_db::values::{ValueNode, Values};
use vela_db::{Db, File, facts};
use vela_diagnostics::Span;
use vela_oam::definition::literal;
use vela_syntax::ast::{Decl, Expr, ExprId};

use crate::names::{self, Meaning};

/// Deepest chain of selections that is followed.
const MAX_DEPTH: u32 = 32;

/// The names from the root of the package to the innermost field around an offset; `None` below labels that are
/// computed, patterns and `let`. Of a definition, from the root of its template.
pub fn field_path(cue: &CueFile, offset: u32) -> Option<Vec<String>> {
    let (file, text) = (&cue.parse.file, &*cue.text);
    let mut steps: Vec<(Span, Option<String>)> = Vec::new();
    for (i, decl) in file.decls.iter().enumerate() {
        let span = file.decl_spans[i];
        if !span.touches(offset) {
            continue;
        }
        match decl {
            Decl::Field(field) => {
                let name = literal::label(file, text, &field.label);
                steps.push((span, name.map(|n| n.to_string())));
            }
            Decl::Let(..) => steps.push((span, None)),
            _ => {}
        }
    }
    for (i, expr) in file.exprs.iter().enumerate() {
        let span = file.expr_spans[i];
        if let Expr::List(list) = expr
            && span.start < offset
            && offset < span.end
        {
            let elements = file.expr_list(*list);
            let at = elements.iter().position(|e| file.span(*e).touches(offset));
            let element = at.and_then(|at| Some((at, *elements.get(at)?)));
            let plain =
                element.filter(|(_, e)| !matches!(file.expr(*e), Expr::Ellipsis(_) | Expr::Comprehension(_)));
            steps.push((span, plain.map(|(at, _)| at.to_string())));
        }
    }
    steps.sort_by_key(|(span, _)| std::cmp::Reverse(span.end - span.start));
    let names: Option<Vec<String>> = steps.into_iter().map(|(_, name)| name).collect();
    let mut names = names?;
    if cue.is_definition() {
        if names.first().map(String::as_str) != Some("template") {
            return None;
        }
        names.remove(0);
    }
    Some(names)
}

/// The path of what an expression selects, where that is a field of the same package or template.
pub fn value_path(db: &dyn Db, file: File, expr: ExprId, depth: u32) -> Option<Vec<String>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let cue = names::tree(db, file);
    let ast = &cue.parse.file;
    match ast.expr(expr) {
        Expr::Ident => match names::meaning(db, file, expr, 0)? {
            Meaning::Declared(sites) => {
                let site = sites.first()?;
                let tree = names::tree(db, site.file);
                let same = site.file == file || names::package_files(db, file).contains(&site.file);
                if !same {
                    return None;
                }
                let path = field_path(tree, site.label.start)?;
                // An alias or the variable of a clause is no field.
                (path.last().map(String::as_str) == Some(&*site.name)).then_some(path)
            }
            _ => None,
        },
        Expr::Select(base, label) => {
            let mut path = value_path(db, file, base, depth + 1)?;
            let name: Arc<str> = match ast.expr(label) {
                Expr::Ident => ast.span(label).of(&cue.text).into(),
                _ => literal::string(ast, &cue.text, label)?,
            };
            path.push(name.to_string());
            Some(path)
        }
        Expr::Index(base, index) => {
            let mut path = value_path(db, file, base, depth + 1)?;
            let name = match ast.expr(index) {
                Expr::Number => ast.span(index).of(&cue.text).to_owned(),
                _ => literal::string(ast, &cue.text, index)?.to_string(),
            };
            path.push(name);
            Some(path)
        }
        Expr::Paren(inner) => value_path(db, file, inner, depth + 1),
        _ => None,
    }
}

/// The path of the name at an offset: a label, or a reference.
pub fn path_at(db: &dyn Db, file: File, offset: u32) -> Option<Vec<String>> {
    let cue = names::tree(db, file);
    let ast = &cue.parse.file;
    let label = ast.decls.iter().any(|d| match d {
        Decl::Field(field) => field.label_span.touches(offset),
        _ => false,
    });
    if label {
        return field_path(cue, offset);
    }
    let touching = ast
        .exprs
        .iter()
        .enumerate()
        .filter(|(i, e)| matches!(e, Expr::Ident | Expr::String) && ast.expr_spans[*i].touches(offset));
    let (at, _) = touching.min_by_key(|(i, _)| ast.expr_spans[*i].end - ast.expr_spans[*i].start)?;
    let id = ExprId(at as u32);
    let selection = ast.exprs.iter().position(|e| matches!(e, Expr::Select(_, label) if *label == id));
    value_path(db, file, selection.map_or(id, |s| ExprId(s as u32)), 0)
}

/// Calls `f` with the value at a path of the package or template that a file belongs to.
pub fn with_value<T>(
    db: &dyn Db,
    file: File,
    path: &[String],
    f: impl FnOnce(&Values, &ValueNode) -> Option<T>,
) -> Option<T> {
    let values = facts::value_at(db, file, path);
    f(&values, values.nodes.first()?)
}
