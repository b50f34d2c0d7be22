//! Where a template makes a field of an object: the way through its text from `output` (or `patch`, or `outputs.NAME`)
//! along a path, through comprehensions, alternatives and references; and the property that the value comes from, where
//! it is one. Asked only of objects in which something was found.

use rustc_hash::FxHashMap;
use vela_diagnostics::Span;
use vela_syntax::ast::{BinaryOp, Clause, Decl, Expr, ExprId, Field, InterpPart, Label, UnaryOp};

use crate::definition::Template;
use crate::document::{DocPath, Step};

/// Expressions that one question may look at.
const BUDGET: u32 = 20_000;

/// The place that a template gives for a path.
#[derive(Clone, Debug)]
pub struct Made {
    /// How many steps of the path were found.
    pub depth: usize,
    /// Where, in the template.
    pub span: Span,
    /// The property whose value it is.
    pub property: Option<DocPath>,
}

/// Looks for the field at `path` below the top-level fields `start` of a template.
pub fn made(template: &Template, start: &[&str], path: &[Step]) -> Option<Made> {
    let mut search = Search { template, loops: FxHashMap::default(), budget: BUDGET };
    let mut at = search.top(start.first()?);
    for name in &start[1..] {
        at = search.all(&at, &Step::from(*name));
    }
    let mut depth = 0;
    for step in path {
        let next = search.all(&at, step);
        if next.is_empty() {
            break;
        }
        (at, depth) = (next, depth + 1);
    }
    let first = at.first()?;
    let property = at.iter().find_map(|a| search.property(a));
    Some(Made { depth, span: first.span, property })
}

/// A place in the template, or in the properties that it was given.
#[derive(Clone, Debug)]
struct At {
    span: Span,
    target: Target,
}

#[derive(Clone, Debug)]
enum Target {
    Expr(ExprId),
    Property(DocPath),
}

struct Search<'t> {
    template: &'t Template,
    /// The element of each comprehension that the way went through.
    loops: FxHashMap<u32, Step>,
    budget: u32,
}

impl Search<'_> {
    fn text(&self, span: Span) -> &str {
        self.template.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    fn spend(&mut self) -> bool {
        self.budget = self.budget.saturating_sub(1);
        self.budget > 0
    }

    /// The top-level fields of a name.
    fn top(&mut self, name: &str) -> Vec<At> {
        let file = &self.template.ast;
        let decls = file.decl_list(file.top).to_vec();
        let step = Step::from(name);
        decls.into_iter().flat_map(|d| self.decl(file_decl(self.template, d), &step)).collect()
    }

    fn all(&mut self, from: &[At], step: &Step) -> Vec<At> {
        from.iter().flat_map(|at| self.child(at, step)).collect()
    }

    fn child(&mut self, at: &At, step: &Step) -> Vec<At> {
        match &at.target {
            Target::Expr(e) => self.below(*e, step),
            Target::Property(path) => {
                let mut path = path.clone();
                path.push(step.clone());
                vec![At { span: at.span, target: Target::Property(path) }]
            }
        }
    }

    /// What a declaration has at a step.
    fn decl(&mut self, decl: Decl, step: &Step) -> Vec<At> {
        match decl {
            Decl::Field(field) => self.field(&field, step).into_iter().collect(),
            Decl::Embed(e) => self.below(e, step),
            Decl::Let(..) | Decl::Ellipsis | Decl::Attribute(_) | Decl::Bad => Vec::new(),
        }
    }

    fn field(&mut self, field: &Field, step: &Step) -> Option<At> {
        let Step::Name(name) = step else { return None };
        let fits = match field.label {
            Label::Ident(ident) => self.text(ident.span) == &**name,
            Label::String(e) => self.text(self.template.ast.span(e)).trim_matches('"') == &**name,
            // Names that are computed may be any.
            Label::Interpolation(_) | Label::Dynamic(_) => true,
            Label::Pattern(_) | Label::Bad(_) => false,
        };
        fits.then_some(At { span: field.label_span, target: Target::Expr(field.value) })
    }

    fn below(&mut self, e: ExprId, step: &Step) -> Vec<At> {
        if !self.spend() {
            return Vec::new();
        }
        let file = &self.template.ast;
        match file.expr(e) {
            Expr::Struct(list) => {
                let decls = file.decl_list(list).to_vec();
                decls.into_iter().flat_map(|d| self.decl(file_decl(self.template, d), step)).collect()
            }
            Expr::List(list) => {
                let items = file.expr_list(list).to_vec();
                self.element(&items, step)
            }
            Expr::Comprehension(c) => {
                let comprehension = file.comprehensions[c as usize];
                self.loops.insert(c, step.clone());
                let mut found = self.below(comprehension.body, step);
                if let Some((otherwise, _)) = comprehension.otherwise {
                    found.extend(self.below(otherwise, step));
                }
                found
            }
            Expr::Paren(inner)
            | Expr::Alias(_, inner)
            | Expr::Unary(UnaryOp::Default, inner)
            | Expr::PostfixEllipsis(inner)
            | Expr::PostfixOption(inner) => self.below(inner, step),
            Expr::Binary(BinaryOp::And | BinaryOp::Or | BinaryOp::Add, a, b) => {
                let mut found = self.below(a, step);
                found.extend(self.below(b, step));
                found
            }
            Expr::Call(_, arguments) => {
                let mut found = Vec::new();
                for argument in file.expr_list(arguments).to_vec() {
                    // `list.Concat([a, b])` has the elements of its lists.
                    if let Expr::List(lists) = self.template.ast.expr(argument) {
                        let lists = self.template.ast.expr_list(lists).to_vec();
                        found.extend(lists.into_iter().flat_map(|l| self.below(l, step)));
                    } else {
                        found.extend(self.below(argument, step));
                    }
                }
                found
            }
            Expr::Ident | Expr::Select(..) | Expr::Index(..) => {
                let targets = self.resolve(e);
                self.all(&targets, step)
            }
            _ => Vec::new(),
        }
    }

    /// An element of a list: the one at its place, or what a comprehension in the list makes.
    fn element(&mut self, items: &[ExprId], step: &Step) -> Vec<At> {
        let Step::Index(index) = step else { return Vec::new() };
        let file = &self.template.ast;
        let mut found = Vec::new();
        for (i, item) in items.iter().enumerate() {
            match file.expr(*item) {
                Expr::Comprehension(c) => {
                    self.loops.insert(c, Step::Index(index.saturating_sub(i)));
                    let body = file.comprehensions[c as usize].body;
                    found.push(At { span: file.span(body), target: Target::Expr(body) });
                }
                _ if i == *index => found.push(At { span: file.span(*item), target: Target::Expr(*item) }),
                _ => {}
            }
        }
        // A patch of one element is for the element with its key, wherever that stands.
        if found.is_empty() && items.len() == 1 {
            found.push(At { span: file.span(items[0]), target: Target::Expr(items[0]) });
        }
        found
    }

    /// What a reference refers to.
    fn resolve(&mut self, e: ExprId) -> Vec<At> {
        if !self.spend() {
            return Vec::new();
        }
        let file = &self.template.ast;
        let span = file.span(e);
        match file.expr(e) {
            Expr::Ident => {
                let name = self.text(span).to_owned();
                match name.as_str() {
                    "parameter" => vec![At { span, target: Target::Property(Vec::new()) }],
                    "context" => Vec::new(),
                    _ => self.named(&name, span),
                }
            }
            Expr::Select(x, label) => {
                let name = self.text(file.span(label)).trim_matches('"').to_owned();
                let targets = self.resolve(x);
                self.all(&targets, &Step::Name(name.into()))
            }
            Expr::Index(x, label) => {
                let targets = self.resolve(x);
                match file.expr(label) {
                    Expr::String => {
                        let name = self.text(file.span(label)).trim_matches('"').to_owned();
                        self.all(&targets, &Step::Name(name.into()))
                    }
                    _ => targets,
                }
            }
            _ => vec![At { span, target: Target::Expr(e) }],
        }
    }

    /// A name: bound by the innermost comprehension around its place, or a field or `let` at the top.
    fn named(&mut self, name: &str, place: Span) -> Vec<At> {
        let file = &self.template.ast;
        let around = |s: Span| s.start <= place.start && place.end <= s.end;
        let mut inner: Vec<(u32, Span)> = (0..file.comprehensions.len() as u32)
            .map(|c| (c, file.comprehensions[c as usize].span))
            .filter(|(_, s)| around(*s))
            .collect();
        inner.sort_by_key(|(_, s)| s.end - s.start);
        for (c, _) in inner {
            for clause in file.clause_list(file.comprehensions[c as usize].clauses) {
                match clause {
                    Clause::For { value, source, .. } if self.text(value.span) == name => {
                        let sources = self.resolve(*source);
                        return match self.loops.get(&c).cloned() {
                            Some(step) => self.all(&sources, &step),
                            None => sources,
                        };
                    }
                    Clause::Let { name: own, value, .. } if self.text(own.span) == name => {
                        return self.resolve(*value);
                    }
                    _ => {}
                }
            }
        }
        let decls = file.decl_list(file.top).to_vec();
        let bound = decls.iter().find_map(|d| match file.decl(*d) {
            Decl::Let(ident, value) if self.text(ident.span) == name => Some(value),
            _ => None,
        });
        match bound {
            Some(value) => self.resolve(value),
            None => self.top(name),
        }
    }

    /// The property whose value a place has, as it is or as a part of a text.
    fn property(&mut self, at: &At) -> Option<DocPath> {
        match &at.target {
            Target::Property(path) => Some(path.clone()),
            Target::Expr(e) => self.mentioned(*e),
        }
    }

    fn mentioned(&mut self, e: ExprId) -> Option<DocPath> {
        if !self.spend() {
            return None;
        }
        let file = &self.template.ast;
        match file.expr(e) {
            Expr::Ident | Expr::Select(..) | Expr::Index(..) => {
                self.resolve(e).iter().find_map(|at| match &at.target {
                    Target::Property(path) if !path.is_empty() => Some(path.clone()),
                    Target::Property(_) => None,
                    Target::Expr(inner) if *inner != e => self.mentioned(*inner),
                    Target::Expr(_) => None,
                })
            }
            Expr::Interpolation(parts) => {
                let parts = file.interp_parts(parts).to_vec();
                parts.into_iter().find_map(|p| match p {
                    InterpPart::Expr(inner) => self.mentioned(inner),
                    InterpPart::Text(_) => None,
                })
            }
            Expr::Paren(inner) | Expr::Alias(_, inner) | Expr::Unary(_, inner) => self.mentioned(inner),
            Expr::Binary(_, a, b) => self.mentioned(a).or_else(|| self.mentioned(b)),
            Expr::Call(_, arguments) => {
                let arguments = file.expr_list(arguments).to_vec();
                arguments.into_iter().find_map(|a| self.mentioned(a))
            }
            Expr::Struct(list) => {
                // `{v}`, the body of a comprehension that hands its elements on.
                match file.decl_list(list) {
                    [one] => match file.decl(*one) {
                        Decl::Embed(inner) => self.mentioned(inner),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

fn file_decl(template: &Template, id: vela_syntax::ast::DeclId) -> Decl {
    template.ast.decl(id)
}
