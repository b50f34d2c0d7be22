//! Templates in YAML definitions as texts of their own, in the form of `.cue` definitions: behind the imports, in a field
//! `template`. So all that is known of a `.cue` definition is known of them. Each stands in the database beside the file that
//! holds it; places of the one lead to places of the other.

use std::sync::Arc;

use vela_diagnostics::Span;
use vela_oam::check::yaml::{Embedded, template};
use vela_oam::schema::cue::CueFile;

use crate::database::{Db, File, Origin};
use crate::queries::{self, Language, may_be_oam};

/// What stands before and behind the declarations of a template.
const AROUND: (&str, &str) = ("\ntemplate: {\n", "\n}\n");

/// A template in a document.
#[derive(Clone, PartialEq, Debug)]
pub struct Inner {
    /// The number of the document.
    pub document: u32,
    /// The template as a definition.
    pub text: Arc<str>,
    /// Where its imports end.
    head: u32,
    way: Embedded,
}

impl Inner {
    fn new(document: u32, way: Embedded) -> Self {
        let head = imports_end(&way.text);
        let (imports, rest) = way.text.split_at(head);
        let text = format!("{imports}{}{rest}{}", AROUND.0, AROUND.1).into();
        Self { document, text, head: head as u32, way }
    }

    /// A place in the file, as a place in the definition.
    fn inside(&self, offset: u32) -> Option<u32> {
        let at = self.way.inside(offset)?;
        let within_imports = self.head > 0 && at <= self.head;
        Some(if within_imports { at } else { at + AROUND.0.len() as u32 })
    }

    /// A place in the definition, as a place in the file.
    fn outside(&self, span: Span) -> Span {
        let shift = AROUND.0.len() as u32;
        let end = self.way.text.len() as u32;
        let map = |at: u32| if at <= self.head { at } else { at.saturating_sub(shift).clamp(self.head, end) };
        self.way.outside(Span::new(map(span.start), map(span.end)))
    }
}

/// Where the imports of a text end; 0 where it has none.
fn imports_end(text: &Arc<str>) -> usize {
    let tree = CueFile::template(text.clone());
    let Some(last) = tree.parse.file.imports.last() else { return 0 };
    let end = last.path.end as usize;
    let behind = text.get(end..).unwrap_or("");
    // The end of a group.
    let blank = behind.len() - behind.trim_start_matches([' ', '\t', '\r', '\n', ',']).len();
    if behind.get(blank..).is_some_and(|b| b.starts_with(')')) { end + blank + 1 } else { end }
}

/// Whether a file can have templates of definitions in YAML; most have none.
pub(crate) fn may_be_there(db: &dyn Db, file: File) -> bool {
    let text = file.text(db);
    Language::of(file.path(db)) == Language::Yaml && may_be_oam(text) && text.contains("template")
}

/// The templates of the definitions in a YAML file.
#[salsa::tracked(returns(ref))]
pub fn templates(db: &dyn Db, file: File) -> Vec<Inner> {
    if !may_be_there(db, file) {
        return Vec::new();
    }
    let read = queries::yaml(db, file);
    let documents = (0u32..).zip(&read.parsed.docs);
    documents.filter_map(|(i, doc)| Some(Inner::new(i, template(read, doc)?))).collect()
}

/// What the template of a document is called in the database.
pub fn path_of(path: &str, document: u32) -> String {
    format!("{path}#{document}.cue")
}

/// The template of a document as a text of its own.
pub fn of_document(db: &dyn Db, file: File, document: u32) -> Option<File> {
    templates(db, file).iter().find(|t| t.document == document)?;
    db.file_at(&path_of(file.path(db), document))
}

/// The template around a place of a YAML file, and the place in it.
pub fn inside(db: &dyn Db, file: File, offset: u32) -> Option<(File, u32)> {
    templates(db, file).iter().find_map(|template| {
        let at = template.inside(offset)?;
        Some((db.file_at(&path_of(file.path(db), template.document))?, at))
    })
}

/// A place as a place of a file of the user: that of a template in the file that holds it, any other as it is.
pub fn outside(db: &dyn Db, file: File, span: Span) -> (File, Span) {
    let found = || {
        if file.origin(db) != Origin::Template {
            return None;
        }
        let (path, document) = file.path(db).strip_suffix(".cue")?.rsplit_once('#')?;
        let (holds, document) = (db.file_at(path)?, document.parse::<u32>().ok()?);
        let template = templates(db, holds).iter().find(|t| t.document == document)?;
        Some((holds, template.outside(span)))
    };
    found().unwrap_or((file, span))
}
