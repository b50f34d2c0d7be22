//! Building many Applications on all processors; the result does not depend on how many there are.

use rayon::prelude::*;
use vela_diagnostics::{Diagnostic, Sources};
use vela_oam::build::{Built, Inputs, Options, Outcome, Source};
use vela_oam::failure::Failure;
use vela_yaml::Data;

use super::Shard;
use crate::engine::engine;

/// Stack of a worker; templates may nest deeply.
const STACK: usize = 256 << 20;

/// What a build gave, Applications in order.
pub struct Results {
    /// One for each Application.
    pub built: Vec<Built>,
    /// Everything to be told.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts that diagnostics point into.
    pub sources: Sources,
    /// Whether anything failed.
    pub failed: bool,
    /// Whether the failure is that no Application was given.
    pub nothing_given: bool,
    /// What stopped the whole build.
    pub failure: Option<Failure>,
}

impl Results {
    /// The plan that `-o plan` prints: of one Application its own, of several a list.
    pub fn plan(&self) -> Data {
        let outcome = Outcome {
            sources: Sources::new(),
            built: self.built.clone(),
            failure: self.failure.clone(),
            diagnostics: Vec::new(),
        };
        outcome.to_plan()
    }

    /// Takes the failure of an empty build for what was wanted.
    pub fn forget_failure(&mut self) {
        self.failure = None;
        self.failed = false;
        self.diagnostics.retain(|d| d.severity != vela_diagnostics::Severity::Error);
    }
}

/// Builds all Applications of the inputs.
pub fn build(inputs: Inputs, options: &Options, jobs: Option<usize>, shard: Option<Shard>) -> Results {
    let Inputs { applications, definitions, objects, clusters } = inputs;
    let (applications, beside) = split(applications);
    let applications: Vec<Source> = match shard {
        None => applications,
        Some(shard) => {
            let parts = applications.into_iter().enumerate();
            parts.filter(|(n, _)| n % shard.count == shard.index).map(|(_, a)| a).collect()
        }
    };
    // What stands beside Applications in other files serves all of them.
    let (beside_definitions, beside_objects): (Vec<_>, Vec<_>) =
        beside.into_iter().partition(|s| s.name.ends_with(".cue"));
    let definitions = definitions.into_iter().chain(beside_definitions).collect::<Vec<_>>();
    let objects = objects.into_iter().chain(beside_objects).collect::<Vec<_>>();
    let threads = jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1);
    // A few chunks a thread: reading the definitions again has a price, and so has waiting for the slowest.
    let chunk = applications.len().div_ceil(threads * 2).max(1);
    let mut chunks: Vec<Vec<Source>> = applications.chunks(chunk).map(<[Source]>::to_vec).collect();
    if chunks.is_empty() {
        chunks.push(Vec::new());
    }
    let one = |applications: Vec<Source>| {
        let inputs = Inputs {
            applications,
            definitions: definitions.clone(),
            objects: objects.clone(),
            clusters: clusters.clone(),
        };
        vela_oam::build::build(&inputs, options, &mut *engine())
    };
    let outcomes: Vec<Outcome> = if chunks.len() == 1 {
        chunks.into_iter().map(one).collect()
    } else {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).build();
        match pool {
            Ok(pool) => pool.install(|| chunks.into_par_iter().map(one).collect()),
            Err(_) => chunks.into_iter().map(one).collect(),
        }
    };
    merge(outcomes)
}

/// Files with an Application, and the others. Chunks must not lose a policy that stands in a file of its own.
fn split(files: Vec<Source>) -> (Vec<Source>, Vec<Source>) {
    files.into_iter().partition(|s| !s.name.ends_with(".cue") && s.text.contains("Application"))
}

fn merge(outcomes: Vec<Outcome>) -> Results {
    let mut out = Results {
        built: Vec::new(),
        diagnostics: Vec::new(),
        sources: Sources::new(),
        failed: false,
        nothing_given: false,
        failure: None,
    };
    let alone = outcomes.len() == 1;
    for outcome in outcomes {
        out.failed |= outcome.failed();
        out.nothing_given |= alone && outcome.built.is_empty() && outcome.diagnostics.len() <= 1;
        let ids = out.sources.absorb(outcome.sources);
        out.diagnostics.extend(outcome.diagnostics.into_iter().map(|d| d.moved(&ids)));
        out.built.extend(outcome.built);
        if out.failure.is_none() {
            out.failure = outcome.failure;
        }
    }
    out.nothing_given &= out.failure.as_ref().is_some_and(|f| f.text.starts_with("there is no Application"));
    out
}
