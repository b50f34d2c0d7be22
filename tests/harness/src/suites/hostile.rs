//! The suite `hostile`: inputs made to exhaust or confuse. Each must end within the time and memory limits with the status
//! and the message that a user needs, print no half result, and leave its folder as it was.

use std::collections::BTreeMap;
use std::path::Path;

use super::Run;
use super::pages::PASS;
use crate::board::{Case, Checks, Difference, Style, Suite};
use crate::client::shorten;
use crate::{exec, pool};

/// One input and what must come of it.
struct Hostile {
    name: &'static str,
    files: Vec<(&'static str, Vec<u8>)>,
    arguments: Vec<&'static str>,
    /// Allowed exit statuses.
    status: &'static [i32],
    /// Texts of which standard error holds each.
    says: &'static [&'static str],
}

const FAILS: &[i32] = &[1];
const FAILS_OR_NOT: &[i32] = &[0, 1];
const ENVIRONMENT: &[i32] = &[1, 5];
/// How deep the nested inputs are.
const DEEP: usize = 100_000;

/// Runs the suite.
pub fn run(run: &Run) -> Result<Suite, String> {
    let mut inputs = programs();
    inputs.extend(data());
    inputs.extend(applications());
    inputs.retain(|input| run.wants(&format!("hostile/{}", input.name)));
    let cases = pool::run(
        &inputs,
        || (),
        |(), input| {
            let mut checks = Checks::default();
            let found = judge(input, run);
            checks.check(0, found.is_none(), || found.unwrap_or_else(|| super::cue::texts("", "", "")));
            Case { id: format!("hostile/{}", input.name), checks, fault: None }
        },
    );
    Ok(Suite { name: "hostile".to_owned(), columns: PASS, style: Style::Tiers, cases })
}

fn program(name: &'static str, text: impl Into<Vec<u8>>, status: &'static [i32]) -> Hostile {
    let says: &'static [&'static str] = if status == FAILS { &["in.cue:"] } else { &[] };
    Hostile {
        name,
        files: vec![("in.cue", text.into())],
        arguments: vec!["cue", "export", "in.cue"],
        status,
        says,
    }
}

fn with_template(text: &str) -> String {
    format!("import \"text/template\"\nx: template.Execute(\"{text}\", {{}})\n")
}

/// What `line` gives for each number below `count`, joined.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for n in 0..count {
        text.push_str(&line(n));
    }
    text
}

/// A program with a structural cycle. Its message names the field; the reference gives no place, nor do we.
fn cycle(name: &'static str, text: &str) -> Hostile {
    Hostile { says: &["structural cycle"], ..program(name, text, FAILS) }
}

fn nested(open: &str, inside: &str, close: &str) -> String {
    format!("x: {}{inside}{}\n", open.repeat(DEEP), close.repeat(DEEP))
}

fn programs() -> Vec<Hostile> {
    let doubling = lines(60, |n| format!("a{}: [a{n}, a{n}]\n", n + 1));
    let structs = lines(60, |n| format!("s{}: {{l: s{n}, r: s{n}}}\n", n + 1));
    let options = lines(40, |n| format!("o: {{k{n}: 1}} | {{k{n}: 2}}\n"));
    let interpolations = format!("x: {}1{}\n", "\"\\(".repeat(5_000), ")\"".repeat(5_000));
    let with_list = |text: &str| format!("import \"list\"\n{text}\n");
    vec![
        program("nested lists", nested("[", "", "]"), FAILS),
        program("nested structs", nested("{a: ", "1", "}"), FAILS),
        program("nested parentheses", nested("(", "1", ")"), FAILS_OR_NOT),
        program("nested calls", nested("len(", "1", ")"), FAILS),
        program("nested interpolations", interpolations, FAILS_OR_NOT),
        program("nested comprehensions", nested("{if true ", "{}", "}"), FAILS_OR_NOT),
        program("unclosed brackets", "x: ".to_owned() + &"[".repeat(DEEP), FAILS),
        program("unary operators", format!("x: {}1\n", "-".repeat(DEEP)), FAILS_OR_NOT),
        program("a long sum", format!("x: 1{}\n", " + 1".repeat(DEEP)), FAILS_OR_NOT),
        program("a long selector", format!("x: {{}}\ny: x{}\n", ".a".repeat(DEEP)), FAILS),
        program("a long path of fields", format!("{}1\n", "a: ".repeat(DEEP)), FAILS_OR_NOT),
        cycle("a definition that contains itself", "#A: b: #A\nx: #A\n"),
        cycle("two definitions that contain each other", "#A: b: #B\n#B: a: #A\nx: #A\n"),
        cycle("a list that contains itself", "x: [x]\n"),
        program(
            "a pattern that makes fields for ever",
            "#A: [string]: #A\n#A: b: {}\nx: #A & {b: c: d: {}}\n",
            FAILS_OR_NOT,
        ),
        program("a comprehension over itself", "x: {for k, v in x {\"\\(k)x\": v}, a: 1}\n", FAILS),
        program("an exponential list", format!("a0: [1]\n{doubling}"), FAILS),
        program("an exponential struct", format!("s0: {{}}\n{structs}"), FAILS),
        program("independent disjunctions", options, FAILS_OR_NOT),
        program("an endless string", "import \"strings\"\nx: strings.Repeat(\"ab\", 1000000000000)\n", FAILS),
        program("an endless range", with_list("x: list.Range(0, 1000000000000, 1)"), FAILS),
        program(
            "a template that calls itself",
            with_template("{{define \\\"t\\\"}}{{template \\\"t\\\"}}{{end}}{{template \\\"t\\\"}}"),
            FAILS,
        ),
        program(
            "a template that loops for ever",
            with_template("{{range 1000000}}{{range 1000000}}{{end}}{{end}}"),
            FAILS,
        ),
        program(
            "a template that doubles a text",
            with_template("{{$x := \\\"ab\\\"}}{{range 100}}{{$x = print $x $x}}{{end}}"),
            FAILS,
        ),
        program("a template nested for ever", with_template(&format!("{}1", "{{if ".repeat(5000))), FAILS),
        program(
            "a pattern that repeats repetitions",
            "import \"regexp\"\nx: regexp.Match(\"((a{999}){999}){999}\", \"a\")\n",
            FAILS,
        ),
        program("a list repeated for ever", with_list("x: list.Repeat([1, 2], 1000000000000)"), FAILS),
        program(
            "a product of loops",
            with_list("#r: list.Range(0, 3000, 1)\nx: len([for a in #r for b in #r for c in #r {a}])"),
            FAILS,
        ),
        program("a huge exponent", "x: 1e1000000000\ny: x + 1\n", FAILS_OR_NOT),
        program("a huge power", "import \"math\"\nx: math.Pow(10, 1000000000)\n", FAILS_OR_NOT),
        program("a huge shift", "import \"math/bits\"\nx: bits.Lsh(1, 1000000000000)\n", FAILS),
        program("a number of a million digits", format!("x: {}\n", "9".repeat(1_000_000)), FAILS_OR_NOT),
        program(
            "a regular expression that explodes",
            "x: =~\"((a{1,1000}){1,1000}){1,1000}\" & \"a\"\n",
            FAILS,
        ),
        program(
            "a regular expression that backtracks",
            format!("x: =~\"^(a+)+$\" & \"{}b\"\n", "a".repeat(50_000)),
            FAILS,
        ),
        program("invalid UTF-8", b"x: \"\xff\xfe\"\n".to_vec(), FAILS_OR_NOT),
        program("a NUL byte", b"x: 1\0\n".to_vec(), FAILS),
        program("a byte order mark inside", "x: 1\n\u{feff}y: 2\n", FAILS),
        program("a line of ten megabytes", format!("x: \"{}\"\n", "a".repeat(10_000_000)), &[0]),
        program("a hundred thousand fields", lines(DEEP, |n| format!("f{n}: {n}\n")), &[0]),
        program("a hundred thousand errors", lines(DEEP, |n| format!("f{n}: 1 & 2\n")), FAILS),
        program(
            "a chain of references",
            lines(20_000, |n| format!("r{n}: r{}\n", n + 1)) + "r20000: 1\n",
            &[0],
        ),
        program("an empty file", "", &[0]),
    ]
}

fn file(
    name: &'static str,
    file: &'static str,
    text: impl Into<Vec<u8>>,
    status: &'static [i32],
    says: &'static [&'static str],
) -> Hostile {
    Hostile { name, files: vec![(file, text.into())], arguments: vec!["cue", "export", file], status, says }
}

fn data() -> Vec<Hostile> {
    let laughs = lines(9, |n| {
        let (name, before) = (char::from(b'b' + n as u8), char::from(b'a' + n as u8));
        format!("{name}: &{name} [{}]\n", vec![format!("*{before}"); 9].join(", "))
    });
    let laughs = format!("a: &a [x, x, x, x, x, x, x, x, x]\n{laughs}");
    vec![
        file("billion laughs", "in.yaml", laughs, FAILS, &["in.yaml"]),
        file("an alias inside its anchor", "in.yaml", "a: &a [*a]\n", FAILS, &["in.yaml"]),
        file("an unknown alias", "in.yaml", "a: *b\n", FAILS, &["in.yaml:1"]),
        file(
            "deep YAML flow",
            "in.yaml",
            format!("a: {}{}\n", "[".repeat(DEEP), "]".repeat(DEEP)),
            FAILS,
            &["in.yaml"],
        ),
        file("deep YAML blocks", "in.yaml", "- ".repeat(DEEP) + "a\n", FAILS, &["in.yaml"]),
        file("deep JSON", "in.json", "[".repeat(DEEP) + &"]".repeat(DEEP), FAILS, &["in.json"]),
        file("unclosed JSON", "in.json", "{\"a\": ".repeat(DEEP), FAILS, &["in.json"]),
        file("YAML with a tab", "in.yaml", "a:\n\tb: 1\n", FAILS, &["in.yaml:2"]),
        file("invalid UTF-8 in YAML", "in.yaml", b"a: \xff\n".to_vec(), FAILS_OR_NOT, &["in.yaml"]),
        file("invalid UTF-8 in JSON", "in.json", b"{\"a\": \"\xff\"}".to_vec(), FAILS_OR_NOT, &[]),
        file("a lone surrogate in JSON", "in.json", "{\"a\": \"\\ud800\"}", FAILS_OR_NOT, &[]),
        file("a merge key that merges itself", "in.yaml", "a: &a\n  <<: *a\n  b: 1\n", FAILS, &["in.yaml"]),
        Hostile {
            name: "a missing file",
            files: Vec::new(),
            arguments: vec!["cue", "export", "none.cue"],
            status: FAILS,
            says: &["none.cue"],
        },
        Hostile {
            name: "a folder without packages",
            files: vec![("empty/note.txt", Vec::new())],
            arguments: vec!["cue", "export", "./empty"],
            status: FAILS,
            says: &["empty"],
        },
        Hostile {
            name: "an unknown flag",
            files: Vec::new(),
            arguments: vec!["cue", "export", "--no-such-flag"],
            status: &[1, 2],
            says: &["no-such-flag"],
        },
    ]
}

fn applications() -> Vec<Hostile> {
    let app = |name: &'static str, text: String, says: &'static [&'static str]| Hostile {
        name,
        files: vec![("app.yaml", text.into_bytes())],
        arguments: vec!["build", "app.yaml", "--output-dir", "out"],
        status: FAILS,
        says,
    };
    let head =
        "apiVersion: core.oam.dev/v1beta1\nkind: Application\nmetadata: {name: demo}\nspec:\n  components:\n";
    vec![
        app("an application without a type", format!("{head}  - name: web\n"), &["app.yaml:6", "type"]),
        app(
            "an unknown component type",
            format!("{head}  - {{name: web, type: webservcie}}\n"),
            &["app.yaml:6", "webservice"],
        ),
        app(
            "components that are a text",
            format!("{}  components: text\n", head.replace("  components:\n", "")),
            &["app.yaml:5"],
        ),
        app(
            "an application of twenty thousand equal components",
            head.to_owned() + &"  - {name: web, type: webservice}\n".repeat(20_000),
            &["web"],
        ),
        app(
            "deep properties",
            format!(
                "{head}  - {{name: web, type: raw, properties: {}1{}}}\n",
                "{a: ".repeat(DEEP),
                "}".repeat(DEEP)
            ),
            &["app.yaml"],
        ),
        app("nothing but comments", "# nothing\n".to_owned(), &["app.yaml"]),
        Hostile {
            name: "an application file that is missing",
            files: Vec::new(),
            arguments: vec!["build", "none.yaml", "--output-dir", "out"],
            status: ENVIRONMENT,
            says: &["none.yaml"],
        },
        Hostile {
            name: "a folder without applications",
            files: vec![("empty/note.txt", Vec::new())],
            arguments: vec!["build", "empty", "--output-dir", "out"],
            status: FAILS,
            says: &["empty"],
        },
        Hostile {
            name: "definitions that are missing",
            files: vec![(
                "app.yaml",
                format!("{head}  - {{name: web, type: webservice, properties: image: a}}\n").into_bytes(),
            )],
            arguments: vec!["build", "app.yaml", "-d", "none", "--output-dir", "out"],
            status: ENVIRONMENT,
            says: &["none"],
        },
    ]
}

fn judge(input: &Hostile, run: &Run) -> Option<Difference> {
    let differ = |what: &str, expected: String, got: String| {
        Some(Difference {
            path: format!("vela-lang {}", input.arguments.join(" ")),
            what: what.to_owned(),
            expected,
            got,
        })
    };
    let place = match tempfile::tempdir() {
        Ok(place) => place,
        Err(e) => return differ("a folder", String::new(), e.to_string()),
    };
    for (name, text) in &input.files {
        let path = place.path().join(name);
        let written = std::fs::create_dir_all(path.parent().unwrap_or(place.path()))
            .and_then(|()| std::fs::write(path, text));
        if let Err(e) = written {
            return differ("a file", (*name).to_owned(), e.to_string());
        }
    }
    let before = listing(place.path());
    let mut command = run.product.command(&input.arguments);
    command.current_dir(place.path()).env("NO_COLOR", "1");
    let outcome = match exec::run(command, b"", run.product.timeout) {
        Ok(outcome) => outcome,
        Err(e) => return differ("start", "it starts".to_owned(), e.to_string()),
    };
    let said = format!("{}\n{}", outcome.status_text(), shorten(&outcome.stderr, 1500));
    if outcome.broke() || !outcome.status.is_some_and(|status| input.status.contains(&status)) {
        return differ("exit status", format!("one of {:?}", input.status), said);
    }
    if let Some(missing) =
        input.says.iter().find(|text| !outcome.success() && !outcome.stderr.contains(**text))
    {
        return differ("message", format!("it says {missing:?}"), said);
    }
    if !outcome.success() && !outcome.stdout.is_empty() {
        return differ("standard output", "nothing".to_owned(), shorten(&outcome.stdout, 600));
    }
    // A report is read by people: a hundred thousand errors are counted, not printed.
    if outcome.stderr.len() > 1 << 20 {
        return differ("length of the report", "at most 1 MiB".to_owned(), outcome.stderr.len().to_string());
    }
    let after = listing(place.path());
    if before != after {
        return differ("folder", format!("{:?}", before.keys()), format!("{:?}", after.keys()));
    }
    None
}

/// Every file below `place` with its length.
fn listing(place: &Path) -> BTreeMap<String, u64> {
    let mut found = BTreeMap::new();
    let mut open = vec![place.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let length = entry.metadata().map_or(0, |m| if m.is_dir() { 0 } else { m.len() });
            found.insert(path.strip_prefix(place).unwrap_or(&path).display().to_string(), length);
            if path.is_dir() {
                open.push(path);
            }
        }
    }
    found
}
