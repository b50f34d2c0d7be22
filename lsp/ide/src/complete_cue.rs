//! Completion in `.cue` files: fields behind a point, names in scope, builtin packages with their imports, fields
//! that a struct is unified with, metadata of definitions, attributes, markers of comments. What evaluation adds is in
//! `complete_values.rs`.

use vela_db::cue::CueFile;
use vela_db::{Db, File, Kind};
use vela_diagnostics::Span;
use vela_oam::definition::literal;
use vela_syntax::ast::{BinaryOp, Decl, Expr, ExprId};

use crate::complete::{Completion, ItemKind};
use crate::complete_values;
use crate::hover;
use crate::names::{self, CONTEXT, Meaning, PREDECLARED, Site};

const KEYWORDS: [&str; 8] = ["for", "if", "in", "let", "import", "package", "true", "false"];

/// The fields of a definition's metadata.
const METADATA: [(&str, &str, &str); 6] = [
    ("type", "string", "What is defined: component, trait, policy, workflow-step or workload."),
    ("description", "string", "What it is for, in a sentence."),
    ("attributes", "{...}", "What the definition's object has in its `spec`."),
    ("annotations", "[string]: string", "Annotations of the definition's object."),
    ("labels", "[string]: string", "Labels of the definition's object."),
    ("alias", "string", "Another name to show."),
];

/// The fields of a template that a renderer reads.
const TEMPLATE: [(&str, &str, &str); 7] = [
    ("parameter", "{...}", "What a user gives."),
    ("output", "{...}", "The workload."),
    ("outputs", "[string]: {...}", "Further objects, by name."),
    ("patch", "{...}", "What a trait changes in the workload."),
    ("patchOutputs", "[string]: {...}", "What a trait changes in further objects, by name."),
    ("errs", "[...string]", "What is wrong with what the user gave."),
    ("context", "{...}", "What is known of the application."),
];

/// What can be written at an offset.
pub fn complete(db: &dyn Db, file: File, offset: u32) -> Vec<Completion> {
    let cue = names::tree(db, file);
    let text = &*cue.text;
    let at = (offset as usize).min(text.len());
    let Some(before) = text.get(..at) else { return Vec::new() };
    let word = before.len() - before.trim_end_matches(is_word).len();
    let start = at - word;
    let end = at + text.get(at..).map_or(0, |t| t.len() - t.trim_start_matches(is_word).len());
    let span = Span::new(start as u32, end as u32);
    let mut out = Vec::new();
    let head = before.get(..start).unwrap_or("");
    if cue.parse.file.comments.iter().any(|c| c.span.start < offset && offset <= c.span.end) {
        if head.ends_with('+') {
            markers(span, &mut out);
        }
        return out;
    }
    if let Some(string) = string_around(cue, offset) {
        in_string(cue, string, offset, &mut out);
        if out.is_empty() && is_value(before.get(..string.start as usize).unwrap_or("")) {
            complete_values::choices(db, file, string, &mut out);
        }
        return out;
    }
    if let Some(chain) = head.strip_suffix('.') {
        if chain.ends_with(|c: char| is_word(c) || c == ')' || c == ']' || c == '"') {
            selections(db, file, cue, chain, span, &mut out);
            let begins = chain.trim_end_matches(|c: char| is_word(c) || c == '.').len();
            let chain = Span::new(begins as u32, chain.len() as u32);
            complete_values::members(db, file, chain, span, &mut out);
        }
        return out;
    }
    if head.ends_with('@') {
        for (name, doc) in ATTRIBUTES {
            let mut new = item(name, ItemKind::Keyword, "attribute", doc, span, 0);
            new.insert = format!("{name}()");
            out.push(new);
        }
        return out;
    }
    let line = head.rsplit('\n').next().unwrap_or("").trim_start();
    let label = line.is_empty() || line.ends_with(['{', ',']);
    if label {
        complete_values::labels(db, file, span, &mut out);
        labels(db, file, cue, start as u32, span, &mut out);
    } else if is_value(head) {
        complete_values::choices(db, file, span, &mut out);
    }
    scope(db, file, cue, offset, span, &mut out);
    out
}

/// Whether a value begins behind a text: a colon stands before it, or an operator of values behind one on the line.
fn is_value(head: &str) -> bool {
    let line = head.rsplit('\n').next().unwrap_or("");
    line.trim_end().ends_with([':', '&', '|', '*']) && line.contains(':')
}

/// The attributes that mean something to the language.
const ATTRIBUTES: [(&str, &str); 5] = [
    ("embed", "The data of a file: `@embed(file=\"names.json\")`, or of several: `@embed(glob=\"*.yaml\")`."),
    ("extern", "Switches on what reads from outside of the file, such as `@extern(embed)`."),
    ("if", "The file counts only where a tag is set: `@if(prod)`."),
    ("tag", "The value comes from the command line: `@tag(env)`."),
    ("experiment", "Switches on what the language does not have yet: `@experiment(aliasv2)`."),
];

/// The markers that comments of definitions can have.
const MARKERS: [(&str, &str); 6] = [
    ("usage=", "What a parameter is for."),
    ("short=", "A letter that stands for the parameter on a command line."),
    ("ignore", "The parameter is not meant for everyday use."),
    ("patchKey=", "Elements of the list are merged by this field."),
    ("patchStrategy=", "How the field is patched: `retainKeys`, `replace`, `jsonPatch`, `jsonMergePatch`."),
    ("alias=", "Another name to show."),
];

fn markers(span: Span, out: &mut Vec<Completion>) {
    for (name, doc) in MARKERS {
        out.push(item(name, ItemKind::Keyword, "marker", doc, span, 0));
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '#' | '$')
}

fn item(label: &str, kind: ItemKind, detail: &str, doc: &str, span: Span, rank: u8) -> Completion {
    Completion {
        label: label.to_owned(),
        kind,
        detail: detail.to_owned(),
        doc: doc.to_owned(),
        span,
        insert: label.to_owned(),
        rank,
        also: None,
        snippet: None,
    }
}

/// The string literal that an offset is inside of, without its interpolations.
fn string_around(cue: &CueFile, offset: u32) -> Option<Span> {
    let (tokens, _) = vela_syntax::tokens(&cue.text);
    let at = tokens.partition_point(|t| t.span.end <= offset);
    let inside = |span: Span| span.start < offset && offset < span.end;
    let token = tokens.get(at)?;
    let text = token.span.of(&cue.text);
    (inside(token.span) && text.trim_start_matches('#').starts_with(['"', '\''])).then_some(token.span)
}

fn in_string(cue: &CueFile, string: Span, offset: u32, out: &mut Vec<Completion>) {
    let inner = Span::new(string.start + 1, string.end.saturating_sub(1).max(offset));
    let file = &cue.parse.file;
    if file.imports.iter().any(|i| i.path == string) {
        for package in vela_stdlib::PACKAGES {
            out.push(item(package.path, ItemKind::Package, "standard library", "", inner, 0));
        }
        let mut shared: Vec<&str> = vela_definitions::shared().iter().map(|s| s.import_path).collect();
        shared.dedup();
        for path in shared {
            out.push(item(path, ItemKind::Package, "shared with the built-in definitions", "", inner, 1));
        }
        return;
    }
    let value_of_type = file.decls.iter().any(|d| match d {
        Decl::Field(field) => {
            file.span(field.value) == string
                && literal::label(file, &cue.text, &field.label).as_deref() == Some("type")
        }
        _ => false,
    });
    let in_metadata = cue.declared().is_some_and(|d| file.span(d.metadata.1.value).touches(string.start));
    if value_of_type && in_metadata {
        for kind in Kind::ALL {
            out.push(item(kind.word(), ItemKind::Value, kind.object_kind(), "", inner, 0));
        }
    }
}

/// What can be selected from a chain of names: `a.b.c`.
fn selections(db: &dyn Db, file: File, cue: &CueFile, chain: &str, span: Span, out: &mut Vec<Completion>) {
    let start = chain
        .rfind(|c: char| !is_word(c) && c != '.')
        .map_or(0, |at| at + chain.get(at..).and_then(|t| t.chars().next()).map_or(1, char::len_utf8));
    let names: Vec<&str> = chain.get(start..).unwrap_or("").split('.').collect();
    let Some((first, rest)) = names.split_first().filter(|(f, _)| !f.is_empty()) else { return };
    let offset = start as u32;
    let mut meaning = match names::resolve(db, file, first, offset) {
        Some(meaning) => meaning,
        None => match vela_stdlib::PACKAGES.iter().find(|p| p.path.rsplit('/').next() == Some(first)) {
            Some(package) => Meaning::Package(package),
            None => return,
        },
    };
    for name in rest {
        match names::select(db, &meaning, name) {
            Some(next) => meaning = next,
            None => return,
        }
    }
    match &meaning {
        Meaning::Package(package) => members(package, span, import_edit(cue, package.path).as_ref(), out),
        Meaning::Context(None) => {
            for (name, kind, doc) in CONTEXT {
                out.push(item(name, ItemKind::Field, kind, doc, span, 0));
            }
        }
        Meaning::Declared(_) | Meaning::Imported(..) => {
            let hidden = matches!(meaning, Meaning::Imported(..));
            for site in names::members_of(db, &meaning) {
                if hidden && site.name.starts_with('_') {
                    continue;
                }
                push_site(db, &site, ItemKind::Field, span, 0, out);
            }
        }
        _ => {}
    }
}

fn members(
    package: &'static vela_stdlib::Package,
    span: Span,
    import: Option<&(Span, String)>,
    out: &mut Vec<Completion>,
) {
    for function in package.functions {
        let mut function_item =
            item(function.name, ItemKind::Function, &hover::signature(function), function.doc, span, 0);
        function_item.also = import.cloned();
        out.push(function_item);
    }
    for (name, source) in package.constants {
        let mut constant = item(name, ItemKind::Constant, source, "", span, 1);
        constant.also = import.cloned();
        out.push(constant);
    }
    for name in package.prelude.iter().flat_map(|p| p.names) {
        let mut definition = item(name, ItemKind::Constant, "", "", span, 1);
        definition.also = import.cloned();
        out.push(definition);
    }
}

/// The edit that imports a package, where the file does not yet.
pub(crate) fn import_edit(cue: &CueFile, path: &str) -> Option<(Span, String)> {
    let file = &cue.parse.file;
    if file.imports.iter().any(|i| i.path.of(&cue.text).trim_matches('"') == path) {
        return None;
    }
    if let Some(first) = file.imports.first() {
        let line = cue.text.get(..first.span.start as usize)?.rfind('\n').map_or(0, |n| n + 1);
        let lead = cue.text.get(line..first.span.start as usize)?;
        // Inside of parentheses a line of its own, else an import of its own.
        let text = if lead.trim().is_empty() {
            format!("\"{path}\"\n{lead}")
        } else {
            return Some((Span::at(line as u32), format!("import \"{path}\"\n")));
        };
        return Some((Span::at(first.span.start), text));
    }
    let at = match file.package {
        Some(package) => {
            let end = package.span.end as usize;
            cue.text.get(end..)?.find('\n').map_or(cue.text.len(), |n| end + n + 1)
        }
        None => 0,
    };
    let text = if file.package.is_some() {
        format!("\nimport \"{path}\"\n")
    } else {
        format!("import \"{path}\"\n\n")
    };
    Some((Span::at(at as u32), text))
}

fn push_site(db: &dyn Db, site: &Site, kind: ItemKind, span: Span, rank: u8, out: &mut Vec<Completion>) {
    if out.iter().any(|c| c.label == *site.name) {
        return;
    }
    let source = site.whole.of(site.file.text(db));
    let detail = source.lines().next().unwrap_or("").to_owned();
    let mut new = item(&site.name, kind, &detail, &site.doc, span, rank);
    if !vela_syntax::literal::is_identifier(&site.name) {
        new.insert = vela_syntax::literal::label(&site.name);
    }
    out.push(new);
}

/// Fields that the struct around the cursor may have: of what it is unified with, and of definitions.
fn labels(db: &dyn Db, file: File, cue: &CueFile, offset: u32, span: Span, out: &mut Vec<Completion>) {
    let ast = &cue.parse.file;
    let around = ast
        .exprs
        .iter()
        .enumerate()
        .filter(|(i, e)| {
            let s = ast.expr_spans[*i];
            matches!(e, Expr::Struct(_)) && s.start < offset && offset < s.end
        })
        .min_by_key(|(i, _)| ast.expr_spans[*i].end - ast.expr_spans[*i].start)
        .map(|(i, _)| ExprId(i as u32));
    let Some(own) = around else { return };
    let mut present = Vec::new();
    names::members(db, file, own, &mut present, 0);
    let taken = |name: &str| present.iter().any(|s| &*s.name == name && !s.label.touches(span.start));
    let mut found = Vec::new();
    let mut inner = own;
    // Outwards through `a & {…}`, and to other values of the same field.
    while let Some((i, other)) = ast.exprs.iter().enumerate().find_map(|(i, e)| match e {
        Expr::Binary(BinaryOp::And, l, r) if *r == inner => Some((i, *l)),
        Expr::Binary(BinaryOp::And, l, r) if *l == inner => Some((i, *r)),
        _ => None,
    }) {
        names::members(db, file, other, &mut found, 0);
        inner = ExprId(i as u32);
    }
    for site in found.iter().filter(|s| !taken(&s.name)) {
        push_site(db, site, ItemKind::Field, span, 0, out);
    }
    if let Some(declared) = cue.declared() {
        let table: &[(&str, &str, &str)] = if declared.metadata.1.value == own {
            &METADATA
        } else if cue.top().any(|(_, name, f)| &*name == "template" && f.value == own) {
            &TEMPLATE
        } else {
            &[]
        };
        for (name, kind, doc) in table.iter().filter(|(n, _, _)| !taken(n)) {
            out.push(item(name, ItemKind::Field, kind, doc, span, 0));
        }
    }
}

/// Names that an expression can be made of.
fn scope(db: &dyn Db, file: File, cue: &CueFile, offset: u32, span: Span, out: &mut Vec<Completion>) {
    for site in names::visible(db, file, offset) {
        if vela_syntax::literal::is_identifier(&site.name) && !site.label.touches(offset) {
            push_site(db, &site, ItemKind::Variable, span, 1, out);
        }
    }
    if cue.is_definition() {
        out.push(item("context", ItemKind::Variable, "{...}", "What is known of the application.", span, 1));
    }
    let imports = cue.parse.file.imports.iter();
    for import in imports {
        let path = import.path.of(&cue.text).trim_matches('"');
        let last = path.rsplit('/').next().unwrap_or(path);
        let name = import.name.map_or(last, |n| n.span.of(&cue.text));
        let name = name.split_once([':', '@']).map_or(name, |(n, _)| n);
        out.push(item(name, ItemKind::Package, path, "", span, 2));
    }
    for package in vela_stdlib::PACKAGES {
        let name = package.path.rsplit('/').next().unwrap_or(package.path);
        if !out.iter().any(|c| c.kind == ItemKind::Package && c.label == name) {
            let mut new = item(name, ItemKind::Package, package.path, "", span, 4);
            new.also = import_edit(cue, package.path);
            out.push(new);
        }
    }
    for (name, doc) in PREDECLARED {
        out.push(item(name, ItemKind::Constant, "", doc, span, 3));
    }
    for keyword in KEYWORDS {
        out.push(item(keyword, ItemKind::Keyword, "", "", span, 5));
    }
}
