//! The lossless tree: its text is the source, and its nodes are those of the grammar.

use proptest::prelude::*;
use vela_syntax::syntax_tree;
use vela_syntax::tree::{SyntaxKind, SyntaxNode};

/// The nodes of a tree, as text, without blanks.
fn dump(node: &SyntaxNode) -> String {
    let SyntaxKind::Node(kind) = node.kind() else { return String::new() };
    let children: Vec<_> = node
        .children_with_tokens()
        .filter_map(|child| match child {
            rowan::NodeOrToken::Node(node) => Some(dump(&node)),
            rowan::NodeOrToken::Token(token) => {
                Some(token.text().trim().to_owned()).filter(|t| !t.is_empty())
            }
        })
        .collect();
    format!("({kind:?} {})", children.join(" "))
}

#[track_caller]
fn check(src: &str, expected: &str) {
    let tree = syntax_tree(src);
    assert_eq!(tree.text().to_string(), src);
    assert_eq!(dump(&tree), expected);
}

#[test]
fn nodes() {
    check("a: 1 + 2*3 // c\n", "(File (Field a : (Binary 1 + (Binary 2 * 3))) // c)");
    check(
        "x: -a.b[0](c, d)?\n",
        "(File (Field x : (Unary - (Call (Index (Select a . b) (IndexBrackets [ 0 ])) (Args ( c , d ))))) (BadDecl ?))",
    );
    check(
        "package p\n\nimport \"x\"\n\n// doc\na: b: {c: 1}",
        "(File (Package package p) (Imports import (ImportSpec \"x\")) // doc (Field a : b : (Struct { (Field c : 1) })))",
    );
    check(
        "for x in y if z {a: \"\\(x)!\"}",
        "(File (Embedding (Comprehension (Clause for x in y) (Clause if z) (Struct { (Field a : (Interpolation \"\\( x )!\")) }))))",
    );
    check("[X=1, ...int]", "(File (Embedding (List [ (Alias X = 1) , (EllipsisElement ... int) ])))");
}

#[test]
fn deep_nesting_is_flattened() {
    let src = format!("a: {}{}", "[".repeat(25_000), "]".repeat(25_000));
    assert_eq!(syntax_tree(&src).text().to_string(), src);
    let src = format!("a: 1{}", " + 1".repeat(50_000));
    assert_eq!(syntax_tree(&src).text().to_string(), src);
}

/// Pieces of source, so that random texts are nearly CUE.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a",
        "b:",
        "c?:",
        "\"x\"",
        "1",
        "1.5K",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        ":",
        "?",
        "!",
        ".",
        "...",
        "|",
        "&",
        "*",
        "+",
        "-",
        "==",
        "=",
        "~X",
        "for x in y ",
        "if x ",
        "let z = 1",
        "\n",
        "\n\n",
        " ",
        "\t",
        "// c\n",
        "\"\\(",
        "\"\"\"\n\t",
        "\n\t\"\"\"",
        "'b'",
        "#\"r\"#",
        "import \"x\"\n",
        "package p\n",
        "[string]:",
        "é",
        "\r\n",
        "@a(b)",
        "@",
        "_|_",
        "else",
        "\\",
        "\u{FEFF}",
        "\0",
        "..",
        "##",
        "__#a",
    ])
}

proptest! {
    #[test]
    fn no_byte_is_lost(pieces in prop::collection::vec(piece(), 0..60)) {
        let src = pieces.concat();
        prop_assert_eq!(syntax_tree(&src).text().to_string(), src);
    }

    #[test]
    fn nothing_panics(src in ".{0,200}") {
        prop_assert_eq!(syntax_tree(&src).text().to_string(), src.as_str());
        let parse = vela_syntax::parse(&src, &vela_syntax::ParseOptions::default());
        for span in &parse.file.expr_spans {
            prop_assert!(src.get(span.start as usize..span.end as usize).is_some());
        }
    }

    #[test]
    fn spans_lie_in_the_text(pieces in prop::collection::vec(piece(), 0..60)) {
        let src = pieces.concat();
        let file = vela_syntax::parse(&src, &vela_syntax::ParseOptions::default()).file;
        for span in file.expr_spans.iter().chain(&file.decl_spans).chain(file.comments.iter().map(|c| &c.span)) {
            prop_assert!(src.get(span.start as usize..span.end as usize).is_some(), "{span:?} in {src:?}");
        }
    }
}
