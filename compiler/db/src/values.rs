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
use vela_eval::{Budget, Eval, VertexId};
use vela_ir::{ArcType, Decl, FileId};

/// Most fields that are kept of one evaluation.
const MAX_NODES: usize = 20_000;
/// Longest text of one value, in bytes.
const MAX_TEXT: usize = 400;
/// Most alternatives and most contributions kept of one field.
const MAX_LIST: usize = 32;

/// How many fields are looked into at a glance, one after the other as they are shown: as many as a hover has lines.
pub const GLANCE: usize = 14;

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
    let mut reader = Reader::new(path);
    let mut open = VecDeque::from([(root, reader.add(eval, root))]);
    while let Some((v, id)) = open.pop_front() {
        if let Some(shown) = reader.first_seen(eval, v, id) {
            reader.shape(eval, shown, id);
            open.extend(reader.fields(eval, shown, id));
        }
    }
    reader.done()
}

/// The first lines of a value and all its own fields, evaluated as they are read: what is shown of a value. What else is
/// inside of it stays without fields.
pub(crate) fn glance(
    eval: &mut Eval,
    root: VertexId,
    path: &dyn Fn(FileId) -> Option<String>,
) -> Result<Values, Budget> {
    let mut reader = Reader::new(path);
    let mut open = VecDeque::from([(root, reader.add(eval, root))]);
    let mut left = 1 + GLANCE;
    while let Some((v, id)) = open.pop_front() {
        eval.look_into(v)?;
        let Some(shown) = reader.first_seen(eval, v, id) else { continue };
        reader.shape(eval, shown, id);
        if left == 0 {
            continue;
        }
        // One after the other as they are shown, a line each: what is inside of a field comes before the next.
        left -= 1;
        for field in reader.fields(eval, shown, id).into_iter().rev() {
            open.push_front(field);
        }
    }
    Ok(reader.done())
}

struct Reader<'a> {
    path: &'a dyn Fn(FileId) -> Option<String>,
    values: Values,
    /// Index into the paths, of files that were asked for.
    files: FxHashMap<FileId, Option<u32>>,
    /// Where each vertex is read. References share what they refer to.
    known: FxHashMap<VertexId, ValueId>,
    /// What is read elsewhere, and where.
    shared: Vec<(ValueId, ValueId)>,
}

impl<'a> Reader<'a> {
    fn new(path: &'a dyn Fn(FileId) -> Option<String>) -> Self {
        let (values, files) = (Values::default(), FxHashMap::default());
        Self { path, values, files, known: FxHashMap::default(), shared: Vec::new() }
    }

    fn done(mut self) -> Values {
        for (id, known) in self.shared {
            let ValueNode { shape, fields, patterns, .. } = self.values.nodes[known.0 as usize].clone();
            let node = &mut self.values.nodes[id.0 as usize];
            (node.shape, node.fields, node.patterns) = (shape, fields, patterns);
        }
        self.values
    }

    /// The vertex that a value is read off, unless it was read before.
    fn first_seen(&mut self, eval: &Eval, v: VertexId, id: ValueId) -> Option<VertexId> {
        let shown = eval.deref(v);
        match self.known.get(&shown) {
            Some(known) => {
                self.shared.push((id, *known));
                None
            }
            None => {
                self.known.insert(shown, id);
                Some(shown)
            }
        }
    }

    /// Takes a place for a vertex, with what is its own even where its value is shared.
    fn add(&mut self, eval: &Eval, v: VertexId) -> ValueId {
        let id = ValueId(self.values.nodes.len() as u32);
        let mut node = ValueNode::default();
        self.places(eval, v, &mut node);
        node.docs = print::doc_comments(eval, v);
        self.values.nodes.push(node);
        id
    }

    fn shape(&mut self, eval: &Eval, v: VertexId, id: ValueId) {
        let shape = match eval.v(v).base {
            Base::Struct => ValueShape::Struct(eval.is_closed_struct(v)),
            Base::List { open } => ValueShape::List(open),
            Base::Value(value) => shape_of_scalar(eval, value),
            Base::None | Base::Cycle => ValueShape::Unknown,
        };
        self.values.nodes[id.0 as usize].shape = shape;
    }

    /// Takes places for the fields of a struct and the elements of a list, and gives them, not read yet.
    fn fields(&mut self, eval: &Eval, v: VertexId, id: ValueId) -> Vec<(VertexId, ValueId)> {
        let patterns = patterns(eval, v);
        let (mut fields, mut added) = (Vec::new(), Vec::new());
        for arc in ordered_arcs(eval, v) {
            let (label, kind) = (eval.v(arc).label, eval.v(arc).arc_type);
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
                Arc::from(&*eval.labels.name(label))
            };
            let node = self.add(eval, arc);
            fields.push(ValueField { name, mark, node });
            added.push((arc, node));
        }
        let node = &mut self.values.nodes[id.0 as usize];
        (node.fields, node.patterns) = (fields, patterns);
        added
    }

    fn places(&mut self, eval: &Eval, v: VertexId, node: &mut ValueNode) {
        for conjunct in &eval.v(v).conjuncts {
            let Term::Decl(decl) = conjunct.term else { continue };
            let Some(meta) = eval.ir.decl_metas.get(decl.index()) else { continue };
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
}

fn patterns(eval: &Eval, v: VertexId) -> Vec<(Arc<str>, Arc<str>)> {
    let mut out: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    for pattern in eval.v(v).patterns.iter().take(MAX_LIST) {
        for conjunct in &eval.v(pattern.constraint).conjuncts {
            let value = match conjunct.term {
                Term::Decl(decl) => match eval.ir.decls.get(decl.index()) {
                    Some(Decl::Pattern { value, .. }) => *value,
                    _ => continue,
                },
                Term::Expr(value) => value,
                Term::Val(_) => continue,
            };
            let shown = (text(eval, pattern.pattern), cut(eval.ir.source(value)));
            if !out.contains(&shown) {
                out.push(shown);
            }
        }
    }
    out
}

fn shape_of_scalar(eval: &Eval, value: Val) -> ValueShape {
    let mut default = None;
    let mut choices = Vec::new();
    match value.v {
        Value::Bottom(_) => return ValueShape::Error,
        Value::Disjunction(at) => {
            if let Some(d) = eval.values.disjunctions.get(at as usize) {
                if d.defaults == 1 {
                    default = d.values.first().map(|v| text(eval, *v));
                }
                let single = d.values.iter().filter(|v| scalar(eval, plain(eval, **v)).is_some());
                choices = single.take(MAX_LIST).map(|v| text(eval, *v)).collect();
            }
        }
        _ => {}
    }
    let concrete = scalar(eval, value).is_some();
    let text = print::value(eval, value, SHOWN);
    ValueShape::Scalar { text: cut(&text), concrete, default, choices }
}

/// A vertex that is nothing but a value as that value.
fn plain(eval: &Eval, value: Val) -> Val {
    if let Value::Vertex(v) = value.v
        && let Base::Value(inner) = eval.v(eval.deref(v)).base
    {
        return inner;
    }
    value
}

fn text(eval: &Eval, value: Val) -> Arc<str> {
    cut(&print::value(eval, value, SHOWN))
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
