//! The builtin packages: one file a package, one signature table.

mod args;
mod crypto;
mod documents;
mod encoding_base64;
mod encoding_csv;
mod encoding_hex;
mod encoding_json;
mod encoding_openapi;
mod encoding_toml;
mod encoding_yaml;
mod go_bessel;
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
mod template;
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
    /// Its constants, sorted by name: the name, and CUE source of a number or string.
    pub constants: &'static [(&'static str, &'static str)],
    /// What it has besides: definitions written in CUE.
    pub prelude: Option<Prelude>,
}

/// The part of a package that is written in CUE.
#[derive(Clone, Copy)]
pub struct Prelude {
    /// Its source.
    pub text: &'static str,
    /// The names it defines.
    pub names: &'static [&'static str],
}

impl Prelude {
    /// The source of one of the names: what stands behind its colon.
    pub fn source(&self, name: &str) -> Option<&'static str> {
        let start = self.text.find(&format!("\n\t{name}:"))? + name.len() + 3;
        let rest = &self.text[start..];
        let line = rest.find('\n').unwrap_or(rest.len());
        let end = if rest[..line].ends_with('{') { rest.find("\n\t}").map_or(line, |i| i + 3) } else { line };
        Some(rest[..end].trim())
    }
}

const fn package(
    path: &'static str,
    functions: &'static [Function],
    constants: &'static [(&'static str, &'static str)],
) -> Package {
    Package { path, functions, constants, prelude: None }
}

/// A package with a part written in CUE.
const fn with_prelude(
    path: &'static str,
    functions: &'static [Function],
    text: &'static str,
    names: &'static [&'static str],
) -> Package {
    Package { path, functions, constants: &[], prelude: Some(Prelude { text, names }) }
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
    with_prelude(
        "encoding/openapi",
        encoding_openapi::FUNCTIONS,
        include_str!("prelude/openapi.cue"),
        &["#Config", "#Contact", "#Info", "#License"],
    ),
    package("encoding/toml", encoding_toml::FUNCTIONS, &[]),
    package("encoding/yaml", encoding_yaml::FUNCTIONS, &[]),
    package("html", html::FUNCTIONS, &[]),
    with_prelude(
        "list",
        list::FUNCTIONS,
        include_str!("prelude/list.cue"),
        &["Ascending", "Comparer", "Descending"],
    ),
    package("math", math::FUNCTIONS, math::CONSTANTS),
    package("math/bits", math_bits::FUNCTIONS, &[]),
    package("net", net::FUNCTIONS, net::CONSTANTS),
    package("path", path::FUNCTIONS, path::CONSTANTS),
    package("regexp", regexp::FUNCTIONS, &[]),
    package("strconv", strconv::FUNCTIONS, strconv::CONSTANTS),
    package("strings", strings::FUNCTIONS, &[]),
    package("struct", structs::FUNCTIONS, &[]),
    package("text/tabwriter", text_tabwriter::FUNCTIONS, &[]),
    package("text/template", template::FUNCTIONS, &[]),
    package("time", time::FUNCTIONS, time::CONSTANTS),
    with_prelude("tool/cli", &[], include_str!("prelude/cli.cue"), &["Ask", "Print"]),
    with_prelude("tool/exec", &[], include_str!("prelude/exec.cue"), &["Run"]),
    with_prelude(
        "tool/file",
        &[],
        include_str!("prelude/file.cue"),
        &["Append", "Create", "Glob", "Mkdir", "MkdirAll", "MkdirTemp", "Read", "RemoveAll", "Symlink"],
    ),
    with_prelude(
        "tool/http",
        &[],
        include_str!("prelude/http.cue"),
        &["Delete", "Do", "Get", "Post", "Put", "Serve"],
    ),
    with_prelude(
        "tool/os",
        &[],
        include_str!("prelude/os.cue"),
        &["Clearenv", "Environ", "Getenv", "Name", "Setenv", "Value"],
    ),
    with_prelude("uuid", uuid::FUNCTIONS, include_str!("prelude/uuid.cue"), &["ns", "variants"]),
];
