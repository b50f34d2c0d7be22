//! `cue export`: concrete values as JSON, YAML, text or CUE.

use clap::Args;
use vela_eval::data::Data;
use vela_eval::export::export;
use vela_eval::report::{ErrorReport, reports};
use vela_eval::validate::{Config, validate};
use vela_eval::{Eval, print};

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
    let mut session = Session::open_placed(everywhere, &command.inputs, &command.placing, false)?;
    let mut instances = session.values(&command.placing)?;
    expression::lower(&mut session, &mut instances, &command.expression)?;
    let values = values(&session, &instances, &mut sink);
    sink.finish(&session.folder, values)
}

fn values(session: &Session, instances: &[Ready], sink: &mut Sink) -> Step<()> {
    for instance in instances {
        let mut eval = session.eval();
        if sink.interpretation.is_some() {
            let root = root(&mut eval, instance)?;
            if let Some(e) = validate(&mut eval, root, &Config::AS_IS) {
                return Err(show_error(&eval, e, root));
            }
            for v in expression::shown(&mut eval, instance, root)? {
                sink.interpreted(&mut eval, v)?;
            }
            continue;
        }
        // Data takes defaults only. What goes wrong is told of all alternatives.
        eval.only_defaults = true;
        eval.only_regular = sink.encoding != Encoding::Cue;
        let mut outcome = of_instance(&mut eval, instance, sink)?;
        if outcome.is_err() && eval.narrowed() {
            eval = session.eval();
            outcome = of_instance(&mut eval, instance, sink)?;
        }
        for shown in outcome.map_err(show_reports)? {
            match shown {
                Shown::Source(text) => sink.source(&text),
                Shown::Data(data) => sink.data(&data)?,
            }
        }
    }
    Ok(())
}

/// One value, ready to be written.
enum Shown {
    Source(String),
    Data(Data),
}

/// The values of an instance, or what is wrong with them.
fn of_instance(
    eval: &mut Eval<'_>,
    instance: &Ready,
    sink: &mut Sink,
) -> Step<Result<Vec<Shown>, Vec<ErrorReport>>> {
    let root = root(eval, instance)?;
    if expression::whole_counts(instance)
        && let Some(e) = validate(eval, root, &Config::AS_IS)
    {
        return Ok(Err(reports(eval, e, Some(root), &[])));
    }
    let mut out = Vec::new();
    for v in expression::shown(eval, instance, root)? {
        if sink.encoding == Encoding::Cue {
            if let Some(e) = validate(eval, v, &Config::CONCRETE) {
                return Ok(Err(reports(eval, e, Some(v), &[])));
            }
            let text = print::file(eval, v, print::Options::EXPORT);
            out.push(Shown::Source(sink.below(&instance.below, text)));
        } else {
            match export(eval, v, &[]) {
                Ok(data) => out.push(Shown::Data(below(&instance.below, data))),
                Err(reports) => return Ok(Err(reports)),
            }
        }
    }
    Ok(Ok(out))
}
