//! `--format gitlab`: a Code Quality report.

use serde_json::{Value, json};

use crate::{Report, Severity, Sources};

/// The report as a JSON array, one object a diagnostic. The fingerprint does not depend on the line, so that a fault
/// that moves stays the same fault.
pub fn gitlab(report: &Report, sources: &Sources) -> String {
    let mut seen: std::collections::HashMap<u64, u64> = std::collections::HashMap::new();
    let issues: Vec<Value> = report
        .shown
        .iter()
        .map(|d| {
            let place = d.primary_label();
            let name = place.map_or("", |l| sources.name(l.source));
            let line = place.map_or(1, |l| sources.line_col(l.source, l.span.start).0);
            let hash = fnv(&[&d.code.to_string(), name, &d.message]);
            let nth = seen.entry(hash).or_insert(0);
            *nth += 1;
            json!({
                "description": d.message,
                "check_name": d.code.to_string(),
                "fingerprint": format!("{hash:016x}-{nth}"),
                "severity": match d.severity {
                    Severity::Error => "major",
                    Severity::Warning => "minor",
                    Severity::Note => "info",
                },
                "location": {"path": name.strip_prefix("./").unwrap_or(name), "lines": {"begin": line}},
            })
        })
        .collect();
    let mut out = serde_json::to_string_pretty(&Value::Array(issues)).unwrap_or_default();
    out.push('\n');
    out
}

/// FNV-1a over the parts, a zero byte after each: small, and the same on every machine.
fn fnv(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for b in parts.iter().flat_map(|p| p.bytes().chain(std::iter::once(0))) {
        hash = (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
