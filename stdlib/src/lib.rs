//! The builtin packages: one file a package, one signature table.
