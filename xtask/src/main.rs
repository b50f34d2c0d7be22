//! Everyday tasks of developers.

fn main() {}
