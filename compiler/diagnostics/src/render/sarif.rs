//! `--format sarif`: SARIF 2.1.0, what code scanning services read.

use serde_json::{Value, json};

use crate::{Diagnostic, Label, Report, Severity, SourceId, Sources, Span};

/// The report as SARIF text. `version` is that of the tool.
pub fn sarif(report: &Report, sources: &Sources, version: &str) -> String {
    let mut codes: Vec<_> = report.shown.iter().map(|d| d.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| {
            let mut rule = json!({"id": code.to_string()});
            if let Some(e) = code.entry() {
                rule["shortDescription"] = json!({"text": e.title});
                rule["fullDescription"] = json!({"text": e.explanation});
                rule["help"] = json!({"text": e.fix, "markdown": e.fix});
            }
            rule
        })
        .collect();
    let results: Vec<Value> =
        report.shown.iter().map(|d| result(d, codes.binary_search(&d.code).unwrap_or(0), sources)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "vela-lang", "version": version, "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut out = serde_json::to_string_pretty(&log).unwrap_or_default();
    out.push('\n');
    out
}

fn result(d: &Diagnostic, rule: usize, sources: &Sources) -> Value {
    let level = match d.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut text = d.message.clone();
    for more in d.notes.iter().chain(&d.help) {
        text.push('\n');
        text.push_str(more);
    }
    let primary = d.primary_label();
    let mut result = json!({
        "ruleId": d.code.to_string(),
        "ruleIndex": rule,
        "level": level,
        "message": {"text": text},
        "locations": primary.map(|l| location(l, sources, false)).into_iter().collect::<Vec<_>>(),
    });
    let related: Vec<Value> = d
        .labels
        .iter()
        .filter(|l| primary.is_none_or(|p| !std::ptr::eq(p, *l)))
        .map(|l| location(l, sources, true))
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    let fixes: Vec<Value> = d
        .fixes
        .iter()
        .map(|f| {
            let changes: Vec<Value> = f
                .edits
                .iter()
                .map(|e| {
                    json!({
                        "artifactLocation": {"uri": uri(sources.name(e.source))},
                        "replacements": [{
                            "deletedRegion": region(sources, e.source, e.span),
                            "insertedContent": {"text": e.text},
                        }],
                    })
                })
                .collect();
            json!({"description": {"text": f.title}, "artifactChanges": changes})
        })
        .collect();
    if !fixes.is_empty() {
        result["fixes"] = Value::Array(fixes);
    }
    result
}

fn location(l: &Label, sources: &Sources, with_message: bool) -> Value {
    let mut out = json!({
        "physicalLocation": {
            "artifactLocation": {"uri": uri(sources.name(l.source))},
            "region": region(sources, l.source, l.span),
        },
    });
    if with_message && !l.text.is_empty() {
        out["message"] = json!({"text": l.text});
    }
    out
}

fn region(sources: &Sources, source: SourceId, span: Span) -> Value {
    let place = |offset: u32| {
        let Some(s) = sources.get(source) else { return (1, 1) };
        let at = s.clamp(Span::at(offset)).start;
        let (line, column) = s.line_col(at);
        let before = Span::new(at - (column - 1), at).of(s.text()).chars().count();
        (line, before as u32 + 1)
    };
    let ((line, column), (end_line, end_column)) = (place(span.start), place(span.end));
    json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column})
}

/// A relative path as a URI reference.
fn uri(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for b in name.strip_prefix("./").unwrap_or(name).bytes() {
        match b {
            b'\\' => out.push('/'),
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(b as char),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}
