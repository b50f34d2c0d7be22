//! Features over texts with a cursor: the source with `$0`, and below it the answer. Snapshots are in `snapshots/`;
//! `INSTA_UPDATE=always` writes them anew.

use std::fmt::Write;

use vela_db::{Database, Db, File};
use vela_diagnostics::Span;
use vela_ide::complete::complete;
use vela_ide::folding::folds;
use vela_ide::hover::hover;
use vela_ide::navigate::definition;
use vela_ide::references::{references, rename};
use vela_ide::symbols::{Symbol, symbols};

const WEB: &str = r#"web: {
	type:        "component"
	description: "A web server."
}
template: {
	output: {
		apiVersion: "shop.example/v1"
		kind:       "Server"
		spec: replicas: parameter.replicas
	}
	parameter: {
		// +usage=The image of the container
		// +short=i
		image: string
		// +usage=How many there are
		replicas: *1 | int
		// +usage=How the port is reached
		protocol: *"TCP" | "UDP"
		// +usage=The ports
		ports?: [...{
			// +usage=The number
			port: int
		}]
		// +usage=Labels of the pods
		labels?: [string]: string
	}
}
"#;

const HEAD: &str = "apiVersion: core.oam.dev/v1beta1
kind: Application
metadata:
  name: demo
spec:
  components:
";

/// A database with `web.cue` and a marked file; the file and the cursor.
fn fixture(path: &str, marked: &str) -> (Database, File, u32) {
    let offset = marked.find("$0").unwrap_or(0);
    let mut db = Database::default();
    db.set("/w/web.cue", WEB);
    let file = db.set(path, marked.replacen("$0", "", 1));
    (db, file, offset as u32)
}

fn application(body: &str) -> String {
    format!("{HEAD}{body}")
}

/// The lines of a span with what it covers underlined.
fn underlined(db: &Database, file: File, span: Span) -> String {
    let text = file.text(db);
    let start = text[..span.start as usize].rfind('\n').map_or(0, |n| n + 1);
    let end = text[span.start as usize..].find('\n').map_or(text.len(), |n| span.start as usize + n);
    let line = &text[start..end];
    let mark: String = line
        .char_indices()
        .map(|(i, c)| {
            let at = (start + i) as u32;
            if c == '\t' {
                '\t'
            } else if span.start <= at && at < span.end {
                '^'
            } else {
                ' '
            }
        })
        .collect();
    format!("{line}\n{}", mark.trim_end())
}

fn source(marked: &str) -> String {
    marked.strip_prefix(HEAD).unwrap_or(marked).to_owned()
}

fn shown_hover(path: &str, marked: &str) -> String {
    let (db, file, offset) = fixture(path, marked);
    let answer = hover(&db, file, offset)
        .map_or_else(|| "nothing".to_owned(), |h| format!("{}\n{}", underlined(&db, file, h.span), h.text));
    format!("{}\n----\n{answer}\n", source(marked).trim_end())
}

fn shown_completion(path: &str, marked: &str, most: usize) -> String {
    let (db, file, offset) = fixture(path, marked);
    let mut found = complete(&db, file, offset);
    found.sort_by(|a, b| (a.rank, &a.label).cmp(&(b.rank, &b.label)));
    let mut out = format!("{}\n----\n", source(marked).trim_end());
    for item in found.iter().take(most) {
        let _ =
            write!(out, "{} | {} | {:?}", item.label, item.detail.lines().next().unwrap_or(""), item.insert);
        if item.span != Span::at(offset) {
            let _ = write!(out, " for {:?}", item.span.of(file.text(&db)));
        }
        if let Some((_, text)) = &item.also {
            let _ = write!(out, " with {text:?}");
        }
        out.push('\n');
    }
    if found.len() > most {
        out.push_str("…\n");
    }
    out
}

fn shown_definition(path: &str, marked: &str) -> String {
    let (db, file, offset) = fixture(path, marked);
    let mut out = format!("{}\n----\n", source(marked).trim_end());
    match definition(&db, file, offset) {
        None => out.push_str("nothing\n"),
        Some((_, targets)) => {
            for target in targets {
                let file = db.file(target.source).expect("a known source");
                let _ = writeln!(out, "{}\n{}", file.path(&db), underlined(&db, file, target.focus));
            }
        }
    }
    out
}

#[test]
fn hovers_in_yaml() {
    let mut out = String::new();
    for body in [
        "  - name: a\n    type: w$0eb\n",
        "  - name: a\n    type: web\n    properties:\n      ima$0ge: nginx\n",
        "  - name: a\n    type: web\n    properties:\n      protocol: UD$0P\n",
        "  - name: a\n    type: web\n    properties: {ports: [{po$0rt: 1}]}\n",
        "  - name: a\n    type: web\n    trai$0ts: []\n",
        "  - name: a\n    type: web\n    properties:\n      replicas: $01\n    traits:\n      - [\n",
    ] {
        out.push_str(&shown_hover("/w/app.yaml", &application(body)));
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn completions_in_yaml() {
    let mut out = String::new();
    for body in [
        "  - name: a\n    type: web\n    properties:\n      $0\n",
        "  - name: a\n    type: web\n    properties:\n      image: nginx\n      pr$0\n",
        "  - name: a\n    type: web\n    properties:\n      protocol: $0\n",
        "  - name: a\n    type: web\n    properties:\n      ports:\n        - $0\n",
        "  - name: a\n    ty$0\n",
        "  - name: a\n    $0\n    type: web\n",
        "  - name: a\n    type: web\n  - name: b\n    type: web\n    dependsOn:\n      - $0\n",
        "  - name: a\n    type: we$0\n",
        "  - name: a\n    type: web\n    traits:\n    - type: scaler\n      properties:\n        $0\n",
    ] {
        out.push_str(&shown_completion("/w/app.yaml", &application(body), 12));
        out.push_str("====\n");
    }
    out.push_str(&shown_completion("/w/app.yaml", "$0", 12));
    out.push_str(&shown_completion("/w/app.yaml", "apiVersion: core.oam.dev/v1beta1\nkind: $0\n", 12));
    out.push_str(&shown_completion("/w/other.yaml", "apiVersion: v1\nkind: Pod\n$0", 12));
    insta::assert_snapshot!(out);
}

#[test]
fn definitions_from_yaml() {
    let mut out = String::new();
    for body in [
        "  - name: a\n    type: w$0eb\n",
        "  - name: a\n    type: web\n    properties:\n      ima$0ge: nginx\n",
        "  - name: a\n    type: web\n    properties:\n      ports:\n      - po$0rt: 1\n",
        "  - name: a\n    type: web\n    traits:\n    - type: sca$0ler\n",
        "  - name: a\n    type: webservice\n    properties:\n      env:\n      - na$0me: x\n",
        "  - name: a\n    type: web\n  - name: b\n    type: web\n    dependsOn: [$0a]\n",
    ] {
        out.push_str(&shown_definition("/w/app.yaml", &application(body)));
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn cue_names() {
    let mut out = String::new();
    for text in [
        "// A point.\n#Point: {\n\t// Across.\n\tx: int\n\ty: int\n}\np: #Po$0int & {x: 1}\n",
        "#Point: {\n\t// Across.\n\tx: int\n}\np: #Point\nq: p.$0x\n",
        "import \"strings\"\n\na: strings.To$0Upper(\"x\")\n",
        "import \"vela-lang.dev/shared/pod\"\n\na: pod.#En$0vVar\n",
        "a: [for k, v in b {(k): v$0}]\nb: {}\n",
        "a: strin$0g\n",
        "w: {type: \"trait\"}\ntemplate: patch: name: context.app$0Name\n",
    ] {
        out.push_str(&shown_hover("/w/a.cue", text));
        out.push_str("--\n");
        out.push_str(shown_definition("/w/a.cue", text).split_once("----\n").map_or("", |(_, r)| r));
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn completions_in_cue() {
    let mut out = String::new();
    for text in [
        "#Point: {x: int, y: int}\np: #Point & {\n\tx: 1\n\t$0\n}\n",
        "p: {x: 1, y: z: 2}\nq: p.$0\n",
        "p: {x: 1, y: z: 2}\nq: p.y.$0\n",
        "import \"list\"\n\nq: strings.ToU$0\n",
        "import \"$0\"\n",
        "w: {\n\ttype: \"$0\"\n}\ntemplate: {}\n",
        "w: {type: \"trait\"}\ntemplate: {\n\t$0\n}\n",
        "w: {type: \"trait\"}\ntemplate: {\n\tparameter: a: int\n\tpatch: spec: parameter.$0\n}\n",
        "a: \"no $0 names\"\n",
        "// no $0 names\n",
    ] {
        out.push_str(&shown_completion("/w/a.cue", text, 6));
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

#[test]
fn references_and_renaming() {
    let text = "#P$0: {x: int}\na: #P\nb: {#P: 1, c: #P}\nd: a.x\n";
    let (db, file, offset) = fixture("/w/a.cue", text);
    let found = references(&db, file, offset).unwrap_or_default();
    let shown: Vec<String> = found.iter().map(|r| underlined(&db, file, r.span)).collect();
    insta::assert_snapshot!(shown.join("\n"));
    assert_eq!(rename(&db, file, offset, "#Q").map(|e| e.len()), Ok(2));
    assert_eq!(rename(&db, file, offset, "q"), Err("`#P` and `q` are names of different kinds".to_owned()));
    let (db, file, offset) = fixture("/w/a.cue", "a$0: 1\nb: 2\nc: a\n");
    assert_eq!(rename(&db, file, offset, "b"), Err("`b` is declared already, in line 2".to_owned()));
}

fn tree(symbols: &[Symbol], depth: usize, out: &mut String) {
    for symbol in symbols {
        let _ = writeln!(out, "{}{} {} {:?}", "  ".repeat(depth), symbol.name, symbol.detail, symbol.kind);
        tree(&symbol.children, depth + 1, out);
    }
}

#[test]
fn shapes() {
    let mut out = String::new();
    let body = "  - name: a\n    type: web\n    properties:\n      image: x\n    traits:\n    - type: scaler\n  policies:\n  - name: p\n    type: topology\n  workflow:\n    steps:\n    - name: s\n      type: deploy\n";
    for (path, text) in [("/w/app.yaml", application(body)), ("/w/b.cue", WEB.to_owned())] {
        let (db, file, _) = fixture(path, &text);
        tree(&symbols(&db, file), 0, &mut out);
        out.push_str("--\n");
        for fold in folds(&db, file) {
            let text = file.text(&db);
            let line = |at: u32| text[..at as usize].matches('\n').count() + 1;
            let _ = writeln!(out, "{}-{} {:?}", line(fold.span.start), line(fold.span.end), fold.kind);
        }
        out.push_str("====\n");
    }
    insta::assert_snapshot!(out);
}

/// Every offset of every text, whole and cut off, has an answer or none, and no fault.
#[test]
fn nothing_is_too_broken() {
    let app =
        application("  - name: a\n    type: web\n    properties: {image: \"é😀\", ports: [{port: 1}]}\n");
    let cue = "import \"strings\"\n\n#A: {x: *1 | int, y?: [...#A]}\na: #A & {x: strings.Count(\"\\(a.b)\", \"é\")}\nfor k, v in a {(k): v.x}\n";
    for (path, text) in
        [("/w/app.yaml", app.as_str()), ("/w/a.cue", cue), ("/w/app.yaml", "\u{feff}a: \t\r\n- \r\n")]
    {
        let mut db = Database::default();
        db.set("/w/web.cue", WEB);
        for cut in (0..=text.len()).filter(|i| text.is_char_boundary(*i)) {
            let file = db.set(path, &text[..cut]);
            db.diagnostics(file);
            for offset in cut.saturating_sub(3)..=cut + 1 {
                let _ = hover(&db, file, offset as u32);
                let _ = complete(&db, file, offset as u32);
                let _ = definition(&db, file, offset as u32);
                let _ = references(&db, file, offset as u32);
            }
            symbols(&db, file);
            folds(&db, file);
        }
    }
}
