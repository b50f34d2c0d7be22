//! `cue vet`: whether values are free of errors, and concrete where that is asked for.

use clap::Args;
use vela_eval::validate::{Config, validate};

use super::flags::{Everywhere, Inputs};
use super::placing::Placing;
use super::session::{Failed, Session, Step, fail, root, show_error, status};
use crate::status::Status;

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Vet {
    #[command(flatten)]
    inputs: Inputs,
    /// Require the evaluation to be concrete, or set -c=false to allow incomplete values.
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    concrete: Option<bool>,
    #[command(flatten)]
    placing: Placing,
}

/// Runs the command.
pub fn run(command: &Vet, everywhere: &Everywhere) -> Status {
    status(run_steps(command, everywhere))
}

fn run_steps(command: &Vet, everywhere: &Everywhere) -> Step<()> {
    let mut session = Session::open_placed(everywhere, &command.inputs, &command.placing, false)?;
    if session.has_data() {
        return data(&mut session, &command.placing);
    }
    let mut incomplete = false;
    let mut failed = false;
    let instances = session.values(&command.placing)?;
    // Permanent errors of the first package that has any end the run.
    let mut evaluated = Vec::with_capacity(instances.len());
    for instance in &instances {
        let mut eval = session.eval();
        let root = root(&mut eval, instance)?;
        if let Some(e) = validate(&mut eval, root, &Config::AS_IS) {
            return Err(show_error(&eval, e, root));
        }
        evaluated.push((eval, root));
    }
    for (mut eval, root) in evaluated {
        let found = match command.concrete {
            Some(false) => None,
            _ => validate(&mut eval, root, &Config::CONCRETE),
        };
        match (found, command.concrete) {
            (Some(e), Some(true)) => {
                show_error(&eval, e, root);
                failed = true;
            }
            (Some(_), _) => incomplete = true,
            (None, _) => {}
        }
    }
    if incomplete {
        return Err(fail(
            "some instances are incomplete; use the -c flag to show errors or -c=false to allow incomplete instances",
        ));
    }
    if failed { Err(Failed) } else { Ok(()) }
}

/// Each document against the one instance, concrete.
fn data(session: &mut Session, placing: &Placing) -> Step<()> {
    if session.schema()?.is_none() {
        return Err(fail("data files specified without a schema"));
    }
    // Documents are never merged.
    let placing = Placing { merge: Some(false), ..placing.clone() };
    let mut failed = false;
    for value in session.values(&placing)? {
        let mut eval = session.eval();
        let root = root(&mut eval, &value)?;
        // What no value could mend ends the run; what is only incomplete does not.
        if let Some(e) = validate(&mut eval, root, &Config::AS_IS) {
            return Err(show_error(&eval, e, root));
        }
        if let Some(e) = validate(&mut eval, root, &Config::CONCRETE) {
            show_error(&eval, e, root);
            failed = true;
        }
    }
    if failed { Err(Failed) } else { Ok(()) }
}
