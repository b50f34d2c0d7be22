//! The builtin packages: one file a package, one signature table.

mod args;
mod documents;
mod encoding_base64;
mod encoding_hex;
mod encoding_json;
mod encoding_yaml;
mod go_float;
mod go_math;
mod list;
mod math;
mod math_bits;
mod quote;
mod regexp;
pub mod signature;
mod strconv;
mod strings;
mod table;

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
    package("encoding/base64", encoding_base64::FUNCTIONS, &[]),
    package("encoding/hex", encoding_hex::FUNCTIONS, &[]),
    package("encoding/json", encoding_json::FUNCTIONS, &[]),
    package("encoding/yaml", encoding_yaml::FUNCTIONS, &[]),
    package("list", list::FUNCTIONS, list::CONSTANTS),
    package("math", math::FUNCTIONS, math::CONSTANTS),
    package("math/bits", math_bits::FUNCTIONS, &[]),
    package("regexp", regexp::FUNCTIONS, &[]),
    package("strconv", strconv::FUNCTIONS, strconv::CONSTANTS),
    package("strings", strings::FUNCTIONS, &[]),
];
