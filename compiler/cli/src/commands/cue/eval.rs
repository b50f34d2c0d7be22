//! `cue eval`: values as far as they are known, as CUE; concrete ones in any form.

use clap::Args;
use vela_eval::export::export;
use vela_eval::print;
use vela_eval::validate::{Config, validate};
use vela_eval::{Base, Val, Value, VertexId, define};

use super::expression;
use super::flags::{Everywhere, Inputs, Output};
use super::output::{Encoding, Sink, below};
use super::placing::Placing;
use super::session::{Ready, Session, Step, root, say, show_error, show_reports, status};
use crate::status::Status;

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Eval {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    placing: Placing,
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
    sink.simplify = everywhere.simplify;
    let mut session = Session::open_placed(everywhere, &command.inputs, &command.placing, false)?;
    let mut instances = session.values(&command.placing)?;
    expression::lower(&mut session, &mut instances, &command.expression)?;
    let values = values(command, everywhere, &session, &instances, &mut sink);
    sink.finish(&session.folder, values)
}

/// Whether a struct as a whole is incomplete, such as by the condition of a comprehension, so that only its source can
/// be shown.
fn is_open(eval: &vela_eval::Eval<'_>, v: VertexId) -> bool {
    let shown = eval.deref(v);
    let is_package =
        eval.v(shown).parent.is_none() && eval.v(shown).arcs.iter().any(|a| !eval.v(*a).label.is_let());
    match eval.v(shown).base {
        Base::Value(Val { v: Value::Bottom(e), .. }) => {
            let e = eval.err(e);
            is_package && e.code.is_incomplete() && !e.child_error
        }
        _ => false,
    }
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
        if let (false, false, Some(e)) = (
            everywhere.ignore,
            !expression::whole_counts(instance),
            validate(&mut eval, root, &Config::AS_IS),
        ) {
            return Err(show_error(&eval, e, root));
        }
        for (n, v) in expression::shown(&mut eval, instance, root)?.into_iter().enumerate() {
            if sink.interpreted(&mut eval, v)? {
                continue;
            }
            if sink.encoding != Encoding::Cue {
                let data = below(&instance.below, export(&mut eval, v, &[]).map_err(show_reports)?);
                sink.data(&data)?;
                continue;
            }
            if let (false, Some(e)) = (everywhere.ignore, validate(&mut eval, v, &config)) {
                if instances.len() > 1 {
                    say(&format!("// {}\n", instance.id));
                } else if let (Some((source, _)), true) =
                    (instance.expressions.get(n), instance.expressions.len() > 1)
                {
                    say(&format!("// {source}\n"));
                }
                return Err(show_error(&eval, e, v));
            }
            let text = if is_open(&eval, v) {
                define::value(&mut eval, v, &|_, _| None)
            } else {
                print::file(&eval, v, options)
            };
            let text = sink.below(&instance.below, text);
            match instance.expressions.get(n) {
                Some((source, _)) if instance.expressions.len() > 1 => sink.titled(source, &text),
                _ => sink.source(&text),
            }
        }
    }
    Ok(())
}
