//! Literals as they are written: points and exponents of numbers, indentation of multi-line strings.

use std::borrow::Cow;

use crate::literal;

/// A number with digits on both sides of its point, and a small `e`.
pub(super) fn number(text: &str, float: bool) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    if let Some(point) = out.find('.') {
        let behind = out.as_bytes().get(point + 1).copied();
        if float && point == 0 {
            out = Cow::Owned(format!("0{out}"));
        } else if behind.map_or(float, |b| b > b'9') {
            out.to_mut().insert(point + 1, '0');
        }
    }
    // Upstream keeps a capital `E` at the very end of an integer free for a multiplier.
    let exponent = out.find('E').is_some_and(|e| float || e + 1 < out.len());
    if exponent { Cow::Owned(out.to_lowercase()) } else { out }
}

/// A string literal whose lines are indented by `tabs`, where it has several; `None` keeps them.
pub(super) fn string(text: &str, tabs: Option<usize>) -> Cow<'_, str> {
    if !text.contains('\n') {
        return Cow::Borrowed(text);
    }
    let text = if text.contains('\r') { Cow::Owned(text.replace('\r', "")) } else { Cow::Borrowed(text) };
    let (Some(tabs), Ok(quoting)) = (tabs, literal::quoting(&text)) else { return text };
    let indent = "\t".repeat(tabs);
    if !quoting.multiline || quoting.indent == indent {
        return text;
    }
    Cow::Owned(text.replace(&format!("\n{}", quoting.indent), &format!("\n{indent}")))
}

/// A string label: multi-line and raw ones become plain.
pub(super) fn label(text: &str) -> Cow<'_, str> {
    if (text.starts_with("\"\"\"") || text.starts_with('#'))
        && let Ok(value) = literal::string(text)
    {
        let value = String::from_utf8_lossy(literal::bytes_value(&value));
        return Cow::Owned(literal::quote(&value, literal::Form::Single));
    }
    Cow::Borrowed(text)
}
