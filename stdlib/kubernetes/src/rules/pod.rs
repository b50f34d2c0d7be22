//! A Pod's `spec`, alone and in a template.

use std::collections::{HashMap, HashSet};

use vela_diagnostics::catalogue::kubernetes::{DUPLICATE_ENTRY, EXCLUDED, INVALID_VALUE, MISSING_FIELD};

use super::{affinity, container, meta, resources, volume};
use crate::finding::{Findings, Node};
use crate::syntax;

/// What the containers of a Pod may refer to.
pub struct Scene<'a> {
    /// Names of volumes, with whether a claim is behind them.
    pub volumes: HashMap<&'a str, bool>,
    /// Names of resource claims.
    pub claims: HashSet<&'a str>,
    /// How long the Pod has to stop.
    pub grace: i64,
    /// `restartPolicy: Never`.
    pub never: bool,
    /// Whether `os` is given.
    pub os: bool,
}

/// A Pod of its own.
pub fn standalone(spec: &Node, out: &mut Findings) {
    check(spec, &[], out);
}

/// A template. `claims` are the names of volumes that come from elsewhere; `restart` the policies that the workload
/// allows, the first the one it needs.
pub fn template(owner: &Node, claims: &[&str], restart: &[&str], out: &mut Findings) {
    let Some(template) = owner.get("template") else {
        return out.error_in(MISSING_FIELD, owner, "template", "is missing");
    };
    if let Some(metadata) = template.get("metadata") {
        meta::labels(&metadata, out);
    }
    let Some(spec) = template.get("spec") else {
        return out.error_in(MISSING_FIELD, &template, "spec", "is missing");
    };
    check(&spec, claims, out);
    let policy = spec.text("restartPolicy");
    let given = if policy.is_empty() { "Always" } else { policy };
    if !restart.contains(&given) {
        let shown = crate::finding::listed(restart);
        if policy.is_empty() {
            let message = format!("is missing, and has to be {shown} in this kind of workload");
            out.error_in(MISSING_FIELD, &spec, "restartPolicy", message);
        } else {
            let message = format!("is `{policy}`, and has to be {shown} in this kind of workload");
            out.error_in(INVALID_VALUE, &spec, "restartPolicy", message);
        }
    }
    if restart == ["Always"] && spec.has("activeDeadlineSeconds") {
        out.error_in(EXCLUDED, &spec, "activeDeadlineSeconds", "is for Jobs and single Pods");
    }
    if spec.filled("ephemeralContainers") {
        out.error_in(EXCLUDED, &spec, "ephemeralContainers", "cannot be part of a template");
    }
}

fn check(spec: &Node, claims: &[&str], out: &mut Findings) {
    let mut volumes = volume::volumes(spec, out);
    volumes.extend(claims.iter().map(|name| (*name, true)));
    let resource_claims =
        spec.value.get("resourceClaims").and_then(vela_yaml::Data::as_list).unwrap_or_default();
    let scene = Scene {
        volumes,
        claims: resource_claims.iter().filter_map(|c| c.get("name")?.as_str()).collect(),
        grace: spec.int("terminationGracePeriodSeconds").unwrap_or(30),
        never: spec.text("restartPolicy") == "Never",
        os: spec.has("os"),
    };
    container::containers(spec, &scene, out);
    out.one_of(spec, "restartPolicy", &["Always", "OnFailure", "Never"]);
    if let Some(labels) = spec.get("nodeSelector") {
        meta::label_map(&labels, out);
    }
    for field in ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"] {
        out.form(spec, field, syntax::dns_subdomain);
    }
    // Where its StatefulSet names the Pod, these two are not looked at.
    if claims.is_empty() {
        out.form(spec, "hostname", syntax::dns_label);
        out.form(spec, "subdomain", syntax::dns_label);
    }
    out.between(spec, "activeDeadlineSeconds", 1, i64::from(i32::MAX));
    out.one_of(spec, "preemptionPolicy", &["PreemptLowerPriority", "Never"]);
    dns(spec, out);
    host(spec, out);
    security(spec, out);
    resource_claim_sources(spec, out);
    affinity::pod(spec, out);
    if let Some(resources) = spec.get("resources") {
        resources::pod_level(&resources, out);
    }
    for gate in spec.get("readinessGates").iter().flat_map(Node::items) {
        out.form(&gate, "conditionType", syntax::qualified_name);
    }
    for gate in spec.get("schedulingGates").iter().flat_map(Node::items) {
        out.form(&gate, "name", syntax::qualified_name);
    }
    if let Some(os) = spec.get("os") {
        out.one_of(&os, "name", &["linux", "windows"]);
    }
}

fn dns(spec: &Node, out: &mut Findings) {
    out.one_of(spec, "dnsPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"]);
    let config = spec.get("dnsConfig");
    let servers = config.as_ref().and_then(|c| c.get("nameservers")).map_or(0, |n| n.items().count());
    if spec.text("dnsPolicy") == "None" && servers == 0 {
        let message = "is missing, and `dnsPolicy: None` needs a server in `nameservers`";
        out.error_in(MISSING_FIELD, spec, "dnsConfig", message);
    }
    let Some(config) = config else { return };
    if servers > 3 {
        out.error_in(INVALID_VALUE, &config, "nameservers", format!("has {servers} servers, and may have 3"));
    }
    for server in config.get("nameservers").iter().flat_map(Node::items) {
        out.fault(INVALID_VALUE, &server, syntax::ip(server.str()));
    }
    for search in config.get("searches").iter().flat_map(Node::items) {
        let name = search.str().trim_end_matches('.').replace('_', "-");
        if !name.is_empty() {
            out.fault(INVALID_VALUE, &search, syntax::dns_subdomain(name.trim_matches('-')));
        }
    }
    for option in config.get("options").iter().flat_map(Node::items) {
        out.required(&option, "name");
    }
}

fn host(spec: &Node, out: &mut Findings) {
    for alias in spec.get("hostAliases").iter().flat_map(Node::items) {
        out.form(&alias, "ip", syntax::ip);
        for name in alias.get("hostnames").iter().flat_map(Node::items) {
            out.fault(INVALID_VALUE, &name, syntax::dns_subdomain(name.str()));
        }
    }
    if spec.flag("hostPID") == Some(true) && spec.flag("shareProcessNamespace") == Some(true) {
        out.error_in(EXCLUDED, spec, "shareProcessNamespace", "cannot be true together with `hostPID`");
    }
    if spec.flag("hostUsers") == Some(false) {
        for field in ["hostPID", "hostIPC"] {
            if spec.flag(field) == Some(true) {
                out.error_in(EXCLUDED, spec, field, "cannot be true while `hostUsers` is false");
            }
        }
    }
    if spec.flag("hostNetwork") != Some(true) {
        return;
    }
    for container in spec.get("containers").iter().flat_map(Node::items) {
        for port in container.get("ports").iter().flat_map(Node::items) {
            let (host, own) = (port.int("hostPort").unwrap_or(0), port.int("containerPort"));
            if host != 0 && Some(host) != own {
                let message = format!("is {host}, and has to equal `containerPort` with `hostNetwork`");
                out.error_in(INVALID_VALUE, &port, "hostPort", message);
            }
        }
    }
}

fn security(spec: &Node, out: &mut Findings) {
    let Some(context) = spec.get("securityContext") else { return };
    container::identity(&context, out);
    out.between(&context, "fsGroup", 0, i64::from(i32::MAX));
    out.one_of(&context, "fsGroupChangePolicy", &["Always", "OnRootMismatch"]);
    out.one_of(&context, "supplementalGroupsPolicy", &["Merge", "Strict"]);
    for group in context.get("supplementalGroups").iter().flat_map(Node::items) {
        let n = group.value.as_num().and_then(vela_number::Number::to_i64);
        if n.is_some_and(|n| !(0..=i64::from(i32::MAX)).contains(&n)) {
            out.error(INVALID_VALUE, &group, "is no group: 0 to 2147483647");
        }
    }
    let mut seen = HashSet::new();
    for sysctl in context.get("sysctls").iter().flat_map(Node::items) {
        let name = sysctl.text("name");
        if !name.is_empty() && !seen.insert(name.replace('/', ".")) {
            out.error_in(DUPLICATE_ENTRY, &sysctl, "name", format!("`{name}` is there twice"));
        }
        let plain =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b'/');
        if !name.bytes().all(plain) || name.len() > 253 {
            out.error_in(INVALID_VALUE, &sysctl, "name", format!("`{name}` is no name of a sysctl"));
        }
    }
}

fn resource_claim_sources(spec: &Node, out: &mut Findings) {
    for claim in spec.get("resourceClaims").iter().flat_map(Node::items) {
        out.form(&claim, "name", syntax::dns_label);
        let names = ["resourceClaimName", "resourceClaimTemplateName"];
        if out.at_most_one(&claim, &names, "a claim has one source").is_empty() {
            out.error(MISSING_FIELD, &claim, "names neither a resource claim nor a template of one");
        }
    }
}
