//! `strconv.Unquote`: literals of the language, without interpolation.

use vela_eval::data::Data;
use vela_syntax::literal::{self, StringValue};

use crate::args::{Args, Outcome, fail, ok};

const SYNTAX: &str = "invalid syntax";

/// Whether a one-line literal closes before its end, or has a line end.
fn closes_early(text: &str, quoting: &literal::Quoting) -> bool {
    let quote = if quoting.bytes { '\'' } else { '"' };
    let hashes = "#".repeat(quoting.hashes);
    let opening = quoting.hashes + 1;
    let mut rest = &text[opening..text.len() - opening];
    while let Some(at) = rest.find(['\\', '\n', quote]) {
        let (found, after) = (rest.as_bytes()[at], &rest[at + 1..]);
        let marked = after.starts_with(&hashes);
        rest = match found {
            b'\n' => return true,
            b'\\' if marked => {
                let escaped = &after[hashes.len()..];
                escaped.chars().next().map_or("", |c| &escaped[c.len_utf8()..])
            }
            b'\\' => after,
            _ if marked => return true,
            _ => after,
        };
    }
    false
}

pub(crate) fn unquote(args: &[Data]) -> Outcome {
    let text = Args(args).text(0)?;
    let quoting = match literal::quoting(text) {
        Ok(quoting) => quoting,
        Err(_) if text.trim_start_matches('#').starts_with(['"', '\'']) => {
            return fail("invalid string: unmatched quote");
        }
        Err(_) => return fail(SYNTAX),
    };
    if !quoting.multiline && closes_early(text, &quoting) {
        return fail(SYNTAX);
    }
    match literal::string(text) {
        Ok(StringValue::Str(s)) => ok(s),
        Ok(StringValue::Bytes(b)) => ok(String::from_utf8_lossy(&b).into_owned()),
        Err(e) if e.contains("surrogate") => fail(e),
        Err(_) => fail(SYNTAX),
    }
}
