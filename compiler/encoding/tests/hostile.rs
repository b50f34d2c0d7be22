//! What is cut, damaged, nested without end or plainly wrong gives an error or a source that parses: never a panic, and
//! never without end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use vela_encoding::{
    Enums, ProtoOptions, Protos, SchemaOptions, from_document, from_json, from_json_schema, from_openapi,
    from_toml, text_nodes,
};

const PROTO: &str = r#"syntax = "proto3"; // s
package a.b;
import "google/protobuf/struct.proto";
option go_package = "x.y/z;n";
/* doc */
message M {
  // doc
  repeated int32 a_b = 1 [deprecated = true, (x.y) = "q", (cue.val) = ">5"];
  map<string, M> m = 2; // inline
  oneof o { string s = 3; google.protobuf.Struct v = 4; }
  enum E { option allow_alias = true; A = 0; B = -1; C = 0x10; }
  message N { E e = 1; reserved 4 to 8; extensions 100 to max; }
}
service S { rpc R (M) returns (stream M) { option x = {a: 1}; } }
"#;

const TEXTPROTO: &str = "a: 1 b: \"x\\n\\001\\u00e9\" 'y'; c { d: [1, 2.5, inf] } # e\n[ext.f] < g: TRUE >";

const TOML: &str = "a = 1\n[b.c]\nd = \"x\"\n[[e]]\nf = 1979-05-27T07:32:00Z\ng = [1, {h = 2.5}]\n";

const SCHEMA: &str = r##"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": {
"a": {"type": ["string", "null"], "minLength": 2, "pattern": "^a"}, "b": {"$ref": "#/definitions/c"}},
"definitions": {"c": {"oneOf": [{"const": 1}, {"enum": ["x", null]}], "items": [{}, true]}},
"additionalProperties": false, "required": ["a"], "patternProperties": {"^x": {"not": {}}}}"##;

const OPENAPI: &str = r##"{"openapi": "3.0.0", "info": {"title": "t", "version": "v"}, "components": {"schemas": {
"A": {"type": "object", "nullable": true, "properties": {"b": {"$ref": "#/components/schemas/A"}}}}}}"##;

/// Converts a text of each format; what comes out as CUE must parse.
fn convert(format: &str, text: &str) {
    let parses = |source: &str, what: &str| {
        let parse = vela_syntax::parse(source, &vela_syntax::ParseOptions::default());
        assert!(parse.errors.is_empty(), "{format} {what}: {:?}\n{source}", parse.errors[0]);
    };
    match format {
        "proto" => {
            for enums in [Enums::Int, Enums::Json] {
                let mut protos = Protos::new(ProtoOptions { package: String::new(), enums });
                if let Ok(n) = protos.add("a.proto", Arc::from(text), &mut |_| None) {
                    parses(&protos.files()[n].cue, text);
                }
            }
        }
        "textproto" => {
            let _ = text_nodes(text);
        }
        "toml" => {
            if let Ok(source) = from_toml(text, &mut Vec::new()) {
                parses(&source.declarations(), text);
            }
        }
        "json" => {
            for doc in &vela_yaml::parse_json(text).docs {
                parses(&from_json(doc, text).declarations(), text);
            }
        }
        "yaml" => {
            let parsed = vela_yaml::parse(text);
            if parsed.faults.is_empty() {
                for doc in &parsed.docs {
                    let _ = from_document(doc, text, true);
                }
            }
        }
        _ => {
            let parsed = vela_yaml::parse_json(text);
            let Some(doc) = parsed.docs.first().filter(|_| parsed.faults.is_empty()) else { return };
            let options = SchemaOptions::default();
            let made =
                if format == "openapi" { from_openapi(doc, options) } else { from_json_schema(doc, options) };
            if let Ok(schema) = made {
                parses(&schema.source.declarations(), text);
            }
        }
    }
}

const SAMPLES: [(&str, &str); 6] = [
    ("proto", PROTO),
    ("textproto", TEXTPROTO),
    ("toml", TOML),
    ("json", SCHEMA),
    ("jsonschema", SCHEMA),
    ("openapi", OPENAPI),
];

#[test]
fn cut_anywhere() {
    for (format, text) in SAMPLES.into_iter().chain([("yaml", SCHEMA)]) {
        for end in (0..=text.len()).filter(|n| text.is_char_boundary(*n)) {
            convert(format, &text[..end]);
            convert(format, &text[end..]);
        }
    }
}

#[test]
fn nested_without_end() {
    let started = Instant::now();
    for n in [100, 5_000, 200_000] {
        convert("proto", &"message A {".repeat(n));
        convert("proto", &format!("message A {{ int32 a = 1 [(x) = {}] }}", "{a:".repeat(n)));
        convert("proto", &"/*".repeat(n));
        convert("textproto", &"a { ".repeat(n));
        convert("textproto", &"a < ".repeat(n));
        convert("toml", &format!("a = {}", "[".repeat(n)));
        convert("toml", &format!("a = {}", "{b = ".repeat(n)));
        convert("json", &"[".repeat(n));
        convert("json", &"{\"a\":".repeat(n));
        convert("jsonschema", &format!("{}1{}", "{\"not\":".repeat(n), "}".repeat(n)));
        convert("yaml", &"- ".repeat(n));
        convert("yaml", &"{a: ".repeat(n));
    }
    assert!(started.elapsed() < Duration::from_mins(1));
}

#[test]
fn imports_in_a_circle_and_without_end() {
    let text = |n: usize| Arc::from(format!("package p{n}; import \"{}.proto\"; message M{n} {{}}", n + 1));
    let mut find = |name: &str| {
        let n: usize = name.strip_suffix(".proto")?.parse().ok()?;
        Some((name.to_owned(), text(n)))
    };
    let mut protos = Protos::new(ProtoOptions::default());
    let fault = protos.add("0.proto", text(0), &mut find).unwrap_err();
    assert_eq!(fault.message, "too many imports");
    let mut own = |_: &str| Some(("a.proto".to_owned(), Arc::from("package a;")));
    let fault = Protos::default().add("a.proto", Arc::from("import \"x\";"), &mut own).unwrap_err();
    assert!(fault.message.starts_with("import cycle"), "{}", fault.message);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Pieces of the samples in any order.
    #[test]
    fn shuffled(which in 0..6usize, cuts in proptest::collection::vec((0..1000usize, 1..40usize), 1..12)) {
        let (format, text) = SAMPLES[which];
        let piece = |(at, length): &(usize, usize)| {
            let start = text.floor_char_boundary(at % text.len());
            &text[start..text.floor_char_boundary((start + length).min(text.len()))]
        };
        let mixed: String = cuts.iter().map(piece).collect();
        convert(format, &mixed);
        convert(format, &format!("{}{mixed}", &text[..text.len() / 2]));
    }
}
