//! Files: attributes, package clause, imports, declarations.

use chumsky::prelude::*;

use super::decl::{END, declarations};
use super::{
    COMMAS, IDENTS, Input, Parsed, Rule, STRINGS, close, declared, elements, finish_group, mark, one,
    separator, set, skip_element, take,
};
use crate::events::{Role, Wanted};
use crate::experiments::Features;
use crate::kind::{Kind, KindSet};

/// What may stand in place of the comma behind a package clause or an import.
const CLOSERS: KindSet = KindSet::of(&[Kind::RParen, Kind::RBrace, Kind::Eof]);

/// A comma, or the end of the group. Anything else is an error, and skipped up to the next comma.
fn comma(inp: &mut Input<'_, '_>) -> Parsed {
    if !inp.state().next_is(COMMAS.or(CLOSERS)) {
        inp.state().report(Wanted::Token(Kind::Comma));
        while !inp.state().is_last() && !inp.state().next_is(COMMAS) {
            take(inp, Role::Plain);
        }
    }
    if inp.state().next_is(COMMAS) && !inp.state().is_last() {
        take(inp, Role::Plain);
    }
    Ok(())
}

/// `[name] "path"` and the comma behind.
fn import_spec<'t>() -> Rule<'t> {
    mark(Role::ImportStart)
        .then(custom(|inp: &mut Input<'t, '_>| {
            if inp.state().next_is(IDENTS) { inp.check(declared(Role::ImportName)) } else { Ok(()) }
        }))
        .then(one(STRINGS, Role::ImportPath, Wanted::Token(Kind::String)))
        .then(mark(Role::Import))
        .then(custom(comma))
        .ignored()
        .boxed()
}

/// The specs in `import ( … )`.
pub(super) fn import_group<'t>() -> Rule<'t> {
    let nothing = custom(|_: &mut Input<'t, '_>| Ok(()));
    elements(KindSet::of(&[Kind::RParen, Kind::Eof]), import_spec(), nothing, Role::Plain)
        .then(close(Kind::RParen, Wanted::Token(Kind::RParen)))
        .ignored()
        .boxed()
}

/// Runs a part of the head; where it fails, records the error and skips to the next line.
fn part<'t>(inp: &mut Input<'t, '_>, rule: impl Fn(&mut Input<'t, '_>) -> Parsed) {
    let saved = inp.save();
    inp.state().start_element();
    if rule(inp).is_err() {
        let failure = inp.state().take_failure();
        inp.rewind(saved);
        skip_element(inp, failure, Role::Plain);
    }
}

pub(super) fn file<'t>(expr: &Rule<'t>, comprehension: &Rule<'t>, features: Features) -> Rule<'t> {
    let declarations = declarations(expr, comprehension, features);
    let spec = import_spec();
    let attribute_end = separator(END, Wanted::CommaInStruct);
    custom(move |inp: &mut Input<'t, '_>| {
        while inp.state().kind(0) == Kind::Attribute {
            take(inp, Role::FileAttribute);
            inp.check(attribute_end)?;
        }
        if inp.state().kind(0) == Kind::Package {
            part(inp, |inp| {
                inp.state().mark(Role::DeclStart);
                take(inp, Role::Plain);
                inp.check(one(IDENTS, Role::PackageName, Wanted::Token(Kind::Ident)))?;
                inp.state().mark(Role::Package);
                comma(inp)
            });
        }
        while inp.state().kind(0) == Kind::Attribute {
            inp.state().mark(Role::DeclStart);
            take(inp, Role::DeclAttribute);
            inp.state().mark(Role::AttributeDecl);
            inp.check(attribute_end)?;
        }
        while inp.state().kind(0) == Kind::Import {
            part(inp, |inp| {
                inp.state().mark(Role::DeclStart);
                take(inp, Role::Plain);
                if inp.state().kind(0) != Kind::LParen {
                    inp.check(&spec)?;
                    inp.state().mark(Role::Imports);
                    return Ok(());
                }
                take(inp, Role::ImportGroup);
                inp.state().mark(Role::Imports);
                comma(inp)
            });
        }
        loop {
            inp.check(&declarations)?;
            if inp.state().is_last() {
                break;
            }
            // A closer without an opener: upstream stops here, we read on behind it.
            inp.state().report(Wanted::Token(Kind::Eof));
            take(inp, Role::Plain);
            if inp.state().next_is(set(Kind::AutoComma)) {
                take(inp, Role::Plain);
            }
        }
        finish_group(inp);
        Ok(())
    })
    .boxed()
}
