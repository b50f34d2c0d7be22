//! Compares value trees: the nodes that `conformance/cue/README.md` defines, check by check and tier by tier.
//!
//! What counts follows that page; how often it counts follows its board, which the recorded results reach exactly when
//! they are fed back as answers (a test does so). A node counts one T1 check for kind and value; lists count their
//! length, and nodes with regular fields their names (not below field constraints). Below `or`, `rest` and pattern
//! constraints nothing is counted one by one: the whole is one T2 check.

use serde_json::Value;

use crate::board::{Checks, Difference};
use crate::number;

/// Column of tier 1.
pub const T1: usize = 0;
/// Column of tier 2.
pub const T2: usize = 1;
/// Column of tier 3.
pub const T3: usize = 2;
/// Column of tier 4.
pub const T4: usize = 3;

/// Compares the tree `got` with the recorded tree `expected`, counting into `checks`.
pub fn compare(expected: &Value, got: Option<&Value>, checks: &mut Checks) {
    Comparison { checks, path: String::new() }.node(expected, got, false);
}

/// The member `name` as text, empty if absent.
pub fn text<'a>(node: &'a Value, name: &str) -> &'a str {
    node.get(name).and_then(Value::as_str).unwrap_or("")
}

/// The member `name` as a list, empty if absent.
pub fn list<'a>(node: &'a Value, name: &str) -> &'a [Value] {
    node.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Compares the errors of a load that fails: message in T3, positions in T4, of the first error.
pub fn first_error(expected: &[Value], got: &[Value], path: &str, checks: &mut Checks) {
    let none = Value::Null;
    let want = expected.first().unwrap_or(&none);
    let have = got.first().unwrap_or(&none);
    let said = have.is_object() && text(want, "msg") == text(have, "msg");
    checks.check(T3, said, || Difference {
        path: path.to_owned(),
        what: "message".to_owned(),
        expected: text(want, "msg").to_owned(),
        got: text(have, "msg").to_owned(),
    });
    if !list(want, "pos").is_empty() {
        checks.check(T4, list(want, "pos") == list(have, "pos"), || Difference {
            path: path.to_owned(),
            what: "positions".to_owned(),
            expected: brief(want.get("pos").unwrap_or(&none)),
            got: brief(have.get("pos").unwrap_or(&none)),
        });
    }
}

struct Comparison<'c> {
    checks: &'c mut Checks,
    path: String,
}

impl Comparison<'_> {
    /// Counts one check at the current path.
    fn check(
        &mut self,
        tier: usize,
        ok: bool,
        what: &str,
        expected: impl FnOnce() -> String,
        got: impl FnOnce() -> String,
    ) {
        let path = &self.path;
        self.checks.check(tier, ok, || Difference {
            path: shown(path),
            what: what.to_owned(),
            expected: expected(),
            got: got(),
        });
    }

    /// Counts surplus in the answer.
    fn surplus(&mut self, tier: usize, what: &str, got: impl FnOnce() -> String) {
        let path = &self.path;
        self.checks.fail(tier, || Difference {
            path: shown(path),
            what: format!("surplus {what}"),
            expected: "none".to_owned(),
            got: got(),
        });
    }

    /// Compares one node. `got` is absent where the answer has none or differs further up: every check then fails.
    /// `constraint` is whether the node stands below a field constraint.
    fn node(&mut self, expected: &Value, got: Option<&Value>, constraint: bool) {
        let kind = text(expected, "k");
        if kind == "cut" {
            return;
        }
        let same_kind = got.is_some_and(|g| text(g, "k") == kind);
        let no_fields = kind == "struct" && expected.get("f").is_none();
        let value = same_kind && got.is_some_and(|g| same_scalar(kind, expected, g));
        let names = !no_fields || got.is_none_or(|g| list(g, "f").is_empty());
        let what = if !same_kind {
            "kind"
        } else if !value {
            "value"
        } else {
            "fields of a struct without"
        };
        self.check(T1, value && names, what, || brief(expected), || got.map_or("nothing".to_owned(), brief));
        let got = if same_kind { got } else { None };
        match kind {
            "bottom" => self.bottom(expected, got),
            "open" => self.open(expected, got),
            "list" => self.list(expected, got),
            "struct" => {
                let flags = |n: &Value| (n.get("closed").is_some_and(is_true), text(n, "bad").to_owned());
                let ok = got.is_some_and(|g| flags(g) == flags(expected));
                self.check(
                    T2,
                    ok,
                    "closed, bad",
                    || format!("{:?}", flags(expected)),
                    || got.map_or("nothing".to_owned(), |g| format!("{:?}", flags(g))),
                );
            }
            "float" => {
                let ok = got.is_some_and(|g| text(g, "v") == text(expected, "v"));
                self.check(
                    T3,
                    ok,
                    "text of a number",
                    || text(expected, "v").to_owned(),
                    || got.map_or("nothing", |g| text(g, "v")).to_owned(),
                );
            }
            _ => {}
        }
        self.members(expected, got, constraint);
    }

    fn bottom(&mut self, expected: &Value, got: Option<&Value>) {
        let ok = got.is_some_and(|g| text(g, "class") == text(expected, "class"));
        self.check(
            T2,
            ok,
            "error class",
            || text(expected, "class").to_owned(),
            || got.map_or("nothing", |g| text(g, "class")).to_owned(),
        );
        let path = shown(&self.path);
        // A recorded tree without texts (`permute`) has no `err`.
        if expected.get("err").is_some() {
            first_error(list(expected, "err"), got.map_or(&[], |g| list(g, "err")), &path, self.checks);
        }
    }

    fn open(&mut self, expected: &Value, got: Option<&Value>) {
        let ok = got.is_some_and(|g| kinds(g) == kinds(expected));
        self.check(
            T2,
            ok,
            "kinds",
            || format!("{:?}", kinds(expected)),
            || got.map_or("nothing".to_owned(), |g| format!("{:?}", kinds(g))),
        );
        if expected.get("or").is_some() {
            let ok = got.is_some_and(|g| matched(list(expected, "or"), list(g, "or")));
            self.check(
                T2,
                ok,
                "alternatives",
                || brief(expected),
                || got.map_or("nothing".to_owned(), brief),
            );
        } else if let Some(got) = got.filter(|g| g.get("or").is_some()) {
            self.surplus(T2, "alternatives", || brief(got));
        }
        if expected.get("s").is_some() {
            let ok = got.is_some_and(|g| text(g, "s") == text(expected, "s"));
            self.check(
                T3,
                ok,
                "normal form",
                || text(expected, "s").to_owned(),
                || got.map_or("nothing", |g| text(g, "s")).to_owned(),
            );
        }
        match (expected.get("def"), got.and_then(|g| g.get("def"))) {
            (None, None) => {}
            (None, Some(def)) => self.surplus(T1, "default", || brief(def)),
            (Some(want), have) => {
                let depth = self.enter(".(default)");
                if text(want, "k") == "open" {
                    // A default that is itself not concrete counts as a whole.
                    let open = have.filter(|h| text(h, "k") == "open");
                    self.check(
                        T1,
                        open.is_some(),
                        "kind of the default",
                        || brief(want),
                        || have.map_or("nothing".to_owned(), brief),
                    );
                    let ok = open.is_some_and(|h| alike(want, h));
                    self.check(
                        T2,
                        ok,
                        "default",
                        || brief(want),
                        || have.map_or("nothing".to_owned(), brief),
                    );
                } else {
                    self.node(want, have, false);
                }
                self.path.truncate(depth);
            }
        }
    }

    fn list(&mut self, expected: &Value, got: Option<&Value>) {
        let want = list(expected, "e").len();
        let have = got.map(|g| list(g, "e").len());
        self.check(
            T1,
            have == Some(want),
            "number of elements",
            || want.to_string(),
            || have.map_or("nothing".to_owned(), |n| n.to_string()),
        );
        let flags = |n: &Value| (n.get("open").is_some_and(is_true), text(n, "bad").to_owned());
        let ok = got.is_some_and(|g| flags(g) == flags(expected));
        self.check(
            T2,
            ok,
            "open, bad",
            || format!("{:?}", flags(expected)),
            || got.map_or("nothing".to_owned(), |g| format!("{:?}", flags(g))),
        );
        match (expected.get("rest"), got.and_then(|g| g.get("rest"))) {
            (None, None) => {}
            (None, Some(rest)) => self.surplus(T2, "type of further elements", || brief(rest)),
            (Some(want), have) => {
                let ok = have.is_some_and(|h| alike(want, h));
                self.check(
                    T2,
                    ok,
                    "type of further elements",
                    || brief(want),
                    || have.map_or("nothing".to_owned(), brief),
                );
            }
        }
    }

    /// The members that any node may carry.
    fn members(&mut self, expected: &Value, got: Option<&Value>, constraint: bool) {
        self.fields(expected, got, constraint);
        // Members of other errors are not recorded, so an answer may have them or not.
        let unrecorded =
            text(expected, "k") == "bottom" && !matches!(text(expected, "class"), "incomplete" | "cycle");
        for (member, what) in [("d", "definitions"), ("h", "hidden fields"), ("c", "field constraints")] {
            let want = list(expected, member);
            let have = got.map_or(&[][..], |g| list(g, member));
            if want.is_empty() {
                if !have.is_empty() && !unrecorded {
                    self.surplus(T2, what, || format!("{:?}", labels(have)));
                }
                continue;
            }
            let ok = sorted(labels(want)) == sorted(labels(have));
            self.check(T2, ok, what, || format!("{:?}", labels(want)), || format!("{:?}", labels(have)));
            for (at, entry) in want.iter().enumerate() {
                let label = label_of(entry);
                let child = find(have, at, &label).and_then(node_of);
                let depth = self.enter(&format!(".{label}"));
                self.node(node_of(entry).unwrap_or(&Value::Null), child, constraint || member == "c");
                self.path.truncate(depth);
            }
        }
        let want = list(expected, "p");
        let have = got.map_or(&[][..], |g| list(g, "p"));
        if !want.is_empty() {
            self.check(
                T2,
                patterns_match(want, have),
                "pattern constraints",
                || brief_list(want),
                || brief_list(have),
            );
        } else if !have.is_empty() && !unrecorded {
            self.surplus(T2, "pattern constraints", || brief_list(have));
        }
        for (at, element) in list(expected, "e").iter().enumerate() {
            let depth = self.enter(&format!(".{at}"));
            self.node(element, got.and_then(|g| list(g, "e").get(at)), constraint);
            self.path.truncate(depth);
        }
    }

    fn fields(&mut self, expected: &Value, got: Option<&Value>, constraint: bool) {
        let want = list(expected, "f");
        let have = got.map_or(&[][..], |g| list(g, "f"));
        if want.is_empty() {
            if text(expected, "k") != "struct" && !have.is_empty() && text(expected, "k") != "bottom" {
                self.surplus(T1, "fields", || format!("{:?}", labels(have)));
            }
            return;
        }
        let same = sorted(labels(want)) == sorted(labels(have));
        if !constraint {
            self.check(
                T1,
                same,
                "names of fields",
                || format!("{:?}", labels(want)),
                || format!("{:?}", labels(have)),
            );
        } else if !same && got.is_some() {
            self.surplus(T2, "or missing fields of a constraint", || format!("{:?}", labels(have)));
        }
        if want.len() > 1 {
            let ok = labels(want) == labels(have);
            self.check(
                T2,
                ok,
                "order of fields",
                || format!("{:?}", labels(want)),
                || format!("{:?}", labels(have)),
            );
        }
        for (at, entry) in want.iter().enumerate() {
            let label = label_of(entry);
            let child = find(have, at, &label).and_then(node_of);
            let depth = self.enter(&format!(".{label}"));
            self.node(node_of(entry).unwrap_or(&Value::Null), child, constraint);
            self.path.truncate(depth);
        }
    }

    /// Extends the path; the caller truncates it to what this returns.
    fn enter(&mut self, part: &str) -> usize {
        let depth = self.path.len();
        self.path.push_str(part);
        depth
    }
}

fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true)
}

/// Whether two nodes of the same kind have the same scalar value; numbers by value.
fn same_scalar(kind: &str, a: &Value, b: &Value) -> bool {
    match kind {
        "int" | "float" => number::equal(text(a, "v"), text(b, "v")),
        "bool" | "string" | "bytes" => a.get("v") == b.get("v"),
        _ => true,
    }
}

fn kinds(node: &Value) -> Vec<String> {
    sorted(list(node, "kinds").iter().map(|k| k.as_str().unwrap_or("?").to_owned()).collect())
}

fn sorted(mut labels: Vec<String>) -> Vec<String> {
    labels.sort();
    labels
}

/// Labels of members; a field constraint's marker belongs to its label.
fn labels(members: &[Value]) -> Vec<String> {
    members.iter().map(label_of).collect()
}

fn label_of(entry: &Value) -> String {
    let parts = entry.as_array().map_or(&[][..], Vec::as_slice);
    let words = parts.split_last().map_or(&[][..], |(_, words)| words);
    words.iter().map(|w| w.as_str().unwrap_or("?")).collect()
}

fn node_of(entry: &Value) -> Option<&Value> {
    entry.as_array()?.last()
}

/// The entry with `label`, tried first at the same place.
fn find<'a>(members: &'a [Value], at: usize, label: &str) -> Option<&'a Value> {
    match members.get(at) {
        Some(entry) if label_of(entry) == label => Some(entry),
        _ => members.iter().find(|entry| label_of(entry) == label),
    }
}

/// Whether two nodes agree in what T1 and T2 compare, in any order of members and without texts.
fn alike(a: &Value, b: &Value) -> bool {
    let kind = text(a, "k");
    if kind == "cut" {
        return true;
    }
    kind == text(b, "k")
        && same_scalar(kind, a, b)
        && (kind != "bottom" || text(a, "class") == text(b, "class"))
        && ["closed", "open"].iter().all(|m| a.get(m).is_some_and(is_true) == b.get(m).is_some_and(is_true))
        && kinds(a) == kinds(b)
        && list(a, "e").len() == list(b, "e").len()
        && list(a, "e").iter().zip(list(b, "e")).all(|(a, b)| alike(a, b))
        && ["f", "d", "h", "c"].iter().all(|m| members_alike(list(a, m), list(b, m)))
        && patterns_match(list(a, "p"), list(b, "p"))
        && ["rest", "def"].iter().all(|m| match (a.get(m), b.get(m)) {
            (None, None) => true,
            (Some(a), Some(b)) => alike(a, b),
            _ => false,
        })
        && matched(list(a, "or"), list(b, "or"))
}

fn members_alike(a: &[Value], b: &[Value]) -> bool {
    a.len() == b.len()
        && a.iter().enumerate().all(|(at, entry)| {
            let other = find(b, at, &label_of(entry)).and_then(node_of);
            matches!((node_of(entry), other), (Some(a), Some(b)) if alike(a, b))
        })
}

/// Pattern constraints: the same texts in any order, each with an equal node.
fn patterns_match(want: &[Value], have: &[Value]) -> bool {
    assign(want, have, |w, h| {
        label_of(w) == label_of(h) && matches!((node_of(w), node_of(h)), (Some(w), Some(h)) if alike(w, h))
    })
}

/// Alternatives of a disjunction: equal in any order.
fn matched(want: &[Value], have: &[Value]) -> bool {
    assign(want, have, alike)
}

/// Whether each of `want` has its own partner in `have`. The same place is tried first: answers mostly agree in order.
fn assign(want: &[Value], have: &[Value], same: impl Fn(&Value, &Value) -> bool) -> bool {
    if want.len() != have.len() {
        return false;
    }
    let mut taken = vec![false; have.len()];
    for (at, w) in want.iter().enumerate() {
        let from_here = (at..have.len()).chain(0..at);
        let Some(partner) = from_here.into_iter().find(|&i| !taken[i] && same(w, &have[i])) else {
            return false;
        };
        taken[partner] = true;
    }
    true
}

fn shown(path: &str) -> String {
    let path = path.strip_prefix('.').unwrap_or(path);
    if path.is_empty() { "(top)".to_owned() } else { path.to_owned() }
}

/// A node in one line, shortened.
pub fn brief(node: &Value) -> String {
    crate::client::shorten(&node.to_string(), 600)
}

fn brief_list(nodes: &[Value]) -> String {
    crate::client::shorten(&Value::Array(nodes.to_vec()).to_string(), 600)
}
