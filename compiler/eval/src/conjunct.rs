//! What each form of conjunct does to the vertex that receives it (`evaluation-2-algorithm.md` 1.2).

use smallvec::smallvec;
use thin_vec::ThinVec;
use vela_ir::{ArcType, Compare, Decl, Expr, ExprId, Kinds, StructId};

use crate::error::{Arg, Code, ErrId, Pos};
use crate::eval::{Eval, R};
use crate::node::{
    Alternative, Cond, DefaultMode, EvidenceFlags, GroupKind, Parked, PendingDisjunction, TaskKind, Tried,
};
use crate::value::{Src, Val, Value};
use crate::vertex::{Base, CloseInfo, Conjunct, Cyclic, EnvId, NodeId, Status, StructInfo, Term, VertexId};

/// Kinds of values with members.
pub(crate) const COMPOSITE: Kinds = Kinds(Kinds::STRUCT.0 | Kinds::LIST.0);

impl Eval<'_> {
    /// Whether resolving the expression looks something up: such conjuncts wait as tasks and may share.
    pub(crate) fn is_resolver(&self, x: ExprId) -> bool {
        matches!(
            self.ir.expr(x),
            Expr::FieldRef(..)
                | Expr::ValueRef(..)
                | Expr::CurrentRef(_)
                | Expr::DynRef(_)
                | Expr::LetRef(_)
                | Expr::Import(_)
                | Expr::Select(..)
                | Expr::Index(..)
                | Expr::Try(_)
        )
    }

    pub(crate) fn schedule_conjunct(&mut self, n: NodeId, c: Conjunct, ci: CloseInfo) -> R<()> {
        self.holding(n, |s| s.schedule_conjunct_inner(n, c, ci))
    }

    fn schedule_conjunct_inner(&mut self, n: NodeId, c: Conjunct, ci: CloseInfo) -> R<()> {
        if c.ci.from_def {
            let v = self.n(n).vertex;
            self.vm(v).closed_recursive = true;
        }
        self.mark_non_cyclic(n, ci);
        if self.n(n).is_shared && self.shares_data(n) && !self.is_top(c.term) {
            // Data is there from the start, whatever comes after it.
            self.unshare(n)?;
        }
        let Some(x) = self.term_expr(c.term) else {
            if let Term::Val(v) = c.term {
                return self.schedule_value(n, c, v, ci);
            }
            return Ok(());
        };
        self.schedule_expr(n, c, x, ci)
    }

    /// Whether what a vertex shares is data that stands among its conjuncts.
    fn shares_data(&self, n: NodeId) -> bool {
        matches!(self.n(n).shared, Some(Conjunct { term: Term::Val(Val { v: Value::Vertex(x), .. }), .. }) if self.is_data(x))
    }

    fn is_top(&self, term: Term) -> bool {
        match self.term_expr(term) {
            Some(x) => matches!(self.ir.expr(x), Expr::Top),
            None => matches!(term, Term::Val(Val { v: Value::Top, .. })),
        }
    }

    fn schedule_value(&mut self, n: NodeId, c: Conjunct, v: Val, mut ci: CloseInfo) -> R<()> {
        if let Value::Vertex(x) = v.v
            && !self.is_data(x)
        {
            if self.v(x).closed_shallow {
                let own = self.n(n).vertex;
                self.vm(own).closed_shallow = true;
                ci = self.add_reference_group(n, None, x, ci, false);
            }
            return self.schedule_vertex_conjuncts(n, c, x, ci);
        }
        if let Value::Vertex(x) = v.v {
            // Structs and lists of data are taken as they are, not copied.
            if self.devices.share_data
                && self.n(n).tasks.is_empty()
                && matches!(self.v(x).base, Base::Struct | Base::List { open: false })
                && self.share_if_possible(n, c, x, ci)
            {
                return Ok(());
            }
            self.unshare(n)?;
        }
        self.insert_value(n, c.env, v, ci)
    }

    fn schedule_expr(&mut self, n: NodeId, c: Conjunct, x: ExprId, mut ci: CloseInfo) -> R<()> {
        let env = c.env;
        if let Some(v) = self.literal(x) {
            return self.insert_value(n, env, v, ci);
        }
        match self.ir.expr(x) {
            Expr::Open(inner) => {
                let mut c = c;
                c.term = Term::Expr(inner);
                c.ci.opened = true;
                ci.opened = true;
                self.schedule_conjunct(n, c, ci)
            }
            Expr::And(a, b) => {
                let mut inner = ci;
                if inner.opened {
                    inner.opened = false;
                    inner.conjunct_opened = true;
                    inner.from_embed = true;
                    inner = self.new_group(n, Some(Pos::Src(Src::expr(x))), inner, GroupKind::Embedding);
                }
                for operand in [a, b] {
                    let c = Conjunct { env, term: Term::Expr(operand), ci: inner };
                    self.schedule_conjunct(n, c, inner)?;
                }
                Ok(())
            }
            Expr::Struct(lit) => {
                self.unshare(n)?;
                self.schedule_struct(n, env, x, lit, ci)
            }
            Expr::List(..) => {
                self.unshare(n)?;
                self.update_cyclic_status(n, ci)?;
                let v = self.n(n).vertex;
                let inner = self.add_env(env, v);
                self.update_kinds(n, Kinds::LIST, Term::Expr(x), ci);
                self.schedule_task(n, TaskKind::List, inner, Term::Expr(x), ci)?;
                Ok(())
            }
            Expr::Disjunction(list) => {
                self.unshare(n)?;
                let mut id = ci;
                id.set_optional();
                let disjuncts = &self.ir.disjuncts[list.range()];
                let marked = disjuncts.iter().any(|d| d.default);
                let alternatives = disjuncts
                    .iter()
                    .map(|d| Alternative {
                        term: Term::Expr(d.expr),
                        mode: mode_of(marked, d.default),
                        err: None,
                        skipped: false,
                    })
                    .collect();
                self.schedule_disjunction(
                    n,
                    PendingDisjunction {
                        env,
                        ci: id,
                        src: Src::expr(x),
                        alternatives,
                        tried: Tried::Possible,
                    },
                )?;
                self.add_evidence(n, Kinds::TOP, id, EvidenceFlags::NONE);
                Ok(())
            }
            Expr::Comprehension(_) => {
                self.schedule_task(n, TaskKind::Comprehension, env, c.term, ci)?;
                Ok(())
            }
            _ if self.is_resolver(x) => {
                self.schedule_task(n, TaskKind::Resolve, env, Term::Expr(x), ci)?;
                Ok(())
            }
            expr => {
                self.unshare(n)?;
                if let Expr::Call(_, args) = expr {
                    let node = self.n(n);
                    let cyclic = ci.cyclic == Cyclic::Yes && !node.has_non_cycle && !node.has_non_cyclic;
                    if cyclic && self.ir.expr_lists[args.range()].iter().any(|a| self.mentions_reference(*a))
                    {
                        let node = self.nm(n);
                        node.has_ancestor_cycle = true;
                        node.parked.push(Parked { conjunct: c, target: None });
                        return Ok(());
                    }
                }
                self.schedule_task(n, TaskKind::Expr, env, Term::Expr(x), ci)?;
                Ok(())
            }
        }
    }

    fn mentions_reference(&self, x: ExprId) -> bool {
        if self.is_resolver(x) {
            return true;
        }
        match self.ir.expr(x) {
            Expr::Null
            | Expr::Bool(_)
            | Expr::Num(_)
            | Expr::Str(_)
            | Expr::Bytes(_)
            | Expr::Top
            | Expr::Bottom
            | Expr::Kind(_)
            | Expr::Predeclared(_) => false,
            Expr::And(a, b) | Expr::Binary(_, a, b) => {
                self.mentions_reference(a) || self.mentions_reference(b)
            }
            Expr::Unary(_, a) => self.mentions_reference(a),
            Expr::Call(_, args) => {
                self.ir.expr_lists[args.range()].iter().any(|a| self.mentions_reference(*a))
            }
            Expr::List(elems, _) => self.ir.expr_lists[elems.range()]
                .iter()
                .any(|a| !matches!(self.ir.expr(*a), Expr::Comprehension(_)) && self.mentions_reference(*a)),
            _ => true,
        }
    }

    /// The value of an expression that needs no evaluation.
    pub(crate) fn literal(&mut self, x: ExprId) -> Option<Val> {
        let src = Src::expr(x);
        let v = match self.ir.expr(x) {
            Expr::Null => Value::Null,
            Expr::Bool(b) => Value::Bool(b),
            Expr::Num(i) => Value::Num(i),
            Expr::Str(i) => Value::Str(i),
            Expr::Bytes(i) => {
                let b = self.ir.bytes[i as usize].clone();
                self.values.bytes(b)
            }
            Expr::Top => Value::Top,
            Expr::Bottom => Value::Bottom(self.error_at(
                Code::LegacyUser,
                Some(Pos::Src(src)),
                "explicit error (_|_ literal) in source",
                [],
            )),
            Expr::Kind(k) => Value::Kind(k),
            Expr::Predeclared(p) => Value::Func(predeclared_number(p)),
            Expr::And(..) if self.ir.range_name(x).is_some() => return self.range_value(x),
            _ => return None,
        };
        Some(Val::at(v, src))
    }

    fn schedule_struct(
        &mut self,
        n: NodeId,
        env: EnvId,
        x: ExprId,
        lit: StructId,
        mut ci: CloseInfo,
    ) -> R<()> {
        self.update_cyclic_status(n, ci)?;
        self.add_evidence(n, Kinds::STRUCT, ci, EvidenceFlags::STRUCT);
        let v = self.n(n).vertex;
        let inner = self.add_env(env, v);
        self.nm(n).has_struct = true;
        let mut e = env;
        let mut firing = 0;
        while e != EnvId::NONE {
            if self.e(e).firing != 0 {
                firing = self.e(e).firing;
                break;
            }
            e = self.e(e).up;
        }
        self.add_struct_info(n, v, lit, firing);

        let decls = self.ir.struct_decls(lit);
        let mut embeds =
            self.ir.struct_decls(lit).any(|d| matches!(self.ir.decls[d.index()], Decl::Embed(_)));
        if embeds {
            ci = self.split_struct(n, x, lit, ci);
        }
        let mut ellipsis = false;
        for d in decls {
            match self.ir.decls[d.index()] {
                Decl::Field { label, arc, .. } => {
                    if label.is_string() && arc == ArcType::Member {
                        self.nm(n).a_struct = true;
                        self.update_kinds(n, Kinds::STRUCT, Term::Expr(x), ci);
                    }
                    let mut sub = ci.sub_field();
                    if arc == ArcType::Optional {
                        sub.set_optional();
                    }
                    let c = Conjunct { env: inner, term: Term::Decl(d), ci: sub };
                    self.insert_arc(n, label, arc, c, sub)?;
                }
                Decl::Let { label, multi, .. } => {
                    let sub = ci.sub_field();
                    let c = Conjunct { env: inner, term: Term::Decl(d), ci: sub };
                    let arc = self.insert_arc(n, label, ArcType::Member, c, sub)?;
                    if multi {
                        self.vm(arc).multi_let = true;
                    }
                }
                Decl::Dynamic { arc, .. } => {
                    if arc == ArcType::Member {
                        self.nm(n).a_struct = true;
                        self.update_kinds(n, Kinds::STRUCT, Term::Expr(x), ci);
                    }
                    self.schedule_task(n, TaskKind::Dynamic, inner, Term::Decl(d), ci.sub_field())?;
                }
                Decl::Pattern { .. } => {
                    let mut sub = ci.sub_field();
                    sub.set_optional();
                    self.schedule_task(n, TaskKind::Pattern, inner, Term::Decl(d), sub)?;
                }
                Decl::Embed(e) => {
                    embeds = true;
                    let id = self.embed_group(n, e, ci);
                    let c = Conjunct { env: inner, term: Term::Expr(e), ci: id };
                    if matches!(self.ir.expr(e), Expr::Comprehension(_)) {
                        self.schedule_task(n, TaskKind::Comprehension, inner, Term::Expr(e), id)?;
                    } else {
                        self.schedule_conjunct(n, c, id)?;
                    }
                }
                Decl::Ellipsis => ellipsis = true,
            }
        }
        if ellipsis {
            self.vm(v).has_ellipsis = true;
            self.add_evidence(n, Kinds::TOP, ci, EvidenceFlags::ELLIPSIS);
        }
        if !embeds {
            self.nm(n).a_struct = true;
            self.update_kinds(n, Kinds::STRUCT, Term::Expr(x), ci);
        }
        Ok(())
    }

    fn add_struct_info(&mut self, n: NodeId, v: VertexId, lit: StructId, firing: u32) {
        let found = self.find_struct(n, v, lit);
        let structs = &mut self.vm(v).structs;
        if let Some(s) = found.map(|i| &mut structs[i]) {
            s.repeats += 1;
            s.live = true;
        } else {
            if structs.is_empty() {
                structs.reserve_exact(1);
            }
            structs.push(StructInfo { lit, repeats: 0, firing, live: true });
        }
    }

    /// Whether any label on the path of a reference is a definition.
    fn names_definition(&self, term: Term) -> bool {
        let Some(mut x) = self.term_expr(term) else { return false };
        loop {
            match self.ir.expr(x) {
                Expr::FieldRef(_, label) => return label.is_definition(),
                Expr::Select(operand, label) => {
                    if label.is_definition() {
                        return true;
                    }
                    x = operand;
                }
                Expr::Index(operand, _) | Expr::Try(operand) => x = operand,
                _ => return false,
            }
        }
    }

    /// A reference as a conjunct: brings the target's conjuncts, or shares the target.
    pub(crate) fn schedule_vertex_conjuncts(
        &mut self,
        n: NodeId,
        c: Conjunct,
        arc: VertexId,
        mut ci: CloseInfo,
    ) -> R<()> {
        let target = self.v(arc);
        if !target.closed_recursive && !target.closed_shallow && ci.embed != 0 {
            ci.from_def = false;
        }
        let opened = c.ci.opened || c.ci.conjunct_opened;
        if opened {
            let level = if target.closed_recursive { 2 } else { u8::from(target.closed_shallow) };
            let node = self.nm(n);
            node.embed_closedness = node.embed_closedness.max(level);
        }
        let own = self.n(n).vertex;
        if self.same(own, arc) {
            if self.n(n).is_shared {
                self.add_shared(n, ci);
            }
            return Ok(());
        }
        if self.share_if_possible(n, c, arc, ci) {
            self.state(arc)?;
            return Ok(());
        }
        let is_def = self.names_definition(c.term) || self.v(arc).label.is_definition() || ci.top_def;
        let place = self.term_pos(c.term);
        if is_def {
            let node = self.nm(n);
            if opened {
                node.embed_closedness = 2;
            }
            node.is_def = true;
            ci.from_def = true;
            ci.top_def = false;
            ci = self.add_reference_group(n, place, arc, ci, false);
        } else {
            ci = self.add_reference_group(n, place, arc, ci, true);
        }
        if self.n(n).seen.contains(&arc) {
            return Ok(());
        }
        self.nm(n).seen.push(arc);

        // The target may still get conjuncts: have them forwarded.
        let vertex = self.v(own);
        if let Some(parent) = self.v(arc).parent
            && (!vertex.non_rooted || vertex.is_dynamic)
        {
            let parent_state = self.state(parent)?;
            let state = self.bare_state(arc);
            if let (Some(p), Some(s)) = (parent_state, state)
                && !self.meets(p, Cond::ANCESTORS.with(Cond::FIELD_CONJUNCTS))
            {
                self.subscribe(s, own, ci);
            }
        }
        let mut i = 0;
        while i < self.v(arc).conjuncts.len() {
            let c = self.v(arc).conjuncts[i];
            self.schedule_conjunct(n, c, ci)?;
            i += 1;
        }
        if i == 0 && self.v(arc).status == Status::Finalized {
            // Data has a value only.
            self.unshare(n)?;
            self.insert_vertex_value(
                n,
                EnvId::NONE,
                arc,
                Val::at(Value::Vertex(arc), self.term_src(c.term)),
                ci,
            )?;
        }
        if self.bare_state(arc).is_some() {
            self.nm(n).to_complete = true;
        }
        Ok(())
    }

    fn subscribe(&mut self, s: NodeId, receiver: VertexId, ci: CloseInfo) {
        let vertex = self.n(s).vertex;
        if self.is_finalized(vertex) {
            return;
        }
        if self.n(s).initialized && self.meets(s, Cond::ANCESTORS) {
            return;
        }
        if self.n(s).notify.iter().any(|(v, _)| *v == receiver) {
            return;
        }
        self.nm(s).notify.push((receiver, ci));
    }

    fn is_from_disjunction(&self, v: VertexId) -> bool {
        let mut w = v;
        loop {
            if self.v(w).is_disjunct {
                return true;
            }
            match self.v(w).base {
                Base::Value(Val { v: Value::Vertex(next), .. }) => w = next,
                Base::Value(Val { v: Value::Disjunction(_), .. }) => return w == v,
                _ => return false,
            }
        }
    }

    /// Merges a value into the vertex.
    pub(crate) fn insert_value(&mut self, n: NodeId, env: EnvId, v: Val, mut ci: CloseInfo) -> R<()> {
        match v.v {
            Value::Vertex(x) => return self.insert_vertex_value(n, env, x, v, ci),
            Value::Bottom(e) => {
                self.unshare(n)?;
                self.add_bottom(n, e);
                return Ok(());
            }
            Value::Func(f) => {
                self.unshare(n)?;
                if f == predeclared_number(vela_ir::Predeclared::NoSharing) {
                    return Ok(());
                }
                if let Some(x) = self.bare_validator(f) {
                    return self.insert_value(n, env, Val::at(x, v.src), ci);
                }
            }
            _ => {}
        }
        let kinds = self.kinds(v.v);
        if !self.update_kinds(n, kinds, Term::Val(v), ci) {
            return Ok(());
        }
        match v.v {
            Value::Disjunction(d) => {
                self.update_cyclic_status(n, ci)?;
                self.unshare(n)?;
                let mut id = ci;
                id.set_optional();
                let disjunction = &self.values.disjunctions[d as usize];
                let alternatives = disjunction
                    .values
                    .iter()
                    .enumerate()
                    .map(|(i, x)| Alternative {
                        term: Term::Val(*x),
                        mode: mode_of(disjunction.has_defaults, i < disjunction.defaults),
                        err: None,
                        skipped: false,
                    })
                    .collect();
                self.schedule_disjunction(
                    n,
                    PendingDisjunction { env, ci: id, src: v.src, alternatives, tried: Tried::Possible },
                )?;
            }
            Value::Conjunction(c) => {
                for x in self.values.conjunctions[c as usize].clone() {
                    self.insert_value(n, env, x, ci)?;
                }
            }
            Value::Top => {
                self.update_cyclic_status(n, ci)?;
                self.nm(n).has_top = true;
                self.add_evidence(n, Kinds::TOP, ci, EvidenceFlags::TOP);
            }
            Value::Kind(k) => {
                self.unshare(n)?;
                self.update_cyclic_status(n, ci)?;
                if k != Kinds::TOP {
                    self.add_evidence(n, Kinds::TOP, ci, EvidenceFlags::TOP);
                }
            }
            Value::Bound(_) => {
                self.unshare(n)?;
                self.update_cyclic_status(n, ci)?;
                if self.insert_bound(n, env, v, ci)? {
                    return Ok(());
                }
            }
            Value::Validator(x) => {
                self.unshare(n)?;
                self.insert_validator(n, env, v, x, ci)?;
            }
            _ => {
                self.unshare(n)?;
                self.update_cyclic_status(n, ci)?;
                if let Some(y) = self.n(n).scalar {
                    if !self.equal_scalars(v.v, y.v) {
                        let k = (self.kinds(v.v), self.kinds(y.v));
                        let groups = [self.n(n).scalar_group, ci.id];
                        self.report_conflict(n, Term::Val(v), Term::Val(y), k.0, k.1, groups);
                    }
                } else {
                    let node = self.nm(n);
                    node.scalar = Some(v);
                    node.scalar_group = ci.id;
                    self.signal(n, Cond::SCALAR)?;
                }
            }
        }
        if let (Some(lo), Some(hi)) = (self.n(n).lower, self.n(n).upper) {
            let kinds = self.n(n).kinds;
            if let Some(u) = self.simplify_bounds(kinds, lo, hi) {
                let node = self.nm(n);
                node.lower = None;
                node.upper = None;
                ci.cyclic = ci.cyclic.min(Cyclic::Yes);
                self.insert_value(n, env, u, ci)?;
            }
        }
        Ok(())
    }

    fn insert_vertex_value(
        &mut self,
        n: NodeId,
        env: EnvId,
        x: VertexId,
        v: Val,
        mut ci: CloseInfo,
    ) -> R<()> {
        let own = self.n(n).vertex;
        let (shallow, recursive) = (self.v(x).closed_shallow, self.v(x).closed_recursive);
        if shallow || recursive {
            let vm = self.vm(own);
            if shallow {
                vm.closed_shallow = true;
            } else {
                vm.closed_recursive = true;
            }
            if !self.is_from_disjunction(x) {
                ci = self.add_reference_group(n, None, x, ci, false);
            }
        }
        if matches!(self.v(x).base, Base::Struct) {
            self.nm(n).a_struct = true;
            self.update_kinds(n, Kinds::STRUCT, Term::Val(v), ci);
        }
        if !self.is_data(x) {
            self.update_cyclic_status(n, ci)?;
            let c = Conjunct { env, term: Term::Val(v), ci };
            return self.schedule_vertex_conjuncts(n, c, x, ci);
        }
        match self.v(x).base {
            Base::List { .. } => {
                self.update_cyclic_status(n, ci)?;
                self.schedule_task(n, TaskKind::ListVertex, env, Term::Val(v), ci)?;
            }
            Base::Struct => {
                for a in self.v(x).arcs.clone() {
                    if self.v(a).arc_type != ArcType::Member {
                        continue;
                    }
                    let label = self.v(a).label;
                    let c =
                        Conjunct { env: EnvId::NONE, term: Term::Val(Val::at(Value::Vertex(a), v.src)), ci };
                    self.insert_arc(n, label, ArcType::Member, c, ci)?;
                }
                let structs = self.v(x).structs.clone();
                self.vm(own).structs.extend(structs);
            }
            Base::Value(inner) => {
                let src = if inner.src.is_none() { v.src } else { inner.src };
                self.insert_value(n, env, Val::at(inner.v, src), ci)?;
            }
            Base::None | Base::Cycle => {}
        }
        Ok(())
    }

    /// Returns true when the bound was replaced and is dealt with.
    fn insert_bound(&mut self, n: NodeId, env: EnvId, v: Val, ci: CloseInfo) -> R<bool> {
        let Value::Bound(b) = v.v else { return Ok(true) };
        let op = self.values.bounds[b as usize].op;
        let kinds = self.n(n).kinds;
        match op {
            Compare::Less | Compare::LessEq | Compare::Greater | Compare::GreaterEq => {
                let is_lower = matches!(op, Compare::Greater | Compare::GreaterEq);
                let old = if is_lower { self.n(n).lower } else { self.n(n).upper };
                if let Some(y) = old
                    && let Some(u) = self.simplify_bounds(kinds, v, y)
                {
                    let node = self.nm(n);
                    if is_lower {
                        node.lower = None;
                    } else {
                        node.upper = None;
                    }
                    self.insert_value(n, env, u, ci)?;
                    return Ok(true);
                }
                let node = self.nm(n);
                if is_lower {
                    node.lower = Some(v);
                } else {
                    node.upper = Some(v);
                }
                Ok(false)
            }
            Compare::Equal | Compare::NotEqual | Compare::Match | Compare::NotMatch => {
                if matches!(op, Compare::Equal | Compare::NotEqual) {
                    let flags = EvidenceFlags::OPEN_VALIDATOR.with(EvidenceFlags::TOP);
                    self.add_evidence(n, Kinds::TOP, ci, flags);
                    if self.bound_kinds(b).meets(COMPOSITE) {
                        self.nm(n).has_top = true;
                    }
                }
                let mut covered = false;
                let checks = std::mem::take(&mut self.nm(n).checks);
                let mut kept = ThinVec::with_capacity(checks.len() + 1);
                for c in checks {
                    if let Term::Val(y @ Val { v: Value::Bound(_), .. }) = c.term {
                        match self.simplify_bounds(kinds, v, y) {
                            Some(r) if r.v == y.v => covered = true,
                            Some(r) if r.v == v.v => continue,
                            _ => {}
                        }
                    }
                    kept.push(c);
                }
                if !covered {
                    kept.push(Conjunct { env, term: Term::Val(v), ci });
                }
                self.nm(n).checks = kept;
                Ok(true)
            }
        }
    }

    fn insert_validator(&mut self, n: NodeId, env: EnvId, v: Val, x: u32, ci: CloseInfo) -> R<()> {
        let kinds = self.validator_kinds(x);
        if kinds.meets(COMPOSITE) {
            let mut flags = EvidenceFlags::TOP;
            if self.validator_non_concrete(x) {
                flags = flags.with(EvidenceFlags::OPEN_VALIDATOR);
            }
            self.add_evidence(n, Kinds::TOP, ci, flags);
        }
        let c = Conjunct { env, term: Term::Val(v), ci };
        let mut i = 0;
        while let Some(other) = self.n(n).checks.get(i) {
            if let Term::Val(Val { v: Value::Validator(y), .. }) = other.term
                && self.same_validator(x, y)?
            {
                // Comparing may have evaluated the vertex to its end; then the check was made.
                if let Some(kept) = self.nm(n).checks.get_mut(i) {
                    *kept = c;
                }
                return Ok(());
            }
            i += 1;
        }
        self.nm(n).checks.push(c);
        if kinds == Kinds::TOP {
            self.nm(n).has_top = true;
        }
        self.update_kinds(n, kinds, Term::Val(v), ci);
        Ok(())
    }

    /// Narrows the kinds of a vertex; false when nothing is left.
    pub(crate) fn update_kinds(&mut self, n: NodeId, k: Kinds, by: Term, ci: CloseInfo) -> bool {
        self.add_evidence(n, k, ci, EvidenceFlags::NONE);
        let node = self.n(n);
        let was = node.kinds;
        let now = was & k;
        if was.is_bottom() || k.is_bottom() {
            return false;
        }
        if now.is_bottom() {
            let group = node.kind_group;
            if let Some(old) = self.kind_term(n) {
                self.report_conflict(n, old, by, was, k, [group, ci.id]);
            } else {
                let arg = self.term_arg(by);
                let e = self.error(
                    Code::Eval,
                    "conflicting value {} (mismatched types {} and {})",
                    [arg, Arg::Kinds(was), Arg::Kinds(k)],
                );
                self.add_bottom(n, e);
            }
        }
        let node = self.nm(n);
        if was != now || (node.kind_term.is_none() && node.kind_expr.is_none()) {
            match by {
                Term::Val(v) => {
                    node.kind_term = Some(v);
                    node.kind_expr = None;
                }
                Term::Expr(x) => {
                    node.kind_expr = Some(x);
                    node.kind_term = None;
                }
                Term::Decl(_) => {}
            }
        }
        node.kinds = now;
        node.kind_group = ci.id;
        !now.is_bottom()
    }

    pub(crate) fn kind_term(&self, n: NodeId) -> Option<Term> {
        let node = self.n(n);
        node.kind_term.map(Term::Val).or_else(|| node.kind_expr.map(Term::Expr))
    }

    pub(crate) fn term_arg(&self, t: Term) -> Arg {
        match t {
            Term::Val(v) => Arg::Val(v),
            t => self.term_expr(t).map_or(Arg::Text("_"), Arg::Expr),
        }
    }

    pub(crate) fn report_conflict(
        &mut self,
        n: NodeId,
        a: Term,
        b: Term,
        ka: Kinds,
        kb: Kinds,
        groups: [u32; 2],
    ) {
        let (x, y) = (self.term_arg(a), self.term_arg(b));
        let mut fault = if ka == kb {
            self.fault_at(None, "conflicting values {} and {}", smallvec![x, y])
        } else {
            self.fault_at(
                None,
                "conflicting values {} and {} (mismatched types {} and {})",
                smallvec![x, y, Arg::Kinds(ka), Arg::Kinds(kb)],
            )
        };
        for id in groups {
            self.group_positions(id, &mut fault.more);
        }
        let vertex = self.n(n).vertex;
        let e = self.bottom_of(Code::Eval, fault);
        self.values.errors[e as usize].vertex = Some(vertex);
        self.add_bottom(n, e);
    }

    /// Adds an error to the vertex.
    pub(crate) fn add_bottom(&mut self, n: NodeId, e: ErrId) {
        let own = self.n(n).errs;
        let combined = self.combine(own, Some(e));
        self.nm(n).errs = combined;
    }

    /// Whether the vertex is plain data.
    pub(crate) fn is_data(&self, v: VertexId) -> bool {
        self.v(v).is_data || self.v(v).conjuncts.is_empty()
    }
}

pub(crate) const fn mode_of(marked: bool, default: bool) -> DefaultMode {
    match (marked, default) {
        (false, _) => DefaultMode::Maybe,
        (true, true) => DefaultMode::Is,
        (true, false) => DefaultMode::Not,
    }
}

/// The number under which a predeclared function stands in `Value::Func`: from the top, so that the library's count
/// from zero.
pub(crate) const fn predeclared_number(p: vela_ir::Predeclared) -> u32 {
    u32::MAX - p as u32
}

impl CloseInfo {
    /// For the fields of a struct with this info.
    #[must_use]
    pub(crate) const fn sub_field(mut self) -> Self {
        self.from_embed = false;
        self
    }

    pub(crate) fn set_optional(&mut self) {
        if self.cyclic == Cyclic::No {
            self.cyclic = Cyclic::Optional;
        }
    }
}
