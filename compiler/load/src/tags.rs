//! `@tag(…)`: fields whose values are given on the command line.

use std::cell::RefCell;

use rustc_hash::{FxHashMap, FxHashSet};
use vela_ir::{Expr, ExprId, Ir, Place};
use vela_number::Number;
use vela_syntax::ast::{self, Constraint, Decl, InterpPart, Label};
use vela_syntax::literal::is_identifier;

use crate::attribute::{arguments, lookup};
use crate::error::{LoadError, SourcePlace};
use crate::files::{Files, ParsedId};
use crate::world::World;

/// Tags without a value: what `@if(…)` asks for.
#[derive(Default, Debug)]
pub struct TagSet {
    names: FxHashSet<String>,
    used: RefCell<FxHashSet<String>>,
}

impl TagSet {
    /// The tags among the values of `-t` that have no `=`.
    pub fn new(tags: &[String]) -> Self {
        let names = tags.iter().filter(|t| !t.contains('=')).cloned().collect();
        Self { names, used: RefCell::default() }
    }

    /// Whether a tag is set; remembers that it was asked for.
    pub fn has(&self, name: &str) -> bool {
        let found = self.names.contains(name);
        if found {
            self.used.borrow_mut().insert(name.to_string());
        }
        found
    }

    fn was_used(&self, name: &str) -> bool {
        self.used.borrow().contains(name)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TagType {
    String,
    Int,
    Number,
    Bool,
}

/// A field with a tag.
struct Tag {
    file: ParsedId,
    decl: ast::DeclId,
    key: String,
    kind: TagType,
    short: Vec<String>,
    variable: Option<String>,
    injected: Vec<Value>,
}

#[derive(Clone)]
enum Value {
    Str(String),
    Num(Number),
    Bool(bool),
}

/// Values to be unified with fields, by file; each file's sorted by declaration.
pub type Injected = FxHashMap<ParsedId, Vec<(ast::DeclId, ExprId)>>;

/// Finds the tags of files and makes the values that the command line gives them.
pub fn inject(
    world: &dyn World,
    files: &Files,
    instances: &[ParsedId],
    (tags, set): (&[String], &TagSet),
    variables: bool,
    ir: &mut Ir,
) -> Result<Injected, Vec<LoadError>> {
    let mut found = Vec::new();
    let mut errors = Vec::new();
    for id in instances {
        find_tags(files, *id, &mut found, &mut errors);
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    give(&mut found, tags, set).map_err(|e| vec![e])?;
    if variables {
        give_variables(world, &mut found).map_err(|e| vec![e])?;
    }
    let mut out = Injected::default();
    for tag in found {
        let mut value = None;
        for one in &tag.injected {
            let expr = expression(ir, one);
            value = Some(match value {
                None => expr,
                Some(before) => ir.push_expr(Expr::And(before, expr), Place::NONE),
            });
        }
        if let Some(value) = value {
            out.entry(tag.file).or_default().push((tag.decl, value));
        }
    }
    for list in out.values_mut() {
        merge(list, ir);
    }
    Ok(out)
}

/// Sorts values by declaration; one that several are given for gets the conjunction of them.
pub fn merge(list: &mut Vec<(ast::DeclId, ExprId)>, ir: &mut Ir) {
    list.sort_by_key(|(decl, _)| *decl);
    let mut merged: Vec<(ast::DeclId, ExprId)> = Vec::with_capacity(list.len());
    for (decl, value) in list.drain(..) {
        match merged.last_mut() {
            Some((last, before)) if *last == decl => {
                *before = ir.push_expr(Expr::And(*before, value), Place::NONE);
            }
            _ => merged.push((decl, value)),
        }
    }
    *list = merged;
}

fn expression(ir: &mut Ir, value: &Value) -> ExprId {
    let expr = match value {
        Value::Bool(value) => Expr::Bool(*value),
        Value::Str(text) => {
            ir.strings.push(text.as_str().into());
            Expr::Str(ir.strings.len() as u32 - 1)
        }
        Value::Num(number) => {
            ir.numbers.push(number.clone());
            Expr::Num(ir.numbers.len() as u32 - 1)
        }
    };
    ir.push_expr(expr, Place::NONE)
}

/// Gives tags the values of `-t`.
fn give(found: &mut [Tag], tags: &[String], set: &TagSet) -> Result<(), LoadError> {
    for text in tags {
        match text.split_once('=') {
            Some((name, value)) => {
                let mut any = false;
                for tag in found.iter_mut().filter(|t| t.key == name) {
                    any = true;
                    let value = parse_value(tag, value)?;
                    tag.injected.push(value);
                }
                if !any {
                    return Err(LoadError::new(format!("no tag for {name:?}")));
                }
            }
            None => {
                let mut any = set.was_used(text);
                for tag in found.iter_mut().filter(|t| t.short.contains(text)) {
                    any = true;
                    let value = parse_value(tag, text)?;
                    tag.injected.push(value);
                }
                if !any {
                    return Err(LoadError::new(format!("tag {text:?} not used in any file")));
                }
            }
        }
    }
    Ok(())
}

/// Gives tags that have no value yet the variable they ask for.
fn give_variables(world: &dyn World, found: &mut [Tag]) -> Result<(), LoadError> {
    for tag in found.iter_mut().filter(|t| t.injected.is_empty()) {
        let Some(variable) = &tag.variable else { continue };
        let value = match variable.as_str() {
            "now" | "os" | "arch" | "cwd" | "username" | "hostname" | "rand" => world.tag_variable(variable),
            _ => None,
        };
        let Some(text) = value else {
            return Err(LoadError::new(format!("tag variable '{variable}' not found")));
        };
        let number = (variable == "rand").then(|| Number::parse_literal(&text).ok()).flatten();
        tag.injected.push(number.map_or(Value::Str(text), Value::Num));
    }
    Ok(())
}

fn parse_value(tag: &Tag, text: &str) -> Result<Value, LoadError> {
    let key = &tag.key;
    match tag.kind {
        TagType::String => Ok(Value::Str(text.to_string())),
        TagType::Bool => match text {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Value::Bool(false)),
            _ => Err(LoadError::new(format!("invalid boolean {text:?} for injection tag {key:?}"))),
        },
        TagType::Int | TagType::Number => match Number::parse_literal(text) {
            Err(error) => Err(LoadError::new(format!("invalid number for injection tag {key:?}: {error}"))),
            Ok(number) if tag.kind == TagType::Int && !number.is_int() => {
                Err(LoadError::new(format!("invalid int {text:?} for injection tag {key:?}")))
            }
            Ok(number) => Ok(Value::Num(number)),
        },
    }
}

/// Where a tag may not stand.
#[derive(Clone, Copy, PartialEq)]
enum Within {
    Fields,
    List,
    Comprehension,
    Constraint,
}

impl Within {
    fn message(self) -> Option<&'static str> {
        match self {
            Self::Fields => None,
            Self::List => Some("@tag not allowed within lists"),
            Self::Comprehension => Some("@tag not allowed within comprehension"),
            Self::Constraint => Some("@tag not allowed within field constraint"),
        }
    }
}

enum Work {
    Decl(ast::DeclId),
    Expr(ast::ExprId),
}

/// Walks one file. The outermost list, comprehension or constraint decides what is wrong with a tag below it.
fn find_tags(files: &Files, id: ParsedId, found: &mut Vec<Tag>, errors: &mut Vec<LoadError>) {
    let parsed = files.get(id);
    let (file, text) = (&parsed.parse.file, &*parsed.text);
    if !file.attributes.iter().any(|a| a.name.of(text) == "tag") {
        return;
    }
    let place = |span| SourcePlace { source: parsed.source, span };
    let mut work: Vec<(Work, Within)> =
        file.decl_list(file.top).iter().rev().map(|d| (Work::Decl(*d), Within::Fields)).collect();
    while let Some((item, mut within)) = work.pop() {
        let mut next: Vec<Work> = Vec::new();
        match item {
            Work::Decl(decl) => match file.decl(decl) {
                Decl::Field(field) => {
                    let fixed = matches!(field.label, Label::Ident(_) | Label::String(_));
                    if within == Within::Fields && (!fixed || field.constraint != Constraint::Member) {
                        within = Within::Constraint;
                    }
                    let attributes = file.attribute_list(field.attributes);
                    for attribute in attributes.iter().filter(|a| a.name.of(text) == "tag") {
                        let tag = match within.message() {
                            Some(message) => Err(message.to_string()),
                            None => tag(id, decl, attribute.body.of(text)),
                        };
                        match tag {
                            Ok(tag) => found.push(tag),
                            Err(message) => errors.push(LoadError::at(place(attribute.span), message)),
                        }
                    }
                    next.push(Work::Expr(field.value));
                }
                Decl::Let(_, value) => next.push(Work::Expr(value)),
                Decl::Embed(expr) => next.push(Work::Expr(expr)),
                Decl::Ellipsis | Decl::Attribute(_) | Decl::Bad => {}
            },
            Work::Expr(expr) => {
                let inner = match file.expr(expr) {
                    ast::Expr::List(_) => Within::List,
                    ast::Expr::Comprehension(_) => Within::Comprehension,
                    _ => within,
                };
                if within == Within::Fields {
                    within = inner;
                }
                children(file, expr, &mut next);
            }
        }
        work.extend(next.into_iter().rev().map(|w| (w, within)));
    }
}

fn children(file: &ast::File, expr: ast::ExprId, out: &mut Vec<Work>) {
    use ast::Expr as E;
    match file.expr(expr) {
        E::Struct(decls) => out.extend(file.decl_list(decls).iter().map(|d| Work::Decl(*d))),
        E::List(list) => out.extend(file.expr_list(list).iter().map(|e| Work::Expr(*e))),
        E::Comprehension(index) => {
            let comprehension = &file.comprehensions[index as usize];
            for clause in file.clause_list(comprehension.clauses) {
                match *clause {
                    ast::Clause::For { source: value, .. }
                    | ast::Clause::If { condition: value, .. }
                    | ast::Clause::Let { value, .. }
                    | ast::Clause::Try { binding: Some((_, value)), .. } => out.push(Work::Expr(value)),
                    ast::Clause::Try { binding: None, .. } => {}
                }
            }
            out.push(Work::Expr(comprehension.body));
            out.extend(comprehension.otherwise.map(|(body, _)| Work::Expr(body)));
        }
        E::Interpolation(parts) => {
            for part in file.interp_parts(parts) {
                if let InterpPart::Expr(expr) = part {
                    out.push(Work::Expr(*expr));
                }
            }
        }
        E::Ellipsis(of) => out.extend(of.map(Work::Expr)),
        E::Unary(_, x) | E::Paren(x) | E::PostfixEllipsis(x) | E::PostfixOption(x) | E::Alias(_, x) => {
            out.push(Work::Expr(x));
        }
        E::Binary(_, x, y) | E::Index(x, y) => out.extend([Work::Expr(x), Work::Expr(y)]),
        E::Select(x, _) => out.push(Work::Expr(x)),
        E::Slice(x, low, high) => {
            out.push(Work::Expr(x));
            out.extend(low.map(Work::Expr));
            out.extend(high.map(Work::Expr));
        }
        E::Call(f, args) => {
            out.push(Work::Expr(f));
            out.extend(file.expr_list(args).iter().map(|e| Work::Expr(*e)));
        }
        E::Bad | E::Ident | E::Null | E::Bool(_) | E::Bottom | E::Number | E::String => {}
    }
}

fn tag(file: ParsedId, decl: ast::DeclId, body: &str) -> Result<Tag, String> {
    let arguments = arguments(body);
    let key = arguments.first().map_or("", |a| if a.key.is_none() { a.value.as_str() } else { "" });
    if !is_identifier(key) {
        return Err(format!("invalid identifier {key:?}"));
    }
    let rest = &arguments[1..];
    let kind = match lookup(rest, "type") {
        None | Some("string") => TagType::String,
        Some("int") => TagType::Int,
        Some("number") => TagType::Number,
        Some("bool") => TagType::Bool,
        Some(other) => return Err(format!("invalid type {other:?}")),
    };
    let short = lookup(rest, "short").map(|s| s.split('|').map(String::from).collect()).unwrap_or_default();
    let variable = lookup(rest, "var").map(String::from);
    Ok(Tag { file, decl, key: key.to_string(), kind, short, variable, injected: Vec::new() })
}
