//! `cue fix`: old syntax rewritten: sums and products of lists, and on request what experiments change.

mod lists;
mod open;

use clap::Args;
use vela_load::{World, decode, find_root, language_of, paths, source_files};
use vela_syntax::{FormatOptions, ParseOptions, format};

use super::experiments;
use super::flags::Everywhere;
use super::session::{Failed, Step, fail, say, status};
use crate::files;
use crate::status::Status;
use crate::world::Disk;

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Fix {
    /// Packages and CUE files; without any, all of the module.
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    /// Rewrite even where there are errors.
    #[arg(short, long)]
    force: bool,
    /// Experiments to port to; `all` is all that the language version has.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    exp: Vec<String>,
    /// Not supported yet.
    #[arg(long)]
    remove_list_commas: bool,
}

/// Experiments of single files that change what source means: name, the minor version that has them first, and whether
/// there is something to rewrite.
const EXPERIMENTS: &[(&str, u16, bool)] =
    &[("explicitopen", 15, true), ("aliasv2", 15, true), ("try", 16, false), ("shortcircuit", 17, false)];

/// Runs the command.
pub fn run(command: &Fix, everywhere: &Everywhere) -> Status {
    status(run_steps(command, everywhere))
}

fn run_steps(command: &Fix, everywhere: &Everywhere) -> Step<()> {
    experiments::check()?;
    if command.remove_list_commas {
        return Err(fail("--remove-list-commas is not supported"));
    }
    let folder = Disk::folder(everywhere.chdir.as_deref()).map_err(|e| fail(&e))?;
    let world = Disk::new(&folder);
    let version = language_of(&world, &folder);
    let wanted = wanted(&command.exp, version.minor, version.patch)?;
    let everything = ["./...".to_owned()];
    let inputs = if command.inputs.is_empty() { &everything[..] } else { &command.inputs };
    if command.inputs.is_empty() && find_root(&world, &folder).is_none() {
        return Err(fail("no module root found"));
    }
    let found = source_files(&world, &folder, inputs).map_err(|e| fail(&e.message))?;
    let mut out: Vec<(String, String)> = Vec::new();
    let mut failed = false;
    for file in found {
        let bytes = if file.path == "-" { world.standard_input() } else { world.read(&file.path) };
        let bytes = bytes.map_err(|_| fail(&format!("open {}: cannot be read", file.path)))?;
        let text = decode(&bytes);
        let parse = vela_syntax::parse(&text, &ParseOptions { version: version.into() });
        if !parse.errors.is_empty() {
            let shown = if file.path == "-" { "-".to_owned() } else { paths::shown(&file.path, &folder) };
            for e in &parse.errors {
                say(&format!("{}:\n    {shown}:{}:{}\n", e.message, e.line, e.column));
            }
            failed = true;
            continue;
        }
        let new = fixed(&text, &wanted, version.into()).map_err(|e| fail(&format!("{}: {e}", file.shown)))?;
        let options =
            FormatOptions { simplify: everywhere.simplify, printed: false, version: version.into() };
        match new {
            Some(new) => out.push((file.path, format(&new, &options).unwrap_or(new))),
            None if file.path == "-" => out.push((file.path, text.to_string())),
            None => {}
        }
    }
    if failed && !command.force {
        return Err(Failed);
    }
    for (path, text) in out {
        let written = match path.as_str() {
            "-" => files::print(text.as_bytes()),
            path => files::replace(std::path::Path::new(path), text.as_bytes()),
        };
        written.map_err(|e| fail(&format!("{path}: {e}")))?;
    }
    if failed { Err(Failed) } else { Ok(()) }
}

/// The experiments asked for, each of which the language version must have.
fn wanted(names: &[String], minor: u16, patch: u16) -> Step<Vec<&'static str>> {
    let mut out = Vec::new();
    for name in names {
        if name == "all" && names.len() == 1 {
            let rewriting = EXPERIMENTS.iter().filter(|(_, since, rewrites)| *since <= minor && *rewrites);
            return Ok(rewriting.map(|(n, ..)| *n).collect());
        }
        let Some((known, since, _)) = EXPERIMENTS.iter().find(|(n, ..)| n == name) else {
            return Err(fail(&format!("fix: unknown experiment {name:?}")));
        };
        if minor < *since {
            return Err(fail(&format!(
                "fix: experiment {name:?} requires language version v0.{since}.0 or later, have v0.{minor}.{patch}"
            )));
        }
        out.push(*known);
    }
    Ok(out)
}

/// The text rewritten; `None` where nothing changes.
fn fixed(text: &str, wanted: &[&str], version: vela_syntax::Version) -> Result<Option<String>, String> {
    let mut out: Option<String> = None;
    for name in wanted {
        let now = out.as_deref().unwrap_or(text);
        let parse = vela_syntax::parse(now, &ParseOptions { version });
        match *name {
            "explicitopen" if !parse.experiments.explicit_open => {
                out = open::fixed(now, &parse.file).or(out);
            }
            "aliasv2" if !parse.experiments.alias_v2 && open::has_old_aliases(&parse.file) => {
                return Err("rewriting aliases for the experiment aliasv2 is not supported".to_owned());
            }
            _ => {}
        }
    }
    let now = out.as_deref().unwrap_or(text);
    let parse = vela_syntax::parse(now, &ParseOptions { version });
    Ok(lists::fixed(now, &parse.file).or(out))
}

#[cfg(test)]
mod tests {
    use super::fixed;
    use vela_syntax::Version;

    fn check(source: &str, expected: &str) {
        let out = fixed(source, &["explicitopen"], Version::default()).unwrap().unwrap_or(source.to_owned());
        let out = vela_syntax::format(&out, &vela_syntax::FormatOptions::default()).unwrap();
        assert_eq!(out, expected);
    }

    #[test]
    fn lists() {
        check("a: [1] + b + [2]\n", "import \"list\"\n\na: list.Concat([[1], b, [2]])\n");
        check("import \"list\"\n\na: 3 * [1]\n", "import \"list\"\n\na: list.Repeat([1], 3)\n");
        check("a: b + c\n", "a: b + c\n");
        check(
            "package p\n\na: f([1]+[2])\n",
            "package p\n\nimport \"list\"\n\na: f(list.Concat([[1], [2]]))\n",
        );
    }

    #[test]
    fn openness() {
        let head = "@experiment(explicitopen)\n\n";
        check("x: {\n\t#A\n\tb: 1\n}\n", &format!("{head}x: __closeAll({{\n\t#A...\n\tb: 1\n}})\n"));
        check("x: {\n\ta\n\tb: 1\n}\n", &format!("{head}x: __reclose({{\n\ta...\n\tb: 1\n}})\n"));
        check("#X: {\n\t#A\n\tb: 1\n}\n", &format!("{head}#X: {{\n\t#A...\n\tb: 1\n}}\n"));
        check(
            "x: {\n\t#A\n}\ny: {\n\t#A\n\tz: 1\n}\n",
            &format!("{head}x: {{\n\t#A\n}}\ny: __closeAll({{\n\t#A...\n\tz: 1\n}})\n"),
        );
        check("x: {\n\t5\n\t{a: 1}\n}\n", "x: {\n\t5\n\t{a: 1}\n}\n");
    }
}
