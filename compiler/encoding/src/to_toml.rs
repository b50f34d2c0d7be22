//! Data as TOML: keys sorted, scalars and lists before tables (`output-and-cli.md` D3).

use std::fmt::Write;

use vela_number::Number;
use vela_yaml::Data;

/// The document; a value that is no struct stands alone, without a line end.
///
/// # Errors
/// `null`, which TOML does not have.
pub fn to_toml(data: &Data) -> Result<String, String> {
    let mut w = Writer { out: String::new(), bare: false };
    match data {
        Data::Map(fields) => w.table(&mut Vec::new(), fields)?,
        other => w.value(other)?,
    }
    Ok(w.out)
}

struct Writer {
    out: String,
    /// Whether the last line is the header of a table that goes on.
    bare: bool,
}

type Fields = [(std::sync::Arc<str>, Data)];

impl Writer {
    fn table(&mut self, path: &mut Vec<String>, fields: &Fields) -> Result<(), String> {
        let mut sorted: Vec<_> = fields.iter().collect();
        sorted.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, value) in &sorted {
            if !matches!(value, Data::Map(_)) && !is_tables(value) {
                self.out.push_str(&key(name));
                self.out.push_str(" = ");
                self.value(value)?;
                self.out.push('\n');
                self.bare = false;
            }
        }
        for (name, value) in sorted {
            match value {
                Data::Map(inner) => {
                    path.push(key(name));
                    self.header(path, ("[", "]"), inner.is_empty());
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.table(path, inner))?;
                    path.pop();
                }
                Data::List(items) if is_tables(value) => {
                    path.push(key(name));
                    for item in items {
                        let Data::Map(inner) = item else { continue };
                        self.header(path, ("[[", "]]"), inner.is_empty());
                        stacker::maybe_grow(64 << 10, 1 << 20, || self.table(path, inner))?;
                    }
                    path.pop();
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// `[a.b]`, an empty line before it unless only the header of the table around it stands there.
    fn header(&mut self, path: &[String], brackets: (&str, &str), empty: bool) {
        if !self.out.is_empty() && !self.bare {
            self.out.push('\n');
        }
        let _ = writeln!(self.out, "{}{}{}", brackets.0, path.join("."), brackets.1);
        self.bare = !empty;
    }

    fn value(&mut self, value: &Data) -> Result<(), String> {
        match value {
            Data::Null => return Err("toml: encoding a nil interface is not supported".to_owned()),
            Data::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Data::Num(n) => self.out.push_str(&number(n)),
            Data::Str(s) => self.out.push_str(&quoted(s)),
            Data::Bytes(b) => {
                let list: Vec<String> = b.iter().map(u8::to_string).collect();
                let _ = write!(self.out, "[{}]", list.join(", "));
            }
            Data::List(items) => {
                self.out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(", ");
                    }
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.value(item))?;
                }
                self.out.push(']');
            }
            Data::Map(fields) => {
                let mut sorted: Vec<_> = fields.iter().collect();
                sorted.sort_by(|a, b| a.0.cmp(&b.0));
                self.out.push('{');
                for (i, (name, value)) in sorted.into_iter().enumerate() {
                    if i > 0 {
                        self.out.push_str(", ");
                    }
                    self.out.push_str(&key(name));
                    self.out.push_str(" = ");
                    stacker::maybe_grow(64 << 10, 1 << 20, || self.value(value))?;
                }
                self.out.push('}');
            }
        }
        Ok(())
    }
}

/// Whether a value is written as an array of tables.
fn is_tables(value: &Data) -> bool {
    matches!(value, Data::List(items) if !items.is_empty() && items.iter().all(|i| matches!(i, Data::Map(_))))
}

fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { name.to_owned() } else { quoted(name) }
}

/// A literal string, or a basic one where that cannot hold the text.
fn quoted(s: &str) -> String {
    if !s.chars().any(|c| c == '\'' || (c.is_control() && c != '\t')) {
        return format!("'{s}'");
    }
    let mut out = String::from("\"");
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Integers within 64 bits as they are, larger ones as text; floats in plain decimal notation.
fn number(n: &Number) -> String {
    let text = n.to_cue_text();
    if n.is_int() {
        return if text.parse::<i64>().is_ok() { text } else { format!("'{text}'") };
    }
    match text.parse::<f64>() {
        Ok(f) if f.is_finite() => {
            let plain = format!("{f}");
            if plain.contains('.') { plain } else { format!("{plain}.0") }
        }
        _ => format!("'{text}'"),
    }
}
