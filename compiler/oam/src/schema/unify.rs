//! Combining nodes of a schema: both, either, embedded. Used while a schema is read off a definition.

use vela_yaml::Data;

use crate::schema::extract::MAX_NODES;
use crate::schema::{Field, Kinds, Need, Node, NodeId, Openness, Scalar, Shape, Struct};

/// Deepest nesting of structs that are combined; what lies deeper stays as in the first.
const MAX_DEPTH: u32 = 16;
/// Most alternatives that are combined with others one by one.
const MAX_ALTERNATIVES: usize = 16;

/// Adds a node; when there are too many, the one that accepts anything stands for it.
pub(crate) fn push(nodes: &mut Vec<Node>, node: Node) -> NodeId {
    if nodes.len() >= MAX_NODES {
        return NodeId(0);
    }
    nodes.push(node);
    NodeId(nodes.len() as u32 - 1)
}

/// The stronger of two needs.
pub(crate) fn stronger(a: Need, b: Need) -> Need {
    match (a, b) {
        (Need::Member, _) | (_, Need::Member) => Need::Member,
        (Need::Required, _) | (_, Need::Required) => Need::Required,
        _ => Need::Optional,
    }
}

/// What both accept.
pub(crate) fn unify(nodes: &mut Vec<Node>, a: NodeId, b: NodeId) -> NodeId {
    both(nodes, a, b, false, 0)
}

/// The first with the second embedded in it.
pub(crate) fn embed(nodes: &mut Vec<Node>, outer: NodeId, inner: NodeId) -> NodeId {
    both(nodes, outer, inner, true, 0)
}

/// The struct with another openness; `...` inside it stays.
pub(crate) fn opened(nodes: &mut Vec<Node>, id: NodeId, openness: Openness) -> NodeId {
    let mut node = nodes[id.0 as usize].clone();
    match &mut node.shape {
        Shape::Struct(s) if s.openness != Openness::Dots => {
            s.openness = openness;
            push(nodes, node)
        }
        Shape::OneOf(all) if all.len() <= MAX_ALTERNATIVES && !all.contains(&id) => {
            for one in all {
                if matches!(nodes[one.0 as usize].shape, Shape::Struct(_)) {
                    *one = opened(nodes, *one, openness);
                }
            }
            push(nodes, node)
        }
        _ => id,
    }
}

fn both(nodes: &mut Vec<Node>, a: NodeId, b: NodeId, embed: bool, depth: u32) -> NodeId {
    if a == b || depth > MAX_DEPTH {
        return a;
    }
    let (left, right) = (nodes[a.0 as usize].clone(), nodes[b.0 as usize].clone());
    let default = left.default.clone().or_else(|| right.default.clone());
    let shape = match (left.shape, right.shape) {
        (Shape::Any, other) | (other, Shape::Any) => match other {
            // Something unknown is embedded: there may be fields that are not seen here.
            Shape::Struct(s) if embed => Shape::Struct(Struct { openness: Openness::Dots, ..s }),
            other => other,
        },
        (Shape::Scalar(l), Shape::Scalar(r)) => Shape::Scalar(scalars(l, r)),
        (Shape::List(Some(l)), Shape::List(Some(r))) => {
            Shape::List(Some(both(nodes, l, r, false, depth + 1)))
        }
        (Shape::List(l), Shape::List(r)) => Shape::List(l.or(r)),
        (Shape::Struct(l), Shape::Struct(r)) => Shape::Struct(structs(nodes, l, r, embed, depth)),
        (Shape::OneOf(all), _) if all.len() <= MAX_ALTERNATIVES => {
            let fitting = all.into_iter().filter(|one| similar(nodes, *one, b)).collect::<Vec<_>>();
            let made = fitting.into_iter().map(|one| both(nodes, one, b, embed, depth + 1));
            let made: Vec<NodeId> = made.collect();
            return either(nodes, &made, default);
        }
        (_, Shape::OneOf(all)) if all.len() <= MAX_ALTERNATIVES => {
            let fitting = all.into_iter().filter(|one| similar(nodes, a, *one)).collect::<Vec<_>>();
            let made = fitting.into_iter().map(|one| both(nodes, a, one, embed, depth + 1));
            let made: Vec<NodeId> = made.collect();
            return either(nodes, &made, default);
        }
        // A conflict is the definition's own mistake, told elsewhere.
        _ => Shape::Any,
    };
    let late = left.late || right.late;
    push(nodes, Node { shape, default, late })
}

/// Whether two nodes are of one sort, so that both can hold.
fn similar(nodes: &[Node], a: NodeId, b: NodeId) -> bool {
    use Shape::*;
    let pair = (&nodes[a.0 as usize].shape, &nodes[b.0 as usize].shape);
    matches!(
        pair,
        (Any | OneOf(_), _)
            | (_, Any | OneOf(_))
            | (Scalar(_), Scalar(_))
            | (List(_), List(_))
            | (Struct(_), Struct(_))
    )
}

fn scalars(l: Scalar, r: Scalar) -> Scalar {
    let kinds = l.kinds.and(r.kinds);
    let accepts = |s: &Scalar, v: &Data| s.values.contains(v) || Kinds::of(v).is_some_and(|k| s.kinds.has(k));
    let mut values: Vec<Data> = l.values.iter().filter(|v| accepts(&r, v)).cloned().collect();
    for value in &r.values {
        if accepts(&l, value) && !values.contains(value) {
            values.push(value.clone());
        }
    }
    let mut constraints = l.constraints;
    constraints.extend(r.constraints.into_iter().filter(|c| !constraints.contains(c)).collect::<Vec<_>>());
    Scalar { kinds, values, constraints }
}

fn structs(nodes: &mut Vec<Node>, l: Struct, r: Struct, embed: bool, depth: u32) -> Struct {
    let openness = match (l.openness, r.openness) {
        (Openness::Dots, _) | (_, Openness::Dots) if embed => Openness::Dots,
        (Openness::Closed, _) | (_, Openness::Closed) => Openness::Closed,
        (Openness::Dots, other) | (other, Openness::Dots) => {
            if other == Openness::Open {
                Openness::Dots
            } else {
                other
            }
        }
        _ => Openness::Open,
    };
    let pattern = match (l.pattern, r.pattern) {
        (Some(l), Some(r)) => Some(both(nodes, l, r, false, depth + 1)),
        (l, r) => l.or(r),
    };
    let mut fields: Vec<Field> = l.fields;
    for field in r.fields {
        match fields.iter().position(|f| f.name == field.name) {
            Some(at) => {
                let node = both(nodes, fields[at].node, field.node, false, depth + 1);
                let old = &mut fields[at];
                old.node = node;
                old.need = stronger(old.need, field.need);
                old.conditional &= field.conditional;
                if old.doc.is_empty() {
                    old.doc = field.doc;
                }
            }
            None => fields.push(field),
        }
    }
    Struct { fields, pattern, openness }
}

/// What one of them accepts. Values without parts become one set.
pub(crate) fn either(nodes: &mut Vec<Node>, all: &[NodeId], default: Option<Data>) -> NodeId {
    if let ([one], None) = (all, &default) {
        return *one;
    }
    let mut scalar: Option<Scalar> = None;
    let mut others: Vec<NodeId> = Vec::new();
    let mut scalars = 0;
    for id in flat(nodes, all) {
        match &nodes[id.0 as usize].shape {
            Shape::Any => {
                return push(nodes, Node { shape: Shape::Any, default, late: false });
            }
            Shape::Scalar(s) => {
                // Single values stand for themselves.
                scalars += usize::from(!s.kinds.is_empty());
                let joined = scalar.get_or_insert_with(Scalar::default);
                joined.kinds = joined.kinds.or(s.kinds);
                for value in &s.values {
                    if !joined.values.contains(value) {
                        joined.values.push(value.clone());
                    }
                }
                joined.constraints.extend(s.constraints.iter().cloned());
            }
            _ if others.contains(&id) => {}
            _ => others.push(id),
        }
    }
    if let Some(scalar) = &mut scalar {
        // Each constraint is about one alternative only.
        if scalars > 1 {
            scalar.constraints.clear();
        }
    }
    match (scalar, others.as_slice()) {
        (Some(scalar), []) => push(nodes, Node { shape: Shape::Scalar(scalar), default, late: false }),
        (None, [one]) if default.is_none() => *one,
        (None, [one]) => {
            let shape = nodes[one.0 as usize].shape.clone();
            push(nodes, Node { shape, default, late: false })
        }
        (scalar, _) => {
            if let Some(scalar) = scalar {
                let id = push(nodes, Node { shape: Shape::Scalar(scalar), default: None, late: false });
                others.push(id);
            }
            push(nodes, Node { shape: Shape::OneOf(others), default, late: false })
        }
    }
}

/// Alternatives of alternatives, in order.
fn flat(nodes: &[Node], all: &[NodeId]) -> Vec<NodeId> {
    let mut out = Vec::new();
    for id in all {
        match &nodes[id.0 as usize].shape {
            Shape::OneOf(inner) => out.extend(inner.iter().copied()),
            _ => out.push(*id),
        }
    }
    out
}
