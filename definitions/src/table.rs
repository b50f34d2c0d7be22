//! The list of embedded files. A test compares it with the folders.

use crate::{Embedded, Shared};

/// A definition by kind and name: the file's text and path follow from them.
macro_rules! definition {
    ($kind:literal, $name:literal) => {
        Embedded {
            kind: $kind,
            name: $name,
            source: include_str!(concat!("../", $kind, "/", $name, ".cue")),
            path: concat!($kind, "/", $name, ".cue"),
        }
    };
}

/// A file of a shared package.
macro_rules! shared {
    ($package:literal, $file:literal) => {
        Shared {
            import_path: concat!("vela-lang.dev/shared/", $package),
            file: $file,
            source: include_str!(concat!("../shared/", $package, "/", $file)),
        }
    };
}

/// A package of KubeVela's.
macro_rules! vela {
    ($package:literal) => {
        Shared {
            import_path: concat!("vela/", $package),
            file: concat!($package, ".cue"),
            source: include_str!(concat!("../vela/", $package, ".cue")),
        }
    };
}

/// Sorted by kind and name, which `lookup` relies on.
pub(crate) const DEFINITIONS: &[Embedded] = &[
    definition!("component", "cron-task"),
    definition!("component", "daemon"),
    definition!("component", "k8s-objects"),
    definition!("component", "raw"),
    definition!("component", "ref-objects"),
    definition!("component", "statefulset"),
    definition!("component", "task"),
    definition!("component", "webservice"),
    definition!("component", "worker"),
    definition!("policy", "apply-once"),
    definition!("policy", "envbinding"),
    definition!("policy", "garbage-collect"),
    definition!("policy", "override"),
    definition!("policy", "read-only"),
    definition!("policy", "replication"),
    definition!("policy", "resource-update"),
    definition!("policy", "shared-resource"),
    definition!("policy", "take-over"),
    definition!("policy", "topology"),
    definition!("trait", "affinity"),
    definition!("trait", "annotations"),
    definition!("trait", "command"),
    definition!("trait", "configmap"),
    definition!("trait", "container-image"),
    definition!("trait", "container-ports"),
    definition!("trait", "cpuscaler"),
    definition!("trait", "env"),
    definition!("trait", "expose"),
    definition!("trait", "gateway"),
    definition!("trait", "hostalias"),
    definition!("trait", "hpa"),
    definition!("trait", "ingress"),
    definition!("trait", "ingress-1-20"),
    definition!("trait", "init-container"),
    definition!("trait", "json-merge-patch"),
    definition!("trait", "json-patch"),
    definition!("trait", "k8s-update-strategy"),
    definition!("trait", "labels"),
    definition!("trait", "lifecycle"),
    definition!("trait", "nocalhost"),
    definition!("trait", "node-affinity"),
    definition!("trait", "podsecuritycontext"),
    definition!("trait", "pure-ingress"),
    definition!("trait", "pvc"),
    definition!("trait", "resource"),
    definition!("trait", "scaler"),
    definition!("trait", "securitycontext"),
    definition!("trait", "service-account"),
    definition!("trait", "service-binding"),
    definition!("trait", "sidecar"),
    definition!("trait", "startup-probe"),
    definition!("trait", "storage"),
    definition!("trait", "topologyspreadconstraints"),
    definition!("trait", "volumes"),
    definition!("workflow-step", "apply-application"),
    definition!("workflow-step", "apply-application-in-parallel"),
    definition!("workflow-step", "apply-component"),
    definition!("workflow-step", "apply-deployment"),
    definition!("workflow-step", "apply-object"),
    definition!("workflow-step", "apply-remaining"),
    definition!("workflow-step", "apply-terraform-config"),
    definition!("workflow-step", "apply-terraform-provider"),
    definition!("workflow-step", "build-push-image"),
    definition!("workflow-step", "check-metrics"),
    definition!("workflow-step", "clean-jobs"),
    definition!("workflow-step", "collect-service-endpoints"),
    definition!("workflow-step", "create-config"),
    definition!("workflow-step", "delete-config"),
    definition!("workflow-step", "depends-on-app"),
    definition!("workflow-step", "deploy"),
    definition!("workflow-step", "deploy-cloud-resource"),
    definition!("workflow-step", "deploy2env"),
    definition!("workflow-step", "deploy2runtime"),
    definition!("workflow-step", "export-data"),
    definition!("workflow-step", "export-service"),
    definition!("workflow-step", "export2config"),
    definition!("workflow-step", "export2secret"),
    definition!("workflow-step", "generate-jdbc-connection"),
    definition!("workflow-step", "list-config"),
    definition!("workflow-step", "notification"),
    definition!("workflow-step", "print-message-in-status"),
    definition!("workflow-step", "read-config"),
    definition!("workflow-step", "read-object"),
    definition!("workflow-step", "request"),
    definition!("workflow-step", "restart-workflow"),
    definition!("workflow-step", "share-cloud-resource"),
    definition!("workflow-step", "step-group"),
    definition!("workflow-step", "suspend"),
    definition!("workflow-step", "vela-cli"),
    definition!("workflow-step", "webhook"),
];

/// Sorted by package and file.
pub(crate) const SHARED: &[Shared] = &[
    shared!("pod", "claim.cue"),
    shared!("pod", "env.cue"),
    shared!("pod", "port.cue"),
    shared!("pod", "probe.cue"),
    shared!("pod", "volume.cue"),
    shared!("policy", "selector.cue"),
    shared!("workload", "containers.cue"),
];

/// Sorted by import path.
pub(crate) const VELA: &[Shared] = &[
    vela!("base64"),
    vela!("builtin"),
    vela!("config"),
    vela!("cue"),
    vela!("email"),
    vela!("helm"),
    vela!("http"),
    vela!("kube"),
    vela!("metrics"),
    vela!("multicluster"),
    vela!("oam"),
    vela!("op"),
    vela!("ql"),
    vela!("query"),
    vela!("terraform"),
    vela!("time"),
    vela!("util"),
];
