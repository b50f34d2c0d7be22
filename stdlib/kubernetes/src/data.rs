//! The committed description of Kubernetes' API, `data/schemas.txt`, in memory. Read once, on first use, in about a
//! millisecond; a program that checks no object never pays for it.
//!
//! The file is lines of words:
//!
//! | line | meaning |
//! |---|---|
//! | `@versions 1.32 1.36` | the first and the last version that the data covers |
//! | `@kind API KIND PLURAL SCOPE TYPE` | a kind that can be created, its scope `namespaced` or `cluster` |
//! | `@type NAME` | begins a type; the lines after it are its fields |
//! | `NAME SHAPE` | a field; `NAME!` where the documents call it required |
//!
//! A line ends with ` +34` when it counts from 1.34 on, with ` -34` when 1.34 is the last version it counts for. A shape is
//! `string`, `bool`, `int32`, `int64`, `number`, `bytes`, `time`, `quantity`, `int-or-string`, `object`, `any`, the name of a
//! type, `{}SHAPE` for a map, `[]SHAPE` for a list, `[set]SHAPE` for one of distinct values, and `[key,key=default]SHAPE` for
//! one whose elements differ in their keys.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// The text, a hundred kilobytes.
const TEXT: &str = include_str!("../data/schemas.txt");

/// Versions of the API, as minor numbers: first and last that a line counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// The first.
    pub from: u8,
    /// The last.
    pub to: u8,
}

impl Since {
    /// Whether the line counts for 1.`minor`.
    pub fn has(self, minor: u8) -> bool {
        self.from <= minor && minor <= self.to
    }
}

/// A kind of object.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// `apps/v1`.
    pub api: &'static str,
    /// `Deployment`.
    pub name: &'static str,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Its type.
    pub target: TypeId,
    /// When the API has it.
    pub since: Since,
}

/// A type, by its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeId(u32);

/// A type: named fields, sorted by name. A name is there several times where versions differ.
#[derive(Clone, Debug, Default)]
pub struct Type {
    /// `core.v1.PodSpec`.
    pub name: &'static str,
    fields: Vec<Field>,
}

/// A field of a type.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether the documents call it required.
    pub required: bool,
    /// What it holds.
    pub shape: Shape,
    /// When the type has it.
    pub since: Since,
}

/// What a field holds.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Shape {
    String,
    Bool,
    Int32,
    Int64,
    Number,
    Bytes,
    Time,
    Quantity,
    IntOrString,
    Object,
    Any,
    Type(TypeId),
    Map(Box<Shape>),
    List(Box<Shape>, Distinct),
}

/// What makes the elements of a list distinct.
#[derive(Clone, Debug)]
pub enum Distinct {
    /// Nothing: they may be equal.
    No,
    /// Their values.
    Values,
    /// Fields, with the value of one that is not given.
    Keys(Vec<(&'static str, Option<&'static str>)>),
}

/// Everything the data has.
#[derive(Debug, Default)]
pub struct Schemas {
    /// The first and the last version covered.
    pub versions: (u8, u8),
    kinds: Vec<Kind>,
    types: Vec<Type>,
    by_name: FxHashMap<(&'static str, &'static str), Vec<usize>>,
}

/// The data.
pub fn schemas() -> &'static Schemas {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    SCHEMAS.get_or_init(|| Schemas::read(TEXT))
}

impl Schemas {
    /// The kind of this API in 1.`minor`.
    pub fn kind(&self, api: &str, kind: &str, minor: u8) -> Option<&Kind> {
        // The map's keys live for ever, those asked for do not: hence the detour over equal static ones.
        let found = self.by_name.get::<(&str, &str)>(&(api, kind))?;
        found.iter().map(|at| &self.kinds[*at]).find(|k| k.since.has(minor))
    }

    /// All kinds, of every version.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// A type.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    fn read(text: &'static str) -> Self {
        let mut out = Self::default();
        let mut ids: FxHashMap<&'static str, TypeId> = FxHashMap::default();
        for name in text.lines().filter_map(|l| l.strip_prefix("@type ")) {
            ids.insert(name, TypeId(ids.len() as u32));
        }
        for line in text.lines().filter(|l| !l.starts_with('#')) {
            let mut words = line.split(' ');
            let (Some(first), rest) = (words.next(), words) else { continue };
            match first {
                "@versions" => {
                    let minors: Vec<u8> = rest.filter_map(minor).collect();
                    if let [from, to] = minors[..] {
                        out.versions = (from, to);
                    }
                }
                "@kind" => out.add_kind(rest.collect(), &ids),
                "@type" => {
                    let name = line.strip_prefix("@type ").unwrap_or_default();
                    out.types.push(Type { name, fields: Vec::new() });
                }
                name => {
                    let words: Vec<&'static str> = rest.collect();
                    let since = Self::since(words.get(1..).unwrap_or_default());
                    let shape = shape(words.first().copied().unwrap_or("any"), &ids);
                    let field = Field {
                        name: name.trim_end_matches('!'),
                        required: name.ends_with('!'),
                        shape,
                        since,
                    };
                    if let Some(owner) = out.types.last_mut() {
                        owner.fields.push(field);
                    }
                }
            }
        }
        for owner in &mut out.types {
            owner.fields.sort_by_key(|f| (f.name, f.since.from));
        }
        out
    }

    fn since(marks: &[&str]) -> Since {
        let number = |sign: char| marks.iter().find_map(|m| m.strip_prefix(sign)?.parse().ok());
        Since { from: number('+').unwrap_or(0), to: number('-').unwrap_or(u8::MAX) }
    }

    fn add_kind(&mut self, words: Vec<&'static str>, ids: &FxHashMap<&'static str, TypeId>) {
        let [api, name, _, scope, target, ref marks @ ..] = words[..] else { return };
        let Some(target) = ids.get(target).copied() else { return };
        let since = Self::since(marks);
        self.by_name.entry((api, name)).or_default().push(self.kinds.len());
        self.kinds.push(Kind { api, name, namespaced: scope == "namespaced", target, since });
    }
}

impl Type {
    /// The field of this name in 1.`minor`.
    pub fn field(&self, name: &str, minor: u8) -> Option<&Field> {
        let start = self.fields.partition_point(|f| f.name < name);
        self.fields[start..].iter().take_while(|f| f.name == name).find(|f| f.since.has(minor))
    }

    /// The versions of a field that 1.`minor` does not have.
    pub fn elsewhere(&self, name: &str) -> Option<Since> {
        self.fields.iter().find(|f| f.name == name).map(|f| f.since)
    }

    /// All fields in 1.`minor`.
    pub fn fields(&self, minor: u8) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |f| f.since.has(minor))
    }
}

fn minor(version: &str) -> Option<u8> {
    version.strip_prefix("1.")?.parse().ok()
}

fn shape(word: &'static str, ids: &FxHashMap<&'static str, TypeId>) -> Shape {
    if let Some(inner) = word.strip_prefix("{}") {
        return Shape::Map(Box::new(shape(inner, ids)));
    }
    if let Some((keys, inner)) = word.strip_prefix('[').and_then(|w| w.split_once(']')) {
        let distinct = match keys {
            "" => Distinct::No,
            "set" => Distinct::Values,
            keys => {
                let key = |k: &'static str| k.split_once('=').map_or((k, None), |(k, d)| (k, Some(d)));
                Distinct::Keys(keys.split(',').map(key).collect())
            }
        };
        return Shape::List(Box::new(shape(inner, ids)), distinct);
    }
    match word {
        "string" => Shape::String,
        "bool" => Shape::Bool,
        "int32" => Shape::Int32,
        "int64" => Shape::Int64,
        "number" => Shape::Number,
        "bytes" => Shape::Bytes,
        "time" => Shape::Time,
        "quantity" => Shape::Quantity,
        "int-or-string" => Shape::IntOrString,
        "object" => Shape::Object,
        name => ids.get(name).map_or(Shape::Any, |id| Shape::Type(*id)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_means_something() {
        let schemas = schemas();
        assert_eq!(schemas.versions, (32, 36));
        let mut ids = FxHashMap::default();
        for (n, owner) in schemas.types.iter().enumerate() {
            ids.insert(owner.name, TypeId(n as u32));
        }
        for line in TEXT.lines().filter(|l| !l.starts_with(['#', '@'])) {
            let mut words = line.split(' ');
            let word = words.nth(1).unwrap_or("any");
            let inner = word.rsplit(['}', ']']).next().unwrap();
            let known = matches!(shape(inner, &ids), Shape::Any) == (inner == "any");
            assert!(known, "{line}");
        }
        assert!(schemas.kinds.len() > 90);
    }

    #[test]
    fn fields_have_versions() {
        let schemas = schemas();
        let pod = schemas.kind("v1", "Pod", 36).unwrap();
        let Some(Shape::Type(spec)) = schemas.get(pod.target).field("spec", 36).map(|f| &f.shape) else {
            panic!()
        };
        let spec = schemas.get(*spec);
        assert!(spec.field("containers", 32).unwrap().required);
        assert!(spec.field("hostnameOverride", 33).is_none());
        assert!(spec.field("hostnameOverride", 34).is_some());
        assert!(schemas.kind("batch/v1beta1", "CronJob", 36).is_none());
        assert!(!schemas.kind("rbac.authorization.k8s.io/v1", "ClusterRole", 32).unwrap().namespaced);
    }
}
