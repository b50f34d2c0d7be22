//! Code actions: the fixes of diagnostics; properties that have to be given; imports in order; idioms of older CUE in
//! today's.

use vela_db::parts::{self, Part};
use vela_db::schema::{Kinds, NodeId, Schema, Shape};
use vela_db::values::{ValueNode, ValueShape};
use vela_db::{Db, File, facts, queries};
use vela_diagnostics::{Diagnostic, SourceId, Span};
use vela_syntax::Kind;
use vela_syntax::ast::{BinaryOp, Expr, ExprId};
use vela_yaml::{Data, Doc};

use crate::complete_cue;
use crate::paths;

/// What an action is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs)]
pub enum ActionKind {
    QuickFix,
    Rewrite,
    OrganizeImports,
}

/// A change that is offered.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// What it does.
    pub title: String,
    /// What it is.
    pub kind: ActionKind,
    /// What is changed.
    pub edits: Vec<(SourceId, Span, String)>,
    /// The diagnostic that it repairs.
    pub repairs: Option<Diagnostic>,
    /// Whether it is the only one for that.
    pub only: bool,
}

/// Deepest nesting of properties that are filled in.
const MAX_DEPTH: u32 = 4;

/// What is offered for a part of a file.
pub fn actions(db: &dyn Db, file: File, within: Span) -> Vec<Action> {
    let mut out = fixes(db, file, within);
    match queries::Language::of(file.path(db)) {
        queries::Language::Cue => {
            out.extend(organised(db, file));
            out.extend(rewritten(db, file, within));
            out.extend(required_fields(db, file, within));
        }
        queries::Language::Yaml if queries::may_be_oam(file.text(db)) => {
            out.extend(required_properties(db, file, within));
        }
        _ => {}
    }
    out
}

fn meets(a: Span, b: Span) -> bool {
    a.start <= b.end && b.start <= a.end
}

fn fixes(db: &dyn Db, file: File, within: Span) -> Vec<Action> {
    let own = file.source(db);
    let mut out = Vec::new();
    for diagnostic in db_diagnostics(db, file).iter() {
        let here = diagnostic.primary_label().is_some_and(|l| l.source == own && meets(l.span, within));
        for fix in diagnostic.fixes.iter().filter(|_| here) {
            out.push(Action {
                title: fix.title.clone(),
                kind: ActionKind::QuickFix,
                edits: fix.edits.iter().map(|e| (e.source, e.span, e.text.clone())).collect(),
                repairs: Some(diagnostic.clone()),
                only: diagnostic.fixes.len() == 1,
            });
        }
    }
    out
}

fn db_diagnostics(db: &dyn Db, file: File) -> queries::DiagnosticsOf {
    queries::diagnostics(db, file).clone()
}

fn action(title: String, kind: ActionKind, edits: Vec<(SourceId, Span, String)>) -> Action {
    Action { title, kind, edits, repairs: None, only: false }
}

/// Imports sorted, once each, without those that are not used.
fn organised(db: &dyn Db, file: File) -> Option<Action> {
    let cue = queries::cue(db, file);
    let (ast, text) = (&cue.parse.file, &*cue.text);
    let last = ast.imports.last()?;
    let (tokens, _) = vela_syntax::tokens(text);
    let start = tokens.iter().find(|t| t.kind == Kind::Import)?.span.start;
    let mut end = last.span.end;
    let behind = tokens.iter().filter(|t| t.span.start >= end && t.kind != Kind::AutoComma);
    if let Some(paren) = behind.take(1).find(|t| t.kind == Kind::RParen) {
        end = paren.span.end;
    }
    let region = Span::new(start, end);
    // Comments among imports belong to one of them; which, only their author knows.
    if ast.comments.iter().any(|c| region.start <= c.span.start && c.span.start < region.end) {
        return None;
    }
    let used = |name: &str| {
        let names = ast.exprs.iter().enumerate().filter(|(_, e)| matches!(e, Expr::Ident));
        names.into_iter().any(|(i, _)| ast.expr_spans[i].of(text) == name)
    };
    let mut specs: Vec<(String, String)> = Vec::new();
    for import in &ast.imports {
        let path = import.path.of(text);
        let bare = path.trim_matches('"');
        let short = bare.rsplit(['/', ':']).next().unwrap_or(bare);
        let short = short.split_once('@').map_or(short, |(s, _)| s);
        let name = import.name.map_or(short, |n| n.span.of(text));
        if !ast_has_errors(cue) && !used(name) {
            continue;
        }
        let own = import.name.map(|n| format!("{} ", n.span.of(text))).unwrap_or_default();
        let spec = (bare.to_owned(), format!("{own}{path}"));
        if !specs.contains(&spec) {
            specs.push(spec);
        }
    }
    specs.sort();
    let new = match specs.as_slice() {
        [] => String::new(),
        [(_, one)] => format!("import {one}"),
        many => {
            let lines: Vec<String> = many.iter().map(|(_, spec)| format!("\t{spec}\n")).collect();
            format!("import (\n{})", lines.concat())
        }
    };
    if region.of(text) == new {
        return None;
    }
    let edits = vec![(file.source(db), region, new)];
    Some(action("Organise imports".to_owned(), ActionKind::OrganizeImports, edits))
}

fn ast_has_errors(cue: &vela_db::cue::CueFile) -> bool {
    !cue.parse.errors.is_empty()
}

/// `a div b` as `div(a, b)`, sums of lists as `list.Concat`, multiples of lists as `list.Repeat`.
fn rewritten(db: &dyn Db, file: File, within: Span) -> Vec<Action> {
    let cue = queries::cue(db, file);
    let (ast, text) = (&cue.parse.file, &*cue.text);
    let source = file.source(db);
    let mut out = Vec::new();
    let is_list = |id: ExprId| matches!(ast.expr(id), Expr::List(_));
    for (i, expr) in ast.exprs.iter().enumerate() {
        let span = ast.expr_spans[i];
        let Expr::Binary(op, l, r) = expr else { continue };
        if !meets(span, within) {
            continue;
        }
        let (left, right) = (ast.span(*l).of(text), ast.span(*r).of(text));
        let function = match op {
            BinaryOp::IntDiv => "div",
            BinaryOp::IntMod => "mod",
            BinaryOp::IntQuo => "quo",
            BinaryOp::IntRem => "rem",
            _ => "",
        };
        let (new, import) = match op {
            _ if !function.is_empty() => (format!("{function}({left}, {right})"), None),
            BinaryOp::Add if is_list(*l) || is_list(*r) => {
                (format!("list.Concat([{left}, {right}])"), Some("list"))
            }
            BinaryOp::Mul if is_list(*l) => (format!("list.Repeat({left}, {right})"), Some("list")),
            BinaryOp::Mul if is_list(*r) => (format!("list.Repeat({right}, {left})"), Some("list")),
            _ => continue,
        };
        let title = format!("Write as `{}`", new.split('(').next().unwrap_or(&new));
        let mut edits = vec![(source, span, new)];
        if let Some((at, text)) = import.and_then(|path| complete_cue::import_edit(cue, path)) {
            edits.push((source, at, text));
        }
        out.push(action(title, ActionKind::Rewrite, edits));
    }
    out
}

/// Fields of the struct at the cursor that have to be given.
fn required_fields(db: &dyn Db, file: File, within: Span) -> Option<Action> {
    let cue = queries::cue(db, file);
    let (ast, text) = (&cue.parse.file, &*cue.text);
    let around = ast.exprs.iter().enumerate().filter(|(i, e)| {
        let span = ast.expr_spans[*i];
        matches!(e, Expr::Struct(_))
            && span.of(text).starts_with('{')
            && span.start < within.end
            && within.start < span.end
    });
    let (at, _) = around.min_by_key(|(i, _)| ast.expr_spans[*i].end - ast.expr_spans[*i].start)?;
    let span = ast.expr_spans[at];
    let path = paths::field_path(cue, span.start)?;
    let values = facts::value_at(db, file, &path);
    let node = values.nodes.first()?;
    let missing: Vec<(&str, String)> = node
        .fields
        .iter()
        .filter(|f| f.mark == "!")
        .map(|f| (&*f.name, placeholder(values.node(f.node))))
        .collect();
    if missing.is_empty() {
        return None;
    }
    let line = text.get(..span.start as usize)?.rsplit('\n').next().unwrap_or("");
    let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
    let inner = Span::new(span.start + 1, span.end.saturating_sub(1)).of(text);
    let multi = inner.contains('\n') || inner.trim().is_empty();
    let fields: Vec<String> = missing
        .iter()
        .map(|(name, value)| format!("{}: {value}", vela_syntax::literal::label(name)))
        .collect();
    let (offset, new) = if multi {
        let lines: Vec<String> = fields.iter().map(|f| format!("\n{indent}\t{f}")).collect();
        let tail = if inner.contains('\n') { String::new() } else { format!("\n{indent}") };
        (span.start + 1, format!("{}{tail}", lines.concat()))
    } else {
        (span.start + 1, format!("{}, ", fields.join(", ")))
    };
    let names: Vec<String> = missing.iter().map(|(name, _)| format!("`{name}`")).collect();
    let title = format!("Add required {}", names.join(", "));
    Some(action(title, ActionKind::QuickFix, vec![(file.source(db), Span::at(offset), new)]))
}

/// A value to start from: the default, the first choice, or the type itself, which a reader sees is to be filled in.
fn placeholder(node: &ValueNode) -> String {
    match &node.shape {
        ValueShape::Scalar { text, default, choices, .. } => {
            default.as_ref().or_else(|| choices.first()).unwrap_or(text).to_string()
        }
        ValueShape::Struct(_) => "{}".to_owned(),
        ValueShape::List(_) => "[]".to_owned(),
        ValueShape::Unknown | ValueShape::Error => "_".to_owned(),
    }
}

/// Properties of the parts at the cursor that have to be given.
fn required_properties(db: &dyn Db, file: File, within: Span) -> Vec<Action> {
    let read = queries::yaml(db, file);
    let text = file.text(db);
    let mut out = Vec::new();
    for doc in read.parsed.docs.iter().filter(|d| d.sound) {
        for part in parts::parts(doc).into_iter().filter(|p| !p.partial) {
            if !meets(doc.node(part.node).span, within) {
                continue;
            }
            let Some(name) = part.type_name.as_deref() else { continue };
            let Some((_, schema)) = queries::find(db, part.kind, name) else { continue };
            if let Some((span, new, names)) = missing(doc, &part, &schema, text) {
                let title = format!("Add required {} of `{name}`", names.join(", "));
                out.push(action(title, ActionKind::QuickFix, vec![(file.source(db), span, new)]));
            }
        }
    }
    out
}

/// Where missing properties go, their text, and their names.
fn missing(doc: &Doc, part: &Part, schema: &Schema, text: &str) -> Option<(Span, String, Vec<String>)> {
    let structs = schema.structs(schema.root);
    let only = structs.first()?;
    let entries = part.properties.and_then(|p| doc.entries(p));
    if entries.is_none() && part.properties.is_some_and(|p| doc.str(p).is_some()) {
        return None;
    }
    let given = |name: &str| entries.unwrap_or_default().iter().any(|e| &*e.name == name);
    let filled = |name: &str| part.filled.iter().any(|f| **f == *name);
    let wanted: Vec<_> =
        only.fields.iter().filter(|f| schema.required(f) && !given(&f.name) && !filled(&f.name)).collect();
    if wanted.is_empty() {
        return None;
    }
    let names = wanted.iter().map(|f| format!("`{}`", f.name)).collect();
    let column = |offset: u32| {
        let line = text.get(..offset as usize).unwrap_or("").rsplit('\n').next().unwrap_or("");
        line.len()
    };
    let block = |indent: usize| {
        let mut out = String::new();
        for field in &wanted {
            property(schema, &field.name, field.node, indent, &mut out, 0);
        }
        out
    };
    if let Some(first) = entries.and_then(<[_]>::first) {
        let at = doc.node(first.key).span.start;
        let flow = text.get(..at as usize)?.trim_end().ends_with(['{', ',']);
        if flow {
            let shown: Vec<String> =
                wanted.iter().map(|f| format!("{}: {}", f.name, start_value(schema, f.node))).collect();
            return Some((Span::at(at), format!("{}, ", shown.join(", ")), names));
        }
        let indent = column(at);
        let lines = block(indent);
        let new = format!("{}\n{}", lines.trim(), " ".repeat(indent));
        return Some((Span::at(at), new, names));
    }
    match doc.get(part.node, "properties") {
        // `properties:` with nothing behind it, or with `{}`.
        Some(entry) => {
            let key = doc.node(entry.key).span;
            let value = doc.node(entry.value).span;
            let indent = column(key.start) + 2;
            let lines = block(indent);
            let end = if value.of(text).starts_with('{') { value.end } else { key.end + 1 };
            Some((Span::new(key.end, end), format!(":\n{}", lines.trim_end_matches('\n')), names))
        }
        None => {
            let node = part.type_node?;
            let at = doc.node(node).span;
            let key = doc.get(part.node, "type").map(|e| doc.node(e.key).span.start)?;
            let indent = column(key);
            let inside_flow = text.get(..key as usize)?.trim_end().ends_with(['{', ',']);
            if inside_flow {
                let shown: Vec<String> =
                    wanted.iter().map(|f| format!("{}: {}", f.name, start_value(schema, f.node))).collect();
                return Some((Span::at(at.end), format!(", properties: {{{}}}", shown.join(", ")), names));
            }
            let lines = block(indent + 2);
            let pad = " ".repeat(indent);
            let text = format!("\n{pad}properties:\n{}", lines.trim_end_matches('\n'));
            Some((Span::at(at.end), text, names))
        }
    }
}

/// A property with what has to be given of it, in lines.
fn property(schema: &Schema, name: &str, node: NodeId, indent: usize, out: &mut String, depth: u32) {
    let pad = " ".repeat(indent);
    let key = vela_yaml::to_yaml(&Data::str(name), vela_yaml::YamlStyle::Cue);
    out.push_str(&format!("{pad}{}:", key.trim_end()));
    let needed = match &schema.node(node).shape {
        Shape::Struct(s) if depth < MAX_DEPTH => {
            s.fields.iter().filter(|f| schema.required(f)).map(|f| (f.name.clone(), f.node)).collect()
        }
        _ => Vec::new(),
    };
    if needed.is_empty() {
        out.push_str(&format!(" {}\n", start_value(schema, node)));
        return;
    }
    out.push('\n');
    for (name, node) in needed {
        property(schema, &name, node, indent + 2, out, depth + 1);
    }
}

/// A value of the right kind to start from, on one line.
fn start_value(schema: &Schema, node: NodeId) -> String {
    if let Some(default) = &schema.node(node).default {
        return vela_yaml::to_json(default, vela_yaml::JsonStyle::COMPACT);
    }
    match &schema.node(node).shape {
        Shape::Scalar(s) => match s.values.first() {
            Some(first) => vela_yaml::to_json(first, vela_yaml::JsonStyle::COMPACT),
            None if s.kinds.has(Kinds::STRING) => "\"\"".to_owned(),
            None if !s.kinds.and(Kinds::NUMBER).is_empty() => "0".to_owned(),
            None if s.kinds.has(Kinds::BOOL) => "false".to_owned(),
            None => "null".to_owned(),
        },
        Shape::List(_) => "[]".to_owned(),
        Shape::Struct(_) => "{}".to_owned(),
        Shape::OneOf(all) => all.first().map_or_else(|| "\"\"".to_owned(), |one| start_value(schema, *one)),
        Shape::Any => "\"\"".to_owned(),
    }
}
