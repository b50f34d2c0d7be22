//! Mistakes of Applications against the definitions they use, with places in the YAML and the parameter meant. Pure:
//! places in definitions are given as numbers of fields, and become spans in `queries.rs`.

pub mod applies;
pub mod catalogue;
pub mod items;
pub mod parts;
pub mod yaml;

use std::sync::Arc;

use crate::definition::Kind;
use vela_diagnostics::catalogue::application::{
    APPLICATION, BAD_PROPERTIES, DUPLICATE_NAME, UNKNOWN_PROPERTY,
};
use vela_diagnostics::catalogue::definitions::{NOT_APPLICABLE, UNKNOWN_DEFINITION};
use vela_diagnostics::{Code, Severity, Span, nearest};
use vela_yaml::{Data, Doc, Kind as YamlKind, NodeId as YamlId, Scalar as YamlScalar, Style};

use crate::check::applies::Workloads;
use crate::check::items::DefinitionRef;
use crate::check::parts::{Part, parts};
use crate::check::yaml::oam_kind;
use crate::schema::{Field, Kinds, NodeId, Openness, Scalar, Schema, Shape, Struct, shown_value};

/// Most mistakes told of one document.
const MAX_MISTAKES: usize = 200;
/// Deepest nesting that is checked.
const MAX_DEPTH: u32 = 64;
/// Most allowed values listed.
const MAX_VALUES: usize = 12;

/// What Application, Policy and Workflow documents may have, as CUE.
pub const FORMS: &str = include_str!("application.cue");

/// A mistake.
#[derive(Clone, PartialEq, Debug)]
pub struct Mistake {
    /// Which of the catalogue.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// Where in the YAML.
    pub span: Span,
    /// Whether `span` is about a part of the document that `related` explains.
    pub related: Option<Related>,
    /// What would repair it: a title, the bytes to replace, and by what.
    pub fix: Option<(String, Span, String)>,
}

/// A place in a definition.
#[derive(Clone, PartialEq, Debug)]
pub struct Related {
    /// The definition.
    pub definition: DefinitionRef,
    /// A field of its parameter, by its number; the definition's name where there is none.
    pub place: Option<u32>,
    /// What is to be said about it.
    pub text: String,
}

/// The definitions there are.
pub trait Known {
    /// The definition of a kind and name, with what its parameter accepts.
    fn find(&self, kind: Kind, name: &str) -> Option<(DefinitionRef, Arc<Schema>)>;
    /// All names of a kind.
    fn names(&self, kind: Kind) -> Vec<Arc<str>>;
    /// What the definition of a kind and name says of workloads.
    fn workloads(&self, kind: Kind, name: &str) -> Workloads;
    /// What documents of a kind may have.
    fn document(&self, kind: &str) -> Option<Arc<Schema>>;
}

/// The mistakes of a document that is an Application, Policy or Workflow.
pub fn check(doc: &Doc, known: &dyn Known) -> Vec<Mistake> {
    let Some(kind) = oam_kind(doc) else { return Vec::new() };
    let mut mistakes = Vec::new();
    let Some(schema) = known.document(&kind) else { return mistakes };
    let subject =
        Subject { doc, schema: &schema, about: None, shown: kind.to_string(), filled: &[], partial: false };
    subject.value(doc.root, schema.root, &mut Vec::new(), &mut mistakes, 0);
    let parts = parts(doc);
    let mut component = None;
    for part in &parts {
        check_part(doc, part, known, &mut mistakes);
        match part.kind {
            Kind::Component => component = Some(part),
            Kind::Trait => applies(doc, part, component, known, &mut mistakes),
            _ => {}
        }
    }
    duplicates(doc, &parts, &mut mistakes);
    mistakes.sort_by_key(|m| (m.span.start, m.span.end));
    mistakes.truncate(MAX_MISTAKES);
    mistakes
}

/// The mistakes of a document in the form of a kind, which messages call `shown`.
pub fn form(doc: &Doc, kind: &str, shown: &str, known: &dyn Known) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let Some(schema) = known.document(kind) else { return mistakes };
    let shown = shown.to_owned();
    let subject = Subject { doc, schema: &schema, about: None, shown, filled: &[], partial: false };
    subject.value(doc.root, schema.root, &mut Vec::new(), &mut mistakes, 0);
    mistakes.sort_by_key(|m| (m.span.start, m.span.end));
    mistakes.truncate(MAX_MISTAKES);
    mistakes
}

/// The word for a kind of part.
pub fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Component | Kind::Workload => "component",
        Kind::Trait => "trait",
        Kind::Policy => "policy",
        Kind::WorkflowStep => "workflow step",
    }
}

fn check_part(doc: &Doc, part: &Part, known: &dyn Known, out: &mut Vec<Mistake>) {
    let Some(name) = part.type_name.as_deref().filter(|n| !n.is_empty()) else { return };
    let word = kind_word(part.kind);
    let base = name.split_once('@').map_or(name, |(b, _)| b);
    let Some((definition, schema)) = known.find(part.kind, base) else {
        if base != name && name.contains("@v") {
            // Versions live in the cluster.
            return;
        }
        let span = part.type_node.map_or_else(|| doc.node(part.node).span, |n| doc.node(doc.target(n)).span);
        let names = known.names(part.kind);
        let near = nearest(base, names.iter().map(|n| &**n)).map(str::to_owned);
        let hint = near.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        let mut mistake = mistake(UNKNOWN_DEFINITION, span, format!("unknown {word} type `{base}`{hint}"));
        mistake.fix = near.filter(|_| base == name).map(|n| (format!("Change to `{n}`"), span, n));
        if let Some((definition, _)) = near_definition(&mistake, part.kind, known) {
            let text = "the nearest there is".to_owned();
            mistake.related = Some(Related { definition, place: None, text });
        }
        out.push(mistake);
        return;
    };
    let subject = Subject {
        doc,
        schema: &schema,
        about: Some(definition),
        shown: format!("{word} type `{base}`"),
        filled: &part.filled,
        partial: part.partial,
    };
    match part.properties.filter(|p| !is_null(doc, *p)) {
        // That properties are no map is told with the form of the document.
        Some(properties) if doc.entries(properties).is_none() => {}
        Some(properties) => subject.value(properties, schema.root, &mut Vec::new(), out, 0),
        None => {
            let at = part.properties.map(|_| doc.get(part.node, "properties")).and_then(|e| e);
            let name = || doc.get(part.node, "name").map(|e| e.value);
            let at = at.map(|e| e.key).or_else(name).or(part.type_node);
            let span = at.map_or_else(|| doc.node(part.node).span, |n| doc.node(doc.target(n)).span);
            subject.absent(span, out);
        }
    }
}

/// A trait that is not for the workload of its component.
fn applies(doc: &Doc, part: &Part, component: Option<&Part>, known: &dyn Known, out: &mut Vec<Mistake>) {
    let types = (part.type_name.as_deref(), component.and_then(|c| c.type_name.as_deref()));
    let (Some(name), Some(carrier), Some(node)) = (types.0, types.1, part.type_node) else { return };
    let base = |name: &str| name.split_once('@').map_or(name, |(b, _)| b).to_owned();
    let (name, carrier) = (base(name), base(carrier));
    let wanted = known.workloads(Kind::Trait, &name);
    let own = known.workloads(Kind::Component, &carrier).own;
    if wanted.fits(&carrier, &own) {
        return;
    }
    let workload: Vec<String> = own.iter().map(|o| format!("`{o}`")).collect();
    let message = format!(
        "trait type `{name}` is for {}, and the workload of component type `{carrier}` is {}",
        wanted.shown(),
        workload.join(" or ")
    );
    let span = doc.node(doc.target(node)).span;
    let related = known.find(Kind::Trait, &name).map(|(definition, _)| Related {
        definition,
        place: None,
        text: "the trait".to_owned(),
    });
    out.push(Mistake { severity: Severity::Warning, related, ..mistake(NOT_APPLICABLE, span, message) });
}

fn near_definition(mistake: &Mistake, kind: Kind, known: &dyn Known) -> Option<(DefinitionRef, Arc<Schema>)> {
    known.find(kind, &mistake.fix.as_ref()?.2)
}

/// Components, policies and steps of one name.
fn duplicates(doc: &Doc, parts: &[Part], out: &mut Vec<Mistake>) {
    let mut seen: std::collections::HashSet<(Kind, &str)> = std::collections::HashSet::new();
    for part in parts.iter().filter(|p| !p.partial && p.kind != Kind::Trait) {
        let Some(name) = part.name.as_deref().filter(|n| !n.is_empty()) else { continue };
        if out.len() > MAX_MISTAKES {
            break;
        }
        if !seen.insert((part.kind, name))
            && let Some(entry) = doc.get(part.node, "name")
        {
            let span = doc.node(doc.target(entry.value)).span;
            let message = format!("a {} named `{name}` is there already", kind_word(part.kind));
            out.push(mistake(DUPLICATE_NAME, span, message));
        }
    }
}

fn mistake(code: Code, span: Span, message: String) -> Mistake {
    Mistake { code, severity: Severity::Error, message, span, related: None, fix: None }
}

/// The words that Kubernetes' YAML takes for booleans.
pub fn boolean_word(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn is_null(doc: &Doc, id: YamlId) -> bool {
    matches!(doc.node(doc.target(id)).kind, YamlKind::Scalar { value: YamlScalar::Null, .. })
}

/// What is checked: a document, or the properties of a part.
struct Subject<'a> {
    doc: &'a Doc,
    schema: &'a Schema,
    /// The definition that the schema belongs to.
    about: Option<DefinitionRef>,
    /// How messages call it.
    shown: String,
    /// Properties at the top that are filled in elsewhere.
    filled: &'a [Arc<str>],
    /// Whether nothing is missing.
    partial: bool,
}

impl Subject<'_> {
    fn code(&self) -> Code {
        if self.about.is_some() { BAD_PROPERTIES } else { APPLICATION }
    }

    fn related(&self, place: Option<u32>, text: String) -> Option<Related> {
        self.about.map(|definition| Related { definition, place, text })
    }

    /// No properties at all.
    fn absent(&self, span: Span, out: &mut Vec<Mistake>) {
        let structs = self.schema.structs(self.schema.root);
        if let [one] = structs.as_slice() {
            self.missing(one, &|_| false, span, &[], out);
        } else if !structs.is_empty()
            && structs.iter().all(|s| s.fields.iter().any(|f| self.schema.required(f)))
            && self.schema.node(self.schema.root).default.is_none()
        {
            // Each alternative needs something; those of the first are the usual ones.
            self.missing(structs[0], &|_| false, span, &[], out);
        }
    }

    fn value(&self, id: YamlId, node: NodeId, path: &mut Vec<String>, out: &mut Vec<Mistake>, depth: u32) {
        if depth > MAX_DEPTH || out.len() > MAX_MISTAKES {
            return;
        }
        let at = self.doc.target(id);
        let shape = &self.schema.node(node).shape;
        match (shape, &self.doc.node(at).kind) {
            (Shape::Any, _) => {}
            (Shape::OneOf(all), _) => self.alternatives(id, node, all, path, out, depth),
            (Shape::List(item), YamlKind::List { items, .. }) => {
                if let Some(item) = item {
                    for (i, value) in items.iter().enumerate() {
                        path.push(format!("[{i}]"));
                        self.value(*value, *item, path, out, depth + 1);
                        path.pop();
                    }
                }
            }
            (Shape::Struct(s), YamlKind::Map { .. }) => self.structure(at, s, path, out, depth),
            (Shape::Scalar(scalar), YamlKind::Scalar { value, text, style }) => {
                self.scalar(at, scalar, value, text, *style, node, path, out);
            }
            _ => self.wrong(at, node, path, out),
        }
    }

    fn alternatives(
        &self,
        id: YamlId,
        node: NodeId,
        all: &[NodeId],
        path: &mut Vec<String>,
        out: &mut Vec<Mistake>,
        depth: u32,
    ) {
        let at = self.doc.target(id);
        let mut best: Option<Vec<Mistake>> = None;
        for one in all {
            let fits = matches!(
                (&self.schema.node(*one).shape, &self.doc.node(at).kind),
                (Shape::Any | Shape::OneOf(_), _)
                    | (Shape::List(_), YamlKind::List { .. })
                    | (Shape::Struct(_), YamlKind::Map { .. })
                    | (Shape::Scalar(_), YamlKind::Scalar { .. })
            );
            if !fits {
                continue;
            }
            let mut found = Vec::new();
            self.value(id, *one, path, &mut found, depth + 1);
            let errors = |m: &[Mistake]| m.iter().filter(|m| m.severity == Severity::Error).count();
            let rank = |m: &[Mistake]| (errors(m), m.len());
            if best.as_ref().is_none_or(|b| rank(&found) < rank(b)) {
                best = Some(found);
            }
            if best.as_ref().is_some_and(Vec::is_empty) {
                return;
            }
        }
        match best {
            Some(mut found) => out.append(&mut found),
            None => self.wrong(at, node, path, out),
        }
    }

    fn structure(&self, at: YamlId, s: &Struct, path: &mut Vec<String>, out: &mut Vec<Mistake>, depth: u32) {
        let entries = self.doc.entries(at).unwrap_or_default();
        for entry in entries {
            if let Some(field) = s.field(&entry.name) {
                let before = out.len();
                path.push(entry.name.to_string());
                self.value(entry.value, field.node, path, out, depth + 1);
                path.pop();
                for mistake in out.iter_mut().skip(before).filter(|m| m.related.is_none()) {
                    mistake.related =
                        self.related(Some(field.place), format!("`{}` is declared here", field.name));
                }
            } else if let Some(pattern) = s.pattern {
                path.push(entry.name.to_string());
                self.value(entry.value, pattern, path, out, depth + 1);
                path.pop();
            } else {
                self.unknown(&entry.name, self.doc.node(entry.key).span, s, path, out);
            }
        }
        // What is not written there is where the map starts: at its first key.
        let span = entries.first().map_or(self.doc.node(at).span, |e| self.doc.node(e.key).span);
        self.missing(s, &|name| entries.iter().any(|e| &*e.name == name), span, path, out);
    }

    fn unknown(&self, name: &str, span: Span, s: &Struct, path: &[String], out: &mut Vec<Mistake>) {
        let near = nearest(name, s.fields.iter().map(|f| &*f.name)).and_then(|n| s.field(n));
        let severity = match s.openness {
            Openness::Closed => Severity::Error,
            Openness::Open => Severity::Warning,
            // More fields are welcome, so only what looks like a slip is told.
            Openness::Dots if near.is_some() => Severity::Warning,
            Openness::Dots => return,
        };
        // Without any declared field nothing is known about what belongs here.
        if s.fields.is_empty() && s.openness == Openness::Open {
            return;
        }
        let hint = near.map(|f| format!("; did you mean `{}`?", f.name)).unwrap_or_default();
        let place = if path.is_empty() { String::new() } else { format!(" below `{}`", shown_path(path)) };
        let message = format!("unknown property `{name}`{place} of {}{hint}", self.shown);
        let code = if self.about.is_some() { UNKNOWN_PROPERTY } else { APPLICATION };
        let mut mistake = Mistake { severity, ..mistake(code, span, message) };
        mistake.related = match near {
            Some(field) => self.related(Some(field.place), format!("`{}` is declared here", field.name)),
            None => self.related(None, "the definition".to_owned()),
        };
        mistake.fix = near.map(|f| (format!("Change to `{}`", f.name), span, f.name.to_string()));
        out.push(mistake);
    }

    fn missing(
        &self,
        s: &Struct,
        given: &dyn Fn(&str) -> bool,
        span: Span,
        path: &[String],
        out: &mut Vec<Mistake>,
    ) {
        if self.partial {
            return;
        }
        let filled = |f: &Field| path.is_empty() && self.filled.iter().any(|n| **n == *f.name);
        for field in s.fields.iter().filter(|f| !given(&f.name) && !filled(f) && self.schema.required(f)) {
            let mut full = path.to_vec();
            full.push(field.name.to_string());
            let shown = self.schema.wanted(field.node);
            let message =
                format!("missing property `{}` of {}: it needs {shown}", shown_path(&full), self.shown);
            let mut mistake = mistake(self.code(), span, message);
            mistake.related = self.related(Some(field.place), format!("`{}` is declared here", field.name));
            out.push(mistake);
        }
    }

    fn scalar(
        &self,
        at: YamlId,
        scalar: &Scalar,
        value: &YamlScalar,
        text: &Arc<str>,
        style: Style,
        node: NodeId,
        path: &[String],
        out: &mut Vec<Mistake>,
    ) {
        let data = match value {
            YamlScalar::Null => Data::Null,
            YamlScalar::Bool(b) => Data::Bool(*b),
            YamlScalar::Num(n) => Data::Num(n.clone()),
            YamlScalar::Bytes(b) => Data::Bytes(b.clone()),
            YamlScalar::Str => match boolean_word(text).filter(|_| style == Style::Plain) {
                Some(b) => Data::Bool(b),
                None => Data::Str(text.clone()),
            },
        };
        // Numbers pass through JSON, where `1.0` is `1`.
        let kinds = match &data {
            Data::Num(n) if n.is_integral() => Kinds::INT,
            other => Kinds::of(other).unwrap_or_default(),
        };
        if scalar.kinds.has(kinds) || scalar.values.iter().any(|v| same(v, &data)) {
            return;
        }
        let of_a_kind = scalar.values.iter().any(|v| Kinds::of(v).is_some_and(|k| !k.and(kinds).is_empty()));
        if !of_a_kind || data == Data::Null {
            self.wrong(at, node, path, out);
            return;
        }
        let span = self.doc.node(at).span;
        let mut allowed: Vec<String> = scalar.values.iter().take(MAX_VALUES).map(shown_value).collect();
        if scalar.values.len() > MAX_VALUES {
            allowed.push(format!("{} more", scalar.values.len() - MAX_VALUES));
        }
        allowed.extend(scalar.kinds.words().into_iter().map(|w| format!("any {w}")));
        let near = data.as_str().and_then(|s| nearest(s, scalar.values.iter().filter_map(Data::as_str)));
        let hint = near.map(|n| format!("; did you mean `{n}`?")).unwrap_or_default();
        let message = format!(
            "property `{}` of {} cannot be {}{hint} (allowed: {})",
            shown_path(path),
            self.shown,
            shown_value(&data),
            allowed.join(", ")
        );
        let mut mistake = mistake(self.code(), span, message);
        mistake.fix = near.map(|n| (format!("Change to `{n}`"), span, n.to_owned()));
        out.push(mistake);
    }

    fn wrong(&self, at: YamlId, node: NodeId, path: &[String], out: &mut Vec<Mistake>) {
        let span = self.doc.node(at).span;
        let wanted = match &self.schema.node(node).shape {
            Shape::List(_) => format!("a list, {}", self.schema.shown(node)),
            Shape::Struct(s) if s.fields.is_empty() && s.pattern.is_none() => "a map".to_owned(),
            Shape::Struct(s) => match s.fields.as_slice() {
                [] => format!("a map, {}", self.schema.shown(node)),
                [first, ..] => format!("a map with fields like `{}`", first.name),
            },
            _ => self.schema.wanted(node),
        };
        let what = if path.is_empty() {
            "`properties`".to_owned()
        } else {
            format!("property `{}`", shown_path(path))
        };
        let (found, hint) = self.found(at, node);
        let message = format!("{what} of {} needs {wanted}, not {found}{hint}", self.shown);
        out.push(mistake(self.code(), span, message));
    }

    /// What stands there, and what may have been overlooked.
    fn found(&self, at: YamlId, wanted: NodeId) -> (String, &'static str) {
        let kinds = match &self.schema.node(wanted).shape {
            Shape::Scalar(scalar) => scalar.kinds,
            _ => Kinds::default(),
        };
        let quotes = if kinds.has(Kinds::STRING) { "; quotes make it a string" } else { "" };
        match &self.doc.node(at).kind {
            YamlKind::List { .. } => ("a list".to_owned(), ""),
            YamlKind::Map { .. } => ("a map".to_owned(), ""),
            YamlKind::Alias { .. } => ("an alias".to_owned(), ""),
            YamlKind::Scalar { value, text, style } => match value {
                YamlScalar::Null => ("nothing".to_owned(), ""),
                YamlScalar::Bool(b) => (format!("the boolean {b}"), quotes),
                YamlScalar::Num(_) => (format!("the number {text}"), quotes),
                YamlScalar::Bytes(_) => ("bytes".to_owned(), ""),
                YamlScalar::Str if *style == Style::Plain && boolean_word(text).is_some() => (
                    format!("the boolean {text}"),
                    if quotes.is_empty() {
                        ""
                    } else {
                        "; Kubernetes takes the bare word for a boolean, quotes make it a string"
                    },
                ),
                YamlScalar::Str => {
                    let number = !kinds.and(Kinds::NUMBER).is_empty() && text.parse::<f64>().is_ok();
                    let boolean = kinds.has(Kinds::BOOL) && matches!(&**text, "true" | "false");
                    let hint = if number || boolean { "; leave the quotes away" } else { "" };
                    (format!("the string {}", shown_value(&Data::Str(text.clone()))), hint)
                }
            },
        }
    }
}

/// Equal as JSON values.
fn same(a: &Data, b: &Data) -> bool {
    match (a, b) {
        (Data::Num(a), Data::Num(b)) => a.to_f64() == b.to_f64(),
        _ => a == b,
    }
}

/// `env`, `[0]`, `name` as `env[0].name`; what is no plain name in quotes: `http["/"]`.
fn shown_path(path: &[String]) -> String {
    let mut out = String::new();
    for step in path {
        let plain = step.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$'));
        if step.starts_with('[') {
            out.push_str(step);
        } else if plain && !step.is_empty() {
            out.push_str(if out.is_empty() { "" } else { "." });
            out.push_str(step);
        } else {
            out.push_str(&format!("[{step:?}]"));
        }
    }
    out
}
