//! `-e`: expressions in the scope of a package.

use std::collections::HashSet;
use std::sync::Arc;

use vela_eval::VertexId;
use vela_ir::{Decl, Expr, ExprId, ExprInput, Label, Labels};

use super::session::{Failed, Ready, Session, Step, root, say};
use crate::library;

/// The name that messages show for the text.
const NAME: &str = "--expression";

/// Lowers the expressions for every instance. Nothing is evaluated, except where an expression names a field that no
/// declaration at the top of the package has: then evaluation tells which fields there are.
pub fn lower(session: &mut Session, instances: &mut [Ready], texts: &[String]) -> Step<()> {
    if texts.is_empty() {
        return Ok(());
    }
    for instance in instances {
        let mut names_found = declared(session, instance);
        let mut evaluated = false;
        for text in texts {
            let mut lowered = lower_one(session, instance, &names_found, NAME, text);
            if lowered.is_err() && !evaluated {
                names_found = names(session, instance)?;
                evaluated = true;
                lowered = lower_one(session, instance, &names_found, NAME, text);
            }
            let expression = lowered.map_err(|refused| say_refused(&refused))?;
            instance.expressions.push((text.clone(), expression));
        }
    }
    Ok(())
}

/// The names of the fields declared at the top of a package's files.
fn declared(session: &Session, instance: &Ready) -> HashSet<String> {
    let ir = &session.loaded.ir;
    let mut names = HashSet::new();
    for file in &ir.packages[instance.package.index()].files {
        let Expr::Struct(top) = ir.expr(ir.files[file.index()].root) else { continue };
        for d in ir.struct_decls(top) {
            if let Decl::Field { label, .. } = ir.decls[d.index()] {
                names.insert(ir.labels.name(label).into_owned());
            }
        }
    }
    names
}

/// The names of a package's fields. Lets are not in scope.
pub fn names(session: &Session, instance: &Ready) -> Step<HashSet<String>> {
    let mut eval = session.eval();
    let root = root(&mut eval, instance)?;
    let root = eval.deref(root);
    let labels = eval.v(root).arcs.iter().map(|arc| eval.v(*arc).label);
    Ok(labels.filter(|l| !l.is_let()).map(|l| eval.labels.name(l).into_owned()).collect())
}

/// Why a text is no expression in a scope.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// The text of the error, the path of fields before it.
    pub message: String,
    /// The lines with its places.
    pub places: String,
}

/// Lowers one expression, or says why that is not possible; `name` is what messages call its text.
pub fn one(
    session: &mut Session,
    instance: &Ready,
    names: &HashSet<String>,
    name: &str,
    text: &str,
) -> Step<ExprId> {
    lower_one(session, instance, names, name, text).map_err(|refused| say_refused(&refused))
}

fn say_refused(refused: &[Refused]) -> Failed {
    for Refused { message, places } in refused {
        let colon = if places.is_empty() { "" } else { ":" };
        say(&format!("{message}{colon}\n{places}"));
    }
    Failed
}

/// Lowers one expression.
pub fn lower_one(
    session: &mut Session,
    instance: &Ready,
    names: &HashSet<String>,
    name: &str,
    text: &str,
) -> Result<ExprId, Vec<Refused>> {
    let (parse, expr) = vela_syntax::parse_expr(text);
    let Some(expr) = expr.filter(|_| parse.errors.is_empty()) else {
        let refused = |e: &vela_syntax::SyntaxError| Refused {
            message: e.message.clone(),
            places: format!("    {name}:{}:{}\n", e.line, e.column),
        };
        return Err(parse.errors.iter().map(refused).collect());
    };
    // Fields that evaluation made have labels of that evaluation only: the name decides.
    let field = |name: &str, label: Label, _: &Labels| names.contains(name).then_some(label);
    let lowered = session.loaded.ir.add_expr(ExprInput {
        package: instance.package,
        version: instance.version,
        experiments: parse.experiments,
        name,
        text: Arc::from(text),
        ast: &parse.file,
        expr,
        field: &field,
        builtin: &builtin,
    });
    match lowered {
        Ok(id) => {
            vela_stdlib::add_preludes(&mut session.loaded.ir);
            Ok(id)
        }
        Err(errors) => Err(errors
            .into_iter()
            .map(|e| {
                let path = if e.path.is_empty() { String::new() } else { format!("{}: ", e.path.join(".")) };
                let places = e.places.iter().map(|p| place(session, text, *p)).collect();
                Refused { message: format!("{path}{}", e.message), places }
            })
            .collect()),
    }
}

fn place(session: &Session, text: &str, place: vela_ir::Place) -> String {
    let file = &session.loaded.ir.files[place.file.index()];
    let text = if file.text.is_empty() { text } else { &file.text };
    let (line, column) = vela_diagnostics::LineIndex::new(text).line_col(place.start);
    format!("    {}:{line}:{column}\n", file.name)
}

/// The standard package that may be named without an import: the one whose path ends so.
fn builtin(name: &str) -> Option<String> {
    let library = library::library();
    if library.has_package(name) {
        return Some(name.to_owned());
    }
    let mut found =
        vela_stdlib::PACKAGES.iter().map(|p| p.path).filter(|p| p.rsplit('/').next() == Some(name));
    let first = found.next()?;
    found.next().is_none().then(|| first.to_owned())
}

/// Whether errors anywhere in the instance count, whatever is selected: those of a package do, those of files given by
/// name do not.
pub fn whole_counts(instance: &Ready) -> bool {
    !instance.expressions.is_empty() && instance.whole
}

/// The vertices to show of an evaluated instance: its expressions, or itself without any.
pub fn shown(eval: &mut vela_eval::Eval<'_>, instance: &Ready, root: VertexId) -> Step<Vec<VertexId>> {
    vertices(eval, instance, root, true)
}

/// As [`shown`], with vertices of their own for expressions that only name a field.
pub fn evaluated(eval: &mut vela_eval::Eval<'_>, instance: &Ready, root: VertexId) -> Step<Vec<VertexId>> {
    vertices(eval, instance, root, false)
}

fn vertices(
    eval: &mut vela_eval::Eval<'_>,
    instance: &Ready,
    root: VertexId,
    named: bool,
) -> Step<Vec<VertexId>> {
    if instance.expressions.is_empty() {
        return Ok(vec![root]);
    }
    let mut out = Vec::with_capacity(instance.expressions.len());
    for (_, x) in &instance.expressions {
        if let Some(v) = eval.selected(root, *x).filter(|_| named) {
            out.push(v);
            continue;
        }
        let v = eval.expression(root, *x);
        if let Err(budget) = eval.finalize(v) {
            return Err(super::session::fail(&super::session::exhausted(eval, budget)));
        }
        out.push(v);
    }
    Ok(out)
}
