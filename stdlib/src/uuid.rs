//! Package `uuid`.

use digest::Digest;
use num_bigint::{BigInt, Sign};
use vela_eval::data::Data;

use crate::args::{Args, Outcome, fail, int, ok};
use crate::encoding_hex::hex;
use crate::quote::quoted;
use crate::signature::{CallError, Function};
use crate::table::{BOTTOM, BYTES, INT, STRING, function, p};

const FORMAT: &str = "invalid UUID format";

/// Reads any of the accepted forms. Between brackets only the length counts, unless `strict`.
fn parse(text: &str, strict: bool) -> Result<[u8; 16], CallError> {
    let s = text.as_bytes();
    let body = match s.len() {
        32 | 36 => s,
        38 if strict && (s[0] != b'{' || s[37] != b'}') => return fail("invalid bracketed UUID format"),
        38 => &s[1..37],
        45 if s[..9].eq_ignore_ascii_case(b"urn:uuid:") => &s[9..],
        45 => {
            let prefix = String::from_utf8_lossy(&s[..9]);
            return fail(format!("invalid urn prefix: {}", quoted(&prefix)));
        }
        n => return fail(format!("invalid UUID length: {n}")),
    };
    let dashes = body.len() == 36;
    if dashes && [8, 13, 18, 23].iter().any(|i| body[*i] != b'-') {
        return fail(FORMAT);
    }
    let dash = |i: usize| dashes && matches!(i, 8 | 13 | 18 | 23);
    let mut digits =
        body.iter().enumerate().filter(|(i, _)| !dash(*i)).map(|(_, b)| (*b as char).to_digit(16));
    let mut out = [0; 16];
    for byte in &mut out {
        match (digits.next().flatten(), digits.next().flatten()) {
            (Some(high), Some(low)) => *byte = (high << 4 | low) as u8,
            _ => return fail(FORMAT),
        }
    }
    Ok(out)
}

fn text(id: &[u8; 16]) -> String {
    let digits = hex(id);
    let (a, b, c, d, e) = (&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
    format!("{a}-{b}-{c}-{d}-{e}")
}

fn first(args: &[Data]) -> Result<[u8; 16], CallError> {
    parse(Args(args).text(0)?, false)
}

fn parse_fn(args: &[Data]) -> Outcome {
    ok(text(&first(args)?))
}

fn valid(args: &[Data]) -> Outcome {
    parse(Args(args).text(0)?, true)?;
    ok(true)
}

fn urn(args: &[Data]) -> Outcome {
    ok(format!("urn:uuid:{}", text(&first(args)?)))
}

fn from_int(args: &[Data]) -> Outcome {
    let n = Args(args).bigint(0)?;
    let bytes = n.magnitude().to_bytes_be();
    let mut id = [0; 16];
    match 16usize.checked_sub(bytes.len()) {
        Some(at) => id[at..].copy_from_slice(&bytes),
        None => return fail(format!("invalid UUID (got {} bytes)", bytes.len())),
    }
    ok(text(&id))
}

fn to_int(args: &[Data]) -> Outcome {
    let bytes = Args(args).text(0)?.as_bytes();
    if bytes.len() > 40_000 {
        return fail("text exceeds limit of 40000 bytes");
    }
    int(BigInt::from_bytes_be(Sign::Plus, bytes))
}

fn variant(args: &[Data]) -> Outcome {
    int(match first(args)?[8] >> 4 {
        0b1000..=0b1011 => 1i64,
        0b1100 | 0b1101 => 3,
        0b1110 | 0b1111 => 4,
        _ => 2,
    })
}

fn version(args: &[Data]) -> Outcome {
    int(i64::from(first(args)?[6] >> 4))
}

fn named<D: Digest>(args: &[Data], version: u8) -> Outcome {
    let space = first(args)?;
    let data = Args(args).bytes(1)?;
    let digest = D::new().chain_update(space).chain_update(data).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    id[6] = id[6] & 0x0F | version << 4;
    id[8] = id[8] & 0x3F | 0x80;
    ok(text(&id))
}

const PKG: &str = "uuid";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "FromInt", &[p("i", INT)], STRING, "The UUID of the 128 bits of a number.", from_int),
    function(PKG, "MD5", &[p("space", STRING), p("data", BYTES)], STRING, "The UUID of version 3 of a name in a name space.", |a| named::<md5::Md5>(a, 3)),
    function(PKG, "Parse", &[p("s", STRING)], STRING, "The UUID in its canonical form.", parse_fn),
    function(PKG, "SHA1", &[p("space", STRING), p("data", BYTES)], STRING, "The UUID of version 5 of a name in a name space.", |a| named::<sha1::Sha1>(a, 5)),
    function(PKG, "ToInt", &[p("x", STRING)], INT, "The bytes of the text as one number.", to_int),
    function(PKG, "URN", &[p("x", STRING)], STRING, "The UUID as a uniform resource name.", urn),
    function(PKG, "Valid", &[p("s", STRING)], BOTTOM, "Checks that the text is a UUID.", valid),
    function(PKG, "Variant", &[p("x", STRING)], INT, "The variant, one of `variants`.", variant),
    function(PKG, "Version", &[p("x", STRING)], INT, "The version.", version),
];
