//! `@if(…)` and `@ignore()` before the package clause: whether a file takes part.

use vela_diagnostics::Span;
use vela_syntax::ast::{self, BinaryOp, Expr, UnaryOp};

use crate::tags::TagSet;

/// Which tags are set.
pub enum Tags<'a> {
    /// Those in the set.
    Set(&'a TagSet),
    /// None: files of other modules.
    None,
    /// Every one.
    All,
}

impl Tags<'_> {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::Set(set) => set.has(name),
            Self::None => false,
            Self::All => true,
        }
    }
}

/// What the attributes at the head of a file say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum BuildAttribute {
    /// The file takes part.
    Include,
    /// It does not, for this reason.
    Exclude(String),
    /// The attributes are wrong: messages, each with its place where it has one.
    Bad(Vec<(Option<Span>, String)>),
}

/// Judges a file. Attributes count only before its package clause, or before its first declaration.
pub fn build_attribute(file: &ast::File, text: &str, tags: &Tags<'_>) -> BuildAttribute {
    let mut condition: Option<ast::Attribute> = None;
    for attribute in head_attributes(file) {
        match attribute.name.of(text) {
            "ignore" => return BuildAttribute::Exclude("@ignore() attribute found".to_string()),
            "if" => {
                if let Some(previous) = condition {
                    return BuildAttribute::Bad(vec![
                        (Some(attribute.span), "multiple @if attributes".to_string()),
                        (Some(previous.span), "previous declaration here".to_string()),
                    ]);
                }
                condition = Some(attribute);
            }
            _ => {}
        }
    }
    let Some(attribute) = condition else { return BuildAttribute::Include };
    match matches(attribute.body.of(text), tags) {
        Ok(true) => BuildAttribute::Include,
        Ok(false) => BuildAttribute::Exclude(format!("{} did not match", attribute.span.of(text))),
        Err(message) => BuildAttribute::Bad(vec![(None, message)]),
    }
}

/// The attributes before the package clause, or before the first declaration that is none.
fn head_attributes(file: &ast::File) -> Vec<ast::Attribute> {
    let mut out = file.attribute_list(file.file_attributes).to_vec();
    if file.package.is_none() && file.imports.is_empty() {
        for id in file.decl_list(file.top) {
            let ast::Decl::Attribute(index) = file.decl(*id) else { break };
            let attribute = file.attributes[index as usize];
            if !out.contains(&attribute) {
                out.push(attribute);
            }
        }
    }
    out
}

/// The value of a condition.
fn matches(condition: &str, tags: &Tags<'_>) -> Result<bool, String> {
    let (parse, expr) = vela_syntax::parse_expr(condition);
    if let Some(error) = parse.errors.first() {
        return Err(error.message.clone());
    }
    let Some(expr) = expr else { return Err("expected operand, found 'EOF'".to_string()) };
    value(&parse.file, condition, expr, tags)
}

fn value(file: &ast::File, text: &str, expr: ast::ExprId, tags: &Tags<'_>) -> Result<bool, String> {
    stacker::maybe_grow(64 * 1024, 1024 * 1024, || match file.expr(expr) {
        Expr::Ident => Ok(tags.has(file.span(expr).of(text))),
        Expr::Paren(inner) => value(file, text, inner, tags),
        Expr::Unary(UnaryOp::Not, inner) => value(file, text, inner, tags).map(|v| !v),
        Expr::Binary(op @ (BinaryOp::LogicalAnd | BinaryOp::LogicalOr), x, y) => {
            // Both sides are looked at, so that errors in either show.
            let (x, y) = (value(file, text, x, tags)?, value(file, text, y, tags)?);
            Ok(if op == BinaryOp::LogicalAnd { x && y } else { x || y })
        }
        Expr::Unary(..) | Expr::Binary(..) => {
            let at = file.op_position(expr) as usize;
            let rest = text.get(at..).unwrap_or("");
            let symbols = rest.find(|c: char| !"+-*/&|=!<>~".contains(c)).unwrap_or(rest.len());
            let operator =
                if symbols > 0 { &rest[..symbols] } else { rest.split_whitespace().next().unwrap_or("") };
            Err(format!("invalid operator {operator} in build attribute"))
        }
        other => Err(format!("invalid type {} in build attribute", type_name(other))),
    })
}

/// The name by which the reference reports what can't be part of a condition.
fn type_name(expr: Expr) -> &'static str {
    match expr {
        Expr::Null | Expr::Bool(_) | Expr::Number | Expr::String => "*ast.BasicLit",
        Expr::Bottom => "*ast.BottomLit",
        Expr::Interpolation(_) => "*ast.Interpolation",
        Expr::Struct(_) => "*ast.StructLit",
        Expr::List(_) => "*ast.ListLit",
        Expr::Select(..) => "*ast.SelectorExpr",
        Expr::Index(..) => "*ast.IndexExpr",
        Expr::Slice(..) => "*ast.SliceExpr",
        Expr::Call(..) => "*ast.CallExpr",
        Expr::PostfixEllipsis(_) | Expr::PostfixOption(_) => "*ast.PostfixExpr",
        _ => "*ast.BadExpr",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(text: &str, set: &[&str]) -> BuildAttribute {
        let set: Vec<String> = set.iter().map(|s| (*s).to_string()).collect();
        let set = TagSet::new(&set);
        let parse = vela_syntax::parse(text, &vela_syntax::ParseOptions::default());
        build_attribute(&parse.file, text, &Tags::Set(&set))
    }

    #[test]
    fn conditions() {
        let file = |c: &str| format!("@if({c})\npackage p\n");
        assert_eq!(judge(&file("a"), &["a"]), BuildAttribute::Include);
        assert_eq!(judge(&file("a && !b"), &["a"]), BuildAttribute::Include);
        assert_eq!(
            judge(&file("!(a || b)"), &["b"]),
            BuildAttribute::Exclude("@if(!(a || b)) did not match".into())
        );
        assert_eq!(
            judge(&file("a+b"), &[]),
            BuildAttribute::Bad(vec![(None, "invalid operator + in build attribute".into())])
        );
        assert_eq!(
            judge(&file("\"a\""), &[]),
            BuildAttribute::Bad(vec![(None, "invalid type *ast.BasicLit in build attribute".into())])
        );
        assert_eq!(
            judge("@ignore()\npackage p", &[]),
            BuildAttribute::Exclude("@ignore() attribute found".into())
        );
        assert_eq!(judge("package p\n@if(a)\n", &[]), BuildAttribute::Include);
        assert_eq!(judge("@if(a)\nx: 1\n", &[]), BuildAttribute::Exclude("@if(a) did not match".into()));
        assert!(matches!(judge("@if(a)\n@if(b)\npackage p", &[]), BuildAttribute::Bad(e) if e.len() == 2));
    }
}
