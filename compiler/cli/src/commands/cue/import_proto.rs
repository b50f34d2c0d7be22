//! `cue import proto`: `.proto` files and all that they import as CUE files, each in the folder of its package: beside
//! the `.proto` file in a module of that path, else below `cue.mod/gen`.

use std::path::Path;

use vela_encoding::{Enums, ProtoOptions, Protos};
use vela_load::{ModuleFile, ProtoSearch, World, decode, find_root, paths};
use vela_syntax::{FormatOptions, format};

use super::import::Import;
use super::session::{Failed, Step, fail, say};
use crate::files;
use crate::world::Disk;

/// What the files belong to.
struct Place {
    root: String,
    /// The module's path without a major version; `""` without a module.
    module: String,
}

/// Converts files, absolute paths; `packages`: they are of packages of the module around `folder`.
pub fn run(command: &Import, world: &Disk, folder: &str, files: &[String], packages: bool) -> Step<()> {
    let place = place(world, folder, packages);
    let mut folders = Vec::new();
    if !place.module.is_empty() {
        folders.push(place.root.clone());
    }
    folders.extend(command.placing.proto_path.iter().map(|p| paths::join(folder, p)));
    let enums = if command.placing.proto_enum == "json" { Enums::Json } else { Enums::Int };
    let package = command.placing.package.clone().unwrap_or_default();
    let search = ProtoSearch { folders, options: ProtoOptions { package, enums } };
    let mut protos = Protos::new(search.options.clone());
    for path in files {
        let bytes = world.read(path).map_err(|_| fail(&format!("open {path}: no such file or directory")))?;
        let mut find = |import: &str| search.find(world, import);
        if let Err(fault) = protos.add(path, decode(&bytes), &mut find) {
            return Err(say_fault(world, folder, &fault));
        }
    }
    let mut out = Vec::new();
    for file in protos.files() {
        if file.import_path.is_empty() {
            return Err(fail(&format!("no package clause for proto package {:?} in file {0}", file.name)));
        }
        out.push((file.import_path.clone(), target(&place, &file.name, &file.import_path), &file.cue));
    }
    out.sort();
    let mut printed = String::new();
    for (_, path, cue) in out {
        let options = FormatOptions { simplify: true, ..FormatOptions::default() };
        let text = format(cue, &options).map_err(|_| fail(&format!("error formatting file: {path}")))?;
        match command.outfile.as_deref() {
            Some("-") => printed.push_str(&text),
            outfile => {
                let path = outfile.map_or(path, |name| paths::join(folder, name));
                write(command, &place, folder, &path, &text)?;
            }
        }
    }
    files::print(printed.as_bytes()).map_err(|e| fail(&format!("cannot write standard output: {e}")))
}

fn place(world: &Disk, folder: &str, packages: bool) -> Place {
    let none = || Place { root: folder.to_owned(), module: String::new() };
    let Some(root) = find_root(world, folder).filter(|_| packages) else { return none() };
    let Ok(bytes) = world.read(&paths::join(&root, "cue.mod/module.cue")) else { return none() };
    let module = ModuleFile::parse(&decode(&bytes)).map(|f| f.module).unwrap_or_default();
    Place { root, module: module.split('@').next().unwrap_or("").to_owned() }
}

/// Where the CUE file of a `.proto` file goes.
fn target(place: &Place, proto: &str, import_path: &str) -> String {
    let base = paths::base(proto);
    let name = format!("{}_proto_gen.cue", base.strip_suffix(".proto").unwrap_or(base));
    let inside = paths::below(proto, &place.root).is_some();
    if inside && import_path.starts_with(&place.module) {
        return paths::join(paths::parent(proto), &name);
    }
    // A path with `..` in it would lead out of the folder.
    let below = paths::clean(&format!("/{import_path}"));
    paths::join(&place.root, &format!("cue.mod/gen{below}/{name}"))
}

fn write(command: &Import, place: &Place, folder: &str, path: &str, text: &str) -> Step<()> {
    if command.dry_run {
        say(&format!("importing into {}\n", paths::relative(path, folder)));
        return Ok(());
    }
    let at = Path::new(path);
    if at.exists() && !command.force {
        let shown = paths::relative(path, &place.root);
        let flag = if shown.starts_with("cue.mod") { "-Rf" } else { "-f" };
        say(&format!("Skipping file {shown:?}: already exists.\nUse {flag} to override.\n"));
        return Ok(());
    }
    let made = at.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = made.and_then(|()| files::replace(at, text.as_bytes()));
    written.map_err(|e| fail(&format!("error writing {path:?}: {e}")))
}

/// Says what is wrong with a `.proto` file.
pub fn say_fault(world: &Disk, folder: &str, fault: &vela_encoding::ProtoFault) -> Failed {
    let text = world.read(&fault.file).map(|bytes| decode(&bytes));
    match (fault.span, text) {
        (Some(span), Ok(text)) => {
            let (line, column) = vela_diagnostics::LineIndex::new(&text).line_col(span.start);
            fail(&format!("{}:\n    {}:{line}:{column}", fault.message, paths::shown(&fault.file, folder)))
        }
        _ => fail(&fault.message),
    }
}
