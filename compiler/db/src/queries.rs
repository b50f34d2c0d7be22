//! The steps as remembered queries. Each is a call of a pure function of another file; what comes out equal stops the
//! wave.
//!
//! | query | of | changes when |
//! |---|---|---|
//! | `cue`, `yaml` | text | the text does |
//! | `items` | tree | a definition's name, kind or description does |
//! | `definitions` | items of all files | an item does |
//! | `schema` | tree and shared packages | what `parameter` accepts does, wherever it stands |
//! | `places` | the same | the declarations of `parameter` move |
//! | `mistakes` | an Application, definitions, schemas | one of them does |
//! | `deployed`, `rendered` | an Application without mistakes, the bare texts of the definitions it uses, inventories, policies and workflows beside it | one of them does |
//! | `template_findings`, `package_findings` | trees | the trees do |
//! | `diagnostics` | all of the above | |

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use vela_diagnostics::catalogue::syntax::SYNTAX;
use vela_diagnostics::{Diagnostic, Edit, Fix, Label, Severity, SourceId, Span};
use vela_ir::Version;
use vela_load::{Entry, EntryKind, FileError, Parsed, World, paths};
use vela_oam::definition::{Kind, Template, cue_form};
use vela_oam::engine::Engine;
use vela_oam::evaluator::Evaluator;
use vela_syntax::ParseOptions;
use vela_syntax::ast::{Decl, DeclId, Expr};

use crate::bare;
use crate::check::applies::Workloads;
use crate::check::{self, Known, Mistake};
use crate::cue::CueFile;
use crate::database::{Db, File, Origin, Workspace};
use crate::evaluate::{self, Findings, Shared, Wanted};
use crate::extract::{self, Unit};
use crate::facts;
use crate::items::{DefinitionRef, Definitions, Entry as Declared, Item, of_cue, of_yaml};
use crate::mentions;
use crate::schema::{Place, Places, Schema};
use crate::values::Values;
use crate::yaml::{Embedded, YamlFile, template as embedded_template};

/// Diagnostics of one file.
pub type DiagnosticsOf = Arc<Vec<Diagnostic>>;

/// What a path says about the language of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// CUE.
    Cue,
    /// YAML, or JSON as a part of it.
    Yaml,
    /// Neither.
    Other,
}

impl Language {
    /// By the extension.
    pub fn of(path: &str) -> Self {
        match paths::extension(path) {
            ".cue" => Self::Cue,
            ".yaml" | ".yml" | ".json" => Self::Yaml,
            _ => Self::Other,
        }
    }
}

/// The tree of a `.cue` text.
#[salsa::tracked(returns(ref))]
pub fn cue(db: &dyn Db, file: File) -> Arc<CueFile> {
    let text = file.text(db).clone();
    Arc::new(match file.origin(db) {
        Origin::BuiltIn | Origin::Shared | Origin::Template => CueFile::template(text),
        Origin::Workspace | Origin::Form => CueFile::new(text),
    })
}

/// The documents of a YAML text.
#[salsa::tracked(returns(ref), no_eq)]
pub fn yaml(db: &dyn Db, file: File) -> Arc<YamlFile> {
    Arc::new(YamlFile::new(file.path(db), file.text(db).clone()))
}

/// The definitions that a text declares.
#[salsa::tracked(returns(ref))]
pub fn items(db: &dyn Db, file: File) -> Vec<Item> {
    match Language::of(file.path(db)) {
        Language::Cue => of_cue(cue(db, file)),
        Language::Yaml if may_be_oam(file.text(db)) => of_yaml(yaml(db, file)),
        _ => Vec::new(),
    }
}

/// Whether a YAML text can hold anything of OAM; most of a repository does not.
pub fn may_be_oam(text: &str) -> bool {
    text.contains(vela_oam::application::API_GROUP)
}

/// Whether a YAML text can define custom resources.
pub fn may_be_crd(text: &str) -> bool {
    text.contains("kind: CustomResourceDefinition")
}

/// Whether a YAML text can be an inventory of clusters.
pub fn may_be_inventory(text: &str) -> bool {
    !text.contains("apiVersion:") && text.lines().any(|l| l.starts_with("clusters:"))
}

/// All definitions.
#[salsa::tracked(returns(ref))]
pub fn definitions(db: &dyn Db, workspace: Workspace) -> Definitions {
    let mut out = Definitions::default();
    for file in workspace.files(db).iter().chain(workspace.built_in(db).iter()) {
        for item in items(db, *file) {
            let definition = DefinitionRef { source: file.source(db), document: item.document };
            let entry = Declared {
                definition,
                description: item.description.clone(),
                built_in: file.origin(db) == Origin::BuiltIn,
                workloads: item.workloads.clone(),
            };
            out.0.entry((item.kind, item.name.clone())).or_default().push(entry);
        }
    }
    out
}

/// The template of a definition: its tree, whether the declarations stand in a field `template`, and the way back to
/// the file where it is embedded in YAML.
fn template_of(db: &dyn Db, file: File, document: u32) -> Option<(Arc<CueFile>, bool, Option<Embedded>)> {
    match Language::of(file.path(db)) {
        Language::Cue => Some((cue(db, file).clone(), true, None)),
        Language::Yaml => {
            let read = yaml(db, file);
            let embedded = embedded_template(read, read.parsed.docs.get(document as usize)?)?;
            Some((Arc::new(CueFile::template(embedded.text.clone())), false, Some(embedded)))
        }
        Language::Other => None,
    }
}

/// What a definition's parameter accepts, and where it says so.
#[salsa::tracked(returns(ref))]
fn extracted(db: &dyn Db, file: File, document: u32) -> Option<(Arc<Schema>, Arc<Places>)> {
    let (tree, wrapped, embedded) = template_of(db, file, document)?;
    let unit = Unit { source: file.source(db), cue: tree };
    let path: &[&str] = if wrapped { &["template", "parameter"] } else { &["parameter"] };
    let (schema, mut places) = extract::extract(unit, path, &|path| shared_units(db, path))?;
    if let Some(embedded) = embedded {
        for place in places.0.iter_mut().filter(|p| p.source == file.source(db)) {
            place.label = embedded.outside(place.label);
            place.whole = embedded.outside(place.whole);
        }
    }
    Some((Arc::new(schema), Arc::new(places)))
}

fn shared_units(db: &dyn Db, path: &str) -> Vec<Unit> {
    let shared = vela_definitions::shared().iter().zip(db.workspace().shared(db).iter());
    shared
        .filter(|(s, _)| s.import_path == path)
        .map(|(_, file)| Unit { source: file.source(db), cue: cue(db, *file).clone() })
        .collect()
}

/// What a definition's parameter accepts.
#[salsa::tracked(returns(ref))]
pub fn schema(db: &dyn Db, file: File, document: u32) -> Option<Arc<Schema>> {
    extracted(db, file, document).as_ref().map(|(schema, _)| schema.clone())
}

/// Where the fields of a definition's parameter are declared.
#[salsa::tracked(returns(ref))]
pub fn places(db: &dyn Db, file: File, document: u32) -> Arc<Places> {
    extracted(db, file, document).as_ref().map(|(_, places)| places.clone()).unwrap_or_default()
}

/// The documents that have a form of their own.
pub const FORMS: [&str; 9] = [
    "Application",
    "Policy",
    "Workflow",
    INVENTORY,
    "ComponentDefinition",
    "TraitDefinition",
    "PolicyDefinition",
    "WorkflowStepDefinition",
    "WorkloadDefinition",
];

/// The form of inventories, which have no kind.
pub const INVENTORY: &str = "Inventory";

/// What the documents of [`FORMS`] may have.
#[salsa::tracked(returns(ref))]
pub fn forms(db: &dyn Db, workspace: Workspace) -> Vec<Arc<Schema>> {
    let file = workspace.form(db);
    let unit = Unit { source: file.source(db), cue: cue(db, file).clone() };
    let form = |name: &str| extract::extract(unit.clone(), &[name], &|_| Vec::new());
    FORMS.map(|name| Arc::new(form(name).map_or_else(Schema::any, |(s, _)| s))).into()
}

/// The form of documents of a kind.
pub fn form(db: &dyn Db, kind: &str) -> Option<Arc<Schema>> {
    let at = FORMS.iter().position(|f| *f == kind)?;
    forms(db, db.workspace()).get(at).cloned()
}

/// The definition that a type means, with what its parameter accepts.
pub fn find(db: &dyn Db, kind: Kind, name: &str) -> Option<(DefinitionRef, Arc<Schema>)> {
    let entry = definitions(db, db.workspace()).find(kind, name)?;
    let schema = schema_of(db, entry.definition).unwrap_or_else(|| Arc::new(Schema::any()));
    Some((entry.definition, schema))
}

/// What a definition's parameter accepts.
pub fn schema_of(db: &dyn Db, definition: DefinitionRef) -> Option<Arc<Schema>> {
    schema(db, db.file(definition.source)?, definition.document).clone()
}

/// Where a field of a definition's parameter is declared.
pub fn place_of(db: &dyn Db, definition: DefinitionRef, place: u32) -> Option<Place> {
    places(db, db.file(definition.source)?, definition.document).0.get(place as usize).copied()
}

/// Where a definition's name stands.
pub fn name_place(db: &dyn Db, definition: DefinitionRef) -> Option<(SourceId, Span)> {
    let file = db.file(definition.source)?;
    let span = match Language::of(file.path(db)) {
        Language::Cue => cue(db, file).declared()?.metadata.1.label_span,
        _ => {
            let read = yaml(db, file);
            let doc = read.parsed.docs.get(definition.document as usize)?;
            doc.node(doc.target(doc.at(&["metadata", "name"])?)).span
        }
    };
    Some((definition.source, span))
}

struct Library<'d>(&'d dyn Db);

impl Known for Library<'_> {
    fn find(&self, kind: Kind, name: &str) -> Option<(DefinitionRef, Arc<Schema>)> {
        find(self.0, kind, name)
    }

    fn names(&self, kind: Kind) -> Vec<Arc<str>> {
        definitions(self.0, self.0.workspace()).of_kind(kind).map(|(n, _)| n.clone()).collect()
    }

    fn workloads(&self, kind: Kind, name: &str) -> Workloads {
        let found = definitions(self.0, self.0.workspace()).find(kind, name);
        found.map(|e| e.workloads.clone()).unwrap_or_default()
    }

    fn document(&self, kind: &str) -> Option<Arc<Schema>> {
        form(self.0, kind)
    }
}

/// The mistakes of the Applications, policies, workflows, definitions and inventories in a file.
#[salsa::tracked(returns(ref))]
pub fn mistakes(db: &dyn Db, file: File) -> Vec<Mistake> {
    let read = yaml(db, file);
    let clusters = facts::clusters(db, db.workspace());
    let names: Vec<Arc<str>> = clusters.iter().map(|c| c.name.clone()).collect();
    let known = (!names.is_empty()).then_some(&names[..]);
    let mut out = Vec::new();
    for doc in &read.parsed.docs {
        if mentions::is_inventory(doc) {
            out.extend(check::form(doc, INVENTORY, "inventory", &Library(db)));
        } else {
            out.extend(check::check(doc, &Library(db)));
        }
        out.extend(mentions::check(doc, known));
    }
    out
}

/// What rendering the Applications of a file finds; nothing where the file has mistakes already. Places in `.cue`
/// definitions are those of their bare texts.
#[salsa::tracked(returns(ref))]
pub fn rendered(db: &dyn Db, file: File) -> Findings {
    let read = yaml(db, file);
    let wrong = mistakes(db, file).iter().any(|m| m.severity == Severity::Error);
    if wrong || read.parsed.docs.iter().any(|d| !d.sound) {
        return Findings::default();
    }
    facts::deployed(db, file).0.clone()
}

/// Metadata that is not literal has to be evaluated.
pub(crate) struct Metadata;

impl cue_form::MetadataEvaluator for Metadata {
    fn evaluate(
        &mut self,
        source: &Template,
        decls: &[DeclId],
    ) -> Result<vela_oam::data::Value, Vec<Diagnostic>> {
        Evaluator::new().metadata(source, decls)
    }
}

/// What is wrong with a definition's form and template. Sources are indices into the paths.
#[salsa::tracked(returns(ref))]
pub fn template_findings(db: &dyn Db, file: File, document: u32) -> Findings {
    let Some((tree, wrapped, embedded)) = template_of(db, file, document) else { return Findings::default() };
    let path = file.path(db).to_string();
    let mut findings = Findings { paths: vec![path.clone()], ..Findings::default() };
    let here = SourceId(0);
    if !tree.parse.errors.is_empty() {
        // Of a `.cue` file they are told with the file.
        if !wrapped {
            let errors = tree.parse.errors.iter();
            findings.diagnostics =
                errors.map(|e| Diagnostic::error(SYNTAX, e.message.clone()).at(here, e.span)).collect();
        }
    } else {
        if wrapped && let Err(found) = cue_form::read(here, &path, tree.text.clone(), &mut Metadata) {
            findings.diagnostics.extend(found);
        }
        let top = template_decls(&tree, wrapped);
        let shared = shared_packages(db);
        let tick = || db.unwind_if_revision_cancelled();
        let mut found = evaluate::template(&path, &tree, &top, &shared, Wanted::All, &tick).0;
        for diagnostic in &mut found.diagnostics {
            for label in &mut diagnostic.labels {
                let path = found.paths.get(label.source.0 as usize).cloned().unwrap_or_default();
                let at = findings.paths.iter().position(|p| *p == path).unwrap_or_else(|| {
                    findings.paths.push(path);
                    findings.paths.len() - 1
                });
                label.source = SourceId(at as u32);
            }
        }
        findings.diagnostics.append(&mut found.diagnostics);
    }
    if let Some(embedded) = embedded {
        let labels = findings.diagnostics.iter_mut().flat_map(|d| d.labels.iter_mut());
        for label in labels.filter(|l| l.source == here) {
            label.span = embedded.outside(label.span);
        }
    }
    findings
}

/// The packages that templates share.
pub(crate) fn shared_packages(db: &dyn Db) -> Vec<Shared> {
    let units = vela_definitions::shared().iter().zip(db.workspace().shared(db).iter());
    units
        .map(|(s, file)| Shared {
            import_path: s.import_path.to_owned(),
            path: file.path(db).to_string(),
            cue: cue(db, *file).clone(),
        })
        .collect()
}

/// The declarations of a template.
pub(crate) fn template_decls(cue: &CueFile, wrapped: bool) -> Vec<DeclId> {
    let file = &cue.parse.file;
    if !wrapped {
        return file.decl_list(file.top).to_vec();
    }
    let templates = cue.top().filter(|(_, name, _)| &**name == "template");
    templates
        .filter_map(|(_, _, field)| match file.expr(field.value) {
            Expr::Struct(list) => Some(file.decl_list(list)),
            _ => None,
        })
        .flatten()
        .copied()
        .filter(|d| !matches!(file.decl(*d), Decl::Bad))
        .collect()
}

/// A package, or a single file without one: the folder, and what to load there.
#[salsa::interned]
pub struct PackageKey<'db> {
    /// The folder.
    #[returns(ref)]
    pub folder: String,
    /// The argument: `.:name`, or the file's path.
    #[returns(ref)]
    pub argument: String,
}

/// What evaluating a package gives; its places count in the paths.
#[salsa::tracked(returns(ref), lru = 128)]
pub(crate) fn package_outcome<'db>(db: &'db dyn Db, key: PackageKey<'db>) -> (Findings, Arc<Values>) {
    let (findings, values) = evaluated(db, None, key, Wanted::All);
    (findings, Arc::new(values))
}

/// The value at a path of a package.
#[salsa::tracked(returns(ref), lru = 32)]
pub(crate) fn package_value<'db>(db: &'db dyn Db, key: PackageKey<'db>, path: Vec<String>) -> Arc<Values> {
    Arc::new(evaluated(db, None, key, Wanted::At(&path)).1)
}

/// Evaluates a package with what packages of its module were lowered to before; `instead` is a text that stands for that of
/// a file.
pub(crate) fn evaluated<'db>(
    db: &'db dyn Db,
    instead: Option<(&str, &str)>,
    key: PackageKey<'db>,
    wanted: Wanted<'_>,
) -> (Findings, Values) {
    let (folder, argument) = (key.folder(db).as_str(), key.argument(db).as_str());
    let of = argument.strip_prefix(".:").map(|name| (folder, name));
    let world = &Files { db, instead, of };
    // Seen from the module's root, so that files are called the same in every program.
    let root = vela_load::find_root(world, folder).unwrap_or_else(|| folder.to_owned());
    let inside = paths::below(folder, &root).unwrap_or("");
    let argument = match argument.strip_prefix('.') {
        Some(name) if !inside.is_empty() => format!("./{inside}{name}"),
        _ => argument.to_owned(),
    };
    let files = db.workspace().files(db).clone();
    let before = db.lowered().get(&root, &files);
    let tick = || db.unwind_if_revision_cancelled();
    let (outcome, more) = evaluate::package(world, (&root, &argument), &before, wanted, &tick);
    if let Some(more) = more {
        db.lowered().put(root, files, more);
    }
    outcome
}

/// What is wrong with a package, apart from syntax. Sources are indices into the paths.
#[salsa::tracked(returns(ref))]
pub fn package_findings<'db>(db: &'db dyn Db, key: PackageKey<'db>) -> Findings {
    package_outcome(db, key).0.clone()
}

/// The world as the workspace has it, with unsaved texts; and what is outside of it.
pub(crate) struct Files<'d> {
    pub(crate) db: &'d dyn Db,
    /// A text that stands for that of a file.
    pub(crate) instead: Option<(&'d str, &'d str)>,
    /// The package that is loaded: its folder and name. Broken files of other packages in the folder are passed over, which
    /// the command line refuses.
    pub(crate) of: Option<(&'d str, &'d str)>,
}

/// The files of the workspace by their places.
#[derive(Clone, PartialEq, Eq, Default)]
struct Index {
    by_path: FxHashMap<Arc<str>, File>,
    /// What stands in each folder that holds any of them, however deep.
    folders: FxHashMap<Box<str>, Vec<Entry>>,
}

#[salsa::tracked(returns(ref))]
fn index(db: &dyn Db, workspace: Workspace) -> Index {
    let mut out = Index::default();
    // Files stand in the order of their paths, so all of a folder follow one another.
    for file in workspace.files(db).iter() {
        let path = file.path(db);
        out.by_path.insert(path.clone(), *file);
        let (mut inner, mut kind) = (&**path, EntryKind::File);
        loop {
            let folder = paths::parent(inner);
            let name = paths::base(inner);
            let entries = out.folders.entry(folder.into()).or_default();
            if entries.last().is_some_and(|e| e.name == name) {
                break;
            }
            let first = entries.is_empty();
            entries.push(Entry { name: name.to_owned(), kind, link: false });
            if !first || folder == "/" {
                break;
            }
            (inner, kind) = (folder, EntryKind::Folder);
        }
    }
    out
}

/// The `.cue` files directly in a folder.
pub fn cue_files(db: &dyn Db, folder: &str) -> Vec<File> {
    let index = index(db, db.workspace());
    let entries = index.folders.get(folder).map_or(&[][..], Vec::as_slice);
    let names = entries.iter().map(|e| &e.name).filter(|n| n.ends_with(".cue"));
    names.filter_map(|name| index.by_path.get(&*paths::join(folder, name)).copied()).collect()
}

impl Files<'_> {
    /// Whether a `.cue` file has syntax errors and says that it is of another package.
    fn is_broken_and_foreign(&self, path: &str, package: &str) -> bool {
        let Some(file) = self.present(path).filter(|_| path.ends_with(".cue")) else { return false };
        let tree = cue(self.db, file);
        let own = tree.parse.file.package.map(|p| p.span.of(&tree.text));
        !tree.parse.errors.is_empty() && own.is_some_and(|own| own != package)
    }

    fn present(&self, path: &str) -> Option<File> {
        index(self.db, self.db.workspace()).by_path.get(path).copied()
    }
}

/// The text and tree of a `.cue` file of a package, in a version of the language. With the text, as trees hold none: `1` and
/// `2` have the same.
#[salsa::tracked(returns(ref))]
fn in_version(db: &dyn Db, file: File, minor: u16, patch: u16) -> Parsed {
    let version = Version { minor, patch };
    let text = file.text(db);
    if version == Version::NEWEST {
        let tree = cue(db, file);
        if !tree.is_definition() {
            return (text.clone(), tree.parse.clone());
        }
    }
    (text.clone(), Arc::new(vela_syntax::parse(text, &ParseOptions { version: version.into() })))
}

impl World for Files<'_> {
    fn parsed(&self, path: &str, version: Version) -> Option<Parsed> {
        // Every file of a program is asked for: a place to look whether the program is still wanted.
        self.db.unwind_if_revision_cancelled();
        if self.instead.is_some_and(|(instead, _)| instead == path) {
            return None;
        }
        let file = self.present(path)?;
        let parsed = in_version(self.db, file, version.minor, version.patch);
        // A byte order mark is no part of the text, for whoever reads the file.
        (!parsed.0.starts_with('\u{FEFF}')).then(|| parsed.clone())
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, FileError> {
        if let Some((_, text)) = self.instead.filter(|(instead, _)| *instead == path) {
            return Ok(Arc::from(text.as_bytes()));
        }
        match self.present(path) {
            Some(file) => Ok(Arc::from(file.text(self.db).as_bytes())),
            None => self.db.outside().read(path),
        }
    }

    fn list(&self, folder: &str) -> Result<Vec<Entry>, FileError> {
        let mut entries = match self.db.outside().list(folder) {
            Ok(entries) => entries,
            Err(FileError::NotFound) => Vec::new(),
            Err(e) => return Err(e),
        };
        if let Some((_, package)) = self.of.filter(|(own, _)| *own == folder) {
            entries.retain(|e| !self.is_broken_and_foreign(&paths::join(folder, &e.name), package));
        }
        if let Some(own) = index(self.db, self.db.workspace()).folders.get(folder) {
            let there: FxHashSet<&str> = entries.iter().map(|e| &*e.name).collect();
            let more = own.iter().filter(|e| !there.contains(&*e.name)).cloned();
            let more: Vec<Entry> = match self.of.filter(|(own, _)| *own == folder) {
                Some((_, package)) => more
                    .filter(|e| !self.is_broken_and_foreign(&paths::join(folder, &e.name), package))
                    .collect(),
                None => more.collect(),
            };
            entries.extend(more);
        }
        if entries.is_empty() { Err(FileError::NotFound) } else { Ok(entries) }
    }

    fn kind(&self, path: &str) -> Option<EntryKind> {
        let index = index(self.db, self.db.workspace());
        if index.by_path.contains_key(path) {
            return Some(EntryKind::File);
        }
        if index.folders.contains_key(path) {
            return Some(EntryKind::Folder);
        }
        self.db.outside().kind(path)
    }

    fn module(&self, path: &str, version: &str) -> Result<String, String> {
        self.db.outside().module(path, version)
    }
}

/// What is wrong with a file. Sources are those of [`Db::file`].
#[salsa::tracked(returns(ref))]
pub fn diagnostics(db: &dyn Db, file: File) -> DiagnosticsOf {
    let mut out = Vec::new();
    match Language::of(file.path(db)) {
        Language::Cue => cue_diagnostics(db, file, &mut out),
        Language::Yaml if may_be_oam(file.text(db)) => yaml_diagnostics(db, file, &mut out),
        Language::Yaml if may_be_inventory(file.text(db)) => {
            faults(db, file, &mut out);
            out.extend(mistakes(db, file).iter().map(|m| placed(db, file.source(db), m)));
        }
        _ => {}
    }
    Arc::new(out)
}

fn cue_diagnostics(db: &dyn Db, file: File, out: &mut Vec<Diagnostic>) {
    let source = file.source(db);
    let tree = cue(db, file);
    let errors = tree.parse.errors.iter();
    out.extend(errors.map(|e| Diagnostic::error(SYNTAX, e.message.clone()).at(source, e.span)));
    if tree.is_definition() {
        add(db, file, template_findings(db, file, 0), out);
        return;
    }
    // What a package means cannot be told before all of it can be read; tests and tools are packages of their own.
    let path = file.path(db);
    let base = paths::base(path);
    if !out.is_empty()
        || base.ends_with("_test.cue")
        || base.ends_with("_tool.cue")
        || path.contains("/cue.mod/")
    {
        return;
    }
    let key = package_key(db, path, tree);
    add(db, file, package_findings(db, key), out);
}

/// What to load for a file: its package, or the file alone.
pub(crate) fn package_key<'db>(db: &'db dyn Db, path: &str, tree: &CueFile) -> PackageKey<'db> {
    let argument = match tree.parse.file.package.map(|p| p.span.of(&tree.text)) {
        None | Some("_") => path.to_owned(),
        Some(name) => format!(".:{name}"),
    };
    PackageKey::new(db, paths::parent(path).to_owned(), argument)
}

/// Takes over what concerns a file: what points into it, and what points nowhere.
fn add(db: &dyn Db, file: File, findings: &Findings, out: &mut Vec<Diagnostic>) {
    let source_of = |source: SourceId| {
        let path = findings.paths.get(source.0 as usize)?;
        db.file_at(path).map(|f| f.source(db))
    };
    for diagnostic in &findings.diagnostics {
        let mut diagnostic = diagnostic.clone();
        diagnostic.labels.retain_mut(|label| match source_of(label.source) {
            Some(source) => {
                label.source = source;
                true
            }
            None => false,
        });
        let own = file.source(db);
        let Some(first) = diagnostic.primary_label() else {
            out.push(diagnostic.at(own, Span::default()));
            continue;
        };
        if first.source == own {
            out.push(diagnostic);
        } else if let Some(at) = diagnostic.labels.iter().position(|l| l.source == own)
            && db.file(first.source).is_some_and(|f| f.origin(db) != Origin::Workspace)
        {
            // The fault shows in a text that the user cannot change: tell it at the user's place.
            for label in &mut diagnostic.labels {
                label.primary = false;
            }
            diagnostic.labels[at].primary = true;
            out.push(diagnostic);
        }
    }
}

/// What cannot be read as YAML.
fn faults(db: &dyn Db, file: File, out: &mut Vec<Diagnostic>) {
    let source = file.source(db);
    for fault in &yaml(db, file).parsed.faults {
        out.push(fault.diagnostic(source));
    }
}

fn yaml_diagnostics(db: &dyn Db, file: File, out: &mut Vec<Diagnostic>) {
    let source = file.source(db);
    faults(db, file, out);
    for mistake in mistakes(db, file) {
        out.push(placed(db, source, mistake));
    }
    add(db, file, &from_bare(db, rendered(db, file)), out);
    for item in items(db, file) {
        add(db, file, template_findings(db, file, item.document), out);
    }
}

/// Findings with their places in bare texts carried back to the sources.
fn from_bare(db: &dyn Db, findings: &Findings) -> Findings {
    let mut out = findings.clone();
    for label in out.diagnostics.iter_mut().flat_map(|d| d.labels.iter_mut()) {
        let file = out.paths.get(label.source.0 as usize).and_then(|path| db.file_at(path));
        if let Some(file) = file.filter(|f| facts::is_bare(db, *f)) {
            label.span = bare::outside(facts::pieces(db, file), label.span);
        }
    }
    out
}

/// The mistake with the places of definitions as they are now.
fn placed(db: &dyn Db, source: SourceId, mistake: &Mistake) -> Diagnostic {
    let mut out = Diagnostic::new(mistake.code, mistake.severity, mistake.message.clone());
    out = out.at(source, mistake.span);
    if let Some(related) = &mistake.related {
        let place = match related.place {
            Some(place) => place_of(db, related.definition, place).map(|p| (p.source, p.label)),
            None => name_place(db, related.definition),
        };
        if let Some((source, span)) = place {
            out.labels.push(Label { source, span, text: related.text.clone(), primary: false });
        }
    }
    if let Some((title, span, text)) = &mistake.fix {
        let edits = vec![Edit { source, span: *span, text: text.clone() }];
        out.fixes.push(Fix { title: title.clone(), edits, certain: false });
    }
    out
}
