//! Patches of traits: the strategic patch with markers, and the two JSON patches.
//!
//! KubeVela's patch is syntactic: base and patch are printed as source, their trees are edited as the markers of the
//! patch say, and what remains is unified. The same happens here on [`Node`]s. The rules, oddities included, are in
//! `docs/patches.md`.

pub mod json_patch;
pub mod markers;
mod strategic;
mod unify;

use std::sync::Arc;

pub use markers::{Markers, Strategy};
pub use unify::{Conflict, Unifier};

use crate::data::Value;
use crate::tree::{List, Node, Struct};

/// Why a patch does not apply.
#[derive(Clone, Debug, PartialEq)]
pub enum PatchError {
    /// The edited trees do not unify.
    Conflicts(Vec<Conflict>),
    /// A JSON patch fails, or one of its sides is no plain data.
    Json(String),
}

/// Applies the patch of a trait to a base. `docs` are the comments of the field `patch` itself: only there are the
/// JSON strategies honoured.
pub fn apply(
    base: Node,
    patch: &Node,
    docs: &[Arc<str>],
    unifier: &mut dyn Unifier,
) -> Result<Node, PatchError> {
    match Markers::read(docs).strategy {
        Some(Strategy::JsonMergePatch) => {
            let (base, patch) = (plain(&base, "workload")?, plain(patch, "patch")?);
            Ok(reopened(&json_patch::merge(base, &patch)))
        }
        Some(Strategy::JsonPatch) => {
            let operations = patch
                .as_struct()
                .and_then(|s| s.get("operations"))
                .ok_or_else(|| PatchError::Json("the patch has no field `operations`".to_owned()))?;
            let (base, operations) =
                (plain(&base, "workload")?, plain(&operations.value, "patch.operations")?);
            json_patch::apply(base, &operations).map(|v| reopened(&v)).map_err(PatchError::Json)
        }
        _ => strategic_patch(base, patch, unifier),
    }
}

/// Applies a patch by markers; what `patchOutputs` always does.
pub fn strategic_patch(mut base: Node, patch: &Node, unifier: &mut dyn Unifier) -> Result<Node, PatchError> {
    open_lists(&mut base, false);
    let mut patch = patch.clone();
    strategic::edit(&mut base, &mut patch);
    unify::unify(base, patch, unifier).map_err(PatchError::Conflicts)
}

fn plain(node: &Node, what: &str) -> Result<Value, PatchError> {
    node.to_value().map_err(|faults| {
        let texts: Vec<String> =
            faults.iter().map(|f| format!("{}: {}", f.path.join("."), f.message)).collect();
        PatchError::Json(format!("{what} is not concrete: {}", texts.join("; ")))
    })
}

/// Opens every list that is the value of a field: patches may add elements.
fn open_lists(node: &mut Node, is_field: bool) {
    match node {
        Node::Struct(Struct { fields, .. }) => {
            for field in fields {
                open_lists(&mut field.value, true);
            }
        }
        Node::List(List { items, open }) => {
            *open |= is_field;
            for item in items {
                open_lists(item, false);
            }
        }
        Node::Disjunction(alternatives) => {
            for (_, alternative) in alternatives {
                open_lists(alternative, false);
            }
        }
        Node::Scalar(_) | Node::Open(_) => {}
    }
}

/// The result of a JSON patch as a base for further traits: every struct and list may grow again.
fn reopened(value: &Value) -> Node {
    let mut node = Node::of_value(value);
    open_lists(&mut node, false);
    node
}

#[cfg(test)]
mod tests;
