//! Completion of names that are given elsewhere: components, policies and steps of the Application, clusters and their
//! labels from the inventory of the workspace.

use std::sync::Arc;

use vela_db::mentions::{self, Role};
use vela_db::{Db, facts};
use vela_diagnostics::Span;
use vela_yaml::Data;

use crate::complete::{Completion, scalar, value_item};
use crate::outline::Step;
use crate::place::Reader;

/// The names that can stand at the end of a path.
pub(crate) fn values(db: &dyn Db, path: &[Step], reader: &Reader<'_>, span: Span, out: &mut Vec<Completion>) {
    let names = plain(path);
    let type_of = |n: usize| {
        let mut at = path.get(..n)?.to_vec();
        at.push(Step::Key("type".into()));
        reader.text(&at)
    };
    let Some((role, false)) = mentions::role(&names, false, &type_of) else { return };
    let list: &[&str] = match role {
        Role::Component => &["spec", "components"],
        Role::Policy => &["spec", "policies"],
        Role::Step => &["spec", "workflow", "steps"],
        Role::Cluster => {
            let clusters = facts::clusters(db, db.workspace());
            for cluster in clusters {
                add(&cluster.name, "cluster", span, out);
            }
            if !clusters.is_empty() {
                add(&vela_oam::inventory::LOCAL.into(), "the control plane", span, out);
            }
            return;
        }
        Role::ClusterLabel => return,
    };
    let list: Vec<Step> = list.iter().map(|name| Step::Key((*name).into())).collect();
    // A part does not depend on itself.
    let own = match path.get(list.len()) {
        Some(Step::Item(own)) if path.starts_with(&list) => Some(*own),
        _ => None,
    };
    for i in (0..reader.items(&list)).filter(|i| Some(*i) != own) {
        let mut at = list.clone();
        at.extend([Step::Item(i), Step::Key("name".into())]);
        if let Some(name) = reader.text(&at) {
            add(&name, role.word(), span, out);
        }
    }
}

fn add(name: &Arc<str>, detail: &str, span: Span, out: &mut Vec<Completion>) {
    if !out.iter().any(|c| c.label == **name) {
        out.push(value_item(name.to_string(), scalar(&Data::str(&**name)), detail, span, 0));
    }
}

fn plain(path: &[Step]) -> Vec<&str> {
    path.iter()
        .map(|step| match step {
            Step::Key(name) => &**name,
            Step::Item(_) => "*",
        })
        .collect()
}

/// Whether a key below a path names a label of clusters.
fn is_selector(path: &[Step]) -> bool {
    let mut names = plain(path);
    names.push("");
    matches!(mentions::role(&names, true, &|_| None), Some((Role::ClusterLabel, false)))
}

/// The labels of clusters, as keys below a path.
pub(crate) fn keys(
    db: &dyn Db,
    path: &[Step],
    span: Span,
    colon: bool,
    taken: &[&str],
    out: &mut Vec<Completion>,
) {
    if !is_selector(path) {
        return;
    }
    for (name, _) in facts::clusters(db, db.workspace()).iter().flat_map(|c| &c.labels) {
        if taken.contains(&&**name) || out.iter().any(|c| c.label == **name) {
            continue;
        }
        let mut new = value_item(name.to_string(), scalar(&Data::str(&**name)), "label of clusters", span, 0);
        if colon {
            new.insert.push_str(": ");
        }
        out.push(new);
    }
}

/// The values that a label of clusters has.
pub(crate) fn labels(db: &dyn Db, path: &[Step], span: Span, out: &mut Vec<Completion>) {
    let Some((Step::Key(label), above)) = path.split_last() else { return };
    if !is_selector(above) {
        return;
    }
    for cluster in facts::clusters(db, db.workspace()) {
        for (_, value) in cluster.labels.iter().filter(|(name, _)| name == label) {
            add(value, "", span, out);
        }
    }
}
