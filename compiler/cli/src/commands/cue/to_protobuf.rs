//! Data in Protocol Buffers' text form, and in their mapping to JSON: names, maps and enums as the schema's attributes
//! say.

use std::fmt::Write;

use vela_eval::{Eval, VertexId, print};
use vela_yaml::Data;

use super::protobuf::FieldInfo;

/// What the schema says about the fields of a struct.
fn fields_of(eval: &mut Eval<'_>, v: VertexId) -> Vec<FieldInfo> {
    let fields = eval.schema_fields(v);
    fields.into_iter().map(|(label, v)| FieldInfo::of(eval, label, v)).collect()
}

/// A message as text. `v` is the value that the data is of.
pub fn to_textproto(eval: &mut Eval<'_>, v: VertexId, data: &Data) -> Result<String, String> {
    let mut out = String::new();
    message(eval, v, data, 0, &mut out)?;
    Ok(out)
}

fn message(
    eval: &mut Eval<'_>,
    v: VertexId,
    data: &Data,
    depth: usize,
    out: &mut String,
) -> Result<(), String> {
    let Data::Map(members) = data else {
        return Err(format!("textproto: a message is a struct, not of type {}", data.kind()));
    };
    let fields = fields_of(eval, v);
    let indent = "  ".repeat(depth);
    for (label, value) in members {
        let Some(info) = fields.iter().find(|f| f.label == **label) else { continue };
        for doc in print::doc_comments(eval, info.vertex) {
            for line in doc.trim_end().lines() {
                let _ = writeln!(out, "{indent}# {line}");
            }
        }
        match value {
            Data::List(items) => {
                for (n, item) in items.iter().enumerate() {
                    let Some(element) = eval.schema_element(info.vertex, n) else { continue };
                    field(eval, (&info.name, &info.type_name), element, item, depth, out)?;
                }
            }
            Data::Map(entries) if info.type_name.starts_with("map[") => {
                let bare = !["map[string]", "map[bytes]"].iter().any(|p| info.type_name.starts_with(p));
                for (key, value) in entries {
                    let Some(v) = eval.schema_field(info.vertex, key) else { continue };
                    let key = if bare { key.to_string() } else { quoted(key.as_bytes()) };
                    let _ = writeln!(out, "{indent}{}: {{\n{indent}  key: {key}", info.name);
                    field(eval, ("value", ""), v, value, depth + 1, out)?;
                    let _ = writeln!(out, "{indent}}}");
                }
            }
            value => field(eval, (&info.name, &info.type_name), info.vertex, value, depth, out)?,
        }
    }
    Ok(())
}

fn field(
    eval: &mut Eval<'_>,
    (name, type_name): (&str, &str),
    v: VertexId,
    value: &Data,
    depth: usize,
    out: &mut String,
) -> Result<(), String> {
    let indent = "  ".repeat(depth);
    let shown = match value {
        Data::Map(_) => {
            let _ = writeln!(out, "{indent}{name}: {{");
            stacker::maybe_grow(64 << 10, 1 << 20, || message(eval, v, value, depth + 1, out))?;
            "}".to_owned()
        }
        Data::Str(text) => quoted(text.as_bytes()),
        Data::Bytes(bytes) => quoted(bytes),
        Data::Bool(b) => b.to_string(),
        Data::Num(n) => match enum_of(eval, type_name, v, value) {
            Some(name) => name,
            None => n.to_json_text(),
        },
        Data::Null | Data::List(_) => return Err(format!("textproto: unknown type {}", value.kind())),
    };
    let lead = if matches!(value, Data::Map(_)) { String::new() } else { format!("{name}: ") };
    let _ = writeln!(out, "{indent}{lead}{shown}");
    Ok(())
}

/// The name of an enum's value; the types of enums begin with an upper-case letter.
fn enum_of(eval: &mut Eval<'_>, type_name: &str, v: VertexId, value: &Data) -> Option<String> {
    let number = value.as_num().filter(|n| n.is_int())?.clone();
    type_name.starts_with(char::is_uppercase).then(|| eval.enum_name(v, &number)).flatten()
}

fn quoted(bytes: &[u8]) -> String {
    let mut out = "\"".to_owned();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_ascii_control() => {
                    let _ = write!(out, "\\x{:02x}", c as u32);
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
    out
}

/// The data in the mapping to JSON: ints of 64 bits as strings, values of enums by their names.
pub fn to_json_mapping(eval: &mut Eval<'_>, v: VertexId, type_name: &str, data: Data) -> Data {
    let wide = ["int64", "fixed64", "sfixed64", "uint64"];
    match data {
        Data::Num(ref n) if n.is_int() && wide.contains(&type_name) => Data::from(&*n.to_json_text()),
        Data::Num(_) => match enum_of(eval, type_name, v, &data) {
            Some(name) => Data::from(&*name),
            None => data,
        },
        Data::List(_) => {
            let items = data.into_list().unwrap_or_default();
            let one = |(n, item)| match eval.schema_element(v, n) {
                Some(element) => inner(eval, element, type_name, item),
                None => item,
            };
            Data::List(items.into_iter().enumerate().map(one).collect())
        }
        Data::Map(_) => {
            let fields = fields_of(eval, v);
            let mut out = data.into_map().unwrap_or_default();
            for (label, value) in &mut out {
                if let Some(info) = fields.iter().find(|f| f.label == **label) {
                    *value = inner(eval, info.vertex, &info.type_name, std::mem::take(value));
                }
            }
            Data::Map(out)
        }
        other => other,
    }
}

fn inner(eval: &mut Eval<'_>, v: VertexId, type_name: &str, data: Data) -> Data {
    stacker::maybe_grow(64 << 10, 1 << 20, || to_json_mapping(eval, v, type_name, data))
}
