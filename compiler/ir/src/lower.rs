//! Lowering: typed syntax trees of a package's files become expressions, declarations and struct literals of the
//! [`Ir`], with every name resolved. Used by `vela-load` (packages) and the command line (`-e` expressions).
//!
//! A file must have been parsed without errors: the parser has judged the syntax that needs an experiment, and names
//! declared twice.
//!
//! | file | idea |
//! |---|---|
//! | `names.rs` | scopes: what a name is bound to, unused names |
//! | `decls.rs` | struct literals and their declarations |
//! | `exprs.rs` | expressions |
//! | `comprehensions.rs` | comprehensions and their clauses |
//! | `predeclared.rs` | names that need no declaration |
//! | `lets.rs` | which lets differ per iteration, and cyclic lets |
//! | `source.rs` | source text in messages |

mod comprehensions;
mod decls;
mod exprs;
mod lets;
mod names;
mod predeclared;
mod source;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use vela_diagnostics::Span;
use vela_syntax::ast;
use vela_syntax::literal::{self, StringValue};

use crate::ir::{
    Decl, DeclMeta, Experiments, Expr, ExprId, File, FileId, Import, ImportTarget, Ir, List, Package,
    PackageId, Place, Struct, StructId, Version,
};
use crate::label::{Label, Labels};
use lets::Nodes;
use names::{Alias, Binding, Bound, KeyAlias, Scope};

/// A package to be lowered; the packages it imports were added before.
pub struct PackageInput<'a> {
    /// Its identity, which hidden labels carry: the import path with major version, or `_`.
    pub id: &'a str,
    /// The name in its package clauses, `""` without.
    pub name: &'a str,
    /// The language version of its module.
    pub version: Version,
    /// Its files.
    pub files: &'a [SourceFile<'a>],
    /// What an import path, as written, leads to; `None` if it leads nowhere.
    pub resolve_import: &'a dyn Fn(&str) -> Option<ImportTarget>,
}

/// One file of a package.
pub struct SourceFile<'a> {
    /// The name that messages show.
    pub name: &'a str,
    /// The absolute path, by which files are ordered; the name where there is none.
    pub path: &'a str,
    /// Its text.
    pub text: Arc<str>,
    /// Its tree.
    pub ast: &'a ast::File,
    /// Its language version where it differs from the package's.
    pub version: Option<Version>,
    /// The experiments it has on, as the parser has found.
    pub experiments: vela_syntax::Experiments,
    /// Values from outside, sorted by declaration: each is unified with the value of the field it is given for, or
    /// embedded where it is given for a declaration attribute.
    pub injected: &'a [(ast::DeclId, ExprId)],
}

/// An expression to be lowered in the scope of a package.
pub struct ExprInput<'a> {
    /// The package.
    pub package: PackageId,
    /// The language version.
    pub version: Version,
    /// The experiments that are on.
    pub experiments: vela_syntax::Experiments,
    /// The name that messages show, such as `--expression`.
    pub name: &'a str,
    /// The source text.
    pub text: Arc<str>,
    /// Its tree.
    pub ast: &'a ast::File,
    /// The expression in the tree.
    pub expr: ast::ExprId,
    /// The label of the package's field or `let` of that name, if the evaluated package has one. Given the name and
    /// the label it has as an identifier.
    pub field: &'a dyn Fn(&str, Label, &Labels) -> Option<Label>,
    /// The path of the builtin package that may be used under that name without an import.
    pub builtin: &'a dyn Fn(&str) -> Option<String>,
}

/// An error found while lowering.
#[derive(Clone, PartialEq, Debug)]
pub struct LowerError {
    /// The text; where `previous` is given, a place written `file:line:col` has to follow it.
    pub message: String,
    /// The field it stands in, label by label as source text.
    pub path: Vec<String>,
    /// Where: the primary place first.
    pub places: Vec<Place>,
    /// The place of an earlier declaration, named at the end of the message.
    pub previous: Option<Place>,
}

impl Ir {
    /// Lowers a package and adds it. With errors the package is not added, but its files are, so that the errors'
    /// places can be shown; the expressions lowered for it are then of no use.
    pub fn add_package(&mut self, input: PackageInput<'_>) -> Result<PackageId, Vec<LowerError>> {
        let mut lowerer = Lowerer::new(self, input.id);
        lowerer.collect_package_scope(input.files);
        let mut files = Vec::with_capacity(input.files.len());
        for file in input.files {
            files.push(lowerer.file(file, input.version, input.resolve_import));
        }
        lowerer.errors.finish()?;
        let id = PackageId(self.packages.len() as u32);
        self.packages.push(Package { id: input.id.to_string(), name: input.name.to_string(), files });
        Ok(id)
    }

    /// Lowers an expression in the scope of an evaluated package. Its outermost frame is the package's vertex; its
    /// text is added as a file of its own.
    pub fn add_expr(&mut self, input: ExprInput<'_>) -> Result<ExprId, Vec<LowerError>> {
        let package = self.packages[input.package.index()].id.clone();
        let mut lowerer = Lowerer::new(self, &package);
        lowerer.outer = Some(Outer { field: input.field, builtin: input.builtin });
        let file = lowerer.begin_file(
            (input.name, input.name),
            &input.text,
            input.ast,
            (input.version, input.experiments),
        );
        lowerer.depth = 1;
        let root = lowerer.expr(input.expr);
        lowerer.finish_lets();
        lowerer.errors.finish()?;
        self.files[file.index()].root = root;
        Ok(root)
    }
}

/// The errors found.
#[derive(Default)]
struct Errors {
    list: Vec<LowerError>,
    /// Total of path elements and errors, which bounds the memory that hostile input can take.
    weight: usize,
}

impl Errors {
    const MAX_WEIGHT: usize = 1 << 20;

    fn finish(&mut self) -> Result<(), Vec<LowerError>> {
        if self.list.is_empty() { Ok(()) } else { Err(std::mem::take(&mut self.list)) }
    }
}

/// See [`ExprInput`].
struct Outer<'a> {
    field: &'a dyn Fn(&str, Label, &Labels) -> Option<Label>,
    builtin: &'a dyn Fn(&str) -> Option<String>,
}

/// An import of the current file.
struct FileImport {
    /// Index into [`Ir::imports`].
    index: u32,
    span: Span,
    used: bool,
    /// Whether its name clashed with a field.
    redeclared: bool,
}

/// A link of the path from the package to what is being lowered.
#[derive(Clone, Copy)]
struct PathNode {
    parent: u32,
    label: PathLabel,
}

/// How an error's path names what is being lowered.
#[derive(Clone, Copy)]
enum PathLabel {
    Field(ast::Label),
    For,
    Let,
    Try,
}

/// The path of the package itself.
const NO_PATH: u32 = u32::MAX;

/// The state of lowering one package. Scopes are a stack; a name is found through one table of stacks of bindings,
/// so that looking it up costs the same at any depth.
struct Lowerer<'a, 'i> {
    ir: &'i mut Ir,
    package: &'a str,
    /// Labels of the identifier fields at the top of all files that have a package clause.
    package_scope: FxHashSet<Label>,
    outer: Option<Outer<'a>>,
    errors: Errors,
    /// Declarations of the program before the current file's.
    first_decl: usize,

    // The current file.
    file: FileId,
    text: &'a str,
    ast: &'a ast::File,
    injected: &'a [(ast::DeclId, ExprId)],
    experiments: Experiments,
    version: Version,
    imports: Vec<FileImport>,

    // Names.
    names: FxHashMap<&'a str, Vec<Binding>>,
    scopes: Vec<Scope>,
    /// Names of the open scopes, innermost last.
    scope_names: Vec<&'a str>,
    /// Aliases and lets of the open scopes, for finding the unused ones.
    scope_aliases: Vec<Bound>,
    scope_serial: u32,
    aliases: Vec<Alias<'a>>,
    keys: Vec<KeyAlias>,
    lets: Vec<lets::Let<'a>>,
    /// Where a scope has declared an alias or let of a name.
    declared: FxHashMap<(u32, &'a str), (u32, Bound)>,
    nodes: Nodes,

    /// Number of frames entered, the file's included.
    depth: u32,
    /// Number of try clauses around.
    try_depth: u32,
    paths: Vec<PathNode>,
    path: u32,

    // Stacks shared by the recursive steps.
    spine: Vec<ast::ExprId>,
    pending: Vec<(Decl, DeclMeta)>,
    elements: Vec<ExprId>,
}

impl<'a, 'i> Lowerer<'a, 'i> {
    fn new(ir: &'i mut Ir, package: &'a str) -> Self {
        // An empty tree until a file is begun.
        static NOTHING: std::sync::OnceLock<ast::File> = std::sync::OnceLock::new();
        Self {
            ir,
            package,
            package_scope: FxHashSet::default(),
            outer: None,
            errors: Errors::default(),
            first_decl: 0,
            file: FileId(0),
            text: "",
            ast: NOTHING.get_or_init(ast::File::default),
            injected: &[],
            experiments: Experiments::default(),
            version: Version::NEWEST,
            imports: Vec::new(),
            names: FxHashMap::default(),
            scopes: Vec::new(),
            scope_names: Vec::new(),
            scope_aliases: Vec::new(),
            scope_serial: 0,
            aliases: Vec::new(),
            keys: Vec::new(),
            lets: Vec::new(),
            declared: FxHashMap::default(),
            nodes: Nodes::default(),
            depth: 0,
            try_depth: 0,
            paths: Vec::new(),
            path: NO_PATH,
            spine: Vec::new(),
            pending: Vec::new(),
            elements: Vec::new(),
        }
    }

    /// Gathers what files of one package see of each other: fields with an identifier as label at the top of files
    /// with a package clause.
    fn collect_package_scope(&mut self, files: &[SourceFile<'_>]) {
        for file in files.iter().filter(|f| f.ast.package.is_some()) {
            for id in file.ast.decl_list(file.ast.top) {
                if let ast::Decl::Field(ast::Field { label: ast::Label::Ident(ident), .. }) =
                    file.ast.decl(*id)
                {
                    let name = ident.span.of(&file.text);
                    if name != "_" {
                        let label = self.ir.labels.identifier(name, self.package);
                        self.package_scope.insert(label);
                    }
                }
            }
        }
    }

    /// Makes a file the current one and enters it into the program, its root still to be set.
    fn begin_file(
        &mut self,
        (name, path): (&str, &str),
        text: &'a Arc<str>,
        ast: &'a ast::File,
        (version, experiments): (Version, vela_syntax::Experiments),
    ) -> FileId {
        self.file = FileId(self.ir.files.len() as u32);
        self.text = text;
        self.ast = ast;
        self.injected = &[];
        self.version = version;
        self.experiments = experiments.into();
        self.imports.clear();
        self.names.clear();
        self.declared.clear();
        self.aliases.clear();
        self.keys.clear();
        self.lets.clear();
        self.nodes.clear();
        self.paths.clear();
        self.path = NO_PATH;
        self.first_decl = self.ir.decls.len();
        self.ir.files.push(File {
            name: name.to_string(),
            path: path.to_string(),
            text: text.clone(),
            root: ExprId(0),
            experiments: self.experiments,
            version,
        });
        self.file
    }

    fn file(
        &mut self,
        file: &'a SourceFile<'a>,
        version: Version,
        resolve_import: &dyn Fn(&str) -> Option<ImportTarget>,
    ) -> FileId {
        let id = self.begin_file(
            (file.name, file.path),
            &file.text,
            file.ast,
            (file.version.unwrap_or(version), file.experiments),
        );
        self.injected = file.injected;
        self.open_scope(true);
        self.file_imports(resolve_import);
        let (decls, attributes) = self.decls(file.ast.decl_list(file.ast.top));
        self.close_scope(true);
        self.report_unused_imports();
        self.finish_lets();
        let root = self.ir.structs.len() as u32;
        self.ir.structs.push(Struct { decls, is_file: true, is_implicit: false, attributes });
        let place = Place { file: id, start: 0, end: file.text.len() as u32, op: 0 };
        self.ir.files[id.index()].root = self.ir.push_expr(Expr::Struct(StructId(root)), place);
        id
    }

    /// Enters the file's imports and binds their names.
    fn file_imports(&mut self, resolve_import: &dyn Fn(&str) -> Option<ImportTarget>) {
        for import in &self.ast.imports {
            let place = self.place(import.span);
            let Ok(StringValue::Str(path)) = literal::string(import.path.of(self.text)) else {
                self.error(place, "invalid import path".to_string());
                continue;
            };
            let target = resolve_import(&path).unwrap_or_else(|| {
                let message = if path.contains('.') {
                    format!("package {} imported but not defined in {}", quoted(&path), self.package)
                } else {
                    format!("builtin package {} undefined", quoted(&path))
                };
                self.error(place, message);
                ImportTarget::Builtin
            });
            let name = match import.name {
                Some(ident) => ident.span.of(self.text),
                None => import_name(import.path.of(self.text).trim_matches(['"', '#'])).unwrap_or(""),
            };
            let index = self.ir.imports.len() as u32;
            let entry = self.imports.len() as u32;
            let path = split_qualifier(&path).0.to_string();
            self.imports.push(FileImport { index, span: import.span, used: false, redeclared: false });
            self.ir.imports.push(Import { path, name: name.to_string(), target });
            if !name.is_empty() {
                self.insert(name, Bound::Import(entry));
            }
        }
        self.report_redeclared_imports();
    }

    /// Imports whose name is also that of a field of the file, or of an earlier import.
    fn report_redeclared_imports(&mut self) {
        if self.imports.is_empty() {
            return;
        }
        let mut fields: FxHashMap<&str, Option<Span>> = FxHashMap::default();
        for import in &self.imports {
            fields.insert(self.ir.imports[import.index as usize].name.as_str(), None);
        }
        for id in self.ast.decl_list(self.ast.top) {
            if let ast::Decl::Field(field) = self.ast.decl(*id)
                && let (ast::Label::Ident(ident), None) = (field.label, field.alias)
                && let Some(entry) = fields.get_mut(ident.span.of(self.text))
            {
                *entry = Some(ident.span);
            }
        }
        let mut found = Vec::new();
        for (i, import) in self.imports.iter().enumerate() {
            let name = self.ir.imports[import.index as usize].name.as_str();
            let previous = fields.insert(name, Some(import.span)).flatten();
            if let Some(previous) = previous {
                fields.insert(name, Some(previous));
                found.push((i, name.to_string(), previous));
            }
        }
        for (i, name, previous) in found {
            self.imports[i].redeclared = true;
            let place = self.place(self.imports[i].span);
            let previous = self.place(previous);
            let message = format!("{name} redeclared as imported package name\n\tprevious declaration at ");
            self.error_with(place, NO_PATH, message, Some(previous));
        }
    }

    fn report_unused_imports(&mut self) {
        for i in 0..self.imports.len() {
            let import = &self.imports[i];
            if import.used || import.redeclared {
                continue;
            }
            let spec = &self.ast.imports[i];
            let path = spec.path.of(self.text);
            let message = match spec.name {
                Some(name) => format!("imported and not used: {path} as {}", name.span.of(self.text)),
                None => format!("imported and not used: {path}"),
            };
            let place = self.place(spec.span);
            self.error_with(place, NO_PATH, message, None);
        }
    }

    fn place(&self, span: Span) -> Place {
        Place { file: self.file, start: span.start, end: span.end, op: span.start }
    }

    fn expr_place(&self, id: ast::ExprId) -> Place {
        let span = self.ast.span(id);
        Place { file: self.file, start: span.start, end: span.end, op: self.ast.op_position(id) }
    }

    fn push(&mut self, expr: Expr, place: Place) -> ExprId {
        self.ir.push_expr(expr, place)
    }

    /// Records an error in what is being lowered; the value to put in its place.
    fn bottom(&mut self, place: Place, message: String) -> Expr {
        self.error(place, message);
        Expr::Bottom
    }

    fn error(&mut self, place: Place, message: String) {
        self.error_with(place, self.path, message, None);
    }

    fn error_with(&mut self, place: Place, path: u32, message: String, previous: Option<Place>) {
        if self.errors.weight >= Errors::MAX_WEIGHT {
            return;
        }
        let path = self.path_text(path);
        self.errors.weight += path.len() + 1;
        self.errors.list.push(LowerError { message, path, places: vec![place], previous });
    }

    fn path_text(&self, mut path: u32) -> Vec<String> {
        let mut out = Vec::new();
        while let Some(node) = self.paths.get(path as usize) {
            out.push(match node.label {
                PathLabel::Field(label) => self.label_text(label),
                PathLabel::For => "for[]".to_string(),
                PathLabel::Let => "let[]".to_string(),
                PathLabel::Try => "try[]".to_string(),
            });
            path = node.parent;
        }
        out.reverse();
        out
    }

    /// How a path shows a label.
    fn label_text(&self, label: ast::Label) -> String {
        match label {
            ast::Label::Ident(ident) => ident.span.of(self.text).to_string(),
            ast::Label::String(expr) => {
                let source = self.ast.span(expr).of(self.text);
                match literal::string(source) {
                    Ok(StringValue::Str(text)) if !literal::needs_quotes(&text) => text,
                    _ => source.to_string(),
                }
            }
            ast::Label::Pattern(_) => "[]".to_string(),
            ast::Label::Interpolation(_) => "?".to_string(),
            ast::Label::Dynamic(_) | ast::Label::Bad(_) => "<unknown>".to_string(),
        }
    }

    fn enter_path(&mut self, label: PathLabel) -> u32 {
        let parent = self.path;
        self.path = self.paths.len() as u32;
        self.paths.push(PathNode { parent, label });
        parent
    }

    /// Moves the tail of `elements` from `base` on into the program's expression lists.
    fn take_elements(&mut self, base: usize) -> List {
        let start = self.ir.expr_lists.len() as u32;
        self.ir.expr_lists.extend(self.elements.drain(base..));
        List { start, len: self.ir.expr_lists.len() as u32 - start }
    }
}

/// The path before an explicit `:name`, and that name.
fn split_qualifier(path: &str) -> (&str, Option<&str>) {
    let last = path.rfind('/').map_or(0, |i| i + 1);
    match path[last..].find(':') {
        Some(at) => (&path[..last + at], Some(&path[last + at + 1..])),
        None => (path, None),
    }
}

/// The name that an import goes by when none is written before the path: what follows the `:`, or the last element
/// of the path without version where that is an identifier.
pub fn import_name(path: &str) -> Option<&str> {
    let (path, qualifier) = split_qualifier(path);
    if qualifier.is_some() {
        return qualifier;
    }
    let path = path.split('@').next().unwrap_or(path);
    let last = path.rsplit('/').next().unwrap_or(path);
    (last != "_" && !last.starts_with('#') && literal::is_identifier(last)).then_some(last)
}

/// Text in quotes as messages show it.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}
