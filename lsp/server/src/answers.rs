//! The answers to requests about a document: each takes the state, the file and the protocol's parameters, asks
//! `vela-ide`, and gives the protocol's types.

use tower_lsp_server::ls_types as lsp;
use vela_db::File;
use vela_diagnostics::Span;
use vela_ide::actions::{self, ActionKind};
use vela_ide::lens::{self, LensKind};
use vela_ide::links::{self, LinkTarget};
use vela_ide::{
    cases, complete, folding, format, hierarchy, hints, hover, navigate, references, selection, signature,
    symbols,
};

use crate::commands;
use crate::convert::{Converter, workspace_edit};
use crate::worker::State;

pub fn hover(state: &State, file: File, at: lsp::Position) -> Option<lsp::Hover> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let found = hover::hover(&state.db, file, offset)?;
    let contents = lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value: found.text };
    let range = Some(convert.range(file, found.span));
    Some(lsp::Hover { contents: lsp::HoverContents::Markup(contents), range })
}

pub fn completion(
    state: &State,
    file: File,
    at: lsp::Position,
    snippets: bool,
) -> Option<lsp::CompletionResponse> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let found = complete::complete(&state.db, file, offset);
    let items = found.into_iter().map(|c| convert.completion(file, c, snippets)).collect();
    Some(lsp::CompletionResponse::Array(items))
}

pub fn signature(state: &State, file: File, at: lsp::Position) -> Option<lsp::SignatureHelp> {
    let offset = Converter::new(state).offset(file, at);
    let found = signature::signature(&state.db, file, offset)?;
    // Parameters are given by their text, which counts columns in no encoding.
    let params = found.params.iter().map(|p| lsp::ParameterInformation {
        label: lsp::ParameterLabel::Simple(p.of(&found.label).to_owned()),
        documentation: None,
    });
    let parameters = Some(params.collect());
    let information = lsp::SignatureInformation {
        label: found.label,
        documentation: Some(lsp::Documentation::String(found.doc)),
        parameters,
        active_parameter: Some(found.active),
    };
    Some(lsp::SignatureHelp {
        signatures: vec![information],
        active_signature: Some(0),
        active_parameter: Some(found.active),
    })
}

pub fn definition(state: &State, file: File, at: lsp::Position) -> Option<lsp::GotoDefinitionResponse> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let (_, targets) = navigate::definition(&state.db, file, offset)?;
    let places: Vec<_> = targets.iter().filter_map(|t| convert.location(t.source, t.focus)).collect();
    (!places.is_empty()).then_some(lsp::GotoDefinitionResponse::Array(places))
}

pub fn type_definition(state: &State, file: File, at: lsp::Position) -> Option<lsp::GotoDefinitionResponse> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let targets = navigate::type_definition(&state.db, file, offset)?;
    let places: Vec<_> = targets.iter().filter_map(|t| convert.location(t.source, t.focus)).collect();
    (!places.is_empty()).then_some(lsp::GotoDefinitionResponse::Array(places))
}

pub fn references(
    state: &State,
    file: File,
    at: lsp::Position,
    declarations: bool,
) -> Option<Vec<lsp::Location>> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let found = references::references(&state.db, file, offset)?;
    let found = found.iter().filter(|r| declarations || !r.declares);
    let mut places: Vec<_> = found.filter_map(|r| convert.location(r.source, r.span)).collect();
    places.sort_by(|a, b| (a.uri.as_str(), a.range.start).cmp(&(b.uri.as_str(), b.range.start)));
    Some(places)
}

pub fn highlights(state: &State, file: File, at: lsp::Position) -> Option<Vec<lsp::DocumentHighlight>> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let found = references::references(&state.db, file, offset)?;
    let own = file.source(&state.db);
    let mut highlight = |r: &references::Reference| lsp::DocumentHighlight {
        range: convert.range(file, r.span),
        kind: Some(if r.declares {
            lsp::DocumentHighlightKind::WRITE
        } else {
            lsp::DocumentHighlightKind::READ
        }),
    };
    Some(found.iter().filter(|r| r.source == own).map(&mut highlight).collect())
}

pub fn prepare_rename(
    state: &State,
    file: File,
    at: lsp::Position,
) -> Result<lsp::PrepareRenameResponse, String> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let (span, placeholder) = references::prepare(&state.db, file, offset)?;
    Ok(lsp::PrepareRenameResponse::RangeWithPlaceholder { range: convert.range(file, span), placeholder })
}

pub fn rename(
    state: &State,
    file: File,
    at: lsp::Position,
    to: &str,
) -> Option<Result<lsp::WorkspaceEdit, String>> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let edits = match references::rename(&state.db, file, offset, to) {
        Ok(edits) => edits,
        Err(reason) => return Some(Err(reason)),
    };
    let mut out = Vec::new();
    for (source, span, text) in edits {
        let place = convert.location(source, span)?;
        out.push((place.uri, lsp::TextEdit { range: place.range, new_text: text }));
    }
    Some(Ok(workspace_edit(out)))
}

pub fn document_symbols(state: &State, file: File) -> lsp::DocumentSymbolResponse {
    let mut convert = Converter::new(state);
    let found = symbols::symbols(&state.db, file);
    lsp::DocumentSymbolResponse::Nested(found.into_iter().map(|s| convert.symbol(file, s)).collect())
}

pub fn workspace_symbols(state: &State, query: &str) -> lsp::WorkspaceSymbolResponse {
    let mut convert = Converter::new(state);
    let found = symbols::search(&state.db, query);
    let found = found.into_iter().filter_map(|(file, symbol)| {
        let kind = Converter::symbol_kind(symbol.kind);
        Some(lsp::WorkspaceSymbol {
            name: symbol.name,
            kind,
            tags: None,
            container_name: (!symbol.detail.is_empty()).then_some(symbol.detail),
            location: lsp::OneOf::Left(convert.location(file.source(&state.db), symbol.focus)?),
            data: None,
        })
    });
    lsp::WorkspaceSymbolResponse::Nested(found.collect())
}

pub fn folds(state: &State, file: File) -> Vec<lsp::FoldingRange> {
    let mut convert = Converter::new(state);
    folding::folds(&state.db, file).iter().map(|f| convert.fold(file, f)).collect()
}

pub fn selections(state: &State, file: File, at: Vec<lsp::Position>) -> Vec<lsp::SelectionRange> {
    let mut convert = Converter::new(state);
    let mut one = |position: lsp::Position| {
        let offset = convert.offset(file, position);
        let mut out: Option<lsp::SelectionRange> = None;
        for span in selection::around(&state.db, file, offset).into_iter().rev() {
            let range = convert.range(file, span);
            out = Some(lsp::SelectionRange { range, parent: out.map(Box::new) });
        }
        out.unwrap_or(lsp::SelectionRange {
            range: lsp::Range { start: position, end: position },
            parent: None,
        })
    };
    at.into_iter().map(&mut one).collect()
}

pub fn links(state: &State, file: File) -> Vec<lsp::DocumentLink> {
    let mut convert = Converter::new(state);
    let found = links::links(&state.db, file).into_iter().filter_map(|link| {
        let target = match link.target {
            LinkTarget::File(file) => convert.uri(file)?,
            LinkTarget::Path(path) => lsp::Uri::from_file_path(path)?,
            LinkTarget::Page(page) => page.parse().ok()?,
        };
        let range = convert.range(file, link.span);
        Some(lsp::DocumentLink { range, target: Some(target), tooltip: None, data: None })
    });
    found.collect()
}

fn text_edits(convert: &mut Converter<'_>, file: File, edits: Vec<(Span, String)>) -> Vec<lsp::TextEdit> {
    let edit = |(span, new_text)| lsp::TextEdit { range: convert.range(file, span), new_text };
    edits.into_iter().map(edit).collect()
}

pub fn formatting(state: &State, file: File) -> Option<Vec<lsp::TextEdit>> {
    let edits = format::edits(&state.db, file)?;
    Some(text_edits(&mut Converter::new(state), file, edits))
}

pub fn range_formatting(state: &State, file: File, range: lsp::Range) -> Option<Vec<lsp::TextEdit>> {
    let mut convert = Converter::new(state);
    let within = convert.span(file, range);
    let edits = format::edits_within(&state.db, file, within)?;
    Some(text_edits(&mut convert, file, edits))
}

pub fn typed_formatting(
    state: &State,
    file: File,
    at: lsp::Position,
    typed: &str,
) -> Option<Vec<lsp::TextEdit>> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let edits = format::edits_typed(&state.db, file, offset, typed)?;
    Some(text_edits(&mut convert, file, edits))
}

pub fn hints(state: &State, file: File, range: lsp::Range) -> Vec<lsp::InlayHint> {
    let mut convert = Converter::new(state);
    let within = convert.span(file, range);
    let found = hints::hints(&state.db, file, within).into_iter().map(|hint| lsp::InlayHint {
        position: convert.range(file, Span::at(hint.offset)).start,
        label: lsp::InlayHintLabel::String(hint.label),
        kind: None,
        text_edits: None,
        tooltip: Some(lsp::InlayHintTooltip::String(hint.tooltip)),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    });
    found.collect()
}

pub fn lenses(state: &State, file: File) -> Vec<lsp::CodeLens> {
    let mut convert = Converter::new(state);
    let Some(uri) = convert.uri(file) else { return Vec::new() };
    let found = lens::lenses(&state.db, file).into_iter().map(|lens| {
        let range = convert.range(file, lens.span);
        let command = match lens.kind {
            LensKind::Preview(application) => lsp::Command {
                title: "Preview manifests".to_owned(),
                command: commands::PREVIEW.to_owned(),
                arguments: Some(vec![serde_json::json!({"uri": uri.as_str(), "application": application})]),
            },
            LensKind::Cases(count) => lsp::Command {
                title: if count == 1 { "Run 1 case".to_owned() } else { format!("Run {count} cases") },
                command: commands::TEST.to_owned(),
                arguments: Some(vec![serde_json::json!({"uri": uri.as_str()})]),
            },
            LensKind::Uses(_, _, count) => lsp::Command {
                title: if count == 1 { "1 use".to_owned() } else { format!("{count} uses") },
                command: commands::USES.to_owned(),
                arguments: Some(vec![serde_json::json!({"uri": uri.as_str(), "position": range.start})]),
            },
        };
        lsp::CodeLens { range, command: Some(command), data: None }
    });
    found.collect()
}

/// The cases of a definition as the command `vela.test` tells them.
pub fn cases(state: &State, file: File) -> Result<serde_json::Value, String> {
    let ran = cases::run(&state.db, file).map_err(|faults| faults.join("; "))?;
    let passed = ran.iter().filter(|r| r.wrong.is_none()).count();
    let told = |r: &cases::Ran| serde_json::json!({"name": r.name, "wrong": r.wrong, "made": r.made});
    Ok(serde_json::json!({
        "passed": passed,
        "failed": ran.len() - passed,
        "cases": ran.iter().map(told).collect::<Vec<_>>(),
    }))
}

pub fn code_actions(state: &State, file: File, params: &lsp::CodeActionParams) -> lsp::CodeActionResponse {
    let mut convert = Converter::new(state);
    let within = convert.span(file, params.range);
    let wanted = |kind: &lsp::CodeActionKind| {
        params.context.only.as_ref().is_none_or(|only| {
            only.iter().any(|o| {
                kind.as_str() == o.as_str() || kind.as_str().starts_with(&format!("{}.", o.as_str()))
            })
        })
    };
    let mut out = Vec::new();
    for action in actions::actions(&state.db, file, within) {
        let kind = match action.kind {
            ActionKind::QuickFix => lsp::CodeActionKind::QUICKFIX,
            ActionKind::Rewrite => lsp::CodeActionKind::REFACTOR_REWRITE,
            ActionKind::OrganizeImports => lsp::CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
        };
        if !wanted(&kind) {
            continue;
        }
        let mut changes = Vec::new();
        for (source, span, text) in action.edits {
            if let Some(at) = convert.location(source, span) {
                changes.push((at.uri, lsp::TextEdit { range: at.range, new_text: text }));
            }
        }
        let repaired = action.repairs.map(|d| vec![convert.diagnostic(file, &d)]);
        out.push(lsp::CodeActionOrCommand::CodeAction(lsp::CodeAction {
            title: action.title,
            kind: Some(kind),
            is_preferred: repaired.as_ref().map(|_| action.only),
            diagnostics: repaired,
            edit: Some(workspace_edit(changes)),
            ..lsp::CodeAction::default()
        }));
    }
    out
}

fn item(convert: &mut Converter<'_>, node: hierarchy::Node) -> Option<lsp::CallHierarchyItem> {
    let focus = convert.location(node.source, node.focus)?;
    let whole = convert.location(node.source, node.whole)?;
    Some(lsp::CallHierarchyItem {
        name: node.name,
        kind: if node.definition { lsp::SymbolKind::CLASS } else { lsp::SymbolKind::MODULE },
        tags: None,
        detail: Some(node.detail),
        uri: focus.uri,
        range: whole.range,
        selection_range: focus.range,
        data: None,
    })
}

pub fn hierarchy(state: &State, file: File, at: lsp::Position) -> Option<Vec<lsp::CallHierarchyItem>> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let node = hierarchy::prepare(&state.db, file, offset)?;
    Some(vec![item(&mut convert, node)?])
}

pub fn incoming(state: &State, file: File, at: lsp::Position) -> Vec<lsp::CallHierarchyIncomingCall> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let mut out = Vec::new();
    for used in hierarchy::incoming(&state.db, file, offset) {
        let source = used.node.source;
        let Some(from) = item(&mut convert, used.node) else { continue };
        let ranges = used.spans.iter().filter_map(|s| convert.location(source, *s)).map(|l| l.range);
        out.push(lsp::CallHierarchyIncomingCall { from, from_ranges: ranges.collect() });
    }
    out
}

pub fn outgoing(state: &State, file: File, at: lsp::Position) -> Vec<lsp::CallHierarchyOutgoingCall> {
    let mut convert = Converter::new(state);
    let offset = convert.offset(file, at);
    let mut out = Vec::new();
    for used in hierarchy::outgoing(&state.db, file, offset) {
        let Some(to) = item(&mut convert, used.node) else { continue };
        let from_ranges = used.spans.iter().map(|s| convert.range(file, *s)).collect();
        out.push(lsp::CallHierarchyOutgoingCall { to, from_ranges });
    }
    out
}

pub fn diagnostics(state: &State, file: File) -> Vec<lsp::Diagnostic> {
    let mut convert = Converter::new(state);
    state.db.diagnostics(file).iter().map(|d| convert.diagnostic(file, d)).collect()
}
