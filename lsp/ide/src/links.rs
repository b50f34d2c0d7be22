//! Links of a document: import paths to the files of the package or the documentation of a builtin one, files that are
//! embedded with `@embed`.

use vela_db::{Db, File, queries};
use vela_diagnostics::Span;
use vela_load::paths;

use crate::names::{self, Meaning};

/// Where the documentation of builtin packages is.
const DOCUMENTATION: &str = "https://pkg.go.dev/cuelang.org/go/pkg/";

/// A link.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// What it stands on.
    pub span: Span,
    /// Where it leads.
    pub target: LinkTarget,
}

/// Where a link leads.
#[derive(Clone, PartialEq, Eq)]
pub enum LinkTarget {
    /// A text of the database.
    File(File),
    /// A file by its path.
    Path(String),
    /// A page.
    Page(String),
}

/// The links of a file.
pub fn links(db: &dyn Db, file: File) -> Vec<Link> {
    if queries::Language::of(file.path(db)) != queries::Language::Cue {
        return Vec::new();
    }
    let cue = queries::cue(db, file);
    let mut out = Vec::new();
    for import in &cue.parse.file.imports {
        let inner =
            Span::new(import.path.start + 1, import.path.end.saturating_sub(1).max(import.path.start + 1));
        let target = match names::at(db, file, inner.start) {
            Some((_, Meaning::Package(package))) => {
                LinkTarget::Page(format!("{DOCUMENTATION}{}", package.path))
            }
            Some((_, Meaning::Imported(_, files))) => match files.first() {
                Some(first) => LinkTarget::File(*first),
                None => continue,
            },
            _ => continue,
        };
        out.push(Link { span: inner, target });
    }
    for attribute in &cue.parse.file.attributes {
        if attribute.name.of(&cue.text) != "embed" {
            continue;
        }
        if let Some((span, name)) = embedded(attribute.body, &cue.text) {
            let target = LinkTarget::Path(paths::join(paths::parent(file.path(db)), name));
            out.push(Link { span, target });
        }
    }
    out
}

/// The one file that an `@embed(file=…)` names.
fn embedded(body: Span, text: &str) -> Option<(Span, &str)> {
    let inner = body.of(text);
    let at = inner.find("file=")? + "file=".len();
    let rest = inner.get(at..)?;
    let rest = rest.split(',').next()?.trim_end();
    let name = rest.trim_matches('"');
    let start = body.start + (at + rest.find(name)?) as u32;
    (!name.is_empty()).then(|| (Span::new(start, start + name.len() as u32), name))
}
