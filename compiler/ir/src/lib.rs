//! Interned labels, compact expressions, name resolution and lowering.
