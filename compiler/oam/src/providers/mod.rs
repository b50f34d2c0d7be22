//! Calls of KubeVela's packages `vela/…`: found in an evaluated template, answered, and filled in. What needs no cluster and
//! no server is computed (`pure.rs`); the rest is answered by fixtures (`fixtures.rs`) or refused with what was asked.

mod fixtures;
mod functions;
mod pure;

use std::sync::Arc;

use vela_diagnostics::Diagnostic;
use vela_diagnostics::catalogue::definitions::UNSUPPORTED_PROVIDER;
use vela_yaml::{JsonStyle, to_json};

use crate::data::{self, Value};
use crate::definition::Template;
use crate::engine::Request;
use crate::patch::Unifier;
use crate::tree::{FieldKind, Node, Presence, Scalar, Struct};

pub use fixtures::Fixtures;
pub use functions::{Function, functions};

/// Deepest place of a call.
const MAX_DEPTH: usize = 60;

/// Most calls of one template.
const MAX_CALLS: usize = 500;

/// Longest argument that is shown.
const LONGEST_SHOWN: usize = 200;

/// A step to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A field, by its name and whether that is hidden.
    Field(Arc<str>, bool),
    /// An element of a list, where answers cannot be put.
    Element,
}

/// A call in an evaluated template.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where.
    pub path: Vec<Step>,
    /// `#provider`.
    pub provider: Arc<str>,
    /// `#do`.
    pub action: Arc<str>,
    /// The arguments as they were evaluated.
    pub arguments: Node,
    /// Whether arguments and results stand side by side, as before KubeVela 1.10.
    pub flat: bool,
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// This is filled in.
    Answer(Value),
    /// Nothing is filled in: it only acts.
    Nothing,
    /// Its arguments are not known yet.
    NotYet,
}

/// The calls of a template.
pub fn calls(root: &[(Arc<str>, FieldKind, Node)]) -> Vec<Call> {
    let mut found = Vec::new();
    for (name, kind, node) in root {
        if matches!(&**name, "context" | "parameter") || *kind == FieldKind::Definition {
            continue;
        }
        let mut path = vec![Step::Field(name.clone(), *kind == FieldKind::Hidden)];
        visit(node, &mut path, &mut found);
    }
    found
}

fn visit(node: &Node, path: &mut Vec<Step>, found: &mut Vec<Call>) {
    if path.len() > MAX_DEPTH || found.len() >= MAX_CALLS {
        return;
    }
    match node.default_value() {
        Node::Struct(s) => {
            if let Some(call) = call(s, path) {
                found.push(call);
                return;
            }
            for field in &s.fields {
                if field.kind == FieldKind::Definition || field.presence != Presence::Member {
                    continue;
                }
                path.push(Step::Field(field.name.clone(), field.kind == FieldKind::Hidden));
                visit(&field.value, path, found);
                path.pop();
            }
        }
        Node::List(list) => {
            path.push(Step::Element);
            list.items.iter().for_each(|item| visit(item, path, found));
            path.pop();
        }
        _ => {}
    }
}

fn call(s: &Struct, path: &[Step]) -> Option<Call> {
    let text = |name: &str| match s.get(name)?.value.default_value() {
        Node::Scalar(Scalar::Str(text)) => Some(text.clone()),
        _ => None,
    };
    let (action, provider) = (text("#do")?, text("#provider")?);
    let flat = matches!(&*provider, "op" | "ql");
    let arguments = if flat {
        let own = |f: &&crate::tree::Field| f.kind == FieldKind::Regular && f.presence == Presence::Member;
        Node::Struct(Struct { fields: s.fields.iter().filter(own).cloned().collect() })
    } else {
        match s.get("$params").filter(|f| f.presence == Presence::Member) {
            Some(field) => field.value.clone(),
            None => Node::Struct(Struct::default()),
        }
    };
    Some(Call { path: path.to_vec(), provider, action, arguments, flat })
}

impl Call {
    /// The function's name as a template writes it: `kube.#Get`.
    pub fn name(&self) -> String {
        let known = functions().iter().find(|f| *f.provider == *self.provider && *f.action == *self.action);
        match known {
            Some(function) => function.to_string(),
            None => format!("{}.{}", self.provider, self.action),
        }
    }

    /// Answers it, or says what it needs.
    #[expect(clippy::result_large_err, reason = "an error ends the template")]
    pub fn answer(
        &self,
        fixtures: &Fixtures,
        request: Request<'_>,
        unifier: &mut dyn Unifier,
    ) -> Result<Outcome, Diagnostic> {
        let template = &**request.template;
        let Ok(arguments) = self.arguments.to_value() else {
            // Calls that change values take them as they are.
            return pure::patches(self, unifier)
                .map_or(Ok(Outcome::NotYet), |r| r.map_err(|m| self.fault(template, &m)));
        };
        let arguments = data::through_json(&arguments);
        if let Some(answer) = fixtures.answer(&self.provider, &self.action, &arguments) {
            return Ok(Outcome::Answer(answer));
        }
        if let Some(result) = pure::answer(self, &arguments, unifier) {
            return result.map_err(|message| self.fault(template, &message));
        }
        if let Some(answer) = fixtures.clusters(self).or_else(|| pure::of_application(self, request.context))
        {
            return Ok(Outcome::Answer(answer));
        }
        match fixtures.object(self, &arguments) {
            Some(answer) => Ok(Outcome::Answer(answer)),
            None => Err(self.unanswered(template, &arguments)),
        }
    }

    fn fault(&self, template: &Template, message: &str) -> Diagnostic {
        let diagnostic = Diagnostic::error(UNSUPPORTED_PROVIDER, format!("`{}`: {message}", self.name()));
        self.placed(diagnostic, template)
    }

    fn placed(&self, diagnostic: Diagnostic, template: &Template) -> Diagnostic {
        match functions::place(template, &self.provider, &self.action) {
            Some(span) => diagnostic.at(template.source, span),
            None => diagnostic,
        }
    }

    fn unanswered(&self, template: &Template, arguments: &Value) -> Diagnostic {
        let name = self.name();
        let asked = asked(arguments);
        let what = if asked.is_empty() { String::new() } else { format!(" for {asked}") };
        let message = format!("`{name}` asks{what}, and no fixture answers");
        let shown = to_json(&shown(arguments, 0), JsonStyle::COMPACT);
        let help = format!(
            "a build asks no cluster and no server; give the answer with `--fixtures FILE`, in YAML: \
             {{call: {name}, params: {shown}, returns: …}}{}",
            if fixtures::by_object(self) { ", or the object itself" } else { "" }
        );
        self.placed(Diagnostic::error(UNSUPPORTED_PROVIDER, message), template).help(help)
    }

    /// Source that fills an answer in; `None` where a list is on the way.
    pub fn filling(&self, answer: &Value) -> Option<String> {
        let mut out = String::new();
        for step in &self.path {
            match step {
                Step::Field(name, true) => out.push_str(name),
                Step::Field(name, false) => out.push_str(&quoted(name)),
                Step::Element => return None,
            }
            out.push_str(": ");
        }
        let value = Node::of_value(answer).to_source();
        Some(if self.flat { format!("{out}{value}\n") } else { format!("{out}$returns: {value}\n") })
    }

    /// Why an answer cannot be filled in.
    pub fn in_list(&self, template: &Template) -> Diagnostic {
        self.fault(template, "a call inside of a list cannot be answered; give it a field of its own")
    }
}

fn quoted(text: &str) -> String {
    to_json(&Value::str(text), JsonStyle::COMPACT)
}

/// What was asked for, without anything that could be secret.
fn asked(arguments: &Value) -> String {
    let object = ["resource", "value"].iter().find_map(|f| arguments.get(f)).unwrap_or(arguments);
    let text = |path: &[&str]| data::text(object, path).to_owned();
    let kind = text(&["kind"]);
    if !kind.is_empty() {
        let name = match &*text(&["metadata", "name"]) {
            "" => String::new(),
            name => format!(" `{name}`"),
        };
        let namespace = match &*text(&["metadata", "namespace"]) {
            "" => String::new(),
            namespace => format!(" in namespace `{namespace}`"),
        };
        return format!("{kind}{name}{namespace}");
    }
    let direct = |path: &[&str]| data::text(arguments, path).to_owned();
    for path in [&["url"][..], &["chart", "source"], &["name"], &["template"], &["query"], &["app", "name"]] {
        let found = direct(path);
        if !found.is_empty() {
            let method = direct(&["method"]);
            let method =
                if path == ["url"] && !method.is_empty() { format!("{method} ") } else { String::new() };
            return format!("{method}`{found}`");
        }
    }
    String::new()
}

/// Arguments as they may be shown: names and kinds, nothing that could be secret.
fn shown(arguments: &Value, depth: usize) -> Value {
    const SHOWN: [&str; 13] = [
        "apiVersion",
        "kind",
        "metadata",
        "name",
        "namespace",
        "resource",
        "value",
        "url",
        "method",
        "chart",
        "source",
        "version",
        "app",
    ];
    let mut out = data::empty();
    for (name, value) in arguments.as_map().unwrap_or_default() {
        if !SHOWN.contains(&&**name) || depth > 3 {
            continue;
        }
        match value {
            Value::Map(_) => {
                let inner = shown(value, depth + 1);
                if inner != data::empty() {
                    out.set(name, inner);
                }
            }
            Value::Str(text) if text.len() <= LONGEST_SHOWN => out.set(name, value.clone()),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests;
