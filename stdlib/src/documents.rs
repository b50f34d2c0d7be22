//! Documents read by the YAML and JSON crate as plain data. Keys given twice stay twice: the evaluator unifies
//! them, as the reference does.

use vela_eval::data::Data;
use vela_yaml::{Doc, Kind, NodeId, Scalar};

/// What a document means. Recurses at most `vela_yaml::MAX_DEPTH` levels.
pub(crate) fn data(doc: &Doc) -> Data {
    node(doc, doc.root)
}

fn node(doc: &Doc, id: NodeId) -> Data {
    match &doc.node(doc.target(id)).kind {
        Kind::Scalar { value, text, .. } => match value {
            Scalar::Null => Data::Null,
            Scalar::Bool(b) => Data::Bool(*b),
            Scalar::Num(n) => Data::Num(n.clone()),
            Scalar::Str => Data::Str(text.clone()),
            Scalar::Bytes(b) => Data::Bytes(b.clone()),
        },
        Kind::List { items, .. } => items.iter().map(|i| node(doc, *i)).collect::<Vec<_>>().into(),
        Kind::Map { entries, .. } => entries.iter().map(|e| (e.name.clone(), node(doc, e.value))).collect(),
        Kind::Alias { .. } => Data::Null,
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
