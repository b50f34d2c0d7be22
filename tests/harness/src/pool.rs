//! Cases in parallel: a few threads take the next case until none is left; results keep the order of the cases.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many workers a run uses: `VELA_JOBS`, else the machine's parallelism, at most 8.
pub fn workers() -> usize {
    let machine = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::env::var("VELA_JOBS").ok().and_then(|s| s.parse().ok()).unwrap_or(machine).clamp(1, 8)
}

/// Runs `work` on every case with one `state` a worker. Results come in the order of `cases`.
pub fn run<Case: Sync, State, Out: Send>(
    cases: &[Case],
    state: impl Fn() -> State + Sync,
    work: impl Fn(&mut State, &Case) -> Out + Sync,
) -> Vec<Out> {
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Out)>> = Mutex::new(Vec::with_capacity(cases.len()));
    std::thread::scope(|scope| {
        for _ in 0..workers().min(cases.len()) {
            scope.spawn(|| {
                let mut mine = state();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(at) else { return };
                    let out = work(&mut mine, case);
                    if let Ok(mut results) = results.lock() {
                        results.push((at, out));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, out)| out).collect()
}
