//! `--output-dir`: one file an object, `CLUSTER/NAMESPACE/KIND.NAME.yaml`. Everything is written beside its place
//! first; only when all of it is there are files replaced, and those removed that an earlier build wrote and this one
//! did not.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempPath;
use vela_yaml::parse_json;

use super::Placed;

/// The list of files that builds have written, so that later ones can tell them from others.
const LIST: &str = ".vela-lang.json";

/// The folder of objects without namespace.
const NO_NAMESPACE: &str = "_cluster";

/// Writes the objects into the folder.
pub fn write(folder: &str, objects: Vec<Placed>) -> io::Result<()> {
    let root = Path::new(folder);
    let files = layout(objects);
    let old = listed(root)?;
    std::fs::create_dir_all(root)?;
    let mut staged = Vec::with_capacity(files.len());
    let mut made: HashSet<PathBuf> = HashSet::new();
    for (name, text) in &files {
        let path = root.join(name);
        let parent = path.parent().unwrap_or(root);
        if !made.contains(parent) {
            std::fs::create_dir_all(parent)?;
            made.insert(parent.to_owned());
        }
        staged.push((stage(parent, text.as_bytes())?, path));
    }
    let names: Vec<&String> = files.keys().collect();
    let list = serde_json::json!({"files": names});
    staged.push((stage(root, format!("{list:#}\n").as_bytes())?, root.join(LIST)));
    for (file, path) in staged {
        file.persist(path).map_err(|e| e.error)?;
    }
    for name in old.iter().filter(|n| !files.contains_key(*n)) {
        let path = root.join(name);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        // Folders that became empty go too; others stay, which is no fault.
        for parent in path.ancestors().skip(1).take_while(|p| *p != root) {
            if std::fs::remove_dir(parent).is_err() {
                break;
            }
        }
    }
    Ok(())
}

/// Writes a file of no name yet. It is closed at once: there may be more of them than a process may hold open.
fn stage(folder: &Path, content: &[u8]) -> io::Result<TempPath> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".vela-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(content)?;
    Ok(file.into_temp_path())
}

/// Relative names and texts, sorted.
fn layout(objects: Vec<Placed>) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for object in objects {
        let namespace = if object.namespace.is_empty() { NO_NAMESPACE } else { &object.namespace };
        let folder = format!("{}/{}", safe(&object.cluster), safe(namespace));
        let mut name = format!("{folder}/{}.{}.yaml", safe(&object.kind.to_lowercase()), safe(&object.name));
        // Kinds of different groups may have one name.
        if files.contains_key(&name) {
            let kind = format!("{}.{}", object.kind.to_lowercase(), object.group);
            name = format!("{folder}/{}.{}.yaml", safe(&kind), safe(&object.name));
        }
        let base = name.clone();
        let mut n = 2;
        while files.contains_key(&name) {
            name = format!("{}-{n}.yaml", base.trim_end_matches(".yaml"));
            n += 1;
        }
        files.insert(name, object.text);
    }
    files
}

/// A name that stays in its folder on every system.
fn safe(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let text: String = name.chars().map(|c| if plain(c) { c } else { '-' }).collect();
    match text.trim_start_matches('.') {
        "" => "_".to_owned(),
        kept => kept.to_owned(),
    }
}

/// The files that earlier builds wrote: relative names that do not lead out of the folder.
fn listed(root: &Path) -> io::Result<Vec<String>> {
    let bytes = match std::fs::read(root.join(LIST)) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    let parsed = parse_json(&String::from_utf8_lossy(&bytes));
    let data = match parsed.docs.first() {
        Some(doc) if parsed.faults.is_empty() => doc.to_data(),
        _ => return Err(io::Error::other(format!("{LIST} is damaged; remove it to go on"))),
    };
    let names = data.get("files").and_then(vela_yaml::Data::as_list).unwrap_or_default();
    let names = names.iter().filter_map(|n| n.as_str());
    let inside = |n: &&str| n.split('/').all(|part| !part.is_empty() && safe(part) == part);
    Ok(names.filter(inside).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::build::Form;

    fn object(kind: &str, name: &str) -> Placed {
        let text = format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n");
        Placed::new("local".into(), &vela_yaml::parse(&text).docs[0].to_data(), Form::Yaml)
    }

    fn names(root: &Path) -> Vec<String> {
        let mut out = Vec::new();
        let mut work = vec![root.to_owned()];
        while let Some(folder) = work.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    work.push(path);
                } else {
                    out.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        out.sort();
        out
    }

    #[test]
    fn removes_only_its_own_files() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let dir = root.to_str().unwrap();
        write(dir, vec![object("Service", "a"), object("Service", "b")]).unwrap();
        std::fs::write(root.join("local/shop/mine.yaml"), "x").unwrap();
        write(dir, vec![object("Service", "b"), object("Secret", "../c")]).unwrap();
        let expected = [
            ".vela-lang.json",
            "local/shop/mine.yaml",
            "local/shop/secret.-c.yaml",
            "local/shop/service.b.yaml",
        ];
        assert_eq!(names(root), expected);
        std::fs::write(root.join(LIST), "{\"files\": [\"../../etc/passwd\", \"local/shop/mine.yaml\"]}")
            .unwrap();
        write(dir, vec![]).unwrap();
        assert!(!names(root).contains(&"local/shop/mine.yaml".to_owned()));
        std::fs::write(root.join(LIST), "nonsense").unwrap();
        assert!(write(dir, vec![]).is_err());
    }
}
