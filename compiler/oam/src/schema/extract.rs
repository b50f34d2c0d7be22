//! Reads the schema of a field off the syntax tree: no evaluation, so it also works while a definition is being
//! typed. What the tree alone doesn't tell accepts anything. The database remembers the result.

use std::collections::HashMap;
use std::sync::Arc;

use crate::definition::literal;
use vela_diagnostics::{SourceId, Span};
use vela_syntax::ast::{
    self, BinaryOp, Clause, Constraint, Decl, DeclId, Expr, ExprId, Label, List, UnaryOp,
};
use vela_yaml::Data;

use crate::schema::cue::CueFile;
use crate::schema::unify;
use crate::schema::{
    Field, Kinds, Need, Node, NodeId, Openness, Place, Places, Scalar, Schema, Shape, Struct,
};

/// Deepest nesting that is followed.
const MAX_DEPTH: u32 = 64;
/// Most nodes of one schema.
pub(crate) const MAX_NODES: usize = 20_000;

/// A text that takes part, with what its places count in.
#[derive(Clone, Debug)]
pub struct Unit {
    /// The text that places are given in.
    pub source: SourceId,
    /// The tree.
    pub cue: Arc<CueFile>,
}

/// The files of an imported package; none where it is not known.
pub type Import<'a> = dyn Fn(&str) -> Vec<Unit> + 'a;

/// The schema of the field that `path` leads to, from the top of a file. `None` where there is no such field.
pub fn extract(unit: Unit, path: &[&str], import: &Import<'_>) -> Option<(Schema, Places)> {
    let mut e = Extractor {
        import,
        units: Vec::new(),
        groups: Vec::new(),
        packages: HashMap::new(),
        scopes: Vec::new(),
        nodes: vec![Node::default()],
        places: Vec::new(),
        memo: HashMap::new(),
    };
    let mut scope = e.group(vec![unit])?;
    let mut values = Vec::new();
    for (i, name) in path.iter().enumerate() {
        let Found::Values(found, _) = e.lookup_here(name, scope) else { return None };
        values = found;
        if i + 1 < path.len() {
            let (value, at) = *values.first()?;
            let Expr::Struct(decls) = e.expr(value, at) else { return None };
            scope = e.push(Some(at), e.scopes[at].unit, Kind::Decls(decls));
        }
    }
    let mut root = None;
    let closed = path.last().is_some_and(|n| n.starts_with('#'));
    for (value, at) in values {
        let node = e.eval(value, at, closed, 0);
        root = Some(root.map_or(node, |r| unify::unify(&mut e.nodes, r, node)));
    }
    Some((Schema { nodes: e.nodes, root: root? }, Places(e.places)))
}

type ScopeId = usize;

struct Scope {
    parent: Option<ScopeId>,
    unit: usize,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// The top of a file of a group.
    Package(usize),
    Decls(List),
    /// Names whose values are not followed.
    Names(Vec<String>),
}

enum Found {
    /// Values with their scopes, and whether the name is a definition.
    Values(Vec<(ExprId, ScopeId)>, bool),
    Import(String),
    Opaque,
    Nothing,
}

struct Extractor<'i> {
    import: &'i Import<'i>,
    units: Vec<Unit>,
    /// Units that are one package, and the scope of each.
    groups: Vec<Vec<(usize, ScopeId)>>,
    packages: HashMap<String, Option<ScopeId>>,
    scopes: Vec<Scope>,
    nodes: Vec<Node>,
    places: Vec<Place>,
    memo: HashMap<(usize, ExprId, ScopeId, bool), NodeId>,
}

/// Accepts anything.
const ANY: NodeId = NodeId(0);

impl Extractor<'_> {
    fn group(&mut self, units: Vec<Unit>) -> Option<ScopeId> {
        let group = self.groups.len();
        self.groups.push(Vec::new());
        for unit in units {
            let at = self.units.len();
            self.units.push(unit);
            let scope = self.push(None, at, Kind::Package(group));
            self.groups[group].push((at, scope));
        }
        self.groups[group].first().map(|(_, scope)| *scope)
    }

    fn push(&mut self, parent: Option<ScopeId>, unit: usize, kind: Kind) -> ScopeId {
        self.scopes.push(Scope { parent, unit, kind });
        self.scopes.len() - 1
    }

    fn cue(&self, scope: ScopeId) -> Arc<CueFile> {
        self.units[self.scopes[scope].unit].cue.clone()
    }

    fn expr(&self, id: ExprId, scope: ScopeId) -> Expr {
        self.units[self.scopes[scope].unit].cue.parse.file.expr(id)
    }

    fn node(&mut self, shape: Shape, default: Option<Data>) -> NodeId {
        unify::push(&mut self.nodes, Node { shape, default, late: false })
    }

    fn scalar(&mut self, kinds: Kinds) -> NodeId {
        self.node(Shape::Scalar(Scalar { kinds, ..Scalar::default() }), None)
    }

    fn constrained(&mut self, kinds: Kinds, constraint: String) -> NodeId {
        let scalar = Scalar { kinds, constraints: vec![constraint], ..Scalar::default() };
        self.node(Shape::Scalar(scalar), None)
    }

    fn constant(&mut self, value: Data) -> NodeId {
        self.node(Shape::Scalar(Scalar { values: vec![value], ..Scalar::default() }), None)
    }

    /// The declarations of a name in one scope.
    fn lookup_here(&mut self, name: &str, scope: ScopeId) -> Found {
        match self.scopes[scope].kind.clone() {
            Kind::Names(names) => {
                if names.iter().any(|n| n == name) {
                    Found::Opaque
                } else {
                    Found::Nothing
                }
            }
            Kind::Decls(list) => {
                let cue = self.cue(scope);
                in_decls(&cue, list, name, scope)
            }
            Kind::Package(group) => {
                let mut values = Vec::new();
                let mut definition = false;
                for (unit, scope) in self.groups[group].clone() {
                    let cue = self.units[unit].cue.clone();
                    match in_decls(&cue, cue.parse.file.top, name, scope) {
                        Found::Values(mut found, d) => {
                            values.append(&mut found);
                            definition |= d;
                        }
                        Found::Opaque => return Found::Opaque,
                        _ => {}
                    }
                }
                if !values.is_empty() {
                    return Found::Values(values, definition);
                }
                let cue = self.cue(scope);
                match import_path(&cue, name) {
                    Some(path) => Found::Import(path),
                    None => Found::Nothing,
                }
            }
        }
    }

    fn lookup(&mut self, name: &str, mut scope: ScopeId) -> Found {
        loop {
            match self.lookup_here(name, scope) {
                Found::Nothing => {}
                found => return found,
            }
            match self.scopes[scope].parent {
                Some(parent) => scope = parent,
                None => return Found::Nothing,
            }
        }
    }

    fn package(&mut self, path: &str) -> Option<ScopeId> {
        if let Some(known) = self.packages.get(path) {
            return *known;
        }
        let units = (self.import)(path);
        let scope = self.group(units);
        self.packages.insert(path.to_owned(), scope);
        scope
    }

    /// The node of named values, made once.
    fn named(&mut self, values: &[(ExprId, ScopeId)], closed: bool, depth: u32) -> NodeId {
        let Some((first, scope)) = values.first() else { return ANY };
        let key = (self.scopes[*scope].unit, *first, *scope, closed);
        if let Some(known) = self.memo.get(&key) {
            return *known;
        }
        let held = self.node(Shape::Any, None);
        self.memo.insert(key, held);
        let mut all = None;
        for (value, scope) in values {
            let node = self.eval(*value, *scope, closed, depth + 1);
            all = Some(all.map_or(node, |a| unify::unify(&mut self.nodes, a, node)));
        }
        if let Some(all) = all
            && held != ANY
            && all != held
        {
            self.nodes[held.0 as usize] = self.nodes[all.0 as usize].clone();
        }
        held
    }

    fn eval(&mut self, id: ExprId, scope: ScopeId, closed: bool, depth: u32) -> NodeId {
        if depth > MAX_DEPTH || self.nodes.len() >= MAX_NODES {
            return ANY;
        }
        let cue = self.cue(scope);
        let (file, text) = (&cue.parse.file, &*cue.text);
        if let Some(value) = scalar_literal(file, text, id) {
            return self.constant(value);
        }
        match file.expr(id) {
            Expr::Ident => self.ident(file.span(id).of(text), scope, closed, depth),
            Expr::Paren(inner) | Expr::Alias(_, inner) | Expr::Unary(UnaryOp::Default, inner) => {
                self.eval(inner, scope, closed, depth + 1)
            }
            Expr::PostfixEllipsis(inner) => {
                let node = self.eval(inner, scope, false, depth + 1);
                unify::opened(&mut self.nodes, node, Openness::Dots)
            }
            Expr::Interpolation(_) => {
                let bytes = file.span(id).of(text).trim_start_matches('#').starts_with('\'');
                self.scalar(if bytes { Kinds::BYTES } else { Kinds::STRING })
            }
            Expr::Struct(decls) => self.structure(decls, scope, closed, depth),
            Expr::List(items) => self.list(file.expr_list(items), scope, closed, depth, &cue),
            Expr::Unary(op, operand) => self.bound(op, operand, file.span(id), scope, &cue, depth),
            Expr::Binary(BinaryOp::Or, ..) => self.disjunction(id, scope, closed, depth, &cue),
            Expr::Binary(BinaryOp::And, l, r) => {
                let l = self.eval(l, scope, closed, depth + 1);
                let r = self.eval(r, scope, closed, depth + 1);
                unify::unify(&mut self.nodes, l, r)
            }
            Expr::Binary(op, ..) => match op {
                BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Or | BinaryOp::And => ANY,
                BinaryOp::Div | BinaryOp::IntDiv | BinaryOp::IntMod | BinaryOp::IntQuo | BinaryOp::IntRem => {
                    self.scalar(Kinds::NUMBER)
                }
                _ => self.scalar(Kinds::BOOL),
            },
            Expr::Select(base, label) => {
                let name = match file.expr(label) {
                    Expr::Ident => Some(Arc::from(file.span(label).of(text))),
                    _ => literal::string(file, text, label),
                };
                match name {
                    Some(name) => self.select(base, &name, scope, closed, depth),
                    None => ANY,
                }
            }
            Expr::Call(function, arguments) => {
                self.call(function, file.expr_list(arguments), file.span(id), scope, closed, depth, &cue)
            }
            _ => ANY,
        }
    }

    fn ident(&mut self, name: &str, scope: ScopeId, closed: bool, depth: u32) -> NodeId {
        match self.lookup(name, scope) {
            Found::Values(values, definition) => self.named(&values, closed || definition, depth),
            Found::Opaque | Found::Import(_) => ANY,
            Found::Nothing => self.predeclared(name),
        }
    }

    fn predeclared(&mut self, name: &str) -> NodeId {
        let name = name.strip_prefix("__").unwrap_or(name);
        match name {
            "string" => self.scalar(Kinds::STRING),
            "bytes" => self.scalar(Kinds::BYTES),
            "bool" => self.scalar(Kinds::BOOL),
            "int" => self.scalar(Kinds::INT),
            "float" => self.scalar(Kinds::FLOAT),
            "number" | "float32" | "float64" => self.scalar(Kinds::NUMBER),
            "uint" => self.constrained(Kinds::INT, ">=0".to_owned()),
            "int8" | "int16" | "int32" | "int64" | "int128" | "uint8" | "uint16" | "uint32" | "uint64"
            | "uint128" | "rune" => self.constrained(Kinds::INT, name.to_owned()),
            _ => ANY,
        }
    }

    fn select(&mut self, base: ExprId, name: &str, scope: ScopeId, closed: bool, depth: u32) -> NodeId {
        let cue = self.cue(scope);
        let file = &cue.parse.file;
        if matches!(file.expr(base), Expr::Ident)
            && let Found::Import(path) = self.lookup(file.span(base).of(&cue.text), scope)
        {
            let Some(package) = self.package(&path) else { return ANY };
            return match self.lookup_here(name, package) {
                Found::Values(values, definition) => self.named(&values, closed || definition, depth),
                _ => ANY,
            };
        }
        // A selection of something that is declared as a struct: its declarations, so that `#a` and `_a` are found.
        if matches!(file.expr(base), Expr::Ident)
            && let Found::Values(values, _) = self.lookup(file.span(base).of(&cue.text), scope)
        {
            let mut all = Vec::new();
            let mut definition = false;
            for (value, at) in values {
                if let Expr::Struct(decls) = self.expr(value, at) {
                    let inner = self.push(Some(at), self.scopes[at].unit, Kind::Decls(decls));
                    if let Found::Values(mut found, d) = self.lookup_here(name, inner) {
                        all.append(&mut found);
                        definition |= d;
                    }
                }
            }
            if !all.is_empty() {
                return self.named(&all, closed || definition, depth);
            }
        }
        let base = self.eval(base, scope, closed, depth + 1);
        let found = Schema { nodes: std::mem::take(&mut self.nodes), root: base };
        let member = found.members(base, name).first().map(|(n, _)| *n);
        self.nodes = found.nodes;
        member.unwrap_or(ANY)
    }

    fn call(
        &mut self,
        function: ExprId,
        arguments: &[ExprId],
        span: Span,
        scope: ScopeId,
        closed: bool,
        depth: u32,
        cue: &CueFile,
    ) -> NodeId {
        let (file, text) = (&cue.parse.file, &*cue.text);
        match file.expr(function) {
            Expr::Ident => match (file.span(function).of(text), arguments) {
                ("close", [inner]) => {
                    let node = self.eval(*inner, scope, closed, depth + 1);
                    unify::opened(&mut self.nodes, node, Openness::Closed)
                }
                ("or", [list]) => match file.expr(*list) {
                    Expr::List(items) => {
                        let items = file.expr_list(items);
                        if items
                            .iter()
                            .any(|i| matches!(file.expr(*i), Expr::Comprehension(_) | Expr::Ellipsis(_)))
                        {
                            return ANY;
                        }
                        let nodes: Vec<_> = items
                            .iter()
                            .map(|i| (false, self.eval(*i, scope, closed, depth + 1), *i))
                            .collect();
                        self.join(&nodes, cue)
                    }
                    _ => ANY,
                },
                ("and", [list]) => match file.expr(*list) {
                    Expr::List(items) => {
                        let mut all = None;
                        for item in file.expr_list(items) {
                            let node = self.eval(*item, scope, closed, depth + 1);
                            all = Some(all.map_or(node, |a| unify::unify(&mut self.nodes, a, node)));
                        }
                        all.unwrap_or(ANY)
                    }
                    _ => ANY,
                },
                ("len" | "div" | "mod" | "quo" | "rem", _) => self.scalar(Kinds::INT),
                _ => ANY,
            },
            // Validators and functions of this package are about texts.
            Expr::Select(base, _) if file.span(base).of(text) == "strings" => {
                self.constrained(Kinds::STRING, span.of(text).to_owned())
            }
            _ => ANY,
        }
    }

    fn bound(
        &mut self,
        op: UnaryOp,
        operand: ExprId,
        span: Span,
        scope: ScopeId,
        cue: &CueFile,
        depth: u32,
    ) -> NodeId {
        let source = span.of(&cue.text).to_owned();
        let kinds = match op {
            UnaryOp::Match | UnaryOp::NotMatch => Kinds::STRING,
            UnaryOp::Less | UnaryOp::LessEq | UnaryOp::Greater | UnaryOp::GreaterEq | UnaryOp::NotEqual => {
                let operand = self.eval(operand, scope, false, depth + 1);
                match &self.nodes[operand.0 as usize].shape {
                    Shape::Scalar(s) => {
                        let kinds = s.values.iter().filter_map(Kinds::of).fold(s.kinds, Kinds::or);
                        if !kinds.and(Kinds::NUMBER).is_empty() {
                            Kinds::NUMBER
                        } else if kinds == Kinds::NULL && op == UnaryOp::NotEqual {
                            return ANY;
                        } else {
                            kinds
                        }
                    }
                    _ => return ANY,
                }
            }
            UnaryOp::Not => return self.scalar(Kinds::BOOL),
            _ => return ANY,
        };
        self.constrained(kinds, source)
    }

    fn disjunction(&mut self, id: ExprId, scope: ScopeId, closed: bool, depth: u32, cue: &CueFile) -> NodeId {
        let file = &cue.parse.file;
        let mut flat = Vec::new();
        let mut work = vec![id];
        while let Some(id) = work.pop() {
            match file.expr(id) {
                Expr::Binary(BinaryOp::Or, l, r) => {
                    work.push(r);
                    work.push(l);
                }
                Expr::Unary(UnaryOp::Default, inner) => flat.push((true, inner)),
                _ => flat.push((false, id)),
            }
        }
        let mut nodes: Vec<_> =
            flat.into_iter().map(|(d, e)| (d, self.eval(e, scope, closed, depth + 1), e)).collect();
        // A default that only rendering knows is of the type that the others tell.
        let all = nodes.len();
        if nodes.iter().any(|(_, node, _)| *node != ANY) {
            nodes.retain(|(marked, node, e)| !*marked || *node != ANY || !of_context(cue, *e));
        }
        let joined = self.join(&nodes, cue);
        if nodes.len() == all {
            return joined;
        }
        let known = Node { late: true, ..self.nodes[joined.0 as usize].clone() };
        unify::push(&mut self.nodes, known)
    }

    /// One node of several alternatives; those marked are the default.
    fn join(&mut self, alternatives: &[(bool, NodeId, ExprId)], cue: &CueFile) -> NodeId {
        let mut default = None;
        let mut marked = alternatives.iter().filter(|a| a.0);
        if let (Some((_, node, expr)), None) = (marked.next(), marked.next()) {
            let node = &self.nodes[node.0 as usize];
            default = node.default.clone().or_else(|| literal::value(&cue.parse.file, &cue.text, *expr));
            if default.is_none()
                && let Shape::Scalar(Scalar { kinds, values, .. }) = &node.shape
                && let ([one], true) = (values.as_slice(), kinds.is_empty())
            {
                default = Some(one.clone());
            }
        }
        let nodes: Vec<NodeId> = alternatives.iter().map(|a| a.1).collect();
        unify::either(&mut self.nodes, &nodes, default)
    }

    fn list(&mut self, items: &[ExprId], scope: ScopeId, closed: bool, depth: u32, cue: &CueFile) -> NodeId {
        let file = &cue.parse.file;
        let mut nodes = Vec::new();
        for item in items {
            nodes.push(match file.expr(*item) {
                Expr::Ellipsis(Some(inner)) => self.eval(inner, scope, closed, depth + 1),
                Expr::Ellipsis(None) | Expr::Comprehension(_) => ANY,
                _ => self.eval(*item, scope, closed, depth + 1),
            });
        }
        let item = match nodes.as_slice() {
            [] => None,
            all => Some(unify::either(&mut self.nodes, all, None)),
        };
        self.node(Shape::List(item), None)
    }

    fn structure(&mut self, decls: List, scope: ScopeId, closed: bool, depth: u32) -> NodeId {
        let inner = self.push(Some(scope), self.scopes[scope].unit, Kind::Decls(decls));
        let mut out =
            Struct { openness: if closed { Openness::Closed } else { Openness::Open }, ..Struct::default() };
        let mut embedded = Vec::new();
        self.declarations(decls, inner, closed, depth, false, &mut out, &mut embedded);
        if out == Struct::default() && embedded.len() == 1 {
            return embedded[0];
        }
        if out.fields.is_empty() && out.pattern.is_none() && embedded.len() == 1 {
            return embedded[0];
        }
        let mut node = self.node(Shape::Struct(out), None);
        for embedded in embedded {
            node = unify::embed(&mut self.nodes, node, embedded);
        }
        node
    }

    fn declarations(
        &mut self,
        decls: List,
        scope: ScopeId,
        closed: bool,
        depth: u32,
        conditional: bool,
        out: &mut Struct,
        embedded: &mut Vec<NodeId>,
    ) {
        let cue = self.cue(scope);
        let file = &cue.parse.file;
        for id in file.decl_list(decls) {
            match file.decl(*id) {
                Decl::Field(field) => self.field(*id, &field, scope, closed, depth, conditional, out, &cue),
                Decl::Ellipsis => out.openness = Openness::Dots,
                Decl::Embed(expr) => match file.expr(expr) {
                    Expr::Comprehension(c) => {
                        self.comprehension(c, scope, closed, depth, out, embedded, &cue);
                    }
                    _ => {
                        let node = self.eval(expr, scope, closed, depth + 1);
                        embedded.push(if conditional { self.sometimes(node) } else { node });
                    }
                },
                Decl::Let(..) | Decl::Attribute(_) | Decl::Bad => {}
            }
        }
    }

    /// A struct whose fields are there under a condition only.
    fn sometimes(&mut self, id: NodeId) -> NodeId {
        let node = self.nodes[id.0 as usize].clone();
        let Shape::Struct(mut s) = node.shape else { return id };
        for field in &mut s.fields {
            (field.conditional, field.need) = (true, Need::Optional);
        }
        self.node(Shape::Struct(s), node.default)
    }

    fn comprehension(
        &mut self,
        index: u32,
        scope: ScopeId,
        closed: bool,
        depth: u32,
        out: &mut Struct,
        embedded: &mut Vec<NodeId>,
        cue: &CueFile,
    ) {
        let (file, text) = (&cue.parse.file, &*cue.text);
        let Some(comprehension) = file.comprehensions.get(index as usize) else { return };
        if depth > MAX_DEPTH {
            return;
        }
        let mut names = Vec::new();
        for clause in file.clause_list(comprehension.clauses) {
            match clause {
                Clause::For { key, value, .. } => {
                    names.extend(key.iter().chain([value]).map(|i| i.span.of(text).to_owned()));
                }
                Clause::Let { name, .. } => names.push(name.span.of(text).to_owned()),
                Clause::Try { binding: Some((name, _)), .. } => names.push(name.span.of(text).to_owned()),
                Clause::If { .. } | Clause::Try { .. } => {}
            }
        }
        let unit = self.scopes[scope].unit;
        let around = self.push(Some(scope), unit, Kind::Names(names));
        for body in [Some(comprehension.body), comprehension.otherwise.map(|o| o.0)].into_iter().flatten() {
            if let Expr::Struct(decls) = file.expr(body) {
                let inner = self.push(Some(around), unit, Kind::Decls(decls));
                self.declarations(decls, inner, closed, depth + 1, true, out, embedded);
            }
        }
    }

    fn field(
        &mut self,
        id: DeclId,
        field: &ast::Field,
        scope: ScopeId,
        closed: bool,
        depth: u32,
        conditional: bool,
        out: &mut Struct,
        cue: &CueFile,
    ) {
        let (file, text) = (&cue.parse.file, &*cue.text);
        let name = match &field.label {
            Label::Ident(ident) => {
                let name = ident.span.of(text);
                if name.starts_with(['_', '#']) {
                    return;
                }
                Arc::from(name)
            }
            Label::String(_) => match literal::label(file, text, &field.label) {
                Some(name) => name,
                None => return,
            },
            Label::Pattern(_) => {
                let node = self.eval(field.value, scope, closed, depth + 1);
                out.pattern = Some(match out.pattern {
                    Some(old) => unify::unify(&mut self.nodes, old, node),
                    None => node,
                });
                return;
            }
            Label::Interpolation(_) | Label::Dynamic(_) => {
                out.openness = Openness::Dots;
                return;
            }
            Label::Bad(_) => return,
        };
        let node = self.eval(field.value, scope, closed, depth + 1);
        let need = match field.constraint {
            _ if conditional => Need::Optional,
            Constraint::Member => Need::Member,
            Constraint::Required => Need::Required,
            Constraint::Optional => Need::Optional,
        };
        let (doc, ignored) = documentation(cue, id);
        if let Some(at) = out.fields.iter().position(|f| f.name == name) {
            let node = unify::unify(&mut self.nodes, out.fields[at].node, node);
            let old = &mut out.fields[at];
            old.node = node;
            old.need = unify::stronger(old.need, need);
            old.conditional &= conditional;
            if old.doc.is_empty() {
                old.doc = doc;
            }
            return;
        }
        let place = self.places.len() as u32;
        let source = self.units[self.scopes[scope].unit].source;
        self.places.push(Place { source, label: field.label_span, whole: file.decl_spans[id.0 as usize] });
        out.fields.push(Field { name, need, node, doc, ignored, conditional, place });
    }
}

/// Whether an expression is a field of `context`.
fn of_context(cue: &CueFile, id: ExprId) -> bool {
    let file = &cue.parse.file;
    let mut at = id;
    while let Expr::Select(base, _) = file.expr(at) {
        at = base;
    }
    at != id && matches!(file.expr(at), Expr::Ident) && file.span(at).of(&cue.text) == "context"
}

/// The declarations of a name in a list of declarations.
fn in_decls(cue: &CueFile, list: List, name: &str, scope: ScopeId) -> Found {
    let (file, text) = (&cue.parse.file, &*cue.text);
    let mut values = Vec::new();
    for id in file.decl_list(list) {
        match file.decl(*id) {
            Decl::Field(field) => {
                let labelled = literal::label(file, text, &field.label).as_deref() == Some(name);
                let aliased = field.alias.is_some_and(|a| a.span.of(text) == name)
                    || field.postfix_alias.and_then(|a| a.field).is_some_and(|a| a.span.of(text) == name)
                    || matches!(file.expr(field.value), Expr::Alias(a, _) if a.span.of(text) == name);
                if labelled || aliased {
                    values.push((field.value, scope));
                }
            }
            Decl::Let(ident, value) if ident.span.of(text) == name => values.push((value, scope)),
            _ => {}
        }
    }
    if values.is_empty() {
        return Found::Nothing;
    }
    Found::Values(values, name.starts_with('#') || name.starts_with("_#"))
}

/// The path that a file imports under a name.
pub(crate) fn import_path(cue: &CueFile, name: &str) -> Option<String> {
    cue.parse.file.imports.iter().find_map(|import| {
        let path = import.path.of(&cue.text).trim_matches('"');
        let (bare, explicit) = path.rsplit_once(':').map_or((path, None), |(p, n)| (p, Some(n)));
        let own = import.name.map(|n| n.span.of(&cue.text));
        let last = bare.rsplit('/').next().unwrap_or(bare);
        let last = last.split_once('@').map_or(last, |(l, _)| l);
        (own.or(explicit).unwrap_or(last) == name).then(|| bare.to_owned())
    })
}

/// What the comments of a declaration say, without markers; and whether one is `+ignore`.
pub(crate) fn documentation(cue: &CueFile, id: DeclId) -> (Arc<str>, bool) {
    let mut lines: Vec<&str> = Vec::new();
    let mut ignored = false;
    for comment in cue.parse.file.docs(id) {
        let text = comment.span.of(&cue.text).trim_start_matches('/').trim();
        match text.strip_prefix('+') {
            None => lines.push(text),
            Some(marker) => match marker.split_once('=') {
                // The misspelt ones occur in definitions in use.
                Some(("usage" | "usgae" | "uasge", usage)) => lines.push(usage.trim()),
                _ => ignored |= marker.trim() == "ignore",
            },
        }
    }
    (lines.join("\n").trim().into(), ignored)
}

/// A literal without parts; constants of structs and lists are shapes, not values.
fn scalar_literal(file: &ast::File, text: &str, id: ExprId) -> Option<Data> {
    match file.expr(id) {
        Expr::Null | Expr::Bool(_) | Expr::Number | Expr::String | Expr::Unary(UnaryOp::Sub, _) => {
            literal::value(file, text, id)
        }
        _ => None,
    }
}
