//! Code actions, formatting of parts, signature help, semantic tokens, selection ranges, links, workspace symbols.

mod common;

use std::fmt::Write;

use common::{HEAD, WEB, edited, workspace};
use vela_db::File;
use vela_diagnostics::Span;
use vela_ide::actions::actions;
use vela_ide::links::{LinkTarget, links};
use vela_ide::selection::around;
use vela_ide::signature::signature;
use vela_ide::symbols::search;
use vela_ide::tokens::{TokenKind, tokens};
use vela_ide::{format, names};

#[test]
fn actions_change_the_text() {
    let mut out = String::new();
    let app = |body: &str| format!("{HEAD}{body}");
    for (path, text) in [
        ("/w/app.yaml", app("  - name: a\n    type: web\n    properties:\n      im$0gae: x\n")),
        ("/w/app.yaml", app("  - name: a\n    type: w$0eb\n")),
        ("/w/app.yaml", app("  - name: a\n    type: web\n    properties: {$0}\n")),
        ("/w/app.yaml", app("  - name: a\n    type: web\n    properties:\n      rep$0licas: 2\n")),
        ("/w/app.yaml", app("  - {name: a, type: w$0eb}\n")),
        ("/w/a.cue", "import \"strings\"\nimport \"list\"\n\na: strings.ToUpper(\"x\")$0\n".to_owned()),
        (
            "/w/a.cue",
            "import (\n\t\"strings\"\n\t\"list\"\n)\n\na: [strings.ToUpper(\"x\"), list.Max([1])]$0\n"
                .to_owned(),
        ),
        ("/w/a.cue", "a: [1] $0+ [2]\n".to_owned()),
        ("/w/a.cue", "#P: {x!: int, y!: *1 | int, z?: int}\np: #P & {$0}\n".to_owned()),
        ("/w/a.cue", "#P: {x!: int}\np: #P & {\n\t$0// here\n}\n".to_owned()),
    ] {
        let (db, file, at) = workspace(&[("/w/web.cue", WEB), (path, &text)]);
        let body = text.strip_prefix(HEAD).unwrap_or(&text);
        let _ = writeln!(out, "{body}----");
        for action in actions(&db, file, Span::at(at)) {
            let new = edited(&db, file, &action.edits);
            let new = new.strip_prefix(HEAD).unwrap_or(&new);
            let _ = writeln!(out, "{:?}: {}\n{}", action.kind, action.title, new);
        }
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn formatting_of_parts() {
    let text = "a:   1\nb:   2\nc: {\nd:   1\n}$0\ne:   3\n";
    let (db, file, at) = workspace(&[("/w/a.cue", text)]);
    let applied = |edits: Option<Vec<(Span, String)>>| {
        let edits: Vec<_> =
            edits.unwrap_or_default().into_iter().map(|(s, t)| (file.source(&db), s, t)).collect();
        edited(&db, file, &edits)
    };
    assert_eq!(applied(format::edits_typed(&db, file, at, "}")), "a:   1\nb:   2\nc: {\n\td: 1\n}\ne:   3\n");
    assert_eq!(applied(format::edits(&db, file)), "a: 1\nb: 2\nc: {\n\td: 1\n}\ne: 3\n");
    let whole = Span::new(0, 14);
    assert_eq!(applied(format::edits_within(&db, file, whole)), "a: 1\nb: 2\nc: {\nd:   1\n}\ne:   3\n");
    let (db, file, at) = workspace(&[("/w/a.cue", "a: {\n\tb:   1\n$0\n}\n")]);
    assert_eq!(format::edits_typed(&db, file, at, "\n").map(|e| e.len()), Some(1));
    let (db, file, at) = workspace(&[("/w/a.cue", "a: {\n\tb:   1\n$0\n")]);
    assert_eq!(format::edits_typed(&db, file, at, "\n"), None, "in the middle of typing");
}

#[test]
fn signatures() {
    let shown = |text: &str| {
        let (db, file, at) = workspace(&[("/w/a.cue", text)]);
        signature(&db, file, at).map(|s| {
            let active = s.params.get(s.active as usize).map_or("", |p| p.of(&s.label)).to_owned();
            format!("{} at {active}", s.label)
        })
    };
    let repeat = shown("import \"strings\"\n\na: strings.Repeat(\"x\", $0\n").expect("a call");
    assert!(repeat.starts_with("strings.Repeat(") && repeat.ends_with("at count: int"), "{repeat}");
    assert_eq!(shown("a: div(1$0, 2)\n").as_deref(), Some("div(x: int, y: int): int at x: int"));
    assert_eq!(shown("a: div(len(\"x\"), $0").as_deref(), Some("div(x: int, y: int): int at y: int"));
    assert_eq!(shown("a: or([1, $0])\n"), None, "inside of a list");
    assert_eq!(shown("a: (1 + $0)\n"), None);
    assert_eq!(shown("strings: x: 1\na: strings.Repeat($0"), None, "a field of the name");
    assert!(shown("a: strings.ToUpper($0").is_some(), "without the import");
}

#[test]
fn words() {
    let text = "package p\n\nimport \"strings\"\n\n// A thing.\n#T: {\n\tname!: string\n\tcount: len(name) + 1.5\n\ttext: \"\"\"\n\t\tone \\(name)\n\t\ttwo\n\t\t\"\"\"\n}\nt: #T & {name: strings.ToUpper(\"x\")} @tag(y)\nfor k, v in t let w = v {(k): w}\n$0";
    let (db, file, end) = workspace(&[("/w/a.cue", text)]);
    let mut out = String::new();
    for token in tokens(&db, file, Span::new(0, end)) {
        let name = TokenKind::LEGEND[token.kind as usize];
        let marks = [(token.declares, " declaration"), (token.library, " library")];
        let marks: String = marks.iter().filter(|(on, _)| *on).map(|(_, m)| *m).collect();
        let _ = writeln!(out, "{:24} {name}{marks}", token.span.of(text));
    }
    insta::assert_snapshot!(out);
    let part = tokens(&db, file, Span::new(0, 9));
    assert_eq!(part.iter().map(|t| t.span.of(text)).collect::<Vec<_>>(), ["package", "p"]);
}

fn spans(path: &str, text: &str) -> Vec<String> {
    let (db, file, at) = workspace(&[(path, text)]);
    around(&db, file, at).iter().map(|s| s.of(file.text(&db)).to_owned()).collect()
}

#[test]
fn selections_widen() {
    let found = spans("/w/a.cue", "a: {b: x.$0yz + 1}\n");
    assert_eq!(
        found,
        ["yz", "x.yz", "x.yz + 1", "b: x.yz + 1", "{b: x.yz + 1}", "a: {b: x.yz + 1}", "a: {b: x.yz + 1}\n"]
    );
    let found = spans("/w/a.yaml", "a:\n  - b: one t$0wo\n    c: 1\n");
    assert_eq!(
        found,
        [
            "two",
            "one two",
            "b: one two",
            "b: one two\n    c: 1",
            "- b: one two\n    c: 1",
            "a:\n  - b: one two\n    c: 1",
            "a:\n  - b: one two\n    c: 1\n"
        ]
    );
}

#[test]
fn links_and_symbols() {
    let text = "@extern(embed)\n\npackage a\n\nimport (\n\t\"strings\"\n\t\"vela-lang.dev/shared/pod\"\n)\n\nx: _ @embed(file=data/x.json)\n$0";
    let (db, file, _) = workspace(&[("/w/web.cue", WEB), ("/w/a.cue", text)]);
    let shown: Vec<String> = links(&db, file)
        .iter()
        .map(|l| {
            let target = match &l.target {
                LinkTarget::File(f) => f.path(&db).to_string(),
                LinkTarget::Path(p) | LinkTarget::Page(p) => p.clone(),
            };
            format!("{} -> {target}", l.span.of(text))
        })
        .collect();
    assert_eq!(shown[0], "strings -> https://pkg.go.dev/cuelang.org/go/pkg/strings");
    assert!(shown[1].starts_with("vela-lang.dev/shared/pod -> /vela-lang-embedded/"), "{shown:?}");
    assert_eq!(shown[2], "data/x.json -> /w/data/x.json");
    let found: Vec<String> = search(&db, "we").iter().map(|(_, s)| s.name.clone()).collect();
    assert_eq!(found, ["web"]);
    assert!(search(&db, "nosuchname").is_empty());
}

/// Every feature on every prefix of texts that hold everything: answers or none, and no fault.
#[test]
fn nothing_is_too_broken() {
    let app = format!("{HEAD}  - name: é😀\r\n    type: web\r\n    properties: {{image: \"é😀\"}}\r\n");
    let cue = "import \"strings\"\n\n#A: {x: *1 | int, y?: [...#A]}\na: #A & {x: strings.Count(\"\\(a.b)\", \"é\")}\nfor k, v in a {(k): v.x}\n";
    for (path, text) in [("/w/app.yaml", app.as_str()), ("/w/a.cue", cue), ("/w/a.cue", WEB)] {
        for cut in (0..=text.len()).filter(|i| text.is_char_boundary(*i)).step_by(3) {
            let mut db = vela_db::Database::default();
            db.set("/w/web.cue", WEB);
            let file: File = db.set(path, &text[..cut]);
            let all = Span::new(0, cut as u32);
            let at = cut as u32;
            let _ = actions(&db, file, Span::at(at));
            let _ = tokens(&db, file, all);
            let _ = vela_ide::hints::hints(&db, file, all);
            let _ = around(&db, file, at);
            let _ = signature(&db, file, at);
            let _ = links(&db, file);
            let _ = vela_ide::lens::lenses(&db, file);
            let _ = vela_ide::complete::complete(&db, file, at);
            let _ = vela_ide::hover::hover(&db, file, at.saturating_sub(1));
            let _ = vela_ide::navigate::type_definition(&db, file, at.saturating_sub(1));
            let _ = vela_ide::references::rename(&db, file, at.saturating_sub(1), "z");
            let _ = vela_ide::hierarchy::prepare(&db, file, at);
            let _ = format::edits_typed(&db, file, at, "\n");
            if path.ends_with(".cue") {
                let _ = names::at(&db, file, at);
            }
        }
    }
}
