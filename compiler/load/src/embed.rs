//! `@embed(file=…)` and `@embed(glob=…)`: data files as values of fields, in files that begin with
//! `@extern(embed)`.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use vela_ir::{Expr, ExprId, ExprInput, FileId, Package, PackageId, Place, Version};
use vela_syntax::ast::{self, Decl};

use crate::attribute::{Argument, arguments, lookup};
use crate::data::{Format, Member, Reader};
use crate::error::{LoadError, SourcePlace};
use crate::files::{ParsedId, decode, encoding};
use crate::packages::Loader;
use crate::paths;
use crate::schemas::{interpretation, schema};
use crate::world::{EntryKind, World};

/// Values to be unified with fields, or embedded where a declaration attribute stands.
type Values = FxHashMap<ParsedId, Vec<(ast::DeclId, ExprId)>>;

/// What an attribute asks for.
enum Source {
    File(String),
    Glob(String, bool),
}

impl Loader<'_> {
    /// Reads what the files of a package embed.
    pub(crate) fn embedded(&mut self, files: &[ParsedId], module: usize) -> (Values, Vec<LoadError>) {
        let mut values = Values::default();
        let mut errors = Vec::new();
        for id in files {
            match self.switched_on(*id, module) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(found) => {
                    errors.extend(found);
                    continue;
                }
            }
            for (decl, attribute) in self.attributes(*id) {
                match self.embed(*id, &attribute) {
                    Ok(value) => values.entry(*id).or_default().push((decl, value)),
                    Err(mut found) => {
                        let source = self.files.get(*id).source;
                        found[0].message.insert_str(0, "@embed: ");
                        found[0].places.insert(0, SourcePlace { source, span: attribute.span });
                        errors.append(&mut found);
                    }
                }
            }
        }
        (values, errors)
    }

    /// Whether a file has `@extern(embed)`.
    fn switched_on(&self, id: ParsedId, module: usize) -> Result<bool, Vec<LoadError>> {
        let file = self.files.get(id);
        let (tree, text) = (&file.parse.file, &*file.text);
        let named = |a: &&ast::Attribute| a.name.of(text) == "extern";
        let at = |a: &ast::Attribute, message: &str| {
            LoadError::at(SourcePlace { source: file.source, span: a.span }, message)
        };
        let head: Vec<&ast::Attribute> =
            tree.attribute_list(tree.file_attributes).iter().filter(named).collect();
        if tree.package.is_none() {
            let errors: Vec<_> =
                head.iter().map(|a| at(a, "extern attribute without package clause")).collect();
            return if errors.is_empty() { Ok(false) } else { Err(errors) };
        }
        if head.is_empty() {
            let late = tree.decl_list(tree.top).iter().filter_map(|d| match tree.decl(*d) {
                Decl::Attribute(i) => Some(&tree.attributes[i as usize]),
                _ => None,
            });
            let errors: Vec<_> = late
                .filter(named)
                .map(|a| at(a, "extern attribute must appear before package clause"))
                .collect();
            return if errors.is_empty() { Ok(false) } else { Err(errors) };
        }
        let mut errors = Vec::new();
        let mut kinds: Vec<String> = Vec::new();
        for attribute in head {
            let kind =
                arguments(attribute.body.of(text)).into_iter().next().map_or(String::new(), |a| a.value);
            let message = match kind.as_str() {
                "" => "injection name must be non-empty".to_string(),
                _ if kinds.contains(&kind) => format!("duplicate @extern attribute for kind {kind:?}"),
                "embed" => {
                    kinds.push(kind);
                    continue;
                }
                _ => format!("no injection defined for {kind:?}"),
            };
            errors.push(at(attribute, &message));
        }
        if !kinds.is_empty() && self.modules.list[module].path.is_none() {
            errors.push(LoadError::new("cannot embed files when not in a module"));
        }
        if errors.is_empty() { Ok(!kinds.is_empty()) } else { Err(errors) }
    }

    /// The `@embed` attributes of a file with what each stands at.
    fn attributes(&self, id: ParsedId) -> Vec<(ast::DeclId, ast::Attribute)> {
        let file = self.files.get(id);
        let (tree, text) = (&file.parse.file, &*file.text);
        let mut out = Vec::new();
        for (i, decl) in tree.decls.iter().enumerate() {
            let found: &[ast::Attribute] = match decl {
                Decl::Field(field) => tree.attribute_list(field.attributes),
                Decl::Attribute(index) => std::slice::from_ref(&tree.attributes[*index as usize]),
                _ => &[],
            };
            let embeds = found.iter().filter(|a| a.name.of(text) == "embed");
            out.extend(embeds.map(|a| (ast::DeclId(i as u32), *a)));
        }
        out
    }

    fn embed(&mut self, id: ParsedId, attribute: &ast::Attribute) -> Result<ExprId, Vec<LoadError>> {
        let file = self.files.get(id);
        let folder = paths::parent(&file.path).to_string();
        let arguments = arguments(attribute.body.of(&file.text));
        let plain = |message: String| vec![LoadError::new(message)];
        let (source, kind) = wanted(&arguments).map_err(plain)?;
        match source {
            Source::File(name) => {
                if in_other_module(self.world, &folder, &name) {
                    return Err(plain(format!("cannot embed file {name:?}: in different module")));
                }
                self.embedded_file(&folder, &name, kind)
            }
            Source::Glob(pattern, allow_empty) => {
                let names = glob(self.world, &folder, &pattern).map_err(plain)?;
                if names.is_empty() && !allow_empty {
                    return Err(plain(format!("no matches for glob pattern {pattern:?}")));
                }
                let mut members = Vec::new();
                for name in names {
                    if self.world.kind(&paths::join(&folder, &name)) == Some(EntryKind::Folder) {
                        continue;
                    }
                    if in_other_module(self.world, &folder, &name) {
                        return Err(plain(format!("cannot embed file {name:?}: in different module")));
                    }
                    let value = self.embedded_file(&folder, &name, kind)?;
                    members.push(Member {
                        name,
                        span: vela_diagnostics::Span::at(0),
                        value,
                        docs: Vec::new(),
                    });
                }
                let mut reader = Reader { ir: &mut self.ir, file: Place::NONE.file };
                Ok(reader.fields(members, vela_diagnostics::Span::at(0)))
            }
        }
    }

    fn embedded_file(
        &mut self,
        folder: &str,
        name: &str,
        kind: Option<&str>,
    ) -> Result<ExprId, Vec<LoadError>> {
        let plain = |message: String| vec![LoadError::new(message)];
        let path = paths::join(folder, name);
        let encoding = match kind {
            Some(kind) => kind,
            None => match paths::extension(name) {
                "" => return Err(plain(format!("no encoding specified for file {name:?}"))),
                extension => {
                    encoding(extension).ok_or_else(|| plain(format!("unknown file extension {extension}")))?
                }
            },
        };
        let format = match encoding {
            "cue" => return Err(plain("encoding \"cue\" not (yet) supported".to_string())),
            "jsonl" => {
                let message = "encoding \"jsonl\" not (yet) supported: requires support for streaming";
                return Err(plain(message.to_string()));
            }
            "proto" | "textproto" | "pb" => {
                return Err(plain(format!(
                    "encoding {encoding:?} not (yet) supported: requires support for schema-guided decoding"
                )));
            }
            kind if kind.split('+').any(|k| ["jsonschema", "openapi"].contains(&k)) => {
                return self.embedded_schema(&path, name, kind);
            }
            other => Format::of(other).map_err(plain)?,
        };
        match self.world.kind(&path) {
            None => return Err(plain(format!("open {name}: no such file or directory"))),
            Some(EntryKind::Folder) => return Err(plain("cannot embed directories".to_string())),
            Some(EntryKind::File) => {}
        }
        let documents: Vec<FileId> = self.data_file(&path, format)?;
        match documents[..] {
            [only] => Ok(crate::data::document_value(&self.ir, only)),
            [] => Ok(self.ir.push_expr(Expr::Null, Place::NONE)),
            _ => Err(plain("streaming not implemented: found more than one value in file".to_string())),
        }
    }
}

impl Loader<'_> {
    /// A JSON Schema or OpenAPI document as the value that it describes.
    fn embedded_schema(&mut self, path: &str, name: &str, kind: &str) -> Result<ExprId, Vec<LoadError>> {
        let plain = |message: String| vec![LoadError::new(message)];
        let bytes =
            self.world.read(path).map_err(|_| plain(format!("open {name}: no such file or directory")))?;
        let text = decode(&bytes);
        let json = !kind.split('+').any(|k| k == "yaml");
        let found = interpretation(kind, false).and_then(|(how, options)| schema(&text, json, how, options));
        let made = match found {
            Some(Ok(made)) => made,
            None => return Err(plain(format!("embedding as {kind} is not supported"))),
            Some(Err(faults)) => {
                let source = self.files.sources.add(name, text);
                let error = |f: vela_encoding::SchemaFault| {
                    LoadError::at(SourcePlace { source, span: f.span }, f.message)
                };
                return Err(faults.into_iter().map(error).collect());
            }
        };
        let text: Arc<str> = Arc::from(made.source.in_braces());
        let (parse, expr) = vela_syntax::parse_expr(&text);
        let Some(expr) = expr.filter(|_| parse.errors.is_empty()) else {
            return Err(plain(format!("cannot embed {name:?}: its schema has no form in CUE")));
        };
        if self.ir.packages.is_empty() {
            let none = Package { id: "_".to_owned(), name: String::new(), files: Vec::new() };
            self.ir.packages.push(none);
        }
        let imports = made.imports;
        let builtin = |short: &str| imports.iter().find(|p| p.rsplit('/').next() == Some(short)).cloned();
        let before = self.ir.files.len();
        let lowered = self.ir.add_expr(ExprInput {
            package: PackageId(0),
            version: Version::NEWEST,
            experiments: parse.experiments,
            name,
            text: text.clone(),
            ast: &parse.file,
            expr,
            field: &|_, _, _| None,
            builtin: &builtin,
        });
        let source = self.files.sources.add(name, text);
        self.file_sources.extend((before..self.ir.files.len()).map(|_| source));
        lowered.map_err(|errors| errors.into_iter().map(|e| LoadError::new(e.message)).collect())
    }
}

/// What the arguments ask for, and the type they give.
fn wanted(arguments: &[Argument]) -> Result<(Source, Option<&str>), String> {
    let file = lookup(arguments, "file").filter(|f| !f.is_empty());
    let glob = lookup(arguments, "glob").filter(|g| !g.is_empty());
    let kind = lookup(arguments, "type").filter(|t| !t.is_empty());
    let allow_empty = arguments.iter().any(|a| match &a.key {
        None => a.value == "allowEmptyGlob",
        Some(key) => key == "allowEmptyGlob" && a.value == "true",
    });
    match (file, glob) {
        (None, None) => Err("attribute must have file or glob field".to_string()),
        (Some(_), Some(_)) => Err("attribute cannot have both file and glob field".to_string()),
        (Some(_), None) if allow_empty => {
            Err("allowEmptyGlob must be specified with a glob field".to_string())
        }
        (Some(file), None) => Ok((Source::File(cleaned(file)?), kind)),
        (None, Some(glob)) => {
            let glob = cleaned(glob)?;
            let extension = paths::extension(&glob);
            if kind.is_none() && (extension.is_empty() || extension.contains(['*', '?', '[', '\\'])) {
                return Err("extension not fully specified; type argument required".to_string());
            }
            Ok((Source::Glob(glob, allow_empty), kind))
        }
    }
}

fn cleaned(path: &str) -> Result<String, String> {
    let clean = paths::clean(path);
    if clean != path {
        return Err(format!("path not normalized, use {clean:?} instead"));
    }
    if clean.starts_with('/') {
        return Err("only relative files are allowed".to_string());
    }
    if clean == ".." || clean.starts_with("../") {
        return Err("cannot refer to parent directory".to_string());
    }
    Ok(clean)
}

/// Whether a folder on the way to a file is a module of its own.
fn in_other_module(world: &dyn World, folder: &str, name: &str) -> bool {
    name.match_indices('/').any(|(at, _)| crate::module::is_root(world, &paths::join(folder, &name[..at])))
}

/// Paths below a folder that match a pattern element by element, sorted. Names that start with a dot match only
/// where the pattern's element does.
fn glob(world: &dyn World, folder: &str, pattern: &str) -> Result<Vec<String>, String> {
    let mut found = vec![String::new()];
    for element in pattern.split('/') {
        if !valid(element) {
            return Err(format!("invalid glob pattern {pattern:?}: syntax error in pattern"));
        }
        let mut next = Vec::new();
        for prefix in &found {
            for entry in world.list(&paths::join(folder, prefix)).unwrap_or_default() {
                let hidden = entry.name.starts_with('.') && !element.starts_with('.');
                if !hidden && matches(element, &entry.name) {
                    let slash = if prefix.is_empty() { "" } else { "/" };
                    next.push(format!("{prefix}{slash}{}", entry.name));
                }
            }
        }
        found = next;
    }
    found.sort();
    Ok(found)
}

/// A piece of a pattern.
#[derive(Clone, Debug)]
enum Piece {
    Any,
    One,
    Char(char),
    Class(bool, Vec<(char, char)>),
}

fn valid(pattern: &str) -> bool {
    pieces(pattern).is_some()
}

fn pieces(pattern: &str) -> Option<Vec<Piece>> {
    let mut out = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        out.push(match c {
            '*' => Piece::Any,
            '?' => Piece::One,
            '\\' => Piece::Char(chars.next()?),
            '[' => {
                let negated = chars.next_if_eq(&'^').is_some();
                let mut ranges = Vec::new();
                loop {
                    if !ranges.is_empty() && chars.peek() == Some(&']') {
                        chars.next();
                        break;
                    }
                    let low = match chars.next()? {
                        '\\' => chars.next()?,
                        ']' | '-' => return None,
                        c => c,
                    };
                    let high = if chars.next_if_eq(&'-').is_some() {
                        match chars.next()? {
                            '\\' => chars.next()?,
                            ']' | '-' => return None,
                            c => c,
                        }
                    } else {
                        low
                    };
                    ranges.push((low, high));
                }
                Piece::Class(negated, ranges)
            }
            c => Piece::Char(c),
        });
    }
    Some(out)
}

/// Whether a name matches a pattern, without backing up over more than the last `*`.
fn matches(pattern: &str, name: &str) -> bool {
    let Some(pieces) = pieces(pattern) else { return false };
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let fits = match pieces.get(p) {
            Some(Piece::Any) => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some(Piece::One) => true,
            Some(Piece::Char(c)) => *c == name[n],
            Some(Piece::Class(negated, ranges)) => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&name[n])) != *negated
            }
            None => false,
        };
        if fits {
            (p, n) = (p + 1, n + 1);
        } else if let Some((star_p, star_n)) = star {
            star = Some((star_p, star_n + 1));
            (p, n) = (star_p + 1, star_n + 1);
        } else {
            return false;
        }
    }
    pieces[p..].iter().all(|piece| matches!(piece, Piece::Any))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*.json", "a.json", true),
            ("a*b*c", "aXbYbc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("\\*", "*", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
        assert!(!valid("[a"));
        assert!(!valid("a\\"));
        assert!(!valid("[]"));
    }
}
