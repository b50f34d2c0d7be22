//! What people and programs get to see.

use insta::assert_snapshot;
use vela_diagnostics::catalogue::{application, evaluation, input, syntax};
use vela_diagnostics::render::{self, Style};
use vela_diagnostics::{Diagnostic, Edit, Encoding, Fix, Report, Sources, Span};

fn span_of(text: &str, part: &str) -> Span {
    let at = text.find(part).unwrap() as u32;
    Span::new(at, at + part.len() as u32)
}

fn example() -> (Sources, Report) {
    let app = "components:\n  - name: web\n    type: webservice\n    properties:\n      imgae: nginx # é😀\n";
    let def = "parameter: {\n\timage: string\n}\n";
    let mut sources = Sources::new();
    let a = sources.add("./app.yaml", app);
    let d = sources.add("webservice.cue", def);
    let first = Diagnostic::error(application::UNKNOWN_PROPERTY, "component `web` has no property `imgae`")
        .primary(a, span_of(app, "imgae"), "not a property of `webservice`")
        .secondary(d, span_of(def, "image"), "there is this one")
        .note("properties are declared by the definition")
        .help("did you mean `image`?")
        .fix(Fix {
            title: "rename to `image`".into(),
            edits: vec![Edit { source: a, span: span_of(app, "imgae"), text: "image".into() }],
            certain: true,
        });
    let second = Diagnostic::warning(input::DUPLICATE_KEY, "key `x, y:z` is given twice\nat 100%")
        .at(a, span_of(app, "é😀"));
    let third = Diagnostic::error(syntax::SYNTAX, "expected `}`, found end of file").at(d, Span::at(29));
    let report = Report::new(vec![second, third.clone(), first, third], 10);
    (sources, report)
}

#[test]
fn terminal() {
    let (sources, report) = example();
    assert_snapshot!(render::terminal(&report, &sources, Style::default()));
    let colored = render::terminal(&report, &sources, Style { color: true, ascii: true });
    assert!(colored.contains("\x1b["));
    assert!(!render::terminal(&report, &sources, Style::default()).contains('\x1b'));
}

#[test]
fn programs() {
    let (sources, report) = example();
    assert_snapshot!("json", render::json(&report, &sources));
    assert_snapshot!("sarif", render::sarif(&report, &sources, "0.0.0"));
    assert_snapshot!("github", render::github(&report, &sources));
    assert_snapshot!("gitlab", render::gitlab(&report, &sources));
    assert_snapshot!("junit", render::junit(&report, &sources));
    let shapes: Vec<_> = report.shown.iter().map(|d| render::lsp(d, &sources, Encoding::Utf16)).collect();
    assert_snapshot!("lsp", format!("{shapes:#?}"));
}

#[test]
fn worst_first_and_capped() {
    let mut sources = Sources::new();
    let id = sources.add("a.cue", "a: 1\nb: 2\n");
    let at = |n: u32, text: &str| Diagnostic::error(evaluation::CONFLICT, text).at(id, Span::at(n));
    let all = vec![
        Diagnostic::warning(evaluation::UNUSED, "w").at(id, Span::at(0)),
        at(5, "second"),
        Diagnostic::error(evaluation::CONFLICT, "nowhere"),
        at(0, "first"),
        at(5, "second"),
    ];
    let report = Report::new(all, 2);
    assert_eq!(report.shown.iter().map(|d| d.message.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    assert_eq!(report.summary(), "3 errors and 1 warning (2 not shown)");
    assert_eq!(Report::new(Vec::new(), 2).summary(), "");
}

#[test]
fn hostile_texts_do_no_harm() {
    let mut sources = Sources::new();
    let long = format!("a: \"{}\"", "x".repeat(10_000));
    let id = sources.add("long\x1b[2J.cue", long);
    let empty = sources.add("empty.cue", "");
    let odd = sources.add("odd.cue", "a\u{2028}b\r\x0bc: \u{85}\x1b[31m é");
    let mut all = Vec::new();
    for source in [id, empty, odd, vela_diagnostics::SourceId(77)] {
        for span in
            [Span::new(0, u32::MAX), Span::new(9, 3), Span::at(u32::MAX), Span::new(2, 3), Span::new(0, 0)]
        {
            all.push(Diagnostic::error(syntax::SYNTAX, "bad \x1b[31m text").at(source, span));
        }
    }
    let report = Report::new(all, 100);
    let text = render::terminal(&report, &sources, Style::default());
    assert!(!text.contains('\x1b'));
    assert!(text.len() < 20_000, "{}", text.len());
    for out in [render::json(&report, &sources), render::sarif(&report, &sources, "0")] {
        assert!(!out.is_empty());
    }
    render::github(&report, &sources);
    render::junit(&report, &sources);
    for d in &report.shown {
        render::lsp(d, &sources, Encoding::Utf8);
    }
}

#[test]
fn secrets_stay_secret() {
    let text = "password: hunter2\n";
    let mut sources = Sources::new();
    let id = sources.add("app.yaml", text);
    sources.hide(id, span_of(text, "hunter2"));
    let mut d = Diagnostic::error(evaluation::CONFLICT, "conflicting values \"hunter2\" and int").primary(
        id,
        span_of(text, "hunter2"),
        "hunter2 is a string",
    );
    d.redact(&["hunter2"]);
    let report = Report::new(vec![d], 9);
    for out in [
        render::terminal(&report, &sources, Style::default()),
        render::json(&report, &sources),
        render::sarif(&report, &sources, "0"),
        render::github(&report, &sources),
    ] {
        assert!(!out.contains("hunter2"), "{out}");
    }
}
