//! Mistakes of Applications, and which queries run again after which edit.

use vela_db::{Database, Db, facts, queries};

const WEB: &str = r#"web: {
	type:        "component"
	description: "A web server."
}
template: {
	output: {
		apiVersion: "shop.example/v1"
		kind:       "Server"
		spec: {
			replicas: parameter.replicas
			image:    parameter.image
		}
	}
	parameter: {
		// +usage=The image
		// +short=i
		image:    string
		replicas: *1 | int
		protocol: *"TCP" | "UDP"
		ports?: [...#Port]
		labels?: [string]: string
		strict?: #Strict
	}
	#Port: {
		port: int
		...
	}
	#Strict: {
		size: "small" | "large"
	}
}
"#;

fn application(body: &str) -> String {
    let head = "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata:\n  name: demo\nspec:\n  components:\n";
    format!("{head}{body}")
}

fn messages(db: &mut Database, body: &str) -> Vec<String> {
    let file = db.set("/w/app.yaml", application(body).as_str());
    let text = file.text(db).clone();
    db.diagnostics(file)
        .iter()
        .map(|d| {
            let at = d.primary_label().map_or("", |l| l.span.of(&text)).lines().next().unwrap_or("");
            let related = d.labels.iter().find(|l| !l.primary).map(|l| {
                let file = db.file(l.source).expect("a known source");
                format!(" -> {}", l.span.of(file.text(db)))
            });
            format!("{at}: {}{}", d.message, related.unwrap_or_default())
        })
        .collect()
}

#[test]
fn mistakes_name_the_property_and_the_parameter() {
    let mut db = Database::default();
    db.set("/w/web.cue", WEB);
    let component = "  - name: a\n    type: web\n    properties:\n";
    let mut with = |properties: &str| messages(&mut db, &format!("{component}{properties}"));
    assert_eq!(with("      image: nginx\n"), Vec::<String>::new());
    assert_eq!(
        with("      imgae: nginx\n"),
        [
            "imgae: unknown property `imgae` of component type `web`; did you mean `image`? -> image",
            "imgae: missing property `image` of component type `web`: it needs a string -> image",
        ]
    );
    assert_eq!(
        with("      image: 1.27\n      replicas: 1.0\n"),
        [
            "1.27: property `image` of component type `web` needs a string, not the number 1.27; quotes make it a string -> image"
        ]
    );
    assert_eq!(
        with("      image: a\n      protocol: tcp\n"),
        [
            "tcp: property `protocol` of component type `web` cannot be \"tcp\"; did you mean `TCP`? (allowed: \"TCP\", \"UDP\") -> protocol"
        ]
    );
    assert_eq!(
        with("      image: a\n      ports:\n      - port: x\n        name: y\n      - pord: 1\n"),
        [
            "x: property `ports[0].port` of component type `web` needs an int, not the string \"x\" -> port",
            "pord: unknown property `pord` below `ports[1]` of component type `web`; did you mean `port`? -> port",
            "pord: missing property `ports[1].port` of component type `web`: it needs an int -> port",
        ]
    );
    assert_eq!(
        with("      image: a\n      labels:\n        x: yes\n      strict: {size: large, color: red}\n"),
        [
            "yes: property `labels.x` of component type `web` needs a string, not the boolean yes; Kubernetes takes the bare word for a boolean, quotes make it a string -> labels",
            "color: unknown property `color` below `strict` of component type `web` -> web",
        ]
    );
}

#[test]
fn types_and_structure() {
    let mut db = Database::default();
    assert_eq!(
        messages(&mut db, "  - name: a\n    type: webservise\n    trait: []\n"),
        [
            "webservise: unknown component type `webservise`; did you mean `webservice`? -> webservice",
            "trait: unknown property `trait` below `spec.components[0]` of Application; did you mean `traits`?",
        ]
    );
    assert_eq!(
        messages(&mut db, "  - name: a\n    type: webservice\n"),
        ["a: missing property `image` of component type `webservice`: it needs a string -> image"]
    );
}

#[test]
fn every_built_in_definition_has_a_schema() {
    let db = Database::default();
    let definitions = queries::definitions(&db, db.workspace());
    assert_eq!(definitions.0.len(), vela_definitions::definitions().len());
    for ((kind, name), entries) in &definitions.0 {
        let schema = queries::schema_of(&db, entries[0].definition);
        assert!(schema.is_some_and(|s| s.nodes.len() > 1) || &**name == "suspend", "{kind:?} {name}");
        let file = db.file(entries[0].definition.source).expect("a file");
        assert_eq!(db.diagnostics(file).as_slice(), &[], "{name}");
    }
}

#[test]
fn white_space_runs_only_what_reads_text() {
    let mut db = Database::logging();
    let web = db.set("/w/web.cue", WEB);
    let app =
        db.set("/w/app.yaml", application("  - {name: a, type: web, properties: {image: x}}\n").as_str());
    db.set("/w/other.yaml", application("  - {name: b, type: worker, properties: {image: x}}\n").as_str());
    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    db.take_log();

    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    assert_eq!(db.take_log(), Vec::<String>::new(), "nothing changed");

    // A comment above the definition moves everything: it is parsed and read again, and there the wave ends. Nothing is
    // checked or rendered again.
    db.set("/w/web.cue", format!("// Web.\n\n{WEB}"));
    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    assert_eq!(db.take_log(), ["bare_parts", "bare_text", "beside", "cue", "extracted", "items", "schema"]);

    // So does one inside of the template, and white space.
    db.set("/w/web.cue", format!("// Web.\n\n{WEB}").replace("\t\tkind: ", "\t\t// Why.\n\n\t\tkind:     "));
    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    assert_eq!(db.take_log(), ["bare_parts", "bare_text", "beside", "cue", "extracted", "items", "schema"]);

    // A comment that steers a patch is none of these.
    db.set("/w/web.cue", WEB.replace("\t\tkind: ", "\t\t// +patchKey=name\n\t\tkind: "));
    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    assert!(db.take_log().contains(&"deployed".to_owned()));

    // A change of the parameter reaches the Application, and only that.
    db.set("/w/web.cue", WEB.replace("replicas: *1 | int", "replicas: int"));
    assert_eq!(db.diagnostics(app).len(), 1);
    assert_eq!(
        db.take_log(),
        ["beside", "cue", "diagnostics", "extracted", "items", "mistakes", "places", "rendered", "schema"]
    );

    // An edit of the Application reads no definition again; what changed before is now rendered with.
    db.set(
        "/w/app.yaml",
        application("  - {name: a, type: web, properties: {image: x, replicas: 2}}\n").as_str(),
    );
    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    assert_eq!(
        db.take_log(),
        [
            "bare_parts",
            "bare_text",
            "beside",
            "deployed",
            "diagnostics",
            "items",
            "mistakes",
            "rendered",
            "used",
            "yaml"
        ]
    );
    assert_eq!(db.diagnostics(web).as_slice(), &[]);
}

#[test]
fn what_stands_beside_an_application_runs_what_reads_it() {
    let mut db = Database::logging();
    db.set("/w/web.cue", WEB);
    db.set("/w/clusters.yaml", "clusters:\n- {name: prod, labels: {env: x}}\n");
    let body = "  - {name: a, type: web, properties: {image: x}}\n";
    let app = db.set("/w/app.yaml", application(body).as_str());
    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    assert_eq!(facts::preview(&db, app).clusters(), ["local".into()]);
    db.take_log();
    // The preview is what was rendered for the diagnostics.
    facts::preview(&db, app);
    assert_eq!(db.take_log(), Vec::<String>::new());
    // Another cluster: the Application is deployed again, with the same outcome, and there the wave ends.
    db.set("/w/clusters.yaml", "clusters:\n- {name: prod, labels: {env: y}}\n");
    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    assert_eq!(db.take_log(), ["beside", "clusters", "deployed", "items", "mistakes", "yaml"]);
    // A definition that no part is of concerns nobody.
    db.set("/w/other.cue", WEB.replace("web: {", "other: {"));
    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    let log = db.take_log();
    assert!(!log.iter().any(|q| ["deployed", "rendered", "diagnostics"].contains(&&**q)), "{log:?}");
    db.set("/w/other.cue", WEB.replace("web: {", "other: {").replace("image:    string", "image: int"));
    assert_eq!(db.diagnostics(app).as_slice(), &[]);
    assert_eq!(db.take_log(), ["beside", "cue", "items"]);
}

#[test]
fn packages_run_again_where_they_import_what_changed() {
    let mut db = Database::logging();
    db.set("/m/cue.mod/module.cue", "module: \"example.com/m\"\nlanguage: version: \"v0.17.1\"\n");
    let base = db.set("/m/base/base.cue", "package base\n\n#B: x: int\n");
    let top =
        db.set("/m/top/top.cue", "package top\n\nimport \"example.com/m/base\"\n\nt: base.#B & {x: 1}\n");
    let alone = db.set("/m/alone/alone.cue", "package alone\n\na: 1\n");
    let all = [base, top, alone];
    let messages = |db: &Database| -> Vec<String> {
        all.iter()
            .flat_map(|f| db.diagnostics(*f).iter().map(|d| d.message.clone()).collect::<Vec<_>>())
            .collect()
    };
    assert_eq!(messages(&db), Vec::<String>::new());
    db.take_log();
    assert_eq!(messages(&db), Vec::<String>::new());
    assert_eq!(db.take_log(), Vec::<String>::new());
    // The package and the one that imports it are evaluated again; that nothing is wrong is nothing new.
    db.set("/m/base/base.cue", "package base\n\n#B: x: int & >0\n");
    assert_eq!(messages(&db), Vec::<String>::new());
    let twice = |log: &[String]| log.iter().filter(|q| *q == "package_outcome").count();
    let log = db.take_log();
    assert_eq!(twice(&log), 2, "{log:?}");
    let once = ["cue", "diagnostics", "in_version", "package_findings", "package_findings"];
    assert_eq!(log, [&once[..], &["package_outcome"; 2]].concat());
    db.set("/m/base/base.cue", "package base\n\n#B: x: int & >1\n");
    assert_eq!(messages(&db).len(), 1);
    assert_eq!(twice(&db.take_log()), 2);
    // Nobody imports it: it alone is evaluated again.
    db.set("/m/alone/alone.cue", "package alone\n\na: 2\n");
    messages(&db);
    assert_eq!(twice(&db.take_log()), 1);
    // Texts that are as they were before are nothing new.
    db.set("/m/alone/alone.cue", "package alone\n\na: 2\n");
    messages(&db);
    assert_eq!(db.take_log(), Vec::<String>::new());
}

#[test]
fn definitions_in_yaml_lead_back_to_the_file() {
    let mut db = Database::default();
    let text = "apiVersion: core.oam.dev/v1beta1\nkind: ComponentDefinition\nmetadata:\n  name: box\nspec:\n  schematic:\n    cue:\n      template: |\n        output: {}\n        parameter: {\n          // +usage=How big\n          size: int\n        }\n";
    db.set("/w/box.yaml", text);
    assert_eq!(
        messages(&mut db, "  - name: a\n    type: box\n    properties: {size: big}\n"),
        ["big: property `size` of component type `box` needs an int, not the string \"big\" -> size"]
    );
}

#[test]
fn cue_packages() {
    let mut db = Database::default();
    let a = db.set("/w/a.cue", "package p\n\nx: int\ny: z\n");
    let b = db.set("/w/b.cue", "package p\n\nx: \"text\"\nz: 1\n");
    let messages = |db: &Database, file| -> Vec<String> {
        db.diagnostics(file).iter().map(|d| d.message.clone()).collect()
    };
    let conflict = messages(&db, a).into_iter().chain(messages(&db, b)).collect::<Vec<_>>();
    assert_eq!(conflict, ["x: conflicting values int and \"text\" (mismatched types int and string)"]);
    db.set("/w/b.cue", "package p\n\nx: 1\n");
    assert_eq!(messages(&db, a), ["y: reference \"z\" not found"]);
    db.set("/w/b.cue", "package p\n\nx: 1\nz: 2\n");
    assert_eq!(messages(&db, a), Vec::<String>::new());
    assert_eq!(messages(&db, b), Vec::<String>::new());
}

#[test]
fn rendering_finds_what_the_form_does_not() {
    let mut db = Database::default();
    let web = WEB.replace("replicas: *1 | int", "replicas: int & <10");
    db.set("/w/web.cue", web.as_str());
    let found = messages(&mut db, "  - name: a\n    type: web\n    properties: {image: x, replicas: 12}\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0], "12: property `replicas` of component `a` is 12, but has to be <10 -> <10");
}

#[test]
fn faults_of_rendering_are_told_in_the_definition_as_it_is_written() {
    let mut db = Database::default();
    let text = format!(
        "// One.\n{}",
        WEB.replace("image:    parameter.image", "// Two.\n\t\t\timage:    parameter.image & \"y\"")
    );
    let web = db.set("/w/web.cue", text.as_str());
    let app =
        db.set("/w/app.yaml", application("  - {name: a, type: web, properties: {image: x}}\n").as_str());
    let found = db.diagnostics(app);
    let labels = found.iter().flat_map(|d| &d.labels).filter(|l| l.source == web.source(&db));
    let texts: Vec<&str> = labels.map(|l| l.span.of(&text)).collect();
    assert!(
        !texts.is_empty()
            && texts
                .iter()
                .all(|t| ["\"y\"", "string", "parameter.image & \"y\"", "parameter.image"].contains(t)),
        "{texts:?} {found:?}"
    );
}

#[test]
fn names_that_lead_nowhere() {
    let mut db = Database::default();
    db.set("/w/web.cue", WEB);
    db.set("/w/clusters.yaml", "clusters:\n- {name: prod}\n");
    let found = messages(
        &mut db,
        "  - {name: one, type: web, properties: {image: x}, dependsOn: [oen, one]}\n  policies:\n  - {name: t, type: topology, properties: {clusters: [prd, prod, local]}}\n",
    );
    assert_eq!(
        found,
        [
            "oen: there is no component named `oen`; did you mean `one`?",
            "prd: there is no cluster named `prd`; did you mean `prod`?",
        ]
    );
}

#[test]
fn values_come_from_the_evaluation_that_gave_the_findings() {
    let mut db = Database::logging();
    let a = db.set("/w/a.cue", "package p\n\nx: {y: *1 | int, z: \"a\" | \"b\"}\n");
    db.diagnostics(a);
    db.take_log();
    let values = vela_db::facts::values(&db, a);
    assert_eq!(db.take_log(), Vec::<String>::new());
    let node = values.at(&["x", "y"]).expect("it is there");
    let shape = vela_db::values::ValueShape::Scalar {
        text: "*1 | int".into(),
        concrete: false,
        default: Some("1".into()),
        choices: vec!["1".into()],
    };
    assert_eq!(node.shape, shape);
    assert_eq!(values.shown(values.at(&["x"]).expect("x"), 5), "{\n\ty: *1 | int\n\tz: \"a\" | \"b\"\n}");
    vela_db::facts::value_with(&db, a, "package p\n\nx: _\n", &["x".to_owned()]);
    assert_eq!(db.take_log(), ["attempted"]);
    vela_db::facts::value_with(&db, a, "package p\n\nx: _\n", &["x".to_owned()]);
    assert_eq!(db.take_log(), Vec::<String>::new());
}

/// All paths of fields and elements.
fn all_paths(values: &vela_db::values::Values) -> Vec<Vec<String>> {
    let mut out: Vec<Vec<String>> = Vec::new();
    let mut work = vec![(vela_db::values::ValueId(0), Vec::new())];
    while let Some((at, path)) = work.pop() {
        for field in &values.node(at).fields {
            let mut path: Vec<String> = path.clone();
            path.push(field.name.to_string());
            work.push((field.node, path.clone()));
            out.push(path);
        }
    }
    out
}

// Of a struct with an error in it, more is told by itself.
#[test]
fn a_value_by_itself_is_what_it_is_among_all() {
    let mut db = Database::default();
    db.set("/w/cue.mod/module.cue", "module: \"w.example\"\nlanguage: version: \"v0.17.0\"\n");
    db.set(
        "/w/base/b.cue",
        "package base\n\n#Meta: {name: string, labels: {[string]: string}}\n#Port: int & >0 & <65536\n",
    );
    let text = r#"package p

import ("w.example/base", "strings")

// What is given.
_in: {name: "a", ports: [80, 443], tier?: "x" | *"y"}
#Service: {base.#Meta, ports: [...base.#Port], kind: *"Service" | "Headless", proto!: string, ...}
services: {
    for i, p in _in.ports {"\(_in.name)-\(i)": #Service & {name: "s\(i)", ports: [p], labels: app: _in.name}}
    [string]: proto: "tcp"
}
first: services["a-0"]
upper: strings.ToUpper(first.name)
if len(_in.ports) > 1 {many: {count: len(_in.ports), again: first}}
deep: a: b: c: deep.x.y
deep: x: y: [{z: 1}, {z: 2}]
wrong: {a: int, b: 2} & {a: "text"}
choice: {kind: "a", v: 1} | {kind: "b", v: "s"}
choice: kind: "b"
"#;
    let file = db.set("/w/p/p.cue", text);
    let all = vela_db::facts::values(&db, file);
    let paths = all_paths(&all);
    assert!(paths.len() > 50, "{}", paths.len());
    for path in paths {
        let expected = all.at(&path).expect("it is there");
        let found = vela_db::facts::value_at(&db, file, &path);
        let node = found.nodes.first().expect("it is there too");
        let lines = vela_db::values::GLANCE;
        if expected.shape != vela_db::values::ValueShape::Error {
            assert_eq!(found.shown(node, lines), all.shown(expected, lines), "{path:?}");
        }
        assert_eq!((&node.docs, node.contributions.len()), (&expected.docs, expected.contributions.len()));
    }
    let none = vela_db::facts::value_at(&db, file, &["services".to_owned(), "b".to_owned()]);
    assert_eq!(none.nodes, []);
}
