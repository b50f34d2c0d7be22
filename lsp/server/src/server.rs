//! The protocol's methods: each hands its parameters to a function of `answers.rs`, which runs on a snapshot of the
//! state, or changes the state.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::{Client, LanguageServer};
use vela_db::File;

use crate::answers;
use crate::capabilities::{ClientCan, capabilities, roots};
use crate::commands::{self, Wanted};
use crate::publish::{Shared, tell};
use crate::tokens;
use crate::worker::{Missed, State, Worker};

/// How long typing has to pause before diagnostics are computed.
const PAUSE: Duration = Duration::from_millis(15);
/// What the client is told when an answer would be about an older text.
const CONTENT_MODIFIED: i64 = -32801;
/// What the client is told when a request cannot be done, with the reason.
const REQUEST_FAILED: i64 = -32803;

/// The server.
pub struct Backend {
    client: Client,
    worker: Worker,
    shared: Arc<Shared>,
}

impl Backend {
    /// A server for a client.
    pub fn new(client: Client, worker: Worker) -> Self {
        Self { client, worker, shared: Arc::new(Shared::new()) }
    }

    /// What the tasks share.
    pub fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Answers a question about the workspace.
    async fn ask_all<T: Send + 'static>(
        &self,
        answer: impl FnOnce(&State) -> T + Send + 'static,
    ) -> Result<T> {
        match self.worker.read(answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Missed::Changed)) => Err(Error {
                code: ErrorCode::ServerError(CONTENT_MODIFIED),
                message: "the text was changed meanwhile".into(),
                data: None,
            }),
            Ok(Err(Missed::Fault)) | Err(_) => Err(Error::internal_error()),
        }
    }

    /// Answers a question about a document; one that is not open is read from the disk.
    async fn ask<T: Send + 'static>(
        &self,
        uri: lsp::Uri,
        answer: impl FnOnce(&State, File) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let wanted = uri.clone();
        self.worker.change(move |state| state.ensure(&wanted));
        self.ask_all(move |state| {
            let file = state.file(&state.path(&uri))?;
            answer(state, file)
        })
        .await
    }

    /// Changes the state, then tells diagnostics when no further change follows.
    fn change(&self, pause: Duration, change: impl FnOnce(&mut State) + Send + 'static) {
        let generation = self.shared.generation.fetch_add(1, Ordering::SeqCst) + 1;
        self.worker.change(change);
        let (client, worker, shared) = (self.client.clone(), self.worker.clone(), self.shared.clone());
        tokio::spawn(async move {
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            tell(&client, &worker, &shared, generation).await;
        });
    }

    /// The request `vela/preview`, and the command.
    pub async fn preview(&self, params: Value) -> Result<Value> {
        let arguments = if let Value::Array(list) = params { list } else { vec![params] };
        let Some(wanted) = Wanted::read(&arguments) else {
            return Err(Error::invalid_params("a preview needs the `uri` of a document"));
        };
        let asked = wanted.clone();
        let uri = wanted.uri.clone();
        let found = self.ask(uri, move |state, _| asked.render(state)).await?;
        let Some(found) = found else {
            return Err(failed("there is no such document".to_owned()));
        };
        let answer = Value::String(found.yaml.clone());
        self.shared.watch(wanted, found);
        Ok(answer)
    }

    /// The request `vela/clusters`.
    pub async fn clusters(&self, params: Value) -> Result<Value> {
        let Some(wanted) = Wanted::read(&[params]) else {
            return Err(Error::invalid_params("it needs the `uri` of a document"));
        };
        let uri = wanted.uri.clone();
        let found = self.ask(uri, move |state, _| wanted.render(state)).await?;
        Ok(found.map_or_else(|| Value::Array(Vec::new()), |f| f.clusters.into()))
    }

    /// The command that runs the cases of a definition.
    async fn test(&self, arguments: &[Value]) -> Result<Value> {
        let first = arguments.first().cloned().unwrap_or_default();
        let uri = first.get("uri").or(Some(&first)).and_then(Value::as_str).map(str::parse::<lsp::Uri>);
        let Some(Ok(uri)) = uri else {
            return Err(Error::invalid_params("it needs the `uri` of a definition"));
        };
        let found = self.ask(uri, |state, file| Some(answers::cases(state, file))).await?;
        found.unwrap_or_else(|| Err("there is no such document".to_owned())).map_err(failed)
    }

    /// The command that lists the uses of a definition.
    async fn uses(&self, arguments: &[Value]) -> Result<Value> {
        let first = arguments.first().cloned().unwrap_or_default();
        let uri = first.get("uri").and_then(Value::as_str).and_then(|u| u.parse::<lsp::Uri>().ok());
        let at = first.get("position").cloned().and_then(|p| serde_json::from_value(p).ok());
        let (Some(uri), Some(at)) = (uri, at) else {
            return Err(Error::invalid_params("it needs `uri` and `position`"));
        };
        let found = self.ask(uri, move |state, file| answers::references(state, file, at, false)).await?;
        serde_json::to_value(found.unwrap_or_default()).map_err(|_| Error::internal_error())
    }
}

fn failed(reason: String) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: reason.into(), data: None }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let can = ClientCan::read(&params.capabilities);
        self.shared.set_can(can);
        let roots = roots(&params);
        self.worker.change(move |state| {
            state.encoding = can.encoding;
            let roots = roots.iter().map(|u| state.path(u)).filter(|p| p.starts_with('/')).collect();
            state.set_roots(roots);
        });
        Ok(lsp::InitializeResult {
            capabilities: capabilities(can.encoding),
            server_info: Some(lsp::ServerInfo {
                name: "vela-lang".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..lsp::InitializeResult::default()
        })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        if !self.shared.can().watch {
            return;
        }
        let options = serde_json::json!({"watchers": [{"globPattern": "**/*.{cue,yaml,yml,json}"}]});
        let registration = lsp::Registration {
            id: "files".to_owned(),
            method: "workspace/didChangeWatchedFiles".to_owned(),
            register_options: Some(options),
        };
        // A client that refuses has its reasons; open documents are known anyway.
        let _ = self.client.register_capability(vec![registration]).await;
    }

    async fn shutdown(&self) -> Result<()> {
        self.shared.ended.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn did_open(&self, params: lsp::DidOpenTextDocumentParams) {
        self.change(Duration::ZERO, move |state| state.open(params.text_document));
    }

    async fn did_change(&self, params: lsp::DidChangeTextDocumentParams) {
        let lsp::VersionedTextDocumentIdentifier { uri, version } = params.text_document;
        self.change(PAUSE, move |state| state.edit(&uri, version, params.content_changes));
    }

    async fn did_save(&self, _: lsp::DidSaveTextDocumentParams) {
        // The text is known already; what stands beside it may be new.
        self.worker.change(|state| state.disk.forget());
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        self.shared.forget(&params.text_document.uri);
        self.change(Duration::ZERO, move |state| state.close(&params.text_document.uri));
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        self.change(PAUSE, move |state| {
            for event in params.changes {
                let path = state.path(&event.uri);
                state.refresh_below(&path);
            }
        });
    }

    async fn did_change_configuration(&self, _: lsp::DidChangeConfigurationParams) {
        // There is nothing to configure.
    }

    async fn did_create_files(&self, params: lsp::CreateFilesParams) {
        let files: Vec<String> = params.files.into_iter().map(|f| f.uri).collect();
        self.change(PAUSE, move |state| state.refresh_uris(&files));
    }

    async fn did_delete_files(&self, params: lsp::DeleteFilesParams) {
        let files: Vec<String> = params.files.into_iter().map(|f| f.uri).collect();
        self.change(PAUSE, move |state| state.refresh_uris(&files));
    }

    async fn did_rename_files(&self, params: lsp::RenameFilesParams) {
        let files: Vec<String> = params.files.into_iter().flat_map(|f| [f.old_uri, f.new_uri]).collect();
        self.change(PAUSE, move |state| state.refresh_uris(&files));
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        let lsp::WorkspaceFoldersChangeEvent { added, removed } = params.event;
        self.change(PAUSE, move |state| {
            let paths = |folders: Vec<lsp::WorkspaceFolder>| {
                folders.iter().map(|f| state.path(&f.uri)).filter(|p| p.starts_with('/')).collect::<Vec<_>>()
            };
            let (added, removed) = (paths(added), paths(removed));
            state.change_roots(added, &removed);
        });
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let at = params.text_document_position_params;
        self.ask(at.text_document.uri, move |s, file| answers::hover(s, file, at.position)).await
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        let at = params.text_document_position;
        let snippets = self.shared.can().snippets;
        self.ask(at.text_document.uri, move |s, file| answers::completion(s, file, at.position, snippets))
            .await
    }

    async fn completion_resolve(&self, item: lsp::CompletionItem) -> Result<lsp::CompletionItem> {
        // Everything is in the item already: it comes from memory.
        Ok(item)
    }

    async fn signature_help(&self, params: lsp::SignatureHelpParams) -> Result<Option<lsp::SignatureHelp>> {
        let at = params.text_document_position_params;
        self.ask(at.text_document.uri, move |s, file| answers::signature(s, file, at.position)).await
    }

    async fn goto_definition(
        &self,
        params: lsp::GotoDefinitionParams,
    ) -> Result<Option<lsp::GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.ask(at.text_document.uri, move |s, file| answers::definition(s, file, at.position)).await
    }

    async fn goto_type_definition(
        &self,
        params: lsp::request::GotoTypeDefinitionParams,
    ) -> Result<Option<lsp::request::GotoTypeDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.ask(at.text_document.uri, move |s, file| answers::type_definition(s, file, at.position)).await
    }

    async fn references(&self, params: lsp::ReferenceParams) -> Result<Option<Vec<lsp::Location>>> {
        let at = params.text_document_position;
        let declarations = params.context.include_declaration;
        self.ask(at.text_document.uri, move |s, file| answers::references(s, file, at.position, declarations))
            .await
    }

    async fn document_highlight(
        &self,
        params: lsp::DocumentHighlightParams,
    ) -> Result<Option<Vec<lsp::DocumentHighlight>>> {
        let at = params.text_document_position_params;
        self.ask(at.text_document.uri, move |s, file| answers::highlights(s, file, at.position)).await
    }

    async fn prepare_rename(
        &self,
        params: lsp::TextDocumentPositionParams,
    ) -> Result<Option<lsp::PrepareRenameResponse>> {
        let at = params.position;
        let answer = self
            .ask(params.text_document.uri, move |s, file| Some(answers::prepare_rename(s, file, at)))
            .await?;
        answer.transpose().map_err(failed)
    }

    async fn rename(&self, params: lsp::RenameParams) -> Result<Option<lsp::WorkspaceEdit>> {
        let at = params.text_document_position;
        let answer = self
            .ask(at.text_document.uri, move |s, file| answers::rename(s, file, at.position, &params.new_name))
            .await?;
        answer.transpose().map_err(failed)
    }

    async fn document_symbol(
        &self,
        params: lsp::DocumentSymbolParams,
    ) -> Result<Option<lsp::DocumentSymbolResponse>> {
        self.ask(params.text_document.uri, |s, file| Some(answers::document_symbols(s, file))).await
    }

    async fn symbol(
        &self,
        params: lsp::WorkspaceSymbolParams,
    ) -> Result<Option<lsp::WorkspaceSymbolResponse>> {
        self.ask_all(move |s| Some(answers::workspace_symbols(s, &params.query))).await
    }

    async fn folding_range(&self, params: lsp::FoldingRangeParams) -> Result<Option<Vec<lsp::FoldingRange>>> {
        self.ask(params.text_document.uri, |s, file| Some(answers::folds(s, file))).await
    }

    async fn selection_range(
        &self,
        params: lsp::SelectionRangeParams,
    ) -> Result<Option<Vec<lsp::SelectionRange>>> {
        self.ask(params.text_document.uri, |s, file| Some(answers::selections(s, file, params.positions)))
            .await
    }

    async fn document_link(&self, params: lsp::DocumentLinkParams) -> Result<Option<Vec<lsp::DocumentLink>>> {
        self.ask(params.text_document.uri, |s, file| Some(answers::links(s, file))).await
    }

    async fn formatting(&self, params: lsp::DocumentFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask(params.text_document.uri, answers::formatting).await
    }

    async fn range_formatting(
        &self,
        params: lsp::DocumentRangeFormattingParams,
    ) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask(params.text_document.uri, move |s, file| answers::range_formatting(s, file, params.range))
            .await
    }

    async fn on_type_formatting(
        &self,
        params: lsp::DocumentOnTypeFormattingParams,
    ) -> Result<Option<Vec<lsp::TextEdit>>> {
        let at = params.text_document_position;
        self.ask(at.text_document.uri, move |s, file| {
            answers::typed_formatting(s, file, at.position, &params.ch)
        })
        .await
    }

    async fn code_action(&self, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
        let uri = params.text_document.uri.clone();
        self.ask(uri, move |s, file| Some(answers::code_actions(s, file, &params))).await
    }

    async fn code_lens(&self, params: lsp::CodeLensParams) -> Result<Option<Vec<lsp::CodeLens>>> {
        self.ask(params.text_document.uri, |s, file| Some(answers::lenses(s, file))).await
    }

    async fn inlay_hint(&self, params: lsp::InlayHintParams) -> Result<Option<Vec<lsp::InlayHint>>> {
        self.ask(params.text_document.uri, move |s, file| Some(answers::hints(s, file, params.range))).await
    }

    async fn semantic_tokens_full(
        &self,
        params: lsp::SemanticTokensParams,
    ) -> Result<Option<lsp::SemanticTokensResult>> {
        let uri = params.text_document.uri;
        let found = self.ask(uri.clone(), |s, file| Some(tokens::encoded(s, file, None))).await?;
        Ok(found.map(|data| {
            let mut remembered = self.shared.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let result_id = Some(remembered.keep(uri.as_str(), data.clone()));
            lsp::SemanticTokensResult::Tokens(lsp::SemanticTokens { result_id, data })
        }))
    }

    async fn semantic_tokens_full_delta(
        &self,
        params: lsp::SemanticTokensDeltaParams,
    ) -> Result<Option<lsp::SemanticTokensFullDeltaResult>> {
        let uri = params.text_document.uri;
        let found = self.ask(uri.clone(), |s, file| Some(tokens::encoded(s, file, None))).await?;
        Ok(found.map(|data| {
            let mut remembered = self.shared.tokens.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            remembered.difference(uri.as_str(), &params.previous_result_id, data)
        }))
    }

    async fn semantic_tokens_range(
        &self,
        params: lsp::SemanticTokensRangeParams,
    ) -> Result<Option<lsp::SemanticTokensRangeResult>> {
        let range = params.range;
        let found = self
            .ask(params.text_document.uri, move |s, file| Some(tokens::encoded(s, file, Some(range))))
            .await?;
        Ok(found.map(|data| {
            lsp::SemanticTokensRangeResult::Tokens(lsp::SemanticTokens { result_id: None, data })
        }))
    }

    async fn prepare_call_hierarchy(
        &self,
        params: lsp::CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyItem>>> {
        let at = params.text_document_position_params;
        self.ask(at.text_document.uri, move |s, file| answers::hierarchy(s, file, at.position)).await
    }

    async fn incoming_calls(
        &self,
        params: lsp::CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyIncomingCall>>> {
        let at = params.item.selection_range.start;
        self.ask(params.item.uri, move |s, file| Some(answers::incoming(s, file, at))).await
    }

    async fn outgoing_calls(
        &self,
        params: lsp::CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<lsp::CallHierarchyOutgoingCall>>> {
        let at = params.item.selection_range.start;
        self.ask(params.item.uri, move |s, file| Some(answers::outgoing(s, file, at))).await
    }

    async fn diagnostic(
        &self,
        params: lsp::DocumentDiagnosticParams,
    ) -> Result<lsp::DocumentDiagnosticReportResult> {
        let found = self.ask(params.text_document.uri, |s, file| Some(answers::diagnostics(s, file))).await?;
        let report = lsp::FullDocumentDiagnosticReport { result_id: None, items: found.unwrap_or_default() };
        let full = lsp::RelatedFullDocumentDiagnosticReport {
            related_documents: None,
            full_document_diagnostic_report: report,
        };
        Ok(lsp::DocumentDiagnosticReportResult::Report(lsp::DocumentDiagnosticReport::Full(full)))
    }

    async fn execute_command(&self, params: lsp::ExecuteCommandParams) -> Result<Option<Value>> {
        match params.command.as_str() {
            commands::PREVIEW => self.preview(Value::Array(params.arguments)).await.map(Some),
            commands::TEST => self.test(&params.arguments).await.map(Some),
            commands::USES => self.uses(&params.arguments).await.map(Some),
            other => Err(Error::invalid_params(format!("there is no command `{other}`"))),
        }
    }
}
