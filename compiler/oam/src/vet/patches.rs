//! Patches that nothing reads, and markers that have no effect: misspelt ones, those that stand where they are not read,
//! those that do not fit their field.

use std::sync::Arc;

use vela_diagnostics::catalogue::definitions::USELESS_PATCH;
use vela_diagnostics::{Diagnostic, Edit, Fix, Span, did_you_mean};
use vela_syntax::ast::{Decl, DeclId, Expr, ExprId, Field};

use super::{Part, Subject};
use crate::definition::{Kind, literal};
use crate::schema::Schema;

/// What `+patchStrategy` may say. `open` is what one of KubeVela's own definitions says; it means nothing.
const STRATEGIES: [&str; 5] = ["retainKeys", "replace", "jsonMergePatch", "jsonPatch", "open"];

/// A marker in a comment.
struct Marker {
    name: String,
    name_span: Span,
    value: String,
    value_span: Span,
}

/// Looks at patches and markers.
pub fn check(subject: &Subject<'_>, out: &mut Vec<Diagnostic>) {
    let warn =
        |span: Span, message: String| Diagnostic::warning(USELESS_PATCH, message).at(subject.source(), span);
    if subject.kind() != Kind::Trait {
        for (_, name, field) in
            subject.top().filter(|(_, name, _)| matches!(&**name, "patch" | "patchOutputs"))
        {
            let message =
                format!("`{name}` of a {} is never applied: only traits patch", subject.kind().word());
            out.push(warn(field.label_span, message));
        }
    }
    let mut attached: Vec<Span> = Vec::new();
    subject.walk(&mut |part| {
        let Part::Decl(id) = part else { return };
        let start = subject.file().decl_spans[id.0 as usize].start;
        for comment in subject.file().docs(id) {
            if comment.span.start < start {
                attached.push(comment.span);
                if let (Some(marker), Decl::Field(field)) =
                    (marker(subject, comment.span), subject.file().decl(id))
                {
                    on_field(subject, id, &field, &marker, out);
                }
            }
        }
    });
    for comment in &subject.file().comments {
        let Some(marker) = marker(subject, comment.span) else { continue };
        misspelt(subject, &marker, out);
        let known = matches!(&*marker.name, "patchKey" | "patchStrategy");
        if known && !attached.contains(&comment.span) {
            let message =
                format!("marker `+{}` is not directly above a field, where it would be read", marker.name);
            out.push(warn(comment.span, message).help("leave no blank line between it and its field"));
        }
    }
}

fn marker(subject: &Subject<'_>, comment: Span) -> Option<Marker> {
    let text = subject.text(comment);
    let body = text.trim_start_matches('/').trim_start();
    let (name, value) = body.strip_prefix('+')?.split_once('=')?;
    let start = comment.start + (text.len() - body.len()) as u32 + 1;
    let value_start = start + name.len() as u32 + 1;
    Some(Marker {
        name: name.trim().to_owned(),
        name_span: Span::new(start, start + name.trim_end().len() as u32),
        value: value.trim().to_owned(),
        value_span: Span::new(value_start, value_start + value.len() as u32),
    })
}

fn misspelt(subject: &Subject<'_>, marker: &Marker, out: &mut Vec<Diagnostic>) {
    let near = |known: &str| {
        marker.name != known
            && (marker.name.eq_ignore_ascii_case(known)
                || vela_diagnostics::nearest(&marker.name, [known]).is_some_and(|n| n == known))
    };
    let Some(meant) = ["patchKey", "patchStrategy"].into_iter().find(|k| near(k)) else { return };
    // `patchKey` and its longer sibling are both near to some names; what is one of them is no mistake.
    if matches!(&*marker.name, "patchKey" | "patchStrategy") {
        return;
    }
    let message = format!("marker `+{}` is misspelt and has no effect", marker.name);
    let edits = vec![Edit { source: subject.source(), span: marker.name_span, text: meant.to_owned() }];
    let fix = Fix { title: format!("Change to `+{meant}`"), edits, certain: false };
    let diagnostic = Diagnostic::warning(USELESS_PATCH, message).at(subject.source(), marker.name_span);
    out.push(diagnostic.help(format!("did you mean `+{meant}`?")).fix(fix));
}

fn on_field(subject: &Subject<'_>, id: DeclId, field: &Field, marker: &Marker, out: &mut Vec<Diagnostic>) {
    let (last, value) = last_of_chain(subject, field);
    let name = literal::label(subject.file(), &subject.template.text, &last.label);
    let name = name.as_deref().unwrap_or("the field").to_owned();
    let warn =
        |message: String| Diagnostic::warning(USELESS_PATCH, message).at(subject.source(), marker.value_span);
    match &*marker.name {
        "patchStrategy" if !STRATEGIES.contains(&&*marker.value) => {
            let mut diagnostic = warn(format!("there is no patch strategy `{}`", marker.value));
            diagnostic.help = did_you_mean(&marker.value, STRATEGIES)
                .or_else(|| Some(format!("there are: {}", STRATEGIES[..4].join(", "))));
            out.push(diagnostic);
        }
        "patchStrategy" if matches!(&*marker.value, "jsonPatch" | "jsonMergePatch") => {
            let top = subject.top().any(|(top, top_name, _)| top == id && &*top_name == "patch");
            if !top || last.colon != field.colon {
                let message =
                    format!("strategy `{}` counts only directly above `patch: {{…}}`", marker.value);
                out.push(warn(message));
            } else if marker.value == "jsonPatch" && !has_field(subject, value, "operations") {
                out.push(warn("a JSON patch needs a list `operations`".to_owned()));
            }
        }
        "patchStrategy" if marker.value == "replace" && is_struct_or_scalar(subject, value) => {
            out.push(warn(format!("strategy `replace` is for lists, and `{name}` is none")));
        }
        "patchKey" => patch_key(subject, &name, value, marker, out),
        _ => {}
    }
}

fn patch_key(subject: &Subject<'_>, name: &str, value: ExprId, marker: &Marker, out: &mut Vec<Diagnostic>) {
    let warn =
        |span: Span, message: String| Diagnostic::warning(USELESS_PATCH, message).at(subject.source(), span);
    if marker.value.is_empty() || marker.value.contains(char::is_whitespace) {
        out.push(warn(marker.value_span, "a patch key is one name, such as `+patchKey=name`".to_owned()));
        return;
    }
    let file = subject.file();
    match file.expr(value) {
        Expr::List(items) => {
            let keys: Vec<&str> = marker.value.split(',').collect();
            for item in file.expr_list(items) {
                let Expr::Struct(decls) = file.expr(*item) else { continue };
                let plain = file.decl_list(decls).iter().all(|d| matches!(file.decl(*d), Decl::Field(_)));
                let found =
                    keys.iter().find_map(|k| field_at(subject, *item, &k.split('.').collect::<Vec<_>>()));
                match found {
                    None if plain => {
                        let message = format!(
                            "this element has no `{}`, by which elements of `{name}` are paired: it is joined by its place",
                            marker.value
                        );
                        out.push(warn(file.span(*item), message));
                    }
                    Some(key) => defaulted(subject, key, out),
                    None => {}
                }
            }
        }
        Expr::Struct(_) if !holds_list(subject, value) => {
            out.push(warn(
                marker.value_span,
                format!("`{name}` is no list and has none in it: there is nothing to pair"),
            ));
        }
        Expr::Number | Expr::String | Expr::Bool(_) | Expr::Null => {
            out.push(warn(marker.value_span, format!("`{name}` is no list: there is nothing to pair")));
        }
        _ => {}
    }
}

/// A key that is a parameter's default is no literal to KubeVela, and elements are then not paired.
fn defaulted(subject: &Subject<'_>, key: ExprId, out: &mut Vec<Diagnostic>) {
    let file = subject.file();
    let Expr::Select(base, label) = file.expr(key) else { return };
    if !matches!(file.expr(base), Expr::Ident) || subject.text(file.span(base)) != "parameter" {
        return;
    }
    let Some((schema, _)) = &subject.schema else { return };
    let name = subject.text(file.span(label));
    if has_default(schema, name) {
        let message = format!(
            "`parameter.{name}` has a default, and KubeVela does not pair elements by a key that was left to its default"
        );
        let diagnostic = Diagnostic::warning(USELESS_PATCH, message).at(subject.source(), file.span(key));
        out.push(diagnostic.help(format!("require the parameter: `{name}: string`")));
    }
}

fn has_default(schema: &Schema, name: &str) -> bool {
    schema.members(schema.root, name).iter().any(|(node, _)| schema.node(*node).default.is_some())
}

/// The field that a marker above a chain `a: b: c` belongs to, and its value.
fn last_of_chain(subject: &Subject<'_>, field: &Field) -> (Field, ExprId) {
    let file = subject.file();
    let mut last = *field;
    while let Expr::Struct(inner) = file.expr(last.value)
        && !subject.text(file.span(last.value)).starts_with('{')
        && let [only] = file.decl_list(inner)
        && let Decl::Field(next) = file.decl(*only)
    {
        last = next;
    }
    (last, last.value)
}

fn is_struct_or_scalar(subject: &Subject<'_>, value: ExprId) -> bool {
    matches!(
        subject.file().expr(value),
        Expr::Struct(_) | Expr::Number | Expr::String | Expr::Bool(_) | Expr::Null
    )
}

/// Whether there is a list, or something that may be one, anywhere in a struct.
fn holds_list(subject: &Subject<'_>, value: ExprId) -> bool {
    let file = subject.file();
    let mut work = vec![value];
    while let Some(at) = work.pop() {
        match file.expr(at) {
            Expr::Struct(decls) => {
                for decl in file.decl_list(decls) {
                    match file.decl(*decl) {
                        Decl::Field(field) => work.push(field.value),
                        _ => return true,
                    }
                }
            }
            Expr::Number | Expr::String | Expr::Interpolation(_) | Expr::Bool(_) | Expr::Null => {}
            _ => return true,
        }
    }
    false
}

fn has_field(subject: &Subject<'_>, value: ExprId, name: &str) -> bool {
    let file = subject.file();
    match file.expr(value) {
        Expr::Struct(decls) => file.decl_list(decls).iter().any(|d| match file.decl(*d) {
            Decl::Field(f) => literal::label(file, &subject.template.text, &f.label).as_deref() == Some(name),
            _ => true,
        }),
        _ => true,
    }
}

/// The value at a path of fields in a struct.
fn field_at(subject: &Subject<'_>, at: ExprId, path: &[&str]) -> Option<ExprId> {
    let Some((first, rest)) = path.split_first() else { return Some(at) };
    let file = subject.file();
    let named = |f: &Field| -> Option<Arc<str>> { literal::label(file, &subject.template.text, &f.label) };
    let mut fields = literal::fields(file, at)?;
    let field = fields.find(|f| named(f).as_deref() == Some(*first))?;
    field_at(subject, field.value, rest)
}
