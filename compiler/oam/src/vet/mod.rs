//! `def vet`: what is wrong with a definition although it compiles, and that KubeVela finds only when it is used, or never.
//!
//! | file | what it looks for |
//! |---|---|
//! | `names.rs` | references: properties that are not declared, parameters that are not used, fields of the context and functions of packages that are not there |
//! | `docs.rs` | parameters without a comment |
//! | `patches.rs` | patches and markers without effect |
//! | `samples.rs` | values that `parameter` allows and for which the template gives no data; workloads that a patch does not fit |
//! | `values.rs` | such values |

mod docs;
mod names;
mod patches;
mod samples;
mod values;

use vela_diagnostics::catalogue::definitions::{
    NEVER_CONCRETE, UNDECLARED_PARAMETER, UNKNOWN_CONTEXT, UNSUPPORTED_PROVIDER,
};
use vela_diagnostics::{Diagnostic, Severity, SourceId, Span};
use vela_syntax::Parse;
use vela_syntax::ast::{Decl, DeclId, Expr, ExprId, Field};

use crate::data::Value;
use crate::definition::{Definition, Kind, Template, literal};
use crate::engine::{Engine, Refused, Request};
use crate::schema::cue::CueFile;
use crate::schema::extract::{Unit, extract};
use crate::schema::{Places, Schema};
use crate::trial;

/// A definition that is looked at.
struct Subject<'a> {
    definition: &'a Definition,
    template: &'a std::sync::Arc<Template>,
    /// What `parameter` accepts; `None` where it is not declared.
    schema: Option<(Schema, Places)>,
}

/// Everything that is wrong with a definition, in the order of its text.
pub fn vet(definition: &Definition, engine: &mut dyn Engine) -> Vec<Diagnostic> {
    let Some(template) = &definition.template else { return Vec::new() };
    let subject = Subject { definition, template, schema: schema(template) };
    let mut out = Vec::new();
    match compiles(&subject, engine) {
        Err(faults) => out.extend(faults),
        Ok(faults) => {
            let clean = faults.is_empty();
            out.extend(faults);
            // A template that is wrong for all parameters needs no examples.
            if clean {
                samples::check(&subject, engine, &mut out);
            }
        }
    }
    names::check(&subject, &mut out);
    docs::check(&subject, &mut out);
    patches::check(&subject, &mut out);
    // One mistake is told once: a name that is not there, rather than what follows from it.
    if out.iter().any(|d| matches!(d.code, UNDECLARED_PARAMETER | UNKNOWN_CONTEXT)) {
        out.retain(|d| d.code != NEVER_CONCRETE);
    }
    out.sort_by_key(|d| d.primary_label().map(|l| (l.source, l.span.start)));
    out.dedup();
    out
}

/// What a build cannot do, a cluster can: no fault of a workflow step, and of others a warning.
fn installed(kind: Kind, mut faults: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let acts = |d: &Diagnostic| d.code == UNSUPPORTED_PROVIDER;
    faults.retain(|d| kind != Kind::WorkflowStep || !acts(d));
    faults.iter_mut().filter(|d| acts(d)).for_each(|d| d.severity = Severity::Warning);
    faults
}

/// What `parameter` accepts, read off the source.
pub fn schema(template: &Template) -> Option<(Schema, Places)> {
    let parse = Parse { file: template.ast.clone(), errors: Vec::new(), experiments: template.experiments };
    let cue = CueFile { text: template.text.clone(), parse: std::sync::Arc::new(parse) };
    let unit = Unit { source: template.source, cue: std::sync::Arc::new(cue) };
    extract(unit, &["parameter"], &shared)
}

/// Parameters that a definition takes: no more than what is needed.
pub fn example(schema: &Schema) -> Option<Value> {
    values::samples(schema).into_iter().next().map(|(_, value)| value)
}

/// The files of a package that built-in definitions share; places in them are not shown.
fn shared(path: &str) -> Vec<Unit> {
    let files = vela_definitions::shared().iter().filter(|s| s.import_path == path);
    let unit = |text: &str| Unit {
        source: SourceId(u32::MAX),
        cue: std::sync::Arc::new(CueFile::template(text.into())),
    };
    files.map(|s| unit(s.source)).collect()
}

/// Compiles the template and evaluates it without parameters: what is wrong then is wrong with all of them.
fn compiles(subject: &Subject<'_>, engine: &mut dyn Engine) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let context = subject.context(&trial::sample_workload());
    let request = Request {
        template: subject.template,
        declares_parameter: true,
        parameter: None,
        context: &context,
        explain: false,
    };
    let answer = match engine.evaluate(request) {
        Ok(answer) => answer,
        Err(Refused::Compile(faults)) => return Err(installed(subject.kind(), faults)),
        Err(Refused::Exhausted(budget)) => {
            let code = vela_diagnostics::catalogue::rendering::RENDER;
            let text = format!("evaluating the template needs too much: {budget}");
            return Err(vec![Diagnostic::error(code, text).at(subject.template.source, Span::default())]);
        }
    };
    let told = answer.told.iter().map(|told| {
        let message = format!("`{}` can never have a value: {}", told.path.join("."), told.message);
        let mut diagnostic = Diagnostic::error(told.code, message);
        for (i, (source, span)) in told.places.iter().enumerate() {
            diagnostic =
                if i == 0 { diagnostic.at(*source, *span) } else { diagnostic.secondary(*source, *span, "") };
        }
        diagnostic.notes.clone_from(&told.notes);
        diagnostic.help.clone_from(&told.help);
        diagnostic
    });
    Ok(told.collect())
}

impl Subject<'_> {
    fn kind(&self) -> Kind {
        self.definition.kind
    }

    fn file(&self) -> &vela_syntax::ast::File {
        &self.template.ast
    }

    fn text(&self, span: Span) -> &str {
        span.of(&self.template.text)
    }

    fn source(&self) -> SourceId {
        self.template.source
    }

    /// The fields at the template's top.
    fn top(&self) -> impl Iterator<Item = (DeclId, std::sync::Arc<str>, Field)> + '_ {
        let file = self.file();
        file.decl_list(file.top).iter().filter_map(|id| match file.decl(*id) {
            Decl::Field(field) => {
                Some((*id, literal::label(file, &self.template.text, &field.label)?, field))
            }
            _ => None,
        })
    }

    /// A context for trying the template.
    fn context(&self, workload: &Value) -> crate::context::Context {
        let mut context = trial::sample_context();
        if self.kind() == Kind::Trait {
            context.set("output", workload.clone());
            context.set("outputs", crate::data::empty());
        }
        context
    }

    /// Whether the template makes anything: some definitions only declare what a controller reads.
    fn makes_something(&self) -> bool {
        let file = self.file();
        file.decl_list(file.top).iter().any(|id| match file.decl(*id) {
            Decl::Field(field) => literal::label(file, &self.template.text, &field.label)
                .is_none_or(|name| &*name != "parameter" && !name.starts_with(['#', '_'])),
            Decl::Embed(_) => true,
            _ => false,
        })
    }

    /// Every expression below the template's top, and every declaration.
    fn walk(&self, visit: &mut dyn FnMut(Part)) {
        let mut work: Vec<Part> =
            self.file().decl_list(self.file().top).iter().map(|d| Part::Decl(*d)).collect();
        work.reverse();
        while let Some(part) = work.pop() {
            visit(part);
            let from = work.len();
            self.children(part, &mut work);
            work[from..].reverse();
        }
    }

    fn children(&self, part: Part, out: &mut Vec<Part>) {
        use vela_syntax::ast::{Clause, InterpPart, Label};
        let file = self.file();
        match part {
            Part::Decl(id) => match file.decl(id) {
                Decl::Field(field) => {
                    if let Label::Interpolation(x) | Label::Dynamic(x) | Label::Pattern(x) = field.label {
                        out.push(Part::Expr(x));
                    }
                    out.push(Part::Expr(field.value));
                }
                Decl::Let(_, x) | Decl::Embed(x) => out.push(Part::Expr(x)),
                Decl::Ellipsis | Decl::Attribute(_) | Decl::Bad => {}
            },
            Part::Expr(id) => match file.expr(id) {
                Expr::Interpolation(parts) => {
                    for part in file.interp_parts(parts) {
                        if let InterpPart::Expr(x) = part {
                            out.push(Part::Expr(*x));
                        }
                    }
                }
                Expr::Struct(decls) => out.extend(file.decl_list(decls).iter().map(|d| Part::Decl(*d))),
                Expr::List(items) => out.extend(file.expr_list(items).iter().map(|x| Part::Expr(*x))),
                Expr::Ellipsis(inner) => out.extend(inner.map(Part::Expr)),
                Expr::Comprehension(at) => {
                    let comprehension = file.comprehensions[at as usize];
                    for clause in file.clause_list(comprehension.clauses) {
                        match clause {
                            Clause::For { source, .. } => out.push(Part::Expr(*source)),
                            Clause::If { condition, .. } => out.push(Part::Expr(*condition)),
                            Clause::Let { value, .. } => out.push(Part::Expr(*value)),
                            Clause::Try { binding, .. } => out.extend(binding.map(|(_, x)| Part::Expr(x))),
                        }
                    }
                    out.push(Part::Expr(comprehension.body));
                    out.extend(comprehension.otherwise.map(|(x, _)| Part::Expr(x)));
                }
                Expr::Unary(_, a)
                | Expr::Select(a, _)
                | Expr::Paren(a)
                | Expr::PostfixEllipsis(a)
                | Expr::PostfixOption(a)
                | Expr::Alias(_, a) => out.push(Part::Expr(a)),
                Expr::Binary(_, a, b) | Expr::Index(a, b) => out.extend([Part::Expr(a), Part::Expr(b)]),
                Expr::Slice(a, low, high) => {
                    out.push(Part::Expr(a));
                    out.extend(low.into_iter().chain(high).map(Part::Expr));
                }
                Expr::Call(f, arguments) => {
                    out.push(Part::Expr(f));
                    out.extend(file.expr_list(arguments).iter().map(|x| Part::Expr(*x)));
                }
                Expr::Bad
                | Expr::Ident
                | Expr::Null
                | Expr::Bool(_)
                | Expr::Bottom
                | Expr::Number
                | Expr::String => {}
            },
        }
    }
}

/// A part of the tree.
#[derive(Clone, Copy)]
enum Part {
    Decl(DeclId),
    Expr(ExprId),
}
