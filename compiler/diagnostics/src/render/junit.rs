//! `--format junit`: XML that continuous integration servers list as failed tests.

use crate::{Report, Severity, Sources};

/// One test case a diagnostic; errors are failures. A run without diagnostics is one passing case.
pub fn junit(report: &Report, sources: &Sources) -> String {
    let tests = report.shown.len().max(1);
    let failures = report.shown.iter().filter(|d| d.severity == Severity::Error).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"vela-lang\" tests=\"{tests}\" failures=\"{failures}\">\n"
    );
    if report.shown.is_empty() {
        out.push_str("    <testcase name=\"check\" classname=\"vela-lang\"/>\n");
    }
    for d in &report.shown {
        let place = d.primary_label().map(|l| {
            let (line, column) = sources.line_col(l.source, l.span.start);
            format!("{}:{line}:{column}", sources.name(l.source))
        });
        let place = place.unwrap_or_else(|| "vela-lang".to_owned());
        let mut body = format!("{}: {}", d.code, d.message);
        for more in d.notes.iter().chain(&d.help) {
            body.push('\n');
            body.push_str(more);
        }
        let element = if d.severity == Severity::Error { "failure" } else { "system-out" };
        let message = if d.severity == Severity::Error {
            format!(" message=\"{}\"", escape(&d.message))
        } else {
            String::new()
        };
        out.push_str(&format!(
            "    <testcase name=\"{}\" classname=\"{}\">\n      <{element}{message}>{}</{element}>\n    </testcase>\n",
            escape(&place),
            d.code,
            escape(&body)
        ));
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Text inside of XML. XML 1.0 has no place for most control characters, escaped or not.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
