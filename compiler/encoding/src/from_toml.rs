//! TOML as CUE source: each table is a declaration of its own, dotted keys are chains of labels
//! (`output-and-cli.md` D6).

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use vela_syntax::literal::{Form, label, quote};

use crate::source::{Shape, Source};

/// A document of TOML as declarations; the packages it needs are named in `imports`.
pub fn from_toml(text: &str, imports: &mut Vec<String>) -> Result<Source, (Range<usize>, String)> {
    let table = DeTable::parse(text).map_err(|e| (e.span().unwrap_or(0..0), e.message().to_owned()))?;
    let mut w = Writer { text, imports, declarations: Vec::new() };
    w.table(&mut Vec::new(), table.get_ref())?;
    let mut declarations = w.declarations;
    declarations.sort_by_key(|(at, _)| *at);
    let text = declarations.into_iter().map(|(_, d)| d).collect::<Vec<_>>().join("\n");
    Ok(Source::expression(Shape::Struct { inline: false }, text))
}

type Fault = (Range<usize>, String);

struct Writer<'t, 'i> {
    text: &'t str,
    imports: &'i mut Vec<String>,
    /// Declarations at the top with their places.
    declarations: Vec<(usize, String)>,
}

impl Writer<'_, '_> {
    /// Whether a key stands in the header of a table.
    fn in_header(&self, at: usize) -> bool {
        let line = self.text[..at].rfind('\n').map_or(0, |n| n + 1);
        self.text[line..].trim_start_matches([' ', '\t']).starts_with('[')
    }

    /// A table below labels: what it has itself is one declaration, each table with a header one more.
    fn table(&mut self, path: &mut Vec<String>, table: &DeTable<'_>) -> Result<(), Fault> {
        let mut own: Vec<(usize, String)> = Vec::new();
        for (key, value) in table {
            let at = key.span().start;
            let name = label(key.get_ref());
            match value.get_ref() {
                DeValue::Table(inner) if self.in_header(at) => {
                    path.push(name);
                    self.table(path, inner)?;
                    path.pop();
                }
                _ => own.push((at, format!("{name}: {}", self.value(value)?))),
            }
        }
        own.sort();
        if path.is_empty() {
            self.declarations.append(&mut own);
        } else if let Some(first) = own.first().map(|(at, _)| *at) {
            let fields: Vec<String> = own.into_iter().map(|(_, f)| f).collect();
            self.declarations.push((first, format!("{}: {{\n{}\n}}", path.join(": "), fields.join("\n"))));
        } else if table.is_empty() {
            self.declarations.push((usize::MAX, format!("{}: {{}}", path.join(": "))));
        }
        Ok(())
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>) -> Result<String, Fault> {
        Ok(match value.get_ref() {
            DeValue::String(s) => quote(s, Form::Auto("\t")),
            DeValue::Boolean(b) => b.to_string(),
            DeValue::Integer(_) | DeValue::Float(_) => {
                let raw = &self.text[value.span()];
                if raw.ends_with("inf") || raw.ends_with("nan") {
                    return Err((value.span(), format!("{raw} is no number of CUE")));
                }
                raw.to_owned()
            }
            DeValue::Datetime(_) => {
                let raw = &self.text[value.span()];
                self.import("time");
                format!("{} & time.Format({})", quote(raw, Form::Single), time_format(raw))
            }
            DeValue::Array(items) => {
                let items: Vec<String> = items.iter().map(|i| self.value(i)).collect::<Result<_, _>>()?;
                format!("[{}]", items.join(", "))
            }
            DeValue::Table(table) => {
                let mut fields: Vec<(usize, String)> = Vec::new();
                for (key, value) in table {
                    let field = format!("{}: {}", label(key.get_ref()), self.value(value)?);
                    fields.push((key.span().start, field));
                }
                fields.sort();
                let inline = self.text[value.span()].starts_with('{');
                let fields: Vec<String> = fields.into_iter().map(|(_, f)| f).collect();
                match fields.len() {
                    0 => "{}".to_owned(),
                    _ if inline => format!("{{{}}}", fields.join(", ")),
                    _ => format!("{{\n{}\n}}", fields.join("\n")),
                }
            }
        })
    }

    fn import(&mut self, path: &str) {
        if !self.imports.iter().any(|i| i == path) {
            self.imports.push(path.to_owned());
        }
    }
}

/// The layout of a date or time.
fn time_format(raw: &str) -> &'static str {
    let zone = raw.ends_with(['Z', 'z']) || raw.get(10..).is_some_and(|r| r.contains(['+', '-']));
    match (raw.contains('-'), raw.contains(':')) {
        (true, false) => "time.RFC3339Date",
        (false, _) => "\"15:04:05\"",
        (true, true) if zone => "time.RFC3339",
        (true, true) => "\"2006-01-02T15:04:05\"",
    }
}
