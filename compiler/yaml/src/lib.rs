//! YAML and JSON in with spans, out in two styles. Knows nothing of Kubernetes.
//!
//! | file | idea |
//! |---|---|
//! | `data.rs` | [`Data`], plain data without places; also `vela_eval::data` |
//! | `doc.rs` | [`Doc`], the tree of one document with places, tags, comments |
//! | `scalar.rs` | which value a plain scalar has |
//! | `build.rs` | makes a [`Doc`]: anchors, merge keys, duplicates, budgets |
//! | `read.rs`, `json.rs` | YAML and JSON text into a [`Doc`] |
//! | `text.rs` | bytes into text: byte order marks, UTF-16, invalid bytes |
//! | `emit/` | [`Data`], or a stream of calls, into YAML and JSON text |
//!
//! ```
//! let parsed = vela_yaml::parse("image: nginx # web\nports: [80, 0x50]\n");
//! assert!(parsed.faults.is_empty());
//! let value = parsed.docs[0].to_data();
//! assert_eq!(vela_yaml::to_json(&value, vela_yaml::JsonStyle::COMPACT), r#"{"image":"nginx","ports":[80,80]}"#);
//! assert_eq!(vela_yaml::to_yaml(&value, vela_yaml::YamlStyle::Cue), "image: nginx\nports:\n  - 80\n  - 80\n");
//! ```

mod build;
mod data;
mod doc;
mod emit;
mod fault;
mod json;
mod read;
mod scalar;
mod text;

pub use data::Data;
pub use doc::{Comment, Doc, Duplicate, Entry, Kind, Merge, Node, NodeId, Parsed, Placement, Scalar, Style};
pub use emit::go_float::{go_float_json, go_float_yaml};
pub use emit::json::{JsonStyle, JsonWriter, quote_json, to_json};
pub use emit::yaml::{YamlStyle, YamlWriter, to_yaml, to_yaml_documents};
pub use emit::{Sink, natural_order, walk};
pub use fault::Fault;
pub use json::{parse_json, parse_json_lines};
pub use read::{MergeRule, Options, parse, parse_with};
pub use text::{Decoded, decode};

/// Deepest nesting of a document, aliases expanded. Deeper ones are refused, so that walking a tree may recurse.
pub const MAX_DEPTH: usize = 1000;

/// Most nodes that the aliases of one input may expand to, the reference's limit.
pub const MAX_ALIAS_NODES: u64 = 50_000;
