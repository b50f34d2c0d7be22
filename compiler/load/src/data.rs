//! Data files: JSON, YAML, TOML, text and bytes as files of the program, each document one file, so that what
//! evaluation says about a value can point into them.

use std::sync::Arc;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use vela_diagnostics::{SourceId, Span};
use vela_ir::{
    ArcType, Decl, DeclMeta, Disjunct, Experiments, Expr, ExprId, File, FileId, Ir, Label, List, Struct,
    StructId,
};
use vela_ir::{Place, Version};
use vela_number::Number;
use vela_yaml::{Doc, Kind, NodeId, Scalar};

use crate::error::{ErrorKind, LoadError, SourcePlace};
use crate::files::decode;
use crate::packages::Loader;
use crate::paths;
use crate::world::FileError;

/// A data file among the arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataFile {
    /// Its absolute path, or `-`.
    pub path: String,
    /// The qualifier before it on the command line.
    pub qualifier: Option<String>,
    /// Its documents, as files of the program.
    pub documents: Vec<FileId>,
}

/// How a data file is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// One JSON value.
    Json,
    /// JSON values one after the other.
    JsonLines,
    /// YAML documents.
    Yaml,
    /// One TOML document.
    Toml,
    /// A string with the whole content.
    Text,
    /// Bytes with the whole content.
    Binary,
    /// A text that only a schema gives meaning: its value is put there later ([`crate::Loaded::replace`]).
    TextProto,
}

/// A value that is put into the program, with its place in its file.
#[derive(Clone, PartialEq, Debug)]
pub struct Built {
    /// The value.
    pub value: BuiltValue,
    /// Where it stands.
    pub span: Span,
}

/// The value.
#[derive(Clone, PartialEq, Debug)]
pub enum BuiltValue {
    /// `null`.
    Null,
    /// A bool.
    Bool(bool),
    /// A number.
    Num(Number),
    /// A string.
    Str(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Built>),
    /// A struct: names, where those stand, and values.
    Struct(Vec<(String, Span, Built)>),
}

impl Format {
    /// The format of an encoding's name.
    pub fn of(encoding: &str) -> Result<Self, String> {
        Ok(match encoding {
            "json" => Self::Json,
            "jsonl" => Self::JsonLines,
            "yaml" => Self::Yaml,
            "toml" => Self::Toml,
            "text" => Self::Text,
            "binary" => Self::Binary,
            "textproto" => Self::TextProto,
            "xml" => return Err("xml requires a variant, such as: xml+koala".to_string()),
            other => return Err(format!("unsupported encoding {other:?}")),
        })
    }
}

impl Loader<'_> {
    /// Reads a data file; each document becomes a file of the program.
    pub fn data_file(&mut self, path: &str, format: Format) -> Result<Vec<FileId>, Vec<LoadError>> {
        let bytes = if path == "-" { self.world.standard_input() } else { self.world.read(path) };
        let bytes = bytes.map_err(|e| {
            vec![match e {
                FileError::NotFound => LoadError::new(format!("stat {path}: no such file or directory")),
                FileError::Other(message) => LoadError::new(message),
            }]
        })?;
        let shown = if path == "-" { "-".to_string() } else { paths::shown(path, self.options.folder) };
        let text: Arc<str> = if format == Format::Binary { Arc::from("") } else { decode(&bytes) };
        let source = self.files.sources.add(shown.as_str(), text.clone());
        let mut reader = Reader { ir: &mut self.ir, file: FileId(0) };
        let before = reader.ir.files.len();
        let begin = |reader: &mut Reader<'_>| {
            reader.file = FileId(reader.ir.files.len() as u32);
            reader.ir.files.push(File {
                name: shown.clone(),
                path: path.to_string(),
                text: text.clone(),
                root: ExprId(0),
                experiments: Experiments::default(),
                version: Version::NEWEST,
            });
        };
        let result = match format {
            Format::Json | Format::JsonLines | Format::Yaml => {
                let parsed = match format {
                    Format::Json => vela_yaml::parse_json(&text),
                    Format::JsonLines => vela_yaml::parse_json_lines(&text),
                    _ => vela_yaml::parse(&text),
                };
                if parsed.faults.is_empty() {
                    for doc in &parsed.docs {
                        begin(&mut reader);
                        let value = if format == Format::Yaml && parsed.docs.len() == 1 && is_absent(doc) {
                            reader.null_or_anything()
                        } else {
                            reader.node(doc, doc.root)
                        };
                        reader.finish(value);
                    }
                    Ok(())
                } else {
                    let prefix = match format {
                        Format::Yaml => String::new(),
                        _ => format!("invalid JSON for file {path:?}: "),
                    };
                    Err(parsed
                        .faults
                        .iter()
                        .map(|f| syntax(source, f.span, format!("{prefix}{}", f.message)))
                        .collect())
                }
            }
            Format::Toml => match toml::de::DeTable::parse(&text) {
                Ok(table) => {
                    begin(&mut reader);
                    match reader.table(table.get_ref(), span(&table)) {
                        Ok(value) => {
                            reader.finish(value);
                            Ok(())
                        }
                        Err((span, message)) => Err(vec![syntax(source, span, message)]),
                    }
                }
                Err(error) => {
                    let at = error.span().unwrap_or(0..0);
                    let at = Span::new(at.start as u32, at.end as u32);
                    Err(vec![syntax(source, at, error.message().to_string())])
                }
            },
            Format::TextProto => {
                begin(&mut reader);
                let value = reader.fields(Vec::new(), Span::at(0));
                reader.finish(value);
                Ok(())
            }
            Format::Text => {
                begin(&mut reader);
                let value = reader.string(&text, Span::new(0, text.len() as u32));
                reader.finish(value);
                Ok(())
            }
            Format::Binary => {
                begin(&mut reader);
                reader.ir.bytes.push(bytes);
                let value = reader.push(Expr::Bytes(reader.ir.bytes.len() as u32 - 1), Span::at(0));
                reader.finish(value);
                Ok(())
            }
        };
        let files: Vec<FileId> = (before as u32..self.ir.files.len() as u32).map(FileId).collect();
        self.file_sources.extend(files.iter().map(|_| source));
        result.map(|()| files)
    }
}

/// The value of a document.
pub(crate) fn document_value(ir: &Ir, file: FileId) -> ExprId {
    let root = ir.files[file.index()].root;
    if let Expr::Struct(id) = ir.expr(root)
        && let Some(decl) = ir.struct_decls(id).next()
        && let Decl::Embed(value) = ir.decls[decl.index()]
    {
        return value;
    }
    root
}

/// Whether a document of YAML has no content and no `---`.
fn is_absent(doc: &Doc) -> bool {
    let root = doc.node(doc.root);
    let null = matches!(&root.kind, Kind::Scalar { value: Scalar::Null, .. });
    null && !doc.explicit && root.span.start == root.span.end
}

fn syntax(source: SourceId, span: Span, message: String) -> LoadError {
    LoadError { kind: ErrorKind::Syntax, ..LoadError::at(SourcePlace { source, span }, message) }
}

fn span<T>(value: &toml::Spanned<T>) -> Span {
    let range = value.span();
    Span::new(range.start as u32, range.end as u32)
}

/// Makes expressions of data.
pub(crate) struct Reader<'i> {
    pub(crate) ir: &'i mut Ir,
    pub(crate) file: FileId,
}

/// A field: its name, where that stands, its value, and the comments above.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) span: Span,
    pub(crate) value: ExprId,
    pub(crate) docs: Vec<String>,
}

impl Reader<'_> {
    fn push(&mut self, expr: Expr, span: Span) -> ExprId {
        self.ir.push_expr(expr, Place { file: self.file, start: span.start, end: span.end, op: span.start })
    }

    /// `*null | _`: what an empty file stands for, so that it unifies with others.
    fn null_or_anything(&mut self) -> ExprId {
        let at = Span::at(0);
        let start = self.ir.disjuncts.len() as u32;
        for (expr, default) in [(Expr::Null, true), (Expr::Top, false)] {
            let expr = self.push(expr, at);
            self.ir.disjuncts.push(Disjunct { expr, default });
        }
        self.push(Expr::Disjunction(List { start, len: 2 }), at)
    }

    pub(crate) fn string(&mut self, text: &str, span: Span) -> ExprId {
        self.ir.strings.push(text.into());
        self.push(Expr::Str(self.ir.strings.len() as u32 - 1), span)
    }

    pub(crate) fn number(&mut self, number: Number, span: Span) -> ExprId {
        self.ir.numbers.push(number);
        self.push(Expr::Num(self.ir.numbers.len() as u32 - 1), span)
    }

    pub(crate) fn list(&mut self, items: &[ExprId], span: Span) -> ExprId {
        let start = self.ir.expr_lists.len() as u32;
        self.ir.expr_lists.extend_from_slice(items);
        self.push(Expr::List(List { start, len: items.len() as u32 }, 0), span)
    }

    pub(crate) fn fields(&mut self, members: Vec<Member>, span: Span) -> ExprId {
        let start = self.ir.decls.len() as u32;
        let len = members.len() as u32;
        for member in members {
            let label = match is_nfc_quick(member.name.chars()) {
                IsNormalized::Yes => self.ir.labels.string(&member.name),
                _ => self.ir.labels.string(&member.name.nfc().collect::<String>()),
            };
            let docs = List { start: self.ir.docs.len() as u32, len: member.docs.len() as u32 };
            self.ir.docs.extend(member.docs.iter().map(|d| Arc::from(d.as_str())));
            let end = self.ir.place(member.value).end;
            self.ir.decls.push(Decl::Field { label, arc: ArcType::Member, value: member.value });
            self.ir.decl_metas.push(DeclMeta {
                file: self.file,
                start: member.span.start,
                end,
                label_end: member.span.end,
                docs,
                attributes: List::default(),
                field_alias: Label::NONE,
                label_alias: Label::NONE,
                value_alias: Label::NONE,
            });
        }
        self.structure(List { start, len }, false, span)
    }

    fn structure(&mut self, decls: List, is_file: bool, span: Span) -> ExprId {
        let id = self.ir.structs.len() as u32;
        self.ir.structs.push(Struct { decls, is_file, is_implicit: false, attributes: List::default() });
        self.push(Expr::Struct(StructId(id)), span)
    }

    /// Makes a value the content of the current file: a struct is its top, anything else is embedded there.
    pub(crate) fn finish(&mut self, value: ExprId) {
        let root = if let Expr::Struct(id) = self.ir.expr(value) {
            self.ir.structs[id.index()].is_file = true;
            value
        } else {
            let place = self.ir.place(value);
            let start = self.ir.decls.len() as u32;
            self.ir.decls.push(Decl::Embed(value));
            self.ir.decl_metas.push(DeclMeta {
                file: self.file,
                start: place.start,
                end: place.end,
                label_end: place.end,
                docs: List::default(),
                attributes: List::default(),
                field_alias: Label::NONE,
                label_alias: Label::NONE,
                value_alias: Label::NONE,
            });
            self.structure(List { start, len: 1 }, true, Span::new(place.start, place.end))
        };
        self.ir.files[self.file.index()].root = root;
    }

    /// A value built elsewhere, whose depth its reader has bounded.
    pub(crate) fn built(&mut self, built: &Built) -> ExprId {
        let span = built.span;
        match &built.value {
            BuiltValue::Null => self.push(Expr::Null, span),
            BuiltValue::Bool(value) => self.push(Expr::Bool(*value), span),
            BuiltValue::Num(number) => self.number(number.clone(), span),
            BuiltValue::Str(text) => self.string(text, span),
            BuiltValue::Bytes(bytes) => {
                self.ir.bytes.push(Arc::from(&bytes[..]));
                self.push(Expr::Bytes(self.ir.bytes.len() as u32 - 1), span)
            }
            BuiltValue::List(items) => {
                let items: Vec<ExprId> = items
                    .iter()
                    .map(|item| stacker::maybe_grow(128 << 10, 1 << 20, || self.built(item)))
                    .collect();
                self.list(&items, span)
            }
            BuiltValue::Struct(fields) => {
                let mut members = Vec::with_capacity(fields.len());
                for (name, at, value) in fields {
                    members.push(Member {
                        name: name.clone(),
                        span: *at,
                        value: stacker::maybe_grow(128 << 10, 1 << 20, || self.built(value)),
                        docs: Vec::new(),
                    });
                }
                self.fields(members, span)
            }
        }
    }

    /// A node of a YAML or JSON document, whose depth the reader has bounded.
    fn node(&mut self, doc: &Doc, id: NodeId) -> ExprId {
        let node = doc.node(doc.target(id));
        // An alias stands where it is written.
        let span = doc.node(id).span;
        match &node.kind {
            Kind::Scalar { value, text, .. } => match value {
                Scalar::Null => self.push(Expr::Null, span),
                Scalar::Bool(value) => self.push(Expr::Bool(*value), span),
                Scalar::Num(number) => self.number(number.clone(), span),
                Scalar::Str => self.string(text, span),
                Scalar::Bytes(bytes) => {
                    self.ir.bytes.push(bytes.clone());
                    self.push(Expr::Bytes(self.ir.bytes.len() as u32 - 1), span)
                }
            },
            Kind::List { items, .. } => {
                let items: Vec<ExprId> = items
                    .iter()
                    .map(|item| stacker::maybe_grow(128 << 10, 1 << 20, || self.node(doc, *item)))
                    .collect();
                self.list(&items, span)
            }
            Kind::Map { entries, .. } => {
                let mut members = Vec::with_capacity(entries.len());
                for entry in entries {
                    let key = doc.node(entry.key);
                    let comments =
                        doc.comments.get(key.head.0 as usize..key.head.1 as usize).unwrap_or_default();
                    members.push(Member {
                        name: entry.name.to_string(),
                        span: key.span,
                        value: stacker::maybe_grow(128 << 10, 1 << 20, || self.node(doc, entry.value)),
                        docs: comments.iter().map(|c| c.text.trim_start().to_string()).collect(),
                    });
                }
                self.fields(members, span)
            }
            // `target` follows aliases to their end.
            Kind::Alias { .. } => self.push(Expr::Null, span),
        }
    }

    /// A TOML table; its reader bounds the depth.
    fn table(&mut self, table: &toml::de::DeTable<'_>, at: Span) -> Result<ExprId, (Span, String)> {
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let mut members = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            members.push(Member {
                name: key.get_ref().to_string(),
                span: span(key),
                value: self.toml_value(value)?,
                docs: Vec::new(),
            });
        }
        Ok(self.fields(members, at))
    }

    fn toml_value(&mut self, value: &toml::Spanned<toml::de::DeValue<'_>>) -> Result<ExprId, (Span, String)> {
        use toml::de::DeValue;
        let at = span(value);
        let number = |text: &str| {
            let digits = text.replace('_', "");
            Number::parse_literal(&digits).map_err(|e| (at, format!("parse error: {e}")))
        };
        Ok(match value.get_ref() {
            DeValue::String(text) => self.string(text, at),
            DeValue::Boolean(value) => self.push(Expr::Bool(*value), at),
            DeValue::Datetime(value) => self.string(&value.to_string(), at),
            DeValue::Float(value) => {
                let number = number(value.as_str())?;
                self.number(number, at)
            }
            DeValue::Integer(value) => {
                let prefix = match value.radix() {
                    2 => "0b",
                    8 => "0o",
                    16 => "0x",
                    _ => "",
                };
                let text = value.as_str();
                let number = match text.strip_prefix('-') {
                    Some(rest) => number(&format!("-{prefix}{rest}"))?,
                    None => number(&format!("{prefix}{}", text.trim_start_matches('+')))?,
                };
                self.number(number, at)
            }
            DeValue::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    out.push(self.toml_value(item)?);
                }
                self.list(&out, at)
            }
            DeValue::Table(table) => self.table(table, at)?,
        })
    }
}
