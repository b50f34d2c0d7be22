//! `--format json`: an object with every diagnostic, places in bytes and in lines and columns.

use serde_json::{Value, json};

use crate::{Label, Report, Sources, Span};

/// The report as JSON text of several lines, with a final line end.
pub fn json(report: &Report, sources: &Sources) -> String {
    let mut out = serde_json::to_string_pretty(&json_value(report, sources)).unwrap_or_default();
    out.push('\n');
    out
}

/// The report as a JSON value.
pub fn json_value(report: &Report, sources: &Sources) -> Value {
    let diagnostics: Vec<Value> = report
        .shown
        .iter()
        .map(|d| {
            json!({
                "code": d.code.to_string(),
                "severity": d.severity.as_str(),
                "message": d.message,
                "labels": d.labels.iter().map(|l| label(l, sources)).collect::<Vec<_>>(),
                "notes": d.notes,
                "help": d.help,
                "fixes": d.fixes.iter().map(|f| json!({
                    "title": f.title,
                    "certain": f.certain,
                    "edits": f.edits.iter().map(|e| json!({
                        "file": sources.name(e.source),
                        "range": range(sources, e.source, e.span),
                        "text": e.text,
                    })).collect::<Vec<_>>(),
                })).collect::<Vec<_>>(),
                "documentation": d.code.documentation(),
            })
        })
        .collect();
    json!({
        "diagnostics": diagnostics,
        "errors": report.errors,
        "warnings": report.warnings,
        "leftOut": report.left_out,
    })
}

fn label(l: &Label, sources: &Sources) -> Value {
    json!({
        "file": sources.name(l.source),
        "range": range(sources, l.source, l.span),
        "text": l.text,
        "primary": l.primary,
    })
}

fn range(sources: &Sources, source: crate::SourceId, span: Span) -> Value {
    let place = |offset: u32| {
        let (line, column) = sources.line_col(source, offset);
        json!({"offset": offset, "line": line, "column": column})
    };
    json!({"start": place(span.start), "end": place(span.end)})
}
