//! A template as KubeVela evaluates it: its tree with `list.Concat`, `list.Repeat` and `"error"` in place of what is old.
//! Spans of what was there stay, so messages still point into the user's text; names that are new stand behind it.

use vela_diagnostics::Span;
use vela_syntax::ast::{Decl, Expr, ExprId, File, Ident, Import, Label, List};

use crate::legacy::Old;

/// What new names of the tree refer to.
const SPARE: [&str; 5] = ["\"list\"", "_list_of_old", "Concat", "Repeat", "\"error\""];

/// A file with the idioms `old` replaced, and the text that it counts in.
pub fn modern(file: &File, text: &str, old: &[Old]) -> (File, String) {
    let mut text = text.to_owned();
    let mut spare = [Span::default(); SPARE.len()];
    for (span, word) in spare.iter_mut().zip(SPARE) {
        text.push('\n');
        let start = text.len() as u32;
        text.push_str(word);
        *span = Span::new(start, text.len() as u32);
    }
    let [path, name, concat, repeat, error] = spare;
    let mut file = file.clone();
    let mut listed = false;
    for one in old {
        match *one {
            Old::Sum(x) => {
                let Expr::Binary(_, a, b) = file.expr(x) else { continue };
                let items = list_of(&mut file, &[a, b]);
                let span = file.span(x);
                let both = push(&mut file, Expr::List(items), span);
                call(&mut file, x, (name, concat), &[both]);
                listed = true;
            }
            Old::Product(x, first) => {
                let Expr::Binary(_, a, b) = file.expr(x) else { continue };
                let (list, count) = if first { (a, b) } else { (b, a) };
                call(&mut file, x, (name, repeat), &[list, count]);
                listed = true;
            }
            Old::Label(decl) => {
                let quoted = push(&mut file, Expr::String, error);
                if let Decl::Field(field) = &mut file.decls[decl.0 as usize] {
                    field.label = Label::String(quoted);
                }
            }
        }
    }
    if listed {
        file.imports.push(Import { name: Some(Ident { span: name }), path, span: path });
    }
    (file, text)
}

fn push(file: &mut File, expr: Expr, span: Span) -> ExprId {
    let id = ExprId(file.exprs.len() as u32);
    file.exprs.push(expr);
    file.expr_spans.push(span);
    id
}

fn list_of(file: &mut File, items: &[ExprId]) -> List {
    let start = file.expr_lists.len() as u32;
    file.expr_lists.extend_from_slice(items);
    List { start, len: items.len() as u32 }
}

/// Makes of an expression a call of a function of the package `list`.
fn call(file: &mut File, at: ExprId, (package, function): (Span, Span), arguments: &[ExprId]) {
    let package_name = push(file, Expr::Ident, package);
    let function_name = push(file, Expr::Ident, function);
    let selected = push(file, Expr::Select(package_name, function_name), function);
    file.op_positions.push((selected, function.start));
    let arguments = list_of(file, arguments);
    file.exprs[at.0 as usize] = Expr::Call(selected, arguments);
}
