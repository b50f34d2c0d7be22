//! Package `encoding/csv`, by the rules of Go's `encoding/csv`: commas, no comments, no trimming.

use std::borrow::Cow;

use vela_eval::data::Data;

use crate::args::{Args, Outcome, fail, ok, unusable};
use crate::encoding_json::{MISSING, marshal_text};
use crate::signature::{CallError, Function};
use crate::table::{BYTES, LIST, STRING, document, function, p};

/// The elements of a list; `at` leads to it in the argument.
fn items<'d>(data: &'d Data, at: &[usize]) -> Result<&'d [Data], CallError> {
    match data.as_list() {
        Some(items) => Ok(items),
        None => unusable(data, "list", 0, at),
    }
}

fn encode(args: &[Data]) -> Outcome {
    let mut out = String::new();
    for (number, row) in items(Args(args).any(0), &[])?.iter().enumerate() {
        for (i, cell) in items(row, &[number])?.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            let text: Cow<'_, str> = match cell {
                Data::Str(s) => Cow::Borrowed(s),
                other => marshal_text(other)?.into(),
            };
            let special = |c| matches!(c, '"' | ',' | '\n' | '\r');
            if &*text == "\\." || text.contains(special) || text.starts_with(char::is_whitespace) {
                out.push('"');
                out.push_str(&text.replace('"', "\"\""));
                out.push('"');
            } else {
                out.push_str(&text);
            }
        }
        out.push('\n');
    }
    ok(out)
}

/// The lines of a text with their ends, `\r\n` turned into `\n`; a carriage return at the very end is dropped.
struct Lines<'t> {
    rest: &'t str,
    number: usize,
}

impl<'t> Lines<'t> {
    fn next(&mut self) -> Option<Cow<'t, str>> {
        if self.rest.is_empty() {
            return None;
        }
        self.number += 1;
        let end = self.rest.find('\n').map_or(self.rest.len(), |i| i + 1);
        let (line, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(match line.strip_suffix("\r\n") {
            Some(text) => Cow::Owned(format!("{text}\n")),
            None if rest.is_empty() => Cow::Borrowed(line.strip_suffix('\r').unwrap_or(line)),
            None => Cow::Borrowed(line),
        })
    }
}

/// Reads the next record, over several lines if quotes say so. `None` at the end.
fn record(lines: &mut Lines<'_>) -> Result<Option<Vec<String>>, String> {
    let line = loop {
        match lines.next() {
            None => return Ok(None),
            Some(line) if line == "\n" => {}
            Some(line) => break line,
        }
    };
    let first = lines.number;
    let wrong = |line: usize, column: usize, what: &str| {
        if line == first {
            Err(format!("parse error on line {line}, column {column}: {what}"))
        } else {
            Err(format!("record on line {first}; parse error on line {line}, column {column}: {what}"))
        }
    };
    const QUOTE: &str = "extraneous or missing \" in quoted-field";
    let mut fields = Vec::new();
    let mut line = line;
    let mut at = 0;
    loop {
        let rest = &line[at..];
        let Some(quoted) = rest.strip_prefix('"') else {
            let end = rest.find(',').unwrap_or(rest.trim_end_matches('\n').len());
            if let Some(bare) = rest[..end].find('"') {
                return wrong(lines.number, at + bare + 1, "bare \" in non-quoted-field");
            }
            fields.push(rest[..end].to_string());
            at += end;
            if !line[at..].starts_with(',') {
                return Ok(Some(fields));
            }
            at += 1;
            continue;
        };
        let mut field = String::new();
        at = line.len() - quoted.len();
        loop {
            let rest = &line[at..];
            match rest.find('"') {
                Some(end) => {
                    field.push_str(&rest[..end]);
                    at += end + 1;
                    match line[at..].chars().next() {
                        Some('"') => {
                            field.push('"');
                            at += 1;
                        }
                        None | Some(',' | '\n') => break,
                        Some(_) => return wrong(lines.number, at, QUOTE),
                    }
                }
                None => {
                    field.push_str(rest);
                    let column = line.len() + 1;
                    match lines.next() {
                        Some(next) => {
                            line = next;
                            at = 0;
                        }
                        None => return wrong(lines.number, column, QUOTE),
                    }
                }
            }
        }
        fields.push(field);
        if !line[at..].starts_with(',') {
            return Ok(Some(fields));
        }
        at += 1;
    }
}

fn decode(args: &[Data]) -> Outcome {
    let text = String::from_utf8_lossy(Args(args).bytes(0)?);
    let mut lines = Lines { rest: &text, number: 0 };
    let mut rows: Vec<Data> = Vec::new();
    let mut width = None;
    loop {
        let before = lines.rest.len();
        match record(&mut lines) {
            Ok(None) => return ok(rows),
            Err(e) => return fail(e),
            Ok(Some(fields)) => {
                if *width.get_or_insert(fields.len()) != fields.len() {
                    // The record's first line: the reader stands behind its last.
                    let read = &text[text.len() - before..];
                    let blank = read.len() - read.trim_start_matches(['\r', '\n']).len();
                    let line = text[..text.len() - before + blank].matches('\n').count() + 1;
                    return fail(format!("record on line {line}: wrong number of fields"));
                }
                rows.push(crate::args::text_list(fields));
            }
        }
    }
}

const PKG: &str = "encoding/csv";

#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function(PKG, "Decode", &[p("r", BYTES)], LIST, "The records of comma-separated values, each a list of strings.", decode),
    function(PKG, "Encode", &[document("x", MISSING)], STRING, "A list of lists as comma-separated values.", encode),
];
