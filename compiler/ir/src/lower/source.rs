//! Source text as messages show it.

use vela_syntax::ast;

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
