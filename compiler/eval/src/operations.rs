//! Builtin functions that work on vertices instead of data: lists of anything, comparators, schemas as arguments.
//! The rules are in `library.md` 4, 5 and 0.4.

use std::sync::Arc;

use vela_ir::{ArcType, Kinds, Label};

use crate::arguments::NOT_CONCRETE;
use crate::builtin::{CallError, Function};
use crate::equal::Flags;
use crate::error::{Arg, Code, ErrId};
use crate::eval::{Eval, R};
use crate::value::{Val, Value};
use crate::vertex::{Base, Conjunct, EnvId, Status, Term, Vertex, VertexId};

/// Largest count of `list.Repeat`.
const MAX_REPEAT: i64 = 1_000_000;

/// Most elements a list made by an operation may have.
const MAX_ITEMS: usize = 10_000_000;

pub(crate) type Outcome = Result<Val, ErrId>;

impl Eval<'_> {
    /// Runs one of the evaluator's own operations.
    pub(crate) fn run_operation(&mut self, f: &Function, args: &[Val]) -> R<Option<Val>> {
        let r = match (f.package, f.name) {
            ("list", "Concat") => self.list_concat(args[0])?,
            ("list", "Contains") => self.list_contains(args[0], args[1])?,
            ("list", "Drop" | "Take" | "Slice") => self.list_part(f.name, args)?,
            ("list", "FlattenN") => self.list_flatten(args)?,
            ("list", "IsSorted") => self.list_is_sorted(args)?,
            ("list", "Sort" | "SortStable") => self.list_sort(args)?,
            ("list", "Repeat") => self.list_repeat(args)?,
            ("list", "Reverse") => self.items(args[0])?.map(|mut items| {
                items.reverse();
                self.list_value(&items)
            }),
            ("list", "MinItems" | "MaxItems") => self.list_bounds(f.name == "MinItems", args)?,
            ("list", "UniqueItems") => self.list_unique(args[0])?,
            ("list", "MatchN") => self.list_match(args)?,
            ("struct", "MinFields" | "MaxFields") => self.struct_bounds(f.name == "MinFields", args)?,
            ("encoding/json" | "encoding/yaml", "Validate" | "ValidatePartial") => {
                self.validate_documents(f, args)?
            }
            ("encoding/openapi", "MarshalSchema") => self.openapi_document(args[0], args[1])?,
            _ => Err(self.failure("not supported")),
        };
        Ok(Some(match r {
            Ok(v) => v,
            Err(e) => Val::new(Value::Bottom(e)),
        }))
    }

    pub(crate) fn failure(&mut self, text: &'static str) -> ErrId {
        self.error_at::<0>(Code::Eval, None, text, [])
    }

    pub(crate) fn list_value(&mut self, items: &[VertexId]) -> Val {
        Val::new(Value::Vertex(self.list_of(items)))
    }

    pub(crate) fn bool_value(b: bool) -> Outcome {
        Ok(Val::new(Value::Bool(b)))
    }

    fn int_of(&self, v: Val) -> i64 {
        match self.unwrap(v).v {
            Value::Num(i) => {
                let n = self.number(i);
                n.to_i64().unwrap_or(if n.is_negative() { i64::MIN } else { i64::MAX })
            }
            _ => 0,
        }
    }

    /// The elements of a list argument.
    pub(crate) fn items(&mut self, v: Val) -> R<Result<Vec<VertexId>, ErrId>> {
        let saved = self.errs.take();
        let items = self.elements(v)?;
        let e = self.errs.take();
        self.errs = saved;
        Ok(e.map_or(Ok(items), Err))
    }

    /// The elements of a value that must be a list.
    fn inner_items(&mut self, v: Val) -> R<Option<Vec<VertexId>>> {
        if let Value::Vertex(x) = v.v {
            self.finalize_inner(x)?;
        }
        let d = self.default_or_self(v);
        if let Value::Vertex(x) = d.v {
            let x = self.deref(x);
            if matches!(self.v(x).base, Base::List { .. }) {
                return self.items(Val::new(Value::Vertex(x))).map(Result::ok);
            }
        }
        Ok(None)
    }

    fn not_a_list(&mut self, v: Val) -> ErrId {
        let v = self.default_or_self(v);
        let shown = self.unwrap(v);
        if let Value::Bottom(e) = shown.v {
            return e;
        }
        let kinds = self.kinds(shown.v);
        if self.is_open_value(shown.v) && kinds.meets(Kinds::LIST) {
            return self.error_at(Code::Incomplete, None, NOT_CONCRETE, [Arg::Kinds(kinds)]);
        }
        let text = format!("cannot use value {} (type {kinds}) as list", self.show(shown));
        self.call_failure(CallError::At { text, argument: 0, element: Vec::new() }, &[shown])
    }

    fn list_concat(&mut self, lists: Val) -> R<Outcome> {
        let lists = match self.items(lists)? {
            Ok(l) => l,
            Err(e) => return Ok(Err(e)),
        };
        let mut all = Vec::new();
        for l in lists {
            let l = Val::new(Value::Vertex(l));
            match self.inner_items(l)? {
                Some(items) => all.extend(items),
                None => return Ok(Err(self.not_a_list(l))),
            }
        }
        Ok(Ok(self.list_value(&all)))
    }

    fn list_flatten(&mut self, args: &[Val]) -> R<Outcome> {
        let depth = self.int_of(args[1]);
        let Some(items) = self.inner_items(args[0])? else { return Ok(Err(self.not_a_list(args[0]))) };
        let mut all = Vec::new();
        let mut work: Vec<(VertexId, i64)> = items.into_iter().rev().map(|v| (v, depth)).collect();
        while let Some((v, left)) = work.pop() {
            if left != 0
                && let Some(inner) = self.inner_items(Val::new(Value::Vertex(v)))?
            {
                work.extend(inner.into_iter().rev().map(|x| (x, left - 1)));
            } else {
                all.push(self.default_element(v)?);
            }
            if all.len() > MAX_ITEMS {
                return Ok(Err(self.failure("list is too long")));
            }
        }
        Ok(Ok(self.list_value(&all)))
    }

    /// An element reduced to its default, where it has one.
    fn default_element(&mut self, v: VertexId) -> R<VertexId> {
        self.finalize_inner(v)?;
        let whole = self.unwrap(Val::new(Value::Vertex(v)));
        if !matches!(whole.v, Value::Disjunction(_)) {
            return Ok(v);
        }
        let default = self.default_or_self(whole);
        Ok(match default.v {
            Value::Disjunction(_) => v,
            Value::Vertex(w) => w,
            _ => {
                let mut x = Vertex::new(None, Label::NONE, ArcType::Member);
                x.base = Base::Value(default);
                x.status = Status::Finalized;
                x.is_data = true;
                self.add_vertex(x)
            }
        })
    }

    fn list_part(&mut self, name: &str, args: &[Val]) -> R<Outcome> {
        let items = match self.items(args[0])? {
            Ok(l) => l,
            Err(e) => return Ok(Err(e)),
        };
        let n = self.int_of(args[1]);
        if n < 0 {
            return Ok(Err(self.failure("negative index")));
        }
        let at = usize::try_from(n).unwrap_or(usize::MAX).min(items.len());
        let part = match name {
            "Take" => &items[..at],
            "Drop" => &items[at..],
            _ => {
                let end = self.int_of(args[2]);
                if end < 0 {
                    return Ok(Err(self.failure("negative index")));
                }
                if n > end {
                    let e = self.error_at(
                        Code::Eval,
                        None,
                        "invalid index: {} > {}",
                        [Arg::Int(n), Arg::Int(end)],
                    );
                    return Ok(Err(e));
                }
                if end > items.len() as i64 {
                    return Ok(Err(self.failure("slice bounds out of range")));
                }
                &items[n as usize..end as usize]
            }
        };
        Ok(Ok(self.list_value(part)))
    }

    fn list_repeat(&mut self, args: &[Val]) -> R<Outcome> {
        let items = match self.items(args[0])? {
            Ok(l) => l,
            Err(e) => return Ok(Err(e)),
        };
        let n = self.int_of(args[1]);
        if n < 0 {
            return Ok(Err(self.failure("negative count")));
        }
        if n > MAX_REPEAT {
            let e = self.error_at(
                Code::Eval,
                None,
                "count {} exceeds limit of {}",
                [Arg::Int(n), Arg::Int(MAX_REPEAT)],
            );
            return Ok(Err(e));
        }
        if items.len().saturating_mul(n as usize) > MAX_ITEMS {
            return Ok(Err(self.failure("list is too long")));
        }
        let all = items.repeat(n as usize);
        Ok(Ok(self.list_value(&all)))
    }

    fn list_contains(&mut self, list: Val, v: Val) -> R<Outcome> {
        let items = match self.items(list)? {
            Ok(l) => l,
            Err(e) => return Ok(Err(e)),
        };
        let wanted = match self.data_of(v)? {
            Ok(d) => d,
            Err(e) => return Ok(Err(e)),
        };
        let wanted = self.value_from(&wanted, v.src);
        for i in items {
            if self.equal(Val::new(Value::Vertex(i)), wanted, Flags::NONE)? {
                return Ok(Self::bool_value(true));
            }
        }
        Ok(Self::bool_value(false))
    }

    fn unsatisfied(&mut self, code: Code, text: String) -> Outcome {
        if code == Code::Incomplete && self.validating {
            return Err(self.error_at(code, None, "{}", [Arg::String(Arc::from(text))]));
        }
        let v = self.not_satisfied(text);
        v.bottom().map_or(Ok(v), Err)
    }

    fn list_bounds(&mut self, min: bool, args: &[Val]) -> R<Outcome> {
        let limit = self.int_of(args[1]);
        let Value::Vertex(list) = self.unwrap(args[0]).v else { return Ok(Self::bool_value(false)) };
        let list = self.deref(list);
        let count = self.list_len(list) as i64;
        if min && count < limit {
            let open = matches!(self.v(list).base, Base::List { open: true });
            let code = if open { Code::Incomplete } else { Code::Eval };
            return Ok(self.unsatisfied(code, format!("len(list) < MinItems({limit}) ({count} < {limit})")));
        }
        if !min && count > limit {
            let text = format!("len(list) > MaxItems({limit}) ({count} > {limit})");
            return Ok(self.unsatisfied(Code::Eval, text));
        }
        Ok(Self::bool_value(true))
    }

    fn struct_bounds(&mut self, min: bool, args: &[Val]) -> R<Outcome> {
        let limit = self.int_of(args[1]);
        let Value::Vertex(s) = self.unwrap(args[0]).v else { return Ok(Self::bool_value(false)) };
        self.finalize_inner(s)?;
        let s = self.deref(s);
        let (mut count, mut constraints) = (0i64, false);
        for a in &self.v(s).arcs {
            let arc = self.v(*a);
            if !arc.label.is_regular() {
                continue;
            }
            match arc.arc_type {
                ArcType::Member => count += 1,
                ArcType::Optional | ArcType::Required => constraints = true,
                _ => {}
            }
        }
        if min && count < limit {
            let fillable = self.is_open_struct(s) || constraints || !self.v(s).patterns.is_empty();
            let code = if fillable { Code::Incomplete } else { Code::Eval };
            let text = format!("len(fields) < MinFields({limit}) ({count} < {limit})");
            return Ok(self.unsatisfied(code, text));
        }
        if !min && count > limit {
            let text = format!("len(fields) > MaxFields({limit}) ({count} > {limit})");
            return Ok(self.unsatisfied(Code::Eval, text));
        }
        Ok(Self::bool_value(true))
    }

    fn list_unique(&mut self, list: Val) -> R<Outcome> {
        let items = match self.items(list)? {
            Ok(l) => l,
            Err(e) => return Ok(Err(e)),
        };
        let mut found = None;
        'search: for i in 0..items.len() {
            for j in i + 1..items.len() {
                self.step()?;
                let (a, b) = (Val::new(Value::Vertex(items[i])), Val::new(Value::Vertex(items[j])));
                if self.equal(a, b, Flags::REGULAR)? {
                    let stays = self.is_final(b, false)?;
                    found = Some((i, j, stays));
                    if stays {
                        break 'search;
                    }
                }
            }
        }
        let Some((i, j, stays)) = found else { return Ok(Self::bool_value(true)) };
        let value = self.default_or_self(Val::new(Value::Vertex(items[i])));
        let shown = self.unwrap(value);
        let text = if self.is_concrete(shown.v) && !matches!(shown.v, Value::Vertex(_) | Value::Bottom(_)) {
            format!("equal value ({}) at position {i} and {j}", self.show(shown))
        } else {
            format!("equal values at position {i} and {j}")
        };
        Ok(self.unsatisfied(if stays { Code::Eval } else { Code::Incomplete }, text))
    }

    /// Whether nothing can make a value more specific: a scalar, or a closed struct of such fields.
    fn is_final(&mut self, v: Val, closed: bool) -> R<bool> {
        self.nested(|s| {
            let Value::Vertex(x) = v.v else {
                return Ok(match v.v {
                    Value::Bottom(e) => !s.err(e).code.is_incomplete(),
                    other => s.is_concrete(other),
                });
            };
            let closed = closed || s.v(x).closed_shallow || s.v(x).closed_recursive || s.is_closed_struct(x);
            let x = s.deref(x);
            if let Base::Value(inner) = s.v(x).base {
                return s.is_final(inner, closed);
            }
            if !closed && !s.is_closed_struct(x) {
                return Ok(false);
            }
            for a in s.v(x).arcs.clone() {
                let arc = s.v(a);
                if !arc.label.is_regular() {
                    continue;
                }
                if arc.arc_type > ArcType::Member && s.bottom(a).is_none() {
                    return Ok(false);
                }
                if !s.is_final(Val::new(Value::Vertex(a)), false)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    fn list_match(&mut self, args: &[Val]) -> R<Outcome> {
        let items = match self.items(args[0])? {
            Ok(l) => l,
            Err(e) => return Ok(Err(e)),
        };
        let (mut count, mut possible) = (0, 0);
        for i in items {
            let c = Conjunct { env: EnvId::NONE, term: Term::Val(args[2]), ci: self.ci };
            let v = self.unify_values(Val::new(Value::Vertex(i)), c)?;
            match self.valid(v)? {
                None => count += 1,
                Some(e) => possible += i64::from(self.err(e).code.is_incomplete()),
            }
        }
        let Some(e) = self.check_count(args[1], count, count + possible)? else {
            return Ok(Self::bool_value(true));
        };
        if !self.validating {
            return Ok(Self::bool_value(false));
        }
        let code = self.err(e).code;
        let want = self.unwrap(args[1]);
        Ok(Err(self.error_at(
            code,
            None,
            "int matches {} list items, want {}",
            [Arg::Int(count), Arg::Val(want)],
        )))
    }
}
