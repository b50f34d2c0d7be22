//! Values and expressions as messages show them: on one line, without blanks inside structs, in the order of
//! insertion (`errors-and-order.md` B6). Also puts messages together from their templates.

use vela_ir::{ArcType, Clause, Decl, DeclId, Expr, ExprId, Kinds, Label, Predeclared, StructId};
use vela_syntax::literal::{Form, label, quote, quote_bytes};

use crate::error::{Arg, Bottom, Fault};
use crate::eval::Eval;
use crate::ranges;
use crate::value::{Val, Value};
use crate::vertex::{Base, Term, VertexId};

/// Longest text of one message; what is beyond is cut. No reader is served by more, and no memory either.
const LONGEST: usize = 1 << 20;

/// Deepest nesting shown.
const DEEPEST: u32 = 2000;

/// A value as messages show it.
pub fn value(eval: &Eval, v: Val) -> String {
    let mut p = Printer::new(eval);
    p.val(v);
    p.out
}

/// An expression as messages show it.
pub fn expr(eval: &Eval, x: ExprId) -> String {
    let mut p = Printer::new(eval);
    p.expr(x);
    p.out
}

/// The text of a fault and of those it wraps, without path and places.
pub fn fault(eval: &Eval, f: &Fault) -> String {
    let mut p = Printer::new(eval);
    p.fault(f);
    p.out
}

/// One line for all of an error's faults, with the path in front: `a.b: text (and 2 more errors)`.
pub fn summary(eval: &Eval, b: &Bottom) -> String {
    let mut p = Printer::new(eval);
    p.summary(b);
    p.out
}

/// The same as the comment beside an error value.
pub fn comment(eval: &Eval, b: &Bottom) -> String {
    let mut p = Printer::new(eval);
    p.comment(b);
    p.out
}

/// Whether two faults read the same, places aside.
pub fn reads_as(eval: &Eval, f: &Fault, g: &Fault) -> bool {
    f.message.template == g.message.template && (f.message == g.message || fault(eval, f) == fault(eval, g))
}

/// The path of a vertex as messages show it.
pub fn path(eval: &Eval, v: VertexId) -> String {
    let mut labels = Vec::new();
    let mut at = Some(v);
    while let Some(id) = at {
        let vertex = eval.v(id);
        if vertex.label != Label::NONE {
            labels.push(eval.labels.source(vertex.label));
        }
        at = vertex.parent;
    }
    labels.reverse();
    labels.join(".")
}

/// What follows a label of the given kind.
pub fn suffix(arc: ArcType) -> &'static str {
    match arc {
        ArcType::Required => "!",
        ArcType::Optional => "?",
        _ => "",
    }
}

struct Printer<'a, 'p> {
    eval: &'a Eval<'p>,
    out: String,
    /// Vertices being printed.
    stack: Vec<VertexId>,
    depth: u32,
}

impl<'a, 'p> Printer<'a, 'p> {
    fn new(eval: &'a Eval<'p>) -> Self {
        Self { eval, out: String::new(), stack: Vec::new(), depth: 0 }
    }

    fn put(&mut self, text: &str) {
        if self.out.len() < LONGEST {
            self.out.push_str(text);
        }
    }

    fn full(&self) -> bool {
        self.out.len() >= LONGEST
    }

    /// Runs `f` one level deeper, unless that is too deep or the text too long already.
    fn deeper(&mut self, f: impl FnOnce(&mut Self)) {
        if self.depth >= DEEPEST || self.full() {
            self.put("…");
            return;
        }
        self.depth += 1;
        stacker::maybe_grow(64 << 10, 1 << 20, || f(self));
        self.depth -= 1;
    }

    fn separated<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        separator: &str,
        mut f: impl FnMut(&mut Self, T),
    ) {
        for (i, item) in items.into_iter().enumerate() {
            if self.full() {
                return;
            }
            if i > 0 {
                self.put(separator);
            }
            f(self, item);
        }
    }

    fn label(&mut self, label: Label) {
        let text = self.eval.labels.source(label).into_owned();
        self.put(&text);
        let package = self.eval.labels.package(label);
        if !package.is_empty() && package != "_" {
            let package = format!("({package})");
            self.put(&package);
        }
    }

    fn name(&mut self, label: Label) {
        let text = self.eval.labels.name(label).into_owned();
        self.put(&text);
    }

    // ---- Values -------------------------------------------------------------------------------------------------

    fn val(&mut self, v: Val) {
        self.deeper(|p| p.val_here(v));
    }

    fn val_here(&mut self, v: Val) {
        let values = &self.eval.values;
        match v.v {
            Value::Null => self.put("null"),
            Value::Bool(b) => self.put(if b { "true" } else { "false" }),
            Value::Num(n) => {
                let text = self.eval.number(n).to_json_text();
                self.put(&text);
            }
            Value::Str(s) => {
                let text = quote(self.eval.string(s), Form::Single);
                self.put(&text);
            }
            Value::Bytes(b) => {
                let text = quote_bytes(&values.bytes[b as usize], Form::Single);
                self.put(&text);
            }
            Value::Top => self.put("_"),
            Value::Kind(k) => self.kinds(k),
            Value::Bound(b) => {
                let bound = values.bounds[b as usize];
                self.put(bound.op.text());
                self.val(bound.value);
            }
            Value::Conjunction(c) => {
                let parts = values.conjunctions[c as usize].clone();
                match ranges::name(self.eval, &parts) {
                    Some(name) => self.put(name),
                    None => self.separated(parts, " & ", Self::val),
                }
            }
            Value::Disjunction(d) => {
                let d = values.disjunctions[d as usize].clone();
                let defaults = d.defaults;
                self.separated(d.values.into_iter().enumerate(), " | ", |p, (i, x)| {
                    if i < defaults {
                        p.put("*");
                    }
                    p.val(x);
                });
            }
            Value::Bottom(e) => {
                let b = self.eval.err(e).clone();
                self.put("_|_(");
                self.summary(&b);
                self.put(")");
            }
            Value::Func(f) => {
                let name = self.eval.func_label(f);
                self.put(&name);
            }
            Value::Validator(i) => {
                let validator = values.validators[i as usize].clone();
                let name = self.eval.func_label(validator.func);
                self.put(&name);
                self.put("(");
                self.separated(validator.args, ", ", Self::argument);
                self.put(")");
            }
            Value::Vertex(x) => self.vertex(x),
        }
    }

    /// An argument: a field shows its path.
    fn argument(&mut self, v: Val) {
        if let Value::Vertex(x) = v.v
            && self.eval.v(x).label != Label::NONE
        {
            let text = path(self.eval, x);
            self.put(&text);
            return;
        }
        self.val(v);
    }

    fn kinds(&mut self, k: Kinds) {
        let text = k.to_string();
        self.put(&text);
    }

    fn enter(&mut self, v: VertexId) -> bool {
        if self.stack.contains(&v) {
            let text = format!("value at path '{}'", path(self.eval, v));
            self.put(&text);
            return false;
        }
        self.stack.push(v);
        true
    }

    fn vertex(&mut self, v: VertexId) {
        let vertex = self.eval.v(v);
        match vertex.base {
            Base::None => self.separated(vertex.conjuncts.clone(), " & ", |p, c| p.term(c.term)),
            Base::Cycle => self.put("_|_(cycle error)"),
            Base::Struct => self.fields(v),
            Base::List { .. } => self.elements(v),
            Base::Value(Val { v: Value::Vertex(_), .. }) => self.forward(v),
            Base::Value(x) => self.val(x),
        }
    }

    fn fields(&mut self, v: VertexId) {
        if self.enter(v) {
            self.put("{");
            let arcs = self.eval.v(v).arcs.clone();
            self.separated(arcs, ",", Self::arc);
            self.put("}");
            self.stack.pop();
        }
    }

    fn elements(&mut self, v: VertexId) {
        if self.enter(v) {
            self.put("[");
            let elements: Vec<VertexId> =
                self.eval.v(v).arcs.iter().copied().filter(|a| self.eval.v(*a).label.is_int()).collect();
            self.separated(elements, ",", |p, a| p.val(Val::new(Value::Vertex(a))));
            self.put("]");
            self.stack.pop();
        }
    }

    /// A vertex that shares or forwards: shared structs with fields are named, others shown.
    fn forward(&mut self, v: VertexId) {
        let from = self.eval.deref_disjunct(v);
        let to = self.eval.deref(v);
        let shares = self.eval.v(from).is_shared && self.eval.v(from).forward().is_some();
        if shares && !self.eval.v(to).arcs.is_empty() {
            let text = format!("~({})", path(self.eval, to));
            self.put(&text);
        } else {
            self.deeper(|p| p.vertex(to));
        }
    }

    fn arc(&mut self, a: VertexId) {
        let arc = self.eval.v(a);
        let (label, kind, multi) = (arc.label, arc.arc_type, arc.multi_let);
        if label.is_let() {
            self.put("let ");
            self.name(label);
            self.put(if multi { "#1m=" } else { "#1=" });
            if let (true, Some(c)) = (multi, arc.conjuncts.first()) {
                self.term(c.term);
                return;
            }
        } else {
            self.label(label);
            self.put(suffix(kind));
            self.put(":");
        }
        self.val(Val::new(Value::Vertex(a)));
    }

    fn term(&mut self, t: Term) {
        match (t, self.eval.term_expr(t)) {
            (Term::Val(v), _) => self.val(v),
            (_, Some(x)) => self.expr(x),
            (_, None) => self.put("..."),
        }
    }

    // ---- Expressions --------------------------------------------------------------------------------------------

    fn expr(&mut self, x: ExprId) {
        self.deeper(|p| p.expr_here(x));
    }

    fn exprs(&mut self, list: vela_ir::List, separator: &str) {
        let ids = self.eval.ir.expr_lists.get(list.range()).unwrap_or_default();
        self.separated(ids.iter().copied(), separator, Self::expr);
    }

    fn expr_here(&mut self, x: ExprId) {
        let ir = self.eval.ir;
        match ir.expr(x) {
            Expr::Null => self.put("null"),
            Expr::Bool(b) => self.put(if b { "true" } else { "false" }),
            Expr::Num(n) => {
                let text = ir.numbers[n as usize].to_json_text();
                self.put(&text);
            }
            Expr::Str(s) => {
                let text = quote(&ir.strings[s as usize], Form::Single);
                self.put(&text);
            }
            Expr::Bytes(b) => {
                let text = quote_bytes(&ir.bytes[b as usize], Form::Single);
                self.put(&text);
            }
            Expr::Top => self.put("_"),
            Expr::Bottom => self.put("_|_(explicit error (_|_ literal) in source)"),
            Expr::Kind(k) => self.kinds(k),
            Expr::Bound(op, v) => {
                self.put(op.text());
                self.expr(v);
            }
            Expr::Unary(op, v) => {
                self.put(unary_text(op));
                self.expr(v);
            }
            Expr::Binary(op, a, b) => self.infix(a, op.text(), b),
            Expr::And(a, b) => self.infix(a, "&", b),
            Expr::Disjunction(list) => {
                self.put("(");
                self.separated(ir.disjuncts[list.range()].iter(), "|", |p, d| {
                    if d.default {
                        p.put("*");
                    }
                    p.expr(d.expr);
                });
                self.put(")");
            }
            Expr::Struct(s) => self.literal(s),
            Expr::List(list, rest) => {
                self.put("[");
                self.exprs(list, ",");
                if let Some(rest) = ir.list_rest(rest) {
                    self.put(if list.len > 0 { ",..." } else { "..." });
                    if let Some(t) = rest {
                        self.expr(t);
                    }
                }
                self.put("]");
            }
            Expr::Comprehension(c) => {
                let c = ir.comprehensions[c.index()];
                for clause in &ir.clauses[c.clauses.range()] {
                    self.clause(*clause);
                }
                self.expr(c.body);
                if let Some(o) = c.otherwise {
                    self.put(" else ");
                    self.expr(o);
                }
            }
            Expr::FieldRef(_, label) => self.label(label),
            Expr::ValueRef(_, name) | Expr::LabelRef(_, name) | Expr::CurrentRef(name) => self.name(name),
            Expr::DynRef(d) => self.expr(ir.dyn_refs[d as usize].key),
            Expr::LetRef(l) => self.name(ir.let_refs[l as usize].label),
            Expr::Import(i) => {
                let text = label(&ir.imports[i as usize].path);
                self.put(&text);
            }
            Expr::Select(v, label) => {
                self.expr(v);
                self.put(".");
                self.label(label);
            }
            Expr::Index(v, i) => {
                self.expr(v);
                self.put("[");
                self.expr(i);
                self.put("]");
            }
            Expr::Slice(s) => {
                let s = ir.slices[s as usize];
                self.expr(s.operand);
                self.put("[");
                if let Some(low) = s.low {
                    self.expr(low);
                }
                self.put(":");
                if let Some(high) = s.high {
                    self.expr(high);
                }
                self.put("]");
            }
            Expr::Interpolation(list, bytes) => self.interpolation(list, bytes),
            Expr::Call(f, args) => {
                self.expr(f);
                self.put("(");
                self.exprs(args, ", ");
                self.put(")");
            }
            Expr::Predeclared(p) => self.put(predeclared_name(p)),
            Expr::Open(v) => {
                self.expr(v);
                self.put("...");
            }
            Expr::Try(v) => {
                self.expr(v);
                self.put("?");
            }
        }
    }

    fn infix(&mut self, a: ExprId, op: &str, b: ExprId) {
        self.put("(");
        self.expr(a);
        self.put(" ");
        self.put(op);
        self.put(" ");
        self.expr(b);
        self.put(")");
    }

    fn interpolation(&mut self, list: vela_ir::List, bytes: bool) {
        let ir = self.eval.ir;
        let quote = if bytes { "'" } else { "\"" };
        self.put(quote);
        for (i, part) in ir.expr_lists[list.range()].iter().enumerate() {
            match ir.expr(*part) {
                Expr::Str(s) if i % 2 == 0 => self.put(&ir.strings[s as usize]),
                Expr::Bytes(b) if i % 2 == 0 => {
                    let text = String::from_utf8_lossy(&ir.bytes[b as usize]).into_owned();
                    self.put(&text);
                }
                _ => {
                    self.put("\\(");
                    self.expr(*part);
                    self.put(")");
                }
            }
        }
        self.put(quote);
    }

    fn literal(&mut self, s: StructId) {
        self.put("{");
        self.separated(self.eval.ir.struct_decls(s), ",", Self::decl);
        self.put("}");
    }

    fn decl(&mut self, d: DeclId) {
        match self.eval.ir.decls[d.index()] {
            Decl::Field { label, arc, value } => {
                self.label(label);
                self.put(suffix(arc));
                self.put(":");
                self.expr(value);
            }
            Decl::Dynamic { key, arc, value } => {
                self.expr(key);
                self.put(suffix(arc));
                self.put(":");
                self.expr(value);
            }
            Decl::Pattern { pattern, value } => {
                self.put("[");
                self.expr(pattern);
                self.put("]:");
                self.expr(value);
            }
            Decl::Let { label, value, multi } => {
                self.put("let ");
                self.name(label);
                self.put(if multi { "#1m=" } else { "#1=" });
                self.expr(value);
            }
            Decl::Embed(x) => self.expr(x),
            Decl::Ellipsis => self.put("..."),
        }
    }

    fn clause(&mut self, c: Clause) {
        match c {
            Clause::For { key, value, source, .. } => {
                self.put("for ");
                self.variable(key);
                self.put(", ");
                self.variable(value);
                self.put(" in ");
                self.expr(source);
            }
            Clause::If(x) => {
                self.put("if ");
                self.expr(x);
            }
            Clause::Let { label, value } => {
                self.put("let ");
                self.name(label);
                self.put(" = ");
                self.expr(value);
            }
            Clause::Try(None) => self.put("try"),
            Clause::Try(Some((label, value))) => {
                self.put("try ");
                self.name(label);
                self.put(" = ");
                self.expr(value);
            }
        }
        self.put(" ");
    }

    fn variable(&mut self, label: Option<Label>) {
        match label {
            Some(l) => self.name(l),
            None => self.put("_"),
        }
    }

    // ---- Messages -----------------------------------------------------------------------------------------------

    fn summary(&mut self, b: &Bottom) {
        let Some(first) = b.faults.first() else { return };
        let at = fault_path(self.eval, first);
        if !at.is_empty() {
            self.put(&at);
            self.put(": ");
        }
        self.fault(first);
        self.count_others(b);
    }

    /// The same as a comment has it: a fault without path leaves that to its cause.
    fn comment(&mut self, b: &Bottom) {
        let Some(first) = b.faults.first() else { return };
        let mut at = Some(&**first);
        let listed = b.listed && b.faults.len() == 1;
        while let Some(f) = at {
            let path = f.vertex.filter(|_| !listed).map(|v| path(self.eval, v));
            if let Some(path) = path.filter(|p| !p.is_empty()) {
                self.put(&path);
                self.put(": ");
                self.fault(f);
                break;
            }
            self.message(f);
            at = f.cause.as_deref();
            if at.is_some() && !f.message.template.is_empty() {
                self.put(": ");
            }
        }
        self.count_others(b);
    }

    fn count_others(&mut self, b: &Bottom) {
        if b.faults.len() > 1 {
            let more = format!(" (and {} more errors)", b.faults.len() - 1);
            self.put(&more);
        }
    }

    fn fault(&mut self, f: &Fault) {
        self.deeper(|p| {
            let before = p.out.len();
            p.message(f);
            if let Some(cause) = &f.cause {
                if p.out.len() > before {
                    p.put(": ");
                }
                p.fault(cause);
            }
        });
    }

    fn message(&mut self, f: &Fault) {
        let mut args = f.message.args.iter();
        for (i, text) in f.message.template.split("{}").enumerate() {
            if i > 0
                && let Some(arg) = args.next()
            {
                match arg {
                    // What is ranged over is shown as it is written.
                    Arg::Expr(x) if f.message.template.starts_with("cannot range over {} (found") => {
                        let words: Vec<&str> = self.eval.ir.source(*x).split_whitespace().collect();
                        self.put(&words.join(" "));
                    }
                    Arg::Val(Val { v: Value::Vertex(w), .. }) if was_no_error(self.eval, *w, f) => {
                        self.before(*w);
                    }
                    Arg::Val(Val { v: Value::Validator(c), .. })
                        if f.message.template.contains("does not satisfy") =>
                    {
                        self.check(*c);
                    }
                    _ => self.arg(arg),
                }
            }
            self.put(text);
        }
    }

    /// A check as the message of its failure names it: with arguments, unless it takes none or any value.
    fn check(&mut self, index: u32) {
        let validator = self.eval.values.validators[index as usize].clone();
        let (package, name) = self.eval.func_name(validator.func);
        if !package.is_empty() {
            self.put(package);
            self.put(".");
        }
        self.put(name);
        if !validator.args.is_empty() && !self.eval.takes_any(validator.func) {
            self.put("(");
            self.separated(validator.args, ", ", Self::argument);
            self.put(")");
        }
    }

    /// A vertex as it was before the error that is being told made it an error.
    fn before(&mut self, v: VertexId) {
        let v = self.eval.deref(v);
        let vertex = self.eval.v(v);
        let is_int = |a: &VertexId| self.eval.v(*a).label.is_int();
        if !vertex.arcs.iter().any(is_int) && (!vertex.arcs.is_empty() || !vertex.structs.is_empty()) {
            self.fields(v);
        } else if !vertex.arcs.is_empty() {
            self.elements(v);
        } else {
            let known = |t: &Term| match self.eval.term_expr(*t).map(|x| self.eval.ir.expr(x)) {
                Some(x) => matches!(
                    x,
                    Expr::Null
                        | Expr::Bool(_)
                        | Expr::Num(_)
                        | Expr::Str(_)
                        | Expr::Bytes(_)
                        | Expr::Kind(_)
                        | Expr::Bound(..)
                ),
                None => matches!(t, Term::Val(_)),
            };
            let terms: Vec<Term> = vertex.conjuncts.iter().map(|c| c.term).filter(known).collect();
            if terms.is_empty() {
                self.put("_");
            }
            self.separated(terms, " & ", Self::term);
        }
    }

    fn arg(&mut self, arg: &Arg) {
        match arg {
            Arg::Val(v) => self.val(*v),
            Arg::Kinds(k) => self.kinds(*k),
            Arg::Label(l) => {
                let text = self.eval.labels.source(*l).into_owned();
                self.put(&text);
            }
            Arg::Int(i) => {
                let text = i.to_string();
                self.put(&text);
            }
            Arg::Text(t) => self.put(t),
            Arg::String(s) => self.put(s),
            Arg::Expr(x) => self.expr(*x),
            Arg::Path(v) => {
                let text = path(self.eval, *v);
                self.put(&text);
            }
        }
    }
}

/// Whether the vertex is in error now, but was none when the fault arose: it is in error because of the fault, or
/// the fault would not be what it is.
fn was_no_error(eval: &Eval, v: VertexId, f: &Fault) -> bool {
    let Some(e) = eval.bottom(v) else { return false };
    f.message.template.starts_with("non-concrete value {} in operand")
        || eval.err(e).faults.iter().any(|g| std::ptr::eq(&raw const **g, f))
}

/// Where a fault showed: its own path, else that of the fault it wraps.
pub fn fault_path(eval: &Eval, f: &Fault) -> String {
    let mut at = Some(f);
    while let Some(f) = at {
        if let Some(v) = f.vertex {
            return path(eval, v);
        }
        at = f.cause.as_deref();
    }
    String::new()
}

/// A unary operator as source text.
pub const fn unary_text(op: vela_ir::UnaryOp) -> &'static str {
    match op {
        vela_ir::UnaryOp::Plus => "+",
        vela_ir::UnaryOp::Minus => "-",
        vela_ir::UnaryOp::Not => "!",
    }
}

/// The name of a predeclared function.
pub const fn predeclared_name(p: Predeclared) -> &'static str {
    match p {
        Predeclared::Len => "len",
        Predeclared::Close => "close",
        Predeclared::And => "and",
        Predeclared::Or => "or",
        Predeclared::Div => "div",
        Predeclared::Mod => "mod",
        Predeclared::Quo => "quo",
        Predeclared::Rem => "rem",
        Predeclared::Error => "error",
        Predeclared::MatchN => "matchN",
        Predeclared::MatchIf => "matchIf",
        Predeclared::CloseAll => "__closeAll",
        Predeclared::Reclose => "__reclose",
        Predeclared::NoSharing => "__no_sharing",
        Predeclared::TestExperiment => "testExperiment",
    }
}
