//! What the client is told without asking, once typing pauses: diagnostics of open documents that have others than
//! before, the document that changed last first; previews that changed. A change that comes meanwhile ends it.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tower_lsp_server::Client;
use tower_lsp_server::ls_types as lsp;
use vela_db::queries;
use vela_ide::preview::Rendered;

use crate::capabilities::ClientCan;
use crate::commands::{PreviewChanged, Wanted};
use crate::convert::Converter;
use crate::tokens::Remembered;
use crate::worker::{Missed, READERS, State, Worker};

/// What the tasks of the server share.
pub struct Shared {
    /// Counts changes, so that only the last of a row is followed by diagnostics.
    pub generation: AtomicU64,
    /// What was published last, by document.
    published: Mutex<HashMap<String, Vec<lsp::Diagnostic>>>,
    /// Previews that are shown, as they were told last.
    previews: Mutex<HashMap<Wanted, Rendered>>,
    /// Semantic tokens that were sent last.
    pub tokens: Mutex<Remembered>,
    /// What the client can.
    can: Mutex<ClientCan>,
    /// Whether `shutdown` was asked for.
    pub ended: AtomicBool,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Nothing told yet.
    pub fn new() -> Self {
        Self {
            generation: AtomicU64::new(0),
            published: Mutex::default(),
            previews: Mutex::default(),
            tokens: Mutex::default(),
            can: Mutex::new(ClientCan::NOTHING),
            ended: AtomicBool::new(false),
        }
    }

    /// What the client can.
    pub fn can(&self) -> ClientCan {
        *locked(&self.can)
    }

    /// Sets what the client can.
    pub fn set_can(&self, can: ClientCan) {
        *locked(&self.can) = can;
    }

    /// Watches a preview that was answered.
    pub fn watch(&self, wanted: Wanted, now: Rendered) {
        locked(&self.previews).insert(wanted, now);
    }

    /// Forgets what belongs to a document that is closed.
    pub fn forget(&self, uri: &lsp::Uri) {
        locked(&self.previews).retain(|wanted, _| wanted.uri != *uri);
        locked(&self.tokens).forget(uri.as_str());
    }
}

/// Tells what is new, unless a change came after `generation`.
pub async fn tell(client: &Client, worker: &Worker, shared: &Shared, generation: u64) {
    let current = || shared.generation.load(Ordering::SeqCst) == generation;
    if !current() {
        return;
    }
    if shared.can().pull {
        // A client that refuses to ask again will ask when it likes.
        let _ = client.workspace_diagnostic_refresh().await;
        return previews(client, worker, shared, &current).await;
    }
    let Ok(Ok((open, urgent))) = worker.read(|state| (open_documents(state), defines(state))).await else {
        return;
    };
    forget_closed(client, shared, &open).await;
    let mut others = open;
    let first = others.drain(..FIRST.min(others.len())).collect();
    if !diagnostics(client, worker, shared, &current, first).await {
        return;
    }
    previews(client, worker, shared, &current).await;
    if !urgent {
        tokio::time::sleep(OTHERS).await;
    }
    diagnostics(client, worker, shared, &current, others).await;
}

/// An open document: path, name and version.
type Document = (String, lsp::Uri, i32);

/// Documents that are told of without delay: those that people look at.
const FIRST: usize = 4;
/// How long typing has to pause before the others are, unless a definition changed, which shows in them.
const OTHERS: Duration = Duration::from_millis(100);

/// Whether the document that changed last holds definitions.
fn defines(state: &State) -> bool {
    let last = state.open.iter().max_by_key(|(_, o)| o.touched);
    let file = last.and_then(|(path, _)| state.file(path));
    file.is_some_and(|f| !queries::items(&state.db, f).is_empty())
}

/// The open documents. The one that changed last comes first, and so on: people look at what they
/// worked on last.
fn open_documents(state: &State) -> Vec<Document> {
    let mut open: Vec<_> = state.open.iter().collect();
    open.sort_by(|(a, x), (b, y)| (y.touched, a).cmp(&(x.touched, b)));
    open.into_iter().map(|(path, o)| (path.clone(), o.uri.clone(), o.version)).collect()
}

/// Diagnostics of a document, as the client takes them.
fn found(state: &State, path: &str) -> Option<Vec<lsp::Diagnostic>> {
    let file = state.file(path)?;
    let mut convert = Converter::new(state);
    Some(state.db.diagnostics(file).iter().map(|d| convert.diagnostic(file, d)).collect())
}

/// Documents that are looked at at once; a thread stays for what the client asks.
const AT_ONCE: usize = READERS - 1;

/// Documents that are not open any more have no diagnostics.
async fn forget_closed(client: &Client, shared: &Shared, open: &[Document]) {
    let gone: Vec<String> = {
        let published = locked(&shared.published);
        published.keys().filter(|uri| !open.iter().any(|(_, u, _)| u.as_str() == *uri)).cloned().collect()
    };
    for uri in gone {
        publish(client, shared, uri, Vec::new(), None).await;
    }
}

/// Publishes diagnostics of documents; false where a change came meanwhile.
async fn diagnostics(
    client: &Client,
    worker: &Worker,
    shared: &Shared,
    current: &impl Fn() -> bool,
    documents: Vec<Document>,
) -> bool {
    let mut asked = VecDeque::new();
    let mut documents = documents.into_iter();
    loop {
        if !current() {
            return false;
        }
        while asked.len() < AT_ONCE
            && let Some((path, uri, version)) = documents.next()
        {
            asked.push_back((uri, version, worker.read(move |state| found(state, &path))));
        }
        let Some((uri, version, answer)) = asked.pop_front() else { return true };
        match answer.await {
            Ok(Ok(Some(found))) if current() => {
                publish(client, shared, uri.as_str().to_owned(), found, Some(version)).await;
            }
            Ok(Ok(_)) | Ok(Err(Missed::Fault)) => {}
            Ok(Err(Missed::Changed)) | Err(_) => return false,
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
        let mut published = locked(&shared.published);
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

/// Sends the previews that are shown and changed.
async fn previews(client: &Client, worker: &Worker, shared: &Shared, current: &impl Fn() -> bool) {
    let shown: Vec<Wanted> = locked(&shared.previews).keys().cloned().collect();
    for wanted in shown {
        if !current() {
            return;
        }
        let asked = wanted.clone();
        let Ok(Ok(Some(now))) = worker.read(move |state| asked.render(state)).await else { continue };
        let changed = match locked(&shared.previews).get_mut(&wanted) {
            Some(last) if *last != now => {
                *last = now.clone();
                true
            }
            _ => false,
        };
        if changed {
            client.send_notification::<PreviewChanged>(wanted.changed(&now)).await;
        }
    }
}
