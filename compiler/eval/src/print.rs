//! Finished values as CUE source in normal form: what `eval` and `export --out cue` show (`output-and-cli.md` C).
//!
//! The text is correct source, laid out roughly; the formatter gives it its final layout. Values that are incomplete
//! are shown by the expressions they come from.

use std::cmp::Ordering;

use vela_ir::{ArcType, Compare, Expr, Kinds, Label};
use vela_number::Number;
use vela_syntax::literal::{Form, quote, quote_bytes};

use crate::compact;
use crate::documented::{closing_comments, doc_groups};
use crate::error::ErrId;
use crate::eval::Eval;
use crate::order::ordered_as;
use crate::ranges;
use crate::value::{Val, Value};
use crate::vertex::{Base, Term, VertexId};

pub use crate::documented::doc_comments;
pub use crate::shown::Options;

/// Deepest nesting printed; what is below shows as `_`.
const DEEPEST: usize = 10_000;

/// A vertex as a source file: a struct's fields stand without braces.
pub fn file(eval: &Eval, v: VertexId, options: Options) -> String {
    let mut p = Printer::new(eval, options);
    let shown = eval.deref(v);
    let fields = match eval.v(shown).base {
        Base::Struct => true,
        Base::Value(Val { v: Value::Bottom(e), .. }) if !eval.err(e).child_error => false,
        Base::Value(Val { v: Value::Bottom(e), .. }) => {
            let elements = eval.v(shown).arcs.first().is_some_and(|a| eval.v(*a).label.is_int());
            options.errors_as_values && eval.err(e).child_error && !elements
        }
        _ => p.shows_arcs(shown),
    };
    if fields {
        p.stack.push(shown);
        p.holder = Some(v);
        p.declarations(shown, 0);
    } else {
        p.vertex(v, 0, OR);
        p.line_end();
    }
    p.with_imports()
}

/// A vertex as one expression; as a file, where it is a struct that needs imports.
pub fn vertex(eval: &Eval, v: VertexId, options: Options) -> String {
    let mut p = Printer::new(eval, options);
    p.vertex(v, 0, OR);
    p.end_comment();
    if !p.imports.is_empty() && p.out.starts_with("{\n") {
        return file(eval, v, options);
    }
    p.with_imports()
}

/// A value as one expression.
pub fn value(eval: &Eval, v: Val, options: Options) -> String {
    if let Value::Vertex(x) = v.v {
        return vertex(eval, x, options);
    }
    let mut p = Printer::new(eval, options);
    p.val(v, 0, OR);
    p.end_comment();
    p.with_imports()
}

// What binds how strongly: an operand of a stronger operator needs parentheses.
pub(crate) const OR: u8 = 1;
pub(crate) const AND: u8 = 2;
pub(crate) const UNARY: u8 = 7;

pub(crate) struct Printer<'a, 'p> {
    pub(crate) eval: &'a Eval<'p>,
    options: Options,
    pub(crate) out: String,
    stack: Vec<VertexId>,
    imports: Vec<String>,
    /// A comment that belongs to the end of the line.
    comment: Option<String>,
    /// The disjunction whose default comes next.
    holder: Option<VertexId>,
}

impl<'a, 'p> Printer<'a, 'p> {
    fn new(eval: &'a Eval<'p>, options: Options) -> Self {
        Self {
            eval,
            options,
            out: String::new(),
            stack: Vec::new(),
            imports: Vec::new(),
            comment: None,
            holder: None,
        }
    }

    fn with_imports(self) -> String {
        match &self.imports[..] {
            [] => self.out,
            [only] => format!("import \"{only}\"\n\n{}", self.out),
            _ => {
                let list = self.imports.join("\"\n\t\"");
                format!("import (\n\t\"{list}\"\n)\n\n{}", self.out)
            }
        }
    }

    fn tabs(&mut self, n: usize) {
        self.out.extend(std::iter::repeat_n('\t', n));
    }

    fn end_comment(&mut self) {
        if let Some(text) = self.comment.take() {
            self.out.push_str(" // ");
            self.out.push_str(&text);
        }
    }

    fn line_end(&mut self) {
        self.end_comment();
        self.out.push('\n');
    }

    fn name(&self, label: Label) -> String {
        self.eval.labels.source(label).into_owned()
    }

    // ---- Structs and lists --------------------------------------------------------------------------------------

    /// Whether the vertex shows members besides a scalar or list.
    fn shows_arcs(&self, v: VertexId) -> bool {
        self.eval.v(v).arcs.iter().any(|a| {
            let arc = self.eval.v(*a);
            (arc.label.is_definition() && self.options.definitions)
                || (arc.label.is_hidden() && self.options.hidden)
        })
    }

    fn shows(&self, a: VertexId, regular: bool) -> bool {
        let arc = self.eval.v(a);
        let label = arc.label;
        let kind = if label.is_string() {
            regular
        } else if label.is_hidden() {
            self.options.hidden && self.is_own(label)
        } else {
            label.is_definition() && self.options.definitions
        };
        kind && match arc.arc_type {
            ArcType::Member | ArcType::Required => true,
            ArcType::Optional => self.options.optional,
            ArcType::Pending | ArcType::NotPresent => false,
        }
    }

    /// Whether a hidden label belongs to the main package.
    fn is_own(&self, label: Label) -> bool {
        let main = self.eval.ir.packages.last().map_or("", |p| p.id.as_str());
        let package = self.eval.labels.package(label);
        package.is_empty() || package == "_" || package == main
    }

    /// Members of a struct, one a line, at `level` tabs.
    fn declarations(&mut self, v: VertexId, level: usize) {
        let eval = self.eval;
        let base = eval.v(v).base;
        let child_error = eval.bottom(v).is_some_and(|e| eval.err(e).child_error);
        let regular = matches!(base, Base::Struct) || child_error;
        if let (Base::Value(x), false) = (base, child_error) {
            self.tabs(level);
            self.val(x, level, OR);
            self.line_end();
        }
        if self.options.attributes {
            self.declaration_attributes(v, level);
        }
        for a in ordered_as(eval, v, self.holder.take().unwrap_or(v)) {
            if self.shows(a, regular) {
                self.field(a, level);
            }
        }
        let has_elements = eval.v(v).arcs.first().is_some_and(|a| eval.v(*a).label.is_int());
        if matches!(base, Base::List { .. }) || (child_error && has_elements) {
            self.tabs(level);
            self.list(v, level);
            self.line_end();
        }
        if let (true, [only]) = (self.options.docs, &eval.v(v).structs[..]) {
            self.out.push_str(&closing_comments(eval.ir, only.lit));
        }
    }

    fn field(&mut self, a: VertexId, level: usize) {
        if self.options.docs {
            self.docs(a, level);
        }
        self.tabs(level);
        let mut a = a;
        for _ in 0..DEEPEST {
            let arc = self.eval.v(a);
            let name = self.name(arc.label);
            self.out.push_str(&name);
            self.out.push_str(compact::suffix(arc.arc_type));
            self.out.push_str(": ");
            match self.only_field(a) {
                Some(next) => a = next,
                None => break,
            }
        }
        self.vertex(a, level, OR);
        if self.options.attributes {
            self.field_attributes(a);
        }
        self.line_end();
    }

    /// The field of a struct that shows nothing else, where such structs are folded.
    fn only_field(&self, a: VertexId) -> Option<VertexId> {
        let shown = self.eval.deref(a);
        let is_struct = match self.eval.v(shown).base {
            Base::Struct => true,
            Base::Value(Val { v: Value::Bottom(e), .. }) => {
                self.options.errors_as_values
                    && self.eval.err(e).child_error
                    && self.eval.v(a).arc_type != ArcType::Optional
            }
            _ => false,
        };
        if !self.options.fold || self.options.attributes || !is_struct || self.stack.contains(&shown) {
            return None;
        }
        let mut members = self.eval.v(shown).arcs.iter().copied().filter(|m| self.shows(*m, true));
        let (Some(only), None) = (members.next(), members.next()) else { return None };
        let documented = self.options.docs && !doc_groups(self.eval, only).is_empty();
        if documented || self.eval.v(only).label.is_int() { None } else { Some(only) }
    }

    fn docs(&mut self, a: VertexId, level: usize) {
        for (i, doc) in doc_groups(self.eval, a).iter().enumerate() {
            if i > 0 && !doc.starts_with('\n') {
                self.out.push('\n');
            }
            // No empty line before what comes first in a struct.
            let first = self.out.is_empty() || self.out.ends_with("{\n");
            for line in if first { doc.trim_start_matches('\n') } else { doc }.lines() {
                self.tabs(if line.is_empty() { 0 } else { level });
                self.out.push_str(line);
                self.out.push('\n');
            }
        }
    }

    fn attribute(&mut self, index: usize) {
        let (name, body) = &self.eval.ir.attributes[index];
        let text = format!("@{name}({body})");
        self.out.push_str(&text);
    }

    fn field_attributes(&mut self, a: VertexId) {
        let mut seen: Vec<usize> = Vec::new();
        for c in &self.eval.v(a).conjuncts {
            let Term::Decl(d) = c.term else { continue };
            for i in self.eval.ir.decl_metas[d.index()].attributes.range() {
                let texts = &self.eval.ir.attributes;
                if !seen.iter().any(|s| texts[*s] == texts[i]) {
                    seen.push(i);
                }
            }
        }
        for i in seen {
            self.out.push(' ');
            self.attribute(i);
        }
    }

    fn declaration_attributes(&mut self, v: VertexId, level: usize) {
        for s in &self.eval.v(v).structs {
            for i in self.eval.ir.structs[s.lit.index()].attributes.range() {
                self.tabs(level);
                self.attribute(i);
                self.out.push('\n');
            }
        }
    }

    fn composite(&mut self, v: VertexId, level: usize) {
        let before = self.out.len();
        self.out.push_str("{\n");
        let start = self.out.len();
        self.declarations(v, level + 1);
        if self.out.len() == start {
            self.out.truncate(before);
            self.out.push_str("{}");
            return;
        }
        self.tabs(level);
        self.out.push('}');
    }

    /// A scalar or list with definitions beside it: their structs are written out.
    fn scalar_with_members(&mut self, v: VertexId, level: usize) {
        let fold = std::mem::replace(&mut self.options.fold, false);
        self.composite(v, level);
        self.options.fold = fold;
    }

    fn list(&mut self, v: VertexId, level: usize) {
        self.out.push('[');
        let mut elements: Vec<VertexId> =
            self.eval.v(v).arcs.iter().copied().filter(|a| self.eval.v(*a).label.is_int()).collect();
        elements.sort_by_key(|a| self.eval.v(*a).label.index());
        let mut broken = false;
        for (i, a) in elements.into_iter().enumerate() {
            if i > 0 && !broken {
                self.out.push_str(", ");
            }
            if !self.literal_text(a) {
                self.vertex(a, level, OR);
            }
            broken = self.list_comment(level);
        }
        if let (Base::List { open: true }, false) = (self.eval.v(v).base, self.options.defaults) {
            self.out.push_str(if broken || self.out.ends_with('[') { "..." } else { ", ..." });
            self.rest(v, level);
        }
        self.out.push(']');
    }

    /// The type of further elements, where there is one.
    fn rest(&mut self, v: VertexId, level: usize) {
        for (i, p) in self.eval.v(v).patterns.clone().into_iter().enumerate() {
            if i > 0 {
                self.out.push_str(" & ");
            }
            let several = self.eval.v(v).patterns.len() > 1;
            self.vertex(p.constraint, level, if several { AND } else { OR });
        }
    }

    /// A comment inside of a list ends its line, after the comma. Says whether there was one.
    fn list_comment(&mut self, level: usize) -> bool {
        let Some(text) = self.comment.take() else { return false };
        self.out.push_str(", // ");
        self.out.push_str(&text);
        self.out.push('\n');
        self.tabs(level + 1);
        true
    }

    /// List elements that are literals keep their text.
    fn literal_text(&mut self, a: VertexId) -> bool {
        let [c] = &self.eval.v(a).conjuncts[..] else { return false };
        let Term::Expr(x) = c.term else { return false };
        if !matches!(self.eval.ir.expr(x), Expr::Num(_) | Expr::Str(_) | Expr::Bytes(_))
            || !matches!(
                self.eval.v(a).base,
                Base::Value(Val { v: Value::Num(_) | Value::Str(_) | Value::Bytes(_), .. })
            )
        {
            return false;
        }
        let text = self.eval.ir.source(x);
        if text.is_empty() || text.contains('\n') {
            return false;
        }
        self.out.push_str(text);
        true
    }

    // ---- Values -------------------------------------------------------------------------------------------------

    fn vertex(&mut self, v: VertexId, level: usize, outer: u8) {
        let shown = self.eval.deref(v);
        if self.stack.len() >= DEEPEST || self.stack.contains(&shown) {
            self.out.push('_');
            return;
        }
        self.stack.push(shown);
        if shown != v {
            self.holder = Some(v);
        }
        stacker::maybe_grow(64 << 10, 1 << 20, || self.vertex_here(v, shown, level, outer));
        self.holder = None;
        self.stack.pop();
    }

    fn vertex_here(&mut self, v: VertexId, shown: VertexId, level: usize, outer: u8) {
        match self.eval.v(shown).base {
            Base::Struct => self.composite(shown, level),
            Base::List { .. } if self.shows_arcs(shown) => self.scalar_with_members(shown, level),
            Base::List { .. } => self.list(shown, level),
            Base::None | Base::Cycle => self.expressions(v, shown, level, outer),
            Base::Value(Val { v: Value::Bottom(e), .. }) => self.failed(v, shown, e, level, outer),
            Base::Value(x) if self.shows_arcs(shown) => {
                let default = self.default_of(x);
                match default.v {
                    // The default is a vertex with members of its own.
                    Value::Vertex(w) if default != x => {
                        self.holder = Some(shown);
                        self.vertex(w, level, outer);
                    }
                    _ => self.scalar_with_members(shown, level),
                }
            }
            Base::Value(x) => {
                if matches!(self.default_of(x).v, Value::Vertex(_)) {
                    self.holder = Some(shown);
                }
                self.val(x, level, outer);
            }
        }
    }

    fn failed(&mut self, v: VertexId, shown: VertexId, e: ErrId, level: usize, outer: u8) {
        let bottom = self.eval.err(e);
        let optional = self.eval.v(shown).arc_type == ArcType::Optional;
        if !optional && self.options.errors_as_values && bottom.child_error {
            let elements = self.eval.v(shown).arcs.first().is_some_and(|a| self.eval.v(*a).label.is_int());
            if elements && !self.shows_arcs(shown) {
                self.list(shown, level);
            } else {
                self.composite(shown, level);
            }
        } else if !optional && (!bottom.code.is_incomplete() || self.eval.v(shown).conjuncts.is_empty()) {
            self.bottom(e);
        } else {
            self.expressions(v, shown, level, outer);
        }
    }

    fn bottom(&mut self, e: ErrId) {
        self.out.push_str("_|_");
        self.comment = Some(compact::comment(self.eval, self.eval.err(e)).replace('\n', " "));
    }

    fn default_of(&self, v: Val) -> Val {
        let Value::Disjunction(d) = v.v else { return v };
        let d = &self.eval.values.disjunctions[d as usize];
        if self.options.defaults && d.defaults == 1 { self.default_of(d.values[0]) } else { v }
    }

    pub(crate) fn val(&mut self, v: Val, level: usize, outer: u8) {
        let v = self.default_of(v);
        let values = &self.eval.values;
        match v.v {
            Value::Null => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if b { "true" } else { "false" }),
            Value::Num(n) => self.out.push_str(&self.eval.number(n).to_cue_text()),
            Value::Str(s) => {
                let text = self.eval.string(s).clone();
                let indent = "\t".repeat(level + 1);
                self.out.push_str(&quote(&text, Form::Auto(&indent)));
            }
            Value::Bytes(b) => {
                let bytes = values.bytes[b as usize].clone();
                let indent = "\t".repeat(level + 1);
                self.out.push_str(&quote_bytes(&bytes, Form::Auto(&indent)));
            }
            Value::Top => self.out.push('_'),
            Value::Kind(k) => self.kinds(k, outer),
            Value::Bound(b) => {
                let bound = values.bounds[b as usize];
                self.out.push_str(bound.op.text());
                self.val(bound.value, level, UNARY);
            }
            Value::Conjunction(c) => self.conjunction(values.conjunctions[c as usize].clone(), level, outer),
            Value::Disjunction(d) => {
                let d = values.disjunctions[d as usize].clone();
                let (list, marked) = if self.options.defaults && d.defaults > 0 {
                    (d.values[..d.defaults].to_vec(), 0)
                } else {
                    (d.values, d.defaults)
                };
                self.disjunction(list, marked, level, outer);
            }
            Value::Bottom(e) => self.bottom(e),
            Value::Func(f) => {
                let name = self.func(f);
                self.out.push_str(&name);
            }
            Value::Validator(i) => {
                let validator = values.validators[i as usize].clone();
                let name = self.func(validator.func);
                self.out.push_str(&name);
                self.out.push('(');
                for (i, a) in validator.args.into_iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(", ");
                    }
                    self.val(a, level, OR);
                }
                self.out.push(')');
            }
            Value::Vertex(x) => self.vertex(x, level, outer),
        }
    }

    /// A function's name; its package is imported.
    fn func(&mut self, f: u32) -> String {
        let (package, name) = self.eval.func_name(f);
        if package.is_empty() {
            return name.to_owned();
        }
        self.import(package);
        format!("{}.{name}", package.rsplit('/').next().unwrap_or(package))
    }

    pub(crate) fn import(&mut self, path: &str) {
        if !self.imports.iter().any(|i| i == path) {
            self.imports.push(path.to_owned());
        }
    }

    fn kinds(&mut self, k: Kinds, outer: u8) {
        let text = k.to_string();
        match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
            Some(inner) => {
                let text = inner.replace('|', " | ");
                self.out.push_str(&if outer > OR { format!("({text})") } else { text });
            }
            None => self.out.push_str(&text),
        }
    }

    fn disjunction(&mut self, list: Vec<Val>, marked: usize, level: usize, outer: u8) {
        let several = list.len() > 1;
        let brackets = several && outer > OR;
        if brackets {
            self.out.push('(');
        }
        for (i, x) in list.into_iter().enumerate() {
            if i > 0 {
                self.out.push_str(" | ");
            }
            if i < marked {
                self.out.push('*');
            }
            let outer = match (several, i < marked) {
                (_, true) => UNARY,
                (true, false) => AND,
                (false, false) => outer,
            };
            self.val(x, level, outer);
        }
        if brackets {
            self.out.push(')');
        }
    }

    fn conjunction(&mut self, mut list: Vec<Val>, level: usize, outer: u8) {
        if let Some(name) = ranges::name(self.eval, &list) {
            self.out.push_str(name);
            return;
        }
        let mut parts: Vec<Part> = Vec::new();
        if list.len() > 1
            && let Some((first, rest)) = self.simplified_bounds(&list)
        {
            parts = first;
            list = rest;
        }
        list.sort_by(|a, b| self.compare_parts(*a, *b));
        parts.extend(list.into_iter().map(Part::Val));
        let brackets = parts.len() > 1 && outer > AND;
        if brackets {
            self.out.push('(');
        }
        let inner = if parts.len() > 1 { AND } else { outer };
        for (i, part) in parts.into_iter().enumerate() {
            if i > 0 {
                self.out.push_str(" & ");
            }
            match part {
                Part::Name(name) => self.out.push_str(name),
                // Operands of `&` that are themselves `|` need parentheses; `AND` asks for them.
                Part::Val(v) => self.val(v, level, inner),
            }
        }
        if brackets {
            self.out.push(')');
        }
    }

    /// With limits on both sides: the int part and the tightest limits, and what is left (C4.2).
    fn simplified_bounds(&self, list: &[Val]) -> Option<(Vec<Part>, Vec<Val>)> {
        let (mut int, mut low, mut high) =
            (false, None::<(Val, Compare, &Number)>, None::<(Val, Compare, &Number)>);
        let mut rest = Vec::new();
        for v in list {
            match v.v {
                Value::Kind(Kinds::INT) => int = true,
                Value::Bound(b) => {
                    let bound = self.eval.values.bounds[b as usize];
                    let number = match bound.value.v {
                        Value::Num(n) => self.eval.number(n),
                        _ => {
                            rest.push(*v);
                            continue;
                        }
                    };
                    let tighter = |best: &Option<(Val, Compare, &Number)>, wanted: Ordering, strict: bool| {
                        best.as_ref().is_none_or(|(_, _, n)| {
                            let order = number.cmp_value(n);
                            order == wanted || (strict && order == Ordering::Equal)
                        })
                    };
                    match bound.op {
                        Compare::Greater | Compare::GreaterEq => {
                            if tighter(&low, Ordering::Greater, bound.op == Compare::Greater) {
                                low = Some((*v, bound.op, number));
                            }
                        }
                        Compare::Less | Compare::LessEq => {
                            if tighter(&high, Ordering::Less, bound.op == Compare::Less) {
                                high = Some((*v, bound.op, number));
                            }
                        }
                        _ => rest.push(*v),
                    }
                }
                _ => rest.push(*v),
            }
        }
        let (low, high) = (low?, high?);
        let mut parts = Vec::new();
        let mut show_low = true;
        if int {
            let sign = low.2.signum();
            parts.push(Part::Name(if sign < 0 { "int" } else { "uint" }));
            show_low = !(sign == 0 && low.1 == Compare::GreaterEq);
        }
        if show_low {
            parts.push(Part::Val(low.0));
        }
        parts.push(Part::Val(high.0));
        Some((parts, rest))
    }

    fn compare_parts(&self, a: Val, b: Val) -> Ordering {
        let rank = |v: Val| match v.v {
            Value::Top => 0,
            Value::Kind(_) => 1,
            Value::Null | Value::Bool(_) | Value::Num(_) | Value::Str(_) | Value::Bytes(_) => 10,
            Value::Bound(_) => 20,
            _ => 25,
        };
        rank(a).cmp(&rank(b)).then_with(|| {
            let place = |v: Val| v.src.as_expr().map(|x| self.eval.ir.place(x));
            match (place(a), place(b)) {
                (Some(x), Some(y)) => {
                    crate::order::compare_files(self.eval, x.file.0, y.file.0).then(x.start.cmp(&y.start))
                }
                _ => Ordering::Equal,
            }
        })
    }
}

/// A member of a conjunction.
#[derive(Clone, Copy)]
enum Part {
    Name(&'static str),
    Val(Val),
}
