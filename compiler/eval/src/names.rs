//! Small questions the printers ask: names of functions, whether a text matches a pattern.

use crate::call::predeclared_of;
use crate::compact;
use crate::eval::Eval;
use crate::value::{Val, Value};
use crate::vertex::Base;

impl Eval<'_> {
    /// Package path (empty for predeclared functions) and name of a function value.
    pub(crate) fn func_name(&self, f: u32) -> (&'static str, &'static str) {
        match predeclared_of(f) {
            Some(p) => ("", compact::predeclared_name(p)),
            None => {
                let function = self.library.function(f);
                (function.package, function.name)
            }
        }
    }

    /// A vertex that is nothing but a value as that value.
    pub(crate) fn unwrapped(&self, v: Val) -> Val {
        match v.v {
            Value::Vertex(w) => match self.v(self.deref(w)).base {
                Base::Value(x) if !matches!(x.v, Value::Vertex(_)) => x,
                _ => v,
            },
            _ => v,
        }
    }

    /// Whether a function takes arguments that are not concrete.
    pub(crate) fn takes_any(&self, f: u32) -> bool {
        predeclared_of(f).is_some() || self.library.function(f).non_concrete
    }

    /// The function as messages name it.
    pub(crate) fn func_label(&self, f: u32) -> String {
        match self.func_name(f) {
            ("", name) => name.to_owned(),
            (package, name) => format!("{}.{name}", vela_syntax::literal::label(package)),
        }
    }
}

/// Whether `text` matches the pattern; `None` for a pattern that is none.
pub(crate) fn matches(pattern: &str, text: &str) -> Option<bool> {
    let compiled = crate::ops::compiled(&std::sync::Arc::from(pattern));
    compiled.ok().map(|r| r.is_match(text))
}
