//! The cases of a definition, as `vela-lang def test` runs them: those of `scaler.cue` stand in `scaler.test.yaml` beside it.
//! A code lens says how many there are, its command runs them with texts as they are in the editor.

use std::sync::Arc;

use vela_db::{Db, EMBEDDED, File, facts};
use vela_diagnostics::SourceId;
use vela_oam::document;
use vela_oam::evaluator::Evaluator;
use vela_oam::trial::{self, Expected, Tests};

/// What came of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ran {
    /// The case.
    pub name: String,
    /// What is wrong; `None` for a case that passed.
    pub wrong: Option<String>,
    /// What the definition made, as it would stand in the file.
    pub made: String,
}

/// Where the tests of a file stand, and their text; nothing where there are none.
fn beside(db: &dyn Db, file: File) -> Option<(String, Arc<str>)> {
    let path = file.path(db);
    let (base, _) = path.rsplit_once('.').filter(|_| !path.starts_with(EMBEDDED))?;
    let tests = format!("{base}.test.yaml");
    let open = db.file_at(&tests).filter(|f| db.workspace().files(db).contains(f));
    let text = match open {
        Some(open) => open.text(db).clone(),
        None => vela_load::decode(&db.outside().read(&tests).ok()?),
    };
    Some((tests, text))
}

fn tests(db: &dyn Db, file: File) -> Result<Option<Tests>, Vec<String>> {
    let Some((path, text)) = beside(db, file) else { return Ok(None) };
    let (documents, _) = document::read(SourceId(0), &path, &text);
    let Some(document) = documents.first() else { return Ok(None) };
    let told = |faults: Vec<vela_diagnostics::Diagnostic>| faults.into_iter().map(|f| f.message).collect();
    trial::read(document).map(Some).map_err(told)
}

/// How many cases a definition has.
pub fn count(db: &dyn Db, file: File) -> usize {
    tests(db, file).ok().flatten().map_or(0, |tests| tests.cases.len())
}

/// Runs the cases of the definition in a file. The error tells why none can be run.
pub fn run(db: &dyn Db, file: File) -> Result<Vec<Ran>, Vec<String>> {
    let none = |text: &str| vec![text.to_owned()];
    let tests = tests(db, file)?.ok_or_else(|| none("there are no tests beside the definition"))?;
    let definition = facts::definition(db, file).ok_or_else(|| none("the definition cannot be read"))?;
    let mut engine = Evaluator::new();
    let one = |case: &trial::Case| {
        db.unwind_if_revision_cancelled();
        let made = trial::run(&definition, case, &mut engine, &mut |_, _| {});
        let wrong = match (&case.expected, &made) {
            _ if case.fits(&made) => None,
            (None, _) => Some("it expects nothing yet".to_owned()),
            (Some(Expected::Error(text)), Ok(_)) => {
                Some(format!("it gives objects, and not an error with `{text}`"))
            }
            (_, Err(error)) => Some(error.clone()),
            (Some(Expected::Objects(_)), Ok(_)) => Some("it gives other objects".to_owned()),
        };
        Ran { name: case.name.to_string(), wrong, made: trial::written(&made, 0) }
    };
    Ok(tests.cases.iter().map(one).collect())
}
