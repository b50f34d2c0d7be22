//! The files of an addon, by what they are for.

use std::sync::Arc;

use vela_diagnostics::catalogue::addon::{ADDON, ADDON_PART};
use vela_diagnostics::catalogue::syntax::SYNTAX;
use vela_diagnostics::{Diagnostic, Severity, SourceId, Sources, Span};
use vela_syntax::ParseOptions;

use crate::addon::not_rendered;
use crate::data::{self, Value};
use crate::definition::Template;
use crate::definition::cue_form::{LANGUAGE, in_package};
use crate::document::{self, Document};
use crate::shape::{self, Shape};

/// A file of an addon.
#[derive(Clone, Debug)]
pub struct File {
    /// The path within the addon, with `/`.
    pub path: Arc<str>,
    /// The path as people know it.
    pub shown: Arc<str>,
    /// The content.
    pub text: Arc<str>,
}

/// An addon's files, read.
#[derive(Debug, Default)]
pub struct Folder {
    /// `name` of the metadata.
    pub name: String,
    /// `version` of the metadata.
    pub version: String,
    /// The metadata as templates see it.
    pub metadata: Value,
    /// `template.cue`.
    pub template: Option<Template>,
    /// CUE files of `resources/` that belong to the template's package.
    pub beside: Vec<Template>,
    /// `parameter.cue`.
    pub parameter: Option<Template>,
    /// `template.yaml`.
    pub plain: Option<Document>,
    /// YAML files of `resources/`.
    pub resources: Vec<Document>,
    /// Other CUE files of `resources/`, each a component; with the file's name without ending.
    pub components: Vec<(String, Template)>,
    /// Definitions.
    pub definitions: Vec<(SourceId, File)>,
    /// Forms for definitions: file name without ending, and the document.
    pub schemas: Vec<(String, Value)>,
    /// Views: file name without ending and text, of CUE; objects, of YAML.
    pub views: Vec<(String, Arc<str>)>,
    /// Views that are objects.
    pub plain_views: Vec<Value>,
}

/// What metadata may have.
const METADATA: Shape = Shape::Fields(&[
    ("name", Shape::Text),
    ("version", Shape::Text),
    ("description", Shape::Text),
    ("icon", Shape::Text),
    ("url", Shape::Text),
    ("tags", Shape::List(&Shape::Text)),
    ("uxPlugins", Shape::Texts),
    (
        "deployTo",
        Shape::Fields(&[
            ("runtime_cluster", Shape::Bool),
            ("disableControlPlane", Shape::Bool),
            ("runtimeCluster", Shape::Bool),
            ("control_plane", Shape::Bool),
            ("controlPlane", Shape::Bool),
        ]),
    ),
    ("dependencies", Shape::List(&Shape::Fields(&[("name", Shape::Text), ("version", Shape::Text)]))),
    ("needNamespace", Shape::List(&Shape::Text)),
    ("invisible", Shape::Bool),
    ("system", Shape::Fields(&[("vela", Shape::Text), ("kubernetes", Shape::Text)])),
    ("annotations", Shape::Texts),
]);

impl Folder {
    /// Sorts and reads files. `None` where there is no metadata to go by, or a file cannot be read.
    pub fn read(files: &[File], sources: &mut Sources, told: &mut Vec<Diagnostic>) -> Option<Self> {
        let mut folder = Self::default();
        let mut parts = [false; 2];
        for file in files {
            let id = sources.add(file.shown.clone(), file.text.clone());
            let (first, rest) = file.path.split_once('/').unwrap_or(("", &file.path));
            let yaml = rest.ends_with(".yaml") || rest.ends_with(".yml");
            let cue = rest.ends_with(".cue");
            match (first, rest) {
                ("", "metadata.yaml") => folder.metadata(id, file, told),
                ("", "template.cue") => folder.template = template(id, file, told),
                ("", "template.yaml") => folder.plain = documents(id, file, told).into_iter().next(),
                ("", "parameter.cue") => folder.parameter = template(id, file, told),
                // An older place of the parameters.
                ("resources", "parameter.cue") => {
                    let read = template(id, file, told);
                    folder.parameter = folder.parameter.take().or(read);
                }
                ("resources", _) if cue => folder.resource(id, file, told),
                ("resources", _) if yaml => folder.resources.extend(documents(id, file, told)),
                ("definitions", _) if cue || yaml => folder.definitions.push((id, file.clone())),
                ("schemas", _) if yaml => {
                    let read = documents(id, file, told).into_iter().map(|d| (stem(&file.path), d.value));
                    folder.schemas.extend(read);
                }
                ("views", _) if cue => folder.views.push((stem(&file.path), file.text.clone())),
                ("views", _) if yaml => {
                    folder.plain_views.extend(documents(id, file, told).into_iter().map(|d| d.value));
                }
                ("config-templates", _) if cue => parts[0] = true,
                ("godef", _) => parts[1] = true,
                _ => {}
            }
        }
        if parts[0] {
            told.push(not_rendered(
                "`config-templates/` is",
                "KubeVela makes schemas of these when it installs the addon",
            ));
        }
        if parts[1] {
            told.push(not_rendered("`godef/` is", "definitions in Go have to be compiled"));
        }
        folder.checked(files, told)
    }

    /// What an addon needs as a whole.
    fn checked(self, files: &[File], told: &mut Vec<Diagnostic>) -> Option<Self> {
        if !files.iter().any(|f| &*f.path == "metadata.yaml") {
            let text = "this is no addon: there is no `metadata.yaml`";
            told.push(Diagnostic::error(ADDON, text).help("an addon is a folder with `metadata.yaml`, which has `name` and `version`, and `template.cue` or `template.yaml`"));
            return None;
        }
        if let (Some(template), true) = (&self.template, self.plain.is_some()) {
            let text = "there are both `template.cue` and `template.yaml`; one of them has to go";
            told.push(Diagnostic::error(ADDON, text).at(template.source, Span::default()));
        }
        let nothing = !told.iter().any(|d| d.severity == Severity::Error)
            && self.template.is_none()
            && self.plain.is_none()
            && self.resources.is_empty()
            && self.components.is_empty()
            && self.definitions.is_empty()
            && self.schemas.is_empty()
            && self.views.is_empty()
            && self.plain_views.is_empty();
        if nothing {
            let text = "the addon has nothing to install: no `template.cue`, no `template.yaml`, nothing in `resources/` and `definitions/`";
            told.push(Diagnostic::error(ADDON, text));
        }
        if self.template.is_none() {
            for template in &self.beside {
                let text = "this file is part of the package `main` of `template.cue`, which is not there";
                told.push(Diagnostic::warning(ADDON_PART, text).at(template.source, Span::default()));
            }
        }
        let failed = told.iter().any(|d| d.severity == Severity::Error);
        (!failed).then_some(self)
    }

    fn metadata(&mut self, id: SourceId, file: &File, told: &mut Vec<Diagnostic>) {
        let read = documents(id, file, told);
        let Some(document) = read.first() else {
            told.push(Diagnostic::error(ADDON, "`metadata.yaml` is empty").at(id, Span::default()));
            return;
        };
        for misfit in shape::check(&document.value, METADATA) {
            let path = crate::resolve::property_steps(&misfit.path);
            let text = format!("metadata `{}`: {}", misfit.path.join("."), misfit.message);
            // A field that nothing reads harms nobody.
            let diagnostic = if misfit.message.starts_with("there is no field") {
                Diagnostic::warning(ADDON, text)
            } else {
                Diagnostic::error(ADDON, text)
            };
            told.push(diagnostic.at(id, document.span(&path)));
        }
        for (field, into) in [("name", &mut self.name), ("version", &mut self.version)] {
            data::text(&document.value, &[field]).clone_into(into);
            if into.is_empty() {
                let text = format!("`metadata.yaml` has no `{field}`");
                told.push(Diagnostic::error(ADDON, text).at(id, document.span(&[])));
            }
        }
        // Templates see every field of these, given or not.
        let mut metadata = data::map([
            ("name", Value::str("")),
            ("version", Value::str("")),
            ("description", Value::str("")),
            ("icon", Value::str("")),
            ("invisible", Value::Bool(false)),
        ]);
        data::merge(&mut metadata, &document.value);
        self.metadata = metadata;
    }

    fn resource(&mut self, id: SourceId, file: &File, told: &mut Vec<Diagnostic>) {
        let parse = vela_syntax::parse(&file.text, &ParseOptions { version: LANGUAGE });
        let main = parse.file.package.is_some_and(|p| p.span.of(&file.text) == "main");
        let Some(template) = template(id, file, told) else { return };
        if main {
            self.beside.push(template);
        } else {
            self.components.push((stem(&file.path), template));
        }
    }

    /// Everything that is evaluated.
    pub fn programs(&self) -> impl Iterator<Item = &Template> {
        let components = self.components.iter().map(|(_, t)| t);
        self.template.iter().chain(&self.beside).chain(&self.parameter).chain(components)
    }
}

/// The name of a file up to its first dot.
fn stem(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".cue").or_else(|| name.strip_suffix(".yaml")).unwrap_or(name);
    name.strip_suffix(".yml").unwrap_or(name).to_owned()
}

fn template(id: SourceId, file: &File, told: &mut Vec<Diagnostic>) -> Option<Template> {
    let parse = vela_syntax::parse(&file.text, &ParseOptions { version: LANGUAGE });
    if !parse.errors.is_empty() {
        told.extend(parse.errors.iter().map(|e| Diagnostic::error(SYNTAX, e.message.clone()).at(id, e.span)));
        return None;
    }
    Some(Template {
        source: id,
        name: file.shown.clone(),
        text: file.text.clone(),
        ast: vela_syntax::ast::File { package: in_package(), ..parse.file },
        experiments: parse.experiments,
    })
}

fn documents(id: SourceId, file: &File, told: &mut Vec<Diagnostic>) -> Vec<Document> {
    let (documents, diagnostics) = document::read(id, &file.shown, &file.text);
    told.extend(diagnostics);
    documents
}
