//! Package `encoding/yaml`, over the YAML crate.

use std::borrow::Cow;

use vela_eval::builtin::Return;
use vela_eval::data::Data;
use vela_yaml::{Kind, MergeRule, Options, Scalar, YamlStyle, parse_with, to_yaml, to_yaml_documents};

use crate::args::{Args, Outcome, fail, ok};
use crate::documents;
use crate::encoding_json::stream;
use crate::signature::{CallError, Function};
use crate::table::{
    ANY, BOOL, BYTES, STRING, document, evaluated, function, non_concrete, p, schema, spelled,
};

/// A number that stands as the argument itself keeps its spelling.
fn marshal(args: &[Data], spelling: Option<&str>) -> Outcome {
    if let Some(text) = spelling {
        return ok(format!("{text}\n"));
    }
    ok(to_yaml(Args(args).any(0), YamlStyle::Cue))
}

fn marshal_stream(args: &[Data]) -> Outcome {
    ok(to_yaml_documents(stream(args)?, YamlStyle::Cue))
}

/// Line and column of a byte, from 1; the column counts bytes.
fn place(text: &str, at: u32) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at as usize)];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before.len() - line_start + 1)
}

/// All documents, with where each one's content starts. `file` stands before the line in messages.
pub(crate) fn documents(text: &str, file: &str) -> Result<Vec<(Data, (usize, usize))>, CallError> {
    let options = Options { merge: MergeRule::LastWins };
    let parsed = parse_with(text, options);
    if let Some(fault) = parsed.faults.first() {
        let line = place(text, fault.span.start).0;
        return fail(format!("{file}:{line}: {}", fault.message));
    }
    let mut out = Vec::new();
    for doc in &parsed.docs {
        let data = documents::data(doc)?;
        let infinite = |d: &Data| matches!(d, Data::Num(n) if !n.is_finite());
        if let Some(Data::Num(n)) = documents::find(&data, infinite) {
            let text = match (n.is_nan(), n.is_negative()) {
                (true, _) => "NaN",
                (false, true) => "-Inf",
                (false, false) => "+Inf",
            };
            return fail(format!("parse error: illegal number start \"{text}\""));
        }
        out.push((data, place(text, doc.node(doc.root).span.start)));
    }
    Ok(out)
}

fn text(args: &[Data]) -> Result<Cow<'_, str>, CallError> {
    Ok(String::from_utf8_lossy(Args(args).bytes(0)?))
}

/// Whether a text has no content and no `---`.
fn is_absent(text: &str) -> bool {
    let docs = parse_with(text, Options { merge: MergeRule::LastWins }).docs;
    let [doc] = &docs[..] else { return docs.is_empty() };
    let root = doc.node(doc.root);
    let null = matches!(&root.kind, Kind::Scalar { value: Scalar::Null, .. });
    null && !doc.explicit && root.span.start == root.span.end
}

fn unmarshal(args: &[Data]) -> Outcome {
    let text = text(args)?;
    let documents = match documents(&text, "") {
        // A key given twice with values in conflict: those conflict in the value.
        Err(e) => {
            let parsed = parse_with(&text, Options { merge: MergeRule::LastWins });
            return match &parsed.docs[..] {
                [doc] if parsed.faults.is_empty() && !doc.duplicates.is_empty() => {
                    documents::unified_later(doc)
                }
                _ => Err(e),
            };
        }
        Ok(documents) => documents,
    };
    match &documents[..] {
        [_, (_, (line, column)), ..] => fail(format!("{line}:{column}: expected a single YAML document")),
        [(Data::Null, _)] | [] if is_absent(&text) => Ok(Return::Absent { listed: false }),
        [(data, _)] => ok(data.clone()),
        [] => ok(Data::Null),
    }
}

fn unmarshal_stream(args: &[Data]) -> Outcome {
    let text = text(args)?;
    let documents = documents(&text, "")?;
    if matches!(documents[..], [(Data::Null, _)] | []) && is_absent(&text) {
        return Ok(Return::Absent { listed: true });
    }
    ok(documents.into_iter().map(|d| d.0).collect::<Vec<_>>())
}

const PKG: &str = "encoding/yaml";

/// What is said of a value that is not concrete.
const MISSING: &str = "incomplete value {}";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    spelled(PKG, "Marshal", &[document("v", MISSING)], STRING, "The value as a YAML document.", marshal),
    function(PKG, "MarshalStream", &[document("v", MISSING)], STRING, "The elements of a list as YAML documents with `---` between them.", marshal_stream),
    function(PKG, "Unmarshal", &[p("data", BYTES)], ANY, "The value of a YAML document.", unmarshal),
    function(PKG, "UnmarshalStream", &[p("data", BYTES)], ANY, "The values of all YAML documents of a text, as a list.", unmarshal_stream),
    non_concrete(evaluated(PKG, "Validate", &[p("b", BYTES), schema("v")], BOOL, "Whether every YAML document of the text satisfies the schema `v` and is then concrete.")),
    non_concrete(evaluated(PKG, "ValidatePartial", &[p("b", BYTES), schema("v")], BOOL, "Whether every YAML document of the text agrees with the schema `v`.")),
];
