//! The `vela-lang` binary.

fn main() {}
