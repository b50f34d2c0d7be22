//! Asks a real API server about what the built-in definitions render: every case of `../shared/conformance/builtin`, built by
//! the product, handed to `../shared/apiserver/apply.py`. A server takes minutes to build, so no test does this.
//!
//! ```text
//! URL=$(../shared/apiserver/up.sh start DIR)
//! cargo xtask apiserver $URL DIR/token
//! ```

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vela_harness::places;

/// Runs the task: the server's address, the file with its token, and perhaps `--bin PATH`.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let (url, token, binary) = match arguments {
        [url, token] => (url, token, places::repository().join("target/debug/vela-lang")),
        [url, token, flag, binary] if flag == "--bin" => (url, token, PathBuf::from(binary)),
        _ => return Err("expected URL TOKEN-FILE [--bin PATH]".to_owned()),
    };
    let binary = std::path::absolute(&binary).map_err(|e| format!("{}: {e}", binary.display()))?;
    let shared = places::shared().ok_or("there is no ../shared/conformance")?;
    let mut objects = Vec::new();
    let mut failed = 0;
    for definition in places::folders(&shared.join("conformance/builtin/cases")) {
        for case in places::folders(&definition) {
            match build(&binary, &case)? {
                Some(list) => objects.extend(list),
                None => failed += 1,
            }
        }
    }
    println!("{failed} cases render nothing: most are recorded errors");
    let mut apply = Command::new("python3")
        .arg(shared.join("apiserver/apply.py"))
        .args([url, token])
        .stdin(Stdio::piped())
        .spawn()
        .map_err(|e| format!("python3: {e}"))?;
    if let Some(input) = &mut apply.stdin {
        input.write_all(&objects).map_err(|e| format!("apply.py: {e}"))?;
    }
    drop(apply.stdin.take());
    // Refusals are what the task is to show; they are no failure of it.
    apply.wait().map(drop).map_err(|e| format!("apply.py: {e}"))
}

/// The objects of a case as a List in JSON; `None` where it renders nothing.
fn build(binary: &Path, case: &Path) -> Result<Option<Vec<u8>>, String> {
    let mut command = Command::new(binary);
    command.current_dir(case).args(["build", "app.yaml", "-o", "json", "--validate", "off"]);
    if case.join("clusters.yaml").exists() {
        command.args(["--clusters", "clusters.yaml"]);
    }
    let output = command.output().map_err(|e| format!("{}: {e}", binary.display()))?;
    Ok(output.status.success().then_some(output.stdout))
}
