//! Old idioms rewritten in the text: what is around them stays as it is, character by character.

use vela_syntax::ParseOptions;
use vela_syntax::ast::{BinaryOp, Decl, DeclId, Expr, ExprId, File, Label};
use vela_syntax::literal::{self, StringValue};

use crate::definition::convert::without_comments;
use crate::definition::cue_form::LANGUAGE;
use crate::legacy::{Old, find, outermost};

/// A text with its old idioms rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// How many places changed.
    pub count: usize,
    /// Names of the field `error` that found it without quotes and now mean CUE's function: their offsets.
    pub references: Vec<u32>,
}

/// The text of a definition rewritten, its status sections that stand as text too; `None` where nothing is old, or it
/// is not CUE.
pub fn fixed_definition(text: &str) -> Option<Fixed> {
    let Some(status) = sections(text) else { return fixed(text) };
    match fixed(&status.text) {
        Some(all) => Some(Fixed { count: all.count + status.count, ..all }),
        None => Some(status),
    }
}

/// Status sections in multi-line texts.
fn sections(text: &str) -> Option<Fixed> {
    let parse = vela_syntax::parse(text, &ParseOptions { version: LANGUAGE });
    if !parse.errors.is_empty() {
        return None;
    }
    let file = &parse.file;
    let mut edits: Vec<(usize, usize, String)> = Vec::new();
    let mut count = 0;
    for decl in &file.decls {
        let Decl::Field(field) = decl else { continue };
        let Some(name) = crate::definition::literal::label(file, text, &field.label) else { continue };
        if !crate::definition::status::SECTIONS.contains(&&*name) || file.expr(field.value) != Expr::String {
            continue;
        }
        let span = file.span(field.value);
        let literal = span.of(text);
        // Only texts whose lines stand as they are: nothing to escape, one indentation.
        let plain = literal.strip_prefix("\"\"\"\n").and_then(|l| l.strip_suffix("\"\"\""));
        let Some(body) = plain.filter(|b| !b.contains('\\')) else { continue };
        let indent = &body[body.rfind('\n').map_or(0, |at| at + 1)..];
        let lines = body.lines().map(|l| l.strip_prefix(indent).unwrap_or(l.trim_start()));
        let source: Vec<&str> = lines.take(body.lines().count().saturating_sub(1)).collect();
        let Some(new) = fixed(&source.join("\n")) else { continue };
        let lines =
            new.text.lines().map(|l| if l.is_empty() { "\n".to_owned() } else { format!("{indent}{l}\n") });
        let lines: String = lines.collect();
        edits.push((span.start as usize, span.end as usize, format!("\"\"\"\n{lines}{indent}\"\"\"")));
        count += new.count;
    }
    (count > 0).then(|| Fixed { text: edited(text, &edits), count, references: Vec::new() })
}

fn edited(text: &str, edits: &[(usize, usize, String)]) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len() + 64), 0);
    for (start, end, new) in edits {
        if *start < at {
            continue;
        }
        out.push_str(&text[at..*start]);
        out.push_str(new);
        at = *end;
    }
    out.push_str(&text[at..]);
    out
}

/// The text rewritten; `None` where nothing is old, or it is not CUE.
pub fn fixed(text: &str) -> Option<Fixed> {
    let parse = vela_syntax::parse(text, &ParseOptions { version: LANGUAGE });
    if !parse.errors.is_empty() {
        return None;
    }
    let file = &parse.file;
    let found = find(file, text);
    if found.is_empty() {
        return None;
    }
    let listed = found.iter().any(|old| !matches!(old, Old::Label(_)));
    let package = if listed { package_name(file, text) } else { None };
    let name = package.as_ref().map_or("list", |(name, _)| name.as_str());
    let count = outermost(file, found.clone()).len();
    let rewriter = Rewriter { file, text, old: &found, list: name };
    let mut out = String::with_capacity(text.len() + 64);
    rewriter.copy(0, text.len(), None, &mut out);
    if let Some((name, true)) = &package {
        out = with_import(&out, name);
    }
    Some(Fixed { text: out, count, references: references(file, text, &found) })
}

/// The name by which the package `list` is called, and whether it has to be imported.
fn package_name(file: &File, text: &str) -> Option<(String, bool)> {
    for import in &file.imports {
        if literal::string(import.path.of(text)) == Ok(StringValue::Str("list".into())) {
            let name = import.name.map_or("list", |n| n.span.of(text));
            return Some((name.to_owned(), false));
        }
    }
    let named = |name: &str| {
        let declared = file.decls.iter().any(|decl| match decl {
            Decl::Field(field) => matches!(field.label, Label::Ident(i) if i.span.of(text) == name),
            Decl::Let(ident, _) => ident.span.of(text) == name,
            _ => false,
        });
        declared
            || file.imports.iter().any(|i| i.path.of(text).trim_matches('"').rsplit('/').next() == Some(name))
    };
    let free =
        ["list", "lists", "listPackage"].into_iter().find(|name| !named(name)).unwrap_or("listPackage");
    Some((free.to_owned(), true))
}

/// Bare names `error`, where the field of that name gets quotes.
fn references(file: &File, text: &str, found: &[Old]) -> Vec<u32> {
    if !found.iter().any(|old| matches!(old, Old::Label(_))) {
        return Vec::new();
    }
    let mut called: Vec<ExprId> = Vec::new();
    for x in &file.exprs {
        match x {
            Expr::Call(f, _) | Expr::Select(_, f) => called.push(*f),
            _ => {}
        }
    }
    let ids = (0..file.exprs.len() as u32).map(ExprId);
    ids.filter(|x| file.expr(*x) == Expr::Ident && file.span(*x).of(text) == "error" && !called.contains(x))
        .map(|x| file.span(x).start)
        .collect()
}

struct Rewriter<'f> {
    file: &'f File,
    text: &'f str,
    old: &'f [Old],
    list: &'f str,
}

impl Rewriter<'_> {
    /// Copies a part of the text with what is old in it rewritten, the expression `within` itself left out.
    fn copy(&self, start: usize, end: usize, within: Option<ExprId>, out: &mut String) {
        let mut at = start;
        for old in self.old {
            let span = old.span(self.file);
            let (first, last) = (span.start as usize, span.end as usize);
            let own = matches!(*old, Old::Sum(x) | Old::Product(x, _) if Some(x) == within);
            if own || first < at || last > end {
                continue;
            }
            out.push_str(&self.text[at..first]);
            self.one(*old, out);
            at = last;
        }
        out.push_str(&self.text[at..end]);
    }

    fn one(&self, old: Old, out: &mut String) {
        match old {
            Old::Label(_) => out.push_str("\"error\""),
            Old::Sum(x) => {
                let mut operands = Vec::new();
                self.operands(x, &mut operands);
                out.push_str(self.list);
                out.push_str(".Concat([");
                self.separated(&operands, x, out);
                out.push_str("])");
            }
            Old::Product(x, first) => {
                let Expr::Binary(_, a, b) = self.file.expr(x) else { return };
                let (list, count) = if first { (a, b) } else { (b, a) };
                out.push_str(self.list);
                out.push_str(".Repeat(");
                self.separated(&[list, count], x, out);
                out.push(')');
            }
        }
    }

    fn separated(&self, operands: &[ExprId], within: ExprId, out: &mut String) {
        for (i, operand) in operands.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            let span = self.file.span(*operand);
            self.copy(span.start as usize, span.end as usize, Some(within), out);
        }
    }

    /// The operands of a chain of sums, left to right.
    fn operands(&self, x: ExprId, out: &mut Vec<ExprId>) {
        let mut right = Vec::new();
        let mut at = x;
        while let Expr::Binary(BinaryOp::Add, a, b) = self.file.expr(at)
            && self.old.contains(&Old::Sum(at))
        {
            right.push(b);
            at = a;
        }
        out.push(at);
        out.extend(right.into_iter().rev());
    }
}

/// The text with an import of `list` as `name`: behind the imports that are there, else at the top.
fn with_import(text: &str, name: &str) -> String {
    let line =
        if name == "list" { "import \"list\"\n".to_owned() } else { format!("import {name} \"list\"\n") };
    let file = vela_syntax::parse(text, &ParseOptions { version: LANGUAGE }).file;
    if let Some(first) = file.imports.first() {
        // Before the line of the first declaration of imports.
        let before = without_comments(&text[..first.span.start as usize]);
        let at = before.rfind("import").unwrap_or(0);
        return format!("{}{line}{}", &text[..at], &text[at..]);
    }
    if let Some(package) = file.package {
        let end = package.span.end as usize;
        let at = text[end..].find('\n').map_or(text.len(), |i| end + i + 1);
        return format!("{}\n{line}\n{}", &text[..at], text[at..].trim_start_matches('\n'));
    }
    // Below the comments at the top that belong to nothing.
    let first: Option<DeclId> = file.decl_list(file.top).first().copied();
    let documented = first.and_then(|d| file.docs(d).first().map(|c| c.span.start));
    let start =
        documented.or_else(|| first.map(|d| file.decl_spans[d.0 as usize].start)).unwrap_or(0) as usize;
    let at = text[..start].rfind('\n').map_or(0, |i| i + 1);
    format!("{}{line}\n{}", &text[..at], &text[at..])
}
