//! What the API server asks beyond the types of fields: one file for each group of kinds. Each rule is Kubernetes'
//! (`pkg/apis/*/validation`), said in the words of a user who wrote the field.
//!
//! Rules look at what is there. They meet objects of any shape: a wrong type has been told already, and counts as absent.

mod access;
mod admission;
mod affinity;
mod autoscaling;
mod config;
mod container;
mod extension;
mod handlers;
mod meta;
mod network;
mod pod;
mod quota;
mod resources;
mod service;
mod storage;
mod volume;
mod workload;

pub use meta::selector_matches;

use crate::finding::{Findings, Node};

/// Asks the rules of the object's kind.
pub fn check(api: &str, kind: &str, at: &Node, out: &mut Findings) {
    meta::object(at, kind, out);
    let Some(spec) = at.get("spec") else {
        return without_spec(kind, at, out);
    };
    match (api, kind) {
        ("apps/v1", "Deployment") => workload::deployment(&spec, out),
        ("apps/v1", "StatefulSet") => workload::stateful_set(&spec, out),
        ("apps/v1", "DaemonSet") => workload::daemon_set(&spec, out),
        ("apps/v1", "ReplicaSet") => workload::replica_set(&spec, out),
        ("v1", "ReplicationController") => workload::replication_controller(&spec, out),
        ("batch/v1", "Job") => workload::job(&spec, out),
        ("batch/v1", "CronJob") => workload::cron_job(&spec, out),
        ("v1", "Pod") => pod::standalone(&spec, out),
        ("v1", "Service") => service::service(&spec, out),
        ("v1", "PersistentVolumeClaim") => storage::claim(&spec, out),
        ("v1", "PersistentVolume") => storage::volume(&spec, out),
        ("v1", "ResourceQuota") => quota::quota(&spec, out),
        ("v1", "LimitRange") => quota::limits(&spec, out),
        ("autoscaling/v1" | "autoscaling/v2", "HorizontalPodAutoscaler") => autoscaling::scaler(&spec, out),
        ("networking.k8s.io/v1", "Ingress") => network::ingress(at, &spec, out),
        ("networking.k8s.io/v1", "NetworkPolicy") => network::policy(&spec, out),
        ("networking.k8s.io/v1", "IngressClass") => network::class(&spec, out),
        ("coordination.k8s.io/v1", "Lease") => out.at_least(&spec, "leaseDurationSeconds", 1),
        ("policy/v1", "PodDisruptionBudget") => workload::disruption_budget(&spec, out),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition") => extension::definition(at, &spec, out),
        _ => without_spec(kind, at, out),
    }
}

fn without_spec(kind: &str, at: &Node, out: &mut Findings) {
    match kind {
        "ConfigMap" => config::config_map(at, out),
        "Secret" => config::secret(at, out),
        "Role" => access::rules(at, true, out),
        "ClusterRole" => access::rules(at, false, out),
        "RoleBinding" => access::binding(at, true, out),
        "ClusterRoleBinding" => access::binding(at, false, out),
        "StorageClass" => storage::class(at, out),
        "PriorityClass" => config::priority_class(at, out),
        "EndpointSlice" => network::endpoints(at, out),
        "RuntimeClass" => out.form(at, "handler", crate::syntax::dns_label),
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
            admission::webhooks(at, kind, out);
        }
        // Whatever needs its `spec` says so by the fields that are required in it.
        _ => needs_spec(kind, at, out),
    }
}

/// Kinds of which `spec` may be absent in the documents, and in no object that a server takes.
fn needs_spec(kind: &str, at: &Node, out: &mut Findings) {
    const KINDS: &[&str] = &[
        "DaemonSet",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "IngressClass",
        "Job",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Pod",
        "ReplicaSet",
        "Service",
        "StatefulSet",
    ];
    if KINDS.contains(&kind) {
        out.required(at, "spec");
    }
}
