//! `@experiment(a,b)` before the package clause: what a file switches on. The parser has judged the syntax that
//! needs it.

use vela_diagnostics::Span;

use super::{Lowerer, Stage};
use crate::ir::{Experiments, Version};

/// An experiment: its name, the first version that knows it, the version that has made it the rule.
type Experiment = (&'static str, u16, Option<u16>);

const EXPERIMENTS: [Experiment; 7] = [
    ("testing", 13, None),
    ("accepted_", 13, Some(15)),
    ("structcmp", 14, Some(15)),
    ("explicitopen", 15, None),
    ("aliasv2", 15, None),
    ("try", 16, None),
    ("shortcircuit", 17, None),
];

impl Experiments {
    /// What a file has on whose experiment attributes have these bodies; errors as the reference words them.
    pub fn parse<'t>(version: Version, bodies: impl Iterator<Item = &'t str>) -> (Self, Vec<String>) {
        let mut names: Vec<&str> =
            bodies.filter(|b| !b.is_empty()).flat_map(|b| b.split(',')).map(str::trim).collect();
        names.sort_unstable();
        names.dedup();
        let mut on = Self::default();
        let mut errors = Vec::new();
        for (name, preview, stable) in EXPERIMENTS {
            let asked = names.binary_search(&name).is_ok();
            if asked && version.minor < preview {
                errors.push(format!("cannot set experiment \"{name}\" before version v0.{preview}.0"));
                continue;
            }
            let value = asked || stable.is_some_and(|stable| version.minor >= stable);
            match name {
                "structcmp" => on.structcmp = value,
                "explicitopen" => on.explicitopen = value,
                "aliasv2" => on.aliasv2 = value,
                "try" => on.try_ = value,
                "shortcircuit" => on.shortcircuit = value,
                _ => {}
            }
        }
        let unknown = names.iter().filter(|n| !EXPERIMENTS.iter().any(|e| e.0 == **n));
        errors.extend(unknown.map(|n| format!("unknown experiment {n:?}")));
        (on, errors)
    }
}

impl Lowerer<'_, '_> {
    /// Reads the file's experiment attributes.
    pub(super) fn file_experiments(&mut self) -> Experiments {
        let attributes = self.ast.attribute_list(self.ast.file_attributes);
        let bodies =
            attributes.iter().filter(|a| a.name.of(self.text) == "experiment").map(|a| a.body.of(self.text));
        let (experiments, errors) = Experiments::parse(self.version, bodies);
        if !errors.is_empty() {
            let version = self.version;
            let message = format!(
                "parsing experiments for version \"v0.{}.{}\": {}",
                version.minor,
                version.patch,
                errors.join("\n")
            );
            let span = attributes.last().map_or(Span::at(0), |a| a.span);
            self.error(Stage::Meaning, self.place(span), message);
        }
        experiments
    }
}
