//! The cases of `../shared/conformance/oam`, where they are there: a scoreboard by area, printed with
//! `cargo test -p vela-oam --test conformance -- --nocapture`. `CASE=area/name` prints one case in full.
//!
//! The project's own runner judges the binary; this one is for working on this crate alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use vela_oam::evaluator::Evaluator;
use vela_oam::{Compat, Inputs, Options, Source, build, convert, converted_value};
use vela_yaml::{Data, JsonStyle, to_json};

fn root() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/oam");
    root.is_dir().then_some(root)
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        fs::read_dir(path).into_iter().flatten().flatten().map(|e| e.path()).filter(|p| p.is_dir()).collect();
    all.sort();
    all
}

fn read(folder: &Path, name: &str) -> Option<Source> {
    let text = fs::read_to_string(folder.join(name)).ok()?;
    Some(Source { name: name.into(), text: text.into() })
}

fn definitions(folder: &Path) -> Vec<Source> {
    let mut names: Vec<String> = fs::read_dir(folder.join("definitions"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| format!("definitions/{}", e.file_name().to_string_lossy()))
        .collect();
    names.sort();
    names.iter().filter_map(|n| read(folder, n)).collect()
}

/// What is wrong with a case, part by part; empty when it passes.
fn run(folder: &Path, shown: bool) -> Vec<(&'static str, String)> {
    let json = |text: &str| vela_yaml::parse_json(text).docs[0].to_data();
    let expected = json(&fs::read_to_string(folder.join("expected.json")).unwrap());
    let case = vela_yaml::parse(&fs::read_to_string(folder.join("case.yaml")).unwrap()).docs[0].to_data();
    let text = |name: &str| case.get(name).and_then(Data::as_str).map(str::to_owned);
    let mut faults = Vec::new();
    let mut engine = Evaluator::new();
    if let Some(wanted) = expected.get("definitions").and_then(Data::as_list) {
        let files: Vec<Source> =
            wanted.iter().filter_map(|d| read(folder, d.get("file")?.as_str()?)).collect();
        let (_, all) = convert(&files, &mut engine, &|text| text.to_owned());
        let got = converted_value(&all);
        if shown {
            println!("{}", to_json(&got, JsonStyle::COMPACT));
        }
        for (want, got) in wanted.iter().zip(got.as_list().unwrap_or_default()) {
            if let Some(fault) = converted(want, got) {
                faults.push(("convert", fault));
            }
        }
    }
    if text("only").as_deref() == Some("convert") {
        return faults;
    }
    let objects = ["policies.yaml", "workflow.yaml", "objects.yaml"];
    let inputs = Inputs {
        applications: read(folder, "app.yaml").into_iter().collect(),
        definitions: definitions(folder),
        objects: objects.iter().filter_map(|n| read(folder, n)).collect(),
        clusters: read(folder, "clusters.yaml"),
        live: read(folder, "live.yaml").into_iter().collect(),
        ..Inputs::default()
    };
    let flag = |name: &str| case.get(name) == Some(&Data::Bool(true));
    let options = |compat: Compat| Options {
        compat,
        revision: text("appRevision"),
        definition_namespace: text("definitionNamespace").unwrap_or_default(),
        application_policies: flag("applicationPolicies"),
        merge: flag("merge"),
        ..Options::default()
    };
    let free = |part: &str| {
        let free = expected.at(&["compare", "free"]).and_then(Data::as_list).unwrap_or_default();
        free.iter().any(|f| f.as_str() == Some(part))
    };
    for (part, compat) in [("deploy", Compat::Deploy), ("dryRun", Compat::DryRun)] {
        let outcome = build(&inputs, &options(compat), &mut engine);
        let plan = outcome.to_plan();
        if shown {
            println!("{part}: {}", to_json(&plan, JsonStyle::COMPACT));
            for diagnostic in &outcome.diagnostics {
                println!("  {} {}", diagnostic.code, diagnostic.message);
            }
        }
        if expected.get("error").is_some() {
            if part == "deploy" && (plan.get("error").is_none() || !outcome.failed()) {
                faults.push((part, "an error is expected".to_owned()));
            }
            continue;
        }
        let Some(want) = expected.get(part) else { continue };
        let got = plan.get(part).cloned().unwrap_or_default();
        let mut path = vec![part.to_owned()];
        if let Some(fault) = difference(want, &got, &mut path, free("deploy.steps[].renders")) {
            faults.push((part, fault));
        }
    }
    faults
}

fn converted(want: &Data, got: &Data) -> Option<String> {
    if want.get("error").is_some() != got.get("error").is_some() {
        return Some(format!("{}: {}", shorten(want), shorten(got)));
    }
    let strip = |value: &Data| {
        let mut object = value.get("object").cloned().unwrap_or_default();
        if let Some((_, spec)) = object.as_map_mut().and_then(|m| m.iter_mut().find(|(k, _)| &**k == "spec"))
        {
            let kept = spec.as_map().unwrap_or_default().iter().filter(|(k, _)| &**k != "status");
            let kept: Vec<_> = kept.cloned().collect();
            *spec = Data::Map(kept);
            spec.set("schematic", Data::Null);
        }
        object
    };
    difference(&strip(want), &strip(got), &mut vec!["object".to_owned()], false)
}

fn shorten(value: &Data) -> String {
    let text = to_json(value, JsonStyle::COMPACT);
    text.chars().take(300).collect()
}

/// The first place where two plans differ; where an error is expected any error will do.
fn difference(want: &Data, got: &Data, path: &mut Vec<String>, skip_renders: bool) -> Option<String> {
    match (want, got) {
        (Data::Map(_), Data::Map(_)) => {
            let crash =
                want.get("error").is_some_and(|e| to_json(e, JsonStyle::COMPACT).contains("upstream-crash"));
            if crash {
                return None;
            }
            if want.get("error").is_some() || got.get("error").is_some() {
                if want.get("error").is_some() && got.get("error").is_some() {
                    return None;
                }
                return Some(format!("{}: want {} got {}", path.join("."), shorten(want), shorten(got)));
            }
            let names = want.as_map().unwrap_or_default().iter().chain(got.as_map().unwrap_or_default());
            for (name, _) in names {
                let hashes = ["app.oam.dev/app-revision-hash", "app.oam.dev/revision"];
                let metadata = path.last().is_some_and(|p| p == "labels" || p == "annotations");
                if (metadata && hashes.contains(&&**name))
                    || (skip_renders && &**name == "renders")
                    || &**name == "policyError"
                {
                    continue;
                }
                let (Some(a), Some(b)) = (want.get(name), got.get(name)) else {
                    return Some(format!(
                        "{}.{name}: want {} got {}",
                        path.join("."),
                        want.get(name).map_or_else(|| "nothing".to_owned(), shorten),
                        got.get(name).map_or_else(|| "nothing".to_owned(), shorten)
                    ));
                };
                path.push(name.to_string());
                let found = difference(a, b, path, skip_renders);
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
            None
        }
        (Data::List(a), Data::List(b)) => {
            for (i, (x, y)) in a.iter().zip(b).enumerate() {
                path.push(i.to_string());
                let found = difference(x, y, path, skip_renders);
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
            (a.len() != b.len()).then(|| {
                format!("{}: {} elements, got {}: {}", path.join("."), a.len(), b.len(), shorten(got))
            })
        }
        (Data::Num(a), Data::Num(b)) if a.eq_value(b) => None,
        (a, b) if a == b => None,
        (a, b) => Some(format!("{}: want {} got {}", path.join("."), shorten(a), shorten(b))),
    }
}

#[test]
fn scoreboard() {
    let Some(root) = root() else { return };
    let only = std::env::var("CASE").ok();
    if let Some(case) = &only {
        for fault in run(&root.join(case), true) {
            println!("{case}: {}: {}", fault.0, fault.1);
        }
        return;
    }
    let mut areas: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut failing = Vec::new();
    for area in folders(&root) {
        let name = area.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for case in folders(&area) {
            let faults = run(&case, false);
            let entry = areas.entry(name.clone()).or_default();
            entry.0 += 1;
            entry.1 += usize::from(faults.is_empty());
            let short = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
            failing.extend(faults.first().map(|(_, fault)| format!("{name}/{short}: {fault}")));
        }
    }
    let (mut all, mut passed) = (0, 0);
    for (area, (cases, good)) in &areas {
        println!("{area:22} {good:4}/{cases}");
        all += cases;
        passed += good;
    }
    println!("{:22} {passed:4}/{all}", "total");
    for line in &failing {
        println!("{line}");
    }
}
