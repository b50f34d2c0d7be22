//! What one evaluated program is compared by: the tree of nodes, the outcome of validation, the export. The form is
//! that of the conformance suites' README; editors and tests read the same object.

use serde_json::{Map, Value as Json, json};
use vela_ir::{ArcType, Kinds, Label};

use crate::error::ErrId;
use crate::eval::Eval;
use crate::export::{export, scalar};
use crate::json::{Style, to_json};
use crate::order::ordered_as;
use crate::print;
use crate::report::{ErrorReport, reports};
use crate::subsume::includes;
use crate::validate::{Config, Taken, taken_default, validate};
use crate::value::{Val, Value};
use crate::vertex::{Base, Status, Term, VertexId};

/// Constraints inside of constraints that are shown.
const CONSTRAINTS: u32 = 2;

/// Deepest nesting shown; what is below is `cut`.
const DEEPEST: u32 = 120;

/// Most nodes shown; the rest is `cut`.
const MOST: u32 = 300_000;

/// A name that no program uses, to ask whether a struct takes any field.
const UNKNOWN: &str = "UnknownField";

/// The answer for a finished vertex: members `value`, `check` and `export`.
pub fn answer(eval: &mut Eval, root: VertexId) -> Json {
    let class = |eval: &mut Eval, config: &Config| {
        validate(eval, root, config).map_or("", |e| eval.err(e).code.name())
    };
    let as_is = class(eval, &Config::AS_IS);
    let concrete = class(eval, &Config::CONCRETE);
    let export = match export(eval, root, &[]) {
        Ok(data) => json!({"ok": true, "json": to_json(&data, Style::EXPORT)}),
        Err(errors) => json!({"ok": false, "errors": errors_json(&errors)}),
    };
    let mut nodes = Nodes { count: 0, depth: 0, holder: None };
    let value = nodes.vertex(eval, root, 0);
    json!({"value": value, "check": {"final": as_is, "concrete": concrete}, "export": export})
}

/// The node of one finished vertex.
pub fn node(eval: &mut Eval, v: VertexId) -> Json {
    Nodes { count: 0, depth: 0, holder: None }.vertex(eval, v, 0)
}

/// Errors as the protocol shows them.
pub fn errors_json(errors: &[ErrorReport]) -> Json {
    let list = errors.iter().map(|e| {
        let mut entry = Map::new();
        entry.insert("msg".into(), e.message.clone().into());
        if !e.path.is_empty() {
            entry.insert("path".into(), e.path.clone().into());
        }
        let places: Vec<Json> =
            e.places.iter().map(|p| format!("{}:{}:{}", p.file, p.line, p.column).into()).collect();
        if !places.is_empty() {
            entry.insert("pos".into(), places.into());
        }
        Json::Object(entry)
    });
    Json::Array(list.collect())
}

struct Nodes {
    count: u32,
    depth: u32,
    /// The disjunction whose default comes next.
    holder: Option<VertexId>,
}

fn cut() -> Json {
    json!({"k": "cut"})
}

fn of_kind(k: &str) -> Map<String, Json> {
    let mut node = Map::new();
    node.insert("k".into(), k.into());
    node
}

impl Nodes {
    /// The node of a vertex, below `constraints` constraints.
    fn vertex(&mut self, eval: &mut Eval, v: VertexId, constraints: u32) -> Json {
        let shown = eval.deref(v);
        eval.look_at(shown);
        let shown = eval.deref(v);
        self.count += 1;
        if constraints > CONSTRAINTS || self.count > MOST || self.depth >= DEEPEST {
            return cut();
        }
        self.depth += 1;
        if shown != v {
            self.holder = Some(v);
        }
        let node = stacker::maybe_grow(64 << 10, 1 << 20, || self.vertex_here(eval, v, shown, constraints));
        self.holder = None;
        self.depth -= 1;
        Json::Object(node)
    }

    fn vertex_here(
        &mut self,
        eval: &mut Eval,
        v: VertexId,
        shown: VertexId,
        constraints: u32,
    ) -> Map<String, Json> {
        match eval.v(shown).base {
            Base::Struct => {
                let mut node = of_kind("struct");
                self.members(eval, &mut node, shown, constraints, true);
                if rejects_unknown(eval, shown) {
                    node.insert("closed".into(), true.into());
                }
                node
            }
            Base::List { open } => {
                let mut node = of_kind("list");
                self.members(eval, &mut node, shown, constraints, false);
                if open {
                    node.insert("open".into(), true.into());
                    node.insert("rest".into(), self.rest(eval, shown, constraints));
                }
                node
            }
            Base::Value(Val { v: Value::Bottom(e), .. }) => self.failed(eval, v, shown, e, constraints),
            Base::Value(x) => self.value(eval, x, Some(shown), constraints),
            Base::None | Base::Cycle => self.value(eval, Val::new(Value::Top), Some(shown), constraints),
        }
    }

    fn failed(
        &mut self,
        eval: &mut Eval,
        v: VertexId,
        shown: VertexId,
        e: ErrId,
        constraints: u32,
    ) -> Map<String, Json> {
        if v != shown {
            // Seen through sharing, an error is no error of this place.
            return self.open(eval, Val::new(Value::Bottom(e)), Some(v), constraints);
        }
        let bottom = eval.err(e);
        let class = bottom.code.name();
        let (child, incomplete) = (bottom.child_error, bottom.code.is_incomplete());
        if child {
            let is_list = eval.v(shown).arcs.iter().any(|a| eval.v(*a).label.is_int());
            let mut node = of_kind(if is_list { "list" } else { "struct" });
            self.members(eval, &mut node, shown, constraints, true);
            node.insert("bad".into(), class.into());
            return node;
        }
        let mut node = of_kind("bottom");
        node.insert("class".into(), class.into());
        node.insert("err".into(), errors_json(&reports(eval, e, Some(v), &[])));
        if incomplete {
            self.members(eval, &mut node, shown, constraints, true);
        }
        node
    }

    /// The type of further elements: what all patterns that any index matches say.
    fn rest(&mut self, eval: &mut Eval, v: VertexId, constraints: u32) -> Json {
        let conjuncts: Vec<_> =
            eval.v(v).patterns.iter().flat_map(|p| eval.v(p.constraint).conjuncts.clone()).collect();
        if conjuncts.is_empty() {
            self.count += 1;
            if constraints >= CONSTRAINTS {
                return cut();
            }
            return Json::Object(self.value(eval, Val::new(Value::Top), None, constraints + 1));
        }
        let all = eval.inline_vertex(&conjuncts);
        eval.vm(all).parent = Some(v);
        // A finished alternative is a value of its own, not the disjunction it came from.
        let mut at = Some(v);
        while let Some(p) = at {
            let vertex = eval.v(p);
            at = vertex.parent;
            if vertex.status == Status::Finalized && vertex.state.is_some_and(|n| eval.n(n).underlying != p) {
                eval.vm(p).state = None;
            }
        }
        // A budget that ran out leaves an error in the vertex.
        let _ = eval.finalize(all);
        self.vertex(eval, all, constraints + 1)
    }

    /// Fields, definitions, hidden fields, constraints and elements.
    fn members(
        &mut self,
        eval: &mut Eval,
        node: &mut Map<String, Json>,
        v: VertexId,
        constraints: u32,
        patterns: bool,
    ) {
        let mut lists: [(&str, Vec<Json>); 5] =
            [("f", vec![]), ("d", vec![]), ("h", vec![]), ("c", vec![]), ("e", vec![])];
        for a in ordered_as(eval, v, self.holder.take().unwrap_or(v)) {
            let arc = eval.v(a);
            let (label, kind) = (arc.label, arc.arc_type);
            let mark = match kind {
                ArcType::Member => "",
                ArcType::Required => "!",
                ArcType::Optional => "?",
                ArcType::Pending | ArcType::NotPresent => continue,
            };
            if mark.is_empty() {
                let child = self.vertex(eval, a, constraints);
                match slot(label) {
                    Some(4) => lists[4].1.push(child),
                    Some(i) => {
                        let name = eval.labels.name(label).into_owned();
                        lists[i].1.push(json!([name, child]));
                    }
                    None => {}
                }
            } else {
                let _ = eval.finalize(a);
                let child = self.vertex(eval, a, constraints + 1);
                let name = eval.labels.source(label).into_owned();
                lists[3].1.push(json!([name, mark, child]));
            }
        }
        for (name, list) in lists {
            if !list.is_empty() {
                node.insert(name.into(), list.into());
            }
        }
        if patterns && !eval.v(v).patterns.is_empty() {
            let list = self.patterns(eval, v, constraints);
            node.insert("p".into(), list.into());
        }
    }

    fn patterns(&mut self, eval: &mut Eval, v: VertexId, constraints: u32) -> Vec<Json> {
        let mut list = Vec::new();
        for p in eval.v(v).patterns.clone() {
            let text = print::value(eval, p.pattern, print::Options::ALL);
            let _ = eval.finalize(p.constraint);
            let child = self.vertex(eval, p.constraint, constraints + 1);
            list.push(json!([text.trim(), child]));
        }
        list
    }

    /// The node of a value; `at` is the vertex that holds it.
    fn value(
        &mut self,
        eval: &mut Eval,
        x: Val,
        at: Option<VertexId>,
        constraints: u32,
    ) -> Map<String, Json> {
        let mut node = match x.v {
            Value::Null => of_kind("null"),
            Value::Bool(b) => with_value("bool", b.into()),
            Value::Num(n) => {
                let n = eval.number(n);
                with_value(if n.is_int() { "int" } else { "float" }, n.to_json_text().into())
            }
            Value::Str(s) => with_value("string", eval.string(s).as_ref().into()),
            Value::Bytes(b) => {
                use base64::Engine as _;
                let text = base64::engine::general_purpose::STANDARD.encode(&eval.values.bytes[b as usize]);
                with_value("bytes", text.into())
            }
            _ => return self.open(eval, x, at, constraints),
        };
        if let Some(v) = at {
            self.members(eval, &mut node, v, constraints, false);
        }
        node
    }

    fn open(&mut self, eval: &mut Eval, x: Val, at: Option<VertexId>, constraints: u32) -> Map<String, Json> {
        let mut node = of_kind("open");
        let kinds = eval.kinds(x.v) & !Kinds::FUNC;
        if !kinds.is_bottom() {
            node.insert("kinds".into(), kinds.names().map(Json::from).collect::<Vec<_>>().into());
        }
        let Value::Disjunction(d) = x.v else {
            let text = match at {
                Some(v) => print::vertex(eval, v, print::Options::ALL),
                None => print::value(eval, x, print::Options::ALL),
            };
            let options = vela_syntax::FormatOptions { printed: true, ..Default::default() };
            let text = vela_syntax::format(&text, &options).unwrap_or(text);
            node.insert("s".into(), text.trim().into());
            return node;
        };
        let d = eval.values.disjunctions[d as usize].clone();
        let mut alternatives = Vec::new();
        for general in &d.values[d.defaults..] {
            settle_patterns(eval, *general, 0);
        }
        for (i, alternative) in d.values.iter().enumerate() {
            let covered = i < d.defaults
                && d.values[d.defaults..]
                    .iter()
                    .any(|n| includes(eval, *n, *alternative) || accepts_scalar(eval, *n, *alternative));
            if !covered {
                alternatives.push(self.alternative(eval, *alternative, constraints));
            }
        }
        node.insert("or".into(), alternatives.into());
        if d.defaults > 0 {
            let default = match at.map(|v| taken_default(eval, v)) {
                Some(Taken::Vertex(w)) => {
                    self.holder = at;
                    self.vertex(eval, w, constraints)
                }
                Some(Taken::Value(y)) => self.alternative(eval, y, constraints),
                None if d.defaults == 1 => self.alternative(eval, d.values[0], constraints),
                None => cut(),
            };
            node.insert("def".into(), default);
        }
        node
    }

    fn alternative(&mut self, eval: &mut Eval, x: Val, constraints: u32) -> Json {
        match x.v {
            Value::Vertex(w) => {
                let _ = eval.finalize(w);
                self.vertex(eval, w, constraints)
            }
            _ => {
                self.count += 1;
                if self.count > MOST || self.depth >= DEEPEST {
                    return cut();
                }
                Json::Object(stacker::maybe_grow(64 << 10, 1 << 20, || {
                    self.value(eval, x, None, constraints)
                }))
            }
        }
    }
}

/// Whether a check that only evaluation can run lets a scalar pass.
fn accepts_scalar(eval: &mut Eval, general: Val, special: Val) -> bool {
    let is_check = |v: Val| match v.v {
        Value::Validator(_) => true,
        Value::Conjunction(c) => {
            eval.values.conjunctions[c as usize].iter().any(|p| matches!(p.v, Value::Validator(_)))
        }
        _ => false,
    };
    let general = eval.unwrapped(general);
    let special = eval.unwrapped(special);
    if !is_check(general) || scalar(eval, special).is_none() {
        return false;
    }
    let both = [general, special].map(|v| Eval::root_conjunct(Term::Val(v)));
    let joined = eval.inline_vertex(&both);
    eval.finalize(joined).is_ok() && eval.bottom(joined).is_none()
}

/// Evaluates the constraints of patterns, which nothing asked for so far.
fn settle_patterns(eval: &mut Eval, x: Val, depth: u32) {
    let Value::Vertex(v) = x.v else { return };
    if depth > 8 {
        return;
    }
    let v = eval.deref(v);
    for p in eval.v(v).patterns.clone() {
        let _ = eval.finalize(p.constraint);
    }
    for a in eval.v(v).arcs.clone() {
        settle_patterns(eval, Val::new(Value::Vertex(a)), depth + 1);
    }
}

fn with_value(k: &str, v: Json) -> Map<String, Json> {
    let mut node = of_kind(k);
    node.insert("v".into(), v);
    node
}

/// Which list of members a label belongs to.
const fn slot(label: Label) -> Option<usize> {
    if label.is_int() {
        Some(4)
    } else if label.is_string() {
        Some(0)
    } else if label.is_hidden() {
        Some(2)
    } else if label.is_definition() {
        Some(1)
    } else {
        None
    }
}

/// Whether a struct takes no field of an unknown name.
fn rejects_unknown(eval: &mut Eval, v: VertexId) -> bool {
    if eval.v(v).has_ellipsis {
        return false;
    }
    let label = eval.labels.string(UNKNOWN);
    !eval.accepts(v, label).unwrap_or(true)
}
