//! Classes of characters that the standard library has no test for.

use logos::Logos;

/// Runs of characters that print: letters, marks, numbers, punctuation, symbols and the ASCII space.
#[derive(Logos, Clone, Copy, PartialEq, Eq, Debug)]
enum Run {
    #[regex(r"[\p{L}\p{M}\p{N}\p{P}\p{S} ]+")]
    Printable,
}

/// Whether a character can be shown as it is.
pub(crate) fn is_printable(ch: char) -> bool {
    if ch.is_ascii() {
        return (' '..='~').contains(&ch);
    }
    let mut buffer = [0; 4];
    Run::lexer(ch.encode_utf8(&mut buffer)).next() == Some(Ok(Run::Printable))
}

/// A character in an error message: `U+0022 '"'`, without the second part where it cannot be shown.
pub(crate) fn describe(ch: char) -> String {
    let code = ch as u32;
    if is_printable(ch) { format!("U+{code:04X} '{ch}'") } else { format!("U+{code:04X}") }
}
