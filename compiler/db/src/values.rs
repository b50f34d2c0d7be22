//! What fields came to: the values of an evaluated package or template as plain data, with what contributed. Hover,
//! completion and inlay hints read it; nothing of the evaluation stays.

use std::collections::VecDeque;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_diagnostics::Span;
use vela_eval::export::scalar;
use vela_eval::order::ordered_arcs;
use vela_eval::print;
use vela_eval::value::{Val, Value};
use vela_eval::vertex::{Base, Term};
use vela_eval::{Eval, VertexId};
use vela_ir::{ArcType, Decl, FileId};

/// Most fields that are kept of one evaluation.
const MAX_NODES: usize = 20_000;
/// Longest text of one value, in bytes.
const MAX_TEXT: usize = 400;
/// Most alternatives and most contributions kept of one field.
const MAX_LIST: usize = 32;

/// Index into [`Values::nodes`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ValueId(pub u32);

/// The values of a package or template.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Values {
    /// All of them; the first is the root, where there is any.
    pub nodes: Vec<ValueNode>,
    /// Absolute paths of the texts that places count in.
    pub paths: Vec<String>,
}

/// What a field came to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ValueNode {
    /// What it is.
    pub shape: ValueShape,
    /// Its fields or elements, in the order of output.
    pub fields: Vec<ValueField>,
    /// Its patterns: what names they are about, and their constraint as it is written.
    pub patterns: Vec<(Arc<str>, Arc<str>)>,
    /// Where it is declared: index into [`Values::paths`], and the whole declaration.
    pub contributions: Vec<(u32, Span)>,
    /// What comments say.
    pub docs: Vec<Arc<str>>,
}

/// What a value is.
#[derive(Clone, PartialEq, Debug, Default)]
pub enum ValueShape {
    /// Not evaluated, or beyond what is kept.
    #[default]
    Unknown,
    /// A struct; whether it takes no other fields.
    Struct(bool),
    /// A list; whether it may be longer.
    List(bool),
    /// Anything else.
    Scalar {
        /// As source in normal form, cut where it is long.
        text: Arc<str>,
        /// Whether it is one value.
        concrete: bool,
        /// The value taken where none is given.
        default: Option<Arc<str>>,
        /// The alternatives that are single values.
        choices: Vec<Arc<str>>,
    },
    /// An error, told as a diagnostic.
    Error,
}

/// A field.
#[derive(Clone, PartialEq, Debug)]
pub struct ValueField {
    /// Its name, with its mark of a definition or hidden field; an element's index.
    pub name: Arc<str>,
    /// `!`, `?` or nothing.
    pub mark: &'static str,
    /// Its value.
    pub node: ValueId,
}

impl Values {
    /// The value at the end of a path of names.
    pub fn at<S: AsRef<str>>(&self, path: &[S]) -> Option<&ValueNode> {
        let mut at = self.nodes.first()?;
        for step in path {
            let field = at.fields.iter().find(|f| &*f.name == step.as_ref())?;
            at = self.node(field.node);
        }
        Some(at)
    }

    /// The node.
    pub fn node(&self, id: ValueId) -> &ValueNode {
        &self.nodes[id.0 as usize]
    }

    /// The value as source of at most `lines` lines.
    pub fn shown(&self, node: &ValueNode, lines: usize) -> String {
        let mut out = String::new();
        let mut left = lines.max(1);
        self.show(node, 0, &mut out, &mut left);
        out
    }

    fn show(&self, node: &ValueNode, depth: usize, out: &mut String, left: &mut usize) {
        let list = matches!(node.shape, ValueShape::List(_));
        match &node.shape {
            ValueShape::Unknown => out.push('_'),
            ValueShape::Error => out.push_str("_|_"),
            ValueShape::Scalar { text, .. } => out.push_str(text),
            ValueShape::Struct(closed) if node.fields.is_empty() && node.patterns.is_empty() => {
                out.push_str(if *closed { "{}" } else { "{...}" });
            }
            ValueShape::List(open) if node.fields.is_empty() => {
                out.push_str(if *open { "[...]" } else { "[]" });
            }
            ValueShape::Struct(_) | ValueShape::List(_) => {
                out.push(if list { '[' } else { '{' });
                let indent = "\t".repeat(depth + 1);
                for field in &node.fields {
                    out.push('\n');
                    out.push_str(&indent);
                    if *left == 0 {
                        out.push('…');
                        break;
                    }
                    *left -= 1;
                    if !list {
                        out.push_str(&label(&field.name));
                        out.push_str(field.mark);
                        out.push_str(": ");
                    }
                    self.show(self.node(field.node), depth + 1, out, left);
                    if list {
                        out.push(',');
                    }
                }
                for (pattern, constraint) in &node.patterns {
                    out.push_str(&format!("\n{indent}[{pattern}]: {constraint}"));
                }
                out.push('\n');
                out.push_str(&"\t".repeat(depth));
                out.push(if list { ']' } else { '}' });
            }
        }
    }
}

/// A name as a label: definitions and hidden fields bare, others quoted where they have to be.
fn label(name: &str) -> String {
    if name.starts_with(['#', '_']) { name.to_owned() } else { vela_syntax::literal::label(name) }
}

/// Reads the values off a finished evaluation, the outer ones first, so that what is beyond the limit is far inside. `path`
/// gives the path of a file; those without are left out.
pub(crate) fn read(eval: &Eval, root: VertexId, path: &dyn Fn(FileId) -> Option<String>) -> Values {
    let (values, files, open) = (Values::default(), FxHashMap::default(), VecDeque::new());
    let mut reader = Reader { eval, path, values, files, open };
    reader.all(root);
    reader.values
}

struct Reader<'a, 'p> {
    eval: &'a Eval<'p>,
    path: &'a dyn Fn(FileId) -> Option<String>,
    values: Values,
    /// Index into the paths, of files that were asked for.
    files: FxHashMap<FileId, Option<u32>>,
    /// Vertices whose place among the values is taken, and which are not read yet.
    open: VecDeque<(VertexId, ValueId)>,
}

impl Reader<'_, '_> {
    fn all(&mut self, root: VertexId) {
        self.add(root);
        // References share what they refer to.
        let mut known: FxHashMap<VertexId, ValueId> = FxHashMap::default();
        let mut shared: Vec<(ValueId, ValueId)> = Vec::new();
        while let Some((v, id)) = self.open.pop_front() {
            let shown = self.eval.deref(v);
            match known.get(&shown) {
                Some(known) => shared.push((id, *known)),
                None => {
                    known.insert(shown, id);
                    self.content(shown, id);
                }
            }
        }
        for (id, known) in shared {
            let ValueNode { shape, fields, patterns, .. } = self.values.nodes[known.0 as usize].clone();
            let node = &mut self.values.nodes[id.0 as usize];
            (node.shape, node.fields, node.patterns) = (shape, fields, patterns);
        }
    }

    /// Takes a place for a vertex, with what is its own even where its value is shared.
    fn add(&mut self, v: VertexId) -> ValueId {
        let id = ValueId(self.values.nodes.len() as u32);
        let mut node = ValueNode::default();
        self.places(v, &mut node);
        node.docs = print::doc_comments(self.eval, v);
        self.values.nodes.push(node);
        self.open.push_back((v, id));
        id
    }

    fn content(&mut self, v: VertexId, id: ValueId) {
        let shape = match self.eval.v(v).base {
            Base::Struct => ValueShape::Struct(self.eval.is_closed_struct(v)),
            Base::List { open } => ValueShape::List(open),
            Base::Value(value) => self.scalar(value),
            Base::None | Base::Cycle => ValueShape::Unknown,
        };
        let patterns = self.patterns(v);
        let mut fields = Vec::new();
        for arc in ordered_arcs(self.eval, v) {
            let (label, kind) = (self.eval.v(arc).label, self.eval.v(arc).arc_type);
            if self.values.nodes.len() >= MAX_NODES {
                break;
            }
            let mark = match kind {
                ArcType::Member => "",
                ArcType::Required => "!",
                ArcType::Optional => "?",
                _ => continue,
            };
            if label.is_let() {
                continue;
            }
            let name: Arc<str> = if label.is_int() {
                label.index().to_string().into()
            } else {
                Arc::from(&*self.eval.labels.name(label))
            };
            fields.push(ValueField { name, mark, node: self.add(arc) });
        }
        let node = &mut self.values.nodes[id.0 as usize];
        (node.shape, node.fields, node.patterns) = (shape, fields, patterns);
    }

    fn patterns(&self, v: VertexId) -> Vec<(Arc<str>, Arc<str>)> {
        let mut out: Vec<(Arc<str>, Arc<str>)> = Vec::new();
        for pattern in self.eval.v(v).patterns.iter().take(MAX_LIST) {
            for conjunct in &self.eval.v(pattern.constraint).conjuncts {
                let value = match conjunct.term {
                    Term::Decl(decl) => match self.eval.ir.decls.get(decl.index()) {
                        Some(Decl::Pattern { value, .. }) => *value,
                        _ => continue,
                    },
                    Term::Expr(value) => value,
                    Term::Val(_) => continue,
                };
                let shown = (self.text(pattern.pattern), cut(self.eval.ir.source(value)));
                if !out.contains(&shown) {
                    out.push(shown);
                }
            }
        }
        out
    }

    fn places(&mut self, v: VertexId, node: &mut ValueNode) {
        for conjunct in &self.eval.v(v).conjuncts {
            let Term::Decl(decl) = conjunct.term else { continue };
            let Some(meta) = self.eval.ir.decl_metas.get(decl.index()) else { continue };
            let paths = &mut self.values.paths;
            let known = self.files.entry(meta.file).or_insert_with(|| {
                let path = (self.path)(meta.file)?;
                // A file that was read again has another number.
                let at = paths.iter().position(|p| *p == path).unwrap_or_else(|| {
                    paths.push(path);
                    paths.len() - 1
                });
                Some(at as u32)
            });
            let Some(file) = *known else { continue };
            let place = (file, Span::new(meta.start, meta.end));
            if node.contributions.len() < MAX_LIST && !node.contributions.contains(&place) {
                node.contributions.push(place);
            }
        }
    }

    fn scalar(&self, value: Val) -> ValueShape {
        let mut default = None;
        let mut choices = Vec::new();
        match value.v {
            Value::Bottom(_) => return ValueShape::Error,
            Value::Disjunction(at) => {
                if let Some(d) = self.eval.values.disjunctions.get(at as usize) {
                    if d.defaults == 1 {
                        default = d.values.first().map(|v| self.text(*v));
                    }
                    let single = d.values.iter().filter(|v| scalar(self.eval, self.plain(**v)).is_some());
                    choices = single.take(MAX_LIST).map(|v| self.text(*v)).collect();
                }
            }
            _ => {}
        }
        let concrete = scalar(self.eval, value).is_some();
        let text = print::value(self.eval, value, SHOWN);
        ValueShape::Scalar { text: cut(&text), concrete, default, choices }
    }

    /// A vertex that is nothing but a value as that value.
    fn plain(&self, value: Val) -> Val {
        if let Value::Vertex(v) = value.v
            && let Base::Value(inner) = self.eval.v(self.eval.deref(v)).base
        {
            return inner;
        }
        value
    }

    fn text(&self, value: Val) -> Arc<str> {
        cut(&print::value(self.eval, value, SHOWN))
    }
}

/// How values are shown: with their alternatives, and what is optional.
const SHOWN: print::Options = print::Options {
    defaults: false,
    optional: true,
    fold: false,
    errors_as_values: true,
    ..print::Options::EVAL
};

fn cut(text: &str) -> Arc<str> {
    let text = text.trim_end();
    if text.len() <= MAX_TEXT {
        return text.into();
    }
    let mut end = MAX_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end]).into()
}
