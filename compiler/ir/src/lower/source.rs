//! Source text as messages show it, and the identifiers below an expression.

use vela_diagnostics::Span;
use vela_syntax::ast::{self, Expr, InterpPart, Label};

/// What is still to be visited.
enum Work {
    Expr(ast::ExprId),
    Decl(ast::DeclId),
    Ident(Span),
}

/// Calls `visit` for every identifier below an expression, those of labels and selectors included.
pub(super) fn identifiers(file: &ast::File, expr: ast::ExprId, visit: &mut dyn FnMut(Span)) {
    let mut work = vec![Work::Expr(expr)];
    while let Some(item) = work.pop() {
        match item {
            Work::Ident(span) => visit(span),
            Work::Decl(id) => match file.decl(id) {
                ast::Decl::Field(field) => {
                    work.push(Work::Expr(field.value));
                    work.extend(field.alias.map(|i| Work::Ident(i.span)));
                    work.push(match field.label {
                        Label::Ident(ident) => Work::Ident(ident.span),
                        Label::Bad(_) => continue,
                        Label::String(e)
                        | Label::Interpolation(e)
                        | Label::Dynamic(e)
                        | Label::Pattern(e) => Work::Expr(e),
                    });
                }
                ast::Decl::Let(ident, value) => {
                    work.extend([Work::Expr(value), Work::Ident(ident.span)]);
                }
                ast::Decl::Embed(expr) => work.push(Work::Expr(expr)),
                ast::Decl::Ellipsis | ast::Decl::Attribute(_) | ast::Decl::Bad => {}
            },
            Work::Expr(id) => match file.expr(id) {
                Expr::Ident => visit(file.span(id)),
                Expr::Bad | Expr::Null | Expr::Bool(_) | Expr::Bottom | Expr::Number | Expr::String => {}
                Expr::Interpolation(parts) => {
                    for part in file.interp_parts(parts) {
                        if let InterpPart::Expr(expr) = part {
                            work.push(Work::Expr(*expr));
                        }
                    }
                }
                Expr::Struct(decls) => work.extend(file.decl_list(decls).iter().map(|d| Work::Decl(*d))),
                Expr::List(list) => work.extend(file.expr_list(list).iter().map(|e| Work::Expr(*e))),
                Expr::Ellipsis(of) => work.extend(of.map(Work::Expr)),
                Expr::Comprehension(index) => comprehension(file, index, &mut work),
                Expr::Unary(_, x) | Expr::Paren(x) | Expr::PostfixEllipsis(x) | Expr::PostfixOption(x) => {
                    work.push(Work::Expr(x));
                }
                Expr::Binary(_, x, y) | Expr::Select(x, y) | Expr::Index(x, y) => {
                    work.extend([Work::Expr(y), Work::Expr(x)]);
                }
                Expr::Slice(x, low, high) => {
                    work.push(Work::Expr(x));
                    work.extend(low.map(Work::Expr));
                    work.extend(high.map(Work::Expr));
                }
                Expr::Call(f, args) => {
                    work.push(Work::Expr(f));
                    work.extend(file.expr_list(args).iter().map(|e| Work::Expr(*e)));
                }
                Expr::Alias(ident, x) => work.extend([Work::Expr(x), Work::Ident(ident.span)]),
            },
        }
    }
}

fn comprehension(file: &ast::File, index: u32, work: &mut Vec<Work>) {
    let comprehension = &file.comprehensions[index as usize];
    for clause in file.clause_list(comprehension.clauses) {
        match *clause {
            ast::Clause::For { key, value, source, .. } => {
                work.extend(key.map(|k| Work::Ident(k.span)));
                work.extend([Work::Ident(value.span), Work::Expr(source)]);
            }
            ast::Clause::If { condition, .. } => work.push(Work::Expr(condition)),
            ast::Clause::Let { name, value, .. } => {
                work.extend([Work::Ident(name.span), Work::Expr(value)]);
            }
            ast::Clause::Try { binding, .. } => {
                if let Some((name, value)) = binding {
                    work.extend([Work::Ident(name.span), Work::Expr(value)]);
                }
            }
        }
    }
    work.push(Work::Expr(comprehension.body));
    work.extend(comprehension.otherwise.map(|(body, _)| Work::Expr(body)));
}

/// The source of an operand with the blanks between its tokens left out, as messages show it. Only types, bounds
/// and `_` get here, so what stands in braces or brackets is a rare bound's operand.
pub(super) fn debug_text(file: &ast::File, text: &str, expr: ast::ExprId) -> String {
    let source = file.span(expr).of(text);
    let mut out = String::with_capacity(source.len());
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for c in source.chars() {
        match quote {
            Some(q) => {
                out.push(c);
                if !escaped && c == q {
                    quote = None;
                }
                escaped = !escaped && c == '\\';
            }
            None if c.is_whitespace() => {}
            None => {
                if c == '"' || c == '\'' {
                    quote = Some(c);
                }
                out.push(c);
            }
        }
    }
    out
}
