//! Runs the recorded calls of the conformance suite (`../shared/conformance/cue/builtins/vectors`) whose
//! arguments are literals against the functions over plain data, and compares the signature table with the
//! reference's list of members. Does nothing where the suite is not there.

mod literal;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use vela_eval::data::Data;
use vela_stdlib::signature::{CallError, Function, Kinds, Return, Run};

fn shared(path: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    Some(root.join(path)).filter(|p| p.exists())
}

fn find(path: &str, name: &str) -> Option<&'static Function> {
    let package = vela_stdlib::PACKAGES.iter().find(|p| p.path == path)?;
    package.functions.iter().find(|f| f.name == name)
}

fn kinds_of(data: &Data) -> Kinds {
    match data {
        Data::Null => Kinds::NULL,
        Data::Bool(_) => Kinds::BOOL,
        Data::Num(n) if n.is_int() => Kinds::INT,
        Data::Num(_) => Kinds::FLOAT,
        Data::Str(_) => Kinds::STRING,
        Data::Bytes(_) => Kinds::BYTES,
        Data::List(_) => Kinds::LIST,
        Data::Map(_) => Kinds::STRUCT,
    }
}

/// What the call gives: the node as the suite writes it, or the error text.
fn run(f: &Function, args: &[Data]) -> Option<Result<Data, String>> {
    let body = |data: &[Data]| match f.run {
        Run::Data(run) => Some(run(data)),
        Run::Spelled(run) => Some(run(data, None)),
        Run::Evaluator => None,
    };
    let mut args = args.to_vec();
    // Missing arguments with a default.
    while let Some(default) = f.params.get(args.len()).and_then(|p| p.schema) {
        let first = default.split('|').next()?.trim().strip_prefix('*')?;
        args.push(Data::from(first.trim_matches('"')));
    }
    // Checking arguments against the signature is the evaluator's.
    let fits = |(p, a): (&vela_stdlib::signature::Param, &Data)| {
        let named = |s: &str| s.split(['|', '*', '"', ' ']).any(|word| a.as_str() == Some(word));
        p.kinds.meets(kinds_of(a)) && p.schema.is_none_or(named)
    };
    if args.len() != f.params.len() || !f.params.iter().zip(&args).all(fits) {
        return None;
    }
    Some(match body(&args)? {
        Ok(Return::Data(data)) => Ok(data),
        Ok(Return::Unsatisfied(_)) => Ok(Data::Bool(false)),
        // What the evaluator puts together.
        Ok(Return::Unified(_) | Return::Absent { .. }) => return None,
        Err(CallError::Fatal(text) | CallError::Incomplete(text) | CallError::At { text, .. }) => {
            Err(format!("error in call to {}.{}: {text}", f.package, f.name))
        }
    })
}

fn same(data: &Data, node: &Json) -> bool {
    use base64::Engine;
    let text = |key: &str| node[key].as_str().unwrap_or("\u{0}");
    let members = |key: &str| node[key].as_array().map_or(&[][..], |a| a);
    match (text("k"), data) {
        ("null", Data::Null) => true,
        ("bool", Data::Bool(b)) => node["v"].as_bool() == Some(*b),
        ("int" | "float", Data::Num(n)) => {
            (text("k") == "int") == n.is_int() && n.to_json_text() == text("v")
        }
        ("string", Data::Str(s)) => **s == *text("v"),
        ("bytes", Data::Bytes(b)) => base64::engine::general_purpose::STANDARD.encode(b) == text("v"),
        ("list", Data::List(items)) => {
            let e = members("e");
            e.len() == items.len() && items.iter().zip(e).all(|(d, n)| same(d, n))
        }
        ("struct", Data::Map(fields)) => {
            let f = members("f");
            f.len() == fields.len()
                && fields
                    .iter()
                    .zip(f)
                    .all(|((name, value), entry)| entry[0].as_str() == Some(name) && same(value, &entry[1]))
        }
        _ => false,
    }
}

#[test]
fn recorded_calls() {
    let Some(folder) = shared("conformance/cue/builtins/vectors") else {
        return;
    };
    let only = std::env::var("VECTORS").unwrap_or_default();
    let (mut all, mut passed) = (0, 0);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|f| f.expect("a file").path()).collect();
    files.sort();
    for file in files {
        let name = file.file_stem().expect("a name").to_string_lossy().to_string();
        let (mut tried, mut good) = (0, 0);
        for line in std::fs::read_to_string(&file).expect("text").lines() {
            let case: Json = serde_json::from_str(line).expect("json");
            let src = case["src"].as_str().unwrap_or_default();
            let node = &case["value"];
            let Some((path, function, args)) = literal::call(src) else {
                continue;
            };
            let Some(f) = find(&path, &function) else {
                continue;
            };
            let Some(got) = run(f, &args) else { continue };
            tried += 1;
            let want = node["err"][0]["msg"].as_str();
            let right = match (&got, want) {
                (Err(text), Some(want)) => text == want,
                (Ok(data), None) => same(data, node),
                _ => false,
            };
            good += usize::from(right);
            if !right && !only.is_empty() && name.contains(&only) {
                println!("{}\n  got  {got:?}\n  want {node}", src.lines().last().unwrap_or(src));
            }
        }
        if tried > 0 {
            println!("{name:20} {good}/{tried}");
        }
        all += tried;
        passed += good;
    }
    println!("all {passed}/{all}");
    assert!(passed * 100 >= all * 97, "{passed} of {all} recorded calls");
}

#[test]
fn members_of_the_reference() {
    let Some(file) = shared("design/cue-builtins.tsv") else {
        return;
    };
    let text = std::fs::read_to_string(file).expect("text");
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut present = 0;
    for row in text.lines().skip(1) {
        let cells: Vec<_> = row.split('\t').collect();
        let [path, name, class, ..] = cells[..] else {
            continue;
        };
        if path == "(predeclared)" {
            continue;
        }
        let package = vela_stdlib::PACKAGES.iter().find(|p| p.path == path);
        let known = package.is_some_and(|p| match class {
            "func" => p.functions.iter().any(|f| f.name == name),
            _ => {
                p.constants.iter().any(|c| c.0 == name)
                    || p.prelude.is_some_and(|x| x.names.contains(&name) && x.source(name).is_some())
            }
        });
        if known {
            present += 1;
        } else {
            missing.entry(path).or_default().push(name);
        }
    }
    assert!(missing.is_empty(), "present {present}, missing {missing:#?}");
}

#[test]
fn table_is_sorted_and_documented() {
    assert!(vela_stdlib::PACKAGES.is_sorted_by_key(|p| p.path));
    for package in vela_stdlib::PACKAGES {
        assert!(package.functions.is_sorted_by_key(|f| f.name), "{}", package.path);
        assert!(package.constants.is_sorted_by_key(|c| c.0), "{}", package.path);
        for f in package.functions {
            assert_eq!(f.package, package.path);
            assert!(f.doc.ends_with('.'), "{}.{}", f.package, f.name);
        }
    }
}
