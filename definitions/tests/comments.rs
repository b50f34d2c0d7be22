//! What stands in comments is used: `+usage` by editors and generated pages, the markers of
//! patches by the renderer. So every parameter has its usage, and every marker stands where it
//! counts. Looks at the syntax tree of the embedded files and of the examples' definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use vela_definitions::{definitions, shared};
use vela_syntax::ast::{Decl, DeclId, Expr, ExprId, Field, File, Label, List};
use vela_syntax::{ParseOptions, parse};

/// A parsed file with what it is called in messages.
struct Source {
    path: String,
    text: String,
    file: File,
}

impl Source {
    fn new(path: String, text: String) -> Self {
        let parsed = parse(&text, &ParseOptions::default());
        assert!(parsed.errors.is_empty(), "{path}: {:?}", parsed.errors);
        Self { path, text, file: parsed.file }
    }

    fn fields(&self, list: List) -> impl Iterator<Item = (DeclId, Field)> + '_ {
        self.file.decl_list(list).iter().filter_map(|id| match self.file.decl(*id) {
            Decl::Field(f) => Some((*id, f)),
            _ => None,
        })
    }

    /// The label as written, without quotes; none for patterns and computed labels.
    fn label(&self, field: &Field) -> Option<&str> {
        match field.label {
            Label::Ident(i) => Some(i.span.of(&self.text)),
            Label::String(e) => Some(self.file.span(e).of(&self.text).trim_matches('"')),
            _ => None,
        }
    }

    fn documented(&self, id: DeclId) -> bool {
        self.file
            .docs(id)
            .iter()
            .any(|c| c.span.of(&self.text).strip_prefix("// +usage=").is_some_and(|usage| !usage.is_empty()))
    }

    /// The declarations of `template`; for a file without one those at the top.
    fn body(&self) -> List {
        self.fields(self.file.top)
            .find(|(_, f)| self.label(f) == Some("template"))
            .and_then(|(_, f)| match self.file.expr(f.value) {
                Expr::Struct(list) => Some(list),
                _ => None,
            })
            .unwrap_or(self.file.top)
    }
}

/// The definitions, built in and of the examples.
fn sources() -> Vec<Source> {
    let mut sources: Vec<Source> =
        definitions().iter().map(|d| Source::new(d.path.to_owned(), d.source.to_owned())).collect();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop/platform");
    for entry in fs::read_dir(examples).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "cue") {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            sources.push(Source::new(name, fs::read_to_string(&path).unwrap()));
        }
    }
    sources
}

/// The files of the shared packages, by the last part of the import path.
fn packages() -> BTreeMap<String, Vec<Source>> {
    let mut packages: BTreeMap<String, Vec<Source>> = BTreeMap::new();
    for s in shared() {
        let package = s.import_path.rsplit('/').next().unwrap();
        let path = format!("shared/{package}/{}", s.file);
        packages.entry(package.to_owned()).or_default().push(Source::new(path, s.source.to_owned()));
    }
    packages
}

/// Looks for fields without usage in the shape of a parameter, wherever the shape is written.
struct Search<'a> {
    packages: &'a BTreeMap<String, Vec<Source>>,
    seen: BTreeSet<(&'a str, u32)>,
    bare: Vec<String>,
}

impl<'a> Search<'a> {
    /// `scope` are the files in which a reference is looked up: the file itself or its package.
    fn shape(&mut self, source: &'a Source, scope: &'a [Source], id: ExprId) {
        if !self.seen.insert((&source.path, id.0)) {
            return;
        }
        let file = &source.file;
        match file.expr(id) {
            Expr::Struct(list) => self.declarations(source, scope, list),
            Expr::List(list) => {
                for e in file.expr_list(list) {
                    self.shape(source, scope, *e);
                }
            }
            Expr::Call(_, args) => {
                for e in file.expr_list(args) {
                    self.shape(source, scope, *e);
                }
            }
            Expr::Ellipsis(Some(e)) | Expr::Unary(_, e) | Expr::Paren(e) => {
                self.shape(source, scope, e);
            }
            Expr::Binary(_, a, b) => {
                self.shape(source, scope, a);
                self.shape(source, scope, b);
            }
            Expr::Comprehension(i) => {
                self.shape(source, scope, file.comprehensions[i as usize].body);
            }
            Expr::Ident => self.reference(scope, file.span(id).of(&source.text)),
            Expr::Select(package, name) => {
                let package = file.span(package).of(&source.text);
                if let Some(files) = self.packages.get(package) {
                    self.reference(files, file.span(name).of(&source.text));
                }
            }
            _ => {}
        }
    }

    fn declarations(&mut self, source: &'a Source, scope: &'a [Source], list: List) {
        for id in source.file.decl_list(list) {
            match source.file.decl(*id) {
                Decl::Field(f) => {
                    if let Some(label) = source.label(&f)
                        && !label.starts_with('_')
                        && !source.documented(*id)
                    {
                        self.bare.push(format!("{}: {label}", source.path));
                    }
                    self.shape(source, scope, f.value);
                }
                Decl::Embed(e) => self.shape(source, scope, e),
                _ => {}
            }
        }
    }

    fn reference(&mut self, scope: &'a [Source], name: &str) {
        for source in scope {
            for (_, f) in source.fields(source.body()) {
                if source.label(&f) == Some(name) {
                    self.shape(source, scope, f.value);
                }
            }
        }
    }
}

#[test]
fn every_parameter_says_what_it_is_for() {
    let packages = packages();
    let sources = sources();
    let mut search = Search { packages: &packages, seen: BTreeSet::new(), bare: Vec::new() };
    for source in &sources {
        let parameter: Vec<_> =
            source.fields(source.body()).filter(|(_, f)| source.label(f) == Some("parameter")).collect();
        assert_eq!(parameter.len(), 1, "{}: one parameter", source.path);
        let (id, field) = parameter[0];
        search.shape(source, std::slice::from_ref(source), field.value);
        // A parameter without names of its own, such as labels, is told as a whole.
        let open = matches!(source.file.expr(field.value), Expr::Struct(list)
            if list.len > 0 && source.fields(list).all(|(_, f)| source.label(&f).is_none()));
        if open && !source.documented(id) {
            search.bare.push(format!("{}: parameter", source.path));
        }
    }
    assert!(search.bare.is_empty(), "without `// +usage=`:\n{}", search.bare.join("\n"));
}

/// A marker counts only as the doc comment of a field, and above a chain of labels it would
/// belong to the last of them.
#[test]
fn every_marker_stands_above_its_field() {
    let packages = packages();
    for source in sources().iter().chain(packages.values().flatten()) {
        let file = &source.file;
        let mut placed = BTreeSet::new();
        for (at, decl) in file.decls.iter().enumerate() {
            let Decl::Field(f) = decl else { continue };
            let chain = matches!(file.expr(f.value), Expr::Struct(_))
                && !file.span(f.value).of(&source.text).starts_with('{');
            for comment in file.docs(DeclId(at as u32)) {
                let patch = comment.span.of(&source.text).starts_with("// +patch");
                if !(chain && patch) {
                    placed.insert(comment.span.start);
                }
            }
        }
        for comment in &file.comments {
            let text = comment.span.of(&source.text);
            if text.starts_with("// +") {
                assert!(placed.contains(&comment.span.start), "{}: `{text}` is above no field", source.path);
            }
        }
    }
}

#[test]
fn a_bare_parameter_is_found() {
    let text = "template: {\n\tparameter: {\n\t\t// +usage=Text\n\t\tone: int\n\t\ttwo?: [...#Two]\n\t}\n\t#Two: {\n\t\t// +short=x\n\t\tthree: int\n\t}\n}\n";
    let source = Source::new("x".to_owned(), text.to_owned());
    let packages = BTreeMap::new();
    let mut search = Search { packages: &packages, seen: BTreeSet::new(), bare: Vec::new() };
    for (_, f) in source.fields(source.body()) {
        if source.label(&f) == Some("parameter") {
            search.shape(&source, std::slice::from_ref(&source), f.value);
        }
    }
    assert_eq!(search.bare, ["x: two", "x: three"]);
}
