//! Loading from files in memory: what is found, and every error as people see it.

use vela_ir::Decl;

use crate::{LoadError, LoadOptions, Loaded, MemoryWorld, World, load};

const MODULE: &str = "module: \"m.example/x\"\nlanguage: version: \"v0.17.0\"\n";

struct Run<'a> {
    world: &'a dyn World,
    folder: &'a str,
    tags: Vec<String>,
    variables: bool,
    tools: bool,
}

impl<'a> Run<'a> {
    fn new(world: &'a dyn World) -> Self {
        Self { world, folder: "/m", tags: Vec::new(), variables: false, tools: false }
    }

    fn tags(mut self, tags: &[&str]) -> Self {
        self.tags = tags.iter().map(|t| (*t).to_string()).collect();
        self
    }

    fn load(&self, args: &[&str]) -> Loaded {
        let args: Vec<String> = args.iter().map(|a| (*a).to_string()).collect();
        load(
            self.world,
            &LoadOptions {
                folder: self.folder,
                args: &args,
                tags: &self.tags,
                variables: self.variables,
                tools: self.tools,
                tests: false,
                schemas: false,
                protos: crate::ProtoSearch::default(),
                builtin: &|path| ["strings", "list"].contains(&path),
            },
        )
    }

    /// All errors as text; names of the fields at the top, per instance, where there are none.
    fn text(&self, args: &[&str]) -> String {
        let loaded = self.load(args);
        let errors = loaded.errors();
        if errors.is_empty() {
            return loaded.instances.iter().map(|i| fields(&loaded, i)).collect::<Vec<_>>().join(" | ");
        }
        errors.iter().map(|e| render(&loaded, e)).collect::<Vec<_>>().join("\n")
    }
}

fn render(loaded: &Loaded, error: &LoadError) -> String {
    let mut out = String::new();
    if !error.path.is_empty() {
        out.push_str(&format!("{}: ", error.path.join(".")));
    }
    out.push_str(&error.message);
    let mut places: Vec<String> = Vec::new();
    for place in &error.places {
        let (line, column) = place.line_col(&loaded.sources);
        let text = format!("\n    {}:{line}:{column}", loaded.sources.name(place.source));
        if !places.contains(&text) {
            places.push(text);
        }
    }
    if !places.is_empty() {
        out.push(':');
    }
    out + &places.concat()
}

fn fields(loaded: &Loaded, instance: &crate::Instance) -> String {
    let ir = &loaded.ir;
    let Some(package) = instance.package else { return "?".to_string() };
    let mut out = Vec::new();
    for file in &ir.packages[package.index()].files {
        let vela_ir::Expr::Struct(top) = ir.expr(ir.files[file.index()].root) else { continue };
        for decl in ir.struct_decls(top) {
            if let Decl::Field { label, value, .. } = ir.decls[decl.index()] {
                out.push(format!("{}: {}", ir.labels.name(label), ir.print(value)));
            }
        }
    }
    out.join(", ")
}

fn world() -> MemoryWorld {
    MemoryWorld::new()
        .file("/m/cue.mod/module.cue", MODULE)
        .file("/m/root.cue", "package p\nroot: 1\n")
        .file("/m/a/a.cue", "package p\nimport \"m.example/x/nope\"\na: root + nope.x\n")
        .file("/m/b/q/b.cue", "package p\nb: 2\n")
        .file("/m/b/skip.cue", "package other\n")
        .file("/m/c/c.cue", "package c\nimport \"m.example/x/d\"\nx: d.y\n")
        .file("/m/d/d.cue", "package d\nimport \"m.example/x/e\"\ny: e.z\n")
        .file("/m/e/e.cue", "package e\nimport \"m.example/x/c\"\nz: c.x\n")
        .file("/m/g/g.cue", "package g\ny: nope\n")
        .file(
            "/m/h/h.cue",
            "package h\nimport \"m.example/x/g\"\nimport gg \"m.example/x/g:g\"\nx: g.y\nu: 1\n",
        )
        .file("/m/multi/x.cue", "package x\na: 1\n")
        .file("/m/multi/y.cue", "package y\n")
        .file("/m/un/u.cue", "a: 1\n")
        .file("/m/tl/x_tool.cue", "package t\ncommand: x: 1\n")
        .file("/m/tl/y.cue", "@if(prod)\n\npackage t\nx: 1\n")
        .file("/m/bad/bad.cue", "package bad\nx: {\n")
        .file("/m/ibad/i.cue", "package ibad\nimport \"m.example/x/bad\"\nx: bad.x\n")
        .file("/m/self/i.cue", "package self\nimport \"m.example/x/self\"\nx: self.x\n")
        .file(
            "/m/ok/ok.cue",
            "package ok\nimport \"m.example/x/lib\"\nimport v \"v.example/p\"\nx: [lib.y, v.q]\n",
        )
        .file("/m/lib/lib.cue", "package lib\nimport \"strings\"\ny: strings.ToUpper(\"a\")\n")
        .file("/m/cue.mod/pkg/v.example/p/p.cue", "package p\nq: 1\n")
        .file("/m/cue.mod/gen/v.example/p/p.cue", "package p\nr: 1\n")
        .file("/m/data/d.json", "{}")
        .file("/m/data/d.cue", "package d\n")
        .file("/m/nested/cue.mod/module.cue", MODULE)
        .file("/m/nested/n.cue", "package n\n")
}

#[test]
fn packages_of_folders() {
    let world = world();
    let run = Run::new(&world);
    for (args, expected) in [
        (&["."][..], "root: 1"),
        (&[], "root: 1"),
        (&["./b/q"], "root: 1, b: 2"),
        (&["./multi:x"], "a: 1"),
        (&["root.cue", "un/u.cue"], "root: 1, a: 1"),
        (&["./ok"], "x: [lib.y, v.q]"),
        (&["v.example/p"], "r: 1, q: 1"),
        (&["m.example/x/lib"], "y: strings.ToUpper(\"a\")"),
        (&["./lib", "./multi:x", "root.cue"], "y: strings.ToUpper(\"a\") | a: 1 | root: 1"),
        (&["./b/..."], " | root: 1, b: 2"),
    ] {
        assert_eq!(run.text(args), expected, "{args:?}");
    }
    assert_eq!(run.load(&["./data"]).instances[0].data, ["/m/data/d.json"]);
}

#[test]
fn packages_that_cannot_be_loaded() {
    let world = world();
    let run = Run::new(&world);
    for (arg, expected) in [
        (
            "./a",
            "m.example/x/a@v0: import failed: cannot find package \"m.example/x/nope\": cannot find module providing package m.example/x/nope:\n    ./a/a.cue:2:8",
        ),
        (
            "./a/a.cue",
            "import failed: cannot find package \"m.example/x/nope\": cannot find module providing package m.example/x/nope:\n    ./a/a.cue:2:8",
        ),
        (
            "./c",
            "import failed: import failed: import failed: import failed: package import cycle not allowed:\n    ./c/c.cue:2:8\n    ./d/d.cue:2:8\n    ./e/e.cue:2:8",
        ),
        ("./self", "import failed: import failed: package import cycle not allowed:\n    ./self/i.cue:2:8"),
        (
            "./h",
            "imported and not used: \"m.example/x/g:g\" as gg:\n    ./h/h.cue:3:8\ny: reference \"nope\" not found:\n    ./g/g.cue:2:4",
        ),
        ("./multi", "found packages \"x\" (x.cue) and \"y\" (y.cue) in \"multi\""),
        (
            "./multi:zz",
            "build constraints exclude all CUE files in ./multi:\n    ./multi/x.cue: package is x, want zz\n    ./multi/y.cue: package is y, want zz",
        ),
        ("./un", "build constraints exclude all CUE files in ./un:\n    ./un/u.cue: no package name"),
        ("./nonexist", "cannot find package \"./nonexist\""),
        ("./root.cue/", "./root.cue is a file and not a package directory"),
        (
            "./tl",
            "build constraints exclude all CUE files in ./tl:\n    ./root.cue: package is p, want t\n    ./tl/x_tool.cue: _tool.cue files excluded in non-cmd mode\n    ./tl/y.cue: @if(prod) did not match",
        ),
        ("zz", "standard library import path \"zz\" cannot be imported as a CUE package"),
        ("nope.cue", "stat /m/nope.cue: no such file or directory"),
        ("foo.bar", "unknown file extension .bar"),
        (
            "v.example/p:q",
            "cannot find package \"v.example/p\": no files in package directory with package name \"q\"",
        ),
        ("./bad", "expected '}', found 'EOF':\n    ./bad/bad.cue:2:6"),
        ("./ibad", "import failed: expected '}', found 'EOF':\n    ./ibad/i.cue:2:8\n    ./bad/bad.cue:2:6"),
        ("./nested", "cannot determine import path for \"./nested\" (directory is in a nested module)"),
        ("../", "cannot determine import path for \"../\" (dir outside of root)"),
        ("./x/...", "cue: \"./x/...\" matched no packages"),
    ] {
        assert_eq!(run.text(&[arg]), expected, "{arg}");
    }
    assert_eq!(Run::new(&world).tags(&["prod"]).text(&["./tl"]), "x: 1");
}

#[test]
fn without_a_module() {
    let world = MemoryWorld::new()
        .file("/m/i.cue", "package i\nimport \"m.example/x/b\"\nimport \"strings\"\na: nope\nx: strings.A\n")
        .file("/m/s/i.cue", "package i\nimport \"strings\"\nx: strings.A\n")
        .file("/m/n/i.cue", "package i\nimport \"nosuch\"\nx: nosuch.A\n");
    let run = Run::new(&world);
    assert_eq!(
        run.text(&["."]),
        "import failed: imports are unavailable because there is no cue.mod/module.cue file:\n    ./i.cue:2:8"
    );
    assert_eq!(run.text(&["./s"]), "x: strings.A");
    assert_eq!(run.text(&["./n"]), "builtin package \"nosuch\" undefined:\n    ./n/i.cue:2:8");
}

#[test]
fn module_files() {
    for (text, expected) in [
        ("module: \"m.example/x\"\n", "no language version declared in module.cue; run 'cue mod fix'"),
        (
            "module: \"m.example/x\"\nlanguage: version: \"v0.17.0\"\nfoo: 1\nbar: 1+1",
            "invalid module file syntax: expressions not allowed in data mode:\n    ./cue.mod/module.cue:4:6",
        ),
        (
            "module: \"m.example/x\"\nlanguage: version: \"v0.17.0\"\nfoo: 1\n",
            "foo: field not allowed:\n    ./cue.mod/module.cue:3:1",
        ),
        (
            "module: \"mexample/x\"\nlanguage: version: \"v0.17.0\"\n",
            "invalid module file /m/cue.mod/module.cue: module path \"mexample/x\" is not valid: missing dot in first path element",
        ),
        (
            "module: 1\nlanguage: version: \"v0.18.0\"\n",
            "language version \"v0.18.0\" declared in module.cue is too new for current language version \"v0.17.1\"",
        ),
        ("module: \"m.example/x@v1\"\nlanguage: version: \"v0.17.0-rc.1\"", "a: 1"),
        ("language: version: \"v0.17.0\"", "invalid module file /m/cue.mod/module.cue: empty module path"),
    ] {
        let world = MemoryWorld::new().file("/m/cue.mod/module.cue", text).file("/m/a.cue", "a: 1\n");
        assert_eq!(Run::new(&world).text(&["a.cue"]), expected, "{text}");
    }
    let old = MODULE.replace("v0.17.0", "v0.13.0");
    let world = MemoryWorld::new().file("/m/cue.mod/module.cue", old).file("/m/a.cue", "a: error(\"x\")\n");
    assert_eq!(
        Run::new(&world).text(&["a.cue"]),
        "a: builtin \"error\" is not available in version v0.13.0; it was added in version \"v0.14.0\":\n    ./a.cue:1:4"
    );
}

#[test]
fn dependencies() {
    let world = MemoryWorld::new()
        .file("/m/cue.mod/module.cue", format!("{MODULE}deps: \"l.example/lib@v0\": v: \"v0.2.0\"\n"))
        .file(
            "/m/a.cue",
            "package a\nimport \"l.example/lib/p\"\nimport q \"l.example/lib@v0:lib\"\nx: p.x\ny: q.y\n",
        )
        .file("/m/b/b.cue", "package b\nimport \"l.example/lib/zz\"\nx: zz.x\n")
        .file(
            "/cache/lib/cue.mod/module.cue",
            "module: \"l.example/lib@v0\"\nlanguage: version: \"v0.17.0\"\n",
        )
        .file("/cache/lib/lib.cue", "package lib\nimport \"l.example/lib/p\"\ny: p.x\n")
        .file("/cache/lib/p/p.cue", "package p\nx: 1\n")
        .with_module("l.example/lib", "v0.2.0", "/cache/lib");
    assert_eq!(Run::new(&world).text(&["."]), "x: p.x, y: q.y");
    let loaded = Run::new(&world).load(&["."]);
    let ids: Vec<&str> = loaded.ir.packages.iter().map(|p| p.id.as_str()).collect();
    assert_eq!(ids, ["l.example/lib/p@v0", "l.example/lib@v0", "m.example/x@v0:a"]);
    assert_eq!(
        Run::new(&world).text(&["./b"]),
        "m.example/x/b@v0: import failed: cannot find package \"l.example/lib/zz\": cannot find module providing package l.example/lib/zz:\n    ./b/b.cue:2:8"
    );
}

#[test]
fn injected_values() {
    let text = concat!(
        "a: string @tag(a)\nb: int @tag(b,type=int)\nc: *\"dev\" | \"prod\" @tag(c,short=dev|prod)\n",
        "d: string @tag(d,var=os)\ne: bool @tag(e,type=bool)\n"
    );
    let world = MemoryWorld::new().file("/m/a.cue", text).variable("os", "linux");
    let run = |tags: &[&str]| Run::new(&world).tags(tags).text(&["a.cue"]);
    assert_eq!(
        run(&["a=x", "b=0x10", "prod", "e=T"]),
        "a: string & \"x\", b: int & 16, c: (*\"dev\" | \"prod\") & \"prod\", d: string, e: bool & true"
    );
    assert_eq!(
        run(&["b=1", "b=2"]),
        "a: string, b: int & (1 & 2), c: *\"dev\" | \"prod\", d: string, e: bool"
    );
    for (tag, expected) in [
        ("x=1", "no tag for \"x\""),
        ("a", "tag \"a\" not used in any file"),
        ("b=1.5", "invalid int \"1.5\" for injection tag \"b\""),
        ("e=maybe", "invalid boolean \"maybe\" for injection tag \"e\""),
    ] {
        assert_eq!(run(&[tag]), expected);
    }
    let mut with_variables = Run::new(&world);
    with_variables.variables = true;
    assert!(with_variables.text(&["a.cue"]).contains("d: string & \"linux\""));
    for (text, expected) in [
        ("a: [{b: int @tag(b)}]", "@tag not allowed within lists:\n    ./a.cue:1:13"),
        ("if true {b: int @tag(b)}", "@tag not allowed within comprehension:\n    ./a.cue:1:17"),
        ("a?: int @tag(b)", "@tag not allowed within field constraint:\n    ./a.cue:1:9"),
        ("a: int @tag(1b)", "invalid identifier \"1b\":\n    ./a.cue:1:8"),
        ("a: int @tag(b,type=foo)", "invalid type \"foo\":\n    ./a.cue:1:8"),
    ] {
        let world = MemoryWorld::new().file("/m/a.cue", text);
        assert_eq!(Run::new(&world).text(&["a.cue"]), expected);
    }
}

/// What the documents of the data files among the arguments are.
fn documents(loaded: &Loaded) -> Vec<String> {
    let errors = loaded.errors();
    if !errors.is_empty() {
        return errors.iter().map(|e| render(loaded, e)).collect();
    }
    let print = |file: &vela_ir::FileId| {
        loaded.ir.print(loaded.ir.files[file.index()].root).replace(['\n', '\t'], " ")
    };
    loaded.data.iter().flat_map(|d| d.documents.iter().map(print)).collect()
}

#[test]
fn data_files() {
    let world = MemoryWorld::new()
        .file("/m/a.json", "{\"a\": 1, \"b\": [1, \"x\", null, true, 1.50]}")
        .file("/m/dup.json", "{\"a\": 1, \"a\": 2}")
        .file("/m/k.yaml", "# one\na: &x 1\n---\na: *x\n")
        .file("/m/m.yaml", "a: 1\n---\nb: !!binary aGVsbG8=\n")
        .file("/m/e.toml", "z = 1\nb = [0x10, 1e3]\n[c]\nd = 1979-05-27T07:32:00Z\n")
        .file("/m/g.txt", "hello\n")
        .file("/m/g.bin", [0xFF, 0x00])
        .file("/m/j.jsonl", "{\"a\":1}\n[2]")
        .file("/m/bad.json", "{\"b\": [1,,2]}")
        .file("/m/bad.toml", "a = ")
        .file("/m/s.cue", "s: string\n")
        .input("n: 1\n");
    let run = Run::new(&world);
    let read = |args: &[&str]| documents(&run.load(args));
    assert_eq!(read(&["a.json"]), ["{  a: 1  b: [1, \"x\", null, true, 1.50] }"]);
    assert_eq!(read(&["dup.json"]), ["{  a: 1  a: 2 }"]);
    assert_eq!(read(&["s.cue", "m.yaml"]), ["{  a: 1 }", "{  b: 'hello' }"]);
    assert_eq!(read(&["e.toml"]), ["{  z: 1  b: [16, 1e+3]  c: {   d: \"1979-05-27T07:32:00Z\"  } }"]);
    assert_eq!(read(&["j.jsonl"]), ["{  a: 1 }", "{  [2] }"]);
    assert_eq!(read(&["text:", "a.json", "binary:", "g.bin"]).len(), 2);
    assert_eq!(read(&["yaml:", "-"]), ["{  n: 1 }"]);
    assert!(read(&["bad.json"])[0].starts_with("invalid JSON for file \"/m/bad.json\": "));
    assert!(read(&["bad.toml"])[0].ends_with("./bad.toml:1:5"), "{:?}", read(&["bad.toml"]));
    assert_eq!(read(&["nope.json"]), ["stat /m/nope.json: no such file or directory"]);
    assert_eq!(read(&["x.go"]), ["unsupported encoding \"code\""]);
    assert_eq!(read(&["x.proto"]), ["stat /m/x.proto: no such file or directory"]);
    let mut loaded = run.load(&["s.cue", "a.json"]);
    let documents = loaded.data[0].documents.clone();
    let package = loaded.package_with(loaded.instances[0].package, &documents);
    assert_eq!(loaded.ir.packages[package.index()].files.len(), 2);
    let decl = loaded.ir.decl_metas.iter().find(|m| m.file == documents[0]).unwrap();
    assert_eq!((decl.start, decl.label_end), (1, 4));
}

#[test]
fn embedded_files() {
    let head = "@extern(embed)\n\npackage p\n\n";
    let run = |text: &str| {
        let world = MemoryWorld::new()
            .file("/m/cue.mod/module.cue", MODULE)
            .file("/m/p.cue", format!("{head}{text}\n"))
            .file("/m/a.json", "{\"x\": 1}")
            .file("/m/d/b.yaml", "y: 2\n")
            .file("/m/d/c.yaml", "3\n")
            .file("/m/d/.h.yaml", "4\n")
            .file("/m/two.yaml", "1\n---\n2\n")
            .file("/m/noext", "z")
            .file("/m/n/cue.mod/module.cue", MODULE)
            .file("/m/n/s.json", "{}");
        Run::new(&world).text(&["."]).replace(['\n', '\t'], " ")
    };
    assert_eq!(run("a: _ @embed(file=a.json)"), "a: _ & {  x: 1 }");
    assert_eq!(run("a: string @embed(file=noext,type=text)"), "a: string & \"z\"");
    assert_eq!(run("a: _ @embed(glob=d/*.yaml)"), "a: _ & {  \"d/b.yaml\": {   y: 2  }  \"d/c.yaml\": 3 }");
    assert_eq!(run("a: _ @embed(glob=z/*.yaml,allowEmptyGlob)"), "a: _ & {}");
    assert_eq!(run("@embed(file=a.json)\nb: 1"), "b: 1");
    for (attribute, message) in [
        ("", "attribute must have file or glob field"),
        ("file=a.json,glob=*.json", "attribute cannot have both file and glob field"),
        ("file=a.json,allowEmptyGlob", "allowEmptyGlob must be specified with a glob field"),
        ("glob=z/*.json", "no matches for glob pattern \"z/*.json\""),
        ("glob=z/*", "extension not fully specified; type argument required"),
        ("file=./a.json", "path not normalized, use \"a.json\" instead"),
        ("file=/a.json", "only relative files are allowed"),
        ("file=\"../a.json\"", "cannot refer to parent directory"),
        ("file=missing.json", "open missing.json: no such file or directory"),
        ("file=n/s.json", "cannot embed file \"n/s.json\": in different module"),
        ("file=noext", "no encoding specified for file \"noext\""),
        ("file=two.yaml", "streaming not implemented: found more than one value in file"),
        ("file=p.cue", "encoding \"cue\" not (yet) supported"),
    ] {
        let expected = format!("@embed: {message}:     ./p.cue:5:6");
        assert_eq!(run(&format!("a: _ @embed({attribute})")), expected);
    }
    let world = MemoryWorld::new().file("/m/p.cue", format!("{head}a: _ @embed(file=a.json)\n"));
    assert_eq!(Run::new(&world).text(&["."]), "cannot embed files when not in a module");
}

#[test]
fn deep_chains_of_imports() {
    let count = 2_000;
    let mut world = MemoryWorld::new().file("/m/cue.mod/module.cue", MODULE);
    for i in 0..count {
        let text = format!("package p{i}\nimport \"m.example/x/p{}\"\nx: p{}.x\n", i + 1, i + 1);
        world = world.file(&format!("/m/p{i}/p.cue"), text);
    }
    world = world.file(&format!("/m/p{count}/p.cue"), format!("package p{count}\nx: 1\n"));
    assert_eq!(Run::new(&world).text(&["./p0"]), "x: p1.x");
}
