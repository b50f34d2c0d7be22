//! A definition tried: with values that its parameters allow, and, of a trait, on the workloads that it says it is for.

use std::sync::Arc;

use vela_diagnostics::catalogue::definitions::{NEVER_CONCRETE, NOT_APPLICABLE};
use vela_diagnostics::catalogue::kubernetes::UNKNOWN_FIELD;
use vela_diagnostics::{Diagnostic, Severity, SourceId, Span, did_you_mean};
use vela_kubernetes::{Checker, Crds};
use vela_yaml::{JsonStyle, to_json};

use super::Subject;
use super::values::samples;
use crate::data::{self, Value};
use crate::definition::Kind;
use crate::engine::{Answer, Engine, Request};
use crate::patch::{self, Unifier};
use crate::tree::{Node, NotConcrete, Path};
use crate::trial;

/// Longest parameters that a message shows.
const LONGEST: usize = 160;

/// Tries the definition.
pub fn check(subject: &Subject<'_>, engine: &mut dyn Engine, out: &mut Vec<Diagnostic>) {
    if !subject.makes_something() || !matches!(subject.kind(), Kind::Component | Kind::Trait | Kind::Policy) {
        return;
    }
    let workloads = workloads(subject, out);
    let all = match &subject.schema {
        Some((schema, _)) => samples(schema),
        None => vec![("no parameters".to_owned(), data::empty())],
    };
    let mut known: Vec<(Path, String)> = Vec::new();
    for (n, (what, parameter)) in all.iter().enumerate() {
        for workload in &workloads {
            let Some((path, message, places)) = fault(subject, parameter, workload, engine) else { continue };
            let key = (path.clone(), message.clone());
            if known.contains(&key) {
                continue;
            }
            known.push(key);
            if of_context(subject, &places) {
                continue;
            }
            // That an empty list is allowed is most often not meant.
            let sure = n == 0 && !message.starts_with("index out of range");
            let severity = if sure { Severity::Error } else { Severity::Warning };
            let text = format!("with {what}, `{}` has no value: {message}", path.join("."));
            let mut diagnostic = Diagnostic::new(NEVER_CONCRETE, severity, text);
            let place = places.first().copied();
            let (source, span) = place.unwrap_or_else(|| (subject.source(), declared(subject, &path)));
            diagnostic = diagnostic.at(source, span);
            diagnostic = diagnostic.note(format!("tried with parameter: {}", short(parameter)));
            out.push(
                diagnostic.help("give the parameter a default, require it, or guard its use with `!= _|_`"),
            );
        }
    }
    // Only kinds that the trait names: without them it may be for any object.
    if let Some((_, parameter)) = all.first()
        && listed(subject).iter().any(|one| known_kind(one).is_some())
    {
        unfitting(subject, parameter, &workloads, engine, out);
    }
}

/// Whether the line at fault reads what another object or the Application gives, of which there is only an example here.
fn of_context(subject: &Subject<'_>, places: &[(SourceId, Span)]) -> bool {
    let text = &subject.template.text;
    places.iter().any(|(source, span)| {
        let start = text.get(..span.start as usize).and_then(|t| t.rfind('\n')).map_or(0, |n| n + 1);
        let line = text.get(start..).and_then(|t| t.lines().next()).unwrap_or("");
        *source == subject.source() && line.contains("context.")
    })
}

/// The workloads that a trait says it is for.
fn listed<'a>(subject: &'a Subject<'_>) -> Vec<&'a str> {
    let list = subject.definition.spec.get("appliesToWorkloads").and_then(Value::as_list);
    list.unwrap_or_default().iter().filter_map(Value::as_str).collect()
}

fn known_kind(one: &str) -> Option<(&'static str, &'static str)> {
    let (plural, group) = one.split_once('.')?;
    KINDS.iter().find(|(p, g, ..)| *p == plural && *g == group).map(|(.., api, kind)| (*api, *kind))
}

fn short(value: &Value) -> String {
    let text = to_json(value, JsonStyle::COMPACT);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Where the template declares the first field of a path.
fn declared(subject: &Subject<'_>, path: &Path) -> Span {
    let found = subject.top().find(|(_, name, _)| path.first().is_some_and(|p| *p == *name));
    found.map(|(_, _, field)| field.label_span).unwrap_or_default()
}

fn evaluate(
    subject: &Subject<'_>,
    parameter: &Value,
    workload: &Value,
    engine: &mut dyn Engine,
) -> Option<Arc<Answer>> {
    let parameter = data::through_json(parameter);
    let context = subject.context(workload);
    let request = Request {
        template: subject.template,
        declares_parameter: true,
        parameter: Some(&parameter),
        context: &context,
        explain: false,
    };
    engine.evaluate(request).ok()
}

type Found = (Path, String, Vec<(SourceId, Span)>);

/// What keeps the template from giving data. What it refuses itself, in `errs` or as parameters, is no fault.
fn fault(
    subject: &Subject<'_>,
    parameter: &Value,
    workload: &Value,
    engine: &mut dyn Engine,
) -> Option<Found> {
    let answer = evaluate(subject, parameter, workload, engine)?;
    if !answer.user_errors.is_empty() {
        return None;
    }
    let of_parameter = |path: &Path| path.first().is_some_and(|p| &**p == "parameter");
    if answer.errors.iter().any(|f| of_parameter(&f.path)) {
        return None;
    }
    if let Some(fault) = answer.errors.first() {
        return Some((fault.path.clone(), fault.message.clone(), fault.places.clone()));
    }
    let mut parts: Vec<(String, &Node)> = Vec::new();
    parts.extend(answer.output.as_ref().map(|n| ("output".to_owned(), n)));
    parts.extend(answer.outputs.iter().map(|(name, n)| (format!("outputs.{name}"), n)));
    parts.extend(answer.patch.as_ref().map(|(_, n)| ("patch".to_owned(), n)));
    parts.extend(answer.patch_outputs.iter().map(|(name, n)| (format!("patchOutputs.{name}"), n)));
    parts.into_iter().find_map(|(name, node)| {
        let faults: Vec<NotConcrete> = node.to_value().err()?;
        let fault = faults.into_iter().next()?;
        let path = name.split('.').map(Into::into).chain(fault.path).collect();
        Some((path, fault.message, fault.places))
    })
}

/// The workloads on which a trait is tried. What `appliesToWorkloads` says of kinds that are not there is told.
fn workloads(subject: &Subject<'_>, out: &mut Vec<Diagnostic>) -> Vec<Value> {
    if subject.kind() != Kind::Trait {
        return vec![data::empty()];
    }
    let mut found = Vec::new();
    for one in listed(subject) {
        let Some((plural, group)) = one.split_once('.') else { continue };
        match known_kind(one) {
            Some((api, kind)) => found.push(workload(api, kind)),
            None if KINDS.iter().any(|(_, g, ..)| *g == group) && plural != "*" => {
                let message = format!("Kubernetes has no workload `{one}`, which the trait says it is for");
                let mut diagnostic = Diagnostic::warning(NOT_APPLICABLE, message);
                let names: Vec<String> = KINDS.iter().map(|(p, g, ..)| format!("{p}.{g}")).collect();
                diagnostic.help = did_you_mean(one, names.iter().map(String::as_str));
                if let Some((source, span)) = subject.definition.place {
                    diagnostic = diagnostic.at(source, span);
                }
                out.push(diagnostic);
            }
            None => {}
        }
    }
    if found.is_empty() { vec![trial::sample_workload()] } else { found }
}

/// The workloads of Kubernetes: plural, group, version, kind.
const KINDS: [(&str, &str, &str, &str); 6] = [
    ("deployments", "apps", "apps/v1", "Deployment"),
    ("statefulsets", "apps", "apps/v1", "StatefulSet"),
    ("daemonsets", "apps", "apps/v1", "DaemonSet"),
    ("replicasets", "apps", "apps/v1", "ReplicaSet"),
    ("jobs", "batch", "batch/v1", "Job"),
    ("cronjobs", "batch", "batch/v1", "CronJob"),
];

fn workload(api: &str, kind: &str) -> Value {
    let mut object = trial::sample_workload();
    object.set("apiVersion", Value::str(api));
    object.set("kind", Value::str(kind));
    let spec = object.get("spec").cloned().unwrap_or_default();
    match kind {
        "CronJob" => {
            let job = data::map([("template", spec.get("template").cloned().unwrap_or_default())]);
            let job = data::map([("spec", job)]);
            object.set("spec", data::map([("schedule", Value::str("* * * * *")), ("jobTemplate", job)]));
        }
        "Job" => {
            object.set("spec", data::map([("template", spec.get("template").cloned().unwrap_or_default())]));
        }
        _ => {}
    }
    object
}

struct Through<'a>(&'a mut dyn Engine);

impl Unifier for Through<'_> {
    fn unify(&mut self, a: &str, b: &str) -> Result<Node, String> {
        self.0.unify(a, b)
    }
}

/// Fields that a patch gives to a workload which does not have them.
fn unfitting(
    subject: &Subject<'_>,
    parameter: &Value,
    workloads: &[Value],
    engine: &mut dyn Engine,
    out: &mut Vec<Diagnostic>,
) {
    let checker = Checker::new(None, Arc::new(Crds::default()));
    for workload in workloads {
        let Some(answer) = evaluate(subject, parameter, workload, engine) else { continue };
        let Some((docs, patch)) = &answer.patch else { continue };
        let base = Node::of_value(workload);
        let Ok(patched) = patch::apply(base, patch, docs, &mut Through(engine)) else { continue };
        let Ok(object) = patched.to_value() else { continue };
        let kind = data::text(workload, &["kind"]);
        for finding in checker.check(&object).iter().filter(|f| f.code == UNKNOWN_FIELD) {
            let path = vela_kubernetes::shown(&finding.path);
            let message = format!("the patch sets `{path}`, which a {kind} does not have");
            let span = subject.top().find(|(_, name, _)| &**name == "patch").map(|(_, _, f)| f.label_span);
            let diagnostic = Diagnostic::warning(NOT_APPLICABLE, message);
            let diagnostic = diagnostic.at(subject.source(), span.unwrap_or_default());
            let help = "correct the patch, or take the kind out of `appliesToWorkloads`";
            out.push(diagnostic.help(finding.help.clone().unwrap_or_else(|| help.to_owned())));
        }
    }
}
