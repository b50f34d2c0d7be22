//! What a file declares for other files, without places: an edit that moves nothing but text leaves it equal.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::definition::Kind;
use vela_diagnostics::SourceId;

use crate::check::applies::Workloads;
use crate::check::yaml::{self, YamlFile};
use crate::definition::literal;
use crate::schema::cue::CueFile;

/// A definition: the file, and which of the items in it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct DefinitionRef {
    /// The file.
    pub source: SourceId,
    /// Its document in the file; 0 in a `.cue` file.
    pub document: u32,
}

/// A definition that a file declares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    /// What it defines.
    pub kind: Kind,
    /// The type's name.
    pub name: Arc<str>,
    /// What is said about it.
    pub description: Arc<str>,
    /// The document.
    pub document: u32,
    /// What it says of workloads.
    pub workloads: Workloads,
}

/// The definition that a `.cue` file declares.
pub fn of_cue(cue: &CueFile) -> Vec<Item> {
    let Some(declared) = cue.declared() else { return Vec::new() };
    let Some(kind) = declared.kind else { return Vec::new() };
    let field = declared.metadata.1;
    let description = cue.text_of(&field, "description").unwrap_or_default();
    let (file, text) = (&cue.parse.file, &*cue.text);
    let mut fields = literal::fields(file, field.value).into_iter().flatten();
    let attributes = fields.find(|f| literal::label(file, text, &f.label).as_deref() == Some("attributes"));
    let attributes = attributes.and_then(|f| literal::value(file, text, f.value));
    let workloads = attributes.map(|a| Workloads::read(&a)).unwrap_or_default();
    vec![Item { kind, name: cue.name(&field).0, description, document: 0, workloads }]
}

/// The definitions among the documents of a file.
pub fn of_yaml(file: &YamlFile) -> Vec<Item> {
    let docs = file.parsed.docs.iter().enumerate();
    docs.filter_map(|(i, doc)| {
        let (kind, name) = yaml::definition(doc)?;
        let path = ["metadata", "annotations", "definition.oam.dev/description"];
        let description = yaml::text_at(doc, &path).unwrap_or_default();
        let workloads = doc.at(&["spec"]).filter(|_| matches!(kind, Kind::Component | Kind::Trait));
        let workloads = workloads.map(|spec| Workloads::read(&doc.data_of(spec))).unwrap_or_default();
        Some(Item { kind, name, description, document: i as u32, workloads })
    })
    .collect()
}

/// A definition with where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Where.
    pub definition: DefinitionRef,
    /// What is said about it.
    pub description: Arc<str>,
    /// Whether it comes with the compiler.
    pub built_in: bool,
    /// What it says of workloads.
    pub workloads: Workloads,
}

/// All definitions by kind and name; of several of one name the user's comes first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Definitions(pub BTreeMap<(Kind, Arc<str>), Vec<Entry>>);

impl Definitions {
    /// The definition that a type means; a workload for a component where there is no such component.
    pub fn find(&self, kind: Kind, name: &str) -> Option<&Entry> {
        let base: Arc<str> = name.split_once('@').map_or(name, |(b, _)| b).into();
        let found = self.0.get(&(kind, base.clone())).and_then(|e| e.first());
        if found.is_none() && kind == Kind::Component {
            return self.0.get(&(Kind::Workload, base)).and_then(|e| e.first());
        }
        found
    }

    /// The definitions of a kind, by name.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        let of_kind = move |k: Kind| k == kind || (kind == Kind::Component && k == Kind::Workload);
        self.0.iter().filter(move |((k, _), _)| of_kind(*k)).filter_map(|((_, n), e)| Some((n, e.first()?)))
    }
}
