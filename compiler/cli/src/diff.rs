//! Unified differences of texts, in the form that `cue fmt --diff` prints.

use std::fmt::Write;

use similar::{Algorithm, DiffOp, DiffTag, TextDiff};

/// Lines around a change.
const CONTEXT: usize = 3;

/// The difference between two versions of a file; `""` where there is none.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(old, new);
    let (before, after) = (diff.old_slices(), diff.new_slices());
    let mut out = format!("diff {name}.orig {name}\n--- {name}.orig\n+++ {name}\n");
    for hunk in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (hunk.first(), hunk.last()) else { continue };
        let (a, b) = (first.old_range().start, first.new_range().start);
        let (n, m) = (last.old_range().end - a, last.new_range().end - b);
        let start = |at: usize, length: usize| if length == 0 { at } else { at + 1 };
        let _ = writeln!(out, "@@ -{},{n} +{},{m} @@", start(a, n), start(b, m));
        for op in &hunk {
            lines(&mut out, op, before, after);
        }
    }
    out
}

fn lines(out: &mut String, op: &DiffOp, before: &[&str], after: &[&str]) {
    let mut some = |sign: char, lines: &[&str]| {
        for line in lines {
            out.push(sign);
            out.push_str(line);
            if !line.ends_with('\n') {
                out.push_str("\n\\ No newline at end of file\n");
            }
        }
    };
    match op.tag() {
        DiffTag::Equal => some(' ', &before[op.old_range()]),
        DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
            some('-', &before[op.old_range()]);
            some('+', &after[op.new_range()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn hunks() {
        assert_eq!(unified("f", "a\n", "a\n"), "");
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
        let new = "1\n2\n3\nX\n5\n6\n7\n8\n9\n10\n11\n12";
        assert_eq!(
            unified("f", old, new),
            "diff f.orig f\n--- f.orig\n+++ f\n@@ -1,7 +1,7 @@\n 1\n 2\n 3\n-4\n+X\n 5\n 6\n 7\n\
             @@ -9,4 +9,4 @@\n 9\n 10\n 11\n-12\n+12\n\\ No newline at end of file\n"
        );
        assert_eq!(unified("f", "", "a\n"), "diff f.orig f\n--- f.orig\n+++ f\n@@ -0,0 +1,1 @@\n+a\n");
    }
}
