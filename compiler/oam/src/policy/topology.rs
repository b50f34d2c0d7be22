//! `topology`: which clusters, and which namespace there.

use std::sync::Arc;

use crate::application::Policy;
use crate::data::{self, Value};
use crate::inventory::{Inventory, LOCAL};
use crate::metadata;
use crate::policy::{PolicyFault, TOPOLOGY, properties};
use crate::shape::{self, Misfit};

/// A cluster and the namespace forced there; an empty namespace leaves it to the objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Name of the cluster.
    pub cluster: Arc<str>,
    /// Namespace, or empty.
    pub namespace: Arc<str>,
}

/// The union of all topologies, in order and without repetitions; the control plane where there is no topology.
pub fn placements(policies: &[Policy], inventory: &Inventory) -> Result<Vec<Placement>, PolicyFault> {
    let mut all: Vec<Placement> = Vec::new();
    let mut any = false;
    for policy in policies.iter().filter(|p| &*p.kind == TOPOLOGY) {
        any = true;
        for placement in of_policy(policy, inventory)? {
            if !all.contains(&placement) {
                all.push(placement);
            }
        }
    }
    if !any {
        all.push(Placement { cluster: LOCAL.into(), namespace: "".into() });
    }
    Ok(all)
}

fn of_policy(policy: &Policy, inventory: &Inventory) -> Result<Vec<Placement>, PolicyFault> {
    let properties = properties(policy, shape::TOPOLOGY)?;
    let namespace: Arc<str> = data::text(properties, &["namespace"]).into();
    let clusters: Vec<Arc<str>> = match (properties.get("clusters"), properties.get("clusterLabelSelector")) {
        (Some(Value::List(names)), _) => names.iter().filter_map(Value::as_str).map(Into::into).collect(),
        (_, Some(selector @ Value::Map(_))) => {
            let labels = metadata::value_texts(selector).unwrap_or_default();
            let selected = inventory.select(&labels);
            if selected.is_empty() && properties.get("allowEmpty") != Some(&Value::Bool(true)) {
                let message = format!("no cluster has the labels that topology `{}` asks for", policy.name);
                return Err(PolicyFault { cluster: true, ..PolicyFault::new(policy, message) });
            }
            selected
        }
        _ => vec![LOCAL.into()],
    };
    for (i, cluster) in clusters.iter().enumerate() {
        if !inventory.has(cluster) {
            let hint = vela_diagnostics::did_you_mean(cluster, inventory.names());
            let hint = hint.map(|h| format!("; {h}")).unwrap_or_default();
            let message = format!("topology `{}` names the unknown cluster `{cluster}`{hint}", policy.name);
            let told = format!("there is no cluster `{cluster}` in the inventory{hint}");
            let misfits = vec![Misfit { path: vec!["clusters".into(), i.to_string().into()], message: told }];
            return Err(PolicyFault { cluster: true, misfits, ..PolicyFault::new(policy, message) });
        }
    }
    Ok(clusters.into_iter().map(|cluster| Placement { cluster, namespace: namespace.clone() }).collect())
}
