//! Reference pages of definitions, in Markdown: what a definition says about itself, its parameters as tables, what it makes,
//! and an example. `def doc` prints them; `docs/definitions` holds those of the built-in ones.

use std::fmt::Write as _;

use vela_yaml::{YamlStyle, to_yaml};

use crate::data::{self, Value};
use crate::definition::{Definition, Kind};
use crate::engine::Engine;
use crate::schema::{Field, Need, NodeId, Schema, Shape, Struct, shown_value};
use crate::trial;
use crate::vet;

/// Deepest structs that get a table.
const MAX_DEPTH: usize = 8;

/// Most tables of a page.
const MOST_TABLES: usize = 200;

/// The page of a definition. `engine` tells what it makes.
pub fn page(definition: &Definition, engine: &mut dyn Engine) -> String {
    let mut out = format!("# `{}`\n\n", definition.name);
    let kind = kind_words(definition.kind);
    let description = description(definition);
    let _ = writeln!(out, "{kind}. {}\n", inline(&description));
    facts(definition, &mut out);
    let schema = definition.template.as_ref().and_then(|t| vet::schema(t)).map(|(schema, _)| schema);
    let example = schema.as_ref().and_then(vet::example).filter(|e| matches!(e, Value::Map(_)));
    let shown = example.clone().unwrap_or_else(data::empty);
    made(definition, &shown, engine, &mut out);
    if let Some(text) = usage(definition, &shown) {
        let _ = writeln!(out, "## Example\n\n```yaml\n{text}```\n");
    }
    match &schema {
        Some(schema) => parameters(schema, &mut out),
        None => out.push_str("## Parameters\n\nIt has none.\n"),
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// The page that lists others: kinds with names, descriptions and links.
pub fn index(all: &[(&Definition, String)]) -> String {
    let mut out = "# Reference of definitions\n\nWritten by `vela-lang def doc` from the definitions; every parameter's text is its `// +usage=` comment.\n"
        .to_owned();
    for kind in Kind::ALL {
        let of_kind: Vec<_> = all.iter().filter(|(d, _)| d.kind == kind).collect();
        if of_kind.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n## {}s\n\n| name | what it does |\n|---|---|", kind_words(kind));
        for (definition, path) in of_kind {
            let text = description(definition);
            let first = text.lines().next().unwrap_or("");
            let _ = writeln!(out, "| [`{}`]({path}) | {} |", definition.name, cell(first));
        }
    }
    out
}

const fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Component => "Component",
        Kind::Trait => "Trait",
        Kind::Policy => "Policy definition",
        Kind::WorkflowStep => "Workflow step",
        Kind::Workload => "Workload",
    }
}

fn description(definition: &Definition) -> String {
    definition.annotations.get("definition.oam.dev/description").map_or_else(String::new, |d| d.to_string())
}

fn facts(definition: &Definition, out: &mut String) {
    let mut lines: Vec<String> = Vec::new();
    let list = definition.spec.get("appliesToWorkloads").and_then(Value::as_list).unwrap_or_default();
    let names: Vec<String> = list.iter().filter_map(Value::as_str).map(|n| format!("`{n}`")).collect();
    if !names.is_empty() {
        lines.push(format!("For workloads: {}", names.join(", ")));
    }
    if definition.flag("podDisruptive") {
        lines.push("A change of it restarts pods".to_owned());
    }
    let stage = definition.text(&["stage"]);
    if !stage.is_empty() {
        lines.push(format!("Stage: `{stage}`"));
    }
    if definition.flag("manageWorkload") {
        lines.push("It takes the place of the workload".to_owned());
    }
    for line in &lines {
        let _ = writeln!(out, "* {line}");
    }
    if !lines.is_empty() {
        out.push('\n');
    }
}

/// What it makes of the example.
fn made(definition: &Definition, parameter: &Value, engine: &mut dyn Engine, out: &mut String) {
    if !matches!(definition.kind, Kind::Component | Kind::Trait) {
        return;
    }
    let case = trial::Case::of(parameter.clone());
    let Ok(made) = trial::run(definition, &case, engine, &mut |_, _| {}) else { return };
    let shown = |v: &Value| {
        let (api, kind) = (data::text(v, &["apiVersion"]), data::text(v, &["kind"]));
        (!kind.is_empty()).then(|| format!("`{kind}` (`{api}`)"))
    };
    let mut kinds: Vec<String> = Vec::new();
    if definition.kind == Kind::Component {
        kinds.extend(made.get("output").and_then(shown));
    }
    let outputs = made.get("outputs").and_then(Value::as_map).unwrap_or_default();
    kinds.extend(outputs.iter().filter_map(|(_, v)| shown(v)));
    if definition.kind == Kind::Trait && made.get("output").is_some() {
        out.push_str("It changes the workload");
        if !kinds.is_empty() {
            let _ = write!(out, ", and makes {}", kinds.join(", "));
        }
        out.push_str(".\n\n");
    } else if !kinds.is_empty() {
        let _ = writeln!(out, "With what the example gives it makes {}.\n", kinds.join(", "));
    }
}

/// How it is written in an Application.
fn usage(definition: &Definition, parameter: &Value) -> Option<String> {
    let mut one = data::map([("type", Value::Str(definition.name.clone()))]);
    if parameter.as_map().is_some_and(|m| !m.is_empty()) {
        one.set("properties", parameter.clone());
    }
    let named = |name: &str, mut inner: Value| {
        let mut out = data::map([("name", Value::str(name))]);
        if let Some(fields) = inner.as_map_mut() {
            for (key, value) in std::mem::take(fields) {
                out.set(&key, value);
            }
        }
        out
    };
    let whole = match definition.kind {
        Kind::Component => data::map([("components", Value::List(vec![named("example", one)]))]),
        Kind::Trait => data::map([("traits", Value::List(vec![one]))]),
        Kind::Policy => data::map([("policies", Value::List(vec![named("example", one)]))]),
        Kind::WorkflowStep => {
            let steps = data::map([("steps", Value::List(vec![named("example", one)]))]);
            data::map([("workflow", steps)])
        }
        Kind::Workload => return None,
    };
    Some(to_yaml(&whole, YamlStyle::Cue))
}

fn parameters(schema: &Schema, out: &mut String) {
    out.push_str("## Parameters\n\n");
    let mut work: Vec<(String, NodeId)> = vec![(String::new(), schema.root)];
    let mut seen: Vec<NodeId> = Vec::new();
    let mut tables = 0;
    while !work.is_empty() && tables < MOST_TABLES {
        let (path, id) = work.remove(0);
        if seen.contains(&id) {
            continue;
        }
        seen.push(id);
        let structs = schema.structs(id);
        if !path.is_empty() {
            let _ = writeln!(out, "### {path}\n");
        }
        let several = structs.iter().filter(|s| !s.fields.is_empty()).count() > 1;
        let mut next: Vec<(String, NodeId)> = Vec::new();
        for (n, s) in structs.iter().enumerate() {
            if s.fields.is_empty() && s.pattern.is_none() {
                continue;
            }
            if several {
                out.push_str(if n == 0 { "Either these:\n\n" } else { "or these:\n\n" });
            }
            table(schema, s, out);
            tables += 1;
            for field in &s.fields {
                let below =
                    if path.is_empty() { field.name.to_string() } else { format!("{path}.{}", field.name) };
                inner(schema, &below, field.node, &mut next);
            }
            if let Some(pattern) = s.pattern {
                inner(schema, &format!("{path}[name]"), pattern, &mut next);
            }
        }
        if structs.iter().all(|s| s.fields.is_empty()) && path.is_empty() {
            match structs.iter().find_map(|s| s.pattern) {
                Some(pattern) => {
                    let _ = writeln!(out, "Any names; each value is {}.\n", code(&schema.shown(pattern)));
                }
                None => out.push_str("It takes anything, or nothing.\n\n"),
            }
        }
        // What is inside follows directly.
        next.extend(work);
        work = next;
    }
}

/// Structs inside of a value, with the way to them.
fn inner(schema: &Schema, path: &str, id: NodeId, out: &mut Vec<(String, NodeId)>) {
    if path.matches(['.', '[']).count() > MAX_DEPTH {
        return;
    }
    if schema.structs(id).iter().any(|s| !s.fields.is_empty()) {
        out.push((path.to_owned(), id));
        return;
    }
    for item in schema.items(id) {
        inner(schema, &format!("{path}[]"), item, out);
    }
    for s in schema.structs(id) {
        if let Some(pattern) = s.pattern.filter(|p| *p != id) {
            inner(schema, &format!("{path}[name]"), pattern, out);
        }
    }
}

fn table(schema: &Schema, s: &Struct, out: &mut String) {
    if s.fields.is_empty() {
        return;
    }
    out.push_str("| name | type | default | |\n|---|---|---|---|\n");
    for field in &s.fields {
        row(schema, field, out);
    }
    out.push('\n');
}

fn row(schema: &Schema, field: &Field, out: &mut String) {
    let node = schema.node(field.node);
    let default = node.default.as_ref().map(|d| code(&shown_value(d))).unwrap_or_default();
    let default = if node.late { "known when rendering".to_owned() } else { default };
    let required = match field.need {
        Need::Optional => false,
        _ => schema.required(field),
    };
    let name = match (required, field.conditional) {
        (true, _) => format!("**`{}`** (required)", field.name),
        (false, true) => format!("`{}` (only with some of the others)", field.name),
        (false, false) => format!("`{}`", field.name),
    };
    let _ = writeln!(
        out,
        "| {name} | {} | {default} | {} |",
        code(&kind_of(schema, field.node)),
        cell(&inline(&field.doc))
    );
}

/// The type, without the default that has a column of its own.
fn kind_of(schema: &Schema, id: NodeId) -> String {
    let node = schema.node(id);
    match &node.shape {
        Shape::Scalar(s) => {
            let words = s.kinds.words();
            let values = s.values.iter().filter(|v| s.kinds.is_empty() || node.default.as_ref() != Some(v));
            let mut parts: Vec<String> = values.map(shown_value).collect();
            parts.extend(words.into_iter().map(str::to_owned));
            let mut text = parts.join(" | ");
            for constraint in &s.constraints {
                let _ = write!(text, " & {constraint}");
            }
            text
        }
        // Of `*[] | [...string]` the last says what may be in it.
        Shape::OneOf(all) if all.iter().all(|n| matches!(schema.node(*n).shape, Shape::List(_))) => {
            all.last().map_or_else(String::new, |n| schema.shown(*n))
        }
        _ => schema.shown(id),
    }
}

fn code(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("`{}`", text.replace('|', "\\|").replace('`', "'")) }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// A text as one paragraph.
fn inline(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
