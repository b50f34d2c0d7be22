//! `--format human`: excerpts with underlines, for people at a terminal.

use std::collections::HashMap;

use ariadne::{CharSet, Config, IndexType, Label as ALabel, ReportKind};

use super::printable;
use crate::{Diagnostic, Report, Severity, SourceId, Sources};

/// How the terminal text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Style {
    /// Colours; only when whoever calls knows that the reader's terminal wants them.
    pub color: bool,
    /// ASCII lines only.
    pub ascii: bool,
}

/// A line longer than this is not drawn but cut around the place: it would fill the screen.
const LONG_LINE: usize = 400;

/// A place in a source, as the drawing library wants it.
type Place = (SourceId, std::ops::Range<usize>);

/// The report as text, with a summary where there is more than one diagnostic.
pub fn terminal(report: &Report, sources: &Sources, style: Style) -> String {
    let mut cache = Excerpts { sources, shown: HashMap::new() };
    let mut out = String::new();
    for d in &report.shown {
        let drawn = if drawable(d, sources) { draw(d, sources, style, &mut cache) } else { None };
        out.push_str(&drawn.unwrap_or_else(|| plain(d, sources)));
    }
    if report.errors + report.warnings > 1 || report.left_out > 0 {
        out.push_str(&report.summary());
        out.push('\n');
    }
    out
}

fn drawable(d: &Diagnostic, sources: &Sources) -> bool {
    !d.labels.is_empty()
        && d.labels.iter().all(|l| {
            sources.get(l.source).is_some_and(|s| {
                let (first, last) = (s.line_col(l.span.start).0, s.line_col(l.span.end).0);
                !s.text().is_empty() && [first, last].iter().all(|n| s.line_text(*n).len() <= LONG_LINE)
            })
        })
}

fn draw(d: &Diagnostic, sources: &Sources, style: Style, cache: &mut Excerpts<'_>) -> Option<String> {
    let place = |source: SourceId, span: crate::Span| -> Option<Place> {
        let span = sources.get(source)?.clamp(span);
        Some((source, span.start as usize..span.end as usize))
    };
    let primary = d.primary_label()?;
    let kind = match d.severity {
        Severity::Error => ReportKind::Error,
        Severity::Warning => ReportKind::Warning,
        Severity::Note => ReportKind::Advice,
    };
    let config = Config::default()
        .with_index_type(IndexType::Byte)
        .with_color(style.color)
        .with_char_set(if style.ascii { CharSet::Ascii } else { CharSet::Unicode });
    let mut report = ariadne::Report::build(kind, place(primary.source, primary.span)?)
        .with_config(config)
        .with_code(d.code)
        .with_message(printable(&d.message));
    for (order, l) in d.labels.iter().enumerate() {
        let mut label = ALabel::new(place(l.source, l.span)?).with_order(order as i32);
        if style.color {
            label = label.with_color(if l.primary { ariadne::Color::Red } else { ariadne::Color::Blue });
        }
        // Without a text the library draws no line for the place.
        let text = if l.text.is_empty() { "here" } else { &l.text };
        report.add_label(label.with_message(printable(text)));
    }
    for note in &d.notes {
        report.add_note(printable(note));
    }
    for help in helps(d) {
        report.add_help(printable(help));
    }
    let mut bytes = Vec::new();
    report.finish().write(cache, &mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    Some(out)
}

/// Message and places without drawing, with a piece of the line around the primary place.
fn plain(d: &Diagnostic, sources: &Sources) -> String {
    let mut out = format!("[{}] {}: {}\n", d.code, capital(d.severity.as_str()), printable(&d.message));
    for l in &d.labels {
        let (line, column) = sources.line_col(l.source, l.span.start);
        let said = if l.text.is_empty() { String::new() } else { format!(" {}", printable(&l.text)) };
        out.push_str(&format!("   at {}:{line}:{column}{said}\n", printable(sources.name(l.source))));
        if let Some(s) = sources.get(l.source).filter(|s| !s.text().is_empty() && !s.hides(l.span)) {
            let span = s.clamp(l.span);
            let piece: String =
                s.text()[span.start as usize..].chars().take(60).take_while(|c| *c != '\n').collect();
            out.push_str(&format!("      {}\n", printable(piece.trim_end())));
        }
    }
    for note in &d.notes {
        out.push_str(&format!("   note: {}\n", printable(note)));
    }
    for help in helps(d) {
        out.push_str(&format!("   help: {}\n", printable(help)));
    }
    out
}

/// What to do: the help, and the fixes that it does not name already.
fn helps(d: &Diagnostic) -> impl Iterator<Item = &str> {
    let help = d.help.as_deref();
    let named = move |fix: &&crate::Fix| {
        help.is_some_and(|h| fix.edits.iter().all(|e| h.contains(&format!("`{}`", e.text))))
    };
    help.into_iter().chain(d.fixes.iter().filter(move |f| !named(f)).map(|f| f.title.as_str()))
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

/// The shown texts of the sources, made when first drawn.
struct Excerpts<'a> {
    sources: &'a Sources,
    shown: HashMap<SourceId, ariadne::Source<String>>,
}

impl ariadne::Cache<SourceId> for Excerpts<'_> {
    type Storage = String;

    fn fetch(&mut self, id: &SourceId) -> Result<&ariadne::Source<String>, impl std::fmt::Debug> {
        let sources = self.sources;
        Ok::<_, String>(self.shown.entry(*id).or_insert_with(|| {
            ariadne::Source::from(sources.get(*id).map(crate::Source::shown).unwrap_or_default())
        }))
    }

    fn display<'b>(&self, id: &'b SourceId) -> Option<impl std::fmt::Display + 'b> {
        Some(printable(self.sources.name(*id)).into_owned())
    }
}
