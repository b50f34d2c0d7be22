//! Remembered answers to what editors ask beside diagnostics: values of fields, previews of Applications, the clusters
//! there are, the bare texts of definitions.

use std::sync::Arc;

use vela_diagnostics::{SourceId, Sources, Span};
use vela_kubernetes::Crds;
use vela_load::paths;
use vela_oam::Source;
use vela_oam::definition::{Definition, cue_form, object_form};
use vela_oam::inventory::LOCAL;

use crate::bare::{self, Piece};
use crate::cue::CueFile;
use crate::database::{Db, File, Workspace};
use crate::embedded;
use crate::evaluate::{self, Findings, Wanted};
use crate::mentions;
use crate::parts::parts;
use crate::queries::{self, Language, may_be_inventory, may_be_oam};
use crate::render::{self, Preview, Surroundings};
use crate::scopes::Scopes;
use crate::values::Values;

/// The bare text of a `.cue` definition with its pieces.
#[salsa::tracked(returns(ref))]
fn bare_parts(db: &dyn Db, file: File) -> (Arc<str>, Vec<Piece>) {
    let (text, pieces) = bare::bare(file.text(db));
    (text.into(), pieces)
}

/// The bare text: an edit of comments and white space leaves it equal.
#[salsa::tracked(returns(ref))]
pub fn bare_text(db: &dyn Db, file: File) -> Arc<str> {
    bare_parts(db, file).0.clone()
}

/// Where the pieces of the bare text come from.
pub(crate) fn pieces(db: &dyn Db, file: File) -> &[Piece] {
    &bare_parts(db, file).1
}

/// Whether rendering sees the bare text of a file.
pub(crate) fn is_bare(db: &dyn Db, file: File) -> bool {
    Language::of(file.path(db)) == Language::Cue
}

/// A definition as rendering sees it.
pub(crate) fn source(db: &dyn Db, file: File) -> Source {
    let text = if is_bare(db, file) { bare_text(db, file) } else { file.text(db) };
    Source { name: file.path(db).clone(), text: text.clone() }
}

/// The files of the definitions that the Applications of a file use, without the file itself.
#[salsa::tracked(returns(ref))]
pub(crate) fn used(db: &dyn Db, file: File) -> Vec<File> {
    let known = queries::definitions(db, db.workspace());
    let mut used: Vec<File> = Vec::new();
    for part in queries::yaml(db, file).parsed.docs.iter().flat_map(parts) {
        let name = part.type_name.as_deref().unwrap_or("");
        let entry = known.find(part.kind, name);
        if let Some(used_file) = entry.and_then(|e| db.file(e.definition.source))
            && used_file != file
            && !used.contains(&used_file)
        {
            used.push(used_file);
        }
    }
    used
}

/// A cluster of the inventory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClusterFact {
    /// Its name.
    pub name: Arc<str>,
    /// Its labels.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
}

/// What a file is beside a holder of Applications.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Beside {
    Nothing,
    /// An inventory of clusters.
    Inventory,
    /// Policies and workflows of their own.
    Objects,
    /// Definitions of custom resources.
    Crds,
}

#[salsa::tracked]
fn beside(db: &dyn Db, file: File) -> Beside {
    let text = file.text(db);
    if Language::of(file.path(db)) != Language::Yaml {
        return Beside::Nothing;
    }
    if may_be_inventory(text) && queries::yaml(db, file).parsed.docs.iter().any(mentions::is_inventory) {
        return Beside::Inventory;
    }
    let kind = |kind: &str| text.contains(&format!("kind: {kind}"));
    if may_be_oam(text) && (kind("Policy") || kind("Workflow")) && !kind("Application") {
        return Beside::Objects;
    }
    if queries::may_be_crd(text) {
        return Beside::Crds;
    }
    Beside::Nothing
}

/// The files that are inventories.
#[salsa::tracked(returns(ref))]
pub fn inventories(db: &dyn Db, workspace: Workspace) -> Vec<File> {
    workspace.files(db).iter().copied().filter(|f| *beside(db, *f) == Beside::Inventory).collect()
}

/// The clusters that the inventories of the workspace name.
#[salsa::tracked(returns(ref))]
pub fn clusters(db: &dyn Db, workspace: Workspace) -> Vec<ClusterFact> {
    let mut out: Vec<ClusterFact> = Vec::new();
    for file in inventories(db, workspace) {
        for doc in &queries::yaml(db, *file).parsed.docs {
            let items = doc.get(doc.root, "clusters").and_then(|e| doc.items(e.value)).unwrap_or_default();
            for item in items {
                let name = doc.get(*item, "name").and_then(|e| doc.str(e.value)).cloned();
                let Some(name) = name.filter(|n| !out.iter().any(|c| c.name == *n)) else { continue };
                let entries = doc.get(*item, "labels").and_then(|e| doc.entries(e.value)).unwrap_or_default();
                let labels = entries.iter().filter_map(|e| Some((e.name.clone(), doc.str(e.value)?.clone())));
                out.push(ClusterFact { name, labels: labels.collect() });
            }
        }
    }
    out
}

/// Files with policies and workflows of their own.
#[salsa::tracked(returns(ref))]
fn objects(db: &dyn Db, workspace: Workspace) -> Vec<File> {
    workspace.files(db).iter().copied().filter(|f| *beside(db, *f) == Beside::Objects).collect()
}

/// Clusters that the Applications of a file name, or select by labels, and no inventory of the workspace has. Labels only
/// where there is no inventory at all.
fn assumed(db: &dyn Db, file: File) -> Vec<ClusterFact> {
    let known = clusters(db, db.workspace());
    let mut out: Vec<ClusterFact> = Vec::new();
    let mut add = |name: Arc<str>, labels: Vec<(Arc<str>, Arc<str>)>| {
        let there = *name == *LOCAL || known.iter().any(|c| c.name == name) || name.is_empty();
        if !there && !out.iter().any(|c| c.name == name) {
            out.push(ClusterFact { name, labels });
        }
    };
    for doc in &queries::yaml(db, file).parsed.docs {
        for part in parts(doc).iter().filter(|p| p.type_name.as_deref() == Some("topology")) {
            let Some(properties) = part.properties else { continue };
            let names = doc.get(properties, "clusters").and_then(|e| doc.items(e.value));
            for name in names.unwrap_or_default() {
                add(doc.str(*name).cloned().unwrap_or_default(), Vec::new());
            }
            let labels = doc.get(properties, "clusterLabelSelector").and_then(|e| doc.entries(e.value));
            if let Some(labels) = labels.filter(|l| known.is_empty() && !l.is_empty()) {
                let labels = labels.iter().filter_map(|e| Some((e.name.clone(), doc.str(e.value)?.clone())));
                let labels: Vec<_> = labels.collect();
                let name: Vec<String> = labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
                add(name.join(",").into(), labels);
            }
        }
    }
    out
}

/// Files with definitions of custom resources.
#[salsa::tracked(returns(ref))]
fn crd_files(db: &dyn Db, workspace: Workspace) -> Vec<File> {
    workspace.files(db).iter().copied().filter(|f| *beside(db, *f) == Beside::Crds).collect()
}

/// The custom resources that the workspace defines.
#[salsa::tracked(returns(ref), no_eq)]
fn crds(db: &dyn Db, workspace: Workspace) -> Arc<Crds> {
    let files: Vec<Source> = crd_files(db, workspace)
        .iter()
        .map(|f| Source { name: f.path(db).clone(), text: f.text(db).clone() })
        .collect();
    // What is wrong with them is no business of the Applications.
    vela_oam::validate::crds(&files, &mut Sources::new(), &mut Vec::new())
}

/// What the Applications of a file become as they are deployed: what is found then, and the objects by cluster. Places in
/// `.cue` definitions are those of their bare texts.
#[salsa::tracked(returns(ref), lru = 64)]
pub(crate) fn deployed(db: &dyn Db, file: File) -> (Findings, Arc<Preview>) {
    let text = |f: File| Source { name: f.path(db).clone(), text: f.text(db).clone() };
    // The nearest inventory: the one that shares the longest way with the Application.
    let path = file.path(db);
    let shared = |f: &File| {
        let other = f.path(db);
        path.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count()
    };
    let workspace = db.workspace();
    let around = Surroundings {
        definitions: used(db, file).iter().map(|f| source(db, *f)).collect(),
        objects: objects(db, workspace).iter().filter(|f| **f != file).map(|f| text(*f)).collect(),
        inventory: inventories(db, workspace).iter().max_by_key(|f| shared(f)).map(|f| text(*f)),
        assumed: assumed(db, file),
        crds: crds(db, workspace).clone(),
    };
    let tick = || db.unwind_if_revision_cancelled();
    let (findings, preview) = render::deploy(text(file), around, &tick);
    (findings, Arc::new(preview))
}

/// The rendered objects of the Applications of a file, by cluster.
pub fn preview(db: &dyn Db, file: File) -> Arc<Preview> {
    if !may_be_oam(file.text(db)) || Language::of(file.path(db)) != Language::Yaml {
        return Arc::default();
    }
    deployed(db, file).1.clone()
}

/// The scopes of a `.cue` file.
#[salsa::tracked(returns(ref), lru = 64)]
pub fn scopes(db: &dyn Db, file: File) -> Arc<Scopes> {
    Arc::new(Scopes::new(queries::cue(db, file)))
}

/// The values of a definition's template.
#[salsa::tracked(returns(ref), lru = 16)]
fn template_values(db: &dyn Db, file: File) -> Arc<Values> {
    Arc::new(values_of_template(db, file.path(db), queries::cue(db, file), Wanted::All))
}

/// The value at a path of a definition's template.
#[salsa::tracked(returns(ref), lru = 16)]
fn template_value(db: &dyn Db, file: File, path: Vec<String>) -> Arc<Values> {
    Arc::new(values_of_template(db, file.path(db), queries::cue(db, file), Wanted::At(&path)))
}

fn values_of_template(db: &dyn Db, path: &str, tree: &CueFile, wanted: Wanted<'_>) -> Values {
    if !tree.parse.errors.is_empty() {
        return Values::default();
    }
    let top = queries::template_decls(tree, true);
    let tick = || db.unwind_if_revision_cancelled();
    evaluate::template(path, tree, &top, &queries::shared_packages(db), wanted, &tick).1
}

/// The values of the package or template that a `.cue` file belongs to; paths of a template begin inside of it. Empty
/// where there are syntax errors.
pub fn values(db: &dyn Db, file: File) -> Arc<Values> {
    let tree = queries::cue(db, file);
    if Language::of(file.path(db)) != Language::Cue {
        return Arc::default();
    }
    if tree.is_definition() {
        return template_values(db, file).clone();
    }
    queries::package_outcome(db, queries::package_key(db, file.path(db), tree)).1.clone()
}

/// The value at a path of the package or template that a `.cue` file belongs to, as the first of the values: those of what
/// is inside of it are with it, and nothing else is evaluated than they need. None where there is no such field, or syntax
/// errors.
pub fn value_at(db: &dyn Db, file: File, path: &[String]) -> Arc<Values> {
    let tree = queries::cue(db, file);
    if Language::of(file.path(db)) != Language::Cue {
        return Arc::default();
    }
    if tree.is_definition() {
        return template_value(db, file, path.to_vec()).clone();
    }
    queries::package_value(db, queries::package_key(db, file.path(db), tree), path.to_vec()).clone()
}

/// A text that is tried in place of a file's.
#[salsa::interned]
struct Attempt<'db> {
    #[returns(copy)]
    file: File,
    #[returns(ref)]
    text: String,
}

#[salsa::tracked(returns(ref), lru = 8)]
fn attempted<'db>(db: &'db dyn Db, attempt: Attempt<'db>, at: Vec<String>) -> Arc<Values> {
    let (file, text) = (attempt.file(db), attempt.text(db));
    let tree = CueFile::new(text.as_str().into());
    let path = file.path(db);
    if !tree.parse.errors.is_empty() {
        return Arc::default();
    }
    if tree.is_definition() {
        return Arc::new(values_of_template(db, path, &tree, Wanted::At(&at)));
    }
    let key = queries::package_key(db, path, &tree);
    Arc::new(queries::evaluated(db, Some((path, text)), key, Wanted::At(&at)).1)
}

/// [`value_at`] as it would be with another text of the file: completion leaves out what is half written.
pub fn value_with(db: &dyn Db, file: File, text: &str, path: &[String]) -> Arc<Values> {
    if Language::of(file.path(db)) != Language::Cue {
        return Arc::default();
    }
    if **file.text(db) == *text {
        return value_at(db, file, path);
    }
    attempted(db, Attempt::new(db, file, text.to_owned()), path.to_vec()).clone()
}

/// The contributions of a value, as places in files of the user.
pub fn contributions(db: &dyn Db, values: &Values, places: &[(u32, Span)]) -> Vec<(File, Span)> {
    let file = |at: u32| db.file_at(values.paths.get(at as usize)?);
    places.iter().filter_map(|(at, span)| Some(embedded::outside(db, file(*at)?, *span))).collect()
}

/// The folder of a file.
pub fn folder(db: &dyn Db, file: File) -> String {
    paths::parent(file.path(db)).to_owned()
}

/// The definition that a file declares, ready to be run; nothing where it cannot be read. Of a YAML file, the first one.
pub fn definition(db: &dyn Db, file: File) -> Option<Definition> {
    let (path, text) = (file.path(db), file.text(db).clone());
    if Language::of(path) == Language::Cue {
        let read = cue_form::read(SourceId(0), path, text, &mut queries::Metadata).ok()?;
        return read.definition();
    }
    let mut sources = Sources::new();
    let (documents, _) = vela_oam::document::read(SourceId(0), path, &text);
    documents.iter().find_map(|document| match object_form::read(document, &mut sources)? {
        Ok(object_form::Object::Definition(definition)) => Some(definition),
        _ => None,
    })
}
