//! The built-in definitions, embedded.
