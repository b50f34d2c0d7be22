//! The outline of a file for the editor: fields of CUE, components, traits, policies and steps of Applications. And the
//! symbols of the whole workspace by a part of their name.

use vela_db::check::kind_word;
use vela_db::{Db, File, parts, queries};
use vela_diagnostics::Span;
use vela_oam::definition::literal;
use vela_syntax::ast::{Decl, Expr, ExprId, List};

/// What a symbol is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum SymbolKind {
    Document,
    Component,
    Trait,
    Policy,
    Step,
    Definition,
    Struct,
    List,
    Value,
}

/// A symbol.
#[derive(Clone, PartialEq, Debug)]
pub struct Symbol {
    /// Its name.
    pub name: String,
    /// Its type, or nothing.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it.
    pub whole: Span,
    /// Its name.
    pub focus: Span,
    /// What is in it.
    pub children: Vec<Symbol>,
}

/// Deepest nesting shown.
const MAX_DEPTH: u32 = 12;
/// Most symbols of one file.
const MAX_SYMBOLS: usize = 5_000;

/// The symbols of a file.
pub fn symbols(db: &dyn Db, file: File) -> Vec<Symbol> {
    match queries::Language::of(file.path(db)) {
        queries::Language::Cue => {
            let cue = queries::cue(db, file);
            let mut left = MAX_SYMBOLS;
            fields(cue, cue.parse.file.top, 0, &mut left)
        }
        queries::Language::Yaml if queries::may_be_oam(file.text(db)) => yaml(db, file),
        _ => Vec::new(),
    }
}

/// Most symbols of a workspace that are listed.
const MAX_FOUND: usize = 400;

/// Symbols of the workspace whose names hold the letters of a query in order, the best first: names that begin with it,
/// then those that contain it, then the others.
pub fn search(db: &dyn Db, query: &str) -> Vec<(File, Symbol)> {
    let query = query.to_lowercase();
    let mut found: Vec<(u8, File, Symbol)> = Vec::new();
    for file in db.workspace().files(db).iter() {
        let mut all = symbols(db, *file);
        // Fields inside of fields are found in their file's own outline.
        for symbol in &mut all {
            let keeps =
                |s: &Symbol| !matches!(s.kind, SymbolKind::Struct | SymbolKind::List | SymbolKind::Value);
            symbol.children.retain(keeps);
        }
        let mut work = all;
        while let Some(mut symbol) = work.pop() {
            work.append(&mut symbol.children);
            if let Some(rank) = rank(&symbol.name, &query) {
                found.push((rank, *file, symbol));
            }
        }
    }
    found.sort_by(|a, b| (a.0, a.2.name.len(), &a.2.name).cmp(&(b.0, b.2.name.len(), &b.2.name)));
    found.truncate(MAX_FOUND);
    found.into_iter().map(|(_, file, symbol)| (file, symbol)).collect()
}

fn rank(name: &str, query: &str) -> Option<u8> {
    let name = name.to_lowercase();
    if name.trim_start_matches(['_', '#']).starts_with(query) || name.starts_with(query) {
        return Some(0);
    }
    if name.contains(query) {
        return Some(1);
    }
    let mut letters = name.chars();
    query.chars().all(|q| letters.any(|c| c == q)).then_some(2)
}

fn fields(cue: &vela_db::cue::CueFile, list: List, depth: u32, left: &mut usize) -> Vec<Symbol> {
    let (file, text) = (&cue.parse.file, &*cue.text);
    let mut out = Vec::new();
    for id in file.decl_list(list) {
        if *left == 0 {
            break;
        }
        let (name, focus, value) = match file.decl(*id) {
            Decl::Field(field) => {
                let name = literal::label(file, text, &field.label);
                let name = name.map_or_else(|| field.label_span.of(text).to_owned(), |n| n.to_string());
                (name, field.label_span, field.value)
            }
            Decl::Let(ident, value) => (format!("let {}", ident.span.of(text)), ident.span, value),
            _ => continue,
        };
        if name.is_empty() {
            continue;
        }
        *left -= 1;
        let definition = name.starts_with('#') || name.starts_with("_#");
        let kind = match file.expr(value) {
            _ if definition => SymbolKind::Definition,
            Expr::Struct(_) => SymbolKind::Struct,
            Expr::List(_) => SymbolKind::List,
            _ => SymbolKind::Value,
        };
        let inner = inner_struct(file, value).filter(|_| depth < MAX_DEPTH);
        let children = inner.map(|l| fields(cue, l, depth + 1, left)).unwrap_or_default();
        let whole = file.decl_spans[id.0 as usize].cover(focus);
        out.push(Symbol { name, detail: String::new(), kind, whole, focus, children });
    }
    out
}

/// The struct literal that a value is or ends in.
fn inner_struct(file: &vela_syntax::ast::File, value: ExprId) -> Option<List> {
    match file.expr(value) {
        Expr::Struct(list) => Some(list),
        Expr::Alias(_, inner) => match file.expr(inner) {
            Expr::Struct(list) => Some(list),
            _ => None,
        },
        Expr::Binary(vela_syntax::ast::BinaryOp::And, _, right) => match file.expr(right) {
            Expr::Struct(list) => Some(list),
            _ => None,
        },
        _ => None,
    }
}

fn yaml(db: &dyn Db, file: File) -> Vec<Symbol> {
    let read = queries::yaml(db, file);
    let mut out = Vec::new();
    for doc in &read.parsed.docs {
        let Some(kind) = vela_db::yaml::oam_kind(doc) else { continue };
        let text = file.text(db);
        let trimmed = |span: Span| Span::new(span.start, span.start + span.of(text).trim_end().len() as u32);
        let name = parts::document_name(doc);
        let focus = doc.at(&["metadata", "name"]).map_or(doc.node(doc.root).span, |n| doc.node(n).span);
        let whole = trimmed(doc.node(doc.root).span).cover(focus);
        let mut document = Symbol {
            name: if name.is_empty() { kind.to_string() } else { name.to_string() },
            detail: kind.to_string(),
            kind: SymbolKind::Document,
            whole,
            focus: trimmed(focus),
            children: Vec::new(),
        };
        let documents_own = |p: &parts::Part| p.node == doc.root;
        for part in parts::parts(doc).iter().filter(|p| !p.partial && !documents_own(p)) {
            let kind = match part.kind {
                vela_db::Kind::Trait => SymbolKind::Trait,
                vela_db::Kind::Policy => SymbolKind::Policy,
                vela_db::Kind::WorkflowStep => SymbolKind::Step,
                vela_db::Kind::Component | vela_db::Kind::Workload => SymbolKind::Component,
            };
            let type_name = part.type_name.as_deref().unwrap_or("");
            let at = doc.get(part.node, "name").map(|e| e.value).or(part.type_node);
            let whole = trimmed(doc.node(part.node).span);
            let focus = at.map_or(Span::at(whole.start), |n| doc.node(n).span);
            let symbol = Symbol {
                name: part.name.as_deref().filter(|n| !n.is_empty()).unwrap_or(type_name).to_owned(),
                detail: format!("{} {type_name}", kind_word(part.kind)),
                kind,
                whole: whole.cover(focus),
                focus,
                children: Vec::new(),
            };
            if symbol.name.is_empty() {
                continue;
            }
            // A trait belongs to the component before it, a step of a group to the group.
            let into = match document.children.last_mut() {
                Some(last) if kind == SymbolKind::Trait => &mut last.children,
                Some(last) if kind == SymbolKind::Step && last.whole.end >= symbol.whole.end => {
                    &mut last.children
                }
                _ => &mut document.children,
            };
            into.push(symbol);
        }
        out.push(document);
    }
    out
}
