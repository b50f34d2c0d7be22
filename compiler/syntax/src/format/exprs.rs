//! What each expression prints.

use super::attach::MAX_DEPTH;
use super::decls::Formatter;
use super::facts::precedence;
use super::head::Item;
use super::literals;
use super::printer::Space;
use super::slots::Key;
use crate::ast::{BinaryOp, Expr, ExprId, InterpPart, List, UnaryOp};
use crate::kind::Kind;
use vela_diagnostics::Span;

fn unary_token(op: UnaryOp) -> Kind {
    match op {
        UnaryOp::Add => Kind::Add,
        UnaryOp::Sub => Kind::Sub,
        UnaryOp::Not => Kind::Not,
        UnaryOp::Default => Kind::Mul,
        UnaryOp::Less => Kind::Less,
        UnaryOp::LessEq => Kind::LessEq,
        UnaryOp::Greater => Kind::Greater,
        UnaryOp::GreaterEq => Kind::GreaterEq,
        UnaryOp::Equal => Kind::Equal,
        UnaryOp::NotEqual => Kind::NotEqual,
        UnaryOp::Match => Kind::Match,
        UnaryOp::NotMatch => Kind::NotMatch,
    }
}

fn binary_token(op: BinaryOp) -> Kind {
    match op {
        BinaryOp::Or => Kind::Or,
        BinaryOp::And => Kind::And,
        BinaryOp::LogicalOr => Kind::LogicalOr,
        BinaryOp::LogicalAnd => Kind::LogicalAnd,
        BinaryOp::Equal => Kind::Equal,
        BinaryOp::NotEqual => Kind::NotEqual,
        BinaryOp::Less => Kind::Less,
        BinaryOp::LessEq => Kind::LessEq,
        BinaryOp::Greater => Kind::Greater,
        BinaryOp::GreaterEq => Kind::GreaterEq,
        BinaryOp::Match => Kind::Match,
        BinaryOp::NotMatch => Kind::NotMatch,
        BinaryOp::Add => Kind::Add,
        BinaryOp::Sub => Kind::Sub,
        BinaryOp::Mul => Kind::Mul,
        BinaryOp::Div | BinaryOp::IntDiv | BinaryOp::IntMod | BinaryOp::IntQuo | BinaryOp::IntRem => {
            Kind::Quo
        }
    }
}

impl Formatter<'_> {
    pub(super) fn expr(&mut self, id: ExprId) {
        self.expr_at(id, 1);
    }

    /// An expression as a node: comments, then itself. `depth` decides about blanks around `+` and `*`.
    fn expr_at(&mut self, id: ExprId, depth: u32) {
        self.enter_expr(id);
        self.raw(id, depth);
        self.leave();
    }

    /// Enters an expression. A struct of at most one declaration that stands on one line stays there.
    fn enter_expr(&mut self, id: ExprId) {
        let one_line = match self.s.file.expr(id) {
            Expr::Struct(list) if list.len <= 1 => {
                let span = self.s.file.span(id);
                let positioned = self.s.has_braces(id) || self.first_start(list).is_some();
                positioned && self.s.line(span.start) == self.s.line(span.end)
            }
            _ => false,
        };
        self.enter(Some(Key::Expr(id)), one_line);
    }

    fn first_start(&self, list: List) -> Option<u32> {
        let first = self.s.file.decl_list(list).first()?;
        self.item_start(self.item(*first))
    }

    fn start(&self, id: ExprId) -> u32 {
        self.s.file.span(id).start
    }

    pub(super) fn raw(&mut self, id: ExprId, depth: u32) {
        if self.depth >= 5 * MAX_DEPTH || self.p.overflow {
            self.too_deep = true;
            return;
        }
        self.depth += 1;
        stacker::maybe_grow(128 * 1024, 1024 * 1024, || self.raw_inner(id, depth));
        self.depth -= 1;
    }

    fn raw_inner(&mut self, id: ExprId, depth: u32) {
        let span = self.s.file.span(id);
        match self.s.file.expr(id) {
            Expr::Bad => {}
            Expr::Ident => {
                self.place(Some(span.start));
                self.p.text(self.s.text(span), Kind::Ident, false);
            }
            Expr::Null | Expr::Bool(_) => {
                self.place(Some(span.start));
                self.p.text(self.s.text(span), Kind::Null, true);
            }
            Expr::Bottom => {
                self.place(Some(span.start));
                self.token(Kind::Bottom);
            }
            Expr::Number => {
                self.place(Some(span.start));
                let i = self.s.tokens.partition_point(|t| t.span.start < span.start);
                let float = self.s.tokens.get(i).is_some_and(|t| t.kind == Kind::Float);
                let text = literals::number(self.s.text(span), float);
                self.p.text(&text, if float { Kind::Float } else { Kind::Int }, true);
            }
            Expr::String => {
                self.place(Some(span.start));
                self.string(span);
            }
            Expr::Interpolation(parts) => self.interpolation(span, parts, depth),
            Expr::Struct(list) => self.structure(id, list),
            Expr::List(list) => {
                let empty_comment = self.comment_inside(id);
                self.list(span, self.s.file.expr_list(list), empty_comment);
            }
            Expr::Ellipsis(of) => self.ellipsis(span.start, of),
            Expr::Comprehension(i) => self.comprehension(i),
            Expr::Unary(op, x) => {
                self.place(Some(span.start));
                self.token(unary_token(op));
                self.p.space(Space::FIXED);
                self.expr_at(x, depth);
            }
            Expr::Binary(..) => self.binary(id, depth),
            Expr::Select(..) => {
                self.selector(id, depth);
            }
            Expr::Index(x, index) => {
                self.expr_at(x, 1);
                self.place(Some(self.s.file.op_position(id)));
                self.token(Kind::LBrack);
                self.expr_at(index, depth + 1);
                self.place(Some(span.end - 1));
                self.token(Kind::RBrack);
            }
            Expr::Slice(x, low, high) => self.slice(id, x, low, high, depth),
            Expr::Call(f, args) => self.call(id, f, args, depth),
            Expr::Paren(inner) => self.paren(span, inner, depth),
            Expr::PostfixEllipsis(x) => {
                self.expr_at(x, depth);
                self.token(Kind::Ellipsis);
            }
            Expr::PostfixOption(x) => {
                self.expr_at(x, depth);
                self.token(Kind::Option);
            }
            Expr::Alias(name, value) => {
                self.enter(Some(Key::AliasName(id)), false);
                self.place(Some(name.span.start));
                self.word(self.s.text(name.span));
                self.leave();
                self.place(self.token_from(name.span.end));
                self.token(Kind::Bind);
                self.expr(value);
            }
        }
    }

    fn comment_inside(&self, id: ExprId) -> bool {
        self.comments.get(&Key::Expr(id)).is_some_and(|groups| groups.iter().any(|g| g.position == 1))
    }

    fn ellipsis(&mut self, at: u32, of: Option<ExprId>) {
        self.place(Some(at));
        self.token(Kind::Ellipsis);
        if let Some(of) = of.filter(|id| !self.is_top(*id)) {
            self.expr(of);
        }
    }

    fn is_top(&self, id: ExprId) -> bool {
        self.s.file.expr(id) == Expr::Ident && self.s.text(self.s.file.span(id)) == "_"
    }

    /// Operators of one level; the left side is unwound, as it can be long.
    fn binary(&mut self, id: ExprId, depth: u32) {
        let mut spine = Vec::new();
        let (mut at, mut at_depth) = (id, depth);
        while let Expr::Binary(op, x, y) = self.s.file.expr(at) {
            let blank = precedence(op) < self.facts.cutoff(at, at_depth);
            spine.push((at, op, y, blank, at_depth));
            let same =
                matches!(self.s.file.expr(x), Expr::Binary(left, ..) if precedence(left) == precedence(op));
            at_depth += u32::from(!same);
            if matches!(self.s.file.expr(x), Expr::Binary(..)) {
                self.enter_expr(x);
            } else {
                self.expr_at(x, at_depth);
            }
            at = x;
        }
        for (i, (node, op, y, blank, depth)) in spine.into_iter().rev().enumerate() {
            // The left side ends where the operator above it begins.
            if i > 0 {
                self.leave();
            }
            self.p.space(Space::FIXED);
            if blank {
                self.p.space(Space::BLANK);
            }
            self.place(Some(self.s.file.op_position(node)));
            self.token(binary_token(op));
            if self.starts_line(self.start(y)) {
                self.p.space(Space::TABLE_END);
            } else {
                self.p.space(Space::FIXED);
                if blank {
                    self.p.space(Space::BLANK);
                }
            }
            self.expr_at(y, depth + 1);
        }
    }

    /// Prints `x.y`; whether `y` stands on a line of its own.
    fn selector(&mut self, id: ExprId, depth: u32) -> bool {
        let Expr::Select(x, label) = self.s.file.expr(id) else { return false };
        self.expr_at(x, depth);
        self.token(Kind::Period);
        if self.starts_line(self.start(label)) {
            self.p.space(Space::INDENT.or(Space::TABLE_END));
            self.expr(label);
            self.p.space(Space::UNINDENT);
            return true;
        }
        self.p.space(Space::TIGHT);
        self.expr(label);
        false
    }

    fn slice(&mut self, id: ExprId, x: ExprId, low: Option<ExprId>, high: Option<ExprId>, depth: u32) {
        let binary = |id: ExprId| matches!(self.s.file.expr(id), Expr::Binary(..));
        let spaced = depth <= 1 && low.zip(high).is_some_and(|(low, high)| binary(low) || binary(high));
        self.expr_at(x, 1);
        self.place(Some(self.s.file.op_position(id)));
        self.token(Kind::LBrack);
        if let Some(low) = low {
            self.expr_at(low, depth + 1);
        }
        if spaced {
            self.p.space(Space::BLANK);
        }
        self.token(Kind::Colon);
        if spaced {
            self.p.space(Space::BLANK);
        }
        if let Some(high) = high {
            self.expr_at(high, depth + 1);
        }
        self.place(Some(self.s.file.span(id).end - 1));
        self.token(Kind::RBrack);
    }

    fn call(&mut self, id: ExprId, f: ExprId, args: List, depth: u32) {
        let args = self.s.file.expr_list(args);
        let depth = depth + u32::from(args.len() > 1);
        let indented = if matches!(self.s.file.expr(f), Expr::Select(..)) {
            self.selector(f, depth)
        } else {
            self.expr_at(f, depth);
            false
        };
        self.place(Some(self.s.file.op_position(id)));
        self.token(Kind::LParen);
        self.enter(None, false);
        for arg in args {
            self.enter_expr(*arg);
            self.raw(*arg, depth);
            self.p.space(Space::COMMA.or(Space::BLANK));
            self.leave();
        }
        self.leave();
        self.p.space(Space::TRAILING.or(Space::TIGHT));
        self.place(Some(self.s.file.span(id).end - 1));
        self.token(Kind::RParen);
        if indented {
            self.p.space(Space::UNINDENT);
        }
    }

    pub(super) fn paren(&mut self, span: Span, inner: ExprId, depth: u32) {
        if matches!(self.s.file.expr(inner), Expr::Paren(_)) {
            self.expr_at(inner, depth);
            return;
        }
        self.place(Some(span.start));
        self.token(Kind::LParen);
        self.expr_at(inner, depth.saturating_sub(1).max(1));
        self.place(Some(span.end - 1));
        self.token(Kind::RParen);
    }

    fn structure(&mut self, id: ExprId, list: List) {
        let span = self.s.file.span(id);
        let braces = self.s.has_braces(id);
        let items: Vec<Item> = self.s.file.decl_list(list).iter().map(|id| self.item(*id)).collect();
        let mut end = self.table_end();
        let mut space = Space::TIGHT;
        match items.first() {
            None if self.comment_inside(id) => {}
            None => end = Space::BLANK.or(Space::FIXED),
            Some(first) => {
                if !braces || self.item_start(*first).is_none() {
                    space = space.or(Space::LINE).or(Space::FIXED);
                }
            }
        }
        self.place(braces.then_some(span.start));
        self.token(Kind::LBrace);
        let line = self.p.line;
        self.p.space(space.or(end).or(Space::INDENT));
        self.p.brace_on_line = true;
        self.items(&items);
        self.p.space(Space::UNINDENT);
        let mut space = Space::TIGHT;
        if self.p.line != line {
            space = space.or(Space::LINE);
            if !matches!(self.p.last, Some(Kind::RBrace | Kind::RBrack)) {
                space = space.or(Space::FIXED);
            }
        }
        self.p.space(space);
        self.place(braces.then_some(span.end - 1));
        self.token(Kind::RBrace);
    }

    /// Whether a list's elements go without commas at line ends, because the source has them so.
    fn omits_commas(&self, elements: &[ExprId], close: u32) -> bool {
        match elements {
            [] => false,
            [_] => !self.s.comma_before(close),
            [_, rest @ ..] => rest.iter().any(|id| !self.s.comma_before(self.start(*id))),
        }
    }

    pub(super) fn list(&mut self, span: Span, elements: &[ExprId], comment_inside: bool) {
        let close = span.end - 1;
        let mut space = Space::TIGHT.or(Space::INDENT);
        if elements.is_empty() && !comment_inside {
            space = space.or(Space::BLANK).or(Space::FIXED);
        }
        self.place(Some(span.start));
        self.token(Kind::LBrack);
        self.p.space(space);
        let omit = self.omits_commas(elements, close);
        self.enter(None, false);
        for (i, id) in elements.iter().enumerate() {
            if i > 0 && omit {
                self.p.space(Space::DECL_COMMA);
            }
            self.element(*id, omit);
        }
        self.leave();
        self.p.space(Space::TRAILING.or(Space::TIGHT));
        self.visit_here();
        self.p.space(Space::UNINDENT);
        self.p.space(Space::TIGHT);
        self.place(Some(close));
        self.token(Kind::RBrack);
    }

    /// A list element; comments behind its start come behind its comma.
    fn element(&mut self, id: ExprId, omit: bool) {
        let start = self.start(id);
        self.enter_expr(id);
        let behind = |f: &Self, id: ExprId, start: u32| -> Vec<_> {
            let groups = f.comments.get(&Key::Expr(id)).map_or(&[][..], |g| g);
            let at = |first: u32| f.s.file.comments[first as usize].span.start;
            groups.iter().filter(|g| g.position > 0 && at(g.first) > start).copied().collect()
        };
        let mut held = behind(self, id, start);
        self.current.groups.clear();
        match self.s.file.expr(id) {
            Expr::Ellipsis(of) => {
                self.place(Some(start));
                self.token(Kind::Ellipsis);
                if let Some(of) = of.filter(|id| !self.is_top(*id)) {
                    held.extend(behind(self, of, self.start(of)));
                    self.raw(of, 1);
                }
            }
            Expr::Alias(name, value) => {
                self.name(Key::AliasName(id), name);
                self.place(self.token_from(name.span.end));
                self.token(Kind::Bind);
                self.expr(value);
            }
            _ => self.raw(id, 1),
        }
        if !omit {
            self.p.space(Space::COMMA.or(Space::BLANK));
        }
        self.current.groups = held;
        self.leave();
    }

    /// An interpolated literal. Its text is copied. On one line, line ends inside do not count; on several, a line
    /// end on one side of an expression asks for one on the other.
    fn interpolation(&mut self, span: Span, parts: List, depth: u32) {
        let multiline = crate::literal::quoting(self.s.text(span)).is_ok_and(|q| q.multiline);
        if !multiline {
            self.loosen(span, parts);
        }
        self.enter(None, false);
        let file = self.s.file;
        for i in parts.start..parts.start + parts.len {
            let force = multiline && i > parts.start && self.force_break(span, parts, i);
            match file.interps[i as usize] {
                InterpPart::Text(_) => {
                    let text = self.fragment(span, parts, i);
                    if force {
                        self.p.space(Space::LINE.or(Space::FIXED));
                    }
                    self.enter(Some(Key::Fragment(i)), false);
                    self.place(Some(text.start));
                    let raw = self.s.text(text);
                    let raw = if multiline { raw.replace('\r', "") } else { raw.to_owned() };
                    self.p.text(&raw, Kind::String, true);
                    self.leave();
                }
                InterpPart::Expr(id) => {
                    if force {
                        self.p.space(Space::LINE.or(Space::FIXED));
                    }
                    self.expr_at(id, depth + 1);
                }
            }
        }
        self.leave();
    }

    /// The text of a fragment with its quotes and parentheses.
    fn fragment(&self, span: Span, parts: List, i: u32) -> Span {
        let start = if i == parts.start { span.start } else { self.part_span(i).start - 1 };
        if i + 1 == parts.start + parts.len {
            return Span::new(start, span.end);
        }
        let at = self.s.tokens.partition_point(|t| t.span.start < start);
        Span::new(start, self.s.tokens.get(at).map_or(span.end, |t| t.span.end))
    }

    fn part_span(&self, i: u32) -> Span {
        match self.s.file.interps[i as usize] {
            InterpPart::Text(span) => span,
            InterpPart::Expr(id) => self.s.file.span(id),
        }
    }

    /// Whether a part must start a line because the expression has a line end only on its other side.
    fn force_break(&self, span: Span, parts: List, i: u32) -> bool {
        let expr = if matches!(self.s.file.interps[i as usize], InterpPart::Expr(_)) { i } else { i - 1 };
        if expr + 1 >= parts.start + parts.len {
            return false;
        }
        let (before, value, behind) = (
            self.fragment(span, parts, expr - 1),
            self.part_span(expr),
            self.fragment(span, parts, expr + 1),
        );
        let leading = self.s.line(value.start) > self.s.line(before.end);
        let trailing = self.s.line(behind.start) > self.s.line(value.end);
        leading != trailing && (if leading { i != expr } else { i == expr })
    }

    /// In a literal of one line, nodes that start a line in the source do not.
    fn loosen(&mut self, span: Span, parts: List) {
        let file = self.s.file;
        for i in parts.start + 1..parts.start + parts.len {
            match file.interps[i as usize] {
                InterpPart::Text(_) => {
                    self.loose.insert(self.fragment(span, parts, i).start);
                }
                InterpPart::Expr(id) => {
                    let whole = file.span(id);
                    for at in
                        file.expr_spans[..=id.0 as usize].iter().rev().take_while(|s| s.start >= whole.start)
                    {
                        self.loose.insert(at.start);
                    }
                    let last = file.decl_spans.partition_point(|s| s.end <= whole.end);
                    for at in file.decl_spans[..last].iter().rev().take_while(|s| s.start >= whole.start) {
                        self.loose.insert(at.start);
                    }
                }
            }
        }
    }
}
