//! Values as the expressions they are made of: what `cue def` shows (`output-and-cli.md` C5).
//!
//! All plain struct literals among the conjuncts of a value become one struct; scalars without references are unified;
//! everything else stands as it is written, joined by `&`. The text is laid out roughly; the formatter gives it its
//! final layout.

use std::cell::RefCell;
use std::fmt::Write;

use vela_ir::{
    ArcType, Clause, ComprehensionId, Decl, DeclId, Expr, ExprId, FileId, Ir, Label, PackageId, StructId,
    UnaryOp,
};

use crate::compact;
use crate::documented::{blank_before, closing_comments, docs_above};
use crate::eval::Eval;
use crate::print;
use crate::vertex::{Conjunct, EnvId, Term, Vertex, VertexId};

/// Finds the import of a file by the name it goes by: the text behind `import`.
pub type Imports<'a> = &'a dyn Fn(FileId, &str) -> Option<String>;

/// A package as a file without head and package clause.
pub fn package(eval: &mut Eval<'_>, package: PackageId, imports: Imports<'_>) -> String {
    let files = eval.ir.packages[package.index()].files.clone();
    let roots: Vec<ExprId> = files.iter().map(|f| eval.ir.files[f.index()].root).collect();
    let d = Define::new(eval, imports);
    let value = d.value(&roots, Mode::default());
    d.file(value)
}

/// A value as a file: its struct without braces, or an expression. What is a definition stays one.
pub fn value(eval: &mut Eval<'_>, v: VertexId, imports: Imports<'_>) -> String {
    let terms = terms(eval, v);
    let shown = eval.deref(v);
    let definition = eval.v(shown).label.is_definition();
    let d = Define::new(eval, imports);
    let value = d.value(&terms, Mode::default());
    if definition {
        // What is closed stays closed by the name of a definition.
        let body = format!("\n_#def\n_#def: {}\n", value.in_braces());
        return d.file(Text::Struct { body, chain: false });
    }
    d.file(value)
}

/// The expressions that a value is made of. A reference that is all of it counts as what it refers to.
fn terms(eval: &Eval<'_>, v: VertexId) -> Vec<ExprId> {
    let shown = eval.deref(v);
    let mut out: Vec<ExprId> = Vec::new();
    for c in &eval.v(shown).conjuncts {
        if let Some(x) = eval.term_expr(c.term)
            && !out.contains(&x)
        {
            out.push(x);
        }
    }
    out
}

struct Define<'a, 'e, 'p> {
    ir: &'p Ir,
    eval: RefCell<&'e mut Eval<'p>>,
    find: Imports<'a>,
    imports: RefCell<Vec<String>>,
}

/// How values are printed.
#[derive(Clone, Copy, Default)]
struct Mode {
    /// Number literals in normal form: in structs that are printed as written.
    canonical: bool,
}

/// A printed value.
enum Text {
    /// An expression.
    Expr(String),
    /// A struct: its declarations.
    Struct {
        body: String,
        /// Whether it is a single field that can follow a label without braces.
        chain: bool,
    },
}

impl Text {
    fn in_braces(self) -> String {
        match self {
            Self::Expr(text) => text,
            Self::Struct { body, .. } if body.is_empty() => "{}".to_owned(),
            Self::Struct { body, .. } => format!("{{\n{}}}", body.trim_start_matches('\n')),
        }
    }
}

/// The declarations of one label.
struct Group {
    label: Label,
    arc: ArcType,
    decls: Vec<DeclId>,
}

/// What conjuncts add up to.
#[derive(Default)]
struct Merged {
    /// Operands of `&`.
    operands: Vec<ExprId>,
    /// Scalars among the operands.
    scalars: Vec<ExprId>,
    /// Struct literals that are not merged.
    complex: Vec<StructId>,
    /// Struct literals that are.
    plain: Vec<StructId>,
    /// Expressions embedded in those.
    embedded: Vec<ExprId>,
    lets: Vec<DeclId>,
    groups: Vec<Group>,
    /// The labels of each literal, as positions in `groups`.
    fronts: Vec<Vec<usize>>,
    attributes: Vec<usize>,
    open: bool,
    is_top: bool,
}

impl<'a, 'e, 'p> Define<'a, 'e, 'p> {
    fn new(eval: &'e mut Eval<'p>, find: Imports<'a>) -> Self {
        Self { ir: eval.ir, eval: RefCell::new(eval), find, imports: RefCell::default() }
    }

    fn file(self, value: Text) -> String {
        let body = match value {
            Text::Expr(text) => format!("{text}\n"),
            Text::Struct { body, .. } => body,
        };
        let imports = self.imports.into_inner();
        match &imports[..] {
            [] => body,
            [only] => format!("import {only}\n\n{body}"),
            several => format!("import (\n\t{}\n)\n\n{body}", several.join("\n\t")),
        }
    }

    // ---- Gathering ----------------------------------------------------------------------------------------------

    fn gather(&self, x: ExprId, into: &mut Merged) {
        match self.ir.expr(x) {
            Expr::Top => into.is_top = true,
            _ if self.is_scalar(x) => into.scalars.push(x),
            Expr::And(a, b) => {
                self.gather(a, into);
                stacker::maybe_grow(64 << 10, 1 << 20, || self.gather(b, into));
            }
            Expr::Struct(id) if self.is_complex(id) => into.complex.push(id),
            Expr::Struct(id) => self.literal(id, into),
            _ => into.operands.push(x),
        }
    }

    fn literal(&self, id: StructId, into: &mut Merged) {
        let s = self.ir.structs[id.index()];
        into.plain.push(id);
        into.attributes.extend(s.attributes.range());
        let mut front = Vec::new();
        for d in self.ir.struct_decls(id) {
            match self.ir.decls[d.index()] {
                Decl::Field { label, arc, .. } => {
                    let at = into.groups.iter().position(|g| g.label == label).unwrap_or_else(|| {
                        into.groups.push(Group { label, arc, decls: Vec::new() });
                        into.groups.len() - 1
                    });
                    into.groups[at].decls.push(d);
                    into.groups[at].arc = into.groups[at].arc.min(arc);
                    front.push(at);
                }
                Decl::Let { .. } => into.lets.push(d),
                Decl::Ellipsis => into.open = true,
                Decl::Embed(value) => match self.ir.expr(value) {
                    Expr::Struct(inner) if !self.is_complex(inner) => self.literal(inner, into),
                    Expr::Struct(inner) => into.complex.push(inner),
                    _ => into.embedded.push(value),
                },
                Decl::Dynamic { .. } | Decl::Pattern { .. } => {}
            }
        }
        into.fronts.push(front);
    }

    /// Whether a literal has what cannot be merged: computed labels, patterns, comprehensions, aliases.
    fn is_complex(&self, id: StructId) -> bool {
        self.ir.struct_decls(id).any(|d| {
            let meta = &self.ir.decl_metas[d.index()];
            let aliased =
                [meta.field_alias, meta.label_alias, meta.value_alias].iter().any(|l| *l != Label::NONE);
            aliased
                || match self.ir.decls[d.index()] {
                    Decl::Dynamic { .. } | Decl::Pattern { .. } => true,
                    Decl::Embed(x) => matches!(self.ir.expr(x), Expr::Comprehension(_)),
                    Decl::Field { .. } | Decl::Let { .. } | Decl::Ellipsis => false,
                }
        })
    }

    /// Whether an expression is a scalar, a type or a bound that refers to nothing.
    fn is_scalar(&self, x: ExprId) -> bool {
        match self.ir.expr(x) {
            Expr::Null | Expr::Bool(_) | Expr::Num(_) | Expr::Str(_) | Expr::Bytes(_) | Expr::Kind(_) => true,
            Expr::Bound(_, y) => {
                matches!(
                    self.ir.expr(y),
                    Expr::Null | Expr::Bool(_) | Expr::Num(_) | Expr::Str(_) | Expr::Bytes(_)
                ) || self.is_negative(y)
            }
            Expr::And(..) => self.ir.range_name(x).is_some(),
            _ => self.is_negative(x),
        }
    }

    fn is_negative(&self, x: ExprId) -> bool {
        matches!(self.ir.expr(x), Expr::Unary(UnaryOp::Minus, y) if matches!(self.ir.expr(y), Expr::Num(_)))
    }

    // ---- Printing -----------------------------------------------------------------------------------------------

    /// The conjunction of expressions.
    fn value(&self, conjuncts: &[ExprId], mode: Mode) -> Text {
        stacker::maybe_grow(128 << 10, 2 << 20, || self.value_here(conjuncts, mode))
    }

    fn value_here(&self, conjuncts: &[ExprId], mode: Mode) -> Text {
        let mut m = Merged::default();
        for x in conjuncts {
            self.gather(*x, &mut m);
        }
        if m.plain.is_empty() && m.scalars.is_empty() && m.complex.len() == 1 {
            let body = self.as_written(m.complex[0]);
            return self.joined(&m.operands, Some(Text::Struct { body, chain: false }));
        }
        if m.plain.is_empty() && m.complex.is_empty() {
            if m.scalars.is_empty() {
                if m.operands.is_empty() {
                    return Text::Expr("_".to_owned());
                }
                return self.joined(&m.operands, None);
            }
            let scalar = self.scalars(&m.scalars, mode);
            if m.operands.is_empty() {
                return Text::Expr(scalar);
            }
            return self
                .joined(&m.operands, Some(Text::Struct { body: format!("{scalar}\n"), chain: false }));
        }
        let body = self.merged(&mut m, mode);
        self.joined(&m.operands, body)
    }

    /// Operands and a struct with `&` between them.
    fn joined(&self, operands: &[ExprId], last: Option<Text>) -> Text {
        if operands.is_empty()
            && let Some(last) = last
        {
            return last;
        }
        let several = operands.len() + usize::from(last.is_some()) > 1;
        let mut parts: Vec<String> = operands.iter().map(|x| self.expr(*x, several)).collect();
        parts.extend(last.map(Text::in_braces));
        Text::Expr(parts.join(" & "))
    }

    /// The struct that plain literals make together; nothing where they only embed what `&` can join.
    fn merged(&self, m: &mut Merged, mode: Mode) -> Option<Text> {
        let bare = m.groups.is_empty() && m.lets.is_empty() && m.attributes.is_empty() && !m.open;
        let embedded_scalars: Vec<ExprId> =
            m.embedded.iter().copied().filter(|x| self.is_scalar(*x)).collect();
        m.embedded.retain(|x| !self.is_scalar(*x));
        m.scalars.extend(embedded_scalars);
        if bare && m.complex.is_empty() {
            match (&m.embedded[..], m.scalars.is_empty()) {
                ([], true) => {}
                ([only], true) => {
                    m.operands.push(*only);
                    return None;
                }
                ([], false) if m.operands.is_empty() => {
                    return Some(Text::Expr(self.scalars(&m.scalars, mode)));
                }
                _ => {}
            }
        }
        let mut body = String::new();
        for n in &m.attributes {
            let _ = writeln!(body, "{}", self.attribute(*n));
        }
        for d in &m.lets {
            body.push_str(&self.let_clause(*d, mode));
        }
        for x in &m.embedded {
            let _ = writeln!(body, "{}", self.expr(*x, false));
        }
        for id in &m.complex {
            let _ = writeln!(body, "{{\n{}}}", self.as_written(*id));
        }
        if !m.scalars.is_empty() {
            let _ = writeln!(body, "{}", self.scalars(&m.scalars, mode));
        }
        let only_fields = body.is_empty();
        let order = order(&m.fronts, m.groups.len());
        let mut chain = only_fields && order.len() == 1 && !m.open;
        for at in order {
            let (text, plain) = self.field(&m.groups[at], mode);
            chain &= plain;
            body.push_str(&text);
        }
        if m.open {
            body.push_str("...\n");
        }
        if let [id] = m.plain[..] {
            let end = closing_comments(self.ir, id);
            chain &= end.is_empty();
            body.push_str(&end);
        }
        Some(Text::Struct { body, chain })
    }

    /// A field with all its declarations, and whether it has no comments and attributes.
    fn field(&self, group: &Group, mode: Mode) -> (String, bool) {
        let mut out = String::new();
        let mut seen: Vec<String> = Vec::new();
        let mut attributes: Vec<String> = Vec::new();
        let mut values = Vec::new();
        for d in &group.decls {
            let doc = docs_above(self.ir, *d);
            let text = doc.trim_start_matches('\n').to_owned();
            if !doc.is_empty() && !seen.contains(&text) {
                out.push_str(if seen.is_empty() { "" } else { "\n" });
                out.push_str(if seen.is_empty() { &doc } else { &text });
                seen.push(text);
            }
            for n in self.ir.decl_metas[d.index()].attributes.range() {
                let text = self.attribute(n);
                if !attributes.contains(&text) {
                    attributes.push(text);
                }
            }
            if let Decl::Field { value, .. } = self.ir.decls[d.index()] {
                values.push(value);
            }
        }
        let name = self.ir.labels.source(group.label);
        let plain = seen.is_empty() && attributes.is_empty();
        let value = self.value(&values, mode);
        let definition = group.label.is_definition();
        out.push_str(&labelled(
            &format!("{name}{}", compact::suffix(group.arc)),
            value,
            definition,
            &attributes,
        ));
        (out, plain)
    }

    fn attribute(&self, n: usize) -> String {
        let (name, body) = &self.ir.attributes[n];
        format!("@{name}({body})")
    }

    fn let_clause(&self, d: DeclId, mode: Mode) -> String {
        let Decl::Let { label, value, .. } = self.ir.decls[d.index()] else { return String::new() };
        let value = self.value(&[value], mode).in_braces();
        format!("let {} = {value}\n", self.ir.labels.name(label))
    }

    /// Scalars unified. A single one stands as it is written.
    fn scalars(&self, scalars: &[ExprId], mode: Mode) -> String {
        if let [only] = scalars {
            let normal = mode.canonical && matches!(self.ir.expr(*only), Expr::Num(_));
            return if normal { self.ir.print(*only) } else { self.expr(*only, false) };
        }
        let mut eval = self.eval.borrow_mut();
        let mut v = Vertex::new(None, Label::NONE, ArcType::Member);
        for x in scalars {
            let ci = crate::vertex::CloseInfo::default();
            v.conjuncts.push(Conjunct { env: EnvId::NONE, term: Term::Expr(*x), ci });
        }
        let v = eval.add_vertex(v);
        match eval.finalize(v) {
            Ok(()) => print::vertex(&eval, v, print::Options::EVAL),
            Err(_) => scalars.iter().map(|x| self.ir.print(*x)).collect::<Vec<_>>().join(" & "),
        }
    }

    /// An expression as it is written; `operand`: in parentheses where `&` binds more.
    fn expr(&self, x: ExprId, operand: bool) -> String {
        let replace = |y: ExprId| match self.ir.expr(y) {
            Expr::Struct(_) => Some(self.value(&[y], Mode::default()).in_braces()),
            Expr::Comprehension(id) => Some(self.comprehension(id)),
            Expr::Import(i) => {
                self.import(y, &self.ir.imports[i as usize].name);
                None
            }
            _ => None,
        };
        let mut printer = vela_ir::Printer::new(self.ir).verbatim().replacing(&replace);
        printer.expr(x);
        let text = printer.finish();
        if operand && matches!(self.ir.expr(x), Expr::Disjunction(_)) { format!("({text})") } else { text }
    }

    fn import(&self, x: ExprId, name: &str) {
        let Some(spec) = (self.find)(self.ir.place(x).file, name) else { return };
        let mut imports = self.imports.borrow_mut();
        if !imports.contains(&spec) {
            imports.push(spec);
        }
    }

    /// The declarations of a struct literal one by one.
    fn as_written(&self, id: StructId) -> String {
        let mode = Mode { canonical: true };
        let mut out = String::new();
        for n in self.ir.structs[id.index()].attributes.range() {
            let _ = writeln!(out, "{}", self.attribute(n));
        }
        for d in self.ir.struct_decls(id) {
            out.push_str(&docs_above(self.ir, d));
            let meta = &self.ir.decl_metas[d.index()];
            let name = |label: Label| self.ir.labels.name(label).into_owned();
            let postfix = self.ir.files.get(meta.file.index()).is_some_and(|f| f.experiments.aliasv2);
            let mut label = String::new();
            if meta.field_alias != Label::NONE && !postfix {
                let _ = write!(label, "{}=", name(meta.field_alias));
            }
            let (arc, value, definition) = match self.ir.decls[d.index()] {
                Decl::Field { label: l, arc, value } => {
                    label.push_str(&self.ir.labels.source(l));
                    (arc, value, l.is_definition())
                }
                Decl::Dynamic { key, arc, value } => {
                    let key_text = self.expr(key, false);
                    if matches!(self.ir.expr(key), Expr::Interpolation(..) | Expr::Str(_)) {
                        label.push_str(&key_text);
                    } else {
                        let _ = write!(label, "({key_text})");
                    }
                    (arc, value, false)
                }
                Decl::Pattern { pattern, value } => {
                    let alias = meta.label_alias;
                    let alias = if alias == Label::NONE || postfix {
                        String::new()
                    } else {
                        format!("{}=", name(alias))
                    };
                    let _ = write!(label, "[{alias}{}]", self.expr(pattern, false));
                    (ArcType::Member, value, false)
                }
                Decl::Let { .. } => {
                    out.push_str(&self.let_clause(d, mode));
                    continue;
                }
                Decl::Embed(x) => {
                    if matches!(self.ir.expr(x), Expr::Comprehension(_)) && blank_before(self.ir, d) {
                        out.push('\n');
                    }
                    let _ = writeln!(out, "{}", self.expr(x, false));
                    continue;
                }
                Decl::Ellipsis => {
                    out.push_str("...\n");
                    continue;
                }
            };
            if postfix && meta.field_alias != Label::NONE {
                if meta.label_alias == Label::NONE {
                    let _ = write!(label, "~{}", name(meta.field_alias));
                } else {
                    let _ = write!(label, "~({},{})", name(meta.label_alias), name(meta.field_alias));
                }
            }
            label.push_str(compact::suffix(arc));
            let attributes: Vec<String> = meta.attributes.range().map(|n| self.attribute(n)).collect();
            let mut value = self.value(&[value], mode);
            if meta.value_alias != Label::NONE {
                value = Text::Expr(format!("{}={}", name(meta.value_alias), value.in_braces()));
            }
            out.push_str(&labelled(&label, value, definition, &attributes));
        }
        out
    }

    fn comprehension(&self, id: ComprehensionId) -> String {
        let c = self.ir.comprehensions[id.index()];
        let variable =
            |l: Option<Label>| l.map_or_else(|| "_".to_owned(), |l| self.ir.labels.name(l).into_owned());
        let mut out = String::new();
        for clause in &self.ir.clauses[c.clauses.range()] {
            match *clause {
                Clause::For { key, keyed, value, source } => {
                    let key = if keyed { format!("{}, ", variable(key)) } else { String::new() };
                    let _ = write!(out, "for {key}{} in {} ", variable(value), self.expr(source, false));
                }
                Clause::If(x) => {
                    let _ = write!(out, "if {} ", self.expr(x, false));
                }
                Clause::Let { label, value } => {
                    let _ = write!(out, "let {} = {} ", variable(Some(label)), self.expr(value, false));
                }
                Clause::Try(None) => out.push_str("try "),
                Clause::Try(Some((label, value))) => {
                    let _ = write!(out, "try {} = {} ", variable(Some(label)), self.expr(value, false));
                }
            }
        }
        out.push_str(&self.block(c.body));
        if let Some(otherwise) = c.otherwise {
            let clauses = &self.ir.clauses[c.clauses.range()];
            let single = matches!(clauses, [Clause::If(_) | Clause::Try(_)]);
            out.push_str(if single { " else " } else { " otherwise " });
            out.push_str(&self.block(otherwise));
        }
        out
    }

    /// The body of a comprehension: braces, whatever is in them.
    fn block(&self, body: ExprId) -> String {
        match self.value(&[body], Mode::default()) {
            Text::Expr(text) => format!("{{\n{text}\n}}"),
            text @ Text::Struct { .. } => text.in_braces(),
        }
    }
}

/// A label and its value. A struct of one plain field follows without braces, unless the label is a definition.
fn labelled(label: &str, value: Text, definition: bool, attributes: &[String]) -> String {
    let mut out = format!("{label}: ");
    match value {
        Text::Struct { body, chain: true } if !definition && attributes.is_empty() => {
            out.push_str(body.trim_end_matches('\n'));
        }
        other => out.push_str(&other.in_braces()),
    }
    for a in attributes {
        out.push(' ');
        out.push_str(a);
    }
    out.push('\n');
    out
}

/// The order of the labels of several literals (`errors-and-order.md` A10): `fronts` hold the labels of each, as
/// positions below `n`; one may be there twice.
fn order(fronts: &[Vec<usize>], n: usize) -> Vec<usize> {
    let mut count = vec![0_i64; n];
    for front in fronts {
        for at in front.iter().skip(1) {
            count[*at] += 1;
        }
    }
    let mut next = vec![0; fronts.len()];
    let mut rank = 0;
    loop {
        let head = |i: usize, next: &[usize]| fronts[i].get(next[i]).copied();
        let ready = (0..fronts.len()).find(|i| head(*i, &next).is_some_and(|f| count[f] <= 0));
        let Some(i) = ready else {
            match (0..fronts.len()).find_map(|i| head(i, &next)) {
                Some(f) => count[f] = 0,
                None => break,
            }
            continue;
        };
        let Some(f) = head(i, &next) else { break };
        next[i] += 1;
        if fronts[i].len() - next[i] > 1
            && let Some(new) = head(i, &next)
            && count[new] > 0
        {
            count[new] -= 1;
        }
        if count[f] == 0 {
            rank -= 1;
            count[f] = rank;
        }
    }
    let mut out: Vec<usize> = (0..n).collect();
    out.sort_by_key(|f| std::cmp::Reverse(count[*f]));
    out
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn fronts_are_merged() {
        // x: {z, y} & {x, w}: z x y w
        assert_eq!(order(&[vec![0, 1], vec![2, 3]], 4), [0, 2, 1, 3]);
        assert_eq!(order(&[vec![0, 1, 2]], 3), [0, 1, 2]);
        assert_eq!(order(&[], 0), Vec::<usize>::new());
    }
}
