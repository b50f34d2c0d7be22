//! `cue.mod/module.cue`: which module a folder belongs to, its language version, and what it depends on.

use vela_diagnostics::SourceId;
use vela_ir::Version;
use vela_syntax::ast::{self, Decl, Expr, Label};
use vela_syntax::literal::{self, StringValue};

use crate::error::{ErrorKind, LoadError, SourcePlace};
use crate::import_path::is_major;
use crate::paths;
use crate::world::{EntryKind, World};

/// A module that another one requires.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dependency {
    /// Its path, without the major version.
    pub path: String,
    /// Its major version, such as `v0`.
    pub major: String,
    /// The version required.
    pub version: String,
    /// Whether imports without a major version mean this one.
    pub default: bool,
}

/// A module, or the folder that stands in for one where there is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Module {
    /// Its root folder.
    pub root: String,
    /// Its path without major version; `None` where there is no module file.
    pub path: Option<String>,
    /// Its major version.
    pub major: String,
    /// The version that was fetched; `""` for the main module.
    pub fetched: String,
    /// The version of the language its files are written in.
    pub version: Version,
    /// What it requires, by path.
    pub dependencies: Vec<Dependency>,
}

impl Module {
    /// A folder without a module file.
    pub fn none(root: &str) -> Self {
        Self {
            root: root.to_string(),
            path: None,
            major: String::new(),
            fetched: String::new(),
            version: Version::NEWEST,
            dependencies: Vec::new(),
        }
    }

    /// `path@vN`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.path.as_deref().unwrap_or(""), self.major)
    }
}

/// The nearest folder from `folder` up that has an entry `cue.mod`.
pub fn find_root(world: &dyn World, folder: &str) -> Option<String> {
    let mut at = folder;
    loop {
        if world.kind(&paths::join(at, "cue.mod")).is_some() {
            return Some(at.to_string());
        }
        if at == "/" {
            return None;
        }
        at = paths::parent(at);
    }
}

/// Whether a folder is the root of a module.
pub fn is_root(world: &dyn World, folder: &str) -> bool {
    world.kind(&paths::join(folder, "cue.mod")).is_some()
}

/// Whether the root has a module file; an error where `cue.mod` is a file itself.
pub fn has_file(world: &dyn World, root: &str) -> Result<bool, LoadError> {
    if world.kind(&paths::join(root, "cue.mod")) == Some(EntryKind::File) {
        return Err(LoadError::new("cue.mod files are no longer supported; use cue.mod/module.cue"));
    }
    Ok(world.kind(&paths::join(root, "cue.mod/module.cue")) == Some(EntryKind::File))
}

/// The module file as it was read.
pub struct ModuleText<'a> {
    /// Its source, for errors.
    pub source: SourceId,
    /// Its absolute path.
    pub path: &'a str,
    /// Its text.
    pub text: &'a str,
    /// Its tree.
    pub parse: &'a vela_syntax::Parse,
}

/// A member of a data-only struct.
struct Member<'a> {
    name: String,
    decl: ast::DeclId,
    value: Value<'a>,
}

enum Value<'a> {
    Str(String),
    Bool(bool),
    Null,
    Members(Vec<Member<'a>>),
    Other(std::marker::PhantomData<&'a ()>),
}

impl ModuleText<'_> {
    fn error(&self, span: vela_diagnostics::Span, message: impl Into<String>) -> LoadError {
        LoadError::at(SourcePlace { source: self.source, span }, message)
    }

    fn invalid(&self, what: impl std::fmt::Display) -> LoadError {
        LoadError::new(format!("invalid module file {}: {what}", self.path))
    }

    /// The module that the file describes. `root` is its folder.
    pub fn module(&self, root: &str) -> Result<Module, Vec<LoadError>> {
        self.check_data()?;
        let members = self.members(self.parse.file.top, 0)?;
        let language = match find(&members, "language") {
            Some(Value::Members(members)) => find(members, "version"),
            _ => None,
        };
        let Some(Value::Str(language)) = language else {
            return Err(vec![LoadError::new(
                "no language version declared in module.cue; run 'cue mod fix'",
            )]);
        };
        let version = language_version(language).map_err(|e| match e {
            VersionError::Plain(message) => vec![LoadError::new(message)],
            VersionError::Invalid(message) => vec![self.invalid(message)],
        })?;
        self.check_fields(&members)?;
        let (path, major) = match find(&members, "module") {
            None => return Err(vec![self.invalid("empty module path")]),
            Some(Value::Str(path)) => self.module_path(path)?,
            Some(_) => return Err(vec![LoadError::new("module path must be a string")]),
        };
        let dependencies = match find(&members, "deps") {
            Some(Value::Members(members)) => self.dependencies(members)?,
            _ => Vec::new(),
        };
        Ok(Module {
            root: root.to_string(),
            path: Some(path),
            major,
            fetched: String::new(),
            version,
            dependencies,
        })
    }

    /// Only data may stand in a module file.
    fn check_data(&self) -> Result<(), Vec<LoadError>> {
        let prefix = "invalid module file syntax: ";
        if !self.parse.errors.is_empty() {
            let errors = self.parse.errors.iter();
            return Err(errors
                .map(|e| LoadError {
                    kind: ErrorKind::Syntax,
                    ..self.error(e.span, format!("{prefix}{}", e.message))
                })
                .collect());
        }
        let file = &self.parse.file;
        let mut errors = Vec::new();
        if let Some(import) = file.imports.first() {
            errors.push(self.error(import.span, format!("{prefix}imports not allowed in data mode")));
        }
        for i in 0..file.exprs.len() as u32 {
            let id = ast::ExprId(i);
            let what = match file.expr(id) {
                Expr::Ident => "references",
                Expr::Unary(ast::UnaryOp::Add | ast::UnaryOp::Sub, _) => continue,
                Expr::Binary(..)
                | Expr::Unary(..)
                | Expr::Call(..)
                | Expr::Index(..)
                | Expr::Slice(..)
                | Expr::Select(..)
                | Expr::Interpolation(_)
                | Expr::Comprehension(_) => "expressions",
                _ => continue,
            };
            let at = vela_diagnostics::Span::at(file.span(id).start);
            errors.push(self.error(at, format!("{prefix}{what} not allowed in data mode")));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn members(&self, list: ast::List, depth: u32) -> Result<Vec<Member<'_>>, Vec<LoadError>> {
        let file = &self.parse.file;
        let mut out: Vec<Member<'_>> = Vec::new();
        for id in file.decl_list(list) {
            let Decl::Field(field) = file.decl(*id) else { continue };
            let name = match field.label {
                Label::Ident(ident) => ident.span.of(self.text).to_string(),
                Label::String(expr) => match literal::string(file.span(expr).of(self.text)) {
                    Ok(StringValue::Str(text)) => text,
                    _ => continue,
                },
                _ => continue,
            };
            let value = match file.expr(field.value) {
                Expr::String => match literal::string(file.span(field.value).of(self.text)) {
                    Ok(StringValue::Str(text)) => Value::Str(text),
                    _ => Value::Other(std::marker::PhantomData),
                },
                Expr::Bool(value) => Value::Bool(value),
                Expr::Null => Value::Null,
                // What is deeper has no meaning here.
                Expr::Struct(list) if depth < 4 => Value::Members(self.members(list, depth + 1)?),
                _ => Value::Other(std::marker::PhantomData),
            };
            match (out.iter_mut().find(|m| m.name == name), value) {
                (Some(Member { value: Value::Members(old), .. }), Value::Members(new)) => old.extend(new),
                (Some(Member { value: Value::Str(old), .. }), Value::Str(new)) if *old != new => {
                    let message = format!("{name}: conflicting values {new:?} and {old:?}");
                    return Err(vec![self.error(file.span(field.value), message)]);
                }
                (Some(_), _) => {}
                (None, value) => out.push(Member { name, decl: *id, value }),
            }
        }
        Ok(out)
    }

    fn check_fields(&self, members: &[Member<'_>]) -> Result<(), Vec<LoadError>> {
        const KNOWN: [&str; 6] = ["module", "language", "source", "description", "deps", "custom"];
        let unknown = |path: &[&str], member: &Member<'_>| {
            let place = self.parse.file.decl_spans[member.decl.0 as usize];
            let mut error = self.error(place, "field not allowed");
            error.path = path.iter().map(|p| (*p).to_string()).collect();
            error.path.push(literal::label(&member.name));
            error
        };
        let mut errors = Vec::new();
        for member in members {
            if !KNOWN.contains(&member.name.as_str()) {
                errors.push(unknown(&[], member));
            }
            if let (Value::Members(inner), known) = (&member.value, member.name.as_str()) {
                let allowed: &[&str] = match known {
                    "language" => &["version"],
                    "source" => &["kind"],
                    _ => continue,
                };
                errors.extend(
                    inner
                        .iter()
                        .filter(|m| !allowed.contains(&m.name.as_str()))
                        .map(|m| unknown(&[known], m)),
                );
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// A module's path and major version.
    fn module_path(&self, text: &str) -> Result<(String, String), Vec<LoadError>> {
        if text.is_empty() {
            return Err(vec![self.invalid("empty module path")]);
        }
        let (path, major) = match text.split_once('@') {
            Some((_, major)) if !is_major(major) => {
                let message = format!("module path {text} should contain the major version only");
                return Err(vec![self.invalid(message)]);
            }
            Some((path, major)) => (path, major),
            None => (text, "v0"),
        };
        if let Some(why) = bad_module_path(path) {
            return Err(vec![self.invalid(format!("module path {text:?} is not valid: {why}"))]);
        }
        Ok((path.to_string(), major.to_string()))
    }

    fn dependencies(&self, members: &[Member<'_>]) -> Result<Vec<Dependency>, Vec<LoadError>> {
        let mut out = Vec::new();
        for member in members {
            let Value::Members(fields) = &member.value else { continue };
            if find(fields, "replaceWith").is_some() {
                let message = format!(
                    "module replace for {:?} is not allowed in module.cue; move it to cue.mod/local-module.cue",
                    member.name
                );
                return Err(vec![LoadError::new(message)]);
            }
            let version = match find(fields, "v") {
                Some(Value::Str(version)) => version.clone(),
                _ => continue,
            };
            let (path, major) = match member.name.split_once('@') {
                Some((path, major)) => (path.to_string(), major.to_string()),
                None => (member.name.clone(), version.split('.').next().unwrap_or("v0").to_string()),
            };
            if version.split('.').next() != Some(major.as_str()) {
                let message = format!(
                    "cannot make version from module {:?}, version {version:?}: mismatched major version suffix \
                     in {:?} (version {version})",
                    member.name, member.name
                );
                return Err(vec![self.invalid(message)]);
            }
            let default = matches!(find(fields, "default"), Some(Value::Bool(true)));
            out.push(Dependency { path, major, version, default });
        }
        out.sort_by(|a, b| (&a.path, &a.major).cmp(&(&b.path, &b.major)));
        Ok(out)
    }
}

fn find<'m, 'a>(members: &'m [Member<'a>], name: &str) -> Option<&'m Value<'a>> {
    members.iter().find(|m| m.name == name).map(|m| &m.value).filter(|v| !matches!(v, Value::Null))
}

/// Why a path can't be a module's.
pub fn bad_module_path(path: &str) -> Option<String> {
    let first = path.split('/').next().unwrap_or("");
    if !first.contains('.') {
        return Some("missing dot in first path element".to_string());
    }
    for element in path.split('/') {
        if element.is_empty() {
            return Some("empty path element".to_string());
        }
        if let Some(c) = element.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '.' | '_')) {
            return Some(format!("invalid char {c:?}"));
        }
        if element.starts_with(['.', '_', '-']) || element.ends_with(['.', '_', '-']) {
            return Some(format!("invalid path element {element:?}"));
        }
    }
    None
}

enum VersionError {
    Plain(String),
    Invalid(String),
}

/// The language version that a module declares.
fn language_version(text: &str) -> Result<Version, VersionError> {
    let numbers = text.strip_prefix('v').unwrap_or("");
    let core = numbers.split(['-', '+']).next().unwrap_or("");
    let parts: Vec<Option<u16>> = core.split('.').map(|p| p.parse().ok()).collect();
    match parts[..] {
        [Some(0), Some(minor), Some(patch)] => {
            let version = Version { minor, patch };
            if version > Version::NEWEST {
                let newest = Version::NEWEST;
                return Err(VersionError::Plain(format!(
                    "language version {text:?} declared in module.cue is too new for current language version \
                     \"v0.{}.{}\"",
                    newest.minor, newest.patch
                )));
            }
            if version < (Version { minor: 8, patch: 0 }) {
                return Err(VersionError::Plain(format!(
                    "cannot find schema suitable for reading module file with language version {text:?}"
                )));
            }
            Ok(version)
        }
        [Some(major), Some(_), Some(_)] if major > 0 => Err(VersionError::Plain(format!(
            "language version {text:?} declared in module.cue is too new for current language version \"v0.{}.{}\"",
            Version::NEWEST.minor,
            Version::NEWEST.patch
        ))),
        [Some(_)] | [Some(_), Some(_)] => {
            Err(VersionError::Invalid(format!("language version {text} is not canonical")))
        }
        _ => Err(VersionError::Plain(format!(
            "language version {text:?} in module.cue is not valid semantic version"
        ))),
    }
}
