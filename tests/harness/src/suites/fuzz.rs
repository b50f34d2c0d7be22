//! The suite `fuzz`: seeded random inputs that must never hang, crash or eat memory. The texts are
//! strings of tokens and damaged programs; the corpus is the project's own pages, definitions and examples, and the
//! syntax suite where it is there. A failure names its seed and its input. As a test each target gets the same few
//! hundred inputs; with `VELA_FUZZ_SECONDS` and `VELA_FUZZ_SEED` the same suite runs for hours.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::Run;
use super::laws::{amount, first_seed};
use super::pages::PASS;
use crate::board::{Case, Checks, Difference, Style, Suite};
use crate::client::{Client, Health, shorten};
use crate::markdown::blocks;
use crate::rng::Rng;
use crate::{exec, generate, places, pool};

/// What an input is fed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// A request of the line protocol.
    Protocol(&'static str),
    /// A data file to `cue export`.
    Data(&'static str),
    /// An Application to `build`.
    Application,
    /// A definition to `def render` and `build`.
    Definition,
}

const TARGETS: &[(&str, Target)] = &[
    ("parse", Target::Protocol("parse")),
    ("fmt", Target::Protocol("fmt")),
    ("eval", Target::Protocol("eval")),
    ("yaml", Target::Data("in.yaml")),
    ("json", Target::Data("in.json")),
    ("application", Target::Application),
    ("definition", Target::Definition),
];

/// A small Application, damaged by the target `application`.
const APPLICATION: &str = "\
apiVersion: core.oam.dev/v1beta1
kind: Application
metadata: {name: demo, labels: &l {a: b}}
spec:
  components:
  - name: web
    type: webservice
    properties: {image: 'nginx:1', ports: [{port: 80, expose: true}], labels: *l}
    traits:
    - {type: scaler, properties: {replicas: 2}}
  policies:
  - {name: t, type: topology, properties: {clusters: [local]}}
  workflow:
    steps:
    - {name: d, type: deploy, properties: {policies: [t]}}
---
# a second document
a: |
  text
b: >-
  folded
c: !!str 1
";

/// A small document, damaged by the target `json`.
const JSON: &str = "{\"a\": [1, -2.5e3, \"\\u00e9\\n\", true, null, {\"b\": {}}]}\n";

/// A small definition, damaged by the target `definition`.
const DEFINITION: &str = "\
web: {
	type: \"component\"
	attributes: workload: definition: {apiVersion: \"apps/v1\", kind: \"Deployment\"}
}
template: {
	output: {
		apiVersion: \"apps/v1\"
		kind:       \"Deployment\"
		spec: {
			replicas: parameter.replicas
			template: spec: containers: [{name: context.name, image: parameter.image}]
		}
	}
	outputs: {for k, v in parameter.extra {\"\\(k)\": {apiVersion: \"v1\", kind: \"ConfigMap\", data: v: v}}}
	parameter: {image: string, replicas: *1 | int, extra: [string]: string}
}
";

/// Runs the suite.
pub fn run(run: &Run) -> Result<Suite, String> {
    let corpus = corpus(run);
    let targets: Vec<_> = TARGETS.iter().filter(|(name, _)| run.wants(&format!("fuzz/{name}"))).collect();
    let health = Arc::new(Health::default());
    let cases = pool::run(
        &targets,
        || Client::new(run.product, &health),
        |client, (name, target)| {
            let mut checks = Checks::default();
            let (found, tried) = try_target(*target, client, run, &corpus);
            let least = found.is_some() || tried > 0;
            let found = found.or_else(|| (!least).then(|| super::cue::texts("inputs tried", "some", "none")));
            checks.check(0, found.is_none(), || found.unwrap_or_else(|| super::cue::texts("", "", "")));
            Case { id: format!("fuzz/{name}"), checks, fault: None }
        },
    );
    Ok(Suite { name: "fuzz".to_owned(), columns: PASS, style: Style::Tiers, cases })
}

/// Programs to damage.
fn corpus(run: &Run) -> Vec<String> {
    let mut corpus = vec![DEFINITION.to_owned()];
    for page in places::files(&run.root.join("tests/suites"), "md") {
        let text = std::fs::read_to_string(page).unwrap_or_default();
        corpus.extend(blocks(&text).into_iter().filter(|b| b.language == "cue").map(|b| b.text));
    }
    if let Some(shared) = run.shared {
        let file = shared.join("conformance/cue/syntax/sections.jsonl");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let programs = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        corpus
            .extend(programs.filter_map(|p| p["src"].as_str().map(str::to_owned)).filter(|p| p.len() < 4000));
    }
    corpus
}

/// Feeds inputs until the time is over. Gives the first failure, and how many inputs were tried.
fn try_target(
    target: Target,
    client: &mut Client,
    run: &Run,
    corpus: &[String],
) -> (Option<Difference>, usize) {
    let (count, limit) = amount(if matches!(target, Target::Protocol(_)) { 1500 } else { 150 });
    let begun = Instant::now();
    let place = match tempfile::tempdir() {
        Ok(place) => place,
        Err(e) => return (Some(super::cue::texts("a folder", "", &e.to_string())), 0),
    };
    let mut tried = 0;
    for seed in (first_seed()..).take(usize::try_from(count).unwrap_or(usize::MAX)) {
        if limit.is_some_and(|limit| begun.elapsed() > limit) {
            break;
        }
        let mut rng = Rng::new(seed);
        let (one, other) = (&corpus[rng.below(corpus.len())], &corpus[rng.below(corpus.len())]);
        let input = match target {
            Target::Protocol(_) if rng.one_in(4) => generate::tokens(&mut rng, 40),
            Target::Protocol(_) => generate::damaged(&mut rng, one, other),
            Target::Data("in.json") => generate::damaged(&mut rng, JSON, JSON),
            Target::Data(_) | Target::Application => generate::damaged(&mut rng, APPLICATION, APPLICATION),
            Target::Definition => generate::damaged(&mut rng, DEFINITION, other),
        };
        let fault = match target {
            Target::Protocol(op) => {
                let request = match op {
                    "eval" => json!({"op": op, "files": [["in.cue", input]]}),
                    _ => json!({"op": op, "src": input}),
                };
                client.ask(&request).err().map(|fault| fault.to_string())
            }
            Target::Data(file) => command(run, place.path(), file, &input, &["cue", "export", file]),
            Target::Application => command(run, place.path(), "app.yaml", &input, &["build", "app.yaml"]),
            Target::Definition => {
                command(run, place.path(), "def.cue", &input, &["def", "render", "-o", "json", "def.cue"])
            }
        };
        tried += 1;
        if let Some(fault) = fault {
            let found = Difference {
                path: format!("seed {seed}"),
                what: "an input that breaks it".to_owned(),
                expected: "any answer".to_owned(),
                got: format!("{fault}\ninput {:?}", shorten(&input, 2000)),
            };
            return (Some(found), tried);
        }
    }
    (None, tried)
}

/// Runs the product on one file; gives what broke.
fn command(run: &Run, place: &Path, file: &str, input: &str, arguments: &[&str]) -> Option<String> {
    if let Err(e) = std::fs::write(place.join(file), input) {
        return Some(e.to_string());
    }
    let mut command = run.product.command(arguments);
    command.current_dir(place);
    match exec::run(command, b"", run.product.timeout) {
        Err(e) => Some(e.to_string()),
        Ok(outcome) if outcome.broke() => {
            Some(format!("{}; {}", outcome.status_text(), shorten(&outcome.stderr, 600)))
        }
        // Status 2 is for usage: it would mean that the command itself is not understood.
        Ok(outcome) if outcome.status == Some(2) => Some(format!("usage: {}", shorten(&outcome.stderr, 600))),
        Ok(_) => None,
    }
}
