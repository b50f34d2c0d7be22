//! Building many Applications on all processors; the result does not depend on how many there are.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use vela_diagnostics::{Diagnostic, Severity, Sources};
use vela_oam::build::{Base, Built, Finished, Inputs, Options, Outcome, Part};
use vela_oam::failure::Failure;
use vela_yaml::Data;

use super::Shard;
use crate::commands::judgement::Judgement;
use crate::engine::engine;

/// Stack of a worker; templates may nest deeply.
const STACK: usize = 256 << 20;

/// How many entries a worker takes at once.
const BATCH: usize = 8;

/// What a build gave, and what was kept of each Application, in order.
pub struct Results<T = Built> {
    /// One for each Application.
    pub built: Vec<T>,
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
    pub fn plan(self) -> Data {
        let outcome = Outcome {
            sources: Sources::new(),
            built: self.built,
            failure: self.failure,
            diagnostics: Vec::new(),
        };
        outcome.to_plan()
    }
}

impl<T> Results<T> {
    /// Weighs the diagnostics by what the user says of them.
    pub fn weigh(&mut self, judgement: &Judgement) {
        judgement.weigh(&mut self.diagnostics);
        self.failed |= self.diagnostics.iter().any(|d| d.severity == Severity::Error);
    }

    /// Takes the failure of an empty build for what was wanted.
    pub fn forget_failure(&mut self) {
        self.failure = None;
        self.failed = false;
        self.diagnostics.retain(|d| d.severity != Severity::Error);
    }
}

impl<T> From<Finished<T>> for Results<T> {
    fn from(all: Finished<T>) -> Self {
        let failed = all.failure.is_some() || all.diagnostics.iter().any(|d| d.severity == Severity::Error);
        Self {
            built: all.built,
            diagnostics: all.diagnostics,
            sources: all.sources,
            failed,
            nothing_given: all.nothing_given,
            failure: all.failure,
        }
    }
}

/// Builds all Applications of the inputs, and keeps of each what `keep` makes of it.
pub fn build<T: Send>(
    inputs: &Inputs,
    options: &Options,
    jobs: Option<usize>,
    shard: Option<Shard>,
    keep: &(dyn Fn(Built) -> T + Sync),
) -> Results<T> {
    let mut first = engine();
    let base = Base::read(inputs, options, &mut *first);
    let wanted: Vec<usize> =
        (0..base.len()).filter(|at| shard.is_none_or(|shard| at % shard.count == shard.index)).collect();
    let threads = jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let threads = threads.clamp(1, wanted.len().div_ceil(BATCH).max(1));
    let parts = if threads == 1 {
        wanted.iter().map(|at| base.build(*at, options, &mut *first, keep)).collect()
    } else {
        drop(first);
        on_threads(&base, &wanted, options, threads, keep)
    };
    base.finish(parts)
}

/// Workers take the next few entries until none are left; each has an evaluator of its own.
fn on_threads<T: Send>(
    base: &Base,
    wanted: &[usize],
    options: &Options,
    threads: usize,
    keep: &(dyn Fn(Built) -> T + Sync),
) -> Vec<Part<T>> {
    let next = AtomicUsize::new(0);
    let parts: Mutex<Vec<Option<Part<T>>>> = Mutex::new(wanted.iter().map(|_| None).collect());
    let work = || {
        let mut engine = engine();
        loop {
            let start = next.fetch_add(BATCH, Ordering::Relaxed);
            let Some(batch) = wanted.get(start..).filter(|b| !b.is_empty()) else { return };
            let batch = &batch[..batch.len().min(BATCH)];
            let done: Vec<Part<T>> =
                batch.iter().map(|at| base.build(*at, options, &mut *engine, keep)).collect();
            if let Ok(mut parts) = parts.lock() {
                for (i, part) in done.into_iter().enumerate() {
                    parts[start + i] = Some(part);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        // A worker that cannot be started leaves its share to the others; this thread works too.
        let started: Vec<_> = (1..threads)
            .filter_map(|_| std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok())
            .collect();
        work();
        for worker in started {
            if let Err(panic) = worker.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
    parts.into_inner().unwrap_or_default().into_iter().flatten().collect()
}
