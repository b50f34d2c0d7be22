//! Expressions. Operands on the left (of operators, selectors, calls) are followed in a loop, so that only nesting
//! takes stack; where the stack runs out, more is taken from the heap.

use vela_diagnostics::Span;
use vela_syntax::ast;
use vela_syntax::literal::{self, StringValue};

use super::Lowerer;
use crate::ir::{BinaryOp, Compare, Disjunct, Expr, ExprId, List, Place, Slice, Struct, StructId, UnaryOp};

/// Stack below which more is taken.
const RED_ZONE: usize = 128 * 1024;
/// How much is taken at a time.
const SEGMENT: usize = 2 * 1024 * 1024;

impl<'a> Lowerer<'a, '_> {
    /// Lowers an expression.
    pub(super) fn expr(&mut self, id: ast::ExprId) -> ExprId {
        stacker::maybe_grow(RED_ZONE, SEGMENT, || self.expr_here(id))
    }

    fn expr_here(&mut self, id: ast::ExprId) -> ExprId {
        let base = self.spine.len();
        let mut current = id;
        loop {
            let left = match self.ast.expr(current) {
                ast::Expr::Paren(inner) => {
                    current = inner;
                    continue;
                }
                ast::Expr::Binary(op, left, _) if op != ast::BinaryOp::Or => left,
                ast::Expr::Unary(ast::UnaryOp::Default, _) => break,
                ast::Expr::Unary(ast::UnaryOp::Equal, _) if !self.experiments.structcmp => break,
                ast::Expr::PostfixEllipsis(_) if !self.experiments.explicitopen => break,
                ast::Expr::Unary(_, left)
                | ast::Expr::Select(left, _)
                | ast::Expr::Index(left, _)
                | ast::Expr::Slice(left, _, _)
                | ast::Expr::Call(left, _)
                | ast::Expr::PostfixEllipsis(left)
                | ast::Expr::PostfixOption(left) => left,
                _ => break,
            };
            self.spine.push(current);
            current = left;
        }
        let mut value = self.leaf(current);
        while self.spine.len() > base {
            let Some(outer) = self.spine.pop() else { break };
            value = self.apply(outer, value);
        }
        value
    }

    /// Lowers an expression whose left operand is lowered already.
    fn apply(&mut self, id: ast::ExprId, left: ExprId) -> ExprId {
        let place = self.expr_place(id);
        let expr = match self.ast.expr(id) {
            ast::Expr::Binary(op, x, y) => {
                let right = self.expr(y);
                self.binary(op, (x, left), (y, right))
            }
            ast::Expr::Unary(op, _) => match compare(op) {
                Some(compare) => Expr::Bound(compare, left),
                None => Expr::Unary(
                    match op {
                        ast::UnaryOp::Add => UnaryOp::Plus,
                        ast::UnaryOp::Sub => UnaryOp::Minus,
                        _ => UnaryOp::Not,
                    },
                    left,
                ),
            },
            ast::Expr::Select(_, selector) => self.select(left, selector),
            ast::Expr::Index(_, index) => Expr::Index(left, self.expr(index)),
            ast::Expr::Slice(_, low, high) => {
                let low = low.map(|e| self.expr(e));
                let high = high.map(|e| self.expr(e));
                self.ir.slices.push(Slice { operand: left, low, high });
                Expr::Slice(self.ir.slices.len() as u32 - 1)
            }
            ast::Expr::Call(_, args) => {
                let base = self.elements.len();
                for arg in self.ast.expr_list(args) {
                    let arg = self.expr(*arg);
                    self.elements.push(arg);
                }
                Expr::Call(left, self.take_elements(base))
            }
            ast::Expr::PostfixEllipsis(_) => Expr::Open(left),
            _ => return self.option(left, place),
        };
        self.push(expr, place)
    }

    fn select(&mut self, left: ExprId, selector: ast::ExprId) -> Expr {
        let span = self.ast.span(selector);
        let label = match self.ast.expr(selector) {
            ast::Expr::String => self.string_label(selector),
            _ => {
                let name = span.of(self.text);
                (name != "_" && !name.is_empty()).then(|| self.ir.labels.identifier(name, self.package))
            }
        };
        match label {
            Some(label) => Expr::Select(left, label),
            None => self.bottom(self.place(span), "invalid selector".to_string()),
        }
    }

    /// `x?`
    fn option(&mut self, left: ExprId, place: Place) -> ExprId {
        if !self.experiments.try_ {
            let message =
                "optional marker (?) requires the try experiment (language version v0.16.0 or later)";
            self.error(place, message.to_string());
        } else if self.try_depth == 0 {
            let message = "optional marker (?) is only valid within a try clause";
            self.error(place, message.to_string());
        }
        let expr = match self.ir.expr(left) {
            Expr::FieldRef(..) | Expr::Select(..) | Expr::Index(..) => Expr::Try(left),
            Expr::Bottom => Expr::Bottom,
            _ => self.bottom(place, "optional marker (?) can only be used on references".to_string()),
        };
        self.push(expr, place)
    }

    fn binary(
        &mut self,
        op: ast::BinaryOp,
        (x, left): (ast::ExprId, ExprId),
        (y, right): (ast::ExprId, ExprId),
    ) -> Expr {
        let op = match op {
            // Disjunctions never get here.
            ast::BinaryOp::And | ast::BinaryOp::Or => return Expr::And(left, right),
            ast::BinaryOp::LogicalOr => BinaryOp::LogicalOr,
            ast::BinaryOp::LogicalAnd => BinaryOp::LogicalAnd,
            ast::BinaryOp::Equal => BinaryOp::Compare(Compare::Equal),
            ast::BinaryOp::NotEqual => BinaryOp::Compare(Compare::NotEqual),
            ast::BinaryOp::Less => BinaryOp::Compare(Compare::Less),
            ast::BinaryOp::LessEq => BinaryOp::Compare(Compare::LessEq),
            ast::BinaryOp::Greater => BinaryOp::Compare(Compare::Greater),
            ast::BinaryOp::GreaterEq => BinaryOp::Compare(Compare::GreaterEq),
            ast::BinaryOp::Match => BinaryOp::Compare(Compare::Match),
            ast::BinaryOp::NotMatch => BinaryOp::Compare(Compare::NotMatch),
            ast::BinaryOp::Add => BinaryOp::Add,
            ast::BinaryOp::Sub => BinaryOp::Sub,
            ast::BinaryOp::Mul => BinaryOp::Mul,
            ast::BinaryOp::Div => BinaryOp::Div,
            ast::BinaryOp::IntDiv => BinaryOp::IntDiv,
            ast::BinaryOp::IntMod => BinaryOp::IntMod,
            ast::BinaryOp::IntQuo => BinaryOp::IntQuo,
            ast::BinaryOp::IntRem => BinaryOp::IntRem,
        };
        for (source, operand) in [(x, left), (y, right)] {
            let abstract_ = match self.ir.expr(operand) {
                Expr::Kind(_) | Expr::Top | Expr::Bound(..) => true,
                Expr::And(..) => self.ir.range_name(operand).is_some(),
                _ => false,
            };
            if abstract_ {
                let text = super::source::debug_text(self.ast, self.text, source);
                let message = format!("invalid operand {text} ('{}' requires concrete value)", op.text());
                self.error(self.expr_place(source), message);
            }
        }
        Expr::Binary(op, left, right)
    }

    /// Lowers an expression without a left operand to follow.
    pub(super) fn leaf(&mut self, id: ast::ExprId) -> ExprId {
        let place = self.expr_place(id);
        let span = self.ast.span(id);
        let expr = match self.ast.expr(id) {
            ast::Expr::Ident => return self.resolve(span),
            ast::Expr::Null => Expr::Null,
            ast::Expr::Bool(value) => Expr::Bool(value),
            ast::Expr::Bottom => Expr::Bottom,
            ast::Expr::Number => self.number(span, place),
            ast::Expr::String => match literal::string(span.of(self.text)) {
                Ok(text) => self.text_expr(text),
                Err(message) => self.bottom(place, format!("invalid string: {message}")),
            },
            ast::Expr::Interpolation(parts) => self.interpolation(span, parts, place),
            ast::Expr::Struct(decls) => self.struct_literal(span, decls),
            ast::Expr::List(elements) => self.list(elements),
            ast::Expr::Binary(..) => self.disjunction(id),
            ast::Expr::Comprehension(_) => {
                self.bottom(place, "comprehension values not allowed in this position".to_string())
            }
            ast::Expr::Unary(ast::UnaryOp::Default, _) => {
                self.bottom(place, "preference mark not allowed at this position".to_string())
            }
            ast::Expr::Unary(..) => self.bottom(place, "unsupported unary operator \"==\"".to_string()),
            ast::Expr::PostfixEllipsis(_) => {
                self.bottom(place, "postfix ... operator requires @experiment(explicitopen)".to_string())
            }
            ast::Expr::Alias(..) => self.bottom(place, "alias not allowed in this position".to_string()),
            ast::Expr::Ellipsis(_) => self.bottom(place, "ellipsis must be last element in list".to_string()),
            _ => self.bottom(place, "invalid expression".to_string()),
        };
        self.push(expr, place)
    }

    fn number(&mut self, span: Span, place: Place) -> Expr {
        match literal::number(span.of(self.text)) {
            Ok(number) => {
                self.ir.numbers.push(number);
                Expr::Num(self.ir.numbers.len() as u32 - 1)
            }
            Err(error) => self.bottom(place, format!("parse error: {error}")),
        }
    }

    /// A string as an expression.
    pub(super) fn str_expr(&mut self, text: &str) -> Expr {
        self.ir.strings.push(text.into());
        Expr::Str(self.ir.strings.len() as u32 - 1)
    }

    fn text_expr(&mut self, text: StringValue) -> Expr {
        match text {
            StringValue::Str(text) => self.str_expr(&text),
            StringValue::Bytes(bytes) => {
                self.ir.bytes.push(bytes.into());
                Expr::Bytes(self.ir.bytes.len() as u32 - 1)
            }
        }
    }

    fn interpolation(&mut self, span: Span, parts: ast::List, place: Place) -> Expr {
        let quotes = match literal::quoting(span.of(self.text)) {
            Ok(quotes) => quotes,
            Err(message) => return self.bottom(place, format!("invalid interpolation: {message}")),
        };
        let base = self.elements.len();
        let parts = self.ast.interp_parts(parts);
        for (i, part) in parts.iter().enumerate() {
            let part = match *part {
                ast::InterpPart::Text(span) => {
                    let last = i + 1 == parts.len();
                    let expr = match literal::unescape(span.of(self.text), &quotes, i == 0, last) {
                        Ok(text) => self.text_expr(text),
                        Err(message) => self.bottom(self.place(span), format!("invalid string: {message}")),
                    };
                    let place = self.place(span);
                    self.push(expr, place)
                }
                ast::InterpPart::Expr(expr) => self.expr(expr),
            };
            self.elements.push(part);
        }
        Expr::Interpolation(self.take_elements(base), quotes.bytes)
    }

    fn struct_literal(&mut self, span: Span, decls: ast::List) -> Expr {
        self.open_scope(true);
        let (decls, attributes) = self.decls(self.ast.decl_list(decls));
        self.close_scope(true);
        let is_implicit = !span.of(self.text).starts_with('{');
        let id = self.ir.structs.len() as u32;
        self.ir.structs.push(Struct { decls, is_file: false, is_implicit, attributes });
        Expr::Struct(StructId(id))
    }

    fn list(&mut self, elements: ast::List) -> Expr {
        let elements = self.ast.expr_list(elements);
        self.open_scope(true);
        let base = self.elements.len();
        let mut rest = 0;
        for (i, element) in elements.iter().enumerate() {
            let value = match self.ast.expr(*element) {
                ast::Expr::Comprehension(index) => self.comprehension(index, *element, true),
                ast::Expr::Ellipsis(of) if i + 1 == elements.len() => {
                    let of = of.map(|e| self.expr(e));
                    self.ir.list_rests.push(of);
                    rest = self.ir.list_rests.len() as u32;
                    continue;
                }
                _ => self.expr(*element),
            };
            self.elements.push(value);
        }
        self.close_scope(true);
        Expr::List(self.take_elements(base), rest)
    }

    /// A disjunction, flat: `a | b | c` has three disjuncts, `(a | b) | c` two.
    fn disjunction(&mut self, id: ast::ExprId) -> Expr {
        let mut disjuncts: Vec<(ast::ExprId, bool)> = Vec::new();
        let mut work = vec![(id, false)];
        while let Some((id, mark)) = work.pop() {
            match self.ast.expr(id) {
                ast::Expr::Binary(ast::BinaryOp::Or, x, y) => work.extend([(y, mark), (x, mark)]),
                ast::Expr::Unary(ast::UnaryOp::Default, x) => work.push((x, true)),
                _ => disjuncts.push((id, mark)),
            }
        }
        let lowered: Vec<Disjunct> =
            disjuncts.into_iter().map(|(id, default)| Disjunct { expr: self.expr(id), default }).collect();
        let start = self.ir.disjuncts.len() as u32;
        self.ir.disjuncts.extend_from_slice(&lowered);
        Expr::Disjunction(List { start, len: lowered.len() as u32 })
    }
}

/// The comparison of a bound.
fn compare(op: ast::UnaryOp) -> Option<Compare> {
    Some(match op {
        ast::UnaryOp::Less => Compare::Less,
        ast::UnaryOp::LessEq => Compare::LessEq,
        ast::UnaryOp::Greater => Compare::Greater,
        ast::UnaryOp::GreaterEq => Compare::GreaterEq,
        ast::UnaryOp::Equal => Compare::Equal,
        ast::UnaryOp::NotEqual => Compare::NotEqual,
        ast::UnaryOp::Match => Compare::Match,
        ast::UnaryOp::NotMatch => Compare::NotMatch,
        ast::UnaryOp::Add | ast::UnaryOp::Sub | ast::UnaryOp::Not | ast::UnaryOp::Default => return None,
    })
}
