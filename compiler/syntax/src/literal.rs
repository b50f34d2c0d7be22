//! Literals: from source text to values and back. Used by lowering (values of numbers, strings and interpolated
//! text), the formatter and everything that writes source (`quote`).

mod quote;
#[cfg(test)]
mod tests;
mod unquote;

pub use quote::{Form, is_identifier, label, needs_quotes, quote, quote_bytes};
pub use unquote::{Quoting, StringValue, bytes_value, quoting, string, unescape};

pub(crate) use unquote::closing_quotes;

use vela_number::{Number, NumberError};

/// The value of a number literal: `1_000`, `0x1F`, `1.5Ki`, `.5`, `1e3`.
///
/// # Errors
/// Text that is no number literal, and `1.5K`-like numbers that are no integer.
pub fn number(text: &str) -> Result<Number, NumberError> {
    Number::parse_literal(text)
}
