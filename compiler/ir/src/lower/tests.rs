//! What names mean, which errors lowering finds, and that what is lowered prints as it was written.

use std::sync::Arc;

use crate::ir::{Decl, Expr, ExprId, ImportTarget, Ir, PackageId, StructId, Version};
use crate::{LowerError, PackageInput, SourceFile};

const BUILTINS: [&str; 3] = ["strings", "list", "encoding/json"];

fn lower_files(texts: &[&str], version: Version) -> (Ir, Result<PackageId, Vec<LowerError>>) {
    let options = vela_syntax::ParseOptions { version: version.into() };
    let parsed: Vec<vela_syntax::Parse> = texts.iter().map(|t| vela_syntax::parse(t, &options)).collect();
    for parse in &parsed {
        assert_eq!(parse.errors, [], "the text must parse");
    }
    let names: Vec<String> = (0..texts.len()).map(|i| format!("{i}.cue")).collect();
    let files: Vec<SourceFile<'_>> = texts
        .iter()
        .zip(&parsed)
        .zip(&names)
        .map(|((text, parse), name)| SourceFile {
            name,
            path: name,
            text: Arc::from(*text),
            ast: &parse.file,
            version: None,
            experiments: parse.experiments,
            injected: &[],
        })
        .collect();
    let mut ir = Ir::default();
    let result = ir.add_package(PackageInput {
        id: "test",
        name: "",
        version,
        files: &files,
        resolve_import: &|path| BUILTINS.contains(&path).then_some(ImportTarget::Builtin),
    });
    (ir, result)
}

fn lower(text: &str) -> Ir {
    let (ir, result) = lower_files(&[text], Version::NEWEST);
    assert!(result.is_ok(), "{text}: {result:?}");
    ir
}

/// The errors as `path: message @line:column`, sorted.
fn errors_of(texts: &[&str], version: Version) -> Vec<String> {
    let (ir, result) = lower_files(texts, version);
    let position = |place: &crate::Place| {
        let text = &ir.files[place.file.index()].text;
        let (line, column) = vela_diagnostics::LineIndex::new(text).line_col(place.start);
        format!("{line}:{column}")
    };
    let mut out: Vec<String> = result
        .err()
        .unwrap_or_default()
        .iter()
        .map(|e| {
            let path = if e.path.is_empty() { String::new() } else { format!("{}: ", e.path.join(".")) };
            let previous = e.previous.as_ref().map(position).unwrap_or_default();
            format!("{path}{}{previous} @{}", e.message, position(&e.places[0]))
        })
        .collect();
    out.sort();
    out.dedup();
    out
}

fn errors(text: &str) -> Vec<String> {
    errors_of(&[text], Version::NEWEST)
}

fn top(ir: &Ir) -> StructId {
    let Expr::Struct(id) = ir.expr(ir.files[0].root) else { panic!("a file is a struct") };
    id
}

/// The value of the field of that name in a struct literal.
fn field(ir: &Ir, of: StructId, name: &str) -> ExprId {
    let found = ir.struct_decls(of).find_map(|d| match ir.decls[d.index()] {
        Decl::Field { label, value, .. } if ir.labels.name(label) == name => Some(value),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("no field {name}"))
}

fn at(ir: &Ir, path: &str) -> ExprId {
    let mut of = top(ir);
    let mut value = None;
    for name in path.split('.') {
        if let Some(value) = value {
            let Expr::Struct(id) = ir.expr(value) else { panic!("{name} is in no struct") };
            of = id;
        }
        value = Some(field(ir, of, name));
    }
    value.unwrap()
}

/// How many levels up the field reference at `path` points.
fn up(ir: &Ir, path: &str) -> u16 {
    match ir.expr(at(ir, path)) {
        Expr::FieldRef(up, _) | Expr::ValueRef(up, _) | Expr::LabelRef(up, _) => up,
        Expr::LetRef(i) => ir.let_refs[i as usize].up,
        Expr::DynRef(i) => ir.dyn_refs[i as usize].up,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn levels_count_structs_lists_and_clauses() {
    let ir = lower("a: 1, b: a, c: d: e: a, f: {g: a}, X=h: i: X");
    assert_eq!([up(&ir, "b"), up(&ir, "c.d.e"), up(&ir, "f.g"), up(&ir, "h.i")], [0, 2, 1, 1]);
    let ir =
        lower("a: 1, l: [a, [for x in [1] {v: a, w: x}]], m: {for x in [1] let y = x {v: a, w: x, z: y}}");
    let list = |id: ExprId| {
        let Expr::List(list, _) = ir.expr(id) else { panic!("a list") };
        ir.expr_lists[list.range()].to_vec()
    };
    let outer = list(at(&ir, "l"));
    assert_eq!(ir.expr(outer[0]), Expr::FieldRef(1, ir.labels.find_string("a").unwrap()));
    let body = |id: ExprId| {
        let Expr::Comprehension(id) = ir.expr(id) else { panic!("a comprehension") };
        let Expr::Struct(body) = ir.expr(ir.comprehensions[id.index()].body) else { panic!("a body") };
        body
    };
    let ups = |of: StructId, names: &[&str]| -> Vec<u16> {
        let one = |n: &&str| match ir.expr(field(&ir, of, n)) {
            Expr::FieldRef(up, _) => up,
            other => panic!("{other:?}"),
        };
        names.iter().map(one).collect()
    };
    assert_eq!(ups(body(list(outer[1])[0]), &["v", "w"]), [4, 1]);
    let Expr::Struct(m) = ir.expr(at(&ir, "m")) else { panic!("a struct") };
    let Some(Decl::Embed(embed)) = ir.struct_decls(m).next().map(|d| ir.decls[d.index()]) else {
        panic!("an embedding")
    };
    assert_eq!(ups(body(embed), &["v", "w", "z"]), [4, 2, 1]);
}

#[test]
fn aliases() {
    let ir = lower(concat!(
        "a: X={b: X, c: [X]}\n[L=string]: {n: L, m: o: L}\nD=(k): {v: D}\nk: \"s\"\n",
        "P=[=~\"p\"]: {q: P}\ne: Y=(5 & Y)\nF=\"g-h\": 1\ni: F"
    ));
    assert_eq!(ir.expr(at(&ir, "a.b")), Expr::ValueRef(0, ir.labels.find_string("X").unwrap()));
    assert_eq!(ir.expr(at(&ir, "i")), Expr::FieldRef(0, ir.labels.find_string("g-h").unwrap()));
    let Expr::And(_, current) = ir.expr(at(&ir, "e")) else { panic!("a conjunction") };
    assert_eq!(ir.expr(current), Expr::CurrentRef(ir.labels.find_string("Y").unwrap()));
    let mut seen = 0;
    for decl in ir.struct_decls(top(&ir)) {
        let (Decl::Pattern { value, .. } | Decl::Dynamic { value, .. }) = ir.decls[decl.index()] else {
            continue;
        };
        let Expr::Struct(value) = ir.expr(value) else { panic!("a struct") };
        let Decl::Field { value, .. } = ir.decls[ir.struct_decls(value).next().unwrap().index()] else {
            panic!("a field")
        };
        match ir.expr(value) {
            Expr::LabelRef(up, _) => assert_eq!(up, 1),
            Expr::DynRef(i) => {
                let dynamic = ir.dyn_refs[i as usize];
                assert_eq!(dynamic.up, 1);
                assert!(matches!(ir.expr(dynamic.key), Expr::LabelRef(0, _) | Expr::FieldRef(0, _)));
            }
            other => panic!("{other:?}"),
        }
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn new_aliases() {
    let ir = lower(
        "@experiment(aliasv2)\na~X: b: X\nc~(K,V): {d: K, e: V}\n[string]~(K,V2): {f: K, g: V2}\nh: {i: self}",
    );
    assert_eq!(up(&ir, "a.b"), 1);
    assert_eq!(ir.print(at(&ir, "c.d")), "\"c\"");
    assert_eq!(up(&ir, "c.e"), 1);
    assert_eq!(ir.expr(at(&ir, "h.i")), Expr::ValueRef(0, ir.labels.find_string("self").unwrap()));
    assert_eq!(
        errors("@experiment(aliasv2)\na: {[string]~(K,V): {x: K}, [=~\"a\"]~(K,V): {y: V}, b: {}}"),
        ["a: alias \"V\" already declared; previous declaration at 2:13 @2:36"]
    );
    assert_eq!(
        errors("@experiment(aliasv2)\n#d~(K,V): {x: K}\n\"q-z\"~(K3,V3): {x: K3, y: V3}"),
        [
            "#d.x: label alias cannot reference definition or hidden field @2:5",
            "unreferenced alias or let clause V @2:3",
        ]
    );
}

#[test]
fn lets_differ_per_iteration_if_they_mention_its_variable() {
    let ir = lower(
        "for x in [1] {let a = x, let b = a + 1, let c = 2, d: a, e: b, f: c}\ng: [for x in [1] {let h = x, i: h}]",
    );
    let multi: Vec<(String, bool)> =
        ir.let_refs.iter().map(|l| (ir.labels.name(l.label).into_owned(), l.multi)).collect();
    let expected = [("a", true), ("a", true), ("b", true), ("c", false), ("h", false)];
    assert_eq!(multi, expected.map(|(n, m)| (n.to_string(), m)));
    assert!(ir.let_refs.iter().all(|l| l.value.index() < ir.exprs.len()));
    let ir = lower("for x in [1] let y = x {let z = y, a: z}\nfor x in [1] let y = 2 {let z = y, a: z}");
    assert_eq!(ir.let_refs.iter().map(|l| l.multi).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn scope_of_a_package() {
    let (ir, result) = lower_files(
        &["package p\nb: {c: a, d: _h}\n", "package p\na: 1\n_h: 2\nlet q = 1\n\"s\": q\n"],
        Version::NEWEST,
    );
    assert!(result.is_ok());
    assert_eq!(up(&ir, "b.c"), 1);
    assert_eq!(
        errors_of(
            &["package p\nb: q\nc: s\nd: t", "package p\nlet q = 1\n\"s\": q", "t: 1"],
            Version::NEWEST
        ),
        [
            "b: reference \"q\" not found @2:4",
            "c: reference \"s\" not found @3:4",
            "d: reference \"t\" not found @4:4"
        ]
    );
}

#[test]
fn predeclared_names_can_be_shadowed() {
    let ir = lower("string: 5, a: string, b: __string, c: {d: int, e: uint8, f: float32, g: len}");
    assert_eq!(up(&ir, "a"), 0);
    let shown: Vec<String> = ["b", "c.d", "c.e", "c.f", "c.g"].iter().map(|p| ir.print(at(&ir, p))).collect();
    assert_eq!(shown, ["string", "int", "uint8", "float32", "len"]);
    let old = Version { minor: 13, patch: 0 };
    assert_eq!(
        errors_of(&["a: error(\"x\")"], old),
        [
            "a: builtin \"error\" is not available in version v0.13.0; it was added in version \"v0.14.0\" @1:4"
        ]
    );
    assert_eq!(errors("a: self"), ["a: predeclared identifier \"self\" requires @experiment(aliasv2) @1:4"]);
}

#[test]
fn names_that_shadow_others() {
    let ir = lower("x: 1, a: [for x in [2] {x}], let y = 1, b: {let y = 2, c: y}, d: y, e: {x: 2, f: x}");
    assert_eq!([up(&ir, "b.c"), up(&ir, "d"), up(&ir, "e.f")], [0, 0, 0]);
    let ir = lower("for x, x in {a: 1} {b: x}\np: string, q: {[p]: 1}");
    assert!(matches!(ir.expr(at(&ir, "q")), Expr::Struct(_)));
}

#[test]
fn unused_and_cyclic_lets() {
    for (text, expected) in [
        ("a: {let x = 1, c: 2}", "a: unreferenced alias or let clause x @1:5"),
        ("X=a: 1", "unreferenced alias or let clause X @1:1"),
        ("c: Z={}", "unreferenced alias or let clause Z @1:4"),
        ("Y=[string]: 1", "unreferenced alias or let clause Y @1:1"),
        ("let a = b\nlet b = a\nc: a", "let[]: cyclic references in let clause or alias @1:9"),
        ("let a = b\nlet b = a", "let[]: cyclic references in let clause or alias @1:9"),
        ("x: {let a = y, let y = a, z: a}", "x.let[]: cyclic references in let clause or alias @1:13"),
        ("let x = x\ny: x", "let[]: reference \"x\" not found @1:9"),
        ("X=(Y): 1\nY=(\"a\"): 2\nx: X\ny: Y", "cyclic reference in field alias @1:4"),
    ] {
        assert_eq!(errors(text), [expected], "{text}");
    }
}

#[test]
fn imports() {
    let ir =
        lower("import \"strings\"\nimport j \"encoding/json\"\na: strings.ToUpper(\"x\"), b: {c: j.Marshal}");
    assert_eq!(ir.imports.iter().map(|i| i.name.as_str()).collect::<Vec<_>>(), ["strings", "j"]);
    assert!(matches!(ir.expr(at(&ir, "b.c")), Expr::Select(..)));
    assert_eq!(
        errors("import \"strings\"\nstrings: 5"),
        ["strings redeclared as imported package name\n\tprevious declaration at 2:1 @1:8"]
    );
    assert_eq!(
        errors("import \"strings\"\nimport \"foo/strings\"\nx: strings.A"),
        [
            "builtin package \"foo/strings\" undefined @2:8",
            "strings redeclared as imported package name\n\tprevious declaration at 1:8 @2:8",
        ]
    );
    assert_eq!(
        errors("import \"nosuch\"\nimport str \"strings\"\na: nosuch.X\nb: nope"),
        [
            "b: reference \"nope\" not found @4:4",
            "builtin package \"nosuch\" undefined @1:8",
            "imported and not used: \"strings\" as str @2:8",
        ]
    );
    assert_eq!(
        errors("import \"strings\"\na: {strings: 5, b: strings}"),
        ["imported and not used: \"strings\" @1:8"]
    );
}

#[test]
fn operands_and_marks() {
    assert_eq!(
        errors(concat!(
            "a: int + string\nb: (>5) * 2\nc: uint8 + 1\nd: {a: *1}\ne: int != _|_\nf: _ && true\n",
            "g: !string\nh: -int\ni: {} + 1\n"
        )),
        [
            "a: invalid operand int ('+' requires concrete value) @1:4",
            "a: invalid operand string ('+' requires concrete value) @1:10",
            "b: invalid operand (>5) ('*' requires concrete value) @2:4",
            "c: invalid operand uint8 ('+' requires concrete value) @3:4",
            "d.a: preference mark not allowed at this position @4:8",
            "e: invalid operand int ('!=' requires concrete value) @5:4",
            "f: invalid operand _ ('&&' requires concrete value) @6:4",
        ]
    );
    assert_eq!(
        errors("a: [for x in [1] {x}]: 1"),
        ["a: comprehension values not allowed in this position @1:5"]
    );
    let ir = lower("a: 1 | *2 | (3 | *4) | *(5 | 6)");
    let Expr::Disjunction(list) = ir.expr(at(&ir, "a")) else { panic!("a disjunction") };
    let defaults: Vec<bool> = ir.disjuncts[list.range()].iter().map(|d| d.default).collect();
    assert_eq!(defaults, [false, true, false, true]);
}

#[test]
fn paths_of_errors() {
    assert_eq!(
        errors(concat!(
            "\"a b\": {c: nope, \"f\": {\"g\\(1)\": nope, (h): nope, [string]: nope}}\n",
            "l: [nope, {a: nope}]\nlet q = {a: nope, b: [for x in nope {c: nope}, if true {d: nope}]}\n",
            "for k, v in {} let z = nope {a: nope}\nif: nope\nb: {_: 3}"
        )),
        [
            "\"a b\".c: reference \"nope\" not found @1:12",
            "\"a b\".f.<unknown>: reference \"nope\" not found @1:44",
            "\"a b\".f.?: reference \"nope\" not found @1:33",
            "\"a b\".f.[]: reference \"nope\" not found @1:60",
            "\"a b\".f: reference \"h\" not found @1:40",
            "b: cannot use _ as label @6:5",
            "for[].let[].a: reference \"nope\" not found @4:33",
            "for[]: reference \"nope\" not found @4:24",
            "if: reference \"nope\" not found @5:5",
            "l.a: reference \"nope\" not found @2:15",
            "l: reference \"nope\" not found @2:5",
            "let[].a: reference \"nope\" not found @3:13",
            "let[].b.d: reference \"nope\" not found @3:60",
            "let[].b.for[].c: reference \"nope\" not found @3:41",
            "let[].b: reference \"nope\" not found @3:32",
            "unreferenced alias or let clause q @3:1",
        ]
    );
}

#[test]
fn try_needs_its_experiment_and_place() {
    assert_eq!(
        errors("@experiment(try)\nd: a.x?\na: {}"),
        ["d: optional marker (?) is only valid within a try clause @2:4"]
    );
    let ir = lower("@experiment(try)\na: {x?: int}\ny: 3\nb: {try v = a.x? {w: v} else {w: y}}");
    let comprehension = ir.comprehensions[0];
    let Some(Expr::Struct(body)) = comprehension.otherwise.map(|e| ir.expr(e)) else { panic!("an else") };
    assert_eq!(ir.expr(field(&ir, body, "w")), Expr::FieldRef(2, ir.labels.find_string("y").unwrap()));
}

#[test]
fn hidden_labels_carry_their_package() {
    let ir = lower("_h: 1, #d: 2, _#e: 3, \"_h\": 4");
    let labels: Vec<String> = ir
        .struct_decls(top(&ir))
        .filter_map(|d| match ir.decls[d.index()] {
            Decl::Field { label, .. } => Some(format!("{:?} {}", label.kind(), ir.labels.package(label))),
            _ => None,
        })
        .collect();
    assert_eq!(labels, ["Hidden test", "Definition ", "HiddenDefinition test", "String "]);
}

#[test]
fn string_labels_are_normalised() {
    let ir = lower("\"e\\u0301\": 1, a: b.\"e\\u0301\", b: {}");
    assert!(ir.labels.find_string("\u{e9}").is_some());
    assert_eq!(ir.print(at(&ir, "a")), "b.\u{e9}");
    let ir = lower("x: {'a': 1}");
    assert_eq!(ir.print(at(&ir, "x.a")), "1");
    assert_eq!(errors("x: \"\\ud800\""), ["x: invalid string: unmatched surrogate pair @1:4"]);
}

#[test]
fn metadata_of_declarations() {
    let ir = lower("// one\n// two\na: 1 @x(y) @z() // three\n\n@decl(1)\nb: {@in()}");
    let meta = ir.decl_metas[ir.structs[top(&ir).index()].decls.range()][0];
    let docs: Vec<&str> = ir.docs[meta.docs.range()].iter().map(|d| &**d).collect();
    assert_eq!(docs, ["one", "two", "three"]);
    let attributes: Vec<(&str, &str)> =
        ir.attributes[meta.attributes.range()].iter().map(|(n, b)| (&**n, &**b)).collect();
    assert_eq!(attributes, [("x", "y"), ("z", "")]);
    assert_eq!(ir.structs[top(&ir).index()].attributes.len, 1);
}

#[test]
fn printing_gives_the_source_again() {
    let source = concat!(
        "{\n\ta: 1 | *2 | (3 | *4)\n\tb: (a + 1) * 2 - (3 - a)\n\tc: >=(a + 1) & !=3\n\td?: -a\n\te!: !(a > 2) && b == 3\n",
        "\tf: \"x\\(a)y\"\n\tg: [a, {\n\t\tx: 1\n\t}, ...int]\n\th: f.\"a-b\"[1][a:][:2]\n\ti: len(g, 1)\n\t#j: {\n\t\t...\n\t}\n",
        "\t(f): 1\n\t\"\\(f)\": 2\n\t[X=string]: X\n\tlet k = 1\n\tl: {\n\t\tfor i, v in g if v > k let z = v {\n\t\t\tm: z\n\t\t}\n\t}\n",
        "\tn: null & bytes\n\to: V={\n\t\tp: V\n\t}\n\tq: W\n\tW=\"r-s\": a & b | c\n\tt: {}\n\tu: 'a\\x00'\n}"
    );
    let ir = lower(&format!("x: {source}"));
    assert_eq!(ir.print(at(&ir, "x")), source);
}

#[test]
fn expressions_in_the_scope_of_a_package() {
    let (mut ir, result) = lower_files(&["package p\na: b: 1\nlet l = 2\nc: l\n"], Version::NEWEST);
    let package = result.unwrap();
    let field = |name: &str, label: crate::Label, labels: &crate::Labels| match name {
        "a" | "c" => Some(label),
        // The label of a let is not that of its name.
        "l" => labels.find_string("a"),
        _ => None,
    };
    let builtin = |name: &str| (name == "strings").then(|| "strings".to_string());
    let mut add = |text: &str| {
        let (parse, expr) = vela_syntax::parse_expr(text);
        ir.add_expr(crate::ExprInput {
            package,
            version: Version::NEWEST,
            experiments: parse.experiments,
            name: "--expression",
            text: Arc::from(text),
            ast: &parse.file,
            expr: expr.unwrap(),
            field: &field,
            builtin: &builtin,
        })
        .map(|id| (ir.expr(id), ir.print(id)))
        .map_err(|e| e[0].message.clone())
    };
    assert!(matches!(add("a"), Ok((Expr::FieldRef(0, _), _))));
    assert_eq!(add("{x: a.b + 1, y: [c, x]}").unwrap().1, "{\n\tx: a.b + 1\n\ty: [c, x]\n}");
    assert!(matches!(add("l"), Ok((Expr::FieldRef(0, _), _))));
    assert_eq!(add("strings.ToUpper(\"x\")").unwrap().1, "strings.ToUpper(\"x\")");
    assert_eq!(add("nope"), Err("reference \"nope\" not found".to_string()));
}

#[test]
fn nesting_is_no_problem() {
    let depth = 9_000;
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("(", ")"), ("\"\\(", ")\"")] {
        let text = format!("x: {}1{}", open.repeat(depth), close.repeat(depth));
        let ir = lower(&text);
        assert!(!ir.print(at(&ir, "x")).is_empty());
    }
    for operator in [" + ", " & ", " | ", ".a"] {
        let text = format!("x: y{}\ny: _", format!("{operator}y").repeat(100_000).replace(".ay", ".a"));
        let ir = lower(&text);
        assert!(!ir.print(at(&ir, "x")).is_empty());
    }
}
