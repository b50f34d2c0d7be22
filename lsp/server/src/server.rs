//! The protocol's methods: each turns its parameters into a question for `vela-ide`, and the answer back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types as lsp;
use tower_lsp_server::{Client, LanguageServer};
use vela_db::{Db, File};
use vela_diagnostics::Encoding;
use vela_ide::{complete, folding, format, hover, navigate, references, symbols};

use crate::convert::{Converter, workspace_edit};
use crate::worker::{Missed, State, Worker};

/// How long typing has to pause before diagnostics are computed.
const PAUSE: Duration = Duration::from_millis(25);
/// What the client is told when an answer would be about an older text.
const CONTENT_MODIFIED: i64 = -32801;

/// The server.
pub struct Backend {
    client: Client,
    worker: Worker,
    shared: Arc<Shared>,
}

/// What the tasks of the server share.
pub struct Shared {
    /// Counts changes, so that only the last of a row is followed by diagnostics.
    generation: AtomicU64,
    /// What was published last, by document.
    published: Mutex<HashMap<String, Vec<lsp::Diagnostic>>>,
    /// Whether the client watches files when asked to.
    watches: AtomicBool,
    /// Whether `shutdown` was asked for.
    pub ended: AtomicBool,
}

impl Backend {
    /// A server for a client.
    pub fn new(client: Client, worker: Worker) -> Self {
        let shared = Shared {
            generation: AtomicU64::new(0),
            published: Mutex::default(),
            watches: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        };
        Self { client, worker, shared: Arc::new(shared) }
    }

    /// What the tasks share.
    pub fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Answers a question about a document.
    async fn ask<T: Send + 'static>(
        &self,
        uri: lsp::Uri,
        answer: impl FnOnce(&State, File) -> Option<T> + Send + 'static,
    ) -> Result<Option<T>> {
        let waiting = self.worker.read(move |state| {
            let file = state.db.file_at(&state.path(&uri))?;
            answer(state, file)
        });
        match waiting.await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Missed::Changed)) => Err(Error {
                code: ErrorCode::ServerError(CONTENT_MODIFIED),
                message: "the text was changed meanwhile".into(),
                data: None,
            }),
            Ok(Err(Missed::Fault)) | Err(_) => Err(Error::internal_error()),
        }
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
}

/// Publishes the diagnostics of all open documents that have others than before; stops when a change comes.
async fn tell(client: &Client, worker: &Worker, shared: &Shared, generation: u64) {
    let current = || shared.generation.load(Ordering::SeqCst) == generation;
    if !current() {
        return;
    }
    let list = worker.read(|state| {
        let mut open: Vec<(String, lsp::Uri, i32)> =
            state.open.iter().map(|(p, o)| (p.clone(), o.uri.clone(), o.version)).collect();
        open.sort_by(|a, b| a.0.cmp(&b.0));
        open
    });
    let Ok(Ok(open)) = list.await else { return };
    let gone: Vec<String> = {
        let published = shared.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.keys().filter(|uri| !open.iter().any(|(_, u, _)| u.as_str() == *uri)).cloned().collect()
    };
    for uri in gone {
        publish(client, shared, uri, Vec::new(), None).await;
    }
    for (path, uri, version) in open {
        if !current() {
            return;
        }
        let found = worker.read(move |state| {
            let file = state.db.file_at(&path)?;
            let mut convert = Converter::new(state);
            let all = state.db.diagnostics(file);
            Some(all.iter().map(|d| convert.diagnostic(file, d)).collect::<Vec<_>>())
        });
        match found.await {
            Ok(Ok(Some(found))) if current() => {
                publish(client, shared, uri.as_str().to_owned(), found, Some(version)).await;
            }
            Ok(Ok(_)) | Ok(Err(Missed::Fault)) => {}
            Ok(Err(Missed::Changed)) | Err(_) => return,
        }
    }
}

async fn publish(
    client: &Client,
    shared: &Shared,
    uri: String,
    found: Vec<lsp::Diagnostic>,
    version: Option<i32>,
) {
    {
        let mut published = shared.published.lock().unwrap_or_else(PoisonError::into_inner);
        if published.get(&uri).is_some_and(|old| *old == found) && version.is_some() {
            return;
        }
        match version {
            Some(_) => published.insert(uri.clone(), found.clone()),
            None => published.remove(&uri),
        };
    }
    if let Ok(uri) = uri.parse() {
        client.publish_diagnostics(uri, found, version).await;
    }
}

fn capabilities(encoding: Encoding) -> lsp::ServerCapabilities {
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
            trigger_characters: Some([".", " ", "\"", "#", "/"].map(str::to_owned).into()),
            ..lsp::CompletionOptions::default()
        }),
        definition_provider: Some(lsp::OneOf::Left(true)),
        references_provider: Some(lsp::OneOf::Left(true)),
        document_highlight_provider: Some(lsp::OneOf::Left(true)),
        document_formatting_provider: Some(lsp::OneOf::Left(true)),
        rename_provider: Some(lsp::OneOf::Left(true)),
        document_symbol_provider: Some(lsp::OneOf::Left(true)),
        folding_range_provider: Some(lsp::FoldingRangeProviderCapability::Simple(true)),
        code_action_provider: Some(lsp::CodeActionProviderCapability::Options(lsp::CodeActionOptions {
            code_action_kinds: Some(vec![lsp::CodeActionKind::QUICKFIX]),
            ..lsp::CodeActionOptions::default()
        })),
        workspace: Some(lsp::WorkspaceServerCapabilities {
            workspace_folders: Some(lsp::WorkspaceFoldersServerCapabilities {
                supported: Some(true),
                change_notifications: Some(lsp::OneOf::Left(true)),
            }),
            file_operations: None,
        }),
        ..lsp::ServerCapabilities::default()
    }
}

/// The folders that the client works in.
#[allow(deprecated, reason = "older clients give nothing else")]
fn roots(params: &lsp::InitializeParams) -> Vec<lsp::Uri> {
    match &params.workspace_folders {
        Some(folders) if !folders.is_empty() => folders.iter().map(|f| f.uri.clone()).collect(),
        _ => params.root_uri.iter().cloned().collect(),
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: lsp::InitializeParams) -> Result<lsp::InitializeResult> {
        let general = params.capabilities.general.as_ref();
        let offered = general.and_then(|g| g.position_encodings.as_deref()).unwrap_or_default();
        let utf8 = offered.contains(&lsp::PositionEncodingKind::UTF8);
        let encoding = if utf8 { Encoding::Utf8 } else { Encoding::Utf16 };
        let watches =
            params.capabilities.workspace.as_ref().and_then(|w| w.did_change_watched_files.as_ref());
        let watches = watches.and_then(|w| w.dynamic_registration).unwrap_or(false);
        self.shared.watches.store(watches, Ordering::SeqCst);
        let roots = roots(&params);
        self.worker.change(move |state| {
            state.encoding = encoding;
            let roots = roots.iter().map(|u| state.path(u)).filter(|p| p.starts_with('/')).collect();
            state.set_roots(roots);
        });
        Ok(lsp::InitializeResult {
            capabilities: capabilities(encoding),
            server_info: Some(lsp::ServerInfo {
                name: "vela-lang".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..lsp::InitializeResult::default()
        })
    }

    async fn initialized(&self, _: lsp::InitializedParams) {
        if !self.shared.watches.load(Ordering::SeqCst) {
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
        // The text is known already.
    }

    async fn did_close(&self, params: lsp::DidCloseTextDocumentParams) {
        self.change(Duration::ZERO, move |state| state.close(&params.text_document.uri));
    }

    async fn did_change_watched_files(&self, params: lsp::DidChangeWatchedFilesParams) {
        self.change(PAUSE, move |state| {
            for event in params.changes {
                let path = state.path(&event.uri);
                state.refresh(&path);
            }
        });
    }

    async fn did_change_workspace_folders(&self, params: lsp::DidChangeWorkspaceFoldersParams) {
        self.change(PAUSE, move |state| {
            let removed: Vec<String> = params.event.removed.iter().map(|f| state.path(&f.uri)).collect();
            let mut roots: Vec<String> =
                state.roots.iter().filter(|r| !removed.contains(r)).cloned().collect();
            for folder in &params.event.added {
                let path = state.path(&folder.uri);
                if path.starts_with('/') && !roots.contains(&path) {
                    roots.push(path);
                }
            }
            state.set_roots(roots);
            let paths: Vec<String> = {
                let files = state.db.workspace().files(&state.db);
                files.iter().map(|f| f.path(&state.db).to_string()).collect()
            };
            for path in
                paths.iter().filter(|p| removed.iter().any(|r| vela_load::paths::below(p, r).is_some()))
            {
                state.refresh(path);
            }
        });
    }

    async fn hover(&self, params: lsp::HoverParams) -> Result<Option<lsp::Hover>> {
        let at = params.text_document_position_params;
        self.ask(at.text_document.uri, move |state, file| {
            let mut convert = Converter::new(state);
            let offset = convert.offset(file, at.position);
            let found = hover::hover(&state.db, file, offset)?;
            let contents = lsp::MarkupContent { kind: lsp::MarkupKind::Markdown, value: found.text };
            Some(lsp::Hover {
                contents: lsp::HoverContents::Markup(contents),
                range: Some(convert.range(file, found.span)),
            })
        })
        .await
    }

    async fn completion(&self, params: lsp::CompletionParams) -> Result<Option<lsp::CompletionResponse>> {
        let at = params.text_document_position;
        self.ask(at.text_document.uri, move |state, file| {
            let mut convert = Converter::new(state);
            let offset = convert.offset(file, at.position);
            let found = complete::complete(&state.db, file, offset);
            let items = found.into_iter().map(|c| convert.completion(file, c)).collect();
            Some(lsp::CompletionResponse::Array(items))
        })
        .await
    }

    async fn goto_definition(
        &self,
        params: lsp::GotoDefinitionParams,
    ) -> Result<Option<lsp::GotoDefinitionResponse>> {
        let at = params.text_document_position_params;
        self.ask(at.text_document.uri, move |state, file| {
            let mut convert = Converter::new(state);
            let offset = convert.offset(file, at.position);
            let (_, targets) = navigate::definition(&state.db, file, offset)?;
            let places: Vec<_> = targets.iter().filter_map(|t| convert.location(t.source, t.focus)).collect();
            (!places.is_empty()).then_some(lsp::GotoDefinitionResponse::Array(places))
        })
        .await
    }

    async fn references(&self, params: lsp::ReferenceParams) -> Result<Option<Vec<lsp::Location>>> {
        let at = params.text_document_position;
        let declarations = params.context.include_declaration;
        self.ask(at.text_document.uri, move |state, file| {
            let mut convert = Converter::new(state);
            let offset = convert.offset(file, at.position);
            let found = references::references(&state.db, file, offset)?;
            let found = found.iter().filter(|r| declarations || !r.declares);
            Some(found.filter_map(|r| convert.location(r.source, r.span)).collect())
        })
        .await
    }

    async fn document_highlight(
        &self,
        params: lsp::DocumentHighlightParams,
    ) -> Result<Option<Vec<lsp::DocumentHighlight>>> {
        let at = params.text_document_position_params;
        self.ask(at.text_document.uri, move |state, file| {
            let mut convert = Converter::new(state);
            let offset = convert.offset(file, at.position);
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
        })
        .await
    }

    async fn rename(&self, params: lsp::RenameParams) -> Result<Option<lsp::WorkspaceEdit>> {
        let at = params.text_document_position;
        let answer = self
            .ask(at.text_document.uri, move |state, file| {
                let mut convert = Converter::new(state);
                let offset = convert.offset(file, at.position);
                let edits = match references::rename(&state.db, file, offset, &params.new_name) {
                    Ok(edits) => edits,
                    Err(reason) => return Some(Err(reason)),
                };
                let mut out = Vec::new();
                for (source, span, text) in edits {
                    let place = convert.location(source, span)?;
                    out.push((place.uri, lsp::TextEdit { range: place.range, new_text: text }));
                }
                Some(Ok(workspace_edit(out)))
            })
            .await?;
        match answer {
            Some(Err(reason)) => {
                Err(Error { code: ErrorCode::ServerError(-32803), message: reason.into(), data: None })
            }
            Some(Ok(edit)) => Ok(Some(edit)),
            None => Ok(None),
        }
    }

    async fn document_symbol(
        &self,
        params: lsp::DocumentSymbolParams,
    ) -> Result<Option<lsp::DocumentSymbolResponse>> {
        self.ask(params.text_document.uri, |state, file| {
            let mut convert = Converter::new(state);
            let found = symbols::symbols(&state.db, file);
            let found = found.into_iter().map(|s| convert.symbol(file, s)).collect();
            Some(lsp::DocumentSymbolResponse::Nested(found))
        })
        .await
    }

    async fn folding_range(&self, params: lsp::FoldingRangeParams) -> Result<Option<Vec<lsp::FoldingRange>>> {
        self.ask(params.text_document.uri, |state, file| {
            let mut convert = Converter::new(state);
            let found = folding::folds(&state.db, file);
            Some(found.iter().map(|f| convert.fold(file, f)).collect())
        })
        .await
    }

    async fn formatting(&self, params: lsp::DocumentFormattingParams) -> Result<Option<Vec<lsp::TextEdit>>> {
        self.ask(params.text_document.uri, |state, file| {
            let mut convert = Converter::new(state);
            let edits = format::edits(&state.db, file)?.into_iter();
            Some(
                edits
                    .map(|(span, new_text)| lsp::TextEdit { range: convert.range(file, span), new_text })
                    .collect(),
            )
        })
        .await
    }

    async fn code_action(&self, params: lsp::CodeActionParams) -> Result<Option<lsp::CodeActionResponse>> {
        let range = params.range;
        self.ask(params.text_document.uri, move |state, file| {
            let mut convert = Converter::new(state);
            let all = state.db.diagnostics(file);
            let mut out = Vec::new();
            for diagnostic in all.iter().filter(|d| !d.fixes.is_empty()) {
                let Some(label) = diagnostic.primary_label() else { continue };
                let at = convert.range(file, label.span);
                if at.start <= range.end && range.start <= at.end {
                    let actions = convert.actions(file, diagnostic);
                    out.extend(actions.into_iter().map(lsp::CodeActionOrCommand::CodeAction));
                }
            }
            Some(out)
        })
        .await
    }
}
