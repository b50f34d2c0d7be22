//! Generated inputs: small CUE values that mostly make sense, and damaged texts that mostly do not.

use crate::rng::Rng;

/// Pieces of source from which `tokens` strings texts together.
const TOKENS: &[&str] = &[
    "a",
    "b",
    "#D",
    "_h",
    "x?",
    "y!",
    "\"q r\"",
    "'by'",
    "0",
    "1",
    "-1",
    "1.5",
    "1e400",
    "0x1F",
    "1Ki",
    "true",
    "false",
    "null",
    "_|_",
    "_",
    "string",
    "int",
    "bytes",
    "number",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ":",
    ":",
    ":",
    "\n",
    "\n",
    ",",
    "...",
    "&",
    "|",
    "*",
    "+",
    "/",
    "-",
    "!",
    "<",
    ">=",
    "!=",
    "=~",
    "==",
    "for k, v in ",
    "if ",
    "let z = ",
    "import ",
    "package p",
    "\"\\(",
    ")\"",
    "\"\"\"",
    "#\"",
    "\"#",
    "@attr(",
    "// c\n",
    "close(",
    "len(",
    "div(",
    "and(",
    "or(",
    "[string]",
    "[=~\"^a\"]",
    ".",
    "..",
    "a.b",
    "a[0]",
    "a[1:2]",
    "~(",
    "\u{feff}",
    "é",
    "\u{0}",
    "\t",
    "\r\n",
    "`",
];

/// A text of at most `length` random tokens.
pub fn tokens(rng: &mut Rng, length: usize) -> String {
    let mut text = String::new();
    for _ in 0..=rng.below(length) {
        let token: &&str = rng.pick(TOKENS);
        text.push_str(token);
        if rng.one_in(3) {
            text.push(' ');
        }
    }
    text
}

/// `source` damaged in one to four places: pieces cut, repeated, swapped, replaced by a token, bytes flipped. Always valid
/// UTF-8, since the protocol carries text.
pub fn damaged(rng: &mut Rng, source: &str, other: &str) -> String {
    let mut bytes = source.as_bytes().to_vec();
    for _ in 0..=rng.below(4) {
        let at = rng.below(bytes.len() + 1);
        let end = (at + rng.below(24)).min(bytes.len());
        match rng.below(7) {
            0 => {
                bytes.drain(at..end);
            }
            1 => {
                let piece = bytes[at..end].to_vec();
                for _ in 0..=rng.below(4) {
                    bytes.splice(at..at, piece.iter().copied());
                }
            }
            2 => {
                let token = *rng.pick(TOKENS);
                bytes.splice(at..at, token.bytes());
            }
            3 => {
                let token = *rng.pick(TOKENS);
                bytes.splice(at..end, token.bytes());
            }
            4 if at < bytes.len() => bytes[at] ^= 1 << rng.below(7),
            5 => {
                let other = other.as_bytes();
                let from = rng.below(other.len() + 1);
                let to = (from + rng.below(60)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes.truncate(64 * 1024);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Names of fields in generated values: few, so that values meet.
const NAMES: &[&str] = &["a", "b", "c", "d"];

/// What generated values may hold beside scalars, lists and structs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Disjunctions of anything, marked or not.
    Any,
    /// Disjunctions of anything, without default marks.
    Unmarked,
    /// Disjunctions of scalars only; these may be marked.
    Plain,
}

/// A CUE value as source, at most `depth` levels deep. It refers to nothing outside itself.
pub fn value(rng: &mut Rng, depth: usize, shape: Shape) -> String {
    let text = nested(rng, depth, shape);
    if shape == Shape::Unmarked { text.replace('*', "") } else { text }
}

fn nested(rng: &mut Rng, depth: usize, shape: Shape) -> String {
    let leaf = depth == 0 || rng.one_in(3);
    if leaf {
        return scalar(rng);
    }
    match rng.below(8) {
        4 => {
            let elements: Vec<String> = (0..rng.below(3)).map(|_| nested(rng, depth - 1, shape)).collect();
            let open = if rng.one_in(3) { "..." } else { "" };
            let comma = if !elements.is_empty() && !open.is_empty() { ", " } else { "" };
            format!("[{}{comma}{open}]", elements.join(", "))
        }
        5 | 6 if shape != Shape::Plain => {
            let mark = if rng.one_in(2) { "*" } else { "" };
            format!("({mark}{} | {})", nested(rng, depth - 1, shape), nested(rng, depth - 1, shape))
        }
        7 => format!("({} & {})", nested(rng, depth - 1, shape), nested(rng, depth - 1, shape)),
        _ => structure(rng, depth, shape),
    }
}

fn scalar(rng: &mut Rng) -> String {
    const SCALARS: &[&str] = &[
        "1",
        "2",
        "3.5",
        "\"s\"",
        "\"t\"",
        "true",
        "null",
        "int",
        "string",
        "number",
        "bool",
        "_",
        ">1",
        "<3",
        ">=2 & <10",
        "!=\"s\"",
        "=~\"^s\"",
        "int & >0",
        "1 | 2",
        "*1 | int",
        "\"s\" | \"t\"",
        "*\"s\" | string",
        "'b'",
        "uint8",
    ];
    let text = *rng.pick(SCALARS);
    if text.contains(' ') { format!("({text})") } else { text.to_owned() }
}

fn structure(rng: &mut Rng, depth: usize, shape: Shape) -> String {
    let mut fields = Vec::new();
    for name in NAMES {
        match rng.below(6) {
            0 | 1 => fields.push(format!("{name}: {}", nested(rng, depth - 1, shape))),
            2 => fields.push(format!("{name}?: {}", nested(rng, depth - 1, shape))),
            3 if rng.one_in(3) => fields.push(format!("{name}!: {}", nested(rng, depth - 1, shape))),
            _ => {}
        }
    }
    if rng.one_in(6) {
        fields.push(format!("[string]: {}", nested(rng, depth - 1, shape)));
    }
    if rng.one_in(6) {
        fields.push("...".to_owned());
    }
    let body = format!("{{{}}}", fields.join(", "));
    if rng.one_in(5) { format!("close({body})") } else { body }
}
