//! Functions on hostile arguments end soon, with a value or an error.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use vela_eval::builtin::{CallError, Return, Run};
use vela_eval::data::Data;
use vela_number::Number;
use vela_stdlib::PACKAGES;

/// Calls a function of a package.
fn call(package: &str, name: &str, args: &[Data]) -> Result<Return, CallError> {
    let package = PACKAGES.iter().find(|p| p.path == package).unwrap();
    let function = package.functions.iter().find(|f| f.name == name).unwrap();
    match function.run {
        Run::Data(run) => run(args),
        Run::Spelled(run) => run(args, None),
        Run::Evaluator => panic!("{name} is the evaluator's"),
    }
}

fn number(text: &str) -> Data {
    Data::Num(Number::parse_literal(text).unwrap())
}

fn execute(template: &str, data: Data) -> Result<Return, CallError> {
    call("text/template", "Execute", &[Data::from(template), data])
}

#[test]
fn lists_without_end_are_refused_at_once() {
    let started = Instant::now();
    for (start, limit, step) in [("0", "1e30", "1"), ("0", "1", "1e-30"), ("0", "1e9", "0.5")] {
        let made = call("list", "Range", &[number(start), number(limit), number(step)]);
        let Err(CallError::Fatal(text)) = made else { panic!("{start} {limit} {step}: {made:?}") };
        assert_eq!(text, "list exceeds limit of 10000000 elements");
    }
    assert!(started.elapsed() < Duration::from_secs(1));
    let made = call("list", "Range", &[number("0"), number("3"), number("1")]);
    assert!(matches!(&made, Ok(Return::Data(Data::List(l))) if l.len() == 3));
}

#[test]
fn templates_that_blow_up_end() {
    let started = Instant::now();
    let loops = "{{range 100000000}}{{range 100000000}}x{{end}}{{end}}";
    assert!(execute(loops, Data::Null).is_err());
    let calls = "{{define \"a\"}}{{template \"a\"}}{{end}}{{template \"a\"}}";
    assert!(execute(calls, Data::Null).is_err());
    assert!(execute(&"{{if 1}}".repeat(100_000), Data::Null).is_err());
    assert!(
        execute(&format!("{{{{{}1{}}}}}", "(".repeat(100_000), ")".repeat(100_000)), Data::Null).is_err()
    );
    let _ = execute("{{printf \"%1000000000d\" 1}}", Data::Null);
    let _ = execute("{{printf \"%.1000000000f\" 1.5}}", Data::Null);
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn what_texts_say_of_themselves() {
    let unmarshal = |package: &str, text: &str| call(package, "Unmarshal", &[Data::from(text)]);
    let json = unmarshal("encoding/json", "{\"a\": 1, \"b\": [{\"c\": 1, \"c\": 2}], \"a\": 3}");
    assert!(matches!(&json, Ok(Return::Unified(parts)) if parts.len() == 2));
    assert_eq!(unmarshal("encoding/yaml", ""), Ok(Return::Absent { listed: false }));
    assert_eq!(unmarshal("encoding/yaml", "---\n"), Ok(Return::Data(Data::Null)));
    // Keys given again and again, each time in conflict.
    let many: String = (0..100).map(|n| format!("\"a\": {n},")).collect::<Vec<_>>().concat();
    assert!(unmarshal("encoding/json", &format!("{{{many} \"b\": 1}}")).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pieces of templates in any order.
    #[test]
    fn pieces_of_templates(pieces in proptest::collection::vec(0..24usize, 0..12)) {
        const PIECES: [&str; 24] = [
            "{{", "}}", "{{.a}}", "{{range .l}}", "{{end}}", "{{if .a}}", "{{else}}", "{{with .m}}", "{{$x := .a}}",
            "{{$x}}", "{{printf \"%d %q %v\" .a .s .m}}", "{{- .s -}}", "{{/* c */}}", "{{define \"t\"}}",
            "{{template \"t\" .}}", "{{index .l 1}}", "{{slice .s 1 2}}", "{{len .m | print}}", "{{break}}",
            "{{eq .a 1 2}}", "{{call .a}}", "text", "{{.a.b.c}}", "{{range $i, $e := .l}}",
        ];
        let text: String = pieces.iter().map(|n| PIECES[*n]).collect();
        let data = Data::Map(vec![
            ("a".into(), number("1")),
            ("s".into(), Data::from("xyz")),
            ("l".into(), Data::List(vec![number("1.5"), Data::Null])),
            ("m".into(), Data::Map(vec![("k".into(), Data::Bool(true))])),
        ]);
        let _ = execute(&text, data);
    }

    /// Any bytes where a text is expected.
    #[test]
    fn any_text(text in "\\PC{0,40}") {
        for (package, name) in [
            ("encoding/json", "Unmarshal"), ("encoding/json", "UnmarshalStream"), ("encoding/json", "Compact"),
            ("encoding/yaml", "Unmarshal"), ("encoding/yaml", "UnmarshalStream"), ("encoding/toml", "Unmarshal"),
            ("encoding/csv", "Decode"), ("encoding/hex", "Decode"), ("regexp", "Valid"), ("strconv", "Unquote"),
            ("time", "Time"), ("time", "ParseDuration"), ("uuid", "Parse"), ("html", "Unescape"), ("net", "ParseIP"),
        ] {
            let _ = call(package, name, &[Data::from(text.as_str())]);
        }
    }
}
