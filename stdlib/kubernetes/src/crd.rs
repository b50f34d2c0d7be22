//! Custom resources by the schemas of their CustomResourceDefinitions: `properties`, `required`, `enum`, bounds, patterns,
//! alternatives, and the `x-kubernetes-` words. Rules in CEL (`x-kubernetes-validations`) are the cluster's to decide.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use regex::Regex;
use rustc_hash::FxHashMap;
use vela_diagnostics::catalogue::kubernetes::{
    BAD_CRD, DUPLICATE_ENTRY, INVALID_VALUE, MISSING_FIELD, UNKNOWN_FIELD, WRONG_TYPE,
};
use vela_diagnostics::{Severity, did_you_mean};
use vela_yaml::{Data, JsonStyle, to_json};

use crate::data::{Shape, schemas};
use crate::finding::{Finding, Findings, Node, listed};
use crate::{schema, syntax};

/// Nesting of alternatives that is followed.
const DEEPEST: usize = 64;

/// The definitions of custom resources that are known.
#[derive(Debug, Default)]
pub struct Crds {
    found: FxHashMap<(String, String), Crd>,
    patterns: Arc<Patterns>,
}

/// Compiled patterns by their text; `None` for one that Rust does not compile.
#[derive(Debug, Default)]
struct Patterns(Mutex<FxHashMap<String, Option<Regex>>>);

/// One version of a custom resource.
#[derive(Debug)]
pub struct Crd {
    schema: Option<Data>,
    patterns: Arc<Patterns>,
}

impl Crds {
    /// Takes a definition; says what is wrong with an object that is none.
    pub fn add(&mut self, object: &Data) -> Result<(), Finding> {
        let text = |path: &[&str]| object.at(path).and_then(Data::as_str).unwrap_or("").to_owned();
        let bad = |message: &str| Finding {
            code: BAD_CRD,
            severity: Severity::Error,
            path: Vec::new(),
            message: message.to_owned(),
            help: None,
        };
        if text(&["kind"]) != "CustomResourceDefinition" {
            return Err(bad("is no CustomResourceDefinition"));
        }
        if text(&["apiVersion"]) != "apiextensions.k8s.io/v1" {
            return Err(bad("is not of `apiextensions.k8s.io/v1`"));
        }
        let (group, kind) = (text(&["spec", "group"]), text(&["spec", "names", "kind"]));
        let versions = object.at(&["spec", "versions"]).and_then(Data::as_list).unwrap_or_default();
        if group.is_empty() || kind.is_empty() || versions.is_empty() {
            return Err(bad("has no `spec.group`, `spec.names.kind` or `spec.versions`"));
        }
        for version in versions.iter().filter(|v| v.get("served") != Some(&Data::Bool(false))) {
            let name = version.get("name").and_then(Data::as_str).unwrap_or("");
            let schema = version.at(&["schema", "openAPIV3Schema"]).cloned();
            let crd = Crd { schema, patterns: self.patterns.clone() };
            self.found.insert((format!("{group}/{name}"), kind.clone()), crd);
        }
        Ok(())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The definition of a kind.
    pub fn find(&self, api: &str, kind: &str) -> Option<&Crd> {
        self.found.get(&(api.to_owned(), kind.to_owned()))
    }

    /// A hint for a kind that no definition has; `None` where its group is not covered at all.
    pub fn nearest(&self, api: &str, kind: &str) -> Option<Option<String>> {
        let group = |api: &str| api.split('/').next().unwrap_or("").to_owned();
        let own = group(api);
        let mut known: Vec<&(String, String)> = self.found.keys().filter(|(a, _)| group(a) == own).collect();
        known.sort();
        if known.is_empty() {
            return None;
        }
        if let Some((other, _)) = known.iter().find(|(_, k)| k == kind) {
            return Some(Some(format!("it is in `{other}`")));
        }
        Some(did_you_mean(kind, known.iter().map(|(_, k)| k.as_str())))
    }
}

impl Crd {
    /// Checks an object of the kind.
    pub fn check(&self, at: &Node, out: &mut Findings) {
        metadata(at, out);
        if let Some(schema) = &self.schema {
            Walk { patterns: &self.patterns }.map(schema, at, true, 0, out);
        }
    }
}

/// `metadata` of an object in a custom resource, by the server's own type.
fn metadata(at: &Node, out: &mut Findings) {
    let pod = schemas().kind("v1", "Pod", out.minor);
    let field = pod.and_then(|pod| schemas().get(pod.target).field("metadata", out.minor));
    if let (Some(Shape::Type(id)), Some(meta)) = (field.map(|f| &f.shape), at.get("metadata")) {
        schema::check(schemas(), *id, &meta, out);
    }
}

struct Walk<'s> {
    patterns: &'s Patterns,
}

fn flag(schema: &Data, name: &str) -> bool {
    schema.get(name) == Some(&Data::Bool(true))
}

fn number(schema: &Data, name: &str) -> Option<f64> {
    schema.get(name).and_then(Data::as_num).map(vela_number::Number::to_f64)
}

fn text<'d>(schema: &'d Data, name: &str) -> &'d str {
    schema.get(name).and_then(Data::as_str).unwrap_or("")
}

impl Walk<'_> {
    fn value(&self, schema: &Data, at: &Node, depth: usize, out: &mut Findings) {
        if depth > DEEPEST {
            return;
        }
        if *at.value == Data::Null {
            // The server drops nulls of what is not nullable, and asks for defaults then.
            return;
        }
        if flag(schema, "x-kubernetes-int-or-string") {
            if !matches!(at.value, Data::Num(_) | Data::Str(_)) {
                out.error(WRONG_TYPE, at, "has to be a number or a string");
            }
        } else if !Self::typed(schema, at, out) {
            return;
        }
        match at.value {
            Data::Map(_) => self.map(schema, at, false, depth, out),
            Data::List(_) => self.list(schema, at, depth, out),
            Data::Str(s) => self.string(schema, s, at, out),
            Data::Num(n) => bounds(schema, n.to_f64(), at, out),
            _ => {}
        }
        self.constraints(schema, at, depth, out);
    }

    /// Whether the value has the type that is asked for.
    fn typed(schema: &Data, at: &Node, out: &mut Findings) -> bool {
        let wanted = text(schema, "type");
        let fits = match (wanted, at.value) {
            ("", _)
            | ("object", Data::Map(_))
            | ("array", Data::List(_))
            | ("string", Data::Str(_))
            | ("boolean", Data::Bool(_))
            | ("number", Data::Num(_)) => true,
            ("integer", Data::Num(n)) => syntax::whole(n),
            _ => false,
        };
        if !fits {
            let got = match at.value.kind() {
                "struct" => "map",
                kind => kind,
            };
            out.error(WRONG_TYPE, at, format!("is a {got}, and has to be of type `{wanted}`"));
        }
        fits
    }

    fn map(&self, schema: &Data, at: &Node, root: bool, depth: usize, out: &mut Findings) {
        let properties = schema.get("properties").and_then(Data::as_map).unwrap_or_default();
        let more = schema.get("additionalProperties");
        let open = flag(schema, "x-kubernetes-preserve-unknown-fields")
            || matches!(more, Some(Data::Bool(true)))
            || (properties.is_empty() && more.is_none() && text(schema, "type") != "object");
        let embedded = root || flag(schema, "x-kubernetes-embedded-resource");
        for (name, node) in at.fields() {
            if embedded && matches!(name, "apiVersion" | "kind" | "metadata") {
                continue;
            }
            match (properties.iter().find(|(n, _)| **n == *name), more) {
                (Some((_, inner)), _) => self.value(inner, &node, depth + 1, out),
                (None, Some(inner @ Data::Map(_))) => self.value(inner, &node, depth + 1, out),
                (None, _) if open => {}
                (None, _) => {
                    let help = did_you_mean(name, properties.iter().map(|(n, _)| &**n));
                    let message = "is no field there".to_owned();
                    out.push(UNKNOWN_FIELD, Severity::Error, node.path(), message, help);
                }
            }
        }
        for name in schema.get("required").and_then(Data::as_list).unwrap_or_default() {
            let Some(name) = name.as_str() else { continue };
            let filled = properties.iter().any(|(n, p)| **n == *name && p.get("default").is_some());
            if !at.has(name) && !filled {
                out.error_in(MISSING_FIELD, at, name, "is missing");
            }
        }
        let count = at.value.as_map().map_or(0, <[_]>::len);
        sized(schema, count, ["minProperties", "maxProperties"], "fields", at, out);
        if root {
            self.constraints(schema, at, depth, out);
        }
    }

    fn list(&self, schema: &Data, at: &Node, depth: usize, out: &mut Findings) {
        if let Some(inner) = schema.get("items") {
            at.items().for_each(|node| self.value(inner, &node, depth + 1, out));
        }
        sized(schema, at.items().count(), ["minItems", "maxItems"], "elements", at, out);
        let keys: Vec<&str> = match text(schema, "x-kubernetes-list-type") {
            "set" => Vec::new(),
            "map" => {
                let keys = schema.get("x-kubernetes-list-map-keys").and_then(Data::as_list);
                keys.unwrap_or_default().iter().filter_map(Data::as_str).collect()
            }
            _ => return,
        };
        let mut seen = HashSet::new();
        for node in at.items() {
            let key = if keys.is_empty() {
                json(node.value)
            } else {
                let default = |key: &str| schema.at(&["items", "properties", key, "default"]);
                let value = |key: &&str| node.value.get(key).or(default(key)).map_or(String::new(), json);
                keys.iter().map(value).collect::<Vec<_>>().join(",")
            };
            if !seen.insert(key) {
                out.error(DUPLICATE_ENTRY, &node, "has the same key as an element before it");
            }
        }
    }

    fn string(&self, schema: &Data, value: &str, at: &Node, out: &mut Findings) {
        let count = value.chars().count();
        sized(schema, count, ["minLength", "maxLength"], "characters", at, out);
        let pattern = text(schema, "pattern");
        if !pattern.is_empty() && self.patterns.matches(pattern, value) == Some(false) {
            out.error(INVALID_VALUE, at, format!("does not match `{pattern}`"));
        }
        let fault = match text(schema, "format") {
            "date-time" => syntax::time(value),
            "ipv4" | "ipv6" | "ip" => syntax::ip(value),
            "cidr" => syntax::cidr(value),
            _ => None,
        };
        out.fault(INVALID_VALUE, at, fault);
    }

    fn constraints(&self, schema: &Data, at: &Node, depth: usize, out: &mut Findings) {
        if let Some(allowed) = schema.get("enum").and_then(Data::as_list) {
            let own = json(at.value);
            if !allowed.iter().any(|a| json(a) == own) {
                let shown: Vec<&str> = allowed.iter().filter_map(Data::as_str).collect();
                let help = did_you_mean(at.str(), shown.iter().copied());
                let message = if shown.is_empty() {
                    "is none of the allowed values".to_owned()
                } else {
                    format!("has to be one of {}", listed(&shown))
                };
                out.push(INVALID_VALUE, Severity::Error, at.path(), message, help);
            }
        }
        let fits = |alternative: &Data| {
            let mut found = Findings { minor: out.minor, ..Findings::default() };
            self.alternative(alternative, at, depth + 1, &mut found);
            found.list.is_empty()
        };
        let list = |name: &str| schema.get(name).and_then(Data::as_list).unwrap_or_default();
        let (any, one) = (list("anyOf"), list("oneOf"));
        let none = !any.is_empty() && !any.iter().any(fits);
        let count = one.iter().filter(|a| fits(a)).count();
        let excluded = schema.get("not").is_some_and(fits);
        if none {
            out.error(INVALID_VALUE, at, "fits none of the alternatives of its schema");
        }
        if !one.is_empty() && count != 1 {
            out.error(
                INVALID_VALUE,
                at,
                format!("fits {count} of the alternatives of its schema, and has to fit one"),
            );
        }
        if excluded {
            out.error(INVALID_VALUE, at, "is what its schema excludes");
        }
        for all in list("allOf") {
            self.alternative(all, at, depth + 1, out);
        }
    }

    /// A part of an alternative: it constrains what is there, and says nothing of other fields.
    fn alternative(&self, schema: &Data, at: &Node, depth: usize, out: &mut Findings) {
        if depth > DEEPEST || !Self::typed(schema, at, out) {
            return;
        }
        for (name, inner) in schema.get("properties").and_then(Data::as_map).unwrap_or_default() {
            if let Some(node) = at.get(name) {
                self.alternative(inner, &node, depth + 1, out);
            }
        }
        for name in schema.get("required").and_then(Data::as_list).unwrap_or_default() {
            if let Some(name) = name.as_str().filter(|n| !at.has(n)) {
                out.error_in(MISSING_FIELD, at, name, "is missing");
            }
        }
        match at.value {
            Data::Str(s) => self.string(schema, s, at, out),
            Data::Num(n) => bounds(schema, n.to_f64(), at, out),
            _ => {}
        }
        self.constraints(schema, at, depth, out);
    }
}

impl Patterns {
    /// Whether the text matches; `None` where the pattern cannot be read.
    fn matches(&self, pattern: &str, text: &str) -> Option<bool> {
        let mut all = self.0.lock().ok()?;
        if !all.contains_key(pattern) {
            let compiled = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().ok();
            all.insert(pattern.to_owned(), compiled);
        }
        all.get(pattern)?.as_ref().map(|r| r.is_match(text))
    }
}

fn json(value: &Data) -> String {
    to_json(value, JsonStyle::GO)
}

fn sized(schema: &Data, count: usize, names: [&str; 2], what: &str, at: &Node, out: &mut Findings) {
    let count = count as f64;
    if let Some(least) = number(schema, names[0]).filter(|n| count < *n) {
        out.error(INVALID_VALUE, at, format!("has {count} {what}, and needs at least {least}"));
    }
    if let Some(most) = number(schema, names[1]).filter(|n| count > *n) {
        out.error(INVALID_VALUE, at, format!("has {count} {what}, and may have {most}"));
    }
}

fn bounds(schema: &Data, n: f64, at: &Node, out: &mut Findings) {
    if let Some(least) = number(schema, "minimum") {
        let exclusive = flag(schema, "exclusiveMinimum");
        if n < least || exclusive && n == least {
            let how = if exclusive { "more than" } else { "at least" };
            out.error(INVALID_VALUE, at, format!("is {n}, and has to be {how} {least}"));
        }
    }
    if let Some(most) = number(schema, "maximum") {
        let exclusive = flag(schema, "exclusiveMaximum");
        if n > most || exclusive && n == most {
            let how = if exclusive { "less than" } else { "at most" };
            out.error(INVALID_VALUE, at, format!("is {n}, and has to be {how} {most}"));
        }
    }
    if let Some(step) = number(schema, "multipleOf").filter(|s| *s > 0.0 && (n / s).fract() != 0.0) {
        out.error(INVALID_VALUE, at, format!("is {n}, which is no multiple of {step}"));
    }
}
