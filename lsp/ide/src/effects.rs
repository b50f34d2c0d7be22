//! What a parameter does: the places of a definition's output, further outputs and patches that it reaches, directly or
//! through names that stand for it or are made of it: `let`, variables of clauses, fields of the template beside its
//! outputs. Told by hover of a property.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use vela_db::cue::CueFile;
use vela_db::{Db, DefinitionRef, File, embedded, queries};
use vela_diagnostics::Span;
use vela_oam::definition::literal;
use vela_syntax::ast::{Clause, Decl, Expr, ExprId};

use crate::names::{self, Meaning};

/// The fields of a template that become objects.
const OUTPUTS: [&str; 4] = ["output", "outputs", "patch", "patchOutputs"];
/// Most places told.
const MAX: usize = 6;
/// Longest chain of names that stand for one another.
const MAX_DEPTH: u32 = 16;
/// Most names made of a parameter that are followed.
const MAX_CARRIERS: usize = 64;

/// The fields that a field of the parameter reaches, by the names that lead to it: `output.spec.containers[].image`. Where
/// a name is computed there is a `*`. Cost: the size of the template, for each name that is followed.
pub fn effects(db: &dyn Db, definition: DefinitionRef, path: &[&str]) -> Vec<String> {
    let Some(file) = db.file(definition.source) else { return Vec::new() };
    let template = match queries::Language::of(file.path(db)) {
        queries::Language::Cue => Some(file),
        _ => embedded::of_document(db, file, definition.document),
    };
    let Some(file) = template else { return Vec::new() };
    let cue = queries::cue(db, file);
    let tracer = Tracer { db, file, cue, ranges: ranges(cue), bases: bases(cue), values: values(cue) };
    tracer.effects(path)
}

/// What each variable of a `for` ranges over, by where the variable stands.
fn ranges(cue: &CueFile) -> HashMap<u32, ExprId> {
    let clauses = cue.parse.file.clauses.iter();
    let range = |clause: &Clause| match clause {
        Clause::For { value, source, .. } => Some((value.span.start, *source)),
        _ => None,
    };
    clauses.filter_map(range).collect()
}

/// The expressions that something is selected from.
fn bases(cue: &CueFile) -> HashSet<ExprId> {
    let base = |expr: &Expr| match expr {
        Expr::Select(base, _) | Expr::Index(base, _) => Some(*base),
        _ => None,
    };
    cue.parse.file.exprs.iter().filter_map(base).collect()
}

/// The expressions that are all of a field's value.
fn values(cue: &CueFile) -> HashSet<ExprId> {
    let value = |decl: &Decl| if let Decl::Field(field) = decl { Some(field.value) } else { None };
    cue.parse.file.decls.iter().filter_map(value).collect()
}

struct Tracer<'d> {
    db: &'d dyn Db,
    file: File,
    cue: &'d CueFile,
    ranges: HashMap<u32, ExprId>,
    bases: HashSet<ExprId>,
    values: HashSet<ExprId>,
}

/// Whether one place lies in another.
fn inside(inner: Span, outer: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Where an expression stands.
enum Stand {
    /// In a field that becomes a part of an object.
    Output(String),
    /// In what is given a name.
    Named(Arc<str>, Span),
    /// Where it reaches nothing.
    Nowhere,
}

impl Tracer<'_> {
    fn effects(&self, path: &[&str]) -> Vec<String> {
        let exprs = || (0..self.cue.parse.file.exprs.len()).map(|i| ExprId(i as u32));
        // Each expression with what of the path is selected from it later on.
        let mut open: Vec<(ExprId, usize)> = Vec::new();
        for id in exprs().filter(|id| !self.bases.contains(id)) {
            if let Some(names) = self.stands_for(id, 0)
                // What is given as a whole takes along what is in it.
                && (path.len() == names.len() || (path.len() > names.len() && self.values.contains(&id)))
                && !names.is_empty()
                && path.iter().zip(&names).all(|(a, b)| *a == &**b)
            {
                open.push((id, names.len()));
            }
        }
        let (mut told, mut asked): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        let mut carriers: HashSet<Span> = HashSet::new();
        while let Some((id, depth)) = open.pop() {
            let span = self.cue.parse.file.span(id);
            match self.stand(span) {
                Stand::Output(shown) => {
                    let list = if self.condition(span) { &mut asked } else { &mut told };
                    list.push([&[shown.as_str()], &path[depth..]].concat().join("."));
                }
                // A name that stands for the path itself was followed already.
                Stand::Named(_, label) if self.transparent(label) => {}
                Stand::Named(name, label) => {
                    if carriers.len() < MAX_CARRIERS && carriers.insert(label) {
                        open.extend(exprs().filter(|e| self.refers(*e, &name, label)).map(|e| (e, depth)));
                    }
                }
                Stand::Nowhere => {}
            }
        }
        // A condition is told only of what has no other effect.
        let mut out = if told.is_empty() { asked } else { told };
        out.sort();
        out.dedup();
        out.truncate(MAX);
        out
    }

    /// The names behind `parameter` that an expression stands for; elements of lists have none.
    fn stands_for(&self, id: ExprId, depth: u32) -> Option<Vec<Arc<str>>> {
        if depth > MAX_DEPTH {
            return None;
        }
        let (ast, text) = (&self.cue.parse.file, &*self.cue.text);
        match ast.expr(id) {
            Expr::Select(base, label) => {
                let mut names = self.stands_for(base, depth + 1)?;
                names.push(ast.span(label).of(text).trim_matches('"').into());
                Some(names)
            }
            Expr::Index(base, index) => {
                let mut names = self.stands_for(base, depth + 1)?;
                match ast.expr(index) {
                    Expr::Number => {}
                    _ => names.push(literal::string(ast, text, index)?),
                }
                Some(names)
            }
            Expr::Paren(inner) => self.stands_for(inner, depth + 1),
            Expr::Ident if ast.span(id).of(text) == "parameter" => Some(Vec::new()),
            Expr::Ident => {
                let Some(Meaning::Declared(sites)) = names::meaning(self.db, self.file, id, 0) else {
                    return None;
                };
                let site = sites.into_iter().next().filter(|s| s.file == self.file)?;
                let value = self.ranges.get(&site.label.start).copied().or(site.value)?;
                self.stands_for(value, depth + 1)
            }
            _ => None,
        }
    }

    /// Whether the name declared at a label is followed by [`Tracer::stands_for`].
    fn transparent(&self, label: Span) -> bool {
        let ast = &self.cue.parse.file;
        let clauses = ast.clauses.iter().filter_map(|c| match c {
            Clause::Let { name, value, .. } => Some((name.span, *value)),
            _ => None,
        });
        let decls = ast.decls.iter().filter_map(|d| match d {
            Decl::Let(name, value) => Some((name.span, *value)),
            Decl::Field(field) => Some((field.label_span, field.value)),
            _ => None,
        });
        let value = clauses.chain(decls).find(|(l, _)| *l == label).map(|(_, value)| value);
        value.is_some_and(|value| self.stands_for(value, 0).is_some())
    }

    /// Whether an expression is a reference to the name declared at a label.
    fn refers(&self, id: ExprId, name: &str, label: Span) -> bool {
        let ast = &self.cue.parse.file;
        if ast.expr(id) != Expr::Ident || ast.span(id).of(&self.cue.text) != name {
            return false;
        }
        match names::meaning(self.db, self.file, id, 0) {
            Some(Meaning::Declared(sites)) => {
                sites.iter().any(|s| s.file == self.file && s.label == label) && ast.span(id) != label
            }
            _ => false,
        }
    }

    /// Whether a place lies in the condition of a clause.
    fn condition(&self, span: Span) -> bool {
        let within = |id: ExprId| inside(span, self.cue.parse.file.span(id));
        self.cue
            .parse
            .file
            .clauses
            .iter()
            .any(|c| matches!(c, Clause::If { condition, .. } if within(*condition)))
    }

    /// The innermost `let` around a place; else the field that it belongs to.
    fn stand(&self, at: Span) -> Stand {
        let (ast, text) = (&self.cue.parse.file, &*self.cue.text);
        // Of everything around, how wide it is, and the name it adds to the way.
        let mut steps: Vec<(u32, Option<String>)> = Vec::new();
        let mut bound: Option<(u32, Span)> = None;
        let mut bind = |width: u32, label: Span| {
            if bound.is_none_or(|(w, _)| width < w) {
                bound = Some((width, label));
            }
        };
        let mut outermost: Option<(u32, Span)> = None;
        for (decl, span) in ast.decls.iter().zip(&ast.decl_spans).filter(|(_, s)| inside(at, **s)) {
            let width = span.end - span.start;
            match decl {
                Decl::Field(field) => {
                    let name =
                        literal::label(ast, text, &field.label).map_or("*".to_owned(), |n| n.to_string());
                    let below = !(self.cue.is_definition() && name == "template");
                    if below && outermost.is_none_or(|(w, _)| width > w) {
                        outermost = Some((width, field.label_span));
                    }
                    steps.push((width, Some(name)));
                }
                Decl::Let(name, _) => bind(width, name.span),
                _ => {}
            }
        }
        for clause in &ast.clauses {
            if let Clause::Let { name, value, .. } = clause
                && inside(at, ast.span(*value))
            {
                bind(ast.span(*value).end - ast.span(*value).start, name.span);
            }
        }
        let name = |label: Span| Stand::Named(label.of(text).trim_matches('"').into(), label);
        if let Some((_, label)) = bound {
            return name(label);
        }
        for (expr, span) in ast.exprs.iter().zip(&ast.expr_spans) {
            if matches!(expr, Expr::List(_)) && inside(at, *span) && *span != at {
                steps.push((span.end - span.start, None));
            }
        }
        steps.sort_by_key(|(width, _)| std::cmp::Reverse(*width));
        let mut steps = steps.into_iter().peekable();
        if self.cue.is_definition() {
            steps.next_if(|(_, name)| name.as_deref() == Some("template"));
        }
        match steps.peek() {
            Some((_, Some(top))) if OUTPUTS.contains(&top.as_str()) => {}
            Some((_, Some(top))) if top != "parameter" => {
                return outermost.map_or(Stand::Nowhere, |(_, label)| name(label));
            }
            _ => return Stand::Nowhere,
        }
        let mut shown = String::new();
        for (_, step) in steps {
            match step {
                Some(name) if shown.is_empty() => shown = name,
                Some(name) => shown.extend([".", &name]),
                None if shown.ends_with("[]") => {}
                None => shown.push_str("[]"),
            }
        }
        Stand::Output(shown)
    }
}
