//! `cue trim`: fields that say nothing new, because definitions, patterns or other files say it, are taken out.
//!
//! What may go is found in the source: fields with values that are no structs, outside of definitions, patterns and
//! comprehensions. Whether it does is found out by evaluating without it: the value of the package must stay the same.
//! Many fields are tried at once and halves of them where that fails, so that few evaluations are needed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use clap::Args;
use vela_eval::print;
use vela_eval::validate::{Config, validate};
use vela_load::{Entry, EntryKind, FileError, World, paths};
use vela_syntax::ast::{Constraint, Decl, DeclId, Expr, ExprId, File, Label, List};
use vela_syntax::{FormatOptions, ParseOptions, format};

use super::flags::{Everywhere, Inputs};
use super::session::{Session, Step, fail, root, show_error, status};
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
}

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
    let trial = Trial { command, everywhere, disk: &disk, sources: &sources };
    let before = trial.value(&[])?;
    let all: Vec<(usize, DeclId)> =
        sources.iter().enumerate().flat_map(|(n, s)| s.candidates.iter().map(move |d| (n, *d))).collect();
    let mut gone: Vec<(usize, DeclId)> = Vec::new();
    trial.shrink(&before, &all, &mut gone);
    write(command, &folder, &sources, &gone)
}

struct Trial<'a> {
    command: &'a Trim,
    everywhere: &'a Everywhere,
    disk: &'a Disk,
    sources: &'a [Source],
}

impl Trial<'_> {
    /// Adds to `gone` what of the fields can go as well.
    fn shrink(&self, before: &[String], fields: &[(usize, DeclId)], gone: &mut Vec<(usize, DeclId)>) {
        if fields.is_empty() {
            return;
        }
        let tried: Vec<_> = gone.iter().chain(fields).copied().collect();
        if self.value(&tried).is_ok_and(|v| v == before) {
            *gone = tried;
        } else if fields.len() > 1 {
            let (first, second) = fields.split_at(fields.len() / 2);
            self.shrink(before, first, gone);
            self.shrink(before, second, gone);
        }
    }

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
        let mut out = Vec::new();
        for instance in session.instances()? {
            let mut eval = session.eval();
            let root = root(&mut eval, &instance)?;
            if validate(&mut eval, root, &Config::AS_IS).is_some() {
                return Err(super::session::Failed);
            }
            out.push(sorted(&print::file(
                &eval,
                root,
                print::Options { fold: false, ..print::Options::ALL },
            )));
        }
        Ok(out)
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
        };
        out.fields(&file, Home { list: file.top, literal: None });
        out.file = file;
        out
    }

    /// The fields of a struct that may go, those inside first.
    fn fields(&mut self, file: &File, home: Home) {
        for id in file.decl_list(home.list) {
            match file.decl(*id) {
                Decl::Field(field) => {
                    let plain = match field.label {
                        Label::Ident(ident) => !ident.span.of(&self.text).starts_with(['#', '_']),
                        Label::String(_) => true,
                        _ => false,
                    };
                    if !plain || field.constraint != Constraint::Member || field.alias.is_some() {
                        continue;
                    }
                    if self.structs(file, field.value) == 0 && field.attributes.len == 0 {
                        self.candidates.push(*id);
                        self.homes.insert(*id, home);
                    }
                }
                Decl::Embed(x) => {
                    self.structs(file, x);
                }
                _ => {}
            }
        }
    }

    /// Looks for fields in the struct literals that a value is made of by `&`; how many there are.
    fn structs(&mut self, file: &File, x: ExprId) -> usize {
        match file.expr(x) {
            Expr::Struct(list) => {
                self.fields(file, Home { list, literal: Some(x) });
                1
            }
            Expr::Binary(vela_syntax::ast::BinaryOp::And, a, b) => {
                self.structs(file, a) + self.structs(file, b)
            }
            Expr::Paren(a) => self.structs(file, a),
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
