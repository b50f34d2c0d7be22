//! The comparison itself: recorded results fed back as answers reach the board of `conformance/cue/README.md` exactly,
//! and damaged ones fall short.

use vela_harness::board::board;
use vela_harness::places;
use vela_harness::suites::{cue, oam};

use serde_json::Value;

const BOARD: &str = "\
eval T1 303/303
eval T2 293/293
eval T3 208/208
eval T4 147/147
eval.checks T1 19059/19059
eval.checks T2 14515/14515
eval.checks T3 3021/3021
eval.checks T4 730/730
builtins T1 36/36
builtins T2 36/36
builtins T3 25/25
builtins T4 23/23
builtins.checks T1 2730/2730
builtins.checks T2 1493/1493
builtins.checks T3 289/289
builtins.checks T4 122/122
vectors T1 5966/5966
vectors T2 4202/4202
vectors T3 4172/4172
vectors T4 3527/3527
vectors.checks T1 7204/7204
vectors.checks T2 4411/4411
vectors.checks T3 4188/4188
vectors.checks T4 3527/3527
syntax T1 3041/3041
syntax T3 1174/1174
syntax T4 1174/1174
literals T1 419/419
literals T2 20/20
literals T3 198/198
literals T4 179/179
fmt T1 937/937
permute T1 142/142
";

#[test]
fn recorded_results_reach_the_board() {
    let Some(shared) = places::shared() else {
        eprintln!("no conformance suites beside the project: nothing to compare");
        return;
    };
    let mut scores = Vec::new();
    let mut failing = String::new();
    for name in ["eval", "builtins", "vectors", "syntax", "literals", "fmt", "permute"] {
        let tasks = cue::read(name, &shared.join("conformance/cue")).expect("the suite can be read");
        let cases = tasks
            .iter()
            .map(|task| {
                let answers: Vec<_> = cue::recorded_answers(task).into_iter().map(Ok).collect();
                cue::judge(task, &answers)
            })
            .collect();
        let suite = cue::suite(name, cases);
        failing.push_str(&suite.failing(true));
        scores.extend(suite.scores());
    }
    assert_eq!(failing, "");
    assert_eq!(board(&scores), BOARD);
}

#[test]
fn recorded_plans_pass() {
    let Some(shared) = places::shared() else { return };
    for (name, place) in [("oam", "conformance/oam"), ("definitions", "conformance/builtin/cases")] {
        let tasks = oam::read(name, &shared.join(place)).expect("the suite can be read");
        assert!(tasks.len() > 100, "{name}: only {} cases", tasks.len());
        let cases =
            tasks.iter().map(|task| oam::judge(task, &oam::recorded_answers(task), &mut |_| None)).collect();
        let suite = oam::suite(name, cases);
        assert_eq!(suite.failing(true), "");
        eprintln!("{}", suite.board());
    }
}

/// Changes the `n`th leaf of `value` that `compared` names; false when there are fewer.
fn damage(value: &mut Value, n: &mut usize, key: &str, compared: &dyn Fn(&str) -> bool) -> bool {
    match value {
        // Nothing is recorded there, so nothing is compared.
        Value::Object(members) if members.get("k").is_some_and(|k| k == "cut") => false,
        Value::Object(members) => members
            .iter_mut()
            .filter(|(k, _)| !matches!(k.as_str(), "format" | "oracle" | "compare" | "olderEvaluator"))
            .any(|(k, member)| damage(member, n, k, compared)),
        Value::Array(items) => items.iter_mut().any(|item| damage(item, n, key, compared)),
        leaf if compared(key) => {
            if *n > 0 {
                *n -= 1;
                return false;
            }
            *leaf = match leaf {
                Value::Bool(b) => Value::Bool(!*b),
                Value::Number(_) => Value::from(987_654_321),
                Value::String(s) => Value::String(format!("9{s}")),
                _ => Value::from("damaged"),
            };
            true
        }
        _ => false,
    }
}

/// Every value, kind, class, flag and text that is recorded outside of alternatives counts: a change of any of them is
/// noticed. Leaves are taken at even distances, about forty a case.
#[test]
fn damaged_values_fail() {
    let Some(shared) = places::shared() else { return };
    let mut tried = 0;
    for name in ["eval", "builtins"] {
        for task in cue::read(name, &shared.join("conformance/cue")).expect("the suite can be read") {
            let Some(answer) = cue::recorded_answers(&task).pop() else { continue };
            if answer.get("load").is_some() {
                continue;
            }
            let compared = |key: &str| {
                matches!(key, "v" | "k" | "class" | "closed" | "f" | "d" | "h" | "c" | "ok" | "json" | "open")
            };
            for step in 0..40 {
                let mut damaged = answer.clone();
                if !damage(&mut damaged["value"], &mut (step * 3), "", &compared) {
                    break;
                }
                tried += 1;
                let case = cue::judge(&task, &[Ok(damaged.clone())]);
                assert!(case.checks.any_failed(), "{}: leaf {} may change unnoticed", task.id, step * 3);
            }
        }
    }
    assert!(tried > 4000, "only {tried} changes tried");
}

#[test]
fn damaged_plans_fail() {
    let Some(shared) = places::shared() else { return };
    let mut tried = 0;
    for (name, place) in [("oam", "conformance/oam"), ("definitions", "conformance/builtin/cases")] {
        for task in oam::read(name, &shared.join(place)).expect("the suite can be read") {
            let free = task.expected["compare"]["free"].to_string();
            if free.contains("renders") || free.contains("crash") {
                continue;
            }
            for step in 0..12 {
                let mut answers = oam::recorded_answers(&task);
                let Some(Ok(plan)) = answers.deploy.as_mut().map(|a| a.value.as_mut()) else { continue };
                // Texts of errors are free.
                let compared = |key: &str| {
                    !matches!(key, "text" | "phase" | "class" | "paths" | "component" | "trait" | "error")
                };
                if !damage(plan, &mut (step * 5), "", &compared) {
                    break;
                }
                tried += 1;
                let case = oam::judge(&task, &answers, &mut |_| None);
                let noticed = case.checks.any_failed();
                assert!(noticed, "{}: leaf {} may change unnoticed", task.id, step * 5);
            }
        }
    }
    assert!(tried > 3000, "only {tried} changes tried");
}
