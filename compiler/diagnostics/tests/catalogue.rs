//! The catalogue is sound, and the pages made of it are current.

use std::collections::BTreeSet;
use std::path::Path;

use vela_diagnostics::catalogue::{self, GROUPS};
use vela_diagnostics::{Code, docs};

#[test]
fn entries_are_sound() {
    let mut seen = BTreeSet::new();
    for group in GROUPS {
        for e in group.entries {
            assert!(seen.insert(e.code), "{} is declared twice", e.code);
            assert_eq!(e.code.0 / 100 * 100, group.first, "{} is in the wrong group", e.code);
            assert!(
                !e.title.is_empty() && !e.explanation.is_empty() && !e.fix.is_empty(),
                "{} is incomplete",
                e.code
            );
            assert!(!e.title.ends_with('.'), "{}: a title is no sentence", e.code);
            assert!(e.explanation.ends_with('.') && e.fix.ends_with('.'), "{}: text without end", e.code);
            assert_eq!(Code::parse(&e.code.to_string()), Some(e.code));
        }
        assert!(group.entries.is_sorted_by_key(|e| e.code), "{}: entries are out of order", group.title);
    }
    assert_eq!(catalogue::all().count(), seen.len());
    assert_eq!(Code::parse("E9999"), None);
}

#[test]
fn pages_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(docs::FOLDER);
    let pages = docs::pages();
    for (name, text) in &pages {
        let there = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(there == *text, "{}/{name} is not current: run `cargo xtask errors`", docs::FOLDER);
    }
    let known: BTreeSet<_> = pages.iter().map(|(n, _)| n.clone()).collect();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{}/{name} belongs to no entry", docs::FOLDER);
    }
}
