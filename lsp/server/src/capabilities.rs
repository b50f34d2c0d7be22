//! What the server can do, announced in the answer to `initialize`; and what the client can.

use tower_lsp_server::ls_types as lsp;
use vela_diagnostics::Encoding;
use vela_ide::tokens::TokenKind;

use crate::commands;

/// What of the client's abilities changes what it is told.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an ability of its own")]
pub struct ClientCan {
    /// How it counts columns.
    pub encoding: Encoding,
    /// Watches files when asked to.
    pub watch: bool,
    /// Takes snippets in completions.
    pub snippets: bool,
    /// Asks for diagnostics itself, and again when told to; it is not sent any then.
    pub pull: bool,
}

impl ClientCan {
    /// Before `initialize`.
    pub const NOTHING: Self = Self { encoding: Encoding::Utf16, watch: false, snippets: false, pull: false };

    /// As the client tells.
    pub fn read(capabilities: &lsp::ClientCapabilities) -> Self {
        let general = capabilities.general.as_ref();
        let offered = general.and_then(|g| g.position_encodings.as_deref()).unwrap_or_default();
        let utf8 = offered.contains(&lsp::PositionEncodingKind::UTF8);
        let workspace = capabilities.workspace.as_ref();
        let watch = workspace.and_then(|w| w.did_change_watched_files.as_ref());
        let document = capabilities.text_document.as_ref();
        let item = document.and_then(|d| d.completion.as_ref()).and_then(|c| c.completion_item.as_ref());
        let again = workspace.and_then(|w| w.diagnostics.as_ref()).and_then(|d| d.refresh_support);
        Self {
            encoding: if utf8 { Encoding::Utf8 } else { Encoding::Utf16 },
            watch: watch.and_then(|w| w.dynamic_registration).unwrap_or(false),
            snippets: item.and_then(|i| i.snippet_support).unwrap_or(false),
            pull: document.is_some_and(|d| d.diagnostic.is_some()) && again.unwrap_or(false),
        }
    }
}

/// What the server can do.
pub fn capabilities(encoding: Encoding) -> lsp::ServerCapabilities {
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect::<Vec<_>>();
    lsp::ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => lsp::PositionEncodingKind::UTF8,
            Encoding::Utf16 => lsp::PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(lsp::TextDocumentSyncCapability::Options(lsp::TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(lsp::TextDocumentSyncKind::INCREMENTAL),
            save: Some(lsp::TextDocumentSyncSaveOptions::Supported(true)),
            ..lsp::TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(lsp::HoverProviderCapability::Simple(true)),
        completion_provider: Some(lsp::CompletionOptions {
            resolve_provider: Some(true),
            trigger_characters: Some(words(&[".", " ", "\"", "#", "/", "@", "+", ":"])),
            ..lsp::CompletionOptions::default()
        }),
        signature_help_provider: Some(lsp::SignatureHelpOptions {
            trigger_characters: Some(words(&["("])),
            retrigger_characters: Some(words(&[","])),
            ..lsp::SignatureHelpOptions::default()
        }),
        definition_provider: Some(lsp::OneOf::Left(true)),
        type_definition_provider: Some(lsp::TypeDefinitionProviderCapability::Simple(true)),
        references_provider: Some(lsp::OneOf::Left(true)),
        document_highlight_provider: Some(lsp::OneOf::Left(true)),
        document_formatting_provider: Some(lsp::OneOf::Left(true)),
        document_range_formatting_provider: Some(lsp::OneOf::Left(true)),
        document_on_type_formatting_provider: Some(lsp::DocumentOnTypeFormattingOptions {
            first_trigger_character: "}".to_owned(),
            more_trigger_character: Some(words(&["]", "\n"])),
        }),
        rename_provider: Some(lsp::OneOf::Right(lsp::RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
        })),
        document_symbol_provider: Some(lsp::OneOf::Left(true)),
        workspace_symbol_provider: Some(lsp::OneOf::Left(true)),
        folding_range_provider: Some(lsp::FoldingRangeProviderCapability::Simple(true)),
        selection_range_provider: Some(lsp::SelectionRangeProviderCapability::Simple(true)),
        document_link_provider: Some(lsp::DocumentLinkOptions {
            resolve_provider: Some(false),
            work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
        }),
        code_action_provider: Some(lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
            code_action_kinds: Some(vec![
                lsp::CodeActionKind::QUICKFIX,
                lsp::CodeActionKind::REFACTOR_REWRITE,
                lsp::CodeActionKind::SOURCE_ORGANIZE_IMPORTS,
            ]),
            ..lsp::CodeActionOptions::default()
        })),
        code_lens_provider: Some(lsp::CodeLensOptions { resolve_provider: Some(false) }),
        execute_command_provider: Some(lsp::ExecuteCommandOptions {
            commands: words(&[commands::PREVIEW, commands::TEST, commands::USES]),
            ..lsp::ExecuteCommandOptions::default()
        }),
        call_hierarchy_provider: Some(lsp::CallHierarchyServerCapability::Simple(true)),
        inlay_hint_provider: Some(lsp::OneOf::Left(true)),
        semantic_tokens_provider: Some(lsp::SemanticTokensServerCapabilities::SemanticTokensOptions(
            lsp::SemanticTokensOptions {
                legend: lsp::SemanticTokensLegend {
                    token_types: TokenKind::LEGEND.map(lsp::SemanticTokenType::new).into(),
                    token_modifiers: vec![
                        lsp::SemanticTokenModifier::DECLARATION,
                        lsp::SemanticTokenModifier::DEFAULT_LIBRARY,
                    ],
                },
                range: Some(true),
                full: Some(lsp::SemanticTokensFullOptions::Delta { delta: Some(true) }),
                work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
            },
        )),
        diagnostic_provider: Some(lsp::DiagnosticServerCapabilities::Options(lsp::DiagnosticOptions {
            identifier: None,
            inter_file_dependencies: true,
            workspace_diagnostics: false,
            work_done_progress_options: lsp::WorkDoneProgressOptions::default(),
        })),
        workspace: Some(lsp::WorkspaceServerCapabilities {
            workspace_folders: Some(lsp::WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(lsp::OneOf::Left(true)),
            }),
            file_operations: Some(file_operations()),
        }),
        ..lsp::ServerCapabilities::default()
    }
}

/// Files and folders that come, go and are renamed.
fn file_operations() -> lsp::WorkspaceFileOperationsServerCapabilities {
    let pattern = |glob: &str| lsp::FileOperationFilter {
        scheme: Some("file".to_owned()),
        pattern: lsp::FileOperationPattern { glob: glob.to_owned(), matches: None, options: None },
    };
    let all = lsp::FileOperationRegistrationOptions { filters: vec![pattern("**")] };
    lsp::WorkspaceFileOperationsServerCapabilities {
        did_create: Some(all.clone()),
        did_rename: Some(all.clone()),
        did_delete: Some(all),
        ..lsp::WorkspaceFileOperationsServerCapabilities::default()
    }
}

/// The folders that the client works in.
#[allow(deprecated, reason = "older clients give nothing else")]
pub fn roots(params: &lsp::InitializeParams) -> Vec<lsp::Uri> {
    match &params.workspace_folders {
        Some(folders) if !folders.is_empty() => folders.iter().map(|f| f.uri.clone()).collect(),
        _ => params.root_uri.iter().cloned().collect(),
    }
}
