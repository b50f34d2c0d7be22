//! `devices`: the evaluator's shortcuts change no result. Every program of the evaluation suites is evaluated with them
//! and without; the answers must be the same, byte for byte.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::cue::{self, texts};
use super::{Run, pages::PASS};
use crate::board::{Case, Checks, Style, Suite};
use crate::client::{Client, Health};
use crate::pool;

/// The suites whose programs are evaluated.
const SUITES: &[&str] = &["eval", "builtins", "permute"];

/// Runs the suite; `root` is the folder `conformance/cue`.
pub fn run(root: &Path, run: &Run) -> Result<Suite, String> {
    let mut tasks = Vec::new();
    for suite in SUITES {
        tasks.extend(cue::read(suite, root)?);
    }
    tasks.retain(|task| run.wants(&task.id));
    let health = Arc::new(Health::default());
    let cases = pool::run(
        &tasks,
        || Client::new(run.product, &health),
        |client, task| {
            let mut checks = Checks::default();
            let mut fault = None;
            for (i, request) in task.requests.iter().enumerate() {
                let mut plain = request.clone();
                plain["plain"] = json!(true);
                match (client.ask(request), client.ask(&plain)) {
                    (Ok(with), Ok(without)) => {
                        let (with, without) = (with.to_string(), without.to_string());
                        checks.check(0, with == without, || texts(&format!("request {i}"), &without, &with));
                    }
                    (with, without) => fault = Some(format!("{with:?} with, {without:?} without")),
                }
            }
            Case { id: format!("devices/{}", task.id), checks, fault }
        },
    );
    Ok(Suite { name: "devices".to_owned(), columns: PASS, style: Style::Tiers, cases })
}
