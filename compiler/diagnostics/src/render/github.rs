//! `--format github`: workflow commands that GitHub shows beside the changed lines.

use crate::{Report, Severity, Sources};

/// One command a diagnostic.
pub fn github(report: &Report, sources: &Sources) -> String {
    let mut out = String::new();
    for d in &report.shown {
        let command = match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut properties = Vec::new();
        if let Some(l) = d.primary_label() {
            let (line, column) = sources.line_col(l.source, l.span.start);
            let (end_line, end_column) = sources.line_col(l.source, l.span.end);
            let name = sources.name(l.source);
            properties.push(format!("file={}", property(name.strip_prefix("./").unwrap_or(name))));
            properties.push(format!("line={line}"));
            properties.push(format!("endLine={end_line}"));
            if line == end_line {
                properties.push(format!("col={column}"));
                properties.push(format!("endColumn={}", end_column.max(column)));
            }
        }
        properties.push(format!("title={}", property(&d.code.to_string())));
        let mut text = d.message.clone();
        for more in d.notes.iter().chain(&d.help) {
            text.push('\n');
            text.push_str(more);
        }
        out.push_str(&format!("::{command} {}::{}\n", properties.join(","), data(&text)));
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
