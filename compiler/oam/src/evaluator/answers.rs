//! Answers by what was asked: a template gives the same for equal parameters and an equal part of the context that it
//! reads. So a component placed in fifty clusters is evaluated once unless it reads which one it is for, and a trait
//! used with the same properties by many components is too. Bounded by size: what is kept is dropped when it is full.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};

use crate::data::Value;
use crate::engine::Answer;
use crate::tree::Node;

/// Values and nodes kept at most, in keys and answers.
const MAX_KEPT: usize = 200_000;

/// What one evaluation depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The program: a number of the evaluator's.
    pub program: usize,
    /// Whether [`Answer::parameter`] was wanted.
    pub explain: bool,
    /// The parameter.
    pub parameter: Option<Value>,
    /// The part of the context that the program reads.
    pub context: Value,
}

/// Answers kept.
#[derive(Debug, Default)]
pub struct Answers {
    kept: FxHashMap<u64, Vec<(Asked, Arc<Answer>)>>,
    size: usize,
}

impl Answers {
    /// The answer that was given before.
    pub fn get(&self, asked: &Asked) -> Option<Arc<Answer>> {
        let same = self.kept.get(&asked.hash())?;
        same.iter().find(|(a, _)| a == asked).map(|(_, answer)| answer.clone())
    }

    /// Keeps an answer.
    pub fn put(&mut self, asked: Asked, answer: &Arc<Answer>) {
        let size = asked.size() + answer_size(answer);
        if size > MAX_KEPT / 16 {
            return;
        }
        if self.size + size > MAX_KEPT {
            self.kept.clear();
            self.size = 0;
        }
        self.size += size;
        self.kept.entry(asked.hash()).or_default().push((asked, answer.clone()));
    }
}

impl Asked {
    fn hash(&self) -> u64 {
        let mut hasher = FxHasher::default();
        (self.program, self.explain).hash(&mut hasher);
        if let Some(parameter) = &self.parameter {
            hash(parameter, &mut hasher);
        }
        hash(&self.context, &mut hasher);
        hasher.finish()
    }

    fn size(&self) -> usize {
        self.parameter.as_ref().map_or(0, value_size) + value_size(&self.context)
    }
}

fn hash(value: &Value, into: &mut FxHasher) {
    std::mem::discriminant(value).hash(into);
    match value {
        Value::Null => {}
        Value::Bool(b) => b.hash(into),
        Value::Num(n) => n.hash(into),
        Value::Str(s) => s.hash(into),
        Value::Bytes(b) => b.hash(into),
        Value::List(items) => items.iter().for_each(|item| hash(item, into)),
        Value::Map(fields) => {
            for (name, value) in fields {
                name.hash(into);
                hash(value, into);
            }
        }
    }
}

fn value_size(value: &Value) -> usize {
    1 + match value {
        Value::List(items) => items.iter().map(value_size).sum(),
        Value::Map(fields) => fields.iter().map(|(_, v)| value_size(v)).sum(),
        Value::Str(s) => s.len() / 64,
        Value::Bytes(b) => b.len() / 64,
        _ => 0,
    }
}

fn answer_size(answer: &Answer) -> usize {
    let one = |node: &Option<Node>| node.as_ref().map_or(0, node_size);
    let all = |nodes: &[(Arc<str>, Node)]| nodes.iter().map(|(_, n)| node_size(n)).sum::<usize>();
    1 + one(&answer.output)
        + one(&answer.config)
        + one(&answer.parameter)
        + answer.patch.as_ref().map_or(0, |(_, n)| node_size(n))
        + all(&answer.outputs)
        + all(&answer.patch_outputs)
}

fn node_size(node: &Node) -> usize {
    1 + match node {
        Node::Struct(s) => s.fields.iter().map(|f| node_size(&f.value)).sum(),
        Node::List(l) => l.items.iter().map(node_size).sum(),
        Node::Disjunction(all) => all.iter().map(|(_, n)| node_size(n)).sum(),
        Node::Open(open) => open.text.len() / 64,
        Node::Scalar(_) => 0,
    }
}
