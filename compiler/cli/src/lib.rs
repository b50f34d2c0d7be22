//! The command line, vela-lang.
