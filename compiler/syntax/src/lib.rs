//! Tokens, grammar, lossless tree and typed AST of CUE source. Evaluates nothing, touches no files.
//!
//! `lexer` reads tokens and inserts commas, `layout` pairs brackets, `grammar` reads one bracketed group at a time
//! and tells `events`, `walk` runs it over the file, and `build` makes the AST of what it hears. Everything is
//! linear in the length of the text and needs no stack for nesting.

pub mod ast;
mod build;
mod chars;
mod error;
mod events;
mod experiments;
mod format;
mod grammar;
mod kind;
mod layout;
mod lexer;
pub mod literal;
mod parse;
mod scopes;
pub mod tree;
mod walk;

pub use error::SyntaxError;
pub use experiments::{Experiments, Version};
pub use format::{FormatError, FormatOptions, format};
pub use kind::Kind;
pub use lexer::Token;
pub use parse::{Parse, ParseOptions, parse, parse_expr, tokens};
pub use tree::syntax_tree;
