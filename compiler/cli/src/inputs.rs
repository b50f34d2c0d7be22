//! Files of Applications and definitions: arguments and folders into texts, in an order that is the same everywhere.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use vela_diagnostics::Diagnostic;
use vela_diagnostics::catalogue::cli::READ;
use vela_oam::build::Source;
use vela_oam::definition::cue_form::looks_like_definition;

/// How names of files with tests of a definition end.
pub const TESTS: &str = ".test.yaml";

/// Most bytes of one file.
const LARGEST: u64 = 256 << 20;

/// Reads files, and the files of folders, recursively and sorted by name. In folders only YAML and JSON count, and
/// CUE files that are definitions; a file that is named itself is always read. `-` is standard input, as YAML.
pub fn read(paths: &[String], faults: &mut Vec<Diagnostic>) -> Vec<Source> {
    let mut out = Vec::new();
    for path in paths {
        if path == "-" {
            let mut bytes = Vec::new();
            match std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes) {
                Ok(_) => out.push(source("<stdin>", &bytes)),
                Err(e) => faults.push(fault("<stdin>", &e.to_string())),
            }
        } else if Path::new(path).is_dir() {
            folder(path, &mut out, faults);
        } else {
            file(path, &mut out, faults);
        }
    }
    out
}

/// Reads one file.
pub fn read_one(path: &str, faults: &mut Vec<Diagnostic>) -> Option<Source> {
    let mut out = Vec::new();
    file(path, &mut out, faults);
    out.pop()
}

fn file(path: &str, out: &mut Vec<Source>, faults: &mut Vec<Diagnostic>) {
    let size = std::fs::metadata(path).map(|m| m.len());
    if size.is_ok_and(|n| n > LARGEST) {
        return faults.push(fault(path, "larger than 256 MiB"));
    }
    match std::fs::read(path) {
        Ok(bytes) => out.push(source(path, &bytes)),
        Err(e) => faults.push(fault(path, &reason(&e))),
    }
}

/// The files of tests in a folder, recursively and sorted by name.
pub fn tests(root: &str, faults: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut out = Vec::new();
    files_of(root, faults, &mut |path| {
        if path.ends_with(TESTS) {
            out.push(path.to_owned());
        }
    });
    out
}

fn folder(root: &str, out: &mut Vec<Source>, faults: &mut Vec<Diagnostic>) {
    let mut paths = Vec::new();
    files_of(root, faults, &mut |path| paths.push(path.to_owned()));
    for path in paths.iter().filter(|p| !p.ends_with(TESTS)) {
        if [".yaml", ".yml", ".json"].iter().any(|e| path.ends_with(e)) {
            file(path, out, faults);
        } else if path.ends_with(".cue") {
            let mut read = Vec::new();
            file(path, &mut read, faults);
            out.extend(read.into_iter().filter(|s| looks_like_definition(&s.text)));
        }
    }
}

/// Every file of a folder: files before folders, both in order of their names, hidden ones left out.
fn files_of(root: &str, faults: &mut Vec<Diagnostic>, found: &mut dyn FnMut(&str)) {
    let mut work = vec![root.trim_end_matches('/').to_owned()];
    while let Some(folder) = work.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(e) => {
                faults.push(fault(&folder, &reason(&e)));
                continue;
            }
        };
        let mut names: Vec<String> = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.extend(entry.file_name().into_string().ok()),
                Err(e) => faults.push(fault(&folder, &reason(&e))),
            }
        }
        names.sort_unstable();
        // The last pushed is next.
        let mut inner = Vec::new();
        for name in names.iter().filter(|n| !n.starts_with('.')) {
            let path = format!("{folder}/{name}");
            let at = Path::new(&path);
            if !at.is_dir() {
                found(&path);
            } else if !at.is_symlink() {
                // A linked folder could lead back to one above it.
                inner.push(path);
            }
        }
        work.extend(inner.into_iter().rev());
    }
}

fn source(name: &str, bytes: &[u8]) -> Source {
    let text: Arc<str> = vela_yaml::decode(bytes).text.into();
    Source { name: name.replace('\\', "/").into(), text }
}

fn reason(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => e.to_string(),
    }
}

fn fault(path: &str, why: &str) -> Diagnostic {
    Diagnostic::error(READ, format!("cannot read {path}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("b.yaml", "b: 1");
        put("b.test.yaml", "cases: []");
        put("a/z.yml", "z: 1");
        put("a/.hidden/x.yaml", "x: 1");
        put("c.txt", "no");
        put("d.cue", "x: 1");
        put("e.cue", "e: {}\ntemplate: {}");
        let mut faults = Vec::new();
        let root = folder.path().to_str().unwrap().to_owned();
        let read = read(&[root.clone(), format!("{root}/d.cue"), format!("{root}/none")], &mut faults);
        let names: Vec<_> = read.iter().map(|s| s.name.strip_prefix(&root).unwrap()).collect();
        assert_eq!(names, ["/b.yaml", "/e.cue", "/a/z.yml", "/d.cue"]);
        assert_eq!(faults.len(), 1);
        assert!(faults[0].message.ends_with("none: no such file or folder"));
    }
}
