//! Several diagnostics as one report: worst first, without repetition, capped.

use crate::{Diagnostic, Severity};

/// How many diagnostics people get to see unless they ask for more.
pub const DEFAULT_CAP: usize = 50;

/// Sorts by severity, then by place (those without one last), then as given; removes exact repetitions.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by_key(|d| {
        let place = d.primary_label().map(|l| (l.source, l.span.start));
        (d.severity, place.is_none(), place)
    });
    // Equal ones need not be neighbours: another fault may share their place.
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    let mut group = 0;
    for next in diagnostics.drain(..) {
        let key = |d: &Diagnostic| (d.severity, d.primary_label().map(|l| (l.source, l.span.start)));
        if kept.get(group).is_none_or(|first| key(first) != key(&next)) {
            group = kept.len();
        }
        // Groups are small; a huge one (no places at all) is compared with its latest members only.
        let from = group.max(kept.len().saturating_sub(64));
        if !kept[from..].contains(&next) {
            kept.push(next);
        }
    }
    *diagnostics = kept;
}

/// What is shown of a run's diagnostics, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The diagnostics to show, worst first.
    pub shown: Vec<Diagnostic>,
    /// How many more there are.
    pub left_out: usize,
    /// Errors in all, the left out ones too.
    pub errors: usize,
    /// Warnings in all.
    pub warnings: usize,
}

impl Report {
    /// Sorts, removes repetitions, and keeps the worst `cap`.
    pub fn new(mut diagnostics: Vec<Diagnostic>, cap: usize) -> Self {
        sort(&mut diagnostics);
        let count = |s: Severity| diagnostics.iter().filter(|d| d.severity == s).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let left_out = diagnostics.len().saturating_sub(cap);
        diagnostics.truncate(cap);
        Self { shown: diagnostics, left_out, errors, warnings }
    }

    /// One line that sums up, such as `3 errors and 1 warning (2 not shown)`; empty where there is nothing to say.
    pub fn summary(&self) -> String {
        let plural = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
        let mut out = match (self.errors, self.warnings) {
            (0, 0) => return String::new(),
            (e, 0) => plural(e, "error"),
            (0, w) => plural(w, "warning"),
            (e, w) => format!("{} and {}", plural(e, "error"), plural(w, "warning")),
        };
        if self.left_out > 0 {
            out.push_str(&format!(" ({} not shown)", self.left_out));
        }
        out
    }
}
