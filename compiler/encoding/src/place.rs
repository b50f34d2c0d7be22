//! Sources put below labels and into lists (`output-and-cli.md` E3), as one CUE file.

use std::fmt::Write;

use vela_syntax::ast::Decl;
use vela_syntax::literal::label;

use crate::source::{Shape, Source};

/// A value and the labels it goes below.
#[derive(Clone, Debug)]
pub struct Placed {
    /// From the outside.
    pub labels: Vec<String>,
    /// The value.
    pub source: Source,
}

#[derive(Default)]
struct Tree {
    fields: Vec<(String, Tree)>,
    elements: Vec<String>,
}

impl Tree {
    fn at(&mut self, labels: &[String]) -> &mut Tree {
        let mut here = self;
        for label in labels {
            let n = here.fields.iter().position(|(l, _)| l == label).unwrap_or_else(|| {
                here.fields.push((label.clone(), Tree::default()));
                here.fields.len() - 1
            });
            here = &mut here.fields[n].1;
        }
        here
    }

    fn write(&self, out: &mut String) {
        if !self.fields.is_empty() {
            for (name, inner) in &self.fields {
                let _ = write!(out, "{}: ", label(name));
                if inner.fields.is_empty() {
                    inner.write(out);
                } else {
                    out.push_str("{\n");
                    inner.write(out);
                    out.push('}');
                }
                out.push('\n');
            }
            return;
        }
        let _ = write!(out, "[{}]", self.elements.join(", "));
    }
}

/// Whether a struct is one field on one line, which can follow a label without braces.
fn is_single(source: &Source) -> bool {
    if !matches!(source.shape, Shape::Struct { .. }) || source.text.contains('\n') {
        return false;
    }
    let parse = vela_syntax::parse(&source.text, &vela_syntax::ParseOptions::default());
    let comments = !parse.file.comments.is_empty();
    let only = matches!(parse.file.decl_list(parse.file.top), [one] if matches!(parse.file.decl(*one), Decl::Field(_)));
    only && !comments && parse.errors.is_empty()
}

/// The file with all values, `list` as elements of lists.
///
/// # Errors
/// A value that can stand at the root of a file only in a list.
pub fn file(values: &[Placed], list: bool) -> Result<String, String> {
    let mut out = String::new();
    if list {
        let mut tree = Tree::default();
        for value in values {
            out.push_str(&value.source.head);
            tree.at(&value.labels).elements.push(value.source.in_braces());
        }
        tree.write(&mut out);
        if !out.ends_with('\n') {
            out.push('\n');
        }
        return Ok(out);
    }
    for Placed { labels, source } in values {
        if labels.is_empty() {
            match source.shape {
                Shape::Struct { .. } => out.push_str(&source.declarations()),
                Shape::List if values.len() > 1 => {
                    return Err(
                        "expected struct as object root, did you mean to use the --list flag?".to_owned()
                    );
                }
                _ if values.len() > 1 => return Err("cannot map non-struct to object root".to_owned()),
                _ => out.push_str(&source.declarations()),
            }
            continue;
        }
        out.push_str(&source.head);
        for name in labels {
            let _ = write!(out, "{}: ", label(name));
        }
        out.push_str(&if labels.len() == 1 && is_single(source) {
            source.text.clone()
        } else {
            source.in_braces()
        });
        out.push('\n');
    }
    Ok(out)
}
