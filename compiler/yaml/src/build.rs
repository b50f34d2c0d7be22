//! Makes a [`Doc`] from a stream of nodes: anchors and their budgets, merge keys, field names, duplicates.
//! Both readers feed it.

use std::sync::Arc;

use base64::Engine;
use rustc_hash::{FxHashMap, FxHashSet};
use vela_diagnostics::Span;
use vela_diagnostics::catalogue::input;
use vela_number::Number;

use crate::doc::{Comment, Doc, Duplicate, Entry, Kind, Merge, Node, NodeId, Scalar, Style};
use crate::scalar::{self, Resolved};
use crate::{Fault, MAX_ALIAS_NODES, MAX_DEPTH, MergeRule};

/// Most entries that merge keys may copy in one input.
const MAX_MERGED: usize = 1_000_000;

/// Faults kept; a hostile text could have one a byte.
pub(crate) const MAX_FAULTS: usize = 100;

/// From this many entries on, a map is indexed by name.
const INDEX_FROM: usize = 12;

/// What is written before a node.
#[derive(Default)]
pub(crate) struct Properties {
    pub tag: Option<Box<str>>,
    pub tag_span: Span,
    pub head: (u32, u32),
}

/// A collection that is not closed yet.
struct Open {
    properties: Properties,
    anchor: Option<(usize, Box<str>)>,
    span: Span,
    flow: bool,
    content: Content,
}

enum Content {
    List(Vec<NodeId>),
    Map(Fields),
}

#[derive(Default)]
struct Fields {
    entries: Vec<Entry>,
    merges: Vec<Merge>,
    index: FxHashMap<Arc<str>, u32>,
    key: Option<NodeId>,
    duplicates: Vec<Duplicate>,
}

impl Fields {
    fn find(&mut self, name: &Arc<str>) -> Option<usize> {
        if self.entries.len() < INDEX_FROM {
            return self.entries.iter().position(|e| e.name == *name);
        }
        if self.index.is_empty() {
            for (at, e) in self.entries.iter().enumerate() {
                self.index.entry(e.name.clone()).or_insert(at as u32);
            }
        }
        self.index.get(name).map(|at| *at as usize)
    }

    fn push(&mut self, entry: Entry) {
        if !self.index.is_empty() {
            self.index.entry(entry.name.clone()).or_insert(self.entries.len() as u32);
        }
        self.entries.push(entry);
    }
}

/// What an anchor stands for.
enum Anchored {
    /// The collection is still open.
    Open,
    Node(NodeId),
}

/// State that lasts over all documents of an input, and the document in the making.
pub(crate) struct Builder {
    rule: MergeRule,
    pub faults: Vec<Fault>,
    names: FxHashSet<Arc<str>>,
    alias_nodes: u64,
    merged: usize,
    // The document in the making.
    span: Span,
    explicit: bool,
    sound: bool,
    nodes: Vec<Node>,
    /// Nodes that each node expands to, and how deep, aliases followed.
    sizes: Vec<(u64, u32)>,
    pub comments: Vec<Comment>,
    duplicates: Vec<Duplicate>,
    open: Vec<Open>,
    anchors: FxHashMap<usize, Anchored>,
    root: Option<NodeId>,
}

impl Builder {
    pub fn new(rule: MergeRule) -> Self {
        Self {
            rule,
            faults: Vec::new(),
            names: FxHashSet::default(),
            alias_nodes: 0,
            merged: 0,
            span: Span::default(),
            explicit: false,
            sound: true,
            nodes: Vec::new(),
            sizes: Vec::new(),
            comments: Vec::new(),
            duplicates: Vec::new(),
            open: Vec::new(),
            anchors: FxHashMap::default(),
            root: None,
        }
    }

    pub fn begin(&mut self, at: u32, explicit: bool) {
        self.span = Span::at(at);
        self.explicit = explicit;
        self.sound = true;
    }

    /// Ends the document; what is still open is closed where it stands. An empty one is `null`.
    pub fn end(&mut self, at: u32) -> Doc {
        while !self.open.is_empty() {
            self.close(Span::at(at));
        }
        let root = self.root.take().unwrap_or_else(|| {
            self.add(Properties::default(), None, Span::at(at), absent());
            NodeId(self.nodes.len() as u32 - 1)
        });
        self.root = None;
        self.sizes.clear();
        self.anchors.clear();
        Doc {
            span: Span::new(self.span.start, at.max(self.span.start)),
            explicit: self.explicit,
            sound: self.sound,
            root,
            nodes: std::mem::take(&mut self.nodes),
            comments: std::mem::take(&mut self.comments),
            duplicates: std::mem::take(&mut self.duplicates),
        }
    }

    pub fn fault(&mut self, fault: Fault) {
        self.sound = false;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(fault);
        }
    }

    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The comment belongs behind the node read last.
    pub fn line_comment(&mut self, index: u32) {
        if let Some(node) = self.nodes.last_mut() {
            node.line_comment.get_or_insert(index);
        }
    }

    pub fn list(
        &mut self,
        properties: Properties,
        anchor: Option<(usize, Box<str>)>,
        span: Span,
        flow: bool,
    ) {
        self.push_open(properties, anchor, span, flow, Content::List(Vec::new()));
    }

    pub fn map(&mut self, properties: Properties, anchor: Option<(usize, Box<str>)>, span: Span, flow: bool) {
        self.push_open(properties, anchor, span, flow, Content::Map(Fields::default()));
    }

    fn push_open(
        &mut self,
        properties: Properties,
        anchor: Option<(usize, Box<str>)>,
        span: Span,
        flow: bool,
        content: Content,
    ) {
        if let Some((id, _)) = &anchor {
            self.anchors.insert(*id, Anchored::Open);
        }
        self.open.push(Open { properties, anchor, span, flow, content });
    }

    /// Names the anchor of the collection or scalar begun last.
    pub fn name_anchor(&mut self, id: usize, name: &str) {
        match self.open.last_mut().and_then(|o| o.anchor.as_mut()).filter(|a| a.0 == id) {
            Some(anchor) => anchor.1 = name.into(),
            None => {
                if let Some(node) = self.nodes.last_mut() {
                    node.anchor = Some(name.into());
                }
            }
        }
    }

    /// Closes the innermost collection.
    pub fn close(&mut self, end: Span) {
        let Some(open) = self.open.pop() else { return };
        // A block collection ends with its last part; the reader only knows where the next thing starts.
        let mut stop = if open.flow { end.end } else { open.span.start };
        let kind = match open.content {
            Content::List(items) => {
                if let (false, Some(last)) = (open.flow, items.last()) {
                    stop = stop.max(self.nodes[last.0 as usize].span.end);
                }
                Kind::List { items, flow: open.flow }
            }
            Content::Map(mut fields) => {
                if let Some(key) = fields.key.take() {
                    self.add(Properties::default(), None, Span::at(end.start), absent());
                    let value = NodeId(self.nodes.len() as u32 - 1);
                    self.entry(&mut fields, key, value);
                }
                if !open.flow {
                    let merges = fields.merges.iter().map(|m| m.value);
                    let own = fields.entries.iter().filter(|e| !e.merged).flat_map(|e| [e.key, e.value]);
                    for part in own.chain(merges) {
                        stop = stop.max(self.nodes[part.0 as usize].span.end);
                    }
                }
                self.duplicates.append(&mut fields.duplicates);
                Kind::Map { entries: fields.entries, merges: fields.merges, flow: open.flow }
            }
        };
        let span = Span::new(open.span.start, stop.max(open.span.start));
        self.finish(open.properties, open.anchor, span, kind);
    }

    /// An alias of the anchor with this number.
    pub fn alias(&mut self, properties: Properties, id: usize, span: Span, name: &str) {
        let kind = match self.anchors.get(&id) {
            Some(Anchored::Node(target)) => {
                let target = *target;
                self.alias_nodes = self.alias_nodes.saturating_add(self.sizes[target.0 as usize].0);
                if self.alias_nodes > MAX_ALIAS_NODES {
                    // Said once: everything after it would repeat it.
                    if self.alias_nodes != u64::MAX {
                        self.alias_nodes = u64::MAX;
                        let text = format!("aliases expand to more than {MAX_ALIAS_NODES} nodes");
                        self.fault(Fault::new(input::ALIAS, span, text));
                    }
                    absent()
                } else {
                    Kind::Alias { target }
                }
            }
            Some(Anchored::Open) => {
                self.fault(Fault::new(input::ALIAS, span, format!("anchor {name:?} value contains itself")));
                absent()
            }
            None => {
                self.unknown_alias(span, name);
                absent()
            }
        };
        self.finish(properties, None, span, kind);
    }

    pub fn unresolved_alias(&mut self, properties: Properties, span: Span, name: &str) {
        self.unknown_alias(span, name);
        self.finish(properties, None, span, absent());
    }

    fn unknown_alias(&mut self, span: Span, name: &str) {
        self.fault(Fault::new(input::ALIAS, span, format!("unknown anchor '{name}' referenced")));
    }

    /// A YAML scalar.
    pub fn scalar(
        &mut self,
        properties: Properties,
        anchor: Option<usize>,
        span: Span,
        text: &str,
        style: Style,
    ) {
        let value = self.scalar_value(properties.tag.as_deref(), span, text, style);
        let text = match &value {
            Scalar::Str => self.intern(text),
            Scalar::Num(_) => scalar::literal(text).into(),
            Scalar::Null => "null".into(),
            Scalar::Bool(b) => if *b { "true" } else { "false" }.into(),
            Scalar::Bytes(_) => text.into(),
        };
        let anchor = anchor.map(|id| (id, Box::from("")));
        self.finish(properties, anchor, span, Kind::Scalar { value, text, style });
    }

    /// A scalar whose value the reader knows, as in JSON.
    pub fn known(&mut self, span: Span, value: Scalar, text: &str, style: Style) {
        let text = self.intern(text);
        self.finish(Properties::default(), None, span, Kind::Scalar { value, text, style });
    }

    fn intern(&mut self, text: &str) -> Arc<str> {
        // Long texts seldom repeat.
        if text.len() > 64 {
            return text.into();
        }
        if let Some(known) = self.names.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.names.insert(new.clone());
        new
    }

    fn scalar_value(&mut self, tag: Option<&str>, span: Span, text: &str, style: Style) -> Scalar {
        match tag {
            None | Some("!") if style != Style::Plain => Scalar::Str,
            None | Some("!") => match scalar::resolve(text) {
                Resolved::Null => Scalar::Null,
                Resolved::Bool => Scalar::Bool(matches!(text, "true" | "True" | "TRUE")),
                Resolved::Float if tag.is_none() && scalar::is_false_octal(text) => Scalar::Str,
                Resolved::Int => self.number(span, text, "!!int"),
                Resolved::Float => self.number(span, text, "!!float"),
                Resolved::Special => self.special(span, text),
                Resolved::Timestamp | Resolved::Str => Scalar::Str,
            },
            Some("!!str" | "!!timestamp" | "!!merge") => Scalar::Str,
            Some("!!null") => Scalar::Null,
            Some("!!bool") => Scalar::Bool(matches!(text, "true" | "True" | "TRUE")),
            Some("!!int") => self.number(span, text, "!!int"),
            Some("!!float") if scalar::resolve(text) == Resolved::Special => self.special(span, text),
            Some("!!float") => self.number(span, text, "!!float"),
            Some("!!binary") => {
                // Line ends of block scalars are no part of the encoding.
                let packed: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
                match base64::engine::general_purpose::STANDARD.decode(packed) {
                    Ok(bytes) => Scalar::Bytes(bytes.into()),
                    Err(_) => {
                        let message = "!!binary value contains invalid base64 data";
                        self.fault(Fault::new(input::TAG, span, message));
                        Scalar::Str
                    }
                }
            }
            Some(other) => {
                let message = format!("cannot unmarshal tag {other:?}");
                self.fault(Fault::new(input::TAG, span, message));
                Scalar::Str
            }
        }
    }

    fn number(&mut self, span: Span, text: &str, tag: &str) -> Scalar {
        let literal = scalar::literal(text);
        let message = match Number::parse_literal(&literal) {
            // `!!int 1.5` is refused, `!!float 1` is not.
            Ok(n) if tag == "!!int" && !n.is_int() => {
                format!("cannot decode {literal:?} as {tag}: not a literal number")
            }
            Ok(n) => return Scalar::Num(n),
            Err(e) => format!("cannot decode {literal:?} as {tag}: {e}"),
        };
        self.fault(Fault::new(input::BAD_SCALAR, span, message));
        Scalar::Str
    }

    fn special(&mut self, span: Span, text: &str) -> Scalar {
        let message = format!("{text} has no value: numbers are finite");
        self.fault(Fault::new(input::BAD_SCALAR, span, message));
        Scalar::Str
    }

    fn add(&mut self, properties: Properties, anchor: Option<Box<str>>, span: Span, kind: Kind) {
        let part = |id: &NodeId| self.sizes[id.0 as usize];
        let sum = |parts: &mut dyn Iterator<Item = (u64, u32)>| {
            parts.fold((1_u64, 1_u32), |(size, depth), (s, d)| {
                (size.saturating_add(s), depth.max(d.saturating_add(1)))
            })
        };
        let size = match &kind {
            Kind::Scalar { .. } => (1, 1),
            Kind::List { items, .. } => sum(&mut items.iter().map(part)),
            Kind::Map { entries, .. } => sum(&mut entries.iter().map(|e| part(&e.value))),
            Kind::Alias { target } => {
                let (size, depth) = part(target);
                (size.saturating_add(1), depth)
            }
        };
        self.sizes.push(size);
        let Properties { tag, tag_span, head } = properties;
        self.nodes.push(Node { span, tag, tag_span, anchor, kind, head, line_comment: None });
    }

    /// Adds a finished node and hands it to the collection around it.
    fn finish(&mut self, properties: Properties, anchor: Option<(usize, Box<str>)>, span: Span, kind: Kind) {
        let id = NodeId(self.nodes.len() as u32);
        let name = anchor.map(|(number, name)| {
            self.anchors.insert(number, Anchored::Node(id));
            name
        });
        self.add(properties, name, span, kind);
        if self.sizes[id.0 as usize].1 as usize > MAX_DEPTH {
            self.fault(Fault::new(
                input::TOO_LARGE,
                span,
                format!("data is nested deeper than {MAX_DEPTH} levels"),
            ));
            self.nodes[id.0 as usize].kind = absent();
            self.sizes[id.0 as usize] = (1, 1);
        }
        let Some(mut open) = self.open.pop() else {
            self.root.get_or_insert(id);
            return;
        };
        match &mut open.content {
            Content::List(items) => items.push(id),
            Content::Map(fields) => match fields.key.take() {
                None => fields.key = Some(id),
                Some(key) => self.entry(fields, key, id),
            },
        }
        self.open.push(open);
    }

    fn entry(&mut self, fields: &mut Fields, key: NodeId, value: NodeId) {
        if self.is_merge(key) {
            fields.merges.push(Merge { key, value });
            self.merge(fields, value);
            return;
        }
        let Some(name) = self.field_name(key) else { return };
        let entry = Entry { name: name.clone(), key, value, merged: false };
        let Some(at) = fields.find(&name) else { return fields.push(entry) };
        let old = &fields.entries[at];
        let replaces = match self.rule {
            MergeRule::ExplicitWins => old.merged,
            MergeRule::LastWins => !fields.merges.is_empty(),
        };
        if !old.merged {
            let first = self.nodes[old.key.0 as usize].span;
            let again = self.nodes[key.0 as usize].span;
            fields.duplicates.push(Duplicate { name, first, again });
        }
        if replaces {
            fields.entries[at] = entry;
        } else {
            fields.push(entry);
        }
    }

    fn is_merge(&self, key: NodeId) -> bool {
        let node = &self.nodes[key.0 as usize];
        matches!(&node.kind, Kind::Scalar { text, style, .. } if &**text == "<<"
        && match node.tag.as_deref() {
            None => *style == Style::Plain,
            Some(tag) => tag == "!!merge" || (tag == "!" && *style == Style::Plain),
        })
    }

    /// Copies the entries of what is merged.
    fn merge(&mut self, fields: &mut Fields, value: NodeId) {
        // Of several maps, the first to have a field wins, so they are copied from the last on. Lists may nest.
        let mut todo = vec![value];
        while let Some(id) = todo.pop() {
            let at = match self.nodes[id.0 as usize].kind {
                Kind::Alias { target } => target,
                _ => id,
            };
            let entries: Vec<Entry> = match &self.nodes[at.0 as usize].kind {
                Kind::Map { entries, .. } => entries.clone(),
                Kind::List { items, .. } if at == id => {
                    todo.extend(items.iter().copied());
                    continue;
                }
                _ => {
                    let span = self.nodes[id.0 as usize].span;
                    let message = "map merge requires map or sequence of maps as the value";
                    self.fault(Fault::new(input::MERGE, span, message));
                    return;
                }
            };
            self.merged += entries.len();
            if self.merged > MAX_MERGED {
                let span = self.nodes[id.0 as usize].span;
                let message = format!("merge keys copy more than {MAX_MERGED} entries");
                self.fault(Fault::new(input::TOO_LARGE, span, message));
                return;
            }
            for entry in entries {
                let entry = Entry { merged: true, ..entry };
                match fields.find(&entry.name) {
                    None => fields.push(entry),
                    Some(at) if fields.entries[at].merged || self.rule == MergeRule::LastWins => {
                        fields.entries[at].value = entry.value;
                        fields.entries[at].key = entry.key;
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// The field name that a key gives: its text, in the language's spelling where it is no string.
    fn field_name(&mut self, key: NodeId) -> Option<Arc<str>> {
        let at = match self.nodes[key.0 as usize].kind {
            Kind::Alias { target } => target,
            _ => key,
        };
        let tag = match &self.nodes[at.0 as usize].kind {
            Kind::Scalar { text, .. } => return Some(text.clone()),
            Kind::List { .. } => "!!seq",
            Kind::Map { .. } | Kind::Alias { .. } => "!!map",
        };
        let tag = self.nodes[at.0 as usize].tag.as_deref().unwrap_or(tag);
        let message = format!("invalid map key: {tag}");
        let span = self.nodes[key.0 as usize].span;
        self.fault(Fault::new(input::MAP_KEY, span, message));
        None
    }
}

fn absent() -> Kind {
    Kind::Scalar { value: Scalar::Null, text: "null".into(), style: Style::Plain }
}
