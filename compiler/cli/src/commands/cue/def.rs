//! `cue def`: packages, and values of them, as the declarations they are made of.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;

use clap::Args;
use vela_eval::export::export;
use vela_eval::validate::{Config, validate};
use vela_eval::{Eval, VertexId, define};
use vela_ir::{FileId, Ir, PackageId};
use vela_syntax::ParseOptions;

use super::expression;
use super::flags::{Everywhere, Inputs, Output};
use super::output::{Encoding, Sink, below};
use super::placing::Placing;
use super::session::{Ready, Session, Step, fail, root, show_error, show_reports, status};
use crate::status::Status;

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Def {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    placing: Placing,
    /// Evaluate this expression only.
    #[arg(short, long, value_name = "EXPR")]
    expression: Vec<String>,
    /// Display field attributes; they always are.
    #[arg(short = 'A', long)]
    show_attributes: bool,
    /// Not supported: references to other packages expanded.
    #[arg(long)]
    inline_imports: bool,
}

/// Runs the command.
pub fn run(command: &Def, everywhere: &Everywhere) -> Status {
    status(run_steps(command, everywhere))
}

fn run_steps(command: &Def, everywhere: &Everywhere) -> Step<()> {
    if command.inline_imports {
        return Err(fail("--inline-imports is not supported"));
    }
    let mut sink = Sink::new(&command.output, Encoding::Cue)?;
    sink.simplify = everywhere.simplify;
    let mut session = Session::open_placed(everywhere, &command.inputs, &command.placing, true)?;
    let mut instances = session.values(&command.placing)?;
    expression::lower(&mut session, &mut instances, &command.expression)?;
    let values = values(command, everywhere, &session, &instances, &mut sink);
    sink.finish(&session.folder, values)
}

fn values(
    command: &Def,
    everywhere: &Everywhere,
    session: &Session,
    instances: &[Ready],
    sink: &mut Sink,
) -> Step<()> {
    let imports = Specs::new(&session.loaded.ir);
    let find = |file: FileId, name: &str| imports.find(file, name);
    for instance in instances {
        let mut eval = session.eval();
        let root = root(&mut eval, instance)?;
        if !everywhere.ignore
            && (instance.expressions.is_empty() || expression::whole_counts(instance))
            && let Some(e) = validate(&mut eval, root, &Config::AS_IS)
        {
            return Err(show_error(&eval, e, root));
        }
        let clause = match &command.placing.package {
            Some(name) => name.clone(),
            // With data files the result is no package.
            None if session.has_data() => String::new(),
            None => instance.name.clone(),
        };
        let plain = sink.encoding == Encoding::Cue && sink.interpretation.is_none();
        if instance.expressions.is_empty() && plain {
            let text = define::package(&mut eval, instance.package, &find);
            let head = head(&session.loaded.ir, instance.package, &clause);
            let text = sink.below(&instance.below, format!("{head}{text}"));
            sink.source(&text);
            continue;
        }
        for v in expression::evaluated(&mut eval, instance, root)? {
            if sink.interpreted(&mut eval, v)? {
                continue;
            }
            if sink.encoding == Encoding::Cue {
                let text = expression_text(&mut eval, v, &find)?;
                sink.source(&text);
            } else {
                let data = export(&mut eval, v, &[]).map_err(show_reports)?;
                sink.data(&below(&instance.below, data))?;
            }
        }
    }
    Ok(())
}

/// The value of an expression.
fn expression_text(eval: &mut Eval<'_>, v: VertexId, find: define::Imports<'_>) -> Step<String> {
    if let Some(e) = validate(eval, v, &Config::AS_IS) {
        return Err(show_error(eval, e, v));
    }
    Ok(define::value(eval, v, find))
}

/// The comments and the package clause at the head of a package's files.
fn head(ir: &Ir, package: PackageId, clause: &str) -> String {
    let mut out = String::new();
    for (n, id) in ir.packages[package.index()].files.iter().enumerate() {
        let file = &ir.files[id.index()];
        let parse = vela_syntax::parse(&file.text, &ParseOptions { version: file.version.into() });
        if !parse.errors.is_empty() {
            // A data file.
            continue;
        }
        for attribute in parse.file.attribute_list(parse.file.file_attributes) {
            let text = attribute.span.of(&file.text);
            if !out.contains(text) {
                out.push_str(text);
                out.push_str(if clause.is_empty() { "\n" } else { "\n\n" });
            }
        }
        let Some(name) = parse.file.package.filter(|_| !clause.is_empty()) else { continue };
        let comments = parse.file.comments.iter().filter(|c| c.span.end <= name.span.start);
        let mut last: Option<u32> = None;
        for comment in comments {
            let gap = last.map(|end| &file.text[end as usize..comment.span.start as usize]);
            if gap.is_some_and(|g| g.matches('\n').count() > 1) {
                out.push('\n');
            } else if last.is_none() && n > 0 && !out.is_empty() {
                out.push_str("//\n");
            }
            let _ = writeln!(out, "{}", comment.span.of(&file.text).trim_end());
            last = Some(comment.span.end);
        }
    }
    if !clause.is_empty() {
        let _ = write!(out, "package {clause}\n\n");
    }
    out
}

/// The imports of the program's files, as they are written.
struct Specs<'a> {
    ir: &'a Ir,
    known: RefCell<HashMap<FileId, HashMap<String, String>>>,
}

impl<'a> Specs<'a> {
    fn new(ir: &'a Ir) -> Self {
        Self { ir, known: RefCell::default() }
    }

    /// The import of a file that goes by a name.
    fn find(&self, file: FileId, name: &str) -> Option<String> {
        let mut known = self.known.borrow_mut();
        let specs = known.entry(file).or_insert_with(|| specs(self.ir, file));
        specs.get(name).cloned()
    }
}

fn specs(ir: &Ir, file: FileId) -> HashMap<String, String> {
    let Some(file) = ir.files.get(file.index()) else { return HashMap::new() };
    if !file.path.ends_with(".cue") && file.path != "-" {
        return builtins();
    }
    let parse = vela_syntax::parse(&file.text, &ParseOptions { version: file.version.into() });
    let mut out = builtins();
    for import in &parse.file.imports {
        let text = import.span.of(&file.text);
        let path = import.path.of(&file.text).trim_matches('"');
        let own = path.rsplit_once(':').map(|(_, name)| name).or_else(|| vela_ir::import_name(path));
        let name = import.name.map(|n| n.span.of(&file.text)).or(own);
        if let Some(name) = name {
            out.insert(name.to_owned(), text.to_owned());
        }
    }
    out
}

/// Packages that expressions may name without an import.
fn builtins() -> HashMap<String, String> {
    let paths = vela_stdlib::PACKAGES.iter().map(|p| p.path);
    paths.map(|p| (p.rsplit('/').next().unwrap_or(p).to_owned(), format!("\"{p}\""))).collect()
}
