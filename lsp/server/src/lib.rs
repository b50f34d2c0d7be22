//! The language server protocol over `vela-ide`. `vela-lang lsp` calls [`run`].
//!
//! | file | idea |
//! |---|---|
//! | `server.rs` | the protocol's methods |
//! | `worker.rs` | who owns the database, who reads it |
//! | `documents.rs` | open documents and their edits |
//! | `convert.rs` | plain data to the protocol's types |
//! | `disk.rs` | files |

mod convert;
mod disk;
mod documents;
mod server;
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
    let (service, socket) = LspService::new(|client| Backend::new(client, worker));
    let shared = service.inner().shared();
    Server::new(input, output, socket).concurrency_level(REQUESTS).serve(service).await;
    Ok(shared.ended.load(Ordering::SeqCst))
}
