//! References of a template: to properties, to the context, to functions of packages.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use vela_diagnostics::catalogue::definitions::{
    UNDECLARED_PARAMETER, UNKNOWN_CONTEXT, UNKNOWN_FUNCTION, UNUSED_PARAMETER,
};
use vela_diagnostics::{Diagnostic, Span, did_you_mean};
use vela_eval::builtin::Library as _;
use vela_stdlib::STDLIB;
use vela_syntax::ast::{Expr, ExprId};
use vela_syntax::literal::{self as literals, StringValue};

use super::{Part, Subject};
use crate::data::Value;
use crate::definition::{Kind, literal};
use crate::schema::{NodeId, Openness, Schema, Shape};

/// What every template may know of its context.
const CONTEXT: [&str; 17] = [
    "appAnnotations",
    "appLabels",
    "appName",
    "appRevision",
    "appRevisionNum",
    "cluster",
    "clusterVersion",
    "components",
    "custom",
    "name",
    "namespace",
    "parameter",
    "publishVersion",
    "replicaKey",
    "revision",
    "workflowName",
    // Nothing sets it any more, but templates still ask whether it is there.
    "config",
];

/// What else, by kind.
const fn more(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Component | Kind::Workload => &["output", "outputs", "outputSecretName"],
        Kind::Trait => &["output", "outputs", "componentType", "outputSecretName"],
        Kind::Policy => &[
            "artifacts",
            "appComponents",
            "appWorkflow",
            "appPolicies",
            "policyName",
            "policyType",
            "policyRevision",
            "policyRevisionName",
            "policyRevisionHash",
        ],
        Kind::WorkflowStep => &["stepName", "stepSessionID", "stepGroupName", "spanID"],
    }
}

/// A reference: the name it begins with, and the fields that follow with their places.
struct Reference {
    root: Arc<str>,
    fields: Vec<(Arc<str>, Span)>,
}

/// Looks at every reference.
pub fn check(subject: &Subject<'_>, out: &mut Vec<Diagnostic>) {
    let references = references(subject);
    properties(subject, &references, out);
    context(subject, &references, out);
    functions(subject, &references, out);
}

fn references(subject: &Subject<'_>) -> Vec<Reference> {
    let mut inner: FxHashSet<ExprId> = FxHashSet::default();
    let mut out = Vec::new();
    subject.walk(&mut |part| {
        let Part::Expr(id) = part else { return };
        if inner.contains(&id) {
            return;
        }
        let Some(reference) = reference(subject, id, &mut inner) else { return };
        out.push(reference);
    });
    out
}

/// The reference that an expression is; its inner parts are noted, as they are no references of their own.
fn reference(subject: &Subject<'_>, id: ExprId, inner: &mut FxHashSet<ExprId>) -> Option<Reference> {
    let file = subject.file();
    let (mut fields, mut at) = (Vec::new(), id);
    loop {
        match file.expr(at) {
            Expr::Ident => {
                fields.reverse();
                return Some(Reference { root: subject.text(file.span(at)).into(), fields });
            }
            Expr::Select(base, label) => {
                let span = file.span(label);
                let name: Arc<str> = match file.expr(label) {
                    Expr::String => literal::string(file, &subject.template.text, label)?,
                    _ => subject.text(span).into(),
                };
                fields.push((name, span));
                inner.insert(base);
                at = base;
            }
            Expr::Index(base, index) => {
                // What an index is not known by ends the path that can be followed.
                match literal::string(file, &subject.template.text, index) {
                    Some(name) => fields.push((name, file.span(index))),
                    None => fields.clear(),
                }
                inner.insert(base);
                at = base;
            }
            _ => return None,
        }
    }
}

fn properties(subject: &Subject<'_>, references: &[Reference], out: &mut Vec<Diagnostic>) {
    let Some((schema, places)) = &subject.schema else { return };
    let of_parameter: Vec<&Reference> = references.iter().filter(|r| &*r.root == "parameter").collect();
    for reference in &of_parameter {
        undeclared(subject, schema, reference, out);
    }
    let whole = of_parameter.iter().any(|r| r.fields.is_empty())
        || references.iter().any(|r| {
            &*r.root == "context" && r.fields.first().is_some_and(|(name, _)| &**name == "parameter")
        });
    if whole || !subject.makes_something() {
        return;
    }
    let declared = subject.top().find(|(_, name, _)| &**name == "parameter");
    let inside = declared.map(|(_, _, field)| subject.file().span(field.value));
    let mut status = String::new();
    texts(subject.definition.spec.get("status").unwrap_or(&Value::Null), &mut status);
    for s in schema.structs(schema.root) {
        for field in &s.fields {
            let read = of_parameter.iter().any(|r| r.fields.first().is_some_and(|(n, _)| *n == field.name));
            let within = inside.is_some_and(|span| mentions(subject, span, &field.name));
            let health = status.contains(&format!("parameter.{}", field.name))
                || status.contains(&format!("parameter[\"{}\"]", field.name));
            if read || within || health {
                continue;
            }
            let Some(place) = places.0.get(field.place as usize).filter(|p| p.source == subject.source())
            else {
                continue;
            };
            let message =
                format!("parameter `{}` is not used: what is given for it has no effect", field.name);
            let diagnostic = Diagnostic::warning(UNUSED_PARAMETER, message).at(place.source, place.label);
            out.push(diagnostic.help("use it in the template, or remove it"));
        }
    }
}

/// Whether a name is used within the declaration of the parameters.
fn mentions(subject: &Subject<'_>, within: Span, name: &str) -> bool {
    let mut found = false;
    subject.walk(&mut |part| {
        if let Part::Expr(id) = part {
            let span = subject.file().span(id);
            found |= matches!(subject.file().expr(id), Expr::Ident)
                && within.start <= span.start
                && span.end <= within.end
                && subject.text(span) == name;
        }
    });
    found
}

/// All texts in a value.
fn texts(value: &Value, out: &mut String) {
    match value {
        Value::Str(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::List(items) => items.iter().for_each(|v| texts(v, out)),
        Value::Map(fields) => fields.iter().for_each(|(_, v)| texts(v, out)),
        _ => {}
    }
}

fn undeclared(subject: &Subject<'_>, schema: &Schema, reference: &Reference, out: &mut Vec<Diagnostic>) {
    let mut at = vec![schema.root];
    let mut way = vec!["parameter".to_owned()];
    for (name, span) in &reference.fields {
        if at.iter().any(|n| accepts_anything(schema, *n, 0)) {
            return;
        }
        let next: Vec<NodeId> =
            at.iter().flat_map(|n| schema.members(*n, name)).map(|(node, _)| node).collect();
        if !next.is_empty() {
            way.push(name.to_string());
            at = next;
            continue;
        }
        // A selection from something that has no fields is another mistake, which evaluation finds.
        if at.iter().all(|n| schema.structs(*n).is_empty()) {
            return;
        }
        let known =
            at.iter().flat_map(|n| schema.structs(*n)).flat_map(|s| s.fields.iter().map(|f| &*f.name));
        let mut diagnostic =
            Diagnostic::error(UNDECLARED_PARAMETER, format!("`{}` does not declare `{name}`", way.join(".")))
                .at(subject.source(), *span);
        diagnostic.help = did_you_mean(name, known).or_else(|| Some(format!("declare it: `{name}?: …`")));
        out.push(diagnostic);
        return;
    }
}

fn accepts_anything(schema: &Schema, id: NodeId, depth: u32) -> bool {
    match &schema.node(id).shape {
        Shape::Any => true,
        Shape::Struct(s) => s.openness == Openness::Dots || (s.fields.is_empty() && s.pattern.is_none()),
        // What contains itself may contain anything.
        Shape::OneOf(all) => depth > 32 || all.iter().any(|n| accepts_anything(schema, *n, depth + 1)),
        _ => false,
    }
}

fn context(subject: &Subject<'_>, references: &[Reference], out: &mut Vec<Diagnostic>) {
    // Fields that the template itself gives the context.
    if subject.top().any(|(_, name, _)| &*name == "context") {
        return;
    }
    let known = || CONTEXT.iter().chain(more(subject.kind())).copied();
    for reference in references.iter().filter(|r| &*r.root == "context") {
        let Some((name, span)) = reference.fields.first() else { continue };
        if known().any(|k| *k == **name) {
            continue;
        }
        let message = format!("`context` has no field `{name}` in a {}", subject.kind().word());
        let mut diagnostic = Diagnostic::error(UNKNOWN_CONTEXT, message).at(subject.source(), *span);
        diagnostic.help = did_you_mean(name, known());
        out.push(diagnostic);
    }
}

/// The packages of KubeVela and their functions. Those with a mark are for workflow steps alone.
const PROVIDERS: &[(&str, bool, &[&str])] = &[
    ("vela/base64", false, &["#Encode", "#Decode"]),
    (
        "vela/builtin",
        true,
        &["#DoVar", "#ConditionalWait", "#Suspend", "#Break", "#Fail", "#Message", "#Steps"],
    ),
    (
        "vela/config",
        false,
        &[
            "#ImageRegistry",
            "#HelmRepository",
            "#CreateConfig",
            "#DeleteConfig",
            "#ReadConfig",
            "#ListConfig",
        ],
    ),
    ("vela/cue", false, &["#StrategyUnify"]),
    ("vela/email", true, &["#SendEmail"]),
    ("vela/helm", false, &["#Render"]),
    (
        "vela/http",
        false,
        &[
            "#Do",
            "#Get",
            "#Post",
            "#Put",
            "#Patch",
            "#Delete",
            "#Connect",
            "#OPTIONS",
            "#TRACE",
            "#HTTPDo",
            "#HTTPGet",
            "#HTTPPost",
            "#HTTPPut",
            "#HTTPDelete",
        ],
    ),
    ("vela/kube", false, &["#Apply", "#Patch", "#ApplyInParallel", "#Read", "#Get", "#List", "#Delete"]),
    ("vela/metrics", true, &["#PromCheck"]),
    (
        "vela/multicluster",
        true,
        &["#ListClusters", "#GetPlacementsFromTmulticlusterologyPolicies", "#Deploy"],
    ),
    (
        "vela/oam",
        true,
        &[
            "#ApplyComponent",
            "#RenderComponent",
            "#LoadComponets",
            "#LoadPolicies",
            "#LoadComponetsInOrder",
            "#ApplyApplicationInParallel",
        ],
    ),
    (
        "vela/query",
        true,
        &[
            "#ListResourcesInApp",
            "#ListAppliedResources",
            "#CollectPods",
            "#CollectServices",
            "#SearchEvents",
            "#CollectLogsInPod",
            "#CollectServiceEndpoints",
            "#GetApplicationTree",
        ],
    ),
    ("vela/terraform", true, &["#LoadTerraformComponents", "#GetConnectionStatus"]),
    ("vela/time", true, &["#DateToTimestamp", "#TimestampToDate"]),
    ("vela/util", true, &["#PatchK8sObject", "#ConvertString", "#Log"]),
    // The older packages hold functions of many origins under flat names.
    ("vela/op", true, &[]),
    ("vela/ql", true, &[]),
];

fn functions(subject: &Subject<'_>, references: &[Reference], out: &mut Vec<Diagnostic>) {
    for import in &subject.file().imports {
        let Ok(StringValue::Str(whole)) = literals::string(subject.text(import.path)) else { continue };
        let path = whole.split_once(':').map_or(&*whole, |(path, _)| path);
        let name = import.name.map_or_else(
            || whole.rsplit(['/', ':']).next().unwrap_or(&whole).to_owned(),
            |n| subject.text(n.span).to_owned(),
        );
        let provider = PROVIDERS.iter().find(|(known, ..)| *known == path);
        if path.starts_with("vela/") && provider.is_none() {
            let message = format!("KubeVela has no package `{path}`");
            let mut diagnostic =
                Diagnostic::error(UNKNOWN_FUNCTION, message).at(subject.source(), import.span);
            diagnostic.help = did_you_mean(path, PROVIDERS.iter().map(|(known, ..)| *known));
            out.push(diagnostic);
            continue;
        }
        if let Some((_, true, _)) = provider
            && subject.kind() != Kind::WorkflowStep
        {
            let message =
                format!("package `{path}` is for workflow steps; a {} cannot use it", subject.kind().word());
            out.push(Diagnostic::error(UNKNOWN_FUNCTION, message).at(subject.source(), import.span));
        }
        for reference in references.iter().filter(|r| *r.root == *name) {
            let Some((member, span)) = reference.fields.first() else { continue };
            let known: Vec<&str> = provider.map(|(.., all)| all.to_vec()).unwrap_or_default();
            let there = match provider {
                Some((.., all)) => all.is_empty() || all.contains(&&**member),
                None if STDLIB.has_package(path) => STDLIB.member(path, member).is_some(),
                None => true,
            };
            if there {
                continue;
            }
            let message = format!("package `{path}` has no `{member}`");
            let mut diagnostic = Diagnostic::error(UNKNOWN_FUNCTION, message).at(subject.source(), *span);
            diagnostic.help = did_you_mean(member, known.iter().copied());
            out.push(diagnostic);
        }
    }
}
