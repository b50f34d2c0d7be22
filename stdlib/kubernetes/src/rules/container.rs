//! Containers: image, ports, variables, mounts, security.

use std::collections::HashSet;

use vela_diagnostics::catalogue::kubernetes::{
    DUPLICATE_ENTRY, EXCLUDED, INVALID_VALUE, MISSING_FIELD, NAMES_NOTHING,
};
use vela_diagnostics::{Severity, did_you_mean};
use vela_yaml::Data;

use super::pod::Scene;
use super::{handlers, resources, volume};
use crate::finding::{Findings, Node, Step};
use crate::syntax;

/// What a variable can take from its Pod.
const FIELDS: &[&str] = &[
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// What a variable or file can take from a container's resources.
const RESOURCES: &[&str] = &[
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
];

/// What happens to a container that ends.
const RESTARTS: &[&str] = &["Always", "OnFailure", "Never"];

/// The containers of a Pod.
pub fn containers(spec: &Node, scene: &Scene, out: &mut Findings) {
    let mut names: HashSet<&str> = HashSet::new();
    let mut host_ports = HashSet::new();
    if let Some(list) = spec.get("containers") {
        for at in list.items() {
            names.insert(at.text("name"));
            container(&at, scene, out);
            handlers::of_container(&at, scene, out);
            unique_host_ports(&at, &mut host_ports, out);
            out.one_of(&at, "restartPolicy", RESTARTS);
            if out.minor < 35 && at.filled("restartPolicy") {
                let message = "is for init containers before Kubernetes 1.35";
                out.error_in(EXCLUDED, &at, "restartPolicy", message);
            }
        }
    }
    for at in spec.get("initContainers").iter().flat_map(Node::items) {
        container(&at, scene, out);
        unique_host_ports(&at, &mut HashSet::new(), out);
        out.one_of(&at, "restartPolicy", if out.minor < 35 { &["Always"] } else { RESTARTS });
        let name = at.text("name");
        if !name.is_empty() && names.contains(name) {
            let message = format!("`{name}` is the name of another container already");
            out.error_in(DUPLICATE_ENTRY, &at, "name", message);
        }
        if at.text("restartPolicy") == "Always" {
            handlers::of_container(&at, scene, out);
            continue;
        }
        for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if at.has(field) {
                let message = "is only for init containers with `restartPolicy: Always`";
                out.error_in(EXCLUDED, &at, field, message);
            }
        }
    }
}

fn container(at: &Node, scene: &Scene, out: &mut Findings) {
    out.form(at, "name", syntax::dns_label);
    out.required(at, "image");
    out.one_of(at, "imagePullPolicy", &["Always", "IfNotPresent", "Never"]);
    out.one_of(at, "terminationMessagePolicy", &["File", "FallbackToLogsOnError"]);
    ports(at, out);
    for variable in at.get("env").iter().flat_map(Node::items) {
        self::variable(&variable, out);
    }
    for source in at.get("envFrom").iter().flat_map(Node::items) {
        variables_from(&source, out);
    }
    volume::mounts(at, scene, out);
    if let Some(given) = at.get("resources") {
        resources::requirements(&given, out);
        for claim in given.get("claims").iter().flat_map(Node::items) {
            let name = claim.text("name");
            if !name.is_empty() && !scene.claims.contains(name) {
                let message = format!("`{name}` is none of the Pod's `resourceClaims`");
                out.error_in(NAMES_NOTHING, &claim, "name", message);
            }
        }
    }
    for policy in at.get("resizePolicy").iter().flat_map(Node::items) {
        out.one_of(&policy, "resourceName", &["cpu", "memory"]);
        out.one_of(&policy, "restartPolicy", &["NotRequired", "RestartContainer"]);
        if scene.never && policy.text("restartPolicy") == "RestartContainer" {
            let message = "has to be `NotRequired` while the Pod is never restarted";
            out.error_in(INVALID_VALUE, &policy, "restartPolicy", message);
        }
    }
    if let Some(context) = at.get("securityContext") {
        security(&context, out);
    }
}

fn ports(at: &Node, out: &mut Findings) {
    let mut names = HashSet::new();
    for port in at.get("ports").iter().flat_map(Node::items) {
        let name = port.text("name");
        out.form(&port, "name", syntax::port_name);
        if !name.is_empty() && !names.insert(name) {
            out.error_in(DUPLICATE_ENTRY, &port, "name", format!("`{name}` is the name of two ports"));
        }
        out.between(&port, "containerPort", 1, 65535);
        if port.int("hostPort") != Some(0) {
            out.between(&port, "hostPort", 1, 65535);
        }
        out.one_of(&port, "protocol", &["TCP", "UDP", "SCTP"]);
    }
}

fn unique_host_ports(at: &Node, seen: &mut HashSet<String>, out: &mut Findings) {
    for port in at.get("ports").iter().flat_map(Node::items) {
        let Some(number) = port.int("hostPort").filter(|n| *n != 0) else { continue };
        let protocol = match port.text("protocol") {
            "" => "TCP",
            protocol => protocol,
        };
        if !seen.insert(format!("{protocol}/{}/{number}", port.text("hostIP"))) {
            out.error_in(DUPLICATE_ENTRY, &port, "hostPort", format!("{number} is taken twice on the node"));
        }
    }
}

fn variable(at: &Node, out: &mut Findings) {
    out.form(at, "name", syntax::environment_name);
    let Some(from) = at.get("valueFrom") else { return };
    const SOURCES: &[&str] =
        &["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    let there = out.at_most_one(&from, SOURCES, "a variable has one source");
    if there.is_empty() {
        let message = format!("has no source: one of {}", crate::finding::listed(SOURCES));
        out.error(MISSING_FIELD, &from, message);
    } else if at.filled("value") {
        out.error(EXCLUDED, &from, "is there beside `value`: a variable has one of the two");
    }
    if let Some(field) = from.get("fieldRef") {
        field_path(&field, FIELDS, false, out);
    }
    if let Some(field) = from.get("resourceFieldRef") {
        resource_field(&field, out);
    }
    for source in ["configMapKeyRef", "secretKeyRef"] {
        if let Some(source) = from.get(source) {
            if out.required(&source, "name") {
                out.form(&source, "name", syntax::dns_subdomain);
            }
            out.form(&source, "key", syntax::config_key);
        }
    }
}

/// A field of the Pod. `whole` are the maps that a file may take as a whole.
pub fn field_path(at: &Node, allowed: &[&str], whole: bool, out: &mut Findings) {
    let path = at.text("fieldPath");
    let version = at.text("apiVersion");
    if path.is_empty() || !matches!(version, "" | "v1") {
        return;
    }
    let bracket = path.strip_suffix("']").and_then(|p| p.split_once("['"));
    let fault = match bracket {
        Some(("metadata.labels", key)) => syntax::qualified_name(key),
        Some(("metadata.annotations", key)) => syntax::qualified_name(&key.to_lowercase()),
        Some((field, _)) => Some(format!("`{field}` has no keys to choose from")),
        None if allowed.contains(&path) => None,
        None if whole && matches!(path, "metadata.labels" | "metadata.annotations") => None,
        None => {
            let mut way = at.path();
            way.push(Step::Name("fieldPath".into()));
            let message =
                format!("`{path}` is no field that can be taken: {}", crate::finding::listed(allowed));
            let near = did_you_mean(path, allowed.iter().copied());
            return out.push(INVALID_VALUE, Severity::Error, way, message, near);
        }
    };
    if let Some(message) = fault {
        out.error_in(INVALID_VALUE, at, "fieldPath", message);
    }
}

/// A resource of a container.
pub fn resource_field(at: &Node, out: &mut Findings) {
    let name = at.text("resource");
    let huge = name.starts_with("limits.hugepages-") || name.starts_with("requests.hugepages-");
    if !name.is_empty() && !huge {
        out.one_of(at, "resource", RESOURCES);
    }
}

fn variables_from(at: &Node, out: &mut Findings) {
    out.form(at, "prefix", syntax::environment_name);
    let sources = ["configMapRef", "secretRef"];
    if out.at_most_one(at, &sources, "variables come from one of the two").is_empty() {
        out.error(MISSING_FIELD, at, "has no source: `configMapRef` or `secretRef`");
    }
    for source in sources {
        if let Some(source) = at.get(source)
            && out.required(&source, "name")
        {
            out.form(&source, "name", syntax::dns_subdomain);
        }
    }
}

fn security(context: &Node, out: &mut Findings) {
    identity(context, out);
    out.one_of(context, "procMount", &["Default", "Unmasked"]);
    if context.flag("allowPrivilegeEscalation") != Some(false) {
        return;
    }
    if context.flag("privileged") == Some(true) {
        let message = "cannot be false while `privileged` is true";
        out.error_in(EXCLUDED, context, "allowPrivilegeEscalation", message);
    }
    let added = context.value.at(&["capabilities", "add"]).and_then(Data::as_list).unwrap_or_default();
    if added.iter().any(|c| c.as_str() == Some("CAP_SYS_ADMIN")) {
        let message = "cannot be false with the capability `CAP_SYS_ADMIN`";
        out.error_in(EXCLUDED, context, "allowPrivilegeEscalation", message);
    }
}

/// What the security of Pods and containers has in common.
pub fn identity(context: &Node, out: &mut Findings) {
    out.between(context, "runAsUser", 0, i64::from(i32::MAX));
    out.between(context, "runAsGroup", 0, i64::from(i32::MAX));
    for profile in ["seccompProfile", "appArmorProfile"] {
        let Some(profile) = context.get(profile) else { continue };
        out.one_of(&profile, "type", &["Localhost", "RuntimeDefault", "Unconfined"]);
        match (profile.text("type"), profile.filled("localhostProfile")) {
            ("Localhost", false) => {
                out.error_in(
                    MISSING_FIELD,
                    &profile,
                    "localhostProfile",
                    "is missing, and `Localhost` needs it",
                );
            }
            (kind, true) if kind != "Localhost" => {
                let message = format!("is there, and only `type: Localhost` takes it, not `{kind}`");
                out.error_in(EXCLUDED, &profile, "localhostProfile", message);
            }
            _ => {}
        }
    }
}
