//! The patch rules on small sources. Fields are read with their comments as the evaluator reports them.

use vela_syntax::ParseOptions;
use vela_syntax::ast::{BinaryOp, Constraint, Decl, Expr, ExprId, File, Label, List as Ids, UnaryOp};
use vela_syntax::literal;

use super::*;
use crate::tree::{Field, FieldKind, List, Open, Presence, Scalar};

struct NoUnifier;

impl Unifier for NoUnifier {
    fn unify(&mut self, a: &str, b: &str) -> Result<Node, String> {
        Err(format!("cannot unify {a} and {b}"))
    }
}

fn node(text: &str) -> Node {
    let parse = vela_syntax::parse(text, &ParseOptions::default());
    assert!(parse.errors.is_empty(), "{text}: {:?}", parse.errors);
    fields(&parse.file, text, parse.file.top)
}

fn fields(file: &File, text: &str, decls: Ids) -> Node {
    let mut out = Struct::default();
    for decl in file.decl_list(decls) {
        let Decl::Field(field) = file.decl(*decl) else { continue };
        let Label::Ident(name) = field.label else { continue };
        let name = name.span.of(text);
        let kind = match name.as_bytes()[0] {
            b'_' => FieldKind::Hidden,
            b'#' => FieldKind::Definition,
            _ => FieldKind::Regular,
        };
        let chained = matches!(file.expr(field.value), Expr::Struct(_))
            && !file.span(field.value).of(text).starts_with('{');
        let mut docs: Vec<Arc<str>> = file.docs(*decl).iter().map(|c| c.span.of(text).into()).collect();
        let mut value = expr(file, text, field.value);
        // Comments above a chain of labels belong to its last field.
        if chained && let Node::Struct(inner) = &mut value {
            inner.fields[0].docs.append(&mut docs);
        }
        let presence = match field.constraint {
            Constraint::Member => Presence::Member,
            Constraint::Required => Presence::Required,
            Constraint::Optional => Presence::Optional,
        };
        out.fields.push(Field { name: name.into(), kind, presence, docs, value });
    }
    Node::Struct(out)
}

fn expr(file: &File, text: &str, id: ExprId) -> Node {
    let source = file.span(id).of(text);
    match file.expr(id) {
        Expr::Struct(decls) => fields(file, text, decls),
        Expr::List(items) => {
            let mut list = List::default();
            for item in file.expr_list(items) {
                match file.expr(*item) {
                    Expr::Ellipsis(_) => list.open = true,
                    _ => list.items.push(expr(file, text, *item)),
                }
            }
            Node::List(list)
        }
        Expr::Null => Node::Scalar(Scalar::Null),
        Expr::Bool(b) => Node::Scalar(Scalar::Bool(b)),
        Expr::Number => Node::Scalar(Scalar::Num(literal::number(source).unwrap())),
        Expr::String => match literal::string(source).unwrap() {
            literal::StringValue::Str(s) => Node::str(&s),
            literal::StringValue::Bytes(b) => Node::Scalar(Scalar::Bytes(b.into())),
        },
        Expr::Binary(BinaryOp::Or, ..) => {
            let mut all = Vec::new();
            alternatives(file, text, id, &mut all);
            Node::Disjunction(all)
        }
        _ => Node::Open(Open { text: source.into(), message: "".into(), places: Vec::new() }),
    }
}

fn alternatives(file: &File, text: &str, id: ExprId, all: &mut Vec<(bool, Node)>) {
    match file.expr(id) {
        Expr::Binary(BinaryOp::Or, a, b) => {
            alternatives(file, text, a, all);
            alternatives(file, text, b, all);
        }
        Expr::Unary(UnaryOp::Default, inner) => all.push((true, expr(file, text, inner))),
        _ => all.push((false, expr(file, text, id))),
    }
}

/// The patched base as JSON, or its first conflict.
fn patched(base: &str, patch: &str) -> String {
    match strategic_patch(node(base), &node(patch), &mut NoUnifier) {
        Ok(node) => match node.to_value() {
            Ok(value) => vela_yaml::to_json(&value, vela_yaml::JsonStyle::COMPACT),
            Err(faults) => format!("{}: {}", faults[0].path.join("."), faults[0].message),
        },
        Err(PatchError::Conflicts(conflicts)) => {
            format!("{}: {}", conflicts[0].path.join("."), conflicts[0].message)
        }
        Err(PatchError::Json(message)) => message,
    }
}

const BASE: &str = r#"l: [{name: "main", image: "app"}, {name: "log", image: "log"}]"#;

#[test]
fn unification_without_markers() {
    assert_eq!(patched("a: 1", "b: 2"), r#"{"a":1,"b":2}"#);
    assert_eq!(patched("a: 1", "a: 1"), r#"{"a":1}"#);
    assert_eq!(patched("a: b: 1", "a: b: 2"), "a.b: conflicting values 2 and 1");
    assert_eq!(
        patched("a: 1", "a: null"),
        "a: conflicting values null and 1 (mismatched types null and int)"
    );
    assert_eq!(patched("a: 1", "a: 1.0"), "a: conflicting values 1.0 and 1 (mismatched types float and int)");
    assert_eq!(patched("_x: 1, a: 1", "#y: 2, _z: 3, a: 1"), r#"{"a":1}"#);
}

#[test]
fn lists_go_by_index_and_only_the_base_may_grow() {
    assert_eq!(patched("l: [1]", "l: [1, 2]"), r#"{"l":[1,2]}"#);
    assert_eq!(patched("l: [1, 2]", "l: [1]"), "l: incompatible list lengths (2 and 1)");
    assert_eq!(patched("l: [1, 2]", "l: [1, ...]"), r#"{"l":[1,2]}"#);
}

#[test]
fn defaults_of_the_base_give_way() {
    assert_eq!(patched("a: *1 | int", "a: 3"), r#"{"a":3}"#);
    assert_eq!(patched("a: *1 | int, b: 1", "b: 1"), r#"{"a":1,"b":1}"#);
    assert_eq!(patched("a: 1 | 2", "b: 1"), "a: incomplete value (1 | 2)");
    assert_eq!(
        patched("a: *1 | int", r#"a: "x""#),
        "a: conflicting values \"x\" and 1 (mismatched types string and int)"
    );
    assert_eq!(patched("a: {b: 1}", r#"s: *{t: "x"} | {t: "y"}"#), r#"{"a":{"b":1},"s":{"t":"x"}}"#);
    assert_eq!(patched(r#"l: *[{n: "a"}] | [...]"#, r#"l: [{n: "a", x: 1}]"#), r#"{"l":[{"n":"a","x":1}]}"#);
}

#[test]
fn patch_key() {
    assert_eq!(
        patched(BASE, "// +patchKey=name\nl: [{name: \"new\"}, {name: \"log\", tty: true}]"),
        r#"{"l":[{"name":"main","image":"app"},{"name":"log","image":"log","tty":true},{"name":"new"}]}"#
    );
    // The last of two elements with one key counts; elements without the key get lost.
    assert_eq!(
        patched(BASE, "// +patchKey=name\nl: [{name: \"log\", a: 1}, {b: 1}, {name: \"log\", c: 1}]"),
        r#"{"l":[{"name":"main","image":"app"},{"name":"log","image":"log","c":1}]}"#
    );
    // A key that is no literal switches the merge off.
    assert_eq!(
        patched(BASE, "// +patchKey=name\nl: [{name: *\"log\" | \"x\"}, ...]"),
        "l.0.name: conflicting values \"log\" and \"main\""
    );
    assert_eq!(patched(BASE, "// +patchKey=name\nl: []"), node_json(BASE));
    assert_eq!(patched("a: 1", "// +patchKey=name\nl: [{name: \"x\"}]"), r#"{"a":1,"l":[{"name":"x"}]}"#);
}

fn node_json(text: &str) -> String {
    vela_yaml::to_json(&node(text).to_value().unwrap(), vela_yaml::JsonStyle::COMPACT)
}

#[test]
fn several_and_dotted_keys() {
    assert_eq!(
        patched(
            r#"l: [{name: "x"}, {id: 2}, {id: 3}]"#,
            "// +patchKey=name,id\nl: [{id: 2, t: 1}, {name: \"x\", t: 1}, {id: 9, name: \"z\"}]"
        ),
        r#"{"l":[{"name":"x","t":1},{"id":2,"t":1},{"id":3},{"id":9,"name":"z"}]}"#
    );
    assert_eq!(
        patched(
            r#"l: [{ref: name: "a"}, {ref: name: "b"}]"#,
            "// +patchKey=ref.name\nl: [{ref: name: \"b\", x: 1}]"
        ),
        r#"{"l":[{"ref":{"name":"a"}},{"ref":{"name":"b"},"x":1}]}"#
    );
}

#[test]
fn keys_are_inherited_and_markers_of_a_chain_belong_to_its_end() {
    let base = r#"a: l: [{name: "m", env: [{name: "A", value: "1"}]}]"#;
    let wanted = r#"{"a":{"l":[{"name":"m","env":[{"name":"A","value":"1"},{"name":"B"}]}]}}"#;
    let list = r#"l: [{name: "m", env: [{name: "B"}]}]"#;
    assert_eq!(patched(base, &format!("// +patchKey=name\na: {list}")), wanted);
    assert_eq!(patched(base, &format!("// +patchKey=name\na: {{\n{list}\n}}")), wanted);
    assert_eq!(patched("s: {r: 1, t: 2}", "// +patchStrategy=retainKeys\ns: r: 9"), r#"{"s":{"r":9,"t":2}}"#);
    assert_eq!(patched("s: {r: 1, t: 2}", "// +patchStrategy=retainKeys\ns: {\nr: 9\n}"), r#"{"s":{"r":9}}"#);
}

#[test]
fn replace_and_retain_keys() {
    assert_eq!(patched("l: [1, 2]", "// +patchStrategy=replace\nl: [3]"), r#"{"l":[3]}"#);
    assert_eq!(patched("l: [1, 2]", "// +patchStrategy=replace\nl: []"), r#"{"l":[]}"#);
    assert_eq!(patched("a: 1", "// +patchStrategy=replace\na: 2"), "a: conflicting values 2 and 1");
    assert_eq!(patched("a: 1", "// +patchStrategy=retainKeys\na: \"x\""), r#"{"a":"x"}"#);
    assert_eq!(
        patched("a: 1", "// +patchStrategy=retainKeys\na: [1]"),
        "a: conflicting values [1, ] and 1 (mismatched types list and int)"
    );
    assert_eq!(
        patched(BASE, "// +patchKey=name\n// +patchStrategy=retainKeys\nl: [{name: \"log\", tty: true}]"),
        r#"{"l":[{"name":"main","image":"app"},{"name":"log","tty":true}]}"#
    );
    assert_eq!(
        patched("l: [1, 2]", "// +patchStrategy=open\nl: [1]"),
        "l: incompatible list lengths (2 and 1)"
    );
}

#[test]
fn json_strategies_count_on_the_patch_itself_only() {
    let docs = |text: &str| -> Vec<Arc<str>> { vec![text.into()] };
    let run = |patch: &str, comment: &str| {
        let result = apply(node("a: {b: 1, c: 2}"), &node(patch), &docs(comment), &mut NoUnifier);
        result.map(|n| vela_yaml::to_json(&n.to_value().unwrap(), vela_yaml::JsonStyle::COMPACT))
    };
    assert_eq!(
        run("a: {b: null, d: 3}", "// +patchStrategy=jsonMergePatch").unwrap(),
        r#"{"a":{"c":2,"d":3}}"#
    );
    assert_eq!(
        run(r#"operations: [{op: "replace", path: "/a/b", value: 5}]"#, "// +patchStrategy=jsonPatch")
            .unwrap(),
        r#"{"a":{"b":5,"c":2}}"#
    );
    assert!(run(r#"operations: [{op: "remove", path: "/x"}]"#, "// +patchStrategy=jsonPatch").is_err());
    assert!(run("a: b: 3", "// text").is_err());
}
