//! The configurations in `editors/`, tried with the editors themselves where they are installed: Neovim and Emacs (of Debian), VS
//! Code's protocol library and grammar engine (of npm, in the folder that `VELA_NODE_MODULES` names or beside the
//! extension). Where one is not there the test says so and ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vela_harness::places;

const WEB: &str = "web: type: \"component\"\ntemplate: {\n\toutput: {apiVersion: \"shop.example/v1\", kind: \"Server\", spec: image: parameter.image}\n\tparameter: image: string\n}\n";
const APP: &str = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata:\n  name: demo\nspec:\n  components:\n  - name: one\n    type: web\n    properties:\n      imgae: nginx\n";

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("web.cue"), WEB).expect("writable");
    std::fs::write(folder.path().join("app.yaml"), APP).expect("writable");
    folder
}

/// Whether a program is there.
fn installed(program: &str) -> bool {
    let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|s| s.success());
    if !found {
        println!("{program} is not installed: not tried");
    }
    found
}

fn fine(command: &mut Command) {
    let output = command.output().expect("it starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(out.lines().any(|l| l.trim() == "fine"), "{out}\n{err}");
}

/// A folder with the binary under the name that the configurations call it by.
fn path_with_binary(folder: &Path) -> std::ffi::OsString {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_vela-lang-under-test"));
    let link = folder.join("bin");
    std::fs::create_dir_all(&link).expect("writable");
    #[cfg(unix)]
    std::os::unix::fs::symlink(binary, link.join("vela-lang")).expect("a link");
    #[cfg(not(unix))]
    std::fs::copy(binary, link.join("vela-lang.exe")).expect("a copy");
    let mut all = vec![link];
    all.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    std::env::join_paths(all).expect("a path")
}

#[test]
fn neovim() {
    if !installed("nvim") {
        return;
    }
    let (folder, root) = (workspace(), places::repository());
    let place = tempfile::tempdir().expect("a folder");
    let load = |path: &str| format!("luafile {}", root.join(path).display());
    let mut command = Command::new("nvim");
    command.args(["--headless", "--clean", "-n", "-c", &load("editors/neovim/vela-lang.lua")]);
    command.args(["-c", &load("tests/editors/neovim.lua")]);
    command.current_dir(folder.path()).env("PATH", path_with_binary(place.path())).stdin(Stdio::null());
    fine(&mut command);
}

#[test]
fn emacs() {
    if !installed("emacs") {
        return;
    }
    let needed = "(progn (package-initialize) (require 'eglot) (require 'yaml-mode))";
    let has = Command::new("emacs").args(["--batch", "--eval", needed]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|s| s.success()) {
        println!("Emacs has no eglot or no yaml-mode: not tried");
        return;
    }
    let (folder, root) = (workspace(), places::repository());
    let place = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("emacs");
    command.args(["--batch", "--eval", "(package-initialize)", "-l"]);
    command.arg(root.join("editors/emacs/vela-lang.el")).arg("-l").arg(root.join("tests/editors/emacs.el"));
    command.current_dir(folder.path()).env("PATH", path_with_binary(place.path())).stdin(Stdio::null());
    fine(&mut command);
}

#[test]
fn vs_code() {
    let root = places::repository();
    let modules = std::env::var_os("VELA_NODE_MODULES")
        .map_or_else(|| root.join("editors/vscode/node_modules"), PathBuf::from);
    if !installed("node") || !modules.join("vscode-languageserver-protocol").is_dir() {
        println!("VS Code's protocol library is not installed: not tried");
        return;
    }
    let folder = workspace();
    let mut command = Command::new("node");
    command.arg(root.join("tests/editors/vscode.mjs")).arg(env!("CARGO_BIN_EXE_vela-lang-under-test"));
    command.arg(std::fs::canonicalize(folder.path()).expect("it exists")).arg(&modules).arg(&root);
    fine(&mut command);
}

/// Helix comes from no registry; its configuration is read as it reads it.
#[test]
fn helix() {
    let text = std::fs::read_to_string(places::repository().join("editors/helix/languages.toml"));
    let configured: toml::Value = toml::from_str(&text.expect("it is there")).expect("it is TOML");
    let server = &configured["language-server"]["vela-lang"];
    assert_eq!(server["command"].as_str(), Some("vela-lang"));
    assert_eq!(server["args"].as_array().map(Vec::as_slice), Some(&["lsp".into()][..]));
    let languages = configured["language"].as_array().expect("a list of languages");
    for name in ["cue", "yaml"] {
        let language = languages.iter().find(|l| l["name"].as_str() == Some(name)).expect("it is configured");
        let servers = language["language-servers"].as_array().expect("a list of servers");
        assert_eq!(servers.first().and_then(toml::Value::as_str), Some("vela-lang"), "{name}");
    }
}
