//! What printing an expression needs to know of its parts, computed once for all, children before parents.

use super::source::Source;
use crate::ast::{BinaryOp, Expr, ExprId, UnaryOp};

/// Facts about one expression.
#[derive(Clone, Copy, Default)]
struct Fact {
    /// It holds something of several lines, so what follows it starts a new table.
    big: bool,
    /// Binary operators of these precedences in it, calls and parentheses excluded.
    has6: bool,
    has7: bool,
    /// A right side that would run together with its operator: the operator's precedence, 8 for `/ *x`.
    clash: u8,
}

/// Facts about all expressions of a file.
pub(super) struct Facts(Vec<Fact>);

/// The precedence of a binary operator.
pub(super) fn precedence(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => 1,
        BinaryOp::And => 2,
        BinaryOp::LogicalOr => 3,
        BinaryOp::LogicalAnd => 4,
        BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessEq
        | BinaryOp::Greater
        | BinaryOp::GreaterEq
        | BinaryOp::Match
        | BinaryOp::NotMatch => 5,
        BinaryOp::Add | BinaryOp::Sub => 6,
        BinaryOp::Mul
        | BinaryOp::Div
        | BinaryOp::IntDiv
        | BinaryOp::IntMod
        | BinaryOp::IntQuo
        | BinaryOp::IntRem => 7,
    }
}

impl Facts {
    pub(super) fn new(source: &Source<'_>) -> Self {
        let mut facts = Facts(Vec::with_capacity(source.file.exprs.len()));
        for i in 0..source.file.exprs.len() {
            let fact = facts.of(source, ExprId(i as u32));
            facts.0.push(fact);
        }
        facts
    }

    fn get(&self, id: ExprId) -> Fact {
        self.0.get(id.0 as usize).copied().unwrap_or_default()
    }

    fn of(&self, source: &Source<'_>, id: ExprId) -> Fact {
        let file = source.file;
        let big = match file.expr(id) {
            Expr::Struct(_) | Expr::List(_) => true,
            Expr::String => source.text(file.span(id)).contains('\n'),
            Expr::Paren(x)
            | Expr::Unary(_, x)
            | Expr::PostfixEllipsis(x)
            | Expr::PostfixOption(x)
            | Expr::Index(x, _)
            | Expr::Select(x, _) => self.get(x).big,
            Expr::Binary(_, x, y) => self.get(x).big || self.get(y).big,
            Expr::Call(_, args) => file.expr_list(args).iter().any(|id| self.get(*id).big),
            _ => false,
        };
        let Expr::Binary(op, x, y) = file.expr(id) else { return Fact { big, ..Fact::default() } };
        let mut fact = Fact { big, has6: precedence(op) == 6, has7: precedence(op) == 7, clash: 0 };
        for side in [x, y] {
            if matches!(file.expr(side), Expr::Binary(..)) {
                let part = self.get(side);
                fact.has6 |= part.has6;
                fact.has7 |= part.has7;
                fact.clash = fact.clash.max(part.clash);
            }
        }
        if let Expr::Unary(unary, _) = file.expr(y) {
            match (op, unary) {
                (BinaryOp::Div, UnaryOp::Default) => fact.clash = 8,
                (BinaryOp::Add, UnaryOp::Add) | (BinaryOp::Sub, UnaryOp::Sub) => {
                    fact.clash = fact.clash.max(6);
                }
                _ => {}
            }
        }
        fact
    }

    /// Whether an expression holds something of several lines.
    pub(super) fn is_big(&self, id: ExprId) -> bool {
        self.get(id).big
    }

    /// Binary operators of a lower precedence than this have blanks around them.
    pub(super) fn cutoff(&self, id: ExprId, depth: u32) -> u8 {
        let fact = self.get(id);
        match (fact.clash, fact.has6 && fact.has7) {
            (1.., _) => fact.clash + 1,
            (0, true) if depth == 1 => 7,
            (0, false) if depth == 1 => 8,
            (0, _) => 6,
        }
    }
}
