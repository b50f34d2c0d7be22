//! Package `encoding/hex`.

use std::fmt::Write;

use vela_eval::data::Data;

use crate::args::{Args, Outcome, bytes, check_size, fail, int, ok};
use crate::quote;
use crate::signature::Function;
use crate::table::{BYTES, INT, STRING, function, p};

/// Bytes as pairs of lower-case digits.
pub(crate) fn hex(data: &[u8]) -> String {
    let mut out = String::with_capacity(2 * data.len());
    for b in data {
        let _ = write!(out, "{b:02x}");
    }
    out
}

fn encode(args: &[Data]) -> Outcome {
    ok(hex(Args(args).bytes(0)?))
}

fn decode(args: &[Data]) -> Outcome {
    let text = Args(args).text(0)?.as_bytes();
    let digit = |b: u8| (b as char).to_digit(16).map(|d| d as u8);
    if let Some(bad) = text.iter().find(|b| digit(**b).is_none()) {
        let mut shown = String::from("'");
        quote::escape(&mut shown, *bad as char, '\'', quote::Style::Print);
        return fail(format!("encoding/hex: invalid byte: U+{bad:04X} {shown}'"));
    }
    if text.len() % 2 == 1 {
        return fail("encoding/hex: odd length hex string");
    }
    let pair = |p: &[u8]| digit(p[0]).unwrap_or(0) << 4 | digit(p[1]).unwrap_or(0);
    bytes(&text.chunks_exact(2).map(pair).collect::<Vec<u8>>())
}

fn dump(args: &[Data]) -> Outcome {
    let data = Args(args).bytes(0)?;
    check_size(data.len().checked_mul(5))?;
    let mut out = String::new();
    for (i, line) in data.chunks(16).enumerate() {
        let _ = write!(out, "{:08x} ", i * 16);
        for at in 0..16 {
            match line.get(at) {
                Some(b) => {
                    let _ = write!(out, " {b:02x}");
                }
                None => out.push_str("   "),
            }
            if at == 7 {
                out.push(' ');
            }
        }
        out.push_str("  |");
        out.extend(line.iter().map(|b| if matches!(b, 32..=126) { *b as char } else { '.' }));
        out.push_str("|\n");
    }
    ok(out)
}

fn encoded_len(args: &[Data]) -> Outcome {
    int(Args(args).int64(0)?.wrapping_mul(2))
}

fn decoded_len(args: &[Data]) -> Outcome {
    int(Args(args).int64(0)? / 2)
}

const PKG: &str = "encoding/hex";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Decode", &[p("s", STRING)], BYTES, "The bytes that pairs of hexadecimal digits stand for.", decode),
    function(PKG, "DecodedLen", &[p("x", INT)], INT, "The number of bytes that `x` digits stand for.", decoded_len),
    function(PKG, "Dump", &[p("data", BYTES)], STRING, "A table of the bytes as `hexdump -C` prints it.", dump),
    function(PKG, "Encode", &[p("src", BYTES)], STRING, "The bytes as pairs of hexadecimal digits.", encode),
    function(PKG, "EncodedLen", &[p("n", INT)], INT, "The number of digits for `n` bytes.", encoded_len),
];
