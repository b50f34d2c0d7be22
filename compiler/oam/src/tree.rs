//! Rendered values between template and manifest: trees that still know their defaults, openness and markers.
//! `engine.rs` makes them of evaluated values, `patch` edits and unifies them, [`Node::to_value`] makes plain data.

use std::fmt::Write as _;
use std::sync::Arc;

use vela_diagnostics::{SourceId, Span};
use vela_number::Number;

use crate::data::Value;

/// A value that may be patched.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A struct.
    Struct(Struct),
    /// A list.
    List(List),
    /// A concrete scalar.
    Scalar(Scalar),
    /// Alternatives, each with whether it is a default.
    Disjunction(Vec<(bool, Node)>),
    /// A basic type that is not yet a value, or any other constraint.
    Open(Open),
}

/// The fields of a struct. Whether it is closed does not matter: printing a value as source, as KubeVela does before
/// it patches, opens it.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Struct {
    /// In order.
    pub fields: Vec<Field>,
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The label without quotes.
    pub name: Arc<str>,
    /// Regular, hidden or definition.
    pub kind: FieldKind,
    /// Whether it is there, may be there or has to be given.
    pub presence: Presence,
    /// The comments that document it, a line each, slashes included.
    pub docs: Vec<Arc<str>>,
    /// The value.
    pub value: Node,
}

/// What kind of label a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// `a`, `"a"`.
    Regular,
    /// `_a`.
    Hidden,
    /// `#a`, `_#a`.
    Definition,
}

/// Whether a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// `a?: …`
    Optional,
    /// `a!: …`
    Required,
    /// `a: …`
    Member,
}

/// The elements of a list.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct List {
    /// In order.
    pub items: Vec<Node>,
    /// Whether more may follow (`...`).
    pub open: bool,
}

/// A concrete scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number.
    Num(Number),
    /// Text.
    Str(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
}

/// Something without a concrete value.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// As source text: `int`, `>0 & <10`, `context.nothing`.
    pub text: Arc<str>,
    /// What is wrong if it stays so; empty for "incomplete value".
    pub message: Arc<str>,
    /// Places that explain it.
    pub places: Vec<(SourceId, Span)>,
}

/// A path in a tree, without quotes.
pub type Path = Vec<Arc<str>>;

/// Something in a tree that is no plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct NotConcrete {
    /// Where.
    pub path: Path,
    /// What is wrong.
    pub message: String,
    /// Places that explain it.
    pub places: Vec<(SourceId, Span)>,
}

impl Node {
    /// A string.
    pub fn str(text: &str) -> Self {
        Self::Scalar(Scalar::Str(text.into()))
    }

    /// An open struct of regular fields.
    pub fn of_value(value: &Value) -> Self {
        match value {
            Value::Null => Self::Scalar(Scalar::Null),
            Value::Bool(b) => Self::Scalar(Scalar::Bool(*b)),
            Value::Num(n) => Self::Scalar(Scalar::Num(n.clone())),
            Value::Str(s) => Self::Scalar(Scalar::Str(s.clone())),
            Value::Bytes(b) => Self::Scalar(Scalar::Bytes(b.clone())),
            Value::List(items) => {
                Self::List(List { items: items.iter().map(Self::of_value).collect(), open: false })
            }
            Value::Map(fields) => Self::Struct(Struct {
                fields: fields.iter().map(|(k, v)| Field::regular(k.clone(), Self::of_value(v))).collect(),
            }),
        }
    }

    /// The struct, of a struct.
    pub fn as_struct(&self) -> Option<&Struct> {
        if let Self::Struct(s) = self { Some(s) } else { None }
    }

    /// The default, where there are alternatives and one of them is chosen; else the node itself.
    pub fn default_value(&self) -> &Node {
        let Self::Disjunction(alternatives) = self else { return self };
        let mut defaults = alternatives.iter().filter(|(default, _)| *default);
        match (defaults.next(), defaults.next(), alternatives.as_slice()) {
            (Some((_, one)), None, _) => one.default_value(),
            (None, _, [(_, one)]) => one.default_value(),
            _ => self,
        }
    }

    /// Whether [`Self::to_value`] gives data.
    pub fn is_concrete(&self) -> bool {
        match self.default_value() {
            Self::Scalar(_) => true,
            Self::List(list) => list.items.iter().all(Self::is_concrete),
            Self::Struct(s) => s
                .fields
                .iter()
                .filter(|f| f.is_data())
                .all(|f| f.presence != Presence::Required && f.value.is_concrete()),
            Self::Open(_) | Self::Disjunction(_) => false,
        }
    }

    /// Plain data: defaults taken; hidden fields, definitions and optional fields left out.
    pub fn to_value(&self) -> Result<Value, Vec<NotConcrete>> {
        let mut faults = Vec::new();
        let value = concrete(self, &mut Vec::new(), &mut faults);
        if faults.is_empty() { Ok(value) } else { Err(faults) }
    }

    /// The node as source text, for messages and for what only the evaluator can unify.
    pub fn to_source(&self) -> String {
        let mut out = String::new();
        write_source(self, &mut out);
        out
    }
}

impl Struct {
    /// The field of this name, of any kind.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| &*f.name == name)
    }

    /// The field of this name, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Field> {
        self.fields.iter_mut().find(|f| &*f.name == name)
    }
}

impl Field {
    /// A regular field that is there, without comments.
    pub fn regular(name: impl Into<Arc<str>>, value: Node) -> Self {
        Self {
            name: name.into(),
            kind: FieldKind::Regular,
            presence: Presence::Member,
            docs: Vec::new(),
            value,
        }
    }

    /// Whether the field is part of plain data.
    pub fn is_data(&self) -> bool {
        self.kind == FieldKind::Regular && self.presence != Presence::Optional
    }
}

impl Scalar {
    /// As source text, in the form that the evaluator prints.
    pub fn to_source(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(b) => b.to_string(),
            Self::Num(n) => n.to_cue_text(),
            Self::Str(s) => quote(s),
            Self::Bytes(b) => {
                let mut out = String::from("'");
                for byte in b.iter() {
                    let _ = write!(out, "\\x{byte:02x}");
                }
                out.push('\'');
                out
            }
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Num(n) => Value::Num(n.clone()),
            Self::Str(s) => Value::Str(s.clone()),
            Self::Bytes(b) => Value::Bytes(b.clone()),
        }
    }
}

fn concrete(node: &Node, path: &mut Path, faults: &mut Vec<NotConcrete>) -> Value {
    let fault = |path: &Path, message: String, places: Vec<(SourceId, Span)>| NotConcrete {
        path: path.clone(),
        message,
        places,
    };
    match node.default_value() {
        Node::Scalar(s) => s.to_value(),
        Node::List(list) => {
            let mut items = Vec::with_capacity(list.items.len());
            for (i, item) in list.items.iter().enumerate() {
                path.push(i.to_string().into());
                items.push(concrete(item, path, faults));
                path.pop();
            }
            Value::List(items)
        }
        Node::Struct(s) => {
            let mut fields = Vec::with_capacity(s.fields.len());
            for field in s.fields.iter().filter(|f| f.is_data()) {
                path.push(field.name.clone());
                if field.presence == Presence::Required {
                    faults.push(fault(path, "field is required but not present".to_owned(), Vec::new()));
                } else {
                    fields.push((field.name.clone(), concrete(&field.value, path, faults)));
                }
                path.pop();
            }
            Value::Map(fields)
        }
        Node::Open(open) => {
            let message = if open.message.is_empty() {
                format!("incomplete value {}", open.text)
            } else {
                open.message.to_string()
            };
            faults.push(fault(path, message, open.places.clone()));
            Value::Null
        }
        several @ Node::Disjunction(_) => {
            faults.push(fault(path, format!("incomplete value {}", several.to_source()), Vec::new()));
            Value::Null
        }
    }
}

fn write_source(node: &Node, out: &mut String) {
    match node {
        Node::Scalar(s) => out.push_str(&s.to_source()),
        Node::Open(open) => {
            out.push('(');
            out.push_str(&open.text);
            out.push(')');
        }
        Node::List(list) => {
            out.push('[');
            for item in &list.items {
                write_source(item, out);
                out.push_str(", ");
            }
            if list.open {
                out.push_str("...");
            }
            out.push(']');
        }
        Node::Disjunction(alternatives) => {
            out.push('(');
            for (i, (default, alternative)) in alternatives.iter().enumerate() {
                if i > 0 {
                    out.push_str(" | ");
                }
                if *default {
                    out.push('*');
                }
                write_source(alternative, out);
            }
            out.push(')');
        }
        Node::Struct(s) => {
            out.push('{');
            for field in &s.fields {
                match field.kind {
                    FieldKind::Regular => out.push_str(&quote(&field.name)),
                    FieldKind::Hidden | FieldKind::Definition => out.push_str(&field.name),
                }
                out.push_str(match field.presence {
                    Presence::Optional => "?: ",
                    Presence::Required => "!: ",
                    Presence::Member => ": ",
                });
                write_source(&field.value, out);
                out.push_str(", ");
            }
            out.push('}');
        }
    }
}

/// A string literal of one line.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
