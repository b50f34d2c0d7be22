//! Formats of data and schemas as CUE source, and data in formats that are no CUE. Touches no files, evaluates nothing.
//!
//! | file | idea |
//! |---|---|
//! | `source.rs` | a value as CUE source, with braces or without |
//! | `document.rs` | YAML and JSON documents as source that keeps lines and comments |
//! | `from_toml.rs` | TOML as source that keeps its tables |
//! | `place.rs` | sources below labels and in lists, as one file |
//! | `hoist.rs` | strings that hold JSON or YAML as values of their own |
//! | `schema/` | JSON Schema and OpenAPI |
//! | `proto/` | definitions of Protocol Buffers |
//! | `textproto.rs` | messages of Protocol Buffers as text |
//! | `to_toml.rs` | data as TOML |
//!
//! Sources are laid out roughly; the formatter gives them their final layout.

mod document;
mod from_toml;
mod hoist;
mod place;
mod proto;
mod schema;
mod source;
mod textproto;
mod to_toml;

pub use document::{from_document, from_json};
pub use from_toml::from_toml;
pub use hoist::hoist;
pub use place::{Placed, file};
pub use proto::{Enums, FindProto, ProtoFault, ProtoFile, ProtoOptions, Protos};
pub use schema::{
    Schema, SchemaFault, SchemaOptions, from_json_schema, from_openapi, is_json_schema, is_openapi,
};
pub use source::{Shape, Source};
pub use textproto::{TextNode, TextValue, text_nodes};
pub use to_toml::to_toml;
