//! What builtin functions ask of their arguments once the kinds fit: that what they read is known
//! (`library.md` 0.3, 0.4). Used by `call.rs`.

use std::sync::Arc;

use vela_ir::Kinds;

use crate::builtin::{CallError, Function, Reads};
use crate::error::{Arg, Code, ErrId, Pos};
use crate::eval::{Eval, R, push_pos};
use crate::value::{Val, Value};
use crate::vertex::{Base, VertexId};

/// What is said of a value that is not known.
pub(crate) const NOT_CONCRETE: &str = "non-concrete value {}";

impl Eval<'_> {
    /// The first argument that isn't known as far as the function reads it; of several, the last is told.
    pub(crate) fn check_arguments(&mut self, f: &Function, args: &[Val]) -> R<Option<ErrId>> {
        let mut found = None;
        for (i, (a, p)) in args.iter().zip(f.params).enumerate() {
            let e = match p.reads {
                Reads::Schema => None,
                Reads::Value if p.kinds == Kinds::STRUCT => {
                    self.missing_composite(*a, Kinds::STRUCT, "non-concrete struct for argument {}", i)?
                }
                Reads::Value => self.missing_value(*a)?,
                Reads::Any(_) => self.missing_any(*a, i)?,
                Reads::Length => self.missing_list(*a, i)?,
                Reads::Numbers => self.missing_elements(*a, i, Kinds::NUMBER, "number")?,
                Reads::Texts => self.missing_elements(*a, i, Kinds::STRING, "string")?,
            };
            found = e.or(found);
        }
        Ok(found)
    }

    /// An argument's value with its default taken.
    fn settled(&mut self, v: Val) -> R<Val> {
        if let Value::Vertex(x) = v.v {
            self.finalize_argument(x)?;
        }
        let d = self.default_or_self(v);
        Ok(self.unwrap(d))
    }

    fn missing_value(&mut self, v: Val) -> R<Option<ErrId>> {
        let v = self.settled(v)?;
        if let Value::Bottom(e) = v.v {
            return Ok(Some(e));
        }
        if !self.is_open_value(v.v) {
            return Ok(None);
        }
        let kinds = self.kinds(v.v);
        let e = self.error(Code::Incomplete, NOT_CONCRETE, [Arg::Kinds(kinds)]);
        self.name_place(e, v);
        Ok(Some(e))
    }

    fn missing_any(&mut self, v: Val, i: usize) -> R<Option<ErrId>> {
        let v = self.settled(v)?;
        if let Value::Bottom(e) = v.v {
            return Ok(Some(e));
        }
        if !self.is_open_value(v.v) {
            return Ok(None);
        }
        Ok(Some(self.error(Code::Incomplete, "non-concrete argument {}", [Arg::Int(i as i64)])))
    }

    fn missing_list(&mut self, v: Val, i: usize) -> R<Option<ErrId>> {
        self.missing_composite(v, Kinds::LIST, "non-concrete list for argument {}", i)
    }

    fn missing_composite(
        &mut self,
        v: Val,
        kind: Kinds,
        missing: &'static str,
        i: usize,
    ) -> R<Option<ErrId>> {
        let v = if kind == Kinds::LIST { self.settled(v)? } else { self.default_or_self(v) };
        let v = self.unwrap(v);
        Ok(match v.v {
            Value::Bottom(e) => Some(e),
            Value::Vertex(_) if self.kinds(v.v) == kind => None,
            _ => Some(self.error(Code::Incomplete, missing, [Arg::Int(i as i64)])),
        })
    }

    /// A list whose elements must be of a kind; they are looked at in order.
    fn missing_elements(&mut self, v: Val, i: usize, kind: Kinds, name: &'static str) -> R<Option<ErrId>> {
        if let Some(e) = self.missing_list(v, i)? {
            return Ok(Some(e));
        }
        let list = self.settled(v)?;
        for (j, element) in self.elements(list)?.into_iter().enumerate() {
            let element = Val::new(Value::Vertex(element));
            let value = self.settled(element)?;
            let kinds = self.kinds(value.v);
            if let Value::Bottom(e) = value.v {
                return Ok(Some(e));
            }
            let (i, j) = (Arg::Int(i as i64), Arg::Int(j as i64));
            if !kinds.meets(kind) {
                return Ok(Some(self.error(
                    Code::Eval,
                    "invalid list element {} in argument {} to call: cannot use value {} ({}) as {}",
                    [j, i, Arg::Val(element), Arg::Kinds(kinds), Arg::Text(name)],
                )));
            }
            if self.is_open_value(value.v) {
                return Ok(Some(self.error(
                    Code::Incomplete,
                    "non-concrete value {} for element {} of {} list argument {}",
                    [Arg::Val(element), j, Arg::Text(name), i],
                )));
            }
        }
        Ok(None)
    }

    /// Adds the place of a scalar to an error just made.
    pub(crate) fn name_place(&mut self, e: ErrId, v: Val) {
        if v.src.is_none() || matches!(v.v, Value::Top | Value::Vertex(_) | Value::Disjunction(_)) {
            return;
        }
        let mut fault = (*self.err(e).faults[0]).clone();
        push_pos(&mut fault.more, Pos::Src(v.src));
        self.values.errors[e as usize].faults[0] = Arc::new(fault);
    }

    /// Arguments of parameters with a schema, reduced to what the schema leaves of them.
    pub(crate) fn with_schemas(&mut self, f: &Function, mut args: Vec<Val>) -> Vec<Val> {
        for (a, p) in args.iter_mut().zip(f.params) {
            let kinds = self.kinds(a.v);
            if p.schema.is_some() && self.is_open_value(a.v) {
                *a = Val::new(Value::Kind(kinds & p.kinds));
            }
        }
        args
    }

    /// The error of a failed call.
    pub(crate) fn call_failure(&mut self, e: CallError, args: &[Val]) -> ErrId {
        let (code, text, place) = match e {
            CallError::Fatal(t) => (Code::Eval, t, None),
            CallError::At { text, argument, element } => (Code::Eval, text, Some((argument, element))),
            CallError::Incomplete(t) => (Code::Incomplete, t, None),
        };
        let e = self.error_at(code, None, "{}", [Arg::String(Arc::from(text))]);
        if let Some((argument, element)) = place
            && let Some(v) = args.get(argument)
        {
            let v = self.element_at(*v, &element);
            self.name_place(e, v);
        }
        e
    }

    /// The element that indices lead to, or the last list on the way.
    fn element_at(&mut self, v: Val, indices: &[usize]) -> Val {
        let mut v = self.default_or_self(v);
        for i in indices {
            let Some(a) = self.list_element(v, *i) else { break };
            v = self.default_or_self(Val::new(Value::Vertex(a)));
        }
        self.unwrap(v)
    }

    fn list_element(&self, v: Val, i: usize) -> Option<VertexId> {
        let Value::Vertex(x) = self.unwrap(v).v else { return None };
        let x = self.deref(x);
        if !matches!(self.v(x).base, Base::List { .. }) {
            return None;
        }
        self.v(x).arcs.iter().copied().filter(|a| self.v(*a).label.is_int()).nth(i)
    }
}
