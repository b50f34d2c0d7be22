//! ConfigMaps, Secrets and PriorityClasses.

use base64::Engine as _;
use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};

use crate::finding::{Findings, Node};
use crate::syntax;

/// Most bytes of all values together.
const LARGEST: usize = 1 << 20;

/// A ConfigMap.
pub fn config_map(at: &Node, out: &mut Findings) {
    let binary = at.get("binaryData");
    let mut size = 0;
    for (key, value) in at.get("data").iter().flat_map(Node::fields) {
        out.fault(INVALID_VALUE, &value, syntax::config_key(key));
        size += value.str().len();
        if binary.as_ref().is_some_and(|b| b.value.get(key).is_some()) {
            out.error(EXCLUDED, &value, "is there in `binaryData` too");
        }
    }
    for (key, value) in binary.iter().flat_map(Node::fields) {
        out.fault(INVALID_VALUE, &value, syntax::config_key(key));
        size += value.str().len() / 4 * 3;
    }
    if size > LARGEST {
        out.error(INVALID_VALUE, at, format!("has {size} bytes of data, and may have {LARGEST}"));
    }
}

/// A Secret. Its values never become part of a message.
pub fn secret(at: &Node, out: &mut Findings) {
    let mut size = 0;
    for list in ["data", "stringData"] {
        for (key, value) in at.get(list).iter().flat_map(Node::fields) {
            out.fault(INVALID_VALUE, &value, syntax::config_key(key));
            size += if list == "data" { value.str().len() / 4 * 3 } else { value.str().len() };
        }
    }
    if size > LARGEST {
        out.error(INVALID_VALUE, at, format!("has {size} bytes of data, and may have {LARGEST}"));
    }
    let has = |key: &str| {
        ["stringData", "data"].iter().any(|list| at.value.get(list).and_then(|d| d.get(key)).is_some())
    };
    let kind = at.text("type");
    let needs = |key: &str, out: &mut Findings| {
        if !has(key) {
            out.error_in(
                MISSING_FIELD,
                at,
                "data",
                format!("has no `{key}`, which a Secret of type `{kind}` needs"),
            );
        }
    };
    match kind {
        "kubernetes.io/tls" => ["tls.crt", "tls.key"].iter().for_each(|key| needs(key, out)),
        "kubernetes.io/ssh-auth" => needs("ssh-privatekey", out),
        "kubernetes.io/basic-auth" if !has("username") && !has("password") => needs("username", out),
        "kubernetes.io/dockerconfigjson" => docker(at, ".dockerconfigjson", &needs, out),
        "kubernetes.io/dockercfg" => docker(at, ".dockercfg", &needs, out),
        "kubernetes.io/service-account-token" => {
            let name = at.value.at(&["metadata", "annotations", "kubernetes.io/service-account.name"]);
            if name.and_then(vela_yaml::Data::as_str).unwrap_or("").is_empty() {
                let message =
                    "has no annotation `kubernetes.io/service-account.name`, which such a Secret needs";
                out.error_in(MISSING_FIELD, at, "metadata", message);
            }
        }
        _ => {}
    }
}

fn docker(at: &Node, key: &str, needs: &dyn Fn(&str, &mut Findings), out: &mut Findings) {
    needs(key, out);
    let text = |list: &str| at.value.get(list).and_then(|d| d.get(key)?.as_str());
    let decoded = text("data").and_then(|encoded| {
        let bytes =
            base64::engine::general_purpose::STANDARD.decode(encoded.replace(['\n', '\r'], "")).ok()?;
        String::from_utf8(bytes).ok()
    });
    let json = text("stringData").map(str::to_owned).or(decoded).unwrap_or_default();
    if !["stringData", "data"].iter().any(|list| at.value.get(list).and_then(|d| d.get(key)).is_some()) {
        return;
    }
    let parsed = vela_yaml::parse_json(&json);
    let object = parsed.docs.first().is_some_and(|doc| doc.to_data().as_map().is_some());
    if !object || !parsed.faults.is_empty() {
        out.error_in(INVALID_VALUE, at, "data", format!("`{key}` is no JSON object"));
    }
}

/// A PriorityClass.
pub fn priority_class(at: &Node, out: &mut Findings) {
    let name = at.value.at(&["metadata", "name"]).and_then(vela_yaml::Data::as_str).unwrap_or("");
    let own = matches!(name, "system-cluster-critical" | "system-node-critical");
    if name.starts_with("system-") && !own {
        let message = "names that begin with `system-` are kept for the system";
        out.error_in(INVALID_VALUE, at, "metadata", message);
    }
    let highest = 1_000_000_000..=i64::from(i32::MAX);
    if let Some(n) = at.int("value").filter(|n| *n != 1_000_000_000 && highest.contains(n) && !own) {
        out.error_in(INVALID_VALUE, at, "value", format!("is {n}, and may be at most 1000000000"));
    }
    out.one_of(at, "preemptionPolicy", &["PreemptLowerPriority", "Never"]);
}
