//! What callers outside this crate do with an evaluation.

use std::sync::Arc;

use vela_ir::{ArcType, ExprId, Label};

use crate::data::Data;
use crate::eval::{Budget, DataPlace, Eval, Stop};
use crate::value::{Src, Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, EnvId, Status, Term, Vertex, VertexId};

impl Eval<'_> {
    /// Whether alternatives were left out because only defaults are wanted: what is printed of other alternatives, in
    /// values or errors, may then miss some.
    pub const fn narrowed(&self) -> bool {
        self.narrowed
    }

    /// Evaluates a vertex and everything below it. Errors become values; the result says whether a budget ran out.
    pub fn finalize(&mut self, v: VertexId) -> Result<(), Budget> {
        match self.finalize_inner(v) {
            Ok(()) | Err(Stop::Blocked) => Ok(()),
            Err(Stop::Exhausted(b)) => Err(b),
        }
    }

    /// Evaluates what a vertex is and what fields it has, and nothing of theirs, as references do; errors become values.
    pub fn look_into(&mut self, v: VertexId) -> Result<(), Budget> {
        let saved = self.errs.take();
        let evaluated = self.complete_arcs_only(v);
        self.errs = saved;
        match evaluated {
            Ok(()) | Err(Stop::Blocked) => Ok(()),
            Err(Stop::Exhausted(budget)) => Err(budget),
        }
    }

    /// The field of this name, with its mark of a definition or hidden field, or the element of this number.
    pub fn field(&self, v: VertexId, name: &str) -> Option<VertexId> {
        let arcs = &self.v(self.deref(v)).arcs;
        arcs.iter().copied().find(|a| {
            let label = self.v(*a).label;
            !label.is_let() && self.labels.name(label) == name
        })
    }

    /// Whether a finished struct has no error in it, nor in any regular field at any depth: errors of members are noted
    /// with all that holds them.
    pub fn is_faultless(&self, v: VertexId) -> bool {
        let x = self.v(v);
        x.status == Status::Finalized && x.child_errors.is_none() && x.base == Base::Struct
    }

    /// Evaluates what is about to be looked at, where nothing asked for its value before: elements of a list that a
    /// comprehension over the list itself made can be left so. A budget that runs out leaves it as it is.
    pub fn look_at(&mut self, v: VertexId) {
        if self.v(v).base == Base::None {
            let _ = self.finalize(v);
        }
    }

    /// Adds data as one more conjunct of the field `name` of a vertex that is not evaluated yet.
    pub fn add_data(&mut self, parent: VertexId, name: &str, data: &Data) {
        let label = self.labels.string(name);
        let value = self.value_from(data, Src::NONE);
        self.add_value(parent, label, value);
    }

    /// The same, with a place for every scalar of the data: errors then name [`crate::report::Origin::Data`] 0 with the
    /// number of the value as its first byte. Gives the path of each number. For telling errors; slower.
    pub fn add_placed_data(&mut self, parent: VertexId, name: &str, data: &Data) -> Vec<Vec<Arc<str>>> {
        let mut paths = vec![Vec::new()];
        self.data_places.push(DataPlace { file: 0, start: 0, end: 0 });
        let first = self.data_places.len() as u32 - 1;
        let mut value = self.value_from(data, Src::NONE);
        value.src = Src::data(first);
        let mut work = Vec::new();
        if let Value::Vertex(root) = value.v {
            work.push((root, data, Vec::new()));
        }
        while let Some((v, data, path)) = work.pop() {
            let members: Vec<(Label, Arc<str>, &Data)> = match data {
                Data::Map(fields) => {
                    fields.iter().map(|(k, d)| (self.labels.string(k), k.clone(), d)).collect()
                }
                Data::List(items) => {
                    let labelled = |(i, d)| Some((u32::try_from(i).ok().and_then(Label::int)?, i, d));
                    let all = items.iter().enumerate().filter_map(labelled);
                    all.map(|(l, i, d)| (l, i.to_string().into(), d)).collect()
                }
                _ => Vec::new(),
            };
            for (label, step, data) in members {
                let Some(arc) = self.find_arc(v, label) else { continue };
                let path: Vec<Arc<str>> = path.iter().cloned().chain([step]).collect();
                if let Base::Value(value) = self.v(arc).base {
                    let at = paths.len() as u32;
                    self.data_places.push(DataPlace { file: 0, start: at, end: at });
                    let src = Src::data(self.data_places.len() as u32 - 1);
                    self.vm(arc).base = Base::Value(Val { src, ..value });
                    paths.push(path);
                } else {
                    work.push((arc, data, path));
                }
            }
        }
        let label = self.labels.string(name);
        self.add_value(parent, label, value);
        paths
    }

    /// Adds a value as one more conjunct of a field of a vertex that is not evaluated yet.
    pub fn add_value(&mut self, parent: VertexId, label: Label, value: Val) {
        // A struct with the one field stands beside the vertex's own literals.
        let mut host = crate::vertex::Vertex::new(None, Label::NONE, ArcType::Member);
        host.is_data = true;
        host.base = crate::vertex::Base::Struct;
        host.status = crate::vertex::Status::Finalized;
        let host = self.add_vertex(host);
        let arc = match value.v {
            Value::Vertex(v) => {
                self.vm(v).parent = Some(host);
                self.vm(v).label = label;
                v
            }
            _ => {
                let mut a = crate::vertex::Vertex::new(Some(host), label, ArcType::Member);
                a.base = crate::vertex::Base::Value(value);
                a.status = crate::vertex::Status::Finalized;
                a.is_data = true;
                self.add_vertex(a)
            }
        };
        self.push_arc(host, arc);
        let term = Term::Val(Val::at(Value::Vertex(host), value.src));
        let c = Conjunct { env: EnvId::NONE, term, ci: crate::vertex::CloseInfo::default() };
        self.vm(parent).conjuncts.push(c);
        // It comes first, so that what refers to it finds it finished.
        if self.find_arc(parent, label).is_none() {
            let field = self.add_vertex(Vertex::new(Some(parent), label, ArcType::Member));
            self.push_arc(parent, field);
        }
    }

    /// A vertex for an expression that was lowered in the scope of a package ([`vela_ir::Ir::add_expr`]), not
    /// evaluated.
    pub fn expression(&mut self, package: VertexId, x: ExprId) -> VertexId {
        let env = self.add_env(EnvId::NONE, package);
        let mut v = Vertex::new(None, Label::NONE, ArcType::Member);
        v.conjuncts.push(Conjunct { env, term: Term::Expr(x), ci: CloseInfo::default() });
        self.add_vertex(v)
    }

    /// What such an expression refers to, where it is nothing but the name of a field of the evaluated package and
    /// names of fields within, all of which are there.
    pub fn selected(&self, package: VertexId, x: ExprId) -> Option<VertexId> {
        let (v, label) = match self.ir.expr(x) {
            vela_ir::Expr::FieldRef(0, label) => (package, label),
            vela_ir::Expr::Select(inner, label) => (self.selected(package, inner)?, label),
            _ => return None,
        };
        let a = self.find_arc(self.deref(v), label)?;
        (self.v(a).arc_type == ArcType::Member && self.v(a).status == Status::Finalized).then_some(a)
    }

    /// A vertex for a document, an expression that refers to nothing, unified with such an expression: with what it names
    /// where it only names something ([`Eval::selected`]). Not evaluated.
    pub fn document_against(&mut self, package: VertexId, document: ExprId, schema: ExprId) -> VertexId {
        let v = self.expression(package, document);
        let env = self.v(v).conjuncts[0].env;
        let term = match self.selected(package, schema) {
            Some(named) => Term::Val(Val::new(Value::Vertex(named))),
            None => Term::Expr(schema),
        };
        self.vm(v).conjuncts.push(Conjunct { env, term, ci: CloseInfo::default() });
        v
    }

    /// The member `name` of a finished struct: a regular field, or a definition for `#name`.
    pub fn member(&self, v: VertexId, name: &str) -> Option<VertexId> {
        let v = self.deref(v);
        self.v(v).arcs.iter().copied().find(|a| {
            let arc = self.v(*a);
            arc.arc_type == ArcType::Member && !arc.label.is_let() && self.labels.name(arc.label) == name
        })
    }
}
