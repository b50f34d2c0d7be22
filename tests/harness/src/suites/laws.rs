//! The suite `laws`: what must hold for any program, tried on generated ones through the line protocol. Unification is
//! commutative, associative and idempotent; formatting is idempotent and keeps the value. A case is one law; it fails with
//! the first counterexample and its seed. Each law is tried on the same few hundred programs, or for `VELA_FUZZ_SECONDS`;
//! `VELA_FUZZ_SEED` says where to begin (1).

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Run;
use super::pages::PASS;
use crate::board::{Case, Checks, Difference, Style, Suite};
use crate::client::{Client, Fault, Health};
use crate::generate::{self, Shape};
use crate::node::{self, T1};
use crate::pool;
use crate::rng::Rng;

/// A law: two programs from a seed that must give the same value, or a check of its own.
#[derive(Clone, Copy)]
enum Law {
    /// Both expressions have the same value in what T1 compares.
    Same(fn(&mut Rng) -> (String, String)),
    /// Formatting a formatted text changes nothing.
    FormatTwice,
    /// The formatted text has the same value, with field order.
    FormatKeeps,
}

const LAWS: &[(&str, Law)] = &[
    ("unification is commutative", Law::Same(commutative)),
    ("unification is associative", Law::Same(associative)),
    ("unification is idempotent", Law::Same(idempotent)),
    ("top is the identity", Law::Same(identity)),
    ("formatting twice changes nothing", Law::FormatTwice),
    ("formatting keeps the value", Law::FormatKeeps),
];

/// Where default marks meet nested disjunctions the reference's result depends on the order of operands; the law holds
/// without one or the other.
fn commutative(rng: &mut Rng) -> (String, String) {
    let shape = if rng.one_in(2) { Shape::Unmarked } else { Shape::Plain };
    let (a, b) = (generate::value(rng, 3, shape), generate::value(rng, 3, shape));
    (format!("{a} & {b}"), format!("{b} & {a}"))
}

/// Without default marks: a default that unification removes makes the operation depend on grouping.
fn associative(rng: &mut Rng) -> (String, String) {
    let mut plain = || generate::value(rng, 2, Shape::Unmarked);
    let (a, b, c) = (plain(), plain(), plain());
    (format!("({a} & {b}) & {c}"), format!("{a} & ({b} & {c})"))
}

/// Without disjunctions of structs: their product has alternatives that neither side has.
fn idempotent(rng: &mut Rng) -> (String, String) {
    let a = generate::value(rng, 3, Shape::Plain);
    (format!("{a} & {a}"), a)
}

fn identity(rng: &mut Rng) -> (String, String) {
    let a = generate::value(rng, 3, Shape::Any);
    (format!("_ & {a}"), a)
}

/// How many inputs a law or target gets: `count`, or as many as fit into `VELA_FUZZ_SECONDS`. A fixed number makes the
/// score the same on a fast and on a slow machine.
pub fn amount(count: u64) -> (u64, Option<Duration>) {
    let seconds = std::env::var("VELA_FUZZ_SECONDS").ok().and_then(|s| s.parse::<f32>().ok());
    match seconds {
        Some(seconds) => (u64::MAX, Some(Duration::from_secs_f32(seconds.max(0.1)))),
        None => (count, None),
    }
}

/// The first seed.
pub fn first_seed() -> u64 {
    std::env::var("VELA_FUZZ_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1)
}

/// Runs the suite.
pub fn run(run: &Run) -> Result<Suite, String> {
    let laws: Vec<_> = LAWS.iter().filter(|(name, _)| run.wants(&format!("laws/{name}"))).collect();
    let health = Arc::new(Health::default());
    let cases = pool::run(
        &laws,
        || Client::new(run.product, &health),
        |client, (name, law)| {
            let mut checks = Checks::default();
            let found = try_law(*law, client);
            checks.check(0, found.is_none(), || found.unwrap_or_else(|| super::cue::texts("", "", "")));
            Case { id: format!("laws/{name}"), checks, fault: None }
        },
    );
    Ok(Suite { name: "laws".to_owned(), columns: PASS, style: Style::Tiers, cases })
}

/// Tries seeds until the time is over; gives the first counterexample.
fn try_law(law: Law, client: &mut Client) -> Option<Difference> {
    let (count, limit) = amount(600);
    let begun = Instant::now();
    for seed in (first_seed()..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
        if limit.is_some_and(|limit| begun.elapsed() > limit) {
            break;
        }
        let found = match law {
            Law::Same(make) => {
                let (a, b) = make(&mut Rng::new(seed));
                same(client, &format!("x: {a}\n"), &format!("x: {b}\n"), false)
            }
            Law::FormatTwice => {
                let source = format!("x: {}\n", generate::value(&mut Rng::new(seed), 4, Shape::Any));
                format(client, &source).and_then(|once| {
                    let twice = format(client, &once)?;
                    Ok((once != twice).then(|| difference(&source, &once, &twice)))
                })
            }
            Law::FormatKeeps => {
                let source = format!("x: {}\n", generate::value(&mut Rng::new(seed), 4, Shape::Any));
                format(client, &source).and_then(|formatted| same(client, &source, &formatted, true))
            }
        };
        match found {
            Ok(None) => {}
            Ok(Some(found)) => return Some(Difference { path: format!("seed {seed}"), ..found }),
            Err(fault) => {
                let found = difference("", "an answer", &fault.to_string());
                return Some(Difference { path: format!("seed {seed}"), ..found });
            }
        }
    }
    None
}

/// The difference in value of two programs, in field order too with `ordered`.
fn same(client: &mut Client, a: &str, b: &str, ordered: bool) -> Result<Option<Difference>, Fault> {
    let mut value = |source: &str| -> Result<Value, Fault> {
        let answer = client.ask(&json!({"op": "eval", "files": [["in.cue", source]]}))?;
        Ok(answer.get("value").cloned().unwrap_or(Value::Null))
    };
    let (va, vb) = (value(a)?, value(b)?);
    if va.is_null() || vb.is_null() {
        return Ok(Some(difference(a, "a value", &format!("{} and {}", node::brief(&va), node::brief(&vb)))));
    }
    let mut checks = Checks::default();
    node::compare(&va, Some(&vb), &mut checks);
    let differs = if ordered { checks.failed.iter().any(|n| *n > 0) } else { checks.failed[T1] > 0 };
    Ok(differs.then(|| difference(&format!("{a} and {b}"), &node::brief(&va), &node::brief(&vb))))
}

fn format(client: &mut Client, source: &str) -> Result<String, Fault> {
    let answer = client.ask(&json!({"op": "fmt", "src": source}))?;
    match answer.get("out").and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Fault::Garbage(format!("{source:?} is not formatted: {answer}"))),
    }
}

fn difference(source: &str, expected: &str, got: &str) -> Difference {
    Difference {
        path: String::new(),
        what: source.to_owned(),
        expected: expected.to_owned(),
        got: got.to_owned(),
    }
}
