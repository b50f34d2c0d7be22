//! Random programs that mostly make sense: every name has a type, and expressions are made for the type wanted. A program is
//! kept as a tree of declarations, so that the minimiser can leave parts out and what remains is still well-formed.

use vela_harness::rng::Rng;

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decl {
    /// One line.
    Line(String),
    /// What opens a struct, and what stands in it.
    Block(String, Vec<Decl>),
}

/// What a name stands for.
#[derive(Clone, Debug)]
enum Type {
    Int,
    Text,
    Bool,
    List,
    /// The fields that are certain to be there.
    Struct(Vec<(String, Type)>),
}

/// Names in scope and what they stand for; later ones are nearer.
type Scope = Vec<(String, Type)>;

/// The source text of declarations.
pub fn source(decls: &[Decl]) -> String {
    let mut out = String::new();
    write(decls, 0, &mut out);
    out
}

fn write(decls: &[Decl], level: usize, out: &mut String) {
    for d in decls {
        out.push_str(&"\t".repeat(level));
        match d {
            Decl::Line(text) => out.push_str(text),
            Decl::Block(head, body) => {
                out.push_str(head);
                out.push_str(" {\n");
                write(body, level + 1, out);
                out.push_str(&"\t".repeat(level));
                out.push('}');
            }
        }
        out.push('\n');
    }
}

/// All ways to leave out one declaration, outer ones first.
pub fn without_one(decls: &[Decl]) -> Vec<Vec<Decl>> {
    let mut out = Vec::new();
    for i in 0..decls.len() {
        let mut rest = decls.to_vec();
        rest.remove(i);
        out.push(rest);
    }
    for (i, d) in decls.iter().enumerate() {
        let Decl::Block(head, body) = d else { continue };
        for smaller in without_one(body) {
            let mut rest = decls.to_vec();
            rest[i] = Decl::Block(head.clone(), smaller);
            out.push(rest);
        }
    }
    out
}

/// A program.
pub fn random(rng: &mut Rng) -> Vec<Decl> {
    let mut made = Generator { rng, scope: Vec::new() };
    let mut decls = Vec::new();
    for i in 0..=made.rng.below(3) {
        let name = format!("#D{i}");
        let (body, fields) = made.body(2);
        decls.push(Decl::Block(format!("{name}:"), body));
        made.scope.push((name, Type::Struct(fields)));
    }
    for i in 0..2 + made.rng.below(5) {
        let name = format!("v{}", if made.rng.one_in(4) { 0 } else { i });
        let (decl, ty) = made.field(&name, 2);
        decls.push(decl);
        if made.rng.one_in(5) {
            decls.push(made.clause());
        }
        made.scope.push((name, ty));
    }
    if made.rng.one_in(2) {
        let at = made.rng.below(decls.len());
        let last = decls.len() - 1;
        decls.swap(at, last);
    }
    decls
}

struct Generator<'r> {
    rng: &'r mut Rng,
    scope: Scope,
}

impl Generator<'_> {
    /// The declarations of a struct and its certain fields.
    fn body(&mut self, depth: usize) -> (Vec<Decl>, Vec<(String, Type)>) {
        let outer = self.scope.len();
        let (mut decls, mut fields) = (Vec::new(), Vec::new());
        for _ in 0..=self.rng.below(3) {
            let name = (*self.rng.pick(&["a", "b", "c", "_h", "#s"])).to_owned();
            let mark = *self.rng.pick(&["", "", "", "", "?", "!"]);
            let (mut decl, ty) = self.field(&name, depth);
            if !mark.is_empty() {
                let (Decl::Line(text) | Decl::Block(text, _)) = &mut decl;
                text.insert_str(name.len(), mark);
            }
            decls.push(decl);
            if mark.is_empty() {
                self.scope.push((name.clone(), ty.clone()));
                fields.push((name, ty));
            }
        }
        match self.rng.below(17) {
            12 => {
                let value = self.expr(&Type::Int, 1);
                decls.push(Decl::Line(format!(
                    "[{}]: {value}",
                    self.rng.pick(&["string", "!=\"a\"", "\"a\""])
                )));
            }
            13 => decls.push(Decl::Block("[N=string]:".to_owned(), vec![Decl::Line("n?: N".to_owned())])),
            14 => {
                let (ty, value) = (Type::Int, self.expr(&Type::Int, 2));
                decls.insert(0, Decl::Line(format!("let L = {value}")));
                let field = self.rng.pick(&["a", "l"]).to_string();
                decls.push(Decl::Line(format!("{field}: {}", self.rng.pick(&["L", "L + 1", "int & L"]))));
                fields.push((field, ty));
            }
            15 => decls.push(Decl::Line(self.union())),
            16 => {
                if let Some(name) = self.name_of_struct() {
                    decls.push(Decl::Line(format!("{name} | {{z: 1}}")));
                }
            }
            0 => decls.push(Decl::Line("...".to_owned())),
            1 => {
                let value = self.expr(&Type::Int, 1);
                decls.push(Decl::Line(format!("[=~\"^[a-b]\"]: {value}")));
            }
            2 | 3 => decls.push(self.clause()),
            4 | 5 => {
                if let Some(name) = self.name_of_struct() {
                    decls.insert(0, Decl::Line(name));
                }
            }
            6 => {
                let value = self.expr(&Type::Text, 1);
                decls.push(Decl::Line(format!("(\"{}\"): {value}", self.rng.pick(&["a", "k"]))));
            }
            _ => {}
        }
        self.scope.truncate(outer);
        (decls, fields)
    }

    /// Structs told apart by a field.
    fn union(&mut self) -> String {
        let mark = if self.rng.one_in(3) { "*" } else { "" };
        let extra = self.rng.pick(&["", " | {...}", " | close({kind: \"z\"})"]).to_string();
        format!("{mark}{{kind: \"x\", p: int}} | {{kind: \"y\", q?: string}}{extra}")
    }

    /// `if …`, `for …` with something to add.
    fn clause(&mut self) -> Decl {
        let head = match self.rng.below(4) {
            0 => format!("if {}", self.expr(&Type::Bool, 1)),
            1 => match self.name_of_struct() {
                Some(name) => {
                    return Decl::Block(
                        format!("for k, v in {name}"),
                        vec![Decl::Line("(\"\\(k)x\"): v".to_owned())],
                    );
                }
                None => "if true".to_owned(),
            },
            2 => match self.name_of_struct() {
                Some(name) => format!("if {name}.{} != _|_", self.rng.pick(&["a", "b", "c"])),
                None => "if false".to_owned(),
            },
            _ => format!("for i in {}", self.expr(&Type::List, 1)),
        };
        let name = (*self.rng.pick(&["a", "b", "d"])).to_owned();
        let (decl, _) = self.field(&name, 1);
        Decl::Block(head, vec![decl])
    }

    fn name_of_struct(&mut self) -> Option<String> {
        let names: Vec<&String> =
            self.scope.iter().filter(|(_, t)| matches!(t, Type::Struct(_))).map(|(n, _)| n).collect();
        if names.is_empty() { None } else { Some((*self.rng.pick(&names)).clone()) }
    }

    fn ty(&mut self, depth: usize) -> Type {
        match self.rng.below(if depth == 0 { 6 } else { 9 }) {
            0..=2 => Type::Int,
            3 | 4 => Type::Text,
            5 => Type::List,
            _ => Type::Struct(Vec::new()),
        }
    }

    /// A field of some type.
    fn field(&mut self, name: &str, depth: usize) -> (Decl, Type) {
        let ty = self.ty(depth);
        if let Type::Struct(_) = ty {
            let base = self.name_of_struct().filter(|_| self.rng.one_in(2));
            let (body, fields) = self.body(depth.saturating_sub(1));
            let head = match base {
                Some(base) if self.rng.one_in(8) => {
                    let (a, b) = (self.union(), if self.rng.one_in(2) { "kind: \"x\"" } else { "p: 1" });
                    return (Decl::Line(format!("{name}: ({a}) & {{{b}}} | {base}")), ty);
                }
                None if self.rng.one_in(5) => {
                    let (a, b) =
                        (self.union(), *self.rng.pick(&["kind: \"x\"", "p: 1", "q: \"s\"", "kind: \"y\""]));
                    return (Decl::Line(format!("{name}: ({a}) & {{{b}}}")), ty);
                }
                Some(base) if self.rng.one_in(6) => format!("{name}: *{base} |"),
                Some(base) => format!("{name}: {base} &"),
                None => format!("{name}:"),
            };
            return (Decl::Block(head, body), Type::Struct(fields));
        }
        let value = self.expr(&ty, 2);
        (Decl::Line(format!("{name}: {value}")), ty)
    }

    /// Names and paths that stand for a value of the type.
    fn paths(&self, want: &Type) -> Vec<String> {
        let fits = |t: &Type| std::mem::discriminant(t) == std::mem::discriminant(want);
        let mut out = Vec::new();
        for (name, ty) in &self.scope {
            if fits(ty) {
                out.push(name.clone());
            }
            if let Type::Struct(fields) = ty {
                out.extend(fields.iter().filter(|(_, t)| fits(t)).map(|(f, _)| format!("{name}.{f}")));
            }
        }
        out
    }

    fn expr(&mut self, ty: &Type, depth: usize) -> String {
        let paths = self.paths(ty);
        if !paths.is_empty() && self.rng.one_in(3) {
            return self.rng.pick(&paths).clone();
        }
        if depth > 0 && self.rng.one_in(4) {
            let (a, b) = (self.expr(ty, depth - 1), self.expr(ty, depth - 1));
            return match (ty, self.rng.below(9)) {
                (Type::Int, 0) => format!("({a}) + 1"),
                (Type::Int, 5) => format!("({a}) * ({b})"),
                (Type::Int, 6) => format!("len({})", self.expr(&Type::List, depth - 1)),
                (Type::Int | Type::Text, 7) => {
                    format!("[if {} {{{a}}}, {b}][0]", self.expr(&Type::Bool, depth - 1))
                }
                (Type::Int | Type::Text, 8) => {
                    let call = *self.rng.pick(&["and", "or"]);
                    format!("{call}([{a}, {b}])")
                }
                (Type::List, 5) => format!("[for x in {a} {{x}}]"),
                (Type::List, 6) => format!("[for i, x in {a} if x > 1 {{x + i}}]"),
                (Type::List, 7) => format!("[for x in {a} {{{{v: x}}}}, ...]"),
                (Type::Text, 0) => format!("\"\\({a})\\({b})\""),
                (_, 1) => format!("*({a}) | ({b})"),
                (_, 2) => format!("({a}) | ({b})"),
                _ => format!("({a}) & ({b})"),
            };
        }
        match ty {
            Type::Int => {
                let all = [
                    "0",
                    "1",
                    "2",
                    "int",
                    ">0",
                    "<=2",
                    "!=1",
                    "*1 | int",
                    "1 | 2",
                    "*1 | *2 | 3",
                    ">=1 & <=1",
                ];
                (*self.rng.pick(&all)).to_owned()
            }
            Type::Text => {
                let all =
                    ["\"a\"", "\"b\"", "string", "=~\"^a\"", "*\"a\" | string", "\"a\" | \"b\"", "!=\"b\""];
                (*self.rng.pick(&all)).to_owned()
            }
            Type::Bool => match self.rng.below(7) {
                4 if depth > 0 => format!("!({})", self.expr(&Type::Bool, 0)),
                5 if depth > 0 => {
                    let op = *self.rng.pick(&["&&", "||"]);
                    format!("({}) {op} ({})", self.expr(&Type::Bool, 0), self.expr(&Type::Bool, 0))
                }
                6 if depth > 0 => {
                    format!("({}) < ({})", self.expr(&Type::Text, 0), self.expr(&Type::Text, 0))
                }
                0 => format!("{} > 1", self.rng.pick(&["0", "2"])),
                1 if depth > 0 => format!("({}) == ({})", self.expr(&Type::Int, 0), self.expr(&Type::Int, 0)),
                2 => "false".to_owned(),
                _ => "true".to_owned(),
            },
            Type::List => {
                let item = self.expr(&Type::Int, 0);
                let forms = [
                    format!("[{item}]"),
                    format!("[{item}, 2]"),
                    format!("[...{item}]"),
                    format!("[1, ...{item}]"),
                ];
                self.rng.pick(&forms).clone()
            }
            Type::Struct(_) => "{}".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_program_and_smaller_ones_are_smaller() {
        for seed in 0..50 {
            let program = random(&mut Rng::new(seed));
            assert_eq!(program, random(&mut Rng::new(seed)));
            let size = source(&program).len();
            for smaller in without_one(&program) {
                assert!(source(&smaller).len() < size);
            }
        }
    }
}
