//! Declarations of a `.proto` file as CUE source, laid out for the formatter.

use std::fmt::Write;

use rustc_hash::FxHashSet;
use vela_diagnostics::Span;
use vela_syntax::literal::{Form, label as label_source, quote};

use super::names::{Meaning, Names, label, labels};
use super::tree::{Comment, Enum, Field, File, Item, Message, Oneof, Setting};
use super::{Enums, ProtoFault};

type Converted<T> = Result<T, ProtoFault>;

/// Scalar types by their names in CUE.
const SCALARS: [(&str, &str); 15] = [
    ("sint32", "int32"),
    ("sint64", "int64"),
    ("fixed32", "uint32"),
    ("fixed64", "uint64"),
    ("sfixed32", "int32"),
    ("sfixed64", "int64"),
    ("int32", "int32"),
    ("int64", "int64"),
    ("uint32", "uint32"),
    ("uint64", "uint64"),
    ("double", "float64"),
    ("float", "float32"),
    ("bool", "bool"),
    ("string", "string"),
    ("bytes", "bytes"),
];

/// The CUE source of a file; `others` are the files it may import.
pub(crate) fn file(file: &File, names: &mut Names, others: &[Names], enums: Enums) -> Converted<String> {
    let mut all_labels = FxHashSet::default();
    gather(&file.items, &mut all_labels);
    let mut w = Writer {
        names,
        others,
        enums,
        out: String::new(),
        imports: Vec::new(),
        labels: all_labels,
        hidden: Vec::new(),
        path: Vec::new(),
    };
    for item in &file.items {
        match item {
            Item::Message(m) => w.message(m)?,
            Item::Enum(e) => w.enumeration(e)?,
            _ => {}
        }
    }
    let (body, imports) = (w.out, w.imports);
    let mut out = String::new();
    for (n, comment) in file.comments.iter().enumerate() {
        out.push_str(if n > 0 { "\n" } else { "" });
        lines(comment, &mut out);
    }
    if !names.name.is_empty() {
        let _ = write!(out, "package {}\n\n", names.name);
    } else if !out.is_empty() {
        out.push('\n');
    }
    let spec = |(alias, path): &(Option<String>, String)| match alias {
        Some(alias) => format!("{alias} \"{path}\""),
        None => format!("\"{path}\""),
    };
    match &imports[..] {
        [] => {}
        [only] => {
            let _ = write!(out, "import {}\n\n", spec(only));
        }
        several => {
            let specs: Vec<String> = several.iter().map(spec).collect();
            let _ = write!(out, "import (\n\t{}\n)\n\n", specs.join("\n\t"));
        }
    }
    Ok(out + body.trim_start_matches('\n'))
}

/// All labels of fields, wherever they are.
fn gather(items: &[Item], into: &mut FxHashSet<String>) {
    for item in items {
        match item {
            Item::Field(f) => {
                into.insert(label(&f.name));
            }
            Item::Message(m) => gather(&m.items, into),
            Item::Oneof(o) => gather(&o.items, into),
            _ => {}
        }
    }
}

fn lines(comment: &Comment, out: &mut String) {
    for line in &comment.lines {
        let _ = writeln!(out, "//{line}");
    }
}

struct Writer<'a> {
    names: &'a mut Names,
    others: &'a [Names],
    enums: Enums,
    out: String,
    /// Imports in the order of their first use, with the names they need.
    imports: Vec<(Option<String>, String)>,
    /// All labels of the file.
    labels: FxHashSet<String>,
    /// Labels that hide predeclared names, by message.
    hidden: Vec<FxHashSet<String>>,
    path: Vec<String>,
}

impl Writer<'_> {
    fn doc(&mut self, doc: Option<&Comment>, blank: bool) {
        if blank && (doc.is_some() || self.out.ends_with('\n')) {
            self.out.push('\n');
        }
        if let Some(doc) = doc {
            lines(doc, &mut self.out);
        }
    }

    /// Ends a line, with the comment that stands behind it.
    fn end(&mut self, inline: Option<&Comment>) {
        match inline {
            Some(comment) => {
                self.out.push(' ');
                lines(comment, &mut self.out);
            }
            None => self.out.push('\n'),
        }
    }

    fn message(&mut self, m: &Message) -> Converted<()> {
        self.doc(m.doc.as_ref(), true);
        self.path.push(m.name.clone());
        self.names.push(&m.items, &mut self.path)?;
        self.hidden.push(labels(&m.items));
        let start = self.out.len();
        for (n, item) in m.items.iter().enumerate() {
            self.item(n, item)?;
        }
        let body = self.out.split_off(start);
        let _ = match body.trim_start_matches('\n') {
            "" => writeln!(self.out, "#{}: {{}}", m.name),
            body => writeln!(self.out, "#{}: {{\n{body}}}", m.name),
        };
        self.hidden.pop();
        self.names.pop();
        self.path.pop();
        Ok(())
    }

    fn item(&mut self, n: usize, item: &Item) -> Converted<()> {
        match item {
            Item::Comment(comment) => {
                lines(comment, &mut self.out);
                // So that it does not become the comment of what follows.
                self.out.push('\n');
            }
            Item::Message(m) => return self.message(m),
            Item::Enum(e) => return self.enumeration(e),
            Item::Field(f) => return self.field(n, f, true),
            Item::Oneof(o) => return self.oneof(o),
            Item::Option(s) => {
                if s.doc.is_some() {
                    self.doc(s.doc.as_ref(), n > 0);
                }
                let _ = writeln!(self.out, "@protobuf(option {}={})", s.name, s.value.bare());
            }
            Item::Ignored => {}
        }
        Ok(())
    }

    fn field(&mut self, n: usize, f: &Field, may_lack: bool) -> Converted<()> {
        if f.doc.is_some() {
            self.doc(f.doc.as_ref(), n > 0);
        }
        let name = label(&f.name);
        let mut tags = match &f.key {
            Some(key) => format!("{},map[{key}]{}", f.number, f.type_name),
            None => format!("{},{}", f.number, f.type_name),
        };
        if name != f.name {
            let prefix = if f.key.is_some() { "" } else { "name=" };
            let _ = write!(tags, ",{prefix}{}", f.name);
        }
        let mut required = !may_lack;
        let mut constraints = String::new();
        for s in &f.settings {
            Self::setting(s, &name, &mut required, &mut tags, &mut constraints)?;
        }
        let type_name = self.type_of(&f.type_name, f.at)?;
        let type_name = match (&f.key, f.repeated) {
            (Some(_), _) => format!("{{\n[string]: {type_name}\n}}"),
            (None, true) => format!("[...{type_name}]"),
            (None, false) => type_name,
        };
        let mark = if required { "" } else { "?" };
        let _ = write!(self.out, "{}{mark}: {type_name} @protobuf({tags})", label_source(&name));
        self.end(f.inline.as_ref());
        self.out.push_str(&constraints);
        Ok(())
    }

    /// An option of a field: what it says in CUE, or one more part of its attribute.
    fn setting(
        s: &Setting,
        name: &str,
        required: &mut bool,
        tags: &mut String,
        constraints: &mut String,
    ) -> Converted<()> {
        match s.name.as_str() {
            "(cue.opt).required" => *required = true,
            "(google.api.field_behavior)" => *required |= s.value.bare() == "REQUIRED",
            "(cue.val)" => {
                let (parse, expr) = vela_syntax::parse_expr(s.value.bare());
                if let (None, _) | (_, Some(_)) = (expr, parse.errors.first()) {
                    let why = parse.errors.first().map_or("", |e| e.message.as_str());
                    let message = format!("error parsing protobuf: invalid cue.val value: {why}");
                    return Err(ProtoFault { file: String::new(), span: Some(s.at), message });
                }
                let mark = if *required { "" } else { "?" };
                let _ = writeln!(constraints, "{}{mark}: {}", label_source(name), s.value.bare());
            }
            other => {
                let part = match s.value.source().as_str() {
                    "true" => other.to_owned(),
                    source => format!("{other}={source}"),
                };
                tags.push(',');
                tags.push_str(&quoted(&part));
            }
        }
        Ok(())
    }

    fn oneof(&mut self, o: &Oneof) -> Converted<()> {
        self.doc(o.doc.as_ref(), o.doc.is_some());
        self.out.push_str("{}");
        let mut open = false;
        for item in &o.items {
            let Item::Field(f) = item else {
                if let (Item::Comment(comment), true) = (item, open) {
                    self.out.push('\n');
                    lines(comment, &mut self.out);
                }
                continue;
            };
            self.out.push_str(if open { "} | {\n" } else { " | {\n" });
            open = true;
            self.hidden.push(std::iter::once(label(&f.name)).collect());
            let done = self.field(0, f, false);
            self.hidden.pop();
            done?;
        }
        self.out.push_str(if open { "}\n" } else { "\n" });
        Ok(())
    }

    fn enumeration(&mut self, e: &Enum) -> Converted<()> {
        if e.values.is_empty() {
            let message = "error parsing protobuf: empty enum".to_owned();
            return Err(ProtoFault { file: String::new(), span: Some(e.at), message });
        }
        self.doc(e.doc.as_ref(), true);
        match self.enums {
            Enums::Int => {
                let values: Vec<String> = e.values.iter().map(|v| format!("\t#{}", v.name)).collect();
                let _ = writeln!(self.out, "#{}:\n{}\n", e.name, values.join(" |\n"));
                for v in &e.values {
                    if let Some(doc) = &v.doc {
                        lines(doc, &mut self.out);
                    }
                    let _ = write!(self.out, "#{}: {}", v.name, v.number);
                    self.end(v.inline.as_ref());
                    if v.doc.is_some() {
                        self.out.push('\n');
                    }
                }
            }
            Enums::Json => {
                let _ = write!(self.out, "#{}: ", e.name);
                let mut last_single = false;
                for (n, v) in e.values.iter().enumerate() {
                    let single = v.doc.is_none() && v.inline.is_none();
                    if n > 0 {
                        self.out.push_str(if single && last_single { " |\n\t" } else { " | " });
                    }
                    last_single = single;
                    let text = quote(&v.name, Form::Single);
                    if single {
                        let _ = write!(self.out, "{{{text}, #enumValue: {}}}", v.number);
                        continue;
                    }
                    self.out.push_str("{\n");
                    if let Some(doc) = &v.doc {
                        lines(doc, &mut self.out);
                    }
                    self.out.push_str(&text);
                    self.end(v.inline.as_ref());
                    let _ = write!(self.out, "#enumValue: {}\n}}", v.number);
                }
                self.out.push('\n');
            }
        }
        let _ = writeln!(self.out, "\n#{}_value: {{", e.name);
        for v in &e.values {
            let _ = writeln!(self.out, "{}: {}", quote(&v.name, Form::Single), v.number);
        }
        self.out.push_str("}\n");
        Ok(())
    }

    // ---- Types --------------------------------------------------------------------------------------------------

    fn type_of(&mut self, name: &str, at: Span) -> Converted<String> {
        if let Some((_, scalar)) = SCALARS.iter().find(|s| s.0 == name) {
            return Ok(self.predeclared(scalar));
        }
        let (meaning, rest) = self.names.resolve(name, at)?;
        let mut out = match meaning {
            Meaning::Own(definition) => definition,
            Meaning::Imported(other, definition) => {
                let others = self.others;
                let other = &others[other];
                format!("{}.{definition}", self.import(&other.qualified(), other.short()))
            }
            Meaning::Source(source, Some(package)) => {
                let name = self.import(package, package);
                source.replacen(package, &name, 1)
            }
            Meaning::Source(source, None) => match source {
                "string" | "bool" | "number" => self.predeclared(source),
                _ => source.to_owned(),
            },
        };
        for part in rest {
            let _ = write!(out, ".#{part}");
        }
        Ok(out)
    }

    /// A predeclared name; a field of the same name around it hides it.
    fn predeclared(&self, name: &str) -> String {
        let hidden = self.hidden.iter().any(|labels| labels.contains(name));
        if hidden { format!("__{name}") } else { name.to_owned() }
    }

    /// The name by which an imported package goes.
    fn import(&mut self, path: &str, short: &str) -> String {
        if let Some((alias, _)) = self.imports.iter().find(|i| i.1 == path) {
            return alias.clone().unwrap_or_else(|| short.to_owned());
        }
        let default = |path: &str| path.rsplit(['/', ':']).next().unwrap_or("").to_owned();
        let taken = |name: &str, this: &Self| {
            this.labels.contains(name)
                || this.imports.iter().any(|(a, p)| a.clone().unwrap_or_else(|| default(p)) == name)
        };
        let mut name = short.to_owned();
        let mut n = 0;
        while taken(&name, self) {
            n += 1;
            name = format!("{short}_{n}");
        }
        let alias = (name != short).then(|| name.clone());
        self.imports.push((alias, path.to_owned()));
        name
    }
}

/// A part of an attribute, in quotes where it has more than letters and digits.
fn quoted(text: &str) -> String {
    if text.chars().all(char::is_alphanumeric) {
        return text.to_owned();
    }
    if !text.contains(['"', '\\']) {
        return quote(text, Form::Single);
    }
    let mut hashes = "#".to_owned();
    while text.contains(&format!("\"{hashes}")) || text.contains(&format!("\\{hashes}")) {
        hashes.push('#');
    }
    format!("{hashes}\"{text}\"{hashes}")
}
