//! Code lenses: above each Application the preview of what it becomes; above each definition how often it is used, and its
//! cases, where there are tests beside it.

use vela_db::{Db, File, Kind, parts, queries};
use vela_diagnostics::Span;

use crate::cases;
use crate::uses;

/// What a lens is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LensKind {
    /// The preview of an Application, by its name.
    Preview(String),
    /// How often a definition is used.
    Uses(Kind, String, usize),
    /// The cases of a definition, by their number.
    Cases(usize),
}

/// A lens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lens {
    /// What it stands above.
    pub span: Span,
    /// What it is for.
    pub kind: LensKind,
}

/// The lenses of a file.
pub fn lenses(db: &dyn Db, file: File) -> Vec<Lens> {
    let mut out = Vec::new();
    if queries::Language::of(file.path(db)) == queries::Language::Yaml && queries::may_be_oam(file.text(db)) {
        for doc in &queries::yaml(db, file).parsed.docs {
            if vela_db::yaml::oam_kind(doc).as_deref() == Some("Application") {
                let at = doc.get(doc.root, "kind").map_or(doc.root, |e| e.key);
                let name = parts::document_name(doc).to_string();
                out.push(Lens { span: doc.node(at).span, kind: LensKind::Preview(name) });
            }
        }
    }
    for item in queries::items(db, file) {
        let definition = vela_db::DefinitionRef { source: file.source(db), document: item.document };
        if let Some((_, span)) = queries::name_place(db, definition) {
            let uses = uses::uses_of(db, item.kind, &item.name);
            let count = uses.iter().filter(|(_, _, part)| part.type_node.is_some()).count();
            out.push(Lens { span, kind: LensKind::Uses(item.kind, item.name.to_string(), count) });
            let cases = cases::count(db, file);
            if cases > 0 {
                out.push(Lens { span, kind: LensKind::Cases(cases) });
            }
        }
    }
    out
}
