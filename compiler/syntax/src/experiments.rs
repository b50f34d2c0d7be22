//! Language versions and the experiments a file may switch on with `@experiment(name, …)` before its package
//! clause. Which experiments exist, since when, and when they became part of the language: upstream's
//! `cue help experiments`.

use std::fmt;
use std::str::FromStr;

/// A language version.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Version {
    /// Major.
    pub major: u32,
    /// Minor.
    pub minor: u32,
    /// Patch.
    pub patch: u32,
}

impl Version {
    /// The newest version known.
    pub const LATEST: Version = Version::new(0, 17, 1);

    /// `major.minor.patch`.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::LATEST
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = String;

    /// `v0.17.1`, `0.17`, `v1`: missing parts are 0, and what follows a `-` or `+` is ignored.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix('v').unwrap_or(text);
        let core = digits.split(['-', '+']).next().unwrap_or(digits);
        let mut parts = [0; 3];
        for (i, part) in core.split('.').enumerate() {
            let slot = parts.get_mut(i).ok_or_else(|| format!("invalid version {text:?}"))?;
            *slot = part.parse().map_err(|_| format!("invalid version {text:?}"))?;
        }
        Ok(Self::new(parts[0], parts[1], parts[2]))
    }
}

/// The experiments in force in one file.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Experiments {
    /// What only `__test_experiment` observes.
    pub testing: bool,
    /// `==x` as a constraint, and comparison of structs.
    pub struct_compare: bool,
    /// Postfix `x...`.
    pub explicit_open: bool,
    /// Postfix aliases `a~X`.
    pub alias_v2: bool,
    /// `try`, `x?`, `else`, `otherwise`.
    pub try_clause: bool,
    /// `&&` and `||` that do not evaluate what they need not.
    pub short_circuit: bool,
}

/// Name, first version, version since which it can't be switched off.
const KNOWN: [(&str, Version, Option<Version>); 7] = [
    ("testing", Version::new(0, 13, 0), None),
    ("accepted_", Version::new(0, 13, 0), Some(Version::new(0, 15, 0))),
    ("structcmp", Version::new(0, 14, 0), Some(Version::new(0, 15, 0))),
    ("explicitopen", Version::new(0, 15, 0), None),
    ("aliasv2", Version::new(0, 15, 0), None),
    ("try", Version::new(0, 16, 0), None),
    ("shortcircuit", Version::new(0, 17, 0), None),
];

impl Experiments {
    /// The experiments of a file of this version which names `names`; an error says which
    /// names are wrong.
    pub fn new<'a>(version: Version, names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut on = [false; KNOWN.len()];
        for (i, (_, _, stable)) in KNOWN.iter().enumerate() {
            on[i] = stable.is_some_and(|v| v <= version);
        }
        let mut wrong = Vec::new();
        for name in names {
            match KNOWN.iter().position(|(known, ..)| *known == name) {
                None => wrong.push((KNOWN.len(), format!("unknown experiment {name:?}"))),
                Some(i) if KNOWN[i].1 > version => {
                    wrong.push((i, format!("cannot set experiment {name:?} before version {}", KNOWN[i].1)));
                }
                Some(i) => on[i] = true,
            }
        }
        if !wrong.is_empty() {
            wrong.sort();
            wrong.dedup();
            return Err(wrong.into_iter().map(|(_, m)| m).collect::<Vec<_>>().join("\n"));
        }
        let [testing, _, struct_compare, explicit_open, alias_v2, try_clause, short_circuit] = on;
        Ok(Self { testing, struct_compare, explicit_open, alias_v2, try_clause, short_circuit })
    }
}

/// What the grammar must know of version and experiments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Features {
    /// Unary `==`.
    pub struct_compare: bool,
    /// Postfix `...` is no error.
    pub explicit_open: bool,
    /// `~` is no error, `X=` is.
    pub alias_v2: bool,
    /// `else` is no error.
    pub try_clause: bool,
    /// A line end separates list elements (since 0.17).
    pub list_newlines: bool,
}

impl Features {
    pub(crate) fn new(version: Version, experiments: Experiments) -> Self {
        Self {
            struct_compare: experiments.struct_compare,
            explicit_open: experiments.explicit_open,
            alias_v2: experiments.alias_v2,
            try_clause: experiments.try_clause,
            list_newlines: version >= Version::new(0, 17, 0),
        }
    }
}
