//! Tests of definitions: parameters, and the objects or the error that a definition makes of them. They stand in
//! `NAME.test.yaml` beside the definition; `docs/definitions.md` explains the format. A case evaluates the template alone:
//! what OAM adds to objects is not part of it.

use std::sync::Arc;

use vela_diagnostics::catalogue::definitions::TEST_FILE;
use vela_diagnostics::{Diagnostic, SourceId, Span, did_you_mean};

use crate::context::Context;
use crate::data::{self, Value};
use crate::definition::{Definition, Kind};
use crate::document::{DocPath, Document};
use crate::engine::{Answer, Engine, Refused, Request};
use crate::inventory::Version;
use crate::patch::{self, PatchError, Unifier};
use crate::tree::{Node, NotConcrete};

/// The fields of a case.
const FIELDS: [&str; 7] = ["name", "parameter", "context", "workload", "outputs", "expect", "error"];

/// The fields of a context that a case may set.
const CONTEXT: [&str; 15] = [
    "appAnnotations",
    "appLabels",
    "appName",
    "appRevision",
    "appRevisionNum",
    "cluster",
    "clusterVersion",
    "componentType",
    "components",
    "custom",
    "name",
    "namespace",
    "publishVersion",
    "replicaKey",
    "revision",
];

/// The tests of one definition.
#[derive(Clone, Debug)]
pub struct Tests {
    /// The file.
    pub source: SourceId,
    /// The cases, in order.
    pub cases: Vec<Case>,
}

/// One test.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name.
    pub name: Arc<str>,
    /// Where it stands in the file.
    pub span: Span,
    /// Where its first field stands.
    pub start: u32,
    /// The span of the result, from its key to the end of its value.
    pub result_span: Option<Span>,
    /// What is expected; `None` where nothing is written yet.
    pub expected: Option<Expected>,
    parameter: Option<Value>,
    context: Value,
    workload: Option<Value>,
    outputs: Value,
}

/// What a test expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    /// These objects: `output`, `outputs`, or nothing at all.
    Objects(Value),
    /// An error that contains this text.
    Error(Arc<str>),
}

/// What a definition made of a case: objects, or an error.
pub type Made = Result<Value, String>;

impl Case {
    /// A case that is written nowhere.
    pub fn of(parameter: Value) -> Self {
        Self {
            name: "example".into(),
            span: Span::default(),
            start: 0,
            result_span: None,
            expected: None,
            parameter: Some(data::through_json(&parameter)),
            context: data::empty(),
            workload: None,
            outputs: data::empty(),
        }
    }

    /// Whether the definition made what is expected.
    pub fn fits(&self, made: &Made) -> bool {
        match (&self.expected, made) {
            (Some(Expected::Objects(wanted)), Ok(objects)) => data::same(wanted, objects),
            (Some(Expected::Error(text)), Err(error)) => error.contains(&**text),
            _ => false,
        }
    }
}

/// Reads the tests of a file.
pub fn read(document: &Document) -> Result<Tests, Vec<Diagnostic>> {
    let fault = |path: &DocPath, message: String| {
        Diagnostic::error(TEST_FILE, message).at(document.source, document.span(path))
    };
    let Some(list) = document.value.get("cases").and_then(Value::as_list) else {
        return Err(vec![fault(&DocPath::new(), "there is no list `cases`".to_owned())]);
    };
    let (mut faults, mut cases): (Vec<Diagnostic>, Vec<Case>) = (Vec::new(), Vec::new());
    for (i, value) in list.iter().enumerate() {
        let at = |field: &str| -> DocPath { vec!["cases".into(), i.into(), field.into()] };
        let here: DocPath = vec!["cases".into(), i.into()];
        let Some(fields) = value.as_map() else {
            faults.push(fault(&here, format!("a case is a map, not a {}", value.kind())));
            continue;
        };
        for (name, field) in fields {
            check_field(name, field, &mut |message| faults.push(fault(&at(name), message)));
        }
        let name = data::text(value, &["name"]);
        if name.is_empty() {
            faults.push(fault(&here, "a case has no `name`".to_owned()));
        } else if cases.iter().any(|c| *c.name == *name) {
            faults.push(fault(&at("name"), format!("there are two cases `{name}`")));
        }
        let (expect, error) = (value.get("expect"), value.get("error"));
        if expect.is_some() && error.is_some() {
            faults.push(fault(&at("error"), "a case expects objects or an error, not both".to_owned()));
        }
        let result = ["expect", "error"].into_iter().find(|f| value.get(f).is_some());
        let result_span = result.map(|f| {
            let (key, whole) = (document.key_span(&at(f)), document.span(&at(f)));
            Span::new(key.start, whole.end)
        });
        let first = fields.first().map(|(name, _)| document.key_span(&at(name)).start);
        cases.push(Case {
            name: name.into(),
            span: document.span(&here),
            start: first.unwrap_or_else(|| document.span(&here).start),
            result_span,
            expected: match (expect, error.and_then(Value::as_str)) {
                (_, Some(text)) => Some(Expected::Error(text.into())),
                (Some(objects), None) => Some(Expected::Objects(data::as_object(objects))),
                (None, None) => None,
            },
            parameter: value.get("parameter").filter(|v| **v != Value::Null).map(data::through_json),
            context: value.get("context").cloned().unwrap_or_else(data::empty),
            workload: value.get("workload").map(data::through_json),
            outputs: value.get("outputs").map_or_else(data::empty, data::through_json),
        });
    }
    if faults.is_empty() { Ok(Tests { source: document.source, cases }) } else { Err(faults) }
}

fn check_field(name: &str, value: &Value, fault: &mut dyn FnMut(String)) {
    let is_map = matches!(value, Value::Map(_) | Value::Null);
    match name {
        "name" | "error" if value.as_str().is_none() => {
            fault(format!("`{name}` is a text, not a {}", value.kind()));
        }
        "name" | "error" => {}
        "context" => {
            for (field, _) in value.as_map().unwrap_or_default() {
                if !CONTEXT.contains(&&**field) {
                    let hint = did_you_mean(field, CONTEXT).map(|h| format!("; {h}")).unwrap_or_default();
                    fault(format!("there is no field `{field}` of `context`{hint}"));
                }
            }
        }
        _ if !FIELDS.contains(&name) => {
            let hint = did_you_mean(name, FIELDS).map(|h| format!("; {h}")).unwrap_or_default();
            fault(format!("a case has no field `{name}`{hint}"));
        }
        _ if !is_map => fault(format!("`{name}` is a map, not a {}", value.kind())),
        _ => {}
    }
}

/// What a definition makes of a case. `cover` is told every request.
pub fn run(
    definition: &Definition,
    case: &Case,
    engine: &mut dyn Engine,
    cover: &mut dyn FnMut(&mut dyn Engine, Request<'_>),
) -> Made {
    let Some(template) = &definition.template else {
        return Err(format!("definition `{}` has no template", definition.name));
    };
    let mut context = sample_context();
    for (name, value) in case.context.as_map().unwrap_or_default() {
        let Some(known) = CONTEXT.iter().find(|c| ***c == **name) else { continue };
        let value = match (*known, value.as_str().and_then(Version::parse)) {
            ("clusterVersion", Some(version)) => version.to_value(),
            _ => data::through_json(value),
        };
        context.set(known, value);
    }
    let empty = data::empty();
    let is_trait = definition.kind == Kind::Trait;
    let workload = case.workload.clone().unwrap_or_else(sample_workload);
    if is_trait {
        context.set("output", workload.clone());
        context.set("outputs", case.outputs.clone());
    }
    let parameter = match (&case.parameter, is_trait) {
        (None, false) => Some(&empty),
        (given, _) => given.as_ref(),
    };
    let request = Request {
        template,
        declares_parameter: !is_trait || parameter.is_some(),
        parameter,
        context: &context,
        explain: false,
    };
    cover(engine, request);
    let answer = engine.evaluate(request).map_err(|refused| refused_text(&refused))?;
    if let Some(text) = errors(&answer) {
        return Err(text);
    }
    let made =
        if is_trait { of_trait(&answer, &workload, &case.outputs, engine) } else { of_template(&answer) };
    // Of what is missing, the properties come first: the rest follows from them.
    made.map_err(|text| {
        let answer = engine.evaluate(Request { explain: true, ..request }).ok();
        let parameter = answer.as_ref().and_then(|a| a.parameter.as_ref());
        parameter.and_then(|p| concrete(p, "parameter").err()).unwrap_or(text)
    })
}

fn refused_text(refused: &Refused) -> String {
    match refused {
        Refused::Compile(faults) => faults.iter().map(|f| f.message.as_str()).collect::<Vec<_>>().join("\n"),
        Refused::Exhausted(budget) => format!("evaluating the template needs too much: {budget}"),
    }
}

/// What `errs` and the template's errors say.
fn errors(answer: &Answer) -> Option<String> {
    if !answer.user_errors.is_empty() {
        return Some(answer.user_errors.join("\n"));
    }
    let told: Vec<String> =
        answer.told.iter().map(|t| format!("{}: {}", t.path.join("."), t.message)).collect();
    if !told.is_empty() {
        return Some(told.join("\n"));
    }
    let lines: Vec<String> =
        answer.errors.iter().map(|f| format!("{}: {}", f.path.join("."), f.message)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn concrete(node: &Node, what: &str) -> Made {
    node.to_value().map_err(|faults| {
        let line = |f: &NotConcrete| {
            let path: Vec<&str> = std::iter::once(what).chain(f.path.iter().map(|p| &**p)).collect();
            format!("{}: {}", path.join("."), f.message)
        };
        faults.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

fn of_template(answer: &Answer) -> Made {
    let mut out = data::empty();
    if let Some(output) = &answer.output {
        out.set("output", concrete(output, "output")?);
    }
    set_outputs(&mut out, &answer.outputs)?;
    Ok(out)
}

fn set_outputs(out: &mut Value, outputs: &[(Arc<str>, Node)]) -> Result<(), String> {
    if outputs.is_empty() {
        return Ok(());
    }
    let mut all = data::empty();
    for (name, node) in outputs {
        all.set(name, concrete(node, &format!("outputs.{name}"))?);
    }
    out.set("outputs", all);
    Ok(())
}

/// The workload after the trait's patch, where it has one, and its outputs; objects of the case that it patches, too.
fn of_trait(answer: &Answer, workload: &Value, given: &Value, engine: &mut dyn Engine) -> Made {
    let mut out = data::empty();
    if let Some((docs, patch)) = &answer.patch {
        let base = Node::of_value(workload);
        let patched = patch::apply(base, patch, docs, &mut Through(engine)).map_err(|e| patch_text(&e))?;
        out.set("output", concrete(&patched, "output")?);
    }
    let mut outputs: Vec<(Arc<str>, Node)> = Vec::new();
    for (name, patch) in &answer.patch_outputs {
        if let Some(base) = given.get(name) {
            let patched = patch::strategic_patch(Node::of_value(base), patch, &mut Through(engine));
            outputs.push((name.clone(), patched.map_err(|e| patch_text(&e))?));
        }
    }
    for (name, node) in &answer.outputs {
        let node = match answer.patch_outputs.iter().find(|(n, _)| n == name) {
            Some((_, patch)) => patch::strategic_patch(node.clone(), patch, &mut Through(engine))
                .map_err(|e| patch_text(&e))?,
            None => node.clone(),
        };
        outputs.push((name.clone(), node));
    }
    set_outputs(&mut out, &outputs)?;
    Ok(out)
}

fn patch_text(error: &PatchError) -> String {
    match error {
        PatchError::Json(message) => message.clone(),
        PatchError::Conflicts(all) => {
            let line = |c: &patch::Conflict| format!("{}: {}", c.path.join("."), c.message);
            all.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}

struct Through<'a>(&'a mut dyn Engine);

impl Unifier for Through<'_> {
    fn unify(&mut self, a: &str, b: &str) -> Result<Node, String> {
        self.0.unify(a, b)
    }
}

/// The context of a case that says nothing about it.
pub fn sample_context() -> Context {
    let mut context = Context::default();
    for (name, text) in [
        ("name", "example"),
        ("namespace", "default"),
        ("appName", "example"),
        ("appRevision", "example-v1"),
        ("cluster", "local"),
        ("componentType", "webservice"),
        ("publishVersion", ""),
        ("replicaKey", ""),
        ("revision", ""),
        ("workflowName", ""),
    ] {
        context.set(name, Value::str(text));
    }
    context.set("appRevisionNum", Value::int(1));
    context.set("appLabels", data::empty());
    context.set("appAnnotations", data::empty());
    context.set("components", Value::List(Vec::new()));
    context.set("clusterVersion", Version::newest().to_value());
    context
}

/// The workload that a trait is tried on where the case brings none: a Deployment with one container.
pub fn sample_workload() -> Value {
    let container = data::map([("image", Value::str("example:1")), ("name", Value::str("example"))]);
    let labels = || data::map([("app", Value::str("example"))]);
    let spec = data::map([
        ("selector", data::map([("matchLabels", labels())])),
        (
            "template",
            data::map([
                ("metadata", data::map([("labels", labels())])),
                ("spec", data::map([("containers", Value::List(vec![container]))])),
            ]),
        ),
    ]);
    data::map([
        ("apiVersion", Value::str("apps/v1")),
        ("kind", Value::str("Deployment")),
        ("metadata", data::map([("name", Value::str("example"))])),
        ("spec", spec),
    ])
}

/// The text of a result as it stands in a file of tests, each line behind `indent`.
pub fn written(made: &Made, indent: usize) -> String {
    let value = match made {
        Ok(objects) => data::map([("expect", objects.clone())]),
        Err(error) => data::map([("error", Value::str(error.lines().next().unwrap_or("")))]),
    };
    let text = vela_yaml::to_yaml(&value, vela_yaml::YamlStyle::Kubernetes);
    let lines = text.lines().enumerate();
    let lines =
        lines.map(
            |(n, l)| if n == 0 || l.is_empty() { l.to_owned() } else { format!("{}{l}", " ".repeat(indent)) },
        );
    lines.collect::<Vec<_>>().join("\n")
}

/// The text of a file of tests with these results for its cases, each by its place among them. Says which case is
/// written in a way that does not allow it.
pub fn updated(text: &str, tests: &Tests, results: &[(usize, Made)]) -> Result<String, (usize, String)> {
    let mut out = text.to_owned();
    // From the last to the first, so that places stay right.
    let mut results: Vec<&(usize, Made)> = results.iter().collect();
    results.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    for (at, made) in results {
        let case = &tests.cases[*at];
        let line = text[..case.start as usize].rfind('\n').map_or(0, |n| n + 1);
        let before = &text[line..case.start as usize];
        if !before.chars().all(|c| c == ' ' || c == '-') {
            return Err((
                *at,
                "a case in braces cannot be written anew: write its fields below each other".to_owned(),
            ));
        }
        let indent = before.len();
        let new = written(made, indent);
        match case.result_span {
            Some(span) => {
                let end = text[..span.end as usize].trim_end().len();
                out.replace_range(span.start as usize..end.max(span.start as usize), &new);
            }
            None => {
                let end = text[..case.span.end as usize].trim_end().len();
                out.insert_str(end, &format!("\n{}{new}", " ".repeat(indent)));
            }
        }
    }
    Ok(out)
}
