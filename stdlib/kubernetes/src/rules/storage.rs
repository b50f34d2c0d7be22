//! Claims, volumes and classes of storage.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};
use vela_yaml::Data;

use super::{affinity, meta};
use crate::finding::{Findings, Node};
use crate::syntax;

const MODES: &[&str] = &["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"];

/// Fields of a PersistentVolume's `spec` that are no source of storage.
const NO_SOURCE: &[&str] = &[
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

fn modes(spec: &Node, out: &mut Findings) {
    out.required(spec, "accessModes");
    let mut alone = false;
    let mut count = 0;
    for mode in spec.get("accessModes").iter().flat_map(Node::items) {
        count += 1;
        alone |= mode.str() == "ReadWriteOncePod";
        if !MODES.contains(&mode.str()) {
            let message =
                format!("is `{}`, and has to be one of {}", mode.str(), crate::finding::listed(MODES));
            out.error(INVALID_VALUE, &mode, message);
        }
    }
    if alone && count > 1 {
        out.error_in(EXCLUDED, spec, "accessModes", "has `ReadWriteOncePod` beside other modes");
    }
    out.one_of(spec, "volumeMode", &["Filesystem", "Block"]);
    out.form(spec, "storageClassName", syntax::dns_subdomain);
    out.form(spec, "volumeAttributesClassName", syntax::dns_subdomain);
}

/// The `spec` of a claim.
pub fn claim(spec: &Node, out: &mut Findings) {
    modes(spec, out);
    let size = spec.value.at(&["resources", "requests", "storage"]).filter(|v| **v != Data::Null);
    match size.map(syntax::quantity) {
        None => out.error_in(MISSING_FIELD, spec, "resources", "has no `requests.storage`"),
        Some(Ok(n)) if n <= 0.0 => {
            out.error_in(
                INVALID_VALUE,
                spec,
                "resources",
                "asks for no storage: `requests.storage` has to be more than 0",
            );
        }
        Some(_) => {}
    }
    if let Some(selector) = spec.get("selector") {
        meta::selector(&selector, out);
    }
    let Some(source) = spec.get("dataSourceRef") else { return };
    out.form(&source, "apiGroup", syntax::dns_subdomain);
    out.form(&source, "namespace", syntax::dns_label);
    let kind = source.text("kind");
    if !source.filled("apiGroup") && !matches!(kind, "" | "PersistentVolumeClaim") {
        let message = format!("is missing, and `kind: {kind}` is in no core API");
        out.error_in(MISSING_FIELD, &source, "apiGroup", message);
    }
    // The older field counts for two kinds; of others the server drops it.
    let Some(old) = spec.get("dataSource") else { return };
    let group = old.text("apiGroup");
    let counts = matches!(
        (group, old.text("kind")),
        ("", "PersistentVolumeClaim") | ("snapshot.storage.k8s.io", "VolumeSnapshot")
    );
    if counts && source.filled("namespace") {
        out.error_in(EXCLUDED, spec, "dataSource", "is there beside a `dataSourceRef` with a namespace");
    } else if counts && ["apiGroup", "kind", "name"].iter().any(|f| old.text(f) != source.text(f)) {
        out.error_in(
            EXCLUDED,
            spec,
            "dataSource",
            "is there beside a `dataSourceRef` that names something else",
        );
    }
}

/// The `spec` of a PersistentVolume.
pub fn volume(spec: &Node, out: &mut Findings) {
    modes(spec, out);
    if out.required(spec, "capacity")
        && let Some(capacity) = spec.get("capacity")
    {
        if !capacity.has("storage") {
            out.error_in(MISSING_FIELD, &capacity, "storage", "is missing");
        }
        for (name, amount) in capacity.fields() {
            if name != "storage" {
                out.error(INVALID_VALUE, &amount, "is no capacity of a volume: only `storage` is");
            } else if syntax::quantity(amount.value).is_ok_and(|n| n <= 0.0) {
                out.error(INVALID_VALUE, &amount, "has to be more than 0");
            }
        }
    }
    out.one_of(spec, "persistentVolumeReclaimPolicy", &["Retain", "Recycle", "Delete"]);
    let sources: Vec<&str> =
        spec.fields().map(|(n, _)| n).filter(|n| !NO_SOURCE.contains(n) && spec.has(n)).collect();
    if out.at_most_one(spec, &sources, "a volume has one source").is_empty() {
        out.error(MISSING_FIELD, spec, "has no source of storage, such as `csi` or `nfs`");
    }
    if let Some(nfs) = spec.get("nfs") {
        out.form(&nfs, "path", syntax::absolute_path);
    }
    if let Some(local) = spec.get("nodeAffinity") {
        match local.get("required") {
            Some(terms) => affinity::node_selector(&terms, out),
            None => out.error_in(MISSING_FIELD, &local, "required", "is missing"),
        }
    } else if spec.has("local") {
        out.error_in(MISSING_FIELD, spec, "nodeAffinity", "is missing, and a `local` volume needs it");
    }
}

/// A StorageClass.
pub fn class(at: &Node, out: &mut Findings) {
    out.form(at, "provisioner", |text| syntax::qualified_name(&text.to_lowercase()));
    out.one_of(at, "reclaimPolicy", &["Delete", "Retain"]);
    out.one_of(at, "volumeBindingMode", &["Immediate", "WaitForFirstConsumer"]);
    for (name, parameter) in at.get("parameters").iter().flat_map(Node::fields) {
        if name.is_empty() {
            out.error(INVALID_VALUE, &parameter, "has an empty name");
        }
    }
}
