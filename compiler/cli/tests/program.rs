//! The program from outside: streams and exit statuses.

use std::io::Write;
use std::process::{Command, Output, Stdio};

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_vela-lang"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn statuses_and_streams() {
    let version = run(&["version"], "");
    assert_eq!(version.status.code(), Some(0));
    assert!(version.stdout.starts_with(b"vela-lang 0.") && version.stderr.is_empty());
    let wrong = run(&["--nosuch"], "");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stdout.is_empty() && !wrong.stderr.is_empty());
    assert_eq!(run(&["cue", "nosuch"], "").status.code(), Some(1));
    let help = run(&["--help"], "");
    assert_eq!(help.status.code(), Some(0));
    assert!(!help.stdout.is_empty() && help.stderr.is_empty());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(!run(&["completion", shell], "").stdout.is_empty());
    }
}

#[test]
fn serving() {
    let requests = "{\"op\":\"parse\",\"src\":\"a: 1\"}\n\nnonsense\n{\"op\":\"parse\",\"src\":\"a: {\"}";
    let out = run(&["cue", "serve"], requests);
    assert_eq!(out.status.code(), Some(0));
    let lines: Vec<_> = std::str::from_utf8(&out.stdout).unwrap().lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], r#"{"ok":true}"#);
    assert!(lines[1].contains("request is not JSON") && lines[2].contains("\"ok\":false"));
}
