//! JSON Schema and OpenAPI as CUE source.
//!
//! | file | idea |
//! |---|---|
//! | `version.rs` | the versions of JSON Schema |
//! | `state.rs` | one schema in the making: constraints by type, what is allowed, the expression they add up to |
//! | `keywords.rs` | what each keyword says |
//! | `objects.rs` | keywords about objects |
//! | `references.rs` | `$ref`: which definition it leads to |
//! | `openapi.rs` | the schemas of an OpenAPI document |

mod keywords;
mod objects;
mod openapi;
mod references;
mod state;
mod version;

use std::collections::BTreeMap;

use vela_diagnostics::Span;
use vela_yaml::{Doc, NodeId};

use crate::source::{Shape, Source};
use state::{Ex, State};
use version::Version;

pub use openapi::from_openapi;

/// How strictly to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SchemaOptions {
    /// Keywords that are not known are errors.
    pub strict_keywords: bool,
    /// Keywords that are known but cannot be expressed are errors.
    pub strict_features: bool,
}

/// What is wrong with a schema, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SchemaFault {
    /// The place in the document.
    pub span: Span,
    /// The message.
    pub message: String,
}

/// A schema as CUE source: its declarations, and the packages they need.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schema {
    /// The declarations.
    pub source: Source,
    /// Import paths of the standard library.
    pub imports: Vec<String>,
}

/// Whether a document says that it is a JSON Schema: it has a `$schema` of a known version.
pub fn is_json_schema(doc: &Doc) -> bool {
    let schema = doc.get(doc.root, "$schema").and_then(|e| doc.str(e.value));
    schema.is_some_and(|s| Version::parse(s).is_some())
}

/// Whether a document says that it is an OpenAPI document.
pub fn is_openapi(doc: &Doc) -> bool {
    let version = doc.get(doc.root, "openapi").and_then(|e| doc.str(e.value));
    version.is_some_and(|v| v.starts_with("3."))
}

/// A JSON Schema as CUE source.
///
/// # Errors
/// What cannot be read as a schema, and references that lead nowhere.
pub fn from_json_schema(doc: &Doc, options: SchemaOptions) -> Result<Schema, Vec<SchemaFault>> {
    let mut reader = Reader::new(doc, options, Version::Draft2020);
    let root = reader.schema_at(doc.root, state::ALL, reader.default, true);
    let comment = root.comment();
    let mut attributes = String::new();
    if let Some(version) = root.declared {
        attributes.push_str(&format!("@jsonschema(schema={:?})\n", version.url()));
    }
    let body = match root.expression {
        Ex { text, kind: state::ExKind::Struct, .. } => text,
        other if attributes.is_empty() => format!("{}\n", other.text),
        other => format!("\n{}\n", other.text),
    };
    // The ellipsis of the root stands behind the definitions.
    let (body, open) = match body.strip_suffix("...\n") {
        Some(rest) => (rest.to_owned(), "...\n"),
        None => (body, ""),
    };
    let definitions = reader.definitions()?;
    let text = format!("{attributes}{body}{definitions}{open}");
    let mut source = Source::expression(Shape::Struct { inline: false }, text.trim_end());
    source.head = comment;
    Ok(Schema { source, imports: reader.imports })
}

/// A document and what has been found in it.
struct Reader<'d> {
    doc: &'d Doc,
    options: SchemaOptions,
    default: Version,
    /// OpenAPI 3.0 has rules of its own.
    openapi: bool,
    /// Whether definitions are the components of an OpenAPI document.
    components: bool,
    imports: Vec<String>,
    faults: Vec<SchemaFault>,
    /// Definitions by path, with their comments and expressions once they are known.
    defined: BTreeMap<String, Option<(String, Ex)>>,
    /// Where the schemas stand that definitions are made of, still to be read.
    waiting: Vec<(String, NodeId)>,
}

impl<'d> Reader<'d> {
    fn new(doc: &'d Doc, options: SchemaOptions, default: Version) -> Self {
        Self {
            doc,
            options,
            default,
            openapi: false,
            components: false,
            imports: Vec::new(),
            faults: Vec::new(),
            defined: BTreeMap::new(),
            waiting: Vec::new(),
        }
    }

    fn fault(&mut self, span: Span, message: impl Into<String>) {
        self.faults.push(SchemaFault { span, message: message.into() });
    }

    fn import(&mut self, path: &str) {
        if !self.imports.iter().any(|i| i == path) {
            self.imports.push(path.to_owned());
        }
    }

    /// All definitions that are needed, as declarations in order of their names; the faults where there are any.
    fn definitions(&mut self) -> Result<String, Vec<SchemaFault>> {
        while let Some((path, node)) = self.waiting.pop() {
            let state = self.schema_at(node, state::ALL, self.default, false);
            let comment = state.comment();
            self.defined.insert(path, Some((comment, state.expression)));
        }
        if !self.faults.is_empty() {
            let mut faults = std::mem::take(&mut self.faults);
            faults.sort_by_key(|f| f.span.start);
            return Err(faults);
        }
        let mut out = String::new();
        for (path, definition) in &self.defined {
            let Some((comment, expression)) = definition else { continue };
            out.push_str(&format!("\n{comment}{path}: {}\n", expression.in_braces()));
        }
        Ok(out)
    }

    /// Reads a schema.
    fn schema_at(&mut self, node: NodeId, types: u8, version: Version, root: bool) -> State {
        let mut state = State::new(types, version, root);
        stacker::maybe_grow(128 << 10, 2 << 20, || self.read(&mut state, node));
        state
    }

    /// The expression of a schema.
    fn schema(&mut self, node: NodeId, version: Version) -> Ex {
        self.schema_at(node, state::ALL, version, false).expression
    }
}
