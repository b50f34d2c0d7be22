//! Runs a template on data: a walk over its tree with budgets for steps, depth and bytes. Used by `mod.rs`.
//!
//! Errors name the node being looked at, as Go's do: `template: :1:4: executing "" at <.x.y>: …`.

use super::format::sprint;
use super::functions::{self, Function};
use super::parse::{Constant, Templates, character, number};
use super::tree::{Branch, Command, Kind, Node, Pipe};
use super::value::{Value, sorted};
use crate::quote::quoted;

/// Most nodes looked at.
const MAX_STEPS: usize = 5_000_000;

/// Most bytes of texts made, the template's own output among them.
const MAX_BYTES: usize = 64 << 20;

/// Deepest nesting of templates that call each other, and of what they hold.
const MAX_DEPTH: usize = 400;

/// Why the walk stops.
enum Stop {
    Break,
    Continue,
    Error(String),
}

type R<T> = Result<T, Stop>;

/// The node an error is told of.
#[derive(Clone, Copy)]
enum At<'t> {
    Node(&'t Node),
    Pipe(&'t Pipe),
    Command(&'t Command),
}

/// A value and whether it is seen through an interface, as elements of the data are.
#[derive(Clone)]
struct Found<'d> {
    value: Value<'d>,
    boxed: bool,
}

const fn bare(value: Value) -> Found {
    Found { value, boxed: false }
}

/// Runs the main template of `templates`, parsed from `source`, on `data`.
pub(crate) fn run(source: &str, templates: &Templates, data: Value) -> Result<Vec<u8>, String> {
    let Some(main) = templates.get("") else { return Ok(Vec::new()) };
    let mut run = Run {
        source,
        templates,
        name: "",
        at: None,
        vars: vec![("$", bare(data.clone().opened()))],
        out: Vec::new(),
        made: 0,
        steps: 0,
        depth: 0,
    };
    match run.walk_all(&bare(data.opened()), main) {
        Err(Stop::Error(message)) => Err(message),
        _ => Ok(run.out),
    }
}

struct Run<'t, 'd> {
    source: &'t str,
    templates: &'t Templates,
    name: &'t str,
    at: Option<At<'t>>,
    vars: Vec<(&'t str, Found<'d>)>,
    out: Vec<u8>,
    /// Bytes of texts made.
    made: usize,
    steps: usize,
    depth: usize,
}

impl<'t, 'd> Run<'t, 'd> {
    fn fail<T>(&self, message: impl std::fmt::Display) -> R<T> {
        let (pos, context) = match self.at {
            None => return Err(Stop::Error(format!("template: : {message}"))),
            Some(At::Node(n)) => (n.pos, n.source()),
            Some(At::Pipe(p)) => {
                let mut s = String::new();
                p.write(&mut s);
                (p.pos, s)
            }
            Some(At::Command(c)) => {
                let mut s = String::new();
                c.write(&mut s);
                (c.pos, s)
            }
        };
        let before = &self.source[..pos.min(self.source.len())];
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |i| i + 1);
        let context = match context.char_indices().nth(20) {
            Some((cut, _)) => format!("{}...", &context[..cut]),
            None => context,
        };
        let name = quoted(self.name);
        Err(Stop::Error(format!("template: :{line}:{column}: executing {name} at <{context}>: {message}")))
    }

    fn step(&mut self, at: At<'t>) -> R<()> {
        self.at = Some(at);
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return self.fail(format!("template takes more than {MAX_STEPS} steps"));
        }
        Ok(())
    }

    /// Counts a text that was made.
    fn made(&mut self, bytes: usize) -> R<()> {
        self.made += bytes;
        if self.made > MAX_BYTES {
            return self.fail(format!("template makes more than {MAX_BYTES} bytes"));
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> R<()> {
        self.made(bytes.len())?;
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    // ---- Structure ----------------------------------------------------------------------------------------------

    fn walk_all(&mut self, dot: &Found<'d>, nodes: &'t [Node]) -> R<()> {
        nodes.iter().try_for_each(|n| self.walk(dot, n))
    }

    fn walk(&mut self, dot: &Found<'d>, node: &'t Node) -> R<()> {
        self.step(At::Node(node))?;
        match &node.kind {
            Kind::Text(text) => self.write(text.as_bytes()),
            Kind::Action(pipe) => {
                let v = self.pipeline(dot, pipe)?;
                if pipe.variables.is_empty() {
                    self.at = Some(At::Node(node));
                    let text = match v.value {
                        Value::Missing => b"<no value>".to_vec(),
                        v => sprint(&[v]),
                    };
                    self.write(&text)?;
                }
                Ok(())
            }
            Kind::If(b) | Kind::With(b) => self.branch(dot, b, matches!(node.kind, Kind::With(_))),
            Kind::Range(b) => self.range(dot, b),
            Kind::Template { name, pipe } => self.template(dot, name, pipe.as_ref()),
            Kind::Break => Err(Stop::Break),
            Kind::Continue => Err(Stop::Continue),
            _ => self.fail("unknown node"),
        }
    }

    fn branch(&mut self, dot: &Found<'d>, b: &'t Branch, with: bool) -> R<()> {
        let mark = self.vars.len();
        let v = self.pipeline(dot, &b.pipe)?;
        if v.value.is_true() {
            self.walk_all(if with { &v } else { dot }, &b.body)?;
        } else if let Some(otherwise) = &b.otherwise {
            self.walk_all(dot, otherwise)?;
        }
        self.vars.truncate(mark);
        Ok(())
    }

    fn template(&mut self, dot: &Found<'d>, name: &'t str, pipe: Option<&'t Pipe>) -> R<()> {
        let Some(nodes) = self.templates.get(name) else {
            return self.fail(format!("template {} not defined", quoted(name)));
        };
        if self.depth == MAX_DEPTH {
            return self.fail(format!("exceeded maximum template depth ({MAX_DEPTH})"));
        }
        let dot = match pipe {
            Some(pipe) => self.pipeline(dot, pipe)?,
            None => bare(Value::Missing),
        };
        let vars = std::mem::replace(&mut self.vars, vec![("$", dot.clone())]);
        let caller = std::mem::replace(&mut self.name, name);
        self.depth += 1;
        self.walk_all(&dot, nodes)?;
        self.depth -= 1;
        self.name = caller;
        self.vars = vars;
        Ok(())
    }

    fn range(&mut self, dot: &Found<'d>, b: &'t Branch) -> R<()> {
        let mark = self.vars.len();
        let v = self.pipeline(dot, &b.pipe)?.value;
        let boxed = |value| Found { value, boxed: true };
        let mut any = false;
        let two = b.pipe.variables.len() > 1;
        match v {
            Value::Int(n) | Value::Int64(n) if two => {
                return self.fail(format!("can't use {n} to iterate over more than one variable"));
            }
            Value::Byte(n) if two => {
                return self.fail(format!("can't use {n} to iterate over more than one variable"));
            }
            Value::Int(n) | Value::Int64(n) => {
                let machine = matches!(v, Value::Int(_));
                for i in 0..n.max(0) {
                    any = true;
                    let e = if machine { Value::Int(i) } else { Value::Int64(i) };
                    if !self.turn(b, bare(Value::Missing), bare(e))? {
                        break;
                    }
                }
            }
            Value::Byte(n) => {
                for i in 0..n {
                    any = true;
                    if !self.turn(b, bare(Value::Missing), bare(Value::Byte(i)))? {
                        break;
                    }
                }
            }
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    any = true;
                    if !self.turn(b, bare(Value::Int(i as i64)), boxed(Value::of(item)))? {
                        break;
                    }
                }
            }
            Value::Bytes(items) => {
                for (i, item) in items.iter().enumerate() {
                    any = true;
                    if !self.turn(b, bare(Value::Int(i as i64)), bare(Value::Byte(*item)))? {
                        break;
                    }
                }
            }
            Value::Map(fields) => {
                for (name, item) in sorted(fields) {
                    any = true;
                    if !self.turn(b, bare(Value::text(name)), boxed(Value::of(item)))? {
                        break;
                    }
                }
            }
            Value::Missing | Value::Nil => {}
            other => {
                let shown = String::from_utf8_lossy(&sprint(&[other])).into_owned();
                return self.fail(format!("range can't iterate over {shown}"));
            }
        }
        if let (false, Some(otherwise)) = (any, &b.otherwise) {
            self.walk_all(dot, otherwise)?;
        }
        self.vars.truncate(mark);
        Ok(())
    }

    /// One turn of a loop; whether it goes on.
    fn turn(&mut self, b: &'t Branch, index: Found<'d>, element: Found<'d>) -> R<bool> {
        self.step(At::Pipe(&b.pipe))?;
        let names = &b.pipe.variables;
        if let Some(first) = names.first() {
            let (of_first, of_second) =
                if names.len() > 1 { (&index, Some(&element)) } else { (&element, None) };
            self.set(first, of_first.clone());
            if let (Some(second), Some(v)) = (names.get(1), of_second) {
                self.set(second, v.clone());
            }
        }
        let mark = self.vars.len();
        let r = self.walk_all(&element, &b.body);
        self.vars.truncate(mark);
        match r {
            Ok(()) | Err(Stop::Continue) => Ok(true),
            Err(Stop::Break) => Ok(false),
            Err(e) => Err(e),
        }
    }

    fn set(&mut self, name: &str, v: Found<'d>) {
        if let Some(var) = self.vars.iter_mut().rev().find(|(n, _)| *n == name) {
            var.1 = v;
        }
    }

    // ---- Expressions --------------------------------------------------------------------------------------------

    fn pipeline(&mut self, dot: &Found<'d>, pipe: &'t Pipe) -> R<Found<'d>> {
        self.step(At::Pipe(pipe))?;
        if self.depth >= MAX_DEPTH {
            return self.fail("expression nests too deeply");
        }
        let mut last: Option<Found<'d>> = None;
        for c in &pipe.commands {
            let v = self.command(dot, c, last.take())?;
            last = Some(bare(v.value.opened()));
        }
        let v = last.unwrap_or_else(|| bare(Value::Missing));
        for name in &pipe.variables {
            if pipe.assigns {
                self.set(name, v.clone());
            } else {
                self.vars.push((name, v.clone()));
            }
        }
        Ok(v)
    }

    fn command(&mut self, dot: &Found<'d>, c: &'t Command, last: Option<Found<'d>>) -> R<Found<'d>> {
        let first = &c.args[0];
        match &first.kind {
            Kind::Field(_) | Kind::Chain { .. } | Kind::Variable(_) => {
                let args = c.args.len() > 1 || last.is_some();
                return self.operand(dot, first, args.then_some(first));
            }
            Kind::Identifier(name) => {
                return self.function(dot, first, At::Command(c), name, &c.args[1..], last);
            }
            Kind::Pipe(_) => {}
            _ => self.step(At::Node(first))?,
        }
        if c.args.len() > 1 || last.is_some() {
            return self.fail(format!("can't give argument to non-function {}", first.source()));
        }
        if matches!(first.kind, Kind::Nil) {
            return self.fail("nil is not a command");
        }
        self.operand(dot, first, None)
    }

    /// The value of an operand; `called` is set where it stands before arguments.
    fn operand(&mut self, dot: &Found<'d>, node: &'t Node, called: Option<&'t Node>) -> R<Found<'d>> {
        if !matches!(node.kind, Kind::Pipe(_)) {
            self.step(At::Node(node))?;
        }
        Ok(match &node.kind {
            Kind::Bool(b) => bare(Value::Bool(*b)),
            Kind::Dot => dot.clone(),
            Kind::Nil => bare(Value::Nil),
            Kind::Str { text, .. } => bare(Value::text(text)),
            Kind::Number(text) => bare(self.constant(text)?),
            Kind::Field(names) => self.fields(dot.clone(), names, called.is_some())?,
            Kind::Variable(names) => {
                let found = self.vars.iter().rev().find(|(n, _)| *n == names[0]).map(|(_, v)| v.clone());
                let Some(v) = found else { return self.fail(format!("undefined variable: {}", names[0])) };
                if let (Some(first), 1) = (called, names.len()) {
                    return self.fail(format!("can't give argument to non-function {}", first.source()));
                }
                self.fields(v, &names[1..], called.is_some())?
            }
            Kind::Chain { of, fields } => {
                if matches!(of.kind, Kind::Nil) {
                    return self.fail(format!("indirection through explicit nil in {}", node.source()));
                }
                let v = self.operand(dot, of, None)?;
                self.fields(v, fields, called.is_some())?
            }
            Kind::Pipe(pipe) => {
                self.depth += 1;
                let v = self.pipeline(dot, pipe)?;
                self.depth -= 1;
                v
            }
            Kind::Identifier(name) => self.function(dot, node, At::Node(node), name, &[], None)?,
            _ => return self.fail(format!("can't evaluate command {}", quoted(&node.source()))),
        })
    }

    fn constant(&self, text: &str) -> R<Value<'d>> {
        if text.starts_with('\'') {
            return Ok(Value::Int(character(text).unwrap_or(0)));
        }
        match number(text) {
            Ok(Constant::Int(n)) => Ok(Value::Int(n)),
            Ok(Constant::Float(f)) => Ok(Value::Float(f)),
            _ => self.fail(format!("{text} overflows int")),
        }
    }

    fn fields(&self, v: Found<'d>, names: &'t [String], args: bool) -> R<Found<'d>> {
        let mut v = v;
        for (i, name) in names.iter().enumerate() {
            let kind = if v.boxed { "interface {}" } else { v.value.type_name() };
            v = match &v.value {
                Value::Missing => bare(Value::Missing),
                Value::Nil => return self.fail(format!("nil pointer evaluating {kind}.{name}")),
                Value::Map(_) if args && i + 1 == names.len() => {
                    return self.fail(format!("{name} is not a method but has arguments"));
                }
                map @ Value::Map(_) => match map.key(name.as_bytes()) {
                    Some(value) => Found { value, boxed: true },
                    None => bare(Value::Missing),
                },
                _ => return self.fail(format!("can't evaluate field {name} in type {kind}")),
            };
        }
        Ok(v)
    }

    fn function(
        &mut self,
        dot: &Found<'d>,
        node: &'t Node,
        caller: At<'t>,
        name: &'t str,
        args: &'t [Node],
        last: Option<Found<'d>>,
    ) -> R<Found<'d>> {
        self.step(At::Node(node))?;
        let Some(f) = functions::find(name) else {
            return self.fail(format!("{} is not a defined function", quoted(name)));
        };
        let have = args.len() + usize::from(last.is_some());
        if f.more && have < f.least {
            return self.fail(format!(
                "wrong number of args for {name}: want at least {} got {}",
                f.least,
                args.len()
            ));
        }
        if !f.more && have != f.least {
            return self.fail(format!("wrong number of args for {name}: want {} got {have}", f.least));
        }
        if name == "and" || name == "or" {
            return self.and_or(dot, name == "or", args, last);
        }
        let mut values = Vec::with_capacity(have);
        for (i, a) in args.iter().enumerate() {
            values.push(self.argument(dot, a, f, i)?);
        }
        if let Some(v) = last {
            let v = if takes_anything(f) { v.value } else { v.value.opened() };
            if f.name == "printf" && values.is_empty() && !matches!(v, Value::Str(_)) {
                return self.not_a_format(&v);
            }
            values.push(v);
        }
        let shown = args.first().map(Node::source).unwrap_or_default();
        match functions::call(name, &values, &shown) {
            Ok(v) => {
                if let Value::Str(s) = &v {
                    self.made(s.len())?;
                }
                Ok(Found { boxed: name == "index", value: v })
            }
            Err(message) => {
                self.at = Some(caller);
                self.fail(format!("error calling {name}: {message}"))
            }
        }
    }

    fn not_a_format<T>(&self, v: &Value) -> R<T> {
        match v {
            Value::Missing | Value::Nil => self.fail("invalid value; expected string"),
            v => self.fail(format!("wrong type for value; expected string; got {}", v.type_name())),
        }
    }

    fn argument(&mut self, dot: &Found<'d>, a: &'t Node, f: &Function, i: usize) -> R<Value<'d>> {
        if f.name == "printf" && i == 0 {
            self.step(At::Node(a))?;
            match &a.kind {
                Kind::Nil => return self.fail("cannot assign nil to string"),
                Kind::Bool(_) | Kind::Number(_) => {
                    return self.fail(format!("expected string; found {}", a.source()));
                }
                _ => {}
            }
            let v = self.operand(dot, a, None)?.value;
            if !matches!(v, Value::Str(_)) {
                return self.not_a_format(&v);
            }
            return Ok(v);
        }
        let v = self.operand(dot, a, None)?.value;
        Ok(if takes_anything(f) { v } else { v.opened() })
    }

    fn and_or(
        &mut self,
        dot: &Found<'d>,
        or: bool,
        args: &'t [Node],
        last: Option<Found<'d>>,
    ) -> R<Found<'d>> {
        let mut v = bare(Value::Missing);
        for a in args {
            v = self.operand(dot, a, None)?;
            if v.value.is_true() == or {
                return Ok(v);
            }
        }
        Ok(last.unwrap_or(v))
    }
}

/// Functions of arguments that may be nil.
fn takes_anything(f: &Function) -> bool {
    matches!(f.name, "print" | "println" | "printf" | "html" | "js" | "urlquery")
}
