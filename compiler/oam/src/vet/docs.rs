//! Parameters that say nothing about themselves, and comments that were meant to.

use vela_diagnostics::catalogue::definitions::UNDOCUMENTED_PARAMETER;
use vela_diagnostics::{Diagnostic, Edit, Fix};

use super::Subject;
use crate::schema::Shape;

/// Looks at every parameter that this text declares.
pub fn check(subject: &Subject<'_>, out: &mut Vec<Diagnostic>) {
    misspelt(subject, out);
    let Some((schema, places)) = &subject.schema else { return };
    let mut seen = rustc_hash::FxHashSet::default();
    for node in &schema.nodes {
        let Shape::Struct(s) = &node.shape else { continue };
        for field in s.fields.iter().filter(|f| f.doc.trim().is_empty() && !f.ignored) {
            let Some(place) = places.0.get(field.place as usize) else { continue };
            if place.source != subject.source() || !seen.insert(place.label) {
                continue;
            }
            let message = format!("parameter `{}` has no comment", field.name);
            let diagnostic =
                Diagnostic::warning(UNDOCUMENTED_PARAMETER, message).at(place.source, place.label);
            out.push(
                diagnostic
                    .help("write `// +usage=…` directly above it: what it is for, in the words of its users"),
            );
        }
    }
}

/// Markers that are one or two letters away from `+usage`.
fn misspelt(subject: &Subject<'_>, out: &mut Vec<Diagnostic>) {
    for comment in &subject.file().comments {
        let text = subject.text(comment.span);
        let body = text.trim_start_matches('/').trim_start();
        let Some((name, _)) = body.strip_prefix('+').and_then(|m| m.split_once('=')) else { continue };
        if name == "usage" || !matches!(name, "usgae" | "uasge" | "useage" | "usag" | "Usage" | "usages") {
            continue;
        }
        let start = comment.span.start + (text.len() - body.len()) as u32 + 1;
        let span = vela_diagnostics::Span::new(start, start + name.len() as u32);
        let message = format!("marker `+{name}` is misspelt: nobody sees this comment");
        let edits = vec![Edit { source: subject.source(), span, text: "usage".to_owned() }];
        let fix = Fix { title: "Change to `+usage`".to_owned(), edits, certain: true };
        let diagnostic = Diagnostic::warning(UNDOCUMENTED_PARAMETER, message).at(subject.source(), span);
        out.push(diagnostic.help("did you mean `+usage`?").fix(fix));
    }
}
