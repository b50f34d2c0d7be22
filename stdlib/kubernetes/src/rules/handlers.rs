//! Probes and lifecycle hooks: one handler each, and what it needs.

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};
use vela_number::Number;
use vela_yaml::Data;

use super::pod::Scene;
use crate::finding::{Findings, Node, listed};
use crate::syntax;

/// The probes and hooks of a container.
pub fn of_container(at: &Node, scene: &Scene, out: &mut Findings) {
    for kind in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = at.get(kind) {
            self::probe(&probe, kind, out);
        }
    }
    let Some(lifecycle) = at.get("lifecycle") else { return };
    for hook in ["postStart", "preStop"] {
        let Some(hook) = lifecycle.get(hook) else { continue };
        handler(&hook, &["exec", "httpGet", "tcpSocket", "sleep"], out);
        let seconds = hook.get("sleep").map(|s| s.int("seconds").unwrap_or(0));
        if let Some(n) = seconds.filter(|n| !(0..=scene.grace).contains(n)) {
            let message = format!("sleeps {n} seconds, and the Pod has {} to stop", scene.grace);
            out.error_in(INVALID_VALUE, &hook, "sleep", message);
        }
    }
    if lifecycle.filled("stopSignal") && !scene.os {
        out.error_in(EXCLUDED, &lifecycle, "stopSignal", "needs `os.name` in the Pod");
    }
}

fn probe(at: &Node, kind: &str, out: &mut Findings) {
    handler(at, &["exec", "httpGet", "tcpSocket", "grpc"], out);
    for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"] {
        out.at_least(at, field, 0);
    }
    match at.int("successThreshold") {
        // 0 stands for the default, 1.
        Some(n) if kind != "readinessProbe" && !matches!(n, 0 | 1) => {
            out.error_in(
                INVALID_VALUE,
                at,
                "successThreshold",
                format!("is {n}, and has to be 1 in a {kind}"),
            );
        }
        _ => out.at_least(at, "successThreshold", 0),
    }
    if !at.has("terminationGracePeriodSeconds") {
        return;
    }
    if kind == "readinessProbe" {
        out.error_in(EXCLUDED, at, "terminationGracePeriodSeconds", "is not for a readinessProbe");
    } else {
        out.at_least(at, "terminationGracePeriodSeconds", 1);
    }
}

fn handler(at: &Node, kinds: &[&str], out: &mut Findings) {
    if out.at_most_one(at, kinds, "there can be one handler").is_empty() {
        return out.error(MISSING_FIELD, at, format!("has no handler: one of {}", listed(kinds)));
    }
    if let Some(exec) = at.get("exec") {
        out.required(&exec, "command");
    }
    if let Some(http) = at.get("httpGet") {
        port(&http, "port", out);
        out.one_of(&http, "scheme", &["HTTP", "HTTPS"]);
        for header in http.get("httpHeaders").iter().flat_map(Node::items) {
            out.form(&header, "name", syntax::header_name);
        }
    }
    if let Some(tcp) = at.get("tcpSocket") {
        port(&tcp, "port", out);
    }
    if let Some(grpc) = at.get("grpc") {
        out.between(&grpc, "port", 1, 65535);
    }
}

/// A port by number or name, where it is there.
pub fn port(at: &Node, field: &str, out: &mut Findings) {
    let fault = match at.value.get(field) {
        Some(Data::Num(n)) => Number::to_i64(n).and_then(syntax::port_number),
        Some(Data::Str(name)) => syntax::port_name(name),
        _ => None,
    };
    if let Some(message) = fault {
        out.error_in(INVALID_VALUE, at, field, message);
    }
}
