//! Data files read as schemas: JSON Schema and OpenAPI become CUE files of the package (`jsonschema:`, `openapi:`, or
//! what the file says about itself).

use std::fmt::Write;
use std::sync::Arc;

use vela_encoding::{
    Schema, SchemaFault, SchemaOptions, from_json_schema, from_openapi, is_json_schema, is_openapi,
};
use vela_ir::Version;
use vela_syntax::ParseOptions;

use crate::error::{ErrorKind, LoadError, SourcePlace};
use crate::files::{Files, ParsedFile, ParsedId, decode};
use crate::paths;
use crate::world::{FileError, World};

/// How a file is to be understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interpretation {
    /// As it says itself: as a schema where it is one.
    Auto,
    /// JSON Schema.
    JsonSchema,
    /// OpenAPI.
    OpenApi,
}

/// The interpretation and the strictness that the tags of a qualifier name; `None` for plain data.
pub fn interpretation(qualifier: &str, auto: bool) -> Option<(Interpretation, SchemaOptions)> {
    let mut found = auto.then_some(Interpretation::Auto);
    let mut options = SchemaOptions::default();
    for tag in qualifier.split('+') {
        let (name, on) = match tag.split_once('=') {
            Some((name, value)) => (name, !matches!(value, "0" | "false")),
            None => (tag, true),
        };
        match name {
            "auto" => found = Some(Interpretation::Auto),
            "jsonschema" => found = Some(Interpretation::JsonSchema),
            "openapi" => found = Some(Interpretation::OpenApi),
            "strict" => options = SchemaOptions { strict_keywords: on, strict_features: on },
            "strictKeywords" => options.strict_keywords = on,
            "strictFeatures" => options.strict_features = on,
            "data" | "graph" | "dag" | "pb" => found = None,
            _ => {}
        }
    }
    found.map(|f| (f, options))
}

/// The schema that a document of JSON or YAML is; `None` where it is read as it says itself and is none.
pub fn schema(
    text: &str,
    json: bool,
    how: Interpretation,
    options: SchemaOptions,
) -> Option<Result<Schema, Vec<SchemaFault>>> {
    let parsed = if json { vela_yaml::parse_json(text) } else { vela_yaml::parse(text) };
    if let Some(fault) = parsed.faults.first() {
        let explicit = how != Interpretation::Auto;
        return explicit.then(|| Err(vec![SchemaFault { span: fault.span, message: fault.message.clone() }]));
    }
    let doc = match &parsed.docs[..] {
        [doc] => doc,
        _ if how == Interpretation::Auto => return None,
        _ => {
            let span = vela_diagnostics::Span::at(0);
            return Some(Err(vec![SchemaFault {
                span,
                message: "a schema is a single document".to_owned(),
            }]));
        }
    };
    match how {
        Interpretation::JsonSchema => Some(from_json_schema(doc, options)),
        Interpretation::OpenApi => Some(from_openapi(doc, options)),
        Interpretation::Auto if is_json_schema(doc) => Some(from_json_schema(doc, options)),
        Interpretation::Auto if is_openapi(doc) => Some(from_openapi(doc, options)),
        Interpretation::Auto => None,
    }
}

/// A schema as the text of a CUE file.
pub fn schema_text(schema: &Schema) -> String {
    let mut out = String::new();
    for import in &schema.imports {
        let _ = writeln!(out, "import {import:?}");
    }
    out.push_str(&schema.source.text);
    out.push('\n');
    out
}

impl Files {
    /// Reads a file as a schema; `None` where it is read as it says itself and is none.
    pub fn schema(
        &mut self,
        world: &dyn World,
        path: &str,
        folder: &str,
        json: bool,
        (how, options): (Interpretation, SchemaOptions),
    ) -> Result<Option<ParsedId>, Vec<LoadError>> {
        // Standard input can be read only once, so that it is data unless something else is said.
        if path == "-" && how == Interpretation::Auto {
            return Ok(None);
        }
        let bytes = if path == "-" { world.standard_input() } else { world.read(path) };
        let bytes = bytes.map_err(|e| {
            vec![match e {
                FileError::NotFound => LoadError::new(format!("stat {path}: no such file or directory")),
                FileError::Other(message) => LoadError::new(message),
            }]
        })?;
        let text: Arc<str> = decode(&bytes);
        let shown = if path == "-" { "-".to_string() } else { paths::shown(path, folder) };
        match schema(&text, json, how, options) {
            None => Ok(None),
            Some(Ok(schema)) => Ok(Some(self.generated(path, &shown, &schema_text(&schema)))),
            Some(Err(faults)) => {
                let source = self.sources.add(shown, text);
                let error = |f: SchemaFault| LoadError {
                    kind: ErrorKind::Load,
                    ..LoadError::at(SourcePlace { source, span: f.span }, f.message)
                };
                Err(faults.into_iter().map(error).collect())
            }
        }
    }

    /// Adds a CUE file that was made of another one.
    pub fn generated(&mut self, path: &str, shown: &str, text: &str) -> ParsedId {
        let text: Arc<str> = Arc::from(text);
        let source = self.sources.add(shown, text.clone());
        let version = Version::NEWEST;
        let parse = vela_syntax::parse(&text, &ParseOptions { version: version.into() });
        self.push(ParsedFile { path: path.to_string(), source, text, parse: Arc::new(parse), version })
    }
}
