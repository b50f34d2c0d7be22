//! Finished evaluations to trees and faults: defaults stay open, comments stay at their fields.

use std::sync::Arc;

use vela_diagnostics::catalogue::definitions::DEFINITION;
use vela_diagnostics::{Diagnostic, SourceId, Span};
use vela_eval::diagnose;
use vela_eval::export::export;
use vela_eval::order::ordered_arcs;
use vela_eval::print;
use vela_eval::report::{DataFile, ErrorReport, Origin, Place, reports_by_offset};
use vela_eval::validate::{Config, validate};
use vela_eval::vertex::{Base, Term};
use vela_eval::{Eval, Val, Value as EvalValue, VertexId};
use vela_ir::ArcType;

use crate::data::{self, Value};
use crate::engine::{Fault, Told};
use crate::evaluator::compile::Program;
use crate::tree::{Field, FieldKind, List, Node, Open, Path, Presence, Scalar, Struct};

/// Deepest tree read.
const MAX_DEPTH: usize = 400;

/// Reads one evaluation.
pub struct Reader<'e, 'p> {
    /// The evaluation.
    pub eval: &'e mut Eval<'p>,
    /// Its program.
    pub program: &'p Program,
}

/// A definition that needs too much to be read.
pub fn too_much(source: SourceId) -> Diagnostic {
    Diagnostic::error(DEFINITION, "evaluating the definition needs too much").at(source, Span::default())
}

impl Reader<'_, '_> {
    /// Errors that more information would not repair.
    pub fn errors(&mut self, root: VertexId) -> Vec<Fault> {
        if self.eval.is_faultless(root) {
            debug_assert!(validate(self.eval, root, &Config::AS_IS).is_none());
            return Vec::new();
        }
        let Some(id) = validate(self.eval, root, &Config::AS_IS) else { return Vec::new() };
        let reports = reports_by_offset(self.eval, id, Some(root));
        let mut faults: Vec<Fault> = Vec::new();
        for report in &reports {
            let fault = self.fault(report);
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        faults
    }

    /// The same for people; `given` are the paths of the places of the properties.
    pub fn told(&mut self, root: VertexId, given: &[Path]) -> Vec<Told> {
        let Some(id) = validate(self.eval, root, &Config::AS_IS) else { return Vec::new() };
        let data = [DataFile { name: String::new(), text: "".into() }];
        let all = diagnose::diagnoses(self.eval, id, Some(root), &data);
        let mut out: Vec<Told> = all
            .into_iter()
            .map(|d| {
                let path = match d.vertex {
                    Some(vertex) => self.path(vertex),
                    None => d.path.split('.').filter(|s| !s.is_empty()).map(Into::into).collect(),
                };
                let from = d.places.iter().filter(|p| matches!(p.origin, Origin::Data(_)));
                let from = from.filter_map(|p| given.get(p.start as usize).cloned());
                Told {
                    code: d.code,
                    path,
                    message: d.message,
                    wanted: d.wanted,
                    given: from.collect(),
                    places: self.shown(&d.places),
                    notes: d.notes,
                    help: d.help,
                }
            })
            .collect();
        // A rule that is met on several ways is told once, and so is a value that further fields take over.
        for at in (1..out.len()).rev() {
            let one = &out[at];
            let twice = |t: &Told| {
                let same = t.wanted == one.wanted && t.message == one.message;
                same && (t.path == one.path || (t.given == one.given && !t.given.is_empty()))
            };
            if out[..at].iter().any(twice) {
                out.remove(at);
            }
        }
        out
    }

    fn fault(&self, report: &ErrorReport) -> Fault {
        let path = match report.fault.vertex {
            Some(vertex) => self.path(vertex),
            None => report.path.split('.').filter(|s| !s.is_empty()).map(Into::into).collect(),
        };
        Fault { path, message: report.message.clone(), places: self.places(report) }
    }

    fn places(&self, report: &ErrorReport) -> Vec<(SourceId, Span)> {
        self.shown(&report.places)
    }

    fn shown(&self, places: &[Place]) -> Vec<(SourceId, Span)> {
        let shown = places.iter().filter_map(|place| {
            let Origin::Program(file) = place.origin else { return None };
            let source = super::shown_source(&self.program.sources, file.index())?;
            if self.program.ends.iter().any(|(s, end)| *s == source && place.start > *end) {
                return None;
            }
            Some((source, Span::new(place.start, place.end.max(place.start))))
        });
        shown.collect()
    }

    fn path(&self, mut vertex: VertexId) -> Path {
        let mut path = Path::new();
        while let Some(parent) = self.eval.v(vertex).parent {
            path.push(Arc::from(&*self.eval.labels.name(self.eval.v(vertex).label)));
            if path.len() > MAX_DEPTH {
                break;
            }
            vertex = parent;
        }
        path.reverse();
        path
    }

    /// Whether there is a field of this name.
    pub fn has(&self, root: VertexId, name: &str) -> bool {
        self.eval.member(root, name).is_some()
    }

    /// A field as a tree.
    pub fn member(&mut self, root: VertexId, name: &str) -> Option<Node> {
        let vertex = self.eval.member(root, name)?;
        Some(self.node(vertex, 0))
    }

    /// A field as a tree, and the comments of the field itself.
    pub fn documented(&mut self, root: VertexId, name: &str) -> Option<(Vec<Arc<str>>, Node)> {
        let vertex = self.eval.member(root, name)?;
        Some((self.docs(vertex), self.node(vertex, 0)))
    }

    /// The regular fields of a field.
    pub fn members(&mut self, root: VertexId, name: &str) -> Vec<(Arc<str>, Node)> {
        match self.member(root, name) {
            Some(Node::Struct(s)) => {
                let present = |f: &Field| f.kind == FieldKind::Regular && f.presence == Presence::Member;
                s.fields.into_iter().filter(present).map(|f| (f.name, f.value)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// All fields that are there, hidden ones too.
    pub fn everything(&mut self, root: VertexId) -> Vec<(Arc<str>, FieldKind, Node)> {
        let Node::Struct(s) = self.node(root, 0) else { return Vec::new() };
        let present = |f: &Field| f.presence == Presence::Member;
        s.fields.into_iter().filter(present).map(|f| (f.name, f.kind, f.value)).collect()
    }

    /// All regular fields that are there.
    pub fn all(&mut self, root: VertexId) -> Vec<(Arc<str>, Node)> {
        let Node::Struct(s) = self.node(root, 0) else { return Vec::new() };
        let present = |f: &Field| f.kind == FieldKind::Regular && f.presence == Presence::Member;
        s.fields.into_iter().filter(present).map(|f| (f.name, f.value)).collect()
    }

    /// The texts of a list of texts; none where the field is something else.
    pub fn texts(&mut self, root: VertexId, name: &str) -> Vec<Arc<str>> {
        let Some(Ok(Value::List(ref items))) = self.member(root, name).map(|n| n.to_value()) else {
            return Vec::new();
        };
        let texts: Option<Vec<Arc<str>>> =
            items.iter().map(|i| if let Value::Str(s) = i { Some(s.clone()) } else { None }).collect();
        texts.unwrap_or_default()
    }

    /// All regular fields as data.
    pub fn data(&mut self, root: VertexId, source: SourceId) -> Result<Value, Vec<Diagnostic>> {
        let mut out = data::empty();
        for arc in ordered_arcs(self.eval, root) {
            let vertex = self.eval.v(arc);
            if !vertex.label.is_string() || vertex.arc_type != ArcType::Member {
                continue;
            }
            let name = self.eval.labels.name(vertex.label).into_owned();
            let value = export(self.eval, arc, &[]).map_err(|reports| {
                let told = |report: &ErrorReport| {
                    let path = if report.path.is_empty() { name.clone() } else { report.path.clone() };
                    let message = format!("{path}: {}", report.message);
                    let diagnostic = Diagnostic::error(DEFINITION, message);
                    match self.places(report).first() {
                        Some((source, span)) => diagnostic.at(*source, *span),
                        None => diagnostic.at(source, Span::default()),
                    }
                };
                reports.iter().map(told).collect::<Vec<_>>()
            })?;
            out.set(&name, value);
        }
        Ok(out)
    }

    fn docs(&self, arc: VertexId) -> Vec<Arc<str>> {
        let mut all: Vec<Arc<str>> = Vec::new();
        for conjunct in &self.eval.v(arc).conjuncts {
            let Term::Decl(decl) = conjunct.term else { continue };
            for doc in self.program.docs(decl) {
                if !all.contains(doc) {
                    all.push(doc.clone());
                }
            }
        }
        all
    }

    fn node(&mut self, vertex: VertexId, depth: usize) -> Node {
        let shown = self.eval.deref(vertex);
        if depth > MAX_DEPTH {
            return open("_", "nested too deeply");
        }
        match self.eval.v(shown).base {
            Base::Struct => self.structure(shown, depth),
            Base::List { open } => self.list(shown, open, depth),
            Base::Value(value) => self.value(value, shown, depth),
            Base::None | Base::Cycle => self.unknown(shown, None),
        }
    }

    fn structure(&mut self, vertex: VertexId, depth: usize) -> Node {
        // The order of the objects in `outputs` shows; that of the fields of an object does not, they are sorted where they
        // are written or handed on.
        let arcs =
            if depth == 0 { ordered_arcs(self.eval, vertex) } else { self.eval.v(vertex).arcs.to_vec() };
        let mut fields = Vec::with_capacity(arcs.len());
        for arc in arcs {
            let (label, arc_type) = (self.eval.v(arc).label, self.eval.v(arc).arc_type);
            let presence = match arc_type {
                ArcType::Member => Presence::Member,
                ArcType::Required => Presence::Required,
                ArcType::Optional => Presence::Optional,
                ArcType::Pending | ArcType::NotPresent => continue,
            };
            let kind = if label.is_string() {
                FieldKind::Regular
            } else if label.is_definition() {
                FieldKind::Definition
            } else if label.is_hidden() {
                FieldKind::Hidden
            } else {
                continue;
            };
            self.eval.look_at(arc);
            fields.push(Field {
                name: Arc::from(&*self.eval.labels.name(label)),
                kind,
                presence,
                docs: self.docs(arc),
                value: self.node(arc, depth + 1),
            });
        }
        Node::Struct(Struct { fields })
    }

    fn list(&mut self, vertex: VertexId, open: bool, depth: usize) -> Node {
        let arcs = ordered_arcs(self.eval, vertex);
        let elements: Vec<VertexId> = arcs.into_iter().filter(|a| self.eval.v(*a).label.is_int()).collect();
        let items = elements.into_iter().map(|a| self.node(a, depth + 1)).collect();
        Node::List(List { items, open })
    }

    fn value(&mut self, value: Val, at: VertexId, depth: usize) -> Node {
        match value.v {
            EvalValue::Null => Node::Scalar(Scalar::Null),
            EvalValue::Bool(b) => Node::Scalar(Scalar::Bool(b)),
            EvalValue::Num(n) => Node::Scalar(Scalar::Num(self.eval.number(n).clone())),
            EvalValue::Str(s) => Node::Scalar(Scalar::Str(self.eval.string(s).clone())),
            EvalValue::Bytes(b) => Node::Scalar(Scalar::Bytes(self.eval.values.bytes[b as usize].clone())),
            EvalValue::Vertex(vertex) => self.node(vertex, depth + 1),
            EvalValue::Disjunction(d) => {
                let disjunction = self.eval.values.disjunctions[d as usize].clone();
                let alternatives = disjunction.values.iter().enumerate();
                let alternatives: Vec<(bool, Node)> = alternatives
                    .map(|(i, v)| (i < disjunction.defaults, self.value(*v, at, depth + 1)))
                    .collect();
                Node::Disjunction(alternatives)
            }
            EvalValue::Bottom(e) => {
                if self.eval.err(e).child_error {
                    let is_list = self.eval.v(at).arcs.iter().any(|a| self.eval.v(*a).label.is_int());
                    return if is_list { self.list(at, false, depth) } else { self.structure(at, depth) };
                }
                self.unknown(at, Some(e))
            }
            _ => {
                let text = print::value(self.eval, value, print::Options::default());
                open(&text, "")
            }
        }
    }

    /// What has no value yet, with the reason where there is one.
    fn unknown(&mut self, vertex: VertexId, error: Option<u32>) -> Node {
        let text = print::vertex(self.eval, vertex, print::Options::default());
        let Some(id) = error else { return open(&text, "") };
        let reports = reports_by_offset(self.eval, id, Some(vertex));
        let (message, places) = match reports.first() {
            Some(report) => (report.message.clone(), self.places(report)),
            None => (String::new(), Vec::new()),
        };
        Node::Open(Open { text: text.into(), message: message.into(), places })
    }
}

fn open(text: &str, message: &str) -> Node {
    Node::Open(Open { text: text.into(), message: message.into(), places: Vec::new() })
}
