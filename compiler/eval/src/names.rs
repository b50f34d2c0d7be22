//! Small questions the printers ask: names of functions, whether a text matches a pattern.

use vela_ir::Predeclared;

use crate::compact;
use crate::eval::Eval;
use crate::regexp::Regexp;

/// All predeclared functions, in the order of their numbers.
const PREDECLARED: [Predeclared; 15] = [
    Predeclared::Len,
    Predeclared::Close,
    Predeclared::And,
    Predeclared::Or,
    Predeclared::Div,
    Predeclared::Mod,
    Predeclared::Quo,
    Predeclared::Rem,
    Predeclared::Error,
    Predeclared::MatchN,
    Predeclared::MatchIf,
    Predeclared::CloseAll,
    Predeclared::Reclose,
    Predeclared::NoSharing,
    Predeclared::TestExperiment,
];

impl Eval<'_> {
    /// Package path (empty for predeclared functions) and name of a function value.
    pub(crate) fn func_name(&self, f: u32) -> (&'static str, &'static str) {
        match PREDECLARED.get((u32::MAX - f) as usize) {
            Some(p) => ("", compact::predeclared_name(*p)),
            None => {
                let function = self.library.function(f);
                (function.package, function.name)
            }
        }
    }

    /// The function as messages name it.
    pub(crate) fn func_label(&self, f: u32) -> String {
        match self.func_name(f) {
            ("", name) => name.to_owned(),
            (package, name) => format!("{}.{name}", compact::label_text(package)),
        }
    }

    /// Whether `text` matches the pattern; `None` for a pattern that is none.
    pub(crate) fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        if let Some(known) = self.regexps.get(pattern) {
            return known.as_ref().ok().map(|r| r.is_match(text));
        }
        Regexp::new(pattern).ok().map(|r| r.is_match(text))
    }
}
