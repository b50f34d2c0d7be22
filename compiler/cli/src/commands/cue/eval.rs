//! `cue eval`: values as far as they are known, as CUE; concrete ones in any form.

use clap::Args;
use vela_eval::export::export;
use vela_eval::print;
use vela_eval::validate::{Config, validate};

use super::expression;
use super::flags::{Everywhere, Inputs, Output};
use super::output::{Encoding, Sink};
use super::session::{Ready, Session, Step, root, say, show_error, show_reports, status};
use crate::status::Status;

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Eval {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    output: Output,
    /// Merge non-CUE files.
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    merge: Option<bool>,
    /// Evaluate this expression only.
    #[arg(short, long, value_name = "EXPR")]
    expression: Vec<String>,
    /// Show optional and hidden fields.
    #[arg(short, long)]
    all: bool,
    /// Require the evaluation to be concrete.
    #[arg(short, long)]
    concrete: bool,
    /// Display field attributes.
    #[arg(short = 'A', long)]
    show_attributes: bool,
    /// Display hidden fields.
    #[arg(short = 'H', long)]
    show_hidden: bool,
    /// Display optional fields.
    #[arg(short = 'O', long)]
    show_optional: bool,
}

/// Runs the command.
pub fn run(command: &Eval, everywhere: &Everywhere) -> Status {
    status(run_steps(command, everywhere))
}

fn run_steps(command: &Eval, everywhere: &Everywhere) -> Step<()> {
    let mut sink = Sink::new(&command.output, Encoding::Cue)?;
    sink.blanks = true;
    let mut session = Session::open(everywhere, &command.inputs)?;
    let mut instances = session.values(command.merge.unwrap_or(true))?;
    expression::lower(&mut session, &mut instances, &command.expression)?;
    let values = values(command, everywhere, &session, &instances, &mut sink);
    sink.finish(&session.folder, values)
}

fn values(
    command: &Eval,
    everywhere: &Everywhere,
    session: &Session,
    instances: &[Ready],
    sink: &mut Sink,
) -> Step<()> {
    let options = print::Options {
        hidden: command.all || command.show_hidden,
        optional: command.all || command.show_optional,
        attributes: command.show_attributes,
        errors_as_values: everywhere.ignore,
        definitions: !command.concrete,
        ..print::Options::EVAL
    };
    for instance in instances {
        let mut eval = session.eval();
        let root = root(&mut eval, instance)?;
        let config = if command.concrete { Config::CONCRETE } else { Config::AS_IS };
        if let (false, false, Some(e)) =
            (everywhere.ignore, instance.expressions.is_empty(), validate(&mut eval, root, &Config::AS_IS))
        {
            return Err(show_error(&eval, e, root));
        }
        for (n, v) in expression::shown(&mut eval, instance, root)?.into_iter().enumerate() {
            if sink.encoding != Encoding::Cue {
                let data = export(&mut eval, v, &[]).map_err(show_reports)?;
                sink.data(&data)?;
                continue;
            }
            if let (false, Some(e)) = (everywhere.ignore, validate(&mut eval, v, &config)) {
                if instances.len() > 1 {
                    say(&format!("// {}\n", instance.id));
                }
                return Err(show_error(&eval, e, v));
            }
            let text = print::file(&eval, v, options);
            match instance.expressions.get(n) {
                Some((source, _)) if instance.expressions.len() > 1 => sink.titled(source, &text),
                _ => sink.source(&text),
            }
        }
    }
    Ok(())
}
