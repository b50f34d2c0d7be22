//! Which sums and products are of lists: read off the source, through names and selectors, without evaluating. What only
//! data decides is met in evaluation instead.

use rustc_hash::FxHashMap;
use vela_eval::builtin::{Library as _, Member};
use vela_ir::Kinds;
use vela_stdlib::STDLIB;
use vela_syntax::ast::{BinaryOp, Clause, Decl, Expr, ExprId, File, InterpPart, Label, List, UnaryOp};
use vela_syntax::literal::{self, StringValue};

use crate::definition::literal::{label, string};
use crate::legacy::Old;

/// Deepest nesting that is looked at.
const MAX_DEPTH: usize = 300;

/// Longest chain of names that is followed.
const MAX_HOPS: usize = 30;

/// Most steps for one operand.
const MAX_STEPS: usize = 20_000;

/// Everything old in a file, in the order of the source.
pub fn find(file: &File, text: &str) -> Vec<Old> {
    // Most templates compute nothing of the kind.
    let sums = file.exprs.iter().any(|x| matches!(x, Expr::Binary(BinaryOp::Add | BinaryOp::Mul, ..)));
    let mut finder =
        Finder { file, text, scopes: Vec::new(), of_struct: FxHashMap::default(), work: Vec::new() };
    if sums {
        finder.structure(file.top, None, 0);
    }
    let mut found: Vec<Old> = Vec::new();
    for at in 0..finder.work.len() {
        let (x, scope) = finder.work[at];
        let Expr::Binary(op, a, b) = file.expr(x) else { continue };
        let list = |x: ExprId| finder.is_list(x, scope, &mut Fuel::new());
        match op {
            BinaryOp::Add if list(a) || list(b) => found.push(Old::Sum(x)),
            BinaryOp::Mul if list(a) => found.push(Old::Product(x, true)),
            BinaryOp::Mul if list(b) => found.push(Old::Product(x, false)),
            _ => {}
        }
    }
    for (at, decl) in file.decls.iter().enumerate() {
        let Decl::Field(field) = decl else { continue };
        if matches!(field.label, Label::Ident(name) if name.span.of(text) == "error") {
            let Ok(at) = u32::try_from(at) else { break };
            found.push(Old::Label(vela_syntax::ast::DeclId(at)));
        }
    }
    found.sort_by_key(|old| (old.span(file).start, std::cmp::Reverse(old.span(file).end)));
    found
}

/// Whether the first operand of a product is a number by its looks.
pub fn is_count(file: &File, text: &str, product: ExprId) -> bool {
    let Expr::Binary(_, a, _) = file.expr(product) else { return false };
    match file.expr(a) {
        Expr::Number => true,
        Expr::Call(f, _) => file.span(f).of(text) == "len",
        _ => false,
    }
}

/// Names that are declared together.
struct Scope {
    up: Option<usize>,
    names: Names,
}

enum Names {
    /// The fields of a struct.
    Fields(List),
    /// One name of a comprehension; with what stands for it where that is known.
    One(Box<str>, Option<ExprId>),
}

/// What following names may still cost.
struct Fuel {
    hops: usize,
    steps: usize,
}

impl Fuel {
    fn new() -> Self {
        Self { hops: MAX_HOPS, steps: MAX_STEPS }
    }

    fn step(&mut self) -> bool {
        self.steps = self.steps.saturating_sub(1);
        self.steps > 0
    }
}

struct Finder<'f> {
    file: &'f File,
    text: &'f str,
    scopes: Vec<Scope>,
    /// The scope of a struct's fields.
    of_struct: FxHashMap<ExprId, usize>,
    /// Sums and products, with the scope that they stand in.
    work: Vec<(ExprId, usize)>,
}

impl Finder<'_> {
    fn scope(&mut self, up: Option<usize>, names: Names) -> usize {
        self.scopes.push(Scope { up, names });
        self.scopes.len() - 1
    }

    /// Notes the scopes below a list of declarations.
    fn structure(&mut self, list: List, up: Option<usize>, depth: usize) -> usize {
        let scope = self.scope(up, Names::Fields(list));
        for decl in self.file.decl_list(list) {
            match self.file.decl(*decl) {
                Decl::Field(field) => {
                    if let Label::Interpolation(x) | Label::Dynamic(x) | Label::Pattern(x) = field.label {
                        self.walk(x, scope, depth + 1);
                    }
                    self.walk(field.value, scope, depth + 1);
                }
                Decl::Let(_, x) | Decl::Embed(x) => self.walk(x, scope, depth + 1),
                Decl::Ellipsis | Decl::Attribute(_) | Decl::Bad => {}
            }
        }
        scope
    }

    fn walk(&mut self, x: ExprId, scope: usize, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let file = self.file;
        let depth = depth + 1;
        match file.expr(x) {
            Expr::Struct(list) => {
                let inner = self.structure(list, Some(scope), depth);
                self.of_struct.insert(x, inner);
            }
            Expr::List(items) => file.expr_list(items).iter().for_each(|i| self.walk(*i, scope, depth)),
            Expr::Interpolation(parts) => {
                for part in file.interp_parts(parts) {
                    if let InterpPart::Expr(x) = part {
                        self.walk(*x, scope, depth);
                    }
                }
            }
            Expr::Comprehension(n) => self.comprehension(n, scope, depth),
            Expr::Unary(_, a)
            | Expr::Paren(a)
            | Expr::Select(a, _)
            | Expr::PostfixEllipsis(a)
            | Expr::PostfixOption(a)
            | Expr::Alias(_, a)
            | Expr::Ellipsis(Some(a)) => self.walk(a, scope, depth),
            Expr::Binary(op, a, b) => {
                if matches!(op, BinaryOp::Add | BinaryOp::Mul) {
                    self.work.push((x, scope));
                }
                self.walk(a, scope, depth);
                self.walk(b, scope, depth);
            }
            Expr::Index(a, b) => {
                self.walk(a, scope, depth);
                self.walk(b, scope, depth);
            }
            Expr::Slice(a, low, high) => {
                [Some(a), low, high].into_iter().flatten().for_each(|x| self.walk(x, scope, depth));
            }
            Expr::Call(f, args) => {
                self.walk(f, scope, depth);
                file.expr_list(args).iter().for_each(|a| self.walk(*a, scope, depth));
            }
            Expr::Bad
            | Expr::Ident
            | Expr::Null
            | Expr::Bool(_)
            | Expr::Bottom
            | Expr::Number
            | Expr::String
            | Expr::Ellipsis(None) => {}
        }
    }

    fn comprehension(&mut self, n: u32, scope: usize, depth: usize) {
        let Some(comprehension) = self.file.comprehensions.get(n as usize).copied() else { return };
        let mut inner = scope;
        let name = |ident: vela_syntax::ast::Ident, text: &str| ident.span.of(text).into();
        for clause in self.file.clause_list(comprehension.clauses) {
            match *clause {
                Clause::For { key, value, source, .. } => {
                    self.walk(source, inner, depth);
                    for ident in key.into_iter().chain([value]) {
                        inner = self.scope(Some(inner), Names::One(name(ident, self.text), None));
                    }
                }
                Clause::If { condition, .. } => self.walk(condition, inner, depth),
                Clause::Let { name: ident, value, .. } => {
                    self.walk(value, inner, depth);
                    inner = self.scope(Some(inner), Names::One(name(ident, self.text), Some(value)));
                }
                Clause::Try { binding, .. } => {
                    if let Some((ident, value)) = binding {
                        self.walk(value, inner, depth);
                        inner = self.scope(Some(inner), Names::One(name(ident, self.text), Some(value)));
                    }
                }
            }
        }
        self.walk(comprehension.body, inner, depth);
        if let Some((otherwise, _)) = comprehension.otherwise {
            self.walk(otherwise, scope, depth);
        }
    }

    /// Whether an expression is a list whatever the data.
    fn is_list(&self, x: ExprId, scope: usize, fuel: &mut Fuel) -> bool {
        if !fuel.step() {
            return false;
        }
        match self.file.expr(x) {
            Expr::List(_) => true,
            Expr::Paren(a) | Expr::Unary(UnaryOp::Default, a) | Expr::Alias(_, a) | Expr::Slice(a, ..) => {
                self.is_list(a, scope, fuel)
            }
            Expr::Binary(BinaryOp::And | BinaryOp::Add | BinaryOp::Mul, a, b) => {
                self.is_list(a, scope, fuel) || self.is_list(b, scope, fuel)
            }
            Expr::Binary(BinaryOp::Or, a, b) => match (self.is_null(a), self.is_null(b)) {
                (true, true) => false,
                (true, false) => self.is_list(b, scope, fuel),
                (false, true) => self.is_list(a, scope, fuel),
                (false, false) => self.is_list(a, scope, fuel) && self.is_list(b, scope, fuel),
            },
            Expr::Call(f, _) => self.gives_list(f),
            Expr::Ident | Expr::Select(..) | Expr::Index(..) => {
                if fuel.hops == 0 {
                    return false;
                }
                fuel.hops -= 1;
                let values = self.values(x, scope, fuel);
                let is = values.iter().any(|(value, scope)| self.is_list(*value, *scope, fuel));
                fuel.hops += 1;
                is
            }
            _ => false,
        }
    }

    fn is_null(&self, x: ExprId) -> bool {
        match self.file.expr(x) {
            Expr::Null => true,
            Expr::Paren(a) | Expr::Unary(UnaryOp::Default, a) => self.is_null(a),
            _ => false,
        }
    }

    /// Whether a function of a builtin package gives lists.
    fn gives_list(&self, f: ExprId) -> bool {
        let Expr::Select(package, name) = self.file.expr(f) else { return false };
        let (package, name) = (self.file.span(package).of(self.text), self.file.span(name).of(self.text));
        self.file.imports.iter().any(|import| {
            let Ok(StringValue::Str(path)) = literal::string(import.path.of(self.text)) else { return false };
            let own = import.name.map(|n| n.span.of(self.text));
            let plain = path.rsplit('/').next().unwrap_or(&path);
            own.unwrap_or(plain) == package
                && matches!(STDLIB.member(&path, name),
                    Some(Member::Function(n)) if STDLIB.function(n).result == Kinds::LIST)
        })
    }

    /// What a name, a selector or an index by a text stands for: expressions, each with its scope.
    fn values(&self, x: ExprId, scope: usize, fuel: &mut Fuel) -> Vec<(ExprId, usize)> {
        let span = self.file.span(x);
        let (base, name) = match self.file.expr(x) {
            Expr::Ident => return self.named(span.of(self.text), scope, fuel),
            Expr::Select(base, name) => match self.file.expr(name) {
                Expr::Ident => (base, self.file.span(name).of(self.text).to_owned()),
                _ => match string(self.file, self.text, name) {
                    Some(name) => (base, name.to_string()),
                    None => return Vec::new(),
                },
            },
            Expr::Index(base, index) => match string(self.file, self.text, index) {
                Some(name) => (base, name.to_string()),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let mut out = Vec::new();
        for (base, scope) in self.structs(base, scope, fuel) {
            let Expr::Struct(list) = self.file.expr(base) else { continue };
            let inner = self.of_struct.get(&base).copied().unwrap_or(scope);
            self.fields(list, &name, inner, fuel, &mut out);
        }
        out
    }

    /// The structs that make up a value.
    fn structs(&self, x: ExprId, scope: usize, fuel: &mut Fuel) -> Vec<(ExprId, usize)> {
        let mut out = Vec::new();
        let mut work = vec![(x, scope)];
        while let Some((x, scope)) = work.pop() {
            if !fuel.step() {
                break;
            }
            match self.file.expr(x) {
                Expr::Struct(_) => out.push((x, scope)),
                Expr::Paren(a) | Expr::Unary(UnaryOp::Default, a) | Expr::Alias(_, a) => {
                    work.push((a, scope));
                }
                Expr::Binary(BinaryOp::And | BinaryOp::Or, a, b) => work.extend([(a, scope), (b, scope)]),
                // `close({…})`.
                Expr::Call(_, args) => {
                    work.extend(self.file.expr_list(args).first().map(|a| (*a, scope)));
                }
                Expr::Ident | Expr::Select(..) | Expr::Index(..) if fuel.hops > 0 => {
                    fuel.hops -= 1;
                    work.extend(self.values(x, scope, fuel));
                    fuel.hops += 1;
                }
                _ => {}
            }
        }
        out
    }

    /// The values of the fields of this name, those below conditions and embeddings too.
    fn fields(&self, list: List, name: &str, scope: usize, fuel: &mut Fuel, out: &mut Vec<(ExprId, usize)>) {
        for decl in self.file.decl_list(list) {
            if !fuel.step() {
                return;
            }
            match self.file.decl(*decl) {
                Decl::Field(field) if label(self.file, self.text, &field.label).as_deref() == Some(name) => {
                    out.push((field.value, scope));
                }
                Decl::Embed(x) => match self.file.expr(x) {
                    Expr::Comprehension(n) => {
                        let Some(comprehension) = self.file.comprehensions.get(n as usize) else { continue };
                        self.embedded(comprehension.body, name, scope, fuel, out);
                    }
                    _ => self.embedded(x, name, scope, fuel, out),
                },
                _ => {}
            }
        }
    }

    fn embedded(&self, x: ExprId, name: &str, scope: usize, fuel: &mut Fuel, out: &mut Vec<(ExprId, usize)>) {
        if fuel.hops == 0 {
            return;
        }
        fuel.hops -= 1;
        for (inner, scope) in self.structs(x, scope, fuel) {
            let Expr::Struct(list) = self.file.expr(inner) else { continue };
            let own = self.of_struct.get(&inner).copied().unwrap_or(scope);
            self.fields(list, name, own, fuel, out);
        }
        fuel.hops += 1;
    }

    /// What a name stands for: the fields of the innermost scope that has it.
    fn named(&self, name: &str, scope: usize, fuel: &mut Fuel) -> Vec<(ExprId, usize)> {
        let mut at = Some(scope);
        while let Some(scope) = at {
            if !fuel.step() {
                break;
            }
            match &self.scopes[scope].names {
                Names::One(own, value) if **own == *name => {
                    return value.iter().map(|v| (*v, self.scopes[scope].up.unwrap_or(scope))).collect();
                }
                Names::One(..) => {}
                Names::Fields(list) => {
                    let mut found = Vec::new();
                    for decl in self.file.decl_list(*list) {
                        match self.file.decl(*decl) {
                            Decl::Field(field) => {
                                let own = match field.label {
                                    Label::Ident(ident) => ident.span.of(self.text) == name,
                                    _ => false,
                                };
                                let alias = field.alias.is_some_and(|a| a.span.of(self.text) == name);
                                if own || alias {
                                    found.push((field.value, scope));
                                }
                            }
                            Decl::Let(ident, value) if ident.span.of(self.text) == name => {
                                found.push((value, scope));
                            }
                            _ => {}
                        }
                    }
                    if !found.is_empty() {
                        return found;
                    }
                }
            }
            at = self.scopes[scope].up;
        }
        Vec::new()
    }
}
