//! Ingresses and NetworkPolicies.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};
use vela_yaml::Data;

use super::{handlers, meta};
use crate::finding::{Findings, Node};
use crate::syntax;

/// The annotation that `ingressClassName` replaced.
const CLASS: &str = "kubernetes.io/ingress.class";

/// An Ingress.
pub fn ingress(at: &Node, spec: &Node, out: &mut Findings) {
    if !spec.filled("rules") && !spec.has("defaultBackend") {
        out.error(MISSING_FIELD, spec, "has neither `rules` nor a `defaultBackend`");
    }
    if let Some(default) = spec.get("defaultBackend") {
        backend(&default, out);
    }
    for rule in spec.get("rules").iter().flat_map(Node::items) {
        host(&rule, out);
        let Some(http) = rule.get("http") else { continue };
        http.get("paths").iter().flat_map(Node::items).for_each(|p| path(&p, out));
    }
    for tls in spec.get("tls").iter().flat_map(Node::items) {
        for host in tls.get("hosts").iter().flat_map(Node::items) {
            out.fault(INVALID_VALUE, &host, host_form(host.str()));
        }
        out.form(&tls, "secretName", syntax::dns_subdomain);
    }
    let class = spec.text("ingressClassName");
    out.form(spec, "ingressClassName", syntax::dns_subdomain);
    let old = at.value.at(&["metadata", "annotations", CLASS]).and_then(Data::as_str);
    if !class.is_empty() && old.is_some_and(|o| o != class) {
        let message = format!("is there beside the annotation `{CLASS}` with another class");
        out.error_in(EXCLUDED, spec, "ingressClassName", message);
    }
}

fn host_form(text: &str) -> Option<String> {
    if text.contains('*') { syntax::wildcard_subdomain(text) } else { syntax::dns_subdomain(text) }
}

fn host(rule: &Node, out: &mut Findings) {
    let host = rule.text("host");
    if host.is_empty() {
        return;
    }
    if syntax::ip(host).is_none() {
        out.error_in(
            INVALID_VALUE,
            rule,
            "host",
            format!("`{host}` is an IP address, and has to be a DNS name"),
        );
    } else {
        out.form(rule, "host", host_form);
    }
}

fn path(at: &Node, out: &mut Findings) {
    out.one_of(at, "pathType", &["Exact", "Prefix", "ImplementationSpecific"]);
    let path = at.text("path");
    let kind = at.text("pathType");
    if matches!(kind, "Exact" | "Prefix") {
        if !path.starts_with('/') {
            let message = format!("is `{path}`, and with `pathType: {kind}` has to begin with `/`");
            out.error_in(INVALID_VALUE, at, "path", message);
        }
        let bad = ["//", "/./", "/../", "%2f", "%2F"];
        if let Some(bad) = bad.iter().find(|b| path.contains(**b)) {
            out.error_in(INVALID_VALUE, at, "path", format!("`{path}` contains `{bad}`"));
        } else if path.ends_with("/..") || path.ends_with("/.") {
            out.error_in(INVALID_VALUE, at, "path", format!("`{path}` ends with a relative step"));
        }
    } else if kind == "ImplementationSpecific" && !path.is_empty() && !path.starts_with('/') {
        out.error_in(INVALID_VALUE, at, "path", format!("is `{path}`, and has to begin with `/`"));
    }
    match at.get("backend") {
        Some(backend) => self::backend(&backend, out),
        None => out.error_in(MISSING_FIELD, at, "backend", "is missing"),
    }
}

fn backend(at: &Node, out: &mut Findings) {
    if out.at_most_one(at, &["service", "resource"], "a backend is one of the two").is_empty() {
        return out.error(MISSING_FIELD, at, "has neither `service` nor `resource`");
    }
    let Some(service) = at.get("service") else { return };
    out.form(&service, "name", if out.minor >= 36 { syntax::dns_label } else { syntax::dns_1035_label });
    let Some(port) = service.get("port") else {
        return out.error_in(MISSING_FIELD, &service, "port", "is missing: a `name` or a `number`");
    };
    let number = port.int("number").filter(|n| *n != 0);
    match (port.filled("name"), number) {
        (false, None) => out.error(MISSING_FIELD, &port, "has neither `name` nor `number`"),
        (true, Some(_)) => out.error(EXCLUDED, &port, "has `name` and `number`, and takes one of them"),
        (true, None) => out.form(&port, "name", syntax::port_name),
        (false, Some(_)) => out.between(&port, "number", 1, 65535),
    }
}

/// The `spec` of a NetworkPolicy.
pub fn policy(spec: &Node, out: &mut Findings) {
    if let Some(selector) = spec.get("podSelector") {
        meta::selector(&selector, out);
    }
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.get(direction).iter().flat_map(Node::items) {
            for port in rule.get("ports").iter().flat_map(Node::items) {
                self::port(&port, out);
            }
            for peer in rule.get(peers).iter().flat_map(Node::items) {
                self::peer(&peer, out);
            }
        }
    }
    let kinds = spec.get("policyTypes");
    if kinds.as_ref().is_some_and(|k| k.items().count() > 2) {
        out.error_in(INVALID_VALUE, spec, "policyTypes", "has more than two elements");
    }
    for kind in kinds.iter().flat_map(Node::items) {
        if !matches!(kind.str(), "Ingress" | "Egress") {
            out.error(
                INVALID_VALUE,
                &kind,
                format!("is `{}`, and has to be `Ingress` or `Egress`", kind.str()),
            );
        }
    }
}

fn port(at: &Node, out: &mut Findings) {
    out.one_of(at, "protocol", &["TCP", "UDP", "SCTP"]);
    handlers::port(at, "port", out);
    let Some(end) = at.int("endPort") else { return };
    match at.int("port") {
        None => out.error_in(EXCLUDED, at, "endPort", "is there, and needs a `port` that is a number"),
        Some(start) if end < start || end > 65535 => {
            let message = format!("is {end}, and has to be between `port`, {start}, and 65535");
            out.error_in(INVALID_VALUE, at, "endPort", message);
        }
        Some(_) => {}
    }
}

fn peer(at: &Node, out: &mut Findings) {
    let selectors = ["podSelector", "namespaceSelector"];
    for selector in selectors {
        if let Some(selector) = at.get(selector) {
            meta::selector(&selector, out);
        }
    }
    let selects = selectors.iter().any(|s| at.has(s));
    match at.get("ipBlock") {
        None if !selects => out.error(MISSING_FIELD, at, "names no peer"),
        None => {}
        Some(block) => {
            if selects {
                out.error_in(
                    EXCLUDED,
                    at,
                    "ipBlock",
                    "is there beside a selector, and a peer is one of them",
                );
            }
            out.form(&block, "cidr", syntax::cidr);
            for except in block.get("except").iter().flat_map(Node::items) {
                out.fault(INVALID_VALUE, &except, syntax::cidr(except.str()));
            }
        }
    }
}

/// The `spec` of an IngressClass.
pub fn class(spec: &Node, out: &mut Findings) {
    if out.required(spec, "controller") {
        out.form(spec, "controller", syntax::domain_path);
    }
}

/// An EndpointSlice.
pub fn endpoints(at: &Node, out: &mut Findings) {
    out.one_of(at, "addressType", &["IPv4", "IPv6", "FQDN"]);
    let numeric = matches!(at.text("addressType"), "IPv4" | "IPv6");
    for endpoint in at.get("endpoints").iter().flat_map(Node::items) {
        for address in endpoint.get("addresses").iter().flat_map(Node::items) {
            let form = if numeric { syntax::ip } else { syntax::dns_subdomain };
            out.fault(INVALID_VALUE, &address, form(address.str()));
        }
    }
    for port in at.get("ports").iter().flat_map(Node::items) {
        out.form(&port, "name", syntax::dns_label);
        out.one_of(&port, "protocol", &["TCP", "UDP", "SCTP"]);
        out.form(&port, "appProtocol", syntax::qualified_name);
    }
}
