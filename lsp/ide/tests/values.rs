//! What evaluation adds: values in hovers, completion that knows the unified value, inlay hints, previews.

mod common;

use std::fmt::Write;

use common::{HEAD, WEB, workspace};
use vela_diagnostics::Span;
use vela_ide::complete::complete;
use vela_ide::hints::hints;
use vela_ide::hover::hover;
use vela_ide::preview::preview;

const SHOP: &str = "package shop

// A service.
#Service: {
	name!: string
	// Where it listens.
	port:     *8080 | int & <65536
	protocol: \"TCP\" | \"UDP\" | \"SCTP\"
	labels?: [string]: string
}
";

#[test]
fn hovers_show_the_unified_value() {
    let mut out = String::new();
    for text in [
        "package shop\n\n// The shop's own.\nca$0rt: #Service & {name: \"cart\", protocol: \"TCP\"}\n",
        "package shop\n\ncart: #Service & {name: \"cart\"}\nport: cart.po$0rt\n",
        "package shop\n\ncart: #Service & {name: \"cart\", proto$0col: \"TCP\" | \"UDP\"}\n",
        "package shop\n\nsum: 1 + 2\nlist: [su$0m, 4]\n",
        "package shop\n\nbad: int & \"x\"\nother: ba$0d\n",
        "package shop\n\nfor k in [1] {\"x\\(k)\": k}\nuses: x$01\n",
    ] {
        let (db, file, at) = workspace(&[("/w/service.cue", SHOP), ("/w/shop.cue", text)]);
        let found = hover(&db, file, at).map_or_else(|| "nothing".to_owned(), |h| h.text);
        let _ = writeln!(out, "{text}----\n{found}\n====");
    }
    let (db, file, at) = workspace(&[("/w/web.cue", &WEB.replace("replicas: *1", "repli$0cas: *1"))]);
    out.push_str(&hover(&db, file, at).expect("a parameter").text);
    out.push_str("\n====\n");
    let app = format!("{HEAD}  - name: a\n    type: web\n    properties: {{ima$0ge: x}}\n");
    let (db, file, at) = workspace(&[("/w/web.cue", WEB), ("/w/app.yaml", &app)]);
    out.push_str(&hover(&db, file, at).expect("a property").text);
    insta::assert_snapshot!(out);
}

#[test]
fn completions_know_the_unified_value() {
    let mut out = String::new();
    for text in [
        "package shop\n\ncart: #Service & {\n\tname: \"cart\"\n\t$0\n}\n",
        "package shop\n\ncart: #Service\ncart: {\n\tpro$0\n}\n",
        "package shop\n\ncart: #Service & {\n\tprotocol: $0\n}\n",
        "package shop\n\ncart: #Service & {\n\tprotocol: \"T$0\"\n}\n",
        "package shop\n\ncart: #Service & {\n\tport: $0\n}\n",
        "package shop\n\nall: {for n in [\"a\", \"b\"] {(n): x: 1}}\nuses: all.$0\n",
        "package shop\n\n@$0\n",
        "w: {type: \"trait\"}\ntemplate: patch: {\n\t// +pa$0\n\ta: 1\n}\n",
        "w: {type: \"trait\"}\ntemplate: {\n\t#X: {a: 1, b?: 2}\n\tpatch: #X & {\n\t\t$0\n\t}\n}\n",
    ] {
        let (db, file, at) = workspace(&[("/w/service.cue", SHOP), ("/w/shop.cue", text)]);
        let mut found = complete(&db, file, at);
        found.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
        let _ = writeln!(out, "{text}----");
        for item in found.iter().take(5) {
            let for_what = item.span.of(file.text(&db));
            let _ = writeln!(out, "{} | {} | {:?} for {for_what:?}", item.label, item.detail, item.insert);
        }
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn snippets_and_names() {
    const CLUSTERS: &str = "clusters:\n  - name: prod\n    labels: {env: production, region: eu}\n  - name: test\n    labels: {env: test}\n";
    let policies = "  - name: a\n    type: web\n  - name: b\n    type: web\n  policies:\n";
    let mut out = String::new();
    for body in [
        "  - name: a\n    type: web\n    properties:\n      pro$0\n".to_owned(),
        format!(
            "{policies}  - name: o\n    type: override\n    properties:\n      components:\n      - name: $0\n"
        ),
        format!("{policies}  - name: t\n    type: topology\n    properties:\n      clusters: \n      - $0\n"),
        format!(
            "{policies}  - name: t\n    type: topology\n    properties:\n      clusterLabelSelector:\n        $0\n"
        ),
        format!(
            "{policies}  - name: t\n    type: topology\n    properties:\n      clusterLabelSelector:\n        env: $0\n"
        ),
        format!(
            "{policies}  - name: t\n    type: topology\n  workflow:\n    steps:\n    - name: d\n      type: deploy\n      properties:\n        policies:\n        - $0\n"
        ),
        "  - name: a\n    type: web\n  - name: b\n    type: web\n    dependsOn: \n    - $0\n".to_owned(),
    ] {
        let app = format!("{HEAD}{body}");
        let (db, file, at) =
            workspace(&[("/w/web.cue", WEB), ("/w/clusters.yaml", CLUSTERS), ("/w/app.yaml", &app)]);
        let mut found = complete(&db, file, at);
        found.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
        let _ = writeln!(out, "{body}----");
        for item in found.iter().take(4) {
            let snippet = item.snippet.as_deref().unwrap_or("");
            let _ = writeln!(out, "{} | {} | {:?} {snippet:?}", item.label, item.detail, item.insert);
        }
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn hints_show_what_is_not_written() {
    let mut out = String::new();
    let app = format!(
        "{HEAD}  - name: a\n    type: web\n    properties:\n      image: x # y\n  - {{name: b, type: web}}\n$0"
    );
    for (path, text) in [
        (
            "/w/shop.cue",
            "package shop\n\ncart: #Service & {name: \"cart\"}\nport: cart.port\nsum: 1 + 2\nchoice: *\"a\" | string\nlist: [{n: sum}]\nplain: 3\n$0",
        ),
        ("/w/app.yaml", app.as_str()),
    ] {
        let (db, file, end) = workspace(&[("/w/service.cue", SHOP), ("/w/web.cue", WEB), (path, text)]);
        let mut shown = file.text(&db).to_string();
        let mut found = hints(&db, file, Span::new(0, end));
        found.sort_by_key(|h| std::cmp::Reverse(h.offset));
        for hint in found {
            shown.insert_str(hint.offset as usize, &format!("  ⟨{}⟩", hint.label));
        }
        out.push_str(&shown);
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn previews() {
    let clusters =
        "clusters:\n  - name: prod\n    labels: {env: production}\n  - name: test\n    labels: {env: test}\n";
    let body = "  - name: a\n    type: web\n    properties: {image: \"x:1\"}\n  policies:\n  - name: t\n    type: topology\n    properties: {clusters: [prod, test]}\n";
    let app = format!("{HEAD}{body}$0");
    let (mut db, file, _) =
        workspace(&[("/w/web.cue", WEB), ("/w/clusters.yaml", clusters), ("/w/app.yaml", &app)]);
    let found = preview(&db, file, None, None);
    assert_eq!(found.clusters, ["prod", "test"]);
    insta::assert_snapshot!(found.yaml);
    let one = preview(&db, file, Some("demo"), Some("prod"));
    assert!(!one.yaml.contains("---") && one.yaml.contains("image: x:1"), "{}", one.yaml);
    assert_eq!(preview(&db, file, Some("other"), None).yaml, "");
    // An unsaved change of the definition shows; a fault is told.
    db.set("/w/web.cue", WEB.replace("kind:       \"Server\"", "kind: \"DaemonSet\""));
    assert!(preview(&db, file, None, None).yaml.contains("kind: DaemonSet"));
    db.set("/w/web.cue", WEB.replace("image:    parameter.image", "image: 5 & parameter.image"));
    assert!(preview(&db, file, None, None).yaml.starts_with("# "), "{}", preview(&db, file, None, None).yaml);
    let file = db.set("/w/app.yaml", "kind: [");
    assert_eq!(preview(&db, file, None, None).yaml, "");
}
