//! What can go wrong with numbers. The texts are the ones users of CUE know; callers add their own prefix
//! (`failed arithmetic: `, `error in call to …: `).

use std::fmt;

/// A failed conversion or operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// A number divided by zero.
    DivisionByZero,
    /// Zero divided by zero.
    DivisionUndefined,
    /// The exponent of a literal or result is beyond [`crate::MAX_EXPONENT`].
    ExponentOutOfRange,
    /// A result that is not defined: the logarithm of a negative number, `Infinity - Infinity`, `0^0`.
    InvalidOperation,
    /// A result too large to be represented.
    Overflow,
    /// A result too small to be represented.
    Underflow,
    /// A literal with a multiplier that is not a whole number (`1.3Ki`).
    NotInt,
    /// Text that is not a number literal: what is wrong with it, and the text.
    Syntax {
        /// The fault, as the start of the message: `illegal number start`.
        what: &'static str,
        /// The literal; `None` where the message does not quote it.
        text: Option<Box<str>>,
    },
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NumberError::DivisionByZero => "division by zero",
            NumberError::DivisionUndefined => "division undefined",
            NumberError::ExponentOutOfRange => "exponent out of range",
            NumberError::InvalidOperation => "invalid operation",
            NumberError::Overflow => "overflow",
            NumberError::Underflow => "underflow, subnormal",
            NumberError::NotInt => "number cannot be represented as int",
            NumberError::Syntax { what, text: None } => what,
            NumberError::Syntax { what, text: Some(text) } => return write!(f, "{what} {text:?}"),
        })
    }
}

impl std::error::Error for NumberError {}
