//! Diagnostics of CUE that need names resolved or values computed: packages and templates. Pure; places are given in
//! texts by path.

use std::cell::RefCell;
use std::sync::Arc;

use vela_diagnostics::catalogue::evaluation::{BUDGET, UNDEFINED_REFERENCE, UNUSED};
use vela_diagnostics::catalogue::input::LOAD;
use vela_diagnostics::catalogue::syntax::SYNTAX;
use vela_diagnostics::{Code, Diagnostic, Label, Severity, SourceId, Sources, Span};
use vela_eval::builtin::Library;
use vela_eval::report::Origin;
use vela_eval::validate::{Config, validate};
use vela_eval::{Eval, Limits, VertexId, diagnose};
use vela_ir::{FileId, ImportTarget, Ir, Package, PackageId, PackageInput, SourceFile, Version};
use vela_load::{ErrorKind, LoadError, LoadOptions, Loaded, Lowered, World, load_onto, paths};
use vela_stdlib::STDLIB;
use vela_syntax::ast;

use crate::cue::CueFile;
use crate::values::{self, Values};

/// The language of templates, as `cue_form` parses them.
const LANGUAGE: Version = Version { minor: 14, patch: 0 };
/// What an editor waits for. What needs more is told to be unfinished.
const LIMITS: Limits = Limits { depth: 20_000, steps: 3_000_000, vertices: 1_500_000 };
/// Most diagnostics of one package.
const MAX: usize = 100;

/// Diagnostics whose sources are indices into `paths`.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Findings {
    /// What was found.
    pub diagnostics: Vec<Diagnostic>,
    /// Absolute paths of the texts that places count in.
    pub paths: Vec<String>,
}

impl Findings {
    fn source(&mut self, path: &str) -> SourceId {
        let at = self.paths.iter().position(|p| p == path).unwrap_or_else(|| {
            self.paths.push(path.to_owned());
            self.paths.len() - 1
        });
        SourceId(at as u32)
    }

    fn add(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX && !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }
}

// `tick` is called between the stages and within them: whoever has no more use for the outcome unwinds out of it.

/// What an evaluation gives: what is wrong, and what fields came to. The latter are empty where it takes too long.
pub type Outcome = (Findings, Values);

/// What is wanted of an evaluation.
#[derive(Clone, Copy)]
pub enum Wanted<'a> {
    /// What is wrong, and all values.
    All,
    /// The value at a path as far as it is looked at ([`values::glance`]): the first of the values, which are none where
    /// there is none. Nothing else is evaluated than it needs, and nothing is found wrong.
    At(&'a [String]),
}

/// Loads and evaluates what an argument names in a folder, on top of what was lowered before; gives what later programs can
/// take up, where that is more. Syntax errors are left out: they are told of each file.
pub fn package(
    world: &dyn World,
    (folder, argument): (&str, &str),
    lowered: &Lowered,
    wanted: Wanted<'_>,
    tick: &dyn Fn(),
) -> (Outcome, Option<Lowered>) {
    let mut outcome = Outcome::default();
    let args = [argument.to_owned()];
    let options = LoadOptions {
        folder,
        args: &args,
        tags: &[],
        variables: false,
        tools: false,
        tests: false,
        schemas: false,
        protos: vela_load::ProtoSearch::default(),
        builtin: &|path| STDLIB.has_package(path),
    };
    let mut taken = Taken { lowered, loaded: load_onto(world, &options, lowered) };
    let loaded = &mut taken.loaded;
    let more = loaded.lowered();
    tick();
    for error in loaded.errors().iter().filter(|e| e.kind != ErrorKind::Syntax) {
        load_error(error, &loaded.sources, folder, &mut outcome.0);
    }
    if !loaded.errors().is_empty() {
        return (outcome, more);
    }
    vela_stdlib::add_preludes(&mut loaded.ir);
    for instance in &loaded.instances {
        if let Some(package) = instance.package {
            let first = instance.files.first().map_or("", String::as_str);
            let path = |file: FileId| loaded.ir.files.get(file.index()).map(|f| f.path.clone());
            evaluate(&loaded.ir, package, (&path, first), wanted, tick, &mut outcome);
            at_own_files(&mut outcome.0, &instance.files);
        }
    }
    (outcome, more)
}

/// A program, given back at the end, or where unwinding ends its use.
struct Taken<'l> {
    lowered: &'l Lowered,
    loaded: Loaded,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.lowered.give_back(&mut self.loaded);
    }
}

/// What is wrong only together with another package is told in this one: the other may be right by itself.
fn at_own_files(findings: &mut Findings, files: &[String]) {
    let Findings { diagnostics, paths } = findings;
    let own = |label: &Label| paths.get(label.source.0 as usize).is_some_and(|p| files.contains(p));
    for diagnostic in diagnostics {
        if diagnostic.primary_label().is_some_and(own) {
            continue;
        }
        if let Some(at) = diagnostic.labels.iter().position(own) {
            diagnostic.labels.iter_mut().for_each(|l| l.primary = false);
            diagnostic.labels[at].primary = true;
        }
    }
}

fn load_error(error: &LoadError, sources: &Sources, folder: &str, findings: &mut Findings) {
    let mut diagnostic = Diagnostic::error(code_of(error.kind, &error.message), error.message.clone());
    if !error.path.is_empty() && error.kind == ErrorKind::Compile {
        diagnostic.message = format!("{}: {}", error.path.join("."), error.message);
    }
    for (i, place) in error.places.iter().enumerate() {
        let source = findings.source(&paths::join(folder, sources.name(place.source)));
        diagnostic.labels.push(Label { source, span: place.span, text: String::new(), primary: i == 0 });
    }
    findings.add(diagnostic);
}

fn code_of(kind: ErrorKind, message: &str) -> Code {
    match kind {
        ErrorKind::Load => LOAD,
        ErrorKind::Syntax => SYNTAX,
        ErrorKind::Compile
            if message.contains("imported and not used") || message.starts_with("unreferenced") =>
        {
            UNUSED
        }
        ErrorKind::Compile => UNDEFINED_REFERENCE,
    }
}

fn evaluate(
    ir: &Ir,
    package: PackageId,
    (path, main): (&dyn Fn(FileId) -> Option<String>, &str),
    wanted: Wanted<'_>,
    tick: &dyn Fn(),
    (findings, values): &mut Outcome,
) {
    let mut eval = Eval::new(ir, &STDLIB);
    eval.limits = LIMITS;
    eval.tick = Some(tick);
    tick();
    let root = eval.package(package);
    if let Wanted::At(steps) = wanted {
        *values = found(&mut eval, root, steps, path).unwrap_or_default();
        return;
    }
    let ended = eval.finalize(root).is_ok();
    if !ended {
        let source = findings.source(main);
        let message = "evaluation takes too long for the editor; errors of values are not shown";
        findings.add(Diagnostic::new(BUDGET, Severity::Note, message).at(source, Span::default()));
        return;
    }
    *values = values::read(&eval, root, path);
    tick();
    let Some(error) = validate(&mut eval, root, &Config::AS_IS) else { return };
    let paths = RefCell::new(std::mem::take(&mut findings.paths));
    let source = |origin: Origin| match origin {
        Origin::Program(file) => {
            let (path, mut paths) = (path(file)?, paths.borrow_mut());
            let at = paths.iter().position(|p| *p == path).unwrap_or_else(|| {
                paths.push(path);
                paths.len() - 1
            });
            Some(SourceId(at as u32))
        }
        Origin::Data(_) => None,
    };
    let found = diagnose::diagnostics(&eval, error, Some(root), &[], &source);
    findings.paths = paths.into_inner();
    for mut diagnostic in found {
        if diagnostic.labels.is_empty() {
            let source = findings.source(main);
            diagnostic = diagnostic.at(source, Span::default());
        }
        findings.add(diagnostic);
    }
}

/// The value at a path; `None` where there is none, or its evaluation takes too long.
fn found(
    eval: &mut Eval<'_>,
    root: VertexId,
    steps: &[String],
    path: &dyn Fn(FileId) -> Option<String>,
) -> Option<Values> {
    let mut at = root;
    for step in steps {
        eval.look_into(at).ok()?;
        at = eval.field(at, step)?;
    }
    values::glance(eval, at, path).ok()
}

/// A text that a template imports.
pub struct Shared {
    /// The import path.
    pub import_path: String,
    /// The path of the file.
    pub path: String,
    /// The text with its tree.
    pub cue: Arc<CueFile>,
}

/// Resolves the names of a template and evaluates it with `parameter` and `context` open. `top` are its
/// declarations; `path` names it in the findings.
pub fn template(
    path: &str,
    cue: &CueFile,
    top: &[ast::DeclId],
    shared: &[Shared],
    wanted: Wanted<'_>,
    tick: &dyn Fn(),
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut ir = Ir::default();
    let mut targets: Vec<(String, ImportTarget)> = Vec::new();
    let mut known = true;
    let mut names: Vec<&str> = shared.iter().map(|s| s.import_path.as_str()).collect();
    names.dedup();
    for import in imports(cue) {
        if STDLIB.has_package(&import) {
            targets.push((import, ImportTarget::Builtin));
        } else if names.contains(&import.as_str()) {
            match add_shared(&mut ir, &import, shared) {
                Some(id) => targets.push((import, ImportTarget::Package(id))),
                None => return outcome,
            }
        } else {
            // Packages that only a cluster has. Names are still resolved.
            known = false;
            let id = PackageId(ir.packages.len() as u32);
            ir.packages.push(Package { id: import.clone(), name: String::new(), files: Vec::new() });
            targets.push((import, ImportTarget::Package(id)));
        }
    }
    let mut file = cue.parse.file.clone();
    let start = file.decl_lists.len() as u32;
    file.decl_lists.extend_from_slice(top);
    file.top = ast::List { start, len: top.len() as u32 };
    file.package = None;
    let around = CueFile::template("package around\ncontext: _\nparameter: _\n".into());
    let source = |name, text: &CueFile, ast| SourceFile {
        name,
        path: name,
        text: text.text.clone(),
        ast,
        version: None,
        experiments: text.parse.experiments,
        injected: &[],
    };
    let first = ir.files.len();
    let main = source(path, cue, &file);
    let around_file = source("context", &around, &around.parse.file);
    let added = ir.add_package(PackageInput {
        id: "_",
        name: "",
        version: LANGUAGE,
        files: &[main, around_file],
        resolve_import: &|wanted| targets.iter().find(|(p, _)| p == wanted).map(|(_, t)| *t),
    });
    let id = match added {
        Ok(id) => id,
        Err(errors) => {
            for error in errors {
                let code = code_of(ErrorKind::Compile, &error.message);
                let mut diagnostic = Diagnostic::error(code, error.message);
                for (i, place) in error.places.iter().chain(&error.previous).enumerate() {
                    if place.file.index() == first {
                        let source = outcome.0.source(path);
                        let span = Span::new(place.start, place.end);
                        diagnostic.labels.push(Label { source, span, text: String::new(), primary: i == 0 });
                    }
                }
                if !diagnostic.labels.is_empty() {
                    outcome.0.add(diagnostic);
                }
            }
            return outcome;
        }
    };
    if known {
        vela_stdlib::add_preludes(&mut ir);
        let of = |file: FileId| {
            let shared = shared.iter().find(|s| ir.files.get(file.index()).is_some_and(|f| f.path == s.path));
            match shared {
                Some(shared) => Some(shared.path.clone()),
                None => (file.index() == first).then(|| path.to_owned()),
            }
        };
        evaluate(&ir, id, (&of, path), wanted, tick, &mut outcome);
    }
    outcome
}

fn imports(cue: &CueFile) -> Vec<String> {
    let imports = cue.parse.file.imports.iter();
    imports.map(|i| i.path.of(&cue.text).trim_matches('"').to_owned()).collect()
}

/// The shared packages import only the standard library.
fn add_shared(ir: &mut Ir, import: &str, shared: &[Shared]) -> Option<PackageId> {
    let of: Vec<&Shared> = shared.iter().filter(|s| s.import_path == import).collect();
    let files: Vec<SourceFile<'_>> = of
        .iter()
        .map(|s| SourceFile {
            name: &s.path,
            path: &s.path,
            text: s.cue.text.clone(),
            ast: &s.cue.parse.file,
            version: None,
            experiments: s.cue.parse.experiments,
            injected: &[],
        })
        .collect();
    let name = import.rsplit('/').next().unwrap_or(import);
    let input = PackageInput {
        id: import,
        name,
        version: LANGUAGE,
        files: &files,
        resolve_import: &|path| STDLIB.has_package(path).then_some(ImportTarget::Builtin),
    };
    ir.add_package(input).ok()
}
