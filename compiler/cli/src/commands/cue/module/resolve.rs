//! `cue mod resolve`: where modules are in registries. Connects to none.

use clap::Args;

use super::{read, registry};
use crate::commands::cue::session::{Step, fail};
use crate::files;

/// Arguments.
#[derive(Debug, Args)]
pub struct Resolve {
    /// Modules: path or path@version; `.` is the current one.
    #[arg(value_name = "MODULE")]
    modules: Vec<String>,
    /// Show the modules that the current one requires.
    #[arg(long)]
    deps: bool,
}

/// Runs the command.
pub fn run(command: &Resolve, folder: &str) -> Step<()> {
    let Some(registry) = registry()? else { return Err(fail("no registry is set; set CUE_REGISTRY")) };
    let place = |path: &str, version: &str| {
        let found = registry.resolve(path, version);
        let found = found.ok_or_else(|| fail(&format!("no registry found for module {path:?}")))?;
        let tag = if found.tag.is_empty() { String::new() } else { format!(":{}", found.tag) };
        Ok(format!("{}/{}{tag}", found.host, found.repository))
    };
    let mut out = String::new();
    if command.deps {
        for (name, requirement) in read(folder)?.2.deps {
            let path = name.split('@').next().unwrap_or(&name);
            out.push_str(&format!("{name}: {}\n", place(path, &requirement.version)?));
        }
    } else {
        let own = ".".to_owned();
        let modules = if command.modules.is_empty() { std::slice::from_ref(&own) } else { &command.modules };
        for module in modules {
            let text = if module == "." { read(folder)?.2.module } else { module.clone() };
            let (path, version) = text.split_once('@').unwrap_or((&text, ""));
            let version = if module == "." { "" } else { version };
            out.push_str(&format!("{}\n", place(path, version)?));
        }
    }
    files::print(out.as_bytes()).map_err(|e| fail(&format!("cannot write standard output: {e}")))
}
