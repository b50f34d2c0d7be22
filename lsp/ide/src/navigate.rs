//! Where the thing under the cursor is declared: from a type to its definition, from a property to the field of the
//! parameter, from a name of CUE to its declarations, from an import to its files, from a policy to its component. And
//! where its type is declared.

use vela_db::{Db, File, embedded, queries};
use vela_diagnostics::{SourceId, Span};
use vela_syntax::ast::{BinaryOp, Expr, ExprId, UnaryOp};

use crate::names::{self, Meaning};
use crate::place::{self, About};
use crate::uses::{self, Thing};

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
        queries::Language::Yaml => match embedded::inside(db, file, offset) {
            Some((template, at)) => {
                let (span, targets) = definition(db, template, at)?;
                let targets = targets.into_iter().map(|t| outside(db, t)).collect();
                Some((embedded::outside(db, template, span).1, targets))
            }
            None => named(db, file, offset).or_else(|| yaml(db, file, offset)),
        },
        queries::Language::Other => None,
    }
}

/// The target in a file of the user.
fn outside(db: &dyn Db, target: Target) -> Target {
    let Some(file) = db.file(target.source) else { return target };
    let (holds, focus) = embedded::outside(db, file, target.focus);
    let (_, whole) = embedded::outside(db, file, target.whole);
    Target { source: holds.source(db), focus, whole }
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
            About::Document(..) | About::Unknown => {}
        }
        Some((spot.span, targets))
    })
}

/// From a name that a policy, a step or `dependsOn` refers to, to where it is given.
fn named(db: &dyn Db, file: File, offset: u32) -> Option<(Span, Vec<Target>)> {
    let (span, thing) = uses::in_yaml(db, file, offset)?;
    if !matches!(thing, Thing::Named(..) | Thing::Shared(..)) {
        return None;
    }
    let given = uses::places(db, &thing).into_iter().filter(|r| r.declares);
    let targets = given.map(|r| Target { source: r.source, focus: r.span, whole: r.span });
    Some((span, targets.collect()))
}

/// The declarations of the type of what is at an offset: the definitions that its value refers to.
pub fn type_definition(db: &dyn Db, file: File, offset: u32) -> Option<Vec<Target>> {
    let mut out = Vec::new();
    if queries::Language::of(file.path(db)) == queries::Language::Cue {
        let (_, meaning) = names::at(db, file, offset)?;
        types_of(db, &meaning, &mut out, 0);
        return Some(out);
    }
    if let Some((template, at)) = embedded::inside(db, file, offset) {
        let targets = type_definition(db, template, at)?;
        return Some(targets.into_iter().map(|t| outside(db, t)).collect());
    }
    let (_, targets) = yaml(db, file, offset)?;
    for target in &targets {
        let declares = db.file(target.source)?;
        if queries::Language::of(declares.path(db)) == queries::Language::Cue
            && let Some((_, meaning)) = names::at(db, declares, target.focus.start)
        {
            types_of(db, &meaning, &mut out, 0);
        }
    }
    if out.is_empty() { Some(targets) } else { Some(out) }
}

/// Longest chain from values to what they refer to.
const MAX_CHAIN: u32 = 8;

fn types_of(db: &dyn Db, meaning: &Meaning, out: &mut Vec<Target>, depth: u32) {
    let Meaning::Declared(sites) = meaning else { return };
    for site in sites {
        let Some(value) = site.value else { continue };
        let mut referred = Vec::new();
        references_of(db, site.file, value, &mut referred, 0);
        for found in &referred {
            for target in of_meaning(db, found) {
                if !out.contains(&target) && out.len() < 32 {
                    out.push(target);
                    // A field that only stands for another leads on to what that is.
                    let definition = target.focus.of(db.file(target.source).map_or("", |f| f.text(db)));
                    if !definition.trim_start_matches('_').starts_with('#') && depth < MAX_CHAIN {
                        types_of(db, found, out, depth + 1);
                    }
                }
            }
        }
    }
}

/// What an expression refers to as a whole, not inside of structs.
fn references_of(db: &dyn Db, file: File, id: ExprId, out: &mut Vec<Meaning>, depth: u32) {
    let ast = &names::tree(db, file).parse.file;
    match ast.expr(id) {
        _ if depth > MAX_CHAIN => {}
        Expr::Ident | Expr::Select(..) => out.extend(names::meaning(db, file, id, 0)),
        Expr::Binary(BinaryOp::And | BinaryOp::Or, l, r) => {
            references_of(db, file, l, out, depth + 1);
            references_of(db, file, r, out, depth + 1);
        }
        Expr::Paren(inner) | Expr::Alias(_, inner) | Expr::Unary(UnaryOp::Default, inner) => {
            references_of(db, file, inner, out, depth + 1);
        }
        Expr::Ellipsis(Some(inner)) => references_of(db, file, inner, out, depth + 1),
        Expr::List(list) => {
            for element in ast.expr_list(list) {
                references_of(db, file, *element, out, depth + 1);
            }
        }
        _ => {}
    }
}
