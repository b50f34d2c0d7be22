//! The language server protocol over `vela-ide`. `vela-lang lsp` calls [`run`].
//!
//! | file | idea |
//! |---|---|
//! | `server.rs`, `answers.rs` | the protocol's methods, and their answers |
//! | `capabilities.rs` | what server and client can |
//! | `publish.rs` | what the client is told without asking |
//! | `commands.rs` | the preview, beyond the protocol |
//! | `tokens.rs` | semantic tokens as numbers and differences |
//! | `worker.rs` | who owns the database, who reads it |
//! | `documents.rs` | open documents and their edits |
//! | `convert.rs` | plain data to the protocol's types |
//! | `disk.rs` | files |

mod answers;
mod capabilities;
mod commands;
mod convert;
mod disk;
mod documents;
mod publish;
mod server;
mod tokens;
mod worker;

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp_server::{LspService, Server};

use server::Backend;
use worker::Worker;

/// Requests that may wait for answers at the same time.
const REQUESTS: usize = 64;

/// Serves on standard input and output until the client ends the session. The status is a failure where the client
/// left without `shutdown`, as the protocol has it, or where no thread can be started.
pub fn run() -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return ExitCode::FAILURE;
    };
    let ended = runtime.block_on(serve(tokio::io::stdin(), tokio::io::stdout()));
    // A read of standard input may still be waiting.
    runtime.shutdown_background();
    if matches!(ended, Ok(true)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Serves one client; says whether it asked for `shutdown` before it left.
pub async fn serve(input: impl AsyncRead + Unpin, output: impl AsyncWrite) -> std::io::Result<bool> {
    let worker = Worker::start()?;
    let (service, socket) = LspService::build(|client| Backend::new(client, worker))
        .custom_method("vela/preview", Backend::preview)
        .custom_method("vela/clusters", Backend::clusters)
        .finish();
    let shared = service.inner().shared();
    Server::new(input, output, socket).concurrency_level(REQUESTS).serve(service).await;
    Ok(shared.ended.load(Ordering::SeqCst))
}
