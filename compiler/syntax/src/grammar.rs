//! The grammar: chumsky parsers over the tokens of one group, which tell their events to the `Machine`. Nested
//! groups are single tokens (see `layout`), so no rule refers to itself and none needs more than three tokens of
//! lookahead.
//!
//! A rule that has begun is committed: when it fails, the furthest failure is the error. Elements (declarations,
//! list elements, arguments) recover one by one.

mod decl;
mod expr;
mod file;

use chumsky::error::EmptyErr;
use chumsky::extra;
use chumsky::input::InputRef;
use chumsky::prelude::*;

use crate::events::{Event, Failure, Machine, Role, Wanted};
use crate::experiments::Features;
use crate::kind::{Kind, KindSet};
use crate::layout::Tok;

/// The tokens of a group.
pub(super) type In<'t> = &'t [Tok];
/// Errors are kept by the machine, not by chumsky.
pub(super) type Extra<'t> = extra::Full<EmptyErr, Machine<'t>, ()>;
/// A parser that is used in several rules.
pub(super) type Rule<'t> = Boxed<'t, 't, In<'t>, (), Extra<'t>>;
/// The state handed to a rule written by hand.
pub(super) type Input<'t, 'p> = InputRef<'t, 'p, In<'t>, Extra<'t>>;
type Parsed = Result<(), EmptyErr>;

/// What a group is, by what stands before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// The whole file.
    File,
    /// `{…}`.
    Struct,
    /// `[…]` as an operand or label.
    List,
    /// `(…)` as an operand or label.
    Paren,
    /// `(…)` behind an expression.
    Args,
    /// `[…]` behind an expression.
    Index,
    /// A literal with interpolations.
    Interpolation,
    /// `(…)` behind `~`.
    PostfixAlias,
    /// `(…)` behind `import`.
    Imports,
}

/// All rules, for one file.
pub(crate) struct Grammar<'t> {
    rules: [Rule<'t>; 9],
}

impl<'t> Grammar<'t> {
    /// The grammar with the features the file's version and experiments give it.
    pub(crate) fn new(features: Features) -> Self {
        let expr = expr::expression(features);
        let comprehension = decl::comprehension(&expr, features);
        Self {
            rules: [
                file::file(&expr, &comprehension, features),
                decl::structure(&expr, &comprehension, features),
                expr::list(&expr, &comprehension, features),
                expr::paren(&expr),
                expr::arguments(&expr),
                expr::index(&expr),
                expr::interpolation(&expr),
                decl::postfix_alias_group(),
                file::import_group(),
            ],
        }
    }

    /// Reads one group. Always succeeds: errors are in the second list.
    pub(crate) fn parse(
        &self,
        mode: Mode,
        toks: &'t [Tok],
        events: Vec<Event>,
        failures: Vec<Failure>,
    ) -> (Vec<Event>, Vec<Failure>) {
        let mut machine = Machine::new(toks, events, failures);
        let result = self.rules[mode as usize].check_with_state(toks, &mut machine);
        if result.has_errors() {
            // No rule leaves tokens behind; if one did, this is where it would show.
            machine.report(Wanted::Operand);
        }
        (machine.events, machine.failures)
    }
}

const COMMAS: KindSet = KindSet::of(&[Kind::Comma, Kind::AutoComma]);
const IDENTS: KindSet = KindSet::of(&[Kind::Ident, Kind::ReservedIdent, Kind::Package, Kind::Import]);
const STRINGS: KindSet = KindSet::of(&[Kind::PlainString, Kind::String]);
const KEYWORDS: KindSet = KindSet::of(&[
    Kind::If,
    Kind::Else,
    Kind::For,
    Kind::In,
    Kind::Let,
    Kind::Try,
    Kind::Fallback,
    Kind::Otherwise,
    Kind::Func,
    Kind::True,
    Kind::False,
    Kind::Null,
]);

const fn set(kind: Kind) -> KindSet {
    KindSet::of(&[kind])
}

/// A token of a set, in a role; its absence is an error.
fn one<'t>(set: KindSet, role: Role, wanted: Wanted) -> impl Parser<'t, In<'t>, (), Extra<'t>> + Copy {
    custom(move |inp: &mut Input<'t, '_>| {
        if inp.state().next_is(set) {
            take(inp, role);
            return Ok(());
        }
        inp.state().fail(wanted);
        Err(EmptyErr::default())
    })
}

/// A name that is declared: one that starts with `__` may not be.
fn declared<'t>(role: Role) -> impl Parser<'t, In<'t>, (), Extra<'t>> + Copy {
    custom(move |inp: &mut Input<'t, '_>| {
        if inp.state().kind(0) == Kind::ReservedIdent {
            inp.state().report(Wanted::Unreserved);
        }
        inp.check(one(IDENTS, role, Wanted::Token(Kind::Ident)))
    })
}

/// A token of a set, in a role, where something else may stand as well.
fn maybe<'t>(set: KindSet, role: Role) -> impl Parser<'t, In<'t>, (), Extra<'t>> + Copy {
    custom(move |inp: &mut Input<'t, '_>| {
        if inp.state().next_is(set) {
            take(inp, role);
            return Ok(());
        }
        Err(EmptyErr::default())
    })
}

/// A mark between tokens.
fn mark<'t>(role: Role) -> impl Parser<'t, In<'t>, (), Extra<'t>> + Copy {
    custom(move |inp: &mut Input<'t, '_>| {
        inp.state().mark(role);
        Ok(())
    })
}

/// What ends an element: a comma, or one of `closers`, which stays. Anything else is an error, but the element
/// stands.
fn separator<'t>(closers: KindSet, wanted: Wanted) -> impl Parser<'t, In<'t>, (), Extra<'t>> + Copy {
    custom(move |inp: &mut Input<'t, '_>| {
        if inp.state().next_is(COMMAS) {
            take(inp, Role::Plain);
        } else if !inp.state().next_is(closers) {
            if inp.state().failed_ahead() {
                return Err(EmptyErr::default());
            }
            inp.state().report(wanted);
        }
        Ok(())
    })
}

/// Reads the next token in a role.
fn take(inp: &mut Input<'_, '_>, role: Role) {
    inp.skip();
    inp.state().role(role);
}

/// Elements until `end` (or the end of the file, or where nothing can be read any more). An element that fails
/// leaves its error; `recover` reads what it can of it, and the rest up to the next comma is skipped.
fn elements<'t>(
    end: KindSet,
    element: impl Parser<'t, In<'t>, (), Extra<'t>> + 't,
    recover: impl Parser<'t, In<'t>, (), Extra<'t>> + 't,
    finish: Role,
) -> impl Parser<'t, In<'t>, (), Extra<'t>> {
    custom(move |inp: &mut Input<'t, '_>| {
        loop {
            if inp.state().next_is(end) {
                return Ok(());
            }
            let start = inp.state().at;
            let saved = inp.save();
            inp.state().start_element();
            if inp.check(&element).is_err() {
                let failure = inp.state().take_failure();
                inp.rewind(saved.clone());
                inp.state().again = true;
                if inp.check(&recover).is_err() {
                    inp.rewind(saved);
                }
                inp.state().again = false;
                skip_element(inp, failure, finish);
            }
            if inp.state().at == start {
                return Ok(());
            }
        }
    })
}

/// Records a failure and skips behind the next comma at or after it.
fn skip_element(inp: &mut Input<'_, '_>, failure: Option<Failure>, finish: Role) {
    let failed = failure.map_or(inp.state().at, |f| f.at);
    if let Some(failure) = failure {
        inp.state().failures.push(failure);
    }
    loop {
        let at = inp.state().at;
        if inp.state().is_last() {
            break;
        }
        if at >= failed && inp.state().next_is(COMMAS) {
            take(inp, Role::Plain);
            break;
        }
        if at >= failed && inp.state().next_is(set(Kind::RBrace)) {
            break;
        }
        take(inp, if at < failed { Role::Skipped } else { Role::Plain });
    }
    inp.state().mark(finish);
    inp.state().start_element();
}

/// The end of a group. Where something else stands, that is an error, and the rest of the group is skipped.
fn close<'t>(closer: Kind, wanted: Wanted) -> impl Parser<'t, In<'t>, (), Extra<'t>> {
    custom(move |inp: &mut Input<'t, '_>| {
        if inp.state().kind(0) == closer && inp.state().is_last() {
            take(inp, Role::Closer);
            return Ok(());
        }
        let ahead = inp.state().failed_ahead();
        match inp.state().take_failure() {
            Some(failure) if ahead => inp.state().failures.push(failure),
            _ => inp.state().report(wanted),
        }
        finish_group(inp);
        Ok(())
    })
}

/// Skips to the end of the group.
fn finish_group(inp: &mut Input<'_, '_>) {
    while !inp.state().is_last() {
        take(inp, Role::Plain);
    }
    take(inp, Role::Closer);
}

/// A group that holds one thing. Where that fails, what can be read of it remains.
fn whole<'t>(
    content: impl Parser<'t, In<'t>, (), Extra<'t>> + 't,
    recover: Rule<'t>,
    closer: Kind,
    wanted: Wanted,
) -> impl Parser<'t, In<'t>, (), Extra<'t>> {
    let end = close(closer, wanted);
    custom(move |inp: &mut Input<'t, '_>| {
        let saved = inp.save();
        if inp.check(&content).is_ok() {
            return inp.check(&end);
        }
        let failure = inp.state().take_failure();
        inp.rewind(saved.clone());
        inp.state().again = true;
        if inp.check(&recover).is_err() {
            inp.rewind(saved);
        }
        inp.state().again = false;
        let failed = failure.map_or(0, |f| f.at);
        inp.state().failures.extend(failure);
        while !inp.state().is_last() {
            let role = if inp.state().at < failed { Role::Skipped } else { Role::Plain };
            take(inp, role);
        }
        take(inp, Role::Closer);
        Ok(())
    })
}
