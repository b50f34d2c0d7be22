//! Finished values as data: concrete export, and plain trees for those who patch or place manifests.

use std::sync::Arc;

use vela_ir::ArcType;

use crate::data::Data;
use crate::error::{Arg, Code, Fault, Message};
use crate::eval::Eval;
use crate::order::ordered_as;
use crate::print;
use crate::report::{DataFile, ErrorReport, reports};
use crate::validate::{Config, Taken, taken_default, validate};
use crate::value::{Val, Value};
use crate::vertex::{Base, Term, VertexId};

/// Deepest nesting exported.
const DEEPEST: u32 = 10_000;

/// Most values exported: shared structs are written out at each place, which can multiply without end.
const MOST: u32 = 8_000_000;

/// The value as data, defaults taken. Errors come in the order of fields, as validation finds them.
pub fn export(eval: &mut Eval, v: VertexId, files: &[DataFile]) -> Result<Data, Vec<ErrorReport>> {
    if let Some(e) = validate(eval, v, &Config::CONCRETE) {
        return Err(reports(eval, e, Some(v), files));
    }
    let mut walk = Walk { depth: 0, count: 0 };
    walk.vertex(eval, v).map_err(|failure| {
        let e = match failure {
            Failure::Bottom(e) => e,
            Failure::NotConcrete(at, shown) => {
                eval_error(eval, at, "incomplete value {}", &[Arg::Val(shown)])
            }
            Failure::TooLarge(at) => {
                let e = eval_error(eval, at, "value is too large or too deep to export", &[]);
                let place = eval.v(at).conjuncts.first().and_then(|c| eval.term_pos(c.term));
                if let Some(fault) = eval.values.errors[e as usize].faults.first_mut() {
                    Arc::make_mut(fault).pos = place;
                }
                e
            }
        };
        reports(eval, e, Some(v), files)
    })
}

fn eval_error(eval: &mut Eval, at: VertexId, template: &'static str, args: &[Arg]) -> u32 {
    let message = Message { template, args: args.iter().cloned().collect() };
    let fault = Fault { message, vertex: Some(at), pos: None, more: smallvec::SmallVec::new(), cause: None };
    eval.bottom_of(Code::Incomplete, fault)
}

enum Failure {
    Bottom(u32),
    NotConcrete(VertexId, Val),
    TooLarge(VertexId),
}

struct Walk {
    depth: u32,
    count: u32,
}

impl Walk {
    fn vertex(&mut self, eval: &mut Eval, v: VertexId) -> Result<Data, Failure> {
        self.count += 1;
        if self.depth >= DEEPEST || self.count >= MOST {
            return Err(Failure::TooLarge(v));
        }
        let shown = match taken_default(eval, v) {
            Taken::Vertex(w) => w,
            Taken::Value(x) => return self.value(eval, v, x),
        };
        match eval.v(shown).base {
            Base::Struct | Base::List { .. } => {
                self.depth += 1;
                let data = stacker::maybe_grow(64 << 10, 1 << 20, || self.members(eval, shown, v));
                self.depth -= 1;
                data
            }
            Base::Value(x) => self.value(eval, shown, x),
            Base::None | Base::Cycle => Err(Failure::NotConcrete(v, Val::new(Value::Top))),
        }
    }

    fn members(&mut self, eval: &mut Eval, v: VertexId, holder: VertexId) -> Result<Data, Failure> {
        let list = matches!(eval.v(v).base, Base::List { .. });
        let (mut items, mut fields) = (Vec::new(), Vec::new());
        for a in ordered_as(eval, v, holder) {
            let arc = eval.v(a);
            let label = arc.label;
            if arc.arc_type != ArcType::Member {
                continue;
            }
            if list && label.is_int() {
                items.push(self.vertex(eval, a)?);
            } else if !list && label.is_string() {
                let name: Arc<str> = Arc::from(&*eval.labels.name(label));
                fields.push((name, self.vertex(eval, a)?));
            }
        }
        Ok(if list { Data::List(items) } else { Data::Map(fields) })
    }

    fn value(&mut self, eval: &mut Eval, at: VertexId, v: Val) -> Result<Data, Failure> {
        match v.v {
            Value::Bottom(e) => Err(Failure::Bottom(e)),
            Value::Vertex(w) => self.vertex(eval, w),
            _ => scalar(eval, v).ok_or(Failure::NotConcrete(at, v)),
        }
    }
}

/// A scalar as data; `None` for everything else.
pub fn scalar(eval: &Eval, v: Val) -> Option<Data> {
    Some(match v.v {
        Value::Null => Data::Null,
        Value::Bool(b) => Data::Bool(b),
        Value::Num(n) => Data::Num(eval.number(n).clone()),
        Value::Str(s) => Data::Str(eval.string(s).clone()),
        Value::Bytes(b) => Data::Bytes(eval.values.bytes[b as usize].clone()),
        _ => return None,
    })
}

/// A value as a tree that keeps what data cannot: optional fields, comments, attributes, what is not concrete.
#[derive(Clone, Debug)]
pub enum Tree {
    /// Null, bool, number, text or bytes.
    Scalar(Data),
    /// A struct.
    Struct {
        /// Regular fields in output order.
        fields: Vec<TreeField>,
        /// Whether unknown fields are rejected.
        closed: bool,
    },
    /// A list.
    List {
        /// Its elements.
        elements: Vec<Tree>,
        /// Whether it may be longer.
        open: bool,
    },
    /// What is not concrete, or in error: its text in normal form, and the value.
    Other {
        /// Source text.
        text: String,
        /// The value.
        value: Val,
    },
}

/// A field of a [`Tree`].
#[derive(Clone, Debug)]
pub struct TreeField {
    /// The name, unquoted.
    pub label: Arc<str>,
    /// Member, required or optional.
    pub arc_type: ArcType,
    /// Doc comments of every declaration that contributed.
    pub docs: Vec<Arc<str>>,
    /// Attributes of every declaration: name and body.
    pub attributes: Vec<(Arc<str>, Arc<str>)>,
    /// The field's vertex, for its places.
    pub vertex: VertexId,
    /// The value.
    pub value: Tree,
}

/// The value as a tree, defaults taken. Definitions and hidden fields are left out.
pub fn tree(eval: &mut Eval, v: VertexId) -> Tree {
    tree_at(eval, v, 0)
}

fn tree_at(eval: &mut Eval, v: VertexId, depth: u32) -> Tree {
    let shown = match taken_default(eval, v) {
        Taken::Vertex(w) => w,
        Taken::Value(x) => return tree_value(eval, x, depth),
    };
    match eval.v(shown).base {
        Base::Struct | Base::List { .. } if depth < DEEPEST => {
            stacker::maybe_grow(64 << 10, 1 << 20, || tree_members(eval, shown, v, depth))
        }
        Base::Value(x) => match x.v {
            Value::Bottom(_) => other(eval, shown),
            _ => tree_value_at(eval, x, shown, depth),
        },
        _ => other(eval, shown),
    }
}

fn other(eval: &Eval, v: VertexId) -> Tree {
    let text = print::vertex(eval, v, print::Options::EVAL);
    Tree::Other { text, value: eval.value_of(v).unwrap_or(Val::new(Value::Vertex(v))) }
}

fn tree_value_at(eval: &mut Eval, x: Val, v: VertexId, depth: u32) -> Tree {
    match scalar(eval, x) {
        Some(data) => Tree::Scalar(data),
        None => match x.v {
            Value::Vertex(w) if depth < DEEPEST => tree_at(eval, w, depth + 1),
            _ => other(eval, v),
        },
    }
}

fn tree_value(eval: &mut Eval, x: Val, depth: u32) -> Tree {
    if let Some(data) = scalar(eval, x) {
        return Tree::Scalar(data);
    }
    match x.v {
        Value::Vertex(w) if depth < DEEPEST => tree_at(eval, w, depth + 1),
        _ => Tree::Other { text: print::value(eval, x, print::Options::EVAL), value: x },
    }
}

fn tree_members(eval: &mut Eval, v: VertexId, holder: VertexId, depth: u32) -> Tree {
    let base = eval.v(v).base;
    let arcs = ordered_as(eval, v, holder);
    if let Base::List { open } = base {
        let elements: Vec<VertexId> = arcs.into_iter().filter(|a| eval.v(*a).label.is_int()).collect();
        let elements = elements.into_iter().map(|a| tree_at(eval, a, depth + 1)).collect();
        return Tree::List { elements, open };
    }
    let mut fields = Vec::new();
    for a in arcs {
        let arc = eval.v(a);
        let (label, arc_type) = (arc.label, arc.arc_type);
        if !label.is_string() || arc_type > ArcType::Optional {
            continue;
        }
        fields.push(TreeField {
            label: Arc::from(&*eval.labels.name(label)),
            arc_type,
            docs: print::doc_comments(eval, a),
            attributes: attributes(eval, a),
            vertex: a,
            value: tree_at(eval, a, depth + 1),
        });
    }
    Tree::Struct { fields, closed: eval.is_closed_struct(v) }
}

/// Attributes of all declarations of a field, each once.
pub fn attributes(eval: &Eval, a: VertexId) -> Vec<(Arc<str>, Arc<str>)> {
    let mut all: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    for c in &eval.v(a).conjuncts {
        let Term::Decl(d) = c.term else { continue };
        for attribute in &eval.ir.attributes[eval.ir.decl_metas[d.index()].attributes.range()] {
            if !all.contains(attribute) {
                all.push(attribute.clone());
            }
        }
    }
    all
}
