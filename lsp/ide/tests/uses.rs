//! Names over `.cue` and YAML together: references, renaming, type definitions, who uses a definition.

mod common;

use std::fmt::Write;

use common::{HEAD, WEB, drawn, edited, workspace};
use vela_db::{Database, Db, File};
use vela_ide::references::{references, rename};
use vela_ide::{hierarchy, lens, navigate};

const APP: &str = "  - name: front
    type: web
    properties: {image: x, probe: {path: /, port: 1}}
  - name: back
    type: web
    dependsOn: [front]
    properties:
      image: y
  policies:
  - name: more
    type: override
    properties:
      components:
      - name: front
        properties: {replicas: 2}
  workflow:
    steps:
    - name: go
      type: deploy
      properties: {policies: [more]}
";

/// The workspace with the cursor put before a text of one of the files.
fn at(path: &str, text: &str, nth: usize) -> (Database, File, u32) {
    let app = format!("{HEAD}{APP}");
    let mut files = vec![("/w/web.cue", WEB.to_owned()), ("/w/app.yaml", app)];
    for (own, content) in &mut files {
        if *own == path {
            let (offset, _) = content.match_indices(text).nth(nth).expect("it is there");
            content.insert_str(offset, "$0");
        }
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (*p, t.as_str())).collect();
    workspace(&files)
}

#[test]
fn references_cross_languages() {
    let mut out = String::new();
    for (path, text, nth) in [
        ("/w/web.cue", "web: {", 0),
        ("/w/app.yaml", "web", 1),
        ("/w/web.cue", "image: string", 0),
        ("/w/app.yaml", "image: y", 0),
        ("/w/web.cue", "path: string", 0),
        ("/w/app.yaml", "front]", 0),
        ("/w/app.yaml", "more]", 0),
    ] {
        let (db, file, offset) = at(path, text, nth);
        let _ = writeln!(out, "{path}: {text}\n----");
        for found in references(&db, file, offset).unwrap_or_default() {
            let word = if found.declares { "declares " } else { "" };
            let _ = write!(out, "{word}{}", drawn(&db, found.source, found.span));
        }
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn renaming_crosses_languages() {
    let all = |path: &str, text: &str, nth, to: &str| {
        let (db, file, offset) = at(path, text, nth);
        let edits = rename(&db, file, offset, to)?;
        let texts =
            ["/w/web.cue", "/w/app.yaml"].map(|p| edited(&db, db.file_at(p).expect("a file"), &edits));
        Ok::<_, String>(texts)
    };
    let [web, app] = all("/w/app.yaml", "web", 0, "web-server").expect("it can");
    assert!(web.starts_with("\"web-server\": {"), "{web}");
    assert_eq!(app.matches("type: web-server").count(), 2);
    let [web, app] = all("/w/web.cue", "image: string", 0, "picture").expect("it can");
    assert_eq!(
        web,
        WEB.replace("parameter.image", "parameter.picture").replace("\t\timage: s", "\t\tpicture: s")
    );
    assert_eq!(app.matches("picture: ").count(), 2);
    let [_, app] = all("/w/app.yaml", "front]", 0, "yes").expect("it can");
    assert_eq!(app.matches("\"yes\"").count(), 3, "{app}");
    assert_eq!(
        all("/w/app.yaml", "front]", 0, "back"),
        Err("a component named `back` is there already".to_owned())
    );
    assert_eq!(
        all("/w/web.cue", "image: string", 0, "replicas"),
        Err("`replicas` is declared already, in line 18".to_owned())
    );
    let (db, file, offset) =
        workspace(&[("/w/app.yaml", &format!("{HEAD}  - name: a\n    type: web$0service\n"))]);
    let reason = "it is declared in a text that comes with the compiler".to_owned();
    assert_eq!(rename(&db, file, offset, "x"), Err(reason));
}

#[test]
fn names_lead_over_packages() {
    let files = [
        ("/w/cue.mod/module.cue", "module: \"example.com/w\"\nlanguage: version: \"v0.17.0\"\n"),
        ("/w/base/base.cue", "package base\n\n#Ba$0se: name: string\n"),
        ("/w/top/top.cue", "package top\n\nimport \"example.com/w/base\"\n\nx: base.#Base & {name: \"y\"}\n"),
    ];
    let (db, file, offset) = workspace(&files);
    let found = references(&db, file, offset).unwrap_or_default();
    assert_eq!(found.len(), 2);
    let top = db.file_at("/w/top/top.cue").expect("a file");
    let edits = rename(&db, file, offset, "#Root").expect("it can");
    assert!(edited(&db, top, &edits).contains("x: base.#Root &"));
    let at = top.text(&db).find("x: base").expect("x") as u32;
    let types = navigate::type_definition(&db, top, at).unwrap_or_default();
    assert_eq!(
        types.iter().map(|t| drawn(&db, t.source, t.focus)).collect::<String>(),
        "/w/base/base.cue:3\n#Base: name: string\n^^^^^\n"
    );
}

#[test]
fn who_uses_a_definition() {
    let (db, file, offset) = at("/w/web.cue", "output", 0);
    let node = hierarchy::prepare(&db, file, offset).expect("the definition");
    assert_eq!((&*node.name, &*node.detail), ("web", "component type"));
    let incoming = hierarchy::incoming(&db, file, node.focus.start);
    assert_eq!(incoming.len(), 1);
    assert_eq!((&*incoming[0].node.name, incoming[0].spans.len()), ("demo", 2));
    let app = db.file_at("/w/app.yaml").expect("a file");
    let outgoing = hierarchy::outgoing(&db, app, incoming[0].node.focus.start);
    let names: Vec<&str> = outgoing.iter().map(|u| &*u.node.name).collect();
    assert_eq!(names, ["web", "override", "deploy"]);
    let lenses = lens::lenses(&db, app);
    assert_eq!(lenses.len(), 1);
    assert_eq!(lenses[0].kind, lens::LensKind::Preview("demo".to_owned()));
    let uses = lens::LensKind::Uses(vela_db::Kind::Component, "web".to_owned(), 2);
    assert_eq!(lens::lenses(&db, file)[0].kind, uses);
}

#[test]
fn properties_lead_to_the_type_of_their_parameter() {
    let (db, file, offset) = at("/w/app.yaml", "probe:", 0);
    let types = navigate::type_definition(&db, file, offset).unwrap_or_default();
    let shown: String = types.iter().map(|t| drawn(&db, t.source, t.focus)).collect();
    assert_eq!(shown, "/w/web.cue:24\n\t#Probe: {\n\t^^^^^^\n");
    let (db, file, offset) = at("/w/app.yaml", "more]", 0);
    let (_, targets) = navigate::definition(&db, file, offset).expect("the policy");
    let shown: String = targets.iter().map(|t| drawn(&db, t.source, t.focus)).collect();
    assert_eq!(shown, "/w/app.yaml:16\n  - name: more\n          ^^^^\n");
}
