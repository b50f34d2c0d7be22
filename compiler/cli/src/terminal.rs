//! What people see: diagnostics on standard error, in the form that was asked for.

use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use vela_diagnostics::render::{self, Style};
use vela_diagnostics::{DEFAULT_CAP, Diagnostic, Report, Severity, Sources};

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether standard error gets colours.
    pub fn wanted(self) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => {
                !set("NO_COLOR")
                    && std::env::var_os("TERM").is_none_or(|t| t != "dumb")
                    && (std::io::stderr().is_terminal() || set("CLICOLOR_FORCE"))
            }
        }
    }
}

/// The form of diagnostics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Excerpts, for people.
    #[default]
    Human,
    /// One JSON object.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// GitHub workflow commands.
    Github,
    /// GitLab Code Quality.
    Gitlab,
}

/// How diagnostics are shown, from the global options.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown {
    /// Their form.
    pub format: Format,
    /// Colours of the human form.
    pub color: Color,
    /// Most diagnostics shown; 0 is all.
    pub max: Option<usize>,
}

impl Shown {
    /// The diagnostics as text, and whether there is an error among them.
    pub fn render(&self, diagnostics: Vec<Diagnostic>, sources: &Sources) -> (String, bool) {
        let cap = match (self.max, self.format) {
            (Some(0), _) => usize::MAX,
            (Some(max), _) => max,
            (None, Format::Human) => DEFAULT_CAP,
            (None, _) => usize::MAX,
        };
        let failed = diagnostics.iter().any(|d| d.severity == Severity::Error);
        let report = Report::new(diagnostics, cap);
        let text = match self.format {
            Format::Human => {
                let style = Style { color: self.color.wanted(), ascii: false };
                render::terminal(&report, sources, style)
            }
            Format::Json => render::json(&report, sources),
            Format::Sarif => render::sarif(&report, sources, env!("CARGO_PKG_VERSION")),
            Format::Junit => render::junit(&report, sources),
            Format::Github => render::github(&report, sources),
            Format::Gitlab => render::gitlab(&report, sources),
        };
        (text, failed)
    }

    /// Writes the diagnostics to standard error; whether there is an error among them. Machine-readable forms are
    /// written even when there is nothing to say, so that readers always get a document.
    pub fn report(&self, diagnostics: Vec<Diagnostic>, sources: &Sources) -> bool {
        let (text, failed) = self.render(diagnostics, sources);
        // Nobody is left to tell when standard error is gone.
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
        failed
    }
}
