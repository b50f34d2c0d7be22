//! Output of the reference's commands: the format, the file, the separators between values.

use std::borrow::Cow;

use vela_encoding::to_toml;
use vela_eval::export::export;
use vela_eval::{Eval, OpenApi, VertexId};
use vela_syntax::literal::label;
use vela_yaml::{Data, JsonStyle, YamlStyle, to_json, to_yaml};

use super::flags;
use super::session::{Failed, Step, exhausted, fail, say, show_error, show_reports};
use super::to_protobuf::{to_json_mapping, to_textproto};
use crate::files;
use crate::world::native;

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// CUE source.
    Cue,
    /// JSON, indented.
    Json,
    /// YAML documents.
    Yaml,
    /// A string and a line end.
    Text,
    /// A string or bytes as they are.
    Binary,
    /// TOML.
    Toml,
}

/// What a value is written as, beside the form.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Interpretation {
    /// Its definitions as an OpenAPI document.
    OpenApi,
    /// In the mapping of Protocol Buffers to JSON.
    Pb,
    /// As a message of Protocol Buffers in text form.
    TextProto,
}

impl Encoding {
    /// The encoding that a qualifier or file type names, and the interpretation.
    fn named(name: &str, default: Self) -> Step<(Self, Option<Interpretation>)> {
        let mut found = None;
        let mut interpretation = None;
        for part in name.split('+') {
            let encoding = match part {
                "cue" => Self::Cue,
                "json" | "jsonl" => Self::Json,
                "yaml" => Self::Yaml,
                "text" => Self::Text,
                "binary" => Self::Binary,
                "toml" => Self::Toml,
                // Interpretations that keep the encoding.
                "schema" | "data" | "graph" => continue,
                "openapi" => {
                    interpretation = Some(Interpretation::OpenApi);
                    continue;
                }
                "pb" => {
                    interpretation = Some(Interpretation::Pb);
                    continue;
                }
                "textproto" => {
                    interpretation = Some(Interpretation::TextProto);
                    continue;
                }
                "jsonschema" => {
                    return Err(fail(&format!("output as {part} is not supported")));
                }
                "proto" | "xml" | "code" | "go" => {
                    return Err(fail(&format!("unsupported encoding {part:?}")));
                }
                _ => return Err(fail(&format!("unknown filetype {part}"))),
            };
            found = Some(encoding);
        }
        let default = if interpretation.is_some() { Self::Json } else { default };
        Ok((found.unwrap_or(default), interpretation))
    }
}

/// Where output goes, what form it has, and what there is of it so far.
pub struct Sink {
    /// The form.
    pub encoding: Encoding,
    /// What values are written as.
    pub interpretation: Option<Interpretation>,
    /// Escape `<`, `>` and `&` in JSON.
    pub escape: bool,
    /// Indent CUE source with four blanks instead of a tab, as `cue eval` does.
    pub blanks: bool,
    /// Simplify CUE source.
    pub simplify: bool,
    /// The package clause of CUE source.
    pub package: Option<String>,
    /// The file; standard output without one.
    file: Option<String>,
    force: bool,
    text: Vec<u8>,
    values: usize,
}

impl Sink {
    /// From the command line; `default` is the form where nothing names one.
    pub fn new(flags: &flags::Output, default: Encoding) -> Step<Self> {
        let mut encoding = flags.out.as_deref().map(|o| Encoding::named(o, default)).transpose()?;
        let mut file = None;
        if let Some(outfile) = &flags.outfile {
            let (qualifier, name) = match outfile.split_once(':') {
                Some((qualifier, name)) if flags.out.is_none() => (Some(qualifier), name),
                _ => (None, outfile.as_str()),
            };
            if name.is_empty() {
                return Err(fail(&format!("empty file name in {outfile:?}")));
            }
            if encoding.is_none() {
                encoding = Some(match (qualifier, name) {
                    (Some(qualifier), _) => Encoding::named(qualifier, default)?,
                    (None, "-") => (default, None),
                    (None, name) => by_extension(name, default)?,
                });
            }
            file = (name != "-").then(|| name.to_owned());
        }
        let (encoding, interpretation) = encoding.unwrap_or((default, None));
        Ok(Self {
            encoding,
            interpretation,
            escape: false,
            blanks: false,
            simplify: false,
            package: None,
            file,
            force: flags.force,
            text: Vec::new(),
            values: 0,
        })
    }

    /// Adds a concrete value, in any form but CUE.
    pub fn data(&mut self, data: &Data) -> Step<()> {
        self.separate();
        match self.encoding {
            Encoding::Json | Encoding::Cue => {
                let style = JsonStyle { html: self.escape, ..JsonStyle::CUE };
                self.text.extend_from_slice(to_json(data, style).as_bytes());
                self.text.push(b'\n');
            }
            Encoding::Yaml => self.text.extend_from_slice(to_yaml(data, YamlStyle::Cue).as_bytes()),
            Encoding::Toml => {
                let text = to_toml(data).map_err(|e| fail(&e))?;
                self.text.extend_from_slice(text.as_bytes());
            }
            Encoding::Text => match data {
                Data::Str(s) => {
                    self.text.extend_from_slice(s.as_bytes());
                    self.text.push(b'\n');
                }
                other => return Err(not_text(other, "string")),
            },
            Encoding::Binary => match data {
                Data::Str(s) => self.text.extend_from_slice(s.as_bytes()),
                Data::Bytes(b) => self.text.extend_from_slice(b),
                other => return Err(not_text(other, "bytes")),
            },
        }
        Ok(())
    }

    /// Adds a value as the interpretation has it, if there is one.
    pub fn interpreted(&mut self, eval: &mut Eval<'_>, v: VertexId) -> Step<bool> {
        let Some(interpretation) = self.interpretation else { return Ok(false) };
        if interpretation != Interpretation::OpenApi {
            let data = export(eval, v, &[]).map_err(show_reports)?;
            if interpretation == Interpretation::TextProto {
                let text = to_textproto(eval, v, &data).map_err(|e| fail(&e))?;
                self.text.extend_from_slice(text.as_bytes());
            } else {
                let data = to_json_mapping(eval, v, "", data);
                self.data(&data)?;
            }
            return Ok(true);
        }
        let made = eval.openapi(v).map_err(|budget| fail(&exhausted(eval, budget)))?;
        let OpenApi { document, lost } = made.map_err(|e| show_error(eval, e, v))?;
        for validator in lost {
            say(&format!("openapi: no schema can say what is left out: {validator}\n"));
        }
        if self.encoding == Encoding::Cue {
            self.simplify = true;
            self.source(to_json(&document, JsonStyle::CUE).trim_start_matches('{').trim_end_matches('}'));
        } else {
            self.data(&document)?;
        }
        Ok(true)
    }

    /// Adds a value as CUE source.
    pub fn source(&mut self, text: &str) {
        self.separate();
        let clause = self.package.as_ref().map_or_else(String::new, |p| format!("package {p}\n\n"));
        let text = format!("{clause}{text}");
        let text = laid_out(&text, self.simplify);
        for line in text.split_inclusive('\n') {
            let tabs = if self.blanks { line.len() - line.trim_start_matches('\t').len() } else { 0 };
            self.text.extend(std::iter::repeat_n(b' ', 4 * tabs));
            self.text.extend_from_slice(&line.as_bytes()[tabs..]);
        }
        if !text.is_empty() && !text.ends_with('\n') {
            self.text.push(b'\n');
        }
    }

    /// CUE source of a value, below labels.
    pub fn below(&mut self, labels: &[String], text: String) -> String {
        if labels.is_empty() {
            return text;
        }
        self.simplify = true;
        let labels: Vec<String> = labels.iter().map(|l| label(l)).collect();
        format!("{}: {{\n{text}\n}}\n", labels.join(": "))
    }

    /// Adds a value as CUE source below a line that names the expression it is the value of.
    pub fn titled(&mut self, title: &str, text: &str) {
        self.values = 0;
        self.text.extend_from_slice(format!("// {title}\n").as_bytes());
        self.source(text);
    }

    fn separate(&mut self) {
        if self.values > 0 {
            match self.encoding {
                Encoding::Cue => self.text.extend_from_slice(b"// ---\n"),
                Encoding::Yaml => self.text.extend_from_slice(b"---\n"),
                _ => {}
            }
        }
        self.values += 1;
    }

    /// Writes what there is. After a failure only standard output gets what came before it.
    pub fn finish(self, folder: &str, so_far: Step<()>) -> Step<()> {
        match (&self.file, so_far) {
            (None, so_far) => {
                if let Err(e) = files::print(&self.text) {
                    return Err(fail(&format!("cannot write standard output: {e}")));
                }
                so_far
            }
            (Some(_), Err(Failed)) => Err(Failed),
            (Some(name), Ok(())) => write(folder, name, self.force, &self.text),
        }
    }
}

fn write(folder: &str, name: &str, force: bool, text: &[u8]) -> Step<()> {
    let path = native(folder, name);
    if !force && path.metadata().is_ok_and(|m| m.is_file()) {
        return Err(fail(&format!("error writing {name:?}: file already exists")));
    }
    files::replace(&path, text).map_err(|e| fail(&format!("error writing {name:?}: {e}")))
}

fn by_extension(name: &str, default: Encoding) -> Step<(Encoding, Option<Interpretation>)> {
    let extension = vela_load::paths::extension(name);
    if extension.is_empty() {
        return Err(fail(&format!("no encoding specified for file {name:?}")));
    }
    match vela_load::encoding(extension) {
        Some(encoding) => Encoding::named(encoding, default),
        None => Err(fail(&format!("unknown file extension {extension}"))),
    }
}

fn not_text(data: &Data, wanted: &str) -> Failed {
    let shown = to_json(data, JsonStyle::COMPACT);
    fail(&format!("cannot use value {shown} (type {}) as {wanted}", data.kind()))
}

/// CUE source in the layout of the formatter; as it is where that is not possible.
fn laid_out(text: &str, simplify: bool) -> Cow<'_, str> {
    match vela_syntax::format(
        text,
        &vela_syntax::FormatOptions { simplify, printed: true, ..Default::default() },
    ) {
        Ok(out) => Cow::Owned(out),
        Err(_) => Cow::Borrowed(text),
    }
}

/// A value below labels.
pub fn below(labels: &[String], data: Data) -> Data {
    let wrap = |inner, label: &String| Data::Map(vec![(label.as_str().into(), inner)]);
    labels.iter().rev().fold(data, wrap)
}
