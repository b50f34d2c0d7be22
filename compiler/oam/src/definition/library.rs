//! All definitions of a build, and which one a type means.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;
use vela_definitions::Embedded;
use vela_diagnostics::{Diagnostic, SourceId, Sources};
use vela_syntax::ast::DeclId;

use crate::data::Value;
use crate::definition::cue_form::{self, MetadataEvaluator};
use crate::definition::object_form::Revision;
use crate::definition::{Definition, Kind, Template};

/// The namespace that definitions are installed to.
pub const SYSTEM_NAMESPACE: &str = "vela-system";

/// All definitions of a build.
#[derive(Clone, Debug, Default)]
pub struct Library {
    given: FxHashMap<(Kind, Arc<str>), Vec<Arc<Definition>>>,
    revisions: Vec<Arc<Revision>>,
    built_in: FxHashMap<(Kind, Arc<str>), BuiltIn>,
}

/// A definition that comes with the compiler; read when it is first asked for.
#[derive(Clone, Debug)]
struct BuiltIn {
    source: SourceId,
    embedded: &'static Embedded,
    read: OnceLock<Option<Arc<Definition>>>,
}

impl BuiltIn {
    fn get(&self) -> Option<&Arc<Definition>> {
        let read = self.read.get_or_init(|| {
            let (path, text) = (self.embedded.path, self.embedded.source);
            let read = cue_form::read(self.source, path, text.into(), &mut LiteralOnly).ok()?;
            read.definition().map(|d| Arc::new(Definition { built_in: true, ..d }))
        });
        read.as_ref()
    }
}

/// Built-in definitions have literal metadata.
struct LiteralOnly;

impl MetadataEvaluator for LiteralOnly {
    fn evaluate(&mut self, _: &Template, _: &[DeclId]) -> Result<Value, Vec<Diagnostic>> {
        Err(Vec::new())
    }
}

/// How to look.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'a> {
    /// The Application's namespace.
    pub namespace: &'a str,
    /// The namespace of definitions; empty for `vela-system`.
    pub definition_namespace: &'a str,
    /// Take the newest revision that matches.
    pub auto_update: bool,
    /// Of components and traits the first of the name is taken, whatever its namespace.
    pub dry_run: bool,
}

/// Why a type has no definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// There is none of this name.
    Unknown {
        /// The nearest name there is.
        nearest: Option<String>,
    },
    /// There is one, in a namespace where it is not looked for.
    OtherNamespace(Arc<str>),
    /// A version is written `@v1` or `@v1.2.3`.
    BadVersion,
    /// There is a definition but not at this version.
    NoSuchVersion {
        /// The versions there are.
        known: Vec<String>,
    },
}

impl Library {
    /// Adds a definition of the user's, after those that are there.
    pub fn add(&mut self, definition: Definition) {
        let key = (definition.kind, definition.name.clone());
        self.given.entry(key).or_default().push(Arc::new(definition));
    }

    /// Adds a version of a definition.
    pub fn add_revision(&mut self, revision: Revision) {
        self.revisions.push(Arc::new(revision));
    }

    /// Adds the definitions that come with the compiler.
    pub fn add_built_in(&mut self, sources: &mut Sources) {
        for embedded in vela_definitions::definitions() {
            let Some(kind) = Kind::of_word(embedded.kind) else { continue };
            let source = sources.add(embedded.path, embedded.source);
            let built_in = BuiltIn { source, embedded, read: OnceLock::new() };
            self.built_in.insert((kind, embedded.name.into()), built_in);
        }
    }

    /// The definitions of the user, in no order.
    pub fn given(&self) -> impl Iterator<Item = &Arc<Definition>> {
        self.given.values().flatten()
    }

    /// The templates of the user's definitions, in the order of their texts.
    pub fn templates(&self) -> Vec<&Arc<Template>> {
        let revisions = self.revisions.iter().map(|r| &r.definition);
        let all = self.given().map(|d| &**d).chain(revisions);
        let mut templates: Vec<&Arc<Template>> = all.filter_map(|d| d.template.as_ref()).collect();
        templates.sort_by_key(|t| t.source);
        templates
    }

    /// The names of all definitions of a kind, sorted.
    pub fn names(&self, kind: Kind) -> Vec<&str> {
        let keys = self.given.keys().chain(self.built_in.keys());
        let names: std::collections::BTreeSet<&str> =
            keys.filter(|(k, _)| *k == kind).map(|(_, n)| &**n).collect();
        names.into_iter().collect()
    }

    /// The definition that a type means.
    pub fn find(&self, kind: Kind, name: &str, how: Lookup<'_>) -> Result<Arc<Definition>, Missing> {
        let found = self.find_exact(kind, name, how);
        if kind == Kind::Component
            && !name.contains('@')
            && found.is_err()
            && let Ok(workload) = self.find_exact(Kind::Workload, name, how)
        {
            return Ok(workload);
        }
        found
    }

    fn find_exact(&self, kind: Kind, name: &str, how: Lookup<'_>) -> Result<Arc<Definition>, Missing> {
        let key = (kind, Arc::from(name));
        let given = self.given.get(&key).map(Vec::as_slice).unwrap_or_default();
        if how.dry_run
            && matches!(kind, Kind::Component | Kind::Trait)
            && let Some(first) = given.first()
        {
            return Ok(first.clone());
        }
        if let Some((base, _)) = name.split_once('@') {
            return self.find_version(kind, name, base, how);
        }
        if let Some(found) = by_namespace(given, |d| d.namespace.as_deref(), how) {
            return Ok(found.clone());
        }
        if let Some(built_in) = self.built_in.get(&key).and_then(BuiltIn::get) {
            return Ok(built_in.clone());
        }
        if let Some(namespace) = given.first().and_then(|d| d.namespace.clone()) {
            return Err(Missing::OtherNamespace(namespace));
        }
        let nearest = vela_diagnostics::nearest(name, self.names(kind)).map(str::to_owned);
        Err(Missing::Unknown { nearest })
    }

    fn find_version(
        &self,
        kind: Kind,
        name: &str,
        base: &str,
        how: Lookup<'_>,
    ) -> Result<Arc<Definition>, Missing> {
        let Some((_, version)) = name.split_once("@v").filter(|(b, _)| *b == base && !b.is_empty()) else {
            return Err(Missing::BadVersion);
        };
        if !is_qualified(&format!("{base}-v{version}")) {
            return Err(Missing::BadVersion);
        }
        let wanted = format!("{base}-v{version}");
        let of_kind = || self.revisions.iter().filter(|r| r.definition.kind == kind);
        let wanted = if how.auto_update {
            let names = of_kind().filter(|r| *r.definition.name == *base).map(|r| &*r.name);
            newest(names, base, &wanted).unwrap_or(wanted)
        } else {
            wanted
        };
        let candidates: Vec<&Arc<Revision>> = of_kind().filter(|r| *r.name == *wanted).collect();
        if let Some(found) = by_namespace(&candidates, |r| r.namespace.as_deref(), how) {
            return Ok(Arc::new(found.definition.clone()));
        }
        let prefix = format!("{base}-");
        let mut known: Vec<String> =
            of_kind().filter_map(|r| r.name.strip_prefix(&prefix).map(str::to_owned)).collect();
        known.sort();
        known.dedup();
        Err(Missing::NoSuchVersion { known })
    }
}

/// The first in the order in which namespaces are searched.
fn by_namespace<'l, T>(
    all: &'l [T],
    namespace: impl Fn(&T) -> Option<&str>,
    how: Lookup<'_>,
) -> Option<&'l T> {
    let definitions =
        if how.definition_namespace.is_empty() { SYSTEM_NAMESPACE } else { how.definition_namespace };
    let order = [Some(how.namespace), Some(definitions), None, Some(SYSTEM_NAMESPACE)];
    order.into_iter().find_map(|wanted| all.iter().find(|d| namespace(d) == wanted))
}

/// The newest version that `wanted` is a prefix of: `-v1` is met by `-v1.4.2`.
fn newest<'n>(names: impl Iterator<Item = &'n str>, base: &str, wanted: &str) -> Option<String> {
    let mut found: BTreeMap<Vec<u64>, String> = BTreeMap::new();
    let (prefix, start) = (format!("{wanted}."), format!("{base}-v"));
    for name in names {
        if name == wanted {
            return Some(name.to_owned());
        }
        if !name.starts_with(&prefix) {
            continue;
        }
        let version = name.strip_prefix(&start).unwrap_or("");
        let numbers: Option<Vec<u64>> = version.split('.').map(|p| p.parse().ok()).collect();
        if let Some(numbers) = numbers {
            found.insert(numbers, name.to_owned());
        }
    }
    found.pop_last().map(|(_, name)| name)
}

/// Kubernetes' rule for names.
fn is_qualified(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    !name.is_empty()
        && name.len() <= 63
        && name.chars().all(inner)
        && edge(name.chars().next())
        && edge(name.chars().next_back())
}

/// The type as labels show it: `name@v1` becomes `name-v1`.
pub fn shown_type(kind: &str) -> String {
    match kind.split_once("@v") {
        Some((base, version)) if !base.is_empty() && is_qualified(&format!("{base}-v{version}")) => {
            format!("{base}-v{version}")
        }
        _ => kind.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let names = ["web-v1.2.9", "web-v1.10.0", "web-v2.0.0", "web-v1.x"];
        assert_eq!(newest(names.into_iter(), "web", "web-v1").as_deref(), Some("web-v1.10.0"));
        assert_eq!(newest(names.into_iter(), "web", "web-v1.2").as_deref(), Some("web-v1.2.9"));
        assert_eq!(newest(names.into_iter(), "web", "web-v3"), None);
        assert_eq!(shown_type("web@v1"), "web-v1");
        assert_eq!(shown_type("web@1"), "web@1");
    }
}
