//! What of a value `print.rs` shows.

/// Which parts of a value are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Options {
    /// Defaults instead of disjunctions, closed lists instead of open ones.
    pub defaults: bool,
    /// `#a`
    pub definitions: bool,
    /// `_a`, of the main package.
    pub hidden: bool,
    /// `a?`
    pub optional: bool,
    /// `@a()`
    pub attributes: bool,
    /// Comments above fields.
    pub docs: bool,
    /// Members in error show as `_|_` where they stand.
    pub errors_as_values: bool,
    /// Structs of one field stand without braces: `a: b: 1`.
    pub fold: bool,
}

impl Options {
    /// What `eval` shows.
    pub const EVAL: Self = Self {
        defaults: true,
        definitions: true,
        hidden: false,
        optional: false,
        attributes: false,
        docs: false,
        errors_as_values: false,
        fold: false,
    };

    /// What `export --out cue` shows.
    pub const EXPORT: Self = Self { definitions: false, docs: true, fold: true, ..Self::EVAL };

    /// Everything.
    pub const ALL: Self = Self {
        defaults: true,
        definitions: true,
        hidden: true,
        optional: true,
        attributes: false,
        docs: false,
        errors_as_values: true,
        fold: true,
    };
}
