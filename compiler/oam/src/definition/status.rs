//! Status sections written as CUE instead of as text: checked, and turned into text. Rules: KubeVela 1.10.

use vela_diagnostics::Span;
use vela_syntax::ParseOptions;
use vela_syntax::ast::{Clause, Decl, Expr, ExprId, Field, File, Label};

use crate::definition::literal;

/// The three sections of `attributes.status`.
pub const SECTIONS: [&str; 3] = ["healthPolicy", "customStatus", "details"];

/// The attribute that turns the checks off.
const DISABLE: &str = "@disableValidation()";

/// A fault of a section, and where it is in the file (nothing inside of a text).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusFault {
    /// What is wrong.
    pub message: String,
    /// The place.
    pub span: Span,
}

/// The section as text; `None` where its expression is neither a literal text nor a struct and has to be evaluated.
pub fn section_text(
    file: &File,
    text: &str,
    section: &str,
    field: &Field,
) -> Result<Option<String>, StatusFault> {
    let span = file.span(field.value);
    let fault = |message: String| StatusFault { message, span };
    let attributes: Vec<&str> =
        file.attribute_list(field.attributes).iter().map(|a| a.span.of(text)).collect();
    let unchecked = attributes.contains(&DISABLE);
    match file.expr(field.value) {
        Expr::Struct(_) => {
            if !unchecked {
                check(file, text, section, field.value).map_err(fault)?;
            }
            let body = inner_text(file, text, span);
            let mut out = String::new();
            if unchecked {
                for attribute in attributes {
                    out.push_str("// cue-attr:");
                    out.push_str(attribute);
                    out.push('\n');
                }
                out.push('\n');
            }
            out.push_str(if body.trim().is_empty() { "{}" } else { &body });
            Ok(Some(out))
        }
        Expr::String => {
            let Some(content) = literal::string(file, text, field.value) else {
                return Err(fault(format!("`{section}` is not a text")));
            };
            if !unchecked && !content.is_empty() {
                check_text(section, &content).map_err(fault)?;
            }
            Ok(Some(content.to_string()))
        }
        Expr::Number | Expr::Bool(_) | Expr::Null | Expr::List(_) => {
            Err(fault(format!("`{section}` is neither a text nor a struct")))
        }
        _ if unchecked => Ok(None),
        _ => Err(fault(format!("`{section}` has to stand here as a text or a struct"))),
    }
}

/// What stands between the braces at `span`, its lines moved to the left; lines inside of texts stay where they are.
fn inner_text(file: &File, text: &str, span: Span) -> String {
    let inner = span.of(text);
    let start = span.start as usize + usize::from(inner.starts_with('{'));
    let inner = inner.strip_prefix('{').unwrap_or(inner);
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let literals: Vec<Span> = file
        .exprs
        .iter()
        .zip(&file.expr_spans)
        .filter(|(x, at)| {
            matches!(x, Expr::String | Expr::Interpolation(_)) && span.start <= at.start && at.end <= span.end
        })
        .map(|(_, at)| *at)
        .filter(|at| at.of(text).contains('\n'))
        .collect();
    dedent(inner, &|offset| {
        literals.iter().any(|l| (l.start as usize) < start + offset && start + offset <= l.end as usize)
    })
}

/// Lines without their common indentation and without empty lines at both ends. A first line behind the brace has
/// none. `fixed` says of the offset of a line's start that the line is not to be moved.
fn dedent(inner: &str, fixed: &dyn Fn(usize) -> bool) -> String {
    let mut lines: Vec<(&str, bool)> = Vec::new();
    let mut offset = 0;
    for line in inner.split_inclusive('\n') {
        lines.push((line.trim_end_matches(['\n', '\r']), fixed(offset)));
        offset += line.len();
    }
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let counted = lines.iter().skip(1).filter(|(l, fixed)| !fixed && !l.trim().is_empty());
    let common = counted.map(|(l, _)| indent(l)).min().unwrap_or(0);
    let mut out = String::with_capacity(inner.len());
    for (i, (line, fixed)) in lines.iter().enumerate() {
        let cut = match (i, fixed) {
            (_, true) => 0,
            (0, false) => indent(line),
            _ => common.min(indent(line)),
        };
        out.push_str(line.get(cut..).unwrap_or(""));
        out.push('\n');
    }
    out.trim_matches('\n').to_owned()
}

fn check_text(section: &str, content: &str) -> Result<(), String> {
    let parse = vela_syntax::parse(content, &ParseOptions::default());
    if let Some(error) = parse.errors.first() {
        return Err(format!("`{section}` is not CUE: {} (line {})", error.message, error.line));
    }
    check_decls(&parse.file, content, section, parse.file.top)
}

fn check(file: &File, text: &str, section: &str, id: ExprId) -> Result<(), String> {
    let Expr::Struct(decls) = file.expr(id) else { return Ok(()) };
    check_decls(file, text, section, decls)
}

fn check_decls(file: &File, text: &str, section: &str, decls: vela_syntax::ast::List) -> Result<(), String> {
    match section {
        "healthPolicy" => match find(file, text, decls, "isHealth", 0) {
            None => Err("`healthPolicy` needs a field `isHealth`".to_owned()),
            Some(value) => match file.expr(value) {
                Expr::Null | Expr::Number | Expr::String | Expr::Struct(_) | Expr::List(_) => {
                    Err("`isHealth` is a truth value".to_owned())
                }
                Expr::Interpolation(_) => Err("`isHealth` is a truth value, not a text".to_owned()),
                _ => Ok(()),
            },
        },
        "customStatus" => match find(file, text, decls, "message", 0) {
            None => Err("`customStatus` needs a field `message`".to_owned()),
            Some(value) => match file.expr(value) {
                Expr::Null | Expr::Number | Expr::Bool(_) | Expr::Struct(_) | Expr::Unary(..) => {
                    Err("`message` is a text".to_owned())
                }
                _ => Ok(()),
            },
        },
        _ => check_details(file, text, decls),
    }
}

/// The value of a field at the top, or inside of top-level `if`s.
fn find(file: &File, text: &str, decls: vela_syntax::ast::List, name: &str, depth: usize) -> Option<ExprId> {
    if depth > 100 {
        return None;
    }
    for decl in file.decl_list(decls) {
        if let Decl::Field(field) = file.decl(*decl)
            && literal::label(file, text, &field.label).as_deref() == Some(name)
        {
            return Some(field.value);
        }
    }
    file.decl_list(decls).iter().find_map(|decl| {
        let Decl::Embed(id) = file.decl(*decl) else { return None };
        let Expr::Comprehension(at) = file.expr(id) else { return None };
        let comprehension = file.comprehensions.get(at as usize)?;
        let conditional =
            file.clause_list(comprehension.clauses).iter().any(|c| matches!(c, Clause::If { .. }));
        let Expr::Struct(body) = file.expr(comprehension.body) else { return None };
        if conditional { find(file, text, body, name, depth + 1) } else { None }
    })
}

/// Details are texts, numbers and truth values by name: no lists, no structs. Names with `$` are helpers.
fn check_details(file: &File, text: &str, decls: vela_syntax::ast::List) -> Result<(), String> {
    let helper =
        |field: &Field| literal::label(file, text, &field.label).is_some_and(|name| name.starts_with('$'));
    for decl in file.decl_list(decls) {
        match file.decl(*decl) {
            Decl::Field(field) if helper(&field) => {}
            Decl::Field(field) => detail_value(file, text, &field)?,
            Decl::Embed(id) => check_detail_embedding(file, text, id)?,
            _ => return Err("`details` has fields and comprehensions only".to_owned()),
        }
    }
    Ok(())
}

fn check_detail_embedding(file: &File, text: &str, id: ExprId) -> Result<(), String> {
    match file.expr(id) {
        Expr::Ident if file.span(id).of(text).starts_with('$') => Ok(()),
        Expr::Comprehension(at) => {
            let Some(comprehension) = file.comprehensions.get(at as usize) else { return Ok(()) };
            let Expr::Struct(body) = file.expr(comprehension.body) else { return Ok(()) };
            for decl in file.decl_list(body) {
                match file.decl(*decl) {
                    Decl::Field(field) => detail_value(file, text, &field)?,
                    _ => return Err("a comprehension in `details` makes fields only".to_owned()),
                }
            }
            Ok(())
        }
        Expr::Struct(body) => {
            for decl in file.decl_list(body) {
                match file.decl(*decl) {
                    Decl::Embed(id) if matches!(file.expr(id), Expr::Comprehension(_)) => {
                        check_detail_embedding(file, text, id)?;
                    }
                    _ => return Err("a struct embedded in `details` holds comprehensions only".to_owned()),
                }
            }
            Ok(())
        }
        _ => Err("`details` embeds helpers whose name starts with `$` only".to_owned()),
    }
}

fn detail_value(file: &File, text: &str, field: &Field) -> Result<(), String> {
    let nested = matches!(
        file.expr(field.value),
        Expr::Struct(_) | Expr::List(_) | Expr::Comprehension(_) | Expr::Slice(..) | Expr::Paren(_)
    );
    if !nested || matches!(field.label, Label::Bad(_)) {
        return Ok(());
    }
    let name = literal::label(file, text, &field.label).unwrap_or_else(|| "<computed>".into());
    Err(format!("detail `{name}` is neither a text nor a number nor a truth value"))
}
