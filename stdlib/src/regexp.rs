//! Package `regexp`: RE2 expressions, with Go's templates for replacements.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use vela_eval::data::Data;
use vela_eval::regexp::Regexp;

use crate::args::{Args, MAX_BYTES, Outcome, check_size, fail, ok, text_list, texts};
use crate::signature::{CallError, Function};
use crate::table::{BOOL, INT, LIST, STRING, STRUCT, function, p};

/// Compiled expressions a thread keeps.
const CACHED: usize = 64;

/// The compiled expression; recent ones are kept, since calls in loops repeat them.
fn compile(pattern: &str) -> Result<Rc<Regexp>, CallError> {
    thread_local! {
        static CACHE: RefCell<HashMap<Box<str>, Rc<Regexp>>> = RefCell::default();
    }
    CACHE.with_borrow_mut(|cache| {
        if let Some(found) = cache.get(pattern) {
            return Ok(found.clone());
        }
        let compiled = Rc::new(Regexp::new(pattern).map_err(CallError::Fatal)?);
        if cache.len() == CACHED {
            cache.clear();
        }
        cache.insert(pattern.into(), compiled.clone());
        Ok(compiled)
    })
}

const NO_MATCH: &str = "no match";

fn limit(n: i64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

fn find(args: &[Data]) -> Outcome {
    let a = Args(args);
    match compile(a.text(0)?)?.find(a.text(1)?) {
        Some(found) => ok(found),
        None => fail(NO_MATCH),
    }
}

fn find_all(args: &[Data]) -> Outcome {
    let a = Args(args);
    let found = compile(a.text(0)?)?;
    let found = found.find_all(a.text(1)?, limit(a.int64(2)?));
    if found.is_empty() { fail(NO_MATCH) } else { texts(found) }
}

fn find_submatch(args: &[Data]) -> Outcome {
    let a = Args(args);
    match compile(a.text(0)?)?.find_groups(a.text(1)?) {
        Some(groups) => texts(groups),
        None => fail(NO_MATCH),
    }
}

fn find_all_submatch(args: &[Data]) -> Outcome {
    let a = Args(args);
    let found = compile(a.text(0)?)?;
    let found = found.find_all_groups(a.text(1)?, limit(a.int64(2)?));
    if found.is_empty() {
        return fail(NO_MATCH);
    }
    ok(found.into_iter().map(text_list).collect::<Vec<_>>())
}

/// The named groups, sorted by name; of a name given twice the last group counts.
fn named(regexp: &Regexp, groups: &[&str]) -> Data {
    let mut fields: Vec<(Arc<str>, Data)> = Vec::new();
    for (name, text) in regexp.group_names().iter().zip(groups) {
        let Some(name) = name else { continue };
        match fields.binary_search_by(|f| f.0.cmp(name)) {
            Ok(at) => fields[at].1 = Data::from(*text),
            Err(at) => fields.insert(at, (name.clone(), Data::from(*text))),
        }
    }
    Data::Map(fields)
}

fn find_named_submatch(args: &[Data]) -> Outcome {
    let a = Args(args);
    let regexp = compile(a.text(0)?)?;
    match regexp.find_groups(a.text(1)?) {
        Some(groups) => ok(named(&regexp, &groups)),
        None => fail(NO_MATCH),
    }
}

fn find_all_named_submatch(args: &[Data]) -> Outcome {
    let a = Args(args);
    let regexp = compile(a.text(0)?)?;
    let found = regexp.find_all_groups(a.text(1)?, limit(a.int64(2)?));
    if found.is_empty() {
        return fail(NO_MATCH);
    }
    ok(found.iter().map(|groups| named(&regexp, groups)).collect::<Vec<_>>())
}

fn is_match(args: &[Data]) -> Outcome {
    let a = Args(args);
    ok(compile(a.text(0)?)?.is_match(a.text(1)?))
}

fn quote_meta(args: &[Data]) -> Outcome {
    let mut out = String::new();
    for c in Args(args).text(0)?.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    ok(out)
}

fn valid(args: &[Data]) -> Outcome {
    compile(Args(args).text(0)?)?;
    ok(true)
}

/// A piece of a template for replacements.
enum Piece<'t> {
    Text(&'t str),
    /// The group of this number.
    Number(usize),
    /// The last group of this name that took part.
    Name(&'t str),
}

/// Splits `$1`, `${name}`, `$$` out of a template; a `$` that begins none of them is text.
fn template(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        pieces.push(Piece::Text(&rest[..at]));
        rest = &rest[at..];
        let after = &rest[1..];
        if let Some(more) = after.strip_prefix('$') {
            pieces.push(Piece::Text("$"));
            rest = more;
            continue;
        }
        let (brace, body) = match after.strip_prefix('{') {
            Some(body) => (true, body),
            None => (false, after),
        };
        let end = body.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(body.len());
        let name = &body[..end];
        let closed = !brace || body[end..].starts_with('}');
        if name.is_empty() || !closed {
            pieces.push(Piece::Text("$"));
            rest = after;
            continue;
        }
        let digits = name.bytes().all(|b| b.is_ascii_digit());
        let plain = digits && (name.len() == 1 || !name.starts_with('0'));
        pieces.push(match name.parse::<usize>() {
            Ok(number) if plain && number < 100_000_000 => Piece::Number(number),
            _ => Piece::Name(name),
        });
        rest = &body[end + usize::from(brace)..];
    }
    pieces.push(Piece::Text(rest));
    pieces
}

fn replace(args: &[Data], literal: bool) -> Outcome {
    let a = Args(args);
    let regexp = compile(a.text(0)?)?;
    let (src, with) = (a.text(1)?, a.text(2)?);
    let pieces = if literal { vec![Piece::Text(with)] } else { template(with) };
    let mut size = 0usize;
    let out = regexp.replace_all(src, |groups, out| {
        let before = out.len();
        if size > MAX_BYTES {
            return;
        }
        for piece in &pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Number(n) => out.push_str(groups.get(*n).copied().unwrap_or("")),
                Piece::Name(name) => {
                    let mut names = regexp.group_names().iter().zip(groups);
                    let same = |n: &Option<Arc<str>>| n.as_deref() == Some(*name);
                    let found = names.rfind(|(n, g)| same(n) && !g.is_empty());
                    out.push_str(found.map_or("", |(_, g)| g));
                }
            }
        }
        size += out.len() - before;
    });
    check_size(Some(size))?;
    ok(out)
}

fn replace_all(args: &[Data]) -> Outcome {
    replace(args, false)
}

fn replace_all_literal(args: &[Data]) -> Outcome {
    replace(args, true)
}

const PKG: &str = "regexp";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Find", &[p("pattern", STRING), p("s", STRING)], STRING, "The leftmost match; an error without one.", find),
    function(PKG, "FindAll", &[p("pattern", STRING), p("s", STRING), p("n", INT)], LIST, "The first `n` matches (all if negative); an error without one.", find_all),
    function(PKG, "FindAllNamedSubmatch", &[p("pattern", STRING), p("s", STRING), p("n", INT)], LIST, "The named groups of the first `n` matches (all if negative).", find_all_named_submatch),
    function(PKG, "FindAllSubmatch", &[p("pattern", STRING), p("s", STRING), p("n", INT)], LIST, "The first `n` matches (all if negative), each a list of the match and its groups.", find_all_submatch),
    function(PKG, "FindNamedSubmatch", &[p("pattern", STRING), p("s", STRING)], STRUCT, "The named groups of the leftmost match.", find_named_submatch),
    function(PKG, "FindSubmatch", &[p("pattern", STRING), p("s", STRING)], LIST, "The leftmost match and its groups.", find_submatch),
    function(PKG, "Match", &[p("pattern", STRING), p("s", STRING)], BOOL, "Whether the pattern matches anywhere in `s`.", is_match),
    function(PKG, "QuoteMeta", &[p("s", STRING)], STRING, "A pattern that matches `s` literally.", quote_meta),
    function(PKG, "ReplaceAll", &[p("pattern", STRING), p("src", STRING), p("repl", STRING)], STRING, "`src` with all matches replaced; `$1` and `${name}` in `repl` stand for groups.", replace_all),
    function(PKG, "ReplaceAllLiteral", &[p("pattern", STRING), p("src", STRING), p("repl", STRING)], STRING, "`src` with all matches replaced by `repl` as it is.", replace_all_literal),
    function(PKG, "Valid", &[p("pattern", STRING)], BOOL, "Whether the pattern is a regular expression.", valid),
];
