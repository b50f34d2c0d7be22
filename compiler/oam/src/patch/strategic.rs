//! What the markers of a patch do to the two trees before they are unified.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::patch::markers::{Markers, Strategy};
use crate::tree::{Field, FieldKind, List, Node, Struct};

/// A place in the base, by names and list indices.
type Place = Vec<Arc<str>>;

/// Edits `base` and `patch` in place as the markers in `patch` say.
pub fn edit(base: &mut Node, patch: &mut Node) {
    walk(base, patch, &mut Vec::new(), None);
}

/// Walks the patch; `key` is the `patchKey` of the nearest enclosing field that has one.
fn walk(base: &mut Node, patch: &mut Node, place: &mut Place, key: Option<&Arc<str>>) {
    match patch {
        Node::Struct(Struct { fields, .. }) => {
            for field in fields {
                walk_field(base, field, place, key);
            }
        }
        Node::List(List { items, .. }) => {
            for (i, item) in items.iter_mut().enumerate() {
                place.push(i.to_string().into());
                walk(base, item, place, key);
                place.pop();
            }
        }
        Node::Disjunction(alternatives) => {
            for (_, alternative) in alternatives {
                walk(base, alternative, place, key);
            }
        }
        Node::Scalar(_) | Node::Open(_) => {}
    }
}

fn walk_field(base: &mut Node, field: &mut Field, place: &mut Place, inherited: Option<&Arc<str>>) {
    let markers = Markers::read(&field.docs);
    let key = markers.key.as_ref().or(inherited).cloned();
    if let Node::List(list) = &mut field.value {
        place.push(field.name.clone());
        if let Some(Node::List(base_list)) = look_up_mut(base, place) {
            if markers.strategy == Some(Strategy::Replace) {
                base_list.items.clone_from(&list.items);
                base_list.open = list.open;
            } else if let Some(key) = &key {
                let retain = markers.strategy == Some(Strategy::RetainKeys);
                merge_by_key(base_list, list, key, retain);
            }
        }
        place.pop();
    } else if markers.strategy == Some(Strategy::RetainKeys)
        && let Some(Node::Struct(s)) = look_up_mut(base, place)
        && let Some(old) = s.get_mut(&field.name)
    {
        old.value = field.value.clone();
    }
    // Markers inside of definitions do not count.
    if field.kind == FieldKind::Definition && field.name.starts_with('#') {
        return;
    }
    place.push(field.name.clone());
    walk(base, &mut field.value, place, key.as_ref());
    place.pop();
}

/// Reorders the patch's elements so that unification by index meets the right ones of the base: a matched element at
/// the index of the base's element of that key, an empty struct where nothing matches, new elements at the end.
/// Gives up, and leaves the list as it is, where a key is no literal.
fn merge_by_key(base: &mut List, patch: &mut List, keys: &str, retain: bool) {
    let mut wanted: FxHashMap<String, usize> = FxHashMap::default();
    let mut order: Vec<Option<usize>> = Vec::new();
    for key in keys.split(',') {
        let steps: Vec<&str> = key.split('.').collect();
        let id = |literal: &str| format!("{key}\0{literal}");
        let mut found = false;
        for (i, item) in patch.items.iter().enumerate() {
            let Some(value) = look_up(item, &steps) else { continue };
            found = true;
            let Some(literal) = literal(value) else { return };
            wanted.insert(id(&literal), i);
        }
        if !found {
            if patch.items.is_empty() {
                continue;
            }
            return;
        }
        for item in &mut base.items {
            let Some(value) = look_up(item, &steps) else { continue };
            let Some(literal) = literal(value) else { return };
            let matched = wanted.remove(&id(&literal));
            if matched.is_some() && retain {
                *item = Node::Struct(Struct::default());
            }
            order.push(matched);
        }
    }
    let mut rest: Vec<usize> = wanted.into_values().collect();
    rest.sort_unstable();
    rest.dedup();
    order.extend(rest.into_iter().map(Some));
    patch.items = order
        .into_iter()
        .map(|at| match at {
            Some(i) => patch.items[i].clone(),
            None => Node::Struct(Struct::default()),
        })
        .collect();
    patch.open = true;
}

/// The literal by which elements are compared.
fn literal(node: &Node) -> Option<String> {
    if let Node::Scalar(s) = node { Some(s.to_source()) } else { None }
}

fn look_up<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, step| match node {
        Node::Struct(s) => s.get(step).map(|f| &f.value),
        Node::List(l) => step.parse::<usize>().ok().and_then(|i| l.items.get(i)),
        _ => None,
    })
}

fn look_up_mut<'n>(node: &'n mut Node, path: &[Arc<str>]) -> Option<&'n mut Node> {
    path.iter().try_fold(node, |node, step| match node {
        Node::Struct(s) => s.get_mut(step).map(|f| &mut f.value),
        Node::List(l) => step.parse::<usize>().ok().and_then(|i| l.items.get_mut(i)),
        _ => None,
    })
}
