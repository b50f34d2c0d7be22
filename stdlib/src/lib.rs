//! The builtin packages: one file a package, one signature table.

mod args;
mod crypto;
mod documents;
mod encoding_base64;
mod encoding_csv;
mod encoding_hex;
mod encoding_json;
mod encoding_toml;
mod encoding_yaml;
mod go_float;
mod go_math;
mod go_time;
mod html;
mod library;
mod list;
mod math;
mod math_bits;
mod net;
mod net_ip;
mod net_url;
mod path;
mod quote;
mod regexp;
pub mod signature;
mod strconv;
mod strings;
mod structs;
mod table;
mod text_tabwriter;
mod time;
mod unquote;
mod uuid;

pub use library::{STDLIB, Stdlib, add_preludes};
use signature::Function;

/// A builtin package.
pub struct Package {
    /// Its import path.
    pub path: &'static str,
    /// Its functions, sorted by name.
    pub functions: &'static [Function],
    /// Its constants and definitions, sorted by name: the name, and CUE source of an expression.
    pub constants: &'static [(&'static str, &'static str)],
}

const fn package(
    path: &'static str,
    functions: &'static [Function],
    constants: &'static [(&'static str, &'static str)],
) -> Package {
    Package { path, functions, constants }
}

/// All packages, sorted by path.
pub const PACKAGES: &[Package] = &[
    package("crypto/ed25519", crypto::ED25519, crypto::ED25519_CONSTANTS),
    package("crypto/hmac", crypto::HMAC, crypto::HMAC_CONSTANTS),
    package("crypto/md5", crypto::MD5, crypto::MD5_CONSTANTS),
    package("crypto/sha1", crypto::SHA1, crypto::SHA1_CONSTANTS),
    package("crypto/sha256", crypto::SHA256, crypto::SHA256_CONSTANTS),
    package("crypto/sha512", crypto::SHA512, crypto::SHA512_CONSTANTS),
    package("encoding/base64", encoding_base64::FUNCTIONS, &[]),
    package("encoding/csv", encoding_csv::FUNCTIONS, &[]),
    package("encoding/hex", encoding_hex::FUNCTIONS, &[]),
    package("encoding/json", encoding_json::FUNCTIONS, &[]),
    package("encoding/toml", encoding_toml::FUNCTIONS, &[]),
    package("encoding/yaml", encoding_yaml::FUNCTIONS, &[]),
    package("html", html::FUNCTIONS, &[]),
    package("list", list::FUNCTIONS, list::CONSTANTS),
    package("math", math::FUNCTIONS, math::CONSTANTS),
    package("math/bits", math_bits::FUNCTIONS, &[]),
    package("net", net::FUNCTIONS, net::CONSTANTS),
    package("path", path::FUNCTIONS, path::CONSTANTS),
    package("regexp", regexp::FUNCTIONS, &[]),
    package("strconv", strconv::FUNCTIONS, strconv::CONSTANTS),
    package("strings", strings::FUNCTIONS, &[]),
    package("struct", structs::FUNCTIONS, &[]),
    package("text/tabwriter", text_tabwriter::FUNCTIONS, &[]),
    package("time", time::FUNCTIONS, time::CONSTANTS),
    package("uuid", uuid::FUNCTIONS, uuid::CONSTANTS),
];
