//! What names of `.cue` files mean, by the tree alone: scopes around an offset, the declarations of a name, the
//! fields of an expression. Works in files that do not parse as a whole. Used by hover, completion and navigation.

use std::sync::Arc;

use vela_db::cue::CueFile;
use vela_db::scopes::ScopeKind;
use vela_db::{Db, File, Origin, facts, queries};
use vela_diagnostics::Span;
use vela_load::paths;
use vela_oam::definition::literal;
use vela_stdlib::Package;
use vela_syntax::ast::{BinaryOp, Clause, Decl, DeclId, Expr, ExprId, Field, List};

/// Deepest chain of references that is followed.
const MAX_DEPTH: u32 = 16;
/// Most declarations looked at for one name.
const MAX_SITES: usize = 500;

/// A declaration of a name.
#[derive(Clone)]
pub struct Site {
    /// The file.
    pub file: File,
    /// The name.
    pub name: Arc<str>,
    /// Where the name stands.
    pub label: Span,
    /// The whole declaration.
    pub whole: Span,
    /// What its comments say.
    pub doc: Arc<str>,
    /// Its value.
    pub value: Option<ExprId>,
    /// How it is marked: `?`, `!` or nothing.
    pub mark: &'static str,
}

/// What a name means.
#[derive(Clone)]
pub enum Meaning {
    /// Declarations, in files of the workspace or embedded ones.
    Declared(Vec<Site>),
    /// A builtin package.
    Package(&'static Package),
    /// A member of a builtin package.
    Member(&'static Package, Arc<str>),
    /// Files of an imported package.
    Imported(String, Vec<File>),
    /// A name of the language.
    Predeclared(&'static str, &'static str),
    /// A field of `context`, which whoever renders a definition gives.
    Context(Option<&'static (&'static str, &'static str, &'static str)>),
}

/// A scope around a place.
enum Scope {
    Decls(List),
    /// Names that clauses bind.
    Names(Vec<(Arc<str>, Span, Option<ExprId>)>),
}

/// The names of the language that need no declaration, with what they are.
pub const PREDECLARED: &[(&str, &str)] = &[
    ("_", "any value"),
    ("string", "any string"),
    ("bytes", "any sequence of bytes"),
    ("bool", "`true` or `false`"),
    ("int", "any whole number"),
    ("float", "any decimal number written with a point or exponent"),
    ("number", "any number"),
    ("uint", "a whole number, not negative"),
    ("int8", "a whole number of 8 bits"),
    ("int16", "a whole number of 16 bits"),
    ("int32", "a whole number of 32 bits"),
    ("int64", "a whole number of 64 bits"),
    ("int128", "a whole number of 128 bits"),
    ("uint8", "a whole number of 8 bits, not negative"),
    ("uint16", "a whole number of 16 bits, not negative"),
    ("uint32", "a whole number of 32 bits, not negative"),
    ("uint64", "a whole number of 64 bits, not negative"),
    ("uint128", "a whole number of 128 bits, not negative"),
    ("rune", "a code point"),
    ("float32", "a number that fits IEEE 754 single precision"),
    ("float64", "a number that fits IEEE 754 double precision"),
    ("len", "the number of bytes of a string, elements of a list, fields of a struct"),
    ("close", "the struct, with no other fields allowed"),
    ("and", "all elements of a list, unified"),
    ("or", "any one of the elements of a list"),
    ("div", "the quotient of whole numbers, rounded so that the remainder is not negative"),
    ("mod", "the remainder that belongs to `div`"),
    ("quo", "the quotient of whole numbers, rounded towards zero"),
    ("rem", "the remainder that belongs to `quo`"),
    ("matchN", "a value that satisfies the given number of the given constraints"),
    ("matchIf", "a value that satisfies one constraint or another, depending on a third"),
    ("error", "an error with a message"),
    ("self", "the struct that the expression stands in"),
];

/// The fields of `context`: name, type, what it holds.
pub const CONTEXT: &[(&str, &str, &str)] = &[
    ("name", "string", "The name of the component, or of the policy."),
    ("namespace", "string", "The namespace that is deployed to."),
    ("appName", "string", "The name of the Application."),
    ("appRevision", "string", "The name of the Application's revision."),
    ("appRevisionNum", "int", "The number of the Application's revision."),
    ("appLabels", "[string]: string", "The labels of the Application."),
    ("appAnnotations", "[string]: string", "The annotations of the Application."),
    ("revision", "string", "The revision of the component."),
    ("components", "[...]", "The components of the Application, as they are written."),
    ("componentType", "string", "The type of the component; in traits only."),
    ("cluster", "string", "The name of the cluster that is deployed to."),
    ("clusterVersion", "{major, minor, gitVersion, platform}", "The Kubernetes version of the cluster."),
    ("replicaKey", "string", "The key of this copy of a replicated component, empty without replication."),
    ("parameter", "{...}", "The properties of the component."),
    ("output", "{...}", "The workload as it is so far; in traits only."),
    ("outputs", "{...}", "The other objects so far, by name; in traits only."),
    ("workflowName", "string", "The name of the workflow."),
    ("publishVersion", "string", "The version that the Application is published as."),
    ("custom", "{...}", "What an application-scoped policy has put there."),
    ("artifacts", "{...}", "The rendered objects of all components; in policies only."),
    ("stepName", "string", "The name of the workflow step."),
    ("stepSessionID", "string", "The identity of the workflow step's run."),
    ("spanID", "string", "The identity of the run for tracing."),
    ("status", "{...}", "The state of the workload; in status sections only."),
];

/// The tree of a file.
pub fn tree(db: &dyn Db, file: File) -> &Arc<CueFile> {
    queries::cue(db, file)
}

fn scopes(db: &dyn Db, file: File, offset: u32) -> Vec<Scope> {
    let cue = tree(db, file);
    let (ast, text) = (&cue.parse.file, &*cue.text);
    let mut out = Vec::new();
    for kind in facts::scopes(db, file).around(offset) {
        match kind {
            ScopeKind::Struct(list, ..) => out.push(Scope::Decls(list)),
            ScopeKind::Comprehension(number) => {
                if let Some(comprehension) = ast.comprehensions.get(number as usize) {
                    out.push(Scope::Names(bound(ast.clause_list(comprehension.clauses), text, offset)));
                }
            }
        }
    }
    out.push(Scope::Decls(ast.top));
    out
}

/// The names that clauses bind, as seen from an offset.
fn bound(clauses: &[Clause], text: &str, offset: u32) -> Vec<(Arc<str>, Span, Option<ExprId>)> {
    let mut names = Vec::new();
    for clause in clauses {
        match clause {
            Clause::For { key, value, span, .. } if !span.touches(offset) => {
                names.extend(key.iter().map(|k| (k.span.of(text).into(), k.span, None)));
                names.push((value.span.of(text).into(), value.span, None));
            }
            Clause::Let { name, value, .. } => {
                names.push((name.span.of(text).into(), name.span, Some(*value)));
            }
            Clause::Try { binding: Some((name, value)), .. } => {
                names.push((name.span.of(text).into(), name.span, Some(*value)));
            }
            _ => {}
        }
    }
    names
}

fn site(
    db: &dyn Db,
    file: File,
    id: DeclId,
    name: Arc<str>,
    label: Span,
    value: ExprId,
    mark: &'static str,
) -> Site {
    let cue = tree(db, file);
    let whole = cue.parse.file.decl_spans[id.0 as usize];
    Site { file, name, label, whole, doc: documentation(cue, id), value: Some(value), mark }
}

/// What the comments of a declaration say.
pub fn documentation(cue: &CueFile, id: DeclId) -> Arc<str> {
    let mut lines = Vec::new();
    for comment in cue.parse.file.docs(id) {
        let text = comment.span.of(&cue.text).trim_start_matches('/').trim();
        match text.strip_prefix('+') {
            None => lines.push(text),
            Some(marker) => {
                lines.extend(marker.split_once('=').filter(|(k, _)| *k == "usage").map(|(_, v)| v));
            }
        }
    }
    lines.join("\n").trim().into()
}

fn mark(field: &Field) -> &'static str {
    match field.constraint {
        vela_syntax::ast::Constraint::Member => "",
        vela_syntax::ast::Constraint::Required => "!",
        vela_syntax::ast::Constraint::Optional => "?",
    }
}

/// Declarations of a list of declarations; those of one name where one is given.
fn declared(db: &dyn Db, file: File, list: List, name: Option<&str>, out: &mut Vec<Site>) {
    let cue = tree(db, file);
    let (ast, text) = (&cue.parse.file, &*cue.text);
    let wanted = |n: &str| name.is_none_or(|w| w == n);
    for id in ast.decl_list(list) {
        if out.len() >= MAX_SITES {
            return;
        }
        match ast.decl(*id) {
            Decl::Field(field) => {
                if let Some(label) = literal::label(ast, text, &field.label).filter(|l| wanted(l)) {
                    out.push(site(db, file, *id, label, field.label_span, field.value, mark(&field)));
                }
                let postfix = field.postfix_alias.and_then(|a| a.field);
                let in_value = match ast.expr(field.value) {
                    Expr::Alias(ident, _) => Some(ident),
                    _ => None,
                };
                for alias in [field.alias, postfix, in_value].into_iter().flatten() {
                    let alias_name = alias.span.of(text);
                    if name.is_some() && wanted(alias_name) {
                        out.push(site(db, file, *id, alias_name.into(), alias.span, field.value, ""));
                    }
                }
            }
            Decl::Let(ident, value) if wanted(ident.span.of(text)) => {
                out.push(site(db, file, *id, ident.span.of(text).into(), ident.span, value, ""));
            }
            _ => {}
        }
    }
}

/// Files of the same package, the file itself first.
pub fn package_files(db: &dyn Db, file: File) -> Vec<File> {
    let cue = tree(db, file);
    let mut out = vec![file];
    let Some(package) = cue.parse.file.package.map(|p| p.span.of(&cue.text).to_owned()) else { return out };
    let folder = paths::parent(file.path(db)).to_owned();
    let same = |other: &File| {
        let cue = tree(db, *other);
        *other != file && cue.parse.file.package.is_some_and(|p| p.span.of(&cue.text) == package)
    };
    if file.origin(db) == Origin::Shared {
        let shared = db.workspace().shared(db).iter().copied();
        out.extend(shared.filter(|f| paths::parent(f.path(db)) == folder).filter(same));
    } else {
        out.extend(queries::cue_files(db, &folder).into_iter().filter(same));
    }
    out
}

/// The files that an import path leads to.
fn imported(db: &dyn Db, from: File, path: &str) -> Vec<File> {
    let workspace = db.workspace();
    let shared = vela_definitions::shared().iter().zip(workspace.shared(db).iter());
    let found: Vec<File> = shared.filter(|(s, _)| s.import_path == path).map(|(_, f)| *f).collect();
    if !found.is_empty() {
        return found;
    }
    // The module that the file belongs to.
    let mut folder = paths::parent(from.path(db));
    let files = workspace.files(db);
    loop {
        let module = format!("{}/cue.mod/module.cue", folder.trim_end_matches('/'));
        if let Some(module) = files.iter().find(|f| **f.path(db) == *module) {
            let cue = tree(db, *module);
            let name = cue
                .top()
                .find(|(_, n, _)| &**n == "module")
                .and_then(|(_, _, f)| literal::string(&cue.parse.file, &cue.text, f.value));
            let Some(name) = name else { return Vec::new() };
            let name = name.split_once('@').map_or(&*name, |(n, _)| n);
            let Some(rest) = paths::below(path, name) else { return Vec::new() };
            let wanted = paths::join(folder, rest);
            return queries::cue_files(db, &wanted);
        }
        if folder == "/" {
            return Vec::new();
        }
        folder = paths::parent(folder);
    }
}

fn import_of(db: &dyn Db, file: File, name: &str) -> Option<Meaning> {
    let cue = tree(db, file);
    let import = cue.parse.file.imports.iter().find(|i| {
        let path = i.path.of(&cue.text).trim_matches('"');
        let (bare, explicit) = path.rsplit_once(':').map_or((path, None), |(p, n)| (p, Some(n)));
        let last = bare.rsplit('/').next().unwrap_or(bare);
        let last = last.split_once('@').map_or(last, |(l, _)| l);
        i.name.map(|n| n.span.of(&cue.text)).or(explicit).unwrap_or(last) == name
    })?;
    let path = import.path.of(&cue.text).trim_matches('"');
    let path = path.rsplit_once(':').map_or(path, |(p, _)| p);
    Some(match builtin(path) {
        Some(package) => Meaning::Package(package),
        None => Meaning::Imported(path.to_owned(), imported(db, file, path)),
    })
}

/// The builtin package of a path.
pub fn builtin(path: &str) -> Option<&'static Package> {
    vela_stdlib::PACKAGES.iter().find(|p| p.path == path)
}

/// What a name means at a place.
pub fn resolve(db: &dyn Db, file: File, name: &str, offset: u32) -> Option<Meaning> {
    let cue = tree(db, file);
    for scope in scopes(db, file, offset) {
        let mut found = Vec::new();
        match scope {
            Scope::Decls(list) => declared(db, file, list, Some(name), &mut found),
            Scope::Names(names) => {
                found.extend(names.into_iter().filter(|(n, _, _)| &**n == name).map(
                    |(name, label, value)| Site {
                        file,
                        name,
                        label,
                        whole: label,
                        doc: "".into(),
                        value,
                        mark: "",
                    },
                ));
            }
        }
        if !found.is_empty() {
            return Some(Meaning::Declared(found));
        }
    }
    let mut found = Vec::new();
    for other in package_files(db, file).into_iter().skip(1) {
        declared(db, other, tree(db, other).parse.file.top, Some(name), &mut found);
    }
    if !found.is_empty() {
        return Some(Meaning::Declared(found));
    }
    if let Some(import) = import_of(db, file, name) {
        return Some(import);
    }
    if name == "context" && cue.is_definition() {
        return Some(Meaning::Context(None));
    }
    PREDECLARED.iter().find(|(n, _)| *n == name).map(|(n, d)| Meaning::Predeclared(n, d))
}

/// What `base.name` means.
pub fn select(db: &dyn Db, base: &Meaning, name: &str) -> Option<Meaning> {
    match base {
        Meaning::Package(package) => Some(Meaning::Member(package, name.into())),
        Meaning::Context(None) => {
            CONTEXT.iter().find(|(n, _, _)| *n == name).map(|c| Meaning::Context(Some(c)))
        }
        _ => {
            let found: Vec<Site> = members_of(db, base).into_iter().filter(|s| &*s.name == name).collect();
            (!found.is_empty()).then_some(Meaning::Declared(found))
        }
    }
}

/// The fields that can be selected from what a name means.
pub fn members_of(db: &dyn Db, base: &Meaning) -> Vec<Site> {
    let mut out = Vec::new();
    match base {
        Meaning::Declared(sites) => {
            for site in sites {
                if let Some(value) = site.value {
                    members(db, site.file, value, &mut out, 0);
                }
            }
        }
        Meaning::Imported(_, files) => {
            for file in files {
                declared(db, *file, tree(db, *file).parse.file.top, None, &mut out);
            }
        }
        _ => {}
    }
    out
}

/// The fields of an expression, as far as the tree tells.
pub fn members(db: &dyn Db, file: File, expr: ExprId, out: &mut Vec<Site>, depth: u32) {
    if depth > MAX_DEPTH || out.len() >= MAX_SITES {
        return;
    }
    let ast = &tree(db, file).parse.file;
    match ast.expr(expr) {
        Expr::Struct(list) => {
            declared(db, file, list, None, out);
            for id in ast.decl_list(list) {
                if let Decl::Embed(embedded) = ast.decl(*id) {
                    match ast.expr(embedded) {
                        Expr::Comprehension(c) => {
                            if let Some(c) = ast.comprehensions.get(c as usize) {
                                members(db, file, c.body, out, depth + 1);
                            }
                        }
                        _ => members(db, file, embedded, out, depth + 1),
                    }
                }
            }
        }
        Expr::Binary(BinaryOp::And | BinaryOp::Or, l, r) => {
            members(db, file, l, out, depth + 1);
            members(db, file, r, out, depth + 1);
        }
        Expr::Paren(inner)
        | Expr::Unary(vela_syntax::ast::UnaryOp::Default, inner)
        | Expr::Alias(_, inner)
        | Expr::PostfixEllipsis(inner)
        | Expr::PostfixOption(inner) => members(db, file, inner, out, depth + 1),
        Expr::Call(function, arguments) => {
            let cue = tree(db, file);
            if ast.span(function).of(&cue.text) == "close" {
                for argument in ast.expr_list(arguments) {
                    members(db, file, *argument, out, depth + 1);
                }
            }
        }
        Expr::Ident | Expr::Select(..) => {
            if let Some(Meaning::Declared(sites)) = meaning(db, file, expr, depth + 1) {
                for site in sites {
                    if let Some(value) = site.value.filter(|v| site.file != file || *v != expr) {
                        members(db, site.file, value, out, depth + 1);
                    }
                }
            }
        }
        _ => {}
    }
}

/// What a name or selection means.
pub fn meaning(db: &dyn Db, file: File, expr: ExprId, depth: u32) -> Option<Meaning> {
    if depth > MAX_DEPTH {
        return None;
    }
    let cue = tree(db, file);
    let ast = &cue.parse.file;
    match ast.expr(expr) {
        Expr::Ident => {
            let span = ast.span(expr);
            resolve(db, file, span.of(&cue.text), span.start)
        }
        Expr::Select(base, label) => {
            let name: Arc<str> = match ast.expr(label) {
                Expr::Ident => ast.span(label).of(&cue.text).into(),
                _ => literal::string(ast, &cue.text, label)?,
            };
            let base = meaning(db, file, base, depth + 1)?;
            select(db, &base, &name)
        }
        Expr::Paren(inner) => meaning(db, file, inner, depth + 1),
        _ => None,
    }
}

/// The name at an offset: where it stands, and what it means.
pub fn at(db: &dyn Db, file: File, offset: u32) -> Option<(Span, Meaning)> {
    let cue = tree(db, file);
    let ast = &cue.parse.file;
    for import in &ast.imports {
        if import.path.touches(offset) {
            let path = import.path.of(&cue.text).trim_matches('"');
            let path = path.rsplit_once(':').map_or(path, |(p, _)| p);
            let meaning = match builtin(path) {
                Some(package) => Meaning::Package(package),
                None => Meaning::Imported(path.to_owned(), imported(db, file, path)),
            };
            return Some((import.path, meaning));
        }
    }
    // A label of a declaration.
    for (i, decl) in ast.decls.iter().enumerate() {
        let (label, value) = match decl {
            Decl::Field(field) if field.label_span.touches(offset) => (field.label_span, field.value),
            Decl::Let(ident, value) if ident.span.touches(offset) => (ident.span, *value),
            _ => continue,
        };
        let name = match decl {
            Decl::Field(field) => literal::label(ast, &cue.text, &field.label),
            _ => Some(label.of(&cue.text).into()),
        };
        if let Some(name) = name {
            let marked = if let Decl::Field(field) = decl { mark(field) } else { "" };
            let site = site(db, file, DeclId(i as u32), name, label, value, marked);
            return Some((label, Meaning::Declared(vec![site])));
        }
    }
    // The smallest name that touches.
    let idents = ast
        .exprs
        .iter()
        .enumerate()
        .filter(|(i, e)| matches!(e, Expr::Ident | Expr::String) && ast.expr_spans[*i].touches(offset));
    let (i, _) = idents.min_by_key(|(i, _)| ast.expr_spans[*i].end - ast.expr_spans[*i].start)?;
    let id = ExprId(i as u32);
    let selection = ast.exprs.iter().position(|e| matches!(e, Expr::Select(_, label) if *label == id));
    let target = selection.map_or(id, |s| ExprId(s as u32));
    if selection.is_none() && matches!(ast.expr(id), Expr::String) {
        return None;
    }
    Some((ast.span(id), meaning(db, file, target, 0)?))
}

/// All names that can be written at a place, the innermost first; a name that hides another stands for it.
pub fn visible(db: &dyn Db, file: File, offset: u32) -> Vec<Site> {
    let mut out: Vec<Site> = Vec::new();
    for scope in scopes(db, file, offset) {
        match scope {
            Scope::Decls(list) => declared(db, file, list, None, &mut out),
            Scope::Names(names) => out.extend(names.into_iter().map(|(name, label, value)| Site {
                file,
                name,
                label,
                whole: label,
                doc: "".into(),
                value,
                mark: "",
            })),
        }
    }
    for other in package_files(db, file).into_iter().skip(1) {
        declared(db, other, tree(db, other).parse.file.top, None, &mut out);
    }
    let mut seen = std::collections::HashSet::new();
    out.retain(|s| seen.insert(s.name.clone()));
    out
}
