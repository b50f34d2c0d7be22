//! Alternatives that certainly conflict with what a vertex already holds, found without trying them.
//!
//! Most disjunctions of structs are told apart by a kind or by a field with a fixed value (`kind: "token"`). Trying an
//! alternative copies the vertex and evaluates everything in it; comparing such values beforehand costs a look at
//! the source. Only certain conflicts count: what is said here must fail whatever comes later, since conjuncts are only
//! ever added. Used by the expansion of disjunctions (`disjunct.rs`).

use vela_ir::{ArcType, Decl, Expr, ExprId, ImportTarget, Kinds, Label, StructId};

use crate::eval::Eval;
use crate::scalars::is_atom;
use crate::value::{Val, Value};
use crate::vertex::{Base, Conjunct, EnvId, Status, Term, VertexId};

/// How many expressions are looked at for one alternative.
const LOOKS: u32 = 96;
/// How many references are followed one from another.
const REFERENCES: u32 = 6;

/// The frame of an expression inside an alternative: `inner` levels of literals that have no frame yet, below `env`.
#[derive(Clone, Copy)]
struct Scope {
    env: EnvId,
    inner: u16,
    references: u32,
    /// Only fields with fixed values count.
    marks: bool,
}

/// What is known of a vertex for certain.
struct Known {
    kinds: Kinds,
    scalar: Option<Value>,
}

impl Eval<'_> {
    /// Whether unifying the conjunct with the vertex must fail with an error that nothing added later can lift.
    pub(crate) fn surely_conflicts(&self, v: VertexId, c: Conjunct) -> bool {
        let mut looks = LOOKS;
        self.term_conflicts(
            v,
            c.term,
            Scope { env: c.env, inner: 0, references: REFERENCES, marks: false },
            &mut looks,
        )
    }

    /// Whether a field with a fixed value, the mark of one alternative among others, differs from the vertex's.
    pub(crate) fn differs_in_mark(&self, v: VertexId, c: Conjunct) -> bool {
        let mut looks = LOOKS;
        let scope = Scope { env: c.env, inner: 0, references: REFERENCES, marks: true };
        self.term_conflicts(v, c.term, scope, &mut looks)
    }

    fn term_conflicts(&self, v: VertexId, term: Term, scope: Scope, looks: &mut u32) -> bool {
        match term {
            Term::Val(x) => !scope.marks && self.value_conflicts(v, x),
            _ => self.term_expr(term).is_some_and(|x| self.expr_conflicts(v, x, scope, looks)),
        }
    }

    fn value_conflicts(&self, v: VertexId, x: Val) -> bool {
        if matches!(x.v, Value::Bottom(_) | Value::Vertex(_) | Value::Func(_)) {
            return false;
        }
        let known = self.known(v);
        (known.kinds & self.kinds(x.v)).is_bottom()
            || known.scalar.is_some_and(|y| is_atom(x.v) && !self.equal_scalars(x.v, y))
    }

    fn expr_conflicts(&self, v: VertexId, x: ExprId, scope: Scope, looks: &mut u32) -> bool {
        if *looks == 0 {
            return false;
        }
        *looks -= 1;
        match self.ir.expr(x) {
            Expr::Null => self.atom_conflicts(v, scope, Kinds::NULL, |y| y == Value::Null),
            Expr::Bool(b) => self.atom_conflicts(v, scope, Kinds::BOOL, |y| y == Value::Bool(b)),
            Expr::Num(i) => {
                let a = &self.ir.numbers[i as usize];
                let kinds = if a.is_int() { Kinds::INT } else { Kinds::FLOAT };
                self.atom_conflicts(v, scope, kinds, |y| {
                    matches!(y, Value::Num(n) if {
                        let b = self.number(n);
                        a.is_int() == b.is_int() && a.eq_value(b)
                    })
                })
            }
            Expr::Str(i) => {
                let a = &self.ir.strings[i as usize];
                self.atom_conflicts(
                    v,
                    scope,
                    Kinds::STRING,
                    |y| matches!(y, Value::Str(s) if self.string(s) == a),
                )
            }
            Expr::Bytes(_) => self.excludes(v, scope, Kinds::BYTES),
            Expr::Kind(k) => self.excludes(v, scope, k),
            Expr::List(..) => self.excludes(v, scope, Kinds::LIST),
            Expr::And(a, b) => {
                self.expr_conflicts(v, a, scope, looks) || self.expr_conflicts(v, b, scope, looks)
            }
            Expr::Open(a) => self.expr_conflicts(v, a, scope, looks),
            Expr::Disjunction(list) => {
                let all = &self.ir.disjuncts[list.range()];
                all.iter().all(|d| self.expr_conflicts(v, d.expr, scope, looks))
            }
            Expr::Struct(lit) => self.struct_conflicts(v, lit, scope, looks),
            Expr::FieldRef(..) | Expr::Select(..) => self.reference_conflicts(v, x, scope, looks),
            _ => false,
        }
    }

    fn atom_conflicts(&self, v: VertexId, scope: Scope, kinds: Kinds, equal: impl Fn(Value) -> bool) -> bool {
        let known = self.known(v);
        !scope.marks && (known.kinds & kinds).is_bottom() || known.scalar.is_some_and(|y| !equal(y))
    }

    fn excludes(&self, v: VertexId, scope: Scope, kinds: Kinds) -> bool {
        !scope.marks && (self.known(v).kinds & kinds).is_bottom()
    }

    fn struct_conflicts(&self, v: VertexId, lit: StructId, scope: Scope, looks: &mut u32) -> bool {
        let inner = Scope { inner: scope.inner + 1, ..scope };
        let mut embeds = false;
        for d in self.ir.struct_decls(lit) {
            match self.ir.decls[d.index()] {
                Decl::Field { label, arc, value } if !label.is_let() => {
                    let Some(a) = self.find_arc(self.deref_disjunct(v), label) else { continue };
                    let exists = arc.min(self.v(a).arc_type) <= ArcType::Required
                        && self.v(a).arc_type <= ArcType::Optional;
                    let counts = !scope.marks || self.is_atom_literal(value);
                    if exists && counts && self.expr_conflicts(a, value, inner, looks) {
                        return true;
                    }
                }
                Decl::Embed(x) => {
                    embeds = true;
                    if self.expr_conflicts(v, x, inner, looks) {
                        return true;
                    }
                }
                _ => {}
            }
        }
        !embeds && self.excludes(v, scope, Kinds::STRUCT)
    }

    fn is_atom_literal(&self, x: ExprId) -> bool {
        matches!(self.ir.expr(x), Expr::Null | Expr::Bool(_) | Expr::Num(_) | Expr::Str(_))
    }

    /// A reference brings the conjuncts of its target, whatever else.
    fn reference_conflicts(&self, v: VertexId, x: ExprId, mut scope: Scope, looks: &mut u32) -> bool {
        if scope.references == 0 {
            return false;
        }
        scope.references -= 1;
        let Some(target) = self.target_seen(x, scope) else { return false };
        if self.v(target).arc_type != ArcType::Member {
            return false;
        }
        let mut i = 0;
        while let Some(c) = self.v(target).conjuncts.get(i) {
            let inner = Scope { env: c.env, inner: 0, ..scope };
            if self.term_conflicts(v, c.term, inner, looks) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// The vertex that a reference in the frame `env` leads to, where that can be seen without evaluating anything.
    pub(crate) fn target_from(&self, x: ExprId, env: EnvId) -> Option<VertexId> {
        self.target_seen(x, Scope { env, inner: 0, references: 0, marks: false })
    }

    fn target_seen(&self, x: ExprId, scope: Scope) -> Option<VertexId> {
        match self.ir.expr(x) {
            Expr::FieldRef(up, label) => {
                let up = up.checked_sub(scope.inner)?;
                if scope.env == EnvId::NONE {
                    return None;
                }
                let env = self.env_up(scope.env, up);
                self.arc_seen(self.env_vertex(env), label)
            }
            Expr::Select(operand, label) => {
                let Expr::Import(i) = self.ir.expr(operand) else {
                    let v = self.target_seen(operand, scope)?;
                    return self.arc_seen(v, label);
                };
                let ImportTarget::Package(p) = self.ir.imports[i as usize].target else { return None };
                self.arc_seen(*self.packages.get(&p)?, label)
            }
            _ => None,
        }
    }

    fn arc_seen(&self, v: VertexId, label: Label) -> Option<VertexId> {
        self.find_arc(self.deref(v), label)
    }

    fn known(&self, v: VertexId) -> Known {
        let v = self.deref_disjunct(v);
        let vertex = self.v(v);
        if vertex.status == Status::Finalized {
            let v = self.deref(v);
            return match self.v(v).base {
                Base::Struct => Known { kinds: Kinds::STRUCT, scalar: None },
                Base::List { .. } => Known { kinds: Kinds::LIST, scalar: None },
                Base::Value(x) if is_atom(x.v) => Known { kinds: self.kinds(x.v), scalar: Some(x.v) },
                _ => Known { kinds: Kinds::TOP, scalar: None },
            };
        }
        match vertex.state {
            Some(n) => {
                let node = self.n(n);
                Known { kinds: node.kinds, scalar: node.scalar.map(|x| x.v) }
            }
            None => Known { kinds: Kinds::TOP, scalar: None },
        }
    }
}
