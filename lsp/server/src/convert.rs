//! From plain data of `vela-ide` to the protocol's types.

use std::collections::HashMap;

use tower_lsp_server::ls_types as lsp;
use vela_db::{Db, EMBEDDED, File};
use vela_diagnostics::{Diagnostic, Position, Severity, SourceId, Span};
use vela_ide::complete::{Completion, ItemKind};
use vela_ide::folding::{Fold, FoldKind};
use vela_ide::lines::Lines;
use vela_ide::symbols::{Symbol, SymbolKind};

use crate::worker::State;

/// Texts with their lines, as they are needed for one answer.
pub struct Converter<'s> {
    state: &'s State,
    lines: HashMap<SourceId, Lines>,
}

impl<'s> Converter<'s> {
    /// For one answer.
    pub fn new(state: &'s State) -> Self {
        Self { state, lines: HashMap::new() }
    }

    /// The offset of a position in a file.
    pub fn offset(&mut self, file: File, position: lsp::Position) -> u32 {
        let state = self.state;
        let text = file.text(&state.db);
        let lines = self.lines.entry(file.source(&state.db)).or_insert_with(|| Lines::new(text));
        let position = Position { line: position.line, character: position.character };
        lines.offset(text, position, state.encoding)
    }

    /// The range of a span in a file.
    pub fn range(&mut self, file: File, span: Span) -> lsp::Range {
        let state = self.state;
        let text = file.text(&state.db);
        let lines = self.lines.entry(file.source(&state.db)).or_insert_with(|| Lines::new(text));
        let (start, end) = lines.range(text, span, state.encoding);
        let at = |p: Position| lsp::Position { line: p.line, character: p.character };
        lsp::Range { start: at(start), end: at(end) }
    }

    /// The span of a range in a file.
    pub fn span(&mut self, file: File, range: lsp::Range) -> Span {
        let (start, end) = (self.offset(file, range.start), self.offset(file, range.end));
        Span::new(start.min(end), end.max(start))
    }

    /// How the client calls a file. A text that comes with the compiler is put where an editor can open it.
    pub fn uri(&self, file: File) -> Option<lsp::Uri> {
        let path = file.path(&self.state.db);
        if let Some(open) = self.state.open.get(&**path) {
            return Some(open.uri.clone());
        }
        if path.starts_with(EMBEDDED) {
            let shown = self.state.shelf.show(path, file.text(&self.state.db))?;
            return lsp::Uri::from_file_path(shown);
        }
        lsp::Uri::from_file_path(&**path)
    }

    /// A place in a file of the database.
    pub fn location(&mut self, source: SourceId, span: Span) -> Option<lsp::Location> {
        let file = self.state.db.file(source)?;
        Some(lsp::Location { uri: self.uri(file)?, range: self.range(file, span) })
    }

    /// A diagnostic of a file.
    pub fn diagnostic(&mut self, file: File, d: &Diagnostic) -> lsp::Diagnostic {
        let own = file.source(&self.state.db);
        let primary = d.primary_label().filter(|l| l.source == own);
        let range = self.range(file, primary.map_or(Span::default(), |l| l.span));
        let mut message = d.message.clone();
        if let Some(label) = primary.filter(|l| !l.text.is_empty()) {
            message.push_str(&format!(" ({})", label.text));
        }
        for more in d.notes.iter().chain(&d.help) {
            message.push('\n');
            message.push_str(more);
        }
        let mut related = Vec::new();
        for label in &d.labels {
            if primary.is_some_and(|p| std::ptr::eq(p, label)) {
                continue;
            }
            if let Some(location) = self.location(label.source, label.span) {
                let message = if label.text.is_empty() { "see here" } else { &label.text };
                related.push(lsp::DiagnosticRelatedInformation { location, message: message.to_owned() });
            }
        }
        lsp::Diagnostic {
            range,
            severity: Some(match d.severity {
                Severity::Error => lsp::DiagnosticSeverity::ERROR,
                Severity::Warning => lsp::DiagnosticSeverity::WARNING,
                Severity::Note => lsp::DiagnosticSeverity::INFORMATION,
            }),
            code: Some(lsp::NumberOrString::String(d.code.to_string())),
            source: Some("vela-lang".to_owned()),
            message,
            related_information: (!related.is_empty()).then_some(related),
            ..lsp::Diagnostic::default()
        }
    }

    /// A proposal.
    pub fn completion(&mut self, file: File, item: Completion, snippets: bool) -> lsp::CompletionItem {
        let kind = match item.kind {
            ItemKind::Field => lsp::CompletionItemKind::FIELD,
            ItemKind::Type => lsp::CompletionItemKind::CLASS,
            ItemKind::Value => lsp::CompletionItemKind::ENUM_MEMBER,
            ItemKind::Function => lsp::CompletionItemKind::FUNCTION,
            ItemKind::Package => lsp::CompletionItemKind::MODULE,
            ItemKind::Variable => lsp::CompletionItemKind::VARIABLE,
            ItemKind::Keyword => lsp::CompletionItemKind::KEYWORD,
            ItemKind::Constant => lsp::CompletionItemKind::CONSTANT,
        };
        let markdown = |value| {
            lsp::Documentation::MarkupContent(lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value })
        };
        let snippet = item.snippet.filter(|_| snippets);
        let format =
            snippet.as_ref().map_or(lsp::InsertTextFormat::PLAIN_TEXT, |_| lsp::InsertTextFormat::SNIPPET);
        let new_text = snippet.unwrap_or(item.insert);
        let edit = lsp::TextEdit { range: self.range(file, item.span), new_text };
        let also = item
            .also
            .map(|(span, text)| vec![lsp::TextEdit { range: self.range(file, span), new_text: text }]);
        lsp::CompletionItem {
            sort_text: Some(format!("{}{}", item.rank, item.label)),
            label: item.label,
            kind: Some(kind),
            detail: (!item.detail.is_empty()).then_some(item.detail),
            documentation: (!item.doc.is_empty()).then(|| markdown(item.doc)),
            insert_text_format: Some(format),
            insert_text_mode: Some(lsp::InsertTextMode::AS_IS),
            text_edit: Some(lsp::CompletionTextEdit::Edit(edit)),
            additional_text_edits: also,
            ..lsp::CompletionItem::default()
        }
    }

    /// What a symbol is.
    pub fn symbol_kind(kind: SymbolKind) -> lsp::SymbolKind {
        match kind {
            SymbolKind::Document => lsp::SymbolKind::MODULE,
            SymbolKind::Component => lsp::SymbolKind::CLASS,
            SymbolKind::Trait => lsp::SymbolKind::INTERFACE,
            SymbolKind::Policy => lsp::SymbolKind::CONSTANT,
            SymbolKind::Step => lsp::SymbolKind::EVENT,
            SymbolKind::Definition => lsp::SymbolKind::STRUCT,
            SymbolKind::Struct => lsp::SymbolKind::OBJECT,
            SymbolKind::List => lsp::SymbolKind::ARRAY,
            SymbolKind::Value => lsp::SymbolKind::FIELD,
        }
    }

    /// A symbol with what is in it.
    #[allow(deprecated, reason = "the field has to be given")]
    pub fn symbol(&mut self, file: File, symbol: Symbol) -> lsp::DocumentSymbol {
        let kind = Self::symbol_kind(symbol.kind);
        let children: Vec<_> = symbol.children.into_iter().map(|c| self.symbol(file, c)).collect();
        lsp::DocumentSymbol {
            name: symbol.name,
            detail: (!symbol.detail.is_empty()).then_some(symbol.detail),
            kind,
            tags: None,
            deprecated: None,
            range: self.range(file, symbol.whole),
            selection_range: self.range(file, symbol.focus),
            children: (!children.is_empty()).then_some(children),
        }
    }

    /// A part that can be folded.
    pub fn fold(&mut self, file: File, fold: &Fold) -> lsp::FoldingRange {
        let range = self.range(file, fold.span);
        lsp::FoldingRange {
            start_line: range.start.line,
            start_character: Some(range.start.character),
            end_line: range.end.line,
            end_character: Some(range.end.character),
            kind: Some(match fold.kind {
                FoldKind::Region => lsp::FoldingRangeKind::Region,
                FoldKind::Comment => lsp::FoldingRangeKind::Comment,
                FoldKind::Imports => lsp::FoldingRangeKind::Imports,
            }),
            collapsed_text: None,
        }
    }
}

/// Edits by file.
#[allow(clippy::mutable_key_type, reason = "the protocol's type; the key is never changed")]
pub fn workspace_edit(edits: Vec<(lsp::Uri, lsp::TextEdit)>) -> lsp::WorkspaceEdit {
    let mut changes: HashMap<lsp::Uri, Vec<lsp::TextEdit>> = HashMap::new();
    for (uri, edit) in edits {
        changes.entry(uri).or_default().push(edit);
    }
    lsp::WorkspaceEdit { changes: Some(changes), ..lsp::WorkspaceEdit::default() }
}
