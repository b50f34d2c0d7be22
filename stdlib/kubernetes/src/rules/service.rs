//! Services.

use std::collections::HashSet;

use vela_diagnostics::catalogue::kubernetes::{DUPLICATE_ENTRY, EXCLUDED, INVALID_VALUE, MISSING_FIELD};
use vela_yaml::Data;

use super::{handlers, meta};
use crate::finding::{Findings, Node};
use crate::syntax;

/// A Service's `spec`.
pub fn service(spec: &Node, out: &mut Findings) {
    let kind = match spec.text("type") {
        "" => "ClusterIP",
        kind => kind,
    };
    out.one_of(spec, "type", &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]);
    let first = spec.value.get("clusterIPs").and_then(Data::as_list).and_then(|l| l.first()?.as_str());
    let headless = spec.text("clusterIP") == "None" || first == Some("None");
    if headless && matches!(kind, "NodePort" | "LoadBalancer") {
        out.error_in(EXCLUDED, spec, "clusterIP", format!("cannot be `None` in a Service of type {kind}"));
    }
    if kind == "ExternalName" {
        external_name(spec, out);
    } else if !headless {
        out.required(spec, "ports");
    }
    ports(spec, kind, out);
    if let Some(selector) = spec.get("selector") {
        meta::label_map(&selector, out);
    }
    session(spec, out);
    addresses(spec, out);
    traffic(spec, kind, out);
}

fn external_name(spec: &Node, out: &mut Findings) {
    if out.required(spec, "externalName")
        && let Some(message) = syntax::dns_subdomain(spec.text("externalName").trim_end_matches('.'))
    {
        out.error_in(INVALID_VALUE, spec, "externalName", message);
    }
    for field in ["clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
        if spec.filled(field) {
            out.error_in(EXCLUDED, spec, field, "is not for a Service of type ExternalName");
        }
    }
}

fn ports(spec: &Node, kind: &str, out: &mut Findings) {
    let Some(list) = spec.get("ports") else { return };
    let several = list.items().count() > 1;
    let (mut names, mut nodes) = (HashSet::new(), HashSet::new());
    for port in list.items() {
        let name = port.text("name");
        if name.is_empty() && several {
            out.error_in(
                MISSING_FIELD,
                &port,
                "name",
                "is missing, and every one of several ports needs a name",
            );
        }
        out.form(&port, "name", syntax::dns_label);
        if !name.is_empty() && !names.insert(name) {
            out.error_in(DUPLICATE_ENTRY, &port, "name", format!("`{name}` is the name of two ports"));
        }
        out.between(&port, "port", 1, 65535);
        out.one_of(&port, "protocol", &["TCP", "UDP", "SCTP"]);
        // 0 and nothing stand for the Service's own port.
        if port.filled("targetPort") && port.int("targetPort") != Some(0) {
            handlers::port(&port, "targetPort", out);
        }
        out.form(&port, "appProtocol", syntax::qualified_name);
        let Some(node) = port.int("nodePort").filter(|n| *n != 0) else { continue };
        if kind == "ClusterIP" {
            let message = "is there, and a Service of type ClusterIP has none";
            out.error_in(EXCLUDED, &port, "nodePort", message);
        }
        if !nodes.insert((port.text("protocol").replace("TCP", ""), node)) {
            out.error_in(DUPLICATE_ENTRY, &port, "nodePort", format!("{node} is there twice"));
        }
    }
}

fn session(spec: &Node, out: &mut Findings) {
    out.one_of(spec, "sessionAffinity", &["None", "ClientIP"]);
    let Some(config) = spec.get("sessionAffinityConfig") else { return };
    // Without affinity the server drops its configuration.
    if let Some(client) = config.get("clientIP")
        && spec.text("sessionAffinity") == "ClientIP"
    {
        out.between(&client, "timeoutSeconds", 1, 86400);
    }
}

fn addresses(spec: &Node, out: &mut Findings) {
    let address = |text: &str| if matches!(text, "" | "None") { None } else { syntax::ip(text) };
    out.form(spec, "clusterIP", |text| if text == "None" { None } else { syntax::ip(text) });
    for ip in spec.get("clusterIPs").iter().flat_map(Node::items) {
        out.fault(INVALID_VALUE, &ip, address(ip.str()));
    }
    for ip in spec.get("externalIPs").iter().flat_map(Node::items) {
        out.fault(INVALID_VALUE, &ip, syntax::ip(ip.str()));
    }
    for family in spec.get("ipFamilies").iter().flat_map(Node::items) {
        if !matches!(family.str(), "IPv4" | "IPv6") {
            out.error(
                INVALID_VALUE,
                &family,
                format!("is `{}`, and has to be `IPv4` or `IPv6`", family.str()),
            );
        }
    }
    out.one_of(spec, "ipFamilyPolicy", &["SingleStack", "PreferDualStack", "RequireDualStack"]);
}

fn traffic(spec: &Node, kind: &str, out: &mut Findings) {
    let balanced = kind == "LoadBalancer";
    for field in ["loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts"] {
        if spec.filled(field) && !balanced {
            out.error_in(EXCLUDED, spec, field, format!("is for Services of type LoadBalancer, not {kind}"));
        }
    }
    for range in spec.get("loadBalancerSourceRanges").iter().flat_map(Node::items) {
        out.fault(INVALID_VALUE, &range, syntax::cidr(range.str().trim()));
    }
    out.one_of(spec, "externalTrafficPolicy", &["Cluster", "Local"]);
    let external = matches!(kind, "NodePort" | "LoadBalancer") || spec.filled("externalIPs");
    if spec.filled("externalTrafficPolicy") && !external {
        let message = format!("is for Services that are reached from outside, not of type {kind}");
        out.error_in(EXCLUDED, spec, "externalTrafficPolicy", message);
    }
    out.one_of(spec, "internalTrafficPolicy", &["Cluster", "Local"]);
    let local = balanced && spec.text("externalTrafficPolicy") == "Local";
    if spec.int("healthCheckNodePort").is_some_and(|n| n != 0) && !local {
        let message = "needs `type: LoadBalancer` and `externalTrafficPolicy: Local`";
        out.error_in(EXCLUDED, spec, "healthCheckNodePort", message);
    }
    let near: &[&str] =
        if out.minor >= 34 { &["PreferClose", "PreferSameZone", "PreferSameNode"] } else { &["PreferClose"] };
    out.one_of(spec, "trafficDistribution", near);
}
