//! Which templates have a hand in a field of an object, and under which path each of them makes it.

use std::sync::Arc;

use super::{Asked, value_at};
use crate::data::Value;
use crate::definition::library::shown_type;
use crate::document::Step;
use crate::patch::{Markers, Strategy};
use crate::render::{Object, Origin, Resolved};
use crate::tree::{FieldKind, List, Node, Scalar};

/// A template that makes a field, or a part of it.
pub struct Maker<'a> {
    /// What was asked of it.
    pub asked: &'a Asked,
    /// The trait among the component's; `None` for the component's own.
    pub trait_at: Option<usize>,
    /// Whether it patches.
    pub patches: bool,
    /// From the template's top to the value.
    pub path: Vec<Arc<str>>,
}

/// The makers of the value at `path` of an object, in the order of rendering.
pub fn makers<'a>(
    resolved: &Resolved<'_>,
    asked: &'a [Asked],
    object: &Object,
    path: &[Step],
) -> Vec<Maker<'a>> {
    let mut out = Vec::new();
    let mut rest = asked.iter();
    let mut of = |template: &Option<Arc<crate::definition::Template>>| {
        let template = template.as_ref()?;
        rest.by_ref().find(|a| Arc::ptr_eq(&a.template, template))
    };
    let below = |start: &[&str]| -> Vec<Arc<str>> {
        start.iter().map(|s| Arc::from(*s)).chain(path.iter().map(step_text)).collect()
    };
    let resource = &*object.resource;
    if !resolved.definition.is_terraform()
        && let Some(asked) = of(&resolved.definition.template)
    {
        let path = match object.origin {
            Origin::Workload => Some(below(&["output"])),
            Origin::Auxiliary => Some(below(&["outputs", resource])),
            Origin::Trait(_) => None,
        };
        out.extend(path.map(|path| Maker { asked, trait_at: None, patches: false, path }));
    }
    for (at, (use_, definition)) in resolved.component.traits.iter().zip(&resolved.traits).enumerate() {
        let Some(asked) = of(&definition.template) else { continue };
        let answer = &asked.answer;
        let mut add = |patches: bool, path: Vec<Arc<str>>| {
            out.push(Maker { asked, trait_at: Some(at), patches, path });
        };
        match &object.origin {
            Origin::Workload => {
                if let Some((docs, patch)) = &answer.patch
                    && let Some(found) = patch_path(docs, patch, path, &object.manifest)
                {
                    add(true, found);
                }
                continue;
            }
            Origin::Trait(kind) if shown_type(&use_.kind) == **kind => {
                if answer.outputs.iter().any(|(name, _)| **name == *resource) {
                    add(false, below(&["outputs", resource]));
                }
            }
            Origin::Trait(_) | Origin::Auxiliary => {}
        }
        if let Some((_, patch)) = answer.patch_outputs.iter().find(|(name, _)| **name == *resource)
            && let Some(found) = strategic(patch, path, &object.manifest)
        {
            let start = ["patchOutputs", resource].map(Arc::from);
            add(true, start.into_iter().chain(found).collect());
        }
    }
    out
}

fn step_text(step: &Step) -> Arc<str> {
    match step {
        Step::Name(name) => name.clone(),
        Step::Index(i) => i.to_string().into(),
    }
}

/// Where a patch makes the value at `path`; `None` where it does not.
fn patch_path(docs: &[Arc<str>], patch: &Node, path: &[Step], manifest: &Value) -> Option<Vec<Arc<str>>> {
    let found = match Markers::read(docs).strategy {
        Some(Strategy::JsonPatch) => operation(patch, path, manifest)?,
        _ => strategic(patch, path, manifest)?,
    };
    Some(std::iter::once("patch".into()).chain(found).collect())
}

/// The operation of an RFC 6902 document that sets the value at `path`, the last such.
fn operation(patch: &Node, path: &[Step], manifest: &Value) -> Option<Vec<Arc<str>>> {
    let Node::List(operations) = &patch.as_struct()?.get("operations")?.value else { return None };
    for (i, operation) in operations.items.iter().enumerate().rev() {
        let fields = operation.as_struct()?;
        let Some(Node::Scalar(Scalar::Str(pointer))) = fields.get("path").map(|f| f.value.default_value())
        else {
            continue;
        };
        let Some(value) = fields.get("value") else { continue };
        let steps: Vec<String> =
            pointer.split('/').skip(1).map(|s| s.replace("~1", "/").replace("~0", "~")).collect();
        let last = |n: usize| n + 1 == steps.len();
        let fits = steps.len() <= path.len()
            && steps.iter().zip(path).enumerate().all(|(n, (a, b))| {
                // An element that was appended is known by its value.
                let appended =
                    || value.value.to_value().is_ok_and(|v| value_at(manifest, &path[..=n]) == Some(&v));
                **a == *step_text(b) || (a == "-" && last(n) && appended())
            });
        if fits {
            let start = ["operations".into(), i.to_string().into(), "value".into()];
            return Some(start.into_iter().chain(path[steps.len()..].iter().map(step_text)).collect());
        }
    }
    None
}

/// The way through a patch, its lists joined as its markers say.
fn strategic(patch: &Node, path: &[Step], manifest: &Value) -> Option<Vec<Arc<str>>> {
    let mut out: Vec<Arc<str>> = Vec::with_capacity(path.len());
    let (mut at, mut keys): (&Node, Option<Arc<str>>) = (patch, None);
    for (n, step) in path.iter().enumerate() {
        match (at.default_value(), step) {
            (Node::Struct(s), Step::Name(name)) => {
                let field = s.get(name).filter(|f| f.kind == FieldKind::Regular)?;
                keys = Markers::read(&field.docs).key.or(keys);
                out.push(name.clone());
                at = &field.value;
            }
            (Node::List(list), Step::Index(i)) => {
                let made = value_at(manifest, &path[..=n]);
                let keyed = |k: &&Arc<str>| {
                    let has =
                        |key: &str| made.is_some_and(|m| m.at(&key.split('.').collect::<Vec<_>>()).is_some());
                    k.split(',').any(has)
                };
                // Elements without the key are joined by their place.
                let index = match (keys.as_ref().filter(keyed), made) {
                    (Some(keys), Some(made)) => element(list, keys, made)?,
                    _ => *i,
                };
                out.push(index.to_string().into());
                at = list.items.get(index)?;
            }
            _ => return None,
        }
    }
    Some(out)
}

/// The element of a patch that was joined with this one.
fn element(list: &List, keys: &str, joined: &Value) -> Option<usize> {
    keys.split(',').find_map(|key| {
        let steps: Vec<&str> = key.split('.').collect();
        let wanted = joined.at(&steps)?;
        list.items.iter().position(|item| {
            let found = steps
                .iter()
                .try_fold(item, |node, step| node.default_value().as_struct()?.get(step).map(|f| &f.value));
            found.and_then(|f| f.to_value().ok()).as_ref() == Some(wanted)
        })
    })
}
