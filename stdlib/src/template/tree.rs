//! A template as a tree, and how its parts are written in messages.

use std::fmt::Write;

use crate::quote::quoted;

/// Something in a template, and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub pos: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Text(String),
    Action(Pipe),
    If(Branch),
    Range(Branch),
    With(Branch),
    Template {
        name: String,
        pipe: Option<Pipe>,
    },
    Break,
    Continue,
    // Operands:
    Bool(bool),
    Dot,
    Nil,
    Number(String),
    Str {
        source: String,
        text: String,
    },
    /// `.a.b`
    Field(Vec<String>),
    /// `$x.a.b`: the variable with its mark first.
    Variable(Vec<String>),
    Identifier(String),
    Pipe(Box<Pipe>),
    Chain {
        of: Box<Node>,
        fields: Vec<String>,
    },
}

/// `if`, `range` or `with`.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub pipe: Pipe,
    pub body: Vec<Node>,
    pub otherwise: Option<Vec<Node>>,
}

/// Commands, each getting the value of the one before as its last argument.
#[derive(Clone, Debug)]
pub(crate) struct Pipe {
    pub pos: usize,
    /// The variables set; with `assigns` they exist already.
    pub variables: Vec<String>,
    pub assigns: bool,
    pub commands: Vec<Command>,
}

/// An operand, or a function with its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Command {
    pub pos: usize,
    pub args: Vec<Node>,
}

impl Pipe {
    pub fn write(&self, out: &mut String) {
        if !self.variables.is_empty() {
            out.push_str(&self.variables.join(", "));
            out.push_str(if self.assigns { " = " } else { " := " });
        }
        for (i, c) in self.commands.iter().enumerate() {
            if i > 0 {
                out.push_str(" | ");
            }
            c.write(out);
        }
    }
}

impl Command {
    pub fn write(&self, out: &mut String) {
        for (i, a) in self.args.iter().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            a.write(out);
        }
    }
}

impl Node {
    /// Appends the node's source.
    pub fn write(&self, out: &mut String) {
        match &self.kind {
            Kind::Text(t) => out.push_str(t),
            Kind::Action(pipe) => {
                out.push_str("{{");
                pipe.write(out);
                out.push_str("}}");
            }
            Kind::If(b) => b.write(out, "if"),
            Kind::Range(b) => b.write(out, "range"),
            Kind::With(b) => b.write(out, "with"),
            Kind::Template { name, pipe } => {
                let _ = write!(out, "{{{{template {}", quoted(name));
                if let Some(pipe) = pipe {
                    out.push(' ');
                    pipe.write(out);
                }
                out.push_str("}}");
            }
            Kind::Break => out.push_str("{{break}}"),
            Kind::Continue => out.push_str("{{continue}}"),
            Kind::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
            Kind::Dot => out.push('.'),
            Kind::Nil => out.push_str("nil"),
            Kind::Number(text) | Kind::Str { source: text, .. } | Kind::Identifier(text) => {
                out.push_str(text);
            }
            Kind::Field(names) => names.iter().for_each(|n| {
                out.push('.');
                out.push_str(n);
            }),
            Kind::Variable(names) => out.push_str(&names.join(".")),
            Kind::Pipe(pipe) => {
                out.push('(');
                pipe.write(out);
                out.push(')');
            }
            Kind::Chain { of, fields } => {
                of.write(out);
                for f in fields {
                    out.push('.');
                    out.push_str(f);
                }
            }
        }
    }

    /// The node's source.
    pub fn source(&self) -> String {
        let mut out = String::new();
        self.write(&mut out);
        out
    }
}

impl Branch {
    fn write(&self, out: &mut String, name: &str) {
        let _ = write!(out, "{{{{{name} ");
        self.pipe.write(out);
        out.push_str("}}");
        for n in &self.body {
            n.write(out);
        }
        if let Some(otherwise) = &self.otherwise {
            out.push_str("{{else}}");
            for n in otherwise {
                n.write(out);
            }
        }
        out.push_str("{{end}}");
    }
}
