//! Values that stand literally in a file: the metadata of nearly every definition is read without evaluating.

use std::sync::Arc;

use vela_syntax::ast::{Constraint, Decl, Expr, ExprId, Field, File, Label, UnaryOp};
use vela_syntax::literal::{self, StringValue};

use crate::data::Value;

/// Deepest literal that is read.
const MAX_DEPTH: usize = 200;

/// The name of a label that is no pattern and not computed.
pub fn label(file: &File, text: &str, label: &Label) -> Option<Arc<str>> {
    match label {
        Label::Ident(ident) => Some(ident.span.of(text).into()),
        Label::String(id) => string(file, text, *id),
        _ => None,
    }
}

/// The text of a string literal.
pub fn string(file: &File, text: &str, id: ExprId) -> Option<Arc<str>> {
    match (file.expr(id), literal::string(file.span(id).of(text))) {
        (Expr::String, Ok(StringValue::Str(s))) => Some(s.into()),
        _ => None,
    }
}

/// The fields of a struct, where the expression is one.
pub fn fields(file: &File, id: ExprId) -> Option<impl Iterator<Item = Field> + '_> {
    let Expr::Struct(decls) = file.expr(id) else { return None };
    Some(file.decl_list(decls).iter().filter_map(|d| match file.decl(*d) {
        Decl::Field(field) => Some(field),
        _ => None,
    }))
}

/// The value of an expression that is literal through and through; fields of one name are merged where both are
/// structs.
pub fn value(file: &File, text: &str, id: ExprId) -> Option<Value> {
    value_within(file, text, id, 0)
}

fn value_within(file: &File, text: &str, id: ExprId, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH {
        return None;
    }
    match file.expr(id) {
        Expr::Null => Some(Value::Null),
        Expr::Bool(b) => Some(Value::Bool(b)),
        Expr::Number => literal::number(file.span(id).of(text)).ok().map(Value::Num),
        Expr::Unary(UnaryOp::Sub, inner) => match value_within(file, text, inner, depth + 1)? {
            Value::Num(ref n) => Some(Value::Num(n.neg())),
            _ => None,
        },
        Expr::String => string(file, text, id).map(Value::Str),
        Expr::Paren(inner) => value_within(file, text, inner, depth + 1),
        Expr::List(items) => {
            let items = file.expr_list(items).iter();
            items
                .map(|i| value_within(file, text, *i, depth + 1))
                .collect::<Option<Vec<_>>>()
                .map(Value::List)
        }
        Expr::Struct(decls) => {
            let mut map = Value::Map(Vec::new());
            for decl in file.decl_list(decls) {
                let field = match file.decl(*decl) {
                    Decl::Field(field) => field,
                    Decl::Attribute(_) => continue,
                    _ => return None,
                };
                if field.alias.is_some()
                    || field.postfix_alias.is_some()
                    || field.constraint != Constraint::Member
                {
                    return None;
                }
                let name = label(file, text, &field.label)?;
                if matches!(field.label, Label::Ident(_)) && name.starts_with(['_', '#']) {
                    return None;
                }
                let value = value_within(file, text, field.value, depth + 1)?;
                insert(&mut map, &name, value)?;
            }
            Some(map)
        }
        _ => None,
    }
}

fn insert(map: &mut Value, name: &str, value: Value) -> Option<()> {
    match map.get(name) {
        None => map.set(name, value),
        Some(old) if *old == value => {}
        Some(Value::Map(_)) => {
            let old = crate::data::get_mut(map, name)?;
            for (name, value) in value.into_map().ok()? {
                insert(old, &name, value)?;
            }
        }
        Some(_) => return None,
    }
    Some(())
}
