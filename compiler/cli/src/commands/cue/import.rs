//! `cue import`: data files as CUE files, one beside each; documents below labels, in lists, or in files of their own.

use std::fmt::Write;
use std::path::Path;

use clap::Args;
use regex::Regex;
use vela_encoding::{Placed, Protos, Schema, Shape, Source, from_document, from_json, from_toml, hoist};
use vela_load::{
    Arguments, FileArgument, World, classify, decode, encoding, folders_below, interpretation, package_name,
    paths, schema,
};
use vela_syntax::literal::{Form, quote, quote_bytes};
use vela_syntax::{FormatOptions, format};

use super::experiments;
use super::flags::{Everywhere, Inputs};
use super::import_proto;
use super::placing::{Document, Placing};
use super::session::{Failed, Session, Step, fail, say, status};
use crate::files;
use crate::status::Status;
use crate::world::Disk;

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Import {
    /// A mode (auto, data, json, yaml, toml, text, binary, proto, jsonschema, openapi), then files and folders.
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    #[command(flatten)]
    pub placing: Placing,
    /// File name, or - for standard output.
    #[arg(short, long, value_name = "FILE")]
    pub outfile: Option<String>,
    /// Overwrite existing files.
    #[arg(short, long)]
    pub force: bool,
    /// Split multiple documents into files.
    #[arg(long)]
    files: bool,
    /// Recursively parse string values.
    #[arg(short = 'R', long)]
    recursive: bool,
    /// Only say what would be written.
    #[arg(long)]
    pub dry_run: bool,
    /// Match files with these extensions.
    #[arg(long, value_name = "EXT", value_delimiter = ',')]
    ext: Vec<String>,
    /// Set the value of a tagged field.
    #[arg(short = 't', long = "inject", value_name = "TAG")]
    inject: Vec<String>,
    /// Inject system variables in tags.
    #[arg(short = 'T', long = "inject-vars")]
    inject_vars: bool,
}

/// A data file, how it is read, and the package it becomes part of.
struct DataFile {
    path: String,
    encoding: &'static str,
    /// The qualifier that says whether it is a schema.
    interpretation: String,
    package: String,
}

/// A CUE file to be written.
struct Out {
    path: String,
    text: String,
}

/// Runs the command.
pub fn run(command: &Import, everywhere: &Everywhere) -> Status {
    status(run_steps(command, everywhere))
}

fn run_steps(command: &Import, everywhere: &Everywhere) -> Step<()> {
    experiments::check()?;
    let folder = Disk::folder(everywhere.chdir.as_deref()).map_err(|e| fail(&e))?;
    let world = Disk::new(&folder);
    command.placing.check(true)?;
    let (mode, inputs) = Mode::of(command)?;
    let arguments = classify(inputs).map_err(|e| fail(&e.message))?;
    let files = data_files(command, &mode, &world, &folder, &arguments)?;
    if mode.encoding == Some("proto") {
        let files: Vec<String> = files.into_iter().map(|f| f.path).collect();
        return import_proto::run(command, &world, &folder, &files, !arguments.packages.is_empty());
    }
    let mut out = Vec::new();
    for file in &files {
        one_file(command, everywhere, &folder, &world, file, &mut out)?;
    }
    write_all(command, &folder, &out)
}

/// What is imported from folders, and how it is read.
struct Mode {
    encoding: Option<&'static str>,
    /// The qualifier that says how documents are understood.
    interpretation: &'static str,
    filter: Regex,
}

impl Mode {
    /// The mode, and the arguments behind it.
    fn of(command: &Import) -> Step<(Self, &[String])> {
        let mut filter = r"\.(json|yaml|yml|toml|jsonl|ndjson|ldjson)$".to_owned();
        let mut inputs = &command.inputs[..];
        let mut fixed = None;
        let mut interpretation = "auto";
        if let Some(word) = inputs.first().filter(|w| !w.contains(['/', '\\', ':', '.']) && *w != "-") {
            let (encoding, extensions) = match word.as_str() {
                "json" => (Some("json"), r"\.(json|jsonl|ndjson|ldjson)$"),
                "yaml" => (Some("yaml"), r"\.(yaml|yml)$"),
                "toml" => (Some("toml"), r"\.toml$"),
                "text" => (Some("text"), r"\.txt$"),
                "binary" if command.ext.is_empty() => {
                    return Err(fail("use of --ext flag required in binary mode"));
                }
                "binary" => (Some("binary"), ""),
                "auto" | "data" => (None, &*filter),
                "openapi" | "jsonschema" => (None, &*filter),
                "proto" => (Some("proto"), r"\.proto$"),
                _ => return Err(fail(&format!("unknown mode {word:?}"))),
            };
            interpretation = match word.as_str() {
                "auto" => "auto",
                "openapi" => "openapi",
                "jsonschema" => "jsonschema",
                _ => "data",
            };
            filter = extensions.to_owned();
            fixed = encoding;
            inputs = &inputs[1..];
        }
        if !command.ext.is_empty() {
            filter = format!(r"\.({})$", command.ext.join("|"));
        }
        if let Some(name) = &command.placing.name {
            filter.clone_from(name);
        }
        let filter = Regex::new(&filter).map_err(|e| fail(&format!("invalid filter {filter:?}: {e}")))?;
        Ok((Self { encoding: fixed, interpretation, filter }, inputs))
    }
}

/// The files that arguments name, and those in the folders they name.
fn data_files(
    command: &Import,
    mode: &Mode,
    world: &Disk,
    folder: &str,
    arguments: &Arguments,
) -> Step<Vec<DataFile>> {
    let flag = command.placing.package.clone().unwrap_or_default();
    let mut out = Vec::new();
    let mut folders = Vec::new();
    for argument in &arguments.packages {
        let path = argument.split(':').next().unwrap_or(argument);
        if path.contains("...") {
            let before = path.split("...").next().unwrap_or("");
            let start = before.rfind('/').map_or(".", |at| &before[..at]);
            folders.extend(folders_below(world, &paths::join(folder, start)));
            continue;
        }
        let at = paths::join(folder, path);
        match world.kind(&at) {
            Some(vela_load::EntryKind::Folder) => folders.push(at),
            Some(vela_load::EntryKind::File) => {
                return Err(fail(&format!(
                    "{} is a file and not a package directory",
                    paths::shown(&at, folder)
                )));
            }
            None => return Err(fail(&format!("cannot find package {:?}", paths::shown(&at, folder)))),
        }
    }
    if arguments.packages.is_empty() && command.placing.name.is_some() {
        return Err(fail("use of -n/--name flag without a directory"));
    }
    let mut unnamed = 0;
    let mut with_files = 0;
    for at in &folders {
        let (found, package) = in_folder(mode, world, at, &flag, command.force)?;
        with_files += usize::from(!found.is_empty());
        unnamed += usize::from(!found.is_empty() && package.is_empty());
        out.extend(found);
    }
    if unnamed > 0 && with_files > 1 && mode.encoding != Some("proto") {
        return Err(fail("must specify package name with the -p flag"));
    }
    for FileArgument { name, qualifier } in &arguments.files {
        let path = if name == "-" { "-".to_owned() } else { paths::join(folder, name) };
        let encoding = named_encoding(mode, name, qualifier.as_deref())?;
        let interpretation = qualifier.as_deref().unwrap_or(mode.interpretation).to_owned();
        out.push(DataFile { path, encoding, interpretation, package: flag.clone() });
    }
    Ok(out)
}

/// The data files of a folder, and the name of its package.
fn in_folder(mode: &Mode, world: &Disk, at: &str, flag: &str, force: bool) -> Step<(Vec<DataFile>, String)> {
    let mut entries = world.list(at).unwrap_or_default();
    entries.retain(|e| e.kind == vela_load::EntryKind::File);
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    let cue = entries.iter().filter(|e| e.name.ends_with(".cue") && !e.name.starts_with(['.', '_']));
    let mut own = cue
        .filter_map(|e| world.read(&paths::join(at, &e.name)).ok())
        .map(|bytes| package_name(&decode(&bytes)))
        .filter(|n| !n.is_empty());
    let own = own.next().unwrap_or_default();
    if !flag.is_empty() && !own.is_empty() && flag != own && !force {
        return Err(fail(&format!("\"package\" flag clashes with existing package name ({flag} vs {own})")));
    }
    let package = if flag.is_empty() { own } else { flag.to_owned() };
    let mut out = Vec::new();
    for entry in &entries {
        let extension = paths::extension(&entry.name);
        let Some(encoding) = mode.encoding.or_else(|| encoding(extension)) else { continue };
        if encoding == "cue" || !mode.filter.is_match(&entry.name) {
            continue;
        }
        // JSON Lines are read as such in the mode of JSON too.
        let encoding =
            if extension.ends_with("jsonl") || extension.ends_with("djson") { "jsonl" } else { encoding };
        let interpretation = mode.interpretation.to_owned();
        out.push(DataFile {
            path: paths::join(at, &entry.name),
            encoding,
            interpretation,
            package: package.clone(),
        });
    }
    Ok((out, package))
}

/// How a file that was named itself is read.
fn named_encoding(mode: &Mode, name: &str, qualifier: Option<&str>) -> Step<&'static str> {
    const ENCODINGS: [&str; 8] = ["json", "jsonl", "yaml", "toml", "text", "binary", "cue", "proto"];
    if let Some(qualifier) = qualifier {
        for tag in qualifier.split('+') {
            if let Some(found) = ENCODINGS.iter().find(|e| **e == tag) {
                return Ok(found);
            }
            const OTHERS: [&str; 9] = [
                "data",
                "auto",
                "schema",
                "graph",
                "jsonschema",
                "openapi",
                "strict",
                "strictKeywords",
                "strictFeatures",
            ];
            if !OTHERS.contains(&tag.split('=').next().unwrap_or(tag)) {
                return Err(fail(&format!("reading {name} as {tag} is not supported")));
            }
        }
    }
    if let Some(fixed) = mode.encoding {
        return Ok(fixed);
    }
    let extension = paths::extension(name);
    match encoding(extension) {
        Some(found) => ENCODINGS
            .iter()
            .find(|e| **e == found)
            .copied()
            .ok_or_else(|| fail(&format!("importing {name} is not supported"))),
        None if extension.is_empty() => Err(fail(&format!("no encoding specified for file {name:?}"))),
        None => Err(fail(&format!("unknown file extension {extension}"))),
    }
}

/// Reads a file and makes the files that it becomes.
fn one_file(
    command: &Import,
    everywhere: &Everywhere,
    folder: &str,
    world: &Disk,
    file: &DataFile,
    out: &mut Vec<Out>,
) -> Step<()> {
    if file.encoding == "cue" {
        return Err(fail("import of CUE files is not supported: they are CUE already"));
    }
    if file.encoding == "proto" {
        out.push(from_proto(command, world, folder, file)?);
        return Ok(());
    }
    let placing = &command.placing;
    let mut session = session(command, everywhere, file)?;
    session.instances()?;
    let bytes = if file.path == "-" { input(&session) } else { read(world, &file.path)? };
    let mut imports: Vec<String> = Vec::new();
    if let Some(found) = as_schema(file, folder, &bytes)? {
        let labels = schema_labels(command, everywhere, file, &mut session)?;
        imports.extend(found.imports);
        let mut source = found.source;
        // The comment of a whole schema stands at the head of the file.
        let head = if labels.is_empty() { std::mem::take(&mut source.head) } else { String::new() };
        let body = vela_encoding::file(&[Placed { labels, source }], placing.list).map_err(|e| fail(&e))?;
        let text = finished(command, placing.package.as_deref().unwrap_or(""), &head, body, &imports);
        out.push(Out { path: cue_name(&file.path, 0), text });
        return Ok(());
    }
    let sources = sources(file, &bytes, &mut imports)?;
    if sources.len() > 1 && !placing.places() && !command.files {
        let shown = if file.path == "-" { "-".to_owned() } else { paths::shown(&file.path, folder) };
        return Err(fail(&format!(
            "path, list, or files flag needed to handle multiple objects in file {shown}"
        )));
    }
    let labels = placing.labels()?;
    let documents = session.loaded.data.first().map(|d| d.documents.clone()).unwrap_or_default();
    let mut placed: Vec<(usize, Placed)> = Vec::new();
    for (index, source) in sources.into_iter().enumerate() {
        let labels = match documents.get(index) {
            Some(id) => {
                let document = Document { file: *id, path: &file.path, index, count: documents.len() };
                session.labels_of(placing, &labels, document)?
            }
            None => Some(Vec::new()),
        };
        placed.extend(labels.map(|labels| (index, Placed { labels, source })));
    }
    let groups: Vec<(usize, Vec<Placed>)> = if command.files {
        placed.into_iter().map(|(n, p)| (n, vec![p])).collect()
    } else {
        vec![(0, placed.into_iter().map(|(_, p)| p).collect())]
    };
    for (n, group) in groups {
        let body = vela_encoding::file(&group, placing.list).map_err(|e| fail(&e))?;
        // Without labels only the flag names the package.
        let flag = placing.package.as_deref().unwrap_or("");
        let package = if placing.places() { &file.package } else { flag };
        let text = finished(command, package, "", body, &imports);
        out.push(Out { path: cue_name(&file.path, n), text });
    }
    Ok(())
}

/// The CUE file of one `.proto` file.
fn from_proto(command: &Import, world: &Disk, folder: &str, file: &DataFile) -> Step<Out> {
    let search = command.placing.protos(folder);
    let mut protos = Protos::new(search.options.clone());
    let mut find = |import: &str| search.find(world, import);
    let text = decode(&read(world, &file.path)?);
    let index = protos
        .add(&file.path, text, &mut find)
        .map_err(|fault| import_proto::say_fault(world, folder, &fault))?;
    let options = FormatOptions { simplify: true, ..FormatOptions::default() };
    let cue = &protos.files()[index].cue;
    let text = format(cue, &options).unwrap_or_else(|_| cue.clone());
    Ok(Out { path: cue_name(&file.path, 0), text })
}

/// The file as the program sees it, for label expressions.
fn session(command: &Import, everywhere: &Everywhere, file: &DataFile) -> Step<Session> {
    let inputs = Inputs {
        inputs: vec![format!("{}:", file.encoding), file.path.clone()],
        inject: command.inject.clone(),
        inject_vars: command.inject_vars,
    };
    Session::open(everywhere, &inputs)
}

/// The schema that a file is, if it is one.
fn as_schema(file: &DataFile, folder: &str, bytes: &[u8]) -> Step<Option<Schema>> {
    let Some((how, options)) = interpretation(&file.interpretation, false) else { return Ok(None) };
    if !matches!(file.encoding, "json" | "yaml") {
        return Ok(None);
    }
    let text = decode(bytes);
    match schema(&text, file.encoding == "json", how, options) {
        None => Ok(None),
        Some(Ok(found)) => Ok(Some(found)),
        Some(Err(faults)) => {
            let shown = if file.path == "-" { "-".to_owned() } else { paths::shown(&file.path, folder) };
            let lines = vela_diagnostics::LineIndex::new(&text);
            for fault in faults {
                let (line, column) = lines.line_col(fault.span.start);
                say(&format!("{}:\n    {shown}:{line}:{column}\n", fault.message));
            }
            Err(Failed)
        }
    }
}

/// The labels that a schema goes below: their scope is the schema, or with context the document it was made of.
fn schema_labels(
    command: &Import,
    everywhere: &Everywhere,
    file: &DataFile,
    session: &mut Session,
) -> Step<Vec<String>> {
    let placing = &command.placing;
    let labels = placing.labels()?;
    if labels.is_empty() {
        return Ok(Vec::new());
    }
    if placing.with_context {
        let documents = session.loaded.data.first().map(|d| d.documents.clone()).unwrap_or_default();
        let Some(id) = documents.first() else { return Ok(Vec::new()) };
        let document = Document { file: *id, path: &file.path, index: 0, count: documents.len() };
        return Ok(session.labels_of(placing, &labels, document)?.unwrap_or_default());
    }
    let inputs = Inputs {
        inputs: vec![format!("{}+{}:", file.encoding, file.interpretation), file.path.clone()],
        ..Inputs::default()
    };
    let mut schema = Session::open_with(everywhere, &inputs, true)?;
    let instances = schema.instances()?;
    match instances.first() {
        Some(scope) => schema.labels_in(&labels, scope),
        None => Ok(Vec::new()),
    }
}

/// What standard input had, which can be read only once.
fn input(session: &Session) -> Vec<u8> {
    let document = session.loaded.data.first().and_then(|d| d.documents.first());
    let Some(id) = document else { return Vec::new() };
    session.loaded.ir.files[id.index()].text.as_bytes().to_vec()
}

fn read(world: &Disk, path: &str) -> Step<Vec<u8>> {
    world.read(path).map(|b| b.to_vec()).map_err(|e| match e {
        vela_load::FileError::NotFound => fail(&format!("open {path}: no such file or directory")),
        vela_load::FileError::Other(message) => fail(&message),
    })
}

/// The documents of a file, which the session has read without errors.
fn sources(file: &DataFile, bytes: &[u8], imports: &mut Vec<String>) -> Step<Vec<Source>> {
    let text = decode(bytes);
    Ok(match file.encoding {
        "json" => vela_yaml::parse_json(&text).docs.iter().map(|d| from_json(d, &text)).collect(),
        "jsonl" => vela_yaml::parse_json_lines(&text).docs.iter().map(|d| from_json(d, &text)).collect(),
        "yaml" => {
            let docs = vela_yaml::parse(&text).docs;
            let alone = docs.len() == 1;
            docs.iter().map(|d| from_document(d, &text, alone)).collect()
        }
        "toml" => match from_toml(&text, imports) {
            Ok(source) => vec![source],
            Err((_, message)) => return Err(fail(&format!("{}: {message}", file.path))),
        },
        "text" => vec![Source::expression(Shape::Other, quote(&text, Form::Auto("\t")))],
        _ => vec![Source::expression(Shape::Other, quote_bytes(bytes, Form::Auto("\t")))],
    })
}

/// The text of a CUE file: comments, package clause, imports, body; formatted and simplified.
fn finished(command: &Import, package: &str, head: &str, body: String, imports: &[String]) -> String {
    let mut imports: Vec<String> = imports.to_vec();
    let body = if command.recursive {
        let (body, more) = hoist(&body);
        imports.extend(more.into_iter().map(str::to_owned));
        body
    } else {
        body
    };
    let mut text = head.to_owned();
    if package.is_empty() && !head.is_empty() {
        text.push('\n');
    }
    if !package.is_empty() {
        let _ = write!(text, "package {package}\n\n");
    }
    match &imports[..] {
        [] => {}
        [only] => {
            let _ = write!(text, "import \"{only}\"\n\n");
        }
        _ => {
            let _ = write!(text, "import (\n\t\"{}\"\n)\n\n", imports.join("\"\n\t\""));
        }
    }
    text.push_str(&body);
    let options = FormatOptions { simplify: true, ..FormatOptions::default() };
    format(&text, &options).unwrap_or(text)
}

/// The name of the CUE file for document `n` of a file.
fn cue_name(path: &str, n: usize) -> String {
    if path == "-" {
        return path.to_owned();
    }
    let stem = path.strip_suffix(paths::extension(path)).unwrap_or(path);
    if n == 0 { format!("{stem}.cue") } else { format!("{stem}-{n}.cue") }
}

/// Writes the files; one that is there stays, and that is said.
fn write_all(command: &Import, folder: &str, out: &[Out]) -> Step<()> {
    let mut printed = String::new();
    let mut to_write: Vec<(String, String)> = Vec::new();
    for one in out {
        match command.outfile.as_deref() {
            Some("-") => printed.push_str(&one.text),
            None if one.path == "-" => printed.push_str(&one.text),
            Some(name) => match to_write.last_mut() {
                Some((_, text)) => text.push_str(&one.text),
                None => to_write.push((paths::join(folder, name), one.text.clone())),
            },
            None => to_write.push((one.path.clone(), one.text.clone())),
        }
    }
    for (path, text) in to_write {
        if command.dry_run {
            say(&format!("importing into {}\n", paths::relative(&path, folder)));
            continue;
        }
        let at = Path::new(&path);
        if at.exists() && !command.force {
            say(&format!("Skipping file {path:?}: already exists.\nUse -f to override.\n"));
            continue;
        }
        files::replace(at, text.as_bytes()).map_err(|e| fail(&format!("error writing {path:?}: {e}")))?;
    }
    files::print(printed.as_bytes()).map_err(|e| fail(&format!("cannot write standard output: {e}")))
}
