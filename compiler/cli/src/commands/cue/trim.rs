//! `cue trim`: fields that say nothing new, because definitions, patterns or other files say it, are taken out.
//!
//! What may go is found in the source: fields with values that are no structs, outside of definitions, patterns and
//! comprehensions. Whether it does is found out by evaluating without it: the value of the package must stay the same.
//! Many fields are tried at once and halves of them where that fails, so that few evaluations are needed. Trials leave
//! fields out of the program that was loaded once; only the result is read again, from the texts as they will be. A
//! reference that only a field in question could be the target of makes that fail; then all is tried with texts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use clap::Args;
use vela_eval::validate::{Config, validate};
use vela_eval::{Eval, VertexId, print};
use vela_ir::{FileId, Ir, StructId};
use vela_load::{Entry, EntryKind, FileError, World, paths};
use vela_syntax::ast::{Constraint, Decl, DeclId, Expr, ExprId, File, Label, List};
use vela_syntax::literal::{StringValue, string};
use vela_syntax::{FormatOptions, ParseOptions, format};

use super::flags::{Everywhere, Inputs};
use super::session::{Ready, Session, Step, fail, root, show_error, status};
use crate::files;
use crate::status::Status;
use crate::world::Disk;

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Trim {
    #[command(flatten)]
    inputs: Inputs,
    /// File name, or - for standard output.
    #[arg(short, long, value_name = "FILE")]
    outfile: Option<String>,
    /// Overwrite an existing file.
    #[arg(short, long)]
    force: bool,
    /// Write nothing.
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Not supported.
    #[arg(long)]
    trace: bool,
}

/// How many times a package is evaluated without some of its fields, besides the two that settle most of them.
const MOST_TRIALS: usize = 200;

/// Files as they are on disk, but for those that are tried out.
struct Overlay<'d> {
    disk: &'d Disk,
    texts: BTreeMap<String, Arc<[u8]>>,
}

impl World for Overlay<'_> {
    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        self.texts.get(path).map_or_else(|| self.disk.read(path), |t| Ok(t.clone()))
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        self.disk.list(folder)
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        self.disk.kind(path)
    }

    fn tag_variable(&self, name: &str) -> Option<String> {
        self.disk.tag_variable(name)
    }

    fn module(&self, path: &str, version: &str) -> Result<String, String> {
        self.disk.module(path, version)
    }
}

/// A file, and its fields that may go.
struct Source {
    path: String,
    text: String,
    file: File,
    candidates: Vec<DeclId>,
    /// The struct that each field stands in, and the field or embedding that the struct is the value of.
    homes: HashMap<DeclId, Home>,
    /// The labels that lead to each field.
    path_of: HashMap<DeclId, Vec<String>>,
}

/// Where a field stands.
#[derive(Clone, Copy)]
struct Home {
    list: List,
    /// The struct literal; none at the top of the file.
    literal: Option<ExprId>,
}

/// Runs the command.
pub fn run(command: &Trim, everywhere: &Everywhere) -> Status {
    status(run_steps(command, everywhere))
}

fn run_steps(command: &Trim, everywhere: &Everywhere) -> Step<()> {
    if command.trace {
        return Err(fail("--trace is not supported"));
    }
    let folder = Disk::folder(everywhere.chdir.as_deref()).map_err(|e| fail(&e))?;
    let disk = Disk::new(&folder);
    let session = Session::open(everywhere, &command.inputs)?;
    let instances = session.instances()?;
    for instance in &instances {
        let mut eval = session.eval();
        let root = root(&mut eval, instance)?;
        if let Some(e) = validate(&mut eval, root, &Config::AS_IS) {
            return Err(show_error(&eval, e, root));
        }
    }
    let mut paths: Vec<String> = session.loaded.instances.iter().flat_map(|i| i.files.clone()).collect();
    paths.sort();
    paths.dedup();
    let mut sources = Vec::new();
    for path in paths.iter().filter(|p| p.ends_with(".cue")) {
        let bytes = disk.read(path).map_err(|_| fail(&format!("open {path}: cannot be read")))?;
        sources.push(Source::new(path, &vela_load::decode(&bytes)));
    }
    let program = Program::new(&session, &instances, &sources);
    let trial = Trial { command, everywhere, disk: &disk, sources: &sources };
    let before = trial.value(&[])?;
    let all: Vec<(usize, DeclId)> =
        sources.iter().enumerate().flat_map(|(n, s)| s.candidates.iter().map(move |d| (n, *d))).collect();
    let mut gone: Vec<(usize, DeclId)> = Vec::new();
    let fast = |fields: &[(usize, DeclId)]| program.value(&session, &sources, fields);
    if fast(&[]).is_ok_and(|v| v == before) {
        let likely = program.unchanged(&session, &sources, &all).unwrap_or_default();
        if fast(&likely).is_ok_and(|v| v == before) {
            gone = likely;
        }
        let rest: Vec<_> = all.iter().filter(|f| !gone.contains(f)).copied().collect();
        shrink(&fast, &before, &rest, &mut gone, &mut { MOST_TRIALS });
    }
    if !trial.value(&gone).is_ok_and(|v| v == before) || gone.is_empty() {
        gone.clear();
        let slow = |fields: &[(usize, DeclId)]| trial.value(fields);
        shrink(&slow, &before, &all, &mut gone, &mut { MOST_TRIALS });
    }
    write(command, &folder, &sources, &gone)
}

struct Trial<'a> {
    command: &'a Trim,
    everywhere: &'a Everywhere,
    disk: &'a Disk,
    sources: &'a [Source],
}

/// Adds to `gone` what of the fields can go as well; `value` gives the values of the packages without fields.
fn shrink(
    value: &dyn Fn(&[(usize, DeclId)]) -> Step<Vec<String>>,
    before: &[String],
    fields: &[(usize, DeclId)],
    gone: &mut Vec<(usize, DeclId)>,
    trials: &mut usize,
) {
    if fields.is_empty() || *trials == 0 {
        return;
    }
    *trials -= 1;
    let tried: Vec<_> = gone.iter().chain(fields).copied().collect();
    if value(&tried).is_ok_and(|v| v == before) {
        *gone = tried;
    } else if fields.len() > 1 {
        let (first, second) = fields.split_at(fields.len() / 2);
        shrink(value, before, first, gone, trials);
        shrink(value, before, second, gone, trials);
    }
}

/// The program that was loaded, and where the fields that may go are in it.
struct Program<'s> {
    instances: &'s [Ready],
    /// The declarations of the program by file and place.
    declarations: HashMap<(FileId, u32), (vela_ir::DeclId, StructId)>,
    /// Struct literals as expressions.
    literals: HashMap<StructId, vela_ir::ExprId>,
    /// The program's file of each source.
    files: Vec<Option<FileId>>,
}

impl<'s> Program<'s> {
    fn new(session: &Session, instances: &'s [Ready], sources: &[Source]) -> Self {
        let ir = &session.loaded.ir;
        let mut declarations = HashMap::new();
        for n in 0..ir.structs.len() {
            let literal = StructId(n as u32);
            for d in ir.struct_decls(literal) {
                let meta = &ir.decl_metas[d.index()];
                if matches!(ir.decls[d.index()], vela_ir::Decl::Field { .. }) {
                    declarations.insert((meta.file, meta.start), (d, literal));
                }
            }
        }
        let mut literals = HashMap::new();
        for (n, x) in ir.exprs.iter().enumerate() {
            if let vela_ir::Expr::Struct(literal) = x {
                literals.insert(*literal, vela_ir::ExprId(n as u32));
            }
        }
        let file = |s: &Source| ir.files.iter().position(|f| f.path == s.path).map(|n| FileId(n as u32));
        let files = sources.iter().map(file).collect();
        Self { instances, declarations, literals, files }
    }

    /// The fields that have the same values still when all of them are left out at once: those that something else
    /// says.
    fn unchanged(
        &self,
        session: &Session,
        sources: &[Source],
        fields: &[(usize, DeclId)],
    ) -> Step<Vec<(usize, DeclId)>> {
        let ir = self.without(session, sources, fields)?;
        let mut same = vec![true; fields.len()];
        for instance in self.instances {
            let (mut a, mut b) = (session.eval(), Session::eval_of(&ir));
            let roots = (root(&mut a, instance)?, root(&mut b, instance)?);
            let own = &session.loaded.ir.packages[instance.package.index()].files;
            for (n, (source, id)) in fields.iter().enumerate() {
                if self.files[*source].is_none_or(|f| !own.contains(&f)) {
                    continue;
                }
                let path = sources[*source].path_of.get(id).map_or(&[][..], |p| &p[..]);
                let shown = |eval: &Eval<'_>, root: VertexId| {
                    let v = path.iter().try_fold(root, |v, name| eval.member(v, name))?;
                    Some(print::vertex(eval, v, print::Options::ALL))
                };
                let before = shown(&a, roots.0);
                same[n] &= before.is_some() && before == shown(&b, roots.1);
            }
        }
        Ok(fields.iter().zip(same).filter(|(_, s)| *s).map(|(f, _)| *f).collect())
    }

    /// The values of all packages without some fields.
    fn value(&self, session: &Session, sources: &[Source], gone: &[(usize, DeclId)]) -> Step<Vec<String>> {
        let ir = self.without(session, sources, gone)?;
        values(&mut || Session::eval_of(&ir), self.instances)
    }

    /// The program without some fields.
    fn without(&self, session: &Session, sources: &[Source], gone: &[(usize, DeclId)]) -> Step<Ir> {
        let mut without: HashMap<StructId, HashSet<vela_ir::DeclId>> = HashMap::new();
        for (n, id) in gone {
            let start = sources[*n].file.decl_spans[id.0 as usize].start;
            let place = self.files[*n].and_then(|f| self.declarations.get(&(f, start)));
            let Some((declaration, literal)) = place else { return Err(super::session::Failed) };
            without.entry(*literal).or_default().insert(*declaration);
        }
        let mut ir = session.loaded.ir.clone();
        for (literal, gone) in &without {
            let left: Vec<vela_ir::DeclId> =
                ir.struct_decls(*literal).filter(|d| !gone.contains(d)).collect();
            if left.is_empty() && !ir.structs[literal.index()].is_file {
                // A struct of which nothing is left becomes `_`, as in the text.
                if let Some(x) = self.literals.get(literal) {
                    ir.exprs[x.index()] = vela_ir::Expr::Top;
                }
                continue;
            }
            let start = ir.decls.len() as u32;
            for d in &left {
                let (decl, meta) = (ir.decls[d.index()], ir.decl_metas[d.index()]);
                ir.decls.push(decl);
                ir.decl_metas.push(meta);
            }
            ir.structs[literal.index()].decls = vela_ir::List { start, len: left.len() as u32 };
        }
        Ok(ir)
    }
}

/// The values of packages, as texts.
fn values<'p>(eval: &mut dyn FnMut() -> Eval<'p>, instances: &[Ready]) -> Step<Vec<String>> {
    let mut out = Vec::new();
    for instance in instances {
        let mut eval = eval();
        let root = root(&mut eval, instance)?;
        if validate(&mut eval, root, &Config::AS_IS).is_some() {
            return Err(super::session::Failed);
        }
        let options = print::Options { fold: false, ..print::Options::ALL };
        out.push(sorted(&print::file(&eval, root, options)));
    }
    Ok(out)
}

impl Trial<'_> {
    /// The values of all packages without some fields. An error shows nothing: it only means no.
    fn value(&self, gone: &[(usize, DeclId)]) -> Step<Vec<String>> {
        let texts = self.sources.iter().enumerate().map(|(n, s)| {
            let own: Vec<DeclId> = gone.iter().filter(|(m, _)| *m == n).map(|(_, d)| *d).collect();
            (s.path.clone(), Arc::from(s.without(&own).into_bytes()))
        });
        let world = Overlay { disk: self.disk, texts: texts.collect() };
        let session = Session::in_world(self.everywhere, &self.command.inputs, &world)?;
        if !session.loaded.errors().is_empty() {
            return Err(super::session::Failed);
        }
        values(&mut || session.eval(), &session.instances()?)
    }
}

/// The lines of a printed value without regard to the order of fields: each line below the lines that open its struct.
fn sorted(text: &str) -> String {
    let mut path: Vec<&str> = Vec::new();
    let mut out: Vec<String> = Vec::new();
    for line in text.lines() {
        let bare = line.trim();
        if bare.starts_with('}') {
            path.pop();
        }
        out.push(format!("{} {bare}", path.join(" ")));
        if bare.ends_with('{') {
            path.push(bare);
        }
    }
    out.sort();
    out.join("\n")
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let file = vela_syntax::parse(text, &ParseOptions::default()).file;
        let mut out = Self {
            path: path.to_owned(),
            text: text.to_owned(),
            file: File::default(),
            candidates: Vec::new(),
            homes: HashMap::new(),
            path_of: HashMap::new(),
        };
        out.fields(&file, Home { list: file.top, literal: None }, &mut Vec::new());
        out.file = file;
        out
    }

    /// The fields of a struct that may go, those inside first.
    fn fields(&mut self, file: &File, home: Home, path: &mut Vec<String>) {
        for id in file.decl_list(home.list) {
            match file.decl(*id) {
                Decl::Field(field) => {
                    let name = match field.label {
                        Label::Ident(ident) => ident.span.of(&self.text).to_owned(),
                        Label::String(_) => match string(field.label_span.of(&self.text)) {
                            Ok(StringValue::Str(name)) => name,
                            _ => continue,
                        },
                        _ => continue,
                    };
                    let plain = !matches!(field.label, Label::Ident(_)) || !name.starts_with(['#', '_']);
                    if !plain || field.constraint != Constraint::Member || field.alias.is_some() {
                        continue;
                    }
                    path.push(name);
                    if self.structs(file, field.value, path) == 0 && field.attributes.len == 0 {
                        self.candidates.push(*id);
                        self.homes.insert(*id, home);
                        self.path_of.insert(*id, path.clone());
                    }
                    path.pop();
                }
                Decl::Embed(x) => {
                    self.structs(file, x, path);
                }
                _ => {}
            }
        }
    }

    /// Looks for fields in the struct literals that a value is made of by `&`; how many there are.
    fn structs(&mut self, file: &File, x: ExprId, path: &mut Vec<String>) -> usize {
        match file.expr(x) {
            Expr::Struct(list) => {
                self.fields(file, Home { list, literal: Some(x) }, path);
                1
            }
            Expr::Binary(vela_syntax::ast::BinaryOp::And, a, b) => {
                self.structs(file, a, path) + self.structs(file, b, path)
            }
            Expr::Paren(a) => self.structs(file, a, path),
            _ => 0,
        }
    }

    /// The text without some fields. A struct of which nothing is left becomes `_`.
    fn without(&self, gone: &[DeclId]) -> String {
        let mut cuts: Vec<(usize, usize, &str)> = Vec::new();
        for id in gone {
            let Some(home) = self.homes.get(id) else { continue };
            let all_gone = self.file.decl_list(home.list).iter().all(|d| gone.contains(d));
            match home.literal {
                Some(literal) if all_gone => {
                    let span = self.file.span(literal);
                    cuts.push((span.start as usize, span.end as usize, "_"));
                }
                _ => {
                    let span = self.file.decl_spans[id.0 as usize];
                    let docs = self.file.docs(*id).iter().map(|c| c.span.start).min();
                    let start = docs.unwrap_or(span.start).min(span.start) as usize;
                    let docs_end = self.file.docs(*id).iter().map(|c| c.span.end).max().unwrap_or(span.end);
                    cuts.push((start, self.line_end(span.end.max(docs_end) as usize), ""));
                }
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        for (start, end, new) in cuts {
            if start < at {
                continue;
            }
            out.push_str(&self.text[at..start]);
            out.push_str(new);
            at = end;
        }
        out.push_str(&self.text[at..]);
        out
    }

    /// Where a field ends with its comma, and with its line where nothing follows on that.
    fn line_end(&self, end: usize) -> usize {
        let rest = &self.text[end..];
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let at = end + blank;
        match self.text[at..].chars().next() {
            Some(',' | '\n') => at + 1,
            _ => end,
        }
    }
}

/// Writes the files that change.
fn write(command: &Trim, folder: &str, sources: &[Source], gone: &[(usize, DeclId)]) -> Step<()> {
    let mut printed = String::new();
    for (n, source) in sources.iter().enumerate() {
        let own: Vec<DeclId> = gone.iter().filter(|(m, _)| *m == n).map(|(_, d)| *d).collect();
        let text = source.without(&own);
        let text = format(&text, &FormatOptions::default()).unwrap_or(text);
        if command.dry_run {
            continue;
        }
        let path = match command.outfile.as_deref() {
            Some("-") => {
                printed.push_str(&text);
                continue;
            }
            Some(name) => paths::join(folder, name),
            None if text == source.text => continue,
            None => source.path.clone(),
        };
        let at = std::path::Path::new(&path);
        if command.outfile.is_some() && at.exists() && !command.force {
            return Err(fail(&format!("error writing {path:?}: file already exists")));
        }
        files::replace(at, text.as_bytes()).map_err(|e| fail(&format!("error writing {path:?}: {e}")))?;
    }
    files::print(printed.as_bytes()).map_err(|e| fail(&format!("cannot write standard output: {e}")))
}

#[cfg(test)]
mod tests {
    use super::{Source, sorted};

    #[test]
    fn fields_that_go() {
        let source =
            Source::new("x.cue", "// a\na: 1\nb: {c: 2, d: 3}\n#D: x: 1\n[string]: y: 1\ne: #D & {f: 4}\n");
        assert_eq!(source.candidates.len(), 4);
        assert_eq!(source.without(&source.candidates), "b: _\n#D: x: 1\n[string]: y: 1\ne: #D & _\n");
        assert_eq!(
            source.without(&source.candidates[1..2]),
            "// a\na: 1\nb: { d: 3}\n#D: x: 1\n[string]: y: 1\ne: #D & {f: 4}\n"
        );
    }

    #[test]
    fn the_order_of_fields_does_not_count() {
        assert_eq!(sorted("a: {\n\tb: 1\n}\nc: 2\n"), sorted("c: 2\na: {\n\tb: 1\n}\n"));
        assert_ne!(sorted("a: {\n\tb: 1\n}\nc: {\n}\n"), sorted("a: {\n}\nc: {\n\tb: 1\n}\n"));
    }
}
