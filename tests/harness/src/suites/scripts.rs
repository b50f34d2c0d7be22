//! The suite `scripts`: the project's own command-line scripts, `tests/scripts/*.txtar`, in the language of
//! [`crate::script`].

use super::Run;
use super::pages::PASS;
use crate::board::{Case, Checks, Style, Suite};
use crate::txtar::Archive;
use crate::{places, pool, script};

/// Runs the suite. Standard error counts as much as the rest.
pub fn run(run: &Run) -> Result<Suite, String> {
    let mut files = places::files(&run.root.join("tests/scripts"), "txtar");
    files.retain(|path| run.wants(&format!("scripts/{}", places::stem(path))));
    let cases = pool::run(
        &files,
        || (),
        |(), path| {
            let mut all = Checks::default();
            let done = std::fs::read_to_string(path)
                .map_err(|e| e.to_string())
                .and_then(|text| script::run(&Archive::parse(&text), run.product, &mut all));
            let ok = done.is_ok() && !all.any_failed();
            let difference = all.first.iter_mut().find_map(Option::take);
            let mut checks = Checks::default();
            checks.check(0, ok, || difference.unwrap_or_else(|| super::cue::texts("script", "", "")));
            Case { id: format!("scripts/{}", places::stem(path)), checks, fault: done.err() }
        },
    );
    Ok(Suite { name: "scripts".to_owned(), columns: PASS, style: Style::Tiers, cases })
}
