//! Package `encoding/base64`: the standard alphabet with padding. The first argument, the encoding, must be null.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use vela_eval::data::Data;

use crate::args::{Args, Outcome, at, bytes, compact, fail, int, ok};
use crate::signature::{CallError, Function};
use crate::table::{ANY, BYTES, INT, STRING, function, p};

fn check_encoding(args: &[Data]) -> Result<(), CallError> {
    match Args(args).any(0) {
        Data::Null => Ok(()),
        other => {
            let (value, kind) = (compact(other), other.kind());
            let text =
                format!("base64: unsupported encoding: cannot use value {value} (type {kind}) as null");
            at(text, 0, &[])
        }
    }
}

fn encode(args: &[Data]) -> Outcome {
    check_encoding(args)?;
    ok(STANDARD.encode(Args(args).bytes(1)?))
}

fn decode(args: &[Data]) -> Outcome {
    check_encoding(args)?;
    match decode_bytes(Args(args).text(1)?.as_bytes()) {
        Ok(out) => bytes(&out),
        Err(at) => fail(format!("illegal base64 data at input byte {at}")),
    }
}

/// Decodes as Go does: line ends are skipped, padding is required, unused bits may be anything. The error is
/// the offset Go reports.
pub(crate) fn decode_bytes(src: &[u8]) -> Result<Vec<u8>, usize> {
    let mut out = Vec::with_capacity(src.len() / 4 * 3);
    let mut at = 0;
    let skip = |mut at: usize| {
        while matches!(src.get(at), Some(b'\n' | b'\r')) {
            at += 1;
        }
        at
    };
    loop {
        let mut group = [0u8; 4];
        let mut filled = 0;
        while filled < 4 {
            at = skip(at);
            let Some(&b) = src.get(at) else {
                return if filled == 0 { Ok(out) } else { Err(at - filled) };
            };
            at += 1;
            let value = match b {
                b'A'..=b'Z' => b - b'A',
                b'a'..=b'z' => b - b'a' + 26,
                b'0'..=b'9' => b - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' if filled >= 2 => break,
                _ => return Err(at - 1),
            };
            group[filled] = value;
            filled += 1;
        }
        let bits = group.iter().fold(0u32, |bits, v| bits << 6 | u32::from(*v));
        out.extend_from_slice(&bits.to_be_bytes()[1..][..(filled * 6) / 8]);
        if filled < 4 {
            if filled == 2 {
                at = skip(at);
                match src.get(at) {
                    None => return Err(src.len()),
                    Some(b'=') => at += 1,
                    Some(_) => return Err(at - 1),
                }
            }
            at = skip(at);
            return if at < src.len() { Err(at) } else { Ok(out) };
        }
    }
}

fn encoded_len(args: &[Data]) -> Outcome {
    check_encoding(args)?;
    int((Args(args).int64(1)?.wrapping_add(2) / 3).wrapping_mul(4))
}

fn decoded_len(args: &[Data]) -> Outcome {
    check_encoding(args)?;
    int(Args(args).int64(1)? / 4 * 3)
}

const PKG: &str = "encoding/base64";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Decode", &[p("encoding", ANY), p("s", STRING)], BYTES, "The bytes that the base64 text stands for; the encoding is `null`.", decode),
    function(PKG, "DecodedLen", &[p("encoding", ANY), p("x", INT)], INT, "The most bytes that base64 text of length `x` stands for.", decoded_len),
    function(PKG, "Encode", &[p("encoding", ANY), p("src", BYTES)], STRING, "The bytes as base64 text; the encoding is `null`.", encode),
    function(PKG, "EncodedLen", &[p("encoding", ANY), p("n", INT)], INT, "The length of the base64 text of `n` bytes.", encoded_len),
];
