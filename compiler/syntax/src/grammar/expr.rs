//! Expressions, and the groups that hold them: lists, parentheses, arguments, indexes, interpolations.

use chumsky::error::EmptyErr;
use chumsky::prelude::*;

use super::{
    COMMAS, Extra, IDENTS, In, Input, KEYWORDS, Rule, STRINGS, close, elements, mark, maybe, one, separator,
    set, take, whole,
};
use crate::events::{Machine, Role, Wanted};
use crate::experiments::Features;
use crate::kind::{Kind, KindSet};

/// Tokens, and groups, that are operands by themselves.
const OPERANDS: KindSet = IDENTS.or(KEYWORDS).or(STRINGS).or(KindSet::of(&[
    Kind::Int,
    Kind::Float,
    Kind::Bottom,
    Kind::InterpStart,
    Kind::LParen,
    Kind::LBrack,
    Kind::LBrace,
]));

const BINARY: KindSet = KindSet::of(&[
    Kind::Or,
    Kind::And,
    Kind::LogicalOr,
    Kind::LogicalAnd,
    Kind::Equal,
    Kind::NotEqual,
    Kind::Less,
    Kind::LessEq,
    Kind::Greater,
    Kind::GreaterEq,
    Kind::Match,
    Kind::NotMatch,
    Kind::Add,
    Kind::Sub,
    Kind::Mul,
    Kind::Quo,
]);

const UNARY: KindSet = KindSet::of(&[
    Kind::NotEqual,
    Kind::Less,
    Kind::LessEq,
    Kind::Greater,
    Kind::GreaterEq,
    Kind::Match,
    Kind::NotMatch,
    Kind::Add,
    Kind::Sub,
    Kind::Mul,
    Kind::Not,
]);

/// Tokens that continue an expression behind an operand.
const CONTINUING: KindSet =
    BINARY.or(KindSet::of(&[Kind::Period, Kind::LBrack, Kind::LParen, Kind::Ellipsis]));

/// Tokens, and groups, that may be a label.
pub(super) const LABELS: KindSet =
    IDENTS.or(KEYWORDS).or(STRINGS).or(KindSet::of(&[Kind::InterpStart, Kind::LParen, Kind::LBrack]));

/// Whether the token `ahead` is a whole expression: an operand with nothing behind it.
pub(super) fn stands_alone(m: &Machine, ahead: usize) -> bool {
    let next = m.kind(ahead + 1);
    !(CONTINUING.has(next) || next == Kind::Option && optional_reference(m, ahead))
}

/// Whether the token `ahead` and the `?` behind it are a reference `x?`; `x?:` is a field.
pub(super) fn optional_reference(m: &Machine, ahead: usize) -> bool {
    IDENTS.has(m.kind(ahead)) && m.kind(ahead + 2) != Kind::Colon
}

/// Whether an alias `X=` stands next.
pub(super) fn at_alias(m: &Machine) -> bool {
    let name = m.kind(0);
    m.kind(1) == Kind::Bind
        && (IDENTS.has(name) || KEYWORDS.has(name) && !matches!(name, Kind::True | Kind::False | Kind::Null))
}

/// Reads `X=`, which stands next, and what follows. The name is judged when that is read.
pub(super) fn aliased<'t>(
    inp: &mut Input<'t, '_>,
    role: Role,
    features: Features,
    rest: impl FnOnce(&mut Input<'t, '_>) -> Result<(), EmptyErr>,
) -> Result<(), EmptyErr> {
    let reserved = inp.state().kind(0) == Kind::ReservedIdent;
    let at = inp.state().at;
    take(inp, role);
    if features.alias_v2 {
        inp.state().report(Wanted::NewAlias);
    }
    take(inp, Role::Plain);
    rest(inp)?;
    if reserved && !features.alias_v2 {
        inp.state().report_at(Wanted::Unreserved, at);
    }
    Ok(())
}

/// A whole expression, flat: operands, and operators in the order they stand. Precedence is the builder's.
pub(super) fn expression<'t>(features: Features) -> Rule<'t> {
    let unary = if features.struct_compare { UNARY.or(set(Kind::Equal)) } else { UNARY };
    let operand = custom(move |inp: &mut Input<'t, '_>| {
        if !inp.state().next_is(OPERANDS) {
            inp.state().fail(Wanted::Operand);
            return Err(EmptyErr::default());
        }
        let optional = inp.state().kind(1) == Kind::Option && optional_reference(inp.state(), 0);
        take(inp, Role::Operand);
        if optional {
            take(inp, Role::PostfixOption);
        }
        Ok(())
    });
    let optional = maybe(set(Kind::Option), Role::PostfixOption).or_not();
    let selectors = IDENTS.or(KEYWORDS).or(set(Kind::PlainString));
    let postfix = choice((
        maybe(set(Kind::Period), Role::Dot)
            .then(one(selectors, Role::Selector, Wanted::Selector))
            .then(optional)
            .ignored(),
        maybe(set(Kind::LParen), Role::Call),
        maybe(set(Kind::LBrack), Role::Index).then(optional).ignored(),
        custom(move |inp: &mut Input<'t, '_>| {
            if inp.state().kind(0) != Kind::Ellipsis {
                return Err(EmptyErr::default());
            }
            if !features.explicit_open {
                inp.state().report(Wanted::ExplicitOpen);
            }
            take(inp, Role::PostfixEllipsis);
            Ok(())
        }),
    ));
    let unary = maybe(unary, Role::Prefix).repeated().then(operand).then(postfix.repeated());
    mark(Role::ExprStart)
        .then(unary)
        .then(maybe(BINARY, Role::Infix).then(unary).repeated())
        .then(mark(Role::ExprEnd))
        .ignored()
        .boxed()
}

/// Stands for an expression of which nothing can be read.
pub(super) fn missing<'t>() -> impl Parser<'t, In<'t>, (), Extra<'t>> + Copy {
    mark(Role::ExprStart).then(mark(Role::Missing)).then(mark(Role::ExprEnd)).ignored()
}

/// As much of an expression as can be read.
pub(super) fn partial<'t>(expr: &Rule<'t>) -> Rule<'t> {
    expr.clone().or(missing()).boxed()
}

/// `( x )`.
pub(super) fn paren<'t>(expr: &Rule<'t>) -> Rule<'t> {
    whole(expr.clone(), partial(expr), Kind::RParen, Wanted::Token(Kind::RParen)).boxed()
}

/// The parts of an interpolated literal.
pub(super) fn interpolation<'t>(expr: &Rule<'t>) -> Rule<'t> {
    let part = expr.clone().then(maybe(set(Kind::AutoComma), Role::Plain).or_not());
    let content =
        part.clone().then(maybe(set(Kind::InterpMid), Role::Middle).then(part).repeated()).ignored();
    whole(content, partial(expr), Kind::InterpEnd, Wanted::InterpolationEnd).boxed()
}

/// What stands in the brackets of an index or a slice.
pub(super) fn index<'t>(expr: &Rule<'t>) -> Rule<'t> {
    let expr_rule = expr.clone();
    let content = custom(move |inp: &mut Input<'t, '_>| {
        if inp.state().kind(0) != Kind::Colon {
            inp.check(&expr_rule)?;
        }
        if inp.state().kind(0) == Kind::Colon {
            take(inp, Role::SliceColon);
            if !matches!(inp.state().kind(0), Kind::Colon | Kind::RBrack | Kind::Eof) {
                inp.check(&expr_rule)?;
            }
        } else if inp.state().next_is(COMMAS) && !inp.state().is_last() {
            take(inp, Role::Plain);
        }
        Ok(())
    });
    whole(content, partial(expr), Kind::RBrack, Wanted::Token(Kind::RBrack)).boxed()
}

/// The arguments of a call.
pub(super) fn arguments<'t>(expr: &Rule<'t>) -> Rule<'t> {
    let argument = expr
        .clone()
        .then(mark(Role::Element))
        .then(separator(set(Kind::RParen), Wanted::CommaInArguments))
        .ignored();
    elements(KindSet::of(&[Kind::RParen, Kind::Eof]), argument, partial(expr), Role::Element)
        .then(close(Kind::RParen, Wanted::Token(Kind::RParen)))
        .ignored()
        .boxed()
}

/// The elements of a list.
pub(super) fn list<'t>(expr: &Rule<'t>, comprehension: &Rule<'t>, features: Features) -> Rule<'t> {
    let end = KindSet::of(&[Kind::RBrack, Kind::Eof]);
    let (rule, comprehension) = (expr.clone(), comprehension.clone());
    let element = custom(move |inp: &mut Input<'t, '_>| {
        if inp.state().kind(0) == Kind::Ellipsis {
            take(inp, Role::EllipsisWord);
            if !inp.state().next_is(COMMAS.or(set(Kind::RBrack))) {
                inp.check(&rule)?;
            }
            inp.state().mark(Role::EllipsisElement);
            inp.check(separator(set(Kind::RBrack), Wanted::CommaInList))?;
            // Nothing stands behind `...T`.
            if inp.state().kind(0) != Kind::RBrack {
                inp.state().fail(Wanted::Token(Kind::RBrack));
                return Err(EmptyErr::default());
            }
            return Ok(());
        }
        if super::decl::at_comprehension(inp.state()) {
            inp.check(&comprehension)?;
            inp.state().mark(Role::Element);
            return inp.check(separator(set(Kind::RBrack), Wanted::CommaInList));
        }
        value(inp, &rule, features)?;
        inp.state().mark(Role::Element);
        separate_element(inp, features)
    });
    elements(end, element, partial(expr), Role::Element)
        .then(close(Kind::RBrack, Wanted::Token(Kind::RBrack)))
        .ignored()
        .boxed()
}

/// A list element that is an expression, perhaps with an alias.
fn value<'t>(inp: &mut Input<'t, '_>, expr: &Rule<'t>, features: Features) -> Result<(), EmptyErr> {
    if at_alias(inp.state()) {
        return aliased(inp, Role::ElementAlias, features, |inp| inp.check(expr));
    }
    inp.check(expr)?;
    if inp.state().kind(0) == Kind::Bind && !inp.state().failed_ahead() {
        if features.alias_v2 {
            inp.state().report(Wanted::NewAlias);
        }
        take(inp, Role::Plain);
        inp.check(expr)?;
        if !features.alias_v2 {
            inp.state().report(Wanted::AliasName);
        }
    }
    Ok(())
}

/// What separates list elements: before language version 0.17 a line end did not, except before the `]`.
fn separate_element(inp: &mut Input<'_, '_>, features: Features) -> Result<(), EmptyErr> {
    if inp.state().failed_ahead() {
        return Err(EmptyErr::default());
    }
    let (next, behind) = (inp.state().kind(0), inp.state().kind(1));
    if next == Kind::AutoComma && !features.list_newlines {
        take(inp, Role::Plain);
        match behind {
            Kind::RBrack => {}
            Kind::For | Kind::If => return unclosed(inp),
            _ => inp.state().report(Wanted::CommaBeforeNewline),
        }
        return Ok(());
    }
    if matches!(next, Kind::For | Kind::If) {
        return unclosed(inp);
    }
    inp.check(separator(set(Kind::RBrack), Wanted::CommaInList))
}

fn unclosed(inp: &mut Input<'_, '_>) -> Result<(), EmptyErr> {
    inp.state().fail(Wanted::Token(Kind::RBrack));
    Err(EmptyErr::default())
}
