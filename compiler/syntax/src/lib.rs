//! Tokens, grammar, lossless tree and typed AST of CUE source. Evaluates nothing, touches no files.

pub mod ast;
