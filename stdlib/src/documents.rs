//! Documents read by the YAML and JSON crate as plain data. The values of a key given twice are unified, as the
//! reference does; data that differ are a conflict.

use std::collections::HashMap;
use std::sync::Arc;

use vela_eval::data::Data;
use vela_yaml::{Doc, Kind, NodeId, Scalar};

use vela_eval::builtin::Return;

use crate::args::{Outcome, compact, fail, ok};
use crate::signature::CallError;

/// What a document means, or a conflict. Recurses at most `vela_yaml::MAX_DEPTH` levels.
pub(crate) fn data(doc: &Doc) -> Result<Data, CallError> {
    node(doc, doc.root)
}

fn node(doc: &Doc, id: NodeId) -> Result<Data, CallError> {
    Ok(match &doc.node(doc.target(id)).kind {
        Kind::Scalar { value, text, .. } => match value {
            Scalar::Null => Data::Null,
            Scalar::Bool(b) => Data::Bool(*b),
            Scalar::Num(n) => Data::Num(n.clone()),
            Scalar::Str => Data::Str(text.clone()),
            Scalar::Bytes(b) => Data::Bytes(b.clone()),
        },
        Kind::List { items, .. } => {
            Data::List(items.iter().map(|i| node(doc, *i)).collect::<Result<_, _>>()?)
        }
        Kind::Map { entries, .. } => {
            let mut fields = Vec::with_capacity(entries.len());
            for e in entries {
                fields.push((e.name.clone(), node(doc, e.value)?));
            }
            Data::Map(if doc.duplicates.is_empty() { fields } else { merged(fields)? })
        }
        Kind::Alias { .. } => Data::Null,
    })
}

/// Most sets of values that a document with keys given twice is split into.
const MAX_LAYERS: usize = 16;

/// What a document means: one value, or where a key is given twice with values in conflict several that are unified.
pub(crate) fn unified_later(doc: &Doc) -> Outcome {
    match data(doc) {
        Ok(data) => ok(data),
        Err(conflict) => match layers(doc, doc.root) {
            Some(layers) => Ok(Return::Unified(layers)),
            None => Err(conflict),
        },
    }
}

/// The values of a node: the first with the first value of each key, the others with those that follow.
fn layers(doc: &Doc, id: NodeId) -> Option<Vec<Data>> {
    let all = |ids: &[NodeId]| ids.iter().map(|i| layers(doc, *i)).collect::<Option<Vec<_>>>();
    let out: Vec<Data> = match &doc.node(doc.target(id)).kind {
        Kind::List { items, .. } => {
            let items = all(items)?;
            let count = items.iter().map(Vec::len).max().unwrap_or(1);
            let layer =
                |n: usize| Data::List(items.iter().map(|i| i.get(n).unwrap_or(&i[0]).clone()).collect());
            (0..count).map(layer).collect()
        }
        Kind::Map { entries, .. } => {
            let mut fields: Vec<(Arc<str>, Vec<Data>)> = Vec::new();
            for e in entries {
                let values = layers(doc, e.value)?;
                match fields.iter_mut().find(|f| f.0 == e.name) {
                    Some(field) => field.1.extend(values),
                    None => fields.push((e.name.clone(), values)),
                }
            }
            let count = fields.iter().map(|f| f.1.len()).max().unwrap_or(1);
            let field = |n: usize, (k, v): &(Arc<str>, Vec<Data>)| Some((k.clone(), v.get(n)?.clone()));
            let layer = |n: usize| Data::Map(fields.iter().filter_map(|f| field(n, f)).collect());
            (0..count).map(layer).collect()
        }
        _ => vec![node(doc, id).ok()?],
    };
    (out.len() <= MAX_LAYERS).then_some(out)
}

type Fields = Vec<(Arc<str>, Data)>;

/// The fields with those of the same name unified, in the place of the first.
fn merged(fields: Fields) -> Result<Fields, CallError> {
    let mut index: HashMap<Arc<str>, usize> = HashMap::new();
    let mut out: Fields = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        match index.get(&name) {
            Some(at) => {
                let first = std::mem::take(&mut out[*at].1);
                out[*at].1 = unified(first, value)?;
            }
            None => {
                index.insert(name.clone(), out.len());
                out.push((name, value));
            }
        }
    }
    Ok(out)
}

/// Whether two numbers of one kind differ in spelling only.
fn same_number(a: &Data, b: &Data) -> bool {
    let (Some(a), Some(b)) = (a.as_num(), b.as_num()) else { return false };
    a.kind() == b.kind() && a.eq_value(b)
}

fn unified(a: Data, b: Data) -> Result<Data, CallError> {
    let conflict = |a: &Data, b: &Data| {
        if a.kind() == b.kind() {
            return fail(format!("conflicting values {} and {}", compact(b), compact(a)));
        }
        let kinds = format!("(mismatched types {} and {})", a.kind(), b.kind());
        fail(format!("conflicting values {} and {} {kinds}", compact(a), compact(b)))
    };
    match (a, b) {
        (a, b) if a == b || same_number(&a, &b) => Ok(a),
        (a @ Data::Map(_), b @ Data::Map(_)) => {
            let mut fields = a.into_map().unwrap_or_default();
            fields.extend(b.into_map().unwrap_or_default());
            Ok(Data::Map(merged(fields)?))
        }
        (a @ Data::List(_), b @ Data::List(_)) => {
            let (x, y) = (a.into_list().unwrap_or_default(), b.into_list().unwrap_or_default());
            if x.len() != y.len() {
                let (n, m) = (x.len().min(y.len()), x.len().max(y.len()));
                return fail(format!("incompatible list lengths ({n} and {m})"));
            }
            let items = x.into_iter().zip(y).map(|(a, b)| unified(a, b));
            Ok(Data::List(items.collect::<Result<_, _>>()?))
        }
        (a, b) => conflict(&a, &b),
    }
}

/// The first part of `data` that `wanted` holds for, however deep.
pub(crate) fn find(data: &Data, wanted: impl Fn(&Data) -> bool) -> Option<&Data> {
    let mut stack = vec![data];
    while let Some(part) = stack.pop() {
        if wanted(part) {
            return Some(part);
        }
        match part {
            Data::List(items) => stack.extend(items.iter().rev()),
            Data::Map(fields) => stack.extend(fields.iter().rev().map(|f| &f.1)),
            _ => {}
        }
    }
    None
}
