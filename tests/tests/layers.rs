//! The layers of `docs/architecture.md`, checked from `cargo metadata` and the sources: a crate depends only downward, one
//! crate names each framework, and the core does no IO.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use vela_harness::places;

/// The crates from the bottom up. A crate may depend on those of lower rows only.
const LAYERS: &[&[&str]] = &[
    &["vela-diagnostics", "vela-number"],
    &["vela-syntax", "vela-yaml"],
    &["vela-ir", "vela-encoding"],
    &["vela-eval"],
    &["vela-stdlib", "vela-kubernetes", "vela-load"],
    &["vela-definitions"],
    &["vela-oam"],
    &["vela-db"],
    &["vela-ide"],
    &["vela-lsp"],
    &["vela-cli"],
];

/// Crates that stand beside the picture: they may use any of it, and nothing of it may use them.
const BESIDE: &[&str] = &["vela-tests", "vela-harness", "xtask"];

/// A framework and the only crates that may name it.
const OWNERS: &[(&str, &[&str])] = &[
    ("salsa", &["vela-db"]),
    ("tower-lsp-server", &["vela-lsp"]),
    ("tokio", &["vela-lsp"]),
    ("clap", &["vela-cli"]),
    ("chumsky", &["vela-syntax"]),
    ("logos", &["vela-syntax"]),
    ("ariadne", &["vela-diagnostics"]),
];

/// The crates that may touch files, processes, the network and the environment.
const IO: &[&str] = &["vela-cli", "vela-lsp"];

/// What a crate of the core may not name.
const DOORS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::io::stdin",
    "std::io::stdout",
    "SystemTime",
    "Instant::now",
];

/// Files over the limit of 800 lines that wait to be parted. A file that no longer needs its entry fails the test.
const LONG: &[&str] = &["compiler/eval/src/conjunct.rs", "compiler/eval/src/expr.rs"];

struct Package {
    name: String,
    folder: PathBuf,
    /// Name and kind (`normal`, `dev`, `build`) of each dependency.
    dependencies: Vec<(String, String)>,
}

fn packages() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(places::repository())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let mut packages = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        let kind = |d: &Value| d["kind"].as_str().unwrap_or("normal").to_owned();
        packages.push(Package {
            name: text(&package["name"]),
            folder: Path::new(&text(&package["manifest_path"])).parent().expect("a folder").to_owned(),
            dependencies: dependencies.map(|d| (text(&d["name"]), kind(d))).collect(),
        });
    }
    packages
}

#[test]
fn dependencies_point_down() {
    let mut layer = BTreeMap::new();
    for (height, row) in LAYERS.iter().enumerate() {
        layer.extend(row.iter().map(|name| (*name, height)));
    }
    let mut wrong = Vec::new();
    for package in packages() {
        let own = layer.get(package.name.as_str());
        if own.is_none() && !BESIDE.contains(&package.name.as_str()) {
            wrong
                .push(format!("{} has no layer: give it one here and in docs/architecture.md", package.name));
        }
        for (dependency, kind) in &package.dependencies {
            let used = layer.get(dependency.as_str());
            if BESIDE.contains(&dependency.as_str()) && own.is_some() && kind != "dev" {
                wrong.push(format!("{} uses {dependency}, which only tests may use", package.name));
            }
            if let (Some(own), Some(used)) = (own, used)
                && used >= own
            {
                wrong.push(format!("{} uses {dependency}, which is not below it", package.name));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn one_crate_names_each_framework() {
    let mut wrong = Vec::new();
    for package in packages() {
        for (dependency, _) in &package.dependencies {
            let owners = OWNERS.iter().find(|(name, _)| name == dependency).map(|(_, owners)| owners);
            if owners.is_some_and(|owners| !owners.contains(&package.name.as_str())) {
                wrong.push(format!("{} names {dependency}", package.name));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_core_does_no_io() {
    let mut wrong = Vec::new();
    for package in packages() {
        if IO.contains(&package.name.as_str()) || BESIDE.contains(&package.name.as_str()) {
            continue;
        }
        for file in sources(&package.folder.join("src")) {
            let text = std::fs::read_to_string(&file).expect("a source is readable");
            for (at, line) in code(&text) {
                for door in DOORS.iter().filter(|door| line.contains(**door)) {
                    let file = file.strip_prefix(places::repository()).unwrap_or(&file);
                    wrong.push(format!("{}:{at}: {door}", file.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn files_are_of_readable_size() {
    let mut wrong = Vec::new();
    for package in packages() {
        for folder in ["src", "tests", "benches"] {
            for file in sources(&package.folder.join(folder)) {
                let text = std::fs::read_to_string(&file).expect("a source is readable");
                let name = file.strip_prefix(places::repository()).unwrap_or(&file).display().to_string();
                let lines = text.lines().count();
                if (lines > 800) != LONG.contains(&name.as_str()) {
                    wrong.push(format!("{name} has {lines} lines"));
                }
                if !text.trim_start().starts_with("//!") {
                    wrong.push(format!("{name} does not begin with what it is and who uses it"));
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert_eq!(wrong, Vec::<String>::new());
}

/// All Rust files below `folder`.
fn sources(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.insert(path);
            }
        }
    }
    found
}

/// Numbered lines of a source outside of comments and of the test module at its end.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
        .map(|(at, line)| (at + 1, line.split("//").next().unwrap_or("")))
}
