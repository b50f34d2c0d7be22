//! Declarations: fields, embeddings, lets, comprehensions, attributes, `...`.

use chumsky::error::EmptyErr;
use chumsky::prelude::*;

use super::expr::{LABELS, aliased, at_alias, missing, optional_reference, stands_alone};
use super::{
    COMMAS, Extra, IDENTS, In, Input, Parsed, Rule, close, declared, elements, mark, maybe, one, separator,
    set, take, whole,
};
use crate::events::{Machine, Role, Wanted};
use crate::experiments::Features;
use crate::kind::{Kind, KindSet};

/// What ends a list of declarations.
pub(super) const END: KindSet = KindSet::of(&[Kind::RBrace, Kind::Eof]);

/// `{ declarations }`.
pub(super) fn structure<'t>(expr: &Rule<'t>, comprehension: &Rule<'t>, features: Features) -> Rule<'t> {
    declarations(expr, comprehension, features)
        .then(close(Kind::RBrace, Wanted::Token(Kind::RBrace)))
        .ignored()
        .boxed()
}

/// Declarations up to a `}` or the end of the file.
pub(super) fn declarations<'t>(
    expr: &Rule<'t>,
    comprehension: &Rule<'t>,
    features: Features,
) -> impl Parser<'t, In<'t>, (), Extra<'t>> + use<'t> {
    elements(END, declaration(expr, comprehension, features), incomplete(expr, features), Role::BadDecl)
}

/// What a declaration is, by its first three tokens.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Attribute,
    Ellipsis,
    Let,
    Comprehension,
    Field,
    /// `X=` that no label follows.
    Alias,
    /// Something that could be a label, alone.
    Alone,
    Embedding,
}

/// Whether a comprehension starts here, in a list or a struct. `for` and `if` are names where a label's mark, a
/// comma or nothing follows; `try` never is.
pub(super) fn at_comprehension(m: &Machine) -> bool {
    let name = KindSet::of(&[Kind::Colon, Kind::Bind, Kind::Option, Kind::Comma, Kind::AutoComma, Kind::Eof]);
    match m.kind(0) {
        Kind::Try => true,
        Kind::For => !name.has(m.kind(1)) && m.kind(1) != Kind::Not,
        Kind::If => !(name.has(m.kind(1)) || m.kind(1) == Kind::Not && m.kind(2) == Kind::Colon),
        _ => false,
    }
}

fn start(m: &Machine) -> Start {
    match m.kind(0) {
        Kind::Attribute => return Start::Attribute,
        Kind::Ellipsis => return Start::Ellipsis,
        Kind::Let if IDENTS.has(m.kind(1)) => return Start::Let,
        Kind::For | Kind::If | Kind::Try if at_comprehension(m) => return Start::Comprehension,
        kind if !LABELS.has(kind) => return Start::Embedding,
        _ => {}
    }
    // As the first word, these three begin no expression.
    let word = matches!(m.kind(0), Kind::For | Kind::If | Kind::Let);
    match m.kind(1) {
        Kind::Bind if at_alias(m) && at_label(m, 2, true) => Start::Field,
        Kind::Bind if at_alias(m) => Start::Alias,
        Kind::Colon | Kind::Not | Kind::Tilde => Start::Field,
        Kind::Option if word || !optional_reference(m, 0) => Start::Field,
        _ if word || stands_alone(m, 0) => Start::Alone,
        _ => Start::Embedding,
    }
}

/// Whether the token `ahead` is a label, by what follows it. Behind an alias a number passes for one.
fn at_label(m: &Machine, ahead: usize, aliased: bool) -> bool {
    let kind = m.kind(ahead);
    if !(LABELS.has(kind) || aliased && matches!(kind, Kind::Int | Kind::Float)) {
        return false;
    }
    match m.kind(ahead + 1) {
        Kind::Colon | Kind::Not | Kind::Tilde => true,
        Kind::Option => !optional_reference(m, ahead),
        _ => false,
    }
}

fn declaration<'t>(expr: &Rule<'t>, comprehension: &Rule<'t>, features: Features) -> Rule<'t> {
    let end = separator(END, Wanted::CommaInStruct);
    let attribute = one(set(Kind::Attribute), Role::DeclAttribute, Wanted::Operand)
        .then(mark(Role::AttributeDecl))
        .then(end);
    let ellipsis = one(set(Kind::Ellipsis), Role::DeclEllipsis, Wanted::Operand).then(end);
    let let_decl = one(set(Kind::Let), Role::LetWord, Wanted::Operand)
        .then(declared(Role::LetName))
        .then(one(set(Kind::Bind), Role::Plain, Wanted::Token(Kind::Bind)))
        .then(expr.clone())
        .then(mark(Role::Let))
        .then(end);
    let comprehension = comprehension
        .clone()
        .then(mark(Role::Embed))
        .then(separator(set(Kind::RBrace), Wanted::CommaInStruct));
    let embedding = expr.clone().then(mark(Role::Embed)).then(end);
    let field = field(expr, features);
    let alias = alias(expr, features);
    custom(move |inp: &mut Input<'t, '_>| {
        let start = start(inp.state());
        inp.state().mark(Role::DeclStart);
        match start {
            Start::Attribute => inp.check(attribute),
            Start::Ellipsis => inp.check(ellipsis),
            Start::Let => inp.check(&let_decl),
            Start::Comprehension => inp.check(&comprehension),
            Start::Field => inp.check(&field),
            Start::Alias => inp.check(&alias),
            Start::Alone => alone(inp),
            Start::Embedding => inp.check(&embedding),
        }
    })
    .boxed()
}

/// A label and its marks, up to the colon.
fn label<'t>(features: Features) -> impl Parser<'t, In<'t>, (), Extra<'t>> + Copy {
    custom(move |inp: &mut Input<'t, '_>| {
        if at_alias(inp.state()) {
            aliased(inp, Role::AliasName, features, |inp| {
                take(inp, Role::Label);
                Ok(())
            })?;
        } else {
            take(inp, Role::Label);
        }
        if inp.state().kind(0) == Kind::Tilde {
            if !features.alias_v2 {
                inp.state().report(Wanted::AliasV2);
            }
            take(inp, Role::Tilde);
            match inp.state().kind(0) {
                Kind::LParen => take(inp, Role::PostfixAliasGroup),
                kind if IDENTS.has(kind) => take(inp, Role::PostfixAliasName),
                _ => {
                    inp.state().fail(Wanted::AliasNameOrParen);
                    return Err(EmptyErr::default());
                }
            }
        }
        match inp.state().kind(0) {
            Kind::Option => take(inp, Role::Optional),
            Kind::Not => take(inp, Role::Required),
            _ => {}
        }
        Ok(())
    })
}

/// Further labels, as in `a: b: c: 1`. `let` and its like are labels here as anywhere.
fn labels<'t>(features: Features) -> impl Parser<'t, In<'t>, (), Extra<'t>> + Copy {
    custom(move |inp: &mut Input<'t, '_>| {
        loop {
            let aliased = at_alias(inp.state());
            if !at_label(inp.state(), if aliased { 2 } else { 0 }, aliased) {
                return Ok(());
            }
            inp.check(label(features))?;
            inp.check(one(set(Kind::Colon), Role::Colon, Wanted::Token(Kind::Colon)))?;
        }
    })
}

fn field<'t>(expr: &Rule<'t>, features: Features) -> impl Parser<'t, In<'t>, (), Extra<'t>> + use<'t> {
    let value = value(expr, features)
        .then(maybe(set(Kind::Attribute), Role::FieldAttribute).repeated())
        .then(mark(Role::Field))
        .then(separator(END, Wanted::CommaInStruct));
    custom(move |inp: &mut Input<'t, '_>| {
        let aliased = at_alias(inp.state());
        let (at, first) = (inp.state().at, inp.state().kind(0));
        inp.check(label(features))?;
        if inp.state().kind(0) == Kind::Colon {
            // Of the labels of a chain only the first is judged.
            if first == Kind::ReservedIdent && !aliased {
                inp.state().report_at(Wanted::Unreserved, at);
            }
            take(inp, Role::Colon);
            inp.check(labels(features))?;
            return inp.check(&value);
        }
        label_alone(inp, !aliased && embeddable(first));
        Ok(())
    })
}

/// A field's value, perhaps with an alias.
fn value<'t>(expr: &Rule<'t>, features: Features) -> impl Parser<'t, In<'t>, (), Extra<'t>> + use<'t> {
    let expr = expr.clone();
    custom(move |inp: &mut Input<'t, '_>| {
        if inp.state().kind(0) == Kind::Let && IDENTS.has(inp.state().kind(1)) {
            return let_value(inp, &expr);
        }
        if at_alias(inp.state()) {
            return aliased(inp, Role::ValueAlias, features, |inp| inp.check(&expr));
        }
        if inp.state().kind(0) == Kind::Let {
            // Not the start of an expression, as little as at the start of a declaration.
            inp.state().mark(Role::ExprStart);
            take(inp, Role::Operand);
            inp.state().mark(Role::ExprEnd);
            return Ok(());
        }
        inp.check(&expr)
    })
}

/// `let x = 1` is no value. Upstream reads the declaration and takes the next expression for the value; here that
/// is an error, unless something else is wrong already.
fn let_value<'t>(inp: &mut Input<'t, '_>, expr: &Rule<'t>) -> Parsed {
    let at = inp.state().at;
    take(inp, Role::Skipped);
    take(inp, Role::Skipped);
    inp.check(one(set(Kind::Bind), Role::Skipped, Wanted::Token(Kind::Bind)))?;
    inp.check(expr)?;
    let before = inp.state().failures.len();
    inp.check(separator(END, Wanted::CommaInStruct))?;
    inp.check(expr)?;
    let ends = inp.state().next_is(COMMAS.or(END).or(set(Kind::Attribute)));
    if ends && inp.state().failures.len() == before {
        inp.state().report_at(Wanted::Operand, at);
    }
    Ok(())
}

/// Whether a lone token that could be a label is an embedding: all but the word `func`.
fn embeddable(first: Kind) -> bool {
    first != Kind::Func
}

fn alone(inp: &mut Input<'_, '_>) -> Parsed {
    let first = inp.state().kind(0);
    take(inp, Role::Label);
    label_alone(inp, embeddable(first));
    Ok(())
}

/// Behind a label without a colon: an embedding if the declaration ends here, else an error at the next token,
/// which begins the next declaration. Where it is no embedding, the error stands behind the comma.
fn label_alone(inp: &mut Input<'_, '_>, embeddable: bool) {
    let comma = inp.state().next_is(COMMAS);
    if (comma || inp.state().next_is(END)) && embeddable {
        inp.state().mark(Role::LabelEmbed);
        if comma {
            take(inp, Role::Plain);
        }
        return;
    }
    if comma {
        take(inp, Role::Plain);
    }
    inp.state().report(Wanted::LabelOrColon);
    inp.state().mark(Role::LabelEmbed);
}

/// `X=v` where a declaration is expected: no alias, as no label follows.
fn alias<'t>(expr: &Rule<'t>, features: Features) -> impl Parser<'t, In<'t>, (), Extra<'t>> + use<'t> {
    let expr = expr.clone();
    custom(move |inp: &mut Input<'t, '_>| {
        let number = matches!(inp.state().kind(2), Kind::Int | Kind::Float);
        let label = (LABELS.has(inp.state().kind(2)) || number) && stands_alone(inp.state(), 2);
        aliased(inp, Role::ValueAlias, features, |inp| inp.check(&expr))?;
        if inp.state().failed_ahead() {
            return Err(EmptyErr::default());
        }
        inp.state().mark(Role::BadDecl);
        if label && inp.state().next_is(COMMAS) {
            take(inp, Role::Plain);
        }
        inp.state().report(Wanted::LabelOrColon);
        if !label && inp.state().next_is(COMMAS) {
            take(inp, Role::Plain);
        }
        Ok(())
    })
}

/// What remains of a declaration with an error: the labels in front of it and what can be read of the value.
fn incomplete<'t>(expr: &Rule<'t>, features: Features) -> impl Parser<'t, In<'t>, (), Extra<'t>> + use<'t> {
    let value = value(expr, features).or(missing());
    custom(move |inp: &mut Input<'t, '_>| {
        inp.state().mark(Role::DeclStart);
        let aliased = at_alias(inp.state());
        if start(inp.state()) != Start::Field || !at_label(inp.state(), if aliased { 2 } else { 0 }, aliased)
        {
            return Ok(());
        }
        inp.check(label(features))?;
        if inp.state().kind(0) != Kind::Colon {
            inp.state().mark(Role::LabelEmbed);
            inp.state().mark(Role::DeclStart);
            return Ok(());
        }
        take(inp, Role::Colon);
        let saved = inp.save();
        if inp.check(labels(features)).is_err() {
            inp.rewind(saved);
        }
        inp.check(&value)?;
        inp.state().mark(Role::Field);
        inp.state().mark(Role::DeclStart);
        Ok(())
    })
}

/// `for`, `if`, `let`, `try` clauses and the struct behind them. The first clause is known to stand here.
pub(super) fn comprehension<'t>(expr: &Rule<'t>, features: Features) -> Rule<'t> {
    let name = declared(Role::ClauseName);
    let bind = one(set(Kind::Bind), Role::Plain, Wanted::Token(Kind::Bind));
    let for_clause = one(set(Kind::For), Role::ForWord, Wanted::Operand)
        .then(name)
        .then(maybe(COMMAS, Role::Plain).then(name).or_not())
        .then(one(set(Kind::In), Role::Plain, Wanted::Token(Kind::In)))
        .then(expr.clone())
        .then(mark(Role::ForClause));
    let if_clause =
        one(set(Kind::If), Role::IfWord, Wanted::Operand).then(expr.clone()).then(mark(Role::IfClause));
    let let_clause = one(set(Kind::Let), Role::LetClauseWord, Wanted::Operand)
        .then(name)
        .then(bind)
        .then(expr.clone())
        .then(mark(Role::LetClause));
    let binding = maybe(IDENTS, Role::ClauseName).then(bind).then(expr.clone());
    let body = one(set(Kind::LBrace), Role::Body, Wanted::Token(Kind::LBrace));
    let fallback = maybe(KindSet::of(&[Kind::Else, Kind::Otherwise, Kind::Fallback]), Role::FallbackWord);
    let fallback_body = one(set(Kind::LBrace), Role::FallbackBody, Wanted::Token(Kind::LBrace));
    custom(move |inp: &mut Input<'t, '_>| {
        loop {
            match inp.state().kind(0) {
                Kind::For => inp.check(&for_clause)?,
                Kind::If => inp.check(&if_clause)?,
                Kind::Let => inp.check(&let_clause)?,
                Kind::Try => {
                    take(inp, Role::TryWord);
                    if inp.state().next_is(IDENTS) {
                        inp.check(&binding)?;
                    }
                    inp.state().mark(Role::TryClause);
                }
                _ => break,
            }
            if inp.state().failed_ahead() {
                return Err(EmptyErr::default());
            }
            if inp.state().next_is(COMMAS) {
                take(inp, Role::Plain);
            }
        }
        inp.check(body)?;
        if inp.state().next_is(KindSet::of(&[Kind::Else, Kind::Otherwise, Kind::Fallback])) {
            if !features.try_clause {
                inp.state().report(Wanted::Try);
            }
            inp.check(fallback)?;
            inp.check(fallback_body)?;
        }
        inp.state().mark(Role::Comprehension);
        Ok(())
    })
    .boxed()
}

/// The names in `~(K,V)` or `~(V)`.
pub(super) fn postfix_alias_group<'t>() -> Rule<'t> {
    let content = one(IDENTS, Role::PostfixAliasName, Wanted::LabelAliasName)
        .then(
            maybe(COMMAS, Role::Plain)
                .then(one(IDENTS, Role::PostfixAliasName, Wanted::FieldAliasName))
                .or_not(),
        )
        .ignored();
    let nothing = custom(|_: &mut Input<'t, '_>| Ok(())).boxed();
    whole(content, nothing, Kind::RParen, Wanted::Token(Kind::RParen)).boxed()
}
