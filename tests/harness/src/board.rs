//! Scores: checks of a case, results of a suite, the printed board, and the floors below which no score may fall.

use std::fmt::Write as _;
use std::path::Path;

/// Most columns that a suite's score has (the OAM suites' five).
pub const COLUMNS: usize = 5;

/// The columns of the CUE suites.
pub const TIERS: &[&str] = &["T1", "T2", "T3", "T4"];
/// The columns of the OAM suites.
pub const OAM: &[&str] = &["convert", "dry-run", "deploy", "status", "errors"];

/// The first difference found in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where, in the words of the suite: a path into the value, a file, a line of a script.
    pub path: String,
    /// What was compared.
    pub what: String,
    /// The recorded result.
    pub expected: String,
    /// What the product gave.
    pub got: String,
}

/// The single checks of one case, counted by column.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    /// Checks that the recorded result asks for.
    pub total: [u32; COLUMNS],
    /// Those that failed, and surplus found in the answer.
    pub failed: [u32; COLUMNS],
    /// The first difference of each column.
    pub first: [Option<Difference>; COLUMNS],
}

impl Checks {
    /// Counts one check of `column`; `difference` is only called when it fails.
    pub fn check(&mut self, column: usize, ok: bool, difference: impl FnOnce() -> Difference) {
        self.total[column] += 1;
        if !ok {
            self.fail(column, difference);
        }
    }

    /// Counts a failure that no recorded check stands for: the answer says more than it should.
    pub fn fail(&mut self, column: usize, difference: impl FnOnce() -> Difference) {
        self.failed[column] += 1;
        if self.first[column].is_none() {
            self.first[column] = Some(difference());
        }
    }

    /// Checks of `column` that passed.
    pub fn passed(&self, column: usize) -> u32 {
        self.total[column].saturating_sub(self.failed[column])
    }

    /// Whether the case counts in `column`, and passes it.
    pub fn verdict(&self, column: usize) -> Option<bool> {
        (self.total[column] > 0).then_some(self.failed[column] == 0)
    }

    /// Whether any check of any column failed.
    pub fn any_failed(&self) -> bool {
        self.failed.iter().any(|&n| n > 0)
    }
}

/// One case's outcome.
#[derive(Debug, Clone)]
pub struct Case {
    /// `suite/name`.
    pub id: String,
    /// What was counted.
    pub checks: Checks,
    /// Why there was no answer to compare.
    pub fault: Option<String>,
}

/// How a suite's score is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A line a tier, counting cases.
    Tiers,
    /// The same, and a line a tier for the single checks, `name.checks`.
    TiersAndChecks,
    /// A table with a line for each area (the part of a case's id after the suite), counting single checks.
    Areas,
}

/// One suite's outcome.
#[derive(Debug, Clone)]
pub struct Suite {
    /// Its name on the board.
    pub name: String,
    /// The names of its columns.
    pub columns: &'static [&'static str],
    /// How its score is printed.
    pub style: Style,
    /// All cases that ran.
    pub cases: Vec<Case>,
}

/// One line of the board: suite, column, passed, total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score {
    /// The suite, with `.checks` for the single checks.
    pub suite: String,
    /// The tier or column.
    pub column: &'static str,
    /// How many passed.
    pub passed: u32,
    /// Of how many.
    pub total: u32,
}

impl Suite {
    /// The suite's lines of the board. A column without any check has no line.
    pub fn scores(&self) -> Vec<Score> {
        if self.style == Style::Areas {
            return self.totals();
        }
        let mut scores = Vec::new();
        for (at, column) in self.columns.iter().enumerate() {
            let verdicts: Vec<bool> = self.cases.iter().filter_map(|c| c.checks.verdict(at)).collect();
            if !verdicts.is_empty() {
                let passed = verdicts.iter().filter(|ok| **ok).count() as u32;
                scores.push(Score { suite: self.name.clone(), column, passed, total: verdicts.len() as u32 });
            }
        }
        if self.style == Style::TiersAndChecks {
            for (at, column) in self.columns.iter().enumerate() {
                let total: u32 = self.cases.iter().map(|c| c.checks.total[at]).sum();
                let passed = self.cases.iter().map(|c| c.checks.passed(at)).sum();
                if total > 0 {
                    scores.push(Score { suite: format!("{}.checks", self.name), column, passed, total });
                }
            }
        }
        scores
    }

    /// Scores of a suite with areas: the single checks of each column, and the cases that pass in all.
    fn totals(&self) -> Vec<Score> {
        let mut scores = Vec::new();
        let passed = self.cases.iter().filter(|c| !c.checks.any_failed()).count() as u32;
        let name = |column| Score { suite: self.name.clone(), column, passed: 0, total: 0 };
        scores.push(Score { passed, total: self.cases.len() as u32, ..name("cases") });
        for (at, column) in self.columns.iter().enumerate() {
            let total: u32 = self.cases.iter().map(|c| c.checks.total[at]).sum();
            let passed = self.cases.iter().map(|c| c.checks.passed(at)).sum();
            if total > 0 {
                scores.push(Score { passed, total, ..name(column) });
            }
        }
        scores
    }

    /// The suite's part of the board, as text.
    pub fn board(&self) -> String {
        if self.style != Style::Areas {
            return board(&self.scores());
        }
        let area = |case: &Case| case.id.split('/').nth(1).unwrap_or("").to_owned();
        let mut areas: Vec<String> = self.cases.iter().map(area).collect();
        areas.dedup();
        let mut out = format!("{:<26}{:>6}", self.name, "cases");
        for column in self.columns {
            let _ = write!(out, "{column:>11}");
        }
        out.push_str("    pass\n");
        for area_name in &areas {
            self.row(&mut out, area_name, |case| area(case) == *area_name);
        }
        self.row(&mut out, "total", |_| true);
        out
    }

    fn row(&self, out: &mut String, name: &str, wanted: impl Fn(&Case) -> bool) {
        let cases: Vec<&Case> = self.cases.iter().filter(|c| wanted(c)).collect();
        let _ = write!(out, "{name:<26}{:>6}", cases.len());
        for at in 0..self.columns.len() {
            let total: u32 = cases.iter().map(|c| c.checks.total[at]).sum();
            let passed: u32 = cases.iter().map(|c| c.checks.passed(at)).sum();
            let cell = if total == 0 { "-".to_owned() } else { format!("{passed}/{total}") };
            let _ = write!(out, "{cell:>11}");
        }
        let passed = cases.iter().filter(|c| !c.checks.any_failed()).count();
        let _ = writeln!(out, "{:>8.1}", 100.0 * passed as f64 / cases.len().max(1) as f64);
    }

    /// Failing cases, one a line, with the columns that fail and the first difference; with `diff` in full.
    pub fn failing(&self, diff: bool) -> String {
        let mut out = String::new();
        for case in &self.cases {
            if !case.checks.any_failed() && case.fault.is_none() {
                continue;
            }
            let columns: Vec<&str> = (0..self.columns.len())
                .filter(|&c| case.checks.failed[c] > 0)
                .map(|c| self.columns[c])
                .collect();
            let _ = write!(out, "{} [{}]", case.id, columns.join(" "));
            if let Some(fault) = &case.fault {
                let _ = writeln!(out, " {fault}");
                continue;
            }
            let mut seen = Vec::new();
            for (at, first) in case.checks.first.iter().enumerate() {
                let Some(first) = first else { continue };
                if seen.contains(&first) {
                    continue;
                }
                seen.push(first);
                if diff {
                    let _ = write!(
                        out,
                        "\n    {} {}: {}\n      expected {}\n      got      {}",
                        self.columns.get(at).unwrap_or(&""),
                        first.path,
                        first.what,
                        indent(&first.expected),
                        indent(&first.got)
                    );
                } else if seen.len() == 1 {
                    let _ = write!(out, " {}: {}", first.path, first.what);
                }
            }
            out.push('\n');
        }
        out
    }
}

fn indent(text: &str) -> String {
    text.replace('\n', "\n               ")
}

/// The board as text, `suite tier passed/total` a line.
pub fn board(scores: &[Score]) -> String {
    let mut out = String::new();
    for score in scores {
        let _ = writeln!(out, "{} {} {}/{}", score.suite, score.column, score.passed, score.total);
    }
    out
}

/// Compares scores with the floors in the TOML file at `path` (a table a suite, a number a column). Gives one message
/// for each score that fell below its floor.
pub fn below_floor(path: &Path, scores: &[Score]) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let floors: toml::Table = text.parse().map_err(|e| format!("{}: {e}", path.display()))?;
    let mut fallen = Vec::new();
    for score in scores {
        let floor =
            floors.get(&score.suite).and_then(|t| t.get(score.column)).and_then(toml::Value::as_integer);
        let floor = floor.unwrap_or(0);
        if i64::from(score.passed) < floor {
            fallen.push(format!(
                "{} {} fell to {}/{}, its floor is {floor}",
                score.suite, score.column, score.passed, score.total
            ));
        }
    }
    Ok(fallen)
}

/// The floors file raised to `scores`: a floor never sinks. Suites that did not run keep theirs.
pub fn raised(path: &Path, scores: &[Score]) -> Result<String, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut floors: toml::Table = text.parse().map_err(|e| format!("{}: {e}", path.display()))?;
    for score in scores {
        let suite =
            floors.entry(score.suite.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        let Some(suite) = suite.as_table_mut() else {
            return Err(format!("{}: {} is not a table", path.display(), score.suite));
        };
        let old = suite.get(score.column).and_then(toml::Value::as_integer).unwrap_or(0);
        let new = old.max(i64::from(score.passed));
        suite.insert(score.column.to_owned(), toml::Value::Integer(new));
    }
    let head: String =
        text.lines().take_while(|l| l.starts_with('#')).fold(String::new(), |s, l| s + l + "\n");
    let body = toml::to_string(&floors).map_err(|e| e.to_string())?;
    Ok(format!("{head}\n{body}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference() -> Difference {
        Difference { path: "a".into(), what: "kind".into(), expected: "int".into(), got: "string".into() }
    }

    #[test]
    fn a_case_without_a_check_does_not_count() {
        let mut checks = Checks::default();
        checks.check(0, true, difference);
        let case = Case { id: "s/c".into(), checks, fault: None };
        let suite =
            Suite { name: "s".into(), columns: TIERS, style: Style::TiersAndChecks, cases: vec![case] };
        assert_eq!(board(&suite.scores()), "s T1 1/1\ns.checks T1 1/1\n");
    }

    #[test]
    fn a_surplus_fails_the_case() {
        let mut checks = Checks::default();
        checks.check(1, true, difference);
        checks.fail(1, difference);
        assert_eq!(checks.verdict(1), Some(false));
        assert_eq!(checks.passed(1), 0);
    }
}
