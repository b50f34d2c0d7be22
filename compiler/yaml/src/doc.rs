//! The tree of one document: every node with its place, as written and as it counts.

use std::sync::Arc;

use vela_diagnostics::Span;
use vela_number::Number;

use crate::{Data, Fault};

/// Everything read from one text.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The documents in order. One that has a fault is there too, as far as it was understood.
    pub docs: Vec<Doc>,
    /// Faults in order of place.
    pub faults: Vec<Fault>,
}

/// A node of a [`Doc`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// One document.
#[derive(Clone, Debug)]
pub struct Doc {
    /// The text it covers, without `---`.
    pub span: Span,
    /// Whether a `---` opens it.
    pub explicit: bool,
    /// Whether it has no fault.
    pub sound: bool,
    /// Its content.
    pub root: NodeId,
    /// All nodes; children come before their parents.
    pub nodes: Vec<Node>,
    /// All comments in order of place.
    pub comments: Vec<Comment>,
    /// Keys given twice in one map. Both entries are kept.
    pub duplicates: Vec<Duplicate>,
}

/// One node as written.
#[derive(Clone, Debug)]
pub struct Node {
    /// The bytes of the value, without anchor, tag and comments. Empty for an absent value.
    pub span: Span,
    /// Explicit tag in short form: `!!str`, `!Ref`, `!`.
    pub tag: Option<Box<str>>,
    /// Place of the tag.
    pub tag_span: Span,
    /// Anchor without `&`.
    pub anchor: Option<Box<str>>,
    /// What it is.
    pub kind: Kind,
    /// Comments on lines of their own before it, as a range of [`Doc::comments`].
    pub head: (u32, u32),
    /// The comment behind it on its last line.
    pub line_comment: Option<u32>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A scalar.
    Scalar {
        /// Its value.
        value: Scalar,
        /// Its text after unescaping and folding; for numbers the digits as written.
        text: Arc<str>,
        /// How it is written.
        style: Style,
    },
    /// A sequence.
    List {
        /// Its items.
        items: Vec<NodeId>,
        /// Whether it is written with brackets.
        flow: bool,
    },
    /// A mapping.
    Map {
        /// Its entries as they count: merged ones included, overridden ones left out.
        entries: Vec<Entry>,
        /// Its merge keys as written.
        merges: Vec<Merge>,
        /// Whether it is written with braces.
        flow: bool,
    },
    /// An alias of a node that comes before it and does not contain it.
    Alias {
        /// The node meant.
        target: NodeId,
    },
}

/// An entry of a mapping.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The field name that the key gives.
    pub name: Arc<str>,
    /// The key.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
    /// Whether it came in by a merge key.
    pub merged: bool,
}

/// A merge key.
#[derive(Clone, Copy, Debug)]
pub struct Merge {
    /// The `<<`.
    pub key: NodeId,
    /// What is merged.
    pub value: NodeId,
}

/// A key that was there before.
#[derive(Clone, Debug)]
pub struct Duplicate {
    /// The field name.
    pub name: Arc<str>,
    /// Where it was given first.
    pub first: Span,
    /// Where it is given again.
    pub again: Span,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'text'`.
    Single,
    /// `"text"`.
    Double,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

/// The value of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `null`, also for an absent value.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Num(Number),
    /// The text of the node.
    Str,
    /// Decoded `!!binary`.
    Bytes(Arc<[u8]>),
}

/// Where a comment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Placement {
    /// On a line of its own directly above what follows.
    Above,
    /// Behind something on the same line.
    Right,
    /// On a line of its own, apart from everything.
    Free,
    /// After the last node.
    Last,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Its bytes with the `#`.
    pub span: Span,
    /// Its text without the `#`.
    pub text: Box<str>,
    /// Where it stands.
    pub placement: Placement,
}

impl Doc {
    /// The node as written.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    /// The node that an alias means, else the node itself.
    pub fn target(&self, mut id: NodeId) -> NodeId {
        while let Kind::Alias { target } = self.node(id).kind {
            id = target;
        }
        id
    }

    /// The entries of a map or of an alias of one.
    pub fn entries(&self, id: NodeId) -> Option<&[Entry]> {
        match &self.node(self.target(id)).kind {
            Kind::Map { entries, .. } => Some(entries),
            _ => None,
        }
    }

    /// The items of a list or of an alias of one.
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match &self.node(self.target(id)).kind {
            Kind::List { items, .. } => Some(items),
            _ => None,
        }
    }

    /// The first entry of this name.
    pub fn get(&self, id: NodeId, name: &str) -> Option<&Entry> {
        self.entries(id)?.iter().find(|e| &*e.name == name)
    }

    /// The value found by following names from map to map, from the root.
    pub fn at(&self, path: &[&str]) -> Option<NodeId> {
        path.iter().try_fold(self.root, |id, name| self.get(id, name).map(|e| e.value))
    }

    /// The text of a scalar that is a string.
    pub fn str(&self, id: NodeId) -> Option<&Arc<str>> {
        match &self.node(self.target(id)).kind {
            Kind::Scalar { value: Scalar::Str, text, .. } => Some(text),
            _ => None,
        }
    }

    /// What the document means, without places. Of a key given twice the last value counts, in the place of the
    /// first, as Kubernetes' tools read it.
    pub fn to_data(&self) -> Data {
        self.data_of(self.root)
    }

    /// What a node means. Recurses at most [`crate::MAX_DEPTH`] levels.
    pub fn data_of(&self, id: NodeId) -> Data {
        match &self.node(self.target(id)).kind {
            Kind::Scalar { value, text, .. } => match value {
                Scalar::Null => Data::Null,
                Scalar::Bool(b) => Data::Bool(*b),
                Scalar::Num(n) => Data::Num(n.clone()),
                Scalar::Str => Data::Str(text.clone()),
                Scalar::Bytes(b) => Data::Bytes(b.clone()),
            },
            Kind::List { items, .. } => Data::List(items.iter().map(|i| self.data_of(*i)).collect()),
            Kind::Map { entries, .. } => {
                let fields = entries.iter().map(|e| (e.name.clone(), self.data_of(e.value))).collect();
                Data::Map(if self.duplicates.is_empty() { fields } else { last_wins(fields) })
            }
            // `target` has followed it.
            Kind::Alias { .. } => Data::Null,
        }
    }
}

fn last_wins(fields: Vec<(Arc<str>, Data)>) -> Vec<(Arc<str>, Data)> {
    let mut index: rustc_hash::FxHashMap<Arc<str>, usize> = rustc_hash::FxHashMap::default();
    let mut out: Vec<(Arc<str>, Data)> = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        match index.get(&name) {
            Some(at) => out[*at].1 = value,
            None => {
                index.insert(name.clone(), out.len());
                out.push((name, value));
            }
        }
    }
    out
}
