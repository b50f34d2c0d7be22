//! The comparison itself: recorded results fed back as answers reach the board of `conformance/cue/README.md` exactly,
//! and damaged ones fall short.

use vela_harness::board::board;
use vela_harness::places;
use vela_harness::suites::cue;

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
