//! What a template can read of its `context`, found in its program. The evaluator gives a template no more than that:
//! what no reference reaches cannot change what comes out. So templates that read little cost little, and two
//! evaluations that read equal data are one (`answers.rs`).

use vela_ir::{Compare, Decl, Expr, ExprId, Ir, Label, PackageId, StructId};

use crate::context::Context;
use crate::data::Value;

/// What is read of a value.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Reads {
    /// Everything in it. Without it and without `fields` only whether it is there.
    whole: bool,
    /// These fields of it.
    fields: Vec<(Box<str>, Reads)>,
}

impl Reads {
    /// Everything is read.
    pub fn everything() -> Self {
        Self { whole: true, fields: Vec::new() }
    }

    /// What the program's references to the top-level field `name` of its package can reach. A program that adds to
    /// the field, or could, reads all of it.
    pub fn of(ir: &Ir, package: PackageId, name: &str) -> Self {
        let Some(label) = ir.labels.find_string(name) else { return Self::default() };
        let Some(package) = ir.packages.get(package.index()) else { return Self::everything() };
        // The last file is the one that declares the field for names to resolve.
        let own = package.files.split_last().map(|(_, own)| own).unwrap_or_default();
        let closed = own.iter().all(|file| match ir.expr(ir.files[file.index()].root) {
            Expr::Struct(top) => leaves_alone(ir, top, label),
            _ => false,
        });
        if !closed || ir.exprs.iter().any(|e| is_self(ir, *e)) {
            return Self::everything();
        }
        let mut reads = Self::default();
        let uses = Uses::of(ir);
        for id in (0..ir.exprs.len() as u32).map(ExprId) {
            if uses.selected[id.index()] {
                continue;
            }
            if let Some(path) = path(ir, id, label) {
                reads.add(&path, uses.tested[id.index()]);
            }
        }
        reads
    }

    fn add(&mut self, path: &[String], tested: bool) {
        let Some((first, rest)) = path.split_first() else {
            self.whole |= !tested;
            return;
        };
        let at = match self.fields.iter().position(|(n, _)| **n == **first) {
            Some(at) => at,
            None => {
                self.fields.push((first.as_str().into(), Self::default()));
                self.fields.len() - 1
            }
        };
        self.fields[at].1.add(rest, tested);
    }

    fn field(&self, name: &str) -> Option<&Self> {
        self.fields.iter().find(|(n, _)| **n == *name).map(|(_, r)| r)
    }

    /// Whether anything of the field `name` is read.
    pub fn has(&self, name: &str) -> bool {
        self.whole || self.field(name).is_some()
    }

    /// The part of a context that is read.
    pub fn part_of(&self, context: &Context) -> Value {
        let read = context.fields().filter_map(|(name, value)| {
            let part = if self.whole { value.clone() } else { self.field(name)?.part(value) };
            Some((name.into(), part))
        });
        Value::Map(read.collect())
    }

    fn part(&self, value: &Value) -> Value {
        match value {
            _ if self.whole => value.clone(),
            Value::Map(fields) => {
                let read = fields.iter().filter_map(|(n, v)| Some((n.clone(), self.field(n)?.part(v))));
                Value::Map(read.collect())
            }
            Value::List(_) if self.fields.is_empty() => Value::List(Vec::new()),
            other => other.clone(),
        }
    }
}

/// Whether a struct at the top of a file surely adds nothing to its field `label`.
fn leaves_alone(ir: &Ir, at: StructId, label: Label) -> bool {
    ir.struct_decls(at).all(|decl| match ir.decls[decl.index()] {
        Decl::Field { label: own, .. } => own != label,
        Decl::Let { .. } | Decl::Ellipsis => true,
        Decl::Embed(x) => match ir.expr(x) {
            Expr::Struct(inner) => leaves_alone(ir, inner, label),
            Expr::Comprehension(id) => {
                let comprehension = ir.comprehensions[id.index()];
                let bodies = [Some(comprehension.body), comprehension.otherwise];
                bodies.into_iter().flatten().all(|body| match ir.expr(body) {
                    Expr::Struct(inner) => leaves_alone(ir, inner, label),
                    _ => false,
                })
            }
            _ => false,
        },
        Decl::Dynamic { .. } | Decl::Pattern { .. } => false,
    })
}

/// `self` may be the whole template.
fn is_self(ir: &Ir, expr: Expr) -> bool {
    match expr {
        Expr::ValueRef(_, label) | Expr::CurrentRef(label) => ir.labels.name(label) == "self",
        _ => false,
    }
}

/// How expressions are used by the one that they are part of.
struct Uses {
    /// Only a field of it is taken.
    selected: Vec<bool>,
    /// It is only compared with `_|_`.
    tested: Vec<bool>,
}

impl Uses {
    fn of(ir: &Ir) -> Self {
        let mut uses = Self { selected: vec![false; ir.exprs.len()], tested: vec![false; ir.exprs.len()] };
        let is_bottom = |x: ExprId| ir.expr(x) == Expr::Bottom;
        for expr in &ir.exprs {
            match *expr {
                Expr::Select(base, _) => uses.selected[base.index()] = true,
                Expr::Binary(vela_ir::BinaryOp::Compare(Compare::Equal | Compare::NotEqual), a, b) => {
                    if is_bottom(b) {
                        uses.tested[a.index()] = true;
                    } else if is_bottom(a) {
                        uses.tested[b.index()] = true;
                    }
                }
                _ => {}
            }
        }
        uses
    }
}

/// The names after `label` in `label.a.b`; `None` for any other expression.
fn path(ir: &Ir, mut id: ExprId, label: Label) -> Option<Vec<String>> {
    let mut path = Vec::new();
    loop {
        match ir.expr(id) {
            Expr::Select(base, name) => {
                path.push(ir.labels.name(name).into_owned());
                id = base;
            }
            Expr::FieldRef(_, found) if found == label => {
                path.reverse();
                return Some(path);
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluator::compile::Program;
    use vela_yaml::{JsonStyle, to_json};

    /// What a template is given of a context that has everything.
    fn given(template: &str) -> String {
        let program = Program::of_text(template).unwrap();
        let reads = Reads::of(&program.ir, program.package, "context");
        let mut context = Context::default();
        context.set("cluster", Value::str("c"));
        context.set("name", Value::str("n"));
        let output = r#"{"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"a"}]}}},"z":[1]}"#;
        context.set("output", vela_yaml::parse_json(output).docs[0].to_data());
        to_json(&reads.part_of(&context), JsonStyle::COMPACT)
    }

    #[test]
    fn references_count_as_far_as_they_are_written() {
        assert_eq!(given("output: 1"), "{}");
        assert_eq!(given("output: context.name"), r#"{"name":"n"}"#);
        assert_eq!(given("output: {a: b: [\"x-\\(context.name)\"]}"), r#"{"name":"n"}"#);
        assert_eq!(given("output: context.output.spec.replicas"), r#"{"output":{"spec":{"replicas":1}}}"#);
        assert_eq!(
            given("let s = context.output.spec\noutput: s.template.spec.containers[0]"),
            r#"{"output":{"spec":{"replicas":1,"template":{"spec":{"containers":[{"name":"a"}]}}}}}"#
        );
        assert_eq!(given("output: context.output.spec.none.more"), r#"{"output":{"spec":{}}}"#);
        assert_eq!(given("output: {for k, v in context.output.z {\"\\(k)\": v}}"), r#"{"output":{"z":[1]}}"#);
    }

    #[test]
    fn presence_needs_no_content() {
        assert_eq!(given("if context.output.spec != _|_ {output: 1}"), r#"{"output":{"spec":{}}}"#);
        assert_eq!(given("if context.output.z == _|_ {output: 1}"), r#"{"output":{"z":[]}}"#);
        assert_eq!(
            given("if context.output.spec != _|_ {output: context.output.spec.replicas}"),
            r#"{"output":{"spec":{"replicas":1}}}"#
        );
        assert_eq!(
            given("output: context.output.z\nif context.output.z != _|_ {}"),
            r#"{"output":{"z":[1]}}"#
        );
    }

    #[test]
    fn where_it_is_not_clear_everything_counts() {
        let all = given("output: context");
        assert!(all.contains("\"cluster\""), "{all}");
        for template in [
            "output: context[\"name\"]",
            "let c = context\noutput: c.name",
            "for k, v in context {\"\\(k)x\": v}",
            "context: name: string\noutput: context.name",
            "[string]: _\noutput: context.name",
            "(\"con\" + \"text\"): {}\noutput: context.name",
            "#A: {context: cluster: string}\n#A\noutput: context.name",
            "if true {context: cluster: string}\noutput: context.name",
        ] {
            assert_eq!(given(template), all, "{template}");
        }
        // A field of that name elsewhere is another one.
        let other = "#A: context: x: 1\noutput: {if true {context: 1}, n: context.name}";
        assert_eq!(given(other), r#"{"name":"n"}"#);
    }
}
