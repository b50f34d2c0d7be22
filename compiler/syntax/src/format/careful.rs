//! Comments in places where upstream's layout would lose them or break the syntax, as between the parts of a slice:
//! they move in front of the declaration, list element or argument they stand in. Used only where the ordinary
//! layout fails.

use super::slots::{Comments, Group, Key};
use super::source::{Rel, Source};
use crate::ast::{Decl, Expr, ExprId};

/// Something comments can stand in front of.
struct Place {
    start: u32,
    end: u32,
    key: Key,
}

fn places(source: &Source<'_>) -> Vec<Place> {
    let file = source.file;
    let mut places = Vec::new();
    let mut inner = vec![false; file.decls.len()];
    for (i, expr) in file.exprs.iter().enumerate() {
        let id = ExprId(i as u32);
        let parts = match *expr {
            Expr::Struct(list) if !source.has_braces(id) => {
                for decl in file.decl_list(list) {
                    inner[decl.0 as usize] = true;
                }
                continue;
            }
            Expr::List(list) | Expr::Call(_, list) => list,
            _ => continue,
        };
        places.extend(file.expr_list(parts).iter().map(|part| {
            let span = file.span(*part);
            Place { start: span.start, end: span.end, key: Key::Expr(*part) }
        }));
    }
    for (i, decl) in file.decls.iter().enumerate() {
        if !inner[i] && !matches!(decl, Decl::Attribute(_)) {
            let span = file.decl_spans[i];
            places.push(Place {
                start: span.start,
                end: span.end,
                key: Key::Decl(crate::ast::DeclId(i as u32)),
            });
        }
    }
    if let Some(name) = file.package {
        let i = source.tokens.partition_point(|t| t.span.start < name.span.start);
        let start = i.checked_sub(1).map_or(name.span.start, |i| source.tokens[i].span.start);
        places.push(Place { start, end: name.span.end, key: Key::Package });
    }
    for (i, decl) in source.imports.iter().enumerate() {
        let last = (decl.first + decl.count).checked_sub(1).and_then(|i| file.imports.get(i));
        let end = decl.parens.map_or(last.map_or(decl.start, |s| s.span.end), |p| p.0);
        places.push(Place { start: decl.start, end, key: Key::Import(i) });
    }
    places.sort_by_key(|p| (p.start, std::cmp::Reverse(p.end)));
    places
}

/// The same comments, none of them inside an expression.
pub(super) fn careful(source: &Source<'_>, comments: &Comments) -> Comments {
    let places = places(source);
    let mut groups: Vec<(Key, Group)> =
        comments.iter().flat_map(|(key, groups)| groups.iter().map(|g| (*key, *g))).collect();
    groups.sort_by_key(|(_, g)| g.first);
    let mut result = Comments::default();
    let mut open: Vec<&Place> = Vec::new();
    let mut next = places.iter().peekable();
    for (key, group) in groups {
        let at = source.file.comments[group.first as usize].span.start;
        while let Some(place) = next.next_if(|p| p.start < at) {
            open.push(place);
        }
        while open.pop_if(|p| p.end <= at).is_some() {}
        // Places nest, so those below an open one are open too, but for the ones that ended before it began.
        let around = open.iter().rev().find(|p| at < p.end);
        // A declaration's comment directly in braces stands between declarations, where it belongs.
        let between = matches!(key, Key::Decl(_) | Key::Attribute(_))
            && around.is_some_and(|p| in_braces(source, p, at));
        match around {
            Some(place) if !between => {
                let moved = Group { position: 0, doc: true, line: false, rel: Rel::Newline, ..group };
                result.entry(place.key).or_default().push(moved);
            }
            _ => result.entry(key).or_default().push(group),
        }
    }
    for groups in result.values_mut() {
        groups.sort_by_key(|g| (g.position, g.first));
    }
    result
}

/// Whether the innermost open bracket at an offset in a place is a brace.
fn in_braces(source: &Source<'_>, place: &Place, at: u32) -> bool {
    use crate::kind::Kind;
    let first = source.tokens.partition_point(|t| t.span.start < place.start);
    let end = source.tokens.partition_point(|t| t.span.start < at);
    let mut depth = 0u32;
    for token in source.tokens[first..end].iter().rev() {
        match token.kind {
            Kind::RBrace | Kind::RBrack | Kind::RParen | Kind::InterpEnd => depth += 1,
            Kind::LBrace | Kind::LBrack | Kind::LParen | Kind::InterpStart if depth > 0 => depth -= 1,
            Kind::LBrace => return true,
            Kind::LBrack | Kind::LParen | Kind::InterpStart => return false,
            _ => {}
        }
    }
    false
}
