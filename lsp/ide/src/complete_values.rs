//! Completion in `.cue` that knows the unified value: fields that a struct still lacks, members of enumerations,
//! defaults. What is half written is left out and the rest evaluated, so the answer is right after a keystroke too.

use vela_db::cue::CueFile;
use vela_db::values::{ValueNode, ValueShape, Values};
use vela_db::{Db, File, facts};
use vela_diagnostics::Span;
use vela_oam::definition::literal;
use vela_syntax::ast::{Decl, Expr};

use crate::complete::{Completion, ItemKind};
use crate::paths;

/// The text of a file with `word` in place of a span.
fn attempt(text: &str, span: Span, word: &str) -> String {
    let before = text.get(..span.start as usize).unwrap_or("");
    let after = text.get(span.end as usize..).unwrap_or("");
    format!("{before}{word}{after}")
}

/// The fields that the struct around a label being written may have; true where evaluation told.
pub(crate) fn labels(db: &dyn Db, file: File, span: Span, out: &mut Vec<Completion>) -> bool {
    let text = attempt(file.text(db), span, "");
    let tree = CueFile::new(text.as_str().into());
    let Some(path) = paths::field_path(&tree, span.start) else { return false };
    let values = facts::value_with(db, file, &text, &path);
    let Some(node) = values.nodes.first() else { return false };
    let present = written(&tree, span.start);
    let mut any = false;
    for field in node.fields.iter().filter(|f| !present.contains(&&*f.name)) {
        let value = values.node(field.node);
        // What a renderer gives is told of by the table of a template's fields.
        let given =
            path.is_empty() && tree.is_definition() && ["context", "parameter"].contains(&&*field.name);
        if given || out.iter().any(|c| c.label == *field.name) || field.name.parse::<u32>().is_ok() {
            continue;
        }
        any = true;
        out.push(Completion {
            label: field.name.to_string(),
            kind: ItemKind::Field,
            detail: match field.mark {
                "!" => format!("{}, required", one_line(&values, value)),
                "?" => format!("{}, optional", one_line(&values, value)),
                _ => one_line(&values, value),
            },
            doc: value.docs.join("\n"),
            span,
            insert: label_text(&field.name),
            rank: rank(field.mark, value),
            also: None,
            snippet: None,
        });
    }
    any
}

/// What has to be given comes first, then what has a default, then what may be left out.
fn rank(mark: &str, value: &ValueNode) -> u8 {
    match (mark, &value.shape) {
        ("?", _) => 1,
        (_, ValueShape::Scalar { concrete: true, .. } | ValueShape::Scalar { default: Some(_), .. }) => 1,
        _ => 0,
    }
}

fn label_text(name: &str) -> String {
    if name.starts_with(['#', '_']) || vela_syntax::literal::is_identifier(name) {
        name.to_owned()
    } else {
        vela_syntax::literal::label(name)
    }
}

fn one_line(values: &Values, node: &ValueNode) -> String {
    match &node.shape {
        ValueShape::Scalar { text, .. } => text.lines().next().unwrap_or("").to_owned(),
        ValueShape::Struct(_) => "{…}".to_owned(),
        ValueShape::List(_) => "[…]".to_owned(),
        ValueShape::Unknown | ValueShape::Error => values.shown(node, 1),
    }
}

/// The labels that the struct around an offset has itself.
fn written(tree: &CueFile, offset: u32) -> Vec<&str> {
    let (file, text) = (&tree.parse.file, &*tree.text);
    let around = file.exprs.iter().enumerate().filter(|(i, e)| {
        let span = file.expr_spans[*i];
        matches!(e, Expr::Struct(_)) && span.start < offset && offset < span.end
    });
    let innermost = around.min_by_key(|(i, _)| file.expr_spans[*i].end - file.expr_spans[*i].start);
    let list = match innermost.map(|(_, e)| e) {
        Some(Expr::Struct(list)) => *list,
        _ => file.top,
    };
    let labels = file.decl_list(list).iter().filter_map(|id| match file.decl(*id) {
        Decl::Field(field) => literal::label(file, text, &field.label).map(|_| field.label_span.of(text)),
        _ => None,
    });
    labels.map(|l| l.trim_matches('"')).collect()
}

/// The values that the field around a value being written may have.
pub(crate) fn choices(db: &dyn Db, file: File, span: Span, out: &mut Vec<Completion>) {
    let text = attempt(file.text(db), span, "_");
    let tree = CueFile::new(text.as_str().into());
    let Some(path) = paths::field_path(&tree, span.start) else { return };
    let values = facts::value_with(db, file, &text, &path);
    let Some(node) = values.nodes.first() else { return };
    let ValueShape::Scalar { text, default, choices, concrete } = &node.shape else { return };
    let mut all: Vec<&str> = choices.iter().map(|c| &**c).collect();
    if let Some(default) = default.as_deref().filter(|d| !all.contains(d)) {
        all.insert(0, default);
    }
    if *concrete {
        all.push(text);
    }
    if all.is_empty() && text.split(" | ").any(|t| t == "bool") {
        all.extend(["true", "false"]);
    }
    for value in all {
        let is_default = default.as_deref() == Some(value);
        if out.iter().any(|c| c.label == *value) {
            continue;
        }
        out.push(Completion {
            label: value.to_owned(),
            kind: ItemKind::Value,
            detail: if is_default { "default".to_owned() } else { String::new() },
            doc: String::new(),
            span,
            insert: value.to_owned(),
            rank: 0,
            also: None,
            snippet: None,
        });
    }
}

/// The members of the value that a chain of names ends at, where evaluation knows more than the declarations.
pub(crate) fn members(db: &dyn Db, file: File, chain: Span, word: Span, out: &mut Vec<Completion>) {
    let whole = chain.cover(word);
    let names = chain.of(file.text(db));
    let text = attempt(file.text(db), whole, "_");
    let parts: Vec<String> = names.split('.').map(str::to_owned).collect();
    let Some(first) = parts.first() else { return };
    let Some(crate::names::Meaning::Declared(sites)) = crate::names::resolve(db, file, first, chain.start)
    else {
        return;
    };
    let Some(site) = sites.first() else { return };
    let Some(mut path) = paths::field_path(crate::names::tree(db, site.file), site.label.start) else {
        return;
    };
    path.extend(parts.iter().skip(1).cloned());
    // The text parses; what the chain means was asked of the tree before.
    let values = facts::value_with(db, file, &text, &path);
    let Some(node) = values.nodes.first() else { return };
    for field in &node.fields {
        let identifier =
            field.name.starts_with(['#', '_']) || vela_syntax::literal::is_identifier(&field.name);
        if !identifier || out.iter().any(|c| c.label == *field.name) {
            continue;
        }
        let value = values.node(field.node);
        out.push(Completion {
            label: field.name.to_string(),
            kind: ItemKind::Field,
            detail: one_line(&values, value),
            doc: value.docs.join("\n"),
            span: word,
            insert: field.name.to_string(),
            rank: 0,
            also: None,
            snippet: None,
        });
    }
}
