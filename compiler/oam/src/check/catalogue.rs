//! The definitions of a build as the check of documents asks for them: what their parameters accept, read off their
//! source once, when first asked for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;
use vela_diagnostics::{Diagnostic, Edit, Fix, SourceId, Span};
use vela_syntax::Parse;

use crate::check::applies::Workloads;
use crate::check::items::DefinitionRef;
use crate::check::{FORMS, Known, Mistake};
use crate::definition::library::{Library, Lookup};
use crate::definition::{Definition, Kind};
use crate::policy;
use crate::schema::cue::CueFile;
use crate::schema::extract::{Unit, extract};
use crate::schema::{Places, Schema};
use crate::workflow;

/// The source of texts that are not shown: what built-in definitions share, the forms of documents.
const HIDDEN: SourceId = SourceId(u32::MAX);

/// The definitions of a library, looked up for the Applications of one namespace.
pub struct Catalogue<'a> {
    library: &'a Library,
    lookup: Lookup<'a>,
    read: &'a Schemas,
}

/// What definitions accept, kept for all Applications of a build.
#[derive(Debug, Default)]
pub struct Schemas {
    by_source: Mutex<FxHashMap<SourceId, Entry>>,
    forms: Mutex<FxHashMap<Box<str>, Arc<Schema>>>,
    shared: Mutex<FxHashMap<String, Vec<Unit>>>,
}

#[derive(Clone, Debug)]
struct Entry {
    schema: Arc<Schema>,
    places: Arc<Places>,
    name: Option<(SourceId, Span)>,
}

/// What a lock holds; nothing is left half done in it.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Schemas {
    fn of(&self, definition: &Definition) -> Option<(DefinitionRef, Arc<Schema>)> {
        let template = definition.template.as_ref()?;
        let key = template.source;
        let reference = DefinitionRef { source: key, document: 0 };
        if let Some(known) = held(&self.by_source).get(&key) {
            return Some((reference, known.schema.clone()));
        }
        let parse =
            Parse { file: template.ast.clone(), errors: Vec::new(), experiments: template.experiments };
        let unit = Unit {
            source: key,
            cue: Arc::new(CueFile { text: template.text.clone(), parse: Arc::new(parse) }),
        };
        let (schema, places) = extract(unit, &["parameter"], &|path| self.shared(path))
            .unwrap_or_else(|| (Schema::any(), Places::default()));
        let entry = Entry { schema: Arc::new(schema), places: Arc::new(places), name: definition.place };
        let schema = entry.schema.clone();
        held(&self.by_source).insert(key, entry);
        Some((reference, schema))
    }

    /// The files of a package that built-in definitions share.
    fn shared(&self, path: &str) -> Vec<Unit> {
        if let Some(known) = held(&self.shared).get(path) {
            return known.clone();
        }
        let files = vela_definitions::shared().iter().filter(|s| s.import_path == path);
        let units: Vec<Unit> = files
            .map(|s| Unit { source: HIDDEN, cue: Arc::new(CueFile::template(s.source.into())) })
            .collect();
        held(&self.shared).insert(path.to_owned(), units.clone());
        units
    }

    fn form(&self, kind: &str) -> Option<Arc<Schema>> {
        if let Some(known) = held(&self.forms).get(kind) {
            return Some(known.clone());
        }
        let unit = Unit { source: HIDDEN, cue: Arc::new(CueFile::new(FORMS.into())) };
        let (schema, _) = extract(unit, &[kind], &|_| Vec::new())?;
        let schema = Arc::new(schema);
        held(&self.forms).insert(kind.into(), schema.clone());
        Some(schema)
    }

    /// A mistake of a document of `source` as a diagnostic.
    pub fn placed(&self, source: SourceId, mistake: &Mistake) -> Diagnostic {
        let mut out = Diagnostic::new(mistake.code, mistake.severity, mistake.message.clone());
        out = out.at(source, mistake.span);
        if let Some(related) = &mistake.related
            && let Some(entry) = held(&self.by_source).get(&related.definition.source)
        {
            let place = match related.place {
                Some(n) => entry.places.0.get(n as usize).map(|p| (p.source, p.label)),
                None => entry.name,
            };
            if let Some((source, span)) = place.filter(|(s, _)| *s != HIDDEN) {
                out = out.secondary(source, span, related.text.clone());
            }
        }
        if let Some((title, span, text)) = &mistake.fix {
            let edits = vec![Edit { source, span: *span, text: text.clone() }];
            out.fixes.push(Fix { title: title.clone(), edits, certain: false });
        }
        out
    }
}

impl<'a> Catalogue<'a> {
    /// The definitions of `library` as `lookup` finds them.
    pub fn new(library: &'a Library, lookup: Lookup<'a>, read: &'a Schemas) -> Self {
        Self { library, lookup, read }
    }
}

impl Known for Catalogue<'_> {
    fn find(&self, kind: Kind, name: &str) -> Option<(DefinitionRef, Arc<Schema>)> {
        if let Ok(found) = self.library.find(kind, name, self.lookup) {
            let any = || (DefinitionRef { source: HIDDEN, document: 0 }, Arc::new(Schema::any()));
            return Some(self.read.of(&found).unwrap_or_else(any));
        }
        // Types that need no definition.
        let known = match kind {
            Kind::WorkflowStep => workflow::is_known_step(name),
            Kind::Policy => policy::BUILT_IN.contains(&name),
            _ => false,
        };
        known.then(|| (DefinitionRef { source: HIDDEN, document: 0 }, Arc::new(Schema::any())))
    }

    fn names(&self, kind: Kind) -> Vec<Arc<str>> {
        self.library.names(kind).into_iter().map(Into::into).collect()
    }

    fn workloads(&self, kind: Kind, name: &str) -> Workloads {
        self.library.find(kind, name, self.lookup).map(|d| Workloads::read(&d.spec)).unwrap_or_default()
    }

    fn document(&self, kind: &str) -> Option<Arc<Schema>> {
        self.read.form(kind)
    }
}
