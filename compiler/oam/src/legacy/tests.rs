//! What counts as old, and what it becomes.

use super::{fixed, fixed_definition};

fn check(source: &str, expected: &str) {
    assert_eq!(fixed(source).map_or_else(|| source.to_owned(), |f| f.text), expected);
}

#[test]
fn sums() {
    check("a: [1] + [2]\n", "import \"list\"\n\na: list.Concat([[1], [2]])\n");
    check("a: [1] + b + [2]\n", "import \"list\"\n\na: list.Concat([[1], b, [2]])\n");
    check(
        "import \"strings\"\nl: [\"a\"]\na: strings.Join(l + l, \",\")\n",
        "import \"list\"\nimport \"strings\"\nl: [\"a\"]\na: strings.Join(list.Concat([l, l]), \",\")\n",
    );
    check(
        "p: {x: [...int], y?: *[5] | [...int]}\na: p.x + p.y\n",
        "import \"list\"\n\np: {x: [...int], y?: *[5] | [...int]}\na: list.Concat([p.x, p.y])\n",
    );
    check(
        "_a: [for x in p {x}]\nb: {c: (_a + q) + [1]}\n",
        "import \"list\"\n\n_a: [for x in p {x}]\nb: {c: list.Concat([(list.Concat([_a, q])), [1]])}\n",
    );
    check(
        "#P: {if c {l: [1]}}\na: #P.l + x\n",
        "import \"list\"\n\n#P: {if c {l: [1]}}\na: list.Concat([#P.l, x])\n",
    );
    check(
        "package p\n\nx: list: [1]\ny: x.list + [2]\n",
        "package p\n\nimport lists \"list\"\n\nx: list: [1]\ny: lists.Concat([x.list, [2]])\n",
    );
}

#[test]
fn imports_stay_whole() {
    check(
        "import (\n\t// import what is needed\n\t\"strings\"\n)\na: [strings.X] + [2]\n",
        "import \"list\"\nimport (\n\t// import what is needed\n\t\"strings\"\n)\na: list.Concat([[strings.X], [2]])\n",
    );
}

#[test]
fn products() {
    check("a: 3 * [0]\n", "import \"list\"\n\na: list.Repeat([0], 3)\n");
    check(
        "import l \"list\"\na: ([0] + b) * n\n",
        "import l \"list\"\na: l.Repeat((l.Concat([[0], b])), n)\n",
    );
}

#[test]
fn texts_and_numbers_stay() {
    for source in [
        "a: b + c\nb: 1\nc: 2\n",
        "l: [1]\na: l[0] + 1\n",
        "a: \"x\" + p\n",
        "for x in [1] {\"\\(x)\": x + 1}\n",
    ] {
        check(source, source);
    }
    // A name of an inner scope hides the list.
    check("x: [1]\na: {x: 1, y: x + 1}\n", "x: [1]\na: {x: 1, y: x + 1}\n");
}

#[test]
fn labels() {
    let new = fixed("a: {error: \"x\", warn: error, e: error(\"no\"), c: b.error}\n").unwrap();
    assert_eq!(new.text, "a: {\"error\": \"x\", warn: error, e: error(\"no\"), c: b.error}\n");
    assert_eq!((new.count, new.references), (1, vec![22]));
}

#[test]
fn status_sections() {
    let source = "a: {\n\ttype: \"trait\"\n\tattributes: status: healthPolicy: \"\"\"\n\t\tisHealth: len([1] + l) > 1\n\t\t\"\"\"\n}\n";
    let new = fixed_definition(source).unwrap();
    assert!(
        new.text
            .contains("\t\timport \"list\"\n\n\t\tisHealth: len(list.Concat([[1], l])) > 1\n\t\t\"\"\"\n"),
        "{}",
        new.text
    );
}

#[test]
fn loops_of_names_end() {
    check("a: b + 1\nb: c\nc: b\n", "a: b + 1\nb: c\nc: b\n");
    let deep = format!("a: {}1{}\n", "[".repeat(2000), "]".repeat(2000));
    check(&deep, &deep);
}
