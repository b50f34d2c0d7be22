//! The suite `cli`: command-line scripts, T1 exit status and standard output, T3 standard error too.

use std::path::Path;

use super::Run;
use crate::board::{Case, Checks, Style, Suite, TIERS};
use crate::txtar::Archive;
use crate::{places, pool, script};

/// Runs the suite.
pub fn run(shared: &Path, run: &Run) -> Result<Suite, String> {
    let mut scripts = places::files(&shared.join("conformance/cue/cli/scripts"), "txtar");
    scripts.retain(|path| run.wants(&format!("cli/{}", places::stem(path))));
    let cases = pool::run(
        &scripts,
        || (),
        |(), path| {
            let mut checks = Checks::default();
            let done = std::fs::read_to_string(path)
                .map_err(|e| e.to_string())
                .and_then(|text| script::run(&Archive::parse(&text), run.product, &mut checks));
            Case { id: format!("cli/{}", places::stem(path)), checks, fault: done.err() }
        },
    );
    Ok(Suite { name: "cli".to_owned(), columns: TIERS, style: Style::Tiers, cases })
}
