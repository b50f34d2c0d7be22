//! Which kinds a cluster serves: those of the data, those that left before it, and the kinds that came late. Facts of
//! <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>.

use vela_diagnostics::did_you_mean;

use crate::data::{Kind, Schemas};

/// APIs that left: API, kind (`*` for every kind), the first version without it, and what took its place.
const LEFT: &[(&str, &str, u32, &str)] = &[
    (
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration",
        22,
        "admissionregistration.k8s.io/v1",
    ),
    (
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingWebhookConfiguration",
        22,
        "admissionregistration.k8s.io/v1",
    ),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", 22, "apiextensions.k8s.io/v1"),
    ("apiregistration.k8s.io/v1beta1", "APIService", 22, "apiregistration.k8s.io/v1"),
    ("apps/v1beta1", "*", 16, "apps/v1"),
    ("apps/v1beta2", "*", 16, "apps/v1"),
    ("authentication.k8s.io/v1beta1", "TokenReview", 22, "authentication.k8s.io/v1"),
    ("authorization.k8s.io/v1beta1", "*", 22, "authorization.k8s.io/v1"),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler", 25, "autoscaling/v2"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", 26, "autoscaling/v2"),
    ("batch/v1beta1", "CronJob", 25, "batch/v1"),
    ("batch/v2alpha1", "CronJob", 21, "batch/v1"),
    ("certificates.k8s.io/v1beta1", "CertificateSigningRequest", 22, "certificates.k8s.io/v1"),
    ("coordination.k8s.io/v1beta1", "Lease", 22, "coordination.k8s.io/v1"),
    ("discovery.k8s.io/v1beta1", "EndpointSlice", 25, "discovery.k8s.io/v1"),
    ("events.k8s.io/v1beta1", "Event", 25, "events.k8s.io/v1"),
    ("extensions/v1beta1", "Ingress", 22, "networking.k8s.io/v1"),
    ("extensions/v1beta1", "NetworkPolicy", 16, "networking.k8s.io/v1"),
    ("extensions/v1beta1", "PodSecurityPolicy", 16, ""),
    ("extensions/v1beta1", "*", 16, "apps/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "*", 26, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", "*", 29, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", "*", 32, "flowcontrol.apiserver.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", "Ingress", 22, "networking.k8s.io/v1"),
    ("networking.k8s.io/v1beta1", "IngressClass", 22, "networking.k8s.io/v1"),
    ("node.k8s.io/v1beta1", "RuntimeClass", 25, "node.k8s.io/v1"),
    ("policy/v1beta1", "PodDisruptionBudget", 25, "policy/v1"),
    ("policy/v1beta1", "PodSecurityPolicy", 25, ""),
    ("rbac.authorization.k8s.io/v1alpha1", "*", 22, "rbac.authorization.k8s.io/v1"),
    ("rbac.authorization.k8s.io/v1beta1", "*", 22, "rbac.authorization.k8s.io/v1"),
    ("scheduling.k8s.io/v1beta1", "PriorityClass", 22, "scheduling.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSIDriver", 22, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSINode", 22, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "CSIStorageCapacity", 27, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "StorageClass", 22, "storage.k8s.io/v1"),
    ("storage.k8s.io/v1beta1", "VolumeAttachment", 22, "storage.k8s.io/v1"),
];

/// Kinds that clusters older than the data may not have yet: API, kind, the first version with it.
const CAME: &[(&str, &str, u32)] = &[
    ("autoscaling/v2", "HorizontalPodAutoscaler", 23),
    ("batch/v1", "CronJob", 21),
    ("discovery.k8s.io/v1", "EndpointSlice", 21),
    ("events.k8s.io/v1", "Event", 19),
    ("flowcontrol.apiserver.k8s.io/v1", "FlowSchema", 29),
    ("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", 29),
    ("networking.k8s.io/v1", "Ingress", 19),
    ("networking.k8s.io/v1", "IngressClass", 19),
    ("node.k8s.io/v1", "RuntimeClass", 20),
    ("policy/v1", "PodDisruptionBudget", 21),
    ("storage.k8s.io/v1", "CSIStorageCapacity", 24),
];

/// What a cluster makes of a kind.
#[derive(Debug)]
pub enum Served<'s> {
    /// It serves it, and this is its description; and the version that drops it, where that is known.
    Yes(&'s Kind, Option<u8>),
    /// It serves it still, and nothing is known of its fields.
    Old,
    /// It is no kind of Kubernetes itself.
    Custom,
    /// It does not serve it: why, and what to take instead.
    No(String, Option<String>),
}

/// Whether a cluster of 1.`cluster` serves the kind. `minor` is the version of the data nearest to it.
pub fn served<'s>(schemas: &'s Schemas, api: &str, kind: &str, cluster: u32, minor: u8) -> Served<'s> {
    if let Some(found) = schemas.kind(api, kind, minor) {
        if let Some((.., from)) = CAME.iter().find(|(a, k, _)| *a == api && *k == kind)
            && cluster < *from
        {
            return Served::No(format!("is there from Kubernetes 1.{from} on"), None);
        }
        let last = (found.since.to < u8::MAX).then(|| found.since.to + 1);
        return Served::Yes(found, last);
    }
    if let Some((.., gone, successor)) = LEFT.iter().find(|(a, k, ..)| *a == api && (*k == kind || *k == "*"))
    {
        return if cluster < *gone { Served::Old } else { removed(*gone, successor, kind) };
    }
    let group = |api: &str| api.rsplit_once('/').map_or(String::new(), |(g, _)| g.to_owned());
    let own = group(api);
    let ours: Vec<&Kind> = schemas.kinds().iter().filter(|k| group(k.api) == own).collect();
    if ours.is_empty() {
        // Groups of custom resources are domains; others are misspelt.
        if own.contains('.') {
            return Served::Custom;
        }
        let groups = schemas.kinds().iter().map(|k| k.api);
        return Served::No("is no API of Kubernetes".to_owned(), did_you_mean(api, groups));
    }
    let versions: Vec<&Kind> = ours.iter().copied().filter(|k| k.api == api && k.name == kind).collect();
    if let Some(found) = versions.first() {
        return if found.since.to < minor {
            let newer = ours.iter().find(|k| k.name == kind && k.since.has(minor)).map_or("", |k| k.api);
            removed(u32::from(found.since.to) + 1, newer, kind)
        } else {
            Served::No(format!("is there from Kubernetes 1.{} on", found.since.from), None)
        };
    }
    if let Some(other) = ours.iter().find(|k| k.name == kind && k.since.has(minor)) {
        return Served::No("has no such version".to_owned(), Some(format!("it is in `{}`", other.api)));
    }
    let elsewhere = schemas.kinds().iter().find(|k| k.name == kind && k.since.has(minor));
    let help = match elsewhere {
        Some(found) => Some(format!("it is in `{}`", found.api)),
        None => did_you_mean(kind, ours.iter().filter(|k| k.since.has(minor)).map(|k| k.name)),
    };
    Served::No("is no kind of this API".to_owned(), help)
}

fn removed<'s>(gone: u32, successor: &str, kind: &str) -> Served<'s> {
    let help = match successor {
        "" if kind == "PodSecurityPolicy" => {
            "its place took the admission of Pods by the namespace's labels".to_owned()
        }
        "" => return Served::No(format!("is gone since Kubernetes 1.{gone}"), None),
        api => format!("take `{api}`"),
    };
    Served::No(format!("is gone since Kubernetes 1.{gone}"), Some(help))
}
