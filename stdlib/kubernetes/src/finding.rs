//! What a check finds, and the place in an object that it looks at.

use std::fmt::Write as _;
use std::sync::Arc;

use vela_diagnostics::catalogue::kubernetes::{EXCLUDED, INVALID_VALUE, MISSING_FIELD};
use vela_diagnostics::{Code, Severity, did_you_mean};
use vela_number::Number;
use vela_yaml::Data;

/// A step into an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A field.
    Name(Arc<str>),
    /// An element of a list.
    Index(usize),
}

/// Something that an API server refuses, or that will not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which fault of the catalogue it is.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// Where in the object.
    pub path: Vec<Step>,
    /// What is wrong there, as a clause that follows the path.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl Finding {
    /// The path as Kubernetes writes it: `spec.containers[0].name`.
    pub fn shown_path(&self) -> String {
        shown(&self.path)
    }
}

/// A path as Kubernetes writes it.
pub fn shown(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Index(i) => {
                let _ = write!(out, "[{i}]");
            }
            Step::Name(name) => {
                let plain =
                    name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$'));
                if plain && !name.is_empty() {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(name);
                } else {
                    let _ = write!(out, "[{name}]");
                }
            }
        }
    }
    out
}

/// Findings of one object that are kept; whoever has more will ask again.
const MOST: usize = 1000;

/// What has been found so far.
#[derive(Debug, Default)]
pub struct Findings {
    /// In the order of the rules.
    pub list: Vec<Finding>,
    /// The cluster has Kubernetes 1.`minor`.
    pub minor: u8,
}

/// A form of text: what is wrong with it.
pub type Form = fn(&str) -> Option<String>;

impl Findings {
    /// Adds an error where there is a fault.
    pub fn fault(&mut self, code: Code, at: &Node, fault: Option<String>) {
        if let Some(message) = fault {
            self.error(code, at, message);
        }
    }

    /// A field that has to be there and not be empty; says whether it is.
    pub fn required(&mut self, at: &Node, field: &str) -> bool {
        let there = at.filled(field);
        if !there {
            self.error_in(MISSING_FIELD, at, field, "is missing");
        }
        there
    }

    /// The form of a field, where it is there and not empty.
    pub fn form(&mut self, at: &Node, field: &str, form: Form) {
        let text = at.text(field);
        if !text.is_empty()
            && let Some(message) = form(text)
        {
            self.error_in(INVALID_VALUE, at, field, message);
        }
    }

    /// A field that takes one of these texts, where it is there. An empty text stands for the default.
    pub fn one_of(&mut self, at: &Node, field: &str, allowed: &[&str]) {
        let text = at.text(field);
        if !text.is_empty() && !allowed.contains(&text) {
            let mut path = at.path();
            path.push(Step::Name(field.into()));
            let message = format!("is `{text}`, and has to be one of {}", listed(allowed));
            let help = did_you_mean(text, allowed.iter().copied());
            self.push(INVALID_VALUE, Severity::Error, path, message, help);
        }
    }

    /// A number that is at least `least`, where it is there.
    pub fn at_least(&mut self, at: &Node, field: &str, least: i64) {
        if let Some(n) = at.int(field).filter(|n| *n < least) {
            self.error_in(INVALID_VALUE, at, field, format!("is {n}, and has to be at least {least}"));
        }
    }

    /// A number between two others, where it is there.
    pub fn between(&mut self, at: &Node, field: &str, least: i64, most: i64) {
        if let Some(n) = at.int(field).filter(|n| !(least..=most).contains(n)) {
            let message = format!("is {n}, and has to be between {least} and {most}");
            self.error_in(INVALID_VALUE, at, field, message);
        }
    }

    /// At most one of these fields; says which there are.
    pub fn at_most_one<'f>(&mut self, at: &Node, fields: &[&'f str], what: &str) -> Vec<&'f str> {
        let there: Vec<&str> = fields.iter().copied().filter(|f| at.has(f)).collect();
        for more in there.iter().skip(1) {
            let message = format!("is there beside `{}`: {what}", there[0]);
            self.error_in(EXCLUDED, at, more, message);
        }
        there
    }

    /// Adds an error at a place.
    pub fn error(&mut self, code: Code, at: &Node, message: impl Into<String>) {
        self.push(code, Severity::Error, at.path(), message.into(), None);
    }

    /// Adds an error at a field of a place, which need not be there.
    pub fn error_in(&mut self, code: Code, at: &Node, field: &str, message: impl Into<String>) {
        let mut path = at.path();
        path.push(Step::Name(field.into()));
        self.push(code, Severity::Error, path, message.into(), None);
    }

    /// Adds a finding.
    pub fn push(
        &mut self,
        code: Code,
        severity: Severity,
        path: Vec<Step>,
        message: String,
        help: Option<String>,
    ) {
        if self.list.len() < MOST {
            self.list.push(Finding { code, severity, path, message, help });
        }
    }
}

/// `` `a`, `b` or `c` ``.
pub fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// A value and the way to it: the value lives as long as the object, the way as long as the values above it.
#[derive(Clone, Copy, Debug)]
pub struct Node<'d, 'w> {
    /// The value.
    pub value: &'d Data,
    parent: Option<&'w Node<'d, 'w>>,
    step: At<'w>,
}

#[derive(Clone, Copy, Debug)]
enum At<'w> {
    Root,
    Name(&'w str),
    Index(usize),
}

impl<'d, 'w> Node<'d, 'w> {
    /// A whole object.
    pub fn root(value: &'d Data) -> Self {
        Self { value, parent: None, step: At::Root }
    }

    /// The field of this name; null counts as absent.
    pub fn get<'b>(&'b self, name: &'b str) -> Option<Node<'d, 'b>>
    where
        'w: 'b,
    {
        let value = self.value.get(name).filter(|v| **v != Data::Null)?;
        Some(Node { value, parent: Some(self), step: At::Name(name) })
    }

    /// The elements, of a list.
    pub fn items<'b>(&'b self) -> impl Iterator<Item = Node<'d, 'b>>
    where
        'w: 'b,
    {
        let items = self.value.as_list().unwrap_or_default().iter().enumerate();
        items.map(|(i, value)| Node { value, parent: Some(self), step: At::Index(i) })
    }

    /// The fields, of a map; nulls included.
    pub fn fields<'b>(&'b self) -> impl Iterator<Item = (&'d str, Node<'d, 'b>)>
    where
        'w: 'b,
    {
        let fields = self.value.as_map().unwrap_or_default().iter();
        fields.map(|(name, value)| (&**name, Node { value, parent: Some(self), step: At::Name(name) }))
    }

    /// The text of a field; `""` where there is none.
    pub fn text(&self, name: &str) -> &'d str {
        self.value.get(name).and_then(Data::as_str).unwrap_or("")
    }

    /// Its own text; `""` for what is none.
    pub fn str(&self) -> &'d str {
        self.value.as_str().unwrap_or("")
    }

    /// The whole number that a field holds.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.value.get(name).and_then(Data::as_num).and_then(Number::to_i64)
    }

    /// The truth value of a field.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.value.get(name).and_then(Data::as_bool)
    }

    /// Whether the field is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.value.get(name).is_some_and(|v| *v != Data::Null)
    }

    /// Whether a field is there and holds a list or map with something in it, or a text that is not empty.
    pub fn filled(&self, name: &str) -> bool {
        match self.value.get(name) {
            None | Some(Data::Null) => false,
            Some(Data::Str(s)) => !s.is_empty(),
            Some(Data::List(items)) => !items.is_empty(),
            Some(Data::Map(fields)) => !fields.is_empty(),
            Some(_) => true,
        }
    }

    /// The way from the root.
    pub fn path(&self) -> Vec<Step> {
        let mut out = match self.parent {
            None => return Vec::new(),
            Some(parent) => parent.path(),
        };
        match self.step {
            At::Root => {}
            At::Name(name) => out.push(Step::Name(name.into())),
            At::Index(i) => out.push(Step::Index(i)),
        }
        out
    }
}
