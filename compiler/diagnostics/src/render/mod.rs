//! Diagnostics as text for people and for programs. One form a file; all take the same plain data.

mod github;
mod gitlab;
mod json;
mod junit;
mod lsp;
mod sarif;
mod terminal;

pub use github::github;
pub use gitlab::gitlab;
pub use json::{json, json_value};
pub use junit::{escape as escape_xml, junit};
pub use lsp::{LspDiagnostic, Range, Related, lsp};
pub use sarif::sarif;
pub use terminal::{Style, terminal};

/// `text` with characters that would steer a terminal replaced by their escapes; line ends and tabs stay.
pub(crate) fn printable(text: &str) -> std::borrow::Cow<'_, str> {
    let steers = |c: char| c != '\n' && c != '\t' && crate::sources::steers(c);
    if !text.contains(steers) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if steers(c) { out.push_str(&format!("\\u{{{:x}}}", u32::from(c))) } else { out.push(c) }
    }
    out.into()
}
