//! Packages `crypto/…`: digests, message authentication, signatures.

use digest::Digest;
use vela_eval::data::Data;

use crate::args::{Args, Outcome, bytes, fail, ok};
use crate::signature::Function;
use crate::table::{BOOL, BYTES, STRING, function, p};

fn sum<D: Digest>(args: &[Data]) -> Outcome {
    bytes(&D::digest(Args(args).bytes(0)?))
}

/// HMAC (RFC 2104) over a hash with blocks of `block` bytes.
fn hmac<D: Digest>(key: &[u8], data: &[u8], block: usize) -> Vec<u8> {
    let mut padded = vec![0; block];
    if key.len() > block {
        let short = D::digest(key);
        padded[..short.len()].copy_from_slice(&short);
    } else {
        padded[..key.len()].copy_from_slice(key);
    }
    let xored = |with: u8| padded.iter().map(|b| b ^ with).collect::<Vec<u8>>();
    let inner = D::new().chain_update(xored(0x36)).chain_update(data).finalize();
    D::new().chain_update(xored(0x5C)).chain_update(inner).finalize().to_vec()
}

fn sign(args: &[Data]) -> Outcome {
    let a = Args(args);
    let (name, key, data) = (a.text(0)?, a.bytes(1)?, a.bytes(2)?);
    bytes(&match name {
        "MD5" => hmac::<md5::Md5>(key, data, 64),
        "SHA1" => hmac::<sha1::Sha1>(key, data, 64),
        "SHA224" => hmac::<sha2::Sha224>(key, data, 64),
        "SHA256" => hmac::<sha2::Sha256>(key, data, 64),
        "SHA384" => hmac::<sha2::Sha384>(key, data, 128),
        "SHA512" => hmac::<sha2::Sha512>(key, data, 128),
        "SHA512_224" => hmac::<sha2::Sha512_224>(key, data, 128),
        "SHA512_256" => hmac::<sha2::Sha512_256>(key, data, 128),
        _ => return fail("unsupported hash function"),
    })
}

fn ed25519_valid(args: &[Data]) -> Outcome {
    use ed25519_dalek::{Signature, Verifier, VerifyingKey};
    let a = Args(args);
    let (key, message, signature) = (a.bytes(0)?, a.bytes(1)?, a.bytes(2)?);
    let Ok(key) = <&[u8; 32]>::try_from(key) else {
        return fail("ed25519: publicKey must be 32 bytes");
    };
    let valid =
        VerifyingKey::from_bytes(key).and_then(|key| key.verify(message, &Signature::from_slice(signature)?));
    ok(valid.is_ok())
}

#[rustfmt::skip]
pub(crate) const ED25519: &[Function] = &[
    function("crypto/ed25519", "Valid", &[p("publicKey", BYTES), p("message", BYTES), p("signature", BYTES)], BOOL, "Whether the signature of the message is by the owner of the key.", ed25519_valid),
];
pub(crate) const ED25519_CONSTANTS: &[(&str, &str)] = &[("PublicKeySize", "32")];

#[rustfmt::skip]
pub(crate) const HMAC: &[Function] = &[
    function("crypto/hmac", "Sign", &[p("hashName", STRING), p("key", BYTES), p("data", BYTES)], BYTES, "The message authentication code of the data, with a hash named by one of the constants.", sign),
];
pub(crate) const HMAC_CONSTANTS: &[(&str, &str)] = &[
    ("MD5", r#""MD5""#),
    ("SHA1", r#""SHA1""#),
    ("SHA224", r#""SHA224""#),
    ("SHA256", r#""SHA256""#),
    ("SHA384", r#""SHA384""#),
    ("SHA512", r#""SHA512""#),
    ("SHA512_224", r#""SHA512_224""#),
    ("SHA512_256", r#""SHA512_256""#),
];

#[rustfmt::skip]
pub(crate) const MD5: &[Function] = &[
    function("crypto/md5", "Sum", &[p("data", BYTES)], BYTES, "The MD5 digest.", sum::<md5::Md5>),
];
pub(crate) const MD5_CONSTANTS: &[(&str, &str)] = &[("BlockSize", "64"), ("Size", "16")];

#[rustfmt::skip]
pub(crate) const SHA1: &[Function] = &[
    function("crypto/sha1", "Sum", &[p("data", BYTES)], BYTES, "The SHA-1 digest.", sum::<sha1::Sha1>),
];
pub(crate) const SHA1_CONSTANTS: &[(&str, &str)] = &[("BlockSize", "64"), ("Size", "20")];

#[rustfmt::skip]
pub(crate) const SHA256: &[Function] = &[
    function("crypto/sha256", "Sum224", &[p("data", BYTES)], BYTES, "The SHA-224 digest.", sum::<sha2::Sha224>),
    function("crypto/sha256", "Sum256", &[p("data", BYTES)], BYTES, "The SHA-256 digest.", sum::<sha2::Sha256>),
];
pub(crate) const SHA256_CONSTANTS: &[(&str, &str)] =
    &[("BlockSize", "64"), ("Size", "32"), ("Size224", "28")];

#[rustfmt::skip]
pub(crate) const SHA512: &[Function] = &[
    function("crypto/sha512", "Sum384", &[p("data", BYTES)], BYTES, "The SHA-384 digest.", sum::<sha2::Sha384>),
    function("crypto/sha512", "Sum512", &[p("data", BYTES)], BYTES, "The SHA-512 digest.", sum::<sha2::Sha512>),
    function("crypto/sha512", "Sum512_224", &[p("data", BYTES)], BYTES, "The SHA-512/224 digest.", sum::<sha2::Sha512_224>),
    function("crypto/sha512", "Sum512_256", &[p("data", BYTES)], BYTES, "The SHA-512/256 digest.", sum::<sha2::Sha512_256>),
];
pub(crate) const SHA512_CONSTANTS: &[(&str, &str)] =
    &[("BlockSize", "128"), ("Size", "64"), ("Size224", "28"), ("Size256", "32"), ("Size384", "48")];
