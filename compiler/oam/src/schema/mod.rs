//! What a definition's `parameter` accepts, as a plain tree without places: types, defaults, allowed values, docs.
//! Read by the check of Applications, hover and completion. A tree may contain itself where the parameter does.
//!
//! Places stand beside it ([`Places`]), so that moving a definition's text leaves its schema equal.

pub mod cue;
pub mod extract;
pub mod json;
mod unify;

use std::sync::Arc;

use vela_diagnostics::{SourceId, Span};
use vela_yaml::Data;

/// Index into [`Schema::nodes`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct NodeId(pub u32);

/// What a value has to look like.
#[derive(Clone, PartialEq, Debug)]
pub struct Schema {
    /// All nodes.
    pub nodes: Vec<Node>,
    /// The node of the whole.
    pub root: NodeId,
}

/// One node.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Node {
    /// What is accepted.
    pub shape: Shape,
    /// The value taken where none is given.
    pub default: Option<Data>,
    /// Whether there is such a value that only rendering knows: `*context.namespace | string`.
    pub late: bool,
}

/// What a node accepts.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum Shape {
    /// Anything; also what could not be understood.
    #[default]
    Any,
    /// Values without parts.
    Scalar(Scalar),
    /// A list; of anything where the item is not known.
    List(Option<NodeId>),
    /// A struct.
    Struct(Struct),
    /// One of several, at least one of which is a list or a struct.
    OneOf(Vec<NodeId>),
}

/// Kinds of values without parts, as a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Kinds(pub u8);

impl Kinds {
    /// `null`.
    pub const NULL: Self = Self(1);
    /// `true`, `false`.
    pub const BOOL: Self = Self(2);
    /// Whole numbers.
    pub const INT: Self = Self(4);
    /// Numbers with a fraction.
    pub const FLOAT: Self = Self(8);
    /// All numbers.
    pub const NUMBER: Self = Self(12);
    /// Texts.
    pub const STRING: Self = Self(16);
    /// Bytes.
    pub const BYTES: Self = Self(32);
    /// All of them.
    pub const ALL: Self = Self(63);

    /// Those of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those of either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether all of `other` are among them.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The kind of a value; `None` of a list or map.
    pub fn of(value: &Data) -> Option<Self> {
        Some(match value {
            Data::Null => Self::NULL,
            Data::Bool(_) => Self::BOOL,
            Data::Num(n) if n.is_int() => Self::INT,
            Data::Num(_) => Self::FLOAT,
            Data::Str(_) => Self::STRING,
            Data::Bytes(_) => Self::BYTES,
            Data::List(_) | Data::Map(_) => return None,
        })
    }

    /// The words for them.
    pub fn words(self) -> Vec<&'static str> {
        let mut out = Vec::new();
        let mut add = |kind: Self, word| {
            if self.has(kind) {
                out.push(word);
            }
        };
        add(Self::STRING, "string");
        add(Self::BYTES, "bytes");
        add(Self::BOOL, "bool");
        if self.has(Self::NUMBER) {
            add(Self::NUMBER, "number");
        } else {
            add(Self::INT, "int");
            add(Self::FLOAT, "float");
        }
        add(Self::NULL, "null");
        out
    }
}

/// Values without parts.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Scalar {
    /// Kinds of which any value is accepted, within the constraints.
    pub kinds: Kinds,
    /// Single values that are named; beside `kinds` they are merely worth proposing.
    pub values: Vec<Data>,
    /// Further constraints, as source: `>0`, `=~"^a"`.
    pub constraints: Vec<String>,
}

/// What a struct may have beside its fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Openness {
    /// Anything, as nothing is said: most likely a misspelling.
    #[default]
    Open,
    /// Anything, by `...`.
    Dots,
    /// Nothing.
    Closed,
}

/// A struct.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Struct {
    /// Its fields in order.
    pub fields: Vec<Field>,
    /// The shape of fields of any other name: `[string]: T`.
    pub pattern: Option<NodeId>,
    /// What else it may have.
    pub openness: Openness,
}

impl Struct {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|f| &*f.name == name)
    }
}

/// Whether a field has to be given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// `a: T`: has to have a value, given or by default.
    Member,
    /// `a!: T`: has to be given.
    Required,
    /// `a?: T`
    Optional,
}

/// A field.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// Its name.
    pub name: Arc<str>,
    /// Whether it has to be given.
    pub need: Need,
    /// What it accepts.
    pub node: NodeId,
    /// What is said about it.
    pub doc: Arc<str>,
    /// Whether it is not meant for everyday use (`+ignore`).
    pub ignored: bool,
    /// Whether it is declared only under a condition.
    pub conditional: bool,
    /// Its place in [`Places`].
    pub place: u32,
}

/// Where the fields of a schema are declared.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Places(pub Vec<Place>);

/// Where a field is declared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The text.
    pub source: SourceId,
    /// The label.
    pub label: Span,
    /// The whole declaration.
    pub whole: Span,
}

/// Deepest nesting that is followed; trees that contain themselves end there.
const MAX_DEPTH: u32 = 32;

impl Schema {
    /// A schema that accepts anything.
    pub fn any() -> Self {
        Self { nodes: vec![Node::default()], root: NodeId(0) }
    }

    /// The node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The structs that a node may be: itself, or its alternatives.
    pub fn structs(&self, id: NodeId) -> Vec<&Struct> {
        let mut out = Vec::new();
        self.collect_structs(id, &mut out, 0);
        out
    }

    fn collect_structs<'s>(&'s self, id: NodeId, out: &mut Vec<&'s Struct>, depth: u32) {
        match &self.node(id).shape {
            Shape::Struct(s) => out.push(s),
            Shape::OneOf(all) if depth < MAX_DEPTH => {
                for one in all {
                    self.collect_structs(*one, out, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// The nodes that the field `name` of a node may have, with the field where it is declared as such.
    pub fn members(&self, id: NodeId, name: &str) -> Vec<(NodeId, Option<&Field>)> {
        let mut out = Vec::new();
        for s in self.structs(id) {
            match (s.field(name), s.pattern) {
                (Some(field), _) => out.push((field.node, Some(field))),
                (None, Some(pattern)) => out.push((pattern, None)),
                (None, None) => {}
            }
        }
        out
    }

    /// The nodes that an item of a list may have.
    pub fn items(&self, id: NodeId) -> Vec<NodeId> {
        let mut out = Vec::new();
        let mut work = vec![(id, 0)];
        while let Some((id, depth)) = work.pop() {
            match &self.node(id).shape {
                Shape::List(Some(item)) => out.push(*item),
                Shape::OneOf(all) if depth < MAX_DEPTH => work.extend(all.iter().map(|n| (*n, depth + 1))),
                _ => {}
            }
        }
        out
    }

    /// Whether nothing has to be given: defaults complete it.
    pub fn complete(&self, id: NodeId) -> bool {
        self.complete_within(id, 0)
    }

    fn complete_within(&self, id: NodeId, depth: u32) -> bool {
        let node = self.node(id);
        if node.default.is_some() || node.late || depth > MAX_DEPTH {
            return true;
        }
        match &node.shape {
            Shape::Any => false,
            Shape::Scalar(s) => s.kinds == Kinds::NULL || (s.kinds.is_empty() && s.values.len() == 1),
            Shape::List(_) => true,
            Shape::Struct(s) => s.fields.iter().all(|f| match f.need {
                Need::Optional => true,
                Need::Required => false,
                Need::Member => self.complete_within(f.node, depth + 1),
            }),
            // Of several that are complete none is taken without a mark.
            Shape::OneOf(_) => false,
        }
    }

    /// Whether a field has to be given.
    pub fn required(&self, field: &Field) -> bool {
        match field.need {
            Need::Optional => false,
            Need::Required => true,
            Need::Member => !self.complete(field.node),
        }
    }

    /// The node's type in a few words, as source: `[...string]`, `"a" | "b"`, `{...}`.
    pub fn shown(&self, id: NodeId) -> String {
        let mut out = String::new();
        self.show(id, &mut out, 0);
        out
    }

    /// What has to be given, for a sentence: `a string`, `an int`, `"a" | "b"`; a default is nothing to be given.
    pub fn wanted(&self, id: NodeId) -> String {
        let Shape::Scalar(scalar) = &self.node(id).shape else { return self.shown(id) };
        let words = scalar.kinds.words();
        let Some(last) = words.last().filter(|_| scalar.kinds != Kinds::ALL) else { return self.shown(id) };
        let article = |word: &str| match word {
            "bytes" | "null" => word.to_owned(),
            "int" => "an int".to_owned(),
            _ => format!("a {word}"),
        };
        let mut out: Vec<String> = words[..words.len() - 1].iter().map(|w| article(w)).collect();
        out.push(article(last));
        let mut out = out.join(" or ");
        for constraint in &scalar.constraints {
            out.push_str(&format!(" & {constraint}"));
        }
        out
    }

    fn show(&self, id: NodeId, out: &mut String, depth: u32) {
        let node = self.node(id);
        match &node.shape {
            Shape::Any => out.push('_'),
            Shape::Scalar(scalar) => {
                let mut parts: Vec<String> = Vec::new();
                if let Some(default) = &node.default {
                    parts.push(format!("*{}", shown_value(default)));
                }
                parts.extend(
                    scalar.values.iter().filter(|v| node.default.as_ref() != Some(*v)).map(shown_value),
                );
                let words = if scalar.kinds == Kinds::ALL { Vec::new() } else { scalar.kinds.words() };
                parts.extend(words.into_iter().map(str::to_owned));
                if parts.is_empty() && scalar.constraints.is_empty() {
                    parts.push("_".to_owned());
                }
                out.push_str(&parts.join(" | "));
                for constraint in &scalar.constraints {
                    if !out.is_empty() {
                        out.push_str(" & ");
                    }
                    out.push_str(constraint);
                }
            }
            Shape::List(None) => out.push_str("[...]"),
            Shape::List(Some(item)) => {
                out.push_str("[...");
                if depth < 3 {
                    self.show(*item, out, depth + 1);
                }
                out.push(']');
            }
            Shape::Struct(s) if s.fields.is_empty() => match s.pattern {
                Some(pattern) if depth < 3 => {
                    out.push_str("{[string]: ");
                    self.show(pattern, out, depth + 1);
                    out.push('}');
                }
                _ => out.push_str(if s.openness == Openness::Closed { "{}" } else { "{...}" }),
            },
            Shape::Struct(_) => out.push_str("{...}"),
            Shape::OneOf(all) => {
                for (i, one) in all.iter().enumerate() {
                    if i > 0 {
                        out.push_str(" | ");
                    }
                    if depth < 3 {
                        self.show(*one, out, depth + 1);
                    } else {
                        out.push('_');
                    }
                }
            }
        }
    }
}

/// A value as CUE source, cut where it is long.
pub fn shown_value(value: &Data) -> String {
    let text = vela_yaml::to_json(value, vela_yaml::JsonStyle::COMPACT);
    if text.chars().count() > 60 {
        let cut: String = text.chars().take(57).collect();
        return format!("{cut}…");
    }
    text
}
