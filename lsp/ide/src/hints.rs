//! Inlay hints: what is not written but holds. In `.cue` the value that a reference, an expression or a choice with a
//! default came to; in Applications the defaults of properties that are not given.

use vela_db::cue::CueFile;
use vela_db::parts;
use vela_db::schema::{Schema, shown_value};
use vela_db::values::{ValueShape, Values};
use vela_db::{Db, File, facts, queries};
use vela_diagnostics::Span;
use vela_oam::definition::literal;
use vela_syntax::ast::{BinaryOp, Decl, Expr, ExprId, List, UnaryOp};

/// A hint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// Where it is shown.
    pub offset: u32,
    /// What is shown.
    pub label: String,
    /// More about it, one fact a line.
    pub tooltip: String,
}

/// Longest value shown in a line, in characters.
const MAX_SHOWN: usize = 40;
/// Most defaults shown of one part.
const MAX_DEFAULTS: usize = 3;

/// The hints in a part of a file.
pub fn hints(db: &dyn Db, file: File, within: Span) -> Vec<Hint> {
    match queries::Language::of(file.path(db)) {
        queries::Language::Cue => cue(db, file, within),
        queries::Language::Yaml if queries::may_be_oam(file.text(db)) => yaml(db, file, within),
        _ => Vec::new(),
    }
}

fn cue(db: &dyn Db, file: File, within: Span) -> Vec<Hint> {
    let cue = queries::cue(db, file);
    let values = facts::values(db, file);
    let mut walk = Walk { cue, values: &values, within, out: Vec::new() };
    let top = cue.parse.file.top;
    if cue.is_definition() {
        for (_, _, field) in cue.top().filter(|(_, name, _)| &**name == "template") {
            walk.value(field.value, &mut Vec::new(), 0);
        }
    } else {
        walk.declarations(top, &mut Vec::new(), 0);
    }
    walk.out
}

/// Most hints of one answer.
const MAX_HINTS: usize = 500;
/// Deepest nesting that is looked at.
const MAX_DEPTH: u32 = 48;

/// Goes down a tree with the path of where it is, only where the part asked for is.
struct Walk<'a> {
    cue: &'a CueFile,
    values: &'a Values,
    within: Span,
    out: Vec<Hint>,
}

impl Walk<'_> {
    fn declarations(&mut self, list: List, path: &mut Vec<String>, depth: u32) {
        let (ast, text) = (&self.cue.parse.file, &*self.cue.text);
        for id in ast.decl_list(list) {
            let span = ast.decl_spans[id.0 as usize];
            if self.out.len() >= MAX_HINTS || span.start > self.within.end || span.end < self.within.start {
                continue;
            }
            match ast.decl(*id) {
                Decl::Field(field) => {
                    let Some(name) = literal::label(ast, text, &field.label) else { continue };
                    path.push(name.to_string());
                    if says_little(ast, field.value) {
                        let hint = value_hint(self.values, path, ast.span(field.value), text);
                        self.out.extend(hint);
                    }
                    self.value(field.value, path, depth + 1);
                    path.pop();
                }
                Decl::Embed(value) => self.value(value, path, depth + 1),
                _ => {}
            }
        }
    }

    fn value(&mut self, id: ExprId, path: &mut Vec<String>, depth: u32) {
        let ast = &self.cue.parse.file;
        if depth > MAX_DEPTH {
            return;
        }
        match ast.expr(id) {
            Expr::Struct(list) => self.declarations(list, path, depth + 1),
            Expr::Paren(inner) | Expr::Alias(_, inner) => self.value(inner, path, depth + 1),
            Expr::Binary(BinaryOp::And, l, r) => {
                self.value(l, path, depth + 1);
                self.value(r, path, depth + 1);
            }
            Expr::List(list) => {
                for (i, element) in ast.expr_list(list).iter().enumerate() {
                    path.push(i.to_string());
                    self.value(*element, path, depth + 1);
                    path.pop();
                }
            }
            _ => {}
        }
    }
}

fn value_hint(values: &Values, path: &[String], span: Span, text: &str) -> Option<Hint> {
    let ValueShape::Scalar { text: value, concrete, default, .. } = &values.at(path)?.shape else {
        return None;
    };
    let shown = if *concrete { value } else { default.as_ref()? };
    if shown.chars().count() > MAX_SHOWN || span.of(text) == &**shown {
        return None;
    }
    let tooltip = if *concrete { "the value".to_owned() } else { format!("the default of `{value}`") };
    Some(Hint { offset: span.end, label: format!("= {shown}"), tooltip })
}

/// Whether an expression does not show what it comes to.
fn says_little(file: &vela_syntax::ast::File, id: ExprId) -> bool {
    match file.expr(id) {
        Expr::Ident | Expr::Select(..) | Expr::Index(..) | Expr::Call(..) | Expr::Interpolation(_) => true,
        Expr::Binary(BinaryOp::Or, ..) => true,
        Expr::Binary(BinaryOp::And, l, r) => says_little(file, l) || says_little(file, r),
        Expr::Binary(..) => true,
        Expr::Paren(inner) | Expr::Alias(_, inner) => says_little(file, inner),
        Expr::Unary(op, _) => matches!(op, UnaryOp::Not),
        _ => false,
    }
}

fn yaml(db: &dyn Db, file: File, within: Span) -> Vec<Hint> {
    let read = queries::yaml(db, file);
    let text = file.text(db);
    let mut out = Vec::new();
    for doc in read.parsed.docs.iter().filter(|d| d.sound) {
        for part in parts::parts(doc).into_iter().filter(|p| !p.partial) {
            let Some((name, node)) = part.type_name.as_deref().zip(part.type_node) else { continue };
            let Some((_, schema)) = queries::find(db, part.kind, name) else { continue };
            let key = doc.get(part.node, "properties").map_or(node, |e| e.key);
            let at = doc.node(key).span;
            // At the end of the line of `properties:`, or of the type where there are none.
            let rest = text.get(at.end as usize..).and_then(|t| t.lines().next()).unwrap_or("");
            let offset = at.end + rest.trim_end().len() as u32;
            if offset < within.start || at.start > within.end {
                continue;
            }
            let given = part.properties.and_then(|p| doc.entries(p)).unwrap_or_default();
            let defaults = defaults(&schema, &|name| given.iter().any(|e| &*e.name == name));
            if defaults.is_empty() {
                continue;
            }
            let mut label = defaults.iter().take(MAX_DEFAULTS).cloned().collect::<Vec<_>>().join(", ");
            if defaults.len() > MAX_DEFAULTS {
                label.push_str(", …");
            }
            let tooltip = format!("defaults that apply:\n{}", defaults.join("\n"));
            out.push(Hint { offset, label, tooltip });
        }
    }
    out
}

/// The defaults of fields at the top of a parameter that are not given.
fn defaults(schema: &Schema, given: &dyn Fn(&str) -> bool) -> Vec<String> {
    let structs = schema.structs(schema.root);
    let [only] = structs.as_slice() else { return Vec::new() };
    let mut out = Vec::new();
    for field in only.fields.iter().filter(|f| f.need != vela_db::schema::Need::Optional && !given(&f.name)) {
        if let Some(default) = &schema.node(field.node).default {
            let shown = shown_value(default);
            if shown.chars().count() <= MAX_SHOWN {
                out.push(format!("{}: {shown}", field.name));
            }
        }
    }
    out
}
