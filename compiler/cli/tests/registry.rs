//! Modules from and to a registry: published, fetched, required; and a registry that lies.

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::{FakeRegistry, digest};

struct Bench {
    registry: FakeRegistry,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self { registry: FakeRegistry::start(), folder: tempfile::tempdir().unwrap() }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.path().join(path)).unwrap()
    }

    /// Runs a command in a folder: exit status, standard output, standard error.
    fn cue(&self, folder: &str, arguments: &[&str]) -> (i32, String, String) {
        self.cue_with(folder, arguments, &format!("{}/mods", self.registry.host))
    }

    fn cue_with(&self, folder: &str, arguments: &[&str], registry: &str) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_vela-lang"))
            .arg("cue")
            .args(arguments)
            .current_dir(self.folder.path().join(folder))
            .env("CUE_REGISTRY", registry)
            .env("CUE_CACHE_DIR", self.folder.path().join("cache"))
            .env("CUE_CONFIG_DIR", self.folder.path().join("config"))
            .env("DOCKER_CONFIG", self.folder.path().join("config"))
            .env("HOME", self.folder.path())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    /// A library module that is in the registry in two versions, the second of which requires another module.
    fn library(&self) {
        self.write("base/cue.mod/module.cue", &module("b.example/base@v0", "source: kind: \"self\"\n"));
        self.write("base/base.cue", "package base\n\nn: 7\n");
        assert_eq!(self.cue("base", &["mod", "publish", "v0.3.0"]).0, 0);
        self.write("lib/cue.mod/module.cue", &module("l.example/lib@v1", "source: kind: \"self\"\n"));
        self.write("lib/sub/sub.cue", "package sub\n\nx: 1\n");
        assert_eq!(self.cue("lib", &["mod", "publish", "v1.0.0"]).0, 0);
        self.write("lib/sub/sub.cue", "package sub\n\nimport \"b.example/base\"\n\nx: base.n\n");
        assert_eq!(self.cue("lib", &["mod", "tidy"]), (0, String::new(), String::new()));
        let (status, out, err) = self.cue("lib", &["mod", "publish", "v1.2.0"]);
        let host = &self.registry.host;
        let expected = format!("published l.example/lib@v1.2.0 to {host}/mods/l.example/lib:v1.2.0\n");
        assert_eq!((status, out, err), (0, expected, String::new()));
    }
}

fn module(path: &str, more: &str) -> String {
    format!("module: \"{path}\"\nlanguage: version: \"v0.17.1\"\n{more}")
}

fn forget(cache: &Path) {
    // Files of the cache are read-only, but their folders are not.
    let _ = fs::remove_dir_all(cache);
}

#[test]
fn published_fetched_and_used() {
    let bench = Bench::new();
    bench.library();
    forget(&bench.folder.path().join("cache"));
    bench.write("app/cue.mod/module.cue", &module("a.example/app@v0", ""));
    bench.write("app/app.cue", "package app\n\nimport \"l.example/lib/sub\"\n\ny: sub.x\n");
    let (status, _, err) = bench.cue("app", &["mod", "tidy", "--check"]);
    assert!(status == 1 && err.contains("missing dependency providing package l.example/lib/sub"), "{err}");
    assert_eq!(bench.cue("app", &["mod", "tidy"]), (0, String::new(), String::new()));
    let file = bench.read("app/cue.mod/module.cue");
    assert!(file.contains("\"b.example/base@v0\": {\n\t\tv: \"v0.3.0\""), "{file}");
    assert!(file.contains("\"l.example/lib@v1\": {\n\t\tv:       \"v1.2.0\"\n\t\tdefault: true"), "{file}");
    // From here on the cache is enough: a build asks no registry.
    let before = bench.registry.store.lock().unwrap().requests;
    assert_eq!(bench.cue("app", &["export"]).1, "{\n    \"y\": 7\n}\n");
    assert_eq!(bench.cue("app", &["mod", "tidy", "--check"]).0, 0);
    assert_eq!(bench.registry.store.lock().unwrap().requests, before);
    let (status, out, _) = bench.cue("app", &["mod", "resolve", "--deps"]);
    let host = &bench.registry.host;
    let expected = format!(
        "b.example/base@v0: {host}/mods/b.example/base:v0.3.0\nl.example/lib@v1: {host}/mods/l.example/lib:v1.2.0\n"
    );
    assert_eq!((status, out), (0, expected));
}

#[test]
fn versions_are_chosen() {
    let bench = Bench::new();
    bench.library();
    bench.write("app/cue.mod/module.cue", &module("a.example/app@v0", ""));
    for (query, version) in [("@v1.0.0", "v1.0.0"), ("@v1.0", "v1.0.0"), ("@v1", "v1.2.0"), ("", "v1.2.0")] {
        bench.write("app/cue.mod/module.cue", &module("a.example/app@v0", ""));
        let (status, _, err) = bench.cue("app", &["mod", "get", &format!("l.example/lib{query}")]);
        assert_eq!((status, err.as_str()), (0, ""), "{query}");
        let file = bench.read("app/cue.mod/module.cue");
        assert!(file.contains(&format!("v: \"{version}\"")), "{query}: {file}");
        assert_eq!(file.contains("b.example/base"), version == "v1.2.0", "{file}");
    }
    let (status, _, err) = bench.cue("app", &["mod", "get", "l.example/lib@v3"]);
    assert_eq!((status, err.as_str()), (1, "no versions found for module l.example/lib@v3\n"));
    let (status, _, err) = bench.cue("app", &["mod", "get", "no.example/lib@v0.1.0"]);
    assert!(status == 1 && err.contains("module not found"), "{err}");
    let (status, _, err) = bench.cue_with("app", &["mod", "get", "l.example/lib"], "none");
    assert!(status == 1 && err.contains("no versions found"), "{err}");
}

#[test]
fn lies_are_refused() {
    let bench = Bench::new();
    bench.library();
    bench.write("app/cue.mod/module.cue", &module("a.example/app@v0", ""));
    let whole: Vec<(String, Vec<u8>)> =
        bench.registry.store.lock().unwrap().blobs.iter().map(|(d, b)| (d.clone(), b.clone())).collect();
    let get = || {
        forget(&bench.folder.path().join("cache"));
        let (status, _, err) = bench.cue("app", &["mod", "get", "l.example/lib@v1.0.0"]);
        let unpacked = bench.folder.path().join("cache/mod/extract/l.example/lib@v1.0.0");
        assert!(status == 1 && !unpacked.exists(), "{err}");
        assert!(bench.read("app/cue.mod/module.cue").ends_with("\"v0.17.1\"\n"));
        err
    };
    // Another content of the same size, one that is shorter, and one that is longer.
    for change in
        [|b: &mut Vec<u8>| b[10] ^= 1, |b: &mut Vec<u8>| b.truncate(20), |b: &mut Vec<u8>| b.extend([0; 99])]
    {
        for (digest, bytes) in &whole {
            let mut bytes = bytes.clone();
            if bytes.len() > 20 {
                change(&mut bytes);
            }
            bench.registry.store.lock().unwrap().blobs.insert(digest.clone(), bytes);
        }
        let err = get();
        assert!(err.contains("the blob"), "{err}");
    }
    // A manifest that names the wrong parts.
    let key = ("mods/l.example/lib".to_owned(), "v1.0.0".to_owned());
    let manifest = bench.registry.store.lock().unwrap().manifests[&key].clone();
    let text = String::from_utf8(manifest).unwrap();
    for (from, to) in [
        ("application/zip", "application/tar"),
        ("\"size\":", "\"size\":9999999999"),
        ("sha256:", "md5:"),
        ("{", "["),
        ("vnd.cue.module.v1", "vnd.other"),
    ] {
        let changed = text.replace(from, to).into_bytes();
        bench.registry.store.lock().unwrap().manifests.insert(key.clone(), changed);
        get();
    }
}

#[test]
fn what_cannot_be_published() {
    let bench = Bench::new();
    bench.write("m/cue.mod/module.cue", &module("m.example/m@v0", ""));
    bench.write("m/a.cue", "package m\n");
    let publish = |version: &str| bench.cue("m", &["mod", "publish", version]);
    assert!(publish("v0.1.0").2.contains("requires a source field"));
    bench.write("m/cue.mod/module.cue", &module("m.example/m@v0", "source: kind: \"self\"\n"));
    assert!(publish("v1.0.0").2.contains("must be v0.N.N"));
    assert!(publish("0.1.0").2.contains("invalid publish version"));
    assert!(publish("v0.1").2.contains("not in canonical form"));
    bench.write("m/b.cue", "package m\n\nimport \"no.example/x\"\n\nx\n");
    assert!(publish("v0.1.0").2.contains("module is not tidy"));
    fs::remove_file(bench.folder.path().join("m/b.cue")).unwrap();
    let (status, out, _) = bench.cue("m", &["mod", "publish", "-n", "--json", "v0.1.0"]);
    assert!(
        status == 0 && out.contains("\t\"files\": [\n\t\t\"a.cue\",\n\t\t\"cue.mod/module.cue\"\n\t]"),
        "{out}"
    );
    assert!(bench.registry.store.lock().unwrap().manifests.is_empty());
    let (status, _, _) = bench.cue("m", &["mod", "publish", "--out", "../image", "v0.1.0"]);
    assert_eq!(status, 0);
    let index = bench.read("image/index.json");
    let blobs = fs::read_dir(bench.folder.path().join("image/blobs/sha256")).unwrap();
    for blob in blobs.flatten() {
        let name = blob.file_name().into_string().unwrap();
        assert_eq!(digest(&fs::read(blob.path()).unwrap()), format!("sha256:{name}"));
    }
    assert!(index.contains("v0.1.0"));
}
