//! Where a finished value comes from: the declarations that were joined in it, the values that their references led to,
//! the data that was given, and the conditions that let a comprehension make it. Nothing is evaluated for it: the
//! conjuncts of finished vertices are read (`evaluation-2-algorithm.md` 1.1), so it may be asked of any evaluation.

use rustc_hash::FxHashSet;
use vela_ir::{Clause, DeclId, Expr, ExprId, FileId};

use crate::eval::Eval;
use crate::order::ordered_arcs;
use crate::value::{Val, Value};
use crate::vertex::{Base, Conjunct, EnvId, Term, VertexId};

/// Vertices and expressions that one question looks at.
const BUDGET: u32 = 20_000;

/// Declarations whose conditions are looked for.
const SCANS: u32 = 500;

/// How a line takes part in a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Part {
    /// A declaration or element says something about the value.
    Declared,
    /// An alternative that is marked as default.
    Default,
    /// A condition of a comprehension that makes the value.
    Condition,
}

/// Something that has a hand in a value.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// A stretch of a file of the program.
    Text {
        /// What it does.
        part: Part,
        /// The top-level field of its package that it is in; empty where it is in none.
        within: String,
        /// The file.
        file: FileId,
        /// First byte.
        start: u32,
        /// After the last byte.
        end: u32,
    },
    /// A value that was given: its place among [`Eval::data_places`].
    Given(u32),
}

/// The sources of the value at `path` below the field `start` of a finished vertex, those nearest to it first; `None`
/// where there is no such value. Elements of lists go by their index.
pub fn origins(eval: &Eval, root: VertexId, path: &[&str]) -> Option<Vec<Source>> {
    let mut search = Search {
        eval,
        seen: FxHashSet::default(),
        out: Vec::new(),
        budget: BUDGET,
        scans: SCANS,
        given: false,
    };
    let mut way = Vec::new();
    let mut at = root;
    for step in path {
        let base = eval.deref(at);
        let arcs = ordered_arcs(eval, base);
        let named = |a: &VertexId| {
            let label = eval.v(*a).label;
            !label.is_let() && *eval.labels.name(label) == **step
        };
        at = arcs.into_iter().find(named).or_else(|| search.default_member(base, step))?;
        way.push(at);
    }
    search.vertex(at);
    // What is above the value matters where it is not written out there: a reference that brings all of it.
    for above in way.iter().rev().skip(1) {
        search.carriers(*above);
    }
    Some(search.out)
}

struct Search<'a, 'p> {
    eval: &'a Eval<'p>,
    seen: FxHashSet<(u32, u32)>,
    out: Vec<Source>,
    budget: u32,
    scans: u32,
    /// The vertex that is looked at has data: no default of it is taken.
    given: bool,
}

/// Whether a clause makes a frame.
const fn frames(clause: &Clause) -> bool {
    matches!(clause, Clause::For { .. } | Clause::Let { .. } | Clause::Try(Some(_)))
}

impl Search<'_, '_> {
    /// A member of the default of a value that has alternatives.
    fn default_member(&self, v: VertexId, step: &str) -> Option<VertexId> {
        let Base::Value(Val { v: Value::Disjunction(d), .. }) = self.eval.v(v).base else { return None };
        let disjunction = &self.eval.values.disjunctions[d as usize];
        let Value::Vertex(first) = disjunction.values.first()?.v else { return None };
        let arcs = ordered_arcs(self.eval, self.eval.deref(first));
        arcs.into_iter().find(|a| *self.eval.labels.name(self.eval.v(*a).label) == *step)
    }

    fn spend(&mut self) -> bool {
        self.budget = self.budget.saturating_sub(1);
        self.budget > 0
    }

    fn add(&mut self, source: Source) {
        if !self.out.contains(&source) {
            self.out.push(source);
        }
    }

    /// Everything that a vertex is made of.
    fn vertex(&mut self, v: VertexId) {
        if !self.spend() || !self.seen.insert((v.0, 0)) {
            return;
        }
        let within = self.within(v);
        let conjuncts = self.eval.v(v).conjuncts.clone();
        let given = conjuncts.iter().any(|c| matches!(c.term, Term::Val(_)));
        let outer = std::mem::replace(&mut self.given, given);
        for conjunct in conjuncts {
            self.conjunct(&conjunct, &within);
        }
        self.given = outer;
        match self.eval.v(v).base {
            Base::Value(Val { v: Value::Vertex(shared), src }) => {
                self.given(src);
                self.vertex(shared);
            }
            Base::Value(Val { src, .. }) => self.given(src),
            _ => {}
        }
    }

    fn given(&mut self, src: crate::value::Src) {
        if let Some(index) = src.as_data() {
            self.add(Source::Given(index));
        }
    }

    fn conjunct(&mut self, conjunct: &Conjunct, within: &str) {
        match conjunct.term {
            Term::Decl(decl) => {
                self.declaration(decl, within);
                if let Some(x) = self.eval.term_expr(conjunct.term) {
                    self.expression(x, conjunct.env, within);
                }
                self.conditions(decl, conjunct.env, within);
            }
            Term::Expr(x) => {
                self.place(Part::Declared, x, within);
                self.expression(x, conjunct.env, within);
            }
            Term::Val(val) => {
                self.given(val.src);
                if let Value::Vertex(w) = val.v {
                    self.vertex(w);
                }
            }
        }
    }

    /// Declarations of a vertex that bring what is in it from elsewhere.
    fn carriers(&mut self, v: VertexId) {
        let within = self.within(v);
        for conjunct in self.eval.v(v).conjuncts.clone() {
            let Some(x) = self.eval.term_expr(conjunct.term) else { continue };
            if matches!(self.eval.ir.expr(x), Expr::Struct(_) | Expr::List(..)) {
                continue;
            }
            match conjunct.term {
                Term::Decl(decl) => self.declaration(decl, &within),
                _ => self.place(Part::Declared, x, &within),
            }
        }
    }

    fn declaration(&mut self, decl: DeclId, within: &str) {
        let meta = self.eval.ir.decl_metas[decl.index()];
        self.add(Source::Text {
            part: Part::Declared,
            within: within.to_owned(),
            file: meta.file,
            start: meta.start,
            end: meta.end,
        });
    }

    fn place(&mut self, part: Part, x: ExprId, within: &str) {
        let place = self.eval.ir.place(x);
        if place.file.index() < self.eval.ir.files.len() {
            let within = within.to_owned();
            self.add(Source::Text { part, within, file: place.file, start: place.start, end: place.end });
        }
    }

    /// The conditions around a declaration.
    fn conditions(&mut self, decl: DeclId, env: EnvId, within: &str) {
        let ir = self.eval.ir;
        let meta = ir.decl_metas[decl.index()];
        if self.scans == 0 {
            return;
        }
        self.scans -= 1;
        for comprehension in &ir.comprehensions {
            let body = ir.place(comprehension.body);
            if body.file != meta.file || body.start > meta.start || body.end < meta.end {
                continue;
            }
            // One frame for each literal between the declaration and the clauses, the body included.
            let inside = |(i, x): (usize, &Expr)| {
                let place = ir.places[i];
                matches!(x, Expr::Struct(_) | Expr::List(..))
                    && place.file == body.file
                    && (body.start <= place.start && place.end <= body.end)
                    && (place.start <= meta.start && meta.end <= place.end)
            };
            let literals = ir.exprs.iter().enumerate().filter(|e| inside(*e)).count();
            let clauses = &ir.clauses[comprehension.clauses.range()];
            for (n, clause) in clauses.iter().enumerate() {
                let Clause::If(x) = clause else { continue };
                self.place(Part::Condition, *x, within);
                // And one for each later clause that names something.
                let later = clauses[n + 1..].iter().filter(|c| frames(c)).count();
                let env = self.up(env, (literals + later) as u16);
                self.expression(*x, env, within);
            }
        }
    }

    /// What an expression's references lead to.
    fn expression(&mut self, x: ExprId, env: EnvId, within: &str) {
        if !self.spend() || !self.seen.insert((x.0, env.0.wrapping_add(1))) {
            return;
        }
        if let Some(target) = self.target(x, env) {
            self.vertex(target);
            // What an index is decides too.
            return self.indices(x, env, within);
        }
        let ir = self.eval.ir;
        match ir.expr(x) {
            Expr::Unary(_, a) | Expr::Bound(_, a) | Expr::Open(a) | Expr::Try(a) | Expr::Select(a, _) => {
                self.expression(a, env, within);
            }
            Expr::Binary(_, a, b) | Expr::And(a, b) | Expr::Index(a, b) => {
                self.expression(a, env, within);
                self.expression(b, env, within);
            }
            Expr::Disjunction(list) => {
                for disjunct in &ir.disjuncts[list.range()] {
                    if disjunct.default && !self.given {
                        self.place(Part::Default, disjunct.expr, within);
                    }
                    self.expression(disjunct.expr, env, within);
                }
            }
            Expr::Interpolation(list, _) | Expr::Call(_, list) => {
                for part in &ir.expr_lists[list.range()] {
                    self.expression(*part, env, within);
                }
            }
            Expr::LetRef(i) => {
                let r = ir.let_refs[i as usize];
                self.place(Part::Declared, r.value, within);
                self.expression(r.value, self.up(env, r.up), within);
            }
            _ => {}
        }
    }

    fn indices(&mut self, x: ExprId, env: EnvId, within: &str) {
        match self.eval.ir.expr(x) {
            Expr::Select(base, _) => self.indices(base, env, within),
            Expr::Index(base, index) => {
                self.indices(base, env, within);
                self.expression(index, env, within);
            }
            _ => {}
        }
    }

    fn up(&self, mut env: EnvId, count: u16) -> EnvId {
        for _ in 0..count {
            if env == EnvId::NONE {
                break;
            }
            env = self.eval.e(env).up;
        }
        env
    }

    /// The vertex that a reference leads to, as far as that is known without evaluating.
    fn target(&mut self, x: ExprId, env: EnvId) -> Option<VertexId> {
        let ir = self.eval.ir;
        match ir.expr(x) {
            Expr::FieldRef(up, label) => {
                let env = self.up(env, up);
                let frame = (env != EnvId::NONE).then(|| self.eval.env_vertex(env))?;
                self.member(frame, |l| l == label)
            }
            Expr::Select(base, label) => {
                let base = self.target(base, env)?;
                self.member(base, |l| l == label)
            }
            Expr::Index(base, index) => {
                let base = self.target(base, env)?;
                let key = self.constant(index, env)?;
                let labels = &self.eval.labels;
                let arcs = &self.eval.v(self.eval.deref(base)).arcs;
                arcs.iter().copied().find(|a| *labels.name(self.eval.v(*a).label) == *key)
            }
            _ => None,
        }
    }

    fn member(&self, v: VertexId, wanted: impl Fn(vela_ir::Label) -> bool) -> Option<VertexId> {
        let find = |v: VertexId| self.eval.v(v).arcs.iter().copied().find(|a| wanted(self.eval.v(*a).label));
        find(v).or_else(|| find(self.eval.deref(v)))
    }

    /// A text or number that an index is, read from the literal or from the finished value that it refers to.
    fn constant(&mut self, x: ExprId, env: EnvId) -> Option<String> {
        let ir = self.eval.ir;
        match ir.expr(x) {
            Expr::Str(i) => Some(ir.strings[i as usize].to_string()),
            Expr::Num(i) => Some(ir.numbers[i as usize].to_json_text()),
            _ => {
                let target = self.target(x, env)?;
                let mut base = self.eval.v(self.eval.deref(target)).base;
                if let Base::Value(Val { v: Value::Disjunction(d), .. }) = base {
                    base = Base::Value(*self.eval.values.disjunctions[d as usize].values.first()?);
                }
                match base {
                    Base::Value(Val { v: Value::Str(s), .. }) => Some(self.eval.string(s).to_string()),
                    Base::Value(Val { v: Value::Num(n), .. }) => Some(self.eval.number(n).to_json_text()),
                    _ => None,
                }
            }
        }
    }

    /// The top-level field that a vertex is in.
    fn within(&self, mut v: VertexId) -> String {
        let mut name = String::new();
        for _ in 0..BUDGET {
            let vertex = self.eval.v(v);
            let Some(parent) = vertex.parent else { break };
            name = self.eval.labels.name(vertex.label).into_owned();
            v = parent;
        }
        name
    }
}
