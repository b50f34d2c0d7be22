//! Plain, fully concrete data: what builtin functions take and give, and what data files become. Used by the
//! evaluator's call interface and the builtin packages. The type lives where data is read and written.

pub use vela_yaml::Data;
