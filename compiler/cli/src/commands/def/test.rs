//! `def test`: the tests that stand beside definitions, and how much of the templates they reach.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use vela_diagnostics::catalogue::cli::WRITE;
use vela_diagnostics::catalogue::definitions::{TEST_FAILED, TEST_FILE};
use vela_diagnostics::render::escape_xml;
use vela_diagnostics::{Diagnostic, Sources, Span};
use vela_oam::build::Source;
use vela_oam::definition::{Definition, cue_form, object_form};
use vela_oam::document;
use vela_oam::engine::{Condition, Engine};
use vela_oam::trial::{self, Expected, Made, Tests};

use crate::definitions::Metadata;
use crate::engine::engine;
use crate::inputs::TESTS;
use crate::status::Status;
use crate::terminal::Shown;
use crate::{diff, files, inputs};

/// Arguments.
#[derive(Clone, Debug, Args)]
pub struct Test {
    /// Definitions, files of tests (NAME.test.yaml), or folders of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<String>,
    /// Only cases whose name contains this.
    #[arg(long, value_name = "TEXT")]
    case: Option<String>,
    /// Write the results into the files of tests.
    #[arg(long)]
    update: bool,
    /// Fail where less than this part of the branches was seen, in percent.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    min_coverage: Option<u8>,
    /// Write the results as JUnit XML into this file.
    #[arg(long, value_name = "FILE")]
    junit: Option<String>,
}

/// What came of one case.
struct Ran {
    name: Arc<str>,
    /// What is wrong; `None` for a case that passed.
    wrong: Option<String>,
    /// Whether it was written anew.
    updated: bool,
}

/// What came of the tests of one definition.
struct Report {
    name: String,
    file: String,
    ran: Vec<Ran>,
    /// Of every branch, its condition's place and text, which side it is, and whether it was seen.
    branches: Vec<(u32, u32, String, bool, bool)>,
}

impl Report {
    fn passed(&self) -> usize {
        self.ran.iter().filter(|r| r.wrong.is_none()).count()
    }

    fn seen(&self) -> usize {
        self.branches.iter().filter(|b| b.4).count()
    }
}

/// Runs the tests.
pub fn run(command: &Test, shown: &Shown) -> Status {
    let mut faults = Vec::new();
    let found = test_files(&command.paths, &mut faults);
    if faults.is_empty() && found.is_empty() {
        let text = format!("there are no tests in {}", command.paths.join(", "));
        let help = "tests of `scaler.cue` stand in `scaler.test.yaml` beside it";
        faults.push(Diagnostic::error(TEST_FILE, text).help(help));
    }
    if !faults.is_empty() {
        shown.report(faults, &Sources::new());
        return Status::Environment;
    }
    let (mut sources, mut diagnostics, mut reports) = (Sources::new(), Vec::new(), Vec::new());
    let mut engine = engine();
    for file in &found {
        match one(file, command, &mut *engine, &mut sources) {
            Ok((report, failures)) => {
                diagnostics.extend(failures);
                reports.push(report);
            }
            Err(more) => diagnostics.extend(more),
        }
    }
    let (all, seen) = (
        reports.iter().map(|r| r.branches.len()).sum::<usize>(),
        reports.iter().map(Report::seen).sum::<usize>(),
    );
    if let Some(least) = command.min_coverage
        && seen * 100 < all * usize::from(least)
    {
        let text = format!("{seen} of {all} branches were seen, which is less than {least} %");
        diagnostics.push(Diagnostic::error(TEST_FAILED, text));
    }
    let failed = !diagnostics.is_empty();
    shown.report(diagnostics, &sources);
    if let Some(path) = &command.junit
        && let Err(e) = files::replace(Path::new(path), junit(&reports).as_bytes())
    {
        let fault = Diagnostic::error(WRITE, format!("cannot write {path}: {e}"));
        shown.report(vec![fault], &Sources::new());
        return Status::Environment;
    }
    match files::print(text(&reports, seen, all).as_bytes()) {
        Err(_) => Status::Environment,
        Ok(()) if failed => Status::Findings,
        Ok(()) => Status::Done,
    }
}

/// The files of tests that the paths lead to, in order.
fn test_files(paths: &[String], faults: &mut Vec<Diagnostic>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut add = |path: String| {
        if !out.contains(&path) {
            out.push(path);
        }
    };
    for path in paths {
        if Path::new(path).is_dir() {
            inputs::tests(path, faults).into_iter().for_each(&mut add);
        } else if path.ends_with(TESTS) {
            add(path.clone());
        } else {
            let base = path.rsplit_once('.').filter(|(_, e)| matches!(*e, "cue" | "yaml" | "yml" | "json"));
            let beside = format!("{}{TESTS}", base.map_or(path.as_str(), |(b, _)| b));
            if Path::new(&beside).is_file() {
                add(beside);
            }
        }
    }
    out
}

/// The definition that a file of tests is about: the file beside it.
fn subject(
    tests: &str,
    engine: &mut dyn Engine,
    sources: &mut Sources,
) -> Result<(String, Definition), Vec<Diagnostic>> {
    let base = tests.strip_suffix(TESTS).unwrap_or(tests);
    let there = ["cue", "yaml", "yml", "json"].iter().map(|e| format!("{base}.{e}"));
    let Some(path) = there.into_iter().find(|p| Path::new(p).is_file()) else {
        let text = format!("there is no definition beside {tests}: neither {base}.cue nor {base}.yaml");
        return Err(vec![Diagnostic::error(TEST_FILE, text)]);
    };
    let mut faults = Vec::new();
    let Some(Source { name, text }) = inputs::read_one(&path, &mut faults) else { return Err(faults) };
    let id = sources.add(name.clone(), text.clone());
    let none =
        || vec![Diagnostic::error(TEST_FILE, format!("{path} is no definition")).at(id, Span::default())];
    if path.ends_with(".cue") {
        let read = cue_form::read(id, &name, text, &mut Metadata(engine))?;
        return read.definition().ok_or_else(none).map(|d| (name.to_string(), d));
    }
    let (documents, faults) = document::read(id, &name, &text);
    if faults.iter().any(|f| f.severity == vela_diagnostics::Severity::Error) {
        return Err(faults);
    }
    for document in &documents {
        match object_form::read(document, sources) {
            Some(Ok(object_form::Object::Definition(definition))) => return Ok((path, definition)),
            Some(Err(faults)) => return Err(faults),
            Some(Ok(object_form::Object::Revision(_))) | None => {}
        }
    }
    Err(none())
}

fn one(
    path: &str,
    command: &Test,
    engine: &mut dyn Engine,
    sources: &mut Sources,
) -> Result<(Report, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (file, definition) = subject(path, engine, sources)?;
    let mut faults = Vec::new();
    let Some(Source { name, text }) = inputs::read_one(path, &mut faults) else { return Err(faults) };
    let id = sources.add(name.clone(), text.clone());
    let (documents, faults) = document::read(id, &name, &text);
    if faults.iter().any(|f| f.severity == vela_diagnostics::Severity::Error) {
        return Err(faults);
    }
    let Some(document) = documents.first() else {
        return Err(vec![Diagnostic::error(TEST_FILE, "the file of tests is empty").at(id, Span::default())]);
    };
    let tests = trial::read(document)?;
    let mut conditions: Vec<Condition> = Vec::new();
    let mut results: Vec<(usize, Made)> = Vec::new();
    for (at, case) in tests.cases.iter().enumerate() {
        if command.case.as_ref().is_some_and(|c| !case.name.contains(c.as_str())) {
            continue;
        }
        let made = trial::run(&definition, case, engine, &mut |engine, request| {
            join(&mut conditions, engine.conditions(request));
        });
        results.push((at, made));
    }
    let kind = definition.kind.word();
    let mut report =
        Report { name: format!("{kind}/{}", definition.name), file, ran: Vec::new(), branches: Vec::new() };
    let failures = judge(command, path, &text, &tests, &results, &mut report)?;
    let template = definition.template.as_ref().map(|t| (t.source, t.text.clone()));
    if let Some((source, text)) = template {
        for condition in conditions {
            let (line, column) = sources.line_col(source, condition.span.start);
            for side in [false, true] {
                let seen = condition.seen[usize::from(side)];
                report.branches.push((line, column, condition.span.of(&text).to_owned(), side, seen));
            }
        }
    }
    Ok((report, failures))
}

/// Puts what several requests decided together.
fn join(all: &mut Vec<Condition>, more: Vec<Condition>) {
    for one in more {
        match all.iter_mut().find(|c| c.span == one.span) {
            Some(known) => {
                for (known, new) in known.seen.iter_mut().zip(one.seen) {
                    *known |= new;
                }
            }
            None => all.push(one),
        }
    }
}

/// Compares results with what is expected, and writes them into the file where that is wanted.
fn judge(
    command: &Test,
    path: &str,
    text: &str,
    tests: &Tests,
    results: &[(usize, Made)],
    report: &mut Report,
) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
    let mut failures = Vec::new();
    let wrong: Vec<(usize, Made)> =
        results.iter().filter(|(at, made)| !tests.cases[*at].fits(made)).cloned().collect();
    if command.update && !wrong.is_empty() {
        let new = trial::updated(text, tests, &wrong).map_err(|(at, message)| {
            vec![Diagnostic::error(TEST_FILE, message).at(tests.source, tests.cases[at].span)]
        })?;
        if let Err(e) = files::replace(Path::new(path), new.as_bytes()) {
            return Err(vec![Diagnostic::error(WRITE, format!("cannot write {path}: {e}"))]);
        }
    }
    for (at, made) in results {
        let case = &tests.cases[*at];
        let fits = case.fits(made);
        let mut ran = Ran { name: case.name.clone(), wrong: None, updated: !fits && command.update };
        if !fits && !command.update {
            let (message, difference) = difference(case.expected.as_ref(), made, &report.name, &case.name);
            let mut failure = Diagnostic::error(TEST_FAILED, message.clone());
            failure = failure.at(tests.source, case.result_span.unwrap_or(case.span));
            ran.wrong = Some(format!("{message}\n{difference}"));
            if !difference.is_empty() {
                failure = failure.note(difference);
            }
            failures.push(failure.help("where this is right, `def test --update` writes it down"));
        }
        report.ran.push(ran);
    }
    Ok(failures)
}

/// What differs, in a sentence and in full.
fn difference(expected: Option<&Expected>, made: &Made, name: &str, case: &str) -> (String, String) {
    let got = trial::written(made, 0);
    match (expected, made) {
        (None, _) => (format!("{name}: case `{case}` expects nothing yet"), got),
        (Some(Expected::Error(text)), Ok(_)) => {
            (format!("{name}: case `{case}` expects the error `{text}`, but gives objects"), got)
        }
        (Some(Expected::Error(text)), Err(error)) => (
            format!("{name}: case `{case}` expects the error `{text}`, but gives another one"),
            error.clone(),
        ),
        (Some(Expected::Objects(_)), Err(error)) => {
            (format!("{name}: case `{case}` expects objects, but fails"), error.clone())
        }
        (Some(Expected::Objects(objects)), Ok(_)) => {
            let wanted = trial::written(&Ok(sorted(objects)), 0);
            let got = made.as_ref().map(|m| trial::written(&Ok(sorted(m)), 0)).unwrap_or_default();
            let difference = diff::unified("expect", &format!("{wanted}\n"), &format!("{got}\n"));
            let lines: Vec<&str> = difference.lines().skip(3).collect();
            (format!("{name}: case `{case}` gives other objects"), lines.join("\n"))
        }
    }
}

/// Fields in the order of their names: their order is no difference.
fn sorted(value: &vela_oam::data::Value) -> vela_oam::data::Value {
    vela_oam::data::through_json(value)
}

fn text(reports: &[Report], seen: usize, all: usize) -> String {
    let mut out = String::new();
    let width = reports.iter().map(|r| r.name.len()).max().unwrap_or(0);
    for report in reports {
        let (passed, total) = (report.passed(), report.ran.len());
        let verdict = if passed == total { "ok    " } else { "FAILED" };
        let _ = writeln!(
            out,
            "{verdict}  {:width$}  {passed} of {total} cases, {} of {} branches",
            report.name,
            report.seen(),
            report.branches.len()
        );
        for ran in report.ran.iter().filter(|r| r.wrong.is_some() || r.updated) {
            let what = if ran.updated { "updated" } else { "failed" };
            let _ = writeln!(out, "        {what}: {}", ran.name);
        }
        for (line, column, text, side, _) in report.branches.iter().filter(|b| !b.4) {
            let text = text.lines().next().unwrap_or("");
            let _ = writeln!(out, "        {}:{line}:{column}: never {side}: {text}", report.file);
        }
    }
    let (passed, total): (usize, usize) =
        reports.iter().fold((0, 0), |(p, t), r| (p + r.passed(), t + r.ran.len()));
    let percent = (seen * 100).checked_div(all).unwrap_or(100);
    let _ = writeln!(out, "{passed} of {total} cases passed; {seen} of {all} branches seen ({percent} %)");
    out
}

fn junit(reports: &[Report]) -> String {
    let total: usize = reports.iter().map(|r| r.ran.len()).sum();
    let failed: usize = reports.iter().map(|r| r.ran.len() - r.passed()).sum();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{total}\" failures=\"{failed}\">\n"
    );
    for report in reports {
        let name = escape_xml(&report.name);
        let _ = writeln!(
            out,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\">\n    <properties>\n      \
             <property name=\"branches\" value=\"{}\"/>\n      <property name=\"branches-seen\" value=\"{}\"/>\n    \
             </properties>",
            report.ran.len(),
            report.ran.len() - report.passed(),
            report.branches.len(),
            report.seen()
        );
        for ran in &report.ran {
            let case = escape_xml(&ran.name);
            let file = escape_xml(&report.file);
            let head = format!("    <testcase name=\"{case}\" classname=\"{name}\" file=\"{file}\"");
            match &ran.wrong {
                None => {
                    let _ = writeln!(out, "{head}/>");
                }
                Some(wrong) => {
                    let message = escape_xml(wrong.lines().next().unwrap_or(""));
                    let wrong = escape_xml(wrong);
                    let _ = writeln!(
                        out,
                        "{head}>\n      <failure message=\"{message}\">{wrong}</failure>\n    </testcase>"
                    );
                }
            }
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}
