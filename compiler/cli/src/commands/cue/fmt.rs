//! `cue fmt`: source in the one style, in place. A file that cannot be formatted stays as it is, and so do all others
//! of that run.

use clap::Args;
use vela_load::{SourceFile, World, decode, language_of, paths, source_files};
use vela_syntax::{FormatError, FormatOptions, format};

use super::experiments;
use super::flags::Everywhere;
use super::session::{Failed, Step, fail, say, status};
use crate::status::Status;
use crate::world::Disk;
use crate::{diff, files};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Fmt {
    /// Packages and CUE files; `-` is standard input, which is formatted to standard output.
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    /// Write the names of files that are not formatted, change nothing, and fail where there are any.
    #[arg(long)]
    check: bool,
    /// Write what formatting changes instead of changing it.
    #[arg(short, long)]
    diff: bool,
    /// Take the arguments as files and folders rather than as packages.
    #[arg(long)]
    files: bool,
}

/// A file with its text before and after.
struct Formatted {
    file: Named,
    old: String,
    new: String,
}

/// A file, and how it is called in output and in errors.
struct Named {
    path: String,
    shown: String,
    in_errors: String,
}

/// Runs the command.
pub fn run(command: &Fmt, everywhere: &Everywhere) -> Status {
    status(run_steps(command, everywhere))
}

fn run_steps(command: &Fmt, everywhere: &Everywhere) -> Step<()> {
    experiments::check()?;
    let folder = Disk::folder(everywhere.chdir.as_deref()).map_err(|e| fail(&e))?;
    let world = Disk::new(&folder);
    let named = if command.files {
        in_folders(&world, &folder, &command.inputs)?
    } else {
        let found = source_files(&world, &folder, &command.inputs).map_err(|e| fail(&e.message))?;
        found.into_iter().map(|f| from_package(f, &folder)).collect()
    };
    let options = FormatOptions {
        simplify: everywhere.simplify,
        printed: false,
        version: language_of(&world, &folder).into(),
    };
    let mut done = Vec::with_capacity(named.len());
    for file in named {
        done.push(one(&world, file, &options)?);
    }
    finish(command, &done)
}

fn from_package(file: SourceFile, folder: &str) -> Named {
    let in_errors = match file.path.as_str() {
        "-" => "-".to_owned(),
        path => paths::shown(path, folder),
    };
    Named { path: file.path, shown: file.shown, in_errors }
}

/// The CUE files that are named, and those below folders that are named, whatever their names start with.
fn in_folders(world: &Disk, folder: &str, inputs: &[String]) -> Step<Vec<Named>> {
    let mut out = Vec::new();
    let here = [".".to_owned()];
    for input in if inputs.is_empty() { &here[..] } else { inputs } {
        if input == "-" {
            out.push(Named { path: "-".to_owned(), shown: "-".to_owned(), in_errors: "-".to_owned() });
            continue;
        }
        if input.contains("...") {
            return Err(fail("cannot use \"...\" in --files mode"));
        }
        let path = paths::join(folder, input);
        let mut add = |path: String| {
            let shown = paths::relative(&path, folder);
            out.push(Named { path, in_errors: shown.clone(), shown });
        };
        match world.kind(&path) {
            None => return Err(fail(&format!("lstat {input}: no such file or directory"))),
            Some(vela_load::EntryKind::File) => {
                if path.ends_with(".cue") {
                    add(path);
                }
            }
            Some(vela_load::EntryKind::Folder) => walk(world, &path, &mut add),
        }
    }
    Ok(out)
}

/// Every CUE file below a folder, in order of name; links to folders are not followed.
fn walk(world: &Disk, folder: &str, add: &mut dyn FnMut(String)) {
    let mut work = vec![(folder.to_owned(), true)];
    while let Some((path, is_folder)) = work.pop() {
        if !is_folder {
            add(path);
            continue;
        }
        let mut entries = world.list(&path).unwrap_or_default();
        entries.sort_by(|a, b| b.name.cmp(&a.name));
        for entry in entries {
            let is_folder = entry.kind == vela_load::EntryKind::Folder;
            if (is_folder && !entry.link) || (!is_folder && entry.name.ends_with(".cue")) {
                work.push((paths::join(&path, &entry.name), is_folder));
            }
        }
    }
}

fn one(world: &Disk, file: Named, options: &FormatOptions) -> Step<Formatted> {
    let bytes = if file.path == "-" { world.standard_input() } else { world.read(&file.path) };
    let bytes = bytes.map_err(|e| match e {
        vela_load::FileError::NotFound => fail(&format!("open {}: no such file or directory", file.path)),
        vela_load::FileError::Other(message) => fail(&message),
    })?;
    // What is no UTF-8 is replaced before formatting; to compare with the file, its bytes count.
    let old = decode(&bytes);
    match format(&old, options) {
        Ok(new) => {
            let old = if old.as_bytes() == &*bytes {
                old.to_string()
            } else {
                String::from_utf8_lossy(&bytes).into_owned()
            };
            Ok(Formatted { file, old, new })
        }
        Err(FormatError::Syntax(errors)) => {
            let name = &file.in_errors;
            for e in errors {
                say(&format!("{}:\n    {name}:{}:{}\n", e.message, e.line, e.column));
            }
            Err(Failed)
        }
        Err(e) => Err(fail(&format!("{}: {e}", file.in_errors))),
    }
}

/// Shows what is to be shown and writes what is to be written.
fn finish(command: &Fmt, done: &[Formatted]) -> Step<()> {
    let mut out = String::new();
    let mut badly = false;
    for one in done {
        let changed = one.old != one.new;
        badly |= changed;
        if command.diff {
            if changed {
                out.push_str(&diff::unified(&one.file.shown, &one.old, &one.new));
                out.push('\n');
            }
        } else if command.check {
            if changed {
                out.push_str(&one.file.shown);
                out.push('\n');
            }
        } else if one.file.path == "-" {
            out.push_str(&one.new);
        } else if changed {
            let path = std::path::Path::new(&one.file.path);
            files::replace(path, one.new.as_bytes())
                .map_err(|e| fail(&format!("open {}: {e}", one.file.path)))?;
        }
    }
    files::print(out.as_bytes()).map_err(|e| fail(&format!("cannot write standard output: {e}")))?;
    if command.check && badly { Err(Failed) } else { Ok(()) }
}
