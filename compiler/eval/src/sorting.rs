//! `list.Sort` and its relatives: a merge sort by a comparator. Simple comparators are read, not evaluated for every pair.

use vela_ir::{ArcType, BinaryOp, Compare, Decl, Expr, ExprId, Kinds, Label, StructId};

use crate::error::ErrId;
use crate::eval::{Eval, R};
use crate::node::{Cond, Mode};
use crate::operations::Outcome;
use crate::value::{Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, EnvId, Status, Term, Vertex, VertexId};

/// A comparator that compares the same member of both: `{x: T, y: T, less: x.a.b < y.a.b}`.
struct Simple {
    /// From the elements to what is compared.
    path: Vec<Label>,
    /// Whether `less` compares `y`'s with `x`'s.
    swapped: bool,
    op: Compare,
    /// What `x` and `y` say of an element.
    types: [Type; 2],
}

/// What a comparator says of an element, where that is simple.
enum Type {
    /// A scalar of these kinds, or anything.
    Kinds(Kinds),
    /// A struct with these members of these kinds.
    Fields(Vec<(Label, Kinds)>),
}

impl Eval<'_> {
    /// Whether `a` stands before `b`: a fresh copy of the comparator with both filled in. A result that is no bool
    /// counts as false.
    fn less(&mut self, comparator: Val, a: VertexId, b: VertexId) -> R<Result<bool, ErrId>> {
        let mut pair = Vertex::new(None, Label::NONE, ArcType::Member);
        pair.is_data = true;
        pair.base = Base::Struct;
        pair.status = Status::Finalized;
        let pair = self.add_vertex(pair);
        for (name, v) in [("x", a), ("y", b)] {
            let label = self.labels.string(name);
            let mut arc = Vertex::new(Some(pair), label, ArcType::Member);
            arc.base = Base::Value(Val::new(Value::Vertex(v)));
            arc.status = Status::Finalized;
            arc.is_data = true;
            let arc = self.add_vertex(arc);
            self.push_arc(pair, arc);
        }
        let ci = CloseInfo::default();
        let conjunct = |v| Conjunct { env: EnvId::NONE, term: Term::Val(v), ci };
        let v = self.inline_vertex(&[conjunct(comparator), conjunct(Val::new(Value::Vertex(pair)))]);
        let saved = self.errs.take();
        self.complete_arcs_only(v)?;
        let label = self.labels.string("less");
        let Some(found) = self.find_arc(self.deref(v), label) else {
            self.errs = saved;
            return Ok(Err(self.bottom(v).unwrap_or_else(|| self.failure("field not found: less"))));
        };
        // The rest of the comparator is of no interest.
        self.unify(found, Cond::ALL, Mode::Finalize, false)?;
        self.errs = saved;
        Ok(match self.unwrap(Val::new(Value::Vertex(found))).v {
            Value::Bool(b) => Ok(b),
            Value::Bottom(e) => Err(e),
            _ => Ok(false),
        })
    }

    /// Whether a comparator says anything.
    fn has_less(&mut self, comparator: Val) -> bool {
        let label = self.labels.string("less");
        let Value::Vertex(x) = self.unwrap(comparator).v else { return false };
        self.find_arc(self.deref(x), label).is_some_and(|a| self.v(a).arc_type == ArcType::Member)
    }

    pub(crate) fn list_is_sorted(&mut self, args: &[Val]) -> R<Outcome> {
        let items = match self.items(args[0])? {
            Ok(l) => l,
            Err(e) => return Ok(Err(e)),
        };
        if !self.has_less(args[1]) {
            return Ok(Self::bool_value(true));
        }
        for w in items.windows(2) {
            match self.on_approval(|s| s.less(args[1], w[1], w[0]))? {
                Ok(false) => {}
                Ok(true) | Err(_) => return Ok(Self::bool_value(false)),
            }
        }
        Ok(Self::bool_value(true))
    }

    /// A merge sort: stable, and robust against comparators that contradict themselves.
    pub(crate) fn list_sort(&mut self, args: &[Val]) -> R<Outcome> {
        let from = match self.items(args[0])? {
            Ok(l) => l,
            Err(e) => return Ok(Err(e)),
        };
        if !self.has_less(args[1]) {
            return Ok(Err(self.failure("field not found: less")));
        }
        let sorted = match self.keys_of(args[1], &from)? {
            Some((keys, simple)) => {
                let all = from.into_iter().zip(keys).collect();
                let by_key = |s: &mut Self, a: &(VertexId, Value), b: &(VertexId, Value)| {
                    s.step()?;
                    let (a, b) = if simple.swapped { (b, a) } else { (a, b) };
                    Ok(Ok(s.holds(simple.op, Val::new(a.1), Val::new(b.1))))
                };
                let sorted = self.merge_sort(all, by_key)?;
                sorted.map(|all| all.into_iter().map(|(v, _)| v).collect())
            }
            None => self.merge_sort(from, |s, a: &VertexId, b| s.on_approval(|s| s.less(args[1], *a, *b)))?,
        };
        Ok(match sorted {
            Ok(items) => Ok(self.list_value(&items)),
            Err(e) => Err(e),
        })
    }

    /// Sorts; `less` says whether its first stands before its second.
    fn merge_sort<T: Copy>(
        &mut self,
        mut from: Vec<T>,
        less: impl Fn(&mut Self, &T, &T) -> R<Result<bool, ErrId>>,
    ) -> R<Result<Vec<T>, ErrId>> {
        let mut width = 1;
        while width < from.len() {
            let mut to = Vec::with_capacity(from.len());
            for chunk in from.chunks(2 * width) {
                let (mut a, mut b) = chunk.split_at(width.min(chunk.len()));
                while let ([x, ..], [y, ..]) = (a, b) {
                    match less(self, y, x)? {
                        Err(e) => return Ok(Err(e)),
                        Ok(true) => {
                            to.push(*y);
                            b = &b[1..];
                        }
                        Ok(false) => {
                            to.push(*x);
                            a = &a[1..];
                        }
                    }
                }
                to.extend_from_slice(a);
                to.extend_from_slice(b);
            }
            from = to;
            width *= 2;
        }
        Ok(Ok(from))
    }

    // ---- Simple comparators -------------------------------------------------------------------------------------

    /// What a simple comparator compares of each element: all numbers, or all strings. `None` where the comparator is not
    /// simple, or an element is not finished or not what it asks for: then it is evaluated, and tells what is wrong.
    fn keys_of(&mut self, comparator: Val, items: &[VertexId]) -> R<Option<(Vec<Value>, Simple)>> {
        if !self.devices.at_once || items.len() < 2 {
            return Ok(None);
        }
        let Some(simple) = self.simple_comparator(comparator) else { return Ok(None) };
        let mut keys = Vec::with_capacity(items.len());
        for item in items {
            self.step()?;
            let fits = simple.types.iter().all(|t| self.fits(*item, t));
            let Some(key) = fits.then(|| self.member_at(*item, &simple.path)).flatten() else {
                return Ok(None);
            };
            let same = match keys.first() {
                None => matches!(key, Value::Num(_) | Value::Str(_)),
                Some(Value::Num(_)) => matches!(key, Value::Num(_)),
                Some(_) => matches!(key, Value::Str(_)),
            };
            if !same {
                return Ok(None);
            }
            keys.push(key);
        }
        Ok(Some((keys, simple)))
    }

    fn simple_comparator(&mut self, comparator: Val) -> Option<Simple> {
        let Value::Vertex(v) = self.unwrap(comparator).v else { return None };
        let [c] = self.v(self.deref(v)).conjuncts[..] else { return None };
        let Expr::Struct(lit) = self.ir.expr(self.term_expr(c.term)?) else { return None };
        let (x, y, less) = (self.labels.string("x"), self.labels.string("y"), self.labels.string("less"));
        let (mut types, mut comparison) = ([None, None], None);
        for (label, value) in self.plain_fields(lit)? {
            if label == x {
                types[0] = Some(self.simple_type(lit, value)?);
            } else if label == y {
                types[1] = Some(self.simple_type(lit, value)?);
            } else if label == less {
                comparison = Some(value);
            } else if self.kinds_of(lit, value).is_none() {
                return None;
            }
        }
        let Expr::Binary(BinaryOp::Compare(op), a, b) = self.ir.expr(comparison?) else { return None };
        if !matches!(op, Compare::Less | Compare::LessEq | Compare::Greater | Compare::GreaterEq) {
            return None;
        }
        let ((a, path), (b, other)) = (self.selectors(a)?, self.selectors(b)?);
        let swapped = match (a == x, a == y, b == x, b == y) {
            (true, _, _, true) => false,
            (_, true, true, _) => true,
            _ => return None,
        };
        let [Some(tx), Some(ty)] = types else { return None };
        (path == other).then_some(Simple { path, swapped, op, types: [tx, ty] })
    }

    /// The fields of a literal that has nothing but regular fields, each once.
    fn plain_fields(&self, lit: StructId) -> Option<Vec<(Label, ExprId)>> {
        let mut fields: Vec<(Label, ExprId)> = Vec::new();
        for d in self.ir.struct_decls(lit) {
            let Decl::Field { label, arc: ArcType::Member, value, .. } = self.ir.decls[d.index()] else {
                return None;
            };
            if fields.iter().any(|(l, _)| *l == label) {
                return None;
            }
            fields.push((label, value));
        }
        Some(fields)
    }

    /// A name of the comparator's own field and the selectors behind it.
    fn selectors(&self, mut x: ExprId) -> Option<(Label, Vec<Label>)> {
        let mut path = Vec::new();
        loop {
            match self.ir.expr(x) {
                Expr::Select(operand, label) if label.is_string() => {
                    path.push(label);
                    x = operand;
                }
                Expr::FieldRef(0, label) => {
                    path.reverse();
                    return Some((label, path));
                }
                _ => return None,
            }
        }
    }

    fn simple_type(&self, lit: StructId, x: ExprId) -> Option<Type> {
        let Expr::Struct(inner) = self.ir.expr(x) else { return self.kinds_of(lit, x).map(Type::Kinds) };
        let fields = self.plain_fields(inner)?.into_iter();
        let kinds = fields.map(|(l, x)| Some((l, self.kinds_of(inner, x)?)));
        kinds.collect::<Option<Vec<_>>>().map(Type::Fields)
    }

    /// The kinds that a type allows which says nothing but kinds; it may be a field beside it.
    fn kinds_of(&self, lit: StructId, x: ExprId) -> Option<Kinds> {
        match self.ir.expr(x) {
            Expr::Top => Some(Kinds::TOP),
            Expr::Kind(k) => Some(k),
            Expr::Disjunction(list) => {
                let all = &self.ir.disjuncts[list.range()];
                all.iter().try_fold(Kinds::BOTTOM, |k, d| match self.ir.expr(d.expr) {
                    Expr::Kind(more) if !d.default => Some(k | more),
                    _ => None,
                })
            }
            Expr::FieldRef(0, label) => {
                let (_, value) = self.plain_fields(lit)?.into_iter().find(|(l, _)| *l == label)?;
                if matches!(self.ir.expr(value), Expr::FieldRef(..)) {
                    None
                } else {
                    self.kinds_of(lit, value)
                }
            }
            _ => None,
        }
    }

    /// Whether an element is finished and all that a type says of it holds, so that unifying them adds nothing.
    fn fits(&self, item: VertexId, wanted: &Type) -> bool {
        match wanted {
            Type::Kinds(k) if *k == Kinds::TOP => true,
            Type::Kinds(k) => self.member_at(item, &[]).is_some_and(|v| k.contains(self.kinds(v))),
            Type::Fields(fields) => fields
                .iter()
                .all(|(l, k)| self.member_at(item, &[*l]).is_some_and(|v| k.contains(self.kinds(v)))),
        }
    }

    /// The scalar found by following labels from a finished element.
    fn member_at(&self, item: VertexId, path: &[Label]) -> Option<Value> {
        let mut at = item;
        for label in path {
            let v = self.deref(at);
            if self.v(v).base != Base::Struct || self.v(v).status != Status::Finalized {
                return None;
            }
            at = self.find_arc(v, *label).filter(|a| self.v(*a).arc_type == ArcType::Member)?;
        }
        let end = self.v(self.deref(at));
        match end.base {
            Base::Value(v) if end.status == Status::Finalized => {
                let scalar = matches!(v.v, Value::Num(_) | Value::Str(_) | Value::Bool(_) | Value::Null);
                scalar.then_some(v.v)
            }
            _ => None,
        }
    }
}
