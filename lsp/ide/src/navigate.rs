//! Where the thing under the cursor is declared: from a type to its definition, from a property to the field of the
//! parameter, from a name of CUE to its declarations, from an import to its files.

use vela_db::{Db, File, queries};
use vela_diagnostics::{SourceId, Span};

use crate::names::{self, Meaning};
use crate::outline::Step;
use crate::place::{self, About};

/// A place to go to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Target {
    /// The text.
    pub source: SourceId,
    /// What to put the cursor on.
    pub focus: Span,
    /// The whole declaration.
    pub whole: Span,
}

/// The declarations of what is at an offset, and the span that was asked about.
pub fn definition(db: &dyn Db, file: File, offset: u32) -> Option<(Span, Vec<Target>)> {
    match queries::Language::of(file.path(db)) {
        queries::Language::Cue => {
            let (span, meaning) = names::at(db, file, offset)?;
            Some((span, of_meaning(db, &meaning)))
        }
        queries::Language::Yaml => yaml(db, file, offset),
        queries::Language::Other => None,
    }
}

fn of_meaning(db: &dyn Db, meaning: &Meaning) -> Vec<Target> {
    match meaning {
        Meaning::Declared(sites) => sites
            .iter()
            .map(|s| Target { source: s.file.source(db), focus: s.label, whole: s.whole })
            .collect(),
        Meaning::Imported(_, files) => files
            .iter()
            .map(|f| {
                let package = names::tree(db, *f).parse.file.package.map_or(Span::at(0), |p| p.span);
                Target { source: f.source(db), focus: package, whole: package }
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn yaml(db: &dyn Db, file: File, offset: u32) -> Option<(Span, Vec<Target>)> {
    place::at(db, file, offset, |spot, reader| {
        let mut targets = Vec::new();
        match place::about(db, &spot.path, reader)? {
            About::Type(kind) => {
                let name = reader.text(&spot.path)?;
                let definition = queries::definitions(db, db.workspace()).find(kind, &name)?.definition;
                let (source, focus) = queries::name_place(db, definition)?;
                targets.push(Target { source, focus, whole: focus });
            }
            About::Property(property) if property.path.is_empty() => {
                let (source, focus) = queries::name_place(db, property.definition)?;
                targets.push(Target { source, focus, whole: focus });
            }
            About::Property(property) => {
                // Items and values belong to the field above them.
                let mut path = property.path.clone();
                while !path.is_empty() && targets.is_empty() {
                    for (_, field) in place::walk(&property.schema, &path) {
                        let place = field.and_then(|f| queries::place_of(db, property.definition, f.place));
                        if let Some(p) = place {
                            let target = Target { source: p.source, focus: p.label, whole: p.whole };
                            if !targets.contains(&target) {
                                targets.push(target);
                            }
                        }
                    }
                    path.pop();
                }
            }
            About::Document(..) => targets.extend(component(db, file, &spot.path, &spot.text, spot.key)),
            About::Unknown => {}
        }
        Some((spot.span, targets))
    })
}

/// From the name of a component in `dependsOn` to the component.
fn component(db: &dyn Db, file: File, path: &[Step], text: &str, key: bool) -> Option<Target> {
    let [.., list, Step::Item(_)] = path else { return None };
    if key || list.name() != "dependsOn" {
        return None;
    }
    let read = queries::yaml(db, file);
    for doc in &read.parsed.docs {
        for part in vela_db::parts::parts(doc) {
            if part.name.as_deref() == Some(text)
                && let Some(entry) = doc.get(part.node, "name")
            {
                let focus = doc.node(entry.value).span;
                return Some(Target { source: file.source(db), focus, whole: doc.node(part.node).span });
            }
        }
    }
    None
}
