//! What names of types mean: the declarations around the use, from the inside out, then those of imported files by
//! their names in full, or without what the packages of both files share.

use rustc_hash::{FxHashMap, FxHashSet};
use vela_diagnostics::Span;

use super::ProtoFault;
use super::tree::{File, Item};

/// What a name stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Meaning {
    /// A definition of this package.
    Own(String),
    /// A definition of another file's package.
    Imported(usize, String),
    /// CUE source, perhaps with a builtin package that it needs.
    Source(&'static str, Option<&'static str>),
}

/// The names of one file.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Its `package`.
    pub proto_package: String,
    /// The name of its CUE package.
    pub name: String,
    /// The name that imports of it need.
    short: String,
    /// The path that its package is imported by.
    pub import_path: String,
    /// Names by scope, the file's first.
    scopes: Vec<FxHashMap<String, Meaning>>,
    /// Everything declared in it, with the messages around.
    symbols: Vec<String>,
}

const STRUCT: &str = "google/protobuf/struct.proto";

/// Files of Protocol Buffers themselves, whose types have counterparts.
const KNOWN: &[(&str, &str, &str, Option<&str>)] = &[
    (STRUCT, "Struct", "{\n...\n}", None),
    (STRUCT, "Value", "_", None),
    (STRUCT, "NullValue", "null", None),
    (STRUCT, "ListValue", "[...]", None),
    (STRUCT, "StringValue", "string", None),
    (STRUCT, "BoolValue", "bool", None),
    (STRUCT, "NumberValue", "number", None),
    ("google/protobuf/empty.proto", "Empty", "struct.MaxFields(0)", Some("struct")),
    ("google/protobuf/duration.proto", "Duration", "time.Duration", Some("time")),
    ("google/protobuf/timestamp.proto", "Timestamp", "time.Time", Some("time")),
    (
        "google/protobuf/any.proto",
        "Any",
        "{\n// A URL that names the type of the value.\n\"@type\": string\n}",
        None,
    ),
    ("google/protobuf/wrappers.proto", "DoubleValue", "null | float", None),
    ("google/protobuf/wrappers.proto", "FloatValue", "null | float", None),
    ("google/protobuf/wrappers.proto", "Int64Value", "null | int64", None),
    ("google/protobuf/wrappers.proto", "UInt64Value", "null | uint64", None),
    ("google/protobuf/wrappers.proto", "Int32Value", "null | int32", None),
    ("google/protobuf/wrappers.proto", "UInt32Value", "null | uint32", None),
    ("google/protobuf/wrappers.proto", "BoolValue", "null | bool", None),
    ("google/protobuf/wrappers.proto", "StringValue", "null | string", None),
    ("google/protobuf/wrappers.proto", "BytesValue", "null | bytes", None),
];

impl Names {
    /// The names that a file declares itself; `package` overrides the name of its package.
    pub fn of(file: &File, package: &str) -> Result<Self, ProtoFault> {
        let mut names = Self { proto_package: file.package.clone(), ..Self::default() };
        if let Some((span, text)) = &file.go_package {
            let wrong = |message: String| ProtoFault { file: String::new(), span: Some(*span), message };
            let parts: Vec<&str> = text.split(';').collect();
            let base = |path: &str| path.trim_end_matches('/').rsplit('/').next().unwrap_or("").to_owned();
            match parts[..] {
                [path] if path.contains('.') => {
                    (names.import_path, names.short) = (path.to_owned(), base(path));
                }
                [path, name] if path.contains('.') => {
                    (names.import_path, names.short) = (path.to_owned(), name.to_owned());
                }
                [name] => name.clone_into(&mut names.short),
                _ => {
                    return Err(wrong(format!("error parsing protobuf: malformed go_package clause {text}")));
                }
            }
        }
        if !file.package.is_empty() {
            if names.import_path.is_empty() {
                names.import_path = format!("googleapis.com/{}", file.package.replace('.', "/"));
            }
            if names.short.is_empty() {
                file.package.rsplit('.').next().unwrap_or("").clone_into(&mut names.short);
            }
        }
        let name = if package.is_empty() { &names.short } else { package };
        names.name = name.to_owned();
        names.push(&file.items, &mut Vec::new())?;
        Ok(names)
    }

    /// The path that imports name, with the package's name where it is another than the last element.
    pub fn qualified(&self) -> String {
        let last = self.import_path.rsplit('/').next().unwrap_or("");
        if self.short.is_empty() || self.short == last {
            self.import_path.clone()
        } else {
            format!("{}:{}", self.import_path, self.short)
        }
    }

    /// What the package of the file is called in files that import it.
    pub fn short(&self) -> &str {
        &self.short
    }

    /// Enters a scope with these declarations.
    pub fn push(&mut self, items: &[Item], path: &mut [String]) -> Result<(), ProtoFault> {
        let mut scope = FxHashMap::default();
        for item in items {
            let (name, at) = match item {
                Item::Message(m) => (&m.name, m.at),
                Item::Enum(e) => (&e.name, e.at),
                Item::Field(f) => (&f.name, f.at),
                Item::Oneof(o) => (&o.name, o.at),
                Item::Comment(_) | Item::Option(_) | Item::Ignored => continue,
            };
            let symbol = path.iter().chain([name]).map(String::as_str).collect::<Vec<_>>().join(".");
            self.symbols.push(symbol);
            if scope.insert(name.clone(), Meaning::Own(format!("#{name}"))).is_some() {
                let message = format!("error parsing protobuf: entity {name:?} already defined");
                return Err(ProtoFault { file: String::new(), span: Some(at), message });
            }
        }
        self.scopes.push(scope);
        Ok(())
    }

    /// Leaves the innermost scope.
    pub fn pop(&mut self) {
        self.scopes.pop();
    }

    /// Adds the types of a file that need no conversion; false if it is none of them.
    pub fn add_known(&mut self, import: &str) -> bool {
        let mut found = import == "cue/cue.proto";
        for (file, name, source, package) in KNOWN {
            if *file == import {
                found = true;
                let name = format!("google.protobuf.{name}");
                self.scopes[0].insert(name, Meaning::Source(source, *package));
            }
        }
        found
    }

    /// Adds what another file declares.
    pub fn add_import(&mut self, index: usize, other: &Self) {
        let mut theirs: Vec<&str> = other.proto_package.split('.').collect();
        let package = self.proto_package.clone();
        let ours: Vec<&str> = package.split('.').collect();
        let mut ours = &ours[..];
        let same = other.qualified() == self.qualified();
        let mut added = Vec::new();
        loop {
            for symbol in &other.symbols {
                let mut name = theirs.join(".");
                if !theirs.is_empty() {
                    name.push('.');
                }
                name.push_str(symbol);
                let first = symbol.split('.').next().unwrap_or(symbol);
                let definition = format!("#{first}");
                let meaning =
                    if same { Meaning::Own(definition) } else { Meaning::Imported(index, definition) };
                added.push((name, meaning));
            }
            let Some(first) = theirs.first() else { break };
            if ours.first() != Some(first) {
                break;
            }
            theirs.remove(0);
            ours = &ours[1..];
        }
        for (name, meaning) in added {
            self.scopes[0].entry(name).or_insert(meaning);
        }
    }

    /// What a name means where it is used: the meaning of its first part that has one, and the parts behind it.
    pub fn resolve(&self, name: &str, at: Span) -> Result<(Meaning, Vec<String>), ProtoFault> {
        let (name, scopes) = match name.strip_prefix('.') {
            Some(absolute) => (absolute, &self.scopes[..1]),
            None => (name, &self.scopes[..]),
        };
        let ends = name.match_indices('.').map(|(i, _)| i).chain([name.len()]);
        let own = format!("{}.", self.proto_package);
        for end in ends {
            let part = &name[..end];
            let part = part.strip_prefix(&own).unwrap_or(part);
            if let Some(meaning) = scopes.iter().rev().find_map(|s| s.get(part)) {
                let rest = name[end..].split('.').filter(|p| !p.is_empty()).map(str::to_owned).collect();
                return Ok((meaning.clone(), rest));
            }
        }
        let message = format!("error parsing protobuf: name {name:?} not found");
        Err(ProtoFault { file: String::new(), span: Some(at), message })
    }
}

/// The labels of a message's fields, which hide predeclared names and packages of the same name.
pub(crate) fn labels(items: &[Item]) -> FxHashSet<String> {
    let fields =
        items.iter().filter_map(|i| if let Item::Field(f) = i { Some(label(&f.name)) } else { None });
    fields.collect()
}

/// The name of a field in CUE: `snake_case` becomes `camelCase`.
pub(crate) fn label(name: &str) -> String {
    let mut parts = name.split('_');
    let mut out = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let mut chars = part.chars();
        out.extend(chars.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(chars.as_str());
    }
    out
}
