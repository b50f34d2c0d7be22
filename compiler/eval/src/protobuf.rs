//! What decoders of Protocol Buffers' text forms ask of a finished schema: its fields, what they carry in
//! `@protobuf(…)`, and what names and numbers of enums mean.

use vela_ir::{ArcType, Decl, Expr, ExprId};
use vela_number::Number;

use crate::eval::{Eval, R};
use crate::node::Need;
use crate::value::{Src, Val, Value};
use crate::vertex::{Base, EnvId, Term, VertexId};

/// How many references an enum's definition may be away.
const MAX_REFERENCES: u32 = 20;

impl Eval<'_> {
    /// The regular fields of a struct, optional ones too, in order.
    pub fn schema_fields(&mut self, v: VertexId) -> Vec<(String, VertexId)> {
        let v = self.deref(v);
        let arcs = crate::order::ordered_arcs(self, v);
        let wanted = arcs.into_iter().filter(|a| {
            let arc = self.v(*a);
            arc.label.is_regular() && arc.arc_type <= ArcType::Optional
        });
        wanted.map(|a| (self.labels.name(self.v(a).label).into_owned(), a)).collect()
    }

    /// The field `name` of a struct, finished: one that is there, or what a pattern says of it.
    pub fn schema_field(&mut self, v: VertexId, name: &str) -> Option<VertexId> {
        let label = self.labels.string(name);
        let v = self.deref(v);
        if let Some(a) = self.find_arc(v, label)
            && self.v(a).arc_type <= ArcType::Required
        {
            self.finalize(a).ok()?;
            return Some(a);
        }
        self.schema_pattern(v)
    }

    /// What all further fields of a struct, or all further elements of a list, are.
    pub fn schema_pattern(&mut self, v: VertexId) -> Option<VertexId> {
        let v = self.deref(v);
        let constraint = self.v(v).patterns.first()?.constraint;
        self.finalize(constraint).ok()?;
        Some(constraint)
    }

    /// The element of a list, or what further elements are.
    pub fn schema_element(&mut self, v: VertexId, index: usize) -> Option<VertexId> {
        let list = self.deref(v);
        let element = self.v(list).arcs.iter().copied().filter(|a| self.v(*a).label.is_int()).nth(index);
        match element {
            Some(a) => {
                self.finalize(a).ok()?;
                Some(a)
            }
            None => self.schema_pattern(list),
        }
    }

    /// The body of a field's attribute.
    pub fn field_attribute(&self, v: VertexId, name: &str) -> Option<&str> {
        self.v(v).conjuncts.iter().find_map(|c| {
            let Term::Decl(d) = c.term else { return None };
            if !matches!(self.ir.decls[d.index()], Decl::Field { .. } | Decl::Dynamic { .. }) {
                return None;
            }
            let all = &self.ir.attributes[self.ir.decl_metas[d.index()].attributes.range()];
            all.iter().find(|(n, _)| **n == *name).map(|(_, body)| &**body)
        })
    }

    /// The concrete value of a finished vertex as data: its default where there is one.
    pub fn schema_data(&mut self, v: VertexId) -> Option<vela_yaml::Data> {
        self.data_of(Val::new(Value::Vertex(v))).ok()?.ok()
    }

    /// The number that a name of an enum stands for: of the definitions `#NAME` that the field's alternatives are.
    pub fn enum_number(&mut self, v: VertexId, name: &str) -> Option<Number> {
        let all = self.enum_members(v).ok()?;
        all.into_iter().find(|(n, _)| n == name).map(|(_, number)| number)
    }

    /// The name of the definition among a field's alternatives that has a number.
    pub fn enum_name(&mut self, v: VertexId, number: &Number) -> Option<String> {
        let all = self.enum_members(v).ok()?;
        all.into_iter().find(|(_, n)| n.eq_value(number)).map(|(name, _)| name)
    }

    /// The string among a field's alternatives whose `#enumValue` is the number.
    pub fn enum_text(&mut self, v: VertexId, number: &Number) -> Option<String> {
        let v = self.deref(v);
        let alternatives = match self.v(v).base {
            Base::Value(Val { v: Value::Disjunction(d), .. }) => {
                self.values.disjunctions[d as usize].values.clone()
            }
            _ => vec![Val::new(Value::Vertex(v))],
        };
        for alternative in alternatives {
            let Value::Vertex(x) = alternative.v else { continue };
            let x = self.deref(x);
            let (Some(own), Base::Value(Val { v: Value::Str(s), .. })) =
                (self.member(x, "#enumValue"), self.v(x).base)
            else {
                continue;
            };
            if let Base::Value(Val { v: Value::Num(n), .. }) = self.v(self.deref(own)).base
                && self.number(n).eq_value(number)
            {
                return Some(self.string(s).to_string());
            }
        }
        None
    }

    /// The definitions of numbers that a field's alternatives refer to.
    fn enum_members(&mut self, v: VertexId) -> R<Vec<(String, Number)>> {
        let mut out = Vec::new();
        let mut seen = vec![v];
        let mut work: Vec<(EnvId, ExprId, u32)> =
            self.parts(v).into_iter().map(|(env, x, _)| (env, x, 0)).collect();
        while let Some((env, x, depth)) = work.pop() {
            match self.ir.expr(x) {
                Expr::Disjunction(list) => {
                    let ir = self.ir;
                    work.extend(ir.disjuncts[list.range()].iter().map(|d| (env, d.expr, depth)));
                }
                Expr::And(a, b) => work.extend([(env, b, depth), (env, a, depth)]),
                Expr::FieldRef(..) | Expr::Select(..) if depth < MAX_REFERENCES => {
                    let saved = self.push_state(env, Src::expr(x));
                    let target = self.resolve(x, Need::SCALAR);
                    self.pop_state(saved);
                    self.take_errs();
                    let Some(target) = target? else { continue };
                    if seen.contains(&target) {
                        continue;
                    }
                    seen.push(target);
                    self.finalize_inner(target)?;
                    let label = self.v(target).label;
                    if let (true, Base::Value(Val { v: Value::Num(n), .. })) =
                        (label.is_definition(), self.v(self.deref(target)).base)
                    {
                        let name = self.labels.name(label).trim_start_matches('#').to_owned();
                        out.push((name, self.number(n).clone()));
                        continue;
                    }
                    work.extend(self.parts(target).into_iter().map(|(env, x, _)| (env, x, depth + 1)));
                }
                _ => {}
            }
        }
        Ok(out)
    }
}
