//! Whether one finished value includes another. Used to leave out defaults that another alternative covers anyway.
//!
//! A `false` may be wrong where the truth would take evaluation (functions used as checks, patterns): the only price
//! is an alternative listed twice.

use std::cmp::Ordering;

use vela_ir::{ArcType, Compare, Kinds};

use crate::eval::Eval;
use crate::value::{Bound, Val, Value};
use crate::vertex::{Base, VertexId};

/// Deepest nesting compared; below, nothing is included.
const DEEPEST: u32 = 200;

/// Whether `general` includes every value that `special` stands for.
pub fn includes(eval: &Eval, general: Val, special: Val) -> bool {
    values(eval, general, special, 0)
}

fn values(eval: &Eval, general: Val, special: Val, depth: u32) -> bool {
    if general.v == special.v {
        return true;
    }
    if depth > DEEPEST {
        return false;
    }
    let inner = |g: Val, s: Val| values(eval, g, s, depth + 1);
    match special.v {
        Value::Bottom(e) => return !eval.err(e).code.is_incomplete(),
        Value::Vertex(y) => {
            if let Value::Vertex(x) = general.v {
                return vertices(eval, x, y, depth + 1);
            }
            if let Base::Value(v) = eval.v(eval.deref(y)).base {
                return inner(general, v);
            }
        }
        Value::Conjunction(c) if !matches!(general.v, Value::Conjunction(_)) => {
            return eval.values.conjunctions[c as usize].iter().any(|y| inner(general, *y));
        }
        Value::Disjunction(d) if !matches!(general.v, Value::Disjunction(_)) => {
            return eval.values.disjunctions[d as usize].values.iter().all(|y| inner(general, *y));
        }
        _ => {}
    }
    match general.v {
        Value::Top => true,
        Value::Kind(k) => k.contains(eval.kinds(special.v)),
        Value::Bound(b) => bound(eval, eval.values.bounds[b as usize], special),
        Value::Null => eval.kinds(special.v) == Kinds::NULL,
        Value::Bool(_) | Value::Bottom(_) | Value::Func(_) => false,
        Value::Num(_) | Value::Str(_) | Value::Bytes(_) => same_scalar(eval, general.v, special.v),
        Value::Validator(x) => match special.v {
            Value::Validator(y) => {
                let (x, y) = (&eval.values.validators[x as usize], &eval.values.validators[y as usize]);
                x.func == y.func
                    && x.args.len() == y.args.len()
                    && x.args.iter().zip(&y.args).all(|(a, b)| inner(*a, *b) && inner(*b, *a))
            }
            _ => false,
        },
        Value::Vertex(x) => match eval.v(eval.deref(x)).base {
            Base::Value(v) => inner(v, special),
            _ => false,
        },
        Value::Conjunction(c) => {
            let xs = &eval.values.conjunctions[c as usize];
            match special.v {
                Value::Conjunction(d) => {
                    let ys = &eval.values.conjunctions[d as usize];
                    xs.iter().all(|x| ys.iter().any(|y| inner(*x, *y)))
                }
                _ => xs.iter().all(|x| inner(*x, special)),
            }
        }
        Value::Disjunction(d) => {
            let x = &eval.values.disjunctions[d as usize];
            if x.defaults == 1 {
                return inner(x.values[0], special);
            }
            let xs = if x.defaults > 0 { &x.values[..x.defaults] } else { &x.values[..] };
            match special.v {
                Value::Disjunction(d) => {
                    let ys = &eval.values.disjunctions[d as usize].values;
                    ys.iter().all(|y| xs.iter().any(|x| inner(*x, *y)))
                }
                _ => xs.iter().any(|x| inner(*x, special)),
            }
        }
    }
}

fn same_scalar(eval: &Eval, a: Value, b: Value) -> bool {
    match (a, b) {
        (Value::Num(x), Value::Num(y)) => {
            let (x, y) = (eval.number(x), eval.number(y));
            x.kind() == y.kind() && x.eq_value(y)
        }
        (Value::Str(x), Value::Str(y)) => eval.string(x) == eval.string(y),
        (Value::Bytes(x), Value::Bytes(y)) => eval.values.bytes[x as usize] == eval.values.bytes[y as usize],
        _ => false,
    }
}

fn order(eval: &Eval, a: Value, b: Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Num(x), Value::Num(y)) => Some(eval.number(x).cmp_value(eval.number(y))),
        (Value::Str(x), Value::Str(y)) => Some(eval.string(x).as_bytes().cmp(eval.string(y).as_bytes())),
        (Value::Bytes(x), Value::Bytes(y)) => {
            Some(eval.values.bytes[x as usize].cmp(&eval.values.bytes[y as usize]))
        }
        (Value::Null, Value::Null) => Some(Ordering::Equal),
        (Value::Bool(x), Value::Bool(y)) => Some(x.cmp(&y)),
        _ => None,
    }
}

fn bound(eval: &Eval, x: Bound, special: Val) -> bool {
    let holds = |op: Compare, o: Ordering| match op {
        Compare::Less => o == Ordering::Less,
        Compare::LessEq => o != Ordering::Greater,
        Compare::Greater => o == Ordering::Greater,
        Compare::GreaterEq => o != Ordering::Less,
        Compare::Equal => o == Ordering::Equal,
        Compare::NotEqual => o != Ordering::Equal,
        Compare::Match | Compare::NotMatch => false,
    };
    match special.v {
        Value::Bound(b) => {
            let y = eval.values.bounds[b as usize];
            let Some(o) = order(eval, y.value.v, x.value.v) else { return false };
            match (x.op, y.op) {
                (Compare::Match | Compare::NotMatch, _) | (_, Compare::Match | Compare::NotMatch) => {
                    x.op == y.op && o == Ordering::Equal
                }
                (Compare::NotEqual, Compare::NotEqual) | (Compare::Equal, Compare::Equal) => {
                    o == Ordering::Equal
                }
                (op, Compare::Equal) => holds(op, o),
                (Compare::NotEqual, Compare::Less) => o != Ordering::Greater,
                (Compare::NotEqual, Compare::LessEq) => o == Ordering::Less,
                (Compare::NotEqual, Compare::Greater) => o != Ordering::Less,
                (Compare::NotEqual, Compare::GreaterEq) => o == Ordering::Greater,
                (Compare::Less, Compare::Less) | (Compare::LessEq, Compare::Less | Compare::LessEq) => {
                    o != Ordering::Greater
                }
                (Compare::Less, Compare::LessEq) => o == Ordering::Less,
                (Compare::Greater, Compare::Greater)
                | (Compare::GreaterEq, Compare::Greater | Compare::GreaterEq) => o != Ordering::Less,
                (Compare::Greater, Compare::GreaterEq) => o == Ordering::Greater,
                _ => false,
            }
        }
        v => match (x.op, x.value.v, v) {
            (Compare::Match | Compare::NotMatch, Value::Str(pattern), Value::Str(text)) => {
                crate::names::matches(eval.string(pattern), eval.string(text))
                    .is_some_and(|m| m == (x.op == Compare::Match))
            }
            _ => order(eval, v, x.value.v).is_some_and(|o| holds(x.op, o)),
        },
    }
}

fn vertices(eval: &Eval, x: VertexId, y: VertexId, depth: u32) -> bool {
    let (x, y) = (eval.deref(x), eval.deref(y));
    if x == y {
        return true;
    }
    if depth > DEEPEST {
        return false;
    }
    if let Some(e) = eval.bottom(y) {
        return !eval.err(e).code.is_incomplete();
    }
    let (a, b) = (eval.v(x), eval.v(y));
    match (a.base, b.base) {
        (Base::List { open }, Base::List { open: other }) => lists(eval, x, y, open, other, depth),
        (Base::Struct, Base::Struct) => structs(eval, x, y, depth),
        (Base::Value(v), base) => {
            let special = match base {
                Base::Value(w) => w,
                _ => Val::new(Value::Vertex(y)),
            };
            if let (Value::Vertex(_), Value::Vertex(_)) = (v.v, special.v) {
                return false;
            }
            values(eval, v, special, depth + 1) && a.arcs.is_empty()
        }
        _ => false,
    }
}

fn elements(eval: &Eval, v: VertexId) -> Vec<VertexId> {
    eval.v(v).arcs.iter().copied().filter(|a| eval.v(*a).label.is_int()).collect()
}

fn lists(eval: &Eval, x: VertexId, y: VertexId, open: bool, other: bool, depth: u32) -> bool {
    let (xs, ys) = (elements(eval, x), elements(eval, y));
    if (!open && (other || xs.len() != ys.len())) || xs.len() > ys.len() {
        return false;
    }
    let as_val = |v: VertexId| Val::new(Value::Vertex(v));
    let rest = |v: VertexId| eval.v(v).patterns.iter().map(|p| p.constraint).collect::<Vec<_>>();
    let allows = |v: VertexId| rest(x).iter().all(|r| values(eval, as_val(*r), as_val(v), depth + 1));
    xs.iter().zip(&ys).all(|(a, b)| values(eval, as_val(*a), as_val(*b), depth + 1))
        && ys[xs.len()..].iter().all(|b| allows(*b))
        && (!other || rest(x).is_empty() || rest(y).iter().any(|r| allows(*r)))
}

fn structs(eval: &Eval, x: VertexId, y: VertexId, depth: u32) -> bool {
    let closed = |v: VertexId| eval.is_closed_struct(v);
    if closed(x) && !closed(y) {
        return false;
    }
    let as_val = |v: VertexId| Val::new(Value::Vertex(v));
    for a in &eval.v(x).arcs {
        let arc = eval.v(*a);
        if arc.label.is_let() || arc.arc_type > ArcType::Optional {
            continue;
        }
        match eval.find_arc(y, arc.label) {
            Some(b) => {
                if arc.arc_type < eval.v(b).arc_type || !values(eval, as_val(*a), as_val(b), depth + 1) {
                    return false;
                }
            }
            None if arc.arc_type == ArcType::Member => return false,
            None => {
                if eval.vertex_kinds(*a) != Kinds::TOP && !closed(y) {
                    return false;
                }
            }
        }
    }
    if closed(x) {
        let known = |b: &VertexId| {
            let label = eval.v(*b).label;
            !label.is_regular() || eval.find_arc(x, label).is_some() || !eval.v(x).patterns.is_empty()
        };
        if !eval.v(y).arcs.iter().all(known) {
            return false;
        }
    }
    eval.v(x).patterns.is_empty() || closed(y)
}
