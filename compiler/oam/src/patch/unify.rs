//! Unification of two trees, after their markers have been obeyed. Concrete values, structs, lists, basic types and
//! alternatives of them are unified here; anything else is handed to the evaluator as source text.

use std::sync::Arc;

use crate::tree::{Field, FieldKind, List, Node, Open, Path, Presence, Scalar, Struct};

/// Deepest tree that is unified.
const MAX_DEPTH: usize = 500;

/// Unifies what only the evaluator understands.
pub trait Unifier {
    /// The unification of two values given as source, or what is wrong with it.
    fn unify(&mut self, a: &str, b: &str) -> Result<Node, String>;
}

/// Two values that don't go together.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// Where.
    pub path: Path,
    /// What is wrong.
    pub message: String,
}

/// `base & patch`, or every conflict.
pub fn unify(base: Node, patch: Node, unifier: &mut dyn Unifier) -> Result<Node, Vec<Conflict>> {
    let mut work = Work { path: Vec::new(), conflicts: Vec::new(), unifier };
    let node = work.unify(base, patch);
    match node {
        Some(node) if work.conflicts.is_empty() => Ok(node),
        _ => Err(work.conflicts),
    }
}

struct Work<'u> {
    path: Path,
    conflicts: Vec<Conflict>,
    unifier: &'u mut dyn Unifier,
}

impl Work<'_> {
    fn conflict(&mut self, message: String) -> Option<Node> {
        self.conflicts.push(Conflict { path: self.path.clone(), message });
        None
    }

    /// The unification; `None` where there was a conflict.
    fn unify(&mut self, a: Node, b: Node) -> Option<Node> {
        if self.path.len() > MAX_DEPTH {
            return self.conflict("nested too deeply".to_owned());
        }
        match (a, b) {
            (Node::Struct(a), Node::Struct(b)) => Some(self.structs(a, b)),
            (Node::List(a), Node::List(b)) => self.lists(a, b),
            (Node::Scalar(a), Node::Scalar(b)) => {
                if same(&a, &b) {
                    Some(Node::Scalar(a))
                } else {
                    self.conflict(mismatch(&Node::Scalar(b), &Node::Scalar(a)))
                }
            }
            (Node::Disjunction(a), b) => self.alternatives(a, b, false),
            (a, Node::Disjunction(b)) => self.alternatives(b, a, true),
            (Node::Open(a), b) => self.open(a, b),
            (a, Node::Open(b)) => self.open(b, a),
            (a, b) => self.conflict(mismatch(&b, &a)),
        }
    }

    fn structs(&mut self, mut a: Struct, b: Struct) -> Node {
        for field in b.fields {
            let Some(at) = a.fields.iter().position(|f| f.name == field.name && f.kind == field.kind) else {
                a.fields.push(field);
                continue;
            };
            let old = std::mem::replace(
                &mut a.fields[at],
                Field {
                    name: field.name.clone(),
                    kind: FieldKind::Regular,
                    presence: Presence::Member,
                    docs: Vec::new(),
                    value: Node::Struct(Struct::default()),
                },
            );
            let presence = old.presence.max(field.presence);
            let optional = presence == Presence::Optional;
            let mark = self.conflicts.len();
            self.path.push(field.name.clone());
            let merged = self.unify(old.value, field.value);
            self.path.pop();
            // What need not be there need not have a value.
            if optional {
                self.conflicts.truncate(mark);
            }
            match merged {
                Some(value) => {
                    a.fields[at] = Field { presence, docs: old.docs, kind: old.kind, name: old.name, value }
                }
                None => {
                    a.fields.remove(at);
                }
            }
        }
        Node::Struct(a)
    }

    fn lists(&mut self, a: List, b: List) -> Option<Node> {
        let (short, long) = if a.items.len() < b.items.len() { (&a, &b) } else { (&b, &a) };
        if short.items.len() < long.items.len() && !short.open {
            let (x, y) = (a.items.len(), b.items.len());
            return self.conflict(format!("incompatible list lengths ({x} and {y})"));
        }
        let open = a.open && b.open;
        let mut items = Vec::with_capacity(long.items.len());
        let (mut a, mut b) = (a.items.into_iter(), b.items.into_iter());
        for i in 0.. {
            let item = match (a.next(), b.next()) {
                (None, None) => break,
                (Some(one), None) | (None, Some(one)) => Some(one),
                (Some(a), Some(b)) => {
                    self.path.push(i.to_string().into());
                    let item = self.unify(a, b);
                    self.path.pop();
                    item
                }
            };
            items.extend(item);
        }
        Some(Node::List(List { items, open }))
    }

    /// Each alternative unified with the other value; those that fail drop out.
    fn alternatives(&mut self, alternatives: Vec<(bool, Node)>, other: Node, swapped: bool) -> Option<Node> {
        let others = match other {
            Node::Disjunction(others) => others,
            one => vec![(true, one)],
        };
        let marked = alternatives.iter().any(|(d, _)| *d);
        let mut kept: Vec<(bool, Node)> = Vec::new();
        let mark = self.conflicts.len();
        for (default, alternative) in &alternatives {
            for (other_default, other) in &others {
                let at = self.conflicts.len();
                let (a, b) = if swapped { (other, alternative) } else { (alternative, other) };
                let node = self.unify(a.clone(), b.clone());
                let Some(node) = node.filter(|_| self.conflicts.len() == at) else { continue };
                let default = (*default || !marked) && *other_default;
                match kept.iter_mut().find(|(_, n)| *n == node) {
                    Some(known) => known.0 |= default,
                    None => kept.push((default, node)),
                }
            }
        }
        if kept.is_empty() {
            if self.conflicts.len() == mark {
                return self.conflict("empty disjunction".to_owned());
            }
            return None;
        }
        self.conflicts.truncate(mark);
        if kept.len() == 1 {
            return kept.pop().map(|(_, n)| n);
        }
        if !marked && kept.iter().all(|(d, _)| *d) {
            for (default, _) in &mut kept {
                *default = false;
            }
        }
        // Defaults stand first.
        kept.sort_by_key(|(default, _)| !default);
        Some(Node::Disjunction(kept))
    }

    fn open(&mut self, open: Open, other: Node) -> Option<Node> {
        match (&*open.text, &other) {
            ("_", _) => return Some(other),
            (a, Node::Open(b)) if a == &*b.text => return Some(other),
            (_, Node::Open(b)) if &*b.text == "_" => return Some(Node::Open(open)),
            _ => {}
        }
        if let Some(accepts) = basic(&open.text, &other) {
            if accepts {
                return Some(other);
            }
            return self.conflict(mismatch(&other, &Node::Open(open)));
        }
        match self.unifier.unify(&Node::Open(open).to_source(), &other.to_source()) {
            Ok(node) => Some(node),
            Err(message) => self.conflict(message),
        }
    }
}

/// Whether a value is of a basic type; `None` where the type is none or the value is not concrete.
fn basic(name: &str, value: &Node) -> Option<bool> {
    let known = matches!(name, "int" | "float" | "number" | "string" | "bytes" | "bool");
    let value = match value {
        Node::Scalar(s) => s,
        Node::Struct(_) | Node::List(_) => return known.then_some(false),
        _ => return None,
    };
    known.then(|| match value {
        Scalar::Null => false,
        Scalar::Bool(_) => name == "bool",
        Scalar::Num(n) => name == "number" || name == if n.is_int() { "int" } else { "float" },
        Scalar::Str(_) => name == "string",
        Scalar::Bytes(_) => name == "bytes",
    })
}

fn same(a: &Scalar, b: &Scalar) -> bool {
    match (a, b) {
        (Scalar::Num(a), Scalar::Num(b)) => a.is_int() == b.is_int() && a.eq_value(b),
        _ => a == b,
    }
}

fn kind(node: &Node) -> &str {
    match node {
        Node::Struct(_) => "struct",
        Node::List(_) => "list",
        Node::Scalar(Scalar::Null) => "null",
        Node::Scalar(Scalar::Bool(_)) => "bool",
        Node::Scalar(Scalar::Num(n)) if n.is_int() => "int",
        Node::Scalar(Scalar::Num(_)) => "float",
        Node::Scalar(Scalar::Str(_)) => "string",
        Node::Scalar(Scalar::Bytes(_)) => "bytes",
        Node::Open(open) => &open.text,
        Node::Disjunction(_) => "",
    }
}

/// The text of a conflict, in the words of the language.
fn mismatch(a: &Node, b: &Node) -> String {
    let text = format!("conflicting values {} and {}", shortened(a), shortened(b));
    if kind(a) == kind(b) {
        return text;
    }
    format!("{text} (mismatched types {} and {})", kind(a), kind(b))
}

/// At most so many characters of a value are shown.
const SHOWN: usize = 60;

fn shortened(node: &Node) -> Arc<str> {
    let text = match node {
        Node::Open(open) => open.text.to_string(),
        node => node.to_source(),
    };
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &text[..at]).into(),
        None => text.into(),
    }
}
