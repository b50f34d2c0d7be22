//! CUE source in its normal layout.

use vela_syntax::{FormatOptions, format};

/// Formats and simplifies source that a definition holds; as it is where it cannot be formatted.
pub fn simplified(text: &str) -> String {
    let options = FormatOptions { simplify: true, ..FormatOptions::default() };
    format(text, &options).unwrap_or_else(|_| text.to_owned())
}
