//! An object against the fields of its kind: unknown ones, wrong types, elements of lists that are there twice, required
//! fields. What server-side apply does before any rule of the kind is asked.

use std::collections::HashSet;

use base64::Engine as _;
use vela_diagnostics::catalogue::kubernetes::{
    DUPLICATE_ENTRY, INVALID_VALUE, MISSING_FIELD, UNKNOWN_FIELD, WRONG_TYPE,
};
use vela_diagnostics::{Severity, did_you_mean};
use vela_yaml::Data;

use crate::data::{Distinct, Field, Schemas, Shape, Since, Type, TypeId};
use crate::finding::{Findings, Node};
use crate::syntax;

/// Fields that the documents call required and that no server asks for: what they leave out counts as empty.
const OPTIONAL: &[(&str, &str)] = &[
    ("apps.v1.ControllerRevision", "revision"),
    ("apps.v1.StatefulSetSpec", "serviceName"),
    ("batch.v1.PodFailurePolicy", "rules"),
    ("core.v1.HTTPHeader", "value"),
    ("core.v1.ISCSIPersistentVolumeSource", "lun"),
    ("core.v1.ISCSIVolumeSource", "lun"),
    ("core.v1.LimitRangeSpec", "limits"),
    ("core.v1.SleepAction", "seconds"),
    ("core.v1.Sysctl", "value"),
    ("storage.v1.CSINodeSpec", "drivers"),
];

/// Checks `at` as an object of this type.
pub fn check(schemas: &Schemas, target: TypeId, at: &Node, out: &mut Findings) {
    Walk { schemas, minor: out.minor }.fields(schemas.get(target), at, out);
}

struct Walk<'s> {
    schemas: &'s Schemas,
    minor: u8,
}

impl Walk<'_> {
    fn fields(&self, owner: &Type, at: &Node, out: &mut Findings) {
        for (name, node) in at.fields() {
            match owner.field(name, self.minor) {
                Some(field) => self.value(&field.shape, &node, out),
                None => self.unknown(owner, name, &node, out),
            }
        }
        // Most types ask for nothing, and most objects give what is asked.
        for field in owner.fields(self.minor).filter(|f| f.required && !at.filled(f.name)) {
            if self.missing(owner, field, at) {
                out.error_in(MISSING_FIELD, at, field.name, "is missing".to_owned());
            }
        }
    }

    /// Whether a required field, which is absent or empty, is one that the server asks for.
    fn missing(&self, owner: &Type, field: &Field, at: &Node) -> bool {
        if OPTIONAL.contains(&(owner.name, field.name)) {
            return false;
        }
        match &field.shape {
            Shape::Type(id) => self.demands(*id, 0),
            Shape::String | Shape::List(..) | Shape::Map(_) => true,
            Shape::Bool | Shape::Object | Shape::Any | Shape::Bytes => false,
            _ => !at.has(field.name),
        }
    }

    /// Whether the type cannot be empty.
    fn demands(&self, id: TypeId, depth: usize) -> bool {
        let owner = self.schemas.get(id);
        depth < 4
            && owner.fields(self.minor).filter(|f| f.required).any(|f| match &f.shape {
                Shape::Type(inner) => self.demands(*inner, depth + 1),
                Shape::Bool | Shape::Object | Shape::Any => false,
                _ => !OPTIONAL.contains(&(owner.name, f.name)),
            })
    }

    fn unknown(&self, owner: &Type, name: &str, node: &Node, out: &mut Findings) {
        let message = match owner.elsewhere(name) {
            Some(Since { from, .. }) if from > self.minor => {
                format!("is there from Kubernetes 1.{from} on, and the cluster has 1.{}", self.minor)
            }
            Some(Since { to, .. }) => {
                format!("is not there any more since Kubernetes 1.{}", to.saturating_add(1))
            }
            None => "is no field there".to_owned(),
        };
        let known = owner.fields(self.minor).map(|f| f.name);
        out.push(UNKNOWN_FIELD, Severity::Error, node.path(), message, did_you_mean(name, known));
    }

    fn value(&self, shape: &Shape, at: &Node, out: &mut Findings) {
        // Null is the same as leaving the field out, at any depth.
        if *at.value == Data::Null {
            return;
        }
        match (shape, at.value) {
            (Shape::Any, _)
            | (Shape::String, Data::Str(_))
            | (Shape::Bool, Data::Bool(_))
            | (Shape::Number, Data::Num(_))
            | (Shape::IntOrString, Data::Str(_))
            | (Shape::Object, Data::Map(_)) => {}
            (Shape::Int32 | Shape::IntOrString, Data::Num(n)) => {
                let fits = n.to_i64().is_some_and(|n| i32::try_from(n).is_ok());
                whole(fits, n, 32, at, out);
            }
            (Shape::Int64, Data::Num(n)) => whole(n.to_i64().is_some(), n, 64, at, out),
            (Shape::Bytes, Data::Str(text)) => {
                if base64::engine::general_purpose::STANDARD.decode(text.replace(['\n', '\r'], "")).is_err() {
                    out.error(INVALID_VALUE, at, "is not base64");
                }
            }
            (Shape::Time, Data::Str(text)) => out.fault(INVALID_VALUE, at, syntax::time(text)),
            (Shape::Quantity, Data::Num(_) | Data::Str(_)) => {
                out.fault(INVALID_VALUE, at, syntax::quantity(at.value).err());
            }
            (Shape::Type(id), Data::Map(_)) => self.fields(self.schemas.get(*id), at, out),
            (Shape::Map(inner), Data::Map(_)) => {
                at.fields().for_each(|(_, node)| self.value(inner, &node, out));
            }
            (Shape::List(inner, distinct), Data::List(_)) => {
                for node in at.items() {
                    match (&**inner, node.value) {
                        (Shape::Type(id), Data::Null) if self.demands(*id, 0) => {
                            out.error(WRONG_TYPE, &node, "is null, and has to be a map");
                        }
                        _ => self.value(inner, &node, out),
                    }
                }
                Self::distinct(distinct, at, out);
            }
            (_, value) => {
                let (wanted, got) = (wanted(shape), value.kind());
                let help = match (shape, value) {
                    (Shape::String, Data::Num(_) | Data::Bool(_)) => Some("put it in quotes".to_owned()),
                    _ => None,
                };
                let got = if got == "struct" { "map" } else { got };
                let message = format!("is a {got}, and has to be {wanted}");
                out.push(WRONG_TYPE, Severity::Error, at.path(), message, help);
            }
        }
    }

    fn distinct(distinct: &Distinct, at: &Node, out: &mut Findings) {
        let mut seen: HashSet<String> = HashSet::new();
        for node in at.items() {
            let shown = match distinct {
                Distinct::No => return,
                Distinct::Values => match node.value {
                    Data::Map(_) | Data::List(_) => continue,
                    value => scalar(value),
                },
                Distinct::Keys(keys) => {
                    if !matches!(node.value, Data::Map(_)) {
                        continue;
                    }
                    let mut parts = Vec::with_capacity(keys.len());
                    for (key, default) in keys {
                        let value = match node.value.get(key) {
                            None | Some(Data::Null) => default.unwrap_or_default().to_owned(),
                            Some(value) => scalar(value),
                        };
                        parts.push(format!("{key} {value}"));
                    }
                    parts.join(", ")
                }
            };
            if let Some(shown) = seen.replace(shown) {
                let at = node.path();
                let message = match distinct {
                    Distinct::Values => format!("`{shown}` is there twice"),
                    _ => format!("has the same {shown} as an element before it"),
                };
                out.push(DUPLICATE_ENTRY, Severity::Error, at, message, None);
            }
        }
    }
}

fn scalar(value: &Data) -> String {
    match value {
        Data::Str(s) => s.to_string(),
        Data::Num(n) => n.to_json_text(),
        Data::Bool(b) => b.to_string(),
        _ => String::new(),
    }
}

fn whole(fits: bool, n: &vela_number::Number, bits: u8, at: &Node, out: &mut Findings) {
    if !syntax::whole(n) {
        out.error(WRONG_TYPE, at, format!("is {}, and has to be a whole number", n.to_json_text()));
    } else if !fits && n.is_int() {
        // The server cuts it off without a word.
        let message = format!("is {}, which {bits} bits do not hold", n.to_json_text());
        out.push(INVALID_VALUE, Severity::Warning, at.path(), message, None);
    }
}

/// What a shape is, with its article.
fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Shape::String => "a string",
        Shape::Bool => "a bool",
        Shape::Int32 | Shape::Int64 => "a whole number",
        Shape::Number => "a number",
        Shape::Bytes => "base64 text",
        Shape::Time => "a time",
        Shape::Quantity => "a quantity",
        Shape::IntOrString => "a number or a string",
        Shape::Object | Shape::Type(_) | Shape::Map(_) => "a map",
        Shape::List(..) => "a list",
        Shape::Any => "a value",
    }
}
