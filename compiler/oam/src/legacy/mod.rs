//! Idioms that CUE no longer has and that KubeVela keeps alive: `+` and `*` of lists, and fields with the bare name
//! `error`. They are found by what the operands are, not by how they are called; evaluated as KubeVela does
//! (`modern.rs`); and rewritten on request (`fix.rs`, `vela-lang def fix`).

mod find;
mod fix;
mod modern;

use vela_diagnostics::catalogue::definitions::LEGACY;
use vela_diagnostics::{Diagnostic, Span};
use vela_syntax::ast::{BinaryOp, DeclId, Expr, ExprId, File};

use crate::definition::Template;
use crate::definition::cue_form::LANGUAGE;
use crate::engine::Fault;

pub use find::find;
pub use fix::{Fixed, fixed, fixed_definition};
pub use modern::modern;

/// What to do about idioms of old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Legacy {
    /// Evaluate them as KubeVela does, and warn.
    #[default]
    Warn,
    /// Evaluate them as KubeVela does.
    Allow,
    /// Refuse them.
    Deny,
}

/// What is old about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Old {
    /// `a + b` of lists.
    Sum(ExprId),
    /// `a * n` of a list and a number: the product and whether the list stands first.
    Product(ExprId, bool),
    /// A field `error` without quotes.
    Label(DeclId),
}

impl Old {
    /// What is said of it.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Sum(_) => "`+` of lists is no longer CUE: KubeVela rewrites it to `list.Concat`",
            Self::Product(..) => "`*` of a list is no longer CUE: KubeVela rewrites it to `list.Repeat`",
            Self::Label(_) => "`error` is a function of CUE: KubeVela puts the name of this field in quotes",
        }
    }

    /// Where it stands.
    pub fn span(self, file: &File) -> Span {
        match self {
            Self::Sum(x) | Self::Product(x, _) => file.span(x),
            Self::Label(decl) => match file.decl(decl) {
                vela_syntax::ast::Decl::Field(field) => field.label_span,
                _ => file.decl_spans[decl.0 as usize],
            },
        }
    }
}

/// What a template's old idioms give to be told.
pub fn diagnostics(template: &Template, legacy: Legacy) -> Vec<Diagnostic> {
    if legacy == Legacy::Allow {
        return Vec::new();
    }
    let told = |old: Old| {
        let diagnostic = match legacy {
            Legacy::Deny => Diagnostic::error(LEGACY, old.message()),
            _ => Diagnostic::warning(LEGACY, old.message()),
        };
        diagnostic
            .at(template.source, old.span(&template.ast))
            .help("`vela-lang def fix` rewrites the definition; `--legacy` accepts it as it is")
    };
    outermost(&template.ast, find(&template.ast, &template.text)).into_iter().map(told).collect()
}

/// Without sums that are operands of sums: a chain is one idiom.
fn outermost(file: &File, found: Vec<Old>) -> Vec<Old> {
    let inner = |old: &Old| {
        let Old::Sum(x) = *old else { return false };
        found.iter().any(|other| match *other {
            Old::Sum(outer) => matches!(file.expr(outer), Expr::Binary(BinaryOp::Add, a, _) if a == x),
            _ => false,
        })
    };
    found.iter().copied().filter(|old| !inner(old)).collect()
}

/// The start of the message that refuses a sum of lists, and of that which refuses a product.
const REFUSED: [&str; 2] = ["Addition of lists is superseded", "Multiplication of lists is superseded"];

/// Sums and products that turned out to be of lists only when they were evaluated.
pub fn met(template: &Template, faults: &[Fault]) -> Vec<Old> {
    refused(faults)
        .flat_map(|(fault, sum)| {
            let own = fault.places.iter().filter(|(source, _)| *source == template.source);
            own.filter_map(move |(_, span)| at(&template.ast, &template.text, span.start, sum))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The same of a text that is no file: its places are not known, so that all sums (or products) count.
pub fn met_in(text: &str, faults: &[Fault]) -> Vec<Old> {
    let file = vela_syntax::parse(text, &vela_syntax::ParseOptions { version: LANGUAGE }).file;
    let mut out = Vec::new();
    for (_, sum) in refused(faults) {
        for x in (0..file.exprs.len() as u32).map(ExprId) {
            match file.expr(x) {
                Expr::Binary(BinaryOp::Add, ..) if sum => out.push(Old::Sum(x)),
                Expr::Binary(BinaryOp::Mul, ..) if !sum => {
                    out.push(Old::Product(x, !find::is_count(&file, text, x)));
                }
                _ => {}
            }
        }
    }
    out.sort();
    out.dedup();
    out
}

fn refused(faults: &[Fault]) -> impl Iterator<Item = (&Fault, bool)> {
    faults.iter().filter_map(|fault| {
        let kind = REFUSED.iter().position(|start| fault.message.contains(start))?;
        Some((fault, kind == 0))
    })
}

/// The innermost sum or product whose operator or start is at `offset`.
fn at(file: &File, text: &str, offset: u32, sum: bool) -> Option<Old> {
    let fits = |x: &ExprId| {
        let fits = match file.expr(*x) {
            Expr::Binary(BinaryOp::Add, ..) => sum,
            Expr::Binary(BinaryOp::Mul, ..) => !sum,
            _ => false,
        };
        fits && (file.op_position(*x) == offset || file.span(*x).start == offset)
    };
    let all = (0..u32::try_from(file.exprs.len()).ok()?).map(ExprId).filter(fits);
    let x = all.min_by_key(|x| (file.op_position(*x) != offset, file.span(*x).end))?;
    Some(if sum { Old::Sum(x) } else { Old::Product(x, !find::is_count(file, text, x)) })
}

#[cfg(test)]
mod tests;
