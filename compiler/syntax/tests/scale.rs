//! Large and hostile texts: linear time, no stack, clear errors.

use std::time::{Duration, Instant};

use vela_syntax::ast::Expr;
use vela_syntax::{Parse, ParseOptions, parse};

/// Parses, in a thread with a small stack, and asserts that it is quick.
fn quick(src: String) -> Parse {
    std::thread::Builder::new()
        .stack_size(512 * 1024)
        .spawn(move || {
            let start = Instant::now();
            let parse = parse(&src, &ParseOptions::default());
            assert!(start.elapsed() < Duration::from_secs(10), "took {:?}", start.elapsed());
            parse
        })
        .expect("a thread")
        .join()
        .expect("no overflow")
}

fn nested(open: &str, middle: &str, close: &str, depth: usize) -> String {
    format!("a: {}{middle}{}\n", open.repeat(depth), close.repeat(depth))
}

#[test]
fn deep_nesting_parses() {
    for (open, middle, close) in [
        ("[", "", "]"),
        ("(", "1", ")"),
        ("{a: ", "1", "}"),
        ("f(", "x", ")"),
        ("x[", "0", "]"),
        ("-", "1", ""),
        ("b: ", "1", ""),
    ] {
        let parse = quick(nested(open, middle, close, 20_000));
        assert_eq!(parse.errors, [], "{open}");
    }
    let parse = quick(nested("\"\\(", "1", ")\"", 20_000));
    assert_eq!(parse.errors, []);
}

#[test]
fn deeper_nesting_is_an_error() {
    for (open, middle, close) in [
        ("[", "", "]"),
        ("(", "1", ")"),
        ("{a: ", "1", "}"),
        ("f(", "x", ")"),
        ("-", "1", ""),
        ("b: ", "1", ""),
        ("[", "", ""),
    ] {
        let parse = quick(nested(open, middle, close, 100_000));
        let messages: Vec<_> = parse.errors.iter().map(|e| e.message.as_str()).collect();
        assert_eq!(messages, ["expression exceeds maximum nesting depth of 30000"], "{open}");
    }
}

#[test]
fn long_chains_parse() {
    for (piece, n) in [("1 + ", 200_000), ("x.", 200_000), ("\"x\" | ", 200_000), ("a & ", 200_000)] {
        let parse = quick(format!("a: {}y\n", piece.repeat(n)));
        assert_eq!(parse.errors, []);
        assert!(parse.file.exprs.len() > n);
    }
}

#[test]
fn a_large_file_parses() {
    let entry =
        "entry: \"key\": {name: \"value\", list: [1, 2, 3], text: \"a\\(name)b\", if x > 1 {y: int & >0}}\n";
    let src = entry.repeat(5 << 20 >> 6);
    assert!(src.len() > 5 << 20);
    let parse = quick(src);
    assert_eq!(parse.errors, []);
    assert!(parse.file.exprs.iter().all(|e| *e != Expr::Bad));
}

#[test]
fn hostile_texts_end() {
    for piece in [
        "(", ")", "[", "]", "{", "}", "\"\\(", "\"", "'''\n", "@a(", "@", ",", ":", "a:", "a b ", "..", "\\",
        "1 ", "((]", "{)", "#", "//\n", "a\n", "[]: ", "for ", "a?", "_|_", "\0", "\u{FEFF}", "é", "§",
        "\r\n", "let x = ", "if ",
    ] {
        let parse = quick(piece.repeat(100_000));
        assert!(parse.errors.len() <= 1000);
    }
    quick(format!("{}// x\n", ",".repeat(400_000)));
    quick(format!("{}// x\n{}", "a: 1, ".repeat(200_000), "b: 1\n".repeat(200_000)));
    quick(format!("{}{}", "(".repeat(29_000), "]".repeat(1_000_000)));
    quick(format!("{}{}", "{".repeat(29_000), "a: )\n".repeat(200_000)));
}
