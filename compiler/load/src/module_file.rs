//! `cue.mod/module.cue` as data that can be changed and written back, in its normal form: module, language, source,
//! deps, custom; dependencies sorted; comments are lost (`loading-and-modules.md` M2).

use std::collections::BTreeMap;
use std::fmt::Write;

use vela_syntax::ast::{Decl, Expr, File, Label, List};
use vela_syntax::literal::{Form, StringValue, quote, string};

/// A requirement, by `path@vN`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Requirement {
    /// The version.
    pub version: String,
    /// Whether imports without a major version mean it.
    pub default: bool,
}

/// A module file.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ModuleFile {
    /// The module's path, with or without major version.
    pub module: String,
    /// The language version.
    pub language: String,
    /// Where the module's files come from when it is published.
    pub source: Option<String>,
    /// Requirements.
    pub deps: BTreeMap<String, Requirement>,
    /// What else there is, as written: name and value.
    pub custom: Option<String>,
    /// Members that a module file does not have in this version of the language, as written.
    pub unknown: Vec<(String, String)>,
}

impl ModuleFile {
    /// Reads the text of a module file.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parse = vela_syntax::parse(text, &vela_syntax::ParseOptions::default());
        if let Some(e) = parse.errors.first() {
            return Err(format!("{}:\n    cue.mod/module.cue:{}:{}", e.message, e.line, e.column));
        }
        let file = &parse.file;
        let mut out = Self::default();
        for (name, value) in fields(file, text, file.top) {
            let written = file.span(value).of(text).to_owned();
            match name.as_str() {
                "module" => out.module = text_of(file, text, value).unwrap_or_default(),
                "language" => {
                    out.language = member(file, text, value, "version").unwrap_or_default();
                }
                "source" => out.source = member(file, text, value, "kind"),
                "deps" => {
                    let Expr::Struct(list) = file.expr(value) else { continue };
                    for (path, requirement) in fields(file, text, list) {
                        let version = member(file, text, requirement, "v").unwrap_or_default();
                        let default =
                            written_member(file, text, requirement, "default").as_deref() == Some("true");
                        let major = version.split('.').next().unwrap_or("v0");
                        let path = if path.contains('@') { path } else { format!("{path}@{major}") };
                        out.deps.insert(path, Requirement { version, default });
                    }
                }
                "custom" => out.custom = Some(written),
                _ => out.unknown.push((name, written)),
            }
        }
        Ok(out)
    }

    /// The text in normal form.
    pub fn text(&self) -> String {
        let mut out = String::new();
        if !self.module.is_empty() {
            let _ = writeln!(out, "module: {}", quote(&self.module, Form::Single));
        }
        let _ = write!(out, "language: {{\n\tversion: {}\n}}\n", quote(&self.language, Form::Single));
        if let Some(kind) = &self.source {
            let _ = write!(out, "source: {{\n\tkind: {}\n}}\n", quote(kind, Form::Single));
        }
        if !self.deps.is_empty() {
            out.push_str("deps: {\n");
            for (path, requirement) in &self.deps {
                let _ = write!(
                    out,
                    "\t{}: {{\n\t\tv: {}\n",
                    quote(path, Form::Single),
                    quote(&requirement.version, Form::Single)
                );
                if requirement.default {
                    out.push_str("\t\tdefault: true\n");
                }
                out.push_str("\t}\n");
            }
            out.push_str("}\n");
        }
        if let Some(custom) = &self.custom {
            let _ = writeln!(out, "custom: {custom}");
        }
        for (name, value) in &self.unknown {
            let _ = writeln!(out, "{}: {value}", vela_syntax::literal::label(name));
        }
        let options = vela_syntax::FormatOptions::default();
        vela_syntax::format(&out, &options).unwrap_or(out)
    }
}

/// Regular fields with fixed names.
fn fields(file: &File, text: &str, list: List) -> Vec<(String, vela_syntax::ast::ExprId)> {
    let mut out = Vec::new();
    for decl in file.decl_list(list) {
        let Decl::Field(field) = file.decl(*decl) else { continue };
        let name = match field.label {
            Label::Ident(ident) => ident.span.of(text).to_owned(),
            Label::String(_) => match string(field.label_span.of(text)) {
                Ok(StringValue::Str(name)) => name,
                _ => continue,
            },
            _ => continue,
        };
        out.push((name, field.value));
    }
    out
}

fn text_of(file: &File, text: &str, x: vela_syntax::ast::ExprId) -> Option<String> {
    match string(file.span(x).of(text)) {
        Ok(StringValue::Str(value)) => Some(value),
        _ => None,
    }
}

fn find(
    file: &File,
    text: &str,
    x: vela_syntax::ast::ExprId,
    name: &str,
) -> Option<vela_syntax::ast::ExprId> {
    let Expr::Struct(list) = file.expr(x) else { return None };
    fields(file, text, list).into_iter().find(|(n, _)| n == name).map(|(_, v)| v)
}

fn member(file: &File, text: &str, x: vela_syntax::ast::ExprId, name: &str) -> Option<String> {
    text_of(file, text, find(file, text, x, name)?)
}

fn written_member(file: &File, text: &str, x: vela_syntax::ast::ExprId, name: &str) -> Option<String> {
    Some(file.span(find(file, text, x, name)?).of(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::ModuleFile;

    #[test]
    fn read_and_written() {
        let text = "module: \"a.b/c@v0\"\ndeps: {\"z.y@v1\": v: \"v1.2.3\", \"d.e\": {v: \"v0.1.0\", default: true}}\n\
                    language: version: \"v0.9.0\"\nsource: kind: \"git\"\n";
        let file = ModuleFile::parse(text).unwrap();
        let expected = "module: \"a.b/c@v0\"\nlanguage: {\n\tversion: \"v0.9.0\"\n}\nsource: {\n\tkind: \"git\"\n}\n\
                        deps: {\n\t\"d.e@v0\": {\n\t\tv:       \"v0.1.0\"\n\t\tdefault: true\n\t}\n\t\"z.y@v1\": {\n\t\t\
                        v: \"v1.2.3\"\n\t}\n}\n";
        assert_eq!(file.text(), expected);
        assert_eq!(ModuleFile::parse(&file.text()).unwrap(), file);
        assert!(ModuleFile::parse("module: {").is_err());
    }
}
