//! What typical mistakes look like to the people who make them: the program's own words, through its own renderer.
//! `mistakes.txt` holds the mistakes (`=== name: command`, `--- file`), `snapshots/` what is said about each.
//! Read a new snapshot as a newcomer would before you accept it.

use std::process::Command;

struct Case {
    name: String,
    command: String,
    files: Vec<(String, String)>,
}

fn cases() -> Vec<Case> {
    let mut out: Vec<Case> = Vec::new();
    for line in include_str!("mistakes.txt").split_inclusive('\n') {
        if let Some(head) = line.strip_prefix("=== ") {
            let (name, command) = head.trim_end().split_once(": ").expect("a name and a command");
            out.push(Case { name: name.to_owned(), command: command.to_owned(), files: Vec::new() });
        } else if let Some(file) = line.strip_prefix("--- ") {
            let case = out.last_mut().expect("a case before a file");
            case.files.push((file.trim_end().to_owned(), String::new()));
        } else {
            let case = out.last_mut().expect("a case before a line");
            case.files.last_mut().expect("a file before a line").1.push_str(line);
        }
    }
    out
}

#[test]
fn typical_mistakes() {
    let cases = cases();
    assert!(cases.len() >= 40);
    for case in cases {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in &case.files {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        let output = Command::new(env!("CARGO_BIN_EXE_vela-lang"))
            .args(case.command.split(' '))
            .current_dir(folder.path())
            .env_remove("CLICOLOR_FORCE")
            .output()
            .expect("the program runs");
        assert!(output.stdout.is_empty() || output.status.success(), "{}: a result and an error", case.name);
        let text = format!(
            "$ vela-lang {}\nexit status {}\n{}",
            case.command,
            output.status.code().unwrap_or(-1),
            String::from_utf8_lossy(&output.stderr)
        );
        insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
            insta::assert_snapshot!(case.name.as_str(), text);
        });
    }
}
