//! `cue export`: concrete values as JSON, YAML, text or CUE.

use clap::Args;
use vela_eval::export::export;
use vela_eval::print;
use vela_eval::validate::{Config, validate};

use super::expression;
use super::flags::{Everywhere, Inputs, Output};
use super::output::{Encoding, Sink, below};
use super::placing::Placing;
use super::session::{Ready, Session, Step, root, show_error, show_reports, status};
use crate::status::Status;

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Export {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    placing: Placing,
    /// Export this expression only.
    #[arg(short, long, value_name = "EXPR")]
    expression: Vec<String>,
    /// Use HTML escaping.
    #[arg(long)]
    escape: bool,
}

/// Runs the command.
pub fn run(command: &Export, everywhere: &Everywhere) -> Status {
    status(run_steps(command, everywhere))
}

fn run_steps(command: &Export, everywhere: &Everywhere) -> Step<()> {
    let mut sink = Sink::new(&command.output, Encoding::Json)?;
    sink.escape = command.escape;
    sink.package.clone_from(&command.placing.package);
    let mut session = Session::open(everywhere, &command.inputs)?;
    let mut instances = session.values(&command.placing)?;
    expression::lower(&mut session, &mut instances, &command.expression)?;
    let values = values(&session, &instances, &mut sink);
    sink.finish(&session.folder, values)
}

fn values(session: &Session, instances: &[Ready], sink: &mut Sink) -> Step<()> {
    for instance in instances {
        let mut eval = session.eval();
        let root = root(&mut eval, instance)?;
        // Errors anywhere in the package count, whatever is selected.
        if !instance.expressions.is_empty()
            && let Some(e) = validate(&mut eval, root, &Config::AS_IS)
        {
            return Err(show_error(&eval, e, root));
        }
        for v in expression::shown(&mut eval, instance, root)? {
            if sink.encoding == Encoding::Cue {
                if let Some(e) = validate(&mut eval, v, &Config::CONCRETE) {
                    return Err(show_error(&eval, e, v));
                }
                let text = print::file(&eval, v, print::Options::EXPORT);
                let text = sink.below(&instance.below, text);
                sink.source(&text);
            } else {
                let data = below(&instance.below, export(&mut eval, v, &[]).map_err(show_reports)?);
                sink.data(&data)?;
            }
        }
    }
    Ok(())
}
