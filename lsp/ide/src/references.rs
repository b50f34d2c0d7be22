//! Where else the name under the cursor stands: for CUE in the files of its package, and in YAML wherever a definition,
//! a property of its parameter, a component, a policy, a step or a cluster is named.
//!
//! Renaming changes all of them, and is refused where another declaration would capture a name, where the new name is
//! taken, and where a text comes with the compiler.

use vela_db::{Db, File, Origin, queries};
use vela_diagnostics::{SourceId, Span};
use vela_syntax::ast::{Expr, ExprId};

use crate::names::{self, Meaning, Site};
use crate::uses::{self, Thing};

/// A place where a name stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Reference {
    /// The text.
    pub source: SourceId,
    /// The name.
    pub span: Span,
    /// Whether it declares.
    pub declares: bool,
}

/// The name at an offset, with all its places, its declarations included.
pub fn at(db: &dyn Db, file: File, offset: u32) -> Option<(Span, Vec<Reference>)> {
    match queries::Language::of(file.path(db)) {
        queries::Language::Cue => {
            let (span, meaning) = names::at(db, file, offset)?;
            let Meaning::Declared(sites) = meaning else { return None };
            let first = sites.first()?;
            let mut out = in_cue(db, file, first);
            let things = sites.iter().filter_map(|s| uses::of_label(db, s.file, s.label));
            for thing in things {
                out.extend(uses::places(db, &thing));
            }
            Some((span, sorted(out)))
        }
        queries::Language::Yaml => {
            let (span, thing) = uses::in_yaml(db, file, offset)?;
            let mut out = uses::places(db, &thing);
            let declared: Vec<Reference> = out.iter().copied().filter(|r| r.declares).collect();
            // From the label of a definition or parameter to what refers to it inside of the definition.
            for reference in declared {
                let Some(declares) = db.file(reference.source) else { continue };
                if queries::Language::of(declares.path(db)) == queries::Language::Cue
                    && let Some((_, Meaning::Declared(sites))) = names::at(db, declares, reference.span.start)
                    && let Some(site) = sites.first()
                {
                    out.extend(in_cue(db, declares, site));
                }
            }
            if matches!(thing, Thing::Shared(..) | Thing::Named(..)) && out.is_empty() {
                return None;
            }
            Some((span, sorted(out)))
        }
        queries::Language::Other => None,
    }
}

fn sorted(mut all: Vec<Reference>) -> Vec<Reference> {
    all.sort();
    all.dedup_by_key(|r| (r.source, r.span));
    all
}

/// All places of the name at an offset, its declarations included.
pub fn references(db: &dyn Db, file: File, offset: u32) -> Option<Vec<Reference>> {
    at(db, file, offset).map(|(_, all)| all)
}

/// The declarations of a site's field and what refers to them, in all files that can.
fn in_cue(db: &dyn Db, file: File, first: &Site) -> Vec<Reference> {
    let all = all_sites(db, first);
    let mut out: Vec<Reference> =
        all.iter().map(|s| Reference { source: s.file.source(db), span: s.label, declares: true }).collect();
    let same = |site: &Site| all.iter().any(|s| s.file == site.file && s.label == site.label);
    for file in candidates(db, file, &all) {
        let cue = names::tree(db, file);
        let ast = &cue.parse.file;
        let selected: std::collections::HashSet<ExprId> = ast
            .exprs
            .iter()
            .filter_map(|e| match e {
                Expr::Select(_, label) => Some(*label),
                _ => None,
            })
            .collect();
        for (i, expr) in ast.exprs.iter().enumerate() {
            let id = ExprId(i as u32);
            let label = match expr {
                Expr::Ident if !selected.contains(&id) => id,
                Expr::Select(_, label) => *label,
                _ => continue,
            };
            if ast.span(label).of(&cue.text).trim_matches('"') != &*first.name {
                continue;
            }
            if let Some(Meaning::Declared(found)) = names::meaning(db, file, id, 0)
                && found.iter().any(same)
            {
                out.push(Reference { source: file.source(db), span: ast.span(label), declares: false });
            }
        }
    }
    out
}

/// The files that can refer to declarations: those of their packages, and those that import one of these.
fn candidates(db: &dyn Db, file: File, sites: &[Site]) -> Vec<File> {
    let mut files: Vec<File> = sites.iter().flat_map(|s| names::package_files(db, s.file)).collect();
    files.push(file);
    let exported = sites.iter().any(|s| names::tree(db, s.file).parse.file.package.is_some());
    if exported && let Some(name) = sites.first().map(|s| &s.name) {
        for other in db.workspace().files(db).iter() {
            if other.path(db).ends_with(".cue")
                && other.text(db).contains(&**name)
                && !names::tree(db, *other).parse.file.imports.is_empty()
            {
                files.push(*other);
            }
        }
    }
    files.sort_by_key(|f| f.source(db));
    files.dedup();
    files
}

/// All declarations of the field that a declaration belongs to.
fn all_sites(db: &dyn Db, site: &Site) -> Vec<Site> {
    match names::resolve(db, site.file, &site.name, site.label.start) {
        Some(Meaning::Declared(found))
            if found.iter().any(|s| s.file == site.file && s.label == site.label) =>
        {
            found
        }
        _ => vec![site.clone()],
    }
}

/// What would be renamed at an offset: where the name stands, and the name. An error says why it cannot be.
pub fn prepare(db: &dyn Db, file: File, offset: u32) -> Result<(Span, String), String> {
    let Some((span, all)) = at(db, file, offset) else {
        return Err("there is no name here that can be renamed".to_owned());
    };
    if !all.iter().any(|r| r.declares) {
        return Err("it is declared nowhere in the workspace".to_owned());
    }
    for reference in &all {
        if db.file(reference.source).is_some_and(|f| f.origin(db) != Origin::Workspace) {
            return Err("it is declared in a text that comes with the compiler".to_owned());
        }
    }
    let name = span.of(file.text(db)).trim_matches(['"', '\'']).to_owned();
    Ok((span, name))
}

/// The edits that rename what is at an offset, or why it cannot be.
pub fn rename(
    db: &dyn Db,
    file: File,
    offset: u32,
    to: &str,
) -> Result<Vec<(SourceId, Span, String)>, String> {
    let (_, name) = prepare(db, file, offset)?;
    let Some((_, all)) = at(db, file, offset) else { return Ok(Vec::new()) };
    if let Some((_, thing)) = uses::in_yaml(db, file, offset)
        .filter(|_| queries::Language::of(file.path(db)) == queries::Language::Yaml)
    {
        taken(db, &thing, to)?;
    }
    let mut out = Vec::new();
    for reference in &all {
        let Some(file) = db.file(reference.source) else { continue };
        let text = match queries::Language::of(file.path(db)) {
            queries::Language::Cue => cue_name(db, file, *reference, to)?,
            _ => yaml_name(reference.span.of(file.text(db)), to),
        };
        out.push((reference.source, reference.span, text));
    }
    if to.is_empty() {
        return Err(format!("`{name}` needs a name"));
    }
    Ok(out)
}

/// Whether another thing of the kind has the name already.
fn taken(db: &dyn Db, thing: &Thing, to: &str) -> Result<(), String> {
    let (other, word) = match thing {
        Thing::Definition(kind, _) => {
            let known = queries::definitions(db, db.workspace());
            if known.find(*kind, to).is_some() {
                return Err(format!(
                    "a {} type named `{to}` is there already",
                    vela_db::check::kind_word(*kind)
                ));
            }
            return Ok(());
        }
        Thing::Named(role, _, source, doc) => (Thing::Named(*role, to.into(), *source, *doc), role.word()),
        Thing::Shared(role, _) => (Thing::Shared(*role, to.into()), role.word()),
        Thing::Property(..) => return Ok(()),
    };
    if uses::places(db, &other).iter().any(|r| r.declares) {
        return Err(format!("a {word} named `{to}` is there already"));
    }
    Ok(())
}

/// A name as YAML has to have it, quoted as before.
fn yaml_name(old: &str, to: &str) -> String {
    match old.chars().next() {
        Some(quote @ ('"' | '\'')) => format!("{quote}{to}{quote}"),
        _ => vela_yaml::to_yaml(&vela_yaml::Data::str(to), vela_yaml::YamlStyle::Cue).trim_end().to_owned(),
    }
}

/// A name as CUE has to have it at a place; an error where it would mean something else there.
fn cue_name(db: &dyn Db, file: File, reference: Reference, to: &str) -> Result<String, String> {
    let old = reference.span.of(file.text(db));
    let quoted = old.starts_with('"');
    let bare = old.trim_matches('"');
    let definition = queries::cue(db, file).declared().map(|d| d.metadata.1.label_span);
    if quoted || definition == Some(reference.span) {
        return Ok(vela_syntax::literal::label(to));
    }
    if !vela_syntax::literal::is_identifier(to) {
        return Err(format!("`{to}` is no identifier"));
    }
    let kind = |n: &str| (n.starts_with('_'), n.trim_start_matches('_').starts_with('#'));
    if kind(bare) != kind(to) {
        return Err(format!("`{bare}` and `{to}` are names of different kinds"));
    }
    // Behind a point the name is looked up in what stands before it; there its declarations tell.
    let before = file.text(db).get(..reference.span.start as usize).unwrap_or("");
    if before.trim_end().ends_with('.') && !before.trim_end().ends_with("..") {
        return Ok(to.to_owned());
    }
    // A name that means something at any of the places would capture, or be captured.
    if let Some(Meaning::Declared(found)) = names::resolve(db, file, to, reference.span.start)
        && let Some(first) = found.first()
    {
        let before = first.file.text(db).get(..first.label.start as usize);
        let line = before.map_or(1, |t| t.matches('\n').count() + 1);
        return Err(format!("`{to}` is declared already, in line {line}"));
    }
    Ok(to.to_owned())
}
